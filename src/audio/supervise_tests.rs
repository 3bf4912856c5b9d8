use std::sync::Arc;
use std::time::Duration;

use super::{InUse, Output, Supervisor, Wishes};
use crate::audio::name::DeviceName;
use crate::model::{BootTime, DeviceRole, DeviceTrouble, Now};

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

fn builtin() -> DeviceName {
    DeviceName::System("builtin".into())
}

/// The same list for every role.
fn wishes(list: &[DeviceName], in_use: InUse) -> Wishes {
    Wishes { input: list.into(), output: list.into(), ring: list.into(), in_use, call_number: 1 }
}

/// Answers every opening: only these devices are there. Gives what was opened and the last problem told.
fn serve(machine: &mut Supervisor, there: &[DeviceName], now: Now) -> (Vec<Opening>, Option<Told>) {
    let (mut opened, mut problem) = (Vec::new(), None);
    while let Some(output) = machine.poll_output() {
        match output {
            Output::Open { role, device, attempt, .. } => {
                let result = if there.contains(&device) { Ok(()) } else { Err(DeviceTrouble::Other("absent".into())) };
                if result.is_ok() {
                    opened.push((role, device, attempt));
                }
                machine.handle_opened(role, attempt, result, now);
            }
            Output::Close { .. } => {}
            Output::Problem(told) => problem = Some(told.map(|told| told.text)),
        }
    }
    (opened, problem)
}

