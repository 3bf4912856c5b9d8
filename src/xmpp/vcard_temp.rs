//! vcard-temp (XEP-0054).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use minidom::Element;

use super::boundary::CardField;
use super::stanza::ns;
use super::vcard::{self, Form, MOST_PHONES, MOST_TYPES};
use crate::model::AddressSource;

/// Reads the answer to a request; `None`: there is no card, or an empty one.
pub(super) fn read(iq: &Element) -> Option<Form> {
    let card = iq.get_child("vCard", ns::VCARD_TEMP)?;
    card.children().next()?;
    Some(form(card))
}

/// Reads a card.
pub(super) fn form(card: &Element) -> Form {
    let child = |name: &str| card.get_child(name, ns::VCARD_TEMP).and_then(|child| vcard::text(&child.text()));
    let mut form = Form { full_name: child("FN"), nickname: child("NICKNAME"), ..Form::default() };
    let mut phones: Vec<(bool, CardField)> =
        card.children().filter(|child| child.is("TEL", ns::VCARD_TEMP)).take(MOST_PHONES).flat_map(telephone).collect();
    phones.sort_by_key(|(preferred, _)| !*preferred);
    form.phones = phones.into_iter().map(|(_, field)| field).take(MOST_PHONES).collect();
    let picture = card
        .get_child("PHOTO", ns::VCARD_TEMP)
        .and_then(|photo| photo.get_child("BINVAL", ns::VCARD_TEMP))
        .and_then(|value| decode(&value.text()));
    if let Some(picture) = picture {
        form.set_photo(picture);
    }
    form
}

/// One `<TEL/>`: its types are empty elements in any order, its value only ever in `NUMBER` (XEP-0054 section 3,
/// implementation notes); an empty `NUMBER` says that there is none.
pub(super) fn telephone(tel: &Element) -> impl Iterator<Item = (bool, CardField)> {
    let types: Vec<String> = tel
        .children()
        .filter(|child| child.name() != "NUMBER")
        .map(|child| child.name().to_ascii_lowercase())
        .take(MOST_TYPES)
        .collect();
    let preferred = types.iter().any(|kind| kind == "pref");
    tel.children()
        .filter(|child| child.is("NUMBER", ns::VCARD_TEMP))
        .filter_map(|number| vcard::value(&number.text()))
        .map(move |value| {
            let types = types.iter().map(|kind| kind.as_str().into()).collect();
            (preferred, CardField { value, types, source: AddressSource::VcardTemp })
        })
        .take(1)
        .collect::<Vec<_>>()
        .into_iter()
}

/// Base64 as people publish it: with line breaks.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let text: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    BASE64_STANDARD.decode(text).ok()
}
