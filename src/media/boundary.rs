//! What crosses between `media` and `account`.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use super::dtls::DtlsError;
use super::ice::{Helped, Nominated, Wish};
use crate::model::{
    CallId, ConferenceId, DeviceProblem, DeviceRole, Devices, Meters, Processing, Recorded, RecordingChannels,
    RecordingFormat, Ringtone, Stats,
};
use crate::sdp::{Candidate, Fingerprint, Negotiated};

/// A tone that the program makes itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    /// It rings there: on the output.
    Ringback,
    /// It rings here: on the ring device, repeated until stopped.
    Ringing(Ringtone),
    /// A ringtone once, on the ring device: to choose by.
    Sample(Ringtone),
    /// A call waits while another is active: short and quiet, on the output.
    CallWaiting,
    /// Busy: on the output, three times.
    Busy,
    /// Refused or failed: on the output, once.
    Congestion,
}

/// How something is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingWish {
    /// The folder; made where it is not there.
    pub folder: PathBuf,
    /// The file's name without its ending; a number is added where it is taken.
    pub name: Arc<str>,
    /// How it is written.
    pub format: RecordingFormat,
    /// How the sides lie in it.
    pub channels: RecordingChannels,
    /// A tone every fifteen seconds tells everybody in the call.
    pub beep: bool,
}

/// What is to be done about a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordOrder {
    /// Begin. Asked twice: the first one goes on.
    Start(Box<RecordingWish>),
    /// Write nothing for a while, or go on.
    Pause(bool),
    /// End. Told by [`RecordingNews::Ended`].
    Stop,
}

/// What is told of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordingNews {
    /// Sound is being written.
    Started {
        /// Where.
        file: Arc<str>,
    },
    /// It is over.
    Ended {
        /// The file, whole; none where it could not even be made.
        file: Option<Arc<str>>,
        /// What went wrong, a sentence.
        problem: Option<Arc<str>>,
    },
}

/// What `account` asks of the media thread.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Bind RTP (even port) and RTCP (next port) sockets for a call on the interface with this address.
    Open {
        /// Which call.
        call: CallId,
        /// Our address towards the peer.
        address: IpAddr,
    },
    /// As [`Command::Open`], and look for paths: comes back as [`Event::Candidates`] and then [`Event::Opened`].
    Gather {
        /// Which call.
        call: CallId,
        /// Our address towards the peer.
        address: IpAddr,
        /// Servers, and what may be told.
        wish: Box<Wish>,
    },
    /// More addresses of the peer (RFC 8838).
    Candidates {
        /// Which call.
        call: CallId,
        /// Them.
        candidates: Arc<[Candidate]>,
    },
    /// Our address changed: bind other sockets there; what flows goes on over them, and nothing over the old ones any more.
    /// Comes back as [`Event::Opened`] or [`Event::MoveFailed`].
    Move {
        /// Which call.
        call: CallId,
        /// Our address towards the peer.
        address: IpAddr,
    },
    /// Start, or change, what flows.
    Start {
        /// Which call.
        call: CallId,
        /// What both sides agreed on.
        plan: Arc<Negotiated>,
    },
    /// Stop and forget a call.
    Close {
        /// Which call.
        call: CallId,
    },
    /// Send silence instead of the microphone, or stop doing so.
    Mute {
        /// Which call.
        call: CallId,
        /// On or off.
        muted: bool,
    },
    /// Send digits, one after the other (RFC 4733).
    Dtmf {
        /// Which call.
        call: CallId,
        /// `0-9*#A-D` and `,` for a pause of two seconds.
        digits: Arc<str>,
        /// As tones in the sound, even where events were agreed on.
        in_band: bool,
    },
    /// Bind a socket for text of its own, before the call's sockets or later. Comes back as [`Event::TextOpened`].
    OpenText {
        /// Which call.
        call: CallId,
        /// Our address towards the peer.
        address: IpAddr,
    },
    /// Send text as it is typed (RFC 4103): characters, `\n`, and U+0008 to take the last one back.
    Text {
        /// Which call.
        call: CallId,
        /// What is typed.
        text: Arc<str>,
    },
    /// Mix this call with the others of a conference: each hears all others and the microphone. From another conference
    /// it moves here.
    Join {
        /// Which call.
        call: CallId,
        /// With whom.
        conference: ConferenceId,
    },
    /// The call is by itself again.
    Leave {
        /// Which call.
        call: CallId,
    },
    /// Nobody in the conference hears this call, or everybody does again.
    MuteParty {
        /// Which call.
        call: CallId,
        /// On or off.
        muted: bool,
    },
    /// About a recording.
    Record {
        /// Of what.
        what: Recorded,
        /// What is to be done.
        order: RecordOrder,
    },
    /// Play a tone until another one or `None` comes.
    Tone(Option<Tone>),
    /// Use this device: a system name, `null`, `file:PATH.wav`, `default`.
    SetDevice {
        /// For what.
        role: DeviceRole,
        /// Which.
        name: Arc<str>,
    },
    /// Use the first of these that is there, and go back to a better one when it returns.
    PreferDevices {
        /// For what.
        role: DeviceRole,
        /// The preferred one first; not empty.
        names: Vec<Arc<str>>,
    },
    /// Speak or play a voice message.
    Note(super::NoteOrder),
    /// Try the devices out, or stop that.
    Rehearse(super::Rehearsal),
    /// Change the processing.
    SetProcessing(Processing),
}

