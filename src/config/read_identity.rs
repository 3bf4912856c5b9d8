//! `[identity]` and the keys of `[calls]` and `[[voice]]` that say whom to believe, who may ring and what is told of us.

use std::path::PathBuf;

use super::settings::CallInfoPolicy;
use super::table::{Problems, Table};
use super::words;
use crate::model::{Reception, SipUri};

/// Whom to believe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Files of vCards whose word counts as proof; relative ones lie beside the configuration.
    pub directories: Vec<PathBuf>,
}

/// Who may ring, and what is told of us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Callers {
    /// What happens to calls of people whom nobody confirms.
    pub unknown: Reception,
    /// What happens to anonymous calls.
    pub anonymous: Reception,
    /// Calls hide who calls.
    pub hide_number: bool,
    /// Domains whose addresses are told our chat address, whatever the policy is.
    pub chat_address_to: Vec<String>,
    /// Domains whose addresses are never told it.
    pub no_chat_address_to: Vec<String>,
}

/// The same for one voice account; what is `None` is as `[calls]` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountCallers {
    /// What happens to calls of people whom nobody confirms.
    pub unknown: Option<Reception>,
    /// What happens to anonymous calls.
    pub anonymous: Option<Reception>,
    /// Calls hide who calls.
    pub hide_number: Option<bool>,
}

impl Callers {
    /// The policy towards one address: a domain's own rule comes before the general one, and "never" before "always".
    /// Numbers belong to no domain.
    pub fn chat_address_policy(&self, callee: &SipUri, general: CallInfoPolicy) -> CallInfoPolicy {
        let names = |domains: &[String]| {
            !callee.is_phone() && domains.iter().any(|domain| domain.eq_ignore_ascii_case(callee.host()))
        };
        if names(&self.no_chat_address_to) {
            CallInfoPolicy::Never
        } else if names(&self.chat_address_to) {
            CallInfoPolicy::Always
        } else {
            general
        }
    }
}

pub(super) fn read(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Identity {
    let paths = table.texts("directories", problems).unwrap_or_default();
    Identity { directories: paths.into_iter().map(|(path, _)| PathBuf::from(path)).collect() }
}

pub(super) fn read_callers(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Callers {
    let domains = |texts: Option<Vec<(String, Option<std::ops::Range<usize>>)>>, problems: &mut Problems<'_>| {
        let mut domains = Vec::new();
        for (text, span) in texts.unwrap_or_default() {
            let name = SipUri::parse(&format!("sip:{text}")).ok().filter(|uri| uri.user().is_none());
            match name {
                Some(uri) => domains.push(uri.host().to_owned()),
                None => problems.report(span, format_args!("{text:?} is not a domain like example.com")),
            }
        }
        domains
    };
    let to = table.texts("send-chat-address-to", problems);
    let chat_address_to = domains(to, problems);
    let never = table.texts("never-send-chat-address-to", problems);
    let no_chat_address_to = domains(never, problems);
    Callers {
        unknown: table.word("unknown-callers", words::RECEPTION, Reception::Ring, problems),
        anonymous: table.word("anonymous-callers", words::RECEPTION, Reception::Ring, problems),
        hide_number: table.flag("hide-number", false, problems),
        chat_address_to,
        no_chat_address_to,
    }
}

pub(super) fn read_account_callers(table: &mut Table<'_>, problems: &mut Problems<'_>) -> AccountCallers {
    let mut word = |key: &'static str| {
        let there = table.item(key).is_some();
        let reception = table.word(key, words::RECEPTION, Reception::Ring, problems);
        there.then_some(reception)
    };
    let (unknown, anonymous) = (word("unknown-callers"), word("anonymous-callers"));
    let there = table.item("hide-number").is_some();
    let hide_number = table.flag("hide-number", false, problems);
    AccountCallers { unknown, anonymous, hide_number: there.then_some(hide_number) }
}
