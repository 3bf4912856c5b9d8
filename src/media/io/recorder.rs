//! A recording: a bounded ring from the media thread to a thread of its own that encodes and writes.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rtrb::{Consumer, Producer, RingBuffer};

use crate::audio::Frame;
use crate::media::codec::CodecFailure;
use crate::media::recording::{Writer, interleave};
use crate::media::{RecordingNews, RecordingWish};
use crate::model::{Recorded, RecordingChannels};

/// Sound that waits for the disk: four seconds of both sides. When full, ticks are left out of the recording, counted and
/// told at the end; the call goes on.
const BEHIND: usize = 4 * 2 * 48_000;

/// How often the writer looks after its ring.
const PAUSE: Duration = Duration::from_millis(50);

/// How much sound lies between two demands that the disk really has it, in looks.
const LOOKS_A_SYNC: u32 = 200;

/// Names that are tried where one is taken.
const NAMES: u32 = 99;

/// The media thread's end of a recording.
pub struct Recorder {
    /// What is recorded.
    pub what: Recorded,
    /// Nothing is written for the moment.
    pub paused: bool,
    /// Everybody hears that it is recorded.
    pub beep: bool,
    channels: RecordingChannels,
    ring: Option<Producer<f32>>,
    lost: u64,
    told: Receiver<RecordingNews>,
    thread: Option<JoinHandle<()>>,
    over: bool,
}

impl Recorder {
    /// Starts the writer's thread, which opens the file.
    pub fn start(what: Recorded, wish: &RecordingWish, serial: u32) -> io::Result<Self> {
        let (ring, consumer) = RingBuffer::new(BEHIND);
        let (tell, told) = channel();
        let work = wish.clone();
        let thread = std::thread::Builder::new()
            .name("recording".into())
            .spawn(move || write(&work, serial, consumer, &tell))?;
        Ok(Self {
            what,
            paused: false,
            beep: wish.beep,
            channels: wish.channels,
            ring: Some(ring),
            lost: 0,
            told,
            thread: Some(thread),
            over: false,
        })
    }

    /// Ten milliseconds of both sides. Never waits and never allocates.
    pub fn put(&mut self, ours: &Frame, theirs: &Frame) {
        let Some(ring) = self.ring.as_mut().filter(|_| !self.paused) else { return };
        let (sound, length) = interleave(self.channels, ours, theirs);
        if ring.slots() < length {
            self.lost += 1;
            return;
        }
        let _ = ring.push_partial_slice(sound.get(..length).unwrap_or_default());
    }

    /// Nothing more comes: the writer finishes the file.
    pub fn stop(&mut self) {
        self.ring = None;
    }

    /// Whether nothing more is written.
    pub fn is_stopped(&self) -> bool {
        self.ring.is_none()
    }

    /// What the writer tells; its last word says how the file ended.
    pub fn poll(&mut self) -> Option<RecordingNews> {
        match self.told.try_recv() {
            Ok(news) => {
                if let RecordingNews::Ended { .. } = news {
                    self.over = true;
                    self.ring = None;
                }
                Some(self.with_losses(news))
            }
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                self.over = true;
                None
            }
        }
    }

    /// Whether the file is whole and everything is told.
    pub fn is_over(&self) -> bool {
        self.over
    }

    fn with_losses(&self, news: RecordingNews) -> RecordingNews {
        match news {
            RecordingNews::Ended { file, problem: None } if self.lost > 0 => {
                let problem = format!(
                    "The disk was too slow for the recording: {} ms of it are missing.",
                    self.lost.saturating_mul(10)
                );
                RecordingNews::Ended { file, problem: Some(problem.into()) }
            }
            other => other,
        }
    }
}

