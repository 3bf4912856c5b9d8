//! The address book as the manager holds it, and what may be asked of it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::Ticket;
use crate::cusax::{MOST_PEOPLE, PeopleFile, ReadPerson, Screening};
use crate::model::{BookEntry, BookId, BookNumber, BookOrigin, CardFormat, ImportReport, Jid, Statement, WallTime};

/// What may be asked of the address book.
#[derive(Clone, Debug)]
pub enum BookRequest {
    /// People, in the order of their names for scripts.
    List {
        /// At most.
        limit: u32,
        /// Only after this one.
        after: Option<BookId>,
    },
    /// Add or change somebody. What is `None` stays as it is.
    Set {
        /// Whom; `None`: the entry of this chat address, else a new one.
        id: Option<BookId>,
        /// The name.
        name: Option<Arc<str>>,
        /// The chat address; `Some(None)` takes it away.
        jid: Option<Option<Jid>>,
        /// Numbers and addresses, preferred first.
        numbers: Option<Vec<Arc<str>>>,
    },
    /// Take somebody out.
    Remove(BookId),
    /// Read a file of vCards.
    Import {
        /// Its whole path.
        path: Arc<str>,
        /// As a directory, which is trusted as the configuration says; else as people of one's own.
        directory: bool,
    },
    /// Write one's own people.
    Export {
        /// Into a new file with this whole path; `None`: into the answer.
        path: Option<Arc<str>>,
        /// In which version.
        format: CardFormat,
    },
    /// Who said what about somebody's addresses.
    History(Jid),
}

/// The answer.
#[derive(Clone, Debug)]
pub enum BookReply {
    /// People.
    Entries(Vec<Arc<BookEntry>>),
    /// The entry's name.
    Set(BookId),
    /// What became of a file.
    Imported(ImportReport),
    /// Written.
    Exported {
        /// How many people.
        people: usize,
        /// The text, where no file was named.
        text: Option<Arc<str>>,
    },
    /// Who said what, the newest first.
    Statements(Vec<Statement>),
}

/// A file of people for the shell.
#[derive(Clone, Debug)]
pub enum BookFile {
    /// Read it.
    Read {
        /// Who asked; `None`: the configuration.
        ticket: Option<Ticket>,
        /// Where; a relative path is one in the configuration's folder.
        path: Arc<str>,
        /// As this directory.
        directory: Option<Arc<str>>,
    },
    /// Write a new one.
    Write {
        /// Who asked.
        ticket: Ticket,
        /// Where.
        path: Arc<str>,
        /// What.
        text: Arc<str>,
        /// How many people it holds.
        people: usize,
    },
}

/// What the shell says of it.
#[derive(Debug)]
pub enum BookEvent {
    /// It was read, or a sentence why not.
    Read {
        /// Who asked.
        ticket: Option<Ticket>,
        /// As this directory.
        directory: Option<Arc<str>>,
        /// What it holds.
        result: Result<Box<PeopleFile>, Arc<str>>,
    },
    /// A file of another program.
    Other(Box<super::OtherEvent>),
    /// It was written, or a sentence why not.
    Written {
        /// Who asked.
        ticket: Ticket,
        /// How many people it holds.
        people: usize,
        /// Whether that went well.
        result: Result<(), Arc<str>>,
    },
}

/// What a screen shows of the address book.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BookState {
    /// The user's own people.
    pub people: usize,
    /// Each directory by its name, with its people, and whether the configuration trusts it.
    pub directories: Vec<(Arc<str>, usize, bool)>,
    /// Who may ring.
    pub screening: Screening,
    /// Calls hide who calls, unless one asks otherwise.
    pub hide_number: bool,
}

/// The address book.
#[derive(Debug, Default)]
pub(super) struct AddressBook {
    entries: BTreeMap<BookId, Arc<BookEntry>>,
    last: u64,
    /// Exports that wait for the cards of the store.
    pub(super) exports: BTreeMap<u64, (Ticket, Option<Arc<str>>, CardFormat)>,
    state: Arc<BookState>,
    /// What of another program's file waits for the configuration.
    pub(super) takings: super::on_accounts::Takings,
}

/// What an import does to the address book.
#[derive(Debug, Default)]
pub(super) struct Import {
    pub(super) set: Vec<(BookEntry, Option<Arc<str>>)>,
    pub(super) removed: Vec<BookId>,
    pub(super) report: ImportReport,
}

