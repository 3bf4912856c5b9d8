//! Name servers that are slow, or fall silent.

use std::time::{Duration, Instant};

use crate::real::{Profile, Tandem, World, eventually};

const PATIENCE: Duration = Duration::from_secs(40);

fn online(alice: &Tandem, account: &str) {
    eventually("it is online", PATIENCE, || (alice.account(account)["state"] == "online").then_some(()));
}

#[test]
fn f08_with_a_name_server_that_takes_five_seconds_for_an_answer_both_are_online_after_two_answers() {
    let mut world = World::start();
    world.names.slow(Duration::from_secs(5));
    let started = Instant::now();
    let alice = Tandem::start(&world, "alice", &Profile::default());
    online(&alice, "chat");
    let chat = started.elapsed();
    online(&alice, "voice");
    let both = started.elapsed();
    eprintln!("chat after {chat:?}, both after {both:?}");
    // Two answers of five seconds each, the handshakes, and what a busy machine needs to start a program.
    assert!(chat >= Duration::from_secs(10), "{chat:?}: the names were slow");
    assert!(both < Duration::from_secs(16), "{both:?}");
    // The answers are still known: a server that comes back is found without another wait.
    world.voice.kill();
    eventually("the loss is noticed", PATIENCE, || (alice.account("voice")["state"] != "online").then_some(()));
    world.voice.restart();
    let returned = Instant::now();
    online(&alice, "voice");
    eprintln!("voice again after {:?}", returned.elapsed());
    assert!(returned.elapsed() < Duration::from_secs(8), "{:?}", returned.elapsed());
}
