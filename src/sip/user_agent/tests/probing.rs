use super::*;
use crate::sip::boundary::Probed;

fn probe(id: u64) -> Command {
    Command::Probe { id, to: SipUri::parse("sip:alice@example.com").expect("valid") }
}

fn probed(world: &World) -> Vec<(u64, Probed)> {
    let each = |event: &Event| match event {
        Event::Probed { id, probed } => Some((*id, probed.clone())),
        _ => None,
    };
    world.events.iter().filter_map(each).collect()
}

/// The request as the proxy delivers it to our own contact.
fn returned(world: &World, ours: &Request) -> Request {
    let contact = world.agent.registration.contact().uri;
    let mut request = Request::new(Method::Options, &contact)
        .with("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKback")
        .with("Max-Forwards", "69");
    for name in ["From", "To", "Call-ID", "CSeq"] {
        request.headers.push(name, ours.headers.value(name).expect("there").to_owned());
    }
    request
}

#[test]
fn s_05_a_request_to_the_own_address_has_to_come_back_on_the_own_flow() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.command(probe(1));
    assert_eq!(probed(&world), [(1, Probed { arrived: None, code: None })], "not before we are registered");
    world.sign_in();
    world.command(probe(2));
    let first = world.next_request();
    assert_eq!((first.method.clone(), first.uri.as_str()), (Method::Options, "sip:alice@example.com"));
    world.command(probe(3));
    assert_eq!(probed(&world).last(), Some(&(3, Probed { arrived: None, code: None })), "one at a time");
    world.answer(&first, 407, &[("Proxy-Authenticate", REALM)]);
    let second = world.next_request();
    assert!(second.headers.value("Proxy-Authorization").is_some());
    world.now.boot = world.now.boot + Duration::from_millis(40);
    world.receive(Message::Request(returned(&world, &second)));
    assert!(matches!(world.sent.pop_front(), Some(Message::Response(response)) if response.code == 200));
    world.answer(&second, 200, &[]);
    let arrived = Some(Duration::from_millis(40));
    assert_eq!(probed(&world).last(), Some(&(2, Probed { arrived, code: Some(200) })));
}

#[test]
fn s_05_an_answer_of_somebody_else_and_silence_are_told_apart() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    world.command(probe(1));
    let request = world.next_request();
    // Somebody else's OPTIONS is not ours.
    let mut foreign = returned(&world, &request);
    foreign.headers.set("Call-ID", "guessed");
    world.receive(Message::Request(foreign));
    world.answer(&request, 200, &[]);
    world.pass(Duration::from_secs(3));
    assert_eq!(probed(&world), [(1, Probed { arrived: None, code: Some(200) })]);
    world.command(probe(2));
    world.sent.retain(|message| matches!(message, Message::Request(_)));
    let request = world.next_request();
    world.answer(&request, 404, &[]);
    assert_eq!(probed(&world).last(), Some(&(2, Probed { arrived: None, code: Some(404) })));
    world.command(probe(3));
    world.pass(Duration::from_secs(11));
    assert_eq!(probed(&world).last(), Some(&(3, Probed { arrived: None, code: None })));
    assert!(world.agent.probe.is_none());
}
