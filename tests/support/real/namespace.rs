//! A network namespace with one wire to this one, made by the test and taken away with it.

use std::process::{Command, Stdio};

use super::process::{command, program};

/// The namespace. Its end of the wire is `eth0`.
pub struct Namespace {
    name: String,
    wire: String,
    /// Addresses are `10.201.N.x`.
    net: u8,
}

impl Namespace {
    /// Makes one whose end has `.2`; this end has `.1`.
    #[track_caller]
    pub fn new() -> Self {
        let number = rand::random_range(0..60_000_u32);
        let net = rand::random_range(1..250_u8);
        let space = Self { name: format!("tandem{number}"), wire: format!("tdm{number}"), net };
        ip(&["netns", "add", &space.name]);
        ip(&["link", "add", &space.wire, "type", "veth", "peer", "name", "eth0", "netns", &space.name]);
        ip(&["addr", "add", &format!("{}/24", space.here()), "dev", &space.wire]);
        ip(&["link", "set", &space.wire, "up"]);
        space.inside(&["link", "set", "lo", "up"]);
        space.inside(&["link", "set", "eth0", "up"]);
        space.inside(&["addr", "add", &format!("{}/24", space.there(2)), "dev", "eth0"]);
        space.inside(&["route", "add", "default", "via", &space.here()]);
        space
    }

    /// The address at this end.
    pub fn here(&self) -> String {
        format!("10.201.{}.1", self.net)
    }

    /// An address at the other end.
    pub fn there(&self, host: u8) -> String {
        format!("10.201.{}.{host}", self.net)
    }

    /// Replaces the address at the other end, as another network would: the old one goes first.
    pub fn replace(&self, old: u8, new: u8) {
        self.inside(&["addr", "del", &format!("{}/24", self.there(old)), "dev", "eth0"]);
        self.inside(&["addr", "add", &format!("{}/24", self.there(new)), "dev", "eth0"]);
        self.inside(&["route", "replace", "default", "via", &self.here()]);
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
        let _ = Command::new(program("ip")).args(["link", "del", &self.wire]).stderr(Stdio::null()).status();
        let _ = Command::new(program("ip")).args(["netns", "del", &self.name]).stderr(Stdio::null()).status();
    }
}

#[track_caller]
fn ip(arguments: &[&str]) {
    let output = Command::new(program("ip")).args(arguments).output().unwrap();
    assert!(output.status.success(), "ip {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}
