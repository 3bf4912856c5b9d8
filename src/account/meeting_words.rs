//! What is said of a meeting, in sentences. Names of others are isolated, so that none changes the order of the rest (X20).

use super::meetings::Asked;
use crate::model::{Involvement, OfferSource, Participant, SoundState};
use crate::sip::Outcome;

/// Isolates a name.
pub(super) fn name(name: &str) -> String {
    format!("\u{2068}{name}\u{2069}")
}

/// Somebody in words: "Bob: text and sound, muted by a moderator".
pub(super) fn participant(one: &Participant) -> String {
    let who = if one.own { "You".to_owned() } else { name(&one.name) };
    let what = match one.involvement {
        Involvement::Both => "text and sound",
        Involvement::Audio => "sound only",
        Involvement::Coming => "not there yet",
        Involvement::Text => "text only",
    };
    let mut words = vec![what];
    words.extend(sound(one.sound, one.own));
    if one.speaking {
        words.push("speaking");
    }
    if one.moderator {
        words.push("moderator");
    }
    let maybe = one.maybe.as_ref().map(|other| format!(", maybe the same person as {}", name(other)));
    format!("{who}: {}{}", words.join(", "), maybe.unwrap_or_default())
}

fn sound(sound: SoundState, own: bool) -> Option<&'static str> {
    match sound {
        SoundState::None | SoundState::Talking => None,
        SoundState::Coming => Some("being called"),
        SoundState::Muted => Some("muted"),
        SoundState::MutedByModerator if own => Some("a moderator muted you"),
        SoundState::MutedByModerator => Some("muted by a moderator"),
        SoundState::OnHold => Some("on hold"),
    }
}

/// How many there are of each involvement.
pub(super) fn summary(all: &[Participant], more: u32) -> String {
    let count = |involvement: Involvement| all.iter().filter(|one| one.involvement == involvement).count();
    let total = all.len() + more as usize;
    let people = if total == 1 { "1 person".to_owned() } else { format!("{total} people") };
    let parts: Vec<String> = [
        (count(Involvement::Both), "with text and sound"),
        (count(Involvement::Audio), "with sound only"),
        (count(Involvement::Coming), "not there yet"),
        (count(Involvement::Text), "with text only"),
        (more as usize, "not listed"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, words)| format!("{count} {words}"))
    .collect();
    if parts.is_empty() { format!("{people}.") } else { format!("{people}: {}.", parts.join(", ")) }
}

/// A call that a room offers.
pub(super) fn offer(source: OfferSource, by: Option<&str>, uri: &str, own: bool) -> String {
    let who = by.filter(|by| !by.is_empty()).map_or_else(|| "Somebody".to_owned(), name);
    let uri = name(uri);
    match source {
        OfferSource::Invite if own => format!("You invited to {uri}."),
        OfferSource::Invite => format!("{who} invites to a call: {uri}. Nobody vouches for this address."),
        OfferSource::RoomInfo => {
            format!("The room says that its call is {uri}. Its owner wrote that; nobody vouches for it.")
        }
        OfferSource::Presence => format!("{who} names a call: {uri}. Nobody vouches for this address."),
        OfferSource::Card => format!("The room's card names {uri}. Its owner wrote that; nobody vouches for it."),
        OfferSource::Link => {
            format!("The room's description or subject has a link to {uri}. Nobody vouches for this address.")
        }
    }
}

/// Why a conference did not do what was asked of it; `None`: it did, or does not say.
pub(super) fn not_done(asked: &Asked, outcome: &Outcome) -> Option<String> {
    let code = match outcome {
        Outcome::Answered(200..=299) | Outcome::Unsaid => return None,
        Outcome::Refused(code) | Outcome::Answered(code) => *code,
    };
    let refused = matches!(outcome, Outcome::Refused(_));
    let why = match (code, asked) {
        (405 | 420 | 489 | 501, _) => "It cannot be asked for such things.",
        (403 | 603, _) if refused => "It does not allow you to.",
        (404 | 410 | 604, Asked::ToRemove(_)) => "They are not in it any more.",
        (404 | 410 | 604, Asked::ToCall(_)) => "There is nobody at this address.",
        (481, _) => "Your call with it is over.",
        (486 | 600, _) => "They are busy.",
        (603, _) => "They do not want to.",
        (408 | 480 | 487, Asked::ToCall(_)) => "They do not answer.",
        (408 | 500 | 503 | 504, _) => "It does not answer now. Try again later.",
        (491, _) => "It is busy with something else. Try again.",
        _ => "It gave no reason.",
    };
    Some(match asked {
        Asked::ToCall(whom) => format!("The conference did not bring {} in. {why}", name(whom)),
        Asked::ToRemove(whom) => format!("The conference did not put {} out. {why}", name(whom)),
    })
}

/// A room that a conference names.
pub(super) fn room(room: &str, trusted: bool, joined: bool) -> String {
    let room = name(room);
    let says = match trusted {
        true => format!("Your provider's conference says that its chat is the room {room}."),
        false => format!("The conference says that its chat is the room {room}."),
    };
    let claim = if trusted { "" } else { " Nobody vouches for that." };
    let there = if joined { " You are in it." } else { "" };
    says + claim + there
}
