//! Recordings of calls and conferences: what the user asks, and what the media thread tells.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::effect::Ticket;
use super::manager::Manager;
use super::{Refusal, RefusalKind, Reply};
use crate::call::file_name;
use crate::media::{Command, RecordOrder, RecordingNews, RecordingWish};
use crate::model::{CallId, CallState, ConditionKind, Now, Recorded, Recording, RecordingState, Remedy, WallTime};

/// What may be asked about a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordRequest {
    /// Record. Answered with the file once it is there.
    On,
    /// Stop. Answered when the file is whole.
    Off,
    /// Write nothing for a while: a secret is being said.
    Pause,
    /// Go on.
    Resume,
}

/// What is being recorded, and who waits for it.
#[derive(Debug, Default)]
pub(super) struct Recordings {
    running: BTreeMap<Recorded, Running>,
    /// Where files go where the configuration does not say.
    folder: PathBuf,
}

#[derive(Debug)]
struct Running {
    since: WallTime,
    /// Once the file is there.
    file: Option<Arc<str>>,
    waiting: Vec<Ticket>,
}

impl Manager {
    /// Where recordings go where the configuration does not say.
    pub fn set_recordings_folder(&mut self, folder: PathBuf) {
        self.recordings.folder = folder;
    }

    pub(super) fn handle_record(&mut self, ticket: Ticket, what: Recorded, request: RecordRequest, now: Now) {
        let running = self.recordings.running.get(&what).map(|running| running.file.clone());
        let outcome = match (request, running) {
            (RecordRequest::On, None) => match self.start_recording(what, now) {
                Ok(()) => return self.wait_for_recording(what, ticket),
                Err(refusal) => Err(refusal),
            },
            (RecordRequest::On, Some(Some(file))) => Ok(Reply::Recorded(Some(file))),
            (RecordRequest::On, Some(None)) => return self.wait_for_recording(what, ticket),
            (RecordRequest::Off, Some(_)) => {
                self.media(Command::Record { what, order: RecordOrder::Stop });
                return self.wait_for_recording(what, ticket);
            }
            (RecordRequest::Pause, Some(Some(file))) => {
                self.media(Command::Record { what, order: RecordOrder::Pause(true) });
                self.show_recording(what, file, RecordingState::Paused, now);
                Ok(Reply::Done)
            }
            (RecordRequest::Resume, Some(Some(file))) => {
                self.media(Command::Record { what, order: RecordOrder::Pause(false) });
                self.show_recording(what, file, RecordingState::Running, now);
                Ok(Reply::Done)
            }
            (RecordRequest::Off, None) => Ok(Reply::Recorded(None)),
            (RecordRequest::Pause | RecordRequest::Resume, Some(None) | None) => {
                Err(Refusal::new(RefusalKind::NotAllowed, "Nothing is being recorded."))
            }
        };
        self.answer(ticket, outcome);
    }

    fn wait_for_recording(&mut self, what: Recorded, ticket: Ticket) {
        if let Some(running) = self.recordings.running.get_mut(&what) {
            running.waiting.push(ticket);
        }
    }

    fn start_recording(&mut self, what: Recorded, now: Now) -> Result<(), Refusal> {
        let with = match what {
            Recorded::Call(id) => {
                let none = || Refusal::new(RefusalKind::NotFound, "There is no such call.");
                let call = self.calls.view(id).ok_or_else(none)?;
                if !matches!(call.state, CallState::Active | CallState::Held) {
                    return Err(Refusal::new(
                        RefusalKind::NotAllowed,
                        "Only a call that is connected can be recorded.",
                    ));
                }
                call.peer.display.clone()
            }
            Recorded::Conference(id) => {
                let none = || Refusal::new(RefusalKind::NotFound, "There is no such conference.");
                self.conferences.view(id).ok_or_else(none)?;
                "conference".into()
            }
        };
        let config = &self.config.recording;
        let wish = RecordingWish {
            folder: config.folder.clone().unwrap_or_else(|| self.recordings.folder.clone()),
            name: file_name(now.wall, &with).into(),
            format: config.format,
            channels: config.channels,
            beep: config.beep,
        };
        self.recordings.running.insert(what, Running { since: now.wall, file: None, waiting: Vec::new() });
        self.media(Command::Record { what, order: RecordOrder::Start(Box::new(wish)) });
        Ok(())
    }

    pub(super) fn handle_recording(&mut self, what: Recorded, news: RecordingNews, now: Now) {
        match news {
            RecordingNews::Started { file } => {
                let Some(running) = self.recordings.running.get_mut(&what) else { return };
                running.file = Some(file.clone());
                for ticket in std::mem::take(&mut running.waiting) {
                    self.answer(ticket, Ok(Reply::Recorded(Some(file.clone()))));
                }
                self.show_recording(what, file, RecordingState::Running, now);
            }
            RecordingNews::Ended { file, problem } => {
                if let Some(file) = file.clone() {
                    self.show_recording(what, file, RecordingState::Ended, now);
                }
                let Some(running) = self.recordings.running.remove(&what) else { return };
                for ticket in running.waiting {
                    let answer = match (&file, &problem) {
                        (None, Some(problem)) => Err(Refusal::new(RefusalKind::NotAllowed, problem)),
                        (file, _) => Ok(Reply::Recorded(file.clone())),
                    };
                    self.answer(ticket, answer);
                }
                if let Some(problem) = problem {
                    self.add_condition(ConditionKind::Recording, &problem, Remedy::Dismiss);
                }
            }
        }
    }
    /// Puts it where people see it: the call, or the conference and every call in it.
    fn show_recording(&mut self, what: Recorded, file: Arc<str>, state: RecordingState, now: Now) {
        let Some(running) = self.recordings.running.get(&what) else { return };
        let recording = Recording { state, file, since: running.since };
        let calls: Vec<CallId> = match what {
            Recorded::Call(id) => vec![id],
            Recorded::Conference(id) => {
                self.conferences.set_recording(id, Some(recording.clone()).filter(|_| state != RecordingState::Ended));
                let has_it = |call: &&crate::model::Call| {
                    let own = call.recording.as_ref();
                    // A call that was recorded by itself keeps that, until both are over.
                    own.map_or(call.conference == Some(id), |own| own.file == recording.file)
                };
                self.calls.living_views().filter(has_it).map(|call| call.id).collect()
            }
        };
        for call in calls {
            let recording = recording.clone();
            let _ = self.calls.with(call, now, |machine| machine.set_recording(Some(recording)));
        }
    }
}
