//! What the user wrote: `config.toml`, checked, with file and line for every problem.
//!
//! [`effective`] lays it over a provisioning document, which is JSON with the same keys, and tells where each value comes
//! from. [`parse`] is pure: text in, [`Config`] or every [`Problem`] out; [`write()`] is pure too: [`Accounts`] into a text.
//! [`io`] reads and writes the file and resolves secrets. `config.example.toml` is the manual of the keys.

mod edit;
mod effective;
pub mod io;
mod json;
mod layer;
mod merge;
mod origins;
mod parse;
mod read_answering;
mod read_connection;
mod read_desktop;
mod read_devices;
mod read_history;
mod read_identity;
mod read_media;
mod read_messages;
mod read_numbers;
mod read_provisioning;
mod read_recording;
mod read_security;
mod read_telephony;
mod settings;
mod shape;
mod table;
mod words;
mod write;
mod write_accounts;
mod write_key;
mod write_provisioning;

pub use edit::{Edit, EditValue, write_edits};
pub(crate) use effective::judge;
pub use effective::{Effective, Provisioned, effective};
pub use json::{DEEPEST, Data, Json, LONGEST, Node};
pub use layer::{Person, TOKEN};
pub use origins::{Locks, Origin, Origins, Setting, Standing};
pub(crate) use parse::{NO_ACCOUNT, fingerprint};
pub use parse::{Problem, keys, parse, shapes};
pub use read_answering::Answering;
pub use read_connection::Connection;
pub use read_desktop::{Desktop, Notifications};
pub use read_devices::Instead;
pub use read_history::History;
pub use read_identity::{AccountCallers, Callers, Identity};
pub use read_media::{Carrier, Ice, Media, PathServer, Tell};
pub use read_messages::{Messages, ShowPictures};
pub use read_provisioning::{DocumentSource, Provisioning};
pub use read_recording::Recording;
pub use read_telephony::{Telephony, VoicemailNotice};
pub use settings::{
    Appearance, Audio, CallInfoPolicy, Calls, Chat, Config, LogLevel, Network, Numbers, Relation, SecretSource,
    SecurityPolicy, Theme, Voice,
};
pub use shape::{Kind, Shape, Shapes};
pub use write::{Accounts, NotToml, write, write_password, write_relation};
pub use write_accounts::{add_accounts, remove_account};
pub use write_key::{Given, write_key};
pub use write_provisioning::{write_provisioned, write_source};
