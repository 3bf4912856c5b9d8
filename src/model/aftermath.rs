//! What became of a message, read from what was said about it: reactions by emoji, its former texts, who has seen it.

use std::sync::Arc;

use serde::Serialize;

use super::WallTime;
use super::chat::{ChangeKind, ConversationKind, Message, MessageChange, MessageDirection, MessageId};

/// The message that a message answers (XEP-0461).
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Reply {
    /// The id by which the answer names it: its sender's, in a room the room's.
    pub to: Arc<str>,
    /// Its name here; absent where it is not here.
    pub message: Option<MessageId>,
    /// The user wrote it; absent where it is not here.
    pub own: Option<bool>,
    /// Who of the room wrote it.
    pub nick: Option<Arc<str>>,
    /// The beginning of its text; absent where it is not here.
    pub text: Option<Arc<str>>,
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply").field("known", &self.message.is_some()).finish_non_exhaustive()
    }
}

/// One emoji under a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// The emoji.
    pub emoji: Arc<str>,
    /// Who reacted so: nicknames in a room, else addresses; the first to do so first.
    pub by: Vec<Arc<str>>,
    /// The user is among them.
    pub own: bool,
}

/// A former text of a message.
#[derive(Clone, PartialEq, Eq)]
pub struct Version {
    /// Since when it held.
    pub time: WallTime,
    /// The text.
    pub text: Arc<str>,
}

impl std::fmt::Debug for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Version").field("time", &self.time).finish_non_exhaustive()
    }
}

impl Message {
    /// Whether the user said this about it. In a room nobody can be told by the address.
    fn is_own_word(&self, change: &MessageChange) -> bool {
        match (self.details.kind, self.direction) {
            (ConversationKind::Room, _) => change.from != self.with,
            // The conversation has a name of its own; what they say comes from the room.
            (ConversationKind::Occupant, _) => self.with.occupant().is_none_or(|(room, _)| change.from != room),
            (ConversationKind::Person, MessageDirection::Out) => change.from == self.from,
            (ConversationKind::Person, MessageDirection::In) => change.from != self.with,
        }
    }

    /// The reactions, by emoji, in the order in which they came first.
    #[must_use]
    pub fn reactions(&self) -> Vec<Reaction> {
        let mut all: Vec<Reaction> = Vec::new();
        for change in self.details.changes.iter().filter(|change| change.kind == ChangeKind::Reactions) {
            let own = self.is_own_word(change);
            let who: Arc<str> = change.nick.clone().unwrap_or_else(|| change.from.as_str().into());
            for emoji in change.text.split(' ').filter(|emoji| !emoji.is_empty()) {
                match all.iter_mut().find(|reaction| *reaction.emoji == *emoji) {
                    Some(reaction) => {
                        reaction.own |= own;
                        reaction.by.push(who.clone());
                    }
                    None => all.push(Reaction { emoji: emoji.into(), by: vec![who.clone()], own }),
                }
            }
        }
        all
    }

    /// The reactions of the user.
    #[must_use]
    pub fn own_reactions(&self) -> Vec<Arc<str>> {
        self.reactions().into_iter().filter(|reaction| reaction.own).map(|reaction| reaction.emoji).collect()
    }

    /// Where its file is, where it is one: its text is the address of a file, and nothing else.
    #[must_use]
    pub fn file(&self) -> Option<super::HttpsUrl> {
        let may = self.details.file && !self.details.retracted;
        may.then(|| super::HttpsUrl::parse(&self.body).ok()).flatten()
    }

    /// The former texts, oldest first, without the one that holds.
    #[must_use]
    pub fn versions(&self) -> Vec<Version> {
        let Some(first) = &self.details.first_text else { return Vec::new() };
        let mut all = vec![Version { time: self.time, text: first.clone() }];
        let corrections = self.details.changes.iter().filter(|change| change.kind == ChangeKind::Correction);
        all.extend(corrections.map(|change| Version { time: change.time, text: change.text.clone() }));
        all.pop();
        all
    }

    /// Whether a room's moderator removed it.
    #[must_use]
    pub fn was_moderated(&self) -> bool {
        self.details.changes.iter().any(|change| change.kind == ChangeKind::Moderation)
    }

    /// The id by which a correction names it: the sender's, in a room as well (XEP-0308 section 3).
    #[must_use]
    pub fn written_as(&self) -> Option<Arc<str>> {
        match self.direction {
            MessageDirection::Out => Some(self.details.stanza_id.clone().unwrap_or_else(|| self.id.0.clone())),
            MessageDirection::In => self.details.stanza_id.clone(),
        }
    }

    /// The id by which others know it (XEP-0424, 0444, 0461): the sender's; in a room the one that the room gave.
    #[must_use]
    pub fn known_as(&self) -> Option<Arc<str>> {
        match (self.details.kind, self.direction) {
            (ConversationKind::Room, _) => self.details.archive.as_ref().map(|archive| archive.id.clone()),
            (ConversationKind::Person | ConversationKind::Occupant, _) => self.written_as(),
        }
    }
}
