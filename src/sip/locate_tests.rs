use super::TransportChoice;
use super::locate::*;
use crate::model::SipUri;

fn srv(port: u16, target: &str) -> SrvRecord {
    SrvRecord { priority: 10, weight: 0, port, target: target.to_owned() }
}

/// Answers questions from a table; what is not in it does not exist.
fn locate(
    uri: &str,
    choice: TransportChoice,
    zone: &[(Question, Answer)],
) -> (Result<Vec<String>, LocateError>, usize) {
    locate_with(uri, choice, false, zone)
}

fn locate_with(
    uri: &str,
    choice: TransportChoice,
    only_tls: bool,
    zone: &[(Question, Answer)],
) -> (Result<Vec<String>, LocateError>, usize) {
    let mut locator = Locator::new(&SipUri::parse(uri).expect("valid"), choice, only_tls, 1);
    let mut asked = 0;
    while let Some(question) = locator.poll_question() {
        asked += 1;
        assert!(asked < 50, "bounded");
        let none = match question {
            Question::Naptr(_) => Answer::Naptr(Vec::new()),
            Question::Srv(_) => Answer::Srv(Vec::new()),
            Question::Addresses(_) => Answer::Addresses(Vec::new()),
        };
        let answer = zone.iter().find(|(q, _)| *q == question).map_or(none, |(_, answer)| answer.clone());
        locator.handle_answer(&question, answer);
    }
    let outcome = locator.outcome().expect("every question was answered").clone();
    let written = outcome
        .map(|targets| targets.iter().map(|t| format!("{:?} {} {}", t.transport, t.address, t.domain)).collect());
    (written, asked)
}

fn addresses(host: &str, list: &[&str]) -> (Question, Answer) {
    let list = list.iter().map(|text| text.parse().expect("an address")).collect();
    (Question::Addresses(host.to_owned()), Answer::Addresses(list))
}

#[test]
fn literal_addresses_and_ports_need_no_records() {
    let zone = [addresses("sip.example.com", &["192.0.2.1"])];
    for (uri, choice, expected, questions) in [
        ("sip:[2001:db8::1]", TransportChoice::Auto, "Udp [2001:db8::1]:5060 [2001:db8::1]", 0),
        ("sips:192.0.2.7", TransportChoice::Auto, "Tls 192.0.2.7:5061 192.0.2.7", 0),
        ("sip:192.0.2.7:5070;transport=tcp", TransportChoice::Auto, "Tcp 192.0.2.7:5070 192.0.2.7", 0),
        ("sip:sip.example.com:5071", TransportChoice::Tls, "Tls 192.0.2.1:5071 sip.example.com", 1),
        ("sip:sip.example.com:5071", TransportChoice::Auto, "Udp 192.0.2.1:5071 sip.example.com", 1),
    ] {
        assert_eq!(locate(uri, choice, &zone), (Ok(vec![expected.to_owned()]), questions), "{uri}");
    }
    assert_eq!(locate("sips:example.com", TransportChoice::Udp, &[]).0, Err(LocateError::Conflict));
}

#[test]
fn srv_records_lead_to_hosts_and_published_tls_is_never_undercut() {
    let mut zone = vec![
        (Question::Srv("_sip._udp.example.com".into()), Answer::Srv(vec![srv(5060, "u.example.com")])),
        (Question::Srv("_sip._tcp.example.com".into()), Answer::Srv(vec![srv(5062, "t.example.com")])),
        addresses("u.example.com", &["2001:db8::1", "192.0.2.1"]),
        addresses("t.example.com", &["192.0.2.2"]),
        addresses("s.example.com", &["192.0.2.3"]),
    ];
    let (found, _) = locate("sip:alice@example.com", TransportChoice::Auto, &zone);
    let plain =
        ["Tcp 192.0.2.2:5062 example.com", "Udp [2001:db8::1]:5060 example.com", "Udp 192.0.2.1:5060 example.com"];
    assert_eq!(found.expect("found"), plain);
    zone.push((Question::Srv("_sips._tcp.example.com".into()), Answer::Srv(vec![srv(5061, "s.example.com")])));
    let (found, _) = locate("sip:alice@example.com", TransportChoice::Auto, &zone);
    assert_eq!(found.expect("found"), ["Tls 192.0.2.3:5061 example.com"]);
    let (found, _) = locate("sip:alice@example.com", TransportChoice::Udp, &zone);
    assert_eq!(found.expect("found").len(), 2);
}

