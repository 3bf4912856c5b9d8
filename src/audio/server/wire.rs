//! Frames and tagged values of the native protocol.

use std::collections::VecDeque;

/// The version that is spoken: from 13 on streams can be told to stay where they are.
pub const VERSION: u32 = 13;
/// No such index.
pub const NONE: u32 = u32::MAX;
/// The channel of commands.
const CONTROL: u32 = u32::MAX;
/// Bytes of a frame's head: length, channel, offset twice, flags.
const HEAD: usize = 20;
/// The longest frame that is taken, what the server itself takes at most. A longer one ends the connection.
const LONGEST: usize = 16 * 1024 * 1024;

/// Commands, by the numbers of the protocol.
pub mod command {
    /// A request failed.
    pub const ERROR: u32 = 0;
    /// The answer to a request.
    pub const REPLY: u32 = 2;
    /// Play.
    pub const CREATE_PLAYBACK_STREAM: u32 = 3;
    /// Record.
    pub const CREATE_RECORD_STREAM: u32 = 5;
    /// Who are you.
    pub const AUTH: u32 = 8;
    /// What the user is shown of us.
    pub const SET_CLIENT_NAME: u32 = 9;
    /// Which devices are the default ones.
    pub const GET_SERVER_INFO: u32 = 20;
    /// All loudspeakers.
    pub const GET_SINK_INFO_LIST: u32 = 22;
    /// All microphones.
    pub const GET_SOURCE_INFO_LIST: u32 = 24;
    /// Tell of changes.
    pub const SUBSCRIBE: u32 = 35;
    /// The server wants so many bytes more.
    pub const REQUEST: u32 = 61;
    /// A stream ended because its device is gone, or somebody ended it.
    pub const PLAYBACK_STREAM_KILLED: u32 = 64;
    /// The same of a recording.
    pub const RECORD_STREAM_KILLED: u32 = 65;
    /// Something changed.
    pub const SUBSCRIBE_EVENT: u32 = 66;
}

/// A frame as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A command's tagged values.
    Command(Vec<u8>),
    /// Sound of a stream.
    Sound {
        /// Which stream.
        channel: u32,
        /// The samples.
        bytes: Vec<u8>,
    },
}

/// Cuts what is read from the socket into frames.
#[derive(Debug, Default)]
pub struct Frames {
    read: VecDeque<u8>,
}

impl Frames {
    /// More was read.
    pub fn put(&mut self, bytes: &[u8]) {
        self.read.extend(bytes);
    }

    /// The next whole frame; an error when what was read is no frame.
    pub fn next(&mut self) -> Result<Option<Frame>, ()> {
        if self.read.len() < HEAD {
            return Ok(None);
        }
        let word =
            |at: usize| self.read.iter().skip(at).take(4).fold(0_u32, |value, byte| value << 8 | u32::from(*byte));
        let (length, channel) = (word(0) as usize, word(4));
        if length > LONGEST {
            return Err(());
        }
        if self.read.len() < HEAD + length {
            return Ok(None);
        }
        self.read.drain(..HEAD);
        let bytes: Vec<u8> = self.read.drain(..length).collect();
        Ok(Some(if channel == CONTROL { Frame::Command(bytes) } else { Frame::Sound { channel, bytes } }))
    }
}

fn head(length: usize, channel: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEAD + length);
    for word in [u32::try_from(length).unwrap_or(u32::MAX), channel, 0, 0, 0] {
        bytes.extend_from_slice(&word.to_be_bytes());
    }
    bytes
}

/// A frame of sound for a stream.
pub fn sound(channel: u32, samples: &[f32]) -> Vec<u8> {
    let mut frame = head(samples.len() * 4, channel);
    for sample in samples {
        frame.extend_from_slice(&sample.to_le_bytes());
    }
    frame
}

/// Writes the tagged values of a command.
#[derive(Debug, Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// A command and its tag, by which the answer is known.
    pub fn command(command: u32, tag: u32) -> Self {
        Self::default().number(command).number(tag)
    }

    /// A number of 32 bits.
    pub fn number(mut self, value: u32) -> Self {
        self.0.push(b'L');
        self.0.extend_from_slice(&value.to_be_bytes());
        self
    }

    /// Yes or no.
    pub fn flag(mut self, value: bool) -> Self {
        self.0.push(if value { b'1' } else { b'0' });
        self
    }

    /// A text, or none.
    pub fn text(mut self, value: Option<&str>) -> Self {
        match value {
            Some(text) => {
                self.0.push(b't');
                self.0.extend(text.bytes().filter(|byte| *byte != 0));
                self.0.push(0);
            }
            None => self.0.push(b'N'),
        }
        self
    }

    /// Any bytes.
    pub fn bytes(mut self, value: &[u8]) -> Self {
        self.0.push(b'x');
        self.0.extend_from_slice(&u32::try_from(value.len()).unwrap_or_default().to_be_bytes());
        self.0.extend_from_slice(value);
        self
    }

    /// 32-bit floating point, mono, 48 kHz.
    pub fn our_format(mut self) -> Self {
        // Sample specification: FLOAT32LE, one channel, the rate; then the map of one channel: mono.
        self.0.extend_from_slice(&[b'a', 5, 1]);
        self.0.extend_from_slice(&48_000_u32.to_be_bytes());
        self.0.extend_from_slice(&[b'm', 1, 0]);
        self
    }

    /// The volume of one channel: as it is.
    pub fn full_volume(mut self) -> Self {
        self.0.extend_from_slice(&[b'v', 1]);
        self.0.extend_from_slice(&0x1_0000_u32.to_be_bytes());
        self
    }

    /// Properties: texts by name.
    pub fn properties(mut self, values: &[(&str, &str)]) -> Self {
        self.0.push(b'P');
        for (name, value) in values {
            let mut terminated = value.as_bytes().to_vec();
            terminated.push(0);
            let length = u32::try_from(terminated.len()).unwrap_or_default();
            self = self.text(Some(name)).number(length).bytes(&terminated);
        }
        self.text(None)
    }

    /// The whole frame.
    pub fn frame(self) -> Vec<u8> {
        let mut frame = head(self.0.len(), CONTROL);
        frame.extend_from_slice(&self.0);
        frame
    }
}

