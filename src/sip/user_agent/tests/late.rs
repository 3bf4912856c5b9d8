//! BYEs while the connection is being rebuilt.

use super::super::late::{LATE_FOR, MAX_LATE};
use super::*;
use crate::sip::stack::ClientFailure;

/// Signed in with `count` calls that came in.
fn talking(transport: TransportChoice, count: usize) -> (World, Vec<CallId>) {
    let mut world = World::new(config(transport));
    world.sign_in();
    let token = world.token();
    for number in 0..count {
        world.receive(Message::Request(world.incoming(&token, &format!("late{number}"))));
        let ringing = world.agent.calls.iter().find(|(_, call)| call.machine.ringing).map(|(id, _)| *id);
        world.command(Command::Answer { call: ringing.expect("it rings"), sdp: "v=0\r\n".into() });
    }
    world.sent.clear();
    let calls = world.agent.calls.keys().copied().collect();
    (world, calls)
}

/// The connection is lost and the next try is under way, not yet open.
fn lose(world: &mut World) {
    world.input(FlowInput::Failed(OpenError::Closed));
    world.pass(Duration::from_secs(3));
    assert!(world.opening.is_some() && !world.agent.registration.is_registered());
}

fn byes(world: &World) -> Vec<&Request> {
    world
        .sent
        .iter()
        .filter_map(|message| if let Message::Request(request) = message { Some(request) } else { None })
        .filter(|request| request.method == Method::Bye)
        .collect()
}

pub(super) fn told(world: &World, call: CallId) -> &[CallInput] {
    &world.agent.calls[&call].machine.told
}

#[test]
fn a_bye_while_the_connection_is_rebuilt_is_sent_after_the_next_registration() {
    let (mut world, calls) = talking(TransportChoice::Tcp, 1);
    lose(&mut world);
    world.command(Command::Hangup { call: calls[0] });
    assert!(byes(&world).is_empty());
    let until = world.now.boot + LATE_FOR;
    assert_eq!(told(&world, calls[0]).last(), Some(&CallInput::PutOff { key: RequestKey(9), until }));
    world.open();
    let first = world.next_request();
    world.answer(&first, 401, &[("WWW-Authenticate", REALM)]);
    assert!(byes(&world).is_empty(), "the server does not know us yet");
    let second = world.next_request();
    world.accept(&second, 600);
    assert_eq!(byes(&world).len(), 1);
    let bye = world.next_request();
    world.answer(&bye, 200, &[]);
    assert!(
        matches!(told(&world, calls[0]).last(), Some(CallInput::Response { response, .. }) if response.code == 200)
    );
    world.pass(Duration::from_secs(60));
    assert!(byes(&world).is_empty(), "once");
}

#[test]
fn a_bye_that_the_dying_connection_swallowed_is_sent_again() {
    let (mut world, calls) = talking(TransportChoice::Tcp, 1);
    world.command(Command::Hangup { call: calls[0] });
    let swallowed = world.next_request();
    lose(&mut world);
    assert!(!told(&world, calls[0]).iter().any(|input| matches!(input, CallInput::Failed { .. })));
    world.sign_in_on_open_flow();
    let again = world.next_request();
    assert_eq!((again.method.clone(), again.headers.cseq()), (Method::Bye, swallowed.headers.cseq()));
    assert_ne!(
        again.headers.top_via().and_then(|via| via.branch().map(str::to_owned)),
        swallowed.headers.top_via().and_then(|via| via.branch().map(str::to_owned)),
        "a transaction of its own"
    );
}

#[test]
fn a_bye_waits_for_three_minutes_and_no_longer() {
    let (mut world, calls) = talking(TransportChoice::Tcp, 1);
    lose(&mut world);
    world.command(Command::Hangup { call: calls[0] });
    world.hosts.clear();
    world.input(FlowInput::Failed(OpenError::Unreachable));
    world.pass(LATE_FOR - Duration::from_secs(1));
    assert!(matches!(told(&world, calls[0]).last(), Some(CallInput::PutOff { .. })));
    world.pass(Duration::from_secs(2));
    let failed = CallInput::Failed { key: RequestKey(9), why: ClientFailure::Transport };
    assert_eq!(told(&world, calls[0]).last(), Some(&failed));
    assert!(world.agent.late.is_empty());
}

#[test]
fn so_many_byes_wait_and_the_next_one_fails() {
    let (mut world, calls) = talking(TransportChoice::Tcp, MAX_CALLS);
    lose(&mut world);
    for _ in 0..=MAX_LATE / MAX_CALLS + 1 {
        for call in &calls {
            world.command(Command::Hangup { call: *call });
        }
    }
    assert_eq!(world.agent.late.len(), MAX_LATE);
    assert!(matches!(told(&world, calls[0]).last(), Some(CallInput::Failed { .. })));
}

#[test]
fn nobody_who_gave_up_registering_keeps_a_bye() {
    let (mut world, calls) = talking(TransportChoice::Tcp, 1);
    lose(&mut world);
    world.command(Command::Hangup { call: calls[0] });
    world.command(Command::Unregister);
    let told = told(&world, calls[0]);
    assert!(matches!(told.last(), Some(CallInput::Failed { .. })), "{told:?}");
    assert!(world.agent.late.is_empty());
    assert_eq!(world.agent.poll_timeout(), None);
}

#[test]
fn calls_that_only_linger_leave_room_for_others() {
    let (mut world, calls) = talking(TransportChoice::Udp, MAX_CALLS);
    let token = world.token();
    let answer = |world: &mut World, branch: &str| {
        world.sent.clear();
        world.receive(Message::Request(world.incoming(&token, branch)));
        match world.sent.pop_back() {
            Some(Message::Response(response)) => response.code,
            other => panic!("an answer: {other:?}"),
        }
    };
    assert_eq!(answer(&mut world, "full"), 486);
    world.command(Command::Hangup { call: calls[0] });
    assert!(world.agent.calls.contains_key(&calls[0]), "its BYE has no answer yet");
    assert_eq!(answer(&mut world, "room"), 180);
    assert_eq!(answer(&mut world, "again"), 486);
}
