//! The words of a conversation: what can be done with a message, what became of it.

use crate::model::{Delivery, LinkOddity, Message, MessageDirection, action};

macro_rules! words {
    ($($name:ident = $text:literal;)*) => { $(#[doc = $text] pub const $name: &str = $text;)* };
}

words! {
    MESSAGES = "Messages";
    WRITES = "writing …";
    REPLY = "Reply";
    EDIT = "Edit";
    DELETE = "Delete";
    COPY = "Copy";
    COPY_LINK = "Copy link";
    OPEN_LINK = "Open link";
    MESSAGE_DETAILS = "Details";
    SEND_AGAIN = "Send again";
    MORE = "More";
    REACT = "React";
    EMOJI = "Emoji";
    EMOJI_SEARCH = "Search emoji";
    NO_EMOJI = "No emoji has this name.";
    EDITED = "edited";
    DELETED_OWN = "You deleted this message.";
    DELETED_THEIRS = "This message was deleted.";
    REMOVED = "A moderator removed this message.";
    ANSWERS_GONE = "A message that is not here";
    YOU = "You";
    EDITING = "Editing your message";
    UNREAD = "New";
    LATEST = "Go to the newest message";
    CALL_BACK = "Call back";
    WRITE_BACK = "Write back";
    DELETE_TITLE = "Delete this message?";
    DELETE_BODY = "Everybody's client is asked to delete it. Who has read it already, or uses a program that keeps it, may still have it.";
    LINK_TITLE = "Open this link?";
    OPEN = "Open";
    SENT_AT = "Written";
    STATE = "State";
    WAY = "Way";
    PROTECTION = "Protection";
    NOT_ENCRYPTED = "Protected on the way to your server. The servers of both of you can read it.";
    ENCRYPTED = "Encrypted from your device to theirs.";
    OVER_VOICE = "Over the voice connection. The phone service can read it, and nobody vouches for who writes.";
    REACTIONS = "Reactions";
    VERSIONS = "Earlier versions";
    NAME = "Name of the message";
    ARCHIVE_NAME = "Name in the archive";
    NOT_SENT = "Not sent.";
}

/// What stands over the field while a message is answered.
pub fn answering(whom: &str) -> String {
    format!("Answering {whom}")
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
    format!("{who} is writing …")
}

/// What somebody did: `/me` before it stands for the name.
pub fn does(who: &str, what: &str) -> String {
    format!("{who} {what}")
}

/// Why a link is shown before it is opened.
pub fn odd_link(odd: LinkOddity, host: &str) -> String {
    match odd {
        LinkOddity::UserInfo => {
            format!("What stands before the @ looks like a site, but this leads to {host}.")
        }
        LinkOddity::ForeignLetters => {
            format!(
                "The name of the site has letters that look like others: {host}. It may not be the site that you know."
            )
        }
        LinkOddity::NoName => format!("The site has no name, only a number: {host}."),
        LinkOddity::Long => format!("The link is unusually long. It leads to {host}."),
    }
}

/// What became of a message, in a sentence.
pub fn state(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Pending => "Waits for the connection. It is kept and sent as soon as possible.",
        Delivery::Sent => "Your server has it.",
        Delivery::Delivered => "It arrived on one of their devices.",
        Delivery::Displayed => "They have seen it.",
        Delivery::Failed => "It was refused and will not be tried again by itself.",
        Delivery::Received => "Received.",
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
    if count == 1 { "1 new message".to_owned() } else { format!("{count} new messages") }
}
