//! One conversation as the window holds it: a window of its messages, the draft, the scroll position.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use iced::widget::text_editor;

use super::talk::Compose;
use super::widget::Heights;
use crate::account::{Callable, Dialling};
use crate::model::{Direction, Message, MessageDirection, MessageId, RoomLine, Styled, WallTime};
use crate::store::CallRecord;

/// Messages asked for at once.
pub const PAGE: u32 = 60;
/// Messages kept of one conversation; the oldest go first and are loaded again on the way up.
const KEPT: usize = 3000;
/// The height that a message is taken to have until it has been laid out.
const GUESS: f32 = 52.0;
/// Built above and below the screen.
const MARGIN: f32 = 600.0;

/// One thing of the timeline.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A message, by its place.
    Message(usize),
    /// A finished call, and the name its height is kept under.
    Call(Box<CallRecord>, MessageId),
    /// Something that happened in a room, and the name its height is kept under.
    Line(RoomLine, MessageId),
}

/// A message's text as it is shown.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The text that this was made of.
    body: Arc<str>,
    /// Shown whole, or its beginning.
    whole: bool,
    /// The text that is shown.
    pub text: Arc<str>,
    /// Something is left out.
    pub shortened: bool,
    /// Its styles and links.
    pub styled: Arc<Styled>,
}

/// A conversation.
pub struct Chat {
    /// What is being written.
    pub draft: text_editor::Content,
    /// The messages known here, oldest first.
    pub messages: Vec<Message>,
    /// Finished calls with this person, oldest first.
    pub calls: Vec<CallRecord>,
    /// How far they are loaded.
    pub(super) call_pages: super::person_calls::Pages,
    /// What happened in a room, oldest first.
    pub lines: Vec<RoomLine>,
    /// Messages and calls by time, oldest first.
    pub entries: Vec<Entry>,
    /// The message that the keyboard has chosen.
    pub chosen: Option<MessageId>,
    /// Long messages that are shown whole.
    pub whole: HashSet<MessageId>,
    /// The revision that was asked for last.
    pub revision: Option<u64>,
    /// The revision that was marked read last.
    pub read: Option<u64>,
    /// An older page is on its way.
    pub asking_older: bool,
    /// There is nothing older.
    pub complete: bool,
    /// The first page has come.
    pub loaded: bool,
    /// What can be called in a message, for those that have been looked at and have something.
    pub callable: HashMap<MessageId, Vec<Callable>>,
    /// The messages that have been looked at, as they are shown.
    pub looked: HashMap<MessageId, Shown>,
    /// What the field is for.
    pub compose: Compose,
    /// The message under the pointer.
    pub hovered: Option<MessageId>,
    /// The message whose possibilities are shown.
    pub menu: Option<MessageId>,
    /// The first message that was not read when the conversation was opened.
    pub first_unread: Option<MessageId>,
    /// So many were unread when it was opened, until the messages come.
    pub unread_at_opening: u32,
    /// The newest message is among those that are known here.
    pub at_end: bool,
    /// A newer page is on its way.
    pub asking_newer: bool,
    /// Known heights.
    pub heights: Heights,
    /// The distance of the screen's lower edge from the newest message.
    pub from_end: f32,
    /// The height of the screen.
    pub height: f32,
}

impl Default for Chat {
    fn default() -> Self {
        Self {
            draft: text_editor::Content::new(),
            messages: Vec::new(),
            calls: Vec::new(),
            call_pages: super::person_calls::Pages::default(),
            lines: Vec::new(),
            entries: Vec::new(),
            chosen: None,
            whole: HashSet::new(),
            revision: None,
            read: None,
            asking_older: false,
            complete: false,
            loaded: false,
            callable: HashMap::new(),
            looked: HashMap::new(),
            compose: Compose::New,
            hovered: None,
            menu: None,
            first_unread: None,
            unread_at_opening: 0,
            at_end: true,
            asking_newer: false,
            heights: Heights::default(),
            from_end: 0.0,
            height: 0.0,
        }
    }
}

/// What is built of the timeline, and what stands for the rest.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// Height above.
    pub above: f32,
    /// The entries that are built.
    pub built: std::ops::Range<usize>,
    /// Height below.
    pub below: f32,
}

