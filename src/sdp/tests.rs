//! Offers and answers as tables; the inputs are files in `tests/data/sdp`.

use std::net::IpAddr;
use std::time::Duration;

use super::*;
use crate::model::MediaDirection;

const ALL: [Codec; 4] = [Codec::Opus, Codec::G722, Codec::Pcmu, Codec::Pcma];

fn input(name: &str) -> String {
    let path = format!("{}/tests/data/sdp/{name}.sdp", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn side(port: u16, protection: MediaProtection, secure_signalling: bool) -> Negotiation {
    let packet_time = Duration::from_millis(20);
    let capabilities = Capabilities {
        codecs: ALL.to_vec(),
        packet_time,
        discontinuous: false,
        protection,
        secure_signalling,
        keys: KeyAgreement::Auto,
        fingerprint: None,
    };
    let key = MasterKey((0..46).map(|byte| byte ^ port as u8).collect());
    Negotiation::new(
        capabilities,
        LocalMedia { address: IpAddr::from([192, 0, 2, 1]), port, key, session_id: port.into() },
    )
}

fn open(port: u16) -> Negotiation {
    side(port, MediaProtection::Optional, false)
}

fn secure(port: u16) -> Negotiation {
    side(port, MediaProtection::Optional, true)
}

/// Codec, direction, packet time, suite: what the rows compare.
fn summary(plan: &Negotiated) -> String {
    let suite = plan.srtp.as_ref().map_or("open", |keys| keys.suite.name());
    let (number, codec) = plan.send;
    format!("{number}={} {:?} {}ms {suite}", codec.name(), plan.direction, plan.packet_time.as_millis())
}

fn media_lines(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.starts_with("m=")).collect()
}

fn version(text: &str) -> u64 {
    text.lines().find(|line| line.starts_with("o=")).and_then(|line| line.split(' ').nth(2)).unwrap().parse().unwrap()
}

#[test]
fn offers_without_protection_are_answered_or_refused_row_by_row() {
    let rows: &[(&str, Result<&str, SdpError>)] = &[
        ("static_without_rtpmap", Ok("0=PCMU SendRecv 20ms open")),
        ("opus_dynamic", Ok("111=opus SendRecv 40ms open")),
        ("opus_with_events_8000", Ok("96=opus SendRecv 20ms open")),
        ("g722_wrong_clock", Err(SdpError::NoCommonCodec)),
        ("no_codec", Err(SdpError::NoCommonCodec)),
        ("video_first", Ok("8=PCMA SendRecv 20ms open")),
        ("no_audio", Err(SdpError::NoAudio)),
        ("audio_port_0", Err(SdpError::NoAudio)),
        ("hold_sendonly", Ok("8=PCMA RecvOnly 20ms open")),
        ("hold_inactive", Ok("8=PCMA Inactive 20ms open")),
        ("recvonly", Ok("8=PCMA SendOnly 20ms open")),
        ("hold_session_level", Ok("8=PCMA RecvOnly 20ms open")),
        ("hold_old_form", Ok("8=PCMA RecvOnly 20ms open")),
        ("media_level_address", Ok("8=PCMA SendRecv 20ms open")),
        ("address_is_a_name", Err(SdpError::Address)),
        ("address_is_multicast", Err(SdpError::Address)),
        ("address_is_broadcast", Err(SdpError::Address)),
        ("address_is_ipv6", Err(SdpError::Address)),
        ("no_address", Err(SdpError::Address)),
        ("ptime_absurd", Ok("8=PCMA SendRecv 20ms open")),
        ("ptime_1", Ok("8=PCMA SendRecv 10ms open")),
        ("ptime_35_max_30", Ok("8=PCMA SendRecv 30ms open")),
        ("bundle_and_ice", Ok("8=PCMA SendRecv 20ms open")),
        ("port_65536", Err(SdpError::NoAudio)),
        ("port_negative", Err(SdpError::NoAudio)),
        ("no_format", Err(SdpError::NoAudio)),
        ("unknown_profile", Err(SdpError::NoAudio)),
        ("payload_types_absurd", Err(SdpError::NoCommonCodec)),
        ("no_fields", Err(SdpError::Malformed)),
        ("bandwidth_absurd", Ok("8=PCMA SendRecv 20ms open")),
        ("not_sdp", Err(SdpError::Malformed)),
        ("dtls_only", Err(SdpError::DtlsOnly)),
        // Keys beside RTP/AVP that everybody could read are not used (M09).
        ("sdes_avp", Ok("8=PCMA SendRecv 20ms open")),
        ("sdes_savp", Err(SdpError::OpenSignalling)),
        ("savp_then_avp", Ok("8=PCMA SendRecv 20ms open")),
    ];
    for (name, expected) in rows {
        let result = open(5000).answer(&input(name), false).map(|(_, plan)| summary(&plan));
        assert_eq!(result.as_deref().map_err(|error| *error), *expected, "{name}");
    }
}

#[test]
fn m08_protection_follows_the_policy_row_by_row() {
    use MediaProtection::{Off, Optional, Required};
    let strong = "AES_CM_128_HMAC_SHA1_80";
    let rows: &[(&str, MediaProtection, bool, Result<&str, SdpError>)] = &[
        ("sdes_avp", Optional, true, Ok(strong)),
        ("sdes_avp", Required, true, Ok(strong)),
        ("sdes_avp", Off, true, Ok("open")),
        ("sdes_savp", Optional, true, Ok("AES_256_CM_HMAC_SHA1_80")),
        ("sdes_savp", Off, true, Err(SdpError::Keys)),
        ("sdes_savp", Required, false, Err(SdpError::OpenSignalling)),
        ("sdes_savpf", Required, true, Ok("AEAD_AES_256_GCM")),
        ("sdes_only_weak", Optional, true, Ok("AES_CM_128_HMAC_SHA1_32")),
        ("sdes_only_weak", Required, true, Err(SdpError::Keys)),
        ("sdes_with_mki", Optional, true, Ok(strong)),
        ("savp_then_avp", Optional, true, Ok(strong)),
        ("savp_with_fingerprint_only", Optional, true, Err(SdpError::DtlsOnly)),
        ("dtls_only", Required, true, Err(SdpError::DtlsOnly)),
        ("static_without_rtpmap", Required, true, Err(SdpError::Unprotected)),
        ("static_without_rtpmap", Optional, true, Ok("open")),
    ];
    for (name, protection, tls, expected) in rows {
        let result = side(5000, *protection, *tls)
            .answer(&input(name), false)
            .map(|(_, plan)| plan.srtp.map_or("open", |keys| keys.suite.name()));
        assert_eq!(result, *expected, "{name} {protection:?} {tls}");
    }
}

#[test]
fn an_answer_keeps_order_numbers_profile_and_tag_of_the_offer() {
    let (answer, plan) = open(5000).answer(&input("video_first"), false).unwrap();
    assert_eq!(
        media_lines(&answer),
        ["m=video 0 RTP/AVP 97", "m=audio 5000 RTP/AVP 8", "m=application 0 UDP/DTLS/SCTP webrtc-datachannel"]
    );
    assert_eq!(plan.receive, [(8, Codec::Pcma)]);
    let (answer, _) = open(5000).answer(&input("bundle_and_ice"), false).unwrap();
    assert_eq!(media_lines(&answer), ["m=audio 5000 RTP/AVPF 8 0"]);
    let (answer, plan) = secure(5000).answer(&input("sdes_savp"), false).unwrap();
    assert!(answer.contains("\r\na=crypto:5 AES_256_CM_HMAC_SHA1_80 inline:"), "{answer}");
    assert_eq!(answer.matches("a=crypto").count(), 1);
    assert_eq!(plan.srtp.unwrap().remote, MasterKey(vec![b'b'; 46]));
    let (answer, _) = secure(5000).answer(&input("savp_then_avp"), false).unwrap();
    assert_eq!(media_lines(&answer), ["m=audio 0 RTP/AVP 8", "m=audio 5000 RTP/SAVP 8"]);
}

/// RFC 5888, RFC 9143: an answer repeats the names of the lines, and its group has only those that are taken.
#[test]
fn an_answer_repeats_the_names_of_lines_and_its_bundle_holds_only_what_is_taken() {
    let offer = |group: &str, mux: &str| {
        format!(
            "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n{group}m=video 4002 RTP/AVP 97\r\n\
             a=mid:v0\r\na=rtpmap:97 VP8/90000\r\nm=audio 4000 RTP/AVP 8\r\na=mid:a-1\r\n{mux}"
        )
    };
    let rows = [
        ("a=group:BUNDLE v0 a-1\r\n", "a=rtcp-mux\r\n", Some("a=group:BUNDLE a-1\r\n")),
        // RFC 9143 section 9.3: within a group reports share the port.
        ("a=group:BUNDLE v0 a-1\r\n", "", None),
        ("a=group:BUNDLE v0\r\n", "a=rtcp-mux\r\n", None),
        ("a=group:LS v0 a-1\r\n", "a=rtcp-mux\r\n", None),
        ("", "a=rtcp-mux\r\n", None),
    ];
    for (group, mux, expected) in rows {
        let (answer, _) = open(5000).answer(&offer(group, mux), false).unwrap();
        assert_eq!(media_lines(&answer), ["m=video 0 RTP/AVP 97", "m=audio 5000 RTP/AVP 8"]);
        let (video, audio) = answer.split_once("m=audio").unwrap();
        assert!(video.contains("a=mid:v0\r\n") && audio.contains("a=mid:a-1\r\n"), "{answer}");
        assert_eq!(answer.matches("a=group").count(), usize::from(expected.is_some()), "{group}");
        assert!(expected.is_none_or(|group| video.contains(group)), "{answer}");
    }
    // A later offer of ours keeps the name, and one that names none gets none.
    let mut side = open(5000);
    side.answer(&offer("", "a=rtcp-mux\r\n"), false).unwrap();
    assert!(side.offer(true).unwrap().contains("a=mid:a-1\r\n"));
    let (answer, _) = open(5000).answer(&input("opus_dynamic"), false).unwrap();
    assert!(!answer.contains("a=mid") && !answer.contains("a=group"), "{answer}");
    assert!(!open(4000).offer(false).unwrap().contains("a=mid"), "without candidates nobody needs it");
}

/// RFC 4733 section 2.1: digits have the clock of the sound; where a peer has them for another one only, that one is used.
#[test]
fn digits_are_sent_on_the_clock_of_the_sound_and_else_on_one_that_the_peer_has() {
    let rows: [(&str, &[u32], Option<u32>); 8] = [
        ("opus/48000/2", &[8_000, 16_000, 32_000, 48_000], Some(48_000)),
        ("opus/48000/2", &[32_000], Some(32_000)),
        ("opus/48000/2", &[16_000, 8_000], Some(16_000)),
        ("opus/48000/2", &[44_100], None),
        ("PCMA/8000", &[48_000, 8_000], Some(8_000)),
        ("PCMA/8000", &[16_000], Some(16_000)),
        ("G722/8000", &[16_000, 8_000], Some(8_000)),
        ("G722/8000", &[], None),
    ];
    for (codec, clocks, expected) in rows {
        let mut offer =
            "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 96"
                .to_owned();
        offer.extend(clocks.iter().enumerate().map(|(at, _)| format!(" {}", 100 + at)));
        offer.push_str(&format!("\r\na=rtpmap:96 {codec}\r\n"));
        offer.extend(
            clocks.iter().enumerate().map(|(at, clock)| format!("a=rtpmap:{} telephone-event/{clock}\r\n", 100 + at)),
        );
        let mut side = open(5000);
        side.capabilities.codecs = vec![Codec::Opus, Codec::G722, Codec::Pcma];
        let (answer, plan) = side.answer(&offer, false).unwrap();
        assert_eq!(plan.events_send.map(|events| events.clock_hz), expected, "{codec} {clocks:?}");
        for clock in clocks.iter().filter(|clock| **clock != 44_100) {
            assert!(answer.contains(&format!(" telephone-event/{clock}\r\n")), "{codec} {clock}: {answer}");
            assert!(plan.events_receive.iter().any(|events| events.clock_hz == *clock));
        }
    }
}

#[test]
fn digits_and_opus_wishes_are_read_for_each_clock() {
    let (answer, plan) = open(5000).answer(&input("opus_dynamic"), false).unwrap();
    assert_eq!(plan.events_send, Some(TelephoneEvent { payload_type: 110, clock_hz: 48_000 }));
    assert_eq!(plan.events_receive.len(), 2);
    assert!(plan.opus_fec);
    assert_eq!(plan.opus_max_bitrate, Some(24_000));
    assert!(plan.rtcp_mux && plan.remote_rtcp == plan.remote_rtp);
    assert_eq!(media_lines(&answer), ["m=audio 5000 RTP/AVP 111 0 126 110"]);
    assert!(answer.contains("a=rtcp-mux"));
    let (_, plan) = open(5000).answer(&input("opus_with_events_8000"), false).unwrap();
    assert_eq!(plan.events_send, Some(TelephoneEvent { payload_type: 101, clock_hz: 8_000 }));
}

#[test]
fn rtcp_goes_to_the_named_port_but_never_to_another_host() {
    let (answer, plan) = open(5000).answer(&input("media_level_address"), false).unwrap();
    assert_eq!(plan.remote_rtp, "192.0.2.77:4000".parse::<std::net::SocketAddr>().unwrap());
    assert_eq!(plan.remote_rtcp, "192.0.2.77:5001".parse::<std::net::SocketAddr>().unwrap());
    assert!(!answer.contains("rtcp-mux"), "an answer must not bring what the offer lacks");
    let (_, plan) = open(5000).answer(&input("hold_sendonly"), false).unwrap();
    assert_eq!(plan.remote_rtcp.port(), 4001);
}

#[test]
fn two_of_us_agree_on_opus_with_the_strongest_keys_over_tls() {
    for protection in [MediaProtection::Optional, MediaProtection::Required] {
        let (mut alice, mut bob) = (side(4000, protection, true), side(5000, protection, true));
        let offer = alice.offer(false).unwrap();
        assert_eq!(offer.contains("RTP/SAVP"), protection == MediaProtection::Required);
        let (answer, bobs) = bob.answer(&offer, false).unwrap();
        let alices = alice.accept_answer(&answer).unwrap();
        assert_eq!(summary(&alices), "96=opus SendRecv 20ms AEAD_AES_256_GCM");
        let (a, b) = (alices.srtp.unwrap(), bobs.srtp.unwrap());
        assert!(a.local == b.remote && a.remote == b.local && a.local != a.remote);
        assert_eq!(alices.events_send.unwrap().clock_hz, 48_000);
        assert!(alices.rtcp_mux && alices.opus_fec);
    }
}

#[test]
fn m09_no_keys_are_offered_over_open_signalling() {
    assert!(!open(4000).offer(false).unwrap().contains("crypto"));
    assert!(!side(4000, MediaProtection::Off, true).offer(false).unwrap().contains("crypto"));
    assert_eq!(side(4000, MediaProtection::Required, false).offer(false), Err(SdpError::OpenSignalling));
}

#[test]
fn m08_an_answer_must_not_weaken_the_offer() {
    let plain = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";
    let mut required = side(4000, MediaProtection::Required, true);
    required.offer(false).unwrap();
    assert_eq!(required.accept_answer(plain), Err(SdpError::Unprotected));
    let mut optional = secure(4000);
    let offer = optional.offer(false).unwrap();
    assert_eq!(optional.accept_answer(plain).unwrap().srtp, None);
    // A tag or a suite that was not offered.
    let (answer, _) = secure(5000).answer(&offer, false).unwrap();
    assert_eq!(optional.accept_answer(&answer.replace("a=crypto:1 ", "a=crypto:2 ")), Err(SdpError::AnswerMismatch));
    assert_eq!(optional.accept_answer(&answer.replace("inline:", "uri:")), Err(SdpError::Keys));
    assert!(optional.accept_answer(&answer).unwrap().srtp.is_some());
    // Once protected, never silently open again: neither by their offer nor by their answer to ours.
    assert_eq!(optional.answer(plain, false), Err(SdpError::Unprotected));
    optional.offer(true).unwrap();
    assert_eq!(optional.accept_answer(plain), Err(SdpError::Unprotected));
    assert!(optional.current().unwrap().srtp.is_some());
}

#[test]
fn s34_each_fork_may_answer_the_same_offer_in_its_own_way() {
    let mut alice = secure(4000);
    let offer = alice.offer(false).unwrap();
    let (protected, _) = secure(5000).answer(&offer, false).unwrap();
    let (plain, _) = side(5002, MediaProtection::Off, false).answer(&offer, false).unwrap();
    assert!(alice.accept_answer(&protected).unwrap().srtp.is_some());
    let plan = alice.accept_answer(&plain).unwrap();
    assert!(plan.srtp.is_none() && plan.remote_rtp.port() == 5002);
}

#[test]
fn hold_and_resume_travel_in_both_directions_and_count_versions() {
    let (mut alice, mut bob) = (open(4000), open(5000));
    let first = alice.offer(false).unwrap();
    assert_eq!(alice.offer(false).unwrap(), first, "the same description keeps its version");
    let (answer, _) = bob.answer(&first, false).unwrap();
    alice.accept_answer(&answer).unwrap();
    let hold = alice.offer(true).unwrap();
    assert_eq!(version(&hold), version(&first) + 1);
    let (answer, plan) = bob.answer(&hold, false).unwrap();
    assert_eq!(plan.direction, MediaDirection::RecvOnly);
    assert_eq!(alice.accept_answer(&answer).unwrap().direction, MediaDirection::SendOnly);
    // Bob holds as well: nothing flows.
    let both = bob.offer(true).unwrap();
    assert!(both.contains("a=inactive"));
    let (answer, plan) = alice.answer(&both, true).unwrap();
    assert_eq!(plan.direction, MediaDirection::Inactive);
    assert_eq!(bob.accept_answer(&answer).unwrap().direction, MediaDirection::Inactive);
    let (answer, _) = bob.answer(&alice.offer(false).unwrap(), false).unwrap();
    assert_eq!(alice.accept_answer(&answer).unwrap().direction, MediaDirection::SendRecv);
}

#[test]
fn our_next_offer_keeps_the_lines_and_numbers_of_the_session() {
    let mut bob = open(5000);
    bob.answer(&input("opus_dynamic"), false).unwrap();
    let offer = bob.offer(false).unwrap();
    assert_eq!(media_lines(&offer), ["m=audio 5000 RTP/AVP 111 9 0 8 126 110 13 97"]);
    let mut bob = open(5000);
    bob.answer(&input("video_first"), false).unwrap();
    assert_eq!(media_lines(&bob.offer(false).unwrap()).first(), Some(&"m=video 0 RTP/AVP 97"));
    bob.relocate(IpAddr::from([192, 0, 2, 200]), 6000);
    let moved = bob.offer(false).unwrap();
    assert!(moved.contains("c=IN IP4 192.0.2.200\r\n") && moved.contains("m=audio 6000 "));
}

#[test]
fn answers_that_do_not_fit_are_refused_and_change_nothing() {
    let mut alice = open(4000);
    assert_eq!(alice.accept_answer(&input("sdes_avp")), Err(SdpError::NoOffer));
    alice.offer(false).unwrap();
    for (name, error) in [
        ("audio_port_0", SdpError::Rejected),
        ("video_first", SdpError::AnswerMismatch),
        ("no_codec", SdpError::NoCommonCodec),
        ("sdes_savp", SdpError::Keys),
        ("dtls_only", SdpError::DtlsOnly),
        ("not_sdp", SdpError::Malformed),
        ("address_is_a_name", SdpError::Address),
        ("port_65536", SdpError::NoAudio),
    ] {
        assert_eq!(alice.accept_answer(&input(name)), Err(error), "{name}");
    }
    assert!(alice.current().is_none());
    // The peer numbers dynamic formats in its own way: we send with its numbers and receive with ours.
    let plan = alice.accept_answer(&input("opus_dynamic")).unwrap();
    assert_eq!((plan.send, plan.receive.first()), ((111, Codec::Opus), Some(&(96, Codec::Opus))));
}

#[test]
fn s29_bombs_are_bounded() {
    let head = "v=0\r\nc=IN IP4 192.0.2.9\r\n";
    let lines = format!("{head}{}", "m=audio 4000 RTP/AVP 8\r\n".repeat(33));
    assert_eq!(open(5000).answer(&lines, false), Err(SdpError::Malformed));
    let long = format!("{head}m=audio 4000 RTP/AVP 8\r\n{}", "a=rtpmap:8 PCMA/8000\r\n".repeat(10_000));
    assert_eq!(open(5000).answer(&long, false), Err(SdpError::Malformed));
    let formats = format!("{head}m=audio 4000 RTP/AVP{} 8\r\n", " 33".repeat(64));
    assert_eq!(open(5000).answer(&formats, false), Err(SdpError::NoCommonCodec), "the 65th format is not looked at");
    let maps = format!("{head}m=audio 4000 RTP/AVP 8\r\n{}", "a=rtpmap:8 PCMA/8000\r\n".repeat(1_000));
    assert!(open(5000).answer(&maps, false).is_ok());
}

#[test]
fn s29_each_bomb_is_refused_or_its_line_passed_over() {
    let head = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n";
    let good = "m=audio 4000 RTP/AVP 8\r\n";
    let big = "9".repeat(60_000);
    for (text, expected) in [
        // What stands beside a good line is passed over.
        (format!("{head}b=AS:{}\r\n{good}", u128::MAX), Ok(())),
        (format!("{head}b=AS:{big}\r\n{good}"), Ok(())),
        (format!("v=0\r\no=- 18446744073709551616 -1 IN IP9 x\r\nc=IN IP4 192.0.2.9\r\n{good}"), Ok(())),
        (format!("{head}{good}a=fmtp:8\r\na=fmtp:8 \r\na=fmtp:999 x=y\r\na=fmtp:8 {}\r\n", "x;".repeat(9_000)), Ok(())),
        (format!("{head}{good}a=rtpmap:8 /8000\r\na=rtpmap:300 x/1\r\n"), Ok(())),
        (format!("{head}{good}a=ptime:0\r\na=maxptime:4294967296\r\na=ptime:-1\r\na=ptime:{big}\r\n"), Ok(())),
        (format!("{head}m=image 5000 udptl t38\r\nm=audio 4000 TCP/MRCPv2 8\r\n{good}"), Ok(())),
        (format!("{head}m=audio 4001 RTP/AVP\r\n{good}"), Ok(())),
        // What is wrong with the line itself refuses it.
        (format!("{head}m=audio 0 RTP/AVP 8\r\n"), Err(SdpError::NoAudio)),
        (format!("{head}m=audio 65536 RTP/AVP 8\r\n"), Err(SdpError::NoAudio)),
        (format!("{head}m=audio -1 RTP/AVP 8\r\n"), Err(SdpError::NoAudio)),
        (format!("{head}m=audio 4000 RTP/AVP\r\n"), Err(SdpError::NoAudio)),
        (format!("{head}m=audio 4000 RTP/AVP 33\r\n"), Err(SdpError::NoCommonCodec)),
        (format!("{head}m=audio 4000 RTP/AVP 99\r\n"), Err(SdpError::NoCommonCodec)),
        (format!("{head}{good}a=rtpmap:8 PCMA/0\r\n"), Err(SdpError::NoCommonCodec)),
        (format!("v=0\r\n{good}"), Err(SdpError::Address)),
        (format!("v=0\r\nc=IN IP4 host.example\r\n{good}"), Err(SdpError::Address)),
        (format!("v=0\r\nc=IN IP4 224.2.1.1/127\r\n{good}"), Err(SdpError::Address)),
        (format!("v=0\r\nc=IN IP4 255.255.255.255\r\n{good}"), Err(SdpError::Address)),
        (format!("v=0\r\nc=IN IP6 192.0.2.9\r\n{good}"), Err(SdpError::Address)),
        // And what is no description at all is no description.
        (format!("{head}m=audio\r\n"), Err(SdpError::Malformed)),
        (head.replace("v=0", "v=1"), Err(SdpError::Malformed)),
        (String::new(), Err(SdpError::Malformed)),
        (format!("{head}{}", "m=audio 4000 RTP/AVP 8\r\n".repeat(10_000)), Err(SdpError::Malformed)),
    ] {
        let found = open(5000).answer(&text, false).map(drop);
        assert_eq!(found, expected, "{}", &text[..text.len().min(300)]);
    }
}

proptest::proptest! {
    #[test]
    fn nothing_that_comes_in_makes_it_panic(text in "(v=0\r\n)?([mca]=[ -~]{0,40}\r?\n){0,12}", line in ".{0,60}") {
        let _ = open(5000).answer(&text, false);
        let mut alice = secure(4000);
        let offer = alice.offer(false).unwrap();
        let _ = alice.accept_answer(&text);
        let _ = secure(5000).answer(&format!("{offer}a={line}\r\nm={line}\r\n"), false);
    }
}
