//! The reverse index: from an address to the people who are said to have it (C-29, N-2). Answers offline.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::holders::Holders;
use crate::model::{AddressUri, Jid, PhoneNumber, SipUri};
use crate::phone::{DialPlan, Written, read};

/// The exact form in which addresses are compared (requirements 1.8): a whole address of record, or a whole number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// User, host and unusual port of a SIP address; `sip:` and `sips:` name the same person.
    Sip(Arc<str>),
    /// A number and its extension.
    Tel(PhoneNumber, Option<Arc<str>>),
}

impl Key {
    /// The key of an address; Jingle addresses have none.
    pub fn of(uri: &AddressUri) -> Option<Self> {
        match uri {
            AddressUri::Sip(uri) => Some(Self::of_sip(uri)),
            AddressUri::Tel(number, extension) => Some(Self::Tel(number.clone(), extension.as_deref().map(Arc::from))),
            AddressUri::Jingle(_) => None,
        }
    }

    fn of_sip(uri: &SipUri) -> Self {
        let aor = uri.address_of_record();
        let port = aor.port().map(|port| format!(":{port}")).unwrap_or_default();
        Self::Sip(format!("{}@{}{port}", aor.user().unwrap_or_default(), aor.host()).into())
    }

    /// Every key under which a caller with this address may be known: the address itself and, for a number in a
    /// SIP address (`;user=phone`, or a `+` number as the user part), the number, and for a plain number the SIP
    /// address that our own service makes of it.
    pub fn of_caller(text: &str, plan: &DialPlan, voice: Option<&SipUri>) -> Vec<Self> {
        let mut keys = Vec::new();
        match read(text, plan) {
            Ok(Written::Sip(uri)) => {
                keys.push(Self::of_sip(&uri));
                let own = voice.is_some_and(|voice| voice.host() == uri.host());
                // A number in a foreign domain is that domain's number plan, not the telephone network's, unless
                // the caller says `user=phone` or writes it globally.
                let user = uri.user().unwrap_or_default();
                if (own || uri.is_phone())
                    && let Ok(Written::Tel(number, extension)) = read(user, plan)
                {
                    keys.push(Self::Tel(number, extension.as_deref().map(Arc::from)));
                }
            }
            Ok(Written::Tel(number, extension)) => {
                if let Some(voice) = voice
                    && let Ok(uri) = SipUri::new(voice.scheme(), Some(number.as_str()), voice.host())
                {
                    keys.push(Self::of_sip(&uri));
                }
                keys.insert(0, Self::Tel(number, extension.as_deref().map(Arc::from)));
            }
            Ok(Written::Xmpp(_)) | Err(_) => {}
        }
        keys
    }
}

/// On whose word somebody has an address, the weaker first (C-23, C-24).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Authority {
    /// The own card of a contact whom we see.
    Card,
    /// A directory that the configuration trusts.
    Directory,
    /// The user's own address book.
    Book,
}

/// How a claim stands beside those of others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Others say the same of somebody else, on a word that counts as much.
    pub rivals: usize,
    /// A stronger word says that it is somebody else's.
    pub overruled: Option<Authority>,
}

/// How the claims on an address stand, as far as grades depend on it: none, one or several by each authority.
pub type Balance = [u8; 3];

/// People with the same address who are looked at when a caller is named; more change nothing.
pub const MANY: usize = 64;

/// From keys to the people who have them.
#[derive(Clone, Debug, Default)]
pub struct CallerIndex {
    by_key: BTreeMap<Key, Holders>,
    by_person: BTreeMap<Jid, Vec<Key>>,
}

impl CallerIndex {
    /// Replaces what is said of a person. Of several words about one address the strongest counts.
    pub fn set(&mut self, jid: &Jid, keys: Vec<(Key, Authority)>) {
        self.remove(jid);
        let mut kept = Vec::with_capacity(keys.len());
        for (key, authority) in keys {
            if self.by_key.entry(key.clone()).or_default().raise(jid, authority) {
                kept.push(key);
            }
        }
        // Of two words about one address only one key stays.
        kept.shrink_to_fit();
        if !kept.is_empty() {
            self.by_person.insert(jid.clone(), kept);
        }
    }

    /// Forgets a person.
    pub fn remove(&mut self, jid: &Jid) {
        for key in self.by_person.remove(jid).unwrap_or_default() {
            if let Some(holders) = self.by_key.get_mut(&key) {
                holders.remove(jid);
                if holders.len() == 0 {
                    self.by_key.remove(&key);
                }
            }
        }
    }

