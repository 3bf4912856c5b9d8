//! Invitations to calls between two people (XEP-0482): live, as another device of ours sent or got them, and out of the archive.
//! Only contacts are heard, and what is said beside it for older clients stays a message like any other.

use minidom::Element;

use super::boundary::Event;
use super::chat;
use super::envelope::{self, Enveloped};
use super::room::{read_call_word, write_call_word};
use super::session::{Link, SessionMachine};
use super::stanza::ns;
use crate::model::{Jid, MessageDirection, Now, WallTime};
use crate::xmpp::room::CallWord;

impl SessionMachine {
    /// Says something about a call to somebody. Lost where nobody is connected: it is true for this moment.
    pub(super) fn say_of_call(&mut self, to: &Jid, word: &CallWord) {
        if self.link == Link::Online {
            let id = self.new_id();
            self.send_forgotten(write_call_word(to, "chat", word, &id));
        }
    }

    /// Tells what a message says of a call.
    pub(super) fn note_call_word(&mut self, message: &Element, from: &Jid, now: Now) {
        let time = chat::time(message, &self.own, now.wall);
        self.tell_call_word(message, from.clone(), false, time);
    }

    /// The same of what another device of ours sent or got.
    pub(super) fn note_copied_call_word(&mut self, copy: Option<&(MessageDirection, &Element)>, now: Now) {
        let Some((direction, inner)) = copy else { return };
        let read = envelope::copy(*direction, inner, &self.own, false, now.wall);
        if let Some(Enveloped { message, with, direction, time, .. }) = read {
            self.tell_call_word(message, with, direction == MessageDirection::Out, time);
        }
    }

    /// The same of what the own archive kept meanwhile.
    pub(super) fn note_archived_call_word(&mut self, result: &Element, latest: WallTime) {
        let about = result.get_child("forwarded", ns::FORWARD).and_then(|inner| inner.get_child("message", ns::CLIENT));
        if !about.is_some_and(|message| message.children().any(|child| child.has_ns(ns::CALL_INVITES))) {
            return;
        }
        if let Some((_, _, Some(inside))) = envelope::result(result, &self.own, latest) {
            let Enveloped { message, with, direction, time, .. } = inside;
            self.tell_call_word(message, with, direction == MessageDirection::Out, time);
        }
    }

    fn tell_call_word(&mut self, message: &Element, with: Jid, own: bool, time: WallTime) {
        let spoken = matches!(message.attr("type"), None | Some("chat" | "normal"));
        if !spoken || with == self.own || !self.contacts.contains(&with) {
            return;
        }
        // Nobody but the two gives it a name: there is no room that could.
        if let Some(word) = read_call_word(message, &with, None) {
            self.event(Event::CallWord { with, own, word, time });
        }
    }
}
