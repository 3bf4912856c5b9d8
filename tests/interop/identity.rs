//! Who is calling, on whose word: spoofed callers from SIPp through a real Kamailio, cards through a real Prosody.

use std::fs;

use serde_json::Value;

use crate::real::{Person, Profile, Tandem, World, sipp};

/// An asserted address, one in a foreign domain, and a number in a national form.
const BOBS_CARD: &str = "<FN>Bob Baker</FN><TEL><WORK/><NUMBER>sip:carol@tandem.example</NUMBER></TEL>\
                         <TEL><WORK/><NUMBER>sip:bob@biloxi.example</NUMBER></TEL>\
                         <TEL><VOICE/><NUMBER>(303) 308-3280</NUMBER></TEL>";
const NOTHING: &str = "X-Nothing: 1";

/// Alice, who knows bob's card, on a transport that SIPp speaks.
fn alice(world: &World, more: &str) -> (Tandem, Person) {
    let mut bob = Person::sign_in(world, "bob");
    bob.publish_card(BOBS_CARD, None);
    let profile = Profile { transport: "udp", more: more.to_owned(), ..Default::default() };
    let alice = Tandem::online(world, "alice", &profile);
    alice.wait_contact("bob", "three addresses", |contact| {
        contact["addresses"].as_array().is_some_and(|addresses| addresses.len() == 3)
    });
    (alice, bob)
}

/// Carol's account calls with these headers; answers how the call was shown.
#[track_caller]
fn call(world: &World, alice: &Tandem, from: &str, first: &str, second: &str) -> Value {
    let before = alice.calls().len();
    let keys = [("from", from), ("first", first), ("second", second)];
    let output = sipp::play_with(world, "claims.xml", "carol", "alice", &keys);
    let errors = fs::read_to_string(world.folder().join("claims.xml.errors")).unwrap_or_default();
    assert!(output.status.success(), "{from} {first} {second}: {}\n{errors}", output.status);
    let calls = crate::real::eventually("the call", std::time::Duration::from_secs(10), || {
        let calls = alice.calls();
        (calls.len() > before && calls.iter().all(|call| call["state"] == "ended")).then_some(calls)
    });
    calls.into_iter().max_by_key(|call| call["id"].as_str().map(str::to_owned)).unwrap()
}

#[track_caller]
fn evidence(call: &Value, words: &str) {
    let lines = call["peer"]["evidence"].to_string();
    assert!(lines.contains(words), "{words:?} is not in {lines}");
}

