//! Who has which address, on whose word: the address book, directories, cards that change, and hints.

use std::sync::Arc;
use std::time::Duration;

use tandem::account::{BookEvent, BookFile, BookReply, BookRequest, CallTo, Effect, Input, Reply, Request};
use tandem::config::Config;
use tandem::model::{
    AddressSource, BookEntry, BookId, BookNumber, BookOrigin, CallId, Contact, Grade, Jid, Peer, PeerGrade,
    Subscription, WallTime,
};
use tandem::sip::CallIdentity;
use tandem::store::{self, Loaded};
use tandem::xmpp;

use super::world::*;

const BOBS_NUMBER: &str = "+4930901820";

fn contact(world: &mut World, address: &str) -> Arc<Contact> {
    world.shown().contact(&jid(address)).expect("in the list").clone()
}

fn grades(contact: &Contact) -> Vec<(String, AddressSource, Grade)> {
    contact.addresses.iter().map(|known| (known.uri.to_string(), known.source, known.grade)).collect()
}

/// Who a caller is said to be; the call is over again afterwards.
pub fn peer(world: &mut World, identity: CallIdentity) -> Peer {
    let id = CallId(world.now.wall.unix_ms().unsigned_abs() << 4 | 1);
    world.incoming(id, identity, Some(SOUND));
    let peer = world.view(id).peer;
    world.ended(id, 487, tandem::model::EndedBy::Remote);
    world.wait(Duration::from_secs(1));
    peer
}

fn set(world: &mut World, name: &str, chat: Option<&str>, numbers: &[&str]) -> BookId {
    let request = BookRequest::Set {
        id: None,
        name: Some(name.into()),
        jid: chat.map(|chat| Some(jid(chat))),
        numbers: Some(numbers.iter().map(|number| Arc::from(*number)).collect()),
    };
    match world.ask(Request::Book(request)) {
        Some(Ok(Reply::Book(BookReply::Set(id)))) => id,
        other => panic!("{other:?}"),
    }
}

fn said(world: &World) -> Vec<String> {
    let change = |command: store::Command| match command {
        store::Command::Said(change) => Some(change),
        _ => None,
    };
    let lines = |change: Box<store::SaidChange>| {
        let person = change.person.clone();
        let said =
            change.said.iter().map(|(uri, source, _)| format!("{person} + {uri} {source:?}")).collect::<Vec<_>>();
        let gone = change.withdrawn.iter().map(|(uri, source)| format!("{person} - {uri} {source:?}"));
        said.into_iter().chain(gone).collect::<Vec<_>>()
    };
    world.kept().into_iter().filter_map(change).flat_map(lines).collect()
}

#[test]
fn c24_the_address_book_names_callers_and_wins_over_the_card_of_a_contact() {
    let mut world = World::online();
    world.card("bob@example.com", &["sip:bob@example.com", BOBS_NUMBER]);
    let ann = set(&mut world, "Ann Other", None, &["030 / 90 18 20", "sip:ann@elsewhere.example"]);
    // The configuration names no country: as written it is another number.
    assert_eq!(peer(&mut world, vouched(&format!("tel:{BOBS_NUMBER}"))).jid, Some(jid("bob@example.com")));
    let numbers = Some(vec![Arc::from("+49 30 901820")]);
    world.ask(Request::Book(BookRequest::Set { id: Some(ann), name: None, jid: None, numbers }));
    let shown = peer(&mut world, vouched(&format!("tel:{BOBS_NUMBER}")));
    assert_eq!((shown.grade, &*shown.display), (PeerGrade::Confirmed, "Ann Other"));
    assert!(shown.evidence[0].contains("address book"), "{:?}", shown.evidence);
    // Bob's card is overruled, and says why.
    let bob = contact(&mut world, "bob@example.com");
    let number = bob.addresses.iter().find(|known| known.uri.to_string().contains(BOBS_NUMBER)).expect("the number");
    assert_eq!(number.grade, Grade::Claimed);
    assert!(number.evidence.iter().any(|line| line.contains("somebody else")), "{:?}", number.evidence);
    // Without the phone service's word it is a claim, whoever says so.
    assert_eq!(peer(&mut world, identity(&format!("tel:{BOBS_NUMBER}"))).grade, PeerGrade::Claimed);
    // Taken out, the card counts again.
    world.done(Request::Book(BookRequest::Remove(ann)));
    assert_eq!(peer(&mut world, vouched(&format!("tel:{BOBS_NUMBER}"))).jid, Some(jid("bob@example.com")));
    assert_eq!(contact(&mut world, "bob@example.com").addresses[1].grade, Grade::Confirmed);
}

