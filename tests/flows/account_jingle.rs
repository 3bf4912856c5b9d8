//! Calls over chat as calls like any other: from the click to the history, whatever protocol carries them.

use std::sync::Arc;
use std::time::Duration;

use tandem::account::{CallTo, Effect, Input, Request};
use tandem::config::Config;
use tandem::media;
use tandem::model::{
    CallId, CallState, Direction, EndedBy, Feature, FeatureScope, FullJid, MediaEncryption, Subscription, Via,
};
use tandem::sdp::{
    Candidate, CandidateKind, Capabilities, Codec, Fingerprint, KeyAgreement, LocalMedia, MasterKey, MediaProtection,
    Negotiation,
};
use tandem::store::{self, Loaded};
use tandem::xmpp;
use tandem::xmpp::jingle::{Condition, JingleCommand, JingleEvent, JingleRules};

use super::world::{World, config, item, jid};

pub const BOB: &str = "bob@example.com";

/// The other side's negotiation.
fn theirs() -> Negotiation {
    let capabilities = Capabilities {
        codecs: vec![Codec::Opus],
        packet_time: Duration::from_millis(20),
        discontinuous: false,
        protection: MediaProtection::Required,
        secure_signalling: true,
        keys: KeyAgreement::Dtls,
        fingerprint: Some(Fingerprint::of(b"theirs")),
    };
    let local = LocalMedia { address: [192, 0, 2, 9].into(), port: 4_000, key: MasterKey(vec![9; 46]), session_id: 1 };
    let mut made = Negotiation::new(capabilities, local);
    made.set_candidates(vec![candidate(9)], true);
    made
}

fn candidate(number: u8) -> Candidate {
    Candidate {
        foundation: "1".into(),
        component: 1,
        priority: 2_130_706_431,
        address: ([192, 0, 2, number], 4_000).into(),
        kind: CandidateKind::Host,
        related: None,
    }
}

/// A chat account that stands alone.
pub fn alone() -> Config {
    Config { voice: Vec::new(), relations: Vec::new(), ..config() }
}

pub trait Jingle {
    fn start_with(config: Config, more: &[&str]) -> World;
    fn callable(&mut self, address: &str, gateway: bool);
    fn jingle(&mut self, event: JingleEvent);
    fn commands(&self) -> Vec<JingleCommand>;
    fn path(&mut self, call: CallId);
    fn ring(&mut self, call: CallId, offer: Option<Arc<str>>);
}

impl Jingle for World {
    /// Signed in, with Bob and others in the roster.
    fn start_with(config: Config, more: &[&str]) -> World {
        let voice = !config.voice.is_empty();
        let mut world = World::new(config, Loaded::default());
        world.media(media::Event::Identity(Fingerprint::of(b"ours")));
        world.chat(xmpp::Event::LocalAddress([192, 0, 2, 1].into()));
        world.sign_in_chat();
        if voice {
            world.registered();
        }
        let checkpoint = world.checkpoint();
        let people = std::iter::once(&BOB).chain(more).map(|address| item(address, Subscription::Both));
        world.chat(xmpp::Event::Roster {
            update: xmpp::RosterUpdate::Replace(people.collect()),
            version: None,
            checkpoint,
        });
        world
    }

    fn callable(&mut self, address: &str, gateway: bool) {
        self.jingle(JingleEvent::Callable { jid: jid(address), callable: true, gateway });
    }

    fn jingle(&mut self, event: JingleEvent) {
        self.chat(xmpp::Event::Jingle(event));
    }

    fn commands(&self) -> Vec<JingleCommand> {
        self.xmpp()
            .into_iter()
            .filter_map(|command| match command {
                xmpp::Command::Jingle(command) => Some(command),
                _ => None,
            })
            .collect()
    }

    /// The sockets open, and our addresses are known.
    fn path(&mut self, call: CallId) {
        self.media(media::Event::Candidates { call, candidates: vec![candidate(1)].into(), complete: true });
        self.opened(call);
    }

