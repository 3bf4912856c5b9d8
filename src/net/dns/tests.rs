use std::net::Ipv4Addr;

use super::*;

fn srv(priority: u16, weight: u16, target: &str) -> Srv {
    Srv { priority, weight, port: 5222, target: target.to_owned() }
}

#[test]
fn x44_lower_priority_always_comes_first() {
    for seed in 0..200 {
        let ordered = order_srv(vec![srv(20, 65535, "c"), srv(10, 0, "a"), srv(10, 1, "b")], seed);
        assert_eq!(ordered.last().map(|last| last.target.as_str()), Some("c"));
        assert_eq!(ordered.len(), 3);
    }
}

#[test]
fn x44_weights_share_the_first_place_in_proportion() {
    let runs = 4000;
    let mut first = 0;
    for seed in 0..runs {
        let ordered = order_srv(vec![srv(0, 10, "small"), srv(0, 30, "big")], seed);
        first += u64::from(ordered[0].target == "big");
    }
    let share = first as f64 / runs as f64;
    // 30/40, with the draw from 0..=40 as RFC 2782 says: 30/41.
    assert!((0.70..0.78).contains(&share), "share of the heavier one: {share}");
}

#[test]
fn x44_a_record_of_weight_zero_keeps_a_small_chance() {
    let runs = 4000;
    let zero_first =
        (0..runs).filter(|seed| order_srv(vec![srv(0, 9, "b"), srv(0, 0, "a")], *seed)[0].target == "a").count();
    // Drawn from 0..=9, and only a 0 takes it: a tenth.
    assert!((250..600).contains(&zero_first), "{zero_first} of {runs}");
}

#[test]
fn x44_a_thousand_records_of_the_largest_weight_do_not_overflow() {
    let many = (0..1000).map(|n| srv(0, u16::MAX, &n.to_string())).collect();
    assert_eq!(order_srv(many, 7).len(), 1000);
    assert!(order_srv(Vec::new(), 7).is_empty());
}

#[test]
fn the_same_seed_gives_the_same_order() {
    let records: Vec<Srv> = (0..20).map(|n| srv(0, n, &n.to_string())).collect();
    assert_eq!(order_srv(records.clone(), 3), order_srv(records, 3));
}

#[test]
fn domains_become_a_labels_in_lower_case() {
    for (given, expected) in [
        ("Example.ORG", Some("example.org")),
        ("example.org.", Some("example.org")),
        ("bücher.example", Some("xn--bcher-kva.example")),
        ("", None),
        ("a..b", None),
    ] {
        assert_eq!(ascii_domain(given).as_deref(), expected, "{given}");
    }
}

#[tokio::test]
async fn literals_answer_themselves_without_a_name_server() {
    let resolver = Resolver::new(Some(SocketAddr::from(([127, 0, 0, 1], 9))));
    assert_eq!(resolver.addresses("192.0.2.7").await, Ok(vec![IpAddr::from([192, 0, 2, 7])]));
    assert_eq!(resolver.addresses("[::1]").await.map(|found| found.len()), Ok(1));
}

#[tokio::test]
async fn the_hosts_file_counts_besides_a_configured_server() {
    let resolver = Resolver::new(Some(SocketAddr::from(([127, 0, 0, 1], 9))));
    let found = resolver.addresses("localhost").await.expect("localhost is always known");
    assert!(found.contains(&IpAddr::V4(Ipv4Addr::LOCALHOST)));
}

