//! The socket that requests come in by.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::OwnedWriteHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, broadcast};

use super::method::{self, Asked};
use super::{LONGEST_REQUEST, code, json};
use crate::account::{Handle, NoticeBody};
use crate::platform;

/// Connections at a time. When full, the next ones wait in the system's queue.
const CONNECTIONS: usize = 32;

/// A bound socket; the file and the note of where it is go when this is dropped.
#[derive(Debug)]
pub struct Server {
    listener: UnixListener,
    socket: PathBuf,
    note: PathBuf,
}

impl Server {
    /// Binds a socket in `folder`, and writes its path into the file `note` (`control.path` of the profile).
    /// Must be called inside a tokio runtime.
    pub fn bind(note: &Path, folder: &Path) -> io::Result<Self> {
        let socket = folder.join(format!("tandem-{}.sock", std::process::id()));
        let _ = fs::remove_file(&socket);
        let listener = UnixListener::bind(&socket)?;
        // Whoever connects before this line is turned away by the check of the user's id.
        fs::set_permissions(&socket, fs::Permissions::from_mode(0o600))?;
        if let Some(folder) = note.parent() {
            fs::create_dir_all(folder)?;
        }
        // Whole or not at all: somebody may read it at any time.
        let draft = note.with_extension("new");
        fs::write(&draft, socket.display().to_string())?;
        fs::rename(&draft, note)?;
        Ok(Self { listener, socket, note: note.to_owned() })
    }

    /// Answers requests until the program ends.
    pub async fn serve(self, handle: Handle) {
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        let me = rustix::process::geteuid().as_raw();
        loop {
            let Ok(place) = places.clone().acquire_owned().await else { return };
            let stream = match self.listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a control connection failed");
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                    continue;
                }
            };
            if !stream.peer_cred().is_ok_and(|peer| peer.uid() == me) {
                tracing::warn!("another user tried the control socket");
                continue;
            }
            let handle = handle.clone();
            tokio::spawn(async move {
                let _ = converse(stream, &handle).await;
                drop(place);
            });
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A note that a later instance wrote stays.
        let ours = fs::read_to_string(&self.note).is_ok_and(|text| Path::new(text.trim()) == self.socket);
        if ours {
            let _ = fs::remove_file(&self.note);
        }
        let _ = fs::remove_file(&self.socket);
    }
}

/// One connection: a request a line, a reply a line.
async fn converse(stream: UnixStream, handle: &Handle) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read);
    loop {
        let mut line = Vec::new();
        let limit = u64::try_from(LONGEST_REQUEST).unwrap_or(u64::MAX);
        (&mut lines).take(limit).read_until(b'\n', &mut line).await?;
        if line.is_empty() {
            return Ok(());
        }
        if !line.ends_with(b"\n") {
            // Too long, or cut off: where the next request begins is not known.
            let error = json!({ "code": code::NOT_A_REQUEST, "message": "A request is one line of at most 64 KiB." });
            return send(&mut write, &json!({ "jsonrpc": "2.0", "id": null, "error": error })).await;
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let (id, outcome) = answer(&line, handle).await;
        match outcome {
            Outcome::Result(result) => send(&mut write, &json!({ "jsonrpc": "2.0", "id": id, "result": result })).await?,
            Outcome::Error(error) => send(&mut write, &json!({ "jsonrpc": "2.0", "id": id, "error": error })).await?,
            Outcome::Watch => {
                let notices = handle.notices();
                send(&mut write, &json!({ "jsonrpc": "2.0", "id": id, "result": {} })).await?;
                return watch(&mut lines, &mut write, notices, handle).await;
            }
        }
    }
}

enum Outcome {
    Result(Value),
    Error(Value),
    Watch,
}

async fn answer(line: &[u8], handle: &Handle) -> (Value, Outcome) {
    let request: Value = match serde_json::from_slice(line) {
        Ok(request) => request,
        Err(_) => {
            let error = json!({ "code": code::NOT_JSON, "message": "This is not JSON." });
            return (Value::Null, Outcome::Error(error));
        }
    };
    let id = request.get("id").cloned().unwrap_or(Value::Null);
    let Some(method) = request.get("method").and_then(Value::as_str) else {
        let error = json!({ "code": code::NOT_A_REQUEST, "message": "A request has a method." });
        return (id, Outcome::Error(error));
    };
    let asked = match method::read(method, request.get("params").unwrap_or(&Value::Null)) {
        Ok(asked) => asked,
        Err(why) => return (id, Outcome::Error(json::misunderstood(&why))),
    };
    let outcome = match asked {
        Asked::Status => Outcome::Result(json::status(&handle.snapshot(), platform::now())),
        Asked::Questions => Outcome::Result(json!(&*handle.snapshot().questions)),
        Asked::Devices => Outcome::Result(json!(&*handle.snapshot().devices)),
        Asked::Watch => Outcome::Watch,
        Asked::Manager(request) => match handle.request(request).await {
            Ok(reply) => Outcome::Result(json::reply(&reply, platform::now())),
            Err(refusal) => Outcome::Error(json::refusal(&refusal)),
        },
    };
    (id, outcome)
}

/// Sends notices until either side ends. Who reads too slowly misses some, and sees a gap in `seq`.
async fn watch(
    lines: &mut (impl tokio::io::AsyncRead + Unpin),
    write: &mut OwnedWriteHalf,
    mut notices: broadcast::Receiver<crate::account::Notice>,
    handle: &Handle,
) -> io::Result<()> {
    let mut ignored = [0; 256];
    loop {
        tokio::select! {
            read = lines.read(&mut ignored) => {
                if read? == 0 {
                    return Ok(());
                }
            }
            notice = notices.recv() => match notice {
                Ok(notice) => {
                    if let Some(line) = json::notice(&notice, &handle.snapshot(), platform::now()) {
                        send(write, &line).await?;
                    }
                    if matches!(notice.body, NoticeBody::Quit) {
                        return Ok(());
                    }
                }
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return Ok(()),
            },
        }
    }
}

async fn send(write: &mut OwnedWriteHalf, object: &Value) -> io::Result<()> {
    let mut line = object.to_string();
    line.push('\n');
    write.write_all(line.as_bytes()).await
}
