//! Several addresses of one person. Only the user says so: a name proves nothing, and neither does what a card says of an
//! address that is not its own (RFC 7081 section 3.3 asks for verification of every link).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::manager::Manager;
use super::{Refusal, RefusalKind, Reply};
use crate::model::Jid;
use crate::store;

/// What the memo is called.
const MEMO: &str = "same-person";
/// People with several addresses. When full: a further one is refused with a sentence.
const MOST_PEOPLE: usize = 500;
/// Addresses of one person. When full: likewise.
const MOST_ADDRESSES: usize = 8;

/// The addresses of each person who has several; the first is the one under which they stand in the list.
pub type SamePersons = Arc<[Arc<[Jid]>]>;

/// Reads the memo; what cannot be read is left out.
fn read(memo: &str) -> Vec<Vec<Jid>> {
    let person = |line: &str| -> Vec<Jid> {
        line.split(' ').filter_map(|jid| Jid::parse(jid).ok()).take(MOST_ADDRESSES).collect()
    };
    let mut seen = std::collections::BTreeSet::new();
    let people = memo.lines().map(person).map(|mut people| {
        // Nobody is two people.
        people.retain(|jid| seen.insert(jid.clone()));
        people
    });
    people.filter(|people| people.len() > 1).take(MOST_PEOPLE).collect()
}

fn write(people: &[Vec<Jid>]) -> String {
    let line = |person: &Vec<Jid>| person.iter().map(Jid::as_str).collect::<Vec<_>>().join(" ");
    people.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Both addresses are of one person, with everything that was known of either.
fn join(people: &mut Vec<Vec<Jid>>, first: &Jid, second: &Jid) -> Result<(), &'static str> {
    let mut whole = Vec::new();
    let mut at = people.len();
    for jid in [first, second] {
        match people.iter().position(|person| person.contains(jid)) {
            Some(place) => {
                at = at.min(place);
                whole.append(&mut people.remove(place));
            }
            None if !whole.contains(jid) => whole.push(jid.clone()),
            None => {}
        }
    }
    if whole.len() > MOST_ADDRESSES {
        return Err("One person can have eight addresses here.");
    }
    if people.len() >= MOST_PEOPLE {
        return Err("So many people with several addresses cannot be kept. Take one apart first.");
    }
    people.insert(at.min(people.len()), whole);
    Ok(())
}

/// This address is of another person than the others.
fn part(people: &mut Vec<Vec<Jid>>, jid: &Jid) -> bool {
    let Some(at) = people.iter().position(|person| person.contains(jid)) else { return false };
    if let Some(person) = people.get_mut(at) {
        person.retain(|known| known != jid);
        if person.len() < 2 {
            people.remove(at);
        }
    }
    true
}

/// The people as they are remembered, and what everybody else needs of them.
#[derive(Debug, Default)]
pub(super) struct SamePersonDesk {
    loaded: bool,
    people: Vec<Vec<Jid>>,
    shown: SamePersons,
    first_of: BTreeMap<Jid, Jid>,
}

impl Manager {
    /// The people who have several addresses.
    pub(super) fn same_persons(&mut self) -> SamePersons {
        if !self.contact_desk.same.loaded {
            let people = self.memos.get(MEMO).map(|memo| read(memo)).unwrap_or_default();
            self.contact_desk.same.loaded = true;
            self.set_same_persons(people);
        }
        self.contact_desk.same.shown.clone()
    }

    fn set_same_persons(&mut self, people: Vec<Vec<Jid>>) {
        let desk = &mut self.contact_desk.same;
        desk.shown = people.iter().map(|person| Arc::from(person.as_slice())).collect();
        desk.first_of = people
            .iter()
            .filter_map(|person| person.split_first())
            .flat_map(|(first, others)| others.iter().map(|jid| (jid.clone(), first.clone())))
            .collect();
        self.conversations.set_first_of(desk.first_of.clone());
        desk.people = people;
    }

    /// Everything that is written with the person who has this address: all their addresses.
    pub(super) fn addresses_of(&mut self, jid: &Jid) -> Vec<Jid> {
        let people = self.same_persons();
        let of = people.iter().find(|person| person.contains(jid));
        of.map_or_else(|| vec![jid.clone()], |person| person.to_vec())
    }

    /// The user has seen a conversation: all of it, at whatever address.
    pub(super) fn mark_read(&mut self, with: &Jid) {
        for with in self.addresses_of(with) {
            if self.conversations.read(&with) {
                self.find_seen(&with);
                self.store(store::Command::MarkRead { with: with.clone() });
            }
            self.note_room_read(&with);
        }
    }

    pub(super) fn join_persons(&mut self, first: &Jid, second: &Jid) -> Result<Reply, Refusal> {
        let person = |jid: &Jid| {
            let own = self.config.chat.iter().any(|chat| chat.address == *jid);
            jid.is_reachable() && !jid.is_made_up() && !own && self.rooms.get(jid).is_none()
        };
        if first == second || !person(first) || !person(second) {
            let text = "Only two addresses of people can be of the same person.";
            return Err(Refusal::new(RefusalKind::Invalid, text));
        }
        drop(self.same_persons());
        let mut people = self.contact_desk.same.people.clone();
        join(&mut people, first, second).map_err(|why| Refusal::new(RefusalKind::NotAllowed, why))?;
        self.keep_same_persons(people);
        Ok(Reply::Done)
    }

    pub(super) fn part_persons(&mut self, jid: &Jid) -> Result<Reply, Refusal> {
        drop(self.same_persons());
        let mut people = self.contact_desk.same.people.clone();
        if !part(&mut people, jid) {
            let text = "This address stands for itself already.";
            return Err(Refusal::new(RefusalKind::NotFound, text));
        }
        self.keep_same_persons(people);
        Ok(Reply::Done)
    }

    fn keep_same_persons(&mut self, people: Vec<Vec<Jid>>) {
        let memo = write(&people);
        self.set_same_persons(people);
        self.set_memo(MEMO, &memo);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jid(text: &str) -> Jid {
        Jid::parse(text).expect("an address")
    }

    #[test]
    fn addresses_join_and_part_and_nobody_is_two_people() {
        let (a, b, c, d) = (jid("a@x.example"), jid("b@x.example"), jid("c@x.example"), jid("d@x.example"));
        let mut people = Vec::new();
        join(&mut people, &a, &b).expect("joined");
        join(&mut people, &c, &d).expect("joined");
        join(&mut people, &b, &a).expect("again");
        assert_eq!(
            people,
            [vec![b.clone(), a.clone()], vec![c.clone(), d.clone()]].map(|mut person| {
                person.sort();
                person
            })
        );
        join(&mut people, &a, &c).expect("both are one");
        assert_eq!(people, [vec![a.clone(), b.clone(), c.clone(), d.clone()]]);
        assert_eq!(read(&write(&people)), people);
        assert!(part(&mut people, &b) && !part(&mut people, &b));
        assert!(part(&mut people, &a) && part(&mut people, &c));
        assert!(people.is_empty(), "one address alone is nothing to remember");
        assert_eq!(read("a@x.example b@x.example\na@x.example c@x.example\nnonsense"), [vec![a, b]]);
    }

    #[test]
    fn a_person_has_so_many_addresses_at_most() {
        let mut people = Vec::new();
        let address = |at: usize| jid(&format!("a{at}@x.example"));
        for at in 1..MOST_ADDRESSES {
            join(&mut people, &address(0), &address(at)).expect("joined");
        }
        assert!(join(&mut people, &address(0), &address(99)).is_err());
    }
}
