//! Which devices serve which role, in the user's order; the key that is held to talk; the button of the headset.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::effect::Ticket;
use super::manager::Manager;
use super::on_ringtone::{RingtoneScope, Ringtones};
use super::setup_test::{SetupTest, SetupTestRequest};
use super::{Refusal, RefusalKind, Reply};
use crate::media::{self, DeviceRole};
use crate::model::{BootTime, Call, CallId, CallState, Direction, Now, Ringtone};

/// After an answer a headset may say a second time that its button was pressed, or that it was lifted: for so long that
/// ends no call.
const HOOK_GUARD: Duration = Duration::from_secs(1);
/// Devices of one list.
const MOST_PREFERRED: usize = 16;

/// The devices of each role, the preferred one first.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct DevicePlan {
    /// Microphones.
    pub input: Vec<Arc<str>>,
    /// Loudspeakers and headsets.
    pub output: Vec<Arc<str>>,
    /// What rings.
    pub ring: Vec<Arc<str>>,
}

impl DevicePlan {
    /// The list of a role.
    pub fn of(&self, role: DeviceRole) -> &[Arc<str>] {
        match role {
            DeviceRole::Input => &self.input,
            DeviceRole::Output => &self.output,
            DeviceRole::Ring => &self.ring,
        }
    }

    fn of_mut(&mut self, role: DeviceRole) -> &mut Vec<Arc<str>> {
        match role {
            DeviceRole::Input => &mut self.input,
            DeviceRole::Output => &mut self.output,
            DeviceRole::Ring => &mut self.ring,
        }
    }
}

/// What may be asked about devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DevicesRequest {
    /// These devices serve a role, the preferred one first.
    Prefer {
        /// For what.
        role: DeviceRole,
        /// Names, at most sixteen.
        names: Vec<Arc<str>>,
    },
    /// The second choice becomes the first, and the first the second: headset and speaker.
    Switch,
    /// The key that is held to talk went down or up.
    Talk(bool),
    /// The button of the headset was pressed.
    HeadsetButton,
    /// This rings for whom; `None`: what rings for more people.
    Ringtone(RingtoneScope, Option<Ringtone>),
    /// Let a ringtone be heard once.
    Sample(Ringtone),
    /// Something about the test of the setup.
    Test(SetupTestRequest),
}

/// What the manager keeps of devices.
#[derive(Debug, Default)]
pub(super) struct SoundDesk {
    pub(super) plan: DevicePlan,
    pub(super) ringtones: Ringtones,
    /// Calls that began muted because the key has to be held.
    talk_by_key: BTreeSet<CallId>,
    /// When the headset's button last answered.
    hooked: Option<BootTime>,
    pub(super) test: SetupTest,
}

fn memo(role: DeviceRole) -> &'static str {
    match role {
        DeviceRole::Input => "device.input",
        DeviceRole::Output => "device.output",
        DeviceRole::Ring => "device.ring",
    }
}

/// A list without what is there twice, not longer than it may be.
fn tidy(names: impl IntoIterator<Item = Arc<str>>) -> Vec<Arc<str>> {
    let mut list: Vec<Arc<str>> = Vec::new();
    for name in names {
        // A line break parts the names where the list is kept.
        let usable = !name.trim().is_empty() && !name.contains('\n');
        if usable && list.len() < MOST_PREFERRED && !list.contains(&name) {
            list.push(name);
        }
    }
    list
}

impl Manager {
    /// The devices as configured, or as last chosen.
    pub(super) fn start_devices(&mut self) {
        self.sound.ringtones = Ringtones::read(&self.memos);
        let audio = self.config.audio.clone();
        for (role, first, instead) in [
            (DeviceRole::Input, &audio.input, &audio.instead.input),
            (DeviceRole::Output, &audio.output, &audio.instead.output),
            (DeviceRole::Ring, &audio.ring, &audio.instead.ring),
        ] {
            // What the file names is the user's word; `default` leaves room for the choice in the window.
            let names: Vec<Arc<str>> = match self.memos.get(memo(role)) {
                Some(chosen) if first == "default" && instead.is_empty() => chosen.lines().map(Arc::from).collect(),
                Some(_) | None => std::iter::once(first).chain(instead).map(|name| Arc::from(name.as_str())).collect(),
            };
            *self.sound.plan.of_mut(role) = tidy(names);
            self.use_devices(role);
        }
    }

    fn use_devices(&mut self, role: DeviceRole) {
        let names = self.sound.plan.of(role).to_vec();
        self.media(match names.as_slice() {
            [] => media::Command::SetDevice { role, name: "default".into() },
            [name] => media::Command::SetDevice { role, name: name.clone() },
            _ => media::Command::PreferDevices { role, names },
        });
    }

