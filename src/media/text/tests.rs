//! Two ends that write to each other over a bad network, in pretend time.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::{BACKSPACE, MISSING, Output, TextStream};
use crate::media::rtp::Header;
use crate::model::{BootTime, CallText, MediaDirection, WallTime, Writer};
use crate::sdp::{CryptoSuite, MasterKey, SrtpKeys, TextPlan};

fn at(ms: u64) -> BootTime {
    BootTime::from_duration(Duration::from_millis(1_000 + ms))
}

fn address(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

pub fn plan(port: u16) -> TextPlan {
    TextPlan {
        remote: address(port),
        bundled: false,
        protected: false,
        srtp: None,
        send: 98,
        send_redundancy: Some((99, 2)),
        receive: 98,
        receive_redundancy: Some(99),
        characters_per_second: 30,
        direction: MediaDirection::SendRecv,
    }
}

fn keys(local: u8, remote: u8) -> SrtpKeys {
    SrtpKeys::new(CryptoSuite::AesCm128HmacSha1_80, MasterKey(vec![local; 30]), MasterKey(vec![remote; 30]))
}

/// What becomes of a packet, by its number in the order of sending: lost, or how many milliseconds late and how often.
type Network = fn(usize) -> Option<(u64, usize)>;

/// Alice at port 1, who types at given times, and Bob at port 2, who reads. What Bob sees, and the times of Alice's packets.
struct Story {
    alice: TextStream,
    bob: TextStream,
    seen: CallText,
    sent: Vec<(u64, Vec<u8>)>,
}

impl Story {
    fn new(alice: TextPlan, bob: TextPlan) -> Self {
        Self {
            alice: TextStream::new(TextPlan { remote: address(2), ..alice }, None, [1; 32], at(0)).unwrap(),
            bob: TextStream::new(TextPlan { remote: address(1), ..bob }, None, [2; 32], at(0)).unwrap(),
            seen: CallText::default(),
            sent: Vec::new(),
        }
    }

    /// Runs until `end`, in steps of 10 ms as the engine ticks.
    fn run(&mut self, typed: &[(u64, &str)], network: Network, end: u64) -> String {
        let mut under_way: Vec<(u64, Vec<u8>)> = Vec::new();
        for ms in (0..=end).step_by(10) {
            for (_, text) in typed.iter().filter(|(when, _)| *when == ms) {
                assert!(self.alice.handle_text(text, at(ms)));
            }
            self.alice.handle_timeout(at(ms));
            while let Some(output) = self.alice.poll_output() {
                let Output::Transmit { packet, to } = output else { panic!("nobody writes to Alice") };
                assert_eq!(to, address(2));
                let Some((late, copies)) = network(self.sent.len()) else {
                    self.sent.push((ms, packet));
                    continue;
                };
                under_way.extend((0..copies).map(|_| (ms + late, packet.clone())));
                self.sent.push((ms, packet));
            }
            let (now, later) = under_way.into_iter().partition(|(due, _)| *due <= ms);
            under_way = later;
            for (_, packet) in now {
                self.bob.handle_packet(address(1), &packet, at(ms));
            }
            self.bob.handle_timeout(at(ms));
            while let Some(output) = self.bob.poll_output() {
                if let Output::Received(text) = output {
                    self.seen.write(Writer::Peer, &text, WallTime::default());
                }
            }
        }
        self.shown()
    }

    fn shown(&self) -> String {
        self.seen.lines.iter().map(|line| line.text.to_string()).collect::<Vec<_>>().join("/")
    }
}

const QUIET: Network = |_| Some((20, 1));

/// A letter every 100 ms.
fn slowly(text: &'static str) -> Vec<(u64, &'static str)> {
    text.char_indices().map(|(n, c)| (1_000 + 100 * n as u64, &text[n..n + c.len_utf8()])).collect()
}

const SENTENCE: &str = "Could you call me back tomorrow at nine, please?";

#[test]
fn what_is_typed_is_read_as_it_is_typed_and_a_first_letter_at_once() {
    let mut story = Story::new(plan(0), plan(0));
    assert_eq!(story.run(&[(1_000, "H")], QUIET, 1_050), "H", "after a pause nothing is waited for");
    let mut story = Story::new(plan(0), plan(0));
    assert_eq!(story.run(&slowly(SENTENCE), QUIET, 8_000), SENTENCE);
    let times: Vec<u64> = story.sent.iter().map(|(ms, _)| *ms).filter(|ms| (1_000..7_000).contains(ms)).collect();
    let gaps: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.iter().all(|gap| (300..=310).contains(gap)), "every 300 ms: {gaps:?}");
}

