//! Calls from the click to the history, with every way they end.

use std::time::Duration;

use tandem::account::{CallTo, Effect, NoticeBody, RefusalKind, Request};
use tandem::config::{CallInfoPolicy, SecretSource, Voice};
use tandem::media::{self, Tone};
use tandem::model::{AccountId, CallId, CallState, EndedBy, PeerGrade};
use tandem::sip::Command;
use tandem::store::{self, Loaded};
use tandem::{sip, xmpp};

use super::world::*;

fn code(world: &mut World, call: CallId) -> String {
    world.view(call).end.map(|end| end.code.to_string()).unwrap_or_default()
}

fn invite(world: &World) -> (String, Option<tandem::model::Jid>) {
    let found = world.sip().into_iter().find_map(|command| match command {
        Command::Invite { to, call_info, .. } => Some((to.uri.to_string(), call_info)),
        _ => None,
    });
    found.expect("an INVITE")
}

fn refusal(world: &mut World, to: CallTo) -> RefusalKind {
    world.call(to).expect_err("a refusal").kind
}

fn text(text: &str) -> CallTo {
    CallTo::Text(text.into())
}

#[test]
fn a_contact_is_called_by_the_card_and_told_our_chat_address() {
    let mut world = World::online();
    let id = world.dial_bob();
    assert_eq!(invite(&world), ("sip:bob@example.com".to_owned(), Some(jid("alice@example.com"))));
    let call = world.view(id);
    assert_eq!((call.peer.grade, &*call.peer.display), (PeerGrade::Confirmed, "bob"));
    assert!(call.route.rule.contains("belongs to the chat account"));
}

#[test]
fn strangers_and_the_telephone_network_are_not_told_our_chat_address_unless_we_say_so() {
    for (policy, told) in
        [(CallInfoPolicy::Known, false), (CallInfoPolicy::Always, true), (CallInfoPolicy::Never, false)]
    {
        let mut config = config();
        config.calls.send_chat_address = policy;
        for to in ["sip:eve@example.net", "+4930901820"] {
            let mut world = World::new(config.clone(), Loaded::default());
            world.registered();
            let id = world.call(text(to)).expect("a call");
            world.opened(id);
            assert_eq!(invite(&world).1.is_some(), told, "{policy:?} {to}");
        }
    }
}

#[test]
fn a_typed_chat_address_of_somebody_who_cannot_be_called_says_why() {
    let mut world = World::online();
    let said = |world: &mut World, to: CallTo| {
        let refusal = world.call(to).expect_err("a refusal");
        (refusal.kind, refusal.text.to_string())
    };
    let wanted = said(&mut world, CallTo::Contact(jid("carol@other.example")));
    assert!(wanted.1.contains("card has"), "{wanted:?}");
    for typed in
        ["carol@other.example", " Carol@other.example ", "xmpp:carol@other.example", "carol@other.example/desk"]
    {
        assert_eq!(said(&mut world, text(typed)), wanted, "{typed}");
    }
    assert!(said(&mut world, text("hello there")).1.contains("neither a number nor an address"));
}

#[test]
fn what_cannot_be_called_is_refused_with_its_kind() {
    let mut world = World::online();
    assert_eq!(refusal(&mut world, text("hello there")), RefusalKind::NoTarget);
    assert_eq!(refusal(&mut world, CallTo::Contact(jid("nobody@example.com"))), RefusalKind::NoTarget);
    assert_eq!(refusal(&mut world, CallTo::Contact(jid("carol@other.example"))), RefusalKind::NoTarget);
    world.voice(sip::Event::Unregistered { reason: reason("unreachable"), retry_at: None });
    assert_eq!(refusal(&mut world, text("1001")), RefusalKind::Offline);
    let video =
        Request::Call { to: text("1001"), account: None, via: None, confirm: false, video: true, anonymous: None };
    let answer = world.ask(video).expect("an answer").expect_err("a refusal");
    assert_eq!(answer.kind, RefusalKind::NotAllowed);
    let mut alone = config();
    alone.voice.clear();
    alone.relations.clear();
    let mut world = World::new(alone, Loaded::default());
    assert_eq!(refusal(&mut world, text("1001")), RefusalKind::NotAllowed);
}

