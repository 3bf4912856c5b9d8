//! How the protection of the two connections compares (C-45, C-46).

use std::sync::Arc;

use crate::model::{Certificate, Finding, Parity, ParityLevel, Security, Transport};

/// Compares the chat connection with the voice connection. Without both there is nothing to compare.
pub fn parity(chat: Option<&Security>, voice: Option<&Security>) -> Parity {
    let (Some(chat), Some(voice)) = (chat, voice) else {
        return Parity { level: ParityLevel::Unknown, findings: Vec::new() };
    };
    let mut findings = Vec::new();
    let mut find = |code: &str, text: String, remedy: Option<&str>| {
        findings.push(Finding { code: code.into(), text: text.into(), remedy: remedy.map(Arc::from) });
    };
    match (chat.transport == Transport::Tls, voice.transport == Transport::Tls) {
        (true, false) => find(
            "voice-unprotected",
            "Chat is encrypted on the way to the server, calls are set up in the clear.".to_owned(),
            Some("Use TLS for voice."),
        ),
        (false, true) => find(
            "chat-unprotected",
            "Voice is encrypted on the way to the server, chat is not.".to_owned(),
            Some("Use TLS for chat."),
        ),
        (true, true) | (false, false) => {}
    }
    if let (Some(a), Some(b)) = (chat.tls, voice.tls)
        && a != b
    {
        let older = if a < b { "Chat" } else { "Voice" };
        find("tls-version", format!("{older} uses an older version of TLS than the other side."), None);
    }
    let trust = |certificate: Certificate| match certificate {
        Certificate::Pinned => 3,
        Certificate::Verified => 2,
        Certificate::Exception => 1,
        Certificate::None => 0,
    };
    if chat.transport == voice.transport && trust(chat.certificate).min(2) != trust(voice.certificate).min(2) {
        let weaker = if trust(chat.certificate) < trust(voice.certificate) { "chat" } else { "voice" };
        find(
            "certificate",
            format!("The certificate of the {weaker} server could not be verified; you accepted it."),
            Some("Ask for a certificate that can be verified."),
        );
    }
    if &*voice.auth == "digest-MD5" && chat.auth.starts_with("SCRAM") {
        find(
            "authentication",
            "Voice proves your password with MD5, which is weaker than what chat uses.".to_owned(),
            Some("Ask for SHA-256 digests on the voice server."),
        );
    }
    let level = if findings.is_empty() { ParityLevel::Equal } else { ParityLevel::Mismatch };
    Parity { level, findings }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TlsVersion;

    fn tls(auth: &str) -> Security {
        Security {
            transport: Transport::Tls,
            tls: Some(TlsVersion::V13),
            cipher: Some("TLS13_AES_256_GCM_SHA384".into()),
            certificate: Certificate::Verified,
            auth: auth.into(),
        }
    }

    #[test]
    fn sip_over_udp_beside_xmpp_over_tls_is_a_mismatch() {
        let udp = Security {
            transport: Transport::Udp,
            tls: None,
            cipher: None,
            certificate: Certificate::None,
            auth: "digest-SHA-256".into(),
        };
        let parity = parity(Some(&tls("SCRAM-SHA-256")), Some(&udp));
        assert_eq!(parity.level, ParityLevel::Mismatch);
        assert_eq!(&*parity.findings[0].code, "voice-unprotected");
    }

    #[test]
    fn equal_protection_is_equal_and_one_side_alone_is_unknown() {
        assert_eq!(parity(Some(&tls("SCRAM-SHA-256")), Some(&tls("digest-SHA-256"))).level, ParityLevel::Equal);
        assert_eq!(parity(Some(&tls("SCRAM-SHA-256")), None).level, ParityLevel::Unknown);
    }
}
