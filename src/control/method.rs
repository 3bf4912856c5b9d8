//! From a method's name and parameters to what is asked of the manager.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::account::{CallTo, Request};
use crate::model::{AccountId, CallId, DeviceRole, Jid, MessageId, QuestionId, Show, Via};

/// What a request comes to.
#[derive(Debug)]
pub enum Asked {
    /// Answered from the snapshot.
    Status,
    /// Answered from the snapshot.
    Questions,
    /// Answered from the snapshot.
    Devices,
    /// The connection becomes a stream of notices.
    Watch,
    /// The manager answers.
    Manager(Request),
}

/// Why a request cannot be understood.
#[derive(Debug, PartialEq, Eq)]
pub enum Misunderstood {
    /// There is no such method.
    Method,
    /// A parameter is missing or has the wrong form; a sentence.
    Parameters(String),
}

/// Rows of a page where the request says nothing.
const MESSAGES: u32 = 50;
const CONTACTS: u32 = 500;
/// Rows that one request may ask for.
const MOST_ROWS: u32 = 10_000;

/// How a parameter is written on the command line: everything that is not a number or a truth is a string.
pub fn from_words(key: &str, value: &str) -> Value {
    match key {
        "limit" => value.parse::<u32>().map_or_else(|_| value.into(), Value::from),
        "all" | "confirm" | "video" | "dry_run" => value.parse::<bool>().map_or_else(|_| value.into(), Value::from),
        _ => value.into(),
    }
}

/// Reads a request.
pub fn read(method: &str, params: &Value) -> Result<Asked, Misunderstood> {
    let none = Map::new();
    let map = match params {
        Value::Null => &none,
        Value::Object(map) => map,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            return Err(Misunderstood::Parameters("parameters are given by name".to_owned()));
        }
    };
    let mut given = Given { map, used: Vec::new() };
    let asked = asked(method, &mut given)?;
    given.finish()?;
    Ok(asked)
}

fn asked(method: &str, given: &mut Given<'_>) -> Result<Asked, Misunderstood> {
    let request = match method {
        "status" => return Ok(Asked::Status),
        "questions" => return Ok(Asked::Questions),
        "devices" => return Ok(Asked::Devices),
        "watch" => return Ok(Asked::Watch),
        "contacts" => Request::Contacts {
            with: given.optional("with", jid)?,
            limit: given.limit(CONTACTS)?,
            after: given.optional("after", jid)?,
        },
        "reply" => Request::Answered {
            question: given.needed("question", QuestionId::parse)?,
            choice: given.needed("choice", text)?,
        },
        "call" => Request::Call {
            to: given.needed("to", |to| text(to).map(CallTo::Text))?,
            account: given.optional("account", |id| Some(AccountId::new(id)))?,
            via: given.optional("via", |via| match via {
                "sip" => Some(Via::Sip),
                "jingle" => Some(Via::Jingle),
                _ => None,
            })?,
            confirm: given.truth("confirm")?,
            video: given.truth("video")?,
        },
        "calls" => Request::Calls { all: given.truth("all")? },
        "answer" => Request::Answer(given.call()?),
        "decline" => Request::Decline(given.call()?),
        "hangup" => Request::Hangup(given.call()?),
        "hold" => Request::Hold(given.call()?),
        "resume" => Request::Resume(given.call()?),
        "mute" => Request::Mute(given.call()?, true),
        "unmute" => Request::Mute(given.call()?, false),
        "dtmf" => Request::Dtmf(given.call()?, given.needed("digits", text)?),
        "stats" => Request::Stats(given.call()?),
        "send" => Request::Send { to: given.needed("to", jid)?, body: given.needed("body", text)? },
        "messages" => Request::Messages {
            with: given.needed("with", jid)?,
            limit: given.limit(MESSAGES)?,
            before: given.optional("before", |id| Some(MessageId(id.into())))?,
        },
        "history" => {
            Request::History { limit: given.limit(MESSAGES)?, before: given.optional("before", CallId::parse)? }
        }
        "presence" => Request::Presence { show: given.needed("show", show)?, status: given.optional("status", text)? },
        "set-device" => Request::SetDevice {
            role: given.needed("role", |role| match role {
                "input" => Some(DeviceRole::Input),
                "output" => Some(DeviceRole::Output),
                "ring" => Some(DeviceRole::Ring),
                _ => None,
            })?,
            name: given.needed("name", text)?,
        },
        "quit" => Request::Quit,
        _ => return Err(Misunderstood::Method),
    };
    Ok(Asked::Manager(request))
}

fn jid(text: &str) -> Option<Jid> {
    Jid::parse(text).ok()
}

fn text(text: &str) -> Option<Arc<str>> {
    (!text.is_empty()).then(|| text.into())
}

fn show(word: &str) -> Option<Show> {
    match word {
        "available" => Some(Show::Available),
        "chat" => Some(Show::Chat),
        "away" => Some(Show::Away),
        "xa" => Some(Show::Xa),
        "dnd" => Some(Show::Dnd),
        "offline" => Some(Show::Offline),
        _ => None,
    }
}

/// Parameters, and which of them were looked at: what is left over is a mistake worth telling.
struct Given<'a> {
    map: &'a Map<String, Value>,
    used: Vec<&'static str>,
}

impl Given<'_> {
    fn value(&mut self, key: &'static str) -> Option<&Value> {
        self.used.push(key);
        self.map.get(key).filter(|value| !value.is_null())
    }

    fn optional<T>(&mut self, key: &'static str, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Misunderstood> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let found = value.as_str().and_then(read);
        found.map(Some).ok_or_else(|| Misunderstood::Parameters(format!("\"{key}\" has a form that makes no sense here")))
    }

    fn needed<T>(&mut self, key: &'static str, read: impl Fn(&str) -> Option<T>) -> Result<T, Misunderstood> {
        self.optional(key, read)?.ok_or_else(|| Misunderstood::Parameters(format!("\"{key}\" is missing")))
    }

    fn call(&mut self) -> Result<CallId, Misunderstood> {
        self.needed("call", CallId::parse)
    }

    fn truth(&mut self, key: &'static str) -> Result<bool, Misunderstood> {
        match self.value(key) {
            None => Ok(false),
            Some(value) => {
                value.as_bool().ok_or_else(|| Misunderstood::Parameters(format!("\"{key}\" is true or false")))
            }
        }
    }

    fn limit(&mut self, default: u32) -> Result<u32, Misunderstood> {
        match self.value("limit") {
            None => Ok(default),
            Some(value) => value
                .as_u64()
                .and_then(|limit| u32::try_from(limit).ok())
                .filter(|limit| (1..=MOST_ROWS).contains(limit))
                .ok_or_else(|| Misunderstood::Parameters(format!("\"limit\" is a number from 1 to {MOST_ROWS}"))),
        }
    }

    fn finish(self) -> Result<(), Misunderstood> {
        match self.map.keys().find(|key| !self.used.contains(&key.as_str())) {
            Some(key) => Err(Misunderstood::Parameters(format!("there is no parameter \"{key}\" here"))),
            None => Ok(()),
        }
    }
}
