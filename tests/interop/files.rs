//! Files through a real server: from one of our programs to another, whole; what is too large, what fails.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::real::tandem::PATIENCE;
use crate::real::{DOMAIN, Profile, Tandem, World, eventually};

fn with(user: &str) -> String {
    format!("{user}@{DOMAIN}")
}

/// The file that a message of somebody brings.
#[track_caller]
fn wait_file(tandem: &Tandem, user: &str) -> Value {
    eventually("a message with a file", PATIENCE, || {
        let messages = tandem.ask("messages", json!({ "with": with(user) }))?;
        messages.as_array()?.iter().find(|message| !message["file"].is_null()).cloned()
    })
}

/// A transfer that stands so.
#[track_caller]
fn wait_state(tandem: &Tandem, message: &str, state: &str) -> Value {
    eventually(&format!("a file that is {state}"), PATIENCE, || {
        let files = tandem.ask("files", json!({}))?;
        files.as_array()?.iter().find(|file| file["message"] == message && file["state"] == state).cloned()
    })
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path.display().to_string()
}

#[test]
fn a_file_goes_from_one_of_ours_to_another_and_is_the_same_there() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let bob = Tandem::online(&world, "bob", &Profile::default());
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let sent = write(&alice.folder, "Straße & plan.pdf", &bytes);
    let answer = alice.ctl("send-file", &[("to", &with("bob")), ("path", &sent)]);
    let id = answer["id"].as_str().unwrap();
    let gone = wait_state(&alice, id, "done");
    assert_eq!(
        (&gone["size"], &gone["done"], &gone["direction"]),
        (&json!(3_000_000), &json!(3_000_000), &json!("out"))
    );
    let came = wait_file(&bob, "alice");
    assert_eq!(came["file"]["name"], "Straße & plan.pdf", "{came}");
    assert_eq!(came["file"]["url"], came["body"]);
    let ours = wait_file(&alice, "bob");
    assert_eq!(ours["id"], id, "the message has the name that the request was told");
    // Nothing is fetched by itself.
    assert!(!bob.folder.join("downloads").exists());
    let message = came["id"].as_str().unwrap();
    for name in ["Straße & plan.pdf", "Straße & plan (2).pdf"] {
        bob.ctl("download", &[("message", message)]);
        let there = wait_state(&bob, message, "done");
        let path = bob.folder.join("downloads").join(name);
        assert_eq!(there["path"], path.display().to_string());
        assert!(fs::read(path).unwrap() == bytes, "the bytes are the same");
        bob.ctl("forget-file", &[("message", message)]);
    }
    assert_eq!(fs::read_dir(bob.folder.join("downloads")).unwrap().count(), 2, "nothing else is left");
    for tandem in [alice, bob] {
        tandem.quit();
    }
}

#[test]
fn what_is_too_large_says_the_limit_and_what_fails_leaves_nothing() {
    let mut world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let bob = Tandem::online(&world, "bob", &Profile::default());
    let large = alice.folder.join("large.bin");
    fs::File::create(&large).unwrap().set_len(11_000_000).unwrap();
    let refused = alice.try_ctl("send-file", &[("to", &with("bob")), ("path", &large.display().to_string())]);
    assert_eq!(refused.expect_err("too large"), "not-allowed");
    let missing = alice.try_ctl("send-file", &[("to", &with("bob")), ("path", "/nowhere/at-all")]);
    assert_eq!(missing.expect_err("not there"), "not-allowed");
    let files = alice.ask("files", json!({})).unwrap();
    let failures: Vec<&str> = files.as_array().unwrap().iter().filter_map(|file| file["failure"].as_str()).collect();
    let [large, missing] = failures.as_slice() else { panic!("{failures:?}") };
    assert!(large.contains("it has 11 MB") && large.contains("takes 10 MB at most"), "{large}");
    assert!(missing.contains("There is no file"), "{missing}");
    // A file whose server is gone says so, and leaves nothing behind.
    let sent = write(&alice.folder, "note.txt", b"hello");
    alice.ctl("send-file", &[("to", &with("bob")), ("path", &sent)]);
    let came = wait_file(&bob, "alice");
    let message = came["id"].as_str().unwrap();
    world.chat.kill();
    bob.ctl("download", &[("message", message)]);
    let failed = wait_state(&bob, message, "failed");
    assert!(failed["failure"].as_str().unwrap().contains("did not come"), "{failed}");
    assert_eq!(fs::read_dir(bob.folder.join("downloads")).unwrap().count(), 0);
    for tandem in [alice, bob] {
        tandem.quit();
    }
}

/// A picture of so many points.
fn picture(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let image = image::RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 99]));
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[test]
fn a_picture_is_shown_on_the_users_word_and_a_voice_message_is_played() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let bob = Tandem::online(&world, "bob", &Profile::default());
    let garden = write(&alice.folder, "garden.png", &picture(1_600, 900));
    alice.ctl("send-file", &[("to", &with("bob")), ("path", &garden)]);
    let came = wait_file(&bob, "alice");
    let shown = bob.ctl("show-picture", &[("message", came["id"].as_str().unwrap())]);
    assert_eq!(shown["state"], "here", "{shown}");
    assert_eq!((&shown["width"], &shown["height"]), (&json!(1_600), &json!(900)), "as large as it is: {shown}");
    // What only calls itself a picture is none, and says so.
    let other = world_file("voice_message.ogg");
    let fake = write(&alice.folder, "fake.png", &fs::read(&other).unwrap());
    alice.ctl("send-file", &[("to", &with("bob")), ("path", &fake)]);
    let fake = eventually("the second file", PATIENCE, || {
        let messages = bob.ask("messages", json!({ "with": with("alice") }))?;
        messages.as_array()?.iter().find(|message| message["file"]["name"] == "fake.png").cloned()
    });
    assert!(bob.try_ctl("show-picture", &[("message", fake["id"].as_str().unwrap())]).is_err());
    let voice = write(&alice.folder, "voice-message.ogg", &fs::read(&other).unwrap());
    alice.ctl("send-file", &[("to", &with("bob")), ("path", &voice)]);
    let voice = eventually("the voice message", PATIENCE, || {
        let messages = bob.ask("messages", json!({ "with": with("alice") }))?;
        messages.as_array()?.iter().find(|message| message["file"]["name"] == "voice-message.ogg").cloned()
    });
    bob.ctl("voice-message", &[("action", "play"), ("message", voice["id"].as_str().unwrap())]);
    eventually("that it is played", PATIENCE, || {
        let state = bob.ask("voice-message", json!({ "action": "state" }))?;
        (state["playing"]["of_ms"].as_u64()? > 0 && state["playing"]["failure"].is_null()).then_some(())
    });
    for tandem in [alice, bob] {
        tandem.quit();
    }
}

fn world_file(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}
