//! Carries out what the connection policy decides, and what others are told of the user.

use std::collections::BTreeMap;

use super::connection_policy::{Because, Leg, Legs, Pair, Verdict, other};
use super::manager::Manager;
use super::{RefusalKind, Reply};
use crate::config::{self, Relation};
use crate::cusax::{self, Circumstances, Published};
use crate::model::{
    AccountId, BootTime, CallState, ConditionKind, ConnectionState, Now, Presence, Reason, Remedy, Service, Show,
};
use crate::{sip, xmpp};

/// What joins the connections: the pairs, and what was last said of the user.
#[derive(Debug, Default)]
pub(super) struct Joining {
    /// By the chat account; of several relations of one chat account the first counts.
    pairs: BTreeMap<AccountId, (AccountId, Pair)>,
    /// What each chat account was last told to publish.
    published: BTreeMap<AccountId, Published>,
    /// The user chose a status while a call went on.
    chosen_in_call: bool,
    /// What the pairs were made from.
    made_from: Option<(Vec<Relation>, config::Connection)>,
    /// When a pair has something to decide.
    pub(super) due: Option<BootTime>,
}

impl Manager {
    /// Makes the pairs of the configuration, where they are not made from it already.
    pub(super) fn start_pairs(&mut self, now: Now) {
        // While the setup tries an address, each service speaks for itself.
        let made_from = self.set_up.is_none().then(|| (self.config.relations.clone(), self.config.connection));
        if self.joining.made_from == made_from {
            return;
        }
        let mut pairs: BTreeMap<AccountId, (AccountId, Pair)> = BTreeMap::new();
        for (relation, config) in made_from.iter().flat_map(|(all, config)| all.iter().map(move |one| (one, config))) {
            if pairs.contains_key(&relation.chat) || pairs.values().any(|(voice, _)| *voice == relation.voice) {
                continue;
            }
            let pair = Pair::new(*config, self.legs(&relation.chat, &relation.voice), now);
            pairs.insert(relation.chat.clone(), (relation.voice.clone(), pair));
        }
        // Who waited by what was said before, and does not now, comes back.
        let waited: Vec<(AccountId, Service)> =
            self.services().into_iter().filter(|(id, _)| self.held(id).is_some()).collect();
        self.joining.pairs = pairs;
        self.joining.made_from = made_from;
        for (id, service) in waited {
            if self.held(&id).is_none() {
                self.let_go(&id, service, now);
            }
        }
        self.joining.due = self.joining.pairs.values().filter_map(|(_, pair)| pair.poll_timeout(now)).min();
    }

    /// Connects an account that was just started, unless it waits by policy: then nothing leaves this machine (C-12).
    pub(super) fn begin_unless_held(&mut self, id: &AccountId, service: Service, now: Now) {
        match (self.held(id), service) {
            (Some(reason), _) => self.set_state(id, ConnectionState::Held, Some(reason), None, now),
            (None, Service::Chat) => self.chat(id, xmpp::Command::Connect),
            (None, Service::Voice) => self.voice(id, sip::Command::Register),
        }
    }

    fn let_go(&mut self, id: &AccountId, service: Service, now: Now) {
        match service {
            Service::Chat => self.chat(id, xmpp::Command::Connect),
            Service::Voice => self.voice(id, sip::Command::Register),
        }
        if self.connections.get(id).is_some_and(|connection| connection.state.state == ConnectionState::Held) {
            self.set_state(id, ConnectionState::Connecting, None, None, now);
        }
    }

    fn legs(&self, chat: &AccountId, voice: &AccountId) -> Legs {
        let leg = |id: &AccountId| match self.connections.get(id).map(|connection| connection.state.state) {
            Some(ConnectionState::Online) => Leg::Online,
            Some(ConnectionState::Failed) => Leg::Refused,
            Some(ConnectionState::Offline | ConnectionState::Connecting | ConnectionState::Held) | None => Leg::Trying,
        };
        Legs { chat: leg(chat), voice: leg(voice), in_call: !self.calls.of_account(voice).is_empty() }
    }

