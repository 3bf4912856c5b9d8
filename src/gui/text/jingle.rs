//! Words about calls over chat.

use crate::model::Via;

/// Which way a call came, and for which address of ours.
pub fn came(via: Via, address: &str) -> String {
    match via {
        Via::Sip => format!("Over the phone service, for {address}"),
        Via::Jingle => format!("Over chat, for {address}"),
    }
}
