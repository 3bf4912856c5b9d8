//! The line for real-time text (RFC 4103 section 10, RFC 4102) beside that for sound: offered, answered, and what comes of it.
//!
//! Text goes with the sound over one address where both sides bundle (RFC 9143): then its path and its keys are those of the
//! sound. Otherwise it has a port and key lines (RFC 4568) of its own. It is never less protected than the sound: who sees the
//! padlock of the call may believe it of the text as well.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use super::crypto::{Crypto, suite_key};
use super::description::{Connection, Description, Media};
use super::keying::{Keys, best_line};
use super::negotiation::{Line, Negotiation, Profile, direction, flows, name, profile};
use super::{MediaProtection, Negotiated, PayloadType, SrtpKeys};
use crate::model::MediaDirection;

/// Characters a second where a line says nothing (RFC 4103 section 6).
const USUAL_RATE: u32 = 30;
/// What a line may say of it; beyond it nothing is limited that anybody types.
const RATES: std::ops::RangeInclusive<u32> = 1..=1_000;
/// Generations of copies that we offer (RFC 4103 section 4.1 recommends two).
const GENERATIONS: usize = 2;
/// The most that we send, whatever a line asks for.
const MOST_GENERATIONS: usize = 4;
/// The clock of text, Hz (RFC 4103 section 6).
const CLOCK_HZ: u32 = 1_000;
/// The first number that we give (RFC 3551 section 6), behind those that our sound has as a rule.
const FIRST_NUMBER: PayloadType = 98;
/// Sets the keys of text apart from those of the sound, which count from zero.
const KEYS_OF_TEXT: u32 = 1 << 30;

/// What we do about text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TextWish {
    /// Lines for it are refused.
    #[default]
    Off,
    /// It is taken where the other side offers it.
    Answer,
    /// It is offered as well.
    Offer,
}

/// What both sides agreed on for text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextPlan {
    /// Where it goes, where it has a way of its own.
    pub remote: SocketAddr,
    /// It shares address, path and keys with the sound (RFC 9143).
    pub bundled: bool,
    /// Nothing flows in the clear: without keys nothing flows.
    pub protected: bool,
    /// Its own keys.
    pub srtp: Option<SrtpKeys>,
    /// The number of text towards the peer, by itself and within redundancy.
    pub send: PayloadType,
    /// The number of text with copies towards the peer, and how many generations of them.
    pub send_redundancy: Option<(PayloadType, usize)>,
    /// The number of text from the peer.
    pub receive: PayloadType,
    /// The number of text with copies from the peer.
    pub receive_redundancy: Option<PayloadType>,
    /// What the peer takes, characters a second over ten seconds.
    pub characters_per_second: u32,
    /// Where it flows, as seen from here.
    pub direction: MediaDirection,
}

/// The numbers of a line for text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Numbers {
    text: PayloadType,
    redundancy: Option<(PayloadType, usize)>,
    rate: u32,
}

/// How a line for text travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// At its own port, which the peer may leave for the sound's.
    Own,
    /// With the sound or not at all: the first time with port 0 (RFC 9143 section 6).
    BundleOnly,
    /// With the sound.
    Bundled,
}

/// Our side of it in the exchanges of one call.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    wish: TextWish,
    port: Option<u16>,
    numbers: Option<Numbers>,
    crypto: Vec<Crypto>,
    direction: Option<MediaDirection>,
}

/// A line of theirs that can be taken.
pub(super) struct Taken {
    pub(super) at: usize,
    way: Way,
    numbers: Numbers,
    crypto: Vec<Crypto>,
    plan: TextPlan,
}

impl Negotiation {
    /// What we do about text from here on.
    pub fn set_text(&mut self, wish: TextWish) {
        self.text.wish = wish;
    }

    /// Our own port for it; without one it only goes with the sound.
    pub fn set_text_port(&mut self, port: Option<u16>) {
        self.text.port = port;
    }

    /// Whether the session has a line for text that is not refused.
    pub fn has_text(&self) -> bool {
        self.layout.iter().any(|line| matches!(line, Line::Text { .. }))
    }

    /// The offer that put a line for text was refused as a whole: the session is as it was (RFC 3261 section 14.1).
    pub fn withdraw_text(&mut self) {
        let format = self.text.numbers.map_or_else(|| "0".to_owned(), |numbers| numbers.text.to_string());
        let Some(at) = self.layout.iter().position(|line| matches!(line, Line::Text { .. })) else { return };
        if at + 1 == self.layout.len() {
            self.layout.pop();
        } else if let Some(line) = self.layout.get_mut(at)
            && let Line::Text { protocol, mid, .. } = line
        {
            *line = Line::Refused { kind: "text".into(), protocol: protocol.clone(), format, mid: mid.clone() };
        }
    }

