use super::*;

#[test]
fn s01_requests_from_elsewhere_are_dropped_without_a_word() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    let token = world.token();
    for method in [Method::Invite, Method::Options, Method::Bye] {
        let mut request = world.incoming(&token, "ghost");
        request.headers.set("CSeq", format!("1 {method}"));
        request.method = method;
        world.receive_from("203.0.113.66:5060", Message::Request(request));
    }
    let broken = FlowInput::Message {
        remote: "203.0.113.66:5060".parse().expect("an address"),
        message: parse_datagram(Bytes::from_static(b"INVITE sip:100@1.1.1.1 SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKq\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 BYE\r\n\r\n")).map(Box::new),
    };
    world.input(broken);
    assert!(world.sent.is_empty() && world.raw.is_empty() && world.agent.calls.is_empty());
    // Another port of the proxy's own address is the proxy, and is answered there.
    world.receive_from("192.0.2.1:5088", Message::Request(world.incoming(&token, "port")));
    assert!(matches!(world.sent.pop_front(), Some(Message::Response(response)) if response.code == 180));
}

#[test]
fn s02_the_right_name_with_a_guessed_contact_is_not_found() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    for user in ["alice", "100", "1000"] {
        world.receive(Message::Request(world.incoming(user, user)));
        assert!(matches!(world.sent.pop_front(), Some(Message::Response(response)) if response.code == 404));
    }
    let token = world.token();
    world.receive(Message::Request(world.incoming(&token, "good")));
    assert!(matches!(world.sent.pop_front(), Some(Message::Response(response)) if response.code == 180));
    let Some(Event::Incoming(incoming)) = world.events.last() else { panic!("{:?}", world.events) };
    assert_eq!(incoming.identity.asserted.len(), 1);
    assert!(incoming.identity.from_own_domain);
}

#[test]
fn requests_outside_of_any_call_get_the_answers_of_the_rfc() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    let token = world.token();
    for (method, code) in [
        (Method::Options, 200),
        (Method::Bye, 481),
        (Method::Notify, 481),
        (Method::Refer, 403),
        (Method::Message, 405),
        (Method::Subscribe, 405),
        (Method::Other("TELEPORT".into()), 501),
    ] {
        let mut request = world.incoming(&token, method.as_str());
        request.headers.set("CSeq", format!("1 {method}"));
        request.method = method;
        world.receive(Message::Request(request.clone()));
        let Some(Message::Response(response)) = world.sent.pop_front() else { panic!("{}", request.method) };
        assert_eq!(response.code, code, "{}", request.method);
        assert_eq!(response.headers.value("Allow").is_some(), matches!(code, 200 | 405 | 501));
    }
    let in_no_dialog = world.incoming(&token, "tagged");
    let to = in_no_dialog.headers.to().expect("To").with_tag("never");
    let mut in_no_dialog = in_no_dialog;
    in_no_dialog.headers.set("To", to.to_string());
    world.receive(Message::Request(in_no_dialog));
    assert!(matches!(world.sent.pop_front(), Some(Message::Response(response)) if response.code == 481));
    let extended = world.incoming(&token, "ext").with("Require", "100rel, mind-reading");
    world.receive(Message::Request(extended));
    let Some(Message::Response(response)) = world.sent.pop_front() else { panic!("an answer") };
    assert_eq!((response.code, response.headers.value("Unsupported")), (420, Some("mind-reading")));
}

pub(super) fn invite(call: u64) -> Command {
    Command::Invite {
        call: CallId(call),
        to: Callee { uri: SipUri::parse("sip:bob@example.com").expect("valid"), display: None },
        offer: "v=0\r\n".into(),
        call_info: None,
        anonymity: Anonymity::Named,
        referral: None,
    }
}

#[test]
fn a_challenged_invite_is_repeated_and_its_ack_carries_the_credentials() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.command(invite(1));
    assert!(matches!(world.events.last(), Some(Event::Ended { .. })), "not before we are registered");
    world.sign_in();
    world.command(invite(2));
    let first = world.next_request();
    assert_eq!(first.headers.value("Max-Forwards"), Some("70"));
    world.answer(&first, 407, &[("Proxy-Authenticate", REALM)]);
    assert_eq!(world.next_request().method, Method::Ack);
    let second = world.next_request();
    assert_eq!(second.headers.cseq().expect("a CSeq").number, 2);
    assert!(second.headers.value("Proxy-Authorization").is_some());
    let told = &world.agent.calls[&CallId(2)].machine.told;
    assert_eq!(told[..], [CallInput::Retried { key: RequestKey(1), cseq: 2 }]);
    world.answer(&second, 200, &[("Contact", "<sip:bob@192.0.2.77>")]);
    let ack = world.next_request();
    assert_eq!(ack.headers.value("Proxy-Authorization"), second.headers.value("Proxy-Authorization"));
}

