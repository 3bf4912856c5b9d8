//! From the text of `config.toml` to a [`Config`], or to every problem in it.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use toml_edit::{Document, Item, TableLike};

use super::read_numbers::read_numbers;
use super::settings::{Audio, CallInfoPolicy, Calls, Chat, Config, LogLevel, Network, Relation, SecretSource, Voice};
use super::shape::Shapes;
use super::table::{Place, PlaceOf, Problems, Table};
use super::{
    read_connection, read_desktop, read_devices, read_history, read_identity, read_media, read_messages,
    read_provisioning, read_recording, read_security, read_telephony, words,
};
use crate::model::{AccountId, Jid, SipScheme, SipUri};
use crate::platform::Secret;
use crate::sdp::{Codec, KeyAgreement, MediaProtection};
use crate::sip::TransportChoice;
use crate::xmpp::TlsMode;

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file's path as the user knows it.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u32,
    /// In a document, the JSON pointer (RFC 6901) of what is wrong; empty in `config.toml`, and for the whole.
    pub pointer: Arc<str>,
    /// What is wrong and what would be right.
    pub text: Arc<str>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.pointer {
            "" => write!(f, "{}:{}: {}", self.file, self.line, self.text),
            pointer => write!(f, "{}:{}: ({pointer}) {}", self.file, self.line, self.text),
        }
    }
}

/// How messages call the table that holds all others.
const ROOT: &str = "the configuration";

/// Reads a configuration; `file` is its name in problems. Either everything is right or every problem is told.
pub fn parse(text: &str, file: &str) -> Result<Config, Vec<Problem>> {
    parse_with_places(text, file).map(|(config, _)| config)
}

/// Every key that there is, as `table.key`: whatever reading asks for.
pub fn keys() -> BTreeSet<String> {
    asked().0
}

/// What each key may be.
pub fn shapes() -> Shapes {
    asked().1
}

fn asked() -> (BTreeSet<String>, Shapes) {
    // One of each table, so that each is read; that they are empty is of no interest here.
    let text = "[[chat]]\n[[voice]]\n[[relation]]\n[[numbers.rule]]\n[[numbers.class]]\n[[domain-features]]\n\
        [[contact-features]]\n";
    let mut problems = Problems::new("", text);
    if let Ok(document) = Document::parse(text.to_owned()) {
        read(document.as_table(), &mut problems);
    }
    problems.asked.retain(|key| !key.starts_with(ROOT));
    // A table of tables, as numbers.rule, is no key itself.
    let tables: Vec<String> = problems.asked.iter().map(|key| format!("{key}.")).collect();
    let keys = problems.asked.clone();
    for table in
        tables.iter().filter(|table| keys.range((*table).clone()..).next().is_some_and(|key| key.starts_with(*table)))
    {
        problems.asked.remove(table.trim_end_matches('.'));
    }
    (problems.asked, problems.shapes)
}

/// As [`parse`], and says where things stand that only the shell can judge.
pub(super) fn parse_with_places(text: &str, file: &str) -> Result<(Config, Vec<Place>), Vec<Problem>> {
    let mut problems = Problems::new(file, text);
    let document = match Document::parse(text.to_owned()) {
        Ok(document) => document,
        Err(error) => {
            problems.report(error.span(), error.message().trim().replace('\n', ", "));
            return Err(problems.into_found());
        }
    };
    let config = read(document.as_table(), &mut problems);
    no_account(&config, document.as_table(), &mut problems);
    let places = std::mem::take(&mut problems.places);
    let found = problems.into_found();
    if found.is_empty() { Ok((config, places)) } else { Err(found) }
}