    fn ring(&mut self, call: CallId, offer: Option<Arc<str>>) {
        let from = FullJid::parse("bob@example.com/phone").expect("valid");
        self.jingle(JingleEvent::Incoming { call, from, offer, crossed: false, moved: None });
    }
}

fn rules(world: &World) -> Vec<JingleRules> {
    let rules = |command| match command {
        JingleCommand::Rules(rules) => Some(rules),
        _ => None,
    };
    world.commands().into_iter().filter_map(rules).collect()
}

#[test]
fn c06_c08_calls_over_chat_are_off_under_a_relation_and_on_for_an_account_alone() {
    let world = World::start_with(config(), &[]);
    assert!(rules(&world).iter().all(|rules| !rules.announced()), "absent from what is announced");
    let world = World::start_with(alone(), &[]);
    assert!(rules(&world).last().is_some_and(|rules| rules.announced() && rules.allow(&jid(BOB))));
    // A choice of the user reaches the session at once, and what Bob offers follows it.
    let mut world = World::start_with(config(), &[]);
    world.callable(BOB, false);
    let ways =
        |world: &mut World| world.shown().contacts.iter().find(|one| one.jid == jid(BOB)).expect("Bob").addresses.len();
    assert_eq!(ways(&mut world), 0);
    let scope = FeatureScope::Contact(jid(BOB));
    let set = |on| Request::SetFeature { feature: Feature::CallsOverChat, scope: scope.clone(), on };
    world.done(set(Some(true)));
    assert!(rules(&world).last().is_some_and(|rules| rules.allow(&jid(BOB)) && !rules.allow(&jid("eve@example.com"))));
    assert_eq!(ways(&mut world), 1);
    world.done(set(None));
    assert!(rules(&world).last().is_some_and(|rules| !rules.announced()));
    assert_eq!(ways(&mut world), 0);
}

#[test]
fn a_call_over_chat_is_placed_rings_is_answered_held_and_ends_in_the_history() {
    let mut world = World::start_with(alone(), &[]);
    world.callable(BOB, false);
    let id = world.call(CallTo::Contact(jid(BOB))).expect("a call");
    world.path(id);
    let Some(JingleCommand::Call { to, offer, .. }) = world.commands().pop() else { panic!("{:?}", world.commands()) };
    assert_eq!(to, jid(BOB));
    assert!(offer.contains("UDP/TLS/RTP/SAVP") && !offer.contains("a=crypto"), "keys by the handshake only: {offer}");
    let call = world.view(id);
    assert_eq!((call.via, call.state, call.direction), (Via::Jingle, CallState::Dialing, Direction::Outgoing));
    world.jingle(JingleEvent::Ringing { call: id });
    assert_eq!(world.view(id).state, CallState::Ringing);
    let (answer, _) = theirs().answer(&offer, false).expect("it can be answered");
    world.jingle(JingleEvent::Accepted { call: id, answer: answer.into() });
    assert_eq!(world.view(id).state, CallState::Active);
    world.media(media::Event::Secured { call: id });
    assert_eq!(world.view(id).media.map(|media| media.encryption), Some(MediaEncryption::Dtls));
    world.done(Request::Hold(id));
    assert!(
        matches!(world.commands().last(), Some(JingleCommand::Offer { offer, .. }) if offer.contains("a=sendonly"))
    );
    world.done(Request::Mute(id, true));
    assert!(matches!(world.commands().last(), Some(JingleCommand::Mute { muted: true, .. })));
    world.done(Request::Hangup(id));
    assert_eq!(world.commands().pop(), Some(JingleCommand::End { call: id, why: Condition::Success }));
    world.jingle(JingleEvent::Ended { call: id, why: Condition::Success, by: EndedBy::Local, elsewhere: false });
    let call = world.view(id);
    assert_eq!((call.state, call.end.map(|end| end.code)), (CallState::Ended, Some("hangup".into())));
    let stored = world.effects.iter().rev().find_map(|effect| match effect {
        Effect::Store(store::Command::Call(call)) => Some(call.clone()),
        _ => None,
    });
    assert_eq!(stored.expect("in the history").via, Via::Jingle);
}

