//! What the chat connections say.

use super::NoticeBody;
use super::manager::Manager;
use super::people::clean;
use super::publish::not_connected;
use super::questions::{Subject, choice};
use crate::model::{
    AccountId, ConditionKind, ConnectionState, ConversationKind, Delivery, Jid, MessageId, Now, Presence, QuestionKind,
    Remedy, Service, Show,
};
use crate::store;
use crate::xmpp::{Checkpoint, Event, Failure, InboundMessage, KnownCard, RosterUpdate};

impl Manager {
    pub(super) fn handle_chat(&mut self, id: &AccountId, event: Event, now: Now) {
        if !self.connections.contains_key(id) {
            return;
        }
        let Some(event) = self.unless_blocked(id, event) else { return };
        match event {
            Event::Connecting => self.set_state(id, ConnectionState::Connecting, None, None, now),
            Event::Online { security, mechanism, resumed, .. } => {
                if !resumed {
                    self.archive_begins(id, now);
                }
                let name = self.memo_name("mechanism", id);
                self.set_memo(&name, &mechanism);
                self.set_state(id, ConnectionState::Online, None, None, now);
                if let Some(connection) = self.connections.get_mut(id) {
                    connection.state.security = Some(security);
                }
                self.note_protection(id, Service::Chat, now);
                self.chat_server_is_there(id);
                self.ask_path_services(id);
            }
            Event::Offline { reason, retry_at } => {
                self.chat_server_left(id, now);
                self.typing.handle_offline();
                self.archive_left(id);
                self.people.clear_presences(id);
                self.set_state(id, ConnectionState::Offline, Some(reason), retry_at, now);
            }
            Event::Failed(failure) => self.handle_chat_failed(id, failure, now),
            Event::LocalAddress(address) => self.note_chat_address(id, address, now),
            Event::OwnCalls(event) => self.handle_own_calls(id, event),
            Event::People(event) => self.handle_people(id, event, now),
            Event::Jingle(event) => self.handle_jingle(id, event, now),
            Event::MediaVouched(from, keys) => self.handle_vouched(&from, keys, now),
            Event::CallWord { with, own, word, time } => self.contact_says(&with, own, word, time, now),
            Event::Roster { update, version, checkpoint } => {
                let update = without_sip(update);
                let Some(account) = self.chat_address(id) else { return };
                self.people.update(id, &update);
                self.roster_known = true;
                self.commit(store::Command::Roster { account, update, version, checkpoint }, checkpoint, id);
            }
            Event::Presence { jid, show, status } => self.handle_presence(&jid, Presence { show, status }),
            Event::PresencesCleared => self.people.clear_presences(id),
            // S12: what comes over chat cannot speak for a SIP address.
            Event::Message(message, checkpoint) if message.from.is_made_up() || is_forged(&message) => {
                self.commit(store::Command::Barrier(checkpoint), checkpoint, id);
            }
            Event::Message(message, checkpoint) => {
                let Some(account) = self.chat_address(id) else { return };
                self.typing.handle_text(&message.from, message.with_state);
                self.commit(store::Command::AppendIncoming { account, message, checkpoint }, checkpoint, id);
            }
            // S12: what comes over chat says nothing about conversations with SIP addresses; only a room's people have nicks.
            Event::Change { with, checkpoint, change } if with.is_made_up() && change.nick.is_none() => {
                self.commit(store::Command::Barrier(checkpoint), checkpoint, id);
            }
            event @ (Event::Read { .. }
            | Event::Change { .. }
            | Event::DisplayedElsewhere { .. }
            | Event::Archive { .. }
            | Event::ArchivePrefs(..)
            | Event::ArchivePage(_)) => self.handle_archive(id, event, now),
            Event::ChatState(from, state) => _ = self.typing.handle_state(&from, state, now.boot),
            Event::Acknowledged(message) => self.acknowledged(message),
            Event::Delivered(message, from, checkpoint) => {
                self.set_delivery(id, message, from, Delivery::Delivered, checkpoint);
            }
            Event::Displayed(message, from, checkpoint) => {
                self.set_delivery(id, message, from, Delivery::Displayed, checkpoint);
            }
            Event::MessageRefused { id: message, with, reason, checkpoint } => {
                self.refused(&message, &with, &reason);
                self.set_delivery(id, message, with, Delivery::Failed, checkpoint);
            }
            Event::Card { jid, card } => {
                self.people.set_card(&jid, card.clone());
                self.note_room_card(&jid, card.as_ref());
                let photo_hash = card.as_ref().and_then(|card| card.photo_hash.clone());
                if self.people.account_of(&jid).is_some() {
                    let known = KnownCard { jid: jid.clone(), fetched: now.wall, photo_hash };
                    self.known_cards.insert(jid.clone(), known);
                }
                self.store(store::Command::Card { jid, card, fetched: now.wall });
            }
            Event::CardUnavailable(_) => {}
            Event::Settings(settings) => self.handle_server_settings(id, settings, now),
            Event::Services(services) => self.handle_path_services(id, services, now),
            Event::Slot(number, slot) => self.handle_slot(number, slot),
            Event::OwnCard(event) => self.handle_own_card(id, event, now),
            Event::Reach { jid, addresses } => self.handle_reach(id, &jid, addresses),
            Event::ReachPublished(outcome) => self.handle_reach_published(id, outcome),
            Event::SubscriptionRequest { from, .. } if self.comes_by_link(id, &from, now) => {}
            Event::SubscriptionRequest { from, text } => self.ask_subscription(id, from, text.as_deref()),
            Event::Contact(event) => self.handle_contact_event(id, event),
            Event::Room(room, event) => self.handle_room(id, room, event, now),
            Event::Session(session) => {
                if let Some(account) = self.chat_address(id) {
                    self.session_owners.extend(session.is_some().then(|| Some(id.clone())));
                    self.store(store::Command::Session { account, session });
                }
            }
        }
    }

