//! N-15: the history of calls is one for all devices of the user, through a private node of a real server.

use serde_json::{Value, json};

use crate::real::tandem::PATIENCE;
use crate::real::{DOMAIN, Person, Phone, PhoneOptions, Profile, Tandem, World, eventually};

fn history(of: &Tandem) -> Vec<Value> {
    of.ask("history", json!({})).and_then(|all| all.as_array().cloned()).unwrap_or_default()
}

fn missed(of: &Tandem) -> u64 {
    of.ask("status", json!({})).and_then(|status| status["missed_calls"].as_u64()).unwrap_or(u64::MAX)
}

#[test]
fn n15_a_device_that_was_off_learns_of_calls_and_of_what_was_seen_and_nobody_else_reads_it() {
    let world = World::start();
    let elsewhere = Tandem::write_for(&world, "alice", "alice-at-home");
    let desk = Tandem::online(&world, "alice", &Profile::default());
    let mut bob = Phone::start(&world, "bob", PhoneOptions::default());
    bob.dial("alice");
    desk.wait_ringing();
    bob.command("hangup", "");
    eventually("a missed call", PATIENCE, || (missed(&desk) == 1).then_some(()));
    // The device at home was off; now it has the call.
    let home = Tandem::run(elsewhere, &["--headless"], &[]);
    home.wait_state("chat", "online");
    let call = eventually("the call there", PATIENCE, || history(&home).into_iter().next());
    assert_eq!((&call["missed"], &call["call"]["direction"]), (&json!(true), &json!("incoming")), "{call}");
    assert_eq!(missed(&home), 1);
    // It was seen at the desk, so it was seen.
    desk.ctl("seen-calls", &[]);
    eventually("that it was seen", PATIENCE, || (missed(&home) == 0).then_some(()));
    // Somebody of the list, who sees when she is there, reads nothing of it.
    let mut other = Person::sign_in(&world, "bob");
    other.send(&format!(
        "<iq type='get' id='spy' to='alice@{DOMAIN}'><pubsub xmlns='http://jabber.org/protocol/pubsub'>\
         <items node='urn:x-cusax:calls:0'/></pubsub></iq>"
    ));
    other.wait_for("a refusal", |xml| xml.contains("spy") && xml.contains("<error"));
    // Taken out at one device, it does not come back there with the next start.
    let id = history(&home)[0]["call"]["id"].as_str().unwrap().to_owned();
    home.ctl("delete-call", &[("call", &id)]);
    let folder = home.folder.clone();
    home.quit();
    let home = Tandem::run(folder, &["--headless"], &[]);
    home.wait_state("chat", "online");
    desk.ctl("seen-calls", &[]);
    eventually("a history without it", PATIENCE, || history(&home).is_empty().then_some(()));
    for of in [desk, home] {
        of.quit();
    }
}
