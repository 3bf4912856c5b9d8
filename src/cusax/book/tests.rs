//! Files as other programs write them, damaged ones, and the way there and back.

use super::super::read::read_people;
use super::*;
use crate::model::{BookId, BookOrigin, WallTime};

const FILE: &str = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Bob Baker\r\nN:Baker;Bob;;;\r\nUID:uid-1\r\n\
    TEL;TYPE=WORK,VOICE:+49 30 901820\r\nTEL;TYPE=CELL;TYPE=PREF:0170 1234567\r\nIMPP:xmpp:bob@example.com\r\n\
    IMPP:sip:bob@example.com\r\nNOTE:Likes tea\\, not coffee\r\nEMAIL:bob@mail.example\r\nEND:VCARD\r\n\
    BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ana Lima\r\nTEL;VALUE=uri;TYPE=\"work,video\";PREF=1:sip:ana@example.com\r\n\
    TEL;VALUE=uri;TYPE=home:tel:+1-303-308-3282\r\nitem1.IMPP;X-SERVICE-TYPE=Jabber:ana@chat.example\r\nEND:VCARD\r\n\
    BEGIN:VCARD\r\nVERSION:2.1\r\nN:Weber;Jonas\r\nTEL;WORK;FAX:030 1\r\nTEL;HOME:030 2\r\nX-JABBER:jonas@example.org/desk\r\n\
    END:VCARD\r\n";

fn entry(person: &super::super::read::ReadPerson, id: u64) -> BookEntry {
    BookEntry {
        id: BookId(id),
        origin: BookOrigin::User,
        name: person.name.clone(),
        jid: person.jid.clone(),
        numbers: person.numbers.clone(),
        changed: WallTime::default(),
        uid: person.uid.clone(),
    }
}

#[test]
fn c24_cards_of_each_version_give_name_numbers_and_chat_address() {
    let file = read_people(FILE.as_bytes());
    assert_eq!(file.skipped, []);
    let told: Vec<String> = file
        .people
        .iter()
        .map(|person| {
            let numbers: Vec<String> =
                person.numbers.iter().map(|number| format!("{}[{}]", number.value, number.types.join(" "))).collect();
            let jid = person.jid.as_ref().map_or("-", |jid| jid.as_str());
            format!("{} {jid} {}", person.name, numbers.join(" "))
        })
        .collect();
    assert_eq!(
        told,
        [
            "Bob Baker bob@example.com 0170 1234567[cell] +49 30 901820[work voice] sip:bob@example.com[]",
            "Ana Lima ana@chat.example sip:ana@example.com[work video] tel:+1-303-308-3282[home]",
            "Jonas Weber jonas@example.org 030 1[work fax] 030 2[home]",
        ]
    );
}

#[test]
fn c24_what_is_exported_in_either_version_reads_the_same_and_keeps_what_we_do_not_use() {
    let file = read_people(FILE.as_bytes());
    let entries: Vec<BookEntry> = file.people.iter().zip(1..).map(|(person, id)| entry(person, id)).collect();
    for format in [CardFormat::V3, CardFormat::V4] {
        let people = entries.iter().zip(&file.people).map(|(entry, person)| (entry, Some(&*person.raw)));
        let text = write_people(people, format);
        let again = read_people(text.as_bytes());
        assert_eq!(again.skipped, [], "{format:?}: {text}");
        for (old, new) in file.people.iter().zip(&again.people) {
            assert_eq!((&old.name, &old.jid, &old.uid), (&new.name, &new.jid, &new.uid), "{format:?}: {text}");
            let values = |person: &super::super::read::ReadPerson| {
                let mut values: Vec<_> = person.numbers.iter().map(|number| number.value.clone()).collect();
                values.sort();
                values
            };
            assert_eq!(values(old), values(new), "{format:?}: {text}");
            assert_eq!(old.numbers.first(), new.numbers.first(), "the preferred one stays preferred");
        }
        assert!(text.contains("NOTE:Likes tea\\, not coffee") && text.contains("bob@mail.example"), "{text}");
    }
}

