//! A system that gives no more of something: one operation fails and says so, the program lives.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::real::{Person, Phone, PhoneOptions, Profile, Tandem, World, eventually};

const PATIENCE: Duration = Duration::from_secs(20);

/// The files that the program opens have numbers below `files` from now on; `None`: as many as it may at most.
fn limit(tandem: &Tandem, files: Option<usize>) {
    let soft = files.map_or_else(|| "1024".to_owned(), |files| files.to_string());
    let set = Command::new("prlimit").args(["--pid", &tandem.id().to_string(), &format!("--nofile={soft}:")]).status();
    assert!(set.expect("prlimit runs").success());
}

fn open_files(tandem: &Tandem) -> BTreeSet<usize> {
    let files = fs::read_dir(format!("/proc/{}/fd", tandem.id())).expect("it runs");
    files.filter_map(|file| file.ok()?.file_name().to_str()?.parse().ok()).collect()
}

/// The limit with which one file more can be opened: a new one takes the lowest free number, whatever was inherited above.
fn room_for_one(tandem: &Tandem) -> usize {
    // Until the connection that asked whether we are online is closed.
    let mut before = BTreeSet::new();
    let open = eventually("nothing being opened or closed", PATIENCE, || {
        let now = open_files(tandem);
        let same = std::mem::replace(&mut before, now.clone()) == now;
        same.then_some(now)
    });
    (0..).filter(|number| !open.contains(number)).nth(1).expect("numbers have no end")
}

#[test]
fn f31_where_the_system_opens_no_more_files_a_call_fails_with_a_sentence_and_the_next_one_works() {
    let world = World::start();
    let _bob = Phone::start(&world, "bob", PhoneOptions { answers: true, ..Default::default() });
    let mut person = Person::sign_in(&world, "bob");
    let mut alice = Tandem::online(&world, "alice", &Profile::default());
    // Room for the control connection alone.
    limit(&alice, Some(room_for_one(&alice)));
    let call = alice.call("sip:bob@tandem.example");
    let ended = alice.wait_call_state(&call, "ended");
    let text = ended["end"]["text"].as_str().expect("a sentence").to_owned();
    assert!(text.starts_with("No sound can be sent:"), "{text}");
    // What is there already goes on.
    person.say("alice@tandem.example", "m1", "still there?");
    eventually("the message", PATIENCE, || {
        alice.messages("bob").iter().any(|message| message["body"] == "still there?").then_some(())
    });
    alice.assert_running();
    limit(&alice, None);
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    alice.ctl("hangup", &[("call", &call)]);
    alice.quit();
}
