//! The offer/answer state of one call's audio stream (RFC 3264).
//!
//! ```
//! # use std::{net::IpAddr, time::Duration};
//! # use tandem::sdp::*;
//! # fn side(port: u16) -> Negotiation {
//! #     let capabilities = Capabilities { codecs: vec![Codec::Opus, Codec::Pcma], packet_time: Duration::from_millis(20),
//! #         discontinuous: false, protection: MediaProtection::Off, secure_signalling: false, keys: KeyAgreement::Auto, fingerprint: None };
//! #     let address = IpAddr::from([192, 0, 2, 1]);
//! #     Negotiation::new(capabilities, LocalMedia { address, port, key: MasterKey(vec![7; 46]), session_id: 1 })
//! # }
//! let (mut alice, mut bob) = (side(4000), side(5000));
//! let offer = alice.offer(false)?;
//! let (answer, bobs_plan) = bob.answer(&offer, false)?;
//! let alices_plan = alice.accept_answer(&answer)?;
//! assert_eq!(alices_plan.send.1, Codec::Opus);
//! assert_eq!(bobs_plan.remote_rtp.port(), 4000);
//! # Ok::<(), SdpError>(())
//! ```

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use crate::model::MediaDirection;

use super::description::{Connection, Description, Media};
use super::dtls::Association;
use super::formats::{
    Format, MAX_PACKET_TIME, assign, formats_of, helpers, longest_packet, opus_wishes, packet_time, wanted,
};
use super::groups;
use super::keying::{Keys, Protection};
use super::levels::Levels;
use super::paths::Paths;
use super::text::{Text, Way};
use super::{Capabilities, LocalMedia, Negotiated, PayloadType, SdpError, TelephoneEvent};

/// The offer/answer state of one call's audio stream.
#[derive(Clone, Debug)]
pub struct Negotiation {
    pub(super) capabilities: Capabilities,
    pub(super) local: LocalMedia,
    /// The `o=` version of the last description that was sent, and what followed it.
    sent: Option<(u64, String)>,
    /// Our paths, where they are offered.
    pub(super) paths: Paths,
    /// What our payload types mean, all that were ever offered or answered.
    pub(super) payloads: Vec<(PayloadType, Format)>,
    /// The media lines of the session; later offers keep their number and order (RFC 3264 section 8).
    pub(super) layout: Vec<Line>,
    pub(super) offered: Option<Offered>,
    pub(super) current: Option<Negotiated>,
    /// The DTLS association in force.
    pub(super) association: Option<Association>,
    /// Counts our keys: a new one comes with a new address (RFC 4568 section 7.1.4) and before the lifetime ends.
    pub(super) generation: u32,
    /// The counters of our key are past their first round, or nearly.
    pub(super) turned: bool,
    /// Our address is another one than at the last agreement, and checks of ICE do not find it.
    pub(super) relocated: bool,
    /// What we say of telling who speaks; an answer to an offer that says nothing of it says nothing either.
    pub(super) levels: Option<Levels>,
    /// Our side of real-time text.
    pub(super) text: Text,
}

/// A media line of the session.
#[derive(Clone, Debug)]
pub(super) enum Line {
    /// Ours.
    Audio { protocol: String, mid: Option<String> },
    /// Ours, for text (RFC 4103).
    Text { protocol: String, mid: Option<String>, way: Way },
    /// Refused: echoed with port 0.
    Refused { kind: String, protocol: String, format: String, mid: Option<String> },
}

impl Line {
    /// Its name, where it has one.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Audio { mid, .. } | Self::Text { mid, .. } | Self::Refused { mid, .. } => mid.as_deref(),
        }
    }
}

/// What our last offer said.
#[derive(Clone, Debug)]
pub(super) struct Offered {
    formats: Vec<(PayloadType, Format)>,
    pub(super) keys: Keys,
    direction: MediaDirection,
    /// The stream was protected before this offer. Forks answer the same offer, so this is not the last answer's.
    pub(super) protected: bool,
}

/// How a media line's profile protects.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Profile {
    Open,
    Srtp,
    Dtls,
}

impl Negotiation {
    /// A call without anything agreed yet.
    pub fn new(capabilities: Capabilities, local: LocalMedia) -> Self {
        Self {
            capabilities,
            local,
            sent: None,
            paths: Paths::default(),
            payloads: Vec::new(),
            layout: Vec::new(),
            offered: None,
            current: None,
            association: None,
            generation: 0,
            turned: false,
            relocated: false,
            levels: None,
            text: Text::default(),
        }
    }

