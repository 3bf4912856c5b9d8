//! The seam between the user agent and the machine of one call (an INVITE usage, RFC 5057).
//!
//! The user agent owns transactions, flows, authentication and the question whose word counts. A call's machine owns its
//! dialogs: it builds requests and responses, is told what came back, and never sees a socket.
//!
//! Of a request, the machine writes From, To, Call-ID, CSeq, Contact, Route (its dialog's route set; none in the first
//! INVITE) and what the method needs. The user agent adds Via, Max-Forwards, User-Agent, the preloaded Route, and
//! credentials. A request that is challenged is repeated by the user agent with the next CSeq number, which it tells
//! by [`CallInput::Retried`] before anything else comes back; the machine only sees 401 and 407 that cannot be answered.

use std::sync::Arc;

use super::boundary::{Anonymity, CallIdentity, Callee, Command, Event};
use super::referral::{Referral, Replaces};
use super::stack::{ClientFailure, NameAddr, Request, Response, ServerId};
use crate::model::{BootTime, CallId, Jid, Now};

/// The methods that we answer with more than an error: the value of Allow in whatever we send.
pub const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK, INFO, REFER, NOTIFY";
/// The extensions that we know (RFC 3261 section 20.32); a Require with another one is answered with 420 before a call
/// sees it.
pub const SUPPORTED: &[&str] = &["100rel", "timer", "path", "outbound", "replaces", "norefersub"];

/// The name of a request that a call sends, unique within the call, chosen by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestKey(pub u32);

/// Who we are in a dialog. It holds for the dialog's life; [`CallInput::ContactChanged`] brings a new Contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalParty {
    /// The address of record with the display name, without a tag.
    pub address: NameAddr,
    /// The Contact that the registration's flow leads to (S02: a random user part).
    pub contact: NameAddr,
}

/// What the user agent tells a call's machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallInput {
    /// A command that names this call, other than `Invite`.
    Command(Command),
    /// A response to one of its requests: provisional, final, or a further 2xx to an INVITE.
    Response {
        /// Which request.
        key: RequestKey,
        /// The response.
        response: Response,
        /// Who answers: To as `from`, and what our proxy asserts.
        identity: Box<CallIdentity>,
    },
    /// A 2xx to an INVITE of this Call-ID whose transaction is gone: send its ACK once more.
    LateSuccess(Response),
    /// A request was repeated with credentials: this is the CSeq number now.
    Retried {
        /// Which request.
        key: RequestKey,
        /// Its number.
        cseq: u32,
    },
    /// A request ended without a final response: as if 408 (timeout) or 503 (transport) had come (RFC 3261 section 8.1.3.1).
    Failed {
        /// Which request.
        key: RequestKey,
        /// Why.
        why: ClientFailure,
    },
    /// The INVITE that began the call was cancelled over another connection, because its answers cannot reach our old address:
    /// the call is to be placed again.
    Adrift {
        /// Which request.
        key: RequestKey,
    },
    /// A BYE found no connection: it is sent with the next registration, or `Failed` comes by then. Until one of them the
    /// machine stays, so that what the peer sends meanwhile finds its call.
    PutOff {
        /// Which request.
        key: RequestKey,
        /// When it is given up.
        until: BootTime,
    },
    /// A request with this call's Call-ID and a To tag; answer 481 when the tags are no dialog of this call.
    Request {
        /// Its transaction.
        server: ServerId,
        /// The request. It came on the registration's flow or from our proxy.
        request: Request,
    },
    /// An ACK with this call's Call-ID.
    Ack(Request),
    /// The INVITE was cancelled; the CANCEL is answered, the INVITE needs its 487.
    Cancelled {
        /// The INVITE's transaction.
        server: ServerId,
        /// The CANCEL, for its Reason.
        request: Request,
    },
    /// A final response of ours was never acknowledged or could not be sent.
    ResponseFailed {
        /// Which.
        server: ServerId,
    },
    /// Ask the other side to call somebody: the value of Refer-To.
    Refer {
        /// With brackets.
        to: String,
    },
    /// Tell the other side, inside of the dialog, who is in the conference that we host.
    Notify(Notification),
    /// Our address changed: the dialog's remote target must be refreshed by a re-INVITE or UPDATE.
    ContactChanged(NameAddr),
}

