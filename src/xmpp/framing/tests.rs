use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::*;

const HEADER: &[u8] = b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
    xmlns:stream='http://etherx.jabber.org/streams' version='1.0' from='example.org' id='1'>";

fn opened() -> Framer {
    let mut framer = Framer::default();
    framer.push(HEADER).expect("a header");
    assert_eq!(framer.poll(), Some(Frame::Opened));
    framer
}

/// What becomes of `bytes` after the header.
fn read(bytes: &[u8]) -> Result<Vec<Frame>, FramingError> {
    let mut framer = opened();
    framer.push(bytes)?;
    Ok(std::iter::from_fn(|| framer.poll()).collect())
}

#[test]
fn stanzas_come_out_whole_wherever_the_bytes_are_cut() {
    let text = "\n <message from='a@b' xml:lang='de'><body>Gr\u{fc}\u{df}e &amp; <![CDATA[<x/>]]></body></message> <a xmlns='urn:x'/>";
    let whole = read(text.as_bytes()).expect("two stanzas");
    assert_eq!(whole.len(), 2);
    let Frame::Stanza(message) = &whole[0] else { panic!("{whole:?}") };
    assert_eq!(
        message.get_child("body", "jabber:client").map(Element::text).as_deref(),
        Some("Gr\u{fc}\u{df}e & <x/>")
    );
    for cut in 0..text.len() {
        let mut framer = opened();
        framer.push(&text.as_bytes()[..cut]).expect("first half");
        framer.push(&text.as_bytes()[cut..]).expect("second half");
        let pieces: Vec<Frame> = std::iter::from_fn(|| framer.poll()).collect();
        assert_eq!(pieces, whole, "cut at {cut}");
        assert!(!framer.is_inside());
    }
}

#[test]
fn a_stanza_that_began_is_noticed_until_it_ends() {
    let mut framer = opened();
    framer.push(b"<mess").expect("a piece");
    assert!(framer.is_inside());
    framer.push(b"age/>").expect("the rest");
    assert!(!framer.is_inside());
    framer.push(b" \n ").expect("a keep-alive");
    assert!(!framer.is_inside(), "white space begins no stanza");
}

#[test]
fn x30_dtds_instructions_and_comments_end_the_stream_without_expansion() {
    let rows: &[&[u8]] = &[
        b"<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><message>&b;</message>",
        b"<message><!DOCTYPE x></message>",
        b"<message>&b;</message>",
        b"<?php evil ?>",
        b"<message><?pi?></message>",
        b"<message><!-- comment --></message>",
        b"<!-- comment -->",
        b"<?xml version='1.0'?>",
    ];
    for row in rows {
        assert_eq!(read(row), Err(FramingError::Malformed), "{}", String::from_utf8_lossy(row));
    }
    let mut framer = Framer::default();
    assert_eq!(framer.push(b"<!DOCTYPE lolz []><stream:stream>"), Err(FramingError::Malformed));
}

#[test]
fn x31_a_million_levels_are_refused_at_the_sixty_fifth() {
    for levels in [65, 100, 10_000, 1_000_000] {
        let mut framer = opened();
        let result = framer.push("<a>".repeat(levels).as_bytes());
        assert_eq!(result, Err(FramingError::TooDeep), "{levels}");
        assert_eq!(framer.push(b"<a/>"), Err(FramingError::TooDeep), "the stream stays dead");
    }
    let deepest = "<a>".repeat(DEEPEST) + &"</a>".repeat(DEEPEST);
    assert_eq!(read(deepest.as_bytes()).expect("at the limit").len(), 1);
}

