//! Links for one person on Prosody 0.12 as it is delivered, whose own links stumble where nobody may register with them.

use serde_json::{Value, json};

use crate::real::{DOMAIN, Profile, Tandem, World};

fn questions(of: &Tandem) -> usize {
    of.ask("questions", json!({})).and_then(|all| all.as_array().map(Vec::len)).unwrap_or_default()
}

fn meet(grace: Tandem, frank: Tandem, made: &Value) {
    frank.ctl("contact-add", &[("to", made["link"].as_str().expect("a link"))]);
    for (of, whom) in [(&grace, "frank"), (&frank, "grace")] {
        of.wait_contact(whom, "both see each other", |contact| contact["subscription"] == "both");
        assert_eq!(questions(of), 0, "nobody was asked");
    }
    for of in [grace, frank] {
        of.quit();
    }
}

#[test]
fn a_link_that_the_server_makes_and_that_lets_somebody_register_brings_both_together() {
    let mut world = World::start();
    world.chat.extend("\"invites\", \"invites_adhoc\", \"invites_register\", ", "allow_user_invites = true");
    let grace = Tandem::online(&world, "grace", &Profile::default());
    let frank = Tandem::online(&world, "frank", &Profile::default());
    let made = grace.ctl("contact-invite", &[]);
    let link = made["link"].as_str().expect("a link");
    assert!(link.starts_with(&format!("xmpp:grace@{DOMAIN}?roster;preauth=")) && link.ends_with(";ibr=y"), "{link}");
    meet(grace, frank, &made);
}

#[test]
fn a_link_of_a_server_that_does_not_keep_its_word_is_made_here_and_brings_both_together() {
    let mut world = World::start();
    world.chat.extend("\"invites\", \"invites_adhoc\", \"invites_register\", ", "");
    let grace = Tandem::online(&world, "grace", &Profile::default());
    let frank = Tandem::online(&world, "frank", &Profile::default());
    let made = grace.ctl("contact-invite", &[]);
    meet(grace, frank, &made);
}

#[test]
fn a_link_of_an_administrator_to_make_an_account_says_what_to_do() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let refused = alice.try_ctl("open", &[("uri", &format!("xmpp:{DOMAIN}?register;preauth=abc"))]);
    assert_eq!(refused, Err("invalid".to_owned()));
    assert_eq!(questions(&alice), 0);
    alice.quit();
}
