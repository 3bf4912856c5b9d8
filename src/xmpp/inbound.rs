//! What comes in: one dispatch, one place per kind of stanza, and whose word counts for what.

use minidom::Element;

use super::boundary::{Checkpoint, Event, RosterUpdate};
use super::chat::{self, Content};
use super::disco;
use super::envelope::{self, Wrapping};
use super::iq::Purpose;
use super::payload::Payload;
use super::presence;
use super::received::{Arrival, Inbound, InboundMessage};
use super::roster::{self, Contacts, Item};
use super::session::{Link, Management, SessionMachine};
use super::stanza::{self, Sender, ns, sender};
use super::stream_management::Stored;
use crate::model::{Delivery, Jid, MessageDirection, Now, Reason};

impl SessionMachine {
    /// Takes an element of the stream to where it is understood. What nobody understands changes nothing.
    pub(super) fn dispatch(&mut self, mut element: Element, now: Now) {
        if element.has_ns(ns::CLIENT) {
            return self.handle_client_stanza(&mut element, now);
        }
        if element.is("error", ns::STREAM) {
            return self.handle_stream_error(&element, now);
        }
        if !element.has_ns(ns::SM) {
            return;
        }
        match element.name() {
            "r" => self.handle_ack_request(now),
            "a" => self.handle_ack(&element, now),
            "enabled" => self.handle_enabled(&element, now),
            "resumed" => self.handle_resumed(&element, now),
            "failed" => self.handle_failed(&element, now),
            _ => {}
        }
    }

    fn handle_client_stanza(&mut self, stanza: &mut Element, now: Now) {
        match self.link {
            Link::Online => {}
            // Nothing but the answer to the binding can be meant for us yet (RFC 6120 section 7.1).
            Link::Binding(_) if stanza.name() == "iq" => return self.handle_answer(stanza, None, now),
            Link::Binding(_)
            | Link::Resuming(_)
            | Link::Idle
            | Link::Waiting(_)
            | Link::Connecting(_)
            | Link::Failed => {
                return;
            }
        }
        let Some(checkpoint) = self.inbound.receive() else { return };
        match stanza.name() {
            "message" => self.handle_message(stanza, checkpoint, now),
            "presence" => self.handle_presence(stanza, now),
            "iq" => match stanza.attr("type") {
                Some("get" | "set") => self.handle_request(stanza, checkpoint, now),
                Some("result" | "error") => self.handle_answer(stanza, Some(checkpoint), now),
                Some(_) | None => {}
            },
            _ => {}
        }
    }

    fn handle_message(&mut self, message: &Element, checkpoint: Checkpoint, now: Now) {
        let sender = sender(message);
        match envelope::wrapping(message, &sender, &self.own, self.archives.copies) {
            Wrapping::None => {}
            Wrapping::Copy(copy) => return self.handle_copy(copy, checkpoint, now),
            // A room's archive speaks to its room.
            Wrapping::Result(result) if is_own(&sender, &self.own) => return self.handle_result(result, &sender, now),
            Wrapping::Result(_) => {}
        }
        let (from, resource) = match sender {
            Sender::Absent => (self.own.clone(), None),
            // The server refuses what they send (XEP-0191 section 3.3); what was on its way is not shown either. That ours was
            // not sent comes in their name (section 3.5).
            Sender::Address(from, _) if message.attr("type") != Some("error") && self.blocks(&from) => return,
            Sender::Address(from, resource) => (from, resource),
            Sender::Unreadable => return,
        };
        if let (Some(event), None, None) =
            (message.get_child("event", ns::PUBSUB_EVENT), &resource, message.get_child("body", ns::CLIENT))
        {
            return self.handle_personal_event(event, &from, now);
        }
        if self.room_message(message, &from, resource.as_deref(), checkpoint, now) {
            return;
        }
        if self.jingle_message(message, &from, resource.as_deref(), false, now) {
            return;
        }
        if let Some(keys) = self.vouched_media(message, &from) {
            return self.event(Event::MediaVouched(from, keys));
        }
        self.note_call_word(message, &from, now);
        self.note_chat_state(message, &from);
        let event = match chat::content(message) {
            Content::Nothing => return,
            Content::Change(kind, target, text) => {
                let time = chat::time(message, &self.own, now.wall);
                let change = chat::change((kind, target, text), &from, time);
                Event::Change { with: from, change, checkpoint }
            }
            Content::Text { payload, receipt } => {
                let receipt = self.receipt(message, &from, receipt);
                self.inbound.wait_for_store(checkpoint, Stored::WithCount, receipt);
                let time = chat::time(message, &self.own, now.wall);
                let inbound = InboundMessage {
                    stanza_id: chat::stanza_id(message),
                    origin_id: chat::origin_id(message),
                    archive_id: self.trusts_archive().then(|| chat::archive_id(message, &self.own)).flatten(),
                    arrival: if chat::was_kept(message, &self.own) { Arrival::Late } else { Arrival::Live },
                    resource,
                    ..chat::inbound(from, *payload, time)
                };
                return self.event(Event::Message(inbound, checkpoint));
            }
            Content::Delivered(id) => Event::Delivered(id, from, checkpoint),
            Content::Displayed(id) => Event::Displayed(id, from, checkpoint),
            Content::Refused(id) => {
                let reason = stanza::stanza_error(message);
                Event::MessageRefused { id, with: from, reason, checkpoint }
            }
        };
        self.inbound.wait_for_store(checkpoint, Stored::Plainly, None);
        self.event(event);
    }

