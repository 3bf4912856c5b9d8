//! What is understood of a card, and how what came back compares with what was meant.

use std::collections::BTreeSet;
use std::sync::Arc;

use minidom::Element;

use super::{four, temp};
use crate::model::{CardEdit, CardPhone, FormResult, OwnCard};
use crate::xmpp::vcard::same;

/// A telephone entry, damage undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::xmpp) struct Phone {
    pub(in crate::xmpp) value: String,
    /// In lower case.
    pub(in crate::xmpp) types: Vec<String>,
    pub(in crate::xmpp) preferred: bool,
}

/// What is understood of one form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::xmpp) struct Facts {
    pub(in crate::xmpp) full_name: Option<String>,
    pub(in crate::xmpp) nickname: Option<String>,
    pub(in crate::xmpp) organisation: Option<String>,
    /// Preferred first in a vCard4, as written in a vcard-temp.
    pub(in crate::xmpp) phones: Vec<Phone>,
}

/// Whether a type is one that can be set here.
pub(super) fn editable(kind: &str) -> bool {
    CardPhone::TYPES.contains(&kind)
}

/// Both forms as one. The vCard4's word counts; a type that a converter dropped comes from the vcard-temp.
pub(super) fn merged(card: Option<&Element>, four_card: Option<&Element>, revision: u64) -> OwnCard {
    let (old, new) = (card.map(temp::facts).unwrap_or_default(), four_card.map(four::facts).unwrap_or_default());
    let mut phones: Vec<Phone> = Vec::new();
    for phone in new.phones {
        if !phones.iter().any(|known| same(&known.value, &phone.value)) {
            phones.push(phone);
        }
    }
    for phone in old.phones {
        match phones.iter_mut().find(|known| same(&known.value, &phone.value)) {
            None => phones.push(phone),
            Some(known) => {
                let says_kind = known.types.iter().any(|kind| !matches!(kind.as_str(), "home" | "work" | "pref"));
                if !says_kind {
                    let more: Vec<String> =
                        phone.types.into_iter().filter(|kind| !known.types.contains(kind)).collect();
                    known.types.extend(more);
                }
            }
        }
    }
    // One is preferred: the first that says so.
    let mut preferred = phones.iter().position(|phone| phone.preferred);
    if let Some(at) = preferred.take_if(|at| *at > 0) {
        let phone = phones.remove(at);
        phones.insert(0, phone);
        preferred = Some(0);
    }
    let others =
        card.map_or(0, |card| temp::others(card).count()).max(four_card.map_or(0, |card| four::others(card).count()));
    let text = |a: Option<String>, b: Option<String>| a.or(b).map(Arc::from);
    OwnCard {
        revision,
        full_name: text(new.full_name, old.full_name),
        nickname: text(new.nickname, old.nickname),
        organisation: text(new.organisation, old.organisation),
        phones: phones
            .into_iter()
            .enumerate()
            .map(|(at, phone)| CardPhone {
                value: phone.value.into(),
                types: phone.types.iter().filter(|kind| *kind != "pref").map(|kind| kind.as_str().into()).collect(),
                preferred: preferred == Some(at),
            })
            .collect(),
        others: u32::try_from(others).unwrap_or(u32::MAX),
    }
}

/// How what came back compares with what was meant: `lost` other details are known to be gone.
pub(super) fn compare(edit: &CardEdit, found: &Facts, lost: u32) -> FormResult {
    let names = [
        (edit.full_name.as_deref(), found.full_name.as_deref()),
        (edit.nickname.as_deref(), found.nickname.as_deref()),
        (edit.organisation.as_deref(), found.organisation.as_deref()),
    ];
    let mut entries = names.iter().filter(|(wanted, found)| wanted.is_some() && wanted != found).count();
    let mut types = 0;
    for wanted in &edit.phones {
        match found.phones.iter().find(|phone| same(&phone.value, &wanted.phone.value)) {
            None => entries += 1,
            Some(phone) => {
                let set =
                    |kinds: Vec<&str>| kinds.into_iter().filter(|kind| editable(kind)).map(str::to_owned).collect();
                let meant: BTreeSet<String> = set(wanted.phone.types.iter().map(|kind| &**kind).collect());
                let there: BTreeSet<String> = set(phone.types.iter().map(String::as_str).collect());
                types += meant.symmetric_difference(&there).count();
                types += usize::from(wanted.phone.preferred && !phone.preferred);
            }
        }
    }
    // What was taken out and is still there was not written either.
    entries += found
        .phones
        .iter()
        .filter(|phone| !edit.phones.iter().any(|wanted| same(&wanted.phone.value, &phone.value)))
        .count();
    if entries == 0 && types == 0 && lost == 0 {
        return FormResult::AsMeant;
    }
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    FormResult::Damaged { entries: count(entries), types: count(types), others: lost }
}

/// How many of these details are not among those.
pub(super) fn missing<'a>(meant: impl Iterator<Item = &'a Element>, found: &[&Element]) -> u32 {
    u32::try_from(meant.filter(|detail| !found.contains(detail)).count()).unwrap_or(u32::MAX)
}
