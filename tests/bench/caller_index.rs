//! How soon a caller is named among ten thousand people with several numbers each, for any written form of a number.
//! `cargo bench --bench caller_index`; in a debug build, `cargo test --bench caller_index`.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tandem::cusax::{Authority, CallerIndex, Key, Person, identify};
use tandem::model::{Jid, PeerGrade, SipUri, Subscription};
use tandem::phone::DialPlan;
use tandem::sip::{CallIdentity, NameAddress};

/// Who is in the rosters.
const PEOPLE: usize = 10_000;
/// How many calls come in.
const CALLS: usize = 5_000;
/// The slowest answer that is allowed.
const LIMIT: Duration = Duration::from_millis(5);

fn jid(n: usize) -> Jid {
    Jid::parse(&format!("person{n}@example.com")).expect("a literal address")
}

fn main() {
    let mut out = std::io::stdout();
    let plan = DialPlan { region: Some("DE".to_owned()), ..DialPlan::default() };
    let voice = SipUri::parse("sip:alice@example.com").expect("a literal address");
    let mut index = CallerIndex::default();
    let begun = Instant::now();
    for n in 0..PEOPLE {
        // A SIP address, an own line, a mobile and the switchboard that everybody lists.
        let listed = [
            format!("sip:person{n}@example.com"),
            format!("+49 30 {}", 1_000_000 + n),
            format!("0170 {}", 2_000_000 + n),
        ];
        let mut keys: Vec<(Key, Authority)> = Vec::new();
        for written in listed.iter().map(String::as_str).chain(["+49 (0)30 90 18 20"]) {
            let key = Key::of_caller(written, &plan, None).into_iter().next();
            keys.extend(key.map(|key| (key, Authority::Card)));
        }
        assert_eq!(keys.len(), 4);
        index.set(&jid(n), keys);
    }
    let built = begun.elapsed();
    let name: Arc<str> = "Somebody".into();
    let mut times = Vec::with_capacity(CALLS);
    for call in 0..CALLS {
        let n = call * 7919 % PEOPLE;
        let number = 1_000_000 + n;
        let (uri, grade) = match call % 8 {
            0 => (format!("sip:person{n}@example.com"), PeerGrade::Confirmed),
            1 => (format!("tel:+4930{number}"), PeerGrade::Confirmed),
            2 => (format!("tel:+49-30-{number}"), PeerGrade::Confirmed),
            3 => (format!("sip:+4930{number}@gateway.example;user=phone"), PeerGrade::Confirmed),
            4 => (format!("sip:030{number}@example.com"), PeerGrade::Confirmed),
            5 => (format!("sip:0049170{}@example.com;user=phone", 2_000_000 + n), PeerGrade::Confirmed),
            6 => (format!("tel:+4419{number}"), PeerGrade::Unknown),
            // The worst: an address that all ten thousand claim.
            _ => ("tel:+4930901820".to_owned(), PeerGrade::Claimed),
        };
        let identity = CallIdentity {
            from: NameAddress { display: None, uri: uri.as_str().into() },
            asserted: vec![NameAddress { display: None, uri: uri.as_str().into() }],
            from_own_domain: false,
            anonymous: false,
            call_info: None,
        };
        let mut took = Duration::MAX;
        // The best of three: a machine that does other things too interrupts now and then.
        for _ in 0..3 {
            let begun = Instant::now();
            let peer = identify(&identity, &index, &plan, Some(&voice), |_| {
                Some(Person { name: name.clone(), subscription: Subscription::Both, card_known: true })
            });
            took = took.min(begun.elapsed());
            assert_eq!(peer.grade, grade, "{uri}");
        }
        times.push((took, call % 8));
    }
    let ordinary: Vec<Duration> = {
        let mut times: Vec<Duration> = times.iter().filter(|(_, kind)| *kind != 7).map(|(time, _)| *time).collect();
        times.sort();
        times
    };
    let worst = times.iter().map(|(time, _)| *time).max().unwrap_or_default();
    let middle = ordinary[ordinary.len() / 2];
    let slow = ordinary[ordinary.len() * 99 / 100];
    let _ = writeln!(
        out,
        "{PEOPLE} people, 4 addresses each, index built in {built:.0?}; a caller is named in {middle:.1?} (median), \
         {slow:.1?} (99 %); the slowest, an address that all claim: {worst:.1?}"
    );
    assert!(slow < LIMIT && worst < LIMIT, "{slow:?}, {worst:?}");
}
