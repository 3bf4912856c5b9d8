//! Words about meetings: a conference and the room that belongs to it.

use crate::gui::words::{Word, say, word};
use crate::model::{Involvement, MeetingView, Participant, SoundState};

/// Over the people.
pub const PEOPLE: Word = word("meeting-people");
/// Calls what the room offers.
pub const JOIN: Word = word("meeting-join");
/// The offer is put aside.
pub const NOT_NOW: Word = word("meeting-not-now");
/// Enters the room that a conference names.
pub const ENTER: Word = word("meeting-enter");
/// That room is not offered again.
pub const NOT_THIS: Word = word("meeting-not-this");
/// Shows the meeting whole.
pub const SHOW: Word = word("meeting-show");
/// Opens the conversation of the room.
pub const CHAT: Word = word("meeting-chat");
/// Invites the room.
pub const ANNOUNCE: Word = word("meeting-announce");
/// Chooses people to call.
pub const START: Word = word("meeting-start");
/// Over the choice of people.
pub const WHOM: Word = word("meeting-whom");
/// Nobody in the room can be called.
pub const NOBODY: Word = word("meeting-nobody");
/// They moderate.
pub const MODERATOR: Word = word("meeting-moderator");
/// Puts somebody out of the call.
pub const OUT_OF_CALL: Word = word("meeting-out-of-call");
/// Puts somebody out of the room.
pub const OUT_OF_ROOM: Word = word("meeting-out-of-room");
/// Nobody hears them.
pub const MUTE: Word = word("meeting-mute");
/// They are heard again.
pub const UNMUTE: Word = word("meeting-unmute");
/// Likewise on the other side.
pub const YES: Word = word("meeting-yes");
/// Only here.
pub const NO: Word = word("meeting-no");
/// People who only write.
pub const ONLY_TEXT: Word = word("meeting-only-text");
/// It is being found out.
pub const ASKING: Word = word("meeting-asking");
/// Nobody else is let in.
pub const LOCKED: Word = word("meeting-locked");
/// Both reach them.
pub const BOTH: Word = word("meeting-both");
/// Sound reaches them.
pub const AUDIO: Word = word("meeting-audio");
/// Nothing reaches them yet.
pub const COMING: Word = word("meeting-coming");
/// We, where the room does not call us otherwise.
pub const WE: Word = word("meeting-we");
/// Text reaches them.
pub const TEXT: Word = word("meeting-text");
/// Of their sound.
pub const BEING_CALLED: Word = word("meeting-being-called");
/// Likewise.
pub const MUTED: Word = word("meeting-muted");
/// Likewise.
pub const MUTED_BY_MODERATOR: Word = word("meeting-muted-by-moderator");
/// Likewise.
pub const ON_HOLD: Word = word("meeting-on-hold");
/// Likewise.
pub const SPEAKING: Word = word("meeting-speaking");

/// What reaches somebody.
pub fn involvement(involvement: Involvement) -> Word {
    match involvement {
        Involvement::Both => BOTH,
        Involvement::Audio => AUDIO,
        Involvement::Coming => COMING,
        Involvement::Text => TEXT,
    }
}

/// What is worth a word about somebody's sound.
pub fn sound(one: &Participant) -> Option<Word> {
    match one.sound {
        SoundState::None | SoundState::Talking => None,
        SoundState::Coming => Some(BEING_CALLED),
        SoundState::Muted => Some(MUTED),
        SoundState::MutedByModerator => Some(MUTED_BY_MODERATOR),
        SoundState::OnHold => Some(ON_HOLD),
    }
}

/// Somebody in words, for whoever hears the screen instead of seeing it.
pub fn person(one: &Participant) -> String {
    let who = if one.own { WE.to_owned() } else { format!("\u{2068}{}\u{2069}", one.name) };
    let mut words = vec![involvement(one.involvement).to_owned()];
    words.extend(sound(one).map(Word::to_owned));
    words.extend(one.speaking.then(|| SPEAKING.to_owned()));
    words.extend(one.moderator.then(|| MODERATOR.to_owned()));
    words.extend(one.maybe.as_deref().map(maybe));
    format!("{who}: {}", words.join(", "))
}

/// How many there are of each involvement.
pub fn summary(view: &MeetingView) -> String {
    let of = |wanted: Involvement| view.participants.iter().filter(|one| one.involvement == wanted).count();
    let (both, audio) = (of(Involvement::Both), of(Involvement::Audio));
    let (coming, text, more) = (of(Involvement::Coming), of(Involvement::Text), view.more as usize);
    let count = view.participants.len() + more;
    let people = say!("meeting-people-count", count);
    let parts: Vec<String> = [
        (both > 0).then(|| say!("meeting-with-both", count = both)),
        (audio > 0).then(|| say!("meeting-with-audio", count = audio)),
        (coming > 0).then(|| say!("meeting-not-there-yet", count = coming)),
        (text > 0).then(|| say!("meeting-with-text", count = text)),
        (more > 0).then(|| say!("meeting-not-listed", count = more)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let parts = parts.join(", ");
    say!("meeting-summary", people, parts)
}

/// It is not known who is in the call.
pub fn unknown(why: &str) -> String {
    let why = crate::gui::words::told(why);
    say!("meeting-unknown", why)
}

/// Somebody may be somebody else.
pub fn maybe(other: &str) -> String {
    let other = format!("\u{2068}{other}\u{2069}");
    say!("meeting-maybe", other)
}

/// How many are called.
pub fn call(count: usize) -> String {
    say!("meeting-call", count)
}
