//! Reading what stands in a card, in a message or in the dial field.

use std::sync::Arc;

use super::national::{
    from_abroad_form, from_local_form, from_national_form, international_prefix, trunk_prefix, valid_global,
    without_trunk_zero,
};
use super::{DialPlan, RuleFor, Step, Trace};
use crate::model::{Jid, PhoneNumber, SipUri};

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
    read_traced(text, plan, &mut Trace(None))
}

/// The same, and every step of it.
pub fn explain(text: &str, plan: &DialPlan) -> (Vec<Step>, Result<Written, NotCallable>) {
    let mut steps = Vec::new();
    let written = read_traced(text, plan, &mut Trace(Some(&mut steps)));
    (steps, written)
}

fn read_traced(text: &str, plan: &DialPlan, trace: &mut Trace<'_>) -> Result<Written, NotCallable> {
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
    read_number(rest, was_tel, plan, trace)
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

/// A number: emergency numbers as they are; global after `+`; else read by the plan.
fn read_number(text: &str, was_tel: bool, plan: &DialPlan, trace: &mut Trace<'_>) -> Result<Written, NotCallable> {
    // Links arrive with their blanks and pluses escaped (RFC 3986 section 2.1), and some programs escape twice.
    let decoded = decode(&decode(text));
    // RFC 3966: parameters follow `;`; `;ext=` is the extension, `;phone-context=+…` makes a local number global.
    let mut pieces = decoded.split(';');
    let body = pieces.next().unwrap_or_default();
    let mut extension = None;
    let mut context = None;
    for piece in pieces {
        match piece.split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("ext") => extension = digits_of(value),
            Some((name, value)) if name.eq_ignore_ascii_case("phone-context") => context = Some(value),
            // What links of telephones write for what is dialled after the answer.
            Some((name, value)) if name.eq_ignore_ascii_case("postd") => extension = post_dial(value),
            Some(_) | None => {}
        }
    }
    let (body, after) = split_post_dial(body);
    let extension = extension.or(after);
    let (body, written_extension) = split_extension(body);
    let extension = extension.or(written_extension);
    let digits = strip_separators(body).ok_or(NotCallable::Nonsense)?;
    if digits.is_empty() || digits == "+" {
        return Err(if was_tel { NotCallable::Empty } else { NotCallable::Nonsense });
    }
    trace.note("cleaned", &digits, || "Without blanks, separators and escapes.".to_owned());
    let digits = match context.and_then(strip_separators) {
        // RFC 3966 section 5.1.5: a global context goes before the local number.
        Some(prefix) if prefix.starts_with('+') && !digits.starts_with('+') => {
            let joined = format!("{prefix}{digits}");
            trace.note("context", &joined, || "The link names the place that the number belongs to.".to_owned());
            joined
        }
        Some(_) | None => digits,
    };
    let digits = by_plan(digits, plan, trace);
    // E.164 allows 15 digits; a few more are accepted, as some networks use them inside.
    if digits.starts_with('+') && !(5..=19).contains(&digits.len()) {
        return Err(NotCallable::Nonsense);
    }
    let number = PhoneNumber::from_digits(&digits).map_err(|_| NotCallable::Nonsense)?;
    Ok(Written::Tel(number, extension.map(Arc::from)))
}

/// What the plan makes of cleaned digits: the first reading that gives a number which can exist, else as dialled.
fn by_plan(digits: String, plan: &DialPlan, trace: &mut Trace<'_>) -> String {
    if plan.is_emergency(&digits) {
        trace.note("emergency", &digits, || "This number calls help. It is dialled as it is.".to_owned());
        return digits;
    }
    let digits = match plan.apply(RuleFor::Match, &digits) {
        Some((rule, result)) => match strip_separators(&result).filter(|result| !result.is_empty()) {
            Some(result) => {
                trace.note("rule", &result, || format!("The rule {} applies.", rule.pattern.as_str()));
                result
            }
            None => digits,
        },
        None => digits,
    };
    if digits.starts_with('+') {
        return global(digits, trace);
    }
    // Service codes, and what is too short to lead outside.
    if digits.contains(['*', '#']) {
        trace.note("as dialled", &digits, || "It is a code of the phone service.".to_owned());
        return digits;
    }
    if digits.len() <= plan.internal_digits() {
        if let Some(own) = plan.own_numbers.first().filter(|_| plan.extension_length.is_some()) {
            let number = format!("{own}{digits}");
            trace.note("internal", &number, || "It is an extension of your own telephone system.".to_owned());
            return number;
        }
        trace.note("internal", &digits, || "It is short enough to be an internal number.".to_owned());
        return digits;
    }
    outside(digits, plan, trace)
}

