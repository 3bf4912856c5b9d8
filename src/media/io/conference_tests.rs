//! Conferences and recordings with real sockets, threads and files.

use std::net::Ipv4Addr;
use std::path::Path;

use super::tests::{Side, recorded, towards, write_tone_at};
use super::*;
use crate::media::testing::tone_level;
use crate::media::{Command, RecordOrder, RecordingNews, RecordingWish};
use crate::model::{CallId, ConferenceId, Recorded, RecordingChannels, RecordingFormat};
use crate::sdp::Codec;

const K: ConferenceId = ConferenceId(1);
const OURS: f32 = 500.0;
/// Six of them together stay below what is bent, so that every tone found was sent.
const LEVEL: f32 = 0.1;

/// Each party's tone and codec: rates and codecs differ.
const PARTIES: [(f32, Codec); 6] = [
    (700.0, Codec::Opus),
    (900.0, Codec::G722),
    (1_150.0, Codec::Pcmu),
    (1_450.0, Codec::Pcma),
    (1_800.0, Codec::Opus),
    (2_300.0, Codec::G722),
];

struct Room {
    host: Side,
    parties: Vec<Side>,
    folder: tempfile::TempDir,
}

impl Room {
    /// A host and its calls with everybody, by themselves.
    fn of(parties: &[(f32, Codec)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let device = |name: &str| format!("file:{}", file(name).display());
        write_tone_at(&file("host.wav"), OURS, LEVEL);
        let mut host = Side::new(&format!("{}?loop", device("host.wav")), &device("heard-host.wav"), 99);
        let mut sides = Vec::new();
        for (n, (hz, codec)) in parties.iter().enumerate() {
            let (input, output) = (format!("{n}.wav"), format!("heard-{n}.wav"));
            write_tone_at(&file(&input), *hz, LEVEL);
            let mut side = Side::new(&format!("{}?loop", device(&input)), &device(&output), n as u8);
            let (here, there) =
                (host.open(n as u64, Ipv4Addr::LOCALHOST.into()), side.open(1, Ipv4Addr::LOCALHOST.into()));
            let start = |call: u64, to| Command::Start { call: CallId(call), plan: Arc::new(towards(to, *codec)) };
            host.commands.send(start(n as u64, there)).unwrap();
            side.commands.send(start(1, here)).unwrap();
            sides.push(side);
        }
        Self { host, parties: sides, folder }
    }

    fn tell(&self, command: Command) {
        self.host.commands.send(command).unwrap();
    }

    fn join(&self, call: usize) {
        self.tell(Command::Join { call: CallId(call as u64), conference: K });
    }

    /// Lets so many more packets of 20 ms reach this party.
    fn wait(&mut self, party: usize, packets: u64) {
        let mut from = None;
        self.parties[party].until("packets", |event| match event {
            Event::Stats { stats, .. } => {
                let from = *from.get_or_insert(stats.received_packets);
                (stats.received_packets >= from + packets).then_some(())
            }
            _ => None,
        });
    }

    /// What a party has heard in the last half second, as the levels of all tones and of ours.
    fn last_heard(&self, party: usize) -> Vec<f32> {
        let sound = recorded(&self.folder.path().join(format!("heard-{party}.wav")));
        let sound = &sound[sound.len().saturating_sub(24_000)..];
        PARTIES.iter().map(|(hz, _)| tone_level(sound, *hz)).chain([tone_level(sound, OURS)]).collect()
    }

    fn end(self) -> tempfile::TempDir {
        self.host.end();
        self.parties.into_iter().for_each(Side::end);
        self.folder
    }
}

fn levels(sound: &[f32]) -> Vec<f32> {
    PARTIES.iter().map(|(hz, _)| tone_level(sound, *hz)).chain([tone_level(sound, OURS)]).collect()
}

fn check(heard: &[f32], present: &[usize], what: &str) {
    for (n, level) in heard.iter().enumerate() {
        if present.contains(&n) {
            assert!(*level > 0.05, "{what}: {n} is missing: {heard:?}");
        } else {
            assert!(*level < 0.006, "{what}: {n} is heard: {heard:?}");
        }
    }
}

#[test]
fn six_parties_with_four_codecs_each_hear_the_five_others_and_us() {
    let mut room = Room::of(&PARTIES);
    (0..6).for_each(|call| room.join(call));
    (0..6).for_each(|party| room.wait(party, 75));
    let folder = room.end();
    for party in 0..6 {
        let others: Vec<usize> = (0..7).filter(|other| *other != party).collect();
        check_somewhere(&folder.path().join(format!("heard-{party}.wav")), &others);
    }
    check_somewhere(&folder.path().join("heard-host.wav"), &[0, 1, 2, 3, 4, 5]);
}

/// On a busy machine there are gaps: some half second of the recording has everybody, and none has anybody else.
fn check_somewhere(path: &Path, present: &[usize]) {
    let sound = recorded(path);
    assert!(sound.iter().all(|sample| sample.abs() < 0.999), "nothing clips");
    let windows: Vec<Vec<f32>> = sound.windows(24_000).step_by(6_000).map(levels).collect();
    let all = |heard: &Vec<f32>| present.iter().all(|n| heard[*n] > 0.05);
    let whole: Vec<&Vec<f32>> = windows.iter().filter(|heard| all(heard)).collect();
    assert!(!whole.is_empty(), "{}: not all are heard: {windows:?}", path.display());
    for heard in whole {
        check(heard, present, &path.display().to_string());
    }
}

#[test]
fn whoever_leaves_is_by_itself_and_our_mute_leaves_the_others_their_voices() {
    let mut room = Room::of(&PARTIES[..3]);
    room.join(0);
    room.join(1);
    room.wait(0, 60);
    check(&room.last_heard(0), &[1, 6], "two joined and one beside");
    check(&room.last_heard(2), &[6], "beside");
    room.join(2);
    room.tell(Command::Mute { call: CallId(0), muted: true });
    room.wait(0, 75);
    check(&room.last_heard(0), &[1, 2], "joined later, and we are mute for the first");
    room.tell(Command::MuteParty { call: CallId(1), muted: true });
    room.tell(Command::Leave { call: CallId(2) });
    room.wait(0, 75);
    check(&room.last_heard(0), &[], "one is muted, one has left, and so have we fallen silent");
    room.wait(2, 1);
    check(&room.last_heard(2), &[6], "by itself again");
    room.end();
}

fn record(what: Recorded, folder: &Path, format: RecordingFormat) -> Command {
    let channels = RecordingChannels::Stereo;
    let wish = RecordingWish { folder: folder.into(), name: "kept".into(), format, channels, beep: false };
    Command::Record { what, order: RecordOrder::Start(Box::new(wish)) }
}

/// Both channels of a stereo WAV file.
fn sides(path: &str) -> [Vec<f32>; 2] {
    let bytes = std::fs::read(path).unwrap();
    [0, 2].map(|at| {
        let sample = |block: &[u8]| f32::from(i16::from_le_bytes([block[at], block[at + 1]])) / 32_768.0;
        bytes[44..].chunks_exact(4).map(sample).collect()
    })
}

#[test]
fn a_recording_holds_us_on_the_left_and_them_on_the_right() {
    let mut room = Room::of(&PARTIES[..2]);
    let place = room.folder.path().join("recordings");
    room.tell(record(Recorded::Call(CallId(1)), &place, RecordingFormat::Wav));
    let mut file = String::new();
    room.host.until("the file", |event| match event {
        Event::Recording { what: Recorded::Call(CallId(1)), news: RecordingNews::Started { file: started } } => {
            file = started.to_string();
            Some(())
        }
        _ => None,
    });
    room.wait(1, 75);
    // The call ends: so does its recording, and the file is whole.
    room.tell(Command::Close { call: CallId(1) });
    room.host.until("the end", |event| match event {
        Event::Recording { news: RecordingNews::Ended { file: Some(ended), problem: None }, .. } => {
            assert_eq!(**ended, *file);
            Some(())
        }
        _ => None,
    });
    let [ours, theirs] = sides(&file);
    check(&levels(&ours[24_000..48_000]), &[6], "left");
    check(&levels(&theirs[24_000..48_000]), &[1], "right");
    room.end();
}

#[test]
fn a_recorded_conference_holds_everybody_and_is_whole_when_the_program_ends() {
    let mut room = Room::of(&PARTIES[..3]);
    (0..3).for_each(|call| room.join(call));
    let place = room.folder.path().join("recordings");
    room.tell(record(Recorded::Conference(K), &place, RecordingFormat::Wav));
    room.wait(0, 100);
    let folder = room.end();
    let [ours, theirs] = sides(&folder.path().join("recordings/kept.wav").to_string_lossy());
    check(&levels(&ours[24_000..48_000]), &[6], "left");
    check(&levels(&theirs[24_000..48_000]), &[0, 1, 2], "right");
}
