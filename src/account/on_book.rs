//! What is asked of the address book, and the files of people.

use std::sync::Arc;

use super::address_book::{BookEvent, BookFile};
use super::effect::{Effect, Ticket};
use super::manager::Manager;
use super::{BookReply, BookRequest, Refusal, RefusalKind, Reply};
use crate::config::Config;
use crate::cusax::{PeopleFile, Screening, write_people};
use crate::model::{BookEntry, BookId, BookNumber, BookOrigin, ConditionKind, Jid, Now, Remedy};
use crate::phone::read;
use crate::store;

/// Numbers that one person may have.
const MOST_NUMBERS: usize = 32;
/// The longest name and number, in characters.
const LONGEST: usize = 256;

type Answer = Option<Result<Reply, Refusal>>;

fn invalid(text: &str) -> Answer {
    Some(Err(Refusal::new(RefusalKind::Invalid, text)))
}

impl Manager {
    /// The book of the store, after the rosters of the cache.
    pub(super) fn load_book(&mut self, entries: Vec<BookEntry>, last: u64) {
        self.book.load(entries, last);
        self.people.trust_directories(self.directory_names());
        let all: Vec<Arc<BookEntry>> = self.book.all().cloned().collect();
        self.people.load_book(&all);
        self.count_book();
    }

    /// The names of the directories that the configuration lists: those of their files.
    fn directory_names(&self) -> Vec<Arc<str>> {
        self.config.identity.directories.iter().map(|path| directory_name(&path.to_string_lossy())).collect()
    }

    fn count_book(&mut self) {
        let callers = &self.config.calls.callers;
        let screening = Screening { unknown: callers.unknown, anonymous: callers.anonymous };
        let hide_number = callers.hide_number;
        let names = self.directory_names();
        self.book.count(&names, screening, hide_number);
    }

    /// Reads every directory that the configuration lists.
    pub(super) fn read_directories(&mut self) {
        for path in &self.config.identity.directories {
            let path: Arc<str> = path.to_string_lossy().as_ref().into();
            let directory = Some(directory_name(&path));
            self.effects.push_back(Effect::Book(BookFile::Read { ticket: None, path, directory }));
        }
    }

    /// Another configuration may trust other directories, and let others ring.
    pub(super) fn take_over_identity(&mut self, old: &Config) {
        if old.identity != self.config.identity {
            self.people.trust_directories(self.directory_names());
            self.read_directories();
        }
        self.count_book();
    }

    /// What has changed in who says what goes into the log.
    pub(super) fn keep_statements(&mut self) {
        for change in self.people.take_changes() {
            self.store(store::Command::Said(Box::new(change)));
        }
    }

    pub(super) fn handle_book_request(&mut self, ticket: Ticket, request: BookRequest, now: Now) {
        if let Some(answer) = self.answer_of_book(ticket, request, now) {
            self.answer(ticket, answer);
        }
    }

    /// `None`: answered later.
    fn answer_of_book(&mut self, ticket: Ticket, request: BookRequest, now: Now) -> Answer {
        match request {
            BookRequest::List { limit, after } => {
                let all = self.book.all().filter(|entry| after.is_none_or(|after| entry.id > after));
                Some(Ok(Reply::Book(BookReply::Entries(all.take(limit as usize).cloned().collect()))))
            }
            BookRequest::Set { id, name, jid, numbers } => self.set_book_entry(id, name, jid, numbers, now),
            BookRequest::Remove(id) => {
                if self.book.get(id).is_none_or(|entry| entry.origin != BookOrigin::User) {
                    return Some(Err(Refusal::new(
                        RefusalKind::NotFound,
                        "There is no such person in your address book.",
                    )));
                }
                self.book.remove(id);
                self.people.remove_book_entry(id, None);
                self.store(store::Command::BookRemove(vec![id]));
                self.count_book();
                Some(Ok(Reply::Done))
            }
            BookRequest::Import { path, .. } | BookRequest::Export { path: Some(path), .. } if !is_whole(&path) => {
                invalid("Write the whole path of the file, from the root on.")
            }
            BookRequest::Import { path, directory } => {
                let directory = directory.then(|| directory_name(&path));
                self.effects.push_back(Effect::Book(BookFile::Read { ticket: Some(ticket), path, directory }));
                None
            }
            BookRequest::Export { path, format } => {
                let request = self.page(ticket);
                self.pages.remove(&request);
                self.book.exports.insert(request, (ticket, path, format));
                self.store(store::Command::BookCards { request });
                None
            }
            BookRequest::History(person) => {
                let request = self.page(ticket);
                self.store(store::Command::Statements { request, person });
                None
            }
        }
    }

