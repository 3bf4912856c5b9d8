//! Signals and plans for the tests of this folder.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::codec::{Frame, TICK};
use crate::model::MediaDirection;
use crate::sdp::{Codec, Helpers, Negotiated, TelephoneEvent};

/// One tick of a sine, its phase continuous over ticks.
pub fn sine(hz: f32, level: f32, tick: usize) -> Frame {
    std::array::from_fn(|n| {
        let at = (tick * TICK + n) as f64 * f64::from(hz) / 48_000.0;
        level * (at.fract() * std::f64::consts::TAU).sin() as f32
    })
}

/// One tick of something like a voice: harmonics of a gliding pitch.
pub fn voice(tick: usize) -> Frame {
    std::array::from_fn(|n| {
        let t = (tick * TICK + n) as f32 / 48_000.0;
        let phase = std::f32::consts::TAU * (140.0 * t + 4.0 * (t * 5.0).sin());
        (1..12).map(|k| 0.12 / k as f32 * (phase * k as f32 + k as f32).sin()).sum()
    })
}

/// The amplitude of a tone in sound of 48 kHz (Goertzel's filter under a Hann window).
pub fn tone_level(sound: &[f32], hz: f32) -> f32 {
    let step = f64::from(hz) * std::f64::consts::TAU / 48_000.0;
    let (mut re, mut im, mut weight) = (0.0, 0.0, 0.0);
    for (n, sample) in sound.iter().enumerate() {
        let window = 0.5 - 0.5 * (n as f64 / sound.len() as f64 * std::f64::consts::TAU).cos();
        re += f64::from(*sample) * window * (step * n as f64).cos();
        im += f64::from(*sample) * window * (step * n as f64).sin();
        weight += window;
    }
    (2.0 * re.hypot(im) / weight) as f32
}

/// The largest step between neighbours: a click shows here.
pub fn largest_step(sound: &[f32]) -> f32 {
    sound.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
}

/// What both sides agreed on, in a plain call with this codec.
pub fn plan(codec: Codec) -> Negotiated {
    let payload_type = match codec {
        Codec::Opus => 111,
        Codec::G722 => 9,
        Codec::Pcmu => 0,
        Codec::Pcma => 8,
    };
    let events = TelephoneEvent { payload_type: 101, clock_hz: codec.clock_hz() };
    Negotiated {
        remote_rtp: SocketAddr::from((Ipv4Addr::LOCALHOST, 4_000)),
        remote_rtcp: SocketAddr::from((Ipv4Addr::LOCALHOST, 4_001)),
        rtcp_mux: false,
        send: (payload_type, codec),
        receive: vec![(payload_type, codec)],
        events_send: Some(events),
        events_receive: vec![events],
        direction: MediaDirection::SendRecv,
        packet_time: Duration::from_millis(20),
        longest_packet: Duration::from_millis(60),
        ice: None,
        srtp: None,
        dtls: None,
        opus_fec: true,
        opus_max_bitrate: None,
        discontinuous: false,
        helpers: Helpers::default(),
        text: None,
    }
}
