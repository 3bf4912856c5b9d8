//! Which way to keys two sides take: SDES, DTLS-SRTP, or neither.

use std::net::IpAddr;
use std::time::Duration;

use super::*;

struct Side {
    protection: MediaProtection,
    keys: KeyAgreement,
    tls: bool,
}

impl Side {
    fn new(protection: MediaProtection, keys: KeyAgreement, tls: bool) -> Self {
        Self { protection, keys, tls }
    }

    fn at(&self, port: u16) -> Negotiation {
        let capabilities = Capabilities {
            codecs: vec![Codec::Opus, Codec::Pcma],
            packet_time: Duration::from_millis(20),
            discontinuous: false,
            protection: self.protection,
            secure_signalling: self.tls,
            keys: self.keys,
            fingerprint: Some(Fingerprint::of(&port.to_be_bytes())),
        };
        let key = MasterKey((0..46).map(|byte| byte ^ port as u8).collect());
        let address = IpAddr::from([192, 0, 2, 1]);
        Negotiation::new(capabilities, LocalMedia { address, port, key, session_id: port.into() })
    }
}

fn optional(keys: KeyAgreement, tls: bool) -> Side {
    Side::new(MediaProtection::Optional, keys, tls)
}

fn way(plan: &Negotiated) -> &'static str {
    match (&plan.srtp, &plan.dtls) {
        (None, None) => "open",
        (Some(_), None) => "sdes",
        (None, Some(dtls)) if dtls.client => "dtls client",
        (None, Some(_)) => "dtls server",
        (Some(_), Some(_)) => "both",
    }
}