    /// What somebody is doing; only where they say it now.
    fn note_chat_state(&mut self, message: &Element, from: &Jid) {
        let person = !matches!(message.attr("type"), Some("error" | "groupchat" | "headline"));
        if !person || *from == self.own || message.get_child("delay", ns::DELAY).is_some() {
            return;
        }
        let payload = Payload::read(message);
        if let (Some(state), None) = (payload.state, &payload.body) {
            self.event(Event::ChatState(from.clone(), state));
        }
    }

    /// Only a server with an archive takes away what others write in its name (XEP-0359 section 5; X12).
    fn trusts_archive(&self) -> bool {
        self.archives.trusted
    }

    /// What another device of ours sent or got.
    fn handle_copy(&mut self, copy: Option<(MessageDirection, &Element)>, checkpoint: Checkpoint, now: Now) {
        let archive = self.trusts_archive();
        if let Some((MessageDirection::Out, inner)) = copy
            && let Sender::Address(from, resource) = sender(inner)
            && from == self.own
            && self.jingle_message(inner, &from, resource.as_deref(), true, now)
        {
            return;
        }
        self.note_copied_call_word(copy.as_ref(), now);
        let read = copy.and_then(|(direction, inner)| {
            envelope::copy(direction, inner, &self.own, archive, now.wall)
                // X05: what goes through a room is the room's.
                .filter(|enveloped| !self.rooms.contains(&enveloped.with))
                .and_then(|enveloped| enveloped.read())
        });
        let Some(read) = read else { return };
        let (stored, event) = match read {
            Inbound::Message(message) => (Stored::WithCount, Event::Message(*message, checkpoint)),
            Inbound::Delivery { id, with, delivery: Delivery::Displayed } => {
                (Stored::Plainly, Event::Displayed(id, with, checkpoint))
            }
            Inbound::Delivery { id, with, .. } => (Stored::Plainly, Event::Delivered(id, with, checkpoint)),
            Inbound::Read { id, with } => (Stored::Plainly, Event::Read { id, with, checkpoint }),
            Inbound::Change { with, change } => (Stored::WithCount, Event::Change { with, change, checkpoint }),
        };
        self.inbound.wait_for_store(checkpoint, stored, None);
        self.event(event);
    }

    /// The receipt to send once the message is stored: to people who see our presence anyway (XEP-0184 section 8, X14).
    fn receipt(&mut self, message: &Element, from: &Jid, id: Option<String>) -> Option<Element> {
        let (id, to) = (id?, message.attr("from")?);
        self.contacts.sees_us(from).then(|| chat::receipt(to, &id, &self.new_id()))
    }

    fn handle_presence(&mut self, stanza: &Element, now: Now) {
        let Sender::Address(jid, resource) = sender(stanza) else { return };
        if self.room_presence(stanza, &jid, resource.as_deref(), now) {
            return;
        }
        match stanza.attr("type") {
            None | Some("unavailable" | "error") => {
                if jid == self.own || !self.contacts.contains(&jid) {
                    return;
                }
                let best = self.presences.handle(&jid, resource.as_deref(), stanza);
                if let Some(best) = best {
                    self.note_activity(&jid, stanza, &best, now);
                    self.event(Event::Presence { jid: jid.clone(), show: best.show, status: best.status });
                }
                if let Some(addresses) = self.reaches.handle_presence(&jid, resource.as_deref(), stanza) {
                    self.event(Event::Reach { jid: jid.clone(), addresses });
                }
                self.note_caps(&jid, resource.as_deref(), stanza, now);
                if let Some(hash) = self.presences.handle_photo(&jid, stanza) {
                    self.cards.handle_photo(&jid, hash);
                    self.pump_cards(now);
                }
            }
            Some("subscribe") => {
                if jid != self.own
                    && !self.blocks(&jid)
                    && !self.contacts.sees_us(&jid)
                    && self.presences.handle_request(&jid)
                {
                    self.note_asker(&jid, stanza);
                    let text =
                        stanza.get_child("status", ns::CLIENT).and_then(|text| presence::short_text(&text.text()));
                    self.event(Event::SubscriptionRequest { from: jid, text });
                }
            }
            // What a subscription became is said by the roster push that follows (RFC 6121 section 3); probes are for
            // servers.
            Some(_) => {}
        }
    }

