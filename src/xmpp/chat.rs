//! One-to-one messages: writing ours, and reading theirs with receipts (XEP-0184) and markers (XEP-0333).

use std::sync::Arc;
use std::time::Duration;

use minidom::Element;

use super::outbox::Outgoing;
use super::payload::{LONGEST_ID, Payload};
use super::received::InboundMessage;
use super::stanza::{With, ns};
use crate::model::{ChangeKind, Jid, MessageChange, MessageId, Now, WallTime};

/// A message that leaves so much later than it was written says when it was (XEP-0203).
const LATE: Duration = Duration::from_secs(60);
/// Nothing was sent over XMPP before 1999-01-01.
pub(super) const EARLIEST: WallTime = WallTime::from_unix_ms(915_148_800_000);

/// Our message.
pub(super) fn message(outgoing: &Outgoing, now: Now) -> Element {
    let id = &*outgoing.id.0;
    let mut message = Element::builder("message", ns::CLIENT)
        .with("type", "chat")
        .with("id", id)
        .with("to", outgoing.to.as_str())
        .append_all(outgoing.what.elements())
        .append(Element::builder("origin-id", ns::STANZA_ID).with("id", id).build());
    if now.wall.unix_ms().saturating_sub(outgoing.written.unix_ms()) > LATE.as_millis() as i64 {
        let stamp = outgoing.written.to_rfc3339();
        message = message.append(Element::builder("delay", ns::DELAY).with("stamp", &stamp).build());
    }
    message.build()
}

/// The answer to a receipt request (XEP-0184 section 5.2).
pub(super) fn receipt(to: &str, id: &str, own_id: &str) -> Element {
    Element::builder("message", ns::CLIENT)
        .with("type", "chat")
        .with("id", own_id)
        .with("to", to)
        .append(Element::builder("received", ns::RECEIPTS).with("id", id).build())
        .build()
}

/// What a message is for us.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Somebody wrote.
    Text {
        /// The text, and what belongs to it.
        payload: Box<Payload>,
        /// The id to acknowledge, where a receipt is asked for.
        receipt: Option<String>,
    },
    /// Somebody says something about a message: what, which, and the text.
    Change(ChangeKind, MessageId, Arc<str>),
    /// A message of ours arrived there.
    Delivered(MessageId),
    /// A message of ours was seen there.
    Displayed(MessageId),
    /// A message of ours was refused.
    Refused(MessageId),
    /// Nothing that concerns us.
    Nothing,
}

/// Reads a message.
pub(super) fn content(message: &Element) -> Content {
    let id = message.attr("id").filter(|id| !id.is_empty() && id.len() <= LONGEST_ID);
    match message.attr("type") {
        Some("error") => return id.map_or(Content::Nothing, |id| Content::Refused(MessageId(id.into()))),
        // Rooms and broadcasts are not conversations.
        Some("groupchat" | "headline") => return Content::Nothing,
        // RFC 6121 section 5.2.2: an unknown type is treated as normal.
        Some(_) | None => {}
    }
    let payload = Payload::read(message);
    if let Some((kind, target, text)) = payload.change() {
        return Content::Change(kind, target, text);
    }
    if payload.body.is_some() {
        let receipt = if payload.wants_receipt { id.map(str::to_owned) } else { None };
        return Content::Text { payload: Box::new(payload), receipt };
    }
    if let Some(id) = payload.displayed {
        Content::Displayed(id)
    } else if let Some(id) = payload.received {
        Content::Delivered(id)
    } else {
        Content::Nothing
    }
}

/// A text that came from somebody, with what belongs to it.
pub(super) fn inbound(from: Jid, payload: Payload, time: WallTime) -> InboundMessage {
    InboundMessage {
        file: payload.is_file(),
        reply: payload.reply,
        unstyled: payload.unstyled,
        markable: payload.markable,
        with_state: payload.state.is_some(),
        ..InboundMessage::new(from, payload.body.as_deref().unwrap_or_default(), time)
    }
}

/// What somebody says about a message.
pub(super) fn change(said: (ChangeKind, MessageId, Arc<str>), from: &Jid, time: WallTime) -> Box<MessageChange> {
    let (kind, target, text) = said;
    Box::new(MessageChange { kind, target: target.0, from: from.clone(), nick: None, occupant: None, time, text })
}

/// The sender's id of a message, where it is one to be kept.
pub(super) fn stanza_id(message: &Element) -> Option<String> {
    message.attr("id").filter(|id| !id.is_empty() && id.len() <= LONGEST_ID).map(str::to_owned)
}

