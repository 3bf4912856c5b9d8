//! Our INVITE: forks, early media, reliable provisionals, CANCEL and what crosses it (RFC 3261 sections 9 and 13, RFC 3262).

use std::fmt::Write as _;
use std::sync::Arc;

use rand::Rng;

use super::dialog::Dialog;
use super::timer::{Interval, MAX_MIN_SE, SESSION_EXPIRES};
use super::{Established, NO_ANSWER, OVERDUE, Phase, SDP, Session, Timer, reason_text};
use crate::model::{BootTime, EndedBy, Jid, Now};
use crate::sip::boundary::{Anonymity, CallIdentity, Ended, Event, ForkId};
use crate::sip::stack::{ClientFailure, Method, NameAddr, Request, Response, session_description};
use crate::sip::usage::{CallOutput, OutgoingInvite, RequestKey};

/// How many early dialogs are followed (S34); further ones can still answer.
const MAX_FORKS: usize = 8;
/// How many reliable provisionals of one fork are acknowledged (S35).
const MAX_RELIABLE: u32 = 64;
/// How often an INVITE is repeated for a larger session interval (RFC 4028 section 7.3).
const MAX_INTERVAL_TRIES: u8 = 2;

/// How far the wish to cancel has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cancel {
    No,
    /// No provisional has come yet (RFC 3261 section 9.1).
    Wanted,
    Sent,
}

/// Our INVITE.
pub(super) struct Placed {
    pub(super) key: RequestKey,
    pub(super) request: Request,
    provisional: bool,
    cancel: Cancel,
    pub(super) forks: Vec<Fork>,
    /// No offer was in it: the 2xx brings one.
    offerless: bool,
    interval_tries: u8,
    /// The other side cannot use the offer: how the call ends, unless `account` has another one.
    declined: Option<Ended>,
    /// When the first 2xx came.
    pub(super) answered: Option<BootTime>,
}

/// One branch that has shown itself.
pub(super) struct Fork {
    id: ForkId,
    pub(super) dialog: Dialog,
    /// The last reliable provisional (RFC 3262 section 4).
    rseq: Option<u32>,
    reliable: u32,
    sdp: Option<Arc<str>>,
}

impl Session {
    /// Writes and sends the INVITE. An empty offer asks the peer to make one.
    pub(super) fn place(&mut self, invite: &OutgoingInvite, now: Now) {
        let uri = invite.to.uri.to_string();
        let mut to = NameAddr::new(&uri);
        to.display.clone_from(&invite.to.display);
        let tag = format!("{:016x}", self.random.random::<u64>());
        let mut request = Request::new(Method::Invite, &uri);
        let anonymous = invite.anonymity == Anonymity::Anonymous;
        let from = if anonymous {
            // RFC 3323 section 4.1.1.3.
            let mut from = NameAddr::new("sip:anonymous@anonymous.invalid");
            from.display = Some("Anonymous".to_owned());
            from
        } else {
            self.local.address.clone()
        };
        request.headers.push("From", from.with_tag(&tag).to_string());
        request.headers.push("To", to.to_string());
        request.headers.push("Call-ID", self.call_id.clone());
        let first = self.random.random_range(1..1 << 16);
        request.set_cseq(first);
        self.introduce(&mut request.headers);
        request.headers.push("Session-Expires", SESSION_EXPIRES.to_string());
        if anonymous {
            // RFC 3325 section 9.2: our own proxy may know, nobody behind it.
            request.headers.push("Privacy", "id");
            let known = NameAddr::new(&self.local.address.uri);
            request.headers.push("P-Preferred-Identity", known.to_string());
        } else if let Some(jid) = &invite.call_info {
            // RFC 7081 section 3.5, RFC 6993.
            request.headers.push("Call-Info", format!("<{}>;purpose=impp", xmpp_uri(jid)));
        }
        if let Some(referral) = &invite.referral {
            if let Some(replaces) = &referral.replaces {
                // RFC 3891 section 4; who does not know it must not take it for a new call.
                request.headers.push("Replaces", replaces.to_string());
                request.headers.push("Require", "replaces");
            }
            if let Some(by) = referral.referred_by.as_ref().filter(|_| !anonymous) {
                // RFC 3892 section 2.2.
                request.headers.push("Referred-By", format!("<{by}>"));
            }
        }
        let offerless = invite.offer.is_empty();
        if !offerless {
            request = request.with_body(SDP, invite.offer.as_bytes().to_vec());
        }
        let key = self.send(request.clone());
        self.placed = Some(Placed {
            key,
            request,
            provisional: false,
            cancel: Cancel::No,
            forks: Vec::new(),
            offerless,
            interval_tries: 0,
            declined: None,
            answered: None,
        });
        self.phase = Phase::Calling;
        self.set(Timer::NoAnswer, NO_ANSWER, now);
    }

