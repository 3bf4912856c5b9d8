//! Messages outside of any call: taken only where they may be, never more than can be carried, and sent once.

use super::*;
use crate::model::MessageId;
use crate::sip::MessagePolicy;

fn taking(messages: MessagePolicy) -> World {
    let mut world = World::new(Config { messages, ..config(TransportChoice::Udp) });
    world.sign_in();
    world
}

fn all() -> MessagePolicy {
    MessagePolicy { by_default: true, ..MessagePolicy::default() }
}

fn message(world: &World, branch: &str) -> Request {
    let token = world.token();
    let mut request = world.incoming(&token, branch);
    request.method = Method::Message;
    request.headers.set("CSeq", "1 MESSAGE");
    request
}

fn plain(world: &World, branch: &str, text: &str) -> Request {
    message(world, branch).with_body("text/plain", text.as_bytes().to_vec())
}

/// What is answered at once; `None`: it waits for the store.
fn answer(world: &mut World, request: Request) -> Option<Response> {
    world.receive(Message::Request(request));
    match world.sent.pop_front() {
        Some(Message::Response(response)) => Some(response),
        Some(other) => panic!("{other:?}"),
        None => None,
    }
}

fn received(world: &mut World) -> Vec<crate::sip::boundary::ReceivedMessage> {
    let taken = |event| match event {
        Event::MessageReceived(message) => Some(*message),
        _ => None,
    };
    world.events.drain(..).filter_map(taken).collect()
}

#[test]
fn c08_a_message_is_answered_when_it_is_stored_and_not_before() {
    let mut world = taking(all());
    world.events.clear();
    let request = plain(&world, "m1", "Hello \u{1f642}\r\nthere\u{7}");
    assert_eq!(answer(&mut world, request), None);
    let message = received(&mut world).pop().expect("a message");
    assert_eq!(&*message.body, "Hello \u{1f642}\nthere", "nothing that a screen could stumble over");
    world.command(Command::AnswerMessage { token: message.token, code: 200 });
    assert!(matches!(world.sent.pop_front(), Some(Message::Response(response)) if response.code == 200));
    world.command(Command::AnswerMessage { token: message.token, code: 200 });
    assert!(world.sent.is_empty(), "once");
}

#[test]
fn c06_c08_messages_are_allowed_and_announced_by_policy() {
    let bob = SipUri::parse("sip:bob@example.com").expect("valid");
    let host = |on| MessagePolicy { hosts: vec![("example.com".to_owned(), on)], ..MessagePolicy::default() };
    let rows = [
        (MessagePolicy::default(), Some(405), false),
        (all(), None, true),
        (host(true), None, true),
        (MessagePolicy { by_default: true, ..host(false) }, Some(405), true),
        (MessagePolicy { addresses: vec![(bob, false)], ..host(true) }, Some(405), true),
    ];
    for (n, (policy, code, announced)) in rows.into_iter().enumerate() {
        let mut world = taking(policy);
        let request = plain(&world, &format!("m{n}"), "hello");
        let refusal = answer(&mut world, request);
        assert_eq!(refusal.as_ref().map(|response| response.code), code, "row {n}");
        let mut options = message(&world, "o1");
        options.method = Method::Options;
        options.headers.set("CSeq", "1 OPTIONS");
        let options = answer(&mut world, options).expect("an answer");
        for response in refusal.iter().chain([&options]) {
            let allow = response.headers.value("Allow").expect("RFC 3261 section 20.5");
            assert_eq!(allow.contains("MESSAGE"), announced, "row {n}");
            assert!(!allow.contains("PUBLISH") && !allow.contains("SUBSCRIBE"), "presence is chat's");
        }
    }
}

#[test]
fn s12_what_is_not_plain_text_is_refused() {
    let mut world = taking(all());
    let rows: [(&str, Vec<u8>, u16); 8] = [
        ("text/html", b"<b>hi</b>".to_vec(), 415),
        ("application/im-iscomposing+xml", b"<x/>".to_vec(), 415),
        ("message/cpim", b"hi".to_vec(), 415),
        ("text/plain;charset=iso-8859-1", b"hi".to_vec(), 415),
        ("text/plain", vec![b'x'; 16 * 1024 + 1], 413),
        ("text/plain", vec![0xff, 0xfe, 0x41], 400),
        ("text/plain;charset=utf-8", b"\x00\x1b\r\n ".to_vec(), 400),
        ("text/plain", Vec::new(), 400),
    ];
    for (n, (kind, body, code)) in rows.into_iter().enumerate() {
        let request = message(&world, &format!("r{n}")).with_body(kind, body);
        let response = answer(&mut world, request).unwrap_or_else(|| panic!("row {n} is refused"));
        assert_eq!(response.code, code, "row {n}: {kind}");
        assert_eq!(response.headers.value("Accept"), (code == 415).then_some("text/plain"));
    }
    let zipped = plain(&world, "z", "hi").with("Content-Encoding", "gzip");
    assert_eq!(answer(&mut world, zipped).map(|response| response.code), Some(415));
    let untyped = message(&world, "u");
    assert_eq!(answer(&mut world, untyped).map(|response| response.code), Some(415));
    assert!(received(&mut world).is_empty());
}

