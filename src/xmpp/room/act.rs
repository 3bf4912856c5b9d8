//! What is asked of a room, and its answers.

use minidom::Element;

use super::boundary::{RoomAnswer, RoomCommand, RoomEvent};
use super::machine::{Room, RoomStep};
use super::read;
use super::write;
use crate::model::{Affiliated, Affiliation, Jid, Now, Reason};
use crate::xmpp::form;
use crate::xmpp::stanza::{self, With, ns};

/// People of one list of affiliations that are read. When full: the rest is left out.
const MOST_AFFILIATED: usize = 10_000;

impl Room {
    /// A command that is neither entering nor leaving.
    pub(super) fn act(&mut self, command: RoomCommand, online: bool) {
        if !online {
            if let Some(ticket) = ticket(&command) {
                let why = Reason::new("offline", "Chat is not connected.");
                self.event(RoomEvent::Answered(ticket, Err(why)));
            }
            return;
        }
        match command {
            RoomCommand::Look(ticket) => self.look(Some(ticket)),
            RoomCommand::Subject(subject) => {
                let id = self.new_id();
                self.send(write::subject(&self.jid, &subject, &id));
            }
            RoomCommand::SetRole { ticket, nick, role, reason } => {
                let payload = write::admin(("nick", &nick), ("role", role.as_str()), reason.as_deref());
                self.ask(RoomStep::Act(ticket), true, payload);
            }
            RoomCommand::SetAffiliation { ticket, jid, affiliation, reason } => {
                let what = ("affiliation", affiliation.as_str());
                let payload = write::admin(("jid", jid.as_str()), what, reason.as_deref());
                self.ask(RoomStep::Act(ticket), true, payload);
            }
            RoomCommand::Affiliations { ticket, affiliation } => {
                let item = Element::builder("item", ns::MUC_ADMIN).with("affiliation", affiliation.as_str()).build();
                let payload = Element::builder("query", ns::MUC_ADMIN).append(item).build();
                self.ask(RoomStep::Affiliations(ticket, affiliation), false, payload);
            }
            RoomCommand::Settings(ticket) => {
                self.ask(RoomStep::Settings(ticket), false, Element::bare("query", ns::MUC_OWNER));
            }
            RoomCommand::Configure(ticket, filled) => {
                let payload = Element::builder("query", ns::MUC_OWNER).append(form::submit(&filled)).build();
                self.ask(RoomStep::Act(ticket), true, payload);
            }
            RoomCommand::Invite { jid, reason, direct, password } => {
                let id = self.new_id();
                let invite = write::invite(&self.jid, &jid, reason.as_deref(), direct, password.as_deref(), &id);
                self.send(invite);
            }
            RoomCommand::Decline { to, reason } => {
                let id = self.new_id();
                self.send(write::decline(&self.jid, &to, reason.as_deref(), &id));
            }
            RoomCommand::AskVoice => {
                let id = self.new_id();
                let asked = form::filled(&[("FORM_TYPE", ns::MUC_REQUEST), ("muc#role", "participant")]);
                self.send(write::form(&self.jid, asked, &id));
            }
            RoomCommand::AnswerVoice { nick, allow } => {
                let id = self.new_id();
                let answer = form::filled(&[
                    ("FORM_TYPE", ns::MUC_REQUEST),
                    ("muc#role", "participant"),
                    ("muc#roomnick", &nick),
                    ("muc#request_allow", if allow { "true" } else { "false" }),
                ]);
                self.send(write::form(&self.jid, answer, &id));
            }
            RoomCommand::Retract { ticket, archive_id, reason } => match self.can.moderate {
                Some(version) => {
                    let payload = write::moderate(version, &archive_id, reason.as_deref());
                    self.ask(RoomStep::Act(ticket), true, payload);
                }
                None => {
                    let why = Reason::new("not-allowed", "This room's service cannot take messages back.");
                    self.event(RoomEvent::Answered(ticket, Err(why)));
                }
            },
            RoomCommand::Call(word) => {
                let id = self.new_id();
                self.send(super::call::write_call_word(&self.jid, "groupchat", &word, &id));
            }
            RoomCommand::Older { ticket, before } => self.ask_older(ticket, before.as_deref()),
            RoomCommand::Destroy { ticket, reason } => {
                let mut destroy = Element::builder("destroy", ns::MUC_OWNER);
                if let Some(reason) = reason {
                    destroy = destroy.with_text_child("reason", ns::MUC_OWNER, &reason);
                }
                let payload = Element::builder("query", ns::MUC_OWNER).append(destroy.build()).build();
                self.ask(RoomStep::Act(ticket), true, payload);
            }
            // Not a room's: the session sees to them.
            RoomCommand::Join(_)
            | RoomCommand::Leave
            | RoomCommand::Send { .. }
            | RoomCommand::Nick(_)
            | RoomCommand::Photo { .. }
            | RoomCommand::Bookmark(..)
            | RoomCommand::Search(_) => {}
        }
    }