/// The sender's `origin-id` (XEP-0359 section 3.2), where it is one to be kept.
pub(super) fn origin_id(message: &Element) -> Option<String> {
    let id = message.get_child("origin-id", ns::STANZA_ID)?.attr("id")?;
    Some(id).filter(|id| !id.is_empty() && id.len() <= LONGEST_ID).map(str::to_owned)
}

/// The archive id that our own account's server gave (XEP-0359 section 5: only `by` the own account counts; X12).
pub(super) fn archive_id(message: &Element, own: &Jid) -> Option<String> {
    message
        .children()
        .filter(|child| child.is("stanza-id", ns::STANZA_ID))
        .find(|child| child.attr("by").is_some_and(|by| Jid::parse(by).as_ref() == Ok(own)))
        .and_then(|child| child.attr("id"))
        .filter(|id| !id.is_empty() && id.len() <= LONGEST_ID)
        .map(str::to_owned)
}

/// When a message was sent: an honest delay stamp of our own server, else the time of arrival (X16).
pub(super) fn time(message: &Element, own: &Jid, now: WallTime) -> WallTime {
    message
        .children()
        .filter(|child| child.is("delay", ns::DELAY))
        .filter(|child| is_from_server(child, own))
        .find_map(|child| WallTime::parse_rfc3339(child.attr("stamp")?))
        .filter(|stamp| (EARLIEST..=now).contains(stamp))
        .unwrap_or(now)
}

/// Whether our server kept a message before it gave it to us (XEP-0160).
pub(super) fn was_kept(message: &Element, own: &Jid) -> bool {
    message.children().any(|child| child.is("delay", ns::DELAY) && is_from_server(child, own))
}

fn is_from_server(delay: &Element, own: &Jid) -> bool {
    let from = delay.attr("from").and_then(|from| Jid::parse(from).ok());
    from.is_some_and(|from| from == *own || from.as_str() == own.domain())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(inner: &str) -> Element {
        format!("<message xmlns='jabber:client' {inner}</message>").parse().expect("valid")
    }

    #[test]
    fn what_a_message_is_for_us() {
        let text = read("type='chat' id='1'><body>hi</body><request xmlns='urn:xmpp:receipts'/>");
        let payload = Payload { body: Some("hi".into()), wants_receipt: true, ..Payload::default() };
        assert_eq!(content(&text), Content::Text { payload: Box::new(payload), receipt: Some("1".into()) });
        for nothing in [
            "type='groupchat' id='1'><body>hi</body>",
            "type='headline'><body>hi</body>",
            "type='chat'><body/>",
            "type='error'><body>hi</body>",
            "><received xmlns='urn:xmpp:receipts'/>",
        ] {
            assert_eq!(content(&read(nothing)), Content::Nothing, "{nothing}");
        }
        let seen = read("><displayed xmlns='urn:xmpp:chat-markers:0' id='7'/>");
        assert_eq!(content(&seen), Content::Displayed(MessageId("7".into())));
        let refused = read("type='error' id='7'><body>hi</body><error/>");
        assert_eq!(content(&refused), Content::Refused(MessageId("7".into())));
    }

    #[test]
    fn x12_only_the_own_servers_archive_id_counts() {
        let own = Jid::parse("alice@example.com").expect("valid");
        let message = read(
            "><stanza-id xmlns='urn:xmpp:sid:0' by='evil.example' id='bad'/>\
             <stanza-id xmlns='urn:xmpp:sid:0' by='alice@example.com' id='good'/>",
        );
        assert_eq!(archive_id(&message, &own).as_deref(), Some("good"));
    }

    #[test]
    fn x16_a_delay_stamp_counts_only_from_the_own_server_and_within_reason() {
        let own = Jid::parse("alice@example.com").expect("valid");
        let now = WallTime::parse_rfc3339("2026-11-22T10:00:00Z").expect("valid");
        let at = |from: &str, stamp: &str| {
            time(&read(&format!("><delay xmlns='urn:xmpp:delay' from='{from}' stamp='{stamp}'/>")), &own, now)
        };
        let honest = "2026-11-21T10:00:00Z";
        assert_eq!(Some(at("example.com", honest)), WallTime::parse_rfc3339(honest));
        assert_eq!(Some(at("alice@example.com", honest)), WallTime::parse_rfc3339(honest));
        assert_eq!(at("bob@example.com", honest), now);
        for absurd in ["9999-12-31T23:59:59Z", "1900-01-01T00:00:00Z", "-1", "", &"9".repeat(30)] {
            assert_eq!(at("example.com", absurd), now, "{absurd}");
        }
    }
}
