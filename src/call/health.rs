//! From a call's numbers to what is wrong with it, why, and what helps: a plain function of the last seconds, with
//! patience in both directions so that nothing flickers.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    BootTime, Call, CallState, DeviceTrouble, Evidence, MediaDirection, Now, PeerSign, Stats, Trouble, Weight,
};

/// Without a packet for this long the user is told (F16).
const SILENCE_MS: u64 = 5_000;
/// A report older than this says nothing of the present: two intervals of RFC 3550 section 6.2 with their variation.
const REPORT_MS: u64 = 15_000;
/// A report this soon after the last packet may have left before what happened.
const CROSSING_MS: u64 = 2_000;
/// Packets that must have left before a missing acknowledgement says something: three seconds of 20 ms.
const SENT: u64 = 150;
/// Packets after which reports should have come: two of their intervals with their variation, at 20 ms.
const UNREPORTED: u64 = 750;
/// Consent is asked for every five seconds: one this old was missed twice (RFC 7675 section 5.1).
const CONSENT_MS: u64 = 15_000;
/// Between two questions whether the other side is still there.
const ASK_AGAIN: Duration = Duration::from_secs(15);
/// Seconds that are looked back on.
const SECONDS: usize = 6;
/// A voice, rather than a rustle: -26 dB of full scale.
const VOICE: f32 = 0.05;

/// What can be wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    NotAcknowledged,
    NothingBothWays,
    WrongKeys,
    WrongFormat,
    ForeignSource,
    NothingReceived,
    MicrophoneGone,
    MicrophoneSilent,
    LosingTheirs,
    LosingOurs,
    Late,
    Stuttering,
    SpeakingMuted,
    Unreported,
}

impl Sign {
    const ALL: [Self; 14] = [
        Self::NotAcknowledged,
        Self::NothingBothWays,
        Self::WrongKeys,
        Self::WrongFormat,
        Self::ForeignSource,
        Self::NothingReceived,
        Self::MicrophoneGone,
        Self::MicrophoneSilent,
        Self::LosingTheirs,
        Self::LosingOurs,
        Self::Late,
        Self::Stuttering,
        Self::SpeakingMuted,
        Self::Unreported,
    ];

    fn code(self) -> &'static str {
        match self {
            Self::NotAcknowledged => "not-acknowledged",
            Self::NothingBothWays => "nothing-both-ways",
            Self::WrongKeys => "wrong-keys",
            Self::WrongFormat => "wrong-format",
            Self::ForeignSource => "foreign-source",
            Self::NothingReceived => "nothing-received",
            Self::MicrophoneGone => "microphone-gone",
            Self::MicrophoneSilent => "microphone-silent",
            Self::LosingTheirs => "losing-theirs",
            Self::LosingOurs => "losing-ours",
            Self::Late => "late",
            Self::Stuttering => "stuttering",
            Self::SpeakingMuted => "speaking-muted",
            Self::Unreported => "unreported",
        }
    }

    fn weight(self) -> Weight {
        match self {
            Self::NotAcknowledged
            | Self::NothingBothWays
            | Self::WrongKeys
            | Self::WrongFormat
            | Self::ForeignSource
            | Self::NothingReceived
            | Self::MicrophoneGone
            | Self::MicrophoneSilent => Weight::Fault,
            Self::LosingTheirs | Self::LosingOurs | Self::Late | Self::Stuttering => Weight::Warning,
            Self::SpeakingMuted => Weight::Hint,
            Self::Unreported => Weight::Note,
        }
    }

    /// How long it must hold before it is told, and be over before it is not told any more.
    fn patience(self) -> (Duration, Duration) {
        let seconds = |on, off| (Duration::from_secs(on), Duration::from_secs(off));
        match self {
            // Their own numbers span five seconds already; sound that is back is seen at once.
            Self::NotAcknowledged
            | Self::NothingBothWays
            | Self::WrongKeys
            | Self::WrongFormat
            | Self::ForeignSource
            | Self::NothingReceived => seconds(0, 0),
            Self::MicrophoneGone => seconds(1, 0),
            Self::MicrophoneSilent => seconds(4, 0),
            Self::LosingTheirs | Self::Late => seconds(3, 8),
            // Reports come every five seconds: between two of them nothing is new.
            Self::LosingOurs => seconds(6, 8),
            Self::Stuttering => seconds(0, 8),
            Self::SpeakingMuted => seconds(1, 4),
            Self::Unreported => seconds(0, 0),
        }
    }
}

