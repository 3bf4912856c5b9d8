//! The list of people: what is found for a query, in which order, and which rows are on the screen.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use super::app::Step;
use super::theme::measure;
use crate::account::{Conversation, Snapshot};
use crate::model::{Contact, Jid};

/// A row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// "Call …" for what was typed.
    Dial(String),
    /// "Write to …" for a SIP address that was typed.
    Write(Jid),
    /// A label over a group, and how many it has.
    Header(Arc<str>, usize),
    /// A contact, by its place in the snapshot.
    Person(usize),
    /// A conversation with somebody who is no contact, by its place in the snapshot.
    Stranger(usize),
    /// The way to the messages with these words.
    Find(String),
    /// The label over the rooms, with the way to more of them.
    Rooms,
    /// A room, by its place in the snapshot.
    Room(usize),
    /// An invitation into a room, by its place in the snapshot.
    Invitation(usize),
}

impl Row {
    fn height(&self) -> f32 {
        match self {
            Self::Header(..) | Self::Rooms => measure::HEADER,
            Self::Room(_) | Self::Invitation(_) => measure::ROW,
            Self::Dial(_) | Self::Write(_) | Self::Person(_) | Self::Stranger(_) | Self::Find(_) => measure::ROW,
        }
    }

    fn chosen(&self) -> bool {
        !matches!(self, Self::Header(..) | Self::Rooms | Self::Invitation(_))
    }
}

/// Rows built above and below the screen, so that a fast wheel never shows a gap.
const MARGIN: f32 = measure::ROW * 6.0;

/// The list.
#[derive(Debug, Default)]
pub struct People {
    /// What is typed in the search field.
    pub query: String,
    /// The rows, top first.
    pub rows: Vec<Row>,
    /// The row that Enter opens.
    pub cursor: Option<usize>,
    /// How far the list is scrolled.
    pub offset: f32,
    /// The height that is seen.
    pub height: f32,
    /// The upper edge of every row, and the end.
    tops: Vec<f32>,
    /// What is searched, lower case, by place in the snapshot.
    index: Vec<String>,
    by_jid: HashMap<Jid, usize>,
    /// Further addresses of people, and the one under which they stand.
    further: HashMap<Jid, Jid>,
    /// The open conversation, where it had something unread when it was opened.
    pub kept: Option<Jid>,
    talks: HashMap<Jid, usize>,
}

impl People {
    /// Takes a new roster in.
    pub fn learn_contacts(&mut self, contacts: &[Arc<Contact>]) {
        self.index.clear();
        self.by_jid.clear();
        for (place, contact) in contacts.iter().enumerate() {
            let mut text = contact.name.to_lowercase();
            if contact.jid.is_reachable() {
                text.push('\n');
                text.push_str(contact.jid.as_str());
            }
            for address in &contact.addresses {
                text.push('\n');
                text.push_str(&address.uri.to_string().to_lowercase());
            }
            self.index.push(text);
            self.by_jid.insert(contact.jid.clone(), place);
        }
    }

    /// Takes in who has several addresses.
    pub fn learn_same(&mut self, people: &[Arc<[Jid]>]) {
        let further = |person: &Arc<[Jid]>| {
            let first = person.first().cloned();
            let others: Vec<Jid> = person.iter().skip(1).cloned().collect();
            others.into_iter().filter_map(move |jid| Some((jid, first.clone()?)))
        };
        self.further = people.iter().flat_map(further).collect();
    }

    /// Takes a new list of conversations in.
    pub fn learn_conversations(&mut self, conversations: &[Conversation]) {
        self.talks =
            conversations.iter().enumerate().map(|(place, conversation)| (conversation.with.clone(), place)).collect();
    }

