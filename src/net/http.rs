//! One bounded GET over HTTPS: our own names, happy eyeballs and verifier; hyper only for the framing of HTTP/1.1 (RFC 9112).
//!
//! Everything that a server could make large, long or endless has a limit. There are no cookies, and no compression is asked
//! for, so that nothing can unfold. A password goes out only after the server asked (401), only to a host of the user's own
//! domain or one that the user named, and never along a redirect to another host.

#[cfg(test)]
mod file_tests;
mod files;
#[cfg(test)]
pub(crate) mod tests;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt as _, Empty, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::SendRequest;
use hyper::header::{
    ACCEPT, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HOST, HeaderMap, HeaderName,
    IF_NONE_MATCH, LOCATION, USER_AGENT, WWW_AUTHENTICATE,
};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;

use super::dns::{DnsError, Resolver};
use super::tcp::{self, ConnectError};
use super::tls::{Connector, Identity, TlsError, Trust};
use crate::model::{Fetched, HttpsUrl, Page, WebError};
use crate::platform::Secret;

pub use files::{MoveError, Put, Read, may_reach};

/// The largest body that is read, in bytes. When full, the answer is refused.
pub const LARGEST_BODY: usize = 256 * 1024;
/// Redirects that are followed one after the other.
const MOST_REDIRECTS: usize = 5;
/// How long one fetch may take, redirects included.
pub const PATIENCE: Duration = Duration::from_secs(15);
/// How long one connection may take to come about.
const CONNECT_PATIENCE: Duration = Duration::from_secs(8);
/// Fields of an answer. When full, the answer is refused.
const MOST_FIELDS: usize = 64;
/// Bytes of an answer's head. When full, the answer is refused.
const LARGEST_HEAD: usize = 32 * 1024;
/// The longest value of a field that is kept.
const LONGEST_FIELD: usize = 512;
/// The signature of a document, as base64 of Ed25519 (RFC 8032).
const SIGNATURE: HeaderName = HeaderName::from_static("provisioning-signature");

/// What may come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `application/json`, and everything that is JSON underneath (RFC 6839 section 3.1): JRD, documents.
    Json,
    /// `application/xrd+xml` (RFC 6415 section 3).
    Xrd,
    /// A signature: any kind.
    Signature,
}

/// Who asks, for servers that want to know.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Only hosts of this domain are told.
    pub domain: String,
    /// And this one, which the user named.
    pub confirmed: Option<HttpsUrl>,
    /// What they are told.
    pub proof: Proof,
}

/// What a server is told.
#[derive(Clone, Debug)]
pub enum Proof {
    /// `Basic` (RFC 7617): the user's name and password.
    Password {
        /// The name.
        user: String,
        /// The password.
        password: Secret,
    },
    /// `Bearer` (RFC 6750 section 2.1).
    Token(Secret),
}

/// One fetch.
#[derive(Clone, Debug)]
pub struct Get {
    /// What.
    pub url: HttpsUrl,
    /// Where its host is found, when an SRV record says so; who the server has to be stays the address's own host.
    pub via: Option<(String, u16)>,
    /// What may come back.
    pub kind: Kind,
    /// What we have already (RFC 9110 section 13.1.2).
    pub etag: Option<String>,
    /// Who asks.
    pub credentials: Option<Credentials>,
}

impl Get {
    /// A plain fetch.
    pub fn new(url: HttpsUrl, kind: Kind) -> Self {
        Self { url, via: None, kind, etag: None, credentials: None }
    }
}

/// Fetches the pages of one errand: what the first server says decides whether later ones may be on this machine.
#[derive(Clone)]
pub struct Client {
    resolver: Resolver,
    tls: Connector,
    /// Whether the first server was on this machine: only then may what it says lead to another one here.
    here: Arc<OnceLock<bool>>,
}

impl Client {
    /// A client that finds names at `resolver` and believes the authorities of `tls`.
    pub fn new(resolver: Resolver, tls: Connector) -> Self {
        Self { resolver, tls, here: Arc::default() }
    }

    /// Names are found here.
    pub fn resolver(&self) -> &Resolver {
        &self.resolver
    }

    /// Fetches one page, with its redirects, within 15 s.
    pub async fn get(&self, get: &Get) -> Result<Fetched, WebError> {
        tokio::time::timeout(PATIENCE, self.follow(get)).await.unwrap_or(Err(WebError::Timeout))
    }

