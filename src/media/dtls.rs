//! The handshake of DTLS-SRTP (RFC 5763, RFC 5764) as a machine: datagrams and time go in, datagrams and at last keys come out.
//!
//! It does not care which way its datagrams go; who may send them is decided by [`super::securing`]. What comes without proof
//! cannot end it (M06): alerts in the clear are not read, a handshake that was led astray begins anew, and only the deadline
//! or a certificate that is not the announced one is final.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use rtc_dtls::cipher_suite::CipherSuiteId;
use rtc_dtls::config::{ClientAuthType, ConfigBuilder, HandshakeConfig};
use rtc_dtls::crypto::Certificate;
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;

use crate::model::BootTime;
use crate::sdp::{CryptoSuite, DtlsPlan, Fingerprint, MasterKey, SrtpKeys};

/// How long both sides have to agree on keys.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A flight that is not answered goes out again after this. RFC 6347 section 4.2.4.1 recommends a second for want of better
/// knowledge; here somebody waits to be heard.
const RETRANSMIT: Duration = Duration::from_millis(400);

/// Bytes of a handshake message in one datagram: with the headers of record and fragment a datagram stays below 1,200.
const FRAGMENT: usize = 1_150;

/// Datagrams that are read in one try. What the library keeps of them is bounded by that; further ones are not looked at.
const MOST_DATAGRAMS: u32 = 256;

/// Datagrams that are read after the keys are there: repetitions of the last flight.
const MOST_REPETITIONS: u32 = 32;

/// Fragments of handshake messages that are read in one try; a handshake has some dozens. The library joins them by recursion.
const MOST_FRAGMENTS: usize = 512;

/// Tries that may go wrong; the deadline ends what goes wrong more often.
const MOST_TRIES: u32 = 32;

/// The longest datagram that is read.
const LONGEST: usize = 1_500;

/// A record's header (RFC 6347 section 4.1).
const RECORD_HEADER: usize = 13;

/// RFC 5764 section 4.2.
const EXPORTER: &str = "EXTRACTOR-dtls_srtp";

/// Where the library believes the peer to be: it keeps one association here, and ways are not its business.
const PEER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 1);

/// Who we are in handshakes: a certificate that lives as long as the program runs.
pub struct Identity {
    certificate: Certificate,
    fingerprint: Fingerprint,
    /// Where boot time begins on the library's clock: any instant, as only differences count.
    zero: Instant,
}

impl Identity {
    /// With a certificate and the instant that stands for boot time zero.
    pub fn new(certificate: Certificate, zero: Instant) -> Option<Self> {
        let fingerprint = Fingerprint::of(certificate.certificate.first()?);
        Some(Self { certificate, fingerprint, zero })
    }

    /// What goes into SDP.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    fn instant(&self, at: BootTime) -> Instant {
        self.zero.checked_add(at.as_duration()).unwrap_or(self.zero)
    }

    fn boot_time(&self, at: Instant) -> BootTime {
        BootTime::from_duration(at.saturating_duration_since(self.zero))
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity(…)")
    }
}

/// Why there are no keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DtlsError {
    /// The certificate has none of the announced fingerprints, or there is none: somebody may stand between.
    #[error("the certificate is not the announced one")]
    Fingerprint,
    /// The peer takes no profile of SRTP that is strong enough.
    #[error("the other side names no way to encrypt sound that is known here")]
    Profile,
    /// The deadline passed.
    #[error("no keys were agreed on in time")]
    Timeout,
    /// Our own configuration is refused by the library.
    #[error("the handshake cannot be set up")]
    SetUp,
}

enum State {
    Shaking,
    Done(SrtpKeys),
    Failed(DtlsError),
}

/// The machine.
pub struct Dtls {
    identity: Arc<Identity>,
    plan: DtlsPlan,
    config: Option<Arc<HandshakeConfig>>,
    endpoint: Endpoint,
    state: State,
    deadline: BootTime,
    tries: u32,
    datagrams: u32,
    fragments: usize,
    /// The random number of the client's hello that this try answers.
    hello: Option<[u8; 32]>,
    transmits: VecDeque<Vec<u8>>,
}

