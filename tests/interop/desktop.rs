//! What a desktop offers on its session bus: whether it is dark, and a keyring.

use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use tandem::platform::{Secret, keyring};
use zbus::object_server::SignalEmitter;
use zbus::zvariant::Value;

use super::window::Screen;
use crate::real::process::{Process, command, program};
use crate::real::{DOMAIN, Profile, Tandem, World, eventually, password};

const PATIENCE: Duration = Duration::from_secs(20);

/// The grounds of the conversation in the two themes.
const LIGHT: [u8; 3] = [0xff, 0xff, 0xff];
const DARK: [u8; 3] = [0x17, 0x19, 0x1e];

/// A session bus of one's own.
pub(super) struct Bus {
    _process: Process,
    pub(super) address: String,
}

impl Bus {
    pub(super) fn start(folder: &Path) -> Self {
        let socket = folder.join("bus");
        let address = format!("unix:path={}", socket.display());
        // It starts no services by itself: those of this machine are nobody's business here.
        let config = folder.join("bus.conf");
        let policy = "<allow send_destination=\"*\"/><allow receive_sender=\"*\"/><allow own=\"*\"/>";
        let text = format!(
            "<busconfig><type>session</type><listen>{address}</listen><auth>EXTERNAL</auth>\
             <policy context=\"default\">{policy}</policy></busconfig>"
        );
        std::fs::write(&config, text).unwrap();
        let mut start = command(&program("dbus-daemon"));
        start.args(["--nofork", "--nopidfile", "--config-file"]).arg(&config);
        let mut process = Process::start("bus", folder, start);
        eventually("a session bus", PATIENCE, || {
            process.assert_running();
            UnixStream::connect(&socket).ok().map(drop)
        });
        Self { _process: process, address }
    }
}

/// The settings of a desktop, as far as they say whether it is dark.
struct Settings(u32);

#[zbus::interface(name = "org.freedesktop.portal.Settings")]
impl Settings {
    fn read_one(&self, namespace: &str, key: &str) -> zbus::fdo::Result<Value<'static>> {
        match (namespace, key) {
            ("org.freedesktop.appearance", "color-scheme") => Ok(Value::U32(self.0)),
            _ => Err(zbus::fdo::Error::Failed("no such setting".to_owned())),
        }
    }

    #[zbus(signal)]
    async fn setting_changed(
        emitter: &SignalEmitter<'_>,
        namespace: &str,
        key: &str,
        value: Value<'_>,
    ) -> zbus::Result<()>;
}

#[test]
fn the_window_follows_the_desktop_from_dark_to_light() {
    let world = World::start();
    let screen = Screen::start(world.folder());
    let bus = Bus::start(world.folder());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let portal = runtime.block_on(async {
        let path = "/org/freedesktop/portal/desktop";
        let builder = zbus::connection::Builder::address(bus.address.as_str()).unwrap();
        let builder = builder.name("org.freedesktop.portal.Desktop").unwrap().serve_at(path, Settings(1)).unwrap();
        builder.build().await.unwrap()
    });
    let folder = Tandem::write(&world, "alice", &Profile::default());
    let environment =
        [("DISPLAY", &*screen.display), ("WAYLAND_DISPLAY", ""), ("DBUS_SESSION_BUS_ADDRESS", &*bus.address)];
    let alice = Tandem::run(folder, &[], &environment);
    screen.focus();
    // The ground right of the list, below its header.
    let ground = |colour| screen.find(colour, 600, 200, 400).map(drop);
    eventually("a dark window", PATIENCE, || ground(DARK));
    assert!(ground(LIGHT).is_none());
    runtime.block_on(async {
        let settings =
            portal.object_server().interface::<_, Settings>("/org/freedesktop/portal/desktop").await.unwrap();
        let emitter = settings.signal_emitter();
        // Other settings change too.
        Settings::setting_changed(emitter, "org.gnome.desktop.interface", "clock", Value::U32(1)).await.unwrap();
        Settings::setting_changed(emitter, "org.freedesktop.appearance", "color-scheme", Value::U32(2)).await.unwrap();
    });
    eventually("a light window", PATIENCE, || ground(LIGHT));
    alice.quit();
}

#[test]
fn passwords_are_kept_in_a_real_keyring_and_found_there_at_the_next_start() {
    let world = World::start();
    let bus = Bus::start(world.folder());
    // It asks for the master password on its standard input and keeps everything under its home.
    let mut start = command(Path::new("/bin/sh"));
    let daemon = program("gnome-keyring-daemon");
    start.args(["-c", "printf secret | \"$0\" --unlock --foreground --components=secrets --control-directory=\"$1\""]);
    start.arg(&daemon).arg(world.folder().join("keyring"));
    start.env("DBUS_SESSION_BUS_ADDRESS", &bus.address).env("HOME", world.folder());
    start.env("XDG_DATA_HOME", world.folder().join("data")).env("XDG_RUNTIME_DIR", world.folder());
    let mut service = Process::start("keyring", world.folder(), start);
    // Keeping needs an environment of its own: another run of this program with the bus in it.
    eventually("a keyring that keeps", PATIENCE, || {
        service.assert_running();
        let mut keep = command(&std::env::current_exe().unwrap());
        keep.args(["--exact", "--ignored", "interop::desktop::keep_the_passwords_in_the_keyring"]);
        keep.env("DBUS_SESSION_BUS_ADDRESS", &bus.address);
        Process::start("keep", world.folder(), keep).wait(PATIENCE).success().then_some(())
    });
    let folder = Tandem::write(&world, "alice", &Profile::default());
    let config = folder.join("config.toml");
    let written = std::fs::read_to_string(&config).unwrap();
    let inline = format!("password = \"{}\"", password("alice"));
    assert_eq!(written.matches(&inline).count(), 2);
    std::fs::write(&config, written.replace(&inline, "password-keyring = true")).unwrap();
    let address = bus.address.clone();
    let with_bus = [("DBUS_SESSION_BUS_ADDRESS", address.as_str())];
    let alice = Tandem::run(folder.clone(), &["--headless"], &with_bus);
    alice.wait_online();
    alice.quit();
    // Without the keyring: why, and no retry storm.
    drop(service);
    drop(bus);
    let alice = Tandem::run(folder, &["--headless"], &with_bus);
    let chat = alice.wait_state("chat", "failed");
    assert!(chat["reason"].to_string().contains("keyring"), "{chat}");
    alice.quit();
}