#[test]
fn several_equal_accounts_are_a_choice() {
    let mut two = config();
    let other = AccountId::new("home");
    two.voice.push(Voice::new(other.clone(), sip_uri("sip:alice@home.example"), SecretSource::Keyring));
    let mut world = World::new(two, Loaded::default());
    world.registered();
    let local = "192.0.2.1:5060".parse().expect("valid");
    let event = sip::Event::Registered { security: security(), local, realm: None };
    world.put(tandem::account::Input::Voice(other.clone(), event));
    let choose = world.call(text("sip:eve@example.net")).expect_err("a choice");
    assert_eq!((choose.kind, choose.details.len()), (RefusalKind::Choose, 2));
    let chosen = Request::Call {
        to: text("sip:eve@example.net"),
        account: Some(other.clone()),
        via: None,
        confirm: true,
        video: false,
        anonymous: None,
    };
    assert!(matches!(world.ask(chosen), Some(Ok(_))));
    assert!(world.shown().calls.iter().all(|call| call.account == other));
}

#[test]
fn an_outgoing_call_goes_from_the_click_to_the_history() {
    let mut world = World::online();
    let id = world.call(CallTo::Contact(jid("bob@example.com"))).expect("a call");
    assert_eq!(world.view(id).state, CallState::Preparing);
    assert!(world.sip().is_empty(), "no INVITE before there are sockets");
    world.opened(id);
    assert_eq!(world.view(id).state, CallState::Dialing);
    world.progress(id, 100, None);
    assert_eq!(world.view(id).state, CallState::Dialing);
    world.progress(id, 180, None);
    assert_eq!((world.view(id).state, world.last_tone()), (CallState::Ringing, Some(Tone::Ringback)));
    world.progress(id, 183, Some(SOUND));
    assert_eq!((world.view(id).state, world.last_tone()), (CallState::Early, None));
    world.answered(id);
    let call = world.view(id);
    assert_eq!((call.state, call.media.expect("sound").codec.to_string()), (CallState::Active, "PCMU".to_owned()));
    world.wait(Duration::from_secs(61));
    world.ended(id, 0, EndedBy::Remote);
    let call = world.view(id);
    assert_eq!((call.state, call.duration), (CallState::Ended, Duration::from_secs(61)));
    assert!(world.sound().contains(&media::Command::Close { call: id }));
    let kept: Vec<CallState> = world
        .kept()
        .iter()
        .filter_map(|command| match command {
            store::Command::Call(call) => Some(call.state),
            _ => None,
        })
        .collect();
    assert_eq!(
        kept,
        [CallState::Preparing, CallState::Ringing, CallState::Active, CallState::Ended],
        "not at every change"
    );
    assert_eq!(world.shown().calls.len(), 1, "how it ended stays on the screen for a while");
    world.wait(Duration::from_secs(7));
    assert!(world.shown().calls.is_empty());
    assert_eq!(world.manager.poll_timeout(), None);
}

#[test]
fn each_way_an_outgoing_call_fails_has_its_code_and_tone() {
    for (status, expected, tone) in [
        (486, "busy", Some(Tone::Busy)),
        (603, "declined", Some(Tone::Busy)),
        (404, "not-found", Some(Tone::Congestion)),
        (480, "unavailable", None),
    ] {
        let mut world = World::online();
        let id = world.dial_bob();
        world.ended(id, status, EndedBy::Remote);
        assert_eq!((code(&mut world, id).as_str(), world.last_tone()), (expected, tone));
        world.wait(Duration::from_secs(10));
        assert_eq!(world.last_tone(), None, "it does not go on for ever");
    }
}

