//! The call server of one test.

use std::fs;
use std::path::{Path, PathBuf};

use super::authority::Authority;
use super::process::{Process, command, free_ports, program, wait_listening_at};
use super::{DOMAIN, fill, password};

const TEMPLATE: &str = include_str!("../../../scripts/demo/templates/kamailio.cfg");

/// A running Kamailio: registrar and proxy.
pub struct Kamailio {
    process: Option<Process>,
    folder: PathBuf,
    /// Where it listens.
    pub address: String,
    /// UDP and TCP.
    pub plain: u16,
    /// TLS.
    pub tls: u16,
}

impl Kamailio {
    /// Starts one in `folder` that knows `users` and rings them under `numbers` too. `algorithm` is that of the digests.
    pub fn start(
        folder: &Path,
        address: &str,
        authority: &Authority,
        users: &[&str],
        numbers: &[(&str, &str)],
        algorithm: &str,
    ) -> Self {
        fs::create_dir_all(folder).unwrap();
        let certified = authority.certify("voice", &[DOMAIN, "voice.tandem.example", "sip:tandem.example"]);
        let [plain, tls] = free_ports();
        let passwords: String =
            users.iter().map(|user| format!("\t$sht(passwords=>{user}) = \"{}\";\n", password(user))).collect();
        let numbers: String =
            numbers.iter().map(|(number, user)| format!("\t$sht(numbers=>{number}) = \"{user}\";\n")).collect();
        let config = fill(
            TEMPLATE,
            &[
                ("SIP_PORT", &plain.to_string()),
                ("TLS_PORT", &tls.to_string()),
                ("ALIASES", ""),
                ("KEY", &certified.key.display().to_string()),
                ("CERTIFICATE", &certified.certificate.display().to_string()),
                ("MIN_EXPIRES", "60"),
                ("ALGORITHM", algorithm),
                ("PASSWORDS", &passwords),
                ("NUMBERS", &numbers),
                ("DOMAIN", DOMAIN),
            ],
        );
        fs::write(folder.join("kamailio.cfg"), config.replace("127.0.0.1", &bracketed(address))).unwrap();
        let mut kamailio = Self { process: None, folder: folder.to_owned(), address: address.to_owned(), plain, tls };
        kamailio.restart();
        kamailio
    }

    /// Kills it at once, as a power failure would.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
    }

    /// Changes a line of its configuration, and starts it again: it has forgotten every registration.
    #[track_caller]
    pub fn amend(&mut self, from: &str, to: &str) {
        let file = self.folder.join("kamailio.cfg");
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{from:?} is not in the configuration");
        fs::write(file, text.replacen(from, to, 1)).unwrap();
        self.restart();
    }

    /// Starts it again at the same ports; it has forgotten every registration.
    pub fn restart(&mut self) {
        self.kill();
        let mut start = command(&program("kamailio"));
        start.args(["-DD", "-E", "-m", "64", "-M", "8", "-f"]).arg(self.folder.join("kamailio.cfg"));
        start.arg("-w").arg(&self.folder).arg("-Y").arg(&self.folder);
        let mut process = Process::start("kamailio", &self.folder, start);
        wait_listening_at(&mut process, &self.address, &[self.plain, self.tls]);
        self.process = Some(process);
    }
}

/// As it stands before a port (RFC 3261 section 25.1: IPv6reference).
pub fn bracketed(address: &str) -> String {
    if address.contains(':') { format!("[{address}]") } else { address.to_owned() }
}
