//! How the protection of two connections and of the sound compares, line by line (C-44 to C-47, RFC 7081 section 7).
//!
//! A line is weaker only where the user could be hurt by the difference. What differs by the nature of the two protocols
//! (SIP has no channel binding) is shown and said, and is no mismatch.

use std::sync::Arc;

use crate::model::{
    Aspect, Certificate, Finding, MediaEncryption, ParityLevel, ProtectionRow, Security, Service, TlsVersion, Transport,
};

/// One of the two connections.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// How it is protected.
    pub security: &'a Security,
    /// In what the user accepted less.
    pub accepted: &'a [Aspect],
}

/// What the settings say about encrypting sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SoundPolicy {
    /// Never encrypted.
    Open,
    /// Encrypted where the other side can.
    Offered,
    /// Nothing else.
    Demanded,
}

/// How what is said is protected, beside what is written.
#[derive(Clone, Copy, Debug)]
pub struct Sound<'a> {
    /// The settings of the voice account.
    pub policy: SoundPolicy,
    /// What its living calls really have.
    pub calls: &'a [MediaEncryption],
    /// What is written is encrypted from end to end (OMEMO).
    pub sealed_chat: bool,
}

/// Compares the chat connection with the voice connection: every aspect, in the order of [`Aspect::ALL`].
pub fn compare(chat: Side<'_>, voice: Side<'_>, sound: &Sound<'_>) -> Vec<ProtectionRow> {
    let (a, b) = (chat.security, voice.security);
    let both = a.transport == Transport::Tls && b.transport == Transport::Tls;
    let mut rows = vec![transport(a, b), tls(a, b), cipher(a, b), certificate(a, b), login(a, b), binding(a, b)];
    rows.push(media(a, b, sound));
    if !both {
        // What there is of TLS on one side only has been said by the first line.
        for row in
            rows.iter_mut().filter(|row| matches!(row.aspect, Aspect::Tls | Aspect::Cipher | Aspect::Certificate))
        {
            row.weaker = None;
            row.remedy = None;
            row.reason = "Only one side is encrypted: see the first line.".into();
        }
    }
    for row in &mut rows {
        let accepted = match row.weaker {
            Some(Service::Chat) => chat.accepted,
            Some(Service::Voice) => voice.accepted,
            None => &[],
        };
        row.accepted = accepted.contains(&row.aspect);
    }
    rows
}

/// The verdict over some lines: none means that not both sides are connected.
pub fn level(rows: &[ProtectionRow]) -> ParityLevel {
    match rows {
        [] => ParityLevel::Unknown,
        rows if rows.iter().any(|row| row.weaker.is_some()) => ParityLevel::Mismatch,
        _ => ParityLevel::Equal,
    }
}

/// The differences in words; an accepted one stays and says so.
pub fn findings(rows: &[ProtectionRow]) -> Vec<Finding> {
    let finding = |row: &ProtectionRow| {
        let code = match (row.aspect, row.weaker?) {
            (Aspect::Transport, Service::Voice) => "voice-unprotected",
            (Aspect::Transport, Service::Chat) => "chat-unprotected",
            (Aspect::Tls, _) => "tls-version",
            (Aspect::Cipher, _) => "cipher",
            (Aspect::Certificate, _) => "certificate",
            (Aspect::Login, _) => "authentication",
            (Aspect::Binding, _) => "channel-binding",
            (Aspect::Media, _) => "media",
        };
        let text: Arc<str> =
            if row.accepted { format!("{} You accepted this.", row.reason).into() } else { row.reason.clone() };
        Some(Finding { code: code.into(), text, remedy: row.remedy.clone().filter(|_| !row.accepted) })
    };
    rows.iter().filter_map(finding).collect()
}

fn row(aspect: Aspect, chat: String, voice: String, verdict: (Option<Service>, String, Option<&str>)) -> ProtectionRow {
    let (weaker, reason, remedy) = verdict;
    ProtectionRow {
        aspect,
        chat: chat.into(),
        voice: voice.into(),
        weaker,
        accepted: false,
        reason: reason.into(),
        remedy: remedy.map(Arc::from),
    }
}

fn name(service: Service) -> &'static str {
    match service {
        Service::Chat => "Chat",
        Service::Voice => "Voice",
    }
}

/// The side with the lower rank.
fn weaker<T: PartialOrd>(chat: T, voice: T) -> Option<Service> {
    if chat < voice {
        Some(Service::Chat)
    } else if voice < chat {
        Some(Service::Voice)
    } else {
        None
    }
}

