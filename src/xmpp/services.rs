//! Servers that help calls to find paths, as the account's own chat server names them (XEP-0215): STUN and TURN, the latter with
//! a name and a password that last for some time only.

use std::sync::Arc;

use minidom::Element;

use super::boundary::Event;
use super::iq::Purpose;
use super::session::{Link, SessionMachine};
use super::stanza::{With, ns};
use crate::model::{ExternalService, Jid, Now, Transport, WallTime};

/// Services that are taken. When more: the rest does not count.
const MOST_SERVICES: usize = 8;
/// The longest host name, in bytes (RFC 1035 section 2.3.4). When longer: not a service.
const LONGEST_HOST: usize = 255;
/// The longest name and the longest password, in bytes (RFC 8489 section 14.3). When longer: not a service.
const LONGEST_LOGIN: usize = 508;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Which services there are (XEP-0215 section 3.1).
    List,
    /// How to get in at one of those that lack it (section 3.3), by its place among them.
    Credentials(usize),
}

/// What the server named.
#[derive(Debug, Default)]
pub(super) struct Services {
    known: Vec<ExternalService>,
    /// Relays that were named without a name and a password for them, and the word for their kind.
    lacking: Vec<(&'static str, ExternalService)>,
}

impl SessionMachine {
    /// Asks the server of the account; without a connection nothing comes back.
    pub(super) fn ask_services(&mut self, now: Now) {
        self.query_services(Step::List, Element::bare("services", ns::EXTERNAL_SERVICES), now);
    }

    fn query_services(&mut self, step: Step, payload: Element, now: Now) {
        let Ok(server) = Jid::parse(self.own.domain()) else { return };
        if self.link == Link::Online {
            // Where too much is open already the question is left out, and asked again with the next connection.
            let _ = self.query(Some(&server), Purpose::Services(step), payload, now);
        }
    }

    /// The answer. A server that knows nothing of it, or does not answer, has none.
    pub(super) fn services_answered(&mut self, step: Step, answer: Option<&Element>, now: Now) {
        let Some(result) = answer.filter(|iq| iq.attr("type") == Some("result")) else { return };
        match step {
            Step::List => {
                let Some(services) = result.get_child("services", ns::EXTERNAL_SERVICES) else { return };
                let (known, lacking) = read(services);
                self.services = Services { known, lacking };
                for at in 0..self.services.lacking.len() {
                    self.ask_credentials(at, now);
                }
            }
            Step::Credentials(at) => {
                let Some(credentials) = result.get_child("credentials", ns::EXTERNAL_SERVICES) else { return };
                let Some((kind, service)) = self.services.lacking.get(at) else { return };
                let Some(complete) = completed(kind, service, credentials) else { return };
                // One that was told already got another password.
                self.services.known.retain(|known| !is_same(known, &complete));
                self.services.known.push(complete);
            }
        }
        self.event(Event::Services(self.services.known.clone()));
    }

