//! From accounts to the text of `config.toml`: only what differs from the defaults, and the user's comments stay.

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, TableLike, Value};

use super::settings::{Chat, Network, Relation, SecretSource, Voice};
use super::words;
use crate::model::{Aspect, Jid, SipUri};
use crate::platform::Secret;

/// How a file begins that did not exist.
pub(super) const HEADER: &str = "\
# Tandem's configuration: only what differs from the defaults.
# Every key, with its default, is in config.example.toml. To check this file:  tandem check-config FILE
";

/// The part of the configuration that a set-up decides.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Accounts {
    /// Chat accounts.
    pub chat: Vec<Chat>,
    /// Voice accounts.
    pub voice: Vec<Voice>,
    /// Which of them belong together.
    pub relations: Vec<Relation>,
    /// Names and trust.
    pub network: Network,
}

/// The existing text is not TOML, so nothing in it can be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the file is not TOML")]
pub struct NotToml;

/// One key of a table: its name and its value; no value where the default holds.
pub(super) type Keys = Vec<(&'static str, Option<Value>)>;

/// Writes accounts into a configuration; `existing` is its text, empty where there is none.
///
/// Accounts are matched by their `id`. What `existing` says about anything else stays as it is.
pub fn write(existing: &str, accounts: &Accounts) -> Result<String, NotToml> {
    let mut document: DocumentMut = existing.parse().map_err(|_| NotToml)?;
    // Comments of a file without any key would land behind what is added.
    let before = if existing.trim().is_empty() {
        HEADER.to_owned()
    } else if document.as_table().is_empty() {
        format!("{}\n", std::mem::take(&mut document).to_string().trim_end())
    } else {
        String::new()
    };
    let chat = accounts.chat.iter().map(|chat| (chat.id.as_str().to_owned(), chat_keys(chat))).collect();
    let voice = accounts.voice.iter().map(|voice| (voice.id.as_str().to_owned(), voice_keys(voice))).collect();
    let relations =
        accounts.relations.iter().map(|relation| (relation_identity(relation), relation_keys(relation))).collect();
    write_tables(&mut document, "chat", "Chat (XMPP)", chat, |table| identity(table, "chat"));
    write_tables(&mut document, "voice", "Calls (SIP)", voice, |table| identity(table, "voice"));
    write_tables(&mut document, "relation", "Which of them belong together", relations, |table| {
        format!("{}\n{}", text(table, "chat").unwrap_or(""), text(table, "voice").unwrap_or(""))
    });
    write_section(&mut document, "network", "Names and trust", network_keys(&accounts.network));
    Ok(format!("{before}{document}"))
}

/// Writes names and trust.
pub(super) fn put_network(document: &mut DocumentMut, network: &Network) {
    write_section(document, "network", "Names and trust", network_keys(network));
}

/// Changes the password that stands in the file itself, for every account with this address.
///
/// `Ok(None)` where no such account has a `password`.
pub fn write_password(existing: &str, address: &str, password: &Secret) -> Result<Option<String>, NotToml> {
    let mut document: DocumentMut = existing.parse().map_err(|_| NotToml)?;
    let mut found = false;
    for key in ["chat", "voice"] {
        let Some(array) = document.get_mut(key).and_then(Item::as_array_of_tables_mut) else { continue };
        for table in array.iter_mut() {
            if text(table, "address").is_some_and(|text| is_address(text, address)) && text(table, "password").is_some()
            {
                put(table, "password", Value::from(password.expose()));
                found = true;
            }
        }
    }
    Ok(found.then(|| document.to_string()))
}

/// Changes which voice account belongs to a chat account; `None`: none does. Everything else stays as it is.
pub fn write_relation(existing: &str, chat: &str, voice: Option<&str>) -> Result<String, NotToml> {
    let mut document: DocumentMut = existing.parse().map_err(|_| NotToml)?;
    let mut tables = match document.remove("relation") {
        Some(Item::ArrayOfTables(tables)) => tables,
        Some(Item::None | Item::Value(_) | Item::Table(_)) | None => ArrayOfTables::new(),
    };
    let is_this = |table: &Table| text(table, "chat") == Some(chat);
    match voice {
        Some(voice) if tables.iter().any(is_this) => {
            tables.iter_mut().filter(|table| is_this(table)).for_each(|table| put(table, "voice", voice.into()));
        }
        Some(voice) => {
            let mut table = Table::new();
            write_keys(&mut table, vec![("chat", Some(chat.into())), ("voice", Some(voice.into()))]);
            let heading = if tables.is_empty() { "\n# Which of them belong together\n" } else { "\n" };
            table.decor_mut().set_prefix(heading);
            tables.push(table);
        }
        None => tables.retain(|table| !is_this(table)),
    }
    if !tables.is_empty() {
        document.insert("relation", Item::ArrayOfTables(tables));
    }
    Ok(document.to_string())
}

/// Whether an address in the file is this one, as [`Jid`] and [`SipUri`] write it.
fn is_address(in_file: &str, address: &str) -> bool {
    in_file == address
        || Jid::parse(in_file).is_ok_and(|jid| jid.as_str() == address)
        || SipUri::parse(in_file).is_ok_and(|uri| uri.to_string() == address)
}

pub(super) fn chat_keys(chat: &Chat) -> Keys {
    let default = Chat::new(chat.id.clone(), chat.address.clone(), chat.secret.clone());
    let mut keys = vec![("id", Some(chat.id.as_str().into())), ("address", Some(chat.address.as_str().into()))];
    keys.extend(secret_keys(&chat.secret));
    keys.extend([
        ("server", chat.server.as_ref().map(Value::from)),
        ("tls", word(words::TLS, chat.tls, default.tls)),
        ("resource", chat.resource.as_ref().map(Value::from)),
        ("allow-plain", differs(chat.allow_plain, default.allow_plain)),
        ("certificate-pins", fingerprints(&chat.certificate_pins)),
        ("certificate-exceptions", fingerprints(&chat.certificate_exceptions)),
        ("client-certificate", chat.client_certificate.as_ref().map(|(file, _)| path(file))),
        ("client-key", client_key(chat.client_certificate.as_ref())),
        ("accept-weaker", aspects(&chat.accept_weaker)),
    ]);
    keys
}

fn reception(set: Option<crate::model::Reception>) -> Option<Value> {
    let set = set?;
    words::RECEPTION.iter().find(|(_, known)| *known == set).map(|(word, _)| Value::from(*word))
}

pub(super) fn voice_keys(voice: &Voice) -> Keys {
    let default = Voice::new(voice.id.clone(), voice.address.clone(), voice.secret.clone());
    let mut keys = vec![("id", Some(voice.id.as_str().into())), ("address", Some(voice.address.to_string().into()))];
    keys.extend(secret_keys(&voice.secret));
    keys.extend([
        ("auth-user", voice.auth_user.as_ref().map(Value::from)),
        ("display-name", voice.display_name.as_ref().map(Value::from)),
        ("outbound-proxy", voice.outbound_proxy.as_ref().map(|uri| uri.to_string().into())),
        ("transport", word(words::TRANSPORT, voice.transport, default.transport)),
        ("realm", voice.realm.as_ref().map(Value::from)),
        ("allow-md5", differs(voice.allow_md5, default.allow_md5)),
        ("expires", differs(i64::from(voice.expires), i64::from(default.expires))),
        ("media-encryption", word(words::MEDIA_ENCRYPTION, voice.media_encryption, default.media_encryption)),
        ("media-keys", word(words::MEDIA_KEYS, voice.media_keys, default.media_keys)),
        ("certificate-pins", fingerprints(&voice.certificate_pins)),
        ("certificate-exceptions", fingerprints(&voice.certificate_exceptions)),
        ("client-certificate", voice.client_certificate.as_ref().map(|(file, _)| path(file))),
        ("client-key", client_key(voice.client_certificate.as_ref())),
        ("accept-weaker", aspects(&voice.accept_weaker)),
        ("unknown-callers", reception(voice.callers.unknown)),
        ("anonymous-callers", reception(voice.callers.anonymous)),
        ("hide-number", voice.callers.hide_number.map(Value::from)),
    ]);
    keys.extend(plan_keys(&voice.plan));
    keys
}

fn plan_keys(plan: &crate::phone::AccountPlan) -> Keys {
    let text = |value: &Option<String>| value.as_ref().map(Value::from);
    let dial_as = plan.dial_as.and_then(|set| words::DIAL_AS.iter().find(|(_, known)| *known == set));
    vec![
        ("region", text(&plan.region)),
        ("trunk-prefix", text(&plan.trunk_prefix)),
        ("international-prefix", text(&plan.international_prefix)),
        ("outside-prefix", text(&plan.outside_prefix)),
        ("area-code", text(&plan.area_code)),
        ("own-numbers", plan.own_numbers.as_ref().map(|numbers| Value::Array(numbers.iter().collect()))),
        ("extension-length", plan.extension_length.map(|length| Value::from(i64::from(length)))),
        ("dial-as", dial_as.map(|(word, _)| Value::from(*word))),
    ]
}

/// At most one of the four has a value.
fn secret_keys(secret: &SecretSource) -> Keys {
    let (mut keyring, mut command, mut file, mut inline) = (None, None, None, None);
    match secret {
        SecretSource::Keyring => keyring = Some(Value::from(true)),
        SecretSource::Command(text) => command = Some(text.into()),
        SecretSource::File(path) => file = Some(path.to_string_lossy().into_owned().into()),
        // No password at all: the account signs in with a certificate.
        SecretSource::Inline(secret) if secret.expose().is_empty() => {}
        SecretSource::Inline(secret) => inline = Some(secret.expose().into()),
    }
    vec![("password-keyring", keyring), ("password-command", command), ("password-file", file), ("password", inline)]
}

fn relation_keys(relation: &Relation) -> Keys {
    vec![("chat", Some(relation.chat.as_str().into())), ("voice", Some(relation.voice.as_str().into()))]
}

fn network_keys(network: &Network) -> Keys {
    let default = Network::default();
    let files: Array = network.ca_files.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    vec![
        ("resolver", network.resolver.map(|address| address.to_string().into())),
        ("ca-files", (!files.is_empty()).then_some(Value::Array(files))),
        ("system-authorities", differs(network.system_authorities, default.system_authorities)),
    ]
}

/// The file of the key, where it is another than the certificate's.
fn client_key(files: Option<&(std::path::PathBuf, std::path::PathBuf)>) -> Option<Value> {
    files.filter(|(certificate, key)| certificate != key).map(|(_, key)| path(key))
}

fn path(file: &std::path::Path) -> Value {
    file.to_string_lossy().into_owned().into()
}

fn aspects(accepted: &[Aspect]) -> Option<Value> {
    let words: Array = accepted.iter().map(|aspect| aspect.word()).collect();
    (!words.is_empty()).then_some(Value::Array(words))
}

fn word<T: Copy + PartialEq>(words: words::Words<T>, value: T, default: T) -> Option<Value> {
    if value == default { None } else { words::word_for(words, &value).map(Value::from) }
}

fn differs<T: Copy + PartialEq + Into<Value>>(value: T, default: T) -> Option<Value> {
    (value != default).then(|| value.into())
}

fn fingerprints(found: &[[u8; 32]]) -> Option<Value> {
    let texts: Array =
        found.iter().map(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()).collect();
    (!texts.is_empty()).then_some(Value::Array(texts))
}

pub(super) fn text<'t>(table: &'t Table, key: &str) -> Option<&'t str> {
    table.get(key).and_then(Item::as_str)
}

