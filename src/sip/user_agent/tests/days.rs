//! A week: registrations, nonces that grow old, addresses that change, connections that end, a call each hour; nothing of
//! it gathers.

use super::*;

/// How many things the machine holds.
fn held(world: &World) -> Vec<(&'static str, usize)> {
    let agent = &world.agent;
    let stack = &agent.transactions;
    vec![
        ("calls", agent.calls.len()),
        ("purposes", agent.purposes.len()),
        ("servers", agent.servers.len()),
        ("side flows", agent.side_flows.len()),
        ("late", agent.late.len()),
        ("subscriptions", agent.subscriptions.len()),
        ("outputs", agent.outputs.len()),
        ("client transactions", stack.held()[0]),
        ("server transactions", stack.held()[1]),
        ("keys of transactions", stack.held()[2]),
    ]
}

/// The registrar's side of one moment: a new nonce each hour, every binding for ten minutes. Answers whether a binding was
/// made.
fn serve(world: &mut World) -> bool {
    let nonce = format!("n{}", world.now.boot.as_duration().as_secs() / 3_600);
    let mut bound = false;
    loop {
        if world.opening.is_some() {
            world.open();
        }
        let Some(message) = world.sent.pop_front() else { break };
        let Message::Request(request) = message else { continue };
        match request.method {
            Method::Register => {
                let credentials = request.headers.value("Authorization").map(str::to_owned);
                if credentials.as_deref().is_some_and(|value| value.contains(&format!("nonce=\"{nonce}\""))) {
                    world.accept(&request, 600);
                    bound = true;
                } else {
                    let stale = if credentials.is_some() { ",stale=true" } else { "" };
                    let challenge = format!("{}{stale}", REALM.replace("n1", &nonce));
                    world.answer(&request, 401, &[("WWW-Authenticate", &challenge)]);
                }
            }
            Method::Bye => world.answer(&request, 200, &[]),
            _ => {}
        }
    }
    world.raw.clear();
    world.closed.clear();
    bound
}

/// Rings, is answered, and is hung up.
fn a_call(world: &mut World, number: u64) {
    let token = world.token();
    let invite = world.incoming(&token, &format!("h{number}"));
    world.receive(Message::Request(invite));
    let ringing = world.agent.calls.iter().find(|(_, call)| call.machine.ringing).map(|(id, _)| *id);
    let call = ringing.expect("it rings");
    world.command(Command::Answer { call, sdp: "v=0\r\n".into() });
    world.command(Command::Hangup { call });
    serve(world);
    // The double does not say itself that nothing is left of it.
    world.agent.calls.remove(&call);
}

#[test]
fn a_week_of_registrations_nonces_and_addresses_gathers_nothing_and_is_never_unregistered_for_long() {
    for transport in [TransportChoice::Udp, TransportChoice::Tls] {
        let mut world = World::new(config(transport));
        world.command(Command::Register);
        let (mut bound, mut worst, mut bindings, mut first) = (world.now.boot, Duration::ZERO, 0_u32, None);
        for second in 0..7 * 24 * 3_600_u64 {
            world.pass(Duration::from_secs(1));
            if serve(&mut world) {
                bound = world.now.boot;
                bindings += 1;
            }
            worst = worst.max(world.now.boot.saturating_since(bound));
            match second % 3_600 {
                1_200 => a_call(&mut world, second),
                // Every third hour another network, every fifth the connection just ends.
                2_400 if second / 3_600 % 3 == 0 => {
                    world.way = Some(if second / 3_600 % 2 == 0 { "10.0.0.5" } else { "10.0.1.5" });
                    world.command(Command::NetworkChanged);
                }
                2_400 if second / 3_600 % 5 == 0 => world.input(FlowInput::Failed(OpenError::Closed)),
                _ => {}
            }
            world.events.clear();
            world.devices.clear();
            if (second + 1) % (24 * 3_600) == 0 {
                let now = held(&world);
                let day = first.get_or_insert_with(|| now.clone());
                for ((what, then), (_, count)) in day.iter().zip(&now) {
                    assert!(*count <= then + 2 && *count < 12, "{transport:?}, second {second}: {count} {what}");
                }
            }
        }
        assert!(worst <= Duration::from_secs(600), "{transport:?}: without a binding for {worst:?}");
        assert!(bindings > 7 * 24 * 6, "{transport:?}: refreshed only {bindings} times");
        assert!(world.agent.registration.is_registered());
    }
}