#[test]
fn a_call_that_nobody_answers_or_that_we_cancel_ends() {
    let mut world = World::online();
    let id = world.dial_bob();
    world.progress(id, 180, None);
    world.wait(Duration::from_secs(121));
    assert!(world.sip().contains(&Command::Hangup { call: id }));
    world.ended(id, 487, EndedBy::Local);
    assert_eq!(code(&mut world, id), "no-answer");
    // The 487 may be lost, too.
    let id = world.dial_bob();
    world.wait(Duration::from_secs(160));
    assert_eq!(code(&mut world, id), "no-answer");
    let id = world.dial_bob();
    world.done(Request::Hangup(id));
    world.ended(id, 487, EndedBy::Local);
    assert_eq!(code(&mut world, id), "cancelled");
    let id = world.call(text("1001")).expect("a call");
    world.done(Request::Hangup(id));
    world.opened(id);
    assert_eq!(code(&mut world, id), "cancelled");
}

#[test]
fn an_incoming_call_rings_at_once_and_may_be_answered_before_the_sockets_are_open() {
    let mut world = World::online();
    let id = CallId(1);
    world.incoming(id, vouched("sip:bob@example.com"), Some(SOUND));
    assert_eq!(world.sip(), [Command::Ring { call: id, answer: None }]);
    assert_eq!(world.last_tone(), Some(Tone::Ringing(tandem::model::Ringtone::Classic)));
    world.done(Request::Answer(id));
    assert_eq!(world.sip().len(), 1);
    world.opened(id);
    assert!(matches!(world.sip().last(), Some(Command::Answer { .. })));
    assert_eq!((world.view(id).state, world.last_tone()), (CallState::Active, None));
}

#[test]
fn each_way_an_incoming_call_ends_unanswered_has_its_code() {
    let mut world = World::online();
    let id = CallId(1);
    world.incoming(id, vouched("sip:bob@example.com"), Some(SOUND));
    world.done(Request::Decline(id));
    assert!(world.sip().contains(&Command::Reject { call: id, code: 603 }));
    assert_eq!(code(&mut world, id), "declined");
    let id = CallId(3);
    world.incoming(id, vouched("sip:bob@example.com"), Some(SOUND));
    world.ended(id, 487, EndedBy::Remote);
    assert_eq!(code(&mut world, id), "cancelled");
    let id = CallId(5);
    world.incoming(id, vouched("sip:bob@example.com"), Some(SOUND));
    let end = sip::Ended { code: 487, text: None, by: EndedBy::Remote, elsewhere: true, retry_after: None };
    world.voice(sip::Event::Ended { call: id, end });
    assert_eq!(code(&mut world, id), "elsewhere");
    let id = CallId(7);
    world.incoming(id, vouched("sip:bob@example.com"), Some(SOUND));
    world.wait(Duration::from_secs(200));
    assert_eq!(code(&mut world, id), "no-answer", "a caller who vanished does not ring for ever");
    assert_eq!(world.last_tone(), None);
}

#[test]
fn an_offer_that_cannot_be_answered_is_refused_without_ringing() {
    let mut world = World::online();
    let id = CallId(1);
    world.incoming(id, vouched("sip:bob@example.com"), Some(&SOUND.replace("RTP/AVP 0 101", "RTP/AVP 18")));
    assert_eq!(world.sip(), [Command::Reject { call: id, code: 488 }]);
    assert_eq!(code(&mut world, id), "no-common-media");
    assert_eq!(world.last_tone(), None);
}

#[test]
fn a_call_without_an_offer_gets_ours_and_starts_with_the_acknowledgement() {
    let mut world = World::online();
    let id = CallId(1);
    world.incoming(id, vouched("sip:bob@example.com"), None);
    world.opened(id);
    world.done(Request::Answer(id));
    let started = |world: &World| world.sound().iter().any(|command| matches!(command, media::Command::Start { .. }));
    assert!(matches!(world.sip().last(), Some(Command::Answer { .. })) && !started(&world));
    world.voice(sip::Event::Confirmed { call: id, sdp: Some(SOUND.into()) });
    assert!(started(&world));
    assert_eq!(world.view(id).state, CallState::Active);
}

