use super::*;

#[test]
fn alice_registers_with_one_challenge_and_refreshes_in_time() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    let Some(Event::Registered { security, realm, .. }) = world.events.last() else { panic!("registered") };
    assert_eq!(
        (&*security.auth, realm.as_deref(), security.transport),
        ("digest-MD5", Some("example.com"), Transport::Udp)
    );
    world.pass(Duration::from_secs(299));
    assert!(world.sent.is_empty(), "not before half of the lifetime");
    let mut waited = 0;
    while world.sent.is_empty() {
        world.pass(Duration::from_millis(100));
        waited += 1;
        assert!(waited <= 2_410, "before nine tenths are over");
    }
    let refresh = world.next_request();
    assert_eq!(refresh.method, Method::Register);
    world.answer(&refresh, 401, &[("WWW-Authenticate", &REALM.replace("n1", "n2"))]);
    let answered = world.next_request();
    assert!(answered.headers.cseq().expect("a CSeq").number > refresh.headers.cseq().expect("a CSeq").number);
    assert_eq!(answered.headers.call_id(), refresh.headers.call_id());
    world.accept(&answered, 600);
    assert_eq!(world.events.len(), 2, "a refresh is nobody's news: {:?}", world.events);
    assert!(world.raw.iter().all(|bytes| &bytes[..] == b"\r\n") && world.raw.len() >= 11, "kept alive every 25 s");
}

#[test]
fn a_wrong_password_ends_the_tries() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.command(Command::Register);
    world.open();
    for _ in 0..2 {
        let request = world.next_request();
        world.answer(&request, 401, &[("WWW-Authenticate", REALM)]);
    }
    assert_eq!(world.last_code(), "wrong-password");
    world.pass(Duration::from_secs(3600));
    assert!(world.sent.is_empty() && world.opening.is_none(), "no retry storm");
    for (code, expected) in [(403, "forbidden"), (404, "unknown-address")] {
        let mut world = World::new(config(TransportChoice::Udp));
        world.command(Command::Register);
        world.open();
        let request = world.next_request();
        world.answer(&request, code, &[]);
        assert_eq!(world.last_code(), expected);
    }
}

#[test]
fn s03_a_registrar_of_another_realm_does_not_get_the_digest() {
    let mut world = World::new(Config { realm: Some("example.com".to_owned()), ..config(TransportChoice::Udp) });
    world.command(Command::Register);
    world.open();
    let request = world.next_request();
    world.answer(&request, 401, &[("WWW-Authenticate", &REALM.replace("example.com", "evil.example"))]);
    assert_eq!(world.last_code(), "foreign-realm");
    assert!(matches!(world.events.last(), Some(Event::Failed(failure)) if failure.security));
    assert!(world.sent.is_empty());
}

#[test]
fn s14_absurd_intervals_are_not_followed_and_foreign_contacts_mean_nothing() {
    let mut world = World::new(Config { expires: 60, ..config(TransportChoice::Udp) });
    world.command(Command::Register);
    world.open();
    let request = world.next_request();
    world.answer(&request, 423, &[("Min-Expires", "1800")]);
    let longer = world.next_request();
    assert_eq!(longer.headers.value("Expires"), Some("1800"));
    world.accept(&longer, 0);
    assert!(matches!(world.events.last(), Some(Event::Registered { .. })));
    world.pass(Duration::from_secs(14));
    assert!(world.sent.is_empty(), "an expiry of 0 is no storm");
    let mut world = World::new(config(TransportChoice::Udp));
    world.command(Command::Register);
    world.open();
    let request = world.next_request();
    world.answer(&request, 423, &[("Min-Expires", "1000000000")]);
    assert_eq!(world.last_code(), "interval");
}

#[test]
fn a_dead_or_busy_target_leads_to_the_next_and_then_to_a_pause() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.hosts = vec!["192.0.2.1", "192.0.2.2", "192.0.2.3"];
    world.command(Command::Register);
    world.open();
    world.pass(Duration::from_secs(11));
    world.sent.clear();
    world.open();
    assert_eq!(
        world.agent.registration.flow().map(|state| state.flow.remote.to_string()).as_deref(),
        Some("192.0.2.2:5060")
    );
    let request = world.next_request();
    world.answer(&request, 503, &[("Retry-After", "120")]);
    world.open();
    let request = world.next_request();
    world.answer(&request, 302, &[("Contact", "<sip:registrar.evil.example>")]);
    let Some(Event::Unregistered { retry_at: Some(at), .. }) = world.events.last() else {
        panic!("{:?}", world.events)
    };
    let pause = at.saturating_since(world.now.boot);
    assert!((1..=2).contains(&pause.as_secs()), "{pause:?}");
    assert!(world.opening.is_none(), "nobody is followed");
    world.pass(Duration::from_secs(3));
    assert!(world.opening.is_some(), "and then anew");
}