#[test]
fn c24_people_of_the_address_book_are_in_the_list_can_be_called_and_not_written_to() {
    let mut world = World::online();
    let id = set(&mut world, "Dr. Weber", None, &["+49 30 5"]);
    let name = id.nobodys_jid();
    let shown = contact(&mut world, name.as_str());
    assert_eq!((&*shown.name, shown.book, shown.groups[0].as_ref()), ("Dr. Weber", Some(id), "Address book"));
    assert!(shown.actions.call.available && !shown.actions.chat.available);
    let call = world.call(CallTo::Contact(name.clone())).expect("a call");
    assert_eq!(world.view(call).peer.uri.as_ref(), "tel:+49305");
    let refused = world.ask(Request::Send { to: name.clone(), body: "hello".into() });
    assert!(matches!(refused, Some(Err(_))), "{refused:?}");
    // A server cannot speak for them.
    let checkpoint = world.checkpoint();
    let update = xmpp::RosterUpdate::Set(item(name.as_str(), Subscription::Both));
    world.chat(xmpp::Event::Roster { update, version: None, checkpoint });
    assert_eq!(contact(&mut world, name.as_str()).subscription, Subscription::None);
    world.done(Request::Book(BookRequest::Remove(id)));
    assert!(world.shown().contact(&name).is_none());
}

#[test]
fn c24_a_chat_address_and_a_number_can_be_linked_and_parted() {
    let mut world = World::online();
    world.card("carol@other.example", &[]);
    let id = set(&mut world, "Carol", Some("carol@other.example"), &["+49 30 77"]);
    let carol = contact(&mut world, "carol@other.example");
    assert_eq!(
        grades(&carol),
        [("tel:+493077".to_owned(), AddressSource::AddressBook, Grade::Confirmed)],
        "no card says so, the user does"
    );
    assert!(carol.actions.call.available && carol.actions.chat.available);
    let shown = peer(&mut world, vouched("tel:+493077"));
    assert_eq!((shown.grade, shown.jid), (PeerGrade::Confirmed, Some(jid("carol@other.example"))));
    // The same chat address again means the same entry.
    assert_eq!(set(&mut world, "Carol C.", Some("carol@other.example"), &["+49 30 78"]), id);
    // Parted, she stays a contact, and the number somebody's of her own.
    world.ask(Request::Book(BookRequest::Set { id: Some(id), name: None, jid: Some(None), numbers: None }));
    assert!(contact(&mut world, "carol@other.example").addresses.is_empty());
    assert_eq!(peer(&mut world, vouched("tel:+493078")).jid, Some(id.nobodys_jid()));
}

#[test]
fn what_makes_no_sense_is_not_kept_in_the_address_book() {
    let mut world = World::online();
    let ask = |world: &mut World, name: Option<&str>, chat: Option<&str>, numbers: &[&str]| {
        let request = BookRequest::Set {
            id: None,
            name: name.map(Into::into),
            jid: chat.map(|chat| Some(jid(chat))),
            numbers: Some(numbers.iter().map(|number| Arc::from(*number)).collect()),
        };
        world.ask(Request::Book(request)).expect("an answer")
    };
    for (name, chat, numbers) in [
        (Some("Ann"), None, &["call me"][..]),
        (Some("Ann"), None, &[]),
        (Some("  "), None, &["+49 30 1"]),
        (None, None, &["+49 30 1"]),
        (Some("Ann"), Some("b1@address-book.invalid"), &["+49 30 1"]),
        (Some("Ann"), Some("example.com"), &["+49 30 1"]),
        (Some("Ann"), None, &["1"; 33]),
    ] {
        assert!(ask(&mut world, name, chat, numbers).is_err(), "{name:?} {chat:?} {numbers:?}");
    }
    assert!(world.ask(Request::Book(BookRequest::Remove(BookId(9)))).expect("an answer").is_err());
    assert!(world.kept().iter().all(|command| !matches!(command, store::Command::BookSet(_))));
}

