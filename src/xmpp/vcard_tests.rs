//! The forms of telephone entries that occur, from files (`tests/data/vcard/`), and what becomes of them.

use minidom::Element;

use super::boundary::{Card, CardField};
use super::vcard::{Form, merge, value};
use super::{vcard_temp, vcard4};
use crate::model::AddressSource;

fn stanza(text: &str) -> Element {
    text.trim().parse().expect("valid")
}

macro_rules! temp {
    ($name:literal) => {
        vcard_temp::read(&stanza(include_str!(concat!("../../tests/data/vcard/", $name, "-temp.xml"))))
    };
}

macro_rules! four {
    ($name:literal) => {
        vcard4::read(&stanza(include_str!(concat!("../../tests/data/vcard/", $name, "-vcard4.xml"))))
    };
}

fn phones(fields: &[CardField]) -> Vec<(&str, Vec<&str>)> {
    fields.iter().map(|field| (field.value.as_str(), field.types.iter().map(|kind| &**kind).collect())).collect()
}

fn merged(temp: Option<Form>, four: Option<Form>) -> Card {
    merge(temp, four).expect("a card")
}

#[test]
fn a_vcard_temp_carries_sip_addresses_and_numbers_as_text_preferred_first() {
    let card = merged(temp!("sip-uri"), None);
    assert_eq!((card.full_name.as_deref(), card.nickname.as_deref()), (Some("Alice Archer"), Some("ali")));
    assert_eq!(
        phones(&card.phones),
        [
            ("+1-303-555-3282", vec!["work", "voice", "pref"]),
            ("sip:alice@sip.example.com", vec!["video", "work"]),
            ("+1-303-555-3283", vec!["work", "fax"]),
        ],
        "an empty NUMBER is none; a fax keeps its type"
    );
    assert!(card.phones.iter().all(|field| field.source == AddressSource::VcardTemp));
}

#[test]
fn types_may_come_in_any_order_be_unknown_or_missing_and_text_outside_number_is_nothing() {
    let card = merged(temp!("ldap"), None);
    assert_eq!(
        phones(&card.phones),
        [
            ("1001", vec!["voice", "work"]),
            ("303 308 3282 x12", vec![]),
            ("tel:+491701234567;ext=12", vec!["text", "cell"]),
            ("555", vec!["modem"]),
            ("556", vec!["bbs"]),
            ("bob@sip.example.com", vec!["work"]),
        ]
    );
}

#[test]
fn a_vcard4_carries_uris_and_texts_with_types_preference_and_extension() {
    let card = merged(None, four!("native"));
    assert_eq!(
        phones(&card.phones),
        [
            ("sip:alice@sip.example.com", vec!["home", "video"]),
            ("tel:+1-303-308-3282", vec!["work", "voice"]),
            ("+1 303 555 3283", vec!["fax"]),
            ("tel:+1-555-555-5555;ext=102", vec![]),
            ("john@sip.example.com", vec![]),
        ]
    );
}

#[test]
fn what_a_converter_put_tel_before_is_found_again() {
    for (written, meant) in [
        ("tel:sip:alice@sip.example.com", Some("sip:alice@sip.example.com")),
        ("tel:tel:+1-303-555-9999", Some("tel:+1-303-555-9999")),
        ("tel:tel:sips:bob@sip.example.com", Some("sips:bob@sip.example.com")),
        ("tel:sips%3Abob%40sip.example.com", Some("sips:bob@sip.example.com")),
        ("TEL: SIP:carol@sip.example.com;user=phone", Some("SIP:carol@sip.example.com;user=phone")),
        ("tel:dave@sip.example.com", Some("dave@sip.example.com")),
        ("tel:303 308 3282 x12", Some("303 308 3282 x12")),
        ("tel:xmpp:erin@example.com", Some("xmpp:erin@example.com")),
        ("tel:+1-303-308-3282", Some("tel:+1-303-308-3282")),
        ("tel:1001", Some("tel:1001")),
        ("1001", Some("1001")),
        ("tel:", None),
        ("tel:tel:", None),
        (" ", None),
    ] {
        assert_eq!(value(written).as_deref(), meant, "{written}");
    }
    assert_eq!(merged(None, four!("converted")).phones.len(), 9);
}

#[test]
fn types_that_a_converter_dropped_come_from_the_vcard_temp() {
    let card = merged(temp!("sip-uri"), four!("converted"));
    let all = phones(&card.phones);
    assert_eq!(all[0], ("sip:alice@sip.example.com", vec!["work", "video"]));
    assert_eq!(all[1].1, ["work", "voice", "pref"]);
    assert_eq!(all[2], ("tel:+1-303-555-3283", vec!["work", "fax"]), "a fax does not look like a telephone");
    assert_eq!(all.len(), 9, "nothing is there twice: {all:?}");
    assert_eq!(card.phones[0].source, AddressSource::Vcard4);
}

#[test]
fn types_of_a_vcard4_that_says_what_kind_of_line_it_is_count() {
    let card = merged(temp!("sip-uri"), four!("native"));
    let all = phones(&card.phones);
    assert_eq!(all[0], ("sip:alice@sip.example.com", vec!["home", "video"]), "not `work` from the other form");
    assert_eq!(all[2], ("+1 303 555 3283", vec!["fax"]), "the same number, written differently");
    assert_eq!(all.last(), Some(&("+1-303-555-3282", vec!["work", "voice", "pref"])));
}

#[test]
fn an_empty_card_is_none_and_the_picture_has_the_announced_hash() {
    assert!(temp!("empty").is_none());
    assert!(merge(temp!("empty"), None).is_none());
    let (old, new) = (merged(temp!("photo"), None), merged(None, four!("photo")));
    assert_eq!(old.photo, new.photo);
    assert_eq!(old.photo.as_ref().map(|photo| photo.starts_with(b"\x89PNG")), Some(true));
    assert_eq!(old.photo_hash.as_deref().map(str::len), Some(40));
}

#[test]
fn x26_huge_and_broken_cards_are_cut_to_size() {
    let many: String = (0..10_000).map(|n| format!("<TEL><WORK/><NUMBER>{n}</NUMBER></TEL>")).collect();
    let long = "9".repeat(100_000);
    let picture = "A".repeat(400_000);
    let card = format!(
        "<iq xmlns='jabber:client'><vCard xmlns='vcard-temp'><FN>{long}</FN>{many}<TEL><NUMBER>{long}</NUMBER></TEL>\
         <PHOTO><BINVAL>{picture}</BINVAL></PHOTO></vCard></iq>"
    );
    let card = merged(vcard_temp::read(&stanza(&card)), None);
    assert_eq!(card.phones.len(), 64);
    assert_eq!(card.full_name.map(|name| name.len()), Some(256));
    assert!(card.photo.is_none() && card.photo_hash.is_some(), "300,000 bytes");
    let broken = "<iq xmlns='jabber:client'><vCard xmlns='vcard-temp'><PHOTO><BINVAL>%%%</BINVAL></PHOTO></vCard></iq>";
    assert!(merged(vcard_temp::read(&stanza(broken)), None).photo.is_none());
}
