//! What happened in a room, in sentences.

use crate::model::{Affiliation, Role, Standing};
use crate::xmpp::room::RoomNote;

/// The sentence of a line. Names of others are isolated, so that none changes the order of the rest (X20).
pub(super) fn note(note: &RoomNote) -> String {
    let name = |name: &str| format!("\u{2068}{name}\u{2069}");
    match note {
        RoomNote::Standing { nick, own, standing, by, reason } => {
            let who = if *own { "You".to_owned() } else { name(nick) };
            let are = if *own { "are" } else { "is" };
            let were = if *own { "were" } else { "was" };
            let what = match standing {
                Standing::Role(Role::None) => format!("{who} {were} put out"),
                Standing::Role(Role::Visitor) => format!("{who} may only read now"),
                Standing::Role(Role::Participant) => format!("{who} may write now"),
                Standing::Role(Role::Moderator) => format!("{who} {are} a moderator now"),
                Standing::Affiliation(Affiliation::Outcast) => format!("{who} {were} banned"),
                Standing::Affiliation(Affiliation::None) => format!("{who} {are} no member any more"),
                Standing::Affiliation(Affiliation::Member) => format!("{who} {are} a member now"),
                Standing::Affiliation(Affiliation::Admin) => format!("{who} {are} an admin now"),
                Standing::Affiliation(Affiliation::Owner) => format!("{who} {are} an owner now"),
            };
            let by = by.as_ref().map(|by| format!(" (by {})", name(by))).unwrap_or_default();
            let why = reason.as_ref().map(|why| format!(" They say: {}", name(why))).unwrap_or_default();
            format!("{what}{by}.{why}")
        }
        RoomNote::Nick { from, to, own: false } => format!("{} is called {} now.", name(from), name(to)),
        RoomNote::Nick { to, own: true, .. } => format!("You are called {} now.", name(to)),
        RoomNote::NickGiven(nick) => format!("Your nick was not to be had: here you are {}.", name(nick)),
        RoomNote::Subject { by, subject } => format!("{} set the subject: {}", name(by), name(subject)),
        RoomNote::AddressesForAll => "From now on everybody here can read your address.".to_owned(),
        RoomNote::AddressesForModerators => "From now on only moderators can read addresses.".to_owned(),
        RoomNote::Logged => "What is written here may be published.".to_owned(),
        RoomNote::NotLogged => "What is written here is not published any more.".to_owned(),
        RoomNote::Configured => "The settings of the room were changed.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_name_who_did_what_and_why() {
        let standing = |own, standing| RoomNote::Standing {
            nick: "Bob".into(),
            own,
            standing,
            by: Some("Ana".into()),
            reason: Some("spam".into()),
        };
        let plain = |text: String| text.replace(['\u{2068}', '\u{2069}'], "");
        assert_eq!(
            plain(note(&standing(false, Standing::Affiliation(Affiliation::Outcast)))),
            "Bob was banned (by Ana). They say: spam"
        );
        assert_eq!(
            plain(note(&standing(true, Standing::Role(Role::Moderator)))),
            "You are a moderator now (by Ana). They say: spam"
        );
    }
}
