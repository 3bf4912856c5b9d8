//! What two people write to each other while they call (real-time text, RFC 4103), as it stands.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::{MediaEncryption, WallTime};

/// Lines of one call. When full, the oldest goes.
const MOST_LINES: usize = 1_000;
/// The longest line, characters; what is longer goes on in the next.
const LONGEST_LINE: usize = 1_000;
/// The character that takes the last one back (ITU-T T.140).
const BACKSPACE: char = '\u{8}';

/// Who wrote a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Writer {
    /// We did.
    Me,
    /// The other side did.
    Peer,
}

/// A line of one side.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct TextLine {
    /// Whose it is.
    pub from: Writer,
    /// What stands there now; U+FFFD where text was lost on the way.
    pub text: Arc<str>,
    /// It is still being written.
    pub open: bool,
    /// When it was begun.
    pub at: WallTime,
}

// What people write is theirs (style habit 12).
impl fmt::Debug for TextLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TextLine({:?}, {} characters)", self.from, self.text.chars().count())
    }
}

/// The text of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallText {
    /// It flows now.
    pub on: bool,
    /// How it is protected.
    pub encryption: MediaEncryption,
    /// Why it does not flow although somebody wanted it, a sentence.
    pub reason: Option<Arc<str>>,
    /// Both sides' lines in the order in which they were begun.
    pub lines: Vec<TextLine>,
}

impl Default for CallText {
    fn default() -> Self {
        Self { on: false, encryption: MediaEncryption::None, reason: None, lines: Vec::new() }
    }
}

impl CallText {
    /// One side types: characters, `\n`, and U+0008 to take the last one back, also over the end of a line.
    pub fn write(&mut self, from: Writer, text: &str, at: WallTime) {
        let mut typed = String::new();
        for c in text.chars() {
            if c == BACKSPACE || c == '\n' {
                self.append(from, &std::mem::take(&mut typed), at);
                if c == '\n' { self.end_line(from, at) } else { self.take_back(from) }
            } else {
                typed.push(c);
            }
        }
        self.append(from, &typed, at);
        let surplus = self.lines.len().saturating_sub(MOST_LINES);
        self.lines.drain(..surplus);
    }

    /// The line that this side is writing.
    pub fn open_line(&self, from: Writer) -> Option<&TextLine> {
        self.lines.iter().rev().find(|line| line.from == from).filter(|line| line.open)
    }

    /// The call is over: nothing is written any more, and empty lines say nothing.
    pub fn close(&mut self) {
        self.on = false;
        self.lines.retain(|line| !line.text.is_empty());
        self.lines.iter_mut().for_each(|line| line.open = false);
    }

    fn last(&mut self, from: Writer) -> Option<&mut TextLine> {
        self.lines.iter_mut().rev().find(|line| line.from == from)
    }

    fn append(&mut self, from: Writer, text: &str, at: WallTime) {
        let mut rest = text;
        while !rest.is_empty() {
            if self.last(from).is_none_or(|line| !line.open) {
                self.lines.push(TextLine { from, text: "".into(), open: true, at });
            }
            let Some(line) = self.last(from) else { return };
            let room = LONGEST_LINE.saturating_sub(line.text.chars().count());
            let cut = rest.char_indices().nth(room).map_or(rest.len(), |(cut, _)| cut);
            let (fits, after) = rest.split_at_checked(cut).unwrap_or((rest, ""));
            line.text = format!("{}{fits}", line.text).into();
            line.open = after.is_empty();
            rest = after;
        }
    }

    fn end_line(&mut self, from: Writer, at: WallTime) {
        match self.last(from) {
            Some(line) if line.open => line.open = false,
            // An empty line is one as well: it can be taken back.
            Some(_) | None => self.lines.push(TextLine { from, text: "".into(), open: false, at }),
        }
    }

    fn take_back(&mut self, from: Writer) {
        let Some(at) = self.lines.iter().rposition(|line| line.from == from) else { return };
        let Some(line) = self.lines.get_mut(at) else { return };
        if !line.open {
            // The end of the line is what is taken back.
            line.open = true;
            return;
        }
        let mut text = line.text.to_string();
        text.pop();
        line.text = text.into();
        if line.text.is_empty() {
            self.lines.remove(at);
        }
    }

