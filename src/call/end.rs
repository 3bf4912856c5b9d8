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
        // RFC 8197, RFC 8688: an intermediary acts for the callee.
        607 => ("declined", "They do not want calls from you."),
        608 => ("refused", "A service that screens calls rejected this call."),
        // RFC 5079, RFC 8224: about who calls.
        433 => ("refused", "They do not take anonymous calls."),
        428 | 436..=438 => ("refused", "The other service could not verify who is calling."),
        // RFC 3261 sections 21.4.13 and 21.4.16, RFC 4028, RFC 3329.
        405 | 420 | 421 | 422 | 423 | 494 => {
            ("failed", "The two phone services could not agree on how to place this call.")
        }
        413 | 414 => ("failed", "The phone service finds the request too large."),
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
        Some(words) if end.code >= 300 && !isolated(words).is_empty() => {
            format!("{sentence} ({}: {})", end.code, isolated(words)).into()
        }
        Some(_) | None if end.code >= 300 && end.by != EndedBy::Local => format!("{sentence} ({})", end.code).into(),
        Some(_) | None => sentence.into(),
    };
    let text = match end.retry_after.filter(|_| end.code >= 300 && end.by != EndedBy::Local).and_then(again) {
        Some(again) => format!("{text} {again}").into(),
        None => text,
    };
    CallEnd { code: code.into(), text, by: end.by }
}

/// The longest time after which it is worth saying when to try again, in seconds.
const LONGEST_RETRY: u32 = 24 * 3600;

/// When it is worth another try, in words, rounded up to what people count in; none where it says nothing.
fn again(seconds: u32) -> Option<String> {
    let (minutes, hours) = (seconds.div_ceil(60), seconds.div_ceil(3_600));
    match seconds {
        1 => Some("Try again in 1 second.".to_owned()),
        2..=90 => Some(format!("Try again in {seconds} seconds.")),
        91..=5_400 => Some(format!("Try again in {minutes} minutes.")),
        5_401..=LONGEST_RETRY => Some(format!("Try again in {hours} hours.")),
        _ => None,
    }
}

/// The longest that is shown of somebody else's words, in characters.
const LONGEST_WORDS: usize = 160;

/// The other side's words: bounded, without what is invisible or turns the direction of its neighbours around.
fn isolated(words: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let plain: String = words.trim().chars().filter(|c| !hidden(*c)).take(LONGEST_WORDS).collect();
    // Letters of a right-to-left script are set apart, so that they cannot reorder what stands around them.
    let reorders = plain.chars().any(|c| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fefc}'));
    if reorders { format!("\u{2068}{plain}\u{2069}") } else { plain }
}

/// What is shown while an outgoing call is under way (C-42): what the provisional status means where that says more than
/// "ringing", and the provider's own words (Reason, Warning) behind it.
pub(super) fn caption(status: u16, words: Option<&str>) -> Option<Arc<str>> {
    let sentence = match status {
        181 => "The call is being forwarded.",
        182 => "The call waits in a queue.",
        199 => "One of their devices cannot take the call.",
        _ => "",
    };
    let words = words.map(isolated).filter(|words| !words.is_empty());
    match (sentence, words) {
        ("", None) => None,
        ("", Some(words)) => Some(format!("The phone service says: {words}").into()),
        (sentence, None) => Some(sentence.into()),
        (sentence, Some(words)) => Some(format!("{sentence} ({words})").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_reads_as_a_sentence_with_the_providers_words() {
        let end = |code, text: Option<&str>, by| {
            describe(&Ended { code, text: text.map(Arc::from), by, elsewhere: false, retry_after: None })
        };
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
    fn a_refusal_that_says_when_to_try_again_says_it_in_words() {
        let end = |code, by, retry_after| describe(&Ended { code, text: None, by, elsewhere: false, retry_after }).text;
        let network = EndedBy::Network;
        for (seconds, words) in [
            (1, Some("Try again in 1 second.")),
            (30, Some("Try again in 30 seconds.")),
            (120, Some("Try again in 2 minutes.")),
            (121, Some("Try again in 3 minutes.")),
            (7_200, Some("Try again in 2 hours.")),
            (0, None),
            (u32::MAX, None),
        ] {
            let said = end(503, network, Some(seconds));
            let whole = words.map_or("The phone service is not reachable. (503)".to_owned(), |words| {
                format!("The phone service is not reachable. (503) {words}")
            });
            assert_eq!(&*said, whole);
        }
        assert!(end(486, EndedBy::Remote, Some(300)).ends_with("(486) Try again in 5 minutes."));
        assert!(!end(486, EndedBy::Local, Some(300)).contains("again"), "we declined it ourselves");
    }

    #[test]
    fn answered_elsewhere_is_not_a_refusal() {
        let end = describe(&Ended { code: 487, text: None, by: EndedBy::Remote, elsewhere: true, retry_after: None });
        assert_eq!(&*end.code, "elsewhere");
    }

    #[test]
    fn c43_every_refusal_of_the_registry_has_a_sentence_of_its_own_kind() {
        let sentence = |code| end_of_status(code).1;
        for (code, word) in [
            (403, "not allow"),
            (404, "does not exist"),
            (433, "anonymous"),
            (437, "verify who"),
            (480, "cannot be reached"),
            (484, "incomplete"),
            (486, "busy"),
            (488, "transmit sound"),
            (600, "busy"),
            (603, "declined"),
            (604, "does not exist"),
            (607, "do not want"),
            (608, "screens"),
        ] {
            assert!(sentence(code).contains(word), "{code}: {}", sentence(code));
        }
        for code in 300..700 {
            assert!(sentence(code).ends_with('.'), "{code}");
        }
    }

    #[test]
    fn c42_the_providers_words_are_bounded_and_cannot_disguise_the_rest() {
        let text = |words: &str| {
            describe(&Ended {
                code: 403,
                text: Some(words.into()),
                by: EndedBy::Remote,
                elsewhere: false,
                retry_after: None,
            })
            .text
        };
        assert!(text(&"x".repeat(9_000)).chars().count() < 250);
        let turned = text("no \u{202e}cigam\u{2066}\u{0}");
        assert!(turned.ends_with("(403: no cigam)"), "{turned}");
        assert!(text("\u{5d0}\u{5d1}").contains("\u{2068}\u{5d0}\u{5d1}\u{2069}"));
        assert!(text("\u{202e}").ends_with("(403)") || text("\u{202e}").ends_with("call. (403)"));
    }

    #[test]
    fn c42_what_is_said_while_it_rings_becomes_a_caption() {
        assert_eq!(caption(180, None), None);
        assert_eq!(
            caption(183, Some("This call is not free")).as_deref(),
            Some("The phone service says: This call is not free")
        );
        assert_eq!(caption(181, None).as_deref(), Some("The call is being forwarded."));
        assert_eq!(caption(182, Some("3 before you")).as_deref(), Some("The call waits in a queue. (3 before you)"));
    }
}
