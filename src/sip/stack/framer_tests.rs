use super::*;

const GOOD: &str = "OPTIONS sip:a@b.example SIP/2.0\r\nVia: SIP/2.0/TCP h.example;branch=z9hG4bKx\r\nTo: <sip:a@b.example>\r\n\
    From: <sip:c@d.example>;tag=1\r\nCall-ID: x@y\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n";

/// Feeds a stream in chunks of `size` bytes.
fn read(stream: &[u8], size: usize) -> (Vec<Frame>, Option<FramingError>) {
    let mut framer = Framer::new();
    let mut frames = Vec::new();
    for chunk in stream.chunks(size) {
        framer.push(chunk);
        loop {
            match framer.poll_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => return (frames, Some(error)),
            }
        }
    }
    (frames, None)
}

fn messages(frames: &[Frame]) -> usize {
    frames.iter().filter(|frame| matches!(frame, Frame::Message(_))).count()
}

fn with_length(replacement: &str) -> String {
    GOOD.replace("Content-Length: 0", replacement)
}

#[test]
fn messages_are_cut_alike_in_chunks_of_every_size() {
    let with_body = GOOD.replace("Content-Length: 0\r\n\r\n", "l : 9\r\n\r\nab\r\n\r\ncde");
    let stream = format!("{GOOD}{with_body}\r\n\r\n{GOOD}");
    for size in 1..stream.len() {
        let (frames, error) = read(stream.as_bytes(), size);
        assert_eq!((messages(&frames), &error), (3, &None), "chunks of {size}");
        assert!(frames.contains(&Frame::Ping));
    }
}

#[test]
fn s23_a_stream_without_one_good_content_length_is_answered_400_and_closed() {
    let bad = [
        "X-Nothing: 0",
        "Content-Length: 0\r\nContent-Length: 0",
        "Content-Length: 0\r\nContent-Length: 4",
        "L: 0\r\nContent-Length: 0",
        "Content-Length: +5",
        "Content-Length: -1",
        "Content-Length: 0x10",
        "Content-Length: 18446744073709551616",
        "Content-Length:",
        "Content-\r\n Length: 0",
        "Content-Length: 1,2",
    ];
    for header in bad {
        let (frames, error) = read(with_length(header).as_bytes(), 4096);
        let error = error.unwrap_or_else(|| panic!("{header} is accepted"));
        assert!(frames.is_empty(), "{header}");
        assert_eq!(error.reply.map(|reply| reply.code), Some(400), "{header}");
    }
    for header in ["Content-Length: 2147483648", "Content-Length: 1000000000000", "Content-Length: 65536"] {
        let (_, error) = read(with_length(header).as_bytes(), 4096);
        assert_eq!(error.and_then(|error| error.reply).map(|reply| reply.code), Some(513), "{header}");
    }
    let folded = with_length("Content-Length:\r\n 0");
    assert_eq!(messages(&read(folded.as_bytes(), 7).0), 1, "a folded value is legal");
}

#[test]
fn s23_a_good_message_before_a_bad_one_in_the_same_chunk_is_not_lost() {
    let stream = format!("{GOOD}{}", with_length("Content-Length: x"));
    let (frames, error) = read(stream.as_bytes(), stream.len());
    assert_eq!(messages(&frames), 1);
    assert!(error.is_some());
}

#[test]
fn s23_datagrams_are_trimmed_when_longer_and_refused_when_shorter_than_they_say() {
    let longer = format!("{GOOD}trailing");
    assert!(matches!(parse_datagram(longer.into()), Ok(Message::Request(request)) if request.body.is_empty()));
    let refused = parse_datagram(with_length("Content-Length: 5").into()).expect_err("truncated");
    assert_eq!(refused.reply.map(|reply| reply.code), Some(400));
}