    /// Cancels the INVITE as soon as that is allowed.
    pub(super) fn cancel(&mut self) {
        let Some(placed) = self.placed.as_mut().filter(|placed| placed.cancel != Cancel::Sent) else { return };
        // RFC 3261 section 9.1: not before a provisional response, or the CANCEL might overtake the INVITE.
        if placed.provisional {
            placed.cancel = Cancel::Sent;
            self.outputs.push_back(CallOutput::Cancel { invite: placed.key, reason: None });
        } else {
            placed.cancel = Cancel::Wanted;
        }
    }

    pub(super) fn handle_invite_response(&mut self, response: &Response, identity: CallIdentity, now: Now) {
        match response.code {
            ..200 => self.handle_provisional(response),
            200..300 => self.handle_success(response, identity, now),
            300.. => self.handle_refusal(response, now),
        }
    }

    fn handle_provisional(&mut self, response: &Response) {
        let Some(placed) = &mut self.placed else { return };
        let first = !placed.provisional;
        placed.provisional = true;
        if placed.cancel == Cancel::Wanted {
            self.cancel();
        }
        if self.ended || !matches!(self.phase, Phase::Calling) || (response.code == 100 && !first) {
            return;
        }
        let Some(placed) = &mut self.placed else { return };
        let text = reason_text(&response.headers);
        let untagged =
            Event::Progress { call: self.call, code: response.code, text: text.clone(), fork: ForkId(0), sdp: None };
        if response.code == 100 || response.headers.to_tag().is_none() {
            self.say(untagged);
            return;
        }
        let Some(fork) = placed.fork(response) else { return };
        let mut prack = None;
        if response.headers.has_token("Require", "100rel") {
            let Some(rseq) = response.headers.seconds("RSeq") else { return };
            // RFC 3262 section 4: only the next one in order; a repeated one has had its PRACK.
            let next = fork.rseq.is_none_or(|last| last.checked_add(1) == Some(rseq));
            if !next || rseq == 0 || fork.reliable == MAX_RELIABLE {
                return;
            }
            let Some(cseq) = response.headers.cseq() else { return };
            fork.rseq = Some(rseq);
            fork.reliable += 1;
            let request = fork.dialog.request(Method::Prack).with("RAck", format!("{rseq} {} INVITE", cseq.number));
            prack = Some(request);
        }
        let sdp = session_description(&response.headers, &response.body).filter(|sdp| fork.sdp.as_ref() != Some(sdp));
        fork.sdp = sdp.clone().or(fork.sdp.take());
        let fork = fork.id;
        // Without an offer of ours, early SDP is an offer that only a PRACK could answer: the 2xx repeats it.
        let sdp = sdp.filter(|_| !placed.offerless);
        if let Some(prack) = prack {
            self.send(prack);
        }
        self.say(Event::Progress { call: self.call, code: response.code, text, fork, sdp });
    }

