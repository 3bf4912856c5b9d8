//! REFER inside of a call: ours, with the notifications about it, and theirs, with the notifications that we owe
//! (RFC 3515, RFC 3892, RFC 4488, RFC 5589, RFC 6665).

use std::time::Duration;

use super::{Event, Method, Now, Phase, Request, RequestKey, Response, ServerId, Session, Timer};
use crate::sip::referral::{self, Outcome, TransferEvent};
use crate::sip::stack::reason_phrase;

/// How long a transfer of ours is waited for when the other side does not say how long it tells.
const UNTOLD: Duration = Duration::from_secs(200);
/// The longest that is waited for news, whatever the other side says.
const LONGEST: Duration = Duration::from_secs(600);
/// How long we tell the other side about a call that it asked us to place: longer than a question and a ringing together.
const TELLING: Duration = Duration::from_secs(300);
/// How long `account` may take to say whether a REFER is taken.
const DECISION: Duration = Duration::from_secs(10);

/// The transfers of one call. Each direction has one at a time.
#[derive(Default)]
pub(super) struct Transfers {
    ours: Option<Ours>,
    asked: Option<(ServerId, Request)>,
    theirs: Option<Theirs>,
    /// REFERs that we took: from the second on, notifications name theirs (RFC 3515 section 2.4.6).
    taken: u32,
}

/// A REFER of ours.
struct Ours {
    key: RequestKey,
    cseq: Option<u32>,
    accepted: bool,
    /// Its outcome was told; what still comes is only acknowledged.
    over: bool,
}

/// A REFER of theirs that we took.
struct Theirs {
    /// The number of the REFER, for the Event header; absent for the first one.
    id: Option<u32>,
    /// No notifications are wanted (RFC 4488).
    quiet: bool,
    until: crate::model::BootTime,
    /// The NOTIFY without an answer: the next one waits for it, so that none overtakes another.
    sent: Option<RequestKey>,
    /// What is to be told next.
    next: Option<u16>,
    last: u16,
}

impl Session {
    /// Asks the other side to call somebody.
    pub(super) fn refer(&mut self, to: String, now: Now) {
        let call = self.call;
        let busy = self.transfers.ours.as_ref().is_some_and(|ours| !ours.over);
        let local = self.local.address.uri.clone();
        let Phase::Established(established) = &mut self.phase else {
            return self.say(Event::Transfer { call, news: TransferEvent::Over(Outcome::Refused(481)) });
        };
        if busy || established.bye_wanted {
            return self.say(Event::Transfer { call, news: TransferEvent::Over(Outcome::Refused(491)) });
        }
        let anonymous = established.dialog.local_uri().ends_with("@anonymous.invalid");
        let mut request = established.dialog.request(Method::Refer).with("Refer-To", to);
        if !anonymous {
            // RFC 3892 section 2.1.
            request.headers.push("Referred-By", format!("<{local}>"));
        }
        self.introduce(&mut request.headers);
        let cseq = request.headers.cseq().map(|cseq| cseq.number);
        let key = self.send(request);
        self.transfers.ours = Some(Ours { key, cseq, accepted: false, over: false });
        // A notification may come before the answer.
        self.set(Timer::Transfer, UNTOLD, now);
    }

    /// A REFER of ours was repeated with credentials.
    pub(super) fn note_refer_retried(&mut self, key: RequestKey, number: u32) {
        if let Some(ours) = self.transfers.ours.as_mut().filter(|ours| ours.key == key) {
            ours.cseq = Some(number);
        }
    }

    /// Whether a request of this name belongs to a transfer; then its answer is used up.
    pub(super) fn handle_transfer_response(&mut self, key: RequestKey, response: &Response, now: Now) -> bool {
        if self.transfers.ours.as_ref().is_some_and(|ours| ours.key == key) {
            if !response.is_provisional() {
                self.handle_refer_answered(response, now);
            }
            return true;
        }
        let Some(theirs) = self.transfers.theirs.as_mut().filter(|theirs| theirs.sent == Some(key)) else {
            return false;
        };
        if response.is_provisional() {
            return true;
        }
        theirs.sent = None;
        if !response.is_success() {
            // RFC 6665 section 4.2.2: nobody listens.
            self.forget_theirs();
        } else if let Some(next) = self.transfers.theirs.as_mut().and_then(|theirs| theirs.next.take()) {
            self.tell(next, now);
        }
        true
    }

