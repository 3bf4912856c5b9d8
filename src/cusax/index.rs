//! The reverse index: from an address to the contacts whose cards list it (C-29, N-2). Answers offline.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{AddressUri, Jid, PhoneNumber, SipUri};
use crate::phone::{DialPlan, Written, read};

/// The exact form in which addresses are compared (requirements 1.8): a whole address of record, or a whole number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// User, host and unusual port of a SIP address; `sip:` and `sips:` name the same person.
    Sip(String),
    /// A number and its extension.
    Tel(PhoneNumber, Option<String>),
}

impl Key {
    /// The key of an address; Jingle addresses have none.
    pub fn of(uri: &AddressUri) -> Option<Self> {
        match uri {
            AddressUri::Sip(uri) => Some(Self::of_sip(uri)),
            AddressUri::Tel(number, extension) => {
                Some(Self::Tel(number.clone(), extension.as_deref().map(str::to_owned)))
            }
            AddressUri::Jingle(_) => None,
        }
    }

    fn of_sip(uri: &SipUri) -> Self {
        let aor = uri.address_of_record();
        let port = aor.port().map(|port| format!(":{port}")).unwrap_or_default();
        Self::Sip(format!("{}@{}{port}", aor.user().unwrap_or_default(), aor.host()))
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
                    keys.push(Self::Tel(number, extension.as_deref().map(str::to_owned)));
                }
            }
            Ok(Written::Tel(number, extension)) => {
                if let Some(voice) = voice
                    && let Ok(uri) = SipUri::new(voice.scheme(), Some(number.as_str()), voice.host())
                {
                    keys.push(Self::of_sip(&uri));
                }
                keys.insert(0, Self::Tel(number, extension.as_deref().map(str::to_owned)));
            }
            Ok(Written::Xmpp(_)) | Err(_) => {}
        }
        keys
    }
}

/// From keys to the contacts that list them.
#[derive(Clone, Debug, Default)]
pub struct CallerIndex {
    by_key: BTreeMap<Key, BTreeSet<Jid>>,
    by_contact: BTreeMap<Jid, Vec<Key>>,
}

impl CallerIndex {
    /// Replaces what a contact lists.
    pub fn set(&mut self, jid: &Jid, keys: Vec<Key>) {
        self.remove(jid);
        for key in &keys {
            self.by_key.entry(key.clone()).or_default().insert(jid.clone());
        }
        if !keys.is_empty() {
            self.by_contact.insert(jid.clone(), keys);
        }
    }

    /// Forgets a contact.
    pub fn remove(&mut self, jid: &Jid) {
        for key in self.by_contact.remove(jid).unwrap_or_default() {
            if let Some(contacts) = self.by_key.get_mut(&key) {
                contacts.remove(jid);
                if contacts.is_empty() {
                    self.by_key.remove(&key);
                }
            }
        }
    }

    /// The contacts that list any of the keys.
    pub fn find(&self, keys: &[Key]) -> BTreeSet<Jid> {
        keys.iter().filter_map(|key| self.by_key.get(key)).flatten().cloned().collect()
    }

    /// How many contacts list this key.
    pub fn claims(&self, key: &Key) -> usize {
        self.by_key.get(key).map_or(0, BTreeSet::len)
    }
}
