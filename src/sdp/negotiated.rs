//! What an offer/answer exchange agrees on, in the terms of the media engine.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::dtls::Fingerprint;
use crate::model::MediaDirection;

/// An RTP payload type, 0 to 127.
pub type PayloadType = u8;

/// A codec that we have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// Opus (RFC 6716, RFC 7587): `opus/48000/2`, always two channels in rtpmap.
    Opus,
    /// G.722 (RFC 3551): 16 kHz sound, but a clock of 8000.
    G722,
    /// G.711 mu-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
}

impl Codec {
    /// The RTP clock rate.
    pub fn clock_hz(self) -> u32 {
        match self {
            Self::Opus => 48_000,
            // RFC 3551 section 4.5.2 keeps 8000 for historical reasons.
            Self::G722 | Self::Pcmu | Self::Pcma => 8_000,
        }
    }

    /// The encoding name in `a=rtpmap`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Opus => "opus",
            Self::G722 => "G722",
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
        }
    }
}

/// Whether SRTP is offered and demanded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MediaProtection {
    /// Plain RTP only.
    Off,
    /// Keys are offered beside RTP/AVP (RFC 8643); an answer without keys is accepted and shown as open.
    #[default]
    Optional,
    /// RTP/SAVP only; anything else is refused with 488.
    Required,
}

/// How the keys of protected sound are agreed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyAgreement {
    /// Both are offered where both are possible, and DTLS is taken where there is a choice: the servers do not see its keys.
    /// Where protection is required and only one can be offered, it is SDES.
    #[default]
    Auto,
    /// Only in SDP (RFC 4568).
    Sdes,
    /// Only by DTLS (RFC 5763).
    Dtls,
}

/// What we can and want.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Codecs in the order of preference.
    pub codecs: Vec<Codec>,
    /// The packet time that we ask for.
    pub packet_time: Duration,
    /// Nothing need be sent while nobody speaks, in either direction.
    pub discontinuous: bool,
    /// Whether SRTP is offered and demanded.
    pub protection: MediaProtection,
    /// The signalling hop is TLS: only then may SDES keys be offered (RFC 4568 section 7, M09).
    pub secure_signalling: bool,
    /// How keys are agreed on.
    pub keys: KeyAgreement,
    /// The fingerprint of our certificate; DTLS-SRTP cannot be had without.
    pub fingerprint: Option<Fingerprint>,
}

/// Our end of one media stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalMedia {
    /// The address that the peer shall send to.
    pub address: IpAddr,
    /// The RTP port; RTCP is on the same (RFC 5761) or the next one.
    pub port: u16,
    /// The secret that our SDES keys are derived from, 46 random bytes, fresh for each call.
    pub key: MasterKey,
    /// The `o=` session id, random per call.
    pub session_id: u64,
}

/// An SRTP protection profile of RFC 4568, RFC 6188 or RFC 7714.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CryptoSuite {
    /// AES_CM_128_HMAC_SHA1_80.
    AesCm128HmacSha1_80,
    /// AES_CM_128_HMAC_SHA1_32.
    AesCm128HmacSha1_32,
    /// AES_256_CM_HMAC_SHA1_80.
    AesCm256HmacSha1_80,
    /// AES_256_CM_HMAC_SHA1_32.
    AesCm256HmacSha1_32,
    /// AEAD_AES_128_GCM.
    AeadAes128Gcm,
    /// AEAD_AES_256_GCM.
    AeadAes256Gcm,
}

/// A master key with its salt behind it; in [`LocalMedia`] the secret that those of every suite are derived from.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey(pub Vec<u8>);

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// The keys of an SRTP session, one per direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SrtpKeys {
    /// The suite.
    pub suite: CryptoSuite,
    /// Protects what we send: key then salt, of the suite's exact length.
    pub local: MasterKey,
    /// Protects what we receive.
    pub remote: MasterKey,
    /// The names of the keys in the packets; empty where none were agreed on.
    pub mki: Mki,
    /// Packets that one key protects at most (RFC 4568 section 6.1); new ones are agreed on before.
    pub lifetime: u64,
}

/// Master key identifiers (RFC 3711 section 3.1): which key a packet is protected with. All of one direction have one length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mki {
    /// Ours.
    pub local: Vec<u8>,
    /// That of the peer's first key.
    pub remote: Vec<u8>,
    /// Further keys of the peer.
    pub others: Vec<(Vec<u8>, MasterKey)>,
}

