//! What a description says beyond payload types: feedback (XEP-0293), header extensions (XEP-0294), sources (XEP-0339) and
//! groups of contents (XEP-0338), read with limits and mapped to the lines of SDP that they stand for.
//!
//! Our own side uses none of it but the group of one port (BUNDLE), so an answer takes none of it up: each of these documents
//! wants what is not understood or not wished to be left out of the answer, and that is all that it takes to refuse.

use std::fmt::Write as _;

use minidom::Element;

use super::super::stanza::{With, ns};
use super::description::{Direction, LONGEST_WORD, MOST_NOTES, MOST_PARAMETERS};
use crate::model::MediaDirection;

/// Lines of SDP that all of this may become. When full: further ones are left out; our negotiation reads none of them.
const MOST_LINES: usize = 128;

/// A name, and a value where there is one.
pub type Parameter = (String, Option<String>);

/// A kind of feedback (XEP-0293 section 3, RFC 4585 section 4.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedbackKind {
    /// `ack`, `nack`, `ccm`, …
    pub name: String,
    /// `pli`, `fir`, …
    pub subtype: Option<String>,
    /// Further parameters.
    pub parameters: Vec<Parameter>,
}

/// The feedback that is wished for, of a whole content or of one payload type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Feedback {
    /// Its kinds.
    pub kinds: Vec<FeedbackKind>,
    /// The least time between two regular reports, milliseconds (`trr-int`).
    pub interval_ms: Option<u32>,
}

/// A header extension (XEP-0294 section 3, RFC 8285).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its number: 1 to 256, or 4096 to 4351 where several wait for one to be chosen.
    pub id: u16,
    /// What it is.
    pub uri: String,
    /// Who may send it, as seen from the side that describes it.
    pub direction: Direction,
    /// Further parameters.
    pub parameters: Vec<Parameter>,
}

/// A source of packets (XEP-0339 section 2.1, RFC 5576).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its number.
    pub ssrc: u32,
    /// `cname`, `msid`, …
    pub parameters: Vec<Parameter>,
}

/// Sources that belong together (XEP-0339 section 2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceGroup {
    /// `FID`, `FEC`, …
    pub semantics: String,
    /// Which.
    pub sources: Vec<u32>,
}

/// Contents that belong together (XEP-0338, RFC 5888).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// `BUNDLE`, `LS`, …
    pub semantics: String,
    /// The names of the contents.
    pub contents: Vec<String>,
}

/// All of it for one content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    /// Feedback of the whole content.
    pub feedback: Feedback,
    /// Header extensions.
    pub extensions: Vec<Extension>,
    /// One-byte and two-byte headers may be mixed (`extmap-allow-mixed`).
    pub allow_mixed: bool,
    /// Sources.
    pub sources: Vec<Source>,
    /// Groups of sources.
    pub source_groups: Vec<SourceGroup>,
    /// The groups that the content is in.
    pub groups: Vec<Group>,
}

/// Text that may stand at the end of a line of SDP: visible ASCII and spaces.
fn line_text(text: &str) -> Option<&str> {
    let fits = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    (!text.is_empty() && text.len() <= LONGEST_WORD && text.bytes().all(fits)).then_some(text)
}

/// A token (RFC 8866 section 9): one word in a line.
fn token(text: &str) -> Option<&str> {
    line_text(text).filter(|text| !text.contains(' '))
}

fn of<'a>(parent: &'a Element, name: &'static str, namespace: &'static str) -> impl Iterator<Item = &'a Element> {
    parent.children().filter(move |child| child.is(name, namespace))
}

/// The parameters in an element; some programs write them in the namespace of RTP.
fn parameters(parent: &Element) -> Vec<Parameter> {
    let named = parent.children().filter(|child| child.name() == "parameter").filter_map(|child| {
        let value = child.attr("value").filter(|value| !value.is_empty());
        let value = match value {
            Some(value) => Some(line_text(value)?.to_owned()),
            None => None,
        };
        Some((token(child.attr("name")?)?.to_owned(), value))
    });
    named.take(MOST_PARAMETERS).collect()
}

impl Feedback {
    /// What a description or a payload type says.
    pub(super) fn read(parent: &Element) -> Self {
        let kinds = of(parent, "rtcp-fb", ns::JINGLE_RTCP_FB).filter_map(|child| {
            let subtype = child.attr("subtype").and_then(token).map(str::to_owned);
            let name = token(child.attr("type")?)?.to_owned();
            Some(FeedbackKind { name, subtype, parameters: parameters(child) })
        });
        let interval = of(parent, "rtcp-fb-trr-int", ns::JINGLE_RTCP_FB).next();
        Self {
            kinds: kinds.take(MOST_NOTES).collect(),
            interval_ms: interval.and_then(|child| child.attr("value")?.parse().ok()),
        }
    }

    /// Whether anything of it makes the profile one with feedback (XEP-0293 section 3).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty() && self.interval_ms.is_none()
    }

    /// As lines; `about` is a payload type, or `*`.
    pub(super) fn lines(&self, about: &str) -> Vec<String> {
        let kinds = self.kinds.iter().map(|kind| {
            let mut line = format!("rtcp-fb:{about} {}", kind.name);
            if let Some(subtype) = &kind.subtype {
                let _ = write!(line, " {subtype}");
            }
            kind.parameters.iter().for_each(|parameter| write_parameter(&mut line, parameter, '='));
            line
        });
        kinds.chain(self.interval_ms.map(|interval| format!("rtcp-fb:{about} trr-int {interval}"))).collect()
    }
}

