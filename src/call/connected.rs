//! Who is at the other end, when a telephone system hands the call over by itself.

use super::machine::UserCall;
use crate::model::Peer;

impl UserCall {
    /// Somebody else is there now; the history goes on being that of whom it began with.
    pub fn set_peer(&mut self, peer: Peer) {
        let before = std::mem::replace(&mut self.view.peer, peer);
        self.first_peer.get_or_insert(before);
        self.changed();
    }

    /// Says more about who is there.
    pub fn add_evidence(&mut self, sentence: &str) {
        self.view.peer.evidence.push(sentence.into());
        self.changed();
    }

    /// The call is over: it was with whom it began with, and went on with others.
    pub(super) fn restore_peer(&mut self) {
        let Some(first) = self.first_peer.take() else { return };
        let last = std::mem::replace(&mut self.view.peer, first);
        self.view.peer.evidence.push(format!("In the end it was with {}.", last.display).into());
    }
}