impl Dtls {
    /// Begins; a client's first datagram is there at once.
    pub fn new(identity: Arc<Identity>, plan: DtlsPlan, now: BootTime) -> Self {
        let config = config(&identity, plan.client);
        let mut dtls = Self {
            identity,
            plan,
            endpoint: endpoint(None),
            state: if config.is_some() { State::Shaking } else { State::Failed(DtlsError::SetUp) },
            config,
            deadline: now + PATIENCE,
            tries: 0,
            datagrams: 0,
            fragments: 0,
            hello: None,
            transmits: VecDeque::new(),
        };
        dtls.begin(now);
        dtls
    }

    /// A datagram of the peer.
    pub fn handle_packet(&mut self, packet: &[u8], now: BootTime) {
        let most = match self.state {
            State::Shaking => MOST_DATAGRAMS,
            State::Done(_) => MOST_REPETITIONS,
            State::Failed(_) => return,
        };
        if matches!(self.state, State::Shaking) {
            self.note_hello(packet, now);
        }
        let believed = self.believable(packet);
        let fragments: usize = records(&believed).map(|record| record.fragments()).sum();
        if believed.is_empty() || self.datagrams >= most || self.fragments + fragments > MOST_FRAGMENTS {
            return;
        }
        self.datagrams += 1;
        self.fragments += fragments;
        let events = self.endpoint.read(self.identity.instant(now), PEER, None, BytesMut::from(&*believed));
        let complete = events
            .as_ref()
            .is_ok_and(|events| events.iter().any(|event| matches!(event, EndpointEvent::HandshakeComplete)));
        match self.state {
            State::Shaking if complete => {
                self.collect();
                self.state = match self.keys() {
                    Ok(keys) => State::Done(keys),
                    Err(error) => State::Failed(error),
                };
                self.datagrams = 0;
            }
            // Whatever went wrong was not proven to be the peer's doing: our alert is not sent, and it begins anew.
            State::Shaking if events.is_err() => self.begin(now),
            State::Shaking | State::Done(_) => self.collect(),
            State::Failed(_) => {}
        }
    }

    /// Repeats what was not answered, and ends what takes too long. Spurious calls are harmless.
    pub fn handle_timeout(&mut self, now: BootTime) {
        if !matches!(self.state, State::Shaking) {
            return;
        }
        if now >= self.deadline {
            self.state = State::Failed(DtlsError::Timeout);
            self.transmits.clear();
            return;
        }
        if self.endpoint.poll_timeout(&PEER).is_some_and(|due| due <= self.identity.instant(now)) {
            match self.endpoint.handle_timeout(PEER, self.identity.instant(now)) {
                Ok(()) => self.collect(),
                Err(_) => self.begin(now),
            }
        }
    }

    /// Nothing could reach the peer until now: the deadline counts from here.
    pub fn postpone(&mut self, now: BootTime) {
        self.deadline = now + PATIENCE;
    }

