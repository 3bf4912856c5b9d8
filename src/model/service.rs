//! The two services and how each is doing.

use std::sync::Arc;

use serde::Serialize;

use super::{BootTime, Security, WallTime};

/// What a connection is for, in the user's words (RFC 7081 section 2: "Chat" and "Voice").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// XMPP.
    Chat,
    /// SIP.
    Voice,
}

/// The name of an account in `config.toml`, unique over both services.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct AccountId(pub Arc<str>);

impl AccountId {
    /// From the configured name.
    pub fn new(id: &str) -> Self {
        Self(id.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ConnectionState {
    /// Not connected; `AccountState::reason` and `retry_at` tell why and what next.
    Offline,
    /// On the way.
    Connecting,
    /// Signed in.
    Online,
    /// Given up until the user acts (wrong password, refused certificate).
    Failed,
    /// Deliberately kept from connecting by a policy.
    Held,
}

/// Why a connection is not there: a stable code and a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Stable, for scripts: `wrong-password`, `unreachable`, `certificate`, `timeout`, ...
    pub code: Arc<str>,
    /// One sentence for the user.
    pub text: Arc<str>,
}

impl Reason {
    /// From a code and its sentence.
    pub fn new(code: &str, text: &str) -> Self {
        Self { code: code.into(), text: text.into() }
    }
}

/// One account, as the user sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountState {
    /// The configured name.
    pub id: AccountId,
    /// Chat or voice.
    pub service: Service,
    /// The JID or SIP address.
    pub address: Arc<str>,
    /// How it is doing.
    pub state: ConnectionState,
    /// Since when.
    pub since: WallTime,
    /// Why, where it is not online.
    pub reason: Option<Reason>,
    /// When the next try is due.
    pub retry_at: Option<BootTime>,
    /// How the connection is protected; absent before the first connection.
    pub security: Option<Security>,
}
