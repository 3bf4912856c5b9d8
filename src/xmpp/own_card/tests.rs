//! What is not understood survives a change, in both forms.

use minidom::Element;

use super::facts::{compare, merged};
use super::{four, temp};
use crate::model::{CardEdit, CardPhone, EditedPhone, FormResult};

const TEMP: &str = "<vCard xmlns='vcard-temp'><FN>Alice</FN><N><FAMILY>Archer</FAMILY></N><BDAY>1980-01-01</BDAY>\
    <TEL><WORK/><PAGER/><x xmlns='urn:example'>kept</x><NUMBER>+1-303-555-3282</NUMBER></TEL><PHOTO><TYPE>image/png</TYPE>\
    <BINVAL>AAAA</BINVAL></PHOTO><TEL><HOME/><NUMBER/></TEL><TEL><HOME/><FAX/><NUMBER>tel:sip:alice@example.com</NUMBER></TEL>\
    <ORG><ORGNAME>Example</ORGNAME><ORGUNIT>Sales</ORGUNIT></ORG><ext xmlns='urn:example' a='1'>x</ext></vCard>";
const FOUR: &str = "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Alice</text></fn><kind><text>individual</text></kind>\
    <group name='a'><tel><parameters><label><text>Front desk</text></label><type><text>work</text><text>x-desk</text></type>\
    </parameters><uri>tel:+1-303-555-3282</uri></tel><x-ablabel><text>Desk</text></x-ablabel></group>\
    <tel><parameters><pref><integer>1</integer></pref></parameters><text>sip:alice@example.com</text></tel>\
    <tel><parameters><mediatype><text>x</text></mediatype></parameters><uri>tel:+1-303-555-0000</uri></tel>\
    <ext xmlns='urn:example'><deep><deeper/></deep></ext></vcard>";

fn element(text: &str) -> Element {
    text.parse().expect("valid")
}

fn phone(value: &str, uri: &str, types: &[&str], preferred: bool) -> EditedPhone {
    let types = types.iter().map(|kind| (*kind).into()).collect();
    EditedPhone { phone: CardPhone { value: value.into(), types, preferred }, uri: uri.into() }
}

fn edit() -> CardEdit {
    CardEdit {
        base: 1,
        full_name: Some("Alice Archer".into()),
        nickname: Some("ali".into()),
        organisation: Some("Example".into()),
        phones: vec![
            phone("sip:alice@example.com", "sip:alice@example.com", &["work", "video"], true),
            phone("+1-303-555-3282", "tel:+13035553282", &["home", "cell"], false),
            phone("1001", "tel:1001", &[], false),
        ],
    }
}

#[test]
fn s_08_everything_of_a_vcard_temp_that_is_not_understood_survives_a_change() {
    let old = element(TEMP);
    let new = temp::apply(Some(&old), &edit());
    let expected = "<vCard xmlns='vcard-temp'><FN>Alice Archer</FN><N><FAMILY>Archer</FAMILY></N><BDAY>1980-01-01</BDAY>\
        <TEL><WORK/><VIDEO/><PREF/><NUMBER>sip:alice@example.com</NUMBER></TEL>\
        <TEL><HOME/><CELL/><PAGER/><x xmlns='urn:example'>kept</x><NUMBER>+1-303-555-3282</NUMBER></TEL>\
        <TEL><NUMBER>1001</NUMBER></TEL>\
        <PHOTO><TYPE>image/png</TYPE><BINVAL>AAAA</BINVAL></PHOTO><TEL><HOME/><NUMBER/></TEL>\
        <ORG><ORGNAME>Example</ORGNAME><ORGUNIT>Sales</ORGUNIT></ORG><ext xmlns='urn:example' a='1'>x</ext>\
        <NICKNAME>ali</NICKNAME></vCard>";
    assert_eq!(new, element(expected), "{}", String::from(&new));
    let again = temp::apply(Some(&new), &edit());
    assert_eq!(again, new, "the same change twice changes nothing");
    assert_eq!(compare(&edit(), &temp::facts(&new), 0), FormResult::AsMeant);
    let empty = CardEdit { base: 1, ..CardEdit::default() };
    let bare = temp::apply(Some(&old), &empty);
    let expected = "<vCard xmlns='vcard-temp'><N><FAMILY>Archer</FAMILY></N><BDAY>1980-01-01</BDAY>\
        <PHOTO><TYPE>image/png</TYPE><BINVAL>AAAA</BINVAL></PHOTO><TEL><HOME/><NUMBER/></TEL>\
        <ORG><ORGUNIT>Sales</ORGUNIT></ORG><ext xmlns='urn:example' a='1'>x</ext></vCard>";
    assert_eq!(bare, element(expected), "{}", String::from(&bare));
}

