use std::time::Duration;

use rtc_srtp::context::Context;
use rtc_srtp::protection_profile::ProtectionProfile;

use super::*;
use crate::sdp::Mki;

const SUITES: [(CryptoSuite, usize, ProtectionProfile); 6] = [
    (CryptoSuite::AesCm128HmacSha1_80, 30, ProtectionProfile::Aes128CmHmacSha1_80),
    (CryptoSuite::AesCm128HmacSha1_32, 30, ProtectionProfile::Aes128CmHmacSha1_32),
    (CryptoSuite::AesCm256HmacSha1_80, 46, ProtectionProfile::Aes256CmHmacSha1_80),
    (CryptoSuite::AesCm256HmacSha1_32, 46, ProtectionProfile::Aes256CmHmacSha1_32),
    (CryptoSuite::AeadAes128Gcm, 28, ProtectionProfile::AeadAes128Gcm),
    (CryptoSuite::AeadAes256Gcm, 44, ProtectionProfile::AeadAes256Gcm),
];

fn key(length: usize, salt: u8) -> MasterKey {
    MasterKey((0..length as u8).map(|n| n.wrapping_mul(7) ^ salt).collect())
}

/// Both directions under one key, so that one side's packets can be opened by the same side.
fn keys(suite: CryptoSuite, length: usize) -> SrtpKeys {
    SrtpKeys::new(suite, key(length, 1), key(length, 1))
}

fn default_keys() -> SrtpKeys {
    keys(SUITES[0].0, SUITES[0].1)
}

fn packet(ssrc: u32, sequence: u16) -> Vec<u8> {
    Header { padding: false, marker: false, payload_type: 0, sequence, timestamp: 1, ssrc, length: 12 }.write(&[5; 160])
}

fn at(seconds: u64) -> BootTime {
    BootTime::from_duration(Duration::from_secs(seconds))
}

fn open_at(inbound: &mut Inbound, protected: &[u8], now: BootTime) -> Result<Vec<u8>, SrtpError> {
    inbound.rtp(&Header::parse(protected).unwrap(), protected, now)
}

fn open(inbound: &mut Inbound, protected: &[u8]) -> Result<Vec<u8>, SrtpError> {
    open_at(inbound, protected, at(0))
}

const REPORT: [u8; 16] = [0x81, 201, 0, 3, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8];

#[test]
fn every_suite_protects_and_opens_both_kinds() {
    for (suite, length, _) in SUITES {
        let keys = keys(suite, length);
        let (mut out, mut inbound) = (Outbound::new(&keys).unwrap(), Inbound::new(&keys).unwrap());
        for sequence in [65_534, 65_535, 0, 1] {
            let protected = out.rtp(&packet(1, sequence)).unwrap();
            assert_ne!(protected[12..172], [5; 160]);
            assert_eq!(open(&mut inbound, &protected).unwrap(), packet(1, sequence), "{suite:?}");
        }
        let protected = out.rtcp(&REPORT).unwrap();
        assert_ne!(protected[8..16], REPORT[8..]);
        assert_eq!(inbound.rtcp(&protected, at(0)).unwrap(), REPORT);
        assert_eq!(inbound.rtcp(&protected, at(0)), Err(SrtpError::NotAuthentic), "a replayed report");
    }
}

/// A second implementation as judge: what it seals we open, and the other way round, over a rollover.
#[test]
fn every_suite_agrees_with_another_implementation() {
    for (suite, length, profile) in SUITES {
        let keys = keys(suite, length);
        let (secret, salt) = keys.local.0.split_at(profile.key_len());
        let other = || Context::new(secret, salt, profile, None, None, provider().unwrap().crypto()).unwrap();
        let (mut seals, mut opens) = (other(), other());
        let (mut out, mut inbound) = (Outbound::new(&keys).unwrap(), Inbound::new(&keys).unwrap());
        for sequence in (65_000..=65_535).chain(0..100) {
            let plain = packet(9, sequence);
            let ours = out.rtp(&plain).unwrap();
            assert_eq!(seals.encrypt_rtp(&plain).unwrap(), ours, "{suite:?} {sequence}");
            assert_eq!(opens.decrypt_rtp(&ours).unwrap(), plain, "{suite:?} {sequence}");
            assert_eq!(open(&mut inbound, &ours).unwrap(), plain, "{suite:?} {sequence}");
            let ours = out.rtcp(&REPORT).unwrap();
            assert_eq!(seals.encrypt_rtcp(&REPORT).unwrap(), ours, "{suite:?}");
            assert_eq!(opens.decrypt_rtcp(&ours).unwrap(), REPORT[..]);
        }
    }
}

