//! Mutations of good inputs, seeded: nothing panics, what is read is what is written, and two ways of reading agree.

use std::path::Path;

use bytes::Bytes;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::stack::{Frame, Framer, Message, parse_datagram, session_description};
use crate::model::SipUri;

/// Mutations of each target.
const MUTATIONS: usize = 100_000;

/// The files of a corpus, by name.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(target);
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("the corpus").map(|entry| entry.expect("a file").path()).collect();
    paths.sort();
    let files: Vec<Vec<u8>> = paths.into_iter().map(|path| std::fs::read(path).expect("readable")).collect();
    assert!(!files.is_empty());
    files
}

const PIECES: &[&[u8]] = &[
    b"\r\n",
    b"\r\n ",
    b"\0",
    b";",
    b",",
    b"<",
    b">",
    b"\"",
    b"\\",
    b":",
    b"=",
    b"@",
    b"[",
    b"]",
    b"%00",
    b"%",
    b"\xff",
    b"4294967296",
    b"-1",
    b"Content-Length: 5\r\n",
    b"l: 0\r\n",
    b";tag=x",
    b"\r\n\r\n",
    b"SIP/2.0",
    b"sip:",
    b"a=",
];

/// One to four changes: a byte, a piece put in, a run taken out or repeated, another input's tail.
fn mutate(input: &[u8], others: &[Vec<u8>], random: &mut StdRng) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..random.random_range(1..=4) {
        if bytes.is_empty() {
            break;
        }
        let at = random.random_range(0..bytes.len());
        let run = random.random_range(1..=32).min(bytes.len() - at);
        match random.random_range(0..6) {
            0 => bytes[at] = random.random(),
            1 => drop(bytes.drain(at..at + run)),
            2 => {
                let piece = bytes[at..at + run].to_vec();
                bytes.splice(at..at, piece);
            }
            3 => {
                let other = &others[random.random_range(0..others.len())];
                let from = random.random_range(0..=other.len());
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            _ => {
                let piece = PIECES[random.random_range(0..PIECES.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
        }
    }
    bytes
}

/// Every mutation of a corpus, the inputs themselves first.
fn for_each(target: &str, seed: u64, mut act: impl FnMut(&[u8], &mut StdRng)) {
    let inputs = corpus(target);
    let mut random = StdRng::seed_from_u64(seed);
    inputs.iter().for_each(|input| act(input, &mut random));
    for round in 0..MUTATIONS {
        let mutant = mutate(&inputs[round % inputs.len()], &inputs, &mut random);
        act(&mutant, &mut random);
    }
}

#[test]
fn mutated_sip_datagrams_never_panic_and_what_is_read_is_what_is_written() {
    let (mut read, mut unwritable) = (0, 0);
    for_each("sip_datagram", 3_261, |bytes, _| {
        if let Ok(message) = parse_datagram(Bytes::copy_from_slice(bytes)) {
            read += 1;
            let headers = message.headers();
            let _ =
                (headers.vias(), headers.from(), headers.to(), headers.contact(), headers.reasons(), headers.privacy());
            let _ = (headers.addresses("Record-Route"), headers.seconds("Expires"), headers.content_type());
            let _ = session_description(headers, b"v=0\r\n");
            match parse_datagram(message.to_bytes()) {
                Ok(again) => {
                    assert_eq!(
                        (again.headers().cseq(), again.headers().call_id()),
                        (headers.cseq(), headers.call_id())
                    );
                    assert_eq!(again.headers().len(), headers.len());
                    assert_eq!(again.to_bytes(), message.to_bytes());
                }
                // A value that only controls held together.
                Err(_) => unwritable += 1,
            }
        }
    });
    assert!(unwritable * 500 < read, "{unwritable} of {read} messages cannot be written back");
    assert!(read > MUTATIONS / 20, "only {read} mutants are still messages");
}

/// Reads a stream in chunks of these sizes, over and over.
fn streamed(bytes: &[u8], sizes: &[usize]) -> (Vec<Frame>, bool) {
    let mut framer = Framer::new();
    let (mut frames, mut rest, mut turn) = (Vec::new(), bytes, 0);
    while !rest.is_empty() {
        let size = sizes[turn % sizes.len()].clamp(1, rest.len());
        turn += 1;
        let (chunk, behind) = rest.split_at(size);
        rest = behind;
        framer.push(chunk);
        loop {
            match framer.poll_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(_) => return (frames, true),
            }
        }
    }
    (frames, false)
}

#[test]
fn mutated_sip_streams_are_cut_alike_in_any_chunks_and_as_datagrams() {
    let mut compared = 0;
    for_each("sip_stream", 5_626, |bytes, random| {
        let whole = streamed(bytes, &[usize::MAX]);
        let sizes = [random.random_range(1..=7), random.random_range(1..=200), random.random_range(1..=1_460)];
        let parts = streamed(bytes, &sizes);
        let messages = |frames: &[Frame]| -> Vec<Message> {
            let message = |frame: &Frame| match frame {
                Frame::Message(message) => Some((**message).clone()),
                Frame::Malformed(_) | Frame::Ping | Frame::Pong => None,
            };
            frames.iter().filter_map(message).collect()
        };
        assert_eq!((messages(&whole.0), whole.1), (messages(&parts.0), parts.1), "chunks of {sizes:?}");
        // Both ways of reading make the same of the same bytes.
        for message in messages(&whole.0) {
            let bytes = message.to_bytes();
            let (frames, _) = streamed(&bytes, &sizes);
            match parse_datagram(bytes) {
                Ok(datagram) => {
                    compared += 1;
                    assert_eq!(messages(&frames), [datagram]);
                }
                Err(_) => assert!(messages(&frames).is_empty()),
            }
        }
    });
    assert!(compared > MUTATIONS / 4, "only {compared} messages came out");
}

#[test]
fn mutated_sip_addresses_never_panic_and_keep_their_meaning() {
    let lines: Vec<Vec<u8>> =
        corpus("sip_uri").iter().flat_map(|file| file.split(|byte| *byte == b'\n').map(<[u8]>::to_vec)).collect();
    let mut random = StdRng::seed_from_u64(3_986);
    let mut read = 0;
    for round in 0..MUTATIONS {
        let mutant = mutate(&lines[round % lines.len()], &lines, &mut random);
        let Ok(text) = std::str::from_utf8(&mutant) else { continue };
        if let Ok(uri) = SipUri::parse(text) {
            read += 1;
            let again = SipUri::parse(&uri.to_string()).expect("what we write can be read");
            assert!(again.same_address(&uri), "{text:?} became {again}");
            assert_eq!(again.to_string(), uri.to_string());
        }
    }
    assert!(read > MUTATIONS / 20, "only {read} mutants are still addresses");
}

#[test]
fn mutated_summaries_and_dialog_documents_never_panic_and_stay_bounded() {
    use super::subscription::{dialog_info::DialogInfo, message_summary};
    let mut read = 0;
    let mut known = DialogInfo::default();
    for_each("sip_events", 4_235, |bytes, _| {
        read += usize::from(known.take(bytes).is_ok());
        let _ = known.lamp();
        if let Some(summary) = message_summary::read(bytes) {
            read += 1;
            assert!(summary.new.unwrap_or(0) <= message_summary::MOST);
        }
    });
    assert!(read > MUTATIONS / 50, "only {read} mutants are still documents");
}

#[test]
fn mutated_conference_documents_never_panic_and_stay_bounded() {
    use super::conference::{ConferenceInfo, MOST_USERS};
    let mut read = 0;
    let mut known = ConferenceInfo::default();
    for_each("sip_conference", 4_575, |bytes, _| {
        read += usize::from(known.take(bytes).is_ok());
        assert!(known.users().len() <= MOST_USERS && known.count() as usize >= known.users().len());
        let _ = (known.rooms(), known.users().iter().flat_map(|user| user.jids()).count());
    });
    assert!(read > MUTATIONS / 50, "only {read} mutants are still documents");
}
