//! Provisioning documents and the layers of the configuration.
//!
//! # One grammar
//!
//! A document is JSON with the keys of `config.toml`. It is not read a second time by other code: [`crate::config::Json`] checks that it
//! is strict JSON within bounds, `config::layer` writes it as a TOML text and remembers for each piece of that text the line and the JSON
//! pointer that it came from, and the readers of `config` read it. So whatever key a section gains, documents have it at once, with the same
//! sentences; and a problem names the place in the file that a person can repair.
//!
//! The published schema (`docs/provisioning.schema.json`) is made from what the readers ask for ([`crate::config::shapes`]) and the
//! comments of `config.example.toml`. An independent validator has to agree about every document of the tests, place by place; what
//! no schema can say (references, what is there twice) has a folder of its own there.
//!
//! # Layers
//!
//! ```text
//! built-in  <  document  <  config.toml  <  command line          a locked key: document (or built-in) < nothing
//! ```
//!
//! `config::merge` lays the trees over each other and keeps the places: the document's text begins where the user's ends, so one place
//! says which of the two it is in. [`crate::config::effective`] reads the merged tree once. [`crate::config::Origins`] answers for each
//! key who said it; the settings page and `tandem ctl settings` show nothing else.
//!
//! A list is one value, except where its tables have a name (accounts, relations, exceptions by domain and contact): these are matched by
//! it. What the user added to an account that the administrator has taken back is dropped and told, because it is no mistake of theirs.
//!
//! # Who composes
//!
//! The manager never sees a text: texts hold passwords. A document or a changed setting becomes an effect; the shell (`account::io::layers`)
//! reads the user's file anew, composes, and only when everything is right writes `provisioned.json` or `config.toml`, whole or not at
//! all. [`crate::account::Reconfigured`] comes back, and the manager starts, stops or restarts only what differs. A voice account with a call
//! waits for its end. The network and the log are read at the start only, and the window says so when they change.
//!
//! # What a document may not do
//!
//! It comes from elsewhere. It must not run a command, name a file of the machine (a sound device may be one), accept a certificate that
//! does not verify, accept weaker protection in the user's name, or change whom the program asks for names. `provisioning::local` holds
//! the list with the reasons; a new key that names a file belongs there, and the schema then leaves it out.
//!
//! # Bounds
//!
//! 256 KiB, sixteen levels, 16,384 values, 1,024 entries of a list, 64 accounts, keys of 256 bytes, 100 problems. Beyond one of them the
//! document is refused as a whole.
