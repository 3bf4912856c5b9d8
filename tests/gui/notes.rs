//! What the desktop is told while the window is elsewhere, and what its notifications do.

use std::sync::Arc;

use tandem::account::{CallTo, Manager, NumbersRequest, Request, Snapshot, Start};
use tandem::config::{Network, Notifications};
use tandem::gui::notes::Message as Pressed;
use tandem::gui::{App, Effect, Message as Event};
use tandem::model::{
    BootTime, Call, CallEnd, CallState, ConversationKind, Delivery, Direction, EndedBy, Message, Now, PeerGrade,
    RoomNotify, Show, WallTime,
};
use tandem::platform::{Heard, Note, Notes, Urgency};

use super::world::*;

const ROOM: &str = "design@rooms.example.com";

/// A desktop that shows what it is told.
struct Desktop {
    app: App,
    snapshot: Snapshot,
    shown: Notes,
    /// How often something was to be shown.
    told: u32,
}

impl Desktop {
    /// Behind other windows.
    fn start(mut snapshot: Snapshot) -> Self {
        snapshot.conversations = Arc::from([]);
        let mut desktop = Self { app: app(snapshot.clone()), snapshot, shown: Notes::default(), told: 0 };
        desktop.happen(Event::Focused(false));
        desktop
    }

    fn happen(&mut self, event: Event) -> Vec<Effect> {
        let mut others = Vec::new();
        for effect in self.app.update(event) {
            match effect {
                Effect::Notify(notes) => {
                    self.shown = notes;
                    self.told += 1;
                }
                other => others.push(other),
            }
        }
        others
    }

    fn publish(&mut self) {
        self.snapshot.revision += 1;
        let snapshot = Arc::new(self.snapshot.clone());
        self.happen(Event::Snapshot(snapshot));
    }

    /// The only conversation with something unread.
    fn unread(&mut self, message: Message, count: u32) {
        let mut talk = conversation(message, count);
        talk.revision = u64::from(self.told) + 100;
        self.snapshot.conversations = Arc::from([talk]);
        self.publish();
    }

    fn calls(&mut self, call: Call) {
        self.snapshot.calls = Arc::from([call]);
        self.publish();
    }

    /// Somebody wants to be a contact.
    fn asks(&mut self, who: &str) {
        self.snapshot.questions = Arc::from([tandem::model::Question {
            id: tandem::model::QuestionId(1),
            kind: tandem::model::QuestionKind::Subscription,
            text: format!("{who} wants to see when you are there.").into(),
            choices: Vec::new(),
        }]);
        self.publish();
    }

    fn notes(&self) -> Vec<&Note> {
        self.shown.values().collect()
    }

    fn titles(&self) -> Vec<&str> {
        self.notes().iter().map(|note| note.title.as_str()).collect()
    }

    fn press(&mut self, action: &str) -> Vec<Effect> {
        let tag = *self.shown.keys().next_back().unwrap();
        self.happen(Event::Notes(Pressed(Heard::Pressed(tag, action.to_owned()))))
    }
}

fn from_bob(id: u32, body: &str) -> Message {
    said("bob@example.com", id, false, "2026-11-22T14:04:00Z", body, Delivery::Received)
}

fn rings() -> Call {
    call(7, Direction::Incoming, CallState::Ringing)
}

fn over(code: &str) -> Call {
    let end = CallEnd { code: code.into(), text: "It is over.".into(), by: EndedBy::Remote };
    Call { state: CallState::Ended, end: Some(end), ..rings() }
}