    /// Whether an account waits by policy, and why, in a sentence.
    pub(super) fn held(&self, id: &AccountId) -> Option<Reason> {
        let (service, because) = self.joining.pairs.iter().find_map(|(chat, (voice, pair))| {
            let held = pair.held()?;
            let waits = match held.0 {
                Service::Chat => chat,
                Service::Voice => voice,
            };
            (waits == id).then_some(held)
        })?;
        Some(held_reason(service, because))
    }

    /// The partner of an account.
    pub(super) fn partner(&self, id: &AccountId) -> Option<AccountId> {
        self.joining.pairs.iter().find_map(|(chat, (voice, _))| match () {
            () if chat == id => Some(voice.clone()),
            () if voice == id => Some(chat.clone()),
            () => None,
        })
    }

    /// Trying an account that waits means trying what it waits for.
    pub(super) fn retry_held(&mut self, id: &AccountId, now: Now) -> Option<Result<Reply, super::Refusal>> {
        self.held(id)?;
        let partner = self.partner(id)?;
        let state = self.connections.get(&partner).map(|connection| connection.state.state);
        match state {
            Some(ConnectionState::Offline | ConnectionState::Failed) => self.start_account(&partner, now),
            Some(ConnectionState::Online | ConnectionState::Connecting | ConnectionState::Held) => {}
            None => return Some(Err(super::Refusal::new(RefusalKind::NotFound, "There is no such account."))),
        }
        Some(Ok(Reply::Done))
    }

    /// Tells every pair where it stands, and does what follows. Called after every input.
    pub(super) fn settle_joining(&mut self, now: Now) {
        self.start_pairs(now);
        let pairs: Vec<(AccountId, AccountId)> =
            self.joining.pairs.iter().map(|(chat, (voice, _))| (chat.clone(), voice.clone())).collect();
        for (chat, voice) in pairs {
            let legs = self.legs(&chat, &voice);
            let Some((_, pair)) = self.joining.pairs.get_mut(&chat) else { continue };
            pair.handle_legs(legs, now);
            let verdicts: Vec<Verdict> = std::iter::from_fn(|| pair.poll_output()).collect();
            for verdict in verdicts {
                // Nobody is held back or called back while the program says goodbye.
                if self.quitting.is_none() {
                    self.obey_policy(&chat, &voice, verdict, now);
                }
            }
        }
        self.joining.due = self.joining.pairs.values().filter_map(|(_, pair)| pair.poll_timeout(now)).min();
        self.settle_presence(now);
    }

    fn obey_policy(&mut self, chat: &AccountId, voice: &AccountId, verdict: Verdict, now: Now) {
        let id = |service| match service {
            Service::Chat => chat.clone(),
            Service::Voice => voice.clone(),
        };
        match verdict {
            Verdict::Hold(service, because) => {
                match service {
                    Service::Chat => {
                        self.people.clear_presences(chat);
                        self.chat(chat, xmpp::Command::Disconnect);
                    }
                    Service::Voice => self.voice(voice, sip::Command::Unregister),
                }
                let reason = held_reason(service, because);
                self.set_state(&id(service), ConnectionState::Held, Some(reason), None, now);
            }
            Verdict::Release(service, because) => {
                self.let_go(&id(service), service, now);
                if because == Because::PatienceOver {
                    let text = "Voice did not connect in time, so chat goes ahead alone: you can write, but not call or \
                                be called until voice is there.";
                    let remedy = Remedy::Retry(id(other(service)));
                    self.add_condition(ConditionKind::Connection(Service::Voice), text, remedy);
                }
            }
        }
    }

    /// The user chose a status.
    pub(super) fn choose_presence(&mut self, show: Show, status: Option<std::sync::Arc<str>>) {
        self.presence = Presence { show, status };
        self.own.idle.chosen();
        self.joining.chosen_in_call = self.config.voice.iter().any(|voice| self.is_on_call(&voice.id));
    }

