//! The user's own card seen from the voice account: does it list the address by which the user is called (S-04), and how is
//! an entry written so that both forms of the card carry it (P-2 of the manual)?

use std::sync::Arc;

use super::dial_uri;
use crate::model::{AddressUri, CardPhone, EditedPhone, OwnCard, SipUri};
use crate::phone::{DialPlan, NotCallable, Written, read};

/// Entries that an own card may have.
pub const MOST_ENTRIES: usize = 32;
/// The longest entry, in characters: what readers of cards keep.
const LONGEST_VALUE: usize = 256;

/// Where an entry of the own card leads, as far as it can be said without asking anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leads {
    /// To the voice account: the same address of record.
    Here,
    /// To a number that only the call server can say whose it is: what to ask it for.
    Perhaps(SipUri),
    /// Elsewhere, or nowhere.
    Elsewhere,
}

/// Compares an entry with the address of the voice account as addresses of record ([`SipUri::same_address`]); a number
/// of the own domain may be the same user under another name.
pub fn leads(value: &str, plan: &DialPlan, voice: &SipUri) -> Leads {
    let uri = match read(value, plan) {
        Ok(Written::Sip(uri)) => AddressUri::Sip(uri),
        Ok(Written::Tel(number, extension)) => AddressUri::Tel(number, extension),
        Ok(Written::Xmpp(_)) | Err(_) => return Leads::Elsewhere,
    };
    let Some(dialled) = dial_uri(&uri, voice) else { return Leads::Elsewhere };
    if dialled.same_address(voice) {
        Leads::Here
    } else if dialled.host().eq_ignore_ascii_case(voice.host()) && dialled.is_phone() {
        Leads::Perhaps(dialled)
    } else {
        Leads::Elsewhere
    }
}

/// Whether the card lists the address of the voice account (S-04), as a SIP address or as its number.
pub fn lists(card: &OwnCard, plan: &DialPlan, voice: &SipUri) -> bool {
    card.phones.iter().any(|phone| leads(&phone.value, plan, voice) == Leads::Here)
}

/// The entry as both forms carry it; `old` is the card as it was.
///
/// What was there already stays as it is written. A new SIP address is a URI, also in the older form, which has no better
/// place for it than text; a new number becomes global where the country is known.
///
/// # Errors
///
/// It is neither a number nor an address, or too long.
pub fn entry(phone: &CardPhone, old: &OwnCard, plan: &DialPlan) -> Result<EditedPhone, NotCallable> {
    let value = phone.value.trim();
    let scheme = value.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    let foreign = scheme.is_some_and(|scheme| !["sip", "sips", "tel"].contains(&scheme.trim()));
    if foreign || value.chars().count() > LONGEST_VALUE {
        return Err(NotCallable::Nonsense);
    }
    if old.phones.iter().any(|known| &*known.value == value) {
        return Ok(EditedPhone {
            phone: CardPhone { value: value.into(), ..phone.clone() },
            uri: as_uri(value).into(),
        });
    }
    let (text, uri): (Arc<str>, Arc<str>) = match read(value, plan)? {
        Written::Sip(uri) => {
            let uri: Arc<str> = uri.to_string().into();
            (uri.clone(), uri)
        }
        Written::Tel(number, None) => {
            // As the user groups the digits, where that is the same number for a reader without a dial plan.
            let text =
                if value.starts_with('+') || !number.is_global() { value.into() } else { number.as_str().into() };
            let uri = if number.is_global() { format!("tel:{number}") } else { as_uri(value) };
            (text, uri.into())
        }
        Written::Tel(number, Some(extension)) => {
            let text: Arc<str> = format!("{number};ext={extension}").into();
            let uri = format!("tel:{text}").into();
            (text, uri)
        }
        Written::Xmpp(_) => return Err(NotCallable::Nonsense),
    };
    Ok(EditedPhone { phone: CardPhone { value: text, ..phone.clone() }, uri })
}

/// A value that is kept, as a URI: RFC 3966 allows no blanks and strokes. A local number gets no `phone-context`: a
/// converter would carry that into the older form, where nobody reads it.
fn as_uri(value: &str) -> String {
    let scheme = value.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme.as_deref() {
        Some("sip" | "sips" | "tel" | "xmpp") => value.to_owned(),
        _ if value.contains('@') => format!("sip:{value}"),
        _ => format!("tel:{}", value.chars().filter(|c| !c.is_whitespace() && *c != '/').collect::<String>()),
    }
}

/// The entry that makes the voice account known.
pub fn own_entry(voice: &SipUri) -> CardPhone {
    CardPhone {
        value: voice.address_of_record().to_string().into(),
        types: vec!["work".into(), "voice".into()],
        preferred: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone(value: &str) -> CardPhone {
        CardPhone { value: value.into(), types: Vec::new(), preferred: false }
    }

    #[test]
    fn s_04_the_own_address_is_found_in_every_form_and_no_other_is_taken_for_it() {
        let plan = DialPlan { region: Some("DE".into()), ..DialPlan::default() };
        let alice = SipUri::parse("sip:alice@Example.com").expect("valid");
        let extension = SipUri::parse("sip:1001@pbx.example").expect("valid");
        let number = SipUri::parse("sip:+4930901820@pbx.example").expect("valid");
        for (value, voice, expected) in [
            ("sip:alice@example.com", &alice, true),
            ("alice@example.com", &alice, true),
            ("sip:alice@example.com:5060;transport=tcp", &alice, true),
            ("tel:sip:alice@example.com", &alice, true),
            ("sips:alice@EXAMPLE.COM", &alice, true),
            ("sip:Alice@example.com", &alice, false),
            ("sip:alice@example.com.evil.example", &alice, false),
            ("sip:alic@example.com", &alice, false),
            ("xmpp:alice@example.com", &alice, false),
            ("1001", &extension, true),
            ("sip:1001@pbx.example;user=phone", &extension, true),
            ("sip:1001@other.example", &extension, false),
            ("+49 30 901820", &number, true),
            ("030 901820", &number, true),
            ("+49 30 901821", &number, false),
        ] {
            assert_eq!(leads(value, &plan, voice) == Leads::Here, expected, "{value}");
        }
        let asked = SipUri::parse("sip:+4930901820@example.com;user=phone").expect("valid");
        assert!(matches!(leads("030 901820", &plan, &alice), Leads::Perhaps(uri) if uri.user() == asked.user()));
    }

    #[test]
    fn an_entry_is_written_for_both_forms_and_nonsense_is_refused() {
        let plan = DialPlan { region: Some("DE".into()), ..DialPlan::default() };
        let old = OwnCard { phones: vec![phone("030 / 90 18 20")], ..OwnCard::default() };
        for (value, text, uri) in [
            ("alice@example.com", "sip:alice@example.com", "sip:alice@example.com"),
            ("+49 30 901820", "+49 30 901820", "tel:+4930901820"),
            ("030 901821", "+4930901821", "tel:+4930901821"),
            ("030 / 90 18 20", "030 / 90 18 20", "tel:030901820"),
            ("1001", "1001", "tel:1001"),
            ("+1 303 308 3282 x12", "+13033083282;ext=12", "tel:+13033083282;ext=12"),
        ] {
            let entry = entry(&phone(value), &old, &plan).expect("an entry");
            assert_eq!((&*entry.phone.value, &*entry.uri), (text, uri), "{value}");
        }
        for value in ["", "call me", "xmpp:alice@example.com", "mailto:a@example.com", &"9".repeat(300)] {
            assert!(entry(&phone(value), &old, &plan).is_err(), "{value}");
        }
    }
}
