//! Requests that went round, and messages that crashed other phones, as they come from the proxy's own address.

use super::*;

/// A message as it comes in, byte by byte.
fn receive_text(world: &mut World, text: &str) {
    let remote = PROXY.parse().expect("an address");
    let message = parse_datagram(Bytes::copy_from_slice(text.as_bytes())).map(Box::new);
    world.input(FlowInput::Message { remote, message });
}

/// An INVITE with these lines among its header fields, and with this body.
fn invite(world: &World, branch: &str, replaced: &[(&str, &str)], body: &str) -> String {
    let request = world.incoming(&world.token(), branch);
    let mut text = format!("INVITE {} SIP/2.0\r\n", request.uri);
    for (name, value) in request.headers.iter() {
        let value = replaced.iter().find(|(known, _)| *known == name).map_or(value, |(_, value)| value);
        if !value.is_empty() {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    for (name, value) in replaced.iter().filter(|(name, _)| request.headers.value(name).is_none()) {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    format!("{text}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// The statuses of what was answered; fails when anything was sent that is no answer.
fn answers(world: &mut World) -> Vec<u16> {
    let code = |message: Message| match message {
        Message::Response(response) => response.code,
        Message::Request(request) => panic!("nothing is relayed: {}", request.method),
    };
    let raw = world.raw.drain(..).filter_map(|bytes| {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        text.strip_prefix("SIP/2.0 ")?.split(' ').next()?.parse().ok()
    });
    let raw: Vec<u16> = raw.collect();
    world.sent.drain(..).map(code).chain(raw).collect()
}

#[test]
fn s36_whatever_the_hop_count_says_we_answer_and_never_relay() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    for (hops, allowed) in [
        ("0", &[180][..]),
        ("1", &[180]),
        ("", &[180]),
        ("255", &[180]),
        ("256", &[180, 400]),
        ("-1", &[180, 400]),
        ("x", &[180, 400]),
    ] {
        let text = invite(&world, &format!("hops{}", hops.replace('-', "m")), &[("Max-Forwards", hops)], "");
        receive_text(&mut world, &text);
        let answered = answers(&mut world);
        assert!(matches!(answered.as_slice(), [code] if allowed.contains(code)), "{hops:?}: {answered:?}");
        let text =
            text.replace("INVITE", "OPTIONS").replace("z9hG4bKhops", "z9hG4bKoptions").replace("in-hops", "in-options");
        receive_text(&mut world, &text);
        let answered = answers(&mut world);
        assert!(matches!(answered.as_slice(), [200 | 400]), "{hops:?}: {answered:?}");
        assert!(!matches!((hops, answered.as_slice()), ("0" | "1" | "" | "255", [400])), "{hops:?}");
    }
}

#[test]
fn s36_our_own_call_that_comes_back_to_us_is_a_loop() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    world.command(Command::Invite {
        call: CallId(2),
        to: Callee { uri: SipUri::parse("sip:alice@example.com").expect("valid"), display: None },
        offer: "v=0\r\n".into(),
        call_info: None,
        anonymity: Anonymity::Named,
        referral: None,
    });
    let ours = world.next_request();
    let before = world.events.len();
    // The proxy sends it to every device of the address: also to the one that it came from.
    let mut back = ours.clone();
    back.uri = world.agent.registration.contact().uri;
    back.headers
        .set("Via", format!("SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKback, {}", ours.headers.value("Via").expect("ours")));
    back.headers.set("Max-Forwards", "69");
    world.receive(Message::Request(back));
    assert_eq!(answers(&mut world), [482]);
    assert_eq!(world.events.len(), before, "it does not ring here");
    assert_eq!(world.agent.calls.len(), 1);
    // What servers say about circles is the call's business, and ends there: nothing is sent again.
    for code in [482, 483] {
        world.answer(&ours, code, &[]);
    }
    let told = &world.agent.calls[&CallId(2)].machine.told;
    assert!(matches!(told.last(), Some(CallInput::Response { response, .. }) if response.code == 482), "{told:?}");
    let acks = world.sent.drain(..).map(|sent| matches!(sent, Message::Request(ack) if ack.method == Method::Ack));
    assert!(acks.into_iter().all(|is_ack| is_ack));
}

#[test]
fn s27_a_call_from_a_broken_address_is_refused_and_the_next_one_rings() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    let broken = [
        "</>",
        "\"Bob\\\" <sip:bob@example.com>;tag=b",
        "\"\\",
        "<sip:bob@example.com;tag=b",
        "\"Bob\" sip:bob@example.com;tag=b",
        "<:>;tag=b",
    ];
    for (at, from) in broken.into_iter().enumerate() {
        for header in ["From", "To", "Contact"] {
            let branch = format!("broken{header}{at}");
            let text = invite(&world, &branch, &[(header, from)], "");
            receive_text(&mut world, &text);
            let answered = answers(&mut world);
            assert!(matches!(answered.as_slice(), [] | [400]), "{header}: {from}: {answered:?}");
            let text = invite(&world, &format!("good{header}{at}"), &[], "");
            receive_text(&mut world, &text);
            assert_eq!(answers(&mut world), [180], "after {header}: {from}");
        }
        // An address of another kind where a caller is claimed: it is nobody's.
        let text = invite(&world, &format!("claim{at}"), &[("P-Asserted-Identity", from)], "");
        receive_text(&mut world, &text);
        assert_eq!(answers(&mut world), [180]);
        let Some(Event::Incoming(incoming)) = world.events.last() else { panic!("{:?}", world.events.last()) };
        assert!(incoming.identity.asserted.iter().all(|one| one.uri.starts_with("sip:bob@")), "{from}");
        world.agent.calls.clear();
    }
}

#[test]
fn s28_a_call_with_a_broken_multipart_is_refused_and_never_rings() {
    let long = "b".repeat(7_000);
    let nested = format!("{}--x--\r\n", "--x\r\nContent-Type: multipart/mixed;boundary=x\r\n\r\n".repeat(100));
    let rows = [
        ("multipart/mixed".to_owned(), "--x\r\n\r\n".to_owned()),
        ("multipart/mixed;boundary=\"\"".to_owned(), "--\r\n\r\n--\r\n".to_owned()),
        (format!("multipart/mixed;boundary={long}"), format!("--{long}\r\n\r\n\r\n--{long}--\r\n")),
        ("multipart/mixed;boundary=x".to_owned(), nested),
        ("multipart/mixed;boundary=x".to_owned(), "--x\r\n--x\r\n--x".to_owned()),
        (
            "multipart/alternative;boundary=x".to_owned(),
            "--x\r\nContent-Type: text/plain\r\n\r\nhi\r\n--x--\r\n".to_owned(),
        ),
    ];
    for (kind, body) in rows {
        let machine = |body: &str| {
            let request = Request::new(Method::Invite, "sip:token@192.0.2.1")
                .with("Via", "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx")
                .with("From", "<sip:bob@example.com>;tag=b")
                .with("To", "<sip:alice@example.com>")
                .with("Call-ID", "theirs")
                .with("CSeq", "7 INVITE")
                .with("Contact", "<sip:bob@192.0.2.9>");
            let request = request.with_body(&kind, body.as_bytes().to_vec());
            let address = NameAddr::new("sip:alice@example.com");
            let local = LocalParty { contact: address.clone(), address };
            let from = crate::sip::NameAddress { display: None, uri: "sip:bob@example.com".into() };
            let identity = crate::sip::CallIdentity {
                from,
                asserted: Vec::new(),
                from_own_domain: false,
                anonymous: false,
                call_info: None,
            };
            let invite = IncomingInvite { call: CallId(1), server: ServerId(1), request, identity, replaces: None };
            let mut session = crate::sip::Session::incoming(invite, local, [2; 32], Now::default());
            std::iter::from_fn(move || session.poll_output()).collect::<Vec<_>>()
        };
        let outputs = machine(&body);
        let code = outputs.iter().find_map(|output| match output {
            CallOutput::Respond { response, .. } => Some(response.code),
            _ => None,
        });
        assert!(matches!(code, Some(400 | 415)), "{}: {code:?}", &kind[..20]);
        assert!(!outputs.iter().any(|output| matches!(output, CallOutput::Event(_))), "it never rings");
    }
}