#[test]
#[ignore = "runs inside of the test before it, with a session bus in its environment"]
fn keep_the_passwords_in_the_keyring() {
    let secret = Secret::new(password("alice"));
    for address in [format!("alice@{DOMAIN}"), format!("sip:alice@{DOMAIN}")] {
        keyring::write(&address, &secret).unwrap();
        assert_eq!(keyring::read(&address).unwrap().expose(), secret.expose());
    }
}

/// The desktop presses the play button of a headset.
async fn press(bus: &Bus) -> bool {
    let connection = zbus::connection::Builder::address(bus.address.as_str()).unwrap().build().await.unwrap();
    let player = "org.mpris.MediaPlayer2.Player";
    let to = "org.mpris.MediaPlayer2.tandem";
    connection.call_method(Some(to), "/org/mpris/MediaPlayer2", Some(player), "PlayPause", &()).await.is_ok()
}

#[test]
fn the_button_of_a_headset_answers_and_hangs_up_through_the_desktop() {
    let world = World::start();
    let screen = Screen::start(world.folder());
    let bus = Bus::start(world.folder());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = Tandem::write(&world, "alice", &Profile::default());
    let environment =
        [("DISPLAY", &*screen.display), ("WAYLAND_DISPLAY", ""), ("DBUS_SESSION_BUS_ADDRESS", &*bus.address)];
    let alice = Tandem::run(folder, &[], &environment);
    alice.wait_online();
    assert!(!runtime.block_on(press(&bus)), "without a call the keys belong to the music");
    let mut bob = crate::real::Phone::start(&world, "bob", Default::default());
    bob.dial("alice");
    let call = alice.wait_ringing()["id"].as_str().unwrap().to_owned();
    eventually("a press that is taken", PATIENCE, || runtime.block_on(press(&bus)).then_some(()));
    alice.wait_call_state(&call, "active");
    // The headset says once more that its button was pressed.
    let _ = runtime.block_on(press(&bus));
    std::thread::sleep(Duration::from_millis(1_300));
    assert_eq!(alice.wait_call_state(&call, "active")["state"], "active");
    eventually("a press that is taken", PATIENCE, || runtime.block_on(press(&bus)).then_some(()));
    alice.wait_call("the end", |ended| {
        ended["id"] == *call && matches!(ended["state"].as_str(), Some("ending" | "ended"))
    });
    alice.quit();
}

#[test]
fn links_of_the_desktop_go_to_the_one_that_runs_and_never_call_by_themselves() {
    let world = World::start();
    let screen = Screen::start(world.folder());
    let folder = Tandem::write(&world, "alice", &Profile::default());
    let environment = [("DISPLAY", &*screen.display), ("WAYLAND_DISPLAY", "")];
    // The first link starts the program.
    let alice = Tandem::run(folder.clone(), &["tel:+4930901820"], &environment);
    alice.wait_online();
    let asked = |number: &str| {
        eventually("a question", PATIENCE, || {
            let questions = alice.ctl("questions", &[]);
            let of =
                |question: &&serde_json::Value| question["text"].as_str().is_some_and(|text| text.contains(number));
            questions.as_array().unwrap().iter().find(of).cloned()
        })
    };
    assert_eq!(asked("4930901820")["choices"][0]["id"], "cancel");
    // The next ones are handed over, and the process that carried them ends.
    let hand_over = |link: &str| {
        let mut start = command(Path::new(env!("CARGO_BIN_EXE_tandem")));
        start.arg("--profile").arg(&folder).arg(link).env("DISPLAY", &screen.display).env("WAYLAND_DISPLAY", "");
        Process::start("link", world.folder(), start).wait(PATIENCE).code()
    };
    let bob = format!("sip:bob@{DOMAIN}");
    assert_eq!(hand_over(&bob), Some(0));
    let question = asked("bob at");
    assert!(alice.calls().is_empty(), "nobody was called on the word of a link");
    assert_eq!(hand_over(&format!("xmpp:bob@{DOMAIN}")), Some(0));
    assert_eq!(hand_over("tel:"), Some(2), "no link at all");
    assert_eq!(hand_over("sip:@"), Some(1), "a link that cannot be used");
    assert!(alice.calls().is_empty());
    // The user's word does call.
    alice.ctl("reply", &[("question", question["id"].as_str().unwrap()), ("choice", "call")]);
    alice.wait_call("a call", |call| call["direction"] == "outgoing" && call["peer"]["uri"] == *bob);
    alice.quit();
}
