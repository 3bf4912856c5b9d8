//! `make demo HEADLESS=1`, as a script would use it: everybody is there, and nothing stays behind.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::real::process::{Process, command, program};
use crate::real::tone::{Recording, write_samples, write_tone};
use crate::real::wait::Permit;
use crate::real::{Tandem, eventually};

const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn the_demo_shows_colleagues_who_chat_and_talk_and_leaves_nothing_behind() {
    let _permit = Permit::wait();
    let folder = tempfile::Builder::new().prefix("tandem-").tempdir().unwrap();
    let demo = folder.path().join("demo");
    let spoken = folder.path().join("spoken.wav");
    // Alice's configuration suppresses noise: a steady tone would be taken for it, syllables are not.
    write_tone(&spoken, 1300.0, Duration::from_secs(10));
    let mut syllables = Recording::read(&spoken).unwrap().samples;
    for (index, sample) in syllables.iter_mut().enumerate() {
        *sample = if index % 28_800 < 9_600 { sample.saturating_mul(2) } else { 0 };
    }
    write_samples(&spoken, &syllables);
    fs::create_dir_all(folder.path().join("run")).unwrap();
    let mut start = command(&program("python3"));
    start
        .arg("-B")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/demo"))
        .arg("headless")
        .env("TANDEM", env!("CARGO_BIN_EXE_tandem"))
        .env("TANDEM_DEMO_DIR", &demo)
        .env("TANDEM_DEMO_INPUT", format!("file:{}?loop", spoken.display()))
        .env("TANDEM_DEMO_OUTPUT", format!("file:{}", demo.join("alice/loudspeaker.wav").display()))
        .env("XDG_RUNTIME_DIR", folder.path().join("run"))
        .env("HOME", folder.path());
    let process = Process::start("demo", folder.path(), start);
    let alice = Tandem::adopt(
        process,
        demo.join("alice"),
        &[("XDG_RUNTIME_DIR", &folder.path().join("run").display().to_string())],
    );
    alice.wait_online();

    let mode = fs::metadata(demo.join("alice/tandem.db")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600, "nobody else reads the messages");

    let bob = alice.wait_contact("bob", "his card and presence", |contact| {
        contact["presence"]["show"] == "available" && contact["actions"]["call"]["available"] == true
    });
    assert_eq!(bob["groups"][0], "Team");
    alice.wait_contact("erin", "her absence", |contact| contact["presence"]["show"] == "offline");
    alice.wait_contact("dave", "his presence", |contact| contact["presence"]["show"] == "chat");
    assert_eq!(alice.contact("dave").unwrap()["actions"]["call"]["available"], false, "Dave has no phone");
    eventually("bob's greeting", PATIENCE, || {
        alice.messages("bob").iter().any(|message| message["direction"] == "in").then_some(())
    });
    alice.ctl("send", &[("to", "carol@tandem.example"), ("body", "Are you there?")]);
    eventually("carol's answer", PATIENCE, || {
        alice.messages("carol").iter().any(|message| message["direction"] == "in").then_some(())
    });
    alice.wait_message("carol", "Are you there?", &["delivered", "displayed"]);

    // The room where they meet: Bob asks Alice in.
    let asked = eventually("the invitation", PATIENCE, || {
        alice.ask("invitations", serde_json::json!({}))?.as_array()?.first().cloned()
    });
    alice.ctl("room-answer", &[("invitation", &asked["invitation"].to_string()), ("accept", "true")]);
    eventually("colleagues in the room", PATIENCE, || {
        let rooms = alice.ask("rooms", serde_json::json!({}))?;
        let room = rooms.as_array()?.first()?.clone();
        (room["state"] == "joined" && room["occupants"].as_u64()? >= 3 && room["name"] == "Coffee corner").then_some(())
    });
    eventually("the room's call", PATIENCE, || {
        let all = alice.ask("meetings", serde_json::json!({}))?;
        (all[0]["offers"][0]["uri"] == "sip:bob@tandem.example").then_some(())
    });

    let call = alice.call("bob@tandem.example");
    let active = alice.wait_call_state(&call, "active");
    assert_eq!(active["media"]["encryption"], "sdes", "{active}");
    eventually("our own voice", PATIENCE, || alice.heard()?.has_share(1300.0, 0.4).then_some(()));
    alice.ctl("hangup", &[("call", &call)]);
    let busy = alice.call("frank@tandem.example");
    let ended = alice.wait_call_state(&busy, "ended");
    assert_eq!(ended["end"]["by"], "remote", "Frank declines: {ended}");

    let described: Value = serde_json::from_str(&fs::read_to_string(demo.join("demo.json")).unwrap()).unwrap();
    let servers: Vec<u64> = described["processes"].as_object().unwrap().values().filter_map(Value::as_u64).collect();
    assert!(servers.len() >= 5, "{described}");
    assert!(servers.iter().all(|id| Path::new(&format!("/proc/{id}")).exists()), "all of them run");
    alice.ctl("quit", &[]);
    alice.wait_end();
    let left: Vec<&u64> = servers.iter().filter(|id| Path::new(&format!("/proc/{id}")).exists()).collect();
    assert!(left.is_empty(), "still running: {left:?}");
    assert!(demo.join("alice").is_dir(), "a folder that was given stays");
}