    fn handle_presence(&mut self, jid: &Jid, presence: Presence) {
        if presence.show == Show::Offline {
            self.typing.handle_gone(jid);
        }
        self.people.set_presence(jid, presence);
    }

    fn handle_chat_failed(&mut self, id: &AccountId, failure: Failure, now: Now) {
        self.people.clear_presences(id);
        self.give_up(id, Service::Chat, &failure.reason, failure.certificate, failure.security, now);
    }

    /// A connection ended for good until the user acts.
    pub(super) fn give_up(
        &mut self,
        id: &AccountId,
        service: Service,
        reason: &crate::model::Reason,
        certificate: Option<[u8; 32]>,
        security: bool,
        now: Now,
    ) {
        if self.explain_weaker(id, service, reason, now) {
            return;
        }
        self.set_state(id, ConnectionState::Failed, Some(reason.clone()), None, now);
        if let Some(fingerprint) = certificate {
            self.ask_certificate(id, service, &reason.text, fingerprint);
        } else if self.set_up.is_none() {
            let remedy = if &*reason.code == "wrong-password" {
                Remedy::EnterPassword(id.clone())
            } else {
                Remedy::Retry(id.clone())
            };
            let text = format!("{} {}", not_connected(service), reason.text);
            self.add_condition(ConditionKind::Connection(service), &text, remedy);
        }
        if security {
            let text = format!(
                "{} {} Somebody may be between you and the server. Ask your administrator before you go on.",
                not_connected(service),
                reason.text
            );
            self.add_condition(ConditionKind::Security, &text, Remedy::Dismiss);
        }
    }

    fn ask_certificate(&mut self, id: &AccountId, service: Service, reason: &str, fingerprint: [u8; 32]) {
        let hex = fingerprint.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":");
        let name = match service {
            Service::Chat => "chat",
            Service::Voice => "voice",
        };
        let text = format!(
            "The {name} server could not prove who it is. {reason} Trust it only if your administrator tells you that this \
             fingerprint is right."
        );
        let choices = vec![
            choice("refuse", "Do not connect", None),
            choice("trust", "Trust this certificate", Some(&format!("SHA-256 {hex}"))),
        ];
        let subject = Subject::Certificate { account: id.clone(), fingerprint };
        if let Some(question) = self.questions.ask(QuestionKind::Certificate, &text, choices, subject) {
            self.notice(NoticeBody::Question(question));
        }
    }

    fn ask_subscription(&mut self, id: &AccountId, from: Jid, text: Option<&str>) {
        if from.is_made_up() {
            return;
        }
        // A stranger's words: nothing hidden in them, and not more than a line or two.
        let words = text.map(clean).filter(|text| !text.is_empty());
        let words = words.map(|text| format!(" They write: \u{2068}{text}\u{2069}")).unwrap_or_default();
        let called = self.take_claimed_name(&from);
        let called = called.map(|name| format!(" They call themselves \u{2068}{name}\u{2069}.")).unwrap_or_default();
        let words = format!("{called}{words}");
        let text = format!("{from} wants to see when you are there, and to write to you.{words}");
        let mut choices = vec![choice("deny", "Decline", None), choice("approve", "Add to contacts", None)];
        if self.can_block(id) {
            choices.push(choice("block", "Decline, and block them", None));
        }
        let subject = Subject::Subscription { account: id.clone(), from };
        if let Some(question) = self.questions.ask(QuestionKind::Subscription, &text, choices, subject) {
            self.notice(NoticeBody::Question(question));
        }
    }

    fn set_delivery(
        &mut self,
        account: &AccountId,
        id: MessageId,
        with: Jid,
        delivery: Delivery,
        checkpoint: Checkpoint,
    ) {
        let command = store::Command::SetDelivery { id, with: Some(with), delivery, checkpoint: Some(checkpoint) };
        self.commit(command, checkpoint, account);
    }

    /// Stores something; the stanza that brought it counts as handled when it is safe (XEP-0198: commit first, then
    /// acknowledge).
    pub(super) fn commit(&mut self, command: store::Command, checkpoint: Checkpoint, id: &AccountId) {
        self.commits.push_back((checkpoint, Some(id.clone())));
        self.store(command);
    }

    pub(super) fn chat_address(&self, id: &AccountId) -> Option<Jid> {
        self.config.chat.iter().find(|chat| chat.id == *id).map(|chat| chat.address.clone())
    }
}

/// A conversation whose name stands for something else than a chat address is only what the program itself makes of a room.
fn is_forged(message: &InboundMessage) -> bool {
    message.with.is_made_up() && message.kind != ConversationKind::Occupant
}

/// A roster without names that stand for SIP addresses: no server may put its people into their place.
fn without_sip(update: RosterUpdate) -> RosterUpdate {
    match update {
        RosterUpdate::Replace(mut items) => {
            items.retain(|item| !item.jid.is_made_up());
            RosterUpdate::Replace(items)
        }
        RosterUpdate::Set(item) if item.jid.is_made_up() => RosterUpdate::Unchanged,
        update @ (RosterUpdate::Unchanged | RosterUpdate::Set(_) | RosterUpdate::Remove(_)) => update,
    }
}