#[test]
fn s03_a_bye_and_a_foreign_realm_are_never_answered_with_a_digest() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    let token = world.token();
    world.receive(Message::Request(world.incoming(&token, "leak")));
    world.sent.clear();
    let call = *world.agent.calls.keys().next().expect("a call");
    for (code, header) in [(401, "WWW-Authenticate"), (407, "Proxy-Authenticate")] {
        world.command(Command::Hangup { call });
        let bye = world.next_request();
        world.answer(&bye, code, &[(header, REALM)]);
        assert!(world.sent.is_empty(), "{code} to BYE");
        let told = world.agent.calls[&call].machine.told.last();
        assert!(matches!(told, Some(CallInput::Response { response, .. }) if response.code == code));
    }
    world.command(invite(5));
    let request = world.next_request();
    world.answer(&request, 401, &[("WWW-Authenticate", &REALM.replace("example.com", "evil.example"))]);
    assert_eq!(world.next_request().method, Method::Ack);
    assert!(world.sent.is_empty());
}

#[test]
fn s30_more_calls_than_anybody_can_have_are_refused_as_busy() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    let token = world.token();
    let mut busy = 0;
    for number in 0..100 {
        world.receive(Message::Request(world.incoming(&token, &format!("n{number}"))));
        let busy_now = world.sent.drain(..).filter(|m| matches!(m, Message::Response(r) if r.code == 486)).count();
        busy += busy_now;
    }
    assert_eq!(busy, 100 - MAX_RINGING);
}

fn large_invite(call: u64) -> Command {
    match invite(call) {
        Command::Invite { call, to, call_info, anonymity, .. } => {
            let offer = "v=0\r\n".repeat(300).into();
            Command::Invite { call, to, offer, call_info, anonymity, referral: None }
        }
        other => other,
    }
}

#[test]
fn an_invite_that_is_too_large_for_udp_goes_over_tcp_and_over_udp_where_there_is_none() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    let udp = world.flow;
    world.command(large_invite(1));
    assert!(world.sent.is_empty());
    let (_, target) = world.opening.clone().expect("a connection is opened");
    assert_eq!((target.transport, target.address.to_string().as_str()), (Transport::Tcp, PROXY));
    world.open();
    let request = world.next_request();
    assert_eq!(request.headers.top_via().expect("a Via").transport, "TCP");
    world.answer(&request, 486, &[]);
    assert_eq!(world.next_request().method, Method::Ack);
    assert!(matches!(world.agent.calls[&CallId(1)].machine.told.last(), Some(CallInput::Response { .. })));
    world.input(FlowInput::Failed(OpenError::Closed));
    assert!(world.agent.registration.is_registered(), "the registration lives on its own flow");
    world.command(large_invite(2));
    let (flow, _) = world.opening.take().expect("again");
    world.flow = flow;
    world.input(FlowInput::Failed(OpenError::Unreachable));
    assert_eq!(world.next_request().headers.top_via().expect("a Via").transport, "UDP");
    world.flow = udp;
    world.command(large_invite(3));
    assert_eq!(world.next_request().headers.top_via().expect("a Via").transport, "UDP");
}

#[test]
fn a_filtered_tcp_port_holds_a_call_up_for_no_longer_than_a_breath() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    world.command(large_invite(1));
    world.pass(Duration::from_millis(1_600));
    assert_eq!(world.next_request().headers.top_via().expect("a Via").transport, "UDP");
}

#[test]
fn s20_after_every_torture_message_the_next_good_request_is_answered() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    let token = world.token();
    let corpus = sipx_testkit::rfc4475::CASES.iter().map(|case| (case.name, Bytes::from_static(case.bytes)));
    let corpus = corpus.chain(sipx_testkit::rfc5118::CASES.iter().map(|case| (case.name, case.wire())));
    for (name, bytes) in corpus {
        let remote = PROXY.parse().expect("an address");
        world.input(FlowInput::Message { remote, message: parse_datagram(bytes).map(Box::new) });
        for message in world.sent.drain(..) {
            assert!(matches!(&message, Message::Response(response) if response.code >= 400), "{name}: {message:?}");
        }
        let mut options = world.incoming(&token, name);
        options.headers.set("CSeq", "1 OPTIONS");
        options.method = Method::Options;
        world.receive(Message::Request(options));
        assert!(matches!(world.sent.pop_front(), Some(Message::Response(r)) if r.code == 200), "after {name}");
        world.pass(Duration::from_secs(1));
        world.sent.clear();
    }
    assert!(world.agent.calls.is_empty(), "nobody knew the token");
}

