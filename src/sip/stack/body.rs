//! Bodies: the session description, alone or as a part of a multipart (RFC 5621).

use std::sync::Arc;

use super::{Headers, MediaType};

/// How deep multiparts may nest (S28).
const MAX_DEPTH: usize = 4;
/// How many parts of one multipart are looked at (S28).
const MAX_PARTS: usize = 32;
/// RFC 2046 section 5.1.1: a boundary has at most 70 characters.
const MAX_BOUNDARY: usize = 70;

/// The `application/sdp` body of a message, whole or a part of a multipart. `None` when there is none or it is no UTF-8.
pub fn session_description(headers: &Headers, body: &[u8]) -> Option<Arc<str>> {
    let part = multipart_part(headers.content_type().as_ref()?, body, "application/sdp")?;
    std::str::from_utf8(part).ok().filter(|text| !text.trim().is_empty()).map(Into::into)
}

/// The first part of the media type `wanted` (lower case), or the whole body when it is of that type.
pub fn multipart_part<'a>(content_type: &MediaType, body: &'a [u8], wanted: &str) -> Option<&'a [u8]> {
    part_at_depth(content_type, body, wanted, 0)
}

fn part_at_depth<'a>(content_type: &MediaType, body: &'a [u8], wanted: &str, depth: usize) -> Option<&'a [u8]> {
    if content_type.name == wanted {
        return Some(body);
    }
    if !content_type.name.starts_with("multipart/") || depth >= MAX_DEPTH {
        return None;
    }
    let boundary = content_type.params.value("boundary").filter(|b| !b.is_empty() && b.len() <= MAX_BOUNDARY)?;
    let delimiter = format!("--{boundary}");
    let mut starts = delimiter_lines(body, delimiter.as_bytes());
    starts.truncate(MAX_PARTS + 1);
    for pair in starts.windows(2) {
        let [(_, start), (end, _)] = pair else { continue };
        let part = body.get(*start..*end)?;
        // The line end before a delimiter belongs to the delimiter.
        let part = part.strip_suffix(b"\r\n").unwrap_or(part);
        let (head, content) = match find(part, b"\r\n\r\n") {
            Some(at) => (part.get(..at)?, part.get(at + 4..)?),
            None if part.starts_with(b"\r\n") => (&[][..], part.get(2..)?),
            None => continue,
        };
        let head = String::from_utf8_lossy(head);
        let kind = head
            .split("\r\n")
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("content-type") || name.trim().eq_ignore_ascii_case("c"))
            .and_then(|(_, value)| MediaType::parse(value));
        if let Some(found) = kind.and_then(|kind| part_at_depth(&kind, content, wanted, depth + 1)) {
            return Some(found);
        }
    }
    None
}

/// Where lines that start with `delimiter` begin, and where what follows them begins.
fn delimiter_lines(body: &[u8], delimiter: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < body.len() && found.len() <= MAX_PARTS {
        let line_end = find(body.get(at..).unwrap_or_default(), b"\r\n").map_or(body.len(), |length| at + length);
        let next = (line_end + 2).min(body.len());
        if body.get(at..line_end).is_some_and(|line| line.starts_with(delimiter)) {
            found.push((at, next));
        }
        at = (line_end + 2).max(at + 1);
    }
    found
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(content_type: &str) -> Headers {
        let mut headers = Headers::default();
        headers.push("Content-Type", content_type);
        headers
    }

    #[test]
    fn sdp_is_found_alone_and_inside_of_multiparts() {
        assert_eq!(session_description(&headers("Application/SDP"), b"v=0\r\n").as_deref(), Some("v=0\r\n"));
        let body = b"--x\r\nContent-Type: text/plain\r\n\r\nhi\r\n--x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\no=1\r\n\r\n--x--\r\n";
        let found = session_description(&headers("multipart/mixed;boundary=x"), body);
        assert_eq!(found.as_deref(), Some("v=0\r\no=1\r\n"));
    }

    #[test]
    fn s28_broken_multiparts_hold_nothing_and_cost_nothing() {
        let long = "b".repeat(100_000);
        let mut nested = b"--x\r\nContent-Type: multipart/mixed;boundary=x\r\n\r\n".repeat(100);
        nested.extend_from_slice(b"--x--\r\n");
        for (kind, body) in [
            ("multipart/mixed".to_owned(), b"--x\r\n\r\n".to_vec()),
            ("multipart/mixed;boundary=\"\"".to_owned(), b"--\r\n\r\n--\r\n".to_vec()),
            (format!("multipart/mixed;boundary={long}"), long.clone().into_bytes()),
            ("multipart/mixed;boundary=x".to_owned(), nested),
            ("multipart/mixed;boundary=x".to_owned(), b"--x\r\n--x\r\n--x".to_vec()),
            ("application/sdp".to_owned(), b"\xff\xfe".to_vec()),
        ] {
            assert_eq!(session_description(&headers(&kind), &body), None, "{}", &kind[..20.min(kind.len())]);
        }
    }
}
