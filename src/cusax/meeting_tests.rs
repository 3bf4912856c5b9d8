//! Who is who in a meeting, and which call a room offers: the tables.

use std::sync::Arc;

use super::*;
use crate::model::{Direction, Involvement, Jid, OfferSource, PeerGrade, SipUri, SoundState};
use crate::sip::conference::ConferenceInfo;

fn jid(text: &str) -> Jid {
    Jid::parse(text).expect("an address")
}

fn talker(name: &str, sound: SoundState) -> Talker {
    Talker {
        name: name.into(),
        address: format!("sip:{}@example.com", name.to_lowercase()).into(),
        proven: None,
        claimed: Vec::new(),
        own: false,
        sound,
        speaking: false,
        moderator: false,
        call: None,
    }
}

fn proven(name: &str, who: &str) -> Talker {
    Talker { proven: Some((jid(who), "Because.".into())), ..talker(name, SoundState::Talking) }
}

fn writer(nick: &str, who: Option<&str>) -> Writer {
    Writer { nick: nick.into(), shown: nick.into(), jid: who.map(jid), own: false, moderator: false }
}

/// Name, involvement and whom each may be.
fn rows(talkers: Vec<Talker>, writers: &[Writer]) -> Vec<(String, Involvement, Option<String>)> {
    participants(talkers, writers)
        .into_iter()
        .map(|one| (one.name.to_string(), one.involvement, one.maybe.map(|maybe| maybe.to_string())))
        .collect()
}

fn row(name: &str, involvement: Involvement, maybe: Option<&str>) -> (String, Involvement, Option<String>) {
    (name.to_owned(), involvement, maybe.map(str::to_owned))
}

#[test]
fn c40_two_rows_become_one_only_on_proof() {
    use Involvement::{Audio, Both, Coming, Text};
    use SoundState::{Coming as Ringing, Talking};
    // Proven, and the room shows the address.
    assert_eq!(rows(vec![proven("Bob", "bob@x")], &[writer("bobby", Some("bob@x"))]), [row("Bob", Both, None)]);
    // Proven, but the room hides who they are: two rows, and a word because they are called alike.
    assert_eq!(
        rows(vec![proven("Bob", "bob@x")], &[writer("Bob", None)]),
        [row("Bob", Audio, Some("Bob")), row("Bob", Text, Some("Bob"))]
    );
    // The same name proves nothing, nor does what an unknown focus says.
    let claimed = Talker { claimed: vec![jid("bob@x")], ..talker("B.", Talking) };
    assert_eq!(
        rows(vec![claimed], &[writer("bobby", Some("bob@x"))]),
        [row("B.", Audio, Some("bobby")), row("bobby", Text, Some("B."))]
    );
    // Strangers to each other.
    assert_eq!(
        rows(vec![talker("Carol", Talking)], &[writer("bobby", Some("bob@x"))]),
        [row("Carol", Audio, None), row("bobby", Text, None)]
    );
    // An address that two in the call are given is proof of neither.
    let two = vec![proven("Bob", "bob@x"), proven("Bob at home", "bob@x")];
    let all = rows(two, &[writer("bobby", Some("bob@x"))]);
    assert_eq!(all.iter().filter(|(_, involvement, _)| *involvement == Both).count(), 0, "{all:?}");
    // Somebody with two nicks is one person.
    let nicks = [writer("bob", Some("bob@x")), writer("bob2", Some("bob@x"))];
    assert_eq!(rows(vec![proven("Bob", "bob@x")], &nicks), [row("Bob", Both, None)]);
    // Who is still being called hears nothing: text only, or not there yet.
    let ringing = Talker { sound: Ringing, ..proven("Bob", "bob@x") };
    assert_eq!(rows(vec![ringing.clone()], &[writer("bob", Some("bob@x"))]), [row("Bob", Text, None)]);
    assert_eq!(rows(vec![ringing], &[]), [row("Bob", Coming, None)]);
}

