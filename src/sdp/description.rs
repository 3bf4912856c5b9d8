//! The part of a session description (RFC 8866) that an audio call needs, read with limits.
//!
//! Unknown lines are ignored, as RFC 8866 section 5 demands for attributes. A media line that makes no sense is kept as
//! unusable, so that the answer can refuse it in its place; only what cannot be read as SDP at all is an error.

use std::net::IpAddr;

use crate::model::MediaDirection;

use super::SdpError;
use super::crypto::Crypto;
use super::dtls::DtlsAttributes;
use super::groups::Bundles;
use super::ice::IceLines;
use super::levels::Levels;

/// The longest description that is read, in bytes.
pub const MAX_TEXT: usize = 64 * 1024;
/// The most media lines; a longer description is refused.
pub const MAX_MEDIA: usize = 32;
/// The most formats per media line; further ones are not looked at.
pub const MAX_FORMATS: usize = 64;
/// The most `a=crypto` lines per media line; further ones are not looked at.
pub const MAX_CRYPTO: usize = 16;
/// The longest token that is echoed in an answer (media, protocol, format).
const MAX_TOKEN: usize = 64;

/// A `c=` line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// An address to send to; the unspecified address means hold (RFC 3264 section 8.4).
    Address(IpAddr),
    /// A name, a multicast group or nonsense: nothing is ever sent there.
    Unusable,
}

/// An `a=rtpmap` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtpMap {
    /// The payload type.
    pub payload_type: u8,
    /// The encoding's name as written.
    pub name: String,
    /// The clock in Hz.
    pub clock_hz: u32,
    /// The channels, 1 where absent.
    pub channels: u32,
}

/// An `m=` line with its attributes.
#[derive(Clone, Debug, Default)]
pub struct Media {
    /// `audio`, `video`, ...
    pub kind: String,
    /// The port; 0 is a refused or removed stream, `None` one that makes no sense.
    pub port: Option<u16>,
    /// `RTP/AVP`, ...
    pub protocol: String,
    /// The formats as written.
    pub formats: Vec<String>,
    /// Its own `c=` line.
    pub connection: Option<Connection>,
    /// Its own direction, as seen from the peer.
    pub direction: Option<MediaDirection>,
    /// `a=rtpmap` of the formats that the line names.
    pub rtpmaps: Vec<RtpMap>,
    /// `a=fmtp` of the formats that the line names.
    pub fmtps: Vec<(u8, String)>,
    /// `a=crypto` lines that can be used (see [`Crypto::parse`]).
    pub crypto: Vec<Crypto>,
    /// Whether there was an `a=crypto` line at all.
    pub has_crypto: bool,
    /// `a=ptime`, milliseconds.
    pub ptime: Option<u32>,
    /// `a=maxptime`, milliseconds.
    pub maxptime: Option<u32>,
    /// The port of `a=rtcp` (RFC 3605).
    pub rtcp: Option<u16>,
    /// `a=rtcp-mux` (RFC 5761).
    pub rtcp_mux: bool,
    /// What it says of ICE.
    pub ice: IceLines,
    /// What it says of DTLS (RFC 5763).
    pub dtls: DtlsAttributes,
    /// Its name (RFC 5888).
    pub mid: Option<String>,
    /// What it says of telling who speaks (RFC 6465).
    pub levels: Option<Levels>,
    /// It is meant only together with others (RFC 9143 section 6); port 0 refuses nothing then.
    pub bundle_only: bool,
}

impl Media {
    /// Whether the line names this payload type.
    fn names(&self, payload_type: u8) -> bool {
        self.formats.iter().any(|format| format.parse() == Ok(payload_type))
    }
}

/// A session description.
#[derive(Clone, Debug, Default)]
pub struct Description {
    /// The session's `c=` line.
    pub connection: Option<Connection>,
    /// The session's direction, as seen from the peer.
    pub direction: Option<MediaDirection>,
    /// What it says of ICE for all streams.
    pub ice: IceLines,
    /// What holds of DTLS for media lines that say nothing of their own (RFC 8122 section 5).
    pub dtls: DtlsAttributes,
    /// Which lines share one address (RFC 9143).
    pub bundles: Bundles,
    /// The media lines in order.
    pub media: Vec<Media>,
}

impl Description {
    /// Reads a description.
    ///
    /// # Errors
    /// [`SdpError::Malformed`] when it is too long, has too many media lines, or is not SDP.
    pub fn parse(text: &str) -> Result<Self, SdpError> {
        if text.len() > MAX_TEXT {
            return Err(SdpError::Malformed);
        }
        // RFC 8866 section 5: lines end with CRLF, but parsers SHOULD accept a single LF.
        let mut lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
        if lines.next().map(str::trim_end) != Some("v=0") {
            return Err(SdpError::Malformed);
        }
        let mut description = Self::default();
        for line in lines {
            let Some((kind, value)) = line.split_once('=') else {
                if line.trim().is_empty() {
                    continue;
                }
                return Err(SdpError::Malformed);
            };
            match kind {
                "m" if description.media.len() == MAX_MEDIA => return Err(SdpError::Malformed),
                "m" => description.media.push(media_line(value)?),
                "c" => {
                    let connection = Some(connection(value));
                    match description.media.last_mut() {
                        Some(media) => media.connection = connection,
                        None => description.connection = connection,
                    }
                }
                "a" => description.attribute(value),
                // Bandwidth, times, names, the origin: nothing that a call decides by.
                _ => {}
            }
        }
        Ok(description)
    }

