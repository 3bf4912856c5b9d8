//! The page of calls that were: what is looked for, page by page from the store, and the row that the keyboard stands on.

use std::sync::Arc;

use super::app::{App, Effect, Place, Purpose, Step, name};
use super::text;
use super::theme::{measure, size};
use super::update::ask_for;
use crate::account::{CallTo, EventsRequest, HistoryFilter, NumbersRequest, Request};
use crate::model::{AccountId, CallId, Direction};
use crate::store::CallRecord;

/// Calls asked for at once.
const PAGE: u32 = 100;
/// Calls kept on the page; when it is full, older ones are found by looking for them.
const MOST: usize = 5_000;
/// The longest text that is looked for.
const LONGEST: usize = 256;
/// Rows built above and below the screen, so that a fast wheel never shows a gap.
const MARGIN: f32 = measure::ROW * 6.0;

/// Which calls are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// All.
    #[default]
    All,
    /// Nobody answered them here or elsewhere.
    Missed,
    /// They came in.
    Incoming,
    /// They went out.
    Outgoing,
}

/// Whose calls are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// A chat address, an address or a number.
    pub with: Arc<str>,
    /// How they are called.
    pub name: Arc<str>,
}

/// What can happen.
#[derive(Clone, Debug)]
pub enum Message {
    /// What is looked for.
    Search(String),
    /// Only such calls.
    Show(Which),
    /// Only calls of this account.
    Account(Option<AccountId>),
    /// Only calls with this person.
    Person(Option<Person>),
    /// From anywhere: the calls with this person, all of them.
    With(Person),
    /// The list was scrolled: offset and height.
    Scrolled(f32, f32),
    /// A key in the list.
    Step(Step),
    /// Open a row, or close it again.
    Choose(CallId),
    /// Call back, or call again, whom the open row is about.
    Call,
    /// Take a call out of the history; the first time it is only asked.
    Delete(CallId),
    /// The key for that: the open row.
    DeleteChosen,
}

/// What the window remembers of it.
#[derive(Debug, Default)]
pub struct State {
    pub(super) query: String,
    pub(super) which: Which,
    pub(super) account: Option<AccountId>,
    pub(super) person: Option<Person>,
    /// What was found so far, newest first; nothing before the first answer.
    pub(super) records: Option<Vec<CallRecord>>,
    /// The row that is open.
    pub(super) chosen: Option<CallId>,
    /// The row whose deletion was asked for once.
    pub(super) sure: Option<CallId>,
    pub(super) offset: f32,
    pub(super) height: f32,
    complete: bool,
    asking: bool,
    /// Counts up with what is looked for: late answers to earlier questions are dropped.
    turn: u64,
}

/// A line of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// The day of the calls that follow; by the first of them.
    Day(usize),
    /// A call.
    Call(usize),
}

impl State {
    fn filter(&self) -> HistoryFilter {
        let text = self.query.trim();
        HistoryFilter {
            with: self.person.as_ref().map(|person| person.with.clone()),
            account: self.account.clone(),
            missed: self.which == Which::Missed,
            direction: match self.which {
                Which::All | Which::Missed => None,
                Which::Incoming => Some(Direction::Incoming),
                Which::Outgoing => Some(Direction::Outgoing),
            },
            text: (!text.is_empty()).then(|| text.into()),
        }
    }

    /// Everything is shown: nothing was looked for.
    pub(super) fn shows_all(&self) -> bool {
        self.filter() == HistoryFilter::default()
    }

    fn at(&self, call: CallId) -> Option<usize> {
        self.records.as_ref()?.iter().position(|record| record.call.id == call)
    }

    /// The call of the open row.
    pub(super) fn open(&self) -> Option<&CallRecord> {
        let at = self.at(self.chosen?)?;
        self.records.as_ref()?.get(at)
    }
}

/// Calls whom a call was with: who called is called back on the line that they called (C-27).
pub fn again(app: &App, record: &CallRecord) -> (&'static str, super::Message) {
    let call = &record.call;
    let contact = call.peer.jid.as_ref().filter(|jid| app.people.contact(&app.snapshot, jid).is_some());
    let to = match contact {
        Some(jid) => CallTo::Contact(jid.clone()),
        None => CallTo::Text(call.peer.uri.clone()),
    };
    match call.direction {
        Direction::Incoming => {
            let account = call.account.clone();
            let back = Request::Numbers(NumbersRequest::CallBack { to, account });
            (text::telephone::CALL_BACK.text(), super::Message::Do(back))
        }
        Direction::Outgoing => (text::telephone::CALL_AGAIN.text(), super::Message::Call(to)),
    }
}

