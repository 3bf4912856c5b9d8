//! Echo cancellation, noise suppression and gain control of the microphone's sound (sonora: AEC3, NS, AGC2).

use sonora::config::{
    AdaptiveDigital, EchoCanceller, GainController2, HighPassFilter, NoiseSuppression, NoiseSuppressionLevel,
};
use sonora::{AudioProcessing, Config, StreamConfig};

use super::frame::{Frame, SAMPLE_RATE, SILENCE};
use crate::model::Processing;

/// The processor between the microphone and the encoder. Feed it what is played, then what is recorded, each tick.
pub struct Processor {
    inner: AudioProcessing,
    wanted: Processing,
    scratch: Frame,
}

impl Processor {
    /// With the given parts switched on.
    pub fn new(wanted: Processing) -> Self {
        let mono = StreamConfig::new(SAMPLE_RATE, 1);
        let inner = AudioProcessing::builder().config(config(wanted)).capture_config(mono).render_config(mono).build();
        Self { inner, wanted, scratch: SILENCE }
    }

    /// Switches parts on and off while it runs; a part that stays on keeps what it has learned. Allocates, which a
    /// person who presses a switch may cause.
    pub fn set(&mut self, wanted: Processing) {
        if wanted != self.wanted {
            self.wanted = wanted;
            self.inner.apply_config(config(wanted));
        }
    }

    /// What is sent to the loudspeaker in this tick.
    pub fn observe_played(&mut self, frame: &Frame) {
        if self.wanted.echo_cancellation {
            let _ = self.inner.process_render_f32(&[frame], &mut [&mut self.scratch]);
        }
    }

    /// Cleans what the microphone gave in this tick. `delay_ms`: from a sample handed to the loudspeaker's side to the
    /// same sample, heard, handed over by the microphone's side; an estimate is enough, the canceller refines it.
    pub fn process(&mut self, frame: &mut Frame, delay_ms: u32) {
        let Processing { echo_cancellation, noise_suppression, gain_control } = self.wanted;
        if !(echo_cancellation || noise_suppression || gain_control) {
            return;
        }
        let delay = i32::try_from(delay_ms.min(500)).unwrap_or(500);
        let _ = self.inner.set_stream_delay_ms(delay);
        if self.inner.process_capture_f32(&[frame], &mut [&mut self.scratch]).is_ok() {
            *frame = self.scratch;
        }
    }
}

fn config(wanted: Processing) -> Config {
    let Processing { echo_cancellation, noise_suppression, gain_control } = wanted;
    Config {
        high_pass_filter: (echo_cancellation || noise_suppression || gain_control).then(HighPassFilter::default),
        echo_canceller: echo_cancellation.then(EchoCanceller::default),
        noise_suppression: noise_suppression
            .then(|| NoiseSuppression { level: NoiseSuppressionLevel::High, ..NoiseSuppression::default() }),
        // A gentle start: a quiet voice is raised within seconds, a loud one is not blown up at its first word.
        gain_controller2: gain_control.then(|| GainController2 {
            adaptive_digital: Some(AdaptiveDigital {
                initial_gain_db: 6.0,
                max_gain_db: 30.0,
                ..AdaptiveDigital::default()
            }),
            ..GainController2::default()
        }),
        ..Config::default()
    }
}

#[cfg(test)]
#[path = "process_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "room_tests.rs"]
mod rooms;