#[test]
fn c40_we_are_one_row_and_the_first() {
    let we = Talker { own: true, ..talker("You", SoundState::Muted) };
    let us = Writer { own: true, ..writer("alice", Some("alice@x")) };
    let all = participants(vec![proven("Bob", "bob@x"), we], &[writer("zoe", None), us]);
    assert_eq!((all[0].own, all[0].involvement, &*all[0].name), (true, Involvement::Both, "alice"));
    assert_eq!(all.iter().filter(|one| one.own).count(), 1);
    // Nobody becomes us by being called like us.
    let impostor = talker("alice", SoundState::Talking);
    let us = Writer { own: true, ..writer("alice", Some("alice@x")) };
    let all = participants(vec![impostor], &[us]);
    assert!(all.iter().all(|one| one.involvement != Involvement::Both && one.maybe.is_none()), "{all:?}");
}

fn info(users: &str) -> ConferenceInfo {
    let mut known = ConferenceInfo::default();
    let document = format!(
        "<conference-info xmlns=\"urn:ietf:params:xml:ns:conference-info\" version=\"1\"><users>{users}</users>\
         </conference-info>"
    );
    known.take(document.as_bytes()).expect("readable");
    known
}

fn user(address: &str, jid: Option<&str>, inside: &str) -> String {
    let aors = jid.map(|jid| format!("<associated-aors><entry><uri>xmpp:{jid}</uri></entry></associated-aors>"));
    format!("<user entity=\"{address}\">{}{inside}</user>", aors.unwrap_or_default())
}

#[test]
fn c40_only_a_conference_of_our_own_provider_says_who_is_who() {
    let own = SipUri::parse("sip:alice@example.com").expect("valid");
    let listed = info(&format!(
        "{}{}{}{}",
        user("sip:alice@example.com", None, ""),
        user("sip:bob@example.com;gr=x", Some("bob@example.com"), ""),
        user("sip:carol@example.com", None, "<display-text>C.</display-text>"),
        user("sip:+4930123456@gw.example", None, "")
    ));
    let confirmed = |address: &str| address.contains("carol").then(|| jid("carol@example.com"));
    let told = |trusted| {
        let all = talkers(&listed, &[], trusted, &own, confirmed, |jid| jid.local().unwrap_or_default().into());
        all.into_iter()
            .map(|one| (one.name.to_string(), one.proven.map(|(jid, _)| jid), one.claimed, one.own))
            .collect::<Vec<_>>()
    };
    let nobody = || (None, Vec::new());
    let row = |name: &str, (proven, claimed): (Option<Jid>, Vec<Jid>), own| (name.to_owned(), proven, claimed, own);
    assert_eq!(
        told(true),
        [
            row("alice@example.com", nobody(), true),
            row("bob", (Some(jid("bob@example.com")), Vec::new()), false),
            row("carol", (Some(jid("carol@example.com")), Vec::new()), false),
            row("+4930123456@gw.example", nobody(), false),
        ]
    );
    assert_eq!(
        told(false),
        [
            row("alice@example.com", nobody(), true),
            row("bob@example.com", (None, vec![jid("bob@example.com")]), false),
            row("C.", (None, vec![jid("carol@example.com")]), false),
            row("+4930123456@gw.example", nobody(), false),
        ]
    );
    // Whoever is listed under our address a second time is not we.
    let twice =
        info(&format!("{}{}", user("sip:alice@example.com", None, ""), user("sip:alice@example.com;x=1", None, "")));
    let all = talkers(&twice, &[], false, &own, |_| None, |_| "".into());
    assert_eq!(all.iter().filter(|one| one.own).count(), 1);
}

