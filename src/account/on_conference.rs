//! Conferences: calls that are joined here.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::manager::Manager;
use super::{Refusal, RefusalKind, Reply};
use crate::call::{Conference, ConferenceOutput};
use crate::media::{self, RecordOrder};
use crate::model::{self, Call, CallId, CallState, ConferenceId, Now, Recorded, Recording, RecordingState};

/// What may be asked about conferences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConferenceRequest {
    /// Join these calls; the answer is the conference's name. Calls of another conference bring all of it along.
    Create(Vec<CallId>),
    /// A call joins a conference, also one that still rings.
    Join(ConferenceId, CallId),
    /// A call leaves its conference, and waits on hold.
    Leave(CallId),
    /// A call is hung up.
    Remove(CallId),
    /// We leave: every call of it ends.
    End(ConferenceId),
    /// Nobody hears this party, or everybody does again.
    MuteParty(CallId, bool),
    /// Our microphone, for all of them.
    Mute(ConferenceId, bool),
    /// Everybody is held, or taken back.
    Hold(ConferenceId, bool),
    /// All conferences.
    List,
}

/// All conferences of this run.
#[derive(Debug, Default)]
pub(super) struct Conferences {
    living: BTreeMap<ConferenceId, Conference>,
    next: u64,
}

impl Conferences {
    /// What the screen shows, shared.
    pub(super) fn shown(&self) -> Arc<[model::Conference]> {
        self.living.values().map(|conference| conference.view().clone()).collect()
    }

    pub(super) fn view(&self, id: ConferenceId) -> Option<&model::Conference> {
        self.living.get(&id).map(Conference::view)
    }

    pub(super) fn of_call(&self, call: CallId) -> Option<ConferenceId> {
        self.living.values().find(|conference| conference.view().party(call).is_some()).map(|found| found.view().id)
    }

    pub(super) fn set_recording(&mut self, id: ConferenceId, recording: Option<model::Recording>) {
        if let Some(conference) = self.living.get_mut(&id) {
            conference.set_recording(recording);
        }
    }
}

impl Manager {
    pub(super) fn handle_conference(&mut self, request: ConferenceRequest, now: Now) -> Result<Reply, Refusal> {
        let done = match request {
            ConferenceRequest::Create(calls) => return self.create_conference(&calls, now).map(Reply::Conference),
            ConferenceRequest::List => return Ok(Reply::Conferences(self.conferences.shown())),
            ConferenceRequest::Join(id, call) => self.join_conference(id, call, now),
            ConferenceRequest::Leave(call) => self.leave_conference(call, now),
            ConferenceRequest::Remove(call) => {
                self.conference_of(call)?;
                let _ = self.calls.with(call, now, |machine| machine.hang_up(now));
                Ok(())
            }
            ConferenceRequest::End(id) => self.on_conference(id, now, Conference::end),
            ConferenceRequest::MuteParty(call, muted) => {
                let id = self.conference_of(call)?;
                self.on_conference(id, now, |conference| {
                    conference.mute_party(call, muted);
                })
            }
            ConferenceRequest::Mute(id, muted) => self.on_conference(id, now, |conference| conference.mute(muted)),
            ConferenceRequest::Hold(id, held) => self.on_conference(id, now, |conference| conference.hold(held)),
        };
        done.map(|()| Reply::Done)
    }

    pub(super) fn create_conference(&mut self, calls: &[CallId], now: Now) -> Result<ConferenceId, Refusal> {
        let mut wanted: Vec<CallId> = Vec::new();
        for call in calls {
            // Joining with somebody who is in a conference means with all of it.
            let others = self.conferences.of_call(*call).and_then(|id| self.conferences.view(id));
            let more: Vec<CallId> = match others {
                Some(view) => view.parties.iter().map(|party| party.call).collect(),
                None => vec![*call],
            };
            for call in more {
                if !wanted.contains(&call) {
                    wanted.push(call);
                }
            }
        }
        if wanted.len() < 2 {
            return Err(Refusal::new(RefusalKind::Invalid, "A conference needs two calls at least."));
        }
        for call in &wanted {
            self.joinable(*call)?;
        }
        // The first conference among them stays what it is: its mutes, its recording, its name.
        let kept = wanted.iter().find_map(|call| self.conferences.of_call(*call));
        let id = kept.unwrap_or_else(|| {
            self.conferences.next += 1;
            ConferenceId(self.conferences.next)
        });
        self.conferences.living.entry(id).or_insert_with(|| Conference::new(id, now));
        for call in wanted {
            self.join_conference(id, call, now)?;
        }
        Ok(id)
    }

    /// What "Join calls" would join: every connected call, where they are not one conference already.
    pub(super) fn joinable_calls(&self) -> Arc<[CallId]> {
        let connected = |call: &&Call| matches!(call.state, CallState::Active | CallState::Held);
        let calls: Vec<&Call> = self.calls.living_views().filter(connected).collect();
        let first = calls.first().and_then(|call| call.conference);
        let one = first.is_some() && calls.iter().all(|call| call.conference == first);
        if calls.len() < 2 || one {
            return Arc::from([]);
        }
        calls.iter().map(|call| call.id).collect()
    }

