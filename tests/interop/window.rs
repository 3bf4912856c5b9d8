//! The real window under a real X server, worked by X input and looked at through `tandem ctl`.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::real::process::{Process, command, program};
use crate::real::{Person, Phone, PhoneOptions, Profile, Tandem, World, eventually};

/// The size of the screen.
const WIDTH: usize = 1280;
const HEIGHT: usize = 800;

/// The light theme's colour of the one button that asks to be clicked, and of the button that answers.
const ACCENT: [u8; 3] = [0x44, 0x53, 0xc9];
const ANSWER: [u8; 3] = [0x1d, 0x7f, 0x47];

const PATIENCE: Duration = Duration::from_secs(20);

/// An X server of one's own.
pub(super) struct Screen {
    _server: Process,
    pub(super) display: String,
}

impl Screen {
    pub(super) fn start(folder: &Path) -> Self {
        let mut start = command(&program("Xvfb"));
        // The server picks a free display itself and says which. It would begin anew when its last client goes, and turn
        // away whoever comes meanwhile: no window for a program that has looked at the desktop before.
        start.args([
            "-displayfd",
            "1",
            "-noreset",
            "-screen",
            "0",
            &format!("{WIDTH}x{HEIGHT}x24"),
            "-nolisten",
            "tcp",
        ]);
        let mut server = Process::start("xvfb", folder, start);
        let display = eventually("an X display", PATIENCE, || {
            server.assert_running();
            let said = fs::read_to_string(folder.join("xvfb.log")).ok()?;
            let number = said.lines().rev().find_map(|line| line.trim().parse::<u32>().ok());
            number.filter(|_| said.ends_with('\n')).map(|number| format!(":{number}"))
        });
        Self { _server: server, display }
    }

    fn run(&self, name: &str, arguments: &[&str]) -> Option<Vec<u8>> {
        let output = Command::new(program(name))
            .args(arguments)
            .env("DISPLAY", &self.display)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        output.status.success().then_some(output.stdout)
    }

    /// Waits for the program's window and gives it the keyboard: there is no window manager to do so.
    pub(super) fn focus(&self) {
        let window = eventually("the window", PATIENCE, || {
            let found = self.run("xdotool", &["search", "--onlyvisible", "--class", "tandem"])?;
            String::from_utf8_lossy(&found).lines().next().map(str::to_owned)
        });
        eventually("the keyboard's focus", PATIENCE, || self.run("xdotool", &["windowfocus", "--sync", &window]));
    }

    /// The program's windows that can be seen.
    pub(super) fn windows(&self) -> Vec<String> {
        let found = self.run("xdotool", &["search", "--onlyvisible", "--class", "tandem"]).unwrap_or_default();
        String::from_utf8_lossy(&found).lines().map(str::to_owned).collect()
    }

    /// A window manager, as every desktop has one.
    pub(super) fn manage(&self, folder: &Path) -> Process {
        let mut start = command(&program("openbox"));
        start.args(["--sm-disable"]).env("DISPLAY", &self.display).env("HOME", folder);
        let manager = Process::start("openbox", folder, start);
        eventually("a window manager", PATIENCE, || self.run("wmctrl", &["-m"]));
        manager
    }

    /// Closes the window as its user does.
    pub(super) fn close(&self) {
        let window = self.windows().remove(0);
        let number = window.parse::<u64>().unwrap();
        self.run("wmctrl", &["-i", "-c", &format!("{number:#x}")]).unwrap();
    }

    /// Puts the window there and makes it so large.
    pub(super) fn place(&self, x: i32, y: i32, width: u32, height: u32) {
        let windows = self.windows();
        let window = windows.first().unwrap();
        self.run("xdotool", &["windowsize", window, &width.to_string(), &height.to_string()]).unwrap();
        self.run("xdotool", &["windowmove", window, &x.to_string(), &y.to_string()]).unwrap();
    }

    /// Where the window is, and how large.
    pub(super) fn geometry(&self) -> Option<(i32, i32, u32, u32)> {
        let said = self.run("xdotool", &["getwindowgeometry", "--shell", self.windows().first()?])?;
        let said = String::from_utf8_lossy(&said).into_owned();
        let value = |name: &str| said.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        let side = |name: &str| value(name)?.parse().ok();
        Some((value("X")?.parse().ok()?, value("Y")?.parse().ok()?, side("WIDTH")?, side("HEIGHT")?))
    }