/// Reads every table; the result counts only where no problem was reported.
pub(super) fn read(tree: &toml_edit::Table, problems: &mut Problems<'_>) -> Config {
    let mut root = Table::new(ROOT, tree, None);
    let mut ids = BTreeSet::new();
    let chat = accounts(&mut root, "chat", problems, &mut ids, read_chat);
    let voice = accounts(&mut root, "voice", problems, &mut ids, read_voice);
    let relations = read_relations(&mut root, &chat, &voice, problems);
    let network = section(&mut root, "network", problems, read_network);
    let audio = section(&mut root, "audio", problems, read_audio);
    let media = section(&mut root, "media", problems, read_media::read);
    let calls = section(&mut root, "calls", problems, read_calls);
    let numbers = section(&mut root, "numbers", problems, |table, problems| read_numbers(table, &calls, problems));
    let connection = section(&mut root, "connection", problems, read_connection::read);
    let mut features = section(&mut root, "features", problems, read_connection::read_features);
    let domains = tables(&mut root, "domain-features", problems);
    let contacts = tables(&mut root, "contact-features", problems);
    read_connection::read_exceptions(domains, contacts, &mut features, problems);
    let appearance = section(&mut root, "appearance", problems, read_desktop::appearance);
    let desktop = section(&mut root, "desktop", problems, read_desktop::desktop);
    let notifications = section(&mut root, "notifications", problems, read_desktop::notifications);
    let security = section(&mut root, "security", problems, read_security::security);
    let log = section(&mut root, "log", problems, read_log);
    let history = section(&mut root, "history", problems, read_history::read);
    let identity = section(&mut root, "identity", problems, read_identity::read);
    let messages = section(&mut root, "messages", problems, read_messages::read);
    let recording = section(&mut root, "recording", problems, read_recording::read);
    let provisioning = section(&mut root, "provisioning", problems, read_provisioning::read);
    root.finish(problems);
    Config {
        desktop,
        history,
        identity,
        messages,
        notifications,
        recording,
        provisioning,
        chat,
        voice,
        relations,
        network,
        audio,
        media,
        calls,
        numbers,
        connection,
        features,
        appearance,
        security,
        log,
    }
}

/// What a file without any account lacks.
pub(crate) const NO_ACCOUNT: &str = "there is no account: add a [[chat]] or a [[voice]] table with an address";

/// Without any account there is nothing to do.
fn no_account(config: &Config, tree: &toml_edit::Table, problems: &mut Problems<'_>) {
    let there = |key| tree.get(key).is_some_and(|item| !item.is_none());
    if config.chat.is_empty() && config.voice.is_empty() && !there("chat") && !there("voice") {
        problems.report(None, NO_ACCOUNT);
    }
}

/// A `[section]`, or all its defaults.
fn section<T>(
    root: &mut Table<'_>,
    key: &'static str,
    problems: &mut Problems<'_>,
    read: impl FnOnce(&mut Table<'_>, &mut Problems<'_>) -> T,
) -> T {
    let item = root.item(key);
    let mut table = match item {
        Some(item) => match item.as_table_like() {
            Some(items) => Table::new(format!("[{key}]"), items, item.span()),
            None => {
                let text = match problems.is_json(item.span()) {
                    true => format!("{key} must be an object"),
                    false => format!("{key} must be a table: [{key}]"),
                };
                problems.report(item.span(), text);
                Table::absent(key)
            }
        },
        None => Table::absent(key),
    };
    let value = read(&mut table, problems);
    table.finish(problems);
    value
}

/// All `[[key]]` tables.
pub(super) fn tables<'t>(root: &mut Table<'t>, key: &'static str, problems: &mut Problems<'_>) -> Vec<Table<'t>> {
    let Some(item) = root.item(key) else { return Vec::new() };
    let key = root.path_of(key);
    match item {
        Item::ArrayOfTables(array) => {
            array.iter().map(|table| Table::new(format!("[[{key}]]"), table as &dyn TableLike, table.span())).collect()
        }
        Item::None | Item::Value(_) | Item::Table(_) => {
            // An empty list of JSON is a list of no tables.
            if item.as_array().is_some_and(toml_edit::Array::is_empty) {
                return Vec::new();
            }
            let text = match problems.is_json(item.span()) {
                true => format!("{key} must be a list of objects"),
                false => format!("write [[{key}]] with two brackets: there may be several"),
            };
            problems.report(item.span(), text);
            Vec::new()
        }
    }
}

