//! How the user is seen and kept, with a real server and a program that is not ours: the own picture, being away, the archive.

use serde_json::{Value, json};

use crate::real::tandem::PATIENCE;
use crate::real::{DOMAIN, Friend, Person, Profile, Tandem, World, eventually};

fn of(user: &str) -> String {
    format!("{user}@{DOMAIN}")
}

/// A picture of noise-free stripes, wider than high.
fn picture(world: &World) -> String {
    let file = world.folder().join("me.png");
    let stripes = image::RgbaImage::from_fn(400, 300, |x, y| image::Rgba([x as u8, y as u8, 90, 255]));
    stripes.save(&file).unwrap();
    file.display().to_string()
}

fn hash(card: &Value) -> Option<String> {
    card["picture"].as_str().map(str::to_owned)
}

#[test]
fn the_own_picture_is_seen_by_another_program_in_both_forms_and_on_the_own_devices_and_goes_again() {
    let world = World::start();
    let elsewhere = Tandem::write_for(&world, "alice", "alice-at-home");
    let mut bob = Friend::sign_in(&world, "bob");
    let desk = Tandem::online(&world, "alice", &Profile::default());
    let home = Tandem::run(elsewhere, &["--headless"], &[]);
    home.wait_state("chat", "online");
    desk.ctl("card-set", &[("name", "Alice Archer")]);
    let card = desk.ctl("picture-set", &[("path", &picture(&world))]);
    let ours = eventually("the picture here", PATIENCE, || hash(&desk.ask("card", json!({}))?));
    assert_eq!(card["name"], "Alice Archer");
    // Announced (XEP-0084), fetched, and what it says it is.
    bob.wait("the announcement", "picture", |told| told["from"] == of("alice") && told["hashes"] == json!([ours]));
    bob.order("fetch_picture", json!({ "of": of("alice"), "hash": ours }));
    let fetched = bob.wait("the picture", "fetched", |told| told["hash"] == json!(ours));
    assert_eq!((&fetched["png"], &fetched["size"]), (&json!(true), &json!([192, 192])), "{fetched}");
    assert!(fetched["bytes"].as_u64().is_some_and(|bytes| bytes <= 64 * 1024), "{fetched}");
    // In the older form too (XEP-0398, XEP-0153): the server makes it, and says it in presence.
    bob.order("card", json!({ "of": of("alice") }));
    let card = bob.wait("her card", "card", |told| told["of"] == of("alice"));
    assert_eq!((&card["photo"], &card["name"]), (&json!(ours), &json!("Alice Archer")), "{card}");
    bob.wait("the hash in presence", "presence", |told| {
        told["photo"] == json!(ours) && told["from"].as_str().is_some_and(|from| from.starts_with(&of("alice")))
    });
    // On the other device of hers.
    eventually("the picture at home", PATIENCE, || {
        (hash(&home.ask("card", json!({}))?).as_deref() == Some(&*ours)).then_some(())
    });
    // And after a start anew.
    let folder = home.folder.clone();
    home.quit();
    let home = Tandem::run(folder, &["--headless"], &[]);
    home.wait_state("chat", "online");
    eventually("the picture after a start", PATIENCE, || {
        (hash(&home.ask("card", json!({}))?).as_deref() == Some(&*ours)).then_some(())
    });
    home.ctl("picture-remove", &[]);
    bob.wait("that it is gone", "picture", |told| told["from"] == of("alice") && told["hashes"] == json!([]));
    eventually("no picture at the desk", PATIENCE, || hash(&desk.ask("card", json!({}))?).is_none().then_some(()));
    // What is no picture is refused, and nothing is announced.
    let text = world.folder().join("me.txt");
    std::fs::write(&text, "hello").unwrap();
    let refused = desk.try_ctl("picture-set", &[("path", &text.display().to_string())]);
    assert_eq!(refused, Err("invalid".to_owned()));
    for one in [desk, home] {
        one.quit();
    }
}