impl Chat {
    /// Takes the newest page in; older messages already here stay where the pages join. Answers how far the screen has to
    /// be from the newest message for what is on it to stay, where that is not the newest.
    pub fn take_newest(&mut self, page: Vec<Message>) -> Option<f32> {
        let joint = page.first().and_then(|first| self.messages.iter().position(|known| known.id == first.id));
        let last = self.messages.last().map(|message| message.id.clone());
        match joint {
            Some(at) => self.messages.truncate(at),
            // The screen shows an older part: it stays, and the way to the newest is shown.
            None if self.loaded && !self.at_end => return None,
            None => {
                self.messages.clear();
                self.complete = page.len() < PAGE as usize;
            }
        }
        self.at_end = true;
        self.messages.extend(page);
        let surplus = self.messages.len().saturating_sub(KEPT);
        if surplus > 0 {
            self.messages.drain(..surplus);
            self.complete = false;
        }
        self.loaded = true;
        self.find_first_unread();
        self.merge();
        self.keep_place(last.as_ref())
    }

    /// How far the screen has to be from the end, for what is on it to stay where messages came after `last`.
    fn keep_place(&mut self, last: Option<&MessageId>) -> Option<f32> {
        let last = last.filter(|_| self.from_end > 1.0)?;
        let at = (0..self.entries.len()).rev().find(|at| self.about(*at).is_some_and(|(_, _, id)| id == last))?;
        let added = self.height_below(at + 1);
        if added < 1.0 {
            return None;
        }
        // What was measured below the screen before is part of both.
        Some(self.from_end + added).filter(|_| at + 1 < self.entries.len())
    }

    /// Finds the first message that was unread when the conversation was opened.
    fn find_first_unread(&mut self) {
        let unread = std::mem::take(&mut self.unread_at_opening) as usize;
        if unread > 0 {
            let incoming = self.messages.iter().rev().filter(|message| message.direction == MessageDirection::In);
            self.first_unread = incoming.take(unread).last().map(|message| message.id.clone());
        }
    }

    /// Takes a part of the conversation in, instead of the one that is here.
    pub fn take_around(&mut self, page: Vec<Message>) {
        if page.is_empty() {
            return;
        }
        self.messages = page;
        self.complete = false;
        self.at_end = false;
        self.asking_newer = false;
        self.asking_older = false;
        self.loaded = true;
        self.merge();
    }

    /// Takes a newer page in. Answers how far the screen has to be from the end, for what is on it to stay.
    pub fn take_newer(&mut self, page: Vec<Message>) -> Option<f32> {
        self.asking_newer = false;
        self.at_end = page.len() < PAGE as usize;
        let last = self.messages.last().map(|message| message.id.clone());
        self.messages.extend(page);
        let surplus = self.messages.len().saturating_sub(KEPT);
        if surplus > 0 {
            self.messages.drain(..surplus);
            self.complete = false;
        }
        self.merge();
        let kept = self.keep_place(last.as_ref());
        self.from_end = kept.unwrap_or(self.from_end);
        kept
    }

    /// Everything is asked for again, from the newest on.
    pub fn begin_anew(&mut self) {
        self.messages.clear();
        self.entries.clear();
        self.revision = None;
        self.loaded = false;
        self.complete = false;
        self.at_end = true;
    }

    /// Looks at messages that came: their styles and links, and numbers in them. `anew`: at the numbers of all of them,
    /// because numbers are read differently now.
    pub fn look(&mut self, dialling: &Dialling, anew: bool) {
        if anew || self.looked.len() > 2 * KEPT {
            self.looked.clear();
            self.callable.clear();
        }
        for message in &self.messages {
            let whole = self.whole.contains(&message.id);
            let known = self.looked.get(&message.id);
            if known.is_some_and(|known| known.body == message.body && known.whole == whole) {
                continue;
            }
            let (text, shortened) = super::text::shortened(&message.body, whole);
            let text: Arc<str> = text.into();
            let styled = Arc::new(Styled::parse(&text, !message.details.unstyled));
            let shown = Shown { body: message.body.clone(), whole, text, shortened, styled };
            self.looked.insert(message.id.clone(), shown);
            let found = dialling.callable_in(&message.body);
            if found.is_empty() {
                self.callable.remove(&message.id);
            } else {
                self.callable.insert(message.id.clone(), found);
            }
        }
    }

