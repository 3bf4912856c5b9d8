use std::sync::Mutex;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls_pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;

use super::*;

/// A web server on this machine that answers by path, and remembers what it was asked.
pub(crate) struct Server {
    pub(crate) port: u16,
    heard: Arc<Mutex<Vec<String>>>,
    pub(crate) authority: tempfile::NamedTempFile,
}

impl Server {
    /// `answer` gets the head of the request and gives the whole answer.
    pub(crate) async fn start(names: &[&str], answer: impl Fn(&str, u16) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let mut root = CertificateParams::new(Vec::new()).expect("no names");
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        root.distinguished_name.push(DnType::CommonName, "web authority");
        let issuer = CertifiedIssuer::self_signed(root, KeyPair::generate().expect("a key")).expect("a root");
        let authority = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(authority.path(), issuer.pem()).expect("written");
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let key = KeyPair::generate().expect("a key");
        let certificate = CertificateParams::new(names).expect("names").signed_by(&key, &issuer).expect("signed");
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).expect("a key"),
            )
            .expect("the pair fits");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let port = listener.local_addr().expect("bound").port();
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let (acceptor, told, answer) = (TlsAcceptor::from(Arc::new(config)), heard.clone(), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (acceptor, told, answer) = (acceptor.clone(), told.clone(), answer.clone());
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(socket).await else { return };
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        match stream.read_u8().await {
                            Ok(byte) => head.push(byte),
                            Err(_) => return,
                        }
                    }
                    let head = String::from_utf8(head).expect("ASCII");
                    told.lock().expect("no panic").push(head.clone());
                    // Whoever has read enough closes.
                    let _ = stream.write_all(&answer(&head, port)).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self { port, heard, authority }
    }

    fn client(&self) -> Client {
        let tls = connector(&[self.authority.path().to_owned()], false).expect("the authority");
        Client::new(Resolver::new(None), tls)
    }

    fn url(&self, path: &str) -> HttpsUrl {
        HttpsUrl::new("localhost", self.port, path).expect("an address")
    }

    async fn get(&self, path: &str) -> Result<Fetched, WebError> {
        self.client().get(&Get::new(self.url(path), Kind::Json)).await
    }

    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("no panic").clone()
    }
}

