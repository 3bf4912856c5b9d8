//! Which accounts look like two aspects of one service (C-26).

use crate::model::{AddressUri, Jid, SipUri};

/// Why a voice account may belong to a chat account, a sentence; `None` where nothing speaks for it. A proposal only: the
/// user decides. `listed` are the addresses in the user's own card.
pub fn belongs(chat: &Jid, voice: &SipUri, listed: &[AddressUri]) -> Option<&'static str> {
    let same = |uri: &AddressUri| match uri {
        AddressUri::Sip(uri) => uri.address_of_record() == voice.address_of_record(),
        AddressUri::Tel(..) | AddressUri::Jingle(_) => false,
    };
    if listed.iter().any(same) {
        return Some("Your own card names this phone address.");
    }
    let user = voice.user().unwrap_or_default();
    match (chat.local() == Some(user), chat.domain() == voice.host()) {
        (true, true) => Some("Both have the same address."),
        (true, false) => Some("Both have the same name before the @."),
        (false, true) => Some("Both are of the same provider."),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c26_what_speaks_for_two_accounts_being_one_service_is_told() {
        let chat = Jid::parse("alice@xmpp.example.com").expect("valid");
        let sip = |text: &str| SipUri::parse(text).expect("valid");
        let card = [AddressUri::Sip(sip("sip:1001@pbx.example;transport=tls"))];
        for (voice, card, told) in [
            ("sip:1001@pbx.example", card.as_slice(), Some("card")),
            ("sip:1001@pbx.example", &[], None),
            ("sip:1002@pbx.example", card.as_slice(), None),
            ("sip:alice@sip.example.com", &[], Some("before the @")),
            ("sip:alice@xmpp.example.com", &[], Some("same address")),
            ("sip:1001@xmpp.example.com", &[], Some("provider")),
        ] {
            let found = belongs(&chat, &sip(voice), card);
            assert!(
                match told {
                    Some(words) => found.is_some_and(|why| why.contains(words)),
                    None => found.is_none(),
                },
                "{voice}: {found:?}"
            );
        }
    }
}