/// What is told of a conference that we host in the dialog of a call that is in it (RFC 4575, RFC 6665 section 4.2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The value of Event.
    pub event: String,
    /// The value of Subscription-State.
    pub state: String,
    /// The kind of document and the document.
    pub body: Option<(&'static str, String)>,
}

/// What a call's machine wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallOutput {
    /// Send a request, other than ACK and CANCEL.
    Send {
        /// Its name for what comes back.
        key: RequestKey,
        /// The request.
        request: Request,
    },
    /// Cancel the INVITE of that name, after a provisional response to it has come. Its own answer is not told.
    Cancel {
        /// Which INVITE.
        invite: RequestKey,
        /// The Reason header's value.
        reason: Option<String>,
    },
    /// Acknowledge a 2xx, with the credentials of its INVITE (RFC 3261 section 13.2.2.4).
    Ack {
        /// Which INVITE.
        invite: RequestKey,
        /// The ACK: CSeq has the INVITE's number.
        request: Request,
    },
    /// Answer a request.
    Respond {
        /// Which.
        server: ServerId,
        /// The response.
        response: Response,
    },
    /// The other side asks, inside of the dialog, who is in the conference that we host. Its number is in order.
    Asked {
        /// Its transaction.
        server: ServerId,
        /// The SUBSCRIBE.
        request: Request,
    },
    /// What became of a [`CallInput::Notify`]: the final status, 408 and 481 where none came or it could not be sent.
    Told(u16),
    /// Tell `account`.
    Event(Event),
    /// The call is over and nothing of it needs an answer any more: the machine may be dropped.
    Finished,
}

/// What an outgoing call starts from: the fields of `Command::Invite`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingInvite {
    /// Its name.
    pub call: CallId,
    /// Whom.
    pub to: Callee,
    /// The SDP offer.
    pub offer: Arc<str>,
    /// For `Call-Info: <xmpp:…>;purpose=impp`; never with `Anonymous`.
    pub call_info: Option<Jid>,
    /// Whether we say who we are. `LocalParty` already follows it in its Contact; From and Privacy are the machine's.
    pub anonymity: Anonymity,
    /// Who sent us there, and whose place the call takes.
    pub referral: Option<Box<Referral>>,
}

/// What an incoming call starts from. The request passed the checks of trust, request URI and Require.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingInvite {
    /// Its new name.
    pub call: CallId,
    /// The INVITE's transaction.
    pub server: ServerId,
    /// The INVITE.
    pub request: Request,
    /// Who calls.
    pub identity: CallIdentity,
    /// The call of ours whose place it takes, where its Replaces names one that may be replaced.
    pub replaces: Option<CallId>,
}

/// How a dialog stands that a Replaces names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// We called, and it is not answered.
    Early,
    /// It is answered.
    Confirmed,
}

/// What names a call for somebody who is to take our place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToReplace {
    /// The other side's address.
    pub uri: String,
    /// The dialog, as the other side sees it.
    pub replaces: Replaces,
}

/// The machine of one call, as the user agent drives it: *handle once, drain, wait*.
pub trait CallMachine: Sized {
    /// A call of ours: the first output sends the INVITE.
    fn outgoing(invite: OutgoingInvite, local: LocalParty, seed: [u8; 32], now: Now) -> Self;

    /// A call from elsewhere: the first output is `Event::Incoming`, or a refusal.
    fn incoming(invite: IncomingInvite, local: LocalParty, seed: [u8; 32], now: Now) -> Self;

    /// The Call-ID, by which what comes in finds its call.
    fn call_id(&self) -> &str;

    /// `Event::Ended` was said: what is left only lingers, and does not count as a call.
    fn is_over(&self) -> bool;

    /// It came in and has no final answer.
    fn is_ringing(&self) -> bool {
        false
    }

    /// One input.
    fn handle_input(&mut self, input: CallInput, now: Now);

    /// Fires what is due.
    fn handle_timeout(&mut self, now: Now);

    /// How somebody else can take our place; `None` while there is nothing to take over.
    fn to_replace(&self) -> Option<ToReplace> {
        None
    }

    /// Whether a Replaces names a dialog of this call that may be replaced.
    fn standing_of(&self, _: &Replaces) -> Option<Standing> {
        None
    }

    /// What to do next.
    #[must_use]
    fn poll_output(&mut self) -> Option<CallOutput>;

    /// When `handle_timeout` is due.
    #[must_use]
    fn poll_timeout(&self) -> Option<BootTime>;
}
