//! One stream on the server, as a machine.

use std::collections::VecDeque;

use super::directory::greeting;
use super::wire::{Frame, Frames, NONE, Tags, Writer, command, sound};

const TAG_CREATE: u32 = 9;
/// Ten milliseconds of 32-bit samples at 48 kHz.
const STEP: u32 = 480 * 4;

/// What the server says of a stream.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamEvent {
    /// It runs.
    Ready,
    /// It cannot be opened: there is no such device, or the server refuses.
    Refused,
    /// The device is gone, or the connection is.
    Killed,
    /// So many samples are wanted.
    Wanted(usize),
    /// Samples of the microphone.
    Heard(Vec<f32>),
}

/// The machine: bytes of the socket in, bytes for it and [`StreamEvent`]s out.
#[derive(Debug)]
pub struct StreamMachine {
    frames: Frames,
    transmits: VecDeque<Vec<u8>>,
    events: VecDeque<StreamEvent>,
    channel: Option<u32>,
}

impl StreamMachine {
    /// Opens a microphone (`input`) or a loudspeaker by the server's name, which the stream never leaves.
    pub fn new(cookie: &[u8], name: &str, input: bool) -> Self {
        let role = [("media.name", "Call"), ("media.role", "phone")];
        let create = if input {
            Writer::command(command::CREATE_RECORD_STREAM, TAG_CREATE)
                .our_format()
                .number(NONE)
                .text(Some(name))
                .number(NONE)
                .flag(false)
                .number(STEP)
        } else {
            Writer::command(command::CREATE_PLAYBACK_STREAM, TAG_CREATE)
                .our_format()
                .number(NONE)
                .text(Some(name))
                .number(NONE)
                .flag(false)
                // Two steps are held by the server, each refilled as it is played; nothing is waited for at the start.
                .number(2 * STEP)
                .number(0)
                .number(STEP)
                .number(0)
                .full_volume()
        };
        // No remap, no remix, fix format, fix rate, fix channels: all as usual. Do not move: a microphone that goes away
        // must not become another one without a word. No variable rate.
        let create = [false, false, false, false, false, true, false].into_iter().fold(create, Writer::flag);
        // No peak detection, or not muted; then: adjust the device's latency to ours.
        let create = create.flag(false).flag(true).properties(&role);
        let create = if input { create.number(NONE) } else { create };
        let mut transmits = VecDeque::from(greeting(cookie));
        transmits.push_back(create.frame());
        Self { frames: Frames::default(), transmits, events: VecDeque::new(), channel: None }
    }

    /// Bytes came. An error: nothing more will be understood.
    pub fn handle_bytes(&mut self, bytes: &[u8]) -> Result<(), ()> {
        self.frames.put(bytes);
        while let Some(frame) = self.frames.next()? {
            match frame {
                Frame::Command(values) => self.handle_command(Tags::new(&values)).ok_or(())?,
                Frame::Sound { channel, bytes } if Some(channel) == self.channel => {
                    let samples = bytes.chunks_exact(4).filter_map(|four| four.first_chunk());
                    self.events.push_back(StreamEvent::Heard(samples.map(|four| f32::from_le_bytes(*four)).collect()));
                }
                Frame::Sound { .. } => {}
            }
        }
        Ok(())
    }

    fn handle_command(&mut self, mut values: Tags<'_>) -> Option<()> {
        let (said, tag) = (values.number()?, values.number()?);
        match (said, tag) {
            (command::REPLY, TAG_CREATE) => {
                self.channel = Some(values.number()?);
                self.events.push_back(StreamEvent::Ready);
                values.number()?;
                // A playback stream is told here how much is wanted at first; in a recording's answer the length of the
                // buffer stands in this place, which nobody will ask samples for.
                let wanted = values.number()?;
                self.events.push_back(StreamEvent::Wanted((wanted / 4) as usize));
            }
            (command::REQUEST, _) => {
                let (channel, bytes) = (values.number()?, values.number()?);
                if Some(channel) == self.channel {
                    self.events.push_back(StreamEvent::Wanted((bytes / 4) as usize));
                }
            }
            (command::PLAYBACK_STREAM_KILLED | command::RECORD_STREAM_KILLED, _) => {
                self.events.push_back(StreamEvent::Killed);
            }
            (command::ERROR, _) => self.events.push_back(StreamEvent::Refused),
            // Moved, suspended, underflow, started, and the answers to our name: nothing follows from them.
            _ => {}
        }
        Some(())
    }

    /// Samples for a loudspeaker, as wanted.
    pub fn play(&mut self, samples: &[f32]) {
        if let Some(channel) = self.channel {
            self.transmits.push_back(sound(channel, samples));
        }
    }

    /// Bytes for the socket, until `None`.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.transmits.pop_front()
    }

    /// What happened, until `None`.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<StreamEvent> {
        self.events.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(machine: &mut StreamMachine) -> Vec<StreamEvent> {
        std::iter::from_fn(|| machine.poll_event()).collect()
    }

    #[test]
    fn a_stream_is_opened_fed_and_killed() {
        let mut machine = StreamMachine::new(&[], "headset", false);
        assert_eq!(std::iter::from_fn(|| machine.poll_transmit()).count(), 3);
        machine.play(&[0.5; 4]);
        assert!(machine.poll_transmit().is_none(), "not before it runs");
        let reply = Writer::command(command::REPLY, TAG_CREATE).number(3).number(11).number(3_840).frame();
        machine.handle_bytes(&reply).unwrap();
        assert_eq!(events(&mut machine), [StreamEvent::Ready, StreamEvent::Wanted(960)]);
        machine.play(&[0.5; 4]);
        assert!(machine.poll_transmit().is_some());
        let request = |channel| Writer::command(command::REQUEST, NONE).number(channel).number(1_920).frame();
        machine.handle_bytes(&request(4)).unwrap();
        machine.handle_bytes(&request(3)).unwrap();
        assert_eq!(events(&mut machine), [StreamEvent::Wanted(480)], "another stream's wish is not ours");
        machine.handle_bytes(&Writer::command(command::PLAYBACK_STREAM_KILLED, NONE).number(3).frame()).unwrap();
        assert_eq!(events(&mut machine), [StreamEvent::Killed]);
    }

    #[test]
    fn a_device_that_is_not_there_is_refused_and_sound_of_others_is_not_heard() {
        let mut machine = StreamMachine::new(&[], "sold", true);
        machine.handle_bytes(&Writer::command(command::ERROR, TAG_CREATE).number(5).frame()).unwrap();
        assert_eq!(events(&mut machine), [StreamEvent::Refused]);
        let mut machine = StreamMachine::new(&[], "headset", true);
        let reply = Writer::command(command::REPLY, TAG_CREATE).number(0).number(11).number(0).frame();
        machine.handle_bytes(&reply).unwrap();
        let _ = events(&mut machine);
        machine.handle_bytes(&sound(1, &[0.1])).unwrap();
        machine.handle_bytes(&sound(0, &[0.25, -0.25])).unwrap();
        assert_eq!(events(&mut machine), [StreamEvent::Heard(vec![0.25, -0.25])]);
    }
}
