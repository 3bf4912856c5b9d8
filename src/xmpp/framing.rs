//! The bounded reader: bytes of one XML stream in, stanzas out, with every limit in front of the tree.
//!
//! This is our own and not tokio-xmpp's `xmlstream`, because the limits must sit between the XML parser and the tree that
//! is built from it: `xmlstream` joins the two, so some 5,000 nested elements overflow the stack before anybody could
//! count them, and neither the bytes of a stanza nor its age can be asked for. The XML itself is `rxml`'s, which refuses
//! DTDs, processing instructions and comments (RFC 6120 section 11.1) and anything that is not well-formed; the tree is
//! built without recursion and is never deeper than [`DEEPEST`], so dropping it is harmless too.

use std::collections::VecDeque;

use minidom::{Element, Node};
use rxml::error::EndOrError;
use rxml::{AttrMap, Event, Parse, Parser, QName};

#[cfg(test)]
mod tests;

/// Levels of one stanza, itself included.
pub(super) const DEEPEST: usize = 64;
/// Bytes of one stanza, where nothing else is said.
pub(super) const LARGEST_STANZA: usize = 256 * 1024;
/// Bytes between two events of the parser: a start tag with all its attributes, or a run of text.
const LARGEST_TOKEN: usize = 128 * 1024;
/// Attributes of one element; namespace declarations are bounded by [`LARGEST_TOKEN`].
const MOST_ATTRIBUTES: usize = 128;
/// Elements and texts of one stanza: in memory each takes some 200 bytes, however few it has on the wire.
const MOST_NODES: usize = 4096;
/// So many bytes of a limit that was raised allow one more element or text (a roster entry has three in a hundred bytes).
const BYTES_PER_NODE: usize = 32;

/// The namespace of the stream element (RFC 6120 section 4.8.1).
pub(super) const NS_STREAM: &str = "http://etherx.jabber.org/streams";

/// What the stream consists of.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// `<stream:stream …>`: the server's answer to ours.
    Opened,
    /// One whole child of the stream.
    Stanza(Element),
    /// `</stream:stream>`.
    Closed,
}

/// The peer broke a rule of the stream; nothing more can be read from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FramingError {
    /// Not well-formed, not UTF-8, or one of the XML features that XMPP forbids.
    #[error("the server sent something that is not XMPP's XML")]
    Malformed,
    /// The root is not `stream`.
    #[error("the server does not speak XMPP")]
    NotAStream,
    /// More than 64 levels.
    #[error("the server sent a stanza that is nested too deeply")]
    TooDeep,
    /// More bytes than the limit, or too many nodes or attributes.
    #[error("the server sent a stanza that is too large")]
    TooLarge,
    /// Text between stanzas, or anything after the end of the stream.
    #[error("the server sent something between two stanzas")]
    Stray,
}

/// Cuts the bytes of one stream into stanzas.
#[derive(Debug)]
pub struct Framer {
    largest: usize,
    parser: Parser,
    opened: bool,
    closed: bool,
    /// The elements that are open, the stanza first.
    open: Vec<Element>,
    /// Bytes read since the last stanza ended.
    stanza_bytes: usize,
    /// Bytes read since the last event.
    token_bytes: usize,
    nodes: usize,
    ready: VecDeque<Frame>,
    failed: Option<FramingError>,
}

impl Default for Framer {
    fn default() -> Self {
        Self {
            largest: LARGEST_STANZA,
            parser: Parser::default(),
            opened: false,
            closed: false,
            open: Vec::new(),
            stanza_bytes: 0,
            token_bytes: 0,
            nodes: 0,
            ready: VecDeque::new(),
            failed: None,
        }
    }
}

impl Framer {
    /// Changes the largest stanza that is accepted, in bytes (a roster may be larger than what strangers send).
    pub fn set_largest(&mut self, bytes: usize) {
        self.largest = bytes;
    }

