//! The archive, copies and what was read, with a real server (XEP-0313, XEP-0280, XEP-0490): what another device of ours
//! writes and reads, what came while nobody was here, and streams that are cut while they begin.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::Value;

use crate::real::stored::{Row, stored, unread};
use crate::real::tandem::PATIENCE;
use crate::real::{DOMAIN, Person, Profile, Relay, Tandem, World, eventually};

fn with(user: &str) -> String {
    format!("{user}@{DOMAIN}")
}

fn headless(folder: PathBuf) -> Tandem {
    Tandem::run(folder, &["--headless"], &[])
}

fn bodies(messages: &[Value]) -> Vec<&str> {
    messages.iter().filter_map(|message| message["body"].as_str()).collect()
}

/// What is shown of a conversation, at most a thousand messages.
fn shown(tandem: &Tandem, user: &str) -> Vec<Value> {
    let page = tandem.ask("messages", serde_json::json!({ "with": with(user), "limit": 1000 }));
    page.and_then(|page| page.as_array().cloned()).unwrap_or_default()
}

#[test]
fn what_another_device_writes_gets_and_reads_is_so_here_too() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let mut bob = Person::sign_in(&world, "bob");
    // Another device of hers, of another maker.
    let mut phone = Person::sign_in(&world, "alice");
    phone.send("<iq type='set' id='copies'><enable xmlns='urn:xmpp:carbons:2'/></iq>");
    phone.wait_for("copies", |xml| xml.contains("copies"));
    phone.say(&with("bob"), "a-random-id-of-the-phone-1", "written on the phone");
    bob.wait_for("what she wrote", |xml| xml.contains("written on the phone"));
    let written = alice.wait_message("bob", "written on the phone", &["sent"]);
    assert_eq!((&written["direction"], &written["from"]), (&"out".into(), &with("alice").into()));
    bob.say(&phone.full_jid(), "a-random-id-of-bobs-1", "said to the phone");
    let said = alice.wait_message("bob", "said to the phone", &["received"]);
    assert_eq!(said["direction"], "in");
    eventually("that it is unread", PATIENCE, || (unread(&alice.folder, "bob") == Some(1)).then_some(()));
    phone.send(&format!(
        "<message type='chat' to='{}' id='seen-1'><displayed xmlns='urn:xmpp:chat-markers:0' \
         id='a-random-id-of-bobs-1'/></message>",
        with("bob")
    ));
    eventually("that she read it on the phone", PATIENCE, || (unread(&alice.folder, "bob") == Some(0)).then_some(()));
    // Sent here: the phone is told, and it does not come back as another one.
    phone.forget();
    alice.ctl("send", &[("to", &with("bob")), ("body", "written here")]);
    phone.wait_for("a copy of what was written here", |xml| xml.contains("<body>written here</body>"));
    alice.wait_message("bob", "written here", &["sent"]);
    let expected = ["written on the phone", "said to the phone", "written here"];
    assert_eq!(bodies(&shown(&alice, "bob")), expected);
    alice.quit();
    // Nor does any of it come again out of the archive.
    let alice = headless(world.folder().join("alice"));
    alice.wait_online();
    bob.say(&with("alice"), "a-random-id-of-bobs-2", "after the restart");
    alice.wait_message("bob", "after the restart", &["received"]);
    assert_eq!(bodies(&shown(&alice, "bob")), [&expected[..], &["after the restart"]].concat());
}

