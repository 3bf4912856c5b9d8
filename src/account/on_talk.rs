//! What is done with messages that are there: answers, corrections, reactions, retractions; and who is told that the user
//! writes, or has seen something.

use std::sync::Arc;

use super::effect::Ticket;
use super::manager::Manager;
use super::on_request::{LONGEST_MESSAGE, MOST_SENDS, clean_body};
use super::{NoticeBody, Refusal, RefusalKind, Reply, TalkRequest};
use crate::model::{
    AccountId, ChangeKind, ConnectionState, ConversationKind, Delivery, Jid, Message, MessageId, Now, Reason, Show,
    Subscription,
};
use crate::store::{self, OwnChange, Sending, TalkCommand, TalkEvent};
use crate::xmpp::{self, Outbound, ReplyTo};

/// Rows of one page, at most.
const LONGEST_PAGE: u32 = 1000;

impl Manager {
    pub(super) fn handle_talk(&mut self, ticket: Ticket, request: TalkRequest, now: Now) {
        let answer = match request {
            TalkRequest::Answer { to, answers, body } => match self.outgoing(&to, &body, now) {
                Ok(message) => {
                    self.sends.insert(message.id.clone(), ticket);
                    return self.store_talk(TalkCommand::Answer { message: Box::new(message), answers });
                }
                Err(refusal) => Err(refusal),
            },
            TalkRequest::Once { id, to, answers, body } => match self.send_once(ticket, id, to, answers, &body, now) {
                Ok(()) => return,
                Err(refusal) => Err(refusal),
            },
            TalkRequest::Correct { id, body } => match checked(&body) {
                Ok(()) => return self.say_about(ticket, id, OwnChange::Correct(clean_body(&body)), now),
                Err(refusal) => Err(refusal),
            },
            TalkRequest::React { id, reaction, on } => match xmpp::reaction(&reaction) {
                Some(reaction) => {
                    let reaction = Arc::from(reaction);
                    return self.say_about(ticket, id, OwnChange::React(reaction, on), now);
                }
                None => Err(Refusal::new(RefusalKind::Invalid, "A reaction is one emoji.")),
            },
            TalkRequest::Retract(id) => return self.say_about(ticket, id, OwnChange::Retract, now),
            TalkRequest::SendAgain(message) => {
                let id = MessageId(self.random_id().into());
                self.store_talk(TalkCommand::SendAgain { message, id, time: now.wall });
                Ok(Reply::Done)
            }
            TalkRequest::Typing { with, writing } => {
                if !writing || self.may_know_typing(&with) {
                    self.typing.handle_own(&with, writing, now.boot);
                }
                Ok(Reply::Done)
            }
            TalkRequest::Around { with, id, limit } => {
                let (request, limit) = (self.page(ticket), limit.min(LONGEST_PAGE));
                let all = self.addresses_of(&with);
                if all.len() > 1 {
                    let page = store::Page::Around(id);
                    return self.store_talk(TalkCommand::Together { request, with: all, limit, page });
                }
                return self.store_talk(TalkCommand::Around { request, with, id, limit });
            }
            TalkRequest::After { with, id, limit } => {
                let (request, limit) = (self.page(ticket), limit.min(LONGEST_PAGE));
                let all = self.addresses_of(&with);
                if all.len() > 1 {
                    let page = store::Page::After(id);
                    return self.store_talk(TalkCommand::Together { request, with: all, limit, page });
                }
                return self.store_talk(TalkCommand::After { request, with, id, limit });
            }
        };
        self.answer(ticket, answer);
    }

    pub(super) fn store_talk(&mut self, command: TalkCommand) {
        self.store(store::Command::Talk(command));
    }

    fn say_about(&mut self, ticket: Ticket, message: MessageId, what: OwnChange, now: Now) {
        if self.sends.len() >= MOST_SENDS {
            let refusal = Refusal::new(RefusalKind::NotAllowed, "Messages cannot be saved at the moment.");
            return self.answer(ticket, Err(refusal));
        }
        let id = MessageId(self.random_id().into());
        self.sends.insert(id.clone(), ticket);
        self.store_talk(TalkCommand::Say { id, message, what, time: now.wall });
    }

