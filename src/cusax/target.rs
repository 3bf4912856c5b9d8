//! From a contact or a text to the address that is dialled (C-01, C-18, C-19).

use std::sync::Arc;

use super::cost;
use crate::model::{Address, AddressUri, Contact, Cost, Grade, Jid, SipUri};
use crate::phone::{DialPlan, Written, read};

/// What will be dialled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The address.
    pub uri: AddressUri,
    /// Whom the user means, where it is a contact.
    pub contact: Option<Jid>,
    /// How far the address is proven to be the contact's.
    pub grade: Option<Grade>,
    /// What a call may cost.
    pub cost: Cost,
    /// Digits to send after the answer: an extension.
    pub digits: Option<Arc<str>>,
}

/// The address to dial for a contact: the first one of its list, which has SIP addresses first.
pub fn target_of_contact(contact: &Contact) -> Option<Target> {
    contact.addresses.iter().find(|address| address.is_way()).map(|address| target_of_address(contact, address))
}

/// One of a contact's addresses, to dial.
pub fn target_of_address(contact: &Contact, address: &Address) -> Target {
    Target {
        uri: address.uri.clone(),
        contact: Some(contact.jid.clone()),
        grade: Some(address.grade),
        cost: address.cost,
        digits: match &address.uri {
            AddressUri::Tel(_, extension) => extension.clone(),
            AddressUri::Sip(_) | AddressUri::Jingle(_) => None,
        },
    }
}

/// What a typed, pasted or clicked text means. `xmpp:` addresses and bare addresses of contacts mean the contact
/// (the caller resolves them); `None` when it is no address at all.
pub fn target_of_text(
    text: &str,
    plan: &DialPlan,
    voice: Option<&SipUri>,
    contact: impl Fn(&Jid) -> Option<Arc<Contact>>,
) -> Option<Target> {
    // A bare `user@host` that is a contact's chat address means that person; otherwise it is a SIP address.
    if !text.contains(':')
        && let Ok(jid) = Jid::parse_dropping_resource(text.trim())
        && let Some(found) = contact(&jid)
    {
        return target_of_contact(&found);
    }
    let (uri, digits) = match read(text, plan).ok()? {
        Written::Xmpp(jid) => return contact(&jid).and_then(|found| target_of_contact(&found)),
        Written::Sip(uri) => (AddressUri::Sip(uri), None),
        Written::Tel(number, extension) => (AddressUri::Tel(number, extension.clone()), extension),
    };
    let cost = cost(&uri, voice);
    Some(Target { uri, contact: None, grade: None, cost, digits })
}

/// The request URI for an address: numbers become `sip:number@own-domain;user=phone` of the voice account that
/// carries the call (P-2: never with the chat address's domain).
pub fn dial_uri(uri: &AddressUri, voice: &SipUri) -> Option<SipUri> {
    match uri {
        AddressUri::Sip(uri) => Some(uri.clone()),
        AddressUri::Tel(number, _) => SipUri::new(voice.scheme(), Some(number.as_str()), voice.host())
            .ok()
            .map(|uri| uri.with_port(voice.port()).with_param("user", Some("phone"))),
        AddressUri::Jingle(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_dialled_through_the_voice_accounts_domain() {
        let voice = SipUri::parse("sip:alice@pbx.example").expect("valid");
        let target = |text: &str| {
            let target = target_of_text(text, &DialPlan::default(), Some(&voice), |_| None)?;
            dial_uri(&target.uri, &voice).map(|uri| uri.to_string())
        };
        assert_eq!(target("1001").as_deref(), Some("sip:1001@pbx.example;user=phone"));
        assert_eq!(target("+49 30 901820").as_deref(), Some("sip:+4930901820@pbx.example;user=phone"));
        assert_eq!(target("sip:bob@other.example").as_deref(), Some("sip:bob@other.example"));
        assert_eq!(target("bob@other.example").as_deref(), Some("sip:bob@other.example"));
        assert_eq!(target("hello there"), None);
    }

    #[test]
    fn headers_in_a_pasted_address_are_not_dialled() {
        let target = target_of_text("sip:bob@x.example?Replaces=1%3Bto-tag%3D2", &DialPlan::default(), None, |_| None);
        let uri = target.expect("an address").uri.to_string();
        assert_eq!(uri, "sip:bob@x.example");
    }
}
