//! The first view of a call, and the ends that we decide ourselves.

use std::time::Duration;

use super::end::end_of_status;
use crate::model::{AccountId, Call, CallEnd, CallId, CallState, Direction, EndedBy, Now, Peer, Route, Via};
use crate::sdp::SdpError;

/// A call of which nothing has happened yet.
pub(super) fn blank_view(
    id: CallId,
    direction: Direction,
    state: CallState,
    account: &AccountId,
    peer: Peer,
    route: Route,
    now: Now,
) -> Call {
    Call {
        id,
        direction,
        state,
        account: account.clone(),
        via: Via::Sip,
        peer,
        media: None,
        route,
        started: now.wall,
        answered: None,
        answered_boot: None,
        duration: Duration::ZERO,
        end: None,
        muted: false,
        held_by_peer: false,
        silenced: false,
        silent: false,
        digits_sent: "".into(),
        digits_received: "".into(),
        said: None,
        charge: None,
        next: Vec::new(),
    }
}

/// An end in our own words.
pub(super) fn end(code: &str, text: &str, by: EndedBy) -> CallEnd {
    CallEnd { code: code.into(), text: text.into(), by }
}

/// The end of a call whose two sides cannot agree on sound.
pub(super) fn incompatible(error: SdpError) -> CallEnd {
    let text = match error {
        SdpError::Unprotected | SdpError::Keys => {
            "The call must be encrypted, but the other side does not offer that.".to_owned()
        }
        SdpError::OpenSignalling => {
            "The call must be encrypted, but voice is not connected over TLS: keys would be readable.".to_owned()
        }
        SdpError::DtlsOnly => "The other side encrypts calls in a way that Tandem does not know yet (DTLS).".to_owned(),
        SdpError::Malformed
        | SdpError::NoAudio
        | SdpError::Rejected
        | SdpError::NoCommonCodec
        | SdpError::Address
        | SdpError::AnswerMismatch
        | SdpError::NoOffer => format!("{} ({error}.)", end_of_status(488).1),
    };
    CallEnd { code: "no-common-media".into(), text: text.into(), by: EndedBy::Network }
}
