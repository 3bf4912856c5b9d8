//! The people of all rosters and of the address book: entries, presences and cards brought together. Who has which
//! address, on whose word, is in `identity`.

mod chat_calls;
mod identity;
mod seen;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use self::identity::Identity;
use crate::cusax::{CallerIndex, Person, VoiceStanding, actions};
use crate::model::{AccountId, Avatar, BookId, BookOrigin, Contact, Jid, Presence, SipUri, Subscription, WallTime};
use crate::phone::DialPlan;
use crate::store::SaidChange;
use crate::xmpp::{Card, RosterItem, RosterUpdate};

pub(super) use self::identity::Remembered;

/// What is known of one person beside the visible [`Contact`].
#[derive(Clone, Debug)]
struct Entry {
    /// In whose roster, and as what; `None`: known from the address book only.
    roster: Option<(AccountId, RosterItem)>,
    /// Other accounts whose rosters have this person too, in the order in which they said so.
    others: Vec<(AccountId, RosterItem)>,
    presence: Presence,
    /// What they call themselves (XEP-0172): a claim.
    nick: Option<Arc<str>>,
    last_active: Option<WallTime>,
    /// The hash of the picture that their personal node announces (XEP-0084), until it is asked for.
    announced: Option<Arc<str>>,
    /// What their programs say of calls over chat: they take them, and whether they are a gateway.
    callable: Option<bool>,
    card: Option<Card>,
    card_known: bool,
    avatar: Option<Avatar>,
    /// The hash of the picture that was asked for or is shown.
    wanted_photo: Option<Arc<str>>,
    /// Which addresses, on whose word: reading them anew for every presence would cost more than all the rest.
    identity: Identity,
    /// The person as shown.
    row: Arc<Contact>,
    /// The name in lower case, by which the person stands in the list.
    order: Arc<str>,
}

/// The people of all rosters.
#[derive(Debug)]
pub(super) struct People {
    plan: DialPlan,
    voice: Option<SipUri>,
    /// The voice account that would carry the calls of each chat account's contacts, where one belongs to it.
    lines: BTreeMap<AccountId, SipUri>,
    standing: VoiceStanding,
    /// With whom calls over chat are on, by account.
    chat_calls: BTreeMap<AccountId, crate::xmpp::jingle::JingleRules>,
    /// Boxed: an entry is large, and up to half of a table is empty.
    entries: HashMap<Jid, Box<Entry>>,
    /// Cards of people who are not (or not yet) in a roster, from the cache, and when they were fetched.
    loose_cards: BTreeMap<Jid, (Option<Card>, WallTime)>,
    /// What the store remembers of who said what, of people who have no entry yet.
    remembered: HashMap<Jid, Vec<Remembered>>,
    /// Directories that the configuration names.
    trusted: Vec<Arc<str>>,
    /// The address book has been loaded.
    book_known: bool,
    /// Under whose name each entry of the address book stands.
    booked: HashMap<BookId, Jid>,
    /// What has changed in who says what, for the store.
    changes: Vec<SaidChange>,
    /// The time of the input that is being handled.
    time: WallTime,
    /// Who has a decoded picture, the longest unseen first; at most `seen::PICTURES`.
    pictured: VecDeque<Jid>,
    index: CallerIndex,
    /// Everybody by name, as shown.
    sorted: BTreeMap<(Arc<str>, Jid), Arc<Contact>>,
    shared: Option<Arc<[Arc<Contact>]>>,
}

impl People {
    pub(super) fn new(plan: DialPlan, voice: Option<SipUri>) -> Self {
        let standing = if voice.is_some() { VoiceStanding::Offline } else { VoiceStanding::Absent };
        Self {
            plan,
            voice,
            lines: BTreeMap::new(),
            standing,
            chat_calls: BTreeMap::new(),
            entries: HashMap::new(),
            loose_cards: BTreeMap::new(),
            remembered: HashMap::new(),
            trusted: Vec::new(),
            book_known: false,
            booked: HashMap::new(),
            changes: Vec::new(),
            time: WallTime::default(),
            pictured: VecDeque::new(),
            index: CallerIndex::default(),
            sorted: BTreeMap::new(),
            shared: None,
        }
    }

