//! Payload types: what the formats of a media line mean, and which numbers we give ours.

use std::time::Duration;

use super::description::Media;
use super::{Codec, Helpers, PayloadType};

/// The bit rate that we ask a peer to stay below when it sends Opus, bits per second: speech is transparent far below.
const OPUS_MAX_BITRATE: u32 = 64_000;
/// What a peer may ask of our encoder, bits per second (RFC 7587 section 6.1).
const OPUS_BITRATES: std::ops::RangeInclusive<u32> = 6_000..=510_000;
/// The longest packet that we send and accept.
pub const MAX_PACKET_TIME: Duration = Duration::from_millis(60);
/// What packets are where nothing is said about them (RFC 3551 section 4.2).
const USUAL_PACKET_TIME: Duration = Duration::from_millis(20);
/// The first dynamic payload type (RFC 3551 section 6).
const FIRST_DYNAMIC: PayloadType = 96;

/// The clocks of digits that are taken: those of the codecs that phones have (RFC 4733 section 2.1).
const EVENT_CLOCKS: [u32; 4] = [8_000, 16_000, 32_000, 48_000];

/// What a payload type carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Sound.
    Sound(Codec),
    /// Digits (RFC 4733).
    Events {
        /// The clock in Hz.
        clock_hz: u32,
    },
    /// Opus with copies of earlier packets (RFC 2198).
    Redundancy,
    /// Comfort noise beside the codecs whose clock is 8 kHz (RFC 3389).
    Noise,
}

impl Format {
    fn of_encoding(name: &str, clock_hz: u32, channels: u32) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            // RFC 7587 section 7: always two channels; some senders leave them away.
            "opus" if clock_hz == 48_000 && channels <= 2 => Some(Self::Sound(Codec::Opus)),
            "g722" if clock_hz == 8_000 && channels == 1 => Some(Self::Sound(Codec::G722)),
            "pcmu" if clock_hz == 8_000 && channels == 1 => Some(Self::Sound(Codec::Pcmu)),
            "pcma" if clock_hz == 8_000 && channels == 1 => Some(Self::Sound(Codec::Pcma)),
            "red" if clock_hz == 48_000 && channels <= 2 => Some(Self::Redundancy),
            "cn" if clock_hz == 8_000 && channels == 1 => Some(Self::Noise),
            "telephone-event" if EVENT_CLOCKS.contains(&clock_hz) => Some(Self::Events { clock_hz }),
            _ => None,
        }
    }

    /// The static assignments of RFC 3551 section 6 that we know.
    fn of_static(payload_type: PayloadType) -> Option<Self> {
        match payload_type {
            0 => Some(Self::Sound(Codec::Pcmu)),
            8 => Some(Self::Sound(Codec::Pcma)),
            9 => Some(Self::Sound(Codec::G722)),
            13 => Some(Self::Noise),
            _ => None,
        }
    }

    /// The number that we would give it.
    fn preferred(self) -> PayloadType {
        match self {
            Self::Sound(Codec::Pcmu) => 0,
            Self::Sound(Codec::Pcma) => 8,
            Self::Sound(Codec::G722) => 9,
            Self::Sound(Codec::Opus) => 96,
            Self::Events { clock_hz: 8_000 } => 101,
            Self::Events { clock_hz: 48_000 } => 102,
            Self::Events { .. } => 103,
            Self::Redundancy => 97,
            Self::Noise => 13,
        }
    }

    /// The `a=rtpmap` and `a=fmtp` lines; `all` are the formats of the media line, `discontinuous` when pauses need not be
    /// sent.
    pub fn attributes(self, payload_type: PayloadType, all: &[(PayloadType, Self)], discontinuous: bool) -> String {
        match self {
            Self::Redundancy => {
                let opus = all.iter().find(|(_, format)| *format == Self::Sound(Codec::Opus));
                // RFC 2198 section 5: the primary and the redundant encodings, at least two.
                let parameters =
                    opus.map_or_else(String::new, |(opus, _)| format!("a=fmtp:{payload_type} {opus}/{opus}\r\n"));
                format!("a=rtpmap:{payload_type} red/48000/2\r\n{parameters}")
            }
            Self::Noise => format!("a=rtpmap:{payload_type} CN/8000\r\n"),
            Self::Sound(Codec::Opus) => format!(
                "a=rtpmap:{payload_type} opus/48000/2\r\n\
                 a=fmtp:{payload_type} useinbandfec=1;stereo=0;maxplaybackrate=48000;maxaveragebitrate={OPUS_MAX_BITRATE}{}\r\n",
                // RFC 7587 section 6.1.
                if discontinuous { ";usedtx=1" } else { "" }
            ),
            Self::Sound(codec) => format!("a=rtpmap:{payload_type} {}/{}\r\n", codec.name(), codec.clock_hz()),
            Self::Events { clock_hz } => {
                format!("a=rtpmap:{payload_type} telephone-event/{clock_hz}\r\na=fmtp:{payload_type} 0-15\r\n")
            }
        }
    }
}