fn transport(a: &Security, b: &Security) -> ProtectionRow {
    let words = |security: &Security| match security.transport {
        Transport::Tls => "Encrypted (TLS)".to_owned(),
        Transport::Tcp => "In the clear (TCP)".to_owned(),
        Transport::Udp => "In the clear (UDP)".to_owned(),
    };
    let open = |security: &Security| security.transport != Transport::Tls;
    let verdict = match (open(a), open(b)) {
        (false, true) => (
            Some(Service::Voice),
            "Chat is encrypted on the way to the server, calls are set up in the clear.".to_owned(),
            Some("Use TLS for voice."),
        ),
        (true, false) => (
            Some(Service::Chat),
            "Voice is encrypted on the way to the server, chat is not.".to_owned(),
            Some("Use TLS for chat."),
        ),
        (false, false) => (None, "Both are encrypted on the way to the server.".to_owned(), None),
        (true, true) => {
            (None, "Neither is encrypted: both are equally open to whoever is in between.".to_owned(), None)
        }
    };
    row(Aspect::Transport, words(a), words(b), verdict)
}

fn tls(a: &Security, b: &Security) -> ProtectionRow {
    let words = |security: &Security| match security.tls {
        Some(TlsVersion::V13) => "TLS 1.3".to_owned(),
        Some(TlsVersion::V12) => "TLS 1.2".to_owned(),
        None => "None".to_owned(),
    };
    let verdict = match (a.tls, b.tls) {
        (Some(x), Some(y)) => match weaker(x, y) {
            Some(side) => (
                Some(side),
                format!("{} uses an older version of TLS than the other side.", name(side)),
                Some("Ask the administrator of that server for TLS 1.3; Tandem takes it as soon as it is offered."),
            ),
            None => (None, "Both use the same version of TLS.".to_owned(), None),
        },
        (None, _) | (_, None) => (None, "There is no version to compare.".to_owned(), None),
    };
    row(Aspect::Tls, words(a), words(b), verdict)
}

/// How good a cipher suite is: authenticated encryption is beyond reach with keys of 128 bits as of 256, the older
/// constructions (CBC, RC4) are not (RFC 9325 section 4.2).
fn is_sound(cipher: Option<&str>) -> bool {
    cipher.is_none_or(|name| ["_GCM", "_CCM", "POLY1305"].iter().any(|mode| name.contains(mode)))
}

fn cipher(a: &Security, b: &Security) -> ProtectionRow {
    let words = |security: &Security| {
        security.cipher.as_deref().map_or_else(
            || "None".to_owned(),
            |name| name.trim_start_matches("TLS_").trim_start_matches("ECDHE_").replace('_', " "),
        )
    };
    let verdict = match weaker(is_sound(a.cipher.as_deref()), is_sound(b.cipher.as_deref())) {
        Some(side) => (
            Some(side),
            format!("{} uses an older kind of cipher that can be attacked.", name(side)),
            Some("Ask the administrator of that server for a cipher of today."),
        ),
        None => (None, "Both ciphers are beyond reach; their key lengths make no difference.".to_owned(), None),
    };
    row(Aspect::Cipher, words(a), words(b), verdict)
}

fn certificate(a: &Security, b: &Security) -> ProtectionRow {
    let words = |security: &Security| match security.certificate {
        Certificate::Pinned => "Exactly the expected one".to_owned(),
        Certificate::Verified => "Verified".to_owned(),
        Certificate::Exception => "Accepted by you, not verified".to_owned(),
        Certificate::None => "None".to_owned(),
    };
    // Pinned and verified both name the server; which does better depends on who can be trusted.
    let proven = |security: &Security| matches!(security.certificate, Certificate::Pinned | Certificate::Verified);
    let verdict = match weaker(proven(a), proven(b)) {
        Some(side) => (
            Some(side),
            format!(
                "The certificate of the {} server could not be verified; you accepted it.",
                name(side).to_lowercase()
            ),
            Some("Take the exception back; the server needs a certificate that can be verified."),
        ),
        None => (None, "Both servers are known in the same degree.".to_owned(), None),
    };
    row(Aspect::Certificate, words(a), words(b), verdict)
}

/// What a login leaves to whoever listens or answers in the server's place, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LoginStrength {
    /// No login at all.
    None,
    /// The password itself.
    Password,
    /// A digest of MD5, from which a weak password is found quickly.
    Md5,
    /// A proof that is costly to guess from, or none that could be guessed from.
    Strong,
}

/// The strength of a login by its name in [`Security::auth`].
pub fn login_strength(auth: &str) -> LoginStrength {
    match auth {
        "none" | "" => LoginStrength::None,
        "PLAIN" => LoginStrength::Password,
        "digest-MD5" | "digest-MD5-sess" => LoginStrength::Md5,
        _ => LoginStrength::Strong,
    }
}

