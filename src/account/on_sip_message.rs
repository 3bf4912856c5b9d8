//! Messages over voice (RFC 3428): conversations of their own, under the SIP address, and never a contact's (C-08, S12).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::effect::Ticket;
use super::manager::Manager;
use super::{NoticeBody, Refusal, RefusalKind};
use crate::cusax;
use crate::model::{
    AccountId, ConnectionState, Delivery, Feature, FeatureRule, FeatureScope, Jid, Message, MessageDirection,
    MessageId, Now, SipUri,
};
use crate::sip::{self, MessagePolicy, ReceivedMessage};
use crate::store;

/// The longest text that is tried, bytes; whether the way carries it is known when it is sent.
const LONGEST: usize = 16 * 1024;

/// What is under way.
#[derive(Debug, Default)]
pub(super) struct SipMessages {
    /// Messages that are being stored, and what answers their senders.
    storing: BTreeMap<MessageId, (AccountId, u64)>,
    /// Messages of ours that are on the wire, and whose.
    sent: BTreeMap<MessageId, AccountId>,
}

impl Manager {
    /// From whom a voice account takes messages (C-06 to C-08).
    pub(super) fn message_policy(&self, voice: &AccountId) -> MessagePolicy {
        let related = self.config.relations.iter().any(|relation| relation.voice == *voice);
        let rules = self.feature_rules();
        let feature = Feature::MessagesOverVoice;
        let everybody = cusax::effective(feature, None, related, &rules, self.locked_feature(feature));
        let mut policy = MessagePolicy { by_default: everybody.on, ..MessagePolicy::default() };
        if everybody.origin != cusax::FeatureOrigin::Default {
            // A rule for the device decides before all others.
            return policy;
        }
        for FeatureRule { scope, on, .. } in rules.iter().filter(|rule| rule.feature == feature) {
            match scope {
                FeatureScope::Device => {}
                FeatureScope::Contact(name) => {
                    policy.addresses.extend(name.sip_address().map(|address| (address, *on)));
                }
                FeatureScope::Domain(domain) => policy.hosts.push((domain.to_ascii_lowercase(), *on)),
            }
        }
        policy
    }

    /// The voice account that carries messages to an address, one that is there before one that is not; or why none does.
    fn carrier(&self, with: &Jid) -> Result<(AccountId, SipUri), String> {
        let mut why = "you have no voice account".to_owned();
        let mut carriers = Vec::new();
        for voice in &self.config.voice {
            let found = self.feature(Feature::MessagesOverVoice, Some(with), &voice.id);
            if found.on {
                carriers.push(voice);
            } else {
                why = found.reason;
            }
        }
        let online = |id: &AccountId| {
            self.connections.get(id).is_some_and(|connection| connection.state.state == ConnectionState::Online)
        };
        let carrier = carriers.iter().find(|voice| online(&voice.id)).or(carriers.first());
        carrier.map(|voice| (voice.id.clone(), voice.address.clone())).ok_or(why)
    }

    /// Stores a message to a SIP address; it leaves when it is safe.
    pub(super) fn write_sip_message(
        &mut self,
        ticket: Ticket,
        id: MessageId,
        to: Jid,
        body: &str,
        now: Now,
    ) -> Result<(), Refusal> {
        let refuse = |kind, text: &str| Err(Refusal::new(kind, text));
        if to.sip_address().is_none() {
            return refuse(RefusalKind::NoTarget, "This is no address that could be written to.");
        }
        let from = match self.carrier(&to) {
            Ok((_, own)) => own,
            Err(why) => {
                return refuse(RefusalKind::NotAllowed, &format!("Messages over voice are off, because {why}."));
            }
        };
        let body: String = body.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
        if body.trim().is_empty() {
            return refuse(RefusalKind::Invalid, "The message is empty.");
        }
        if body.len() > LONGEST {
            return refuse(RefusalKind::Invalid, "The message is too long: send it in parts.");
        }
        let Some(from) = Jid::of_sip(&from) else {
            return refuse(RefusalKind::NotAllowed, "Your voice account's address is too long for messages.");
        };
        self.sends.insert(id.clone(), ticket);
        self.store(store::Command::AppendOutgoing(Message {
            id,
            with: to,
            from,
            direction: MessageDirection::Out,
            time: now.wall,
            body: body.into(),
            delivery: Delivery::Pending,
            corrected: false,
            encrypted: false,
            details: Default::default(),
        }));
        Ok(())
    }

