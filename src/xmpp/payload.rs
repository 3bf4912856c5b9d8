//! What a message carries beside or instead of its text, read and written: receipts (XEP-0184), markers (XEP-0333), chat
//! states (XEP-0085), corrections (XEP-0308), replies (XEP-0461), reactions (XEP-0444), retractions (XEP-0424), what stands in
//! for them where they are not understood (XEP-0428), the wish for no styles (XEP-0393), and addresses of files (XEP-0066).
//!
//! Reading believes nobody: it says what is written, bounded, and whoever applies it decides whose word counts for what
//! (X10, X11, X14). XHTML (XEP-0071) is not read at all (X27).

use std::sync::Arc;

use minidom::Element;

use super::stanza::{With, ns};
use crate::model::{ChangeKind, Jid, MessageId, is_emoji};

/// The longest id of somebody else's that is kept, in bytes.
pub(super) const LONGEST_ID: usize = 512;
/// The longest reaction, in bytes: a family with skin tones has 60 or so.
const LONGEST_REACTION: usize = 80;
/// So many reactions of one person to one message; further ones are left out.
pub const MOST_REACTIONS: usize = 8;
/// The longest address of a file, in bytes.
const LONGEST_URL: usize = 2048;
/// So many parts of a text may stand in for something else; further ones stay text.
const MOST_FALLBACKS: usize = 8;

/// What somebody is doing with a conversation (XEP-0085 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChatState {
    /// Looks at it.
    Active,
    /// Writes.
    Composing,
    /// Wrote, and stopped.
    Paused,
    /// Has not looked at it for a while.
    Inactive,
    /// Closed it.
    Gone,
}

/// Which message a message answers (XEP-0461 section 3.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReplyTo {
    /// The id that its sender gave it; in a room the one that the room gave.
    pub id: MessageId,
    /// Whose it was, as the answer says; in a room the room's address.
    pub to: Option<Jid>,
    /// Their nick, where it was written in a room.
    pub nick: Option<Arc<str>>,
}

/// What a message carries.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Payload {
    /// The text, without what only stands in for something that was understood (XEP-0428).
    pub body: Option<Arc<str>>,
    /// The sender wants no styles (XEP-0393 section 6).
    pub unstyled: bool,
    /// It asks to be told when it arrives (XEP-0184).
    pub wants_receipt: bool,
    /// It asks to be told when it was seen (XEP-0333).
    pub markable: bool,
    /// The message that it answers.
    pub reply: Option<ReplyTo>,
    /// The message that it replaces: the first form of it, also where it was replaced before (XEP-0308 section 4).
    pub replaces: Option<MessageId>,
    /// The message that it takes back (XEP-0424).
    pub retracts: Option<MessageId>,
    /// The message that it reacts to and all reactions that hold from now on; none: all are taken back (XEP-0444).
    pub reactions: Option<(MessageId, Vec<Arc<str>>)>,
    /// What the sender is doing.
    pub state: Option<ChatState>,
    /// A message of ours arrived there.
    pub received: Option<MessageId>,
    /// A message of ours, and all before it, were seen there.
    pub displayed: Option<MessageId>,
    /// The address of a file (XEP-0066 section 3).
    pub file: Option<Arc<str>>,
}

impl std::fmt::Debug for Payload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Payload")
            .field("text", &self.body.is_some())
            .field("reply", &self.reply.is_some())
            .field("replaces", &self.replaces.is_some())
            .field("retracts", &self.retracts.is_some())
            .field("reactions", &self.reactions.as_ref().map(|(_, reactions)| reactions.len()))
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// An id that may be kept.
pub(super) fn bounded(id: Option<&str>) -> Option<MessageId> {
    id.filter(|id| !id.is_empty() && id.len() <= LONGEST_ID).map(|id| MessageId(id.into()))
}

impl Payload {
    /// Reads what a message carries.
    #[must_use]
    pub fn read(message: &Element) -> Self {
        let named = |name: &str, namespace: &str| bounded(message.get_child(name, namespace)?.attr("id"));
        let reply = message.get_child("reply", ns::REPLY).and_then(|reply| {
            let to = reply.attr("to").and_then(|to| Jid::parse_dropping_resource(to).ok());
            Some(ReplyTo { id: bounded(reply.attr("id"))?, to, nick: None })
        });
        let reactions = message
            .get_child("reactions", ns::REACTIONS)
            .and_then(|reactions| Some((bounded(reactions.attr("id"))?, read_reactions(reactions))));
        let retracts = named("retract", ns::RETRACT);
        let understood = |namespace: &str| match namespace {
            ns::REPLY => reply.is_some(),
            ns::REACTIONS => reactions.is_some(),
            ns::RETRACT => retracts.is_some(),
            _ => false,
        };
        let body = message.get_child("body", ns::CLIENT).map(Element::text).filter(|body| !body.is_empty());
        let body = body.map(|body| without_fallback(message, body, understood)).filter(|body| !body.trim().is_empty());
        Self {
            unstyled: message.get_child("unstyled", ns::STYLING).is_some(),
            wants_receipt: message.get_child("request", ns::RECEIPTS).is_some(),
            markable: message.get_child("markable", ns::MARKERS).is_some(),
            replaces: named("replace", ns::CORRECTION),
            state: chat_state(message),
            received: named("received", ns::RECEIPTS).or_else(|| named("received", ns::MARKERS)),
            displayed: named("displayed", ns::MARKERS),
            file: message
                .get_child("x", ns::OOB)
                .and_then(|x| x.get_child("url", ns::OOB))
                .map(Element::text)
                .filter(|url| url.len() <= LONGEST_URL && !url.is_empty())
                .map(Into::into),
            body: body.map(Into::into),
            reply,
            retracts,
            reactions,
        }
    }

