use std::time::Duration;

use super::{Health, Surroundings, is_dead};
use crate::model::{
    AccountId, BootTime, Call, CallId, CallState, DeviceTrouble, Direction, Evidence, MediaDirection, MediaEncryption,
    MediaInfo, Now, PathKind, PathStats, Peer, PeerGrade, PeerSign, Route, Stats, WallTime, Weight,
};

fn call() -> Call {
    let peer = Peer {
        uri: "sip:bob@example.com".into(),
        display: "Bob".into(),
        jid: None,
        grade: PeerGrade::Unknown,
        evidence: Vec::new(),
    };
    let route = Route { rule: "".into() };
    let wall = WallTime::from_unix_ms(0);
    let account = AccountId::new("voice");
    let mut call = Call::new(CallId(1), Direction::Outgoing, CallState::Active, account, peer, route, wall);
    call.media = Some(MediaInfo {
        codec: "opus".into(),
        clock_hz: 48_000,
        encryption: MediaEncryption::None,
        direction: MediaDirection::SendRecv,
    });
    call
}

/// A call that goes well, in its `second`.
fn well(second: u64) -> Stats {
    let evidence = Evidence {
        silence_ms: 20,
        reports: second / 5,
        report_age_ms: Some(1_000),
        acknowledged: true,
        peer_loss_percent: Some(0.0),
        microphone_peak: 0.01,
        voice_peak: 0.01,
        microphone_open: true,
        ..Evidence::default()
    };
    Stats { sent_packets: second * 50, received_packets: second * 50, mos: 4.3, evidence, ..Stats::default() }
}

const HOME: Surroundings<'static> = Surroundings { microphone: "Headset", local_private: false };

struct Watch {
    health: Health,
    call: Call,
    second: u64,
    around: Surroundings<'static>,
}

impl Watch {
    fn new() -> Self {
        Self { health: Health::default(), call: call(), second: 10, around: HOME }
    }

    /// Seconds pass in which the numbers are changed like this; what is newly told, with its second from the start.
    fn pass(&mut self, seconds: u64, change: impl Fn(&mut Stats, u64)) -> Vec<(u64, &'static str)> {
        let mut told = Vec::new();
        for n in 0..seconds {
            self.second += 1;
            let mut stats = well(self.second);
            change(&mut stats, n);
            let now = Now { boot: BootTime::from_duration(Duration::from_secs(self.second)), ..Now::default() };
            let fresh = self.health.observe(&self.call, &stats, self.around, now);
            told.extend(fresh.iter().map(|trouble| (n, trouble.code)));
        }
        told
    }

    fn codes(&self) -> Vec<&'static str> {
        self.health.troubles().iter().map(|trouble| trouble.code).collect()
    }

    fn text(&self) -> &str {
        &self.health.troubles()[0].text
    }

    fn remedy(&self) -> &str {
        &self.health.troubles()[0].remedy
    }
}

#[test]
fn a_call_that_goes_well_has_no_troubles() {
    let mut watch = Watch::new();
    assert!(watch.pass(60, |_, _| {}).is_empty());
    assert!(watch.codes().is_empty());
}

#[test]
fn f16_silence_is_told_with_its_cause_within_five_seconds_and_is_over_at_once() {
    type Change = fn(&mut Stats, u64);
    let silent: Change = |stats, n| stats.evidence.silence_ms = n * 1_000;
    let rows: [(&str, &str, Change); 5] = [
        ("nothing-received", "their phone is still there", |_, _| {}),
        ("nothing-both-ways", "interrupted", |stats, _| stats.evidence.report_age_ms = Some(20_000)),
        ("wrong-format", "not agreed on", |stats, n| stats.evidence.unknown_type_packets = n * 50),
        ("wrong-keys", "cannot be decrypted", |stats, n| stats.evidence.not_authentic_packets = n * 50),
        ("foreign-source", "not theirs", |stats, n| stats.evidence.foreign_packets = n * 50),
    ];
    for (code, words, change) in rows {
        let mut watch = Watch::new();
        let told = watch.pass(8, |stats, n| {
            silent(stats, n);
            change(stats, n);
        });
        assert_eq!(told, [(5, code)], "once, in the fifth second");
        assert!(watch.text().contains(words), "{}", watch.text());
        assert!(watch.remedy().len() > 20);
        watch.pass(1, |_, _| {});
        assert!(watch.codes().is_empty(), "{code}: sound is back");
    }
}

