//! Which of the system's devices people are offered, in what order, and which one a name means.
//!
//! ALSA lists twenty and more names for one card: plug-ins that convert, split, mix or swallow sound. Whoever chooses a
//! headset wants none of them. Offered are what the system calls the default, the sound servers, and each card once, as
//! the name that converts formats (`plughw:`), so that opening it does not fail for a sampling rate. What somebody wrote
//! into the ALSA configuration is offered too: its author meant it. The names that are left out still work when written
//! into the configuration of Tandem.

use std::sync::Arc;

/// The name of the default device, as shown and as stored.
const DEFAULT: &str = "default";

/// Sound servers, which come before cards: they share a card among programs.
const SERVERS: &[&str] = &["pipewire", "pulse", "jack"];

/// How the identifiers of ALSA's plug-ins begin.
const PLUGINS: &[&str] = &[
    "null",
    "sysdefault",
    "hw:",
    "front:",
    "rear:",
    "center_lfe:",
    "side:",
    "surround",
    "iec958:",
    "spdif:",
    "dmix",
    "dsnoop",
    "usbstream:",
    "samplerate",
    "speex",
    "upmix",
    "vdownmix",
    "lavrate",
    "oss",
    "modem:",
    "phoneline:",
    "a52",
    "dca",
];

/// Names of one direction that are offered at most; a list that nobody can read to its end helps nobody.
const MOST: usize = 32;

/// A device as the system lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The identifier, by which the system opens it.
    pub id: Arc<str>,
    /// The name that people are shown.
    pub name: Arc<str>,
    /// It is a microphone.
    pub input: bool,
    /// It is a loudspeaker.
    pub output: bool,
}

impl Found {
    fn serves(&self, input: bool) -> bool {
        if input { self.input } else { self.output }
    }

    /// Where it stands in the list; none when it is not offered.
    fn rank(&self) -> Option<usize> {
        let id = self.id.as_ref();
        if id == DEFAULT || id.starts_with("default:") || PLUGINS.iter().any(|plugin| id.starts_with(plugin)) {
            return None;
        }
        Some(SERVERS.iter().position(|server| id == *server).unwrap_or(SERVERS.len()))
    }
}

/// The names to offer, of inputs or of outputs: the default one, sound servers, cards, each name once.
pub fn names(found: &[Found], input: bool) -> Vec<Arc<str>> {
    let mut ranked: Vec<_> = found
        .iter()
        .filter(|device| device.serves(input))
        .filter_map(|device| Some((device.rank()?, device)))
        .collect();
    let has_default = found.iter().any(|device| device.serves(input) && device.id.starts_with(DEFAULT));
    // Stable: among cards the system's order stays.
    ranked.sort_by_key(|(rank, _)| *rank);
    let mut names: Vec<Arc<str>> = Vec::new();
    if has_default || !ranked.is_empty() {
        names.push(DEFAULT.into());
    }
    for (_, device) in ranked {
        if names.len() < MOST && !names.contains(&device.name) {
            names.push(device.name.clone());
        }
    }
    names
}

/// The device that a stored name means: an identifier first, then an offered device of that name, then any.
pub fn position(found: &[Found], wanted: &str, input: bool) -> Option<usize> {
    let first = |fits: &dyn Fn(&Found) -> bool| found.iter().position(|device| device.serves(input) && fits(device));
    first(&|device| &*device.id == wanted)
        .or_else(|| first(&|device| &*device.name == wanted && device.rank().is_some()))
        .or_else(|| first(&|device| &*device.name == wanted))
}

#[cfg(test)]
mod tests {
    use super::{Found, names, position};

    fn found(id: &str, name: &str, input: bool, output: bool) -> Found {
        Found { id: id.into(), name: name.into(), input, output }
    }

    /// What ALSA lists of a laptop with a headset, shortened.
    fn laptop() -> Vec<Found> {
        const PCH: &str = "HDA Intel PCH, ALC257 Analog";
        const USB: &str = "Jabra EVOLVE, USB Audio";
        vec![
            found("null", "Discard all samples (playback) or generate zero samples (capture)", true, true),
            found("hw:CARD=PCH,DEV=0", PCH, true, true),
            found("plughw:CARD=PCH,DEV=0", PCH, true, true),
            found("lavrate", "Rate Converter Plugin Using Libav/FFmpeg Library", true, true),
            found("default", "Default ALSA Output (currently PulseAudio Sound Server)", true, true),
            found("pulse", "PulseAudio Sound Server", true, true),
            found("sysdefault:CARD=PCH", PCH, true, true),
            found("front:CARD=PCH,DEV=0", PCH, true, true),
            found("surround51:CARD=PCH,DEV=0", PCH, false, true),
            found("hdmi:CARD=PCH,DEV=0", "HDA Intel PCH, HDMI 0", false, true),
            found("dmix:CARD=PCH,DEV=0", PCH, false, true),
            found("plughw:CARD=EVOLVE,DEV=0", USB, true, true),
            found("plughw:CARD=1,DEV=0", USB, true, true),
            found("studio", "studio", true, false),
        ]
    }

    #[test]
    fn people_are_offered_the_default_the_server_and_each_card_once() {
        let (pulse, pch, usb) = ("PulseAudio Sound Server", "HDA Intel PCH, ALC257 Analog", "Jabra EVOLVE, USB Audio");
        let shown = |input| names(&laptop(), input).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(shown(true), ["default", pulse, pch, usb, "studio"]);
        assert_eq!(shown(false), ["default", pulse, pch, "HDA Intel PCH, HDMI 0", usb]);
    }

    #[test]
    fn a_machine_without_sound_offers_nothing() {
        assert!(names(&[], true).is_empty());
        assert!(names(&[found("null", "nothing", true, true)], true).is_empty());
    }

    #[test]
    fn a_shown_name_means_the_device_that_converts_and_an_identifier_means_itself() {
        let list = laptop();
        let id = |wanted, input| position(&list, wanted, input).map(|at| list[at].id.to_string());
        assert_eq!(id("HDA Intel PCH, ALC257 Analog", true).as_deref(), Some("plughw:CARD=PCH,DEV=0"));
        assert_eq!(id("surround51:CARD=PCH,DEV=0", false).as_deref(), Some("surround51:CARD=PCH,DEV=0"));
        assert_eq!(id("surround51:CARD=PCH,DEV=0", true), None, "a loudspeaker is no microphone");
        assert_eq!(id("a headset that was sold", true), None);
    }
}
