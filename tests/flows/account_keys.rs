//! How the sound of a call is protected, as people and scripts see it: the handshake under way, done, failed; keys that wear out.

use tandem::account::Request;
use tandem::media::dtls::DtlsError;
use tandem::media::{self, Event};
use tandem::model::{CallId, CallState, KeyState, MediaEncryption};
use tandem::sdp::Fingerprint;
use tandem::sip::{self, Command, ForkId};

use super::world::*;

/// A peer's certificate, as its fingerprint says.
fn fingerprint(of: &str) -> String {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(of);
    digest.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

fn answer(keys: &str) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\na=rtpmap:8 \
         PCMA/8000\r\n{keys}"
    )
}

/// A call that was answered with these lines about keys.
fn answered(keys: &str) -> (World, CallId) {
    let mut world = World::online();
    world.media(Event::Identity(Fingerprint::of(b"ours")));
    let call = world.dial_bob();
    let sdp = Some(answer(keys).into());
    world.voice(sip::Event::Answered { call, fork: ForkId(1), sdp, identity: identity("sip:bob@example.com") });
    (world, call)
}

fn shaking() -> (World, CallId) {
    answered(&format!("a=fingerprint:sha-256 {}\r\na=setup:active\r\n", fingerprint("theirs")))
}

fn protection(world: &mut World, call: CallId) -> (MediaEncryption, KeyState) {
    let view = world.view(call);
    let media = view.media.unwrap_or_else(|| panic!("no sound: {:?} {:?}", view.state, view.end));
    (media.encryption, view.keys)
}

#[test]
fn the_padlock_is_open_until_the_handshake_is_done_and_closed_at_once_then() {
    let (mut world, call) = shaking();
    assert_eq!(protection(&mut world, call), (MediaEncryption::None, KeyState::Agreeing));
    world.media(Event::Secured { call });
    assert_eq!(protection(&mut world, call), (MediaEncryption::Dtls, KeyState::Settled));
    assert!(world.shown().conditions.is_empty());
    // Held and taken back, the association stays, and so does the padlock.
    world.done(Request::Hold(call));
    let theirs =
        answer(&format!("a=fingerprint:sha-256 {}\r\na=setup:active\r\na=recvonly\r\n", fingerprint("theirs")));
    world.voice(sip::Event::OfferAnswered { call, sdp: theirs.into() });
    assert_eq!(protection(&mut world, call), (MediaEncryption::Dtls, KeyState::Settled));
    // M07: another certificate in the middle of the call opens the padlock until it proved itself.
    let other = answer(&format!("a=fingerprint:sha-256 {}\r\na=setup:actpass\r\n", fingerprint("other")));
    world.voice(sip::Event::OfferReceived { call, sdp: Some(other.into()) });
    assert_eq!(protection(&mut world, call), (MediaEncryption::None, KeyState::Agreeing));
}

#[test]
fn m07_a_call_whose_handshake_fails_is_hung_up_and_says_why() {
    for (error, word) in [
        (DtlsError::Fingerprint, "certificate"),
        (DtlsError::Timeout, "could not agree on keys"),
        (DtlsError::Profile, "no way to encrypt"),
    ] {
        let (mut world, call) = shaking();
        world.media(Event::SecurityFailed { call, error });
        assert!(world.sip().contains(&Command::Hangup { call }));
        assert!(world.sound().contains(&media::Command::Close { call }));
        let view = world.view(call);
        let end = view.end.expect("an end");
        assert!(matches!(view.state, CallState::Ending | CallState::Ended));
        assert_eq!(&*end.code, "not-secure");
        assert!(end.text.contains(word), "{}", end.text);
    }
}

#[test]
fn m08_an_encrypted_call_refuses_to_become_an_open_one_and_goes_on() {
    let (mut world, call) = shaking();
    world.media(Event::Secured { call });
    world.voice(sip::Event::OfferReceived { call, sdp: Some(answer("").into()) });
    assert!(world.sip().contains(&Command::AnswerOffer { call, result: Err(488) }));
    assert_eq!(protection(&mut world, call), (MediaEncryption::Dtls, KeyState::Settled));
}

