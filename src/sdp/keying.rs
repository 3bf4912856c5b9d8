//! Which way to keys is offered, taken and accepted: SDES (RFC 4568), DTLS-SRTP (RFC 5763), either beside RTP/AVP (RFC 8643),
//! or none, by the policy of [`MediaProtection`] and [`KeyAgreement`].

use super::crypto::{Crypto, SUITES, suite_key};
use super::description::{Description, Media};
use super::dtls::{Association, DtlsAttributes, OwnDtls, Setup, tls_id};
use super::negotiation::{Line, Negotiation, Offered, Profile, profile};
use super::{Capabilities, DtlsPlan, KeyAgreement, MediaProtection, SdpError, SrtpKeys};

/// What an offer says of keys.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    /// Key lines, one for each suite.
    pub(super) crypto: Vec<Crypto>,
    /// Fingerprint and role.
    pub(super) dtls: Option<OwnDtls>,
}

/// How a media line of theirs is answered.
pub(super) enum Keying {
    /// In the clear.
    Open,
    /// With this key line of theirs.
    Sdes(Crypto),
    /// With a handshake; the setup is our answer.
    Dtls(Association, Setup),
}

/// What was agreed on: keys, a handshake, or neither.
#[derive(Clone, Debug, Default)]
pub(super) struct Protection {
    pub(super) srtp: Option<SrtpKeys>,
    pub(super) dtls: Option<DtlsPlan>,
}

impl Negotiation {
    /// SDES is possible: RFC 4568 section 7 wants keys only where nobody but the servers can read them (M09).
    fn can_sdes(&self) -> bool {
        let Capabilities { protection, secure_signalling, keys, .. } = self.capabilities;
        protection != MediaProtection::Off && secure_signalling && keys != KeyAgreement::Dtls
    }

    /// DTLS-SRTP is possible: there is a certificate of ours.
    fn can_dtls(&self) -> bool {
        let Capabilities { protection, keys, .. } = self.capabilities;
        protection != MediaProtection::Off && keys != KeyAgreement::Sdes && self.capabilities.fingerprint.is_some()
    }

    /// Whether the sound is protected now.
    pub(super) fn is_protected(&self) -> bool {
        self.current.as_ref().is_some_and(super::Negotiated::is_protected)
    }

