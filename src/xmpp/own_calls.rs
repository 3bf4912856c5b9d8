//! The history of calls among the user's own devices: a private node of the account (XEP-0223: only the account itself reads
//! it, and the server refuses to keep it otherwise), one item for each call and one for what was seen. The server can read it,
//! as it can read messages.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use minidom::Element;

use super::boundary::Event;
use super::chat::EARLIEST;
use super::iq::Purpose;
use super::session::{Link, SessionMachine};
use super::stanza::{With, ns};
use crate::model::{CallId, Direction, Jid, Now, SharedCall, Via, WallTime};

/// Calls that the node keeps and that are read at the start. When more: the server drops the oldest.
const MOST_KEPT: usize = 100;
/// What waits for a connection. When full: the oldest is not told.
const MOST_WAITING: usize = 64;
/// The longest address, name or code that is read, in bytes. When longer: the item says nothing.
const LONGEST: usize = 512;
/// No call is longer.
const LONGEST_CALL: Duration = Duration::from_secs(48 * 3600);
/// The item that says up to when the history was seen.
const SEEN: &str = "seen";

/// What `account` wants the other devices to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnCallsCommand {
    /// A call was answered or is over here.
    Tell(Box<SharedCall>),
    /// A call was taken out of the history.
    Forget(CallId),
    /// The history was seen up to here.
    Seen(WallTime),
}

/// What another device of the user says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnCallsEvent {
    /// About calls, the oldest first.
    Calls(Vec<SharedCall>),
    /// The history was seen up to here.
    Seen(WallTime),
}

/// A question to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OwnCallsStep {
    /// Everything that the node keeps.
    All,
    /// Something was told.
    Told(Box<OwnCallsCommand>),
}

impl SessionMachine {
    pub(super) fn own_calls_command(&mut self, command: OwnCallsCommand, now: Now) {
        // What a later word about the same makes void need not be said.
        let same = |waiting: &OwnCallsCommand| item_id(waiting) == item_id(&command);
        self.own_calls.retain(|waiting| !same(waiting));
        if self.own_calls.len() >= MOST_WAITING {
            self.own_calls.pop_front();
        }
        self.own_calls.push_back(command);
        self.pump_own_calls(now);
    }

    /// Says what waits, where somebody is connected.
    pub(super) fn pump_own_calls(&mut self, now: Now) {
        while self.link == Link::Online
            && let Some(command) = self.own_calls.pop_front()
        {
            let payload = payload(&command);
            let step = OwnCallsStep::Told(Box::new(command.clone()));
            if !self.request("set", None, Purpose::OwnCalls(step), payload, now) {
                self.own_calls.push_front(command);
                return;
            }
        }
    }

    /// A stream began that is not the old one: what other devices said meanwhile.
    pub(super) fn ask_own_calls(&mut self, now: Now) {
        let items = Element::builder("items", ns::PUBSUB)
            .with("node", ns::OWN_CALLS)
            .with("max_items", &MOST_KEPT.to_string())
            .build();
        let payload = Element::builder("pubsub", ns::PUBSUB).append(items).build();
        self.request("get", None, Purpose::OwnCalls(OwnCallsStep::All), payload, now);
        self.pump_own_calls(now);
    }

    /// An answer, or none in time.
    pub(super) fn own_calls_answered(&mut self, step: OwnCallsStep, answer: Option<&Element>) {
        match (step, answer) {
            (OwnCallsStep::All, Some(iq)) => {
                let items = iq.get_child("pubsub", ns::PUBSUB).and_then(|pubsub| pubsub.get_child("items", ns::PUBSUB));
                if let Some(items) = items.filter(|_| iq.attr("type") == Some("result")) {
                    self.own_calls_told(items, ns::PUBSUB);
                }
            }
            (OwnCallsStep::All, None) => {}
            // A refusal stays one: a server without private nodes has none at the next try either.
            (OwnCallsStep::Told(_), Some(_)) => {}
            (OwnCallsStep::Told(command), None) => {
                if self.own_calls.len() < MOST_WAITING {
                    self.own_calls.push_back(*command);
                }
            }
        }
    }

    /// Items of the node. The caller has seen to it that the own account says so (X09).
    pub(super) fn own_calls_told(&mut self, items: &Element, namespace: &str) {
        if items.name() != "items" || items.attr("node") != Some(ns::OWN_CALLS) {
            return;
        }
        let (mut calls, mut seen) = (Vec::new(), None);
        for item in items.children().filter(|child| child.is("item", namespace)).take(MOST_KEPT) {
            if let Some(found) = item.get_child("seen", ns::OWN_CALLS) {
                seen = found.attr("at").and_then(WallTime::parse_rfc3339);
            }
            let id = item.attr("id").and_then(CallId::parse);
            calls.extend(id.zip(item.get_child("call", ns::OWN_CALLS)).and_then(|(id, call)| read(id, call)));
        }
        calls.sort_by_key(|call| call.started);
        if !calls.is_empty() {
            self.event(Event::OwnCalls(OwnCallsEvent::Calls(calls)));
        }
        if let Some(at) = seen {
            self.event(Event::OwnCalls(OwnCallsEvent::Seen(at)));
        }
    }
}