    /// The name of our line, where it has one.
    pub(super) fn mid(&self) -> String {
        let ours = |line: &Line| match line {
            Line::Audio { mid, .. } => mid.clone(),
            Line::Text { .. } | Line::Refused { .. } => None,
        };
        self.layout.iter().find_map(ours).unwrap_or_else(|| groups::OWN.to_owned())
    }

    /// What was agreed last, if anything.
    pub fn current(&self) -> Option<&Negotiated> {
        self.current.as_ref()
    }

    /// Our end moved to another address or port; the next offer says so.
    pub fn relocate(&mut self, address: IpAddr, port: u16) {
        // RFC 4568 section 7.1.4: with a new address counters begin anew, and so must the key. Ours go on, source and numbers
        // with them; as long as they are in their first round, that is the same to everybody, and many peers cannot change a
        // key in the middle of a call.
        if (address, port) != (self.local.address, self.local.port) && self.turned {
            self.renew_keys();
        }
        let known = (self.local.address, self.local.port) == (address, port);
        self.relocated |= !known && self.current.as_ref().is_some_and(|current| current.ice.is_none());
        self.local.address = address;
        self.local.port = port;
    }

    /// Nothing that was agreed on holds any more: the next offer begins another dialog, with other keys.
    pub fn start_over(&mut self) {
        self.renew_keys();
        self.layout.clear();
        (self.offered, self.current, self.association, self.relocated) = (None, None, None, false);
    }

    /// Our next offer brings new keys.
    pub fn renew_keys(&mut self) {
        self.generation = self.generation.saturating_add(1);
        self.turned = false;
    }

    /// The counters of our key are past their first round, or nearly: with another address comes another key from now on.
    pub fn note_turned(&mut self) {
        self.turned = true;
    }

    /// Writes an offer; with `hold` one that lets no sound flow towards us.
    ///
    /// # Errors
    /// [`SdpError::OpenSignalling`] when protection is required and the keys could be read on the way, [`SdpError::Keys`] when
    /// the agreed way to keys is closed, [`SdpError::NoCommonCodec`] when the capabilities hold no codec.
    pub fn offer(&mut self, hold: bool) -> Result<String, SdpError> {
        let keys = self.keys_to_offer()?;
        if self.capabilities.codecs.is_empty() {
            return Err(SdpError::NoCommonCodec);
        }
        let formats = assign(&self.payloads, &wanted(&self.capabilities.codecs));
        self.remember(&formats);
        let direction = self.wished_direction(hold);
        if self.layout.is_empty() {
            // RFC 8840 section 4.3: candidates that follow name the line that they belong to.
            let mid = self.paths.are_told().then(|| groups::OWN.to_owned());
            self.layout.push(Line::Audio { protocol: self.first_protocol().to_owned(), mid });
        }
        self.add_text(&keys);
        let protected = self.is_protected();
        self.paths.begin_offer();
        self.levels.get_or_insert_default();
        let group = self.text_group();
        let text = self.write(&formats, direction, &keys, true, group);
        self.offered = Some(Offered { formats, keys, direction, protected });
        Ok(text)
    }

    /// Reads the answer to the last offer. Every fork may answer it, so it can be called again.
    ///
    /// # Errors
    /// What does not fit the offer or the protection policy; the session stays as it was.
    pub fn accept_answer(&mut self, text: &str) -> Result<Negotiated, SdpError> {
        let offered = self.offered.clone().ok_or(SdpError::NoOffer)?;
        let description = Description::parse(text)?;
        self.paths.begin_accepting();
        // RFC 3264 section 6: as many lines as the offer, in the same order.
        let at = self.layout.iter().position(|line| matches!(line, Line::Audio { .. })).ok_or(SdpError::NoOffer)?;
        let media = description.media.get(at).ok_or(SdpError::AnswerMismatch)?;
        if !media.kind.eq_ignore_ascii_case("audio") {
            return Err(SdpError::AnswerMismatch);
        }
        if media.port == Some(0) {
            return Err(SdpError::Rejected);
        }
        let (protection, association) = self.keys_of_answer(&offered, &description, media)?;
        let theirs: Vec<_> = formats_of(media)
            .into_iter()
            .filter(|(_, format)| offered.formats.iter().any(|(_, ours)| ours == format))
            .collect();
        let ours: Vec<_> = offered
            .formats
            .iter()
            .filter(|(_, format)| theirs.iter().any(|(_, other)| other == format))
            .copied()
            .collect();
        let mut negotiated = self.agree(&description, media, &theirs, &ours, protection, offered.direction)?;
        negotiated.helpers = Levels::agree(self.levels.unwrap_or_default(), media.levels, negotiated.helpers);
        negotiated.text = self.text_of_answer(&description, at, &negotiated, offered.direction);
        self.association = association.or(self.association.take());
        self.current = Some(negotiated.clone());
        self.relocated = false;
        Ok(negotiated)
    }

