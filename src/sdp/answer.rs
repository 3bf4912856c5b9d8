//! The answering side of a negotiation: which line of an offer is taken, and with which key.

use super::crypto::suite_key;
use super::description::{Connection, Description, Media};
use super::dtls::Association;
use super::formats::{Format, formats_of, wanted};
use super::groups;
use super::keying::{Keying, Keys, Protection};
use super::levels::Levels;
use super::negotiation::{Line, Negotiation, profile};
use super::{Negotiated, PayloadType, SdpError};
use crate::model::MediaDirection;

/// What answering a media line of an offer would come to.
struct Considered {
    /// What we say of keys.
    keys: Keys,
    /// The association that it leads to.
    association: Option<Association>,
    /// Which of our keys it is.
    generation: u32,
    formats: Vec<(PayloadType, Format)>,
    negotiated: Negotiated,
    levels: Option<Levels>,
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
                    if chosen
                        .as_ref()
                        .is_none_or(|(_, best)| !best.negotiated.is_protected() && line.negotiated.is_protected())
                    {
                        chosen = Some((at, line));
                    }
                }
                Err(SdpError::NoAudio) => {}
                Err(error) if refusal == SdpError::NoAudio => refusal = error,
                Err(_) => {}
            }
        }
        let (at, Considered { keys, association, generation, formats, negotiated, levels }) = chosen.ok_or(refusal)?;
        self.levels = levels;
        let text = self.consider_text(&description, at, &negotiated, wish);
        let text_at = text.as_ref().map(|text| text.at);
        let mut layout: Vec<Line> = description
            .media
            .iter()
            .enumerate()
            .map(|(index, media)| {
                if index == at {
                    Line::Audio { protocol: media.protocol.clone(), mid: media.mid.clone() }
                } else {
                    // RFC 3264 section 6: at least one format, although it means nothing.
                    let format = media.formats.first().map_or("0", String::as_str).to_owned();
                    let (kind, protocol) = (media.kind.clone(), media.protocol.clone());
                    Line::Refused { kind, protocol, format, mid: media.mid.clone() }
                }
            })
            .collect();
        let mut negotiated = negotiated;
        let mut beside = None;
        if let Some((taken, media)) = text.zip(text_at.and_then(|at| description.media.get(at))) {
            let (line, plan) = self.take_text(media, taken);
            beside = media.mid.as_deref().filter(|_| plan.bundled);
            negotiated.text = Some(plan);
            if let Some(place) = text_at.and_then(|at| layout.get_mut(at)) {
                *place = line;
            }
        }
        self.layout = layout;
        self.remember(&formats);
        let group = groups::answered(&description, at, beside);
        let text = self.write(&formats, negotiated.direction, &keys, negotiated.rtcp_mux, group);
        self.offered = None;
        self.relocated = false;
        if self.generation != generation {
            (self.generation, self.turned) = (generation, false);
        }
        self.association = association.or(self.association.take());
        self.current = Some(negotiated.clone());
        Ok((text, negotiated))
    }

    /// What a media line of an offer would come to.
    fn consider(&self, description: &Description, media: &Media, wish: MediaDirection) -> Result<Considered, SdpError> {
        if !media.kind.eq_ignore_ascii_case("audio") || media.port.is_none_or(|port| port == 0) {
            return Err(SdpError::NoAudio);
        }
        let profile = profile(&media.protocol).ok_or(SdpError::NoAudio)?;
        let mut keys = Keys::default();
        let (mut protection, mut association) = (Protection::default(), None);
        let generation = self.generation_for(description, media);
        match self.choose_keying(description, media, profile)? {
            Keying::Open => {}
            Keying::Sdes(remote) => {
                let ours = remote.answered(suite_key(&self.local.key, remote.suite, generation));
                protection.srtp = Some(ours.with_remote(&remote));
                keys.crypto.push(ours);
            }
            Keying::Dtls(agreed, setup) => {
                keys.dtls = self.own_dtls(setup).map(|mut own| {
                    // RFC 8842 section 5.3: only in answer to one of theirs.
                    own.tls_id = own.tls_id.filter(|_| description.dtls_of(media).tls_id.is_some());
                    own
                });
                protection.dtls = Some(agreed.plan().clone());
                association = Some(agreed);
            }
        }
        let formats: Vec<_> = formats_of(media)
            .into_iter()
            .filter(|(_, format)| match format {
                Format::Sound(codec) => self.capabilities.codecs.contains(codec),
                Format::Events { .. } => true,
                Format::Noise | Format::Redundancy => wanted(&self.capabilities.codecs).contains(format),
            })
            .collect();
        let mut negotiated = self.agree(description, media, &formats, &formats, protection, wish)?;
        let levels = media.levels.map(Levels::answer);
        negotiated.helpers = Levels::agree(levels.unwrap_or_default(), media.levels, negotiated.helpers);
        Ok(Considered { keys, association, generation, formats, negotiated, levels })
    }

    /// Which of our keys answers this line: a new one when the peer moved and our counters are past their first round. Peers
    /// begin theirs anew then (RFC 4568 section 7.1.4), or forget ours; with a new key and source both sides stand at zero
    /// whatever they do. In the first round they do so with the old one too, which peers that cannot change keys still know.
    fn generation_for(&self, description: &Description, media: &Media) -> u32 {
        self.generation.saturating_add((self.turned && self.moved(description, media)).into())
    }

    /// Whether this line names another address of the peer than before. Paths that checks find are no move.
    pub(super) fn moved(&self, description: &Description, media: &Media) -> bool {
        let before = self.current.as_ref().map(|current| current.remote_rtp);
        let checked = media.ice.are_there() && self.current.as_ref().is_some_and(|current| current.ice.is_some());
        let moved = match (before, description.connection_of(media), media.port) {
            (Some(before), Some(Connection::Address(address)), Some(port)) => {
                // The unspecified address is only the old form of hold.
                !address.is_unspecified() && (before.ip(), before.port()) != (address, port)
            }
            (_, _, _) => false,
        };
        moved && !checked
    }
}
