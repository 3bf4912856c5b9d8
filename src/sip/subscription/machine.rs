//! One subscription: *handle once, drain, wait*.
//!
//! ```text
//! Resting --due--> Asking --NOTIFY--> Holding --refresh--> Holding
//!    ^                |                  |
//!    +---- failed, terminated, expired --+      (after a pause that grows, or the one that the other side names)
//! ```
//!
//! The dialog is founded by the NOTIFY and not by the 2xx (RFC 6665 section 4.4.1), so it does not matter which comes first.
//! While a new dialog replaces a lost one, what the old one said stays shown until timer N has passed.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::{News, Notifier, Standing, Wish};
use crate::model::{BootTime, Now};
use crate::sip::session::dialog::Dialog;
use crate::sip::stack::{ClientFailure, NameAddr, Request, Response, ServerId};
use crate::sip::usage::{LocalParty, RequestKey};

/// Timer N (RFC 6665 section 4.1.2.4): 64 * T1, until when the first NOTIFY has to come.
pub(super) const TIMER_N: Duration = Duration::from_secs(32);
/// The first pause after a failure; it doubles with each further one.
pub(super) const FIRST_PAUSE: Duration = Duration::from_secs(15);
/// The longest pause after failures, and after a `Retry-After`.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(1800);
/// The pause after a refusal that will hardly change: the other side does not know the package, or does not allow it.
pub(super) const AFTER_REFUSAL: Duration = Duration::from_secs(4 * 3600);
/// A subscription that lasted this long did not fail: the next one may follow at once.
pub(super) const LASTED: Duration = Duration::from_secs(60);
/// The shortest lifetime that is believed, in seconds: less would be a storm of refreshes.
pub(super) const SHORTEST: u32 = 30;
/// The longest lifetime, in seconds: a lost notifier is noticed within a day.
pub(super) const LONGEST: u32 = 86_400;
/// Between two refreshes out of turn.
pub(super) const CALM: Duration = Duration::from_secs(5);
/// How often 423 may make us ask for longer.
pub(super) const MAX_RAISES: u8 = 2;

/// What comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The answer to a SUBSCRIBE.
    Response {
        /// Which.
        key: RequestKey,
        /// What.
        response: Response,
    },
    /// A SUBSCRIBE was repeated with credentials under this number.
    Retried(RequestKey, u32),
    /// A SUBSCRIBE ended without an answer.
    Failed(RequestKey, ClientFailure),
    /// A request with our Call-ID.
    Request(ServerId, Request),
    /// We are registered on a fresh flow, or again: whoever notifies has to learn where we are.
    Connected(LocalParty),
    /// Our address changed.
    ContactChanged(NameAddr),
    /// Something is missing: ask for the whole state.
    Refresh,
    /// It is not wanted any more.
    End,
}

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send a SUBSCRIBE.
    Send(RequestKey, Request),
    /// Answer a NOTIFY.
    Respond(ServerId, Response),
    /// Tell who subscribed.
    News(News),
    /// Over: it may be dropped.
    Finished,
}

/// The dialog with one answerer.
pub(super) struct Fork {
    pub(super) name: Notifier,
    pub(super) dialog: Dialog,
    /// Until when it holds.
    pub(super) until: BootTime,
    pub(super) refresh_at: BootTime,
    /// Its refresh that is on its way.
    pub(super) sent: Option<RequestKey>,
}

/// The SUBSCRIBE outside of any dialog that is on its way or waits for its NOTIFY.
pub(super) struct Asked {
    pub(super) key: RequestKey,
    pub(super) call_id: String,
    pub(super) tag: String,
    pub(super) cseq: u32,
    /// What was asked for, seconds.
    pub(super) expires: u32,
    /// What was granted, seconds.
    pub(super) granted: Option<u32>,
    /// Timer N.
    pub(super) until: BootTime,
    pub(super) raises: u8,
}

