//! How the calls do (N-13, F16): what is wrong is shown and told once, and a call without a sign of life ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::NoticeBody;
use super::manager::Manager;
use crate::call::{Health, Surroundings, is_dead};
use crate::model::{CallHealth, CallId, Now, PeerSign, Stats, Trouble, Weight, is_private};

/// The health of every living call.
#[derive(Debug, Default)]
pub(super) struct HealthDesk {
    calls: BTreeMap<CallId, Health>,
}

impl HealthDesk {
    fn of(&self, call: CallId) -> CallHealth {
        CallHealth { troubles: self.calls.get(&call).map(|health| health.troubles().to_vec()).unwrap_or_default() }
    }
}

impl Manager {
    /// A second of a call was counted.
    pub(super) fn note_stats(&mut self, id: CallId, mut stats: Stats, now: Now) {
        if self.calls.contains(id) {
            let _ = self.calls.with(id, now, |call| call.note_evidence(&stats.evidence, now));
            self.look_at_new_way(id);
            self.diagnose_call(id, &stats, now);
        }
        stats.health = self.health.of(id);
        self.calls.set_stats(id, stats);
    }

    fn diagnose_call(&mut self, id: CallId, stats: &Stats, now: Now) {
        let Some(call) = self.calls.view(id) else { return };
        let local = self.connections.get(&call.account).and_then(|connection| connection.local);
        let around = Surroundings { microphone: &self.devices.input, local_private: local.is_some_and(is_private) };
        let patience = self.config.calls.silence_timeout;
        // A call for help is ended by those who are in it.
        let dead = !call.emergency && is_dead(call, &stats.evidence, patience);
        let health = self.health.calls.entry(id).or_default();
        let fresh = health.observe(call, stats, around, now);
        let asks = health.wants_to_ask(now);
        for Trouble { weight, text, .. } in fresh {
            // A hint and a shaky network stand beside the call; only who is not heard is called out to.
            if weight == Weight::Fault {
                self.notice(NoticeBody::Problem(text));
            }
        }
        if asks {
            let _ = self.calls.with(id, now, |call| call.ask_peer());
        }
        if dead {
            let _ = self.calls.with(id, now, |call| call.give_up_silent(patience, now));
        }
    }

    /// The other side's phone said whether it is still there.
    pub(super) fn note_peer_sign(&mut self, id: CallId, sign: PeerSign) {
        if let Some(health) = self.health.calls.get_mut(&id) {
            health.note_peer(sign);
        }
    }

    /// What the screen shows of it. The dead are forgotten.
    pub(super) fn shown_health(&mut self) -> Arc<[(CallId, CallHealth)]> {
        let calls = &self.calls;
        self.health.calls.retain(|id, _| calls.contains(*id));
        let shown = self.health.calls.keys().map(|id| (*id, self.health.of(*id)));
        shown.filter(|(_, health)| !health.troubles.is_empty()).collect()
    }
}
