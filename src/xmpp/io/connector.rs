//! From a configuration to an authenticated stream: names, TCP, TLS, login; within 30 s altogether.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::OnceCell;

use crate::model::{Reason, Security, Transport};
use crate::net::dns::Resolver;
use crate::net::tcp::{self, ConnectError};
use crate::net::tls::{self, ALPN_XMPP, Identity, Negotiated, TlsError, Trust};
use crate::platform::Secret;
use crate::xmpp::framing::stream_header;
use crate::xmpp::login::{Login, LoginError, Output, Settings, Verdict};
use crate::xmpp::sasl::{ChannelBindings, Key, KeyJob, Mechanism};
use crate::xmpp::session::Connected;
use crate::xmpp::{Config, Failure};

use super::targets::{self, NoTarget, Target};
use super::wire::{Duplex, Loss, Wire};

/// The whole way, from the first lookup to the features of the authenticated stream.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// One place; a silent one must leave time for the next.
const TCP_TIMEOUT: Duration = Duration::from_secs(8);
/// One TLS negotiation and login after TCP stands; hashing for the largest iteration count fits in.
const LOGIN_TIMEOUT: Duration = Duration::from_secs(15);

/// Makes connections for one account.
pub(super) struct Connector {
    config: Config,
    password: Arc<Secret>,
    resolver: Resolver,
    trust: Trust,
    /// Built at the first connection: reading the roots takes a moment.
    tls: OnceCell<tls::Connector>,
    memory: Mutex<Memory>,
}

/// What successful logins of this run teach the next ones; never on the disk.
struct Memory {
    /// Seeded by the system.
    rng: StdRng,
    /// Nothing weaker will do.
    weakest: Option<Mechanism>,
    /// The last key: a reconnection to the same salt need not hash again.
    key: Option<(KeyJob, Key)>,
}

impl Connector {
    pub(super) fn new(config: Config, password: Arc<Secret>, resolver: Resolver, trust: Trust) -> Self {
        let weakest = config.strongest_mechanism.as_deref().and_then(|name| name.parse().ok());
        let memory = Mutex::new(Memory { rng: StdRng::from_os_rng(), weakest, key: None });
        Self { config, password, resolver, trust, tls: OnceCell::new(), memory }
    }

    /// Connects and signs in, trying every place that the domain names until one answers. Within 30 s.
    pub(super) async fn connect(&self) -> Result<(Connected, Wire), Verdict> {
        let late = || Verdict::Retry(Reason::new("timeout", "The server did not answer in time."));
        tokio::time::timeout(CONNECT_TIMEOUT, self.try_targets()).await.unwrap_or_else(|_elapsed| Err(late()))
    }

    async fn try_targets(&self) -> Result<(Connected, Wire), Verdict> {
        let tls = self.tls().await?;
        let seed = self.memory().rng.random();
        let targets = targets::find(&self.config, &self.resolver, seed).await.map_err(no_target)?;
        let mut first_error = None;
        for target in targets {
            let problem = match self.try_target(tls, &target).await {
                Ok(stream) => return Ok(stream),
                Err(problem) => problem,
            };
            tracing::debug!(
                port = target.port,
                direct = target.direct,
                ?problem,
                "a place did not answer as it should"
            );
            match problem {
                // It is the account's server that spoke: asking its neighbour would only spoil more.
                Problem::Final(verdict) => return Err(verdict),
                Problem::Here(verdict) => {
                    // A refused certificate tells more than a closed port.
                    let telling = matches!(verdict, Verdict::GiveUp(_));
                    let told = matches!(first_error, Some(Verdict::GiveUp(_)));
                    if first_error.is_none() || (telling && !told) {
                        first_error = Some(verdict);
                    }
                }
            }
        }
        Err(first_error.unwrap_or_else(|| no_target(NoTarget::NoService)))
    }

