//! One key of `config.toml` changed by the settings; comments and everything else stay.

use std::sync::Arc;

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, Value};

use super::write::{HEADER, identity, put};

/// A value that somebody gave for a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// On or off.
    Flag(bool),
    /// A number.
    Number(u32),
    /// A text or a word.
    Text(Arc<str>),
    /// A list of texts; an empty one is written as such, because it may differ from what the administrator says.
    Texts(Vec<Arc<str>>),
}

impl Given {
    fn value(&self) -> Value {
        match self {
            Self::Flag(flag) => Value::from(*flag),
            Self::Number(number) => Value::from(i64::from(*number)),
            Self::Text(text) => Value::from(&**text),
            Self::Texts(texts) => Value::Array(texts.iter().map(|text| &**text).collect()),
        }
    }
}

/// The keys of a voice account that may be changed like those of a section: none of them is about who somebody is or
/// where the password is.
const OF_VOICE: &[&str] = &[
    "voicemail",
    "voicemail-notice",
    "dtmf",
    "lamps",
    "unknown-callers",
    "anonymous-callers",
    "hide-number",
    "display-name",
    "auth-user",
    "outbound-proxy",
    "transport",
    "media-encryption",
];
/// The same of a chat account.
const OF_CHAT: &[&str] = &["server", "tls", "resource"];

/// The text with `table.key` set; without a value, the line goes and the layer below counts.
///
/// The error is a sentence. Of accounts only what [`OF_VOICE`] and [`OF_CHAT`] list can be changed, as `voice[ID].dtmf`.
pub fn write_key(existing: &str, name: &str, value: Option<&Given>) -> Result<String, String> {
    for (service, keys) in [("voice", OF_VOICE), ("chat", OF_CHAT)] {
        let rest = name.strip_prefix(service).and_then(|rest| rest.strip_prefix('['));
        let account = rest.and_then(|rest| rest.rsplit_once("]."));
        if let Some((id, key)) = account.filter(|(_, key)| keys.contains(key)) {
            return write_account_key(existing, service, id, key, value);
        }
    }
    let (section, key) = name
        .rsplit_once('.')
        .filter(|(section, _)| !section.contains(['[', '.']))
        .ok_or_else(|| format!("{name} cannot be changed here: write it into the file."))?;
    let mut document: DocumentMut =
        existing.parse().map_err(|_| "The configuration file is not TOML: repair it first.".to_owned())?;
    if existing.trim().is_empty() {
        document = HEADER.parse().map_err(|_| "The file cannot be composed.".to_owned())?;
    }
    let is_table = document.get(section).is_none_or(Item::is_table_like);
    if !is_table {
        return Err(format!("{section} is no table in the configuration file: repair it first."));
    }
    match value {
        Some(value) => {
            if !document.contains_key(section) {
                let mut table = Table::new();
                let above = if document.as_table().is_empty() && existing.trim().is_empty() { "" } else { "\n" };
                table.decor_mut().set_prefix(above);
                document.insert(section, Item::Table(table));
            }
            if let Some(table) = document.get_mut(section).and_then(Item::as_table_like_mut) {
                put(table, key, value.value());
            }
        }
        None => {
            if let Some(table) = document.get_mut(section).and_then(Item::as_table_like_mut) {
                super::write::take_out(table, key);
            }
        }
    }
    Ok(document.to_string())
}

/// The same for a key of an account. An account that is not in this text comes from a document, and gets a table that
/// adds to it.
fn write_account_key(
    existing: &str,
    service: &str,
    id: &str,
    key: &str,
    value: Option<&Given>,
) -> Result<String, String> {
    let mut document: DocumentMut =
        existing.parse().map_err(|_| "The configuration file is not TOML: repair it first.".to_owned())?;
    let head = document.is_empty().then(|| document.trailing().as_str().unwrap_or_default().to_owned());
    let tables = document.entry(service).or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    let Some(tables) = tables.as_array_of_tables_mut() else {
        return Err(format!("{service} is no list of tables in the configuration file: repair it first."));
    };
    if !tables.iter().any(|table| identity(table, service) == id) {
        let mut table = Table::new();
        table.insert("id", Item::Value(Value::from(id)));
        tables.push(table);
    }
    for table in tables.iter_mut().filter(|table| identity(table, service) == id) {
        match value {
            Some(value) => put(table, key, value.value()),
            None => super::write::take_out(table, key),
        }
    }
    match head {
        Some(head) => {
            document.set_trailing("");
            Ok(format!("{head}{document}"))
        }
        None => Ok(document.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# mine\n[[voice]]\naddress = \"sip:a@example.com\"\ndtmf = \"auto\" # old\n";

    #[test]
    fn a_key_of_a_voice_account_is_changed_in_its_table_and_taken_out_again() {
        let changed = write_key(FILE, "voice[voice].dtmf", Some(&Given::Text("info".into()))).expect("TOML");
        assert_eq!(changed, FILE.replace("\"auto\"", "\"info\""));
        let without = write_key(&changed, "voice[voice].dtmf", None).expect("TOML");
        assert!(!without.contains("dtmf"), "{without}");
        let chat =
            write_key("[[chat]]\naddress = \"a@example.com\"\n", "chat[chat].server", Some(&Given::Text("h:1".into())));
        assert!(chat.expect("TOML").contains("server = \"h:1\""));
        let other = write_key("# mine\n", "voice[office].voicemail", Some(&Given::Text("*97".into()))).expect("TOML");
        assert!(other.starts_with("# mine\n") && other.contains("id = \"office\"\nvoicemail = \"*97\""), "{other}");
    }

    #[test]
    fn who_somebody_is_and_how_they_sign_in_is_not_changed_here() {
        for name in ["voice[voice].address", "voice[voice].password", "chat[chat].address"] {
            assert!(write_key(FILE, name, Some(&Given::Text("x".into()))).is_err(), "{name}");
        }
    }

    #[test]
    fn a_list_is_written_as_a_list() {
        let list = Given::Texts(vec!["+4930901820".into(), "bob@example.com".into()]);
        let text = write_key("", "calls.auto-answer", Some(&list)).expect("TOML");
        assert!(text.contains("auto-answer = [\"+4930901820\", \"bob@example.com\"]"), "{text}");
        let empty = write_key(&text, "calls.auto-answer", Some(&Given::Texts(Vec::new()))).expect("TOML");
        assert!(empty.contains("auto-answer = []"), "{empty}");
    }
}