    /// Messages to SIP addresses that wait, as far as there is a way for them.
    pub(super) fn pump_sip_messages(&mut self) {
        let waiting: Vec<Message> = self
            .outbox
            .iter()
            .filter(|message| message.with.is_sip() && !self.sip_messages.sent.contains_key(&message.id))
            .cloned()
            .collect();
        for message in waiting {
            let Some(to) = message.with.sip_address() else { continue };
            match self.carrier(&message.with) {
                Ok((id, _)) if self.is_online(&id) => {
                    self.sip_messages.sent.insert(message.id.clone(), id.clone());
                    self.voice(&id, sip::Command::Message { id: message.id, to, body: message.body });
                }
                // It goes with the next registration.
                Ok(_) => {}
                Err(_) => self.set_sip_delivery(message.id, Delivery::Failed),
            }
        }
    }

    pub(super) fn is_online(&self, id: &AccountId) -> bool {
        self.connections.get(id).is_some_and(|connection| connection.state.state == ConnectionState::Online)
    }

    fn set_sip_delivery(&mut self, id: MessageId, delivery: Delivery) {
        self.store(store::Command::SetDelivery { id, with: None, delivery, checkpoint: None });
    }

    /// What became of a message of ours.
    pub(super) fn handle_message_answered(&mut self, id: MessageId, code: u16, text: Option<&str>) {
        self.sip_messages.sent.remove(&id);
        match code {
            0 => {}
            // RFC 3428 section 7: 200 comes from the recipient, 202 from somebody who keeps it.
            200 => self.set_sip_delivery(id, Delivery::Delivered),
            201..=299 => self.set_sip_delivery(id, Delivery::Sent),
            code => {
                let to = self.outbox.iter().find(|message| message.id == id).map(|message| message.with.shown());
                let to = to.map(|to| format!(" to \u{2068}{to}\u{2069}")).unwrap_or_default();
                let sentence = format!("Your message{to} was not delivered: {}", why_not(code, text));
                self.notice(NoticeBody::Problem(sentence.into()));
                self.set_sip_delivery(id, Delivery::Failed);
            }
        }
    }

    /// Somebody writes over voice. The sender is answered when the message is stored.
    pub(super) fn handle_message_received(&mut self, account: &AccountId, message: ReceivedMessage, now: Now) {
        let ReceivedMessage { token, identity, call_id, body } = message;
        let with = sip::message_sender(&identity).and_then(|from| Jid::of_sip(&from));
        let Some(with) = with.filter(|_| self.quitting.is_none()) else {
            self.voice(account, sip::Command::AnswerMessage { token, code: 480 });
            return;
        };
        // X50: nothing of it is kept or shown. 202 says that it was taken, not that anybody reads it (RFC 3428 section 7), so
        // that they are not told.
        if self.is_blocked_for_certain(account, &identity) {
            self.voice(account, sip::Command::AnswerMessage { token, code: 202 });
            return;
        }
        let id = MessageId(format!("sip-{}", self.random_id()).into());
        self.sip_messages.storing.insert(id.clone(), (account.clone(), token));
        let message = Message {
            id,
            from: with.clone(),
            with,
            direction: MessageDirection::In,
            time: now.wall,
            body,
            delivery: Delivery::Received,
            corrected: false,
            encrypted: false,
            details: Default::default(),
        };
        self.store(store::Command::AppendReceived { message, call_id });
    }

    /// A message that came over voice is safe; `message` is absent where it was there already.
    pub(super) fn handle_received_stored(&mut self, id: &MessageId, message: Option<Message>) {
        if let Some(message) = message {
            self.conversations.append(&message);
            self.notice(NoticeBody::Message(Box::new(message)));
        }
        if let Some((account, token)) = self.sip_messages.storing.remove(id) {
            self.voice(&account, sip::Command::AnswerMessage { token, code: 200 });
        }
    }

    /// A connection began anew: what was on its wire has to go again, and nobody waits there for an answer.
    pub(super) fn forget_sip_messages(&mut self, account: &AccountId) {
        self.sip_messages.sent.retain(|_, of| of != account);
        self.sip_messages.storing.retain(|_, (of, _)| of != account);
    }
}

/// A refusal of a message, for people.
fn why_not(code: u16, text: Option<&str>) -> Arc<str> {
    let sentence = match code {
        404 | 410 | 484 | 485 | 604 => "nobody can be reached under this address.",
        405 | 415 | 501 | 406 | 606 => "their phone does not take messages.",
        408 => "nobody answered.",
        413 | 513 => "it is too long for the phone service. Send it in parts.",
        480 | 486 | 600 => "they cannot be reached at the moment.",
        401 | 407 => "the phone service did not accept your password for it.",
        403 | 603 => "the phone service or the other side does not want it.",
        _ => "the phone service could not deliver it.",
    };
    match text {
        Some(words) => format!("{sentence} (\u{2068}{words}\u{2069})").into(),
        None => sentence.into(),
    }
}