    /// What a chat account publishes now.
    pub(super) fn published(&self, chat: &AccountId, now: Now) -> Published {
        let pair = self.joining.pairs.get(chat);
        let voices = || self.config.relations.iter().filter(|relation| relation.chat == *chat);
        let circumstances = Circumstances {
            on_call: voices().any(|relation| self.is_on_call(&relation.voice)),
            chosen_in_call: self.joining.chosen_in_call,
            call_presence: self.config.connection.call_presence,
            no_calls: pair.is_some_and(|(_, pair)| pair.no_calls(now)),
            withheld: pair.is_some_and(|(_, pair)| pair.withholds_presence()),
            nobody_since: self.own.idle.told(self.calls.living_views().next().is_some()),
            tell_since: self.config.messages.tell_away_since,
        };
        cusax::published(&self.presence, &circumstances)
    }

    /// What a chat account that starts is to say; an activity that an earlier run left behind is taken back.
    pub(super) fn publish_from_the_start(&mut self, chat: &AccountId, now: Now) {
        let wanted = self.published(chat, now);
        let left = self.memo_name("on-the-phone", chat);
        if wanted.on_the_phone || self.memos.get(&left).is_some_and(|left| left == "1") {
            self.publish_activity(chat, wanted.on_the_phone);
        }
        self.publish(chat, wanted);
    }

    /// Says what has changed.
    fn settle_presence(&mut self, now: Now) {
        if !self.config.voice.iter().any(|voice| self.is_on_call(&voice.id)) {
            self.joining.chosen_in_call = false;
        }
        let chats: Vec<AccountId> = self.config.chat.iter().map(|chat| chat.id.clone()).collect();
        for chat in chats {
            let wanted = self.published(&chat, now);
            let Some(said) = self.joining.published.get(&chat).cloned() else { continue };
            if said.on_the_phone != wanted.on_the_phone {
                self.publish_activity(&chat, wanted.on_the_phone);
            }
            if said != wanted {
                self.publish(&chat, wanted);
            }
        }
    }

    fn publish(&mut self, chat: &AccountId, wanted: Published) {
        let before = self.joining.published.insert(chat.clone(), wanted.clone());
        let said = before.as_ref().and_then(|before| before.idle_since);
        if said != wanted.idle_since {
            self.chat(chat, xmpp::Command::People(xmpp::PeopleCommand::Idle(wanted.idle_since)));
        }
        if said != wanted.idle_since || before.is_none_or(|before| before.presence != wanted.presence) {
            let Presence { show, status } = wanted.presence;
            self.chat(chat, xmpp::Command::Presence { show, status });
        }
    }

    fn publish_activity(&mut self, chat: &AccountId, on_the_phone: bool) {
        // Remembered before it is said: a crash in between leaves nothing behind.
        let name = self.memo_name("on-the-phone", chat);
        self.set_memo(&name, if on_the_phone { "1" } else { "0" });
        self.chat(chat, xmpp::Command::OnThePhone(on_the_phone));
    }

    /// Forgets what an account that starts anew was told.
    pub(super) fn forget_published(&mut self, chat: &AccountId) {
        self.joining.published.remove(chat);
    }

    /// Somebody is being talked to over a voice account, or waits on hold.
    fn is_on_call(&self, voice: &AccountId) -> bool {
        self.calls
            .living_views()
            .any(|call| call.account == *voice && matches!(call.state, CallState::Active | CallState::Held))
    }
}

/// Why an account waits, in a sentence.
fn held_reason(service: Service, because: Because) -> Reason {
    let text = match (service, because) {
        (_, Because::VoiceFirst) => "Chat waits until voice is connected, as your settings say.",
        (Service::Chat, Because::PartnerRefused) => {
            "Voice was refused, and your settings want both or neither: you are signed out of chat until voice works."
        }
        (Service::Chat, _) => {
            "Voice is not connected, and your settings want both or neither: chat comes back together with it."
        }
        (Service::Voice, Because::PartnerRefused) => {
            "Chat was refused, and your settings want both or neither: you cannot be called until chat works."
        }
        (Service::Voice, _) => {
            "Chat is not connected, and your settings want both or neither: voice comes back together with it."
        }
    };
    Reason::new("held", text)
}
