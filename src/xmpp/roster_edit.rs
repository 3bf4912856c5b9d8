//! Changing the roster (RFC 6121 sections 2.3 to 2.5) and asking to see somebody (section 3).
//!
//! What is changed comes back as a roster push, like a change by any other device (section 2.1.6); the answer to the request
//! says only whether the server took it. So nothing is shown before it is true.

use std::fmt;
use std::sync::Arc;

use minidom::Element;

use super::boundary::{Event, Outcome};
use super::iq::Purpose;
use super::presence;
use super::session::{Link, SessionMachine};
use super::stanza::{self, With, ns};
use crate::model::{Jid, Now, Reason, Report};

/// The longest name or group name that is sent, in characters; what comes back is cut to as many.
pub const LONGEST_CONTACT_NAME: usize = 256;
/// So many groups one contact may be in.
pub const MOST_CONTACT_GROUPS: usize = 32;

/// What `account` wants done with the people of the roster. `ticket` comes back in [`ContactEvent::Done`].
#[derive(Clone, PartialEq, Eq)]
pub enum ContactCommand {
    /// Put somebody on the roster, then ask to see them (RFC 6121 section 3.1.1: the entry comes first).
    Add {
        /// Names the request.
        ticket: u64,
        /// Who, as what.
        entry: ContactEntry,
        /// They may see us, too: an open request of theirs is approved, and where the server keeps approvals a coming one
        /// (RFC 6121 section 3.4).
        approve: bool,
    },
    /// Another name or other groups.
    Change {
        /// Names the request.
        ticket: u64,
        /// Who, as what.
        entry: ContactEntry,
    },
    /// Take somebody off the roster: neither sees the other any more (RFC 6121 section 2.5).
    Remove {
        /// Names the request.
        ticket: u64,
        /// Who.
        jid: Jid,
    },
    /// Ask to see somebody again who has not answered.
    Ask(Jid),
    /// Take back the question, or the wish to see them (RFC 6121 section 3.3).
    Withdraw(Jid),
    /// Let somebody see us no longer (RFC 6121 section 3.2).
    Hide(Jid),
    /// Nothing of them reaches us, and nothing of us them (XEP-0191).
    Block {
        /// Names the request.
        ticket: u64,
        /// Who.
        jid: Jid,
        /// Tell the server why (XEP-0377).
        report: Option<Report>,
    },
    /// Take that back.
    Unblock {
        /// Names the request.
        ticket: u64,
        /// Who.
        jid: Jid,
    },
}

impl fmt::Debug for ContactCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Add { .. } => "Add",
            Self::Change { .. } => "Change",
            Self::Remove { .. } => "Remove",
            Self::Ask(_) => "Ask",
            Self::Withdraw(_) => "Withdraw",
            Self::Hide(_) => "Hide",
            Self::Block { .. } => "Block",
            Self::Unblock { .. } => "Unblock",
        })
    }
}

/// What the roster says of somebody.
#[derive(Clone, PartialEq, Eq)]
pub struct ContactEntry {
    /// Who.
    pub jid: Jid,
    /// The name that the user gives; `None`: none.
    pub name: Option<Arc<str>>,
    /// Groups, each once and none empty.
    pub groups: Vec<Arc<str>>,
}

impl fmt::Debug for ContactEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContactEntry").field("groups", &self.groups.len()).finish_non_exhaustive()
    }
}

/// What the session says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContactEvent {
    /// The server took a change, or why not.
    Done {
        /// Which.
        ticket: u64,
        /// What became of it.
        outcome: Outcome,
    },
    /// Who is blocked, everybody; `None`: the server cannot block.
    Blocked(Option<Arc<[Jid]>>),
    /// Whether the server takes reports (XEP-0377).
    Reports(bool),
}

/// What a request about people was for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ContactStep {
    /// An entry is made; then its person is asked.
    Add(u64, Jid, bool),
    /// Anything else that has an answer and no more.
    Plain(u64),
    /// Who is blocked.
    Blocklist,
    /// Whether the server takes reports.
    Features,
}

impl SessionMachine {
    /// `account` wants something done with the people.
    pub(super) fn contact_command(&mut self, command: ContactCommand, now: Now) {
        match command {
            ContactCommand::Add { ticket, entry, approve } => {
                let step = ContactStep::Add(ticket, entry.jid.clone(), approve);
                self.change_people(ticket, step, set(&entry), now);
            }
            ContactCommand::Change { ticket, entry } => {
                self.change_people(ticket, ContactStep::Plain(ticket), set(&entry), now);
            }
            ContactCommand::Remove { ticket, jid } => {
                let item =
                    Element::builder("item", ns::ROSTER).with("jid", jid.as_str()).with("subscription", "remove");
                let query = Element::builder("query", ns::ROSTER).append(item.build()).build();
                self.change_people(ticket, ContactStep::Plain(ticket), query, now);
            }
            ContactCommand::Ask(jid) if self.link == Link::Online => self.ask_to_see(&jid),
            ContactCommand::Ask(_) => {}
            ContactCommand::Withdraw(jid) => self.say_subscription("unsubscribe", &jid),
            ContactCommand::Hide(jid) => self.say_subscription("unsubscribed", &jid),
            ContactCommand::Block { ticket, jid, report } => {
                let payload = super::blocking::block(&jid, report.as_ref());
                self.change_people(ticket, ContactStep::Plain(ticket), payload, now);
            }
            ContactCommand::Unblock { ticket, jid } => {
                let payload = super::blocking::unblock(&jid);
                self.change_people(ticket, ContactStep::Plain(ticket), payload, now);
            }
        }
    }

