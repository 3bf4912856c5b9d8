//! Building and reading stanzas: the only helpers over `minidom`, so that no other file spells out its types.

use minidom::{Element, ElementBuilder};
use rxml::NcName;

use crate::model::{Jid, Reason};

/// XML namespaces.
pub(super) mod ns {
    pub(crate) const CLIENT: &str = "jabber:client";
    pub(crate) const STREAM: &str = "http://etherx.jabber.org/streams";
    pub(crate) const STREAM_ERROR: &str = "urn:ietf:params:xml:ns:xmpp-streams";
    pub(crate) const STANZA_ERROR: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";
    pub(crate) const BIND: &str = "urn:ietf:params:xml:ns:xmpp-bind";
    pub(crate) const SM: &str = "urn:xmpp:sm:3";
    pub(crate) const ROSTER: &str = "jabber:iq:roster";
    pub(crate) const ROSTER_VERSIONING: &str = "urn:xmpp:features:rosterver";
    pub(crate) const PRE_APPROVAL: &str = "urn:xmpp:features:pre-approval";
    pub(crate) const BLOCKING: &str = "urn:xmpp:blocking";
    pub(crate) const BLOCKING_ERRORS: &str = "urn:xmpp:blocking:errors";
    pub(crate) const REPORTING: &str = "urn:xmpp:reporting:1";
    pub(crate) const PING: &str = "urn:xmpp:ping";
    pub(crate) const VERSION: &str = "jabber:iq:version";
    pub(crate) const DISCO_INFO: &str = "http://jabber.org/protocol/disco#info";
    pub(crate) const DISCO_ITEMS: &str = "http://jabber.org/protocol/disco#items";
    pub(crate) const CAPS: &str = "http://jabber.org/protocol/caps";
    pub(crate) const RECEIPTS: &str = "urn:xmpp:receipts";
    pub(crate) const MARKERS: &str = "urn:xmpp:chat-markers:0";
    pub(crate) const STANZA_ID: &str = "urn:xmpp:sid:0";
    pub(crate) const DELAY: &str = "urn:xmpp:delay";
    pub(crate) const VCARD_TEMP: &str = "vcard-temp";
    pub(crate) const VCARD_UPDATE: &str = "vcard-temp:x:update";
    pub(crate) const VCARD4: &str = "urn:ietf:params:xml:ns:vcard-4.0";
    pub(crate) const VCARD4_NODE: &str = "urn:xmpp:vcard4";
    pub(crate) const OWN_CALLS: &str = "urn:x-cusax:calls:0";
    pub(crate) const OWN_CALLS_NOTIFY: &str = "urn:x-cusax:calls:0+notify";
    pub(crate) const AVATAR: &str = "urn:xmpp:avatar:metadata";
    pub(crate) const AVATAR_NOTIFY: &str = "urn:xmpp:avatar:metadata+notify";
    pub(crate) const AVATAR_DATA: &str = "urn:xmpp:avatar:data";
    pub(crate) const PICTURE_CONVERSION: &str = "urn:xmpp:pep-vcard-conversion:0";
    pub(crate) const NICK: &str = "http://jabber.org/protocol/nick";
    pub(crate) const NICK_NOTIFY: &str = "http://jabber.org/protocol/nick+notify";
    pub(crate) const LAST: &str = "jabber:iq:last";
    pub(crate) const IDLE: &str = "urn:xmpp:idle:1";
    pub(crate) const PREAUTH: &str = "urn:xmpp:pars:0";
    pub(crate) const COMMANDS: &str = "http://jabber.org/protocol/commands";
    pub(crate) const INVITE: &str = "urn:xmpp:invite#invite";
    pub(crate) const ACTIVITY: &str = "http://jabber.org/protocol/activity";
    pub(crate) const VCARD4_NOTIFY: &str = "urn:xmpp:vcard4+notify";
    pub(crate) const PUBSUB: &str = "http://jabber.org/protocol/pubsub";
    pub(crate) const PUBSUB_EVENT: &str = "http://jabber.org/protocol/pubsub#event";
    pub(crate) const PUBSUB_OWNER: &str = "http://jabber.org/protocol/pubsub#owner";
    pub(crate) const DATA_FORM: &str = "jabber:x:data";
    pub(crate) const SETTINGS: &str = "urn:x-cusax:provisioning:0";
    pub(crate) const EXTERNAL_SERVICES: &str = "urn:xmpp:extdisco:2";
    pub(crate) const UPLOAD: &str = "urn:xmpp:http:upload:0";
    pub(crate) const SIPARK: &str = "http://www.jivesoftware.com/protocol/sipark";
    pub(crate) const CHAT_STATES: &str = "http://jabber.org/protocol/chatstates";
    pub(crate) const CORRECTION: &str = "urn:xmpp:message-correct:0";
    pub(crate) const REPLY: &str = "urn:xmpp:reply:0";
    pub(crate) const FALLBACK: &str = "urn:xmpp:fallback:0";
    pub(crate) const REACTIONS: &str = "urn:xmpp:reactions:0";
    pub(crate) const RETRACT: &str = "urn:xmpp:message-retract:1";
    pub(crate) const STYLING: &str = "urn:xmpp:styling:0";
    pub(crate) const HINTS: &str = "urn:xmpp:hints";
    pub(crate) const OOB: &str = "jabber:x:oob";
    pub(crate) const CARBONS: &str = "urn:xmpp:carbons:2";
    pub(crate) const FORWARD: &str = "urn:xmpp:forward:0";
    pub(crate) const MAM: &str = "urn:xmpp:mam:2";
    pub(crate) const RSM: &str = "http://jabber.org/protocol/rsm";
    pub(crate) const DISPLAYED: &str = "urn:xmpp:mds:displayed:0";
    pub(crate) const DISPLAYED_NOTIFY: &str = "urn:xmpp:mds:displayed:0+notify";
    pub(crate) const MUC_USER: &str = "http://jabber.org/protocol/muc#user";
    pub(crate) const REACH: &str = "urn:xmpp:reach:0";
    pub(crate) const REACH_NOTIFY: &str = "urn:xmpp:reach:0+notify";
    pub(crate) const MUC: &str = "http://jabber.org/protocol/muc";
    pub(crate) const MUC_ADMIN: &str = "http://jabber.org/protocol/muc#admin";
    pub(crate) const MUC_OWNER: &str = "http://jabber.org/protocol/muc#owner";
    pub(crate) const MUC_INFO: &str = "http://jabber.org/protocol/muc#roominfo";
    pub(crate) const MUC_REQUEST: &str = "http://jabber.org/protocol/muc#request";
    pub(crate) const CONFERENCE: &str = "jabber:x:conference";
    pub(crate) const OCCUPANT_ID: &str = "urn:xmpp:occupant-id:0";
    pub(crate) const MODERATE: &str = "urn:xmpp:message-moderate:1";
    pub(crate) const MODERATE_0: &str = "urn:xmpp:message-moderate:0";
    pub(crate) const RETRACT_0: &str = "urn:xmpp:message-retract:0";
    pub(crate) const FASTEN: &str = "urn:xmpp:fasten:0";
    pub(crate) const CALL_INVITES: &str = "urn:xmpp:call-invites:0";
    pub(crate) const CONDESC: &str = "http://jitsi.org/protocol/condesc";
    pub(crate) const BOOKMARKS: &str = "urn:xmpp:bookmarks:1";
    pub(crate) const BOOKMARKS_NOTIFY: &str = "urn:xmpp:bookmarks:1+notify";
    pub(crate) const NOTIFY: &str = "urn:xmpp:notification-settings:1";
    pub(crate) const VERIFIED_MEDIA: &str = "urn:x-cusax:verified-media:0";
    pub(crate) const JINGLE: &str = "urn:xmpp:jingle:1";
    pub(crate) const JINGLE_ERRORS: &str = "urn:xmpp:jingle:errors:1";
    pub(crate) const JINGLE_MESSAGE: &str = "urn:xmpp:jingle-message:0";
    pub(crate) const JINGLE_RTP: &str = "urn:xmpp:jingle:apps:rtp:1";
    pub(crate) const JINGLE_AUDIO: &str = "urn:xmpp:jingle:apps:rtp:audio";
    pub(crate) const JINGLE_INFO: &str = "urn:xmpp:jingle:apps:rtp:info:1";
    pub(crate) const JINGLE_RTCP_FB: &str = "urn:xmpp:jingle:apps:rtp:rtcp-fb:0";
    pub(crate) const JINGLE_HDREXT: &str = "urn:xmpp:jingle:apps:rtp:rtp-hdrext:0";
    pub(crate) const JINGLE_SSMA: &str = "urn:xmpp:jingle:apps:rtp:ssma:0";
    pub(crate) const JINGLE_DTLS: &str = "urn:xmpp:jingle:apps:dtls:0";
    pub(crate) const JINGLE_ICE: &str = "urn:xmpp:jingle:transports:ice-udp:1";
    pub(crate) const JINGLE_GROUP: &str = "urn:xmpp:jingle:apps:grouping:0";
    /// XEP-0338 section 3: how the grouping framework is announced.
    pub(crate) const GROUPING: &str = "urn:ietf:rfc:5888";
    pub(crate) const JINGLE_DTMF: &str = "urn:xmpp:jingle:dtmf:0";
    pub(crate) const PUBLISH_OPTIONS: &str = "http://jabber.org/protocol/pubsub#publish-options";
}

