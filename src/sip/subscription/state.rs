//! The Subscription-State header (RFC 6665 section 8.2.3).

use crate::sip::stack::{Headers, Params};

/// Why a notifier ended a subscription (RFC 6665 section 4.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sip) enum Terminated {
    /// Ask again at once: `deactivated`, `timeout`, or nothing that is known.
    AskAgain,
    /// Ask again later: `probation`, `giveup`.
    Later,
    /// Not to be asked again: `rejected`, `noresource`.
    Never,
    /// What was said last stays true for ever: `invariant`.
    Invariant,
}

/// What the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sip) enum State {
    /// `active`, and how much longer in seconds where that is said.
    Active(Option<u32>),
    /// `pending`, likewise.
    Pending(Option<u32>),
    /// `terminated`, and in how many seconds to ask again where that is said.
    Terminated(Terminated, Option<u32>),
}

/// Reads it. Without the header the subscription is taken for active: old message servers leave it out.
pub(in crate::sip) fn read(headers: &Headers) -> State {
    let Some(value) = headers.value("Subscription-State") else { return State::Active(None) };
    let (word, params) = value.split_at(value.find(';').unwrap_or(value.len()));
    let params = Params::parse(params);
    let seconds = |name: &str| params.value(name).and_then(|text| text.trim().parse::<u32>().ok());
    match word.trim().to_ascii_lowercase().as_str() {
        "pending" => State::Pending(seconds("expires")),
        "terminated" => {
            let reason = params.value("reason").unwrap_or_default().trim().to_ascii_lowercase();
            let why = match reason.as_str() {
                "probation" | "giveup" => Terminated::Later,
                "rejected" | "noresource" => Terminated::Never,
                "invariant" => Terminated::Invariant,
                _ => Terminated::AskAgain,
            };
            State::Terminated(why, seconds("retry-after"))
        }
        // An unknown word is treated as active (RFC 6665 section 4.1.3).
        _ => State::Active(seconds("expires")),
    }
}
