//! Who is calling, and on whose word (C-29, C-30, C-32, C-35; requirements 1.8).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{CallerIndex, Key};
use crate::model::{Jid, Peer, PeerGrade, SipUri, Subscription};
use crate::phone::DialPlan;
use crate::sip::{CallIdentity, NameAddress};

/// What is known of a contact when a caller is named.
#[derive(Clone, Debug)]
pub struct Person {
    /// The name to show.
    pub name: Arc<str>,
    /// Who sees whom.
    pub subscription: Subscription,
    /// Their card has been read.
    pub card_known: bool,
}

/// Names the caller.
///
/// Confirmed needs both: an *asserted* identity (P-Asserted-Identity from the trusted hop, or a From of our own
/// domain that our registrar authenticated), and exactly one contact, whom we see, whose card lists that address.
/// Comparison is exact, never by part. Call-Info only says where to look first.
pub fn identify(
    identity: &CallIdentity,
    index: &CallerIndex,
    plan: &DialPlan,
    voice: Option<&SipUri>,
    person: impl Fn(&Jid) -> Option<Person>,
) -> Peer {
    if identity.anonymous {
        // C-35, P-7: no lookup of any kind, and nothing of what the caller wrote is shown.
        return Peer {
            uri: "anonymous".into(),
            display: "Anonymous".into(),
            jid: None,
            grade: PeerGrade::Anonymous,
            evidence: vec!["The caller withholds the number.".into()],
        };
    }
    let asserted = asserted_addresses(identity);
    let shown = asserted.first().copied().unwrap_or(&identity.from);
    let keys: Vec<Key> = asserted.iter().flat_map(|address| Key::of_caller(&address.uri, plan, voice)).collect();
    let listing = seen(&index.find(&keys), &person);
    let mut peer = match (listing.as_slice(), asserted.is_empty()) {
        ([(jid, found)], false) => Peer {
            uri: shown.uri.clone(),
            display: found.name.clone(),
            jid: Some(jid.clone()),
            grade: PeerGrade::Confirmed,
            evidence: vec![format!("Confirmed by {}'s card.", found.name).into(), on_whose_word(identity)],
        },
        ([_, _, ..], false) => Peer {
            uri: shown.uri.clone(),
            display: plain(shown),
            jid: None,
            grade: PeerGrade::Claimed,
            evidence: vec![
                format!("{} people list this address in their cards, so none of them is shown.", listing.len()).into(),
                on_whose_word(identity),
            ],
        },
        ([], false) => Peer {
            uri: shown.uri.clone(),
            display: plain(shown),
            jid: None,
            grade: PeerGrade::Unknown,
            evidence: vec!["Nobody in your contacts lists this address.".into(), on_whose_word(identity)],
        },
        (_, true) => unasserted(identity, index, plan, voice, &person),
    };
    if peer.grade != PeerGrade::Confirmed
        && let Some(hinted) = &identity.call_info
    {
        let read = person(hinted).is_some_and(|found| found.card_known && found.subscription.sees_contact());
        let mut keys = keys;
        keys.extend(Key::of_caller(&identity.from.uri, plan, voice));
        add_hint(&mut peer, hinted, index, &keys, read);
    }
    if peer.grade == PeerGrade::Confirmed
        && identity.call_info.as_ref().is_some_and(|hint| Some(hint) != peer.jid.as_ref())
    {
        peer.evidence.push("The call names another chat address; that is ignored.".into());
    }
    peer
}

/// The addresses that somebody we trust vouches for, the most telling first.
fn asserted_addresses(identity: &CallIdentity) -> Vec<&NameAddress> {
    let mut found: Vec<&NameAddress> = identity.asserted.iter().take(4).collect();
    if found.is_empty() && identity.from_own_domain {
        found.push(&identity.from);
    }
    found
}

fn on_whose_word(identity: &CallIdentity) -> Arc<str> {
    if identity.asserted.is_empty() {
        "Your phone service knows the caller."
    } else {
        "Your phone service vouches for the number."
    }
    .into()
}

/// Contacts whose own card may count: only those whom we see.
fn seen(jids: &BTreeSet<Jid>, person: &impl Fn(&Jid) -> Option<Person>) -> Vec<(Jid, Person)> {
    jids.iter()
        .filter_map(|jid| person(jid).map(|found| (jid.clone(), found)))
        .filter(|(_, found)| found.subscription.sees_contact())
        .collect()
}

/// Nobody vouches: the From is only what the caller wrote (S05).
fn unasserted(
    identity: &CallIdentity,
    index: &CallerIndex,
    plan: &DialPlan,
    voice: Option<&SipUri>,
    person: &impl Fn(&Jid) -> Option<Person>,
) -> Peer {
    let keys = Key::of_caller(&identity.from.uri, plan, voice);
    let listing = seen(&index.find(&keys), person);
    let (grade, first): (PeerGrade, Arc<str>) = match listing.as_slice() {
        [] => (PeerGrade::Unknown, "Nobody in your contacts lists this address.".into()),
        [(_, found)] => (PeerGrade::Claimed, format!("Claims an address of {}, not confirmed.", found.name).into()),
        [_, _, ..] => (PeerGrade::Claimed, "Claims an address of several contacts, not confirmed.".into()),
    };
    Peer {
        uri: identity.from.uri.clone(),
        display: plain(&identity.from),
        jid: None,
        grade,
        evidence: vec![first, "Your phone service does not vouch for the caller.".into()],
    }
}

/// What Call-Info says is shown as a claim, or as refuted when the hinted card lists other addresses (C-32, S06).
fn add_hint(peer: &mut Peer, hinted: &Jid, index: &CallerIndex, keys: &[Key], card_read: bool) {
    // Only a card that was read can deny: of everybody else nothing is known.
    let text = if !card_read || index.find(keys).contains(hinted) {
        format!("Claims to be {hinted}, not confirmed.")
    } else {
        format!("Claims to be {hinted}, but their card does not list this address.")
    };
    peer.evidence.insert(0, text.into());
    if peer.grade == PeerGrade::Unknown {
        peer.grade = PeerGrade::Claimed;
    }
}

/// What to show of an address that no card confirms: never the display name, which anybody can write (S05).
fn plain(address: &NameAddress) -> Arc<str> {
    match SipUri::parse(&address.uri) {
        Ok(uri) => match uri.user() {
            Some(user) => format!("{user}@{}", uri.host()).into(),
            None => uri.host().into(),
        },
        Err(_) => address.uri.trim_start_matches("tel:").into(),
    }
}

#[cfg(test)]
#[path = "caller_tests.rs"]
mod tests;
