//! The search through all messages: words, with whom, since when; the best first, and a way to the place.

use super::app::{App, Effect, Overlay, Purpose as Asked, Step, name};
use super::talk::Purpose;
use super::update::ask_for;
use crate::account::{MessageSearch, Refusal, Reply, Request};
use crate::model::{Jid, Message as Chatted};

/// So many messages are shown, and so many more each time.
pub const MOST: usize = 100;
/// So many are shown at all. When there are more: another word finds sooner what is meant.
const MOST_SHOWN: usize = 1_000;
/// A word shorter than this, in characters, is not searched for before it is followed by another.
const SHORTEST: usize = 2;
/// Milliseconds of a day.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// Since when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Span {
    /// Ever.
    #[default]
    Any,
    /// Seven days.
    Week,
    /// Thirty-one days.
    Month,
    /// A year.
    Year,
}

/// What can happen.
#[derive(Clone, Debug)]
pub enum Message {
    /// Open the search, with these words where there are any.
    Open(String),
    /// The words changed.
    Words(String),
    /// With this person only, or with everybody.
    With(Option<Jid>),
    /// Since when.
    Span(Span),
    /// A step through what was found.
    Step(Step),
    /// Go to the place of this one.
    Go(usize),
    /// Go to the place of the chosen one.
    GoChosen,
    /// Show more of what was found.
    More,
}

/// The search.
#[derive(Debug, Default)]
pub struct State {
    /// The words.
    pub words: String,
    /// With whom.
    pub with: Option<Jid>,
    /// Whose conversation was open when the search was opened.
    pub open: Option<Jid>,
    /// Since when.
    pub span: Span,
    /// What was found, the best first.
    pub found: Vec<Chatted>,
    /// The one that Enter goes to.
    pub chosen: usize,
    /// Why nothing could be searched.
    pub problem: Option<std::sync::Arc<str>>,
    /// So many were there when more were asked for.
    pub further: usize,
    /// There are no more.
    pub complete: bool,
    /// The number of the question that was asked last, and of the one that is answered.
    pub asked: u64,
    /// The answered one.
    pub answered: u64,
}

impl State {
    /// Whether there are words to search for.
    pub fn has_words(&self) -> bool {
        self.words.trim().chars().count() >= SHORTEST
    }

    /// Whether more of what was found can be shown.
    pub fn has_more(&self) -> bool {
        !self.complete && (MOST..MOST_SHOWN).contains(&self.found.len())
    }
}

impl App {
    pub(super) fn update_find(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Open(words) => {
                let with = if words.is_empty() { self.open.clone() } else { None };
                let number = self.find.asked;
                let open = self.open.clone();
                self.find = State { words, with, open, asked: number, answered: number, ..State::default() };
                self.overlay = Some(Overlay::Find);
                let mut effects = self.search();
                effects.push(Effect::Focus(name::SHEET_FIELD));
                effects
            }
            Message::Words(words) => {
                self.find.words = words;
                self.search()
            }
            Message::With(with) => {
                self.find.with = with;
                self.search()
            }
            Message::Span(span) => {
                self.find.span = span;
                self.search()
            }
            Message::Step(step) => {
                let last = self.find.found.len().saturating_sub(1);
                self.find.chosen = match step {
                    Step::Up => self.find.chosen.saturating_sub(1),
                    Step::Down => (self.find.chosen + 1).min(last),
                    Step::PageUp | Step::First => 0,
                    Step::PageDown | Step::Last => last,
                };
                Vec::new()
            }
            Message::Go(at) => self.go_to_found(at),
            Message::More => self.search_from(self.find.found.len()),
            Message::GoChosen => self.go_to_found(self.find.chosen),
        }
    }

    fn search(&mut self) -> Vec<Effect> {
        self.search_from(0)
    }

    /// Asks for what was found, without the first so many.
    fn search_from(&mut self, skip: usize) -> Vec<Effect> {
        self.find.asked += 1;
        self.find.further = skip;
        if !self.find.has_words() {
            self.find.found.clear();
            self.find.answered = self.find.asked;
            return Vec::new();
        }
        let days = match self.find.span {
            Span::Any => None,
            Span::Week => Some(7),
            Span::Month => Some(31),
            Span::Year => Some(366),
        };
        let now = self.now.wall.unix_ms();
        let since = days.map(|days: i64| crate::model::WallTime::from_unix_ms(now.saturating_sub(days * DAY)));
        let search = MessageSearch {
            text: self.find.words.trim().into(),
            with: self.find.with.clone(),
            since,
            until: None,
            limit: MOST as u32,
            skip: skip as u32,
        };
        ask_for(Request::Search(search), Asked::Talk(Purpose::Found(self.find.asked)))
    }

    pub(super) fn search_answered(&mut self, number: u64, answer: Result<Reply, Refusal>) -> Vec<Effect> {
        // The words have changed meanwhile: the answer to them is on its way.
        if number != self.find.asked {
            return Vec::new();
        }
        self.find.answered = number;
        self.find.problem = None;
        let further = self.find.further;
        if further == 0 {
            self.find.chosen = 0;
        }
        match answer {
            Ok(Reply::Messages(mut found)) => {
                self.find.complete = found.is_empty() || (further == 0 && found.len() < MOST);
                self.find.found.truncate(further);
                self.find.found.append(&mut found);
            }
            Ok(_) => {}
            Err(refusal) => {
                self.find.found.clear();
                self.find.problem = Some(refusal.text);
            }
        }
        Vec::new()
    }

    fn go_to_found(&mut self, at: usize) -> Vec<Effect> {
        let Some(found) = self.find.found.get(at).cloned() else { return Vec::new() };
        self.overlay = None;
        let mut effects = self.open(found.with.clone());
        effects.extend(self.jump(found.id));
        // The keyboard goes where the message is.
        effects.push(Effect::Focus(name::MESSAGES));
        effects
    }
}
