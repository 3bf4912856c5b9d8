//! Files that go and come: read and written off the runtime's workers, each in a task that can be stopped.

use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::super::effect::Input;
use super::super::{FileEffect, FileEvent, FileProblem};
use super::message_pictures::MessagePictures;
use crate::config::Network;
use crate::model::{WebError, numbered, safe_name};
use crate::net::dns::Resolver;
use crate::net::http::{self, Client, MoveError, Put, Read};

/// Progress is told so often at most.
const TELL: Duration = Duration::from_millis(100);
/// So many names are tried for one file. When all are taken: the file is not kept.
const MOST_NAMES: u32 = 1000;

/// The transfers that run.
pub(super) struct Sharing {
    running: HashMap<u64, AbortHandle>,
    network: Network,
    resolver: Resolver,
    folder: PathBuf,
    /// For files of our own making, until they have gone.
    outgoing: PathBuf,
    inputs: mpsc::Sender<Input>,
    pictures: MessagePictures,
}

impl Sharing {
    pub(super) fn new(
        network: Network,
        resolver: Resolver,
        folder: PathBuf,
        kept: PathBuf,
        inputs: mpsc::Sender<Input>,
    ) -> Self {
        // What a run that was killed left there goes: nothing waits for it any more.
        let outgoing = kept.with_file_name("outgoing");
        let _ = fs::remove_dir_all(&outgoing);
        let pictures = MessagePictures::new(kept, network.clone(), resolver.clone(), inputs.clone());
        Self { running: HashMap::new(), network, resolver, folder, outgoing, inputs, pictures }
    }

    pub(super) fn run(&mut self, effect: FileEffect) {
        self.running.retain(|_, task| !task.is_finished());
        let (number, task) = match effect {
            FileEffect::Stop(number) => {
                if let Some(task) = self.running.remove(&number) {
                    task.abort();
                }
                return;
            }
            FileEffect::Sound { number, url, fetch } => {
                let (pictures, inputs) = (self.pictures.clone(), self.inputs.clone());
                tokio::spawn(async move {
                    let sound = pictures.sound(&url, &fetch).await;
                    let _ = inputs.send(Input::File(FileEvent::Sound(number, sound))).await;
                });
                return;
            }
            FileEffect::Picture(effect) => return self.pictures.run(effect),
            FileEffect::Settle { url, path, remove } => return self.pictures.settle(url, path, remove),
            FileEffect::Lay { number, name, bytes } => {
                let folder = self.outgoing.clone();
                let laying = tokio::task::spawn_blocking(move || lay(&folder, &name, &bytes));
                let done = async move { laying.await.unwrap_or_else(|_| Err("The file cannot be kept.".into())) };
                (number, self.spawn(async move { FileEvent::Laid(number, done.await) }))
            }
            FileEffect::Look { number, path } => {
                let looking = tokio::task::spawn_blocking(move || look(&path));
                let done = async move { looking.await.unwrap_or_else(|_| Err("The file cannot be read.".into())) };
                (number, self.spawn(async move { FileEvent::Looked(number, done.await) }))
            }
            FileEffect::Upload { number, path, size, media_type, slot, own_domains } => {
                let put = Put { url: slot.put, headers: slot.headers, size, media_type, own_domains };
                let (network, resolver, inputs) = (self.network.clone(), self.resolver.clone(), self.inputs.clone());
                let done = async move {
                    FileEvent::Uploaded(number, upload(number, &path, &put, network, resolver, inputs).await)
                };
                (number, self.spawn(done))
            }
            FileEffect::Download { number, url, name, most, own_domains } => {
                let read = Read { url, most, own_domains };
                let (network, resolver, inputs) = (self.network.clone(), self.resolver.clone(), self.inputs.clone());
                let folder = self.folder.clone();
                let done = async move {
                    FileEvent::Downloaded(
                        number,
                        download(number, &folder, &name, &read, network, resolver, inputs).await,
                    )
                };
                (number, self.spawn(done))
            }
        };
        self.running.insert(number, task);
    }

    fn spawn(&self, work: impl Future<Output = FileEvent> + Send + 'static) -> AbortHandle {
        let inputs = self.inputs.clone();
        tokio::spawn(async move {
            let event = work.await;
            let _ = inputs.send(Input::File(event)).await;
        })
        .abort_handle()
    }
}