#[test]
fn corrections_and_new_lines_arrive_as_they_were_made() {
    let mut story = Story::new(plan(0), plan(0));
    let typed = [(1_000, "Helo"), (1_500, "\u{8}lo"), (2_000, "\nwörld \u{1f600}"), (2_500, "\u{8}\u{8}!")];
    assert_eq!(story.run(&typed, QUIET, 5_000), "Hello/wörld!");
    assert_eq!(BACKSPACE, '\u{8}');
}

#[test]
fn two_packets_lost_in_a_row_are_repaired_by_their_copies() {
    let networks: [Network; 3] = [
        |n| (n % 3 == 0).then_some((20, 1)),
        |n| (n % 3 == 1 || n == 0).then_some((20, 1)),
        |n| (n % 3 == 2 || n == 0).then_some((20, 1)),
    ];
    for network in networks {
        let mut story = Story::new(plan(0), plan(0));
        assert_eq!(story.run(&slowly(SENTENCE), network, 12_000), SENTENCE, "two of three packets are lost");
    }
}

#[test]
fn four_packets_lost_in_a_row_leave_a_mark_and_the_rest() {
    let mut story = Story::new(plan(0), plan(0));
    let shown = story.run(&slowly(SENTENCE), |n| (!(6..10).contains(&n)).then_some((20, 1)), 12_000);
    assert_eq!(shown.matches(MISSING).count(), 1, "{shown}");
    let (before, after) = shown.split_once(MISSING).unwrap();
    assert!(SENTENCE.starts_with(before) && SENTENCE.ends_with(after), "{shown}");
    assert!(SENTENCE.len() - before.len() - after.len() <= 8, "of four packets two are repaired: {shown}");
}

#[test]
fn packets_out_of_order_and_doubled_change_nothing() {
    let rows: [(&str, Network); 3] = [
        ("every second one overtakes the next", |n| Some((if n % 2 == 0 { 650 } else { 20 }, 1))),
        ("each comes three times", |_| Some((20, 3))),
        ("both, with loss", |n| (n % 4 != 1).then_some((if n % 3 == 0 { 900 } else { 20 }, 2))),
    ];
    for (name, network) in rows {
        let mut story = Story::new(plan(0), plan(0));
        assert_eq!(story.run(&slowly(SENTENCE), network, 14_000), SENTENCE, "{name}");
    }
}

#[test]
fn without_copies_each_lost_packet_is_a_mark() {
    let plain = || TextPlan { send_redundancy: None, receive_redundancy: None, ..plan(0) };
    let mut story = Story::new(plain(), plain());
    let shown = story.run(&slowly(SENTENCE), |n| (n != 5 && n != 9).then_some((20, 1)), 12_000);
    assert_eq!(shown.matches(MISSING).count(), 2, "{shown}");
}

#[test]
fn a_page_that_is_pasted_goes_no_faster_than_the_other_side_takes() {
    let slow = || TextPlan { characters_per_second: 10, ..plan(0) };
    let mut story = Story::new(slow(), slow());
    let page: &'static str = Box::leak("word ".repeat(100).into_boxed_str());
    let early = story.run(&[(1_000, page)], QUIET, 10_000);
    assert!((90..=100).contains(&early.len()), "ten seconds' worth at once: {}", early.len());
    let mut story = Story::new(slow(), slow());
    assert_eq!(story.run(&[(1_000, page)], QUIET, 60_000).len(), page.len(), "all of it in the end");
}

