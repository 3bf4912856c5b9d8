//! Meetings in the window: everybody with what reaches them, the room of a call, the call of a room, moderating by clicks.

use std::sync::Arc;

use tandem::account::{MeetingOf, MeetingRequest, MeetingSide, Moderation, Request, Snapshot};
use tandem::gui::meeting::Message as Meeting;
use tandem::gui::{App, Message as Event};
use tandem::model::{
    CallId, CallOffer, CallState, Direction, Involvement, Knowledge, MeetingView, Mirror, OfferSource, Participant,
    RoomOffer, SoundState,
};

use super::pictures::draw;
use super::world::*;

const TEAM: &str = "sip:team@conf.example.com";

fn participant(name: &str, involvement: Involvement, sound: SoundState) -> Participant {
    let in_call = involvement != Involvement::Text;
    let in_room = matches!(involvement, Involvement::Both | Involvement::Text);
    let user = name.split(' ').next().unwrap().to_lowercase();
    Participant {
        name: name.into(),
        involvement,
        sound,
        speaking: name == "Ana Lima",
        own: name == "You",
        moderator: name == "Ana Lima",
        address: in_call.then(|| format!("sip:{user}@example.com").into()),
        nick: in_room.then(|| name.into()),
        jid: in_room.then(|| jid(&format!("{user}@example.com"))),
        call: None,
        proof: (involvement == Involvement::Both).then(|| "Your provider's conference server says who this is.".into()),
        maybe: None,
        text: format!("{name}: {involvement:?}, {sound:?}").into(),
    }
}

fn eight() -> Vec<Participant> {
    use Involvement::{Audio, Both, Coming, Text};
    use SoundState as S;
    let mut all = vec![
        participant("You", Both, S::Talking),
        participant("Ana Lima", Both, S::Talking),
        participant("Bob Fischer", Both, S::MutedByModerator),
        participant("Dana Levi", Audio, S::OnHold),
        participant("+49 30 123456", Audio, S::Talking),
        participant("Grace Hopper", Coming, S::Coming),
        participant("Émile Dubois-Castelnau de la Rochefoucauld", Text, S::None),
        participant("Grace H.", Text, S::None),
    ];
    all[5].maybe = Some("Grace H.".into());
    all[7].maybe = Some("Grace Hopper".into());
    all
}

fn forty() -> Vec<Participant> {
    let mut all = eight();
    for at in 9..=40 {
        let (involvement, sound) = match at % 5 {
            0 => (Involvement::Text, SoundState::None),
            1 => (Involvement::Audio, SoundState::Muted),
            _ => (Involvement::Both, SoundState::Talking),
        };
        all.push(participant(&format!("Person {at}"), involvement, sound));
    }
    all
}

pub fn view(participants: Vec<Participant>) -> MeetingView {
    MeetingView {
        call: Some(CallId(1)),
        conference: None,
        account: None,
        room: Some(jid("design@rooms.example.com")),
        contact: None,
        in_room: true,
        title: "Design team".into(),
        locked: false,
        address: Some(TEAM.into()),
        trusted: true,
        knowledge: Knowledge::Known,
        why: None,
        text: "8 people: 3 with text and sound, 2 with sound only, 1 not there yet, 2 with text only.".into(),
        participants: participants.into(),
        more: 0,
        rooms: Arc::from([]),
        offers: Arc::from([]),
        moderates: true,
        mirror: None,
    }
}

fn meeting(mut snapshot: Snapshot, view: MeetingView) -> App {
    let mut call = call(1, Direction::Outgoing, CallState::Active);
    call.peer.display = "Design team".into();
    call.peer.uri = TEAM.into();
    snapshot.calls = Arc::from([call]);
    snapshot.meetings = Arc::from([Arc::new(view)]);
    let mut app = super::rooms::opened(snapshot);
    app.update(Event::OpenCall(CallId(1)));
    app
}

fn offered() -> MeetingView {
    let room = jid("design@rooms.example.com");
    let text = "\u{2068}design@rooms.example.com\u{2069}".to_owned();
    MeetingView {
        room: None,
        in_room: false,
        knowledge: Knowledge::Unknown,
        why: Some("The conference does not say who is in it. It answered 489.".into()),
        rooms: Arc::from([RoomOffer {
            room,
            text: format!("The conference says that its chat is the room {text}. Nobody vouches for that.").into(),
        }]),
        ..view(eight()[..1].to_vec())
    }
}

fn mirrored() -> MeetingView {
    MeetingView { mirror: Some(Mirror { text: "Put Bob Fischer out of the room too?".into() }), ..view(eight()) }
}

