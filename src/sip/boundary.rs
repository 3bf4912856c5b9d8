//! What crosses between `sip` and `account`.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::hosting::Hosted;
pub use super::identity::Anonymity;
pub use super::identity::{CallIdentity, NameAddress};
use super::message_policy::MessagePolicy;
pub use super::referral::Incoming;
use super::referral::{DiversionReason, ReferTo, Referral, TransferEvent};
use super::subscription::{Document, News, SubscriptionId, Wish};
use crate::model::{BootTime, CallId, ConferenceId, EndedBy, Jid, MessageId, PeerSign, Reason, Security, SipUri};

/// What the user agent needs to know. The password comes separately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The address of record.
    pub aor: SipUri,
    /// The name for digest; the AOR's user part where absent.
    pub auth_user: Option<String>,
    /// The name beside the address.
    pub display_name: Option<String>,
    /// Send everything there (loose route) instead of asking DNS for the AOR's domain.
    pub outbound_proxy: Option<SipUri>,
    /// Which transport.
    pub transport: TransportChoice,
    /// Nothing but TLS will do, whatever DNS publishes: it was there before, or the settings demand it.
    pub only_tls: bool,
    /// The realm to which the password may be shown; learned at the first registration over verified TLS where absent.
    pub realm: Option<String>,
    /// MD5 digests are acceptable.
    pub allow_md5: bool,
    /// The registration's wished lifetime in seconds, 60 to 3600.
    pub expires: u32,
    /// The stable instance id (RFC 5626), `urn:uuid:…`.
    pub instance: String,
    /// From whom a MESSAGE is acceptable (C-06, C-08).
    pub messages: MessagePolicy,
}

/// Which transport signalling uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TransportChoice {
    /// As DNS says (RFC 3263), the best protected first.
    #[default]
    Auto,
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// TLS.
    Tls,
}

/// One branch of a forked INVITE: the dialog with one To tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ForkId(pub u32);

/// Whom to call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callee {
    /// The request URI.
    pub uri: SipUri,
    /// The name for the To header.
    pub display: Option<String>,
}

