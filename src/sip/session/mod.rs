//! One call: its INVITE, its dialogs, and everything inside of them, as the machine that the user agent drives.
//!
//! ```text
//! outgoing -> Calling --2xx--> Established --BYE--> Over      (forks: the first 2xx wins, further ones get ACK and BYE)
//! incoming -> Ringing --200--> Established --BYE--> Over      (the 2xx is repeated until its ACK)
//! ```
//!
//! `Event::Ended` is said once, at once when we hang up; the machine then lingers to end what crosses on the way
//! (a 200 against our CANCEL, a second fork's 200) and says `Finished`.

mod alive;
pub(in crate::sip) mod dialog;
mod digits;
mod ending;
mod focus;
mod in_dialog;
mod incoming;
mod offer;
mod outgoing;
mod refer;
mod replaces;
mod timer;
mod watch;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use self::dialog::Dialog;
use self::ending::reason_text;
use self::incoming::Ringing;
use self::offer::Change;
use self::outgoing::Placed;
use self::timer::Interval;
use super::boundary::{CallIdentity, Command, Ended, Event};
use super::referral::Replaces;
use super::stack::{ClientFailure, Headers, Method, Request, Response, ServerId};
use super::usage::{
    ALLOW, CallInput, CallMachine, CallOutput, IncomingInvite, LocalParty, OutgoingInvite, RequestKey, Standing,
    ToReplace,
};
use crate::model::{BootTime, CallId, EndedBy, Now};

/// RFC 3261 section 17.1.1.1.
const T1: Duration = Duration::from_millis(500);
/// RFC 3261 section 17.1.2.1.
const T2: Duration = Duration::from_secs(4);
/// How long a 2xx or a reliable provisional is repeated, and how long a call lingers: 64 * T1.
const PATIENCE: Duration = Duration::from_secs(32);
/// How long it may ring, on either side.
const NO_ANSWER: Duration = Duration::from_secs(180);
/// How long `account` may take to answer the peer's offer.
const OVERDUE: Duration = Duration::from_secs(20);
/// How many ACKs are kept for repeated 2xx.
const MAX_ACKS: usize = 16;
/// The option tags that we know, for Supported.
const SUPPORTED: &str = "100rel, timer, replaces, norefersub";
/// SDP's media type.
const SDP: &str = "application/sdp";

/// What a call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Timer {
    /// It has rung long enough.
    NoAnswer,
    /// Repeat the 2xx that has no ACK.
    Resend,
    /// Stop repeating it.
    GiveUp,
    /// Repeat the reliable provisional that has no PRACK.
    Reliable,
    /// Stop repeating that.
    ReliableGiveUp,
    /// Our offer met theirs (491): try again.
    Glare,
    /// `account` has not answered the peer's offer.
    Overdue,
    /// A session refresh of ours is due.
    Refresh,
    /// The session was not refreshed in time.
    Expire,
    /// The next digit by INFO is due.
    Digit,
    /// No news of a transfer of ours.
    Transfer,
    /// `account` has not answered their REFER.
    ReferAsked,
    /// Their transfer has been told of long enough.
    Telling,
    /// Who is in the conference was asked for and not told, or has to be asked for again.
    Watch,
    /// What could still cross has crossed.
    Linger,
}

/// Where the call stands.
enum Phase {
    /// Our INVITE has no final answer.
    Calling,
    /// Their INVITE has no final answer.
    Ringing(Box<Ringing>),
    /// There is a confirmed dialog.
    Established(Box<Established>),
    /// It is over.
    Over,
}

/// A confirmed dialog.
struct Established {
    dialog: Dialog,
    /// Our 2xx that waits for its ACK.
    unacked: Option<Unacked>,
    /// Our change that is on its way.
    change: Option<Change>,
    /// A 2xx brought an offer (delayed offer): this INVITE waits for `AcknowledgeWithAnswer`.
    delayed: Option<(RequestKey, u32)>,
    interval: Option<Interval>,
    /// The peer's Allow names UPDATE.
    peer_updates: bool,
    /// The peer's Allow names INFO.
    peer_info: bool,
    /// What we said last of the media, for a refresh by re-INVITE.
    last_sdp: Option<std::sync::Arc<str>>,
    /// Send BYE as soon as the ACK is there (RFC 3261 section 15).
    bye_wanted: bool,
    /// We placed the call: we own its Call-ID (RFC 3261 section 14.1).
    ours: bool,
}