#[test]
fn their_phone_is_said_to_be_there_only_when_it_said_something_during_the_silence() {
    for (age_at_5, code) in [(1_000, "nothing-received"), (4_900, "nothing-both-ways"), (9_000, "nothing-both-ways")] {
        let mut watch = Watch::new();
        let told = watch.pass(6, |stats, n| {
            stats.evidence.silence_ms = n * 1_000;
            stats.evidence.report_age_ms = Some(age_at_5);
        });
        assert_eq!(told, [(5, code)], "a report {age_at_5} ms ago");
    }
}

#[test]
fn they_cannot_hear_you_is_told_when_nothing_that_is_sent_is_acknowledged() {
    let mut watch = Watch::new();
    let told = watch.pass(4, |stats, _| {
        stats.evidence.acknowledged = false;
        stats.evidence.deaf_reports = 1;
    });
    assert_eq!(told, [(0, "not-acknowledged")]);
    assert_eq!(watch.text(), "They cannot hear you: nothing that you send is being acknowledged.");
    watch.pass(1, |_, _| {});
    assert!(watch.codes().is_empty());
    // Once heard, one report without news may be chance.
    assert!(watch.pass(5, |stats, _| stats.evidence.deaf_reports = 1).is_empty());
    assert_eq!(watch.pass(2, |stats, _| stats.evidence.deaf_reports = 2), [(0, "not-acknowledged")]);
    assert!(watch.text().contains("any more"));
}

/// Nothing of the other side's reports is there.
fn unreported(stats: &mut Stats) {
    stats.evidence.reports = 0;
    stats.evidence.report_age_ms = None;
    stats.evidence.acknowledged = false;
    stats.evidence.peer_loss_percent = None;
}

/// Their device last confirmed our packets so long ago, milliseconds.
fn consents(stats: &mut Stats, consent_age_ms: Option<u64>) {
    let (kind, local, remote) = (PathKind::Direct, "host", "host");
    let path = PathStats { kind, local, remote, server: None, round_trip_ms: Some(20.0), consent_age_ms };
    stats.path = Some(Box::new(path));
}

#[test]
fn without_reports_nobody_claims_to_know_what_they_hear_and_that_is_said() {
    let mut watch = Watch::new();
    let told = watch.pass(30, |stats, _| unreported(stats));
    assert_eq!(told, [(4, "unreported")], "once, after fifteen seconds of sound");
    assert_eq!(watch.health.troubles()[0].weight, Weight::Note, "nothing is wrong with it");
    assert!(watch.text().starts_with("Whether they hear you cannot be told"), "{}", watch.text());
    assert!(watch.remedy().contains("Your microphone works"), "{}", watch.remedy());
    // Where checks go both ways, at least the packets are known to arrive.
    watch.pass(1, |stats, _| {
        unreported(stats);
        consents(stats, Some(4_000));
    });
    assert!(watch.text().starts_with("What you send reaches their device"), "{}", watch.text());
    // A consent of half a minute ago says nothing any more.
    watch.pass(1, |stats, _| {
        unreported(stats);
        consents(stats, Some(16_000));
    });
    assert!(watch.text().starts_with("Whether they hear you"), "{}", watch.text());
    // Whoever is muted asks nothing, and the first report answers.
    watch.call.muted = true;
    watch.pass(1, |stats, _| unreported(stats));
    assert!(watch.codes().is_empty());
    watch.call.muted = false;
    watch.pass(1, |_, _| {});
    assert!(watch.codes().is_empty());
}

