//! `tandem ctl METHOD [key=value …]`: one request to the running instance.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::method;

/// The exit status of the command line (docs/control.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The request was done.
    Done,
    /// The request failed; one line of JSON on standard error says why.
    Failed,
    /// The command line makes no sense.
    Usage,
    /// No instance runs on this profile.
    NotRunning,
}

impl Exit {
    /// As a number: 0 to 3.
    pub fn status(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotRunning => 3,
        }
    }
}

/// Connects to the running instance; `note` is the profile's `control.path`.
pub fn connect(note: &Path) -> Option<UnixStream> {
    let path = fs::read_to_string(note).ok()?;
    UnixStream::connect(path.trim()).ok()
}

/// One request: the result, or the error object. `None`: nothing runs, or it ended meanwhile.
pub fn request(note: &Path, method: &str, params: &Value) -> Option<Result<Value, Value>> {
    let mut stream = connect(note)?;
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    stream.write_all(format!("{request}\n").as_bytes()).ok()?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).ok()?;
    let mut reply: Value = serde_json::from_str(&line).ok()?;
    Some(match reply.get_mut("error").map(Value::take) {
        Some(error) => Err(error),
        None => Ok(reply.get_mut("result").map(Value::take).unwrap_or_default()),
    })
}

/// Runs `ctl` with what follows it on the command line.
pub fn run(note: &Path, arguments: &[String], out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    let Some((method, pairs)) = arguments.split_first() else {
        let _ = writeln!(err, "usage: tandem ctl METHOD [key=value …]");
        return Exit::Usage;
    };
    let mut params = Map::new();
    for pair in pairs {
        let Some((key, value)) = pair.split_once('=') else {
            let _ = writeln!(err, "\"{pair}\" is not key=value");
            return Exit::Usage;
        };
        params.insert(key.to_owned(), method::from_words(key, value));
    }
    if method == "watch" {
        return watch(note, out, err);
    }
    match request(note, method, &Value::Object(params)) {
        Some(Ok(result)) => {
            let _ = writeln!(out, "{result}");
            Exit::Done
        }
        Some(Err(error)) => {
            let _ = writeln!(err, "{error}");
            Exit::Failed
        }
        None => not_running(err),
    }
}

fn not_running(err: &mut dyn Write) -> Exit {
    let _ = writeln!(err, "No Tandem runs on this profile.");
    Exit::NotRunning
}

/// Prints notices until the program or the reader ends.
fn watch(note: &Path, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    let Some(mut stream) = connect(note) else { return not_running(err) };
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "watch" });
    if stream.write_all(format!("{request}\n").as_bytes()).is_err() {
        return not_running(err);
    }
    // The first line is the reply to the request itself.
    for line in BufReader::new(stream).lines().skip(1) {
        let printed = line.and_then(|line| writeln!(out, "{line}").and_then(|()| out.flush()));
        match printed {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
            Err(_) => break,
        }
    }
    Exit::Done
}
