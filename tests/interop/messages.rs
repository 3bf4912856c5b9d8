//! SIP MESSAGE (RFC 3428) to a phone that is not ours, from a voice account that stands alone.

use std::fs;

use serde_json::json;

use crate::real::tandem::PATIENCE;
use crate::real::{DOMAIN, Phone, Profile, Tandem, World, eventually};

#[test]
fn c08_baresip_gets_a_message_of_an_account_that_stands_alone_and_a_long_one_over_tcp() {
    let world = World::start();
    let _phone = Phone::start(&world, "bob", Default::default());
    let folder = Tandem::write(&world, "alice", &Profile { transport: "udp", ..Default::default() });
    let file = folder.join("config.toml");
    let config = fs::read_to_string(&file).unwrap();
    let alone = config.replace("[[relation]]\nchat = \"chat\"\nvoice = \"voice\"\n", "");
    assert_ne!(alone, config);
    fs::write(&file, alone).unwrap();
    let alice = Tandem::run(folder, &["--headless"], &[]);
    alice.wait_online();
    let to = format!("sip:bob@{DOMAIN}");
    // RFC 3428 section 8: what is longer than 1300 bytes needs a connection.
    let long = "a long message ".repeat(120);
    for text in ["Grüße aus dem Test", long.trim_end()] {
        alice.ctl("send", &[("to", &to), ("body", text)]);
        eventually("the phone's word that it has the message", PATIENCE, || {
            let messages = alice.ask("messages", json!({ "with": to }))?;
            let sent = messages.as_array()?.iter().find(|message| message["body"] == text)?.clone();
            // Only the phone itself says 200; the proxy would say that nobody is there.
            (sent["delivery"] == "delivered").then_some(())
        });
    }
    let nobody = format!("sip:dave@{DOMAIN}");
    alice.ctl("send", &[("to", &nobody), ("body", "is anybody there?")]);
    eventually("the proxy's refusal", PATIENCE, || {
        let messages = alice.ask("messages", json!({ "with": nobody }))?;
        messages.as_array()?.iter().any(|message| message["delivery"] == "failed").then_some(())
    });
    alice.quit();
}
