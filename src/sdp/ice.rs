//! The attributes of ICE in a session description (RFC 8839, RFC 8840), read with limits (M02).

use std::fmt::{self, Write as _};
use std::net::{IpAddr, SocketAddr};

/// Candidates that are read of one media line; further ones are not looked at (M02).
pub const MAX_CANDIDATES: usize = 32;
/// The longest candidate line that is looked at, in bytes.
const LONGEST_LINE: usize = 512;
/// The longest user fragment and password (RFC 8839 section 5.4).
const LONGEST_CREDENTIAL: usize = 256;

/// How a candidate came about (RFC 8445 section 5.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CandidateKind {
    /// An address of the machine.
    Host,
    /// Seen by the peer.
    PeerReflexive,
    /// Seen by a STUN server: what a router made of the machine's address.
    ServerReflexive,
    /// At a relay.
    Relayed,
}

impl CandidateKind {
    /// The name in SDP.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::PeerReflexive => "prflx",
            Self::ServerReflexive => "srflx",
            Self::Relayed => "relay",
        }
    }

    /// RFC 8445 section 5.1.2.2: the recommended preferences.
    #[must_use]
    pub fn preference(self) -> u32 {
        match self {
            Self::Host => 126,
            Self::PeerReflexive => 110,
            Self::ServerReflexive => 100,
            Self::Relayed => 0,
        }
    }
}

/// An address that a packet may be sent to. Its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The same for candidates of one kind, base and server (RFC 8445 section 5.1.1.3).
    pub foundation: String,
    /// 1 is RTP, 2 is RTCP.
    pub component: u16,
    /// The larger, the sooner.
    pub priority: u32,
    /// Where.
    pub address: SocketAddr,
    /// How it came about.
    pub kind: CandidateKind,
    /// Where it comes from, where that is told.
    pub related: Option<SocketAddr>,
}

impl fmt::Debug for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Candidate({}, {:?}, priority {})", self.component, self.kind, self.priority)
    }
}

impl Candidate {
    /// Reads the value of `a=candidate`; `None` for one that is not used: another transport, a name instead of an address
    /// (M02: nothing is looked up), nonsense.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        if value.len() > LONGEST_LINE {
            return None;
        }
        let mut fields = value.split_ascii_whitespace();
        let foundation =
            fields.next().filter(|text| (1..=32).contains(&text.len()) && text.bytes().all(is_ice_char))?;
        let component = fields.next()?.parse().ok().filter(|component| (1..=256).contains(component))?;
        fields.next().filter(|transport| transport.eq_ignore_ascii_case("udp"))?;
        let priority = fields.next()?.parse().ok().filter(|priority| (1..=0x7fff_ffff).contains(priority))?;
        let (ip, port): (IpAddr, u16) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        fields.next().filter(|word| *word == "typ")?;
        let kind = match fields.next()? {
            "host" => CandidateKind::Host,
            "prflx" => CandidateKind::PeerReflexive,
            "srflx" => CandidateKind::ServerReflexive,
            "relay" => CandidateKind::Relayed,
            _ => return None,
        };
        Some(Self {
            foundation: foundation.to_owned(),
            component,
            priority,
            address: SocketAddr::new(ip.to_canonical(), port),
            kind,
            related: None,
        })
    }

    /// The value of the attribute.
    #[must_use]
    pub fn write(&self) -> String {
        let Self { foundation, component, priority, address, kind, related } = self;
        let mut text =
            format!("{foundation} {component} UDP {priority} {} {} typ {}", address.ip(), address.port(), kind.name());
        if let Some(related) = related {
            let _ = write!(text, " raddr {} rport {}", related.ip(), related.port());
        }
        text
    }
}

/// The name and the password that checks are made with. Neither is ever shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// `a=ice-ufrag`.
    pub fragment: String,
    /// `a=ice-pwd`.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

impl Credentials {
    /// Whether both are as long as RFC 8839 section 5.4 says.
    #[must_use]
    pub fn are_usable(&self) -> bool {
        (4..=LONGEST_CREDENTIAL).contains(&self.fragment.len())
            && (22..=LONGEST_CREDENTIAL).contains(&self.password.len())
            && self.fragment.bytes().chain(self.password.bytes()).all(is_ice_char)
    }
}

/// What one side says of its paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IceDescription {
    /// Name and password.
    pub credentials: Credentials,
    /// It only answers checks (RFC 8445 section 2.5).
    pub lite: bool,
    /// It takes candidates later on (RFC 8838).
    pub trickle: bool,
    /// It works as RFC 8445 says: a pair that was chosen need not be told once more (RFC 8839 section 4.1).
    pub ice2: bool,
    /// There will be no further candidates (RFC 8840 section 4.2).
    pub complete: bool,
    /// Its candidates, of both components.
    pub candidates: Vec<Candidate>,
}