    /// Other rules for numbers, or another own address for calls: everybody's addresses are read anew.
    pub(super) fn set_rules(&mut self, plan: DialPlan, voice: Option<SipUri>) {
        self.plan = plan;
        self.voice = voice;
        let everybody: Vec<Jid> = self.entries.keys().cloned().collect();
        for jid in everybody {
            self.reindex(&jid);
        }
    }

    pub(super) fn plan(&self) -> &DialPlan {
        &self.plan
    }

    /// Which voice account carries the calls of which roster: what an address costs depends on it.
    pub(super) fn set_lines(&mut self, lines: BTreeMap<AccountId, SipUri>) {
        if self.lines != lines {
            self.lines = lines;
            let everybody: Vec<Jid> = self.entries.keys().cloned().collect();
            for jid in everybody {
                self.reindex(&jid);
            }
        }
    }

    pub(super) fn index(&self) -> &CallerIndex {
        &self.index
    }

    /// The account whose roster has this person.
    pub(super) fn account_of(&self, jid: &Jid) -> Option<&AccountId> {
        self.entries.get(jid)?.roster.as_ref().map(|(account, _)| account)
    }

    /// The account whose roster has this person, and what it says of them.
    pub(super) fn listed(&self, jid: &Jid) -> Option<(&AccountId, &RosterItem)> {
        self.entries.get(jid)?.roster.as_ref().map(|(account, item)| (account, item))
    }

    /// The person as shown. Cheap.
    pub(super) fn contact(&self, jid: &Jid) -> Option<Arc<Contact>> {
        self.entries.get(jid).map(|entry| entry.row.clone())
    }

    /// The name to show for an address, whoever it is.
    pub(super) fn name(&self, jid: &Jid) -> Arc<str> {
        self.contact(jid).map_or_else(|| jid.as_str().into(), |contact| contact.name.clone())
    }

    /// What is needed to name a caller.
    pub(super) fn person(&self, jid: &Jid) -> Option<Person> {
        let entry = self.entries.get(jid)?;
        Some(Person { name: entry.row.name.clone(), subscription: entry.subscription(), card_known: entry.card_known })
    }

    /// Everybody by name, shared.
    pub(super) fn shared(&mut self) -> Arc<[Arc<Contact>]> {
        if let Some(shared) = &self.shared {
            return shared.clone();
        }
        let shared: Arc<[Arc<Contact>]> = self.sorted.values().cloned().collect();
        self.shared = Some(shared.clone());
        shared
    }

    /// The cards of the cache, before the rosters.
    pub(super) fn load_cards(&mut self, cards: Vec<(Jid, Option<Card>, WallTime)>) {
        for (jid, card, fetched) in cards {
            self.loose_cards.insert(jid, (card, fetched));
        }
    }

    /// A roster change. Returns the addresses of people who are new.
    pub(super) fn update(&mut self, account: &AccountId, update: &RosterUpdate) {
        match update {
            RosterUpdate::Unchanged => {}
            RosterUpdate::Set(item) => self.set(account, item.clone()),
            RosterUpdate::Remove(jid) => self.remove(account, jid),
            RosterUpdate::Replace(items) => {
                let kept: HashSet<&Jid> = items.iter().map(|item| &item.jid).collect();
                let gone: Vec<Jid> = self
                    .entries
                    .iter()
                    .filter(|(jid, entry)| entry.has(account) && !kept.contains(jid))
                    .map(|(jid, _)| jid.clone())
                    .collect();
                for jid in gone {
                    self.remove(account, &jid);
                }
                for item in items {
                    self.set(account, item.clone());
                }
            }
        }
    }