/// How high a closed row is: one line more where the call was recorded.
pub fn row_height(record: &CallRecord) -> f32 {
    measure::ROW + if record.call.recording.is_some() { size::META * 1.6 } else { 0.0 }
}

impl App {
    pub(super) fn update_history(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Search(query) => {
                self.past.query = query.chars().take(LONGEST).collect();
                self.look_again()
            }
            Message::Show(which) => {
                self.past.which = which;
                self.look_again()
            }
            Message::Account(account) => {
                self.past.account = account;
                self.look_again()
            }
            Message::Person(person) => {
                self.past.person = person;
                self.look_again()
            }
            Message::With(person) => self.show_past_with(person),
            Message::Scrolled(offset, height) => {
                (self.past.offset, self.past.height) = (offset, height);
                let end = self.lines().1.last().copied().unwrap_or_default();
                if end - offset - height < height { self.ask_more_past() } else { Vec::new() }
            }
            Message::Step(step) => self.step_past(step),
            Message::Choose(call) => {
                self.past.chosen = if self.past.chosen == Some(call) { None } else { Some(call) };
                self.past.sure = None;
                Vec::new()
            }
            Message::Call => {
                let message = self.past.open().map(|record| again(self, record).1);
                message.map_or_else(Vec::new, |message| self.update(message))
            }
            Message::DeleteChosen => match self.past.open().map(|record| record.call.id) {
                Some(call) => self.update_history(Message::Delete(call)),
                None => Vec::new(),
            },
            // It would come back at its end.
            Message::Delete(call) if self.is_under_way(call) => Vec::new(),
            Message::Delete(call) if self.past.sure != Some(call) => {
                self.past.sure = Some(call);
                Vec::new()
            }
            Message::Delete(call) => self.delete_past(call),
        }
    }

    /// What is looked for changed: the first page of it.
    fn look_again(&mut self) -> Vec<Effect> {
        self.past.chosen = None;
        self.past.sure = None;
        self.past.offset = 0.0;
        let mut effects = self.ask_past(PAGE);
        effects.push(Effect::ScrollTo(name::HISTORY_SCROLL, 0.0));
        effects
    }

    /// Asks for the newest calls that fit, as many as are shown.
    pub(super) fn refresh_past(&mut self) -> Vec<Effect> {
        let shown = self.past.records.as_ref().map_or(0, Vec::len);
        self.ask_past(u32::try_from(shown).unwrap_or(u32::MAX).clamp(PAGE, 1_000))
    }

    fn ask_past(&mut self, limit: u32) -> Vec<Effect> {
        self.past.turn += 1;
        self.past.asking = true;
        let request = Request::History { limit, before: None, filter: self.past.filter() };
        ask_for(request, Purpose::Past(self.past.turn, limit))
    }

    fn ask_more_past(&mut self) -> Vec<Effect> {
        let known = self.past.records.as_deref().unwrap_or_default();
        if self.past.asking || self.past.complete || known.len() >= MOST {
            return Vec::new();
        }
        let Some(before) = known.last().map(|record| record.call.id) else { return Vec::new() };
        self.past.asking = true;
        let request = Request::History { limit: PAGE, before: Some(before), filter: self.past.filter() };
        ask_for(request, Purpose::MorePast(self.past.turn))
    }

    /// A page came: the newest ones, where a limit is named.
    pub(super) fn take_past(&mut self, turn: u64, limit: Option<u32>, page: Vec<CallRecord>) {
        if turn != self.past.turn {
            return;
        }
        self.past.asking = false;
        self.past.complete = page.len() < limit.unwrap_or(PAGE) as usize;
        match limit {
            Some(_) => self.past.records = Some(page),
            None => self.past.records.get_or_insert_default().extend(page),
        }
        if self.past.open().is_none() {
            self.past.chosen = None;
        }
    }

    /// The call of this row is not over.
    pub(super) fn is_under_way(&self, call: CallId) -> bool {
        self.snapshot.calls.iter().any(|living| living.id == call && living.state != crate::model::CallState::Ended)
    }

    fn delete_past(&mut self, call: CallId) -> Vec<Effect> {
        let at = self.past.at(call);
        self.past.sure = None;
        if let (Some(at), Some(records)) = (at, &mut self.past.records) {
            records.remove(at);
            // The keyboard goes on from where it stood.
            self.past.chosen = records.get(at).or(records.last()).map(|record| record.call.id);
        }
        if let Some(all) = &mut self.history {
            all.retain(|record| record.call.id != call);
        }
        for chat in self.chats.values_mut() {
            chat.forget_call(call);
        }
        ask_for(Request::Events(EventsRequest::DeleteCall(call)), Purpose::Tell)
    }

    fn step_past(&mut self, step: Step) -> Vec<Effect> {
        let known = self.past.records.as_deref().unwrap_or_default();
        let Some(last) = known.len().checked_sub(1) else { return Vec::new() };
        let page = (self.past.height / measure::ROW).max(2.0) as usize - 1;
        let at = self.past.chosen.and_then(|call| self.past.at(call));
        let next = match (step, at) {
            (Step::First, _) | (Step::Down | Step::Up | Step::PageDown | Step::PageUp, None) => 0,
            (Step::Last, _) => last,
            (Step::Down, Some(at)) => (at + 1).min(last),
            (Step::Up, Some(at)) => at.saturating_sub(1),
            (Step::PageDown, Some(at)) => (at + page).min(last),
            (Step::PageUp, Some(at)) => at.saturating_sub(page),
        };
        self.past.chosen = known.get(next).map(|record| record.call.id);
        self.past.sure = None;
        let mut effects = if next == last { self.ask_more_past() } else { Vec::new() };
        let (lines, tops) = self.lines();
        let Some(line) = lines.iter().position(|line| *line == Line::Call(next)) else { return effects };
        let top = tops.get(line).copied().unwrap_or_default();
        let bottom = tops.get(line + 1).copied().unwrap_or_default();
        let height = if self.past.height > 0.0 { self.past.height } else { measure::WINDOW.1 };
        let target = if top < self.past.offset {
            // The day over the first call of it comes along.
            (top - measure::HEADER).max(0.0)
        } else if bottom > self.past.offset + height {
            bottom - height
        } else {
            return effects;
        };
        self.past.offset = target;
        effects.push(Effect::ScrollTo(name::HISTORY_SCROLL, target));
        effects
    }

    /// The lines of the list, and the upper edge of each with the end of the last.
    pub(super) fn lines(&self) -> (Vec<Line>, Vec<f32>) {
        let records = self.past.records.as_deref().unwrap_or_default();
        let (mut lines, mut tops, mut top, mut day) = (Vec::with_capacity(records.len()), Vec::new(), 0.0, None);
        for (at, record) in records.iter().enumerate() {
            let of = text::day_number(record.call.started, self.options.offset);
            if day.replace(of) != Some(of) {
                lines.push(Line::Day(at));
                tops.push(top);
                top += measure::HEADER;
            }
            lines.push(Line::Call(at));
            tops.push(top);
            top += row_height(record) + if self.past.chosen == Some(record.call.id) { measure::OPEN_ROW } else { 0.0 };
        }
        tops.push(top);
        (lines, tops)
    }

    /// The lines that have to be built for the present scroll position.
    pub(super) fn built_lines(&self, tops: &[f32]) -> std::ops::Range<usize> {
        let height = if self.past.height > 0.0 { self.past.height } else { measure::WINDOW.1 };
        let (from, to) = (self.past.offset - MARGIN, self.past.offset + height + MARGIN);
        let count = tops.len().saturating_sub(1);
        let first = tops.partition_point(|top| *top <= from).saturating_sub(1);
        let last = tops.partition_point(|top| *top < to).min(count);
        first.min(last)..last
    }

    /// Esc on the page: closes the open row, then takes back what is looked for.
    pub(super) fn escape_past(&mut self) -> Option<Vec<Effect>> {
        if self.place != Place::Calls {
            return None;
        }
        if self.past.chosen.take().is_some() {
            return Some(Vec::new());
        }
        if self.past.shows_all() {
            return None;
        }
        (self.past.query, self.past.which, self.past.account, self.past.person) = Default::default();
        Some(self.look_again())
    }

    /// Shows the calls with one person.
    fn show_past_with(&mut self, person: Person) -> Vec<Effect> {
        self.past.query.clear();
        self.past.which = Which::All;
        self.past.account = None;
        self.past.person = Some(person);
        self.telephone.part = super::telephone::Part::History;
        self.go(Place::Calls)
    }
}
