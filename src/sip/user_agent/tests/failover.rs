//! Calls that one server cannot take and the next one can (RFC 3263 section 4.3).

use super::requests::invite;
use super::*;

const CALL: CallId = CallId(1);

/// Registered with the first of so many servers, and the INVITE of a call that is out.
fn calling(transport: TransportChoice, servers: usize) -> (World, Request) {
    let mut world = World::new(config(transport));
    world.hosts = ["192.0.2.1", "192.0.2.2", "192.0.2.3"][..servers].to_vec();
    world.sign_in();
    world.sent.clear();
    world.command(invite(1));
    let request = world.next_request();
    (world, request)
}

fn server(world: &World) -> String {
    world.agent.registration.flow().map(|state| state.flow.remote.ip().to_string()).expect("a flow")
}

/// The next INVITE that goes out, whatever goes before it.
fn next_invite(world: &mut World) -> Option<Request> {
    while let Some(message) = world.sent.pop_front() {
        match message {
            Message::Request(request) if request.method == Method::Invite => return Some(request),
            Message::Request(_) | Message::Response(_) => {}
        }
    }
    None
}

fn move_on(world: &mut World) {
    world.sent.clear();
    world.sign_in_on_open_flow();
}

/// The statuses that the call heard of; 0: its request failed.
fn heard(world: &World) -> Vec<u16> {
    let told = &world.agent.calls[&CALL].machine.told;
    told.iter()
        .filter_map(|input| match input {
            CallInput::Response { response, .. } => Some(response.code),
            CallInput::Failed { .. } => Some(0),
            _ => None,
        })
        .collect()
}

#[test]
fn a_call_that_a_busy_server_cannot_take_is_taken_by_the_next_one_and_is_the_same_call() {
    let (mut world, first) = calling(TransportChoice::Udp, 2);
    world.answer(&first, 100, &[]);
    world.answer(&first, 503, &[("Retry-After", "120")]);
    assert_eq!(heard(&world), [100], "the call goes on");
    move_on(&mut world);
    assert_eq!(server(&world), "192.0.2.2");
    let second = next_invite(&mut world).expect("the same call");
    let value = |request: &Request, name: &str| request.headers.value(name).unwrap_or_default().to_owned();
    for name in ["Call-ID", "From", "To", "CSeq"] {
        assert_eq!(value(&first, name), value(&second, name), "{name}");
    }
    assert_ne!(value(&first, "Via"), value(&second, "Via"));
    assert_eq!(second.headers.contact().expect("a Contact").uri, world.agent.registration.contact().uri);
    assert_eq!((&first.uri, &first.body), (&second.uri, &second.body));
    world.answer(&second, 180, &[]);
    world.answer(&second, 200, &[("Contact", "<sip:bob@192.0.2.77>")]);
    assert_eq!(heard(&world), [100, 180, 200]);
    // RFC 3261 section 21.5.4: nothing more goes to the other one in this time.
    world.input(FlowInput::Failed(OpenError::Closed));
    world.pass(Duration::from_secs(5));
    let target = world.opening.clone().expect("opened anew").1;
    assert_eq!(target.address.ip().to_string(), "192.0.2.2");
}

#[test]
fn nobody_is_rung_twice() {
    // Who has rung may be ringing still, or have picked up.
    let (mut world, first) = calling(TransportChoice::Udp, 2);
    world.answer(&first, 180, &[]);
    world.answer(&first, 503, &[("Retry-After", "120")]);
    assert_eq!(heard(&world), [180, 503]);
    assert!(world.closed.is_empty());
    // A server that has taken the call may have passed it on before its connection broke: what rings is cancelled.
    let (mut world, first) = calling(TransportChoice::Tcp, 1);
    world.answer(&first, 100, &[]);
    world.input(FlowInput::Failed(OpenError::Closed));
    world.pass(Duration::from_secs(3));
    move_on(&mut world);
    let cancel = world.next_request();
    assert_eq!((cancel.method.as_str(), cancel.headers.value("Via")), ("CANCEL", first.headers.value("Via")));
    assert_eq!((next_invite(&mut world), heard(&world)), (None, vec![100, 0]));
}

/// What the call was told after it was adrift, and the CANCEL that went before it.
fn moved(world: &mut World, to: &'static str) -> Option<Request> {
    world.way = Some(to);
    world.command(Command::NetworkChanged);
    move_on(world);
    match world.sent.pop_front() {
        Some(Message::Request(request)) if request.method.as_str() == "CANCEL" => Some(request),
        _ => None,
    }
}

