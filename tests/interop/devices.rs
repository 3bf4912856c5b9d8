//! Devices that come and go in a call, on a real sound server (F23).

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::sound::SoundServer;
use crate::real::process::{Process, command, program};
use crate::real::tone::{Recording, write_tone};
use crate::real::{Phone, PhoneOptions, Profile, Tandem, World, eventually};

const PATIENCE: Duration = Duration::from_secs(20);
/// What the headset, the webcam, the system's default microphone and the other side say.
const HEADSET: f64 = 1300.0;
const WEBCAM: f64 = 900.0;
const BUILTIN: f64 = 700.0;
const OTHER: f64 = 500.0;

/// A desk with a headset, a webcam and a default device, each microphone with a tone of its own.
struct Desk {
    sound: SoundServer,
    folder: std::path::PathBuf,
    _players: Vec<Process>,
}

fn client(folder: &Path, name: &str, arguments: &[&str]) -> Process {
    let mut start = command(&program(name));
    start.args(arguments).env("HOME", folder).env("XDG_RUNTIME_DIR", folder.join("run"));
    Process::start(name, folder, start)
}

impl Desk {
    fn start(folder: &Path) -> Self {
        // The built-in microphone is the default one, `out` the default loudspeaker.
        let sound = SoundServer::start(folder, BUILTIN);
        let mut desk = Self { sound, folder: folder.to_owned(), _players: Vec::new() };
        for (name, tone) in [("hs", HEADSET), ("cam", WEBCAM)] {
            desk.pactl(&[
                "load-module",
                "module-null-sink",
                "norewinds=1",
                &format!("sink_name={name}"),
                "rate=48000",
                "channels=1",
            ]);
            let file = folder.join(format!("{name}.wav"));
            write_tone(&file, tone, Duration::from_secs(120));
            let arguments = [&format!("--device={name}"), "--latency-msec=20", &*file.display().to_string()];
            let mut start = command(&program("paplay"));
            start.args(arguments).env("HOME", folder).env("XDG_RUNTIME_DIR", folder.join("run"));
            desk._players.push(Process::start(&format!("play-{name}"), folder, start));
        }
        desk.plug("cam", "webcam");
        desk.plug_headset();
        desk
    }

    fn pactl(&self, arguments: &[&str]) {
        assert!(client(&self.folder, "pactl", arguments).wait(PATIENCE).success(), "pactl {arguments:?}");
    }

    /// A microphone that hears what is played into a sink: no monitor by the server's word.
    fn plug(&self, master: &str, name: &str) {
        let (master, source) = (format!("master={master}.monitor"), format!("source_name={name}"));
        self.pactl(&["load-module", "module-remap-source", &master, &source, "remix=no"]);
    }

    fn plug_headset(&self) {
        self.pactl(&[
            "load-module",
            "module-null-sink",
            "norewinds=1",
            "sink_name=headset_out",
            "rate=44100",
            "channels=2",
        ]);
        self.plug("hs", "headset");
    }

    fn unplug_headset(&self) {
        self.pactl(&["unload-module", "module-remap-source"]);
        // Both were of this kind: the webcam stays on the desk.
        self.plug("cam", "webcam");
        self.unload_sink("headset_out");
    }

    /// Ends the module that made a sink.
    fn unload_sink(&self, name: &str) {
        let list = self.folder.join("modules.txt");
        let script = format!("pactl list short modules > {}", list.display());
        assert!(client(&self.folder, "sh", &["-c", &script]).wait(PATIENCE).success());
        let modules = fs::read_to_string(&list).unwrap();
        let line =
            modules.lines().find(|line| line.contains(&format!("sink_name={name} "))).expect("the sink's module");
        self.pactl(&["unload-module", line.split_whitespace().next().unwrap()]);
    }
}

fn profile(world: &World) -> std::path::PathBuf {
    let devices = Some(("headset".to_owned(), "headset_out".to_owned()));
    let folder = Tandem::write(world, "alice", &Profile { devices, ..Default::default() });
    fs::write(folder.join(".asoundrc"), "pcm.!default { type pulse }\nctl.!default { type pulse }\n").unwrap();
    folder
}

