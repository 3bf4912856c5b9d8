//! What the user does with meetings. Nothing is entered or dialled without it (C-37, C-38), and what is asked about the cost of a
//! call is asked here as well.

use std::sync::Arc;

use super::effect::Ticket;
use super::manager::Manager;
use super::meeting_request::{MeetingOf, MeetingRequest};
use super::meeting_words as words;
use super::meetings::{Asked, Hosted, JoinWish, MOST_INVITED, Meeting};
use super::place::{Accepted, Wish};
use super::{CallTo, EnterRoom, NoticeBody, Refusal, RefusalKind, Reply, RoomRequest};
use crate::cusax;
use crate::model::{CallId, CallState, ConferenceId, Jid, Now, RoomState, SipUri};
use crate::sip::{Command, ReferTo, TransferEvent};
use crate::xmpp::room::CallWord;

/// People who are called at once when a meeting starts. When full: refused.
const MOST_PEOPLE: usize = 16;

impl Manager {
    /// Answers, now or when the other side has.
    pub(super) fn handle_meeting(&mut self, ticket: Ticket, request: MeetingRequest, now: Now) {
        let answer = match request {
            MeetingRequest::List => Ok(Reply::Meetings(self.shown_meetings())),
            MeetingRequest::JoinCall { room, uri, confirm } => self.join_call(&room, uri.as_ref(), confirm, now),
            MeetingRequest::DeclineCall(with) => self.decline_call(&with),
            MeetingRequest::EnterRoom { call, room } => match self.accept_room(call, &room) {
                Ok(()) => {
                    let enter = EnterRoom { once: true, ..EnterRoom::to(room) };
                    return self.handle_room_request(ticket, RoomRequest::Join(enter));
                }
                Err(refusal) => Err(refusal),
            },
            MeetingRequest::DeclineRoom { call, room } => self.decline_room(call, &room),
            MeetingRequest::Start { room, people, confirm } => self.start_meeting(&room, &people, confirm, now),
            MeetingRequest::Announce { of, room } => self.announce_meeting(of, room),
            MeetingRequest::Invite { of, to, confirm } => self.invite_to_call(of, &to, confirm, now),
            MeetingRequest::Moderate { of, who, side, what } => {
                return self.moderate(ticket, of, &who, side, what, now);
            }
            MeetingRequest::Mirror { of, yes } => return self.answer_mirror(ticket, of, yes, now),
        };
        self.meetings.stale = true;
        self.answer(ticket, answer);
    }

    /// `with`: the room or the contact that offers it.
    fn join_call(&mut self, with: &Jid, uri: Option<&Arc<str>>, confirm: bool, now: Now) -> Result<Reply, Refusal> {
        let is_room = self.rooms.get(with).is_some();
        let offers = self.offers_of(with);
        let offer = match uri {
            Some(uri) => offers.iter().find(|offer| cusax::same_call(&offer.uri, uri)),
            None => offers.iter().find(|offer| !offer.own),
        };
        let none = || {
            let text = if is_room { "This room offers no such call." } else { "They offer no such call." };
            Refusal::new(RefusalKind::NotFound, text)
        };
        let offer = offer.cloned().ok_or_else(none)?;
        if let Some(call) = self.calls.living_views().find(|call| cusax::same_call(&call.peer.uri, &offer.uri)) {
            let (id, account) = (call.id, call.account.clone());
            // We are in it already: it only has to be known that they belong together.
            let meeting = self.meetings.calls.entry(id).or_insert_with(|| Meeting::new(account));
            if is_room {
                meeting.room = Some(with.clone());
            }
            return Ok(Reply::Call(id));
        }
        let says = self.meetings.rooms.get(with).filter(|_| is_room).or_else(|| self.meetings.people.get(with));
        let invite = says
            .and_then(|says| {
                says.invites
                    .iter()
                    .rev()
                    .find(|invite| !invite.own && invite.uris.iter().any(|known| cusax::same_call(known, &offer.uri)))
            })
            .and_then(|invite| invite.ids.first().cloned());
        self.meetings.wish(JoinWish { uri: offer.uri.clone(), with: with.clone(), invite });
        self.place_call(&wish(CallTo::Text(offer.uri), confirm), now).map(Reply::Call)
    }

    fn decline_call(&mut self, with: &Jid) -> Result<Reply, Refusal> {
        let is_room = self.rooms.get(with).is_some();
        let says = if is_room { self.meetings.room(with) } else { self.meetings.person(with) };
        let says = says.ok_or_else(no_meeting)?;
        says.declined = true;
        let invite = says.invites.iter().rev().find(|invite| !invite.own);
        if let Some(id) = invite.and_then(|invite| invite.ids.first().cloned()) {
            self.say_of_call(with, CallWord::Reject(id));
        }
        Ok(Reply::Done)
    }

