use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{Handset, HandsetEvent};
use crate::audio::frame::SILENCE;
use crate::audio::supervise::InUse;
use crate::audio::wav::{WavHeader, recording_header, recording_sample};
use crate::model::{DeviceRole, Processing};

const RAW: Processing = Processing { echo_cancellation: false, noise_suppression: false, gain_control: false };
const CALL: InUse = InUse { microphone: true, output: true, ring: false };

fn write_wav(path: &Path, samples: &[f32]) {
    let mut file = recording_header(2 * samples.len() as u32).to_vec();
    file.extend(samples.iter().flat_map(|sample| recording_sample(*sample)));
    fs::write(path, file).unwrap();
}

fn read_wav(path: &Path) -> Vec<f32> {
    let bytes = fs::read(path).unwrap();
    let header = WavHeader::parse(&bytes).unwrap();
    let mut mono = Vec::new();
    header.decode(&bytes[header.data_start..header.data_start + header.data_bytes as usize], &mut mono);
    mono
}

fn until<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        std::thread::yield_now();
    }
}

fn device(path: &Path) -> String {
    format!("file:{}", path.display())
}

#[test]
fn a_file_is_heard_from_its_start_in_each_call_and_then_silence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.wav");
    write_wav(&path, &(0..960).map(|n| 0.1 + n as f32 / 2_000.0).collect::<Vec<_>>());
    let mut handset = Handset::start(&device(&path), "null", "null", RAW).unwrap();
    let mut frame = SILENCE;
    handset.read(&mut frame);
    assert_eq!(frame, SILENCE, "nothing is read while no call needs it");
    for _call in 0..2 {
        handset.set_in_use(CALL);
        until("the file begins", || {
            handset.read(&mut frame);
            (frame[0] != 0.0).then_some(())
        });
        assert!((frame[0] - 0.1).abs() < 1e-3 && (frame[479] - 0.3395).abs() < 1e-3);
        handset.read(&mut frame);
        assert!((frame[0] - 0.34).abs() < 1e-3, "the next frame follows without a gap");
        handset.read(&mut frame);
        assert_eq!(frame, SILENCE);
        handset.set_in_use(InUse::default());
    }
    assert_eq!(handset.underruns(), 0);
}

#[test]
fn a_looped_file_starts_again_at_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.wav");
    write_wav(&path, &[0.25; 700]);
    let mut handset = Handset::start(&format!("{}?loop", device(&path)), "null", "null", RAW).unwrap();
    handset.set_in_use(CALL);
    let mut frame = SILENCE;
    until("the file begins", || {
        handset.read(&mut frame);
        (frame[0] != 0.0).then_some(())
    });
    // The test reads faster than real time: a frame that the reader has not brought yet is silence, never half a frame.
    for _ in 0..20 {
        until("the loop goes on", || {
            handset.read(&mut frame);
            (frame[0] != 0.0).then_some(())
        });
        assert!(frame.iter().all(|sample| (sample - 0.25).abs() < 1e-3));
    }
}

#[test]
fn a_recording_is_valid_at_any_moment_and_goes_on_in_the_next_call() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.wav");
    let mut handset = Handset::start("null", &device(&path), "null", RAW).unwrap();
    handset.set_in_use(CALL);
    until("the recording grows", || {
        handset.write(&[0.5; 480], None);
        (path.exists() && fs::metadata(&path).unwrap().len() > 44 && !read_wav(&path).is_empty()).then_some(())
    });
    handset.set_in_use(InUse::default());
    until("the recording is closed", || {
        let _ = handset.poll_event();
        matches!(handset.output, super::Sink::Nothing).then_some(())
    });
    let before = read_wav(&path).len();
    assert!(before > 0);
    handset.set_in_use(CALL);
    until("the recording goes on", || {
        handset.write(&[-0.5; 480], None);
        (read_wav(&path).len() > before).then_some(())
    });
    drop(handset);
    let samples = read_wav(&path);
    assert!(samples[..before].iter().all(|sample| (sample - 0.5).abs() < 1e-3));
    assert!(samples[before..].iter().all(|sample| (sample + 0.5).abs() < 1e-3));
}

#[test]
fn ringing_on_the_loudspeakers_own_device_is_mixed_into_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.wav");
    let mut handset = Handset::start("null", &device(&path), &device(&path), RAW).unwrap();
    handset.set_in_use(InUse { microphone: false, output: true, ring: true });
    until("the recording grows", || {
        handset.write(&[0.25; 480], Some(&[0.125; 480]));
        (path.exists() && fs::metadata(&path).unwrap().len() > 44).then_some(())
    });
    drop(handset);
    assert!(read_wav(&path).iter().all(|sample| (sample - 0.375).abs() < 1e-3));
}

#[test]
fn a_microphone_that_cannot_be_opened_is_told_once_and_silence_is_sent() {
    let mut handset = Handset::start("file:/nowhere/at/all.wav", "null", "null", RAW).unwrap();
    handset.set_in_use(CALL);
    let sentence = until("a problem is told", || match handset.poll_event() {
        Some(HandsetEvent::Problem(Some(problem))) => Some(problem.text),
        Some(HandsetEvent::Problem(None) | HandsetEvent::Devices(_)) | None => None,
    });
    assert!(sentence.contains("silence"), "{sentence}");
    let mut frame = [1.0; 480];
    handset.read(&mut frame);
    assert_eq!(frame, SILENCE);
    handset.set_devices(DeviceRole::Input, ["null"]);
    until("the problem ends", || (handset.poll_event() == Some(HandsetEvent::Problem(None))).then_some(()));
}

#[test]
fn the_meters_show_what_was_played() {
    let mut handset = Handset::start("null", "null", "null", RAW).unwrap();
    handset.set_in_use(CALL);
    handset.write(&[0.5; 480], None);
    assert_eq!(handset.meters().output, 0.5);
    assert_eq!(handset.meters().input, 0.0);
}

#[test]
fn the_first_news_of_the_devices_names_those_in_use_and_rings_the_bell() {
    let mut handset = Handset::start("null", "file:/nowhere/out.wav", "default", RAW).unwrap();
    let (bell, rung) = std::sync::mpsc::channel();
    handset.set_bell(move || {
        let _ = bell.send(());
    });
    let devices = until("the devices are told", || {
        rung.recv_timeout(Duration::from_secs(10)).unwrap();
        match handset.poll_event() {
            Some(HandsetEvent::Devices(devices)) => Some(devices),
            Some(HandsetEvent::Problem(_)) | None => None,
        }
    });
    assert_eq!((&*devices.input, &*devices.output, &*devices.ring), ("null", "file:/nowhere/out.wav", "default"));
}
