//! The only place with `cfg(target_os)`: clocks, paths, logging with redaction, keyring.

mod clock;
pub mod keyring;
pub mod logging;
mod paths;
mod secret;

pub use clock::now;
pub use paths::Profile;
pub use secret::Secret;
