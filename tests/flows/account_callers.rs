//! Who may ring, and what is told of us.

use std::sync::Arc;

use tandem::account::{CallTo, Reply, Request};
use tandem::model::{CallId, CallState, Jid, PeerGrade, Reception};
use tandem::sip::{Anonymity, CallIdentity, Command};
use tandem::store::{self, Loaded};

use super::account_identity::{COMPANY, peer, read};
use super::world::*;

fn screened(unknown: Reception, anonymous: Reception) -> World {
    let mut config = config();
    config.calls.callers.unknown = unknown;
    config.calls.callers.anonymous = anonymous;
    World::online_with(config)
}

fn rejected(world: &World) -> Vec<u16> {
    let code = |command: Command| match command {
        Command::Reject { code, .. } => Some(code),
        _ => None,
    };
    world.sip().into_iter().filter_map(code).collect()
}

#[test]
fn c34_a_silenced_caller_is_shown_without_a_sound_and_stands_in_the_history() {
    let mut world = screened(Reception::Silence, Reception::Ring);
    world.incoming(CallId(1), vouched("sip:eve@evil.example"), Some(SOUND));
    let call = world.view(CallId(1));
    assert_eq!((call.state, call.silenced), (CallState::Ringing, true));
    assert!(call.peer.evidence.iter().any(|line| line.contains("your setting")), "{:?}", call.peer.evidence);
    assert_eq!(world.last_tone(), None);
    assert!(world.sip().iter().any(|command| matches!(command, Command::Ring { .. })), "it is not declined");
    world.ended(CallId(1), 487, tandem::model::EndedBy::Remote);
    let kept = world.kept().into_iter().any(
        |command| matches!(command, store::Command::Call(call) if call.state == CallState::Ended && call.answered.is_none()),
    );
    assert!(kept, "missed, in the history");
    // It can still be answered.
    world.incoming(CallId(3), vouched("sip:eve@evil.example"), Some(SOUND));
    world.done(Request::Answer(CallId(3)));
    // Whoever is confirmed rings.
    world.incoming(CallId(5), vouched("sip:bob@example.com"), Some(SOUND));
    assert!(!world.view(CallId(5)).silenced);
}

#[test]
fn c34_declined_callers_never_ring_and_stand_in_the_history_with_the_reason() {
    let mut world = screened(Reception::Decline, Reception::Ring);
    world.incoming(CallId(1), identity("sip:bob@example.com"), Some(SOUND));
    let call = world.view(CallId(1));
    assert_eq!(call.state, CallState::Ended, "a claim is not enough to ring");
    let end = call.end.expect("an end");
    assert_eq!((&*end.code, rejected(&world)), ("declined", vec![603]));
    assert!(end.text.contains("your setting"), "{}", end.text);
    assert!(!world.sip().iter().any(|command| matches!(command, Command::Ring { .. })), "never 180");
    assert!(world.kept().iter().any(|command| matches!(command, store::Command::Call(_))));
    world.incoming(CallId(3), CallIdentity { anonymous: true, ..identity("sip:x@y.example") }, Some(SOUND));
    assert_eq!(world.view(CallId(3)).state, CallState::Ringing, "anonymous callers have a setting of their own");
}

#[test]
fn c34_whoever_was_called_may_call_back() {
    let mut world = screened(Reception::Decline, Reception::Decline);
    let id = world.call(CallTo::Text("+49 30 112233".into())).expect("a call");
    world.opened(id);
    world.ended(id, 486, tandem::model::EndedBy::Remote);
    world.incoming(CallId(1), vouched("sip:+4930112233@example.com;user=phone"), Some(SOUND));
    assert_eq!(world.view(CallId(1)).state, CallState::Ringing);
    world.incoming(CallId(3), identity("sip:+4930112233@example.com;user=phone"), Some(SOUND));
    assert_eq!(world.view(CallId(3)).state, CallState::Ended, "but not on nobody's word");
}

#[test]
fn c34_an_account_may_have_a_rule_of_its_own() {
    let mut config = config();
    config.calls.callers.unknown = Reception::Decline;
    config.calls.callers.anonymous = Reception::Decline;
    config.voice[0].callers.unknown = Some(Reception::Ring);
    config.voice[0].callers.anonymous = Some(Reception::Silence);
    let mut world = World::online_with(config);
    world.incoming(CallId(1), vouched("sip:eve@evil.example"), Some(SOUND));
    assert_eq!(world.view(CallId(1)).state, CallState::Ringing);
    world.incoming(CallId(3), CallIdentity { anonymous: true, ..identity("sip:x@y.example") }, Some(SOUND));
    assert!(world.view(CallId(3)).silenced);
}

fn invite(world: &World) -> (Option<Jid>, Anonymity, Arc<str>) {
    let found = world.sip().into_iter().rev().find_map(|command| match command {
        Command::Invite { call_info, anonymity, offer, .. } => Some((call_info, anonymity, offer)),
        _ => None,
    });
    found.expect("an INVITE")
}

fn dial(world: &mut World, to: &str, anonymous: Option<bool>) -> (Option<Jid>, Anonymity, Arc<str>) {
    let request =
        Request::Call { to: CallTo::Text(to.into()), account: None, via: None, confirm: true, video: false, anonymous };
    let id = match world.ask(request) {
        Some(Ok(Reply::Call(id))) => id,
        other => panic!("{other:?}"),
    };
    world.opened(id);
    invite(world)
}

