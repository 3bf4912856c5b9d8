//! Who takes part in a conference (RFC 4575): what a focus tells in `application/conference-info+xml`, kept over partial
//! documents.
//!
//! ```text
//! mod    what is known, and how a document changes it        read    one document out of hostile bytes
//! write  what we tell of a conference of our own
//! ```
//!
//! Elements are known by namespace, never by prefix (producers write `ci:`, `confInfo:` or none). Elements, attributes,
//! purposes and states that are not known are ignored.

mod read;
#[cfg(test)]
mod tests;
pub(super) mod write;

use std::fmt;
use std::sync::Arc;

use self::read::{Document, Extent};
pub use super::subscription::xml::Unreadable;
use crate::model::{ContactLink, Jid};

/// People of a conference. When full: further ones are not listed; how many they are is told by [`ConferenceInfo::count`].
pub const MOST_USERS: usize = 1_000;
/// Endpoints of one user. When full: further ones are not looked at.
const MOST_ENDPOINTS: usize = 8;
/// Media of one endpoint. When full: further ones are not looked at.
const MOST_MEDIA: usize = 8;
/// Addresses, roles and links of one list. When full: further ones are not looked at.
const MOST_ENTRIES: usize = 16;

/// Where an endpoint stands (RFC 4575 section 5.7.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Status {
    /// It takes part. Also where nothing is said: whoever is listed without a word is there.
    #[default]
    Connected,
    /// It waits, is being called, or calls in.
    Joining,
    /// It is there, and its sound is held.
    OnHold,
    /// It is there, and the focus lets nobody hear it.
    MutedViaFocus,
    /// It leaves or has left.
    Gone,
}

/// Which way sound goes, as the participant sees it (RFC 4575 section 5.8.4: a muted participant's is `recvonly`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Flow {
    /// Both ways.
    #[default]
    Both,
    /// It only hears.
    Hears,
    /// It is only heard.
    Heard,
    /// Neither.
    None,
}

/// One stream of an endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Media {
    id: String,
    /// `audio`, `video`, `message`, …, in lower case; empty where it is not said.
    pub kind: String,
    /// Which way it goes.
    pub flow: Flow,
    /// The name of its packets (RFC 4575 section 5.8.3): a mixer names by it who is heard.
    pub source: Option<u32>,
}

/// One device of a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoint {
    entity: String,
    /// Where it stands.
    pub status: Status,
    /// Its streams.
    pub media: Vec<Media>,
}

impl Endpoint {
    /// Its sound: the first stream of sound or pictures. An endpoint that lists no streams is taken to speak and to hear.
    pub fn sound(&self) -> Option<Flow> {
        let sounds = |media: &&Media| matches!(media.kind.as_str(), "audio" | "video" | "");
        match self.media.iter().find(sounds) {
            Some(media) => Some(media.flow),
            None if self.media.is_empty() => Some(Flow::Both),
            None => None,
        }
    }
}

/// Somebody in a conference.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct User {
    /// The address that names them, as the focus writes it.
    pub entity: Arc<str>,
    /// What the focus calls them.
    pub display: Option<Arc<str>>,
    /// Other addresses of theirs, as the focus says.
    pub aors: Vec<Arc<str>>,
    /// What they are to the conference: `participant`, `moderator`, …
    pub roles: Vec<Arc<str>>,
    /// Their devices.
    pub endpoints: Vec<Endpoint>,
}

impl User {
    /// The names of their sound in the packets that the focus sends.
    pub fn sources(&self) -> impl Iterator<Item = u32> + '_ {
        self.endpoints.iter().flat_map(|endpoint| &endpoint.media).filter_map(|media| media.source)
    }

    /// The XMPP addresses that the focus gives for them.
    pub fn jids(&self) -> impl Iterator<Item = Jid> + '_ {
        std::iter::once(&self.entity).chain(&self.aors).filter_map(|address| chat_address(address))
    }
}

// Who talks with whom is personal.
impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("endpoints", &self.endpoints.len()).finish_non_exhaustive()
    }
}

/// An address that belongs to a conference.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    /// The address.
    pub uri: Arc<str>,
    /// What it is for, in lower case; empty where it is not said.
    pub purpose: String,
    /// It stands among `service-uris`, not among `conf-uris`.
    pub service: bool,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

/// What a document came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is known now.
    News,
    /// It was seen before, or is older than what is known.
    Old,
    /// Something is missing before it: the whole state should be asked for (RFC 4575 section 4.2).
    Gap,
    /// The conference is over.
    Over,
}

/// What is known of a conference. See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConferenceInfo {
    version: Option<u64>,
    whole: bool,
    /// What it is called.
    pub title: Option<Arc<str>>,
    /// What it is about.
    pub subject: Option<Arc<str>>,
    /// Nobody else is let in.
    pub locked: bool,
    links: Vec<Link>,
    said: Option<u32>,
    users: Vec<User>,
    over: bool,
}

