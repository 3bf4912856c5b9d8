//! Digits as RTP events (RFC 4733).

use std::collections::VecDeque;

use super::codec::{Frame, TICK};

/// How long a digit sounds, in ticks of 10 ms. Gateways want at least 40 ms; 100 ms is what telephones do.
const TONE_TICKS: u32 = 10;

/// From the last update of one digit to the start of the next, in ticks: the three end packets and silence.
const GAP_TICKS: u32 = 8;

/// A `,` in the digits, in ticks.
const PAUSE_TICKS: u32 = 200;

/// Between two packets of an event, in ticks (RFC 4733 section 2.5.1.2 leaves it to the sender; 20 ms is usual).
const UPDATE_TICKS: u32 = 2;

/// How often the last packet is sent (RFC 4733 section 2.5.1.4).
const END_PACKETS: u32 = 3;

/// Digits that wait at most; more are refused.
pub const MOST_DIGITS: usize = 256;

/// -10 dBm0, as the power level of an event.
const VOLUME: u8 = 10;

/// The event code of a digit (RFC 4733 section 3.2).
fn code(digit: char) -> Option<u8> {
    Some(match digit.to_ascii_uppercase() {
        digit @ '0'..='9' => digit as u8 - b'0',
        '*' => 10,
        '#' => 11,
        digit @ 'A'..='D' => digit as u8 - b'A' + 12,
        _ => return None,
    })
}

/// The digit of an event code; none for flash and everything that is not a digit.
fn digit(code: u8) -> Option<char> {
    Some(match code {
        0..=9 => char::from(b'0' + code),
        10 => '*',
        11 => '#',
        12..=15 => char::from(b'A' + code - 12),
        _ => return None,
    })
}

/// What a tick sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// Nothing is going on: the microphone's sound.
    Sound,
    /// Nothing: the tone lasts, or the gap after it.
    Quiet,
    /// This packet.
    Packet {
        /// The first of its event: carries the marker, and starts a timestamp that the event keeps.
        first: bool,
        /// RFC 4733 section 2.3.
        payload: [u8; 4],
    },
}

enum State {
    Idle,
    Tone { code: u8, tick: u32 },
    Pause { left: u32 },
}

/// Sends digits, one after the other.
pub struct Sender {
    waiting: VecDeque<char>,
    state: State,
}

impl Sender {
    /// Nothing to send.
    pub fn new() -> Self {
        Self { waiting: VecDeque::new(), state: State::Idle }
    }

    /// Appends digits; what is neither a digit nor `,` is left out, and so is what exceeds [`MOST_DIGITS`].
    pub fn push(&mut self, digits: &str) {
        let wanted = digits.chars().filter(|digit| *digit == ',' || code(*digit).is_some());
        let room = MOST_DIGITS.saturating_sub(self.waiting.len());
        self.waiting.extend(wanted.take(room));
    }

    /// One tick of 10 ms; `clock_hz` is that of the event format.
    pub fn tick(&mut self, clock_hz: u32) -> Tick {
        self.step().map_or(Tick::Sound, |(code, at)| event_packet(code, at, clock_hz))
    }

    /// One tick of 10 ms where the peer knows no events: the two tones of a digit (ITU-T Q.23), silence in the gap after
    /// it, none while the microphone's sound goes out.
    pub fn tick_in_band(&mut self) -> Option<Frame> {
        let (code, at) = self.step()?;
        let tones = if at < TONE_TICKS { frequencies(code) } else { [0.0; 2] };
        Some(std::array::from_fn(|n| {
            let seconds = (at as usize * TICK + n) as f32 / 48_000.0;
            // 5 ms at both ends keep it from clicking.
            let end = TONE_TICKS as f32 / 100.0;
            let edge = (seconds.min(end - seconds) / 0.005).clamp(0.0, 1.0);
            tones.iter().map(|hz| 0.2 * edge * (std::f32::consts::TAU * hz * seconds).sin()).sum()
        }))
    }

    /// Where the digit stands that sounds: its code, and the ticks since its start.
    fn step(&mut self) -> Option<(u8, u32)> {
        if let State::Idle = self.state {
            self.state = match self.waiting.pop_front() {
                None => return None,
                Some(',') => State::Pause { left: PAUSE_TICKS },
                Some(digit) => State::Tone { code: code(digit)?, tick: 0 },
            };
        }
        match &mut self.state {
            State::Idle => None,
            State::Pause { left } => {
                *left -= 1;
                if *left == 0 {
                    self.state = State::Idle;
                }
                // Sound flows on in a pause: the menu at the other end may listen to speech.
                None
            }
            State::Tone { code, tick } => {
                let (code, at) = (*code, *tick);
                *tick += 1;
                if *tick >= TONE_TICKS + GAP_TICKS {
                    self.state = State::Idle;
                }
                Some((code, at))
            }
        }
    }
}

/// The low and the high tone of an event code, in hertz (ITU-T Q.23).
fn frequencies(code: u8) -> [f32; 2] {
    const LOW: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
    const HIGH: [f32; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];
    let (row, column) = match code {
        0 => (3, 1),
        10 => (3, 0),
        11 => (3, 2),
        digit @ 1..=9 => ((digit - 1) / 3, (digit - 1) % 3),
        letter => (letter.wrapping_sub(12) % 4, 3),
    };
    let pick = |tones: [f32; 4], at: u8| tones.get(usize::from(at)).copied().unwrap_or_default();
    [pick(LOW, row), pick(HIGH, column)]
}