#[test]
fn a_picture_that_another_program_of_the_same_account_publishes_is_the_own_one_here() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let mut phone = Friend::sign_in(&world, "alice");
    let file = picture(&world);
    let small = image::open(file).unwrap().resize_exact(64, 64, image::imageops::FilterType::Triangle);
    let mut bytes = std::io::Cursor::new(Vec::new());
    small.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    use base64::Engine as _;
    let png = base64::prelude::BASE64_STANDARD.encode(bytes.into_inner());
    phone.order("publish_picture", json!({ "png": png }));
    let theirs = phone.wait("that it is published", "published", |_| true)["hash"].clone();
    eventually("the picture here", PATIENCE, || (alice.ask("card", json!({}))?["picture"] == theirs).then_some(()));
    alice.quit();
}

#[test]
fn who_left_the_machine_is_seen_to_be_away_and_since_when() {
    let world = World::start();
    let bob = Friend::sign_in(&world, "bob");
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let from_alice = |told: &Value| told["from"].as_str().is_some_and(|from| from.starts_with(&of("alice")));
    bob.wait("her presence", "presence", |told| from_alice(told) && told["show"].is_null());
    alice.ctl("idle", &[("seconds", "540")]);
    alice.ctl("idle", &[("seconds", "600")]);
    let away = bob.wait("that she is away", "presence", |told| from_alice(told) && told["show"] == "away");
    let since = time::OffsetDateTime::parse(
        away["idle"].as_str().expect("since when"),
        &time::format_description::well_known::Rfc3339,
    );
    let ago = time::OffsetDateTime::now_utc() - since.expect("a time");
    assert!((595..660).contains(&ago.whole_seconds()), "{ago}");
    let before = bob.count("presence", |told| from_alice(told) && told["show"].is_null());
    alice.ctl("idle", &[("seconds", "0")]);
    eventually("that she is back", PATIENCE, || {
        let now = bob.count("presence", |told| from_alice(told) && told["show"].is_null() && told["idle"].is_null());
        (now > before).then_some(())
    });
    // And somebody else's absence is seen here.
    let mut bob = bob;
    bob.order("presence", json!({ "show": "away", "idle": "2026-11-01T10:00:00Z" }));
    alice.wait_contact("bob", "since when he is away", |contact| {
        contact["presence"]["show"] == "away" && contact["last_active"] == "2026-11-01T10:00:00Z"
    });
    alice.quit();
}

/// What the archive gives to another program of the account.
fn archived(person: &mut Person, id: &str) -> String {
    person.forget();
    person.send(&format!("<iq type='set' id='{id}'><query xmlns='urn:xmpp:mam:2' queryid='{id}'/></iq>"));
    person.wait_for("the archive", |text| text.contains("</fin>") || text.contains("<fin "))
}

#[test]
fn what_the_server_keeps_is_chosen_and_the_server_does_it() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    assert_eq!(alice.ctl("archive", &[])["keeps"], "always", "as this server is set up");
    assert_eq!(alice.ctl("archive", &[("keeps", "never")])["keeps"], "never");
    assert_eq!(alice.ctl("archive", &[])["keeps"], "never", "and it stays");
    let mut bob = Person::sign_in(&world, "bob");
    bob.say(&of("alice"), "m1", "off the record");
    alice.wait_message("bob", "off the record", &["received"]);
    let mut other = Person::sign_in(&world, "alice");
    let kept = archived(&mut other, "q1");
    assert!(!kept.contains("off the record"), "{kept}");
    assert_eq!(alice.ctl("archive", &[("keeps", "roster")])["keeps"], "roster");
    bob.say(&of("alice"), "m2", "on the record");
    alice.wait_message("bob", "on the record", &["received"]);
    let kept = archived(&mut other, "q2");
    assert!(kept.contains("on the record") && !kept.contains("off the record"), "{kept}");
    alice.quit();
}