fn accounts<T>(
    root: &mut Table<'_>,
    key: &'static str,
    problems: &mut Problems<'_>,
    ids: &mut BTreeSet<String>,
    read: impl Fn(&mut Table<'_>, AccountId, &mut Problems<'_>) -> (T, Option<String>),
) -> Vec<T> {
    let mut accounts = Vec::new();
    let mut addresses = BTreeSet::new();
    for mut table in tables(root, key, problems) {
        let id = table.text("id", problems).unwrap_or_else(|| key.to_owned());
        table.set_label(format!("{key}[{id}]"));
        if !ids.insert(id.clone()) {
            let place = table.span_of("id");
            problems.report(place, format_args!("two accounts are called {id:?}: give each its own id"));
        }
        let (account, address) = read(&mut table, AccountId::new(&id), problems);
        accounts.push(account);
        if let Some(address) = address
            && !addresses.insert(address)
        {
            problems.report(table.span_of("address"), format_args!("two [[{key}]] accounts have this address"));
        }
        table.finish(problems);
    }
    accounts
}

fn read_chat(table: &mut Table<'_>, id: AccountId, problems: &mut Problems<'_>) -> (Chat, Option<String>) {
    let address = required(table, "address", problems, "an address like alice@example.com", |text| {
        Jid::parse(text).ok().filter(|jid| jid.local().is_some())
    });
    let secret = read_secret(table, &id, problems);
    let chat = Chat {
        id,
        address: address.clone().unwrap_or_else(placeholder_jid),
        secret: secret.clone().unwrap_or(SecretSource::Keyring),
        server: table.parsed("server", "a host or host:port", problems, host_port),
        tls: table.word("tls", words::TLS, TlsMode::Auto, problems),
        resource: table.text("resource", problems),
        allow_plain: table.flag("allow-plain", false, problems),
        certificate_pins: fingerprints(table, "certificate-pins", problems),
        certificate_exceptions: fingerprints(table, "certificate-exceptions", problems),
        client_certificate: read_security::client_certificate(table, problems),
        accept_weaker: read_security::accept_weaker(table, problems),
    };
    (chat, address.map(|address| address.to_string()))
}

fn read_voice(table: &mut Table<'_>, id: AccountId, problems: &mut Problems<'_>) -> (Voice, Option<String>) {
    let address = required(table, "address", problems, "an address like sip:alice@example.com", |text| {
        SipUri::parse(text).ok().filter(|uri| uri.user().is_some())
    });
    let secret = read_secret(table, &id, problems);
    let voice = Voice {
        id,
        address: address.clone().unwrap_or_else(placeholder_uri),
        secret: secret.clone().unwrap_or(SecretSource::Keyring),
        auth_user: table.text("auth-user", problems),
        display_name: table.text("display-name", problems),
        outbound_proxy: table.parsed("outbound-proxy", "a SIP address like sip:proxy.example.com", problems, |text| {
            SipUri::parse(text).ok()
        }),
        transport: table.word("transport", words::TRANSPORT, TransportChoice::Auto, problems),
        realm: table.text("realm", problems),
        allow_md5: table.flag("allow-md5", true, problems),
        expires: table.number("expires", 60..=3600, 600, problems),
        media_encryption: table.word("media-encryption", words::MEDIA_ENCRYPTION, MediaProtection::Optional, problems),
        media_keys: table.word("media-keys", words::MEDIA_KEYS, KeyAgreement::Auto, problems),
        certificate_pins: fingerprints(table, "certificate-pins", problems),
        certificate_exceptions: fingerprints(table, "certificate-exceptions", problems),
        client_certificate: read_security::client_certificate(table, problems),
        accept_weaker: read_security::accept_weaker(table, problems),
        callers: read_identity::read_account_callers(table, problems),
        plan: super::read_numbers::read_account_plan(table, problems),
        telephony: read_telephony::read(table, problems),
    };
    (voice, address.map(|address| address.to_string()))
}

