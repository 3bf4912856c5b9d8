//! The test of the setup on the media thread: the microphone's level, three seconds recorded and played back, a ring.

use super::boundary::Tone;
use super::codec::{Frame, TICK};
use super::tone::Player;
use crate::audio::Hearing;

/// Ticks of a recording: three seconds.
const RECORD: usize = 300;
/// Ticks of a ring: two seconds.
const RING: usize = 200;
/// Ticks after which nobody looks at the level any more: two minutes.
const LISTEN: usize = 12_000;
/// Ticks before a recording begins: a device that opens gives a click, and the speaker needs a moment.
const BREATH: usize = 30;

/// What shall be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rehearsal {
    /// The microphone's level is shown, until something else is asked for or two minutes are over.
    Listen,
    /// Three seconds are recorded, then played back.
    Record,
    /// The ring device rings for two seconds.
    Ring,
    /// Stop.
    Stop,
}

/// What is going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// The level is shown.
    Listening,
    /// The microphone is recorded.
    Recording,
    /// The recording is played.
    Playing,
    /// It rings.
    Ringing,
}

/// Another stage began, or the test is over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rehearsed {
    /// What is going on; none: nothing.
    pub stage: Option<Stage>,
    /// What ended by itself just now; none where it was cut short.
    pub over: Option<Stage>,
    /// The highest sample of the microphone as the device gave it, in the stage that ended.
    pub raw_peak: f32,
    /// The same after cleaning.
    pub voice_peak: f32,
    /// A microphone was open.
    pub microphone_open: bool,
}

/// The machine; one test at a time.
pub struct Rehearser {
    stage: Stage,
    ticks: usize,
    recorded: Vec<f32>,
    bell: Player,
    heard: Hearing,
}

impl Rehearser {
    /// Begins; none where nothing shall be tried.
    pub fn new(what: Rehearsal) -> Option<Self> {
        let stage = match what {
            Rehearsal::Listen => Stage::Listening,
            Rehearsal::Record => Stage::Recording,
            Rehearsal::Ring => Stage::Ringing,
            Rehearsal::Stop => return None,
        };
        // Room for the whole recording at once: the tick allocates nothing.
        let room = if stage == Stage::Recording { RECORD * TICK } else { 0 };
        let bell = Player::new(Tone::Ringing(crate::model::Ringtone::default()));
        Some(Self { stage, ticks: 0, recorded: Vec::with_capacity(room), bell, heard: Hearing::default() })
    }

    /// What is going on.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// The microphone is needed.
    pub fn listens(&self) -> bool {
        matches!(self.stage, Stage::Listening | Stage::Recording)
    }

    /// How it begins.
    pub fn begun(&self) -> Rehearsed {
        self.told(Some(self.stage), None)
    }

    fn told(&self, stage: Option<Stage>, over: Option<Stage>) -> Rehearsed {
        Rehearsed {
            stage,
            over,
            raw_peak: self.heard.raw_peak,
            voice_peak: self.heard.voice_peak,
            microphone_open: self.heard.open,
        }
    }

    /// Ten milliseconds: the microphone's sound, what it came from, and where to add what is heard and what rings. Tells
    /// when another stage begins or all is over.
    pub fn tick(&mut self, microphone: &Frame, heard: Hearing, out: &mut Frame, bell: &mut Frame) -> Option<Rehearsed> {
        self.ticks += 1;
        match self.stage {
            Stage::Listening => (self.ticks >= LISTEN).then(|| self.told(None, Some(Stage::Listening))),
            Stage::Recording => {
                if self.ticks <= BREATH {
                    return None;
                }
                self.heard.raw_peak = self.heard.raw_peak.max(heard.raw_peak);
                self.heard.voice_peak = self.heard.voice_peak.max(heard.voice_peak);
                self.heard.open = heard.open;
                self.recorded.extend_from_slice(microphone);
                if self.ticks < BREATH + RECORD {
                    return None;
                }
                self.stage = Stage::Playing;
                self.ticks = 0;
                Some(self.told(Some(Stage::Playing), Some(Stage::Recording)))
            }
            Stage::Playing => {
                let from = (self.ticks - 1) * TICK;
                let piece = self.recorded.get(from..from + TICK).unwrap_or_default();
                for (out, sample) in out.iter_mut().zip(piece) {
                    *out += sample;
                }
                (self.ticks >= RECORD).then(|| self.told(None, Some(Stage::Playing)))
            }
            Stage::Ringing => {
                self.bell.mix_into(bell);
                (self.ticks >= RING).then(|| self.told(None, Some(Stage::Ringing)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hearing(peak: f32) -> Hearing {
        Hearing { raw_peak: peak, voice_peak: peak, open: true }
    }

    #[test]
    fn what_was_said_into_the_microphone_for_three_seconds_is_played_back() {
        let mut machine = Rehearser::new(Rehearsal::Record).unwrap();
        let (mut played, mut told, mut listened) = (Vec::new(), Vec::new(), 0);
        for n in 0..BREATH + RECORD * 2 {
            listened += usize::from(machine.listens());
            let said = [n as f32 / 10_000.0; TICK];
            let (mut out, mut bell) = ([0.0; TICK], [0.0; TICK]);
            told.extend(machine.tick(&said, hearing(said[0]), &mut out, &mut bell));
            assert_eq!(bell, [0.0; TICK]);
            played.extend_from_slice(&out);
        }
        assert_eq!(listened, BREATH + RECORD);
        let began = (BREATH + RECORD) * TICK;
        assert!(played[..began].iter().all(|sample| *sample == 0.0), "nobody hears himself while he is recorded");
        assert_eq!(played[began], BREATH as f32 / 10_000.0);
        assert_eq!(played[played.len() - 1], (BREATH + RECORD - 1) as f32 / 10_000.0);
        let stages: Vec<_> = told.iter().map(|told| (told.over, told.stage)).collect();
        assert_eq!(stages, [(Some(Stage::Recording), Some(Stage::Playing)), (Some(Stage::Playing), None)]);
        assert!((told[0].raw_peak - 0.0329).abs() < 1e-6 && told[0].microphone_open);
    }

    #[test]
    fn the_ring_rings_for_two_seconds_and_not_in_the_headset() {
        let mut machine = Rehearser::new(Rehearsal::Ring).unwrap();
        assert!(!machine.listens());
        let mut loudest = 0.0_f32;
        for n in 1..=RING {
            let (mut out, mut bell) = ([0.0; TICK], [0.0; TICK]);
            let told = machine.tick(&[0.0; TICK], Hearing::default(), &mut out, &mut bell);
            assert_eq!(told.is_some(), n == RING);
            assert_eq!(out, [0.0; TICK]);
            loudest = bell.iter().fold(loudest, |peak, sample| peak.max(sample.abs()));
        }
        assert!(loudest > 0.1, "{loudest}");
        assert!(Rehearser::new(Rehearsal::Stop).is_none());
    }
}
