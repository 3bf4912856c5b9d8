//! Digits by each of the three ways, heard by phones that are not ours.

use std::time::Duration;

use crate::real::tone::Recording;
use crate::real::{Ear, Peer, Phone, PhoneOptions, Profile, Script, Tandem, World, eventually};

const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn events_count_in_the_clock_of_the_codec_beside_them() {
    let world = World::start();
    let ear = Ear::open();
    let answer = "v=0\no=peer 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [media_ip]\nt=0 0\nm=audio [rtp] RTP/AVP 96 97\n\
                  a=rtpmap:96 opus/48000/2\na=rtpmap:97 telephone-event/48000\na=fmtp:97 0-15\n";
    let offered = [("body", "telephone-event/48000")];
    let bob = Script::waits_for("INVITE", &offered).answers(answer).hears_hang_up();
    let bob = Peer::awaits(&world, "bob", ear.port, bob);
    let profile = Profile { transport: "udp", codecs: &["opus"], ..Default::default() };
    let alice = Tandem::online(&world, "alice", &profile);
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    eventually("sound", PATIENCE, || ear.packets().iter().any(|packet| packet.payload_type == 96).then_some(()));
    alice.ctl("dtmf", &[("call", &call), ("digits", "5#")]);
    let ends = || {
        let events = ear.packets().into_iter().filter(|packet| packet.payload_type == 97 && packet.payload.len() == 4);
        events.filter(|packet| packet.payload[1] & 0x80 != 0).collect::<Vec<_>>()
    };
    eventually("two digits, each with its end three times", PATIENCE, || (ends().len() == 6).then_some(()));
    let ends = ends();
    let digits: Vec<u8> = ends.iter().map(|packet| packet.payload[0]).collect();
    assert_eq!(digits, [5, 5, 5, 11, 11, 11], "RFC 4733 section 2.5.1.4: the end is sent three times");
    for end in &ends {
        let units = u16::from_be_bytes([end.payload[2], end.payload[3]]);
        // At 8000 Hz the same digit would count to 1,600 at most.
        assert!((1_920..=24_000).contains(&units), "40 ms to half a second at 48 kHz: {units}");
    }
    assert!(ends[..3].iter().all(|end| end.timestamp == ends[0].timestamp), "the time of the digit's start");
    // From one digit's start to the next the clock runs at 48 kHz, as that of the sound does.
    let (ticks, time) = (ends[3].timestamp.wrapping_sub(ends[0].timestamp), ends[3].at.duration_since(ends[0].at));
    let rate = f64::from(ticks) / time.as_secs_f64();
    assert!((24_000.0..96_000.0).contains(&rate), "{rate} Hz");
    alice.ctl("hangup", &[("call", &call)]);
    bob.finish();
}

/// RFC 4733 section 2.1 wants the clock of the sound; a peer that has digits on another one only is obeyed.
#[test]
fn a_peer_that_has_digits_on_a_clock_of_its_own_gets_them_on_that_one() {
    let world = World::start();
    let profile = Profile { transport: "udp", codecs: &["opus", "PCMU"], ..Default::default() };
    let alice = Tandem::online(&world, "alice", &profile);
    for (sound, clock) in [("opus/48000/2", 16_000_u32), ("opus/48000/2", 32_000), ("PCMU/8000", 16_000)] {
        let ear = Ear::open();
        let offer = format!(
            "v=0\no=peer 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [media_ip]\nt=0 0\nm=audio [rtp] RTP/AVP 96 97\n\
             a=rtpmap:96 {sound}\na=rtpmap:97 telephone-event/{clock}\na=fmtp:97 0-15\n"
        );
        let taken = format!("a=rtpmap:97 telephone-event/{clock}");
        let script = Script::calls(&[], &offer).hears_answer(&[("body", &taken)]).hears_hang_up();
        let bob = Peer::calls(&world, "bob", "alice", ear.port, script);
        let call = alice.wait_ringing()["id"].as_str().unwrap().to_owned();
        alice.ctl("answer", &[("call", &call)]);
        alice.wait_call_state(&call, "active");
        eventually("sound", PATIENCE, || ear.packets().iter().any(|packet| packet.payload_type == 96).then_some(()));
        alice.ctl("dtmf", &[("call", &call), ("digits", "7")]);
        let end = eventually("the end of the digit", PATIENCE, || {
            let events =
                ear.packets().into_iter().filter(|packet| packet.payload_type == 97 && packet.payload.len() == 4);
            events.filter(|packet| packet.payload[1] & 0x80 != 0).nth(2)
        });
        let units = u32::from(u16::from_be_bytes([end.payload[2], end.payload[3]]));
        assert_eq!(end.payload[0], 7);
        assert!((clock / 25..=clock / 2).contains(&units), "40 ms to half a second at {clock} Hz: {units}");
        alice.ctl("hangup", &[("call", &call)]);
        bob.finish();
    }
}

#[test]
fn complaint_49_a_phone_gets_our_digits_by_info() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile { voice: "dtmf = \"info\"", ..Default::default() });
    let bob = Phone::start(&world, "bob", PhoneOptions { answers: true, ..Default::default() });
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    bob.wait_event("CALL_ESTABLISHED");
    alice.ctl("dtmf", &[("call", &call), ("digits", "12#9")]);
    eventually("the digits", PATIENCE, || (bob.digits() == "12#9").then_some(()));
}

/// The digits whose two tones are heard, one after the other.
fn heard(recording: &Recording) -> String {
    const LOW: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
    const HIGH: [f64; 3] = [1209.0, 1336.0, 1477.0];
    const KEYS: [&str; 4] = ["123", "456", "789", "*0#"];
    let window = recording.rate as usize / 25;
    let mut digits = String::new();
    let mut last = None;
    for part in recording.samples.chunks_exact(window) {
        let part = Recording { rate: recording.rate, samples: part.to_vec() };
        let share = |hz: f64| part.tone(hz, Duration::from_secs(1)).0;
        let best = |tones: &[f64]| {
            let at = (0..tones.len()).max_by(|a, b| share(tones[*a]).total_cmp(&share(tones[*b])))?;
            (share(tones[at]) > 0.25).then_some(at)
        };
        let digit = best(&LOW).zip(best(&HIGH)).and_then(|(row, column)| KEYS[row].chars().nth(column));
        if digit != last {
            digits.extend(digit);
            last = digit;
        }
    }
    digits
}

#[test]
fn a_phone_hears_our_digits_in_the_sound() {
    let world = World::start();
    let profile = Profile { voice: "dtmf = \"inband\"", codecs: &["pcmu"], ..Default::default() };
    let alice = Tandem::online(&world, "alice", &profile);
    let bob = Phone::start(&world, "bob", PhoneOptions { answers: true, codecs: "pcmu", ..Default::default() });
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    bob.wait_event("CALL_ESTABLISHED");
    alice.ctl("dtmf", &[("call", &call), ("digits", "159#")]);
    eventually("the digits", PATIENCE, || (heard(&bob.heard()?) == "159#").then_some(()));
    assert_eq!(bob.digits(), "", "no events beside the tones");
}