/// How long it takes until a device serves.
fn until_in_use(alice: &Tandem, role: &str, name: &str) -> Duration {
    let begun = Instant::now();
    eventually(&format!("{name} as {role}"), PATIENCE, || (alice.ctl("devices", &[])[role] == name).then_some(()));
    begun.elapsed()
}

/// Which tones the other side has heard since `from` samples.
fn hears(bob: &Phone, from: usize) -> [bool; 3] {
    let Some(heard) = bob.heard() else { return [false; 3] };
    let recent = Recording { rate: heard.rate, samples: heard.samples.get(from..).unwrap_or_default().to_vec() };
    [HEADSET, WEBCAM, BUILTIN].map(|tone| recent.has_tone(tone))
}

fn length(bob: &Phone) -> usize {
    bob.heard().map_or(0, |heard| heard.samples.len())
}

fn bob(world: &World) -> Phone {
    Phone::start(
        world,
        "bob",
        PhoneOptions { transport: "tls", tone: Some(OTHER), answers: true, ..Default::default() },
    )
}

#[test]
fn f23_an_unplugged_headset_becomes_silence_and_the_default_speaker_and_is_used_again_when_it_is_back() {
    let world = World::start();
    let folder = profile(&world);
    let mut desk = Desk::start(&folder);
    let alice = Tandem::run(folder, &["--headless"], &[]);
    alice.wait_online();
    let devices = alice.ctl("devices", &[]);
    let inputs = devices["inputs"].to_string();
    assert!(inputs.contains("Remapped") && !inputs.contains("\"Monitor of Null Output\""), "{inputs}");
    let bob = bob(&world);
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    eventually("the headset at bob's", PATIENCE, || hears(&bob, 0)[0].then_some(()));
    desk.unplug_headset();
    let took = until_in_use(&alice, "output", "default");
    assert!(took < Duration::from_secs(1), "{took:?}");
    eprintln!("unplugged: the default speaker after {took:?}");
    eventually("bob's tone from the default speaker", PATIENCE, || {
        Recording::read(&desk.sound.recording)?.has_tone(OTHER).then_some(())
    });
    let from = length(&bob) + 48_000;
    eventually("two more seconds at bob's", PATIENCE, || (length(&bob) > from + 96_000).then_some(()));
    assert_eq!(hears(&bob, from), [false; 3], "never silently another microphone");
    let trouble = alice.ctl("stats", &[("call", &call)])["troubles"].to_string();
    assert!(trouble.contains("microphone-gone"), "{trouble}");
    desk.plug_headset();
    let took = until_in_use(&alice, "output", "headset_out");
    eprintln!("plugged in: the headset after {took:?}");
    assert!(took < Duration::from_secs(1), "{took:?}");
    let from = length(&bob);
    eventually("the headset at bob's again", PATIENCE, || hears(&bob, from)[0].then_some(()));
    alice.ctl("hangup", &[("call", &call)]);
    alice.quit();
    desk.sound.server.assert_running();
}

#[test]
fn f23_the_next_microphone_of_the_list_is_heard_within_a_second_and_named() {
    let world = World::start();
    let folder = profile(&world);
    let file = folder.join("config.toml");
    let config = fs::read_to_string(&file).unwrap();
    let config = config.replace("[audio]\n", "[audio]\ninput-instead = [\"webcam\"]\n");
    fs::write(&file, config).unwrap();
    let desk = Desk::start(&folder);
    let alice = Tandem::run(folder, &["--headless"], &[]);
    alice.wait_online();
    let bob = bob(&world);
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    eventually("the headset at bob's", PATIENCE, || hears(&bob, 0)[0].then_some(()));
    desk.unplug_headset();
    let took = until_in_use(&alice, "input", "webcam");
    assert!(took < Duration::from_secs(1), "{took:?}");
    let from = length(&bob);
    eventually("the webcam at bob's", PATIENCE, || hears(&bob, from)[1].then_some(()));
    assert!(!hears(&bob, 0)[2], "the default microphone was never asked for");
    alice.ctl("hangup", &[("call", &call)]);
    alice.quit();
}

