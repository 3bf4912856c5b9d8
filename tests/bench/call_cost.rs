//! What one call costs the processor, per codec: two sessions in virtual time, so that only the work counts.
//! What is lost costs as well: holes are guessed, in packets of 10 ms of Opus by a neural network, except with many calls at
//! once. `cargo bench --bench call_cost`

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tandem::media::session::{Output, Session};
use tandem::model::{BootTime, MediaDirection, Now};
use tandem::sdp::{Codec, CryptoSuite, Helpers, MasterKey, Negotiated, SrtpKeys};

const SECONDS: u32 = 60;

fn plan(codec: Codec, packet_ms: u64, own: u8, other: u8) -> Arc<Negotiated> {
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
        packet_time: Duration::from_millis(packet_ms),
        longest_packet: Duration::from_millis(60),
        ice: None,
        srtp: Some(SrtpKeys::new(CryptoSuite::AesCm128HmacSha1_80, key(own), key(other))),
        dtls: None,
        opus_fec: true,
        opus_max_bitrate: None,
        discontinuous: false,
        helpers: Helpers::default(),
        text: None,
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

/// Percent of a core that one call takes both ways, and how it scores itself.
fn cost(sound: &[[f32; 480]], codec: Codec, packet_ms: u64, loss: f64, many: bool) -> (f64, f64) {
    let mut now = Now { boot: BootTime::from_duration(Duration::from_secs(100)), ..Now::default() };
    let mut sides: Vec<Session> = [(1, 2), (2, 1)]
        .map(|(own, other)| {
            let mut session =
                Session::new(plan(codec, packet_ms, own, other), [own; 32], now).expect("a plan that works");
            session.set_thrifty(many);
            session
        })
        .into();
    let mut random = StdRng::seed_from_u64(1);
    let started = Instant::now();
    for tick in 0..SECONDS as usize * 100 {
        for side in 0..2 {
            let mut heard = [0.0; 480];
            sides[side].handle_tick(&sound[tick % sound.len()], &mut heard, now);
            let from = SocketAddr::from((Ipv4Addr::new(192, 0, 2, side as u8 + 1), 4_000));
            while let Some(output) = sides[side].poll_output() {
                if let Output::Transmit { channel, packet, .. } = output
                    && random.random::<f64>() * 100.0 >= loss
                {
                    sides[1 - side].handle_packet(channel, from, &packet, now);
                }
            }
        }
        now = now.after(Duration::from_millis(10));
    }
    let spent = started.elapsed().as_secs_f64() / 2.0;
    (spent / f64::from(SECONDS) * 100.0, sides[0].stats(0, now).mos)
}

fn main() {
    let mut out = std::io::stdout();
    let sound: Vec<[f32; 480]> = (0..1_000).map(voice).collect();
    let lossless = [Codec::Opus, Codec::G722, Codec::Pcmu].map(|codec| (codec, 20, 0.0, false));
    let lossy = [Codec::G722, Codec::Pcmu].map(|codec| (codec, 20, 10.0, false));
    let opus =
        [(20, 10.0, false), (10, 0.0, false), (10, 10.0, false), (10, 10.0, true), (10, 30.0, false), (10, 30.0, true)]
            .map(|(packet_ms, loss, many)| (Codec::Opus, packet_ms, loss, many));
    for (codec, packet_ms, loss, many) in lossless.into_iter().chain(lossy).chain(opus) {
        let (percent, mos) = cost(&sound, codec, packet_ms, loss, many);
        let crowd = if many { ", as one of many" } else { "" };
        let _ = writeln!(
            out,
            "{:5} {packet_ms} ms, {loss:2} % lost{crowd}: {percent:.2} % of a core per call over SRTP, MOS {mos:.2}",
            codec.name()
        );
    }
}
