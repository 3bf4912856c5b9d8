//! The network changed, or the machine slept: who is told.

use std::net::SocketAddr;

use super::effect::Effect;
use super::manager::Manager;
use crate::call::UserCall;
use crate::model::{CallId, Service};
use crate::{sip, xmpp};

impl Manager {
    /// Every connection looks for itself whether its own way is affected; `told` says to the voice accounts what happened.
    pub(super) fn handle_network(&mut self, told: sip::Command) {
        self.look_up_path_servers();
        for call in self.calls.living_ids() {
            self.look_at_way(call, UserCall::far_end);
        }
        for (id, service) in self.services() {
            match service {
                Service::Chat => self.chat(&id, xmpp::Command::NetworkChanged),
                Service::Voice => self.voice(&id, told.clone()),
            }
        }
    }

    /// A call whose sound has just begun to go somewhere: which address of ours leads there? A later change is seen by that.
    pub(super) fn look_at_new_way(&mut self, call: CallId) {
        self.look_at_way(call, UserCall::unknown_way);
    }

    fn look_at_way(&mut self, call: CallId, wanted: impl Fn(&UserCall) -> Option<SocketAddr>) {
        if let Some(to) = self.calls.machine(call).and_then(wanted) {
            self.effects.push_back(Effect::FindWay(call, to));
        }
    }
}
