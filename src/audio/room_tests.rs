//! Echo, double talk and levels in synthetic rooms: sparse reflections that die away as in a room, at several delays,
//! levels and clocks. `cargo test --features gui-test --lib audio::process::rooms -- --ignored --nocapture` prints the
//! figures.

use super::Processor;
use crate::audio::frame::{FRAME_SAMPLES, Frame, SILENCE};
use crate::model::Processing;

const RATE: usize = 48_000;
const OFF: Processing = Processing { echo_cancellation: false, noise_suppression: false, gain_control: false };
const ECHO: Processing = Processing { echo_cancellation: true, ..OFF };

/// Chance from a seed, -1 to 1.
struct Chance(u32);

impl Chance {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / 8_388_608.0 - 1.0
    }
}

/// A voice: coloured noise in words of changing length and pauses between them, from a seed.
fn voice(seconds: usize, seed: u32, level: f32) -> Vec<f32> {
    let mut chance = Chance(seed);
    let (mut low, mut shape, mut left, mut speaks) = (0.0_f32, 0.0_f32, 0_usize, false);
    (0..seconds * RATE)
        .map(|n| {
            if left == 0 {
                speaks = !speaks;
                let range = if speaks { 0.5 } else { 0.15 };
                left = ((0.1 + range * (chance.next() + 1.0)) * RATE as f32) as usize;
            }
            left -= 1;
            shape += (f32::from(u8::from(speaks)) - shape) * 0.002;
            low += 0.35 * (chance.next() - low);
            let hum = (n as f32 * std::f32::consts::TAU * 150.0 / RATE as f32).sin() * 0.3;
            level * shape * (low + hum)
        })
        .collect()
}

/// A room between loudspeaker and microphone.
#[derive(Clone, Copy, Debug)]
struct Room {
    /// From the loudspeaker's side to the microphone's, devices and air, milliseconds.
    delay_ms: usize,
    /// Time until reflections have fallen by 60 dB, milliseconds.
    decay_ms: usize,
    /// The loudness of the echo against what is played.
    gain: f32,
    /// How much faster the microphone's clock runs than the loudspeaker's, parts in a million.
    ppm: f64,
}

const DESK: Room = Room { delay_ms: 60, decay_ms: 200, gain: 0.4, ppm: 0.0 };

impl Room {
    fn echo(&self, played: &[f32]) -> Vec<f32> {
        let mut chance = Chance(77);
        let length = self.decay_ms * RATE / 1_000;
        let reflections: Vec<(usize, f32)> = std::iter::once((0, 1.0))
            .chain((1..40).map(|n| {
                let late = n * length / 40 + ((chance.next() + 1.0) * 200.0) as usize;
                (late, 0.5 * chance.next() * 10.0_f32.powf(-3.0 * late as f32 / length as f32))
            }))
            .collect();
        let mut wet = vec![0.0_f32; played.len()];
        for (late, gain) in reflections {
            let late = late + self.delay_ms * RATE / 1_000;
            for (to, from) in wet.iter_mut().skip(late).zip(played) {
                *to += self.gain * gain * from;
            }
        }
        if self.ppm == 0.0 {
            return wet;
        }
        // The microphone's clock: samples are taken at other moments.
        (0..wet.len())
            .map(|n| {
                let at = n as f64 * (1.0 + self.ppm * 1e-6);
                let (whole, part) = (at as usize, at.fract() as f32);
                let sample = |n: usize| wet.get(n).copied().unwrap_or_default();
                sample(whole) * (1.0 - part) + sample(whole + 1) * part
            })
            .collect()
    }
}

fn frame_of(samples: &[f32]) -> Frame {
    let mut frame = SILENCE;
    frame.copy_from_slice(samples);
    frame
}

/// What comes out; the delay that is told to the processor is always 0: it has to find the real one.
fn cleaned(wanted: Processing, played: &[f32], microphone: &[f32]) -> Vec<f32> {
    let mut processor = Processor::new(wanted);
    let mut out = Vec::with_capacity(microphone.len());
    for (played, heard) in played.chunks_exact(FRAME_SAMPLES).zip(microphone.chunks_exact(FRAME_SAMPLES)) {
        processor.observe_played(&frame_of(played));
        let mut frame = frame_of(heard);
        processor.process(&mut frame, 0);
        out.extend_from_slice(&frame);
    }
    out
}

fn decibels(samples: &[f32]) -> f32 {
    let power = samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len().max(1) as f32;
    10.0 * power.max(1e-10).log10()
}

/// The fall of the echo in decibels in the last four seconds, and the first second in which it fell by 20.
fn reduction(room: Room) -> (f32, usize) {
    let played = voice(12, 5, 0.4);
    let heard = room.echo(&played);
    let out = cleaned(ECHO, &played, &heard);
    let of = |range: std::ops::Range<usize>| decibels(&heard[range.clone()]) - decibels(&out[range]);
    let second = |n: usize| of(n * RATE..(n + 1) * RATE);
    let found = (0..12).find(|n| second(*n) >= 20.0).unwrap_or(12);
    (of(8 * RATE..12 * RATE), found)
}

