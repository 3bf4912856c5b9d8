//! Rosters, presences and cards brought together, for a few people and for ten thousand.

use std::time::{Duration, Instant};

use tandem::account::{Input, Reply, Request};
use tandem::config::{Chat, SecretSource};
use tandem::model::{AccountId, Grade, PeerGrade, Show, Subscription};
use tandem::store::Loaded;
use tandem::{sip, xmpp};

use super::world::*;

fn contact(world: &mut World, address: &str) -> std::sync::Arc<tandem::model::Contact> {
    world.shown().contact(&jid(address)).expect("in the roster").clone()
}

#[test]
fn call_is_there_by_the_card_and_grey_with_the_reason() {
    let mut world = World::online();
    assert!(contact(&mut world, "bob@example.com").actions.call.available);
    let reason = |world: &mut World| contact(world, "carol@other.example").actions.call.reason.clone();
    assert_eq!(reason(&mut world).as_deref(), Some("Their card has not arrived yet."));
    world.card("carol@other.example", &[]);
    assert_eq!(reason(&mut world).as_deref(), Some("Their card has no phone number or call address."));
    world.card("carol@other.example", &["+49 30 901820"]);
    assert_eq!(reason(&mut world), None);
    world.voice(sip::Event::Unregistered { reason: super::world::reason("unreachable"), retry_at: None });
    assert_eq!(reason(&mut world).as_deref(), Some("Voice is not connected."));
    world.registered();
    world.chat(xmpp::Event::Offline { reason: super::world::reason("lost"), retry_at: None });
    assert_eq!(reason(&mut world), None, "chat is not needed for calling");
}

#[test]
fn presences_are_shown_and_forgotten_with_the_connection() {
    let mut world = World::online();
    world.chat(presence("bob@example.com", Show::Away));
    assert_eq!(contact(&mut world, "bob@example.com").presence.show, Show::Away);
    world.chat(xmpp::Event::Offline { reason: reason("lost"), retry_at: None });
    assert_eq!(contact(&mut world, "bob@example.com").presence.show, Show::Offline);
}

#[test]
fn two_cards_that_claim_one_address_are_both_only_claimed_until_one_lets_go() {
    let mut world = World::online();
    let grade = |world: &mut World, address: &str| contact(world, address).addresses[0].grade;
    assert_eq!(grade(&mut world, "bob@example.com"), Grade::Confirmed);
    world.card("carol@other.example", &["sip:bob@example.com"]);
    assert_eq!(grade(&mut world, "bob@example.com"), Grade::Claimed);
    assert_eq!(grade(&mut world, "carol@other.example"), Grade::Claimed);
    world.card("carol@other.example", &["sip:carol@other.example"]);
    assert_eq!(grade(&mut world, "bob@example.com"), Grade::Confirmed);
    world.card("carol@other.example", &["sip:bob@example.com"]);
    let checkpoint = world.checkpoint();
    let update = xmpp::RosterUpdate::Remove(jid("carol@other.example"));
    world.chat(xmpp::Event::Roster { update, version: None, checkpoint });
    assert_eq!(grade(&mut world, "bob@example.com"), Grade::Confirmed);
}

#[test]
fn people_stand_by_name_and_move_when_it_changes() {
    let mut world = World::online();
    let names = |world: &mut World| -> Vec<String> {
        world.shown().contacts.iter().map(|contact| contact.name.to_string()).collect()
    };
    assert_eq!(names(&mut world), ["bob", "carol"]);
    let mut renamed = item("bob@example.com", Subscription::Both);
    renamed.name = Some("\u{202e}Zed".to_owned());
    let checkpoint = world.checkpoint();
    let update = xmpp::RosterUpdate::Set(renamed);
    world.chat(xmpp::Event::Roster { update, version: None, checkpoint });
    assert_eq!(names(&mut world), ["carol", "Zed"]);
    let page = Request::Contacts { with: None, limit: 1, after: Some(jid("carol@other.example")) };
    assert!(matches!(world.ask(page), Some(Ok(Reply::Contacts(page))) if &*page[0].name == "Zed"));
}

fn peer(world: &mut World, identity: sip::CallIdentity) -> tandem::model::Peer {
    let id = tandem::model::CallId(world.shown().revision * 2 + 1);
    world.incoming(id, identity, Some(SOUND));
    let peer = world.view(id).peer;
    world.ended(id, 487, tandem::model::EndedBy::Remote);
    peer
}

#[test]
fn a_caller_is_named_when_the_service_vouches_and_one_card_lists_the_address() {
    let mut world = World::online();
    let peer = peer(&mut world, vouched("sip:bob@example.com"));
    assert_eq!((peer.grade, peer.jid), (PeerGrade::Confirmed, Some(jid("bob@example.com"))));
    assert_eq!(&*peer.display, "bob");
}

#[test]
fn s05_a_caller_on_nobodys_word_is_not_named() {
    let mut world = World::online();
    let peer = peer(&mut world, identity("sip:bob@example.com"));
    assert_eq!((peer.grade, peer.jid), (PeerGrade::Claimed, None));
    assert_ne!(&*peer.display, "The President");
}

#[test]
fn s06_a_chat_address_in_the_call_proves_nothing() {
    let mut world = World::online();
    let hint = sip::CallIdentity { call_info: Some(jid("bob@example.com")), ..vouched("sip:eve@example.net") };
    let shown = peer(&mut world, hint);
    assert_eq!((shown.grade, shown.jid), (PeerGrade::Refuted, None));
    assert!(shown.evidence[0].contains("does not list this address"));
    // The card of somebody whom we do not see proves nothing either.
    let checkpoint = world.checkpoint();
    let update = xmpp::RosterUpdate::Set(item("eve@example.net", Subscription::From));
    world.chat(xmpp::Event::Roster { update, version: None, checkpoint });
    world.card("eve@example.net", &["sip:boss@example.com"]);
    let shown = peer(&mut world, vouched("sip:boss@example.com"));
    assert_eq!((shown.grade, shown.jid), (PeerGrade::Unknown, None));
}

