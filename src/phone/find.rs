//! Numbers and addresses for calls that stand in a text: in a message, not alone in a field.
//!
//! A text is full of digits that are no telephone numbers. What is offered must be one for certain: a URI with a scheme for
//! calls, or a number that can exist in its country, written as people write numbers. Dates, times, amounts, order numbers and
//! addresses of machines are left alone; so are bare `user@host` addresses, which are mostly for mail.

use std::ops::ControlFlow;

use super::{DialPlan, Written, read};

/// So much of a text is looked at, in bytes.
const LONGEST_TEXT: usize = 16 * 1024;
/// So many numbers of one text are found; further ones are not looked for.
const MOST_FOUND: usize = 8;
/// So many places of one text that look like a number are examined.
const MOST_TRIED: usize = 64;
/// The longest URI that is looked at, in bytes.
const LONGEST_URI: usize = 256;
/// The longest written form of a number, in characters.
const LONGEST_NUMBER: usize = 40;
/// How often the end of a run of digits is left away: what follows a number may be another one.
const MOST_SHORTENED: usize = 3;

/// A number or address in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it is: [`Written::Sip`], or [`Written::Tel`] with a global number.
    pub written: Written,
    /// What will be dialled, for people; not what the text wrote.
    pub shown: String,
}

/// Finds what can be called in a text, each address once, in its order. The work grows with the length of the text only.
pub fn find(text: &str, plan: &DialPlan) -> Vec<Found> {
    let end = (0..=LONGEST_TEXT.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let text = text.get(..end).unwrap_or_default();
    let mut search = Search { plan, found: Vec::new(), tried: 0 };
    let (mut rest, mut before) = (text, None);
    while let Some(first) = rest.chars().next() {
        let begins = before.is_none_or(opens);
        let length = match begins.then(|| search.examine(rest)).flatten() {
            Some(length) if length > 0 => length,
            Some(_) | None => first.len_utf8(),
        };
        let (done, left) = rest.split_at(length);
        (rest, before) = (left, done.chars().next_back());
        if search.is_full() == ControlFlow::Break(()) {
            break;
        }
    }
    search.found
}

struct Search<'a> {
    plan: &'a DialPlan,
    found: Vec<Found>,
    tried: usize,
}

impl Search<'_> {
    fn is_full(&self) -> ControlFlow<()> {
        if self.found.len() >= MOST_FOUND || self.tried >= MOST_TRIED {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Looks whether something begins here; how much of the text that was, whether it was one or not.
    fn examine(&mut self, rest: &str) -> Option<usize> {
        if let Some(uri) = uri(rest) {
            self.tried += 1;
            self.take(read(uri, self.plan).ok());
            return Some(uri.len());
        }
        let run = number(rest)?;
        self.tried += 1;
        let mut piece = run;
        for _ in 0..=MOST_SHORTENED {
            let after = rest.get(piece.len()..).unwrap_or_default();
            let inner = if piece.starts_with('(') && !piece.contains(')') { piece.get(1..)? } else { piece };
            if ends(after) && plausible(inner, self.plan) {
                self.take(read(inner, self.plan).ok());
                return Some(piece.len());
            }
            // What follows the last blank may belong to something else.
            let Some(at) = piece.rfind([' ', '\u{a0}']) else { break };
            piece = piece.get(..at)?.trim_end_matches(separates);
        }
        Some(run.len())
    }

    fn take(&mut self, written: Option<Written>) {
        let (written, shown) = match written {
            Some(Written::Sip(uri)) => {
                let Some(user) = uri.user() else { return };
                let shown = format!("{user}@{}", uri.host());
                (Written::Sip(uri), shown)
            }
            Some(Written::Tel(number, extension)) if number.is_global() => {
                let shown = phonenumber::parse(None, number.as_str()).map_or_else(
                    |_| number.to_string(),
                    |number| number.format().mode(phonenumber::Mode::International).to_string(),
                );
                let shown = match &extension {
                    Some(extension) => format!("{shown} ext. {extension}"),
                    None => shown,
                };
                (Written::Tel(number, extension), shown)
            }
            Some(Written::Tel(..) | Written::Xmpp(_)) | None => return,
        };
        if !self.found.iter().any(|known| known.written == written) {
            self.found.push(Found { written, shown });
        }
    }
}

/// Whether something may begin behind this character: not in the middle of a word, an amount, a path or a name of a machine.
fn opens(c: char) -> bool {
    c.is_whitespace() || "()[]{}<>\"'„“”«»‚‘’:;,!?\u{2068}\u{2069}".contains(c)
}

/// Whether what was found ends here.
fn ends(after: &str) -> bool {
    let mut after = after.chars();
    match after.next() {
        None => true,
        Some('.' | ',' | ':' | '-' | '/') => after.next().is_none_or(|c| !c.is_alphanumeric()),
        Some(c) => !(c.is_alphanumeric() || "_@%€$£#*=+&".contains(c)),
    }
}

/// A URI with a scheme for calls at the beginning.
fn uri(rest: &str) -> Option<&str> {
    let scheme = ["sip:", "sips:", "tel:"]
        .into_iter()
        .find(|scheme| rest.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)))?;
    let end = rest
        .char_indices()
        .find(|(at, c)| *at >= LONGEST_URI || c.is_whitespace() || "<>\"'“”«»{}|\\^`".contains(*c) || !c.is_ascii())
        .map_or(rest.len(), |(at, _)| at);
    // Punctuation after it belongs to the sentence.
    let uri = rest.get(..end)?.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']']);
    (uri.len() > scheme.len()).then_some(uri)
}

