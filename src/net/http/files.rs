//! Files: put to where the server said (XEP-0363 section 6), and got from an address in a message.
//!
//! A file goes only to hosts that others know too, or to hosts of the user's own domain: a link in a message, or a server,
//! cannot make this program talk to what stands beside it in the house (X24). Nothing is fetched without being asked for,
//! nothing is unpacked, and what is read is bounded while it is read.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, HeaderValue, LOCATION, USER_AGENT,
};
use hyper::{Request, Response, StatusCode};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{Client, MOST_REDIRECTS, field, next};
use crate::model::{HttpsUrl, WebError};
use crate::net::dns::DnsError;

/// When nothing moves for so long, the transfer has failed.
const STALLED: Duration = Duration::from_secs(30);
/// Bytes that are read from the disk at once.
const PIECE: usize = 64 * 1024;
/// Pieces that wait for the network. When full: the disk waits.
const PIECES: usize = 4;
/// Who asks.
const AGENT: &str = concat!("Tandem/", env!("CARGO_PKG_VERSION"));

/// Why a file did not go or come.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// The network, or the server.
    #[error(transparent)]
    Web(#[from] WebError),
    /// Reading or writing here.
    #[error("the disk: {0}")]
    Disk(#[from] std::io::Error),
    /// It has another size than was said: it changed meanwhile, or ended early.
    #[error("the file has another size than it should have")]
    Size,
}

/// A file that goes.
pub struct Put {
    /// Where to.
    pub url: HttpsUrl,
    /// What the server wants to be told with it.
    pub headers: Vec<(&'static str, Arc<str>)>,
    /// Exactly so many bytes.
    pub size: u64,
    /// Its media type.
    pub media_type: &'static str,
    /// The domains whose hosts may be on private addresses.
    pub own_domains: Vec<Arc<str>>,
}

/// A file that comes.
pub struct Read {
    /// Where from.
    pub url: HttpsUrl,
    /// At most so many bytes.
    pub most: u64,
    /// The domains whose hosts may be on private addresses.
    pub own_domains: Vec<Arc<str>>,
}

/// Whether files may go to and come from an address: one that everybody knows. What means this machine, this house or nobody
/// is none (RFC 6890).
pub fn may_reach(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            let shared = a == 100 && (64..128).contains(&b);
            let protocol = (a, b, c) == (192, 0, 0);
            let benchmark = a == 198 && (b == 18 || b == 19);
            !(ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_multicast() || a == 0 || a >= 240)
                && !(shared || protocol || benchmark)
        }
        IpAddr::V6(ip) => {
            let first = ip.segments()[0];
            // Only what is given out, 2000::/3, without what stands for an IPv4 address (6to4, Teredo).
            (0x2000..0x4000).contains(&first) && first != 0x2002 && !(first == 0x2001 && ip.segments()[1] == 0)
        }
    }
}

impl Client {
    /// Puts a file; `moved` hears how many bytes have gone. Redirects are not followed: what is secret in the headers is for
    /// this server only.
    pub async fn put(
        &self,
        put: &Put,
        file: impl AsyncRead + Unpin + Send + 'static,
        mut moved: impl FnMut(u64),
    ) -> Result<(), MoveError> {
        let addresses = self.reachable(&put.url, &put.own_domains).await?;
        let mut sender = self.connected(&addresses, &put.url).await?;
        let gone = Arc::new(AtomicU64::new(0));
        let (pieces, rest) = mpsc::channel(PIECES);
        let reading = tokio::spawn(read_pieces(file, put.size, pieces));
        let body = Pieces { rest, left: put.size, gone: gone.clone() };
        let mut request = Request::put(put.url.path())
            .header(HOST, put.url.authority())
            .header(USER_AGENT, AGENT)
            .header(CONTENT_TYPE, put.media_type);
        for (name, value) in &put.headers {
            let mut value = HeaderValue::from_str(value).map_err(|_| WebError::Broken)?;
            value.set_sensitive(true);
            request = request.header(HeaderName::from_bytes(name.as_bytes()).map_err(|_| WebError::Broken)?, value);
        }
        let request = request.body(body).map_err(|_| WebError::Broken)?;
        let mut answer = std::pin::pin!(sender.send_request(request));
        let (mut last, mut quiet) = (0, Duration::ZERO);
        let tick = Duration::from_millis(200);
        let answer = loop {
            match timeout(tick, &mut answer).await {
                Ok(answer) => break answer,
                Err(_) => {
                    let now = gone.load(Ordering::Relaxed);
                    quiet = if now == last { quiet + tick } else { Duration::ZERO };
                    if now != last {
                        moved(now);
                    }
                    last = now;
                    if quiet >= STALLED {
                        return Err(WebError::Timeout.into());
                    }
                }
            }
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(_) => {
                // Whether the file could not be read to its end, or the connection broke.
                return Err(match reading.await {
                    Ok(Err(error)) => error,
                    Ok(Ok(())) | Err(_) => WebError::Broken.into(),
                });
            }
        };
        match answer.status() {
            StatusCode::OK | StatusCode::CREATED | StatusCode::NO_CONTENT => {
                moved(put.size);
                Ok(())
            }
            StatusCode::PAYLOAD_TOO_LARGE => Err(WebError::TooLarge.into()),
            StatusCode::UNAUTHORIZED => Err(WebError::Unauthorized.into()),
            other => Err(WebError::Status(other.as_u16()).into()),
        }
    }

