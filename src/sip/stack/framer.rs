//! Messages out of a byte stream (RFC 3261 section 18.3), with keep-alives (RFC 5626 section 4.4.1).
//!
//! The kernel's own framer drops messages that are complete when a later one in the same chunk is broken, so the cutting
//! is done here; each cut piece goes through the same parser as a datagram, and both must agree on its length.

use bytes::{Bytes, BytesMut};

use super::message::{Message, Response};
use super::parse::{Malformed, parse_datagram, text};
use super::salvage::salvage;
use super::{MAX_MESSAGE, MAX_VIA};

/// What a stream carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A valid message.
    Message(Box<Message>),
    /// A message that is framed but not valid; the stream goes on.
    Malformed(Malformed),
    /// A double CRLF: the peer asks for a single one back.
    Ping,
    /// A CRLF: the answer to our ping. Some servers send it singly and whenever they like (S25).
    Pong,
}

/// The stream cannot be read on and must be closed, after the answer where there is one (S23).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the peer's framing is broken: {why}")]
pub struct FramingError {
    /// What is owed to the sender before the stream is closed.
    pub reply: Option<Response>,
    /// What is wrong.
    pub why: &'static str,
}

/// Cuts a stream into messages. Holds at most one partial message, 64 KiB, and one chunk.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: BytesMut,
    /// Where the search for the end of the head goes on.
    scanned: usize,
    /// How many bytes the message at hand has, once its head is known.
    needed: usize,
    /// The CRLFs seen in a row between messages.
    line_ends: u8,
    broken: bool,
}

impl Framer {
    /// A framer at the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes from the stream; at most 64 KiB at a time.
    pub fn push(&mut self, chunk: &[u8]) {
        if !self.broken {
            self.buffer.extend_from_slice(chunk);
        }
    }

    /// Whether part of a message is waiting for the rest: a peer that lets us wait may be cut off.
    pub fn has_partial(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// The next frame that is complete.
    ///
    /// # Errors
    /// [`FramingError`] once; after it nothing more comes.
    pub fn poll_frame(&mut self) -> Result<Option<Frame>, FramingError> {
        if self.broken {
            return Ok(None);
        }
        if let Some(keep_alive) = self.take_line_ends() {
            return Ok(Some(keep_alive));
        }
        if self.buffer.len() < self.needed {
            return Ok(None);
        }
        let Some(head) = self.head_end() else {
            if self.buffer.len() > MAX_MESSAGE {
                return Err(self.fail(513, "the head does not end"));
            }
            return Ok(None);
        };
        let declared = match declared_length(self.buffer.get(..head).unwrap_or_default()) {
            Ok(length) => length,
            Err(why) => return Err(self.fail(400, why)),
        };
        let whole = head + 4 + declared;
        if whole > MAX_MESSAGE {
            return Err(self.fail(513, "the message is too large"));
        }
        self.needed = whole;
        if self.buffer.len() < whole {
            return Ok(None);
        }
        let bytes: Bytes = self.buffer.split_to(whole).freeze();
        self.needed = 0;
        self.line_ends = 0;
        match parse_datagram(bytes) {
            Ok(message) if body_length(&message) == declared => Ok(Some(Frame::Message(Box::new(message)))),
            Ok(_) => Err(self.fail(400, "the length is ambiguous")),
            Err(malformed) if malformed.framing => {
                self.broken = true;
                self.buffer.clear();
                Err(FramingError { reply: malformed.reply, why: malformed.why })
            }
            Err(malformed) => Ok(Some(Frame::Malformed(malformed))),
        }
    }

    /// Consumes CRLFs between messages (RFC 3261 section 7.5): every pair is a ping, every other one a pong. A flood of
    /// them gives one frame for all that are here.
    fn take_line_ends(&mut self) -> Option<Frame> {
        let mut frame = None;
        while self.buffer.starts_with(b"\r\n") {
            let _ = self.buffer.split_to(2);
            self.scanned = 0;
            self.line_ends += 1;
            if self.line_ends == 2 {
                self.line_ends = 0;
                frame = Some(Frame::Ping);
            } else if frame.is_none() {
                frame = Some(Frame::Pong);
            }
        }
        frame
    }

    /// Where the CRLFCRLF behind the head begins.
    fn head_end(&mut self) -> Option<usize> {
        let from = self.scanned;
        let found = self.buffer.get(from..)?.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + from);
        self.scanned = if found.is_some() { 0 } else { self.buffer.len().saturating_sub(3) };
        found
    }

    fn fail(&mut self, status: u16, why: &'static str) -> FramingError {
        let reply = salvage(&self.buffer, status);
        self.broken = true;
        self.buffer.clear();
        FramingError { reply, why }
    }
}

fn body_length(message: &Message) -> usize {
    match message {
        Message::Request(request) => request.body.len(),
        Message::Response(response) => response.body.len(),
    }
}

/// The one Content-Length of a head: digits only, exactly one (RFC 3261 section 20.14, S23).
fn declared_length(head: &[u8]) -> Result<usize, &'static str> {
    let head = text(head);
    let unfolded = head.replace("\r\n ", "  ").replace("\r\n\t", "  ");
    let mut found = None;
    let mut vias = 0;
    for line in unfolded.split("\r\n").skip(1) {
        let Some((name, value)) = line.split_once(':') else { return Err("a header without a colon") };
        let name = name.trim_end_matches([' ', '\t']);
        if name.eq_ignore_ascii_case("via") || name.eq_ignore_ascii_case("v") {
            vias += 1;
        }
        if name.eq_ignore_ascii_case("content-length") || name.eq_ignore_ascii_case("l") {
            let value = value.trim_matches([' ', '\t']);
            if found.is_some() {
                return Err("Content-Length is there twice");
            }
            if value.is_empty() || value.len() > 19 || !value.bytes().all(|b| b.is_ascii_digit()) {
                return Err("Content-Length is no number");
            }
            found = Some(value.parse::<usize>().map_err(|_| "Content-Length is no number")?.min(MAX_MESSAGE + 1));
        }
    }
    if vias > MAX_VIA {
        return Err("too many Via values");
    }
    found.ok_or("Content-Length is missing")
}
