//! One connection: frames in, bytes out, everything bounded.

use std::future::pending;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use minidom::Element;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::time::{Instant, sleep_until};

use crate::net::route::local_towards;
use crate::xmpp::framing::{Frame, Framer, FramingError, STREAM_END, encode};

/// A stanza must be complete this long after its first byte (a trickle would otherwise hold memory for ever).
const STANZA_TIMEOUT: Duration = Duration::from_secs(30);
/// From which on a stanza is large: nothing in ordinary operation is.
const USUAL_LARGEST: usize = 256 * 1024;
/// The slowest that a large stanza may come, bytes a second: a roster of 10,000 over a bad mobile network.
const SLOWEST: f64 = 4_096.0;
/// The peer must take some of what we write within this time.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes that may wait to be written. When full, the peer has stopped reading: the connection counts as lost.
const MOST_UNWRITTEN: usize = 4 << 20;
/// With so much unwritten the peer is not read; so much more is allowed each time that it takes nothing meanwhile.
const CROWDED: usize = 128 * 1024;
/// A peer that takes nothing for so long is read all the same.
const CROWDED_TIMEOUT: Duration = Duration::from_secs(1);
/// Bytes that are read at once: what a flood can put in front of a command of the user.
const READ_AT_ONCE: usize = 16 * 1024;
/// So much room for output is kept when everything is written, in bytes: answers to a flood of questions are large once.
const KEPT: usize = 64 * 1024;
/// How long a polite end may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// What a connection runs over: TCP, or TLS over TCP.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// Why the connection is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Loss {
    /// The peer closed it without ending the stream.
    #[error("The server closed the connection.")]
    Closed,
    /// The system reports it broken.
    #[error("The connection broke ({0}).")]
    Broken(io::ErrorKind),
    /// A stanza was not complete in time.
    #[error("The server began something and did not end it in time.")]
    Trickle,
    /// The peer does not read what we write.
    #[error("The server does not take what is sent.")]
    Stalled,
    /// What came is no XMPP stream.
    #[error("The connection was broken off: {0}.")]
    Framing(#[from] FramingError),
}

/// One connection, with at most one stream on it at a time.
pub(super) struct Wire {
    reader: ReadHalf<Box<dyn Duplex>>,
    writer: WriteHalf<Box<dyn Duplex>>,
    framer: Framer,
    input: Box<[u8]>,
    output: Vec<u8>,
    stanza_timeout: Duration,
    /// When the stanza that has begun must be complete.
    stanza_by: Option<Instant>,
    /// A large stanza is expected, which gets its time by its length.
    large: bool,
    /// How slow that may be, bytes a second.
    slowest: f64,
    /// When the peer must have taken some of `output`.
    write_by: Option<Instant>,
    /// With more than this in `output` nothing is read, so that a server's questions are answered no faster than it takes the answers.
    read_below: usize,
    /// When it is read all the same, because the peer may take nothing before we do.
    read_by: Option<Instant>,
    /// Our address on it, and the other end.
    ends: Option<(IpAddr, SocketAddr)>,
}

impl Wire {
    pub(super) fn new(socket: Box<dyn Duplex>) -> Self {
        let (reader, writer) = tokio::io::split(socket);
        Self {
            reader,
            writer,
            framer: Framer::default(),
            input: vec![0; READ_AT_ONCE].into(),
            output: Vec::new(),
            stanza_timeout: STANZA_TIMEOUT,
            stanza_by: None,
            large: false,
            slowest: SLOWEST,
            write_by: None,
            read_below: CROWDED,
            read_by: None,
            ends: None,
        }
    }

    /// Says between which addresses it runs.
    pub(super) fn set_ends(&mut self, ends: Option<(IpAddr, SocketAddr)>) {
        self.ends = ends;
    }

    /// Our address towards the server, where it is known.
    pub(super) fn local(&self) -> Option<IpAddr> {
        self.ends.map(|(local, _)| local)
    }

    /// Whether another address of ours leads to the other end by now.
    pub(super) fn has_moved(&self) -> bool {
        self.ends.is_some_and(|(local, remote)| local_towards(remote).is_some_and(|way| way != local))
    }

    /// Begins a stream: what was read before belongs to the old one.
    pub(super) fn open_stream(&mut self, header: &[u8]) {
        self.framer = Framer::default();
        self.stanza_by = None;
        self.queue(header);
    }

