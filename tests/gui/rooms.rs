//! Rooms in the window: the list, the sheet to join, the open room with its people, five thousand of them too.

use std::sync::Arc;

use tandem::account::{Conversation, Reply, Request, RoomReply, RoomRequest, Snapshot};
use tandem::gui::rooms::{Message as Rooms, Purpose as RoomPurpose, Sheet, Typed};
use tandem::gui::{App, Effect, Message as Event, Overlay, Purpose};
use tandem::model::{
    AccountId, Affiliation, ConversationKind, Field, FieldKind, Form, FoundRoom, Message, MessageDetails, Occupant,
    OccupantAction, Role, RoomFact, RoomFacts, RoomInvitation, RoomLine, RoomNotify, RoomState, RoomView, Show,
};

use super::pictures::draw;
use super::world::*;

const ROOM: &str = "design@rooms.example.com";

fn occupant(nick: &str, affiliation: Affiliation, role: Role) -> Arc<Occupant> {
    Arc::new(Occupant {
        nick: nick.into(),
        shown: nick.into(),
        id: Some(format!("id {nick}").into()),
        jid: Some(jid(&format!("{}@example.com", nick.split(' ').next().unwrap().to_lowercase()))),
        affiliation,
        role,
        show: if nick.starts_with('B') { Show::Away } else { Show::Available },
        own: nick == "Alice",
        alike: nick == "B0b",
        photo: None,
    })
}

pub fn room() -> RoomView {
    RoomView {
        jid: jid(ROOM),
        account: AccountId::new("chat"),
        name: "Design team".into(),
        nick: "Alice".into(),
        state: RoomState::Joined,
        autojoin: true,
        bookmarked: true,
        subject: Some("Release 4: last round of pictures on Thursday".into()),
        facts: Arc::new(RoomFacts {
            name: Some("Design team".into()),
            description: Some("Everything that has a shape.".into()),
            occupants: Some(5),
            call: None,
            facts: vec![RoomFact::AddressesForAll, RoomFact::Persistent, RoomFact::Archived],
        }),
        occupants: Arc::from([
            occupant("Alice", Affiliation::Owner, Role::Moderator),
            occupant("Ana Lima", Affiliation::Admin, Role::Moderator),
            occupant("Bob Fischer", Affiliation::Member, Role::Participant),
            occupant("B0b", Affiliation::None, Role::Participant),
            occupant("Guest", Affiliation::None, Role::Visitor),
        ]),
        affiliation: Affiliation::Owner,
        role: Role::Moderator,
        may_set_subject: true,
        may_write: true,
        notify: RoomNotify::Mentions,
        mentions: 1,
        lines: Arc::from([RoomLine {
            number: 1,
            time: wall("2026-11-22T13:52:00Z"),
            text: "Guest was put out (by Ana Lima). They say: advertising".into(),
        }]),
        voices: Arc::from(["Guest".into()]),
        configure: false,
        avatar: None,
        faces: Arc::default(),
    }
}

fn said(id: &str, nick: Option<&str>, at: &str, body: &str) -> Message {
    let mut message = talk_with_bob().remove(0);
    message.id = tandem::model::MessageId(id.into());
    message.with = jid(ROOM);
    message.from = jid(if nick.is_some() { ROOM } else { "alice@example.com" });
    message.direction =
        if nick.is_some() { tandem::model::MessageDirection::In } else { tandem::model::MessageDirection::Out };
    message.time = wall(at);
    message.body = body.into();
    message.details =
        MessageDetails { kind: ConversationKind::Room, nick: nick.map(Into::into), ..MessageDetails::default() };
    message
}

fn talk() -> Vec<Message> {
    vec![
        said("r1", Some("Ana Lima"), "2026-11-22T13:41:00Z", "The pictures of the settings are in the folder."),
        said("r2", Some("Ana Lima"), "2026-11-22T13:41:30Z", "Light and dark, both sizes."),
        said("r3", Some("Bob Fischer"), "2026-11-22T13:44:00Z", "Thank you! The third one has a line too many."),
        said("r4", None, "2026-11-22T13:50:00Z", "I take that one."),
        said("r5", Some("Guest"), "2026-11-22T13:51:00Z", "Cheap watches!"),
        said("r6", Some("Bob Fischer"), "2026-11-22T14:01:00Z", "Alice: done?"),
    ]
}