    fn handle_request(&mut self, iq: &Element, checkpoint: Checkpoint, now: Now) {
        let from = sender(iq);
        let set = iq.attr("type") == Some("set");
        if set && let Some(query) = iq.get_child("query", ns::ROSTER) {
            return self.handle_roster_push(iq, query, &from, checkpoint);
        }
        if set && (self.handle_block_push(iq, &from) || self.jingle_request(iq, &from, now)) {
            return;
        }
        let trusted = match &from {
            Sender::Absent => true,
            Sender::Address(jid, resource) => {
                *jid == self.own
                    || self.contacts.sees_us(jid)
                    || (resource.is_none() && jid.as_str() == self.own.domain())
            }
            Sender::Unreadable => return,
        };
        // Who may not know that we are here gets what the server answers for somebody who is not (X14).
        let answer = match iq.children().next() {
            Some(payload) if trusted && !set => {
                if payload.is("ping", ns::PING) {
                    stanza::iq_result(iq, None)
                } else if payload.is("query", ns::VERSION) {
                    stanza::iq_result(iq, Some(disco::version()))
                } else if payload.is("query", ns::DISCO_INFO) {
                    match disco::info(payload, self.jingle.rules().announced()) {
                        Some(info) => stanza::iq_result(iq, Some(info)),
                        None => stanza::iq_error(iq, "item-not-found"),
                    }
                } else {
                    stanza::iq_error(iq, "service-unavailable")
                }
            }
            Some(_) | None => stanza::iq_error(iq, "service-unavailable"),
        };
        self.send_forgotten(answer);
    }

    /// A roster push (RFC 6121 section 2.1.6): only the own account's server may change the roster (X06).
    fn handle_roster_push(&mut self, iq: &Element, query: &Element, from: &Sender, checkpoint: Checkpoint) {
        let own = match from {
            Sender::Absent => true,
            Sender::Address(jid, resource) => *jid == self.own && resource.is_none(),
            Sender::Unreadable => false,
        };
        if !own {
            return self.send_forgotten(stanza::iq_error(iq, "service-unavailable"));
        }
        let mut children = query.children();
        let item = match (children.next(), children.next()) {
            (Some(item), None) => roster::item(item),
            (Some(_), Some(_)) | (None, _) => None,
        };
        let Some(item) = item else { return self.send_forgotten(stanza::iq_error(iq, "bad-request")) };
        let update = match item {
            Item::Present(item) => {
                self.contacts.set(&item);
                self.cards.want_in_background(&item.jid);
                RosterUpdate::Set(item)
            }
            Item::Removed(jid) => {
                self.contacts.remove(&jid);
                self.presences.forget(&jid);
                self.people.forget(&jid);
                self.reaches.forget(&jid);
                self.peer_caps.forget(&jid);
                self.cards.forget_notifications(&jid);
                RosterUpdate::Remove(jid)
            }
        };
        if let Some(version) = query.attr("ver") {
            self.config.roster_version = Some(version.to_owned());
        }
        self.inbound.wait_for_store(checkpoint, Stored::WithCount, Some(stanza::iq_result(iq, None)));
        self.event(Event::Roster { update, version: self.config.roster_version.clone(), checkpoint });
    }