#[test]
fn an_incoming_wish_rings_and_its_sound_is_described_after_the_answer() {
    let mut world = World::start_with(alone(), &[]);
    let id = CallId(9_001);
    world.ring(id, None);
    world.path(id);
    assert_eq!(world.commands().last(), Some(&JingleCommand::Ring { call: id }));
    let call = world.view(id);
    assert_eq!((call.via, call.state, call.peer.jid), (Via::Jingle, CallState::Ringing, Some(jid(BOB))));
    world.done(Request::Answer(id));
    assert_eq!(world.commands().last(), Some(&JingleCommand::Proceed { call: id }));
    assert_eq!(world.view(id).state, CallState::Ringing, "nothing is agreed on yet");
    let offer = theirs().offer(false).expect("an offer");
    world.jingle(JingleEvent::Offer { call: id, offer: offer.into() });
    assert!(matches!(world.commands().last(), Some(JingleCommand::Accept { .. })), "{:?}", world.commands());
    assert_eq!(world.view(id).state, CallState::Active);
}

#[test]
fn answering_before_the_sockets_are_there_waits_for_them() {
    let mut world = World::start_with(alone(), &[]);
    let (id, offer) = (CallId(9_001), theirs().offer(false).expect("an offer"));
    world.ring(id, Some(offer.into()));
    world.done(Request::Answer(id));
    assert!(!world.commands().iter().any(|command| matches!(command, JingleCommand::Accept { .. })));
    world.path(id);
    assert!(matches!(world.commands().last(), Some(JingleCommand::Accept { .. })));
    // And the same where only the wish came.
    let id = CallId(9_003);
    world.ring(id, None);
    world.done(Request::Answer(id));
    let offer = theirs().offer(false).expect("an offer");
    world.path(id);
    world.jingle(JingleEvent::Offer { call: id, offer: offer.into() });
    assert_eq!(world.view(id).state, CallState::Active);
}

#[test]
fn a_call_that_another_device_took_or_that_was_given_up_says_so() {
    for (why, by, elsewhere, code) in [
        (Condition::Success, EndedBy::Local, true, "elsewhere"),
        (Condition::Cancel, EndedBy::Remote, false, "cancelled"),
    ] {
        let mut world = World::start_with(alone(), &[]);
        let id = CallId(9_001);
        world.ring(id, None);
        world.jingle(JingleEvent::Ended { call: id, why, by, elsewhere });
        let call = world.view(id);
        assert_eq!((call.state, call.end.as_ref().map(|end| &*end.code)), (CallState::Ended, Some(code)));
        assert_eq!(call.is_missed(), !elsewhere);
    }
}

#[test]
fn declining_busy_and_do_not_disturb_are_told_in_the_protocols_words() {
    let mut world = World::start_with(alone(), &[]);
    let id = CallId(9_001);
    world.ring(id, None);
    world.done(Request::Decline(id));
    assert_eq!(world.commands().last(), Some(&JingleCommand::End { call: id, why: Condition::Decline }));
    let mut config = alone();
    config.calls.answering.do_not_disturb = true;
    let mut world = World::start_with(config, &[]);
    world.ring(id, None);
    assert!(matches!(world.commands().last(), Some(JingleCommand::End { .. })), "{:?}", world.commands());
    assert_eq!(world.view(id).state, CallState::Ended);
}