/// What else is known of a call's way and devices.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The microphone in use, by its name.
    pub microphone: &'a str,
    /// Our address towards the phone service means something in our own network alone.
    pub local_private: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Standing {
    /// Since when it is as it is.
    since: Option<BootTime>,
    holds: bool,
    told: bool,
}

/// The diagnosis of one call. Feed it what was counted, once a second.
#[derive(Clone, Debug, Default)]
pub struct Health {
    /// The last seconds: evidence and underruns, the oldest first.
    past: VecDeque<(Evidence, u64)>,
    standing: [Standing; Sign::ALL.len()],
    troubles: Vec<Trouble>,
    /// What their phone said while nothing comes, and when it was asked.
    peer: Option<PeerSign>,
    asked: Option<BootTime>,
}

impl Health {
    /// The next second. Answers the troubles that were not told before.
    pub fn observe(&mut self, call: &Call, stats: &Stats, around: Surroundings<'_>, now: Now) -> Vec<Trouble> {
        let talking = call.state == CallState::Active && !call.held_by_peer && call.end.is_none();
        if !talking {
            // Hold is silence by agreement, and an end needs no diagnosis.
            *self = Self::default();
            return Vec::new();
        }
        self.past.push_back((stats.evidence.clone(), stats.underruns));
        if self.past.len() > SECONDS {
            self.past.pop_front();
        }
        let view = View { call, stats, past: self.past.front(), around, peer: self.peer };
        let before: Vec<&'static str> = self.troubles.iter().map(|trouble| trouble.code).collect();
        let mut troubles = Vec::new();
        for (sign, standing) in Sign::ALL.into_iter().zip(&mut self.standing) {
            let holds = view.shows(sign);
            if standing.holds != holds || standing.since.is_none() {
                standing.holds = holds;
                standing.since = Some(now.boot);
            }
            let lasted = standing.since.map_or(Duration::ZERO, |since| now.boot.saturating_since(since));
            let (on, off) = sign.patience();
            if holds && lasted >= on {
                standing.told = true;
            } else if !holds && lasted >= off {
                standing.told = false;
            }
            if standing.told {
                troubles.push(view.words(sign));
            }
        }
        troubles.sort_by_key(|trouble| trouble.weight);
        self.troubles = troubles;
        if !self.is_lost() {
            (self.peer, self.asked) = (None, None);
        }
        self.troubles.iter().filter(|trouble| !before.contains(&trouble.code)).cloned().collect()
    }

    /// Nothing at all arrives.
    fn is_lost(&self) -> bool {
        self.troubles.iter().any(|trouble| trouble.code == Sign::NothingBothWays.code())
    }

    /// Whether the other side's phone is to be asked now if it is still there. Answering counts as asking.
    pub fn wants_to_ask(&mut self, now: Now) -> bool {
        let wants = self.is_lost() && self.asked.is_none_or(|asked| now.boot.saturating_since(asked) >= ASK_AGAIN);
        if wants {
            self.asked = Some(now.boot);
        }
        wants
    }

    /// What it said.
    pub fn note_peer(&mut self, sign: PeerSign) {
        self.peer = self.asked.map(|_| sign);
    }

    /// What is wrong at the moment, the weightiest first.
    pub fn troubles(&self) -> &[Trouble] {
        &self.troubles
    }
}

