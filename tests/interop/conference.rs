//! Six phones that are not ours, joined by us: each hears the five others and us, and not itself; and what was recorded.

use std::time::Duration;

use crate::real::{Phone, PhoneOptions, Profile, Tandem, World, eventually};

/// What alice's microphone hears.
const ALICE: f64 = 2503.0;

/// Who has which codec, and says which tone. No tone is a sum or difference of others, so that whatever bends where many
/// speak at once does not pass for one of them.
const PARTIES: [(&str, &str, f64); 6] = [
    ("bob", "opus/48000/2", 443.0),
    ("carol", "g722/16000/1", 617.0),
    ("dave", "pcmu", 823.0),
    ("erin", "pcma", 1097.0),
    ("frank", "opus/48000/2", 1451.0),
    ("grace", "pcmu", 1987.0),
];

/// The share of the sound's energy at which a tone counts as heard; six of them have about a seventh each.
const HEARD: f64 = 0.05;

#[test]
fn six_phones_each_hear_the_five_others_and_us_and_not_themselves() {
    let patience = Duration::from_secs(30);
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile { transport: "udp", tone: Some(ALICE), ..Default::default() });
    // What these phones played is not recorded any more once they were on hold.
    alice.ctl("set", &[("key", "calls.hold-others"), ("value", "false")]);
    alice.ctl("set", &[("key", "recording.format"), ("value", "wav")]);
    let mut phones = Vec::new();
    let mut calls = Vec::new();
    for (user, codecs, tone) in PARTIES {
        let options = PhoneOptions { codecs, tone: Some(tone), answers: true, ..Default::default() };
        phones.push(Phone::start(&world, user, options));
        let id = alice.call(&format!("sip:{user}@tandem.example"));
        alice.wait_call_state(&id, "active");
        calls.push(id);
    }
    let made = alice.ctl("conference", &[("action", "create"), ("calls", &calls.join(","))]);
    let conference = made["conference"].as_str().expect("its name").to_owned();
    let file = alice.ctl("record", &[("conference", &conference), ("state", "on")]);
    let file = file["file"].as_str().expect("the file").to_owned();
    for (at, phone) in phones.iter().enumerate() {
        let mut missing: Vec<f64> = PARTIES
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != at)
            .map(|(_, party)| party.2)
            .chain([ALICE])
            .collect();
        // On a busy machine a phone has gaps of its own: each voice counts once it was heard.
        eventually(&format!("everybody else at {}'s", PARTIES[at].0), patience, || {
            let heard = phone.heard()?;
            missing.retain(|hz| heard.tone(*hz, Duration::from_secs(1)).0 < HEARD);
            missing.is_empty().then_some(())
        });
        let own = phones[at].heard().expect("sound").tone(PARTIES[at].2, Duration::from_secs(1)).0;
        assert!(own < 0.01, "{} hears itself: {own}", PARTIES[at].0);
    }
    eventually("everybody at ours", patience, || {
        let heard = alice.heard()?;
        PARTIES.iter().all(|(_, _, hz)| heard.tone(*hz, Duration::from_secs(1)).0 > HEARD).then_some(())
    });
    eventually("seconds of the recording", patience, || {
        (std::fs::metadata(&file).ok()?.len() > 3 * 192_000).then_some(())
    });
    let ended = alice.ctl("record", &[("conference", &conference), ("state", "off")]);
    assert_eq!(ended["file"].as_str(), Some(&*file));
    let bytes = std::fs::read(&file).unwrap();
    let counted = u32::from_le_bytes(bytes[40..44].try_into().unwrap()) as usize;
    assert_eq!((bytes.len() - 44, bytes[22]), (counted, 2), "whole, and in stereo");
    assert!(counted > 2 * 192_000, "seconds of it");
    alice.ctl("conference", &[("action", "leave"), ("conference", &conference)]);
    for (call, phone) in calls.iter().zip(&phones) {
        phone.wait_event("CALL_CLOSED");
        let ended = alice.wait_call_state(call, "ended");
        assert_eq!(ended["recording"]["file"].as_str(), Some(&*file), "the history says where it is: {ended}");
    }
}

#[test]
fn calls_that_waited_for_each_other_hear_each_other_once_they_are_joined() {
    let patience = Duration::from_secs(30);
    let world = World::start();
    let with = |tone| Profile { transport: "udp", tone: Some(tone), ..Default::default() };
    let alice = Tandem::online(&world, "alice", &with(ALICE));
    let others = [("bob", 443.0), ("carol", 617.0)].map(|(user, tone)| {
        let other = Tandem::online(&world, user, &with(tone));
        let call = alice.call(&format!("sip:{user}@tandem.example"));
        let ringing = other.wait_ringing();
        other.ctl("answer", &[("call", ringing["id"].as_str().unwrap())]);
        alice.wait_call_state(&call, "active");
        (other, call, tone)
    });
    let [(_, first, _), (_, second, _)] = &others;
    alice.wait_call_state(first, "held");
    alice.ctl("conference", &[("action", "create"), ("calls", &format!("{first},{second}"))]);
    alice.wait_call_state(first, "active");
    for (other, _, own) in &others {
        let tones = [443.0, 617.0, ALICE].into_iter().filter(|hz| hz != own);
        for hz in tones {
            eventually("the others' voices", patience, || {
                (other.heard()?.tone(hz, Duration::from_secs(1)).0 > HEARD).then_some(())
            });
        }
        assert!(other.heard().expect("sound").tone(*own, Duration::from_secs(1)).0 < 0.01, "nobody hears themselves");
    }
    for (other, ..) in others {
        other.quit();
    }
    alice.quit();
}