    fn set(&mut self, account: &AccountId, item: RosterItem) {
        let jid = item.jid.clone();
        // Names of people without a chat address are ours to give: a server that lists one would speak for them.
        if !jid.is_reachable() {
            return;
        }
        let entry = self.entry(&jid);
        match &mut entry.roster {
            // The first account that knows a person keeps the row; the others are ready to take it over.
            Some((known, _)) if known != account => {
                match entry.others.iter_mut().find(|(other, _)| other == account) {
                    Some((_, known)) => *known = item,
                    None => entry.others.push((account.clone(), item)),
                }
                return;
            }
            Some((_, known)) if *known == item => return,
            roster => *roster = Some((account.clone(), item)),
        }
        self.reindex(&jid);
    }

    /// The entry of a person, a new one with what the cache holds of them.
    fn entry(&mut self, jid: &Jid) -> &mut Entry {
        if !self.entries.contains_key(jid) {
            let cached = self.loose_cards.remove(jid);
            let remembered = self.remembered.remove(jid).unwrap_or_default();
            let (card_known, fetched) = cached.as_ref().map_or((false, None), |(_, at)| (true, Some(*at)));
            let entry = Entry {
                roster: None,
                others: Vec::new(),
                presence: Presence::default(),
                nick: None,
                last_active: None,
                announced: None,
                callable: None,
                card: cached.and_then(|(card, _)| card),
                card_known,
                avatar: None,
                wanted_photo: None,
                identity: Identity::new(remembered, fetched, &self.plan),
                row: Arc::new(blank(jid)),
                order: "".into(),
            };
            self.entries.insert(jid.clone(), Box::new(entry));
        }
        self.entries.get_mut(jid).expect("it was there or has just been inserted")
    }

    fn remove(&mut self, account: &AccountId, jid: &Jid) {
        let Some(entry) = self.entries.get_mut(jid).filter(|entry| entry.has(account)) else { return };
        entry.others.retain(|(other, _)| other != account);
        if !entry.is_of(account) {
            return;
        }
        if !entry.others.is_empty() {
            entry.roster = Some(entry.others.remove(0));
            self.reindex(jid);
            return;
        }
        entry.roster = None;
        entry.presence = Presence::default();
        self.forget_unless_known(jid);
    }

    /// Somebody whom neither a roster nor the address book knows any more goes.
    fn forget_unless_known(&mut self, jid: &Jid) {
        if self.entries.get(jid).is_some_and(|entry| entry.is_known()) {
            self.reindex(jid);
            return;
        }
        let Some(entry) = self.entries.remove(jid) else { return };
        self.pictured.retain(|other| other != jid);
        self.sorted.remove(&(entry.order.clone(), jid.clone()));
        self.shared = None;
        self.forget_identity(jid, entry.identity);
    }

    /// Everybody of an account has an unknown presence again.
    pub(super) fn clear_presences(&mut self, account: &AccountId) {
        let theirs: Vec<Jid> = self
            .entries
            .iter_mut()
            .filter(|(_, entry)| {
                entry.is_of(account) && (entry.presence != Presence::default() || entry.callable.is_some())
            })
            .map(|(jid, entry)| {
                entry.presence = Presence::default();
                entry.callable = None;
                jid.clone()
            })
            .collect();
        for jid in theirs {
            self.refresh(&jid);
        }
    }

    pub(super) fn set_presence(&mut self, jid: &Jid, presence: Presence) {
        if let Some(entry) = self.entries.get_mut(jid)
            && entry.presence != presence
        {
            entry.presence = presence;
            self.refresh(jid);
        }
    }

    /// A card came, or the news that there is none.
    pub(super) fn set_card(&mut self, jid: &Jid, card: Option<Card>) {
        let Some(entry) = self.entries.get_mut(jid) else { return };
        // The picture is in the store; thousands of them do not belong into memory.
        entry.card = card.map(|card| Card { photo: None, ..card });
        entry.card_known = true;
        entry.identity.note_fresh_card();
        self.reindex(jid);
    }

    /// Whether the card of a visible person should be fetched before others.
    pub(super) fn wants_card(&self, jid: &Jid) -> bool {
        self.entries.get(jid).is_some_and(|entry| !entry.card_known)
    }

    /// How the voice side stands decides whether "Call" is grey.
    pub(super) fn set_voice(&mut self, standing: VoiceStanding) {
        if self.standing != standing {
            self.standing = standing;
            let everybody: Vec<Jid> = self.entries.keys().cloned().collect();
            for jid in everybody {
                self.refresh(&jid);
            }
        }
    }

