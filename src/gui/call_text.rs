//! Writing in a call, as the window keeps it: whose text is shown, and the line that is being written.

use super::app::{App, Effect};
use super::update::ask;
use crate::account::Request;
use crate::model::{Call, CallId, CallState, Writer};

/// The longest line that the field takes; what is longer goes on in the next.
const LONGEST: usize = 500;
/// The field.
pub const FIELD: &str = "call-text-field";

/// What can happen.
#[derive(Clone, Debug)]
pub enum Message {
    /// Show the text of this call, or no longer.
    Toggle(CallId),
    /// The line that is being written is another one now.
    Typed(CallId, String),
    /// The line is whole.
    NextLine(CallId),
}

/// What the window remembers of it.
#[derive(Debug, Default)]
pub struct State {
    /// Whose text the user wants to see, or not.
    shown: Option<(CallId, bool)>,
    /// The line that is being written, and in which call.
    typed: Option<(CallId, String)>,
}

impl App {
    pub(super) fn update_call_text(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Toggle(id) => {
                let show = self.call(id).is_some_and(|call| !self.shows_text(call));
                self.call_text.shown = Some((id, show));
                self.keypad = self.keypad.filter(|_| !show);
                if show { vec![Effect::Focus(FIELD)] } else { Vec::new() }
            }
            Message::Typed(id, typed) => {
                let typed: String = typed.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
                let before = self.call(id).map(|call| self.taken_line(call).to_owned()).unwrap_or_default();
                let change = difference(&before, &typed);
                self.call_text.typed = Some((id, typed));
                if change.is_empty() { Vec::new() } else { ask(Request::Write(id, change.into())) }
            }
            Message::NextLine(id) => {
                let empty = self.call(id).is_none_or(|call| self.taken_line(call).is_empty());
                self.call_text.typed = Some((id, String::new()));
                if empty { Vec::new() } else { ask(Request::Write(id, "\n".into())) }
            }
        }
    }

    /// Whether the call's text takes the place of its facts: as the user wants it, else as soon as there is any.
    pub(super) fn shows_text(&self, call: &Call) -> bool {
        match self.call_text.shown {
            Some((id, shown)) if id == call.id => shown,
            Some(_) | None => call.text.as_ref().is_some_and(|text| !text.lines.is_empty()),
        }
    }

    /// The line that the user is writing, as it stands in the field.
    pub(super) fn own_line<'a>(&'a self, call: &'a Call) -> &'a str {
        match &self.call_text.typed {
            Some((id, typed)) if *id == call.id => typed,
            Some(_) | None => {
                let open = call.text.as_ref().and_then(|text| text.open_line(Writer::Me));
                open.map_or("", |line| &line.text)
            }
        }
    }

    /// What of that line was taken: nothing of it where the other side takes no text, so that all of it is tried again.
    fn taken_line<'a>(&'a self, call: &'a Call) -> &'a str {
        let refused = call.text.as_ref().is_some_and(|text| !text.on && text.reason.is_some());
        if refused { "" } else { self.own_line(call) }
    }

    /// Whether something can be written in this call at all.
    pub(super) fn can_write(&self, call: &Call) -> bool {
        matches!(call.state, CallState::Active | CallState::Held) && call.via == crate::model::Via::Sip
    }
}

/// What is typed to make one line of another: the end is taken back up to what both share.
fn difference(before: &str, after: &str) -> String {
    let same = before.chars().zip(after.chars()).take_while(|(one, other)| one == other).count();
    let back = before.chars().skip(same).map(|_| '\u{8}');
    back.chain(after.chars().skip(same)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_becomes_another_by_what_is_typed_at_its_end() {
        let rows = [
            ("", "H", "H"),
            ("Hel", "Hell", "l"),
            ("Helo", "Hel", "\u{8}"),
            ("Helo", "Hello", "\u{8}lo"),
            ("wörld", "world", "\u{8}\u{8}\u{8}\u{8}orld"),
            ("same", "same", ""),
            ("gone", "", "\u{8}\u{8}\u{8}\u{8}"),
        ];
        for (before, after, typed) in rows {
            assert_eq!(difference(before, after), typed, "{before} -> {after}");
        }
    }
}
