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
            let claims = if subscription.sees_contact() { keys(listed) } else { Vec::new() };
            world.index.set(&jid(address), claims.into_iter().map(|key| (key, Authority::Card)).collect());
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
    assert_eq!(peer.grade, PeerGrade::Refuted);
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

/// C-29: the same number in the forms that switches, gateways and people write, against one card each way.
#[test]
fn c29_a_caller_is_found_by_the_number_in_twelve_forms_and_by_nothing_near_it() {
    let plan = DialPlan { region: Some("DE".to_owned()), ..DialPlan::default() };
    let voice = SipUri::parse(VOICE).expect("valid");
    let written = ["+49 30 901820", "tel:+49-30-901820", "030 901820", "0049 (30) 901820", "+49 (0)30 / 90 18 20"];
    let calls = [
        "tel:+4930901820",
        "tel:+49-30-901820",
        "sip:+4930901820@good.example;user=phone",
        "sip:+4930901820@good.example",
        "sip:+4930901820@gateway.example;user=phone",
        "sip:030901820@good.example",
        "sip:0049-30-901820@good.example;user=phone",
        "sips:+4930901820@good.example:5061;user=phone",
        "sip:+49(30)901820@good.example",
        "tel:901820;phone-context=+4930",
        "tel:030901820",
        "sip:+4930901820;isub=1@good.example;user=phone",
    ];
    assert_eq!(calls.len(), 12);
    let strangers = [
        "tel:+493090182",
        "tel:+49309018201",
        "tel:+4330901820",
        "sip:+4930901820@evil.example",
        "tel:901820",
        "sip:901820@good.example",
        "tel:+4930901820;ext=5",
    ];
    for card in written {
        let mut index = CallerIndex::default();
        let key = Key::of_caller(card, &plan, None).into_iter().next().expect("a number");
        index.set(&jid("bob@good.example"), vec![(key, Authority::Card)]);
        let named = |uri: &str| {
            let bob = Person { name: "Bob".into(), subscription: Subscription::To, card_known: true };
            identify(&asserted(uri), &index, &plan, Some(&voice), |_| Some(bob.clone())).grade
        };
        for uri in calls {
            assert_eq!(named(uri), PeerGrade::Confirmed, "{card} / {uri}");
        }
        for uri in strangers {
            assert_eq!(named(uri), PeerGrade::Unknown, "{card} / {uri}");
        }
    }
}

#[test]
fn c24_the_address_book_wins_over_cards_and_directories_win_over_cards() {
    let number = || Key::Tel(crate::model::PhoneNumber::from_digits("+4930901820").expect("digits"), None);
    for authority in [Authority::Book, Authority::Directory] {
        let mut world = bob();
        world.index.set(&jid("ann@good.example"), vec![(number(), authority)]);
        let ann = Person { name: "Ann".into(), subscription: Subscription::None, card_known: false };
        world.people.push((jid("ann@good.example"), ann));
        let peer = world.identify(&asserted("tel:+4930901820"));
        assert_eq!((peer.grade, &*peer.display), (PeerGrade::Confirmed, "Ann"), "{authority:?}");
        assert!(peer.evidence.iter().any(|line| line.contains("counts less")), "{:?}", peer.evidence);
        // Without the phone service's word it is a claim like any other.
        assert_eq!(world.identify(&from("tel:+4930901820")).grade, PeerGrade::Claimed);
    }
}

#[test]
fn c33_a_hint_that_the_card_confirms_is_told_and_one_that_it_does_not_is_ignored() {
    let mut identity = asserted("sip:bob@good.example");
    identity.call_info = Some(jid("bob@good.example"));
    let peer = bob().identify(&identity);
    assert!(peer.evidence.iter().any(|line| line.contains("names the same")), "{:?}", peer.evidence);
    identity.call_info = Some(jid("boss@good.example"));
    let peer = bob().identify(&identity);
    assert_eq!((peer.grade, &*peer.display), (PeerGrade::Confirmed, "Bob Fischer"));
    assert!(peer.evidence.iter().any(|line| line.contains("ignored")));
}

#[test]
fn s06_only_a_hint_from_an_asserted_address_is_remembered() {
    let plan = DialPlan::default();
    let hint = |identity: CallIdentity| {
        let identity = CallIdentity { call_info: Some(jid("bob@good.example")), ..identity };
        hint_to_keep(&identity, &plan).map(|(who, listed)| (who.to_string(), listed.uri.to_string()))
    };
    let kept = ("bob@good.example".to_owned(), "sip:eve@evil.example".to_owned());
    assert_eq!(hint(asserted("sip:eve@evil.example")), Some(kept));
    assert_eq!(hint(from("sip:eve@evil.example")), None);
    assert_eq!(hint(CallIdentity { anonymous: true, ..asserted("sip:eve@evil.example") }), None);
}
