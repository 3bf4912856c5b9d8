//! One call as a machine: what the user does, what signalling says and what the media thread says go in; commands to
//! both come out. The state that people see is [`UserCall::view`].
//!
//! ```text
//! outgoing: Preparing -> Dialing -> Ringing | Early -> Active <-> Held -> Ending -> Ended
//! incoming: Ringing -> Active <-> Held -> Ending -> Ended
//! ```

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use super::admission::{Admission, Forwarding};
use super::chat::Whom;
use super::moving::Moving;
use super::own_end::{end, incompatible};
use super::transfer::Transfer;
use crate::media;
use crate::media::ice::{Reports, Wish};
use crate::model::{
    AccountId, BootTime, Call, CallEnd, CallId, CallState, Direction, EndedBy, Jid, KeyState, MediaDirection,
    MediaInfo, Now, Peer, RecordingState, Route, Via,
};
use crate::sdp::{Candidate, Capabilities, LocalMedia, MasterKey, Negotiated, Negotiation};
use crate::sip::{self, Anonymity, ForkId};

/// How long a hang-up waits for the other side before the call is over for the user (F02).
pub(super) const HANG_UP_PATIENCE: Duration = Duration::from_secs(32);
/// How long an incoming call rings at most: what a proxy's timer C grants it (RFC 3261 section 16.6), in case the
/// caller's CANCEL is lost.
const RING_PATIENCE: Duration = Duration::from_secs(180);

/// What a call needs from the configuration and the connection.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The account that carries it.
    pub account: AccountId,
    /// The protocol that carries it.
    pub via: Via,
    /// What can be offered.
    pub capabilities: Capabilities,
    /// Our address towards the phone service.
    pub local_address: IpAddr,
    /// How paths are looked for; `None` where that is off.
    pub paths: Option<Paths>,
    /// A fresh SDES key.
    pub key: MasterKey,
    /// A random `o=` session id.
    pub session_id: u64,
    /// How long an outgoing call rings before it is given up.
    pub ring_timeout: Duration,
    /// How digits are sent.
    pub digits: crate::model::DigitWay,
    /// What is done about real-time text.
    pub text: crate::sdp::TextWish,
}

/// How a call looks for paths to the other side (ICE, RFC 8445).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// Servers, and what may be told.
    pub wish: Wish,
    /// Offers begin it; otherwise only offers that do are answered in kind.
    pub begin: bool,
}

/// A call that the user places.
#[derive(Clone, Debug)]
pub struct OutgoingCall {
    /// Whom to call.
    pub callee: Whom,
    /// How it is shown.
    pub peer: Peer,
    /// Why this account.
    pub route: Route,
    /// Our chat address, where the policy sends it.
    pub call_info: Option<Jid>,
    /// Whether we say who we are.
    pub anonymity: Anonymity,
    /// Digits to send once it is answered: an extension.
    pub digits: Option<Arc<str>>,
    /// What it may cost.
    pub charge: Option<crate::model::Charge>,
    /// Help is called.
    pub emergency: bool,
    /// Who sent us there, and whose place the call takes.
    pub referral: Option<Box<sip::Referral>>,
}

/// A call that comes in.
#[derive(Clone, Debug)]
pub struct IncomingCall {
    /// Who calls.
    pub peer: Peer,
    /// The SDP offer; absent when the caller wants ours.
    pub offer: Option<Arc<str>>,
    /// Whether it rings.
    pub admission: Admission,
}

/// What the machine wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// For the user agent.
    Sip(sip::Command),
    /// For the media thread.
    Media(media::Command),
    /// Call somebody over chat, with this offer.
    Propose(Jid, Arc<str>),
    /// Over chat: the call is taken, and its sound may be described.
    Proceed,
    /// The view changed.
    Changed,
    /// Somebody typed: nothing else of the view changed.
    Written,
}

/// Where the machine stands; the view's state follows from it.
#[derive(Clone, Debug)]
pub(super) enum Phase {
    /// Outgoing: sockets are being bound.
    Preparing(Box<OutgoingCall>),
    /// Outgoing: the INVITE is out.
    Inviting,
    /// Incoming: it rings. The user may have answered before the sockets were there.
    Offered { offer: Option<Arc<str>>, answered: bool },
    /// Incoming: our 200 held our offer; the answer comes in the ACK.
    AwaitingAnswer,
    /// Talking.
    Talking,
    /// Hung up here.
    Ending { deadline: BootTime },
    /// Over.
    Ended,
}

