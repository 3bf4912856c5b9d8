//! One key of `config.toml` changed by the settings; comments and everything else stay.

use std::sync::Arc;

use toml_edit::{DocumentMut, Item, Table, Value};

use super::write::{HEADER, put};

/// A value that somebody gave for a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// On or off.
    Flag(bool),
    /// A number.
    Number(u32),
    /// A text or a word.
    Text(Arc<str>),
}

/// The text with `table.key` set; without a value, the line goes and the layer below counts.
///
/// The error is a sentence. Only sections can be changed, not accounts.
pub fn write_key(existing: &str, name: &str, value: Option<&Given>) -> Result<String, String> {
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
            let value = match value {
                Given::Flag(flag) => Value::from(*flag),
                Given::Number(number) => Value::from(i64::from(*number)),
                Given::Text(text) => Value::from(&**text),
            };
            if !document.contains_key(section) {
                let mut table = Table::new();
                let above = if document.as_table().is_empty() && existing.trim().is_empty() { "" } else { "\n" };
                table.decor_mut().set_prefix(above);
                document.insert(section, Item::Table(table));
            }
            if let Some(table) = document.get_mut(section).and_then(Item::as_table_like_mut) {
                put(table, key, value);
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
