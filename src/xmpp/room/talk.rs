//! What is said in a room: messages, the subject, what the room itself announces, and what is whispered.

use std::sync::Arc;

use minidom::Element;

use super::boundary::{RoomEvent, RoomNote};
use super::machine::{Phase, Room};
use super::nick;
use super::read;
use crate::model::{
    ChangeKind, ConversationKind, Jid, MessageChange, MessageDirection, MessageId, Now, RoomFact, WallTime,
};
use crate::xmpp::form;
use crate::xmpp::payload::Payload;
use crate::xmpp::stanza::{self, ns};
use crate::xmpp::{Arrival, Checkpoint, InboundMessage};

/// The longest subject that is kept, characters.
const LONGEST_SUBJECT: usize = read::LONGEST_TEXT;
/// Ids of stanzas of ours that are remembered until the room says them again. When full: the oldest goes, and what the room
/// says of it is compared with what is stored.
const MOST_SAID: usize = 256;

/// What a message from a room came to.
#[derive(Debug)]
pub(in crate::xmpp) enum Talk {
    /// Nothing to be stored.
    Nothing,
    /// An event that goes to the store was told.
    Told,
    /// A message for the store.
    Message(Box<InboundMessage>),
    /// Something that is said about a message of this conversation.
    Change(Jid, Box<MessageChange>),
}

impl Room {
    /// A message from the room; `nick`: of whom, absent for the room itself.
    pub(in crate::xmpp) fn handle_message(
        &mut self,
        message: &Element,
        nick: Option<&str>,
        checkpoint: Checkpoint,
        now: Now,
    ) -> Talk {
        if message.attr("type") == Some("error") {
            return self.handle_refused(message, checkpoint, now);
        }
        if self.phase != Phase::Joined {
            // Nothing of a room that we are not in, except an invitation, which the caller has looked for.
            return Talk::Nothing;
        }
        self.note_heard(now);
        match (message.attr("type"), nick) {
            (_, None) => self.handle_service(message, checkpoint, now),
            (Some("groupchat"), Some(nick)) => self.handle_groupchat(message, nick, now),
            (Some("headline"), Some(_)) => Talk::Nothing,
            (_, Some(nick)) => self.handle_private(message, nick, now),
        }
    }

    /// A message of ours came back.
    fn handle_refused(&mut self, message: &Element, checkpoint: Checkpoint, now: Now) -> Talk {
        let Some(id) = read::id(message.attr("id")) else { return Talk::Nothing };
        let reason = stanza::stanza_error(message);
        // Section 7.4: whoever is not in it may not write to it.
        if &*reason.code == "not-acceptable" && self.is_joined() {
            self.enter_anew(now);
        }
        self.event(RoomEvent::Refused { id: MessageId(id.into()), reason, checkpoint });
        Talk::Told
    }

    /// What the room itself says. Only here do status codes of messages count (section 15.6), and moderation (XEP-0425).
    fn handle_service(&mut self, message: &Element, checkpoint: Checkpoint, now: Now) -> Talk {
        if let Some(result) = message.get_child("result", ns::MAM) {
            return self.handle_archived(result, now.wall);
        }
        if let Some(read::Moderated { archive_id, by, reason }) = read::moderated(message) {
            self.event(RoomEvent::Retracted { archive_id, by, reason, checkpoint });
            return Talk::Told;
        }
        if let Some(form) = message.get_child("x", ns::DATA_FORM).and_then(form::read) {
            self.handle_request(&form);
            return Talk::Nothing;
        }
        let x = message.get_child("x", ns::MUC_USER);
        let codes = read::codes(x);
        for (code, note) in [
            (170, RoomNote::Logged),
            (171, RoomNote::NotLogged),
            (172, RoomNote::AddressesForAll),
            (173, RoomNote::AddressesForModerators),
        ] {
            if codes.contains(&code) {
                // It is told here; what the room says of itself next is no news then.
                let fact = match code {
                    172 => Some(RoomFact::AddressesForAll),
                    173 => Some(RoomFact::AddressesForModerators),
                    _ => None,
                };
                if let (Some(fact), Some(facts)) = (fact, &mut self.facts) {
                    let facts = Arc::make_mut(facts);
                    if !facts.has(fact) {
                        facts.facts.push(fact);
                    }
                }
                self.note(note, now);
            }
        }
        if codes.iter().any(|code| matches!(code, 104 | 170..=174)) {
            if codes.contains(&104) && codes.len() == 1 {
                self.note(RoomNote::Configured, now);
            }
            self.look(None);
        }
        if message.attr("type") == Some("groupchat") {
            return self.handle_groupchat(message, "", now);
        }
        Talk::Nothing
    }