/// One call.
#[derive(Debug)]
pub struct UserCall {
    pub(super) view: Call,
    pub(super) settings: Settings,
    pub(super) phase: Phase,
    pub(super) negotiation: Option<Negotiation>,
    /// What the peer may be told of our addresses, and whether that is all.
    pub(super) candidates: Option<(Vec<Candidate>, bool)>,
    /// Those that were found after the offer went out, until the peer can be told.
    pub(super) later: Vec<Candidate>,
    pub(super) plan: Option<Arc<Negotiated>>,
    /// The branch whose early media is heard.
    pub(super) early: Option<ForkId>,
    /// What our pending offer asks for: hold or not.
    pub(super) pending_hold: Option<bool>,
    /// The opposite of that, wished meanwhile: it follows.
    pub(super) next_hold: Option<bool>,
    /// A hold or resume that crossed a change of the peer, and when it is tried again.
    pub(super) postponed_hold: Option<(bool, BootTime)>,
    /// Our 200 to an offerless re-INVITE held an offer; its answer comes in the ACK, at the latest at this time.
    pub(super) awaiting_ack_answer: Option<BootTime>,
    pub(super) held_here: bool,
    /// Our address changed, and the peer does not know yet.
    pub(super) moving: Option<Moving>,
    /// Our INVITE was cancelled because of that, and is to be sent again.
    pub(super) adrift: bool,
    /// The way to the other side's sound.
    pub(super) way: super::moving::Way,
    /// The last signs of life in the sound.
    pub(super) last_heard: Option<super::alive::LastHeard>,
    pub(super) ring_deadline: Option<BootTime>,
    pub(super) digits: Option<Arc<str>>,
    /// The handshake that is done, by its number.
    pub(super) secured: Option<u32>,
    /// What their chat account says of the keys of which handshake.
    pub(super) proof: Option<(u32, KeyState)>,
    /// The next offer brings new keys: the old ones have protected nearly all that they may.
    pub(super) wants_keys: bool,
    /// Where it is sent when its time to ring is over.
    pub(super) forward: Option<Forwarding>,
    /// When it is answered by itself.
    pub(super) answer_at: Option<BootTime>,
    /// It is being handed over.
    pub(super) transfer: Option<Transfer>,
    /// Its text, beside what is shown.
    pub(super) text: super::text::TextDesk,
    /// Who was there before somebody took the call over.
    pub(super) first_peer: Option<Peer>,
    pub(super) outputs: VecDeque<Output>,
}

impl UserCall {
    /// Places a call.
    pub fn outgoing(id: CallId, outgoing: OutgoingCall, settings: Settings, now: Now) -> Self {
        let view = Call::new(
            id,
            Direction::Outgoing,
            CallState::Preparing,
            settings.account.clone(),
            outgoing.peer.clone(),
            outgoing.route.clone(),
            now.wall,
        );
        let (charge, emergency) = (outgoing.charge.clone(), outgoing.emergency);
        let mut call = Self::new(view, settings, Phase::Preparing(Box::new(outgoing)));
        call.view.charge = charge;
        call.view.emergency = emergency;
        call.ring_deadline = Some(now.boot + call.settings.ring_timeout);
        call.open_media();
        call
    }

    /// Takes a call that came in. It rings at once (180), or is refused at once with 488 when its offer cannot be
    /// answered whatever the user does.
    pub fn incoming(id: CallId, incoming: IncomingCall, settings: Settings, now: Now) -> Self {
        let route = Route { rule: "It came in on this account.".into() };
        let view = Call::new(
            id,
            Direction::Incoming,
            CallState::Ringing,
            settings.account.clone(),
            incoming.peer,
            route,
            now.wall,
        );
        let phase = Phase::Offered { offer: incoming.offer.clone(), answered: false };
        let mut call = Self::new(view, settings, phase);
        let (silent, forward, answer) = match incoming.admission {
            Admission::Refuse { code, end: how, text } => {
                call.send(sip::Command::Reject { call: id, code });
                call.finish(end(how, &text, EndedBy::Local), now);
                return call;
            }
            Admission::Forward(forwarding) => {
                call.send_elsewhere(forwarding, now);
                return call;
            }
            Admission::Ring { silent, forward, answer } => (silent, forward, answer),
        };
        call.view.silenced = silent;
        if let Some(offer) = &incoming.offer
            && let Err(error) = call.trial(offer)
        {
            call.send(sip::Command::Reject { call: id, code: error.status() });
            call.finish(incompatible(error), now);
            return call;
        }
        call.ring_deadline = Some(now.boot + forward.as_ref().map_or(RING_PATIENCE, |(after, _)| *after));
        call.forward = forward.map(|(_, forwarding)| forwarding);
        call.answer_at = answer.map(|after| now.boot + after);
        call.send(sip::Command::Ring { call: id, answer: None });
        call.open_media();
        call
    }