    fn ask_credentials(&mut self, at: usize, now: Now) {
        let Some((kind, service)) = self.services.lacking.get(at) else { return };
        let port = service.port.to_string();
        let asked = Element::builder("service", ns::EXTERNAL_SERVICES)
            .with("type", kind)
            .with("host", &service.host)
            .with("port", &port)
            .build();
        let payload = Element::builder("credentials", ns::EXTERNAL_SERVICES).append(asked).build();
        self.query_services(Step::Credentials(at), payload, now);
    }
}

fn is_same(one: &ExternalService, other: &ExternalService) -> bool {
    (one.relay, &one.host, one.port, one.transport) == (other.relay, &other.host, other.port, other.transport)
}

/// The service with what lets us in there. What the answer does not repeat is as it was asked for.
fn completed(kind: &str, asked: &ExternalService, credentials: &Element) -> Option<ExternalService> {
    let told = credentials.children().filter(|child| child.is("service", ns::EXTERNAL_SERVICES)).find(|child| {
        let port = child.attr("port").map(str::parse::<u16>);
        child.attr("type") == Some(kind)
            && child.attr("host").map(bare_host) == Some(&*asked.host)
            && port.is_none_or(|port| port == Ok(asked.port))
    })?;
    let (login, expires) = (login(told)?, expires(told));
    Some(ExternalService { login: Some(login), expires, ..asked.clone() })
}

/// Those that can be used as they are, and those that ask for more; [`MOST_SERVICES`] of both together.
fn read(services: &Element) -> (Vec<ExternalService>, Vec<(&'static str, ExternalService)>) {
    let listed = services.children().filter(|child| child.is("service", ns::EXTERNAL_SERVICES));
    let (mut known, mut lacking) = (Vec::new(), Vec::new());
    for (kind, service) in listed.filter_map(service).take(MOST_SERVICES) {
        // A relay lets nobody in without a name and a password.
        if service.relay && service.login.is_none() {
            lacking.push((kind, service));
        } else {
            known.push(service);
        }
    }
    (known, lacking)
}

fn bare_host(host: &str) -> &str {
    host.trim_matches(['[', ']'])
}

fn login(element: &Element) -> Option<(Arc<str>, Arc<str>)> {
    let text = |name: &str| {
        element.attr(name).filter(|text| !text.is_empty() && text.len() <= LONGEST_LOGIN).map(Arc::<str>::from)
    };
    text("username").zip(text("password"))
}

fn expires(element: &Element) -> Option<WallTime> {
    element.attr("expires").and_then(WallTime::parse_rfc3339)
}

/// One that can be used; others, like those of other kinds, are left out.
fn service(element: &Element) -> Option<(&'static str, ExternalService)> {
    let (kind, relay, secure) = match element.attr("type")? {
        "stun" => ("stun", false, false),
        "turn" => ("turn", true, false),
        "turns" => ("turns", true, true),
        _ => return None,
    };
    let transport = match (secure, element.attr("transport")) {
        (false, None | Some("udp")) => Transport::Udp,
        (false, Some("tcp")) if relay => Transport::Tcp,
        (true, None | Some("tcp")) => Transport::Tls,
        (_, _) => return None,
    };
    let host = element.attr("host").map(bare_host)?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':' | b'_');
    if host.is_empty() || host.len() > LONGEST_HOST || !host.bytes().all(is_name) {
        return None;
    }
    let port = match element.attr("port") {
        Some(port) => port.parse().ok().filter(|port| *port != 0)?,
        None if secure => 5349,
        None => 3478,
    };
    let login = login(element).filter(|_| relay);
    Some((kind, ExternalService { relay, host: host.into(), port, transport, login, expires: expires(element) }))
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
        let (known, lacking) = read(&text.parse().expect("valid"));
        let lacking = lacking.into_iter().map(|(kind, service)| format!("{kind}? {}", shown(service)));
        known.into_iter().map(shown).chain(lacking).collect()
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
            ("<service type='turn' host='relay.example.com'/>", Some("turn? true relay.example.com:3478 Udp")),
            (
                "<service type='turns' host='relay.example.com' restricted='1' username='a' password=''/>",
                Some("turns? true relay.example.com:5349 Tls"),
            ),
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

    #[test]
    fn a_password_is_taken_for_the_relay_that_it_was_asked_for_and_for_no_other() {
        let relay = "<service xmlns='urn:xmpp:extdisco:2' type='turn' host='relay.example.com'/>";
        let (kind, asked) = service(&relay.parse().expect("valid")).expect("a relay");
        let with = |inside: &str| {
            let text = format!("<credentials xmlns='urn:xmpp:extdisco:2'>{inside}</credentials>");
            completed(kind, &asked, &text.parse().expect("valid")).and_then(|service| service.login)
        };
        let login = Some(("a".into(), "b".into()));
        assert_eq!(with("<service type='turn' host='relay.example.com' username='a' password='b'/>"), login);
        assert_eq!(
            with("<service type='turn' host='relay.example.com' port='3478' username='a' password='b'/>"),
            login
        );
        for other in [
            "<service type='turn' host='evil.example' username='a' password='b'/>",
            "<service type='turns' host='relay.example.com' username='a' password='b'/>",
            "<service type='turn' host='relay.example.com' port='9' username='a' password='b'/>",
            "<service type='turn' host='relay.example.com' username='a'/>",
            "",
        ] {
            assert_eq!(with(other), None, "{other}");
        }
    }
}
