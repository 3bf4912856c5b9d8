//! The words of a conversation: what can be done with a message, what became of it.

use crate::gui::words::{Word, say, word, words};
use crate::model::{Delivery, LinkOddity, Message, MessageDirection, action};

words! {
    MESSAGES = "talk-messages";
    WRITES = "talk-writes";
    REPLY = "talk-reply";
    EDIT = "talk-edit";
    DELETE = "talk-delete";
    COPY = "talk-copy";
    COPY_LINK = "talk-copy-link";
    OPEN_LINK = "talk-open-link";
    MESSAGE_DETAILS = "talk-message-details";
    SEND_AGAIN = "talk-send-again";
    MORE = "talk-more";
    REACT = "talk-react";
    EMOJI = "talk-emoji";
    EMOJI_SEARCH = "talk-emoji-search";
    NO_EMOJI = "talk-no-emoji";
    EDITED = "talk-edited";
    DELETED_OWN = "talk-deleted-own";
    DELETED_THEIRS = "talk-deleted-theirs";
    REMOVED = "talk-removed";
    ANSWERS_GONE = "talk-answers-gone";
    YOU = "talk-you";
    EDITING = "talk-editing";
    UNREAD = "talk-unread";
    LATEST = "talk-latest";
    CALL_BACK = "talk-call-back";
    WRITE_BACK = "talk-write-back";
    DELETE_TITLE = "talk-delete-title";
    DELETE_BODY = "talk-delete-body";
    LINK_TITLE = "talk-link-title";
    OPEN = "talk-open";
    SENT_AT = "talk-sent-at";
    STATE = "talk-state";
    WAY = "talk-way";
    PROTECTION = "talk-protection";
    NOT_ENCRYPTED = "talk-not-encrypted";
    ENCRYPTED = "talk-encrypted";
    OVER_VOICE = "talk-over-voice";
    REACTIONS = "talk-reactions";
    VERSIONS = "talk-versions";
    NAME = "talk-name";
    ARCHIVE_NAME = "talk-archive-name";
    NOT_SENT = "talk-not-sent";
}

/// What stands over the field while a message is answered.
pub fn answering(whom: &str) -> String {
    say!("talk-answering", whom)
}

/// The beginning of a message in the list.
pub fn preview(message: &Message) -> String {
    if message.details.retracted {
        let own = message.direction == MessageDirection::Out;
        return if own { DELETED_OWN } else { DELETED_THEIRS }.to_owned();
    }
    if let Some(url) = message.file() {
        return super::preview(message.direction, &crate::model::name_at(&url));
    }
    let body = action(&message.body).unwrap_or(&message.body);
    super::preview(message.direction, body)
}

/// Who writes just now.
pub fn writes(who: &str) -> String {
    say!("talk-is-writing", who)
}

/// What somebody did: `/me` before it stands for the name.
pub fn does(who: &str, what: &str) -> String {
    format!("{who} {what}")
}

/// Why a link is shown before it is opened.
pub fn odd_link(odd: LinkOddity, host: &str) -> String {
    match odd {
        LinkOddity::UserInfo => {
            say!("talk-what-stands-before-the-looks-like", host)
        }
        LinkOddity::ForeignLetters => {
            say!("talk-the-name-of-the-site-has", host)
        }
        LinkOddity::NoName => say!("talk-the-site-has-no-name-only", host),
        LinkOddity::Long => say!("talk-the-link-is-unusually-long-it", host),
    }
}

/// What became of a message, in a sentence.
pub fn state(delivery: Delivery) -> Word {
    match delivery {
        Delivery::Pending => word("talk-waits-for-the-connection-it-is"),
        Delivery::Sent => word("talk-your-server-has-it"),
        Delivery::Delivered => word("talk-it-arrived-on-one-of-their"),
        Delivery::Displayed => word("talk-they-have-seen-it"),
        Delivery::Failed => word("talk-it-was-refused-and-will-not"),
        Delivery::Received => word("talk-received"),
    }
}

/// Who wrote.
pub fn author(direction: MessageDirection, name: &str) -> String {
    match direction {
        MessageDirection::Out => YOU.to_owned(),
        MessageDirection::In => name.to_owned(),
    }
}

/// How many messages came since.
pub fn new_messages(count: u32) -> String {
    say!("talk-new-messages", count)
}