/// Exactly one of four keys says where the password is.
fn read_secret(table: &mut Table<'_>, id: &AccountId, problems: &mut Problems<'_>) -> Option<SecretSource> {
    let mut sources = Vec::new();
    let mut last = "password-keyring";
    if table.flag("password-keyring", false, problems) {
        sources.push(SecretSource::Keyring);
    }
    if let Some(command) = table.text("password-command", problems) {
        sources.push(SecretSource::Command(command));
        last = "password-command";
    }
    if let Some(path) = table.text("password-file", problems) {
        problems.note(table.span_of("password-file"), PlaceOf::PasswordFile(PathBuf::from(&path)));
        sources.push(SecretSource::File(PathBuf::from(path)));
        last = "password-file";
    }
    if let Some(text) = table.text("password", problems) {
        problems.note(table.span_of("password"), PlaceOf::Password(id.as_str().to_owned()));
        sources.push(SecretSource::Inline(Secret::new(text)));
        last = "password";
    }
    let name = table.name().to_owned();
    match sources.len() {
        1 => return sources.pop(),
        // A key that is there but wrong has been reported itself.
        0 if table.has_any(&["password-command", "password-file", "password"]) => {}
        // Who signs in with a certificate needs none.
        0 if table.has_any(&["client-certificate"]) => return Some(SecretSource::Inline(Secret::new(""))),
        0 => problems.report(
            table.span(),
            format_args!(
                "{name} has no password: add password-keyring = true, password-command, password-file or password"
            ),
        ),
        _ => problems.report(
            table.span_of(last),
            format_args!(
                "{name} has several passwords: keep one of password-keyring, password-command, password-file, password"
            ),
        ),
    }
    None
}

fn read_relations(root: &mut Table<'_>, chat: &[Chat], voice: &[Voice], problems: &mut Problems<'_>) -> Vec<Relation> {
    let mut relations = Vec::new();
    for mut table in tables(root, "relation", problems) {
        let span = table.span();
        let chat_id = required(&mut table, "chat", problems, "the id of a [[chat]] account", |text| {
            chat.iter().map(|account| &account.id).find(|id| id.as_str() == text).cloned()
        });
        let voice_id = required(&mut table, "voice", problems, "the id of a [[voice]] account", |text| {
            voice.iter().map(|account| &account.id).find(|id| id.as_str() == text).cloned()
        });
        if let Some(chat) = &chat_id {
            table.set_label(format!("relation[{}]", chat.as_str()));
        }
        table.finish(problems);
        if let (Some(chat), Some(voice)) = (chat_id, voice_id) {
            let relation = Relation { chat, voice };
            if relations.contains(&relation) {
                problems.report(span, "this relation is there twice");
            } else {
                relations.push(relation);
            }
        }
    }
    relations
}

