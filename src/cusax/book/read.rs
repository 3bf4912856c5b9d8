//! From the bytes of a `.vcf` file to people, and to a list of what could not be used.

use std::sync::Arc;

use calcard::common::IanaString as _;
use calcard::vcard::{VCard, VCardEntry, VCardParameterName, VCardParameterValue, VCardProperty, VCardValue};

use crate::model::{BookNumber, Jid};

/// The largest file that is read, in bytes.
pub const LARGEST_FILE: usize = 32 * 1024 * 1024;
/// People of one file; when full, the rest is skipped and told.
pub const MOST_PEOPLE: usize = 20_000;
/// The largest card that is read, in bytes; larger ones are skipped and told.
const LARGEST_CARD: usize = 2 * 1024 * 1024;
/// The largest text of a card that is kept for an export, in bytes; of larger ones pictures and sounds are left out.
const LARGEST_KEPT: usize = 64 * 1024;
/// Numbers of one person; when full, the rest is skipped and told.
const MOST_NUMBERS: usize = 32;
/// The longest name or number, in characters; the rest is cut, and told.
const LONGEST: usize = 256;
/// Lines of the list of what was skipped; when full, the rest is counted.
const MOST_SKIPPED: usize = 200;

/// A person of a file.
#[derive(Clone, PartialEq, Eq)]
pub struct ReadPerson {
    /// The name.
    pub name: Arc<str>,
    /// The chat address, where one is given.
    pub jid: Option<Jid>,
    /// Numbers and addresses, preferred first.
    pub numbers: Vec<BookNumber>,
    /// The card's own name.
    pub uid: Option<Arc<str>>,
    /// The card as it was.
    pub raw: Arc<str>,
    /// Where it begins in the file, from 1.
    pub line: u32,
}

impl std::fmt::Debug for ReadPerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReadPerson").field("line", &self.line).field("numbers", &self.numbers.len()).finish()
    }
}

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeopleFile {
    /// Everybody who can be used.
    pub people: Vec<ReadPerson>,
    /// What could not be used, with its line, in the order of the file.
    pub skipped: Vec<(u32, Arc<str>)>,
    /// How many more than are listed.
    pub more_skipped: usize,
}

impl PeopleFile {
    pub(in crate::cusax) fn skip(&mut self, line: u32, why: &str) {
        if self.skipped.len() < MOST_SKIPPED {
            self.skipped.push((line, why.into()));
        } else {
            self.more_skipped += 1;
        }
    }
}

/// Reads a file. Damage is confined to the card in which it stands.
pub fn read_people(bytes: &[u8]) -> PeopleFile {
    let mut file = PeopleFile::default();
    if bytes.len() > LARGEST_FILE {
        file.skip(1, "The file is larger than 32 MiB: nothing of it was read.");
        return file;
    }
    let text = decode(bytes, &mut file);
    let mut card: Option<(u32, String)> = None;
    let mut stray = false;
    for (line, number) in text.split('\n').zip(1_u32..) {
        let plain = line.trim_end();
        if plain.eq_ignore_ascii_case("BEGIN:VCARD") {
            if let Some((begun, text)) = card.take() {
                file.skip(begun, "This card has no END:VCARD; what stands before the next one was read.");
                take(&mut file, begun, &text);
            }
            card = Some((number, String::new()));
            stray = false;
        } else if plain.eq_ignore_ascii_case("END:VCARD") {
            match card.take() {
                Some((begun, text)) => take(&mut file, begun, &text),
                None => file.skip(number, "An END:VCARD without a beginning."),
            }
        } else if let Some((_, text)) = &mut card {
            // One more byte than is read, so that too large is seen and no more memory is used.
            if text.len() <= LARGEST_CARD {
                text.push_str(plain);
                text.push_str("\r\n");
            }
        } else if !plain.is_empty() && !stray {
            stray = true;
            file.skip(number, "This belongs to no card.");
        }
    }
    if let Some((begun, text)) = card {
        file.skip(begun, "The file ends within this card; what is there was read.");
        take(&mut file, begun, &text);
    }
    if file.people.is_empty() && file.skipped.is_empty() {
        file.skip(1, "The file holds no vCard.");
    }
    file
}

