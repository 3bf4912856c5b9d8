//! What phone services tell without a call: busy lamps and waiting messages, from notifiers that do exactly as they are asked.

use std::time::Duration;

use serde_json::{Value, json};

use crate::real::{Peer, Profile, Script, Tandem, World, eventually};

const PATIENCE: Duration = Duration::from_secs(30);

/// A document about Bob's phone.
fn document(version: u32, state: &str, dialogs: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"{version}\" state=\"{state}\" \
         entity=\"sip:bob@tandem.example\">{dialogs}</dialog-info>"
    )
}

fn dialog(id: &str, state: &str) -> String {
    format!("<dialog id=\"{id}\" direction=\"recipient\"><state>{state}</state></dialog>")
}

/// A NOTIFY with such a document, and some time for it to be seen.
fn shows(script: Script, subscription: &str, document: &str) -> Script {
    let state = format!("Subscription-State: {subscription}");
    let lines = ["Event: dialog", state.as_str(), "Content-Type: application/dialog-info+xml"];
    script.asks("NOTIFY", &lines, document).hears("200", &[]).pauses(1_500)
}

/// Every state that Bob's lamp goes through, until the last of these came.
fn lamp_goes_through(alice: &Tandem, wanted: &[&str]) {
    let mut seen: Vec<String> = Vec::new();
    let mut text = Value::Null;
    eventually(&format!("the lamp goes through {wanted:?}"), PATIENCE, || {
        let lamps = alice.ask("lamps", json!({}))?;
        let lamp = lamps.as_array()?.first()?.clone();
        let state = lamp["state"].as_str()?.to_owned();
        if seen.last() != Some(&state) {
            seen.push(state);
            text = lamp["text"].clone();
        }
        let mut rest = seen.iter();
        wanted.iter().all(|state| rest.any(|seen| seen == state)).then_some(())
    });
    assert!(text.as_str().is_some_and(|text| !text.is_empty()), "{text}");
}

fn watching() -> Profile {
    Profile { transport: "udp", voice: "lamps = [\"sip:bob@tandem.example\"]", ..Default::default() }
}

#[test]
fn a_lamp_follows_whole_and_partial_documents_and_asks_for_what_it_missed() {
    let world = World::start();
    let granted = ["Expires: 3600"];
    let subscribes = [("Event", "dialog"), ("Accept", "application/dialog-info.xml")];
    let script = Script::waits_for("SUBSCRIBE", &subscribes).responds(200, &granted, "");
    let active = "active;expires=3600";
    let script = shows(script, active, &document(0, "full", ""));
    let script = shows(script, active, &document(1, "partial", &dialog("1", "early")));
    let script = shows(script, active, &document(2, "partial", &dialog("1", "confirmed")));
    let script = shows(script, active, &document(3, "partial", &dialog("1", "terminated")));
    // Version 4 is missing: the whole state is asked for.
    let state = "Subscription-State: active;expires=3600";
    let lines = ["Event: dialog", state, "Content-Type: application/dialog-info+xml"];
    let script = script
        .asks("NOTIFY", &lines, &document(5, "partial", &dialog("2", "terminated")))
        .hears("200", &[])
        .hears("SUBSCRIBE", &[("Event", "dialog")])
        .replies(200, &granted, "");
    let script = shows(script, active, &document(6, "full", &dialog("3", "confirmed")));
    // The end that nobody wants to begin anew: what the phone does is not known.
    let script = shows(script, "terminated;reason=noresource", &document(7, "full", ""));
    let bob = Peer::awaits(&world, "bob", 4_000, script);
    let alice = Tandem::online(&world, "alice", &watching());
    lamp_goes_through(&alice, &["idle", "ringing", "talking", "idle", "talking", "unknown"]);
    bob.finish();
}