#[test]
fn a_call_is_held_by_us_and_taken_back_and_held_by_them() {
    let mut world = World::online();
    let id = world.talking();
    world.done(Request::Hold(id));
    assert_eq!(world.view(id).state, CallState::Active, "not before they agree");
    let held = format!("{SOUND}a=recvonly\r\n");
    world.voice(sip::Event::OfferAnswered { call: id, sdp: held.into() });
    let call = world.view(id);
    assert_eq!((call.state, call.held_by_peer), (CallState::Held, false));
    world.done(Request::Resume(id));
    world.voice(sip::Event::OfferAnswered { call: id, sdp: SOUND.into() });
    assert_eq!(world.view(id).state, CallState::Active);
    let theirs = format!("{SOUND}a=sendonly\r\n");
    world.voice(sip::Event::OfferReceived { call: id, sdp: Some(theirs.into()) });
    assert!(matches!(world.sip().last(), Some(Command::AnswerOffer { result: Ok(_), .. })));
    let call = world.view(id);
    assert_eq!((call.state, call.held_by_peer), (CallState::Active, true));
}

#[test]
fn a_hold_that_crossed_theirs_is_tried_again_and_a_refused_one_is_not() {
    let mut world = World::online();
    let id = world.talking();
    let offers = |world: &World| world.sip().iter().filter(|command| matches!(command, Command::Offer { .. })).count();
    world.done(Request::Hold(id));
    world.voice(sip::Event::OfferRefused { call: id, code: 491 });
    assert_eq!(offers(&world), 1);
    world.wait(Duration::from_secs(2));
    assert_eq!(offers(&world), 2);
    world.voice(sip::Event::OfferRefused { call: id, code: 488 });
    world.wait(Duration::from_secs(20));
    assert_eq!((offers(&world), world.view(id).state), (2, CallState::Active));
}

#[test]
fn a_hold_waits_for_the_answer_to_the_offer_that_they_asked_for() {
    let offers = |world: &World| world.sip().iter().filter(|command| matches!(command, Command::Offer { .. })).count();
    for answered in [true, false] {
        let mut world = World::online();
        let id = world.talking();
        world.voice(sip::Event::OfferReceived { call: id, sdp: None });
        assert!(matches!(world.sip().last(), Some(Command::AnswerOffer { result: Ok(_), .. })));
        world.done(Request::Hold(id));
        world.wait(Duration::from_secs(5));
        assert_eq!(offers(&world), 0, "one offer at a time");
        if answered {
            world.voice(sip::Event::OfferAnswered { call: id, sdp: SOUND.into() });
            assert_eq!(world.view(id).state, CallState::Active, "they agreed to talk, not to the hold");
        } else {
            world.wait(Duration::from_secs(30));
        }
        assert_eq!(offers(&world), 1);
        world.voice(sip::Event::OfferAnswered { call: id, sdp: format!("{SOUND}a=recvonly\r\n").into() });
        assert_eq!(world.view(id).state, CallState::Held);
    }
}

#[test]
fn digits_wait_for_the_connection_and_stay_out_of_the_history() {
    let mut world = World::online();
    let id = world.dial_bob();
    let digits = |text: &str| Request::Dtmf(id, text.into());
    assert_eq!(world.ask(digits("1")).expect("an answer").expect_err("early").kind, RefusalKind::NotAllowed);
    world.answered(id);
    assert_eq!(world.ask(digits("1x")).expect("an answer").expect_err("wrong").kind, RefusalKind::Invalid);
    world.done(digits("12#"));
    assert_eq!(&*world.view(id).digits_sent, "12#");
    world.done(Request::Mute(id, true));
    assert!(world.sound().contains(&media::Command::Mute { call: id, muted: true }));
    world.done(Request::Hangup(id));
    world.ended(id, 0, EndedBy::Local);
    let told = world
        .kept()
        .iter()
        .any(|command| matches!(command, store::Command::Call(call) if !call.digits_sent.is_empty()));
    assert!(!told, "M10");
}