    /// The contact with this address.
    pub fn contact<'a>(&self, snapshot: &'a Snapshot, jid: &Jid) -> Option<&'a Arc<Contact>> {
        snapshot.contacts.get(*self.by_jid.get(jid)?)
    }

    /// The conversation with this address.
    pub fn conversation<'a>(&self, snapshot: &'a Snapshot, jid: &Jid) -> Option<&'a Conversation> {
        snapshot.conversations.get(*self.talks.get(jid)?)
    }

    /// Builds the rows anew.
    pub fn rebuild(&mut self, snapshot: &Snapshot) {
        let kept = self.cursor.and_then(|cursor| self.rows.get(cursor).cloned());
        let query = self.query.trim().to_lowercase();
        self.rows = if query.is_empty() { self.grouped(snapshot) } else { self.found(&query, snapshot) };
        self.tops.clear();
        let mut top = 0.0;
        for row in &self.rows {
            self.tops.push(top);
            top += row.height();
        }
        self.tops.push(top);
        self.cursor = if query.is_empty() {
            kept.and_then(|kept| self.rows.iter().position(|row| *row == kept))
        } else {
            self.rows.iter().position(Row::chosen)
        };
    }

    /// Recent conversations, then the groups; a person is one row.
    fn grouped(&self, snapshot: &Snapshot) -> Vec<Row> {
        let mut rows: Vec<Row> = (0..snapshot.invitations.len()).map(Row::Invitation).collect();
        let mut shown: HashSet<usize> = HashSet::new();
        let in_room = |talk: &Conversation| snapshot.room(&talk.with).is_some();
        if !snapshot.conversations.iter().all(in_room) {
            rows.push(Row::Header(super::text::RECENT.into(), 0));
        }
        // What waits for the user comes first; the conversation that was opened for that stays where it was.
        let waits = |talk: &Conversation| talk.unread > 0 || self.kept.as_ref() == Some(&talk.with);
        let talks = snapshot.conversations.iter().enumerate();
        let mut recent: Vec<(usize, &Conversation)> = talks.filter(|(_, talk)| !in_room(talk)).collect();
        recent.sort_by_key(|(_, talk)| !waits(talk));
        for (place, conversation) in recent {
            match self.by_jid.get(&conversation.with) {
                Some(contact) => {
                    shown.insert(*contact);
                    rows.push(Row::Person(*contact));
                }
                None => rows.push(Row::Stranger(place)),
            }
        }
        if !rows.is_empty() || !snapshot.rooms.is_empty() || !snapshot.contacts.is_empty() {
            rows.push(Row::Rooms);
            rows.extend((0..snapshot.rooms.len()).map(Row::Room));
        }
        let mut groups: Vec<(Arc<str>, Vec<usize>)> = Vec::new();
        let mut places: HashMap<Arc<str>, usize> = HashMap::new();
        let mut others = Vec::new();
        for (place, contact) in snapshot.contacts.iter().enumerate() {
            // A further address stands under the first one.
            if shown.contains(&place) || self.further.contains_key(&contact.jid) {
                continue;
            }
            // One place for a person: the first group that the roster names.
            match contact.groups.first() {
                None => others.push(place),
                Some(group) => match places.get(group) {
                    Some(at) => {
                        if let Some((_, members)) = groups.get_mut(*at) {
                            members.push(place);
                        }
                    }
                    None => {
                        places.insert(group.clone(), groups.len());
                        groups.push((group.clone(), vec![place]));
                    }
                },
            }
        }
        groups.sort_by_key(|(group, _)| group.to_lowercase());
        if !others.is_empty() {
            let heading = if groups.is_empty() { super::text::PEOPLE } else { super::text::OTHERS };
            groups.push((heading.into(), others));
        }
        for (group, members) in groups {
            rows.push(Row::Header(group, members.len()));
            rows.extend(members.into_iter().map(Row::Person));
        }
        rows
    }

    /// What fits the query: a number or address to call first, then names that begin with it, then the rest.
    fn found(&self, query: &str, snapshot: &Snapshot) -> Vec<Row> {
        let mut rows = Vec::new();
        if dialable(&self.query) {
            rows.push(Row::Dial(self.query.trim().to_owned()));
            rows.extend(snapshot.dialling.correspondent(self.query.trim()).map(Row::Write));
        }
        let digits: String = query.chars().filter(char::is_ascii_digit).collect();
        let digits = if digits.len() >= 3 && dialable(&self.query) { Some(digits) } else { None };
        let mut later = Vec::new();
        for (place, text) in self.index.iter().enumerate() {
            let Some(at) = text.find(query).or_else(|| digits.as_deref().and_then(|digits| text.find(digits))) else {
                continue;
            };
            let begins = at == 0 || text.as_bytes().get(at - 1).is_some_and(|before| matches!(before, b' ' | b'\n'));
            let place = self.first_place(place, snapshot);
            if begins { rows.push(Row::Person(place)) } else { later.push(Row::Person(place)) }
        }
        rows.append(&mut later);
        if !self.further.is_empty() {
            let mut seen = HashSet::new();
            rows.retain(|row| !matches!(row, Row::Person(place) if !seen.insert(*place)));
        }
        for (place, room) in snapshot.rooms.iter().enumerate() {
            if room.name.to_lowercase().contains(query) || room.jid.as_str().contains(query) {
                rows.push(Row::Room(place));
            }
        }
        for (place, conversation) in snapshot.conversations.iter().enumerate() {
            let room = snapshot.room(&conversation.with).is_some();
            if !room && !self.by_jid.contains_key(&conversation.with) && conversation.with.as_str().contains(query) {
                rows.push(Row::Stranger(place));
            }
        }
        if rows.is_empty() {
            rows.push(Row::Header(super::text::NO_MATCH.into(), 0));
        }
        rows.push(Row::Find(self.query.trim().to_owned()));
        rows
    }

    /// The place of the contact under whose name this one stands.
    fn first_place(&self, place: usize, snapshot: &Snapshot) -> usize {
        let first = snapshot.contacts.get(place).and_then(|contact| self.further.get(&contact.jid));
        first.and_then(|first| self.by_jid.get(first)).copied().unwrap_or(place)
    }

    /// The height of all rows.
    pub fn total(&self) -> f32 {
        self.tops.last().copied().unwrap_or_default()
    }

    /// The upper edge of a row.
    pub fn top(&self, row: usize) -> f32 {
        self.tops.get(row).copied().unwrap_or_default()
    }

    /// The rows that have to be built for the present scroll position.
    pub fn built(&self) -> Range<usize> {
        let height = if self.height > 0.0 { self.height } else { measure::WINDOW.1 };
        self.between(self.offset - MARGIN, self.offset + height + MARGIN)
    }

    fn between(&self, from: f32, to: f32) -> Range<usize> {
        let first = self.tops.partition_point(|top| *top <= from).saturating_sub(1);
        let last = self.tops.partition_point(|top| *top < to).min(self.rows.len());
        first.min(last)..last
    }

    /// Whom the screen shows.
    pub fn seen(&self, snapshot: &Snapshot) -> Vec<Jid> {
        let height = if self.height > 0.0 { self.height } else { measure::WINDOW.1 };
        let rows = self.rows.get(self.between(self.offset, self.offset + height)).unwrap_or_default();
        rows.iter().filter_map(|row| self.jid(row, snapshot)).collect()
    }

    /// Whose row it is.
    pub fn jid(&self, row: &Row, snapshot: &Snapshot) -> Option<Jid> {
        match row {
            Row::Person(place) => snapshot.contacts.get(*place).map(|contact| contact.jid.clone()),
            Row::Stranger(place) => snapshot.conversations.get(*place).map(|conversation| conversation.with.clone()),
            Row::Write(with) => Some(with.clone()),
            Row::Room(place) => snapshot.rooms.get(*place).map(|room| room.jid.clone()),
            Row::Dial(_) | Row::Header(..) | Row::Find(_) | Row::Rooms | Row::Invitation(_) => None,
        }
    }

    /// Moves the cursor; answers the offset that brings it onto the screen, where it is not.
    pub fn step(&mut self, step: Step, start: Option<usize>) -> Option<f32> {
        let page = (self.height / measure::ROW).max(2.0) as usize - 1;
        let last = self.rows.len().checked_sub(1)?;
        let from = self.cursor.or(start);
        let (target, down) = match step {
            Step::First => (0, true),
            Step::Last => (last, false),
            Step::Down => (from.map_or(0, |from| from + 1), true),
            Step::Up => (from.unwrap_or(0).saturating_sub(1), false),
            Step::PageDown => (from.map_or(0, |from| from + page), true),
            Step::PageUp => (from.unwrap_or(0).saturating_sub(page), false),
        };
        let target = target.min(last);
        let on = |row: &usize| self.rows.get(*row).is_some_and(Row::chosen);
        let ahead = (target..=last).find(on);
        let behind = (0..=target).rev().find(on);
        self.cursor = if down { ahead.or(behind) } else { behind.or(ahead) };
        let cursor = self.cursor?;
        let (top, bottom) = (self.top(cursor), self.top(cursor + 1));
        // The label over the first row of a group comes along.
        let top = if cursor <= 1 { 0.0 } else { top };
        let height = if self.height > 0.0 { self.height } else { measure::WINDOW.1 };
        if top < self.offset {
            Some(top)
        } else if bottom > self.offset + height {
            Some(bottom - height)
        } else {
            None
        }
    }

    /// Where a person's row is.
    pub fn row_of(&self, jid: &Jid, snapshot: &Snapshot) -> Option<usize> {
        self.rows.iter().position(|row| match row {
            Row::Person(place) => snapshot.contacts.get(*place).is_some_and(|contact| contact.jid == *jid),
            Row::Stranger(place) => snapshot.conversations.get(*place).is_some_and(|talk| talk.with == *jid),
            Row::Room(place) => snapshot.rooms.get(*place).is_some_and(|room| room.jid == *jid),
            Row::Dial(_) | Row::Write(_) | Row::Header(..) | Row::Find(_) | Row::Rooms | Row::Invitation(_) => false,
        })
    }
}

