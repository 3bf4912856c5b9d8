//! The chat service: a pure session machine over stanzas, the login, and the shell that connects them to a server.
//!
//! What crosses to `account` is [`Command`] and [`Event`]; no type of an XMPP library leaves this folder.

mod activity;
mod archive;
mod archive_prefs;
mod blocking;
mod boundary;
mod cards;
mod chat;
mod disco;
#[cfg(test)]
mod dispatch_fuzz;
mod envelope;
mod form;
mod framing;
mod inbound;
mod invited;
pub mod io;
mod iq;
pub mod jingle;
mod keepalive;
mod login;
mod negotiation;
mod outbound;
mod outbox;
mod own_calls;
mod own_card;
mod own_picture;
mod payload;
mod people;
mod pep;
mod presence;
mod reach;
mod received;
mod reconnect;
pub mod room;
mod roster;
mod roster_edit;
mod sasl;
pub mod services;
pub mod session;
mod settings;
mod stanza;
mod stream_management;
mod upload;
mod vcard;
mod vcard4;
mod vcard_temp;
#[cfg(test)]
mod vcard_tests;
mod vouched;

pub use blocking::{LONGEST_REPORT, MOST_BLOCKED};
pub use boundary::{
    Card, CardField, Checkpoint, Command, Config, Event, Failure, KnownCard, Outcome, RosterItem, RosterUpdate,
    Session, TlsMode,
};
pub use own_calls::{OwnCallsCommand, OwnCallsEvent};
pub use own_card::OwnCardEvent;
pub use own_picture::{OwnPictureCommand, OwnPictureEvent};
pub use payload::{ChatState, MOST_REACTIONS, Outbound, Payload, ReplyTo, reaction};
pub use people::{LONGEST_TOKEN, PeopleCommand, PeopleEvent, ServerInvite};
pub use received::{ArchivePage, ArchiveProblem, ArchiveQuery, Archived, Arrival, Before, Inbound, InboundMessage};
pub use roster_edit::{ContactCommand, ContactEntry, ContactEvent, LONGEST_CONTACT_NAME, MOST_CONTACT_GROUPS};
pub use upload::{NoSlot, Slot, SlotWish};
pub use vouched::Vouched;