fn adrift(world: &World) -> usize {
    let told = &world.agent.calls[&CALL].machine.told;
    told.iter().filter(|input| matches!(input, CallInput::Adrift { .. })).count()
}

/// RFC 3261 section 18.2.2: the answers of what rings go to the address in its Via, which is not ours any more.
#[test]
fn f07_what_rings_when_our_address_changes_is_cancelled_over_the_new_one_and_placed_again() {
    for (transport, code) in [(TransportChoice::Udp, 180), (TransportChoice::Tcp, 100), (TransportChoice::Tcp, 183)] {
        let (mut world, first) = calling(transport, 1);
        world.answer(&first, code, &[]);
        let cancel = moved(&mut world, "10.0.0.6").expect("what rings is cancelled");
        for name in ["Via", "From", "To", "Call-ID"] {
            assert_eq!(cancel.headers.value(name), first.headers.value(name), "{name}");
        }
        assert_eq!(cancel.headers.cseq().map(|cseq| cseq.number), first.headers.cseq().map(|cseq| cseq.number));
        assert_eq!((adrift(&world), heard(&world)), (1, vec![code]), "{transport:?}");
    }
    // Where nobody had said a word, the same INVITE goes again: whoever got it answers once.
    let (mut world, first) = calling(TransportChoice::Tcp, 1);
    assert!(moved(&mut world, "10.0.0.6").is_none());
    assert_eq!((adrift(&world), heard(&world).len(), first.method.as_str()), (0, 0, "INVITE"));
}

#[test]
fn f07_who_hangs_up_while_the_address_changes_calls_nobody_again_and_what_rings_is_cancelled() {
    let (mut world, first) = calling(TransportChoice::Tcp, 1);
    world.answer(&first, 180, &[]);
    world.way = None;
    world.command(Command::NetworkChanged);
    assert_eq!(heard(&world), [180], "it waits");
    world.command(Command::Hangup { call: CALL });
    assert_eq!(heard(&world), [180, 0]);
    world.pass(Duration::from_secs(30));
    world.way = Some("10.0.0.6");
    world.command(Command::NetworkChanged);
    move_on(&mut world);
    let methods: Vec<String> = std::iter::from_fn(|| world.sent.pop_front())
        .filter_map(|message| match message {
            Message::Request(request) => Some(request.method.as_str().to_owned()),
            Message::Response(_) => None,
        })
        .collect();
    assert!(methods.contains(&"CANCEL".to_owned()) && !methods.contains(&"INVITE".to_owned()), "{methods:?}");
    // Without a network for as long as anybody waits, the call ends by itself.
    let (mut world, first) = calling(TransportChoice::Tcp, 1);
    world.answer(&first, 180, &[]);
    world.way = None;
    world.hosts.clear();
    world.command(Command::NetworkChanged);
    world.pass(Duration::from_secs(21));
    assert_eq!(heard(&world), [180, 0]);
}

/// What rings here is answered over the new connection: the caller's side knows the answer by the branch of its Via alone.
#[test]
fn f07_a_call_that_rings_here_is_answered_over_the_connection_that_replaced_its_own() {
    for (transport, early) in
        [(TransportChoice::Udp, false), (TransportChoice::Tcp, false), (TransportChoice::Tcp, true)]
    {
        let mut world = World::new(config(transport));
        world.sign_in();
        let invite = world.incoming(&world.token(), "ring");
        world.receive(Message::Request(invite.clone()));
        let call = *world.agent.calls.keys().next().expect("it rings");
        world.sent.clear();
        world.way = Some("10.0.0.6");
        world.command(Command::NetworkChanged);
        let server = *world.agent.servers.keys().next().expect("its transaction");
        let ok = |request: &Request| Response::to(request, 200, Some("ours"));
        let answer = |world: &mut World| {
            let machine = &mut world.agent.calls.get_mut(&call).expect("the call").machine;
            machine.outputs.push_back(CallOutput::Respond { server, response: ok(&invite) });
            world.pass(Duration::from_millis(1));
        };
        // Answered while there is no connection, or afterwards.
        if early {
            answer(&mut world);
            world.command(Command::NetworkChanged);
        }
        world.sign_in_on_open_flow();
        if !early {
            answer(&mut world);
            world.command(Command::Woke);
        }
        let answered = world.sent.iter().any(|message| match message {
            Message::Response(response) => {
                response.code == 200 && response.headers.value("Via").is_some_and(|via| via.contains("z9hG4bKring"))
            }
            Message::Request(_) => false,
        });
        assert!(answered, "{transport:?} {early}: {:?}", world.sent);
    }
}

