//! A call as the user sees it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::{AccountId, BootTime, Charge, Jid, NextWay, TransferView, WallTime};

/// The name of a call, unique for the life of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{}", self.0)
    }
}

impl CallId {
    /// A name for a call that comes in at this time. Names of later calls are greater, so that the history can be paged
    /// by them; `chance` tells apart what happens in the same millisecond. They stay below 2^53, for every reader's
    /// integers.
    pub fn incoming(at: WallTime, chance: u32) -> Self {
        Self(Self::timed(at, chance) | 1)
    }

    /// A name for a call that we place at this time; never that of an incoming one.
    pub fn outgoing(at: WallTime, chance: u32) -> Self {
        Self(Self::timed(at, chance) & !1)
    }

    fn timed(at: WallTime, chance: u32) -> u64 {
        let ms = u64::try_from(at.unix_ms()).unwrap_or_default() & ((1 << 42) - 1);
        (ms << 11) | u64::from(chance & 0x7ff)
    }

    /// Parses what `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        text.strip_prefix('c')?.parse().ok().map(Self)
    }
}

impl Serialize for CallId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Who called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// We did.
    Outgoing,
    /// They did.
    Incoming,
}

/// What happens to a call from somebody whom nobody confirms (C-34).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Reception {
    /// It rings.
    #[default]
    Ring,
    /// It is shown and stands in the history, without a sound.
    Silence,
    /// It is declined at once, and stands in the history.
    Decline,
}

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CallState {
    /// Sockets and keys are being made; nothing has been sent.
    Preparing,
    /// The INVITE is out.
    Dialing,
    /// It rings there (outgoing) or here (incoming).
    Ringing,
    /// Early media is heard before the answer.
    Early,
    /// Both talk.
    Active,
    /// We hold it.
    Held,
    /// Hung up here, the other side has not confirmed yet.
    Ending,
    /// Over.
    Ended,
}

/// The protocol that carries a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    /// SIP.
    Sip,
    /// Jingle over XMPP.
    Jingle,
}

/// How far the identity of the other side is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PeerGrade {
    /// The contact it is shown as (requirements, 1.8).
    Confirmed,
    /// Somebody says so.
    Claimed,
    /// The call names somebody whose own card contradicts it: a warning.
    Refuted,
    /// Nobody says who it is.
    Unknown,
    /// The caller withholds who it is.
    Anonymous,
}

/// The other side of a call.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Peer {
    /// The address that was called or that calls.
    pub uri: Arc<str>,
    /// What to show in the largest type.
    pub display: Arc<str>,
    /// The contact; only for a confirmed peer, or the contact that was called.
    pub jid: Option<Jid>,
    /// How far that is proven.
    pub grade: PeerGrade,
    /// The proof, a sentence each, the most telling first.
    pub evidence: Vec<Arc<str>>,
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer").field("grade", &self.grade).finish_non_exhaustive()
    }
}

/// How the sound of a call is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaEncryption {
    /// Not at all.
    None,
    /// SRTP with keys in SDP (RFC 4568).
    Sdes,
    /// DTLS-SRTP (RFC 5763).
    Dtls,
}

/// What can be said of the keys of a call's sound at this moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// What the encryption is called is what it is.
    #[default]
    Settled,
    /// The handshake for them is under way: nothing flows, and nothing is protected yet.
    Agreeing,
    /// They were agreed on with the other device, but over signalling that anybody on the way could have changed.
    Unvouched,
    /// The contact's chat account says that both certificates are the right ones (docs/verified-media.md).
    Person,
    /// The contact's chat account says that their device has another certificate: somebody in between holds the keys.
    Between,
}

/// In which directions sound flows, as seen from here (RFC 3264).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaDirection {
    /// Both.
    SendRecv,
    /// We only send.
    SendOnly,
    /// We only receive.
    RecvOnly,
    /// Neither.
    Inactive,
}

/// The sound of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MediaInfo {
    /// The encoding's name as in SDP: `opus`, `G722`, `PCMU`, `PCMA`.
    pub codec: Arc<str>,
    /// The RTP clock of the codec.
    pub clock_hz: u32,
    /// Its protection.
    pub encryption: MediaEncryption,
    /// Where it flows.
    pub direction: MediaDirection,
}

/// Why this account carries the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Route {
    /// The rule that decided, a sentence.
    pub rule: Arc<str>,
}

/// Who ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EndedBy {
    /// We did.
    Local,
    /// They did.
    Remote,
    /// Neither: a server refused or a connection broke.
    Network,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallEnd {
    /// Stable, for scripts: `hangup`, `declined`, `busy`, `no-answer`, `cancelled`, `not-found`, `unreachable`, ...
    pub code: Arc<str>,
    /// One sentence.
    pub text: Arc<str>,
    /// Who ended it.
    pub by: EndedBy,
}

