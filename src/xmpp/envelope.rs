//! Messages inside of messages: copies of what other devices of ours send and get (XEP-0280), and results of archives
//! (XEP-0313). Whose word counts for what is inside is decided here and nowhere else.

use minidom::Element;

use super::chat::{self, Content};
use super::payload::LONGEST_ID;
use super::received::{Arrival, Inbound, InboundMessage};
use super::stanza::{Sender, ns, sender};
use crate::model::{ConversationKind, Delivery, Jid, MessageDirection, WallTime};

/// A message without its wrapping.
#[derive(Debug)]
pub(super) struct Enveloped<'a> {
    pub(super) message: &'a Element,
    pub(super) from: Jid,
    pub(super) resource: Option<String>,
    /// The conversation.
    pub(super) with: Jid,
    /// Whether we wrote it, on another device.
    pub(super) direction: MessageDirection,
    pub(super) arrival: Arrival,
    pub(super) archive_id: Option<String>,
    pub(super) time: WallTime,
}

/// What a message is around.
#[derive(Debug)]
pub(super) enum Wrapping<'a> {
    /// Nothing: it speaks for itself.
    None,
    /// A copy for this device, and what it holds; absent: it is forged or nothing that can be one.
    Copy(Option<(MessageDirection, &'a Element)>),
    /// A result of an archive.
    Result(&'a Element),
}

/// Looks what a message is around. Copies count only from the own account's bare address, exactly (X01, X02), and after they
/// were asked for (X03).
pub(super) fn wrapping<'a>(message: &'a Element, from: &Sender, own: &Jid, copies: bool) -> Wrapping<'a> {
    if let Some(result) = message.get_child("result", ns::MAM) {
        return Wrapping::Result(result);
    }
    let sent = message.get_child("sent", ns::CARBONS);
    let (direction, wrapper) = match (sent, message.get_child("received", ns::CARBONS)) {
        (Some(sent), None) => (MessageDirection::Out, sent),
        (None, Some(received)) => (MessageDirection::In, received),
        (Some(_), Some(_)) => return Wrapping::Copy(None),
        (None, None) => return Wrapping::None,
    };
    let ours = match from {
        Sender::Absent => true,
        Sender::Address(jid, resource) => jid == own && resource.is_none(),
        Sender::Unreadable => false,
    };
    let inner = forwarded(wrapper).filter(|inner| ours && copies && may_be_inside(inner));
    Wrapping::Copy(inner.map(|inner| (direction, inner)))
}

/// The message inside of `<forwarded/>` (XEP-0297).
fn forwarded(wrapper: &Element) -> Option<&Element> {
    wrapper.get_child("forwarded", ns::FORWARD)?.get_child("message", ns::CLIENT)
}

/// What is inside of something is never around something itself (X04), and rooms have no copies (X05): what a room says it
/// says to each device, and a private message of a room is none of a person.
fn may_be_inside(inner: &Element) -> bool {
    let wraps = [
        ("sent", ns::CARBONS),
        ("received", ns::CARBONS),
        ("result", ns::MAM),
        ("event", ns::PUBSUB_EVENT),
        ("forwarded", ns::FORWARD),
        ("x", ns::MUC_USER),
    ];
    !matches!(inner.attr("type"), Some("groupchat" | "error" | "headline"))
        && !wraps.iter().any(|(name, namespace)| inner.has_child(name, *namespace))
}

/// A copy, read: what was sent is from us, what was received is to us.
pub(super) fn copy<'a>(
    direction: MessageDirection,
    inner: &'a Element,
    own: &Jid,
    archive: bool,
    now: WallTime,
) -> Option<Enveloped<'a>> {
    let (from, resource, with) = parties(inner, own)?;
    let sent = from == *own;
    if sent != (direction == MessageDirection::Out) {
        return None;
    }
    Some(Enveloped {
        message: inner,
        from,
        resource,
        with,
        direction,
        arrival: Arrival::Copy,
        archive_id: archive.then(|| chat::archive_id(inner, own)).flatten(),
        time: chat::time(inner, own, now),
    })
}

