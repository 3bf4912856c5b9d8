//! The people of all rosters: entries, presences and cards brought together, and the index of their addresses.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use crate::cusax::{AddressRules, CallerIndex, Key, Person, VoiceStanding, actions, addresses};
use crate::model::{AccountId, Address, Avatar, Contact, Grade, Jid, Presence, SipUri, Subscription, WallTime};
use crate::phone::DialPlan;
use crate::xmpp::{Card, RosterItem, RosterUpdate};

/// Decoded pictures (36 KB each) that are kept: several screens full.
const PICTURES: usize = 256;

/// What is known of one person beside the visible [`Contact`].
#[derive(Clone, Debug)]
struct Entry {
    account: AccountId,
    item: RosterItem,
    presence: Presence,
    card: Option<Card>,
    card_known: bool,
    avatar: Option<Avatar>,
    /// The hash of the picture that was asked for or is shown.
    wanted_photo: Option<Arc<str>>,
    /// The card's addresses, graded as if nobody else listed them: reading them anew for every presence would cost
    /// more than all the rest.
    found: Vec<Address>,
    /// What the index knows of this person.
    keys: Vec<Key>,
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
    standing: VoiceStanding,
    entries: HashMap<Jid, Entry>,
    /// Cards of people who are not (or not yet) in a roster, from the cache.
    loose_cards: BTreeMap<Jid, Option<Card>>,
    /// Who has a decoded picture, the longest unseen first; at most [`PICTURES`].
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
            standing,
            entries: HashMap::new(),
            loose_cards: BTreeMap::new(),
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

    pub(super) fn index(&self) -> &CallerIndex {
        &self.index
    }

