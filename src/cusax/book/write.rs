//! From people to the text of a `.vcf` file.

use calcard::vcard::{
    VCard, VCardEntry, VCardParameter, VCardParameterName, VCardParameterValue, VCardProperty, VCardValue,
    VCardValueType, VCardVersion,
};

use crate::model::{BookEntry, BookNumber, CardFormat};

/// Writes people, each with the card that it came with, if any: what Tandem has no use for is written back.
pub fn write_people<'a>(
    people: impl IntoIterator<Item = (&'a BookEntry, Option<&'a str>)>,
    format: CardFormat,
) -> String {
    let version = match format {
        CardFormat::V3 => VCardVersion::V3_0,
        CardFormat::V4 => VCardVersion::V4_0,
    };
    let mut text = String::new();
    for (person, raw) in people {
        let mut card = raw.and_then(|raw| VCard::parse(raw).ok()).unwrap_or(VCard { entries: Vec::new() });
        card.entries.retain(|entry| !is_ours(entry));
        let mut ours = vec![property(VCardProperty::Fn, &person.name)];
        let has = |card: &VCard, name: &VCardProperty| card.entries.iter().any(|entry| entry.name == *name);
        if format == CardFormat::V3 && !has(&card, &VCardProperty::N) {
            // RFC 2426 section 3.1.2: N must be there.
            let mut name = property(VCardProperty::N, &person.name);
            name.values.extend((0..4).map(|_| VCardValue::Text(String::new())));
            ours.push(name);
        }
        if let Some(uid) = person.uid.as_deref().filter(|_| !has(&card, &VCardProperty::Uid)) {
            ours.push(property(VCardProperty::Uid, uid));
        }
        for (number, at) in person.numbers.iter().zip(1..) {
            ours.push(telephone(number, at, format));
        }
        if let Some(jid) = &person.jid {
            ours.push(property(VCardProperty::Impp, &format!("xmpp:{jid}")));
        }
        ours.append(&mut card.entries);
        // Writing to a text does not fail.
        let _ = VCard { entries: ours }.write_to(&mut text, version);
    }
    text
}

/// Properties that are written from what the address book holds.
fn is_ours(entry: &VCardEntry) -> bool {
    let written = entry.values.first().and_then(VCardValue::as_text).unwrap_or_default().to_ascii_lowercase();
    let calls = ["xmpp:", "sip:", "sips:", "tel:"].iter().any(|scheme| written.starts_with(scheme));
    match &entry.name {
        VCardProperty::Begin | VCardProperty::End | VCardProperty::Version | VCardProperty::Fn | VCardProperty::Tel => {
            true
        }
        VCardProperty::Impp | VCardProperty::ContactUri => calls,
        VCardProperty::Other(name) => ["X-JABBER", "X-SIP"].iter().any(|known| name.eq_ignore_ascii_case(known)),
        _ => false,
    }
}

fn property(name: VCardProperty, value: &str) -> VCardEntry {
    VCardEntry { group: None, name, params: Vec::new(), values: vec![VCardValue::Text(value.to_owned())] }
}

fn telephone(number: &BookNumber, place: u32, format: CardFormat) -> VCardEntry {
    let lower = number.value.to_ascii_lowercase();
    let sip = lower.starts_with("sip:") || lower.starts_with("sips:");
    let name = match format {
        // RFC 2426 knows numbers only; SIP addresses stand in IMPP (RFC 4770).
        CardFormat::V3 if sip => VCardProperty::Impp,
        CardFormat::V3 | CardFormat::V4 => VCardProperty::Tel,
    };
    let mut entry = property(name, &number.value);
    let parameter = |name, value| VCardParameter { name, value };
    if format == CardFormat::V4 && (sip || lower.starts_with("tel:")) {
        entry.params.push(parameter(VCardParameterName::Value, VCardParameterValue::ValueType(VCardValueType::Uri)));
    }
    for kind in &number.types {
        entry.params.push(parameter(VCardParameterName::Type, VCardParameterValue::Text(kind.to_string())));
    }
    match format {
        CardFormat::V4 => {
            entry.params.push(parameter(VCardParameterName::Pref, VCardParameterValue::Integer(place.min(100))));
        }
        CardFormat::V3 if place == 1 => {
            entry.params.push(parameter(VCardParameterName::Type, VCardParameterValue::Text("pref".to_owned())));
        }
        CardFormat::V3 => {}
    }
    entry
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
