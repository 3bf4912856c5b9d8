//! All calls of this run: the living machines, and the ended ones as they were.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::call::{Output, UserCall};
use crate::media;
use crate::model::{AccountId, BootTime, Call, CallId, CallState, NextWay, Now, Stats};
use crate::sip;

/// Calls that may live at the same time; more incoming ones are answered with 486.
pub(super) const MOST_CALLS: usize = 100;
/// Ended calls that are remembered for `calls all=true`.
const MOST_ENDED: usize = 200;
/// How long the screen shows how a call ended.
const LINGER: Duration = Duration::from_secs(6);
/// The same where it offers ways on.
const LINGER_WITH_WAYS: Duration = Duration::from_secs(60);

/// What the calls want done.
#[derive(Debug)]
pub(super) enum CallEffect {
    Voice(AccountId, sip::Command),
    Media(media::Command),
    /// Call somebody over chat.
    Propose(AccountId, CallId, crate::model::Jid, Arc<str>),
    /// A call over chat is taken.
    Proceed(AccountId, CallId),
    /// The view of a call changed.
    Changed(Box<Call>),
    /// Somebody typed in a call.
    Written(Box<Call>),
    /// A call is over: once, with how it ended.
    Ended(Box<Call>),
    /// An ended call offers ways on.
    Offered(Box<Call>),
}

/// All calls of this run.
#[derive(Debug, Default)]
pub(super) struct Calls {
    living: BTreeMap<CallId, UserCall>,
    ended: VecDeque<Call>,
    /// Ended calls that are still on the screen, and until when.
    lingering: Vec<(CallId, BootTime)>,
    /// Ended calls whose tone still says how they ended, and until when.
    sounding: Vec<(CallId, BootTime)>,
    stats: BTreeMap<CallId, Stats>,
    effects: VecDeque<CallEffect>,
}

impl Calls {
    pub(super) fn living(&self) -> usize {
        self.living.len()
    }

    pub(super) fn contains(&self, id: CallId) -> bool {
        self.living.contains_key(&id)
    }

    pub(super) fn view(&self, id: CallId) -> Option<&Call> {
        self.living.get(&id).map(UserCall::view).or_else(|| self.ended.iter().find(|call| call.id == id))
    }

    pub(super) fn machine(&self, id: CallId) -> Option<&UserCall> {
        self.living.get(&id)
    }

    pub(super) fn living_ids(&self) -> Vec<CallId> {
        self.living.keys().copied().collect()
    }

    pub(super) fn living_views(&self) -> impl Iterator<Item = &Call> + Clone {
        self.living.values().map(UserCall::view)
    }

    /// The living calls and those whose end is still shown.
    pub(super) fn shown_views(&self) -> impl Iterator<Item = &Call> + Clone {
        let lingering = self.lingering.iter().filter_map(|(id, _)| self.ended.iter().rev().find(|call| call.id == *id));
        self.living_views().chain(lingering)
    }

    /// The calls that a tone may come from.
    pub(super) fn sounding_views(&self) -> impl Iterator<Item = &Call> + Clone {
        let sounds = |id| self.sounding.iter().any(|(sounding, _)| *sounding == id);
        self.shown_views().filter(move |call| call.state != CallState::Ended || sounds(call.id))
    }

    /// What the screen shows, shared.
    pub(super) fn shown(&self) -> Arc<[Call]> {
        self.shown_views().cloned().collect()
    }

    /// The program ends: calls whose other side has not confirmed the end are over all the same.
    pub(super) fn finish_all(&mut self, now: Now) {
        let all: Vec<CallId> = self.living.keys().copied().collect();
        for id in all {
            let _ = self.with(id, now, |call| call.abandon(now));
        }
    }

    pub(super) fn all(&self) -> Vec<Call> {
        self.ended.iter().chain(self.living_views()).cloned().collect()
    }

    pub(super) fn stats(&self, id: CallId) -> Option<Stats> {
        self.view(id)?;
        Some(self.stats.get(&id).cloned().unwrap_or_default())
    }

    pub(super) fn set_stats(&mut self, id: CallId, stats: Stats) {
        if self.view(id).is_some() {
            self.stats.insert(id, stats);
        }
    }

    pub(super) fn insert(&mut self, call: UserCall, now: Now) {
        let id = call.view().id;
        self.living.insert(id, call);
        self.drain(id, now);
    }

    /// Does something with a living call. `None` when there is no such call.
    pub(super) fn with<T>(&mut self, id: CallId, now: Now, act: impl FnOnce(&mut UserCall) -> T) -> Option<T> {
        let answer = act(self.living.get_mut(&id)?);
        self.drain(id, now);
        Some(answer)
    }

    /// An ended call that was refused offers ways on, and stays on the screen long enough to be read.
    pub(super) fn offer(&mut self, id: CallId, ways: Vec<NextWay>, now: Now) {
        if let Some(call) = self.ended.iter_mut().rev().find(|call| call.id == id) {
            call.next = ways;
            let until = now.boot + LINGER_WITH_WAYS;
            self.lingering.iter_mut().filter(|(lingering, _)| *lingering == id).for_each(|(_, at)| *at = until);
            self.effects.push_back(CallEffect::Offered(Box::new(call.clone())));
        }
    }

    /// The user closes an ended call that is still shown.
    pub(super) fn dismiss(&mut self, id: CallId) {
        self.lingering.retain(|(shown, _)| *shown != id);
    }

    /// The calls of an account, for a connection that changed.
    pub(super) fn of_account(&self, account: &AccountId) -> Vec<CallId> {
        self.living_views().filter(|call| call.account == *account).map(|call| call.id).collect()
    }

    pub(super) fn handle_timeout(&mut self, now: Now) {
        let due: Vec<CallId> = self
            .living
            .iter()
            .filter(|(_, call)| call.poll_timeout().is_some_and(|due| due <= now.boot))
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            self.with(id, now, |call| call.handle_timeout(now));
        }
        self.lingering.retain(|(_, until)| *until > now.boot);
        self.sounding.retain(|(_, until)| *until > now.boot);
    }

    pub(super) fn poll_timeout(&self) -> Option<BootTime> {
        let living = self.living.values().filter_map(UserCall::poll_timeout);
        living.chain(self.lingering.iter().chain(&self.sounding).map(|(_, until)| *until)).min()
    }

    pub(super) fn poll_effect(&mut self) -> Option<CallEffect> {
        self.effects.pop_front()
    }

    fn drain(&mut self, id: CallId, now: Now) {
        let Some(call) = self.living.get_mut(&id) else { return };
        let account = call.view().account.clone();
        while let Some(output) = call.poll_output() {
            self.effects.push_back(match output {
                Output::Sip(command) => CallEffect::Voice(account.clone(), command),
                Output::Media(command) => CallEffect::Media(command),
                Output::Propose(to, offer) => CallEffect::Propose(account.clone(), id, to, offer),
                Output::Proceed => CallEffect::Proceed(account.clone(), id),
                Output::Changed => CallEffect::Changed(Box::new(call.view().clone())),
                Output::Written => CallEffect::Written(Box::new(call.view().clone())),
            });
        }
        if call.view().state == CallState::Ended
            && let Some(call) = self.living.remove(&id)
        {
            self.ended.push_back(call.view().clone());
            self.effects.push_back(CallEffect::Ended(Box::new(call.view().clone())));
            self.lingering.push((id, now.boot + LINGER));
            self.sounding.push((id, now.boot + LINGER));
            while self.ended.len() > MOST_ENDED {
                if let Some(forgotten) = self.ended.pop_front() {
                    self.stats.remove(&forgotten.id);
                }
            }
        }
    }
}
