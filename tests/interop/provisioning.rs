//! Signing in through a provisioning document, with a real web server, chat server and call server.

use std::fs;
use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

use crate::real::settings::Settings;
use crate::real::tandem::PATIENCE;
use crate::real::{DOMAIN, Person, Tandem, World, eventually, password};

/// What the tests' administrator publishes; `more` is about each story.
fn document(serial: u32, voice: bool, more: &str) -> String {
    let voice = match voice {
        true => {
            r#""voice": [{"id": "voice", "address": "sip:{user}@{domain}"}],
               "relation": [{"chat": "chat", "voice": "voice"}],"#
        }
        false => "",
    };
    format!(
        r#"{{"version": 1, "serial": {serial}, "title": "Example Ltd",
            "chat": [{{"id": "chat", "address": "{{address}}"}}], {voice} {more}
            "locked": ["calls.region"]}}"#
    )
}

const REGION: &str = r#""calls": {"region": "US"},"#;

/// A profile in which nothing is known, and what the first start is given.
fn first_start(world: &World) -> Tandem {
    let folder = world.folder().join("alice");
    fs::create_dir_all(folder.join("run")).unwrap();
    let (resolver, authority) = (world.names.address.to_string(), world.authority.ca_file.display().to_string());
    Tandem::run(folder, &["--headless", "--resolver", &resolver, "--ca-file", &authority], &[])
}

/// Signs in with address and password alone, and keeps that.
fn sign_in(world: &World) -> Tandem {
    let alice = first_start(world);
    alice.ctl("sign-in", &[("address", &format!("alice@{DOMAIN}")), ("password", &password("alice"))]);
    let state = eventually("the sign-in", PATIENCE, || {
        alice.ask("set-up", json!({})).filter(|state| state["ready_to_save"] == true)
    });
    assert_eq!(state["steps"][0]["text"], "Your settings come from Example Ltd.", "{state}");
    alice.ctl("save-sign-in", &[]);
    eventually("a running program", PATIENCE, || {
        alice.ask("set-up", json!({})).filter(|state| state["phase"] == "running")
    });
    alice.wait_online();
    alice
}

