//! The only place with `cfg(target_os)`: clocks, paths, logging with redaction, keyring.

mod clock;
mod secret;

pub use clock::now;
pub use secret::Secret;