/// The formats of a media line that we know, in its order, each once.
pub fn formats_of(media: &Media) -> Vec<(PayloadType, Format)> {
    let mut formats: Vec<(PayloadType, Format)> = Vec::new();
    for payload_type in
        media.formats.iter().filter_map(|format| format.parse::<u8>().ok()).filter(|number| *number < 128)
    {
        let map = media.rtpmaps.iter().find(|map| map.payload_type == payload_type);
        let format = match map {
            Some(map) => Format::of_encoding(&map.name, map.clock_hz, map.channels),
            None => Format::of_static(payload_type),
        };
        if let Some(format) = format
            && !formats.iter().any(|(number, known)| *number == payload_type || *known == format)
        {
            formats.push((payload_type, format));
        }
    }
    formats
}

/// Numbers for `wanted`, keeping those of `known`: a number must not change its meaning within a session
/// (RFC 3264 section 8.3.2).
pub fn assign(known: &[(PayloadType, Format)], wanted: &[Format]) -> Vec<(PayloadType, Format)> {
    let mut assigned: Vec<(PayloadType, Format)> = Vec::new();
    for format in wanted {
        let taken = |number: PayloadType| known.iter().chain(&assigned).any(|(other, _)| *other == number);
        let number =
            known.iter().find(|(_, other)| other == format).map(|(number, _)| *number).or_else(|| {
                std::iter::once(format.preferred()).chain(FIRST_DYNAMIC..128).find(|number| !taken(*number))
            });
        if let Some(number) = number {
            assigned.push((number, *format));
        }
    }
    assigned
}

/// What we offer for these codecs: each codec, then digits for every clock among them, then what helps the codecs.
pub fn wanted(codecs: &[Codec]) -> Vec<Format> {
    let mut formats: Vec<Format> = codecs.iter().map(|codec| Format::Sound(*codec)).collect();
    for clock_hz in [8_000, 48_000] {
        if codecs.iter().any(|codec| codec.clock_hz() == clock_hz) {
            formats.push(Format::Events { clock_hz });
        }
    }
    if codecs.iter().any(|codec| codec.clock_hz() == 8_000) {
        formats.push(Format::Noise);
    }
    if codecs.contains(&Codec::Opus) {
        formats.push(Format::Redundancy);
    }
    formats
}

/// The longest packet that the peer takes, of those that we send.
pub fn longest_packet(media: &Media) -> Duration {
    let limit = media.maxptime.filter(|ms| *ms >= 10).map_or(MAX_PACKET_TIME, |ms| Duration::from_millis(ms.into()));
    limit.min(MAX_PACKET_TIME)
}

/// The packet time that we send with: what the peer asks for, else ours, within what both can take.
pub fn packet_time(ours: Duration, codec: Codec, media: &Media) -> Duration {
    let wish = match media.ptime.filter(|ms| (1..=1_000).contains(ms)) {
        Some(ms) => Duration::from_millis(ms.into()),
        // RFC 3551 section 4.2: who says nothing expects 20 ms; shorter ones were never asked for.
        None => ours.max(USUAL_PACKET_TIME),
    };
    let ms = wish.min(longest_packet(media)).as_millis() as u64;
    Duration::from_millis(match codec {
        // RFC 6716 section 2.1.4: Opus has frames of 10, 20, 40 and 60 ms (and two shorter ones that we do not use).
        Codec::Opus => match ms {
            0..20 => 10,
            20..40 => 20,
            40..60 => 40,
            _ => 60,
        },
        Codec::G722 | Codec::Pcmu | Codec::Pcma => (ms / 10 * 10).max(10),
    })
}

/// What the peer's `a=fmtp` says about the Opus that it wants to receive: in-band FEC, and its limit in bits per second.
pub fn opus_wishes(media: &Media, payload_type: PayloadType) -> (bool, Option<u32>) {
    let (mut fec, mut limit) = (false, None);
    let parameters = media.fmtps.iter().filter(|(number, _)| *number == payload_type);
    for (name, value) in parameters.flat_map(|(_, text)| text.split(';')).filter_map(|pair| pair.split_once('=')) {
        match name.trim().to_ascii_lowercase().as_str() {
            "useinbandfec" => fec = value.trim() == "1",
            "maxaveragebitrate" => {
                limit = value
                    .trim()
                    .parse::<u32>()
                    .ok()
                    .map(|rate| rate.clamp(*OPUS_BITRATES.start(), *OPUS_BITRATES.end()));
            }
            _ => {}
        }
    }
    (fec, limit)
}

/// What helps the codec that we send with (`theirs`, by their numbers) and those that we receive (`ours`, by ours).
pub fn helpers(send: Codec, theirs: &[(PayloadType, Format)], ours: &[(PayloadType, Format)]) -> Helpers {
    let number = |all: &[(PayloadType, Format)], wanted: Format| {
        all.iter().find(|(_, format)| *format == wanted).map(|(number, _)| *number)
    };
    // RFC 3389 section 4: the clock is that of the codec which it goes with. Opus has pauses of its own.
    let same_clock = send.clock_hz() == 8_000;
    Helpers {
        redundancy_send: number(theirs, Format::Redundancy).filter(|_| send == Codec::Opus),
        redundancy_receive: number(ours, Format::Redundancy),
        noise_send: number(theirs, Format::Noise).filter(|_| same_clock),
        noise_receive: number(ours, Format::Noise),
        ..Helpers::default()
    }
}
