//! What can be done with messages: by click and by key, and what is asked of the manager for it.

use std::sync::Arc;

use iced::keyboard::{Key, Modifiers, key::Named};
use iced::widget::text_editor::{Action, Edit};
use tandem::account::{Reply, Request, Snapshot, TalkRequest};
use tandem::gui::find::{Message as Find, Span};
use tandem::gui::talk::{Message as Talk, PickFor, Purpose as Asked, Sheet};
use tandem::gui::{App, Effect, Message as Event, Overlay, Purpose, name};
use tandem::model::{ChangeKind, Delivery, Link, Message, MessageChange, MessageId, Reply as Answered};

use super::world::*;

pub fn id(number: u32) -> MessageId {
    MessageId(format!("m{number}").into())
}

pub fn change(kind: ChangeKind, target: u32, own: bool, text: &str) -> MessageChange {
    MessageChange {
        kind,
        target: format!("m{target}").into(),
        from: jid(if own { "alice@example.com" } else { "bob@example.com" }),
        nick: None,
        occupant: None,
        time: wall("2026-11-22T14:03:00Z"),
        text: text.into(),
    }
}

/// A conversation in which everything occurs that a message can be.
pub fn rich_talk() -> Vec<Message> {
    let bob = "bob@example.com";
    let mut all = vec![
        said(
            bob,
            1,
            false,
            "2026-11-21T16:40:00Z",
            "*Morning!* The build is _almost_ ~broken~ green, see https://ci.example.com/runs/312",
            Delivery::Received,
        ),
        said(
            bob,
            2,
            false,
            "2026-11-21T16:40:20Z",
            "> should we ship today?\nOnly if this passes:\n```\ncargo test --features gui\n```",
            Delivery::Received,
        ),
        said(bob, 3, true, "2026-11-21T16:43:00Z", "`cargo clippy` is clean here", Delivery::Displayed),
        said(bob, 4, false, "2026-11-22T13:50:00Z", "/me takes a coffee", Delivery::Received),
        said(bob, 5, false, "2026-11-22T13:51:00Z", "Shall we talk it through at three?", Delivery::Received),
        said(
            bob,
            6,
            true,
            "2026-11-22T14:01:00Z",
            "Yes, let us do that. I bring the list of what is left.",
            Delivery::Displayed,
        ),
        said(bob, 7, true, "2026-11-22T14:01:30Z", "🎉🎉", Delivery::Displayed),
        said(bob, 8, false, "2026-11-22T14:02:00Z", "", Delivery::Received),
        said(bob, 9, true, "2026-11-22T14:03:00Z", "Is anybody else coming?", Delivery::Failed),
    ];
    all[2].details.changes =
        vec![change(ChangeKind::Reactions, 3, false, "👍 🚀"), change(ChangeKind::Reactions, 3, true, "👍")];
    all[5].corrected = true;
    all[5].details.first_text = Some("Yes, let us do taht.".into());
    all[5].details.changes =
        vec![change(ChangeKind::Correction, 6, true, "Yes, let us do that. I bring the list of what is left.")];
    all[5].details.reply = Some(Answered {
        to: "m5".into(),
        message: Some(id(5)),
        own: Some(false),
        nick: None,
        text: Some("Shall we talk it through at three?".into()),
    });
    all[7].details.retracted = true;
    all[8].details.failure = Some("There is nobody with this address.".into());
    all
}

pub fn with_talk(snapshot: Snapshot) -> App {
    let mut app = app(snapshot);
    let bob = jid("bob@example.com");
    app.update(Event::Open(bob.clone()));
    app.update(Event::Answered(Purpose::Newest(bob, 1), Ok(Reply::Messages(rich_talk()))));
    app
}

fn talk(app: &mut App, message: Talk) -> Vec<Request> {
    asked(app.update(Event::Talk(message)))
}

fn write(app: &mut App, text: &str) -> Vec<Request> {
    let pasted = Edit::Paste(Arc::new(text.to_owned()));
    asked(app.update(Event::Edit(Action::Edit(pasted))))
}

fn shows(app: &App, words: &str) -> bool {
    simulator(app, 1100.0, 720.0).find(words).is_ok()
}

#[test]
fn an_answer_stands_over_the_field_goes_out_as_one_and_leads_back_to_what_it_answers() {
    let mut app = with_talk(snapshot());
    assert!(shows(&app, "Shall we talk it through at three?"));
    talk(&mut app, Talk::Menu(id(5)));
    drop(click(&mut app, "Reply"));
    assert!(shows(&app, "Answering Bob Fischer"));
    write(&mut app, "Yes");
    let asked = asked(app.update(Event::SendDraft));
    let answer = TalkRequest::Answer { to: jid("bob@example.com"), answers: id(5), body: "Yes".into() };
    assert!(asked.iter().any(|request| matches!(request, Request::Talk(talk) if *talk == answer)), "{asked:?}");
    assert!(!shows(&app, "Answering Bob Fischer"), "the next one is a new message");
    assert!(talk(&mut app, Talk::Jump(id(5))).is_empty(), "it is here");
    let far = talk(&mut app, Talk::Jump(id(4711)));
    assert!(matches!(far.as_slice(), [Request::Talk(TalkRequest::Around { .. })]), "{far:?}");
}

