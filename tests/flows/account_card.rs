//! The user's own card and temporary addresses: offered, published, tested, taken back.

use std::time::Duration;

use tandem::account::{CardChange, CardRequest, Effect, MyCard, RefusalKind, Reply, Request, Ticket};
use tandem::model::{
    Action, AddressSource, CardPhone, CardWritten, ConditionKind, FormResult, Grade, OwnCard, PeerGrade, ReachAddress,
    Reason, Remedy,
};
use tandem::sip::{self, Probed};
use tandem::store::Loaded;
use tandem::xmpp::{self, OwnCardEvent};

use super::world::*;

fn phone(value: &str) -> CardPhone {
    CardPhone { value: value.into(), types: Vec::new(), preferred: false }
}

fn own(phones: &[&str]) -> OwnCard {
    OwnCard { revision: 1, phones: phones.iter().map(|value| phone(value)).collect(), ..OwnCard::default() }
}

fn request(request: CardRequest) -> Request {
    Request::Card(None, request)
}

fn read(world: &mut World, card: OwnCard) {
    world.chat(xmpp::Event::OwnCard(OwnCardEvent::Read(card)));
}

fn written(world: &mut World, card: OwnCard) {
    let written = CardWritten { card, temp: FormResult::AsMeant, four: FormResult::AsMeant };
    world.chat(xmpp::Event::OwnCard(OwnCardEvent::Written(Box::new(written))));
}

/// The card that the last request was answered with.
fn answer(world: &World) -> Result<MyCard, tandem::account::Refusal> {
    let last = world.effects.iter().rev().find_map(|effect| match effect {
        Effect::Answer(Ticket(_), answer) => Some(answer.clone()),
        _ => None,
    });
    match last.expect("an answer")? {
        Reply::Card(card) => Ok(*card),
        other => panic!("{other:?}"),
    }
}

fn probes(world: &World) -> Vec<(u64, String)> {
    let each = |command| match command {
        sip::Command::Probe { id, to } => Some((id, to.to_string())),
        _ => None,
    };
    world.sip().into_iter().filter_map(each).collect()
}

/// Signed in, and the first look at the own card is over.
fn with_card(phones: &[&str]) -> World {
    let mut world = World::online();
    read(&mut world, own(phones));
    world.effects.clear();
    world
}

#[test]
fn s_04_a_missing_address_is_offered_once_and_published_only_on_the_users_word() {
    let mut world = World::online();
    read(&mut world, own(&["+49 30 901821"]));
    let offers = |world: &mut World| {
        let offer = |kind| kind == ConditionKind::Card;
        world.shown().conditions.iter().filter(|condition| offer(condition.kind)).cloned().collect::<Vec<_>>()
    };
    let offered = offers(&mut world);
    assert_eq!(offered.len(), 1);
    assert!(offered[0].text.contains("sip:alice@example.com"));
    assert_eq!(offered[0].remedy, Remedy::PublishAddress(chat_id()));
    let wrote = |world: &World| world.xmpp().iter().any(|command| matches!(command, xmpp::Command::WriteOwnCard(_)));
    assert!(!wrote(&world), "nothing without the user's word");
    let offered = world
        .kept()
        .into_iter()
        .find_map(|command| match command {
            tandem::store::Command::SetMemo { key, value } if key.starts_with("card-offer") => {
                Some((key, value.unwrap()))
            }
            _ => None,
        })
        .expect("remembered");
    world.ask(request(CardRequest::Publish));
    assert!(!wrote(&world), "it is read first");
    read(&mut world, own(&["+49 30 901821"]));
    let edit = world.xmpp().into_iter().find_map(|command| match command {
        xmpp::Command::WriteOwnCard(edit) => Some(edit),
        _ => None,
    });
    let values: Vec<String> = edit.expect("an edit").phones.iter().map(|entry| entry.uri.to_string()).collect();
    assert_eq!(values, ["sip:alice@example.com", "tel:+4930901821"]);
    written(&mut world, own(&["sip:alice@example.com", "+49 30 901821"]));
    assert_eq!(answer(&world).unwrap().missing, None);
    assert!(offers(&mut world).is_empty(), "the offer is gone");
    // The next run does not ask again.
    let mut again = World::new(config(), Loaded { memos: vec![offered], ..Loaded::default() });
    again.sign_in();
    assert!(!again.xmpp().iter().any(|command| matches!(command, xmpp::Command::ReadOwnCard)));
    assert!(offers(&mut again).is_empty());
}