#[test]
fn header_extensions_are_authenticated_whatever_they_claim_inside() {
    for (suite, length, _) in SUITES {
        let keys = keys(suite, length);
        let mut extended = packet(1, 1);
        extended[0] = 0x90;
        // One word of extension whose inner length points far beyond it.
        extended.splice(12..12, [0xbe, 0xde, 0, 1, 0x1f, 0, 0, 0]);
        let protected = Outbound::new(&keys).unwrap().rtp(&extended).unwrap();
        assert_eq!(protected[12..20], extended[12..20], "extensions stay readable");
        assert_eq!(open(&mut Inbound::new(&keys).unwrap(), &protected).unwrap(), extended);
        let mut changed = protected;
        changed[17] ^= 1;
        assert!(open(&mut Inbound::new(&keys).unwrap(), &changed).is_err());
    }
}

#[test]
fn keys_of_the_wrong_length_are_refused() {
    assert_eq!(Outbound::new(&keys(CryptoSuite::AeadAes256Gcm, 30)).err(), Some(SrtpError::Keys));
    assert_eq!(Outbound::new(&keys(CryptoSuite::AesCm128HmacSha1_80, 31)).err(), Some(SrtpError::Keys));
}

#[test]
fn packets_say_which_key_they_were_protected_with() {
    for (suite, length, _) in SUITES {
        let mut ours = keys(suite, length);
        ours.mki.local = vec![0, 0, 0, 7];
        let mut theirs = keys(suite, length);
        theirs.remote = key(length, 9);
        theirs.mki =
            Mki { local: Vec::new(), remote: vec![0, 0, 0, 6], others: vec![(vec![0, 0, 0, 7], key(length, 1))] };
        let (mut out, mut inbound) = (Outbound::new(&ours).unwrap(), Inbound::new(&theirs).unwrap());
        let protected = out.rtp(&packet(1, 1)).unwrap();
        assert_eq!(open(&mut inbound, &protected).unwrap(), packet(1, 1), "{suite:?}");
        assert_eq!(inbound.rtcp(&out.rtcp(&REPORT).unwrap(), at(0)).unwrap(), REPORT);
        // The first of their keys, with the counters of the same source.
        let mut next = keys(suite, length);
        (next.local, next.mki.local) = (key(length, 9), vec![0, 0, 0, 6]);
        let mut out = Outbound::new(&next).unwrap();
        assert_eq!(open(&mut inbound, &out.rtp(&packet(1, 2)).unwrap()).unwrap(), packet(1, 2), "{suite:?}");
        // A key that nobody named, and none at all.
        next.mki.local = vec![0, 0, 0, 8];
        assert!(open(&mut inbound, &Outbound::new(&next).unwrap().rtp(&packet(1, 3)).unwrap()).is_err());
        next.mki.local = Vec::new();
        assert!(open(&mut inbound, &Outbound::new(&next).unwrap().rtp(&packet(1, 3)).unwrap()).is_err());
    }
}

#[test]
fn m05_replayed_packets_are_dropped_also_after_the_sequence_wraps() {
    let keys = default_keys();
    let (mut out, mut inbound) = (Outbound::new(&keys).unwrap(), Inbound::new(&keys).unwrap());
    let first = out.rtp(&packet(1, 100)).unwrap();
    open(&mut inbound, &first).unwrap();
    assert_eq!(open(&mut inbound, &first), Err(SrtpError::NotAuthentic));
    for sequence in (101..=65_535).chain(0..200) {
        let protected = out.rtp(&packet(1, sequence)).unwrap();
        assert!(open(&mut inbound, &protected).is_ok(), "{sequence}");
    }
    assert_eq!(open(&mut inbound, &first), Err(SrtpError::NotAuthentic), "from before the wrap");
    assert_eq!(open_at(&mut inbound, &first, at(3_600)), Err(SrtpError::NotAuthentic), "nor after a long silence");
}

#[test]
fn m05_no_source_begins_again_under_a_key_that_it_used() {
    let mut out = Outbound::new(&default_keys()).unwrap();
    out.rtp(&packet(1, 100)).unwrap();
    assert!(out.rtp(&packet(1, 100)).is_err(), "the same index twice");
    assert!(out.rtp(&packet(1, 99)).is_err(), "an index before");
    out.rtp(&packet(2, 5)).unwrap();
    assert!(out.rtp(&packet(1, 101)).is_err(), "the first source again");
    assert!(out.rtp(&packet(2, 6)).is_ok());
}

#[test]
fn m05_a_key_is_renewed_before_its_lifetime_ends() {
    let mut keys = default_keys();
    keys.lifetime = 1_600;
    let (mut out, mut inbound) = (Outbound::new(&keys).unwrap(), Inbound::new(&keys).unwrap());
    for sequence in 0..1_499 {
        open(&mut inbound, &out.rtp(&packet(1, sequence)).unwrap()).unwrap();
    }
    assert!(!out.is_nearly_used_up() && !inbound.is_nearly_used_up());
    open(&mut inbound, &out.rtp(&packet(1, 1_499)).unwrap()).unwrap();
    assert!(out.is_nearly_used_up() && inbound.is_nearly_used_up());
}