    pub(super) fn handle_talk_stored(&mut self, event: TalkEvent) {
        match event {
            TalkEvent::Said { id, outcome } => {
                let ticket = self.sends.remove(&id);
                match outcome {
                    Ok(said) => {
                        let (message, sending) = *said;
                        let name = message.id.clone();
                        self.conversations.change(&message);
                        self.notice(NoticeBody::Message(Box::new(message)));
                        self.send_said(&sending);
                        self.sending.push(sending);
                        ticket.into_iter().for_each(|ticket| self.answer(ticket, Ok(Reply::Message(name.clone()))));
                    }
                    Err(why) => {
                        let refusal = || Refusal::new(RefusalKind::NotAllowed, why);
                        ticket.into_iter().for_each(|ticket| self.answer(ticket, Err(refusal())));
                    }
                }
            }
            TalkEvent::Kept { id, same } => self.handle_kept(id, same),
            TalkEvent::Found(id, message) => {
                self.file_found(&id, message.as_deref());
                self.picture_found(&id, message.as_deref());
                self.note_found(&id, message.as_deref());
            }
            TalkEvent::Seen { with, account, id } => {
                let account = self.config.chat.iter().find(|chat| chat.address == account).map(|chat| chat.id.clone());
                if let Some(account) = account {
                    self.chat(&account, xmpp::Command::Displayed { to: with, id });
                }
            }
        }
    }

    fn send_said(&mut self, sending: &Sending) {
        let account = self.config.chat.iter().find(|chat| chat.address == sending.account).map(|chat| chat.id.clone());
        if let Some(id) = account {
            self.chat_or_room(&id, said(sending));
        }
    }

    /// A new connection is handed what was said and is not acknowledged.
    pub(super) fn say_again(&mut self, id: &AccountId, address: &Jid) {
        let due: Vec<xmpp::Command> =
            self.sending.iter().filter(|sending| sending.account == *address).map(said).collect();
        for command in due {
            self.chat_or_room(id, command);
        }
    }

    /// The server has a message of ours, or what was said about one.
    pub(super) fn acknowledged(&mut self, id: MessageId) {
        self.sending.retain(|sending| sending.id != id);
        self.store(store::Command::SetDelivery { id, with: None, delivery: Delivery::Sent, checkpoint: None });
    }

    /// A message of ours, or what was said about one, was refused: why is kept with it.
    pub(super) fn refused(&mut self, id: &MessageId, with: &Jid, reason: &Reason) {
        let why: Arc<str> = why_refused(&reason.code).into();
        if let Some(at) = self.sending.iter().position(|sending| sending.id == *id && sending.with == *with) {
            let sending = self.sending.remove(at);
            let text = match sending.kind {
                ChangeKind::Retraction => format!("A message could not be deleted for them. {why}"),
                ChangeKind::Reactions => format!("They do not see your reaction. {why}"),
                ChangeKind::Correction | ChangeKind::Moderation | ChangeKind::Delivered | ChangeKind::Displayed => {
                    format!("They do not see your correction. {why}")
                }
            };
            return self.notice(NoticeBody::Problem(text.into()));
        }
        self.store_talk(TalkCommand::Why { id: id.clone(), with: with.clone(), why });
    }

    /// Only who sees when the user is there may see that the user writes or reads (X14).
    fn sees_us(&self, with: &Jid) -> bool {
        let known = self.people.contact(with);
        known.is_some_and(|contact| matches!(contact.subscription, Subscription::Both | Subscription::From))
    }