#[test]
fn m08_two_sides_take_the_best_way_to_keys_that_both_allow_row_by_row() {
    use KeyAgreement::{Auto, Dtls, Sdes};
    use MediaProtection::{Off, Optional, Required};
    let refused = |error| Err(error);
    type Row =
        (MediaProtection, KeyAgreement, bool, MediaProtection, KeyAgreement, bool, Result<&'static str, SdpError>);
    let rows: [Row; 18] = [
        // Beside RTP/AVP (RFC 8643): DTLS where both can, also where the signalling is open.
        (Optional, Auto, true, Optional, Auto, true, Ok("dtls server")),
        (Optional, Auto, false, Optional, Auto, false, Ok("dtls server")),
        (Optional, Auto, true, Optional, Sdes, true, Ok("sdes")),
        (Optional, Sdes, true, Optional, Auto, true, Ok("sdes")),
        (Optional, Dtls, true, Optional, Auto, true, Ok("dtls server")),
        (Optional, Dtls, true, Optional, Sdes, true, Ok("open")),
        (Optional, Sdes, false, Optional, Auto, false, Ok("open")),
        // Keys cross open signalling on neither side (M09).
        (Optional, Sdes, true, Optional, Sdes, false, Ok("open")),
        (Optional, Auto, true, Off, Auto, true, Ok("open")),
        (Off, Auto, true, Optional, Auto, true, Ok("open")),
        // Demanded: SDES goes first, DTLS where the user says so.
        (Required, Auto, true, Required, Auto, true, Ok("sdes")),
        (Required, Auto, true, Optional, Auto, true, Ok("sdes")),
        (Required, Dtls, true, Required, Auto, true, Ok("dtls server")),
        (Optional, Auto, true, Required, Auto, true, Ok("dtls server")),
        (Required, Dtls, true, Optional, Sdes, true, refused(SdpError::DtlsOnly)),
        (Required, Auto, true, Off, Auto, true, refused(SdpError::Keys)),
        (Off, Auto, true, Required, Auto, true, refused(SdpError::Unprotected)),
        // Fingerprints that anybody on the way could exchange are no protection that could be demanded.
        (Optional, Dtls, false, Required, Auto, false, refused(SdpError::OpenSignalling)),
    ];
    for (at, (p1, k1, tls1, p2, k2, tls2, expected)) in rows.into_iter().enumerate() {
        let (mut alice, mut bob) = (Side::new(p1, k1, tls1).at(4000), Side::new(p2, k2, tls2).at(5000));
        let offer = alice.offer(false).unwrap();
        let result = bob.answer(&offer, false).and_then(|(answer, bobs)| Ok((alice.accept_answer(&answer)?, bobs)));
        assert_eq!(result.as_ref().map(|(alices, _)| way(alices)).map_err(|error| *error), expected, "{at}");
        if let Ok((alices, bobs)) = result {
            let opposite = match way(&alices) {
                "dtls server" => "dtls client",
                same => same,
            };
            assert_eq!(way(&bobs), opposite, "{at}");
        }
    }
}

#[test]
fn an_offer_names_both_ways_and_an_answer_one() {
    let (mut alice, mut bob) =
        (optional(KeyAgreement::Auto, true).at(4000), optional(KeyAgreement::Auto, true).at(5000));
    let offer = alice.offer(false).unwrap();
    assert!(
        offer.contains("RTP/AVP ") && offer.contains("a=crypto:") && offer.contains("a=setup:actpass\r\na=tls-id:")
    );
    let (answer, plan) = bob.answer(&offer, false).unwrap();
    assert!(
        answer.contains("RTP/AVP ") && !answer.contains("a=crypto:") && answer.contains("a=setup:active\r\na=tls-id:")
    );
    let fingerprint = &plan.dtls.as_ref().unwrap().fingerprints;
    assert!(fingerprint.len() == 1 && fingerprint[0].matches(&4000_u16.to_be_bytes()));
    // Who has no tls-id gets none back (RFC 8842 section 5.3).
    let older: String =
        offer.lines().filter(|line| !line.starts_with("a=tls-id")).map(|line| format!("{line}\r\n")).collect();
    let (answer, _) = optional(KeyAgreement::Auto, true).at(5000).answer(&older, false).unwrap();
    assert!(answer.contains("a=setup:active") && !answer.contains("a=tls-id"));
}

#[test]
fn m07_fingerprints_that_are_weak_missing_or_without_a_role_are_refused() {
    let strong = Side::new(MediaProtection::Optional, KeyAgreement::Auto, true);
    let mut alice = Side::new(MediaProtection::Required, KeyAgreement::Dtls, true).at(4000);
    let offer = alice.offer(false).unwrap();
    assert!(offer.contains("UDP/TLS/RTP/SAVP "));
    let digest = offer.lines().find_map(|line| line.strip_prefix("a=fingerprint:sha-256 ")).unwrap();
    let line = format!("a=fingerprint:sha-256 {digest}");
    for bad in [
        offer.replace(&line, &format!("a=fingerprint:sha-1 {}", &digest[..59])),
        offer.replace(&line, &format!("a=fingerprint:md5 {}", &digest[..47])),
        offer.replace(&line, &format!("a=fingerprint:sha-256 {}", &digest[..59])),
        offer.replace("a=setup:actpass", "a=setup:holdconn"),
    ] {
        assert_eq!(strong.at(5000).answer(&bad, false).err(), Some(SdpError::Fingerprint), "{bad}");
    }
    assert_eq!(strong.at(5000).answer(&offer.replace(&line, "a=x:y"), false).err(), Some(SdpError::DtlsOnly));
    // A weak one beside a strong one does no harm: the strong one has to fit.
    let beside = offer.replace(&line, &format!("a=fingerprint:sha-1 {}\r\n{line}", &digest[..59]));
    assert_eq!(strong.at(5000).answer(&beside, false).unwrap().1.dtls.unwrap().fingerprints.len(), 1);
    // The same for their answer to our offer.
    let (answer, _) = strong.at(5000).answer(&offer, false).unwrap();
    let digest = answer.lines().find_map(|line| line.strip_prefix("a=fingerprint:sha-256 ")).unwrap();
    let weak = answer.replace("sha-256", "sha-1").replace(digest, &digest[..59]);
    assert_eq!(alice.accept_answer(&weak).err(), Some(SdpError::Fingerprint));
    assert_eq!(alice.accept_answer(&answer.replace("a=fingerprint", "a=x")).err(), Some(SdpError::Fingerprint));
    assert_eq!(
        alice.accept_answer(&answer.replace("setup:active", "setup:actpass")).err(),
        Some(SdpError::Fingerprint)
    );
    assert!(alice.accept_answer(&answer).unwrap().dtls.is_some());
}

#[test]
fn a_fingerprint_may_stand_above_all_media_lines_and_beside_an_older_profile() {
    let mut alice = Side::new(MediaProtection::Required, KeyAgreement::Dtls, true).at(4000);
    let offer = alice.offer(false).unwrap();
    let moved: Vec<&str> =
        offer.lines().filter(|line| line.starts_with("a=fingerprint") || line.starts_with("a=setup")).collect();
    let rest: Vec<&str> = offer.lines().filter(|line| !moved.contains(line)).collect();
    let head = rest.iter().position(|line| line.starts_with("m=")).unwrap();
    let above = [&rest[..head], &moved[..], &rest[head..]].concat().join("\r\n");
    for text in [above.clone(), above.replace("UDP/TLS/RTP/SAVP", "RTP/SAVPF")] {
        let (answer, plan) = optional(KeyAgreement::Auto, true).at(5000).answer(&text, false).unwrap();
        assert_eq!(way(&plan), "dtls client", "{answer}");
    }
}

#[test]
fn a_change_of_the_call_keeps_its_association_and_only_new_fingerprints_make_a_new_one() {
    let (mut alice, mut bob) =
        (optional(KeyAgreement::Auto, true).at(4000), optional(KeyAgreement::Auto, true).at(5000));
    let (answer, first) = bob.answer(&alice.offer(false).unwrap(), false).unwrap();
    let alices = alice.accept_answer(&answer).unwrap();
    assert_eq!((alices.dtls.as_ref().unwrap().association, first.dtls.as_ref().unwrap().association), (1, 1));
    // Each side holds once: the roles stay, and SDES does not creep in.
    let hold = alice.offer(true).unwrap();
    assert!(hold.contains("a=setup:passive") && !hold.contains("a=crypto"), "{hold}");
    let (answer, plan) = bob.answer(&hold, false).unwrap();
    assert!(plan.dtls == first.dtls && answer.contains("a=setup:active"));
    assert_eq!(alice.accept_answer(&answer).unwrap().dtls, alices.dtls);
    let (answer, plan) =
        alice.answer(&bob.offer(true).unwrap().replace("a=setup:active", "a=setup:actpass"), true).unwrap();
    assert_eq!(plan.dtls, alices.dtls);
    assert_eq!(bob.accept_answer(&answer).unwrap().dtls, first.dtls);
    // M07: another fingerprint, or another tls-id, is another association, which has to be shaken anew.
    let mut mallory = optional(KeyAgreement::Auto, true).at(6000);
    let theirs = mallory.offer(false).unwrap();
    assert_eq!(bob.answer(&theirs, false).unwrap().1.dtls.unwrap().association, 2);
    assert_eq!(bob.answer(&theirs.replace("a=tls-id:", "a=tls-id:x"), false).unwrap().1.dtls.unwrap().association, 3);
    // M08: without any, or with keys in SDP alone, it is no way down.
    let plain: String = theirs
        .lines()
        .filter(|line| !line.starts_with("a=fingerprint") && !line.starts_with("a=crypto"))
        .map(|line| format!("{line}\r\n"))
        .collect();
    assert_eq!(bob.answer(&plain, false).err(), Some(SdpError::Unprotected));
    alice.offer(false).unwrap();
    assert_eq!(alice.accept_answer(&plain).err(), Some(SdpError::Unprotected));
}

#[test]
fn an_older_program_that_turns_the_roles_round_goes_on_with_its_association() {
    let (mut alice, mut bob) =
        (optional(KeyAgreement::Auto, true).at(4000), optional(KeyAgreement::Auto, true).at(5000));
    let strip = |text: &str| -> String {
        text.lines().filter(|line| !line.starts_with("a=tls-id")).map(|line| format!("{line}\r\n")).collect()
    };
    let (answer, plan) = bob.answer(&strip(&alice.offer(false).unwrap()), false).unwrap();
    assert!(plan.dtls.as_ref().unwrap().client);
    let before = alice.accept_answer(&strip(&answer)).unwrap();
    let (answer, again) =
        bob.answer(&strip(&alice.offer(true).unwrap()).replace("setup:passive", "setup:active"), false).unwrap();
    assert_eq!(again.dtls, plan.dtls);
    assert_eq!(
        alice.accept_answer(&strip(&answer).replace("setup:active", "setup:passive")).unwrap().dtls,
        before.dtls
    );
}

#[test]
fn m05_our_own_key_sent_back_is_no_answer() {
    let mut alice = optional(KeyAgreement::Sdes, true).at(4000);
    let offer = alice.offer(false).unwrap();
    let first = offer.lines().find(|line| line.starts_with("a=crypto:")).unwrap();
    let echo: String = offer
        .lines()
        .filter(|line| !line.starts_with("a=crypto:") || *line == first)
        .map(|line| format!("{line}\r\n"))
        .collect();
    assert_eq!(alice.accept_answer(&echo).err(), Some(SdpError::Keys));
}

#[test]
fn m05_a_new_address_brings_a_new_key_once_the_counters_are_past_their_first_round_and_nothing_else_does() {
    let (mut alice, mut bob) =
        (optional(KeyAgreement::Sdes, true).at(4000), optional(KeyAgreement::Sdes, true).at(5000));
    let (answer, bobs) = bob.answer(&alice.offer(false).unwrap(), false).unwrap();
    let alices = alice.accept_answer(&answer).unwrap();
    let (alices_key, bobs_key) = (alices.srtp.unwrap().local, bobs.srtp.unwrap().local);
    let mut exchange = |alice: &mut Negotiation, hold| {
        let (answer, bobs) = bob.answer(&alice.offer(hold).unwrap(), false).unwrap();
        (alice.accept_answer(&answer).unwrap().srtp.unwrap().local, bobs.srtp.unwrap().local)
    };
    assert_eq!(exchange(&mut alice, true), (alices_key.clone(), bobs_key.clone()), "hold changes no key");
    alice.relocate(IpAddr::from([192, 0, 2, 1]), 4000);
    assert_eq!(exchange(&mut alice, false), (alices_key.clone(), bobs_key.clone()), "nothing moved");
    alice.relocate(IpAddr::from([192, 0, 2, 77]), 4000);
    let first = exchange(&mut alice, false);
    assert_eq!(first, (alices_key.clone(), bobs_key.clone()), "counters of zero are the same to everybody");
    alice.note_turned();
    assert_eq!(exchange(&mut alice, true), first, "only a move makes a difference");
    alice.relocate(IpAddr::from([192, 0, 2, 78]), 4000);
    let (moved, answered) = exchange(&mut alice, false);
    assert!(moved != alices_key && answered == bobs_key, "RFC 4568 section 7.1.4");
    alice.relocate(IpAddr::from([192, 0, 2, 79]), 4000);
    assert_eq!(exchange(&mut alice, false).0, moved, "the new key's counters are at zero again");
    alice.renew_keys();
    let (renewed, same) = exchange(&mut alice, false);
    assert!(renewed != moved && same == answered);
}

#[test]
fn m05_who_answers_a_move_takes_a_new_key_once_its_own_counters_are_past_their_first_round() {
    let (mut alice, mut bob) =
        (optional(KeyAgreement::Sdes, true).at(4000), optional(KeyAgreement::Sdes, true).at(5000));
    let (_, first) = bob.answer(&alice.offer(false).unwrap(), false).unwrap();
    bob.note_turned();
    let (_, same) = bob.answer(&alice.offer(true).unwrap(), false).unwrap();
    alice.relocate(IpAddr::from([192, 0, 2, 77]), 4000);
    let (_, moved) = bob.answer(&alice.offer(false).unwrap(), false).unwrap();
    let key = |plan: Negotiated| plan.srtp.unwrap().local;
    let (first, same, moved) = (key(first), key(same), key(moved));
    assert!(first == same && moved != first);
}

#[test]
fn m08_a_refused_offer_is_followed_by_another_way_to_keys_and_never_by_a_weaker_one() {
    let line = |text: &str| {
        text.lines().find(|line| line.starts_with("m=audio")).unwrap().split(' ').nth(2).unwrap().to_owned()
    };
    let ways = |mut side: Negotiation| {
        let mut ways = vec![line(&side.offer(false).unwrap())];
        while side.try_other_keys() {
            let offer = side.offer(false).unwrap();
            // Each offer is of one way only.
            assert!(offer.contains("a=crypto:") != offer.contains("a=fingerprint:"), "{offer}");
            ways.push(line(&offer));
        }
        ways
    };
    let (open, sdes, dtls) = ("RTP/AVP", "RTP/SAVP", "UDP/TLS/RTP/SAVP");
    assert_eq!(ways(optional(KeyAgreement::Auto, true).at(4000)), [open, sdes, dtls]);
    assert_eq!(ways(optional(KeyAgreement::Sdes, true).at(4000)), [open, sdes]);
    assert_eq!(ways(optional(KeyAgreement::Auto, false).at(4000)), [open, dtls], "M09: no keys where they can be read");
    let required = |keys| Side::new(MediaProtection::Required, keys, true);
    assert_eq!(ways(required(KeyAgreement::Auto).at(4000)), [sdes, dtls]);
    assert_eq!(ways(required(KeyAgreement::Dtls).at(4000)), [dtls]);
    // M08: who then answers in the clear is not believed.
    let mut alice = optional(KeyAgreement::Auto, true).at(4000);
    alice.offer(false).unwrap();
    assert!(alice.try_other_keys());
    let offer = alice.offer(false).unwrap();
    let open: String = offer
        .replace("RTP/SAVP", "RTP/AVP")
        .lines()
        .filter(|line| !line.contains("crypto"))
        .fold(String::new(), |text, line| text + line + "\r\n");
    assert_eq!(alice.accept_answer(&open).err(), Some(SdpError::Unprotected));
}
