//! The addresses of a contact, from its card (C-16, C-17, C-18; the manual's page on cards).

use std::sync::Arc;

use super::cost;
use crate::model::{Address, AddressKind, AddressSource, AddressUri, Grade, SipUri, Subscription};
use crate::phone::{DialPlan, Written, read};
use crate::xmpp::Card;

/// Entries of a card that are looked at.
const MOST: usize = 32;

/// What is needed to read a card.
#[derive(Clone, Debug)]
pub struct AddressRules<'a> {
    /// How numbers are read.
    pub plan: &'a DialPlan,
    /// The voice account that would carry the call.
    pub voice: Option<&'a SipUri>,
}

/// Every way to call that a card lists, in its order. Fax, pager, modem and bulletin board entries are not callable.
///
/// The grade is what the card alone proves: an address in the own card of a contact whom we see is confirmed; two
/// cards that list the same address lower it to claimed (the index knows that).
pub fn addresses(card: &Card, subscription: Subscription, rules: &AddressRules<'_>) -> Vec<Address> {
    let mut found: Vec<Address> = Vec::new();
    for field in card.phones.iter().take(MOST) {
        if !callable(&field.types) {
            continue;
        }
        let uri = match read(&field.value, rules.plan) {
            Ok(Written::Sip(uri)) => AddressUri::Sip(uri),
            Ok(Written::Tel(number, extension)) => AddressUri::Tel(number, extension),
            // A card that lists an XMPP address as its telephone names a chat address, nothing to call.
            Ok(Written::Xmpp(_)) | Err(_) => continue,
        };
        if let Some(known) = found.iter_mut().find(|address| address.uri == uri) {
            // The same address in both forms of the card: the types of both count.
            for kind in &field.types {
                if !known.types.contains(kind) {
                    known.types.push(kind.clone());
                }
            }
            continue;
        }
        let (grade, evidence) = proof(field.source, subscription);
        let cost = cost(&uri, rules.voice);
        found.push(Address {
            uri,
            types: field.types.clone(),
            source: field.source,
            grade,
            evidence,
            cost,
            learned: None,
        });
    }
    // Calls inside the service come before the telephone network; the card's order decides the rest.
    found.sort_by_key(|address| match address.uri.kind() {
        AddressKind::Sip => 0,
        AddressKind::Jingle => 1,
        AddressKind::Tel => 2,
    });
    found
}

/// No type means voice (P-2).
fn callable(types: &[Arc<str>]) -> bool {
    let has = |word: &str| types.iter().any(|kind| &**kind == word);
    let voice = has("voice") || has("cell") || has("video");
    let machine = ["fax", "pager", "modem", "bbs", "textphone"].iter().any(|word| has(word));
    voice || !machine
}

fn proof(source: AddressSource, subscription: Subscription) -> (Grade, Vec<Arc<str>>) {
    let says = match source {
        AddressSource::VcardTemp | AddressSource::Vcard4 => "Their own card lists it.",
        AddressSource::Reach => "Their reachability addresses list it.",
        AddressSource::AddressBook => "Your address book lists it.",
        AddressSource::Directory => "The directory lists it.",
        AddressSource::CallInfo => "A call from there named their chat address.",
    };
    let mut evidence: Vec<Arc<str>> = vec![says.into()];
    let grade = match source {
        AddressSource::AddressBook | AddressSource::Directory => Grade::Confirmed,
        AddressSource::Reach | AddressSource::CallInfo => Grade::Claimed,
        AddressSource::VcardTemp | AddressSource::Vcard4 if subscription.sees_contact() => Grade::Confirmed,
        AddressSource::VcardTemp | AddressSource::Vcard4 => {
            evidence.push("You are not subscribed to them, so their card proves nothing.".into());
            Grade::Claimed
        }
    };
    (grade, evidence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::CardField;

    fn card(phones: &[(&str, &[&str])]) -> Card {
        Card {
            phones: phones
                .iter()
                .map(|(value, types)| CardField {
                    value: (*value).to_owned(),
                    types: types.iter().map(|kind| Arc::from(*kind)).collect(),
                    source: AddressSource::VcardTemp,
                })
                .collect(),
            ..Card::default()
        }
    }

    fn uris(card: &Card, subscription: Subscription) -> Vec<(String, Grade)> {
        let plan = DialPlan::default();
        addresses(card, subscription, &AddressRules { plan: &plan, voice: None })
            .into_iter()
            .map(|address| (address.uri.to_string(), address.grade))
            .collect()
    }

    #[test]
    fn sip_addresses_come_first_and_machines_are_left_out() {
        let card = card(&[
            ("+4930901820", &["work", "voice"]),
            ("+4930901821", &["work", "fax"]),
            ("sip:bob@example.com", &[]),
            ("", &["home"]),
            ("call the office", &[]),
        ]);
        assert_eq!(
            uris(&card, Subscription::Both),
            [("sip:bob@example.com".to_owned(), Grade::Confirmed), ("tel:+4930901820".to_owned(), Grade::Confirmed),]
        );
    }

    #[test]
    fn the_card_of_somebody_we_do_not_see_only_claims() {
        let card = card(&[("sip:bob@example.com", &[])]);
        assert_eq!(uris(&card, Subscription::From), [("sip:bob@example.com".to_owned(), Grade::Claimed)]);
    }

    #[test]
    fn the_same_address_in_two_entries_is_one() {
        let card = card(&[("sip:bob@example.com", &["work"]), ("tel:sip:bob@example.com", &["video"])]);
        assert_eq!(uris(&card, Subscription::To).len(), 1);
    }
}
