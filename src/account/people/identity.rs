//! Who has which address, on whose word and since when; the index follows, and every change goes into the log.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Entry, People};
use crate::cusax::{Authority, CallerIndex, Key, Listed, Way, Word, announced, listed, listed_by_card, merge};
use crate::model::{
    AccountId, Address, AddressSource, AddressUri, BookEntry, BookId, BookOrigin, Jid, ReachAddress, SipUri, WallTime,
};
use crate::phone::DialPlan;
use crate::store::{SaidChange, SaidOf};

/// Addresses of one person that calls named; when full, the oldest gives way.
const MOST_HINTS: usize = 4;
/// Announced addresses (XEP-0152) of one person that are looked at; more are not read.
const MOST_REACH: usize = 16;
/// Numbers of one entry of the address book that are looked at; more are not read.
const MOST_NUMBERS: usize = 32;
/// The group under which people of the address book stand who are in no roster.
const BOOK_GROUP: &str = "Address book";

/// What the store remembers: an address, who says so, since when.
pub(in super::super) type Remembered = (Arc<str>, AddressSource, WallTime);

/// What is known of one person's addresses.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    /// Entries of the address book and of directories about this person.
    pub(super) book: Vec<Arc<BookEntry>>,
    /// What they announce at the moment (XEP-0152), preferred first.
    reach: Vec<Listed>,
    /// Where that is in their words: a sentence for an announced address.
    places: Vec<(AddressUri, Arc<str>)>,
    /// The announcement has been heard in this run.
    reach_heard: bool,
    /// Addresses from which calls named this person, the oldest first.
    hints: Vec<(Listed, WallTime)>,
    /// What the store remembered and nobody has said yet in this run.
    remembered: Vec<Remembered>,
    /// When the cached card was fetched: older than this run.
    fetched: Option<WallTime>,
    /// Every way to call.
    ways: Vec<Way>,
    /// What the index holds.
    keys: Vec<Key>,
}

impl Identity {
    pub(super) fn new(remembered: Vec<Remembered>, fetched: Option<WallTime>, plan: &DialPlan) -> Self {
        let hints = remembered
            .iter()
            .filter(|(_, source, _)| *source == AddressSource::CallInfo)
            .filter_map(|(uri, source, since)| Some((listed(uri, &[], *source, plan)?, *since)));
        Self {
            hints: hints.collect(),
            book: Vec::new(),
            reach: Vec::new(),
            places: Vec::new(),
            reach_heard: false,
            remembered,
            fetched,
            ways: Vec::new(),
            keys: Vec::new(),
        }
    }

    /// A card came from the network: what it says anew holds from now on.
    pub(super) fn note_fresh_card(&mut self) {
        self.fetched = None;
    }

    /// The user's own entry.
    pub(super) fn own_entry(&self) -> Option<BookId> {
        self.book.iter().find(|entry| entry.origin == BookOrigin::User).map(|entry| entry.id)
    }

    /// Where somebody stands who is in no roster.
    pub(super) fn groups(&self) -> Vec<Arc<str>> {
        let group = |entry: &Arc<BookEntry>| match &entry.origin {
            BookOrigin::User => BOOK_GROUP.into(),
            BookOrigin::Directory(name) => name.clone(),
        };
        self.book.first().map(group).into_iter().collect()
    }

    /// What holds now: each address with who says so.
    fn words(&self) -> impl Iterator<Item = (Arc<str>, AddressSource, WallTime)> + '_ {
        self.ways.iter().flat_map(|way| {
            let uri: Arc<str> = way.uri.to_string().into();
            way.words.iter().map(move |(word, since)| (uri.clone(), word.source, *since))
        })
    }
}

impl People {
    /// Everything that is said from here on is said at this time.
    pub(in super::super) fn note_time(&mut self, time: WallTime) {
        self.time = time;
    }

    /// What the store remembers, before everything else is loaded.
    pub(in super::super) fn remember(&mut self, said: Vec<SaidOf>) {
        for (person, uri, source, since) in said {
            self.remembered.entry(person).or_default().push((uri, source, since));
        }
    }

    /// The address book as the store has it, after the rosters of the cache.
    pub(in super::super) fn load_book(&mut self, book: &[Arc<BookEntry>]) {
        self.book_known = true;
        for entry in book {
            self.set_book_entry(entry);
        }
    }

    /// What the store has to write of who says what.
    pub(in super::super) fn take_changes(&mut self) -> Vec<SaidChange> {
        std::mem::take(&mut self.changes)
    }

