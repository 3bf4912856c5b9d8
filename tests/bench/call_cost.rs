//! What one call costs the processor, per codec: two sessions in virtual time, so that only the work counts.
//! `cargo bench --bench call_cost`

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tandem::media::session::{Output, Session};
use tandem::model::{BootTime, MediaDirection, Now};
use tandem::sdp::{Codec, CryptoSuite, Helpers, MasterKey, Negotiated, SrtpKeys};

const SECONDS: u32 = 60;

fn plan(codec: Codec, own: u8, other: u8) -> Arc<Negotiated> {
    let key = |salt: u8| MasterKey((0..30).map(|n| n ^ salt).collect());
    let remote = SocketAddr::from((Ipv4Addr::new(192, 0, 2, other), 4_000));
    Arc::new(Negotiated {
        remote_rtp: remote,
        remote_rtcp: remote,
        rtcp_mux: true,
        send: (96, codec),
        receive: vec![(96, codec)],
        events_send: None,
        events_receive: Vec::new(),
        direction: MediaDirection::SendRecv,
        packet_time: Duration::from_millis(20),
        longest_packet: Duration::from_millis(60),
        ice: None,
        srtp: Some(SrtpKeys::new(CryptoSuite::AesCm128HmacSha1_80, key(own), key(other))),
        dtls: None,
        opus_fec: true,
        opus_max_bitrate: None,
        discontinuous: false,
        helpers: Helpers::default(),
    })
}

/// Something like a voice.
fn voice(tick: u32) -> [f32; 480] {
    std::array::from_fn(|n| {
        let t = (tick as usize * 480 + n) as f32 / 48_000.0;
        let phase = std::f32::consts::TAU * (140.0 * (t % 10.0) + 4.0 * (t * 5.0).sin());
        (1..8).map(|k| 0.12 / k as f32 * (phase * k as f32).sin()).sum()
    })
}

fn main() {
    let mut out = std::io::stdout();
    let sound: Vec<[f32; 480]> = (0..1_000).map(voice).collect();
    for codec in [Codec::Opus, Codec::G722, Codec::Pcmu] {
        let mut now = Now { boot: BootTime::from_duration(Duration::from_secs(100)), ..Now::default() };
        let mut sides: Vec<Session> = [(1, 2), (2, 1)]
            .map(|(own, other)| Session::new(plan(codec, own, other), [own; 32], now).expect("a plan that works"))
            .into();
        let started = Instant::now();
        for tick in 0..SECONDS as usize * 100 {
            for side in 0..2 {
                let mut heard = [0.0; 480];
                sides[side].handle_tick(&sound[tick % sound.len()], &mut heard, now);
                let from = SocketAddr::from((Ipv4Addr::new(192, 0, 2, side as u8 + 1), 4_000));
                while let Some(output) = sides[side].poll_output() {
                    if let Output::Transmit { channel, packet, .. } = output {
                        sides[1 - side].handle_packet(channel, from, &packet, now);
                    }
                }
            }
            now = now.after(Duration::from_millis(10));
        }
        let spent = started.elapsed().as_secs_f64() / 2.0;
        let percent = spent / f64::from(SECONDS) * 100.0;
        let stats = sides[0].stats(0, now);
        let _ = writeln!(out, "{:5} {percent:.2} % of a core per call over SRTP, MOS {:.2}", codec.name(), stats.mos);
    }
}