    /// Puts a line for text into an offer, where it is wished and not there.
    pub(super) fn add_text(&mut self, keys: &Keys) {
        self.text.crypto = keys.crypto.iter().map(|line| self.text_key(line.tag, line)).collect();
        self.text.direction = None;
        if self.text.wish != TextWish::Offer || self.has_text() {
            return;
        }
        let taken: Vec<PayloadType> = self.payloads.iter().map(|(number, _)| *number).collect();
        let mut free = (FIRST_NUMBER..128).filter(|number| !taken.contains(number));
        let (Some(text), Some(redundancy)) = (free.next(), free.next()) else { return };
        self.text.numbers = Some(Numbers { text, redundancy: Some((redundancy, GENERATIONS)), rate: USUAL_RATE });
        let Some(Line::Audio { protocol, mid }) =
            self.layout.iter_mut().find(|line| matches!(line, Line::Audio { .. }))
        else {
            return;
        };
        let sound = mid.get_or_insert_with(|| super::groups::OWN.to_owned()).clone();
        let protocol = protocol.clone();
        // Beside a handshake it would go in the clear by itself.
        let alone = keys.dtls.is_none() || !keys.crypto.is_empty();
        let way = if alone && self.text.port.is_some() && profile(&protocol) != Some(Profile::Dtls) {
            Way::Own
        } else {
            Way::BundleOnly
        };
        let names: Vec<&str> = self.layout.iter().filter_map(Line::name).chain([sound.as_str()]).collect();
        let free = (2_u32..).map(|number| number.to_string()).find(|name| !names.contains(&name.as_str()));
        let line = Line::Text { protocol, mid: free, way };
        // RFC 3264 section 8.1: the place of a stream that was refused may be used again.
        let refused =
            |line: &&mut Line| matches!(line, Line::Refused { kind, .. } if kind.eq_ignore_ascii_case("text"));
        match self.layout.iter_mut().find(refused) {
            Some(place) => *place = line,
            None => self.layout.push(line),
        }
    }

    fn text_key(&self, tag: u32, line: &Crypto) -> Crypto {
        Crypto::own(tag, line.suite, suite_key(&self.local.key, line.suite, self.generation.wrapping_add(KEYS_OF_TEXT)))
    }

    /// The group of a description of ours in which text goes with the sound.
    pub(super) fn text_group(&self) -> Option<String> {
        let sound = self.layout.iter().find_map(|line| match line {
            Line::Audio { mid, .. } => mid.as_deref(),
            Line::Text { .. } | Line::Refused { .. } => None,
        })?;
        let text = self.layout.iter().find_map(|line| match line {
            Line::Text { mid, .. } => mid.as_deref(),
            Line::Audio { .. } | Line::Refused { .. } => None,
        })?;
        Some(format!("a=group:BUNDLE {sound} {text}\r\n"))
    }

    /// Writes the line. `sound` is the address that the description names for the sound.
    pub(super) fn write_text(&self, line: &Line, sound: SocketAddr, wished: MediaDirection) -> String {
        let (Line::Text { protocol, mid, way }, Some(numbers)) = (line, self.text.numbers) else {
            return String::new();
        };
        let port = match way {
            Way::Own => self.text.port.unwrap_or(0),
            Way::BundleOnly => 0,
            Way::Bundled => sound.port(),
        };
        let redundancy = numbers.redundancy;
        let list = redundancy.map(|(number, _)| format!("{number} ")).unwrap_or_default();
        let mut text = format!("m=text {port} {protocol} {list}{}\r\n", numbers.text);
        if *way == Way::Own && self.local.address != sound.ip() {
            let family = if matches!(self.local.address, IpAddr::V4(_)) { "IP4" } else { "IP6" };
            let _ = write!(text, "c=IN {family} {}\r\n", self.local.address);
        }
        if let Some(mid) = mid {
            let _ = write!(text, "a=mid:{mid}\r\n");
        }
        let _ = write!(text, "a=rtpmap:{} t140/{CLOCK_HZ}\r\na=fmtp:{0} cps={USUAL_RATE}\r\n", numbers.text);
        if let Some((number, generations)) = redundancy {
            let parts = vec![numbers.text.to_string(); generations + 1].join("/");
            let _ = write!(text, "a=rtpmap:{number} red/{CLOCK_HZ}\r\na=fmtp:{number} {parts}\r\n");
        }
        match way {
            Way::Own => self.text.crypto.iter().for_each(|line| text.push_str(&line.write())),
            Way::BundleOnly => text.push_str("a=bundle-only\r\n"),
            Way::Bundled => {}
        }
        let _ = write!(text, "a={}\r\n", name(self.text.direction.unwrap_or(wished)));
        text
    }

