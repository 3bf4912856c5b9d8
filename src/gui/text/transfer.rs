//! Words of handing calls over, of several calls at once, and of calls that wait.

use crate::gui::words::{Word, say, word, words};
use crate::model::{Call, CallState, TransferState};

words! {
    TRANSFER = "transfer-transfer";
    SWAP = "transfer-swap";
    FIELD = "transfer-field";
    OTHER_CALLS = "transfer-other-calls";
    PEOPLE = "transfer-people";
    NOBODY = "transfer-nobody";
    HINT = "transfer-hint";
    OTHERS = "transfer-others";
    NOW = "transfer-now";
    ASK_FIRST = "transfer-ask-first";
    CONNECT = "transfer-connect";
    TAKE_BACK = "transfer-take-back";
    TOGETHER = "transfer-together";
    ADD = "transfer-add";
    ADD_TITLE = "transfer-add-title";
    ADD_BODY = "transfer-add-body";
    CALLS_WITH = "transfer-calls-with";
    HANG_UP_AND_ANSWER = "transfer-hang-up-and-answer";
    AUTOMATIC = "transfer-automatic";
    AUTOMATIC_MUTED = "transfer-automatic-muted";
    NOTHING_DIALLED = "transfer-nothing-dialled";
    SEND = "transfer-send";
    DO_NOT_SEND = "transfer-do-not-send";
}

/// The sheet's heading.
pub fn heading(call: &Call) -> String {
    say!("transfer-heading", who = call.peer.display)
}

/// What happens at once.
pub fn now_body(call: &Call, to: &str) -> String {
    let who = &call.peer.display;
    say!("transfer-is-put-on-hold-and-is", who, to)
}

/// What happens when the target is asked first.
pub fn ask_first_body(call: &Call, to: &str) -> String {
    let who = &call.peer.display;
    say!("transfer-waits-on-hold-while-you-talk", who, to)
}

/// What happens when two calls are connected.
pub fn connect_body(call: &Call, other: &Call) -> String {
    say!("transfer-connect-body", who = call.peer.display, other = other.peer.display)
}

/// What stands beside another call.
pub fn other(call: &Call) -> Word {
    match call.state {
        CallState::Held => word("transfer-on-hold"),
        _ => word("transfer-in-a-call-with-you"),
    }
}

/// Under the call to the one who is asked first: who of the two waits.
pub fn waiting(call: &Call, with: &Call) -> String {
    let who = if call.state == CallState::Held { call } else { with };
    say!("transfer-waiting", who = who.peer.display)
}

/// Why the two cannot be connected yet.
pub fn not_yet(with: &Call) -> String {
    say!("transfer-not-yet", who = with.peer.display)
}

/// The steps of a transfer, and how many of them are over.
pub fn steps(state: TransferState) -> ([Word; 4], usize) {
    let steps =
        [word("transfer-on-hold"), word("transfer-asked"), word("transfer-ringing-there"), word("transfer-they-talk")];
    let done = match state {
        TransferState::Holding => 0,
        TransferState::Asked => 1,
        TransferState::Calling => 2,
        TransferState::Ringing => 3,
        TransferState::Done => 4,
        TransferState::Failed => 0,
    };
    (steps, done)
}

/// What answering a second call does to the first.
pub fn answer_holds(talking: &Call) -> String {
    say!("transfer-answer-holds", who = talking.peer.display)
}

/// The same where the settings leave other calls alone.
pub fn answer_beside(talking: &Call) -> String {
    say!("transfer-answer-beside", who = talking.peer.display)
}

/// Digits of a number that wait for the user's word. They may be a PIN: how many there are says enough.
pub fn digits_wait(count: usize) -> String {
    say!("transfer-digits-wait", count)
}

/// Digits that the other side pressed.
pub fn pressed(digits: &str) -> String {
    say!("transfer-they-pressed", digits)
}