#[test]
fn complaint_50_a_phone_that_is_not_there_and_one_that_refuses_are_not_idle() {
    let world = World::start();
    // Nobody has registered as Bob: 480.
    let alice = Tandem::online(&world, "alice", &watching());
    let text = |alice: &Tandem| {
        let lamps = alice.ask("lamps", json!({})).unwrap_or_default();
        (
            lamps[0]["state"].as_str().unwrap_or_default().to_owned(),
            lamps[0]["text"].as_str().unwrap_or_default().to_owned(),
        )
    };
    eventually("the lamp", PATIENCE, || (!text(&alice).1.is_empty()).then_some(()));
    assert_eq!(text(&alice).0, "unknown");
    drop(alice);
    let script = Script::waits_for("SUBSCRIBE", &[]).responds(489, &["Allow-Events: presence"], "");
    let bob = Peer::awaits(&world, "bob", 4_000, script);
    let alice = Tandem::online(&world, "alice", &watching());
    bob.finish();
    eventually("a reason", PATIENCE, || (!text(&alice).1.is_empty()).then_some(()));
    assert_eq!(text(&alice).0, "unknown", "{:?}", text(&alice));
}

/// What `status` says of the voicemail.
fn voicemail(alice: &Tandem) -> Value {
    alice.ask("status", json!({})).unwrap_or_default()["voicemail"][0].clone()
}

fn waits_for_voicemail(alice: &Tandem, new: u64, old: u64) {
    eventually(&format!("{new} new messages"), PATIENCE, || {
        let seen = voicemail(alice);
        (seen["waiting"] == (new > 0) && seen["new"] == new && seen["old"] == old).then_some(())
    });
}

#[test]
fn waiting_messages_are_told_by_whoever_is_subscribed_to() {
    let mut world = World::start();
    // A mailbox of the same name as the telephone: the server leads these subscriptions there.
    world.voice.amend(
        "\tif (!lookup(\"location\")) {",
        "\tif (is_method(\"SUBSCRIBE\") && $hdr(Event) == \"message-summary\") $rU = \"grace\";\n\tif (!lookup(\"location\")) {",
    );
    let state = "Subscription-State: active;expires=3600";
    let lines = ["Event: message-summary", state, "Content-Type: application/simple-message-summary"];
    let summary = |new, old| {
        format!(
            "Messages-Waiting: {}\nMessage-Account: sip:*97@tandem.example\nVoice-Message: {new}/{old} (0/0)\n",
            if new > 0 { "yes" } else { "no" }
        )
    };
    let checks = [("Event", "message-summary"), ("Accept", "application/simple-message-summary")];
    let script = Script::waits_for("SUBSCRIBE", &checks)
        .responds(200, &["Expires: 3600"], "")
        .asks("NOTIFY", &lines, &summary(2, 5))
        .hears("200", &[])
        .pauses(2_500)
        .asks("NOTIFY", &lines, &summary(0, 7))
        .hears("200", &[]);
    let mailbox = Peer::awaits(&world, "grace", 4_000, script);
    let alice = Tandem::online(&world, "alice", &Profile { transport: "udp", ..Default::default() });
    waits_for_voicemail(&alice, 2, 5);
    assert!(voicemail(&alice)["call"].as_str().is_some_and(|call| call.contains("*97")), "{}", voicemail(&alice));
    waits_for_voicemail(&alice, 0, 7);
    mailbox.finish();
}

#[test]
fn waiting_messages_are_told_unasked_and_nothing_else_is_heard_that_way() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile { transport: "udp", ..Default::default() });
    let says = |event: &str, kind: &str, body: &str, code: &str| {
        let (event, kind) = (format!("Event: {event}"), format!("Content-Type: {kind}"));
        let lines = [event.as_str(), "Subscription-State: active", kind.as_str()];
        let script = Script::sends("NOTIFY", &lines, body).hears(code, &[]);
        Peer::calls(&world, "grace", "alice", 4_000, script).finish();
    };
    let summary = "application/simple-message-summary";
    says("message-summary", summary, "Messages-Waiting: yes\nVoice-Message: 3/1\n", "200");
    waits_for_voicemail(&alice, 3, 1);
    says("check-sync;reboot=true", "text/plain", "now", "481");
    let bomb = document(0, "full", &dialog("1", "confirmed").repeat(50));
    says("dialog", "application/dialog-info+xml", &bomb, "481");
    waits_for_voicemail(&alice, 3, 1);
}
