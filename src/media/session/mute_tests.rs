//! Mute: what leaves is, to the last bit, what would leave if there were silence at the microphone.

use std::sync::Arc;

use super::super::testing::{plan, voice};
use super::*;
use crate::sdp::{CryptoSuite, MasterKey, SrtpKeys};

const SILENCE_FRAME: Frame = [0.0; 480];

fn at(tick: u64) -> Now {
    Now { boot: BootTime::from_duration(Duration::from_millis(1_000_000 + tick * 10)), wall: WallTime::from_unix_ms(0) }
}

/// The packets of two seconds: in the first the microphone gives silence, in the second what `microphone` says.
fn packets(codec: Codec, protected: bool, muted: bool, microphone: impl Fn(usize) -> Frame) -> Vec<Vec<u8>> {
    let mut plan = plan(codec);
    if protected {
        let key = |salt: u8| MasterKey((0..30).map(|n| n ^ salt).collect());
        plan.srtp = Some(SrtpKeys::new(CryptoSuite::AesCm128HmacSha1_80, key(1), key(2)));
    }
    let mut session = Session::new(Arc::new(plan), [7; 32], at(0)).unwrap();
    let mut sent = Vec::new();
    for tick in 0..200 {
        let frame = if tick < 100 { SILENCE_FRAME } else { microphone(tick) };
        if tick == 100 {
            session.set_muted(muted);
        }
        session.handle_tick(&frame, &mut [0.0; 480], at(tick as u64));
        while let Some(output) = session.poll_output() {
            if let Output::Transmit { packet, .. } = output {
                sent.push(packet);
            }
        }
    }
    sent
}

#[test]
fn mute_is_mute_to_the_last_bit_whatever_the_microphone_hears() {
    for codec in [Codec::Opus, Codec::G722, Codec::Pcmu, Codec::Pcma] {
        for protected in [false, true] {
            let silent = packets(codec, protected, false, |_| SILENCE_FRAME);
            let muted = packets(codec, protected, true, voice);
            assert!(muted == silent, "{codec:?}, protected {protected}: something of the voice is on the wire");
            // The same voice without mute is there, or this test shows nothing.
            assert!(packets(codec, protected, false, voice) != silent, "{codec:?}");
        }
    }
}

#[test]
fn muted_g711_is_the_code_of_zero_in_every_byte() {
    for (codec, zero) in [(Codec::Pcmu, 0xff), (Codec::Pcma, 0xd5)] {
        let sent = packets(codec, false, true, voice);
        let sound = sent.iter().filter(|packet| packet.len() == 12 + 160).skip(52);
        let mut bytes = 0;
        for packet in sound {
            assert!(packet[12..].iter().all(|byte| *byte == zero), "{codec:?}: {:02x?}", &packet[12..]);
            bytes += packet.len() - 12;
        }
        assert!(bytes > 6_000, "{codec:?}: {bytes}");
    }
}
