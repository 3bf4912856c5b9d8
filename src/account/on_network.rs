//! The network changed, or the machine slept: who is told.

use super::manager::Manager;
use crate::model::Service;
use crate::{sip, xmpp};

impl Manager {
    /// Every connection looks for itself whether its own way is affected; `told` says to the voice accounts what happened.
    pub(super) fn handle_network(&mut self, told: sip::Command) {
        self.look_up_path_servers();
        for (id, service) in self.services() {
            match service {
                Service::Chat => self.chat(&id, xmpp::Command::NetworkChanged),
                Service::Voice => self.voice(&id, told.clone()),
            }
        }
    }
}