/// See the module.
pub struct Subscription {
    pub(super) wish: Wish,
    pub(super) local: LocalParty,
    pub(super) random: StdRng,
    pub(super) asked: Option<Asked>,
    /// The Call-ID and tag of the dialogs that hold.
    pub(super) known: Option<(String, String)>,
    pub(super) forks: Vec<Fork>,
    /// Answerers whose dialog is lost, and whose word still stands.
    pub(super) stale: Vec<Notifier>,
    /// When it is asked for anew; nothing while it is being asked for or holds.
    pub(super) retry_at: Option<BootTime>,
    pub(super) failures: u32,
    /// When the first answerer was heard.
    pub(super) since: Option<BootTime>,
    /// When a refresh out of turn was asked for last.
    pub(super) refreshed: Option<BootTime>,
    pub(super) standing: Option<Standing>,
    pub(super) ending: Option<BootTime>,
    pub(super) finished: bool,
    pub(super) next_key: u32,
    pub(super) next_fork: u32,
    pub(super) outputs: VecDeque<Output>,
}

impl Subscription {
    /// Asks at once.
    pub fn new(wish: Wish, local: LocalParty, seed: [u8; 32], now: Now) -> Self {
        let wish = Wish { expires: wish.expires.clamp(60, LONGEST), ..wish };
        let mut subscription = Self {
            wish,
            local,
            random: StdRng::from_seed(seed),
            asked: None,
            known: None,
            forks: Vec::new(),
            stale: Vec::new(),
            retry_at: None,
            failures: 0,
            since: None,
            refreshed: None,
            standing: None,
            ending: None,
            finished: false,
            next_key: 0,
            next_fork: 0,
            outputs: VecDeque::new(),
        };
        subscription.ask(now);
        subscription
    }

    /// Whether a message with this Call-ID is its.
    pub fn owns(&self, call_id: &str) -> bool {
        self.known.as_ref().is_some_and(|(known, _)| known == call_id)
            || self.asked.as_ref().is_some_and(|asked| asked.call_id == call_id)
    }

    /// One input.
    pub fn handle_input(&mut self, input: Input, now: Now) {
        match input {
            Input::Response { key, response } => self.handle_response(key, &response, now),
            Input::Retried(key, cseq) => self.handle_retried(key, cseq),
            Input::Failed(key, why) => self.handle_failed(key, why, now),
            Input::Request(server, request) => self.handle_request(server, &request, now),
            Input::Connected(local) => {
                let moved = self.local.contact != local.contact;
                self.local = local;
                self.failures = 0;
                if moved {
                    return self.renew(now);
                }
                let refused = matches!(self.standing, Some(Standing::Refused(_)));
                if self.forks.is_empty() && self.asked.is_none() && self.ending.is_none() && !refused {
                    self.ask(now);
                }
            }
            Input::ContactChanged(contact) => {
                if self.local.contact != contact {
                    self.local.contact = contact;
                    self.renew(now);
                }
            }
            Input::Refresh => {
                let calm = self.refreshed.is_none_or(|last| now.boot.saturating_since(last) >= CALM);
                if calm {
                    self.refreshed = Some(now.boot);
                    self.refresh_all();
                }
            }
            Input::End => self.end(now),
        }
    }

    /// Fires what is due.
    pub fn handle_timeout(&mut self, now: Now) {
        let is_due = |at: BootTime| at <= now.boot;
        if self.ending.is_some_and(is_due) {
            self.finish();
            return;
        }
        if self.asked.as_ref().is_some_and(|asked| is_due(asked.until)) {
            self.asked = None;
            // RFC 6665 section 4.1.2.4: no NOTIFY is a failure, whatever the answer was.
            self.fail("It was asked for and nothing came.", None, now);
        }
        let expired: Vec<usize> =
            self.forks.iter().enumerate().filter(|(_, fork)| is_due(fork.until)).map(|(at, _)| at).rev().collect();
        for at in expired {
            let fork = self.forks.remove(at);
            self.tell(News::Gone(fork.name));
        }
        if self.forks.is_empty() && self.asked.is_none() && self.retry_at.is_none() && self.ending.is_none() {
            self.fail("It ran out without being renewed.", None, now);
        }
        let due: Vec<Notifier> = self
            .forks
            .iter()
            .filter(|fork| fork.sent.is_none() && is_due(fork.refresh_at))
            .map(|fork| fork.name)
            .collect();
        for name in due {
            self.refresh(name);
        }
        if self.retry_at.is_some_and(is_due) {
            self.ask(now);
        }
    }

