//! What the cleaning of the microphone's sound costs the processor, part by part: frames of 10 ms without waiting.
//! `cargo bench --bench processing_cost`

use std::io::Write;
use std::time::{Duration, Instant};

use tandem::audio::{Frame, Processor};
use tandem::model::Processing;

const SECONDS: usize = 30;

/// Something like a voice, at a pitch.
fn voice(tick: usize, pitch: f32) -> Frame {
    std::array::from_fn(|n| {
        let t = (tick * 480 + n) as f32 / 48_000.0;
        let phase = std::f32::consts::TAU * (pitch * (t % 10.0) + 4.0 * (t * 5.0).sin());
        (1..8).map(|k| 0.1 / k as f32 * (phase * k as f32).sin()).sum()
    })
}

fn main() {
    let mut out = std::io::stdout();
    let far: Vec<Frame> = (0..1_000).map(|tick| voice(tick, 140.0)).collect();
    // The echo of the far voice, and the near one.
    let near: Vec<Frame> = (0..1_000_usize)
        .map(|tick| {
            let (echo, own) = (voice(tick.saturating_sub(4), 140.0), voice(tick, 210.0));
            std::array::from_fn(|n| 0.3 * echo[n] + 0.5 * own[n])
        })
        .collect();
    let none = Processing { echo_cancellation: false, noise_suppression: false, gain_control: false };
    for (name, wanted) in [
        ("echo cancellation", Processing { echo_cancellation: true, ..none }),
        ("noise suppression", Processing { noise_suppression: true, ..none }),
        ("gain control", Processing { gain_control: true, ..none }),
        ("all of them", Processing::default()),
    ] {
        let mut processor = Processor::new(wanted);
        let (started, mut longest) = (Instant::now(), Duration::ZERO);
        for tick in 0..SECONDS * 100 {
            let begun = Instant::now();
            processor.observe_played(&far[tick % far.len()]);
            let mut frame = near[tick % near.len()];
            processor.process(&mut frame, 40);
            std::hint::black_box(&frame);
            longest = longest.max(begun.elapsed());
        }
        let percent = started.elapsed().as_secs_f64() / SECONDS as f64 * 100.0;
        let _ = writeln!(out, "{name:18} {percent:5.2} % of a core, the longest frame {longest:.1?}");
    }
}