/// UTF-8, or UTF-16 where the file says so (Outlook), or else Latin-1 (older telephones).
fn decode(bytes: &[u8], file: &mut PeopleFile) -> String {
    let wide = |from: fn([u8; 2]) -> u16| {
        let units = bytes.get(2..).unwrap_or_default().chunks_exact(2).map(|pair| from([pair[0], pair[1]]));
        char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes {
        [0xff, 0xfe, ..] => return wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => return wide(u16::from_be_bytes),
        _ => {}
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(_) => {
            file.skip(1, "The file is not UTF-8: it was read as Latin-1, so letters with accents may be wrong.");
            bytes.iter().map(|byte| char::from(*byte)).collect()
        }
    }
}

/// Reads one card, or says why not.
fn take(file: &mut PeopleFile, line: u32, text: &str) {
    if text.len() > LARGEST_CARD {
        file.skip(line, "This card is larger than 2 MiB.");
        return;
    }
    if file.people.len() >= MOST_PEOPLE {
        file.skip(line, "There are more than 20,000 people in the file.");
        return;
    }
    let whole = format!("BEGIN:VCARD\r\n{text}END:VCARD\r\n");
    let Ok(card) = VCard::parse(&whole) else {
        file.skip(line, "This is not a vCard.");
        return;
    };
    let mut numbers = numbers(&card);
    let jid = card.entries.iter().find_map(chat_address);
    let name = name(&card)
        .or_else(|| jid.as_ref().map(|jid| jid.as_str().to_owned()))
        .or_else(|| numbers.first().map(|number| number.value.to_string()));
    let Some(name) = name else {
        file.skip(line, "This card has neither a name nor a number.");
        return;
    };
    if numbers.is_empty() && jid.is_none() {
        file.skip(line, &format!("{name} has neither a number nor a chat address."));
        return;
    }
    if numbers.len() > MOST_NUMBERS {
        file.skip(line, &format!("{name} has more than 32 numbers; the first 32 were taken over."));
        numbers.truncate(MOST_NUMBERS);
    }
    let raw = if whole.len() <= LARGEST_KEPT { whole } else { without_pictures(card.clone()) };
    if raw.len() > LARGEST_KEPT {
        file.skip(line, &format!("Only the name and the numbers of {name} were kept: the card is too large."));
    }
    let raw = if raw.len() <= LARGEST_KEPT { raw.into() } else { "".into() };
    let uid = card.entries.iter().find(|entry| entry.name == VCardProperty::Uid).and_then(value);
    let uid = uid.and_then(|uid| clean(&uid)).map(Arc::from);
    file.people.push(ReadPerson { name: name.into(), jid, numbers, uid, raw, line });
}

fn without_pictures(card: VCard) -> String {
    let large = [VCardProperty::Photo, VCardProperty::Logo, VCardProperty::Sound, VCardProperty::Key];
    let entries = card.entries.into_iter().filter(|entry| !large.contains(&entry.name)).collect();
    let mut text = String::new();
    // Writing to a text does not fail.
    let _ = VCard { entries }.write_to(&mut text, calcard::vcard::VCardVersion::V4_0);
    text
}

/// FN, else the parts of N, else the nickname, else the organisation.
fn name(card: &VCard) -> Option<String> {
    let of = |property: VCardProperty| card.entries.iter().find(|entry| entry.name == property);
    let structured = |entry: &VCardEntry| {
        let part = |at: usize| entry.values.get(at).and_then(text).unwrap_or_default();
        clean(&format!("{} {}", part(1), part(0)))
    };
    of(VCardProperty::Fn)
        .and_then(value)
        .and_then(|name| clean(&name))
        .or_else(|| of(VCardProperty::N).and_then(structured))
        .or_else(|| of(VCardProperty::Nickname).and_then(value).and_then(|name| clean(&name)))
        .or_else(|| of(VCardProperty::Org).and_then(value).and_then(|name| clean(&name)))
}

/// Every number and SIP address, preferred first.
fn numbers(card: &VCard) -> Vec<BookNumber> {
    let mut found: Vec<(u32, BookNumber)> = Vec::new();
    for entry in &card.entries {
        let Some(written) = value(entry).and_then(|value| clean(&value)) else { continue };
        let lower = written.to_ascii_lowercase();
        let calls = ["sip:", "sips:", "tel:"].iter().any(|scheme| lower.starts_with(scheme));
        let number = match &entry.name {
            VCardProperty::Tel => Some(written),
            // RFC 4770: instant messaging; RFC 8605: wherever one may be reached.
            VCardProperty::Impp | VCardProperty::ContactUri => Some(written).filter(|_| calls),
            VCardProperty::Other(name) if name.eq_ignore_ascii_case("X-SIP") => {
                Some(if calls { written } else { format!("sip:{written}") })
            }
            _ => None,
        };
        let Some(number) = number else { continue };
        let types = types(entry);
        let preference = preference(entry).unwrap_or(if types.iter().any(|kind| &**kind == "pref") { 1 } else { 101 });
        let types = types.into_iter().filter(|kind| &**kind != "pref").collect();
        let number = BookNumber { value: number.into(), types };
        if !found.iter().any(|(_, known)| known.value == number.value) {
            found.push((preference, number));
        }
    }
    found.sort_by_key(|(preference, _)| *preference);
    found.into_iter().map(|(_, number)| number).collect()
}

/// `IMPP:xmpp:…`, and how it was written before there was IMPP.
fn chat_address(entry: &VCardEntry) -> Option<Jid> {
    let written = value(entry)?;
    let written = written.trim();
    let service = || {
        entry.params.iter().any(|parameter| {
            matches!(&parameter.name, VCardParameterName::Other(name) if name.eq_ignore_ascii_case("X-SERVICE-TYPE"))
                && parameter_text(&parameter.value)
                    .is_some_and(|text| ["jabber", "xmpp"].iter().any(|known| text.eq_ignore_ascii_case(known)))
        })
    };
    let schemed = ["xmpp:", "jabber:"].iter().find_map(|scheme| {
        let (head, rest) = written.split_at_checked(scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then_some(rest)
    });
    let address = match &entry.name {
        VCardProperty::Impp => schemed.or_else(|| service().then_some(written))?,
        VCardProperty::Other(name) if name.eq_ignore_ascii_case("X-JABBER") => schemed.unwrap_or(written),
        _ => return None,
    };
    let address = address.split('?').next()?;
    Jid::parse_dropping_resource(address).ok().filter(|jid| jid.local().is_some() && jid.is_reachable())
}

fn types(entry: &VCardEntry) -> Vec<Arc<str>> {
    let texts = entry.params.iter().filter(|parameter| parameter.name == VCardParameterName::Type);
    let words = texts
        .filter_map(|parameter| parameter_text(&parameter.value))
        .flat_map(|text| text.split(',').map(|word| word.trim().to_ascii_lowercase()).collect::<Vec<_>>());
    // vCard 2.1 has bare words.
    let bare = entry.params.iter().filter_map(|parameter| match (&parameter.name, &parameter.value) {
        (VCardParameterName::Other(name), VCardParameterValue::Null) => Some(name.to_ascii_lowercase()),
        _ => None,
    });
    let mut types: Vec<Arc<str>> = Vec::new();
    for word in words.chain(bare).filter(|word| !word.is_empty() && word.len() <= 32).take(16) {
        if !types.iter().any(|known| **known == *word) {
            types.push(word.into());
        }
    }
    types
}

fn preference(entry: &VCardEntry) -> Option<u32> {
    let parameter = entry.params.iter().find(|parameter| parameter.name == VCardParameterName::Pref)?;
    match &parameter.value {
        VCardParameterValue::Integer(number) => Some(*number),
        other => parameter_text(other)?.parse().ok(),
    }
}

fn parameter_text(value: &VCardParameterValue) -> Option<String> {
    match value {
        VCardParameterValue::Text(text) => Some(text.clone()),
        VCardParameterValue::Type(kind) => Some(kind.as_str().to_owned()),
        VCardParameterValue::Integer(number) => Some(number.to_string()),
        VCardParameterValue::Timestamp(_)
        | VCardParameterValue::Bool(_)
        | VCardParameterValue::ValueType(_)
        | VCardParameterValue::Calscale(_)
        | VCardParameterValue::Level(_)
        | VCardParameterValue::Phonetic(_)
        | VCardParameterValue::Jscomps(_)
        | VCardParameterValue::Null => None,
    }
}

fn value(entry: &VCardEntry) -> Option<String> {
    entry.values.first().and_then(text)
}

fn text(value: &VCardValue) -> Option<String> {
    match value {
        VCardValue::Text(text) => Some(text.clone()),
        VCardValue::Component(parts) => Some(parts.join(" ")),
        VCardValue::Integer(number) => Some(number.to_string()),
        VCardValue::Float(_)
        | VCardValue::Boolean(_)
        | VCardValue::PartialDateTime(_)
        | VCardValue::Binary(_)
        | VCardValue::Sex(_)
        | VCardValue::GramGender(_)
        | VCardValue::Kind(_) => None,
    }
}

/// Without line breaks and other controls, trimmed and shortened; `None` for nothing.
pub(in crate::cusax) fn clean(text: &str) -> Option<String> {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text: String = text.trim().chars().take(LONGEST).collect();
    (!text.is_empty()).then_some(text)
}
