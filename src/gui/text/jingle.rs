//! Words about calls over chat.

use crate::gui::words::say;
use crate::model::Via;

/// Which way a call came, and for which address of ours.
pub fn came(via: Via, address: &str) -> String {
    match via {
        Via::Sip => say!("jingle-over-the-phone-service-for", address),
        Via::Jingle => say!("jingle-over-chat-for", address),
    }
}