/// Attributes by plain names.
pub(super) trait With {
    /// Sets an attribute; characters that XML 1.0 cannot carry are left out.
    fn with(self, name: &'static str, value: &str) -> Self;
    /// Adds a child with text.
    fn with_text_child(self, name: &'static str, namespace: &'static str, text: &str) -> Self;
}

impl With for ElementBuilder {
    fn with(self, name: &'static str, value: &str) -> Self {
        let name = NcName::try_from(name).expect("attribute names are literals of this folder");
        self.attr(name, xml_text(value))
    }

    fn with_text_child(self, name: &'static str, namespace: &'static str, text: &str) -> Self {
        self.append(Element::builder(name, namespace).append(xml_text(text)).build())
    }
}

/// The text without characters that XML 1.0 cannot carry (section 2.2): a stream would be closed for one.
pub(super) fn xml_text(text: &str) -> String {
    text.chars()
        .filter(|c| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..))
        .collect()
}

/// An `iq` with one payload; without `to` it goes to the own account (RFC 6120 section 8.1.1.1).
pub(super) fn iq(kind: &'static str, id: &str, to: Option<&str>, payload: Option<Element>) -> Element {
    let mut builder = Element::builder("iq", ns::CLIENT).with("type", kind).with("id", id);
    if let Some(to) = to {
        builder = builder.with("to", to);
    }
    builder.append_all(payload).build()
}