    /// It is nothing but the address of a file: the text is exactly that address.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.file.is_some() && self.file == self.body
    }

    /// What it says about another message, where it does that instead of being one: what, which, and the text or the
    /// reactions.
    #[must_use]
    pub fn change(&self) -> Option<(ChangeKind, MessageId, Arc<str>)> {
        if let Some(target) = &self.retracts {
            return Some((ChangeKind::Retraction, target.clone(), "".into()));
        }
        if let Some((target, reactions)) = &self.reactions {
            return Some((ChangeKind::Reactions, target.clone(), reactions.join(" ").into()));
        }
        let (target, body) = (self.replaces.as_ref()?, self.body.as_ref()?);
        Some((ChangeKind::Correction, target.clone(), body.clone()))
    }
}

fn chat_state(message: &Element) -> Option<ChatState> {
    message.children().filter(|child| child.has_ns(ns::CHAT_STATES)).find_map(|child| {
        Some(match child.name() {
            "active" => ChatState::Active,
            "composing" => ChatState::Composing,
            "paused" => ChatState::Paused,
            "inactive" => ChatState::Inactive,
            "gone" => ChatState::Gone,
            _ => return None,
        })
    })
}

/// Emoji, each once (XEP-0444 section 4.1); what is none is left out.
fn read_reactions(reactions: &Element) -> Vec<Arc<str>> {
    let mut found: Vec<Arc<str>> = Vec::new();
    for child in reactions.children().filter(|child| child.is("reaction", ns::REACTIONS)) {
        let text = child.text();
        if let Some(reaction) = reaction(&text)
            && found.iter().all(|known| **known != *reaction)
        {
            found.push(reaction.into());
            if found.len() == MOST_REACTIONS {
                break;
            }
        }
    }
    found
}

/// A text that is one emoji, or a few joined to one; `None`: it is something else.
#[must_use]
pub fn reaction(text: &str) -> Option<&str> {
    let text = text.trim();
    let part = |c: char| {
        is_emoji(c) || matches!(c, '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' | '\u{20e3}' | '\u{e0020}'..='\u{e007f}')
    };
    let keycap = text.contains('\u{20e3}');
    let fits = text.chars().all(|c| part(c) || (keycap && matches!(c, '0'..='9' | '#' | '*')));
    let seen = text.chars().any(is_emoji) || keycap;
    (fits && seen && text.len() <= LONGEST_REACTION).then_some(text)
}

/// The text without the parts that only stand in for what was understood (XEP-0428 section 3). Places are counted in
/// characters.
fn without_fallback(message: &Element, body: String, understood: impl Fn(&str) -> bool) -> String {
    let mut cut: Vec<(usize, usize)> = Vec::new();
    for fallback in message.children().filter(|child| child.is("fallback", ns::FALLBACK)) {
        if !fallback.attr("for").is_some_and(&understood) {
            continue;
        }
        let mut parts = fallback.children().filter(|child| child.is("body", ns::FALLBACK)).peekable();
        if parts.peek().is_none() {
            return String::new();
        }
        for part in parts {
            let place = |name| part.attr(name).map(str::parse::<usize>);
            match (place("start"), place("end")) {
                (None, None) => return String::new(),
                (Some(Ok(start)), Some(Ok(end))) if start < end => cut.push((start, end)),
                // A part that makes no sense takes nothing away.
                _ => {}
            }
            if cut.len() == MOST_FALLBACKS {
                break;
            }
        }
    }
    if cut.is_empty() {
        return body;
    }
    let kept = body.chars().enumerate();
    kept.filter(|(at, _)| !cut.iter().any(|(start, end)| (*start..*end).contains(at))).map(|(_, c)| c).collect()
}

/// What a message of ours is, beside its id and to whom it goes.
#[derive(Clone, PartialEq, Eq)]
pub enum Outbound {
    /// A text.
    Text {
        /// The text.
        body: Arc<str>,
        /// The message that it answers, with the answered text for clients that know no answers.
        reply: Option<(ReplyTo, Arc<str>)>,
        /// The message that it replaces: the first form of it.
        replaces: Option<MessageId>,
    },
    /// The address of a file (XEP-0363 section 7, XEP-0066 section 3).
    File(Arc<str>),
    /// All our reactions to a message from now on.
    Reactions(MessageId, Vec<Arc<str>>),
    /// A message of ours is taken back.
    Retraction(MessageId),
}

