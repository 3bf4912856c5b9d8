//! A program that answers the control interface: the real server on a real socket, and a table instead of a manager.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tandem::account::{CallTo, Handle, Notice, NoticeBody, Refusal, RefusalKind, Reply, Request, Snapshot};
use tandem::control::{Server, serve};
use tandem::model::{CallId, MessageId, Meters};
use tandem::platform::Profile;
use tokio::sync::{broadcast, mpsc, watch};

use crate::fixtures;

/// How many notices a slow reader may lag behind.
pub const NOTICES: usize = 4;

/// A running program.
pub struct Program {
    pub profile: Profile,
    pub handle: Handle,
    pub server: Option<Server>,
    pub runtime: tokio::runtime::Runtime,
    asked: Arc<Mutex<Vec<Request>>>,
    snapshots: watch::Sender<Arc<Snapshot>>,
    notices: broadcast::Sender<Notice>,
    _meters: watch::Sender<Meters>,
    pub folder: tempfile::TempDir,
}

impl Program {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let profile = Profile::in_folder(&folder.path().join("profile"));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let (requests, mut received) = mpsc::channel(8);
        let (snapshots, shown) = watch::channel(Arc::new(fixtures::snapshot()));
        let (meters, levels) = watch::channel(Meters::default());
        let (notices, _) = broadcast::channel(NOTICES);
        let handle = Handle::new(requests, shown, levels, notices.clone());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        runtime.spawn(async move {
            while let Some((request, reply)) = received.recv().await {
                let answered: Result<Reply, Refusal> = answer(&request);
                log.lock().unwrap().push(request);
                let _ = reply.send(answered);
            }
        });
        let server = {
            let _inside = runtime.enter();
            Some(serve(handle.clone(), &profile).unwrap())
        };
        Self { profile, handle, server, runtime, asked, snapshots, notices, _meters: meters, folder }
    }

    pub fn connect(&self) -> Client {
        Client::connect(&self.socket())
    }

    pub fn socket(&self) -> PathBuf {
        PathBuf::from(fs::read_to_string(&self.profile.control_path).unwrap().trim())
    }

    /// The last thing that was asked of the program.
    pub fn last_request(&self) -> String {
        let asked = self.asked.lock().unwrap();
        format!("{:?}", asked.last().unwrap())
    }

    pub fn publish(&self, snapshot: Snapshot) {
        self.snapshots.send_replace(Arc::new(snapshot));
    }

    pub fn notify(&self, seq: u64, body: NoticeBody) {
        self.notices.send(Notice { seq, body }).unwrap();
    }

    pub fn is_watched(&self) -> bool {
        self.notices.receiver_count() > 0
    }

    pub fn shutdown(&mut self) {
        let server = self.server.take().unwrap();
        self.runtime.block_on(server.shutdown());
    }
}

fn answer(request: &Request) -> Result<Reply, Refusal> {
    Ok(match request {
        Request::Call { to: CallTo::Text(to), .. } => {
            let details: Vec<(Arc<str>, Arc<str>)> = match &**to {
                "choose" => vec![("work".into(), "sip:me@work.example".into())],
                "confirm" => vec![("cost".into(), "It may be charged.".into())],
                _ => Vec::new(),
            };
            let kind = match &**to {
                "choose" => RefusalKind::Choose,
                "confirm" => RefusalKind::Confirm,
                "no-target" => RefusalKind::NoTarget,
                "offline" => RefusalKind::Offline,
                "not-allowed" => RefusalKind::NotAllowed,
                "not-found" => RefusalKind::NotFound,
                "invalid" => RefusalKind::Invalid,
                _ => return Ok(Reply::Call(CallId(7))),
            };
            return Err(Refusal { kind, text: "A sentence.".into(), details, question: None });
        }
        Request::Calls { all } => {
            Reply::Calls(if *all { vec![fixtures::call(), fixtures::ended_call()] } else { vec![fixtures::call()] })
        }
        Request::Meeting(tandem::account::MeetingRequest::List) => {
            Reply::Meetings(Arc::from([Arc::new(fixtures::meeting())]))
        }
        Request::Stats(_) => Reply::Stats(Box::new(fixtures::stats())),
        Request::Send { .. } => Reply::Message(MessageId("m1".into())),
        Request::Messages { .. } | Request::Search(_) => Reply::Messages(vec![fixtures::message()]),
        Request::History { .. } => Reply::History(vec![fixtures::record()]),
        Request::Contacts { .. } => Reply::Contacts(vec![Arc::new(fixtures::contact())]),
        _ => Reply::Done,
    })
}

/// One connection.
pub struct Client {
    pub stream: UnixStream,
    reader: BufReader<UnixStream>,
}

impl Client {
    pub fn connect(path: &std::path::Path) -> Self {
        let stream = UnixStream::connect(path).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Self { reader: BufReader::new(stream.try_clone().unwrap()), stream }
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// The next line; null at the end.
    pub fn line(&mut self) -> Value {
        let mut line = String::new();
        self.reader.read_line(&mut line).unwrap();
        if line.is_empty() { Value::Null } else { serde_json::from_str(&line).unwrap() }
    }

    /// Sends a line and answers the next one.
    pub fn exchange(&mut self, line: &str) -> Value {
        self.send(format!("{line}\n").as_bytes());
        self.line()
    }

    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        self.exchange(&json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string())
    }

    /// The result of a request that is done.
    #[track_caller]
    pub fn result(&mut self, method: &str, params: Value) -> Value {
        let mut reply = self.ask(method, params);
        assert_eq!(reply["id"], 1, "{method}: {reply}");
        assert_eq!(reply["jsonrpc"], "2.0", "{method}: {reply}");
        reply.get_mut("result").unwrap_or_else(|| panic!("{method}: no result")).take()
    }

    /// The error of a request that is refused.
    #[track_caller]
    pub fn error(&mut self, method: &str, params: Value) -> Value {
        let mut reply = self.ask(method, params);
        assert_eq!(reply["id"], 1, "{method}: {reply}");
        reply.get_mut("error").unwrap_or_else(|| panic!("{method}: no error")).take()
    }
}
