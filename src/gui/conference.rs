//! What the user does with conferences and recordings.

use super::app::{App, Effect};
use super::update::ask;
use crate::account::{ConferenceRequest, RecordRequest, Request};
use crate::model::{Call, Conference, ConferenceId, Recorded};

/// What happened.
#[derive(Clone, Debug)]
pub enum Message {
    /// Join all calls that can be joined.
    Join,
    /// Show who is in a conference.
    Open(ConferenceId),
    /// Back to the bar.
    Close,
    /// Ask something about conferences.
    Ask(ConferenceRequest),
    /// About a recording.
    Record(Recorded, RecordRequest),
}

/// What would vanish with the window.
#[derive(Debug, Default)]
pub struct State {
    /// The conference that is shown whole.
    pub(super) view: Option<ConferenceId>,
    /// What is chosen in meetings.
    pub(super) meeting: super::meeting::State,
}

impl App {
    pub(super) fn update_conference(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Join => ask(Request::Conference(ConferenceRequest::Create(self.snapshot.joinable.to_vec()))),
            Message::Open(id) => {
                self.call_view = None;
                self.keypad = None;
                self.conference.view = Some(id);
                Vec::new()
            }
            Message::Close => {
                self.conference.view = None;
                Vec::new()
            }
            Message::Ask(request) => ask(Request::Conference(request)),
            Message::Record(what, request) => ask(Request::Record(what, request)),
        }
    }

    /// The conference that is shown whole, while it lasts.
    pub(super) fn shown_conference(&self) -> Option<&Conference> {
        let id = self.conference.view?;
        self.snapshot.conferences.iter().find(|conference| conference.id == id)
    }

    /// The calls of a conference, in its order.
    pub(super) fn calls_of<'a>(&'a self, conference: &'a Conference) -> impl Iterator<Item = &'a Call> {
        conference.parties.iter().filter_map(|party| self.call(party.call))
    }
}