    /// Puts messages and calls in order. Calls before the oldest message here wait until its neighbours are loaded.
    pub(super) fn merge(&mut self) {
        let from = if self.complete { None } else { self.messages.first().map(|message| message.time) };
        let until = if self.at_end { None } else { self.messages.last().map(|message| message.time) };
        let shown = |record: &&CallRecord| {
            from.is_none_or(|from| record.call.started >= from)
                && until.is_none_or(|until| record.call.started <= until)
        };
        let mut calls = self.calls.iter().filter(shown).peekable();
        let mut entries = Vec::with_capacity(self.messages.len());
        let entry = |record: &CallRecord| {
            Entry::Call(Box::new(record.clone()), MessageId(format!("call {}", record.call.id).into()))
        };
        for (place, message) in self.messages.iter().enumerate() {
            while let Some(record) = calls.next_if(|record| record.call.started < message.time) {
                entries.push(entry(record));
            }
            entries.push(Entry::Message(place));
        }
        entries.extend(calls.map(entry));
        self.entries = entries;
        self.merge_lines(from);
    }

    /// Puts what happened in a room between its messages.
    fn merge_lines(&mut self, from: Option<WallTime>) {
        for line in &self.lines {
            if from.is_some_and(|from| line.time < from) {
                continue;
            }
            let later = |at: &usize| self.about(*at).is_some_and(|(time, ..)| time > line.time);
            let at = (0..self.entries.len()).find(later).unwrap_or(self.entries.len());
            let id = MessageId(format!("line {}", line.number).into());
            self.entries.insert(at, Entry::Line(line.clone(), id));
        }
    }

    /// Takes what happened in a room in.
    pub fn take_lines(&mut self, lines: &[RoomLine]) {
        if self.lines != lines {
            self.lines = lines.to_vec();
            self.merge();
        }
    }

    /// When it was, who began it, and its name; `None` only for a place that does not exist.
    pub fn about(&self, at: usize) -> Option<(WallTime, MessageDirection, &MessageId)> {
        match self.entries.get(at)? {
            Entry::Message(place) => {
                let message = self.messages.get(*place)?;
                Some((message.time, message.direction, &message.id))
            }
            Entry::Line(line, id) => Some((line.time, MessageDirection::In, id)),
            Entry::Call(record, id) => {
                let direction = match record.call.direction {
                    Direction::Incoming => MessageDirection::In,
                    Direction::Outgoing => MessageDirection::Out,
                };
                Some((record.call.started, direction, id))
            }
        }
    }

    /// Takes an older page in. Answers how far the screen is from the end then, where the newest had to go for it.
    pub fn take_older(&mut self, mut page: Vec<Message>) -> Option<f32> {
        self.asking_older = false;
        if page.len() < PAGE as usize {
            self.complete = true;
        }
        page.retain(|message| self.messages.iter().all(|known| known.id != message.id));
        page.append(&mut self.messages);
        self.messages = page;
        self.merge();
        if self.messages.len() <= KEPT {
            return None;
        }
        // The screen is at the other end: the newest are loaded again on the way back.
        let gone = self.entries.iter().position(|entry| matches!(entry, Entry::Message(place) if *place == KEPT))?;
        self.from_end = (self.from_end - self.height_below(gone)).max(0.0);
        self.messages.truncate(KEPT);
        self.at_end = false;
        self.merge();
        Some(self.from_end)
    }

    /// How many messages to ask for when something changed: all that the window may show.
    pub fn newest_limit(&self) -> u32 {
        PAGE
    }

    /// The oldest message here.
    pub fn oldest(&self) -> Option<MessageId> {
        self.messages.first().map(|message| message.id.clone())
    }

    /// The height of the entries from `at` on, as far as it is known.
    pub fn height_below(&self, at: usize) -> f32 {
        let height = |place| self.about(place).and_then(|(_, _, id)| self.heights.of(id)).unwrap_or(GUESS);
        (at..self.entries.len()).map(height).sum()
    }

    /// Which messages have to be built for the present scroll position.
    pub fn slice(&self) -> Slice {
        let height = if self.height > 0.0 { self.height } else { super::theme::measure::WINDOW.1 };
        let (from, to) = (self.from_end - MARGIN, self.from_end + height + MARGIN);
        let mut edge = 0.0;
        let (mut below, mut above) = (0.0, 0.0);
        let mut built: Option<(usize, usize)> = None;
        for place in (0..self.entries.len()).rev() {
            let height = self.about(place).and_then(|(_, _, id)| self.heights.of(id));
            let next = edge + height.unwrap_or(GUESS);
            if next < from {
                below = next;
            } else if edge > to {
                above += next - edge;
            } else {
                let (_, end) = built.unwrap_or((place, place + 1));
                built = Some((place, end));
            }
            edge = next;
        }
        let (start, end) = built.unwrap_or((0, 0));
        Slice { above, built: start..end, below }
    }
}
