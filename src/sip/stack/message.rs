//! Requests and responses as values.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::Headers;
use super::value::CSeq;

/// A request method; an unknown one is kept as it was written (case counts, RFC 3261 section 7.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the methods' own names")]
pub enum Method {
    Invite,
    Ack,
    Bye,
    Cancel,
    Register,
    Options,
    Info,
    Prack,
    Update,
    Subscribe,
    Notify,
    Refer,
    Message,
    Publish,
    Other(Arc<str>),
}

impl Method {
    /// The method of a token.
    pub fn from_token(token: &str) -> Self {
        match token {
            "INVITE" => Self::Invite,
            "ACK" => Self::Ack,
            "BYE" => Self::Bye,
            "CANCEL" => Self::Cancel,
            "REGISTER" => Self::Register,
            "OPTIONS" => Self::Options,
            "INFO" => Self::Info,
            "PRACK" => Self::Prack,
            "UPDATE" => Self::Update,
            "SUBSCRIBE" => Self::Subscribe,
            "NOTIFY" => Self::Notify,
            "REFER" => Self::Refer,
            "MESSAGE" => Self::Message,
            "PUBLISH" => Self::Publish,
            other => Self::Other(other.into()),
        }
    }

    /// The token.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Invite => "INVITE",
            Self::Ack => "ACK",
            Self::Bye => "BYE",
            Self::Cancel => "CANCEL",
            Self::Register => "REGISTER",
            Self::Options => "OPTIONS",
            Self::Info => "INFO",
            Self::Prack => "PRACK",
            Self::Update => "UPDATE",
            Self::Subscribe => "SUBSCRIBE",
            Self::Notify => "NOTIFY",
            Self::Refer => "REFER",
            Self::Message => "MESSAGE",
            Self::Publish => "PUBLISH",
            Self::Other(token) => token,
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A request.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The request URI, as text: `sip:`, `sips:`, `tel:`, or anything else that a peer invents.
    pub uri: String,
    /// The header fields; Content-Length is written by itself and never stored in what we build.
    pub headers: Headers,
    /// The body.
    pub body: Bytes,
}

/// A response.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The status, 100 to 699.
    pub code: u16,
    /// The reason phrase; may be empty.
    pub reason: String,
    /// The header fields; Content-Length is written by itself and never stored in what we build.
    pub headers: Headers,
    /// The body.
    pub body: Bytes,
}

/// A request or a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A request.
    Request(Request),
    /// A response.
    Response(Response),
}

impl Request {
    /// A request without any header.
    pub fn new(method: Method, uri: &str) -> Self {
        let uri = uri.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
        Self { method, uri, headers: Headers::default(), body: Bytes::new() }
    }

    /// The same with one header more.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push(name, value);
        self
    }

    /// The same with a body.
    #[must_use]
    pub fn with_body(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.headers.set("Content-Type", content_type);
        self.body = body.into();
        self
    }

    /// The wire form.
    pub fn to_bytes(&self) -> Bytes {
        write(&format!("{} {} SIP/2.0", self.method, self.uri), &self.headers, &self.body)
    }

    /// The CSeq number set to `number`, the method unchanged.
    pub fn set_cseq(&mut self, number: u32) {
        let cseq = CSeq { number, method: self.method.clone() };
        self.headers.set("CSeq", cseq.to_string());
    }
}

impl Response {
    /// The answer to a request (RFC 3261 section 8.2.6): Via, From, To, Call-ID, CSeq are copied; `to_tag` is added to a
    /// To that has none; Record-Route is copied where the response may found a dialog (section 12.1.1).
    pub fn to(request: &Request, code: u16, to_tag: Option<&str>) -> Self {
        let mut headers = Headers::default();
        for value in request.headers.values("Via") {
            headers.push("Via", value);
        }
        if (101..=299).contains(&code) {
            for value in request.headers.values("Record-Route") {
                headers.push("Record-Route", value);
            }
        }
        for name in ["From", "To", "Call-ID", "CSeq"] {
            let Some(value) = request.headers.value(name) else { continue };
            match (name, to_tag, request.headers.to_tag()) {
                ("To", Some(tag), None) => headers.push(name, format!("{value};tag={tag}")),
                _ => headers.push(name, value),
            }
        }
        if let (100, Some(timestamp)) = (code, request.headers.value("Timestamp")) {
            headers.push("Timestamp", timestamp);
        }
        Self { code, reason: reason_phrase(code).to_owned(), headers, body: Bytes::new() }
    }

    /// The same with one header more.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push(name, value);
        self
    }

    /// The same with a body.
    #[must_use]
    pub fn with_body(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.headers.set("Content-Type", content_type);
        self.body = body.into();
        self
    }

    /// The wire form.
    pub fn to_bytes(&self) -> Bytes {
        let reason: String = self.reason.chars().filter(|c| !c.is_control()).collect();
        write(&format!("SIP/2.0 {} {reason}", self.code), &self.headers, &self.body)
    }

    /// 1xx.
    pub fn is_provisional(&self) -> bool {
        self.code < 200
    }

    /// 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.code)
    }
}

impl Message {
    /// The header fields.
    pub fn headers(&self) -> &Headers {
        match self {
            Self::Request(request) => &request.headers,
            Self::Response(response) => &response.headers,
        }
    }

    /// The wire form.
    pub fn to_bytes(&self) -> Bytes {
        match self {
            Self::Request(request) => request.to_bytes(),
            Self::Response(response) => response.to_bytes(),
        }
    }
}

fn write(start_line: &str, headers: &Headers, body: &Bytes) -> Bytes {
    let mut text = String::with_capacity(1024 + body.len());
    text.push_str(start_line);
    text.push_str("\r\n");
    for (name, value) in headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("Content-Length")) {
        text.push_str(name);
        text.push_str(": ");
        text.push_str(value);
        text.push_str("\r\n");
    }
    text.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(body);
    bytes.into()
}

/// The usual phrase of a status (RFC 3261 section 21 and later ones), or that of its class.
pub fn reason_phrase(code: u16) -> &'static str {
    match code {
        100 => "Trying",
        180 => "Ringing",
        181 => "Call Is Being Forwarded",
        182 => "Queued",
        183 => "Session Progress",
        200 => "OK",
        202 => "Accepted",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        415 => "Unsupported Media Type",
        416 => "Unsupported URI Scheme",
        420 => "Bad Extension",
        421 => "Extension Required",
        422 => "Session Interval Too Small",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        482 => "Loop Detected",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        489 => "Bad Event",
        491 => "Request Pending",
        500 => "Server Internal Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        505 => "Version Not Supported",
        513 => "Message Too Large",
        600 => "Busy Everywhere",
        603 => "Decline",
        604 => "Does Not Exist Anywhere",
        606 => "Not Acceptable",
        _ => match code / 100 {
            1 => "Progress",
            2 => "OK",
            3 => "Moved",
            4 => "Client Error",
            5 => "Server Error",
            _ => "Failure",
        },
    }
}

// Messages are full of personal data.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({}, {:?}, {} bytes)", self.method, self.headers, self.body.len())
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({}, {:?}, {} bytes)", self.code, self.headers, self.body.len())
    }
}
