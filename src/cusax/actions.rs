//! What a contact offers, and why not (C-18, C-20).

use crate::model::{Action, Actions, Address};

/// How the voice side stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoiceStanding {
    /// No voice account is configured.
    Absent,
    /// Not registered.
    Offline,
    /// Registered.
    Online,
}

/// The actions of a contact. "Call" depends on the card and on voice alone: not on the contact's presence, and not on
/// what the chat account can do (C-18).
pub fn actions(addresses: &[Address], card_known: bool, voice: VoiceStanding) -> Actions {
    let call = if !addresses.iter().any(Address::is_way) {
        Action::unavailable(if card_known {
            "Their card has no phone number or call address."
        } else {
            "Their card has not arrived yet."
        })
    } else {
        match voice {
            VoiceStanding::Absent => Action::unavailable("You have no voice account."),
            VoiceStanding::Offline => Action::unavailable("Voice is not connected."),
            VoiceStanding::Online => Action::available(),
        }
    };
    Actions {
        call,
        video_call: Action::unavailable("Tandem cannot make video calls yet."),
        // Messages to people who are offline, or written while we are, are kept and delivered later.
        chat: Action::available(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AddressSource, AddressUri, Cost, Grade, SipUri};

    #[test]
    fn call_is_offered_by_the_card_and_greyed_with_the_reason() {
        let address = Address {
            uri: AddressUri::Sip(SipUri::parse("sip:bob@example.com").expect("valid")),
            types: Vec::new(),
            source: AddressSource::VcardTemp,
            grade: Grade::Confirmed,
            evidence: Vec::new(),
            cost: Cost::Free,
            learned: None,
        };
        let with = std::slice::from_ref(&address);
        assert!(actions(with, true, VoiceStanding::Online).call.available);
        let reason =
            |addresses: &[Address], known, voice| actions(addresses, known, voice).call.reason.expect("a reason");
        assert!(reason(with, true, VoiceStanding::Offline).contains("not connected"));
        assert!(reason(with, true, VoiceStanding::Absent).contains("no voice account"));
        assert!(reason(&[], true, VoiceStanding::Online).contains("no phone number"));
        assert!(reason(&[], false, VoiceStanding::Online).contains("not arrived"));
    }
}