#[test]
fn whose_device_confirms_our_packets_is_there_although_nothing_is_heard_of_it() {
    for (age, code) in
        [(Some(1_000), "nothing-received"), (Some(4_500), "nothing-both-ways"), (None, "nothing-both-ways")]
    {
        let mut watch = Watch::new();
        watch.pass(6, |stats, n| {
            unreported(stats);
            stats.evidence.silence_ms = n * 1_000;
            consents(stats, age);
        });
        assert_eq!(watch.codes(), [code], "{age:?}");
    }
}

#[test]
fn when_nothing_arrives_their_phone_is_asked_and_what_it_says_is_told() {
    let lost = |stats: &mut Stats, n: u64| {
        unreported(stats);
        stats.evidence.silence_ms = 5_000 + n * 1_000;
    };
    let mut watch = Watch::new();
    let at = |second| Now { boot: BootTime::from_duration(Duration::from_secs(second)), ..Now::default() };
    assert!(!watch.health.wants_to_ask(at(10)), "all is well");
    watch.pass(1, lost);
    assert!(watch.health.wants_to_ask(at(11)));
    assert!(!watch.health.wants_to_ask(at(25)), "not all the time");
    for (sign, words, remedy) in [
        (PeerSign::There, "their phone is still in the call", "firewall or a router"),
        (PeerSign::Silent, "does not answer either", "their network has probably failed"),
    ] {
        watch.health.note_peer(sign);
        watch.pass(1, lost);
        assert!(watch.text().contains(words), "{}", watch.text());
        assert!(watch.remedy().contains(remedy), "{}", watch.remedy());
    }
    assert!(watch.health.wants_to_ask(at(26)), "again, it may have come back");
    // Sound is back: what was said is of yesterday.
    watch.pass(1, |_, _| {});
    assert!(watch.codes().is_empty() && !watch.health.wants_to_ask(at(60)));
    watch.health.note_peer(PeerSign::Silent);
    watch.pass(1, lost);
    assert!(watch.text().starts_with("The connection is interrupted"), "{}", watch.text());
}

#[test]
fn a_router_is_suspected_where_the_addresses_say_so() {
    for (local, peer, words) in
        [(false, true, "home network"), (true, false, "behind a router"), (true, true, "firewall")]
    {
        let mut watch = Watch::new();
        watch.around.local_private = local;
        watch.pass(6, |stats, n| {
            stats.received_packets = 0;
            stats.evidence.silence_ms = n * 1_000;
            stats.evidence.report_age_ms = None;
            stats.evidence.peer_private = peer;
        });
        assert_eq!(watch.codes(), ["nothing-both-ways"]);
        assert!(watch.remedy().contains(words), "{}", watch.remedy());
    }
}

#[test]
fn hold_is_no_silence_and_begins_anew_afterwards() {
    let silent = |stats: &mut Stats, n: u64| stats.evidence.silence_ms = n * 1_000;
    for (state, held_by_peer) in [(CallState::Held, false), (CallState::Active, true)] {
        let mut watch = Watch::new();
        watch.call.state = state;
        watch.call.held_by_peer = held_by_peer;
        assert!(watch.pass(90, silent).is_empty());
    }
    let mut watch = Watch::new();
    watch.call.media.as_mut().unwrap().direction = MediaDirection::SendOnly;
    assert!(watch.pass(90, silent).is_empty(), "agreed on");
}

#[test]
fn a_microphone_that_gives_zeros_is_told_and_one_that_is_muted_or_meant_to_be_silent_is_not() {
    let dead = |stats: &mut Stats, _: u64| {
        stats.evidence.microphone_peak = 0.0;
        stats.evidence.voice_peak = 0.0;
    };
    let mut watch = Watch::new();
    assert_eq!(watch.pass(8, dead), [(4, "microphone-silent")]);
    assert!(watch.text().contains("Headset"));
    watch.call.muted = true;
    watch.pass(1, dead);
    assert!(watch.codes().is_empty());
    for named in ["null", "file:/tmp/announcement.wav"] {
        let mut watch = Watch::new();
        watch.around.microphone = named;
        assert!(watch.pass(20, dead).is_empty());
    }
    let mut watch = Watch::new();
    assert_eq!(watch.pass(5, |stats, _| stats.evidence.microphone_open = false), [(1, "microphone-gone")]);
}

