//! A conversation as a file: what is asked, what the shell writes, and how messages look in it.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::model::{Jid, Message, MessageDirection, WallTime, name_at};

/// How messages are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ExportFormat {
    /// For reading: a line a message, in UTC.
    #[default]
    Text,
    /// For programs: one object with everything that is known of each message.
    Json,
}

impl ExportFormat {
    /// `text` or `json`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// How the names of such files end.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Json => "json",
        }
    }
}

/// Write a conversation into a new file.
#[derive(Clone, PartialEq, Eq)]
pub struct ExportRequest {
    /// With whom, or which room.
    pub with: Jid,
    /// How.
    pub format: ExportFormat,
    /// The whole path of the file, which must not be there yet.
    pub path: Arc<str>,
}

// A path tells names (style habit 12).
impl std::fmt::Debug for ExportRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExportRequest").field("format", &self.format).finish_non_exhaustive()
    }
}

/// A part of a file, for the shell.
#[derive(Clone, PartialEq, Eq)]
pub struct ExportPart {
    /// Which export.
    pub id: u64,
    /// Where.
    pub path: Arc<str>,
    /// What.
    pub text: String,
    /// The file begins with it: it is made, for the user alone, and nothing that is there is overwritten.
    pub first: bool,
    /// The file ends with it.
    pub last: bool,
}

impl std::fmt::Debug for ExportPart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExportPart")
            .field("id", &self.id)
            .field("first", &self.first)
            .field("last", &self.last)
            .finish_non_exhaustive()
    }
}

/// What the shell says of a part.
#[derive(Debug)]
pub struct ExportWritten {
    /// Which export.
    pub id: u64,
    /// Whether that went well; else a sentence, and the file is gone again.
    pub result: Result<(), Arc<str>>,
}

/// Writes a conversation page by page.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    format: ExportFormat,
    with: Jid,
    name: Arc<str>,
    now: WallTime,
    /// So many messages so far.
    pub(super) written: u64,
    day: String,
}

impl Writer {
    pub(super) fn new(with: Jid, name: Arc<str>, format: ExportFormat, now: WallTime) -> Self {
        Self { format, with, name, now, written: 0, day: String::new() }
    }

    /// What stands before the first message.
    pub(super) fn head(&self) -> String {
        let program = format!("Tandem {}", env!("CARGO_PKG_VERSION"));
        match self.format {
            ExportFormat::Text => {
                let (day, clock) = moment(self.now);
                format!(
                    "Conversation with {} <{}>\nWritten by {program} on {day} at {clock}. All times are UTC.\n",
                    self.name,
                    self.with.shown()
                )
            }
            ExportFormat::Json => {
                let (with, name) = (Value::from(self.with.shown()), Value::from(&*self.name));
                let (written, program) = (json!(self.now), Value::from(program));
                format!("{{\"with\":{with},\"name\":{name},\"written\":{written},\"program\":{program},\"messages\":[")
            }
        }
    }

    /// What stands behind the last message.
    pub(super) fn tail(&self) -> &'static str {
        match self.format {
            ExportFormat::Text => "",
            ExportFormat::Json => "\n]}\n",
        }
    }

    /// One more message; `author` is what its author is called where the user did not write it.
    pub(super) fn message(&mut self, message: &Message, author: &str) -> String {
        self.written += 1;
        match self.format {
            ExportFormat::Json => {
                format!("{}\n{}", if self.written > 1 { "," } else { "" }, message_json(message))
            }
            ExportFormat::Text => self.line(message, author),
        }
    }

    fn line(&mut self, message: &Message, author: &str) -> String {
        const INDENT: &str = "           ";
        let (day, clock) = moment(message.time);
        let mut text = String::new();
        if day != self.day {
            text.push_str(&format!("\n{day}\n"));
            self.day = day;
        }
        let who = if message.direction == MessageDirection::Out { "You" } else { author };
        text.push_str(&format!("[{clock}] {who}: "));
        let body = if message.details.retracted { "(deleted)" } else { &message.body };
        // Whatever breaks a line: no text can look like a line of somebody else.
        for (at, part) in body.split(['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}']).enumerate() {
            if at > 0 {
                text.push_str(INDENT);
            }
            text.push_str(part);
            text.push('\n');
        }
        let mut note = |what: &str| text.push_str(&format!("{INDENT}({what})\n"));
        if message.corrected && !message.details.retracted {
            note("edited");
        }
        if message.delivery == crate::model::Delivery::Failed {
            note("not sent");
        }
        let reactions: Vec<String> = message.reactions().iter().map(|reaction| reaction.emoji.to_string()).collect();
        if !reactions.is_empty() {
            note(&format!("reactions: {}", reactions.join(" ")));
        }
        text
    }
}

/// Day and time of day, in UTC.
fn moment(time: WallTime) -> (String, String) {
    let text = time.to_rfc3339();
    let (day, clock) = text.split_once('T').unwrap_or((&text, ""));
    (day.to_owned(), clock.chars().take(8).collect())
}

/// A message as scripts get it: MESSAGE of `docs/control.md`.
pub fn message_json(message: &Message) -> Value {
    let details = &message.details;
    json!({
        "id": message.id,
        "with": message.with.shown(),
        "from": message.from.shown(),
        "via": if message.with.is_sip() { "sip" } else { "xmpp" },
        "direction": message.direction,
        "time": message.time,
        "body": message.body,
        "delivery": message.delivery,
        "failure": details.failure,
        "corrected": message.corrected,
        "versions": message
            .versions()
            .iter()
            .map(|version| json!({ "time": version.time, "body": version.text }))
            .collect::<Vec<_>>(),
        "retracted": details.retracted,
        "answers": details.reply.as_ref().map(|reply| json!({ "id": reply.message, "body": reply.text })),
        "reactions": message
            .reactions()
            .iter()
            .map(|reaction| json!({ "reaction": reaction.emoji, "by": reaction.by, "own": reaction.own }))
            .collect::<Vec<_>>(),
        "file": message.file().map(|url| json!({ "url": message.body, "name": name_at(&url) })),
        "encrypted": message.encrypted,
        "kind": details.kind,
        "nick": details.nick,
        "archive_id": details.archive.as_ref().map(|archive| &archive.id),
    })
}
