//! The asking side of the control interface, for the command line. Blocking: a command line has nothing else to do.

use std::io::{self, BufRead as _, BufReader, Read as _, Write};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::command_line::Command;
use super::endpoint::{self, Asking};
use crate::platform::Profile;

/// How long a reply may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest reply that is read, in bytes.
const LONGEST_REPLY: u64 = 256 * 1024 * 1024;

/// It is done.
pub const DONE: u8 = 0;
/// Exit status: the request failed.
pub const FAILED: u8 = 1;
/// Exit status: wrong usage.
pub const WRONG_USAGE: u8 = 2;
/// Exit status: no instance of this profile runs.
pub const NOT_RUNNING: u8 = 3;

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ClientError {
    /// No instance of this profile runs.
    #[error("Tandem is not running with this profile.")]
    NotRunning,
    /// An instance of this profile runs already.
    #[error("Tandem is running with this profile already.")]
    AlreadyRunning,
    /// The instance refused: the error object of its reply.
    #[error("{}", .0.get("message").and_then(Value::as_str).unwrap_or("The request failed."))]
    Refused(Value),
    /// The instance went away, did not answer, or answered nonsense.
    #[error("The running Tandem did not answer: {0}")]
    Broken(String),
}

impl ClientError {
    /// The exit status.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::NotRunning => NOT_RUNNING,
            Self::AlreadyRunning | Self::Refused(_) | Self::Broken(_) => FAILED,
        }
    }

    /// What the command line promises and cannot do yet.
    pub fn unavailable() -> Self {
        let text = "Tandem cannot do this yet.";
        Self::Refused(json!({ "code": -32000, "message": text, "data": { "kind": "not-allowed" } }))
    }

    /// The line for standard error.
    pub fn to_json(&self) -> Value {
        let kind = match self {
            Self::Refused(error) => return error.clone(),
            Self::NotRunning => "not-running",
            Self::AlreadyRunning => "already-running",
            Self::Broken(_) => "broken",
        };
        json!({ "code": -32000, "message": self.to_string(), "data": { "kind": kind } })
    }
}