    fn change_people(&mut self, ticket: u64, step: ContactStep, payload: Element, now: Now) {
        if self.link != Link::Online {
            return self.contact_done(ticket, Err(Reason::new("offline", "chat is not connected")));
        }
        if !self.request("set", None, Purpose::Contact(step), payload, now) {
            self.contact_done(ticket, Err(Reason::new("busy", "too many requests to the server are open")));
        }
    }

    fn contact_done(&mut self, ticket: u64, outcome: Outcome) {
        self.event(Event::Contact(ContactEvent::Done { ticket, outcome }));
    }

    fn say_subscription(&mut self, kind: &'static str, jid: &Jid) {
        if self.link == Link::Online {
            self.send_repeatable(presence::subscription(kind, jid));
        }
    }

    /// An answer, or none in time.
    pub(super) fn contact_answered(&mut self, step: ContactStep, answer: Option<&Element>, now: Now) {
        let outcome = match answer {
            Some(iq) if iq.attr("type") == Some("result") => Ok(()),
            Some(iq) => Err(stanza::stanza_error(iq)),
            None => Err(Reason::new("no-answer", "the server did not answer")),
        };
        match step {
            ContactStep::Add(ticket, jid, approve) => {
                if outcome.is_ok() {
                    self.ask_for_presence(&jid, approve);
                }
                self.contact_done(ticket, outcome);
            }
            ContactStep::Plain(ticket) => self.contact_done(ticket, outcome),
            ContactStep::Blocklist => self.blocklist_answered(answer, now),
            ContactStep::Features => self.reports_answered(answer),
        }
    }

    fn ask_for_presence(&mut self, jid: &Jid, approve: bool) {
        if approve && !self.contacts.sees_us(jid) {
            // Without an open request the server keeps it only where it says so (RFC 6121 section 3.4.1).
            let asked = self.presences.requested(jid);
            let keeps =
                self.connected.as_ref().is_some_and(|connected| connected.features.has_child("sub", ns::PRE_APPROVAL));
            if asked || keeps {
                self.presences.answered(jid);
                self.send_repeatable(presence::subscription("subscribed", jid));
            }
        }
        if !self.contacts.seen_by_us(jid) {
            self.ask_to_see(jid);
        }
    }
}

/// A roster set (RFC 6121 section 2.3.1): one item, without a subscription, each group once.
fn set(entry: &ContactEntry) -> Element {
    let mut item = Element::builder("item", ns::ROSTER).with("jid", entry.jid.as_str());
    let short = |text: &str| text.trim().chars().take(LONGEST_CONTACT_NAME).collect::<String>();
    if let Some(name) = entry.name.as_deref().map(short).filter(|name| !name.is_empty()) {
        item = item.with("name", &name);
    }
    let mut groups: Vec<String> = Vec::new();
    for group in entry.groups.iter().map(|group| short(group)) {
        if !group.is_empty() && !groups.contains(&group) && groups.len() < MOST_CONTACT_GROUPS {
            item = item.with_text_child("group", ns::ROSTER, &group);
            groups.push(group);
        }
    }
    Element::builder("query", ns::ROSTER).append(item.build()).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_roster_set_has_one_item_and_each_group_once_and_says_nothing_of_the_subscription() {
        let groups = ["Work", " Work ", "", "Friends\u{1}"].map(Arc::from).to_vec();
        let jid = Jid::parse("frank@example.com").expect("valid");
        let query = set(&ContactEntry { jid: jid.clone(), name: Some("  Frank & <co> ".into()), groups });
        let text = String::from(&query);
        let items: Vec<&Element> = query.children().collect();
        assert_eq!(items.len(), 1, "{text}");
        assert_eq!(items[0].attr("name"), Some("Frank & <co>"));
        assert_eq!(items[0].attr("subscription"), None, "RFC 6121 section 2.1.2.5");
        let groups: Vec<String> = items[0].children().map(Element::text).collect();
        assert_eq!(groups, ["Work", "Friends"], "{text}");
        let many = (0..100).map(|at| Arc::from(format!("g{at}"))).collect();
        let long = set(&ContactEntry { jid, name: Some("x".repeat(10_000).into()), groups: many });
        let item = long.children().next().expect("an item");
        assert_eq!(item.attr("name").map(str::len), Some(LONGEST_CONTACT_NAME));
        assert_eq!(item.children().count(), MOST_CONTACT_GROUPS);
    }
}
