//! What the security sheet says.

use crate::gui::words::{Word, word};
use crate::model::{Aspect, ParityLevel, Protection, RaiseOutcome, RaiseStep};

/// A handshake for keys is under way: nothing flows yet.
pub const AGREEING: (Word, bool) = (word("security-not-protected-yet-agreeing-on-keys"), false);
/// DTLS, with fingerprints that came over signalling that anybody could have changed.
pub const UNVOUCHED: (Word, bool) = (word("security-encrypted-to-a-device-that-nobody"), true);
/// DTLS, and their chat account says that the certificate is their device's.
pub const THIS_PERSON: (Word, bool) = (word("security-encrypted-to-this-person"), true);
/// DTLS, and their chat account says that their device has another certificate.
pub const BETWEEN: (Word, bool) = (word("security-encrypted-to-something-between"), true);
/// DTLS, with fingerprints that came over TLS.
pub const TO_THE_DEVICE: (Word, bool) = (word("security-encrypted-to-the-other-device-vouched"), true);
/// SDES: the servers see the keys.
pub const TO_THE_SERVERS: (Word, bool) = (word("security-encrypted-as-far-as-the-servers"), true);
/// Nothing.
pub const IN_THE_CLEAR: (Word, bool) = (word("security-not-encrypted"), false);

/// The sheet's title.
pub const TITLE: Word = word("security-title");
/// Opens the sheet.
pub const COMPARE: Word = word("security-compare");
/// The quiet line's button.
pub const SHOW: Word = word("security-show");
/// Hides the quiet line.
pub const HIDE: Word = word("security-hide");
/// The quiet line.
pub const NOTICE: Word = word("security-notice");
/// The one action.
pub const RAISE: Word = word("security-raise");
/// While it is going on.
pub const RAISING: Word = word("security-raising");
/// Over what the action would do.
pub const PLAN: Word = word("security-plan");
/// Over what it did.
pub const TRIED: Word = word("security-tried");
/// Nothing can be raised from here.
pub const NOTHING: Word = word("security-nothing");
/// The mark on the weaker side.
pub const WEAKER: Word = word("security-weaker");
/// Takes consent back.
pub const WITHDRAW: Word = word("security-withdraw");
/// The mark on what the user accepted.
pub const ACCEPTED: Word = word("security-accepted");

/// The word over a line.
pub fn aspect(aspect: Aspect) -> Word {
    match aspect {
        Aspect::Transport => word("security-on-the-way-to-the-server"),
        Aspect::Tls => word("security-version-of-tls"),
        Aspect::Cipher => word("security-cipher"),
        Aspect::Certificate => word("security-the-servers-certificate"),
        Aspect::Login => word("security-how-you-sign-in"),
        Aspect::Binding => word("security-login-bound-to-the-connection"),
        Aspect::Media => word("security-what-is-written-and-said"),
    }
}

/// The verdict over the sheet.
pub fn verdict(protection: &Protection) -> Word {
    let open = |weak: bool| {
        protection.pairs.iter().flat_map(|pair| &pair.rows).any(|row| row.weaker.is_some() && row.accepted != weak)
    };
    let known = protection.pairs.iter().any(|pair| pair.level != ParityLevel::Unknown);
    match (known, open(true), open(false)) {
        (false, ..) => word("security-chat-and-voice-are-compared-as"),
        (true, true, _) => word("security-one-side-is-weaker-than-the"),
        (true, false, true) => word("security-one-side-is-weaker-and-you"),
        (true, false, false) => word("security-chat-and-voice-are-protected-alike"),
    }
}

/// Which setting of which account a step changes.
pub fn step(step: &RaiseStep) -> String {
    format!("{} · {}: {} → {}", step.account.as_str(), step.key, step.from, step.to)
}

/// A step's outcome in a word or two.
pub fn outcome(outcome: RaiseOutcome) -> Word {
    match outcome {
        RaiseOutcome::Planned => word("security-waiting"),
        RaiseOutcome::Trying => word("security-trying"),
        RaiseOutcome::Done => word("security-raised"),
        RaiseOutcome::RolledBack => word("security-not-possible-taken-back"),
        RaiseOutcome::Refused => word("security-not-changed"),
    }
}