#[test]
fn c24_damage_is_confined_to_its_card_and_told_with_its_line() {
    let damaged = "hello\nBEGIN:VCARD\nFN:No End\nTEL:1\nBEGIN:VCARD\nFN:Fine\nTEL:030 901820\nEND:VCARD\nEND:VCARD\n\
        BEGIN:VCARD\nEMAIL:x@y\nEND:VCARD\nBEGIN:VCARD\nFN:Only Mail\nEMAIL:x@y\nEND:VCARD\n\
        BEGIN:VCARD\n;;;:::\n\u{0}\u{1}\nTEL;TYPE=\nTEL\nFN:Odd\nTEL:+49 30 5\nEND:VCARD\nBEGIN:VCARD\nFN:Cut off\nTEL:2";
    let file = read_people(damaged.as_bytes());
    let names: Vec<&str> = file.people.iter().map(|person| &*person.name).collect();
    assert_eq!(names, ["No End", "Fine", "Odd", "Cut off"]);
    let lines: Vec<u32> = file.skipped.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [1, 2, 9, 10, 13, 25], "{:?}", file.skipped);
    assert!(file.skipped[4].1.contains("Only Mail has neither a number nor a chat address"));
}

#[test]
fn c24_other_encodings_are_read_and_nonsense_is_refused_in_words() {
    let wide: Vec<u8> = std::iter::once('\u{feff}')
        .chain("BEGIN:VCARD\r\nFN:Ünal\r\nTEL:1\r\nEND:VCARD\r\n".chars())
        .flat_map(|c| u16::try_from(u32::from(c)).expect("in the plane").to_le_bytes())
        .collect();
    assert_eq!(&*read_people(&wide).people[0].name, "Ünal");
    let latin = b"BEGIN:VCARD\r\nFN:\xdcnal\r\nTEL:1\r\nEND:VCARD\r\n";
    let file = read_people(latin);
    assert_eq!((&*file.people[0].name, file.skipped.len()), ("Ünal", 1));
    for nonsense in [&b""[..], b"\x00\xff\xfe\x80", b"PK\x03\x04zip", b"BEGIN:VCALENDAR\nEND:VCALENDAR\n"] {
        let file = read_people(nonsense);
        assert!(file.people.is_empty() && !file.skipped.is_empty(), "{nonsense:?}");
    }
}

#[test]
fn c24_a_file_is_read_within_its_bounds() {
    let card = "BEGIN:VCARD\nFN:X\nTEL:1\nEND:VCARD\n";
    let file = read_people(card.repeat(20_010).as_bytes());
    assert_eq!((file.people.len(), file.skipped.len(), file.more_skipped), (20_000, 10, 0));
    let numbers =
        format!("BEGIN:VCARD\nFN:X\n{}END:VCARD\n", (0..100).map(|n| format!("TEL:{n}\n")).collect::<String>());
    let file = read_people(numbers.as_bytes());
    assert_eq!((file.people[0].numbers.len(), file.skipped.len()), (32, 1));
    let large = format!("BEGIN:VCARD\nFN:X\nTEL:1\nPHOTO:{}\nEND:VCARD\n", "A".repeat(100_000));
    let file = read_people(large.as_bytes());
    assert!(file.people[0].raw.len() < 1000, "the picture is left out");
    assert!(file.people[0].raw.contains("TEL"));
}

proptest::proptest! {
    #[test]
    fn c24_no_file_makes_us_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..2000)) {
        let mut card = b"BEGIN:VCARD\r\n".to_vec();
        card.extend(&bytes);
        card.extend(b"\r\nEND:VCARD\r\n");
        let _ = read_people(&bytes);
        let file = read_people(&card);
        let entries: Vec<BookEntry> = file.people.iter().map(|person| entry(person, 1)).collect();
        let _ = write_people(entries.iter().zip(&file.people).map(|(e, p)| (e, Some(&*p.raw))), CardFormat::V3);
    }
}
