//! A description as SDP and back: the call's negotiation speaks offer and answer in SDP, whichever protocol carries them.
//! The mapping is that of XEP-0167 section 6, XEP-0176 section 6, XEP-0320, and of what `extras` reads.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};

use super::description::{Description, Direction, Format, MOST_FORMATS, Transport};
use crate::model::MediaDirection;
use crate::sdp::{Candidate, CandidateKind, Credentials};

/// Where nothing is sent: RFC 8840 section 4.1.1 for who has no candidate yet.
const NOWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), 9);

impl Description {
    /// As SDP.
    #[must_use]
    pub fn to_sdp(&self) -> String {
        let Transport { credentials, candidates, fingerprints, setup } = &self.transport;
        let main = |candidate: &&Candidate| candidate.component == 1;
        // RFC 8839 section 4.2.5 wants the address of the lines among the candidates.
        let default = candidates.iter().filter(main).max_by_key(|one| one.kind != CandidateKind::Host);
        let default = default.map_or(NOWHERE, |one| one.address);
        let family = if default.is_ipv4() { "IP4" } else { "IP6" };
        let feedback = !self.extras.feedback.is_empty() || self.formats.iter().any(|one| !one.feedback.is_empty());
        // XEP-0293 section 3: any wish for feedback makes the profile the one with feedback.
        let protocol = match (fingerprints.is_empty(), feedback) {
            (true, false) => "RTP/AVP",
            (true, true) => "RTP/AVPF",
            (false, false) => "UDP/TLS/RTP/SAVP",
            (false, true) => "UDP/TLS/RTP/SAVPF",
        };
        let mut text = format!("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nc=IN {family} {}\r\nt=0 0\r\n", default.ip());
        for line in self.extras.session_lines() {
            let _ = write!(text, "a={line}\r\n");
        }
        let _ = write!(text, "m=audio {} {protocol}", default.port());
        for format in &self.formats {
            let _ = write!(text, " {}", format.id);
        }
        text.push_str("\r\n");
        for format in &self.formats {
            format.write(&mut text);
        }
        for line in self.extras.lines(&self.name) {
            let _ = write!(text, "a={line}\r\n");
        }
        for line in fingerprints {
            let _ = write!(text, "a=fingerprint:{line}\r\n");
        }
        if let Some(setup) = setup.filter(|_| !fingerprints.is_empty()) {
            let _ = write!(text, "a=setup:{setup}\r\n");
        }
        if self.rtcp_mux {
            text.push_str("a=rtcp-mux\r\n");
        }
        if let Some(Credentials { fragment, password }) = credentials {
            let _ = write!(text, "a=ice-ufrag:{fragment}\r\na=ice-pwd:{password}\r\n");
            // Candidates may always come later (XEP-0176 section 5.4), and the pair is not told once more at the end.
            text.push_str("a=ice-options:ice2 trickle\r\n");
            for one in candidates {
                let _ = write!(text, "a=candidate:{}\r\n", one.write());
            }
        }
        for (name, value) in [("ptime", self.ptime), ("maxptime", self.maxptime)] {
            if let Some(value) = value {
                let _ = write!(text, "a={name}:{value}\r\n");
            }
        }
        let direction = match self.direction.0 {
            MediaDirection::SendRecv => "sendrecv",
            MediaDirection::SendOnly => "sendonly",
            MediaDirection::RecvOnly => "recvonly",
            MediaDirection::Inactive => "inactive",
        };
        let _ = write!(text, "a={direction}\r\n");
        text
    }