    fn handle_success(&mut self, response: &Response, identity: CallIdentity, now: Now) {
        let Some(placed) = &mut self.placed else { return };
        placed.provisional = true;
        placed.answered = placed.answered.or(Some(now.boot));
        let key = placed.key;
        if self.repeat_ack(key, response.headers.to_tag().as_deref()) {
            return;
        }
        let Phase::Calling = self.phase else {
            self.end_fork(key, response);
            return;
        };
        let Some(placed) = &mut self.placed else { return };
        let Some((fork, early, dialog)) = placed.confirm(response) else {
            // Without a tag or with a hundred routes there is no dialog to talk in.
            let text = Some("The answer could not be used".into());
            self.end(Ended { code: 500, text, by: EndedBy::Network, elsewhere: false, retry_after: None }, now);
            return;
        };
        let sdp = session_description(&response.headers, &response.body);
        let (offerless, cseq) = (placed.offerless, response.headers.cseq().map_or(0, |cseq| cseq.number));
        let offer = std::str::from_utf8(&placed.request.body).ok().filter(|offer| !offer.is_empty()).map(Arc::from);
        let (tag, ack) = (dialog.remote_tag().to_owned(), dialog.ack(cseq));
        let established = Established {
            dialog,
            unacked: None,
            change: None,
            delayed: offerless.then_some((key, cseq)),
            interval: None,
            peer_updates: response.headers.has_token("Allow", "UPDATE"),
            peer_info: response.headers.has_token("Allow", "INFO"),
            last_sdp: offer,
            bye_wanted: false,
            ours: true,
        };
        self.clear(Timer::NoAnswer);
        self.phase = Phase::Established(Box::new(established));
        if !offerless {
            self.acknowledge(key, tag, ack);
        }
        self.start_interval(Interval::from_response(&response.headers), now);
        self.say(Event::Answered { call: self.call, fork, sdp: sdp.or(early), identity });
        self.note_focus(&response.headers);
    }

    /// A 2xx that nobody wants: a second fork's, or one that crossed our CANCEL (RFC 3261 sections 9.1 and 13.2.2.4).
    fn end_fork(&mut self, key: RequestKey, response: &Response) {
        // The call itself, while its offer waits for our answer, repeats its 2xx as well.
        if let Phase::Established(established) = &self.phase
            && Some(established.dialog.remote_tag()) == response.headers.to_tag().as_deref()
        {
            return;
        }
        let Some(placed) = &mut self.placed else { return };
        let Some((_, _, mut dialog)) = placed.confirm(response) else { return };
        let cseq = response.headers.cseq().map_or(0, |cseq| cseq.number);
        let (tag, ack, bye) = (dialog.remote_tag().to_owned(), dialog.ack(cseq), dialog.request(Method::Bye));
        self.acknowledge(key, tag, ack);
        let bye = self.send(bye);
        if self.byes.len() < super::MAX_ACKS {
            self.byes.push(bye);
        }
    }

    fn handle_refusal(&mut self, response: &Response, now: Now) {
        if !matches!(self.phase, Phase::Calling) {
            return;
        }
        if response.code == 422 && self.raise_interval(response) {
            return;
        }
        // A redirection is somebody else's word about where a call shall go and what it may cost: not followed by itself.
        if (300..400).contains(&response.code) {
            self.say_redirected(response);
        }
        let by = match response.code {
            480 | 486 | 487 | 600 | 603 => EndedBy::Remote,
            _ => EndedBy::Network,
        };
        let phrase = || Some(response.reason.trim()).filter(|phrase| !phrase.is_empty()).map(Arc::from);
        let text = reason_text(&response.headers).or_else(phrase);
        let retry_after = response.headers.seconds("Retry-After");
        let end = Ended { code: response.code, text, by, elsewhere: false, retry_after };
        // RFC 3261 section 8.1.3.5: with another description it may be asked once more.
        let offered = self.placed.as_mut().filter(|placed| !placed.offerless && placed.cancel == Cancel::No);
        if let (488 | 606, false, Some(placed)) = (response.code, self.ended, offered) {
            placed.declined = Some(end);
            self.set(Timer::Overdue, OVERDUE, now);
            return self.say(Event::OfferRefused { call: self.call, code: response.code });
        }
        self.placed = None;
        self.end(end, now);
    }

    /// The same INVITE with another offer, after the first one could not be used. False where that is not what is waited for.
    pub(super) fn offer_again(&mut self, sdp: &str) -> bool {
        let Some(placed) = self.placed.as_mut().filter(|placed| placed.declined.is_some()) else { return false };
        let Some(cseq) = placed.request.headers.cseq() else { return false };
        placed.declined = None;
        let mut request = placed.request.clone().with_body(SDP, sdp.as_bytes().to_vec());
        request.set_cseq(cseq.number.saturating_add(1));
        self.clear(Timer::Overdue);
        self.send_again(request);
        true
    }

