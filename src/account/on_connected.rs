//! Who is at the other end by now: a telephone system that hands a call over by itself says so inside of it (RFC 3325,
//! RFC 5876). Whom the call began with is not who listens then, and nobody goes on being shown as somebody who left (C-32).

use super::manager::Manager;
use crate::config::Voice;
use crate::cusax::{self, Key};
use crate::model::{AccountId, CallId, Direction, Now};
use crate::sip::CallIdentity;

impl Manager {
    /// Keeps whom the phone service names at the beginning: what it says later is compared with that.
    pub(super) fn note_asserted(&mut self, account: &AccountId, call: CallId, identity: &CallIdentity) {
        let Some(voice) = self.config.voice.iter().find(|voice| voice.id == *account).cloned() else { return };
        let keys = self.asserted_keys(identity, &voice);
        if !keys.is_empty() {
            self.transfers.asserted.insert(call, keys);
        }
    }

    fn asserted_keys(&self, identity: &CallIdentity, voice: &Voice) -> Vec<Key> {
        let plan = self.plan_for(voice);
        identity.asserted.iter().flat_map(|one| Key::of_caller(&one.uri, &plan, Some(&voice.address))).collect()
    }

    /// The phone service says who is there now.
    pub(super) fn handle_connected(&mut self, account: &AccountId, call: CallId, identity: &CallIdentity, now: Now) {
        let Some(voice) = self.config.voice.iter().find(|voice| voice.id == *account).cloned() else { return };
        let Some(view) = self.calls.view(call).filter(|view| !view.emergency).cloned() else { return };
        let keys = self.asserted_keys(identity, &voice);
        let known = self.transfers.asserted.insert(call, keys.clone());
        if known.as_ref().is_some_and(|known| known.iter().any(|key| keys.contains(key))) {
            return;
        }
        let (people, plan) = (&self.people, self.plan_for(&voice));
        let mut peer = cusax::identify(identity, people.index(), &plan, Some(&voice.address), |jid| people.person(jid));
        // Whom we called answers, perhaps, and is only named by an extension: that is nobody else yet.
        let first_word = known.is_none() && view.direction == Direction::Outgoing;
        if first_word || (peer.jid.is_some() && peer.jid == view.peer.jid) {
            let sentence = format!("Your phone service names {} at the other end.", peer.display);
            let _ = self.calls.with(call, now, |machine| machine.add_evidence(&sentence));
            return;
        }
        let sentence = format!("They took the call over from {}, as your phone service says.", view.peer.display);
        peer.evidence.insert(0, sentence.into());
        let _ = self.calls.with(call, now, |machine| machine.set_peer(peer));
    }
}