/// A 2xx of ours that waits for its ACK.
struct Unacked {
    server: ServerId,
    response: Response,
    cseq: u32,
    interval: Duration,
    /// It held an offer: the ACK brings the answer.
    offered: bool,
    /// It answered the INVITE that founded the call.
    initial: bool,
}

/// The machine of one call.
pub struct Session {
    call: CallId,
    call_id: String,
    local: LocalParty,
    random: StdRng,
    outputs: VecDeque<CallOutput>,
    timers: Vec<(Timer, BootTime)>,
    next_key: u32,
    phase: Phase,
    /// Our INVITE that founded the call.
    placed: Option<Placed>,
    /// Their offer that waits for `AnswerOffer`.
    their_offer: Option<(ServerId, Request)>,
    /// The ACKs for 2xx so far, to be repeated with them: INVITE, To tag, ACK.
    acks: Vec<(RequestKey, String, Request)>,
    digits: digits::Digits,
    /// BYEs without an answer.
    byes: Vec<RequestKey>,
    /// Our question whether they are still there.
    asked: Option<RequestKey>,
    /// What is asked for and told about third parties.
    transfers: refer::Transfers,
    focus: focus::Focus,
    /// `Event::Ended` was said.
    ended: bool,
    /// When the dialogs ended.
    ended_at: Option<BootTime>,
    finished: bool,
}

impl CallMachine for Session {
    fn outgoing(invite: OutgoingInvite, local: LocalParty, seed: [u8; 32], now: Now) -> Self {
        let mut session = Self::new(invite.call, String::new(), local, seed);
        session.call_id = format!("{:032x}", session.random.random::<u128>());
        session.place(&invite, now);
        session
    }

    fn incoming(invite: IncomingInvite, local: LocalParty, seed: [u8; 32], now: Now) -> Self {
        let call_id = invite.request.headers.call_id().unwrap_or_default().to_owned();
        let mut session = Self::new(invite.call, call_id, local, seed);
        session.take(invite, now);
        session
    }

    fn call_id(&self) -> &str {
        &self.call_id
    }

    fn is_over(&self) -> bool {
        self.ended
    }

    fn is_ringing(&self) -> bool {
        match self.phase {
            Phase::Ringing(_) => !self.ended,
            Phase::Calling | Phase::Established(_) | Phase::Over => false,
        }
    }

    fn handle_input(&mut self, input: CallInput, now: Now) {
        match input {
            CallInput::Command(command) => self.handle_command(command, now),
            CallInput::Response { key, response, identity } => self.handle_response(key, &response, *identity, now),
            CallInput::LateSuccess(response) => self.handle_late_success(&response),
            CallInput::Retried { key, cseq } => self.handle_retried(key, cseq),
            CallInput::Failed { key, why } => self.handle_failed(key, why, now),
            CallInput::Adrift { key } => self.place_again(key, now),
            CallInput::PutOff { key, until } => self.handle_put_off(key, until),
            CallInput::Request { server, request } => self.handle_request(server, request, now),
            CallInput::Ack(request) => self.handle_ack(&request, now),
            CallInput::Cancelled { server, request } => self.handle_cancelled(server, &request, now),
            // Nothing is lost by it: our own timers end what is never acknowledged.
            CallInput::ResponseFailed { .. } => {}
            CallInput::Refer { to } => self.refer(to, now),
            CallInput::Notify(notification) => self.tell_conference(notification),
            CallInput::ContactChanged(contact) => {
                self.local.contact = contact;
                self.refresh(now);
            }
        }
    }

    fn handle_timeout(&mut self, now: Now) {
        let mut due: Vec<_> = self.timers.iter().copied().filter(|(_, at)| *at <= now.boot).collect();
        due.sort_by_key(|(_, at)| *at);
        self.timers.retain(|(_, at)| *at > now.boot);
        for (timer, _) in due {
            self.fire(timer, now);
        }
    }

    fn poll_output(&mut self) -> Option<CallOutput> {
        if let Some(output) = self.outputs.pop_front() {
            return Some(output);
        }
        if self.ended && !self.finished && matches!(self.phase, Phase::Over) && self.timers.is_empty() {
            self.finished = true;
            return Some(CallOutput::Finished);
        }
        None
    }