    /// Our address changed while it rang, and the INVITE is cancelled: `account` is asked for an offer that names the new one.
    pub(super) fn place_again(&mut self, key: RequestKey, now: Now) {
        let contact = self.own_contact().to_string();
        let Some(placed) = self.placed.as_mut().filter(|placed| placed.key == key && placed.cancel == Cancel::No)
        else {
            return self.handle_failed(key, ClientFailure::Transport, now);
        };
        if !matches!(self.phase, Phase::Calling) {
            return;
        }
        let text = Some("The connection broke".into());
        let end = Ended { code: 503, text, by: EndedBy::Network, elsewhere: false, retry_after: None };
        placed.declined = Some(end);
        placed.forks.clear();
        // What the old INVITE asked for holds for the new one: the Contact is that of the new connection.
        placed.request.headers.set("Contact", contact);
        self.set(Timer::Overdue, OVERDUE, now);
        self.set(Timer::NoAnswer, NO_ANSWER, now);
        self.say(Event::Adrift { call: self.call });
    }

    /// No other offer comes: the call ends as it was refused. False where none was waited for.
    pub(super) fn end_declined(&mut self, now: Now) -> bool {
        let Some(end) = self.placed.as_mut().and_then(|placed| placed.declined.take()) else { return false };
        self.placed = None;
        self.end(end, now);
        true
    }

    fn send_again(&mut self, request: Request) {
        let key = self.send(request.clone());
        if let Some(placed) = &mut self.placed {
            (placed.key, placed.request) = (key, request);
            placed.forks.clear();
            placed.provisional = false;
        }
    }

    /// RFC 4028 section 7.3: the same INVITE with the interval that is demanded.
    fn raise_interval(&mut self, response: &Response) -> bool {
        let Some(placed) = &mut self.placed else { return false };
        let Some(least) = response.headers.seconds("Min-SE").filter(|least| *least <= MAX_MIN_SE) else { return false };
        let Some(cseq) = response.headers.cseq() else { return false };
        if placed.interval_tries == MAX_INTERVAL_TRIES {
            return false;
        }
        placed.interval_tries += 1;
        let mut request = placed.request.clone();
        request.headers.set("Session-Expires", least.max(SESSION_EXPIRES).to_string());
        request.headers.set("Min-SE", least.to_string());
        request.set_cseq(cseq.number.saturating_add(1));
        self.send_again(request);
        true
    }

    pub(super) fn handle_invite_failed(&mut self, code: u16) {
        if matches!(self.phase, Phase::Calling) {
            self.placed = None;
            let text = if code == 408 { "No answer from the server" } else { "The connection broke" };
            self.say(Event::Ended {
                call: self.call,
                end: Ended { code, text: Some(text.into()), by: EndedBy::Network, elsewhere: false, retry_after: None },
            });
            self.phase = Phase::Over;
            self.timers.clear();
        }
    }
}

impl Placed {
    /// The fork of a provisional response, known or new.
    fn fork(&mut self, response: &Response) -> Option<&mut Fork> {
        let tag = response.headers.to_tag()?;
        let at = match self.forks.iter().position(|fork| fork.dialog.remote_tag() == tag) {
            Some(at) => at,
            None if self.forks.len() == MAX_FORKS => return None,
            None => {
                let dialog = Dialog::from_response(&self.request, response)?;
                let id = ForkId(u32::try_from(self.forks.len()).unwrap_or_default() + 1);
                self.forks.push(Fork { id, dialog, rseq: None, reliable: 0, sdp: None });
                self.forks.len() - 1
            }
        };
        self.forks.get_mut(at)
    }

    /// The dialog that a 2xx confirms: route set and target from the 2xx, numbers from the early dialog
    /// (RFC 3261 section 13.2.2.4). With it the fork's name and its early SDP.
    fn confirm(&mut self, response: &Response) -> Option<(ForkId, Option<Arc<str>>, Dialog)> {
        let mut dialog = Dialog::from_response(&self.request, response)?;
        let early = self.forks.iter().find(|fork| fork.dialog.remote_tag() == dialog.remote_tag());
        let Some(early) = early else { return Some((ForkId(MAX_FORKS as u32 + 1), None, dialog)) };
        dialog.continue_numbers(&early.dialog);
        Some((early.id, early.sdp.clone(), dialog))
    }
}

/// `xmpp:` with everything escaped that RFC 5122 section 2.2 wants escaped, and whatever would end the header's value.
fn xmpp_uri(jid: &Jid) -> String {
    let mut uri = "xmpp:".to_owned();
    for byte in jid.as_str().bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@!$&'()*+=:".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}
