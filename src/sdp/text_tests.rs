//! The line for text in offers and answers: alone and bundled, protected and not, refused and taken up later.

use std::net::IpAddr;
use std::time::Duration;

use super::*;
use crate::model::MediaDirection;

fn side(host: u8, protection: MediaProtection, keys: KeyAgreement, text: TextWish) -> Negotiation {
    let capabilities = Capabilities {
        codecs: vec![Codec::Opus, Codec::Pcmu],
        packet_time: Duration::from_millis(20),
        discontinuous: false,
        protection,
        secure_signalling: true,
        keys,
        fingerprint: Some(Fingerprint::of(&[host])),
    };
    let local = LocalMedia {
        address: IpAddr::from([192, 0, 2, host]),
        port: 4_000,
        key: MasterKey(vec![host; 46]),
        session_id: host.into(),
    };
    let mut side = Negotiation::new(capabilities, local);
    side.set_text(text);
    side.set_text_port(Some(6_000));
    side
}

/// What an exchange comes to for the text of the two.
fn exchange(alice: &mut Negotiation, bob: &mut Negotiation) -> (Option<TextPlan>, Option<TextPlan>) {
    let offer = alice.offer(false).unwrap();
    let (answer, bobs) = bob.answer(&offer, false).unwrap();
    let alices = alice.accept_answer(&answer).unwrap();
    (alices.text.map(|text| *text), bobs.text.map(|text| *text))
}

/// An offer as phones for text make it: its own port, no bundle.
fn old_phone(text: &str) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n\
         a=rtpmap:0 PCMU/8000\r\n{text}"
    )
}

const OLD_LINE: &str = "m=text 5004 RTP/AVP 100 98\r\na=rtpmap:98 t140/1000\r\na=fmtp:98 cps=20\r\na=rtpmap:100 red/1000\r\n\
                        a=fmtp:100 98/98/98\r\n";

#[test]
fn two_of_ours_agree_on_text_beside_the_sound_however_that_is_protected() {
    use MediaProtection::{Off, Optional, Required};
    for (protection, keys, protected) in [
        (Off, KeyAgreement::Auto, false),
        (Optional, KeyAgreement::Auto, true),
        (Optional, KeyAgreement::Sdes, true),
        (Required, KeyAgreement::Auto, true),
        (Required, KeyAgreement::Dtls, true),
    ] {
        let mut alice = side(1, protection, keys, TextWish::Offer);
        let mut bob = side(2, protection, keys, TextWish::Answer);
        let (alices, bobs) = exchange(&mut alice, &mut bob);
        let (alices, bobs) = (alices.expect("taken"), bobs.expect("taken"));
        assert!(alices.bundled && bobs.bundled, "{protection:?} {keys:?}");
        assert_eq!((alices.protected, bobs.protected), (protected, protected), "{protection:?} {keys:?}");
        assert_eq!((alices.send, alices.send_redundancy), (bobs.receive, bobs.receive_redundancy.map(|red| (red, 2))));
        assert_eq!(alices.direction, MediaDirection::SendRecv);
        // A change in the middle of the call keeps it, from either side.
        let (alices, bobs) = exchange(&mut bob, &mut alice);
        assert!(alices.is_some_and(|text| text.bundled) && bobs.is_some_and(|text| text.bundled));
        let hold = alice.offer(true).unwrap();
        let (answer, held) = bob.answer(&hold, false).unwrap();
        assert_eq!(held.text.map(|text| text.direction), Some(MediaDirection::RecvOnly));
        let holding = alice.accept_answer(&answer).unwrap();
        assert_eq!(holding.text.map(|text| text.direction), Some(MediaDirection::SendOnly));
    }
}

#[test]
fn an_old_phone_for_text_gets_its_own_port_and_its_own_rate() {
    let mut ours = side(1, MediaProtection::Off, KeyAgreement::Auto, TextWish::Answer);
    let (answer, plan) = ours.answer(&old_phone(OLD_LINE), false).unwrap();
    assert!(answer.contains("m=text 6000 RTP/AVP 100 98\r\n"), "{answer}");
    assert!(answer.contains("a=fmtp:100 98/98/98\r\n") && !answer.contains("BUNDLE"), "{answer}");
    let text = plan.text.expect("taken");
    assert_eq!(text.remote.to_string(), "192.0.2.9:5004");
    assert_eq!((text.send, text.send_redundancy, text.characters_per_second), (98, Some((100, 2)), 20));
    assert!(!text.bundled && !text.protected);
}

