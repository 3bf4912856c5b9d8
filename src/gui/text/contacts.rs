//! Sentences about the list of people.

use crate::model::{Contact, Subscription};

macro_rules! words {
    ($($name:ident = $text:literal;)*) => { $(#[doc = $text] pub const $name: &str = $text;)* };
}

words! {
    ADD = "Add a contact";
    ADD_HINT = "Add a contact (Ctrl+N)";
    ADD_BODY = "They are asked whether you may see when they are there. You can write to them at once.";
    ADDRESS = "Address, or a link that they sent you";
    ADDRESS_HINT = "frank@example.com";
    NO_ADDRESS = "A chat address looks like frank@example.com; a link begins with xmpp:.";
    NAME = "Name";
    NAME_HINT = "Empty: as they call themselves";
    GROUPS = "Groups, separated by commas";
    GROUPS_HINT = "Work, Friends";
    APPROVE = "They may see when I am there";
    ADD_BUTTON = "Add";
    LIST = "Your list";
    EDIT = "Name and groups";
    EDIT_BODY = "Only you see this. Your server keeps it for all your devices.";
    SAVE = "Save";
    REMOVE = "Remove from the list";
    REMOVE_TITLE = "Remove this contact?";
    REMOVE_BODY = "Neither of you sees any more when the other is there. What you wrote to each other stays.";
    REMOVE_BUTTON = "Remove";
    BLOCK = "Block";
    BLOCK_TITLE = "Block this person?";
    BLOCK_BODY = "No message of theirs reaches you on any of your devices, they do not see when you are there, and calls that \
        are proven to be theirs are declined. They are not told.";
    BLOCK_BUTTON = "Block";
    REPORT_BUTTON = "Block and report";
    REPORT = "Tell the people who run your server";
    NO_REPORT = "No report";
    SPAM = "Unwanted advertising";
    ABUSE = "Something worse";
    REPORT_HINT = "What they did, if you like";
    UNBLOCK = "Unblock";
    BLOCKED = "Blocked";
    BLOCKED_BODY = "You have blocked this person. Nothing that they write reaches you.";
    BLOCKED_PEOPLE = "Blocked people";
    WAITING = "Has not answered yet";
    WAITING_BODY = "You asked to see when they are there, and they have not answered yet. Messages reach them all the same.";
    ASK_AGAIN = "Ask again";
    WITHDRAW = "Take the question back";
    ASK = "Ask to see when they are there";
    UNSEEN_BODY = "You do not see when they are there.";
    ONE_WAY_BODY = "They do not see when you are there.";
    HIDE = "Do not let them see when I am there";
    CANNOT_BLOCK = "Your chat server cannot block people, or is not connected.";
}

/// What is odd about who sees whom; `None`: both see each other.
pub fn standing(contact: &Contact) -> Option<&'static str> {
    match (contact.subscription, contact.asked) {
        (Subscription::None | Subscription::From, true) => Some(WAITING_BODY),
        (Subscription::None | Subscription::From, false) => Some(UNSEEN_BODY),
        (Subscription::To, _) => Some(ONE_WAY_BODY),
        (Subscription::Both, _) => None,
    }
}