    /// When [`Self::handle_timeout`] is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<BootTime> {
        match self.state {
            State::Shaking => {
                let due = self.endpoint.poll_timeout(&PEER).map(|due| self.identity.boot_time(due));
                Some(due.unwrap_or(self.deadline).min(self.deadline))
            }
            State::Done(_) | State::Failed(_) => None,
        }
    }

    /// The next datagram to the peer.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.transmits.pop_front()
    }

    /// The keys, or why there are none; nothing while it goes on.
    #[must_use]
    pub fn outcome(&self) -> Option<Result<&SrtpKeys, DtlsError>> {
        match &self.state {
            State::Shaking => None,
            State::Done(keys) => Some(Ok(keys)),
            State::Failed(error) => Some(Err(*error)),
        }
    }

    /// A try, from the first flight on.
    fn begin(&mut self, now: BootTime) {
        let Some(config) = self.config.clone() else { return };
        if self.tries >= MOST_TRIES {
            return;
        }
        self.tries += 1;
        (self.datagrams, self.fragments) = (0, 0);
        if self.plan.client {
            self.endpoint = endpoint(None);
            if self.endpoint.connect(self.identity.instant(now), PEER, config, None).is_err() {
                self.state = State::Failed(DtlsError::SetUp);
            }
        } else {
            self.endpoint = endpoint(Some(config));
        }
        self.collect();
    }

    fn collect(&mut self) {
        while let Some(transmit) = self.endpoint.poll_transmit() {
            self.transmits.push_back(transmit.message.to_vec());
        }
    }

    /// The records of a datagram that may be acted on.
    fn believable(&self, packet: &[u8]) -> Vec<u8> {
        let done = matches!(self.state, State::Done(_));
        let mut kept = Vec::new();
        for record in records(packet) {
            let wanted = match (record.kind, record.protected) {
                (CHANGE_CIPHER_SPEC, _) => !done,
                (HANDSHAKE, true) => true,
                // What the other role says is not for us: it would take the place of what we wait for.
                (HANDSHAKE, false) => match record.body.first().copied() {
                    Some(CLIENT_HELLO | CERTIFICATE_VERIFY | CLIENT_KEY_EXCHANGE) => !self.plan.client,
                    Some(SERVER_HELLO | HELLO_VERIFY_REQUEST | SERVER_KEY_EXCHANGE..=SERVER_HELLO_DONE) => {
                        self.plan.client
                    }
                    Some(CERTIFICATE) => true,
                    Some(_) | None => false,
                },
                // An alert in the clear could be anybody's; one that is protected can only end what the call ends anyway.
                // There is no application data in DTLS-SRTP.
                (_, _) => false,
            };
            if wanted {
                kept.extend_from_slice(record.whole);
            }
        }
        kept
    }

    /// A client that begins anew: its numbers begin at zero, and what was kept of the last try would hide them.
    fn note_hello(&mut self, packet: &[u8], now: BootTime) {
        let hello = records(packet).find_map(|record| record.first_hello());
        if self.plan.client || hello.is_none() || hello == self.hello {
            return;
        }
        if self.hello.is_some() {
            self.begin(now);
        }
        self.hello = hello;
    }

    /// The keys of a handshake that is complete, after its certificate proved to be the announced one (M07).
    fn keys(&self) -> Result<SrtpKeys, DtlsError> {
        let state = self.endpoint.get_connection_state(PEER).ok_or(DtlsError::SetUp)?;
        let certificate = state.peer_certificates.first().ok_or(DtlsError::Fingerprint)?;
        if !self.plan.fingerprints.iter().any(|fingerprint| fingerprint.matches(certificate)) {
            return Err(DtlsError::Fingerprint);
        }
        let suite = match state.srtp_protection_profile() {
            SrtpProtectionProfile::Srtp_Aead_Aes_256_Gcm => CryptoSuite::AeadAes256Gcm,
            SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm => CryptoSuite::AeadAes128Gcm,
            SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80 => CryptoSuite::AesCm128HmacSha1_80,
            _ => return Err(DtlsError::Profile),
        };
        let (key, salt) = suite.key_and_salt();
        let exported = state.export_keying_material(EXPORTER, &[], 2 * (key + salt)).map_err(|_| DtlsError::SetUp)?;
        // RFC 5764 section 4.2: both keys, then both salts, the client's first.
        let exported: &[u8] = exported.as_ref();
        let part = |from: usize, length: usize| exported.get(from..from + length).unwrap_or_default();
        let client = MasterKey([part(0, key), part(2 * key, salt)].concat());
        let server = MasterKey([part(key, key), part(2 * key + salt, salt)].concat());
        let (local, remote) = if self.plan.client { (client, server) } else { (server, client) };
        Ok(SrtpKeys::new(suite, local, remote))
    }
}

