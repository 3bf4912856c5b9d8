//! What is demanded of an account's protection before it connects, and checked when it is connected (C-45): the floor of
//! the configuration, and what its server had the last time.

use super::effect::Certificates;
use super::manager::Manager;
use crate::config::{Chat, Voice};
use crate::cusax::{self, LoginStrength, Strongest};
use crate::model::{AccountId, Aspect, Certificate, Floor, Security, Service, TlsVersion, Transport};
use crate::sdp::MediaProtection;
use crate::sip::TransportChoice;

impl Manager {
    /// In what the user accepts less from this account.
    pub(super) fn accepted(&self, id: &AccountId) -> &[Aspect] {
        let chat = self.config.chat.iter().find(|chat| chat.id == *id).map(|chat| &*chat.accept_weaker);
        let voice = || self.config.voice.iter().find(|voice| voice.id == *id).map(|voice| &*voice.accept_weaker);
        chat.or_else(voice).unwrap_or_default()
    }

    /// The floor of an account: the configuration's, less what its user accepted.
    pub(super) fn floor_of(&self, id: &AccountId) -> Floor {
        // A floor that the administrator keeps holds whatever the user accepted.
        match self.layers.origins.of("security.minimum").locked {
            true => self.config.security.minimum,
            false => self.config.security.minimum.without(self.accepted(id)),
        }
    }

    /// The strongest protection that this account's server had so far.
    pub(super) fn strongest(&self, id: &AccountId) -> Option<Strongest> {
        self.memos.get(&self.memo_name("protection", id)).and_then(|text| Strongest::parse(text))
    }

    /// Which certificates will do, from which version of TLS on, and our own.
    pub(super) fn certificates(
        &self,
        id: &AccountId,
        pins: &[[u8; 32]],
        exceptions: &[[u8; 32]],
        client: Option<&(std::path::PathBuf, std::path::PathBuf)>,
    ) -> Certificates {
        let floor = self.floor_of(id);
        let trusted = self.memos.get(&self.memo_name("exception", id)).and_then(|hex| crate::config::fingerprint(hex));
        let exceptions = match floor.verify {
            true => Vec::new(),
            false => exceptions.iter().copied().chain(trusted).collect(),
        };
        Certificates { pins: pins.to_vec(), exceptions, minimum: floor.tls, client: client.cloned() }
    }

    /// PLAIN is acceptable.
    pub(super) fn allows_plain(&self, chat: &Chat) -> bool {
        chat.allow_plain && !self.floor_of(&chat.id).login
    }

    /// MD5 is acceptable: allowed, above the floor, and no step back from the last time.
    pub(super) fn allows_md5(&self, voice: &Voice) -> bool {
        let before = self.strongest(&voice.id).is_some_and(|before| before.forbids_md5());
        let step_back = before && !voice.accept_weaker.contains(&Aspect::Login);
        voice.allow_md5 && !step_back && !self.floor_of(&voice.id).login
    }

    /// Nothing but TLS will do although the configuration leaves the choice to DNS.
    pub(super) fn only_tls(&self, voice: &Voice) -> bool {
        let before = self.strongest(&voice.id).is_some_and(|before| before.transport == Transport::Tls);
        let demanded = self.floor_of(&voice.id).tls.is_some();
        let step_back = before && !voice.accept_weaker.contains(&Aspect::Transport);
        voice.transport == TransportChoice::Auto && (demanded || step_back)
    }

    /// Whether sound is encrypted: the configuration's word, or the floor's.
    pub(super) fn media_protection(&self, voice: &Voice) -> MediaProtection {
        if self.floor_of(&voice.id).srtp { MediaProtection::Required } else { voice.media_encryption }
    }

    /// Why an account cannot be used before it is even tried: its own settings lie below the floor.
    pub(super) fn configured_below_floor(&self, voice: &Voice) -> Option<String> {
        let floor = self.floor_of(&voice.id);
        let open = matches!(voice.transport, TransportChoice::Udp | TransportChoice::Tcp);
        (open && floor.tls.is_some()).then(|| below("Its transport is set to one without encryption."))
    }

    /// Why an account that is connected must not be used.
    pub(super) fn below_floor(&self, id: &AccountId, service: Service, has: &Security) -> Option<String> {
        let floor = self.floor_of(id);
        let strength = cusax::login_strength(&has.auth);
        let proven = matches!(has.certificate, Certificate::Verified | Certificate::Pinned);
        let bound = has.auth.ends_with("-PLUS") || &*has.auth == "external";
        let why = if floor.tls.is_some() && has.transport != Transport::Tls {
            "The connection is not encrypted."
        } else if floor.tls == Some(TlsVersion::V13) && has.tls == Some(TlsVersion::V12) {
            "The server speaks only TLS 1.2."
        } else if floor.verify && has.transport == Transport::Tls && !proven {
            "The server's certificate was not verified."
        } else if floor.login && strength < LoginStrength::Strong {
            "The server's login is too weak."
        } else if floor.binding && service == Service::Chat && !bound {
            "The login is not bound to the connection."
        } else {
            return None;
        };
        Some(below(why))
    }
}

/// The sentence about an account that is not used.
pub(super) fn below(why: &str) -> String {
    format!(
        "{why} Your settings demand more (security.minimum), so this account is not used. Ask its administrator for better \
         protection, or accept less for this account with accept-weaker."
    )
}