    fn new(mut view: Call, settings: Settings, phase: Phase) -> Self {
        view.via = settings.via;
        Self {
            view,
            settings,
            phase,
            negotiation: None,
            candidates: None,
            later: Vec::new(),
            plan: None,
            early: None,
            pending_hold: None,
            next_hold: None,
            postponed_hold: None,
            awaiting_ack_answer: None,
            held_here: false,
            moving: None,
            adrift: false,
            way: Default::default(),
            last_heard: None,
            ring_deadline: None,
            digits: None,
            secured: None,
            proof: None,
            wants_keys: false,
            forward: None,
            answer_at: None,
            transfer: None,
            text: Default::default(),
            first_peer: None,
            outputs: VecDeque::from([Output::Changed]),
        }
    }

    /// The call as the user sees it.
    pub fn view(&self) -> &Call {
        &self.view
    }

    /// Says by which rule the account was chosen.
    pub fn set_rule(&mut self, rule: &str) {
        if *self.view.route.rule != *rule {
            self.view.route.rule = rule.into();
            self.changed();
        }
    }

    /// The next thing to do, until `None`.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Self::handle_timeout`] is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<BootTime> {
        match &self.phase {
            Phase::Ending { deadline } => Some(*deadline),
            Phase::Offered { answered: false, .. } => self.ring_deadline.into_iter().chain(self.answer_at).min(),
            Phase::Preparing(_) | Phase::Inviting | Phase::Offered { .. } => self.ring_deadline,
            Phase::Talking => self.postponed_hold.map(|(_, due)| due).into_iter().chain(self.move_due()).min(),
            Phase::AwaitingAnswer => self.move_due(),
            Phase::Ended => None,
        }
    }

    /// Nobody answered in time, or the other side does not confirm our hang-up.
    pub fn handle_timeout(&mut self, now: Now) {
        if self.poll_timeout().is_none_or(|due| now.boot < due) {
            return;
        }
        match self.phase {
            Phase::Ending { .. } => self.abandon(now),
            Phase::Offered { answered: false, .. } if self.answer_at.is_some_and(|at| at <= now.boot) => {
                self.answer_at = None;
                self.view.automatic = true;
                self.answer(now);
                self.changed();
            }
            Phase::Offered { answered: false, .. } if self.forward.is_some() => {
                if let Some(forwarding) = self.forward.take() {
                    self.send_elsewhere(forwarding, now);
                }
            }
            Phase::Offered { .. } => {
                self.send(sip::Command::Reject { call: self.view.id, code: 480 });
                self.finish(end("no-answer", "There was no answer.", EndedBy::Network), now);
            }
            Phase::Preparing(_) | Phase::Inviting => {
                self.hang_up(now);
                self.view.end = Some(end("no-answer", "There was no answer.", EndedBy::Local));
            }
            Phase::Talking => {
                self.retry_move(now);
                // An ACK without an answer is not told: our offer is forgotten when none can come any more.
                self.awaiting_ack_answer = self.awaiting_ack_answer.filter(|until| now.boot < *until);
                if let Some((hold, _)) = self.postponed_hold.take_if(|(_, due)| *due <= now.boot) {
                    self.hold(hold);
                }
            }
            Phase::AwaitingAnswer => self.retry_move(now),
            Phase::Ended => {}
        }
    }

    /// Sends the caller to another address: 302.
    fn send_elsewhere(&mut self, forwarding: Forwarding, now: Now) {
        let Forwarding { to, reason, text } = forwarding;
        self.send(sip::Command::Redirect { call: self.view.id, to, reason });
        self.finish(end("forwarded", &text, EndedBy::Local), now);
    }

    /// Starts or changes the sound.
    pub(super) fn start(&mut self, plan: Negotiated, now: Now) {
        self.view.media = Some(MediaInfo {
            codec: plan.send.1.name().into(),
            clock_hz: plan.send.1.clock_hz(),
            encryption: self.encryption_of(&plan),
            direction: plan.direction,
        });
        self.view.keys = self.key_state_of(&plan);
        self.view.held_by_peer = match plan.direction {
            // Held by ourselves, the direction says nothing of the peer.
            MediaDirection::RecvOnly | MediaDirection::Inactive => !self.held_here,
            MediaDirection::SendRecv | MediaDirection::SendOnly => false,
        };
        let plan = Arc::new(plan);
        if self.plan.as_ref() != Some(&plan) {
            self.plan = Some(plan.clone());
            self.send_media(media::Command::Start { call: self.view.id, plan: plan.clone() });
        }
        self.follow_text(&plan, now);
        self.changed();
    }

    pub(super) fn talk(&mut self, now: Now) {
        self.phase = Phase::Talking;
        self.note_answered(now);
        self.set_state(CallState::Active);
        self.tell_later_candidates();
        if let Some(digits) = self.digits.take() {
            // The other side needs a moment before it listens: `,` is a pause of two seconds.
            // What cannot be sent then can be sent by hand.
            let _ = self.dial(&format!(",{digits}"));
        }
    }

    pub(super) fn finish(&mut self, end: CallEnd, now: Now) {
        if matches!(self.phase, Phase::Ended) {
            return;
        }
        self.note_duration(now);
        self.send_media(media::Command::Close { call: self.view.id });
        self.close_text();
        self.view.silent = false;
        self.view.conference = None;
        if let Some(recording) = &mut self.view.recording {
            recording.state = RecordingState::Ended;
        }
        self.transfer = None;
        self.restore_peer();
        self.phase = Phase::Ended;
        self.view.end = Some(end);
        self.set_state(CallState::Ended);
    }

    pub(super) fn note_answered(&mut self, now: Now) {
        if self.view.answered.is_none() {
            self.view.answered = Some(now.wall);
            self.view.answered_boot = Some(now.boot);
        }
    }

    pub(super) fn note_duration(&mut self, now: Now) {
        if let Some(answered) = self.view.answered_boot.take() {
            self.view.duration = now.boot.saturating_since(answered);
        }
    }

    pub(super) fn local_media(&self, rtp: SocketAddr) -> LocalMedia {
        LocalMedia {
            address: rtp.ip(),
            port: rtp.port(),
            key: self.settings.key.clone(),
            session_id: self.settings.session_id,
        }
    }

    fn open_media(&mut self) {
        self.open_text();
        let address = self.settings.local_address;
        let (offers_paths, reports) = match &self.phase {
            Phase::Offered { offer: Some(offer), .. } if offer.contains("a=rtcp-mux") => {
                (Some(mentions_paths(offer)), Reports::Shared)
            }
            Phase::Offered { offer: Some(offer), .. } => (Some(mentions_paths(offer)), Reports::Apart),
            _ => (None, Reports::Offered),
        };
        let call = self.view.id;
        let wanted = |paths: &&Paths| paths.wish.only_relays || offers_paths.unwrap_or(paths.begin);
        let command = match self.settings.paths.as_ref().filter(wanted) {
            Some(paths) => {
                let wish = Box::new(Wish { reports, ..paths.wish.clone() });
                media::Command::Gather { call, address, wish }
            }
            None => media::Command::Open { call, address },
        };
        self.send_media(command);
    }

    /// Whether our address is not told, so that the one of the sockets is another.
    pub(super) fn hides_address(&self) -> bool {
        self.settings.paths.as_ref().is_some_and(|paths| paths.wish.only_relays)
    }

    pub(super) fn set_state(&mut self, state: CallState) {
        self.view.state = state;
        self.changed();
    }

    pub(super) fn changed(&mut self) {
        if !self.outputs.contains(&Output::Changed) {
            self.outputs.push_back(Output::Changed);
        }
    }

    pub(super) fn send(&mut self, command: sip::Command) {
        self.outputs.push_back(Output::Sip(command));
    }

    pub(super) fn send_media(&mut self, command: media::Command) {
        self.outputs.push_back(Output::Media(command));
    }
}

/// Whether an offer speaks of ICE at all: then paths are worth looking for before it is answered.
fn mentions_paths(offer: &str) -> bool {
    offer.lines().any(|line| line.starts_with("a=ice-ufrag:") || line.starts_with("a=candidate:"))
}