    /// An answer, or none in time.
    pub(in crate::xmpp) fn handle_answer(&mut self, step: &RoomStep, answer: Option<&Element>, now: Now) {
        self.note_answer();
        let ok = answer.filter(|iq| iq.attr("type") == Some("result"));
        let failed = || match answer {
            Some(iq) => explained(&stanza::stanza_error(iq)),
            None => Reason::new("timeout", "The room did not answer in time."),
        };
        let (ticket, outcome) = match step {
            RoomStep::Look(None) => return self.handle_facts(answer, now),
            RoomStep::Look(Some(ticket)) => {
                let facts = ok.and_then(|iq| iq.get_child("query", ns::DISCO_INFO)).map(|query| read::facts(query).0);
                (*ticket, facts.map(|facts| RoomAnswer::Facts(facts.into())).ok_or_else(failed))
            }
            RoomStep::Ping => return self.handle_pong(answer, now),
            // A room that will not be made as its service usually does asks how it shall be (section 10.1.3).
            RoomStep::Instant if ok.is_none() && answer.is_some() => return self.event(RoomEvent::SettingsWanted),
            RoomStep::Instant => return,
            RoomStep::Page(query) => return self.handle_page(query, answer),
            RoomStep::Older(ticket, _) => return self.handle_older(*ticket, answer),
            RoomStep::Affiliations(ticket, affiliation) => {
                let list =
                    ok.and_then(|iq| iq.get_child("query", ns::MUC_ADMIN)).map(|query| list(query, *affiliation));
                (*ticket, list.map(RoomAnswer::Affiliations).ok_or_else(failed))
            }
            RoomStep::Settings(ticket) => {
                let query = ok.and_then(|iq| iq.get_child("query", ns::MUC_OWNER));
                let form = query.and_then(|query| query.get_child("x", ns::DATA_FORM)).and_then(form::read);
                (*ticket, form.map(|form| RoomAnswer::Form(Box::new(form))).ok_or_else(failed))
            }
            RoomStep::Act(ticket) => (*ticket, ok.map(|_| RoomAnswer::Done).ok_or_else(failed)),
            // Not a room's: the session sees to them.
            RoomStep::Bookmarks
            | RoomStep::Photo(_)
            | RoomStep::Bookmarked
            | RoomStep::FindItems(_)
            | RoomStep::FindInfo(..)
            | RoomStep::FindRooms(_) => return,
        };
        self.event(RoomEvent::Answered(ticket, outcome));
    }
}

/// The ticket of a command that is answered.
pub(in crate::xmpp) fn ticket(command: &RoomCommand) -> Option<u64> {
    match command {
        RoomCommand::Look(ticket)
        | RoomCommand::Settings(ticket)
        | RoomCommand::Configure(ticket, _)
        | RoomCommand::Search(ticket)
        | RoomCommand::SetRole { ticket, .. }
        | RoomCommand::SetAffiliation { ticket, .. }
        | RoomCommand::Affiliations { ticket, .. }
        | RoomCommand::Retract { ticket, .. }
        | RoomCommand::Older { ticket, .. }
        | RoomCommand::Destroy { ticket, .. } => Some(*ticket),
        RoomCommand::Join(_)
        | RoomCommand::Leave
        | RoomCommand::Send { .. }
        | RoomCommand::Nick(_)
        | RoomCommand::Subject(_)
        | RoomCommand::Invite { .. }
        | RoomCommand::Decline { .. }
        | RoomCommand::AskVoice
        | RoomCommand::AnswerVoice { .. }
        | RoomCommand::Call(_)
        | RoomCommand::Photo { .. }
        | RoomCommand::Bookmark(..) => None,
    }
}

fn list(query: &Element, affiliation: Affiliation) -> Vec<Affiliated> {
    let items = query.children().filter(|child| child.is("item", ns::MUC_ADMIN)).take(MOST_AFFILIATED);
    items
        .filter_map(|item| {
            Some(Affiliated {
                jid: Jid::parse_dropping_resource(item.attr("jid")?).ok()?,
                affiliation: item.attr("affiliation").and_then(Affiliation::parse).unwrap_or(affiliation),
                reason: read::text_of(item, "reason", ns::MUC_ADMIN),
            })
        })
        .collect()
}

/// A refusal in words that help.
fn explained(reason: &Reason) -> Reason {
    let text = match &*reason.code {
        "forbidden" | "not-allowed" => "The room does not allow you to do this.",
        "item-not-found" => "There is no such room, message or person.",
        "conflict" => "This would leave the room without an owner, or the name is taken.",
        "not-acceptable" => "The room does not take this value.",
        "feature-not-implemented" | "service-unavailable" => "The room's service cannot do this.",
        "remote-server-not-found" | "remote-server-timeout" => "The room's service cannot be reached.",
        _ => return Reason::new(&reason.code, &format!("The room refused it ({}).", reason.code)),
    };
    Reason::new(&reason.code, text)
}
