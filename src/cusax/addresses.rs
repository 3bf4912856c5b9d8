//! The addresses of a person, from everybody who lists some (C-16, C-17, C-18; the manual's page on cards).

use std::sync::Arc;

use super::cost;
use super::grade::{Word, grade};
use super::index::{Authority, Key, Standing};
use crate::model::{Address, AddressKind, AddressSource, AddressUri, SipUri, Subscription, WallTime};
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

/// An address as somebody lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Where it leads.
    pub uri: AddressUri,
    /// Types in lower case.
    pub types: Vec<Arc<str>>,
    /// Who lists it.
    pub source: AddressSource,
}

/// Reads one entry of a card, a book or an announcement; `None` for what cannot be called: fax, pager, modem, bulletin
/// board, chat addresses, and what is no address.
pub fn listed(value: &str, types: &[Arc<str>], source: AddressSource, plan: &DialPlan) -> Option<Listed> {
    if !callable(types) {
        return None;
    }
    let uri = match read(value, plan) {
        Ok(Written::Sip(uri)) => AddressUri::Sip(uri),
        Ok(Written::Tel(number, extension)) => AddressUri::Tel(number, extension),
        // A card that lists an XMPP address as its telephone names a chat address, nothing to call.
        Ok(Written::Xmpp(_)) | Err(_) => return None,
    };
    Some(Listed { uri, types: types.to_vec(), source })
}

/// Every way to call that a card lists, in its order.
pub fn listed_by_card(card: &Card, plan: &DialPlan) -> Vec<Listed> {
    let fields = card.phones.iter().take(MOST);
    fields.filter_map(|field| listed(&field.value, &field.types, field.source, plan)).collect()
}

/// A way to call somebody, and everybody who says that it is theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Where it leads.
    pub uri: AddressUri,
    /// The types that any of them gives.
    pub types: Vec<Arc<str>>,
    /// Who says so and since when, the most telling first.
    pub words: Vec<(Word, WallTime)>,
}

impl Way {
    /// The strongest word for it that names callers.
    pub fn authority(&self) -> Option<Authority> {
        self.words.iter().filter_map(|(word, _)| word.authority()).max()
    }

    /// With its grade and evidence; `standing` is the index's answer for a word of this authority.
    pub fn weigh(&self, voice: Option<&SipUri>, standing: impl Fn(&Key, Authority) -> Standing) -> Option<Address> {
        let (first, learned) = self.words.first()?;
        let standing = match (Key::of(&self.uri), self.authority()) {
            (Some(key), Some(authority)) => standing(&key, authority),
            (None, _) | (_, None) => Standing::default(),
        };
        let (grade, against) = grade(first, standing);
        let mut evidence: Vec<Arc<str>> = Vec::new();
        let hinted = self.words.iter().any(|(word, _)| word.source == AddressSource::CallInfo);
        for (word, _) in &self.words {
            let sentence = word.sentence();
            let both_ways = word.source == AddressSource::CallInfo && first.source != AddressSource::CallInfo;
            let repeated = evidence.iter().any(|known| **known == *sentence);
            if !repeated && !both_ways {
                evidence.push(sentence.into());
            }
        }
        if hinted && first.source != AddressSource::CallInfo {
            // C-23, the other direction: who calls from there names the same chat address.
            evidence.push("A call from there named their chat address, so both sides say the same.".into());
        }
        evidence.extend(against);
        evidence.shrink_to_fit();
        Some(Address {
            uri: self.uri.clone(),
            types: self.types.clone(),
            source: first.source,
            grade,
            evidence,
            cost: cost(&self.uri, voice),
            learned: Some(*learned),
        })
    }
}

