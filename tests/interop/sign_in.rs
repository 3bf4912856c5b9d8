//! Signing in to real servers, and being refused.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::real::{Profile, Tandem, World};

fn security<'a>(account: &'a Value, key: &str) -> &'a str {
    account["security"][key].as_str().unwrap_or_default()
}

#[test]
fn chat_signs_in_by_starttls() {
    let world = World::start();
    let alice = Tandem::start(&world, "alice", &Profile { tls: "starttls", ..Default::default() });
    let chat = alice.wait_state("chat", "online");
    assert_eq!(security(&chat, "transport"), "tls", "{chat}");
    assert_eq!(security(&chat, "certificate"), "verified", "{chat}");
    assert!(security(&chat, "auth").starts_with("SCRAM-SHA-256"), "{chat}");
    alice.quit();
}

#[test]
fn chat_signs_in_by_direct_tls() {
    let world = World::start();
    // Nothing else is announced, so nothing else can have been used.
    world.names.clear();
    world.names.host("chat.tandem.example");
    world.names.service("_xmpps-client._tcp.tandem.example", 0, world.chat.direct_tls, "chat.tandem.example");
    let alice = Tandem::start(&world, "alice", &Profile { tls: "direct", ..Default::default() });
    let chat = alice.wait_state("chat", "online");
    assert_eq!(security(&chat, "transport"), "tls", "{chat}");
    assert_eq!(security(&chat, "tls"), "1.3", "{chat}");
    alice.quit();
}

fn registers_over(transport: &'static str, encryption: &str) {
    let world = World::start();
    let alice = Tandem::start(&world, "alice", &Profile { transport, ..Default::default() });
    let voice = alice.wait_state("voice", "online");
    assert_eq!(security(&voice, "transport"), transport, "{voice}");
    assert_eq!(security(&voice, "certificate"), encryption, "{voice}");
    assert_eq!(security(&voice, "auth"), "digest-MD5", "{voice}");
    alice.quit();
}

#[test]
fn voice_registers_over_udp() {
    registers_over("udp", "none");
}

#[test]
fn voice_registers_over_tcp() {
    registers_over("tcp", "none");
}

#[test]
fn voice_registers_over_tls() {
    registers_over("tls", "verified");
}

#[test]
fn voice_registers_with_a_digest_of_sha_256() {
    let world = World::with(&[], "SHA-256");
    let alice = Tandem::start(&world, "alice", &Profile::default());
    let voice = alice.wait_state("voice", "online");
    assert_eq!(security(&voice, "auth"), "digest-SHA-256", "{voice}");
    assert_eq!(security(&voice, "transport"), "tls", "the best that NAPTR offers: {voice}");
}

/// Watches an account for a while: it must stay as it is and never plan another try.
fn stays_failed(alice: &Tandem, service: &str) {
    let until = Instant::now() + Duration::from_secs(4);
    while Instant::now() < until {
        let account = alice.account(service);
        assert_eq!(account["state"], "failed", "{account}");
        assert_eq!(account["retry_in_s"], Value::Null, "{account}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_wrong_chat_password_ends_in_a_clear_state_and_no_storm() {
    let world = World::start();
    let alice =
        Tandem::start(&world, "alice", &Profile { chat_password: Some("wrong".to_owned()), ..Default::default() });
    let chat = alice.wait_state("chat", "failed");
    assert_eq!(chat["reason"]["code"], "wrong-password", "{chat}");
    alice.wait_state("voice", "online");
    stays_failed(&alice, "chat");
    let tries = world.chat.refused_logins();
    assert!((1..=2).contains(&tries), "the server saw {tries} tries");
}

#[test]
fn a_wrong_voice_password_ends_in_a_clear_state_and_no_storm() {
    let world = World::start();
    let alice =
        Tandem::start(&world, "alice", &Profile { voice_password: Some("wrong".to_owned()), ..Default::default() });
    let voice = alice.wait_state("voice", "failed");
    assert_eq!(voice["reason"]["code"], "wrong-password", "{voice}");
    alice.wait_state("chat", "online");
    stays_failed(&alice, "voice");
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused_before_the_password_goes_out() {
    let world = World::start();
    let profile = Profile { trusts: false, transport: "tls", ..Default::default() };
    let mut alice = Tandem::start(&world, "alice", &profile);
    let seen = Instant::now();
    loop {
        let questions = alice.ask("questions", json!({})).unwrap_or_default();
        let asked = questions.as_array().is_some_and(|all| all.iter().any(|one| one["kind"] == "certificate"));
        let chat = alice.account("chat");
        if asked || chat["reason"]["code"] == "certificate" {
            break;
        }
        assert_ne!(chat["state"], "online", "signed in to a server of unknown identity");
        assert!(seen.elapsed() < Duration::from_secs(20), "neither a question nor a reason: {chat}");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(world.chat.refused_logins(), 0);
    assert_ne!(alice.account("chat")["state"], "online");
    assert_ne!(alice.account("voice")["state"], "online");
    alice.assert_running();
}

#[test]
fn the_systems_authorities_count_only_where_the_configuration_says_so() {
    let world = World::start();
    // OpenSSL's variable says where the system's authorities are: here the tests' own is the only one.
    let system = world.authority.ca_file.display().to_string();
    let environment = [("SSL_CERT_FILE", system.as_str())];
    let profile = Profile { trusts: false, ..Default::default() };
    let folder = Tandem::write(&world, "alice", &profile);
    let config = std::fs::read_to_string(folder.join("config.toml")).unwrap();
    let alice = Tandem::run(folder, &["--headless"], &environment);
    let chat = alice.wait_state("chat", "failed");
    assert_eq!(chat["reason"]["code"], "certificate", "{chat}");
    let folder = alice.folder.clone();
    alice.quit();
    let trusting = config.replace("system-authorities = false", "system-authorities = true");
    assert_ne!(trusting, config);
    std::fs::write(folder.join("config.toml"), trusting).unwrap();
    let alice = Tandem::run(folder, &["--headless"], &environment);
    let chat = alice.wait_state("chat", "online");
    assert_eq!(security(&chat, "certificate"), "verified", "{chat}");
    alice.quit();
}
