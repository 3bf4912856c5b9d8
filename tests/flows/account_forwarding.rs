//! Redirections, forwarding, do not disturb and automatic answers.

use std::time::Duration;

use tandem::account::{Reply, Request};
use tandem::model::{CallState, Refusing, Show};
use tandem::sip::{About, Command, DiversionReason, NameAddress};
use tandem::{config, media};

use super::account_signalling::*;
use super::world::*;

#[test]
fn s13_a_redirection_is_followed_only_when_the_user_wants_and_with_its_cost_told() {
    let mut world = World::online();
    let bob = world.dial_bob();
    let question = redirected(&mut world, bob, &["tel:+499001234567"]).expect("a question");
    assert!(question.text.contains("+499001234567") && question.text.to_lowercase().contains("premium"));
    assert_eq!(invites(&world).len(), 1);
    reply(&mut world, &question, "cancel");
    assert_eq!(invites(&world).len(), 1);
    let bob = world.dial_bob();
    let question = redirected(&mut world, bob, &["sip:dave@example.com"]).expect("a question");
    let Some(Ok(Reply::Call(next))) = reply(&mut world, &question, "call") else { panic!("a call") };
    world.opened(next);
    assert_eq!(invites(&world).last().expect("an INVITE").0, "sip:dave@example.com");
}

#[test]
fn s13_circles_and_long_ways_are_not_followed() {
    let mut world = World::online();
    let bob = world.dial_bob();
    assert!(
        redirected(&mut world, bob, &["sip:BOB@example.com", "sips:bob@example.com;transport=tcp"]).is_some(),
        "case counts"
    );
    let mut world = World::online();
    let bob = world.dial_bob();
    assert!(redirected(&mut world, bob, &["sips:bob@example.com;transport=tcp"]).is_none());
    assert!(problems(&world).iter().any(|text| text.contains("circle")));
    let mut world = World::online();
    let mut call = world.dial_bob();
    for hop in 0..5 {
        let question = redirected(&mut world, call, &[&format!("sip:hop{hop}@example.com")]).expect("a question");
        let Some(Ok(Reply::Call(next))) = reply(&mut world, &question, "call") else { panic!("a call") };
        world.opened(next);
        call = next;
    }
    assert!(redirected(&mut world, call, &["sip:hop6@example.com"]).is_none());
    assert!(problems(&world).iter().any(|text| text.contains("too often")));
}

// ------------------------------------------------------------------------------------------------ forwarding

#[test]
fn do_not_disturb_does_something_and_says_what() {
    for (answer, code) in
        [(Refusing::Busy, 486), (Refusing::Unavailable, 480), (Refusing::Decline, 603), (Refusing::Forward, 486)]
    {
        let mut world = answering(|answering| {
            answering.do_not_disturb = true;
            answering.dnd_answer = answer;
        });
        assert_eq!(calls_in(&mut world), [code]);
        let shown = world.shown();
        assert!(shown.answering.do_not_disturb && shown.answering.text.is_some());
        let (how, told) = end(&mut world, INCOMING);
        assert_eq!(how, "not-disturbed");
        assert!(told.contains("do not want to be disturbed"), "{told}");
        assert_eq!(world.last_tone(), None, "no sound");
    }
    let mut world = answering(|answering| {
        answering.do_not_disturb = true;
        answering.dnd_answer = Refusing::Forward;
        answering.forward_busy = Some("1002".to_owned());
    });
    assert_eq!(calls_in(&mut world), [302]);
    assert_eq!(end(&mut world, INCOMING).0, "forwarded");
}

#[test]
fn do_not_disturb_follows_the_status_where_the_user_wants_that() {
    for (linked, expected) in [(true, vec![486]), (false, vec![])] {
        let mut world = answering(|answering| answering.dnd_with_presence = linked);
        world.done(Request::Presence { show: Show::Dnd, status: None });
        assert_eq!(world.shown().answering.by_presence, linked);
        assert_eq!(calls_in(&mut world), expected, "linked: {linked}");
    }
    let mut world = answering(|answering| answering.dnd_with_presence = true);
    world.done(Request::Presence { show: Show::Away, status: None });
    assert!(calls_in(&mut world).is_empty());
}

