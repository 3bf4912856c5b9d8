//! One tick of all calls: those by themselves, and those that are joined or recorded, whose sound is kept apart first.

use super::call::Call;
use super::recorders::Recorders;
use crate::audio::{Frame, SILENCE};
use crate::media::mixer::Party;
use crate::media::voices::{Contributors, level_of};
use crate::model::{CallId, ConferenceId, Now, PartyLevels, Recorded, own_source_of, source_of};

/// The sound of one call by itself. Calls that are neither joined nor recorded have none and cost nothing more.
#[derive(Default)]
pub struct Tap {
    conference: Option<(ConferenceId, Party)>,
    sound: Frames,
}

/// Both directions of one tick.
struct Frames {
    theirs: Frame,
    ours: Frame,
}

impl Default for Frames {
    fn default() -> Self {
        Self { theirs: SILENCE, ours: SILENCE }
    }
}

impl Tap {
    fn is_in(&self, conference: ConferenceId) -> bool {
        self.conference.as_ref().is_some_and(|(joined, _)| *joined == conference)
    }
}

/// The call is mixed with the others of a conference.
pub fn join(call: &mut Call, conference: ConferenceId) {
    let tap = call.tap.get_or_insert_default();
    match &mut tap.conference {
        Some((joined, _)) if *joined == conference => {}
        joined => *joined = Some((conference, Party::default())),
    }
    call.apply_mute();
}

/// The call is by itself again.
pub fn leave(call: &mut Call, recorders: &Recorders) {
    if let Some(tap) = &mut call.tap {
        tap.conference = None;
        if !recorders.wants(Recorded::Call(call.id)) {
            call.tap = None;
        }
    }
    call.apply_mute();
}

/// Nobody hears the call, or everybody does again.
pub fn mute_party(call: &mut Call, muted: bool) {
    if let Some((_, party)) = call.tap.as_mut().and_then(|tap| tap.conference.as_mut()) {
        party.set_muted(muted);
    }
}

/// Keeps the sound of recorded calls apart, and of others no more.
pub fn tap_recorded(calls: &mut [Call], recorders: &Recorders) {
    for call in calls {
        let recorded = recorders.wants(Recorded::Call(call.id));
        let joined = call.tap.as_ref().is_some_and(|tap| tap.conference.is_some());
        match (&call.tap, recorded || joined) {
            (None, true) => call.tap = Some(Box::default()),
            (Some(_), false) => call.tap = None,
            (None, false) | (Some(_), true) => {}
        }
        call.apply_mute();
    }
}

/// How loud each party is; empty without a conference.
pub fn levels(calls: &[Call]) -> PartyLevels {
    let level = |call: &Call| -> Option<(CallId, f32)> {
        let (_, party) = call.tap.as_ref()?.conference.as_ref()?;
        Some((call.id, party.level()))
    };
    if calls.iter().all(|call| call.tap.is_none()) {
        return PartyLevels::default();
    }
    calls.iter().filter_map(level).collect()
}

/// Ten milliseconds of every call: `microphone` goes out, what is heard is added to `heard`.
pub fn tick(calls: &mut [Call], recorders: &mut Recorders, microphone: &Frame, heard: &mut Frame, now: Now) {
    let mut tapped = false;
    for call in &mut *calls {
        if call.ticking().is_none() {
            continue;
        }
        if call.tap.is_none() {
            call.shelter(|session| session.handle_tick(microphone, heard, now));
            continue;
        }
        tapped = true;
        let mut theirs = SILENCE;
        call.shelter(|session| session.hear_peer(&mut theirs, now));
        if let Some(tap) = &mut call.tap {
            tap.sound.theirs = theirs;
            if let Some((_, party)) = &mut tap.conference {
                party.bring(&tap.sound.theirs);
            }
        }
    }
    if !tapped {
        return;
    }
    let beep = recorders.beep();
    let beep = beep.as_ref();
    for at in 0..calls.len() {
        let joined = |call: &Call| call.tap.as_ref().and_then(|tap| tap.conference.as_ref()).map(|(id, _)| *id);
        let Some(call) = calls.get_mut(at) else { break };
        match joined(call) {
            Some(conference) => {
                // The first of each conference speaks for all of them.
                let first = calls.iter().position(|other| joined(other) == Some(conference));
                if first == Some(at) {
                    confer(calls, conference, recorders, microphone, beep, heard, now);
                }
            }
            None => alone(call, recorders, microphone, beep, heard, now),
        }
    }
    recorders.take_calls(calls.iter().filter_map(|call| {
        let tap = call.tap.as_ref().filter(|_| call.session.is_some())?;
        Some((call.id, &tap.sound.ours, &tap.sound.theirs))
    }));
}

/// A recorded call that is in no conference.
fn alone(
    call: &mut Call,
    recorders: &Recorders,
    microphone: &Frame,
    beep: Option<&Frame>,
    heard: &mut Frame,
    now: Now,
) {
    let muted = call.is_muted();
    let beep = beep.filter(|_| recorders.beeps(Recorded::Call(call.id)));
    let (Some(_), Some(tap)) = (&call.session, &mut call.tap) else { return };
    add(heard, &tap.sound.theirs);
    tap.sound.ours = if muted { SILENCE } else { *microphone };
    if let Some(beep) = beep {
        add(&mut tap.sound.ours, beep);
        add(heard, beep);
    }
    let ours = tap.sound.ours;
    call.shelter(|session| session.speak(&ours, now));
}

fn confer(
    calls: &mut [Call],
    conference: ConferenceId,
    recorders: &mut Recorders,
    microphone: &Frame,
    beep: Option<&Frame>,
    heard: &mut Frame,
    now: Now,
) {
    let mut sum = SILENCE;
    let (mut contributors, own_source) = (Contributors::default(), own_source_of(conference));
    for call in &mut *calls {
        let (Some(session), Some(tap)) = (&mut call.session, &call.tap) else { continue };
        let Some((_, party)) = tap.conference.as_ref().filter(|_| tap.is_in(conference)) else { continue };
        party.add_to(&mut sum);
        if !party.is_muted() {
            let (source, level) = (source_of(call.id), level_of(&tap.sound.theirs));
            contributors.add(source, level);
            session.note_voice(source, level, now);
        }
    }
    let microphone_level = level_of(microphone);
    let mut own = SILENCE;
    let beep = beep.filter(|_| recorders.beeps(Recorded::Conference(conference)));
    for call in &mut *calls {
        let muted = call.is_muted();
        let (Some(_), Some(tap)) = (&call.session, &mut call.tap) else { continue };
        if !tap.is_in(conference) {
            continue;
        }
        let mut ours = if muted { SILENCE } else { *microphone };
        if let Some(beep) = beep {
            add(&mut ours, beep);
        }
        if !muted {
            own = *microphone;
        }
        let Some((_, party)) = &tap.conference else { continue };
        let ours = party.take(&ours, &sum);
        tap.sound.ours = ours;
        let mut others = contributors.without(source_of(call.id));
        if !muted {
            others.add(own_source, microphone_level);
        }
        call.shelter(|session| {
            session.contribute(&others);
            session.speak(&ours, now);
        });
    }
    add(heard, &sum);
    if let Some(beep) = beep {
        add(heard, beep);
    }
    recorders.take_conference(conference, &own, &sum);
}

fn add(to: &mut Frame, sound: &Frame) {
    for (to, sample) in to.iter_mut().zip(sound) {
        *to += sample;
    }
}