#[test]
fn whose_word_counts_follows_the_domain_and_who_vouches() {
    let own = SipUri::parse("sip:alice@example.com").expect("valid");
    for (called, direction, grade, trusted) in [
        ("sip:team@example.com", Direction::Outgoing, PeerGrade::Unknown, true),
        ("sip:team@EXAMPLE.com", Direction::Outgoing, PeerGrade::Unknown, true),
        ("sip:team@example.net", Direction::Outgoing, PeerGrade::Confirmed, false),
        ("sip:team@example.com.evil.example", Direction::Outgoing, PeerGrade::Unknown, false),
        ("sip:team@example.com", Direction::Incoming, PeerGrade::Claimed, false),
        ("sip:team@example.com", Direction::Incoming, PeerGrade::Unknown, false),
        ("sip:team@example.com", Direction::Incoming, PeerGrade::Confirmed, true),
    ] {
        let called = SipUri::parse(called).expect("valid");
        assert_eq!(is_trusted(&called, direction, grade, &own), trusted, "{called} {direction:?} {grade:?}");
    }
}

#[test]
fn c38_the_call_of_a_room_is_found_in_every_form_and_in_order() {
    let list = |uris: &[&str]| -> Vec<Arc<str>> { uris.iter().map(|uri| (*uri).into()).collect() };
    let (old, new) = (list(&["sip:old@conf.example"]), list(&["https://meet.example/x", "sip:invite@conf.example"]));
    let card = list(&["tel:+4930123456", "sip:card@conf.example"]);
    let claims = RoomClaims {
        invites: vec![(&old, "ann".into()), (&new, "ben".into())],
        info: Some("sip:info@conf.example"),
        presences: vec![("sip:presence@conf.example", "cid".into()), ("xmpp:room@conf.example", "dan".into())],
        card: &card,
        texts: vec!["Call sip:text@conf.example or see https://example.com.", "again sip:card@conf.example"],
    };
    let found: Vec<(String, OfferSource, Option<String>, Option<usize>)> = room_calls(&claims)
        .into_iter()
        .map(|one| (one.uri.to_string(), one.source, one.by.map(|by| by.to_string()), one.invite))
        .collect();
    let row = |uri: &str, source, by: Option<&str>, invite| (uri.to_owned(), source, by.map(str::to_owned), invite);
    assert_eq!(
        found,
        [
            row("sip:invite@conf.example", OfferSource::Invite, Some("ben"), Some(1)),
            row("sip:old@conf.example", OfferSource::Invite, Some("ann"), Some(0)),
            row("sip:info@conf.example", OfferSource::RoomInfo, None, None),
            row("sip:presence@conf.example", OfferSource::Presence, Some("cid"), None),
            row("tel:+4930123456", OfferSource::Card, None, None),
            row("sip:card@conf.example", OfferSource::Card, None, None),
            row("sip:text@conf.example", OfferSource::Link, None, None),
        ]
    );
    assert_eq!(room_calls(&RoomClaims::default()), []);
}

#[test]
fn what_a_room_names_is_called_only_where_it_is_an_address_of_calls() {
    for (text, callable_as) in [
        ("sip:team@conf.example", Some("sip:team@conf.example")),
        (" SIP:team@conf.example ", Some("sip:team@conf.example")),
        ("sips:team@conf.example", Some("sips:team@conf.example")),
        ("sip:team@conf.example?Replaces=x", Some("sip:team@conf.example")),
        ("tel:+1900555", Some("tel:+1900555")),
        ("tel:", None),
        ("https://meet.example/x", None),
        ("xmpp:room@conf.example", None),
        ("javascript:alert(1)", None),
        ("sip:a b@conf.example", None),
        ("sip:", None),
        ("", None),
    ] {
        assert_eq!(callable(text).as_deref(), callable_as, "{text:?}");
    }
    assert_eq!(callable(&format!("sip:{}@x", "a".repeat(600))), None);
    assert!(same_call("sip:team@conf.example;transport=tls", "sips:team@CONF.example"));
    assert!(!same_call("sip:team@conf.example", "sip:team@conf.example.evil"));
}
