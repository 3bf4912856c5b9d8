//! SRTP against libsrtp, which most other phones protect their sound with: every suite, both directions, key identifiers, the
//! rollover of sequence numbers, replays, and a change of keys (RFC 3711, RFC 6188, RFC 7714, RFC 4568).

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use serde_json::{Value, json};
use tandem::media::rtp::Header;
use tandem::media::srtp::{Inbound, Outbound};
use tandem::model::BootTime;
use tandem::sdp::{CryptoSuite, MasterKey, Mki, SrtpKeys};

use crate::real::process::{command, program};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/real/libsrtp.py");

const SUITES: [CryptoSuite; 6] = [
    CryptoSuite::AesCm128HmacSha1_80,
    CryptoSuite::AesCm128HmacSha1_32,
    CryptoSuite::AesCm256HmacSha1_80,
    CryptoSuite::AesCm256HmacSha1_32,
    CryptoSuite::AeadAes128Gcm,
    CryptoSuite::AeadAes256Gcm,
];

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
}

/// What libsrtp makes of these packets with these keys (each with its identifier, or an empty one).
#[track_caller]
fn libsrtp(
    suite: CryptoSuite,
    keys: &[(&MasterKey, &[u8])],
    operations: &[(&str, &[u8], u32)],
) -> Vec<Option<Vec<u8>>> {
    let keys: Vec<Value> = keys.iter().map(|(key, mki)| json!([hex(&key.0), hex(mki)])).collect();
    let operations: Vec<Value> = operations.iter().map(|(name, data, key)| json!([name, hex(data), key])).collect();
    let mut start = command(&program("python3"));
    // Without the settings of whoever runs the tests: the library is the system's.
    start.arg("-E").arg(SCRIPT).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = start.spawn().unwrap();
    let order = json!({ "suite": suite.name(), "keys": keys, "ops": operations });
    writeln!(child.stdin.take().unwrap(), "{order}").unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    child.wait().unwrap();
    let answers: Vec<Option<String>> = serde_json::from_str(&line).expect("an answer of libsrtp");
    answers.into_iter().map(|answer| answer.map(|text| bytes(&text))).collect()
}

fn key(suite: CryptoSuite, seed: u8) -> MasterKey {
    MasterKey((0..suite.inline_len()).map(|at| (at as u8).wrapping_mul(31) ^ seed).collect())
}

fn keys(suite: CryptoSuite, mki: &[u8]) -> SrtpKeys {
    let (local, remote) = (key(suite, 1), key(suite, 2));
    let mki = Mki { local: mki.to_vec(), remote: mki.to_vec(), others: Vec::new() };
    SrtpKeys { mki, ..SrtpKeys::new(suite, local, remote) }
}

fn packet(ssrc: u32, sequence: u16) -> Vec<u8> {
    let mut packet = vec![0x80, 8];
    packet.extend_from_slice(&sequence.to_be_bytes());
    packet.extend_from_slice(&(u32::from(sequence) * 160).to_be_bytes());
    packet.extend_from_slice(&ssrc.to_be_bytes());
    packet.extend((0..160).map(|at| (at as u8) ^ (sequence as u8)));
    packet
}

/// A receiver report without a block (RFC 3550 section 6.4.2).
fn report(ssrc: u32) -> Vec<u8> {
    [&[0x80, 201, 0, 1][..], &ssrc.to_be_bytes()].concat()
}

/// Across the rollover, with two that come late, one that comes twice and one that was changed on the way.
fn sequences() -> Vec<u16> {
    (65_520..=65_535).chain(0..20).collect()
}

fn open(inbound: &mut Inbound, packet: &[u8]) -> Option<Vec<u8>> {
    inbound.rtp(&Header::parse(packet).unwrap(), packet, BootTime::default()).ok()
}

#[test]
fn libsrtp_reads_what_we_send_in_every_suite_with_and_without_key_identifiers() {
    for suite in SUITES {
        for mki in [&[][..], &[7], &[0, 0, 1, 2]] {
            let keys = keys(suite, mki);
            let mut outbound = Outbound::new(&keys).unwrap();
            let plain: Vec<Vec<u8>> = sequences().into_iter().map(|sequence| packet(5, sequence)).collect();
            let mut sealed: Vec<Vec<u8>> = plain.iter().map(|packet| outbound.rtp(packet).unwrap()).collect();
            let reports: Vec<Vec<u8>> = (0..3).map(|_| outbound.rtcp(&report(5)).unwrap()).collect();
            sealed.swap(15, 17);
            let mut forged = sealed[20].clone();
            forged[40] ^= 1;
            let mut operations: Vec<(&str, &[u8], u32)> =
                sealed.iter().map(|packet| ("unprotect", packet.as_slice(), 0)).collect();
            operations.push(("unprotect", &sealed[3], 0));
            operations.push(("unprotect", &forged, 0));
            operations.extend(reports.iter().map(|report| ("unprotect_rtcp", report.as_slice(), 0)));
            let mut heard = libsrtp(suite, &[(&keys.local, mki)], &operations).into_iter();
            let mut expected = plain.clone();
            expected.swap(15, 17);
            for expected in expected {
                assert_eq!(heard.next().unwrap(), Some(expected), "{suite:?} {mki:?}");
            }
            assert_eq!((heard.next().unwrap(), heard.next().unwrap()), (None, None), "a replay and a forgery");
            // RFC 3711 section 5.2: a report has a tag of 80 bits whatever the sound's. libsrtp 2.5 looks for its identifier as
            // if the tag were the sound's.
            let short = matches!(suite, CryptoSuite::AesCm128HmacSha1_32 | CryptoSuite::AesCm256HmacSha1_32);
            let looks_elsewhere = short && !mki.is_empty();
            assert!(looks_elsewhere || heard.all(|plain| plain == Some(report(5))), "{suite:?} {mki:?}: reports");
        }
    }
}

