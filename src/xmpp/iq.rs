//! Our open requests: matched by id *and* sender (RFC 6120 section 8.1.2.1 and 8.2.3), few at a time, each with a deadline.

use std::collections::HashMap;
use std::time::Duration;

use rand::RngCore;
use rand::rngs::StdRng;

use super::archive::{ArchiveStep, PAGE_WITHIN};
use super::own_card::OwnStep;
use super::settings::{self, SettingsStep};
use super::stanza::Sender;
use crate::model::{BootTime, FullJid, Jid};

/// Requests that may be open at once; cards alone may use eight.
const MOST_OPEN: usize = 64;
/// How long an answer may take. A server that has to ask another server gives up by itself before.
const ANSWER_WITHIN: Duration = Duration::from_secs(40);

/// What a request was for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Resource binding (RFC 6120 section 7).
    Bind,
    /// The roster (RFC 6121 section 2.1.3).
    Roster,
    /// Is the server there (XEP-0199)?
    Ping,
    /// A vcard-temp (XEP-0054).
    VcardTemp(Jid),
    /// A vCard4 (XEP-0292).
    Vcard4(Jid),
    /// Our activity is published, or not: on the phone (XEP-0108).
    Activity(bool),
    /// Something about people beside their cards.
    People(super::people::PeopleStep),
    /// The history of calls among the own devices.
    OwnCalls(super::own_calls::OwnCallsStep),
    /// The user's own card.
    Own(OwnStep),
    /// Publishing the own temporary addresses (XEP-0152).
    Reach,
    /// Settings that the server keeps for the account.
    Settings(SettingsStep),
    /// Servers that help calls (XEP-0215).
    Services(super::services::Step),
    /// A place for a file (XEP-0363).
    Upload(super::upload::UploadStep),
    /// Something about a room, or about rooms.
    Room(Jid, super::room::RoomStep),
    /// The archive, copies, and what other devices have read.
    Archive(ArchiveStep),
    /// A step of a call over chat (XEP-0166).
    Jingle(crate::model::CallId, super::jingle::Step),
    /// What the program of a contact can do (XEP-0030).
    Caps(Box<super::jingle::Question>),
    /// The people of the roster, and who is blocked.
    Contact(super::roster_edit::ContactStep),
}

/// Whom an answer must come from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answerer {
    /// The own account: `from` absent, or its bare or full address.
    Own(Jid),
    /// That address, without a resource.
    Bare(Jid),
    /// That address with its resource, or the room's where it speaks for a name in it (XEP-0045 section 9).
    Full(FullJid),
}

#[derive(Debug)]
struct Open {
    answerer: Answerer,
    purpose: Purpose,
    deadline: BootTime,
}

/// The table of open requests.
#[derive(Debug, Default)]
pub(super) struct Queries {
    open: HashMap<String, Open>,
}

impl Queries {
    /// Opens a request to the own account (`to` absent) or to `to`; its id. `None`: too many are open.
    pub(super) fn open(
        &mut self,
        own: &Jid,
        to: Option<&Jid>,
        purpose: Purpose,
        now: BootTime,
        rng: &mut StdRng,
    ) -> Option<String> {
        if self.open.len() >= MOST_OPEN {
            return None;
        }
        let answerer = match to {
            None => Answerer::Own(own.clone()),
            Some(to) if to == own => Answerer::Own(own.clone()),
            Some(to) => Answerer::Bare(to.clone()),
        };
        Some(self.insert(answerer, purpose, now, rng))
    }

    /// Opens a request to one connection, or to one name in a room; its id. `None`: too many are open.
    pub(super) fn open_full(
        &mut self,
        to: &FullJid,
        purpose: Purpose,
        now: BootTime,
        rng: &mut StdRng,
    ) -> Option<String> {
        (self.open.len() < MOST_OPEN).then(|| self.insert(Answerer::Full(to.clone()), purpose, now, rng))
    }

    fn insert(&mut self, answerer: Answerer, purpose: Purpose, now: BootTime, rng: &mut StdRng) -> String {
        let id = random_id(rng);
        // Whoever signs in waits for these.
        let within = match purpose {
            Purpose::Settings(_) => settings::ANSWER_WITHIN,
            Purpose::Archive(ArchiveStep::Page) => PAGE_WITHIN,
            _ => ANSWER_WITHIN,
        };
        self.open.insert(id.clone(), Open { answerer, purpose, deadline: now + within });
        id
    }