#[test]
fn s05_s06_spoofed_callers_are_claimed_contradicted_or_anonymous_and_only_the_asserted_one_is_named() {
    let world = World::start();
    let (alice, _bob) = alice(&world, "");
    let own = "<sip:carol@tandem.example>";
    // Kamailio asserts carol's account, and bob's card lists it: he has two lines.
    let shown = call(&world, &alice, own, NOTHING, NOTHING);
    assert_eq!((&shown["peer"]["grade"], &shown["peer"]["jid"]), (&"confirmed".into(), &"bob@tandem.example".into()));
    assert_eq!(shown["account"], "voice");
    evidence(&shown, "Your phone service vouches for the number.");
    // Whatever the caller writes about itself does not change that: not the display name, not a forged assertion.
    let forged = "P-Asserted-Identity: <sip:erin@tandem.example>";
    let shown = call(&world, &alice, "\"Erin Evans\" <sip:carol@tandem.example>", forged, NOTHING);
    assert_eq!(shown["peer"]["jid"], "bob@tandem.example", "{shown}");
    // A From that nobody asserts: "Privacy: session" keeps the proxy from asserting, and bob's card lists the address.
    let unasserted = "\"Bob Baker\" <sip:bob@biloxi.example>";
    let shown = call(&world, &alice, unasserted, "Privacy: session", NOTHING);
    assert_eq!((&shown["peer"]["grade"], &shown["peer"]["jid"]), (&"claimed".into(), &Value::Null), "{shown}");
    assert_eq!(shown["peer"]["display"], "bob@biloxi.example", "the name that anybody can write is not shown");
    // A hint at somebody whose card says otherwise is a warning.
    let hint = "Call-Info: <http://x.example/i.png>;purpose=icon, <xmpp:bob@tandem.example> ; purpose=IMPP";
    let shown = call(&world, &alice, "<sip:eve@evil.example>", "Privacy: session", hint);
    assert_eq!((&shown["peer"]["grade"], &shown["peer"]["jid"]), (&"refuted".into(), &Value::Null), "{shown}");
    evidence(&shown, "Claims to be bob@tandem.example, but their card does not list this address.");
    // A hint at somebody without a card is a claim.
    let hint = "Call-Info: <xmpp:stranger@evil.example>;purpose=impp";
    let shown = call(&world, &alice, "<sip:eve@evil.example>", "Privacy: session", hint);
    assert_eq!(shown["peer"]["grade"], "claimed", "{shown}");
    // An anonymous caller stays so, whatever hint it sends.
    let hint = "Call-Info: <xmpp:bob@tandem.example>;purpose=impp";
    for (from, privacy) in [
        ("\"Anonymous\" <sip:anonymous@anonymous.invalid>", "Privacy: id"),
        (own, "Privacy: id"),
        (own, "Privacy: header;session"),
    ] {
        let shown = call(&world, &alice, from, privacy, hint);
        assert_eq!((&shown["peer"]["grade"], &shown["peer"]["jid"]), (&"anonymous".into(), &Value::Null), "{shown}");
        assert_eq!(shown["peer"]["display"], "Anonymous", "{shown}");
        assert!(!shown["peer"].to_string().contains("bob"), "{shown}");
    }
    // P-10: the same user part in another domain is nobody whom we know.
    let shown = call(&world, &alice, "<sip:bob@tandem.example.evil.example>", "Privacy: session", NOTHING);
    assert_eq!(shown["peer"]["grade"], "unknown", "{shown}");
    // What was claimed is kept with what is known of bob, as contradicted, and is no way to call him.
    let bob = alice.contact("bob").unwrap();
    let sources: Vec<_> = bob["addresses"].as_array().unwrap().iter().map(|address| &address["source"]).collect();
    assert!(!sources.contains(&&Value::from("call-info")), "only asserted addresses are remembered: {bob}");
}

#[test]
fn c24_c34_the_address_book_names_a_caller_and_strangers_are_silenced_and_declined() {
    let world = World::start();
    let (alice, _bob) = alice(&world, "");
    let from = "<sip:carol@tandem.example>";
    // The user knows better than the card.
    let set = alice.ctl("address-book-set", &[("name", "Carol's desk"), ("numbers", "sip:carol@tandem.example")]);
    let shown = call(&world, &alice, from, NOTHING, NOTHING);
    assert_eq!(shown["peer"]["display"], "Carol's desk", "{shown}");
    evidence(&shown, "Confirmed by your address book.");
    // It is there after a restart, and written to a file that reads again.
    let file = world.folder().join("people.vcf");
    let path = file.display().to_string();
    alice.ctl("address-book-export", &[("file", &path)]);
    assert!(alice.try_ctl("address-book-export", &[("file", &path)]).is_err(), "nothing is written over");
    let folder = alice.folder.clone();
    alice.quit();
    let config = fs::read_to_string(folder.join("config.toml")).unwrap();
    let stricter =
        config.replace("[calls]\n", "[calls]\nunknown-callers = \"decline\"\nanonymous-callers = \"silence\"\n");
    fs::write(folder.join("config.toml"), stricter).unwrap();
    let alice = Tandem::run(folder, &["--headless"], &[]);
    alice.wait_online();
    let shown = call(&world, &alice, from, NOTHING, NOTHING);
    assert_eq!(shown["peer"]["display"], "Carol's desk", "{shown}");
    alice.ctl("address-book-remove", &[("id", set["id"].as_str().unwrap())]);
    let report = alice.ctl("address-book-import", &[("file", &path)]);
    assert_eq!((&report["added"], &report["skipped"]), (&1.into(), &serde_json::json!([])), "{report}");
    // Anonymous callers are shown without a sound, and are missed; others are declined at once.
    let shown = call(&world, &alice, from, "Privacy: id", NOTHING);
    assert_eq!(shown["peer"]["grade"], "anonymous");
    evidence(&shown, "do not ring");
    let keys = [("from", "<sip:eve@evil.example>"), ("first", "Privacy: session"), ("second", NOTHING)];
    let output = sipp::play_with(&world, "claims.xml", "carol", "alice", &keys);
    assert!(!output.status.success(), "the caller never hears it ring");
    let declined = alice.wait_call("declined", |call| call["end"]["code"] == "declined");
    assert_eq!(declined["end"]["by"], "local", "{declined}");
    let history = alice.ctl("history", &[]);
    let missed = history.as_array().unwrap().iter().filter(|record| record["missed"] == true).count();
    assert_eq!(missed, 3, "the one who was known, before and after the restart, and the anonymous one: {history}");
}

