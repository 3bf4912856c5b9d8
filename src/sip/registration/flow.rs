//! The flow of a registration: its protection and its keep-alives.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{BootTime, Certificate, Now, Security, TlsVersion, Transport};
use crate::sip::stack::Flow;

/// Between two CRLFs over UDP: NATs forget after 30 s.
const UDP_INTERVAL: Duration = Duration::from_secs(25);
/// Between two pings over TCP and TLS.
const STREAM_INTERVAL: Duration = Duration::from_secs(30);
/// How long a pong may take (RFC 5626 section 4.4.1).
const PONG_WITHIN: Duration = Duration::from_secs(10);
/// How long it may take after the network changed or the machine slept (F22).
const EXAMINED_WITHIN: Duration = Duration::from_secs(5);

/// How a flow is protected, without the login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowProtection {
    /// The TLS version.
    pub tls: Option<TlsVersion>,
    /// The cipher suite.
    pub cipher: Option<Arc<str>>,
    /// How the certificate was accepted.
    pub certificate: Certificate,
    /// Names the authority that issued it.
    pub issuer: Option<[u8; 32]>,
}

impl FlowProtection {
    /// UDP and TCP.
    pub const NONE: Self = Self { tls: None, cipher: None, certificate: Certificate::None, issuer: None };

    /// Whether the server proved who it is.
    pub fn is_verified(&self) -> bool {
        matches!(self.certificate, Certificate::Verified | Certificate::Pinned)
    }
}

/// Why a flow did not open, or ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Nothing listens there, or no route leads there.
    #[error("the server cannot be reached")]
    Unreachable,
    /// No connection or no handshake within 10 s.
    #[error("the server does not answer")]
    Timeout,
    /// The certificate was refused.
    #[error("the server's certificate was refused: {reason}")]
    Certificate {
        /// Why.
        reason: String,
        /// SHA-256 of the certificate.
        fingerprint: [u8; 32],
    },
    /// TLS failed otherwise.
    #[error("no protected connection came about: {0}")]
    Tls(String),
    /// The server speaks only older versions of TLS than the settings allow.
    #[error("the server speaks only a version of TLS that is older than the settings allow")]
    TooOld,
    /// The server closed it, or it broke.
    #[error("the connection was lost")]
    Closed,
    /// Something on this machine: no socket, an unreadable file with roots.
    #[error("this machine cannot open a connection: {0}")]
    Local(String),
}

/// An open flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowState {
    /// Name and addresses.
    pub flow: Flow,
    /// Its protection.
    pub protection: FlowProtection,
    ping_at: BootTime,
    /// A ping is out; the flow is dead when nothing comes until then.
    pong_until: Option<BootTime>,
    /// The peer has answered a ping once. One that never does is not held to it (RFC 5626 section 4.4.1: only servers
    /// that say so owe a pong).
    answers_pings: bool,
}

/// What the keep-alive wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepAlive {
    /// Nothing.
    Nothing,
    /// Send these bytes.
    Ping(&'static [u8]),
    /// The flow is dead.
    Dead,
}

impl FlowState {
    /// Open since `now`.
    pub fn new(flow: Flow, protection: FlowProtection, now: Now) -> Self {
        let ping_at = now.boot + interval(flow.transport);
        Self { flow, protection, ping_at, pong_until: None, answers_pings: false }
    }

    /// Anything came in: a pong, however it is written (S25), or a message.
    pub fn handle_sign_of_life(&mut self, pong: bool) {
        self.answers_pings |= pong && self.pong_until.is_some();
        self.pong_until = None;
    }

    /// What is due.
    pub fn handle_timeout(&mut self, now: Now) -> KeepAlive {
        if self.pong_until.is_some_and(|until| until <= now.boot) {
            self.pong_until = None;
            if self.answers_pings {
                return KeepAlive::Dead;
            }
        }
        if self.ping_at > now.boot {
            return KeepAlive::Nothing;
        }
        self.ping_at = now.boot + interval(self.flow.transport);
        match self.flow.transport {
            Transport::Udp => KeepAlive::Ping(b"\r\n"),
            Transport::Tcp | Transport::Tls => {
                self.pong_until = Some(now.boot + PONG_WITHIN);
                KeepAlive::Ping(b"\r\n\r\n")
            }
        }
    }

    /// Asks for a sign of life out of turn: the bytes to send.
    pub fn examine(&mut self, now: Now) -> &'static [u8] {
        self.ping_at = now.boot + interval(self.flow.transport);
        match self.flow.transport {
            Transport::Udp => b"\r\n",
            Transport::Tcp | Transport::Tls => {
                // Notices that follow each other closely do not put off the end of a dead flow.
                let waiting = self.pong_until.filter(|until| *until > now.boot);
                self.pong_until = Some(waiting.unwrap_or(now.boot + EXAMINED_WITHIN).min(now.boot + EXAMINED_WITHIN));
                b"\r\n\r\n"
            }
        }
    }

    /// When [`Self::handle_timeout`] is due.
    pub fn poll_timeout(&self) -> BootTime {
        self.pong_until.map_or(self.ping_at, |until| until.min(self.ping_at))
    }

    /// The protection with the login.
    pub fn security(&self, auth: Arc<str>) -> Security {
        Security {
            transport: self.flow.transport,
            tls: self.protection.tls,
            cipher: self.protection.cipher.clone(),
            certificate: self.protection.certificate,
            auth,
            issuer: self.protection.issuer,
        }
    }
}

fn interval(transport: Transport) -> Duration {
    match transport {
        Transport::Udp => UDP_INTERVAL,
        Transport::Tcp | Transport::Tls => STREAM_INTERVAL,
    }
}