#[test]
fn the_arrow_in_an_empty_field_changes_the_last_message_and_the_draft_comes_back() {
    let mut app = app(snapshot());
    let bob = jid("bob@example.com");
    app.update(Event::Open(bob.clone()));
    let mut all = rich_talk();
    all.pop();
    app.update(Event::Answered(Purpose::Newest(bob, 1), Ok(Reply::Messages(all))));
    let pressed = key_at(&app, name::COMPOSER, Named::ArrowUp);
    assert!(matches!(pressed.as_slice(), [Event::Talk(Talk::EditLast)]), "{pressed:?}");
    talk(&mut app, Talk::EditLast);
    assert!(shows(&app, "Editing your message"));
    write(&mut app, "!");
    let asked = asked(app.update(Event::SendDraft));
    let correct = |request: &Request| matches!(request, Request::Talk(TalkRequest::Correct { id: which, body }) if *which == id(7) && &**body == "🎉🎉!");
    assert!(asked.iter().any(correct), "{asked:?}");
    // A draft is not lost by changing something in between, also when the program ends meanwhile.
    write(&mut app, "half a thought");
    talk(&mut app, Talk::Edit(id(6)));
    write(&mut app, " or so");
    let kept = super::world::asked(app.update(Event::CloseRequested));
    let draft = |request: &Request| matches!(request, Request::Remember(tandem::account::Remember::Draft { text, .. }) if &**text == "half a thought");
    assert!(kept.iter().any(draft), "{kept:?}");
    app.update(Event::Key(Key::Named(Named::Escape), Modifiers::empty(), false));
    assert!(!shows(&app, "Editing your message"));
    let asked = super::world::asked(app.update(Event::SendDraft));
    assert!(asked.iter().any(|request| matches!(request, Request::Send { body, .. } if &**body == "half a thought")));
}

#[test]
fn a_click_on_a_reaction_adds_the_own_one_or_takes_it_back() {
    let mut app = with_talk(snapshot());
    let react = |asked: Vec<Request>| match asked.as_slice() {
        [Request::Talk(TalkRequest::React { id: which, reaction, on })] if *which == id(3) => {
            Some((reaction.to_string(), *on))
        }
        _ => None,
    };
    assert_eq!(react(talk(&mut app, Talk::React(id(3), "👍".into()))), Some(("👍".into(), false)));
    assert_eq!(react(talk(&mut app, Talk::React(id(3), "🚀".into()))), Some(("🚀".into(), true)));
    let clicked = click(&mut app, "🚀");
    assert_eq!(react(clicked), Some(("🚀".into(), true)));
    talk(&mut app, Talk::Picker(Some(PickFor::Reaction(id(3)))));
    talk(&mut app, Talk::PickerQuery("party".into()));
    assert_eq!(react(talk(&mut app, Talk::PickFirst)).map(|(_, on)| on), Some(true));
}

#[test]
fn an_emoji_from_the_picker_goes_into_the_text() {
    let mut app = with_talk(snapshot());
    write(&mut app, "Well done ");
    app.update(Event::Key(Key::Character("e".into()), Modifiers::CTRL, false));
    talk(&mut app, Talk::PickerQuery("tada party".into()));
    assert!(shows(&app, "No emoji has this name."));
    talk(&mut app, Talk::PickerQuery("guitar".into()));
    let _ = click(&mut app, "🎸");
    let asked = asked(app.update(Event::SendDraft));
    assert!(
        asked.iter().any(|request| matches!(request, Request::Send { body, .. } if &**body == "Well done 🎸")),
        "{asked:?}"
    );
}

#[test]
fn deleting_asks_first_and_what_was_deleted_shows_nothing_of_its_text() {
    let mut app = with_talk(snapshot());
    assert!(shows(&app, "This message was deleted."));
    talk(&mut app, Talk::Menu(id(6)));
    assert!(click(&mut app, "Delete").is_empty(), "nothing yet");
    assert!(shows(&app, "Delete this message?"));
    let asked = talk(&mut app, Talk::Delete(id(6)));
    assert!(matches!(asked.as_slice(), [Request::Talk(TalkRequest::Retract(which))] if *which == id(6)));
    // Theirs cannot be deleted or changed, and what was refused can be sent again.
    talk(&mut app, Talk::Menu(id(5)));
    assert!(!shows(&app, "Delete") && !shows(&app, "Edit"));
    assert!(shows(&app, "There is nobody with this address."));
    let asked = click(&mut app, "Send again");
    assert!(matches!(asked.as_slice(), [Request::Talk(TalkRequest::SendAgain(which))] if *which == id(9)));
}