#[test]
fn m07_a_description_without_a_certificate_that_can_be_checked_never_rings() {
    let mut world = World::start_with(alone(), &[]);
    let offer = theirs().offer(false).expect("an offer");
    let bare: String = offer
        .lines()
        .filter(|line| !line.starts_with("a=fingerprint"))
        .map(|line| format!("{}\r\n", line.replace("UDP/TLS/RTP/SAVP", "RTP/AVP")))
        .collect();
    let id = CallId(9_001);
    world.ring(id, Some(bare.into()));
    assert_eq!(world.commands().last(), Some(&JingleCommand::End { call: id, why: Condition::FailedApplication }));
    assert_eq!(world.view(id).state, CallState::Ended);
}

#[test]
fn both_who_call_at_once_talk_without_answering_once_more() {
    let mut world = World::start_with(alone(), &[]);
    world.callable(BOB, false);
    let ours = world.call(CallTo::Contact(jid(BOB))).expect("a call");
    world.path(ours);
    world.jingle(JingleEvent::Ended {
        call: ours,
        why: Condition::AlternativeSession,
        by: EndedBy::Remote,
        elsewhere: false,
    });
    let from = FullJid::parse("bob@example.com/phone").expect("valid");
    let id = CallId(9_001);
    world.jingle(JingleEvent::Incoming { call: id, from, offer: None, crossed: true, moved: None });
    world.path(id);
    assert!(world.commands().contains(&JingleCommand::Proceed { call: id }));
    assert_eq!(world.view(ours).end.map(|end| end.code), Some("crossed".into()));
}

#[test]
fn a_call_that_they_take_to_another_device_goes_on_as_it_was_and_says_so() {
    let mut world = World::start_with(alone(), &[]);
    let old = CallId(9_001);
    world.ring(old, Some(theirs().offer(false).expect("an offer").into()));
    world.path(old);
    world.done(Request::Answer(old));
    world.done(Request::Mute(old, true));
    let from = FullJid::parse("bob@example.com/tablet").expect("valid");
    let id = CallId(9_003);
    world.jingle(JingleEvent::Incoming { call: id, from, offer: None, crossed: false, moved: Some(old) });
    let over = JingleEvent::Ended { call: old, why: Condition::Migrated, by: EndedBy::Remote, elsewhere: false };
    world.jingle(over);
    assert!(world.commands().contains(&JingleCommand::Proceed { call: id }), "nobody has to answer");
    world.path(id);
    world.jingle(JingleEvent::Offer { call: id, offer: theirs().offer(false).expect("an offer").into() });
    let (before, now) = (world.view(old), world.view(id));
    assert_eq!(before.end.map(|end| end.code), Some("moved".into()));
    assert_eq!((now.state, now.muted), (CallState::Active, true), "the microphone stays off");
    assert!(!now.is_missed());
    // What was on hold stays on hold.
    let mut world = World::start_with(alone(), &[]);
    world.ring(old, Some(theirs().offer(false).expect("an offer").into()));
    world.path(old);
    world.done(Request::Answer(old));
    world.done(Request::Hold(old));
    let Some(JingleCommand::Offer { offer, .. }) = world.commands().pop() else { panic!("{:?}", world.commands()) };
    let (answer, _) = theirs().answer(&offer, false).expect("it can be answered");
    world.jingle(JingleEvent::Answered { call: old, answer: answer.into() });
    assert_eq!(world.view(old).state, CallState::Held);
    let from = FullJid::parse("bob@example.com/tablet").expect("valid");
    world.jingle(JingleEvent::Incoming { call: id, from, offer: None, crossed: false, moved: Some(old) });
    world.path(id);
    world.jingle(JingleEvent::Offer { call: id, offer: theirs().offer(false).expect("an offer").into() });
    world.wait(Duration::from_millis(10));
    let held = |command: &JingleCommand| matches!(command, JingleCommand::Offer { call, offer } if *call == id && offer.contains("a=sendonly"));
    assert!(world.commands().iter().any(held), "{:?}", world.commands());
}

