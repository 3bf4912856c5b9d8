//! Jingle read from elements, with limits: what makes no sense is left out, and what cannot be a call is refused.

use std::fmt::Write as _;

use minidom::Element;

use super::super::stanza::ns;
use super::description::{
    Description, Direction, Format, LONGEST_WORD, MOST_FINGERPRINTS, MOST_FORMATS, MOST_PARAMETERS, Transport,
};
use super::extras::{self, Extras, Feedback, Group};
use crate::sdp::{Candidate, Credentials, MAX_CANDIDATES};

/// Contents of a session that are looked at for one that can be used.
const MOST_CONTENTS: usize = 16;

/// Why contents cannot become a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Not Jingle (XEP-0166): nothing that has a name and a description.
    #[error("The other side's description of the call cannot be read.")]
    Malformed,
    /// No content is audio over RTP.
    #[error("The other side offers no sound.")]
    NoAudio,
    /// The sound does not travel by ICE over UDP.
    #[error("The other side offers no way that sound could travel.")]
    NoTransport,
}

/// A word that may stand in a line of SDP: visible ASCII without separators.
fn word(text: &str) -> Option<&str> {
    let fits = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b';' | b',');
    (!text.is_empty() && text.len() <= LONGEST_WORD && text.bytes().all(fits)).then_some(text)
}

/// The first content that is audio over RTP and ICE, described by the initiator (or not), and the names of all others.
///
/// # Errors
/// What is missing.
pub fn content(jingle: &Element, initiator: bool) -> Result<(Description, Vec<String>), ReadError> {
    let contents: Vec<&Element> =
        jingle.children().filter(|child| child.is("content", ns::JINGLE)).take(MOST_CONTENTS).collect();
    let name = |content: &Element| content.attr("name").and_then(name_of);
    let mut why = if contents.is_empty() { ReadError::Malformed } else { ReadError::NoAudio };
    let groups = extras::groups(jingle);
    for content in &contents {
        match audio(content, &groups, initiator) {
            Ok(found) => {
                let others = contents.iter().filter_map(|other| name(other)).filter(|other| *other != found.name);
                return Ok((found.clone(), others.collect()));
            }
            Err(ReadError::NoAudio) => {}
            Err(error) => why = error,
        }
    }
    Err(why)
}

/// The name of a content: any text of a sensible length.
pub(super) fn name_of(text: &str) -> Option<String> {
    (!text.is_empty() && text.len() <= LONGEST_WORD && !text.chars().any(char::is_control)).then(|| text.to_owned())
}

fn audio(content: &Element, groups: &[Group], initiator: bool) -> Result<Description, ReadError> {
    let description = content.get_child("description", ns::JINGLE_RTP).ok_or(ReadError::NoAudio)?;
    if description.attr("media") != Some("audio") {
        return Err(ReadError::NoAudio);
    }
    let name = content.attr("name").and_then(name_of).ok_or(ReadError::Malformed)?;
    let transport = content.get_child("transport", ns::JINGLE_ICE).ok_or(ReadError::NoTransport)?;
    let direction = Direction::of_senders(content.attr("senders"), initiator).ok_or(ReadError::Malformed)?;
    let of_rtp = |name: &'static str| description.children().filter(move |child| child.is(name, ns::JINGLE_RTP));
    let number = |name: &str| description.attr(name).and_then(|text| text.parse::<u32>().ok());
    let formats: Vec<Format> = of_rtp("payload-type").take(MOST_FORMATS).filter_map(format).collect();
    // XEP-0167 section 4: the length of packets is said by payload type; one is enough.
    let by_type = |name: &str| of_rtp("payload-type").find_map(|child| child.attr(name)?.parse::<u32>().ok());
    Ok(Description {
        extras: Extras::read(description, &name, groups, initiator),
        name,
        formats,
        rtcp_mux: of_rtp("rtcp-mux").next().is_some(),
        ptime: number("ptime").or_else(|| by_type("ptime")),
        maxptime: number("maxptime").or_else(|| by_type("maxptime")),
        direction,
        transport: read_transport(transport),
    })
}

fn format(element: &Element) -> Option<Format> {
    let id = element.attr("id")?.parse::<u8>().ok().filter(|id| *id < 128)?;
    let name = match element.attr("name") {
        None | Some("") => String::new(),
        Some(name) => word(name).filter(|name| !name.contains('/'))?.to_owned(),
    };
    let number = |name: &str, default: u32| element.attr(name).map_or(Some(default), |text| text.parse().ok());
    let parameters = element.children().filter(|child| child.is("parameter", ns::JINGLE_RTP)).filter_map(|child| {
        let name = child.attr("name").unwrap_or_default();
        let name = if name.is_empty() { Some("") } else { word(name) };
        Some((name?.to_owned(), word(child.attr("value")?)?.to_owned()))
    });
    Some(Format {
        id,
        name,
        clock_hz: number("clockrate", 8_000)?,
        channels: number("channels", 1)?,
        parameters: parameters.take(MOST_PARAMETERS).collect(),
        feedback: Feedback::read(element),
    })
}

/// Reads a `<transport/>` (XEP-0176 section 5.3, XEP-0320 section 2).
#[must_use]
pub fn read_transport(transport: &Element) -> Transport {
    let credentials = transport
        .attr("ufrag")
        .zip(transport.attr("pwd"))
        .map(|(fragment, password)| Credentials { fragment: fragment.to_owned(), password: password.to_owned() })
        .filter(Credentials::are_usable);
    let candidates = transport.children().filter(|child| child.is("candidate", ns::JINGLE_ICE)).take(MAX_CANDIDATES);
    let fingerprints: Vec<&Element> =
        transport.children().filter(|child| child.is("fingerprint", ns::JINGLE_DTLS)).take(MOST_FINGERPRINTS).collect();
    let setup = fingerprints.iter().find_map(|child| {
        let said = child.attr("setup")?;
        ["active", "passive", "actpass", "holdconn"].into_iter().find(|known| *known == said)
    });
    Transport {
        credentials,
        candidates: candidates.filter_map(candidate).collect(),
        fingerprints: fingerprints.iter().filter_map(|child| fingerprint(child)).collect(),
        setup,
    }
}

/// A candidate by way of its line in SDP: the same rules hold whichever protocol brought it (M02).
fn candidate(element: &Element) -> Option<Candidate> {
    let field = |name: &'static str| element.attr(name).and_then(word);
    let mut line = String::new();
    for name in ["foundation", "component", "protocol", "priority", "ip", "port"] {
        let _ = write!(line, "{} ", field(name)?);
    }
    let _ = write!(line, "typ {}", field("type")?);
    Candidate::parse(&line)
}

/// A fingerprint as a line of SDP has it. One that nobody can use stays one: it says that keys were meant (M07).
fn fingerprint(element: &Element) -> Option<String> {
    let text = element.text();
    let digest = text.trim();
    // SHA-512 in pairs with colons between.
    if digest.len() > 64 * 3 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':') {
        return None;
    }
    Some(format!("{} {digest}", word(element.attr("hash")?)?))
}
