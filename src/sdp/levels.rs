//! Who speaks in a conference, as its mixer says it in every packet (RFC 6465): the number of that header extension, which both
//! sides agree on by `a=extmap` (RFC 8285 section 5).

use super::Helpers;

/// The name of the extension (RFC 6465 section 4).
const NAME: &str = "urn:ietf:params:rtp-hdrext:csrc-audio-level";
/// The number that we give it where nobody gave it one.
const USUAL: u8 = 1;
/// The numbers of the short form, which is the one that we read and write (RFC 8285 section 4.2).
const NUMBERS: std::ops::RangeInclusive<u8> = 1..=14;

/// What one side says of the extension, as seen from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Levels {
    number: u8,
    sends: bool,
    receives: bool,
}

impl Default for Levels {
    fn default() -> Self {
        Self { number: USUAL, sends: true, receives: true }
    }
}

impl Levels {
    /// The value of an `a=extmap`; `None`: it is about another extension, or has a number that cannot be used.
    pub fn read(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let (number, name) = (words.next()?, words.next()?);
        if !name.eq_ignore_ascii_case(NAME) {
            return None;
        }
        let (number, direction) = number.split_once('/').unwrap_or((number, "sendrecv"));
        let (sends, receives) = match direction {
            "sendrecv" => (true, true),
            "sendonly" => (true, false),
            "recvonly" => (false, true),
            _ => return None,
        };
        let number = number.parse().ok().filter(|number| NUMBERS.contains(number))?;
        Some(Self { number, sends, receives })
    }

    /// The answer to what the other side offers: the same number, the other way round.
    pub fn answer(self) -> Self {
        Self { number: self.number, sends: self.receives, receives: self.sends }
    }

    /// The line for a description.
    pub fn write(self) -> String {
        let direction = match (self.sends, self.receives) {
            (true, true) => "",
            (true, false) => "/sendonly",
            (false, true) => "/recvonly",
            (false, false) => "/inactive",
        };
        format!("a=extmap:{}{direction} {NAME}\r\n", self.number)
    }

    /// What comes of it, where the other side says `theirs`; numbers that differ are none.
    pub fn agree(ours: Self, theirs: Option<Self>, helpers: Helpers) -> Helpers {
        let theirs = theirs.filter(|theirs| theirs.number == ours.number);
        Helpers {
            levels_send: theirs.filter(|theirs| ours.sends && theirs.receives).map(|theirs| theirs.number),
            levels_receive: theirs.filter(|theirs| ours.receives && theirs.sends).map(|theirs| theirs.number),
            ..helpers
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_in_every_form_and_answered_the_other_way_round() {
        for (value, answer) in [
            ("1 urn:ietf:params:rtp-hdrext:csrc-audio-level", Some("a=extmap:1 ")),
            ("7/sendonly urn:ietf:params:rtp-hdrext:csrc-audio-level", Some("a=extmap:7/recvonly ")),
            ("7/recvonly URN:ietf:params:rtp-hdrext:csrc-audio-level some=words", Some("a=extmap:7/sendonly ")),
            ("7/inactive urn:ietf:params:rtp-hdrext:csrc-audio-level", None),
            ("15 urn:ietf:params:rtp-hdrext:csrc-audio-level", None),
            ("0 urn:ietf:params:rtp-hdrext:csrc-audio-level", None),
            ("4096 urn:ietf:params:rtp-hdrext:csrc-audio-level", None),
            ("1 urn:ietf:params:rtp-hdrext:ssrc-audio-level", None),
            ("1", None),
            ("", None),
        ] {
            let read = Levels::read(value).map(|levels| levels.answer().write());
            assert_eq!(read.is_some(), answer.is_some(), "{value}");
            assert!(read.zip(answer).is_none_or(|(read, answer)| read.starts_with(answer)), "{value}");
        }
    }

    #[test]
    fn levels_flow_only_the_way_that_both_sides_allow() {
        let read = |direction: &str| Levels::read(&format!("1{direction} {NAME}"));
        for (theirs, sent, received) in [
            (read(""), Some(1), Some(1)),
            (read("/sendonly"), None, Some(1)),
            (read("/recvonly"), Some(1), None),
            (Levels::read(&format!("2 {NAME}")), None, None),
            (None, None, None),
        ] {
            let agreed = Levels::agree(Levels::default(), theirs, Helpers::default());
            assert_eq!((agreed.levels_send, agreed.levels_receive), (sent, received), "{theirs:?}");
        }
    }
}