#[test]
fn naptr_names_the_services_and_their_records() {
    let naptr = |services: &str, order, replacement: &str| NaptrRecord {
        order,
        preference: 1,
        flags: "s".to_owned(),
        services: services.to_owned(),
        replacement: replacement.to_owned(),
    };
    let zone = [
        (
            Question::Naptr("example.com".into()),
            Answer::Naptr(vec![
                naptr("SIP+D2U", 1, "_sip._udp.cloud.example"),
                naptr("SIP+D2T", 2, "_sip._tcp.cloud.example"),
                naptr("SIP+D2S", 0, "x"),
            ]),
        ),
        (Question::Srv("_sip._tcp.cloud.example".into()), Answer::Srv(vec![srv(5060, "a.cloud.example")])),
        (Question::Srv("_sip._udp.cloud.example".into()), Answer::Srv(vec![srv(5060, "a.cloud.example")])),
        addresses("a.cloud.example", &["192.0.2.9"]),
    ];
    let (found, _) = locate("sip:example.com", TransportChoice::Auto, &zone);
    assert_eq!(found.expect("found"), ["Tcp 192.0.2.9:5060 example.com", "Udp 192.0.2.9:5060 example.com"]);
}

#[test]
fn without_records_the_domain_itself_is_asked_over_udp() {
    let zone = [addresses("example.com", &["192.0.2.1"])];
    assert_eq!(
        locate("sip:example.com", TransportChoice::Auto, &zone).0,
        Ok(vec!["Udp 192.0.2.1:5060 example.com".to_owned()])
    );
    assert_eq!(
        locate("sips:example.com", TransportChoice::Auto, &zone).0,
        Ok(vec!["Tls 192.0.2.1:5061 example.com".to_owned()])
    );
    assert_eq!(locate("sip:nowhere.example", TransportChoice::Auto, &zone).0, Err(LocateError::NotFound));
    let dead = [(Question::Addresses("example.com".into()), Answer::Failed)];
    assert_eq!(locate("sip:example.com", TransportChoice::Auto, &dead).0, Err(LocateError::Dns));
}

#[test]
fn s38_a_thousand_targets_a_denied_service_and_loops_end_soon() {
    let many: Vec<SrvRecord> = (0..1_000).map(|n| srv(5060, &format!("h{n}.example.com"))).collect();
    let mut zone = vec![(Question::Srv("_sip._udp.example.com".into()), Answer::Srv(many))];
    zone.extend((0..1_000).map(|n| addresses(&format!("h{n}.example.com"), &["192.0.2.1", "192.0.2.2"])));
    let (found, asked) = locate("sip:example.com", TransportChoice::Udp, &zone);
    assert!(found.expect("found").len() <= MAX_TARGETS && asked <= 16);
    let denied = [
        (Question::Srv("_sip._udp.example.com".into()), Answer::Srv(vec![srv(0, ".")])),
        addresses("example.com", &["192.0.2.1"]),
    ];
    assert_eq!(locate("sip:example.com", TransportChoice::Udp, &denied).0, Err(LocateError::NotFound));
    let looped = NaptrRecord {
        order: 1,
        preference: 1,
        flags: "s".into(),
        services: "SIP+D2U".into(),
        replacement: "example.com".into(),
    };
    let zone = [(Question::Naptr("example.com".into()), Answer::Naptr(vec![looped; 1_000]))];
    assert!(locate("sip:example.com", TransportChoice::Auto, &zone).1 < 10);
    let weights: Vec<SrvRecord> =
        (0..3).map(|n| SrvRecord { weight: n * 100, ..srv(5060, "h0.example.com") }).collect();
    let zone = [
        (Question::Srv("_sip._udp.example.com".into()), Answer::Srv(weights)),
        addresses("h0.example.com", &["192.0.2.1"]),
    ];
    assert_eq!(locate("sip:example.com", TransportChoice::Udp, &zone).0.expect("found").len(), 1);
}

#[test]
fn x42_where_tls_is_demanded_a_domain_without_it_is_told_apart_and_never_used() {
    let only = |uri, choice, zone: &[(Question, Answer)]| locate_with(uri, choice, true, zone).0;
    let mut zone = vec![
        (Question::Srv("_sip._udp.example.com".into()), Answer::Srv(vec![srv(5060, "u.example.com")])),
        addresses("u.example.com", &["192.0.2.1"]),
        addresses("example.com", &["192.0.2.4"]),
    ];
    assert_eq!(only("sip:example.com", TransportChoice::Auto, &zone), Err(LocateError::Unprotected));
    assert_eq!(only("sip:example.com", TransportChoice::Udp, &zone), Err(LocateError::Unprotected));
    // No answer is no proof that TLS is gone.
    zone.push((Question::Srv("_sips._tcp.example.com".into()), Answer::Failed));
    assert_eq!(only("sip:example.com", TransportChoice::Auto, &zone), Err(LocateError::Dns));
    zone.pop();
    zone.push((Question::Srv("_sips._tcp.example.com".into()), Answer::Srv(vec![srv(5061, "u.example.com")])));
    let tls = Ok(vec!["Tls 192.0.2.1:5061 example.com".to_owned()]);
    assert_eq!(only("sip:example.com", TransportChoice::Auto, &zone), tls);
    // A domain that publishes nothing is asked at its usual place.
    let bare = [addresses("example.com", &["192.0.2.4"])];
    let tls = Ok(vec!["Tls 192.0.2.4:5061 example.com".to_owned()]);
    assert_eq!(only("sip:example.com", TransportChoice::Auto, &bare), tls);
}

