//! Mutated sequences of good messages: nothing is left behind, and the next good request is answered.

use super::hostile::{Line, MOST_CALLS, invite};
use super::*;

/// One step of a story: a letter of the corpus.
fn step(line: &mut Line, letter: u8, last: &mut Vec<u8>, at: &mut usize) {
    let user = line.token();
    let good = |case: usize| String::from_utf8(invite(case, &user, None)).expect("text");
    let send = |line: &mut Line, last: &mut Vec<u8>, text: String| {
        *last = text.into_bytes();
        line.datagram(last);
    };
    let in_dialog = |case: usize, method: &str, cseq: u32, tag: &str| {
        let text = good(case).replacen("INVITE", method, 1).replace("1 INVITE", &format!("{cseq} {method}"));
        text.replace("<sip:alice@example.com>\r\n", &format!("<sip:alice@example.com>;tag={tag}\r\n"))
            .replace("z9hG4bK", &format!("z9hG4bK{method}{cseq}"))
    };
    // The tag that our side gave itself last.
    let ours = line.sent.iter().rev().find_map(|message| match message {
        Message::Response(response) => response.headers.to_tag(),
        Message::Request(_) => None,
    });
    let tag = ours.unwrap_or_else(|| "none".to_owned());
    match letter {
        b'i' => {
            *at += 1;
            send(line, last, good(*at));
        }
        b'r' => {
            let again = last.clone();
            line.datagram(&again);
        }
        b'c' => send(line, last, good(*at).replacen("INVITE", "CANCEL", 1).replace("1 INVITE", "1 CANCEL")),
        b'a' => send(line, last, in_dialog(*at, "ACK", 1, &tag)),
        b'b' => send(line, last, in_dialog(*at, "BYE", 3, &tag)),
        b'u' => send(line, last, in_dialog(*at, "UPDATE", 2, &tag)),
        b'n' => send(line, last, in_dialog(*at, "NOTIFY", 4, &tag)),
        b'p' => send(line, last, in_dialog(*at, "PRACK", 2, &tag)),
        b'1' | b'2' | b'4' | b'6' => {
            let code = match letter {
                b'1' => 180,
                b'2' => 200,
                b'4' => 407,
                _ => 603,
            };
            if let Some(request) = line.requests().pop() {
                let response = Response::to(&request, code, Some("far")).with("Contact", "<sip:bob@192.0.2.50>");
                let response = response.with("Proxy-Authenticate", REALM);
                *last = response.to_bytes().to_vec();
                let again = last.clone();
                line.datagram(&again);
            }
        }
        b'd' => {
            *at += 1;
            let to = Callee { uri: SipUri::parse("sip:bob@example.com").expect("valid"), display: None };
            let (offer, call) = ("v=0\r\n".into(), CallId((*at as u64) * 2));
            let anonymity = Anonymity::Named;
            line.command(Command::Invite { call, to, offer, call_info: None, anonymity, referral: None });
        }
        b'h' => {
            for event in std::mem::take(&mut line.events) {
                if let Event::Incoming(incoming) = event {
                    line.command(Command::Hangup { call: incoming.call });
                }
            }
            line.command(Command::Hangup { call: CallId((*at as u64) * 2) });
        }
        b'A' => {
            for event in line.events.clone() {
                if let Event::Incoming(incoming) = event {
                    line.command(Command::Answer { call: incoming.call, sdp: "v=0\r\n".into() });
                }
            }
        }
        b't' => line.pass(Duration::from_millis(700)),
        b'T' => line.pass(Duration::from_secs(40)),
        _ => {}
    }
    while line.sent.len() > 32 {
        line.sent.pop_front();
    }
}

#[test]
fn mutated_sequences_of_good_messages_leave_nothing_behind() {
    use rand::{Rng, SeedableRng};
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/sip_sequences/stories.txt"));
    let stories: Vec<&[u8]> = text.lines().filter(|line| !line.starts_with('#')).map(str::as_bytes).collect();
    let mut random = rand::rngs::StdRng::seed_from_u64(17);
    let mut line = Line::new();
    let (mut steps, mut at, mut last) = (0, 0, Vec::new());
    while steps < 100_000 {
        let mut story = stories[random.random_range(0..stories.len())].to_vec();
        for _ in 0..random.random_range(0..4) {
            let place = random.random_range(0..story.len());
            match random.random_range(0..4) {
                0 => story.insert(place, b"ircabunp1246dhAtT"[random.random_range(0..17)]),
                1 if story.len() > 1 => drop(story.remove(place)),
                2 => story.extend_from_within(place..),
                _ => story.swap(place, 0),
            }
        }
        for letter in &story {
            step(&mut line, *letter, &mut last, &mut at);
            steps += 1;
        }
        assert!(line.agent.calls.len() <= MOST_CALLS, "{} calls", line.agent.calls.len());
        assert!(line.is_alive(), "dead after {}", String::from_utf8_lossy(&story));
        line.events.clear();
        if random.random_range(0..10) == 0 {
            line.pass(Duration::from_secs(400));
            line.sent.clear();
            let (purposes, servers) = (line.agent.purposes.len(), line.agent.servers.len());
            assert!(purposes <= 256 && servers <= 256, "{purposes} requests, {servers} to answer");
        }
    }
}