    /// Reads bytes. At most as many stanzas become ready as `bytes` can hold, so bound what you push at once.
    ///
    /// After an error the stream is dead: every later call gives the same error. Stanzas that were complete before it
    /// are still there.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<(), FramingError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        while !bytes.is_empty() {
            // Small bites, so that the limits are checked before much is buffered.
            let (mut bite, rest) = bytes.split_at(bytes.len().min(4096));
            if let Err(error) = self.bite(&mut bite) {
                self.failed = Some(error);
                self.open.clear();
                return Err(error);
            }
            bytes = rest;
        }
        Ok(())
    }

    /// The next frame.
    pub fn poll(&mut self) -> Option<Frame> {
        self.ready.pop_front()
    }

    /// What ended the stream, if a rule was broken.
    pub fn failure(&self) -> Option<FramingError> {
        self.failed
    }

    /// Whether [`Self::poll`] has something.
    pub fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Whether a stanza has begun and not ended: its deadline runs.
    pub fn is_inside(&self) -> bool {
        self.stanza_bytes > 0
    }

    fn bite(&mut self, bite: &mut &[u8]) -> Result<(), FramingError> {
        loop {
            // White space between stanzas keeps the connection alive (RFC 6120 section 4.6.1) and begins no stanza.
            if self.opened && self.open.is_empty() && self.stanza_bytes == 0 {
                *bite = bite.trim_ascii_start();
            }
            let before = bite.len();
            let parsed = self.parser.parse(bite, false);
            let eaten = before.saturating_sub(bite.len());
            self.stanza_bytes = self.stanza_bytes.saturating_add(eaten);
            self.token_bytes = self.token_bytes.saturating_add(eaten);
            if self.stanza_bytes > self.largest || self.token_bytes > LARGEST_TOKEN {
                return Err(FramingError::TooLarge);
            }
            match parsed {
                Ok(Some(event)) => {
                    self.token_bytes = 0;
                    self.handle(event)?;
                }
                // Only at the end of the input, which we never announce.
                Ok(None) => return Ok(()),
                Err(EndOrError::NeedMoreData) => return Ok(()),
                Err(EndOrError::Error(_)) => return Err(FramingError::Malformed),
            }
        }
    }

    fn handle(&mut self, event: Event) -> Result<(), FramingError> {
        if self.closed {
            return Err(FramingError::Stray);
        }
        match event {
            Event::XmlDeclaration(..) => Ok(()),
            Event::StartElement(_, name, attributes) => self.start(name, attributes),
            Event::Text(_, text) => self.text(text),
            Event::EndElement(_) => self.end(),
        }
    }

    fn start(&mut self, (namespace, name): QName, attributes: AttrMap) -> Result<(), FramingError> {
        if !self.opened {
            if namespace != NS_STREAM || name != "stream" {
                return Err(FramingError::NotAStream);
            }
            self.opened = true;
            self.stanza_bytes = 0;
            self.ready.push_back(Frame::Opened);
            return Ok(());
        }
        self.count_node()?;
        if self.open.len() >= DEEPEST {
            return Err(FramingError::TooDeep);
        }
        if attributes.len() > MOST_ATTRIBUTES {
            return Err(FramingError::TooLarge);
        }
        let mut element = Element::bare(name.as_str(), namespace.as_str());
        *element.attrs_mut() = attributes;
        self.open.push(element);
        Ok(())
    }

    fn text(&mut self, text: String) -> Result<(), FramingError> {
        if let Some(innermost) = self.open.last_mut() {
            innermost.append_text(text);
            return self.count_node();
        }
        // White space does not come as far as this.
        Err(FramingError::Stray)
    }

    fn end(&mut self) -> Result<(), FramingError> {
        let Some(finished) = self.open.pop() else {
            self.closed = true;
            self.stanza_bytes = 0;
            self.ready.push_back(Frame::Closed);
            return Ok(());
        };
        match self.open.last_mut() {
            Some(parent) => {
                parent.append_child(finished);
            }
            None => {
                self.stanza_bytes = 0;
                self.nodes = 0;
                self.ready.push_back(Frame::Stanza(finished));
            }
        }
        Ok(())
    }

    fn count_node(&mut self) -> Result<(), FramingError> {
        self.nodes += 1;
        let most = MOST_NODES + self.largest.saturating_sub(LARGEST_STANZA) / BYTES_PER_NODE;
        if self.nodes > most { Err(FramingError::TooLarge) } else { Ok(()) }
    }
}

/// The bytes of a stanza that we send, without the characters that XML 1.0 cannot carry: a user may paste one, and the
/// server would end the stream for it, again after every reconnection.
pub fn encode(stanza: &Element) -> Vec<u8> {
    let mut clean = stanza.clone();
    let mut waiting = vec![&mut clean];
    while let Some(element) = waiting.pop() {
        for (_, value) in element.attrs_mut().iter_mut() {
            value.retain(is_xml);
        }
        for node in element.nodes_mut() {
            match node {
                Node::Text(text) => text.retain(is_xml),
                Node::Element(child) => waiting.push(child),
            }
        }
    }
    let mut bytes = Vec::new();
    // Writing into memory cannot fail, and what XML forbids is gone.
    clean.write_to(&mut bytes).expect("a clean tree can be written");
    bytes
}

/// The characters of XML 1.0 (section 2.2, production 2).
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

/// Our `<stream:stream>` to `domain` (RFC 6120 section 4.7). The address of the user goes along only inside TLS
/// (section 4.7.1: "unencrypted" streams should not reveal it).
pub fn stream_header(domain: &str, from: Option<&str>) -> Vec<u8> {
    let from = from.map(|from| format!(" from='{}'", escape(from))).unwrap_or_default();
    format!(
        "<?xml version='1.0'?><stream:stream to='{}'{from} version='1.0' xml:lang='en' xmlns='jabber:client' \
         xmlns:stream='{NS_STREAM}'>",
        escape(domain)
    )
    .into_bytes()
}

/// Our `</stream:stream>`.
pub const STREAM_END: &[u8] = b"</stream:stream>";

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('\'', "&apos;").replace('"', "&quot;")
}
