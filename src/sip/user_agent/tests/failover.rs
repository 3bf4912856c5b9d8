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
    // A server that has taken the call may have passed it on before its connection broke.
    let (mut world, first) = calling(TransportChoice::Tcp, 2);
    world.answer(&first, 100, &[]);
    world.input(FlowInput::Failed(OpenError::Closed));
    assert_eq!(heard(&world), [100, 0]);
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