fn with_room(mut snapshot: Snapshot, room: RoomView) -> App {
    let last = talk().pop().unwrap();
    let mut talks: Vec<Conversation> = snapshot.conversations.to_vec();
    talks.push(Conversation { with: jid(ROOM), last, unread: 2, revision: 1 });
    snapshot.conversations = talks.into();
    let quiet = RoomView {
        jid: jid("lunch@rooms.example.com"),
        name: "Lunch".into(),
        state: RoomState::Refused("kicked".into(), "You were put out of this room. You may go back in.".into()),
        mentions: 0,
        ..room.clone()
    };
    snapshot.rooms = Arc::from([Arc::new(room), Arc::new(quiet)]);
    snapshot.invitations = Arc::from([RoomInvitation {
        id: 3,
        account: AccountId::new("chat"),
        room: jid("parents@rooms.example.com"),
        from: jid("ana@example.com"),
        reason: Some("the school wrote".into()),
        password: None,
        mediated: false,
        known: true,
    }]);
    app(snapshot)
}

pub fn opened(snapshot: Snapshot) -> App {
    let mut app = with_room(snapshot, room());
    app.update(Event::Open(jid(ROOM)));
    app.update(Event::Answered(Purpose::Newest(jid(ROOM), 1), Ok(Reply::Messages(talk()))));
    app
}

fn with_people(snapshot: Snapshot) -> App {
    let mut app = sized(opened(snapshot), 1280.0, 800.0);
    app.update(Event::ToggleDetails);
    app.update(Event::Room(Rooms::Choose("Bob Fischer".into())));
    app
}

fn joining(snapshot: Snapshot) -> App {
    let mut app = opened(snapshot);
    app.update(Event::Room(Rooms::Show(Sheet::Join)));
    app.update(Event::Room(Rooms::Typed(Typed::Address, "rooms.example.com".into())));
    let found = ["Design team", "Lunch", "Support"];
    let found = found.map(|name| FoundRoom {
        jid: jid(&format!("{}@rooms.example.com", name.split(' ').next().unwrap().to_lowercase())),
        name: name.into(),
    });
    let found = Reply::Room(RoomReply::Found(jid("rooms.example.com"), found.to_vec()));
    app.update(Event::Answered(Purpose::Room(RoomPurpose::Search), Ok(found)));
    app.update(Event::Room(Rooms::Pick(jid("support@rooms.example.com"))));
    let facts = Reply::Room(RoomReply::Facts(room().facts));
    app.update(Event::Answered(Purpose::Room(RoomPurpose::Look(jid("support@rooms.example.com"))), Ok(facts)));
    app
}

fn configuring(snapshot: Snapshot) -> App {
    let mut app = opened(snapshot);
    app.update(Event::Room(Rooms::Show(Sheet::Settings(jid(ROOM)))));
    let field = |var: &str, label: &str, kind, values: &[&str], options: &[(&str, &str)]| Field {
        var: var.into(),
        label: label.into(),
        kind,
        required: false,
        values: values.iter().map(|value| (*value).into()).collect(),
        options: options.iter().map(|(value, label)| ((*value).into(), (*label).into())).collect(),
    };
    let whois = [("anyone", "Anyone"), ("moderators", "Moderators only")];
    let form = Form {
        title: None,
        instructions: Some("Complete and submit this form to configure the room.".into()),
        fields: vec![
            field("FORM_TYPE", "", FieldKind::Hidden, &["x"], &[]),
            field("name", "Title", FieldKind::Text, &["Design team"], &[]),
            field(
                "persistent",
                "Persistent (room should remain even when it is empty)",
                FieldKind::Boolean,
                &["1"],
                &[],
            ),
            field("whois", "Addresses are visible to", FieldKind::Choice, &["anyone"], &whois),
            field("password", "Password", FieldKind::Private, &[], &[]),
        ],
    };
    let purpose = Purpose::Room(RoomPurpose::Settings(jid(ROOM)));
    app.update(Event::Answered(purpose, Ok(Reply::Room(RoomReply::Form(Box::new(form))))));
    app
}