#[test]
fn a_target_that_asked_to_be_left_alone_is_left_alone_for_that_time_and_no_longer() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.hosts = vec!["192.0.2.1", "192.0.2.2"];
    world.command(Command::Register);
    let tried = |world: &mut World| {
        let target = world.opening.as_ref().map(|(_, target)| target.address.ip().to_string()).unwrap_or_default();
        world.open();
        target
    };
    assert_eq!(tried(&mut world), "192.0.2.1");
    let request = world.next_request();
    world.answer(&request, 503, &[("Retry-After", "120")]);
    let begun = world.now.boot;
    // The other one has no time either, but does not say for how long.
    let mut later = Vec::new();
    while world.now.boot.saturating_since(begun) < Duration::from_secs(200) {
        if world.opening.is_some() {
            let passed = world.now.boot.saturating_since(begun).as_secs();
            let target = tried(&mut world);
            later.push((passed, target));
            let request = world.next_request();
            world.answer(&request, 500, &[]);
        }
        world.pass(Duration::from_millis(500));
    }
    let first = |passed: u64, target: &str| target == "192.0.2.1" && passed < 120;
    assert!(!later.iter().any(|(passed, target)| first(*passed, target)), "{later:?}");
    assert!(later.iter().any(|(passed, target)| target == "192.0.2.2" && *passed < 100), "{later:?}");
    assert!(later.iter().any(|(passed, target)| target == "192.0.2.1" && *passed >= 120), "{later:?}");
}

#[test]
fn s38_when_every_target_is_dead_the_search_is_over_soon() {
    // Those that refuse, and those that are silent.
    for (silent, within) in [(false, 1), (true, 100)] {
        let mut world = World::new(config(TransportChoice::Udp));
        world.hosts = (1..=60_u8).map(|host| &*format!("192.0.2.{host}").leak()).collect();
        let begun = world.now.boot;
        world.command(Command::Register);
        let mut tried = 0;
        while let Some((flow, target)) = world.opening.take() {
            tried += 1;
            assert!(tried <= 8, "a hundred addresses are not tried one after the other");
            world.flow = flow;
            let local = "10.0.0.5:40000".parse().expect("an address");
            world.input(match silent {
                false => FlowInput::Failed(OpenError::Unreachable),
                true => FlowInput::Opened {
                    local,
                    remote: target.address,
                    transport: target.transport,
                    protection: FlowProtection::NONE,
                },
            });
            for _ in 0..120 {
                if world.opening.is_some() || matches!(world.events.last(), Some(Event::Unregistered { .. })) {
                    break;
                }
                world.pass(Duration::from_millis(100));
            }
        }
        let Some(Event::Unregistered { retry_at: Some(at), .. }) = world.events.last() else {
            panic!("{silent}: {:?}", world.events)
        };
        let took = world.now.boot.saturating_since(begun);
        assert!(took <= Duration::from_secs(within), "{silent}: {took:?}");
        let pause = at.saturating_since(world.now.boot);
        assert!((1..=30).contains(&pause.as_secs()), "and then it rests: {pause:?}");
    }
}

#[test]
fn a_refused_certificate_is_the_users_to_decide() {
    let mut world = World::new(config(TransportChoice::Tls));
    world.command(Command::Register);
    let (flow, target) = world.opening.take().expect("a flow is being opened");
    assert_eq!((target.transport, target.domain.as_str()), (Transport::Tls, "example.com"));
    world.flow = flow;
    world.input(FlowInput::Failed(OpenError::Certificate { reason: "expired".to_owned(), fingerprint: [9; 32] }));
    let Some(Event::Failed(failure)) = world.events.last() else { panic!("{:?}", world.events) };
    assert_eq!((failure.certificate, failure.security), (Some([9; 32]), true));
    world.command(Command::Register);
    assert!(world.opening.is_some(), "tried again on the user's word");
}

#[test]
fn a_lost_connection_is_replaced_with_a_fresh_contact_and_the_old_one_removed() {
    let mut world = World::new(config(TransportChoice::Tcp));
    world.sign_in();
    let old = world.token();
    world.input(FlowInput::Failed(OpenError::Closed));
    assert_eq!(world.last_code(), "connection-lost");
    world.pass(Duration::from_secs(3));
    world.open();
    let request = world.next_request();
    let contacts = request.headers.addresses("Contact");
    assert_eq!(contacts.len(), 2);
    assert!(!contacts[0].uri.contains(&old) && contacts[1].uri.contains(&old));
    assert_eq!(contacts[1].params.value("expires"), Some("0"));
    assert_eq!(contacts[0].params.value("reg-id"), Some("1"));
}

