//! One connection: requests in, replies out in the same order; or a stream of notices.

use std::io;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWriteExt as _, BufReader, ReadHalf, WriteHalf};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::watch;

use super::endpoint::Stream;
use super::json as shapes;
use super::method::{self, Todo};
use super::wire::{self, Fault, LONGEST_REQUEST};
use crate::account::{Handle, Notice, NoticeBody, Notices, Request};
use crate::platform;

/// How long a reader may take for one reply before the connection is closed.
const READER_PATIENCE: Duration = Duration::from_secs(60);
/// How long the snapshot is waited for to contain what has been asked for before; then the present one serves.
const SNAPSHOT_PATIENCE: Duration = Duration::from_secs(1);

/// Serves a connection until it closes, breaks, or the program stops.
pub(super) async fn serve(stream: Stream, handle: Handle, stopped: watch::Receiver<bool>) {
    // A connection that breaks concerns nobody but its reader.
    let _ = run(stream, &handle, stopped).await;
}

async fn run(stream: Stream, handle: &Handle, mut stopped: watch::Receiver<bool>) -> io::Result<()> {
    let (reader, mut writer) = tokio::io::split(stream);
    let mut lines = Lines::new(reader);
    loop {
        let line = tokio::select! {
            line = lines.next() => line?,
            _ = stopped.wait_for(|stopped| *stopped) => return Ok(()),
        };
        let asked = match line {
            Line::End => return Ok(()),
            Line::TooLong => Err((Value::Null, Fault::too_long())),
            Line::Whole(line) if line.trim_ascii().is_empty() => continue,
            Line::Whole(line) => wire::parse(&line),
        };
        let (id, answer) = match asked {
            Err((id, fault)) => (Some(id), Err(fault)),
            Ok(asked) => match method::read(&asked.method, asked.params) {
                Err(fault) => (asked.id, Err(fault)),
                Ok(Todo::Watch) => {
                    // From before the reply: whoever has it misses nothing that happens after it.
                    let notices = handle.notices();
                    if let Some(id) = asked.id {
                        write(&mut writer, &wire::reply(&id, &Ok(json!({})))).await?;
                    }
                    return watch_notices(handle, notices, lines, writer, stopped).await;
                }
                Ok(todo) => (asked.id, answer(handle, todo).await),
            },
        };
        if let Some(id) = id {
            write(&mut writer, &wire::reply(&id, &answer)).await?;
        }
    }
}

async fn answer(handle: &Handle, todo: Todo) -> Result<Value, Fault> {
    match todo {
        Todo::Ask(request) => {
            let reply = handle.request(request).await?;
            Ok(method::result(reply, platform::now()))
        }
        Todo::Read(view) => {
            catch_up(handle).await;
            Ok(method::view(view, &handle.snapshot(), platform::now()))
        }
        Todo::Watch => Ok(json!({})),
    }
}

/// Waits until the snapshot shows what happened before: requests are answered in order, after the snapshots of what
/// came before them.
async fn catch_up(handle: &Handle) {
    let _ = tokio::time::timeout(SNAPSHOT_PATIENCE, handle.request(Request::Calls { all: false })).await;
}

async fn watch_notices(
    handle: &Handle,
    mut notices: Notices,
    mut lines: Lines<ReadHalf<Stream>>,
    mut writer: WriteHalf<Stream>,
    mut stopped: watch::Receiver<bool>,
) -> io::Result<()> {
    loop {
        let notice = tokio::select! {
            notice = notices.recv() => notice,
            // Whatever else is sent here has no meaning any more; the end means that nobody listens.
            line = lines.next() => match line? {
                Line::End => return Ok(()),
                Line::Whole(_) | Line::TooLong => continue,
            },
            _ = stopped.wait_for(|stopped| *stopped) => break,
        };
        match notice {
            Ok(notice) => tell(handle, &mut writer, &notice).await?,
            // The reader sees the gap in `seq`.
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return Ok(()),
        }
    }
    loop {
        match notices.try_recv() {
            Ok(notice) => tell(handle, &mut writer, &notice).await?,
            Err(TryRecvError::Lagged(_)) => {}
            Err(TryRecvError::Empty | TryRecvError::Closed) => return Ok(()),
        }
    }
}