#[test]
fn you_are_speaking_while_muted_is_said_for_speech_and_not_for_a_click() {
    let mut watch = Watch::new();
    watch.call.muted = true;
    let click = |stats: &mut Stats, n: u64| stats.evidence.voice_peak = if n == 3 { 0.6 } else { 0.01 };
    assert!(watch.pass(10, click).is_empty(), "a click of one second");
    assert_eq!(watch.pass(3, |stats, _| stats.evidence.voice_peak = 0.3), [(1, "speaking-muted")]);
    watch.pass(3, |_, _| {});
    assert_eq!(watch.codes(), ["speaking-muted"], "between two sentences it stays");
    watch.pass(2, |_, _| {});
    assert!(watch.codes().is_empty());
}

#[test]
fn a_bad_network_is_told_after_a_while_and_does_not_flicker() {
    let mut watch = Watch::new();
    let bursts = |stats: &mut Stats, n: u64| stats.loss_percent = if n.is_multiple_of(2) { 12.0 } else { 0.0 };
    assert!(watch.pass(20, bursts).is_empty(), "every other second is no state");
    assert_eq!(watch.pass(6, |stats, _| stats.loss_percent = 9.0), [(3, "losing-theirs")]);
    assert_eq!(watch.pass(6, |_, _| {}), []);
    assert_eq!(watch.codes(), ["losing-theirs"], "it may come back");
    let told = watch.pass(12, |stats, _| stats.evidence.peer_loss_percent = Some(25.0));
    assert_eq!(told, [(6, "losing-ours")]);
    assert_eq!(watch.text(), "They lose 25 % of what you say.");
}

#[test]
fn the_weightiest_trouble_comes_first() {
    let mut watch = Watch::new();
    watch.pass(10, |stats, n| {
        stats.loss_percent = 20.0;
        stats.round_trip_ms = Some(900.0);
        stats.underruns = n * 3;
        stats.evidence.microphone_peak = 0.0;
    });
    assert_eq!(watch.codes(), ["microphone-silent", "losing-theirs", "late", "stuttering"]);
}

#[test]
fn f16_only_a_call_without_any_sign_of_life_is_hung_up_and_never_a_held_one() {
    let patience = Duration::from_secs(45);
    let silent = |silence_ms, report_age_ms| Evidence { silence_ms, report_age_ms, ..Evidence::default() };
    let mut call = call();
    for (evidence, dead) in [
        (silent(44_000, None), false),
        (silent(45_000, None), true),
        (silent(60_000, Some(3_000)), false),
        (silent(60_000, Some(50_000)), true),
    ] {
        assert_eq!(is_dead(&call, &evidence, patience), dead, "{evidence:?}");
        assert!(!is_dead(&call, &evidence, Duration::ZERO), "the setting says never");
    }
    call.state = CallState::Held;
    assert!(!is_dead(&call, &silent(600_000, None), patience));
    call.state = CallState::Active;
    call.held_by_peer = true;
    assert!(!is_dead(&call, &silent(600_000, None), patience));
    call.held_by_peer = false;
    call.media.as_mut().unwrap().direction = MediaDirection::SendOnly;
    assert!(!is_dead(&call, &silent(600_000, None), patience));
}