impl ConferenceInfo {
    /// Takes a document.
    pub fn take(&mut self, document: &[u8]) -> Result<Taken, Unreadable> {
        let document = read::document(document)?;
        let Some(newer) = self.is_newer(&document) else { return Ok(Taken::Old) };
        self.version = document.version.or(self.version);
        match document.extent {
            Extent::Deleted => {
                *self = Self { version: self.version, over: true, ..Self::default() };
                return Ok(Taken::Over);
            }
            Extent::Full => {
                *self = Self { version: self.version, whole: true, ..Self::default() };
            }
            Extent::Partial => {}
        }
        self.apply(document);
        Ok(if newer && self.whole { Taken::News } else { Taken::Gap })
    }

    /// Whether a document is newer (RFC 4575 section 4.2): `Some(false)` where something is missing before it.
    fn is_newer(&self, document: &Document) -> Option<bool> {
        match (self.version, document.version, document.extent) {
            (Some(last), Some(version), _) if version < last => None,
            (Some(last), Some(version), Extent::Partial) if version == last => None,
            (Some(last), Some(version), Extent::Partial) => Some(version == last.saturating_add(1)),
            // A focus that does not count, or that tells the whole again as it was asked to.
            (_, _, Extent::Full | Extent::Deleted) => Some(true),
            (None, _, Extent::Partial) | (_, None, Extent::Partial) => Some(self.whole),
        }
    }

    fn apply(&mut self, document: Document) {
        let Document { title, subject, locked, links, said, users, users_extent, .. } = document;
        self.title = title.or(self.title.take());
        self.subject = subject.or(self.subject.take());
        self.locked = locked.unwrap_or(self.locked);
        self.said = said.or(self.said);
        if let Some(links) = links {
            self.links = links;
        }
        match users_extent {
            Some(Extent::Full) => self.users.clear(),
            Some(Extent::Deleted) => return self.users.clear(),
            Some(Extent::Partial) | None => {}
        }
        for (extent, user) in users {
            self.apply_user(extent, user);
        }
    }

    fn apply_user(&mut self, extent: Extent, told: read::ToldUser) {
        let at = self.users.iter().position(|user| same_address(&user.entity, &told.entity));
        match (extent, at) {
            (Extent::Deleted, Some(at)) => drop(self.users.remove(at)),
            (Extent::Deleted, None) => {}
            (Extent::Partial, Some(at)) => {
                if let Some(user) = self.users.get_mut(at) {
                    told.onto(user);
                }
            }
            (Extent::Full, Some(at)) => {
                if let Some(user) = self.users.get_mut(at) {
                    *user = told.whole();
                }
            }
            (Extent::Full | Extent::Partial, None) if self.users.len() < MOST_USERS => self.users.push(told.whole()),
            (Extent::Full | Extent::Partial, None) => {}
        }
    }

    /// Whether anything that holds was said.
    pub fn is_known(&self) -> bool {
        self.whole && !self.over
    }

    /// Whether the focus said that the conference is over.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Everybody who is listed, in the order in which they came.
    pub fn users(&self) -> &[User] {
        &self.users
    }

    /// How many they are, as the focus counts; at least those that are listed.
    pub fn count(&self) -> u32 {
        let listed = u32::try_from(self.users.len()).unwrap_or(u32::MAX);
        self.said.unwrap_or(listed).max(listed)
    }

    /// Rooms that the focus names, the surest first: `grouptextchat` among the services (RFC 7106), then any other `xmpp:`
    /// address in either list, as deployed servers write them.
    pub fn rooms(&self) -> Vec<Jid> {
        let named = self.links.iter().filter(|link| link.service && link.purpose == "grouptextchat");
        let others = self.links.iter().filter(|link| !(link.service && link.purpose == "grouptextchat"));
        let mut rooms: Vec<Jid> = Vec::new();
        for jid in named.chain(others).filter_map(|link| chat_address(&link.uri)) {
            if !rooms.contains(&jid) {
                rooms.push(jid);
            }
        }
        rooms
    }
}

/// The address of an `xmpp:` URI (RFC 5122).
fn chat_address(uri: &str) -> Option<Jid> {
    let scheme = uri.trim_start().get(..5)?;
    if !scheme.eq_ignore_ascii_case("xmpp:") {
        return None;
    }
    ContactLink::read(uri).map(|link| link.jid)
}

/// Whether two entities name the same: RFC 4575 section 5.6 compares URIs; scheme and host have no case.
fn same_address(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    match (crate::model::SipUri::parse(one), crate::model::SipUri::parse(other)) {
        (Ok(one), Ok(other)) => one.to_string() == other.to_string(),
        (_, _) => false,
    }
}
