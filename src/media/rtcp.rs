//! RTCP (RFC 3550 section 6): sender and receiver reports, the canonical name, goodbye, and the numbers behind them.

use std::time::Duration;

use super::rtp::extend_sequence;
use crate::model::{BootTime, WallTime};

/// Sub-packets of a compound packet that are looked at; nobody needs more.
const MOST_PARTS: usize = 16;

/// A middle of the interval between reports: the recommended minimum (RFC 3550 section 6.2).
pub const REPORT_INTERVAL: Duration = Duration::from_secs(5);

/// Packets by which a sequence may jump ahead before it is taken for a restart (RFC 3550 appendix A.1).
const MAX_DROPOUT: u64 = 3_000;

/// What a report block says about one source (RFC 3550 section 6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportBlock {
    /// The source that it is about.
    pub ssrc: u32,
    /// Loss since the last report, in 1/256.
    pub fraction_lost: u8,
    /// Loss since the start, 24 bits signed.
    pub cumulative_lost: i32,
    /// The highest sequence number, extended.
    pub highest_sequence: u32,
    /// In units of the clock.
    pub jitter: u32,
    /// The middle of the last sender report's NTP time.
    pub last_report: u32,
    /// Since that report arrived, in 1/65536 s.
    pub delay: u32,
}

/// What a compound packet tells us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A sender report: the middle 32 bits of its NTP time.
    Sender {
        /// Who reports.
        ssrc: u32,
        /// For `last_report`.
        ntp_middle: u32,
    },
    /// A report block in a sender or receiver report.
    Report(ReportBlock),
    /// A goodbye.
    Bye {
        /// Who leaves.
        ssrc: u32,
    },
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let chunk: &[u8; 4] = bytes.get(at..at.checked_add(4)?)?.first_chunk()?;
    Some(u32::from_be_bytes(*chunk))
}

/// Reads a compound packet; what lies about its length, or is not RTCP, ends the reading (RFC 3550 appendix A.2).
pub fn parse(packet: &[u8]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = packet;
    for _ in 0..MOST_PARTS {
        let Some(first) = word(rest, 0) else { break };
        let (version, count, kind) = (first >> 30, (first >> 24) & 0x1f, (first >> 16) & 0xff);
        let length = (first as usize & 0xffff) * 4 + 4;
        let (2, Some(part), Some(after)) = (version, rest.get(..length), rest.get(length..)) else { break };
        match kind {
            200 => read_reports(part, 28, count, &mut parts),
            201 => read_reports(part, 8, count, &mut parts),
            203 => parts.extend(word(part, 4).filter(|_| count > 0).map(|ssrc| Part::Bye { ssrc })),
            // Source descriptions carry names, which nobody here needs; the others are unknown.
            _ => {}
        }
        rest = after;
    }
    parts
}

fn read_reports(part: &[u8], blocks_at: usize, count: u32, parts: &mut Vec<Part>) {
    let sender = blocks_at == 28;
    if let (true, Some(ssrc), Some(high), Some(low)) = (sender, word(part, 4), word(part, 8), word(part, 12)) {
        parts.push(Part::Sender { ssrc, ntp_middle: high << 16 | low >> 16 });
    }
    for block in part.get(blocks_at..).unwrap_or_default().chunks_exact(24).take(count as usize) {
        let read = |at| word(block, at).unwrap_or_default();
        let lost = read(4);
        parts.push(Part::Report(ReportBlock {
            ssrc: read(0),
            fraction_lost: (lost >> 24) as u8,
            // Sign extension of 24 bits.
            cumulative_lost: (lost << 8) as i32 >> 8,
            highest_sequence: read(8),
            jitter: read(12),
            last_report: read(16),
            delay: read(20),
        }));
    }
}

/// What we sent, for a sender report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Packets.
    pub packets: u32,
    /// Bytes of payload.
    pub octets: u32,
    /// The RTP timestamp of now.
    pub timestamp: u32,
}

/// Writes a compound packet: a sender report, or a receiver report when `sent` is none, then the canonical name, then
/// goodbye where this is the last one.
pub fn write(ssrc: u32, ntp: u64, sent: Option<Sent>, block: Option<ReportBlock>, name: &str, bye: bool) -> Vec<u8> {
    let mut packet = Vec::with_capacity(128);
    let put = |packet: &mut Vec<u8>, value: u32| packet.extend_from_slice(&value.to_be_bytes());
    let count = u32::from(block.is_some());
    let head = |kind: u32, count: u32, words: u32| 2 << 30 | count << 24 | kind << 16 | words;
    match sent {
        Some(sent) => {
            put(&mut packet, head(200, count, 6 + 6 * count));
            put(&mut packet, ssrc);
            put(&mut packet, (ntp >> 32) as u32);
            put(&mut packet, ntp as u32);
            put(&mut packet, sent.timestamp);
            put(&mut packet, sent.packets);
            put(&mut packet, sent.octets);
        }
        None => {
            put(&mut packet, head(201, count, 1 + 6 * count));
            put(&mut packet, ssrc);
        }
    }
    if let Some(block) = block {
        put(&mut packet, block.ssrc);
        put(&mut packet, u32::from(block.fraction_lost) << 24 | block.cumulative_lost as u32 & 0x00ff_ffff);
        for value in [block.highest_sequence, block.jitter, block.last_report, block.delay] {
            put(&mut packet, value);
        }
    }
    // SDES with CNAME (item 1): SSRC, item, a null, padding to a word.
    let name = name.get(..name.len().min(60)).unwrap_or_default();
    let words = (4 + 2 + name.len() + 1).div_ceil(4);
    put(&mut packet, head(202, 1, words as u32));
    let end = packet.len() + words * 4;
    put(&mut packet, ssrc);
    packet.extend_from_slice(&[1, name.len() as u8]);
    packet.extend_from_slice(name.as_bytes());
    packet.resize(end, 0);
    if bye {
        put(&mut packet, head(203, 1, 1));
        put(&mut packet, ssrc);
    }
    packet
}

