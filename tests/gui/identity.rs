//! Who is calling and on whose word, the address book, and what each click asks of them.

use std::sync::Arc;

use tandem::account::{BookReply, BookRequest, BookState, CallTo, Refusal, RefusalKind, Reply, Request, Snapshot};
use tandem::gui::{App, BookField, BookMessage, BookPurpose, Effect, Message as Event, Place, Purpose};
use tandem::model::{
    Address, AddressSource, AddressUri, BookEntry, BookId, BookNumber, BookOrigin, CallState, Contact, Cost, Direction,
    Grade, ImportReport, Peer, PeerGrade, PhoneNumber, Reception, Show, SipUri, Statement,
};

use super::pictures::draw;
use super::world::*;

fn shows(app: &App, words: &str) -> bool {
    simulator(app, 1100.0, 720.0).find(words).is_ok()
}

fn ringing(grade: PeerGrade) -> Snapshot {
    let mut call = call(1, Direction::Incoming, CallState::Ringing);
    let stranger = |display: &str, uri: &str, evidence: &[&str]| Peer {
        uri: uri.into(),
        display: display.into(),
        jid: None,
        grade,
        evidence: evidence.iter().map(|line| Arc::from(*line)).collect(),
    };
    let vouched = "Your phone service vouches for the number.";
    call.peer = match grade {
        PeerGrade::Confirmed => {
            Peer { evidence: vec!["Confirmed by Bob Fischer's card.".into(), vouched.into()], ..call.peer }
        }
        PeerGrade::Claimed => stranger(
            "bob@biloxi.example",
            "sip:bob@biloxi.example",
            &["Claims to be bob@example.com, not confirmed.", "Your phone service does not vouch for the caller."],
        ),
        PeerGrade::Refuted => stranger(
            "+46 70 123 45 67",
            "sip:+46701234567@gateway.example",
            &["Claims to be bob@example.com, but their card does not list this address.", vouched],
        ),
        PeerGrade::Unknown => stranger(
            "+46 70 123 45 67",
            "sip:+46701234567@gateway.example",
            &["Nobody in your contacts lists this address.", vouched],
        ),
        PeerGrade::Anonymous => stranger("Anonymous", "anonymous", &["The caller withholds the number."]),
    };
    Snapshot { calls: Arc::from([call]), ..snapshot() }
}

/// Bob with an address of each grade and each source, and a plumber who has no chat.
fn graded(mut snapshot: Snapshot) -> Snapshot {
    let at = |day: u8| Some(wall(&format!("2026-11-{day:02}T10:00:00Z")));
    let tel = |digits: &str| AddressUri::Tel(PhoneNumber::from_digits(digits).unwrap(), None);
    let address = |uri, source, grade, cost, learned, evidence: &[&str]| Address {
        uri,
        types: vec!["work".into()],
        source,
        grade,
        evidence: evidence.iter().map(|line| Arc::from(*line)).collect(),
        cost,
        learned,
    };
    let sip = |text: &str| AddressUri::Sip(SipUri::parse(text).unwrap());
    let mut contacts: Vec<Contact> = snapshot.contacts.iter().map(|contact| contact.as_ref().clone()).collect();
    for contact in contacts.iter_mut().filter(|contact| contact.jid.as_str() == "bob@example.com") {
        contact.book = Some(BookId(3));
        contact.addresses = vec![
            address(
                sip("sip:bob@example.com"),
                AddressSource::Vcard4,
                Grade::Confirmed,
                Cost::Free,
                at(3),
                &[
                    "Their own card lists it.",
                    "A call from there named their chat address, so both sides say the same.",
                ],
            ),
            address(
                tel("+4930123456"),
                AddressSource::AddressBook,
                Grade::Confirmed,
                Cost::PhoneNetwork,
                at(12),
                &["Your address book lists it."],
            ),
            address(
                tel("+4930777"),
                AddressSource::VcardTemp,
                Grade::Claimed,
                Cost::PhoneNetwork,
                at(20),
                &["Their own card lists it.", "It is listed for somebody else too."],
            ),
            address(
                sip("sip:bob@biloxi.example"),
                AddressSource::CallInfo,
                Grade::Refuted,
                Cost::Unknown,
                at(21),
                &[
                    "A call from there named their chat address.",
                    "Their own card does not list it: the caller may have lied.",
                ],
            ),
        ];
    }
    let mut plumber = person("Plumber Weber", "x@example.com", "Address book", Show::Offline, None);
    plumber.jid = BookId(9).nobodys_jid();
    plumber.book = Some(BookId(9));
    plumber.actions.chat = tandem::model::Action::unavailable("No chat address is known for them.");
    plumber.addresses = vec![address(
        tel("+4930555"),
        AddressSource::AddressBook,
        Grade::Confirmed,
        Cost::PhoneNetwork,
        at(1),
        &["Your address book lists it."],
    )];
    contacts.push(plumber);
    contacts.sort_by(|a, b| a.name.cmp(&b.name));
    snapshot.contacts = contacts.into_iter().map(Arc::new).collect();
    snapshot.book = Arc::new(BookState {
        people: 2,
        directories: vec![("company.vcf".into(), 5_012, true), ("old.vcf".into(), 1, false)],
        screening: tandem::account::Screening { unknown: Reception::Silence, anonymous: Reception::Decline },
        hide_number: false,
    });
    snapshot
}