/// A result of the own archive: its name there, when it was kept, and the message where it is one that can be shown.
pub(super) fn result<'a>(
    result: &'a Element,
    own: &Jid,
    latest: WallTime,
) -> Option<(String, WallTime, Option<Enveloped<'a>>)> {
    let id = result.attr("id").filter(|id| !id.is_empty() && id.len() <= LONGEST_ID)?.to_owned();
    let forwarded = result.get_child("forwarded", ns::FORWARD)?;
    let stamp = forwarded.get_child("delay", ns::DELAY)?.attr("stamp")?;
    let time = WallTime::parse_rfc3339(stamp)?.clamp(chat::EARLIEST, latest);
    let inner = forwarded.get_child("message", ns::CLIENT).filter(|inner| may_be_inside(inner));
    let enveloped = inner.and_then(|inner| {
        let (from, resource, with) = parties(inner, own)?;
        let direction = if from == *own { MessageDirection::Out } else { MessageDirection::In };
        Some(Enveloped {
            message: inner,
            from,
            resource,
            with,
            direction,
            arrival: Arrival::Archive,
            archive_id: Some(id.clone()),
            time,
        })
    });
    Some((id, time, enveloped))
}

/// Who wrote a message of the own account, over which connection, and in which conversation.
fn parties(inner: &Element, own: &Jid) -> Option<(Jid, Option<String>, Jid)> {
    let to = inner.attr("to").map(Jid::parse_dropping_resource);
    match (sender(inner), to) {
        (Sender::Unreadable, _) | (_, Some(Err(_))) => None,
        // RFC 6120 section 8.1.1.1: without an address it is to the own account.
        (Sender::Absent, to) => Some((own.clone(), None, to.and_then(Result::ok).unwrap_or_else(|| own.clone()))),
        (Sender::Address(from, resource), Some(Ok(to))) if from == *own => Some((from, resource, to)),
        (Sender::Address(from, resource), to) => {
            let ours = to.and_then(Result::ok).is_none_or(|to| to == *own);
            ours.then(|| (from.clone(), resource, from))
        }
    }
}