#[test]
fn s_05_a_test_tells_whether_a_request_to_the_card_reaches_the_user() {
    let mut world = with_card(&["sip:alice@EXAMPLE.com;transport=tls"]);
    world.ask(request(CardRequest::Test));
    read(&mut world, own(&["sip:alice@EXAMPLE.com;transport=tls"]));
    let asked = probes(&world);
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].1, "sip:alice@example.com");
    let probed = Probed { arrived: Some(Duration::from_millis(40)), code: Some(200) };
    world.voice(sip::Event::Probed { id: asked[0].0, probed });
    let test = answer(&world).unwrap().test.unwrap();
    assert_eq!(
        (test.ok, test.took_ms, test.requests, test.publish.clone()),
        (Some(true), Some(40), 1, None),
        "{test:?}"
    );
    assert!(test.steps.iter().all(|step| step.ok == Some(true)));
}

#[test]
fn s_05_an_address_that_is_missing_or_does_not_lead_here_is_told_with_its_remedy() {
    // Nothing there that could lead here.
    let mut world = with_card(&["sip:alice@other.example"]);
    world.ask(request(CardRequest::Test));
    read(&mut world, own(&["sip:alice@other.example"]));
    assert!(probes(&world).is_empty(), "nobody else's server is asked");
    let test = answer(&world).unwrap().test.unwrap();
    assert_eq!((test.ok, test.publish.as_deref()), (Some(false), Some("sip:alice@example.com")));
    // Numbers are asked for, a few of them; the second leads here.
    let numbers = ["+49 30 901821", "+49 30 901822", "+49 30 901823", "+49 30 901824", "+49 30 901825"];
    world.ask(request(CardRequest::Test));
    read(&mut world, own(&numbers));
    world.voice(sip::Event::Probed { id: probes(&world)[0].0, probed: Probed { arrived: None, code: Some(404) } });
    let second = probes(&world)[1].clone();
    assert_eq!(second.1, "sip:+4930901822@example.com;user=phone");
    world.voice(sip::Event::Probed { id: second.0, probed: Probed { arrived: Some(Duration::ZERO), code: None } });
    assert_eq!(answer(&world).unwrap().test.unwrap().ok, Some(true));
    world.effects.clear();
    world.ask(request(CardRequest::Test));
    read(&mut world, own(&numbers));
    // Nobody answers: each question ends by itself, and there is an end to the questions.
    world.wait(Duration::from_secs(120));
    assert_eq!(probes(&world).len(), 3);
    assert_eq!(answer(&world).unwrap().test.unwrap().ok, Some(false));
    // Without voice nothing can be said.
    world.voice(sip::Event::Unregistered { reason: reason("unreachable"), retry_at: None });
    world.ask(request(CardRequest::Test));
    read(&mut world, own(&["sip:alice@example.com"]));
    let test = answer(&world).unwrap().test.unwrap();
    assert_eq!(test.ok, None);
    assert!(test.text.contains("voice is not connected"));
}

#[test]
fn what_is_asked_while_the_card_is_being_read_waits_for_that() {
    // The first look after signing in is on its way.
    let mut world = World::online();
    assert!(world.ask(request(CardRequest::Read)).is_none());
    assert!(world.ask(request(CardRequest::Test)).is_none());
    read(&mut world, own(&["sip:alice@example.com"]));
    let asked = probes(&world);
    world.voice(sip::Event::Probed {
        id: asked[0].0,
        probed: Probed { arrived: Some(Duration::ZERO), code: Some(200) },
    });
    assert_eq!(answer(&world).unwrap().test.unwrap().ok, Some(true));
    let answers = world.effects.iter().filter(|effect| matches!(effect, Effect::Answer(_, Ok(Reply::Card(_))))).count();
    assert_eq!(answers, 2);
    // A change of what was seen is not taken for done by a reading that was asked for before.
    world.effects.clear();
    world.chat(xmpp::Event::OwnCard(OwnCardEvent::Notified));
    let change = CardChange { base: Some(1), nickname: Some("ali".into()), ..CardChange::default() };
    assert!(world.ask(request(CardRequest::Change(change))).is_none());
    read(&mut world, own(&["sip:alice@example.com"]));
    assert!(!world.effects.iter().any(|effect| matches!(effect, Effect::Answer(..))));
    written(&mut world, own(&["sip:alice@example.com"]));
    assert!(answer(&world).is_ok());
}

