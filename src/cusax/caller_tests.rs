//! Spoofed, ambiguous and honest callers; what the reference client gets wrong (P-10) is refused here.

use super::*;

struct World {
    index: CallerIndex,
    people: Vec<(Jid, Person)>,
}

const VOICE: &str = "sip:alice@good.example";

fn jid(text: &str) -> Jid {
    Jid::parse(text).expect("valid")
}

fn keys(listed: &[&str]) -> Vec<Key> {
    listed.iter().filter_map(|text| Key::of_caller(text, &DialPlan::default(), None).into_iter().next()).collect()
}

impl World {
    fn new(people: &[(&str, &str, Subscription, &[&str])]) -> Self {
        let mut world = Self { index: CallerIndex::default(), people: Vec::new() };
        for (address, name, subscription, listed) in people {
            world.index.set(&jid(address), keys(listed));
            world
                .people
                .push((jid(address), Person { name: (*name).into(), subscription: *subscription, card_known: true }));
        }
        world
    }

    fn identify(&self, identity: &CallIdentity) -> Peer {
        let voice = SipUri::parse(VOICE).expect("valid");
        identify(identity, &self.index, &DialPlan::default(), Some(&voice), |jid| {
            self.people.iter().find(|(known, _)| known == jid).map(|(_, person)| person.clone())
        })
    }
}

fn address(display: &str, uri: &str) -> NameAddress {
    NameAddress { display: (!display.is_empty()).then(|| display.into()), uri: uri.into() }
}

fn from(uri: &str) -> CallIdentity {
    CallIdentity {
        from: address("Bob Fischer", uri),
        asserted: Vec::new(),
        from_own_domain: false,
        anonymous: false,
        call_info: None,
    }
}

fn asserted(uri: &str) -> CallIdentity {
    CallIdentity { asserted: vec![address("", uri)], ..from(uri) }
}

fn bob() -> World {
    World::new(&[("bob@good.example", "Bob Fischer", Subscription::Both, &["sip:bob@good.example", "+4930901820"])])
}

#[test]
fn an_asserted_address_that_one_card_lists_names_the_contact() {
    for uri in [
        "sip:bob@good.example",
        "sips:bob@good.example:5061",
        "tel:+4930901820",
        "sip:+4930901820@good.example;user=phone",
    ] {
        let peer = bob().identify(&asserted(uri));
        assert_eq!(peer.grade, PeerGrade::Confirmed, "{uri}");
        assert_eq!(peer.jid, Some(jid("bob@good.example")));
        assert_eq!(&*peer.display, "Bob Fischer");
    }
}

#[test]
fn s05_a_from_that_nobody_asserts_is_only_a_claim_and_its_display_name_is_not_shown() {
    let peer = bob().identify(&from("sip:bob@good.example"));
    assert_eq!(peer.grade, PeerGrade::Claimed);
    assert_eq!(peer.jid, None);
    assert_eq!(&*peer.display, "bob@good.example");
    assert!(peer.evidence[0].contains("not confirmed"));
}

#[test]
fn s06_call_info_alone_names_nobody() {
    let mut identity = asserted("sip:mallory@evil.example");
    identity.call_info = Some(jid("bob@good.example"));
    let peer = bob().identify(&identity);
    assert_eq!(peer.grade, PeerGrade::Claimed);
    assert_eq!(peer.jid, None);
    assert!(!peer.display.contains("Bob"));
    assert!(peer.evidence[0].contains("does not list"));
}

#[test]
fn a_hint_at_somebody_whose_card_nobody_read_is_not_denied() {
    let mut identity = asserted("sip:mallory@evil.example");
    identity.call_info = Some(jid("stranger@evil.example"));
    assert!(bob().identify(&identity).evidence[0].ends_with("not confirmed."));
}

#[test]
fn p10_the_domain_is_part_of_the_comparison() {
    let peer = bob().identify(&asserted("sip:bob@evil.example"));
    assert_eq!(peer.grade, PeerGrade::Unknown);
    assert_eq!(&*peer.display, "bob@evil.example");
}

#[test]
fn p10_a_short_or_empty_card_number_matches_nobody_else() {
    let world = World::new(&[
        ("twelve@good.example", "Twelve", Subscription::Both, &["12"]),
        ("empty@good.example", "Empty", Subscription::Both, &["", "()"]),
    ]);
    for uri in ["tel:+4930121212", "sip:121@good.example", "sip:+12@good.example", "tel:+49301200"] {
        assert_eq!(world.identify(&asserted(uri)).grade, PeerGrade::Unknown, "{uri}");
    }
    assert_eq!(world.identify(&asserted("sip:12@good.example")).grade, PeerGrade::Confirmed);
}

#[test]
fn p10_a_number_in_a_foreign_domain_is_not_the_telephone_networks_number() {
    let peer = bob().identify(&asserted("sip:+4930901820@evil.example"));
    assert_eq!(peer.grade, PeerGrade::Unknown);
}

#[test]
fn two_cards_that_list_the_same_address_name_nobody() {
    let world = World::new(&[
        ("bob@good.example", "Bob", Subscription::Both, &["sip:bob@good.example"]),
        ("mallory@evil.example", "Mallory", Subscription::To, &["sip:bob@good.example"]),
    ]);
    let peer = world.identify(&asserted("sip:bob@good.example"));
    assert_eq!(peer.grade, PeerGrade::Claimed);
    assert_eq!(peer.jid, None);
}

#[test]
fn the_card_of_somebody_we_do_not_see_names_nobody_and_does_not_disturb() {
    let world = World::new(&[
        ("bob@good.example", "Bob", Subscription::Both, &["sip:bob@good.example"]),
        ("stranger@evil.example", "Bob", Subscription::From, &["sip:bob@good.example", "sip:ceo@good.example"]),
    ]);
    assert_eq!(world.identify(&asserted("sip:bob@good.example")).jid, Some(jid("bob@good.example")));
    assert_eq!(world.identify(&asserted("sip:ceo@good.example")).grade, PeerGrade::Unknown);
}

#[test]
fn a_from_of_our_own_domain_that_the_registrar_authenticated_counts() {
    let mut identity = from("sip:bob@good.example");
    identity.from_own_domain = true;
    assert_eq!(bob().identify(&identity).grade, PeerGrade::Confirmed);
}

#[test]
fn an_anonymous_caller_is_anonymous_whatever_else_it_sends() {
    let mut identity = asserted("sip:bob@good.example");
    identity.anonymous = true;
    identity.call_info = Some(jid("bob@good.example"));
    let peer = bob().identify(&identity);
    assert_eq!(peer.grade, PeerGrade::Anonymous);
    assert_eq!(&*peer.display, "Anonymous");
    assert_eq!(peer.jid, None);
}

#[test]
fn display_names_with_authority_are_not_shown() {
    let mut identity = asserted("sip:caller@other.example");
    identity.from.display = Some("911".into());
    assert_eq!(&*bob().identify(&identity).display, "caller@other.example");
}