#[test]
fn s40_calls_without_readable_content_are_refused_with_what_we_read() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    let token = world.token();
    let text = |kind: &str| (kind.to_owned(), "Content-Disposition", "session");
    for (number, ((kind, name, value), code)) in [
        (text("text/plain"), 415),
        (("text/plain".to_owned(), "Content-Disposition", "render;handling=optional"), 180),
        (("application/sdp".to_owned(), "Content-Encoding", "gzip"), 415),
        (("application/sdp".to_owned(), "Accept", "text/nobodyKnowsThis"), 406),
        (("application/sdp".to_owned(), "Accept", "text/plain, application/*;q=0.5"), 180),
        (text("Multipart/Mixed;boundary=x"), 180),
    ]
    .into_iter()
    .enumerate()
    {
        let invite = world.incoming(&token, &format!("content{number}")).with(name, value).with_body(&kind, "v=0\r\n");
        world.receive(Message::Request(invite));
        let Some(Message::Response(response)) = world.sent.pop_front() else { panic!("an answer") };
        assert_eq!(response.code, code, "{kind} {name}: {value}");
        assert_eq!(response.headers.value("Accept").is_some(), code > 400);
    }
}

#[test]
fn s10_only_a_dialog_of_ours_is_replaced_and_an_early_only_wish_is_honoured() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    world.command(invite(1));
    world.sent.clear();
    let token = world.token();
    for (at, (value, code)) in [
        ("other;to-tag=ours;from-tag=theirs", 481),
        ("call-1;to-tag=theirs;from-tag=ours", 481),
        ("call-1;to-tag=ours", 400),
        ("call-1;to-tag=ours;from-tag=theirs;early-only", 486),
    ]
    .into_iter()
    .enumerate()
    {
        let request = world.incoming(&token, &format!("r{at}")).with("Replaces", value);
        world.receive(Message::Request(request));
        let answered = world.sent.pop_front();
        assert!(
            matches!(&answered, Some(Message::Response(response)) if response.code == code),
            "{value}: {answered:?}"
        );
    }
    let named = "call-1;to-tag=ours;from-tag=theirs";
    let twice = world.incoming(&token, "twice").with("Replaces", named).with("Replaces", named);
    world.receive(Message::Request(twice));
    assert!(matches!(world.sent.pop_front(), Some(Message::Response(response)) if response.code == 400));
    // From anywhere but our proxy there is not even an answer (S01).
    let foreign = world.incoming(&token, "foreign").with("Replaces", named);
    world.receive_from("203.0.113.66:5060", Message::Request(foreign));
    assert!(world.sent.is_empty());
    let good = world.incoming(&token, "good").with("Replaces", named).with("Require", "replaces");
    world.receive(Message::Request(good));
    let Some(Event::Incoming(incoming)) = world.events.last() else { panic!("{:?}", world.events) };
    assert_eq!(incoming.about.replaces, Some(CallId(1)));
}

#[test]
fn a_transfer_names_the_dialog_with_the_target() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    world.command(invite(1));
    world.command(invite(2));
    let told = |world: &World| {
        let call = world.agent.calls.get(&CallId(1)).expect("a call");
        call.machine.told.iter().find_map(|input| match input {
            CallInput::Refer { to } => Some(to.clone()),
            _ => None,
        })
    };
    world.command(Command::Transfer { call: CallId(1), to: crate::sip::ReferTo::Call(CallId(2)) });
    let to = told(&world).expect("a REFER");
    assert_eq!(to, "<sip:bob@example.com?Replaces=call-2%3Bto-tag%3Dtheirs%3Bfrom-tag%3Dours>");
    for nobody in [CallId(1), CallId(9)] {
        world.command(Command::Transfer { call: CallId(1), to: crate::sip::ReferTo::Call(nobody) });
        assert!(matches!(world.events.last(), Some(Event::Transfer { .. })), "with nobody: {nobody}");
    }
}