/// A number with `+`: only the trunk zero that people write into it is taken out.
fn global(digits: String, trace: &mut Trace<'_>) -> String {
    let digits = match digits.strip_prefix("+00") {
        // `+0049 …`: both forms at once.
        Some(rest) if valid_global(&format!("+{rest}")).is_some() => format!("+{rest}"),
        Some(_) | None => digits,
    };
    match without_trunk_zero(&digits) {
        Some(number) => {
            trace.note("international", &number, || "The zero is only for callers inside the country.".to_owned());
            number
        }
        None => {
            trace.note("international", &digits, || "It has its country code.".to_owned());
            digits
        }
    }
}

/// A number without `+` that is too long to stay inside.
fn outside(digits: String, plan: &DialPlan, trace: &mut Trace<'_>) -> String {
    if let Some(number) = from_abroad_form(&digits, plan) {
        let prefix = international_prefix(plan);
        trace.note("international", &number, || format!("{prefix} stands before numbers of other countries."));
        return number;
    }
    // Digits like 100200 must not become a stranger's number, so only numbers that can exist are taken.
    let without_line = plan.outside_prefix.as_deref().and_then(|prefix| digits.strip_prefix(prefix));
    if let (Some(rest), Some(prefix)) = (without_line, &plan.outside_prefix) {
        let found = from_abroad_form(rest, plan).or_else(|| from_national_form(rest, plan));
        if let Some(number) = found {
            trace.note("outside line", rest, || format!("{prefix} asks your telephone system for a line."));
            trace.note("international", &number, || "The number behind it can exist.".to_owned());
            return number;
        }
    }
    if let Some(number) = from_national_form(&digits, plan) {
        let (trunk, region) = (trunk_prefix(plan), plan.region.as_deref().unwrap_or_default());
        trace.note("international", &number, || match trunk {
            "" => format!("It is a number of {region}."),
            trunk => format!("It is a number of {region}, where {trunk} may stand before the area."),
        });
        return number;
    }
    if let Some(number) = from_local_form(&digits, plan) {
        let area = plan.area_code.as_deref().unwrap_or_default();
        trace.note("international", &number, || format!("Numbers without a prefix belong to the area {area}."));
        return number;
    }
    trace.note("as dialled", &digits, || match &plan.region {
        Some(region) => format!("No number of {region} is written like this: it stays as it is."),
        None => "No country is configured for numbers without +, so it stays as it is.".to_owned(),
    });
    digits
}

/// Percent-escapes undone, where they make text.
fn decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = (*first == b'%').then(|| after.get(..2)).flatten();
        let value = hex.and_then(|hex| std::str::from_utf8(hex).ok()).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match value {
            Some(value) => {
                bytes.push(value);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn digits_of(text: &str) -> Option<String> {
    strip_separators(text).filter(|digits| !digits.is_empty() && digits.len() <= 12)
}

/// Splits `… x12`, `… ext. 12`, and `…,,12` as calendars write what is dialled after the answer.
fn split_extension(text: &str) -> (&str, Option<String>) {
    let lower = text.to_ascii_lowercase();
    for mark in ["extension", "ext.", "ext", "x", ","] {
        if let Some(at) = lower.find(mark) {
            let digits = text.get(at + mark.len()..).map(|rest| rest.trim_start_matches(',')).and_then(digits_of);
            if let (Some(head), Some(digits)) = (text.get(..at), digits) {
                return (head, Some(digits));
            }
        }
    }
    (text, None)
}

/// Digits for after the answer: `,` and `p` are pauses, `w` (and `;` in address books) waits for the user's word.
fn post_dial(text: &str) -> Option<String> {
    let mut found = String::new();
    for sign in text.chars() {
        match sign {
            '0'..='9' | '*' | '#' | ',' | 'A'..='D' => found.push(sign),
            'p' | 'P' => found.push(','),
            'w' | 'W' => found.push('w'),
            ' ' | '-' => {}
            _ => return None,
        }
    }
    let worth = found.len() <= 64 && found.contains(|sign: char| sign.is_ascii_digit());
    worth.then(|| found.trim_start_matches(',').to_owned())
}

/// Splits `…,,12w34#`: a number, and what follows its first pause or wait, where a wait or several parts are in it; a single
/// extension is [`split_extension`]'s.
fn split_post_dial(text: &str) -> (&str, Option<String>) {
    let Some(at) = text.find([',', 'w', 'W', 'p', 'P']) else { return (text, None) };
    let (head, tail) = text.split_at(at);
    let parts = tail.trim_start_matches(',').contains([',', 'w', 'W', 'p', 'P', '*', '#']);
    match post_dial(tail).filter(|_| parts && head.contains(|sign: char| sign.is_ascii_digit())) {
        Some(digits) => (head, Some(digits)),
        None => (text, None),
    }
}

/// Removes what people write between digits; `None` when something else is there.
fn strip_separators(text: &str) -> Option<String> {
    let mut digits = String::new();
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

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