fn details(snapshot: Snapshot) -> App {
    let mut app = sized(with_bob(graded(snapshot)), 1280.0, 1100.0);
    app.update(Event::ToggleDetails);
    app
}

fn statements() -> Vec<Statement> {
    let said = |uri: &str, source, since: &str, until: Option<&str>| Statement {
        uri: uri.into(),
        source,
        since: wall(since),
        until: until.map(wall),
    };
    vec![
        said("tel:+4930123456", AddressSource::AddressBook, "2026-11-12T10:00:00Z", None),
        said("sip:bob@example.com", AddressSource::Vcard4, "2026-11-03T10:00:00Z", None),
        said("tel:+4930999", AddressSource::Vcard4, "2026-09-01T10:00:00Z", Some("2026-11-03T10:00:00Z")),
    ]
}

fn with_history(snapshot: Snapshot) -> App {
    let mut app = details(snapshot);
    let bob = jid("bob@example.com");
    app.update(Event::Book(BookMessage::History(bob.clone())));
    let reply = Ok(Reply::Book(BookReply::Statements(statements())));
    app.update(Event::Answered(Purpose::Book(BookPurpose::History(bob)), reply));
    app
}

fn form(snapshot: Snapshot) -> App {
    let mut app = details(snapshot);
    app.update(Event::Book(BookMessage::Edit(jid("bob@example.com"))));
    app.update(Event::Book(BookMessage::Typed(BookField::Numbers, "+49 30 123456, call me".into())));
    let wrong =
        Refusal::new(RefusalKind::Invalid, "\"call me\" is neither a number nor an address that can be called.");
    app.update(Event::Answered(Purpose::Book(BookPurpose::Saved), Err(wrong)));
    app
}

fn settings(snapshot: Snapshot) -> App {
    let mut app = sized(app(graded(snapshot)), 1100.0, 1500.0);
    app.update(Event::Go(Place::Settings));
    app.update(Event::Book(BookMessage::ImportPath("/home/alice/people.vcf".into())));
    let report = ImportReport {
        added: 12,
        changed: 3,
        unchanged: 40,
        skipped: vec![
            (14, "Nobody has neither a number nor a chat address.".into()),
            (90, "This card has no END:VCARD.".into()),
        ],
        ..ImportReport::default()
    };
    app.update(Event::Answered(Purpose::Book(BookPurpose::Imported), Ok(Reply::Book(BookReply::Imported(report)))));
    app
}

#[test]
fn c32_from_the_call_to_the_chat_leads_one_click_when_and_only_when_it_is_confirmed() {
    for grade in
        [PeerGrade::Confirmed, PeerGrade::Claimed, PeerGrade::Refuted, PeerGrade::Unknown, PeerGrade::Anonymous]
    {
        let app = app(ringing(grade));
        assert_eq!(shows(&app, "Message"), grade == PeerGrade::Confirmed, "{grade:?}");
    }
    // Whoever has no chat cannot be written to, confirmed or not.
    let mut nobody = ringing(PeerGrade::Confirmed);
    let mut call = nobody.calls[0].clone();
    call.peer.jid = Some(BookId(9).nobodys_jid());
    nobody.calls = Arc::from([call]);
    assert!(!shows(&app(nobody), "Message"));
    let asked = click(&mut app(ringing(PeerGrade::Confirmed)), "Message");
    let bob = jid("bob@example.com");
    assert!(asked.iter().any(|asked| matches!(asked, Request::Messages { with, .. } if *with == bob)), "{asked:?}");
}