#[test]
fn s_08_everything_of_a_vcard4_that_is_not_understood_survives_a_change() {
    let old = element(FOUR);
    let new = four::apply(Some(&old), &edit(), "alice@example.com");
    let expected = "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Alice Archer</text></fn>\
        <kind><text>individual</text></kind>\
        <group name='a'><tel><parameters><label><text>Front desk</text></label>\
        <type><text>home</text><text>cell</text><text>x-desk</text></type></parameters><uri>tel:+1-303-555-3282</uri></tel>\
        <x-ablabel><text>Desk</text></x-ablabel></group>\
        <tel><parameters><type><text>work</text><text>video</text></type><pref><integer>1</integer></pref></parameters>\
        <uri>sip:alice@example.com</uri></tel><tel><uri>tel:1001</uri></tel>\
        <ext xmlns='urn:example'><deep><deeper/></deep></ext>\
        <nickname><text>ali</text></nickname><org><text>Example</text></org></vcard>";
    assert_eq!(new, element(expected), "{}", String::from(&new));
    assert_eq!(four::apply(Some(&new), &edit(), "alice@example.com"), new);
    assert_eq!(compare(&edit(), &four::facts(&new), 0), FormResult::AsMeant);
    // RFC 6350 section 6.2.1: a card has a name.
    let nameless = four::apply(None, &CardEdit::default(), "alice@example.com");
    assert_eq!(four::facts(&nameless).full_name.as_deref(), Some("alice@example.com"));
}

#[test]
fn c20_what_a_converter_dropped_is_noticed_and_a_missing_mark_is_no_entry() {
    let damaged = element(
        "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Alice Archer</text></fn><nickname><text>ali</text></nickname>\
         <org><text>Example</text></org><tel><uri>tel:sip:alice@example.com</uri><parameters><type><text>work</text></type>\
         </parameters></tel><tel><uri>tel:+1-303-555-3282</uri><parameters><type><text>home</text></type></parameters></tel></vcard>",
    );
    let found = compare(&edit(), &four::facts(&damaged), 2);
    assert_eq!(found, FormResult::Damaged { entries: 1, types: 3, others: 2 });
    let repaired = four::apply(Some(&damaged), &edit(), "alice@example.com");
    assert!(String::from(&repaired).contains("<uri>sip:alice@example.com</uri>"), "damage is undone");
}

#[test]
fn both_forms_are_shown_as_one_card_the_preferred_entry_first() {
    let card = merged(Some(&element(TEMP)), Some(&element(FOUR)), 7);
    assert_eq!(
        (card.revision, card.full_name.as_deref(), card.organisation.as_deref()),
        (7, Some("Alice"), Some("Example"))
    );
    let shown: Vec<(&str, Vec<&str>, bool)> = card
        .phones
        .iter()
        .map(|phone| (&*phone.value, phone.types.iter().map(|kind| &**kind).collect(), phone.preferred))
        .collect();
    assert_eq!(
        shown,
        [
            ("sip:alice@example.com", vec!["home", "fax"], true),
            ("tel:+1-303-555-3282", vec!["work", "x-desk"], false),
            ("tel:+1-303-555-0000", vec![], false),
        ]
    );
    assert_eq!(card.others, 5, "in the vcard-temp: N, BDAY, PHOTO, the empty TEL and ext");
}