#[test]
fn c35_an_anonymous_call_says_nothing_of_us() {
    let mut world = World::online();
    let (hint, anonymity, offer) = dial(&mut world, "sip:bob@example.com", Some(true));
    assert_eq!((hint, anonymity), (None, Anonymity::Anonymous));
    // P-7: nothing of us in the session's description either.
    assert!(offer.contains("\r\no=- ") && offer.contains("\r\ns=-\r\n"), "{offer}");
    assert!(!offer.to_lowercase().contains("alice"), "{offer}");
    let (hint, anonymity, _) = dial(&mut world, "sip:bob@example.com", None);
    assert_eq!((hint, anonymity), (Some(jid("alice@example.com")), Anonymity::Named));
}

#[test]
fn calls_hide_the_number_as_the_configuration_says() {
    for (general, account, asked, hidden) in [
        (false, None, None, false),
        (true, None, None, true),
        (true, Some(false), None, false),
        (false, Some(true), None, true),
        (true, None, Some(false), false),
        (false, Some(false), Some(true), true),
    ] {
        let mut config = config();
        config.calls.callers.hide_number = general;
        config.voice[0].callers.hide_number = account;
        let mut world = World::online_with(config);
        let (hint, anonymity, _) = dial(&mut world, "sip:bob@example.com", asked);
        assert_eq!(anonymity == Anonymity::Anonymous, hidden, "{general} {account:?} {asked:?}");
        assert_eq!(hint.is_none(), hidden);
        assert_eq!(world.shown().book.hide_number, general);
    }
}

#[test]
fn c31_domains_have_rules_of_their_own_about_our_chat_address() {
    let mut config = config();
    config.calls.callers.chat_address_to = vec!["partner.example".to_owned()];
    config.calls.callers.no_chat_address_to = vec!["example.com".to_owned(), "both.example".to_owned()];
    let mut world = World::online_with(config);
    for (to, told) in [
        ("sip:x@partner.example", true),
        ("sip:x@PARTNER.example", true),
        ("sip:bob@example.com", false),
        ("sip:x@elsewhere.example", false),
        ("sip:x@both.example", false),
        ("sip:+4930123456@partner.example;user=phone", false),
    ] {
        assert_eq!(dial(&mut world, to, None).0.is_some(), told, "{to}");
    }
}

/// The keys of the configuration, from their text to what happens.
#[test]
fn who_may_ring_and_what_is_told_of_us_is_as_the_keys_say() {
    let base = "[[chat]]\nid = \"chat\"\naddress = \"alice@example.com\"\npassword-keyring = true\n\
        [[voice]]\nid = \"voice\"\naddress = \"sip:alice@example.com\"\npassword-keyring = true\n";
    let relation = "[[relation]]\nchat = \"chat\"\nvoice = \"voice\"\n";
    let configured = |account: &str, calls: &str| {
        let text =
            format!("{base}{account}\n{relation}[calls]\n{calls}\n[identity]\ndirectories = [\"company.vcf\"]\n");
        tandem::config::parse(&text, "config.toml").unwrap_or_else(|problems| panic!("{problems:?}"))
    };
    let (stranger, hidden) =
        (vouched("sip:eve@evil.example"), CallIdentity { anonymous: true, ..identity("sip:x@y.example") });
    for (account, calls, caller, state, silenced) in [
        ("", "", &stranger, CallState::Ringing, false),
        ("", "unknown-callers = \"silence\"", &stranger, CallState::Ringing, true),
        ("", "unknown-callers = \"decline\"", &stranger, CallState::Ended, false),
        ("unknown-callers = \"ring\"", "unknown-callers = \"decline\"", &stranger, CallState::Ringing, false),
        ("", "anonymous-callers = \"decline\"", &hidden, CallState::Ended, false),
        ("anonymous-callers = \"silence\"", "anonymous-callers = \"decline\"", &hidden, CallState::Ringing, true),
    ] {
        let mut world = World::online_with(configured(account, calls));
        world.incoming(CallId(1), caller.clone(), Some(SOUND));
        let call = world.view(CallId(1));
        assert_eq!((call.state, call.silenced), (state, silenced), "{account} {calls}");
    }
    for (account, calls, hides, told) in [
        ("", "hide-number = true", true, false),
        ("hide-number = false", "hide-number = true", false, true),
        ("", "never-send-chat-address-to = [\"example.com\"]", false, false),
        ("", "send-chat-address = \"never\"\nsend-chat-address-to = [\"example.com\"]", false, true),
    ] {
        let mut world = World::online_with(configured(account, calls));
        let (hint, anonymity, _) = dial(&mut world, "sip:bob@example.com", None);
        assert_eq!((anonymity == Anonymity::Anonymous, hint.is_some()), (hides, told), "{account} {calls}");
    }
    let mut world = World::new(configured("", ""), Loaded::default());
    world.registered();
    read(&mut world, COMPANY);
    assert_eq!(peer(&mut world, vouched("tel:+4930100")).grade, PeerGrade::Confirmed);
    for wrong in ["unknown-callers = \"bark\"", "send-chat-address-to = [\"a b\"]"] {
        let text = format!("{base}[calls]\n{wrong}\n");
        assert!(tandem::config::parse(&text, "config.toml").is_err(), "{wrong}");
    }
}