/// The account's `id`; the name of its service where it has none.
pub(super) fn identity(table: &Table, service: &str) -> String {
    text(table, "id").unwrap_or(service).to_owned()
}

fn relation_identity(relation: &Relation) -> String {
    format!("{}\n{}", relation.chat.as_str(), relation.voice.as_str())
}

/// Makes the `[[key]]` tables those of `entries`: changes what is there, adds what is missing, removes the rest.
fn write_tables(
    document: &mut DocumentMut,
    key: &str,
    heading: &str,
    entries: Vec<(String, Keys)>,
    identity: impl Fn(&Table) -> String,
) {
    let mut tables = match document.remove(key) {
        Some(Item::ArrayOfTables(tables)) => tables,
        Some(Item::None | Item::Value(_) | Item::Table(_)) | None => ArrayOfTables::new(),
    };
    let mut comments = String::new();
    for index in (0..tables.len()).rev() {
        let wanted = |table: &Table| entries.iter().any(|(id, _)| *id == identity(table));
        if tables.get(index).is_some_and(|table| !wanted(table)) {
            comments.insert_str(0, &prefix_with_comment(&tables.remove(index)));
        }
    }
    let mut first = tables.is_empty();
    for (id, mut keys) in entries {
        if let Some(table) = tables.iter_mut().find(|table| identity(table) == id) {
            // Without an id line the table is already known by this name.
            keys.retain(|(name, _)| *name != "id" || table.contains_key("id"));
            write_keys(table, keys);
        } else {
            let mut table = Table::new();
            write_keys(&mut table, keys);
            let above = if first { format!("\n# {heading}\n") } else { "\n".to_owned() };
            table.decor_mut().set_prefix(format!("{}{above}", std::mem::take(&mut comments)));
            tables.push(table);
        }
        first = false;
    }
    if !comments.is_empty() {
        let after = document.trailing().as_str().unwrap_or_default().to_owned();
        document.set_trailing(format!("{comments}{after}"));
    }
    if !tables.is_empty() {
        document.insert(key, Item::ArrayOfTables(tables));
    }
}