/// How punctual the ticks were since the last word (F28).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// Ticks of 10 ms.
    pub ticks: u64,
    /// Those that came more than 5 ms after they were due.
    pub late: u64,
    /// Those that were left out, because the thread got no processor for so long.
    pub left_out: u64,
    /// The latest of them.
    pub worst: std::time::Duration,
}

/// What the media thread tells `account`.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The sockets are bound.
    Opened {
        /// Which call.
        call: CallId,
        /// Our RTP address; RTCP is one port above.
        rtp: SocketAddr,
    },
    /// The addresses that the peer may be told (RFC 8445).
    Candidates {
        /// Which call.
        call: CallId,
        /// All of them.
        candidates: Arc<[Candidate]>,
        /// No server is waited for any more.
        complete: bool,
    },
    /// Further ones: a server answered late (RFC 8838).
    LaterCandidates {
        /// Which call.
        call: CallId,
        /// Them.
        candidates: Arc<[Candidate]>,
    },
    /// Both sides settled on a path.
    Nominated {
        /// Which call.
        call: CallId,
        /// Its two ends.
        nominated: Nominated,
    },
    /// What became of the servers that were asked for paths; told before the rest of what was gathered.
    Helped {
        /// Which call.
        call: CallId,
        /// Each of them.
        servers: Vec<Helped>,
    },
    /// The sockets could not be bound, or the first plan cannot work.
    OpenFailed {
        /// Which call.
        call: CallId,
        /// Why, a sentence.
        reason: Arc<str>,
    },
    /// The other side has not said for half a minute that it wants our packets: nothing more is sent on the path that was found.
    PathLost {
        /// Which call.
        call: CallId,
    },
    /// The new address cannot be used yet: a system needs a moment before it lets anybody bind to one. The old sockets stay.
    MoveFailed {
        /// Which call.
        call: CallId,
    },
    /// The first packet of the peer was accepted.
    Flowing {
        /// Which call.
        call: CallId,
    },
    /// The peer pressed a key.
    Digit {
        /// Which call.
        call: CallId,
        /// `0-9*#A-D`.
        digit: char,
    },
    /// The socket for text is bound, or cannot be.
    TextOpened {
        /// Which call.
        call: CallId,
        /// Its port.
        port: Option<u16>,
    },
    /// The peer typed: characters, `\n`, U+0008 to take the last one back, U+FFFD where text was lost.
    Text {
        /// Which call.
        call: CallId,
        /// What was typed.
        text: Arc<str>,
    },
    /// Nothing has come for five seconds although something should (F16), or it came back.
    Silence {
        /// Which call.
        call: CallId,
        /// Silent or not.
        silent: bool,
    },
    /// Who speaks in a call, where that is known: those whom the other side mixes and names (RFC 6465), or the other side itself
    /// where we mix it with others. Told when it changes.
    Speaking {
        /// Which call.
        call: CallId,
        /// Their sources ([`crate::model::source_of`] where we mix); empty: nobody.
        sources: Arc<[u32]>,
    },
    /// The certificate of this run is made: DTLS-SRTP can be offered. Told once, first of all.
    Identity(Fingerprint),
    /// The handshake for the keys is done: what flows is protected from here on.
    Secured {
        /// Which call.
        call: CallId,
    },
    /// The handshake failed for good; nothing was sent in the clear.
    SecurityFailed {
        /// Which call.
        call: CallId,
        /// Why.
        error: DtlsError,
    },
    /// The keys have nearly protected all that they may: agree on new ones.
    KeysAging {
        /// Which call.
        call: CallId,
    },
    /// The counters of our keys are about to be past their first round: a new address needs a new key from now on
    /// (RFC 4568 section 7.1.4).
    KeysTurned {
        /// Which call.
        call: CallId,
    },
    /// Statistics, once a second per call and once more when it closes.
    Stats {
        /// Which call.
        call: CallId,
        /// The numbers.
        stats: Stats,
    },
    /// How punctual the ticks were, once a second while a call lives.
    Pace(Pace),
    /// About a voice message.
    Note(super::NoteNews),
    /// The test of the devices is at another stage, or over.
    Rehearsed(super::Rehearsed),
    /// Levels, at most 20 times a second while a call lives.
    Meters(Meters),
    /// About a recording.
    Recording {
        /// Of what.
        what: Recorded,
        /// What is told.
        news: RecordingNews,
    },
    /// The list of devices, or the ones in use, changed.
    Devices(Devices),
    /// A device went away or came back; the sentence says what is used instead.
    DeviceProblem(Option<DeviceProblem>),
}
