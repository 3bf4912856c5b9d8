//! The chat server of one test.

use std::fs;
use std::path::{Path, PathBuf};

use super::authority::Authority;
use super::process::{Process, command, free_ports, program, wait_listening};
use super::{DOMAIN, fill, password};

const TEMPLATE: &str = include_str!("../../../scripts/demo/templates/prosody.cfg.lua");

/// A running Prosody.
pub struct Prosody {
    process: Option<Process>,
    folder: PathBuf,
    /// Clients start here in the clear and go on with STARTTLS.
    pub starttls: u16,
    /// TLS from the first byte (XEP-0368).
    pub direct_tls: u16,
}

/// One line of a roster.
#[derive(Clone, Debug)]
pub struct RosterItem {
    /// The user part of the contact.
    pub user: String,
    /// The name that the roster gives.
    pub name: String,
    /// The group.
    pub group: String,
}

impl RosterItem {
    /// A contact in a group.
    pub fn new(user: &str, name: &str, group: &str) -> Self {
        Self { user: user.to_owned(), name: name.to_owned(), group: group.to_owned() }
    }
}

impl Prosody {
    /// Starts one in `folder`, with accounts for `users`; those of `roster` are friends of each
    /// other, the rest know nobody.
    pub fn start(folder: &Path, authority: &Authority, users: &[&str], roster: &[RosterItem]) -> Self {
        fs::create_dir_all(folder).unwrap();
        let data = folder.join("data").join("tandem%2eexample");
        for store in ["accounts", "roster"] {
            fs::create_dir_all(data.join(store)).unwrap();
        }
        for user in users {
            let account = format!("return {{ password = \"{}\" }};\n", password(user));
            fs::write(data.join("accounts").join(format!("{user}.dat")), account).unwrap();
            let known = roster.iter().any(|item| item.user == *user);
            let items: String = roster
                .iter()
                .filter(|item| known && item.user != *user)
                .map(|item| {
                    format!(
                        "[\"{}@{DOMAIN}\"] = {{ subscription = \"both\"; name = \"{}\"; groups = {{ [\"{}\"] = true; }}; }};\n",
                        item.user, item.name, item.group
                    )
                })
                .collect();
            let text = format!("return {{ [false] = {{ version = 1; pending = {{}}; }};\n{items}}};\n");
            fs::write(data.join("roster").join(format!("{user}.dat")), text).unwrap();
        }
        let certified = authority.certify("chat", &[DOMAIN, "chat.tandem.example", "files.tandem.example"]);
        let [starttls, direct_tls, https] = free_ports();
        let config = fill(
            TEMPLATE,
            &[
                ("DIR", &folder.display().to_string()),
                ("STARTTLS_PORT", &starttls.to_string()),
                ("DIRECT_TLS_PORT", &direct_tls.to_string()),
                ("HTTPS_PORT", &https.to_string()),
                ("MODULES", ""),
                ("ROOM_MODULES", "\"muc_moderation\""),
                ("HIBERNATION_S", "300"),
                ("AUTHENTICATION", "internal_hashed"),
                ("PASSWORD_HASH", "SHA-256"),
                ("KEY", &certified.key.display().to_string()),
                ("CERTIFICATE", &certified.certificate.display().to_string()),
                ("DOMAIN", DOMAIN),
                ("LOG_LEVEL", "debug"),
            ],
        );
        fs::write(folder.join("prosody.cfg.lua"), config).unwrap();
        let mut prosody = Self { process: None, folder: folder.to_owned(), starttls, direct_tls };
        prosody.restart();
        prosody
    }

    /// Kills it at once, as a power failure would.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
    }

    /// Ends it as an administrator would.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Starts it again at the same ports, with the same data.
    pub fn restart(&mut self) {
        self.kill();
        let mut start = command(&program("prosody"));
        start.arg("-F").arg("--config").arg(self.folder.join("prosody.cfg.lua"));
        let mut process = Process::start("prosody", &self.folder, start);
        wait_listening(&mut process, &[self.starttls, self.direct_tls]);
        self.process = Some(process);
    }

    /// Adds modules (`"name", `) and lines to its configuration, and starts it anew.
    pub fn extend(&mut self, modules: &str, lines: &str) {
        let file = self.folder.join("prosody.cfg.lua");
        let text = fs::read_to_string(&file).unwrap();
        let text = text.replace("modules_enabled = {", &format!("modules_enabled = {{ {modules}"));
        fs::write(&file, text.replace("VirtualHost", &format!("{lines}\nVirtualHost"))).unwrap();
        self.restart();
    }

    /// Adds modules to its rooms, one of them written here, and starts it anew.
    pub fn extend_rooms(&mut self, modules: &str, (name, lua): (&str, &str)) {
        fs::write(self.folder.join(format!("mod_{name}.lua")), lua).unwrap();
        let file = self.folder.join("prosody.cfg.lua");
        let text = fs::read_to_string(&file).unwrap();
        let text = text.replace("\"muc_moderation\"", &format!("\"muc_moderation\", \"{name}\", {modules}"));
        let paths = format!("plugin_paths = {{ \"{}\" }}\nVirtualHost", self.folder.display());
        fs::write(&file, text.replacen("VirtualHost", &paths, 1)).unwrap();
        self.restart();
    }

    /// How often somebody began to sign in.
    pub fn logins(&self) -> usize {
        let log = fs::read(self.folder.join("prosody.log")).unwrap_or_default();
        String::from_utf8_lossy(&log)
            .lines()
            .filter(|line| line.contains("Received[c2s") && line.contains("<auth"))
            .count()
    }

    /// How often somebody tried to sign in and was refused.
    pub fn refused_logins(&self) -> usize {
        let log = fs::read(self.folder.join("prosody.log")).unwrap_or_default();
        String::from_utf8_lossy(&log)
            .lines()
            .filter(|line| line.contains("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"))
            .count()
    }
}