#[test]
fn f23_a_call_survives_the_restart_of_the_sound_server_with_the_same_devices() {
    let world = World::start();
    let folder = profile(&world);
    let mut desk = Desk::start(&folder);
    let alice = Tandem::run(folder.clone(), &["--headless"], &[]);
    alice.wait_online();
    let bob = bob(&world);
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    eventually("the headset at bob's", PATIENCE, || hears(&bob, 0)[0].then_some(()));
    desk.sound.server.kill();
    drop(desk);
    // A killed server leaves its socket behind.
    fs::remove_file(folder.join("run/pulse/native")).unwrap();
    eventually("the end of the devices", PATIENCE, || {
        alice.ctl("stats", &[("call", &call)])["troubles"].to_string().contains("microphone-gone").then_some(())
    });
    let from = length(&bob);
    let _again = Desk::start(&folder);
    let took = until_in_use(&alice, "output", "headset_out");
    eprintln!("restarted: the headset after {took:?}");
    eventually("the headset at bob's again", PATIENCE, || hears(&bob, from)[0].then_some(()));
    alice.ctl("hangup", &[("call", &call)]);
    alice.quit();
}

#[test]
fn a_call_rings_on_every_loudspeaker_at_once() {
    let world = World::start();
    let folder = profile(&world);
    let file = folder.join("config.toml");
    let config = fs::read_to_string(&file).unwrap().replace("ring = \"null\"", "ring = \"all\"");
    fs::write(&file, config).unwrap();
    let desk = Desk::start(&folder);
    let other = folder.join("headset.wav");
    let _recorder = client(
        &folder,
        "parec",
        &[
            "--device=headset_out.monitor",
            "--rate=48000",
            "--channels=1",
            "--format=s16le",
            "--file-format=wav",
            &other.display().to_string(),
        ],
    );
    let alice = Tandem::run(folder, &["--headless"], &[]);
    alice.wait_online();
    let mut bob = bob(&world);
    bob.dial("alice");
    let rings = |path: &Path| {
        let recording = Recording::read(path)?;
        recording.samples.iter().any(|sample| sample.unsigned_abs() > 1_000).then_some(())
    };
    eventually("a ring on the default speaker", PATIENCE, || rings(&desk.sound.recording));
    eventually("a ring on the headset", PATIENCE, || rings(&other));
    alice.quit();
}

#[test]
fn f23_a_default_speaker_that_changes_in_a_call_is_followed_within_a_second() {
    let world = World::start();
    let devices = Some(("default".to_owned(), "default".to_owned()));
    let folder = Tandem::write(&world, "alice", &Profile { devices, ..Default::default() });
    fs::write(folder.join(".asoundrc"), "pcm.!default { type pulse }\nctl.!default { type pulse }\n").unwrap();
    let desk = Desk::start(&folder);
    let other = folder.join("headset.wav");
    let arguments = [
        "--device=headset_out.monitor",
        "--latency-msec=10",
        "--rate=48000",
        "--channels=1",
        "--format=s16le",
        "--file-format=wav",
    ];
    let file = other.display().to_string();
    let _recorder = client(&folder, "parec", &[&arguments[..], &[&*file]].concat());
    let alice = Tandem::run(folder.clone(), &["--headless"], &[]);
    alice.wait_online();
    let bob = bob(&world);
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    eventually("bob's tone from the first default speaker", PATIENCE, || {
        Recording::read(&desk.sound.recording)?.has_tone(OTHER).then_some(())
    });
    let before = Recording::read(&other).expect("a recording").samples.len();
    desk.pactl(&["set-default-sink", "headset_out"]);
    let first = eventually("bob's tone from the next one", PATIENCE, || {
        let heard = Recording::read(&other)?;
        let has_tone = |piece: &[i16]| {
            let piece = Recording { rate: heard.rate, samples: piece.to_vec() };
            let (share, amplitude) = piece.tone(OTHER, Duration::from_millis(100));
            share > 0.6 && amplitude > 500.0
        };
        heard.samples.get(before..)?.chunks_exact(4_800).position(has_tone)
    });
    // By the recording's own clock: nobody's polling counts.
    let took = Duration::from_millis(100 * first as u64);
    eprintln!("another default: heard there after {took:?}");
    assert!(took <= Duration::from_secs(1), "{took:?}");
    let from = length(&bob);
    eventually("the microphone at bob's all the while", PATIENCE, || hears(&bob, from)[2].then_some(()));
    let devices = alice.ctl("devices", &[]);
    assert_eq!((&devices["output"], &devices["input"]), (&"default".into(), &"default".into()));
    let status = alice.ctl("stats", &[("call", &call)])["troubles"].to_string();
    assert!(!status.contains("microphone-gone"), "{status}");
    alice.ctl("hangup", &[("call", &call)]);
    alice.quit();
}