pub const COMPANY: &str = "BEGIN:VCARD\nVERSION:4.0\nUID:1\nFN:Reception\nTEL:+49 30 100\nEND:VCARD\n\
    BEGIN:VCARD\nVERSION:4.0\nUID:2\nFN:Bob Baker\nTEL:sip:bob@elsewhere.example\nIMPP:xmpp:bob@example.com\nEND:VCARD\n\
    BEGIN:VCARD\nFN:Nobody\nEND:VCARD\n";

fn with_directory(directories: &[&str]) -> Config {
    let mut config = config();
    config.identity.directories = directories.iter().map(Into::into).collect();
    config
}

/// The shell has read the file that is asked for.
pub fn read(world: &mut World, text: &str) {
    let asked = world.effects.iter().rev().find_map(|effect| match effect {
        Effect::Book(BookFile::Read { ticket, directory, .. }) => Some((*ticket, directory.clone())),
        _ => None,
    });
    let (ticket, directory) = asked.expect("a file is read");
    let file = tandem::cusax::read_people(text.as_bytes());
    world.put(Input::Book(BookEvent::Read { ticket, directory, result: Ok(Box::new(file)) }));
}

#[test]
fn c17_directories_count_as_the_configuration_says() {
    let mut world = World::new(with_directory(&["lists/company.vcf"]), Loaded::default());
    read(&mut world, COMPANY);
    world.sign_in();
    let checkpoint = world.checkpoint();
    let update = xmpp::RosterUpdate::Replace(vec![item("bob@example.com", Subscription::From)]);
    world.chat(xmpp::Event::Roster { update, version: None, checkpoint });
    let shown = peer(&mut world, vouched("tel:+4930100"));
    assert_eq!((shown.grade, &*shown.display), (PeerGrade::Confirmed, "Reception"));
    // Bob's own card would prove nothing: we do not see him. The directory does (C-23).
    let bob = contact(&mut world, "bob@example.com");
    let at = "sip:bob@elsewhere.example".to_owned();
    assert_eq!(grades(&bob), [(at.clone(), AddressSource::Directory, Grade::Confirmed)]);
    assert_eq!(peer(&mut world, vouched(&at)).jid, Some(jid("bob@example.com")));
    assert_eq!(*world.shown().book.directories, [(Arc::from("company.vcf"), 2, true)]);
    // Whoever is not in the file any more goes.
    let import = BookRequest::Import { path: "/tmp/company.vcf".into(), directory: true };
    assert!(world.ask(Request::Book(import)).is_none(), "answered when the file has been read");
    read(
        &mut world,
        "BEGIN:VCARD\nUID:2\nFN:Bob Baker\nTEL:sip:bob@elsewhere.example\nIMPP:xmpp:bob@example.com\nEND:VCARD",
    );
    assert_eq!(peer(&mut world, vouched("tel:+4930100")).grade, PeerGrade::Unknown);
    assert_eq!(world.shown().book.directories[0].1, 1);
}

#[test]
fn c17_an_imported_directory_that_the_configuration_does_not_name_only_claims() {
    let mut world = World::online();
    let import = BookRequest::Import { path: "/tmp/other.vcf".into(), directory: true };
    world.ask(Request::Book(import));
    read(&mut world, COMPANY);
    assert_eq!(peer(&mut world, vouched("tel:+4930100")).grade, PeerGrade::Unknown);
    let bob = contact(&mut world, "bob@example.com");
    let other = bob.addresses.iter().find(|known| known.source == AddressSource::Directory).expect("listed");
    assert_eq!(other.grade, Grade::Claimed);
    assert_eq!(bob.addresses[0].grade, Grade::Confirmed, "and disturbs nobody");
}

