//! How a call sounds, in words first.

use crate::gui::words::{Word, say, word};
use crate::model::{Call, PathKind, PathStats, Stats};

/// The sheet's heading.
pub const TITLE: Word = word("quality-title");
/// Opens the sheet.
pub const OPEN: Word = word("quality-open");
/// Shows the numbers.
pub const ADVANCED: Word = word("quality-advanced");
/// Hides them.
pub const LESS: Word = word("quality-less");
/// Before the first second was counted.
pub const NOT_YET: Word = word("quality-not-yet");
/// Nothing is wrong.
pub const WELL: Word = word("quality-well");

/// A grade of the estimate (ITU-T G.107 annex B), and whether it is well.
pub fn grade(mos: f64) -> (Word, bool) {
    match mos {
        mos if mos >= 4.2 => (word("quality-very-good"), true),
        mos if mos >= 4.0 => (word("quality-good"), true),
        mos if mos >= 3.6 => (word("quality-fair"), true),
        mos if mos >= 3.1 => (word("quality-poor"), false),
        _ => (word("quality-bad"), false),
    }
}

/// How each side hears the other: a heading, a grade with its number, and whether that is well, where it is known.
pub fn both_ways(stats: &Stats) -> [(Word, String, Option<bool>); 2] {
    let graded = |mos: f64| {
        let (word, well) = grade(mos);
        (say!("quality-graded", word, mos = format!("{mos:.1}")), Some(well))
    };
    let heard = match stats.received_packets {
        0 => (say!("quality-nothing-yet"), Some(false)),
        _ if stats.evidence.silence_ms >= 5_000 => (say!("quality-nothing-at-the-moment"), Some(false)),
        _ => graded(stats.mos),
    };
    let evidence = &stats.evidence;
    let told = match (evidence.peer_mos, evidence.reports) {
        _ if evidence.deaf_reports >= 2 => (say!("quality-nothing-at-the-moment"), Some(false)),
        (Some(mos), _) => graded(mos),
        (None, 0) => (say!("quality-unknown-their-phone-does-not-report"), None),
        (None, _) => (say!("quality-nothing-yet"), Some(false)),
    };
    [(word("quality-you-hear-them"), heard.0, heard.1), (word("quality-they-hear-you"), told.0, told.1)]
}

/// Delay, loss and regularity in words.
pub fn plain(stats: &Stats) -> Vec<(Word, String)> {
    let mut lines = Vec::new();
    lines.push((
        word("quality-delay-heading"),
        match stats.delay.total_ms {
            Some(ms) if ms < 150.0 => say!("quality-delay-small", ms = ms.round()),
            Some(ms) if ms < 300.0 => say!("quality-delay-noticeable", ms = ms.round()),
            Some(ms) => say!("quality-delay-long", ms = ms.round()),
            None => say!("quality-not-known-yet"),
        },
    ));
    let lost = |percent: f64| match percent {
        percent if percent < 0.05 => say!("quality-nothing"),
        percent if percent < 10.0 => format!("{percent:.1} %"),
        percent => format!("{percent:.0} %"),
    };
    lines.push((word("quality-lost-of-their-sound"), lost(stats.loss_percent)));
    if let Some(percent) = stats.evidence.peer_loss_percent {
        lines.push((word("quality-lost-of-your-sound"), lost(percent)));
    }
    lines.push((
        word("quality-regularity"),
        match stats.jitter_ms {
            ms if ms < 15.0 => say!("quality-steady"),
            ms if ms < 50.0 => say!("quality-a-little-uneven-evened-out-by"),
            _ => say!("quality-very-uneven"),
        },
    ));
    lines.extend(stats.path.as_deref().map(|found| (word("quality-way"), way(found))));
    lines
}

/// The way that the sound takes.
fn way(path: &PathStats) -> String {
    match (path.kind, &path.server) {
        (PathKind::Direct, _) => say!("quality-straight-from-this-machine-to-theirs"),
        (PathKind::ThroughRouter, _) => say!("quality-straight-through-a-router-that-changes"),
        (PathKind::Relayed, Some(server)) => say!("quality-through-the-relay", server),
        (PathKind::Relayed, None) => say!("quality-through-a-relay-of-theirs"),
    }
}

