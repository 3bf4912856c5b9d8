//! What a change of the network does to a registration, and what it leaves alone.

use super::*;

const EACH: [TransportChoice; 3] = [TransportChoice::Udp, TransportChoice::Tcp, TransportChoice::Tls];

fn online(transport: TransportChoice) -> World {
    let mut world = World::new(config(transport));
    world.sign_in();
    world.sent.clear();
    world.raw.clear();
    world
}

/// A complaint: a container that starts, or a virtual machine, interrupts every call.
#[test]
fn a_change_of_the_network_that_leads_elsewhere_leaves_the_registration_and_its_calls_alone() {
    for transport in EACH {
        let mut world = online(transport);
        let (flow, events, token) = (world.flow, world.events.len(), world.token());
        for _ in 0..20 {
            world.command(Command::NetworkChanged);
            world.input(FlowInput::Pong);
            world.pass(Duration::from_secs(1));
        }
        assert!(world.closed.is_empty() && world.opening.is_none() && world.sent.is_empty(), "{transport:?}");
        assert_eq!((world.flow, world.events.len(), world.token()), (flow, events, token));
        // One sign of life is asked for each time, no more.
        let asked: &[u8] = if transport == TransportChoice::Udp { b"\r\n" } else { b"\r\n\r\n" };
        assert_eq!(world.raw, vec![Bytes::from_static(asked); 20]);
    }
}

#[test]
fn a_flow_whose_way_is_the_same_but_leads_nowhere_is_replaced_soon_however_often_the_network_changes() {
    let mut world = online(TransportChoice::Tcp);
    // It answers pings.
    world.command(Command::NetworkChanged);
    world.input(FlowInput::Pong);
    for _ in 0..7 {
        world.command(Command::NetworkChanged);
        world.pass(Duration::from_secs(1));
    }
    assert!(world.closed.contains(&world.flow), "the first unanswered question counts");
}

#[test]
fn f07_another_address_or_none_means_another_flow_at_once() {
    for transport in EACH {
        for way in [Some("10.0.0.6"), None] {
            let mut world = online(transport);
            let old = world.flow;
            world.way = way;
            world.command(Command::NetworkChanged);
            assert_eq!(world.closed, [old], "{transport:?} {way:?}");
            world.way = Some("10.0.0.6");
            world.sign_in_on_open_flow();
            assert_ne!(world.flow, old);
        }
    }
}

/// A complaint: the phone does not register again when the machine changes between cable and wireless.
#[test]
fn from_cable_to_wireless_and_back_it_registers_each_time() {
    let mut world = online(TransportChoice::Tcp);
    for turn in 0..10 {
        let old = world.flow;
        world.way = Some(if turn % 2 == 0 { "10.0.1.6" } else { "10.0.0.5" });
        world.command(Command::NetworkChanged);
        world.sent.clear();
        world.sign_in_on_open_flow();
        assert!(world.flow != old && world.closed.contains(&old));
        world.pass(Duration::from_secs(5));
    }
}

/// F06: the link is away for half a minute, and comes back with the address that it had.
#[test]
fn f06_a_link_that_comes_back_is_registered_over_at_once() {
    let mut world = online(TransportChoice::Udp);
    let hosts = std::mem::take(&mut world.hosts);
    world.way = None;
    world.command(Command::NetworkChanged);
    world.pass(Duration::from_secs(30));
    assert!(!world.closed.is_empty() && !world.agent.registration.is_registered());
    world.hosts = hosts;
    world.way = Some("10.0.0.5");
    world.command(Command::NetworkChanged);
    world.sent.clear();
    world.sign_in_on_open_flow();
}

/// A complaint: after a night of sleep every REGISTER times out until the program is started again.
#[test]
fn after_a_night_of_sleep_registering_works_at_the_first_try_over_a_new_connection() {
    for transport in EACH {
        let mut world = online(transport);
        let asleep = world.flow;
        // Nothing runs while the machine sleeps; boot time goes on all the same. The server has forgotten the connection.
        world.now.boot = world.now.boot + Duration::from_secs(8 * 3_600);
        world.command(Command::Woke);
        assert!(!world.closed.contains(&asleep), "{transport:?}: it may live");
        let woke = world.now.boot;
        while !world.closed.contains(&asleep) {
            world.pass(Duration::from_millis(50));
            assert!(
                world.now.boot.saturating_since(woke) <= Duration::from_secs(5),
                "{transport:?}: not waited for long"
            );
        }
        while world.opening.is_none() {
            world.pass(Duration::from_millis(50));
        }
        world.sent.clear();
        let before = world.events.len();
        world.sign_in_on_open_flow();
        assert_ne!(world.flow, asleep);
        assert!(world.now.boot.saturating_since(woke) <= Duration::from_secs(7));
        let failures = world.events.iter().skip(before).filter(|event| matches!(event, Event::Failed(_))).count();
        assert_eq!(failures, 0);
    }
}

#[test]
fn f22_a_connection_that_lived_through_the_sleep_is_kept_and_its_registration_renewed() {
    for transport in EACH {
        let mut world = online(transport);
        let (flow, token) = (world.flow, world.token());
        world.now.boot = world.now.boot + Duration::from_secs(60);
        world.command(Command::Woke);
        let refresh = world.next_request();
        assert_eq!(refresh.method, Method::Register);
        world.accept(&refresh, 600);
        world.pass(Duration::from_secs(4));
        assert!(world.closed.is_empty() && world.opening.is_none(), "{transport:?}");
        assert_eq!((world.flow, world.token()), (flow, token), "the calls' address is the same");
    }
}

#[test]
fn a_change_right_after_waking_does_not_spare_the_registration_its_test() {
    let mut world = online(TransportChoice::Udp);
    world.command(Command::Woke);
    let first = world.next_request();
    world.command(Command::NetworkChanged);
    world.accept(&first, 600);
    world.pass(Duration::from_secs(10));
    assert!(world.closed.is_empty());
    world.way = Some("10.0.0.7");
    world.command(Command::Woke);
    assert_eq!(world.closed.len(), 1, "another address is another flow");
}
