//! The client of a relay against answers written by hand; the stories with a whole relay are those of `ice`.

use super::*;
use crate::model::WallTime;

fn at(seconds: u64) -> Now {
    Now { wall: WallTime::from_unix_ms(0), boot: BootTime::from_duration(Duration::from_secs(seconds)) }
}

fn client(stream: bool) -> Client {
    Client::new("user".into(), "password".into(), stream, [1; 32], at(0))
}

fn sent(client: &mut Client) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| client.poll_output())
        .filter_map(|output| match output {
            Output::Send(bytes) => Some(bytes),
            _ => None,
        })
        .collect()
}

fn failed(client: &mut Client) -> Option<Failure> {
    std::iter::from_fn(|| client.poll_output()).find_map(|output| match output {
        Output::Failed(failure) => Some(failure),
        _ => None,
    })
}

fn refusal(request: &[u8], code: u16) -> Vec<u8> {
    let request = Message::read(request).unwrap();
    Writer::new(request.method, Class::Error, request.transaction)
        .with_error(code, "no")
        .with(attribute::REALM, b"realm")
        .with(attribute::NONCE, b"fresh")
        .with_fingerprint()
}

#[test]
fn the_first_request_is_bare_and_the_second_proves_the_password() {
    let mut client = client(false);
    let first = sent(&mut client).remove(0);
    assert!(Message::read(&first).unwrap().get(attribute::USERNAME).is_none());
    client.handle_bytes(&refusal(&first, 401), at(0));
    let second = sent(&mut client).remove(0);
    let message = Message::read(&second).unwrap();
    assert!(message.is_authentic(&long_term_key("user", "realm", "password")));
    assert_eq!(message.text(attribute::NONCE), Some("fresh"));
}

#[test]
fn a_wrong_password_ends_it_and_is_not_tried_for_ever() {
    let mut client = client(false);
    let first = sent(&mut client).remove(0);
    client.handle_bytes(&refusal(&first, 401), at(0));
    let second = sent(&mut client).remove(0);
    client.handle_bytes(&refusal(&second, 401), at(0));
    assert_eq!(failed(&mut client), Some(Failure::Unauthorized));
    assert_eq!(client.poll_timeout(), None);
}

#[test]
fn a_nonce_that_is_always_stale_ends_it() {
    let mut client = client(false);
    let mut request = sent(&mut client).remove(0);
    client.handle_bytes(&refusal(&request, 401), at(0));
    let mut rounds = 0;
    while let Some(next) = sent(&mut client).pop() {
        request = next;
        rounds += 1;
        assert!(rounds < 10);
        client.handle_bytes(&refusal(&request, 438), at(0));
        if client.over {
            break;
        }
    }
    assert_eq!(failed(&mut client), Some(Failure::Unauthorized));
}

#[test]
fn a_server_that_is_full_or_silent_is_told_apart() {
    let mut full = client(true);
    let first = sent(&mut full).remove(0);
    full.handle_bytes(&refusal(&first, 486), at(0));
    assert_eq!(failed(&mut full), Some(Failure::Refused(486)));
    let mut silent = client(false);
    let mut requests = sent(&mut silent).len();
    let mut failure = None;
    while let Some(due) = silent.poll_timeout() {
        silent.handle_timeout(Now { wall: WallTime::from_unix_ms(0), boot: due });
        while let Some(output) = silent.poll_output() {
            match output {
                Output::Send(_) => requests += 1,
                Output::Failed(why) => failure = Some(why),
                Output::Allocated { .. } => {}
            }
        }
    }
    assert_eq!((requests, failure), (7, Some(Failure::Silent)));
}

#[test]
fn an_answer_without_proof_is_as_if_it_had_not_come() {
    let mut client = client(false);
    let first = sent(&mut client).remove(0);
    client.handle_bytes(&refusal(&first, 401), at(0));
    let second = sent(&mut client).remove(0);
    let request = Message::read(&second).unwrap();
    let forged = Writer::new(Method::Allocate, Class::Success, request.transaction)
        .with_address(attribute::XOR_RELAYED_ADDRESS, "203.0.113.5:5000".parse().unwrap())
        .with_fingerprint();
    client.handle_bytes(&forged, at(0));
    assert!(client.relayed().is_empty());
}

#[test]
fn frames_of_a_stream_are_cut_where_they_end() {
    assert_eq!(frame_length(&[0, 1, 0]), Ok(None));
    assert_eq!(frame_length(&[0, 1, 0, 8]), Ok(Some(28)));
    assert_eq!(frame_length(&[0x40, 0, 0, 5]), Ok(Some(12)));
    assert_eq!(frame_length(b"SSH-2.0-"), Err(Failure::Nonsense));
    assert_eq!(frame_length(&[0, 1, 0, 7]), Err(Failure::Nonsense));
    assert_eq!(channel_data(0x4001, &[1, 2, 3], true).len(), 8);
    assert_eq!(read_channel_data(&channel_data(0x4001, &[1, 2, 3], true)), Some((0x4001, &[1, 2, 3][..])));
    assert_eq!(read_channel_data(&[0x40, 1, 0, 9, 1]), None);
}

