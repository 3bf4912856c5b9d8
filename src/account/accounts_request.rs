//! What may be asked about the accounts themselves, and about files of other programs.

use std::sync::Arc;

use super::Ticket;
use crate::config::Accounts;
use crate::cusax::{OtherFile, OtherProgram};
use crate::model::{AccountId, ImportReport, Service};
use crate::platform::Secret;

/// What may be asked.
#[derive(Clone, Debug)]
pub enum AccountsRequest {
    /// Add an account; it connects at once.
    Add(Box<NewAccount>),
    /// Take an account out of the configuration. What was said over it stays.
    Remove(AccountId),
    /// Which files of other programs there are on this machine.
    FindOthers,
    /// What a file of another program holds; nothing is taken over.
    LookInto(Arc<str>),
    /// Take accounts and people of a file over.
    TakeOver(TakeOver),
}

/// An account as somebody wrote it.
#[derive(Clone)]
pub struct NewAccount {
    /// For chat, or for calls.
    pub service: Service,
    /// `alice@example.com`, or for calls also a SIP URI.
    pub address: Arc<str>,
    /// Its password; empty: it is asked for.
    pub password: Secret,
    /// Another server, `host` or `host:port`, for calls also a SIP URI; empty: ask DNS.
    pub server: Arc<str>,
    /// The name for signing in to calls, where it is not the address's; empty: it is.
    pub login: Arc<str>,
    /// The password goes to the keyring; otherwise to a file that only the user can read.
    pub keyring: bool,
}

impl std::fmt::Debug for NewAccount {
    /// Addresses and passwords are nobody else's business.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewAccount").field("service", &self.service).finish_non_exhaustive()
    }
}

/// What of a file is taken over.
#[derive(Clone)]
pub struct TakeOver {
    /// The whole path of the file.
    pub path: Arc<str>,
    /// The file as it was looked into, so that nothing comes over that was not shown; `None`: as it is now.
    pub mark: Option<Arc<str>>,
    /// Accounts by their addresses; `None`: all.
    pub accounts: Option<Vec<Arc<str>>>,
    /// Its people, into the address book.
    pub people: bool,
}

impl std::fmt::Debug for TakeOver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let accounts = self.accounts.as_ref().map(Vec::len);
        f.debug_struct("TakeOver").field("accounts", &accounts).field("people", &self.people).finish_non_exhaustive()
    }
}

/// The answer about files of other programs.
#[derive(Clone, Debug)]
pub enum OthersReply {
    /// Files that were found: whose, and where.
    Found(Vec<(OtherProgram, Arc<str>)>),
    /// What a file holds.
    Holds(Box<OtherView>),
    /// What was taken over.
    Taken {
        /// The names of the new accounts.
        accounts: Vec<AccountId>,
        /// People.
        people: ImportReport,
    },
}

/// What a file of another program holds, as it is shown before anything is taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherView {
    /// Whose it is.
    pub program: OtherProgram,
    /// Names the file as it is now.
    pub mark: Arc<str>,
    /// Its accounts.
    pub accounts: Vec<OtherAccountView>,
    /// The names of its people, as many as are shown.
    pub people: Vec<Arc<str>>,
    /// How many people it holds.
    pub people_total: usize,
    /// What cannot be used, with its line.
    pub skipped: Vec<(u32, Arc<str>)>,
    /// How many more than are listed.
    pub more_skipped: usize,
}

/// An account of another program, as it is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct OtherAccountView {
    /// For chat, or for calls.
    pub service: Service,
    /// Its address.
    pub address: Arc<str>,
    /// The server that is named for it.
    pub server: Option<Arc<str>>,
    /// There is such an account already.
    pub known: bool,
}

impl std::fmt::Debug for OtherAccountView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OtherAccountView").field("service", &self.service).field("known", &self.known).finish()
    }
}

/// What the shell does about accounts and files of other programs.
#[derive(Debug)]
pub enum AccountsEffect {
    /// Change the accounts of the configuration file. Comes back as [`super::Input::Reconfigured`].
    Change {
        /// Who asked.
        ticket: Ticket,
        /// What is changed.
        change: Box<AccountsChange>,
    },
    /// Look for files of other programs. Comes back as [`super::BookEvent::Other`].
    Find(Ticket),
    /// Read one. Comes back as [`super::BookEvent::Other`].
    Read {
        /// Who asked.
        ticket: Ticket,
        /// Its whole path.
        path: Arc<str>,
        /// What is to be taken over of it; `None`: it is only looked into.
        take: Option<TakeOver>,
    },
}

/// A change of the accounts of the configuration file.
#[derive(Debug)]
pub struct AccountsChange {
    /// Accounts that are added.
    pub add: Accounts,
    /// The password of each of them; empty: they are asked for.
    pub password: Secret,
    /// It goes to the keyring.
    pub keyring: bool,
    /// An account that goes.
    pub remove: Option<(Service, AccountId, Arc<str>)>,
}

/// What the shell says about files of other programs.
#[derive(Debug)]
pub struct OtherEvent {
    /// Who asked.
    pub ticket: Ticket,
    /// What became of it, or a sentence why not.
    pub result: Result<OtherFound, Arc<str>>,
}

/// What was found.
#[derive(Debug)]
pub enum OtherFound {
    /// Files, by program and path.
    Files(Vec<(OtherProgram, Arc<str>)>),
    /// What a file holds, its mark, and what is to be taken over.
    File(Box<OtherFile>, Arc<str>, Option<TakeOver>),
}