    fn keys(&self, keys: &[&str]) {
        let mut arguments = vec!["key", "--clearmodifiers", "--delay", "40"];
        arguments.extend(keys);
        self.run("xdotool", &arguments).unwrap();
    }

    fn write(&self, text: &str) {
        self.run("xdotool", &["type", "--delay", "40", text]).unwrap();
    }

    /// The middle of the widest run of this colour among the lines from `top` to `bottom`, right of `left`.
    pub(super) fn find(&self, colour: [u8; 3], left: usize, top: usize, bottom: usize) -> Option<(usize, usize)> {
        let pixels = self.run("import", &["-window", "root", "-depth", "8", "rgb:-"])?;
        let mut best: Option<(usize, usize, usize)> = None;
        for y in top..bottom.min(HEIGHT) {
            let mut run = 0;
            for x in left..WIDTH {
                let at = (y * WIDTH + x) * 3;
                run = if pixels.get(at..at + 3)? == colour { run + 1 } else { 0 };
                // A button is wider than any stroke of a letter or an icon.
                if run > 16 && best.is_none_or(|(length, _, _)| run > length) {
                    best = Some((run, x - run / 2, y));
                }
            }
        }
        // A few lines down from the button's edge.
        best.map(|(_, x, y)| (x, y + 4))
    }

    fn click(&self, what: &str, find: impl Fn() -> Option<(usize, usize)>) {
        let (x, y) = eventually(what, PATIENCE, find);
        self.run("xdotool", &["mousemove", "--sync", &x.to_string(), &y.to_string(), "click", "1"]).unwrap();
    }
}

/// Alice with a window, and bob with a card and a phone.
fn window_and_phone(world: &World, options: PhoneOptions) -> (Screen, Tandem, Phone) {
    let mut card = Person::sign_in(world, "bob");
    card.publish_card("<FN>Bob</FN><TEL><VOICE/><NUMBER>sip:bob@tandem.example</NUMBER></TEL>", None);
    let screen = Screen::start(world.folder());
    let phone = Phone::start(world, "bob", options);
    let more = "\n[appearance]\ntheme = \"light\"\n".to_owned();
    let folder = Tandem::write(world, "alice", &Profile { tone: Some(1300.0), more, ..Default::default() });
    let alice = Tandem::run(folder, &[], &[("DISPLAY", &screen.display), ("WAYLAND_DISPLAY", "")]);
    screen.focus();
    alice.wait_online();
    alice.wait_contact("bob", "an address to call", |contact| contact["actions"]["call"]["available"] == true);
    (screen, alice, phone)
}

#[test]
fn clicking_call_in_the_window_calls_bob_and_both_hear_each_other() {
    let world = World::start();
    let options = PhoneOptions {
        transport: "tls",
        encryption: Some("srtp"),
        tone: Some(500.0),
        answers: true,
        ..Default::default()
    };
    let (screen, alice, bob) = window_and_phone(&world, options);
    screen.keys(&["ctrl+k"]);
    screen.write("Bob");
    screen.keys(&["Return"]);
    // The header of the conversation: right of the list, at the top, under the lines that say what is wrong.
    screen.click("the Call button", || screen.find(ACCENT, 400, 8, 220));
    let call = alice.wait_call("active", |call| call["state"] == "active");
    assert_eq!(call["direction"], "outgoing");
    assert_eq!(call["peer"]["jid"], "bob@tandem.example", "{call}");
    assert_eq!(call["media"]["encryption"], "sdes", "{call}");
    eventually("bob's tone", PATIENCE, || alice.heard()?.has_tone(500.0).then_some(()));
    eventually("alice's tone", PATIENCE, || bob.heard()?.has_tone(1300.0).then_some(()));
    screen.keys(&["ctrl+shift+d"]);
    bob.wait_event("CALL_CLOSED");
    alice.quit();
}

#[test]
fn clicking_answer_in_the_window_takes_a_call() {
    let world = World::start();
    let (screen, alice, mut bob) = window_and_phone(&world, PhoneOptions { tone: Some(500.0), ..Default::default() });
    bob.dial("alice");
    alice.wait_ringing();
    screen.click("the Answer button", || screen.find(ANSWER, 0, 0, HEIGHT));
    bob.wait_event("CALL_ESTABLISHED");
    alice.wait_call("active", |call| call["state"] == "active" && call["direction"] == "incoming");
    eventually("bob's tone", PATIENCE, || alice.heard()?.has_tone(500.0).then_some(()));
    alice.quit();
}