/// NTP time (RFC 3550 section 4), seconds since 1900 in the upper half. Boot time since `start` is added to the wall time
/// there, so a clock that is set during the call does not confuse the peer.
pub fn ntp(start: (WallTime, BootTime), now: BootTime) -> u64 {
    const SECONDS_1900_TO_1970: u64 = 2_208_988_800;
    let unix = Duration::from_millis(u64::try_from(start.0.unix_ms()).unwrap_or_default());
    let at = unix + now.saturating_since(start.1);
    let fraction = (u64::from(at.subsec_nanos()) << 32) / 1_000_000_000;
    (at.as_secs().wrapping_add(SECONDS_1900_TO_1970) << 32) | fraction
}

/// The round trip from a report block about us (RFC 3550 section 6.4.1), none when it names no report of ours or lies.
pub fn round_trip(block: &ReportBlock, ntp_now: u64) -> Option<Duration> {
    if block.last_report == 0 {
        return None;
    }
    let arrival = (ntp_now >> 16) as u32;
    let units = arrival.wrapping_sub(block.last_report).wrapping_sub(block.delay);
    // More than ten seconds, or less than nothing: the peer's sums are wrong.
    (units < 10 << 16).then(|| Duration::from_secs_f64(f64::from(units) / 65_536.0))
}

/// Counts what arrives from one source (RFC 3550 appendices A.1, A.3 and A.8).
#[derive(Clone, Debug)]
pub struct Reception {
    ssrc: u32,
    clock_hz: u32,
    base: u64,
    highest: u64,
    received: u64,
    expected_before: u64,
    received_before: u64,
    transit: Option<f64>,
    jitter: f64,
    last_report: Option<(u32, BootTime)>,
}

impl Reception {
    /// Starts with the first packet of a source.
    pub fn new(ssrc: u32, sequence: u16, clock_hz: u32) -> Self {
        // One cycle up, so that a packet from before the first one does not fall below zero.
        let base = 65_536 + u64::from(sequence);
        Self {
            ssrc,
            clock_hz: clock_hz.max(1),
            base,
            highest: base,
            received: 0,
            expected_before: 0,
            received_before: 0,
            transit: None,
            jitter: 0.0,
            last_report: None,
        }
    }

    /// The source.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// The payload type has changed, and with it the clock: its timestamps cannot be compared with those before.
    pub fn set_clock(&mut self, clock_hz: u32) {
        if self.clock_hz != clock_hz.max(1) {
            self.clock_hz = clock_hz.max(1);
            (self.transit, self.jitter) = (None, 0.0);
        }
    }

    /// Counts a packet whose timestamp says nothing.
    pub fn count(&mut self, sequence: u16) {
        let extended = extend_sequence(self.highest, sequence);
        if extended > self.highest + MAX_DROPOUT {
            // A restart: what is between was never sent.
            self.base += extended - self.highest - 1;
        }
        self.highest = self.highest.max(extended);
        self.received += 1;
    }

    /// Counts a packet.
    pub fn packet(&mut self, sequence: u16, timestamp: u32, at: BootTime) {
        self.count(sequence);
        // Interarrival jitter: arrival and timestamp in units of the clock, smoothed by 1/16. Only differences matter, so
        // the wrap of the timestamp is undone by taking the difference modulo 2^32.
        let arrival = at.as_duration().as_secs_f64() * f64::from(self.clock_hz);
        let transit = (arrival - f64::from(timestamp)).rem_euclid(4_294_967_296.0);
        if let Some(before) = self.transit {
            let difference = (transit - before).abs();
            let difference = difference.min(4_294_967_296.0 - difference);
            self.jitter += (difference.min(f64::from(self.clock_hz)) - self.jitter) / 16.0;
        }
        self.transit = Some(transit);
    }

    /// A sender report of this source came.
    pub fn sender_report(&mut self, ntp_middle: u32, at: BootTime) {
        self.last_report = Some((ntp_middle, at));
    }

    /// Packets that should have come so far.
    pub fn expected(&self) -> u64 {
        self.highest.saturating_sub(self.base) + 1
    }

    /// Packets that never came.
    pub fn lost(&self) -> u64 {
        self.expected().saturating_sub(self.received)
    }