    async fn follow(&self, get: &Get) -> Result<Fetched, WebError> {
        let mut url = get.url.clone();
        let mut proven = false;
        for _ in 0..=MOST_REDIRECTS {
            let own = url.same_origin(&get.url);
            let mut answer = self.ask(get, &url, None).await?;
            if answer.status() == StatusCode::UNAUTHORIZED
                && let Some(value) = proof_for(get, &url, answer.headers()).filter(|_| !proven)
            {
                proven = true;
                answer = self.ask(get, &url, Some(&value)).await?;
            }
            match verdict(&answer) {
                Verdict::Read => return read(answer, get.kind, url).await.map(Fetched::Page),
                Verdict::NotModified if get.etag.is_some() && own => return Ok(Fetched::NotModified),
                Verdict::NotModified => return Err(WebError::Status(answer.status().as_u16())),
                Verdict::Refuse(why) => return Err(why),
                Verdict::Elsewhere(location) => url = next(&url, &location, &get.url)?,
            }
        }
        Err(WebError::TooManyRedirects)
    }

    /// One request on a connection of its own.
    async fn ask(
        &self,
        get: &Get,
        url: &HttpsUrl,
        authorization: Option<&Secret>,
    ) -> Result<Response<Incoming>, WebError> {
        let own = url.same_origin(&get.url);
        let (host, port) = match &get.via {
            Some((host, port)) if own => (host.as_str(), *port),
            Some(_) | None => (url.host(), url.port()),
        };
        let addresses = self.addresses(host, port).await?;
        let mut sender = self.connected(&addresses, url).await?;
        let mut request = Request::get(url.path())
            .header(HOST, url.authority())
            .header(USER_AGENT, concat!("Tandem/", env!("CARGO_PKG_VERSION")))
            .header(ACCEPT, accept(get.kind));
        if let Some(etag) = get.etag.as_ref().filter(|_| own) {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if let Some(value) = authorization {
            let mut value = hyper::header::HeaderValue::from_str(value.expose()).map_err(|_| WebError::Unauthorized)?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let request = request.body(Empty::<Bytes>::new()).map_err(|_| WebError::Broken)?;
        sender.send_request(request).await.map_err(|_| WebError::Broken)
    }

    /// A connection to the server of an address, which has proven that it is that.
    async fn connected<B>(&self, addresses: &[SocketAddr], url: &HttpsUrl) -> Result<SendRequest<B>, WebError>
    where
        B: hyper::body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let socket = tcp::connect(addresses, CONNECT_PATIENCE).await.map_err(|error| match error {
            ConnectError::NoAddress => WebError::NoHost,
            ConnectError::Refused(_) => WebError::Unreachable,
            ConnectError::Timeout => WebError::Timeout,
        })?;
        let identity = Identity::Https { host: url.host().to_owned() };
        let (stream, _) = self.tls.handshake(socket, &identity, &[b"http/1.1"]).await.map_err(tls_error)?;
        let (sender, connection) = hyper::client::conn::http1::Builder::new()
            .max_headers(MOST_FIELDS)
            .max_buf_size(LARGEST_HEAD)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|_| WebError::Broken)?;
        // Ends by itself when the answer is read or dropped.
        tokio::spawn(async move {
            let _ = connection.await;
        });
        Ok(sender)
    }

    async fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, WebError> {
        let found = self.resolver.addresses(host).await.map_err(|error| match error {
            DnsError::NotFound => WebError::NoHost,
            DnsError::ServerFailure | DnsError::Timeout => WebError::NoNames,
        })?;
        let on_this_machine = |ip: &std::net::IpAddr| ip.to_canonical().is_loopback() || ip.is_unspecified();
        if found.is_empty() {
            return Err(WebError::NoHost);
        }
        // A server elsewhere has no business with what listens on this machine.
        if !*self.here.get_or_init(|| found.iter().all(on_this_machine)) && found.iter().any(on_this_machine) {
            return Err(WebError::PrivateRedirect);
        }
        Ok(found.into_iter().map(|ip| SocketAddr::new(ip, port)).collect())
    }
}

/// What an answer means.
enum Verdict {
    Read,
    NotModified,
    Elsewhere(String),
    Refuse(WebError),
}

fn verdict(answer: &Response<Incoming>) -> Verdict {
    match answer.status() {
        StatusCode::OK => Verdict::Read,
        StatusCode::NOT_MODIFIED => Verdict::NotModified,
        StatusCode::MOVED_PERMANENTLY
        | StatusCode::FOUND
        | StatusCode::SEE_OTHER
        | StatusCode::TEMPORARY_REDIRECT
        | StatusCode::PERMANENT_REDIRECT => match field(answer.headers(), &LOCATION) {
            Some(location) => Verdict::Elsewhere(location),
            None => Verdict::Refuse(WebError::Status(answer.status().as_u16())),
        },
        StatusCode::UNAUTHORIZED => Verdict::Refuse(WebError::Unauthorized),
        StatusCode::NOT_FOUND | StatusCode::GONE => Verdict::Refuse(WebError::Gone(answer.status().as_u16())),
        other => Verdict::Refuse(WebError::Status(other.as_u16())),
    }
}

