//! Fetching cards: what is visible first, the rest slowly, each in both forms, and none that is known and fresh.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use minidom::Element;

use super::boundary::{Event, KnownCard};
use super::iq::Purpose;
use super::session::{Link, SessionMachine};
use super::stanza::{self, With, ns};
use super::vcard::{self, Form};
use super::{vcard_temp, vcard4};
use crate::model::{BootTime, Jid, Now, WallTime};

/// So many people's cards may be on their way.
const MOST_OPEN: usize = 4;
/// One background card in this time: a server with 10,000 contacts should not notice.
const BACKGROUND_EVERY: Duration = Duration::from_millis(100);
/// A card this old is fetched again, in milliseconds of wall time.
const STALE_AFTER_MS: i64 = 24 * 60 * 60 * 1000;
/// A changed card is fetched so long after the notification: programs write both forms one after the other.
const SETTLES_WITHIN: Duration = Duration::from_secs(1);
/// Between two fetches because of notifications: twice as long each time.
const NOTIFIED_EVERY: Duration = Duration::from_secs(2);
/// So often that doubles: nine minutes in the end.
const MOST_DOUBLED: u32 = 8;
/// Whose card was not changed for so long is listened to anew.
const QUIET: Duration = Duration::from_secs(600);
/// So many people may wait for their card to be fetched.
const MOST_QUEUED: usize = 100_000;
/// A card that was on its way so often when the stream broke is not asked for again in this run: it may be the cause.
const MOST_BREAKS: u8 = 3;

/// One form of a card on its way.
#[derive(Debug)]
enum Part {
    Asked,
    Said(Box<Form>),
    Nothing,
    Unavailable,
}

#[derive(Debug)]
struct Open {
    temp: Part,
    four: Part,
}

#[derive(Debug)]
struct Known {
    fetched: WallTime,
    photo: Option<Arc<str>>,
}

/// The queue of cards.
#[derive(Debug, Default)]
pub(super) struct Cards {
    known: HashMap<Jid, Known>,
    urgent: VecDeque<Jid>,
    background: VecDeque<Jid>,
    /// Everybody who is in one of the two queues.
    queued: HashSet<Jid>,
    open: HashMap<Jid, Open>,
    breaks: HashMap<Jid, u8>,
    /// The vCard4 that a contact's node told last, as a hash; only contacts are in here.
    told: HashMap<Jid, u64>,
    /// When somebody's card was last fetched because of a notification, and how often in a row.
    refetched: HashMap<Jid, (BootTime, u32)>,
    /// Whose changed card is fetched then.
    later: HashMap<Jid, BootTime>,
    next_background: BootTime,
    wall: WallTime,
}

impl Cards {
    /// With what the cache holds.
    pub(super) fn new(cached: &[KnownCard], now: Now) -> Self {
        let known = cached
            .iter()
            .map(|card| (card.jid.clone(), Known { fetched: card.fetched, photo: card.photo_hash.clone() }))
            .collect();
        Self { known, wall: now.wall, ..Self::default() }
    }

    /// Somebody's card is wanted; urgent ones come before all others. One that is fresh is not fetched again.
    pub(super) fn want(&mut self, jid: &Jid, urgent: bool, now: Now) {
        self.wall = now.wall;
        if !self.is_due(jid) {
            return;
        }
        if urgent {
            // One that waits in the background stays there too, and is skipped when its turn comes.
            if !self.urgent.contains(jid) && self.urgent.len() < MOST_QUEUED {
                self.urgent.push_back(jid.clone());
                self.queued.insert(jid.clone());
            }
        } else {
            self.want_in_background(jid);
        }
    }

    /// Somebody's card is wanted some time.
    pub(super) fn want_in_background(&mut self, jid: &Jid) {
        if self.is_due(jid) && self.queued.len() < MOST_QUEUED && self.queued.insert(jid.clone()) {
            self.background.push_back(jid.clone());
        }
    }

    fn is_due(&self, jid: &Jid) -> bool {
        let fresh = self.known.get(jid).is_some_and(|known| {
            let age = self.wall.unix_ms().saturating_sub(known.fetched.unix_ms());
            (0..STALE_AFTER_MS).contains(&age)
        });
        !fresh && !self.open.contains_key(jid) && self.breaks.get(jid).is_none_or(|breaks| *breaks < MOST_BREAKS)
    }