/// A run of digits and of what people write between them, at the beginning.
fn number(rest: &str) -> Option<&str> {
    let mut first = rest.chars();
    let begins = match first.next()? {
        '0'..='9' => true,
        '+' | '(' => first.next().is_some_and(|c| c.is_ascii_digit() || matches!(c, '+' | '(')),
        _ => false,
    };
    if !begins {
        return None;
    }
    let mut last = ' ';
    let end = rest
        .char_indices()
        .enumerate()
        .find(|(count, (at, c))| {
            let blanks = c.is_whitespace() && last.is_whitespace() && *at > 0;
            last = *c;
            let fits =
                c.is_ascii_digit() || separates(*c) || (*c == '+' && (*at == 0 || rest.starts_with("(+") && *at == 1));
            *count >= LONGEST_NUMBER || blanks || !fits
        })
        .map_or(rest.len(), |(_, (at, _))| at);
    Some(rest.get(..end)?.trim_end_matches(separates)).filter(|run| !run.is_empty())
}

/// What people write between digits.
fn separates(c: char) -> bool {
    matches!(c, ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\u{2010}'..='\u{2013}')
}

/// Whether a run is a telephone number for certain.
fn plausible(piece: &str, plan: &DialPlan) -> bool {
    let digits = piece.chars().filter(char::is_ascii_digit).count();
    // E.164: at most fifteen; a valid number has at least seven everywhere, but for services that are called by hand.
    if !(7..=15).contains(&digits) {
        return false;
    }
    let valid = |region, text: &str| phonenumber::parse(region, text).is_ok_and(|number| number.is_valid());
    if piece.starts_with('+') {
        return valid(None, &piece.replace("(0)", ""));
    }
    let groups: Vec<&str> = piece.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
    if is_date(&groups) || is_machine(piece, &groups) {
        return false;
    }
    // Digits in one piece are an order number or an amount as often as not: only a trunk zero says what they are.
    let written_as_number = piece.starts_with('0') || piece.starts_with('(') || groups.len() >= 2;
    let region = plan.region.as_deref().and_then(|region| region.parse().ok());
    written_as_number && region.is_some_and(|region| valid(Some(region), piece))
}

/// `2026-11-22`, `22.11.2026`, `11/22/26`, also with a time behind it.
fn is_date(groups: &[&str]) -> bool {
    let [first, second, third, ..] = groups else { return false };
    let year = |group: &str| group.len() == 4 && (group.starts_with("19") || group.starts_with("20"));
    let day =
        |group: &str| (1..=2).contains(&group.len()) && group.parse::<u8>().is_ok_and(|day| (1..=31).contains(&day));
    (year(first) && day(second) && day(third))
        || (day(first) && day(second) && (year(third) || (third.len() == 2 && groups.len() == 3)))
}

/// `192.0.2.17`.
fn is_machine(piece: &str, groups: &[&str]) -> bool {
    groups.len() == 4
        && piece.matches('.').count() == 3
        && groups.iter().all(|group| group.len() <= 3 && group.parse::<u8>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, region: Option<&str>) -> Vec<String> {
        let plan = DialPlan { region: region.map(str::to_owned), ..DialPlan::default() };
        find(text, &plan)
            .into_iter()
            .map(|found| match found.written {
                Written::Sip(uri) => uri.to_string(),
                Written::Tel(number, extension) => {
                    format!("{number}{}", extension.map(|extension| format!("x{extension}")).unwrap_or_default())
                }
                Written::Xmpp(jid) => panic!("{jid}"),
            })
            .collect()
    }

    #[test]
    fn c01_c19_numbers_and_addresses_are_found_where_they_stand() {
        for (text, region, expected) in [
            ("call me at +49 30 901820.", None, vec!["+4930901820"]),
            ("Tel: +49 (0)30 90 18-20, or mobile +49 170 1234567!", None, vec!["+4930901820", "+491701234567"]),
            ("(+49 30 901820)", None, vec!["+4930901820"]),
            ("It is 030 901820 today", Some("DE"), vec!["+4930901820"]),
            ("It is 030 901820 today", None, vec![]),
            ("0049 30 901820", Some("DE"), vec!["+4930901820"]),
            ("(303) 308-3280 or 303.308.3281", Some("US"), vec!["+13033083280", "+13033083281"]),
            ("+49 30 901820 2026-11-22", None, vec!["+4930901820"]),
            ("+49 30 901820 +49 30 901821", None, vec!["+4930901820", "+4930901821"]),
            (
                "see <sip:bob@example.com>, sips:carol@example.com; thanks",
                None,
                vec!["sip:bob@example.com", "sips:carol@example.com"],
            ),
            ("TEL:+4930901820;ext=12", None, vec!["+4930901820x12"]),
            ("twice +49 30 901820 and +4930901820", None, vec!["+4930901820"]),
            ("שלום +49 30 901820 עולם", None, vec!["+4930901820"]),
        ] {
            assert_eq!(found(text, region), expected, "{text}");
        }
        let plan = DialPlan::default();
        assert_eq!(find("+4930901820", &plan)[0].shown, "+49 30 901820", "what is dialled, written for people");
    }

    #[test]
    fn c19_dates_amounts_and_order_numbers_are_no_numbers() {
        for text in [
            "on 2026-11-22 at 10:30",
            "2026-11-22 10:30:00",
            "am 22.11.2026 um 10.30",
            "11/22/2026",
            "22.11.26",
            "order 4500123456",
            "invoice 2026-0004711",
            "the server is 192.168.100.200",
            "it costs 1.234.567,89 €",
            "1234567890123456789012345678901234567890",
            "ISBN 978-3-16-148410-0",
            "https://example.com/0301234567/030901820",
            "v1.2.3.4567 build 030901820abc",
            "030901820@example.com",
            "mail bob@example.com or xmpp:bob@example.com",
            "#030901820 and a030901820 and 030901820%",
            "GB29 NWBK 6016 1331 9268 19",
            "tel: sip: sips:",
            "+49",
            "+999 123 456 789",
            "sip:\u{202e}bob@example.com",
        ] {
            for region in [None, Some("DE"), Some("US")] {
                assert_eq!(found(text, region), Vec::<String>::new(), "{text} in {region:?}");
            }
        }
    }

    #[test]
    fn a_flood_of_digits_is_looked_at_once_and_not_to_its_end() {
        let plan = DialPlan { region: Some("DE".into()), ..DialPlan::default() };
        let many: String = (0..10_000).map(|n| format!("+49 30 9{n:05} ")).collect();
        assert_eq!(find(&many, &plan).len(), MOST_FOUND);
        for flood in [
            "0".repeat(1_000_000),
            "(".repeat(1_000_000),
            "+1 ".repeat(300_000),
            "sip:".repeat(300_000),
            "12 ".repeat(300_000),
        ] {
            assert!(find(&flood, &plan).is_empty());
        }
        let cut = format!("{}é", "a".repeat(LONGEST_TEXT - 1));
        assert!(find(&cut, &plan).is_empty(), "a character at the limit is not split");
    }
}