fn item_id(command: &OwnCallsCommand) -> String {
    match command {
        OwnCallsCommand::Tell(call) => call.id.to_string(),
        OwnCallsCommand::Forget(id) => id.to_string(),
        OwnCallsCommand::Seen(_) => SEEN.to_owned(),
    }
}

fn payload(command: &OwnCallsCommand) -> Element {
    let item = Element::builder("item", ns::PUBSUB).with("id", &item_id(command));
    let inside = match command {
        OwnCallsCommand::Forget(_) => {
            let retract = Element::builder("retract", ns::PUBSUB).with("node", ns::OWN_CALLS).append(item.build());
            return Element::builder("pubsub", ns::PUBSUB).append(retract.build()).build();
        }
        OwnCallsCommand::Seen(at) => Element::builder("seen", ns::OWN_CALLS).with("at", &at.to_rfc3339()).build(),
        OwnCallsCommand::Tell(call) => write(call),
    };
    let publish =
        Element::builder("publish", ns::PUBSUB).with("node", ns::OWN_CALLS).append(item.append(inside).build());
    let mut form = Element::builder("x", ns::DATA_FORM).with("type", "submit");
    let most = MOST_KEPT.to_string();
    // Where the node is open to others already, the server refuses (XEP-0060 section 7.1.5): nothing is told then.
    for (name, value) in [
        ("FORM_TYPE", "http://jabber.org/protocol/pubsub#publish-options"),
        ("pubsub#persist_items", "true"),
        ("pubsub#max_items", &most),
        ("pubsub#send_last_published_item", "never"),
        ("pubsub#access_model", "whitelist"),
    ] {
        let field = Element::builder("field", ns::DATA_FORM).with("var", name);
        form = form.append(field.with_text_child("value", ns::DATA_FORM, value).build());
    }
    let options = Element::builder("publish-options", ns::PUBSUB).append(form.build()).build();
    Element::builder("pubsub", ns::PUBSUB).append(publish.build()).append(options).build()
}

fn write(call: &SharedCall) -> Element {
    let direction = match call.direction {
        Direction::Incoming => "incoming",
        Direction::Outgoing => "outgoing",
    };
    let via = match call.via {
        Via::Sip => "sip",
        Via::Jingle => "jingle",
    };
    let mut element = Element::builder("call", ns::OWN_CALLS)
        .with("direction", direction)
        .with("via", via)
        .with("account", &call.account)
        .with("uri", &call.uri)
        .with("name", &call.display)
        .with("started", &call.started.to_rfc3339())
        .with("seconds", &call.duration.as_secs().to_string());
    if let Some(jid) = &call.jid {
        element = element.with("jid", jid.as_str());
    }
    if let Some(answered) = call.answered {
        element = element.with("answered", &answered.to_rfc3339());
    }
    if let Some(end) = &call.end {
        element = element.with("end", end);
    }
    element.build()
}

fn read(id: CallId, call: &Element) -> Option<SharedCall> {
    let text = |name: &str| call.attr(name).filter(|text| text.len() <= LONGEST).map(Arc::<str>::from);
    let time = |name: &str| WallTime::parse_rfc3339(call.attr(name)?).filter(|at| *at >= EARLIEST);
    let seconds = call.attr("seconds").and_then(|seconds| seconds.parse().ok()).unwrap_or_default();
    Some(SharedCall {
        id,
        direction: match call.attr("direction")? {
            "incoming" => Direction::Incoming,
            "outgoing" => Direction::Outgoing,
            _ => return None,
        },
        via: if call.attr("via") == Some("jingle") { Via::Jingle } else { Via::Sip },
        account: text("account")?,
        uri: text("uri").filter(|uri| !uri.is_empty() && !uri.contains(char::is_whitespace))?,
        display: text("name").unwrap_or_default(),
        jid: call.attr("jid").and_then(|jid| Jid::parse(jid).ok()).filter(|jid| !jid.is_made_up()),
        started: time("started")?,
        answered: time("answered"),
        duration: Duration::from_secs(seconds).min(LONGEST_CALL),
        end: text("end"),
    })
}

/// What waits for a connection.
pub(super) type Waiting = VecDeque<OwnCallsCommand>;