/// A call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its name.
    pub id: CallId,
    /// Who called.
    pub direction: Direction,
    /// Where it stands.
    pub state: CallState,
    /// The account that carries it.
    pub account: AccountId,
    /// The protocol that carries it.
    pub via: Via,
    /// The other side.
    pub peer: Peer,
    /// The sound, once agreed.
    pub media: Option<MediaInfo>,
    /// What can be said of the keys of the sound.
    pub keys: KeyState,
    /// Why this account.
    pub route: Route,
    /// When it was placed or came in.
    pub started: WallTime,
    /// When it was answered.
    pub answered: Option<WallTime>,
    /// When it was answered, for the running duration.
    pub answered_boot: Option<BootTime>,
    /// The duration at the end; while it lives, count from `answered_boot`.
    pub duration: Duration,
    /// How it ended.
    pub end: Option<CallEnd>,
    /// The microphone is off.
    pub muted: bool,
    /// The other side holds us.
    pub held_by_peer: bool,
    /// The other side said that its microphone is off (XEP-0167 section 9).
    pub muted_by_peer: bool,
    /// An incoming call whose ringing the user silenced.
    pub silenced: bool,
    /// Nothing has been heard from the other side for some seconds although something should be (F16).
    pub silent: bool,
    /// Digits sent so far, for the keypad's display.
    pub digits_sent: Arc<str>,
    /// Digits of a number that wait for the user's word (`w`).
    pub digits_waiting: Option<Arc<str>>,
    /// The last digits that the other side pressed, at most 64. Never logged.
    pub digits_received: Arc<str>,
    /// What the phone service says while it rings: forwarded, queued, its own words.
    pub said: Option<Arc<str>>,
    /// What it may cost; absent where it is free and for calls that came in.
    pub charge: Option<Charge>,
    /// Ways on after a call that was refused (C-43).
    pub next: Vec<NextWay>,
    /// The conference that it is in.
    pub conference: Option<super::ConferenceId>,
    /// Its recording, going on or whole.
    pub recording: Option<super::Recording>,
    /// It is being handed over to somebody else, or was to be.
    pub transfer: Option<TransferView>,
    /// What the two write to each other, where they do.
    pub text: Option<Arc<super::CallText>>,
    /// Help was called.
    pub emergency: bool,
    /// It was answered by itself, as the user allowed for this caller.
    pub automatic: bool,
}

impl Call {
    /// It came in, and nobody answered it here or elsewhere or sent it away.
    pub fn is_missed(&self) -> bool {
        let seen_to = self.end.as_ref().is_some_and(|end| matches!(&*end.code, "declined" | "elsewhere" | "forwarded"));
        self.direction == Direction::Incoming && self.answered.is_none() && !seen_to
    }

    /// A call over SIP of which nothing more is known than how it began.
    pub fn new(
        id: CallId,
        direction: Direction,
        state: CallState,
        account: AccountId,
        peer: Peer,
        route: Route,
        started: WallTime,
    ) -> Self {
        Self {
            id,
            direction,
            state,
            account,
            via: Via::Sip,
            peer,
            media: None,
            keys: KeyState::default(),
            route,
            started,
            answered: None,
            answered_boot: None,
            duration: Duration::ZERO,
            end: None,
            muted: false,
            held_by_peer: false,
            muted_by_peer: false,
            silenced: false,
            silent: false,
            digits_sent: "".into(),
            digits_received: "".into(),
            digits_waiting: None,
            said: None,
            charge: None,
            next: Vec::new(),
            conference: None,
            recording: None,
            transfer: None,
            text: None,
            emergency: false,
            automatic: false,
        }
    }
}

/// How the packets of a call travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PathKind {
    /// From machine to machine.
    Direct,
    /// Through a router that changes addresses.
    ThroughRouter,
    /// Through a server that passes them on.
    Relayed,
}

/// The path that the packets of a call take.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PathStats {
    /// In a word.
    pub kind: PathKind,
    /// How our address came about: `host`, `srflx`, `prflx`, `relay` (RFC 8839 section 5.1).
    pub local: &'static str,
    /// How the peer's did.
    pub remote: &'static str,
    /// The relay's server, where it is ours.
    pub server: Option<Arc<str>>,
    /// The last round trip between the two ends, milliseconds.
    pub round_trip_ms: Option<f64>,
    /// Milliseconds since the other device last confirmed that packets of ours reach it (consent, RFC 7675); only where checks
    /// chose the path.
    pub consent_age_ms: Option<u64>,
}

/// How the sound of a call is doing (control.md STATS).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Stats {
    /// RTP packets sent.
    pub sent_packets: u64,
    /// RTP packets received.
    pub received_packets: u64,
    /// RTP packets that never came.
    pub lost_packets: u64,
    /// RTP packets that came after their time to be played.
    pub late_packets: u64,
    /// Milliseconds of sound made up for missing packets.
    pub concealed_ms: u64,
    /// Interarrival jitter (RFC 3550 section 6.4.1), milliseconds.
    pub jitter_ms: f64,
    /// Round trip by RTCP, milliseconds.
    pub round_trip_ms: Option<f64>,
    /// The present depth of the jitter buffer, milliseconds.
    pub buffer_ms: f64,
    /// From mouth to ear, part by part.
    pub delay: Box<super::DelayBudget>,
    /// Loss over the last seconds, percent.
    pub loss_percent: f64,
    /// An estimate by the E-model (ITU-T G.107), 1 to 4.5.
    pub mos: f64,
    /// Times that the output device ran dry.
    pub underruns: u64,
    /// What else was counted.
    pub evidence: super::Evidence,
    /// What is wrong, as far as it can be told.
    pub health: super::CallHealth,
    /// The path of the packets, where it was looked for (ICE, relays).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<Box<PathStats>>,
}
