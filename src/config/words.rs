//! The words that stand for choices, for reading and for writing.

use super::read_telephony::VoicemailNotice;
use super::settings::{CallInfoPolicy, LogLevel, Theme};
use crate::model::{CallPresence, ConnectionPolicy, Language};
use crate::model::{DigitWay, Reception, Refusing};
use crate::model::{RecordingChannels, RecordingFormat};
use crate::phone::{Ask, ClassKind, DialAs, RuleFor};
use crate::sdp::{KeyAgreement, MediaProtection};
use crate::sip::TransportChoice;
use crate::xmpp::TlsMode;

/// A choice: each word and what it stands for.
pub(super) type Words<T> = &'static [(&'static str, T)];

pub(super) const TLS: Words<TlsMode> =
    &[("auto", TlsMode::Auto), ("direct", TlsMode::Direct), ("starttls", TlsMode::StartTls)];

pub(super) const TRANSPORT: Words<TransportChoice> = &[
    ("auto", TransportChoice::Auto),
    ("udp", TransportChoice::Udp),
    ("tcp", TransportChoice::Tcp),
    ("tls", TransportChoice::Tls),
];

pub(super) const MEDIA_ENCRYPTION: Words<MediaProtection> =
    &[("off", MediaProtection::Off), ("optional", MediaProtection::Optional), ("required", MediaProtection::Required)];

pub(super) const MEDIA_KEYS: Words<KeyAgreement> =
    &[("auto", KeyAgreement::Auto), ("sdes", KeyAgreement::Sdes), ("dtls", KeyAgreement::Dtls)];

pub(super) const SEND_CHAT_ADDRESS: Words<CallInfoPolicy> =
    &[("known", CallInfoPolicy::Known), ("always", CallInfoPolicy::Always), ("never", CallInfoPolicy::Never)];

pub(super) const DIAL_AS: Words<DialAs> = &[("international", DialAs::International), ("national", DialAs::National)];

pub(super) const RULE_FOR: Words<RuleFor> = &[("match", RuleFor::Match), ("dial", RuleFor::Dial)];

pub(super) const ASK_COST: Words<Ask> = &[("first", Ask::First), ("always", Ask::Always), ("never", Ask::Never)];

pub(super) const CLASS_KIND: Words<ClassKind> =
    &[("ordinary", ClassKind::Ordinary), ("premium", ClassKind::Premium), ("foreign", ClassKind::Foreign)];

pub(super) const REFUSING: Words<Refusing> = &[
    ("busy", Refusing::Busy),
    ("unavailable", Refusing::Unavailable),
    ("decline", Refusing::Decline),
    ("forward", Refusing::Forward),
];

pub(super) const RECEPTION: Words<Reception> =
    &[("ring", Reception::Ring), ("silence", Reception::Silence), ("decline", Reception::Decline)];

pub(super) const DIGITS: Words<DigitWay> =
    &[("auto", DigitWay::Auto), ("rfc4733", DigitWay::Rtp), ("info", DigitWay::Info), ("inband", DigitWay::InBand)];

pub(super) const VOICEMAIL_NOTICE: Words<VoicemailNotice> =
    &[("auto", VoicemailNotice::Auto), ("unsolicited", VoicemailNotice::Unsolicited), ("off", VoicemailNotice::Off)];

pub(super) const LANGUAGE: Words<Option<Language>> = &[
    ("system", None),
    ("en", Some(Language::English)),
    ("de", Some(Language::German)),
    ("fr", Some(Language::French)),
    ("es", Some(Language::Spanish)),
];

pub(super) const THEME: Words<Theme> = &[("system", Theme::System), ("light", Theme::Light), ("dark", Theme::Dark)];

pub(super) const LOG_LEVEL: Words<LogLevel> = &[
    ("error", LogLevel::Error),
    ("warn", LogLevel::Warn),
    ("info", LogLevel::Info),
    ("debug", LogLevel::Debug),
    ("trace", LogLevel::Trace),
];

pub(super) const CONNECTION_POLICY: Words<ConnectionPolicy> = &[
    ("truthful", ConnectionPolicy::Truthful),
    ("joint", ConnectionPolicy::Joint),
    ("voice-first", ConnectionPolicy::VoiceFirst),
];

pub(super) const CALL_PRESENCE: Words<CallPresence> =
    &[("off", CallPresence::Off), ("status", CallPresence::Status), ("dnd", CallPresence::Dnd)];

/// A feature: as usual, or by a rule.
pub(super) const SWITCH: Words<Option<bool>> = &[("default", None), ("on", Some(true)), ("off", Some(false))];

pub(super) const RECORDING_FORMAT: Words<RecordingFormat> =
    &[("opus", RecordingFormat::Opus), ("wav", RecordingFormat::Wav)];

pub(super) const RECORDING_CHANNELS: Words<RecordingChannels> =
    &[("stereo", RecordingChannels::Stereo), ("mixed", RecordingChannels::Mixed)];

/// The packet times, in milliseconds.
pub(super) const PACKET_TIME: Words<u32> = &[("10 ms", 10), ("20 ms", 20), ("30 ms", 30), ("40 ms", 40), ("60 ms", 60)];

/// The word for a value; every value of the types above has one.
pub(super) fn word_for<T: PartialEq>(words: Words<T>, value: &T) -> Option<&'static str> {
    words.iter().find(|(_, meaning)| meaning == value).map(|(word, _)| *word)
}
