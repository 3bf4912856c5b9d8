//! Pictures and voice messages in conversations: kept in a folder of the profile with a bound, fetched within limits, decoded one at a time off
//! every thread that has a deadline (X25).

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::{Semaphore, mpsc};

use super::super::decoding::{self, Undecodable};
use super::super::effect::Input;
use super::super::files::{FileEvent, FileProblem, not_got};
use super::super::pictures::{Fetch, PictureEffect, PictureEvent};
use crate::config::Network;
use crate::media::{BadNote, NoteTrack};
use crate::model::{HttpsUrl, OpenedPicture, Thumb, WebError, media_type, name_at, plays_as_note, shows_as_picture};
use crate::net::dns::Resolver;
use crate::net::http::{self, Client, MoveError, Read};

/// All that is kept, in bytes. When full: what was used longest ago goes.
const MOST_KEPT: u64 = 256 * 1024 * 1024;
/// Files that are kept.
const MOST_FILES: usize = 4000;
/// One file, in bytes: what may be fetched on the user's word.
const LARGEST: u64 = 32 * 1024 * 1024;

/// What is said of sound that is larger than that.
const TOO_LONG: &str = "The sound is too large to be played here. Download the file to open it with another program.";

/// One at a time: a picture of the largest size takes 256 MiB while it is decoded.
static DECODER: Semaphore = Semaphore::const_new(1);

/// What is needed to get pictures.
#[derive(Clone)]
pub(super) struct MessagePictures {
    folder: PathBuf,
    network: Network,
    resolver: Resolver,
    inputs: mpsc::Sender<Input>,
}

impl MessagePictures {
    pub(super) fn new(folder: PathBuf, network: Network, resolver: Resolver, inputs: mpsc::Sender<Input>) -> Self {
        Self { folder, network, resolver, inputs }
    }

    pub(super) fn run(&self, effect: PictureEffect) {
        let own = self.clone();
        tokio::spawn(async move {
            let event = match effect {
                PictureEffect::Small { number, url, fetch } => {
                    PictureEvent::Small(number, own.small(&url, fetch.as_ref()).await)
                }
                PictureEffect::Open { number, url, fetch } => {
                    PictureEvent::Opened(number, own.open(&url, &fetch).await)
                }
            };
            let _ = own.inputs.send(Input::File(FileEvent::Picture(event))).await;
        });
    }

    /// A file of ours is sent, or not: its picture is kept, and a file of our own making goes.
    pub(super) fn settle(&self, url: Option<HttpsUrl>, path: PathBuf, remove: bool) {
        let folder = self.folder.clone();
        tokio::task::spawn_blocking(move || {
            let shown = |url: &HttpsUrl| {
                let kind = media_type(&name_at(url));
                shows_as_picture(kind) || plays_as_note(kind)
            };
            if let Some(url) = url.filter(shown) {
                keep_own(&folder, &url, &path);
            }
            if remove {
                let _ = fs::remove_file(&path);
            }
        });
    }

    async fn small(&self, url: &HttpsUrl, fetch: Option<&Fetch>) -> Result<Option<Thumb>, Arc<str>> {
        let (folder, name) = (self.folder.clone(), name_of(url));
        let known = blocking(move || {
            let thumb = read_kept(&folder, &format!("{name}.small")).and_then(|bytes| decoding::read_thumb(&bytes));
            thumb.map(Known::Thumb).or_else(|| read_kept(&folder, &name).map(Known::Whole))
        })
        .await
        .flatten();
        let bytes = match (known, fetch) {
            (Some(Known::Thumb(thumb)), _) => return Ok(Some(thumb)),
            (Some(Known::Whole(bytes)), _) => bytes,
            (None, None) => return Ok(None),
            (None, Some(fetch)) => self.fetch(url, fetch).await?,
        };
        let (folder, name) = (self.folder.clone(), name_of(url));
        decoded(move || {
            let thumb = decoding::thumb(&bytes)?;
            if let Some(small) = decoding::write_thumb(&thumb) {
                keep(&folder, &format!("{name}.small"), &small);
            }
            Ok(thumb)
        })
        .await
        .map(Some)
    }

