//! Who is calling, and on whose word (C-29, C-30, C-32, C-35; requirements 1.8).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::index::MANY;
use super::{Authority, CallerIndex, Key, Listed, listed};
use crate::model::{AddressSource, Jid, Peer, PeerGrade, SipUri, Subscription};
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
/// domain that our registrar authenticated), and exactly one person who has that address on the strongest word that
/// there is: the user's address book before a trusted directory before the own card of a contact whom we see.
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
    let (listing, contested) = strongest(index.find_few(&keys), &person);
    let stranger = |grade, first: Arc<str>| Peer {
        uri: shown.uri.clone(),
        display: plain(shown),
        jid: None,
        grade,
        evidence: vec![first, on_whose_word(identity)],
    };
    let mut peer = match (listing.as_slice(), asserted.is_empty()) {
        ([(jid, found, authority)], false) => {
            let mut evidence = vec![by_whom(&found.name, *authority), on_whose_word(identity)];
            if contested {
                evidence.push("Somebody else lists the address too; that counts less.".into());
            }
            Peer {
                uri: shown.uri.clone(),
                display: found.name.clone(),
                jid: Some(jid.clone()),
                grade: PeerGrade::Confirmed,
                evidence,
            }
        }
        ([_, _, ..], false) => stranger(
            PeerGrade::Claimed,
            if listing.len() < MANY {
                format!("{} people list this address, so none of them is shown.", listing.len()).into()
            } else {
                "Many people list this address, so none of them is shown.".into()
            },
        ),
        ([], false) => stranger(PeerGrade::Unknown, "Nobody in your contacts lists this address.".into()),
        (_, true) => unasserted(identity, index, plan, voice, &person),
    };
    let Some(hinted) = &identity.call_info else { return peer };
    if peer.grade == PeerGrade::Confirmed {
        peer.evidence.push(if Some(hinted) == peer.jid.as_ref() {
            "The call names the same chat address.".into()
        } else {
            "The call names another chat address; that is ignored.".into()
        });
        return peer;
    }
    let read = person(hinted).is_some_and(|found| found.card_known && found.subscription.sees_contact());
    let mut keys = keys;
    keys.extend(Key::of_caller(&identity.from.uri, plan, voice));
    add_hint(&mut peer, hinted, index, &keys, read);
    peer
}

/// Whom a call names, and from which address that is to be remembered: only where the phone service vouches for the
/// address (anybody can write any other), and the caller does not hide.
pub fn hint_to_keep<'a>(identity: &'a CallIdentity, plan: &DialPlan) -> Option<(&'a Jid, Listed)> {
    let hinted = identity.call_info.as_ref().filter(|_| !identity.anonymous)?;
    let address = asserted_addresses(identity).into_iter().next()?;
    Some((hinted, listed(&address.uri, &[], AddressSource::CallInfo, plan)?))
}

fn by_whom(name: &str, authority: Authority) -> Arc<str> {
    match authority {
        Authority::Card => format!("Confirmed by {name}'s card.").into(),
        Authority::Directory => "Confirmed by the directory.".into(),
        Authority::Book => "Confirmed by your address book.".into(),
    }
}

/// Those who have the address on the strongest word, and whether others have it on a weaker one.
fn strongest(
    found: BTreeMap<Jid, Authority>,
    person: &impl Fn(&Jid) -> Option<Person>,
) -> (Vec<(Jid, Person, Authority)>, bool) {
    let mut all: Vec<(Jid, Person, Authority)> = found
        .into_iter()
        .filter_map(|(jid, authority)| person(&jid).map(|found| (jid, found, authority)))
        // The index holds no cards of others; that it must not is too important to rest on one place.
        .filter(|(_, found, authority)| *authority != Authority::Card || found.subscription.sees_contact())
        .collect();
    let best = all.iter().map(|(_, _, authority)| *authority).max();
    let before = all.len();
    all.retain(|(_, _, authority)| Some(*authority) == best);
    let contested = all.len() < before;
    (all, contested)
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

/// Nobody vouches: the From is only what the caller wrote (S05).
fn unasserted(
    identity: &CallIdentity,
    index: &CallerIndex,
    plan: &DialPlan,
    voice: Option<&SipUri>,
    person: &impl Fn(&Jid) -> Option<Person>,
) -> Peer {
    let keys = Key::of_caller(&identity.from.uri, plan, voice);
    let (listing, _) = strongest(index.find_few(&keys), person);
    let (grade, first): (PeerGrade, Arc<str>) = match listing.as_slice() {
        [] => (PeerGrade::Unknown, "Nobody in your contacts lists this address.".into()),
        [(_, found, _)] => (PeerGrade::Claimed, format!("Claims an address of {}, not confirmed.", found.name).into()),
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
    if card_read && !index.has(keys, hinted) {
        let text = format!("Claims to be {hinted}, but their card does not list this address.");
        peer.evidence.insert(0, text.into());
        peer.grade = PeerGrade::Refuted;
        return;
    }
    peer.evidence.insert(0, format!("Claims to be {hinted}, not confirmed.").into());
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
