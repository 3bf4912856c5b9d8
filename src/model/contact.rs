//! People of the roster: presence, addresses with their evidence, and what can be done with them.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::{BookId, Jid, PhoneNumber, SipUri, WallTime};

/// Availability (RFC 6121 section 4.7.2.1), best first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Show {
    /// Actively interested in chatting.
    Chat,
    /// Available.
    Available,
    /// Away for a short time.
    Away,
    /// Away for long.
    Xa,
    /// Not to be disturbed.
    Dnd,
    /// No available resource, or not known.
    #[default]
    Offline,
}

/// The presence of a contact, its best resource speaking for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Presence {
    /// Availability.
    pub show: Show,
    /// The status text.
    pub status: Option<Arc<str>>,
}

/// The subscription state (RFC 6121 section 2.1.2.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Subscription {
    /// Neither sees the other.
    #[default]
    None,
    /// We see them.
    To,
    /// They see us.
    From,
    /// Both.
    Both,
}

impl Subscription {
    /// Whether we see the contact: the condition under which their card counts as evidence (requirements, 1.8).
    pub fn sees_contact(self) -> bool {
        match self {
            Self::To | Self::Both => true,
            Self::None | Self::From => false,
        }
    }
}

/// What an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AddressKind {
    /// A SIP URI.
    Sip,
    /// A telephone number.
    Tel,
    /// A call over XMPP.
    Jingle,
}

/// The address itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AddressUri {
    /// A SIP URI.
    Sip(SipUri),
    /// A telephone number, with the extension that was written behind it.
    Tel(PhoneNumber, Option<Arc<str>>),
    /// A call over XMPP.
    Jingle(Jid),
}

impl AddressUri {
    /// What it is.
    pub fn kind(&self) -> AddressKind {
        match self {
            Self::Sip(_) => AddressKind::Sip,
            Self::Tel(..) => AddressKind::Tel,
            Self::Jingle(_) => AddressKind::Jingle,
        }
    }
}

impl fmt::Display for AddressUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sip(uri) => uri.fmt(f),
            Self::Tel(number, None) => write!(f, "tel:{number}"),
            Self::Tel(number, Some(extension)) => write!(f, "tel:{number};ext={extension}"),
            Self::Jingle(jid) => write!(f, "xmpp:{jid}"),
        }
    }
}

/// Who says that an address belongs to a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AddressSource {
    /// The contact's vcard-temp (XEP-0054).
    VcardTemp,
    /// The contact's vCard4 (XEP-0292).
    #[serde(rename = "vcard4")]
    Vcard4,
    /// The contact's reachability addresses (XEP-0152).
    Reach,
    /// The user's own address book.
    AddressBook,
    /// A directory.
    Directory,
    /// A call that named the contact's chat address (RFC 6993): never a way to call them.
    CallInfo,
}

/// How far an address is proven to be the contact's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// Proven (requirements, 1.8).
    Confirmed,
    /// Somebody says so.
    Claimed,
    /// The proof fails.
    Refuted,
}

/// What a call to an address may cost (C-41).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cost {
    /// Stays inside the service.
    Free,
    /// Leads to the telephone network.
    PhoneNetwork,
    /// Another domain, or nothing known.
    Unknown,
}

/// One way to call a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Where it leads.
    pub uri: AddressUri,
    /// The types of the card's entry in lower case: `work`, `home`, `voice`, `video`, `cell`, ...
    pub types: Vec<Arc<str>>,
    /// Who says so.
    pub source: AddressSource,
    /// How far it is proven.
    pub grade: Grade,
    /// The proof, a sentence each.
    pub evidence: Vec<Arc<str>>,
    /// What a call may cost.
    pub cost: Cost,
    /// Since when the source says so, where that is known.
    pub learned: Option<WallTime>,
}

impl Address {
    /// Whether it is a way to call the person: not what a call said of itself, and not what was contradicted.
    pub fn is_way(&self) -> bool {
        self.source != AddressSource::CallInfo && self.grade != Grade::Refuted
    }
}

/// Whether something can be done, and why not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Action {
    /// It can be done.
    pub available: bool,
    /// Why it cannot be done now, a sentence.
    pub reason: Option<Arc<str>>,
}

impl Action {
    /// It can be done.
    pub fn available() -> Self {
        Self { available: true, reason: None }
    }

    /// It cannot be done, because of `reason`.
    pub fn unavailable(reason: &str) -> Self {
        Self { available: false, reason: Some(reason.into()) }
    }
}

/// What can be done with a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Actions {
    /// An audio call.
    pub call: Action,
    /// A video call.
    pub video_call: Action,
    /// A message.
    pub chat: Action,
}

/// A decoded picture of a person, square, premultiplied nothing: RGBA8.
#[derive(Clone, PartialEq, Eq)]
pub struct Avatar {
    /// The SHA-1 of the encoded picture, for caching.
    pub hash: Arc<str>,
    /// Width and height in pixels.
    pub size: u32,
    /// `size * size * 4` bytes.
    pub rgba: Arc<[u8]>,
}

impl fmt::Debug for Avatar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Avatar({0}x{0})", self.size)
    }
}

/// A person of the roster.
#[derive(Clone, PartialEq, Eq)]
pub struct Contact {
    /// The XMPP address.
    pub jid: Jid,
    /// The name to show: the roster's, else the card's, else the address.
    pub name: Arc<str>,
    /// Roster groups.
    pub groups: Vec<Arc<str>>,
    /// Who sees whom.
    pub subscription: Subscription,
    /// We asked to see them, and they have not answered.
    pub asked: bool,
    /// A chat server's list has them; else only the address book.
    pub listed: bool,
    /// Availability.
    pub presence: Presence,
    /// When they were last at their program; absent: they are there, or nobody says (XEP-0012, XEP-0319).
    pub last_active: Option<super::WallTime>,
    /// Every way to call, preferred first.
    pub addresses: Vec<Address>,
    /// What can be done.
    pub actions: Actions,
    /// The picture, where there is one.
    pub avatar: Option<Avatar>,
    /// Whether a card has arrived (from the network or the cache).
    pub card_known: bool,
    /// The entry of the user's own address book, where there is one.
    pub book: Option<BookId>,
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contact")
            .field("jid", &self.jid)
            .field("subscription", &self.subscription)
            .field("show", &self.presence.show)
            .field("addresses", &self.addresses.len())
            .finish_non_exhaustive()
    }
}
