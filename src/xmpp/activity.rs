//! The user's activity (XEP-0108, published by PEP, XEP-0163): on the phone, or nothing.
//!
//! PEP keeps what was published, also when the connection ends: so what was said is repeated until the server has
//! answered, and taken back even when the call ends while there is no connection.

use minidom::Element;

use super::iq::Purpose;
use super::session::{Link, SessionMachine};
use super::stanza::{With, ns};
use crate::model::Now;

/// What is wanted and what the server knows.
#[derive(Debug, Default)]
pub(super) struct Activity {
    /// What is wanted; `None`: nobody has said, and nothing is published.
    wanted: Option<bool>,
    /// What the server has acknowledged.
    known: Option<bool>,
    /// What is on its way.
    asked: Option<bool>,
}

impl Activity {
    pub(super) fn want(&mut self, on: bool) {
        self.wanted = Some(on);
    }

    /// The server answered. An error too: a server without PEP will not have it at the next try either.
    pub(super) fn handle_answer(&mut self, on: bool) {
        self.asked = None;
        self.known = Some(on);
    }

    /// Nobody knows what became of it.
    pub(super) fn handle_no_answer(&mut self) {
        self.asked = None;
        self.known = None;
    }
}

impl SessionMachine {
    /// Publishes what is wanted and not known to the server.
    pub(super) fn pump_activity(&mut self, now: Now) {
        let Some(on) = self.activity.wanted.filter(|_| self.link == Link::Online) else { return };
        if self.activity.asked.or(self.activity.known) == Some(on) {
            return;
        }
        if self.publish(Purpose::Activity(on), payload(on), now) {
            self.activity.asked = Some(on);
        }
    }

    fn publish(&mut self, purpose: Purpose, payload: Element, now: Now) -> bool {
        let Some(id) = self.queries.open(&self.own, None, purpose, now.boot, &mut self.rng) else { return false };
        let item = Element::builder("item", ns::PUBSUB).with("id", "current").append(payload).build();
        let node = Element::builder("publish", ns::PUBSUB).with("node", ns::ACTIVITY).append(item).build();
        let pubsub = Element::builder("pubsub", ns::PUBSUB).append(node).build();
        self.send_repeatable(super::stanza::iq("set", &id, None, Some(pubsub)));
        true
    }
}

/// XEP-0108 section 2: a general and a specific activity; an empty element takes them back (section 4.2).
fn payload(on: bool) -> Element {
    let activity = Element::builder("activity", ns::ACTIVITY);
    if !on {
        return activity.build();
    }
    let talking = Element::builder("talking", ns::ACTIVITY).append(Element::bare("on_the_phone", ns::ACTIVITY));
    activity.append(talking.build()).build()
}