/// What `account` asks of the user agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Register and stay registered.
    Register,
    /// Remove the binding and stay away.
    Unregister,
    /// The network changed somewhere: where another address leads to the server, re-register on a fresh flow. A registration
    /// whose address still leads there stays, and so do its calls.
    NetworkChanged,
    /// The machine slept (and its network may have changed too): as above, and a registration that stays is refreshed at once.
    Woke,
    /// Find out whether a request to this address reaches us (S-05): an OPTIONS through the proxy. Answered by
    /// [`Event::Probed`], within ten seconds; one at a time.
    Probe {
        /// Its name.
        id: u64,
        /// The address, in general the own one.
        to: SipUri,
    },
    /// Be told what happens elsewhere (RFC 6665), for as long as it is wanted: refreshed, and asked for anew when it breaks.
    /// What comes of it is told by [`Event::Subscription`]. A name that is in use changes nothing.
    Subscribe {
        /// Its name.
        id: SubscriptionId,
        /// Of whom, what, for how long each time.
        wish: Wish,
    },
    /// Be told who is in the conference that a call is with, inside of the call's own dialog (RFC 5057): for conferences that
    /// tell it nowhere else. It is told, refreshed and ended as a [`Command::Subscribe`], and over with the call.
    Watch {
        /// Which call.
        call: CallId,
        /// The subscription's name.
        id: SubscriptionId,
    },
    /// Something of a subscription is missing: ask for the whole state.
    RefreshSubscription {
        /// Which.
        id: SubscriptionId,
    },
    /// A subscription is not wanted any more. Nothing more is told of it.
    Unsubscribe {
        /// Which.
        id: SubscriptionId,
    },
    /// Place a call.
    Invite {
        /// Its name.
        call: CallId,
        /// Whom.
        to: Callee,
        /// The SDP offer.
        offer: Arc<str>,
        /// Send `Call-Info: <xmpp:…>;purpose=impp` (RFC 7081 section 3.5); never with `Anonymous`.
        call_info: Option<Jid>,
        /// Whether we say who we are.
        anonymity: Anonymity,
        /// Who sent us there, and whose place the call takes.
        referral: Option<Box<Referral>>,
    },
    /// Ask the other side to call somebody else (RFC 3515); news come as [`Event::Transfer`].
    Transfer {
        /// Which call.
        call: CallId,
        /// Whom.
        to: ReferTo,
    },
    /// Take the other side's REFER with 202, or refuse it with another status.
    AnswerRefer {
        /// Which call.
        call: CallId,
        /// The status.
        code: u16,
    },
    /// Tell the other side how the call goes that it asked for.
    ReportRefer {
        /// Which call it asked in.
        call: CallId,
        /// The status of the call that we placed.
        code: u16,
    },
    /// Send an incoming call elsewhere (302).
    Redirect {
        /// Which call.
        call: CallId,
        /// Where.
        to: SipUri,
        /// Why.
        reason: DiversionReason,
    },
    /// Say of a call that we join it with others (`isfocus`, RFC 4579 section 5.3), or no longer.
    Focus {
        /// Which call.
        call: CallId,
        /// Yes or no.
        on: bool,
    },
    /// Calls are joined here: whoever is in them may ask who else is (RFC 4575). The same again changes what they are told.
    Host(Box<Hosted>),
    /// They are not joined any more.
    EndHosting(ConferenceId),
    /// Send a message (RFC 3428); its fate comes back as [`Event::MessageAnswered`].
    Message {
        /// Its name; the Call-ID is made from it, so that a repetition can be recognised.
        id: MessageId,
        /// To whom.
        to: SipUri,
        /// The text.
        body: Arc<str>,
    },
    /// Answer a message that came: 200 when it is stored, or why not.
    AnswerMessage {
        /// [`ReceivedMessage::token`].
        token: u64,
        /// The status.
        code: u16,
    },
    /// Ring: 180 for an incoming call, or 183 with SDP.
    Ring {
        /// Which call.
        call: CallId,
        /// Early media, if any.
        answer: Option<Arc<str>>,
    },
    /// Answer an incoming call with the SDP answer (or our offer, when theirs was absent).
    Answer {
        /// Which call.
        call: CallId,
        /// The SDP.
        sdp: Arc<str>,
    },
    /// Refuse an incoming call.
    Reject {
        /// Which call.
        call: CallId,
        /// The status: 480, 486, 488, 603, ...
        code: u16,
    },
    /// End a call however it can be ended: CANCEL, BYE or 603.
    Hangup {
        /// Which call.
        call: CallId,
    },
    /// Offer a change by re-INVITE (hold, resume, new address).
    Offer {
        /// Which call.
        call: CallId,
        /// The SDP offer.
        sdp: Arc<str>,
    },
    /// Send digits by INFO, one after the other; what cannot go that way comes back as [`Event::DigitsRefused`].
    Digits {
        /// Which call.
        call: CallId,
        /// `0-9*#A-D`, and `,` for a pause of two seconds.
        digits: Arc<str>,
        /// Also where the other side's Allow does not name INFO.
        always: bool,
    },
    /// Ask the other side within the call whether it is still there (OPTIONS, RFC 3261 section 11.2): [`Event::PeerAsked`].
    AskPeer {
        /// Which call.
        call: CallId,
    },
    /// Tell further candidates of ours by INFO (RFC 8840), to a peer whose description says that it takes them.
    Candidates {
        /// Which call.
        call: CallId,
        /// An `application/trickle-ice-sdpfrag`.
        fragment: Arc<str>,
    },
    /// Answer the peer's re-INVITE or UPDATE; an error is the status to refuse with.
    AnswerOffer {
        /// Which call.
        call: CallId,
        /// The SDP answer or the status (488).
        result: Result<Arc<str>, u16>,
    },
    /// Acknowledge a 2xx whose SDP was an offer (delayed offer), with our answer.
    AcknowledgeWithAnswer {
        /// Which call.
        call: CallId,
        /// The SDP answer.
        sdp: Arc<str>,
    },
}