#[test]
fn c24_an_import_adds_changes_and_tells_what_it_skipped_and_loses_nothing_of_ones_own() {
    let mut world = World::online();
    let own = set(&mut world, "Reception", None, &["+49 30 100", "+49 30 999"]);
    let import = || Request::Book(BookRequest::Import { path: "/tmp/people.vcf".into(), directory: false });
    world.ask(import());
    read(&mut world, COMPANY);
    let report = world.effects.iter().rev().find_map(|effect| match effect {
        Effect::Answer(_, Ok(Reply::Book(BookReply::Imported(report)))) => Some(report.clone()),
        _ => None,
    });
    let report = report.expect("a report");
    assert_eq!((report.added, report.changed, report.removed, report.skipped.len()), (1, 1, 0, 1));
    assert_eq!(report.skipped[0].0, 14);
    let entries = match world.ask(Request::Book(BookRequest::List { limit: 10, after: None })) {
        Some(Ok(Reply::Book(BookReply::Entries(entries)))) => entries,
        other => panic!("{other:?}"),
    };
    let reception = entries.iter().find(|entry| entry.id == own).expect("the same entry");
    let numbers: Vec<&str> = reception.numbers.iter().map(|number| &*number.value).collect();
    assert_eq!(numbers, ["+49 30 100", "+49 30 999"], "the number that only the user knew is still there");
    world.ask(import());
    read(&mut world, COMPANY);
    let again = world.effects.iter().rev().find_map(|effect| match effect {
        Effect::Answer(_, Ok(Reply::Book(BookReply::Imported(report)))) => Some(report.clone()),
        _ => None,
    });
    let again = again.expect("a report");
    assert_eq!((again.added, again.changed, again.unchanged), (0, 0, 2), "the same file twice changes nothing");
    // A path that depends on where the program was started is refused.
    let relative = Request::Book(BookRequest::Import { path: "people.vcf".into(), directory: false });
    assert!(matches!(world.ask(relative), Some(Err(_))));
}

#[test]
fn c24_the_address_book_is_exported_with_what_the_cards_held() {
    let mut world = World::online();
    set(&mut world, "Ann", Some("ann@example.com"), &["+49 30 5"]);
    assert!(world.ask(Request::Book(BookRequest::Export { path: None, format: Default::default() })).is_none());
    let request = world.kept().into_iter().rev().find_map(|command| match command {
        store::Command::BookCards { request } => Some(request),
        _ => None,
    });
    let request = request.expect("the store is asked");
    let raw = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Old\r\nNOTE:kept\r\nEND:VCARD\r\n";
    world.put(Input::Store(store::Event::BookCards { request, cards: vec![(BookId(1), raw.into())] }));
    let text = world.effects.iter().rev().find_map(|effect| match effect {
        Effect::Answer(_, Ok(Reply::Book(BookReply::Exported { people: 1, text: Some(text) }))) => Some(text.clone()),
        _ => None,
    });
    let text = text.expect("the text");
    assert!(text.contains("FN:Ann") && text.contains("NOTE:kept") && text.contains("xmpp:ann@example.com"), "{text}");
}

#[test]
fn c23_every_change_of_a_card_is_weighed_again_and_logged() {
    let mut world = World::online();
    let known = contact(&mut world, "bob@example.com").addresses[0].learned.expect("a time");
    assert_eq!(known, world.now.wall);
    world.wait(Duration::from_secs(3600));
    world.card("bob@example.com", &["sip:bob@example.com", BOBS_NUMBER]);
    assert_eq!(said(&world), [format!("bob@example.com + tel:{BOBS_NUMBER} VcardTemp")]);
    let bob = contact(&mut world, "bob@example.com");
    assert_eq!(bob.addresses[0].learned, Some(known), "what did not change keeps its time");
    assert_eq!(bob.addresses[1].learned, Some(world.now.wall));
    assert_eq!(peer(&mut world, vouched(&format!("tel:{BOBS_NUMBER}"))).grade, PeerGrade::Confirmed);
    world.effects.clear();
    world.card("bob@example.com", &["sip:bob@example.com"]);
    assert_eq!(said(&world), [format!("bob@example.com - tel:{BOBS_NUMBER} VcardTemp")]);
    assert_eq!(peer(&mut world, vouched(&format!("tel:{BOBS_NUMBER}"))).grade, PeerGrade::Unknown, "weighed again");
    // Another card that lists the same address takes the proof away, and its end gives it back.
    world.card("carol@other.example", &["sip:bob@example.com"]);
    assert_eq!(contact(&mut world, "bob@example.com").addresses[0].grade, Grade::Claimed);
    world.card("carol@other.example", &[]);
    assert_eq!(contact(&mut world, "bob@example.com").addresses[0].grade, Grade::Confirmed);
    // The same card again is no news.
    world.effects.clear();
    world.card("bob@example.com", &["sip:bob@example.com"]);
    assert_eq!(said(&world), Vec::<String>::new());
}