#[test]
fn what_came_while_nobody_was_here_is_there_once_in_order_and_the_newest_first() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let mut bob = Person::sign_in(&world, "bob");
    bob.say(&with("alice"), "1", "the first");
    alice.wait_message("bob", "the first", &["received"]);
    alice.quit();
    // Another device takes everything meanwhile, so that only the archive can tell.
    let mut phone = Person::sign_in(&world, "alice");
    let mut expected = vec!["the first".to_owned()];
    for n in 0..170 {
        let body = format!("m{n:04}");
        if n % 10 == 3 && n < 100 {
            phone.say(&with("bob"), &n.to_string(), &body);
            bob.wait_for("what the phone wrote", |xml| xml.contains(&body));
        } else {
            // Ids that begin anew: many clients count.
            bob.say(&with("alice"), &(n % 7).to_string(), &body);
            phone.wait_for("what bob wrote", |xml| xml.contains(&body));
        }
        expected.push(body);
    }
    let alice = headless(world.folder().join("alice"));
    let (mut looked, mut last) = (0, Vec::new());
    let deadline = Instant::now() + PATIENCE * 2;
    while last.len() < expected.len() {
        assert!(Instant::now() < deadline, "{} instead of {}: {last:?}", last.len(), expected.len());
        last = shown(&alice, "bob").iter().filter_map(|message| Some(message["body"].as_str()?.to_owned())).collect();
        // At every moment: what was known, and behind it the newest without a hole.
        let late = last.strip_prefix(&["the first".to_owned()]).unwrap_or(&last);
        assert!(expected.ends_with(late), "{last:?}");
        looked += usize::from(!late.is_empty() && late.len() < expected.len() - 1);
    }
    eprintln!("seen in part {looked} times");
    // What the phone wrote last had been seen there by then.
    let mut open = None;
    let deadline = Instant::now() + PATIENCE;
    while open != Some(76) {
        assert!(Instant::now() < deadline, "{open:?} are unread");
        open = unread(&alice.folder, "bob");
    }
    alice.quit();
    let alice = headless(world.folder().join("alice"));
    alice.wait_online();
    bob.say(&with("alice"), "0", "the last");
    alice.wait_message("bob", "the last", &["received"]);
    expected.push("the last".to_owned());
    assert_eq!(bodies(&shown(&alice, "bob")), expected, "nothing comes twice");
}

#[test]
fn a_new_device_has_the_whole_conversation_and_has_missed_nothing() {
    let world = World::start();
    let mut bob = Person::sign_in(&world, "bob");
    let mut phone = Person::sign_in(&world, "alice");
    let mut expected = Vec::new();
    for n in 0..130 {
        let body = format!("m{n:04}");
        bob.say(&with("alice"), &format!("a-random-id-{n}-of-bobs"), &body);
        expected.push(body);
    }
    phone.wait_for("all of it", |xml| xml.contains("m0129"));
    let alice = Tandem::online(&world, "alice", &Profile::default());
    eventually("all of it here", PATIENCE, || (shown(&alice, "bob").len() == expected.len()).then_some(()));
    assert_eq!(bodies(&shown(&alice, "bob")), expected);
    assert_eq!(unread(&alice.folder, "bob"), Some(0));
}

#[test]
fn what_is_read_on_one_of_our_devices_is_read_on_the_others_also_on_those_that_were_off() {
    let world = World::start();
    let device = |name: &str| {
        let folder = Tandem::write(&world, "alice", &Profile::default());
        let own = world.folder().join(name);
        fs::rename(folder, &own).unwrap();
        own
    };
    let folders = ["desk", "couch", "cellar"].map(device);
    let [desk, couch, cellar] = folders.clone().map(headless);
    let mut bob = Person::sign_in(&world, "bob");
    for tandem in [&desk, &couch, &cellar] {
        tandem.wait_state("chat", "online");
    }
    for (n, body) in ["one", "two"].iter().enumerate() {
        bob.say(&with("alice"), &format!("a-random-id-of-bobs-{n}"), body);
        for tandem in [&desk, &couch, &cellar] {
            tandem.wait_message("bob", body, &["received"]);
        }
    }
    for folder in &folders {
        eventually("both unread", PATIENCE, || (unread(folder, "bob") == Some(2)).then_some(()));
    }
    cellar.quit();
    desk.ctl("mark-read", &[("with", &with("bob"))]);
    eventually("read on the couch", PATIENCE, || (unread(&folders[1], "bob") == Some(0)).then_some(()));
    let _cellar = headless(folders[2].clone());
    eventually("read in the cellar", PATIENCE, || (unread(&folders[2], "bob") == Some(0)).then_some(()));
}