/// The packet that is due `at` ticks into an event.
fn event_packet(code: u8, at: u32, clock_hz: u32) -> Tick {
    let ends = at >= TONE_TICKS;
    let due = at.is_multiple_of(UPDATE_TICKS) && at < TONE_TICKS + END_PACKETS * UPDATE_TICKS;
    if !due {
        return Tick::Quiet;
    }
    // The duration counts up to the end of the packet that reports it, in timestamp units.
    let ticks = (at + UPDATE_TICKS).min(TONE_TICKS);
    let duration = u16::try_from(ticks * (clock_hz / 100)).unwrap_or(u16::MAX);
    let [high, low] = duration.to_be_bytes();
    Tick::Packet { first: at == 0, payload: [code, u8::from(ends) << 7 | VOLUME, high, low] }
}

/// Hears digits, each once.
#[derive(Default)]
pub struct Receiver {
    /// The event heard last, by its timestamp: every packet of an event carries the same one.
    last: Option<u32>,
}

impl Receiver {
    /// Reads an event packet; a digit is reported with the first packet of it that arrives.
    pub fn packet(&mut self, timestamp: u32, payload: &[u8]) -> Option<char> {
        let &[code, _, _, _, ..] = payload else { return None };
        if let Some(last) = self.last {
            // Also packets of an older event that come late.
            if timestamp.wrapping_sub(last) as i32 <= 0 {
                return None;
            }
        }
        let digit = digit(code)?;
        self.last = Some(timestamp);
        Some(digit)
    }

    /// The source has changed: its timestamps are others.
    pub fn reset(&mut self) {
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(sender: &mut Sender, ticks: usize) -> Vec<Tick> {
        (0..ticks).map(|_| sender.tick(8_000)).collect()
    }

    #[test]
    fn a_digit_is_a_tone_of_100_ms_with_three_end_packets_and_a_gap() {
        let mut sender = Sender::new();
        sender.push("5");
        let ticks = run(&mut sender, 19);
        let packets: Vec<(usize, bool, [u8; 4])> = ticks
            .iter()
            .enumerate()
            .filter_map(|(at, tick)| match tick {
                Tick::Packet { first, payload } => Some((at, *first, *payload)),
                Tick::Quiet | Tick::Sound => None,
            })
            .collect();
        let rows = [
            (0, true, 160, 10),
            (2, false, 320, 10),
            (4, false, 480, 10),
            (6, false, 640, 10),
            (8, false, 800, 10),
            (10, false, 800, 0x8a),
            (12, false, 800, 0x8a),
            (14, false, 800, 0x8a),
        ];
        assert_eq!(packets.len(), rows.len());
        for ((at, first, payload), (row_at, row_first, duration, flags)) in packets.into_iter().zip(rows) {
            assert_eq!((at, first), (row_at, row_first));
            assert_eq!(payload, [5, flags, (duration >> 8) as u8, duration as u8]);
        }
        assert_eq!(ticks[17], Tick::Quiet);
        assert_eq!(ticks[18], Tick::Sound);
    }

    #[test]
    fn a_comma_waits_two_seconds_and_letters_are_left_out() {
        let mut sender = Sender::new();
        sender.push("1x,#");
        let starts: Vec<usize> = run(&mut sender, 300)
            .iter()
            .enumerate()
            .filter_map(|(at, tick)| matches!(tick, Tick::Packet { first: true, .. }).then_some(at))
            .collect();
        assert_eq!(starts, [0, 18 + 200]);
    }

    #[test]
    fn digits_are_heard_once_whatever_is_lost_repeated_or_late() {
        let mut receiver = Receiver::default();
        for (timestamp, payload, heard) in [
            (1_000, &[1, 10, 0, 160][..], Some('1')),
            (1_000, &[1, 10, 1, 64], None),
            (1_000, &[1, 0x8a, 3, 32], None),
            (3_000, &[11, 0x8a, 3, 32], Some('#')), // only its end arrived
            (1_000, &[1, 0x8a, 3, 32], None),       // late
            (5_000, &[16, 10, 0, 160], None),       // flash is not a digit
            (6_000, &[15, 10, 0, 160], Some('D')),
            (7_000, &[1, 10, 0], None), // too short
            (7_000, &[], None),
        ] {
            assert_eq!(receiver.packet(timestamp, payload), heard, "at {timestamp}");
        }
    }

    #[test]
    fn without_events_a_digit_is_two_tones() {
        use super::super::testing::tone_level;
        for (digit, low, high) in [
            ('1', 697.0, 1_209.0),
            ('5', 770.0, 1_336.0),
            ('0', 941.0, 1_336.0),
            ('#', 941.0, 1_477.0),
            ('D', 941.0, 1_633.0),
        ] {
            let mut sender = Sender::new();
            sender.push(&digit.to_string());
            let sound: Vec<f32> = std::iter::from_fn(|| sender.tick_in_band()).flatten().collect();
            assert_eq!(sound.len(), 18 * TICK);
            let tone = &sound[..10 * TICK];
            assert!(tone_level(tone, low) > 0.15 && tone_level(tone, high) > 0.15, "{digit}");
            assert!(sound[10 * TICK..].iter().all(|sample| *sample == 0.0));
        }
    }

    #[test]
    fn every_digit_survives_both_codes_and_floods_are_bounded() {
        for character in "0123456789*#ABCD".chars() {
            assert_eq!(code(character).and_then(digit), Some(character));
        }
        let mut sender = Sender::new();
        sender.push(&"1".repeat(10_000));
        assert_eq!(sender.waiting.len(), MOST_DIGITS);
    }
}
