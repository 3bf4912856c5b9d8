//! Gajim: since 1.2 a database with the settings of each account as JSON, before that a text of `accounts.NAME.key = value`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{OtherAccount, OtherFile, OtherProgram, unusable};
use crate::model::Jid;
use crate::xmpp::TlsMode;

/// The keys of an account that are read.
const KEYS: &[&str] = &[
    "address",
    "name",
    "hostname",
    "use_custom_host",
    "custom_host",
    "custom_port",
    "custom_type",
    "anonymous_auth",
    "is_zeroconf",
];
/// Names of accounts that are looked at; when full, the rest is skipped and told.
const MOST_NAMES: usize = 64;

/// What Gajim says of one account.
#[derive(Default)]
struct Settings(BTreeMap<&'static str, String>);

impl Settings {
    fn set(&mut self, key: &str, value: String) {
        if let Some(key) = KEYS.iter().find(|known| **known == key) {
            self.0.insert(key, value);
        }
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    fn flag(&self, key: &str) -> bool {
        self.text(key).is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1")
    }
}

/// Whether a line sets a key of an account.
pub(super) fn is_account(line: &str) -> bool {
    split(line).is_some()
}

/// The account's name, which may hold dots, the key and the value.
fn split(line: &str) -> Option<(&str, &str, &str)> {
    let (path, value) = line.strip_prefix("accounts.")?.split_once('=')?;
    let (name, key) = path.trim_end().rsplit_once('.')?;
    Some((name, key, value.trim()))
}

/// The text before 1.2.
pub(super) fn read(text: &str) -> OtherFile {
    let mut file = OtherFile::new(OtherProgram::Gajim);
    let mut accounts: BTreeMap<String, (u32, Settings)> = BTreeMap::new();
    for (line, number) in text.lines().zip(1_u32..) {
        let Some((name, key, value)) = split(line) else { continue };
        if !accounts.contains_key(name) && accounts.len() >= MOST_NAMES {
            file.people.skip(number, "There are more than 64 accounts in the file.");
            break;
        }
        let (_, settings) = accounts.entry(name.to_owned()).or_insert_with(|| (number, Settings::default()));
        settings.set(key, value.to_owned());
    }
    for (name, (line, settings)) in accounts {
        take(&mut file, line, &name, &settings);
    }
    file
}

/// The rows of `account_settings`.
pub(super) fn rows(rows: &[(String, String)]) -> OtherFile {
    let mut file = OtherFile::new(OtherProgram::Gajim);
    for ((name, json), line) in rows.iter().zip(1_u32..) {
        let Ok(json) = serde_json::from_str::<Value>(json) else {
            file.people.skip(line, &unusable(name, "its settings cannot be read."));
            continue;
        };
        let mut settings = Settings::default();
        // The settings of the account, or a level deeper, beside those of its contacts and rooms.
        let own = json.get("account").unwrap_or(&json);
        for key in KEYS {
            match own.get(key) {
                Some(Value::String(text)) => settings.set(key, text.clone()),
                Some(Value::Bool(flag)) => settings.set(key, flag.to_string()),
                Some(Value::Number(number)) => settings.set(key, number.to_string()),
                Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => {}
            }
        }
        take(&mut file, line, name, &settings);
    }
    file
}

fn take(file: &mut OtherFile, line: u32, name: &str, settings: &Settings) {
    if settings.flag("is_zeroconf") {
        return;
    }
    if settings.flag("anonymous_auth") {
        file.people.skip(line, &unusable(name, "it signs in without a name."));
        return;
    }
    let written = settings.text("address").map(str::to_owned).or_else(|| {
        let (user, host) = (settings.text("name")?, settings.text("hostname")?);
        Some(if user.contains('@') { user.to_owned() } else { format!("{user}@{host}") })
    });
    let address = written.and_then(|text| Jid::parse_dropping_resource(&text).ok());
    let Some(address) = address.filter(|jid| jid.local().is_some() && jid.is_reachable()) else {
        file.people.skip(line, &unusable(name, "it has no chat address."));
        return;
    };
    let custom = settings.flag("use_custom_host").then(|| settings.text("custom_host")).flatten();
    let port = settings.text("custom_port").and_then(|port| port.parse::<u16>().ok()).filter(|port| *port > 0);
    let server = custom.map(|host| match port {
        Some(port) if host.contains(':') && !host.starts_with('[') => format!("[{host}]:{port}"),
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    });
    // A name of a server is letters, digits and a few signs: what else stands there is no server.
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    let server = server.filter(|server| server.len() <= 255 && server.chars().all(plain));
    let kind = settings.text("custom_type").unwrap_or_default().to_ascii_uppercase();
    let tls = match kind.as_str() {
        "DIRECT TLS" if server.is_some() => TlsMode::Direct,
        "PLAIN" if server.is_some() => {
            file.people.skip(line, "Gajim connects to this server without encryption; Tandem never does.");
            TlsMode::StartTls
        }
        "START TLS" if server.is_some() => TlsMode::StartTls,
        _ => TlsMode::Auto,
    };
    file.add(line, OtherAccount::Chat { address, server, tls });
}
