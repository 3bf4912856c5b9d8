//! The shell around [`crate::audio::server`]: where the server listens, the list's connection, and a thread for each
//! stream, which does ring push and pop, the socket, and nothing that waits for anybody else.

use std::fs;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rtrb::RingBuffer;
use thiserror::Error;

use super::link::{Sink, Source};
use crate::audio::capture::CaptureLink;
use crate::audio::frame::SAMPLE_RATE;
use crate::audio::playback::PlaybackLink;
use crate::audio::pulse::Pulse;
use crate::audio::server::{Directory, Listed, StreamEvent, StreamMachine};
use crate::platform;

/// How long the server has to answer that a stream runs.
const PATIENCE: Duration = Duration::from_secs(2);
/// Room in a stream's ring, as in a sound card's: a second.
const RING: usize = SAMPLE_RATE as usize;
/// Samples taken out of the ring at once.
const PIECE: usize = 480;

/// Why a device of the server cannot be used.
#[derive(Debug, Error)]
pub enum ServerError {
    /// There is no such device, or the server refuses.
    #[error("the sound server does not give it")]
    Refused,
    /// The server is away or does not answer.
    #[error("the sound server does not answer")]
    Silent,
    /// The system gives no thread or socket.
    #[error("{0}")]
    System(#[from] io::Error),
}

/// A running stream; it ends when dropped.
pub struct ServerStream {
    socket: UnixStream,
    failed: Arc<AtomicBool>,
    pulse: Arc<Pulse>,
}

impl ServerStream {
    /// Whether its device or the server is gone.
    pub fn failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    /// What the thread tells of its work.
    pub fn pulse(&self) -> &Arc<Pulse> {
        &self.pulse
    }
}

impl Drop for ServerStream {
    fn drop(&mut self) {
        // The thread wakes up and ends; the server closes the stream with the connection.
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}

/// Where the server listens, as libpulse looks for it.
fn address() -> Option<PathBuf> {
    let named = std::env::var("PULSE_SERVER").ok().and_then(|text| {
        let path = text.strip_prefix("unix:").unwrap_or(&text);
        path.starts_with('/').then(|| PathBuf::from(path))
    });
    let folder = std::env::var_os("PULSE_RUNTIME_PATH")
        .map(PathBuf::from)
        .or_else(|| Some(Path::new(&std::env::var_os("XDG_RUNTIME_DIR")?).join("pulse")));
    named.or_else(|| folder.map(|folder| folder.join("native")))
}

/// The user's secret towards the server; servers on the same machine know the user by the socket, too.
fn cookie() -> Vec<u8> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let named = std::env::var_os("PULSE_COOKIE").map(PathBuf::from);
    let places = [named, Some(home.join(".config/pulse/cookie")), Some(home.join(".pulse-cookie"))];
    places.into_iter().flatten().find_map(|place| fs::read(place).ok()).unwrap_or_default()
}

/// The default microphone and loudspeaker.
pub type Defaults = (Option<Arc<str>>, Option<Arc<str>>);

/// The server as a list of devices; absent while there is none.
#[derive(Default)]
pub struct SoundServer {
    connection: Option<(UnixStream, Directory)>,
    /// Something changed that [`SoundServer::refresh`] has not told yet: whoever learns in between hides nothing.
    news: bool,
}

impl SoundServer {
    /// Connects where that has not been done, and takes in what the server says; true when the list, a default, or
    /// whether there is a server at all changed since it was last told. Never waits.
    pub fn refresh(&mut self) -> bool {
        self.take_in();
        std::mem::take(&mut self.news)
    }

    fn take_in(&mut self) {
        if self.connection.is_none() {
            self.connection = connect();
            return;
        }
        let known = self.is_known();
        self.news |= match self.exchange() {
            Ok(changed) => changed,
            Err(()) => {
                self.connection = None;
                known
            }
        };
    }

    /// Whether [`SoundServer::refresh`] has something to tell at once.
    pub fn has_news(&self) -> bool {
        self.news
    }

