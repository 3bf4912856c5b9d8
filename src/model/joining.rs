//! How the two connections of one user are joined (RFC 7081 section 2), and what each of them may carry.

use std::sync::Arc;

use serde::Serialize;

use super::Jid;

/// How the chat connection and the voice connection depend on each other (C-11, C-12).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConnectionPolicy {
    /// Each connects at once; presence says so when calls do not arrive.
    #[default]
    Truthful,
    /// Both or neither: one that loses its partner for longer than the grace period waits for it.
    Joint,
    /// Chat connects when voice has registered, or when that took too long.
    VoiceFirst,
}

/// What a call does to the user's presence (P-9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CallPresence {
    /// Nothing.
    Off,
    /// The activity "on the phone" (XEP-0108), and a status text where the user has none.
    #[default]
    Status,
    /// The same, and "do not disturb" where the user is shown as available.
    Dnd,
}

/// What one connection could carry although it is the other's task (C-06).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feature {
    /// Calls over chat (Jingle, XEP-0167).
    CallsOverChat,
    /// Messages over voice (SIP MESSAGE, RFC 3428).
    MessagesOverVoice,
}

impl Feature {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::CallsOverChat, Self::MessagesOverVoice];

    /// The word in the configuration and over the control interface.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CallsOverChat => "calls-over-chat",
            Self::MessagesOverVoice => "messages-over-voice",
        }
    }

    /// From its word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|feature| feature.as_str() == word)
    }
}

/// For whom a rule about a feature was made; the narrower one decides (C-07).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeatureScope {
    /// For everything on this device: decides before all others.
    Device,
    /// For one person: a chat address, or the name of a SIP address's conversation ([`Jid::of_sip`]).
    Contact(Jid),
    /// For everybody whose address has this domain, in lower case.
    Domain(Arc<str>),
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeatureRule {
    /// About what.
    pub feature: Feature,
    /// For whom.
    pub scope: FeatureScope,
    /// On or off.
    pub on: bool,
}
