//! What crosses between `media` and `account`.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::model::{CallId, DeviceRole, Devices, Meters, Processing, Stats};
use crate::sdp::Negotiated;

/// A tone that the program makes itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    /// It rings there: on the output.
    Ringback,
    /// It rings here: on the ring device, repeated until stopped.
    Ringing,
    /// A call waits while another is active: short and quiet, on the output.
    CallWaiting,
    /// Busy: on the output, three times.
    Busy,
    /// Refused or failed: on the output, once.
    Congestion,
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
    /// Change the processing.
    SetProcessing(Processing),
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
    /// The sockets could not be bound, or the first plan cannot work.
    OpenFailed {
        /// Which call.
        call: CallId,
        /// Why, a sentence.
        reason: Arc<str>,
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
    /// Nothing has come for five seconds although something should (F16), or it came back.
    Silence {
        /// Which call.
        call: CallId,
        /// Silent or not.
        silent: bool,
    },
    /// Statistics, once a second per call and once more when it closes.
    Stats {
        /// Which call.
        call: CallId,
        /// The numbers.
        stats: Stats,
    },
    /// Levels, at most 20 times a second while a call lives.
    Meters(Meters),
    /// The list of devices, or the ones in use, changed.
    Devices(Devices),
    /// A device went away or came back; the sentence says what is used instead.
    DeviceProblem(Option<Arc<str>>),
}
