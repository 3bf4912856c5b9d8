//! What other programs wrote on this machine: accounts and people in the files of Gajim and Linphone, and vCards.
//!
//! Pure: the shell brings the text of a file, or the rows of a database, and gets what can be used. Passwords are never
//! taken over: they are the other program's, and the user types them once. What cannot be used is told with its line.

mod gajim;
mod linphone;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::book::{LARGEST_FILE, PeopleFile, ReadPerson, read_people};
use crate::model::{BookNumber, Jid, SipUri};
use crate::sip::TransportChoice;
use crate::xmpp::TlsMode;

/// Accounts of one file; when full, the rest is skipped and told.
const MOST_ACCOUNTS: usize = 32;
/// How every file of SQLite begins.
pub const SQLITE: &[u8] = b"SQLite format 3\0";

/// Whose file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherProgram {
    /// Anybody's: vCards.
    Cards,
    /// Gajim, a chat program.
    Gajim,
    /// Linphone, a telephone.
    Linphone,
}

impl OtherProgram {
    /// What people call it; the word of the control interface.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cards => "vCard",
            Self::Gajim => "Gajim",
            Self::Linphone => "Linphone",
        }
    }
}

/// An account of another program, without its password.
#[derive(Clone, PartialEq, Eq)]
pub enum OtherAccount {
    /// For chat.
    Chat {
        /// The address.
        address: Jid,
        /// `host:port` where the user named a server.
        server: Option<String>,
        /// How TLS starts; never without.
        tls: TlsMode,
    },
    /// For calls.
    Voice {
        /// The address of record.
        address: SipUri,
        /// The name that others see.
        display_name: Option<String>,
        /// The name for authentication, where it is not the address's.
        auth_user: Option<String>,
        /// Where everything is sent instead of asking DNS.
        outbound_proxy: Option<SipUri>,
        /// Over which transport.
        transport: TransportChoice,
    },
}

impl OtherAccount {
    /// The address as people write it.
    pub fn address(&self) -> String {
        match self {
            Self::Chat { address, .. } => address.to_string(),
            Self::Voice { address, .. } => address.to_string(),
        }
    }
}

impl std::fmt::Debug for OtherAccount {
    /// Addresses are nobody else's business.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Chat { .. } => "OtherAccount::Chat",
            Self::Voice { .. } => "OtherAccount::Voice",
        })
    }
}

/// What a file of another program holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherFile {
    /// Whose it is.
    pub program: OtherProgram,
    /// Accounts, each address once.
    pub accounts: Vec<OtherAccount>,
    /// People, and what could not be used of the whole file.
    pub people: PeopleFile,
}

impl OtherFile {
    fn new(program: OtherProgram) -> Self {
        Self { program, accounts: Vec::new(), people: PeopleFile::default() }
    }

    fn add(&mut self, line: u32, account: OtherAccount) {
        if self.accounts.iter().any(|known| known.address() == account.address()) {
            return;
        }
        if self.accounts.len() >= MOST_ACCOUNTS {
            self.people.skip(line, "There are more than 32 accounts in the file.");
        } else {
            self.accounts.push(account);
        }
    }
}

/// What the shell found in a file.
#[derive(Clone, Debug)]
pub enum Brought<'a> {
    /// Its bytes.
    Bytes(&'a [u8]),
    /// Gajim's accounts: the name and the settings as JSON.
    GajimRows(Vec<(String, String)>),
    /// Linphone's people: the address and the card, either of which may be empty.
    LinphoneRows(Vec<(String, String)>),
}

/// No program that is known here writes such files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "Nothing is known of such a file. What can be read: vCards (.vcf), Gajim's settings.sqlite or config, and Linphone's linphonerc or friends.db."
)]
pub struct UnknownFile;

/// Reads what the shell brought.
///
/// # Errors
///
/// [`UnknownFile`]: it is none of the kinds that are known.
pub fn read_other(brought: Brought<'_>) -> Result<OtherFile, UnknownFile> {
    let bytes = match brought {
        Brought::GajimRows(rows) => return Ok(gajim::rows(&rows)),
        Brought::LinphoneRows(rows) => return Ok(linphone::rows(&rows)),
        Brought::Bytes(bytes) => bytes,
    };
    if bytes.len() > LARGEST_FILE {
        let mut file = OtherFile::new(OtherProgram::Cards);
        file.people.skip(1, "The file is larger than 32 MiB: nothing of it was read.");
        return Ok(file);
    }
    // Cards may be in any encoding; the others are written as UTF-8.
    let wide = matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let has = |test: fn(&str) -> bool| text.lines().any(test);
    if wide || has(|line| line.trim().eq_ignore_ascii_case("BEGIN:VCARD")) {
        let people = read_people(bytes);
        if wide && people.people.is_empty() {
            return Err(UnknownFile);
        }
        return Ok(OtherFile { people, ..OtherFile::new(OtherProgram::Cards) });
    }
    if has(linphone::is_section) {
        return Ok(linphone::read(text));
    }
    if has(gajim::is_account) {
        return Ok(gajim::read(text));
    }
    Err(UnknownFile)
}

/// A person with one address.
fn person(line: u32, name: Option<String>, uri: &SipUri) -> ReadPerson {
    let value = uri.address_of_record().to_string();
    let shown = uri.user().map_or_else(|| uri.host().to_owned(), str::to_owned);
    ReadPerson {
        name: name.unwrap_or(shown).into(),
        jid: None,
        numbers: vec![BookNumber { value: value.into(), types: Vec::new() }],
        uid: None,
        raw: "".into(),
        line,
    }
}

/// `"Name" <sip:…>` or the address alone (RFC 3261 section 25.1, name-addr).
fn name_address(text: &str) -> Option<(Option<String>, SipUri)> {
    let text = text.trim();
    let (name, uri) = match text.split_once('<') {
        Some((name, rest)) => (name, rest.split('>').next()?),
        None => ("", text),
    };
    let name = super::book::clean(name.trim().trim_matches('"'));
    let uri = uri.trim();
    let uri = if uri.contains(':') { SipUri::parse(uri) } else { SipUri::parse(&format!("sip:{uri}")) };
    Some((name, uri.ok()?))
}

/// A sentence about an account that is not taken over.
fn unusable(name: &str, why: &str) -> Arc<str> {
    let name = super::book::clean(name).unwrap_or_default();
    format!("The account \"{name}\" was left out: {why}").into()
}
