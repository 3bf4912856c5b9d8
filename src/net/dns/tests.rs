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

/// A hundredth of the program's patience, for name servers that are slow by that measure.
const QUICK: Times = Times {
    head_start: Duration::from_millis(60),
    wait: Duration::from_millis(400),
    late: Duration::from_millis(2_000),
    with_stale: Duration::from_millis(90),
    second_family: Duration::from_millis(40),
};

fn quick(server: SocketAddr) -> Resolver {
    Resolver { times: QUICK, ..Resolver::new(Some(server)) }
}

/// A name server over UDP, and over TCP if so: each question gets the answer that `answer` makes of its name, in labels, and
/// its type, after a time. `None` is silence. Counts the questions that came.
struct Scripted {
    at: SocketAddr,
    asked: Arc<Mutex<Vec<u16>>>,
}

const A: u16 = 1;
const AAAA: u16 = 28;
const CNAME: u16 = 5;
const SRV: u16 = 33;

type Script = fn(&[u8], u16, usize) -> Option<(Duration, Vec<u8>)>;

impl Scripted {
    async fn start(stream: bool, script: Script) -> Self {
        let (listener, socket) = loop {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback");
            let at = listener.local_addr().expect("bound");
            if let Ok(socket) = tokio::net::UdpSocket::bind(at).await {
                break (listener, Arc::new(socket));
            }
        };
        let at = socket.local_addr().expect("bound");
        let asked: Arc<Mutex<Vec<u16>>> = Arc::default();
        let count = asked.clone();
        tokio::spawn(async move {
            let mut query = [0; 1500];
            while let Ok((length, from)) = socket.recv_from(&mut query).await {
                let Some((wait, answer)) = reply(&query[..length], &count, script) else { continue };
                let socket = socket.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(wait).await;
                    let _ = socket.send_to(&answer, from).await;
                });
            }
        });
        if stream {
            tokio::spawn(async move {
                use tokio::io::{AsyncReadExt, AsyncWriteExt};
                while let Ok((mut wire, _)) = listener.accept().await {
                    tokio::spawn(async move {
                        while let Ok(length) = wire.read_u16().await {
                            let mut query = vec![0; usize::from(length)];
                            if wire.read_exact(&mut query).await.is_err() {
                                return;
                            }
                            let Some((_, answer)) = reply(&query, &Mutex::default(), script) else { continue };
                            let _ = wire.write_u16(u16::try_from(answer.len()).expect("short")).await;
                            let _ = wire.write_all(&answer).await;
                        }
                    });
                }
            });
        }
        Self { at, asked }
    }

    fn asked(&self, kind: u16) -> usize {
        self.asked.lock().expect("whole").iter().filter(|asked| **asked == kind).count()
    }
}

fn reply(query: &[u8], asked: &Mutex<Vec<u16>>, script: Script) -> Option<(Duration, Vec<u8>)> {
    let end = 12 + query[12..].iter().position(|byte| *byte == 0).expect("a name") + 5;
    let kind = u16::from_be_bytes([query[end - 4], query[end - 3]]);
    let before = {
        let mut asked = asked.lock().expect("whole");
        asked.push(kind);
        asked.iter().filter(|asked| **asked == kind).count() - 1
    };
    let (wait, records) = script(&query[12..end - 4], kind, before)?;
    // An alias may stand before the record.
    let alias = records.get(3).is_some_and(|kind| u16::from(*kind) == CNAME);
    let count =
        if records.is_empty() { 0 } else { 1 + u8::from(alias && kind != CNAME && records.len() > 12 + ALIAS.len()) };
    let mut answer = query[..2].to_vec();
    answer.extend([0x84, 0, 0, 1, 0, count, 0, 0, 0, 0]);
    answer.extend(&query[12..end]);
    answer.extend(records);
    Some((wait, answer))
}

/// A record of the name that was asked for, that counts for `ttl` seconds.
fn record(kind: u16, ttl: u8, data: &[u8]) -> Vec<u8> {
    let mut record = vec![0xC0, 12, 0, u8::try_from(kind).expect("small"), 0, 1, 0, 0, 0, ttl];
    record.extend(u16::try_from(data.len()).expect("short").to_be_bytes());
    record.extend(data);
    record
}

const AT: [u8; 4] = [192, 0, 2, 7];

#[tokio::test]
async fn f08_an_answer_that_is_slower_than_the_head_start_is_still_taken() {
    // 250 ms are to the patience here what five seconds are to that of the program.
    let server = Scripted::start(false, |_, kind, _| {
        let records = if kind == A { record(A, 60, &AT) } else { Vec::new() };
        Some((Duration::from_millis(250), records))
    });
    let server = server.await;
    let resolver = quick(server.at);
    let started = std::time::Instant::now();
    assert_eq!(resolver.addresses("a.example").await, Ok(vec![IpAddr::from(AT)]));
    assert!(started.elapsed() >= Duration::from_millis(250));
    let asked = server.asked(A);
    assert_eq!(resolver.addresses("a.example").await, Ok(vec![IpAddr::from(AT)]), "remembered");
    assert_eq!(server.asked(A), asked, "and not asked again");
}

