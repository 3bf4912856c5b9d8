//! The own vCard4 (XEP-0292, in the XML of RFC 6351): what of it is understood, and changing only that.

use minidom::{Element, Node};

use super::facts::{Facts, Phone, editable};
use crate::model::{CardEdit, CardPhone, EditedPhone};
use crate::xmpp::stanza::{ns, xml_text};
use crate::xmpp::vcard::{self, MOST_PHONES, same};
use crate::xmpp::vcard4::{NO_PREFERENCE, telephone};

/// Properties that are understood here, beside `tel`.
const NAMES: [&str; 3] = ["fn", "nickname", "org"];

/// What the card says of what is understood here.
pub(in crate::xmpp) fn facts(card: &Element) -> Facts {
    let named = |name: &str| {
        properties(card)
            .find(|property| property.is(name, ns::VCARD4))
            .and_then(|property| property.get_child("text", ns::VCARD4))
            .and_then(|text| vcard::text(&text.text()))
    };
    let mut phones: Vec<(u32, Phone)> = properties(card).filter_map(read_phone).take(MOST_PHONES).collect();
    phones.sort_by_key(|(preference, _)| *preference);
    Facts {
        full_name: named("fn"),
        nickname: named("nickname"),
        organisation: named("org"),
        phones: phones.into_iter().map(|(_, phone)| phone).collect(),
    }
}

/// Everything that is not understood here, and must survive.
pub(in crate::xmpp) fn others(card: &Element) -> impl Iterator<Item = &Element> {
    properties(card)
        .filter(|property| !(NAMES.iter().any(|name| property.is(*name, ns::VCARD4)) || read_phone(property).is_some()))
}

/// RFC 6351 section 5: properties may be grouped.
fn properties(card: &Element) -> impl Iterator<Item = &Element> {
    card.children()
        .flat_map(|child| if child.is("group", ns::VCARD4) { child.children().collect() } else { vec![child] })
}

fn read_phone(tel: &Element) -> Option<(u32, Phone)> {
    if !tel.is("tel", ns::VCARD4) {
        return None;
    }
    let (preference, field) = telephone(tel)?;
    let preferred = preference < NO_PREFERENCE;
    let types = field.types.iter().map(|kind| kind.to_string()).collect();
    Some((preference, Phone { value: field.value, types, preferred }))
}

/// The card with the edit made in it; every property, parameter and type that is not understood here stays. `own` names
/// the card where it has no name: RFC 6350 section 6.2.1 demands one.
pub(in crate::xmpp) fn apply(old: Option<&Element>, edit: &CardEdit, own: &str) -> Element {
    let mut card = old.cloned().unwrap_or_else(|| Element::bare("vcard", ns::VCARD4));
    let name = edit.full_name.as_deref().or(edit.nickname.as_deref()).unwrap_or(own);
    set_text(&mut card, "fn", Some(name));
    set_text(&mut card, "nickname", edit.nickname.as_deref());
    set_text(&mut card, "org", edit.organisation.as_deref());
    let mut wanted: Vec<Option<&EditedPhone>> = edit.phones.iter().map(Some).collect();
    // An entry in a group belongs to its label: it is changed where it stands.
    for group in card.children_mut().filter(|child| child.is("group", ns::VCARD4)) {
        set_grouped(group, edit, &mut wanted);
    }
    set_phones(&mut card, edit, &wanted);
    card
}

/// Sets the first text of a property; one that reads the same is left as it was written.
fn set_text(card: &mut Element, name: &'static str, text: Option<&str>) {
    let grouped = card.children().any(|group| group.is("group", ns::VCARD4) && group.has_child(name, ns::VCARD4));
    let place = if grouped && !card.has_child(name, ns::VCARD4) {
        card.children_mut().find(|group| group.is("group", ns::VCARD4) && group.has_child(name, ns::VCARD4))
    } else {
        None
    };
    let parent = match place {
        Some(group) => group,
        None => card,
    };
    match (parent.get_child_mut(name, ns::VCARD4), text) {
        (Some(property), Some(text)) => match property.get_child_mut("text", ns::VCARD4) {
            Some(value) if vcard::text(&value.text()).as_deref() == Some(text) => {}
            Some(value) => {
                value.take_nodes();
                value.append_text_node(xml_text(text));
            }
            None => {
                property.append_child(Element::builder("text", ns::VCARD4).append(xml_text(text)).build());
            }
        },
        (Some(_), None) => {
            parent.remove_child(name, ns::VCARD4);
        }
        (None, Some(text)) => {
            let value = Element::builder("text", ns::VCARD4).append(xml_text(text)).build();
            parent.append_child(Element::builder(name, ns::VCARD4).append(value).build());
        }
        (None, None) => {}
    }
}