#[test]
fn after_new_keys_a_source_may_count_on_or_begin_at_zero_and_packets_under_way_are_heard() {
    for goes_on in [true, false] {
        let old = default_keys();
        let mut new = default_keys();
        (new.local, new.remote) = (key(30, 77), key(30, 77));
        let (mut out, mut inbound) = (Outbound::new(&old).unwrap(), Inbound::new(&old).unwrap());
        for sequence in (60_000..=65_535).chain(0..1_000) {
            open(&mut inbound, &out.rtp(&packet(1, sequence)).unwrap()).unwrap();
        }
        let under_way = out.rtp(&packet(1, 1_000)).unwrap();
        let mut inbound = Inbound::new(&new).unwrap().after(inbound, at(10));
        let mut next = Transform::new(new.suite, &new.local, provider().unwrap().crypto()).unwrap();
        let rollovers = u64::from(goes_on) << 16;
        let seal = |transform: &mut Transform, sequence: u16| {
            transform.seal(&packet(1, sequence), 12, 1, rollovers | u64::from(sequence)).unwrap()
        };
        assert!(open_at(&mut inbound, &seal(&mut next, 1_001), at(10)).is_ok(), "{goes_on}");
        assert!(open_at(&mut inbound, &under_way, at(11)).is_ok(), "protected before the change");
        assert!(open_at(&mut inbound, &under_way, at(11)).is_err(), "but only once");
        let late = out.rtp(&packet(1, 1_003)).unwrap();
        assert!(open_at(&mut inbound, &late, at(14)).is_err(), "old keys end");
        assert!(open_at(&mut inbound, &seal(&mut next, 1_002), at(14)).is_ok());
    }
}

#[test]
fn a_source_that_counted_on_unheard_is_found_again() {
    let keys = default_keys();
    for (rounds, silence) in [(0_u64, 100), (1, 11 * 60), (2, 2_700), (5, 7_200)] {
        let mut inbound = Inbound::new(&keys).unwrap();
        let mut sender = Transform::new(keys.suite, &keys.local, provider().unwrap().crypto()).unwrap();
        let mut seal = |index: u64| sender.seal(&packet(1, index as u16), 12, 1, index).unwrap();
        open_at(&mut inbound, &seal(5_000), at(1)).unwrap();
        // More than half a round further on, so that the nearest index is the wrong one.
        let index = (rounds << 16) + 45_000;
        let resumed = seal(index);
        assert!(rounds == 0 || open_at(&mut inbound, &resumed, at(30)).is_err(), "not guessed at once");
        assert!(open_at(&mut inbound, &resumed, at(1 + silence)).is_ok(), "{rounds}");
        assert!(open_at(&mut inbound, &seal(index + 1), at(1 + silence)).is_ok());
        assert!(open_at(&mut inbound, &seal(5_001), at(1 + 2 * silence)).is_err(), "never backwards");
    }
}

#[test]
fn m04_forged_packets_change_nothing() {
    let keys = default_keys();
    let (mut out, mut inbound) = (Outbound::new(&keys).unwrap(), Inbound::new(&keys).unwrap());
    open(&mut inbound, &out.rtp(&packet(1, 1)).unwrap()).unwrap();
    for n in 0..10_000_u32 {
        let mut forged = packet(if n % 2 == 0 { 1 } else { n }, n as u16);
        forged.extend_from_slice(&[0; 10]);
        assert!(open(&mut inbound, &forged).is_err());
    }
    assert_eq!(inbound.streams.len(), 1);
    assert!(open(&mut inbound, &out.rtp(&packet(1, 2)).unwrap()).is_ok(), "the call goes on");
}

#[test]
fn m04_a_report_that_says_it_is_not_encrypted_is_forged() {
    for (suite, length, _) in SUITES {
        let keys = keys(suite, length);
        let mut inbound = Inbound::new(&keys).unwrap();
        // In the clear, with an index and with as many bytes behind it as a tag has.
        for behind in [0, 4, 10, 16, 20] {
            let mut forged = REPORT.to_vec();
            forged.extend_from_slice(&[0, 0, 0, 9]);
            forged.resize(forged.len() + behind, 0);
            assert!(inbound.rtcp(&forged, at(0)).is_err(), "{suite:?} {behind}");
        }
        assert!(inbound.streams.is_empty());
    }
}

#[test]
fn m11_authentic_sources_are_bounded_too() {
    let keys = keys(SUITES[4].0, SUITES[4].1);
    let mut inbound = Inbound::new(&keys).unwrap();
    let mut sender = Transform::new(keys.suite, &keys.local, provider().unwrap().crypto()).unwrap();
    let mut seal = |ssrc| sender.seal(&packet(ssrc, 1), 12, ssrc, 1).unwrap();
    let first = seal(1);
    open(&mut inbound, &first).unwrap();
    let mut opened = 0;
    for ssrc in 2..=10_000 {
        opened += usize::from(open(&mut inbound, &seal(ssrc)).is_ok());
        assert!(inbound.streams.len() <= MOST_SOURCES);
    }
    assert!((MOST_SOURCES..=MOST_SOURCES + MOST_RETIRED).contains(&opened));
    assert_eq!(open(&mut inbound, &first), Err(SrtpError::NotAuthentic), "a forgotten source is not replayed");
}