#[tokio::test]
async fn f08_an_answer_that_comes_when_nobody_waits_is_there_for_the_next_try() {
    let server = Scripted::start(false, |_, kind, _| {
        let records = if kind == A { record(A, 60, &AT) } else { Vec::new() };
        Some((Duration::from_millis(600), records))
    });
    let resolver = quick(server.await.at);
    assert_eq!(resolver.addresses("a.example").await, Err(DnsError::Timeout));
    tokio::time::sleep(Duration::from_millis(300)).await;
    let started = std::time::Instant::now();
    assert_eq!(resolver.addresses("a.example").await, Ok(vec![IpAddr::from(AT)]));
    assert!(started.elapsed() < Duration::from_millis(150), "{:?}", started.elapsed());
}

#[tokio::test]
async fn f08_where_datagrams_get_no_answer_streams_do() {
    // Only the stream's counter begins anew with each question.
    let server = Scripted::start(true, |_, kind, before| {
        let records = if kind == A { record(A, 60, &AT) } else { Vec::new() };
        (before == 0).then_some((Duration::from_secs(60), records))
    });
    let resolver = quick(server.await.at);
    let started = std::time::Instant::now();
    assert_eq!(resolver.addresses("a.example").await, Ok(vec![IpAddr::from(AT)]));
    assert!(started.elapsed() >= QUICK.head_start);
}

#[tokio::test]
async fn f08_a_family_that_is_never_answered_does_not_hold_up_the_other() {
    let server = Scripted::start(false, |_, kind, _| (kind == A).then(|| (Duration::ZERO, record(A, 60, &AT))));
    let server = server.await;
    let resolver = quick(server.at);
    let started = std::time::Instant::now();
    assert_eq!(resolver.addresses("a.example").await, Ok(vec![IpAddr::from(AT)]));
    assert!(started.elapsed() < Duration::from_millis(300), "{:?}", started.elapsed());
    assert!(server.asked(AAAA) > 0);
}

#[tokio::test]
async fn f08_what_was_known_serves_on_where_the_name_servers_fall_silent() {
    let server = Scripted::start(false, |_, kind, before| match (kind, before) {
        (A, 0) => Some((Duration::ZERO, record(A, 1, &AT))),
        (AAAA, 0) => Some((Duration::ZERO, Vec::new())),
        (_, _) => None,
    });
    let server = server.await;
    let resolver = quick(server.at);
    assert_eq!(resolver.addresses("a.example").await, Ok(vec![IpAddr::from(AT)]));
    tokio::time::sleep(Duration::from_millis(1_050)).await;
    assert_eq!(resolver.addresses("a.example").await, Ok(vec![IpAddr::from(AT)]));
    assert!(server.asked(A) > 1, "it was asked again when its time had run out");
    assert_eq!(resolver.addresses("b.example").await, Err(DnsError::Timeout), "nothing is known of another");
}

const ALIAS: &[u8] = b"\x06shared\x07example\0";
const SERVICE: &[u8] = b"\0\x05\0\x01\x13\xc5\x01h\x07example\0";

#[tokio::test]
async fn a_service_record_behind_an_alias_is_found() {
    // The alias alone, and the alias with the record behind it in one answer. The host that the record names has neither.
    let alone = Scripted::start(false, |name, kind, _| {
        let records = match (name, kind) {
            (ALIAS, SRV) => record(SRV, 60, SERVICE),
            (b"\x05_sips\x04_tcp\x07example\x03org\0", SRV | CNAME) => record(CNAME, 60, ALIAS),
            (_, _) => Vec::new(),
        };
        Some((Duration::ZERO, records))
    });
    let together = Scripted::start(false, |name, kind, _| {
        let records = match (name, kind) {
            (ALIAS, SRV) => record(SRV, 60, SERVICE),
            (b"\x05_sips\x04_tcp\x07example\x03org\0", CNAME) => record(CNAME, 60, ALIAS),
            (b"\x05_sips\x04_tcp\x07example\x03org\0", SRV) => {
                let mut both = record(CNAME, 60, ALIAS);
                let behind = record(SRV, 60, SERVICE);
                both.extend(ALIAS.iter().chain(&behind[2..]));
                both
            }
            (_, _) => Vec::new(),
        };
        Some((Duration::ZERO, records))
    });
    for server in [alone.await, together.await] {
        let found = quick(server.at).srv("_sips._tcp.example.org").await.expect("an answer");
        let found: Vec<_> = found.iter().map(|srv| (srv.target.as_str(), srv.port)).collect();
        assert_eq!(found, [("h.example", 5061)]);
    }
}
