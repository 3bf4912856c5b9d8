//! How many messages wait (RFC 3842).

use crate::model::SipUri;

/// The greatest count that is believed and shown; more is shown as this and a plus (S11).
pub const MOST: u32 = 999;
/// Lines that are looked at.
const MOST_LINES: usize = 64;

/// What a message server says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageSummary {
    /// Something waits. A server that says nothing else says this.
    pub waiting: bool,
    /// Where the messages are listened to.
    pub account: Option<SipUri>,
    /// New voice messages, at most [`MOST`]; absent in a summary without counts.
    pub new: Option<u32>,
    /// Voice messages that were listened to, likewise.
    pub old: Option<u32>,
    /// How many of the new ones are urgent.
    pub urgent: u32,
}

/// Reads a body (RFC 3842 section 5.2); `None` for one that says nothing of messages.
pub fn read(body: &[u8]) -> Option<MessageSummary> {
    let text = std::str::from_utf8(body).ok()?;
    let mut found = MessageSummary::default();
    let mut said = false;
    for line in text.lines().take(MOST_LINES) {
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        match name.trim().to_ascii_lowercase().as_str() {
            "messages-waiting" => {
                said = true;
                found.waiting = value.eq_ignore_ascii_case("yes");
            }
            "message-account" => {
                let uri = value.trim_start_matches('<').split('>').next().unwrap_or_default();
                found.account = SipUri::parse(uri).ok().filter(|uri| uri.user().is_some());
            }
            "voice-message" => {
                let (counts, urgent) = value.split_once('(').unwrap_or((value, ""));
                if let Some((new, old)) = pair(counts) {
                    (found.new, found.old) = (Some(new), Some(old));
                }
                found.urgent = pair(urgent.trim_end_matches(')')).map_or(0, |(new, _)| new);
            }
            _ => {}
        }
    }
    // Some servers count and forget to say that it is for waiting.
    if !said {
        found.waiting = found.new? > 0;
    }
    if !found.waiting {
        found.new = found.new.map(|_| 0);
        found.urgent = 0;
    }
    Some(found)
}

fn pair(text: &str) -> Option<(u32, u32)> {
    let (new, old) = text.split_once('/')?;
    Some((count(new)?, count(old)?))
}

/// A count, however large it claims to be.
fn count(text: &str) -> Option<u32> {
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(u32::MAX).min(MOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_of_all_kinds_are_read() {
        for (body, waiting, new, old, urgent) in [
            (
                "Messages-Waiting: yes\r\nMessage-Account: sip:alice@vmail.example.com\r\nVoice-Message: 2/8 (1/2)\r\n",
                true,
                Some(2),
                Some(8),
                1,
            ),
            ("messages-waiting:no\nvoice-message: 0/3", false, Some(0), Some(3), 0),
            ("Messages-Waiting: yes", true, None, None, 0),
            ("Messages-Waiting: yes\r\nFax-Message: 3/0\r\n", true, None, None, 0),
            ("Voice-Message: 1/0\r\n", true, Some(1), Some(0), 0),
            ("Messages-Waiting: no\r\nVoice-Message: 5/1 (5/0)\r\n", false, Some(0), Some(1), 0),
            ("Messages-Waiting: yes\r\nVoice-Message: many/none\r\n", true, None, None, 0),
        ] {
            let found = read(body.as_bytes()).expect(body);
            assert_eq!((found.waiting, found.new, found.old, found.urgent), (waiting, new, old, urgent), "{body}");
        }
        let account =
            read(b"Messages-Waiting: yes\r\nMessage-Account: <sip:*97@pbx.example>\r\n").and_then(|it| it.account);
        assert_eq!(account.map(|uri| uri.to_string()).as_deref(), Some("sip:*97@pbx.example"));
        for body in [&b""[..], b"hello", b"\xff\xfe", b"Voice-Message: x", b"Reboot: now"] {
            assert_eq!(read(body), None);
        }
    }

    #[test]
    fn s11_a_thousand_million_messages_are_clamped() {
        for count in ["1000000000", "4294967296", "99999999999999999999999999", "1000"] {
            let body = format!("Messages-Waiting: yes\r\nVoice-Message: {count}/{count} ({count}/0)\r\n");
            let found = read(body.as_bytes()).expect("read");
            assert_eq!((found.new, found.old, found.urgent), (Some(MOST), Some(MOST), MOST));
        }
        for count in ["-1", "+5", "0x10", "1e9"] {
            let body = format!("Messages-Waiting: yes\r\nVoice-Message: {count}/0\r\n");
            assert_eq!(read(body.as_bytes()).expect("read").new, None, "{count}");
        }
    }
}
