//! vCard4 over PEP (XEP-0292), in the XML of RFC 6351.

use minidom::Element;

use super::boundary::CardField;
use super::stanza::ns;
use super::vcard::{self, Form, MOST_PHONES, MOST_TYPES};
use super::vcard_temp::decode;
use crate::model::AddressSource;

/// The preference of an entry without one (RFC 6350 section 5.3: 1 is the most preferred, 100 the least).
pub(super) const NO_PREFERENCE: u32 = 101;

/// Reads the answer to a PEP request; `None`: there is no card, or an empty one.
pub(super) fn read(iq: &Element) -> Option<Form> {
    let card = card(iq)?;
    card.children().next()?;
    Some(form(card))
}

/// The card in the answer to a PEP request.
pub(super) fn card(iq: &Element) -> Option<&Element> {
    let items = iq.get_child("pubsub", ns::PUBSUB)?.get_child("items", ns::PUBSUB)?;
    if items.attr("node") != Some(ns::VCARD4_NODE) {
        return None;
    }
    let item = items.children().find(|item| item.attr("id") == Some("current")).or_else(|| items.children().last())?;
    item.get_child("vcard", ns::VCARD4)
}

/// Reads a card.
pub(super) fn form(card: &Element) -> Form {
    // RFC 6351 section 5: properties may be grouped.
    let properties = || {
        card.children()
            .flat_map(|child| if child.is("group", ns::VCARD4) { child.children().collect() } else { vec![child] })
    };
    let named = |name: &str| {
        properties()
            .find(|property| property.is(name, ns::VCARD4))
            .and_then(|property| property.get_child("text", ns::VCARD4))
            .and_then(|value| vcard::text(&value.text()))
    };
    let mut form = Form { full_name: named("fn"), nickname: named("nickname"), ..Form::default() };
    let mut phones: Vec<(u32, CardField)> = properties()
        .filter(|property| property.is("tel", ns::VCARD4))
        .take(MOST_PHONES)
        .filter_map(telephone)
        .collect();
    phones.sort_by_key(|(preference, _)| *preference);
    form.phones = phones.into_iter().map(|(_, field)| field).collect();
    let picture = properties()
        .find(|property| property.is("photo", ns::VCARD4))
        .and_then(|photo| photo.get_child("uri", ns::VCARD4))
        .and_then(|uri| data_uri(uri.text().trim()));
    if let Some(picture) = picture {
        form.set_photo(picture);
    }
    form
}

/// One `<tel/>`: the value as `uri` or `text` (RFC 6350 section 6.4.1), the types as texts, also several in one.
pub(super) fn telephone(tel: &Element) -> Option<(u32, CardField)> {
    let value = tel
        .children()
        .filter(|child| child.is("uri", ns::VCARD4) || child.is("text", ns::VCARD4))
        .find_map(|child| vcard::value(&child.text()))?;
    let parameters = tel.get_child("parameters", ns::VCARD4);
    let kinds: Vec<String> = parameters
        .into_iter()
        .flat_map(Element::children)
        .filter(|parameter| parameter.is("type", ns::VCARD4))
        .flat_map(Element::children)
        .flat_map(|text| text.text().split(',').map(|kind| kind.trim().to_ascii_lowercase()).collect::<Vec<_>>())
        .filter(|kind| !kind.is_empty() && kind.len() <= 32)
        .take(MOST_TYPES)
        .collect();
    let preference = parameters
        .and_then(|parameters| parameters.get_child("pref", ns::VCARD4))
        // RFC 6351 section 5 has it in an `integer`; some write the bare number.
        .and_then(|pref| pref.children().next().unwrap_or(pref).text().trim().parse().ok())
        .unwrap_or(if kinds.iter().any(|kind| kind == "pref") { 1 } else { NO_PREFERENCE });
    let types = kinds.iter().map(|kind| kind.as_str().into()).collect();
    Some((preference, CardField { value, types, source: AddressSource::Vcard4 }))
}

/// The bytes of a `data:` URI (RFC 2397); pictures from elsewhere are not fetched.
fn data_uri(uri: &str) -> Option<Vec<u8>> {
    let (head, data) = uri.strip_prefix("data:")?.split_once(',')?;
    head.ends_with(";base64").then(|| decode(data)).flatten()
}
