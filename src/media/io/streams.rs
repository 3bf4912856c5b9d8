//! Streams to relays (TURN over TCP and TLS, RFC 8656 section 3.1): tasks of the runtime, joined to the media thread by bounded
//! channels.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::media::ice::{Carrier, Server};
use crate::media::turn;
use crate::net::tls::{Connector, Identity, Trust};

/// How long a stream may take until it can be used.
const CONNECT: Duration = Duration::from_secs(4);
/// Frames that wait to be sent: about a second of sound. When full, further ones are dropped, as a network would.
const OUTGOING: usize = 64;
/// Frames that wait for the media thread. When full, the server waits.
const INCOMING: usize = 256;
/// The longest frame, in bytes.
const LONGEST: usize = 4_096;

/// A frame of a relay's stream; without bytes the stream has ended.
pub type Arrival = (u8, Option<Vec<u8>>);

/// Opens streams.
#[derive(Clone)]
pub struct Opener {
    runtime: Option<Handle>,
    trust: Trust,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl Opener {
    /// Uses the runtime of the caller; without one no stream can be opened.
    pub fn new(trust: Trust, wake: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self { runtime: Handle::try_current().ok(), trust, wake }
    }
}

/// The media thread's end of the streams of one call.
pub struct Streams {
    opener: Opener,
    arrivals: Receiver<Arrival>,
    arrived: SyncSender<Arrival>,
    open: Vec<(u8, mpsc::Sender<Vec<u8>>)>,
}

impl Streams {
    /// None yet.
    pub fn new(opener: Opener) -> Self {
        let (arrived, arrivals) = sync_channel(INCOMING);
        Self { opener, arrivals, arrived, open: Vec::new() }
    }

    /// Opens one; bytes may be sent at once. False: it cannot be.
    pub fn open(&mut self, relay: u8, server: Server) -> bool {
        let Some(runtime) = &self.opener.runtime else { return false };
        let (outgoing, to_send) = mpsc::channel(OUTGOING);
        let (arrived, wake, trust) = (self.arrived.clone(), self.opener.wake.clone(), self.opener.trust.clone());
        runtime.spawn(async move {
            if let Err(error) = run(relay, &server, trust, to_send, &arrived, &*wake).await {
                tracing::warn!(kind = ?error.kind(), "a stream to a relay has ended");
            }
            // Full: the media thread has ended, or will see that nothing comes.
            let _ = arrived.try_send((relay, None));
            wake();
        });
        self.open.push((relay, outgoing));
        true
    }

    /// Sends bytes on one.
    pub fn send(&self, relay: u8, bytes: Vec<u8>) {
        if let Some((_, outgoing)) = self.open.iter().find(|(open, _)| *open == relay) {
            let _ = outgoing.try_send(bytes);
        }
    }

    /// The next that has arrived.
    pub fn arrival(&self) -> Option<Arrival> {
        self.arrivals.try_recv().ok()
    }
}

async fn run(
    relay: u8,
    server: &Server,
    trust: Trust,
    to_send: mpsc::Receiver<Vec<u8>>,
    arrived: &SyncSender<Arrival>,
    wake: &(dyn Fn() + Send + Sync),
) -> std::io::Result<()> {
    let late = || std::io::Error::from(std::io::ErrorKind::TimedOut);
    let stream = timeout(CONNECT, tokio::net::TcpStream::connect(server.address)).await.map_err(|_| late())??;
    stream.set_nodelay(true)?;
    match server.carrier {
        Carrier::Tls => {
            let refused = |error| {
                tracing::warn!(%error, "the certificate of a relay");
                std::io::Error::from(std::io::ErrorKind::PermissionDenied)
            };
            let connector = Connector::new(trust).map_err(refused)?;
            let identity = Identity::Https { host: server.name.to_string() };
            let handshake = connector.handshake(stream, &identity, &[]);
            let (stream, _) = timeout(CONNECT, handshake).await.map_err(|_| late())?.map_err(refused)?;
            exchange(relay, stream, to_send, arrived, wake).await
        }
        Carrier::Tcp | Carrier::Udp => exchange(relay, stream, to_send, arrived, wake).await,
    }
}

async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(
    relay: u8,
    mut stream: S,
    mut to_send: mpsc::Receiver<Vec<u8>>,
    arrived: &SyncSender<Arrival>,
    wake: &(dyn Fn() + Send + Sync),
) -> std::io::Result<()> {
    let mut buffer = Vec::new();
    loop {
        let mut chunk = [0_u8; LONGEST];
        tokio::select! {
            bytes = to_send.recv() => match bytes {
                Some(bytes) => stream.write_all(&bytes).await?,
                // The call is over: what it said last was sent.
                None => return stream.shutdown().await,
            },
            read = stream.read(&mut chunk) => {
                let read = read?;
                if read == 0 {
                    return Ok(());
                }
                buffer.extend_from_slice(chunk.get(..read).unwrap_or_default());
                let broken = |_| std::io::Error::from(std::io::ErrorKind::InvalidData);
                while let Some(length) = turn::frame_length(&buffer).map_err(broken)? {
                    if length > LONGEST {
                        return Err(std::io::ErrorKind::InvalidData.into());
                    }
                    if buffer.len() < length {
                        break;
                    }
                    let rest = buffer.split_off(length);
                    // Sound that nobody takes in time is of no use.
                    let _ = arrived.try_send((relay, Some(std::mem::replace(&mut buffer, rest))));
                    wake();
                }
            }
        }
    }
}