#[test]
fn a_stream_without_pongs_is_dead_only_for_a_server_that_used_to_send_them() {
    let mut world = World::new(config(TransportChoice::Tcp));
    world.sign_in();
    world.pass(Duration::from_secs(120));
    assert_eq!(world.events.len(), 2, "a server that never answers pings is left alone");
    world.pass(Duration::from_secs(1));
    world.raw.clear();
    world.pass(Duration::from_secs(30));
    assert_eq!(world.raw, [Bytes::from_static(b"\r\n\r\n")]);
    world.input(FlowInput::Pong);
    world.pass(Duration::from_secs(41));
    let lost =
        |event: &Event| matches!(event, Event::Unregistered { reason, .. } if &*reason.code == "connection-lost");
    assert!(world.events.iter().any(lost), "{:?}", world.events);
}

#[test]
fn another_network_means_another_flow_at_once() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    let (old_flow, old) = (world.flow, world.token());
    world.way = Some("10.0.0.6");
    world.command(Command::NetworkChanged);
    assert!(world.closed.contains(&old_flow));
    world.open();
    let request = world.next_request();
    assert!(!request.headers.contact().expect("a Contact").uri.contains(&old));
    world.accept(&request, 600);
    assert!(matches!(world.events.last(), Some(Event::Registered { .. })));
}

#[test]
fn signing_out_removes_the_binding_and_stays_away() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    world.command(Command::Unregister);
    let request = world.next_request();
    assert_eq!(request.headers.contact().expect("a Contact").params.value("expires"), Some("0"));
    world.answer(&request, 200, &[]);
    assert!(matches!(world.events.last(), Some(Event::Unregistered { retry_at: None, .. })));
    world.pass(Duration::from_secs(600));
    assert!(world.opening.is_none() && world.sent.is_empty());
}

#[test]
fn behind_a_nat_the_address_that_the_server_sees_is_registered() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.command(Command::Register);
    world.open();
    let request = world.next_request();
    let mut response = Response::to(&request, 401, Some("r")).with("WWW-Authenticate", REALM);
    let mut via = response.headers.top_via().expect("a Via");
    via.params.set("received", Some("198.51.100.7"));
    via.params.set("rport", Some("61000"));
    response.headers.set("Via", via.to_string());
    world.receive(Message::Response(response));
    let second = world.next_request();
    assert!(second.headers.contact().expect("a Contact").uri.ends_with("@198.51.100.7:61000"));
}

#[test]
fn a_nat_that_gives_another_port_each_time_causes_no_storm() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.command(Command::Register);
    world.open();
    let mut asked = 0;
    while let Some(Message::Request(request)) = world.sent.pop_front() {
        asked += 1;
        assert!(asked < 10, "bounded");
        let contact = request.headers.contact().expect("a Contact").to_string();
        let mut response = Response::to(&request, 200, Some("r")).with("Contact", contact);
        let mut via = response.headers.top_via().expect("a Via");
        via.params.set("received", Some("198.51.100.7"));
        via.params.set("rport", Some(&format!("{}", 61_000 + asked)));
        response.headers.set("Via", via.to_string());
        world.receive(Message::Response(response));
    }
    assert_eq!(asked, 3);
    assert!(matches!(world.events.last(), Some(Event::Registered { .. })));
}

#[test]
fn a_call_without_an_answer_makes_the_flow_suspect() {
    let mut world = World::new(config(TransportChoice::Tcp));
    world.sign_in();
    world.command(Command::Invite {
        call: CallId(1),
        to: Callee { uri: SipUri::parse("sip:bob@example.com").expect("valid"), display: None },
        offer: "v=0\r\n".into(),
        call_info: None,
        anonymity: Anonymity::Named,
        referral: None,
    });
    assert_eq!(world.next_request().method, Method::Invite);
    world.pass(Duration::from_secs(33));
    assert_eq!(world.next_request().method, Method::Register);
    world.pass(Duration::from_secs(11));
    let lost = |event: &Event| matches!(event, Event::Unregistered { reason, .. } if &*reason.code == "timeout");
    assert!(world.events.iter().any(lost));
}

#[test]
fn when_dns_is_dead_the_servers_of_the_last_time_are_tried() {
    let mut world = World::new(config(TransportChoice::Tcp));
    let hosts = std::mem::take(&mut world.hosts);
    world.command(Command::Register);
    assert_eq!(world.last_code(), "dns");
    world.hosts = hosts;
    world.pass(Duration::from_secs(3));
    world.sign_in_on_open_flow();
    world.hosts.clear();
    world.input(FlowInput::Failed(OpenError::Closed));
    world.pass(Duration::from_secs(3));
    assert!(world.opening.is_some());
}