/// Reads tagged values one after the other; `None` where something else stands or nothing is left.
#[derive(Clone, Copy, Debug)]
pub struct Tags<'a>(&'a [u8]);

impl<'a> Tags<'a> {
    /// Of a command.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn tag(&mut self, wanted: u8) -> Option<()> {
        let tag = self.0.first().copied()?;
        if tag == wanted { self.take(1).map(drop) } else { None }
    }

    fn word(&mut self) -> Option<u32> {
        self.take(4)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
    }

    /// A number of 32 bits.
    pub fn number(&mut self) -> Option<u32> {
        self.tag(b'L')?;
        self.word()
    }

    /// A text, which may be none.
    pub fn text(&mut self) -> Option<Option<&'a str>> {
        if self.0.first() == Some(&b'N') {
            self.take(1)?;
            return Some(None);
        }
        self.tag(b't')?;
        let end = self.0.iter().position(|byte| *byte == 0)?;
        let text = self.take(end)?;
        self.take(1)?;
        Some(Some(std::str::from_utf8(text).unwrap_or("?")))
    }

    /// Goes over one value of any kind.
    pub fn skip(&mut self) -> Option<()> {
        let tag = *self.take(1)?.first()?;
        match tag {
            b'L' | b'V' => self.take(4).map(drop),
            b'B' => self.take(1).map(drop),
            b'R' | b'r' | b'U' | b'T' => self.take(8).map(drop),
            b'a' => self.take(6).map(drop),
            b'1' | b'0' | b'N' => Some(()),
            b't' => {
                let end = self.0.iter().position(|byte| *byte == 0)?;
                self.take(end + 1).map(drop)
            }
            b'x' => {
                let length = self.word()?;
                self.take(length as usize).map(drop)
            }
            b'm' => {
                let channels = *self.take(1)?.first()?;
                self.take(usize::from(channels)).map(drop)
            }
            b'v' => {
                let channels = *self.take(1)?.first()?;
                self.take(usize::from(channels) * 4).map(drop)
            }
            b'P' => {
                // Each turn takes at least one byte: the loop ends with the bytes.
                while self.0.first() != Some(&b'N') {
                    self.skip()?;
                }
                self.take(1).map(drop)
            }
            _ => None,
        }
    }

    /// Goes over several values.
    pub fn skip_many(&mut self, count: usize) -> Option<()> {
        (0..count).try_for_each(|_| self.skip())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_cut_and_read_back_whatever_the_pieces() {
        let command = Writer::command(9, 3)
            .text(Some("Tandem"))
            .text(None)
            .flag(true)
            .our_format()
            .full_volume()
            .properties(&[("media.role", "phone"), ("application.name", "Tandem")])
            .bytes(&[1, 2, 3])
            .number(7)
            .frame();
        let mut all = command;
        all.extend(sound(4, &[0.5, -0.5]));
        for piece in [1, 7, 1_000] {
            let mut frames = Frames::default();
            let mut found = Vec::new();
            for bytes in all.chunks(piece) {
                frames.put(bytes);
                while let Ok(Some(frame)) = frames.next() {
                    found.push(frame);
                }
            }
            let [Frame::Command(values), Frame::Sound { channel: 4, bytes }] = found.as_slice() else {
                panic!("{found:?}")
            };
            assert_eq!(bytes.len(), 8);
            let mut tags = Tags::new(values);
            assert_eq!((tags.number(), tags.number()), (Some(9), Some(3)));
            assert_eq!((tags.text(), tags.text()), (Some(Some("Tandem")), Some(None)));
            // The flag, the format, its map, the volume, the properties, the bytes.
            assert!(tags.skip_many(6).is_some());
            assert_eq!(tags.number(), Some(7));
            assert!(tags.is_empty());
        }
    }

    #[test]
    fn cut_and_lying_values_are_refused_without_reading_past_the_end() {
        let whole = Writer::command(2, 1).properties(&[("a", "b")]).bytes(&[9; 40]).text(Some("x")).frame();
        let values = &whole[HEAD..];
        for length in 0..values.len() {
            let mut tags = Tags::new(&values[..length]);
            while tags.skip().is_some() {}
        }
        assert!(Tags::new(&[b'x', 0xff, 0xff, 0xff, 0xff]).skip().is_none());
        assert!(Tags::new(b"tendless").text().is_none());
        let mut frames = Frames::default();
        frames.put(&[0xff; HEAD]);
        assert!(frames.next().is_err(), "a frame longer than any server's");
    }
}