async fn tell(handle: &Handle, writer: &mut WriteHalf<Stream>, notice: &Notice) -> io::Result<()> {
    let Some((name, data)) = content(handle, &notice.body).await else { return Ok(()) };
    let line = json!({ "seq": notice.seq, "notice": name, "data": data });
    // No patience here: a reader that is slow loses notices, not its connection.
    writer.write_all(format!("{line}\n").as_bytes()).await
}

/// A notice's name and data; `None` for what only the window wants to know, or what is over already.
async fn content(handle: &Handle, body: &NoticeBody) -> Option<(&'static str, Value)> {
    Some(match body {
        NoticeBody::Call(call) => ("call", shapes::call(call, platform::now())),
        NoticeBody::Message(message) => ("message", super::talk::shape(message)),
        NoticeBody::Account(id) => {
            catch_up(handle).await;
            let snapshot = handle.snapshot();
            let state = snapshot.accounts.iter().find(|state| state.id == *id)?;
            ("account", shapes::account(state, platform::now()))
        }
        NoticeBody::Question(id) => {
            catch_up(handle).await;
            let snapshot = handle.snapshot();
            let question = snapshot.questions.iter().find(|question| question.id == *id)?;
            ("question", shapes::question(question))
        }
        NoticeBody::Problem(text) => ("problem", json!({ "text": text })),
        NoticeBody::Voicemail(id) => {
            catch_up(handle).await;
            ("voicemail", super::events::voicemail_of(&handle.snapshot(), id))
        }
        NoticeBody::Lamp(id, address) => {
            catch_up(handle).await;
            ("lamp", super::events::lamp_of(&handle.snapshot(), id, address))
        }
        NoticeBody::Attention(jid) => ("attention", json!({ "with": jid })),
        NoticeBody::Raise(_) | NoticeBody::Write(..) => return None,
        NoticeBody::Quit => ("quit", json!({})),
    })
}

async fn write(writer: &mut WriteHalf<Stream>, line: &str) -> io::Result<()> {
    tokio::time::timeout(READER_PATIENCE, writer.write_all(line.as_bytes()))
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

/// What a reader finds.
#[derive(Debug, PartialEq, Eq)]
enum Line {
    /// A line, or what came before the end.
    Whole(Vec<u8>),
    /// A line beyond the limit; its rest is skipped.
    TooLong,
    /// Nothing more comes.
    End,
}

/// Cuts a stream into lines and keeps at most one of them, at most [`LONGEST_REQUEST`] bytes long.
struct Lines<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
    /// Inside the rest of a line that was too long.
    skipping: bool,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    fn new(reader: R) -> Self {
        Self { reader: BufReader::new(reader), line: Vec::new(), skipping: false }
    }

    /// The next line. What was read stays when this is dropped before it is done.
    async fn next(&mut self) -> io::Result<Line> {
        loop {
            let chunk = self.reader.fill_buf().await?;
            if chunk.is_empty() {
                let rest = std::mem::take(&mut self.line);
                let skipped = std::mem::take(&mut self.skipping);
                return Ok(if rest.is_empty() || skipped { Line::End } else { Line::Whole(rest) });
            }
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let (part, used) = match end {
                Some(end) => (chunk.get(..end).unwrap_or_default(), end + 1),
                None => (chunk, chunk.len()),
            };
            let fits = !self.skipping && self.line.len() + part.len() <= LONGEST_REQUEST;
            if fits {
                self.line.extend_from_slice(part);
            }
            self.reader.consume(used);
            match (fits, end) {
                (true, Some(_)) => return Ok(Line::Whole(std::mem::take(&mut self.line))),
                (true, None) => {}
                (false, end) => {
                    let told = std::mem::replace(&mut self.skipping, end.is_none());
                    self.line = Vec::new();
                    if !told {
                        return Ok(Line::TooLong);
                    }
                }
            }
        }
    }
}
