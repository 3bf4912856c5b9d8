//! The keys of `[[voice]]` that say what a telephone does beside talking: voicemail, busy lamps, digits.

use super::table::{Problems, Table};
use super::words;
use crate::model::DigitWay;

/// Lamps that an account may list; more are reported.
pub const MOST_LAMPS: usize = 40;

/// Where waiting voice messages are known from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VoicemailNotice {
    /// They are asked for, and what the server says by itself counts too.
    #[default]
    Auto,
    /// Only what the server says by itself.
    Unsolicited,
    /// They are of no interest.
    Off,
}

/// Voicemail, busy lamps and digits of one voice account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Telephony {
    /// What is called to listen to voice messages.
    pub voicemail: Option<String>,
    /// Where waiting messages are known from.
    pub voicemail_notice: VoicemailNotice,
    /// Whose phones have a lamp, as addresses or numbers.
    pub lamps: Vec<String>,
    /// How digits are sent.
    pub digits: DigitWay,
}

pub(super) fn read(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Telephony {
    let span = table.span_of("lamps");
    let lamps: Vec<String> =
        table.texts("lamps", problems).unwrap_or_default().into_iter().map(|(text, _)| text).collect();
    if lamps.len() > MOST_LAMPS {
        problems.report(span, format_args!("lamps has more than {MOST_LAMPS} addresses"));
    }
    Telephony {
        voicemail: table.text("voicemail", problems),
        voicemail_notice: table.word("voicemail-notice", words::VOICEMAIL_NOTICE, VoicemailNotice::Auto, problems),
        lamps,
        digits: table.word("dtmf", words::DIGITS, DigitWay::Auto, problems),
    }
}
