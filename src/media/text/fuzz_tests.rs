//! Mutated packets of text: nothing panics, and nothing that is read holds what must not be shown.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::tests::plan;
use super::{BACKSPACE, Output, TextStream};
use crate::model::mutation::{MUTATIONS, corpus, mutated};
use crate::model::{BootTime, is_hidden};

#[test]
fn m12_a_hundred_thousand_mutated_packets_of_text_break_nothing() {
    let mut inputs = corpus("text");
    let mut random = StdRng::seed_from_u64(4_103);
    let from = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
    let now = |n: u64| BootTime::from_duration(Duration::from_millis(n * 10));
    // What the machine says itself.
    let mut writer = TextStream::new(plan(1), None, [3; 32], now(0)).unwrap();
    assert!(writer.handle_text("Ünïcödé \u{1f600}\nnext\u{8}", now(0)));
    for n in 0..200 {
        writer.handle_timeout(now(n));
        while let Some(Output::Transmit { packet, .. }) = writer.poll_output() {
            inputs.push(packet);
        }
    }
    let mut reader = TextStream::new(plan(1), None, [4; 32], now(0)).unwrap();
    let mut read = 0;
    for n in 0..MUTATIONS as u64 {
        reader.handle_packet(from, &mutated(&inputs, &mut random), now(n));
        assert!(reader.held() <= 65);
        while let Some(output) = reader.poll_output() {
            if let Output::Received(text) = output {
                read += text.len();
                let shown = |c: char| matches!(c, '\n' | BACKSPACE) || !(c.is_control() || is_hidden(c));
                assert!(text.chars().all(shown), "{text:?}");
            }
        }
    }
    assert!(read > 1_000, "most mutations stay close to what is good: {read}");
}
