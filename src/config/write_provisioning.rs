//! Writing where a provisioning document comes from: the one section, and beside it only what no document may say.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, Value};

use super::write::{HEADER, put, take_out};
use super::{Accounts, NotToml, Provisioning, SecretSource};

/// Writes `[provisioning]` into a configuration; `existing` is its text, empty where there is none.
pub fn write_source(existing: &str, provisioning: &Provisioning) -> Result<String, NotToml> {
    let (mut document, before) = open(existing)?;
    put_source(&mut document, provisioning);
    Ok(format!("{before}{document}"))
}

/// Writes what a setup with a document leaves: its source, names and trust, and for each account where its password is and
/// which certificates the user accepted. Accounts of an earlier configuration go: the document brings its own.
pub fn write_provisioned(existing: &str, provisioning: &Provisioning, accounts: &Accounts) -> Result<String, NotToml> {
    let (mut document, before) = open(existing)?;
    for key in ["chat", "voice", "relation"] {
        document.remove(key);
    }
    put_source(&mut document, provisioning);
    super::write::put_network(&mut document, &accounts.network);
    let chat = accounts.chat.iter().map(|chat| (chat.id.as_str(), &chat.secret, &chat.certificate_exceptions));
    put_accounts(&mut document, "chat", chat);
    let voice = accounts.voice.iter().map(|voice| (voice.id.as_str(), &voice.secret, &voice.certificate_exceptions));
    put_accounts(&mut document, "voice", voice);
    Ok(format!("{before}{document}"))
}

fn open(existing: &str) -> Result<(DocumentMut, &'static str), NotToml> {
    let document = existing.parse().map_err(|_| NotToml)?;
    Ok((document, if existing.trim().is_empty() { HEADER } else { "" }))
}

fn put_source(document: &mut DocumentMut, provisioning: &Provisioning) {
    if !document.get("provisioning").is_some_and(Item::is_table_like) {
        let mut table = Table::new();
        table.decor_mut().set_prefix("\n");
        document.insert("provisioning", Item::Table(table));
    }
    let Some(table) = document.get_mut("provisioning").and_then(Item::as_table_like_mut) else { return };
    let source = provisioning.source.as_ref().map(ToString::to_string);
    // The address of the source need not be written twice.
    let address =
        provisioning.address.as_ref().map(ToString::to_string).filter(|address| Some(address) != source.as_ref());
    let key = provisioning.key.map(|key| STANDARD.encode(key));
    let token = provisioning.token.as_ref().and_then(|token| match token {
        SecretSource::File(path) => Some(path.to_string_lossy().into_owned()),
        // A token is never written into this file.
        SecretSource::Keyring | SecretSource::Command(_) | SecretSource::Inline(_) => None,
    });
    for (name, value) in [("source", source), ("address", address), ("key", key), ("token-file", token)] {
        match value {
            Some(value) => put(table, name, Value::from(value)),
            None => take_out(table, name),
        }
    }
}

fn put_accounts<'a>(
    document: &mut DocumentMut,
    key: &str,
    accounts: impl Iterator<Item = (&'a str, &'a SecretSource, &'a Vec<[u8; 32]>)>,
) {
    let mut tables = ArrayOfTables::new();
    for (id, secret, exceptions) in accounts {
        let file = match secret {
            SecretSource::File(path) => Some(path.to_string_lossy().into_owned()),
            // The keyring is what holds without a word; a token comes with the document.
            SecretSource::Keyring | SecretSource::Command(_) | SecretSource::Inline(_) => None,
        };
        let trusted: Array =
            exceptions.iter().map(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()).collect();
        if file.is_none() && trusted.is_empty() {
            continue;
        }
        let mut table = Table::new();
        table.decor_mut().set_prefix("\n");
        put(&mut table, "id", Value::from(id));
        if let Some(file) = file {
            put(&mut table, "password-file", Value::from(file));
        }
        if !trusted.is_empty() {
            put(&mut table, "certificate-exceptions", Value::Array(trusted));
        }
        tables.push(table);
    }
    if !tables.is_empty() {
        document.insert(key, Item::ArrayOfTables(tables));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Chat, Network, effective};
    use super::*;
    use crate::model::{AccountId, Jid};

    fn provisioning() -> Provisioning {
        let jid = Jid::parse("alice@example.com").expect("an address");
        let source = Some(super::super::DocumentSource::Address(jid.clone()));
        Provisioning {
            address: Some(jid),
            source,
            key: Some([7; 32]),
            refresh: None,
            token: Some(SecretSource::File("t".into())),
        }
    }

    #[test]
    fn what_is_written_is_read_back_and_holds_no_account_key() {
        let jid = Jid::parse("alice@example.com").expect("an address");
        let chat = Chat {
            server: Some("chat.example.com".to_owned()),
            ..Chat::new(AccountId::new("chat"), jid, SecretSource::File("password".into()))
        };
        let accounts = Accounts { chat: vec![chat], ..Accounts::default() };
        let text = write_provisioned("", &provisioning(), &accounts).expect("TOML");
        assert!(!text.contains("chat.example.com") && !text.contains("\naddress"), "{text}");
        assert!(
            text.contains("source = \"alice@example.com\"") && text.contains("password-file = \"password\""),
            "{text}"
        );
        let read = effective(&write_source("", &provisioning()).expect("TOML"), "c", None, &Network::default());
        assert_eq!(read.expect("right").config.provisioning, provisioning());
    }

    #[test]
    fn accounts_of_an_earlier_configuration_go_and_comments_stay() {
        let earlier = "# mine\n[calls]\nregion = \"DE\" # here\n\n[[chat]]\naddress = \"old@example.com\"\n";
        let text = write_provisioned(earlier, &provisioning(), &Accounts::default()).expect("TOML");
        assert!(text.starts_with("# mine\n[calls]\nregion = \"DE\" # here\n"), "{text}");
        assert!(!text.contains("old@example.com"), "{text}");
    }
}
