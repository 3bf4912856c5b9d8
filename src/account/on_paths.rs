//! How calls find a path for their sound: the servers that help, and what may be told to whom (M01).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::effect::Effect;
use super::manager::Manager;
use crate::call;
use crate::config::{Ice, Media, Tell};
use crate::media::ice::{Server, Wish};
use crate::model::{AccountId, BootTime, ExternalService, Now, Peer, Transport};
use crate::xmpp;

/// What is known of the servers.
#[derive(Debug, Default)]
pub(super) struct PathServers {
    found: Arc<[Server]>,
    /// What they were looked up from.
    made_from: Option<Media>,
    /// What the chat servers of the accounts name, and when each is asked again.
    named: BTreeMap<AccountId, (Vec<ExternalService>, BootTime)>,
}

/// A password that does not say how long it lasts is asked for again after this, and so is one that has ended by our clock.
const RENEW: Duration = Duration::from_secs(600);
/// Passwords of servers are not asked for more often.
const RENEW_LEAST: Duration = Duration::from_secs(30);
/// Nor more seldom.
const RENEW_MOST: Duration = Duration::from_secs(86_400);

impl PathServers {
    /// When a chat server is to be asked again.
    pub(super) fn poll_timeout(&self) -> Option<BootTime> {
        self.named.values().map(|(_, due)| *due).min()
    }

    /// What is asked of all that is named: of each account a relay over UDP, one over a stream for networks that let nothing else
    /// out, and whoever says what our address is. More would only cost time.
    fn chosen(&self) -> Arc<[ExternalService]> {
        let mut chosen = Vec::new();
        for (services, _) in self.named.values() {
            let first = |wanted: fn(&&ExternalService) -> bool| services.iter().find(wanted).cloned();
            let datagrams = first(|service| service.relay && service.transport == Transport::Udp);
            let stream = first(|service| service.relay && service.transport == Transport::Tls)
                .or_else(|| first(|service| service.relay && service.transport == Transport::Tcp));
            // A relay over UDP says it as well.
            let address = first(|service| !service.relay).filter(|_| datagrams.is_none());
            chosen.extend(datagrams.into_iter().chain(stream).chain(address));
        }
        chosen.into()
    }
}

impl Manager {
    /// Looks the servers up, where that has not been done for these settings.
    pub(super) fn find_path_servers(&mut self) {
        if self.path_servers.made_from.as_ref() == Some(&self.config.media) {
            return;
        }
        let before = self.path_servers.made_from.replace(self.config.media.clone());
        if before.as_ref().is_some_and(|before| {
            (&before.stun, &before.turn, before.servers_from_chat)
                != (&self.config.media.stun, &self.config.media.turn, self.config.media.servers_from_chat)
        }) {
            self.path_servers.found = Arc::default();
        }
        self.look_up_path_servers();
    }

    /// Looks them up: at the start, for other settings, and in another network, whose answers may differ.
    pub(super) fn look_up_path_servers(&mut self) {
        let media = &self.config.media;
        let known = |id: &AccountId| media.servers_from_chat && self.config.chat.iter().any(|chat| chat.id == *id);
        self.path_servers.named.retain(|id, _| known(id));
        let named = self.path_servers.chosen();
        if media.ice != Ice::Off && !(media.stun.is_empty() && media.turn.is_empty() && named.is_empty()) {
            self.effects.push_back(Effect::FindPathServers { media: Box::new(media.clone()), named });
        }
    }

    /// A chat server lets us in: which servers for calls has it?
    pub(super) fn ask_path_services(&mut self, id: &AccountId) {
        let Media { ice, servers_from_chat, .. } = self.config.media;
        if ice != Ice::Off && servers_from_chat && (!self.config.voice.is_empty() || self.has_chat_calls(id)) {
            self.chat(id, xmpp::Command::AskServices);
        }
    }

    /// What a chat server names. Passwords of relays end: halfway to that it is asked for the next ones.
    pub(super) fn handle_path_services(&mut self, id: &AccountId, services: Vec<ExternalService>, now: Now) {
        let left = |service: &ExternalService| {
            let left = service.expires?.unix_ms().saturating_sub(now.wall.unix_ms());
            // Already over: the two clocks differ.
            u64::try_from(left).ok().filter(|left| *left > 0).map(Duration::from_millis)
        };
        let lasts = services.iter().filter(|service| service.login.is_some()).map(left).min().flatten();
        let renew = lasts.map_or(RENEW, |lasts| (lasts / 2).clamp(RENEW_LEAST, RENEW_MOST));
        if services.is_empty() {
            self.path_servers.named.remove(id);
        } else {
            self.path_servers.named.insert(id.clone(), (services, now.boot + renew));
        }
        self.look_up_path_servers();
    }

    /// Asks again where passwords are about to end.
    pub(super) fn path_services_timeout(&mut self, now: Now) {
        let mut due = Vec::new();
        for (id, (_, at)) in &mut self.path_servers.named {
            if *at <= now.boot {
                // The answer sets another time; without one it is tried again.
                *at = now.boot + RENEW;
                due.push(id.clone());
            }
        }
        for id in due {
            self.ask_path_services(&id);
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