    fn handle_refer_answered(&mut self, response: &Response, now: Now) {
        let Some(ours) = self.transfers.ours.as_mut().filter(|ours| !ours.over) else { return };
        if !response.is_success() {
            return self.transfer_over(Outcome::Refused(response.code));
        }
        // RFC 4488 section 4: it will not say how it goes.
        if response.headers.value("Refer-Sub").is_some_and(|value| value.trim().eq_ignore_ascii_case("false")) {
            return self.transfer_over(Outcome::Unsaid);
        }
        if !std::mem::replace(&mut ours.accepted, true) {
            self.set(Timer::Transfer, UNTOLD, now);
            self.say(Event::Transfer { call: self.call, news: TransferEvent::Accepted });
        }
    }

    /// A REFER of ours, or a NOTIFY, found no answer; whether the request was one of these.
    pub(super) fn handle_transfer_failed(&mut self, key: RequestKey, code: u16) -> bool {
        if self.transfers.ours.as_ref().is_some_and(|ours| ours.key == key) {
            // It may have got through all the same, when notifications came meanwhile.
            if self.transfers.ours.as_ref().is_some_and(|ours| !ours.accepted) {
                self.transfer_over(Outcome::Refused(code));
            }
            return true;
        }
        let theirs = self.transfers.theirs.as_ref().is_some_and(|theirs| theirs.sent == Some(key));
        if theirs {
            self.forget_theirs();
        }
        theirs
    }

    fn transfer_over(&mut self, outcome: Outcome) {
        let Some(ours) = self.transfers.ours.as_mut().filter(|ours| !ours.over) else { return };
        ours.over = true;
        self.clear(Timer::Transfer);
        self.say(Event::Transfer { call: self.call, news: TransferEvent::Over(outcome) });
    }

    /// No news came in time.
    pub(super) fn transfer_untold(&mut self) {
        self.transfer_over(Outcome::Unsaid);
    }

    /// A NOTIFY. Only the one about a REFER of ours is expected (S11, RFC 6665 section 4.1.3).
    pub(super) fn handle_notify(&mut self, server: ServerId, request: &Request, now: Now) {
        let event = request.headers.value("Event").unwrap_or_default();
        let (package, params) = event.split_once(';').unwrap_or((event, ""));
        let params = crate::sip::stack::Params::parse(params);
        let named = params.value("id").map(|id| id.trim().parse::<u32>().ok());
        let ours = self.transfers.ours.as_ref().filter(|ours| {
            package.trim().eq_ignore_ascii_case("refer") && named.is_none_or(|named| named == ours.cseq)
        });
        let Some(Ours { accepted, over, .. }) = ours else { return self.refuse(server, request, 481) };
        let (accepted, over) = (*accepted, *over);
        self.refuse(server, request, 200);
        if over {
            return;
        }
        let state = request.headers.value("Subscription-State").unwrap_or("active").to_ascii_lowercase();
        let terminated = state.trim_start().starts_with("terminated");
        let code = referral::sipfrag_status(request);
        if !accepted {
            if let Some(ours) = &mut self.transfers.ours {
                ours.accepted = true;
            }
            self.say(Event::Transfer { call: self.call, news: TransferEvent::Accepted });
        }
        match code {
            Some(code) if code >= 200 => self.transfer_over(Outcome::Answered(code)),
            _ if terminated => self.transfer_over(Outcome::Unsaid),
            _ => {
                let expires = state.split(';').find_map(|param| param.trim().strip_prefix("expires=")?.parse().ok());
                let patience = expires.map_or(UNTOLD, |seconds| Duration::from_secs(seconds).min(LONGEST));
                self.set(Timer::Transfer, patience, now);
                if let Some(code) = code {
                    self.say(Event::Transfer { call: self.call, news: TransferEvent::Progress(code) });
                }
            }
        }
    }

    /// A REFER of theirs: `account` decides at once whether the user is asked (S08).
    pub(super) fn handle_refer(&mut self, server: ServerId, request: Request, now: Now) {
        if !matches!(self.phase, Phase::Established(_)) {
            return self.refuse(server, &request, 403);
        }
        // One at a time.
        if self.transfers.asked.is_some() || self.transfers.theirs.is_some() {
            return self.refuse(server, &request, 491);
        }
        match referral::refer(&request) {
            Ok(refer) => {
                self.transfers.asked = Some((server, request));
                self.set(Timer::ReferAsked, DECISION, now);
                self.say(Event::Transfer { call: self.call, news: TransferEvent::Asked(Box::new(refer)) });
            }
            Err(code) => self.refuse(server, &request, code),
        }
    }