    /// The sound of a voice message, made ready to be played.
    pub(super) async fn sound(&self, url: &HttpsUrl, fetch: &Fetch) -> Result<Arc<NoteTrack>, Arc<str>> {
        let (folder, name) = (self.folder.clone(), name_of(url));
        let bytes = match blocking(move || read_kept(&folder, &name)).await.flatten() {
            Some(bytes) => bytes,
            None => {
                let large =
                    |why: Arc<str>| if *why == *Undecodable::TooLarge.to_string() { TOO_LONG.into() } else { why };
                self.fetch(url, fetch).await.map_err(large)?
            }
        };
        let read = blocking(move || NoteTrack::read(&bytes)).await.unwrap_or(Err(BadNote::Damaged));
        read.map(Arc::new).map_err(|error| error.to_string().into())
    }

    async fn open(&self, url: &HttpsUrl, fetch: &Fetch) -> Result<OpenedPicture, Arc<str>> {
        let (folder, name) = (self.folder.clone(), name_of(url));
        let bytes = match blocking(move || read_kept(&folder, &name)).await.flatten() {
            Some(bytes) => bytes,
            None => self.fetch(url, fetch).await?,
        };
        decoded(move || decoding::opened(&bytes)).await
    }

    async fn fetch(&self, url: &HttpsUrl, fetch: &Fetch) -> Result<Vec<u8>, Arc<str>> {
        let budget = Duration::from_secs(fetch.seconds);
        let got = tokio::time::timeout(budget, self.bytes_at(url, fetch)).await;
        let problem = match got {
            Ok(Ok(bytes)) => {
                let (folder, name, kept) = (self.folder.clone(), name_of(url), bytes.clone());
                blocking(move || keep(&folder, &name, &kept)).await;
                return Ok(bytes);
            }
            Ok(Err(problem)) => problem,
            Err(_) => FileProblem::Web(WebError::Timeout),
        };
        Err(match problem {
            FileProblem::Web(WebError::TooLarge) => Undecodable::TooLarge.to_string().into(),
            problem => not_got(&problem, fetch.most).into(),
        })
    }

    async fn bytes_at(&self, url: &HttpsUrl, fetch: &Fetch) -> Result<Vec<u8>, FileProblem> {
        let network = self.network.clone();
        let connector = blocking(move || http::connector(&network.ca_files, network.system_authorities)).await;
        let connector = connector.ok_or(FileProblem::Web(WebError::Broken))?.map_err(FileProblem::Web)?;
        let client = Client::new(self.resolver.clone(), connector);
        let read = Read { url: url.clone(), most: fetch.most, own_domains: fetch.own_domains.clone() };
        let mut bytes = Vec::new();
        client.read(&read, &mut bytes, |_, _| {}).await.map_err(|error| match error {
            MoveError::Web(error) => FileProblem::Web(error),
            MoveError::Disk(_) => FileProblem::Web(WebError::Broken),
            MoveError::Size => FileProblem::Size,
        })?;
        Ok(bytes)
    }
}

enum Known {
    Thumb(Thumb),
    Whole(Vec<u8>),
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    // A panic in it is a defect that ends this picture only (F30).
    tokio::task::spawn_blocking(work).await.ok()
}

async fn decoded<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Undecodable> + Send + 'static,
) -> Result<T, Arc<str>> {
    // Never closed.
    let permit = DECODER.acquire().await;
    let outcome = blocking(work).await.unwrap_or(Err(Undecodable::Damaged));
    drop(permit);
    outcome.map_err(|error| error.to_string().into())
}

/// The name under which the picture of an address is kept: nothing in it is anybody's choice (X23).
fn name_of(url: &HttpsUrl) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, url.to_string().as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read_kept(folder: &Path, name: &str) -> Option<Vec<u8>> {
    let path = folder.join(name);
    let file = fs::File::open(&path).ok()?;
    if file.metadata().ok()?.len() > LARGEST {
        return None;
    }
    // What is used stays longest; where that cannot be noted it goes earlier.
    let _ = file.set_modified(SystemTime::now());
    fs::read(&path).ok()
}