    /// Queues a stanza; [`Self::next`] writes it.
    pub(super) fn send(&mut self, stanza: &Element) -> Result<(), Loss> {
        self.queue(&encode(stanza));
        if self.output.len() > MOST_UNWRITTEN { Err(Loss::Stalled) } else { Ok(()) }
    }

    /// Changes the largest stanza that is accepted; beyond the usual, each byte that comes buys it more time.
    pub(super) fn set_largest(&mut self, bytes: usize) {
        self.large = bytes > USUAL_LARGEST;
        self.framer.set_largest(bytes);
    }

    /// Writes what is queued and answers the next frame; with `read` false it only writes, and never returns a frame.
    ///
    /// Nothing is lost when the future is dropped.
    pub(super) async fn next(&mut self, read: bool) -> Result<Frame, Loss> {
        loop {
            if let Some(frame) = self.next_or_part(read).await? {
                return Ok(frame);
            }
        }
    }

    /// The same, but answers as well when a part of a large stanza came: `None`.
    pub(super) async fn next_or_part(&mut self, read: bool) -> Result<Option<Frame>, Loss> {
        loop {
            let crowded = self.output.len() > self.read_below;
            let read = read && !crowded;
            if !read {
                // It is not the peer who keeps us waiting.
                self.stanza_by = None;
            } else if self.stanza_by.is_none() && self.framer.is_inside() {
                self.stanza_by = Some(Instant::now() + self.stanza_timeout);
            }
            self.read_by = crowded.then(|| self.read_by.unwrap_or_else(|| Instant::now() + CROWDED_TIMEOUT));
            if read {
                if let Some(frame) = self.framer.poll() {
                    return Ok(Some(frame));
                }
                if let Some(error) = self.framer.failure() {
                    return Err(error.into());
                }
            }
            let deadline = self.stanza_by.into_iter().chain(self.write_by).chain(self.read_by).min();
            tokio::select! {
                got = self.reader.read(&mut self.input), if read => {
                    let length = got.map_err(broken)?;
                    self.handle_input(length)?;
                    if self.large && self.framer.is_inside() && !self.framer.has_ready() {
                        return Ok(None);
                    }
                }
                wrote = self.writer.write(&self.output), if !self.output.is_empty() => {
                    let length = wrote.map_err(broken)?;
                    self.handle_written(length).await?;
                }
                () = until(deadline) => self.handle_timeout(Instant::now())?,
            }
        }
    }

    /// The bare connection, for a TLS handshake. `None` when something was read that belongs to no stream: whoever
    /// put it there wants it to be taken for protected (CVE-2011-0411 and its kin).
    pub(super) fn into_socket(mut self) -> Option<Box<dyn Duplex>> {
        let clean = self.framer.poll().is_none() && !self.framer.is_inside();
        clean.then(|| self.reader.unsplit(self.writer))
    }

    /// Writes what is queued and the end of the stream, within two seconds.
    pub(super) async fn close(mut self) {
        self.output.extend_from_slice(STREAM_END);
        let polite = async {
            self.writer.write_all(&self.output).await?;
            self.writer.flush().await?;
            self.writer.shutdown().await
        };
        // The connection goes away either way.
        let _ = tokio::time::timeout(CLOSE_TIMEOUT, polite).await;
    }

    fn queue(&mut self, bytes: &[u8]) {
        self.output.extend_from_slice(bytes);
        self.write_by.get_or_insert_with(|| Instant::now() + WRITE_TIMEOUT);
    }

    fn handle_input(&mut self, length: usize) -> Result<(), Loss> {
        if length == 0 {
            return Err(Loss::Closed);
        }
        let was_inside = self.framer.is_inside();
        // An offence is told by `next`, after what was complete before it.
        let _ = self.framer.push(self.input.get(..length).unwrap_or_default());
        if !self.framer.is_inside() {
            self.stanza_by = None;
        } else if !was_inside || self.framer.has_ready() {
            self.stanza_by = Some(Instant::now() + self.stanza_timeout);
        } else if let (true, Some(by)) = (self.large, &mut self.stanza_by) {
            // Bounded by the largest stanza: whoever sends slower than this runs out of time all the same.
            *by += Duration::from_secs_f64(length as f64 / self.slowest);
        }
        Ok(())
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), Loss> {
        let over = |deadline: Option<Instant>| deadline.is_some_and(|by| by <= now);
        if over(self.write_by) {
            return Err(Loss::Stalled);
        }
        if over(self.read_by) {
            // Two ends that both wait for the other to read would wait for ever.
            self.read_below = self.output.len() + CROWDED;
            self.read_by = None;
        }
        if over(self.stanza_by) { Err(Loss::Trickle) } else { Ok(()) }
    }