#[test]
fn a_connection_that_breaks_before_a_word_came_over_it_takes_no_call_along() {
    let (mut world, first) = calling(TransportChoice::Tcp, 1);
    world.input(FlowInput::Failed(OpenError::Closed));
    assert_eq!(heard(&world), [] as [u16; 0]);
    world.pass(Duration::from_secs(3));
    move_on(&mut world);
    let again = next_invite(&mut world).expect("over the next connection");
    assert_eq!(again.headers.call_id(), first.headers.call_id());
}

#[test]
fn a_server_that_says_nothing_at_all_is_left_for_the_next_one_in_a_quarter_of_a_minute() {
    let (mut world, first) = calling(TransportChoice::Udp, 2);
    let begun = world.now.boot;
    while world.opening.is_none() {
        world.pass(Duration::from_millis(100));
        assert!(world.now.boot.saturating_since(begun) < Duration::from_secs(15));
    }
    move_on(&mut world);
    assert_eq!(server(&world), "192.0.2.2");
    let again = next_invite(&mut world).expect("at the next one");
    assert_eq!((again.headers.call_id(), heard(&world).len()), (first.headers.call_id(), 0));
    // A server that is only slow is not left.
    let (mut world, first) = calling(TransportChoice::Udp, 2);
    world.pass(Duration::from_secs(7));
    let test = std::iter::from_fn(|| world.sent.pop_front()).find_map(|message| match message {
        Message::Request(request) if request.method == Method::Register => Some(request),
        Message::Request(_) | Message::Response(_) => None,
    });
    world.accept(&test.expect("is it there?"), 600);
    world.answer(&first, 180, &[]);
    world.pass(Duration::from_secs(20));
    assert!(world.closed.is_empty() && heard(&world) == [180]);
    // Nor is the only one.
    let (mut world, _) = calling(TransportChoice::Udp, 1);
    world.pass(Duration::from_secs(30));
    assert!(world.closed.is_empty());
}

#[test]
fn where_every_server_refuses_the_call_hears_the_last_refusal() {
    let (mut world, first) = calling(TransportChoice::Udp, 3);
    let mut request = first;
    for _ in 0..2 {
        world.answer(&request, 503, &[("Retry-After", "60")]);
        move_on(&mut world);
        request = next_invite(&mut world).expect("the next one");
    }
    world.answer(&request, 503, &[("Retry-After", "60")]);
    assert_eq!(heard(&world), [503]);
    // With one server there is nothing to wait for.
    let (mut world, first) = calling(TransportChoice::Udp, 1);
    world.answer(&first, 503, &[("Retry-After", "60")]);
    assert_eq!(heard(&world), [503]);
}

#[test]
fn where_the_next_server_takes_nobody_the_call_hears_the_first_refusal() {
    let (mut world, first) = calling(TransportChoice::Udp, 2);
    world.answer(&first, 503, &[("Retry-After", "60")]);
    world.open();
    world.pass(Duration::from_secs(19));
    assert_eq!(heard(&world), [] as [u16; 0]);
    world.pass(Duration::from_secs(2));
    assert_eq!(heard(&world), [503]);
}

#[test]
fn who_hangs_up_meanwhile_calls_nobody() {
    let (mut world, first) = calling(TransportChoice::Udp, 2);
    world.answer(&first, 503, &[("Retry-After", "60")]);
    world.command(Command::Hangup { call: CALL });
    assert_eq!(heard(&world), [503]);
    move_on(&mut world);
    assert!(next_invite(&mut world).is_none());
    // Nor after a silent server.
    let (mut world, _) = calling(TransportChoice::Udp, 2);
    world.command(Command::Hangup { call: CALL });
    world.pass(Duration::from_secs(15));
    assert!(world.closed.is_empty());
}

#[test]
fn other_calls_are_not_taken_along_for_a_refusal_that_may_concern_one_alone() {
    let (mut world, first) = calling(TransportChoice::Udp, 2);
    world.command(invite(2));
    world.answer(&first, 503, &[]);
    assert_eq!(heard(&world), [503]);
    assert!(world.closed.is_empty());
}
