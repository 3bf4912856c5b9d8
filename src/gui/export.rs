//! Writing a conversation into a file: the sheet that asks where and how.

use std::sync::Arc;

use super::app::{App, Effect, Overlay, Purpose, name};
use super::talk::{Purpose as Asked, Sheet};
use super::text::export as words;
use super::update::ask_for;
use crate::account::{ExportFormat, ExportRequest, Refusal, Reply, Request};
use crate::model::Jid;

/// What happened.
#[derive(Clone, Debug)]
pub enum Message {
    /// Ask where and how, for this conversation.
    Open(Jid),
    /// The path changed.
    Path(String),
    /// For reading, or for programs.
    Format(ExportFormat),
    /// Write it.
    Write,
}

/// What the sheet holds.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Which conversation.
    pub with: Option<Jid>,
    /// What it is called.
    pub name: Arc<str>,
    /// Into which file.
    pub path: String,
    /// How.
    pub format: ExportFormat,
    /// It is being written.
    pub busy: bool,
    /// Why it could not be, a sentence.
    pub problem: Option<Arc<str>>,
}

impl App {
    pub(super) fn update_export(&mut self, message: Message) -> Vec<Effect> {
        let state = &mut self.talk.export;
        match message {
            Message::Open(jid) => {
                let called = self
                    .snapshot
                    .room(&jid)
                    .map(|room| room.name.to_string())
                    .or_else(|| self.people.contact(&self.snapshot, &jid).map(|contact| contact.name.to_string()));
                let called = called.unwrap_or_else(|| jid.shown());
                let format = state.format;
                let path = self.options.downloads.join(file_name(&called, format)).display().to_string();
                *state = State { with: Some(jid), name: called.into(), path, format, ..State::default() };
                self.overlay = Some(Overlay::Talk(Sheet::Export));
                vec![Effect::Focus(name::SHEET_FIELD)]
            }
            Message::Path(path) => {
                (state.path, state.problem) = (path, None);
                Vec::new()
            }
            Message::Format(format) => {
                let known = [ExportFormat::Text, ExportFormat::Json].map(|format| format!(".{}", format.ending()));
                if let Some(stem) = known.iter().find_map(|ending| state.path.strip_suffix(ending.as_str())) {
                    state.path = format!("{stem}.{}", format.ending());
                }
                (state.format, state.problem) = (format, None);
                Vec::new()
            }
            Message::Write => {
                let Some(with) = state.with.clone().filter(|_| !state.busy) else { return Vec::new() };
                state.busy = true;
                let request = ExportRequest { with, format: state.format, path: state.path.trim().into() };
                ask_for(Request::Export(request), Purpose::Talk(Asked::Exported))
            }
        }
    }

    pub(super) fn export_answered(&mut self, answer: Result<Reply, Refusal>) -> Vec<Effect> {
        self.talk.export.busy = false;
        let open = self.overlay == Some(Overlay::Talk(Sheet::Export));
        match answer {
            Ok(Reply::Exported { messages, path }) => {
                if open {
                    self.overlay = None;
                }
                self.say(words::written(messages, &path).into())
            }
            Ok(_) => Vec::new(),
            Err(refusal) if open => {
                self.talk.export.problem = Some(refusal.text);
                Vec::new()
            }
            Err(refusal) => self.say(refusal.text),
        }
    }
}

/// A name that every system takes (X23): letters, digits and spaces of what the conversation is called.
fn file_name(called: &str, format: ExportFormat) -> String {
    let kept = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '@' | '.') { c } else { ' ' };
    let words: String = called.chars().map(kept).take(60).collect();
    let words = words.split_whitespace().filter(|word| word.contains(char::is_alphanumeric));
    let words = words.collect::<Vec<_>>().join(" ");
    let words = words.trim_matches('.');
    format!("{} {}.{}", words::CONVERSATION, if words.is_empty() { "1" } else { words }, format.ending())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversations_name_leads_nowhere_as_a_files_name() {
        for (called, expected) in [
            ("Bob Baker", "Conversation Bob Baker.txt"),
            ("../../etc/passwd", "Conversation etc passwd.txt"),
            ("a\\b:c|d\u{202e}txt.exe", "Conversation a b c d txt.exe.txt"),
            ("..", "Conversation 1.txt"),
            ("", "Conversation 1.txt"),
        ] {
            assert_eq!(file_name(called, ExportFormat::Text), expected);
        }
        assert!(file_name(&"x".repeat(1000), ExportFormat::Json).len() < 100);
    }
}
