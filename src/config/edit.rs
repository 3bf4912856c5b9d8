//! Changes single keys of accounts in the text of `config.toml`; everything else, comments too, stays as it is.

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, Value};

use super::write::{NotToml, identity, put};
use crate::model::{AccountId, Service};

/// A key of an account and its new value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Chat or voice.
    pub service: Service,
    /// The account's `id`.
    pub account: AccountId,
    /// The key.
    pub key: &'static str,
    /// Its value.
    pub value: EditValue,
}

/// A value of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditValue {
    /// A text.
    Text(String),
    /// True or false.
    Flag(bool),
    /// A list of texts; an empty one removes the key.
    Texts(Vec<String>),
}

/// Writes changes into a configuration.
///
/// An account that is not in this text comes from a provisioning document: it gets a table with its `id`, which adds to it.
pub fn write_edits(existing: &str, edits: &[Edit]) -> Result<String, NotToml> {
    let mut document: DocumentMut = existing.parse().map_err(|_| NotToml)?;
    // What stands in a file without any table counts as its end, and would come to stand after what is added.
    let head = document.is_empty().then(|| document.trailing().as_str().unwrap_or_default().to_owned());
    for edit in edits {
        let service = match edit.service {
            Service::Chat => "chat",
            Service::Voice => "voice",
        };
        let tables = document.entry(service).or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
        let tables = tables.as_array_of_tables_mut().ok_or(NotToml)?;
        if !tables.iter().any(|table| identity(table, service) == edit.account.as_str()) {
            let mut table = Table::new();
            table.insert("id", Item::Value(Value::from(edit.account.as_str())));
            tables.push(table);
        }
        for table in tables.iter_mut().filter(|table| identity(table, service) == edit.account.as_str()) {
            match &edit.value {
                EditValue::Text(text) => put(table, edit.key, Value::from(text.as_str())),
                EditValue::Flag(flag) => put(table, edit.key, Value::from(*flag)),
                EditValue::Texts(texts) if texts.is_empty() => drop(table.remove(edit.key)),
                EditValue::Texts(texts) => {
                    let list: Array = texts.iter().map(String::as_str).collect();
                    put(table, edit.key, Value::Array(list));
                }
            }
        }
    }
    match head.filter(|_| !document.is_empty()) {
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

    const FILE: &str = "# mine\n[[chat]]\naddress = \"a@example.com\"\n\n[[voice]]\nid = \"desk\"\n# how\ntransport = \"udp\" # old\n\
                        certificate-exceptions = [\"00\"]\n";

    fn edit(account: &str, key: &'static str, value: EditValue) -> Edit {
        let service = if account == "chat" { Service::Chat } else { Service::Voice };
        Edit { service, account: AccountId::new(account), key, value }
    }

    #[test]
    fn c_46_a_change_leaves_comments_and_everything_else_alone() {
        let edits = [
            edit("desk", "transport", EditValue::Text("tls".to_owned())),
            edit("desk", "allow-md5", EditValue::Flag(false)),
            edit("desk", "certificate-exceptions", EditValue::Texts(Vec::new())),
            edit("chat", "accept-weaker", EditValue::Texts(vec!["login".to_owned()])),
        ];
        let text = write_edits(FILE, &edits).expect("TOML");
        assert_eq!(
            text,
            "# mine\n[[chat]]\naddress = \"a@example.com\"\naccept-weaker = [\"login\"]\n\n[[voice]]\nid = \"desk\"\n# how\n\
             transport = \"tls\" # old\nallow-md5 = false\n"
        );
    }

    #[test]
    fn an_account_of_the_document_gets_a_table_that_adds_to_it() {
        let edits = [edit("office", "transport", EditValue::Text("tls".to_owned()))];
        let text = write_edits("# mine\n", &edits).expect("TOML");
        assert!(text.ends_with("[[voice]]\nid = \"office\"\ntransport = \"tls\"\n"), "{text}");
        assert_eq!(write_edits("[[chat", &edits), Err(NotToml));
        assert_eq!(write_edits("voice = 1", &edits), Err(NotToml));
    }
}
