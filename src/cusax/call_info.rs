//! Whether our chat address goes along with a call (C-31, C-35).

use crate::model::{Grade, Jid, SipUri};

/// The chat address to send in `Call-Info` (RFC 6993), if any: `related` is the chat account that belongs to the
/// voice account. `known` limits it to our own domain and to addresses that a contact's card confirms; anonymous
/// calls never carry it.
pub fn call_info(
    related: Option<&Jid>,
    callee: &SipUri,
    voice: &SipUri,
    grade: Option<Grade>,
    to_everybody: bool,
    to_known: bool,
    anonymous: bool,
) -> Option<Jid> {
    if anonymous {
        return None;
    }
    let known = grade == Some(Grade::Confirmed) || (callee.host() == voice.host() && !callee.is_phone());
    (to_everybody || (to_known && known)).then(|| related.cloned()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chat_address_goes_only_where_the_policy_says() {
        let alice = Jid::parse("alice@example.com").expect("valid");
        let voice = SipUri::parse("sip:alice@example.com").expect("valid");
        let uri = |text: &str| SipUri::parse(text).expect("valid");
        let known = |callee: &str, grade| call_info(Some(&alice), &uri(callee), &voice, grade, false, true, false);
        assert_eq!(known("sip:bob@example.com", None), Some(alice.clone()));
        assert_eq!(known("sip:bob@other.example", None), None);
        assert_eq!(known("sip:bob@other.example", Some(Grade::Claimed)), None);
        assert_eq!(known("sip:bob@other.example", Some(Grade::Confirmed)), Some(alice.clone()));
        assert_eq!(known("sip:+4930901820@example.com;user=phone", None), None);
        assert_eq!(
            call_info(Some(&alice), &uri("sip:x@y.example"), &voice, None, true, false, false),
            Some(alice.clone())
        );
        assert_eq!(call_info(Some(&alice), &uri("sip:bob@example.com"), &voice, None, true, true, true), None);
        assert_eq!(call_info(None, &uri("sip:bob@example.com"), &voice, None, true, true, false), None);
    }
}