#[test]
fn a_conversation_has_one_notification_that_ends_when_it_is_read_here_or_elsewhere() {
    let mut desktop = Desktop::start(snapshot());
    assert_eq!(desktop.told, 0, "what was unread before is no news");
    desktop.unread(from_bob(1, "Shall we talk at three?"), 1);
    assert_eq!(desktop.titles(), ["Bob Fischer"]);
    assert_eq!(desktop.notes()[0].body, "Shall we talk at three?");
    assert_eq!(desktop.notes()[0].urgency, Urgency::Normal);
    let tags: Vec<u64> = desktop.shown.keys().copied().collect();
    for count in 2..40 {
        desktop.unread(from_bob(count, &format!("and {count}")), count);
    }
    assert_eq!(desktop.shown.keys().copied().collect::<Vec<_>>(), tags, "the same, replaced");
    assert_eq!((desktop.titles()[0], &*desktop.notes()[0].body), ("Bob Fischer (39 new)", "and 39"));
    // Deleted by who wrote it: its words do not stay on the screen.
    let mut deleted = from_bob(39, "and 39");
    deleted.details.retracted = true;
    desktop.unread(deleted, 39);
    assert!(!desktop.notes()[0].body.contains("39"), "{}", desktop.notes()[0].body);
    // Read on another device.
    desktop.unread(from_bob(39, "and 39"), 0);
    assert!(desktop.notes().is_empty());
    // Dismissed is dismissed, until there is something new.
    desktop.unread(from_bob(40, "still there?"), 1);
    let tag = *desktop.shown.keys().next().unwrap();
    desktop.happen(Event::Notes(Pressed(Heard::Closed(tag))));
    desktop.publish();
    assert!(desktop.notes().is_empty());
    desktop.unread(from_bob(41, "hello?"), 2);
    assert_eq!(desktop.titles(), ["Bob Fischer (2 new)"]);
}

#[test]
fn what_is_in_front_of_the_user_is_not_told_again_nor_while_they_do_not_want_to_be_disturbed() {
    let mut desktop = Desktop::start(snapshot());
    desktop.happen(Event::Open(jid("bob@example.com")));
    desktop.happen(Event::Focused(true));
    desktop.unread(from_bob(1, "Hi"), 1);
    desktop.calls(rings());
    assert_eq!(desktop.told, 0, "the window shows both");
    desktop.happen(Event::Focused(false));
    assert_eq!(desktop.titles(), ["Bob Fischer is calling"], "a call rings on behind other windows");
    desktop.happen(Event::Focused(true));
    assert!(desktop.notes().is_empty());
    // Another conversation is news although the window is in front.
    desktop.unread(said("ana@example.com", 2, false, "2026-11-22T14:04:00Z", "Look", Delivery::Received), 1);
    assert_eq!(desktop.titles(), ["Ana Lima"]);
    desktop.happen(Event::Open(jid("ana@example.com")));
    assert!(desktop.notes().is_empty());

    for by_presence in [true, false] {
        let mut desktop = Desktop::start(snapshot());
        match by_presence {
            true => desktop.snapshot.presence.show = Show::Dnd,
            false => Arc::make_mut(&mut desktop.snapshot.answering).do_not_disturb = true,
        }
        desktop.unread(from_bob(1, "Hi"), 1);
        desktop.calls(Call { silenced: true, ..rings() });
        desktop.calls(over("cancelled"));
        assert_eq!(desktop.told, 0);
    }
}

#[test]
fn complaint_40_a_call_is_answered_or_declined_from_its_notification_without_taking_the_focus() {
    for action in ["answer", "decline"] {
        let mut desktop = Desktop::start(snapshot());
        desktop.calls(rings());
        let note = desktop.notes()[0];
        assert_eq!((note.title.as_str(), note.urgency), ("Bob Fischer is calling", Urgency::Critical));
        assert_eq!(note.body, "Confirmed by Bob's card.\nFor sip:alice@example.com");
        let tag = *desktop.shown.keys().next().unwrap();
        let effects = desktop.press(action);
        assert!(!effects.iter().any(|effect| matches!(effect, Effect::Raise | Effect::Focus(_))), "{effects:?}");
        match (action, &asked(effects)[..]) {
            ("answer", [Request::Answer(id)]) | ("decline", [Request::Decline(id)]) => assert_eq!(*id, rings().id),
            other => panic!("{other:?}"),
        }
        // Once: not a second time, and not again while the answer is on its way.
        assert!(desktop.notes().is_empty());
        desktop.publish();
        assert!(desktop.notes().is_empty());
        let again = desktop.happen(Event::Notes(Pressed(Heard::Pressed(tag, action.to_owned()))));
        assert!(asked(again).is_empty());
    }
    // Answered elsewhere: it goes, and nothing was missed.
    let mut desktop = Desktop::start(snapshot());
    desktop.calls(rings());
    desktop.calls(over("elsewhere"));
    assert!(desktop.notes().is_empty());
    // An action that was not offered does nothing.
    desktop.unread(from_bob(1, "Hi"), 1);
    assert!(asked(desktop.press("answer")).is_empty());
}

