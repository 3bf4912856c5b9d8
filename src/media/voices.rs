//! Who speaks among those whom a mixer lets us hear (RFC 3550 section 7.1, RFC 6465): what each packet says of it, and what of it
//! is worth telling.

use std::sync::Arc;
use std::time::Duration;

use super::codec::Frame;
use super::rtp::{Header, LARGEST_PACKET};
use crate::model::BootTime;

/// Contributing sources of one packet: its header counts them in four bits. When full: the quietest is left out.
pub const MOST_CONTRIBUTORS: usize = 15;
/// Sources of one call that are followed. When full: further ones are not heard of until one falls silent.
const MOST_SOURCES: usize = 64;
/// The level of silence (RFC 6465 section 3): decibels below the loudest that there is.
pub const SILENT: u8 = 127;
/// Whoever is at least this loud begins to speak.
const LOUD: u8 = 45;
/// Whoever is softer than this no longer does, after a while.
const SOFT: u8 = 55;
/// That while: the pause between two words.
const PAUSE: Duration = Duration::from_millis(700);
/// What begins a header extension of the short form (RFC 8285 section 4.2).
const SHORT_FORM: [u8; 2] = [0xbe, 0xde];

/// How loud a tick is, in decibels below full scale (RFC 6465 section 3), 0 to 127.
pub fn level_of(frame: &Frame) -> u8 {
    let power = frame.iter().filter(|sample| sample.is_finite()).map(|sample| sample * sample).sum::<f32>();
    let power = power / frame.len() as f32;
    if power < 1e-13 { SILENT } else { (-10.0 * power.log10()).round().clamp(0.0, f32::from(SILENT)) as u8 }
}

/// Who contributed to a packet, with the level of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contributors {
    all: [(u32, u8); MOST_CONTRIBUTORS],
    length: usize,
}

impl Contributors {
    /// Each source with its level.
    pub fn iter(&self) -> impl Iterator<Item = (u32, u8)> + '_ {
        self.all.iter().take(self.length).copied()
    }

    /// Nobody contributed.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Somebody contributed; a source that is there already counts by its loudest tick. Silence is no contribution.
    pub fn add(&mut self, source: u32, level: u8) {
        if level >= SILENT {
            return;
        }
        if let Some(known) = self.all.iter_mut().take(self.length).find(|(known, _)| *known == source) {
            known.1 = known.1.min(level);
        } else if let Some(free) = self.all.get_mut(self.length) {
            *free = (source, level);
            self.length += 1;
        } else if let Some(quietest) = self.all.iter_mut().max_by_key(|(_, level)| *level)
            && quietest.1 > level
        {
            *quietest = (source, level);
        }
    }

    /// Those without one of them.
    pub fn without(&self, source: u32) -> Self {
        let mut rest = Self::default();
        self.iter().filter(|(known, _)| *known != source).for_each(|(known, level)| rest.add(known, level));
        rest
    }

    /// A packet with this header that names them; their levels go along under this number, where there is one.
    pub fn write(&self, header: &Header, number: Option<u8>, payload: &[u8]) -> Vec<u8> {
        let plain = header.write(payload);
        let number = number.filter(|number| (1..=14).contains(number));
        let (Some((fixed, payload)), false) = (plain.split_at_checked(12), self.is_empty()) else { return plain };
        let mut packet = Vec::with_capacity(LARGEST_PACKET.min(plain.len() + 84));
        packet.extend_from_slice(fixed);
        if let Some(first) = packet.first_mut() {
            *first |= self.length as u8 | if number.is_some() { 0x10 } else { 0 };
        }
        self.iter().for_each(|(source, _)| packet.extend_from_slice(&source.to_be_bytes()));
        if let Some(number) = number {
            let words = (1 + self.length).div_ceil(4);
            packet.extend_from_slice(&SHORT_FORM);
            packet.extend_from_slice(&(words as u16).to_be_bytes());
            // RFC 8285 section 4.2: the number, and one less than the length.
            packet.push(number << 4 | (self.length - 1) as u8);
            self.iter().for_each(|(_, level)| packet.push(level & 0x7f));
            packet.resize(packet.len() + words * 4 - 1 - self.length, 0);
        }
        packet.extend_from_slice(payload);
        packet
    }

    /// Who contributed to a packet, where it says how loud they are under this number. What lies about its lengths says nothing.
    pub fn read(packet: &[u8], header: &Header, number: u8) -> Option<Self> {
        let count = usize::from(packet.first()? & 0x0f);
        let sources = packet.get(12..12 + count * 4)?;
        let extension = packet.get(12 + count * 4..header.length)?;
        let mut rest = extension.strip_prefix(&SHORT_FORM)?.get(2..)?;
        while let Some((&first, behind)) = rest.split_first() {
            let (found, length) = (first >> 4, usize::from(first & 0x0f) + 1);
            match found {
                // Padding between elements.
                0 => rest = behind,
                // RFC 8285 section 4.2: what follows is not to be read.
                15 => return None,
                _ if found == number => {
                    let levels = behind.get(..length)?;
                    let mut all = Self::default();
                    for (source, level) in sources.as_chunks::<4>().0.iter().zip(levels) {
                        all.add(u32::from_be_bytes(*source), level & 0x7f);
                    }
                    return Some(all);
                }
                _ => rest = behind.get(length..)?,
            }
        }
        None
    }
}

/// Who speaks, told when that changes.
#[derive(Debug, Default)]
pub struct Voices {
    /// Everybody who speaks, and when they were loud last.
    speaking: Vec<(u32, BootTime)>,
    changed: bool,
}

