//! Opens flows, and carries the bytes of connections.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{Outgoing, udp};
use crate::model::Transport;
use crate::net::mark::mark;
use crate::net::tcp::{self, ConnectError};
use crate::net::tls::{Connector, Identity, TlsError, Trust};
use crate::sip::locate::Target;
use crate::sip::registration::{FlowProtection, OpenError};
use crate::sip::stack::{FlowId, Frame, Framer};
use crate::sip::user_agent::FlowInput;

/// Connect and handshake together.
pub(super) const OPEN_WITHIN: Duration = Duration::from_secs(10);
/// How long the peer may leave a message half sent, or leave ours unread.
const STALLED_AFTER: Duration = Duration::from_secs(20);
/// How much is read at a time.
const CHUNK: usize = 16 * 1024;
/// DSCP CS3 for signalling, in the place of the former type-of-service byte (RFC 4594 section 4.2 names CS5 for it;
/// networks of today mostly use CS3).
pub(super) const TRAFFIC_CLASS: u32 = 24 << 2;

/// Where a flow's task tells what happens.
pub(super) type Inputs = mpsc::Sender<(FlowId, FlowInput)>;

/// Opens flows; keeps the roots of trust once they are read.
#[derive(Clone)]
pub(super) struct Opener {
    trust: Trust,
    within: Duration,
    connector: Arc<OnceLock<Connector>>,
}

impl Opener {
    /// `within`: how long a connection with its handshake may take.
    pub(super) fn new(trust: Trust, within: Duration) -> Self {
        Self { trust, within, connector: Arc::default() }
    }

    /// Opens a flow in a task of its own, which then carries it. The task ends when `outgoing` is closed.
    pub(super) fn spawn(&self, id: FlowId, target: Target, outgoing: mpsc::Receiver<Outgoing>, inputs: Inputs) {
        let opener = self.clone();
        tokio::spawn(async move {
            let error = match target.transport {
                Transport::Udp => udp::carry(id, target.address, outgoing, &inputs).await,
                Transport::Tcp | Transport::Tls => opener.carry_stream(id, &target, outgoing, &inputs).await,
            };
            if let Some(error) = error {
                tracing::debug!(flow = id.0, transport = ?target.transport, %error, "a flow ended");
                // Nobody listens when the driver is gone.
                let _ = inputs.send((id, FlowInput::Failed(error))).await;
            }
        });
    }

    async fn carry_stream(
        &self,
        id: FlowId,
        target: &Target,
        outgoing: mpsc::Receiver<Outgoing>,
        inputs: &Inputs,
    ) -> Option<OpenError> {
        let deadline = Instant::now() + self.within;
        let stream = match tcp::connect(&[target.address], self.within).await {
            Ok(stream) => stream,
            Err(ConnectError::Timeout) => return Some(OpenError::Timeout),
            Err(ConnectError::NoAddress | ConnectError::Refused(_)) => return Some(OpenError::Unreachable),
        };
        mark(&SockRef::from(&stream), TRAFFIC_CLASS);
        let (Ok(local), Ok(remote)) = (stream.local_addr(), stream.peer_addr()) else { return Some(OpenError::Closed) };
        let opened = |protection| FlowInput::Opened { local, remote, transport: target.transport, protection };
        if target.transport == Transport::Tcp {
            let _ = inputs.send((id, opened(FlowProtection::NONE))).await;
            return carry(id, stream, outgoing, inputs).await;
        }
        let connector = match self.connector().await {
            Ok(connector) => connector,
            Err(error) => return Some(error),
        };
        let identity = Identity::Sip { domain: target.domain.clone() };
        let handshake = connector.handshake(stream, &identity, &[]);
        let (stream, negotiated) = match tokio::time::timeout_at(deadline, handshake).await {
            Ok(Ok(done)) => done,
            Ok(Err(error)) => return Some(tls_error(error)),
            Err(_elapsed) => return Some(OpenError::Timeout),
        };
        let protection = FlowProtection {
            tls: Some(negotiated.version),
            cipher: Some(negotiated.cipher),
            certificate: negotiated.certificate,
            issuer: Some(negotiated.issuer),
        };
        let _ = inputs.send((id, opened(protection))).await;
        carry(id, stream, outgoing, inputs).await
    }

