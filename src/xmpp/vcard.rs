//! Cards in both forms made one, and the damage undone that servers do when they convert between them.

use std::sync::Arc;

use sha1::{Digest, Sha1};

use super::boundary::{Card, CardField};

/// So many telephone entries of one form are read.
pub(super) const MOST_PHONES: usize = 64;
/// So many types of one entry are read.
pub(super) const MOST_TYPES: usize = 16;
/// The longest value or name that is kept, in characters.
const LONGEST_TEXT: usize = 256;
/// The largest picture that is kept, in bytes.
const LARGEST_PHOTO: usize = 256 * 1024;

/// What one form says.
#[derive(Debug, Default)]
pub(super) struct Form {
    pub(super) full_name: Option<String>,
    pub(super) nickname: Option<String>,
    /// Preferred first.
    pub(super) phones: Vec<CardField>,
    pub(super) photo: Option<Arc<[u8]>>,
    pub(super) photo_hash: Option<Arc<str>>,
}

impl Form {
    /// Takes a picture over; one that is too large leaves only its hash.
    pub(super) fn set_photo(&mut self, bytes: Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        self.photo_hash =
            Some(Sha1::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>().into());
        self.photo = (bytes.len() <= LARGEST_PHOTO).then(|| bytes.into());
    }
}

/// A name or value, trimmed and shortened; `None` for nothing.
pub(super) fn text(text: &str) -> Option<String> {
    let text: String = text.trim().chars().take(LONGEST_TEXT).collect();
    (!text.is_empty()).then_some(text)
}

/// The value of a telephone entry with the damage undone; `None` where nothing is left.
///
/// A converter writes `tel:` before whatever stood in the vcard-temp, so `tel:sip:alice@…`, `tel:tel:+1…` and
/// `tel:alice@…` occur, also with the colon and at sign escaped.
pub(super) fn value(written: &str) -> Option<String> {
    let mut value = text(written)?;
    while let Some(rest) = strip_scheme(&value, "tel:") {
        let rest = unescape_scheme(rest.trim_start());
        // A telephone URI has neither `@` nor blanks (RFC 3966 section 3): the scheme was put before something else.
        let foreign = ["sip:", "sips:", "xmpp:", "tel:"].iter().any(|scheme| strip_scheme(&rest, scheme).is_some())
            || rest.contains(['@', ' ', '/']);
        if !foreign && !rest.is_empty() {
            break;
        }
        value = rest;
    }
    text(&unescape_scheme(&value))
}

pub(super) fn strip_scheme<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(scheme.len())?;
    head.eq_ignore_ascii_case(scheme).then_some(rest)
}

/// `sip%3Aalice%40example.com` as `sip:alice@example.com`; everything else as it is.
fn unescape_scheme(text: &str) -> String {
    let escaped = ["sip%3a", "sips%3a", "xmpp%3a"].iter().any(|scheme| strip_scheme(text, scheme).is_some());
    if !escaped {
        return text.to_owned();
    }
    ["%3A:", "%3a:", "%40@", "%2B+", "%2b+", "%3B;", "%3b;", "%3D=", "%3d="]
        .iter()
        .filter_map(|pair| pair.split_at_checked(3))
        .fold(text.to_owned(), |text, (code, character)| text.replace(code, character))
}

/// Both forms as one card; `None` where neither says anything.
pub(super) fn merge(temp: Option<Form>, four: Option<Form>) -> Option<Card> {
    if temp.is_none() && four.is_none() {
        return None;
    }
    let (temp, four) = (temp.unwrap_or_default(), four.unwrap_or_default());
    let mut phones: Vec<CardField> = Vec::with_capacity(four.phones.len() + temp.phones.len());
    for field in four.phones {
        if !phones.iter().any(|known| same(&known.value, &field.value)) {
            phones.push(field);
        }
    }
    for field in temp.phones {
        match phones.iter_mut().find(|known| same(&known.value, &field.value)) {
            None => phones.push(field),
            Some(known) => complete_types(known, field.types),
        }
    }
    let (photo, photo_hash) = if temp.photo_hash.is_some() {
        // XEP-0153 announces the hash of this one.
        (temp.photo.or(four.photo), temp.photo_hash)
    } else {
        (four.photo, four.photo_hash)
    };
    Some(Card {
        full_name: four.full_name.or(temp.full_name),
        nickname: four.nickname.or(temp.nickname),
        phones,
        photo,
        photo_hash,
    })
}

/// The vCard4's types count, unless it says nothing of what kind of line it is: converters keep only `home` and `work`,
/// and a fax would look like a telephone.
fn complete_types(field: &mut CardField, other: Vec<Arc<str>>) {
    let says_kind = field.types.iter().any(|kind| !matches!(&**kind, "home" | "work" | "pref"));
    if says_kind {
        return;
    }
    for kind in other {
        if !field.types.contains(&kind) {
            field.types.push(kind);
        }
    }
}

/// Whether two values are written differently by the forms only: `tel:` and visual separators apart (RFC 3966 section 5.1.1).
pub(super) fn same(a: &str, b: &str) -> bool {
    fn key(value: &str) -> String {
        let value = strip_scheme(value, "tel:").unwrap_or(value);
        if value.contains('@') {
            return strip_scheme(value, "sip:").unwrap_or(value).to_owned();
        }
        value.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')' | '/')).collect()
    }
    key(a) == key(b)
}