    fn set_book_entry(
        &mut self,
        id: Option<BookId>,
        name: Option<Arc<str>>,
        jid: Option<Option<Jid>>,
        numbers: Option<Vec<Arc<str>>>,
        now: Now,
    ) -> Answer {
        let linked = jid.clone().flatten();
        let known = match id {
            Some(id) => match self.book.get(id) {
                Some(known) if known.origin == BookOrigin::User => Some(known.clone()),
                Some(_) => return invalid("People of a directory are changed in the directory."),
                None => {
                    return Some(Err(Refusal::new(
                        RefusalKind::NotFound,
                        "There is no such person in your address book.",
                    )));
                }
            },
            None => self.book.own().find(|known| linked.is_some() && known.jid == linked).cloned(),
        };
        if known.is_none() && self.book.is_full() {
            return invalid("The address book is full.");
        }
        let old = known.as_deref();
        let name: String = name
            .or_else(|| old.map(|old| old.name.clone()))
            .or_else(|| linked.as_ref().map(|jid| self.people.name(jid)))
            .unwrap_or_default()
            .chars()
            .filter(|c| !c.is_control())
            .take(LONGEST)
            .collect();
        if name.trim().is_empty() {
            return invalid("A person needs a name.");
        }
        let jid = jid.unwrap_or_else(|| old.and_then(|old| old.jid.clone()));
        if jid.as_ref().is_some_and(|jid| !jid.is_reachable() || jid.local().is_none()) {
            return invalid("The chat address is not one of a person.");
        }
        let numbers = match numbers {
            None => old.map(|old| old.numbers.clone()).unwrap_or_default(),
            Some(written) if written.len() > MOST_NUMBERS => return invalid("A person may have at most 32 numbers."),
            Some(written) => {
                let plan = self.people.plan();
                if let Some(wrong) = written.iter().find(|text| read(text, plan).is_err()) {
                    let text = format!("\"{wrong}\" is neither a number nor an address that can be called.");
                    return invalid(&text);
                }
                written.iter().map(|value| number(value, old)).collect()
            }
        };
        if numbers.is_empty() && jid.is_none() {
            return invalid("A person needs a number or a chat address.");
        }
        let id = old.map_or_else(|| self.book.next_id(), |old| old.id);
        let uid = old.and_then(|old| old.uid.clone()).unwrap_or_else(|| {
            let id = self.random_id();
            format!("urn:uuid:{}-{}-{}-{}-{}", &id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]).into()
        });
        let entry = BookEntry {
            id,
            origin: BookOrigin::User,
            name: name.trim().into(),
            jid,
            numbers,
            changed: now.wall,
            uid: Some(uid),
        };
        self.store(store::Command::BookSet(vec![(entry.clone(), None)]));
        let entry = Arc::new(entry);
        self.book.set(entry.clone());
        self.people.set_book_entry(&entry);
        self.count_book();
        Some(Ok(Reply::Book(BookReply::Set(id))))
    }

    pub(super) fn handle_book(&mut self, event: BookEvent, now: Now) {
        match event {
            BookEvent::Read { ticket, directory, result } => {
                let name = directory.clone();
                let read = result.map(|file| self.import(*file, directory, now));
                match (ticket, read) {
                    (Some(ticket), Ok(reply)) => self.answer(ticket, Ok(reply)),
                    (Some(ticket), Err(why)) => self.answer(ticket, Err(Refusal::new(RefusalKind::Invalid, &why))),
                    (None, Ok(_)) => {}
                    (None, Err(why)) => {
                        let name = name.as_deref().unwrap_or_default();
                        let text =
                            format!("The directory {name} cannot be read: {why} What it said before still counts.");
                        self.add_condition(ConditionKind::Configuration, &text, Remedy::Dismiss);
                    }
                }
            }
            BookEvent::Other(event) => self.handle_other(*event, now),
            BookEvent::Written { ticket, people, result } => {
                let reply = Reply::Book(BookReply::Exported { people, text: None });
                self.answer(ticket, result.map(|()| reply).map_err(|why| Refusal::new(RefusalKind::Invalid, &why)));
            }
        }
    }

    /// People of another program, into the address book.
    pub(super) fn import_people(&mut self, file: PeopleFile, now: Now) -> crate::model::ImportReport {
        match self.import(file, None, now) {
            Reply::Book(BookReply::Imported(report)) => report,
            _ => crate::model::ImportReport::default(),
        }
    }

    fn import(&mut self, file: PeopleFile, directory: Option<Arc<str>>, now: Now) -> Reply {
        let import = self.book.import(file, directory, now.wall);
        for id in &import.removed {
            self.people.remove_book_entry(*id, None);
        }
        for (entry, _) in &import.set {
            self.people.set_book_entry(&Arc::new(entry.clone()));
        }
        if !import.removed.is_empty() {
            self.store(store::Command::BookRemove(import.removed));
        }
        if !import.set.is_empty() {
            self.store(store::Command::BookSet(import.set));
        }
        self.count_book();
        Reply::Book(BookReply::Imported(import.report))
    }

    /// The cards for an export have come.
    pub(super) fn handle_book_cards(&mut self, request: u64, cards: Vec<(BookId, Arc<str>)>) {
        let Some((ticket, path, format)) = self.book.exports.remove(&request) else { return };
        let cards: std::collections::BTreeMap<BookId, Arc<str>> = cards.into_iter().collect();
        let people = self.book.own().map(|entry| (&**entry, cards.get(&entry.id).map(AsRef::as_ref)));
        let text: Arc<str> = write_people(people, format).into();
        let people = self.book.own().count();
        match path {
            Some(path) => {
                self.effects.push_back(Effect::Book(BookFile::Write { ticket, path, text, people }));
            }
            None => self.answer(ticket, Ok(Reply::Book(BookReply::Exported { people, text: Some(text) }))),
        }
    }
}

/// A number as written; one that was there keeps its types.
fn number(value: &Arc<str>, old: Option<&BookEntry>) -> BookNumber {
    let value: String = value.trim().chars().take(LONGEST).collect();
    let known = old.and_then(|old| old.numbers.iter().find(|known| *known.value == *value));
    known.cloned().unwrap_or_else(|| BookNumber { value: value.into(), types: Vec::new() })
}

fn is_whole(path: &str) -> bool {
    std::path::Path::new(path).is_absolute()
}

/// A directory is known by the name of its file, wherever that is.
fn directory_name(path: &str) -> Arc<str> {
    std::path::Path::new(path).file_name().map_or(path.into(), |name| name.to_string_lossy().as_ref().into())
}