#[test]
fn s_09_a_change_is_sent_as_written_and_its_end_is_told() {
    let mut world = with_card(&["sip:alice@example.com"]);
    let change = CardChange { base: Some(1), full_name: Some("Alice".into()), ..CardChange::default() };
    world.ask(request(CardRequest::Change(change.clone())));
    let edit = world.xmpp().into_iter().find_map(|command| match command {
        xmpp::Command::WriteOwnCard(edit) => Some(edit),
        _ => None,
    });
    let edit = edit.expect("at once: the user saw this card");
    assert_eq!((edit.base, edit.full_name.as_deref(), edit.phones.len()), (1, Some("Alice"), 1));
    let busy = world.ask(request(CardRequest::Change(change.clone())));
    assert!(matches!(busy, Some(Err(refusal)) if refusal.kind == RefusalKind::NotAllowed));
    let refused = FormResult::Refused(Reason::new("not-allowed", "The directory is read-only."));
    let end = CardWritten { card: own(&["sip:alice@example.com"]), temp: refused, four: FormResult::AsMeant };
    world.chat(xmpp::Event::OwnCard(OwnCardEvent::Written(Box::new(end))));
    assert!(answer(&world).unwrap().notes[0].contains("The directory is read-only"));
    world.ask(request(CardRequest::Change(change.clone())));
    world.chat(xmpp::Event::OwnCard(OwnCardEvent::ChangedMeanwhile(own(&[]))));
    assert!(answer(&world).unwrap_err().text.contains("changed somewhere else"));
    world.ask(request(CardRequest::Change(change)));
    world.chat(xmpp::Event::Offline { reason: reason("unreachable"), retry_at: None });
    assert_eq!(answer(&world).unwrap_err().kind, RefusalKind::Offline);
    let offline = world.ask(request(CardRequest::Read));
    assert!(matches!(offline, Some(Err(refusal)) if refusal.kind == RefusalKind::Offline));
    let nonsense = CardChange { phones: Some(vec![phone("call me")]), ..CardChange::default() };
    world.sign_in();
    let answer = world.ask(request(CardRequest::Change(nonsense)));
    assert!(matches!(answer, Some(Err(refusal)) if refusal.kind == RefusalKind::Invalid));
}

fn here(uri: &str) -> ReachAddress {
    ReachAddress { uri: uri.into(), description: Some("Room\u{202e} 3".into()) }
}

fn published(world: &World) -> Vec<Vec<ReachAddress>> {
    let each = |command| match command {
        xmpp::Command::PublishReach(addresses) => Some(addresses),
        _ => None,
    };
    world.xmpp().into_iter().filter_map(each).collect()
}

#[test]
fn c21_where_the_user_is_is_published_until_leaving_and_taken_back_at_the_end() {
    let mut world = with_card(&["sip:alice@example.com"]);
    world.ask(request(CardRequest::SetReach(vec![here("1001")])));
    let said = published(&world);
    assert_eq!(said.len(), 1);
    assert_eq!((&*said[0][0].uri, said[0][0].description.as_deref()), ("tel:1001", Some("Room 3")));
    world.chat(xmpp::Event::ReachPublished(Ok(())));
    assert_eq!(answer(&world).unwrap().reach.len(), 1);
    world.effects.clear();
    world.done(Request::Quit);
    let commands = world.xmpp();
    assert_eq!(commands.first(), Some(&xmpp::Command::PublishReach(Vec::new())), "before the goodbye: {commands:?}");
    // A run that was killed left something behind.
    let mut memos = Vec::new();
    let mut world = with_card(&["sip:alice@example.com"]);
    world.ask(request(CardRequest::SetReach(vec![here("sip:room@example.com")])));
    for command in world.kept() {
        if let tandem::store::Command::SetMemo { key, value: Some(value) } = command {
            memos.push((key, value));
        }
    }
    let mut again = World::new(config(), Loaded { memos, ..Loaded::default() });
    assert!(published(&again).is_empty());
    again.sign_in();
    assert_eq!(published(&again), [Vec::new()]);
    again.chat(xmpp::Event::ReachPublished(Ok(())));
    again.effects.clear();
    again.sign_in();
    assert!(published(&again).is_empty(), "once");
}

#[test]
fn c21_the_users_own_mistakes_and_the_servers_refusal_are_told() {
    let mut world = with_card(&[]);
    for addresses in [vec![here("call me")], vec![here("sip:a@example.com"); 9]] {
        let answer = world.ask(request(CardRequest::SetReach(addresses)));
        assert!(matches!(answer, Some(Err(refusal)) if refusal.kind == RefusalKind::Invalid));
    }
    world.ask(request(CardRequest::SetReach(vec![here("sip:room@example.com")])));
    world.chat(xmpp::Event::ReachPublished(Err(Reason::new("forbidden", "No personal nodes."))));
    assert!(answer(&world).unwrap_err().text.contains("No personal nodes."));
    assert!(world.shown().cards[0].reach.is_empty());
}

