//! Who can be called over chat: what their programs say, and what the rules allow.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Entry, People};
use crate::cusax;
use crate::model::{Action, Address, AddressSource, AddressUri, Cost, Grade, Jid};
use crate::xmpp::jingle::JingleRules;

impl People {
    /// With whom calls over chat are on, by account.
    pub(in crate::account) fn set_chat_calls(&mut self, rules: BTreeMap<crate::model::AccountId, JingleRules>) {
        if self.chat_calls != rules {
            self.chat_calls = rules;
            let theirs = self.entries.iter().filter(|(_, entry)| entry.callable.is_some());
            let all: Vec<Jid> = theirs.map(|(jid, _)| jid.clone()).collect();
            all.iter().for_each(|jid| self.refresh(jid));
        }
    }

    /// What a contact's programs say of calls: nothing, or that they take them and whether they are a gateway.
    pub(in crate::account) fn set_callable(&mut self, jid: &Jid, callable: Option<bool>) {
        if let Some(entry) = self.entries.get_mut(jid)
            && entry.callable != callable
        {
            entry.callable = callable;
            self.refresh(jid);
        }
    }

    /// Whether somebody can be called over chat now; and whether that leads through a gateway.
    pub(in crate::account) fn callable(&self, jid: &Jid) -> Option<bool> {
        self.entries.get(jid).and_then(|entry| self.callable_entry(jid, entry))
    }

    fn callable_entry(&self, jid: &Jid, entry: &Entry) -> Option<bool> {
        let (account, _) = entry.roster.as_ref()?;
        let allowed = self.chat_calls.get(account).is_some_and(|rules| rules.allow(jid));
        entry.callable.filter(|_| allowed)
    }

    /// The way over chat, in its place: before the telephone network, behind the addresses of the voice service.
    pub(super) fn add_chat_way(&self, jid: &Jid, entry: &Entry, addresses: &mut Vec<Address>) {
        let Some(gateway) = self.callable_entry(jid, entry) else { return };
        let uri = AddressUri::Jingle(jid.clone());
        let cost = if gateway { Cost::PhoneNetwork } else { cusax::cost(&uri, None) };
        let said: Arc<str> = "Their chat program says that it takes calls.".into();
        let way = Address {
            uri,
            types: Vec::new(),
            source: AddressSource::Reach,
            grade: Grade::Confirmed,
            evidence: vec![said],
            cost,
            learned: None,
        };
        let paid = addresses.iter().position(|known| matches!(known.uri, AddressUri::Tel(..)));
        addresses.insert(paid.unwrap_or(addresses.len()), way);
    }

    /// A call is possible over chat, whatever becomes of the voice service.
    pub(super) fn note_chat_way(&self, jid: &Jid, entry: &Entry, call: &mut Action) {
        if self.callable_entry(jid, entry).is_some() {
            *call = Action::available();
        }
    }
}
