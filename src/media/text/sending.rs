//! What the user types becomes packets: at once after a pause, then every 300 ms, each with copies of the ones before it.

use std::collections::VecDeque;
use std::time::Duration;

use rand::Rng as _;
use rand::rngs::StdRng;

use super::blocks;
use super::characters::{BYTE_ORDER_MARK, on_the_wire};
use crate::media::rtp::Header;
use crate::model::BootTime;
use crate::sdp::TextPlan;

/// Between two packets (RFC 4103 section 5.1).
pub const INTERVAL: Duration = Duration::from_millis(300);
/// The time over which the peer's limit of characters holds (RFC 4103 section 6).
const LIMIT_OVER: Duration = Duration::from_secs(10);
/// The most characters of one packet; with copies it stays far below what a network carries whole.
const MOST_AT_ONCE: usize = 60;
/// Without a packet for this long the routers on the way forget it (RFC 6263 section 7).
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Characters that wait: five minutes at the usual limit. When full, further ones are not taken.
pub const MOST_WAITING: usize = 10_000;

/// The sending end.
#[derive(Debug)]
pub struct Sending {
    waiting: VecDeque<char>,
    /// The last packets' texts with their timestamps, the youngest first.
    sent: VecDeque<(u32, Vec<u8>)>,
    /// Packets that still have to repeat the last text.
    repeats: usize,
    /// Characters sent lately, and when; one entry a packet, so there are few.
    lately: VecDeque<(BootTime, usize)>,
    last: Option<BootTime>,
    began: BootTime,
    ssrc: u32,
    sequence: u16,
    offset: u32,
}

impl Sending {
    /// Nothing typed yet; the stream begins with a byte order mark.
    pub fn new(random: &mut StdRng, now: BootTime) -> Self {
        Self {
            waiting: VecDeque::from([BYTE_ORDER_MARK]),
            sent: VecDeque::new(),
            repeats: 0,
            lately: VecDeque::new(),
            last: None,
            began: now,
            ssrc: random.random(),
            sequence: random.random(),
            offset: random.random(),
        }
    }

    /// Our source.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// The user types. Answers whether all of it was taken.
    pub fn push(&mut self, text: &str) -> bool {
        for c in text.chars().filter_map(on_the_wire) {
            if self.waiting.len() >= MOST_WAITING {
                return false;
            }
            self.waiting.push_back(c);
        }
        true
    }

    /// When there is something to send.
    pub fn poll_timeout(&self, plan: &TextPlan) -> Option<BootTime> {
        let Some(last) = self.last else { return Some(self.began) };
        let alive = (!plan.bundled).then(|| last + KEEP_ALIVE);
        let text = if self.repeats > 0 {
            Some(last + INTERVAL)
        } else if self.waiting.is_empty() {
            None
        } else {
            Some((last + INTERVAL).max(self.free_at(plan.characters_per_second)))
        };
        text.into_iter().chain(alive).min()
    }

    /// The packet that is due, in the clear.
    pub fn handle_timeout(&mut self, plan: &TextPlan, now: BootTime) -> Option<Vec<u8>> {
        if self.poll_timeout(plan).is_none_or(|due| now < due) {
            return None;
        }
        // RFC 4103 section 3: the first packet after a pause is marked.
        let marker = self.last.is_none_or(|last| now.saturating_since(last) >= 2 * INTERVAL);
        let text = self.take(plan.characters_per_second, now);
        let generations = plan.send_redundancy.map_or(0, |(_, generations)| generations);
        if !text.is_empty() {
            self.repeats = generations;
        } else {
            self.repeats = self.repeats.saturating_sub(1);
        }
        let ms = now.saturating_since(self.began).as_millis() as u32;
        let timestamp = self.offset.wrapping_add(ms);
        let (payload_type, payload) = match plan.send_redundancy {
            Some((redundancy, generations)) => {
                let nothing = (timestamp, Vec::new());
                let copies: Vec<&(u32, Vec<u8>)> =
                    (0..generations).rev().map(|back| self.sent.get(back).unwrap_or(&nothing)).collect();
                let copies = copies.iter().map(|(then, copy)| (timestamp.wrapping_sub(*then), copy.as_slice()));
                (redundancy, blocks::write(plan.send, copies, &text))
            }
            None => (plan.send, text.clone()),
        };
        let header = Header {
            padding: false,
            marker,
            payload_type,
            sequence: self.sequence,
            timestamp,
            ssrc: self.ssrc,
            length: 0,
        };
        self.sequence = self.sequence.wrapping_add(1);
        self.sent.push_front((timestamp, text));
        self.sent.truncate(blocks::MOST_GENERATIONS);
        self.last = Some(now);
        Some(header.write(&payload))
    }

    /// The next characters, as many as the peer's limit allows.
    fn take(&mut self, limit: u32, now: BootTime) -> Vec<u8> {
        while self.lately.front().is_some_and(|(at, _)| now.saturating_since(*at) >= LIMIT_OVER) {
            self.lately.pop_front();
        }
        let lately: usize = self.lately.iter().map(|(_, count)| count).sum();
        let count = allowance(limit).saturating_sub(lately).min(MOST_AT_ONCE).min(self.waiting.len());
        if count > 0 {
            self.lately.push_back((now, count));
        }
        self.waiting.drain(..count).collect::<String>().into_bytes()
    }

    /// When the limit lets another character go.
    fn free_at(&self, limit: u32) -> BootTime {
        let lately: usize = self.lately.iter().map(|(_, count)| count).sum();
        match self.lately.front() {
            Some((at, _)) if lately >= allowance(limit) => *at + LIMIT_OVER,
            Some(_) | None => BootTime::default(),
        }
    }
}

/// Characters within [`LIMIT_OVER`].
fn allowance(per_second: u32) -> usize {
    usize::try_from(u64::from(per_second.max(1)) * LIMIT_OVER.as_secs()).unwrap_or(usize::MAX)
}
