//! Jingle written as elements.

use minidom::Element;

use super::super::stanza::{With, ns};
use super::description::{Description, Format, Transport};
use super::extras;
use crate::model::FullJid;
use crate::sdp::Candidate;

/// A `<jingle/>` with an action (XEP-0166 section 7.2).
pub(super) fn jingle(action: &str, sid: &str, inside: impl IntoIterator<Item = Element>) -> Element {
    Element::builder("jingle", ns::JINGLE).with("action", action).with("sid", sid).append_all(inside).build()
}

/// The same with who began it or answers it, which only the first two actions say.
pub(super) fn opening(action: &str, sid: &str, role: &'static str, who: &FullJid, inside: Vec<Element>) -> Element {
    Element::builder("jingle", ns::JINGLE)
        .with("action", action)
        .with("sid", sid)
        .with(role, who.as_str())
        .append_all(inside)
        .build()
}

/// A content of that name with something in it. All contents of ours are made by whoever began the session.
pub(super) fn part(name: &str, inside: impl IntoIterator<Item = Element>) -> Element {
    Element::builder("content", ns::JINGLE).with("creator", "initiator").with("name", name).append_all(inside).build()
}

/// The whole content, and the group that it is in (XEP-0338): what answers names only a group that was offered (RFC 5888
/// section 9.2). `grouped`: the offer named one, or this is the offer.
pub(super) fn content(about: &Description, initiator: bool, grouped: bool) -> Vec<Element> {
    let mut description = Element::builder("description", ns::JINGLE_RTP).with("media", "audio");
    if let Some(ptime) = about.ptime {
        description = description.with("ptime", &ptime.to_string());
    }
    if let Some(maxptime) = about.maxptime {
        description = description.with("maxptime", &maxptime.to_string());
    }
    let mux = about.rtcp_mux.then(|| Element::bare("rtcp-mux", ns::JINGLE_RTP));
    let description = description.append_all(about.formats.iter().map(format)).append_all(mux).build();
    let content = Element::builder("content", ns::JINGLE)
        .with("creator", "initiator")
        .with("name", &about.name)
        .with("senders", about.direction.senders(initiator))
        .append_all([description, transport(&about.transport)])
        .build();
    let group = grouped.then(|| extras::bundle(&about.name));
    std::iter::once(content).chain(group).collect()
}

fn format(format: &Format) -> Element {
    let mut element = Element::builder("payload-type", ns::JINGLE_RTP)
        .with("id", &format.id.to_string())
        .with("name", &format.name)
        .with("clockrate", &format.clock_hz.to_string());
    if format.channels != 1 {
        element = element.with("channels", &format.channels.to_string());
    }
    let parameters = format.parameters.iter().map(|(name, value)| {
        Element::builder("parameter", ns::JINGLE_RTP).with("name", name).with("value", value).build()
    });
    element.append_all(parameters).build()
}

/// A `<transport/>` (XEP-0176 section 5.3).
pub(super) fn transport(about: &Transport) -> Element {
    let mut element = Element::builder("transport", ns::JINGLE_ICE);
    if let Some(credentials) = &about.credentials {
        element = element.with("ufrag", &credentials.fragment).with("pwd", &credentials.password);
    }
    let fingerprints = about.fingerprints.iter().filter_map(|line| {
        let (hash, digest) = line.split_once(' ')?;
        let element = Element::builder("fingerprint", ns::JINGLE_DTLS).with("hash", hash);
        Some(element.with("setup", about.setup.unwrap_or("actpass")).append(digest).build())
    });
    let candidates = about.candidates.iter().enumerate().map(|(at, one)| candidate(at, one));
    element.append_all(fingerprints).append_all(candidates).build()
}

fn candidate(at: usize, candidate: &Candidate) -> Element {
    let Candidate { foundation, component, priority, address, kind, related } = candidate;
    let element = Element::builder("candidate", ns::JINGLE_ICE)
        .with("component", &component.to_string())
        .with("foundation", foundation)
        .with("generation", "0")
        .with("id", &format!("c{at}-{component}-{}", address.port()))
        .with("ip", &address.ip().to_string())
        .with("network", "0")
        .with("port", &address.port().to_string())
        .with("priority", &priority.to_string())
        .with("protocol", "udp")
        .with("type", kind.name());
    match related {
        Some(related) => {
            element.with("rel-addr", &related.ip().to_string()).with("rel-port", &related.port().to_string()).build()
        }
        None => element.build(),
    }
}

/// What is said beside the negotiation (XEP-0167 section 9).
pub(super) fn info(name: &'static str, content: Option<&str>) -> Element {
    let element = Element::builder(name, ns::JINGLE_INFO);
    match content {
        Some(content) => element.with("creator", "initiator").with("name", content).build(),
        None => element.build(),
    }
}

/// A message of XEP-0353, which archives keep and servers copy to the other devices.
pub(super) fn message(to: &str, id: &str, payload: Element) -> Element {
    Element::builder("message", ns::CLIENT)
        .with("type", "chat")
        .with("to", to)
        .with("id", id)
        .append(payload)
        .append(Element::bare("store", ns::HINTS))
        .build()
}
