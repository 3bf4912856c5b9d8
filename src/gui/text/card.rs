//! What is said about the own card, and about being reached elsewhere.

use crate::gui::words::{say, word, words};

words! {
    CARD = "card-card";
    NOT_READ = "card-not-read";
    NOT_READ_OFFLINE = "card-not-read-offline";
    READING = "card-reading";
    WRITING = "card-writing";
    TESTING = "card-testing";
    READ = "card-read";
    EDIT = "card-edit";
    TEST = "card-test";
    PUBLISH = "card-publish";
    SAVE = "card-save";
    NAME = "card-name";
    NICKNAME = "card-nickname";
    ORGANISATION = "card-organisation";
    NUMBERS = "card-numbers";
    NO_NUMBERS = "card-no-numbers";
    ADD = "card-add";
    VALUE_HINT = "card-value-hint";
    PREFERRED = "card-preferred";
    UP = "card-up";
    DOWN = "card-down";
    REMOVE = "card-remove";
    SAVED = "card-saved";
    ELSEWHERE = "card-elsewhere";
    ELSEWHERE_BODY = "card-elsewhere-body";
    PLACE_URI = "card-place-uri";
    PLACE_WORDS = "card-place-words";
    PLACE_SET = "card-place-set";
    PLACE_CLEAR = "card-place-clear";
    PLACE_SAVED = "card-place-saved";
    CHOOSE = "card-choose-picture";
    PASTE = "card-paste-picture";
    REMOVE_PICTURE = "card-remove-picture";
    PICTURE_BUSY = "card-picture-busy";
    PICTURE_BODY = "card-picture-body";
    PICTURE_PATH = "card-picture-path";
    USE_PICTURE = "card-use-picture";
    NO_PICTURE_THERE = "card-no-picture-there";
    YOU = "card-you";
}

/// The way to call a number that stands in a message.
pub fn call(shown: &str) -> String {
    say!("card-call", shown)
}

/// A type of an entry.
pub fn kind(kind: &str) -> &str {
    let name = match kind {
        "work" => word("card-work"),
        "home" => word("card-home"),
        "cell" => word("card-mobile"),
        "voice" => word("card-voice"),
        "video" => word("card-video"),
        "fax" => word("card-fax"),
        other => return other,
    };
    name.text()
}

/// The types of an entry in a line.
pub fn kinds<'a>(kinds: impl Iterator<Item = &'a str>, preferred: bool) -> String {
    let mut words: Vec<&str> = kinds.map(kind).collect();
    if preferred {
        words.push(PREFERRED.text());
    }
    words.join(" · ")
}

/// What is kept although it is not shown.
pub fn others(count: u32) -> Option<String> {
    (count > 0).then(|| say!("card-others", count))
}

/// A card that lacks the address for calls.
pub fn missing(address: &str) -> String {
    say!("card-it-does-not-list-the-address", address)
}