    fn accept_room(&mut self, call: CallId, room: &Jid) -> Result<(), Refusal> {
        let meeting = self.meetings.calls.get_mut(&call).ok_or_else(no_meeting)?;
        if !meeting.info.rooms().contains(room) {
            return Err(Refusal::new(RefusalKind::NotFound, "This conference names no such room."));
        }
        meeting.room = Some(room.clone());
        let memo = Self::room_memo(meeting, room);
        self.set_memo(&memo, "yes");
        Ok(())
    }

    fn decline_room(&mut self, call: CallId, room: &Jid) -> Result<Reply, Refusal> {
        let meeting = self.meetings.calls.get_mut(&call).ok_or_else(no_meeting)?;
        meeting.room.take_if(|known| known == room);
        let memo = Self::room_memo(meeting, room);
        self.set_memo(&memo, "no");
        Ok(Reply::Done)
    }

    /// Calls people of a room; two and more are joined here.
    fn start_meeting(&mut self, room: &Jid, people: &[Jid], confirm: bool, now: Now) -> Result<Reply, Refusal> {
        if !self.is_in(room) {
            return Err(Refusal::new(RefusalKind::NotAllowed, "You are not in this room."));
        }
        if people.is_empty() {
            return match self.offers_of(room).iter().any(|offer| !offer.own) {
                true => self.join_call(room, None, confirm, now),
                false => Err(Refusal::new(RefusalKind::Invalid, "Say whom of the room to call.")),
            };
        }
        if people.len() > MOST_PEOPLE {
            return Err(Refusal::new(RefusalKind::Invalid, "These are too many people for calls from here."));
        }
        let mut placed: Vec<CallId> = Vec::new();
        let mut failed = None;
        for who in people {
            match self.place_call(&wish(CallTo::Contact(who.clone()), confirm), now) {
                Ok(call) => placed.push(call),
                Err(refusal) => {
                    let text = format!("\u{2068}{}\u{2069} was not called: {}", self.people.name(who), refusal.text);
                    if failed.replace(refusal).is_some() || !placed.is_empty() {
                        self.notice(NoticeBody::Problem(text.into()));
                    }
                }
            }
        }
        match placed.as_slice() {
            [] => Err(failed.unwrap_or_else(|| Refusal::new(RefusalKind::NoTarget, "Nobody could be called."))),
            [one] => {
                let account = self.calls.view(*one).map(|call| call.account.clone()).ok_or_else(no_meeting)?;
                let meeting = self.meetings.calls.entry(*one).or_insert_with(|| Meeting::new(account));
                meeting.room = Some(room.clone());
                Ok(Reply::Call(*one))
            }
            calls => {
                let id = self.create_conference(calls, now)?;
                self.meetings.hosted.insert(id, Hosted { room: Some(room.clone()), ..Hosted::default() });
                Ok(Reply::Conference(id))
            }
        }
    }

    /// Invites a room or a contact to a call: to the conference's address, or to ourselves who join the calls.
    fn announce_meeting(&mut self, of: MeetingOf, room: Option<Jid>) -> Result<Reply, Refusal> {
        let known = self.room_of(of);
        let with = room.or(known).ok_or_else(|| Refusal::new(RefusalKind::Invalid, "Say in which room."))?;
        let contact = self.people.account_of(&with).is_some() && self.rooms.get(&with).is_none();
        if !contact && !self.is_in(&with) {
            return Err(Refusal::new(RefusalKind::NotAllowed, "You are not in this room."));
        }
        let id: Arc<str> = self.random_id().into();
        let uri: Arc<str> = match of {
            MeetingOf::Call(call) => {
                let meeting = self.meetings.calls.get(&call).filter(|meeting| meeting.focus.is_some());
                let not = "Only a conference can be called by others; this call is with one person.";
                meeting.ok_or_else(|| Refusal::new(RefusalKind::NotAllowed, not))?;
                self.calls.view(call).map(|call| call.peer.uri.clone()).ok_or_else(no_meeting)?
            }
            MeetingOf::Conference(id) => self.own_address_in(id).ok_or_else(no_meeting)?.to_string().into(),
        };
        let (room, invited) = match of {
            MeetingOf::Call(call) => {
                let meeting = self.meetings.calls.get_mut(&call).ok_or_else(no_meeting)?;
                (&mut meeting.room, &mut meeting.invited)
            }
            MeetingOf::Conference(conference) => {
                let hosted = self.meetings.hosted.entry(conference).or_default();
                (&mut hosted.room, &mut hosted.invited)
            }
        };
        // Whoever is invited again is invited once: the last invitation is the one that is taken back.
        invited.retain(|(known, _)| *known != with);
        if invited.len() >= MOST_INVITED {
            return Err(Refusal::new(RefusalKind::NotAllowed, "There are too many invitations to this call."));
        }
        invited.push((with.clone(), id.clone()));
        if !contact {
            *room = Some(with.clone());
        }
        self.say_of_call(&with, CallWord::Invite { ids: vec![id], uris: vec![uri] });
        Ok(Reply::Done)
    }

