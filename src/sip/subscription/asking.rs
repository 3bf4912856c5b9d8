//! What is asked, and what the answers mean.

use std::time::Duration;

use rand::Rng;

use super::machine::{Asked, FIRST_PAUSE, LONGEST_PAUSE, MAX_RAISES, Output, Subscription, TIMER_N};
use super::{Notifier, Standing};
use crate::model::Now;
use crate::sip::stack::{ClientFailure, Method, NameAddr, Request, Response};
use crate::sip::usage::RequestKey;

impl Subscription {
    /// A SUBSCRIBE outside of any dialog (RFC 6665 section 4.1.2.1).
    pub(super) fn ask(&mut self, now: Now) {
        self.retry_at = None;
        let call_id = format!("{:032x}", self.random.random::<u128>());
        let tag = format!("{:016x}", self.random.random::<u64>());
        let expires = self.wish.expires;
        let asked = Asked {
            key: self.key(),
            call_id,
            tag,
            cseq: 0,
            expires,
            granted: None,
            until: now.boot + TIMER_N,
            raises: 0,
        };
        self.asked = Some(asked);
        if self.standing.is_none() {
            self.stand(Standing::Asking);
        }
        self.send_asked();
    }

    pub(super) fn send_asked(&mut self) {
        let key = self.key();
        let uri = self.wish.resource.to_string();
        let local = self.local.address.clone();
        let Some(asked) = &mut self.asked else { return };
        asked.key = key;
        asked.cseq = asked.cseq.saturating_add(1);
        let mut request = Request::new(Method::Subscribe, &uri)
            .with("From", local.with_tag(&asked.tag).to_string())
            .with("To", NameAddr::new(&uri).to_string())
            .with("Call-ID", asked.call_id.clone());
        request.set_cseq(asked.cseq);
        let expires = asked.expires;
        self.describe(&mut request, expires);
        self.outputs.push_back(Output::Send(key, request));
    }

    pub(super) fn describe(&self, request: &mut Request, expires: u32) {
        request.headers.push("Event", self.wish.package.token());
        request.headers.push("Accept", self.wish.package.accept());
        request.headers.push("Expires", expires.to_string());
        request.headers.push("Contact", self.local.contact.to_string());
    }

    /// A SUBSCRIBE in the dialog of one answerer (RFC 6665 section 4.1.2.2).
    pub(super) fn refresh(&mut self, name: Notifier) {
        let key = self.key();
        let expires = if self.ending.is_some() { 0 } else { self.wish.expires };
        let Some(fork) = self.forks.iter_mut().find(|fork| fork.name == name) else { return };
        fork.sent = Some(key);
        let mut request = fork.dialog.request(Method::Subscribe);
        self.describe(&mut request, expires);
        self.outputs.push_back(Output::Send(key, request));
    }

    pub(super) fn refresh_all(&mut self) {
        let names: Vec<Notifier> = self.forks.iter().filter(|fork| fork.sent.is_none()).map(|fork| fork.name).collect();
        for name in names {
            self.refresh(name);
        }
    }

    /// Where we are is new: every dialog learns it, and what rested is asked for.
    pub(super) fn renew(&mut self, now: Now) {
        if self.ending.is_some() {
            return;
        }
        // A SUBSCRIBE that was under way went out over the old path.
        self.forks.iter_mut().for_each(|fork| fork.sent = None);
        let refused = matches!(self.standing, Some(Standing::Refused(_)));
        if self.forks.is_empty() && !refused {
            self.ask(now);
        } else {
            self.refresh_all();
        }
    }