/// What the user agent tells `account`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A registration is being made.
    Connecting,
    /// Registered.
    Registered {
        /// How the flow is protected and authenticated.
        security: Security,
        /// Our own address on the flow to the server, for the media's choice of an interface.
        local: SocketAddr,
        /// The realm that was accepted, to be remembered when it was over verified TLS.
        realm: Option<String>,
    },
    /// Who else is registered under our address, whenever that changes (S14): a fingerprint of each device's instance id
    /// (RFC 5626 section 4.1), or of its host where it has none.
    OtherDevices(Vec<String>),
    /// Not registered; another try is due at `retry_at`.
    Unregistered {
        /// Why.
        reason: Reason,
        /// When the next try is due; absent after `Unregister`.
        retry_at: Option<BootTime>,
    },
    /// Given up until the user acts.
    Failed(Failure),
    /// A message came (RFC 3428). It counts as delivered only when it is answered with [`Command::AnswerMessage`].
    MessageReceived(Box<ReceivedMessage>),
    /// What became of a message of ours.
    MessageAnswered {
        /// Which.
        id: MessageId,
        /// The final status; 0: it did not get out, and may be sent again.
        code: u16,
        /// The other side's words.
        text: Option<Arc<str>>,
    },
    /// What became of [`Command::Probe`].
    Probed {
        /// Which.
        id: u64,
        /// The result.
        probed: Probed,
    },
    /// News of a subscription.
    Subscription {
        /// Which.
        id: SubscriptionId,
        /// What.
        news: News,
    },
    /// Our own server says over our own flow, without being asked, how many messages wait (RFC 3842).
    MessagesWaiting(Document),
    /// A call comes in; it is not ringing yet: answer with `Ring`, `Reject`.
    Incoming(Box<Incoming>),
    /// Our INVITE was taken up by a server (a 1xx other than 100, or 100).
    Progress {
        /// Which call.
        call: CallId,
        /// The status.
        code: u16,
        /// The reason phrase or a Reason/Warning text that is worth showing.
        text: Option<Arc<str>>,
        /// Which branch.
        fork: ForkId,
        /// Early SDP of that branch.
        sdp: Option<Arc<str>>,
    },
    /// A branch answered. The others are being ended.
    Answered {
        /// Which call.
        call: CallId,
        /// Which branch.
        fork: ForkId,
        /// The SDP of the 2xx, or that branch's early one where the 2xx has none.
        sdp: Option<Arc<str>>,
        /// Who answered, as asserted or by the dialog's remote target.
        identity: CallIdentity,
    },
    /// Our answer to an incoming call was acknowledged.
    Confirmed {
        /// Which call.
        call: CallId,
        /// The SDP of the ACK when our 2xx held an offer.
        sdp: Option<Arc<str>>,
    },
    /// The peer offers a change (re-INVITE, UPDATE); answer with `AnswerOffer`. Absent SDP asks for our offer.
    OfferReceived {
        /// Which call.
        call: CallId,
        /// The SDP offer.
        sdp: Option<Arc<str>>,
    },
    /// The peer answered our offer.
    OfferAnswered {
        /// Which call.
        call: CallId,
        /// The SDP answer.
        sdp: Arc<str>,
    },
    /// The peer refused our offer; the session goes on as it was. With 491 the peer's own offer came first: offer again
    /// after answering it, if that is still wanted. Before the call was answered it means that the first offer cannot be used:
    /// [`Command::Offer`] tries another one, [`Command::Hangup`] ends the call as it was refused. 408: nobody answered; who has no
    /// other sign of life of the peer hangs up (RFC 3261 section 12.2.1.2).
    OfferRefused {
        /// Which call.
        call: CallId,
        /// The status.
        code: u16,
    },
    /// The peer did not answer a refresh of the session: who has no other sign of life of it hangs up (RFC 4028 section 10).
    Unanswered {
        /// Which call.
        call: CallId,
    },
    /// The peer sent a digit by INFO (`application/dtmf-relay`).
    Digit {
        /// Which call.
        call: CallId,
        /// `0-9*#A-D`.
        digit: char,
    },
    /// The peer found more addresses of its own (RFC 8840): an `application/trickle-ice-sdpfrag`, at most 8 KiB.
    Candidates {
        /// Which call.
        call: CallId,
        /// As it came.
        fragment: Arc<str>,
    },
    /// Our address changed while the call rang: with the next [`Command::Offer`] it is placed again.
    Adrift {
        /// Which call.
        call: CallId,
    },
    /// What came of [`Command::AskPeer`].
    PeerAsked {
        /// Which call.
        call: CallId,
        /// What the other side's phone said.
        sign: PeerSign,
    },
    /// The other side does not take these digits by INFO.
    DigitsRefused {
        /// Which call.
        call: CallId,
        /// What is left of them.
        digits: Arc<str>,
    },
    /// Somebody else is at the other end of the call now, as our own phone service asserts it (RFC 3325, RFC 5876).
    Connected {
        /// Which call.
        call: CallId,
        /// Who, by P-Asserted-Identity only.
        identity: Box<CallIdentity>,
    },
    /// The other end is a conference (RFC 4579 section 5.1), or no longer; before the call is answered already, perhaps.
    Focus {
        /// Which call.
        call: CallId,
        /// The address of the conference: what may be subscribed to.
        focus: Option<SipUri>,
    },
    /// About a transfer of this call.
    Transfer {
        /// Which call.
        call: CallId,
        /// What.
        news: TransferEvent,
    },
    /// Our call was sent elsewhere (3xx); `Ended` follows. Nothing is dialled without the user (S13).
    Redirected {
        /// Which call.
        call: CallId,
        /// Where to, the most wanted first.
        contacts: Vec<NameAddress>,
    },
    /// The call is over. Nothing more comes about it.
    Ended {
        /// Which call.
        call: CallId,
        /// How.
        end: Ended,
    },
}

