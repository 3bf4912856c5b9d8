//! Opening whatever a name means: a file, a sound card, a device of the sound server, all loudspeakers.

use std::sync::Arc;

use super::device::{self, DeviceStream};
use super::file::{self, FileThread};
use super::link::{Delivery, Sink, Source};
use super::sound_server::{self, ServerStream, SoundServer};
use crate::audio::name::DeviceName;
use crate::audio::pulse::Pulse;
use crate::model::{DeviceRole, DeviceTrouble};

/// Loudspeakers that ring at once, at most; the rest stays silent.
const MOST_RINGING: usize = 8;

/// What keeps a role's device running; closed when dropped.
pub enum Backend {
    /// Nothing to keep.
    Nothing,
    /// A file's thread.
    File(FileThread),
    /// A sound card.
    Device(DeviceStream),
    /// A device of the sound server.
    Server(ServerStream),
    /// All loudspeakers.
    Several(Vec<Backend>),
}

impl Backend {
    /// Whether it cannot go on.
    pub fn failed(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::File(file) => file.failed(),
            Self::Device(stream) => stream.failed(),
            Self::Server(stream) => stream.failed(),
            // One that still plays is enough; who came late is taken in when all are opened anew.
            Self::Several(all) => all.iter().all(Self::failed),
        }
    }

    fn pulse(&self) -> Option<&Arc<Pulse>> {
        match self {
            Self::Nothing | Self::File(_) | Self::Several(_) => None,
            Self::Device(stream) => Some(stream.pulse()),
            Self::Server(stream) => Some(stream.pulse()),
        }
    }

    /// How often it moved sound, where a standstill means that it is gone.
    pub fn beats(&self) -> Option<u64> {
        self.pulse().map(|pulse| pulse.beats())
    }
}

/// Opens a device for a role; an error says why not.
pub fn open(
    system: &device::Devices,
    server: &mut SoundServer,
    role: DeviceRole,
    device: &DeviceName,
    fresh: bool,
) -> Result<(Delivery, Backend), DeviceTrouble> {
    match role {
        DeviceRole::Input => {
            source(system, server, device).map(|(source, backend)| (Delivery::Source(source), backend))
        }
        DeviceRole::Output | DeviceRole::Ring => {
            sink(system, server, device, fresh).map(|(sink, backend)| (Delivery::Sink(role, sink), backend))
        }
    }
}

fn words(error: &dyn std::error::Error) -> DeviceTrouble {
    DeviceTrouble::Other(error.to_string().into())
}

fn source(
    system: &device::Devices,
    server: &mut SoundServer,
    device: &DeviceName,
) -> Result<(Source, Backend), DeviceTrouble> {
    match device {
        DeviceName::Null | DeviceName::All => Ok((Source::Silence, Backend::Nothing)),
        DeviceName::File { path, repeat } => {
            let (source, thread) = file::play(path, *repeat).map_err(|error| words(&error))?;
            Ok((source, Backend::File(thread)))
        }
        DeviceName::System(name) => {
            server.learn();
            if let Some(listed) = server.find(name, true) {
                let (source, stream) = sound_server::capture(&listed.id).map_err(|error| words(&error))?;
                return Ok((source, Backend::Server(stream)));
            }
            card_source(system, device)
        }
        DeviceName::Default => {
            server.learn();
            let default = server.defaults().and_then(|(input, _)| input);
            match default.and_then(|id| sound_server::capture(&id).ok()) {
                Some((source, stream)) => Ok((source, Backend::Server(stream))),
                None => card_source(system, device),
            }
        }
    }
}

fn card_source(system: &device::Devices, device: &DeviceName) -> Result<(Source, Backend), DeviceTrouble> {
    let (source, stream) = system.capture(device).map_err(|error| error.trouble())?;
    Ok((source, Backend::Device(stream)))
}

fn sink(
    system: &device::Devices,
    server: &mut SoundServer,
    device: &DeviceName,
    fresh: bool,
) -> Result<(Sink, Backend), DeviceTrouble> {
    match device {
        DeviceName::Null => Ok((Sink::Nothing, Backend::Nothing)),
        DeviceName::File { path, .. } => {
            let (sink, thread) = file::record(path, fresh).map_err(|error| words(&error))?;
            Ok((sink, Backend::File(thread)))
        }
        DeviceName::System(name) => {
            server.learn();
            if let Some(listed) = server.find(name, false) {
                let (sink, stream) = sound_server::playback(&listed.id).map_err(|error| words(&error))?;
                return Ok((sink, Backend::Server(stream)));
            }
            card_sink(system, device)
        }
        // Asked of the server itself: through ALSA it is handed on in the pieces that other programs asked for, up to
        // two seconds, and taken for dead. When another one becomes the default, the supervisor opens that.
        DeviceName::Default => {
            server.learn();
            let default = server.defaults().and_then(|(_, output)| output);
            match default.and_then(|id| sound_server::playback(&id).ok()) {
                Some((sink, stream)) => Ok((sink, Backend::Server(stream))),
                None => card_sink(system, device),
            }
        }
        DeviceName::All => all(system, server),
    }
}

fn card_sink(system: &device::Devices, device: &DeviceName) -> Result<(Sink, Backend), DeviceTrouble> {
    let (sink, stream) = system.playback(device).map_err(|error| error.trouble())?;
    Ok((sink, Backend::Device(stream)))
}

/// Every loudspeaker that can be opened; those that somebody else holds are left out.
fn all(system: &device::Devices, server: &mut SoundServer) -> Result<(Sink, Backend), DeviceTrouble> {
    server.learn();
    let mut opened: Vec<(Sink, Backend)> = Vec::new();
    if server.is_known() {
        for id in server.outputs().into_iter().take(MOST_RINGING) {
            let found = sound_server::playback(&id).ok();
            opened.extend(found.map(|(sink, stream)| (sink, Backend::Server(stream))));
        }
    } else {
        for name in system.names().1.into_iter().take(MOST_RINGING) {
            opened.extend(card_sink(system, &DeviceName::parse(&name)).ok());
        }
    }
    if opened.is_empty() {
        return Err(DeviceTrouble::Other("no loudspeaker can be used".into()));
    }
    let (sinks, backends): (Vec<Sink>, Vec<Backend>) = opened.into_iter().unzip();
    Ok((Sink::Several(sinks.into()), Backend::Several(backends)))
}

/// Names of the inputs and of the outputs, as people are offered them: the sound server's where there is one, because it
/// holds the cards.
pub fn names(system: &device::Devices, server: &mut SoundServer) -> (Vec<Arc<str>>, Vec<Arc<str>>) {
    server.learn();
    match (server.names(true), server.names(false)) {
        (Some(inputs), Some(outputs)) => (inputs, outputs),
        _ => system.names(),
    }
}