#[test]
fn c35_an_anonymous_call_reaches_the_other_side_without_a_trace_of_us() {
    let world = World::start();
    let (alice, _bob) = alice(&world, "");
    let carol = Tandem::online(&world, "carol", &Profile { transport: "udp", ..Default::default() });
    alice.ctl("call", &[("to", "sip:carol@tandem.example"), ("anonymous", "true"), ("confirm", "true")]);
    let shown = carol.wait_ringing();
    assert_eq!((&shown["peer"]["grade"], &shown["peer"]["jid"]), (&"anonymous".into(), &Value::Null), "{shown}");
    assert!(!shown.to_string().contains("alice"), "{shown}");
    alice.calls().iter().for_each(|call| {
        alice.ctl("hangup", &[("call", call["id"].as_str().unwrap())]);
    });
    carol.wait_call("ended", |call| call["state"] == "ended");
    // And with the number shown, it is confirmed by the own server's word.
    alice.ctl("call", &[("to", "sip:carol@tandem.example"), ("confirm", "true")]);
    let shown = carol.wait_ringing();
    assert_eq!(shown["peer"]["uri"], "sip:alice@tandem.example", "{shown}");
}

#[test]
fn p02_cards_survive_prosodys_conversion_in_both_directions() {
    let world = World::start();
    let mut bob = Person::sign_in(&world, "bob");
    bob.publish_card(BOBS_CARD, None);
    let converted =
        bob.query("<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:vcard4'/></pubsub>");
    assert!(converted.contains("tel:sip:carol@tandem.example"), "Prosody still damages what it converts: {converted}");
    let alice = Tandem::online(&world, "alice", &Profile { transport: "udp", ..Default::default() });
    let wanted = ["sip:carol@tandem.example", "sip:bob@biloxi.example", "tel:+13033083280"];
    let has_all = |contact: &Value| {
        let uris: Vec<_> =
            contact["addresses"].as_array().into_iter().flatten().map(|one| one["uri"].clone()).collect();
        uris.len() == 3 && wanted.iter().all(|uri| uris.contains(&Value::from(*uri)))
    };
    alice.wait_contact("bob", "three addresses without damage", has_all);
    // And back: a card that was published as vCard4, read as vcard-temp.
    let mut erin = Person::sign_in(&world, "erin");
    let card4 = "<fn><text>Erin Evans</text></fn><tel><parameters><type><text>video</text></type></parameters>\
                 <uri>sip:erin@biloxi.example</uri></tel><tel><uri>tel:+1-303-308-3299</uri></tel>";
    erin.publish_card4(card4);
    let back = erin.query("<vCard xmlns='vcard-temp'/>");
    assert!(back.contains("+1-303-308-3299"), "{back}");
    alice.wait_contact("erin", "both addresses", |contact| {
        let uris = contact["addresses"].to_string();
        uris.contains("sip:erin@biloxi.example") && uris.contains("tel:+13033083299") && !uris.contains("tel:sip")
    });
}
