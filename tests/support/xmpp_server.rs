//! A scripted XMPP server on loopback: every test writes what it says, honest or not.
//!
//! ```text
//! let stage = Stage::new().await;              // a private authority, a certificate for example.org, a port
//! let (result, ()) = tokio::join!(client(stage.config()), async {
//!     let mut peer = stage.accept().await;     // text in, text out
//!     peer.login().await;                      // an honest STARTTLS and SCRAM-SHA-256 login
//!     peer.expect("<bind").await;
//!     peer.send("<iq type='result' …/>").await;
//! });
//! ```
#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, reason = "tests: a failure here is a failed test")]

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use ring::{hmac, pbkdf2};
use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tandem::model::Jid;
use tandem::net::tls::Trust;
use tandem::xmpp::{Config, TlsMode};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// The domain of the account.
pub const DOMAIN: &str = "example.org";
/// The address of the account.
pub const USER: &str = "juliet@example.org";
/// The password of the account.
pub const PASSWORD: &str = "pencil";
/// How long the script waits for the client before the test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// The features that offer STARTTLS.
pub const STARTTLS: &str = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>";
/// The features of an authenticated stream.
pub const BIND: &str = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm xmlns='urn:xmpp:sm:3'/>";

/// A port, a certificate, and what the client needs to trust it.
pub struct Stage {
    listener: TcpListener,
    issuer: CertifiedIssuer<'static, KeyPair>,
    ca_file: tempfile::NamedTempFile,
    tls: Arc<ServerConfig>,
}

impl Stage {
    /// With a certificate for `example.org`.
    pub async fn new() -> Self {
        Self::with_certificate(|_| {}).await
    }

    /// With a certificate for `example.org`, changed.
    pub async fn with_certificate(change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let ca_file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(ca_file.path(), issuer.pem()).unwrap();
        let mut params = CertificateParams::new(vec![DOMAIN.to_owned()]).unwrap();
        change(&mut params);
        let (chain, key) = sign(&params, &issuer);
        let tls = server_config(chain, key, &[&rustls::version::TLS13, &rustls::version::TLS12]);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { listener, issuer, ca_file, tls }
    }

    /// Only TLS 1.2 from here on.
    pub fn downgrade_tls(&mut self) {
        let (chain, key) = sign(&CertificateParams::new(vec![DOMAIN.to_owned()]).unwrap(), &self.issuer);
        self.tls = server_config(chain, key, &[&rustls::version::TLS12]);
    }

    /// Where the client connects to.
    pub fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    /// An account that connects here with STARTTLS.
    pub fn config(&self) -> Config {
        account(Some(self.address().to_string()))
    }

    /// The private authority, as the configuration names it.
    pub fn trust(&self) -> Trust {
        Trust { ca_files: vec![self.ca_file.path().to_owned()], ..Trust::default() }
    }

    /// The next connection.
    pub async fn accept(&self) -> Peer {
        let accepted = tokio::time::timeout(PATIENCE, self.listener.accept()).await.expect("the client connects");
        Peer { socket: Box::new(accepted.unwrap().0), input: Vec::new(), tls: self.tls.clone(), exporter: None }
    }

    /// Whether the client connects within `wait`.
    pub async fn is_called_within(&self, wait: Duration) -> bool {
        tokio::time::timeout(wait, self.listener.accept()).await.is_ok()
    }
}

/// An account of `example.org` at `server`.
pub fn account(server: Option<String>) -> Config {
    Config { server, tls: TlsMode::StartTls, ..tandem_config() }
}

fn tandem_config() -> Config {
    Config {
        jid: Jid::parse(USER).unwrap(),
        resource: None,
        server: None,
        tls: TlsMode::Auto,
        allow_plain: false,
        external: false,
        strongest_mechanism: None,
        roster_version: None,
        roster: Vec::new(),
        cards: Vec::new(),
        session: None,
    }
}

fn sign(
    params: &CertificateParams,
    issuer: &CertifiedIssuer<'static, KeyPair>,
) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap();
    (certificate.der().clone(), PrivateKeyDer::try_from(key.serialize_der()).unwrap())
}

fn server_config(
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
    Arc::new(builder.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap())
}

trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Socket for T {}

