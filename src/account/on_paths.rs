//! How calls find a path for their sound: the servers that help, and what may be told to whom (M01).

use std::sync::Arc;

use super::effect::Effect;
use super::manager::Manager;
use crate::call;
use crate::config::{Ice, Media, Tell};
use crate::media::ice::{Server, Wish};
use crate::model::Peer;

/// What is known of the servers.
#[derive(Debug, Default)]
pub(super) struct PathServers {
    found: Arc<[Server]>,
    /// What they were looked up from.
    made_from: Option<Media>,
}

impl Manager {
    /// Looks the servers up, where that has not been done for these settings.
    pub(super) fn find_path_servers(&mut self) {
        if self.path_servers.made_from.as_ref() == Some(&self.config.media) {
            return;
        }
        let before = self.path_servers.made_from.replace(self.config.media.clone());
        if before
            .as_ref()
            .is_some_and(|before| before.stun != self.config.media.stun || before.turn != self.config.media.turn)
        {
            self.path_servers.found = Arc::default();
        }
        self.look_up_path_servers();
    }

    /// Looks them up: at the start, for other settings, and in another network, whose answers may differ.
    pub(super) fn look_up_path_servers(&mut self) {
        let media = &self.config.media;
        if media.ice != Ice::Off && !(media.stun.is_empty() && media.turn.is_empty()) {
            self.effects.push_back(Effect::FindPathServers(Box::new(media.clone())));
        }
    }

    /// What was found. Nothing at all is most often a network that is away: what is known stays.
    pub(super) fn handle_path_servers(&mut self, found: Arc<[Server]>) {
        if !found.is_empty() {
            self.path_servers.found = found;
        }
    }

    /// The servers that help, as far as they are known.
    pub(super) fn path_servers(&self) -> Arc<[Server]> {
        self.path_servers.found.clone()
    }

    /// How a call with this peer looks for paths.
    pub(super) fn paths_towards(&self, peer: &Peer) -> Option<call::Paths> {
        let media = &self.config.media;
        let servers = self.path_servers.found.clone();
        let relays = servers.iter().any(|server| server.login.is_some());
        // Whoever is no contact of ours, or only claims to be one.
        let stranger = peer.jid.is_none();
        let only_relays = match media.tell {
            Tell::All => false,
            Tell::NoHostToStrangers => stranger && relays,
            Tell::RelayOnly => true,
        };
        // Without a relay a stranger gets the one address that a call cannot do without, as before ICE.
        let bare = media.tell == Tell::NoHostToStrangers && stranger && !relays;
        let begin = match media.ice {
            Ice::Off => return None,
            Ice::Auto => !servers.is_empty(),
            Ice::Always => true,
        };
        (!bare).then_some(call::Paths { wish: Wish { servers, only_relays, ..Wish::default() }, begin })
    }
}
