//! Whether two messages are one: the same message comes live, as a copy of another device's, from an archive, and again
//! after a connection broke.

use crate::model::MessageDirection;

/// An id this long is random: two messages of one author that share it and say the same are one.
pub(super) const RANDOM_ID: usize = 16;
/// A shorter id may be a counter that began anew, and where there is none, two messages may say the same: then only the same
/// connection within this time counts, in milliseconds.
const SAME_WITHIN_MS: i64 = 10 * 60 * 1000;

/// What of a message decides whether it is another one. Both belong to the same account and conversation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identity<'a> {
    pub(super) direction: MessageDirection,
    /// Who wrote it: the address, and in a room the lasting name or the nickname.
    pub(super) author: (&'a str, Option<&'a str>),
    pub(super) resource: Option<&'a str>,
    /// Whose archive has it, and under which name.
    pub(super) archive: Option<(&'a str, &'a str)>,
    pub(super) stanza_id: Option<&'a str>,
    pub(super) origin_id: Option<&'a str>,
    /// The text as it first came.
    pub(super) body: &'a str,
    /// Milliseconds.
    pub(super) time: i64,
    /// It came out of an archive.
    pub(super) archived: bool,
    /// Its id was made here, and is random whatever it looks like.
    pub(super) made_here: bool,
}

impl<'a> Identity<'a> {
    fn ids(&self) -> impl Iterator<Item = &'a str> {
        self.stanza_id.into_iter().chain(self.origin_id)
    }
}

/// Whether `new` is the message that is stored already.
///
/// The archive's name decides where both have one (XEP-0359 section 5); else an id that the sender gave, and only together
/// with the same author and the same text: nobody can suppress another's message, nor another one of their own (X12).
pub(super) fn same(new: &Identity<'_>, stored: &Identity<'_>) -> bool {
    if new.direction != stored.direction || new.author != stored.author {
        return false;
    }
    let named = match (new.archive, stored.archive) {
        (Some((new_by, new_id)), Some((by, id))) if new_by == by => Some(new_id == id),
        _ => None,
    };
    if named == Some(true) {
        return true;
    }
    if new.body != stored.body {
        return false;
    }
    let near = (new.time - stored.time).abs() <= SAME_WITHIN_MS;
    // An archive does not say over which connection something came.
    let same_connection = new.resource == stored.resource || new.archived || stored.archived;
    if let Some(id) = new.ids().find(|id| stored.ids().any(|known| known == *id)) {
        // What was sent twice, after a connection broke, has two names in the archive and one random id.
        return stored.made_here || id.len() >= RANDOM_ID || (named.is_none() && near && same_connection);
    }
    // Without any id of the sender's, what an archive tells of can only be known by its text.
    let nameless = new.ids().next().is_none() && stored.ids().next().is_none();
    nameless && named.is_none() && new.archived && stored.archive.is_none() && near
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "alice@example.com";
    const RANDOM: &str = "0123456789abcdef";

    fn base() -> Identity<'static> {
        Identity {
            direction: MessageDirection::In,
            author: ("bob@example.com", None),
            resource: Some("desk"),
            archive: None,
            stanza_id: None,
            origin_id: None,
            body: "hi",
            time: 1_000_000,
            archived: false,
            made_here: false,
        }
    }

    #[test]
    fn x12_two_messages_are_one_only_when_nobody_could_gain_by_it() {
        let none = base();
        let named = |id| Identity { archive: Some((OWN, id)), ..base() };
        let id = |id| Identity { stanza_id: Some(id), ..base() };
        let late = |message: Identity<'static>| Identity { time: 9_000_000, ..message };
        let said = |message: Identity<'static>| Identity { body: "other", ..message };
        let by = |author, message: Identity<'static>| Identity { author, ..message };
        let archived = |message: Identity<'static>| Identity { archived: true, resource: None, ..message };
        let mallory = ("mallory@evil.example", None);
        let rows = [
            // (new, stored, same, why)
            (none, none, false, "without ids nobody can say that it is the same"),
            (named("a"), named("a"), true, "the archive's name decides"),
            (said(named("a")), named("a"), true, "also where the text was corrected meanwhile"),
            (named("a"), named("b"), false, "two names, two messages"),
            (by(mallory, named("a")), named("a"), false, "a forged name suppresses nobody else's message"),
            (named("a"), by(mallory, named("a")), false, "nor does one that came before"),
            (Identity { archive: Some(("room@x", "a")), ..base() }, named("a"), false, "another archive's names"),
            (id(RANDOM), id(RANDOM), true, "sent again"),
            (late(id(RANDOM)), id(RANDOM), true, "sent again much later"),
            (said(id(RANDOM)), id(RANDOM), false, "an id alone suppresses nothing"),
            (by(mallory, id(RANDOM)), id(RANDOM), false, "somebody else's id"),
            (late(id("7")), Identity { made_here: true, ..id("7") }, true, "an id of ours is nobody else's"),
            (id("7"), id("7"), true, "sent again at once"),
            (late(id("7")), id("7"), false, "a counter that began anew"),
            (Identity { resource: Some("x"), ..id("7") }, id("7"), false, "another connection's counter"),
            (archived(id("7")), id("7"), true, "the archive's copy of what came live"),
            (Identity { origin_id: Some(RANDOM), ..base() }, id(RANDOM), true, "as origin-id"),
            (
                Identity { archive: Some((OWN, "a")), ..id(RANDOM) },
                Identity { archive: Some((OWN, "b")), ..id(RANDOM) },
                true,
                "their client sent it twice, and the server kept both",
            ),
            (
                Identity { archive: Some((OWN, "a")), ..id("7") },
                Identity { archive: Some((OWN, "b")), ..id("7") },
                false,
                "the server says that they are two",
            ),
            (archived(named("a")), none, true, "the archive's copy of what came without any id"),
            (archived(named("a")), named("b"), false, "which is already another of the archive"),
            (archived(late(named("a"))), none, false, "said again later"),
            (archived(Identity { archive: Some((OWN, "a")), ..id("7") }), none, false, "an id that only one has"),
            (Identity { direction: MessageDirection::Out, ..id(RANDOM) }, id(RANDOM), false, "theirs is not ours"),
            (
                by(("room@x", Some("occupant-1")), id(RANDOM)),
                by(("room@x", Some("occupant-2")), id(RANDOM)),
                false,
                "somebody else in the room",
            ),
        ];
        for (new, stored, expected, why) in rows {
            assert_eq!(same(&new, &stored), expected, "{why}");
        }
    }
}
