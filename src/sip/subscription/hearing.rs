//! What notifiers say.

use std::time::Duration;

use super::machine::{AFTER_REFUSAL, Fork, LASTED, LONGEST_PAUSE, Output, Subscription};
use super::state::{self, State, Terminated};
use super::{Document, News, Notifier, Standing};
use crate::model::Now;
use crate::sip::session::dialog::Dialog;
use crate::sip::stack::{Method, Request, Response, ServerId};

impl Subscription {
    pub(super) fn handle_request(&mut self, server: ServerId, request: &Request, now: Now) {
        if request.method != Method::Notify {
            return self.respond(server, request, 481);
        }
        let Some(cseq) = request.headers.cseq() else { return self.respond(server, request, 400) };
        let event = request.headers.value("Event").unwrap_or_default();
        let event = event.split(';').next().unwrap_or_default().trim();
        if !event.eq_ignore_ascii_case(self.wish.package.token()) {
            return self.respond(server, request, 489);
        }
        let state = state::read(&request.headers);
        let (at, founded) = match self.fork_of(request, now) {
            Some(found) => found,
            None => return self.respond(server, request, 481),
        };
        let Some(fork) = self.forks.get_mut(at) else { return };
        let name = fork.name;
        // RFC 3261 section 12.2.2; the NOTIFY that founds the dialog sets the number.
        if !founded && !fork.dialog.accept_remote_cseq(cseq.number) {
            return self.respond(server, request, 500);
        }
        fork.dialog.refresh_target(&request.headers);
        let readable = request.body.is_empty()
            || request
                .headers
                .content_type()
                .is_some_and(|kind| kind.name.eq_ignore_ascii_case(self.wish.package.accept()));
        if !readable {
            let mut response = Response::to(request, 415, None);
            response.headers.push("Accept", self.wish.package.accept());
            self.outputs.push_back(Output::Respond(server, response));
            return;
        }
        self.respond(server, request, 200);
        self.take(name, state, request, now);
    }

    /// What an accepted NOTIFY means.
    pub(super) fn take(&mut self, name: Notifier, state: State, request: &Request, now: Now) {
        if self.ending.is_some() {
            if matches!(state, State::Terminated(..)) {
                self.forks.retain(|fork| fork.name != name);
                if self.forks.is_empty() {
                    self.finish();
                }
            }
            return;
        }
        match state {
            State::Active(expires) | State::Pending(expires) => {
                if let Some(expires) = expires {
                    self.extend(name, expires, now);
                }
                self.stand(if matches!(state, State::Pending(_)) { Standing::Pending } else { Standing::Active });
                if !request.body.is_empty() {
                    self.tell(News::Document { from: name, document: Document(request.body.clone()) });
                }
                self.drop_stale();
            }
            State::Terminated(why, after) => {
                if !request.body.is_empty() && why == Terminated::Invariant {
                    self.tell(News::Document { from: name, document: Document(request.body.clone()) });
                }
                self.forks.retain(|fork| fork.name != name);
                self.handle_terminated(name, why, after, now);
            }
        }
    }

    pub(super) fn handle_terminated(&mut self, name: Notifier, why: Terminated, after: Option<u32>, now: Now) {
        if why == Terminated::Invariant {
            self.stand(Standing::Active);
            // It stays true: nothing more is asked.
            self.retry_at = Some(now.boot + AFTER_REFUSAL);
            return;
        }
        self.tell(News::Gone(name));
        // The other answerers go on.
        if !self.forks.is_empty() || self.asked.is_some() {
            return;
        }
        let after = after.map(|seconds| Duration::from_secs(u64::from(seconds.max(1))).min(LONGEST_PAUSE));
        match why {
            Terminated::Never => self.refuse("The other side does not allow this.", now),
            Terminated::Later => self.fail("The other side asked to try later.", after, now),
            Terminated::AskAgain | Terminated::Invariant => {
                let lasted = self.since.is_some_and(|since| now.boot.saturating_since(since) >= LASTED);
                match after {
                    None if lasted => {
                        (self.since, self.failures) = (None, 0);
                        self.ask(now);
                    }
                    // Whoever ends it at once each time must not be asked in a circle.
                    _ => self.fail("The other side ended it.", after, now),
                }
            }
        }
    }

    /// The dialog that a NOTIFY belongs to, and whether it founds it.
    pub(super) fn fork_of(&mut self, request: &Request, now: Now) -> Option<(usize, bool)> {
        let headers = &request.headers;
        if let Some(at) = self.forks.iter().position(|fork| fork.dialog.owns_request(headers)) {
            return Some((at, false));
        }
        let call_id = headers.call_id()?;
        let ours = headers.to_tag()?;
        let (tag, cseq, granted, fresh) = match (&self.asked, &self.known) {
            (Some(asked), _) if asked.call_id == call_id => {
                let granted = asked.granted.unwrap_or(asked.expires);
                (asked.tag.clone(), asked.cseq, granted, self.known.as_ref().is_none_or(|(id, _)| id != call_id))
            }
            // A further answerer of a forked SUBSCRIBE.
            (_, Some((id, tag))) if id == call_id => (tag.clone(), 1, self.wish.expires, false),
            _ => return None,
        };
        if tag != ours || self.ending.is_some() {
            return None;
        }
        // What replaces a lost dialog begins a new list.
        if fresh {
            self.forget_dialogs();
        }
        if self.forks.len() >= self.wish.package.forks() {
            return None;
        }
        let dialog = Dialog::from_request(request, &tag, cseq)?;
        self.known = Some((call_id.to_owned(), tag));
        if self.asked.as_ref().is_some_and(|asked| asked.granted.is_some()) {
            self.asked = None;
        }
        self.since.get_or_insert(now.boot);
        self.next_fork = self.next_fork.wrapping_add(1);
        let name = Notifier(self.next_fork);
        self.forks.push(Fork { name, dialog, until: now.boot, refresh_at: now.boot, sent: None });
        self.extend(name, granted, now);
        Some((self.forks.len() - 1, true))
    }
}