    async fn tls(&self) -> Result<&tls::Connector, Verdict> {
        let build = || async {
            let trust = self.trust.clone();
            let built = tokio::task::spawn_blocking(move || tls::Connector::new(trust)).await;
            built.unwrap_or_else(|_| Err(TlsError::Protocol("the roots could not be read".to_owned())))
        };
        self.tls.get_or_try_init(build).await.map_err(|error| self.tls_verdict(&error))
    }

    async fn try_target(&self, tls: &tls::Connector, target: &Target) -> Result<(Connected, Wire), Problem> {
        let addresses = self.resolver.addresses(&target.host).await.map_err(|error| {
            Problem::Here(retry("dns", &format!("The server's name could not be looked up: {error}.")))
        })?;
        let addresses: Vec<SocketAddr> = addresses.into_iter().map(|ip| SocketAddr::new(ip, target.port)).collect();
        let socket = tcp::connect(&addresses, TCP_TIMEOUT).await.map_err(|error| Problem::Here(unreachable(error)))?;
        let ends = socket.local_addr().ok().map(|local| local.ip()).zip(socket.peer_addr().ok());
        let login = self.login(tls, Box::new(socket), target.direct);
        let late = || Problem::Here(retry("timeout", "The server did not answer in time."));
        let (connected, mut wire) =
            tokio::time::timeout(LOGIN_TIMEOUT, login).await.unwrap_or_else(|_elapsed| Err(late()))?;
        wire.set_ends(ends);
        Ok((connected, wire))
    }

    /// Runs the login machine on a fresh connection.
    async fn login(
        &self,
        tls: &tls::Connector,
        socket: Box<dyn Duplex>,
        direct: bool,
    ) -> Result<(Connected, Wire), Problem> {
        let user = self.config.jid.local().unwrap_or_default().to_owned();
        let weakest = self.memory().weakest;
        let Config { allow_plain, external, .. } = self.config;
        let settings = Settings { user, allow_plain, external, weakest };
        let mut login = Login::new(settings, self.nonce());
        let mut negotiated = None;
        let mut wire = if direct {
            let (wire, agreed) = self.secure(tls, socket, &[ALPN_XMPP]).await?;
            login.handle_secured(bindings(&agreed));
            negotiated = Some(agreed);
            wire
        } else {
            login.handle_connected();
            Wire::new(socket)
        };
        loop {
            while let Some(output) = login.poll_output() {
                match output {
                    Output::OpenStream => {
                        // RFC 6120 section 4.7.1: the address of the user belongs inside TLS.
                        let from = negotiated.as_ref().map(|_| self.config.jid.as_str());
                        wire.open_stream(&stream_header(self.config.jid.domain(), from));
                    }
                    Output::Send(element) => wire.send(&element).map_err(lost)?,
                    Output::StartTls => match wire.into_socket() {
                        Some(socket) => {
                            let (secured, agreed) = self.secure(tls, socket, &[]).await?;
                            wire = secured;
                            login.handle_secured(bindings(&agreed));
                            negotiated = Some(agreed);
                        }
                        None => return Err(Problem::Final(LoginError::Injection.verdict())),
                    },
                    Output::Derive(job) => login.handle_key(&self.derive(job).await?),
                    Output::Done { features, mechanism } => {
                        let agreed = negotiated.ok_or_else(|| Problem::Final(LoginError::Misuse.verdict()))?;
                        self.memory().weakest = Some(mechanism);
                        let security = security(&agreed, mechanism);
                        return Ok((Connected { features, security, mechanism: mechanism.to_string() }, wire));
                    }
                    Output::Failed(error) => return Err(problem(&error)),
                }
            }
            let frame = wire.next(true).await.map_err(lost)?;
            login.handle_frame(frame);
        }
    }

    async fn secure(
        &self,
        tls: &tls::Connector,
        socket: Box<dyn Duplex>,
        alpn: &[&[u8]],
    ) -> Result<(Wire, Negotiated), Problem> {
        // The domain of the address, never the SRV target, which nobody vouches for (RFC 6120 section 13.7.2.1).
        let identity = Identity::Xmpp { domain: self.config.jid.domain().to_owned() };
        let (stream, agreed) =
            tls.handshake(socket, &identity, alpn).await.map_err(|error| Problem::Here(self.tls_verdict(&error)))?;
        Ok((Wire::new(Box::new(stream)), agreed))
    }

