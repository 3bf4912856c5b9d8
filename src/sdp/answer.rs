//! The answering side of a negotiation: which line of an offer is taken, and with which key.

use super::crypto::{Crypto, SUITES, suite_key};
use super::description::{Description, Media};
use super::formats::{Format, formats_of, wanted};
use super::negotiation::{Line, Negotiation, Profile, profile};
use super::{Capabilities, MediaProtection, Negotiated, PayloadType, SdpError, SrtpKeys};
use crate::model::MediaDirection;

/// What answering a media line of an offer would come to.
struct Considered {
    /// Our key line.
    key: Option<Crypto>,
    formats: Vec<(PayloadType, Format)>,
    negotiated: Negotiated,
}

impl Negotiation {
    /// Answers an offer; with `hold` so that no sound flows towards us.
    ///
    /// # Errors
    /// Why the offer has to be refused, with [`SdpError::status`]; the session stays as it was.
    pub fn answer(&mut self, offer: &str, hold: bool) -> Result<(String, Negotiated), SdpError> {
        let description = Description::parse(offer)?;
        self.paths.begin_answer(&description, &self.local.key);
        let wish = if hold { MediaDirection::SendOnly } else { MediaDirection::SendRecv };
        let mut chosen: Option<(usize, Considered)> = None;
        let mut refusal = SdpError::NoAudio;
        for (at, media) in description.media.iter().enumerate() {
            match self.consider(&description, media, wish) {
                // The first line that can be used, but a protected one before an open one.
                Ok(line) => {
                    if chosen.as_ref().is_none_or(|(_, best)| best.key.is_none() && line.key.is_some()) {
                        chosen = Some((at, line));
                    }
                }
                Err(SdpError::NoAudio) => {}
                Err(error) if refusal == SdpError::NoAudio => refusal = error,
                Err(_) => {}
            }
        }
        let (at, Considered { key, formats, negotiated }) = chosen.ok_or(refusal)?;
        self.layout = description
            .media
            .iter()
            .enumerate()
            .map(|(index, media)| {
                if index == at {
                    Line::Audio { protocol: media.protocol.clone() }
                } else {
                    // RFC 3264 section 6: at least one format, although it means nothing.
                    let format = media.formats.first().map_or("0", String::as_str).to_owned();
                    Line::Refused { kind: media.kind.clone(), protocol: media.protocol.clone(), format }
                }
            })
            .collect();
        self.remember(&formats);
        let keys: Vec<Crypto> = key.into_iter().collect();
        let text = self.write(&formats, negotiated.direction, &keys, negotiated.rtcp_mux);
        self.offered = None;
        self.current = Some(negotiated.clone());
        Ok((text, negotiated))
    }

    /// What a media line of an offer would come to.
    fn consider(&self, description: &Description, media: &Media, wish: MediaDirection) -> Result<Considered, SdpError> {
        if !media.kind.eq_ignore_ascii_case("audio") || media.port.is_none_or(|port| port == 0) {
            return Err(SdpError::NoAudio);
        }
        let profile = profile(&media.protocol).ok_or(SdpError::NoAudio)?;
        let remote = self.choose_key(description, media, profile)?;
        let ours =
            remote.as_ref().map(|remote| Crypto { key: suite_key(&self.local.key, remote.suite), ..remote.clone() });
        let keys = remote.zip(ours.as_ref()).map(|(remote, ours)| SrtpKeys {
            suite: remote.suite,
            local: ours.key.clone(),
            remote: remote.key,
        });
        let formats: Vec<_> = formats_of(media)
            .into_iter()
            .filter(|(_, format)| match format {
                Format::Sound(codec) => self.capabilities.codecs.contains(codec),
                Format::Events { .. } => true,
                Format::Noise | Format::Redundancy => wanted(&self.capabilities.codecs).contains(format),
            })
            .collect();
        let negotiated = self.agree(description, media, &formats, &formats, keys, wish)?;
        Ok(Considered { key: ours, formats, negotiated })
    }

    /// The strongest key line of an offer, or why the line cannot be taken.
    fn choose_key(
        &self,
        description: &Description,
        media: &Media,
        profile: Profile,
    ) -> Result<Option<Crypto>, SdpError> {
        let Capabilities { protection, secure_signalling, .. } = self.capabilities;
        let required = protection == MediaProtection::Required;
        if profile == Profile::Dtls {
            return Err(SdpError::DtlsOnly);
        }
        let usable = protection != MediaProtection::Off && secure_signalling;
        let best = SUITES
            .into_iter()
            .filter(|suite| usable && (suite.is_strong() || !required))
            .find_map(|suite| media.crypto.iter().find(|line| line.suite == suite));
        let fingerprint = media.fingerprint || description.fingerprint;
        match best {
            Some(line) => Ok(Some(line.clone())),
            None if profile == Profile::Srtp && !media.has_crypto && fingerprint => Err(SdpError::DtlsOnly),
            None if required && !secure_signalling => Err(SdpError::OpenSignalling),
            None if profile == Profile::Srtp && protection != MediaProtection::Off && !secure_signalling => {
                Err(SdpError::OpenSignalling)
            }
            None if profile == Profile::Srtp => Err(SdpError::Keys),
            // M08: never from protected to open in the middle of a call, whatever the policy.
            None if required || self.is_protected() => Err(SdpError::Unprotected),
            None => Ok(None),
        }
    }
}
