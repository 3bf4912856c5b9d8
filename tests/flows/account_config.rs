//! What the configuration's keys change in calls: the offer, the number, the account, and the end of a call nobody takes.

use std::time::Duration;

use tandem::account::{CallTo, Input, RefusalKind, Request};
use tandem::config::{Config, parse};
use tandem::model::{AccountId, CallId};
use tandem::sip::{self, Command};

use super::world::*;

/// One chat and one voice account; `voice` are more keys of the latter, `more` are more tables.
fn read(voice: &str, more: &str) -> Config {
    let secret = "password = \"old\"";
    let text = format!(
        "[[chat]]\naddress = \"alice@example.com\"\n{secret}\n\
         [[voice]]\naddress = \"sip:alice@example.com\"\n{secret}\n{voice}\n{more}\n"
    );
    parse(&text, "config.toml").unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn online(voice: &str, more: &str) -> World {
    World::online_with(read(voice, more))
}

/// Whom the INVITE goes to, and its offer.
fn invite(world: &World) -> (String, String) {
    let found = world.sip().into_iter().find_map(|command| match command {
        Command::Invite { to, offer, .. } => Some((to.uri.to_string(), offer.to_string())),
        _ => None,
    });
    found.expect("an INVITE")
}

fn offer(voice: &str, more: &str) -> String {
    let mut world = online(voice, more);
    world.dial_bob();
    invite(&world).1
}

/// The codecs in the order of the media line, without what goes beside them: digits, comfort noise, copies (RFC 2198).
fn codecs(offer: &str) -> Vec<&str> {
    let line = offer.lines().find_map(|line| line.strip_prefix("m=audio ")).expect("a media line");
    let name = |number: &str| {
        let mapped = offer.lines().find_map(|line| line.strip_prefix(&format!("a=rtpmap:{number} ")));
        mapped.and_then(|mapped| mapped.split('/').next()).expect("every number is explained")
    };
    // Digits, comfort noise and copies are no codecs.
    line.split(' ').skip(2).map(name).filter(|name| !["telephone-event", "CN", "red"].contains(name)).collect()
}

#[test]
fn codecs_are_offered_in_the_configured_order_and_no_others() {
    assert_eq!(codecs(&offer("", "")), ["opus", "G722", "PCMU", "PCMA"]);
    assert_eq!(codecs(&offer("", "[audio]\ncodecs = [\"pcma\", \"opus\"]")), ["PCMA", "opus"]);
    assert_eq!(codecs(&offer("", "[audio]\ncodecs = [\"g722\"]")), ["G722"]);
}

#[test]
fn the_configured_packet_time_is_asked_for() {
    for (line, expected) in [("", "a=ptime:10"), ("[audio]\npacket-time = \"40 ms\"", "a=ptime:40")] {
        let offer = offer("", line);
        let asked: Vec<&str> = offer.lines().filter(|line| line.starts_with("a=ptime:")).collect();
        assert_eq!(asked, [expected], "{line}");
    }
}

#[test]
fn pauses_need_not_be_sent_where_it_is_configured() {
    for (line, expected) in [("", false), ("[audio]\ndiscontinuous = true", true)] {
        let offer = offer("", line);
        assert_eq!(offer.contains(";usedtx=1\r\n"), expected, "{line}: {offer}");
        assert!(offer.contains("a=rtpmap:13 CN/8000\r\n"), "comfort noise is taken in any case");
    }
}

#[test]
fn keys_for_the_sound_are_offered_and_demanded_as_configured() {
    for (word, protocol, keys) in
        [("off", " RTP/AVP ", false), ("optional", " RTP/AVP ", true), ("required", " RTP/SAVP ", true)]
    {
        let offer = offer(&format!("media-encryption = \"{word}\""), "");
        let line = offer.lines().find(|line| line.starts_with("m=audio ")).expect("a media line");
        assert!(line.contains(protocol), "{word}: {line}");
        assert_eq!(offer.contains("\r\na=crypto:"), keys, "{word}");
    }
}

#[test]
fn keys_for_the_sound_are_agreed_on_as_configured() {
    for (words, protocol, keys, fingerprint) in [
        ("", " RTP/AVP ", true, true),
        ("media-keys = \"auto\"\nmedia-encryption = \"required\"", " RTP/SAVP ", true, false),
        ("media-keys = \"sdes\"", " RTP/AVP ", true, false),
        ("media-keys = \"dtls\"", " RTP/AVP ", false, true),
        ("media-keys = \"dtls\"\nmedia-encryption = \"required\"", " UDP/TLS/RTP/SAVP ", false, true),
        ("media-keys = \"dtls\"\nmedia-encryption = \"off\"", " RTP/AVP ", false, false),
    ] {
        let mut world = online(words, "");
        world.media(tandem::media::Event::Identity(tandem::sdp::Fingerprint::of(b"certificate")));
        let id = world.dial_bob();
        assert!(world.view(id).state != tandem::model::CallState::Ended, "{words}");
        let offer = invite(&world).1;
        let line = offer.lines().find(|line| line.starts_with("m=audio ")).expect("a media line");
        assert!(line.contains(protocol), "{words}: {line}");
        assert_eq!(offer.contains("\r\na=crypto:"), keys, "{words}");
        assert_eq!(offer.contains("\r\na=fingerprint:sha-256 "), fingerprint, "{words}");
        assert_eq!(offer.contains("\r\na=setup:actpass\r\na=tls-id:"), fingerprint, "{words}");
    }
}

#[test]
fn numbers_without_a_plus_belong_to_the_configured_country() {
    let number = "030 901820";
    for (line, digits) in [("", "030901820"), ("region = \"DE\"", "+4930901820"), ("region = \"IT\"", "+39030901820")] {
        let calls = format!("[calls]\n{line}");
        for to in [CallTo::Text(number.into()), CallTo::Contact(jid("bob@example.com"))] {
            let mut world = online("", &calls);
            world.card("bob@example.com", &[number]);
            let id = world.call(to).expect("a call");
            world.opened(id);
            assert_eq!(invite(&world).0, format!("sip:{digits}@example.com;user=phone"), "{line}");
        }
    }
}

#[test]
fn a_call_that_nobody_takes_rings_as_long_as_configured() {
    for (line, seconds) in [("", 120), ("[calls]\nring-timeout = 30", 30)] {
        let mut world = online("", line);
        let id = world.dial_bob();
        world.progress(id, 180, None);
        let given_up = |world: &World| world.sip().contains(&Command::Hangup { call: id });
        world.wait(Duration::from_secs(seconds - 1));
        assert!(!given_up(&world), "{line}");
        world.wait(Duration::from_secs(2));
        assert!(given_up(&world), "{line}");
    }
}

/// With two chat and two voice accounts, of which some belong together.
fn related(relations: &[(&str, &str)]) -> World {
    let mut more = "[[chat]]\nid = \"club\"\naddress = \"alice@club.example\"\npassword = \"old\"\n\
                    [[voice]]\nid = \"home\"\naddress = \"sip:alice@home.example\"\npassword = \"old\"\n"
        .to_owned();
    for (chat, voice) in relations {
        more += &format!("[[relation]]\nchat = \"{chat}\"\nvoice = \"{voice}\"\n");
    }
    let mut world = online("", &more);
    let local = "192.0.2.1:5060".parse().expect("valid");
    let event = sip::Event::Registered { security: security(), local, realm: None };
    world.put(Input::Voice(AccountId::new("home"), event));
    let shown = world.shown();
    let shown: Vec<_> = shown.relations.iter().map(|one| (one.chat.as_str(), one.voice.as_str())).collect();
    assert_eq!(shown, relations);
    world
}

/// The account that carries a call to Bob, whom the account `chat` knows.
fn carrier(world: &mut World) -> Result<String, RefusalKind> {
    let id: CallId = world.call(CallTo::Contact(jid("bob@example.com"))).map_err(|refusal| refusal.kind)?;
    let account = world.view(id).account.as_str().to_owned();
    world.done(Request::Hangup(id));
    Ok(account)
}

#[test]
fn a_contact_is_called_over_the_voice_account_that_the_relation_names() {
    for voice in ["voice", "home"] {
        assert_eq!(carrier(&mut related(&[("chat", voice)])).as_deref(), Ok(voice));
    }
}

#[test]
fn a_relation_counts_for_the_contacts_of_its_chat_account_only() {
    assert_eq!(carrier(&mut related(&[("club", "home")])), Err(RefusalKind::Choose));
    assert_eq!(carrier(&mut related(&[("club", "home"), ("chat", "voice")])).as_deref(), Ok("voice"));
    assert_eq!(carrier(&mut related(&[("club", "voice"), ("chat", "home")])).as_deref(), Ok("home"));
}
