//! SASL (RFC 6120 section 6): which mechanism is good enough, and SCRAM with everything verified (RFC 5802, RFC 7677).
//!
//! Pure: the password never enters. A [`KeyJob`] says what must be computed from it; the shell runs the job where hashing
//! for half a second harms nobody, and gives the [`Key`] back.

mod key;
mod mechanism;
mod scram;
#[cfg(test)]
mod tests;

pub use key::{Hash, Key, KeyJob};
pub use mechanism::{ChannelBindings, Mechanism, Offer, choose};
pub use scram::{Scram, Step};

/// Why the authentication ended without success.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SaslError {
    /// The server offers nothing that we may use, although nothing better was ever seen.
    #[error("the server offers no way to sign in that is safe enough")]
    NoMechanism,
    /// The server offers only what is weaker than the last time (XEP-0474, XEP-0388 section 9): somebody may be in between.
    #[error("the server offers only weaker ways to sign in than before")]
    Weaker,
    /// The server says that it offered something else than what arrived here (XEP-0474).
    #[error("the server's offer was changed on the way")]
    OfferChanged,
    /// The server could not prove that it knows the password: not the server that the user means.
    #[error("the server could not prove that it knows this account")]
    ServerUnproven,
    /// The server broke a rule of SCRAM; the text names which.
    #[error("the server broke a rule of the login: {0}")]
    Misbehaved(&'static str),
    /// The server said no; a condition of RFC 6120 section 6.5.
    #[error("the server refused the login: {0}")]
    Refused(String),
}
