//! What others are told of the user (P-9, C-12): what was set by hand, and, beside it, that the user is on the phone or
//! that calls do not arrive.
//!
//! The form is one that every client shows: the status text of presence (RFC 6121 section 4.7.2.2), and for calls the
//! activity of XEP-0108. What the user set by hand is never replaced: a text of the user's stays word for word, and
//! that calls do not arrive is appended to it in brackets.

use std::sync::Arc;

use crate::model::{CallPresence, Presence, Show, WallTime};

/// What is said while the user is in a call.
const ON_THE_PHONE: &str = "On the phone";
/// What is said while calls do not arrive.
const NO_CALLS: &str = "No calls at the moment";

/// What decides about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Circumstances {
    /// The user is in a call that others may know of.
    pub on_call: bool,
    /// The user chose a status during that call: it wins and stays.
    pub chosen_in_call: bool,
    /// What a call does to presence.
    pub call_presence: CallPresence,
    /// Calls belong to this account, and do not arrive.
    pub no_calls: bool,
    /// Nobody may see the user yet: the other connection has to come first.
    pub withheld: bool,
    /// Nobody has been at this machine since then.
    pub nobody_since: Option<WallTime>,
    /// Others may know since when.
    pub tell_since: bool,
}

/// What one chat account publishes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// The presence.
    pub presence: Presence,
    /// The activity "talking, on the phone" (XEP-0108).
    pub on_the_phone: bool,
    /// Since when nobody is at the program (XEP-0319).
    pub idle_since: Option<WallTime>,
}

/// What to publish for a user who set `by_hand`.
pub fn published(by_hand: &Presence, circumstances: &Circumstances) -> Published {
    if circumstances.withheld || by_hand.show == Show::Offline {
        // Who wants to be unseen is not given away by an activity either.
        let presence = Presence { show: Show::Offline, status: by_hand.status.clone() };
        return Published { presence, on_the_phone: false, idle_since: None };
    }
    let on_the_phone = circumstances.on_call && circumstances.call_presence != CallPresence::Off;
    let tells = on_the_phone && !circumstances.chosen_in_call;
    let show = match (circumstances.call_presence, by_hand.show) {
        (CallPresence::Dnd, Show::Available | Show::Chat) if tells => Show::Dnd,
        // What the user set by hand says more than that nobody is there (RFC 6121 section 4.7.2.1).
        (_, Show::Available | Show::Chat) if circumstances.nobody_since.is_some() => Show::Away,
        (_, show) => show,
    };
    let own = by_hand.status.as_ref().filter(|status| !status.trim().is_empty());
    let status: Option<Arc<str>> = match own {
        Some(own) if circumstances.no_calls => Some(format!("{own} (no calls at the moment)").into()),
        Some(own) => Some(own.clone()),
        None if tells => Some(ON_THE_PHONE.into()),
        None if circumstances.no_calls => Some(NO_CALLS.into()),
        None => None,
    };
    let idle_since = circumstances.nobody_since.filter(|_| circumstances.tell_since);
    Published { presence: Presence { show, status }, on_the_phone, idle_since }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: Circumstances = Circumstances {
        on_call: false,
        chosen_in_call: false,
        call_presence: CallPresence::Off,
        no_calls: false,
        withheld: false,
        nobody_since: None,
        tell_since: true,
    };

    fn at(on_call: bool, call_presence: CallPresence) -> Circumstances {
        Circumstances { on_call, call_presence, ..USUAL }
    }

    fn by_hand(show: Show, status: Option<&str>) -> Presence {
        Presence { show, status: status.map(Arc::from) }
    }

    #[test]
    fn p09_a_call_is_told_as_configured_and_never_over_the_users_own_words() {
        use CallPresence::{Dnd, Off, Status};
        use Show::{Available, Away, Chat, Offline, Xa};
        // set by hand, setting, told on a call
        let rows = [
            ((Available, None), Off, (Available, None), false),
            ((Available, None), Status, (Available, Some("On the phone")), true),
            ((Available, None), Dnd, (Show::Dnd, Some("On the phone")), true),
            ((Chat, None), Dnd, (Show::Dnd, Some("On the phone")), true),
            ((Available, Some("Back at 3")), Status, (Available, Some("Back at 3")), true),
            ((Available, Some("Back at 3")), Dnd, (Show::Dnd, Some("Back at 3")), true),
            ((Away, None), Dnd, (Away, Some("On the phone")), true),
            ((Xa, Some("Holiday")), Dnd, (Xa, Some("Holiday")), true),
            ((Offline, None), Dnd, (Offline, None), false),
        ];
        for ((show, status), setting, (told_show, told_status), activity) in rows {
            let set = by_hand(show, status);
            let during = published(&set, &at(true, setting));
            assert_eq!(during.presence, by_hand(told_show, told_status), "{show:?} {status:?} {setting:?}");
            assert_eq!(during.on_the_phone, activity);
            let after = published(&set, &at(false, setting));
            assert_eq!((after.presence, after.on_the_phone), (set, false), "as it was");
        }
    }

    #[test]
    fn p09_what_is_chosen_during_a_call_wins() {
        let during = Circumstances { chosen_in_call: true, ..at(true, CallPresence::Dnd) };
        let told = published(&by_hand(Show::Available, None), &during);
        assert_eq!(told.presence, by_hand(Show::Available, None));
        assert!(told.on_the_phone, "the activity is nothing that anybody sets by hand");
    }

    #[test]
    fn c12_presence_says_when_calls_do_not_arrive_and_keeps_the_users_words() {
        let without = Circumstances { no_calls: true, ..at(false, CallPresence::Status) };
        let told = |status| published(&by_hand(Show::Away, status), &without).presence;
        assert_eq!(told(None), by_hand(Show::Away, Some("No calls at the moment")));
        assert_eq!(told(Some("In town")), by_hand(Show::Away, Some("In town (no calls at the moment)")));
        let withheld = Circumstances { withheld: true, ..without };
        assert_eq!(published(&by_hand(Show::Chat, None), &withheld).presence.show, Show::Offline);
    }
}