fn set_grouped(group: &mut Element, edit: &CardEdit, wanted: &mut [Option<&EditedPhone>]) {
    for node in group.take_nodes() {
        let phone = match &node {
            Node::Element(element) => read_phone(element).map(|(_, phone)| phone),
            Node::Text(_) => None,
        };
        match (phone, node) {
            (Some(phone), Node::Element(mut tel)) => {
                let at = wanted.iter().position(|entry| entry.is_some_and(|e| same(&e.phone.value, &phone.value)));
                match at.and_then(|at| wanted.get_mut(at)).and_then(Option::take) {
                    Some(entry) => {
                        write_phone(&mut tel, Some(&phone), entry);
                        group.append_child(tel);
                    }
                    // The same number a second time stays; one that is not wanted any more goes.
                    None if edit.phones.iter().any(|entry| same(&entry.phone.value, &phone.value)) => {
                        group.append_child(tel);
                    }
                    None => {}
                }
            }
            (_, node) => group.append_node(node),
        }
    }
}

fn set_phones(card: &mut Element, edit: &CardEdit, wanted: &[Option<&EditedPhone>]) {
    let mut kept = Vec::new();
    let mut known: Vec<(Phone, Element)> = Vec::new();
    let mut place = None;
    for node in card.take_nodes() {
        let phone = match &node {
            Node::Element(element) if known.len() < MOST_PHONES => read_phone(element).map(|(_, phone)| phone),
            Node::Element(_) | Node::Text(_) => None,
        };
        match (phone, node) {
            (Some(phone), Node::Element(element)) => {
                place.get_or_insert(kept.len());
                known.push((phone, element));
            }
            (_, node) => kept.push(node),
        }
    }
    let mut phones: Vec<Node> = Vec::new();
    for entry in wanted.iter().flatten() {
        let found = known.iter().position(|(phone, _)| same(&phone.value, &entry.phone.value));
        let (old, mut tel) = match found {
            Some(at) => {
                let (phone, element) = known.remove(at);
                (Some(phone), element)
            }
            None => (None, Element::bare("tel", ns::VCARD4)),
        };
        write_phone(&mut tel, old.as_ref(), entry);
        phones.push(Node::Element(tel));
    }
    let twice = |phone: &Phone| edit.phones.iter().any(|entry| same(&entry.phone.value, &phone.value));
    phones.extend(known.into_iter().filter(|(phone, _)| twice(phone)).map(|(_, tel)| Node::Element(tel)));
    let at = place.unwrap_or(kept.len());
    kept.splice(at..at, phones);
    for node in kept {
        card.append_node(node);
    }
}

/// RFC 6351 section 5: parameters first, then the value.
fn write_phone(tel: &mut Element, old: Option<&Phone>, wanted: &EditedPhone) {
    let mut parameters =
        tel.remove_child("parameters", ns::VCARD4).unwrap_or_else(|| Element::bare("parameters", ns::VCARD4));
    let mut kinds: Vec<String> = CardPhone::TYPES
        .iter()
        .filter(|kind| wanted.phone.types.iter().any(|wanted| &**wanted == **kind))
        .map(|kind| (*kind).to_owned())
        .collect();
    while let Some(old) = parameters.remove_child("type", ns::VCARD4) {
        let words = old
            .children()
            .flat_map(|text| text.text().split(',').map(|kind| kind.trim().to_owned()).collect::<Vec<_>>());
        let foreign = |kind: &String| {
            let kind = kind.to_ascii_lowercase();
            !kind.is_empty() && !editable(&kind) && kind != "pref"
        };
        kinds.extend(words.filter(foreign));
    }
    while parameters.remove_child("pref", ns::VCARD4).is_some() {}
    if !kinds.is_empty() {
        let texts = kinds.iter().map(|kind| Element::builder("text", ns::VCARD4).append(xml_text(kind)).build());
        parameters.append_child(Element::builder("type", ns::VCARD4).append_all(texts).build());
    }
    if wanted.phone.preferred {
        // RFC 6350 section 5.3: 1 is the most preferred.
        let one = Element::builder("integer", ns::VCARD4).append("1").build();
        parameters.append_child(Element::builder("pref", ns::VCARD4).append(one).build());
    }
    let is_value = |node: &Node| matches!(node, Node::Element(child) if child.is("uri", ns::VCARD4) || child.is("text", ns::VCARD4));
    let (values, rest): (Vec<Node>, Vec<Node>) = tel.take_nodes().into_iter().partition(is_value);
    if parameters.nodes().next().is_some() {
        tel.append_child(parameters);
    }
    let as_written = |node: &Node| match node {
        // A SIP address belongs into a URI; what a converter damaged is written anew.
        Node::Element(value) => old.is_some_and(|old| {
            value.text().trim() == old.value && (value.is("uri", ns::VCARD4) || !old.value.contains('@'))
        }),
        Node::Text(_) => false,
    };
    match values.into_iter().next() {
        Some(value) if as_written(&value) => tel.append_node(value),
        Some(_) | None => {
            tel.append_child(Element::builder("uri", ns::VCARD4).append(xml_text(&wanted.uri)).build());
        }
    }
    for node in rest {
        tel.append_node(node);
    }
}