    /// What `account` says to their REFER: a 2xx takes it, and the user's answer follows by [`Self::report_refer`].
    pub(super) fn answer_refer(&mut self, code: u16, now: Now) {
        let Some((server, request)) = self.transfers.asked.take() else { return };
        self.clear(Timer::ReferAsked);
        if !(200..300).contains(&code) {
            return self.refuse(server, &request, if (400..=699).contains(&code) { code } else { 603 });
        }
        let quiet = request.headers.value("Refer-Sub").is_some_and(|value| value.trim().eq_ignore_ascii_case("false"));
        let mut response = Response::to(&request, 202, None);
        self.introduce(&mut response.headers);
        if quiet {
            response.headers.push("Refer-Sub", "false");
        }
        self.respond(server, response);
        let number = request.headers.cseq().map(|cseq| cseq.number).filter(|_| self.transfers.taken > 0);
        self.transfers.taken = self.transfers.taken.saturating_add(1);
        let until = now.boot + TELLING;
        self.transfers.theirs = Some(Theirs { id: number, quiet, until, sent: None, next: None, last: 100 });
        self.set(Timer::Telling, TELLING, now);
        self.tell(100, now);
    }

    /// How the call goes that they asked for: the truth, as its target says it (RFC 3515 section 2.4.5).
    pub(super) fn report_refer(&mut self, code: u16, now: Now) {
        if self.transfers.theirs.is_some() && (100..700).contains(&code) {
            self.tell(code, now);
        }
    }

    /// The time for telling is over.
    pub(super) fn stop_telling(&mut self, now: Now) {
        if let Some(last) = self.transfers.theirs.as_ref().map(|theirs| theirs.last) {
            self.notify(last, Some("timeout"), now);
            self.forget_theirs();
        }
    }

    fn tell(&mut self, code: u16, now: Now) {
        let Some(theirs) = &mut self.transfers.theirs else { return };
        if theirs.quiet {
            if code >= 200 {
                self.forget_theirs();
            }
            return;
        }
        if theirs.sent.is_some() {
            // The newest counts; a final word is not replaced.
            if theirs.next.is_none_or(|next| next < 200) {
                theirs.next = Some(code);
            }
            return;
        }
        theirs.last = code;
        let reason = match code {
            ..200 => None,
            // The user said no (RFC 6665 section 4.1.3).
            603 => Some("rejected"),
            _ => Some("noresource"),
        };
        let over = reason.is_some();
        self.notify(code, reason, now);
        if over {
            self.forget_theirs();
        }
    }

    fn notify(&mut self, code: u16, terminated: Option<&str>, now: Now) {
        let Some(theirs) = &self.transfers.theirs else { return };
        let event = theirs.id.map_or_else(|| "refer".to_owned(), |id| format!("refer;id={id}"));
        let left = theirs.until.saturating_since(now.boot).as_secs();
        let state = match (terminated, code) {
            (Some(reason), _) => format!("terminated;reason={reason}"),
            // RFC 3515 section 2.4.5: the user has not decided yet.
            (None, 100) => format!("pending;expires={left}"),
            (None, _) => format!("active;expires={left}"),
        };
        let Phase::Established(established) = &mut self.phase else { return };
        let mut request =
            established.dialog.request(Method::Notify).with("Event", event).with("Subscription-State", state);
        self.introduce(&mut request.headers);
        let fragment = format!("SIP/2.0 {code} {}\r\n", reason_phrase(code));
        let key = self.send(request.with_body("message/sipfrag;version=2.0", fragment.into_bytes()));
        if let Some(theirs) = &mut self.transfers.theirs {
            theirs.sent = Some(key);
        }
    }

    fn forget_theirs(&mut self) {
        self.transfers.theirs = None;
        self.clear(Timer::Telling);
    }

    /// The dialog is over, and with it what was told in it.
    pub(super) fn end_transfers(&mut self) {
        if let Some((server, request)) = self.transfers.asked.take() {
            self.refuse(server, &request, 481);
        }
        self.transfers.theirs = None;
        self.transfers.ours = None;
    }
}