fn in_a_call() -> (Supervisor, Vec<(DeviceRole, DeviceName, u64)>) {
    let mut machine = Supervisor::new();
    let in_use = InUse { microphone: true, output: true, ring: false };
    machine.handle_wishes(&wishes(&[headset()], in_use), at(0));
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

fn ms(ms: u64) -> Now {
    Now { boot: at(0).boot + Duration::from_millis(ms), ..Now::default() }
}

#[test]
fn f23_a_device_that_stalls_is_replaced_within_a_second() {
    let (mut machine, opened) = in_a_call();
    let (role, _, attempt) = opened[1].clone();
    machine.handle_beats(role, attempt, 100, ms(10_000));
    // The system gives the callback no time for a while: that is no loss.
    machine.handle_beats(role, attempt, 100, ms(10_600));
    assert!(machine.poll_output().is_none());
    machine.handle_beats(role, attempt, 100, ms(10_800));
    let (opened, problem) = serve(&mut machine, &[DeviceName::Default], ms(10_800));
    assert_eq!(
        opened.iter().map(|(role, device, _)| (*role, device.clone())).collect::<Vec<_>>(),
        [(role, DeviceName::Default)]
    );
    assert!(problem.flatten().is_some_and(|said| said.contains("sound goes to the default device")));
}

#[test]
fn f23_a_headset_without_a_cable_may_take_its_time_before_its_first_sound() {
    let (mut machine, opened) = in_a_call();
    let (role, _, attempt) = opened[0].clone();
    machine.handle_beats(role, attempt, 0, ms(2_900));
    assert!(machine.poll_output().is_none(), "it changes its profile");
    machine.handle_beats(role, attempt, 0, ms(3_100));
    assert_eq!(machine.poll_output(), Some(Output::Close { role }));
}

/// What is told when a device of each role cannot be opened.
fn told_when(wanted: DeviceName, trouble: &DeviceTrouble) -> (String, Option<DeviceTrouble>) {
    let mut machine = Supervisor::new();
    let in_use = InUse { microphone: true, output: true, ring: false };
    machine.handle_wishes(&wishes(&[wanted], in_use), at(0));
    let mut last = None;
    while let Some(output) = machine.poll_output() {
        match output {
            Output::Open { role, attempt, .. } => machine.handle_opened(role, attempt, Err(trouble.clone()), at(0)),
            Output::Close { .. } => {}
            Output::Problem(problem) => last = problem,
        }
    }
    assert_eq!(machine.poll_timeout(), Some(at(2).boot), "it is tried again");
    let problem = last.expect("it is told");
    (problem.text.to_string(), problem.microphone)
}

#[test]
fn f23_a_microphone_that_another_program_holds_is_told_as_that() {
    let (said, cause) = told_when(headset(), &DeviceTrouble::Held);
    assert_eq!(
        said,
        "Another program holds the microphone “headset”: the others hear silence until it lets go. Another program \
         holds the speaker “headset”: nothing is heard until it lets go."
    );
    assert_eq!(cause, Some(DeviceTrouble::Held));
}

#[test]
fn f23_a_machine_without_any_sound_device_says_so_and_calls_go_on_in_silence() {
    let (said, cause) = told_when(DeviceName::Default, &DeviceTrouble::Absent);
    assert_eq!(
        said,
        "There is no microphone: the others hear silence until one is plugged in. There is no speaker: nothing is heard \
         until one is plugged in."
    );
    assert_eq!(cause, Some(DeviceTrouble::Absent));
    let (said, _) = told_when(headset(), &DeviceTrouble::Forbidden);
    assert!(said.ends_with("The system does not let programs use it."), "{said}");
}

/// A headset whose profile changes is another device under the same name: the streams of the old one are killed first.
#[test]
fn f23_a_headset_that_changes_its_profile_serves_again_as_soon_as_the_system_names_it() {
    let (mut machine, opened) = in_a_call();
    for (role, _, attempt) in opened {
        machine.handle_lost(role, attempt, ms(60_000));
    }
    let (opened, _) = serve(&mut machine, &[DeviceName::Default], ms(60_000));
    assert_eq!(opened.len(), 1, "the default speaker meanwhile, and no other microphone");
    machine.handle_news(ms(60_300));
    machine.handle_timeout(ms(60_300));
    let (opened, problem) = serve(&mut machine, &[headset(), DeviceName::Default], ms(60_300));
    assert!(opened.len() == 2 && opened.iter().all(|(_, device, _)| *device == headset()), "{opened:?}");
    assert_eq!(problem, Some(None));
}

#[test]
fn nothing_is_open_when_nobody_needs_it_and_the_old_news_of_a_stream_is_ignored() {
    let (mut machine, opened) = in_a_call();
    machine.handle_wishes(&wishes(&[headset()], InUse::default()), at(5));
    assert_eq!(machine.poll_output(), Some(Output::Close { role: DeviceRole::Input }));
    assert_eq!(machine.poll_output(), Some(Output::Close { role: DeviceRole::Output }));
    for (role, _, attempt) in opened {
        machine.handle_lost(role, attempt, at(6));
    }
    assert_eq!((machine.poll_output(), machine.poll_timeout()), (None, None));
}

const CALL: InUse = InUse { microphone: true, output: true, ring: false };

fn preferring(there: &[DeviceName]) -> (Supervisor, Vec<Opening>, Option<Told>) {
    let mut machine = Supervisor::new();
    machine.handle_wishes(&wishes(&[headset(), builtin()], CALL), at(0));
    let (opened, problem) = serve(&mut machine, there, at(0));
    (machine, opened, problem)
}

#[test]
fn the_next_device_of_the_list_serves_and_is_named_until_the_preferred_one_returns() {
    let everything = [headset(), builtin(), DeviceName::Default];
    let (mut machine, opened, problem) = preferring(&everything);
    assert!(opened.iter().all(|(_, device, _)| *device == headset()) && problem.is_none());
    for (role, _, attempt) in opened {
        machine.handle_lost(role, attempt, at(60));
    }
    let (opened, problem) = serve(&mut machine, &[builtin(), DeviceName::Default], at(60));
    assert_eq!(opened.len(), 2);
    assert!(opened.iter().all(|(_, device, _)| *device == builtin()), "at once, and not the default one");
    let said = problem.flatten().unwrap();
    assert!(said.contains("“builtin” hears you") && said.contains("sound goes to “builtin”"), "{said}");
    // A headset that is still away changes nothing: neither what runs nor what is told.
    machine.handle_timeout(at(62));
    let (opened, problem) = serve(&mut machine, &[builtin(), DeviceName::Default], at(62));
    assert_eq!((opened.len(), problem), (0, None));
    assert_eq!(machine.device(DeviceRole::Input), &builtin());
    // The system says that something was plugged in: nobody waits for the next attempt.
    machine.handle_news(at(63));
    machine.handle_timeout(at(63));
    let (opened, problem) = serve(&mut machine, &everything, at(63));
    assert_eq!((opened.len(), problem), (2, Some(None)));
    assert_eq!(machine.device(DeviceRole::Output), &headset());
    assert_eq!(machine.poll_timeout(), None);
}

#[test]
fn f23_after_the_last_microphone_of_the_list_comes_silence_and_never_one_that_was_not_named() {
    let (mut machine, opened, problem) = preferring(&[DeviceName::Default]);
    assert_eq!(opened.iter().map(|(role, ..)| *role).collect::<Vec<_>>(), [DeviceRole::Output], "the default speaker");
    let said = problem.flatten().unwrap();
    assert!(said.contains("the others hear silence") && said.contains("default device"), "{said}");
    for second in [2, 4, 8, 16] {
        machine.handle_timeout(at(second));
        let (opened, _) = serve(&mut machine, &[DeviceName::Default], at(second));
        assert!(opened.iter().all(|(role, ..)| *role != DeviceRole::Input));
    }
}

#[test]
fn f23_a_default_microphone_that_changes_is_followed_at_once_and_a_named_one_stays() {
    let (usb, laptop): (Arc<str>, Arc<str>) = ("usb".into(), "laptop".into());
    let opened_after = |list: &[DeviceName], there: &[DeviceName]| {
        let mut machine = Supervisor::new();
        machine.handle_wishes(&wishes(list, CALL), at(0));
        serve(&mut machine, there, at(0));
        machine.handle_defaults(Some(&usb), Some(&usb), at(1));
        serve(&mut machine, there, at(1));
        machine.handle_defaults(Some(&laptop), Some(&usb), at(2));
        serve(&mut machine, there, at(2)).0.into_iter().map(|(role, device, _)| (role, device)).collect::<Vec<_>>()
    };
    // Who asked for the default one means whichever that is; the loudspeaker, whose default did not change, is left alone.
    let followed = opened_after(&[DeviceName::Default], &[DeviceName::Default]);
    assert_eq!(followed, [(DeviceRole::Input, DeviceName::Default)]);
    // Who named one never gets another one because the system's default changed, nor one in place of silence.
    assert_eq!(opened_after(&[headset()], &[headset(), DeviceName::Default]), []);
    assert_eq!(opened_after(&[headset()], &[]), []);
}

#[test]
fn a_device_of_the_middle_of_the_list_gives_way_to_a_better_one_and_not_to_a_worse_one() {
    let third = DeviceName::System("third".into());
    let mut machine = Supervisor::new();
    machine.handle_wishes(&wishes(&[headset(), builtin(), third.clone()], CALL), at(0));
    let (opened, _) = serve(&mut machine, std::slice::from_ref(&third), at(0));
    assert!(opened.iter().all(|(_, device, _)| *device == third));
    machine.handle_timeout(at(2));
    let (opened, _) = serve(&mut machine, &[builtin(), third.clone()], at(2));
    assert!(opened.len() == 2 && opened.iter().all(|(_, device, _)| *device == builtin()), "{opened:?}");
    machine.handle_timeout(at(4));
    let (opened, _) = serve(&mut machine, &[builtin(), third], at(4));
    assert!(opened.is_empty(), "{opened:?}");
}

#[test]
fn a_list_that_changes_behind_what_is_in_use_interrupts_nothing() {
    let (mut machine, _, _) = preferring(&[headset(), builtin()]);
    machine.handle_wishes(&wishes(&[headset()], CALL), at(5));
    assert_eq!(machine.poll_output(), None);
    machine.handle_wishes(&wishes(&[builtin(), headset()], CALL), at(6));
    let (opened, _) = serve(&mut machine, &[headset(), builtin()], at(6));
    assert!(opened.len() == 2 && opened.iter().all(|(_, device, _)| *device == builtin()));
}

/// Complaint: plugging devices in and out ends the sound of a call, and then the program (baresip 2433).
#[test]
fn complaint_36_whatever_is_plugged_in_and_out_the_sound_comes_back_and_nothing_ends() {
    use rand::{Rng, SeedableRng, rngs::StdRng};
    for seed in 0..50 {
        let mut random = StdRng::seed_from_u64(seed);
        let mut machine = Supervisor::new();
        machine.handle_wishes(&wishes(&[headset(), builtin()], CALL), ms(0));
        let mut there: Vec<DeviceName> = vec![headset(), builtin(), DeviceName::Default];
        let mut running: Vec<Opening> = Vec::new();
        let mut now = 0;
        for _ in 0..400 {
            now += random.random_range(0..700);
            there =
                [headset(), builtin(), DeviceName::Default].into_iter().filter(|_| random.random_bool(0.6)).collect();
            let (gone, kept): (Vec<Opening>, Vec<Opening>) =
                running.into_iter().partition(|(_, device, _)| !there.contains(device));
            running = kept;
            for (role, _, attempt) in gone {
                machine.handle_lost(role, attempt, ms(now));
            }
            match random.random_range(0..3) {
                0 => machine.handle_news(ms(now)),
                1 => machine.handle_defaults(Some(&"a".into()), Some(&format!("{}", now % 3).into()), ms(now)),
                _ => {}
            }
            machine.handle_timeout(ms(now));
            let (opened, _) = serve(&mut machine, &there, ms(now));
            for (role, device, attempt) in opened {
                assert!(
                    role != DeviceRole::Input || device != DeviceName::Default,
                    "never silently another microphone"
                );
                running.retain(|(other, ..)| *other != role);
                running.push((role, device, attempt));
            }
        }
        // Everything is plugged in again, and the system says so.
        machine.handle_news(ms(now + 1_000));
        machine.handle_timeout(ms(now + 1_000));
        let _ = serve(&mut machine, &[headset(), builtin(), DeviceName::Default], ms(now + 1_000));
        for role in [DeviceRole::Input, DeviceRole::Output] {
            assert_eq!(machine.device(role), &headset(), "{seed}: {there:?}");
        }
        assert_eq!(machine.poll_timeout(), None, "{seed}: nothing is waited for");
    }
}