/// What stands above a table's header, if there is a comment in it.
fn prefix_with_comment(table: &Table) -> String {
    let prefix = table.decor().prefix().and_then(|prefix| prefix.as_str());
    prefix.filter(|prefix| prefix.contains('#')).unwrap_or_default().to_owned()
}

fn write_section(document: &mut DocumentMut, key: &str, heading: &str, keys: Keys) {
    if let Some(table) = document.get_mut(key).and_then(Item::as_table_like_mut) {
        write_keys(table, keys);
    } else if keys.iter().any(|(_, value)| value.is_some()) {
        let mut table = Table::new();
        write_keys(&mut table, keys);
        table.decor_mut().set_prefix(format!("\n# {heading}\n"));
        document.insert(key, Item::Table(table));
    }
}

pub(super) fn write_keys(table: &mut dyn TableLike, keys: Keys) {
    let mut unwanted = Vec::new();
    for (key, value) in keys {
        match value {
            Some(value) => put(table, key, value),
            None => unwanted.push(key),
        }
    }
    unwanted.into_iter().for_each(|key| take_out(table, key));
}

/// Removes a key; the comments above it stay.
pub(super) fn take_out(table: &mut dyn TableLike, key: &str) {
    if table.contains_key(key) {
        hand_comments_on(table, key);
        table.remove(key);
    }
}