    fn handle_answer(&mut self, iq: &mut Element, checkpoint: Option<Checkpoint>, now: Now) {
        let Some(purpose) = iq.attr("id").and_then(|id| self.queries.close(id, &sender(iq))) else { return };
        match (&purpose, checkpoint) {
            (Purpose::Bind, _) => self.handle_bound(iq, now),
            (Purpose::Roster, Some(checkpoint)) => self.handle_roster(iq, checkpoint, now),
            (Purpose::Ping, _) => {}
            (Purpose::Activity(on), _) => self.activity.handle_answer(*on),
            (Purpose::OwnCalls(step), _) => self.own_calls_answered(step.clone(), Some(iq)),
            (Purpose::People(step), _) => self.people_answered(step.clone(), Some(iq), now),
            (Purpose::Own(step), _) => self.own_card_answer(*step, Some(iq), now),
            (Purpose::Reach, _) => self.reach_answered(Some(iq)),
            (Purpose::Settings(step), _) => self.settings_answered(*step, Some(iq), now),
            (Purpose::Services(step), _) => self.services_answered(*step, Some(iq), now),
            (Purpose::Contact(step), _) => self.contact_answered(step.clone(), Some(iq), now),
            (Purpose::Upload(step), _) => self.upload_answered(step.clone(), Some(iq), now),
            (Purpose::Room(jid, step), _) => self.room_question_over(jid, step, Some(iq), now),
            (Purpose::Archive(step), _) => self.archive_answered(*step, Some(iq), now),
            (Purpose::Jingle(call, step), _) => self.jingle_answered(*call, *step, Some(iq), now),
            (Purpose::Caps(question), _) => self.caps_answered(question, Some(iq), now),
            (Purpose::VcardTemp(jid) | Purpose::Vcard4(jid), _) => {
                if let Some(finished) = self.cards.handle_answer(jid, &purpose, iq, now) {
                    self.event(finished);
                }
                self.pump_cards(now);
            }
            // Only the answer to the binding comes without a checkpoint.
            (Purpose::Roster, None) => {}
        }
    }

    fn handle_roster(&mut self, iq: &mut Element, checkpoint: Checkpoint, now: Now) {
        self.roster_open = false;
        if iq.attr("type") == Some("error") {
            // Without a roster this is no session: what the cache says stays.
            tracing::warn!("the server refused to give the roster");
            return self.pay_presence(now);
        }
        let update = match iq.get_child_mut("query", ns::ROSTER) {
            // RFC 6121 section 2.6.3: an empty answer says that the version is current.
            None if self.config.roster_version.is_some() => RosterUpdate::Unchanged,
            None => RosterUpdate::Replace(Vec::new()),
            Some(query) => {
                let items = roster::items(query);
                self.contacts = Contacts::new(&items);
                self.config.roster_version = query.attr("ver").map(str::to_owned);
                RosterUpdate::Replace(items)
            }
        };
        self.inbound.wait_for_store(checkpoint, Stored::WithCount, None);
        self.event(Event::Roster { update, version: self.config.roster_version.clone(), checkpoint });
        self.pay_presence(now);
        for jid in self.contacts.all() {
            self.cards.want_in_background(jid);
        }
        self.pump_cards(now);
    }

    /// A request has no answer: it took too long, or its stream is gone.
    pub(super) fn query_failed(&mut self, purpose: Purpose, now: Now) {
        match &purpose {
            // Binding has a deadline of its own.
            Purpose::Bind => {}
            Purpose::Roster => {
                self.roster_open = false;
                if self.link == Link::Online {
                    self.close_and_retry(Reason::new("timeout", "the server did not send the contacts"), now);
                }
            }
            Purpose::Activity(_) => self.activity.handle_no_answer(),
            Purpose::OwnCalls(step) => self.own_calls_answered(step.clone(), None),
            Purpose::People(step) => self.people_answered(step.clone(), None, now),
            Purpose::Ping => {
                let busy = self.keepalive.is_some_and(|keepalive| keepalive.is_busy(now.boot));
                if self.link == Link::Online && self.management == Management::Off && !busy {
                    self.close_and_retry(Reason::new("timeout", "the connection went silent"), now);
                }
            }
            Purpose::Own(step) => self.own_card_answer(*step, None, now),
            Purpose::Reach => self.reach_answered(None),
            Purpose::Settings(step) => self.settings_answered(*step, None, now),
            Purpose::Services(step) => self.services_answered(*step, None, now),
            Purpose::Contact(step) => self.contact_answered(step.clone(), None, now),
            Purpose::Upload(step) => self.upload_answered(step.clone(), None, now),
            Purpose::Room(jid, step) => self.room_question_over(jid, step, None, now),
            Purpose::Archive(step) => self.archive_answered(*step, None, now),
            Purpose::Jingle(call, step) => self.jingle_answered(*call, *step, None, now),
            Purpose::Caps(question) => self.caps_answered(question, None, now),
            Purpose::VcardTemp(jid) | Purpose::Vcard4(jid) => {
                if let Some(finished) = self.cards.handle_no_answer(jid, &purpose, now) {
                    self.event(finished);
                }
            }
        }
    }
}

/// Whether the own account's server speaks for the account.
fn is_own(sender: &Sender, own: &Jid) -> bool {
    match sender {
        Sender::Absent => true,
        Sender::Address(jid, resource) => jid == own && resource.is_none(),
        Sender::Unreadable => false,
    }
}