/// A server that grants whatever is asked for, with its proof.
fn granted(request: &[u8]) -> Option<Vec<u8>> {
    let request = Message::read(request)?;
    let relayed = "203.0.113.5:50000".parse().unwrap();
    Some(
        Writer::new(request.method, Class::Success, request.transaction)
            .with_address(attribute::XOR_RELAYED_ADDRESS, relayed)
            .with(attribute::LIFETIME, &600_u32.to_be_bytes())
            .with_integrity(&long_term_key("user", "realm", "password"))
            .with_fingerprint(),
    )
}

#[test]
fn m12_a_hundred_thousand_mutated_words_of_a_relay_break_nothing_and_are_not_believed() {
    use crate::model::mutation::{MUTATIONS, corpus, mutated};
    let hostile = corpus("turn");
    let mut random = StdRng::seed_from_u64(8_656);
    let relayed: SocketAddr = "203.0.113.5:50000".parse().unwrap();
    let peer: SocketAddr = "192.0.2.9:4000".parse().unwrap();
    let (mut left, mut data, mut ended) = (MUTATIONS, 0, 0);
    while left > 0 {
        let stream = random.random_bool(0.5);
        let mut client = client(stream);
        let first = sent(&mut client).remove(0);
        client.handle_bytes(&refusal(&first, 401), at(0));
        let mut inputs = hostile.clone();
        let has_relay = random.random_bool(0.7);
        let second = sent(&mut client).remove(0);
        inputs.extend([438, 486, 300].map(|code| refusal(&second, code)));
        if has_relay {
            client.handle_bytes(&granted(&second).unwrap(), at(0));
            assert_eq!(client.relayed(), [relayed]);
            client.send(peer, b"sound", at(0));
            client.bind(peer, at(0));
            for request in sent(&mut client) {
                let answer = granted(&request).unwrap();
                client.handle_bytes(&answer, at(0));
                inputs.push(answer);
            }
        }
        for n in 0..200_u64.min(left as u64) {
            let bytes = mutated(&inputs, &mut random);
            if let Ok(Some(length)) = frame_length(&bytes) {
                assert!((4..=65_540 + 20).contains(&length), "{length}");
            }
            if let Some((from, payload)) = client.handle_bytes(&bytes, at(n)) {
                assert!(from.ip() == peer.ip() && has_relay, "only of a peer that was let through");
                assert!(payload.len() <= bytes.len());
                data += 1;
            }
            client.handle_timeout(at(n));
            while let Some(output) = client.poll_output() {
                match output {
                    Output::Allocated { .. } => panic!("nobody proved to know the password"),
                    Output::Failed(_) => ended += 1,
                    Output::Send(bytes) => assert!(bytes.len() < 1_500),
                }
            }
            assert!(client.relayed().iter().all(|address| has_relay && *address == relayed));
            assert!(client.transactions.len() <= 4 && client.peers.len() <= 1 && client.channels.len() <= 1);
        }
        left = left.saturating_sub(200);
    }
    assert!(data > 100 && ended > 10, "{data} datagrams, {ended} ends");
}

/// A success with these relayed addresses.
fn granted_at(request: &[u8], relayed: &[&str]) -> Vec<u8> {
    let request = Message::read(request).unwrap();
    let mut answer = Writer::new(request.method, Class::Success, request.transaction);
    for address in relayed {
        answer = answer.with_address(attribute::XOR_RELAYED_ADDRESS, address.parse().unwrap());
    }
    answer.with_integrity(&long_term_key("user", "realm", "password")).with_fingerprint()
}

#[test]
fn a_relay_of_both_versions_is_one_allocation_that_reaches_peers_of_both() {
    let mut client = client(false);
    let first = sent(&mut client).remove(0);
    client.handle_bytes(&refusal(&first, 401), at(0));
    let second = sent(&mut client).remove(0);
    assert_eq!(Message::read(&second).unwrap().get(attribute::ADDITIONAL_ADDRESS_FAMILY), Some(&VERSION_SIX[..]));
    client.handle_bytes(&granted_at(&second, &["[2001:db8::9]:50001", "203.0.113.9:50000"]), at(0));
    let relayed: Vec<String> = client.relayed().iter().map(ToString::to_string).collect();
    assert_eq!(relayed, ["203.0.113.9:50000", "[2001:db8::9]:50001"]);
    for peer in ["198.51.100.2:5000", "[2001:db8::2]:5000"] {
        client.send(peer.parse().unwrap(), b"check", at(0));
        let permission = sent(&mut client).remove(0);
        assert_eq!(Message::read(&permission).unwrap().method, Method::CreatePermission, "{peer}");
    }
}

#[test]
fn a_relay_without_version_four_is_asked_for_version_six_alone_and_only_once() {
    let mut client = client(false);
    let first = sent(&mut client).remove(0);
    client.handle_bytes(&refusal(&first, 401), at(0));
    let second = sent(&mut client).remove(0);
    client.handle_bytes(&refusal(&second, 440), at(0));
    let third = sent(&mut client).remove(0);
    let message = Message::read(&third).unwrap();
    assert_eq!(message.get(attribute::REQUESTED_ADDRESS_FAMILY), Some(&VERSION_SIX[..]));
    assert!(message.get(attribute::ADDITIONAL_ADDRESS_FAMILY).is_none(), "RFC 8656 section 7.1: never both");
    client.handle_bytes(&refusal(&third, 440), at(0));
    assert_eq!(failed(&mut client), Some(Failure::Refused(440)));
}
