//! Whose keys a call has (N-5): when the handshake of a call over the phone service is done, both ends tell each other over chat which
//! certificates they saw. Only where both words agree, "this person" is said; see docs/verified-media.md.

use std::collections::BTreeMap;

use super::manager::Manager;
use crate::model::{AccountId, Call, CallId, CallState, ConnectionState, Jid, KeyState, Now, PeerGrade, Via};
use crate::sdp::Fingerprint;
use crate::xmpp::{Command, Vouched};

/// People whose words are kept. When full: the first one is forgotten, and their call stays "this server".
const MOST_PEOPLE: usize = 32;
/// Words of one person that are kept: one for each call that they may have with us. When full: the oldest goes.
const MOST_WORDS: usize = 4;

/// Who said what of whose certificates.
#[derive(Debug, Default)]
pub(super) struct VouchDesk {
    said: BTreeMap<Jid, Vec<Vouched>>,
    /// The association of each call that was told.
    told: BTreeMap<CallId, u32>,
    /// The word that was true of each call, and of which association.
    true_of: BTreeMap<CallId, (u32, Vouched)>,
}

impl Manager {
    /// A call over the phone service changed: when its handshake is done, the other end is told, and what it said is looked at.
    pub(super) fn vouch_follows(&mut self, call: &Call, now: Now) {
        if call.state == CallState::Ended {
            self.vouch.told.remove(&call.id);
            self.vouch.true_of.remove(&call.id);
            // What was said of this call says nothing of the next one.
            if let Some(jid) = &call.peer.jid {
                self.vouch.said.remove(jid);
            }
            return;
        }
        if !self.config.media.verify_over_chat {
            return;
        }
        let Some((jid, association, theirs)) = self.provable(call) else { return };
        let Some(ours) = self.security.fingerprint.clone() else { return };
        if self.vouch.told.get(&call.id) != Some(&association) {
            let Some(account) = self.chat_knowing(&jid) else { return };
            self.vouch.told.insert(call.id, association);
            let keys = Vouched { own: ours.value().into(), seen: theirs.value().into() };
            self.chat(&account, Command::VouchMedia { to: jid, keys });
        }
        self.compare_keys(call.id, now);
    }

    /// A contact's chat account says which certificates a call has.
    pub(super) fn handle_vouched(&mut self, from: &Jid, keys: Vouched, now: Now) {
        // Words about nothing are not collected.
        let calls: Vec<CallId> = self
            .calls
            .living_views()
            .filter(|call| call.via == Via::Sip && call.peer.jid.as_ref() == Some(from))
            .map(|call| call.id)
            .collect();
        if calls.is_empty() || !self.config.media.verify_over_chat {
            return;
        }
        if self.vouch.said.len() >= MOST_PEOPLE && !self.vouch.said.contains_key(from) {
            self.vouch.said.pop_first();
        }
        let said = self.vouch.said.entry(from.clone()).or_default();
        if said.len() >= MOST_WORDS {
            said.remove(0);
        }
        said.push(keys);
        for call in calls {
            self.compare_keys(call, now);
        }
    }

    /// Compares what was said with what the handshake of a call proved.
    fn compare_keys(&mut self, id: CallId, now: Now) {
        let Some(call) = self.calls.view(id).cloned() else { return };
        let Some((jid, association, theirs)) = self.provable(&call) else { return };
        let (Some(ours), Some(said)) = (self.security.fingerprint.clone(), self.vouch.said.get(&jid)) else { return };
        let fits = |word: &&Vouched| word.fingerprints() == Some((theirs.clone(), ours.clone()));
        let state = if let Some(word) = said.iter().find(fits) {
            self.vouch.true_of.insert(id, (association, word.clone()));
            Some(KeyState::Person)
        } else {
            // What was true of an earlier handshake of this call says nothing of the present one; anything else is about other
            // keys than this call has: somebody between the two ends holds them.
            let old = self.vouch.true_of.get(&id).map(|(_, word)| word);
            let speaks = |word: &Vouched| word.fingerprints().is_some() && Some(word) != old;
            said.iter().any(speaks).then_some(KeyState::Between)
        };
        if let Some(state) = state {
            let _ = self.calls.with(id, now, |machine| machine.set_key_proof(state));
        }
    }

    /// A call of which something can be proven: over SIP, with a confirmed contact, and with keys of one certificate.
    fn provable(&self, call: &Call) -> Option<(Jid, u32, Fingerprint)> {
        let confirmed = call.via == Via::Sip && call.peer.grade == PeerGrade::Confirmed;
        let jid = call.peer.jid.clone().filter(|jid| confirmed && jid.is_reachable())?;
        let (association, theirs) = self.calls.machine(call.id)?.proven_certificate()?;
        Some((jid, association, theirs))
    }

    /// The chat account that knows a contact, while it is connected.
    fn chat_knowing(&self, jid: &Jid) -> Option<AccountId> {
        let online = |id: &&AccountId| {
            self.connections.get(id).is_some_and(|found| found.state.state == ConnectionState::Online)
        };
        self.people.account_of(jid).filter(online).cloned()
    }
}