#[test]
#[ignore = "writes pictures"]
fn pictures_of_rooms() {
    type Build = fn(Snapshot) -> App;
    let scenes: [(&str, f32, f32, Build); 4] = [
        ("room", 1100.0, 720.0, opened),
        ("room-people", 1280.0, 800.0, with_people),
        ("room-join", 1100.0, 720.0, joining),
        ("room-settings", 1100.0, 720.0, configuring),
    ];
    for (name, width, height, build) in scenes {
        for (theme, themed) in [("light", light as fn(Snapshot) -> Snapshot), ("dark", dark)] {
            draw(&format!("{name}-{theme}"), &build(themed(snapshot())), width, height);
        }
        draw(&format!("{name}-small"), &sized(build(light(snapshot())), 400.0, 640.0), 400.0, 640.0);
        let mut large = light(snapshot());
        large.appearance.scale_percent = 200;
        draw(&format!("{name}-200"), &sized(build(large), 700.0, 500.0), 700.0, 500.0);
    }
    draw("room-list-small", &sized(with_room(light(snapshot()), room()), 400.0, 640.0), 400.0, 640.0);
}

#[test]
fn a_room_stands_once_in_the_list_and_opens_with_its_people() {
    let mut app = with_room(snapshot(), room());
    let asked_for = click(&mut app, "Design team");
    assert!(asked_for.iter().any(|request| matches!(request, Request::Messages { with, .. } if *with == jid(ROOM))));
    click_named(&mut app, "room-people");
    let mut window = simulator(&app, 1280.0, 800.0);
    assert!(window.find("In this room").is_ok());
    assert!(window.find("Everybody in it can read your address.").is_ok());
}

#[test]
fn an_invitation_is_answered_where_it_stands() {
    let mut app = with_room(snapshot(), room());
    let asked_for = click_named(&mut app, "Join");
    let accepted = RoomRequest::AnswerInvitation { id: 3, accept: true, reason: None };
    assert!(matches!(&asked_for[..], [Request::Room(request)] if *request == accepted), "{asked_for:?}");
}

#[test]
fn what_may_be_done_to_somebody_asks_for_a_reason_first() {
    let mut app = with_people(snapshot());
    app.update(Event::Room(Rooms::Show(Sheet::Act(jid(ROOM), "Bob Fischer".into(), OccupantAction::Kick))));
    app.update(Event::Room(Rooms::Typed(Typed::Reason, "spam".into())));
    let asked_for = asked(app.update(Event::Room(Rooms::Done)));
    let kick = RoomRequest::Act {
        room: jid(ROOM),
        nick: "Bob Fischer".into(),
        action: OccupantAction::Kick,
        reason: Some("spam".into()),
    };
    assert!(matches!(&asked_for[..], [Request::Room(request)] if *request == kick));
    app.update(Event::Answered(Purpose::Room(RoomPurpose::Sheet), Ok(Reply::Done)));
}

#[test]
fn joining_opens_the_room_and_a_slip_makes_none() {
    let mut app = joining(snapshot());
    let asked_for = asked(app.update(Event::Room(Rooms::Join(false))));
    let joined = asked_for.iter().find_map(|request| match request {
        Request::Room(RoomRequest::Join(enter)) => Some(enter.clone()),
        _ => None,
    });
    let joined = joined.expect("a request");
    assert_eq!((joined.room, joined.create), (jid("support@rooms.example.com"), false));
}

