//! Everybody who is said to have one address.

use std::collections::BTreeMap;

use super::index::Authority;
use crate::model::Jid;

/// Who has one address, on the strongest word for each. Most addresses are one person's, and a table for one person would
/// take ten times the memory of that person; a switchboard stands in ten thousand cards, so a list would be too slow.
#[derive(Clone, Debug, Default)]
pub(super) enum Holders {
    /// Nobody.
    #[default]
    Nobody,
    /// One person.
    One(Jid, Authority),
    /// Several.
    Many(Box<Crowd>),
}

/// Several people with one address.
#[derive(Clone, Debug, Default)]
pub(super) struct Crowd {
    people: BTreeMap<Jid, Authority>,
    /// How many by each authority.
    counts: [usize; 3],
}

impl Crowd {
    fn put(&mut self, jid: Jid, authority: Authority) {
        if let Some(old) = self.people.insert(jid, authority) {
            self.counts[old as usize] -= 1;
        }
        self.counts[authority as usize] += 1;
    }
}

impl Holders {
    /// How many people.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Nobody => 0,
            Self::One(..) => 1,
            Self::Many(crowd) => crowd.people.len(),
        }
    }

    /// On what word this person has it.
    pub(super) fn get(&self, jid: &Jid) -> Option<Authority> {
        match self {
            Self::One(known, authority) if known == jid => Some(*authority),
            Self::Nobody | Self::One(..) => None,
            Self::Many(crowd) => crowd.people.get(jid).copied(),
        }
    }

    /// How many have it on a word of this authority.
    pub(super) fn count(&self, authority: Authority) -> usize {
        match self {
            Self::Nobody => 0,
            Self::One(_, known) => usize::from(*known == authority),
            Self::Many(crowd) => crowd.counts[authority as usize],
        }
    }

    /// Everybody, by address.
    pub(super) fn people(&self) -> impl Iterator<Item = (&Jid, Authority)> {
        let (one, many) = match self {
            Self::Nobody => (None, None),
            Self::One(jid, authority) => (Some((jid, *authority)), None),
            Self::Many(crowd) => (None, Some(crowd.people.iter().map(|(jid, authority)| (jid, *authority)))),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }

    /// Notes a word for it; a weaker one than is known changes nothing. True: the person is new here.
    pub(super) fn raise(&mut self, jid: &Jid, authority: Authority) -> bool {
        let known = self.get(jid);
        if known.is_some_and(|known| known >= authority) {
            return false;
        }
        match self {
            Self::One(one, _) if one != jid => {
                let mut crowd = Crowd::default();
                for (jid, authority) in self.people() {
                    crowd.put(jid.clone(), authority);
                }
                crowd.put(jid.clone(), authority);
                *self = Self::Many(Box::new(crowd));
            }
            Self::Nobody | Self::One(..) => *self = Self::One(jid.clone(), authority),
            Self::Many(crowd) => crowd.put(jid.clone(), authority),
        }
        known.is_none()
    }

    /// Forgets a person.
    pub(super) fn remove(&mut self, jid: &Jid) {
        match self {
            Self::One(known, _) if known == jid => *self = Self::Nobody,
            Self::Nobody | Self::One(..) => {}
            Self::Many(crowd) => {
                if let Some(authority) = crowd.people.remove(jid) {
                    crowd.counts[authority as usize] -= 1;
                }
            }
        }
    }
}
