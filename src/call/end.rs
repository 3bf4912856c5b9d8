//! How a call ended, as a code for scripts and a sentence for people (C-42, C-43).

use std::sync::Arc;

use crate::model::{CallEnd, EndedBy};
use crate::sip::Ended;

/// The code and the sentence of a final SIP status (RFC 3261 section 21); 0 stands for BYE.
pub fn end_of_status(status: u16) -> (&'static str, &'static str) {
    match status {
        0 => ("hangup", "The call has ended."),
        200..=299 => ("elsewhere", "Answered on another device."),
        300..=399 => ("moved", "They can be reached at another address."),
        401 | 407 => ("refused", "The phone service did not accept your password for this call."),
        402 => ("refused", "The phone service asks for payment before this call."),
        403 => ("refused", "The phone service does not allow this call."),
        404 | 604 => ("not-found", "This address or number does not exist."),
        406 | 415 | 488 | 606 => ("no-common-media", "The two sides could not agree on how to transmit sound."),
        408 => ("no-answer", "There was no answer."),
        410 => ("not-found", "This address or number is no longer in use."),
        416 | 484 | 485 => ("not-found", "The number is incomplete or not understood."),
        480 => ("unavailable", "They cannot be reached at the moment."),
        482 | 483 => ("failed", "The call went in circles between servers."),
        486 | 600 => ("busy", "They are busy."),
        487 => ("cancelled", "The call was cancelled."),
        491 => ("failed", "Both sides wanted a change at the same moment."),
        500 | 501 | 505 | 513 => ("failed", "The phone service has a problem."),
        502..=504 => ("unreachable", "The phone service is not reachable."),
        603 => ("declined", "They declined the call."),
        400..=499 => ("failed", "The call could not be completed."),
        _ => ("failed", "The phone service has a problem."),
    }
}

/// The end of a call from what signalling says; the provider's own words follow the sentence (C-42).
pub fn describe(end: &Ended) -> CallEnd {
    if end.elsewhere {
        return CallEnd { code: "elsewhere".into(), text: "Answered on another device.".into(), by: end.by };
    }
    let (code, sentence) = end_of_status(end.code);
    let (code, sentence) = match (end.code, end.by) {
        (0, EndedBy::Local) => (code, "You hung up."),
        (0, EndedBy::Remote) => (code, "They hung up."),
        (0, EndedBy::Network) => ("failed", "The connection of the call broke."),
        (487, EndedBy::Remote) => ("cancelled", "The caller gave up."),
        (487, EndedBy::Local) => ("cancelled", "You cancelled the call."),
        (486 | 600 | 603 | 480, EndedBy::Local) => ("declined", "You declined the call."),
        (_, EndedBy::Local | EndedBy::Remote | EndedBy::Network) => (code, sentence),
    };
    let text: Arc<str> = match &end.text {
        Some(words) if end.code >= 300 && !words.trim().is_empty() => {
            format!("{sentence} ({}: {})", end.code, words.trim()).into()
        }
        Some(_) | None if end.code >= 300 && end.by != EndedBy::Local => format!("{sentence} ({})", end.code).into(),
        Some(_) | None => sentence.into(),
    };
    CallEnd { code: code.into(), text, by: end.by }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_reads_as_a_sentence_with_the_providers_words() {
        let end =
            |code, text: Option<&str>, by| describe(&Ended { code, text: text.map(Arc::from), by, elsewhere: false });
        assert_eq!(
            &*end(403, Some("International calls barred"), EndedBy::Remote).text,
            "The phone service does not allow this call. (403: International calls barred)"
        );
        assert_eq!(&*end(486, None, EndedBy::Remote).code, "busy");
        assert_eq!(&*end(486, None, EndedBy::Local).code, "declined");
        assert_eq!(&*end(0, None, EndedBy::Remote).text, "They hung up.");
        for code in [403, 404, 484, 604] {
            assert!(end(code, None, EndedBy::Remote).text.len() > 20);
        }
    }

    #[test]
    fn answered_elsewhere_is_not_a_refusal() {
        let end = describe(&Ended { code: 487, text: None, by: EndedBy::Remote, elsewhere: true });
        assert_eq!(&*end.code, "elsewhere");
    }
}
