//! What subscriptions tell, as people see it: lamps, voicemail, missed calls; and how digits are sent.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::{AccountId, Jid};

/// What a lamp shows. The order is that of telling: of several phones of one person the greatest counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Lamp {
    /// Nobody has said anything that still holds. That is not the same as idle.
    #[default]
    Unknown,
    /// Somebody is there, and not on the phone.
    Idle,
    /// On the phone, with everybody held.
    Held,
    /// It rings there.
    Ringing,
    /// On the phone.
    Talking,
}

/// One busy lamp (RFC 4235).
#[derive(Clone, PartialEq, Eq)]
pub struct LampView {
    /// The account that watches.
    pub account: AccountId,
    /// The address as it is configured or stands in the card.
    pub address: Arc<str>,
    /// Whose, where it is a contact.
    pub contact: Option<Jid>,
    /// The contact's name, else the address without its scheme.
    pub name: Arc<str>,
    /// What it shows.
    pub state: Lamp,
    /// The same in words, with the reason where nothing is known.
    pub text: Arc<str>,
    /// The user or the configuration listed it; otherwise it is a contact of the roster.
    pub listed: bool,
    /// The user added it here, and can take it away here.
    pub removable: bool,
}

impl fmt::Debug for LampView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LampView").field("state", &self.state).finish_non_exhaustive()
    }
}

/// What is known of an account's voice messages (RFC 3842).
#[derive(Clone, PartialEq, Eq)]
pub struct VoicemailView {
    /// Which account.
    pub account: AccountId,
    /// Something waits.
    pub waiting: bool,
    /// New messages, where the server counts; at most 999.
    pub new: Option<u32>,
    /// Messages that were listened to, likewise.
    pub old: Option<u32>,
    /// How many of the new ones are urgent.
    pub urgent: u32,
    /// In words: "3 new voice messages".
    pub text: Arc<str>,
    /// What is called to listen; absent where nobody said it.
    pub call: Option<Arc<str>>,
}

impl fmt::Debug for VoicemailView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VoicemailView").field("waiting", &self.waiting).finish_non_exhaustive()
    }
}

/// What has happened that a screen shows beside everything else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventsView {
    /// Busy lamps: the listed ones first, then contacts by name.
    pub lamps: Arc<[LampView]>,
    /// Accounts whose voicemail is known, or can be called.
    pub voicemail: Arc<[VoicemailView]>,
    /// Calls that were missed since the history was looked at last.
    pub missed: u32,
    /// Redial has somebody to call.
    pub can_redial: bool,
}

impl EventsView {
    /// What the lamp of a contact shows; absent where none is watched.
    pub fn lamp(&self, of: &Jid) -> Option<&LampView> {
        self.lamps.iter().filter(|lamp| lamp.contact.as_ref() == Some(of)).max_by_key(|lamp| lamp.state)
    }
}

/// How digits are sent in a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DigitWay {
    /// As RTP events where the other side takes them, else by INFO where it allows that, else as tones in the sound.
    #[default]
    Auto,
    /// As RTP events (RFC 4733) only.
    Rtp,
    /// By INFO (RFC 6086) only.
    Info,
    /// As tones in the sound only.
    InBand,
}
