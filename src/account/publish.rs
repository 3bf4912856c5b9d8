//! What the manager shows and says: snapshots, notices, conditions, and the short ways to its neighbours.

use std::sync::Arc;

use super::effect::{Effect, Ticket};
use super::manager::Manager;
use super::{NoticeBody, Phase, Reachable, Refusal, Relation, RelationOrigin, Reply, Snapshot};
use crate::config::{Config, Network};
use crate::cusax;
use crate::model::{AccountId, Condition, ConditionKind, Remedy, Service, SipUri};
use crate::phone::DialPlan;
use crate::{media, sip, store, xmpp};

/// Conditions that are shown at once; the oldest gives way.
const MOST_CONDITIONS: usize = 16;

impl Manager {
    /// The snapshot, if anything changed since the last one.
    pub fn take_snapshot(&mut self) -> Option<Arc<Snapshot>> {
        if !self.dirty {
            return None;
        }
        self.dirty = false;
        self.revision += 1;
        let phase = match &self.set_up {
            _ if self.over || self.quitting.is_some() => Phase::Quitting,
            Some(set_up) => Phase::SetUp(set_up.state().clone()),
            None => Phase::Running,
        };
        let pairs = self.protection_pairs();
        let same_persons = self.same_persons();
        Some(Arc::new(Snapshot {
            revision: self.revision,
            phase,
            accounts: self.connections.values().map(|connection| connection.state.clone()).collect(),
            relations: self.relations(),
            presence: self.presence.clone(),
            reachable: self.reachable(),
            traces: self.shown_traces(),
            parity: Arc::new(Self::parity(&pairs)),
            protection: Arc::new(self.protection(pairs)),
            contacts: self.people.shared(),
            roster_known: self.roster_known,
            conversations: self.conversations.shared(),
            typing: self.typing.shared(),
            calls: self.calls.shown(),
            health: self.shown_health(),
            conferences: self.conferences.shown(),
            meetings: self.shown_meetings(),
            joinable: self.joinable_calls(),
            recording_sentence: self.config.recording.sentence.clone(),
            questions: self.questions.shown(),
            conditions: self.conditions.iter().cloned().collect(),
            dialling: self.dialling(),
            cards: self.my_cards.shown(),
            archives: self.own.archives(),
            watch_idle: self.config.messages.away_after.is_some(),
            devices: Arc::new(self.devices.clone()),
            device_plan: Arc::new(self.sound.plan.clone()),
            ringtones: Arc::new(self.sound.ringtones.clone()),
            setup_test: Arc::new(self.sound.test.clone()),
            settings: self.layers.settings.clone(),
            book: self.book.state(),
            appearance: self.config.appearance,
            desktop: self.config.desktop,
            notifications: self.config.notifications,
            remembered: self.remembered.clone(),
            numbers: Arc::new(self.numbers_view()),
            rooms: self.rooms.shown(),
            invitations: self.rooms.invitations.as_slice().into(),
            files: self.files.shown(),
            pictures: self.files.pictures.shown(),
            notes: self.files.notes.shown(),
            same_persons,
            events: self.events_view(),
            blocked: self.blocked_view(),
            answering: Arc::new(self.answering_view()),
        }))
    }

    fn relations(&self) -> Arc<[Relation]> {
        self.config
            .relations
            .iter()
            .map(|relation| Relation {
                chat: relation.chat.clone(),
                voice: relation.voice.clone(),
                origin: match self.layers.origins.of_relation(&relation.chat).origin {
                    _ if self.related_by_user.contains(&relation.chat) => RelationOrigin::User,
                    crate::config::Origin::Provisioned { .. } => RelationOrigin::Provisioned,
                    crate::config::Origin::BuiltIn
                    | crate::config::Origin::User
                    | crate::config::Origin::CommandLine => RelationOrigin::Config,
                },
            })
            .collect()
    }

    fn first_of(&self, service: Service) -> Option<&super::manager::Connection> {
        self.connections.values().find(|connection| connection.state.service == service)
    }