#[test]
fn m05_keys_that_wear_out_are_renewed_by_an_offer_of_ours() {
    let key = "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh";
    let (mut world, call) = answered(&format!("a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:{key}|2^20\r\n"));
    assert_eq!(protection(&mut world, call), (MediaEncryption::Sdes, KeyState::Settled));
    let lines = |sdp: &str| -> Vec<String> {
        sdp.lines().filter(|line| line.starts_with("a=crypto")).map(str::to_owned).collect()
    };
    let offers = |world: &World| -> Vec<Vec<String>> {
        let offered = |command: Command| match command {
            Command::Invite { offer, .. } => Some(lines(&offer)),
            Command::Offer { sdp, .. } => Some(lines(&sdp)),
            _ => None,
        };
        world.sip().into_iter().filter_map(offered).collect()
    };
    let before = offers(&world);
    world.media(Event::KeysAging { call });
    let after = offers(&world);
    assert_eq!(after.len(), before.len() + 1, "one offer");
    let (old, new) = (before.first().expect("an offer"), after.last().expect("an offer"));
    assert!(!new.is_empty() && new.iter().all(|line| !old.contains(line)), "every key is new");
    assert_eq!(world.view(call).state, CallState::Active);
}

#[test]
fn m08_a_first_offer_that_is_refused_is_followed_by_the_next_way_to_keys_and_then_the_call_ends_as_refused() {
    let mut world = World::online();
    world.media(Event::Identity(Fingerprint::of(b"ours")));
    let call = world.dial_bob();
    let lines = |world: &World| -> Vec<String> {
        let profile = |sdp: &str| {
            sdp.lines().find(|line| line.starts_with("m=audio")).unwrap().split(' ').nth(2).unwrap().to_owned()
        };
        let offered = |command: Command| match command {
            Command::Invite { offer, .. } => Some(profile(&offer)),
            Command::Offer { sdp, .. } => Some(profile(&sdp)),
            Command::Hangup { .. } => Some("hang up".to_owned()),
            _ => None,
        };
        world.sip().into_iter().filter_map(offered).collect()
    };
    for _ in 0..3 {
        world.voice(sip::Event::OfferRefused { call, code: 488 });
        assert_eq!(world.view(call).state, CallState::Dialing, "nobody has to know");
    }
    assert_eq!(lines(&world), ["RTP/AVP", "RTP/SAVP", "UDP/TLS/RTP/SAVP", "hang up"]);
    world.ended(call, 488, tandem::model::EndedBy::Network);
    let end = world.view(call).end.expect("an end");
    assert!(!end.text.contains("You hung up"), "{}", end.text);
}

#[test]
fn an_answer_without_usable_keys_is_mended_within_the_call_where_another_way_is_allowed() {
    let required = || {
        let mut config = config();
        config.voice[0].media_encryption = tandem::sdp::MediaProtection::Required;
        let mut world = World::online_with(config);
        world.media(Event::Identity(Fingerprint::of(b"ours")));
        let call = world.dial_bob();
        let sdp = Some(answer("").replace("RTP/AVP", "RTP/SAVP").into());
        world.voice(sip::Event::Answered { call, fork: ForkId(1), sdp, identity: identity("sip:bob@example.com") });
        (world, call)
    };
    let offered = |world: &World| {
        world
            .sip()
            .into_iter()
            .any(|command| matches!(command, Command::Offer { sdp, .. } if sdp.contains("UDP/TLS/RTP/SAVP")))
    };
    let started = |world: &World| world.sound().iter().any(|command| matches!(command, media::Command::Start { .. }));
    let (mut world, call) = required();
    assert!(offered(&world) && !started(&world), "M08: nothing flows without keys");
    let keys = format!("a=fingerprint:sha-256 {}\r\na=setup:active\r\n", fingerprint("theirs"));
    let mended = answer(&keys).replace("RTP/AVP", "UDP/TLS/RTP/SAVP");
    world.voice(sip::Event::OfferAnswered { call, sdp: mended.into() });
    assert!(started(&world));
    assert_eq!(protection(&mut world, call), (MediaEncryption::None, KeyState::Agreeing));
    world.media(Event::Secured { call });
    assert_eq!(protection(&mut world, call), (MediaEncryption::Dtls, KeyState::Settled));
    // Refused, or answered without keys again: the call ends, and says why.
    for refused in [true, false] {
        let (mut world, call) = required();
        world.voice(match refused {
            true => sip::Event::OfferRefused { call, code: 488 },
            false => sip::Event::OfferAnswered { call, sdp: answer("").replace("RTP/AVP", "RTP/SAVP").into() },
        });
        assert!(world.sip().contains(&Command::Hangup { call }) && !started(&world));
        let end = world.view(call).end.expect("an end");
        assert!(end.text.contains("must be encrypted"), "{}", end.text);
    }
}