    /// From the SDP that our own negotiation wrote; `None` where it offers no audio.
    #[must_use]
    pub fn of_sdp(text: &str, name: &str) -> Option<Self> {
        let mut found = Self { name: name.to_owned(), ..Self::default() };
        let mut audio = false;
        let (mut fragment, mut password) = (None, None);
        for line in text.lines() {
            if let Some(media) = line.strip_prefix("m=") {
                let mut fields = media.split_ascii_whitespace();
                audio = fields.next() == Some("audio") && fields.next().is_some_and(|port| port != "0");
                if audio {
                    let ids = fields.skip(1).filter_map(|id| id.parse().ok());
                    found.formats = ids.map(|id| Format { id, ..Format::default() }).take(MOST_FORMATS).collect();
                }
            }
            let Some(attribute) = line.strip_prefix("a=").filter(|_| audio) else { continue };
            let (key, value) = attribute.split_once(':').unwrap_or((attribute, ""));
            match key {
                "ice-ufrag" => fragment = Some(value.to_owned()),
                "ice-pwd" => password = Some(value.to_owned()),
                "candidate" => found.transport.candidates.extend(own_candidate(value)),
                "fingerprint" => found.transport.fingerprints.push(value.to_owned()),
                "setup" => {
                    let known = ["active", "passive", "actpass", "holdconn"];
                    found.transport.setup = known.into_iter().find(|known| *known == value);
                }
                "rtcp-mux" => found.rtcp_mux = true,
                "ptime" => found.ptime = value.parse().ok(),
                "maxptime" => found.maxptime = value.parse().ok(),
                "rtpmap" | "fmtp" => found.note_format(key, value),
                "sendrecv" => found.direction = Direction::of(true, true),
                "sendonly" => found.direction = Direction::of(true, false),
                "recvonly" => found.direction = Direction::of(false, true),
                "inactive" => found.direction = Direction::of(false, false),
                _ => {}
            }
        }
        found.transport.credentials =
            fragment.zip(password).map(|(fragment, password)| Credentials { fragment, password });
        // Redundancy is described by a list of other payload types, for which XEP-0167 has no form.
        found.formats.retain(|format| !format.name.is_empty() && format.name != "red");
        (!found.formats.is_empty()).then_some(found)
    }

    fn note_format(&mut self, key: &str, value: &str) {
        let Some((id, rest)) = value.split_once(' ') else { return };
        let Some(format) = self.formats.iter_mut().find(|format| id.parse() == Ok(format.id)) else { return };
        if key == "rtpmap" {
            let mut parts = rest.split('/');
            format.name = parts.next().unwrap_or_default().to_owned();
            format.clock_hz = parts.next().and_then(|clock| clock.parse().ok()).unwrap_or(8_000);
            format.channels = parts.next().and_then(|channels| channels.parse().ok()).unwrap_or(1);
        } else {
            // What has no name (the events of RFC 4733: all of them, as by default) is not worth a parameter.
            let named = rest.split(';').filter_map(|pair| pair.trim().split_once('='));
            format.parameters = named.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        }
    }
}

impl Format {
    fn write(&self, text: &mut String) {
        let Self { id, name, clock_hz, channels, parameters, feedback } = self;
        if !name.is_empty() {
            let _ = write!(text, "a=rtpmap:{id} {name}/{clock_hz}");
            if *channels != 1 {
                let _ = write!(text, "/{channels}");
            }
            text.push_str("\r\n");
        }
        let pairs: Vec<String> = parameters
            .iter()
            .map(|(name, value)| if name.is_empty() { value.clone() } else { format!("{name}={value}") })
            .collect();
        if !pairs.is_empty() {
            let _ = write!(text, "a=fmtp:{id} {}\r\n", pairs.join(";"));
        }
        for line in feedback.lines(&id.to_string()) {
            let _ = write!(text, "a={line}\r\n");
        }
    }
}

/// A candidate line of ours, with where it comes from.
fn own_candidate(value: &str) -> Option<Candidate> {
    let candidate = Candidate::parse(value)?;
    let words: Vec<&str> = value.split_ascii_whitespace().collect();
    let after = |wanted: &str| words.iter().position(|word| *word == wanted).and_then(|at| words.get(at + 1));
    let related = after("raddr")
        .zip(after("rport"))
        .and_then(|(ip, port)| Some(SocketAddr::new(ip.parse().ok()?, port.parse().ok()?)));
    Some(Candidate { related, ..candidate })
}

impl Transport {
    /// Further candidates as `application/trickle-ice-sdpfrag` (RFC 8840 section 9).
    #[must_use]
    pub fn to_fragment(&self, credentials: &Credentials) -> String {
        let Credentials { fragment, password } = credentials;
        let mut text = format!("a=ice-ufrag:{fragment}\r\na=ice-pwd:{password}\r\nm=audio 9 RTP/AVP 0\r\na=mid:1\r\n");
        for one in &self.candidates {
            let _ = write!(text, "a=candidate:{}\r\n", one.write());
        }
        text
    }

    /// From such a fragment of ours.
    #[must_use]
    pub fn of_fragment(text: &str) -> Self {
        let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
        let credentials = value("a=ice-ufrag:")
            .zip(value("a=ice-pwd:"))
            .map(|(fragment, password)| Credentials { fragment, password });
        let lines = text.lines().filter_map(|line| line.strip_prefix("a=candidate:"));
        Self { credentials, candidates: lines.filter_map(own_candidate).collect(), ..Self::default() }
    }
}