/// Where a redirect leads: https only, and to another host only when that is a name that others know too.
fn next(from: &HttpsUrl, location: &str, first: &HttpsUrl) -> Result<HttpsUrl, WebError> {
    let to = from.join(location).map_err(WebError::Redirect)?;
    if to.host() != first.host() && !to.is_public_name() {
        return Err(WebError::PrivateRedirect);
    }
    Ok(to)
}

/// The value of `Authorization` where this host may have it and asks for it.
fn proof_for(get: &Get, url: &HttpsUrl, fields: &HeaderMap) -> Option<Secret> {
    let credentials = get.credentials.as_ref()?;
    let confirmed = credentials.confirmed.as_ref().is_some_and(|confirmed| confirmed.same_origin(url));
    // Not along a redirect to another host, whatever domain that one is in.
    if url.host() != get.url.host() || !(confirmed || url.is_within(&credentials.domain)) {
        return None;
    }
    let asks = |scheme: &str| {
        fields.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok()).any(|value| {
            value.split(',').any(|part| part.split_whitespace().next().is_some_and(|w| w.eq_ignore_ascii_case(scheme)))
        })
    };
    match &credentials.proof {
        // RFC 7617 section 2: the name cannot contain a colon; UTF-8 whatever the server says of it.
        Proof::Password { user, password } if asks("Basic") && !user.contains(':') => {
            let pair = zeroize::Zeroizing::new(format!("{user}:{}", password.expose()));
            Some(Secret::new(format!("Basic {}", STANDARD.encode(pair.as_bytes()))))
        }
        Proof::Token(token) if asks("Bearer") => Some(Secret::new(format!("Bearer {}", token.expose()))),
        Proof::Password { .. } | Proof::Token(_) => None,
    }
}

async fn read(answer: Response<Incoming>, kind: Kind, url: HttpsUrl) -> Result<Page, WebError> {
    let fields = answer.headers();
    if field(fields, &CONTENT_ENCODING).is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
        return Err(WebError::Packed);
    }
    let named = field(fields, &CONTENT_TYPE).unwrap_or_default();
    if !is_kind(&named, kind) {
        // What a server writes is shown: only what can stand there.
        let shown: String = named.chars().filter(char::is_ascii_graphic).take(40).collect();
        return Err(WebError::WrongKind(if shown.is_empty() { "none is named".to_owned() } else { shown }));
    }
    let announced = field(fields, &CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    if announced.is_some_and(|length| length > LARGEST_BODY as u64) {
        return Err(WebError::TooLarge);
    }
    let (etag, signature) = (field(fields, &ETAG), field(fields, &SIGNATURE));
    let body = Limited::new(answer.into_body(), LARGEST_BODY).collect().await.map_err(|error| {
        if error.downcast_ref::<LengthLimitError>().is_some() { WebError::TooLarge } else { WebError::Broken }
    })?;
    Ok(Page { url, body: body.to_bytes().to_vec(), etag, signature })
}

fn field(fields: &HeaderMap, name: &HeaderName) -> Option<String> {
    let longest = if *name == LOCATION { 4 * LONGEST_FIELD } else { LONGEST_FIELD };
    fields.get(name)?.to_str().ok().filter(|value| value.len() <= longest).map(str::to_owned)
}

fn accept(kind: Kind) -> &'static str {
    match kind {
        Kind::Json => "application/jrd+json, application/json",
        Kind::Xrd => "application/xrd+xml",
        Kind::Signature => "*/*",
    }
}

fn is_kind(named: &str, kind: Kind) -> bool {
    let essence = named.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind {
        Kind::Json => {
            essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
        }
        Kind::Xrd => essence == "application/xrd+xml",
        Kind::Signature => true,
    }
}

fn tls_error(error: TlsError) -> WebError {
    match error {
        TlsError::Certificate { reason, .. } => WebError::Certificate(reason),
        TlsError::Roots { path, reason } => {
            WebError::Authorities(format!("the file {} cannot be used as authority: {reason}", path.display()))
        }
        TlsError::Protocol(_) | TlsError::TooOld => WebError::Broken,
        TlsError::Timeout => WebError::Timeout,
    }
}

/// A connector that believes these authorities; reads files, so it blocks for some milliseconds.
pub fn connector(ca_files: &[PathBuf], system_roots: bool) -> Result<Connector, WebError> {
    let trust = Trust { ca_files: ca_files.to_vec(), system_roots, ..Trust::default() };
    Connector::new(trust).map_err(tls_error)
}