impl From<io::Error> for ClientError {
    fn from(error: io::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

/// Whether an instance of the profile runs.
pub fn is_running(profile: &Profile) -> bool {
    endpoint::connect(profile).is_some()
}

/// One request to the running instance of the profile.
pub fn request(profile: &Profile, method: &str, params: Map<String, Value>) -> Result<Value, ClientError> {
    let mut replies = ask(profile, method, params)?;
    replies.get_ref().set_read_timeout(Some(PATIENCE))?;
    read_reply(&mut replies)
}

/// Passes each notice on as its line, without the line's end, until `on_notice` answers an error or the instance ends.
pub fn watch(profile: &Profile, mut on_notice: impl FnMut(&str) -> io::Result<()>) -> Result<(), ClientError> {
    let mut replies = ask(profile, "watch", Map::new())?;
    read_reply(&mut replies)?;
    loop {
        let line = read_line(&mut replies)?;
        if line.is_empty() || on_notice(line.trim_end()).is_err() {
            return Ok(());
        }
    }
}

/// Hands over to the running instance what a second start was told to do. `None`: the command is not one to hand over,
/// or no instance runs, so this start has to become one.
pub fn hand_over(profile: &Profile, command: &Command) -> Option<Result<Value, ClientError>> {
    let params = |name: &str, value: &str| Map::from_iter([(name.to_owned(), Value::from(value))]);
    let (method, params) = match command {
        Command::Open => ("raise", Map::new()),
        Command::Chat(jid) => ("raise", params("with", jid)),
        Command::Call(target) => ("call", params("to", target)),
        Command::Uri(uri) => ("open", params("uri", uri)),
        Command::Headless
        | Command::CheckConfig(_)
        | Command::Provision { .. }
        | Command::ExplainNumber(_)
        | Command::Diagnose { .. }
        | Command::Ctl { .. }
        | Command::Watch
        | Command::Help
        | Command::Version => return None,
    };
    match request(profile, method, params) {
        Err(ClientError::NotRunning) => None,
        answered => Some(answered),
    }
}

/// `tandem ctl`: prints the result or the error as one line and answers the exit status.
pub fn run_ctl(
    profile: &Profile,
    method: &str,
    params: Map<String, Value>,
    out: &mut impl Write,
    errors: &mut impl Write,
) -> u8 {
    report(&request(profile, method, params), out, errors)
}

/// Every step of a number as the running instance reads it, a line each.
pub fn explain_number(profile: &Profile, number: &str) -> Result<String, ClientError> {
    let params = Map::from_iter([("number".to_owned(), Value::from(number))]);
    let steps = request(profile, "explain-number", params)?;
    let text = |step: &Value, name: &str| step[name].as_str().unwrap_or_default().to_owned();
    let rows = steps.as_array().into_iter().flatten();
    Ok(aligned(rows.map(|step| (text(step, "step"), text(step, "value"), text(step, "why")))))
}

/// The same from the steps themselves.
pub fn table_of(steps: &[crate::account::Step]) -> String {
    aligned(steps.iter().map(|step| (step.name.to_owned(), step.value.clone(), step.why.clone())))
}

/// Three columns; what came from outside cannot move the terminal's cursor.
fn aligned(rows: impl Iterator<Item = (String, String, String)>) -> String {
    rows.map(|(name, value, why)| {
        let value: String = value.chars().filter(|c| !c.is_control()).collect();
        format!("{name:<18} {value:<40} {why}\n")
    })
    .collect()
}

/// `tandem diagnose`: the report on `out`, or in `file`; answers the exit status.
pub fn run_diagnose(
    profile: &Profile,
    file: Option<&std::path::Path>,
    out: &mut impl Write,
    errors: &mut impl Write,
) -> u8 {
    let written = request(profile, "diagnose", Map::new()).and_then(|report| {
        let text = report.get("text").and_then(Value::as_str).unwrap_or_default();
        match file {
            Some(file) => std::fs::write(file, text)?,
            None => out.write_all(text.as_bytes()).and_then(|()| out.flush())?,
        }
        Ok(())
    });
    match written {
        Ok(()) => DONE,
        Err(error) => report(&Err(error), out, errors),
    }
}

/// `tandem ctl watch`: prints notices until interrupted, and answers the exit status.
pub fn run_watch(profile: &Profile, out: &mut impl Write, errors: &mut impl Write) -> u8 {
    let watched = watch(profile, |line| {
        writeln!(out, "{line}")?;
        out.flush()
    });
    match watched {
        Ok(()) => DONE,
        Err(error) => report(&Err(error), out, errors),
    }
}

/// Prints a result or an error as one line and answers the exit status.
pub fn report(result: &Result<Value, ClientError>, out: &mut impl Write, errors: &mut impl Write) -> u8 {
    // Who closed the output does not want to read it.
    match result {
        Ok(result) => {
            let _ = writeln!(out, "{result}").and_then(|()| out.flush());
            DONE
        }
        Err(error) => {
            let _ = writeln!(errors, "{}", error.to_json());
            error.exit_status()
        }
    }
}

fn ask(profile: &Profile, method: &str, params: Map<String, Value>) -> Result<BufReader<Asking>, ClientError> {
    let mut stream = endpoint::connect(profile).ok_or(ClientError::NotRunning)?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    // An instance that turns us away has closed already, and its reason waits to be read.
    let _ = stream.write_all(format!("{request}\n").as_bytes());
    Ok(BufReader::new(stream))
}

fn read_line(replies: &mut BufReader<Asking>) -> io::Result<String> {
    let mut line = String::new();
    replies.by_ref().take(LONGEST_REPLY).read_line(&mut line)?;
    Ok(line)
}

fn read_reply(replies: &mut BufReader<Asking>) -> Result<Value, ClientError> {
    let line = read_line(replies)?;
    if line.is_empty() {
        return Err(ClientError::Broken("it closed the connection.".to_owned()));
    }
    let Ok(Value::Object(mut reply)) = serde_json::from_str(&line) else {
        return Err(ClientError::Broken("its reply is not JSON-RPC.".to_owned()));
    };
    match (reply.remove("result"), reply.remove("error")) {
        (_, Some(error)) => Err(ClientError::Refused(error)),
        (Some(result), None) => Ok(result),
        (None, None) => Err(ClientError::Broken("its reply is not JSON-RPC.".to_owned())),
    }
}