    /// The account whose roster has this person.
    pub(super) fn account_of(&self, jid: &Jid) -> Option<&AccountId> {
        self.entries.get(jid).map(|entry| &entry.account)
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
        Some(Person {
            name: entry.row.name.clone(),
            subscription: entry.item.subscription,
            card_known: entry.card_known,
        })
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
        for (jid, card, _) in cards {
            self.loose_cards.insert(jid, card);
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
                    .filter(|(jid, entry)| entry.account == *account && !kept.contains(jid))
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
        match self.entries.get_mut(&jid) {
            // The first account that knows a person keeps the row.
            Some(entry) if entry.account != *account => return,
            Some(entry) if entry.item == item => return,
            Some(entry) => entry.item = item,
            None => {
                let cached = self.loose_cards.remove(&jid);
                let row = Arc::new(blank(&jid));
                let entry = Entry {
                    account: account.clone(),
                    row,
                    item,
                    presence: Presence::default(),
                    card_known: cached.is_some(),
                    card: cached.flatten(),
                    avatar: None,
                    wanted_photo: None,
                    found: Vec::new(),
                    keys: Vec::new(),
                    order: "".into(),
                };
                self.entries.insert(jid.clone(), entry);
            }
        }
        self.reindex(&jid);
    }

    fn remove(&mut self, account: &AccountId, jid: &Jid) {
        if self.entries.get(jid).is_none_or(|entry| entry.account != *account) {
            return;
        }
        let Some(entry) = self.entries.remove(jid) else { return };
        self.pictured.retain(|other| other != jid);
        self.sorted.remove(&(entry.order, jid.clone()));
        self.shared = None;
        for other in self.set_keys(jid, &entry.keys, Vec::new()) {
            self.refresh(&other);
        }
    }

    /// Everybody of an account has an unknown presence again.
    pub(super) fn clear_presences(&mut self, account: &AccountId) {
        let theirs: Vec<Jid> = self
            .entries
            .iter_mut()
            .filter(|(_, entry)| entry.account == *account && entry.presence != Presence::default())
            .map(|(jid, entry)| {
                entry.presence = Presence::default();
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
        self.reindex(jid);
    }

    pub(super) fn set_avatar(&mut self, jid: &Jid, avatar: Option<Avatar>) {
        let Some(entry) = self.entries.get_mut(jid) else { return };
        self.pictured.retain(|other| other != jid);
        if avatar.is_some() {
            self.pictured.push_back(jid.clone());
        }
        entry.avatar = avatar;
        self.refresh(jid);
        if self.pictured.len() > PICTURES
            && let Some(oldest) = self.pictured.pop_front()
            && let Some(entry) = self.entries.get_mut(&oldest)
        {
            // It is loaded again when the person is next seen.
            entry.avatar = None;
            entry.wanted_photo = None;
            self.refresh(&oldest);
        }
    }

    /// Whether the card of a visible person should be fetched before others.
    pub(super) fn wants_card(&self, jid: &Jid) -> bool {
        self.entries.get(jid).is_some_and(|entry| !entry.card_known)
    }

    /// Whether the picture of a visible person should be loaded; answers yes once for each picture.
    pub(super) fn take_wanted_photo(&mut self, jid: &Jid) -> bool {
        let Some(entry) = self.entries.get_mut(jid) else { return false };
        let hash = entry.card.as_ref().and_then(|card| card.photo_hash.clone());
        let wanted = hash.is_some() && hash != entry.wanted_photo;
        entry.wanted_photo = hash;
        // Who is seen is not the next to give way.
        if let Some(place) = self.pictured.iter().position(|other| other == jid)
            && let Some(seen) = self.pictured.remove(place)
        {
            self.pictured.push_back(seen);
        }
        wanted
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

    fn addresses_of(&self, entry: &Entry) -> Vec<Address> {
        let mut found = entry.found.clone();
        for address in &mut found {
            let shared_claim = Key::of(&address.uri).is_some_and(|key| self.index.claims(&key) > 1);
            if address.grade == Grade::Confirmed && shared_claim {
                address.grade = Grade::Claimed;
                address.evidence.push("Another contact's card lists it too.".into());
            }
        }
        found
    }

    /// The index follows the card; who else lists one of its addresses is graded anew.
    fn reindex(&mut self, jid: &Jid) {
        let Some(entry) = self.entries.get_mut(jid) else { return };
        let rules = AddressRules { plan: &self.plan, voice: self.voice.as_ref() };
        let subscription = entry.item.subscription;
        entry.found = entry.card.as_ref().map(|card| addresses(card, subscription, &rules)).unwrap_or_default();
        // Cards of people whom we do not see prove nothing and must not disturb those that do.
        let keys: Vec<Key> = if subscription.sees_contact() {
            entry.found.iter().filter_map(|address| Key::of(&address.uri)).collect()
        } else {
            Vec::new()
        };
        let old = std::mem::replace(&mut entry.keys, keys.clone());
        let others = self.set_keys(jid, &old, keys);
        self.refresh(jid);
        for other in others {
            self.refresh(&other);
        }
    }

    /// Answers who else has to be graded anew. Only the second claim of an address changes the first one's grade, and
    /// only the last but one that goes changes it back: the switchboard that stands in ten thousand cards costs nothing.
    fn set_keys(&mut self, jid: &Jid, old: &[Key], new: Vec<Key>) -> BTreeSet<Jid> {
        let touched: Vec<Key> = old.iter().chain(&new).cloned().collect();
        self.index.set(jid, new);
        let mut others = BTreeSet::new();
        for key in &touched {
            if self.index.claims(key) <= 2 {
                others.extend(self.index.find(std::slice::from_ref(key)));
            }
        }
        others.remove(jid);
        others
    }

    fn build(&self, jid: &Jid, entry: &Entry) -> Contact {
        let addresses = self.addresses_of(entry);
        let actions = actions(&addresses, entry.card_known, self.standing);
        Contact {
            jid: jid.clone(),
            name: display_name(jid, entry),
            groups: entry.item.groups.iter().map(|group| group.as_str().into()).collect(),
            subscription: entry.item.subscription,
            presence: entry.presence.clone(),
            addresses,
            actions,
            avatar: entry.avatar.clone(),
            card_known: entry.card_known,
            book: None,
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

/// A row before the first [`People::refresh`].
fn blank(jid: &Jid) -> Contact {
    Contact {
        jid: jid.clone(),
        name: "".into(),
        groups: Vec::new(),
        subscription: Subscription::None,
        presence: Presence::default(),
        addresses: Vec::new(),
        actions: actions(&[], false, VoiceStanding::Absent),
        avatar: None,
        card_known: false,
        book: None,
    }
}

/// The roster's name, else the card's, else the address.
fn display_name(jid: &Jid, entry: &Entry) -> Arc<str> {
    let card = entry.card.as_ref();
    entry
        .item
        .name
        .as_deref()
        .or_else(|| card.and_then(|card| card.nickname.as_deref().or(card.full_name.as_deref())))
        .map(|name| clean(name.trim()))
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| clean(jid.local().unwrap_or(jid.as_str())))
}

/// A name without controls and directional overrides (X20), at most 80 characters.
pub(super) fn clean(name: &str) -> Arc<str> {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    name.chars().filter(|c| !hidden(*c)).take(80).collect::<String>().into()
}
