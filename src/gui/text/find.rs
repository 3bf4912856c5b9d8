//! The words of the search through messages.

use crate::gui::words::{say, words};

words! {
    TITLE = "find-title";
    HINT = "find-hint";
    EVERYBODY = "find-everybody";
    ANY_TIME = "find-any-time";
    WEEK = "find-week";
    MONTH = "find-month";
    YEAR = "find-year";
    NOTHING = "find-nothing";
    NOTHING_BODY = "find-nothing-body";
    START = "find-start";
    START_BODY = "find-start-body";
    MORE = "find-more";
    SEARCHING = "find-searching";
    NO_STORE = "find-no-store";
}

/// The row of the list that leads to the search.
pub fn for_words(words: &str) -> String {
    say!("find-search-messages-for", words)
}

/// How much was found.
pub fn found(count: usize, most: usize, complete: bool) -> String {
    let best = count > 1 && count >= most && !complete;
    if best { say!("find-best", most = count) } else { say!("find-found", count) }
}