    fn keep_devices(&mut self, role: DeviceRole) {
        // `file:` devices are for one run; a person's choice of a real one is remembered.
        let names = self.sound.plan.of(role);
        if !names.iter().any(|name| name.starts_with("file:")) {
            let text = names.join("\n");
            self.set_memo(memo(role), &text);
        }
    }

    /// One device is chosen: it goes to the front of a list of several, else it takes the place of the one before.
    pub(super) fn set_device(&mut self, role: DeviceRole, name: Arc<str>) -> Result<Reply, Refusal> {
        let list = self.sound.plan.of_mut(role);
        let rest = if list.len() > 1 { std::mem::take(list) } else { Vec::new() };
        *list = tidy(std::iter::once(name).chain(rest));
        self.keep_devices(role);
        self.use_devices(role);
        Ok(Reply::Done)
    }

    /// The whole test is answered at its end, everything else at once.
    pub(super) fn answer_devices(&mut self, ticket: Ticket, request: DevicesRequest, now: Now) {
        if request == DevicesRequest::Test(SetupTestRequest::Everything) {
            return self.test_everything(ticket, now);
        }
        let answer = self.handle_devices(request, now);
        self.answer(ticket, answer);
    }

    fn handle_devices(&mut self, request: DevicesRequest, now: Now) -> Result<Reply, Refusal> {
        match request {
            DevicesRequest::Prefer { role, names } => {
                let names = tidy(names);
                if names.is_empty() {
                    return Err(Refusal::new(RefusalKind::Invalid, "Name at least one device."));
                }
                *self.sound.plan.of_mut(role) = names;
                self.keep_devices(role);
                self.use_devices(role);
                Ok(Reply::Done)
            }
            DevicesRequest::Switch => self.switch_devices(),
            DevicesRequest::Talk(down) => {
                self.talk(down, now);
                Ok(Reply::Done)
            }
            DevicesRequest::HeadsetButton => {
                self.headset_button(now);
                Ok(Reply::Done)
            }
            DevicesRequest::Ringtone(scope, tone) => self.set_ringtone(scope, tone),
            DevicesRequest::Sample(tone) => self.sample_ringtone(tone),
            DevicesRequest::Test(request) => self.test_setup(request, now),
        }
    }

    /// Headset and speaker change places, and with them their microphones where two are named.
    fn switch_devices(&mut self) -> Result<Reply, Refusal> {
        if self.sound.plan.output.len() < 2 {
            let why = "Name a second device under Settings, Devices: then this key switches between the two.";
            return Err(Refusal::new(RefusalKind::NotAllowed, why));
        }
        for role in [DeviceRole::Output, DeviceRole::Input] {
            let list = self.sound.plan.of_mut(role);
            if list.len() > 1 {
                list.swap(0, 1);
                self.keep_devices(role);
                self.use_devices(role);
            }
        }
        Ok(Reply::Done)
    }

    /// A call begins: where a key has to be held to talk, it begins muted.
    pub(super) fn mind_talk_key(&mut self, call: &Call, now: Now) {
        if call.end.is_some() {
            self.sound.talk_by_key.remove(&call.id);
        } else if self.config.calls.push_to_talk
            && call.state == CallState::Active
            && self.sound.talk_by_key.insert(call.id)
        {
            let _ = self.calls.with(call.id, now, |call| call.mute(true));
        }
    }

    fn talk(&mut self, down: bool, now: Now) {
        let talking: Vec<CallId> = self
            .calls
            .living_views()
            .filter(|call| call.state == CallState::Active && self.sound.talk_by_key.contains(&call.id))
            .map(|call| call.id)
            .collect();
        for id in talking {
            let _ = self.calls.with(id, now, |call| call.mute(!down));
        }
    }

    /// One button: it answers what rings, else hangs up, but never what it has just answered (users report headsets that
    /// say so twice).
    fn headset_button(&mut self, now: Now) {
        if self.sound.hooked.is_some_and(|at| now.boot.saturating_since(at) < HOOK_GUARD) {
            return;
        }
        let living: Vec<Call> = self.calls.living_views().cloned().collect();
        let rings = |call: &&Call| call.direction == Direction::Incoming && call.state == CallState::Ringing;
        if let Some(call) = living.iter().find(rings) {
            self.sound.hooked = Some(now.boot);
            let _ = self.calls.with(call.id, now, |call| call.answer(now));
            return;
        }
        let current = living.iter().find(|call| call.state == CallState::Active).or_else(|| living.first());
        let Some(call) = current else { return };
        // Answered with the mouse a moment ago: the headset only follows.
        let fresh = call.direction == Direction::Incoming
            && call.answered_boot.is_some_and(|at| now.boot.saturating_since(at) < HOOK_GUARD);
        if !fresh {
            let _ = self.calls.with(call.id, now, |call| call.hang_up(now));
        }
    }
}
