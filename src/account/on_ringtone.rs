//! Which ringtone rings for whom: a person's own, else the account's, else the one for all.

use std::collections::BTreeMap;

use super::manager::Manager;
use super::{Refusal, RefusalKind, Reply};
use crate::media::{self, Tone};
use crate::model::{AccountId, Call, Jid, PeerGrade, Ringtone};

/// Ringtones of people and accounts together. When full: a further one is refused.
const MOST: usize = 500;
const MEMO: &str = "ringtone:";

/// For whom a ringtone is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RingtoneScope {
    /// For everybody.
    Device,
    /// For calls to an account.
    Account(AccountId),
    /// For a person.
    Person(Jid),
}

impl RingtoneScope {
    fn memo(&self) -> String {
        match self {
            Self::Device => format!("{MEMO}device"),
            Self::Account(id) => format!("{MEMO}account:{}", id.0),
            Self::Person(jid) => format!("{MEMO}person:{jid}"),
        }
    }

    fn read(key: &str) -> Option<Self> {
        match key.strip_prefix(MEMO)?.split_once(':') {
            None => Some(Self::Device),
            Some(("account", id)) => Some(Self::Account(AccountId::new(id))),
            Some(("person", jid)) => Jid::parse(jid).ok().map(Self::Person),
            Some(_) => None,
        }
    }
}

/// What the user chose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ringtones(BTreeMap<RingtoneScope, Ringtone>);

impl Ringtones {
    /// What was chosen in an earlier run.
    pub(super) fn read(memos: &BTreeMap<String, String>) -> Self {
        let chosen = memos.range(MEMO.to_owned()..).take_while(|(key, _)| key.starts_with(MEMO));
        Self(chosen.filter_map(|(key, name)| Some((RingtoneScope::read(key)?, Ringtone::of_name(name)?))).collect())
    }

    /// What was chosen for exactly that.
    #[must_use]
    pub fn chosen(&self, scope: &RingtoneScope) -> Option<Ringtone> {
        self.0.get(scope).copied()
    }

    /// All that was chosen.
    pub fn all(&self) -> impl Iterator<Item = (&RingtoneScope, Ringtone)> {
        self.0.iter().map(|(scope, tone)| (scope, *tone))
    }

    /// What rings for a call. A person's own tone is heard only when it is known that it is them: whoever merely says so rings
    /// like anybody else (C-32).
    #[must_use]
    pub fn of_call(&self, call: &Call) -> Ringtone {
        let known = call.peer.jid.clone().filter(|_| call.peer.grade == PeerGrade::Confirmed);
        let person = known.map(RingtoneScope::Person);
        let scopes = [person, Some(RingtoneScope::Account(call.account.clone())), Some(RingtoneScope::Device)];
        scopes.into_iter().flatten().find_map(|scope| self.chosen(&scope)).unwrap_or_default()
    }
}

impl Manager {
    /// Chooses a ringtone, or with `None` takes the choice back.
    pub(super) fn set_ringtone(&mut self, scope: RingtoneScope, tone: Option<Ringtone>) -> Result<Reply, Refusal> {
        let known = match &scope {
            RingtoneScope::Device | RingtoneScope::Person(_) => true,
            RingtoneScope::Account(id) => self.services().iter().any(|(known, _)| known == id),
        };
        if !known {
            return Err(Refusal::new(RefusalKind::NotFound, "There is no such account."));
        }
        let chosen = &mut self.sound.ringtones.0;
        if tone.is_some() && chosen.len() >= MOST && !chosen.contains_key(&scope) {
            return Err(Refusal::new(RefusalKind::NotAllowed, "There are too many ringtones already."));
        }
        let memo = scope.memo();
        match tone {
            Some(tone) => {
                chosen.insert(scope, tone);
                self.set_memo(&memo, tone.name());
            }
            None => {
                chosen.remove(&scope);
                self.forget_memo(&memo);
            }
        }
        Ok(Reply::Done)
    }

    /// Lets a ringtone be heard once, on the devices that ring; while calls sound, it is not.
    pub(super) fn sample_ringtone(&mut self, tone: Ringtone) -> Result<Reply, Refusal> {
        if self.calls.sounding_views().next().is_none() {
            // The same one twice is heard twice.
            self.media(media::Command::Tone(None));
            self.media(media::Command::Tone(Some(Tone::Sample(tone))));
        }
        Ok(Reply::Done)
    }
}
