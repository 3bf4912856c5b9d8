//! Who is blocked (XEP-0191), and reports (XEP-0377).
//!
//! The server keeps the list and refuses what blocked people send; every device is told of each change. What is kept here is
//! only what is shown, and what the telephone asks.

use std::collections::BTreeSet;

use minidom::Element;

use super::boundary::Event;
use super::iq::Purpose;
use super::roster_edit::{ContactEvent, ContactStep};
use super::session::SessionMachine;
use super::stanza::{self, Sender, With, ns};
use crate::model::{Jid, Now, Report, ReportReason, Show};

/// So many blocked people are known. When more: the server blocks them all the same, but they are not listed.
pub const MOST_BLOCKED: usize = 2_000;
/// The longest text of a report, in characters.
pub const LONGEST_REPORT: usize = 1_000;

/// Who is blocked, as far as the server said.
#[derive(Debug, Default)]
pub(super) struct Blocked {
    /// `None`: not known yet, or the server cannot.
    people: Option<BTreeSet<Jid>>,
}

/// The request to block (XEP-0191 section 3.3).
pub(super) fn block(jid: &Jid, report: Option<&Report>) -> Element {
    let mut item = Element::builder("item", ns::BLOCKING).with("jid", jid.as_str());
    if let Some(report) = report {
        let mut about = Element::builder("report", ns::REPORTING).with("reason", urn(report.reason));
        if let Some(text) = &report.text {
            let text: String = text.chars().take(LONGEST_REPORT).collect();
            about = about.with_text_child("text", ns::REPORTING, &text);
        }
        item = item.append(about.build());
    }
    Element::builder("block", ns::BLOCKING).append(item.build()).build()
}

/// The request to unblock one (XEP-0191 section 3.4); without an item it would unblock everybody.
pub(super) fn unblock(jid: &Jid) -> Element {
    let item = Element::builder("item", ns::BLOCKING).with("jid", jid.as_str()).build();
    Element::builder("unblock", ns::BLOCKING).append(item).build()
}

/// The reason's name (XEP-0377 section 3).
fn urn(reason: ReportReason) -> &'static str {
    match reason {
        ReportReason::Spam => "urn:xmpp:reporting:spam",
        ReportReason::Abuse => "urn:xmpp:reporting:abuse",
    }
}

/// The addresses in a list, a push or an answer. One with a resource blocks a single connection, which nothing here shows.
fn addresses(list: &Element) -> impl Iterator<Item = Jid> {
    list.children()
        .filter(|child| child.is("item", ns::BLOCKING))
        .filter_map(|item| Jid::parse(item.attr("jid")?).ok())
        .filter(|jid| !jid.is_made_up())
}

impl SessionMachine {
    /// A stream begins: the list is asked for, after which the server tells of every change (XEP-0191 section 3.2).
    pub(super) fn begin_blocking(&mut self, now: Now) {
        self.blocked = Blocked::default();
        let list = Element::bare("blocklist", ns::BLOCKING);
        self.query(None, Purpose::Contact(ContactStep::Blocklist), list, now);
    }

    /// The list, or the word that there is none; no answer says nothing.
    pub(super) fn blocklist_answered(&mut self, answer: Option<&Element>, now: Now) {
        let Some(answer) = answer else { return };
        let list = answer.get_child("blocklist", ns::BLOCKING).filter(|_| answer.attr("type") == Some("result"));
        self.blocked.people = list.map(|list| addresses(list).take(MOST_BLOCKED).collect());
        self.tell_blocked();
        if self.blocked.people.is_some()
            && let Ok(server) = Jid::parse(self.own.domain())
        {
            let features = Element::bare("query", ns::DISCO_INFO);
            self.query(Some(&server), Purpose::Contact(ContactStep::Features), features, now);
        }
    }

    /// What the server can do.
    pub(super) fn reports_answered(&mut self, answer: Option<&Element>) {
        let query = answer.filter(|iq| iq.attr("type") == Some("result"));
        let takes = query.and_then(|iq| iq.get_child("query", ns::DISCO_INFO)).is_some_and(|query| {
            query
                .children()
                .any(|child| child.is("feature", ns::DISCO_INFO) && child.attr("var") == Some(ns::REPORTING))
        });
        self.event(Event::Contact(ContactEvent::Reports(takes)));
    }

    /// A push (XEP-0191 sections 3.3 and 3.4): only the own account's server may change who is blocked. Whether it was one.
    pub(super) fn handle_block_push(&mut self, iq: &Element, from: &Sender) -> bool {
        let change = iq.children().next().filter(|child| child.has_ns(ns::BLOCKING));
        let Some(change) = change.filter(|child| matches!(child.name(), "block" | "unblock")) else { return false };
        let own = match from {
            Sender::Absent => true,
            Sender::Address(jid, resource) => *jid == self.own && resource.is_none(),
            Sender::Unreadable => false,
        };
        if !own {
            return false;
        }
        let blocks = change.name() == "block";
        let listed: Vec<Jid> = addresses(change).take(MOST_BLOCKED).collect();
        let everybody = !blocks && change.children().next().is_none();
        self.send_forgotten(stanza::iq_result(iq, None));
        // What is told before the list is in the list.
        let Some(people) = &mut self.blocked.people else { return true };
        if everybody {
            people.clear();
        }
        for jid in listed {
            if !blocks {
                people.remove(&jid);
            } else if people.len() < MOST_BLOCKED {
                people.insert(jid.clone());
                // XEP-0191 section 3.3: they are offline for us from now on, whatever they last said.
                if self.presences.best(&jid).show != Show::Offline {
                    self.presences.forget(&jid);
                    self.outputs.push_back(super::session::Output::Event(Event::Presence {
                        jid,
                        show: Show::Offline,
                        status: None,
                    }));
                }
            }
        }
        self.tell_blocked();
        true
    }

    /// Whether somebody is blocked: what is still on its way from them is not shown.
    pub(super) fn blocks(&self, jid: &Jid) -> bool {
        let listed = |people: &BTreeSet<Jid>| {
            people.contains(jid) || Jid::parse(jid.domain()).is_ok_and(|domain| people.contains(&domain))
        };
        *jid != self.own && self.blocked.people.as_ref().is_some_and(listed)
    }

    fn tell_blocked(&mut self) {
        let people = self.blocked.people.as_ref().map(|people| people.iter().cloned().collect());
        self.event(Event::Contact(ContactEvent::Blocked(people)));
    }
}