#[test]
fn c23_the_history_of_a_person_is_told_by_the_store() {
    let mut world = World::online();
    assert!(world.ask(Request::Book(BookRequest::History(jid("bob@example.com")))).is_none());
    let asked = world.kept().into_iter().rev().find_map(|command| match command {
        store::Command::Statements { request, person } => Some((request, person)),
        _ => None,
    });
    let (request, person) = asked.expect("the store is asked");
    assert_eq!(person, jid("bob@example.com"));
    world.put(Input::Store(store::Event::Statements { request, statements: Vec::new() }));
    let told = world.effects.iter().any(
        |effect| matches!(effect, Effect::Answer(_, Ok(Reply::Book(BookReply::Statements(list)))) if list.is_empty()),
    );
    assert!(told);
}

fn remembered(source: AddressSource, uri: &str) -> (Jid, Arc<str>, AddressSource, WallTime) {
    (jid("bob@example.com"), uri.into(), source, WallTime::from_unix_ms(1_000))
}

fn cached() -> Loaded {
    Loaded {
        cards: vec![(jid("bob@example.com"), Some(card(&["030 901820"])), WallTime::from_unix_ms(2_000))],
        ..remembering("alice@example.com", vec![item("bob@example.com", Subscription::Both)])
    }
}

#[test]
fn c29_the_index_is_right_before_chat_is_there_with_cards_and_the_address_book_of_the_cache() {
    let entry = BookEntry {
        id: BookId(3),
        origin: BookOrigin::User,
        name: "Ann".into(),
        jid: None,
        numbers: vec![BookNumber { value: "sip:ann@elsewhere.example".into(), types: Vec::new() }],
        changed: WallTime::from_unix_ms(5_000),
        uid: None,
    };
    let said = vec![
        remembered(AddressSource::VcardTemp, "tel:+4930901820"),
        (
            BookId(3).nobodys_jid(),
            "sip:ann@elsewhere.example".into(),
            AddressSource::AddressBook,
            WallTime::from_unix_ms(5_000),
        ),
    ];
    let mut config = config();
    config.numbers.plan.region = Some("DE".to_owned());
    let mut world = World::new(config, Loaded { book: vec![entry], said, ..cached() });
    assert_eq!(said_count(&world), 0, "what is known already is no news");
    world.registered();
    for uri in ["sip:+4930901820@example.com;user=phone", "tel:+49-30-901820", "sip:0049-30-901820@example.com"] {
        assert_eq!(peer(&mut world, vouched(uri)).jid, Some(jid("bob@example.com")), "{uri}");
    }
    let learned = contact(&mut world, "bob@example.com").addresses[0].learned;
    assert_eq!(learned, Some(WallTime::from_unix_ms(1_000)), "since then the card has said so");
    let shown = peer(&mut world, vouched("sip:ann@elsewhere.example"));
    assert_eq!((shown.grade, &*shown.display), (PeerGrade::Confirmed, "Ann"));
    // A new person never gets the name of an old one.
    assert!(set(&mut world, "New", None, &["+49 30 6"]).0 > 3);
}

fn said_count(world: &World) -> usize {
    said(world).len()
}

