//! Somebody on chat who is not our own code: a small XMPP client over direct TLS that a test drives by hand.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::{DOMAIN, World, password};

/// A signed-in stream and everything that came over it.
pub struct Person {
    stream: StreamOwned<ClientConnection, TcpStream>,
    received: String,
    bytes: Vec<u8>,
    user: String,
}

impl Person {
    /// Signs in and sends the first presence.
    #[track_caller]
    pub fn sign_in(world: &World, user: &str) -> Self {
        let mut person = Self::connect(world, user);
        person.authenticate(&password(user));
        person.wait_for("the login", |text| text.contains("<success"));
        person.open();
        person.send(
            "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>desk</resource></bind></iq>",
        );
        person.wait_for("a resource", |text| text.contains("<jid>"));
        person.send("<presence/>");
        person
    }

    /// Connects, and does not sign in yet.
    #[track_caller]
    pub fn connect(world: &World, user: &str) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(&world.authority.ca_file).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let tls = ClientConnection::new(Arc::new(config), ServerName::try_from(DOMAIN).unwrap()).unwrap();
        let tcp = TcpStream::connect(("127.0.0.1", world.chat.direct_tls)).unwrap();
        tcp.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let stream = StreamOwned::new(tls, tcp);
        let mut person = Self { stream, received: String::new(), bytes: Vec::new(), user: user.to_owned() };
        person.open();
        person
    }

    /// Shows a password (RFC 4616).
    pub fn authenticate(&mut self, password: &str) {
        let proof = base64::engine::general_purpose::STANDARD.encode(format!("\0{}\0{password}", self.user));
        self.send(&format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{proof}</auth>"));
    }

    fn open(&mut self) {
        self.received.clear();
        self.send(&format!(
            "<?xml version='1.0'?><stream:stream to='{DOMAIN}' version='1.0' xmlns='jabber:client' \
             xmlns:stream='http://etherx.jabber.org/streams'>"
        ));
        self.wait_for("stream features", |text| text.contains("</stream:features>"));
    }

    /// The address with the resource.
    pub fn full_jid(&self) -> String {
        format!("{}@{DOMAIN}/desk", self.user)
    }

    /// Sends XML as it is.
    #[track_caller]
    pub fn send(&mut self, xml: &str) {
        self.stream.conn.writer().write_all(xml.as_bytes()).unwrap();
        // A server that takes no more at the moment is waited for.
        let deadline = Instant::now() + Duration::from_secs(15);
        while self.stream.conn.wants_write() {
            match self.stream.conn.write_tls(&mut self.stream.sock) {
                Ok(_) => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    assert!(Instant::now() < deadline, "{} cannot send: {error}", self.user);
                }
                Err(error) => panic!("{}'s stream broke: {error}", self.user),
            }
        }
    }

    /// Sends a chat message.
    pub fn say(&mut self, to: &str, id: &str, body: &str) {
        self.send(&format!("<message type='chat' to='{to}' id='{id}'><body>{body}</body></message>"));
    }

    /// Publishes a card in the old form, and after it in the vCard4 form where one is given: the server makes the
    /// vCard4 form out of the old one and damages it.
    pub fn publish_card(&mut self, old: &str, vcard4: Option<&str>) {
        self.ask("card", &format!("<vCard xmlns='vcard-temp'>{old}</vCard>"));
        if let Some(vcard4) = vcard4 {
            self.publish_card4(vcard4);
        }
    }

    /// Publishes a card in the newer form only.
    pub fn publish_card4(&mut self, vcard4: &str) {
        self.ask(
            "card4",
            &format!(
                "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:xmpp:vcard4'><item id='current'>\
                 <vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>{vcard4}</vcard></item></publish></pubsub>"
            ),
        );
    }

    /// Asks the own account; answers everything that came since.
    pub fn query(&mut self, payload: &str) -> String {
        self.forget();
        self.send(&format!("<iq type='get' id='query'>{payload}</iq>"));
        self.wait_for("an answer of the server", |text| text.contains("</iq>") && text.contains("query"))
    }

    fn ask(&mut self, id: &str, payload: &str) {
        self.send(&format!("<iq type='set' id='{id}'>{payload}</iq>"));
        let (single, double) = (format!("id='{id}'"), format!("id=\"{id}\""));
        self.wait_for("an answer of the server", |text| text.contains(&single) || text.contains(&double));
        assert!(!self.received.contains("type='error'"), "the server refused: {}", self.received);
    }

    /// Reads what is there; answers everything since the last [`Person::forget`].
    pub fn received(&mut self) -> &str {
        let mut chunk = [0; 16384];
        loop {
            match self.stream.read(&mut chunk) {
                Ok(0) => break,
                Ok(length) => self.bytes.extend(&chunk[..length]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => break,
                Err(error) => panic!("{}'s stream broke: {error}", self.user),
            }
        }
        // A character may be cut at the end of a read.
        let whole = std::str::from_utf8(&self.bytes).map_or_else(|error| error.valid_up_to(), str::len);
        let rest = self.bytes.split_off(whole);
        self.received.push_str(std::str::from_utf8(&self.bytes).unwrap());
        self.bytes = rest;
        &self.received
    }

    /// Forgets what came so far.
    pub fn forget(&mut self) {
        self.received();
        self.received.clear();
    }

    /// Waits until what came satisfies `enough`; answers it.
    #[track_caller]
    pub fn wait_for(&mut self, what: &str, enough: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + Duration::from_secs(15);
        while !enough(self.received()) {
            assert!(Instant::now() < deadline, "{} waits for {what}; came so far: {}", self.user, self.received);
        }
        self.received.clone()
    }
}