/// Whether a call has been without any sign of life for so long that it is hung up: neither sound nor reports, although
/// sound was agreed on. Not where text flows: a telephone for text need not send sound, and whoever reads or writes slowly is
/// there; one that is gone is found by the session's refreshes.
pub fn is_dead(call: &Call, evidence: &Evidence, patience: Duration) -> bool {
    let patience_ms = u64::try_from(patience.as_millis()).unwrap_or(u64::MAX);
    let talking = call.state == CallState::Active && !call.held_by_peer;
    let writing = call.text.as_ref().is_some_and(|text| text.on);
    talking
        && !writing
        && patience_ms > 0
        && direction(call).is_some_and(receives)
        && evidence.silence_ms >= patience_ms
        && evidence.report_age_ms.is_none_or(|age| age >= patience_ms)
}

fn direction(call: &Call) -> Option<MediaDirection> {
    call.media.as_ref().map(|media| media.direction)
}

fn receives(direction: MediaDirection) -> bool {
    matches!(direction, MediaDirection::SendRecv | MediaDirection::RecvOnly)
}

fn sends(direction: MediaDirection) -> bool {
    matches!(direction, MediaDirection::SendRecv | MediaDirection::SendOnly)
}

struct View<'a> {
    call: &'a Call,
    stats: &'a Stats,
    past: Option<&'a (Evidence, u64)>,
    around: Surroundings<'a>,
    peer: Option<PeerSign>,
}

