//! Our changes inside of the dialog: re-INVITE with an offer, refreshes, glare (RFC 3261 section 14.1, RFC 3311, RFC 4028).

use std::sync::Arc;
use std::time::Duration;

use rand::Rng;

use super::timer::{MAX_MIN_SE, MIN_SE};
use super::{Phase, SDP, Session, Timer};
use crate::model::{EndedBy, Now};
use crate::sip::boundary::{Ended, Event};
use crate::sip::stack::{Method, Response, session_description};
use crate::sip::usage::RequestKey;

/// How often a change is tried when it meets theirs (S33).
const MAX_TRIES: u8 = 3;
/// How long a change waits for what is on its way.
const BUSY: Duration = Duration::from_millis(500);
/// The longest wait that a peer may ask for before a change is tried again, in seconds (RFC 3261 section 14.2: 0 to 10).
const MOST_RETRY_AFTER: u32 = 10;
/// How long a failed refresh waits for its next try.
const REFRESH_AGAIN: Duration = Duration::from_secs(10);

/// A change of ours.
pub(super) struct Change {
    /// The request that is on its way; absent while it waits for its turn.
    sent: Option<(RequestKey, Method)>,
    /// The offer of `account`; absent in a refresh.
    offer: Option<Arc<str>>,
    /// An offer that came while a refresh was on its way.
    next: Option<Arc<str>>,
    tries: u8,
}

impl Change {
    pub(super) fn is_sent(&self) -> bool {
        self.sent.is_some()
    }

    /// Whether it meets a change of theirs, so that one has to wait (RFC 3261 section 14.2, RFC 3311 section 5.2). Refreshes
    /// by UPDATE carry no offer: any number of them may cross, and a refusal would only tempt the peer to end the call.
    pub(super) fn meets(&self, invite: bool, has_offer: bool) -> bool {
        matches!(self.sent, Some((_, Method::Invite))) && (invite || has_offer)
    }
}

impl Session {
    pub(super) fn change_key(&self) -> Option<RequestKey> {
        let Phase::Established(established) = &self.phase else { return None };
        established.change.as_ref().and_then(|change| change.sent.as_ref()).map(|(key, _)| *key)
    }

    /// Offers a change by re-INVITE.
    pub(super) fn offer(&mut self, sdp: Arc<str>, now: Now) {
        let call = self.call;
        if self.offer_again(&sdp) {
            return;
        }
        let Phase::Established(established) = &mut self.phase else {
            self.say(Event::OfferRefused { call, code: 481 });
            return;
        };
        match &mut established.change {
            // The newer wish replaces one that waits for its turn, and follows a refresh that is on its way.
            Some(change) if change.sent.is_none() => change.offer = Some(sdp),
            Some(change) if change.offer.is_none() => change.next = Some(sdp),
            Some(_) => self.say(Event::OfferRefused { call, code: 491 }),
            None if self.their_offer.is_some() => self.say(Event::OfferRefused { call, code: 491 }),
            None => {
                established.change = Some(Change { sent: None, offer: Some(sdp), next: None, tries: 0 });
                self.send_change(now);
            }
        }
    }

    /// Refreshes the session and our Contact.
    pub(super) fn refresh(&mut self, now: Now) {
        let Phase::Established(established) = &mut self.phase else { return };
        if established.bye_wanted {
            return;
        }
        if established.change.is_some() || self.their_offer.is_some() {
            // Either of them refreshes as well.
            self.set(Timer::Refresh, REFRESH_AGAIN, now);
            return;
        }
        established.change = Some(Change { sent: None, offer: None, next: None, tries: 0 });
        self.send_change(now);
    }

    fn send_change(&mut self, now: Now) {
        let Phase::Established(established) = &mut self.phase else { return };
        if established.unacked.is_some() || established.delayed.is_some() {
            self.set(Timer::Glare, BUSY, now);
            return;
        }
        let Some(change) = &mut established.change else { return };
        change.offer = change.next.take().or(change.offer.take());
        // RFC 4028 section 7.4: UPDATE without offer where the peer takes it, else a re-INVITE that changes nothing.
        let sdp = match (&change.offer, established.peer_updates) {
            (Some(offer), _) => Some(offer.clone()),
            (None, true) => None,
            (None, false) => established.last_sdp.clone(),
        };
        let method = if sdp.is_some() || !established.peer_updates { Method::Invite } else { Method::Update };
        let interval = established.interval;
        let mut request = established.dialog.request(method.clone());
        self.introduce(&mut request.headers);
        if let Some(interval) = interval {
            request.headers.push("Session-Expires", interval.in_request());
        }
        if let Some(sdp) = sdp {
            request = request.with_body(SDP, sdp.as_bytes().to_vec());
        }
        let key = self.send(request);
        if let Phase::Established(established) = &mut self.phase
            && let Some(change) = &mut established.change
        {
            change.sent = Some((key, method));
        }
    }

    /// The wait after a 491, or for something on its way, is over.
    pub(super) fn retry_change(&mut self, now: Now) {
        let Phase::Established(established) = &self.phase else { return };
        if established.change.as_ref().is_some_and(|change| !change.is_sent()) {
            self.send_change(now);
        }
    }

    /// The peer's offer came while ours waited: ours was made before it and is stale now.
    pub(super) fn drop_waiting_change(&mut self) {
        let Phase::Established(established) = &mut self.phase else { return };
        let Some(change) = established.change.take_if(|change| !change.is_sent()) else { return };
        self.clear(Timer::Glare);
        if change.offer.or(change.next).is_some() {
            self.say(Event::OfferRefused { call: self.call, code: 491 });
        }
    }

