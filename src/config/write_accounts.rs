//! Accounts added to the text of `config.toml` and taken out of it; everything else, comments too, stays as it is.

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table};

use super::write::{Accounts, HEADER, NotToml, chat_keys, identity, put_network, text, voice_keys, write_keys};
use crate::model::{AccountId, Service};

/// Adds accounts, and names and trust where the file has none yet.
pub fn add_accounts(existing: &str, accounts: &Accounts) -> Result<String, NotToml> {
    let begun = if existing.trim().is_empty() { HEADER } else { existing };
    let mut document: DocumentMut = begun.parse().map_err(|_| NotToml)?;
    // What stands in a file without any table counts as its end, and would come to stand after what is added.
    let head = document.is_empty().then(|| document.trailing().as_str().unwrap_or_default().to_owned());
    for chat in &accounts.chat {
        push(&mut document, "chat", "Chat (XMPP)", |table| write_keys(table, chat_keys(chat)))?;
    }
    for voice in &accounts.voice {
        push(&mut document, "voice", "Calls (SIP)", |table| write_keys(table, voice_keys(voice)))?;
    }
    if existing.trim().is_empty() {
        put_network(&mut document, &accounts.network);
    }
    match head.filter(|_| !document.is_empty()) {
        Some(head) => {
            document.set_trailing("");
            Ok(format!("{head}{document}"))
        }
        None => Ok(document.to_string()),
    }
}

fn push(document: &mut DocumentMut, key: &str, heading: &str, write: impl FnOnce(&mut Table)) -> Result<(), NotToml> {
    let tables = document.entry(key).or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    let tables = tables.as_array_of_tables_mut().ok_or(NotToml)?;
    let mut table = Table::new();
    write(&mut table);
    table.decor_mut().set_prefix(if tables.is_empty() { format!("\n# {heading}\n") } else { "\n".to_owned() });
    tables.push(table);
    Ok(())
}

/// Takes an account out, and what says to which other account it belongs.
pub fn remove_account(existing: &str, service: Service, account: &AccountId) -> Result<String, NotToml> {
    let mut document: DocumentMut = existing.parse().map_err(|_| NotToml)?;
    let key = match service {
        Service::Chat => "chat",
        Service::Voice => "voice",
    };
    retain(&mut document, key, |table| identity(table, key) != account.as_str());
    retain(&mut document, "relation", |table| text(table, key) != Some(account.as_str()));
    Ok(document.to_string())
}

fn retain(document: &mut DocumentMut, key: &str, keep: impl Fn(&Table) -> bool) {
    let Some(tables) = document.get_mut(key).and_then(Item::as_array_of_tables_mut) else { return };
    tables.retain(keep);
    if tables.is_empty() {
        document.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Chat, SecretSource, Voice, parse};
    use super::*;
    use crate::model::{Jid, SipUri};

    const FILE: &str =
        "# mine\n[[chat]]\naddress = \"a@example.com\" # work\npassword-keyring = true\n\n[calls]\nregion = \"DE\"\n";

    fn two() -> Accounts {
        let jid = Jid::parse("b@example.org").expect("valid");
        let sip = SipUri::parse("sip:b@example.org").expect("valid");
        Accounts {
            chat: vec![Chat::new(AccountId::new("chat2"), jid, SecretSource::Keyring)],
            voice: vec![Voice::new(AccountId::new("voice"), sip, SecretSource::Keyring)],
            ..Accounts::default()
        }
    }

    #[test]
    fn an_account_is_added_and_taken_out_again_and_everything_else_stays() {
        let added = add_accounts(FILE, &two()).expect("TOML");
        let config = parse(&added, "config.toml").expect("valid");
        assert_eq!((config.chat.len(), config.voice.len()), (2, 1));
        assert!(added.contains("# mine") && added.contains("# work") && added.contains("region = \"DE\""), "{added}");
        let without = remove_account(&added, Service::Chat, &AccountId::new("chat2")).expect("TOML");
        let without = remove_account(&without, Service::Voice, &AccountId::new("voice")).expect("TOML");
        assert_eq!(parse(&without, "config.toml").expect("valid"), parse(FILE, "config.toml").expect("valid"));
        assert!(without.contains("# work"), "{without}");
    }

    #[test]
    fn what_says_that_two_belong_together_goes_with_either_of_them() {
        let file = add_accounts(FILE, &two()).expect("TOML") + "\n[[relation]]\nchat = \"chat\"\nvoice = \"voice\"\n";
        for (service, id) in [(Service::Chat, "chat"), (Service::Voice, "voice")] {
            let left = remove_account(&file, service, &AccountId::new(id)).expect("TOML");
            assert!(!left.contains("relation"), "{left}");
            assert!(parse(&left, "config.toml").is_ok(), "{left}");
        }
    }

    #[test]
    fn the_first_accounts_begin_the_file() {
        let text = add_accounts("", &two()).expect("TOML");
        assert!(text.starts_with("# Tandem's configuration"), "{text}");
        assert!(parse(&text, "config.toml").is_ok(), "{text}");
        assert_eq!(add_accounts("[[chat", &two()), Err(NotToml));
        assert_eq!(add_accounts("chat = 1", &two()), Err(NotToml));
        assert_eq!(remove_account("[[chat", Service::Chat, &AccountId::new("chat")), Err(NotToml));
    }
}