#[test]
fn x32_huge_stanzas_are_refused_cheaply() {
    let started = Instant::now();
    let text = "x".repeat(100 << 20);
    assert_eq!(read(format!("<message><body>{text}").as_bytes()), Err(FramingError::TooLarge));
    let attributes: String = (0..100_000).map(|n| format!(" a{n}=''")).collect();
    assert_eq!(read(format!("<message{attributes}/>").as_bytes()), Err(FramingError::TooLarge));
    let some: String = (0..200).map(|n| format!(" a{n}=''")).collect();
    assert_eq!(read(format!("<message{some}/>").as_bytes()), Err(FramingError::TooLarge));
    let namespaces: String = (0..100_000).map(|n| format!(" xmlns:a{n}='urn:{n}'")).collect();
    assert_eq!(read(format!("<message{namespaces}/>").as_bytes()), Err(FramingError::TooLarge));
    let children = "<a/>".repeat(5_000);
    assert_eq!(read(format!("<message>{children}</message>").as_bytes()), Err(FramingError::TooLarge));
    assert_eq!(read(format!("<{}", "m".repeat(1 << 20)).as_bytes()), Err(FramingError::Malformed));
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[test]
fn x32_a_stanza_at_the_limit_passes_and_the_next_counts_from_zero() {
    let stanza = format!("<message><body>{}</body></message>", "x".repeat(LARGEST_STANZA - 60));
    let mut framer = opened();
    for _ in 0..3 {
        framer.push(stanza.as_bytes()).expect("within the limit");
        assert!(matches!(framer.poll(), Some(Frame::Stanza(_))));
    }
    // Keep-alives are no stanza however many there are.
    for _ in 0..100 {
        framer.push(" ".repeat(10_000).as_bytes()).expect("white space");
    }
}

#[test]
fn x35_malformed_bytes_end_the_stream() {
    let rows: &[&[u8]] = &[
        b"<message>\xff</message>",
        b"<message>\xc0\xbc</message>",         // overlong <
        b"<message>\xe0\x80\xbc</message>",     // overlong <
        b"<message>\xed\xa0\x80</message>",     // surrogate
        b"<message>\xf4\x90\x80\x80</message>", // beyond U+10FFFF
        b"<message>\0</message>",
        b"<message>&#0;</message>",
        b"<message>&#xFFFE;</message>",
        b"<message>\xef\xbf\xbe</message>", // U+FFFE
        b"<message>&#xD800;</message>",
        b"<message a='1' a='2'/>",
        b"<message></iq>",
        b"<x:message/>",
        b"<message>]]></message>",
        b"<message a='<'/>",
        b"<message>\x01</message>",
    ];
    for row in rows {
        assert_eq!(read(row), Err(FramingError::Malformed), "{row:?}");
    }
}

#[test]
fn x35_a_stream_inside_a_body_is_an_element_and_not_a_stream() {
    let inner = b"<message><body><stream:stream/></body></message>";
    let frames = read(inner).expect("well-formed");
    assert_eq!(frames.len(), 1);
    assert!(matches!(frames[0], Frame::Stanza(_)));
    assert_eq!(read(b"<message><body></stream:stream>"), Err(FramingError::Malformed));
    assert_eq!(read(b"text between<a/>"), Err(FramingError::Stray));
}

#[test]
fn nothing_is_read_after_the_end_of_the_stream() {
    assert_eq!(read(b"</stream:stream>"), Ok(vec![Frame::Closed]));
    assert!(read(b"</stream:stream><message/>").is_err());
}

#[test]
fn another_root_is_no_stream() {
    let mut framer = Framer::default();
    assert_eq!(framer.push(b"<html>"), Err(FramingError::NotAStream));
    let mut framer = Framer::default();
    assert_eq!(framer.push(b"HTTP/1.1 400 Bad Request\r\n\r\n<html>"), Err(FramingError::Malformed));
}

#[test]
fn what_we_write_can_be_read_again() {
    let mut framer = Framer::default();
    framer.push(&stream_header("a'b<&.example", Some("x'y@example.org"))).expect("our own header");
    assert_eq!(framer.poll(), Some(Frame::Opened));
    let stanza = Element::builder("message", "jabber:client").append("a<b&c\u{1f600}").build();
    framer.push(&encode(&stanza)).expect("our own stanza");
    assert_eq!(framer.poll(), Some(Frame::Stanza(stanza)));
    let inner = Element::builder("body", "jabber:client").append("a\u{1}b\u{FFFF}");
    let unclean = Element::builder("message", "jabber:client").append(inner).build();
    framer.push(&encode(&unclean)).expect("cleaned");
    let Some(Frame::Stanza(read)) = framer.poll() else { panic!("a stanza") };
    assert_eq!(read.get_child("body", "jabber:client").map(Element::text).as_deref(), Some("ab"));
}

#[test]
fn a_roster_may_be_larger_once_it_is_expected() {
    let item = "<item jid='somebody@example.org' name='Somebody' subscription='both'><group>Friends</group></item>";
    let roster = format!("<iq><query xmlns='jabber:iq:roster'>{}</query></iq>", item.repeat(100_000));
    let mut framer = opened();
    framer.set_largest(16 << 20);
    framer.push(roster.as_bytes()).expect("expected");
    let Some(Frame::Stanza(iq)) = framer.poll() else { panic!("a stanza") };
    assert_eq!(iq.children().next().map(|query| query.children().count()), Some(100_000));
}

/// The depth of a tree, without recursion.
fn depth(stanza: &Element) -> usize {
    let mut deepest = 0;
    let mut waiting = vec![(stanza, 1)];
    while let Some((element, level)) = waiting.pop() {
        deepest = deepest.max(level);
        waiting.extend(element.children().map(|child| (child, level + 1)));
    }
    deepest
}

#[test]
fn mutated_streams_never_panic_and_never_pass_the_limits() {
    let corpus: [&[u8]; 5] = [
        b"<message from='a@b' to='c@d/e' type='chat' id='1'><body>hi &amp; bye</body><x xmlns='urn:x'/></message>",
        b"<iq type='result' id='1'><query xmlns='jabber:iq:roster' ver='2'><item jid='a@b'><group>g</group></item></query></iq>",
        b"<presence xml:lang='en'><a:show xmlns:a='jabber:client'>away</a:show><![CDATA[]]></presence>",
        b"<r xmlns='urn:xmpp:sm:3'/> \n <a xmlns='urn:xmpp:sm:3' h='1'/></stream:stream>",
        b"<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
    ];
    let mut rng = StdRng::seed_from_u64(1);
    let mut frames = 0;
    for round in 0..crate::model::mutation::MUTATIONS {
        let mut bytes = corpus[round % corpus.len()].repeat(rng.random_range(1..4));
        for _ in 0..rng.random_range(0..4) {
            let at = rng.random_range(0..bytes.len());
            match rng.random_range(0..4) {
                0 => bytes[at] = rng.random(),
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, *b"<>/='\"&;!?x: \xff\0".get(rng.random_range(0..15)).expect("in range")),
                _ => bytes.extend_from_within(at..),
            }
            if bytes.is_empty() {
                break;
            }
        }
        let mut framer = opened();
        let cut = rng.random_range(0..=bytes.len());
        let _ = framer.push(&bytes[..cut]).and_then(|()| framer.push(&bytes[cut..]));
        while let Some(frame) = framer.poll() {
            frames += 1;
            if let Frame::Stanza(stanza) = frame {
                assert!(depth(&stanza) <= DEEPEST);
                // What was read can be written, and reads the same.
                let mut again = opened();
                again.push(&encode(&stanza)).expect("our own writing");
                assert_eq!(again.poll(), Some(Frame::Stanza(stanza)));
            }
        }
    }
    assert!(frames > 50_000, "the mutations leave enough to read: {frames}");
}