    async fn handle_written(&mut self, length: usize) -> Result<(), Loss> {
        if length == 0 {
            return Err(Loss::Closed);
        }
        self.read_by = None;
        self.output.drain(..length.min(self.output.len()));
        self.write_by = if self.output.is_empty() {
            // TLS keeps the last record until it is flushed.
            self.writer.flush().await.map_err(broken)?;
            self.output.shrink_to(KEPT);
            self.read_below = CROWDED;
            None
        } else {
            Some(Instant::now() + WRITE_TIMEOUT)
        };
        Ok(())
    }
}

fn broken(error: io::Error) -> Loss {
    match error.kind() {
        // TLS that ends without `close_notify`: the stanzas before it were whole, so nothing was cut off unnoticed.
        io::ErrorKind::UnexpectedEof => Loss::Closed,
        kind => Loss::Broken(kind),
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(at) => sleep_until(at).await,
        None => pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &[u8] = b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

    /// A wire whose stream is open, and the server's end of it.
    async fn opened() -> (Wire, tokio::io::DuplexStream) {
        let (ours, mut theirs) = tokio::io::duplex(1 << 16);
        let mut wire = Wire::new(Box::new(ours));
        theirs.write_all(HEADER).await.expect("room");
        assert_eq!(wire.next(true).await, Ok(Frame::Opened));
        (wire, theirs)
    }

    #[tokio::test]
    async fn f07_a_stream_whose_address_no_longer_leads_to_the_server_is_known_as_dead() {
        let (mut wire, _theirs) = opened().await;
        let server: SocketAddr = "127.0.0.1:5222".parse().expect("an address");
        assert!(!wire.has_moved(), "nothing is known");
        wire.set_ends(Some(([127, 0, 0, 1].into(), server)));
        assert!(!wire.has_moved());
        wire.set_ends(Some(([192, 0, 2, 7].into(), server)));
        assert!(wire.has_moved());
    }

    #[tokio::test]
    async fn x33_a_stanza_that_trickles_in_is_cut_off_at_one_deadline() {
        let (mut wire, mut theirs) = opened().await;
        wire.stanza_timeout = Duration::from_millis(300);
        let trickle = tokio::spawn(async move {
            theirs.write_all(b"<message a='").await.expect("room");
            // Every byte is in time by itself; the stanza never is.
            while theirs.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let started = std::time::Instant::now();
        assert_eq!(wire.next(true).await, Err(Loss::Trickle));
        assert!((250..2000).contains(&started.elapsed().as_millis()), "{:?}", started.elapsed());
        drop(wire);
        trickle.await.expect("ends with the connection");
    }

    /// A roster of ten thousand people over a slow network takes longer than any other stanza may, and comes all the same.
    #[tokio::test]
    async fn a_large_roster_may_come_slowly_and_is_seen_to_come_but_not_drop_by_drop() {
        for (each, arrives) in [(8_000, true), (100, false)] {
            let (mut wire, mut theirs) = opened().await;
            wire.set_largest(16 << 20);
            (wire.stanza_timeout, wire.slowest) = (Duration::from_millis(300), 40_000.0);
            let server = tokio::spawn(async move {
                theirs.write_all(b"<iq>").await.expect("room");
                for _ in 0..60 {
                    if theirs.write_all(&vec![b'x'; each]).await.is_err() {
                        return None;
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                theirs.write_all(b"</iq>").await.ok().map(|()| theirs)
            });
            let mut parts = 0;
            let arrived = loop {
                match wire.next_or_part(true).await {
                    Ok(None) => parts += 1,
                    Ok(Some(frame)) => break matches!(frame, Frame::Stanza(_)),
                    Err(loss) => {
                        assert_eq!(loss, Loss::Trickle);
                        break false;
                    }
                }
            };
            assert_eq!(arrived, arrives, "{each} bytes at a time");
            assert!(parts >= 3, "each part is a sign of life: {parts}");
            drop(wire);
            server.await.expect("no panic");
        }
    }

    #[tokio::test]
    async fn x33_many_stanzas_in_time_are_not_one_late_stanza() {
        let (mut wire, mut theirs) = opened().await;
        wire.stanza_timeout = Duration::from_millis(200);
        let busy = tokio::spawn(async move {
            // Each write ends one stanza and begins the next, so the reader is always inside one.
            for _ in 0..20 {
                theirs.write_all(b"/><message").await.expect("room");
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
            theirs.write_all(b"/></stream:stream>").await.expect("room");
            theirs
        });
        let mut stanzas = 0;
        // The first write begins with `/>`, which is text in the wrong place unless a tag is open: open one.
        let mut head = Framer::default();
        head.push(HEADER).expect("a header");
        head.push(b"<message").expect("a piece");
        head.poll();
        wire.framer = head;
        loop {
            match wire.next(true).await {
                Ok(Frame::Stanza(_)) => stanzas += 1,
                Ok(Frame::Closed) => break,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(stanzas, 21);
        busy.await.expect("no panic");
    }

    #[tokio::test]
    async fn while_reading_is_held_back_writing_goes_on() {
        let (mut wire, mut theirs) = opened().await;
        theirs.write_all(b"<message/>").await.expect("room");
        wire.send(&Element::bare("presence", "jabber:client")).expect("writable");
        let held = tokio::time::timeout(Duration::from_millis(100), wire.next(false)).await;
        assert!(held.is_err(), "no frame comes while reading is held back");
        let mut sent = [0; 9];
        theirs.read_exact(&mut sent).await.expect("written");
        assert_eq!(&sent, b"<presence");
        assert!(matches!(wire.next(true).await, Ok(Frame::Stanza(_))));
    }

    /// Answers of 800 bytes to questions of 80, until `questions` are answered or the wire gives up.
    async fn answer(mut wire: Wire, questions: usize) -> Result<usize, Loss> {
        let answer = Element::builder("iq", "jabber:client").append("x".repeat(800)).build();
        let mut most = 0;
        for _ in 0..questions {
            wire.next(true).await?;
            wire.send(&answer)?;
            most = most.max(wire.output.len());
        }
        while !wire.output.is_empty() {
            let _ = tokio::time::timeout(Duration::from_millis(5), wire.next(false)).await;
        }
        Ok(most)
    }

    /// Prosody asks every contact's name for its features when somebody with 10,000 of them signs in.
    #[tokio::test]
    async fn f29_ten_thousand_questions_are_answered_no_faster_than_the_server_takes_the_answers() {
        let (wire, theirs) = opened().await;
        let (mut reader, mut writer) = tokio::io::split(theirs);
        let asking = tokio::spawn(async move {
            let question = format!("<iq id='{}'/>", "q".repeat(66));
            for _ in 0..10_000 {
                writer.write_all(question.as_bytes()).await.expect("the wire is there");
            }
            writer
        });
        let taking = tokio::spawn(async move {
            let (mut taken, mut piece) = (0, vec![0; 64 * 1024]);
            while let Ok(length @ 1..) = reader.read(&mut piece).await {
                taken += length;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            taken
        });
        let most = answer(wire, 10_000).await.expect("the wire lives");
        assert!(most < 2 * CROWDED, "{most} bytes waited");
        drop(asking.await.expect("all was asked"));
        assert!(taking.await.expect("no panic") > 8_000_000);
    }

    #[tokio::test]
    async fn f29_a_server_that_reads_only_when_all_it_wrote_is_read_is_no_deadlock() {
        let (wire, theirs) = opened().await;
        let (mut reader, mut writer) = tokio::io::split(theirs);
        let server = tokio::spawn(async move {
            let question = format!("<iq id='{}'/>", "q".repeat(66));
            // Ours fill the pipe after 80 answers: the rest of the questions must be read before any more is taken.
            for _ in 0..1_500 {
                writer.write_all(question.as_bytes()).await.expect("the wire is there");
            }
            let mut piece = vec![0; 64 * 1024];
            while let Ok(1..) = reader.read(&mut piece).await {}
        });
        answer(wire, 1_500).await.expect("the wire lives");
        server.await.expect("no panic");
    }

    #[tokio::test]
    async fn x37_bytes_behind_the_last_frame_forbid_the_handshake() {
        let (mut wire, mut theirs) = opened().await;
        theirs.write_all(b"<proceed/><stream:features>").await.expect("room");
        assert!(matches!(wire.next(true).await, Ok(Frame::Stanza(_))));
        assert!(wire.into_socket().is_none());
        let (mut wire, mut theirs) = opened().await;
        theirs.write_all(b"<proceed/>").await.expect("room");
        assert!(matches!(wire.next(true).await, Ok(Frame::Stanza(_))));
        assert!(wire.into_socket().is_some());
    }
}