/// Sets a key and keeps how its line is written, also the comment behind it.
pub(super) fn put(table: &mut dyn TableLike, key: &str, value: Value) {
    match table.get_mut(key) {
        Some(Item::Value(old)) => {
            if !means_the_same(old, &value) {
                let decor = old.decor().clone();
                *old = value;
                *old.decor_mut() = decor;
            }
        }
        Some(Item::None | Item::Table(_) | Item::ArrayOfTables(_)) | None => {
            table.insert(key, Item::Value(value));
        }
    }
}

fn means_the_same(old: &Value, new: &Value) -> bool {
    // Fingerprints may be written with colons and capitals; in other texts these matter.
    let plain = |value: &Value| {
        value.as_str().map(|text| match super::parse::fingerprint(text) {
            Some(_) => text.replace(':', "").to_ascii_lowercase(),
            None => text.to_owned(),
        })
    };
    match (old, new) {
        (Value::Array(old), Value::Array(new)) => old.iter().map(plain).eq(new.iter().map(plain)),
        _ => {
            (old.as_str().is_some() && old.as_str() == new.as_str())
                || (old.as_bool().is_some() && old.as_bool() == new.as_bool())
                || (old.as_integer().is_some() && old.as_integer() == new.as_integer())
        }
    }
}

/// Moves the comments above a key that goes to the key below it, or behind the key above it.
fn hand_comments_on(table: &mut dyn TableLike, key: &str) {
    let prefix = |table: &dyn TableLike, key: &str| {
        let decor = table.key(key).and_then(|key| key.leaf_decor().prefix());
        decor.and_then(|prefix| prefix.as_str()).unwrap_or_default().to_owned()
    };
    let comments = prefix(table, key);
    if !comments.contains('#') {
        return;
    }
    let names: Vec<String> = table.iter().map(|(name, _)| name.to_owned()).collect();
    let Some(at) = names.iter().position(|name| name == key) else { return };
    if let Some(next) = names.get(at + 1) {
        let joined = format!("{comments}{}", prefix(table, next));
        if let Some(mut next) = table.key_mut(next) {
            next.leaf_decor_mut().set_prefix(joined);
        }
    } else if let Some(Item::Value(above)) =
        at.checked_sub(1).and_then(|above| names.get(above)).and_then(|above| table.get_mut(above))
    {
        let suffix = above.decor().suffix().and_then(|suffix| suffix.as_str()).unwrap_or_default().to_owned();
        above.decor_mut().set_suffix(format!("{suffix}\n{}", comments.trim_end()));
    }
}
