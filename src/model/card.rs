//! The user's own card and own temporary addresses, as they cross boundaries.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::Reason;

/// One telephone entry of the own card.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct CardPhone {
    /// As written: `sip:alice@example.com`, `+49 30 901820`, `1001`, …
    pub value: Arc<str>,
    /// Types in lower case; those that Tandem sets are [`CardPhone::TYPES`]. None means voice (XEP-0054, RFC 6350 section 6.4.1).
    pub types: Vec<Arc<str>>,
    /// The one to be used first.
    pub preferred: bool,
}

impl CardPhone {
    /// The types that can be set here; others that a card has are kept.
    pub const TYPES: [&'static str; 6] = ["work", "home", "cell", "voice", "video", "fax"];
}

impl fmt::Debug for CardPhone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardPhone").field("types", &self.types).finish_non_exhaustive()
    }
}

/// The own card as the server has it, both forms merged.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct OwnCard {
    /// Counts up whenever a reading differs from the one before; an edit names the one that it is based on.
    pub revision: u64,
    /// The formatted name.
    pub full_name: Option<Arc<str>>,
    /// The nickname.
    pub nickname: Option<Arc<str>>,
    /// The organisation.
    pub organisation: Option<Arc<str>>,
    /// Telephone entries, preferred first.
    pub phones: Vec<CardPhone>,
    /// How many other details (addresses, birthdays, what nobody here understands) are kept as they are.
    pub others: u32,
}

impl fmt::Debug for OwnCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnCard").field("revision", &self.revision).field("phones", &self.phones.len()).finish()
    }
}

/// An entry of an edit, ready for both forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditedPhone {
    /// As it stands in a vcard-temp: text.
    pub phone: CardPhone,
    /// As it stands in a vCard4: a URI (`sip:…`, `tel:…`).
    pub uri: Arc<str>,
}

/// What the own card is to say; everything else of it stays.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct CardEdit {
    /// The [`OwnCard::revision`] that the user saw.
    pub base: u64,
    /// The formatted name.
    pub full_name: Option<Arc<str>>,
    /// The nickname.
    pub nickname: Option<Arc<str>>,
    /// The organisation.
    pub organisation: Option<Arc<str>>,
    /// Telephone entries in their order.
    pub phones: Vec<EditedPhone>,
}

impl fmt::Debug for CardEdit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardEdit").field("base", &self.base).field("phones", &self.phones.len()).finish()
    }
}

/// What the server made of one form of the card, by reading it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormResult {
    /// It is there as it was meant.
    AsMeant,
    /// It is there, and something is missing.
    Damaged {
        /// Telephone entries, names that are not there.
        entries: u32,
        /// Types (work, video, fax, …) and preferences that are not there.
        types: u32,
        /// Other details that were there before.
        others: u32,
    },
    /// The server refused it.
    Refused(Reason),
}

/// The end of an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardWritten {
    /// The card as it is there now.
    pub card: OwnCard,
    /// The older form (vcard-temp, XEP-0054).
    pub temp: FormResult,
    /// The newer form (vCard4, XEP-0292).
    pub four: FormResult,
}

/// A temporary address: where somebody can be reached for now (XEP-0152).
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct ReachAddress {
    /// `sip:…`, `tel:…`; at most 1 KiB.
    pub uri: Arc<str>,
    /// "meeting room 3"; at most 120 characters, nothing hidden in it.
    pub description: Option<Arc<str>>,
}

impl fmt::Debug for ReachAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReachAddress(…)")
    }
}