    pub(super) fn agree(
        &self,
        description: &Description,
        media: &Media,
        theirs: &[(PayloadType, Format)],
        ours: &[(PayloadType, Format)],
        Protection { srtp, dtls }: Protection,
        wish: MediaDirection,
    ) -> Result<Negotiated, SdpError> {
        let sound = |(number, format): &(PayloadType, Format)| match format {
            Format::Sound(codec) => Some((*number, *codec)),
            Format::Events { .. } | Format::Redundancy | Format::Noise => None,
        };
        let events = |(number, format): &(PayloadType, Format)| match format {
            Format::Events { clock_hz } => Some(TelephoneEvent { payload_type: *number, clock_hz: *clock_hz }),
            Format::Sound(_) | Format::Redundancy | Format::Noise => None,
        };
        let send = theirs.iter().find_map(sound).ok_or(SdpError::NoCommonCodec)?;
        let port = media.port.filter(|port| *port != 0).ok_or(SdpError::NoAudio)?;
        let Some(Connection::Address(address)) = description.connection_of(media) else {
            return Err(SdpError::Address);
        };
        // RFC 3264 section 8.4 and RFC 2543: the unspecified address is the old form of hold.
        let remote_ice = media.ice.describe(&description.ice, SocketAddr::new(address, port));
        // RFC 8840 section 4.1.1: with port 9 it says that candidates come later.
        let awaits = port == 9 && remote_ice.as_ref().is_some_and(|ice| ice.trickle);
        let old_hold = address.is_unspecified() && !awaits;
        let ice = self.paths.agree(remote_ice);
        if ice.is_none() && !old_hold && address.is_ipv4() != self.local.address.is_ipv4() {
            return Err(SdpError::Address);
        }
        let peer = description.direction_of(media);
        let (we_send, we_receive) = flows(wish);
        let (peer_sends, peer_receives) = flows(peer);
        let rtcp_port = if media.rtcp_mux { port } else { media.rtcp.or(port.checked_add(1)).unwrap_or(port) };
        let mut clocks = theirs.iter().filter_map(events);
        let events_send = clocks.clone().find(|event| event.clock_hz == send.1.clock_hz()).or_else(|| clocks.next());
        let (opus_fec, opus_max_bitrate) = theirs
            .iter()
            .filter_map(sound)
            .find(|(_, codec)| *codec == super::Codec::Opus)
            .map_or((false, None), |(number, _)| opus_wishes(media, number));
        Ok(Negotiated {
            remote_rtp: SocketAddr::new(address, port),
            remote_rtcp: SocketAddr::new(address, rtcp_port),
            rtcp_mux: media.rtcp_mux,
            send,
            receive: ours.iter().filter_map(sound).collect(),
            events_send,
            events_receive: ours.iter().filter_map(events).collect(),
            direction: direction(we_send && peer_receives && !old_hold, we_receive && peer_sends),
            packet_time: packet_time(self.capabilities.packet_time, send.1, media),
            longest_packet: longest_packet(media),
            ice,
            srtp,
            dtls,
            opus_fec,
            opus_max_bitrate,
            discontinuous: self.capabilities.discontinuous,
            helpers: helpers(send.1, theirs, ours),
            text: None,
        })
    }

    /// RFC 3264 section 8.4: hold is `sendonly`, but `inactive` where we were only receiving or nothing flowed.
    fn wished_direction(&self, hold: bool) -> MediaDirection {
        match (hold, self.current.as_ref().map(|current| current.direction)) {
            (false, _) => MediaDirection::SendRecv,
            (true, Some(MediaDirection::RecvOnly | MediaDirection::Inactive)) => MediaDirection::Inactive,
            (true, Some(MediaDirection::SendRecv | MediaDirection::SendOnly) | None) => MediaDirection::SendOnly,
        }
    }

    pub(super) fn remember(&mut self, formats: &[(PayloadType, Format)]) {
        for (number, format) in formats {
            self.payloads.retain(|(other, known)| other != number && known != format);
            self.payloads.push((*number, *format));
        }
    }