/// A name server that answers every query with `code` and, for SRV questions, with `records`.
async fn name_server(code: u8, records: Vec<(u16, &'static [u8])>) -> SocketAddr {
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("loopback");
    let at = socket.local_addr().expect("bound");
    tokio::spawn(async move {
        let mut query = [0; 1500];
        while let Ok((length, from)) = socket.recv_from(&mut query).await {
            let question_end = 12 + query[12..length].iter().position(|byte| *byte == 0).expect("a name") + 5;
            let mut answer = query[..2].to_vec();
            answer.extend([0x84, code, 0, 1, 0, u8::try_from(records.len()).expect("few"), 0, 0, 0, 0]);
            answer.extend(&query[12..question_end]);
            for (port, target) in &records {
                answer.extend([0xC0, 12, 0, 33, 0, 1, 0, 0, 0, 60, 0, u8::try_from(6 + target.len()).expect("short")]);
                answer.extend([0, 5, 0, 1]);
                answer.extend(port.to_be_bytes());
                answer.extend(*target);
            }
            socket.send_to(&answer, from).await.expect("loopback");
        }
    });
    at
}

#[tokio::test]
async fn x44_no_such_name_is_an_empty_list_and_a_server_failure_is_an_error() {
    const NXDOMAIN: u8 = 3;
    const SERVFAIL: u8 = 2;
    let none = Resolver::new(Some(name_server(NXDOMAIN, Vec::new()).await));
    assert_eq!(none.srv("_xmpp-client._tcp.example.org").await, Ok(Vec::new()));
    let failing = Resolver::new(Some(name_server(SERVFAIL, Vec::new()).await));
    assert_eq!(failing.srv("_xmpp-client._tcp.example.org").await, Err(DnsError::ServerFailure));
}

#[tokio::test]
async fn x44_the_root_as_target_is_told_apart_from_a_host() {
    let resolver = Resolver::new(Some(name_server(0, vec![(0, b"\x00"), (5222, b"\x01a\x00")]).await));
    let mut found = resolver.srv("_xmpp-client._tcp.example.org").await.expect("two records");
    found.sort_by_key(|srv| srv.port);
    assert_eq!(found.iter().map(|srv| srv.target.as_str()).collect::<Vec<_>>(), [".", "a"]);
}

/// A name server that answers with an alias of the host that was asked for, with the alias's address, and with another's.
async fn aliases() -> SocketAddr {
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("loopback");
    let at = socket.local_addr().expect("bound");
    tokio::spawn(async move {
        let mut query = [0; 1500];
        while let Ok((length, from)) = socket.recv_from(&mut query).await {
            let end = 12 + query[12..length].iter().position(|byte| *byte == 0).expect("a name") + 5;
            let mut answer = query[..2].to_vec();
            // Only for IPv4.
            let records = if query[end - 3] == 1 { 3 } else { 0 };
            answer.extend([0x84, 0, 0, 1, 0, records, 0, 0, 0, 0]);
            answer.extend(&query[12..end]);
            if records > 0 {
                answer.extend([0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 3, 1, b'a', 0]);
                answer.extend([1, b'a', 0, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
                answer.extend([1, b'b', 0, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 203, 0, 113, 66]);
            }
            socket.send_to(&answer, from).await.expect("loopback");
        }
    });
    at
}

#[tokio::test]
async fn s38_an_alias_leads_to_its_own_address_and_to_no_other() {
    let resolver = Resolver::new(Some(aliases().await));
    assert_eq!(resolver.addresses("voice.example.org").await, Ok(vec![IpAddr::from([192, 0, 2, 7])]));
}

/// A name server that answers with the record that was asked for, and with one of another name beside it, in every section.
async fn gossip() -> SocketAddr {
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("loopback");
    let at = socket.local_addr().expect("bound");
    tokio::spawn(async move {
        let mut query = [0; 1500];
        while let Ok((length, from)) = socket.recv_from(&mut query).await {
            let end = 12 + query[12..length].iter().position(|byte| *byte == 0).expect("a name") + 5;
            let mut answer = query[..2].to_vec();
            answer.extend([0x84, 0, 0, 1, 0, 2, 0, 1, 0, 1]);
            answer.extend(&query[12..end]);
            let record = |owner: &[u8], target: u8| {
                let mut record = owner.to_vec();
                record.extend([0, 33, 0, 1, 0, 0, 0, 0, 0, 9, 0, 5, 0, 1, 0x13, 0xc4, 1, target, 0]);
                record
            };
            let other = b"\x05_sips\x04_tcp\x04bank\x07example\0";
            answer.extend(record(&[0xC0, 12], b'g'));
            for _ in 0..3 {
                answer.extend(record(other, b'e'));
            }
            socket.send_to(&answer, from).await.expect("loopback");
        }
    });
    at
}

#[tokio::test]
async fn s38_what_was_not_asked_for_is_not_believed() {
    let resolver = Resolver::new(Some(gossip().await));
    for _ in 0..2 {
        // TTL 0: it is asked anew, and nothing of the other name is kept meanwhile.
        let found = resolver.srv("_sips._tcp.example.org").await.expect("an answer");
        assert_eq!(found.iter().map(|srv| srv.target.as_str()).collect::<Vec<_>>(), ["g"]);
    }
}

#[tokio::test]
async fn x44_silence_ends_in_a_timeout_within_the_bound() {
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("loopback");
    let resolver = Resolver::new(Some(socket.local_addr().expect("bound")));
    let started = std::time::Instant::now();
    let answer = resolver.srv("_xmpp-client._tcp.example.org").await;
    // Over UDP nothing comes back, over TCP the port refuses: either way an error, and in time.
    assert!(matches!(answer, Err(DnsError::Timeout | DnsError::ServerFailure)), "{answer:?}");
    assert!(started.elapsed() < LOOKUP_TIMEOUT + Duration::from_secs(1));
}
