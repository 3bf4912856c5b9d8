//! The administrator's web server of the demo, for one test: documents that can be changed while it runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::process::{Process, free_ports, listens, program};
use super::wait::eventually;
use super::{DOMAIN, World};

/// Serves documents over HTTPS, and is named by an SRV record of the world.
pub struct Settings {
    folder: PathBuf,
    /// Its port.
    pub port: u16,
    _process: Process,
}

impl Settings {
    /// Starts it and announces it.
    pub fn start(world: &World) -> Self {
        let folder = world.folder().join("settings");
        fs::create_dir_all(&folder).unwrap();
        let certified = world.authority.certify("setup", &[DOMAIN]);
        let [port] = free_ports();
        let mut serve: Command = super::process::command(&program("python3"));
        serve
            .arg("-B")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/demo/settings.py"))
            .arg(port.to_string())
            .args([&certified.certificate, &certified.key, &folder])
            .arg(DOMAIN);
        let process = Process::start("settings", world.folder(), serve);
        eventually("the web server", Duration::from_secs(20), || listens(port).then_some(()));
        world.names.host("setup.tandem.example");
        world.names.service(&format!("_cusax-prov._tcp.{DOMAIN}"), 0, port, "setup.tandem.example");
        Self { folder, port, _process: process }
    }

    /// Publishes a document for a user.
    pub fn publish(&self, user: &str, document: &str) {
        // At once: nobody must read half of it.
        let draft = self.folder.join("draft");
        fs::write(&draft, document).unwrap();
        fs::rename(draft, self.folder.join(format!("{user}.json"))).unwrap();
    }

    /// Publishes the signature of a user's document.
    pub fn sign(&self, user: &str, signature: &str) {
        fs::write(self.folder.join(format!("{user}.json.sig")), signature).unwrap();
    }
}