#[test]
fn c21_c22_where_a_contact_is_can_be_called_and_names_nobody() {
    let mut world = World::online();
    let carol = |world: &mut World| world.shown().contact(&jid("carol@other.example")).expect("there").clone();
    assert!(!carol(&mut world).actions.call.available);
    let said = vec![ReachAddress { uri: "sip:room3@example.com".into(), description: Some("Room 3".into()) }];
    world.chat(xmpp::Event::Reach { jid: jid("carol@other.example"), addresses: said });
    let contact = carol(&mut world);
    assert_eq!(contact.actions.call, Action::available());
    let address = &contact.addresses[0];
    assert_eq!((address.source, address.grade), (AddressSource::Reach, Grade::Claimed));
    assert!(address.evidence[0].contains("Room 3"), "{address:?}");
    let call = tandem::model::CallId(7);
    world.incoming(call, vouched("sip:room3@example.com"), Some(SOUND));
    let peer = world.view(call).peer;
    assert_eq!((peer.jid, peer.grade), (None, PeerGrade::Unknown), "C-22: it names no caller");
    world.chat(xmpp::Event::Reach { jid: jid("carol@other.example"), addresses: Vec::new() });
    assert!(carol(&mut world).addresses.is_empty());
}

/// The forms of telephone entries of a card, and how many ways to call each gives.
const FORMS: [(&str, usize); 11] = [
    ("sip:bob@example.com", 1),
    ("sips:bob@example.com", 1),
    ("bob@sip.example.com", 1),
    ("tel:sip:bob@example.com", 1),
    ("tel:+1-303-308-3282", 1),
    ("+1 303 308 3282", 1),
    ("303 308 3282 x12", 1),
    ("1001", 1),
    ("tel:+491701234567;ext=12", 1),
    ("xmpp:bob@example.com", 0),
    ("call the office", 0),
];

#[test]
fn c18_every_form_of_a_number_is_a_way_to_call_whatever_the_accounts_do() {
    // RFC 7081 section 3.3: whoever has a number can be called, whatever the chat account can do.
    for (form, ways) in FORMS {
        for chat_online in [true, false] {
            for (voice, reason_is) in
                [("online", None), ("offline", Some("not connected")), ("absent", Some("no voice account"))]
            {
                let mut config = config();
                if voice == "absent" {
                    config.voice.clear();
                    config.relations.clear();
                }
                let roster = vec![item("bob@example.com", tandem::model::Subscription::Both)];
                let cards =
                    vec![(jid("bob@example.com"), Some(card(&[form])), tandem::model::WallTime::from_unix_ms(0))];
                let mut world = World::new(config, Loaded { cards, ..remembering("alice@example.com", roster) });
                if voice == "online" {
                    world.registered();
                }
                let what = format!("{form}, chat {chat_online}, voice {voice}");
                let check = |world: &mut World, when: &str| {
                    let contact = world.shown().contact(&jid("bob@example.com")).expect("from the cache").clone();
                    assert_eq!(contact.addresses.len(), ways, "{what} {when}");
                    let call = &contact.actions.call;
                    assert_eq!(call.available, ways > 0 && voice == "online", "{what} {when}");
                    assert_eq!(call.available, call.reason.is_none(), "{what} {when}: grey has a reason");
                    if let (Some(reason), 1) = (reason_is, ways) {
                        assert!(call.reason.as_deref().unwrap_or_default().contains(reason), "{what} {when}");
                    }
                    assert!(!contact.actions.video_call.available && contact.actions.video_call.reason.is_some());
                };
                check(&mut world, "before anybody answers");
                if chat_online {
                    world.chat(presence("bob@example.com", tandem::model::Show::Dnd));
                    check(&mut world, "whatever their presence");
                    world.chat(xmpp::Event::CardUnavailable(jid("bob@example.com")));
                    check(&mut world, "when the card cannot be had now");
                }
                world.chat(xmpp::Event::Offline { reason: reason("unreachable"), retry_at: None });
                check(&mut world, "without chat");
                world.chat(xmpp::Event::PresencesCleared);
                check(&mut world, "on a new stream");
            }
        }
    }
}
