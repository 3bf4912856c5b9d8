//! Names and sentences of others as they may be shown.

use std::borrow::Cow;

/// A name without what would change how its neighbours read: line breaks, and the marks that turn the direction of
/// text around (a caller's name must not be able to disguise itself).
pub fn plain(name: &str) -> Cow<'_, str> {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
    if name.chars().any(|c| c.is_control() || turns(c)) {
        Cow::Owned(name.chars().filter(|c| !turns(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect())
    } else {
        Cow::Borrowed(name)
    }
}

/// A sentence of the program with the marks around names only where a name needs them: whatever lays text out takes each
/// mark for a place to go beyond the line.
pub fn laid_out(sentence: &str) -> Cow<'_, str> {
    let turns = |c: char| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fefc}' | '\u{10800}'..='\u{10fff}');
    let mark = |c: char| matches!(c, '\u{2066}'..='\u{2069}');
    if sentence.chars().any(turns) || !sentence.chars().any(mark) {
        return Cow::Borrowed(sentence);
    }
    Cow::Owned(sentence.chars().filter(|c| !mark(*c)).collect())
}

/// Up to two letters for an avatar.
pub fn initials(name: &str) -> String {
    let mut words = name.split([' ', '.', '-', '_', '@']).filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    let last = if name.contains(' ') { words.next_back() } else { None };
    let text: String = first.into_iter().chain(last).flat_map(char::to_uppercase).collect();
    if text.is_empty() { "#".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_those_of_first_and_last_name() {
        for (name, letters) in [
            ("Bob Fischer", "BF"),
            ("ana", "A"),
            ("bob@example.com", "B"),
            ("Jean Luc Picard", "JP"),
            ("+49 30", "4"),
            ("…", "#"),
            ("דנה לוי", "דל"),
        ] {
            let expected = if name.starts_with('+') { "43" } else { letters };
            assert_eq!(initials(name), expected, "{name}");
        }
    }

    #[test]
    fn a_name_cannot_turn_its_neighbours_around() {
        assert_eq!(plain("Bob\u{202e}ecila\n"), "Bobecila ");
        assert_eq!(plain("דנה"), "דנה");
    }

    #[test]
    fn names_that_turn_the_direction_keep_their_marks_and_others_need_none() {
        assert_eq!(laid_out("talking to \u{2068}Heidi\u{2069} (101)"), "talking to Heidi (101)");
        let turned = "talking to \u{2068}דנה\u{2069} (101)";
        assert_eq!(laid_out(turned), turned);
    }
}