    /// What to do next.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Self::handle_timeout`] is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<BootTime> {
        if self.finished {
            return None;
        }
        let forks = self
            .forks
            .iter()
            .map(|fork| if fork.sent.is_some() { fork.until } else { fork.until.min(fork.refresh_at) });
        let asked = self.asked.as_ref().map(|asked| asked.until);
        forks.chain(asked).chain(self.retry_at).chain(self.ending).min()
    }

    /// It holds for so many seconds more, and is renewed before that at a time that differs from everybody else's.
    pub(super) fn extend(&mut self, name: Notifier, seconds: u32, now: Now) {
        let seconds = seconds.clamp(SHORTEST, LONGEST);
        let part = self.random.random_range(60..=85_u64);
        let Some(fork) = self.forks.iter_mut().find(|fork| fork.name == name) else { return };
        fork.until = now.boot + Duration::from_secs(u64::from(seconds));
        fork.refresh_at = now.boot + Duration::from_millis(u64::from(seconds) * part * 10);
    }

    pub(super) fn postpone(&mut self, name: Notifier, pause: Duration, now: Now) {
        for fork in self.forks.iter_mut().filter(|fork| fork.name == name) {
            fork.refresh_at = now.boot + pause;
        }
    }

    /// 423: as long as the other side wants, within bounds (RFC 6665 section 4.2.1.1).
    pub(super) fn raise(&mut self, response: &Response) {
        let least = response.headers.seconds("Min-Expires").unwrap_or(self.wish.expires.saturating_mul(2));
        self.wish.expires = self.wish.expires.max(least).min(LONGEST);
    }

    /// The dialogs are no longer; what they said is not taken back before something new is known, or nothing.
    pub(super) fn forget_dialogs(&mut self) {
        self.known = None;
        self.stale.extend(self.forks.drain(..).map(|fork| fork.name));
    }

    pub(super) fn drop_stale(&mut self) {
        for name in std::mem::take(&mut self.stale) {
            self.tell(News::Gone(name));
        }
    }

    pub(super) fn refuse(&mut self, text: &str, now: Now) {
        self.forget_dialogs();
        self.drop_stale();
        self.stand(Standing::Refused(text.into()));
        self.retry_at = Some(now.boot + AFTER_REFUSAL);
    }

    /// It broke: tried again after a pause that grows, with chance, so that not everybody comes at once.
    pub(super) fn fail(&mut self, text: &str, after: Option<Duration>, now: Now) {
        self.since = None;
        self.forget_dialogs();
        self.drop_stale();
        self.stand(Standing::Lost(Arc::from(text)));
        let doubled = FIRST_PAUSE.saturating_mul(1 << self.failures.min(7)).min(LONGEST_PAUSE);
        self.failures = self.failures.saturating_add(1);
        let chance = self.random.random_range(50..=100_u32);
        let pause = after.unwrap_or(doubled * chance / 100);
        self.retry_at = Some(now.boot + pause);
    }

    /// RFC 6665 section 4.1.2.3: a SUBSCRIBE with Expires 0, and a last NOTIFY that may come.
    pub(super) fn end(&mut self, now: Now) {
        if self.ending.is_some() || self.finished {
            return;
        }
        self.retry_at = None;
        self.asked = None;
        if self.forks.is_empty() {
            return self.finish();
        }
        self.ending = Some(now.boot + TIMER_N);
        self.refresh_all();
    }

    pub(super) fn finish(&mut self) {
        if !self.finished {
            self.finished = true;
            self.outputs.push_back(Output::Finished);
        }
    }

    pub(super) fn stand(&mut self, standing: Standing) {
        if self.standing.as_ref() != Some(&standing) {
            self.standing = Some(standing.clone());
            self.tell(News::Standing(standing));
        }
    }

    pub(super) fn tell(&mut self, news: News) {
        if self.ending.is_none() {
            self.outputs.push_back(Output::News(news));
        }
    }

    pub(super) fn respond(&mut self, server: ServerId, request: &Request, code: u16) {
        let tag = format!("{:016x}", self.random.random::<u64>());
        self.outputs.push_back(Output::Respond(server, Response::to(request, code, Some(&tag))));
    }

    pub(super) fn key(&mut self) -> RequestKey {
        self.next_key = self.next_key.wrapping_add(1);
        RequestKey(self.next_key)
    }
}