    /// Gets a file; `moved` hears how many bytes have come and of how many, where the server says that. Answers how many came.
    pub async fn read(
        &self,
        read: &Read,
        mut to: impl AsyncWrite + Unpin,
        mut moved: impl FnMut(u64, Option<u64>),
    ) -> Result<u64, MoveError> {
        let mut url = read.url.clone();
        let mut left = MOST_REDIRECTS;
        let answer = loop {
            let answer =
                timeout(STALLED, self.ask_file(&url, &read.own_domains)).await.map_err(|_| WebError::Timeout)??;
            match answer.status() {
                StatusCode::OK => break answer,
                StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT => {
                    left = left.checked_sub(1).ok_or(WebError::TooManyRedirects)?;
                    let location = field(answer.headers(), &LOCATION).ok_or(WebError::Broken)?;
                    url = next(&url, &location, &read.url)?;
                }
                StatusCode::NOT_FOUND | StatusCode::GONE => {
                    return Err(WebError::Gone(answer.status().as_u16()).into());
                }
                StatusCode::UNAUTHORIZED => return Err(WebError::Unauthorized.into()),
                other => return Err(WebError::Status(other.as_u16()).into()),
            }
        };
        let fields = answer.headers();
        if field(fields, &CONTENT_ENCODING).is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
            return Err(WebError::Packed.into());
        }
        let size = field(fields, &CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
        if size.is_some_and(|size| size > read.most) {
            return Err(WebError::TooLarge.into());
        }
        moved(0, size);
        let mut body = answer.into_body();
        let mut done: u64 = 0;
        while let Some(frame) = timeout(STALLED, body.frame()).await.map_err(|_| WebError::Timeout)? {
            let Ok(piece) = frame.map_err(|_| WebError::Broken)?.into_data() else { continue };
            done += piece.len() as u64;
            if done > read.most {
                return Err(WebError::TooLarge.into());
            }
            to.write_all(&piece).await?;
            moved(done, size);
        }
        to.flush().await?;
        if size.is_some_and(|size| size != done) { Err(MoveError::Size) } else { Ok(done) }
    }

    async fn ask_file(&self, url: &HttpsUrl, own_domains: &[Arc<str>]) -> Result<Response<Incoming>, WebError> {
        let addresses = self.reachable(url, own_domains).await?;
        let mut sender = self.connected(&addresses, url).await?;
        let request = Request::get(url.path()).header(HOST, url.authority()).header(USER_AGENT, AGENT);
        let request = request.body(Empty::<Bytes>::new()).map_err(|_| WebError::Broken)?;
        sender.send_request(request).await.map_err(|_| WebError::Broken)
    }

    /// The addresses of a host, where all of them may be reached.
    async fn reachable(&self, url: &HttpsUrl, own_domains: &[Arc<str>]) -> Result<Vec<SocketAddr>, WebError> {
        let found = self.resolver.addresses(url.host()).await.map_err(|error| match error {
            DnsError::NotFound => WebError::NoHost,
            DnsError::ServerFailure | DnsError::Timeout => WebError::NoNames,
        })?;
        if found.is_empty() {
            return Err(WebError::NoHost);
        }
        let own = own_domains.iter().any(|domain| url.is_within(domain));
        if !own && !found.iter().all(|ip| may_reach(*ip)) {
            return Err(WebError::PrivateRedirect);
        }
        Ok(found.into_iter().map(|ip| SocketAddr::new(ip, url.port())).collect())
    }
}

/// Reads exactly so many bytes of a file and passes them on.
async fn read_pieces(
    mut file: impl AsyncRead + Unpin,
    size: u64,
    pieces: mpsc::Sender<Result<Bytes, MoveError>>,
) -> Result<(), MoveError> {
    let mut left = size;
    let mut buffer = vec![0; PIECE];
    while left > 0 {
        let read = match file.read(&mut buffer).await {
            Ok(0) => Err(MoveError::Size),
            Ok(read) => Ok(read),
            Err(error) => Err(error.into()),
        };
        let read = match read {
            Ok(read) => read.min(usize::try_from(left).unwrap_or(usize::MAX)),
            Err(error) => {
                // The request must not end as if it were whole.
                let _ = pieces.send(Err(MoveError::Size)).await;
                return Err(error);
            }
        };
        left -= read as u64;
        let piece = buffer.get(..read).map(Bytes::copy_from_slice).unwrap_or_default();
        if pieces.send(Ok(piece)).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// A body of pieces whose size is known.
struct Pieces {
    rest: mpsc::Receiver<Result<Bytes, MoveError>>,
    left: u64,
    gone: Arc<AtomicU64>,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = MoveError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, MoveError>>> {
        self.rest.poll_recv(context).map(|piece| {
            piece.map(|piece| {
                piece.map(|piece| {
                    self.left = self.left.saturating_sub(piece.len() as u64);
                    self.gone.fetch_add(piece.len() as u64, Ordering::Relaxed);
                    Frame::data(piece)
                })
            })
        })
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
