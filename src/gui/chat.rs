//! One conversation as the window holds it: a window of its messages, the draft, the scroll position.

use std::collections::{HashMap, HashSet};

use iced::widget::text_editor;

use super::widget::Heights;
use crate::account::{Callable, Dialling};
use crate::model::{Direction, Message, MessageDirection, MessageId, WallTime};
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
}

/// A conversation.
pub struct Chat {
    /// What is being written.
    pub draft: text_editor::Content,
    /// The messages known here, oldest first.
    pub messages: Vec<Message>,
    /// Finished calls with this person, oldest first.
    pub calls: Vec<CallRecord>,
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
    /// The newest messages that have been looked at.
    pub looked: HashSet<MessageId>,
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
            entries: Vec::new(),
            chosen: None,
            whole: HashSet::new(),
            revision: None,
            read: None,
            asking_older: false,
            complete: false,
            loaded: false,
            callable: HashMap::new(),
            looked: HashSet::new(),
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
    /// Takes the newest page in; older messages already here stay where the pages join.
    pub fn take_newest(&mut self, page: Vec<Message>) {
        let joint = page.first().and_then(|first| self.messages.iter().position(|known| known.id == first.id));
        match joint {
            Some(at) => self.messages.truncate(at),
            None => {
                self.messages.clear();
                self.complete = page.len() < PAGE as usize;
            }
        }
        self.messages.extend(page);
        let surplus = self.messages.len().saturating_sub(KEPT);
        if surplus > 0 {
            self.messages.drain(..surplus);
            self.complete = false;
        }
        self.loaded = true;
        self.merge();
    }

    /// Looks for numbers in messages that came; `anew`: in all of them, because numbers are read differently now.
    pub fn look_for_numbers(&mut self, dialling: &Dialling, anew: bool) {
        if anew || self.looked.len() > 2 * KEPT {
            self.looked.clear();
            self.callable.clear();
        }
        for message in &self.messages {
            if self.looked.insert(message.id.clone()) {
                let found = dialling.callable_in(&message.body);
                if !found.is_empty() {
                    self.callable.insert(message.id.clone(), found);
                }
            }
        }
    }

    /// Takes the finished calls with this person in, in any order.
    pub fn take_calls(&mut self, mut calls: Vec<CallRecord>) {
        calls.sort_by_key(|record| record.call.started);
        self.calls = calls;
        self.merge();
    }

    /// Puts messages and calls in order. Calls before the oldest message here wait until its neighbours are loaded.
    fn merge(&mut self) {
        let from = if self.complete { None } else { self.messages.first().map(|message| message.time) };
        let shown = |record: &&CallRecord| from.is_none_or(|from| record.call.started >= from);
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
    }

    /// When it was, who began it, and its name; `None` only for a place that does not exist.
    pub fn about(&self, at: usize) -> Option<(WallTime, MessageDirection, &MessageId)> {
        match self.entries.get(at)? {
            Entry::Message(place) => {
                let message = self.messages.get(*place)?;
                Some((message.time, message.direction, &message.id))
            }
            Entry::Call(record, id) => {
                let direction = match record.call.direction {
                    Direction::Incoming => MessageDirection::In,
                    Direction::Outgoing => MessageDirection::Out,
                };
                Some((record.call.started, direction, id))
            }
        }
    }

    /// Takes an older page in.
    pub fn take_older(&mut self, mut page: Vec<Message>) {
        self.asking_older = false;
        if page.len() < PAGE as usize {
            self.complete = true;
        }
        page.retain(|message| self.messages.iter().all(|known| known.id != message.id));
        page.append(&mut self.messages);
        self.messages = page;
        self.merge();
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