fn login(a: &Security, b: &Security) -> ProtectionRow {
    let words = |security: &Security| match &*security.auth {
        "none" | "" => "None".to_owned(),
        "external" => "Your certificate".to_owned(),
        "PLAIN" => "The password itself (PLAIN)".to_owned(),
        auth => auth.trim_end_matches("-PLUS").to_owned(),
    };
    let verdict = match weaker(login_strength(&a.auth), login_strength(&b.auth)) {
        Some(side) => {
            let strength = login_strength(if side == Service::Chat { &a.auth } else { &b.auth });
            let (reason, remedy) = match strength {
                LoginStrength::None => ("does not ask who you are", "Ask the administrator for a login."),
                LoginStrength::Password => ("shows your password to the server", "Do not allow PLAIN for chat."),
                LoginStrength::Md5 | LoginStrength::Strong => (
                    "proves your password with MD5, which is weaker than what the other side uses",
                    "Allow only SHA-256 digests for voice.",
                ),
            };
            (Some(side), format!("{} {reason}.", name(side)), Some(remedy))
        }
        None => (None, "Both prove your password, or your certificate, in ways of the same strength.".to_owned(), None),
    };
    row(Aspect::Login, words(a), words(b), verdict)
}

fn binding(a: &Security, b: &Security) -> ProtectionRow {
    let words = |security: &Security, chat: bool| {
        let bound = security.auth.ends_with("-PLUS") || &*security.auth == "external";
        match (bound, chat) {
            (true, _) => "Bound to the connection".to_owned(),
            (false, true) => "Not bound".to_owned(),
            (false, false) => "SIP has none".to_owned(),
        }
    };
    let reason = "The login of SIP cannot be bound to its connection (RFC 7616 has no such thing): no difference that could \
                  be removed.";
    row(Aspect::Binding, words(a, true), words(b, false), (None, reason.to_owned(), None))
}

fn media(a: &Security, b: &Security, sound: &Sound<'_>) -> ProtectionRow {
    let written = match (sound.sealed_chat, a.transport) {
        (true, _) => "Encrypted from end to end",
        (false, Transport::Tls) => "Encrypted as far as the servers",
        (false, Transport::Udp | Transport::Tcp) => "In the clear",
    };
    let open_call = sound.calls.contains(&MediaEncryption::None);
    let sealed_calls = !sound.calls.is_empty() && sound.calls.iter().all(|call| *call == MediaEncryption::Dtls);
    let keys_safe = b.transport == Transport::Tls;
    let said = match (sound.calls.is_empty(), sound.policy) {
        (false, _) if open_call => "A call in the clear now",
        (false, _) if sealed_calls => "Encrypted between the devices (DTLS-SRTP)",
        (false, _) => "Encrypted as far as the servers (SRTP)",
        (true, SoundPolicy::Open) => "Never encrypted",
        (true, _) if !keys_safe => "Cannot be encrypted: keys would be readable",
        (true, SoundPolicy::Offered) => "Encrypted where the other side can (SRTP)",
        (true, SoundPolicy::Demanded) => "Always encrypted (SRTP)",
    };
    let protected_chat = sound.sealed_chat || a.transport == Transport::Tls;
    let demand = Some("Demand encrypted sound for voice.");
    let verdict = if protected_chat && open_call {
        (Some(Service::Voice), "What you write is encrypted, what you say in a call now is not.".to_owned(), demand)
    } else if protected_chat && sound.calls.is_empty() && sound.policy == SoundPolicy::Open {
        (Some(Service::Voice), "What you write is encrypted, what you say never is.".to_owned(), demand)
    } else if protected_chat && sound.calls.is_empty() && !keys_safe {
        (
            Some(Service::Voice),
            "What you write is encrypted; what you say cannot be, because the keys would travel in the clear."
                .to_owned(),
            Some("Use TLS for voice; then sound can be encrypted."),
        )
    } else if sound.sealed_chat && !sealed_calls {
        (
            Some(Service::Voice),
            "What you write is encrypted from end to end; what you say is protected only as far as the servers."
                .to_owned(),
            Some("Say in chat what the servers must not hear."),
        )
    } else if !protected_chat && !sound.calls.is_empty() && !open_call {
        (Some(Service::Chat), "What you say is encrypted, what you write is not.".to_owned(), Some("Use TLS for chat."))
    } else {
        (None, "What you write and what you say are protected alike.".to_owned(), None)
    };
    row(Aspect::Media, written.to_owned(), said.to_owned(), verdict)
}

#[cfg(test)]
#[path = "parity_tests.rs"]
mod tests;
