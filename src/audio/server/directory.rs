//! Which devices the server has and which are the default ones, kept up to date by its own word.

use std::collections::VecDeque;
use std::sync::Arc;

use super::wire::{Frame, Frames, NONE, Tags, VERSION, Writer, command};

/// Devices of one direction that are kept at most; the rest of a longer list is left out.
const MOST: usize = 256;
/// Sinks, sources, and the server's own settings (`PA_SUBSCRIPTION_MASK_*`).
const OF_INTEREST: u32 = 0x01 | 0x02 | 0x80;

const TAG_AUTH: u32 = 1;
const TAG_NAME: u32 = 2;
const TAG_SUBSCRIBE: u32 = 3;
const TAG_SERVER: u32 = 4;
const TAG_SINKS: u32 = 5;
const TAG_SOURCES: u32 = 6;

/// A device of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The name by which it is opened.
    pub id: Arc<str>,
    /// What people are shown.
    pub name: Arc<str>,
    /// It repeats what a loudspeaker plays: no microphone that anybody would choose.
    pub monitor: bool,
}

/// The list as a machine: bytes of the socket in, bytes for it out.
#[derive(Debug)]
pub struct Directory {
    frames: Frames,
    transmits: VecDeque<Vec<u8>>,
    sinks: Option<Vec<Listed>>,
    sources: Option<Vec<Listed>>,
    default_sink: Option<Arc<str>>,
    default_source: Option<Arc<str>>,
    /// A question is out: a change that is told meanwhile is asked about once more.
    asking: bool,
    again: bool,
    /// The list changed since somebody looked.
    changed: bool,
}

/// The first words to a server: who we are.
pub(super) fn greeting(cookie: &[u8]) -> [Vec<u8>; 2] {
    let mut proof = [0; 256];
    for (to, from) in proof.iter_mut().zip(cookie) {
        *to = *from;
    }
    let name = [("application.name", "Tandem"), ("application.id", "tandem"), ("application.icon_name", "tandem")];
    [
        Writer::command(command::AUTH, TAG_AUTH).number(VERSION).bytes(&proof).frame(),
        Writer::command(command::SET_CLIENT_NAME, TAG_NAME).properties(&name).frame(),
    ]
}

impl Directory {
    /// A connection begins. `cookie` is the user's secret towards the server; it may be empty where the socket is proof
    /// enough.
    pub fn new(cookie: &[u8]) -> Self {
        let mut machine = Self {
            frames: Frames::default(),
            transmits: VecDeque::from(greeting(cookie)),
            sinks: None,
            sources: None,
            default_sink: None,
            default_source: None,
            asking: false,
            again: false,
            changed: false,
        };
        machine.transmits.push_back(Writer::command(command::SUBSCRIBE, TAG_SUBSCRIBE).number(OF_INTEREST).frame());
        machine.ask();
        machine
    }

    /// Bytes came. An error: this is no server that is understood, or it refuses us.
    pub fn handle_bytes(&mut self, bytes: &[u8]) -> Result<(), ()> {
        self.frames.put(bytes);
        while let Some(frame) = self.frames.next()? {
            match frame {
                Frame::Command(values) => self.handle_command(Tags::new(&values))?,
                // No stream was opened on this connection.
                Frame::Sound { .. } => {}
            }
        }
        Ok(())
    }

