//! Protection against real servers in weak and strong settings: told, raised, demanded, and noticed when it becomes less.

use std::fs;

use serde_json::{Value, json};

use crate::real::tandem::PATIENCE;
use crate::real::{DOMAIN, Profile, Tandem, World, eventually};

fn parity(tandem: &Tandem) -> Value {
    tandem.ask("status", json!({})).map(|status| status["parity"].clone()).unwrap_or_default()
}

fn wait_parity(tandem: &Tandem, level: &str) -> Value {
    eventually(&format!("parity {level}"), PATIENCE, || {
        let parity = parity(tandem);
        (parity["level"] == level).then_some(parity)
    })
}

fn codes(parity: &Value) -> Vec<String> {
    let findings = parity["findings"].as_array().cloned().unwrap_or_default();
    findings.iter().map(|finding| finding["code"].as_str().unwrap_or_default().to_owned()).collect()
}

/// The one question about protection.
fn question(tandem: &Tandem) -> Value {
    eventually("a question about security", PATIENCE, || {
        let questions = tandem.ask("questions", json!({}))?;
        questions.as_array()?.iter().find(|question| question["kind"] == "security").cloned()
    })
}

fn no_question(tandem: &Tandem) {
    let questions = tandem.ask("questions", json!({})).unwrap_or_default();
    assert_eq!(questions, json!([]));
}

fn reply(tandem: &Tandem, question: &Value, choice: &str) {
    tandem.ctl("reply", &[("question", question["id"].as_str().unwrap_or_default()), ("choice", choice)]);
}

fn config(tandem: &Tandem) -> String {
    fs::read_to_string(tandem.folder.join("config.toml")).unwrap()
}

fn again(tandem: Tandem) -> Tandem {
    let folder = tandem.folder.clone();
    tandem.quit();
    Tandem::run(folder, &["--headless"], &[])
}

/// The world announces only UDP for voice, and nothing listens where TLS would.
fn without_tls_for_voice(world: &World) {
    let names = &world.names;
    names.clear();
    for host in [DOMAIN, "chat.tandem.example", "voice.tandem.example"] {
        names.host(host);
    }
    names.service(&format!("_xmpps-client._tcp.{DOMAIN}"), 0, world.chat.direct_tls, "chat.tandem.example");
    names.service(&format!("_sip._udp.{DOMAIN}"), 0, world.voice.plain, "voice.tandem.example");
}

/// Changes a server's configuration file; the server is to be started anew.
fn change(world: &World, file: &str, old: &str, new: &str) {
    let path = world.folder().join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(old), "{file} has no {old}");
    fs::write(path, text.replace(old, new)).unwrap();
}

fn prosody_speaks_only_tls_1_2(world: &mut World) {
    change(world, "prosody/prosody.cfg.lua", "ssl = { key", "ssl = { protocol = \"tlsv1_2\", key");
    world.chat.restart();
}

#[test]
fn c_46_voice_over_udp_is_told_and_raised_to_tls_and_stays_so() {
    let world = World::with(&[], "SHA-256");
    let alice = Tandem::online(&world, "alice", &Profile { transport: "udp", ..Default::default() });
    let told = wait_parity(&alice, "mismatch");
    assert_eq!(codes(&told)[0], "voice-unprotected", "{told}");
    let before = config(&alice);
    let plan = alice.ctl("raise-security", &[("dry_run", "true")]);
    assert_eq!((&plan["changes"][0]["key"], &plan["changes"][0]["outcome"]), (&json!("transport"), &json!("planned")));
    assert_eq!(config(&alice), before, "a dry run writes nothing");

    let raised = alice.ctl("raise-security", &[]);
    assert_eq!((&raised["ok"], &raised["parity"]["level"]), (&json!(true), &json!("equal")), "{raised}");
    let voice = alice.wait_state("voice", "online");
    assert_eq!((&voice["security"]["transport"], &voice["security"]["tls"]), (&json!("tls"), &json!("1.3")), "{voice}");
    eventually("the file has it", PATIENCE, || config(&alice).contains("transport = \"tls\"").then_some(()));
    assert!(config(&alice).contains("media-encryption = \"required\""));
    let alice = again(alice);
    alice.wait_online();
    wait_parity(&alice, "equal");
    alice.quit();
}

#[test]
fn c_46_a_server_without_tls_is_told_taken_back_and_accepted_by_word_only() {
    let world = World::with(&[], "SHA-256");
    without_tls_for_voice(&world);
    let alice = Tandem::online(&world, "alice", &Profile { transport: "udp", ..Default::default() });
    wait_parity(&alice, "mismatch");
    let raised = alice.ctl("raise-security", &[]);
    let step = &raised["changes"][0];
    assert_eq!((&raised["ok"], &step["outcome"]), (&json!(false), &json!("rolled-back")), "{raised}");
    assert!(step["text"].as_str().unwrap().contains("as it was before"), "{step}");
    let voice = alice.wait_state("voice", "online");
    assert_eq!(voice["security"]["transport"], "udp", "calls work as before: {voice}");
    let asked = question(&alice);
    assert_eq!(asked["choices"][0]["id"], "keep", "the safe answer comes first: {asked}");
    assert!(!config(&alice).contains("accept-weaker"));
    reply(&alice, &asked, "accept");
    eventually("the file has the consent", PATIENCE, || {
        config(&alice).contains("accept-weaker = [\"transport\"]").then_some(())
    });
    let told = wait_parity(&alice, "mismatch");
    let text = told["findings"][0]["text"].as_str().unwrap_or_default();
    assert!(text.ends_with("You accepted this."), "it stays visible: {told}");
    alice.quit();
}