    /// A presence announces a picture (XEP-0153), or that there is none.
    pub(super) fn handle_photo(&mut self, jid: &Jid, hash: Option<Arc<str>>) {
        if self.known.get(jid).is_some_and(|known| known.photo != hash) {
            self.known.remove(jid);
        }
        self.want_in_background(jid);
    }

    /// A contact's node told its vCard4 (XEP-0292 section 4). The first word of a run comes unasked at sign-in and may be
    /// what is known: it is verified in the background. A later one that differs is fetched a moment later, and then with
    /// growing pauses (X26).
    pub(super) fn handle_notification(&mut self, jid: &Jid, card: Option<&Element>, now: Now) {
        use std::hash::{DefaultHasher, Hash as _, Hasher as _};
        let mut hasher = DefaultHasher::new();
        card.map(String::from).hash(&mut hasher);
        let known = self.told.insert(jid.clone(), hasher.finish());
        if known == Some(hasher.finish()) {
            return;
        }
        self.wall = now.wall;
        let first = known.is_none();
        if first {
            self.known.remove(jid);
            return self.want_in_background(jid);
        }
        let (last, times) = self.refetched.get(jid).copied().unwrap_or_default();
        if times > 0 && last + QUIET <= now.boot {
            self.refetched.remove(jid);
        }
        let pause = NOTIFIED_EVERY.saturating_mul(1 << times.min(MOST_DOUBLED));
        let allowed = if times > 0 { last + pause } else { now.boot };
        let due = allowed.max(now.boot + SETTLES_WITHIN);
        let known = self.later.get(jid).copied();
        self.later.insert(jid.clone(), known.map_or(due, |known| known.min(due)));
    }

    /// Those whose changed cards are to be fetched now stand first.
    fn take_later(&mut self, now: Now) {
        let due: Vec<Jid> = self.later.iter().filter(|(_, at)| **at <= now.boot).map(|(jid, _)| jid.clone()).collect();
        for jid in due {
            if self.open.contains_key(&jid) {
                // The answer on its way may be of before the change.
                self.later.insert(jid, now.boot + SETTLES_WITHIN);
                continue;
            }
            self.later.remove(&jid);
            self.known.remove(&jid);
            let times = self.refetched.get(&jid).map_or(0, |(_, times)| *times).saturating_add(1);
            self.refetched.insert(jid.clone(), (now.boot, times));
            self.want(&jid, true, now);
        }
    }

    /// Somebody left the roster.
    pub(super) fn forget_notifications(&mut self, jid: &Jid) {
        self.told.remove(jid);
        self.refetched.remove(jid);
        self.later.remove(jid);
    }

    /// The next to ask for.
    fn next(&mut self, now: Now) -> Option<Jid> {
        self.wall = now.wall;
        if self.open.len() >= MOST_OPEN {
            return None;
        }
        while let Some(jid) = self.urgent.pop_front() {
            if self.queued.remove(&jid) {
                return Some(jid);
            }
        }
        if self.next_background > now.boot {
            return None;
        }
        while let Some(jid) = self.background.pop_front() {
            if self.queued.remove(&jid) {
                self.next_background = now.boot + BACKGROUND_EVERY;
                return Some(jid);
            }
        }
        None
    }

    /// When the next one may be asked for.
    pub(super) fn deadline(&self) -> Option<BootTime> {
        let some = !self.background.is_empty() && self.open.len() < MOST_OPEN;
        some.then_some(self.next_background).into_iter().chain(self.later.values().copied()).min()
    }

    /// One form arrived, or the news that there is none. The card, when it was the second one.
    pub(super) fn handle_answer(&mut self, jid: &Jid, purpose: &Purpose, iq: &Element, now: Now) -> Option<Event> {
        let part = if iq.attr("type") == Some("error") {
            refusal(iq)
        } else {
            let form = match purpose {
                Purpose::Vcard4(_) => vcard4::read(iq),
                Purpose::VcardTemp(_) => vcard_temp::read(iq),
                Purpose::Bind
                | Purpose::Roster
                | Purpose::Ping
                | Purpose::Activity(_)
                | Purpose::People(_)
                | Purpose::OwnCalls(_)
                | Purpose::Own(_)
                | Purpose::Settings(_)
                | Purpose::Services(_)
                | Purpose::Upload(_)
                | Purpose::Room(..)
                | Purpose::Archive(_)
                | Purpose::Reach
                | Purpose::Jingle(..)
                | Purpose::Caps(_)
                | Purpose::Contact(_) => None,
            };
            form.map_or(Part::Nothing, |form| Part::Said(Box::new(form)))
        };
        self.settle(jid, purpose, part, now)
    }