    /// Bytes for the socket, until `None`.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.transmits.pop_front()
    }

    /// Whether the list, or a default, changed since this was last asked; never before all of it is known.
    pub fn take_changed(&mut self) -> bool {
        self.is_known() && std::mem::take(&mut self.changed)
    }

    /// Everything has been told once.
    pub fn is_known(&self) -> bool {
        self.sinks.is_some() && self.sources.is_some()
    }

    /// The microphones or the loudspeakers.
    pub fn listed(&self, input: bool) -> &[Listed] {
        let list = if input { &self.sources } else { &self.sinks };
        list.as_deref().unwrap_or_default()
    }

    /// The name of the default microphone or loudspeaker.
    pub fn default_of(&self, input: bool) -> Option<&Arc<str>> {
        if input { self.default_source.as_ref() } else { self.default_sink.as_ref() }
    }

    /// The device that a stored name means: the server's name first, then what people are shown.
    pub fn find(&self, wanted: &str, input: bool) -> Option<&Listed> {
        let list = self.listed(input);
        list.iter()
            .find(|device| *device.id == *wanted)
            .or_else(|| list.iter().find(|device| *device.name == *wanted && !device.monitor))
            .or_else(|| list.iter().find(|device| *device.name == *wanted))
    }

    fn ask(&mut self) {
        if self.asking {
            self.again = true;
            return;
        }
        self.asking = true;
        for (command, tag) in [
            (command::GET_SERVER_INFO, TAG_SERVER),
            (command::GET_SINK_INFO_LIST, TAG_SINKS),
            (command::GET_SOURCE_INFO_LIST, TAG_SOURCES),
        ] {
            self.transmits.push_back(Writer::command(command, tag).frame());
        }
    }

    fn handle_command(&mut self, mut values: Tags<'_>) -> Result<(), ()> {
        let (Some(said), Some(tag)) = (values.number(), values.number()) else { return Err(()) };
        match (said, tag) {
            (command::SUBSCRIBE_EVENT, _) => self.ask(),
            (command::REPLY, TAG_SERVER) => self.handle_server(values).ok_or(())?,
            (command::REPLY, TAG_SINKS) => {
                let sinks = Some(devices(values));
                self.changed |= sinks != self.sinks;
                self.sinks = sinks;
            }
            (command::REPLY, TAG_SOURCES) => {
                let sources = Some(devices(values));
                self.changed |= sources != self.sources;
                self.sources = sources;
                self.asking = false;
                if std::mem::take(&mut self.again) {
                    self.ask();
                }
            }
            (command::REPLY, TAG_AUTH) => {
                let version = values.number().unwrap_or_default() & 0xffff;
                if version < VERSION {
                    return Err(());
                }
            }
            (command::ERROR, _) => return Err(()),
            // What else a server tells its clients.
            _ => {}
        }
        Ok(())
    }

    fn handle_server(&mut self, mut values: Tags<'_>) -> Option<()> {
        // Package, version, user, host, sample specification.
        values.skip_many(5)?;
        let sink = values.text()?.map(Arc::from);
        let source = values.text()?.map(Arc::from);
        self.changed |= sink != self.default_sink || source != self.default_source;
        self.default_sink = sink;
        self.default_source = source;
        Some(())
    }
}

/// A list of sinks or sources, which look alike in this version; what cannot be read ends it.
fn devices(mut values: Tags<'_>) -> Vec<Listed> {
    let mut found = Vec::new();
    while !values.is_empty() && found.len() < MOST {
        match device(&mut values) {
            Some((listed, source_of)) => found.push(Listed { monitor: source_of, ..listed }),
            None => break,
        }
    }
    found
}