/// Every cause of not being heard or not hearing: what is counted, the code, words of the sentence, words of the remedy.
#[test]
#[allow(clippy::too_many_lines, reason = "a table of causes")]
fn every_cause_of_a_call_in_which_somebody_is_not_heard_is_told_with_what_helps() {
    type Change = fn(&mut Watch, &mut Stats, u64);
    let rows: [(Change, &str, &str, &str); 18] = [
        (|_, s, _| s.evidence.deaf_reports = 2, "not-acknowledged", "cannot hear you any more", "firewall"),
        (
            |w, s, _| {
                w.call.muted = true;
                s.evidence.deaf_reports = 2;
            },
            "not-acknowledged",
            "you are muted, and nothing",
            "firewall",
        ),
        (
            |w, s, _| {
                w.around.local_private = true;
                s.evidence.deaf_reports = 2;
            },
            "not-acknowledged",
            "cannot hear you",
            "behind a router",
        ),
        (
            |_, s, _| {
                s.evidence.peer_private = true;
                s.evidence.deaf_reports = 2;
            },
            "not-acknowledged",
            "cannot hear you",
            "home network",
        ),
        (|_, s, n| silent(s, n, false, 500), "nothing-both-ways", "interrupted", "changed the network"),
        (|_, s, n| silent(s, n, false, 0), "nothing-both-ways", "You do not hear each other", "firewall"),
        (
            |w, s, n| {
                w.around.local_private = true;
                silent(s, n, false, 0);
            },
            "nothing-both-ways",
            "You do not hear each other",
            "media relay",
        ),
        (|_, s, n| silent(s, n, true, 500), "nothing-received", "do not hear them any more", "muted their phone"),
        (|_, s, n| silent(s, n, true, 0), "nothing-received", "You cannot hear them", "firewall"),
        (
            |_, s, n| {
                silent(s, n, true, 0);
                s.evidence.not_authentic_packets = n * 50;
            },
            "wrong-keys",
            "cannot be decrypted",
            "call again",
        ),
        (
            |_, s, n| {
                silent(s, n, true, 0);
                s.evidence.unknown_type_packets = n * 50;
            },
            "wrong-format",
            "not agreed on",
            "gateway",
        ),
        (
            |_, s, n| {
                silent(s, n, true, 0);
                s.evidence.foreign_packets = n * 50;
            },
            "foreign-source",
            "not theirs",
            "router on their side",
        ),
        (|_, s, _| no_microphone(s, DeviceTrouble::Gone), "microphone-gone", "“Headset” is gone", "Plug it in"),
        (
            |_, s, _| no_microphone(s, DeviceTrouble::Held),
            "microphone-gone",
            "another program holds",
            "End that program",
        ),
        (|_, s, _| no_microphone(s, DeviceTrouble::Forbidden), "microphone-gone", "does not let programs", "privacy"),
        (
            |w, s, _| {
                w.around.microphone = "default";
                no_microphone(s, DeviceTrouble::Absent);
            },
            "microphone-gone",
            "there is no microphone",
            "Plug one in",
        ),
        (
            |_, s, _| no_microphone(s, DeviceTrouble::Other("a card on fire".into())),
            "microphone-gone",
            "cannot be used",
            "choose another one",
        ),
        (
            |_, s, _| (s.evidence.microphone_peak, s.evidence.voice_peak) = (0.0, 0.0),
            "microphone-silent",
            "not even noise",
            "switched off",
        ),
    ];
    for (change, code, words, remedy) in rows {
        let mut watch = Watch::new();
        for second in 0..9 {
            watch.second += 1;
            let mut stats = well(watch.second);
            change(&mut watch, &mut stats, second);
            let now = Now { boot: BootTime::from_duration(Duration::from_secs(watch.second)), ..Now::default() };
            let _ = watch.health.observe(&watch.call, &stats, watch.around, now);
        }
        assert_eq!(watch.codes(), [code], "{words}");
        assert!(watch.text().contains(words), "{code}: {}", watch.text());
        assert!(watch.remedy().contains(remedy), "{code}: {}", watch.remedy());
        // Each of them is over at once when the call goes well again.
        watch.call.muted = false;
        watch.pass(1, |_, _| {});
        assert!(watch.codes().is_empty(), "{code}");
    }
}

/// Nothing comes for `n` seconds; with reports of the other side or without, after so many packets.
fn silent(stats: &mut Stats, n: u64, reports: bool, before: u64) {
    stats.evidence.silence_ms = n * 1_000;
    stats.received_packets = before;
    stats.evidence.report_age_ms = reports.then_some(1_000);
}

fn no_microphone(stats: &mut Stats, trouble: DeviceTrouble) {
    stats.evidence.microphone_open = false;
    stats.evidence.microphone_trouble = Some(trouble);
}