    fn build(&self, jid: &Jid, entry: &Entry) -> Contact {
        let addresses = self.addresses_of(jid, entry);
        let mut actions = actions(&addresses, entry.card_known || entry.roster.is_none(), self.standing);
        self.note_chat_way(jid, entry, &mut actions.call);
        if !jid.is_reachable() {
            actions.chat = crate::model::Action::unavailable("No chat address is known for them.");
        }
        let groups = match &entry.roster {
            Some((_, item)) => item.groups.iter().map(|group| group.as_str().into()).collect(),
            None => entry.identity.groups(),
        };
        Contact {
            jid: jid.clone(),
            name: display_name(jid, entry),
            groups,
            subscription: entry.subscription(),
            asked: entry.roster.as_ref().is_some_and(|(_, item)| item.asked),
            listed: entry.roster.is_some(),
            presence: entry.presence.clone(),
            last_active: entry.last_active,
            addresses,
            actions,
            avatar: entry.avatar.clone(),
            card_known: entry.card_known || entry.roster.is_none(),
            book: entry.identity.own_entry(),
        }
    }

    /// Rebuilds one row; a new name moves it.
    fn refresh(&mut self, jid: &Jid) {
        let Some(entry) = self.entries.get(jid) else { return };
        let contact = Arc::new(self.build(jid, entry));
        let Some(entry) = self.entries.get_mut(jid) else { return };
        if contact.name != entry.row.name {
            self.sorted.remove(&(entry.order.clone(), jid.clone()));
            entry.order = contact.name.to_lowercase().into();
        }
        entry.row = contact.clone();
        self.sorted.insert((entry.order.clone(), jid.clone()), contact);
        self.shared = None;
    }
}

impl Entry {
    fn subscription(&self) -> Subscription {
        self.roster.as_ref().map_or(Subscription::None, |(_, item)| item.subscription)
    }

    fn is_of(&self, account: &AccountId) -> bool {
        self.roster.as_ref().is_some_and(|(known, _)| known == account)
    }

    /// Whether this account's roster has the person, shown or not.
    fn has(&self, account: &AccountId) -> bool {
        self.is_of(account) || self.others.iter().any(|(other, _)| other == account)
    }

    fn is_known(&self) -> bool {
        self.roster.is_some() || !self.identity.book.is_empty()
    }
}

/// A row before the first [`People::refresh`].
fn blank(jid: &Jid) -> Contact {
    Contact {
        jid: jid.clone(),
        name: "".into(),
        groups: Vec::new(),
        subscription: Subscription::None,
        asked: false,
        listed: false,
        presence: Presence::default(),
        last_active: None,
        addresses: Vec::new(),
        actions: actions(&[], false, VoiceStanding::Absent),
        avatar: None,
        card_known: false,
        book: None,
    }
}

/// The roster's name, else the address book's, else the card's, else a directory's, else the address.
fn display_name(jid: &Jid, entry: &Entry) -> Arc<str> {
    let card = entry.card.as_ref();
    let booked = |own: bool| {
        let found = entry.identity.book.iter().find(|known| (known.origin == BookOrigin::User) == own);
        found.map(|known| &*known.name)
    };
    let roster = entry.roster.as_ref().and_then(|(_, item)| item.name.as_deref());
    let carded = card.and_then(|card| card.nickname.as_deref().or(card.full_name.as_deref()));
    // What somebody only says of themselves comes after what the user, their card or a directory says (X20).
    [roster, booked(true), carded, booked(false), entry.nick.as_deref()]
        .into_iter()
        .flatten()
        .map(|name| clean(name.trim()))
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| match BookId::of_jid(jid) {
            Some(_) => "Unnamed".into(),
            None => clean(jid.local().unwrap_or(jid.as_str())),
        })
}

/// A name without controls and directional overrides (X20), at most 80 characters.
pub(super) fn clean(name: &str) -> Arc<str> {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    name.chars().filter(|c| !hidden(*c)).take(80).collect::<String>().into()
}
