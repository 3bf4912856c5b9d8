//! What the security sheet says.

use crate::model::{Aspect, ParityLevel, Protection, RaiseOutcome, RaiseStep};

/// A handshake for keys is under way: nothing flows yet.
pub const AGREEING: (&str, bool) = ("Not protected yet: agreeing on keys", false);
/// DTLS, with fingerprints that came over signalling that anybody could have changed.
pub const UNVOUCHED: (&str, bool) = ("Encrypted to a device that nobody vouches for", true);
/// DTLS, with fingerprints that came over TLS.
pub const TO_THE_DEVICE: (&str, bool) = ("Encrypted to the other device, vouched for by the servers", true);
/// SDES: the servers see the keys.
pub const TO_THE_SERVERS: (&str, bool) = ("Encrypted, as far as the servers", true);
/// Nothing.
pub const IN_THE_CLEAR: (&str, bool) = ("Not encrypted", false);

/// The sheet's title.
pub const TITLE: &str = "Security";
/// Opens the sheet.
pub const COMPARE: &str = "Compare both";
/// The quiet line's button.
pub const SHOW: &str = "Show";
/// Hides the quiet line.
pub const HIDE: &str = "Hide";
/// The quiet line.
pub const NOTICE: &str = "Chat and voice are not protected alike.";
/// The one action.
pub const RAISE: &str = "Raise";
/// While it is going on.
pub const RAISING: &str = "Raising…";
/// Over what the action would do.
pub const PLAN: &str = "Raise would change";
/// Over what it did.
pub const TRIED: &str = "What came of it";
/// Nothing can be raised from here.
pub const NOTHING: &str = "Nothing here can be raised by Tandem: the servers decide it.";
/// The mark on the weaker side.
pub const WEAKER: &str = "weaker";
/// Takes consent back.
pub const WITHDRAW: &str = "Take this back";
/// The mark on what the user accepted.
pub const ACCEPTED: &str = "accepted by you";

/// The word over a line.
pub fn aspect(aspect: Aspect) -> &'static str {
    match aspect {
        Aspect::Transport => "On the way to the server",
        Aspect::Tls => "Version of TLS",
        Aspect::Cipher => "Cipher",
        Aspect::Certificate => "The server's certificate",
        Aspect::Login => "How you sign in",
        Aspect::Binding => "Login bound to the connection",
        Aspect::Media => "What is written and said",
    }
}

/// The verdict over the sheet.
pub fn verdict(protection: &Protection) -> &'static str {
    let open = |weak: bool| {
        protection.pairs.iter().flat_map(|pair| &pair.rows).any(|row| row.weaker.is_some() && row.accepted != weak)
    };
    let known = protection.pairs.iter().any(|pair| pair.level != ParityLevel::Unknown);
    match (known, open(true), open(false)) {
        (false, ..) => "Chat and voice are compared as soon as both are connected.",
        (true, true, _) => "One side is weaker than the other. The weaker one is marked.",
        (true, false, true) => "One side is weaker, and you accepted that.",
        (true, false, false) => "Chat and voice are protected alike.",
    }
}

/// Which setting of which account a step changes.
pub fn step(step: &RaiseStep) -> String {
    format!("{} · {}: {} → {}", step.account.as_str(), step.key, step.from, step.to)
}

/// A step's outcome in a word or two.
pub fn outcome(outcome: RaiseOutcome) -> &'static str {
    match outcome {
        RaiseOutcome::Planned => "Waiting",
        RaiseOutcome::Trying => "Trying…",
        RaiseOutcome::Done => "Raised",
        RaiseOutcome::RolledBack => "Not possible, taken back",
        RaiseOutcome::Refused => "Not changed",
    }
}
