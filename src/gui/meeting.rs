//! What the user does with meetings, and what of it would vanish with the window.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::app::{App, Effect};
use super::message::Message as Event;
use super::update::ask;
use crate::account::{MeetingOf, MeetingRequest, Request};
use crate::model::{CallId, ConferenceId, Contact, Jid, MeetingView, RoomView};

/// What happened.
#[derive(Clone, Debug)]
pub enum Message {
    /// Ask something about meetings.
    Ask(MeetingRequest),
    /// Show what can be done with somebody (by address or nick), or hide it.
    Choose(Arc<str>),
    /// Show the call of a meeting whole.
    Show(MeetingOf),
    /// Choose people of a room to call, or stop choosing.
    Start(Jid),
    /// Choose somebody, or not.
    Toggle(Jid),
    /// Call those who are chosen.
    Call,
}

/// What would vanish with the window.
#[derive(Debug, Default)]
pub struct State {
    /// Whose actions are shown.
    pub(super) chosen: Option<Arc<str>>,
    /// The room whose people are chosen, and who is.
    pub(super) starting: Option<(Jid, BTreeSet<Jid>)>,
}

impl App {
    pub(super) fn update_meeting(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Ask(request) => {
                self.conference.meeting.chosen = None;
                ask(Request::Meeting(request))
            }
            Message::Choose(who) => {
                let shown = self.conference.meeting.chosen.take();
                self.conference.meeting.chosen = Some(who).filter(|who| shown.as_ref() != Some(who));
                Vec::new()
            }
            Message::Show(MeetingOf::Call(call)) => self.update(Event::OpenCall(call)),
            Message::Show(MeetingOf::Conference(id)) => self.update_conference(super::conference::Message::Open(id)),
            Message::Start(room) => {
                let open = self.conference.meeting.starting.take().is_some_and(|(shown, _)| shown == room);
                self.conference.meeting.starting = (!open).then(|| (room, BTreeSet::new()));
                Vec::new()
            }
            Message::Toggle(who) => {
                if let Some((_, chosen)) = &mut self.conference.meeting.starting
                    && !chosen.remove(&who)
                {
                    chosen.insert(who);
                }
                Vec::new()
            }
            Message::Call => match self.conference.meeting.starting.take() {
                Some((room, chosen)) if !chosen.is_empty() => {
                    let people = chosen.into_iter().collect();
                    ask(Request::Meeting(MeetingRequest::Start { room, people, confirm: false }))
                }
                Some(_) | None => Vec::new(),
            },
        }
    }

    /// The meeting of a call.
    pub(super) fn meeting_of_call(&self, call: CallId) -> Option<&MeetingView> {
        self.snapshot.meetings.iter().find(|view| view.call == Some(call)).map(AsRef::as_ref)
    }

    /// The meeting of the calls that are joined here.
    pub(super) fn meeting_of_conference(&self, id: ConferenceId) -> Option<&MeetingView> {
        self.snapshot.meetings.iter().find(|view| view.conference == Some(id)).map(AsRef::as_ref)
    }

    /// The meeting of a room.
    pub(super) fn meeting_of_room(&self, room: &Jid) -> Option<&MeetingView> {
        self.snapshot.meetings.iter().find(|view| view.room.as_ref() == Some(room)).map(AsRef::as_ref)
    }

    /// The call that a contact invites to.
    pub(super) fn meeting_of_contact(&self, who: &Jid) -> Option<&MeetingView> {
        self.snapshot.meetings.iter().find(|view| view.contact.as_ref() == Some(who)).map(AsRef::as_ref)
    }

    /// People of a room who can be called from here.
    pub(super) fn callable_in<'a>(&'a self, room: &'a RoomView) -> impl Iterator<Item = &'a Contact> {
        room.occupants
            .iter()
            .filter(|one| !one.own)
            .filter_map(|one| self.people.contact(&self.snapshot, one.jid.as_ref()?))
            .filter(|contact| contact.actions.call.available)
            .map(AsRef::as_ref)
    }
}

/// Which meeting a view is.
pub fn of(view: &MeetingView) -> Option<MeetingOf> {
    view.call.map(MeetingOf::Call).or(view.conference.map(MeetingOf::Conference))
}
