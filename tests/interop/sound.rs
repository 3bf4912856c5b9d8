//! A call through a real sound server: cpal, ALSA's PulseAudio plug-in, null sinks.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::real::process::{Process, command, program};
use crate::real::tone::{Recording, write_tone};
use crate::real::{Phone, PhoneOptions, Profile, Tandem, World, eventually};

/// A PulseAudio of one's own: `mic`'s monitor is the default microphone, `out` the default loudspeaker.
pub struct SoundServer {
    pub server: Process,
    // Parts of the rig that run for the whole test.
    _player: Process,
    _recorder: Process,
    pub recording: std::path::PathBuf,
}

impl SoundServer {
    /// The server alone, with its two null sinks.
    pub fn serve(folder: &Path) -> Process {
        let runtime = folder.join("run");
        fs::create_dir_all(runtime.join("pulse")).unwrap();
        // libpulse refuses a runtime folder that others may enter.
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        fs::set_permissions(&runtime, private).unwrap();
        let mut start = command(&program("pulseaudio"));
        start.args([
            "-n",
            "--daemonize=no",
            "--disable-shm=yes",
            "--exit-idle-time=-1",
            "--use-pid-file=no",
            "--realtime=no",
        ]);
        for module in [
            "module-native-protocol-unix auth-anonymous=1",
            "module-null-sink norewinds=1 sink_name=out rate=48000 channels=1",
            "module-null-sink norewinds=1 sink_name=mic rate=48000 channels=1",
        ] {
            start.args(["-L", module]);
        }
        start.env("HOME", folder).env("XDG_RUNTIME_DIR", &runtime);
        let mut server = Process::start("pulseaudio", folder, start);
        let socket = runtime.join("pulse/native");
        eventually("the sound server", Duration::from_secs(10), || {
            server.assert_running();
            socket.exists().then_some(())
        });
        server
    }

    /// The server, a tone in the microphone, and a recorder at the loudspeaker.
    pub fn start(folder: &Path, tone: f64) -> Self {
        let server = Self::serve(folder);
        let runtime = folder.join("run");
        let client = |name: &str, arguments: &[&str]| {
            let mut start = command(&program(name));
            start.args(arguments).env("HOME", folder).env("XDG_RUNTIME_DIR", &runtime);
            Process::start(name, folder, start)
        };
        for choice in [["set-default-sink", "out"], ["set-default-source", "mic.monitor"]] {
            assert!(client("pactl", &choice).wait(Duration::from_secs(10)).success(), "pactl {choice:?}");
        }
        let recording = folder.join("recorded.wav");
        // An idle null sink renders ahead; a recorder that is there from the start keeps it in time.
        let _recorder = client(
            "parec",
            &[
                "--device=out.monitor",
                "--latency-msec=10",
                "--rate=48000",
                "--channels=1",
                "--format=s16le",
                "--file-format=wav",
                &recording.display().to_string(),
            ],
        );
        let tone_file = folder.join("spoken.wav");
        write_tone(&tone_file, tone, Duration::from_secs(120));
        let _player = client("paplay", &["--device=mic", "--latency-msec=20", &tone_file.display().to_string()]);
        Self { server, _player, _recorder, recording }
    }
}

#[test]
fn the_sound_server_carries_a_tone_to_its_microphone() {
    let folder = tempfile::Builder::new().prefix("tandem-").tempdir().unwrap();
    let mut sound = SoundServer::start(folder.path(), 1300.0);
    let heard = folder.path().join("heard.wav");
    let mut start = command(&program("parec"));
    start.args(["--rate=48000", "--channels=1", "--format=s16le", "--file-format=wav"]).arg(&heard);
    start.env("HOME", folder.path()).env("XDG_RUNTIME_DIR", folder.path().join("run"));
    let _listener = Process::start("listener", folder.path(), start);
    eventually("the tone in the default microphone", Duration::from_secs(20), || {
        Recording::read(&heard)?.has_tone(1300.0).then_some(())
    });
    sound.server.assert_running();
}

#[test]
fn a_call_through_the_sound_server_is_heard_both_ways() {
    let world = World::start();
    let folder = Tandem::write(
        &world,
        "alice",
        &Profile { devices: Some(("default".to_owned(), "default".to_owned())), ..Default::default() },
    );
    fs::write(folder.join(".asoundrc"), "pcm.!default { type pulse }\nctl.!default { type pulse }\n").unwrap();
    let mut sound = SoundServer::start(&folder, 1300.0);
    let alice = Tandem::run(folder, &["--headless"], &[]);
    alice.wait_online();
    let options = PhoneOptions { transport: "tls", tone: Some(500.0), answers: true, ..Default::default() };
    let bob = Phone::start(&world, "bob", options);
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    eventually("what the microphone heard at bob's", Duration::from_secs(20), || {
        bob.heard()?.has_tone(1300.0).then_some(())
    });
    eventually("bob's tone from the loudspeaker", Duration::from_secs(20), || {
        Recording::read(&sound.recording)?.has_tone(500.0).then_some(())
    });
    alice.ctl("hangup", &[("call", &call)]);
    alice.quit();
    sound.server.assert_running();
}