#[test]
fn complaint_44_a_call_whose_ringing_is_silenced_disturbs_nobody_and_is_told_of_when_it_was_missed() {
    let mut desktop = Desktop::start(snapshot());
    desktop.calls(Call { silenced: true, ..rings() });
    assert_eq!(desktop.told, 0);
    desktop.snapshot.events = Arc::new(tandem::model::EventsView { missed: 1, ..Default::default() });
    desktop.calls(over("cancelled"));
    assert_eq!(desktop.titles(), ["Missed call from Bob Fischer"]);
    // Once more: one notification, with both.
    desktop.calls(rings());
    desktop.calls(over("cancelled"));
    assert_eq!(desktop.titles(), ["2 missed calls from Bob Fischer"]);
    let effects = desktop.press("call-back");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Raise)), "what it may cost is asked in the window");
    let [Request::Numbers(NumbersRequest::CallBack { to, account })] = &asked(effects)[..] else { panic!("no call") };
    assert_eq!((to, account), (&CallTo::Contact(jid("bob@example.com")), &rings().account));
    assert!(desktop.notes().is_empty());
    // The page of calls was looked at, here or by a script.
    desktop.calls(rings());
    desktop.calls(over("cancelled"));
    assert_eq!(desktop.titles(), ["Missed call from Bob Fischer"]);
    desktop.snapshot.events = Arc::default();
    desktop.publish();
    assert!(desktop.notes().is_empty());
}

#[test]
fn a_notification_names_nobody_whom_the_window_would_not_name() {
    let mut desktop = Desktop::start(snapshot());
    let mut stranger = rings();
    stranger.peer.display = "+46\u{202e}54321\n<b>Bob</b>".into();
    stranger.peer.jid = None;
    stranger.peer.grade = PeerGrade::Unknown;
    stranger.peer.evidence = vec!["Unknown number from Sweden.".into()];
    desktop.calls(stranger);
    let note = desktop.notes()[0];
    assert_eq!(note.title, "+4654321 <b>Bob</b> is calling", "nothing turns around, nothing begins a line");
    assert!(note.body.starts_with("Unknown number from Sweden."));
    // What is logged of it names nobody.
    assert!(!format!("{note:?}").contains("54321"));
}

#[test]
fn rooms_call_for_what_they_were_told_to_call_for() {
    let mention = |id, body: &str| {
        let mut message = said(ROOM, id, false, "2026-11-22T14:04:00Z", body, Delivery::Received);
        message.details.kind = ConversationKind::Room;
        message.details.nick = Some("Ana Lima".into());
        message
    };
    for (notify, names, expected) in [
        (RoomNotify::All, 0, vec!["Design team"]),
        (RoomNotify::Mentions, 0, vec![]),
        (RoomNotify::Mentions, 1, vec!["Design team"]),
        (RoomNotify::None, 1, vec![]),
    ] {
        let room = super::rooms::room();
        let jid = jid(ROOM);
        let mut desktop = Desktop::start(snapshot());
        let at = |mentions| Arc::new(tandem::model::RoomView { jid: jid.clone(), notify, mentions, ..room.clone() });
        desktop.snapshot.rooms = Arc::from([at(0)]);
        desktop.publish();
        desktop.snapshot.rooms = Arc::from([at(names)]);
        desktop.unread(mention(1, "Alice: the third picture"), 1);
        assert_eq!(desktop.titles(), expected, "{notify:?}");
        if let [note] = desktop.notes()[..] {
            assert_eq!(note.body, "Ana Lima: Alice: the third picture");
        }
    }
}