/// A name server that answers every SRV question for `_xmpp-client` with these priorities and ports at `localhost`, and
/// everything else with nothing.
pub async fn name_server(places: &[(u16, u16)]) -> SocketAddr {
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = socket.local_addr().unwrap();
    let places = places.to_vec();
    tokio::spawn(async move {
        let mut query = [0; 1500];
        while let Ok((length, from)) = socket.recv_from(&mut query).await {
            let name_end = 12 + query[12..length].iter().position(|byte| *byte == 0).unwrap() + 1;
            let is_srv = query[name_end + 1] == 33 && query[12..name_end].starts_with(b"\x0c_xmpp-client");
            let places = if is_srv { &places[..] } else { &[] };
            let mut answer = query[..2].to_vec();
            answer.extend([0x84, 0, 0, 1, 0, places.len() as u8, 0, 0, 0, 0]);
            answer.extend(&query[12..name_end + 4]);
            for (priority, port) in places {
                answer.extend([0xC0, 12, 0, 33, 0, 1, 0, 0, 0, 60, 0, 17]);
                answer.extend([priority.to_be_bytes(), [0, 0], port.to_be_bytes()].concat());
                answer.extend(b"\x09localhost\x00");
            }
            let _ = socket.send_to(&answer, from).await;
        }
    });
    at
}

/// The server's end of one connection.
pub struct Peer {
    socket: Box<dyn Socket>,
    input: Vec<u8>,
    tls: Arc<ServerConfig>,
    exporter: Option<[u8; 32]>,
}

/// What a server does in a SCRAM login; honest by default.
pub struct Script {
    /// The mechanism that the client must choose.
    pub mechanism: &'static str,
    /// The offered mechanisms and whatever else is in the features inside TLS.
    pub offer: String,
    /// Changes the `server-first-message`.
    pub challenge: fn(String) -> String,
    /// Changes the data of `<success/>`; `None` leaves it out.
    pub signature: fn(String) -> Option<String>,
    /// The iteration count.
    pub iterations: u32,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            mechanism: "SCRAM-SHA-256",
            offer: mechanisms(&["SCRAM-SHA-1", "SCRAM-SHA-256"]),
            challenge: |honest| honest,
            signature: Some,
            iterations: 4096,
        }
    }
}

/// The `<mechanisms/>` feature.
pub fn mechanisms(names: &[&str]) -> String {
    let list: String = names.iter().map(|name| format!("<mechanism>{name}</mechanism>")).collect();
    format!("<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{list}</mechanisms>")
}

impl Peer {
    /// Writes text or bytes. A client that went away is no failure: the test looks at the client.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.socket.write_all(bytes.as_ref()).await;
        let _ = self.socket.flush().await;
    }

    /// Writes until the client takes no more, or `most` bytes are gone; answers how many went.
    pub async fn flood(&mut self, bytes: &[u8], most: usize) -> usize {
        let mut gone = 0;
        while gone < most {
            match tokio::time::timeout(Duration::from_secs(2), self.socket.write(bytes)).await {
                Ok(Ok(length)) => gone += length,
                Ok(Err(_)) | Err(_) => break,
            }
        }
        gone
    }

    /// Answers the client's request to bind a resource.
    pub async fn bind(&mut self, resource: &str) {
        let request = self.expect("</iq").await;
        let id = request.split(" id='").nth(1).and_then(|rest| rest.split('\'').next()).expect("an id");
        self.send(format!(
            "<iq type='result' id='{id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{USER}/{resource}</jid></bind></iq>"
        ))
        .await;
    }

    /// Reads until `needle` came, and answers everything up to the `>` that follows it.
    pub async fn expect(&mut self, needle: &str) -> String {
        let read = async {
            loop {
                let text = String::from_utf8_lossy(&self.input).into_owned();
                if let Some(end) = text.find(needle).and_then(|at| text[at..].find('>').map(|length| at + length + 1)) {
                    self.input.drain(..end);
                    return Some(text[..end].to_owned());
                }
                let mut more = [0; 4096];
                let length = self.socket.read(&mut more).await.unwrap_or(0);
                if length == 0 {
                    return None;
                }
                self.input.extend_from_slice(&more[..length]);
            }
        };
        let found = tokio::time::timeout(PATIENCE, read).await.unwrap_or_else(|_| panic!("{needle} did not come"));
        found
            .unwrap_or_else(|| panic!("{needle} did not come before the end: {}", String::from_utf8_lossy(&self.input)))
    }

    /// Everything that the client still sends until it closes the connection.
    pub async fn rest(&mut self) -> String {
        let _ = tokio::time::timeout(PATIENCE, self.socket.read_to_end(&mut self.input))
            .await
            .expect("the client hangs up");
        String::from_utf8_lossy(&self.input).into_owned()
    }

    /// Waits for the client's stream header and answers with ours and these features.
    pub async fn greet(&mut self, features: &str) -> String {
        let header = self.expect("<stream:stream").await;
        self.send(format!(
            "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
             from='{DOMAIN}' id='s1' version='1.0'><stream:features>{features}</stream:features>"
        ))
        .await;
        header
    }

    /// Offers STARTTLS and makes the handshake.
    pub async fn starttls(&mut self) {
        self.greet(STARTTLS).await;
        self.expect("<starttls").await;
        self.send("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>").await;
        self.secure().await;
    }

    /// The server side of a TLS handshake; a client that refuses our certificate ends the connection.
    pub async fn secure(&mut self) {
        let socket = std::mem::replace(&mut self.socket, Box::new(tokio::io::empty()));
        self.input.clear();
        if let Ok(stream) = TlsAcceptor::from(self.tls.clone()).accept(socket).await {
            let connection = stream.get_ref().1;
            self.exporter = connection.export_keying_material([0; 32], b"EXPORTER-Channel-Binding", Some(&[])).ok();
            self.socket = Box::new(stream);
        }
    }

    /// An honest STARTTLS and SCRAM-SHA-256 login, up to the features of the authenticated stream.
    pub async fn login(&mut self) {
        self.starttls().await;
        self.authenticate(&Script::default()).await;
        self.greet(BIND).await;
    }

    /// The SASL part as `script` says. Checks the client's proof; answers its first message.
    pub async fn authenticate(&mut self, script: &Script) -> String {
        self.greet(&script.offer).await;
        let auth = self.expect("</auth").await;
        assert!(auth.contains(&format!("mechanism='{}'", script.mechanism)), "{auth}");
        let first = payload(&auth);
        let at = first.find("n=").expect("a user name");
        let (gs2, first_bare) = first.split_at(at);
        let nonce = first_bare.split("r=").nth(1).expect("a nonce");
        let salt: &'static [u8] = b"salt of the sea!";
        let honest = format!("r={nonce}ServerNonce,s={},i={}", BASE64.encode(salt), script.iterations);
        let challenge = (script.challenge)(honest);
        self.send(element("challenge", &challenge)).await;
        let response = payload(&self.expect("</response").await);
        let (without_proof, proof) = response.split_once(",p=").expect("a proof");
        let binding = without_proof.strip_prefix("c=").and_then(|rest| rest.split(',').next()).expect("a binding");
        let expected = match (gs2.starts_with("p=tls-exporter"), self.exporter) {
            (true, Some(exporter)) => [gs2.as_bytes(), &exporter].concat(),
            _ => gs2.as_bytes().to_vec(),
        };
        assert_eq!(BASE64.decode(binding).unwrap(), expected, "the binding is of this connection");
        let message = format!("{first_bare},{challenge},{without_proof}");
        let (mechanism, iterations) = (script.mechanism, script.iterations);
        // Elsewhere, so that a test can see whether the client hashes on the thread of the other tasks.
        let keys = tokio::task::spawn_blocking(move || Keys::new(mechanism, salt, iterations)).await.unwrap();
        assert_eq!(BASE64.decode(proof).unwrap(), keys.proof(&message), "the client knows the password");
        match (script.signature)(format!("v={}", BASE64.encode(keys.signature(&message)))) {
            Some(signature) => self.send(element("success", &signature)).await,
            None => self.send("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>").await,
        }
        first
    }
}

