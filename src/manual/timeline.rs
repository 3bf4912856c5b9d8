//! Messages: where they stand, which ones are the same, and what is said about them later.
//!
//! # Where a message stands
//!
//! `message.seq` is the order of arrival; nobody shows it. A conversation is shown in the order of `message.place`
//! (`store::place`): the time in milliseconds with 20 bits below it. What arrives live comes last in its conversation, whatever
//! the clocks say. What an archive tells of stands in the archive's order at the archive's time, but never outside of the gap
//! that it fills, so a wrong clock moves nothing past its neighbours. Pages are asked for by the name of a message
//! (`before`), and mean its place.
//!
//! # Which messages are the same
//!
//! The same message comes live, as a copy of another device's, from an archive, and again after a cut. `store::identity::same`
//! decides, and is a table: the archive's name where both have one, else a random id of the sender together with the same
//! author and the same text. A name counts only for the archive that gave it: `(account, archive, archive_id)` is unique, and an
//! archive's own word wins over a name that came live. A message that is found again learns its archive's name, and one of
//! ours that an archive has is sent, not pending.
//!
//! # Kinds of conversations
//!
//! [`crate::model::ConversationKind`] is stored with each row: a person, a room, somebody in a room. The last has a made-up
//! name (`Jid::of_occupant`), so that it can never be taken for a contact. `nick` and `occupant` (XEP-0421) say who of a room
//! wrote. New columns of a message belong into [`crate::model::MessageDetails`], which has a default: nobody who makes a
//! message has to name them.
//!
//! # What is said about a message
//!
//! `store::Command::Change` stores a [`crate::model::MessageChange`]: correction, retraction, moderation, reactions, who has it,
//! who saw it. It names its message by the id that the sender gave (in a room, for reactions and moderation, by the room's).
//! `store::changes::may_change` says who may; it is pure. A change whose message has not come waits for it (at most 2,000, the
//! oldest goes), since archives are read from the newest on; whichever comes first, the result is the same. The row always holds
//! the text that counts now (`body`, what the search finds), `first_text` what it was, `details.changes` everything else. A
//! retraction forgets text, former texts and reactions.
//!
//! The store answers with `Event::Delivery` and the whole message: whoever shows it replaces what it had.
//!
//! # What a message carries
//!
//! `xmpp::Payload` reads everything that may stand in a message beside its text, once, bounded, and believing nobody; what it
//! says about another message becomes a change as above. A text keeps what its sender wrote: quotes for clients that know no
//! answers are cut out only where the answer was understood (XEP-0428), styles (XEP-0393, `model::Styled`) and links
//! (`model::Link`) are places in the text, computed when it is shown.
//!
//! # What the user says about a message
//!
//! `store::TalkCommand::Say` checks it, stores it as a change and, in the same transaction, in `sending`. From there it leaves like a
//! message, through the same outbox with the same promises (`xmpp::Command::Say`), and goes from `sending` when the server has
//! counted it; a restart hands it over again. What is worth nothing later (who writes, what was seen) goes in passing and is lost
//! where nobody is connected. `account::typing` decides who is told of writing; who has read is told only to contacts who see the
//! user's presence, and only as the settings say.