#[test]
fn we_read_what_libsrtp_sends_in_every_suite_with_and_without_key_identifiers() {
    for suite in SUITES {
        for mki in [&[][..], &[7], &[0, 0, 1, 2]] {
            let keys = keys(suite, mki);
            let plain: Vec<Vec<u8>> = sequences().into_iter().map(|sequence| packet(6, sequence)).collect();
            let report = report(6);
            let mut operations: Vec<(&str, &[u8], u32)> =
                plain.iter().map(|packet| ("protect", packet.as_slice(), 0)).collect();
            operations.push(("protect_rtcp", &report, 0));
            let mut sealed: Vec<Vec<u8>> =
                libsrtp(suite, &[(&keys.remote, mki)], &operations).into_iter().map(Option::unwrap).collect();
            let sent = sealed.pop().unwrap();
            let mut inbound = Inbound::new(&keys).unwrap();
            sealed.swap(15, 17);
            let mut expected = plain.clone();
            expected.swap(15, 17);
            for (sealed, plain) in sealed.iter().zip(expected) {
                assert_eq!(open(&mut inbound, sealed), Some(plain), "{suite:?} {mki:?}");
            }
            assert_eq!(open(&mut inbound, &sealed[30]), None, "a replay");
            assert_eq!(inbound.rtcp(&sent, BootTime::default()).ok(), Some(report), "{suite:?} {mki:?}");
        }
    }
}

#[test]
fn both_change_to_another_of_several_keys_by_its_identifier() {
    for suite in SUITES {
        let (first, second) = (key(suite, 2), key(suite, 3));
        let mut keys = keys(suite, &[0, 1]);
        keys.mki.others = vec![(vec![0, 2], second.clone())];
        let plain: Vec<Vec<u8>> = (0..20).map(|sequence| packet(7, sequence)).collect();
        let operations: Vec<(&str, &[u8], u32)> =
            (0..).zip(&plain).map(|(at, packet)| ("protect", packet.as_slice(), u32::from(at >= 10))).collect();
        let sealed = libsrtp(suite, &[(&first, &[0, 1]), (&second, &[0, 2])], &operations);
        let mut inbound = Inbound::new(&keys).unwrap();
        for (sealed, plain) in sealed.into_iter().zip(plain) {
            assert_eq!(open(&mut inbound, &sealed.unwrap()), Some(plain), "{suite:?}");
        }
    }
}

#[test]
fn new_keys_in_the_middle_of_a_call_are_followed_both_ways_after_the_first_round_of_numbers_too() {
    for suite in SUITES {
        let before = keys(suite, &[]);
        let after = SrtpKeys::new(suite, key(suite, 11), key(suite, 12));
        // We send: with the new key comes a new source, which begins at zero for everybody.
        let (mut old, mut new) = (Outbound::new(&before).unwrap(), Outbound::new(&after).unwrap());
        let plain: Vec<Vec<u8>> = sequences().into_iter().map(|sequence| packet(5, sequence)).collect();
        let sealed: Vec<Vec<u8>> = plain.iter().map(|packet| old.rtp(packet).unwrap()).collect();
        let next: Vec<Vec<u8>> = (0..10).map(|sequence| packet(55, sequence)).collect();
        let resealed: Vec<Vec<u8>> = next.iter().map(|packet| new.rtp(packet).unwrap()).collect();
        let mut operations: Vec<(&str, &[u8], u32)> =
            sealed.iter().map(|packet| ("unprotect", packet.as_slice(), 0)).collect();
        operations.push(("rekey", &after.local.0, 0));
        operations.extend(resealed.iter().map(|packet| ("unprotect", packet.as_slice(), 0)));
        let heard = libsrtp(suite, &[(&before.local, &[])], &operations);
        let expected: Vec<_> = plain.iter().chain(&next).cloned().map(Some).collect();
        assert_eq!(heard, expected, "{suite:?}");
        // libsrtp sends: it goes on with source, numbers and rollover counter (RFC 3711 section 3.3.1).
        let more: Vec<Vec<u8>> = (20..40).map(|sequence| packet(5, sequence)).collect();
        let mut operations: Vec<(&str, &[u8], u32)> =
            plain.iter().map(|packet| ("protect", packet.as_slice(), 0)).collect();
        operations.push(("rekey", &after.remote.0, 0));
        operations.extend(more.iter().map(|packet| ("protect", packet.as_slice(), 0)));
        let sealed: Vec<Vec<u8>> =
            libsrtp(suite, &[(&before.remote, &[])], &operations).into_iter().map(Option::unwrap).collect();
        let mut inbound = Inbound::new(&before).unwrap();
        let (first, second) = sealed.split_at(plain.len());
        assert!(first.iter().zip(&plain).all(|(sealed, plain)| open(&mut inbound, sealed).as_ref() == Some(plain)));
        let mut inbound = Inbound::new(&after).unwrap().after(inbound, BootTime::default());
        for (sealed, plain) in second.iter().zip(&more) {
            assert_eq!(open(&mut inbound, sealed).as_ref(), Some(plain), "{suite:?}");
        }
    }
}