/// What both sides agreed on: the stream's addresses are found by checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IcePlan {
    /// Ours, as it was told to the peer.
    pub local: IceDescription,
    /// The peer's.
    pub remote: IceDescription,
    /// We choose the pair (RFC 8445 section 6.1.1).
    pub controlling: bool,
}

/// What is collected while a description is read.
#[derive(Clone, Debug, Default)]
pub struct IceLines {
    fragment: Option<String>,
    password: Option<String>,
    candidates: Vec<Candidate>,
    /// A candidate line was there, usable or not.
    any: bool,
    trickle: bool,
    ice2: bool,
    complete: bool,
    lite: bool,
    mismatch: bool,
}

impl IceLines {
    /// An attribute; false when it is none of ICE.
    pub fn read(&mut self, name: &str, value: &str) -> bool {
        match name {
            "ice-ufrag" => self.fragment = Some(value.chars().take(LONGEST_CREDENTIAL + 1).collect()),
            "ice-pwd" => self.password = Some(value.chars().take(LONGEST_CREDENTIAL + 1).collect()),
            "ice-lite" => self.lite = true,
            "ice-mismatch" => self.mismatch = true,
            "ice-options" => {
                let has = |wanted| value.split_ascii_whitespace().any(|option| option == wanted);
                (self.trickle, self.ice2) = (has("trickle"), has("ice2"));
            }
            "candidate" => {
                self.any = true;
                if self.candidates.len() < MAX_CANDIDATES {
                    self.candidates.extend(Candidate::parse(value));
                }
            }
            "end-of-candidates" => self.complete = true,
            "remote-candidates" => {}
            _ => return false,
        }
        true
    }

    /// What a media line says, with what holds for the whole description; `None` where the peer does not use ICE for it.
    ///
    /// `default` is the address of the `c=` and `m=` lines: when it is none of the candidates, somebody on the way changed it,
    /// and RFC 8839 section 4.2.5 wants the call without ICE.
    #[must_use]
    pub fn describe(&self, session: &Self, default: SocketAddr) -> Option<IceDescription> {
        let credentials = Credentials {
            fragment: self.fragment.clone().or_else(|| session.fragment.clone())?,
            password: self.password.clone().or_else(|| session.password.clone())?,
        };
        let trickle = self.trickle || session.trickle;
        let named = self.candidates.iter().any(|candidate| candidate.component == 1 && candidate.address == default);
        // RFC 8840 section 4.1.1: who has none yet says 0.0.0.0 and port 9.
        let awaited = trickle && (default.ip().is_unspecified() || !self.any);
        if !credentials.are_usable() || self.mismatch || !(named || awaited) {
            return None;
        }
        let candidates = self.candidates.iter().filter(|candidate| candidate.component <= 2).cloned().collect();
        Some(IceDescription {
            credentials,
            lite: self.lite || session.lite,
            trickle,
            ice2: self.ice2 || session.ice2,
            complete: self.complete || session.complete,
            candidates,
        })
    }

    /// Whether the peer wanted ICE at all.
    #[must_use]
    pub fn are_there(&self) -> bool {
        self.any || self.fragment.is_some()
    }
}

impl IceDescription {
    /// The attributes of a media line; without `reports` those of the first component only.
    #[must_use]
    pub fn write(&self, reports: bool) -> String {
        let Credentials { fragment, password } = &self.credentials;
        let mut text = format!("a=ice-ufrag:{fragment}\r\na=ice-pwd:{password}\r\n");
        for candidate in self.candidates.iter().filter(|candidate| reports || candidate.component == 1) {
            let _ = write!(text, "a=candidate:{}\r\n", candidate.write());
        }
        // We choose a pair once (RFC 8445 section 10) and take candidates that come later (RFC 8838 section 3).
        text.push_str("a=ice-options:ice2 trickle\r\n");
        if self.complete {
            // RFC 8840 section 4.2: all of ours are there.
            text.push_str("a=end-of-candidates\r\n");
        }
        text
    }

    /// The body of an INFO that tells further candidates of ours for the line of that name (RFC 8840 section 9).
    #[must_use]
    pub fn fragment(&self, further: &[Candidate], mid: &str) -> String {
        let Credentials { fragment, password } = &self.credentials;
        let mut text =
            format!("a=ice-ufrag:{fragment}\r\na=ice-pwd:{password}\r\nm=audio 9 RTP/AVP 0\r\na=mid:{mid}\r\n");
        for candidate in further {
            let _ = write!(text, "a=candidate:{}\r\n", candidate.write());
        }
        text
    }
}

/// Candidates that came later (RFC 8840 section 9), for the stream with this user fragment: those of another generation are
/// out of date.
#[must_use]
pub fn later_candidates(fragment: &str, expected: &Credentials) -> Vec<Candidate> {
    let mut lines = IceLines::default();
    for line in fragment.lines() {
        let Some((name, value)) = line.strip_prefix("a=").and_then(|line| line.split_once(':')) else { continue };
        lines.read(name, value.trim());
    }
    let current = lines.fragment.as_deref() == Some(&*expected.fragment);
    lines.candidates.into_iter().filter(|candidate| current && candidate.component <= 2).collect()
}

