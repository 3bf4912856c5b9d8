//! Words about calls over chat.

use crate::gui::words::{Word, say, word};
use crate::model::{Call, Via};

/// What stands beside a call that goes, or went, over chat.
pub const OVER_CHAT: Word = word("jingle-over-chat");
/// The other side's microphone.
pub const THEIRS_OFF: Word = word("jingle-their-microphone-is-off");
/// Why the button is grey.
pub const NO_TRANSFER: Word = word("jingle-cannot-be-transferred");

/// Which way a call came, and for which address of ours.
pub fn came(via: Via, address: &str) -> String {
    match via {
        Via::Sip => say!("jingle-over-the-phone-service-for", address),
        Via::Jingle => say!("jingle-over-chat-for", address),
    }
}

/// Why a call cannot be handed over, where that is because of its way.
pub fn no_transfer(call: &Call) -> Option<Word> {
    match call.via {
        Via::Sip => None,
        Via::Jingle => Some(NO_TRANSFER),
    }
}

/// The other side's address, where the protocol need not be named because the way is.
pub fn address(call: &Call) -> &str {
    match call.via {
        Via::Sip => &call.peer.uri,
        Via::Jingle => call.peer.uri.strip_prefix("xmpp:").unwrap_or(&call.peer.uri),
    }
}

/// The way of a call that is no call over the phone service, and our address in it.
pub fn way(call: &Call, address: &str) -> Option<String> {
    match call.via {
        Via::Sip => None,
        Via::Jingle => Some(say!("jingle-over-chat-as", address)),
    }
}

/// A call in the history, and which way it went where that was not the phone service.
pub fn with_way(call: &Call, words: String) -> String {
    match call.via {
        Via::Sip => words,
        Via::Jingle => [words.as_str(), OVER_CHAT.text()].join(" · "),
    }
}