/// How much of the near voice is left while both speak, decibels.
fn double_talk(room: Room) -> f32 {
    let played = voice(14, 5, 0.4);
    let near = voice(14, 99, 0.3);
    let mut heard = room.echo(&played);
    for (to, own) in heard.iter_mut().zip(&near).skip(6 * RATE) {
        *to += own;
    }
    let out = cleaned(ECHO, &played, &heard);
    let both = 7 * RATE..14 * RATE;
    decibels(&out[both.clone()]) - decibels(&near[both])
}

const ROOMS: [Room; 8] = [
    Room { delay_ms: 20, ..DESK },
    DESK,
    Room { delay_ms: 120, ..DESK },
    Room { delay_ms: 180, ..DESK },
    Room { delay_ms: 250, ..DESK },
    Room { decay_ms: 400, ..DESK },
    Room { gain: 1.0, ..DESK },
    Room { ppm: 100.0, ..DESK },
];

#[test]
#[ignore = "prints figures"]
fn figures_of_rooms() {
    for room in ROOMS {
        let (fall, found) = reduction(room);
        eprintln!("{room:?}: {fall:.1} dB, 20 dB in second {found}, near voice {:+.1} dB", double_talk(room));
    }
    let (words, floor, most) = levels(0.02);
    eprintln!("quiet voice: words {words:+.1} dB, floor {floor:+.1} dB, steps up to {most:.1} dB");
    let (words, floor, most) = levels(0.3);
    eprintln!("ordinary voice: words {words:+.1} dB, floor {floor:+.1} dB, steps up to {most:.1} dB");
}

/// Complaint: echo (linphone-desktop 433, 254; dino 1559).
#[test]
fn the_other_side_does_not_hear_its_echo_whatever_the_room_and_the_delay() {
    for room in ROOMS {
        let (fall, found) = reduction(room);
        assert!(fall >= 25.0, "{room:?}: {fall} dB");
        assert!(found <= 3, "{room:?}: found in second {found}");
    }
}

#[test]
fn who_speaks_at_the_same_time_is_still_heard_in_every_room() {
    for room in [DESK, Room { delay_ms: 180, ..DESK }, Room { decay_ms: 400, ..DESK }] {
        let kept = double_talk(room);
        assert!((-12.0..3.0).contains(&kept), "{room:?}: {kept} dB of the near voice");
    }
}

/// At the edges of a pause a processor that delays still plays the end of a word: this much of a second is no floor.
const EDGE: usize = RATE / 5;

/// Words with pauses over a steady floor: three seconds of words, one of nothing but the floor.
fn words_with_pauses(level: f32) -> Vec<f32> {
    let mut chance = Chance(3);
    let words = voice(SECONDS, 11, level);
    words
        .iter()
        .enumerate()
        .map(|(n, word)| if n / RATE % 4 == 3 { 0.0 } else { *word } + 0.002 * chance.next())
        .collect()
}

const SECONDS: usize = 30;

/// How much words and floor are raised in the last ten seconds, and the largest step of the gain from one second of words to the
/// next.
fn measured(heard: &[f32], out: &[f32]) -> (f32, f32, f32) {
    let gain = |second: usize, pause: bool| {
        let edge = if pause { EDGE } else { 0 };
        let range = second * RATE + edge..(second + 1) * RATE - edge;
        decibels(&out[range.clone()]) - decibels(&heard[range])
    };
    let late = |pause: bool| (20..SECONDS).filter(move |second| (second % 4 == 3) == pause);
    let mean = |pause: bool| late(pause).map(|second| gain(second, pause)).sum::<f32>() / late(pause).count() as f32;
    let talking: Vec<f32> = late(false).map(|second| gain(second, false)).collect();
    let most = talking.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
    (mean(false), mean(true), most)
}

/// Gain control with noise suppression.
fn levels(level: f32) -> (f32, f32, f32) {
    let wanted = Processing { gain_control: true, noise_suppression: true, ..OFF };
    let heard = words_with_pauses(level);
    measured(&heard, &cleaned(wanted, &vec![0.0; heard.len()], &heard))
}

/// The measure itself: whatever only delays raises neither words nor floor, although the end of each word falls into a pause.
#[test]
fn the_floor_is_measured_between_the_words_and_not_in_their_ends() {
    for delay_ms in [0, 10, 50, 150] {
        let heard = words_with_pauses(0.3);
        let late = delay_ms * RATE / 1_000;
        let out: Vec<f32> = (0..heard.len()).map(|n| n.checked_sub(late).map_or(0.0, |n| heard[n])).collect();
        let (words, floor, _) = measured(&heard, &out);
        assert!(words.abs() < 1.5 && floor.abs() < 0.5, "{delay_ms} ms: words {words:+.1} dB, floor {floor:+.1} dB");
    }
}

/// Complaint: echo, noise, too many clicks (linphone-desktop 677).
#[test]
fn loudness_is_evened_out_without_pumping_and_without_raising_the_noise_between_the_words() {
    let (words, floor, most) = levels(0.02);
    assert!(floor <= 0.0, "the floor between the words rises by {floor} dB");
    assert!(most <= 3.0, "the gain jumps by {most} dB from one second to the next");
    assert!(words > 3.0, "a quiet voice is raised by {words} dB");
    let (words, _, most) = levels(0.3);
    assert!(most <= 3.0, "the gain jumps by {most} dB from one second to the next");
    assert!(words > -3.0, "an ordinary voice falls by {words} dB");
}