/// Brings together what several say. Calls inside the service come before the telephone network, what is only announced
/// or only claimed comes last; the order of the lists decides the rest.
pub fn merge(said: impl IntoIterator<Item = (Listed, Word, WallTime)>) -> Vec<Way> {
    let mut ways: Vec<Way> = Vec::new();
    for (listed, word, learned) in said {
        match ways.iter_mut().find(|way| way.uri == listed.uri) {
            // The same address in both forms of a card: the types of both count.
            Some(way) => {
                for kind in listed.types {
                    if !way.types.contains(&kind) {
                        way.types.push(kind);
                    }
                }
                if !way.words.iter().any(|(known, _)| known.source == word.source && known.trusted == word.trusted) {
                    way.words.push((word, learned));
                }
            }
            None => ways.push(Way { uri: listed.uri, types: listed.types, words: vec![(word, learned)] }),
        }
    }
    // Ten thousand people have a way or two each: room for more would be most of what they take.
    ways.shrink_to_fit();
    for way in &mut ways {
        way.words.shrink_to_fit();
        way.words.sort_by_key(|(word, _)| (std::cmp::Reverse(word.authority()), last_in_line(word.source)));
    }
    ways.sort_by_key(|way| {
        let word = way.words.first().map_or(0, |(word, _)| last_in_line(word.source));
        let proves_nothing = way.authority().is_none();
        let kind = match way.uri.kind() {
            AddressKind::Sip => 0,
            AddressKind::Jingle => 1,
            AddressKind::Tel => 2,
        };
        (word, proves_nothing, kind)
    });
    ways
}

fn last_in_line(source: AddressSource) -> u8 {
    match source {
        AddressSource::AddressBook | AddressSource::Directory | AddressSource::VcardTemp | AddressSource::Vcard4 => 0,
        AddressSource::Reach => 1,
        AddressSource::CallInfo => 2,
    }
}

/// Every way to call that a card lists, graded by what the card alone proves: as if nobody else listed them.
pub fn addresses(card: &Card, subscription: Subscription, rules: &AddressRules<'_>) -> Vec<Address> {
    let said = listed_by_card(card, rules.plan).into_iter().map(|listed| {
        let word = Word { source: listed.source, subscription, trusted: false, card_read: true };
        (listed, word, WallTime::default())
    });
    let ways = merge(said);
    ways.iter()
        .filter_map(|way| way.weigh(rules.voice, |_, _| Standing::default()))
        .map(|address| Address { learned: None, ..address })
        .collect()
}

/// No type means voice (P-2).
fn callable(types: &[Arc<str>]) -> bool {
    let has = |word: &str| types.iter().any(|kind| &**kind == word);
    let voice = has("voice") || has("cell") || has("video");
    let machine = ["fax", "pager", "modem", "bbs", "textphone"].iter().any(|word| has(word));
    voice || !machine
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Grade;
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

    #[test]
    fn c23_both_directions_are_told_and_a_contradicted_hint_is_refuted() {
        let plan = DialPlan::default();
        let read = |text: &str, source| listed(text, &[], source, &plan).expect("an address");
        let word = |source| Word { source, subscription: Subscription::Both, trusted: false, card_read: true };
        let time = WallTime::default();
        let say = |text: &str, source| (read(text, source), word(source), time);
        let weigh = |said: Vec<(Listed, Word, WallTime)>| {
            let ways = merge(said);
            ways.iter().filter_map(|way| way.weigh(None, |_, _| Standing::default())).collect::<Vec<_>>()
        };
        let (card, call) = (AddressSource::VcardTemp, AddressSource::CallInfo);
        let sip = "sip:bob@example.com";
        // The card lists the SIP address, and who calls from there names the chat address.
        let both = weigh(vec![say(sip, call), say(sip, card)]);
        assert_eq!((both.len(), both[0].grade, both[0].source), (1, Grade::Confirmed, card));
        assert!(both[0].evidence.iter().any(|line| line.contains("both sides")), "{:?}", both[0].evidence);
        // Only the card: confirmed by 1.8, without the second direction.
        let one = weigh(vec![say(sip, card)]);
        assert_eq!(one[0].grade, Grade::Confirmed);
        assert!(!one[0].evidence.iter().any(|line| line.contains("both sides")));
        // Only the call, and the card lists something else.
        let other = weigh(vec![say("sip:bob@elsewhere.example", call), say(sip, card)]);
        assert_eq!((other[1].grade, other[1].source), (Grade::Refuted, call));
        assert!(!other[1].is_way() && other[0].is_way());
    }
}