    /// The direction that holds for a media line, as seen from the peer; `sendrecv` where none is given (RFC 8866 6.7).
    pub fn direction_of(&self, media: &Media) -> MediaDirection {
        media.direction.or(self.direction).unwrap_or(MediaDirection::SendRecv)
    }

    /// The connection that holds for a media line.
    pub fn connection_of(&self, media: &Media) -> Option<Connection> {
        media.connection.or(self.connection)
    }

    /// What holds of DTLS for a media line.
    pub fn dtls_of(&self, media: &Media) -> DtlsAttributes {
        media.dtls.or(&self.dtls)
    }

    fn attribute(&mut self, value: &str) {
        let (name, value) = match value.split_once(':') {
            Some((name, value)) => (name, value.trim()),
            None => (value.trim(), ""),
        };
        let Some(media) = self.media.last_mut() else {
            if name == "group" {
                self.bundles.read(value);
            } else if !self.dtls.read(name, value) && !self.ice.read(name, value) {
                self.direction = direction(name).or(self.direction);
            }
            return;
        };
        match name {
            "rtpmap" => {
                if let Some(map) = rtpmap(value)
                    && media.names(map.payload_type)
                    && media.rtpmaps.len() < MAX_FORMATS
                {
                    media.rtpmaps.push(map);
                }
            }
            "fmtp" => {
                if let Some((payload_type, parameters)) = value.split_once(' ')
                    && let Ok(payload_type) = payload_type.parse()
                    && media.names(payload_type)
                    && media.fmtps.len() < MAX_FORMATS
                {
                    media.fmtps.push((payload_type, parameters.trim().to_owned()));
                }
            }
            "crypto" => {
                media.has_crypto = true;
                if media.crypto.len() < MAX_CRYPTO {
                    media.crypto.extend(Crypto::parse(value));
                }
            }
            "ptime" => media.ptime = value.parse().ok(),
            "maxptime" => media.maxptime = value.parse().ok(),
            // Only the port is used: RTCP to another host than RTP would make us a reflector.
            "rtcp" => media.rtcp = value.split(' ').next().and_then(|port| port.parse().ok()).filter(|port| *port != 0),
            "rtcp-mux" => media.rtcp_mux = true,
            "bundle-only" => media.bundle_only = true,
            "mid" => media.mid = Some(value).filter(|name| is_token(name)).map(str::to_owned),
            "extmap" => media.levels = media.levels.or_else(|| Levels::read(value)),
            _ if media.dtls.read(name, value) => {}
            _ if media.ice.read(name, value) => {}
            _ => media.direction = direction(name).or(media.direction),
        }
    }
}

fn direction(name: &str) -> Option<MediaDirection> {
    match name {
        "sendrecv" => Some(MediaDirection::SendRecv),
        "sendonly" => Some(MediaDirection::SendOnly),
        "recvonly" => Some(MediaDirection::RecvOnly),
        "inactive" => Some(MediaDirection::Inactive),
        _ => None,
    }
}

/// RFC 8866 `token`, as far as it may be echoed: visible characters without those that could end a line or a field.
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_TOKEN && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn media_line(value: &str) -> Result<Media, SdpError> {
    let mut fields = value.split_ascii_whitespace();
    let (Some(kind), Some(port), Some(protocol)) = (fields.next(), fields.next(), fields.next()) else {
        return Err(SdpError::Malformed);
    };
    if !is_token(kind) || !is_token(protocol) {
        return Err(SdpError::Malformed);
    }
    let formats: Vec<String> = fields.take(MAX_FORMATS).filter(|format| is_token(format)).map(str::to_owned).collect();
    let port = port.split('/').next().and_then(|port| port.parse().ok()).filter(|_| !formats.is_empty());
    Ok(Media { kind: kind.to_owned(), port, protocol: protocol.to_owned(), formats, ..Media::default() })
}

fn connection(value: &str) -> Connection {
    let mut fields = value.split_ascii_whitespace();
    let (Some("IN"), Some(version), Some(address)) = (fields.next(), fields.next(), fields.next()) else {
        return Connection::Unusable;
    };
    // `/ttl` and `/count` belong to multicast only.
    let Ok(address) = address.parse::<IpAddr>() else { return Connection::Unusable };
    let fits = match address {
        IpAddr::V4(address) => version == "IP4" && !address.is_broadcast(),
        IpAddr::V6(_) => version == "IP6",
    };
    if fits && !address.is_multicast() { Connection::Address(address) } else { Connection::Unusable }
}

fn rtpmap(value: &str) -> Option<RtpMap> {
    let (payload_type, encoding) = value.split_once(' ')?;
    let mut parts = encoding.trim().split('/');
    let name = parts.next().filter(|name| is_token(name))?.to_owned();
    let clock_hz = parts.next()?.parse().ok()?;
    let channels = match parts.next() {
        None | Some("") => 1,
        Some(channels) => channels.parse().ok()?,
    };
    let payload_type = payload_type.parse().ok().filter(|payload_type: &u8| *payload_type < 128)?;
    Some(RtpMap { payload_type, name, clock_hz, channels })
}