#[test]
fn a_flood_from_many_leaves_a_few_notifications_and_the_call() {
    let mut desktop = Desktop::start(snapshot());
    desktop.calls(rings());
    let many = |count: u32| -> Arc<[tandem::account::Conversation]> {
        (0..count)
            .map(|n| {
                let with = format!("p{n}@example.org");
                conversation(said(&with, n, false, "2026-11-22T14:04:00Z", "Hi", Delivery::Received), 1)
            })
            .collect()
    };
    for count in 1..200 {
        desktop.snapshot.conversations = many(count);
        desktop.publish();
        assert!(desktop.notes().len() <= 12);
        assert!(desktop.titles().contains(&"Bob Fischer is calling"));
    }
}

/// What the manager publishes with these keys.
fn configured(keys: &str) -> Notifications {
    let text = format!("[[chat]]\naddress = \"a@example.com\"\npassword-keyring = true\n[notifications]\n{keys}\n");
    let start = Start {
        config: Ok(tandem::config::parse(&text, "config.toml").unwrap()),
        config_path: "config.toml".into(),
        network: Network::default(),
        loaded: tandem::store::Loaded::default(),
        store_problem: None,
    };
    let now = Now { boot: BootTime::default(), wall: WallTime::default() };
    Manager::new(start, [7; 32], now).take_snapshot().unwrap().notifications
}

#[test]
fn the_desktop_is_told_what_the_keys_say() {
    let told = |keys: &str| {
        let mut desktop = Desktop::start(Snapshot { notifications: configured(keys), ..snapshot() });
        desktop.unread(from_bob(1, "The secret plan"), 1);
        desktop.calls(rings());
        let texts: Vec<String> = desktop.notes().iter().map(|note| format!("{}: {}", note.title, note.body)).collect();
        texts.join("; ")
    };
    let call = "Bob Fischer is calling: Confirmed by Bob's card.\nFor sip:alice@example.com";
    assert_eq!(told(""), format!("Bob Fischer: The secret plan; {call}"));
    assert_eq!(told("show-text = false"), format!("Bob Fischer: New message; {call}"));
    assert_eq!(told("messages = false"), call);
    assert_eq!(told("calls = false"), "Bob Fischer: The secret plan");
    // The others are about requests, and about what others may see of the screen.
    let told = |keys: &str, presenting: bool| {
        let mut desktop = Desktop::start(Snapshot { notifications: configured(keys), ..snapshot() });
        desktop.happen(Event::Desktop(tandem::gui::desktop::Message::Presenting(presenting)));
        desktop.unread(from_bob(1, "The secret plan"), 1);
        desktop.asks("frank@example.org");
        desktop.calls(rings());
        desktop.titles().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let (talk, request, call) = ("Bob Fischer", "Contact request", "Bob Fischer is calling");
    assert_eq!(told("", false), [talk, request, call]);
    assert_eq!(told("requests = false", false), [talk, call]);
    assert_eq!(told("", true), [call]);
    assert_eq!(told("while-presenting = true", true), [talk, request, call]);
}

#[test]
fn who_wants_to_be_a_contact_or_asks_into_a_room_is_told_once_and_until_it_is_answered() {
    let mut desktop = Desktop::start(snapshot());
    desktop.asks("frank@example.org");
    assert_eq!(desktop.titles(), ["Contact request"]);
    assert_eq!(desktop.notes()[0].body, "frank@example.org wants to see when you are there.");
    let told = desktop.told;
    desktop.publish();
    assert_eq!(desktop.told, told, "once");
    let effects = desktop.press("default");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Raise)), "it is answered in the window");
    assert!(desktop.notes().is_empty());
    desktop.publish();
    assert!(desktop.notes().is_empty());
    desktop.snapshot.invitations = Arc::from([invitation("ana@example.com", true)]);
    desktop.publish();
    assert_eq!(desktop.titles(), ["Invitation to design"]);
    assert!(desktop.notes()[0].body.starts_with("Ana Lima asks you in"), "{}", desktop.notes()[0].body);
    // Answered elsewhere.
    desktop.snapshot.invitations = Arc::from([]);
    desktop.publish();
    assert!(desktop.notes().is_empty());
    // In front of the user the window shows it.
    desktop.happen(Event::Focused(true));
    desktop.snapshot.invitations = Arc::from([invitation("ana@example.com", true)]);
    desktop.publish();
    desktop.happen(Event::Focused(false));
    assert!(desktop.notes().is_empty());
}

