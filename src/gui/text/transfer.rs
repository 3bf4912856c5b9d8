//! Words of handing calls over, of several calls at once, and of calls that wait.

use crate::model::{Call, CallState, TransferState};

macro_rules! words {
    ($($name:ident = $text:literal;)*) => { $(#[doc = $text] pub const $name: &str = $text;)* };
}

words! {
    TRANSFER = "Transfer";
    SWAP = "Swap";
    FIELD = "Name, number or address";
    OTHER_CALLS = "Other calls";
    PEOPLE = "People";
    NOBODY = "Nobody is found. Type a number or an address to transfer the call there.";
    HINT = "Type a name, a number or an address.";
    OTHERS = "Somebody else";
    NOW = "Transfer now";
    ASK_FIRST = "Ask first";
    CONNECT = "Connect them";
    TAKE_BACK = "Take back";
    TOGETHER = "Talk all together";
    ADD = "Add";
    ADD_TITLE = "Add to the conference";
    ADD_BODY = "They are called, and hear everybody as soon as they answer.";
    CALLS_WITH = "Calls with them";
    HANG_UP_AND_ANSWER = "Hang up and answer";
    AUTOMATIC = "Answered by itself, as your settings allow for this caller. Your microphone is open.";
    AUTOMATIC_MUTED = "Answered by itself, as your settings allow for this caller. Your microphone is off.";
    NOTHING_DIALLED = "Nothing is dialled before you say so.";
    SEND = "Send";
    DO_NOT_SEND = "Do not send";
}

/// The sheet's heading.
pub fn heading(call: &Call) -> String {
    format!("Transfer {}", call.peer.display)
}

/// What happens at once.
pub fn now_body(call: &Call, to: &str) -> String {
    let who = &call.peer.display;
    format!(
        "{who} is put on hold, and {to} is called. When {to} answers, your call ends; if nobody does, {who} is yours again."
    )
}

/// What happens when the target is asked first.
pub fn ask_first_body(call: &Call, to: &str) -> String {
    let who = &call.peer.display;
    format!("{who} waits on hold while you talk to {to}. Then you connect the two, or take {who} back.")
}

/// What happens when two calls are connected.
pub fn connect_body(call: &Call, other: &Call) -> String {
    format!("{} and {} go on talking to each other. Both calls end here.", call.peer.display, other.peer.display)
}

/// What stands beside another call.
pub fn other(call: &Call) -> &'static str {
    match call.state {
        CallState::Held => "On hold",
        _ => "In a call with you",
    }
}

/// Under the call to the one who is asked first: who of the two waits.
pub fn waiting(call: &Call, with: &Call) -> String {
    let who = if call.state == CallState::Held { call } else { with };
    format!("{} waits to be connected.", who.peer.display)
}

/// Why the two cannot be connected yet.
pub fn not_yet(with: &Call) -> String {
    format!("As soon as {} has answered.", with.peer.display)
}

/// The steps of a transfer, and how many of them are over.
pub fn steps(state: TransferState) -> ([&'static str; 4], usize) {
    let steps = ["On hold", "Asked", "Ringing there", "They talk"];
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
    format!("{} is put on hold when you answer.", talking.peer.display)
}

/// The same where the settings leave other calls alone.
pub fn answer_beside(talking: &Call) -> String {
    format!("{} goes on hearing you when you answer.", talking.peer.display)
}

/// Digits of a number that wait for the user's word. They may be a PIN: how many there are says enough.
pub fn digits_wait(count: usize) -> String {
    match count {
        1 => "1 more digit waits to be sent.".to_owned(),
        count => format!("{count} more digits wait to be sent."),
    }
}

/// Digits that the other side pressed.
pub fn pressed(digits: &str) -> String {
    format!("They pressed: {digits}")
}
