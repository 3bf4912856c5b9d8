//! What a call to an address may cost (C-41).

use crate::model::{AddressUri, Cost, SipUri};

/// A call that stays in the domain of the voice account is free; one to a number leads to the telephone network;
/// another domain may do anything. Short internal numbers (without `+`, up to five digits) stay inside.
pub fn cost(uri: &AddressUri, voice: Option<&SipUri>) -> Cost {
    match uri {
        AddressUri::Jingle(jid) if super::toll::leads_to_a_number(jid) => Cost::PhoneNetwork,
        AddressUri::Jingle(_) => Cost::Free,
        AddressUri::Tel(number, _) if !number.is_global() && number.as_str().len() <= 5 => Cost::Free,
        AddressUri::Tel(..) => Cost::PhoneNetwork,
        AddressUri::Sip(uri) => match voice {
            Some(voice) if voice.host() == uri.host() => {
                // As for plain numbers: short ones are internal, longer ones lead out, however a card writes them.
                let digits =
                    |user: &str| user.len() > 5 && user.bytes().all(|b| b.is_ascii_digit() || b"+*#-.".contains(&b));
                let looks_like_a_number = uri.is_phone() || uri.user().is_some_and(digits);
                if looks_like_a_number { Cost::PhoneNetwork } else { Cost::Free }
            }
            Some(_) | None => Cost::Unknown,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PhoneNumber;

    #[test]
    fn the_own_domain_is_free_numbers_are_not_and_the_rest_is_unknown() {
        let voice = SipUri::parse("sip:alice@example.com").expect("valid");
        let sip = |text: &str| AddressUri::Sip(SipUri::parse(text).expect("valid"));
        let tel = |text: &str| AddressUri::Tel(PhoneNumber::from_digits(text).expect("valid"), None);
        for (uri, expected) in [
            (sip("sip:bob@example.com"), Cost::Free),
            (sip("sip:bob@other.example"), Cost::Unknown),
            (sip("sip:+4930901820@example.com;user=phone"), Cost::PhoneNetwork),
            (sip("sip:0019005551234@example.com"), Cost::PhoneNetwork),
            (sip("sip:1001@example.com"), Cost::Free),
            (tel("+4930901820"), Cost::PhoneNetwork),
            (tel("1001"), Cost::Free),
        ] {
            assert_eq!(cost(&uri, Some(&voice)), expected, "{uri}");
        }
    }
}
