//! Sentences about the list of people.

use time::UtcOffset;

use crate::gui::words::{Word, say, words};
use crate::model::{Contact, Presence, Subscription, WallTime};

words! {
    ADD = "contacts-add";
    ADD_HINT = "contacts-add-hint";
    ADD_BODY = "contacts-add-body";
    ADDRESS = "contacts-address";
    ADDRESS_HINT = "contacts-address-hint";
    NO_ADDRESS = "contacts-no-address";
    NAME = "contacts-name";
    NAME_HINT = "contacts-name-hint";
    GROUPS = "contacts-groups";
    GROUPS_HINT = "contacts-groups-hint";
    APPROVE = "contacts-approve";
    ADD_BUTTON = "contacts-add-button";
    LIST = "contacts-list";
    EDIT = "contacts-edit";
    EDIT_BODY = "contacts-edit-body";
    SAVE = "contacts-save";
    REMOVE = "contacts-remove";
    REMOVE_TITLE = "contacts-remove-title";
    REMOVE_BODY = "contacts-remove-body";
    REMOVE_BUTTON = "contacts-remove-button";
    BLOCK = "contacts-block";
    BLOCK_TITLE = "contacts-block-title";
    BLOCK_BODY = "contacts-block-body";
    BLOCK_BUTTON = "contacts-block-button";
    REPORT_BUTTON = "contacts-report-button";
    REPORT = "contacts-report";
    NO_REPORT = "contacts-no-report";
    SPAM = "contacts-spam";
    ABUSE = "contacts-abuse";
    REPORT_HINT = "contacts-report-hint";
    UNBLOCK = "contacts-unblock";
    BLOCKED = "contacts-blocked";
    BLOCKED_BODY = "contacts-blocked-body";
    BLOCKED_PEOPLE = "contacts-blocked-people";
    WAITING = "contacts-waiting";
    WAITING_BODY = "contacts-waiting-body";
    ASK_AGAIN = "contacts-ask-again";
    WITHDRAW = "contacts-withdraw";
    ASK = "contacts-ask";
    UNSEEN_BODY = "contacts-unseen-body";
    ONE_WAY_BODY = "contacts-one-way-body";
    HIDE = "contacts-hide";
    CANNOT_BLOCK = "contacts-cannot-block";
    SAME = "contacts-same";
    SAME_AS = "contacts-same-as";
    SAME_TITLE = "contacts-same-title";
    SAME_BODY = "contacts-same-body";
    SAME_HINT = "contacts-same-hint";
    SAME_NOBODY = "contacts-same-nobody";
    ANOTHER = "contacts-another";
    WRITES_TO = "contacts-writes-to";
    INVITE = "contacts-invite";
    INVITE_BODY = "contacts-invite-body";
    INVITE_MAKING = "contacts-invite-making";
    INVITE_PAGE = "contacts-invite-page";
    COPY_INVITE = "contacts-copy-invite";
}

/// Until when a link holds.
pub fn holds_until(day: String) -> String {
    say!("contacts-holds-until", day)
}

/// Whether somebody is there, and when they were last.
pub fn there(contact: &Contact, presence: &Presence, now: WallTime, offset: UtcOffset) -> String {
    let told = super::presence(presence);
    match contact.last_active {
        Some(at) => say!("contacts-last-there", told, when = crate::gui::when::within(at, now, offset)),
        None => told,
    }
}

/// What is odd about who sees whom; `None`: both see each other.
pub fn standing(contact: &Contact) -> Option<Word> {
    match (contact.subscription, contact.asked) {
        (Subscription::None | Subscription::From, true) => Some(WAITING_BODY),
        (Subscription::None | Subscription::From, false) => Some(UNSEEN_BODY),
        (Subscription::To, _) => Some(ONE_WAY_BODY),
        (Subscription::Both, _) => None,
    }
}
