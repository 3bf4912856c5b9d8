//! Bytes to valid messages.

use bytes::Bytes;
use sipx_sip::error::{FramingError, LimitKind, ParseError};
use sipx_sip::{Finding, HeaderName, Limits};

use super::message::{Message, Method, Request, Response};
use super::salvage::salvage;
use super::value::{CSeq, NameAddr, Via, split_list};
use super::{Headers, MAX_HEADERS, MAX_MESSAGE, MAX_VIA};

/// The longest header field, bytes.
const MAX_HEADER: usize = 8 * 1024;

/// A message that must not be acted upon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// What is owed to the sender of a broken request; `None` for responses, ACK, and what cannot be answered.
    pub reply: Option<Response>,
    /// What is wrong, for the log; never what the message says.
    pub why: &'static str,
    /// The framing itself is in doubt: a stream must be closed.
    pub framing: bool,
}

/// The limits in the terms of the kernel.
pub(super) fn limits() -> Limits {
    Limits {
        max_message_bytes: MAX_MESSAGE,
        max_body_bytes: MAX_MESSAGE,
        max_headers: MAX_HEADERS,
        max_header_bytes: MAX_HEADER,
        ..Limits::datagram()
    }
}

/// Parses one datagram, or one frame of a stream, and validates it (RFC 3261 sections 8.1.1, 18.3).
///
/// # Errors
/// [`Malformed`] with the answer: 400, 505 for another version, 513 for a message beyond the limits.
pub fn parse_datagram(bytes: Bytes) -> Result<Message, Malformed> {
    let kernel = match sipx_sip::parse_datagram(bytes.clone(), &limits()) {
        Ok(message) => message,
        Err(error) => {
            let (status, why) = fault(&error);
            return Err(Malformed { reply: salvage(&bytes, status), why, framing: true });
        }
    };
    let findings = sipx_sip::validate(&kernel);
    let message = from_kernel(&kernel);
    let found = findings
        .iter()
        // Without Max-Forwards a request is an old one, not a broken one (RFC 4475 section 3.4.1).
        .filter(|finding| !finding.is_repairable())
        .max_by_key(|finding| finding.status())
        .map(|finding| (finding.status(), describe(finding)))
        .or_else(|| check(&message).map(|why| (400, why)));
    let Some((status, why)) = found else { return Ok(message) };
    let reply = match &message {
        Message::Request(request) if request.method != Method::Ack => answerable(request).then(|| {
            let tag = request.headers.to_tag().is_none().then_some("rejected");
            Response::to(request, status, tag)
        }),
        Message::Request(_) | Message::Response(_) => None,
    };
    Err(Malformed { reply, why, framing: false })
}

/// Whether a response to it could be matched by its sender.
fn answerable(request: &Request) -> bool {
    ["Via", "From", "To", "Call-ID", "CSeq"].iter().all(|name| request.headers.value(name).is_some())
}

/// What the kernel does not check.
fn check(message: &Message) -> Option<&'static str> {
    let headers = message.headers();
    let vias: Vec<&str> = headers.values("Via").flat_map(split_list).collect();
    if vias.len() > MAX_VIA {
        return Some("too many Via values");
    }
    if vias.is_empty() || vias.iter().any(|via| Via::parse(via).is_none()) {
        return Some("a Via value cannot be read");
    }
    if ["From", "To"].iter().any(|name| headers.value(name).and_then(NameAddr::parse).is_none()) {
        return Some("From or To cannot be read");
    }
    // RFC 3261 section 25.1: words without blanks. What is no such word could not be written back as it came.
    if headers.call_id().is_none_or(|id| id.is_empty() || id.contains(char::is_whitespace)) {
        return Some("Call-ID cannot be read");
    }
    let cseq = headers.value("CSeq").and_then(CSeq::parse)?;
    // RFC 3261 section 8.1.1.5.
    if cseq.number >= 1 << 31 {
        return Some("the CSeq number is beyond 2^31");
    }
    match message {
        Message::Request(request) if request.headers.value("Contact").is_some_and(|value| !contact_readable(value)) => {
            Some("Contact cannot be read")
        }
        Message::Request(_) | Message::Response(_) => None,
    }
}

/// `*`, or addresses only.
fn contact_readable(value: &str) -> bool {
    value.trim() == "*" || split_list(value).all(|one| NameAddr::parse(one).is_some())
}

fn describe(finding: &Finding) -> &'static str {
    match finding {
        Finding::MissingRequiredHeader(_) => "a required header is missing",
        Finding::MalformedRequiredHeader(_) => "a required header cannot be read",
        Finding::RepeatedSingleValueHeader(_) => "a header is repeated that must not be",
        Finding::CSeqMethodMismatch => "the method of CSeq is another one",
        Finding::UnsupportedVersion => "another version of SIP",
        Finding::RequestUriHasHeaders => "the request URI has headers",
        _ => "invalid",
    }
}

fn fault(error: &ParseError) -> (u16, &'static str) {
    match error {
        ParseError::Limit { limit: LimitKind::MessageBytes | LimitKind::BodyBytes, .. } => {
            (513, "the message is too large")
        }
        ParseError::Limit { .. } => (400, "too many or too long headers"),
        ParseError::Framing(FramingError::BodyTruncated) => (400, "the body is shorter than Content-Length"),
        ParseError::Framing(_) => (400, "the framing is broken"),
        _ => (400, "the grammar is broken"),
    }
}

fn from_kernel(message: &sipx_sip::Message) -> Message {
    let mut headers = Headers::default();
    // Content-Length has done its work: it is written anew with the body.
    for header in message.headers().iter().filter(|header| *header.name() != HeaderName::ContentLength) {
        headers.push(&text(header.name().canonical()), text(&header.value()).trim());
    }
    let body = message.body().clone();
    match message {
        sipx_sip::Message::Request(request) => Message::Request(Request {
            method: Method::from_token(&text(request.method.as_bytes())),
            uri: text(&request.uri.to_bytes()),
            headers,
            body,
        }),
        sipx_sip::Message::Response(response) => {
            Message::Response(Response { code: response.status.code(), reason: text(&response.reason), headers, body })
        }
    }
}

/// UTF-8 as RFC 3261 section 7.3.1 says, else Latin-1: some exchanges send display names in it, and a call from a person
/// called Müller is still a call.
pub(super) fn text(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(|&b| char::from(b)).collect(), str::to_owned)
}

/// Our message in the kernel's form, through its own parser, so that what we send is what everybody reads.
pub(super) fn to_kernel(message: &Message) -> Option<sipx_sip::Message> {
    sipx_sip::parse_datagram(message.to_bytes(), &limits()).ok()
}