/// Keeps bytes, whole or not at all. A disk that is full keeps none: they are fetched again.
fn keep(folder: &Path, name: &str, bytes: &[u8]) {
    let written = (|| {
        fs::create_dir_all(folder)?;
        private(folder, 0o700)?;
        let part = folder.join(format!("{name}.part"));
        let mut file = fs::File::create(&part)?;
        private(&part, 0o600)?;
        file.write_all(bytes)?;
        drop(file);
        fs::rename(&part, folder.join(name))
    })();
    if let Err(error) = written {
        tracing::debug!(kind = ?error.kind(), "a picture is not kept");
        let _ = fs::remove_file(folder.join(format!("{name}.part")));
    }
    prune(folder, MOST_KEPT, MOST_FILES);
}

#[cfg(unix)]
fn private(path: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn private(_: &Path, _: u32) -> std::io::Result<()> {
    Ok(())
}

/// Removes what was used longest ago until a fifth of the bound is free again.
fn prune(folder: &Path, most: u64, most_files: usize) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut all: Vec<(SystemTime, u64, PathBuf)> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let about = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some((about.modified().ok()?, about.len(), entry.path()))
        })
        .collect();
    let mut size: u64 = all.iter().map(|(_, size, _)| size).sum();
    let mut count = all.len();
    if size <= most && count <= most_files {
        return;
    }
    all.sort();
    for (_, bytes, path) in all {
        if size <= most / 5 * 4 && count <= most_files / 5 * 4 {
            return;
        }
        if fs::remove_file(path).is_ok() {
            size -= bytes;
            count -= 1;
        }
    }
}

/// A file that the user sent: others fetch it, here it is already.
fn keep_own(folder: &Path, url: &HttpsUrl, path: &Path) {
    let small = fs::metadata(path).is_ok_and(|about| about.is_file() && about.len() <= LARGEST);
    if small && let Ok(bytes) = fs::read(path) {
        keep(folder, &name_of(url), &bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x25_what_is_kept_has_a_bound_and_the_oldest_goes_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |seconds: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        for (name, age) in [("a", 1), ("b", 3), ("c", 2)] {
            keep(folder.path(), name, &[0; 100]);
            let file = fs::File::options().write(true).open(folder.path().join(name)).expect("there");
            file.set_modified(at(age)).expect("set");
        }
        let names = || {
            let mut all: Vec<String> = fs::read_dir(folder.path())
                .expect("there")
                .map(|entry| entry.expect("read").file_name().to_string_lossy().into_owned())
                .collect();
            all.sort();
            all.concat()
        };
        prune(folder.path(), 300, 9);
        assert_eq!(names(), "abc", "within the bound nothing goes");
        assert_eq!(read_kept(folder.path(), "a").map(|bytes| bytes.len()), Some(100), "what is used is young again");
        prune(folder.path(), 299, 9);
        assert_eq!(names(), "ab", "what was used longest ago goes");
        prune(folder.path(), 1000, 1);
        assert_eq!(names(), "", "and so many files at most");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            keep(folder.path(), "d", b"x");
            let mode = fs::metadata(folder.path().join("d")).expect("there").permissions().mode();
            assert_eq!(mode & 0o077, 0, "pictures are nobody else's");
        }
    }

    #[test]
    fn a_picture_of_ours_is_kept_under_its_address_and_nothing_that_is_too_large() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = folder.path().join("kept");
        let path = folder.path().join("a.png");
        fs::write(&path, b"pixels").expect("written");
        let url = HttpsUrl::parse("https://files.example.com/../../a.png").expect("an address");
        keep_own(&kept, &url, &path);
        assert_eq!(read_kept(&kept, &name_of(&url)).as_deref(), Some(b"pixels".as_slice()));
        assert!(name_of(&url).bytes().all(|byte| byte.is_ascii_hexdigit()), "a name that leads nowhere");
        let other = HttpsUrl::parse("https://files.example.com/b.png").expect("an address");
        fs::File::create(&path).and_then(|file| file.set_len(LARGEST + 1)).expect("large");
        keep_own(&kept, &other, &path);
        assert_eq!(read_kept(&kept, &name_of(&other)), None);
    }
}
