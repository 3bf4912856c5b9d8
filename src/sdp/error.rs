//! Why an offer or an answer cannot be used, by who is at fault.

/// Why an offer/answer exchange fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum SdpError {
    /// The peer's text is not a session description, or exceeds the limits of this folder.
    #[error("the session description is malformed")]
    Malformed,
    /// The peer's description has no audio stream that is switched on.
    #[error("no audio stream is offered")]
    NoAudio,
    /// The peer answered our audio line with port 0.
    #[error("the audio stream was refused")]
    Rejected,
    /// Both sides have codecs, but none in common.
    #[error("no codec in common")]
    NoCommonCodec,
    /// The stream's address is a name, a multicast address, or of the other IP version than ours.
    #[error("the media address cannot be reached from here")]
    Address,
    /// The audio stream is protected by DTLS-SRTP only (RFC 5763), which our settings leave out.
    #[error("only DTLS-SRTP is offered, which the settings leave out")]
    DtlsOnly,
    /// DTLS-SRTP without a fingerprint of SHA-256 or better (RFC 8122), or without a role that we can take (M07).
    #[error("the peer's certificate cannot be checked: no fingerprint of SHA-256 or better")]
    Fingerprint,
    /// Protection is required, or was there before, and the peer's description has no keys (RFC 4568).
    #[error("the peer wants an unprotected stream where protection is required")]
    Unprotected,
    /// The stream demands SRTP and no key line of the peer can be used, or our policy is plain RTP only.
    #[error("no usable key for a stream that demands SRTP")]
    Keys,
    /// Protection is required, but the signalling would show the keys to everybody (RFC 4568 section 7).
    #[error("protection is required, but the signalling connection is not encrypted")]
    OpenSignalling,
    /// The answer does not fit the offer: other media lines, or a key line that was not offered.
    #[error("the answer does not fit the offer")]
    AnswerMismatch,
    /// Our own mistake: an answer was handed in although nothing was offered.
    #[error("there is no offer to be answered")]
    NoOffer,
}

impl SdpError {
    /// The SIP status that refuses such an offer: 400 for what cannot be read, else 488.
    pub fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::NoOffer => 500,
            Self::NoAudio
            | Self::Rejected
            | Self::NoCommonCodec
            | Self::Address
            | Self::DtlsOnly
            | Self::Fingerprint
            | Self::Unprotected
            | Self::Keys
            | Self::OpenSignalling
            | Self::AnswerMismatch => 488,
        }
    }
}