fn write_parameter(line: &mut String, (name, value): &Parameter, between: char) {
    let _ = write!(line, " {name}");
    if let Some(value) = value {
        let _ = write!(line, "{between}{value}");
    }
}

fn extension(child: &Element, initiator: bool) -> Option<Extension> {
    let id = child.attr("id")?.parse().ok().filter(|id| matches!(id, 1..=256 | 4096..=4351))?;
    let uri = token(child.attr("uri")?)?.to_owned();
    let direction = Direction::of_senders(child.attr("senders"), initiator)?;
    Some(Extension { id, uri, direction, parameters: parameters(child) })
}

fn number(child: &Element) -> Option<u32> {
    child.attr("ssrc")?.parse().ok()
}

impl Extras {
    /// What a description says; `groups` are those of the session.
    pub(super) fn read(description: &Element, content: &str, groups: &[Group], initiator: bool) -> Self {
        let extensions = of(description, "rtp-hdrext", ns::JINGLE_HDREXT);
        let sources = of(description, "source", ns::JINGLE_SSMA);
        let source = |child: &Element| Some(Source { ssrc: number(child)?, parameters: parameters(child) });
        let source_groups = of(description, "ssrc-group", ns::JINGLE_SSMA).filter_map(|child| {
            let sources = of(child, "source", ns::JINGLE_SSMA).filter_map(number).take(MOST_NOTES);
            Some(SourceGroup { semantics: token(child.attr("semantics")?)?.to_owned(), sources: sources.collect() })
        });
        let about = |group: &&Group| group.contents.iter().any(|member| member == content);
        Self {
            feedback: Feedback::read(description),
            extensions: extensions.filter_map(|child| extension(child, initiator)).take(MOST_NOTES).collect(),
            allow_mixed: description.has_child("extmap-allow-mixed", ns::JINGLE_HDREXT),
            sources: sources.filter_map(source).take(MOST_NOTES).collect(),
            source_groups: source_groups.take(MOST_NOTES).collect(),
            groups: groups.iter().filter(about).cloned().collect(),
        }
    }

    /// Whether the content shares its port with others, or would (RFC 9143).
    #[must_use]
    pub fn is_bundled(&self) -> bool {
        self.groups.iter().any(|group| group.semantics == "BUNDLE")
    }

    /// The lines of the session.
    pub(super) fn session_lines(&self) -> Vec<String> {
        let line = |group: &Group| {
            let mut line = format!("group:{}", group.semantics);
            for content in group.contents.iter().filter_map(|content| token(content)) {
                let _ = write!(line, " {content}");
            }
            line
        };
        self.groups.iter().map(line).collect()
    }

    /// The lines of the medium, without those of single payload types.
    pub(super) fn lines(&self, content: &str) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.groups.is_empty() {
            lines.extend(token(content).map(|content| format!("mid:{content}")));
        }
        lines.extend(self.feedback.lines("*"));
        for Extension { id, uri, direction, parameters } in &self.extensions {
            let towards = match direction.0 {
                MediaDirection::SendRecv => "",
                MediaDirection::SendOnly => "/sendonly",
                MediaDirection::RecvOnly => "/recvonly",
                MediaDirection::Inactive => "/inactive",
            };
            let mut line = format!("extmap:{id}{towards} {uri}");
            parameters.iter().for_each(|parameter| write_parameter(&mut line, parameter, '='));
            lines.push(line);
        }
        lines.extend(self.allow_mixed.then(|| "extmap-allow-mixed".to_owned()));
        for SourceGroup { semantics, sources } in &self.source_groups {
            let mut line = format!("ssrc-group:{semantics}");
            for source in sources {
                let _ = write!(line, " {source}");
            }
            lines.push(line);
        }
        for Source { ssrc, parameters } in &self.sources {
            for parameter in parameters {
                let mut line = format!("ssrc:{ssrc}");
                write_parameter(&mut line, parameter, ':');
                lines.push(line);
            }
        }
        lines.truncate(MOST_LINES);
        lines
    }
}

/// The groups of a session.
pub(super) fn groups(jingle: &Element) -> Vec<Group> {
    let groups = of(jingle, "group", ns::JINGLE_GROUP).filter_map(|group| {
        let contents = of(group, "content", ns::JINGLE_GROUP).filter_map(|content| content.attr("name"));
        let contents = contents.filter_map(super::read::name_of).take(MOST_NOTES);
        Some(Group { semantics: token(group.attr("semantics")?)?.to_owned(), contents: contents.collect() })
    });
    groups.take(MOST_NOTES).collect()
}

/// The group of our one content.
pub(super) fn bundle(content: &str) -> Element {
    let member = Element::builder("content", ns::JINGLE_GROUP).with("name", content).build();
    Element::builder("group", ns::JINGLE_GROUP).with("semantics", "BUNDLE").append(member).build()
}
