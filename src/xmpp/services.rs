//! Servers that help calls to find paths, as the account's own chat server names them (XEP-0215): STUN and TURN, the latter with
//! a name and a password that last for some time only.

use std::sync::Arc;

use minidom::Element;

use super::boundary::Event;
use super::iq::Purpose;
use super::session::{Link, SessionMachine};
use super::stanza::ns;
use crate::model::{ExternalService, Jid, Now, Transport, WallTime};

/// Services that are taken. When more: the rest does not count.
const MOST_SERVICES: usize = 8;
/// The longest host name, in bytes (RFC 1035 section 2.3.4). When longer: not a service.
const LONGEST_HOST: usize = 255;
/// The longest name and the longest password, in bytes (RFC 8489 section 14.3). When longer: not a service.
const LONGEST_LOGIN: usize = 508;

impl SessionMachine {
    /// Asks the server of the account; without a connection nothing comes back.
    pub(super) fn ask_services(&mut self, now: Now) {
        let Ok(server) = Jid::parse(self.own.domain()) else { return };
        if self.link == Link::Online {
            // Where too much is open already the question is left out, and asked again with the next connection.
            let _ = self.query(Some(&server), Purpose::Services, Element::bare("services", ns::EXTERNAL_SERVICES), now);
        }
    }

    /// The answer. A server that knows nothing of it, or does not answer, has none.
    pub(super) fn services_answered(&mut self, answer: Option<&Element>) {
        let result = answer.filter(|iq| iq.attr("type") == Some("result"));
        let services = result.and_then(|iq| iq.get_child("services", ns::EXTERNAL_SERVICES)).map(read);
        if let Some(services) = services {
            self.event(Event::Services(services));
        }
    }
}

fn read(services: &Element) -> Vec<ExternalService> {
    let listed = services.children().filter(|child| child.is("service", ns::EXTERNAL_SERVICES));
    listed.filter_map(service).take(MOST_SERVICES).collect()
}

/// One that can be used; others, like those of other kinds, are left out.
fn service(element: &Element) -> Option<ExternalService> {
    let (relay, secure) = match element.attr("type")? {
        "stun" => (false, false),
        "turn" => (true, false),
        "turns" => (true, true),
        _ => return None,
    };
    let transport = match (secure, element.attr("transport")) {
        (false, None | Some("udp")) => Transport::Udp,
        (false, Some("tcp")) if relay => Transport::Tcp,
        (true, None | Some("tcp")) => Transport::Tls,
        (_, _) => return None,
    };
    let host = element.attr("host").map(|host| host.trim_matches(['[', ']']))?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':' | b'_');
    if host.is_empty() || host.len() > LONGEST_HOST || !host.bytes().all(is_name) {
        return None;
    }
    let port = match element.attr("port") {
        Some(port) => port.parse().ok().filter(|port| *port != 0)?,
        None if secure => 5349,
        None => 3478,
    };
    let text = |name: &str| {
        element.attr(name).filter(|text| !text.is_empty() && text.len() <= LONGEST_LOGIN).map(Arc::<str>::from)
    };
    let login = text("username").zip(text("password")).filter(|_| relay);
    if relay && login.is_none() {
        // A relay lets nobody in without.
        return None;
    }
    let expires = element.attr("expires").and_then(WallTime::parse_rfc3339);
    Some(ExternalService { relay, host: host.into(), port, transport, login, expires })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(inside: &str) -> Vec<String> {
        let text = format!("<services xmlns='urn:xmpp:extdisco:2'>{inside}</services>");
        let shown = |service: ExternalService| {
            let login = service.login.map(|(name, password)| format!(" {name}/{password}")).unwrap_or_default();
            let until = service.expires.map(|time| format!(" until {}", time.unix_ms() / 1000)).unwrap_or_default();
            format!("{} {}:{} {:?}{login}{until}", service.relay, service.host, service.port, service.transport)
        };
        read(&text.parse().expect("valid")).into_iter().map(shown).collect()
    }

    #[test]
    fn services_are_read_or_left_out_row_by_row() {
        let rows: &[(&str, Option<&str>)] = &[
            ("<service type='stun' host='stun.example.com'/>", Some("false stun.example.com:3478 Udp")),
            ("<service type='stun' host='192.0.2.1' port='9998' transport='udp'/>", Some("false 192.0.2.1:9998 Udp")),
            (
                "<service type='turn' host='relay.example.com' port='3479' transport='tcp' username='1:a' password='b' \
                 expires='2030-01-01T00:00:00Z' restricted='1'/>",
                Some("true relay.example.com:3479 Tcp 1:a/b until 1893456000"),
            ),
            (
                "<service type='turns' host='[2001:db8::1]' username='a' password='b'/>",
                Some("true 2001:db8::1:5349 Tls a/b"),
            ),
            ("<service type='turn' host='relay.example.com'/>", None),
            ("<service type='turn' host='relay.example.com' username='a' password=''/>", None),
            ("<service type='stun' host='stun.example.com' transport='tcp'/>", None),
            ("<service type='turns' host='x' transport='udp' username='a' password='b'/>", None),
            ("<service type='ftp' host='ftp.example.com'/>", None),
            ("<service type='stun' host='stun.example.com' port='0'/>", None),
            ("<service type='stun' host='stun.example.com' port='99999'/>", None),
            ("<service type='stun' host='a b'/>", None),
            ("<service type='stun'/>", None),
        ];
        for (text, expected) in rows {
            assert_eq!(all(text).first().map(String::as_str), *expected, "{text}");
        }
        assert_eq!(all(&"<service type='stun' host='a'/>".repeat(1_000)).len(), MOST_SERVICES);
        assert!(all(&format!("<service type='stun' host='{}'/>", "a".repeat(256))).is_empty());
    }
}