    /// The profile of a first offer.
    pub(super) fn first_protocol(&self) -> &'static str {
        match self.capabilities.protection {
            MediaProtection::Off | MediaProtection::Optional => "RTP/AVP",
            // One line has one profile. Telephone systems know SDES; DTLS goes first only where the user says so.
            MediaProtection::Required if self.can_sdes() => "RTP/SAVP",
            MediaProtection::Required => "UDP/TLS/RTP/SAVP",
        }
    }

    /// The first offer was refused (488). Changes the next one to another way to keys that the policy allows: first a profile
    /// that only takes keys from SDP, then one that only takes a handshake. A refused offer is never followed by a weaker one (M08).
    /// False: there is no other.
    pub fn try_other_keys(&mut self) -> bool {
        if self.current.is_some() || self.capabilities.protection == MediaProtection::Off {
            return false;
        }
        // RFC 5763 section 5: fingerprints that nobody vouches for do not make a call that is required to be protected.
        let vouched = self.capabilities.secure_signalling || self.capabilities.protection != MediaProtection::Required;
        let (sdes, dtls) = (self.can_sdes(), self.can_dtls() && vouched);
        let Some(Line::Audio { protocol, .. }) = self.layout.first_mut() else { return false };
        let next = match profile(protocol) {
            Some(Profile::Open) if sdes => "RTP/SAVP",
            Some(Profile::Open | Profile::Srtp) if dtls => "UDP/TLS/RTP/SAVP",
            Some(Profile::Open | Profile::Srtp | Profile::Dtls) | None => return false,
        };
        next.clone_into(protocol);
        // A line for text follows it, and is offered anew.
        self.layout.retain(|line| !matches!(line, Line::Text { .. }));
        true
    }

    /// What our next offer says of keys.
    ///
    /// # Errors
    /// [`SdpError::OpenSignalling`] where protection is required and the signalling shows keys, or lets fingerprints be
    /// exchanged; [`SdpError::Keys`] where the only way that is left is not ours.
    pub(super) fn keys_to_offer(&self) -> Result<Keys, SdpError> {
        let Capabilities { protection, secure_signalling, .. } = self.capabilities;
        let required = protection == MediaProtection::Required;
        if required && !secure_signalling {
            return Err(SdpError::OpenSignalling);
        }
        let line = self.layout.iter().find_map(|line| match line {
            Line::Audio { protocol, .. } => profile(protocol),
            Line::Text { .. } | Line::Refused { .. } => None,
        });
        let line = line.or_else(|| profile(self.first_protocol())).unwrap_or(Profile::Open);
        // What protects the stream now is offered again; the other way to keys would only make a new start of it.
        let current = self.current.as_ref().filter(|current| current.is_protected());
        let (sdes_now, dtls_now) = match current {
            Some(current) => (current.srtp.is_some(), current.dtls.is_some()),
            None => (true, true),
        };
        let sdes = self.can_sdes() && sdes_now && line != Profile::Dtls;
        let dtls = self.can_dtls() && dtls_now && line != Profile::Srtp;
        if required && !sdes && !dtls {
            return Err(SdpError::Keys);
        }
        Ok(Keys {
            crypto: if sdes { self.own_lines() } else { Vec::new() },
            dtls: if dtls {
                self.own_dtls(self.association.as_ref().map_or(Setup::ActPass, Association::setup))
            } else {
                None
            },
        })
    }

    /// Our key lines, one per suite, tags from 1.
    fn own_lines(&self) -> Vec<Crypto> {
        let required = self.capabilities.protection == MediaProtection::Required;
        SUITES
            .into_iter()
            .filter(|suite| suite.is_strong() || !required)
            .zip(1..)
            .map(|(suite, tag)| Crypto::own(tag, suite, suite_key(&self.local.key, suite, self.generation)))
            .collect()
    }

    /// What we say of DTLS in this role.
    pub(super) fn own_dtls(&self, setup: Setup) -> Option<OwnDtls> {
        let fingerprint = self.capabilities.fingerprint.clone()?;
        Some(OwnDtls { fingerprint, setup, tls_id: Some(tls_id(&self.local.key)) })
    }

    /// The way to keys that is taken from a media line of their offer, or why it cannot be taken.
    pub(super) fn choose_keying(
        &self,
        description: &Description,
        media: &Media,
        profile: Profile,
    ) -> Result<Keying, SdpError> {
        let Capabilities { protection, secure_signalling, keys, .. } = self.capabilities;
        let required = protection == MediaProtection::Required;
        let theirs = description.dtls_of(media);
        let sdes = (profile != Profile::Dtls && self.can_sdes()).then(|| best_line(media, required)).flatten();
        // RFC 5763 section 5 asks for UDP/TLS/…; older gateways write RTP/SAVP beside a fingerprint.
        let dtls = (self.can_dtls() && (secure_signalling || !required))
            .then(|| self.handshake(&theirs, true, self.moved(description, media)))
            .flatten();
        // M08: what protects the stream is not changed by the way.
        let prefers_sdes =
            self.current.as_ref().is_some_and(|current| current.srtp.is_some()) || keys == KeyAgreement::Sdes;
        let demands = profile != Profile::Open;
        match (sdes, dtls) {
            (Some(line), None) => Ok(Keying::Sdes(line)),
            (Some(line), Some(_)) if prefers_sdes => Ok(Keying::Sdes(line)),
            (_, Some((association, setup))) => Ok(Keying::Dtls(association, setup)),
            (None, None) if required && !secure_signalling => Err(SdpError::OpenSignalling),
            (None, None) if demands && theirs.has_fingerprint && self.can_dtls() => Err(SdpError::Fingerprint),
            (None, None) if profile == Profile::Srtp && theirs.has_fingerprint && !media.has_crypto => {
                Err(SdpError::DtlsOnly)
            }
            (None, None) if profile == Profile::Srtp && protection != MediaProtection::Off && !secure_signalling => {
                Err(SdpError::OpenSignalling)
            }
            (None, None) if profile == Profile::Dtls && protection != MediaProtection::Off => Err(SdpError::DtlsOnly),
            (None, None) if demands => Err(SdpError::Keys),
            // M08: never from protected to open in the middle of a call, whatever the policy.
            (None, None) if required || self.is_protected() => Err(SdpError::Unprotected),
            (None, None) => Ok(Keying::Open),
        }
    }

    /// The association that these attributes of theirs lead to, and what we answer; none when they lead nowhere.
    fn handshake(&self, theirs: &DtlsAttributes, offered: bool, moved: bool) -> Option<(Association, Setup)> {
        if theirs.fingerprints.is_empty() {
            return None;
        }
        // RFC 4145 section 4: without the attribute an offer is active and an answer passive. RFC 5763 section 5: who
        // may choose begins itself, so that the handshake runs as soon as the answer is under way.
        let client = match (theirs.setup, offered) {
            (Some(Setup::Active), _) | (None, true) => false,
            (Some(Setup::Passive), _) | (None, false) => true,
            // Who begins stays as it was (RFC 8842 section 5.3).
            (Some(Setup::ActPass), true) => {
                self.association.as_ref().is_none_or(|current| current.setup() == Setup::Active)
            }
            // No answer to a first offer; in a change of the call older programs repeat what they offered once.
            (Some(Setup::ActPass), false) => self.association.as_ref()?.setup() == Setup::Active,
            (Some(Setup::HoldConn), _) => return None,
        };
        let association = Association::next(self.association.as_ref(), client, theirs, moved);
        let setup = association.setup();
        Some((association, setup))
    }

    /// What their answer makes of our offer's keys.
    pub(super) fn keys_of_answer(
        &self,
        offered: &Offered,
        description: &Description,
        media: &Media,
    ) -> Result<(Protection, Option<Association>), SdpError> {
        let profile = profile(&media.protocol).ok_or(SdpError::AnswerMismatch)?;
        let theirs = description.dtls_of(media);
        let dtls = offered.keys.dtls.is_some() && theirs.has_fingerprint && profile != Profile::Srtp;
        let agreed = if dtls {
            let (association, _) = self
                .handshake(&theirs, false, self.relocated || self.moved(description, media))
                .ok_or(SdpError::Fingerprint)?;
            (Protection { srtp: None, dtls: Some(association.plan().clone()) }, Some(association))
        } else {
            let srtp = match (profile, media.crypto.first()) {
                (Profile::Dtls, _) if offered.keys.dtls.is_some() => return Err(SdpError::Fingerprint),
                (Profile::Dtls, _) => return Err(SdpError::DtlsOnly),
                (Profile::Open | Profile::Srtp, Some(remote)) if !offered.keys.crypto.is_empty() => {
                    // RFC 4568 section 7.1.3: the answer repeats tag and suite of the line it chose.
                    let fits = |ours: &&Crypto| ours.tag == remote.tag && ours.suite == remote.suite;
                    let ours = offered.keys.crypto.iter().find(fits).ok_or(SdpError::AnswerMismatch)?;
                    // Our own key sent back would protect both directions with one key stream (M05).
                    if ours.key == remote.key || remote.others.iter().any(|(_, key)| *key == ours.key) {
                        return Err(SdpError::Keys);
                    }
                    Some(ours.with_remote(remote))
                }
                (Profile::Srtp, _) => return Err(SdpError::Keys),
                // Key lines that cannot be used, in answer to ours: the peer sends SRTP that nobody here can read.
                (Profile::Open, None) if media.has_crypto && !offered.keys.crypto.is_empty() => {
                    return Err(SdpError::Keys);
                }
                (Profile::Open, _) => None,
            };
            (Protection { srtp, dtls: None }, None)
        };
        let open = agreed.0.srtp.is_none() && agreed.0.dtls.is_none();
        // M08: an offer of a protected profile is not answered by an open one.
        let demanded = self.layout.iter().any(|line| match line {
            Line::Audio { protocol, .. } => super::negotiation::profile(protocol) != Some(Profile::Open),
            Line::Text { .. } | Line::Refused { .. } => false,
        });
        if open && (demanded || offered.protected || self.capabilities.protection == MediaProtection::Required) {
            return Err(SdpError::Unprotected);
        }
        Ok(agreed)
    }
}

/// The strongest key line that can be used.
pub(super) fn best_line(media: &Media, required: bool) -> Option<Crypto> {
    SUITES
        .into_iter()
        .filter(|suite| suite.is_strong() || !required)
        .find_map(|suite| media.crypto.iter().find(|line| line.suite == suite))
        .cloned()
}