    /// The connector; its roots are read off the reactor, once.
    async fn connector(&self) -> Result<Connector, OpenError> {
        if let Some(connector) = self.connector.get() {
            return Ok(connector.clone());
        }
        let trust = self.trust.clone();
        let made = tokio::task::spawn_blocking(move || Connector::new(trust)).await;
        match made {
            Ok(Ok(connector)) => Ok(self.connector.get_or_init(|| connector).clone()),
            Ok(Err(error)) => Err(tls_error(error)),
            Err(error) => Err(OpenError::Local(error.to_string())),
        }
    }
}

fn tls_error(error: TlsError) -> OpenError {
    match error {
        TlsError::Certificate { reason, fingerprint, .. } => OpenError::Certificate { reason, fingerprint },
        TlsError::Protocol(text) => OpenError::Tls(text),
        TlsError::TooOld => OpenError::TooOld,
        TlsError::Roots { path, reason } => OpenError::Local(format!("{}: {reason}", path.display())),
        TlsError::Timeout => OpenError::Timeout,
    }
}

/// Carries a stream until it ends (an error to tell) or until `outgoing` is closed (nothing to tell).
async fn carry<S>(id: FlowId, stream: S, mut outgoing: mpsc::Receiver<Outgoing>, inputs: &Inputs) -> Option<OpenError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut reader, mut writer) = tokio::io::split(stream);
    let mut framer = Framer::new();
    let mut chunk = vec![0; CHUNK];
    let mut stalled_at: Option<Instant> = None;
    loop {
        tokio::select! {
            message = outgoing.recv() => {
                let Some((_, bytes)) = message else {
                    let _ = tokio::time::timeout(Duration::from_secs(1), writer.shutdown()).await;
                    return None;
                };
                let written = async {
                    writer.write_all(&bytes).await?;
                    writer.flush().await
                };
                match tokio::time::timeout(STALLED_AFTER, written).await {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) | Err(_) => return Some(OpenError::Closed),
                }
            }
            read = reader.read(&mut chunk) => {
                let read = match read {
                    Ok(read) if read > 0 => chunk.get(..read).unwrap_or_default(),
                    Ok(_) | Err(_) => return Some(OpenError::Closed),
                };
                framer.push(read);
                if !pass_on(id, &mut framer, inputs).await {
                    // The answer to the broken message still goes out, then the queue is closed from above.
                    drain(&mut outgoing, &mut writer).await;
                    return None;
                }
                stalled_at = match (framer.has_partial(), stalled_at) {
                    (true, None) => Some(Instant::now() + STALLED_AFTER),
                    (true, since) => since,
                    (false, _) => None,
                };
            }
            () = tokio::time::sleep_until(stalled_at.unwrap_or_else(Instant::now)), if stalled_at.is_some() => {
                return Some(OpenError::Closed);
            }
        }
    }
}

/// Passes on the frames that are complete; `false` when the framing broke.
async fn pass_on(id: FlowId, framer: &mut Framer, inputs: &Inputs) -> bool {
    loop {
        let input = match framer.poll_frame() {
            Ok(None) => return true,
            // On a connection the other end is who it is; the address is the flow's.
            Ok(Some(Frame::Message(message))) => FlowInput::StreamMessage(Ok(message)),
            Ok(Some(Frame::Malformed(malformed))) => FlowInput::StreamMessage(Err(malformed)),
            Ok(Some(Frame::Ping)) => FlowInput::Ping,
            Ok(Some(Frame::Pong)) => FlowInput::Pong,
            Err(error) => {
                tracing::debug!(flow = id.0, why = error.why, "the peer's framing is broken");
                let _ = inputs.send((id, FlowInput::Broken(error.reply.map(Box::new)))).await;
                return false;
            }
        };
        if inputs.send((id, input)).await.is_err() {
            return true;
        }
    }
}

/// Writes what is still queued until the queue is closed; bounded.
async fn drain(outgoing: &mut mpsc::Receiver<Outgoing>, writer: &mut (impl AsyncWrite + Unpin)) {
    let last_words = async {
        while let Some((_, bytes)) = outgoing.recv().await {
            if writer.write_all(&bytes).await.is_err() {
                return;
            }
        }
        let _ = writer.shutdown().await;
    };
    let _ = tokio::time::timeout(Duration::from_secs(2), last_words).await;
}