/// One device, and whether it repeats a sink. For a sink the same place names its own monitor, which is ignored by who
/// asks for loudspeakers.
fn device(values: &mut Tags<'_>) -> Option<(Listed, bool)> {
    values.number()?;
    let id: Arc<str> = values.text()??.into();
    let name: Arc<str> = values.text()?.unwrap_or(&id).trim().into();
    // Sample specification, channel map, module, volume, mute.
    values.skip_many(5)?;
    let monitored = values.number()?;
    let monitored_name = values.text()?;
    // Latency, driver, flags, properties, the latency that was asked for.
    values.skip_many(5)?;
    // A sink names a source that is called after it; a source that repeats a sink names that sink.
    let is_sink = monitored_name.is_some_and(|other| other.starts_with(&*id) && other.len() > id.len());
    let repeats = monitored != NONE && !is_sink;
    Some((Listed { name: if name.is_empty() { id.clone() } else { name }, id, monitor: repeats }, repeats))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(writer: Writer, index: u32, id: &str, name: &str, monitored: Option<(u32, &str)>) -> Writer {
        writer
            .number(index)
            .text(Some(id))
            .text(Some(name))
            .our_format()
            .number(0)
            .full_volume()
            .flag(false)
            .number(monitored.map_or(NONE, |(index, _)| index))
            .text(monitored.map(|(_, name)| name))
            .number(0)
            .text(Some("driver"))
            .number(0)
            .properties(&[])
            .number(0)
    }

    fn server(sink: &str, source: &str) -> Vec<u8> {
        let mut writer = Writer::command(command::REPLY, TAG_SERVER);
        for text in ["pulseaudio", "16.1", "alice", "desk"] {
            writer = writer.text(Some(text));
        }
        // The sample specification stands where `our_format` puts two values: a number stands for it here.
        writer.number(0).text(Some(sink)).text(Some(source)).number(1).frame()
    }

    fn told(machine: &mut Directory, headset: bool) {
        machine.handle_bytes(&server("speakers", "builtin")).unwrap();
        let mut sinks = listed(
            Writer::command(command::REPLY, TAG_SINKS),
            0,
            "speakers",
            "Built-in Speakers",
            Some((0, "speakers.monitor")),
        );
        let mut sources = listed(
            listed(
                Writer::command(command::REPLY, TAG_SOURCES),
                0,
                "speakers.monitor",
                "Monitor",
                Some((0, "speakers")),
            ),
            1,
            "builtin",
            "Built-in Microphone",
            None,
        );
        if headset {
            sinks = listed(sinks, 7, "bluez_output.1", "Headset", Some((9, "bluez_output.1.monitor")));
            sources = listed(sources, 8, "bluez_input.1", "Headset", None);
        }
        machine.handle_bytes(&sinks.frame()).unwrap();
        machine.handle_bytes(&sources.frame()).unwrap();
    }

    #[test]
    fn devices_and_defaults_are_known_after_the_first_answers_and_followed_after_each_event() {
        let mut machine = Directory::new(&[]);
        let asked = std::iter::from_fn(|| machine.poll_transmit()).count();
        assert_eq!(asked, 6, "who we are twice, subscribe, three questions");
        machine.handle_bytes(&Writer::command(command::REPLY, TAG_AUTH).number(35).frame()).unwrap();
        assert!(!machine.take_changed());
        told(&mut machine, false);
        assert!(machine.take_changed() && !machine.take_changed());
        assert_eq!(machine.default_of(true).map(|name| &**name), Some("builtin"));
        assert!(machine.find("Headset", true).is_none());
        assert!(machine.listed(true)[0].monitor && !machine.listed(true)[1].monitor);
        assert!(!machine.listed(false)[0].monitor, "a loudspeaker is not its monitor");
        let event = Writer::command(command::SUBSCRIBE_EVENT, NONE).number(0).number(7).frame();
        machine.handle_bytes(&event).unwrap();
        machine.handle_bytes(&event).unwrap();
        assert_eq!(std::iter::from_fn(|| machine.poll_transmit()).count(), 3, "asked once at a time");
        told(&mut machine, true);
        assert!(machine.take_changed());
        assert_eq!(machine.find("Headset", true).map(|device| &*device.id), Some("bluez_input.1"));
        assert_eq!(machine.find("bluez_output.1", false).map(|device| &*device.name), Some("Headset"));
        assert_eq!(std::iter::from_fn(|| machine.poll_transmit()).count(), 3, "the second event is asked about too");
    }

    /// Complaint: neither PulseAudio nor PipeWire is supported (twinkle 293, 161).
    #[test]
    fn complaint_37_pipewire_that_stands_for_pulseaudio_is_understood() {
        let mut machine = Directory::new(&[]);
        let _ = std::iter::from_fn(|| machine.poll_transmit()).count();
        machine.handle_bytes(&Writer::command(command::REPLY, TAG_AUTH).number(35).frame()).unwrap();
        // It says another name and version, and its devices are called otherwise.
        let mut server = Writer::command(command::REPLY, TAG_SERVER);
        for text in ["PulseAudio (on PipeWire 1.0.5)", "15.0.0", "alice", "desk"] {
            server = server.text(Some(text));
        }
        let (sink, source) = ("alsa_output.usb-headset.analog-stereo", "alsa_input.usb-headset.mono-fallback");
        machine.handle_bytes(&server.number(0).text(Some(sink)).text(Some(source)).number(1).frame()).unwrap();
        let monitor = format!("{sink}.monitor");
        let sinks = listed(
            Writer::command(command::REPLY, TAG_SINKS),
            52,
            sink,
            "USB Headset Analog Stereo",
            Some((53, &*monitor)),
        );
        let sources = listed(
            Writer::command(command::REPLY, TAG_SOURCES),
            53,
            &monitor,
            "Monitor of USB Headset",
            Some((52, sink)),
        );
        let sources = listed(sources, 54, source, "USB Headset Mono", None);
        machine.handle_bytes(&sinks.frame()).unwrap();
        machine.handle_bytes(&sources.frame()).unwrap();
        assert!(machine.is_known());
        assert_eq!(machine.find("USB Headset Mono", true).map(|device| &*device.id), Some(source));
        assert_eq!(machine.default_of(false).map(|name| &**name), Some(sink));
        assert_eq!(machine.listed(true).iter().filter(|device| !device.monitor).count(), 1);
    }

    /// F23: the profile of a headset without a cable changes from music to speech when a call begins.
    #[test]
    fn f23_a_headset_is_found_by_its_name_under_whatever_profile_it_serves() {
        let mut machine = Directory::new(&[]);
        let _ = std::iter::from_fn(|| machine.poll_transmit()).count();
        machine.handle_bytes(&Writer::command(command::REPLY, TAG_AUTH).number(35).frame()).unwrap();
        machine.handle_bytes(&server("bluez_output.2C_76.a2dp-sink", "builtin")).unwrap();
        let id = |machine: &Directory, input| machine.find("Headset", input).map(|device| device.id.to_string());
        for (profile, index, microphone) in
            [("a2dp-sink", 7, false), ("headset-head-unit", 9, true), ("a2dp-sink", 11, false)]
        {
            let (sink, source) = (format!("bluez_output.2C_76.{profile}"), format!("bluez_input.2C_76.{profile}"));
            let monitor = format!("{sink}.monitor");
            let sinks =
                listed(Writer::command(command::REPLY, TAG_SINKS), index, &sink, "Headset", Some((index, &*monitor)));
            let mut sources = listed(
                Writer::command(command::REPLY, TAG_SOURCES),
                index,
                &monitor,
                "Monitor of Headset",
                Some((index, &*sink)),
            );
            if microphone {
                sources = listed(sources, index + 1, &source, "Headset", None);
            }
            machine.handle_bytes(&sinks.frame()).unwrap();
            machine.handle_bytes(&sources.frame()).unwrap();
            assert!(machine.take_changed(), "{profile}");
            assert_eq!(id(&machine, false), Some(sink), "{profile}");
            assert_eq!(id(&machine, true), microphone.then_some(source), "{profile}: never its own monitor");
        }
    }

    #[test]
    fn an_old_server_and_a_refusal_end_the_connection() {
        let mut machine = Directory::new(&[1; 256]);
        let old = Writer::command(command::REPLY, TAG_AUTH).number(12).frame();
        assert!(machine.handle_bytes(&old).is_err());
        let mut machine = Directory::new(&[]);
        let refused = Writer::command(command::ERROR, TAG_AUTH).number(1).frame();
        assert!(machine.handle_bytes(&refused).is_err());
        assert!(Directory::new(&[]).handle_bytes(&[0xff; 40]).is_err());
    }
}