#[test]
fn an_idle_stream_keeps_its_way_open_and_says_nothing() {
    let mut story = Story::new(plan(0), plan(0));
    assert_eq!(story.run(&[], QUIET, 61_000), "");
    assert!((7..=9).contains(&story.sent.len()), "the mark at the beginning, its copies, and one each 15 s");
    let mut bundled = Story::new(TextPlan { bundled: true, ..plan(0) }, plan(0));
    assert_eq!(bundled.run(&[], QUIET, 61_000), "");
    assert_eq!(bundled.sent.len(), 3, "sound keeps the way open");
}

#[test]
fn on_hold_text_waits_and_goes_on_afterwards() {
    let mut story = Story::new(plan(0), plan(0));
    let held = TextPlan { direction: MediaDirection::Inactive, ..plan(2) };
    story.alice.handle_plan(held, None, at(0)).unwrap();
    assert_eq!(story.run(&[(1_000, "later")], QUIET, 4_000), "");
    story.alice.handle_plan(plan(2), None, at(4_000)).unwrap();
    assert_eq!(story.run(&[], QUIET, 1_000), "later");
}

#[test]
fn m08_protected_text_is_never_in_the_clear_and_foreign_packets_are_not_read() {
    let mut alice = TextPlan { protected: true, srtp: Some(keys(1, 2)), ..plan(0) };
    let bob = TextPlan { protected: true, srtp: Some(keys(2, 1)), ..plan(0) };
    let mut story = Story::new(alice.clone(), bob);
    assert_eq!(story.run(&[(1_000, "secret")], QUIET, 4_000), "secret");
    assert!(story.sent.iter().all(|(_, packet)| !packet.windows(6).any(|bytes| bytes == b"secret")));
    let header =
        Header { padding: false, marker: false, payload_type: 98, sequence: 9, timestamp: 0, ssrc: 5, length: 0 };
    story.bob.handle_packet(address(1), &header.write(b"forged"), at(5_000));
    story.bob.handle_timeout(at(7_000));
    while let Some(output) = story.bob.poll_output() {
        assert!(!matches!(output, Output::Received(_)), "forged");
    }

    // Keys are still to come: nothing is sent before.
    (alice.srtp, alice.bundled) = (None, true);
    let mut story = Story::new(alice.clone(), TextPlan { protected: true, srtp: Some(keys(2, 1)), ..plan(0) });
    assert_eq!(story.run(&[(1_000, "secret")], QUIET, 4_000), "");
    assert!(story.sent.is_empty());
    story.alice.handle_plan(TextPlan { remote: address(2), ..alice }, Some(&keys(1, 2)), at(4_000)).unwrap();
    assert_eq!(story.run(&[], QUIET, 9_000), "secret", "typed before, sent when it may be");
}

#[test]
fn m11_a_flood_of_text_is_cut_short_and_marked() {
    let mut bob = TextStream::new(plan(1), None, [2; 32], at(0)).unwrap();
    let mut read = String::new();
    for n in 0..5_000_u32 {
        let header = Header {
            padding: false,
            marker: false,
            payload_type: 98,
            sequence: n as u16,
            timestamp: n,
            ssrc: 5,
            length: 0,
        };
        bob.handle_packet(address(1), &header.write(&[b'x'; 1_000]), at(u64::from(n)));
        assert!(bob.held() <= 65);
        while let Some(Output::Received(text)) = bob.poll_output() {
            read.push_str(&text);
        }
    }
    let letters = read.matches('x').count();
    assert!((4_000..4_700).contains(&letters), "a burst, and then so many a second: {letters}");
    assert!(read.contains(MISSING));
}