#[test]
fn s12_a_flood_of_messages_is_bounded() {
    let mut world = taking(all());
    world.events.clear();
    let (mut taken, mut later) = (0, 0);
    for n in 0..100 {
        let request = plain(&world, &format!("f{n}"), "spam");
        later += usize::from(answer(&mut world, request).is_some_and(|response| response.code == 480));
        for message in received(&mut world) {
            taken += 1;
            world.command(Command::AnswerMessage { token: message.token, code: 200 });
            world.sent.clear();
        }
    }
    assert_eq!((taken, later), (20, 80), "a burst of twenty");
    world.pass(Duration::from_secs(3));
    let mut taken = 0;
    for n in 0..10 {
        let request = plain(&world, &format!("g{n}"), "again");
        taken += usize::from(answer(&mut world, request).is_none());
    }
    assert_eq!(taken, 3, "then one a second");
}

#[test]
fn s12_messages_that_the_store_does_not_take_do_not_pile_up() {
    let mut world = taking(all());
    let mut later = 0;
    for n in 0..60 {
        world.pass(Duration::from_millis(100));
        world.agent.messages.used = 0;
        let request = plain(&world, &format!("h{n}"), "and again");
        later += usize::from(answer(&mut world, request).is_some_and(|response| response.code == 480));
        assert!(world.agent.messages.waiting.len() <= 32);
    }
    assert_eq!(later, 60 - 32);
}

fn send(world: &mut World, id: &str, body: &str) {
    let to = SipUri::parse("sip:bob@example.com").expect("valid");
    world.command(Command::Message { id: MessageId(id.into()), to, body: body.into() });
}

fn fate(world: &mut World) -> Vec<u16> {
    let code = |event| match event {
        Event::MessageAnswered { code, .. } => Some(code),
        _ => None,
    };
    world.events.drain(..).filter_map(code).collect()
}

#[test]
fn c08_a_message_goes_out_as_plain_text_and_its_fate_comes_back() {
    let mut world = taking(MessagePolicy::default());
    world.events.clear();
    send(&mut world, "a1", "Grüße");
    let request = world.next_request();
    assert_eq!((&request.method, request.uri.as_str()), (&Method::Message, "sip:bob@example.com"));
    assert_eq!(&request.body[..], "Grüße".as_bytes());
    assert_eq!(request.headers.value("Contact"), None, "RFC 3428 section 4");
    assert_eq!(request.headers.call_id(), Some("a1"));
    world.answer(&request, 407, &[("Proxy-Authenticate", REALM)]);
    let again = world.next_request();
    assert!(again.headers.value("Proxy-Authorization").is_some());
    assert_eq!(again.headers.cseq().map(|cseq| cseq.number), Some(2));
    world.answer(&again, 202, &[]);
    assert_eq!(fate(&mut world), [202]);
    send(&mut world, "a2", "again");
    let request = world.next_request();
    world.answer(&request, 404, &[]);
    assert_eq!(fate(&mut world), [404]);
    send(&mut world, "a3", "into the dark");
    world.pass(Duration::from_secs(40));
    assert_eq!(fate(&mut world), [408]);
}

#[test]
fn c08_a_message_that_is_too_long_for_the_way_is_not_sent() {
    let mut world = taking(MessagePolicy::default());
    world.events.clear();
    send(&mut world, "b1", &"x".repeat(1_300));
    assert!(world.sent.is_empty(), "a connection is wanted first");
    world.pass(Duration::from_secs(2));
    assert!(world.sent.is_empty(), "RFC 3428 section 8: never over UDP");
    assert_eq!(fate(&mut world), [513]);
    let mut world = World::new(config(TransportChoice::Tcp));
    world.sign_in();
    world.events.clear();
    send(&mut world, "b2", &"x".repeat(1_300));
    assert_eq!(world.next_request().method, Method::Message);
    send(&mut world, "b3", &"x".repeat(LONGEST_TEXT + 1));
    assert_eq!(fate(&mut world), [513]);
    let mut offline = World::new(config(TransportChoice::Tcp));
    send(&mut offline, "b4", "hello");
    assert_eq!(fate(&mut offline), [0], "it may be sent again later");
}

const LONGEST_TEXT: usize = 16 * 1024;

#[test]
fn c08_a_message_that_is_too_large_for_udp_goes_over_tcp() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    world.events.clear();
    send(&mut world, "b5", &"x".repeat(1_300));
    let (_, target) = world.opening.clone().expect("a connection is opened");
    assert_eq!(target.transport, crate::model::Transport::Tcp, "RFC 3261 section 18.1.1");
    world.open();
    let request = world.next_request();
    assert_eq!(
        (request.method.clone(), request.headers.top_via().expect("a Via").transport),
        (Method::Message, "TCP".into())
    );
    world.answer(&request, 200, &[]);
    assert_eq!(fate(&mut world), [200]);
    send(&mut world, "b6", &"x".repeat(LONGEST_TEXT + 1));
    assert_eq!(fate(&mut world), [513]);
}
