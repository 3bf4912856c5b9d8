//! Which account carries a call, and the rule that decided (C-25, C-27, C-28; RFC 7081 section 3.4).

use std::fmt;

use crate::model::{AccountId, Via};

/// An account that can carry a call to whoever is called.
///
/// Every voice account is one. A chat account is one where the peer takes calls over Jingle and no relation switches that
/// off (C-06, C-28).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoiceAccount {
    /// Its name.
    pub id: AccountId,
    /// What carries the call.
    pub via: Via,
    /// Connected.
    pub online: bool,
}

/// An account that the user wants used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remembered<'a> {
    /// For this contact.
    Contact(&'a AccountId),
    /// For everything that begins so.
    Prefix(&'a AccountId, &'a str),
}

/// What is asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct RouteQuestion<'a> {
    /// The accounts that can carry the call, in the order of the configuration.
    pub accounts: &'a [VoiceAccount],
    /// The account that the request names.
    pub wanted: Option<&'a AccountId>,
    /// Help is called: any connected account will do.
    pub emergency: bool,
    /// The account of the call that is called back.
    pub back: Option<&'a AccountId>,
    /// What the user said that Tandem shall remember.
    pub remembered: Option<Remembered<'a>>,
    /// The voice accounts that belong to the chat account in whose roster the called contact is.
    pub related: &'a [AccountId],
}

/// The rule that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The request names the account.
    Wanted,
    /// Help is called.
    Emergency,
    /// The call came in on it.
    Back,
    /// Remembered for the contact.
    ForContact,
    /// Remembered for a beginning.
    ForPrefix(String),
    /// RFC 7081 section 3.4: the relation.
    Related,
    /// RFC 7081 section 3.4: the only account that can call.
    Only,
    /// The only one of several that is connected.
    OnlyConnected,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wanted => f.write_str("You chose this account."),
            Self::Emergency => f.write_str("An emergency call goes over any account that is connected."),
            Self::Back => f.write_str("Their call came in on this account."),
            Self::ForContact => f.write_str("You chose this account for all calls to this contact."),
            Self::ForPrefix(prefix) => write!(f, "You chose this account for all calls to {prefix}."),
            Self::Related => f.write_str("This voice account belongs to the chat account of the contact."),
            Self::Only => f.write_str("It is your only voice account."),
            Self::OnlyConnected => f.write_str("It is your only voice account that is connected."),
        }
    }
}

/// The account that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routed {
    /// Its name.
    pub account: AccountId,
    /// What carries the call.
    pub via: Via,
    /// The rule that decided.
    pub rule: Rule,
}

/// Why no account was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteError {
    /// No account can call.
    NoAccount,
    /// The named account does not exist.
    Unknown,
    /// The account that would carry the call is not connected; others are.
    Offline(AccountId, Vec<AccountId>),
    /// Several are equal: the user says which.
    Choose(Vec<AccountId>),
}

/// Chooses the account for a call. The first rule that applies decides: the account that the request names; for help, any
/// that is connected; the line on which a call came in; what the user asked to be remembered; the account related to the
/// chat account whose contact is called (section 3.4: "even if other possibilities exist"); the only one, without a question
/// (section 3.4: "immediately upon user request"); else the user chooses (section 3.4, practice 7 of section 6).
///
/// An account that a rule names is never silently replaced by another one: another line means another caller number and
/// another price. Only a call for help takes what there is.
pub fn route(asked: &RouteQuestion<'_>) -> Result<Routed, RouteError> {
    let find = |id: &AccountId| asked.accounts.iter().find(|account| account.id == *id);
    let take = |account: &VoiceAccount, rule| {
        if account.online {
            Ok(Routed { account: account.id.clone(), via: account.via, rule })
        } else {
            Err(offline(asked.accounts, &account.id))
        }
    };
    if asked.emergency {
        return emergency(asked);
    }
    if let Some(id) = asked.wanted {
        return take(find(id).ok_or(RouteError::Unknown)?, Rule::Wanted);
    }
    // An account that is gone decides nothing any more.
    if let Some(account) = asked.back.and_then(find) {
        return take(account, Rule::Back);
    }
    match asked.remembered {
        Some(Remembered::Contact(id)) => {
            if let Some(account) = find(id) {
                return take(account, Rule::ForContact);
            }
        }
        Some(Remembered::Prefix(id, prefix)) => {
            if let Some(account) = find(id) {
                return take(account, Rule::ForPrefix(prefix.to_owned()));
            }
        }
        None => {}
    }
    let related: Vec<&VoiceAccount> = asked.related.iter().filter_map(find).collect();
    if !related.is_empty() {
        return one_of(asked.accounts, &related, |_| Rule::Related);
    }
    let all: Vec<&VoiceAccount> = asked.accounts.iter().collect();
    one_of(asked.accounts, &all, |several| if several { Rule::OnlyConnected } else { Rule::Only })
}

/// One of equal accounts: the only one, or the only one that is connected; else a choice.
fn one_of(
    all: &[VoiceAccount],
    equal: &[&VoiceAccount],
    rule: impl FnOnce(bool) -> Rule,
) -> Result<Routed, RouteError> {
    let online: Vec<&&VoiceAccount> = equal.iter().filter(|account| account.online).collect();
    match (online.as_slice(), equal.first()) {
        (_, None) => Err(RouteError::NoAccount),
        ([], Some(first)) => Err(offline(all, &first.id)),
        ([only], Some(_)) => Ok(Routed { account: only.id.clone(), via: only.via, rule: rule(equal.len() > 1) }),
        ([_, _, ..], Some(_)) => Err(RouteError::Choose(online.iter().map(|account| account.id.clone()).collect())),
    }
}

/// Help is called: the account that the request names or that belongs to the contact where it is connected, else the first
/// that is. Telephone networks come before Jingle, which no emergency service answers.
fn emergency(asked: &RouteQuestion<'_>) -> Result<Routed, RouteError> {
    let sip = || asked.accounts.iter().filter(|account| account.via == Via::Sip);
    let online = |id: &AccountId| sip().find(|account| account.id == *id && account.online);
    let named = asked.wanted.into_iter().chain(asked.related).find_map(online);
    match named.or_else(|| sip().find(|account| account.online)) {
        Some(account) => Ok(Routed { account: account.id.clone(), via: account.via, rule: Rule::Emergency }),
        None => {
            Err(sip().next().map_or(RouteError::NoAccount, |first| RouteError::Offline(first.id.clone(), Vec::new())))
        }
    }
}

fn offline(all: &[VoiceAccount], id: &AccountId) -> RouteError {
    let others = all.iter().filter(|account| account.online).map(|account| account.id.clone()).collect();
    RouteError::Offline(id.clone(), others)
}

#[cfg(test)]
#[path = "route_tests.rs"]
mod tests;
