//! The own vcard-temp (XEP-0054): what of it is understood, and changing only that.

use minidom::{Element, Node};

use super::facts::{Facts, Phone, editable};
use crate::model::{CardEdit, CardPhone};
use crate::xmpp::stanza::{ns, xml_text};
use crate::xmpp::vcard::{self, MOST_PHONES, same};
use crate::xmpp::vcard_temp::telephone;

/// What the card says of what is understood here.
pub(in crate::xmpp) fn facts(card: &Element) -> Facts {
    let text = |name: &str| card.get_child(name, ns::VCARD_TEMP).and_then(|child| vcard::text(&child.text()));
    let organisation = card
        .get_child("ORG", ns::VCARD_TEMP)
        .and_then(|org| org.get_child("ORGNAME", ns::VCARD_TEMP))
        .and_then(|name| vcard::text(&name.text()));
    Facts {
        full_name: text("FN"),
        nickname: text("NICKNAME"),
        organisation,
        phones: card.children().filter_map(read_phone).take(MOST_PHONES).collect(),
    }
}

/// Everything that is not understood here, and must survive.
pub(in crate::xmpp) fn others(card: &Element) -> impl Iterator<Item = &Element> {
    card.children().filter(|child| {
        !(["FN", "NICKNAME", "ORG"].iter().any(|name| child.is(*name, ns::VCARD_TEMP)) || read_phone(child).is_some())
    })
}

fn read_phone(tel: &Element) -> Option<Phone> {
    if !tel.is("TEL", ns::VCARD_TEMP) {
        return None;
    }
    let (preferred, field) = telephone(tel).next()?;
    Some(Phone { value: field.value, types: field.types.iter().map(|kind| kind.to_string()).collect(), preferred })
}

/// The card with the edit made in it; every element, child and type that is not understood here stays.
pub(in crate::xmpp) fn apply(old: Option<&Element>, edit: &CardEdit) -> Element {
    let mut card = old.cloned().unwrap_or_else(|| Element::bare("vCard", ns::VCARD_TEMP));
    set_text(&mut card, "FN", edit.full_name.as_deref());
    set_text(&mut card, "NICKNAME", edit.nickname.as_deref());
    match card.get_child_mut("ORG", ns::VCARD_TEMP) {
        Some(org) => set_text(org, "ORGNAME", edit.organisation.as_deref()),
        None if edit.organisation.is_some() => {
            let mut org = Element::bare("ORG", ns::VCARD_TEMP);
            set_text(&mut org, "ORGNAME", edit.organisation.as_deref());
            card.append_child(org);
        }
        None => {}
    }
    if card.get_child("ORG", ns::VCARD_TEMP).is_some_and(|org| org.children().next().is_none()) {
        card.remove_child("ORG", ns::VCARD_TEMP);
    }
    set_phones(&mut card, edit);
    card
}

/// Sets the text of a child; a text that reads the same is left as it was written.
fn set_text(parent: &mut Element, name: &'static str, text: Option<&str>) {
    match (parent.get_child_mut(name, ns::VCARD_TEMP), text) {
        (Some(child), Some(text)) => {
            if vcard::text(&child.text()).as_deref() != Some(text) {
                child.take_nodes();
                child.append_text_node(xml_text(text));
            }
        }
        (Some(_), None) => {
            parent.remove_child(name, ns::VCARD_TEMP);
        }
        (None, Some(text)) => {
            parent.append_child(Element::builder(name, ns::VCARD_TEMP).append(xml_text(text)).build());
        }
        (None, None) => {}
    }
}

fn set_phones(card: &mut Element, edit: &CardEdit) {
    let mut kept = Vec::new();
    let mut known: Vec<(Phone, Element)> = Vec::new();
    let mut place = None;
    for node in card.take_nodes() {
        let phone = match &node {
            // Beyond what is read nothing was shown, so nothing of it may go.
            Node::Element(element) if known.len() < MOST_PHONES => read_phone(element),
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
    for wanted in &edit.phones {
        let found = known.iter().position(|(phone, _)| same(&phone.value, &wanted.phone.value));
        let (old, mut tel) = match found {
            Some(at) => {
                let (phone, element) = known.remove(at);
                (Some(phone), element)
            }
            None => (None, Element::bare("TEL", ns::VCARD_TEMP)),
        };
        write_phone(&mut tel, old.as_ref(), &wanted.phone);
        phones.push(Node::Element(tel));
        // A second entry of the same number was shown as one with the first.
        while let Some(at) = known.iter().position(|(phone, _)| same(&phone.value, &wanted.phone.value)) {
            phones.push(Node::Element(known.remove(at).1));
        }
    }
    let at = place.unwrap_or(kept.len());
    kept.splice(at..at, phones);
    for node in kept {
        card.append_node(node);
    }
}

/// Types are empty elements before the number; those that are not ours to set stay (XEP-0054 section 3.3.2).
fn write_phone(tel: &mut Element, old: Option<&Phone>, wanted: &CardPhone) {
    let settable = |name: &str| {
        let name = name.to_ascii_lowercase();
        editable(&name) || name == "pref"
    };
    let (numbers, rest): (Vec<Node>, Vec<Node>) = tel
        .take_nodes()
        .into_iter()
        .filter(|node| !matches!(node, Node::Element(child) if child.has_ns(ns::VCARD_TEMP) && settable(child.name())))
        .partition(|node| matches!(node, Node::Element(child) if child.is("NUMBER", ns::VCARD_TEMP)));
    for kind in CardPhone::TYPES.iter().filter(|kind| wanted.types.iter().any(|wanted| &**wanted == **kind)) {
        tel.append_child(Element::bare(kind.to_ascii_uppercase(), ns::VCARD_TEMP));
    }
    if wanted.preferred {
        tel.append_child(Element::bare("PREF", ns::VCARD_TEMP));
    }
    for node in rest {
        tel.append_node(node);
    }
    let as_written = |node: &Node| match node {
        Node::Element(number) => old.is_some_and(|old| number.text().trim() == old.value),
        Node::Text(_) => false,
    };
    match numbers.into_iter().next() {
        Some(number) if as_written(&number) => tel.append_node(number),
        // New, or damaged by a converter: written anew.
        Some(_) | None => {
            tel.append_child(Element::builder("NUMBER", ns::VCARD_TEMP).append(xml_text(&wanted.value)).build());
        }
    }
}