/// The answer to a request, to whoever asked.
pub(super) fn iq_result(request: &Element, payload: Option<Element>) -> Element {
    iq("result", request.attr("id").unwrap_or_default(), request.attr("from"), payload)
}

/// The refusal of a request. `service-unavailable` is also what a server answers for somebody who is not there, so it
/// tells a stranger nothing (RFC 6121 section 8.5.3.2.3).
pub(super) fn iq_error(request: &Element, condition: &'static str) -> Element {
    let error = Element::builder("error", ns::CLIENT)
        .with("type", "cancel")
        .append(Element::bare(condition, ns::STANZA_ERROR))
        .build();
    iq("error", request.attr("id").unwrap_or_default(), request.attr("from"), Some(error))
}

/// The defined condition of a stanza or stream error: the element of the error namespace that is not `text`.
pub(super) fn error_condition<'a>(error: &'a Element, namespace: &str) -> Option<&'a str> {
    error.children().find(|child| child.has_ns(namespace) && child.name() != "text").map(Element::name)
}

/// The stanza error as a reason: a stable code and the sender's own words where there are some.
pub(super) fn stanza_error(stanza: &Element) -> Reason {
    let error = stanza.get_child("error", ns::CLIENT);
    // XEP-0191 section 3.5.
    if error.is_some_and(|error| error.has_child("blocked", ns::BLOCKING_ERRORS)) {
        return Reason::new("blocked", "you have blocked this person");
    }
    let condition = error.and_then(|error| error_condition(error, ns::STANZA_ERROR)).unwrap_or("undefined-condition");
    let text = error.and_then(|error| error.get_child("text", ns::STANZA_ERROR)).map(Element::text);
    Reason::new(condition, &text.unwrap_or_else(|| format!("the other side refused it ({condition})")))
}

/// Who a stanza is from, the resource apart. An unreadable address is nobody's.
pub(super) enum Sender {
    /// No `from`: the own account, spoken for by its server (RFC 6120 section 8.1.2.1).
    Absent,
    /// An address.
    Address(Jid, Option<String>),
    /// Not an address at all.
    Unreadable,
}

/// Reads the `from` of a stanza.
pub(super) fn sender(stanza: &Element) -> Sender {
    let Some(from) = stanza.attr("from") else { return Sender::Absent };
    match jid::Jid::new(from) {
        Ok(jid) => {
            let resource = jid.resource().map(|resource| resource.as_str().to_owned());
            Sender::Address(Jid::from(jid.into_bare()), resource)
        }
        Err(_) => Sender::Unreadable,
    }
}