/// Whether a request reached us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probed {
    /// After what time the request came back on our own flow; `None`: it did not.
    pub arrived: Option<Duration>,
    /// The final status of the request, whoever gave it; `None`: none came, or voice is not connected.
    pub code: Option<u16>,
}

/// Why the user agent gave up until the user acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The reason in words.
    pub reason: Reason,
    /// The certificate that the user may accept, where that is the cause.
    pub certificate: Option<[u8; 32]>,
    /// It may be an attack rather than a mistake.
    pub security: bool,
}

/// How a call ended, in the protocol's terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The final status, where there was one; 0 for BYE.
    pub code: u16,
    /// The reason phrase, or the text of a Reason header (RFC 3326).
    pub text: Option<Arc<str>>,
    /// Who ended it.
    pub by: EndedBy,
    /// `Reason: SIP;cause=200`: answered on another device.
    pub elsewhere: bool,
    /// In how many seconds it may be tried again, where they say (RFC 3261 section 20.33).
    pub retry_after: Option<u32>,
}

/// A message that came in outside of any call.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceivedMessage {
    /// Names it in the answer.
    pub token: u64,
    /// Who writes, and on whose word.
    pub identity: CallIdentity,
    /// The Call-ID: the same again is the same message.
    pub call_id: String,
    /// The text.
    pub body: Arc<str>,
}

impl fmt::Debug for ReceivedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedMessage").field("token", &self.token).finish_non_exhaustive()
    }
}