#[test]
fn s14_a_route_that_somebody_put_in_is_followed_only_inside_tls_or_where_it_leads_home() {
    let evil = "<sip:203.0.113.9;lr>";
    for (transport, routes, expected) in [
        (TransportChoice::Udp, vec![evil], vec![]),
        (TransportChoice::Udp, vec!["<sip:192.0.2.1:5060;lr>", evil], vec!["<sip:192.0.2.1:5060;lr>"]),
        (TransportChoice::Tcp, vec!["<sip:example.com;lr>"], vec!["<sip:example.com;lr>"]),
        (TransportChoice::Tls, vec!["<sip:edge.example.com;lr>"], vec!["<sip:edge.example.com;lr>"]),
    ] {
        let mut world = World::new(config(transport));
        world.command(Command::Register);
        world.open();
        let request = world.next_request();
        let contact = request.headers.contact().expect("a Contact").uri;
        let own = format!("<{contact}>;expires=600");
        let mut fields = vec![("Contact", own.as_str())];
        fields.extend(routes.iter().map(|route| ("Service-Route", *route)));
        world.answer(&request, 200, &fields);
        assert_eq!(world.agent.registration.preloaded_route(), expected, "{transport:?} {routes:?}");
    }
}

#[test]
fn s14_other_devices_of_the_address_are_told_when_they_change_and_never_used() {
    let mut world = World::new(config(TransportChoice::Tls));
    world.command(Command::Register);
    world.open();
    let request = world.next_request();
    let contact = request.headers.contact().expect("a Contact").uri;
    let own = format!("<{contact}>;expires=600");
    let ours = "<sip:old@10.0.0.5>;+sip.instance=\"<urn:uuid:00000000-0000-4000-8000-000000000001>\"";
    let other = "<sip:x@203.0.113.9:5060>;+sip.instance=\"<urn:uuid:00000000-0000-4000-8000-000000000002>\"";
    world.answer(&request, 200, &[("Contact", own.as_str()), ("Contact", ours), ("Contact", other)]);
    assert_eq!(world.devices.iter().map(Vec::len).collect::<Vec<_>>(), [1], "what we left behind is not told");
    assert!(!format!("{:?}", world.devices).contains("203.0.113"), "only a fingerprint");
    assert!(world.agent.registration.contact().uri.contains(&world.token()));
    let refresh = |world: &mut World| {
        while world.sent.is_empty() {
            world.pass(Duration::from_secs(1));
        }
        world.next_request()
    };
    // The same again is no news; that nobody is there any more is.
    let again = refresh(&mut world);
    world.answer(&again, 200, &[("Contact", own.as_str()), ("Contact", other)]);
    assert_eq!(world.devices.len(), 1);
    let again = refresh(&mut world);
    world.answer(&again, 200, &[("Contact", own.as_str())]);
    assert_eq!(world.devices.last(), Some(&Vec::new()));
}

#[test]
fn s16_a_sips_address_is_called_over_tls_and_the_dialog_never_leaves_it() {
    let invite = |world: &mut World| {
        let to = Callee { uri: SipUri::parse("sips:bob@example.com").expect("valid"), display: None };
        world.command(Command::Invite {
            call: CallId(1),
            to,
            offer: "v=0".into(),
            call_info: None,
            anonymity: Anonymity::Named,
            referral: None,
        });
    };
    for transport in [TransportChoice::Udp, TransportChoice::Tcp] {
        let mut world = World::new(config(transport));
        world.sign_in();
        world.sent.clear();
        invite(&mut world);
        assert!(world.sent.is_empty(), "{transport:?}: nothing leaves");
        let Some(Event::Ended { end, .. }) = world.events.last() else { panic!("{:?}", world.events) };
        assert_eq!((end.code, end.by), (403, crate::model::EndedBy::Network));
    }
    let mut world = World::new(config(TransportChoice::Tls));
    world.sign_in();
    world.sent.clear();
    invite(&mut world);
    let request = world.next_request();
    world.answer(
        &request,
        200,
        &[("Contact", "<sip:bob@203.0.113.9;transport=udp>"), ("Record-Route", "<sip:203.0.113.8;transport=tcp;lr>")],
    );
    assert!(matches!(world.next_request().method, Method::Ack));
    world.command(Command::Hangup { call: CallId(1) });
    assert!(matches!(world.next_request().method, Method::Bye));
    assert!(world.opening.is_none() && world.closed.is_empty(), "everything went out on the one TLS flow");
}