impl std::fmt::Debug for Outbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text { replaces: None, .. } => "Text",
            Self::Text { .. } => "Correction",
            Self::File(_) => "File",
            Self::Reactions(..) => "Reactions",
            Self::Retraction(_) => "Retraction",
        })
    }
}

impl Outbound {
    /// A plain text.
    #[must_use]
    pub fn text(body: Arc<str>) -> Self {
        Self::Text { body, reply: None, replaces: None }
    }

    /// The payload's elements.
    pub(super) fn elements(&self) -> Vec<Element> {
        match self {
            Self::Text { body, reply, replaces } => {
                let mut all = Vec::new();
                let quoted = reply.as_ref().map(|(_, text)| quoted(text));
                let full = match &quoted {
                    Some(quoted) => format!("{quoted}{body}"),
                    None => body.to_string(),
                };
                all.push(Element::builder("body", ns::CLIENT).append(super::stanza::xml_text(&full)).build());
                if let (Some((to, _)), Some(quoted)) = (reply, &quoted) {
                    let mut element = Element::builder("reply", ns::REPLY).with("id", &to.id.0);
                    element = match (&to.to, &to.nick) {
                        (Some(room), Some(nick)) => element.with("to", &format!("{room}/{nick}")),
                        (Some(author), None) => element.with("to", author.as_str()),
                        (None, _) => element,
                    };
                    all.push(element.build());
                    // What XML cannot carry is not counted: both sides count what is sent.
                    let end = super::stanza::xml_text(quoted).chars().count();
                    let part = Element::builder("body", ns::FALLBACK).with("start", "0").with("end", &end.to_string());
                    let fallback = Element::builder("fallback", ns::FALLBACK).with("for", ns::REPLY);
                    all.push(fallback.append(part.build()).build());
                }
                if let Some(id) = replaces {
                    all.push(Element::builder("replace", ns::CORRECTION).with("id", &id.0).build());
                }
                all.push(Element::bare("active", ns::CHAT_STATES));
                all.push(Element::bare("request", ns::RECEIPTS));
                all.push(Element::bare("markable", ns::MARKERS));
                all
            }
            Self::File(url) => vec![
                Element::builder("body", ns::CLIENT).append(super::stanza::xml_text(url)).build(),
                Element::builder("x", ns::OOB).with_text_child("url", ns::OOB, url).build(),
                Element::bare("active", ns::CHAT_STATES),
                Element::bare("request", ns::RECEIPTS),
                Element::bare("markable", ns::MARKERS),
            ],
            Self::Reactions(id, reactions) => {
                let each = reactions.iter().map(|reaction| {
                    Element::builder("reaction", ns::REACTIONS).append(super::stanza::xml_text(reaction)).build()
                });
                let element = Element::builder("reactions", ns::REACTIONS).with("id", &id.0).append_all(each).build();
                // Without a text servers would not keep it (XEP-0444 section 4.1, XEP-0334 section 4.4).
                vec![element, Element::bare("store", ns::HINTS)]
            }
            Self::Retraction(id) => vec![
                Element::builder("retract", ns::RETRACT).with("id", &id.0).build(),
                Element::builder("fallback", ns::FALLBACK).with("for", ns::RETRACT).build(),
                Element::builder("body", ns::CLIENT).append(RETRACTED).build(),
                Element::bare("store", ns::HINTS),
            ],
        }
    }
}

/// What a client sees that knows no retractions (XEP-0424 section 3.1).
const RETRACTED: &str = "/me retracted a previous message, but it's unsupported by your client.";
/// So much of an answered text is quoted, in characters.
const LONGEST_QUOTE: usize = 200;

/// An answered text as lines of a quote (XEP-0461 section 3.2).
fn quoted(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST_QUOTE).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short.lines().map(|line| format!("> {line}\n")).collect()
}

/// A stanza that only says what we are doing, or that something was seen; nobody keeps it.
pub(super) fn passing(to: &str, id: &str, element: Element, kept: bool) -> Element {
    let hint = if kept { "store" } else { "no-store" };
    Element::builder("message", ns::CLIENT)
        .with("type", "chat")
        .with("id", id)
        .with("to", to)
        .append(element)
        .append(Element::bare(hint, ns::HINTS))
        .build()
}

/// The element of a chat state.
pub(super) fn state(state: ChatState) -> Element {
    let name = match state {
        ChatState::Active => "active",
        ChatState::Composing => "composing",
        ChatState::Paused => "paused",
        ChatState::Inactive => "inactive",
        ChatState::Gone => "gone",
    };
    Element::bare(name, ns::CHAT_STATES)
}

/// The marker that a message, and all before it, were seen (XEP-0333 section 4.1).
pub(super) fn displayed(id: &MessageId) -> Element {
    Element::builder("displayed", ns::MARKERS).with("id", &id.0).build()
}

#[cfg(test)]
#[path = "payload_tests.rs"]
mod tests;
