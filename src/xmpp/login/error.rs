//! How a login or a connection can fail, and what that means for the next try.

use crate::model::Reason;
use crate::xmpp::boundary::Failure;
use crate::xmpp::framing::FramingError;
use crate::xmpp::sasl::SaslError;

/// Why there is no authenticated stream.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// The server offers no STARTTLS: it was misconfigured, or somebody took the offer out.
    #[error("The server offered no encryption, so nothing was sent. Somebody in between may have removed the offer.")]
    NoTls,
    /// The server answered `<failure/>` to `<starttls/>`.
    #[error("The server could not begin encryption.")]
    TlsRefused,
    /// Somebody put bytes between `<proceed/>` and the handshake.
    #[error("Somebody tried to slip unencrypted data into the connection.")]
    Injection,
    /// The server does not accept the certificate that we signed in with.
    #[error("The server does not let anybody in with your certificate.")]
    CertificateRefused,
    /// SASL ended without success.
    #[error(transparent)]
    Sasl(#[from] SaslError),
    /// The server ended the stream with this condition (RFC 6120 section 4.9.3).
    #[error("The server ended the connection: {0}.")]
    Stream(String),
    /// The server closed the stream.
    #[error("The server closed the connection.")]
    Closed,
    /// An element that cannot come here.
    #[error("The server sent something out of turn.")]
    OutOfTurn,
    /// What the server sent is not XMPP.
    #[error(transparent)]
    Framing(#[from] FramingError),
    /// The shell did something out of turn: a mistake of ours.
    #[error("The login was driven wrongly.")]
    Misuse,
}

/// What a failed connection means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may be better later.
    Retry(Reason),
    /// It stays so until the user acts: another try would lock the account or talk to a stranger (X48).
    GiveUp(Failure),
}

impl LoginError {
    /// Whether to try again, in words for the user.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::NoTls => suspicious("no-encryption", &self.to_string()),
            Self::Injection => suspicious("injection", &self.to_string()),
            Self::TlsRefused => retry("starttls-refused", &self.to_string()),
            Self::Stream(condition) => match condition.as_str() {
                // RFC 6120 section 4.9.3.6: it does not serve this domain, and asking again will not change that soon.
                "host-unknown" | "host-gone" => retry("host-unknown", "The server does not serve this address."),
                // Ours are well-formed: one that was cut is not, and that is all that the server sees of it.
                crate::xmpp::negotiation::CUT => retry("lost", "The connection was cut off on its way to the server."),
                "not-authorized" => give_up("not-authorized", "The server does not let this account in."),
                condition => retry("stream-error", &format!("The server ended the connection: {condition}.")),
            },
            Self::CertificateRefused => give_up("certificate-refused", &self.to_string()),
            Self::Closed => retry("closed", &self.to_string()),
            Self::OutOfTurn => retry("protocol", &self.to_string()),
            Self::Framing(error) => retry("protocol", &format!("The connection was broken off: {error}.")),
            Self::Misuse => retry("internal", &self.to_string()),
            Self::Sasl(error) => sasl(error),
        }
    }
}

fn sasl(error: &SaslError) -> Verdict {
    match error {
        SaslError::NoMechanism => give_up(
            "no-mechanism",
            "The server offers no safe way to sign in. Sending the password itself must be allowed in the settings.",
        ),
        SaslError::Weaker => suspicious(
            "weaker-login",
            "The server offers only weaker ways to sign in than before. Somebody in between may have removed the others.",
        ),
        SaslError::OfferChanged => suspicious(
            "offer-changed",
            "What the server offers for signing in was changed on the way. Somebody is in between.",
        ),
        SaslError::ServerUnproven => suspicious(
            "server-unproven",
            "The server could not prove that it knows your password. It may not be your server.",
        ),
        SaslError::Misbehaved(_) => suspicious("login-rules", &format!("Signing in was stopped: {error}.")),
        SaslError::Refused(condition) => match condition.as_str() {
            "not-authorized" | "invalid-proof" | "unknown-user" => {
                give_up("wrong-password", "The server does not accept this address with this password.")
            }
            "account-disabled" => give_up("account-disabled", "The server says that this account is disabled."),
            "credentials-expired" => give_up("credentials-expired", "The server says that this password has expired."),
            "temporary-auth-failure" => retry("temporary-auth-failure", "The server cannot sign anybody in just now."),
            // `e=` of RFC 5802 section 7: the server's view of the TLS connection is another one than ours.
            "channel-bindings-dont-match" => suspicious(
                "channel-binding",
                "The server sees another encrypted connection than this one. Somebody may be in between.",
            ),
            condition => give_up("login-refused", &format!("The server refused the login: {condition}.")),
        },
    }
}

fn retry(code: &str, text: &str) -> Verdict {
    Verdict::Retry(Reason::new(code, text))
}

fn give_up(code: &str, text: &str) -> Verdict {
    Verdict::GiveUp(Failure { reason: Reason::new(code, text), certificate: None, security: false })
}

fn suspicious(code: &str, text: &str) -> Verdict {
    Verdict::GiveUp(Failure { reason: Reason::new(code, text), certificate: None, security: true })
}