// RFC 5246 sections 6.2.1 and 7.4, RFC 6347 section 4.3.2.
const CHANGE_CIPHER_SPEC: u8 = 20;
const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const HELLO_VERIFY_REQUEST: u8 = 3;
const CERTIFICATE: u8 = 11;
const SERVER_KEY_EXCHANGE: u8 = 12;
const SERVER_HELLO_DONE: u8 = 14;
const CERTIFICATE_VERIFY: u8 = 15;
const CLIENT_KEY_EXCHANGE: u8 = 16;

/// A record of a datagram (RFC 6347 section 4.1).
struct Record<'p> {
    kind: u8,
    /// It is not of the first epoch.
    protected: bool,
    body: &'p [u8],
    whole: &'p [u8],
}

impl Record<'_> {
    /// How many fragments of messages it holds, as the library counts them; a protected one says so only to it.
    fn fragments(&self) -> usize {
        let mut count = 1;
        let mut rest = self.body;
        while let Some(&[_, l0, l1, l2, ..]) = rest.first_chunk::<12>().filter(|_| !self.protected) {
            let end = 12 + (usize::from(l0) << 16 | usize::from(l1) << 8 | usize::from(l2));
            count += 1;
            rest = rest.get(end..).unwrap_or_default();
        }
        count
    }

    /// The random number of a client's very first hello.
    fn first_hello(&self) -> Option<[u8; 32]> {
        // Type, length, number of the message, where the fragment begins, its length, version, random.
        let &[CLIENT_HELLO, _, _, _, 0, 0, 0, 0, 0, _, _, _, _, _, ..] = self.body else { return None };
        if self.kind != HANDSHAKE || self.protected {
            return None;
        }
        self.body.get(14..46)?.try_into().ok()
    }
}

/// The whole records of a datagram.
fn records(packet: &[u8]) -> impl Iterator<Item = Record<'_>> {
    let mut rest = packet.get(..packet.len().min(LONGEST)).unwrap_or_default();
    std::iter::from_fn(move || {
        let header = rest.get(..RECORD_HEADER)?;
        let &[kind, _, _, e0, e1, .., l0, l1] = header else { return None };
        let end = RECORD_HEADER + usize::from(u16::from_be_bytes([l0, l1]));
        let (whole, next) = rest.split_at_checked(end)?;
        rest = next;
        Some(Record { kind, protected: [e0, e1] != [0, 0], body: whole.get(RECORD_HEADER..)?, whole })
    })
}

fn endpoint(server: Option<Arc<HandshakeConfig>>) -> Endpoint {
    Endpoint::new(PEER, Default::default(), server)
}

fn config(identity: &Identity, client: bool) -> Option<Arc<HandshakeConfig>> {
    let builder = ConfigBuilder::default()
        .with_crypto_provider(rtc_srtp::crypto::default_provider().ok()?)
        .with_certificates(vec![identity.certificate.clone()])
        .with_cipher_suites(vec![
            CipherSuiteId::Tls_Ecdhe_Ecdsa_With_Aes_128_Gcm_Sha256,
            CipherSuiteId::Tls_Ecdhe_Ecdsa_With_ChaCha20_Poly1305_Sha256,
            CipherSuiteId::Tls_Ecdhe_Rsa_With_Aes_128_Gcm_Sha256,
            CipherSuiteId::Tls_Ecdhe_Rsa_With_ChaCha20_Poly1305_Sha256,
        ])
        .with_srtp_protection_profiles(vec![
            SrtpProtectionProfile::Srtp_Aead_Aes_256_Gcm,
            SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm,
            SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80,
        ])
        .with_client_auth(ClientAuthType::RequireAnyClientCert)
        // Certificates are made by the peers themselves: their fingerprint is checked instead (RFC 5763 section 5).
        .with_insecure_skip_verify(true)
        .with_flight_interval(RETRANSMIT)
        .with_server_name("dtls".to_owned())
        .with_mtu(FRAGMENT);
    builder.build(client, None).ok().map(Arc::new)
}

#[cfg(test)]
mod tests;
