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
    assert_eq!(client.relayed(), None);
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