    fn invite_to_call(&mut self, of: MeetingOf, to: &CallTo, confirm: bool, now: Now) -> Result<Reply, Refusal> {
        match of {
            MeetingOf::Conference(id) => {
                let call = self.place_call(&wish(to.clone(), confirm), now)?;
                self.join_conference(id, call, now)?;
                Ok(Reply::Call(call))
            }
            MeetingOf::Call(call) => {
                let target = self.target(to)?;
                let account = self.calls.view(call).map(|view| view.account.clone()).ok_or_else(no_meeting)?;
                let voice = self.voice_account(&account)?;
                let none = || Refusal::new(RefusalKind::NoTarget, "This address cannot be called.");
                let uri = self.request_uri(&target.uri, &voice, &mut crate::phone::Trace(None)).ok_or_else(none)?;
                let whom: Arc<str> = self.whom(&target).into();
                self.ask_focus(call, Asked::ToCall(whom), ReferTo::Address(uri))
            }
        }
    }

    /// Asks the focus to call somebody, or to end somebody's part (RFC 4579 sections 5.5 and 5.11).
    pub(super) fn ask_focus(&mut self, call: CallId, asked: Asked, to: ReferTo) -> Result<Reply, Refusal> {
        let talking =
            self.calls.view(call).is_some_and(|view| matches!(view.state, CallState::Active | CallState::Held));
        let meeting = self.meetings.calls.get_mut(&call).filter(|meeting| meeting.focus.is_some() && talking);
        let meeting = meeting.ok_or_else(|| {
            Refusal::new(RefusalKind::NotAllowed, "The other end of this call is no conference that could be asked.")
        })?;
        if meeting.asked.is_some() {
            return Err(Refusal::new(
                RefusalKind::NotAllowed,
                "The conference has not answered the last question yet.",
            ));
        }
        meeting.asked = Some(asked);
        let account = meeting.account.clone();
        self.voice(&account, Command::Transfer { call, to });
        Ok(Reply::Done)
    }

    /// What the focus says to what was asked of it.
    pub(super) fn focus_answers(&mut self, call: CallId, news: &TransferEvent) {
        let Some(meeting) = self.meetings.calls.get_mut(&call) else { return };
        let TransferEvent::Over(outcome) = news else { return };
        let Some(asked) = meeting.asked.take() else { return };
        self.meetings.stale = true;
        let Some(text) = words::not_done(&asked, outcome) else { return };
        if matches!(asked, Asked::ToRemove(_)) {
            self.removal_refused(call);
        }
        self.notice(NoticeBody::Problem(text.into()));
    }

    /// The room of a meeting.
    pub(super) fn room_of(&self, of: MeetingOf) -> Option<Jid> {
        match of {
            MeetingOf::Call(call) => self.meetings.calls.get(&call)?.room.clone(),
            MeetingOf::Conference(id) => self.meetings.hosted.get(&id)?.room.clone(),
        }
    }

    fn is_in(&self, room: &Jid) -> bool {
        self.rooms.get(room).is_some_and(|entry| entry.state == RoomState::Joined)
    }

    /// Our own address in the calls that we join: that of the account which carries them.
    pub(super) fn own_address_in(&self, id: ConferenceId) -> Option<SipUri> {
        let calls = self.conferences.view(id)?.parties.iter().filter_map(|party| self.calls.view(party.call));
        let mut voices = calls.filter_map(|call| self.config.voice.iter().find(|voice| voice.id == call.account));
        // Where all of them go over chat, whoever calls in still needs a telephone address.
        let voice = voices.next().or(self.config.voice.first())?;
        Some(voice.address.address_of_record())
    }
}

fn wish(to: CallTo, confirm: bool) -> Wish {
    let accepted = if confirm { Accepted::Everything } else { Accepted::Nothing };
    Wish { accepted, ..Wish::to(to) }
}

pub(super) fn no_meeting() -> Refusal {
    Refusal::new(RefusalKind::NotFound, "There is no such meeting.")
}
