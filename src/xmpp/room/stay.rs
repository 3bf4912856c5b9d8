//! Staying in a room: through new streams and resumed ones, with the user's presence, and noticing that a room gave us up
//! (XEP-0410).

use std::sync::Arc;

use minidom::Element;

use super::boundary::RoomEvent;
use super::machine::{ENTER_WITHIN, Phase, Room, RoomOutput, RoomStep};
use super::write;
use crate::model::{Now, Show};
use crate::xmpp::stanza::ns;

/// Unanswered questions in a row after which we enter anew.
const MOST_SILENT: u8 = 2;

impl Room {
    /// A stream is there: a new one, on which nobody knows us.
    pub(super) fn handle_online(&mut self, now: Now) {
        self.forget_presence();
        if self.phase != Phase::Stuck && self.wish.is_some() {
            self.tries = 0;
            self.enter(now);
        }
    }

    /// The stream was resumed: nothing was missed by us, but the room may have given us up meanwhile (XEP-0410 section 1).
    pub(super) fn handle_resumed(&mut self, now: Now) {
        match self.phase {
            Phase::Joined => self.ping(now),
            Phase::Offline if self.wish.is_some() => self.enter(now),
            Phase::Entering(_) => self.phase = Phase::Entering(now.boot + ENTER_WITHIN),
            Phase::Out | Phase::Offline | Phase::Looking | Phase::Waiting(_) | Phase::Stuck => {}
        }
    }

    /// The stream is gone for good, or others shall not see us.
    pub(super) fn handle_offline(&mut self) {
        self.forget_presence();
        match self.phase {
            Phase::Out | Phase::Stuck => {}
            Phase::Offline | Phase::Looking | Phase::Entering(_) | Phase::Joined | Phase::Waiting(_) => {
                self.phase = Phase::Offline;
                self.event(RoomEvent::Left { reason: None, again: true });
            }
        }
    }

    /// The user's presence is another one (section 7.7).
    pub(super) fn handle_own_presence(&mut self, show: Show, status: Option<Arc<str>>, online: bool, now: Now) {
        self.own = (show, status);
        match self.phase {
            // The broadcast presence goes to rooms as well (RFC 6121 section 4.5.2), so we are out.
            _ if show == Show::Offline => self.handle_offline(),
            _ if !online => {}
            Phase::Joined => {
                let stanza = write::enter(&self.own_address(), (show, self.own.1.as_deref()), None, None);
                self.send(stanza);
            }
            Phase::Offline if self.wish.is_some() => self.enter(now),
            Phase::Out | Phase::Offline | Phase::Looking | Phase::Entering(_) | Phase::Waiting(_) | Phase::Stuck => {}
        }
    }

    /// Asks itself through the room (XEP-0410).
    pub(super) fn ping(&mut self, now: Now) {
        self.heard_at = now.boot;
        let payload = Element::bare("ping", ns::PING);
        self.open += 1;
        self.outputs.push_back(RoomOutput::Ask { step: RoomStep::Ping, set: false, own: true, payload });
    }

    /// The answer (XEP-0410 section 3.1).
    pub(super) fn handle_pong(&mut self, answer: Option<&Element>, now: Now) {
        if self.phase != Phase::Joined {
            return;
        }
        let condition = answer
            .filter(|iq| iq.attr("type") == Some("error"))
            .and_then(|iq| iq.get_child("error", ns::CLIENT))
            .and_then(|error| crate::xmpp::stanza::error_condition(error, ns::STANZA_ERROR));
        match (answer, condition) {
            (Some(_), None | Some("service-unavailable" | "feature-not-implemented" | "item-not-found")) => {
                self.silent = 0;
            }
            (Some(_), Some("not-acceptable")) => self.enter_anew(now),
            // Nobody knows: the room's server may be away for a moment.
            (_, _) => {
                self.silent += 1;
                if self.silent >= MOST_SILENT {
                    self.enter_anew(now);
                }
            }
        }
    }

    /// We are not in it any more without having been told.
    pub(super) fn enter_anew(&mut self, now: Now) {
        self.silent = 0;
        self.forget_presence();
        self.event(RoomEvent::Left { reason: None, again: true });
        self.enter(now);
    }
}