#[test]
fn x22_a_link_opens_only_on_a_click_and_a_deceiving_one_is_shown_first() {
    let mut app = with_talk(snapshot());
    let opened = |effects: &[Effect]| {
        effects.iter().find_map(|effect| match effect {
            Effect::OpenLink(uri) => Some(uri.to_string()),
            _ => None,
        })
    };
    let follow = |app: &mut App, text: &str| app.update(Event::Talk(Talk::Follow(Link::parse(text).unwrap())));
    assert_eq!(opened(&follow(&mut app, "https://ci.example.com/")).as_deref(), Some("https://ci.example.com/"));
    let odd = Link::parse("https://bank.example@evil.example/").unwrap();
    assert!(follow(&mut app, &odd.uri).is_empty());
    assert!(shows(&app, "https://bank.example@evil.example/") && shows(&app, "Open this link?"));
    assert_eq!(opened(&app.update(Event::Talk(Talk::Open(odd.clone())))).as_deref(), Some(&*odd.uri));
    // Calls and conversations are the manager's, who asks before it dials.
    for uri in ["tel:+4930123456", "sip:bob@example.com?Replaces=x", "xmpp:bob@example.com?message;password=x"] {
        let effects = follow(&mut app, uri);
        assert_eq!(opened(&effects), None);
        assert!(matches!(asked(effects).as_slice(), [Request::OpenUri(_)]), "{uri}");
    }
}

#[test]
fn the_keyboard_reaches_everything_that_a_message_can_do() {
    let mut app = with_talk(snapshot());
    let pressed = key_at(&app, name::MESSAGES, Named::ArrowUp);
    for event in pressed {
        app.update(event);
    }
    let opens = key_at(&app, name::MESSAGES, Named::Enter);
    for event in opens {
        app.update(event);
    }
    assert!(shows(&app, "Send again"), "the newest one failed");
    app.update(Event::Key(Key::Named(Named::Escape), Modifiers::empty(), false));
    let chosen = |app: &mut App, key| {
        app.update(Event::Choose(tandem::gui::Step::Last));
        app.update(Event::Talk(Talk::Key(key)))
    };
    use tandem::gui::talk::Key as Do;
    drop(chosen(&mut app, Do::Details));
    assert!(shows(&app, "Details") && shows(&app, "Not sent. There is nobody with this address."));
    app.update(Event::Lay(None));
    drop(chosen(&mut app, Do::Answer));
    assert!(shows(&app, "Answering You"));
}

#[test]
fn everything_that_is_known_of_a_message_stands_in_its_details() {
    let mut app = with_talk(snapshot());
    app.update(Event::Lay(Some(Overlay::Talk(Sheet::Details(id(6))))));
    for words in ["Yes, let us do taht.", "They have seen it.", "Chat, as alice@example.com", "m6"] {
        assert!(shows(&app, words), "{words}");
    }
}

#[test]
fn where_the_unread_begin_and_who_writes_is_seen() {
    let mut snapshot = snapshot();
    snapshot.typing = Arc::from([jid("ana@example.com")]);
    let mut app = app(snapshot);
    let ana = jid("ana@example.com");
    app.update(Event::Open(ana.clone()));
    let page: Vec<Message> = (1..=5)
        .map(|at| said("ana@example.com", at, false, "2026-11-22T12:31:00Z", &format!("line {at}"), Delivery::Received))
        .collect();
    app.update(Event::Answered(Purpose::Newest(ana, 1), Ok(Reply::Messages(page))));
    assert!(shows(&app, "New") && shows(&app, "Ana Lima is writing …"));
    let typed = write(&mut app, "a");
    assert!(typed.iter().any(|request| matches!(request, Request::Talk(TalkRequest::Typing { writing: true, .. }))));
    app.update(Event::SendDraft);
    assert!(!shows(&app, "New"), "who writes has read");
}

