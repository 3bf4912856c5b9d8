//! Changes single keys of accounts in the text of `config.toml`; everything else, comments too, stays as it is.

use toml_edit::{Array, DocumentMut, Item, Value};

use super::write::{NotToml, identity, put};
use crate::model::AccountId;

/// A key of an account and its new value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
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

/// Writes changes into a configuration. `Ok(None)` where an account is not in this text (it was provisioned): nothing is
/// changed then.
pub fn write_edits(existing: &str, edits: &[Edit]) -> Result<Option<String>, NotToml> {
    let mut document: DocumentMut = existing.parse().map_err(|_| NotToml)?;
    for edit in edits {
        let mut found = false;
        for service in ["chat", "voice"] {
            let Some(tables) = document.get_mut(service).and_then(Item::as_array_of_tables_mut) else { continue };
            for table in tables.iter_mut().filter(|table| identity(table, service) == edit.account.as_str()) {
                found = true;
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
        if !found {
            return Ok(None);
        }
    }
    Ok(Some(document.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# mine\n[[chat]]\naddress = \"a@example.com\"\n\n[[voice]]\nid = \"desk\"\n# how\ntransport = \"udp\" # old\n\
                        certificate-exceptions = [\"00\"]\n";

    fn edit(account: &str, key: &'static str, value: EditValue) -> Edit {
        Edit { account: AccountId::new(account), key, value }
    }

    #[test]
    fn c_46_a_change_leaves_comments_and_everything_else_alone() {
        let edits = [
            edit("desk", "transport", EditValue::Text("tls".to_owned())),
            edit("desk", "allow-md5", EditValue::Flag(false)),
            edit("desk", "certificate-exceptions", EditValue::Texts(Vec::new())),
            edit("chat", "accept-weaker", EditValue::Texts(vec!["login".to_owned()])),
        ];
        let text = write_edits(FILE, &edits).expect("TOML").expect("both accounts are there");
        assert_eq!(
            text,
            "# mine\n[[chat]]\naddress = \"a@example.com\"\naccept-weaker = [\"login\"]\n\n[[voice]]\nid = \"desk\"\n# how\n\
             transport = \"tls\" # old\nallow-md5 = false\n"
        );
    }

    #[test]
    fn an_account_that_is_not_in_the_file_changes_nothing() {
        let edits = [edit("elsewhere", "transport", EditValue::Text("tls".to_owned()))];
        assert_eq!(write_edits(FILE, &edits), Ok(None));
        assert_eq!(write_edits("[[chat", &edits), Err(NotToml));
    }
}
