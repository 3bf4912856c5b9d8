//! The words about one's accounts, and about files of other programs.

use crate::account::{OtherAccountView, OtherView};
use crate::gui::words::{say, words};
use crate::model::{ImportReport, Service};

words! {
    ADD = "accounts-add";
    ADD_TITLE = "accounts-add-title";
    ADD_BODY = "accounts-add-body";
    CHANGE = "accounts-change";
    REMOVE = "accounts-remove";
    REMOVE_TITLE = "accounts-remove-title";
    REMOVE_BODY = "accounts-remove-body";
    KIND = "accounts-kind";
    ADDRESS = "accounts-address";
    CHAT_HINT = "accounts-chat-hint";
    VOICE_HINT = "accounts-voice-hint";
    PASSWORD = "accounts-password";
    SERVER = "accounts-server";
    SERVER_HINT = "accounts-server-hint";
    LOGIN = "accounts-login";
    LOGIN_HINT = "accounts-login-hint";
    KEEP = "accounts-keep";
    KEYRING = "accounts-keyring";
    FILE = "accounts-file";
    OTHERS = "others-button";
    OTHERS_TITLE = "others-title";
    OTHERS_BODY = "others-body";
    LOOKING = "others-looking";
    NONE_FOUND = "others-none-found";
    PATH = "others-path";
    PATH_HINT = "others-path-hint";
    LOOK = "others-look";
    ACCOUNTS = "others-accounts";
    PEOPLE = "others-people";
    PREVIEW = "others-preview";
    NOTHING = "others-nothing";
    PASSWORDS = "others-passwords";
    TAKE = "others-take";
    TAKING = "others-taking";
    OTHER_FILE = "others-other-file";
    HERE_ALREADY = "others-here-already";
}

/// The service of an account, in a word.
pub fn service(service: Service) -> &'static str {
    super::service(service).text()
}

/// The second line of an account of another program.
pub fn about(account: &OtherAccountView) -> String {
    let what = service(account.service);
    match (&account.server, account.known) {
        (_, true) => format!("{what} · {}", HERE_ALREADY),
        (Some(server), false) => format!("{what} · {}", server.trim_start_matches("sip:")),
        (None, false) => what.to_owned(),
    }
}

/// Whose file it is.
pub fn from(view: &OtherView) -> String {
    say!("others-from", program = view.program.as_str())
}

/// How many people.
pub fn people(count: usize) -> String {
    say!("others-people-count", count)
}

/// The first of them, and how many more.
pub fn names(view: &OtherView, most: usize) -> String {
    let shown: Vec<String> = view.people.iter().take(most).map(|name| super::plain(name).into_owned()).collect();
    let more = view.people_total.saturating_sub(shown.len());
    match more {
        0 => shown.join(", "),
        more => say!("others-names-and-more", names = shown.join(", "), count = more),
    }
}

/// What came over.
pub fn taken(accounts: usize, people: &ImportReport) -> String {
    let mut parts = Vec::new();
    if accounts > 0 {
        parts.push(say!("others-accounts-taken", count = accounts));
    }
    let new = people.added + people.changed;
    if new > 0 {
        parts.push(say!("others-people-taken", count = new));
    }
    if people.unchanged > 0 {
        parts.push(say!("others-people-there", count = people.unchanged));
    }
    parts.join(" ")
}