#[test]
fn settings_go_back_as_they_were_filled_in() {
    let mut app = configuring(snapshot());
    app.update(Event::Room(Rooms::Fill("name".into(), vec!["Garden".into()])));
    let asked_for = asked(app.update(Event::Room(Rooms::Done)));
    match &asked_for[..] {
        [Request::Room(RoomRequest::Configure(room, values))] => {
            assert_eq!(*room, jid(ROOM));
            assert!(values.contains(&("name".into(), vec!["Garden".into()])));
            assert!(values.iter().all(|(name, _)| &**name != "FORM_TYPE"), "hidden fields are not the user's");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn whoever_may_only_read_sees_why_and_can_ask() {
    let visitor = RoomView { may_write: false, role: Role::Visitor, affiliation: Affiliation::None, ..room() };
    let mut app = with_room(snapshot(), visitor);
    app.update(Event::Open(jid(ROOM)));
    let asked_for = click_named(&mut app, "ask-voice");
    assert!(matches!(&asked_for[..], [Request::Room(RoomRequest::AskVoice(room))] if *room == jid(ROOM)));
}

#[test]
fn f27_five_thousand_people_cost_no_more_than_those_on_the_screen() {
    let many: Vec<Arc<Occupant>> =
        (0..5_000).map(|n| occupant(&format!("Person number {n:04}"), Affiliation::None, Role::Participant)).collect();
    let mut app = with_room(snapshot(), RoomView { occupants: many.into(), ..room() });
    app.update(Event::Open(jid(ROOM)));
    let mut app = sized(app, 1280.0, 800.0);
    app.update(Event::ToggleDetails);
    for (offset, seen, unseen) in
        [(0.0, "Person number 0001", "Person number 2500"), (100_000.0, "Person number 2500", "Person number 0001")]
    {
        app.update(Event::Room(Rooms::Scrolled(offset, 700.0)));
        let mut window = simulator(&app, 1280.0, 800.0);
        assert!(window.find(seen).is_ok(), "{seen} is built");
        assert!(window.find(unseen).is_err(), "{unseen} is not");
    }
    let began = std::time::Instant::now();
    for step in 0..200 {
        app.update(Event::Room(Rooms::Scrolled(step as f32 * 1_000.0, 700.0)));
        drop(simulator(&app, 1280.0, 800.0));
    }
    let each = began.elapsed() / 200;
    println!("F27: one frame of the scrolled list of 5,000 people: {each:?}");
    assert!(each.as_millis() < 250, "a frame of the list takes {each:?} in a build without optimisation");
}

#[test]
fn the_sheet_of_rooms_is_laid_over_and_taken_away() {
    let mut app = with_room(snapshot(), room());
    app.update(Event::Room(Rooms::Show(Sheet::Invite(jid(ROOM)))));
    app.update(Event::Room(Rooms::Typed(Typed::Words, "not an address".into())));
    assert!(asked(app.update(Event::Room(Rooms::Done))).is_empty());
    app.update(Event::Room(Rooms::Typed(Typed::Words, "ana@example.com".into())));
    let effects: Vec<Effect> = app.update(Event::Room(Rooms::Done));
    assert!(
        matches!(&asked(effects)[..], [Request::Room(RoomRequest::Invite { who, .. })] if *who == jid("ana@example.com"))
    );
    app.update(Event::Lay(None::<Overlay>));
}

#[test]
fn a_message_that_names_the_user_is_marked_and_a_moderator_removes_one_of_somebody_else() {
    let mut view = room();
    view.facts = Arc::new(RoomFacts { facts: vec![RoomFact::Moderation], ..RoomFacts::default() });
    let mut app = with_room(snapshot(), view);
    let named = said("n1", Some("Ana Lima"), "2026-11-22T13:50:00Z", "Alice: have a look");
    let mut other = said("n2", Some("Guest"), "2026-11-22T13:51:00Z", "buy this");
    other.details.archive = Some(tandem::model::ArchiveId { by: jid(ROOM), id: "a2".into() });
    let own = said("n3", None, "2026-11-22T13:52:00Z", "Alice is me");
    assert_eq!([&named, &other, &own].map(|message| app.names_me(message)), [true, false, false]);
    assert_eq!(app.removal(&named), None, "the room gave it no name");
    let sheet = app.removal(&other).expect("she moderates");
    app.update(Event::Room(Rooms::Show(sheet)));
    app.update(Event::Room(Rooms::Typed(Typed::Reason, "advertising".into())));
    let asked = app.update(Event::Room(Rooms::Done));
    let wanted = RoomRequest::Retract { room: jid(ROOM), archive_id: "a2".into(), reason: Some("advertising".into()) };
    assert!(asked.iter().any(|effect| matches!(effect, Effect::Ask(Request::Room(request), _) if *request == wanted)));
}

#[test]
fn a_new_room_that_needs_settings_shows_them_by_itself_once() {
    let mut view = room();
    view.configure = true;
    let mut app = with_room(snapshot(), view.clone());
    let asks = |effects: Vec<Effect>| {
        let wanted = RoomRequest::Settings(jid(ROOM));
        effects.iter().any(|effect| matches!(effect, Effect::Ask(Request::Room(request), _) if *request == wanted))
    };
    assert!(asks(app.update(Event::Open(jid(ROOM)))), "nobody else comes in before");
    app.update(Event::Lay(None));
    view.subject = Some("another".into());
    let mut next = snapshot();
    next.rooms = Arc::from([Arc::new(view)]);
    assert!(!asks(app.update(Event::Snapshot(Arc::new(next)))), "whoever closed it is not asked again");
}
