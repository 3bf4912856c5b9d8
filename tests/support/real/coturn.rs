//! A relay that is not our own code: coturn.

use std::path::Path;

use super::authority::Authority;
use super::process::{Process, command, free_pair, free_ports, program, wait_listening_at};

/// A running coturn, for one name and password.
pub struct Coturn {
    process: Process,
    address: String,
    /// Its port for UDP and TCP.
    pub plain: u16,
    tls: u16,
}

impl Coturn {
    /// Starts one at an address.
    pub fn start(folder: &Path, authority: &Authority, address: &str) -> Self {
        Self::start_with(folder, authority, address, &["--lt-cred-mech", "--user", "relay:relay-secret"])
    }

    /// Starts one whose passwords are made from a secret and end (draft-uberti-behave-turn-rest-00).
    pub fn with_secret(folder: &Path, authority: &Authority, address: &str, secret: &str) -> Self {
        Self::start_with(folder, authority, address, &["--use-auth-secret", "--static-auth-secret", secret])
    }

    fn start_with(folder: &Path, authority: &Authority, address: &str, access: &[&str]) -> Self {
        let certified = authority.certify("relay", &["relay.tandem.example"]);
        let ([plain, tls], relayed) = (free_ports(), free_pair());
        let mut start = command(&program("turnserver"));
        start
            .args(["-n", "--no-cli", "--realm", "tandem.example"])
            .args(access)
            .args(["--listening-ip", address, "--relay-ip", address, "--allow-loopback-peers", "--verbose"])
            .args(["--listening-port", &plain.to_string(), "--tls-listening-port", &tls.to_string()])
            .args(["--min-port", &relayed.to_string(), "--max-port", &(relayed + 400).to_string()])
            .args(["--log-file", "stdout", "--simple-log"])
            .arg("--cert")
            .arg(&certified.certificate)
            .arg("--pkey")
            .arg(&certified.key)
            .arg("--pidfile")
            .arg(folder.join("coturn.pid"))
            .arg("--db")
            .arg(folder.join("coturn.db"));
        let mut process = Process::start("coturn", folder, start);
        wait_listening_at(&mut process, address, &[plain, tls]);
        Self { process, address: address.to_owned(), plain, tls }
    }

    /// The lines of `[media]` that use it over `udp`, `tcp` or `tls`.
    pub fn settings(&self, carrier: &str) -> String {
        let Self { address, plain, tls, .. } = self;
        let uri = match carrier {
            "tls" => format!("turns:relay.tandem.example:{tls}"),
            "tcp" => format!("turn:{address}:{plain}?transport=tcp"),
            _ => format!("turn:{address}:{plain}"),
        };
        format!("turn = [\"{uri}\"]\nturn-user = \"relay\"\nturn-password = \"relay-secret\"\n")
    }

    /// The line of `[media]` that asks it for our address.
    pub fn reflexive(&self) -> String {
        format!("stun = [\"stun:{}:{}\"]\n", self.address, self.plain)
    }

    /// Fails when it has ended.
    pub fn assert_running(&mut self) {
        self.process.assert_running();
    }
}
