//! The chat service: a pure session machine over stanzas, the login, and the shell that connects them to a server.
//!
//! What crosses to `account` is [`Command`] and [`Event`]; no type of an XMPP library leaves this folder.

mod boundary;

pub use boundary::{
    Card, CardField, Checkpoint, Command, Config, Event, Failure, InboundMessage, Outcome, RosterItem, RosterUpdate, Session,
    TlsMode,
};