    /// An answer came; what it answers, if anything.
    pub(super) fn close(&mut self, id: &str, from: &Sender) -> Option<Purpose> {
        let fits = match (&self.open.get(id)?.answerer, from) {
            (Answerer::Own(_), Sender::Absent) => true,
            (Answerer::Own(own), Sender::Address(jid, _)) => jid == own,
            (Answerer::Bare(asked), Sender::Address(jid, None)) => jid == asked,
            (Answerer::Full(asked), Sender::Address(jid, resource)) => {
                *jid == asked.bare() && resource.as_deref().is_none_or(|resource| resource == asked.resource())
            }
            (Answerer::Bare(_), Sender::Absent | Sender::Address(_, Some(_)))
            | (Answerer::Full(_), Sender::Absent)
            | (_, Sender::Unreadable) => false,
        };
        if fits { self.open.remove(id).map(|open| open.purpose) } else { None }
    }

    /// Whether the roster is asked for.
    pub(super) fn asks_for_roster(&self) -> bool {
        self.open.values().any(|open| open.purpose == Purpose::Roster)
    }

    /// The roster is on its way: it may be long, and the network slow. How slow is the reader's business.
    pub(super) fn prolong_roster(&mut self, now: BootTime) {
        for open in self.open.values_mut().filter(|open| open.purpose == Purpose::Roster) {
            open.deadline = open.deadline.max(now + ANSWER_WITHIN);
        }
    }

    /// Those whose time is over.
    pub(super) fn expired(&mut self, now: BootTime) -> Vec<Purpose> {
        let late: Vec<String> =
            self.open.iter().filter(|(_, open)| open.deadline <= now).map(|(id, _)| id.clone()).collect();
        late.iter().filter_map(|id| self.open.remove(id)).map(|open| open.purpose).collect()
    }

    /// All of them: the stream they were asked on is gone.
    pub(super) fn drain(&mut self) -> Vec<Purpose> {
        self.open.drain().map(|(_, open)| open.purpose).collect()
    }

    /// The earliest deadline.
    pub(super) fn deadline(&self) -> Option<BootTime> {
        self.open.values().map(|open| open.deadline).min()
    }
}

/// 128 random bits: nobody guesses the id of an open request (X15).
pub(super) fn random_id(rng: &mut StdRng) -> String {
    format!("{:016x}{:016x}", rng.next_u64(), rng.next_u64())
}

#[cfg(test)]
mod tests {
    use minidom::Element;
    use rand::SeedableRng;

    use super::super::stanza::{iq, sender};
    use super::*;

    fn from(text: Option<&str>) -> Sender {
        let mut stanza: Element = iq("result", "1", None, None);
        if let Some(text) = text {
            stanza = format!("<iq xmlns='jabber:client' from='{text}'/>").parse().expect("valid");
        }
        sender(&stanza)
    }

    #[test]
    fn x15_an_answer_from_somebody_else_is_dropped() {
        let own = Jid::parse("alice@example.com").expect("valid");
        let bob = Jid::parse("bob@example.com").expect("valid");
        let mut rng = StdRng::seed_from_u64(7);
        let mut queries = Queries::default();
        let now = BootTime::default();
        let roster = queries.open(&own, None, Purpose::Roster, now, &mut rng).expect("room");
        let card = queries.open(&own, Some(&bob), Purpose::VcardTemp(bob.clone()), now, &mut rng).expect("room");
        assert!(roster.len() >= 24, "96 bits in hexadecimal");
        for wrong in ["mallory@example.com", "example.com", "bob@example.com", "@"] {
            assert_eq!(queries.close(&roster, &from(Some(wrong))), None, "{wrong}");
        }
        for wrong in [None, Some("bob@example.com/x"), Some("alice@example.com")] {
            assert_eq!(queries.close(&card, &from(wrong)), None, "{wrong:?}");
        }
        assert_eq!(queries.close(&roster, &from(Some("alice@example.com/desk"))), Some(Purpose::Roster));
        assert_eq!(queries.close(&card, &from(Some("bob@example.com"))), Some(Purpose::VcardTemp(bob)));
        assert_eq!(queries.close(&card, &from(Some("bob@example.com"))), None, "once");
    }

    #[test]
    fn the_table_is_bounded_and_every_request_ends() {
        let own = Jid::parse("alice@example.com").expect("valid");
        let mut rng = StdRng::seed_from_u64(7);
        let mut queries = Queries::default();
        let now = BootTime::default();
        while queries.open(&own, None, Purpose::Ping, now, &mut rng).is_some() {}
        assert_eq!(queries.open.len(), MOST_OPEN);
        assert_eq!(queries.expired(now + ANSWER_WITHIN).len(), MOST_OPEN);
        assert_eq!(queries.deadline(), None);
    }
}