#[test]
fn c22_details_tell_grade_evidence_and_time_and_offer_no_call_to_what_a_call_said() {
    let app = details(snapshot());
    let mut window = simulator(&app, 1280.0, 1100.0);
    for words in [
        "bob@biloxi.example",
        "Their own card does not list it: the caller may have lied.",
        "It is listed for somebody else too.",
        "A call from there named their chat address, so both sides say the same.",
        "Internet call · work · since 3 Nov",
    ] {
        assert!(window.find(words).is_ok(), "{words}");
    }
}

#[test]
fn c23_the_history_is_asked_for_and_told_in_sentences() {
    let mut app = details(snapshot());
    let asked = asked(app.update(Event::Book(BookMessage::History(jid("bob@example.com")))));
    assert!(matches!(asked.as_slice(), [Request::Book(BookRequest::History(_))]), "{asked:?}");
    let app = with_history(snapshot());
    let told = simulator(&app, 1280.0, 1100.0).find("Their card listed +4930999 from 1 Sep until 3 Nov.").is_ok();
    assert!(told);
}

#[test]
fn c24_a_contact_is_added_with_what_the_card_lists_and_an_entry_is_changed_and_removed() {
    let mut app = with_bob(snapshot());
    app.update(Event::ToggleDetails);
    app.update(Event::Book(BookMessage::Edit(jid("bob@example.com"))));
    let saved = click(&mut app, "Save");
    let [Request::Book(BookRequest::Set { id: None, name, jid: Some(Some(chat)), numbers: Some(numbers) })] =
        saved.as_slice()
    else {
        panic!("{saved:?}")
    };
    assert_eq!((name.as_deref(), chat.as_str()), (Some("Bob Fischer"), "bob@example.com"));
    assert_eq!(numbers.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["bob@example.com", "+4930123456"]);
    // What the manager refuses is told in the form, and what was typed stays.
    let app_with_problem = form(snapshot());
    assert!(
        simulator(&app_with_problem, 1280.0, 1100.0)
            .find("\"call me\" is neither a number nor an address that can be called.")
            .is_ok()
    );
    // An entry that is there is asked for as it was written.
    let mut app = details(snapshot());
    let wanted = asked(app.update(Event::Book(BookMessage::Edit(jid("bob@example.com")))));
    assert!(
        matches!(wanted.as_slice(), [Request::Book(BookRequest::List { limit: 1, after: Some(BookId(2)) })]),
        "{wanted:?}"
    );
    let entry = BookEntry {
        id: BookId(3),
        origin: BookOrigin::User,
        name: "Bob F.".into(),
        jid: None,
        numbers: vec![BookNumber { value: "030 / 12 34 56".into(), types: Vec::new() }],
        changed: now().wall,
        uid: None,
    };
    let reply = Ok(Reply::Book(BookReply::Entries(vec![Arc::new(entry)])));
    app.update(Event::Answered(Purpose::Book(BookPurpose::Entry), reply));
    let saved = click(&mut app, "Save");
    assert!(
        matches!(saved.as_slice(), [Request::Book(BookRequest::Set { id: Some(BookId(3)), jid: Some(None), .. })]),
        "{saved:?}"
    );
    let removed = click(&mut app, "Remove");
    assert!(matches!(removed.as_slice(), [Request::Book(BookRequest::Remove(BookId(3)))]), "{removed:?}");
}

#[test]
fn c35_the_next_call_hides_the_number_once_when_asked() {
    let mut app = details(snapshot());
    app.update(Event::Book(BookMessage::Anonymous(Some(true))));
    let call = || Event::Call(CallTo::Contact(jid("bob@example.com")));
    let first = asked(app.update(call()));
    assert!(matches!(first.as_slice(), [Request::Call { anonymous: Some(true), .. }]), "{first:?}");
    let second = asked(app.update(call()));
    assert!(matches!(second.as_slice(), [Request::Call { anonymous: None, .. }]), "{second:?}");
}

