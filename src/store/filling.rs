//! A page of an archive, put where it belongs.
//!
//! The archive's order counts. What is known already stands where it is, as far as that is the archive's order; what is new
//! stands between, at its time where there is room for that. Where there is no room, it is made: everything later moves on.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Transaction;

use super::archive::Gap;
use super::messages::{self, Appended};
use super::place::{self, Between};
use super::standing::{self, Known};
use super::synced::ArchiveStored;
use super::{changes, delivery, read_state};
use crate::model::{Jid, MessageDirection, WallTime};
use crate::xmpp::{Archived, Inbound, InboundMessage};

/// New messages of a page that are told one by one. When more: the newest.
const MOST_FRESH: usize = 50;
/// Room is made so often for one page, which seldom needs it at all. When more often: what has no room stands beside its
/// neighbours.
const MOST_MOVED: usize = 64;

/// What a page was found to be.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// The page came to what was known before the gap.
    pub(super) reached: bool,
    /// The lowest place in it.
    pub(super) lowest: Option<i64>,
    /// Where the gap ended before it: room may have been made for it.
    pub(super) before: Option<i64>,
}

/// A message of a page, and what is stored of it.
type Item<'a> = (&'a InboundMessage, Option<Known>);

pub(super) struct Filling<'a> {
    account: &'a Jid,
    gap: Gap,
    stored: &'a mut ArchiveStored,
}

impl<'a> Filling<'a> {
    pub(super) fn new(account: &'a Jid, gap: Gap, stored: &'a mut ArchiveStored) -> Self {
        Self { account, gap, stored }
    }

    pub(super) fn run(mut self, tx: &Transaction<'_>, items: &[Archived]) -> rusqlite::Result<Outcome> {
        let mut touched: BTreeSet<Jid> = BTreeSet::new();
        let mut fresh: Vec<i64> = Vec::new();
        let mut messages = self.known(tx, items)?;
        let reached = messages.iter().any(|(_, known)| known.is_some_and(|known| self.is_before(&known)));
        messages.retain(|(_, known)| !known.is_some_and(|known| self.is_later_copy(&known)));
        let places = self.make_places(tx, &mut messages, reached)?;
        let lowest = places.iter().copied().min();
        let highest = places.iter().copied().max();
        for ((message, known), place) in messages.iter().zip(places) {
            match messages::append_incoming(tx, self.account, message, Some(place))? {
                Appended::New(new, _) => {
                    touched.insert(new.with.clone());
                    if new.direction == MessageDirection::In {
                        fresh.push(place);
                        if self.gap.after.is_none() {
                            // A device that is new here has not missed what was before it.
                            read_state::one(tx, &new.id)?;
                        }
                    } else {
                        read_state::before(tx, &new.with, place)?;
                    }
                }
                Appended::Known(seq, changed) => {
                    if known.is_some_and(|known| known.copy) {
                        standing::rename(tx, self.account, seq, message)?;
                    }
                    // The archive's order counts for what was only placed by our clock.
                    if let Some(known) = known.filter(|known| known.place != place) {
                        standing::move_to(tx, seq, place)?;
                        standing::carry_along(tx, (self.account, &message.with), seq, known.place..=place)?;
                        touched.insert(message.with.clone());
                    }
                    if let Some(message) = changed {
                        touched.insert(message.with.clone());
                        self.stored.arrived.push(message.id.clone());
                        self.stored.changed.push(*message);
                    }
                }
            }
        }
        self.say(tx, items, &mut touched)?;
        for with in touched {
            if let Some(lowest) = lowest {
                read_state::before_written(tx, &with, lowest)?;
            }
            if let Some((last, unread)) = messages::conversation(tx, &with)? {
                if unread > 0 && self.gap.after.is_some() {
                    self.stored.fresh.extend(messages::unread_among(tx, &with, &fresh)?);
                }
                self.stored.conversations.push((last, unread));
            }
        }
        self.stored.fresh.sort_by_key(|message| std::cmp::Reverse(message.time));
        self.stored.fresh.truncate(MOST_FRESH);
        if let Some(highest) = highest {
            standing::raise_end(tx, self.gap.id, highest)?;
        }
        Ok(Outcome { reached, lowest, before: self.gap.before })
    }

    /// The messages of a page with what is stored of them. What the page has twice counts where it stands first: its sender
    /// sent it again, not knowing that it had arrived.
    fn known<'m>(&self, tx: &Transaction<'_>, items: &'m [Archived]) -> rusqlite::Result<Vec<Item<'m>>> {
        let mut seen = BTreeSet::new();
        let mut messages = Vec::with_capacity(items.len());
        for item in items {
            let Some(Inbound::Message(message)) = &item.what else { continue };
            let known = standing::known_place(tx, self.account, message)?;
            if known.is_none_or(|known| seen.insert(known.seq)) {
                messages.push((&**message, known));
            }
        }
        Ok(messages)
    }

    /// Whether a message was known before the gap began: everything up to it is no part of the gap. Another copy of what was
    /// known says nothing, since it may stand anywhere.
    fn is_before(&self, known: &Known) -> bool {
        let earlier = match (self.gap.after, self.gap.after_seq) {
            (None, _) => false,
            (Some(_), Some(seq)) => known.seq <= seq,
            (Some(after), None) => known.place <= after,
        };
        earlier && known.sure && !known.copy
    }