    /// Writes a description with the session's lines and counts its version (RFC 3264 section 8: one up when it differs
    /// from the last one, else the same).
    pub(super) fn write(
        &mut self,
        formats: &[(PayloadType, Format)],
        direction: MediaDirection,
        keys: &Keys,
        rtcp_mux: bool,
        group: Option<String>,
    ) -> String {
        let LocalMedia { address, port, session_id, .. } = &self.local;
        let family = |ip: &IpAddr| if ip.is_ipv4() { "IP4" } else { "IP6" };
        let (origin, default) = (address, self.paths.default_end().unwrap_or_else(|| SocketAddr::new(*address, *port)));
        let (address, port) = (default.ip(), default.port());
        let group = group.unwrap_or_default();
        let mut body = format!("s=-\r\nc=IN {} {address}\r\nt=0 0\r\n{group}", family(&address));
        let named = |mid: &Option<String>| mid.as_ref().map(|mid| format!("a=mid:{mid}\r\n")).unwrap_or_default();
        for line in &self.layout {
            match line {
                Line::Refused { kind, protocol, format, mid } => {
                    let _ = write!(body, "m={kind} 0 {protocol} {format}\r\n{}", named(mid));
                }
                Line::Text { .. } => body.push_str(&self.write_text(line, default, direction)),
                Line::Audio { protocol, mid } => {
                    let _ = write!(body, "m=audio {port} {protocol}");
                    for (number, _) in formats {
                        let _ = write!(body, " {number}");
                    }
                    let _ = write!(body, "\r\n{}", named(mid));
                    for (number, format) in formats {
                        body.push_str(&format.attributes(*number, formats, self.capabilities.discontinuous));
                    }
                    for key in &keys.crypto {
                        body.push_str(&key.write());
                    }
                    if let Some(dtls) = &keys.dtls {
                        body.push_str(&dtls.write());
                    }
                    let (next, reports) = (port.saturating_add(1), self.paths.reports_port(default));
                    if rtcp_mux || reports.is_some_and(|reports| reports != next) {
                        // RFC 5761 section 5.1.1: who does not multiplex finds the other port in a=rtcp.
                        let _ = write!(body, "a=rtcp:{}\r\n", reports.unwrap_or(next));
                    }
                    if rtcp_mux {
                        body.push_str("a=rtcp-mux\r\n");
                    }
                    body.push_str(&self.paths.write());
                    if let Some(levels) = self.levels {
                        body.push_str(&levels.write());
                    }
                    let ptime = self.capabilities.packet_time.min(MAX_PACKET_TIME).as_millis();
                    let _ = write!(body, "a=ptime:{ptime}\r\na=maxptime:{}\r\n", MAX_PACKET_TIME.as_millis());
                    let _ = write!(body, "a={}\r\n", name(direction));
                }
            }
        }
        let version = match &self.sent {
            Some((version, last)) if *last == body => *version,
            Some((version, _)) => version.saturating_add(1),
            None => 1,
        };
        // RFC 3264 section 5: both numbers fit in 63 bits.
        let session = session_id & (u64::MAX >> 1);
        let text = format!("v=0\r\no=- {session} {version} IN {} {origin}\r\n{body}", family(origin));
        self.sent = Some((version, body));
        text
    }
}

/// The profiles that are taken; feedback (AVPF) is accepted and not used.
pub(super) fn profile(protocol: &str) -> Option<Profile> {
    match protocol.to_ascii_uppercase().as_str() {
        "RTP/AVP" | "RTP/AVPF" => Some(Profile::Open),
        "RTP/SAVP" | "RTP/SAVPF" => Some(Profile::Srtp),
        "UDP/TLS/RTP/SAVP" | "UDP/TLS/RTP/SAVPF" => Some(Profile::Dtls),
        _ => None,
    }
}

/// Whether the one whose direction it is sends and receives.
pub(super) fn flows(direction: MediaDirection) -> (bool, bool) {
    match direction {
        MediaDirection::SendRecv => (true, true),
        MediaDirection::SendOnly => (true, false),
        MediaDirection::RecvOnly => (false, true),
        MediaDirection::Inactive => (false, false),
    }
}

pub(super) fn direction(sends: bool, receives: bool) -> MediaDirection {
    match (sends, receives) {
        (true, true) => MediaDirection::SendRecv,
        (true, false) => MediaDirection::SendOnly,
        (false, true) => MediaDirection::RecvOnly,
        (false, false) => MediaDirection::Inactive,
    }
}

pub(super) fn name(direction: MediaDirection) -> &'static str {
    match direction {
        MediaDirection::SendRecv => "sendrecv",
        MediaDirection::SendOnly => "sendonly",
        MediaDirection::RecvOnly => "recvonly",
        MediaDirection::Inactive => "inactive",
    }
}