#[test]
fn c_45_what_lies_below_the_floor_is_not_used() {
    let mut world = World::with(&[], "MD5");
    let floor = |minimum: &str| format!("\n[security]\nminimum = \"{minimum}\"\n");
    let profile = Profile { transport: "udp", more: floor("tls1.2+verify"), ..Default::default() };
    let alice = Tandem::start(&world, "alice", &profile);
    let voice = alice.wait_state("voice", "failed");
    assert_eq!(voice["reason"]["code"], "below-floor", "{voice}");
    alice.wait_state("chat", "online");
    alice.quit();

    let bob = Tandem::start(&world, "bob", &Profile { more: floor("login"), ..Default::default() });
    let voice = bob.wait_state("voice", "failed");
    assert_eq!(voice["reason"]["code"], "below-floor", "only MD5 is offered: {voice}");
    bob.quit();

    prosody_speaks_only_tls_1_2(&mut world);
    let carol = Tandem::start(&world, "carol", &Profile { more: floor("tls1.3"), ..Default::default() });
    let chat = carol.wait_state("chat", "failed");
    assert_eq!(chat["reason"]["code"], "below-floor", "{chat}");
    assert_eq!(carol.wait_state("voice", "online")["security"]["tls"], "1.3");
    carol.quit();
}

#[test]
fn x42_an_older_tls_than_the_last_time_is_asked_about_until_it_is_accepted() {
    let mut world = World::with(&[], "SHA-256");
    let alice = Tandem::online(&world, "alice", &Profile::default());
    wait_parity(&alice, "equal");
    let folder = alice.folder.clone();
    alice.quit();
    prosody_speaks_only_tls_1_2(&mut world);
    let alice = Tandem::run(folder, &["--headless"], &[]);
    alice.wait_online();
    let asked = question(&alice);
    assert!(asked["text"].as_str().unwrap().contains("TLS 1.2"), "{asked}");
    assert_eq!(codes(&wait_parity(&alice, "mismatch")), ["tls-version"]);
    reply(&alice, &asked, "accept");
    let alice = again(alice);
    alice.wait_online();
    wait_parity(&alice, "mismatch");
    no_question(&alice);
    alice.quit();
}

#[test]
fn x42_md5_or_no_tls_after_better_is_refused_until_it_is_accepted() {
    let mut world = World::with(&[], "SHA-256");
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let folder = alice.folder.clone();
    alice.quit();
    change(&world, "kamailio/kamailio.cfg", "\"SHA-256\"", "\"MD5\"");
    world.voice.restart();
    let alice = Tandem::run(folder.clone(), &["--headless"], &[]);
    alice.wait_state("voice", "failed");
    reply(&alice, &question(&alice), "accept");
    assert_eq!(alice.wait_state("voice", "online")["security"]["auth"], "digest-MD5");
    alice.quit();

    without_tls_for_voice(&world);
    let alice = Tandem::run(folder, &["--headless"], &[]);
    let voice = alice.wait_state("voice", "failed");
    assert_eq!(voice["reason"]["code"], "weaker-transport", "{voice}");
    reply(&alice, &question(&alice), "accept");
    assert_eq!(alice.wait_state("voice", "online")["security"]["transport"], "udp");
    alice.quit();
}

#[test]
fn s17_the_fullest_log_of_a_call_holds_no_password_key_digest_or_digit() {
    let world = World::start();
    let profile = Profile { tone: Some(600.0), media_keys: "sdes", ..Default::default() };
    let alice = Tandem::write(&world, "alice", &profile);
    let text = fs::read_to_string(alice.join("config.toml")).unwrap();
    fs::write(alice.join("config.toml"), text.replace("level = \"debug\"", "level = \"trace\"")).unwrap();
    let alice = Tandem::run(alice, &["--headless"], &[]);
    alice.wait_online();
    let bob = Tandem::online(&world, "bob", &Profile::default());
    let call = alice.call(&format!("sip:bob@{DOMAIN}"));
    let ringing = bob.wait_ringing();
    bob.ctl("answer", &[("call", ringing["id"].as_str().unwrap())]);
    let active = alice.wait_call_state(&call, "active");
    assert_eq!(active["media"]["encryption"], "sdes", "there are keys that could be logged: {active}");
    alice.ctl("dtmf", &[("call", &call), ("digits", "48151623")]);
    bob.wait_call("has heard the digits", |call| call["digits_received"] == "48151623");
    alice.ctl("hangup", &[("call", &call)]);
    alice.wait_call_state(&call, "ended");
    let log = find_log(&alice.folder);
    alice.quit();
    let log = log.iter().map(|path| fs::read_to_string(path).unwrap()).collect::<String>();
    assert!(log.len() > 1_000 && log.contains("TRACE") | log.contains("DEBUG"), "the log is full: {} bytes", log.len());
    let password = crate::real::password("alice");
    for secret in [password.as_str(), "a=crypto", "inline:", "response=\"", "48151623", "\u{1b}"] {
        assert!(!log.contains(secret), "the log holds {secret:?}");
    }
    bob.quit();
}

fn find_log(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("tandem.log")) {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty(), "there is a log");
    found
}