#[test]
fn s16_sips_means_tls_whatever_transport_stands_beside_it() {
    let zone = [addresses("example.com", &["192.0.2.1"])];
    let tls = Ok(vec!["Tls 192.0.2.1:5061 example.com".to_owned()]);
    for (uri, choice) in [
        ("sips:example.com", TransportChoice::Auto),
        ("sips:example.com;transport=tcp", TransportChoice::Auto),
        ("sips:example.com;transport=tls", TransportChoice::Auto),
        ("sips:example.com", TransportChoice::Tcp),
    ] {
        assert_eq!(locate(uri, choice, &zone).0, tls, "{uri}");
    }
    for (uri, choice) in
        [("sips:example.com;transport=udp", TransportChoice::Auto), ("sips:example.com", TransportChoice::Udp)]
    {
        assert_eq!(locate(uri, choice, &zone).0, Err(LocateError::Conflict), "{uri}");
    }
}

/// Answers every question `delay` seconds after it was asked; those of `silent` after `patience` seconds, with a failure.
/// Returns the second at which the outcome stood.
fn locate_slowly(
    uri: &str,
    delay: u32,
    patience: u32,
    silent: &[Question],
    zone: &[(Question, Answer)],
) -> (u32, usize) {
    let mut locator = Locator::new(&SipUri::parse(uri).expect("valid"), TransportChoice::Auto, false, 1);
    let mut open: Vec<(u32, Question)> = Vec::new();
    for second in 0..120 {
        for (_, question) in open.extract_if(.., |(due, _)| *due == second).collect::<Vec<_>>() {
            let none = match question {
                Question::Naptr(_) => Answer::Naptr(Vec::new()),
                Question::Srv(_) => Answer::Srv(Vec::new()),
                Question::Addresses(_) => Answer::Addresses(Vec::new()),
            };
            let known = zone.iter().find(|(q, _)| *q == question).map_or(none, |(_, answer)| answer.clone());
            let answer = if silent.contains(&question) { Answer::Failed } else { known };
            locator.handle_answer(&question, answer);
        }
        while let Some(question) = locator.poll_question() {
            let due = second + if silent.contains(&question) { patience } else { delay };
            open.push((due, question));
        }
        if let Some(outcome) = locator.outcome() {
            return (second, outcome.as_ref().map_or(0, Vec::len));
        }
    }
    panic!("no outcome");
}

#[test]
fn f08_a_name_server_that_takes_five_seconds_costs_two_of_its_answers_and_no_more() {
    let published = [
        (Question::Srv("_sips._tcp.example.com".into()), Answer::Srv(vec![srv(5061, "s.example.com")])),
        addresses("s.example.com", &["192.0.2.3"]),
    ];
    assert_eq!(locate_slowly("sip:alice@example.com", 5, 8, &[], &published), (10, 1), "services, then addresses");
    let bare = [addresses("example.com", &["192.0.2.1"])];
    assert_eq!(locate_slowly("sip:alice@example.com", 5, 8, &[], &bare), (5, 1), "no services: one round");
    let named = NaptrRecord {
        order: 1,
        preference: 1,
        flags: "s".into(),
        services: "SIPS+D2T".into(),
        replacement: "_sips._tcp.cloud.example".into(),
    };
    let elsewhere = [
        (Question::Naptr("example.com".into()), Answer::Naptr(vec![named])),
        (Question::Srv("_sips._tcp.cloud.example".into()), Answer::Srv(vec![srv(5061, "a.cloud.example")])),
        addresses("a.cloud.example", &["192.0.2.9"]),
    ];
    assert_eq!(locate_slowly("sip:alice@example.com", 5, 8, &[], &elsewhere), (15, 1), "each needs the one before");
}

#[test]
fn f08_a_question_that_is_never_answered_costs_its_patience_once_and_the_others_go_on_meanwhile() {
    let published = [
        (Question::Srv("_sip._udp.example.com".into()), Answer::Srv(vec![srv(5060, "u.example.com")])),
        addresses("u.example.com", &["192.0.2.3"]),
    ];
    let naptr = [Question::Naptr("example.com".into())];
    // The addresses are there before the patience for NAPTR is at its end.
    assert_eq!(locate_slowly("sip:alice@example.com", 1, 8, &naptr, &published), (8, 1));
    let records = ["_sips._tcp", "_sip._tcp", "_sip._udp"].map(|label| Question::Srv(format!("{label}.example.com")));
    let silent = [naptr.to_vec(), records.to_vec()].concat();
    let bare = [addresses("example.com", &["192.0.2.1"])];
    assert_eq!(locate_slowly("sip:alice@example.com", 1, 8, &silent, &bare), (8, 1), "a home router without records");
    let nobody = [silent, vec![Question::Addresses("example.com".into())]].concat();
    assert_eq!(locate_slowly("sip:alice@example.com", 1, 8, &nobody, &[]), (8, 0), "a dead one is told after one wait");
}