/// Whether the text looks like something to call. What it really is and where it leads is decided by the manager.
pub fn dialable(text: &str) -> bool {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    if ["sip:", "sips:", "tel:", "xmpp:"].iter().any(|scheme| lower.len() > scheme.len() && lower.starts_with(scheme)) {
        return true;
    }
    if let Some((user, host)) = text.split_once('@') {
        return !user.is_empty() && !host.is_empty() && !text.contains(char::is_whitespace);
    }
    // Behind a comma or a w stands what is dialled after the answer.
    let number = text.split([',', 'w', 'W']).next().unwrap_or_default();
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let allowed = |c: char, more: &str| c.is_ascii_digit() || " +-./()*#".contains(c) || more.contains(c);
    digits >= 2 && number.chars().all(|c| allowed(c, "")) && text.chars().all(|c| allowed(c, ",wW"))
}

#[cfg(test)]
mod tests {
    use super::dialable;

    #[test]
    fn what_is_dialled_after_the_answer_belongs_to_a_number_and_a_name_is_none() {
        for text in ["030 901820", "+49 30 / 9018-20", "*97", "1001,,12w34#", "sip:bob@example.com", "bob@example.com"]
        {
            assert!(dialable(text), "{text}");
        }
        for text in ["Bob", "w12", ",,12", "1", "12 Monkeys", "wow"] {
            assert!(!dialable(text), "{text}");
        }
    }
}