/// The room offers a call, and we are in none.
fn room_with_call(mut snapshot: Snapshot) -> App {
    let offer = CallOffer {
        uri: TEAM.into(),
        source: OfferSource::Invite,
        by: Some("Ana Lima".into()),
        accepted: Arc::from(["Bob Fischer".into()]),
        own: false,
        cost: "Inside the service, free".into(),
        text: format!("Ana Lima invites to a call: {TEAM}. Nobody vouches for this address.").into(),
    };
    snapshot.meetings = Arc::from([Arc::new(MeetingView {
        call: None,
        knowledge: Knowledge::NoCall,
        text: "In the call, as they say: Bob Fischer.".into(),
        offers: Arc::from([offer]),
        ..view(Vec::new())
    })]);
    super::rooms::opened(snapshot)
}

/// Bob invites to a call outside of any room.
fn contact_with_call(mut snapshot: Snapshot) -> App {
    let offer = CallOffer {
        uri: TEAM.into(),
        source: OfferSource::Invite,
        by: Some("Bob Fischer".into()),
        accepted: Arc::from([]),
        own: false,
        cost: "Inside the service, free".into(),
        text: format!(
            "\u{2068}Bob Fischer\u{2069} invites to a call: \u{2068}{TEAM}\u{2069}. Nobody vouches for this address."
        )
        .into(),
    };
    snapshot.meetings = Arc::from([Arc::new(MeetingView {
        call: None,
        room: None,
        contact: Some(jid("bob@example.com")),
        in_room: false,
        knowledge: Knowledge::NoCall,
        text: "".into(),
        offers: Arc::from([offer]),
        ..view(Vec::new())
    })]);
    let mut app = super::rooms::opened(snapshot);
    app.update(Event::Open(jid("bob@example.com")));
    app
}

fn choosing(snapshot: Snapshot) -> App {
    let mut app = sized(super::rooms::opened(snapshot), 1280.0, 800.0);
    app.update(Event::ToggleDetails);
    app.update(Event::Meeting(Meeting::Start(jid("design@rooms.example.com"))));
    app.update(Event::Meeting(Meeting::Toggle(jid("bob@example.com"))));
    app
}

fn chosen(snapshot: Snapshot) -> App {
    let mut app = meeting(snapshot, mirrored());
    app.update(Event::Meeting(Meeting::Choose("sip:bob@example.com".into())));
    app
}

#[test]
#[ignore = "writes pictures"]
fn pictures_of_meetings() {
    type Build = fn(Snapshot) -> App;
    let scenes: [(&str, f32, f32, Build); 7] = [
        ("meeting-8", 1000.0, 900.0, |s| meeting(s, view(eight()))),
        ("meeting-40", 1000.0, 900.0, |s| meeting(s, view(forty()))),
        ("meeting-unknown", 1000.0, 760.0, |s| meeting(s, offered())),
        ("meeting-chosen", 1000.0, 900.0, chosen),
        ("meeting-room-call", 1100.0, 720.0, room_with_call),
        ("meeting-contact-call", 1100.0, 720.0, contact_with_call),
        ("meeting-start", 1280.0, 900.0, choosing),
    ];
    for (name, width, height, build) in scenes {
        for (theme, themed) in [("light", light as fn(Snapshot) -> Snapshot), ("dark", dark)] {
            draw(&format!("{name}-{theme}"), &build(themed(snapshot())), width, height);
        }
        draw(&format!("{name}-small"), &sized(build(light(snapshot())), 400.0, 720.0), 400.0, 720.0);
        let mut large = light(snapshot());
        large.appearance.scale_percent = 200;
        draw(&format!("{name}-200"), &sized(build(large), 700.0, 560.0), 700.0, 560.0);
    }
}

#[test]
fn c40_a_panel_says_of_everybody_what_reaches_them() {
    let app = meeting(snapshot(), view(eight()));
    let mut window = simulator(&app, 1000.0, 1400.0);
    for one in eight() {
        assert!(window.find(one.name.as_ref()).is_ok(), "{}", one.name);
    }
    for words in [
        "You: Text and sound",
        "\u{2068}Ana Lima\u{2069}: Text and sound, speaking, Moderator",
        "\u{2068}Bob Fischer\u{2069}: Text and sound, muted by a moderator",
        "\u{2068}Dana Levi\u{2069}: Sound only, on hold",
        "8 people: 3 with text and sound, 2 with sound only, 1 not there yet, 2 with text only.",
    ] {
        assert!(window.find(words).is_ok(), "read out: {words}");
    }
    for words in [
        "Text and sound · muted by a moderator",
        "Text and sound · speaking",
        "Sound only · on hold",
        "Not there yet · being called · Maybe the same person as Grace H.",
    ] {
        assert!(window.find(words).is_ok(), "{words}");
    }
    let app = meeting(snapshot(), offered());
    let mut window = simulator(&app, 1000.0, 900.0);
    let why = "Participants unknown. The conference does not say who is in it. It answered 489.";
    assert!(window.find(why).is_ok());
}