    fn to_replace(&self) -> Option<ToReplace> {
        Self::to_replace(self)
    }

    fn standing_of(&self, replaces: &Replaces) -> Option<Standing> {
        Self::standing_of(self, replaces)
    }

    fn poll_timeout(&self) -> Option<BootTime> {
        self.timers.iter().map(|(_, at)| *at).min()
    }
}

impl Session {
    fn new(call: CallId, call_id: String, local: LocalParty, seed: [u8; 32]) -> Self {
        Self {
            call,
            call_id,
            local,
            random: StdRng::from_seed(seed),
            outputs: VecDeque::new(),
            timers: Vec::new(),
            next_key: 0,
            phase: Phase::Over,
            placed: None,
            their_offer: None,
            acks: Vec::new(),
            digits: digits::Digits::default(),
            byes: Vec::new(),
            asked: None,
            transfers: refer::Transfers::default(),
            focus: focus::Focus::default(),
            ended: false,
            ended_at: None,
            finished: false,
        }
    }

    fn handle_command(&mut self, command: Command, now: Now) {
        match command {
            Command::Ring { answer, .. } => self.ring(answer, now),
            Command::Answer { sdp, .. } => self.answer(sdp, now),
            Command::Reject { code, .. } => self.reject(code, now),
            Command::Hangup { .. } => self.hang_up(now),
            Command::Offer { sdp, .. } => self.offer(sdp, now),
            Command::Digits { digits, always, .. } => self.send_digits(&digits, always, now),
            Command::AskPeer { .. } => self.ask_peer(),
            Command::Candidates { fragment, .. } => self.send_candidates(&fragment),
            Command::AnswerOffer { result, .. } => self.answer_offer(result, now),
            Command::AcknowledgeWithAnswer { sdp, .. } => self.acknowledge_with_answer(&sdp),
            Command::AnswerRefer { code, .. } => self.answer_refer(code, now),
            Command::ReportRefer { code, .. } => self.report_refer(code, now),
            Command::Redirect { to, reason, .. } => self.redirect(&to, reason, now),
            Command::Focus { on, .. } => self.announce_focus(on, now),
            Command::Watch { id, .. } => self.watch(id, now),
            Command::RefreshSubscription { id } => self.refresh_watch(id, now),
            Command::Unsubscribe { id } => self.end_watch(id, now),
            // Not a call's business; a transfer comes as `CallInput::Refer`.
            Command::Register
            | Command::Unregister
            | Command::NetworkChanged
            | Command::Woke
            | Command::Message { .. }
            | Command::AnswerMessage { .. }
            | Command::Probe { .. }
            | Command::Subscribe { .. }
            | Command::Transfer { .. }
            | Command::Host(_)
            | Command::EndHosting(_)
            | Command::Invite { .. } => {}
        }
    }

    fn handle_response(&mut self, key: RequestKey, response: &Response, identity: CallIdentity, now: Now) {
        if self.placed.as_ref().is_some_and(|placed| placed.key == key) {
            self.handle_invite_response(response, identity, now);
        } else if self.change_key() == Some(key) {
            self.handle_change_response(response, now);
        } else if self.digit_answered(key, response, now)
            || self.handle_transfer_response(key, response, now)
            || self.peer_answered(key, response, now)
            || self.handle_conference_response(key, response, now)
        {
            return;
        } else if response.is_success() {
            // A repeated 2xx to a re-INVITE (RFC 3261 section 14.1).
            self.repeat_ack(key, response.headers.to_tag().as_deref());
        }
        if !response.is_provisional() {
            self.note_bye_answered(key, now);
        }
    }

    fn handle_retried(&mut self, key: RequestKey, cseq: u32) {
        if let Some(placed) = self.placed.as_mut().filter(|placed| placed.key == key) {
            placed.request.set_cseq(cseq);
            return;
        }
        self.note_refer_retried(key, cseq);
        // A PRACK in an early dialog, perhaps: gaps in the numbers are allowed, repetitions are not.
        for fork in self.placed.iter_mut().flat_map(|placed| &mut placed.forks) {
            fork.dialog.note_local_cseq(cseq);
        }
        if let Phase::Established(established) = &mut self.phase {
            established.dialog.note_local_cseq(cseq);
        }
    }