    fn reachable(&self) -> Reachable {
        let side = |service| {
            self.first_of(service).map(|connection| {
                (connection.state.state, connection.state.reason.as_ref().map(|reason| &*reason.text))
            })
        };
        let (chat, calls, text) = cusax::reachable(side(Service::Chat), side(Service::Voice));
        Reachable { chat, calls, text: text.into() }
    }

    pub(super) fn notice(&mut self, body: NoticeBody) {
        self.effects.push_back(Effect::Notice(body));
    }

    pub(super) fn answer(&mut self, ticket: Ticket, answer: Result<Reply, Refusal>) {
        if answer.is_err() {
            self.moderation_refused(ticket);
        }
        self.effects.push_back(Effect::Answer(ticket, answer));
    }

    pub(super) fn chat(&mut self, id: &AccountId, command: xmpp::Command) {
        self.effects.push_back(Effect::Chat(id.clone(), command));
    }

    pub(super) fn voice(&mut self, id: &AccountId, command: sip::Command) {
        self.effects.push_back(Effect::Voice(id.clone(), command));
    }

    pub(super) fn media(&mut self, command: media::Command) {
        self.effects.push_back(Effect::Media(command));
    }

    pub(super) fn store(&mut self, command: store::Command) {
        self.effects.push_back(Effect::Store(command));
    }

    /// The name of a memo about an account. What was learned of one provider's server says nothing of another's, so the
    /// address is part of the name, not only the account's id.
    pub(super) fn memo_name(&self, what: &str, id: &AccountId) -> String {
        let chat = self.config.chat.iter().find(|chat| chat.id == *id).map(|chat| chat.address.to_string());
        let voice = || self.config.voice.iter().find(|voice| voice.id == *id).map(|voice| voice.address.to_string());
        format!("{what}:{}:{}", id.as_str(), chat.or_else(voice).unwrap_or_default())
    }

    /// Remembers a small thing over restarts.
    pub(super) fn set_memo(&mut self, key: &str, value: &str) {
        if self.memos.get(key).is_some_and(|known| known == value) {
            return;
        }
        self.memos.insert(key.to_owned(), value.to_owned());
        self.store(store::Command::SetMemo { key: key.to_owned(), value: Some(value.to_owned()) });
    }

    /// The user closes a problem.
    pub(super) fn dismiss_condition(&mut self, at: usize) -> Reply {
        if at < self.conditions.len() {
            self.conditions.remove(at);
        }
        Reply::Done
    }

    /// Shows a problem, once.
    pub(super) fn add_condition(&mut self, kind: ConditionKind, text: &str, remedy: Remedy) {
        // A newer problem of the same connection replaces the older one.
        if matches!(kind, ConditionKind::Connection(_) | ConditionKind::Device | ConditionKind::Store) {
            self.conditions.retain(|condition| condition.kind != kind);
        }
        self.conditions.retain(|condition| condition.kind != kind || *condition.text != *text);
        if self.conditions.len() >= MOST_CONDITIONS {
            self.conditions.remove(0);
        }
        self.conditions.push(Condition { kind, text: text.into(), remedy });
        self.notice(NoticeBody::Problem(text.into()));
    }
}

/// The plan by which numbers are read: the common one, or that of the only voice account.
pub(super) fn plan_of(config: &Config) -> DialPlan {
    match config.voice.as_slice() {
        [only] => config.numbers.plan.for_account(&only.plan),
        _ => config.numbers.plan.clone(),
    }
}

pub(super) fn first_voice(config: &Config) -> Option<SipUri> {
    config.voice.first().map(|voice| voice.address.clone())
}

/// The configuration before there is one.
pub(super) fn no_accounts(network: Network) -> Config {
    Config { network, ..Config::default() }
}

/// How a sentence about a broken connection begins.
pub(super) fn not_connected(service: Service) -> &'static str {
    match service {
        Service::Chat => "Chat is not connected:",
        Service::Voice => "Voice is not connected:",
    }
}