fn invitation(from: &str, known: bool) -> tandem::model::RoomInvitation {
    tandem::model::RoomInvitation {
        id: 1,
        account: tandem::model::AccountId::new("chat"),
        room: jid("design@rooms.example.com"),
        from: jid(from),
        reason: None,
        password: None,
        mediated: false,
        known,
    }
}

#[test]
fn x50_the_desktop_is_never_told_of_somebody_who_is_blocked() {
    let mut desktop = Desktop::start(snapshot());
    let people: Arc<[tandem::model::Jid]> = Arc::from([jid("bob@example.com"), jid("evil.example")]);
    desktop.snapshot.blocked = Arc::new(tandem::account::BlockedView { people, available: true, reports: false });
    desktop.unread(from_bob(1, "Hi"), 1);
    desktop.unread(said("mallory@evil.example", 2, false, "2026-11-22T14:04:00Z", "Hi", Delivery::Received), 1);
    desktop.snapshot.invitations = Arc::from([invitation("mallory@evil.example", false)]);
    desktop.publish();
    assert_eq!(desktop.told, 0);
    desktop.unread(said("ana@example.com", 3, false, "2026-11-22T14:04:00Z", "Hi", Delivery::Received), 1);
    assert_eq!(desktop.titles(), ["Ana Lima"], "others still are");
}

#[test]
fn a_message_is_answered_from_its_notification_without_the_window() {
    let mut desktop = Desktop::start(snapshot());
    desktop.unread(from_bob(1, "Shall we talk at three?"), 1);
    assert_eq!(desktop.notes()[0].reply, Some("Reply …"));
    let tag = *desktop.shown.keys().next().unwrap();
    let mut reply = |words: &str| desktop.happen(Event::Notes(Pressed(Heard::Replied(tag, words.to_owned()))));
    assert!(asked(reply("  \n")).is_empty(), "nothing was written");
    let effects = reply("Yes, I'll call you.\n");
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Raise | Effect::Focus(_) | Effect::OpenWindow)));
    let bob = jid("bob@example.com");
    match &asked(effects)[..] {
        [Request::Send { to, body }, Request::MarkRead(with)] => {
            assert_eq!((to, &**body, with), (&bob, "Yes, I'll call you.", &bob));
        }
        other => panic!("{other:?}"),
    }
    assert!(desktop.notes().is_empty());
    let again = desktop.happen(Event::Notes(Pressed(Heard::Replied(tag, "twice".to_owned()))));
    assert!(asked(again).is_empty(), "it is gone");
    // What is no message cannot be answered with words.
    desktop.calls(rings());
    let tag = *desktop.shown.keys().next_back().unwrap();
    assert!(asked(desktop.happen(Event::Notes(Pressed(Heard::Replied(tag, "hello".to_owned()))))).is_empty());
}

#[test]
fn a_press_on_a_notification_opens_what_it_is_about() {
    let mut desktop = Desktop::start(snapshot());
    desktop.unread(from_bob(1, "Hi"), 1);
    let effects = desktop.press("default");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Raise)));
    let messages =
        |request: &Request| matches!(request, Request::Messages { with, .. } if *with == jid("bob@example.com"));
    assert!(asked(effects).iter().any(messages), "the conversation is opened");
    desktop.unread(from_bob(2, "Hi again"), 2);
    let asked = asked(desktop.press("read"));
    assert!(matches!(&asked[..], [Request::MarkRead(with)] if *with == jid("bob@example.com")), "{asked:?}");
}
