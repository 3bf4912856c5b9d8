//! People that the user keeps, and people of directories that an administrator names.

use std::fmt;
use std::sync::Arc;

use super::{AddressSource, Jid, WallTime};

/// The domain of the names that people without a chat address have (RFC 6761 section 6.4: no such name is ever resolved).
const NOWHERE: &str = "address-book.invalid";

/// The name of an entry, unique for the life of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BookId(pub u64);

impl fmt::Display for BookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b{}", self.0)
    }
}

impl BookId {
    /// Parses what `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        text.strip_prefix('b')?.parse().ok().map(Self)
    }

    /// The name under which a person without a chat address stands in lists: no address, nothing can be sent there.
    pub fn nobodys_jid(self) -> Jid {
        Jid::parse(&format!("{self}@{NOWHERE}")).expect("a literal domain and a decimal number make a JID")
    }

    /// The entry that [`Self::nobodys_jid`] names.
    pub fn of_jid(jid: &Jid) -> Option<Self> {
        if jid.domain() == NOWHERE { Self::parse(jid.local()?) } else { None }
    }
}

impl Jid {
    /// Whether messages can be sent there: not to the names of people without a chat address.
    pub fn is_reachable(&self) -> bool {
        self.domain() != NOWHERE
    }
}

/// Where an entry comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BookOrigin {
    /// The user keeps it.
    User,
    /// A directory, under the name of its file.
    Directory(Arc<str>),
}

/// One number or address of an entry.
#[derive(Clone, PartialEq, Eq)]
pub struct BookNumber {
    /// As written: `+49 30 …`, `1001`, `sip:bob@example.com`.
    pub value: Arc<str>,
    /// Types in lower case: `work`, `cell`, `video`, ...; empty means voice.
    pub types: Vec<Arc<str>>,
}

impl fmt::Debug for BookNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BookNumber").field("types", &self.types).finish_non_exhaustive()
    }
}

/// A person of the address book or of a directory.
#[derive(Clone, PartialEq, Eq)]
pub struct BookEntry {
    /// Its name.
    pub id: BookId,
    /// Where it comes from.
    pub origin: BookOrigin,
    /// The person's name.
    pub name: Arc<str>,
    /// The chat address that belongs to the numbers, where it is known.
    pub jid: Option<Jid>,
    /// Numbers and addresses, preferred first.
    pub numbers: Vec<BookNumber>,
    /// When it was written or imported.
    pub changed: WallTime,
    /// The UID of the vCard that it came with (RFC 6350 section 6.7.6): the same person in a later import.
    pub uid: Option<Arc<str>>,
}

impl BookEntry {
    /// The name under which the person stands in lists: the chat address, else the entry's own name.
    pub fn person(&self) -> Jid {
        self.jid.clone().unwrap_or_else(|| self.id.nobodys_jid())
    }
}

impl fmt::Debug for BookEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BookEntry").field("id", &self.id).field("numbers", &self.numbers.len()).finish_non_exhaustive()
    }
}

/// Who said what about a person's address, and from when to when.
#[derive(Clone, PartialEq, Eq)]
pub struct Statement {
    /// The address as a URI.
    pub uri: Arc<str>,
    /// Who says so.
    pub source: AddressSource,
    /// When it was first seen.
    pub since: WallTime,
    /// When it was first missing; `None`: it still holds.
    pub until: Option<WallTime>,
}

impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statement").field("source", &self.source).field("since", &self.since).finish_non_exhaustive()
    }
}

/// The version of vCards that is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CardFormat {
    /// vCard 3.0 (RFC 2426): what older programs read.
    V3,
    /// vCard 4.0 (RFC 6350).
    #[default]
    V4,
}

/// What became of a file of vCards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// People who are new.
    pub added: usize,
    /// People who were there and say something else now.
    pub changed: usize,
    /// People who were there and are the same.
    pub unchanged: usize,
    /// People of this directory whom the file does not name any more.
    pub removed: usize,
    /// What was not taken over, each with its line in the file, in the order of the file.
    pub skipped: Vec<(u32, Arc<str>)>,
    /// How many more were skipped than are listed.
    pub more_skipped: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_without_a_chat_address_has_a_name_that_nothing_can_be_sent_to() {
        let id = BookId(17);
        assert_eq!(BookId::parse(&id.to_string()), Some(id));
        let name = id.nobodys_jid();
        assert_eq!((BookId::of_jid(&name), name.is_reachable()), (Some(id), false));
        let other = Jid::parse("b17@example.com").expect("valid");
        assert_eq!((BookId::of_jid(&other), other.is_reachable()), (None, true));
    }
}