/// The numbers behind the words.
pub fn numbers(call: &Call, stats: &Stats) -> Vec<(Word, String)> {
    let evidence = &stats.evidence;
    let or_dash = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
    let ms = |value: f64| format!("{value:.1} ms");
    let codec = call.media.as_ref().map(|media| format!("{}, {} kHz", media.codec, sampling(&media.codec)));
    let guess = if evidence.peer_private {
        word("quality-to-an-address-of-a-private")
    } else {
        word("quality-over-the-internet")
    };
    let path = match stats.path.as_deref() {
        Some(PathStats { local, remote, round_trip_ms, .. }) => {
            say!("quality-there-and-back", local, remote, time = or_dash(round_trip_ms.map(ms)))
        }
        None => guess.to_owned(),
    };
    vec![
        (word("quality-codec"), or_dash(codec)),
        (word("quality-path"), path),
        (word("quality-packets"), format!("{}, {}", stats.sent_packets, stats.received_packets)),
        (word("quality-packets-lost"), format!("{}, {}", stats.lost_packets, stats.late_packets)),
        (word("quality-made-up"), format!("{} ms", stats.concealed_ms)),
        (word("quality-jitter"), format!("{}, {}", ms(stats.jitter_ms), or_dash(evidence.peer_jitter_ms.map(ms)))),
        (word("quality-round-trip"), or_dash(stats.round_trip_ms.map(ms))),
        (word("quality-delay-from-mouth-to-ear"), or_dash(stats.delay.total_ms.map(ms))),
        (word("quality-at-the-microphone"), ms(stats.delay.microphone_ms)),
        (word("quality-collected-for-a-packet"), ms(stats.delay.packet_ms)),
        (word("quality-on-the-way"), or_dash(stats.delay.network_ms.map(ms))),
        (word("quality-in-the-buffer"), ms(stats.delay.jitter_buffer_ms)),
        (word("quality-at-the-loudspeaker"), ms(stats.delay.playback_ms)),
        (
            word("quality-estimate-e-model-here-there"),
            format!("{:.2}, {}", stats.mos, or_dash(evidence.peer_mos.map(|mos| format!("{mos:.2}")))),
        ),
        (word("quality-reports-of-the-other-side"), evidence.reports.to_string()),
        (word("quality-gaps-of-the-sound-device"), stats.underruns.to_string()),
        (
            word("quality-packets-refused"),
            (evidence.unknown_type_packets + evidence.not_authentic_packets + evidence.foreign_packets).to_string(),
        ),
    ]
}

/// The rate at which a codec takes sound in; G.722 says 8,000 in SDP for a reason of history (RFC 3551 section 4.5.2).
fn sampling(codec: &str) -> u32 {
    match codec {
        "opus" => 48,
        "G722" => 16,
        _ => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Evidence;

    #[test]
    fn each_direction_has_its_own_word() {
        let evidence = Evidence { peer_mos: Some(2.0), reports: 3, ..Evidence::default() };
        let stats = Stats { received_packets: 10, mos: 4.3, evidence, ..Stats::default() };
        let [heard, told] = both_ways(&stats);
        assert_eq!((heard.1.as_str(), heard.2), ("very good (4.3 of 4.5)", Some(true)));
        assert_eq!((told.1.as_str(), told.2), ("bad (2.0 of 4.5)", Some(false)));
    }

    #[test]
    fn the_way_is_told_without_the_names_of_protocols_before_advanced() {
        let path = |kind, server: Option<&str>| PathStats {
            kind,
            local: "host",
            remote: "srflx",
            server: server.map(std::sync::Arc::from),
            round_trip_ms: Some(12.0),
            consent_age_ms: None,
        };
        let told = |path: PathStats| {
            let stats = Stats { path: Some(Box::new(path)), ..Stats::default() };
            plain(&stats).into_iter().find(|(heading, _)| *heading == "Way").map(|(_, said)| said)
        };
        assert_eq!(
            told(path(PathKind::Relayed, Some("relay.example"))).as_deref(),
            Some("through the relay relay.example")
        );
        assert_eq!(told(path(PathKind::Relayed, None)).as_deref(), Some("through a relay of theirs"));
        for kind in [PathKind::Direct, PathKind::ThroughRouter, PathKind::Relayed] {
            let said = told(path(kind, None)).expect("a way");
            assert!(["ICE", "TURN", "STUN", "host", "srflx"].iter().all(|name| !said.contains(name)), "{said}");
        }
        assert!(plain(&Stats::default()).iter().all(|(heading, _)| *heading != "Way"), "nothing is guessed");
    }

    #[test]
    fn what_the_other_side_hears_is_unknown_where_its_phone_does_not_say() {
        let stats = Stats { received_packets: 10, mos: 4.3, ..Stats::default() };
        assert!(both_ways(&stats)[1].1.contains("unknown"));
        assert_eq!(both_ways(&stats)[1].2, None, "neither well nor bad");
        let silent = Stats { evidence: Evidence { silence_ms: 6_000, ..Evidence::default() }, ..stats };
        assert_eq!(both_ways(&silent)[0].2, Some(false), "the figures of the last seconds would call it good");
    }
}