impl View<'_> {
    fn shows(&self, sign: Sign) -> bool {
        let (stats, evidence) = (self.stats, &self.stats.evidence);
        let sending = direction(self.call).is_some_and(sends);
        // What a file or nothing at all says is somebody's wish.
        let real = self.around.microphone != "null" && !self.around.microphone.starts_with("file:");
        let listened = sending && real && !self.call.muted;
        match sign {
            Sign::NotAcknowledged => {
                let deaf = if evidence.acknowledged { 2 } else { 1 };
                sending && stats.sent_packets >= SENT && self.reported() && evidence.deaf_reports >= deaf
            }
            Sign::NothingBothWays
            | Sign::WrongKeys
            | Sign::WrongFormat
            | Sign::ForeignSource
            | Sign::NothingReceived => self.why_silent() == Some(sign),
            Sign::MicrophoneGone => listened && !evidence.microphone_open,
            Sign::MicrophoneSilent => listened && evidence.microphone_open && evidence.microphone_peak == 0.0,
            Sign::LosingTheirs => stats.loss_percent >= 5.0 && evidence.silence_ms < SILENCE_MS,
            Sign::LosingOurs => self.reported() && evidence.peer_loss_percent.is_some_and(|loss| loss >= 5.0),
            Sign::Late => stats.round_trip_ms.is_some_and(|round| round / 2.0 + stats.buffer_ms >= 350.0),
            Sign::Stuttering => self.past.is_some_and(|(_, before)| stats.underruns.saturating_sub(*before) >= 5),
            Sign::SpeakingMuted => self.call.muted && evidence.voice_peak >= VOICE,
            Sign::Unreported => {
                let heard = evidence.silence_ms < SILENCE_MS || !direction(self.call).is_some_and(receives);
                sending && !self.call.muted && heard && stats.sent_packets >= UNREPORTED && evidence.reports == 0
            }
        }
    }

    /// Reports that still say something.
    fn reported(&self) -> bool {
        self.stats.evidence.report_age_ms.is_some_and(|age| age < REPORT_MS)
    }

    /// A report, or a consent, came well after their sound ended: their device is still there.
    fn is_there_since(&self, silence_ms: u64) -> bool {
        let evidence = &self.stats.evidence;
        let report = evidence.report_age_ms.filter(|age| *age < REPORT_MS);
        let ages = [report, self.consent()];
        ages.into_iter().flatten().any(|age| age + CROSSING_MS <= silence_ms)
    }

    /// How long ago their device confirmed that our packets reach it, as long as that says something.
    fn consent(&self) -> Option<u64> {
        self.stats.path.as_deref()?.consent_age_ms.filter(|age| *age < CONSENT_MS)
    }

    /// The one cause of silence that fits best.
    fn why_silent(&self) -> Option<Sign> {
        let evidence = &self.stats.evidence;
        if !direction(self.call).is_some_and(receives) || evidence.silence_ms < SILENCE_MS {
            return None;
        }
        let before = self.past.map(|(before, _)| before);
        let grew = |of: fn(&Evidence) -> u64| of(evidence) > before.map_or(0, of);
        Some(if grew(|seen| seen.unknown_type_packets) {
            Sign::WrongFormat
        } else if grew(|seen| seen.not_authentic_packets) {
            Sign::WrongKeys
        } else if grew(|seen| seen.foreign_packets) {
            Sign::ForeignSource
        } else if self.is_there_since(evidence.silence_ms) {
            Sign::NothingReceived
        } else {
            Sign::NothingBothWays
        })
    }

    /// What a router in between probably does, where addresses tell.
    fn router(&self) -> Option<&'static str> {
        match (self.around.local_private, self.stats.evidence.peer_private) {
            (false, true) => Some(
                "Their phone names an address of its own home network, which cannot be reached from here: their phone \
                 service or router has to translate it.",
            ),
            (true, false) => Some(
                "You are behind a router that hides your address: it probably does not let the sound through. Your \
                 administrator can set a media relay.",
            ),
            (true, true) | (false, false) => None,
        }
    }

    /// What is the matter with the microphone, and what helps.
    fn why_no_microphone(&self) -> (Arc<str>, &'static str) {
        let name = self.around.microphone;
        let (what, remedy) = match &self.stats.evidence.microphone_trouble {
            Some(DeviceTrouble::Gone) => {
                (format!("the microphone “{name}” is gone"), "Plug it in again, or choose another one under Devices.")
            }
            Some(DeviceTrouble::Absent) if name == "default" => {
                ("there is no microphone".to_owned(), "Plug one in: it is used at once.")
            }
            Some(DeviceTrouble::Held) => (
                format!("another program holds the microphone “{name}”"),
                "End that program or its recording, or choose another microphone under Devices.",
            ),
            Some(DeviceTrouble::Forbidden) => (
                format!("the system does not let programs use the microphone “{name}”"),
                "Allow it in the system's settings for privacy, or ask your administrator.",
            ),
            Some(DeviceTrouble::Absent | DeviceTrouble::Other(_)) | None => (
                format!("the microphone “{name}” cannot be used"),
                "Plug it in again, or choose another one under Devices.",
            ),
        };
        (format!("They cannot hear you: {what}.").into(), remedy)
    }

    /// Nothing arrives, not even reports: what their phone says when it is asked narrows it down.
    fn nothing_both_ways(&self) -> (Arc<str>, &'static str) {
        let ever = self.stats.received_packets > 0;
        let (text, otherwise) = match (self.peer, ever) {
            (Some(PeerSign::There), _) => (
                "You do not hear each other: their phone is still in the call, but no sound gets through in either \
                 direction.",
                "The way of the sound is blocked, by a firewall or a router. Call again, or call from another network.",
            ),
            (Some(PeerSign::Silent | PeerSign::Gone), _) => (
                "You do not hear each other: no sound arrives, and their phone does not answer either.",
                "Their phone or their network has probably failed. Wait a moment, or call again.",
            ),
            (None, true) => (
                "The connection is interrupted: nothing arrives from the other side any more, so they probably do not \
                 hear you either.",
                "Wait a moment, or call again. If you changed the network, the call has to be placed anew.",
            ),
            (None, false) => (
                "You do not hear each other: nothing at all arrives from the other side.",
                "Call again; if it stays so, a firewall on the way may block the sound.",
            ),
        };
        let router = self.router().filter(|_| self.peer != Some(PeerSign::Silent));
        (text.into(), router.unwrap_or(otherwise))
    }

    /// No report ever came: what else is known of what they hear.
    fn unreported(&self) -> (Arc<str>, &'static str) {
        let microphone = self.stats.evidence.microphone_peak;
        let text = if self.consent().is_some() {
            "What you send reaches their device. Whether they hear it cannot be told: their phone does not report."
        } else {
            "Whether they hear you cannot be told: their phone does not report what it receives."
        };
        let remedy = if microphone > 0.0 {
            "Your microphone works and your sound is sent. If they do not answer, ask them in another way."
        } else {
            "If they do not answer, ask them in another way."
        };
        (text.into(), remedy)
    }

    fn words(&self, sign: Sign) -> Trouble {
        let (text, remedy) = self.sentences(sign);
        Trouble { code: sign.code(), weight: sign.weight(), text, remedy: remedy.into() }
    }

    #[allow(clippy::too_many_lines, reason = "a table of sentences")]
    fn sentences(&self, sign: Sign) -> (Arc<str>, &'static str) {
        let evidence = &self.stats.evidence;
        match sign {
            Sign::NotAcknowledged => {
                let text = match (self.call.muted, evidence.acknowledged) {
                    (true, _) => {
                        "They cannot hear you: you are muted, and nothing that you send is being acknowledged."
                    }
                    (false, true) => "They cannot hear you any more: nothing that you send is being acknowledged.",
                    (false, false) => "They cannot hear you: nothing that you send is being acknowledged.",
                };
                let remedy = self.router().unwrap_or(
                    "Your sound leaves this computer and does not arrive. Call again; if it stays so, a firewall on \
                     the way may block it.",
                );
                (text.into(), remedy)
            }
            Sign::NothingBothWays => self.nothing_both_ways(),
            Sign::WrongKeys => (
                "You cannot hear them: their sound arrives, but cannot be decrypted.".into(),
                "The two sides hold different keys. Hang up and call again.",
            ),
            Sign::WrongFormat => (
                "You cannot hear them: their phone sends sound in a form that was not agreed on.".into(),
                "Their phone or a gateway on the way is at fault. Hang up and call again.",
            ),
            Sign::ForeignSource => (
                "You cannot hear them: sound arrives from an address that is not theirs, and is not played.".into(),
                "A router on their side changes the address in the middle of the call. Call again, or use an \
                 encrypted call, where the sender can be told by the keys.",
            ),
            Sign::NothingReceived => {
                let text = if self.stats.received_packets > 0 {
                    "You do not hear them any more: their phone is still there, but its sound does not arrive."
                } else {
                    "You cannot hear them: their phone is there, but none of its sound arrives."
                };
                let remedy = self
                    .router()
                    .unwrap_or("They may have muted their phone. If not, a firewall on the way may block their sound.");
                (text.into(), remedy)
            }
            Sign::MicrophoneGone => self.why_no_microphone(),
            Sign::MicrophoneSilent => (
                format!(
                    "They cannot hear you: the microphone “{}” gives nothing, not even noise.",
                    self.around.microphone
                )
                .into(),
                "It is probably switched off at the device or in the system's sound settings. Or choose another one \
                 under Devices.",
            ),
            Sign::LosingTheirs => (
                format!("You lose {:.0} % of what they say.", self.stats.loss_percent).into(),
                "The network is overloaded or weak. A cable instead of Wi-Fi helps most.",
            ),
            Sign::LosingOurs => (
                format!("They lose {:.0} % of what you say.", evidence.peer_loss_percent.unwrap_or_default()).into(),
                "The network is overloaded or weak. A cable instead of Wi-Fi, or pausing uploads, helps most.",
            ),
            Sign::Late => (
                "What you say arrives late: you may interrupt each other.".into(),
                "The way through the network is long or congested. Let the other finish, or call again later.",
            ),
            Sign::Stuttering => (
                "Your sound device does not keep up: you hear gaps.".into(),
                "Close programs that need much of the computer, or use another device.",
            ),
            Sign::SpeakingMuted => ("You are speaking while muted: nobody hears you.".into(), "Unmute to be heard."),
            Sign::Unreported => self.unreported(),
        }
    }
}

#[cfg(test)]
#[path = "health_tests.rs"]
mod tests;