impl SrtpKeys {
    /// The lifetime of a key where none is given: 2^31 packets of SRTCP come first (RFC 3711 section 9.2), and no call is
    /// longer.
    pub const LIFETIME: u64 = 1 << 31;

    /// Keys without identifiers, with the lifetime that holds where none is given.
    pub fn new(suite: CryptoSuite, local: MasterKey, remote: MasterKey) -> Self {
        Self { suite, local, remote, mki: Mki::default(), lifetime: Self::LIFETIME }
    }
}

/// The handshake of DTLS-SRTP that both sides agreed on (RFC 5763).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DtlsPlan {
    /// We begin (`a=setup:active`).
    pub client: bool,
    /// The peer's certificate has one of these.
    pub fingerprints: Vec<Fingerprint>,
    /// Counts the associations of the call: another number demands a new handshake (RFC 8842 section 4).
    pub association: u32,
    /// Counts changes of an address with a peer that does not name associations: it may begin a new handshake, or expect one,
    /// while the keys of the last one still hold (RFC 8842 section 4).
    pub renewal: u32,
}

impl Negotiated {
    /// Whether the sound is protected, or will be before any flows.
    pub fn is_protected(&self) -> bool {
        self.srtp.is_some() || self.dtls.is_some()
    }
}

/// A negotiated telephone-event format (RFC 4733).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TelephoneEvent {
    /// The payload type to send.
    pub payload_type: PayloadType,
    /// Its clock: the codec's, or where the peer has none for that, another one (8000 beside Opus occurs).
    pub clock_hz: u32,
}

/// What both sides agreed on for the audio stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// Where RTP goes.
    pub remote_rtp: SocketAddr,
    /// Where RTCP goes; the same as `remote_rtp` with `a=rtcp-mux`.
    pub remote_rtcp: SocketAddr,
    /// RTP and RTCP share a port.
    pub rtcp_mux: bool,
    /// The codec we send and the payload type the peer gave it.
    pub send: (PayloadType, Codec),
    /// The payload types the peer may use towards us.
    pub receive: Vec<(PayloadType, Codec)>,
    /// How we send digits.
    pub events_send: Option<TelephoneEvent>,
    /// How the peer sends digits.
    pub events_receive: Vec<TelephoneEvent>,
    /// Where sound flows, as seen from here.
    pub direction: MediaDirection,
    /// How long each packet that we send is: the peer's `a=ptime` and `a=maxptime` respected.
    pub packet_time: Duration,
    /// The longest packet that the peer takes (`a=maxptime`), of those that we send.
    pub longest_packet: Duration,
    /// The stream's paths are found by checks, when both sides do that.
    pub ice: Option<super::IcePlan>,
    /// Keys, when the stream is protected with keys from SDP.
    pub srtp: Option<SrtpKeys>,
    /// The handshake that gives the keys, when the stream is protected by DTLS-SRTP; nothing flows before.
    pub dtls: Option<DtlsPlan>,
    /// The peer wants in-band FEC (`useinbandfec=1`, RFC 7587).
    pub opus_fec: bool,
    /// The peer's receive limit in bits per second (`maxaveragebitrate`), where given.
    pub opus_max_bitrate: Option<u32>,
    /// We send nothing in pauses, where the codec or comfort noise can tell of them.
    pub discontinuous: bool,
    /// What helps the codecs against loss and in pauses.
    pub helpers: Helpers,
    /// Text beside the sound, where both sides want it.
    pub text: Option<Box<super::TextPlan>>,
}

/// What goes beside the codecs, by number; none of it is needed, and without an agreement none is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Helpers {
    /// The peer takes Opus with redundancy (RFC 2198) under this number.
    pub redundancy_send: Option<PayloadType>,
    /// The peer may send Opus with redundancy under this number.
    pub redundancy_receive: Option<PayloadType>,
    /// The peer takes comfort noise (RFC 3389) under this number.
    pub noise_send: Option<PayloadType>,
    /// The peer may send comfort noise under this number.
    pub noise_receive: Option<PayloadType>,
    /// The number of the header extension under which the peer is told who speaks (RFC 6465).
    pub levels_send: Option<u8>,
    /// The number under which the peer may say who speaks.
    pub levels_receive: Option<u8>,
}
