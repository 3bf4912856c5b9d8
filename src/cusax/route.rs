//! Which account carries a call, and the rule that decided (C-25, C-27).

use crate::model::AccountId;

/// A voice account that may carry a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoiceAccount {
    /// Its name.
    pub id: AccountId,
    /// Registered.
    pub online: bool,
}

/// Why no account was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteError {
    /// No voice account is configured.
    NoAccount,
    /// The named account does not exist.
    Unknown,
    /// The account that would carry the call is not connected.
    Offline(AccountId),
    /// Several are equal: the user says which.
    Choose(Vec<AccountId>),
}

/// Chooses the account for a call: the one asked for; else the one related to the chat account whose contact is
/// called (RFC 7081 section 3.4: preferred even if others could do it); else the only one, without a question (C-25).
pub fn route(
    accounts: &[VoiceAccount],
    wanted: Option<&AccountId>,
    related: Option<&AccountId>,
) -> Result<(AccountId, &'static str), RouteError> {
    let find = |id: &AccountId| accounts.iter().find(|account| account.id == *id);
    let take = |account: &VoiceAccount, rule| {
        if account.online { Ok((account.id.clone(), rule)) } else { Err(RouteError::Offline(account.id.clone())) }
    };
    if let Some(id) = wanted {
        return take(find(id).ok_or(RouteError::Unknown)?, "You chose this account.");
    }
    if let Some(account) = related.and_then(find) {
        return take(account, "This voice account belongs to the chat account of the contact.");
    }
    match accounts {
        [] => Err(RouteError::NoAccount),
        [only] => take(only, "It is your only voice account."),
        several => {
            let online: Vec<&VoiceAccount> = several.iter().filter(|account| account.online).collect();
            match online.as_slice() {
                [] => Err(RouteError::Offline(several[0].id.clone())),
                [only] => take(only, "It is your only voice account that is connected."),
                _ => Err(RouteError::Choose(online.iter().map(|account| account.id.clone()).collect())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_that_decides_is_the_first_that_applies() {
        let account = |id: &str, online| VoiceAccount { id: AccountId::new(id), online };
        let id = AccountId::new;
        let (work, home) = (account("work", true), account("home", true));
        let both = [work.clone(), home.clone()];
        assert_eq!(route(&[], None, None), Err(RouteError::NoAccount));
        assert_eq!(route(std::slice::from_ref(&work), None, None).map(|chosen| chosen.0), Ok(id("work")));
        assert_eq!(route(&both, None, Some(&id("home"))).map(|chosen| chosen.0), Ok(id("home")));
        assert_eq!(route(&both, Some(&id("work")), Some(&id("home"))).map(|chosen| chosen.0), Ok(id("work")));
        assert_eq!(route(&both, None, None), Err(RouteError::Choose(vec![id("work"), id("home")])));
        assert_eq!(route(&both, Some(&id("gone")), None), Err(RouteError::Unknown));
        // The related account is not silently replaced by another one: another line means another caller id and cost.
        let down = [work, account("home", false)];
        assert_eq!(route(&down, None, Some(&id("home"))), Err(RouteError::Offline(id("home"))));
        assert_eq!(route(&down, None, None).map(|chosen| chosen.0), Ok(id("work")));
    }
}