    /// One form did not come.
    pub(super) fn handle_no_answer(&mut self, jid: &Jid, purpose: &Purpose, now: Now) -> Option<Event> {
        self.settle(jid, purpose, Part::Unavailable, now)
    }

    fn settle(&mut self, jid: &Jid, purpose: &Purpose, part: Part, now: Now) -> Option<Event> {
        let open = self.open.get_mut(jid)?;
        match purpose {
            Purpose::VcardTemp(_) => open.temp = part,
            Purpose::Vcard4(_) => open.four = part,
            Purpose::Bind
            | Purpose::Roster
            | Purpose::Ping
            | Purpose::Activity(_)
            | Purpose::People(_)
            | Purpose::OwnCalls(_)
            | Purpose::Own(_)
            | Purpose::Settings(_)
            | Purpose::Services(_)
            | Purpose::Upload(_)
            | Purpose::Room(..)
            | Purpose::Archive(_)
            | Purpose::Reach
            | Purpose::Jingle(..)
            | Purpose::Caps(_)
            | Purpose::Contact(_) => {}
        }
        if matches!(open.temp, Part::Asked) || matches!(open.four, Part::Asked) {
            return None;
        }
        let open = self.open.remove(jid)?;
        let missing = matches!(open.temp, Part::Unavailable) || matches!(open.four, Part::Unavailable);
        let card = vcard::merge(form(open.temp), form(open.four));
        if card.is_none() && missing {
            return Some(Event::CardUnavailable(jid.clone()));
        }
        let photo = card.as_ref().and_then(|card| card.photo_hash.clone());
        self.known.insert(jid.clone(), Known { fetched: now.wall, photo });
        Some(Event::Card { jid: jid.clone(), card })
    }

    /// The stream broke for good. Those on their way are asked for again, unless that happened before.
    fn abort(&mut self) -> Vec<Event> {
        let mut unavailable = Vec::new();
        for jid in std::mem::take(&mut self.open).into_keys() {
            let breaks = self.breaks.entry(jid.clone()).or_default();
            *breaks = breaks.saturating_add(1);
            self.want_in_background(&jid);
            unavailable.push(Event::CardUnavailable(jid));
        }
        unavailable
    }
}

fn form(part: Part) -> Option<Form> {
    match part {
        Part::Said(form) => Some(*form),
        Part::Asked | Part::Nothing | Part::Unavailable => None,
    }
}

/// Whether an error says that there is no card, or only that it cannot be had now.
fn refusal(iq: &Element) -> Part {
    match &*stanza::stanza_error(iq).code {
        "remote-server-timeout"
        | "remote-server-not-found"
        | "internal-server-error"
        | "resource-constraint"
        | "undefined-condition" => Part::Unavailable,
        _ => Part::Nothing,
    }
}

impl SessionMachine {
    /// Asks for as many cards as may be on their way now.
    pub(super) fn pump_cards(&mut self, now: Now) {
        self.cards.take_later(now);
        while self.link == Link::Online {
            let Some(jid) = self.cards.next(now) else { return };
            self.cards.open.insert(jid.clone(), Open { temp: Part::Asked, four: Part::Asked });
            let temp = Purpose::VcardTemp(jid.clone());
            if !self.query(Some(&jid), temp.clone(), Element::bare("vCard", ns::VCARD_TEMP), now) {
                self.query_failed(temp, now);
            }
            let four = Purpose::Vcard4(jid.clone());
            // XEP-0292 section 3: an ordinary PEP request for the newest item of the node.
            let items = Element::builder("items", ns::PUBSUB).with("node", ns::VCARD4_NODE).with("max_items", "1");
            let pubsub = Element::builder("pubsub", ns::PUBSUB).append(items.build()).build();
            if !self.query(Some(&jid), four.clone(), pubsub, now) {
                self.query_failed(four, now);
            }
        }
    }

    pub(super) fn abort_cards(&mut self) {
        for event in self.cards.abort() {
            self.event(event);
        }
    }
}