fn element(name: &str, data: &str) -> String {
    format!("<{name} xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{}</{name}>", BASE64.encode(data))
}

/// The decoded text of the last element in `xml`.
pub fn payload(xml: &str) -> String {
    let end = xml.rfind("</").expect("an end tag");
    let start = xml[..end].rfind('>').expect("a start tag") + 1;
    String::from_utf8(BASE64.decode(&xml[start..end]).expect("base64")).expect("text")
}

/// SCRAM once more, by another library than the client's, so that both cannot be wrong alike.
struct Keys {
    salted: Vec<u8>,
    hmac: hmac::Algorithm,
    digest: &'static ring::digest::Algorithm,
}

impl Keys {
    fn new(mechanism: &str, salt: &[u8], iterations: u32) -> Self {
        let (derive, hmac, digest) = if mechanism.contains("SHA-256") {
            (pbkdf2::PBKDF2_HMAC_SHA256, hmac::HMAC_SHA256, &ring::digest::SHA256)
        } else {
            (pbkdf2::PBKDF2_HMAC_SHA1, hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &ring::digest::SHA1_FOR_LEGACY_USE_ONLY)
        };
        let mut salted = vec![0; digest.output_len()];
        pbkdf2::derive(derive, NonZeroU32::new(iterations).unwrap(), salt, PASSWORD.as_bytes(), &mut salted);
        Self { salted, hmac, digest }
    }

    fn sign(&self, key: &[u8], text: &str) -> Vec<u8> {
        hmac::sign(&hmac::Key::new(self.hmac, key), text.as_bytes()).as_ref().to_vec()
    }

    fn proof(&self, message: &str) -> Vec<u8> {
        let client_key = self.sign(&self.salted, "Client Key");
        let stored = ring::digest::digest(self.digest, &client_key);
        let signature = self.sign(stored.as_ref(), message);
        client_key.iter().zip(signature).map(|(a, b)| a ^ b).collect()
    }

    fn signature(&self, message: &str) -> Vec<u8> {
        self.sign(&self.sign(&self.salted, "Server Key"), message)
    }
}