#[test]
fn c23_without_a_log_the_cards_of_the_cache_count_since_they_were_fetched() {
    let mut world = World::new(config(), cached());
    assert_eq!(contact(&mut world, "bob@example.com").addresses[0].learned, Some(WallTime::from_unix_ms(2_000)));
    assert_eq!(said_count(&world), 1);
    // What a card says that comes now holds from now on; the rest keeps its time.
    world.card("bob@example.com", &["030 901820", "+49 30 5"]);
    let learned: Vec<_> = contact(&mut world, "bob@example.com").addresses.iter().map(|known| known.learned).collect();
    assert_eq!(learned, [Some(WallTime::from_unix_ms(2_000)), Some(world.now.wall)]);
}

#[test]
fn s06_a_hint_is_remembered_shown_as_contradicted_and_never_called() {
    let mut world = World::online();
    let hint = |uri: &str| CallIdentity { call_info: Some(jid("bob@example.com")), ..vouched(uri) };
    let shown = peer(&mut world, hint("sip:eve@evil.example"));
    assert_eq!((shown.grade, shown.jid), (PeerGrade::Refuted, None));
    let bob = contact(&mut world, "bob@example.com");
    let claim = bob.addresses.last().expect("the claim");
    assert_eq!((claim.source, claim.grade), (AddressSource::CallInfo, Grade::Refuted));
    assert!(said(&world).iter().any(|line| line == "bob@example.com + sip:eve@evil.example CallInfo"));
    // Of somebody without a card it would be the only address: it is no way to call them.
    world.card("carol@other.example", &[]);
    let carol = CallIdentity { call_info: Some(jid("carol@other.example")), ..vouched("sip:eve@evil.example") };
    peer(&mut world, carol);
    assert!(!contact(&mut world, "carol@other.example").actions.call.available);
    assert!(world.call(CallTo::Contact(jid("carol@other.example"))).is_err());
    // Nobody can fill the details of a contact with claims.
    for n in 0..20 {
        peer(&mut world, hint(&format!("sip:eve{n}@evil.example")));
    }
    assert_eq!(contact(&mut world, "bob@example.com").addresses.len(), 5);
    // The other direction (C-23): the address of the card, and who calls from there says the same.
    peer(&mut world, hint("sip:bob@example.com"));
    let bob = contact(&mut world, "bob@example.com");
    assert!(
        bob.addresses[0].evidence.iter().any(|line| line.contains("both sides")),
        "{:?}",
        bob.addresses[0].evidence
    );
}

#[test]
fn s05_the_word_of_another_flow_or_realm_names_nobody() {
    // What arrives here as asserted came on our own flow: `sip::trust` reads it from nowhere else. A foreign realm's From
    // is only a From, and a card listed in another domain is another address.
    let mut world = World::online();
    for uri in
        ["sip:bob@example.org", "sip:bob@sub.example.com", "sip:bob@example.com.evil.example", "sip:bo@example.com"]
    {
        assert_eq!(peer(&mut world, vouched(uri)).grade, PeerGrade::Unknown, "{uri}");
    }
    let unasserted = peer(&mut world, identity("sip:bob@example.com"));
    assert_eq!((unasserted.grade, unasserted.jid), (PeerGrade::Claimed, None));
    let own = CallIdentity { from_own_domain: true, ..identity("sip:bob@example.com") };
    assert_eq!(peer(&mut world, own).grade, PeerGrade::Confirmed);
}

#[test]
fn c23_a_subscription_that_ends_takes_the_proof_away_and_a_new_one_gives_it_back() {
    let mut world = World::online();
    for (subscription, grade, caller) in [
        (Subscription::From, Grade::Claimed, PeerGrade::Unknown),
        (Subscription::To, Grade::Confirmed, PeerGrade::Confirmed),
        (Subscription::None, Grade::Claimed, PeerGrade::Unknown),
        (Subscription::Both, Grade::Confirmed, PeerGrade::Confirmed),
    ] {
        let checkpoint = world.checkpoint();
        let update = xmpp::RosterUpdate::Set(item("bob@example.com", subscription));
        world.chat(xmpp::Event::Roster { update, version: None, checkpoint });
        assert_eq!(contact(&mut world, "bob@example.com").addresses[0].grade, grade, "{subscription:?}");
        assert_eq!(peer(&mut world, vouched("sip:bob@example.com")).grade, caller, "{subscription:?}");
    }
}
