//! Settings that the chat server keeps for its user, with Prosody's personal eventing.

use serde_json::{Value, json};

use crate::real::tandem::PATIENCE;
use crate::real::{DOMAIN, Person, Tandem, World, eventually, password};

const NODE: &str = "urn:x-cusax:provisioning:0";

/// Publishes a document in a node of the user's own, readable as `access` says.
fn publish(person: &mut Person, access: &str, document: &Value) {
    let text = document.to_string().replace('&', "&amp;").replace('<', "&lt;");
    let option = |name: &str, value: &str| format!("<field var='pubsub#{name}'><value>{value}</value></field>");
    person.forget();
    person.send(&format!(
        "<iq type='set' id='settings'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='{NODE}'>\
         <item id='current'><provisioning xmlns='{NODE}'><document>{text}</document></provisioning></item></publish>\
         <publish-options><x xmlns='jabber:x:data' type='submit'>\
         <field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/pubsub#publish-options</value></field>\
         {}{}</x></publish-options></pubsub></iq>",
        option("persist_items", "true"),
        option("access_model", access),
    ));
    let answer = person.wait_for("the server's answer", |text| text.contains("settings"));
    assert!(!answer.contains("type='error'"), "{answer}");
}

fn document(voice: &str) -> Value {
    json!({
        "version": 1, "title": "Example Ltd",
        "chat": [{"id": "chat", "address": "{address}"}],
        "voice": [{"id": "voice", "address": voice}],
        "relation": [{"chat": "chat", "voice": "voice"}],
        "calls": {"region": "US"},
        "locked": ["calls.region"],
    })
}

/// Signs in with address and password alone; no web server has anything.
fn sign_in(world: &World, done: impl Fn(&Value) -> bool) -> (Tandem, Value) {
    let folder = world.folder().join("alice");
    std::fs::create_dir_all(folder.join("run")).unwrap();
    let (resolver, authority) = (world.names.address.to_string(), world.authority.ca_file.display().to_string());
    let alice = Tandem::run(folder, &["--headless", "--resolver", &resolver, "--ca-file", &authority], &[]);
    alice.ctl("sign-in", &[("address", &format!("alice@{DOMAIN}")), ("password", &password("alice"))]);
    let state = eventually("the sign-in", PATIENCE, || alice.ask("set-up", json!({})).filter(|state| done(state)));
    (alice, state)
}

#[test]
fn c05_the_chat_server_itself_gives_the_settings_where_the_web_has_none() {
    let world = World::start();
    let mut other = Person::sign_in(&world, "alice");
    publish(&mut other, "whitelist", &document("sip:{user}@{domain}"));
    let (alice, state) = sign_in(&world, |state| state["ready_to_save"] == true);
    assert_eq!(state["steps"][0]["text"], "Your settings come from Example Ltd.", "{state}");
    alice.ctl("save-sign-in", &[]);
    alice.wait_online();
    let related = json!([{"chat": "chat", "voice": "voice", "origin": "provisioned"}]);
    eventually("the relation of the document", PATIENCE, || {
        (alice.ask("status", json!({}))?["relations"] == related).then_some(())
    });
    let file = std::fs::read_to_string(alice.folder.join("config.toml")).unwrap();
    assert!(file.contains(&format!("source = \"alice@{DOMAIN}\"")) && !file.contains("sip:"), "{file}");
    alice.quit();
}

#[test]
fn x46_settings_at_the_chat_server_that_others_read_or_that_lead_elsewhere_are_not_taken() {
    let world = World::start();
    let mut other = Person::sign_in(&world, "alice");
    publish(&mut other, "whitelist", &document("sip:{user}@evil.example"));
    let (alice, state) = sign_in(&world, |state| state["busy"] == false);
    let told = state["steps"][0]["text"].as_str().unwrap_or_default().to_owned();
    assert!(told.contains("would show your password to evil.example"), "{state}");
    alice.quit();
    // The same node, open to everybody who sees the user's presence.
    other.send(&format!(
        "<iq type='set' id='gone'><pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><delete node='{NODE}'/></pubsub></iq>"
    ));
    other.wait_for("the node's end", |text| text.contains("gone"));
    publish(&mut other, "presence", &document("sip:{user}@{domain}"));
    let (alice, state) = sign_in(&world, |state| state["busy"] == false);
    let told = state["steps"][0]["text"].as_str().unwrap_or_default().to_owned();
    assert!(told.contains("others can read or change them"), "{state}");
    alice.quit();
}