    /// The configuration names these directories: what they say of anybody is proof.
    pub(in super::super) fn trust_directories(&mut self, names: Vec<Arc<str>>) {
        if self.trusted == names {
            return;
        }
        self.trusted = names;
        let listed: Vec<Jid> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.identity.book.iter().any(|known| known.origin != BookOrigin::User))
            .map(|(jid, _)| jid.clone())
            .collect();
        for jid in listed {
            self.reindex(&jid);
        }
    }

    /// Another set of accounts: the rosters go, the address book stays.
    pub(in super::super) fn change_accounts(&mut self, plan: DialPlan, voice: Option<SipUri>) {
        let accounts: BTreeSet<AccountId> = self
            .entries
            .values()
            .filter_map(|entry| entry.roster.as_ref().map(|(account, _)| account.clone()))
            .collect();
        for account in accounts {
            self.update(&account, &crate::xmpp::RosterUpdate::Replace(Vec::new()));
        }
        let book: Vec<Arc<BookEntry>> =
            self.entries.values().flat_map(|entry| entry.identity.book.iter().cloned()).collect();
        let kept = (std::mem::take(&mut self.trusted), std::mem::take(&mut self.remembered), self.time);
        let changes = std::mem::take(&mut self.changes);
        *self = Self::new(plan, voice);
        (self.trusted, self.remembered, self.time) = kept;
        self.load_book(&book);
        // The same people say the same: nothing of that is news.
        self.changes = changes;
    }

    /// A person of the address book is new or says something else.
    pub(in super::super) fn set_book_entry(&mut self, entry: &Arc<BookEntry>) {
        let person = entry.person();
        self.remove_book_entry(entry.id, Some(&person));
        let known = self.entry(&person);
        let at = known.identity.book.iter().position(|other| other.id == entry.id);
        match at.and_then(|at| known.identity.book.get_mut(at)) {
            Some(place) => *place = entry.clone(),
            // The user's own entries come before those of directories.
            None if entry.origin == BookOrigin::User => known.identity.book.insert(0, entry.clone()),
            None => known.identity.book.push(entry.clone()),
        }
        self.reindex(&person);
    }

    /// A person of the address book goes, wherever the entry stands; not from `kept`.
    pub(in super::super) fn remove_book_entry(&mut self, id: BookId, kept: Option<&Jid>) {
        let elsewhere: Vec<Jid> =
            self.booked.get(&id).filter(|person| Some(*person) != kept).cloned().into_iter().collect();
        match kept {
            Some(person) => self.booked.insert(id, person.clone()),
            None => self.booked.remove(&id),
        };
        for person in elsewhere {
            if let Some(entry) = self.entries.get_mut(&person) {
                entry.identity.book.retain(|known| known.id != id);
            }
            self.forget_unless_known(&person);
        }
    }

    /// What a contact announces at the moment (XEP-0152), preferred first; empty: nothing any more. Claims only: they
    /// name nobody who calls.
    pub(in super::super) fn set_reach(&mut self, jid: &Jid, said: &[ReachAddress]) {
        let plan = &self.plan;
        let Some(entry) = self.entries.get_mut(jid) else { return };
        let found: Vec<_> = said.iter().take(MOST_REACH).filter_map(|said| announced(said, plan)).collect();
        let places = found.iter().filter_map(|(listed, says)| Some((listed.uri.clone(), says.clone()?))).collect();
        let found: Vec<Listed> = found.into_iter().map(|(listed, _)| listed).collect();
        let identity = &entry.identity;
        if identity.reach_heard && identity.reach == found && identity.places == places {
            return;
        }
        entry.identity.reach = found;
        entry.identity.places = places;
        entry.identity.reach_heard = true;
        self.reindex(jid);
    }

    /// A call from an address for which the phone service vouches named this person.
    pub(in super::super) fn note_hint(&mut self, jid: &Jid, from: Listed) {
        let now = self.time;
        let Some(entry) = self.entries.get_mut(jid).filter(|entry| entry.roster.is_some()) else { return };
        let hints = &mut entry.identity.hints;
        if hints.iter().any(|(known, _)| known.uri == from.uri) {
            return;
        }
        if hints.len() >= MOST_HINTS {
            hints.remove(0);
        }
        hints.push((from, now));
        self.reindex(jid);
    }

    /// Everybody who has an address of this person's grade is weighed as the index stands.
    pub(super) fn addresses_of(&self, jid: &Jid, entry: &Entry) -> Vec<Address> {
        let standing = |key: &Key, authority: Authority| self.index.standing(key, jid, authority);
        let line = entry.roster.as_ref().and_then(|(account, _)| self.lines.get(account)).or(self.voice.as_ref());
        let ways = entry.identity.ways.iter().filter_map(|way| way.weigh(line, standing));
        let told = |mut address: Address| {
            let place = entry.identity.places.iter().find(|(uri, _)| *uri == address.uri);
            if let Some((_, place)) = place {
                // Where it is only announced, that is the first thing to know of it.
                let at = if address.source == AddressSource::Reach { 0 } else { address.evidence.len() };
                address.evidence.insert(at, place.clone());
            }
            address
        };
        let mut addresses: Vec<Address> = ways.map(told).collect();
        self.add_chat_way(jid, entry, &mut addresses);
        addresses.shrink_to_fit();
        addresses
    }

    /// Reads what everybody says of a person's addresses; the index, the log and whoever has one of them too follow.
    pub(super) fn reindex(&mut self, jid: &Jid) {
        let Some(entry) = self.entries.get(jid) else { return };
        let (said, old) = (self.said(entry), self.old_words(entry));
        let ways = merge(said.into_iter().map(|(listed, word, default)| {
            let uri = listed.uri.to_string();
            let since = old.iter().find(|(known, source, _)| **known == *uri && *source == listed.source);
            let since = since.map_or(default, |(_, _, since)| *since);
            (listed, word, since)
        }));
        // Whom we do not see proves nothing and must not disturb those that do: such words have no authority.
        let keys: Vec<(Key, Authority)> =
            ways.iter().filter_map(|way| Some((Key::of(&way.uri)?, way.authority()?))).collect();
        let book_known = self.book_known;
        let time = self.time;
        let Some(entry) = self.entries.get_mut(jid) else { return };
        entry.identity.ways = ways;
        let present: Vec<Remembered> = entry.identity.words().collect();
        let same = |a: &Remembered, b: &Remembered| a.0 == b.0 && a.1 == b.1;
        // Who has not been heard in this run has withdrawn nothing.
        let silent = |source: AddressSource| match source {
            AddressSource::Reach => !entry.identity.reach_heard,
            AddressSource::AddressBook | AddressSource::Directory => !book_known,
            AddressSource::VcardTemp | AddressSource::Vcard4 => !entry.card_known,
            AddressSource::CallInfo => false,
        };
        let (waiting, gone): (Vec<Remembered>, Vec<Remembered>) = old
            .iter()
            .filter(|said| !present.iter().any(|known| same(known, said)))
            .cloned()
            .partition(|(_, source, _)| silent(*source));
        let said: Vec<Remembered> =
            present.into_iter().filter(|said| !old.iter().any(|known| same(known, said))).collect();
        entry.identity.remembered = waiting;
        let old_keys = std::mem::replace(&mut entry.identity.keys, keys.iter().map(|(key, _)| key.clone()).collect());
        if !said.is_empty() || !gone.is_empty() {
            let withdrawn = gone.into_iter().map(|(uri, source, _)| (uri, source)).collect();
            self.changes.push(SaidChange { person: jid.clone(), said, withdrawn, at: time });
        }
        let others = self.set_keys(jid, &old_keys, keys);
        self.refresh(jid);
        for other in others {
            self.refresh(&other);
        }
    }

    /// What is said now: by the address book, directories, the card, announcements, calls.
    fn said(&self, entry: &Entry) -> Vec<(Listed, Word, WallTime)> {
        let identity = &entry.identity;
        let subscription = entry.subscription();
        let word = |source, trusted| Word {
            source,
            subscription,
            trusted,
            card_read: entry.card_known && subscription.sees_contact(),
        };
        let mut said = Vec::new();
        for known in &identity.book {
            let (source, trusted) = match &known.origin {
                BookOrigin::User => (AddressSource::AddressBook, false),
                BookOrigin::Directory(name) => (AddressSource::Directory, self.trusted.contains(name)),
            };
            for number in known.numbers.iter().take(MOST_NUMBERS) {
                if let Some(listed) = listed(&number.value, &number.types, source, &self.plan) {
                    said.push((listed, word(source, trusted), known.changed));
                }
            }
        }
        let learned = identity.fetched.unwrap_or(self.time);
        if let (Some(card), true) = (&entry.card, entry.roster.is_some()) {
            for listed in listed_by_card(card, &self.plan) {
                let word = word(listed.source, false);
                said.push((listed, word, learned));
            }
        }
        for listed in &identity.reach {
            said.push((listed.clone(), word(AddressSource::Reach, false), self.time));
        }
        for (listed, since) in &identity.hints {
            said.push((listed.clone(), word(AddressSource::CallInfo, false), *since));
        }
        said
    }

    fn old_words(&self, entry: &Entry) -> Vec<Remembered> {
        entry.identity.words().chain(entry.identity.remembered.iter().cloned()).collect()
    }

    /// Somebody is gone: what they said ends.
    pub(super) fn forget_identity(&mut self, jid: &Jid, identity: Identity) {
        let withdrawn: Vec<(Arc<str>, AddressSource)> =
            identity.words().chain(identity.remembered.iter().cloned()).map(|(uri, source, _)| (uri, source)).collect();
        if !withdrawn.is_empty() {
            let at = self.time;
            self.changes.push(SaidChange { person: jid.clone(), said: Vec::new(), withdrawn, at });
        }
        for other in self.set_keys(jid, &identity.keys, Vec::new()) {
            self.refresh(&other);
        }
    }

    /// Answers who else has to be graded anew: only those whose address stands differently than before. The switchboard
    /// that stands in ten thousand cards costs nothing when one more lists it.
    fn set_keys(&mut self, jid: &Jid, old: &[Key], new: Vec<(Key, Authority)>) -> BTreeSet<Jid> {
        let touched: Vec<Key> = old.iter().chain(new.iter().map(|(key, _)| key)).cloned().collect();
        let balances = |index: &CallerIndex| touched.iter().map(|key| index.balance(key)).collect::<Vec<_>>();
        let before = balances(&self.index);
        self.index.set(jid, new);
        let mut others = BTreeSet::new();
        for ((key, before), after) in touched.iter().zip(before).zip(balances(&self.index)) {
            if before != after {
                others.extend(self.index.find(std::slice::from_ref(key)).into_keys());
            }
        }
        others.remove(jid);
        others
    }
}
