//! The handset by itself against a real sound server: cpal, ALSA's PulseAudio plug-in, null sinks.
//!
//! ALSA reads its configuration from the environment of the process, so the handset runs in a child: this same test
//! binary, told by [`PART`] to play the person with the handset.

use std::f32::consts::TAU;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use tandem::audio::{Frame, Handset, HandsetEvent, InUse, SILENCE};
use tandem::model::Processing;

use super::sound::SoundServer;
use crate::real::eventually;
use crate::real::process::{Process, command};
use crate::real::tone::Recording;

/// Says to the child that it is one.
const PART: &str = "TANDEM_TEST_HANDSET";

const PATIENCE: Duration = Duration::from_secs(30);

/// The child: a handset on the default devices that plays 500 Hz, and says on its standard output what it meets.
struct Person {
    handset: Handset,
    heard: Vec<i16>,
    sample: u32,
    next: Instant,
    problem: Option<String>,
    listed: Option<tandem::model::Devices>,
}

impl Person {
    fn pick_up() -> Self {
        let raw = Processing { echo_cancellation: false, noise_suppression: false, gain_control: false };
        let mut handset = Handset::start("default", "default", "default", raw).unwrap();
        handset.set_in_use(InUse { microphone: true, output: true, ring: false });
        Self { handset, heard: Vec::new(), sample: 0, next: Instant::now(), problem: None, listed: None }
    }

    /// Ten milliseconds.
    fn tick(&mut self) {
        let mut frame: Frame = SILENCE;
        self.handset.read(&mut frame);
        self.heard.extend(frame.iter().map(|sample| (sample * 32_767.0) as i16));
        for slot in &mut frame {
            *slot = 0.25 * (TAU * 500.0 * self.sample as f32 / 48_000.0).sin();
            self.sample = (self.sample + 1) % 48_000;
        }
        self.handset.write(&frame, None);
        while let Some(event) = self.handset.poll_event() {
            match event {
                HandsetEvent::Devices(devices) => {
                    self.listed.get_or_insert(devices);
                }
                HandsetEvent::Problem(problem) => self.problem = problem.map(|told| told.text.to_string()),
            }
        }
        self.next += Duration::from_millis(10);
        std::thread::sleep(self.next.saturating_duration_since(Instant::now()));
    }

    fn until(&mut self, what: &str, condition: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !condition(self) {
            assert!(Instant::now() < deadline, "{what}: not within {PATIENCE:?}; {:?}", self.problem);
            self.tick();
        }
        eprintln!("person: {what}");
    }

    /// The tone is in what was heard last.
    fn hears(&self) -> bool {
        let last = self.heard.len().saturating_sub(48_000);
        Recording { rate: 48_000, samples: self.heard[last..].to_vec() }.has_tone(1300.0)
    }
}

#[test]
#[ignore = "a child of the test below, which gives it a sound server"]
fn the_person_with_the_handset() {
    if std::env::var_os(PART).is_none() {
        return;
    }
    let mut person = Person::pick_up();
    person.until("hears", Person::hears);
    let devices = person.listed.clone().unwrap();
    assert_eq!((&*devices.input, &*devices.output, &*devices.ring), ("default", "default", "default"));
    for names in [&devices.inputs, &devices.outputs] {
        assert_eq!(names.first().map(AsRef::as_ref), Some("default"), "{names:?}");
        assert!(names.iter().all(|name| !name.contains("Plugin") && !name.contains("Discard")), "{names:?}");
    }
    person.until("is told", |person| person.problem.as_ref().is_some_and(|told| told.contains("silence")));
    person.until("is told that all is well", |person| person.problem.is_none());
}

fn child(folder: &Path) -> Process {
    let mut start = command(&std::env::current_exe().unwrap());
    start.args(["--exact", "interop::cards::the_person_with_the_handset", "--ignored", "--nocapture"]);
    start.env(PART, "1").env("HOME", folder).env("XDG_RUNTIME_DIR", folder.join("run"));
    start.env_remove("PULSE_SERVER").env_remove("ALSA_CONFIG_PATH");
    Process::start("person", folder, start)
}

#[test]
fn the_handset_plays_and_records_and_survives_the_end_of_the_sound_server() {
    let folder = tempfile::Builder::new().prefix("tandem-").tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join(".asoundrc"), "pcm.!default { type pulse }\nctl.!default { type pulse }\n").unwrap();
    let mut sound = SoundServer::start(folder, 1300.0);
    let mut person = child(folder);
    let says = |what: &str| {
        eventually(&format!("the person {what}"), PATIENCE, || {
            let log = fs::read_to_string(folder.join("person.log")).ok()?;
            assert!(!log.contains("FAILED"), "{log}");
            log.contains(&format!("person: {what}\n")).then_some(())
        });
    };
    says("hears");
    eventually("the person's tone from the loudspeaker", PATIENCE, || {
        Recording::read(&sound.recording)?.has_tone(500.0).then_some(())
    });
    sound.server.kill();
    says("is told");
    let _again = SoundServer::serve(folder);
    says("is told that all is well");
    assert!(person.wait(PATIENCE).success(), "{}", person.log_tail());
    let log = fs::read_to_string(folder.join("person.log")).unwrap();
    assert!(!log.contains("ALSA lib"), "the sound library writes to the standard error:\n{log}");
}