/// RFC 8839 section 5.1: `ice-char`.
fn is_ice_char(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m02_candidate_lines_are_read_or_left_out() {
        let rows: &[(&str, bool)] = &[
            ("1 1 UDP 2130706431 203.0.113.141 8998 typ host", true),
            ("2 1 udp 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport 8998", true),
            ("H1 1 UDP 2130706431 2001:db8::1 8998 typ host generation 0 network-id 3", true),
            ("1 1 TCP 2130706431 203.0.113.141 9 typ host tcptype active", false),
            ("1 1 UDP 2130706431 3f2a.local 8998 typ host", false),
            ("1 1 UDP 2130706431 example.org 8998 typ host", false),
            ("1 0 UDP 2130706431 203.0.113.141 8998 typ host", false),
            ("1 1 UDP 0 203.0.113.141 8998 typ host", false),
            ("1 1 UDP 4294967296 203.0.113.141 8998 typ host", false),
            ("1 1 UDP 1 203.0.113.141 65536 typ host", false),
            ("1 1 UDP 1 203.0.113.141 8998 typ cloud", false),
            ("<> 1 UDP 1 203.0.113.141 8998 typ host", false),
            ("1 1 UDP 1 203.0.113.141", false),
            ("", false),
        ];
        for (line, used) in rows {
            assert_eq!(Candidate::parse(line).is_some(), *used, "{line}");
        }
        assert!(Candidate::parse(&format!("1 1 UDP 1 203.0.113.141 8998 typ host {}", "x".repeat(100_000))).is_none());
    }

    #[test]
    fn a_candidate_is_written_as_it_was_read() {
        for line in ["1 1 UDP 2130706431 203.0.113.141 8998 typ host", "9 2 UDP 7 2001:db8::1 9000 typ relay"] {
            assert_eq!(Candidate::parse(line).unwrap().write(), line);
        }
    }

    #[test]
    fn m02_ten_thousand_candidates_are_thirty_two() {
        let mut lines = IceLines::default();
        for port in 1..=10_000 {
            assert!(lines.read("candidate", &format!("1 1 UDP 1 203.0.113.141 {port} typ host")));
        }
        assert_eq!(lines.candidates.len(), MAX_CANDIDATES);
    }

    #[test]
    fn later_candidates_count_only_for_the_generation_that_they_name() {
        let text = "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\nm=audio 9 RTP/AVP 0\r\na=mid:1\r\n\
                    a=candidate:1 1 UDP 1 203.0.113.141 8998 typ host\r\na=candidate:1 1 UDP 1 name.local 8998 typ host\r\n\
                    a=candidate:1 2 UDP 1 203.0.113.141 8999 typ host\r\na=end-of-candidates\r\n";
        let of = |fragment: &str| Credentials { fragment: fragment.to_owned(), password: String::new() };
        assert_eq!(later_candidates(text, &of("abcd")).len(), 2, "one of each component");
        assert!(later_candidates(text, &of("else")).is_empty());
        assert!(later_candidates("nonsense", &of("abcd")).is_empty());
    }

    /// RFC 8839 section 5.3: a word of the whole session. Who says it never checks, so that we do it for both (RFC 8445 section 6.1.1).
    #[test]
    fn a_peer_that_only_answers_checks_says_so_for_the_whole_session() {
        let mut lines = IceLines::default();
        lines.read("ice-ufrag", "abcd");
        lines.read("ice-pwd", "abcdefghijklmnopqrstuv");
        lines.read("candidate", "1 1 UDP 1 203.0.113.141 8998 typ host");
        let default = "203.0.113.141:8998".parse().unwrap();
        let mut session = IceLines::default();
        assert!(lines.describe(&session, default).is_some_and(|peer| !peer.lite));
        assert!(session.read("ice-lite", ""));
        assert!(lines.describe(&session, default).is_some_and(|peer| peer.lite));
    }

    #[test]
    fn an_address_that_was_changed_on_the_way_means_a_call_without_ice() {
        let mut lines = IceLines::default();
        lines.read("ice-ufrag", "abcd");
        lines.read("ice-pwd", "abcdefghijklmnopqrstuv");
        lines.read("candidate", "1 1 UDP 1 203.0.113.141 8998 typ host");
        let session = IceLines::default();
        assert!(lines.describe(&session, "203.0.113.141:8998".parse().unwrap()).is_some());
        assert!(lines.describe(&session, "198.51.100.1:8998".parse().unwrap()).is_none());
        lines.read("ice-mismatch", "");
        assert!(lines.describe(&session, "203.0.113.141:8998".parse().unwrap()).is_none());
    }
}