impl Recorder {
    /// Waits until the file is whole: only when the program ends.
    pub fn wait(&mut self) {
        self.ring = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The writer's thread.
fn write(wish: &RecordingWish, serial: u32, mut ring: Consumer<f32>, tell: &Sender<RecordingNews>) {
    // Nobody listens any more when the program ends.
    let say = |news| drop(tell.send(news));
    let (path, file) = match create(wish) {
        Ok(created) => created,
        Err(error) => {
            let folder = wish.folder.display();
            let problem = format!("The recording cannot start: {} (folder {folder}).", reason(&error));
            return say(RecordingNews::Ended { file: None, problem: Some(problem.into()) });
        }
    };
    let shown: Arc<str> = path.to_string_lossy().into();
    say(RecordingNews::Started { file: shown.clone() });
    let problem = match keep(wish, serial, &mut ring, file, std::thread::park_timeout) {
        Ok(()) => None,
        Err(error) => {
            Some(format!("The recording stopped: {}. What was recorded until then is kept.", reason(&error)).into())
        }
    };
    say(RecordingNews::Ended { file: Some(shown), problem });
}

/// A new file that only the user can read; never one that is there already.
fn create(wish: &RecordingWish) -> io::Result<(PathBuf, File)> {
    fs::create_dir_all(&wish.folder)?;
    let ending = wish.format.ending();
    for number in 1..=NAMES {
        let name =
            if number == 1 { format!("{}.{ending}", wish.name) } else { format!("{} ({number}).{ending}", wish.name) };
        let path = wish.folder.join(name);
        match private(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Why the disk does not take it, for people.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "the disk is full".to_owned(),
        io::ErrorKind::PermissionDenied => "the folder may not be written to".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the disk is read-only".to_owned(),
        io::ErrorKind::FileTooLarge => "a WAV file holds no more than four gigabytes".to_owned(),
        _ => error.to_string(),
    }
}

/// A file, or what stands for one in a test.
trait Disk: Write + Seek {
    /// Makes sure that what was written survives a loss of power.
    fn sync(&mut self) -> io::Result<()>;
}

impl Disk for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

/// Writes until the other end of the ring is gone and the ring is empty.
fn keep(
    wish: &RecordingWish,
    serial: u32,
    ring: &mut Consumer<f32>,
    mut file: impl Disk,
    pause: impl Fn(Duration),
) -> io::Result<()> {
    let broken = |_: CodecFailure| io::Error::other("the codec does not work");
    let (mut writer, start) = Writer::new(wish.format, wish.channels, serial).map_err(broken)?;
    file.write_all(&start)?;
    let (mut sound, mut bytes, mut looks) = (Vec::new(), Vec::new(), 0_u32);
    loop {
        let last = ring.is_abandoned();
        sound.clear();
        if let Ok(chunk) = ring.read_chunk(ring.slots()) {
            let (first, second) = chunk.as_slices();
            sound.extend_from_slice(first);
            sound.extend_from_slice(second);
            chunk.commit_all();
        }
        bytes.clear();
        writer.push(&sound, &mut bytes).map_err(broken)?;
        if last {
            writer.finish(&mut bytes).map_err(broken)?;
        }
        if !bytes.is_empty() {
            // The samples first, then the header that counts them: it is true at any moment.
            file.write_all(&bytes)?;
            if let Some(header) = writer.header() {
                file.seek(SeekFrom::Start(0))?;
                file.write_all(&header)?;
                file.seek(SeekFrom::End(0))?;
            }
        }
        looks += 1;
        if last || looks.is_multiple_of(LOOKS_A_SYNC) {
            file.sync()?;
        }
        if last {
            return Ok(());
        }
        if writer.is_full() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        pause(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::model::{CallId, RecordingFormat};

    /// A disk with so much room.
    struct Small {
        data: Cursor<Vec<u8>>,
        room: usize,
    }

    impl Write for Small {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let free = self.room.saturating_sub(self.data.position() as usize);
            match free.min(bytes.len()) {
                0 => Err(io::ErrorKind::StorageFull.into()),
                fits => self.data.write(&bytes[..fits]),
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Seek for Small {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.data.seek(to)
        }
    }

    impl Disk for &mut Small {
        fn sync(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Disk for Small {
        fn sync(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn wish(folder: &Path, format: RecordingFormat) -> RecordingWish {
        RecordingWish {
            folder: folder.to_owned(),
            name: "Bob".into(),
            format,
            channels: RecordingChannels::Stereo,
            beep: false,
        }
    }

    fn until_over(recorder: &mut Recorder) -> Vec<RecordingNews> {
        let mut news = Vec::new();
        let deadline = std::time::Instant::now() + Duration::from_secs(20);
        while !recorder.is_over() {
            assert!(std::time::Instant::now() < deadline, "{news:?}");
            news.extend(recorder.poll());
            std::thread::park_timeout(Duration::from_millis(1));
        }
        news
    }

    #[test]
    fn a_full_disk_ends_the_recording_with_a_sentence_and_what_was_written_is_whole() {
        let (mut producer, mut ring) = RingBuffer::new(BEHIND);
        for _ in 0..40 {
            let _ = producer.push_partial_slice(&[0.1; 960]);
        }
        let mut disk = Small { data: Cursor::new(Vec::new()), room: 44 + 10_000 };
        let error = keep(&wish(Path::new("/"), RecordingFormat::Wav), 1, &mut ring, &mut disk, |_| {}).unwrap_err();
        assert_eq!(reason(&error), "the disk is full");
        let file = disk.data.into_inner();
        let counted = u32::from_le_bytes(file[40..44].try_into().unwrap()) as usize;
        assert!(counted <= file.len() - 44, "the header never counts what is not there");
    }

    #[test]
    fn a_recording_lands_in_a_private_file_and_never_over_another_one() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("new folder");
        for expected in ["Bob.opus", "Bob (2).opus"] {
            let what = Recorded::Call(CallId(1));
            let mut recorder = Recorder::start(what, &wish(&place, RecordingFormat::Opus), 1).unwrap();
            for _ in 0..100 {
                recorder.put(&[0.1; 480], &[0.2; 480]);
            }
            recorder.stop();
            let news = until_over(&mut recorder);
            let path = place.join(expected);
            let shown: Arc<str> = path.to_string_lossy().into();
            assert_eq!(
                news,
                [
                    RecordingNews::Started { file: shown.clone() },
                    RecordingNews::Ended { file: Some(shown), problem: None }
                ]
            );
            let data = fs::metadata(&path).unwrap();
            assert!(data.len() > 1_000);
            #[cfg(unix)]
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&data.permissions()) & 0o777, 0o600);
        }
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_told_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("a file");
        fs::write(&taken, "").unwrap();
        let what = Recorded::Call(CallId(1));
        let mut recorder = Recorder::start(what, &wish(&taken, RecordingFormat::Wav), 1).unwrap();
        let news = until_over(&mut recorder);
        let Some(RecordingNews::Ended { file: None, problem: Some(problem) }) = news.first() else {
            panic!("{news:?}")
        };
        assert!(problem.contains("cannot start") && problem.contains("a file"), "{problem}");
        assert!(recorder.is_stopped());
    }

    #[test]
    fn a_disk_that_hangs_costs_the_recording_and_not_the_call() {
        let folder = tempfile::tempdir().unwrap();
        let what = Recorded::Call(CallId(1));
        let mut recorder = Recorder::start(what, &wish(folder.path(), RecordingFormat::Wav), 1).unwrap();
        // Faster than any disk: more than the ring holds, without a pause.
        for _ in 0..20_000 {
            recorder.put(&[0.1; 480], &[0.2; 480]);
        }
        let lost = recorder.lost;
        recorder.stop();
        let news = until_over(&mut recorder);
        let told = matches!(news.last(), Some(RecordingNews::Ended { problem: Some(_), .. }));
        assert_eq!(told, lost > 0, "{lost} {news:?}");
        assert!(lost > 0, "the ring is bounded");
    }
}