    /// The line for text of an offer that can be taken beside this line for sound.
    pub(super) fn consider_text(
        &self,
        offer: &Description,
        sound_at: usize,
        sound: &Negotiated,
        wish: MediaDirection,
    ) -> Option<Taken> {
        if self.text.wish == TextWish::Off {
            return None;
        }
        let of_sound = offer.media.get(sound_at)?;
        offer.media.iter().enumerate().find_map(|(at, media)| {
            let numbers = numbers_of(media).filter(|_| profile(&media.protocol).is_some())?;
            let bundled = goes_with(offer, of_sound, media) && of_sound.rtcp_mux && !collides(numbers, sound);
            let on = media.port.is_some_and(|port| port != 0);
            if bundled && (on || media.bundle_only) {
                let plan = self.text_plan(offer, media, numbers, numbers, sound, wish);
                let plan = TextPlan { remote: sound.remote_rtp, bundled, protected: sound.is_protected(), ..plan };
                return Some(Taken { at, way: Way::Bundled, numbers, crypto: Vec::new(), plan });
            }
            self.text.port.filter(|_| on)?;
            let remote = self.text_address(offer, media)?;
            let mut plan = TextPlan { remote, ..self.text_plan(offer, media, numbers, numbers, sound, wish) };
            let mut crypto = Vec::new();
            if let Some(line) = self.text_line(media) {
                let ours = line.answered(self.text_key(line.tag, &line).key);
                plan.srtp = Some(ours.with_remote(&line));
                plan.protected = true;
                crypto.push(ours);
            } else if !self.may_be_open(media, sound) {
                return None;
            }
            Some(Taken { at, way: Way::Own, numbers, crypto, plan })
        })
    }

    /// The key line of theirs that protects a line for text of its own.
    fn text_line(&self, media: &Media) -> Option<Crypto> {
        let protection = self.capabilities.protection;
        let possible = protection != MediaProtection::Off
            && self.capabilities.secure_signalling
            && profile(&media.protocol) != Some(Profile::Dtls);
        possible.then(|| best_line(media, protection == MediaProtection::Required)).flatten()
    }

    /// Text in the clear is taken only beside sound in the clear.
    fn may_be_open(&self, media: &Media, sound: &Negotiated) -> bool {
        let demanded = self.capabilities.protection == MediaProtection::Required || sound.is_protected();
        profile(&media.protocol) == Some(Profile::Open) && !demanded
    }

    fn text_address(&self, description: &Description, media: &Media) -> Option<SocketAddr> {
        let Some(Connection::Address(address)) = description.connection_of(media) else { return None };
        let port = media.port.filter(|port| *port != 0)?;
        (address.is_ipv4() == self.local.address.is_ipv4()).then(|| SocketAddr::new(address, port))
    }

    fn text_plan(
        &self,
        description: &Description,
        media: &Media,
        theirs: Numbers,
        ours: Numbers,
        sound: &Negotiated,
        wish: MediaDirection,
    ) -> TextPlan {
        let (we_send, we_receive) = flows(wish);
        let (peer_sends, peer_receives) = flows(description.direction_of(media));
        // RFC 3264 section 8.4: the unspecified address is the old form of hold.
        let held = sound.remote_rtp.ip().is_unspecified();
        TextPlan {
            remote: sound.remote_rtp,
            bundled: false,
            protected: false,
            srtp: None,
            send: theirs.text,
            send_redundancy: theirs.redundancy.map(|(number, most)| (number, most.min(MOST_GENERATIONS))),
            receive: ours.text,
            receive_redundancy: ours.redundancy.map(|(number, _)| number),
            characters_per_second: theirs.rate,
            direction: direction(we_send && peer_receives && !held, we_receive && peer_sends),
        }
    }

    /// The line is taken: what we say of it in the answer. The answer is the line and the plan.
    pub(super) fn take_text(&mut self, media: &Media, taken: Taken) -> (Line, Box<TextPlan>) {
        self.text.numbers = Some(taken.numbers);
        self.text.crypto = taken.crypto;
        self.text.direction = Some(taken.plan.direction);
        let (protocol, mid) = (media.protocol.clone(), media.mid.clone());
        (Line::Text { protocol, mid, way: taken.way }, Box::new(taken.plan))
    }

