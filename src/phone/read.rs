//! Reading what stands in a card, in a message or in the dial field.

use std::sync::Arc;

use crate::model::{Jid, PhoneNumber, SipUri};

/// How numbers of this user are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialPlan {
    /// The country that numbers without `+` belong to, as ISO 3166 says.
    pub region: Option<String>,
}

/// What a written address is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// A SIP address.
    Sip(SipUri),
    /// A telephone number with its extension.
    Tel(PhoneNumber, Option<Arc<str>>),
    /// An XMPP address.
    Xmpp(Jid),
}

/// The text names nobody to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCallable {
    /// Nothing there.
    #[error("there is no number")]
    Empty,
    /// Neither a number nor an address.
    #[error("this is neither a number nor an address")]
    Nonsense,
}

/// Longest text that is looked at, in bytes.
const LONGEST: usize = 512;

/// Reads one address in any form of requirements P-2: `sip:…`, `tel:…`, nested `tel:sip:…`, `xmpp:…`, bare
/// `user@host` (a SIP address), numbers with separators, extensions and national forms.
pub fn read(text: &str, plan: &DialPlan) -> Result<Written, NotCallable> {
    let text = text.trim();
    if text.is_empty() {
        return Err(NotCallable::Empty);
    }
    if text.len() > LONGEST || text.chars().any(char::is_control) {
        return Err(NotCallable::Nonsense);
    }
    // A server's conversion between the card forms may have put `tel:` before any URI, even twice.
    let mut rest = text;
    let mut was_tel = false;
    while let Some(inner) = strip_scheme(rest, "tel") {
        rest = inner.trim_start();
        was_tel = true;
    }
    if strip_scheme(rest, "sip").is_some() || strip_scheme(rest, "sips").is_some() {
        return SipUri::parse(rest)
            .ok()
            .filter(|uri| uri.user().is_some())
            .map(Written::Sip)
            .ok_or(NotCallable::Nonsense);
    }
    if let Some(address) = strip_scheme(rest, "xmpp") {
        return read_xmpp(address).map(Written::Xmpp).ok_or(NotCallable::Nonsense);
    }
    if rest.contains('@') {
        return SipUri::parse(&format!("sip:{rest}"))
            .ok()
            .filter(|uri| uri.user().is_some())
            .map(Written::Sip)
            .ok_or(NotCallable::Nonsense);
    }
    read_number(rest, was_tel, plan)
}

fn strip_scheme<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let (head, rest) = text.split_once(':')?;
    head.trim().eq_ignore_ascii_case(scheme).then_some(rest)
}

/// `xmpp:` URIs lose their authority, query and resource (RFC 5122).
fn read_xmpp(text: &str) -> Option<Jid> {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let text = match text.strip_prefix("//") {
        Some(rest) => rest.split_once('/').map(|(_, path)| path)?,
        None => text,
    };
    Jid::parse_dropping_resource(text).ok()
}

/// A number: global after `+`, national when the plan knows the country, else as dialled.
fn read_number(text: &str, was_tel: bool, plan: &DialPlan) -> Result<Written, NotCallable> {
    // RFC 3966: parameters follow `;`; `;ext=` is the extension, `;phone-context=+…` makes a local number global.
    let mut pieces = text.split(';');
    let body = pieces.next().unwrap_or_default();
    let mut extension = None;
    let mut context = None;
    for piece in pieces {
        match piece.split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("ext") => extension = digits_of(value),
            Some((name, value)) if name.eq_ignore_ascii_case("phone-context") => context = Some(value),
            Some(_) | None => {}
        }
    }
    let (body, written_extension) = split_extension(body);
    let extension = extension.or(written_extension);
    let digits = strip_separators(body).ok_or(NotCallable::Nonsense)?;
    if digits.is_empty() || digits == "+" {
        return Err(if was_tel { NotCallable::Empty } else { NotCallable::Nonsense });
    }
    let digits = match context.and_then(strip_separators) {
        Some(prefix) if prefix.starts_with('+') && !digits.starts_with('+') => format!("{prefix}{digits}"),
        Some(_) | None => digits,
    };
    let digits = if digits.starts_with('+') { digits } else { national(&digits, plan).unwrap_or(digits) };
    // E.164 allows 15 digits; a few more are accepted, as some networks use them inside.
    if digits.starts_with('+') && !(5..=19).contains(&digits.len()) {
        return Err(NotCallable::Nonsense);
    }
    let number = PhoneNumber::from_digits(&digits).map_err(|_| NotCallable::Nonsense)?;
    Ok(Written::Tel(number, extension.map(Arc::from)))
}

