//! What stands in a stream of text (ITU-T T.140): characters, a few controls, and much that is passed over.

use crate::model::is_hidden;

/// The last character is taken back (T.140 section 8.2).
pub const BACKSPACE: char = '\u{8}';
/// Text was lost here (RFC 4103 section 5.3, T.140 addendum 1).
pub const MISSING: char = '\u{fffd}';
/// At the beginning of a stream (T.140 section 8.1).
pub const BYTE_ORDER_MARK: char = '\u{feff}';
/// How a new line is sent (T.140 section 8.3).
pub const LINE_SEPARATOR: char = '\u{2028}';

/// The longest control sequence that is passed over; what follows counts as text again, so that nobody is silenced by one that
/// does not end.
const LONGEST_SEQUENCE: u16 = 255;

/// Characters out of bytes that may be cut anywhere. Each wrong one becomes [`MISSING`].
#[derive(Debug, Default)]
pub struct Decoder {
    /// The beginning of a character; at most three bytes.
    begun: Vec<u8>,
}

impl Decoder {
    /// The characters that are whole with these bytes.
    pub fn decode(&mut self, bytes: &[u8]) -> String {
        let mut all = std::mem::take(&mut self.begun);
        all.extend_from_slice(bytes);
        let mut text = String::new();
        let mut rest = all.as_slice();
        loop {
            match std::str::from_utf8(rest) {
                Ok(good) => {
                    text.push_str(good);
                    return text;
                }
                Err(error) => {
                    let (good, bad) = rest.split_at_checked(error.valid_up_to()).unwrap_or_default();
                    text.push_str(&String::from_utf8_lossy(good));
                    let Some(length) = error.error_len() else {
                        // The end of the block cuts a character.
                        self.begun = bad.to_vec();
                        return text;
                    };
                    text.push(MISSING);
                    rest = bad.get(length..).unwrap_or_default();
                }
            }
        }
    }

    /// Bytes are missing here: what was begun is not finished by what follows.
    pub fn break_off(&mut self) {
        self.begun.clear();
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Inside {
    /// Text.
    #[default]
    Text,
    /// A carriage return was taken for a new line; a line feed belongs to it.
    Return,
    /// After an escape: one character is its function.
    Escape,
    /// The rendition of what follows (T.140 section 8.5): up to a letter.
    Sequence(u16),
    /// A string between SOS and ST (T.140 section 8.6).
    String(u16),
}

/// Passes over what is not shown, and tells new lines alike however they were sent.
#[derive(Debug, Default)]
pub struct Filter(Inside);

impl Filter {
    /// What of these characters is shown.
    pub fn pass(&mut self, text: &str) -> String {
        text.chars().filter_map(|c| self.one(c)).collect()
    }

    fn one(&mut self, c: char) -> Option<char> {
        let inside = std::mem::take(&mut self.0);
        match (inside, c) {
            (Inside::Return, '\n') | (Inside::Escape, _) => return None,
            (Inside::Sequence(_), '\u{40}'..='\u{7e}') | (Inside::String(_), '\u{9c}') => return None,
            (Inside::Sequence(length), _) if length < LONGEST_SEQUENCE => {
                self.0 = Inside::Sequence(length + 1);
                return None;
            }
            (Inside::String(length), _) if length < LONGEST_SEQUENCE => {
                self.0 = Inside::String(length + 1);
                return None;
            }
            (Inside::Text | Inside::Return | Inside::Sequence(_) | Inside::String(_), _) => {}
        }
        match c {
            '\r' => {
                self.0 = Inside::Return;
                Some('\n')
            }
            '\n' | LINE_SEPARATOR | '\u{2029}' => Some('\n'),
            BACKSPACE => Some(BACKSPACE),
            '\t' => Some(' '),
            '\u{1b}' => {
                self.0 = Inside::Escape;
                None
            }
            '\u{9b}' => {
                self.0 = Inside::Sequence(0);
                None
            }
            '\u{98}' => {
                self.0 = Inside::String(0);
                None
            }
            // The bell among them: nobody rings at us from within a call. X20: nothing turns its neighbours around.
            c if c.is_control() || is_hidden(c) => None,
            c => Some(c),
        }
    }
}

/// A character of the user as it goes on the wire; none for what is no text.
pub fn on_the_wire(c: char) -> Option<char> {
    match c {
        '\n' => Some(LINE_SEPARATOR),
        BACKSPACE => Some(BACKSPACE),
        '\t' => Some(' '),
        c if c.is_control() => None,
        c => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_are_cut_by_packets_are_whole_again() {
        let mut decoder = Decoder::default();
        let bytes = "ä€😀".as_bytes();
        let text: String = bytes.iter().map(|byte| decoder.decode(&[*byte])).collect();
        assert_eq!(text, "ä€😀");
        assert_eq!(decoder.decode(b"a\xffb\xc3"), "a\u{fffd}b");
        assert_eq!(decoder.decode(b"x"), "\u{fffd}x", "begun and not gone on");
        assert_eq!(decoder.decode(b"\xe2\x82"), "");
        decoder.break_off();
        assert_eq!(decoder.decode(b"x"), "x", "what was lost is marked once, elsewhere");
    }

    #[test]
    fn new_lines_are_alike_and_what_is_no_text_is_passed_over() {
        let rows = [
            ("a\r\nb", "a\nb"),
            ("a\rb\nc\u{2028}d\u{2029}e", "a\nb\nc\nd\ne"),
            ("\u{feff}hi", "hi"),
            ("ring\u{7}ring", "ringring"),
            ("x\u{8}y", "x\u{8}y"),
            ("a\u{1b}ab", "ab"),
            ("a\u{9b}1;31mred\u{9b}0m", "ared"),
            ("a\u{98}a name\u{9c}b", "ab"),
            ("evil\u{202e}txt\u{200b}", "eviltxt"),
            ("a\tb\u{0}c", "a bc"),
            ("lost\u{fffd}", "lost\u{fffd}"),
        ];
        for (sent, shown) in rows {
            assert_eq!(Filter::default().pass(sent), shown, "{sent:?}");
            let mut piecemeal = Filter::default();
            let cut: String = sent.chars().map(|c| piecemeal.pass(&c.to_string())).collect();
            assert_eq!(cut, shown, "{sent:?}, a character at a time");
        }
    }

    #[test]
    fn a_control_sequence_that_does_not_end_silences_nobody_for_long() {
        for opening in ['\u{9b}', '\u{98}'] {
            let text: String = std::iter::once(opening).chain(std::iter::repeat_n('1', 1_000)).collect();
            let shown = Filter::default().pass(&text);
            assert_eq!(shown.len(), 1_000 - usize::from(LONGEST_SEQUENCE));
        }
    }
}