    /// For the store: a text for each line.
    #[must_use]
    pub fn to_texts(&self) -> Vec<Arc<str>> {
        let lines = self.lines.iter().filter(|line| !line.text.is_empty());
        let sign = |from| match from {
            Writer::Me => '>',
            Writer::Peer => '<',
        };
        lines.map(|line| format!("{}{} {}", sign(line.from), line.at.unix_ms(), line.text).into()).collect()
    }

    /// From the store; what is no line is left out. `None`: nothing was written.
    pub fn from_texts<'t>(texts: impl Iterator<Item = &'t str>, encryption: MediaEncryption) -> Option<Self> {
        let line = |text: &str| {
            let (from, rest) = match (text.strip_prefix('>'), text.strip_prefix('<')) {
                (Some(rest), _) => (Writer::Me, rest),
                (None, Some(rest)) => (Writer::Peer, rest),
                (None, None) => return None,
            };
            let (at, text) = rest.split_once(' ')?;
            Some(TextLine { from, text: text.into(), open: false, at: WallTime::from_unix_ms(at.parse().ok()?) })
        };
        let lines: Vec<TextLine> = texts.filter_map(line).collect();
        (!lines.is_empty()).then(|| Self { encryption, lines, ..Self::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &CallText) -> String {
        let lines = text.lines.iter().map(|line| {
            let sign = if line.from == Writer::Me { '>' } else { '<' };
            format!("{sign}{}{}", line.text, if line.open { "_" } else { "" })
        });
        lines.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_both_sides_type_stands_in_lines_as_it_is_typed() {
        let mut text = CallText::default();
        let rows = [
            (Writer::Me, "Helo", ">Helo_"),
            (Writer::Me, "\u{8}lo", ">Hello_"),
            (Writer::Peer, "Hi", ">Hello_ <Hi_"),
            (Writer::Me, ", Bob\n", ">Hello, Bob <Hi_"),
            (Writer::Peer, "\nhow are", ">Hello, Bob <Hi <how are_"),
            (Writer::Me, "fine", ">Hello, Bob <Hi <how are_ >fine_"),
            (Writer::Me, "\u{8}\u{8}\u{8}\u{8}", ">Hello, Bob <Hi <how are_"),
            (Writer::Me, "\u{8}!", ">Hello, Bob!_ <Hi <how are_"),
            (Writer::Peer, &"\u{8}".repeat(40), ">Hello, Bob!_"),
        ];
        for (from, typed, expected) in rows {
            text.write(from, typed, WallTime::from_unix_ms(5));
            assert_eq!(shown(&text), expected, "after {typed:?}");
        }
    }

    #[test]
    fn m11_a_flood_of_text_fills_no_memory() {
        let mut text = CallText::default();
        text.write(Writer::Peer, &"x".repeat(LONGEST_LINE * 3 + 5), WallTime::from_unix_ms(0));
        assert_eq!(text.lines.len(), 4);
        text.write(Writer::Peer, &"y\n".repeat(5_000), WallTime::from_unix_ms(0));
        text.write(Writer::Peer, &"\n".repeat(5_000), WallTime::from_unix_ms(0));
        assert_eq!(text.lines.len(), MOST_LINES);
        assert!(text.lines.iter().all(|line| line.text.chars().count() <= LONGEST_LINE));
    }

    #[test]
    fn what_is_kept_is_read_back_and_what_is_no_line_is_left_out() {
        let mut text = CallText::default();
        text.write(Writer::Me, "one > two\n", WallTime::from_unix_ms(7));
        text.write(Writer::Peer, "\nzwölf", WallTime::from_unix_ms(9));
        text.close();
        let kept = text.to_texts();
        let read = CallText::from_texts(kept.iter().map(|line| &**line), MediaEncryption::None);
        assert_eq!(read, Some(text));
        assert_eq!(CallText::from_texts(["", ">", "x9 a", "<a b"].into_iter(), MediaEncryption::None), None);
    }
}
