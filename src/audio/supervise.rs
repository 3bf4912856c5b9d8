//! Which device serves which role, and what happens when one goes away.
//!
//! The user's choice is a list, the preferred device first. While that is away the next one serves, and the user is told.
//! After the last of its list a loudspeaker is replaced by the default one; a microphone is replaced by silence and never
//! by one that the user did not name. A better device is taken again when it can be opened again.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::name::DeviceName;
use crate::model::{BootTime, DeviceProblem, DeviceRole, DeviceTrouble, Now};

/// Time between attempts to open a device that is gone.
pub const RETRY: Duration = Duration::from_secs(2);

/// The longest time between attempts, for a device that opens and fails again and again.
const LONGEST_RETRY: Duration = Duration::from_secs(30);

/// A stream that lived shorter than this before it failed makes the next attempt wait longer.
const SHORT_LIFE: Duration = Duration::from_secs(5);

/// A stream whose callback has not come for this long is lost: with the look at it and the next device's opening the
/// other side hears somebody again within a second (F23).
const STALL: Duration = Duration::from_millis(600);

/// The same before its first callback: a headset without a cable changes its profile first.
const FIRST_BEAT: Duration = Duration::from_secs(3);

/// What the calls and tones of the moment need. A stream is open only while somebody needs it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InUse {
    /// A call sends sound.
    pub microphone: bool,
    /// A call or a tone is heard.
    pub output: bool,
    /// It rings.
    pub ring: bool,
}

/// Everything that is asked of the supervisor, whole each time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wishes {
    /// The microphones, the preferred one first. No other one is ever used.
    pub input: Vec<DeviceName>,
    /// The loudspeakers or headsets, the preferred one first.
    pub output: Vec<DeviceName>,
    /// What rings, likewise; the same as `output` means one shared stream.
    pub ring: Vec<DeviceName>,
    /// What is needed.
    pub in_use: InUse,
    /// Counts the times that the microphone came into use: a file starts at its beginning each time.
    pub call_number: u32,
}

impl Wishes {
    /// Whether ringing goes out through the output's stream.
    pub fn ring_shares_output(&self) -> bool {
        self.ring == self.output
    }
}