    /// What their answer makes of our line for text. A refused one keeps its place (RFC 3264 section 8).
    pub(super) fn text_of_answer(
        &mut self,
        answer: &Description,
        sound_at: usize,
        sound: &Negotiated,
        wish: MediaDirection,
    ) -> Option<Box<TextPlan>> {
        let at = self.layout.iter().position(|line| matches!(line, Line::Text { .. }))?;
        let Some(Line::Text { protocol, mid, way }) = self.layout.get(at).cloned() else { return None };
        let ours = self.text.numbers?;
        let (of_sound, media) = (answer.media.get(sound_at)?, answer.media.get(at)?);
        let refuse = |negotiation: &mut Self| {
            let refused = Line::Refused {
                kind: "text".into(),
                protocol: protocol.clone(),
                format: ours.text.to_string(),
                mid: mid.clone(),
            };
            if let Some(line) = negotiation.layout.get_mut(at) {
                *line = refused;
            }
        };
        let Some(theirs) = numbers_of(media).filter(|_| media.port.is_some_and(|port| port != 0)) else {
            refuse(self);
            return None;
        };
        let bundled = mid.is_some() && media.mid == mid && goes_with(answer, of_sound, media) && !collides(ours, sound);
        let mut plan = self.text_plan(answer, media, theirs, ours, sound, wish);
        let way = if bundled {
            plan = TextPlan { bundled, protected: sound.is_protected(), ..plan };
            Way::Bundled
        } else {
            plan.remote = self.text_address(answer, media).filter(|_| way == Way::Own)?;
            match media.crypto.first() {
                Some(line) => {
                    // RFC 4568 section 7.1.3: the answer repeats tag and suite of the line it chose; our own key is not theirs (M05).
                    let fits = |own: &&Crypto| own.tag == line.tag && own.suite == line.suite && own.key != line.key;
                    plan.srtp = Some(self.text.crypto.iter().find(fits)?.with_remote(line));
                    plan.protected = true;
                }
                None if self.may_be_open(media, sound) => {}
                None => return None,
            }
            Way::Own
        };
        if let Some(line) = self.layout.get_mut(at) {
            *line = Line::Text { protocol, mid, way };
        }
        Some(Box::new(plan))
    }
}

/// Whether two lines of a description share one address.
fn goes_with(description: &Description, one: &Media, other: &Media) -> bool {
    match (&one.mid, &other.mid) {
        (Some(one), Some(other)) => one != other && description.bundles.hold_both(one, other),
        (_, _) => false,
    }
}

/// RFC 9143 section 10.1.2: within a bundle a number means one thing.
fn collides(numbers: Numbers, sound: &Negotiated) -> bool {
    let helpers = &sound.helpers;
    let of_sound = |number: PayloadType| {
        sound.receive.iter().any(|(known, _)| *known == number)
            || sound.events_receive.iter().any(|events| events.payload_type == number)
            || helpers.redundancy_receive == Some(number)
            || helpers.noise_receive == Some(number)
    };
    of_sound(numbers.text) || numbers.redundancy.is_some_and(|(number, _)| of_sound(number))
}

/// The numbers of a line for text; none where it is another kind of line, or another kind of text.
fn numbers_of(media: &Media) -> Option<Numbers> {
    if !media.kind.eq_ignore_ascii_case("text") {
        return None;
    }
    let map = |encoding: &str| {
        let fits =
            |map: &&super::description::RtpMap| map.name.eq_ignore_ascii_case(encoding) && map.clock_hz == CLOCK_HZ;
        media.rtpmaps.iter().find(fits).map(|map| map.payload_type)
    };
    let text = map("t140")?;
    let parameters = |number: PayloadType| {
        media.fmtps.iter().filter(move |(known, _)| *known == number).map(|(_, parameters)| parameters.as_str())
    };
    let rate = parameters(text)
        .flat_map(|parameters| parameters.split(';'))
        .find_map(|parameter| parameter.trim().strip_prefix("cps=")?.trim().parse().ok())
        .map_or(USUAL_RATE, |rate: u32| rate.clamp(*RATES.start(), *RATES.end()));
    // RFC 2198 section 5: the primary and the redundant encodings by their numbers.
    let redundancy = map("red").and_then(|number| {
        let parts: Vec<&str> = parameters(number).next()?.split('/').collect();
        let all_text = parts.iter().all(|part| part.trim().parse() == Ok(text));
        (all_text && parts.len() >= 2).then(|| (number, parts.len() - 1))
    });
    Some(Numbers { text, redundancy, rate })
}
