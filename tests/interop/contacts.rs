//! The list of people on Prosody: adding, answering, naming, blocking, removing, with two of ours and one client that is not.

use serde_json::{Value, json};

use crate::real::tandem::PATIENCE;
use crate::real::{DOMAIN, Person, Profile, Tandem, World, eventually};

fn blocked(of: &Tandem) -> Vec<Value> {
    of.ask("blocked", json!({})).and_then(|list| list.as_array().cloned()).unwrap_or_default()
}

#[test]
fn two_people_find_each_other_are_named_part_and_one_is_blocked() {
    let world = World::start();
    let grace = Tandem::online(&world, "grace", &Profile::default());
    let frank = Tandem::online(&world, "frank", &Profile::default());
    let (he, she) = (format!("frank@{DOMAIN}"), format!("grace@{DOMAIN}"));
    // Grace adds Frank by a link; until he answers her list says so.
    let link = format!("xmpp:{he}?roster;name=Frank;group=Garden");
    grace.ctl("contact-add", &[("to", &link)]);
    let asked = grace.wait_contact("frank", "frank in the list", |contact| contact["asked"] == true);
    assert_eq!((&asked["name"], &asked["groups"]), (&json!("Frank"), &json!(["Garden"])));
    assert_eq!(grace.try_ctl("contact-add", &[("to", &he)]), Err("invalid".to_owned()), "already in the list");
    // Frank is asked, and says yes; both see each other without another question.
    let question = eventually("the question", PATIENCE, || {
        let all = frank.ask("questions", json!({}))?;
        all.as_array()?.iter().find(|one| one["kind"] == "subscription").cloned()
    });
    frank.ctl("reply", &[("question", question["id"].as_str().expect("an id")), ("choice", "approve")]);
    for (of, whom) in [(&grace, "frank"), (&frank, "grace")] {
        let is = |contact: &Value| {
            contact["subscription"] == "both" && contact["asked"] == false && contact["presence"]["show"] == "available"
        };
        of.wait_contact(whom, "both see each other", is);
    }
    assert!(grace.ask("questions", json!({})).is_some_and(|all| all.as_array().is_some_and(Vec::is_empty)));
    // A name and groups.
    grace.ctl("contact-rename", &[("to", &he), ("name", "Franky & Söhne")]);
    grace.ctl("contact-groups", &[("to", &he), ("groups", "Work, Garden")]);
    grace.wait_contact("frank", "its name and groups", |contact| {
        let groups = contact["groups"].to_string();
        contact["name"] == "Franky & Söhne" && groups.contains("Work") && groups.contains("Garden")
    });
    // Blocked: the server refuses what he sends and what she sends him, and he looks offline.
    grace.ctl("block", &[("to", &he)]);
    eventually("he is blocked", PATIENCE, || (blocked(&grace) == [json!(he)]).then_some(()));
    grace.wait_contact("frank", "offline for her", |contact| contact["presence"]["show"] == "offline");
    frank.wait_contact("grace", "offline for him", |contact| contact["presence"]["show"] == "offline");
    frank.ctl("send", &[("to", &she), ("body", "are you there?")]);
    frank.wait_message("grace", "are you there?", &["failed"]);
    grace.ctl("send", &[("to", &he), ("body", "to a blocked one")]);
    grace.wait_message("frank", "to a blocked one", &["failed"]);
    assert!(grace.messages("frank").iter().all(|message| message["body"] != "are you there?"));
    // Unblocked: it gets through again.
    grace.ctl("unblock", &[("to", &he)]);
    eventually("he is unblocked", PATIENCE, || blocked(&grace).is_empty().then_some(()));
    frank.ctl("send", &[("to", &she), ("body", "and now?")]);
    grace.wait_message("frank", "and now?", &["received"]);
    // Removed: gone on this side, and seen by nobody.
    grace.ctl("contact-remove", &[("to", &he)]);
    eventually("he is gone", PATIENCE, || grace.contact("frank").is_none().then_some(()));
    frank.wait_contact("grace", "he sees her no longer", |contact| contact["subscription"] == "none");
    grace.quit();
    frank.quit();
}

#[test]
fn a_list_that_another_client_changes_is_followed() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let mut other = Person::sign_in(&world, "alice");
    let eve = format!("eve@{DOMAIN}");
    other.send(&format!("<iq type='set' id='b1'><block xmlns='urn:xmpp:blocking'><item jid='{eve}'/></block></iq>"));
    eventually("she is blocked here too", PATIENCE, || (blocked(&alice) == [json!(eve)]).then_some(()));
    let item = format!("<item jid='{eve}' name='Eve'><group>Odd</group></item>");
    other.send(&format!("<iq type='set' id='r1'><query xmlns='jabber:iq:roster'>{item}</query></iq>"));
    alice.wait_contact("eve", "what the other one added", |contact| contact["name"] == "Eve");
    alice.quit();
}

/// A link for one person, as a program makes it.
fn invite(of: &Tandem) -> String {
    of.ctl("contact-invite", &[])["link"].as_str().expect("a link").to_owned()
}

fn questions(of: &Tandem) -> usize {
    of.ask("questions", json!({})).and_then(|all| all.as_array().map(Vec::len)).unwrap_or_default()
}

#[test]
fn a_link_is_made_by_the_server_where_it_can_and_names_the_account() {
    let mut world = World::start();
    world.chat.extend("\"invites\", \"invites_adhoc\", \"invites_register\", ", "allow_user_invites = true");
    let grace = Tandem::online(&world, "grace", &Profile::default());
    let made = grace.ctl("contact-invite", &[]);
    let link = made["link"].as_str().expect("a link");
    assert!(link.starts_with(&format!("xmpp:grace@{DOMAIN}?roster;preauth=")), "{link}");
    assert!(link.ends_with(";ibr=y"), "whoever has no account yet may make one: {link}");
    assert!(made["until"].is_string(), "{made}");
    grace.quit();
}

#[test]
fn a_link_of_ours_lets_one_person_in_where_the_server_makes_none() {
    let world = World::start();
    let grace = Tandem::online(&world, "grace", &Profile::default());
    let frank = Tandem::online(&world, "frank", &Profile::default());
    let link = invite(&grace);
    frank.ctl("contact-add", &[("to", &link)]);
    for (of, whom) in [(&grace, "frank"), (&frank, "grace")] {
        of.wait_contact(whom, "both see each other", |contact| contact["subscription"] == "both");
        assert_eq!(questions(of), 0, "nobody was asked");
    }
    for of in [grace, frank] {
        of.quit();
    }
}