#[test]
fn every_call_goes_where_the_user_sends_it_and_the_history_says_so() {
    let mut world = answering(|answering| answering.forward_always = Some("bob@example.com".to_owned()));
    assert_eq!(calls_in(&mut world), [302]);
    let to = world.sip().into_iter().find_map(|command| match command {
        Command::Redirect { to, reason, .. } => Some((to.to_string(), reason)),
        _ => None,
    });
    assert_eq!(to, Some(("sip:bob@example.com".to_owned(), DiversionReason::Unconditional)));
    let (how, told) = end(&mut world, INCOMING);
    assert_eq!(how, "forwarded");
    assert!(told.contains("bob"), "{told}");
    assert_eq!(world.shown().answering.forward_always.as_deref(), Some("bob@example.com"));
}

#[test]
fn a_call_that_nobody_answers_goes_on_after_the_time_that_was_set() {
    let mut world = answering(|answering| {
        answering.forward_no_answer = Some("1002".to_owned());
        answering.forward_after = Duration::from_secs(15);
    });
    assert!(calls_in(&mut world).is_empty());
    world.wait(Duration::from_secs(14));
    assert!(rejections(&world).is_empty());
    world.wait(Duration::from_secs(2));
    assert_eq!(rejections(&world), [302]);
    // Whoever answers just in time keeps it.
    let mut world = answering(|answering| answering.forward_no_answer = Some("1002".to_owned()));
    calls_in(&mut world);
    world.done(Request::Answer(INCOMING));
    world.wait(Duration::from_secs(300));
    assert!(rejections(&world).is_empty());
    assert_eq!(world.view(INCOMING).state, CallState::Active);
}

#[test]
fn whoever_talks_is_busy_where_the_settings_say_so() {
    for (waiting, busy, expected) in [
        (true, None, vec![]),
        (false, None, vec![486]),
        (true, Some("1002"), vec![302]),
        (false, Some("1002"), vec![302]),
    ] {
        let mut world = answering(|answering| {
            answering.call_waiting = waiting;
            answering.forward_busy = busy.map(str::to_owned);
        });
        world.talking();
        assert_eq!(calls_in(&mut world), expected, "{waiting} {busy:?}");
    }
}

#[test]
fn calls_are_forwarded_neither_in_circles_nor_to_the_caller_nor_to_an_emergency_number() {
    for target in ["sip:carol@other.example", "112", "sip:alice@example.com", "no number"] {
        let mut world = answering(|answering| answering.forward_always = Some(target.to_owned()));
        assert!(calls_in(&mut world).is_empty(), "{target}");
        assert_eq!(world.view(INCOMING).state, CallState::Ringing, "{target}");
    }
    let mut world = answering(|answering| answering.forward_always = Some("1002".to_owned()));
    rings(&mut world, vouched("sip:carol@other.example"), About { diversions: 5, ..About::default() });
    assert!(rejections(&world).is_empty());
}

#[test]
fn who_forwarded_or_transferred_a_call_is_shown_and_on_whose_word() {
    let mut world = World::online();
    let by = |uri: &str| Some(NameAddress { display: Some("Ana".into()), uri: uri.into() });
    let about =
        About { forwarded_by: by("sip:ana@example.com"), referred_by: by("sip:ben@example.com"), ..About::default() };
    rings(&mut world, vouched("sip:bob@example.com"), about);
    let evidence = world.view(INCOMING).peer.evidence;
    assert!(
        evidence.iter().any(|line| line.contains("Forwarded by") && line.contains("ana@example.com")),
        "{evidence:?}"
    );
    assert!(evidence.iter().any(|line| line.contains("Transferred by") && line.contains("as the call says")));
    assert_eq!(world.view(INCOMING).peer.display.as_ref(), "bob", "the caller stays who it is");
}

// ------------------------------------------------------------------------------------------------ automatic answers