    /// Everybody who has any of the keys, with the strongest word for it.
    pub fn find(&self, keys: &[Key]) -> BTreeMap<Jid, Authority> {
        let mut found: BTreeMap<Jid, Authority> = BTreeMap::new();
        for (jid, authority) in keys.iter().filter_map(|key| self.by_key.get(key)).flat_map(Holders::people) {
            found.entry(jid.clone()).and_modify(|known| *known = (*known).max(authority)).or_insert(authority);
        }
        found
    }

    /// Those who have any of the keys on the strongest word for each, and not more than [`MANY`] of each: enough to see
    /// that an address is nobody's alone.
    pub fn find_few(&self, keys: &[Key]) -> BTreeMap<Jid, Authority> {
        let mut found: BTreeMap<Jid, Authority> = BTreeMap::new();
        for holders in keys.iter().filter_map(|key| self.by_key.get(key)) {
            let crowded = holders.len() > MANY;
            let strongest = [Authority::Book, Authority::Directory, Authority::Card]
                .into_iter()
                .find(|authority| holders.count(*authority) > 0);
            let some = holders.people().filter(|(_, authority)| !crowded || Some(*authority) == strongest);
            for (jid, authority) in some.take(MANY) {
                found.entry(jid.clone()).and_modify(|known| *known = (*known).max(authority)).or_insert(authority);
            }
        }
        found
    }

    /// Whether somebody has any of the keys.
    pub fn has(&self, keys: &[Key], jid: &Jid) -> bool {
        keys.iter().filter_map(|key| self.by_key.get(key)).any(|holders| holders.get(jid).is_some())
    }

    /// How a word of this authority, that `jid` has the key, stands beside those about others.
    pub fn standing(&self, key: &Key, jid: &Jid, authority: Authority) -> Standing {
        let Some(holders) = self.by_key.get(key) else { return Standing::default() };
        let own = holders.get(jid);
        let others = |of: Authority| holders.count(of) - usize::from(own == Some(of));
        // What a stronger word says of the same person does not speak against the weaker one.
        let stronger = own.map_or(authority, |own| own.max(authority));
        let overruled =
            [Authority::Book, Authority::Directory].into_iter().find(|above| *above > stronger && others(*above) > 0);
        Standing { rivals: others(stronger), overruled }
    }

    /// How the claims on a key stand: grades of others depend on nothing else.
    pub fn balance(&self, key: &Key) -> Balance {
        self.by_key.get(key).map_or([0; 3], |holders| {
            [Authority::Card, Authority::Directory, Authority::Book].map(|of| holders.count(of).min(2) as u8)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_word_counts_and_others_are_counted_without_the_person() {
        let jid = |text: &str| Jid::parse(text).expect("valid");
        let key = Key::Sip("bob@example.com".into());
        let mut index = CallerIndex::default();
        let (bob, eve) = (jid("bob@example.com"), jid("eve@example.com"));
        index.set(&bob, vec![(key.clone(), Authority::Card), (key.clone(), Authority::Book)]);
        assert_eq!(index.balance(&key), [0, 0, 1]);
        assert_eq!(index.standing(&key, &bob, Authority::Card), Standing::default());
        index.set(&eve, vec![(key.clone(), Authority::Card)]);
        assert_eq!(index.standing(&key, &eve, Authority::Card).overruled, Some(Authority::Book));
        assert_eq!(index.standing(&key, &bob, Authority::Card), Standing::default());
        index.set(&bob, vec![(key.clone(), Authority::Card)]);
        assert_eq!(index.standing(&key, &bob, Authority::Card).rivals, 1);
        assert_eq!(index.find(std::slice::from_ref(&key)).len(), 2);
        index.remove(&bob);
        index.remove(&eve);
        assert_eq!(index.balance(&key), [0; 3]);
        assert!(index.find(&[key]).is_empty());
    }

    #[test]
    fn a_switchboard_that_thousands_list_is_looked_at_only_as_far_as_needed() {
        let key = Key::Sip("switchboard@example.com".into());
        let mut index = CallerIndex::default();
        let person = |n: usize| Jid::parse(&format!("p{n}@example.com")).expect("valid");
        for n in 0..1000 {
            index.set(&person(n), vec![(key.clone(), Authority::Card)]);
        }
        let keys = [key.clone()];
        assert_eq!(index.find_few(&keys).len(), MANY);
        assert!(index.has(&keys, &person(999)) && !index.has(&keys, &person(1000)));
        // The one word that counts more is never among those left out.
        index.set(&person(999), vec![(key, Authority::Book)]);
        assert_eq!(index.find_few(&keys).into_iter().collect::<Vec<_>>(), [(person(999), Authority::Book)]);
    }
}