    fn may_know_typing(&self, with: &Jid) -> bool {
        let there = self.people.contact(with).is_some_and(|contact| contact.presence.show != Show::Offline);
        let chat = self.people.account_of(with).and_then(|id| self.connections.get(id));
        let online = chat.is_some_and(|chat| chat.state.state == ConnectionState::Online);
        self.config.messages.tell_typing && there && online && self.sees_us(with)
    }

    /// The user has seen a conversation: whether somebody wants to know that is in the store.
    pub(super) fn find_seen(&mut self, with: &Jid) {
        if self.config.messages.tell_read && self.sees_us(with) {
            self.store_talk(TalkCommand::Seen(with.clone()));
        }
    }

    /// Tells others what the user does, as the machine says.
    pub(super) fn tell_typing(&mut self) {
        while let Some((to, state)) = self.typing.poll_output() {
            if let Some(account) = self.people.account_of(&to).cloned() {
                self.chat(&account, xmpp::Command::ChatState { to, state });
            }
        }
    }
}

/// A text that may be sent.
pub(super) fn checked(body: &str) -> Result<(), Refusal> {
    if body.trim().is_empty() {
        return Err(Refusal::new(RefusalKind::Invalid, "The message is empty."));
    }
    if body.len() > LONGEST_MESSAGE {
        return Err(Refusal::new(RefusalKind::Invalid, "The message is too long: send it in parts."));
    }
    Ok(())
}

/// What was said about a message, for the connection.
fn said(sending: &Sending) -> xmpp::Command {
    let target = MessageId(sending.target.clone());
    let what = match sending.kind {
        ChangeKind::Retraction => Outbound::Retraction(target),
        ChangeKind::Reactions => {
            let all = sending.text.split(' ').filter(|reaction| !reaction.is_empty());
            Outbound::Reactions(target, all.map(Into::into).collect())
        }
        // The store keeps nothing else of the user's.
        ChangeKind::Correction | ChangeKind::Moderation | ChangeKind::Delivered | ChangeKind::Displayed => {
            Outbound::Text { body: sending.text.clone(), reply: None, replaces: Some(target) }
        }
    };
    xmpp::Command::Say { id: sending.id.clone(), to: sending.with.clone(), what, written: sending.time }
}

/// A message of ours, for the connection.
pub(super) fn sending_of(message: Message) -> xmpp::Command {
    let Message { id, with, from, time, body, details, .. } = message;
    match details.reply {
        None if details.file => xmpp::Command::Say { id, to: with, what: Outbound::File(body), written: time },
        None => xmpp::Command::Send { id, to: with, body, written: time },
        Some(reply) => {
            // In a room nobody is told an address: people are known by their nicks there.
            let (author, nick) = match details.kind {
                ConversationKind::Person if reply.own == Some(true) => (Some(from), None),
                ConversationKind::Person => (Some(with.clone()), None),
                ConversationKind::Room => (reply.nick.is_some().then(|| with.clone()), reply.nick),
                ConversationKind::Occupant => (None, None),
            };
            let to = ReplyTo { id: MessageId(reply.to), to: author, nick };
            let reply = Some((to, reply.text.unwrap_or_default()));
            xmpp::Command::Say { id, to: with, what: Outbound::Text { body, reply, replaces: None }, written: time }
        }
    }
}

/// Why a message was refused, in a sentence (RFC 6120 section 8.3.3).
fn why_refused(code: &str) -> &'static str {
    match code {
        "remote-server-not-found" => "Their server does not exist, or its name is misspelt.",
        "remote-server-timeout" => "Their server does not answer. Try again later.",
        "item-not-found" | "recipient-unavailable" | "gone" => "There is nobody with this address.",
        "service-unavailable" => "They cannot be reached, or do not accept messages from you.",
        "forbidden" | "not-allowed" | "not-authorized" | "registration-required" | "subscription-required" => {
            "They do not accept messages from you."
        }
        "policy-violation" | "resource-constraint" => "The server does not take it: it may be too long, or too many.",
        "jid-malformed" => "The address is not one.",
        _ => "The server refused it.",
    }
}
