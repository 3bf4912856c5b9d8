//! What goes over the wire between us and a relay's server: messages, and data of channels (RFC 8656 section 12).

use super::{FIRST_CHANNEL, Failure};

/// A frame of RFC 8656 section 12.4; over a stream it is padded (section 12.5).
pub(super) fn channel_data(number: u16, payload: &[u8], stream: bool) -> Vec<u8> {
    let mut frame = Vec::with_capacity(payload.len() + 7);
    frame.extend_from_slice(&number.to_be_bytes());
    frame.extend_from_slice(&u16::try_from(payload.len()).unwrap_or_default().to_be_bytes());
    frame.extend_from_slice(payload);
    if stream {
        frame.resize(frame.len().next_multiple_of(4), 0);
    }
    frame
}

pub(super) fn read_channel_data(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<2>()?;
    let (length, payload) = rest.split_first_chunk::<2>()?;
    let number = u16::from_be_bytes(*number);
    let payload = payload.get(..usize::from(u16::from_be_bytes(*length)))?;
    (FIRST_CHANNEL..=0x4fff).contains(&number).then_some((number, payload))
}

/// The length of the first frame of a stream, with its padding; `None` while too little has come.
///
/// # Errors
/// What cannot be the beginning of a frame: the stream is of no more use.
pub fn frame_length(bytes: &[u8]) -> Result<Option<usize>, Failure> {
    let [first, _, high, low, ..] = *bytes else { return Ok(None) };
    let length = usize::from(u16::from_be_bytes([high, low]));
    match first {
        0..=3 if length % 4 == 0 => Ok(Some(20 + length)),
        0x40..=0x4f => Ok(Some((4 + length).next_multiple_of(4))),
        _ => Err(Failure::Nonsense),
    }
}
