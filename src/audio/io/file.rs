//! WAV files as devices. A thread of its own touches the disk; a ring lies between it and the media thread.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rtrb::{Consumer, Producer, RingBuffer};
use thiserror::Error;

use super::link::{Sink, Source};
use crate::audio::frame::SAMPLE_RATE;
use crate::audio::resample::StreamConverter;
use crate::audio::wav::{HEADER_LIMIT, RECORDING_HEADER, WavError, WavHeader, recording_header, recording_sample};

/// Sound read ahead, and room for sound not yet written: one and two seconds. When the first runs dry, silence is sent
/// and counted; when the second is full, frames are left out of the recording and counted.
const READ_AHEAD: usize = SAMPLE_RATE as usize;
const WRITE_BEHIND: usize = 2 * SAMPLE_RATE as usize;

/// How often the threads look after their rings.
const READ_PAUSE: Duration = Duration::from_millis(200);
const WRITE_PAUSE: Duration = Duration::from_millis(20);

/// Bytes read at once.
const PIECE: usize = 32 * 1024;

/// Why a file cannot serve as a device.
#[derive(Debug, Error)]
pub enum FileError {
    /// The system refuses.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The file is not to be read.
    #[error(transparent)]
    Wav(#[from] WavError),
}

/// A thread that reads or writes a file until this is dropped.
pub struct FileThread {
    stop: Arc<AtomicBool>,
    failed: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl FileThread {
    fn spawn(name: &str, work: impl FnOnce(&AtomicBool) -> io::Result<()> + Send + 'static) -> io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let failed = Arc::new(AtomicBool::new(false));
        let (stopped, fault) = (stop.clone(), failed.clone());
        let thread = thread::Builder::new().name(name.into()).spawn(move || {
            if work(&stopped).is_err() {
                fault.store(true, Ordering::Release);
            }
        })?;
        Ok(Self { stop, failed, thread: Some(thread) })
    }

    /// Whether the disk failed.
    pub fn failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }
}

impl Drop for FileThread {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A recording is whole once it is closed.
            let _ = thread.join();
        }
    }
}

/// Opens a file as a microphone; it starts at its beginning.
pub fn play(path: &Path, repeat: bool) -> Result<(Source, FileThread), FileError> {
    let mut file = File::open(path)?;
    let mut start = Vec::with_capacity(HEADER_LIMIT);
    (&mut file).take(HEADER_LIMIT as u64).read_to_end(&mut start)?;
    let header = WavHeader::parse(&start)?;
    let (mut ring, consumer) = RingBuffer::new(READ_AHEAD);
    let ended = Arc::new(AtomicBool::new(false));
    let done = ended.clone();
    let thread = FileThread::spawn("sound-file-in", move |stop| {
        let result = read_aloud(&mut file, &header, repeat, &mut ring, stop);
        done.store(true, Ordering::Release);
        result
    })?;
    Ok((Source::File { ring: consumer, ended, begun: false }, thread))
}

fn read_aloud(
    file: &mut File,
    header: &WavHeader,
    repeat: bool,
    ring: &mut Producer<f32>,
    stop: &AtomicBool,
) -> io::Result<()> {
    let start = header.data_start as u64;
    // A program that streams into a file leaves no true length: then the file's own end counts.
    let length = match header.data_bytes {
        0 | u32::MAX => u64::MAX,
        bytes => u64::from(bytes),
    };
    let mut bytes = vec![0; PIECE - PIECE % header.block()];
    let mut converter = StreamConverter::new(header.rate, SAMPLE_RATE);
    let (mut mono, mut samples) = (Vec::new(), Vec::new());
    loop {
        file.seek(SeekFrom::Start(start))?;
        let mut left = length;
        let mut heard = false;
        loop {
            let room = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            let read = read_full(file, bytes.get_mut(..room).unwrap_or_default())?;
            mono.clear();
            header.decode(bytes.get(..read).unwrap_or_default(), &mut mono);
            if mono.is_empty() {
                break;
            }
            heard = true;
            left -= read as u64;
            samples.clear();
            converter.push(&mono, &mut samples);
            if !push_all(ring, &samples, stop) {
                return Ok(());
            }
        }
        if !repeat || !heard {
            samples.clear();
            converter.finish(&mut samples);
            push_all(ring, &samples, stop);
            return Ok(());
        }
    }
}

fn read_full(file: &mut File, bytes: &mut [u8]) -> io::Result<usize> {
    let mut at = 0;
    while let Some(rest) = bytes.get_mut(at..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(read) => at += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(at)
}

/// Waits for room as long as somebody listens; false when nobody does any more.
fn push_all(ring: &mut Producer<f32>, mut samples: &[f32], stop: &AtomicBool) -> bool {
    loop {
        (_, samples) = ring.push_partial_slice(samples);
        if stop.load(Ordering::Acquire) || ring.is_abandoned() {
            return false;
        }
        if samples.is_empty() {
            return true;
        }
        thread::park_timeout(READ_PAUSE);
    }
}

/// Opens a recording: `fresh` begins it anew, otherwise it goes on at its end.
pub fn record(path: &Path, fresh: bool) -> Result<(Sink, FileThread), FileError> {
    let mut file = File::options().read(true).write(true).create(true).truncate(fresh).open(path)?;
    let mut written = file.metadata()?.len().saturating_sub(RECORDING_HEADER as u64) / 2 * 2;
    write_header(&mut file, written)?;
    file.seek(SeekFrom::Start(RECORDING_HEADER as u64 + written))?;
    let (producer, mut ring) = RingBuffer::new(WRITE_BEHIND);
    let thread = FileThread::spawn("sound-file-out", move |stop| {
        let mut bytes = Vec::with_capacity(2 * WRITE_BEHIND);
        loop {
            let last = stop.load(Ordering::Acquire);
            drain(&mut ring, &mut bytes);
            if !bytes.is_empty() {
                // The samples first, then the header that counts them: it is true at any moment.
                file.write_all(&bytes)?;
                written += bytes.len() as u64;
                write_header(&mut file, written)?;
                file.seek(SeekFrom::Start(RECORDING_HEADER as u64 + written))?;
            }
            if last {
                return Ok(());
            }
            thread::park_timeout(WRITE_PAUSE);
        }
    })?;
    Ok((Sink::File(producer), thread))
}

fn drain(ring: &mut Consumer<f32>, bytes: &mut Vec<u8>) {
    bytes.clear();
    let Ok(chunk) = ring.read_chunk(ring.slots()) else { return };
    let (first, second) = chunk.as_slices();
    for sample in first.iter().chain(second) {
        bytes.extend_from_slice(&recording_sample(*sample));
    }
    chunk.commit_all();
}

fn write_header(file: &mut File, written: u64) -> io::Result<()> {
    let Ok(written) = u32::try_from(written + 36) else {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "a WAV file holds four gigabytes"));
    };
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&recording_header(written - 36))
}
