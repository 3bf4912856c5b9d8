//! Whether a call rings, by who vouches for the caller (C-34, C-35).

use std::sync::Arc;

use crate::model::{PeerGrade, Reception};

/// What the user wants done with callers whom nobody confirms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Screening {
    /// With callers who are not confirmed as anybody of the contacts or the address book.
    pub unknown: Reception,
    /// With callers who withhold who they are.
    pub anonymous: Reception,
}

/// What happens to a call, and the sentence that says why it does not ring. `called_before`: the user called this address
/// in this run, and its answer must get through.
///
/// A claim is not enough to pass: otherwise whoever writes a contact's address into the From would ring (S05).
pub fn screen(grade: PeerGrade, called_before: bool, screening: Screening) -> (Reception, Option<Arc<str>>) {
    let (reception, silenced, declined) = match grade {
        PeerGrade::Confirmed => (Reception::Ring, "", ""),
        PeerGrade::Unknown if called_before => (Reception::Ring, "", ""),
        PeerGrade::Unknown | PeerGrade::Claimed | PeerGrade::Refuted => (
            screening.unknown,
            "Callers whom nobody confirms do not ring: that is your setting.",
            "Callers whom nobody confirms are declined: that is your setting.",
        ),
        PeerGrade::Anonymous => (
            screening.anonymous,
            "Anonymous callers do not ring: that is your setting.",
            "Anonymous callers are declined: that is your setting.",
        ),
    };
    let why = match reception {
        Reception::Ring => None,
        Reception::Silence => Some(silenced.into()),
        Reception::Decline => Some(declined.into()),
    };
    (reception, why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Reception::{Decline, Ring, Silence};

    #[test]
    fn c34_each_policy_touches_the_callers_that_it_names_and_no_others() {
        let off = Screening::default();
        let of = |unknown, anonymous| Screening { unknown, anonymous };
        for (grade, before, screening, expected) in [
            // Off by default: everybody rings.
            (PeerGrade::Unknown, false, off, Ring),
            (PeerGrade::Claimed, false, off, Ring),
            (PeerGrade::Refuted, false, off, Ring),
            (PeerGrade::Anonymous, false, off, Ring),
            // Whoever is confirmed rings whatever is set.
            (PeerGrade::Confirmed, false, of(Decline, Decline), Ring),
            // Silence is not decline.
            (PeerGrade::Unknown, false, of(Silence, Ring), Silence),
            (PeerGrade::Unknown, false, of(Decline, Ring), Decline),
            // Claims do not pass as contacts.
            (PeerGrade::Claimed, false, of(Decline, Ring), Decline),
            (PeerGrade::Refuted, true, of(Silence, Ring), Silence),
            // The two settings are independent.
            (PeerGrade::Anonymous, false, of(Decline, Ring), Ring),
            (PeerGrade::Anonymous, false, of(Ring, Decline), Decline),
            (PeerGrade::Anonymous, true, of(Ring, Silence), Silence),
            // Whoever was called may call back.
            (PeerGrade::Unknown, true, of(Decline, Decline), Ring),
        ] {
            let (reception, why) = screen(grade, before, screening);
            assert_eq!(reception, expected, "{grade:?} {screening:?}");
            assert_eq!(why.is_some(), reception != Ring);
        }
    }
}
