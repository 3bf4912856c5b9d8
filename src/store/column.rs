//! How our enums and lists stand in columns: explicit numbers and separated text, so that a renamed variant or a new
//! serialisation library changes nothing in old files.

use std::collections::HashSet;
use std::sync::Arc;

use crate::model::{
    AddressSource, CallState, ChangeKind, ConversationKind, Delivery, Direction, EndedBy, MediaDirection,
    MediaEncryption, MessageDirection, MessageId, PeerGrade, Subscription, Via,
};
use crate::xmpp::CardField;

/// Separates the items of a list; cannot occur in them because it is removed.
const ITEM: char = '\u{1e}';
/// Separates the parts of an item.
const PART: char = '\u{1f}';

/// An enum that stands in a column as a number.
pub(super) trait Coded: Copy + PartialEq + Sized + 'static {
    /// All variants with their numbers.
    const CODES: &'static [(Self, u8)];

    /// The number.
    fn code(self) -> u8 {
        Self::CODES.iter().find(|(variant, _)| *variant == self).map_or(u8::MAX, |(_, code)| *code)
    }

    /// The variant; the first one for an unknown number (a damaged row is shown as well as it can be).
    fn from_code(code: u8) -> Self {
        Self::CODES.iter().find(|(_, known)| *known == code).unwrap_or(&Self::CODES[0]).0
    }
}

macro_rules! coded {
    ($type:ty { $($variant:ident = $code:literal),+ $(,)? }) => {
        impl Coded for $type {
            const CODES: &'static [(Self, u8)] = &[$((<$type>::$variant, $code)),+];
        }
        // A variant without a number does not compile.
        const _: fn($type) = |value| match value { $(<$type>::$variant => (),)+ };
    };
}

coded!(MessageDirection { In = 0, Out = 1 });
coded!(Delivery { Pending = 0, Sent = 1, Delivered = 2, Displayed = 3, Failed = 4, Received = 5 });
coded!(ConversationKind { Person = 0, Room = 1, Occupant = 2 });
coded!(ChangeKind {
    Correction = 0,
    Retraction = 1,
    Moderation = 2,
    Reactions = 3,
    Delivered = 4,
    Displayed = 5,
});
coded!(Subscription { None = 0, To = 1, From = 2, Both = 3 });
coded!(AddressSource { VcardTemp = 0, Vcard4 = 1, Reach = 2, AddressBook = 3, Directory = 4, CallInfo = 5 });
coded!(Direction { Outgoing = 0, Incoming = 1 });
coded!(CallState { Ended = 0, Preparing = 1, Dialing = 2, Ringing = 3, Early = 4, Active = 5, Held = 6, Ending = 7 });
coded!(Via { Sip = 0, Jingle = 1 });
coded!(PeerGrade { Unknown = 0, Confirmed = 1, Claimed = 2, Anonymous = 3, Refuted = 4 });
coded!(MediaEncryption { None = 0, Sdes = 1, Dtls = 2 });
coded!(MediaDirection { SendRecv = 0, SendOnly = 1, RecvOnly = 2, Inactive = 3 });
coded!(EndedBy { Network = 0, Local = 1, Remote = 2 });

fn clean(text: &str) -> String {
    text.chars().filter(|c| !matches!(*c, ITEM | PART)).collect()
}

/// A list of texts.
pub(super) fn write_texts<T: AsRef<str>>(texts: &[T]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| clean(text.as_ref())).collect();
    texts.join(&ITEM.to_string())
}

/// A list of texts.
pub(super) fn read_texts(column: &str) -> impl Iterator<Item = &str> {
    column.split(ITEM).filter(|text| !text.is_empty())
}

/// Telephone entries.
pub(super) fn write_phones(phones: &[CardField]) -> String {
    let mut column = String::new();
    for field in phones {
        if !column.is_empty() {
            column.push(ITEM);
        }
        column.push(char::from(b'0' + field.source.code()));
        column.push_str(&clean(&field.value));
        for kind in &field.types {
            column.push(PART);
            column.push_str(&clean(kind));
        }
    }
    column
}

/// Reads telephone entries; `words` shares the few types among thousands of entries.
pub(super) fn read_phones(column: &str, words: &mut HashSet<Arc<str>>) -> Vec<CardField> {
    read_texts(column)
        .filter_map(|item| {
            let source = item.chars().next()?.to_digit(10)?;
            let mut parts = item.get(1..)?.split(PART);
            let value = parts.next()?.to_owned();
            let types = parts.map(|word| shared(word, words)).collect();
            Some(CardField { value, types, source: AddressSource::from_code(u8::try_from(source).ok()?) })
        })
        .collect()
}

fn shared(word: &str, words: &mut HashSet<Arc<str>>) -> Arc<str> {
    if let Some(word) = words.get(word) {
        return word.clone();
    }
    let word: Arc<str> = word.into();
    words.insert(word.clone());
    word
}

/// Messages on a stream with their numbers.
pub(super) fn write_numbered(messages: &[(u32, MessageId)]) -> String {
    let items: Vec<String> = messages.iter().map(|(number, id)| format!("{number}{PART}{}", clean(&id.0))).collect();
    items.join(&ITEM.to_string())
}

/// Messages on a stream with their numbers.
pub(super) fn read_numbered(column: &str) -> Vec<(u32, MessageId)> {
    read_texts(column)
        .filter_map(|item| {
            let (number, id) = item.split_once(PART)?;
            Some((number.parse().ok()?, MessageId(id.into())))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_back_as_they_went() {
        let phones = vec![
            CardField {
                value: "tel:+1 303".into(),
                types: vec!["work".into(), "voice".into()],
                source: AddressSource::Vcard4,
            },
            CardField { value: "sip:a@b\u{1e}x".into(), types: vec![], source: AddressSource::VcardTemp },
        ];
        let mut words = HashSet::new();
        let back = read_phones(&write_phones(&phones), &mut words);
        assert_eq!(back[0], phones[0]);
        assert_eq!((back[1].value.as_str(), back[1].types.len()), ("sip:a@bx", 0));
        assert!(read_phones("", &mut words).is_empty());
        let numbered = vec![(u32::MAX, MessageId("a".into())), (0, MessageId("b".into()))];
        assert_eq!(read_numbered(&write_numbered(&numbered)), numbered);
        assert_eq!(read_texts(&write_texts(&["a", "b c"])).collect::<Vec<_>>(), ["a", "b c"]);
    }

    #[test]
    fn an_unknown_number_is_the_first_variant() {
        assert_eq!(Delivery::from_code(3), Delivery::Displayed);
        assert_eq!(Subscription::from_code(77), Subscription::None);
    }
}