    fn fire(&mut self, timer: Timer, now: Now) {
        let network = |code: u16, text: &str| Ended {
            code,
            text: Some(text.into()),
            by: EndedBy::Network,
            elsewhere: false,
            retry_after: None,
        };
        match timer {
            Timer::NoAnswer => match self.phase {
                Phase::Calling => {
                    self.cancel();
                    self.end(network(408, "No answer"), now);
                }
                Phase::Ringing(_) => self.reject(480, now),
                Phase::Established(_) | Phase::Over => {}
            },
            Timer::Resend => self.resend(now),
            Timer::GiveUp => {
                self.send_bye();
                self.end(network(408, "The answer was never acknowledged"), now);
            }
            Timer::Reliable => self.repeat_reliable(now),
            // RFC 3262 section 3: the INVITE is rejected with a 5xx.
            Timer::ReliableGiveUp => self.reject(504, now),
            Timer::Glare => self.retry_change(now),
            Timer::Overdue if self.end_declined(now) => {}
            Timer::Overdue => self.answer_offer(Err(500), now),
            Timer::Refresh => self.refresh(now),
            Timer::Expire => {
                self.send_bye();
                self.end(network(408, "The session was not refreshed"), now);
            }
            Timer::Digit => self.digit_timer(now),
            Timer::Transfer => self.transfer_untold(),
            Timer::ReferAsked => self.answer_refer(500, now),
            Timer::Telling => self.stop_telling(now),
            Timer::Watch => self.watch_due(now),
            Timer::Linger => {}
        }
    }

    fn say(&mut self, event: Event) {
        if self.ended {
            return;
        }
        self.ended = matches!(event, Event::Ended { .. });
        self.outputs.push_back(CallOutput::Event(event));
    }

    /// Sends a request under a new name.
    fn send(&mut self, request: Request) -> RequestKey {
        self.next_key = self.next_key.wrapping_add(1);
        let key = RequestKey(self.next_key);
        self.outputs.push_back(CallOutput::Send { key, request });
        key
    }

    fn respond(&mut self, server: ServerId, response: Response) {
        self.outputs.push_back(CallOutput::Respond { server, response });
    }

    fn refuse(&mut self, server: ServerId, request: &Request, code: u16) {
        let tag = format!("{:016x}", self.random.random::<u64>());
        self.respond(server, Response::to(request, code, Some(&tag)));
    }

    fn acknowledge(&mut self, invite: RequestKey, tag: String, request: Request) {
        if self.acks.len() < MAX_ACKS {
            self.acks.push((invite, tag, request.clone()));
        }
        self.outputs.push_back(CallOutput::Ack { invite, request });
    }

    /// Repeats the ACK of a repeated 2xx; `false` when that one was never acknowledged.
    fn repeat_ack(&mut self, key: RequestKey, tag: Option<&str>) -> bool {
        let known = self.acks.iter().find(|(invite, known, _)| *invite == key && Some(known.as_str()) == tag).cloned();
        let Some((invite, _, request)) = known else { return false };
        self.outputs.push_back(CallOutput::Ack { invite, request });
        true
    }

    fn set(&mut self, timer: Timer, after: Duration, now: Now) {
        self.clear(timer);
        self.timers.push((timer, now.boot + after));
    }

    fn clear(&mut self, timer: Timer) {
        self.timers.retain(|(known, _)| *known != timer);
    }

    /// Contact and Allow of a request or response that may found or refresh a dialog.
    fn introduce(&self, headers: &mut Headers) {
        headers.push("Contact", self.own_contact().to_string());
        headers.push("Allow", ALLOW);
        headers.push("Supported", SUPPORTED);
        // RFC 8840 section 10.1.
        headers.push("Recv-Info", "trickle-ice");
    }

    /// Starts the session's timers anew (RFC 4028 section 10).
    fn start_interval(&mut self, interval: Option<Interval>, now: Now) {
        self.clear(Timer::Refresh);
        self.clear(Timer::Expire);
        if let Phase::Established(established) = &mut self.phase {
            established.interval = interval;
        }
        if let Some(interval) = interval {
            self.set(Timer::Expire, interval.dead_after(), now);
            if interval.ours {
                self.set(Timer::Refresh, interval.refresh_after(), now);
            }
        }
    }
}
