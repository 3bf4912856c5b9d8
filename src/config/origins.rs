//! Where each value comes from, and which of them only the administrator changes.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::merge::identity_key;
use crate::model::AccountId;

/// Where a value comes from; the later beats the earlier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything: what Tandem does of itself.
    #[default]
    BuiltIn,
    /// A provisioning document.
    Provisioned {
        /// What the document calls its publisher.
        title: Arc<str>,
    },
    /// The user's file.
    User,
    /// The command line of this run.
    CommandLine,
}

impl Origin {
    /// The word in the control interface.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::BuiltIn => "built-in",
            Self::Provisioned { .. } => "provisioned",
            Self::User => "user",
            Self::CommandLine => "command-line",
        }
    }
}

/// A value's origin, and whether the user may change it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Where it comes from.
    pub origin: Origin,
    /// A provisioning document keeps it: what the file and the command line say does not count.
    pub locked: bool,
}

/// One key of the configuration, its value, and where that comes from.
#[derive(Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name: `calls.region`, `chat[work].tls`.
    pub key: Arc<str>,
    /// The value that counts, in a line; a password only as a sign that there is one.
    pub value: Option<Arc<str>>,
    /// Where it comes from, and whether the user may change it.
    pub standing: Standing,
}

impl fmt::Debug for Setting {
    /// Values may be addresses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setting").field("standing", &self.standing).finish_non_exhaustive()
    }
}

/// The keys that a document locks: `calls.region`, `calls.*`, `chat.tls` for this key of every account of the document.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Locks(Vec<Arc<str>>);

impl fmt::Debug for Locks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Locks({})", self.0.len())
    }
}

impl Locks {
    /// Takes patterns over.
    pub fn new(patterns: Vec<Arc<str>>) -> Self {
        Self(patterns)
    }

    /// Whether a key, as `table.key`, is locked.
    pub fn cover(&self, key: &str) -> bool {
        // Who somebody is, and where their password is, no document decides.
        let (table, last) = key.rsplit_once('.').unwrap_or(("", key));
        if ["chat", "voice"].contains(&table) && (last == "id" || last.starts_with("password")) {
            return false;
        }
        self.0.iter().any(|pattern| match pattern.strip_suffix('*') {
            // `numbers.rule.*` is the list itself, which is one value.
            Some(table) => key.starts_with(table) || Some(key) == table.strip_suffix('.'),
            None => key == &**pattern || key.strip_prefix(&**pattern).is_some_and(|rest| rest.starts_with('.')),
        })
    }
}

/// The origins of a whole configuration. What is not in it is built in.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Origins {
    known: BTreeMap<Arc<str>, Origin>,
    locks: Locks,
}

impl fmt::Debug for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Origins({})", self.known.len())
    }
}

impl Origins {
    pub(super) fn new(locks: Locks) -> Self {
        Self { known: BTreeMap::new(), locks }
    }

    pub(super) fn set(&mut self, key: &str, origin: Origin) {
        self.known.insert(key.into(), origin);
    }

    /// Of a key by its name: `calls.region`, `chat[work].tls`, `numbers.rule[0].match`. Locks hold for accounts that the
    /// document brought.
    pub fn of(&self, key: &str) -> Standing {
        let origin = self.known.get(key).cloned();
        let Some((table, rest)) = key.split_once('[') else {
            return Standing { origin: origin.unwrap_or_default(), locked: self.locks.cover(key) };
        };
        let (id, last) = rest.rsplit_once("].").unwrap_or((rest, ""));
        if identity_key(table).is_some() {
            let provisioned = self.known.contains_key(&*account_key(table, id, "@"));
            let locked = provisioned && self.locks.cover(&format!("{table}.{last}"));
            return Standing { origin: origin.unwrap_or_default(), locked };
        }
        // A list of tables is one value.
        let origin = origin.or_else(|| self.known.get(table).cloned()).unwrap_or_default();
        Standing { origin, locked: self.locks.cover(table) }
    }

    /// A key with its value and its standing; passwords are not shown, nor the commands that print them.
    pub(super) fn setting(&self, key: &str, value: Option<&str>) -> Setting {
        let last = key.rsplit('.').next().unwrap_or(key);
        let value = value.map(|value| if ["password", "password-command"].contains(&last) { "…" } else { value });
        Setting { key: key.into(), value: value.map(Into::into), standing: self.of(key) }
    }

    /// Of a key of one account; `service` is `chat` or `voice`.
    pub fn of_account(&self, service: &str, id: &AccountId, key: &str) -> Standing {
        self.of(&account_key(service, id.as_str(), key))
    }

    /// Whether an account is in the document, whatever the user adds to it.
    pub fn is_provisioned(&self, service: &str, id: &AccountId) -> bool {
        self.known.contains_key(&*account_key(service, id.as_str(), "@"))
    }

    /// Who says that a chat account belongs to a voice account.
    pub fn of_relation(&self, chat: &AccountId) -> Standing {
        self.of(&account_key("relation", chat.as_str(), "voice"))
    }
}

/// How a key of one account is known here.
pub(super) fn account_key(service: &str, id: &str, key: &str) -> String {
    format!("{service}[{id}].{key}")
}