    /// Hashes on a thread of its own: up to a second.
    async fn derive(&self, job: KeyJob) -> Result<Key, Problem> {
        let known = self.memory().key.as_ref().filter(|(known, _)| *known == job).map(|(_, key)| key.clone());
        if let Some(key) = known {
            return Ok(key);
        }
        let password = self.password.clone();
        let work = tokio::task::spawn_blocking(move || {
            let key = job.run(password.expose());
            (job, key)
        });
        let (job, key) = work.await.map_err(|_| Problem::Final(LoginError::Misuse.verdict()))?;
        if job != KeyJob::Password {
            self.memory().key = Some((job, key.clone()));
        }
        Ok(key)
    }

    /// 192 random bits, in letters that SCRAM allows.
    fn nonce(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.memory().rng.random::<[u8; 24]>())
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tls_verdict(&self, error: &TlsError) -> Verdict {
        match error {
            TlsError::Certificate { reason, fingerprint, .. } => Verdict::GiveUp(Failure {
                reason: Reason::new("certificate", &format!("The server's certificate was refused. {reason}")),
                // Where the administrator pinned certificates, the user has no say.
                certificate: self.trust.pins.is_empty().then_some(*fingerprint),
                security: false,
            }),
            TlsError::Roots { path, reason } => Verdict::GiveUp(Failure {
                reason: Reason::new(
                    "ca-file",
                    &format!("The file {} cannot be used as authority: {reason}.", path.display()),
                ),
                certificate: None,
                security: false,
            }),
            TlsError::TooOld => Verdict::GiveUp(Failure {
                reason: Reason::new(
                    "tls-too-old",
                    "The server speaks only a version of TLS that is older than the settings allow.",
                ),
                certificate: None,
                security: false,
            }),
            TlsError::Protocol(_) => retry("tls", "Encryption with the server could not be negotiated."),
            TlsError::Timeout => retry("timeout", "The server did not answer in time."),
        }
    }
}

/// Why one place did not do.
#[derive(Debug)]
enum Problem {
    /// Another place may do better.
    Here(Verdict),
    /// No other place would do better.
    Final(Verdict),
}

fn problem(error: &LoginError) -> Problem {
    match error.verdict() {
        verdict @ Verdict::GiveUp(_) => Problem::Final(verdict),
        verdict @ Verdict::Retry(_) => Problem::Here(verdict),
    }
}

fn lost(loss: Loss) -> Problem {
    Problem::Here(retry("broken", &loss.to_string()))
}

fn unreachable(error: ConnectError) -> Verdict {
    match error {
        ConnectError::NoAddress => retry("dns", "The server's name has no address."),
        ConnectError::Refused(kind) => retry("unreachable", &format!("The server cannot be reached ({kind}).")),
        ConnectError::Timeout => retry("timeout", "The server did not answer in time."),
    }
}

fn no_target(why: NoTarget) -> Verdict {
    match why {
        NoTarget::NoService => retry("no-service", "This domain says that it has no chat service."),
        NoTarget::Unreadable => Verdict::GiveUp(Failure {
            reason: Reason::new("server", "The configured chat server is not of the form host or host:port."),
            certificate: None,
            security: false,
        }),
    }
}

fn retry(code: &str, text: &str) -> Verdict {
    Verdict::Retry(Reason::new(code, text))
}

fn bindings(agreed: &Negotiated) -> ChannelBindings {
    ChannelBindings { exporter: agreed.exporter.map(Vec::from), end_point: agreed.end_point.clone() }
}

fn security(agreed: &Negotiated, mechanism: Mechanism) -> Security {
    Security {
        transport: Transport::Tls,
        tls: Some(agreed.version),
        cipher: Some(agreed.cipher.clone()),
        certificate: agreed.certificate,
        auth: match mechanism {
            Mechanism::External => "external".into(),
            password => password.to_string().into(),
        },
        issuer: Some(agreed.issuer),
    }
}