    /// Whether what the archive has here is another copy of something that it has further back, where that stands already.
    fn is_later_copy(&self, known: &Known) -> bool {
        // Pages come from the newest on: what this gap brought already is met again further back.
        let met_here = self.gap.before.is_some_and(|before| known.place >= before);
        let came_since = match (self.gap.after, self.gap.after_seq) {
            (None, _) => true,
            (Some(_), Some(seq)) => known.seq > seq,
            (Some(after), None) => known.place > after,
        };
        known.copy && !met_here && !came_since
    }

    /// Where the messages of a page stand, with room made for them.
    fn make_places(
        &mut self,
        tx: &Transaction<'_>,
        messages: &mut [Item<'_>],
        reached: bool,
    ) -> rusqlite::Result<Vec<i64>> {
        for _ in 0..MOST_MOVED {
            match self.places(messages, reached, true) {
                Ok(places) => return Ok(places),
                Err(after) => {
                    let moved = |place: &mut i64| *place += if *place > after { place::RESERVE } else { 0 };
                    standing::make_room(tx, after, place::RESERVE)?;
                    messages
                        .iter_mut()
                        .filter_map(|(_, known)| known.as_mut())
                        .for_each(|known| moved(&mut known.place));
                    self.gap.before.iter_mut().for_each(moved);
                }
            }
        }
        Ok(self.places(messages, reached, false).unwrap_or_default())
    }

    /// Where the messages of a page stand: the order counts within each conversation. Else: after which place there is too
    /// little room, if that matters (`strict`).
    fn places(&self, messages: &[Item<'_>], reached: bool, strict: bool) -> Result<Vec<i64>, i64> {
        let mut talks: BTreeMap<&Jid, Vec<usize>> = BTreeMap::new();
        for (at, (message, _)) in messages.iter().enumerate() {
            talks.entry(&message.with).or_default().push(at);
        }
        let mut all = vec![0; messages.len()];
        for which in talks.into_values() {
            let talk: Vec<Item<'_>> = which.iter().filter_map(|at| messages.get(*at).copied()).collect();
            // What stands before the gap is a better end than the newest of all conversations.
            let before = talk.iter().any(|(_, known)| known.is_some_and(|known| self.is_before(&known)));
            let places = self.talk_places(&talk, self.gap.after.filter(|_| !before), !reached, strict)?;
            for (at, place) in which.into_iter().zip(places) {
                all.get_mut(at).into_iter().for_each(|kept| *kept = place);
            }
        }
        Ok(all)
    }

    /// Where the messages of one conversation stand: known ones where they are, as far as that is the archive's order; the
    /// others between them, at their times. A message of ours that waited while others came stands before them by our clock,
    /// and after them in the archive.
    ///
    /// `floor`: what they stand after; `more`: older ones of the same gap follow.
    fn talk_places(
        &self,
        messages: &[Item<'_>],
        floor: Option<i64>,
        more: bool,
        strict: bool,
    ) -> Result<Vec<i64>, i64> {
        let mut below = floor;
        let above = |place: i64| self.gap.before.is_some_and(|before| place >= before);
        let overlaps = self.gap.is_by_time();
        let mut places = Vec::with_capacity(messages.len());
        while places.len() < messages.len() {
            let begun = places.len();
            // A page that was asked for by a time begins within what is known already: that stays. What was asked for by the
            // name of a message is older, although a stamp of whole seconds may have put that one before it.
            let first = messages.get(begun).and_then(|(_, known)| Some((*known)?.place));
            if let Some(place) = first.filter(|place| overlaps && above(*place)) {
                places.push(place);
                continue;
            }
            let anchor = messages.iter().enumerate().skip(begun).find_map(|(at, (message, known))| {
                let Known { place, sure, .. } = (*known)?;
                // What waited here for long stands where the archive has it: else everything that came meanwhile would have
                // to be moved before it, page by page.
                if !sure && place::is_long_before(place, message.time) {
                    return None;
                }
                ((overlaps || !above(place)) && below.is_none_or(|below| place > below)).then_some((at, place))
            });
            let end = anchor.map_or(messages.len(), |(at, _)| at);
            let top = anchor.map(|(_, place)| place).into_iter().chain(self.gap.before).min();
            let more = begun == 0 && more;
            let spare = if more { place::SPARE } else { 0 };
            let needed = i64::try_from(end - begun).unwrap_or(i64::MAX).saturating_add(spare);
            let low = below.unwrap_or(-1);
            if strict && top.is_some_and(|top| top.saturating_sub(low) <= needed) {
                return Err(low);
            }
            let times: Vec<WallTime> = messages.iter().take(end).skip(begun).map(|(message, _)| message.time).collect();
            places.extend(place::fill(&times, Between { after: below, before: top }, more));
            below = places.last().copied().or(below);
            if let Some((_, place)) = anchor.filter(|(_, place)| !above(*place)) {
                places.push(place);
                below = Some(place);
            }
        }
        Ok(places)
    }

    /// What is in the page besides messages.
    fn say(&mut self, tx: &Transaction<'_>, items: &[Archived], touched: &mut BTreeSet<Jid>) -> rusqlite::Result<()> {
        for item in items {
            match &item.what {
                Some(Inbound::Delivery { id, with, delivery }) => {
                    self.stored.changed.extend(delivery::set_delivery(tx, id, Some(with), *delivery)?);
                }
                Some(Inbound::Read { id, with }) => {
                    if read_state::to_stanza(tx, with, &id.0)? {
                        touched.insert(with.clone());
                    }
                }
                Some(Inbound::Change { with, change }) => {
                    self.stored.changed.extend(changes::append(tx, self.account, with, change)?);
                }
                Some(Inbound::Message(_)) | None => {}
            }
        }
        Ok(())
    }
}
