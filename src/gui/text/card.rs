//! What is said about the own card, and about being reached elsewhere.

macro_rules! words {
    ($($name:ident = $text:literal;)*) => { $(#[doc = $text] pub const $name: &str = $text;)* };
}

words! {
    CARD = "Your card";
    NOT_READ = "Your card has not been read yet.";
    NOT_READ_OFFLINE = "Your card can be read when chat is connected.";
    READING = "Reading your card …";
    WRITING = "Saving your card …";
    TESTING = "Checking …";
    READ = "Read it";
    EDIT = "Edit";
    TEST = "Does it reach me?";
    PUBLISH = "Publish it";
    SAVE = "Save";
    NAME = "Name";
    NICKNAME = "Nickname";
    ORGANISATION = "Organisation";
    NUMBERS = "Numbers and addresses for calls";
    NO_NUMBERS = "No number and no address: nobody can call you from your card.";
    ADD = "Add a number or an address";
    VALUE_HINT = "+49 30 123456 or sip:you@example.com";
    PREFERRED = "Preferred";
    UP = "Move up";
    DOWN = "Move down";
    REMOVE = "Remove";
    SAVED = "Your card is saved.";
    ELSEWHERE = "Where you are now";
    ELSEWHERE_BODY = "For a meeting room or another desk: contacts are offered this address as well, until you clear it or quit.";
    PLACE_URI = "Number or address";
    PLACE_WORDS = "Where that is, as in \u{201c}Room 3\u{201d}";
    PLACE_SET = "I am here now";
    PLACE_CLEAR = "I have left";
    PLACE_SAVED = "Your contacts see where you can be reached.";
}

/// The way to call a number that stands in a message.
pub fn call(shown: &str) -> String {
    format!("Call {shown}")
}

/// A type of an entry.
pub fn kind(kind: &str) -> &str {
    match kind {
        "work" => "Work",
        "home" => "Home",
        "cell" => "Mobile",
        "voice" => "Voice",
        "video" => "Video",
        "fax" => "Fax",
        other => other,
    }
}

/// The types of an entry in a line.
pub fn kinds<'a>(kinds: impl Iterator<Item = &'a str>, preferred: bool) -> String {
    let mut words: Vec<&str> = kinds.map(kind).collect();
    if preferred {
        words.push(PREFERRED);
    }
    words.join(" · ")
}

/// What is kept although it is not shown.
pub fn others(count: u32) -> Option<String> {
    match count {
        0 => None,
        1 => Some("One other detail stays as it is.".to_owned()),
        count => Some(format!("{count} other details stay as they are.")),
    }
}

/// A card that lacks the address for calls.
pub fn missing(address: &str) -> String {
    format!("It does not list {address}, the address of your voice account.")
}