#[test]
fn c34_a_silenced_caller_is_shown_and_asks_for_no_attention() {
    for silenced in [false, true] {
        let mut app = app(snapshot());
        let mut ringing = ringing(PeerGrade::Unknown);
        let mut call = ringing.calls[0].clone();
        call.silenced = silenced;
        ringing.calls = Arc::from([call]);
        let effects = app.update(Event::Snapshot(Arc::new(ringing)));
        let attention = effects.iter().any(|effect| matches!(effect, Effect::Attention));
        assert_eq!(attention, !silenced);
        assert!(shows(&app, "+46 70 123 45 67"));
    }
}

#[test]
fn people_without_a_chat_are_found_by_name_and_show_their_number_instead_of_a_message_field() {
    let mut app = app(graded(snapshot()));
    app.update(Event::Query("plumb".into()));
    assert!(shows(&app, "Plumber Weber") && shows(&app, "+4930555"));
    app.update(Event::Query("invalid".into()));
    assert!(!shows(&app, "Plumber Weber"), "the name that nobody may see is not searched");
    app.update(Event::Query(String::new()));
    app.update(Event::Open(BookId(9).nobodys_jid()));
    assert!(shows(&app, "No chat address is known for them. Add one to the address book, and you can write to them."));
}

#[test]
fn settings_read_and_write_files_of_people_and_tell_what_was_skipped() {
    let mut app = settings(snapshot());
    let mut window = simulator(&app, 1100.0, 1500.0);
    for words in [
        "2 people of your own.",
        "Directory company.vcf: 5012 people, its word is proof.",
        "12 added, 3 changed, 40 as before. 2 things were not taken over:",
        "Line 14: Nobody has neither a number nor a chat address.",
    ] {
        assert!(window.find(words).is_ok(), "{words}");
    }
    drop(window);
    let read = asked(app.update(Event::Book(BookMessage::Import(true))));
    assert!(
        matches!(
            read.as_slice(),
            [Request::Book(BookRequest::Import { path, directory: true })] if &**path == "/home/alice/people.vcf"
        ),
        "{read:?}"
    );
}

/// `cargo test --features gui-test --test gui -- --ignored identity` writes them to `target/pictures`.
#[test]
#[ignore = "writes pictures for people to look at"]
fn pictures_of_identity() {
    let incoming = [
        ("identity-confirmed", PeerGrade::Confirmed),
        ("identity-claimed", PeerGrade::Claimed),
        ("identity-refuted", PeerGrade::Refuted),
        ("identity-unknown", PeerGrade::Unknown),
        ("identity-anonymous", PeerGrade::Anonymous),
    ];
    for (name, grade) in incoming {
        draw(&format!("{name}-light"), &with_bob(light(ringing(grade))), 1100.0, 720.0);
    }
    draw("identity-claimed-dark", &with_bob(dark(ringing(PeerGrade::Claimed))), 1100.0, 720.0);
    draw("identity-refuted-tiny", &sized(with_bob(light(ringing(PeerGrade::Refuted))), 400.0, 720.0), 400.0, 720.0);
    for (theme, dress) in [("light", light as fn(Snapshot) -> Snapshot), ("dark", dark)] {
        draw(&format!("identity-details-{theme}"), &with_history(dress(snapshot())), 1280.0, 1100.0);
        draw(&format!("identity-form-{theme}"), &form(dress(snapshot())), 1280.0, 900.0);
        draw(&format!("identity-settings-{theme}"), &settings(dress(snapshot())), 1100.0, 1500.0);
    }
    draw("identity-settings-tiny", &sized(settings(light(snapshot())), 400.0, 1500.0), 400.0, 1500.0);
    let mut plumber = app(graded(light(snapshot())));
    plumber.update(Event::Open(BookId(9).nobodys_jid()));
    plumber.update(Event::ToggleDetails);
    draw("identity-plumber", &sized(plumber, 1280.0, 800.0), 1280.0, 800.0);
}
