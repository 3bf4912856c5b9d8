//! The finished calls with one person, for the timeline: page by page from the store, as far back as the messages there go.

use super::app::{App, Effect, Purpose};
use super::chat::{Chat, Entry};
use super::update::ask_for;
use crate::account::{HistoryFilter, Refusal, Reply, Request};
use crate::model::{CallId, Jid};
use crate::store::CallRecord;

/// Calls asked for at once.
const PAGE: u32 = 100;
/// Calls kept of one person; when it is full, older ones are found on the page of calls.
const MOST: usize = 3_000;

/// How far the calls of a conversation are loaded.
#[derive(Debug, Default)]
pub struct Pages {
    /// The oldest that the store gave, where the next page begins.
    before: Option<CallId>,
    asking: bool,
    complete: bool,
}

impl Chat {
    /// Whether another page of calls belongs into what is shown. Calls before the oldest message are shown where there are no
    /// older messages, and then loaded when `at_top` is looked at.
    fn wants_calls(&self, at_top: bool) -> bool {
        if self.call_pages.asking || self.call_pages.complete {
            return false;
        }
        match (self.call_pages.before, self.calls.first(), self.messages.first()) {
            (None, _, _) => true,
            // A page in which there was none of theirs.
            (Some(_), None, _) => true,
            (Some(_), Some(call), Some(message)) if call.call.started >= message.time => true,
            (Some(_), Some(_), _) => at_top && self.complete,
        }
    }

    /// Takes finished calls in beside those that are known, in any order.
    pub fn take_calls(&mut self, newer: Vec<CallRecord>) {
        self.calls.retain(|known| newer.iter().all(|record| record.call.id != known.call.id));
        self.calls.extend(newer);
        self.calls.sort_by_key(|record| record.call.started);
        let surplus = self.calls.len().saturating_sub(MOST);
        if surplus > 0 {
            self.calls.drain(..surplus);
            self.call_pages.complete = true;
        }
        self.merge();
    }

    /// A call is no longer in the history.
    pub(super) fn forget_call(&mut self, call: CallId) {
        let before = self.calls.len();
        self.calls.retain(|record| record.call.id != call);
        if self.calls.len() != before {
            self.merge();
        }
    }
}

impl App {
    /// Asks for the calls with a person, as far as the timeline can show more of them.
    pub(super) fn ask_calls_with(&mut self, jid: &Jid, at_top: bool) -> Vec<Effect> {
        let chat = self.chats.entry(jid.clone()).or_default();
        if !chat.wants_calls(at_top) {
            return Vec::new();
        }
        chat.call_pages.asking = true;
        let filter = HistoryFilter { with: Some(jid.as_str().into()), ..HistoryFilter::default() };
        let request = Request::History { limit: PAGE, before: chat.call_pages.before, filter };
        ask_for(request, Purpose::CallsWith(jid.clone()))
    }

    /// A page of them came, or did not.
    pub(super) fn calls_with(&mut self, jid: &Jid, answer: Result<Reply, Refusal>) -> Vec<Effect> {
        let chat = self.chats.entry(jid.clone()).or_default();
        chat.call_pages.asking = false;
        let Ok(Reply::History(page)) = answer else { return Vec::new() };
        let oldest = page.last().map(|record| record.call.id);
        // The same page again would be asked for without end.
        let further = oldest.is_some() && oldest != chat.call_pages.before;
        chat.call_pages.complete = !further || page.len() < PAGE as usize;
        chat.call_pages.before = oldest.or(chat.call_pages.before);
        let with = |record: &CallRecord| record.call.peer.jid.as_ref() == Some(jid);
        chat.take_calls(page.into_iter().filter(with).collect());
        self.ask_calls_with(jid, false)
    }

    /// Puts the newest finished calls with the person of the open conversation into it.
    pub(super) fn sort_calls(&mut self) {
        let (Some(jid), Some(history)) = (self.open.clone(), &self.history) else { return };
        let with = |record: &&CallRecord| record.call.peer.jid.as_ref().is_some_and(|with| self.is_same(with, &jid));
        let calls: Vec<CallRecord> = history.iter().filter(with).cloned().collect();
        if !calls.is_empty() {
            self.chats.entry(jid).or_default().take_calls(calls);
        }
    }

    /// How many finished calls stand in the open conversation, on the screen or above it.
    pub fn calls_shown(&self) -> usize {
        let chat = self.open.as_ref().and_then(|jid| self.chats.get(jid));
        chat.map_or(0, |chat| chat.entries.iter().filter(|entry| matches!(entry, Entry::Call(..))).count())
    }
}
