use sipx_testkit::{rfc4475, rfc5118};

use super::*;

/// The messages of RFC 4475 that must not be acted upon, with the status that is owed; 0 for no answer: responses, and
/// requests of which not enough can be read to be answered.
const REFUSED_4475: &[(&str, u16)] = &[
    ("badaspec", 400),
    ("baddn", 400),
    ("badinv01", 400),
    ("badvers", 505),
    ("bigcode", 0),
    ("clerr", 400),
    ("escruri", 400),
    ("insuf", 0),
    ("ltgtruri", 400),
    ("lwsruri", 400),
    ("lwsstart", 400),
    ("mcl01", 400),
    ("mismatch01", 400),
    ("mismatch02", 400),
    ("multi01", 400),
    ("ncl", 400),
    ("quotbal", 400),
    ("regbadct", 400),
    ("scalar02", 400),
    ("scalarlg", 0),
    ("test", 0),
    ("trws", 400),
];

/// Refused as a stream although fine as datagrams: they have no Content-Length, or something behind the message.
const ONLY_AS_DATAGRAM: &[&str] = &[
    "badbranch",
    "bcast",
    "cparam01",
    "cparam02",
    "dblreq",
    "inv2543",
    "intmeth",
    "regescrt",
    "sdp01",
    "transports",
    "unreason",
];

fn as_stream(bytes: &[u8], size: usize) -> Result<Option<Message>, Option<u16>> {
    let mut framer = Framer::new();
    for chunk in bytes.chunks(size) {
        framer.push(chunk);
        match framer.poll_frame() {
            Ok(Some(Frame::Message(message))) => return Ok(Some(*message)),
            Ok(Some(Frame::Malformed(malformed))) => return Err(malformed.reply.map(|reply| reply.code)),
            Ok(Some(Frame::Ping | Frame::Pong) | None) => {}
            Err(error) => return Err(error.reply.map(|reply| reply.code)),
        }
    }
    Ok(None)
}

#[test]
fn s20_every_message_of_rfc_4475_is_taken_or_refused_as_it_must_be() {
    assert_eq!(rfc4475::CASES.len(), 50);
    let mut differences: Vec<(&str, u16)> = Vec::new();
    for case in rfc4475::CASES {
        let datagram = parse_datagram(case.bytes.into());
        match REFUSED_4475.iter().find(|(name, _)| *name == case.name) {
            None => {
                let message = datagram.unwrap_or_else(|error| panic!("{}: {}", case.name, error.why));
                let again = parse_datagram(message.to_bytes());
                assert_eq!(again.as_ref().ok(), Some(&message), "{}: what we write is what we read", case.name);
            }
            Some((_, status)) => {
                let error = datagram.err().unwrap_or_else(|| panic!("{} is accepted", case.name));
                let owed = error.reply.map_or(0, |reply| reply.code);
                if owed != *status {
                    differences.push((case.name, owed));
                }
            }
        }
    }
    assert_eq!(differences, [], "other answers than these are owed");
}

#[test]
fn s20_over_a_stream_the_same_decisions_are_made_in_chunks_of_any_size() {
    for case in rfc4475::CASES {
        let datagram = parse_datagram(case.bytes.into());
        for size in [1, 7, 64, 1460, 65_536] {
            let streamed = as_stream(case.bytes, size);
            match (&datagram, streamed) {
                (Ok(message), Ok(Some(streamed))) => assert_eq!(*message, streamed, "{}", case.name),
                (Ok(_), outcome) => assert!(ONLY_AS_DATAGRAM.contains(&case.name), "{}: {outcome:?}", case.name),
                // A head or body that never ends: the stream waits, the datagram cannot.
                (Err(_), Ok(None)) => assert!(["baddn", "clerr"].contains(&case.name), "{}", case.name),
                (Err(_), Ok(Some(_))) => panic!("{} is accepted over a stream", case.name),
                (Err(_), Err(_)) => {}
            }
        }
    }
}

#[test]
fn s21_every_message_of_rfc_5118_is_taken_but_the_one_with_a_bad_reference() {
    assert_eq!(rfc5118::CASES.len(), 12);
    for case in rfc5118::CASES {
        let wire = case.wire();
        let datagram = parse_datagram(wire.clone());
        assert_eq!(datagram.is_err(), case.name == "ipv6-bad", "{}: {datagram:?}", case.name);
        if let (Ok(Some(streamed)), Ok(message)) = (as_stream(&wire, 13), datagram) {
            assert_eq!(streamed, message, "{}", case.name);
        }
    }
}

#[test]
fn seeded_mutations_of_the_torture_messages_never_panic_and_always_round_trip() {
    use rand::{Rng, SeedableRng};
    let mut random = rand::rngs::StdRng::seed_from_u64(4475);
    let mut accepted = 0;
    for round in 0..20_000 {
        let case = &rfc4475::CASES[round % rfc4475::CASES.len()];
        let mut bytes = case.bytes.to_vec();
        for _ in 0..random.random_range(1..4) {
            let at = random.random_range(0..bytes.len());
            match random.random_range(0..3) {
                0 => bytes[at] = random.random(),
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, *b"\r\n;,<>\"\\:= \0".get(random.random_range(0..11)).expect("within the list")),
            }
        }
        let _ = as_stream(&bytes, 97);
        if let Ok(message) = parse_datagram(bytes.into()) {
            accepted += 1;
            let _ = session_description(message.headers(), b"--x");
            let again = parse_datagram(message.to_bytes()).expect("what we write can be read");
            assert_eq!(again.headers().cseq(), message.headers().cseq());
        }
    }
    assert!(accepted > 1_000, "{accepted} of the mutants are still messages");
}