#[test]
fn a_second_caller_only_knocks_and_a_silenced_one_does_not() {
    let mut world = World::online();
    let first = world.talking();
    let second = CallId(1);
    world.incoming(second, vouched("sip:eve@example.net"), Some(SOUND));
    assert_eq!(world.last_tone(), Some(Tone::CallWaiting));
    world.done(Request::Silence(second));
    assert_eq!(world.last_tone(), None);
    world.opened(second);
    world.done(Request::Answer(second));
    assert_eq!(world.view(second).state, CallState::Active);
    world.ended(first, 0, EndedBy::Remote);
    assert_eq!(world.view(second).state, CallState::Active);
}

#[test]
fn f28_the_hundred_and_first_call_is_busy() {
    let mut world = World::online();
    for n in 0..100 {
        world.incoming(CallId(2 * n + 1), vouched("sip:bob@example.com"), Some(SOUND));
    }
    world.incoming(CallId(999), vouched("sip:bob@example.com"), Some(SOUND));
    assert_eq!(world.sip().last(), Some(&Command::Reject { call: CallId(999), code: 486 }));
    assert_eq!(world.shown().calls.len(), 100);
    assert_eq!(refusal(&mut world, text("1001")), RefusalKind::NotAllowed);
}

#[test]
fn a_lost_registration_leaves_the_call_and_trying_again_does_too() {
    let mut world = World::online();
    let id = world.talking();
    world.voice(sip::Event::Unregistered { reason: reason("unreachable"), retry_at: None });
    world.effects.clear();
    world.done(Request::Retry(voice_id()));
    assert_eq!(world.starts(), 0);
    assert!(world.sip().contains(&Command::NetworkChanged));
    assert_eq!(world.view(id).state, CallState::Active);
}

#[test]
fn silence_is_shown_while_talking_and_only_then() {
    let mut world = World::online();
    let id = world.talking();
    world.media(media::Event::Silence { call: id, silent: true });
    assert!(world.view(id).silent);
    world.media(media::Event::Silence { call: id, silent: false });
    assert!(!world.view(id).silent);
    world.media(media::Event::Silence { call: id, silent: true });
    world.ended(id, 0, EndedBy::Remote);
    assert!(!world.view(id).silent);
}

#[test]
fn a_link_asks_before_it_dials() {
    let mut world = World::online();
    world.done(Request::OpenUri("tel:+4930901820".into()));
    assert!(world.shown().calls.is_empty());
    let question = world.shown().questions[0].clone();
    assert_eq!(&*question.choices[0].id, "cancel");
    assert!(matches!(world.ask(Request::Answered { question: question.id, choice: "call".into() }), Some(Ok(_))));
    assert_eq!(world.shown().calls.len(), 1);
    assert!(world.effects.iter().all(|effect| !matches!(effect, Effect::Chat(_, xmpp::Command::Send { .. }))));
}

/// A desktop shows nobody what its programs print.
#[test]
fn a_link_that_cannot_be_used_says_so_in_the_window() {
    let mut world = World::online();
    for link in ["tel:", "sip:", "xmpp:@", "https://example.com"] {
        world.effects.clear();
        assert!(matches!(world.ask(Request::OpenUri(link.into())), Some(Err(_))), "{link}");
        let said = world.effects.iter().find_map(|effect| match effect {
            Effect::Notice(NoticeBody::Problem(text)) => Some(text.clone()),
            _ => None,
        });
        assert!(said.is_some_and(|text| text.starts_with("This link cannot be used: ")), "{link}");
        assert!(world.effects.iter().any(|effect| matches!(effect, Effect::Notice(NoticeBody::Raise(None)))), "{link}");
        assert!(world.shown().calls.is_empty() && world.shown().questions.is_empty());
    }
}
