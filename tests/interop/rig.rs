//! The servers and peers against themselves: when these fail, the machine is at fault and not Tandem.

use std::time::Duration;

use crate::real::{Person, Phone, PhoneOptions, World, eventually, sipp};

#[test]
fn two_phones_hear_each_other_through_the_call_server() {
    let world = World::start();
    let caller = PhoneOptions { transport: "tls", encryption: Some("srtp"), tone: Some(600.0), ..Default::default() };
    let callee = PhoneOptions { transport: "tcp", tone: Some(900.0), answers: true, ..Default::default() };
    let mut alice = Phone::start(&world, "alice", PhoneOptions { encryption: None, ..caller });
    let bob = Phone::start(&world, "bob", callee);
    alice.dial("bob");
    alice.wait_event("CALL_ESTABLISHED");
    eventually("bob's tone at alice's", Duration::from_secs(15), || alice.heard()?.has_tone(900.0).then_some(()));
    eventually("alice's tone at bob's", Duration::from_secs(15), || bob.heard()?.has_tone(600.0).then_some(()));
    alice.command("hangup", "");
    bob.wait_event("CALL_CLOSED");
}

#[test]
fn two_people_write_to_each_other_through_the_chat_server() {
    let world = World::start();
    let mut bob = Person::sign_in(&world, "bob");
    let mut carol = Person::sign_in(&world, "carol");
    carol.say(&bob.full_jid(), "m1", "hello");
    bob.wait_for("carol's message", |xml| xml.contains("<body>hello</body>"));
}

#[test]
fn sipp_plays_its_scenarios_with_a_phone() {
    let world = World::start();
    let bob = Phone::start(&world, "bob", PhoneOptions { answers: true, ..Default::default() });
    for scenario in ["call_and_hang_up.xml", "delayed_offer.xml", "old_hold.xml"] {
        bob.forget();
        sipp::play_to_the_end(&world, scenario, "carol", "bob");
        bob.wait_event("CALL_CLOSED");
    }
    let dave = Phone::start(&world, "dave", PhoneOptions::default());
    sipp::play_to_the_end(&world, "cancel.xml", "carol", "dave");
    dave.wait_event("CALL_CLOSED");
}

#[test]
fn the_chat_server_counts_refused_logins() {
    let world = World::start();
    assert_eq!(world.chat.refused_logins(), 0);
    let mut person = Person::connect(&world, "bob");
    person.authenticate("wrong");
    person.wait_for("a refusal", |xml| xml.contains("<not-authorized"));
    eventually("one refused login", Duration::from_secs(5), || (world.chat.refused_logins() == 1).then_some(()));
}