#[test]
fn the_room_of_a_call_is_opened_or_turned_down_by_a_click() {
    let mut app = meeting(snapshot(), offered());
    for (button, request) in [
        ("meeting-enter", MeetingRequest::EnterRoom { call: CallId(1), room: jid("design@rooms.example.com") }),
        (
            "meeting-decline-room",
            MeetingRequest::DeclineRoom { call: CallId(1), room: jid("design@rooms.example.com") },
        ),
    ] {
        let asked = click_named(&mut app, button);
        assert!(matches!(&asked[..], [Request::Meeting(asked)] if *asked == request), "{button}: {asked:?}");
    }
}

#[test]
fn the_call_of_a_room_stands_in_its_header_with_the_target_and_is_joined_by_a_click() {
    let mut app = room_with_call(snapshot());
    let offer = format!("Ana Lima invites to a call: {TEAM}. Nobody vouches for this address.");
    assert!(simulator(&app, 1100.0, 720.0).find(offer.as_str()).is_ok());
    let room = jid("design@rooms.example.com");
    let asked = click_named(&mut app, "meeting-join");
    let join = MeetingRequest::JoinCall { room: room.clone(), uri: Some(TEAM.into()), confirm: false };
    assert!(matches!(&asked[..], [Request::Meeting(asked)] if *asked == join), "{asked:?}");
    let asked = click_named(&mut app, "meeting-decline");
    assert!(matches!(&asked[..], [Request::Meeting(MeetingRequest::DeclineCall(of))] if *of == room), "{asked:?}");
}

#[test]
fn the_call_that_a_contact_invites_to_stands_in_the_conversation_and_is_joined_or_put_aside_by_a_click() {
    let mut app = contact_with_call(snapshot());
    let offer = format!("Bob Fischer invites to a call: {TEAM}. Nobody vouches for this address.");
    let mut window = simulator(&app, 1100.0, 720.0);
    assert!(window.find(offer.as_str()).is_ok() && window.find("Inside the service, free.").is_ok());
    drop(window);
    let bob = jid("bob@example.com");
    let asked = click_named(&mut app, "meeting-join");
    let join = MeetingRequest::JoinCall { room: bob.clone(), uri: Some(TEAM.into()), confirm: false };
    assert!(matches!(&asked[..], [Request::Meeting(asked)] if *asked == join), "{asked:?}");
    let asked = click_named(&mut app, "meeting-decline");
    assert!(matches!(&asked[..], [Request::Meeting(MeetingRequest::DeclineCall(of))] if *of == bob), "{asked:?}");
}

#[test]
fn a_meeting_is_told_in_the_language_of_the_user() {
    let german = || {
        let mut snapshot = snapshot();
        snapshot.appearance.language = Some(tandem::model::Language::German);
        snapshot
    };
    let app = meeting(german(), view(eight()));
    let mut window = simulator(&app, 1000.0, 1400.0);
    for words in [
        "8 Personen: 3 mit Text und Ton, 2 nur mit Ton, 1 noch nicht da, 2 nur mit Text.",
        "\u{2068}Ana Lima\u{2069}: Text und Ton, spricht, Moderation",
        "Text und Ton · spricht",
    ] {
        assert!(window.find(words).is_ok(), "{words}");
    }
    drop(window);
    let app = contact_with_call(german());
    let mut window = simulator(&app, 1100.0, 720.0);
    let offer = format!("Bob Fischer lädt zu einem Gespräch ein: {TEAM}. Niemand bürgt für diese Adresse.");
    assert!(window.find(offer.as_str()).is_ok());
}

#[test]
fn people_of_a_room_are_chosen_and_called_at_once() {
    let mut app = choosing(snapshot());
    let asked = click_named(&mut app, "meeting-call");
    let start = MeetingRequest::Start {
        room: jid("design@rooms.example.com"),
        people: vec![jid("bob@example.com")],
        confirm: false,
    };
    assert!(matches!(&asked[..], [Request::Meeting(asked)] if *asked == start), "{asked:?}");
}

#[test]
fn a_moderator_acts_on_one_side_and_says_whether_the_other_follows() {
    let mut app = chosen(snapshot());
    let asked = click_named(&mut app, "meeting-mirror-yes");
    let mirror = MeetingRequest::Mirror { of: MeetingOf::Call(CallId(1)), yes: true };
    assert!(matches!(&asked[..], [Request::Meeting(asked)] if *asked == mirror), "{asked:?}");
    let mut app = chosen(snapshot());
    let events: Vec<Event> = {
        let mut window = simulator(&app, 1000.0, 1400.0);
        window.click(iced::widget::Id::new("Put out of the call")).unwrap();
        window.into_messages().collect()
    };
    let requests: Vec<Request> = events.into_iter().flat_map(|event| super::world::asked(app.update(event))).collect();
    let remove = MeetingRequest::Moderate {
        of: MeetingOf::Call(CallId(1)),
        who: "sip:bob@example.com".into(),
        side: MeetingSide::Call,
        what: Moderation::Remove,
    };
    assert!(matches!(&requests[..], [Request::Meeting(asked)] if *asked == remove), "{requests:?}");
}