    /// Somebody without a voice asks for one (section 8.6).
    fn handle_request(&mut self, form: &crate::model::Form) {
        let value = |var: &str| form.field(var).map(|field| field.value()).filter(|value| !value.is_empty());
        if value("FORM_TYPE") != Some(ns::MUC_REQUEST) {
            return;
        }
        let Some(nick) = value("muc#roomnick").filter(|nick| nick.len() <= nick::LONGEST) else { return };
        let jid = value("muc#jid").and_then(|jid| Jid::parse_dropping_resource(jid).ok());
        self.event(RoomEvent::VoiceAsked { nick: nick.into(), jid });
    }

    fn handle_groupchat(&mut self, message: &Element, nick: &str, now: Now) -> Talk {
        let late = read::delay(message, &self.jid, now.wall);
        let time = late.unwrap_or(now.wall);
        if self.handle_call_word(message, nick, None, time) {
            return Talk::Nothing;
        }
        let payload = Payload::read(message);
        if let Some(said) = payload.change() {
            return self.change(message, nick, said, time, late.is_some());
        }
        let file = payload.is_file();
        let Some(body) = payload.body.clone() else {
            // Section 8.1: a subject comes without a body, so that whoever writes one with a body sets none.
            let subject = message.get_child("subject", ns::CLIENT).filter(|_| !message.has_child("body", ns::CLIENT));
            if let Some(subject) = subject {
                self.handle_subject(&subject.text(), nick, late.is_some(), now);
            }
            return Talk::Nothing;
        };
        // Only a room that writes these names itself takes away those that others write (XEP-0359 section 6; X12).
        let archive_id = self.can.names_messages.then(|| read::archive_id(message, &self.jid)).flatten();
        let heard = InboundMessage {
            file,
            reply: payload.reply,
            unstyled: payload.unstyled,
            ..self.read_message(message, nick, &body, archive_id, time, late.is_some())
        };
        self.sync.heard(heard.archive_id.as_deref(), time);
        self.tell_soon(now);
        Talk::Message(Box::new(heard))
    }

    /// A message of the archive.
    pub(super) fn handle_old_message(
        &mut self,
        message: &Element,
        nick: &str,
        archive_id: &str,
        time: WallTime,
    ) -> Talk {
        if message.attr("type") != Some("groupchat") || self.handle_call_word(message, nick, Some(archive_id), time) {
            return Talk::Nothing;
        }
        let payload = Payload::read(message);
        if let Some(said) = payload.change() {
            return self.change(message, nick, said, time, true);
        }
        let file = payload.is_file();
        let Some(body) = payload.body else { return Talk::Nothing };
        let heard = self.read_message(message, nick, &body, Some(archive_id.to_owned()), time, true);
        Talk::Message(Box::new(InboundMessage { file, reply: payload.reply, unstyled: payload.unstyled, ..heard }))
    }

    /// What somebody says about a message. Whether they may is the store's to decide, by who they lastingly are (X10). What we
    /// said over this connection was stored before it left; what another device of ours says is kept under our address.
    fn change(
        &self,
        message: &Element,
        nick: &str,
        said: (ChangeKind, MessageId, Arc<str>),
        time: WallTime,
        old: bool,
    ) -> Talk {
        let occupant = if self.can.occupant_ids { read::occupant_id(message) } else { None };
        let us = self.occupants.get(&self.nick).and_then(|us| us.id.as_deref());
        let own = match (us, occupant.as_deref()) {
            (Some(ours), Some(theirs)) => ours == theirs,
            // Whoever bore our nick once need not have been us (X13).
            (_, _) if old && nick == &*self.nick => return Talk::Nothing,
            (_, _) => nick == &*self.nick,
        };
        if nick.is_empty() || (own && message.attr("id").is_some_and(|id| self.said_here(id))) {
            return Talk::Nothing;
        }
        let (kind, target, text) = said;
        let (from, nick, occupant) = match own {
            true => (self.account.clone(), None, None),
            false => (self.jid.clone(), Some(nick.into()), occupant),
        };
        let change = MessageChange { kind, target: target.0, from, nick, occupant, time, text };
        Talk::Change(self.jid.clone(), Box::new(change))
    }