impl AddressBook {
    pub(super) fn load(&mut self, entries: Vec<BookEntry>, last: u64) {
        self.last = entries.iter().map(|entry| entry.id.0).max().unwrap_or_default().max(last);
        self.entries = entries.into_iter().map(|entry| (entry.id, Arc::new(entry))).collect();
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<BookEntry>> {
        self.entries.values()
    }

    pub(super) fn own(&self) -> impl Iterator<Item = &Arc<BookEntry>> {
        self.all().filter(|entry| entry.origin == BookOrigin::User)
    }

    pub(super) fn get(&self, id: BookId) -> Option<&Arc<BookEntry>> {
        self.entries.get(&id)
    }

    pub(super) fn set(&mut self, entry: Arc<BookEntry>) {
        self.entries.insert(entry.id, entry);
    }

    pub(super) fn remove(&mut self, id: BookId) -> Option<Arc<BookEntry>> {
        self.entries.remove(&id)
    }

    pub(super) fn is_full(&self) -> bool {
        self.entries.len() >= 2 * MOST_PEOPLE
    }

    /// A name that no entry had before.
    pub(super) fn next_id(&mut self) -> BookId {
        self.last += 1;
        BookId(self.last)
    }

    pub(super) fn state(&self) -> Arc<BookState> {
        self.state.clone()
    }

    /// The state anew, after a change.
    pub(super) fn count(&mut self, trusted: &[Arc<str>], screening: Screening, hide_number: bool) {
        let mut directories: BTreeMap<Arc<str>, usize> = BTreeMap::new();
        let mut people = 0;
        for entry in self.entries.values() {
            match &entry.origin {
                BookOrigin::User => people += 1,
                BookOrigin::Directory(name) => *directories.entry(name.clone()).or_default() += 1,
            }
        }
        let directories =
            directories.into_iter().map(|(name, count)| (name.clone(), count, trusted.contains(&name))).collect();
        let state = BookState { people, directories, screening, hide_number };
        if *self.state != state {
            self.state = Arc::new(state);
        }
    }

    /// Compares a file with what is there. One's own people lose nothing: numbers are added. A directory is what its
    /// file says: who is not in it any more goes.
    pub(super) fn import(&mut self, file: PeopleFile, directory: Option<Arc<str>>, now: WallTime) -> Import {
        let origin = directory.map_or(BookOrigin::User, BookOrigin::Directory);
        let mut import = Import {
            report: ImportReport { skipped: file.skipped, more_skipped: file.more_skipped, ..ImportReport::default() },
            ..Import::default()
        };
        let mut old = Known::new(self.entries.values().filter(|entry| entry.origin == origin));
        for person in file.people {
            let known = old.take(&person);
            let entry = match &known {
                None if self.is_full() => {
                    import.report.skipped.push((person.line, "The address book is full.".into()));
                    continue;
                }
                None => BookEntry {
                    id: self.next_id(),
                    origin: origin.clone(),
                    name: person.name.clone(),
                    jid: person.jid.clone(),
                    numbers: person.numbers.clone(),
                    changed: now,
                    uid: person.uid.clone(),
                },
                Some(known) => merged(known, &person),
            };
            match known {
                Some(known) if *known == entry => {
                    import.report.unchanged += 1;
                    continue;
                }
                Some(_) => import.report.changed += 1,
                None => import.report.added += 1,
            }
            let raw = Some(person.raw).filter(|raw| !raw.is_empty());
            let entry = BookEntry { changed: now, ..entry };
            self.set(Arc::new(entry.clone()));
            import.set.push((entry, raw));
        }
        if origin != BookOrigin::User {
            import.removed = old.entries.into_keys().collect();
            import.report.removed = import.removed.len();
            for id in &import.removed {
                self.remove(*id);
            }
        }
        import
    }
}

/// Entries to be found again in a file of thousands.
struct Known {
    entries: BTreeMap<BookId, Arc<BookEntry>>,
    by_uid: HashMap<Arc<str>, BookId>,
    by_name: HashMap<Arc<str>, Vec<BookId>>,
}

impl Known {
    fn new<'a>(entries: impl Iterator<Item = &'a Arc<BookEntry>>) -> Self {
        let entries: BTreeMap<BookId, Arc<BookEntry>> = entries.map(|entry| (entry.id, entry.clone())).collect();
        let by_uid = entries.values().filter_map(|entry| Some((entry.uid.clone()?, entry.id))).collect();
        let mut by_name: HashMap<Arc<str>, Vec<BookId>> = HashMap::new();
        for entry in entries.values() {
            by_name.entry(entry.name.clone()).or_default().push(entry.id);
        }
        Self { entries, by_uid, by_name }
    }

    /// Takes out whom a card means: by its UID, else by the name and a number or chat address in common.
    fn take(&mut self, person: &ReadPerson) -> Option<Arc<BookEntry>> {
        let by_uid = person.uid.as_ref().and_then(|uid| self.by_uid.get(uid)).copied();
        if let Some(known) = by_uid.and_then(|id| self.entries.remove(&id)) {
            return Some(known);
        }
        let is_same = |id: &BookId| {
            self.entries.get(id).is_some_and(|known| {
                let shares = |value: &Arc<str>| known.numbers.iter().any(|number| number.value == *value);
                let linked = known.jid.is_some() && known.jid == person.jid;
                linked || person.numbers.iter().any(|number| shares(&number.value))
            })
        };
        let id = self.by_name.get(&person.name).and_then(|ids| ids.iter().copied().find(|id| is_same(id)))?;
        self.entries.remove(&id)
    }
}

fn merged(known: &BookEntry, person: &ReadPerson) -> BookEntry {
    let own = known.origin == BookOrigin::User;
    let kept: Vec<BookNumber> = known
        .numbers
        .iter()
        .filter(|number| own && !person.numbers.iter().any(|other| other.value == number.value))
        .cloned()
        .collect();
    BookEntry {
        id: known.id,
        origin: known.origin.clone(),
        name: person.name.clone(),
        jid: person.jid.clone().or_else(|| known.jid.clone().filter(|_| own)),
        numbers: person.numbers.iter().cloned().chain(kept).collect(),
        changed: known.changed,
        uid: person.uid.clone().or_else(|| known.uid.clone()),
    }
}