impl Enveloped<'_> {
    /// What the message is for us.
    pub(super) fn read(&self) -> Option<Inbound> {
        let ours = self.direction == MessageDirection::Out;
        let delivery = |id, delivery| Some(Inbound::Delivery { id, with: self.with.clone(), delivery });
        match chat::content(self.message) {
            Content::Text { payload, .. } => Some(Inbound::Message(Box::new(InboundMessage {
                stanza_id: chat::stanza_id(self.message),
                origin_id: chat::origin_id(self.message),
                archive_id: self.archive_id.clone(),
                with: self.with.clone(),
                kind: ConversationKind::Person,
                resource: self.resource.clone(),
                direction: self.direction,
                arrival: self.arrival,
                // What somebody does was true when it was written.
                with_state: false,
                ..chat::inbound(self.from.clone(), *payload, self.time)
            }))),
            Content::Change(kind, target, text) => Some(Inbound::Change {
                with: self.with.clone(),
                change: chat::change((kind, target, text), &self.from, self.time),
            }),
            Content::Displayed(id) if ours => Some(Inbound::Read { id, with: self.with.clone() }),
            Content::Displayed(id) => delivery(id, Delivery::Displayed),
            Content::Delivered(id) if !ours => delivery(id, Delivery::Delivered),
            Content::Delivered(_) | Content::Refused(_) | Content::Nothing => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> Jid {
        Jid::parse("alice@example.com").expect("valid")
    }

    fn element(text: &str) -> Element {
        text.parse().expect("valid")
    }

    fn carbon(from: &str, side: &str, inner: &str) -> Element {
        element(&format!(
            "<message xmlns='jabber:client' {from}><{side} xmlns='urn:xmpp:carbons:2'><forwarded \
             xmlns='urn:xmpp:forward:0'>{inner}</forwarded></{side}></message>"
        ))
    }

    fn read(message: &Element, copies: bool) -> Option<Inbound> {
        let from = sender(message);
        match wrapping(message, &from, &own(), copies) {
            Wrapping::Copy(Some((direction, inner))) => {
                copy(direction, inner, &own(), true, WallTime::from_unix_ms(1_700_000_000_000))?.read()
            }
            Wrapping::Copy(None) => None,
            Wrapping::None | Wrapping::Result(_) => panic!("a copy"),
        }
    }

    const THEIRS: &str = "<message xmlns='jabber:client' from='bob@example.com/phone' to='alice@example.com/x' type='chat' id='1'>\
         <body>hi</body></message>";
    const OURS: &str = "<message xmlns='jabber:client' from='alice@example.com/x' to='bob@example.com' type='chat' id='1'>\
         <body>hi</body></message>";

    #[test]
    fn a_copy_belongs_to_the_conversation_of_its_message() {
        for (side, inner, direction) in
            [("received", THEIRS, MessageDirection::In), ("sent", OURS, MessageDirection::Out)]
        {
            for from in ["", "from='alice@example.com'"] {
                let Some(Inbound::Message(message)) = read(&carbon(from, side, inner), true) else { panic!("{side}") };
                assert_eq!((message.with.as_str(), message.direction), ("bob@example.com", direction));
                assert_eq!(message.arrival, Arrival::Copy);
            }
        }
        let seen = OURS.replace("<body>hi</body>", "<displayed xmlns='urn:xmpp:chat-markers:0' id='7'/>");
        assert!(matches!(read(&carbon("", "sent", &seen), true), Some(Inbound::Read { id, .. }) if &*id.0 == "7"));
    }

    #[test]
    fn x01_x02_x03_only_the_own_accounts_server_copies_and_only_when_asked() {
        for (side, inner) in [("received", THEIRS), ("sent", OURS)] {
            for from in [
                "mallory@evil.example",
                "alice@example.com/x",
                "example.com",
                "alice@example.com.evil.example",
                "аlice@example.com",
                "bob@example.com",
                "@",
            ] {
                assert_eq!(read(&carbon(&format!("from='{from}'"), side, inner), true), None, "{from}");
            }
            assert_eq!(read(&carbon("from='alice@example.com'", side, inner), false), None, "nobody asked");
            assert_eq!(read(&carbon("", side, inner), false), None, "nobody asked");
        }
        // What was "sent" by somebody else, or "received" from us.
        assert_eq!(read(&carbon("", "sent", THEIRS), true), None);
        assert_eq!(read(&carbon("", "received", OURS), true), None);
        let foreign = THEIRS.replace("alice@example.com/x", "carol@example.com");
        assert_eq!(read(&carbon("", "received", &foreign), true), None, "to somebody else");
    }

    #[test]
    fn x04_what_is_inside_is_never_around_something() {
        let nested = carbon("from='alice@example.com'", "received", THEIRS);
        let iq = "<iq xmlns='jabber:client' type='set' id='1'><query xmlns='jabber:iq:roster'/></iq>";
        let presence = "<presence xmlns='jabber:client' from='bob@example.com/x'/>";
        let event = THEIRS.replace("<body>", "<event xmlns='http://jabber.org/protocol/pubsub#event'/><body>");
        for inner in [String::from(&nested), iq.into(), presence.into(), event] {
            assert_eq!(read(&carbon("", "received", &inner), true), None, "{inner}");
        }
        let around = format!(
            "<result xmlns='urn:xmpp:mam:2' id='a'><forwarded xmlns='urn:xmpp:forward:0'>\
            <delay xmlns='urn:xmpp:delay' stamp='2026-11-22T10:00:00Z'/>{}</forwarded></result>",
            String::from(&nested)
        );
        let around = element(&around);
        let (_, _, inside) = result(&around, &own(), WallTime::from_unix_ms(i64::MAX)).expect("a result");
        assert!(inside.is_none());
    }

    #[test]
    fn x05_a_rooms_messages_are_never_copied_into_a_conversation() {
        let room = THEIRS.replace("type='chat'", "type='groupchat'");
        assert_eq!(read(&carbon("", "received", &room), true), None);
        let private = THEIRS.replace("<body>", "<x xmlns='http://jabber.org/protocol/muc#user'/><body>");
        assert_eq!(read(&carbon("", "received", &private), true), None);
    }

    #[test]
    fn a_result_without_name_or_time_is_none() {
        let whole = format!(
            "<result xmlns='urn:xmpp:mam:2' id='a'><forwarded xmlns='urn:xmpp:forward:0'>\
            <delay xmlns='urn:xmpp:delay' stamp='2026-11-22T10:00:00Z'/>{THEIRS}</forwarded></result>"
        );
        let latest = WallTime::parse_rfc3339("2026-11-23T00:00:00Z").expect("valid");
        let good = element(&whole);
        let (id, time, inside) = result(&good, &own(), latest).expect("a result");
        assert_eq!((id.as_str(), Some(time)), ("a", WallTime::parse_rfc3339("2026-11-22T10:00:00Z")));
        assert!(matches!(inside.and_then(|inside| inside.read()), Some(Inbound::Message(_))));
        for (part, without) in
            [(" id='a'", ""), ("2026-11-22T10:00:00Z", "yesterday"), ("urn:xmpp:forward:0", "urn:other")]
        {
            let broken = element(&whole.replacen(part, without, 1));
            assert!(result(&broken, &own(), latest).is_none(), "{part}");
        }
        let far = element(&whole.replace("2026-11-22", "9999-11-22"));
        assert_eq!(result(&far, &own(), latest).expect("a result").1, latest);
    }
}
