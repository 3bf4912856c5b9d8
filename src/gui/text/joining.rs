//! What is said about the two connections together, and about messages over voice.

/// What a conversation over voice is: nobody has confirmed who writes (S12).
pub const SIP_UNVERIFIED: &str = "SIP message, unverified";
/// What happens to a message over voice while voice is away.
pub const OFFLINE_SIP: &str = "Not connected: messages go out as soon as Voice is back.";
