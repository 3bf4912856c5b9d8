//! Whose keys a call over the phone service has, by the word of both chat accounts: "this person", "this server", or somebody between.

use tandem::media::Event;
use tandem::model::{CallId, KeyState};
use tandem::sdp::Fingerprint;
use tandem::sip::{self, ForkId};
use tandem::xmpp::{self, Vouched};

use super::world::*;

const BOB: &str = "bob@example.com";

/// A call to Bob whose handshake proved this certificate.
fn secured(of: &[u8]) -> (World, CallId) {
    secured_with(config(), of)
}

fn secured_with(config: tandem::config::Config, of: &[u8]) -> (World, CallId) {
    let mut world = World::online_with(config);
    world.media(Event::Identity(Fingerprint::of(b"ours")));
    let call = world.dial_bob();
    let sdp = format!(
        "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\na=rtpmap:8 \
         PCMA/8000\r\na=fingerprint:{}\r\na=setup:active\r\n",
        Fingerprint::of(of).value()
    );
    let identity = identity("sip:bob@example.com");
    world.voice(sip::Event::Answered { call, fork: ForkId(1), sdp: Some(sdp.into()), identity });
    (world, call)
}

fn keys(own: &[u8], seen: &[u8]) -> Vouched {
    Vouched { own: Fingerprint::of(own).value().into(), seen: Fingerprint::of(seen).value().into() }
}

fn told(world: &World) -> Vec<(String, Vouched)> {
    world
        .xmpp()
        .into_iter()
        .filter_map(|command| match command {
            xmpp::Command::VouchMedia { to, keys } => Some((to.to_string(), keys)),
            _ => None,
        })
        .collect()
}

fn state(world: &mut World, call: CallId) -> KeyState {
    world.view(call).keys
}

#[test]
fn both_ends_tell_each_other_and_only_then_it_is_this_person() {
    let (mut world, call) = secured(b"theirs");
    assert!(told(&world).is_empty(), "nothing is proven before the handshake is done");
    world.media(Event::Secured { call });
    assert_eq!(told(&world), [(BOB.to_owned(), keys(b"ours", b"theirs"))]);
    assert_eq!(state(&mut world, call), KeyState::Settled, "no word has come: the servers vouch");
    world.chat(xmpp::Event::MediaVouched(jid(BOB), keys(b"theirs", b"ours")));
    assert_eq!(state(&mut world, call), KeyState::Person);
    assert_eq!(told(&world).len(), 1, "it is said once");
}

#[test]
fn a_word_that_comes_before_our_handshake_is_done_counts_when_it_is() {
    let (mut world, call) = secured(b"theirs");
    world.chat(xmpp::Event::MediaVouched(jid(BOB), keys(b"theirs", b"ours")));
    assert_eq!(state(&mut world, call), KeyState::Agreeing, "nothing flows yet");
    world.media(Event::Secured { call });
    assert_eq!(state(&mut world, call), KeyState::Person);
}

#[test]
fn m07_somebody_between_is_told_apart_and_nobody_else_can_vouch() {
    // What a server in between sees: each end has another certificate before it.
    for (own, seen) in [(&b"theirs"[..], &b"between"[..]), (b"other", b"ours"), (b"other", b"between")] {
        let (mut world, call) = secured(b"theirs");
        world.media(Event::Secured { call });
        world.chat(xmpp::Event::MediaVouched(jid(BOB), keys(own, seen)));
        assert_eq!(state(&mut world, call), KeyState::Between);
    }
    let (mut world, call) = secured(b"theirs");
    world.media(Event::Secured { call });
    for other in ["carol@other.example", "eve@example.com"] {
        world.chat(xmpp::Event::MediaVouched(jid(other), keys(b"theirs", b"ours")));
    }
    assert_eq!(state(&mut world, call), KeyState::Settled, "whoever is not called says nothing of this call");
}

#[test]
fn another_handshake_needs_another_word() {
    let (mut world, call) = secured(b"theirs");
    world.media(Event::Secured { call });
    world.chat(xmpp::Event::MediaVouched(jid(BOB), keys(b"theirs", b"ours")));
    assert_eq!(state(&mut world, call), KeyState::Person);
    let other = format!(
        "v=0\r\no=- 1 2 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\na=rtpmap:8 \
         PCMA/8000\r\na=fingerprint:{}\r\na=setup:actpass\r\n",
        Fingerprint::of(b"new").value()
    );
    world.voice(sip::Event::OfferReceived { call, sdp: Some(other.into()) });
    assert_eq!(state(&mut world, call), KeyState::Agreeing);
    world.media(Event::Secured { call });
    // What Bob's chat account said of the one before neither vouches for this one nor accuses it.
    assert_eq!(state(&mut world, call), KeyState::Settled, "their chat account has not named this one");
    assert_eq!(told(&world).len(), 2, "it is told anew");
    world.chat(xmpp::Event::MediaVouched(jid(BOB), keys(b"theirs", b"ours")));
    assert_eq!(state(&mut world, call), KeyState::Settled, "repeating the old word changes nothing");
    world.chat(xmpp::Event::MediaVouched(jid(BOB), keys(b"other", b"ours")));
    assert_eq!(state(&mut world, call), KeyState::Between, "another word than what the handshake proved");
    world.chat(xmpp::Event::MediaVouched(jid(BOB), keys(b"new", b"ours")));
    assert_eq!(state(&mut world, call), KeyState::Person);
}

#[test]
fn keys_are_neither_told_nor_believed_where_the_setting_says_so() {
    for on in [true, false] {
        let text = format!(
            "[[chat]]\naddress = \"alice@example.com\"\npassword = \"x\"\n[[voice]]\naddress = \"sip:alice@example.com\"\n\
             password = \"x\"\n[media]\nverify-over-chat = {on}\n"
        );
        let parsed = tandem::config::parse(&text, "config.toml").unwrap_or_else(|problems| panic!("{problems:?}"));
        let mut configuration = config();
        assert!(configuration.media.verify_over_chat, "on by default");
        configuration.media = parsed.media;
        let (mut world, call) = secured_with(configuration, b"theirs");
        world.media(Event::Secured { call });
        world.chat(xmpp::Event::MediaVouched(jid(BOB), keys(b"theirs", b"ours")));
        let expected = if on { KeyState::Person } else { KeyState::Settled };
        assert_eq!((state(&mut world, call), told(&world).is_empty()), (expected, !on));
    }
}

#[test]
fn a_call_with_somebody_who_is_not_confirmed_is_told_to_nobody() {
    let mut world = World::online();
    world.media(Event::Identity(Fingerprint::of(b"ours")));
    let call = world.call(tandem::account::CallTo::Text("sip:stranger@other.example".into())).expect("a call");
    world.opened(call);
    let sdp = format!("{SOUND}a=fingerprint:{}\r\na=setup:active\r\n", Fingerprint::of(b"theirs").value());
    let identity = identity("sip:stranger@other.example");
    world.voice(sip::Event::Answered { call, fork: ForkId(1), sdp: Some(sdp.into()), identity });
    world.media(Event::Secured { call });
    assert!(told(&world).is_empty());
}
