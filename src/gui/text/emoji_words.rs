//! What emoji are called in the language of the user, and the words they are found by.
//!
//! The words are those of the Unicode CLDR (`assets/emoji`); English is found in every language, because many know it.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::emoji::fits;
use crate::gui::words::spoken;
use crate::model::Language;

/// The name of each emoji and its words.
type Words = HashMap<&'static str, (&'static str, &'static str)>;

/// A line: the emoji, its name, its words, with tabs between.
fn read(text: &'static str) -> Words {
    let parts = |line: &'static str| {
        let mut parts = line.split('\t');
        Some((parts.next()?, (parts.next()?, parts.next()?)))
    };
    text.lines().filter(|line| !line.starts_with('#')).filter_map(parts).collect()
}

fn of(language: Language) -> Option<&'static Words> {
    static READ: [OnceLock<Words>; 3] = [const { OnceLock::new() }; 3];
    let [german, french, spanish] = &READ;
    Some(match language {
        Language::English | Language::Long => return None,
        Language::German => german.get_or_init(|| read(include_str!("../../../assets/emoji/de.txt"))),
        Language::French => french.get_or_init(|| read(include_str!("../../../assets/emoji/fr.txt"))),
        Language::Spanish => spanish.get_or_init(|| read(include_str!("../../../assets/emoji/es.txt"))),
    })
}

/// What an emoji is called; `english` are its words in English.
pub fn called(emoji: &str, english: &'static str) -> &'static str {
    of(spoken()).and_then(|words| words.get(emoji)).map_or(english, |(name, _)| name)
}

/// Whether an emoji fits a query, in the user's language or in English.
pub fn answers_to(emoji: &str, english: &str, query: &str) -> bool {
    let local = || of(spoken()).and_then(|words| words.get(emoji)).is_some_and(|(_, words)| fits(words, query));
    fits(english, query) || local()
}

#[cfg(test)]
mod tests {
    use super::super::emoji::{EMOJI, found};
    use super::*;
    use crate::gui::words::speak;

    #[test]
    fn every_emoji_has_a_name_and_words_in_every_language() {
        for language in [Language::German, Language::French, Language::Spanish] {
            let words = of(language).expect("translated");
            for (emoji, english) in EMOJI.iter().flat_map(|(_, group)| *group) {
                let (name, found_by) = words.get(emoji).unwrap_or_else(|| panic!("{emoji} in {language:?}"));
                assert!(!name.is_empty() && !found_by.is_empty(), "{emoji} {language:?}");
                assert!(!english.is_empty());
            }
        }
    }

    #[test]
    fn emoji_are_found_by_the_words_of_the_users_language_and_by_the_english_ones() {
        for (language, query, emoji) in [
            (Language::German, "katze", "🐱"),
            (Language::German, "Herz", "❤️"),
            (Language::German, "thumb", "👍"),
            (Language::French, "chat", "🐱"),
            (Language::Spanish, "gato", "🐱"),
            (Language::English, "cat", "🐱"),
        ] {
            speak(language);
            assert!(found(query).any(|found| found == emoji), "{query} in {language:?}");
        }
        speak(Language::German);
        assert_eq!(called("😀", "grinning face happy smile"), "grinsendes Gesicht");
        speak(Language::English);
        assert_eq!(called("😀", "grinning face happy smile"), "grinning face happy smile");
        assert_eq!(found("katze").count(), 0);
    }
}