#[test]
fn m08_text_is_never_less_protected_than_the_sound() {
    let crypto = |key: u8| {
        use base64::Engine as _;
        format!(
            "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{}\r\n",
            base64::engine::general_purpose::STANDARD.encode([key; 30])
        )
    };
    let sound = |extra: &str| {
        format!(
            "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 5000 RTP/SAVP 0\r\n\
             a=rtpmap:0 PCMU/8000\r\n{}{extra}",
            crypto(1)
        )
    };
    let protected_line = OLD_LINE.replace("RTP/AVP", "RTP/SAVP");
    for (name, lines, taken) in [
        ("protected by itself", format!("{protected_line}{}", crypto(2)), true),
        ("in the clear beside protected sound", OLD_LINE.to_owned(), false),
        ("protected without a key", protected_line.clone(), false),
    ] {
        let mut ours = side(1, MediaProtection::Optional, KeyAgreement::Auto, TextWish::Answer);
        let (answer, plan) = ours.answer(&sound(&lines), false).unwrap();
        assert_eq!(plan.text.is_some(), taken, "{name}");
        assert_eq!(answer.contains("m=text 0 "), !taken, "{name}: {answer}");
        let own = plan.srtp.expect("sound is protected").local;
        assert!(plan.text.is_none_or(|text| text.srtp.expect("keys").local != own), "{name}: another key");
    }
}

#[test]
fn text_is_refused_with_port_0_where_it_is_off_or_is_no_text_that_we_know() {
    for (name, wish, line) in [
        ("off", TextWish::Off, OLD_LINE.to_owned()),
        ("another encoding", TextWish::Answer, OLD_LINE.replace("t140", "t141")),
        ("another clock", TextWish::Answer, OLD_LINE.replace("t140/1000", "t140/8000")),
        ("another transport", TextWish::Answer, OLD_LINE.replace("RTP/AVP", "TCP/MSRP")),
        ("a name for an address", TextWish::Answer, format!("{OLD_LINE}c=IN IP4 text.example.com\r\n")),
    ] {
        let mut ours = side(1, MediaProtection::Off, KeyAgreement::Auto, wish);
        let (answer, plan) = ours.answer(&old_phone(&line), false).unwrap();
        assert!(answer.contains("m=text 0 ") && plan.text.is_none(), "{name}: {answer}");
    }
}

#[test]
fn text_that_begins_in_the_middle_of_a_call_is_taken_up_or_refused_and_can_be_asked_for_again() {
    let mut alice = side(1, MediaProtection::Optional, KeyAgreement::Auto, TextWish::Answer);
    let mut bob = side(2, MediaProtection::Optional, KeyAgreement::Auto, TextWish::Off);
    assert_eq!(exchange(&mut alice, &mut bob), (None, None));
    alice.set_text(TextWish::Offer);
    assert_eq!(exchange(&mut alice, &mut bob), (None, None), "refused");
    assert!(!alice.has_text());
    bob.set_text(TextWish::Answer);
    let (alices, bobs) = exchange(&mut alice, &mut bob);
    assert!(alices.is_some() && bobs.is_some(), "in the place of the refused one");
    let offer = alice.offer(false).unwrap();
    assert_eq!(offer.matches("m=text").count(), 1, "{offer}");
}

#[test]
fn a_change_that_was_refused_as_a_whole_leaves_no_line_behind() {
    let mut alice = side(1, MediaProtection::Off, KeyAgreement::Auto, TextWish::Answer);
    let mut bob = side(2, MediaProtection::Off, KeyAgreement::Auto, TextWish::Answer);
    exchange(&mut alice, &mut bob);
    alice.set_text(TextWish::Offer);
    assert!(alice.offer(false).unwrap().contains("m=text 6000 "));
    alice.set_text(TextWish::Answer);
    alice.withdraw_text();
    assert!(!alice.offer(false).unwrap().contains("m=text"));
}

#[test]
fn an_offer_that_a_phone_without_bundle_answers_uses_its_ports() {
    let mut alice = side(1, MediaProtection::Off, KeyAgreement::Auto, TextWish::Offer);
    let offer = alice.offer(false).unwrap();
    assert!(offer.contains("a=group:BUNDLE 1 2\r\n") && offer.contains("m=text 6000 RTP/AVP 99 98\r\n"), "{offer}");
    let answer = old_phone("m=text 5004 RTP/AVP 98\r\na=rtpmap:98 t140/1000\r\n");
    let text = alice.accept_answer(&answer).unwrap().text.expect("taken");
    assert_eq!((text.bundled, text.remote.port(), text.send_redundancy), (false, 5_004, None));
    assert_eq!(text.receive_redundancy, Some(99), "what we offered may come");
    // Without sockets of its own it goes with the sound or not at all.
    let mut alone = side(1, MediaProtection::Off, KeyAgreement::Auto, TextWish::Offer);
    alone.set_text_port(None);
    let offer = alone.offer(false).unwrap();
    assert!(offer.contains("m=text 0 ") && offer.contains("a=bundle-only\r\n"), "{offer}");
    assert_eq!(alone.accept_answer(&answer).unwrap().text, None);
}
