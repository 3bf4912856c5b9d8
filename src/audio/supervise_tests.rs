use std::sync::Arc;
use std::time::Duration;

use super::{InUse, Output, Supervisor, Wishes};
use crate::audio::name::DeviceName;
use crate::model::{BootTime, DeviceRole, Now};

/// Which device is opened for what, and the number of the attempt.
type Opening = (DeviceRole, DeviceName, u64);
/// A problem told, or that all is well.
type Told = Option<Arc<str>>;

fn at(seconds: u64) -> Now {
    Now { boot: BootTime::from_duration(Duration::from_secs(1_000 + seconds)), ..Now::default() }
}

fn headset() -> DeviceName {
    DeviceName::System("headset".into())
}

/// Answers every opening: only these devices are there. Gives what was opened and the last problem told.
fn serve(machine: &mut Supervisor, there: &[DeviceName], now: Now) -> (Vec<Opening>, Option<Told>) {
    let (mut opened, mut problem) = (Vec::new(), None);
    while let Some(output) = machine.poll_output() {
        match output {
            Output::Open { role, device, attempt, .. } => {
                let result = if there.contains(&device) { Ok(()) } else { Err("absent".into()) };
                if result.is_ok() {
                    opened.push((role, device, attempt));
                }
                machine.handle_opened(role, attempt, result, now);
            }
            Output::Close { .. } => {}
            Output::Problem(told) => problem = Some(told),
        }
    }
    (opened, problem)
}

fn in_a_call() -> (Supervisor, Vec<(DeviceRole, DeviceName, u64)>) {
    let mut machine = Supervisor::new();
    let in_use = InUse { microphone: true, output: true, ring: false };
    let wishes = Wishes { input: headset(), output: headset(), ring: headset(), in_use, call_number: 1 };
    machine.handle_wishes(&wishes, at(0));
    let (opened, problem) = serve(&mut machine, &[headset(), DeviceName::Default], at(0));
    assert_eq!((opened.len(), problem), (2, None));
    (machine, opened)
}

#[test]
fn a_lost_microphone_becomes_silence_and_a_lost_loudspeaker_the_default_until_the_headset_returns() {
    let (mut machine, opened) = in_a_call();
    for (role, _, attempt) in opened {
        machine.handle_lost(role, attempt, at(60));
    }
    let (opened, problem) = serve(&mut machine, &[DeviceName::Default], at(60));
    assert_eq!(opened.iter().map(|(role, ..)| *role).collect::<Vec<_>>(), [DeviceRole::Output]);
    assert_eq!(
        problem.flatten().as_deref(),
        Some(
            "The microphone “headset” cannot be used: the others hear silence until it is back. The speaker “headset” \
             cannot be used: sound goes to the default device until it is back. It is gone."
        ),
        "what it means, then why, once"
    );
    assert_eq!(machine.device(DeviceRole::Output), &DeviceName::Default);
    let due = machine.poll_timeout().unwrap();
    assert_eq!(due, at(62).boot);
    machine.handle_timeout(at(62));
    let (opened, problem) = serve(&mut machine, &[headset(), DeviceName::Default], at(62));
    assert_eq!(opened.len(), 2);
    assert_eq!(problem, Some(None), "all is well again");
    assert_eq!(machine.device(DeviceRole::Output), &headset());
}

#[test]
fn a_callback_that_stands_still_for_two_seconds_is_a_loss() {
    let (mut machine, opened) = in_a_call();
    let (role, _, attempt) = opened[1].clone();
    machine.handle_beats(role, attempt, 100, at(10));
    machine.handle_beats(role, attempt, 100, at(12));
    assert!(machine.poll_output().is_none());
    machine.handle_beats(role, attempt, 100, at(13));
    assert_eq!(machine.poll_output(), Some(Output::Close { role }));
}

#[test]
fn nothing_is_open_when_nobody_needs_it_and_the_old_news_of_a_stream_is_ignored() {
    let (mut machine, opened) = in_a_call();
    let wishes =
        Wishes { input: headset(), output: headset(), ring: headset(), in_use: InUse::default(), call_number: 1 };
    machine.handle_wishes(&wishes, at(5));
    assert_eq!(machine.poll_output(), Some(Output::Close { role: DeviceRole::Input }));
    assert_eq!(machine.poll_output(), Some(Output::Close { role: DeviceRole::Output }));
    for (role, _, attempt) in opened {
        machine.handle_lost(role, attempt, at(6));
    }
    assert_eq!((machine.poll_output(), machine.poll_timeout()), (None, None));
}
