//! Calls over chat in the window: like any other, and saying which way they go.

use std::sync::Arc;

use tandem::account::Snapshot;
use tandem::gui::history::Message as History;
use tandem::gui::topics::{Message as Topics, Topic};
use tandem::gui::{App, Message as Event, Place};
use tandem::model::{AccountId, Call, CallId, CallState, Direction, KeyState, MediaEncryption, Via};
use tandem::store::CallRecord;

use super::history::follow;
use super::pictures::draw;
use super::telephone::records;
use super::world::*;

/// A call with Bob over chat.
fn over_chat(mut call: Call) -> Call {
    call.via = Via::Jingle;
    call.account = AccountId::new("chat");
    call.peer.uri = "xmpp:bob@example.com".into();
    call
}

fn talking(mut snapshot: Snapshot, muted: bool) -> App {
    let mut one = over_chat(call(1, Direction::Incoming, CallState::Active));
    one.muted_by_peer = muted;
    if let Some(media) = &mut one.media {
        media.encryption = MediaEncryption::Dtls;
    }
    snapshot.calls = Arc::from([one]);
    with_bob(snapshot)
}

fn ringing(snapshot: Snapshot) -> App {
    super::picture_states::incoming_over_chat(snapshot)
}

/// The calls that were; the first and the third went over chat.
fn stored() -> Vec<CallRecord> {
    let mut stored = records();
    for at in [0, 2] {
        stored[at].call = over_chat(stored[at].call.clone());
    }
    stored
}

fn past(snapshot: Snapshot) -> App {
    let mut app = app(snapshot);
    follow(&mut app, Event::Go(Place::Calls), &stored());
    follow(&mut app, Event::History(History::Choose(CallId(9))), &stored());
    app
}

/// The privacy settings, with the one about keys turned off by the user.
fn privacy(snapshot: Snapshot) -> App {
    let file = "[[chat]]\naddress = \"alice@example.com\"\npassword-keyring = true\n[[voice]]\n\
                address = \"sip:alice@example.com\"\npassword-keyring = true\n[media]\nverify-over-chat = false\n";
    let mut app = app(Snapshot { settings: super::settings::of(file), ..snapshot });
    app.update(Event::Go(Place::Settings));
    app.update(Event::Topics(Topics::Show(Topic::Privacy)));
    app
}

fn shows(app: &App, words: &str) -> bool {
    simulator(app, 1200.0, 900.0).find(words).is_ok()
}

#[test]
fn the_history_says_which_calls_went_over_chat() {
    let app = past(snapshot());
    assert!(shows(&app, "Missed call · over chat"));
    assert!(shows(&app, "Incoming call · 05:12 · over chat"));
    // What is known of the one that is open.
    assert!(shows(&app, "Over chat, as alice@example.com"));
    assert!(shows(&app, "Outgoing call · 05:12"), "one over the phone service is as it was");
}

#[test]
fn a_call_that_rings_looks_the_same_and_says_that_it_came_over_chat() {
    let over_chat = ringing(snapshot());
    let over_voice = super::picture_states::incoming(snapshot(), tandem::model::PeerGrade::Confirmed);
    for app in [&over_chat, &over_voice] {
        for words in ["Answer", "Decline", "Silence", "Bob Fischer"] {
            assert!(shows(app, words), "{words}");
        }
    }
    assert!(shows(&over_chat, "Over chat, for alice@example.com"));
    assert!(!shows(&over_voice, "Over chat, for alice@example.com"));
}

#[test]
fn who_is_muted_over_there_is_seen_while_the_padlock_stays() {
    let app = talking(snapshot(), true);
    assert!(
        shows(&app, "Their microphone is off")
            && shows(&app, "Encrypted to the other device, vouched for by the servers")
    );
    assert!(!shows(&talking(snapshot(), false), "Their microphone is off"));
    let mut app = talking(snapshot(), true);
    app.update(Event::OpenCall(CallId(1)));
    assert!(shows(&app, "Their microphone is off") && shows(&app, "Over chat, as alice@example.com"));
}

#[test]
fn the_button_that_hands_a_call_over_is_grey_for_a_call_over_chat_and_says_why() {
    let mut app = talking(snapshot(), false);
    let pressed = click_named(&mut app, "A call over chat cannot be transferred");
    assert!(pressed.is_empty() && !shows(&app, "Transfer now"));
    app.update(Event::OpenCall(CallId(1)));
    click(&mut app, "Transfer");
    assert!(!shows(&app, "Transfer now"));
}

#[test]
fn confirming_the_keys_over_chat_is_a_switch_among_the_privacy_settings() {
    let mut app = privacy(snapshot());
    assert!(shows(&app, "Let chat confirm the keys of calls"));
    let changed = format!("{:?}", click(&mut app, "Reset"));
    assert!(changed.contains("media.verify-over-chat"), "{changed}");
}

#[test]
#[ignore = "writes pictures"]
fn pictures_of_calls_over_chat() {
    type Build = fn(Snapshot) -> App;
    let whole = |keys: KeyState| {
        move |mut snapshot: Snapshot| {
            let mut one = call(1, Direction::Outgoing, CallState::Active);
            one.keys = keys;
            if let Some(media) = &mut one.media {
                media.encryption = MediaEncryption::Dtls;
            }
            snapshot.calls = Arc::from([one]);
            with_bob(snapshot)
        }
    };
    let scenes: [(&str, Build); 5] = [
        ("chat-call-rings", ringing),
        ("chat-call", |s| talking(s, true)),
        ("chat-call-view", |s| {
            let mut app = talking(s, true);
            app.update(Event::OpenCall(CallId(1)));
            app
        }),
        ("chat-call-history", past),
        ("chat-call-privacy", privacy),
    ];
    for (name, build) in scenes {
        draw(&format!("{name}-light"), &build(light(snapshot())), 1100.0, 720.0);
        draw(&format!("{name}-dark"), &build(dark(snapshot())), 1100.0, 720.0);
        draw(&format!("{name}-small"), &sized(build(light(snapshot())), 400.0, 720.0), 400.0, 720.0);
        draw(&format!("{name}-200"), &sized(build(light(snapshot())), 700.0, 500.0), 700.0, 500.0);
    }
    for (name, keys) in [("person", KeyState::Person), ("server", KeyState::Settled), ("between", KeyState::Between)] {
        draw(&format!("chat-vouched-{name}-light"), &whole(keys)(light(snapshot())), 1100.0, 400.0);
        draw(&format!("chat-vouched-{name}-dark"), &whole(keys)(dark(snapshot())), 1100.0, 400.0);
        draw(&format!("chat-vouched-{name}-small"), &sized(whole(keys)(light(snapshot())), 400.0, 400.0), 400.0, 400.0);
    }
}