    fn joinable(&self, call: CallId) -> Result<&Call, Refusal> {
        let view =
            self.calls.view(call).ok_or_else(|| Refusal::new(RefusalKind::NotFound, "There is no such call."))?;
        if view.emergency {
            // RFC 6443 section 8.
            return Err(Refusal::new(RefusalKind::NotAllowed, "This is an emergency call: nobody joins it."));
        }
        match view.state {
            CallState::Active | CallState::Held => Ok(view),
            CallState::Preparing | CallState::Dialing | CallState::Early => Ok(view),
            CallState::Ringing if view.direction == model::Direction::Outgoing => Ok(view),
            CallState::Ringing => Err(Refusal::new(RefusalKind::NotAllowed, "Answer the call before it joins.")),
            CallState::Ending | CallState::Ended => Err(Refusal::new(RefusalKind::NotAllowed, "The call has ended.")),
        }
    }

    pub(super) fn join_conference(&mut self, id: ConferenceId, call: CallId, now: Now) -> Result<(), Refusal> {
        let view = self.joinable(call)?.clone();
        if self.conferences.view(id).is_none() {
            return Err(no_conference());
        }
        match self.conferences.of_call(call) {
            Some(joined) if joined == id => return Ok(()),
            Some(other) => self.on_conference(other, now, |conference| {
                conference.leave(call);
            })?,
            None => {}
        }
        let mut taken = false;
        self.on_conference(id, now, |conference| taken = conference.join(&view))?;
        if !taken {
            return Err(Refusal::new(RefusalKind::NotAllowed, "There are too many parties in the conference."));
        }
        let recording = self.conferences.view(id).and_then(|view| view.recording.clone());
        let _ = self.calls.with(call, now, |machine| {
            machine.set_conference(Some(id));
            if view.state == CallState::Active {
                // A hold that is on its way, because the user turned to the next call, is taken back.
                machine.hold(false);
            }
            if recording.is_some() && machine.view().recording.is_none() {
                machine.set_recording(recording);
            }
        });
        Ok(())
    }

    /// Two private talks at once would both hear us: whoever leaves waits.
    fn leave_conference(&mut self, call: CallId, now: Now) -> Result<(), Refusal> {
        let id = self.conference_of(call)?;
        self.on_conference(id, now, |conference| {
            conference.leave(call);
        })?;
        let _ = self.calls.with(call, now, |machine| machine.hold(true));
        Ok(())
    }

    fn conference_of(&self, call: CallId) -> Result<ConferenceId, Refusal> {
        let none = || Refusal::new(RefusalKind::NotFound, "This call is in no conference.");
        self.conferences.of_call(call).ok_or_else(none)
    }

    fn on_conference(&mut self, id: ConferenceId, now: Now, act: impl FnOnce(&mut Conference)) -> Result<(), Refusal> {
        act(self.conferences.living.get_mut(&id).ok_or_else(no_conference)?);
        self.run_conference(id, now);
        Ok(())
    }

    /// A call changed: its conference follows.
    pub(super) fn conference_follows(&mut self, call: &Call, now: Now) {
        let Some(id) = self.conferences.of_call(call.id) else { return };
        if let Some(conference) = self.conferences.living.get_mut(&id) {
            conference.handle_call(call);
        }
        self.run_conference(id, now);
    }

    /// Carries out what a conference wants; one with a single party is none any more.
    fn run_conference(&mut self, id: ConferenceId, now: Now) {
        loop {
            let Some(conference) = self.conferences.living.get_mut(&id) else { return };
            let Some(output) = conference.poll_output() else { break };
            match output {
                ConferenceOutput::Media(command) => self.media(command),
                ConferenceOutput::Hold(call, held) => {
                    let _ = self.calls.with(call, now, |machine| machine.hold(held));
                }
                ConferenceOutput::Mute(call, muted) => {
                    let _ = self.calls.with(call, now, |machine| machine.mute(muted));
                }
                ConferenceOutput::HangUp(call) => {
                    let _ = self.calls.with(call, now, |machine| machine.hang_up(now));
                }
                ConferenceOutput::Changed => {
                    self.meetings.stale = true;
                    self.dirty = true;
                }
            }
        }
        self.forget_strays(id, now);
        let few = self.conferences.view(id).is_some_and(|view| view.parties.len() < 2);
        // While it is being put together it has one party for a moment.
        if few && self.conferences.living.get(&id).is_some_and(Conference::is_begun) {
            self.media(media::Command::Record { what: Recorded::Conference(id), order: RecordOrder::Stop });
            if let Some(conference) = self.conferences.living.get_mut(&id) {
                conference.dissolve();
            }
            self.run_last(id, now);
            self.conferences.living.remove(&id);
            self.meetings.stale = true;
        }
    }

    fn run_last(&mut self, id: ConferenceId, now: Now) {
        while let Some(output) = self.conferences.living.get_mut(&id).and_then(Conference::poll_output) {
            if let ConferenceOutput::Media(command) = output {
                self.media(command);
            }
        }
        self.forget_strays(id, now);
    }

    /// Calls that believe to be in a conference which they left.
    fn forget_strays(&mut self, id: ConferenceId, now: Now) {
        let strays: Vec<CallId> = self
            .calls
            .living_views()
            .filter(|call| call.conference == Some(id) && self.conferences.of_call(call.id) != Some(id))
            .map(|call| call.id)
            .collect();
        let file = self.conferences.view(id).and_then(|view| view.recording.as_ref()).map(|kept| kept.file.clone());
        for call in strays {
            let _ = self.calls.with(call, now, |machine| {
                machine.set_conference(None);
                // The recording goes on without it.
                let own = machine.view().recording.clone().filter(|own| Some(&own.file) == file.as_ref());
                if let Some(own) = own {
                    machine.set_recording(Some(Recording { state: RecordingState::Ended, ..own }));
                }
            });
        }
    }
}

fn no_conference() -> Refusal {
    Refusal::new(RefusalKind::NotFound, "There is no such conference.")
}
