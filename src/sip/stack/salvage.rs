//! The answer to a request that cannot be parsed, from what can still be read of it.

use super::message::{Response, reason_phrase};
use super::parse::text;
use super::{CSeq, Headers, MAX_VIA, NameAddr, Via, split_list};

/// How much of a broken message is read.
const MAX_READ: usize = 16 * 1024;

/// The response with `status` to the broken request in `bytes`; `None` when it was no request, an ACK, or when one of
/// the headers that a response needs (RFC 3261 section 8.2.6) cannot be read or is there twice.
pub(super) fn salvage(bytes: &[u8], status: u16) -> Option<Response> {
    let head = bytes.get(..bytes.len().min(MAX_READ))?;
    let end = head.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(head.len());
    let head = text(head.get(..end)?);
    let (start, rest) = head.split_once("\r\n")?;
    let mut words = start.split_ascii_whitespace();
    let method = words.next()?;
    if method == "ACK" || method.starts_with("SIP/") || !start.trim_end().to_ascii_uppercase().ends_with("SIP/2.0") {
        return None;
    }
    let mut headers = Headers::default();
    for line in rest.replace("\r\n ", " ").replace("\r\n\t", " ").split("\r\n") {
        let Some((name, value)) = line.split_once(':') else { continue };
        let name = match name.trim().to_ascii_lowercase().as_str() {
            "via" | "v" => "Via",
            "from" | "f" => "From",
            "to" | "t" => "To",
            "call-id" | "i" => "Call-ID",
            "cseq" => "CSeq",
            _ => continue,
        };
        if headers.len() > MAX_VIA {
            return None;
        }
        headers.push(name, value.trim());
    }
    for name in ["From", "To", "Call-ID", "CSeq"] {
        if headers.values(name).count() != 1 {
            return None;
        }
    }
    let readable = headers.values("Via").flat_map(split_list).all(|via| Via::parse(via).is_some())
        && headers.value("Via").is_some()
        && headers.value("From").and_then(NameAddr::parse).is_some()
        && headers.value("CSeq").and_then(CSeq::parse).is_some();
    let to = headers.value("To").and_then(NameAddr::parse)?;
    if !readable {
        return None;
    }
    if to.tag().is_none() {
        headers.replace_first("To", to.with_tag("rejected").to_string());
    }
    Some(Response { code: status, reason: reason_phrase(status).to_owned(), headers, body: bytes::Bytes::new() })
}
