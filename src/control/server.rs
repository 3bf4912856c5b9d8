//! Who is let in, and what becomes of connections.

use std::io;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::connection;
use super::endpoint::{self, Files, Listener, Stream};
use super::wire::{self, Fault};
use crate::account::Handle;
use crate::platform::Profile;

/// Connections at once. When full, a further one is told so and closed.
pub const MOST_CONNECTIONS: usize = 32;
/// How long replies under way may take when the program ends.
const GOODBYE_PATIENCE: Duration = Duration::from_secs(1);
/// The pause after the system could not accept a connection (no file descriptors left).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The running control interface of a profile. Dropping it closes all connections and removes its files.
pub struct Server {
    accepting: JoinHandle<()>,
    stop: watch::Sender<bool>,
    _files: Files,
}

/// Opens the control interface of a profile. Needs a tokio runtime around it.
///
/// # Errors
///
/// `AddrInUse`: another instance of this profile lives (ask that one with [`super::client`]). Otherwise the socket or
/// the file `control.path` cannot be written.
pub fn serve(handle: Handle, profile: &Profile) -> io::Result<Server> {
    let (files, listener) = endpoint::claim(profile)?;
    let (stop, stopped) = watch::channel(false);
    let accepting = tokio::spawn(accept(listener, handle, stopped));
    Ok(Server { accepting, stop, _files: files })
}

impl Server {
    /// Lets replies and notices under way reach their readers, then closes.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        // Who does not read within the patience is cut off by the drop.
        let _ = tokio::time::timeout(GOODBYE_PATIENCE, &mut self.accepting).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(mut listener: Listener, handle: Handle, mut stopped: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(stream) => {
                    if !endpoint::is_same_user(&stream) {
                        tracing::warn!("another user tried to use the control interface");
                    } else if connections.len() >= MOST_CONNECTIONS {
                        turn_away(stream);
                    } else {
                        connections.spawn(connection::serve(stream, handle.clone(), stopped.clone()));
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "a control connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
            _ = stopped.changed() => break,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

fn turn_away(mut stream: Stream) {
    let fault = Fault::not_allowed("Too many programs use the control interface at once.");
    let line = wire::reply(&serde_json::Value::Null, &Err(fault));
    // A fresh socket takes one line without waiting; one that does not is closed all the same.
    let _ = futures::FutureExt::now_or_never(async move { stream.write_all(line.as_bytes()).await });
}