#[test]
fn s24_one_grammar_decides_and_the_serializer_adds_no_line() {
    for bad in [
        GOOD.replace("Max-Forwards", "X-Foo\u{b}"),
        GOOD.replace("CSeq: 1 OPTIONS\r\n", "CSeq: 1 OPTIONS\r"),
        GOOD.replace("CSeq: 1 OPTIONS\r\n", "CSeq: 1 OPTIONS\n"),
        GOOD.replace("Max-Forwards", "Max\r\n -Forwards"),
        GOOD.replace("Max-Forwards", "Max\0Forwards"),
    ] {
        assert!(parse_datagram(bad.clone().into()).is_err(), "{bad:?}");
        assert!(matches!(read(bad.as_bytes(), 16), (frames, _) if messages(&frames) == 0), "{bad:?}");
    }
    let latin = GOOD.replace("From: <", "From: \"M\u{fc}ller\" <");
    let bytes: Vec<u8> = latin.chars().map(|c| c as u8).collect();
    let Ok(message) = parse_datagram(bytes.into()) else { panic!("a name in Latin-1 is readable") };
    assert_eq!(message.headers().from().and_then(|from| from.display).as_deref(), Some("Müller"));
    assert_eq!(parse_datagram(message.to_bytes()).as_ref(), Ok(&message), "what we write is what we read");
    let mut headers = Headers::default();
    headers.push("Subject", "hi\r\nVia: evil");
    assert_eq!(headers.value("Subject"), Some("hi  Via: evil"));
}

#[test]
fn s25_keep_alives_in_pieces_and_in_floods_desynchronise_nothing() {
    for size in 1..6 {
        let (frames, error) = read(format!("\r\n{GOOD}\r\n\r\n{GOOD}\r\n").as_bytes(), size);
        assert_eq!((messages(&frames), error), (2, None));
        assert_eq!(frames.first(), Some(&Frame::Pong));
        assert_eq!(frames.iter().filter(|frame| **frame == Frame::Ping).count(), 1);
    }
    let mut flood = b"\r\n".repeat(1_000_000);
    flood.extend_from_slice(GOOD.as_bytes());
    let (frames, error) = read(&flood, 16_384);
    assert_eq!((messages(&frames), error), (1, None));
    assert!(frames.len() < 1_000, "one answer for what came at once");
}

#[test]
fn s26_sizes_and_counts_are_limited_before_they_cost() {
    let vias =
        |count: usize| GOOD.replace("To:", &format!("{}To:", "v: SIP/2.0/TCP h;branch=z9hG4bKy\r\n".repeat(count)));
    assert!(parse_datagram(vias(69).into()).is_ok());
    assert_eq!(parse_datagram(vias(70).into()).expect_err("too many").reply.map(|reply| reply.code), Some(400));
    let list =
        GOOD.replace("h.example;branch=z9hG4bKx", &format!("h.example;branch=z9hG4bKx{}", ",SIP/2.0/TCP h".repeat(80)));
    assert!(parse_datagram(list.into()).is_err());
    for count in [300, 10_000] {
        for header in ["Route: <sip:h;lr>\r\n", "Record-Route: <sip:h;lr>\r\n", "Contact: <sip:h>\r\n"] {
            let many = GOOD.replace("To:", &format!("{}To:", header.repeat(count)));
            assert!(parse_datagram(many.clone().into()).is_err());
            assert!(read(many.as_bytes(), 4096).1.is_some());
        }
    }
    let long_line = GOOD.replace("Max-Forwards: 70", &format!("Max-Forwards: 70\r\nX: {}", "y".repeat(65_000)));
    assert!(parse_datagram(long_line.into()).is_err());
    let params = GOOD.replace("tag=1", &format!("tag=1{}", ";p".repeat(100_000)));
    assert_eq!(parse_datagram(params.clone().into()).expect_err("large").reply.map(|reply| reply.code), None);
    assert!(read(params.as_bytes(), 4096).1.is_some());
    let endless = vec![b'a'; 1 << 20];
    assert!(read(&endless, 4096).1.is_some());
    let datagram = vec![b'a'; 65_535];
    assert!(parse_datagram(datagram.into()).is_err());
}
