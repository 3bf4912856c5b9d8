//! What is said about the own card.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{CardWritten, FormResult};
use crate::sip::Probed;

/// What the server made of a change, a sentence for each form that is not as it was meant.
pub(super) fn written(written: &CardWritten) -> Vec<Arc<str>> {
    let forms = [("The older form of your card", &written.temp), ("The newer form of your card", &written.four)];
    forms.iter().filter_map(|(form, result)| said(form, result)).map(Arc::from).collect()
}

fn said(form: &str, result: &FormResult) -> Option<String> {
    match result {
        FormResult::AsMeant => None,
        FormResult::Refused(why) => {
            let reason = why.text.trim().trim_end_matches('.');
            Some(format!("{form} was not changed: the server refused it ({reason})."))
        }
        FormResult::Damaged { entries, types, others } => {
            let mut parts = Vec::new();
            if *entries > 0 {
                parts.push(plural(*entries, "entry is not as you wrote it", "entries are not as you wrote them"));
            }
            if *types > 0 {
                parts.push(plural(
                    *types,
                    "mark of a number (like \u{201c}video\u{201d}) is missing",
                    "marks of numbers (like \u{201c}video\u{201d}) are missing",
                ));
            }
            if *others > 0 {
                parts.push(plural(*others, "other detail is gone", "other details are gone"));
            }
            Some(format!("{form} was changed by the server: {}.", parts.join(", ")))
        }
    }
}

fn plural(count: u32, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// What a request to `address` led to, and whether that is as it should be.
pub(super) fn probed(address: &str, probed: &Probed) -> (String, bool) {
    match (probed.arrived, probed.code) {
        (Some(after), _) => (format!("A request to {address} came back to you after {} ms.", millis(after)), true),
        (None, Some(404 | 604)) => (format!("The call server does not know {address}."), false),
        (None, Some(480 | 410)) => (format!("The call server says that nobody is there at {address}."), false),
        (None, Some(code)) if (200..300).contains(&code) => (
            format!("Something else answered at {address}: another device of yours, or the call server itself."),
            false,
        ),
        (None, Some(code)) => (format!("The call server refused a request to {address} ({code})."), false),
        (None, None) => (format!("No answer came to a request to {address}."), false),
    }
}

pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{OwnCard, Reason};

    #[test]
    fn s_09_what_the_server_made_of_a_card_is_said_in_its_words() {
        let card = OwnCard::default();
        let refused = FormResult::Refused(Reason::new("not-allowed", "The directory is read-only."));
        let damaged = FormResult::Damaged { entries: 1, types: 2, others: 0 };
        let said = written(&CardWritten { card: card.clone(), temp: refused, four: damaged });
        assert!(said[0].contains("The directory is read-only)"), "{said:?}");
        assert!(
            said[1].contains("1 entry is") && said[1].contains("2 marks of numbers") && !said[1].contains("detail"),
            "{said:?}"
        );
        let fine = CardWritten { card, temp: FormResult::AsMeant, four: FormResult::AsMeant };
        assert!(written(&fine).is_empty());
    }

    #[test]
    fn s_05_each_end_of_a_test_reads_differently() {
        let each = [
            (Some(Duration::from_millis(40)), Some(200)),
            (None, Some(200)),
            (None, Some(404)),
            (None, Some(480)),
            (None, Some(403)),
            (None, None),
        ];
        let texts: std::collections::BTreeSet<String> =
            each.iter().map(|(arrived, code)| probed("1001", &Probed { arrived: *arrived, code: *code }).0).collect();
        assert_eq!(texts.len(), each.len());
        assert!(probed("1001", &Probed { arrived: Some(Duration::ZERO), code: None }).1);
    }
}