#[test]
fn s07_only_who_is_allowed_and_proven_is_answered_by_itself_and_rings_first() {
    let wants = || About { answer_after: Some(Duration::ZERO), ..About::default() };
    let allowed = |entry: &str| answering(|answering| answering.auto_answer = vec![entry.to_owned()]);
    for (entry, identity, automatic) in [
        ("bob@example.com", vouched("sip:bob@example.com"), true),
        ("sip:door@example.com", vouched("sip:door@example.com"), true),
        ("1001", vouched("sip:1001@example.com"), true),
        ("sip:door@example.com", identity("sip:door@example.com"), false),
        ("sip:door@example.com", vouched("sip:mallory@example.com"), false),
        ("bob@example.com", vouched("sip:mallory@example.com"), false),
    ] {
        let mut world = allowed(entry);
        rings(&mut world, identity, wants());
        assert_eq!(
            world.last_tone(),
            Some(media::Tone::Ringing(tandem::model::Ringtone::Classic)),
            "it is heard coming"
        );
        world.wait(Duration::from_secs(3));
        let call = world.view(INCOMING);
        assert_eq!((call.state == CallState::Active, call.automatic), (automatic, automatic), "{entry}");
    }
    // Without a wish nothing is answered, and nobody breaks into a conversation.
    let mut world = allowed("sip:door@example.com");
    rings(&mut world, vouched("sip:door@example.com"), About::default());
    world.wait(Duration::from_secs(60));
    assert_eq!(world.view(INCOMING).state, CallState::Ringing);
    let mut world = allowed("sip:door@example.com");
    world.talking();
    rings(&mut world, vouched("sip:door@example.com"), wants());
    world.wait(Duration::from_secs(60));
    assert_eq!(world.view(INCOMING).state, CallState::Ringing);
}

#[test]
fn what_happens_to_calls_is_as_the_keys_say() {
    let world = |keys: &str| {
        let text = format!(
            "[[chat]]\naddress = \"alice@example.com\"\npassword = \"x\"\n[[voice]]\naddress = \"sip:alice@example.com\"\n\
             password = \"x\"\n[[relation]]\nchat = \"chat\"\nvoice = \"voice\"\n[calls]\n{keys}"
        );
        let parsed = config::parse(&text, "config.toml").unwrap_or_else(|problems| panic!("{problems:?}"));
        World::online_with(parsed)
    };
    // What a call meets, alone and during another one.
    let met = |keys: &str, talking: bool| {
        let mut world = world(keys);
        if talking {
            world.talking();
        }
        calls_in(&mut world).first().copied()
    };
    let dnd = "do-not-disturb = true\n";
    for (keys, talking, expected) in [
        ("", false, None),
        ("", true, None),
        (dnd, false, Some(486)),
        (&format!("{dnd}do-not-disturb-answer = \"unavailable\""), false, Some(480)),
        (&format!("{dnd}do-not-disturb-answer = \"decline\""), false, Some(603)),
        (&format!("{dnd}do-not-disturb-answer = \"forward\"\nforward-busy = \"1002\""), false, Some(302)),
        ("forward-always = \"1002\"", false, Some(302)),
        ("forward-busy = \"1002\"", false, None),
        ("forward-busy = \"1002\"", true, Some(302)),
        ("call-waiting = false", true, Some(486)),
        ("call-waiting = false", false, None),
    ] {
        assert_eq!(met(keys, talking), expected, "{keys} {talking}");
    }
    let mut linked = world("do-not-disturb-with-presence = true");
    linked.done(Request::Presence { show: Show::Dnd, status: None });
    assert_eq!(calls_in(&mut linked), [486]);
    let mut late = world("forward-no-answer = \"1002\"\nforward-after = 7");
    calls_in(&mut late);
    late.wait(Duration::from_secs(6));
    assert!(rejections(&late).is_empty());
    late.wait(Duration::from_secs(2));
    assert_eq!(rejections(&late), [302]);
    for (keys, held) in [("", 1), ("hold-others = false", 0)] {
        let mut several = world(keys);
        let bob = several.talking();
        second(&mut several);
        assert_eq!(offers(&several, bob).len(), held, "{keys}");
    }
    for (keys, automatic) in [("", false), ("auto-answer = [\"sip:carol@other.example\"]", true)] {
        let mut door = world(keys);
        let about = About { answer_after: Some(Duration::ZERO), ..About::default() };
        rings(&mut door, vouched("sip:carol@other.example"), about);
        door.wait(Duration::from_secs(3));
        assert_eq!(door.view(INCOMING).automatic, automatic, "{keys}");
    }
    for wrong in ["forward-always = \"nobody\"", "auto-answer = [\"everybody\"]", "forward-after = 1"] {
        let text = format!("[[chat]]\naddress = \"a@b.example\"\npassword = \"x\"\n[calls]\n{wrong}");
        assert!(config::parse(&text, "config.toml").is_err(), "{wrong}");
    }
}