impl Voices {
    /// A source was this loud.
    pub fn hear(&mut self, source: u32, level: u8, now: BootTime) {
        let free = self.speaking.len() < MOST_SOURCES;
        match self.speaking.iter_mut().find(|(known, _)| *known == source) {
            Some((_, last)) if level <= SOFT => *last = now,
            Some(_) => {}
            None if level <= LOUD && free => {
                self.speaking.push((source, now));
                self.changed = true;
            }
            None => {}
        }
    }

    /// Everybody who speaks now, where that is news.
    pub fn news(&mut self, now: BootTime) -> Option<Arc<[u32]>> {
        let before = self.speaking.len();
        self.speaking.retain(|(_, last)| now.saturating_since(*last) < PAUSE);
        let changed = std::mem::take(&mut self.changed) || self.speaking.len() != before;
        changed.then(|| self.speaking.iter().map(|(source, _)| *source).collect())
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    use super::*;
    use crate::media::testing::sine;

    fn header() -> Header {
        Header { padding: false, marker: false, payload_type: 96, sequence: 7, timestamp: 9, ssrc: 11, length: 12 }
    }

    fn several(count: u32) -> Contributors {
        let mut all = Contributors::default();
        (0..count).for_each(|at| all.add(1_000 + at, (at % 100) as u8));
        all
    }

    #[test]
    fn who_contributed_is_read_as_it_was_written_and_the_payload_stays_whole() {
        for count in [1, 2, 3, 4, 7, 15] {
            let packet = several(count).write(&header(), Some(3), b"sound");
            let read = Header::parse(&packet).unwrap();
            assert_eq!((read.sequence, read.ssrc, read.payload(&packet)), (7, 11, Ok(&b"sound"[..])), "{count}");
            assert_eq!((read.length - 12) % 4, 0);
            assert_eq!(Contributors::read(&packet, &read, 3), Some(several(count)), "{count}");
            assert_eq!(Contributors::read(&packet, &read, 4), None, "another number is another extension");
            let bare = several(count).write(&header(), None, b"sound");
            let read = Header::parse(&bare).unwrap();
            assert_eq!((read.length, read.payload(&bare)), (12 + 4 * count as usize, Ok(&b"sound"[..])));
            assert_eq!(Contributors::read(&bare, &read, 3), None, "who does not say how loud says nothing");
        }
        assert_eq!(Contributors::default().write(&header(), Some(3), b"x"), header().write(b"x"));
    }

    #[test]
    fn of_too_many_the_loudest_are_named_and_silence_is_nobodys() {
        let mut all = Contributors::default();
        (0..40).for_each(|at| all.add(at, 100 - at as u8));
        assert_eq!(all.iter().count(), MOST_CONTRIBUTORS);
        assert!(all.iter().all(|(source, _)| source >= 25), "{all:?}");
        all.add(39, 3);
        assert!(all.iter().any(|one| one == (39, 3)), "the loudest tick counts");
        assert!(all.without(39).iter().all(|(source, _)| source != 39));
        let mut quiet = Contributors::default();
        quiet.add(1, SILENT);
        assert!(quiet.is_empty());
    }

    #[test]
    fn m12_lies_in_the_levels_are_read_as_nothing_and_a_hundred_thousand_mutations_break_nothing() {
        let good = several(5).write(&header(), Some(3), b"sound");
        let mut random = StdRng::seed_from_u64(6_465);
        let mut read_some = 0;
        for _ in 0..100_000 {
            let mut packet = good.clone();
            for _ in 0..random.random_range(1..6) {
                let at = random.random_range(0..packet.len());
                packet[at] = random.random();
            }
            packet.truncate(random.random_range(1..=packet.len()));
            if let Ok(read) = Header::parse(&packet) {
                let found = Contributors::read(&packet, &read, 3);
                read_some += usize::from(found.is_some());
                assert!(found.is_none_or(|found| found.iter().count() <= MOST_CONTRIBUTORS));
            }
        }
        assert!(read_some > 1_000, "some of them still say something: {read_some}");
    }

    #[test]
    fn a_level_is_in_decibels_below_full_scale() {
        for (amplitude, level) in [(1.0, 3), (0.1, 23), (0.01, 43), (0.001, 63)] {
            assert!(level_of(&sine(1_000.0, amplitude, 3)).abs_diff(level) <= 1, "{amplitude}");
        }
        assert_eq!(level_of(&[0.0; 480]), SILENT);
        assert_eq!(level_of(&[f32::NAN; 480]), SILENT);
    }

    #[test]
    fn somebody_speaks_until_a_pause_that_is_longer_than_between_two_words() {
        let mut voices = Voices::default();
        let mut now = crate::model::Now::default();
        let mut told: Vec<(u64, Vec<u32>)> = Vec::new();
        // Silence, a word, a short pause, a word, silence; beside somebody who murmurs all the time.
        for tick in 0..400_u64 {
            let loud = (50..80).contains(&tick) || (110..140).contains(&tick);
            voices.hear(1, if loud { 20 } else { 90 }, now.boot);
            voices.hear(2, 50, now.boot);
            told.extend(voices.news(now.boot).map(|all| (tick, all.to_vec())));
            now = now.after(Duration::from_millis(10));
        }
        assert_eq!(told, [(50, vec![1]), (139 + 70, vec![])]);
        // However many there are, few are followed.
        (0..1_000).for_each(|source| voices.hear(source, 0, now.boot));
        assert_eq!(voices.news(now.boot).map(|all| all.len()), Some(MOST_SOURCES));
    }
}