#[test]
fn f23_a_headset_that_changes_its_profile_in_a_call_is_heard_again_within_a_second() {
    let world = World::start();
    let devices = Some(("Headset".to_owned(), "Headset".to_owned()));
    let folder = Tandem::write(&world, "alice", &Profile { devices, ..Default::default() });
    fs::write(folder.join(".asoundrc"), "pcm.!default { type pulse }\nctl.!default { type pulse }\n").unwrap();
    let desk = Desk::start(&folder);
    // Music with 44.1 kHz in two channels, speech with 16 kHz in one: another device by its identifier, the same by its name.
    let plug = |name: &str, rate: &str, channels: &str| {
        let (sink, source) = (format!("sink_name={name}"), format!("source_name={name}_mic"));
        let (rate, channels) = (format!("rate={rate}"), format!("channels={channels}"));
        let named = ["sink_properties=device.description=Headset", "source_properties=device.description=Headset"];
        desk.pactl(&["load-module", "module-null-sink", "norewinds=1", &sink, &rate, &channels, named[0]]);
        desk.pactl(&[
            "load-module",
            "module-remap-source",
            "master=hs.monitor",
            &source,
            &rate,
            "channels=1",
            named[1],
        ]);
    };
    plug("bluez_a2dp", "44100", "2");
    let alice = Tandem::run(folder.clone(), &["--headless"], &[]);
    alice.wait_online();
    let bob = bob(&world);
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    eventually("the headset at bob's", PATIENCE, || hears(&bob, 0)[0].then_some(()));
    desk.pactl(&["unload-module", "module-remap-source"]);
    desk.unload_sink("bluez_a2dp");
    plug("bluez_hfp", "16000", "1");
    let took = until_in_use(&alice, "output", "Headset").max(until_in_use(&alice, "input", "Headset"));
    eprintln!("another profile: in use after {took:?}");
    assert!(took < Duration::from_secs(1), "{took:?}");
    let from = length(&bob);
    eventually("the headset at bob's with its other profile", PATIENCE, || hears(&bob, from)[0].then_some(()));
    assert!(!hears(&bob, from)[2], "no other microphone meanwhile");
    let other = folder.join("hfp.wav");
    let _recorder = client(
        &folder,
        "parec",
        &[
            "--device=bluez_hfp.monitor",
            "--latency-msec=10",
            "--rate=48000",
            "--channels=1",
            "--format=s16le",
            "--file-format=wav",
            &other.display().to_string(),
        ],
    );
    eventually("bob in the headset with its other profile", PATIENCE, || {
        Recording::read(&other)?.has_tone(OTHER).then_some(())
    });
    // Mute in the device's own call: what bob hears is silence, not less.
    alice.ctl("mute", &[("call", &call)]);
    let from = length(&bob) + 24_000;
    eventually("a second of mute at bob's", PATIENCE, || (length(&bob) > from + 48_000).then_some(()));
    let heard = bob.heard().unwrap();
    let loudest = heard.samples[from..from + 48_000].iter().map(|sample| sample.unsigned_abs()).max();
    assert!(loudest.is_some_and(|peak| peak <= 8), "{loudest:?}");
    alice.ctl("hangup", &[("call", &call)]);
    alice.quit();
}