/// What the shell shall do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Open a device and, if that works, put it in the place of what serves the role; answer with
    /// [`Supervisor::handle_opened`].
    Open {
        /// For what.
        role: DeviceRole,
        /// Which.
        device: DeviceName,
        /// Names this stream in later inputs.
        attempt: u64,
        /// As a recording: begin the file anew.
        fresh: bool,
    },
    /// Close what serves the role; silence takes its place.
    Close {
        /// Which.
        role: DeviceRole,
    },
    /// Tell the user, or tell that all is well again.
    Problem(Option<DeviceProblem>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Running {
    device: DeviceName,
    attempt: u64,
    opened: BootTime,
    beats: u64,
    beat_at: BootTime,
    default_id: Option<Arc<str>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Stream {
    /// Nobody needs it.
    #[default]
    Closed,
    /// The shell is at it; what ran before runs on until then.
    Opening { device: DeviceName, attempt: u64, before: Option<Box<Running>> },
    /// It runs.
    Open(Box<Running>),
    /// Needed, but nothing could be opened.
    Silent,
}

struct Role {
    role: DeviceRole,
    /// Never empty.
    wanted: Vec<DeviceName>,
    stream: Stream,
    trouble: Option<DeviceTrouble>,
    retry_at: Option<BootTime>,
    patience: Duration,
    /// What was lost last.
    lost: Option<DeviceName>,
    fresh: bool,
}

/// The machine. One per program.
pub struct Supervisor {
    roles: [Role; 3],
    attempts: u64,
    call_number: u32,
    problem: Option<DeviceProblem>,
    outputs: VecDeque<Output>,
}

impl Supervisor {
    /// Nothing is open; the wishes come with [`Supervisor::handle_wishes`].
    pub fn new() -> Self {
        let role = |role| Role {
            role,
            wanted: vec![DeviceName::Null],
            stream: Stream::Closed,
            trouble: None,
            retry_at: None,
            patience: RETRY,
            lost: None,
            fresh: true,
        };
        Self {
            roles: [role(DeviceRole::Input), role(DeviceRole::Output), role(DeviceRole::Ring)],
            attempts: 0,
            call_number: 0,
            problem: None,
            outputs: VecDeque::new(),
        }
    }

    /// The user's choices, and what is needed.
    pub fn handle_wishes(&mut self, wishes: &Wishes, _now: Now) {
        let shared = wishes.ring_shares_output();
        let in_use = wishes.in_use;
        let restart = std::mem::replace(&mut self.call_number, wishes.call_number) != wishes.call_number;
        let rows = [
            (&wishes.input, in_use.microphone, restart),
            (&wishes.output, in_use.output || (shared && in_use.ring), false),
            (&wishes.ring, in_use.ring && !shared, false),
        ];
        for (role, (wanted, needed, restart)) in self.roles.iter_mut().zip(rows) {
            let changed = role.wanted != *wanted && !wanted.is_empty();
            // A list that only grew or shrank behind what is in use changes nothing that is heard.
            let first = role.first().clone();
            let moved = changed && wanted.first() != Some(&first);
            if changed {
                role.wanted.clone_from(wanted);
            }
            let changed = moved;
            if changed {
                role.fresh = true;
                role.patience = RETRY;
                role.trouble = None;
            }
            let from_start = restart && matches!(role.first(), DeviceName::File { .. });
            match (needed, &role.stream) {
                (false, Stream::Closed) => {}
                (false, Stream::Opening { .. } | Stream::Open(_) | Stream::Silent) => {
                    role.close(&mut self.outputs);
                    role.trouble = None;
                }
                (true, Stream::Closed) => {
                    role.open(role.first().clone(), &mut self.attempts, &mut self.outputs);
                }
                (true, Stream::Opening { .. } | Stream::Open(_) | Stream::Silent) => {
                    if changed || from_start {
                        // Closed first: if the other microphone fails, the one that was put away must not stay on.
                        role.close(&mut self.outputs);
                        role.open(role.first().clone(), &mut self.attempts, &mut self.outputs);
                    }
                }
            }
        }
        self.tell();
    }

    /// The shell opened a stream, or says why it could not. The answer to an attempt that nobody waits for any more is
    /// ignored; the shell has by then been told to close or replace it.
    pub fn handle_opened(&mut self, role: DeviceRole, attempt: u64, result: Result<(), DeviceTrouble>, now: Now) {
        let attempts = &mut self.attempts;
        let Some(role) = self.roles.iter_mut().find(|known| known.role == role) else { return };
        let (device, before) = match std::mem::take(&mut role.stream) {
            Stream::Opening { device, attempt: awaited, before } if awaited == attempt => (device, before),
            other @ (Stream::Opening { .. } | Stream::Closed | Stream::Open(_) | Stream::Silent) => {
                role.stream = other;
                return;
            }
        };
        let chosen = device == *role.first();
        match result {
            Ok(()) => {
                role.retry_at = if chosen { None } else { Some(now.boot + role.patience) };
                if chosen {
                    role.trouble = None;
                    role.fresh = false;
                }
                role.stream = Stream::Open(Box::new(Running {
                    device,
                    attempt,
                    opened: now.boot,
                    beats: 0,
                    beat_at: now.boot,
                    default_id: None,
                }));
            }
            Err(reason) => {
                role.trouble.get_or_insert(reason);
                role.retry_at = Some(now.boot + role.patience);
                role.go_on(&device, before, attempts, &mut self.outputs);
            }
        }
        self.tell();
    }

    /// A stream reported that its device is gone or that it cannot go on.
    pub fn handle_lost(&mut self, role: DeviceRole, attempt: u64, now: Now) {
        let Some(role) = self.roles.iter_mut().find(|known| known.role == role) else { return };
        let running = match &role.stream {
            Stream::Open(running) if running.attempt == attempt => running.clone(),
            Stream::Opening { .. } | Stream::Closed | Stream::Open(_) | Stream::Silent => return,
        };
        let short = now.boot.saturating_since(running.opened) < SHORT_LIFE;
        // Only the same one, again and again: how soon a headset went says nothing of what serves instead.
        let again = role.lost.replace(running.device.clone()).is_some_and(|lost| lost == running.device);
        role.patience = if short && again { (role.patience * 2).min(LONGEST_RETRY) } else { RETRY };
        if running.device == *role.first() {
            role.trouble = Some(DeviceTrouble::Gone);
        }
        role.close(&mut self.outputs);
        role.stream = Stream::Silent;
        role.retry_at = Some(now.boot + role.patience);
        if running.device == DeviceName::Default && !(short && again) {
            // The default is whatever the system offers at the moment: ask at once, but not in a circle.
            role.open(DeviceName::Default, &mut self.attempts, &mut self.outputs);
        } else {
            role.go_on(&running.device, None, &mut self.attempts, &mut self.outputs);
        }
        self.tell();
    }

    /// The system's devices changed: what could not be opened may be there again.
    pub fn handle_news(&mut self, now: Now) {
        for role in &mut self.roles {
            role.patience = RETRY;
            if role.retry_at.is_some() {
                role.retry_at = Some(now.boot);
            }
        }
    }

    /// How often a stream's callback has run so far; a count that stands still is a stall.
    pub fn handle_beats(&mut self, role: DeviceRole, attempt: u64, beats: u64, now: Now) {
        let Some(known) = self.roles.iter_mut().find(|known| known.role == role) else { return };
        let Stream::Open(running) = &mut known.stream else { return };
        if running.attempt != attempt {
            return;
        }
        if running.beats != beats {
            running.beats = beats;
            running.beat_at = now.boot;
        } else if now.boot.saturating_since(running.beat_at) > if beats == 0 { FIRST_BEAT } else { STALL } {
            self.handle_lost(role, attempt, now);
        }
    }

    /// Which devices the system calls the default ones. A stream on the default device moves when the default moves.
    pub fn handle_defaults(&mut self, input: Option<&Arc<str>>, output: Option<&Arc<str>>, _now: Now) {
        for role in &mut self.roles {
            let current = if role.role == DeviceRole::Input { input } else { output };
            let (Stream::Open(running), Some(current)) = (&mut role.stream, current) else { continue };
            if running.device != DeviceName::Default {
                continue;
            }
            if running.default_id.replace(current.clone()).is_some_and(|before| before != *current) {
                role.open(DeviceName::Default, &mut self.attempts, &mut self.outputs);
            }
        }
    }

    /// Tries again what could not be opened.
    pub fn handle_timeout(&mut self, now: Now) {
        for role in &mut self.roles {
            if role.retry_at.is_none_or(|at| at > now.boot) {
                continue;
            }
            role.retry_at = None;
            match role.stream {
                Stream::Silent | Stream::Open(_) => {
                    role.open(role.first().clone(), &mut self.attempts, &mut self.outputs);
                }
                Stream::Closed | Stream::Opening { .. } => {}
            }
        }
    }

    /// When [`Supervisor::handle_timeout`] is next due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<BootTime> {
        self.roles.iter().filter_map(|role| role.retry_at).min()
    }

    /// What to do next.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The device in use for a role; the chosen one while nothing is open.
    pub fn device(&self, role: DeviceRole) -> &DeviceName {
        let known = self.roles.iter().find(|known| known.role == role);
        match known {
            Some(Role { stream: Stream::Open(running), .. }) => &running.device,
            Some(role) => role.first(),
            None => &DeviceName::Null,
        }
    }

    /// Whether some stream is on the default device, which must then be watched.
    pub fn follows_default(&self) -> bool {
        self.roles
            .iter()
            .any(|role| matches!(&role.stream, Stream::Open(running) if running.device == DeviceName::Default))
    }

    fn tell(&mut self) {
        // What it means comes first, for all of them; then why, which is often the same for two.
        let (mut sentences, reasons): (Vec<String>, Vec<Option<String>>) =
            self.roles.iter().filter_map(Role::problem).unzip();
        let mut reasons: Vec<String> = reasons.into_iter().flatten().collect();
        reasons.dedup();
        sentences.append(&mut reasons);
        let microphone = self.roles.iter().find(|role| role.role == DeviceRole::Input);
        let problem = (!sentences.is_empty()).then(|| DeviceProblem {
            text: sentences.join(" ").into(),
            microphone: microphone.and_then(|role| role.trouble.clone()),
        });
        // While an attempt is under way nothing is decided: a device that opens at once is no news.
        let deciding = self.roles.iter().any(|role| matches!(role.stream, Stream::Opening { before: None, .. }));
        if !deciding && problem != self.problem {
            self.problem.clone_from(&problem);
            self.outputs.push_back(Output::Problem(problem));
        }
    }
}

impl Default for Supervisor {
    fn default() -> Self {
        Self::new()
    }
}

impl Role {
    /// What the user prefers.
    fn first(&self) -> &DeviceName {
        self.wanted.first().unwrap_or(&DeviceName::Null)
    }

    /// Whether the default device may stand in although the user did not name it.
    fn may_fall_back(&self) -> bool {
        match (self.role, self.first()) {
            (DeviceRole::Output | DeviceRole::Ring, DeviceName::System(_) | DeviceName::All) => {
                !self.wanted.contains(&DeviceName::Default)
            }
            // Never silently another microphone. A recording that cannot be written is not played aloud instead.
            (DeviceRole::Input, _)
            | (
                DeviceRole::Output | DeviceRole::Ring,
                DeviceName::Null | DeviceName::File { .. } | DeviceName::Default,
            ) => false,
        }
    }

    /// `device` cannot serve: the next of the list, as long as it is better than what runs, else what runs, else the
    /// default one, else silence.
    fn go_on(
        &mut self,
        device: &DeviceName,
        before: Option<Box<Running>>,
        attempts: &mut u64,
        outputs: &mut VecDeque<Output>,
    ) {
        let before = before.filter(|running| running.device != *device);
        let rank = |of: &DeviceName| self.wanted.iter().position(|wanted| wanted == of);
        let next = rank(device).and_then(|at| self.wanted.get(at + 1)).cloned();
        match (before, next) {
            (Some(running), Some(next)) if next != running.device => {
                self.stream = Stream::Open(running);
                let retry = self.retry_at;
                self.open(next, attempts, outputs);
                self.retry_at = retry;
            }
            (Some(running), _) => self.stream = Stream::Open(running),
            (None, next) => {
                let fall_back = rank(device).is_some() && self.may_fall_back();
                self.stream = Stream::Silent;
                outputs.push_back(Output::Close { role: self.role });
                let retry = self.retry_at;
                if let Some(next) = next.or(fall_back.then_some(DeviceName::Default)) {
                    self.open(next, attempts, outputs);
                }
                self.retry_at = retry;
            }
        }
    }

    fn open(&mut self, device: DeviceName, attempts: &mut u64, outputs: &mut VecDeque<Output>) {
        *attempts += 1;
        let attempt = *attempts;
        let before = match std::mem::take(&mut self.stream) {
            Stream::Open(running) => Some(running),
            Stream::Opening { before, .. } => before,
            Stream::Closed | Stream::Silent => None,
        };
        outputs.push_back(Output::Open { role: self.role, device: device.clone(), attempt, fresh: self.fresh });
        self.retry_at = None;
        self.stream = Stream::Opening { device, attempt, before };
    }

    fn close(&mut self, outputs: &mut VecDeque<Output>) {
        outputs.push_back(Output::Close { role: self.role });
        self.stream = Stream::Closed;
        self.retry_at = None;
    }

    /// What cannot be used and what that means; and why, in words that are the system's and may be sentences themselves,
    /// where the first sentence does not say it.
    fn problem(&self) -> Option<(String, Option<String>)> {
        let reason = self.trouble.as_ref()?;
        let wanted = self.first();
        let instead = match &self.stream {
            // While a better one is tried, what runs goes on.
            Stream::Open(running) | Stream::Opening { before: Some(running), .. } if running.device != *wanted => {
                Some(&running.device)
            }
            Stream::Open(_) | Stream::Closed | Stream::Opening { .. } | Stream::Silent => None,
        };
        let (what, means) = match (self.role, instead) {
            (DeviceRole::Input, None) => ("microphone", "the others hear silence".to_owned()),
            (DeviceRole::Input, Some(other)) => ("microphone", format!("“{other}” hears you")),
            (DeviceRole::Output, Some(DeviceName::Default)) => {
                ("speaker", "sound goes to the default device".to_owned())
            }
            (DeviceRole::Output, Some(other)) => ("speaker", format!("sound goes to “{other}”")),
            (DeviceRole::Output, None) => ("speaker", "nothing is heard".to_owned()),
            (DeviceRole::Ring, Some(DeviceName::Default)) => ("ringing device", "the default device rings".to_owned()),
            (DeviceRole::Ring, Some(other)) => ("ringing device", format!("“{other}” rings")),
            (DeviceRole::Ring, None) => ("ringing device", "nothing rings".to_owned()),
        };
        Some(match (reason, wanted) {
            (DeviceTrouble::Absent, DeviceName::Default) => {
                (format!("There is no {what}: {means} until one is plugged in."), None)
            }
            (DeviceTrouble::Held, _) => {
                (format!("Another program holds the {what} “{wanted}”: {means} until it lets go."), None)
            }
            (DeviceTrouble::Absent | DeviceTrouble::Gone | DeviceTrouble::Forbidden | DeviceTrouble::Other(_), _) => {
                let meaning = format!("The {what} “{wanted}” cannot be used: {means} until it is back.");
                (meaning, Some(as_sentence(&reason.to_string())))
            }
        })
    }
}

/// `text` with a capital at its beginning and an end at its end.
fn as_sentence(text: &str) -> String {
    let text = text.trim();
    let mut signs = text.chars();
    let mut sentence: String = signs.next().into_iter().flat_map(char::to_uppercase).chain(signs).collect();
    if !sentence.ends_with(['.', '!', '?', ')', '”']) {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
#[path = "supervise_tests.rs"]
mod tests;