    /// The interarrival jitter.
    pub fn jitter(&self) -> Duration {
        Duration::from_secs_f64(self.jitter / f64::from(self.clock_hz))
    }

    /// The block for the next report.
    pub fn report(&mut self, now: BootTime) -> ReportBlock {
        let expected = self.expected();
        let expected_interval = expected.saturating_sub(self.expected_before);
        let lost_interval = expected_interval.saturating_sub(self.received - self.received_before);
        self.expected_before = expected;
        self.received_before = self.received;
        let fraction_lost = (lost_interval * 256).checked_div(expected_interval).unwrap_or_default().min(255) as u8;
        let (last_report, delay) = self
            .last_report
            .map_or((0, 0), |(middle, at)| (middle, (now.saturating_since(at).as_secs_f64() * 65_536.0) as u32));
        ReportBlock {
            ssrc: self.ssrc,
            fraction_lost,
            cumulative_lost: i32::try_from(self.lost()).unwrap_or(i32::MAX).min(0x7f_ffff),
            highest_sequence: (self.highest - 65_536) as u32,
            jitter: self.jitter as u32,
            last_report,
            delay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> BootTime {
        BootTime::from_duration(Duration::from_millis(ms))
    }

    #[test]
    fn what_is_written_is_read_back() {
        let block = ReportBlock {
            ssrc: 7,
            fraction_lost: 3,
            cumulative_lost: -2,
            highest_sequence: 9,
            jitter: 4,
            last_report: 5,
            delay: 6,
        };
        let sent = Sent { packets: 1, octets: 160, timestamp: 99 };
        let packet = write(1, 0x0001_0002_0003_0004, Some(sent), Some(block), "name", true);
        assert_eq!(packet.len() % 4, 0);
        let sender = Part::Sender { ssrc: 1, ntp_middle: 0x0002_0003 };
        assert_eq!(parse(&packet), [sender, Part::Report(block), Part::Bye { ssrc: 1 }]);
        assert_eq!(parse(&write(1, 0, None, None, "abc", false)), []);
    }

    #[test]
    fn m03_short_and_lying_reports_are_dropped_without_reading_past_the_end() {
        let whole = write(1, 9, Some(Sent::default()), Some(ReportBlock::default()), "name", true);
        for length in 0..whole.len() {
            let _ = parse(&whole[..length]);
        }
        assert_eq!(parse(&[0x80, 200, 0, 0]), [], "four octets");
        assert_eq!(parse(&[0x9f, 201, 0xff, 0xff, 0, 0, 0, 1]), [], "31 blocks in no bytes");
        assert_eq!(parse(&[0x80, 203, 0, 0]), [], "a goodbye of nobody");
        assert!(parse(&[0x80, 201, 0, 0].repeat(10_000)).is_empty());
    }

    #[test]
    fn loss_counts_over_the_wrap_and_per_interval() {
        let mut reception = Reception::new(1, 65_530, 8_000);
        for n in (0..20_u16).filter(|n| ![3, 7, 8, 12, 19].contains(n)) {
            reception.packet(65_530_u16.wrapping_add(n), u32::from(n) * 160, at(u64::from(n) * 20));
        }
        assert_eq!((reception.expected(), reception.lost()), (19, 4));
        let block = reception.report(at(400));
        assert_eq!((block.fraction_lost, block.cumulative_lost), ((4 * 256 / 19) as u8, 4));
        assert_eq!(block.highest_sequence, 65_536 + 12);
        assert_eq!(reception.report(at(500)).fraction_lost, 0, "nothing was expected since");
    }

    #[test]
    fn jitter_is_zero_for_a_steady_stream_and_grows_to_the_mean_difference() {
        let mut steady = Reception::new(1, 0, 8_000);
        let mut rough = Reception::new(1, 0, 8_000);
        for n in 0..500_u64 {
            // The timestamp wraps on the way.
            let timestamp = (n as u32 * 160).wrapping_sub(8_000);
            steady.packet(n as u16, timestamp, at(n * 20));
            rough.packet(n as u16, timestamp, at(n * 20 + n % 2 * 10));
        }
        assert!(steady.jitter() < Duration::from_micros(10), "{:?}", steady.jitter());
        assert!((9..=10).contains(&(rough.jitter() + Duration::from_micros(500)).as_millis()), "{:?}", rough.jitter());
    }

    #[test]
    fn the_round_trip_comes_from_the_echo_of_our_own_report() {
        let start = (WallTime::from_unix_ms(1_700_000_000_000), at(1_000));
        let sent = ntp(start, at(5_000));
        let block = ReportBlock { last_report: (sent >> 16) as u32, delay: 65_536 / 2, ..ReportBlock::default() };
        let measured = round_trip(&block, ntp(start, at(5_600))).unwrap();
        assert!((99..=101).contains(&measured.as_millis()), "{measured:?}");
        assert_eq!(round_trip(&block, ntp(start, at(5_400))), None, "a delay longer than the trip");
        assert_eq!(round_trip(&ReportBlock::default(), sent), None);
    }
}