fn read_network(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Network {
    Network {
        resolver: table.parsed("resolver", "an address like 192.0.2.1 or 192.0.2.1:53", problems, |text| {
            text.parse().ok().or_else(|| text.parse().ok().map(|ip| std::net::SocketAddr::new(ip, 53)))
        }),
        ca_files: table
            .texts("ca-files", problems)
            .unwrap_or_default()
            .into_iter()
            .map(|(path, span)| {
                problems.note(span, PlaceOf::CaFile(PathBuf::from(&path)));
                PathBuf::from(path)
            })
            .collect(),
        system_authorities: table.flag("system-authorities", true, problems),
    }
}

fn read_audio(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Audio {
    let default = Audio::default();
    Audio {
        input: table.text("input", problems).unwrap_or(default.input),
        output: table.text("output", problems).unwrap_or(default.output),
        ring: table.text("ring", problems).unwrap_or(default.ring),
        instead: read_devices::instead(table, problems),
        echo_cancellation: table.flag("echo-cancellation", true, problems),
        noise_suppression: table.flag("noise-suppression", true, problems),
        gain_control: table.flag("gain-control", true, problems),
        codecs: read_codecs(table, problems).unwrap_or(default.codecs),
        packet_time: Duration::from_millis(u64::from(table.word("packet-time", words::PACKET_TIME, 10, problems))),
        discontinuous: table.flag("discontinuous", false, problems),
    }
}

fn read_codecs(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Option<Vec<Codec>> {
    let texts = table.texts("codecs", problems)?;
    let empty = texts.is_empty();
    let mut codecs = Vec::new();
    for (text, span) in texts {
        let known = [Codec::Opus, Codec::G722, Codec::Pcmu, Codec::Pcma];
        match known.into_iter().find(|codec| codec.name().eq_ignore_ascii_case(&text)) {
            Some(codec) if codecs.contains(&codec) => problems.report(span, format_args!("{text:?} is there twice")),
            Some(codec) => codecs.push(codec),
            None => problems.report(span, format_args!("{text:?} is not one of opus, G722, PCMU, PCMA")),
        }
    }
    if codecs.is_empty() && empty {
        problems.report(table.span_of("codecs"), "codecs needs at least one of opus, G722, PCMU, PCMA");
    }
    Some(codecs)
}

fn read_calls(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Calls {
    Calls {
        region: table.parsed("region", "a country code of two letters like DE", problems, |text| {
            (text.len() == 2 && text.chars().all(|c| c.is_ascii_alphabetic())).then(|| text.to_ascii_uppercase())
        }),
        send_chat_address: table.word("send-chat-address", words::SEND_CHAT_ADDRESS, CallInfoPolicy::Known, problems),
        ring_timeout: Duration::from_secs(u64::from(table.number("ring-timeout", 5..=600, 120, problems))),
        echo_address: table.text("echo-address", problems),
        push_to_talk: table.flag("push-to-talk", false, problems),
        silence_timeout: read_devices::silence_timeout(table, problems),
        callers: read_identity::read_callers(table, problems),
        contact_lamps: table.flag("contact-lamps", false, problems),
        answering: super::read_answering::read(table, problems),
    }
}

fn read_log(table: &mut Table<'_>, problems: &mut Problems<'_>) -> LogLevel {
    table.word("level", words::LOG_LEVEL, LogLevel::Info, problems)
}

pub(super) fn required<T>(
    table: &mut Table<'_>,
    key: &'static str,
    problems: &mut Problems<'_>,
    what: &str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Option<T> {
    table.require(key);
    if table.item(key).is_none() {
        let name = table.name().to_owned();
        problems.report(table.span(), format_args!("{name} needs {key}: {what}"));
        return None;
    }
    table.parsed(key, what, problems, read)
}

fn host_port(text: &str) -> Option<String> {
    // The same grammar as in a SIP URI serves here: a name, IPv4 or [IPv6], and perhaps a port.
    SipUri::parse(&format!("sip:{text}")).ok().filter(|uri| uri.user().is_none()).map(|_| text.to_owned())
}

fn fingerprints(table: &mut Table<'_>, key: &'static str, problems: &mut Problems<'_>) -> Vec<[u8; 32]> {
    let mut found = Vec::new();
    for (text, span) in table.texts(key, problems).unwrap_or_default() {
        match fingerprint(&text) {
            Some(bytes) if found.contains(&bytes) => {
                problems.report(span, format_args!("{key}: {text:?} is there twice"))
            }
            Some(bytes) => found.push(bytes),
            None => problems.report(span, format_args!("{key}: {text:?} is not a SHA-256 fingerprint in hexadecimal")),
        }
    }
    found
}

/// 64 hexadecimal digits, with or without colons.
pub(crate) fn fingerprint(text: &str) -> Option<[u8; 32]> {
    let hex: Vec<u8> = text.bytes().filter(|b| *b != b':').collect();
    if hex.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(hex.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

fn placeholder_jid() -> Jid {
    Jid::parse("nobody@invalid").expect("a literal JID is valid")
}

fn placeholder_uri() -> SipUri {
    SipUri::new(SipScheme::Sip, Some("nobody"), "invalid").expect("a literal SIP URI is valid")
}
