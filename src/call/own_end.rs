//! The ends of a call that we decide ourselves.

use super::end::end_of_status;
use crate::model::{CallEnd, EndedBy};
use crate::sdp::SdpError;

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
        SdpError::DtlsOnly => {
            "The other side agrees on keys by DTLS only, which your settings leave out (media-keys).".to_owned()
        }
        SdpError::Fingerprint => {
            "The other side wants DTLS, but names no certificate that could be checked (SHA-256 or better). Nothing was sent.".to_owned()
        }
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