    pub(super) fn handle_response(&mut self, key: RequestKey, response: &Response, now: Now) {
        if response.is_provisional() {
            return;
        }
        if self.asked.as_ref().is_some_and(|asked| asked.key == key) {
            self.handle_first_answer(response, now);
            return;
        }
        let Some(fork) = self.forks.iter_mut().find(|fork| fork.sent == Some(key)) else { return };
        fork.sent = None;
        let name = fork.name;
        if self.ending.is_some() {
            return;
        }
        if response.is_success() {
            fork.dialog.refresh_target(&response.headers);
            self.failures = 0;
            let granted = response.headers.seconds("Expires").unwrap_or(self.wish.expires);
            self.extend(name, granted, now);
            return;
        }
        match response.code {
            423 => {
                self.raise(response);
                // The next turn asks for as much as is wanted.
                self.postpone(name, Duration::from_secs(1), now);
            }
            // RFC 6665 section 4.1.2.2 and RFC 5057: these end the usage; the state is asked for anew. So does a challenge that
            // must not be answered inside of a dialog (S03).
            401 | 403 | 404 | 405 | 407 | 410 | 416 | 480..=485 | 489 | 501 | 604 => {
                self.forget_dialogs();
                if self.asked.is_none() {
                    self.ask(now);
                }
            }
            // Any other failure leaves it as it was until it runs out: another try in time.
            _ => {
                let pause = retry_after(response).unwrap_or(FIRST_PAUSE);
                self.postpone(name, pause, now);
            }
        }
    }

    /// The answer to the SUBSCRIBE outside of any dialog.
    pub(super) fn handle_first_answer(&mut self, response: &Response, now: Now) {
        let wished = self.wish.expires;
        let Some(asked) = &mut self.asked else { return };
        match response.code {
            200..=299 => {
                asked.granted = Some(response.headers.seconds("Expires").unwrap_or(wished));
                let granted = asked.granted.unwrap_or(wished);
                // The NOTIFY may have been faster.
                let names: Vec<Notifier> = self.forks.iter().map(|fork| fork.name).collect();
                if self.known.as_ref().map(|(id, _)| id) == self.asked.as_ref().map(|asked| &asked.call_id) {
                    for name in names {
                        self.extend(name, granted, now);
                    }
                    // Timer N runs on only where further answerers may come; the first one has.
                    self.asked = None;
                }
            }
            423 if asked.raises < MAX_RAISES => {
                asked.raises += 1;
                self.raise(response);
                let expires = self.wish.expires;
                if let Some(asked) = &mut self.asked {
                    asked.expires = expires;
                }
                self.send_asked();
            }
            // RFC 6665 section 4.2.1: the package is not known there, or it is not ours to know.
            403 | 404 | 405 | 410 | 416 | 485 | 489 | 501 | 603 | 604 => {
                self.asked = None;
                let text = match response.code {
                    489 | 405 | 501 => "The other side does not offer this.",
                    404 | 410 | 485 | 604 => "There is nobody at this address.",
                    _ => "The other side does not allow this.",
                };
                self.refuse(text, now);
            }
            _ => {
                self.asked = None;
                let text = match response.code {
                    401 | 407 => "The other side did not accept the sign-in.",
                    480 | 408 | 503 => "The other side does not answer now.",
                    _ => "The other side could not do it.",
                };
                self.fail(text, retry_after(response), now);
            }
        }
    }

    pub(super) fn handle_retried(&mut self, key: RequestKey, cseq: u32) {
        if let Some(asked) = self.asked.as_mut().filter(|asked| asked.key == key) {
            asked.cseq = cseq;
        }
        if let Some(fork) = self.forks.iter_mut().find(|fork| fork.sent == Some(key)) {
            fork.dialog.note_local_cseq(cseq);
        }
    }

    pub(super) fn handle_failed(&mut self, key: RequestKey, why: ClientFailure, now: Now) {
        if self.asked.as_ref().is_some_and(|asked| asked.key == key) {
            self.asked = None;
            let text = match why {
                ClientFailure::Timeout => "The other side does not answer.",
                ClientFailure::Transport => "The phone service is not connected.",
            };
            self.fail(text, None, now);
            return;
        }
        if let Some(fork) = self.forks.iter_mut().find(|fork| fork.sent == Some(key)) {
            fork.sent = None;
            // RFC 5057 section 5.1: a timeout ends the usage. A broken flow does not: the next registration renews it.
            match why {
                ClientFailure::Timeout if self.ending.is_none() => {
                    self.forget_dialogs();
                    self.ask(now);
                }
                ClientFailure::Timeout | ClientFailure::Transport => fork.refresh_at = now.boot + FIRST_PAUSE,
            }
        }
    }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers.seconds("Retry-After")?.max(1);
    Some(Duration::from_secs(u64::from(seconds)).min(LONGEST_PAUSE))
}
