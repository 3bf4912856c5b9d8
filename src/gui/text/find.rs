//! The words of the search through messages.

macro_rules! words {
    ($($name:ident = $text:literal;)*) => { $(#[doc = $text] pub const $name: &str = $text;)* };
}

words! {
    TITLE = "Search messages";
    HINT = "Words, or \"a phrase\"";
    EVERYBODY = "Everybody";
    ANY_TIME = "Any time";
    WEEK = "Past week";
    MONTH = "Past month";
    YEAR = "Past year";
    NOTHING = "Nothing found";
    NOTHING_BODY = "No message has all of these words. Try fewer of them, or any time.";
    START = "Find what was said";
    START_BODY = "Type words that the message has. The best matches come first.";
    SEARCHING = "Searching …";
    NO_STORE = "Messages cannot be searched at the moment.";
}

/// The row of the list that leads to the search.
pub fn for_words(words: &str) -> String {
    format!("Search messages for “{words}”")
}

/// How much was found.
pub fn found(count: usize, most: usize) -> String {
    match count {
        1 => "1 message".to_owned(),
        count if count >= most => format!("The best {most} messages"),
        count => format!("{count} messages"),
    }
}
