//! Servers that help calls, as the chat server names them (XEP-0215).

use minidom::Element;
use tandem::xmpp::{Command, Event};

use super::world::element;
use super::xmpp_session::{drain, online};

#[test]
fn a_relay_that_is_named_without_a_password_is_asked_for_one_and_its_end_is_known() {
    let (mut machine, now) = online("");
    machine.handle_command(Command::AskServices, now);
    let (sent, _) = drain(&mut machine);
    let id = sent.last().and_then(|iq| iq.attr("id")).expect("asked").to_owned();
    machine.handle_stanza(
        element(&format!(
            "<iq xmlns='jabber:client' type='result' id='{id}' from='example.com'><services xmlns='urn:xmpp:extdisco:2'>\
             <service type='stun' host='stun.example.com'/>\
             <service type='turn' host='relay.example.com' port='3478' transport='udp' restricted='1'/></services></iq>"
        )),
        now,
    );
    let (sent, events) = drain(&mut machine);
    let named = |events: &[Event]| {
        let services = |event: &Event| match event {
            Event::Services(services) => Some(services.clone()),
            _ => None,
        };
        events.iter().find_map(services).expect("told")
    };
    assert_eq!(named(&events).len(), 1, "what can be used is used at once");
    let question = sent.last().expect("the password is asked for");
    let credentials = question.get_child("credentials", "urn:xmpp:extdisco:2").expect("XEP-0215 section 3.3");
    let asked: Vec<&Element> = credentials.children().collect();
    assert_eq!(
        (asked.len(), asked[0].attr("type"), asked[0].attr("host")),
        (1, Some("turn"), Some("relay.example.com"))
    );
    let answer = |from: &str| {
        let id = question.attr("id").expect("an id");
        element(&format!(
            "<iq xmlns='jabber:client' type='result' id='{id}' from='{from}'><credentials xmlns='urn:xmpp:extdisco:2'>\
             <service type='turn' host='relay.example.com' username='u' password='p' expires='2030-01-01T00:00:00Z'/>\
             </credentials></iq>"
        ))
    };
    machine.handle_stanza(answer("mallory.example"), now);
    assert!(drain(&mut machine).1.is_empty(), "not from anybody else");
    machine.handle_stanza(answer("example.com"), now);
    let (_, events) = drain(&mut machine);
    let services = named(&events);
    let relay = services.iter().find(|service| service.relay).expect("the relay");
    assert_eq!((services.len(), relay.port), (2, 3478));
    assert_eq!(relay.login, Some(("u".into(), "p".into())));
    assert_eq!(relay.expires.map(|time| time.unix_ms() / 1_000), Some(1_893_456_000));
}

#[test]
fn a_server_that_refuses_the_password_leaves_the_rest_as_it_is() {
    let (mut machine, now) = online("");
    machine.handle_command(Command::AskServices, now);
    let (sent, _) = drain(&mut machine);
    let id = sent.last().and_then(|iq| iq.attr("id")).expect("asked").to_owned();
    machine.handle_stanza(
        element(&format!(
            "<iq xmlns='jabber:client' type='result' id='{id}' from='example.com'><services xmlns='urn:xmpp:extdisco:2'>\
             <service type='turns' host='relay.example.com' restricted='true'/></services></iq>"
        )),
        now,
    );
    let (sent, _) = drain(&mut machine);
    let id = sent.last().and_then(|iq| iq.attr("id")).expect("asked").to_owned();
    machine
        .handle_stanza(element(&format!("<iq xmlns='jabber:client' type='error' id='{id}' from='example.com'/>")), now);
    assert!(drain(&mut machine).1.is_empty());
}