    pub(super) fn handle_change_response(&mut self, response: &Response, now: Now) {
        if response.is_provisional() {
            return;
        }
        if !response.is_success() {
            if response.code == 422
                && let Phase::Established(established) = &mut self.phase
                && let Some(least) = response.headers.seconds("Min-SE").filter(|least| *least <= MAX_MIN_SE)
                && let Some(interval) = &mut established.interval
            {
                interval.seconds = interval.seconds.max(least).max(MIN_SE);
                // The next refresh asks for what they want.
                self.again(Duration::ZERO, response.code, now);
                return;
            }
            // RFC 3261 section 14.2: an INVITE before ours is unanswered there, and they say how long to wait.
            let wait = response.headers.seconds("Retry-After").filter(|seconds| *seconds <= MOST_RETRY_AFTER);
            match (response.code, wait) {
                (500, Some(seconds)) => self.again(Duration::from_secs(seconds.into()), response.code, now),
                (code, _) => self.handle_change_refused(code, now),
            }
            return;
        }
        let Phase::Established(established) = &mut self.phase else { return };
        let Some(Change { sent: Some((key, method)), offer, next, .. }) = established.change.take() else { return };
        established.dialog.refresh_target(&response.headers);
        let updates = response.headers.has_token("Allow", "UPDATE");
        established.peer_updates = updates || (established.peer_updates && response.headers.value("Allow").is_none());
        let cseq = response.headers.cseq().map_or(0, |cseq| cseq.number);
        let (tag, ack) = (established.dialog.remote_tag().to_owned(), established.dialog.ack(cseq));
        if method == Method::Invite {
            self.acks.retain(|(known, ..)| self.placed.as_ref().is_some_and(|placed| placed.key == *known));
            self.acknowledge(key, tag, ack);
        }
        self.start_interval(super::Interval::from_response(&response.headers), now);
        self.note_focus(&response.headers);
        if let Some(next) = next {
            self.offer(next, now);
        }
        let Some(offer) = offer else { return };
        let call = self.call;
        match session_description(&response.headers, &response.body) {
            Some(sdp) => {
                if let Phase::Established(established) = &mut self.phase {
                    established.last_sdp = Some(offer);
                }
                self.say(Event::OfferAnswered { call, sdp });
            }
            None => self.say(Event::OfferRefused { call, code: 488 }),
        }
    }

    /// Our change was refused, or never answered.
    pub(super) fn handle_change_refused(&mut self, code: u16, now: Now) {
        match code {
            // RFC 3261 section 12.2.1.2 (and RFC 4028 section 10 with it) recommends to end the dialog when nobody answers, because
            // the other side seems to be gone. Who hears it in the sound knows better: `account` decides, by hanging up or by
            // offering again. The session is as it was (RFC 3261 section 14.1), and ends with its interval if none gets through.
            408 => {
                let offered = self.has_offer_out();
                self.give_up_change(code, now);
                if !offered {
                    self.say(Event::Unanswered { call: self.call });
                }
            }
            481 => {
                self.end(
                    Ended {
                        code,
                        text: Some("The other side is gone".into()),
                        by: EndedBy::Network,
                        elsewhere: false,
                        retry_after: None,
                    },
                    now,
                );
            }
            491 => {
                let Phase::Established(established) = &self.phase else { return };
                // RFC 3261 section 14.1: who owns the Call-ID waits longer, both in steps of 10 ms.
                let steps = if established.ours { 210..=400 } else { 0..=200_u64 };
                let wait = Duration::from_millis(self.random.random_range(steps) * 10);
                self.again(wait, code, now);
            }
            _ => self.give_up_change(code, now),
        }
    }

    fn has_offer_out(&self) -> bool {
        let Phase::Established(established) = &self.phase else { return false };
        established.change.as_ref().is_some_and(|change| change.offer.is_some())
    }

    fn again(&mut self, wait: Duration, code: u16, now: Now) {
        let Phase::Established(established) = &mut self.phase else { return };
        let Some(change) = &mut established.change else { return };
        change.tries += 1;
        change.sent = None;
        if change.tries >= MAX_TRIES {
            self.give_up_change(code, now);
        } else {
            self.set(Timer::Glare, wait, now);
        }
    }

    fn give_up_change(&mut self, code: u16, now: Now) {
        let Phase::Established(established) = &mut self.phase else { return };
        let Some(change) = established.change.take() else { return };
        let refresher = established.interval.is_some_and(|interval| interval.ours);
        if change.offer.is_some() {
            self.say(Event::OfferRefused { call: self.call, code });
        } else if refresher {
            // RFC 4028 section 10: the session lives until its interval has run out.
            self.set(Timer::Refresh, REFRESH_AGAIN, now);
        }
        if let Some(next) = change.next {
            self.offer(next, now);
        }
    }

    /// Acknowledges a 2xx whose SDP was an offer, with our answer.
    pub(super) fn acknowledge_with_answer(&mut self, sdp: &Arc<str>) {
        let Phase::Established(established) = &mut self.phase else { return };
        let Some((key, cseq)) = established.delayed.take() else { return };
        established.last_sdp = Some(sdp.clone());
        let tag = established.dialog.remote_tag().to_owned();
        let ack = established.dialog.ack(cseq).with_body(SDP, sdp.as_bytes().to_vec());
        self.acknowledge(key, tag, ack);
    }
}
