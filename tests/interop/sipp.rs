//! Calls to the letter: what ordinary phones seldom do, SIPp does.

use crate::real::{Profile, Tandem, World, eventually, sipp};

/// Answers the next call as soon as it rings, while SIPp plays.
fn play_and_answer(scenario: &str) {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile { transport: "udp", ..Default::default() });
    std::thread::scope(|scope| {
        let play = scope.spawn(|| sipp::play_to_the_end(&world, scenario, "carol", "alice"));
        let call = alice.wait_ringing();
        alice.ctl("answer", &[("call", call["id"].as_str().unwrap())]);
        play.join().unwrap();
        alice.wait_call_state(call["id"].as_str().unwrap(), "ended");
    });
}

#[test]
fn a_call_is_answered_and_the_caller_hangs_up() {
    play_and_answer("call_and_hang_up.xml");
}

#[test]
fn an_invite_without_an_offer_gets_one_in_the_answer() {
    play_and_answer("delayed_offer.xml");
}

#[test]
fn the_old_form_of_hold_is_understood() {
    play_and_answer("old_hold.xml");
}

#[test]
fn a_call_is_cancelled_while_it_rings() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile { transport: "udp", ..Default::default() });
    sipp::play_to_the_end(&world, "cancel.xml", "carol", "alice");
    eventually("the call's end", std::time::Duration::from_secs(10), || {
        alice.calls().iter().any(|call| call["state"] == "ended").then_some(())
    });
}