pub(crate) fn ok(fields: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{fields}Content-Length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

fn to(location: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n").into_bytes()
}

fn path(head: &str) -> &str {
    head.split(' ').nth(1).expect("a request line")
}

#[tokio::test]
async fn a_page_comes_with_its_tag_and_the_second_time_only_the_word_that_it_is_the_same() {
    let server = Server::start(&["localhost"], |head, _| {
        assert!(!head.to_lowercase().contains("accept-encoding"), "{head}");
        if head.contains("if-none-match: \"v1\"") {
            return b"HTTP/1.1 304 Not Modified\r\n\r\n".to_vec();
        }
        ok("ETag: \"v1\"\r\nProvisioning-Signature: abc\r\nSet-Cookie: a=b\r\n", "{}")
    })
    .await;
    let Ok(Fetched::Page(page)) = server.get("/d").await else { panic!("a page") };
    assert_eq!(page.body, b"{}");
    assert_eq!(page.signature.as_deref(), Some("abc"));
    let again = Get { etag: page.etag, ..Get::new(page.url, Kind::Json) };
    assert_eq!(server.client().get(&again).await, Ok(Fetched::NotModified));
    assert!(server.heard().iter().all(|head| !head.contains("cookie")));
    // Who did not ask for it cannot be told that nothing changed.
    let liar = Server::start(&["localhost"], |_, _| b"HTTP/1.1 304 Not Modified\r\n\r\n".to_vec()).await;
    assert_eq!(liar.get("/d").await, Err(WebError::Status(304)));
}

#[tokio::test]
async fn x46_redirects_lead_nowhere_but_to_https_and_not_in_circles() {
    let server = Server::start(&["localhost"], |head, port| match path(head) {
        "/http" => to(&format!("http://localhost:{port}/ok")),
        "/number" => to(&format!("https://127.0.0.1:{port}/ok")),
        "/house" => to("https://router.local/"),
        "/user" => to(&format!("https://localhost@evil.example:{port}/ok")),
        "/circle" => to("/circle"),
        "/once" => to("ok"),
        "/nowhere" => b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n".to_vec(),
        _ => ok("", "{}"),
    })
    .await;
    assert!(server.get("/once").await.is_ok());
    assert_eq!(server.get("/http").await, Err(WebError::Redirect(crate::model::InvalidUrl::NotHttps)));
    assert_eq!(server.get("/number").await, Err(WebError::PrivateRedirect));
    assert_eq!(server.get("/house").await, Err(WebError::PrivateRedirect));
    assert_eq!(server.get("/user").await, Err(WebError::Redirect(crate::model::InvalidUrl::UserInfo)));
    assert_eq!(server.get("/nowhere").await, Err(WebError::Status(302)));
    let before = server.heard().len();
    assert_eq!(server.get("/circle").await, Err(WebError::TooManyRedirects));
    assert_eq!(server.heard().len() - before, MOST_REDIRECTS + 1);
}

#[tokio::test]
async fn x46_what_is_too_large_packed_or_of_another_kind_is_not_read() {
    let server = Server::start(&["localhost"], |head, _| match path(head) {
        "/announced" => {
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999999999\r\n\r\n".to_vec()
        }
        "/endless" => {
            let mut answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n".to_vec();
            answer.resize(answer.len() + LARGEST_BODY + 1, b' ');
            answer
        }
        "/just" => ok("", &" ".repeat(LARGEST_BODY)),
        "/packed" => ok("Content-Encoding: gzip\r\n", "{}"),
        "/fields" => ok(&"X: y\r\n".repeat(MOST_FIELDS + 1), "{}"),
        "/field" => ok(&format!("X: {}\r\n", "y".repeat(2 * LARGEST_HEAD)), "{}"),
        "/html" => b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n{}".to_vec(),
        "/none" => b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".to_vec(),
        "/problem" => b"HTTP/1.1 200 OK\r\nContent-Type: Application/Jrd+JSON; charset=utf-8\r\n\r\n{}".to_vec(),
        "/cut" => b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{}".to_vec(),
        "/gone" => b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n".to_vec(),
        _ => b"SSH-2.0-OpenSSH\r\n".to_vec(),
    })
    .await;
    for (path, expected) in [
        ("/announced", WebError::TooLarge),
        ("/endless", WebError::TooLarge),
        ("/packed", WebError::Packed),
        ("/fields", WebError::Broken),
        ("/field", WebError::Broken),
        ("/html", WebError::WrongKind("text/html".to_owned())),
        ("/none", WebError::WrongKind("none is named".to_owned())),
        ("/cut", WebError::Broken),
        ("/gone", WebError::Gone(410)),
        ("/other", WebError::Broken),
    ] {
        assert_eq!(server.get(path).await, Err(expected), "{path}");
    }
    assert!(server.get("/just").await.is_ok());
    assert!(server.get("/problem").await.is_ok());
}

#[tokio::test]
async fn x43_a_certificate_of_another_name_or_authority_brings_nothing() {
    let server = Server::start(&["other.example"], |_, _| ok("", "{}")).await;
    assert!(matches!(server.get("/").await, Err(WebError::Certificate(why)) if why.contains("another name")));
    let known = Server::start(&["localhost"], |_, _| ok("", "{}")).await;
    let get = Get::new(known.url("/"), Kind::Json);
    assert!(matches!(server.client().get(&get).await, Err(WebError::Certificate(_))));
    assert!(known.heard().is_empty(), "nothing was asked of it");
    // An SRV target is only a place: the certificate has to be the domain's (RFC 9525 section 6.1).
    let domain = HttpsUrl::new("example.org", server.port, "/").expect("an address");
    let via = Get { via: Some(("localhost".to_owned(), server.port)), ..Get::new(domain, Kind::Json) };
    assert!(matches!(server.client().get(&via).await, Err(WebError::Certificate(_))));
    let domain = HttpsUrl::new("other.example", server.port, "/").expect("an address");
    let via = Get { via: Some(("localhost".to_owned(), server.port)), ..Get::new(domain, Kind::Json) };
    assert!(server.client().get(&via).await.is_ok());
    assert!(server.heard()[0].contains(&format!("host: other.example:{}", server.port)), "{:?}", server.heard());
}

#[tokio::test]
async fn x39_a_password_goes_out_only_after_401_and_only_to_the_users_own_domain() {
    let answer = |head: &str, _port: u16| {
        if head.contains("authorization: Basic YWxpY2U6c8OkY3JldA==") || path(head) == "/open" {
            return ok("", "{}");
        }
        if path(head) == "/digest" {
            return b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=x\r\nContent-Length: 0\r\n\r\n"
                .to_vec();
        }
        b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n".to_vec()
    };
    let server = Server::start(&["localhost"], answer).await;
    let proof = Proof::Password { user: "alice".to_owned(), password: Secret::new("säcret") };
    let credentials = |domain: &str, confirmed: Option<HttpsUrl>| {
        Some(Credentials { domain: domain.to_owned(), confirmed, proof: proof.clone() })
    };
    let get = |path: &str, credentials| Get { credentials, ..Get::new(server.url(path), Kind::Json) };
    let client = server.client();
    assert!(client.get(&get("/open", credentials("localhost", None))).await.is_ok());
    assert!(client.get(&get("/digest", credentials("localhost", None))).await.is_err());
    assert!(client.get(&get("/other", credentials("example.org", None))).await.is_err());
    assert!(server.heard().iter().all(|head| !head.contains("authorization")), "nobody was told");
    assert!(client.get(&get("/own", credentials("localhost", None))).await.is_ok());
    assert!(client.get(&get("/own", credentials("example.org", Some(server.url("/x"))))).await.is_ok());
    assert_eq!(client.get(&get("/own", None)).await, Err(WebError::Unauthorized));
}