/// `tandem provision` with this profile.
fn provision(alice: &Tandem, arguments: &[&str]) -> Output {
    let run = alice.folder.join("run");
    Command::new(env!("CARGO_BIN_EXE_tandem"))
        .arg("--profile")
        .arg(&alice.folder)
        .arg("provision")
        .args(arguments)
        .env("HOME", &alice.folder)
        .env("XDG_RUNTIME_DIR", run)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn setting(alice: &Tandem, key: &str) -> Option<Value> {
    alice.ask("settings", json!({}))?["settings"].as_array()?.iter().find(|setting| setting["key"] == key).cloned()
}

#[test]
fn c04_address_and_password_alone_sign_in_to_both_and_the_file_holds_no_account() {
    let world = World::start();
    let settings = Settings::start(&world);
    settings.publish("alice", &document(1, true, REGION));
    let alice = sign_in(&world);
    let related = json!([{"chat": "chat", "voice": "voice", "origin": "provisioned"}]);
    eventually("the relation of the document", PATIENCE, || {
        (alice.ask("status", json!({}))?["relations"] == related).then_some(())
    });
    let file = fs::read_to_string(alice.folder.join("config.toml")).unwrap();
    assert!(file.contains(&format!("source = \"alice@{DOMAIN}\"")) && !file.contains("sip:"), "{file}");
    assert!(!file.contains(&password("alice")), "no password in it: {file}");
    // The next start needs nothing but the files, not even the web server.
    let folder = alice.folder.clone();
    alice.quit();
    drop(settings);
    let alice = Tandem::run(folder, &["--headless"], &[]);
    alice.wait_online();
    alice.quit();
}

#[test]
fn a_changed_document_counts_without_a_restart_and_a_withdrawn_account_goes_but_its_history_stays() {
    let world = World::start();
    let settings = Settings::start(&world);
    settings.publish("alice", &document(1, true, REGION));
    let alice = sign_in(&world);
    let mut bob = Person::sign_in(&world, "bob");
    bob.say(&format!("alice@{DOMAIN}"), "m1", "before the change");
    alice.wait_message("bob", "before the change", &["received"]);
    settings.publish("alice", &document(2, false, r#""calls": {"region": "DE"},"#));
    let address = format!("alice@{DOMAIN}");
    let dry = provision(&alice, &[&address, "--dry-run"]);
    assert!(
        dry.status.success() && said(&dry).contains("calls.region: US -> DE (provisioned, locked)"),
        "{}",
        said(&dry)
    );
    assert_eq!(alice.account("voice")["state"], "online", "a dry run changes nothing");
    let done = provision(&alice, &[&address]);
    assert!(done.status.success(), "{}", said(&done));
    eventually("the account's end", PATIENCE, || {
        let status = alice.ask("status", json!({}))?;
        status["accounts"].as_array()?.iter().all(|account| account["id"] != "voice").then_some(())
    });
    assert_eq!(alice.account("chat")["state"], "online", "the other goes on");
    alice.wait_message("bob", "before the change", &["received"]);
    alice.quit();
}

#[test]
fn a_broken_document_changes_nothing_and_says_where() {
    let world = World::start();
    let settings = Settings::start(&world);
    settings.publish("alice", &document(1, true, REGION));
    let alice = sign_in(&world);
    settings.publish("alice", "{\"version\": 1,\n \"title\": \"Example Ltd\",\n \"calls\": {\"region\": 7}}");
    let refused = provision(&alice, &[&format!("alice@{DOMAIN}")]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains(".json:3: (/calls/region)"), "{}", said(&refused));
    assert_eq!(alice.account("voice")["state"], "online");
    alice.quit();
}

#[test]
fn once_a_key_is_pinned_only_what_it_signed_is_taken() {
    let world = World::start();
    let settings = Settings::start(&world);
    let text = document(1, true, REGION);
    settings.publish("alice", &text);
    let alice = sign_in(&world);
    let pair = Ed25519KeyPair::from_seed_unchecked(&[9; 32]).unwrap();
    let link = format!(
        "https://{DOMAIN}:{}/settings/alice.json#ed25519={}",
        settings.port,
        STANDARD.encode(pair.public_key())
    );
    let unsigned = provision(&alice, &[&link]);
    assert!(!unsigned.status.success() && said(&unsigned).contains("not signed"), "{}", said(&unsigned));
    settings.sign("alice", &STANDARD.encode(pair.sign(b"something else")));
    let wrong = provision(&alice, &[&link]);
    assert!(!wrong.status.success() && said(&wrong).contains("not made with the key"), "{}", said(&wrong));
    settings.sign("alice", &STANDARD.encode(pair.sign(text.as_bytes())));
    let good = provision(&alice, &[&link]);
    assert!(good.status.success() && said(&good).contains("signed with the pinned key"), "{}", said(&good));
    eventually("the pinned key in the file", PATIENCE, || {
        fs::read_to_string(alice.folder.join("config.toml")).ok()?.contains("key = ").then_some(())
    });
    // From now on the key is the profile's: a document without it does not come in by another way either.
    settings.publish("alice", &document(2, true, REGION));
    let replaced = eventually("the refusal", PATIENCE, || {
        let output = provision(&alice, &[&format!("alice@{DOMAIN}")]);
        (!output.status.success()).then_some(output)
    });
    assert!(said(&replaced).contains("not made with the key"), "{}", said(&replaced));
    alice.quit();
}

#[test]
fn a_locked_setting_is_the_administrators_and_says_so() {
    let world = World::start();
    let settings = Settings::start(&world);
    settings.publish("alice", &document(1, true, REGION));
    let alice = sign_in(&world);
    let region = eventually("the setting", PATIENCE, || setting(&alice, "calls.region"));
    assert_eq!(
        (&region["value"], &region["origin"], &region["locked"]),
        (&json!("US"), &json!("provisioned"), &json!(true))
    );
    let refused = alice.try_ctl("set", &[("key", "calls.region"), ("value", "DE")]);
    assert_eq!(refused, Err("not-allowed".to_owned()));
    assert_eq!(region["reason"], "Set by your administrator (Example Ltd).");
    alice.quit();
}

#[test]
fn a_withdrawn_account_goes_by_the_schedule_itself_and_what_was_said_over_it_stays() {
    let world = World::start();
    let settings = Settings::start(&world);
    settings.publish("alice", &document(1, true, REGION));
    let alice = sign_in(&world);
    let mut bob = Person::sign_in(&world, "bob");
    bob.say(&format!("alice@{DOMAIN}"), "m1", "before the change");
    alice.wait_message("bob", "before the change", &["received"]);
    let call = alice.call(&format!("sip:carol@{DOMAIN}"));
    alice.wait_call_state(&call, "ended");
    let folder = alice.folder.clone();
    alice.quit();
    // Nobody asks for it: the schedule fetches within seconds of the start.
    settings.publish("alice", &document(2, false, REGION));
    let alice = Tandem::run(folder, &["--headless"], &[]);
    eventually("the account's end", PATIENCE, || {
        let status = alice.ask("status", json!({}))?;
        let accounts = status["accounts"].as_array()?;
        (!accounts.is_empty() && accounts.iter().all(|account| account["id"] != "voice")).then_some(())
    });
    alice.wait_state("chat", "online");
    alice.wait_message("bob", "before the change", &["received"]);
    let history = alice.ask("history", json!({})).unwrap();
    assert!(history.as_array().is_some_and(|calls| calls.iter().any(|entry| entry["call"]["id"] == call)), "{history}");
    alice.quit();
}
