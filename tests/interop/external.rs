//! Signing in to chat with a certificate instead of a password (SASL EXTERNAL, XEP-0178), with Prosody and its module for it.

use std::fs;

use crate::real::{DOMAIN, Profile, Tandem, World};

#[test]
fn c44_chat_signs_in_with_a_certificate_and_voice_with_a_password() {
    let mut world = World::start();
    let prosody = world.folder().join("prosody/prosody.cfg.lua");
    let config = fs::read_to_string(&prosody).unwrap();
    let authority = world.authority.ca_file.display().to_string();
    let asks = format!(
        "cafile = \"{authority}\"; capath = false; verify = {{ \"peer\", \"client_once\" }}; \
         verifyext = {{ lsec_ignore_purpose = false }};"
    );
    let changed = config
        .replace("authentication = \"internal_hashed\"", "authentication = \"ccert\"")
        .replace("\nssl = { ", &format!("\nssl = {{ {asks} "))
        .replace("c2s_direct_tls_ssl = { ", &format!("c2s_direct_tls_ssl = {{ {asks} "));
    assert_eq!(changed.matches("client_once").count(), 2, "{changed}");
    fs::write(&prosody, changed).unwrap();
    world.chat.restart();
    let alice = world.authority.certify_person("alice-client", &format!("alice@{DOMAIN}"));
    let mallory = world.authority.certify_person("mallory-client", "mallory@elsewhere.example");
    for tls in ["direct", "starttls"] {
        let folder = Tandem::write(&world, "alice", &Profile { tls, ..Default::default() });
        let file = folder.join("config.toml");
        let config = fs::read_to_string(&file).unwrap();
        let password = config.lines().find(|line| line.starts_with("password = ")).unwrap().to_owned();
        let with = |certified: &crate::real::authority::Certified| {
            let (certificate, key) = (certified.certificate.display(), certified.key.display());
            let keys = format!("client-certificate = \"{certificate}\"\nclient-key = \"{key}\"");
            fs::write(&file, config.replacen(&password, &keys, 1)).unwrap();
        };
        with(&alice);
        let program = Tandem::run(folder.clone(), &["--headless"], &[]);
        program.wait_online();
        let chat = program.account("chat");
        assert_eq!(chat["security"]["auth"], "external", "{tls}: {chat}");
        assert!(program.account("voice")["security"]["auth"].as_str().is_some_and(|auth| auth.starts_with("digest")));
        program.quit();
        // Somebody else's certificate does not open alice's account.
        with(&mallory);
        let program = Tandem::run(folder, &["--headless"], &[]);
        program.wait_state("chat", "failed");
        program.quit();
    }
}