fn digits_of(text: &str) -> Option<String> {
    strip_separators(text).filter(|digits| !digits.is_empty() && digits.len() <= 12)
}

/// Splits `… x12`, `… ext. 12`, `… #12` where letters begin the extension.
fn split_extension(text: &str) -> (&str, Option<String>) {
    let lower = text.to_ascii_lowercase();
    for mark in ["extension", "ext.", "ext", "x"] {
        if let Some(at) = lower.find(mark) {
            let digits = text.get(at + mark.len()..).and_then(digits_of);
            if let (Some(head), Some(digits)) = (text.get(..at), digits) {
                return (head, Some(digits));
            }
        }
    }
    (text, None)
}

/// Removes what people write between digits; `None` when something else is there.
fn strip_separators(text: &str) -> Option<String> {
    let mut digits = String::new();
    // `+49 (0)30 …`: the trunk zero is for callers inside the country only.
    let text = if text.trim_start().starts_with('+') { text.replace("(0)", "") } else { text.to_owned() };
    for c in text.chars() {
        match c {
            '0'..='9' | '*' | '#' => digits.push(c),
            '+' if digits.is_empty() => digits.push(c),
            ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\u{2010}'..='\u{2014}' => {}
            _ => return None,
        }
    }
    Some(digits)
}

/// The global form of a national or internationally prefixed number, where the country is known and the number is
/// possible there. Short numbers (internal extensions, services) stay as they are.
fn national(digits: &str, plan: &DialPlan) -> Option<String> {
    if digits.len() < 6 || digits.contains(['*', '#']) {
        return None;
    }
    let region: phonenumber::country::Id = plan.region.as_deref()?.parse().ok()?;
    let number = phonenumber::parse(Some(region), digits).ok()?;
    // Only numbers that can exist: an internal number like 100200 must not become a stranger's.
    number.is_valid().then(|| number.format().mode(phonenumber::Mode::E164).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> DialPlan {
        DialPlan { region: Some("DE".to_owned()) }
    }

    fn written(text: &str) -> String {
        match read(text, &plan()) {
            Ok(Written::Sip(uri)) => uri.to_string(),
            Ok(Written::Tel(number, None)) => number.to_string(),
            Ok(Written::Tel(number, Some(extension))) => format!("{number} x{extension}"),
            Ok(Written::Xmpp(jid)) => format!("xmpp:{jid}"),
            Err(error) => format!("{error:?}"),
        }
    }

    #[test]
    fn every_written_form_becomes_the_same_value() {
        for (text, value) in [
            ("+1-303-308-3282", "+13033083282"),
            ("tel:+1-303-308-3282", "+13033083282"),
            ("TEL:+1 (303) 308.3282", "+13033083282"),
            ("+49 (0)30 901820", "+4930901820"),
            ("0049 30 901820", "+4930901820"),
            ("030 901820", "+4930901820"),
            ("tel:901820;phone-context=+4930", "+4930901820"),
            ("+1 303 308 3282 x12", "+13033083282 x12"),
            ("+1 303 308 3282 ext. 12", "+13033083282 x12"),
            ("tel:+13033083282;ext=12", "+13033083282 x12"),
            ("1001", "1001"),
            ("*97", "*97"),
            ("sip:alice@sip.example.com", "sip:alice@sip.example.com"),
            ("tel:sip:alice@sip.example.com", "sip:alice@sip.example.com"),
            ("tel:tel:+4930901820", "+4930901820"),
            ("sips:alice@sip.example.com;transport=tls", "sips:alice@sip.example.com;transport=tls"),
            ("alice@sip.example.com", "sip:alice@sip.example.com"),
            ("tel:xmpp:alice@example.com", "xmpp:alice@example.com"),
            ("xmpp:alice@example.com/desk?message", "xmpp:alice@example.com"),
        ] {
            assert_eq!(written(text), value, "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "  ",
            "tel:",
            "call me",
            "+",
            "+12",
            "12 34\u{0}",
            "sip:example.com",
            "javascript:alert(1)",
            "0".repeat(600).as_str(),
        ] {
            assert!(read(text, &plan()).is_err(), "{text}");
        }
    }

    #[test]
    fn without_a_country_national_numbers_stay_as_dialled() {
        let number = read("030 901820", &DialPlan::default()).expect("a number");
        assert_eq!(number, Written::Tel(PhoneNumber::from_digits("030901820").expect("digits"), None));
    }

    #[test]
    fn an_internal_number_does_not_become_a_strangers() {
        assert_eq!(written("1002"), "1002");
    }
}