#[test]
fn f10_a_stream_that_is_cut_at_any_byte_of_its_start_loses_and_doubles_nothing() {
    const ROUNDS: usize = 9;
    let world = World::start();
    let relay = Relay::start(world.chat.starttls);
    let mut bob = Person::sign_in(&world, "bob");
    let folder = Tandem::write_through(&world, "alice", relay.port);
    let mut alice = headless(folder.clone());
    alice.wait_state("chat", "online");
    let mut random = StdRng::seed_from_u64(10);
    let (mut said, mut written) = (Vec::new(), Vec::new());
    let mut length = 0;
    // The first round shows how many bytes it takes without a cut.
    for round in 0..=ROUNDS {
        alice.kill();
        let before = relay.passed();
        if round > 0 {
            let share = length / ROUNDS;
            relay.cut_after(((round - 1) * share + random.random_range(0..share)).max(1));
        }
        let (to_her, from_her) = (format!("in-{round}"), format!("out-{round}"));
        bob.say(&with("alice"), &format!("a-random-id-of-bobs-{round}"), &to_her);
        drop(alice);
        alice = headless(folder.clone());
        alice.ctl("send", &[("to", &with("bob")), ("body", &from_her)]);
        eventually("both ways", PATIENCE * 2, || {
            let rows = stored(&folder, "bob");
            let came = rows.iter().any(|row| row.body == to_her);
            let left = rows.iter().any(|row| row.body == from_her && !row.pending);
            (came && left).then_some(())
        });
        bob.wait_for("what she wrote", |xml| xml.contains(&format!("<body>{from_her}</body>")));
        relay.spare();
        length = if round == 0 { relay.passed() - before } else { length };
        said.push(to_her);
        written.push(from_her);
    }
    assert!(relay.cuts() >= ROUNDS - 2, "cut {} times", relay.cuts());
    let rows = stored(&folder, "bob");
    let of = |own| rows.iter().filter(|row: &&Row| row.own == own).map(|row| row.body.clone()).collect::<Vec<_>>();
    assert_eq!((of(false), of(true)), (said, written.clone()), "{rows:#?}");
    for body in written {
        assert_eq!(bob.received().matches(&format!("<body>{body}</body>")).count(), 1, "{body} reaches bob once");
    }
}

#[test]
fn a_conversation_goes_into_a_file_that_only_its_user_can_read_and_overwrites_nothing() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let mut bob = Person::sign_in(&world, "bob");
    let mut expected = Vec::new();
    // More than one page of the store.
    for n in 0..620 {
        let body = format!("m{n:04}");
        bob.say(&with("alice"), &format!("a-random-id-{n}-of-bobs"), &body);
        expected.push(body);
    }
    alice.wait_message("bob", "m0619", &["received"]);
    alice.ctl("send", &[("to", &with("bob")), ("body", "two\n[00:00:00] Bob: lines")]);
    alice.wait_message("bob", "two\n[00:00:00] Bob: lines", &["sent"]);
    expected.push("two\n[00:00:00] Bob: lines".to_owned());
    let [json, text] = ["talk.json", "talk.txt"].map(|name| world.folder().join(name));
    let export = |format: &str, path: &std::path::Path| {
        alice.try_ctl("export", &[("with", &with("bob")), ("format", format), ("path", &path.display().to_string())])
    };
    assert_eq!(export("json", &json).unwrap()["messages"], 621);
    let file: Value = serde_json::from_str(&fs::read_to_string(&json).unwrap()).unwrap();
    assert_eq!(bodies(file["messages"].as_array().unwrap()), expected);
    assert_eq!((&file["with"], &file["name"]), (&with("bob").into(), &"Bob Baker".into()));
    assert_eq!(fs::metadata(&json).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(export("text", &text).unwrap()["messages"], 621);
    let lines = fs::read_to_string(&text).unwrap();
    let written: Vec<&str> = lines.lines().collect();
    assert_eq!(written[0], format!("Conversation with Bob Baker <{}>", with("bob")));
    assert!(written.iter().any(|line| line.ends_with("] Bob Baker: m0000")), "{lines}");
    assert!(
        written.iter().any(|line| line.ends_with("] You: two")) && lines.contains("\n           [00:00:00] Bob: lines")
    );
    // What is there stays, and what cannot be is told.
    fs::write(&text, "mine").unwrap();
    for (format, path) in [("text", &text), ("json", &world.folder().join("nowhere").join("x")), ("text", &"x".into())]
    {
        assert_eq!(export(format, path), Err("invalid".to_owned()), "{path:?}");
    }
    assert_eq!(fs::read_to_string(&text).unwrap(), "mine");
    let nobody = world.folder().join("nobody.txt");
    let path = nobody.display().to_string();
    assert_eq!(alice.try_ctl("export", &[("with", &with("grace")), ("path", &path)]), Err("not-found".to_owned()));
    assert!(!nobody.exists());
}