    /// A message of ours leaves over this connection: what the room says again of it is no news.
    pub(super) fn note_said(&mut self, id: &MessageId) {
        if self.said.len() >= MOST_SAID {
            self.said.pop_front();
        }
        self.said.push_back(id.clone());
    }

    fn said_here(&self, id: &str) -> bool {
        self.said.iter().any(|said| *said.0 == *id)
    }

    fn read_message(
        &self,
        message: &Element,
        nick: &str,
        body: &str,
        archive_id: Option<String>,
        time: WallTime,
        old: bool,
    ) -> InboundMessage {
        let occupant = if self.can.occupant_ids { read::occupant_id(message) } else { None };
        let own_id = self.occupants.get(&self.nick).and_then(|us| us.id.as_deref());
        // Whoever bore a nick once need not be who bears it now: of old messages only the room's own id says whose they
        // are (X13).
        let own = match (own_id, occupant.as_deref()) {
            (Some(ours), Some(theirs)) => ours == theirs,
            (_, _) => !old && !nick.is_empty() && nick == &*self.nick,
        };
        let origin = message.get_child("origin-id", ns::STANZA_ID).and_then(|origin| read::id(origin.attr("id")));
        let by_name = |value: Option<Arc<str>>| value.filter(|_| !own);
        InboundMessage {
            stanza_id: read::id(message.attr("id")).map(str::to_owned),
            origin_id: origin.map(str::to_owned),
            archive_id,
            archive: Some(self.jid.clone()),
            with: self.jid.clone(),
            kind: ConversationKind::Room,
            // What we wrote is kept under our own address, as it was when it left.
            from: if own { self.account.clone() } else { self.jid.clone() },
            resource: None,
            nick: by_name((!nick.is_empty()).then(|| nick.into())),
            occupant: by_name(occupant),
            direction: if own { MessageDirection::Out } else { MessageDirection::In },
            arrival: if old { Arrival::Late } else { Arrival::Live },
            ..InboundMessage::new(self.jid.clone(), body, time)
        }
    }

    fn handle_subject(&mut self, text: &str, nick: &str, late: bool, now: Now) {
        let subject = nick::shown_line(&text.replace(['\n', '\t'], " "), LONGEST_SUBJECT);
        let subject = (!subject.is_empty()).then_some(subject);
        if subject == self.subject {
            return;
        }
        // The subject that stands when we come in is no news (section 7.2.15).
        let news = !late && self.subject.is_some() && !nick.is_empty();
        self.subject.clone_from(&subject);
        if let (true, Some(subject)) = (news, &subject) {
            self.note(RoomNote::Subject { by: nick::shown(nick), subject: subject.clone() }, now);
        }
        self.event(RoomEvent::Subject(subject));
    }

    /// A message of one occupant to us (section 7.5): always filed under the room, whatever their nick is (X13).
    fn handle_private(&mut self, message: &Element, nick: &str, now: Now) -> Talk {
        let payload = Payload::read(message);
        // Only somebody who is there can write; the room passes nothing on from others.
        let Some(occupant) = self.occupants.get(nick).filter(|occupant| !occupant.own) else { return Talk::Nothing };
        let Some(with) = Jid::of_occupant(&self.jid, &super::key(occupant)) else { return Talk::Nothing };
        let id = occupant.id.clone();
        let late = read::delay(message, &self.jid, now.wall);
        if let Some((kind, target, text)) = payload.change() {
            let (from, nick, time) = (self.jid.clone(), Some(nick.into()), late.unwrap_or(now.wall));
            let change = MessageChange { kind, target: target.0, from, nick, occupant: id, time, text };
            return Talk::Change(with, Box::new(change));
        }
        let file = payload.is_file();
        let Some(body) = payload.body else { return Talk::Nothing };
        let heard = self.read_message(message, nick, &body, None, late.unwrap_or(now.wall), late.is_some());
        Talk::Message(Box::new(InboundMessage {
            with,
            kind: ConversationKind::Occupant,
            from: self.jid.clone(),
            nick: Some(nick.into()),
            occupant: id,
            direction: MessageDirection::In,
            archive: None,
            file,
            reply: payload.reply,
            unstyled: payload.unstyled,
            ..heard
        }))
    }
}