#[test]
fn messages_are_found_by_words_person_and_time_and_lead_to_their_place() {
    let mut app = with_talk(snapshot());
    app.update(Event::Key(Key::Character("f".into()), Modifiers::CTRL, false));
    assert!(shows(&app, "Find what was said"));
    let search = |effects: Vec<Effect>| {
        asked(effects).into_iter().find_map(|request| match request {
            Request::Search(search) => Some(search),
            _ => None,
        })
    };
    assert!(search(app.update(Event::Find(Find::Words("b".into())))).is_none(), "a letter finds everything");
    let first = search(app.update(Event::Find(Find::Words("build".into())))).expect("a search");
    assert_eq!((first.with, first.since), (Some(jid("bob@example.com")), None));
    assert!(search(app.update(Event::Find(Find::With(None)))).expect("a search").with.is_none());
    let week = search(app.update(Event::Find(Find::Span(Span::Week)))).expect("a search");
    assert!(week.since.is_some_and(|since| since < now().wall));
    // An answer that comes too late is none.
    let late = Purpose::Talk(Asked::Found(3));
    app.update(Event::Answered(late, Ok(Reply::Messages(vec![rich_talk().remove(5)]))));
    assert!(shows(&app, "Searching …"));
    let found = said("ana@example.com", 77, false, "2026-03-01T10:00:00Z", "the build of March", Delivery::Received);
    let number = Purpose::Talk(Asked::Found(5));
    app.update(Event::Answered(number, Ok(Reply::Messages(vec![found]))));
    assert!(shows(&app, "the build of March"));
    let asked = click(&mut app, "the build of March");
    let place = |request: &Request| {
        matches!(request, Request::Talk(TalkRequest::Around { with, id: which, .. })
            if *with == jid("ana@example.com") && *which == id(77))
    };
    assert!(asked.iter().any(place), "{asked:?}");
}

#[test]
fn the_list_leads_to_the_messages_with_these_words() {
    let mut app = app(snapshot());
    app.update(Event::Query("quarterly".into()));
    let asked = click(&mut app, "Search messages for “quarterly”");
    assert!(asked.iter().any(|request| matches!(request, Request::Search(search) if &*search.text == "quarterly")));
}

#[test]
fn an_older_part_of_a_conversation_goes_on_to_the_newest_and_back_in_one_step() {
    let mut app = with_talk(snapshot());
    let bob = jid("bob@example.com");
    let part = |from: u32| -> Vec<Message> {
        (from..from + 60)
            .map(|at| {
                said("bob@example.com", at, false, "2026-01-05T10:00:00Z", &format!("line {at}"), Delivery::Received)
            })
            .collect()
    };
    let around = Purpose::Talk(Asked::Around(bob.clone(), id(1030)));
    app.update(Event::Answered(around, Ok(Reply::Messages(part(1000)))));
    let newer = asked(app.update(Event::TimelineScrolled(10.0, 5000.0, 600.0)));
    assert!(
        matches!(newer.as_slice(), [Request::Talk(TalkRequest::After { id: which, .. })] if *which == id(1059)),
        "{newer:?}"
    );
    // News do not tear the older part away.
    app.update(Event::Answered(Purpose::Newest(bob.clone(), 2), Ok(Reply::Messages(rich_talk()))));
    assert!(!shows(&app, "Is anybody else coming?"));
    let back = asked(app.update(Event::Talk(Talk::Latest)));
    assert!(matches!(back.as_slice(), [Request::Messages { before: None, .. }]), "{back:?}");
    app.update(Event::Answered(Purpose::Newest(bob, 2), Ok(Reply::Messages(rich_talk()))));
    assert!(shows(&app, "Is anybody else coming?"));
}

#[test]
fn x20_a_name_cannot_turn_what_stands_beside_it_around() {
    let mut snapshot = snapshot();
    let mut contacts = snapshot.contacts.to_vec();
    for contact in &mut contacts {
        if contact.jid == jid("bob@example.com") {
            Arc::make_mut(contact).name = "Bob\u{202e}gpj".into();
        }
    }
    snapshot.contacts = contacts.into();
    snapshot.typing = Arc::from([jid("bob@example.com")]);
    let app = with_talk(snapshot);
    for words in ["Bobgpj is writing …", "Bobgpj takes a coffee"] {
        assert!(shows(&app, words), "{words}");
    }
}

#[test]
fn x21_what_is_costly_to_lay_out_is_shown_in_part() {
    let costly = [
        format!("a{}", "\u{0301}".repeat(500_000)),
        "\u{1f469}\u{200d}".repeat(100_000),
        "x".repeat(256 * 1024),
        "*_~`".repeat(50_000),
        "> ".repeat(50_000),
        "https://a.example/ ".repeat(10_000),
    ];
    let mut app = app(snapshot());
    let bob = jid("bob@example.com");
    app.update(Event::Open(bob.clone()));
    let page = costly
        .iter()
        .zip(1..)
        .map(|(body, at)| said("bob@example.com", at, false, "2026-11-22T12:31:00Z", body, Delivery::Received))
        .collect();
    let begun = std::time::Instant::now();
    app.update(Event::Answered(Purpose::Newest(bob, 1), Ok(Reply::Messages(page))));
    assert!(shows(&app, "Show all"));
    // Unoptimised, and beside other tests: a frame of the program takes a hundredth of it.
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
}