/// What a file is: the name that it is sent under, and its size.
fn look(path: &Path) -> Result<(Arc<str>, u64), Arc<str>> {
    let failed = |error: std::io::Error| -> Arc<str> {
        match error.kind() {
            ErrorKind::NotFound => format!("There is no file {}.", path.display()),
            ErrorKind::PermissionDenied => format!("You may not read {}.", path.display()),
            _ => format!("{} cannot be read: {error}.", path.display()),
        }
        .into()
    };
    let about = fs::metadata(path).map_err(failed)?;
    // A pipe or a device would never end.
    if !about.is_file() {
        return Err(format!("{} is not a file. A folder has to be packed first.", path.display()).into());
    }
    fs::File::open(path).map_err(failed)?;
    if about.len() == 0 {
        return Err(format!("{} is empty.", path.display()).into());
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok((safe_name(&name).into(), about.len()))
}

/// Writes bytes into a file that is nobody else's.
fn lay(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, Arc<str>> {
    let written = (|| {
        let mut place = Place::take(folder, name)?;
        if let Some(mut file) = place.file.take() {
            std::io::Write::write_all(&mut file, bytes)?;
        }
        place.keep()
    })();
    match written {
        Ok(path) => Ok(PathBuf::from(&*path)),
        Err(error) => match disk(folder, &error) {
            FileProblem::Disk(why) => Err(why),
            FileProblem::Web(_) | FileProblem::Size => Err("The file cannot be kept.".into()),
        },
    }
}

async fn client(network: Network, resolver: Resolver) -> Result<Client, FileProblem> {
    let connector =
        tokio::task::spawn_blocking(move || http::connector(&network.ca_files, network.system_authorities)).await;
    let connector = connector.map_err(|_| FileProblem::Web(WebError::Broken))?.map_err(FileProblem::Web)?;
    Ok(Client::new(resolver, connector))
}

/// Tells how far a transfer is, not too often; a word that finds no room is left out, the next one says more.
fn teller(number: u64, inputs: mpsc::Sender<Input>) -> impl FnMut(u64, Option<u64>) {
    let mut due = Instant::now();
    move |done, size| {
        if Instant::now() >= due {
            due = Instant::now() + TELL;
            let _ = inputs.try_send(Input::File(FileEvent::Progress(number, done, size)));
        }
    }
}

async fn upload(
    number: u64,
    path: &Path,
    put: &Put,
    network: Network,
    resolver: Resolver,
    inputs: mpsc::Sender<Input>,
) -> Result<(), FileProblem> {
    let client = client(network, resolver).await?;
    let file = tokio::fs::File::open(path).await.map_err(|error| disk(path, &error))?;
    let size = file.metadata().await.map_err(|error| disk(path, &error))?.len();
    if size != put.size {
        return Err(FileProblem::Size);
    }
    let mut tell = teller(number, inputs);
    client.put(put, file, |done| tell(done, None)).await.map_err(|error| problem(path, error))
}

async fn download(
    number: u64,
    folder: &Path,
    name: &str,
    read: &Read,
    network: Network,
    resolver: Resolver,
    inputs: mpsc::Sender<Input>,
) -> Result<Arc<str>, FileProblem> {
    let client = client(network, resolver).await?;
    let (owned, wished) = (folder.to_owned(), name.to_owned());
    let place = tokio::task::spawn_blocking(move || Place::take(&owned, &wished)).await;
    let mut place = place.map_err(|_| FileProblem::Web(WebError::Broken))?.map_err(|error| disk(folder, &error))?;
    let Some(file) = place.file.take() else { return Err(FileProblem::Size) };
    let mut file = tokio::fs::File::from_std(file);
    client.read(read, &mut file, teller(number, inputs)).await.map_err(|error| problem(folder, error))?;
    file.sync_all().await.map_err(|error| disk(folder, &error))?;
    drop(file);
    place.keep().map_err(|error| disk(folder, &error))
}

fn problem(path: &Path, error: MoveError) -> FileProblem {
    match error {
        MoveError::Web(error) => FileProblem::Web(error),
        MoveError::Disk(error) => disk(path, &error),
        MoveError::Size => FileProblem::Size,
    }
}

fn disk(path: &Path, error: &std::io::Error) -> FileProblem {
    let path = path.display();
    FileProblem::Disk(
        match error.kind() {
            ErrorKind::NotFound => format!("{path} is not there any more."),
            ErrorKind::PermissionDenied => format!("You may not use {path}."),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "The disk is full.".to_owned(),
            _ => format!("{path}: {error}."),
        }
        .into(),
    )
}

/// A name that is taken in the folder of downloads, and the part that has come. What is not kept is removed, also when the
/// transfer is stopped.
struct Place {
    /// Taken, empty until the end: nobody else gets this name, and nothing that is there is written over (X23).
    name: PathBuf,
    part: PathBuf,
    file: Option<fs::File>,
    kept: bool,
}

impl Place {
    fn take(folder: &Path, wished: &str) -> std::io::Result<Self> {
        fs::create_dir_all(folder)?;
        // Whoever calls has made the name safe; here it decides where is written.
        let wished = safe_name(wished);
        for number in 1..=MOST_NAMES {
            let name = folder.join(numbered(&wished, number));
            match new_file(&name) {
                Ok(_) => {
                    let part = folder.join(format!("{}.part", numbered(&wished, number)));
                    let mut place = Self { name, part, file: None, kept: false };
                    match new_file(&place.part) {
                        Ok(file) => {
                            place.file = Some(file);
                            return Ok(place);
                        }
                        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                            // Somebody else's: it is not ours to remove.
                            place.part = place.name.clone();
                        }
                        Err(error) => {
                            place.part = place.name.clone();
                            return Err(error);
                        }
                    }
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    fn keep(mut self) -> std::io::Result<Arc<str>> {
        fs::rename(&self.part, &self.name)?;
        self.kept = true;
        Ok(self.name.to_string_lossy().as_ref().into())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.kept {
            let _ = fs::remove_file(&self.part);
            let _ = fs::remove_file(&self.name);
        }
    }
}

/// A file that was not there: it is never one to be executed, and a link that stands there is not followed.
fn new_file(path: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x23_a_download_writes_over_nothing_and_leaves_nothing_behind_when_it_fails() {
        let folder = tempfile::tempdir().expect("a folder");
        let all = || {
            let mut names: Vec<String> = fs::read_dir(folder.path())
                .expect("there")
                .map(|entry| entry.expect("read").file_name().to_string_lossy().into_owned())
                .collect();
            names.sort();
            names
        };
        fs::write(folder.path().join("a.txt"), "mine").expect("written");
        fs::write(folder.path().join("a (2).txt.part"), "mine too").expect("written");
        let place = Place::take(folder.path(), "../a.txt").expect("a name");
        assert_eq!(place.name, folder.path().join("a (3).txt"));
        drop(place);
        assert_eq!(all(), ["a (2).txt.part", "a.txt"], "what was there stays, what was begun goes");
        let mut place = Place::take(folder.path(), "a.txt").expect("a name");
        drop(place.file.take());
        place.keep().expect("kept");
        assert_eq!(all(), ["a (2).txt.part", "a (3).txt", "a.txt"]);
        assert_eq!(fs::read(folder.path().join("a.txt")).expect("read"), b"mine");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::os::unix::fs::symlink(folder.path().join("elsewhere"), folder.path().join("link")).expect("a link");
            drop(Place::take(folder.path(), "link").expect("another name"));
            assert!(!folder.path().join("elsewhere").exists(), "a link is not followed");
            let mode = fs::metadata(folder.path().join("a (3).txt")).expect("there").permissions().mode();
            assert_eq!(mode & 0o111, 0, "nothing that comes can be executed");
        }
    }

    #[test]
    fn only_whole_files_that_can_be_read_are_sent() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(look(folder.path()).is_err_and(|why| why.contains("not a file")));
        assert!(look(&folder.path().join("x")).is_err_and(|why| why.contains("There is no file")));
        fs::write(folder.path().join("empty"), "").expect("written");
        assert!(look(&folder.path().join("empty")).is_err_and(|why| why.contains("is empty")));
        fs::write(folder.path().join("a.txt"), "abc").expect("written");
        assert_eq!(look(&folder.path().join("a.txt")), Ok(("a.txt".into(), 3)));
    }
}