#[test]
fn digits_go_in_the_stream_else_beside_it_and_else_as_tones() {
    let without_events = |offer: &str| -> String {
        let event = |line: &str| {
            let (id, what) = line.strip_prefix("a=rtpmap:")?.split_once(' ')?;
            what.starts_with("telephone-event").then(|| id.to_owned())
        };
        let ids: Vec<String> = offer.lines().filter_map(event).collect();
        let about = |line: &str| {
            let id = line.split_once(':').and_then(|(_, rest)| rest.split(' ').next());
            (line.starts_with("a=rtpmap:") || line.starts_with("a=fmtp:"))
                && ids.iter().any(|event| id == Some(event.as_str()))
        };
        let write = |line: &str| {
            let kept = line.split(' ').filter(|word| !line.starts_with("m=") || !ids.iter().any(|id| id == word));
            kept.collect::<Vec<_>>().join(" ") + "\r\n"
        };
        offer.lines().filter(|line| !about(line)).map(write).collect()
    };
    let dtmf = |world: &World| -> Vec<bool> {
        let digits = |command| match command {
            media::Command::Dtmf { in_band, .. } => Some(in_band),
            _ => None,
        };
        world.sound().into_iter().filter_map(digits).collect()
    };
    let talking = |offer: String| {
        let mut world = World::start_with(alone(), &[]);
        let id = CallId(9_001);
        world.ring(id, Some(offer.into()));
        world.path(id);
        world.done(Request::Answer(id));
        world.media(media::Event::Secured { call: id });
        (world, id)
    };
    let offer = theirs().offer(false).expect("an offer");
    let (mut world, id) = talking(offer.clone());
    world.done(Request::Dtmf(id, "42#".into()));
    assert_eq!(dtmf(&world), [false], "XEP-0181 section 1: events in the stream are preferred");
    let bare = without_events(&offer);
    assert_ne!(bare, offer);
    let (mut world, id) = talking(bare);
    world.done(Request::Dtmf(id, "42#".into()));
    assert_eq!(world.commands().last(), Some(&JingleCommand::Digits { call: id, digits: "42#".into() }));
    assert!(dtmf(&world).is_empty());
    world.jingle(JingleEvent::DigitsRefused { call: id, digits: "2#".into() });
    assert_eq!(dtmf(&world), [true], "what is not taken is heard");
    world.jingle(JingleEvent::Digit { call: id, digit: '7' });
    assert_eq!(&*world.view(id).digits_received, "7");
}

#[test]
fn a_call_over_chat_cannot_be_transferred_and_says_so() {
    let mut world = World::start_with(alone(), &[]);
    let (id, offer) = (CallId(9_001), theirs().offer(false).expect("an offer"));
    world.ring(id, Some(offer.into()));
    world.path(id);
    world.done(Request::Answer(id));
    let to = CallTo::Contact(jid(BOB));
    let request = Request::Transfer(tandem::account::TransferRequest::Blind { call: id, to });
    let refused = world.ask(request).expect("an answer").expect_err("not over chat");
    assert!(refused.text.contains("over chat"), "{refused:?}");
}

#[test]
fn another_network_moves_the_sound_of_a_call_over_chat() {
    let mut world = World::start_with(alone(), &[]);
    let (id, offer) = (CallId(9_001), theirs().offer(false).expect("an offer"));
    world.ring(id, Some(offer.into()));
    world.path(id);
    world.done(Request::Answer(id));
    world.chat(xmpp::Event::LocalAddress([198, 51, 100, 7].into()));
    world.media(media::Event::Candidates { call: id, candidates: vec![candidate(2)].into(), complete: true });
    world.media(media::Event::Opened { call: id, rtp: "198.51.100.7:20000".parse().expect("valid") });
    world.wait(Duration::from_secs(1));
    assert!(matches!(world.commands().last(), Some(JingleCommand::Offer { .. })), "{:?}", world.commands());
    world.put(Input::NetworkChanged);
    assert_eq!(world.view(id).state, CallState::Active);
}
