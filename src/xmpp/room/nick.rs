//! Nicks: how they are shown, which ones look alike, and whether a text names one.

use std::sync::Arc;

/// The longest nick that is shown, characters.
const LONGEST_SHOWN: usize = 60;
/// The longest nick that is kept, bytes: a resource has 1,023 at most (RFC 7622 section 3.4).
pub(super) const LONGEST: usize = 1023;

/// Characters that cannot be seen, or that change the order of others (X20).
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Marks that sit on other letters.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// A text of one line without hidden characters, cut, with at most two marks on a letter.
pub(super) fn shown_line(text: &str, longest: usize) -> Arc<str> {
    let mut marks = 0;
    let kept = text.chars().filter(|c| {
        marks = if is_mark(*c) { marks + 1 } else { 0 };
        marks <= 2 && !is_hidden(*c)
    });
    let line: String = kept.take(longest + 1).collect();
    let line = line.trim();
    match line.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()).into(),
        None => line.into(),
    }
}

/// A nick as it is shown.
pub(super) fn shown(nick: &str) -> Arc<str> {
    let line = shown_line(nick, LONGEST_SHOWN);
    if line.is_empty() { "?".into() } else { line }
}

/// What a nick looks like: two nicks with the same look are taken for each other (X13). Not a full table of UTS 39, but its
/// most common pairs: Cyrillic and Greek letters, digits, capitals, spaces.
pub(super) fn look(nick: &str) -> String {
    let mut look = String::with_capacity(nick.len().min(128));
    let letters = nick.chars().filter(|c| !is_hidden(*c) && !is_mark(*c) && !c.is_whitespace());
    for c in letters.flat_map(char::to_lowercase).take(LONGEST_SHOWN) {
        look.push(match c {
            'а' | 'α' | 'ɑ' | 'à' | 'á' | 'â' | 'ä' | 'å' => 'a',
            'в' | 'ʙ' | 'β' => 'b',
            'с' | 'ϲ' | 'ç' => 'c',
            'ԁ' => 'd',
            'е' | 'ё' | 'є' | 'ε' | 'é' | 'è' | 'ê' | 'ë' => 'e',
            'ɡ' | 'ց' => 'g',
            'һ' | 'н' => 'h',
            'і' | 'ї' | 'ι' | 'ı' | 'l' | '1' | '|' | 'ⅼ' | 'ӏ' | 'í' | 'ì' | 'ï' | '!' => 'i',
            'ј' => 'j',
            'к' | 'κ' => 'k',
            'м' | 'μ' => 'm',
            'ո' | 'η' | 'п' => 'n',
            'о' | 'ο' | 'օ' | '0' | 'ö' | 'ó' | 'ò' | 'ø' => 'o',
            'р' | 'ρ' => 'p',
            'ԛ' => 'q',
            'г' => 'r',
            'ѕ' | '5' | '$' => 's',
            'т' | 'τ' => 't',
            'υ' | 'ս' | 'ü' | 'ú' | 'ù' => 'u',
            'ν' | 'ѵ' => 'v',
            'ԝ' | 'ω' => 'w',
            'х' | 'χ' => 'x',
            'у' | 'γ' | 'ү' => 'y',
            'ᴢ' => 'z',
            '_' | '-' | '.' | '·' | '‐' | '–' => continue,
            other => other,
        });
    }
    look
}

/// Whether a text names somebody: the nick as a word of its own, whatever the case, with or without `@` before it.
pub fn names(text: &str, nick: &str) -> bool {
    let nick = nick.trim().to_lowercase();
    if nick.is_empty() {
        return false;
    }
    let text = text.to_lowercase();
    text.match_indices(&nick).any(|(at, _)| {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + nick.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(word) && !after.is_some_and(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x13_nicks_that_look_alike_have_the_same_look() {
        for (one, other) in [
            ("Alice", "аlice"),
            ("Alice", "Al\u{200b}ice"),
            ("Alice", "AIice"),
            ("bob", "b0b"),
            ("bob", "bob "),
            ("Bob", "bob_"),
            ("Bob", "Bo\u{301}\u{301}b"),
        ] {
            assert_eq!(look(one), look(other), "{one} and {other}");
        }
        for (one, other) in [("alice", "alina"), ("bob", "rob"), ("Anna", "Hanna")] {
            assert_ne!(look(one), look(other), "{one} and {other}");
        }
    }

    #[test]
    fn x20_a_nick_is_shown_without_what_cannot_be_seen_and_not_too_long() {
        assert_eq!(&*shown("Al\u{202e}ice\u{200f}\u{e0041}\u{feff}"), "Alice");
        assert_eq!(&*shown("\u{200b}\u{3164}"), "?");
        assert_eq!(shown(&"x".repeat(2000)).chars().count(), LONGEST_SHOWN + 1);
        assert_eq!(shown(&format!("Bob{}", "\u{301}".repeat(1000))).chars().count(), 5, "two marks stay");
        assert_eq!(&*shown("two\nlines"), "twolines");
    }

    #[test]
    fn a_text_names_somebody_by_the_whole_word() {
        for text in ["Alice: look", "hi alice", "@Alice!", "(ALICE)", "alice"] {
            assert!(names(text, "Alice"), "{text}");
        }
        for text in ["malice", "alices", "alice_2", "", "bob"] {
            assert!(!names(text, "Alice"), "{text}");
        }
        assert!(names("Frag Jörg Müller mal", "jörg müller"));
        assert!(!names("anything", ""));
        assert!(!names("anything", "  "));
    }
}