    /// Takes the list in at once, if there is a server, and waits for it a moment.
    pub fn learn(&mut self) {
        for _ in 0..20 {
            self.take_in();
            if self.connection.is_none() || self.is_known() {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn exchange(&mut self) -> Result<bool, ()> {
        let Some((socket, directory)) = &mut self.connection else { return Ok(false) };
        let mut bytes = [0; 8_192];
        loop {
            while let Some(frame) = directory.poll_transmit() {
                // A handful of small questions: they fit the socket's buffer, or the server is stuck.
                socket.write_all(&frame).map_err(drop)?;
            }
            match socket.read(&mut bytes) {
                Ok(0) => return Err(()),
                Ok(count) => directory.handle_bytes(bytes.get(..count).unwrap_or_default())?,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(directory.take_changed()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Err(()),
            }
        }
    }

    /// What becomes readable when the server has news.
    pub fn socket(&self) -> Option<&UnixStream> {
        self.connection.as_ref().map(|(socket, _)| socket)
    }

    /// The server has told everything.
    pub fn is_known(&self) -> bool {
        self.directory().is_some()
    }

    fn directory(&self) -> Option<&Directory> {
        self.connection.as_ref().map(|(_, directory)| directory).filter(|directory| directory.is_known())
    }

    /// Names of the inputs or of the outputs, as people are offered them; `None` without a server.
    pub fn names(&self, input: bool) -> Option<Vec<Arc<str>>> {
        let directory = self.directory()?;
        let mut names: Vec<Arc<str>> = Vec::new();
        for device in directory.listed(input).iter().filter(|device| !input || !device.monitor) {
            if !names.contains(&device.name) {
                names.push(device.name.clone());
            }
        }
        if !directory.listed(input).is_empty() {
            names.insert(0, "default".into());
        }
        Some(names)
    }

    /// The identifiers of the default input and output, by the server's word.
    pub fn defaults(&self) -> Option<Defaults> {
        let directory = self.directory()?;
        Some((directory.default_of(true).cloned(), directory.default_of(false).cloned()))
    }

    /// The device that a name means.
    pub fn find(&self, name: &str, input: bool) -> Option<&Listed> {
        self.directory()?.find(name, input)
    }

    /// Every loudspeaker by its identifier.
    pub fn outputs(&self) -> Vec<Arc<str>> {
        let listed = self.directory().map(|directory| directory.listed(false)).unwrap_or_default();
        listed.iter().map(|device| device.id.clone()).collect()
    }
}

fn connect() -> Option<(UnixStream, Directory)> {
    let socket = UnixStream::connect(address()?).ok()?;
    socket.set_nonblocking(true).ok()?;
    Some((socket, Directory::new(&cookie())))
}

/// Opens a microphone by the server's identifier.
pub fn capture(id: &str) -> Result<(Source, ServerStream), ServerError> {
    let (mut ring, consumer) = RingBuffer::new(RING);
    let stream = open(id, true, move |event, _, pulse| {
        if let StreamEvent::Heard(samples) = event {
            for sample in &samples {
                // When full, samples are lost, which only a stalled media thread causes.
                let _ = ring.push(*sample);
            }
            pulse.beat(samples.len(), platform::now().boot);
        }
    })?;
    let link = CaptureLink::new(consumer, stream.pulse.clone(), SAMPLE_RATE);
    Ok((Source::Device(Box::new(link)), stream))
}

/// Opens a loudspeaker by the server's identifier.
pub fn playback(id: &str) -> Result<(Sink, ServerStream), ServerError> {
    let (producer, mut ring) = RingBuffer::<f32>::new(RING);
    let (mut begun, mut last) = (false, 0.0_f32);
    let stream = open(id, false, move |event, machine, pulse| {
        let StreamEvent::Wanted(wanted) = event else { return };
        let (mut left, mut dry) = (wanted.min(RING), false);
        while left > 0 {
            let mut piece = [0.0_f32; PIECE];
            let piece = piece.get_mut(..left.min(PIECE)).unwrap_or_default();
            let missing = {
                let (_, missing) = ring.pop_partial_slice(piece);
                missing.len()
            };
            let from = piece.len() - missing;
            begun |= from > 0;
            dry |= missing > 0;
            for (n, sample) in piece.iter_mut().enumerate() {
                // Where sound is missing, the last sample dies away: a step would click.
                last = if n < from { *sample } else { last * 0.98 };
                *sample = last;
            }
            machine.play(piece);
            left -= piece.len();
        }
        if dry && begun {
            pulse.ran_dry();
        }
        pulse.beat(wanted, platform::now().boot);
    })?;
    let link = PlaybackLink::new(producer, stream.pulse.clone(), SAMPLE_RATE);
    Ok((Sink::Device(Box::new(link)), stream))
}

/// Opens a stream and starts its thread; answers once the server says that it runs.
fn open(
    id: &str,
    input: bool,
    mut handle: impl FnMut(StreamEvent, &mut StreamMachine, &Pulse) + Send + 'static,
) -> Result<ServerStream, ServerError> {
    let mut socket = UnixStream::connect(address().ok_or(ServerError::Silent)?).map_err(|_| ServerError::Silent)?;
    let kept = socket.try_clone()?;
    let (failed, pulse) = (Arc::new(AtomicBool::new(false)), Arc::new(Pulse::default()));
    let (ends, beats) = (failed.clone(), pulse.clone());
    let mut machine = StreamMachine::new(&cookie(), id, input);
    let (ready, answer) = mpsc::channel();
    thread::Builder::new().name("sound server".into()).spawn(move || {
        let mut bytes = [0; 8_192];
        'all: loop {
            while let Some(frame) = machine.poll_transmit() {
                if socket.write_all(&frame).is_err() {
                    break 'all;
                }
            }
            match socket.read(&mut bytes) {
                Ok(0) | Err(_) => break,
                Ok(count) => {
                    if machine.handle_bytes(bytes.get(..count).unwrap_or_default()).is_err() {
                        break;
                    }
                }
            }
            while let Some(event) = machine.poll_event() {
                match event {
                    StreamEvent::Ready => drop(ready.send(true)),
                    StreamEvent::Refused | StreamEvent::Killed => break 'all,
                    event @ (StreamEvent::Wanted(_) | StreamEvent::Heard(_)) => handle(event, &mut machine, &beats),
                }
            }
        }
        ends.store(true, Ordering::Release);
        let _ = ready.send(false);
    })?;
    let stream = ServerStream { socket: kept, failed, pulse };
    match answer.recv_timeout(PATIENCE) {
        Ok(true) => Ok(stream),
        Ok(false) => Err(ServerError::Refused),
        Err(_) => Err(ServerError::Silent),
    }
}