#[test]
fn a_caller_who_withholds_the_number_is_anonymous_whatever_else_is_said() {
    let mut world = World::online();
    let hidden = sip::CallIdentity {
        anonymous: true,
        call_info: Some(jid("bob@example.com")),
        ..vouched("sip:bob@example.com")
    };
    let peer = peer(&mut world, hidden);
    assert_eq!((peer.grade, peer.jid, &*peer.display), (PeerGrade::Anonymous, None, "Anonymous"));
}

#[test]
fn a_caller_is_named_from_the_cache_while_chat_is_away() {
    let loaded = Loaded {
        cards: vec![(jid("bob@example.com"), Some(card(&["tel:+4930901820"])), Default::default())],
        ..remembering("alice@example.com", vec![item("bob@example.com", Subscription::Both)])
    };
    let mut world = World::new(config(), loaded);
    world.registered();
    let shown = peer(&mut world, vouched("sip:+4930901820@example.com;user=phone"));
    assert_eq!(shown.grade, PeerGrade::Confirmed);
    // The number in a foreign domain is that domain's own.
    let shown = peer(&mut world, vouched("sip:1820@elsewhere.example"));
    assert_eq!(shown.grade, PeerGrade::Unknown);
}

/// Prints what ten thousand people cost; the limits only tell linear from quadratic, on a slow and busy machine.
#[test]
fn ten_thousand_people_cost_little() {
    const PEOPLE: usize = 10_000;
    let mut world = World::new(config(), Loaded::default());
    let address = |n: usize| format!("person{n}@example.com");
    let timed = |name: &str, time: Instant| {
        let took = time.elapsed();
        println!("{name}: {took:?}");
        took
    };
    let items = (0..PEOPLE).map(|n| item(&address(n), Subscription::Both)).collect();
    let begin = Instant::now();
    let checkpoint = world.checkpoint();
    world.chat(xmpp::Event::Roster { update: xmpp::RosterUpdate::Replace(items), version: None, checkpoint });
    let roster = timed("roster", begin);
    let begin = Instant::now();
    for n in 0..PEOPLE {
        // Everybody has a number of their own and the switchboard's.
        world.card(&address(n), &[&format!("sip:person{n}@example.com"), "+49 30 901820"]);
        world.effects.clear();
    }
    let cards = timed("cards", begin);
    let begin = Instant::now();
    for n in 0..PEOPLE {
        world.chat(presence(&address(n), Show::Away));
    }
    let presences = timed("presences", begin);
    let begin = Instant::now();
    world.registered();
    let voice = timed("voice comes up", begin);
    world.shown();
    let begin = Instant::now();
    for n in 0..200 {
        world.chat(presence(&address(n), Show::Dnd));
        world.shown();
    }
    let single = timed("presence and snapshot", begin) / 200;
    let begin = Instant::now();
    for n in 0..200 {
        world.card(&address(n), &["sip:other@example.com"]);
        world.shown();
    }
    let card = timed("card and snapshot", begin) / 200;
    println!("each: presence {single:?}, card {card:?}");
    assert!(roster + cards + presences + voice < Duration::from_secs(30));
    assert!(single < Duration::from_millis(20) && card < Duration::from_millis(20));
    assert_eq!(world.shown().contacts.len(), PEOPLE);
}

#[test]
fn somebody_in_two_rosters_stays_until_the_last_one_lets_go() {
    let second = AccountId::new("second");
    let mut config = config();
    let secret = SecretSource::Inline(tandem::platform::Secret::new("x".to_owned()));
    config.chat.push(Chat::new(second.clone(), jid("alice@other.example"), secret));
    let mut world = World::online_with(config);
    let roster = |world: &mut World, account: &AccountId, update| {
        let checkpoint = world.checkpoint();
        world.put(Input::Chat(account.clone(), xmpp::Event::Roster { update, version: None, checkpoint }));
    };
    let named =
        |name: &str| xmpp::RosterItem { name: Some(name.to_owned()), ..item("bob@example.com", Subscription::Both) };
    let shown = |world: &mut World| {
        world.shown().contact(&jid("bob@example.com")).map(|bob| (bob.name.to_string(), bob.addresses.len()))
    };
    let (first, bob) = (chat_id(), jid("bob@example.com"));
    roster(&mut world, &second, xmpp::RosterUpdate::Replace(vec![named("Robert")]));
    assert_eq!(shown(&mut world), Some(("bob".to_owned(), 1)), "the first account names them");
    roster(&mut world, &first, xmpp::RosterUpdate::Remove(bob.clone()));
    assert_eq!(shown(&mut world), Some(("Robert".to_owned(), 1)), "the other one still has them, with their card");
    roster(&mut world, &first, xmpp::RosterUpdate::Set(named("Bobby")));
    roster(&mut world, &first, xmpp::RosterUpdate::Replace(Vec::new()));
    assert_eq!(shown(&mut world), Some(("Robert".to_owned(), 1)));
    roster(&mut world, &first, xmpp::RosterUpdate::Set(named("Bobby")));
    roster(&mut world, &second, xmpp::RosterUpdate::Replace(Vec::new()));
    assert_eq!(shown(&mut world), Some(("Bobby".to_owned(), 1)), "handed over once more");
    roster(&mut world, &first, xmpp::RosterUpdate::Remove(bob));
    assert_eq!(shown(&mut world), None, "nobody has them");
}
