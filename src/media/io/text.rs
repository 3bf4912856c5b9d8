//! The text of a call in the engine: its own socket, where it has one, and its stream.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;
use std::panic::{self, AssertUnwindSafe};

use rand::Rng as _;
use rand::rngs::StdRng;

use super::sockets::udp;
use crate::media::rtp;
use crate::media::text::{Output, TextStream};
use crate::model::{CallId, Now};
use crate::sdp::{SrtpKeys, TextPlan};

/// Datagrams that are read before others get their turn.
const DATAGRAMS_AT_ONCE: usize = 16;
/// Tries for a free port.
const TRIES: usize = 20;
/// Sockets that wait for their call; a call is opened right after. When full, the oldest goes.
const MOST_WAITING: usize = 128;

/// Sockets that were asked for before their calls.
#[derive(Default)]
pub struct Waiting(Vec<(CallId, UdpSocket)>);

impl Waiting {
    /// Keeps a socket until its call is there.
    pub fn keep(&mut self, call: CallId, socket: UdpSocket) {
        self.forget(call);
        if self.0.len() >= MOST_WAITING {
            self.0.remove(0);
        }
        self.0.push((call, socket));
    }

    /// The call is there.
    pub fn take(&mut self, call: CallId) -> Option<UdpSocket> {
        let at = self.0.iter().position(|(waiting, _)| *waiting == call)?;
        Some(self.0.swap_remove(at).1)
    }

    /// The call is over.
    pub fn forget(&mut self, call: CallId) {
        self.0.retain(|(waiting, _)| *waiting != call);
    }
}

/// A socket for text: an even port, as for every stream of RTP.
pub fn bind(address: IpAddr, ports: &RangeInclusive<u16>, random: &mut StdRng) -> io::Result<UdpSocket> {
    let mut last = io::ErrorKind::AddrInUse.into();
    for _ in 0..TRIES {
        match udp(SocketAddr::new(address, random.random_range(ports.clone()) & !1)) {
            Ok(socket) => return Ok(socket),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// The text of one call.
#[derive(Default)]
pub struct CallText {
    socket: Option<UdpSocket>,
    stream: Option<TextStream>,
}

impl CallText {
    /// Its own socket from here on.
    pub fn set_socket(&mut self, socket: Option<UdpSocket>) {
        self.socket = socket;
    }

    /// Its own socket.
    pub fn socket(&self) -> Option<&UdpSocket> {
        self.socket.as_ref()
    }

    /// Starts, changes or ends what flows. `keys` and `source` are those of the sound.
    pub fn start(&mut self, plan: Option<&TextPlan>, keys: Option<&SrtpKeys>, source: u32, seed: [u8; 32], now: Now) {
        let Some(plan) = plan else {
            self.stream = None;
            return;
        };
        let result = match &mut self.stream {
            Some(stream) => stream.handle_plan(plan.clone(), keys, now.boot),
            None => TextStream::new(plan.clone(), keys, seed, now.boot).and_then(|stream| {
                // Under one key no two streams have one source (RFC 3711 section 9.1).
                let other = seed.map(|byte| !byte);
                let again = stream.ssrc() == source;
                let stream = if again { TextStream::new(plan.clone(), keys, other, now.boot)? } else { stream };
                self.stream = Some(stream);
                Ok(())
            }),
        };
        if let Err(error) = result {
            tracing::warn!(%error, "the plan for text cannot be used");
        }
    }

    /// The user types.
    pub fn write(&mut self, text: &str, now: Now) {
        if let Some(stream) = &mut self.stream
            && !stream.handle_text(text, now.boot)
        {
            tracing::warn!("more text than the other side takes waits already: the rest is left out");
        }
    }

    /// Whether a packet on the sockets of the sound is ours: its number is one of text.
    pub fn takes(&self, packet: &[u8]) -> bool {
        let bundled = self.stream.as_ref().filter(|stream| stream.is_bundled());
        let [first, second, ..] = packet else { return false };
        // Version 2: neither a check nor a record of a handshake (RFC 7983).
        first >> 6 == 2 && !rtp::is_rtcp(packet) && bundled.is_some_and(|stream| stream.takes(second & 0x7f))
    }

    /// A packet of the peer. A defect there ends the text and leaves the sound (F30).
    pub fn handle_packet(&mut self, from: SocketAddr, packet: &[u8], now: Now) {
        let Some(stream) = &mut self.stream else { return };
        if panic::catch_unwind(AssertUnwindSafe(|| stream.handle_packet(from, packet, now.boot))).is_err() {
            self.stream = None;
        }
    }

    /// Reads what has come on its own socket. Without a stream it is thrown away: nobody has said who may send.
    pub fn receive(&mut self, now: Now) {
        let mut datagram = [0; rtp::LARGEST_PACKET + 1];
        for _ in 0..DATAGRAMS_AT_ONCE {
            let Some(socket) = &self.socket else { return };
            let (length, from) = match socket.recv_from(&mut datagram) {
                Ok(received) => received,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => continue,
            };
            let own = self.stream.as_ref().is_some_and(|stream| !stream.is_bundled());
            if let Some(packet) = datagram.get(..length).filter(|_| own) {
                self.handle_packet(from, packet, now);
            }
        }
    }

    /// What is due.
    pub fn handle_timeout(&mut self, now: Now) {
        if let Some(stream) = &mut self.stream
            && stream.poll_timeout().is_some_and(|due| due <= now.boot)
        {
            stream.handle_timeout(now.boot);
        }
    }

    /// What is to be done: text that was read, or a packet that goes with the sound. Packets of its own are sent.
    pub fn poll_output(&mut self) -> Option<Output> {
        let stream = self.stream.as_mut()?;
        while let Some(output) = stream.poll_output() {
            match (output, &self.socket) {
                (Output::Transmit { to, packet }, Some(socket)) if !stream.is_bundled() => {
                    if let Err(error) = socket.send_to(&packet, to) {
                        tracing::trace!(kind = ?error.kind(), "a packet of text was not sent");
                    }
                }
                (output, _) => return Some(output),
            }
        }
        None
    }
}
