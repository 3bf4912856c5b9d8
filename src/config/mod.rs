//! What the user wrote: `config.toml`, checked, with file and line for every problem.
//!
//! [`parse`] is pure: text in, [`Config`] or every [`Problem`] out; [`write()`] is pure too: [`Accounts`] into a text.
//! [`io`] reads and writes the file and resolves secrets. `config.example.toml` is the manual of the keys.

pub mod io;
mod parse;
mod settings;
mod table;
mod words;
mod write;

pub(crate) use parse::fingerprint;
pub use parse::{Problem, keys, parse};
pub use settings::{
    Appearance, Audio, CallInfoPolicy, Calls, Chat, Config, LogLevel, Network, Relation, SecretSource, Theme, Voice,
};
pub use write::{Accounts, NotToml, write, write_password};
