//! A network namespace with one wire to this one, made by the test and taken away with it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use super::process::{command, program};

/// The namespace. Its end of the wire is `eth0`.
pub struct Namespace {
    name: String,
    /// This end of the wire.
    pub wire: String,
    /// Addresses are `10.201.N.x`, or `fd20:1:N::x`.
    net: u8,
    six: bool,
    slow_wire: Option<Child>,
}

/// Puts a wire in that takes its time; the system's own means for that are not in every kernel.
#[track_caller]
fn slow_wire(space: &Namespace, milliseconds: u32) -> Child {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/real/slow_wire.py");
    let mut start = command(&program("python3"));
    start.args([script, &space.wire, &space.name, "eth0", &milliseconds.to_string()]).stdout(Stdio::piped());
    let mut child = start.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    child
}

impl Namespace {
    /// Makes one whose end has `.2`; this end has `.1`.
    #[track_caller]
    pub fn new() -> Self {
        Self::of(false, 0)
    }

    /// The same with a wire on which everything takes this long, in either direction.
    #[track_caller]
    pub fn slow(milliseconds: u32) -> Self {
        Self::of(false, milliseconds)
    }

    /// The same with no address of IP version 4 at all.
    #[track_caller]
    pub fn of_version_six() -> Self {
        Self::of(true, 0)
    }

    #[track_caller]
    fn of(six: bool, milliseconds: u32) -> Self {
        let number = rand::random_range(0..60_000_u32);
        let net = rand::random_range(1..250_u8);
        let mut space =
            Self { name: format!("tandem{number}"), wire: format!("tdm{number}"), net, six, slow_wire: None };
        ip(&["netns", "add", &space.name]);
        if milliseconds == 0 {
            ip(&["link", "add", &space.wire, "type", "veth", "peer", "name", "eth0", "netns", &space.name]);
        } else {
            space.slow_wire = Some(slow_wire(&space, milliseconds));
        }
        let mut own = vec!["addr".to_owned(), "add".to_owned(), space.with_length(&space.here())];
        own.extend(["dev".to_owned(), space.wire.clone()]);
        own.extend(six.then(|| "nodad".to_owned()));
        ip(&own.iter().map(String::as_str).collect::<Vec<_>>());
        ip(&["link", "set", &space.wire, "up"]);
        space.inside(&["link", "set", "lo", "up"]);
        space.inside(&["link", "set", "eth0", "up"]);
        space.add(2);
        space
    }

    fn with_length(&self, address: &str) -> String {
        format!("{address}/{}", if self.six { 64 } else { 24 })
    }

    /// One more address at the other end, which is then the one that the world is reached from.
    pub fn add(&self, host: u8) {
        let address = self.with_length(&self.there(host));
        // Nobody else is on this wire: the address can be used at once.
        let mut add = vec!["addr", "add", &address, "dev", "eth0"];
        add.extend(self.six.then_some("nodad"));
        self.inside(&add);
        self.inside(&["route", "replace", "default", "via", &self.here()]);
    }

    /// No packet on the wire is longer than this from now on, in either direction.
    pub fn limit(&self, mtu: u32) {
        ip(&["link", "set", &self.wire, "mtu", &mtu.to_string()]);
        self.inside(&["link", "set", "eth0", "mtu", &mtu.to_string()]);
    }

    /// The address at this end.
    pub fn here(&self) -> String {
        self.there(1)
    }

    /// An address at the other end.
    pub fn there(&self, host: u8) -> String {
        if self.six { format!("fd20:1:{}::{host}", self.net) } else { format!("10.201.{}.{host}", self.net) }
    }

    /// Replaces the address at the other end, as another network would: the old one goes first.
    pub fn replace(&self, old: u8, new: u8) {
        self.inside(&["addr", "del", &self.with_length(&self.there(old)), "dev", "eth0"]);
        self.add(new);
    }

    fn inside(&self, arguments: &[&str]) {
        let mut all = vec!["-n", &self.name];
        all.extend_from_slice(arguments);
        ip(&all);
    }

    /// A command that runs inside.
    pub fn command(&self, path: &std::path::Path) -> Command {
        let mut inside = command(&program("ip"));
        inside.args(["netns", "exec", &self.name]).arg(path);
        inside
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        if let Some(mut wire) = self.slow_wire.take() {
            let _ = wire.kill();
            let _ = wire.wait();
        }
        let _ = Command::new(program("ip")).args(["link", "del", &self.wire]).stderr(Stdio::null()).status();
        let _ = Command::new(program("ip")).args(["netns", "del", &self.name]).stderr(Stdio::null()).status();
    }
}

/// An interface with an address and a route that lead nowhere near anything else, as when a container starts. It goes away with
/// the value.
pub struct Neighbour(String);

impl Neighbour {
    /// Makes one.
    #[track_caller]
    pub fn new() -> Self {
        let (number, net) = (rand::random_range(0..60_000_u32), rand::random_range(1..250_u8));
        let neighbour = Self(format!("nbr{number}"));
        let name = &neighbour.0;
        ip(&["link", "add", name, "type", "veth", "peer", "name", &format!("{name}b")]);
        ip(&["addr", "add", &format!("10.202.{net}.1/24"), "dev", name]);
        ip(&["link", "set", name, "up"]);
        ip(&["link", "set", &format!("{name}b"), "up"]);
        ip(&["route", "add", &format!("10.203.{net}.0/24"), "via", &format!("10.202.{net}.2")]);
        neighbour
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        let _ = Command::new(program("ip")).args(["link", "del", &self.0]).stderr(Stdio::null()).status();
    }
}

#[track_caller]
fn ip(arguments: &[&str]) {
    let output = Command::new(program("ip")).args(arguments).output().unwrap();
    assert!(output.status.success(), "ip {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}
