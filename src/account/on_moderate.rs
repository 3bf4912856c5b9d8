//! Moderating a meeting (S-15): on the side where it was granted, and on the other one only when the user says so.

use std::sync::Arc;

use super::effect::Ticket;
use super::manager::Manager;
use super::meeting_request::{MeetingOf, MeetingSide, Moderation};
use super::meetings::Asked;
use super::on_meeting_request::no_meeting;
use super::{ConferenceRequest, Refusal, RefusalKind, Reply, RoomRequest};
use crate::model::{CallId, ConferenceId, MeetingView, Mirror, Now, OccupantAction, Participant, SipUri, may};
use crate::sip::ReferTo;

/// What could be done on the other side too.
#[derive(Clone, Debug)]
pub(super) struct MirrorWish {
    of: MeetingOf,
    who: Arc<str>,
    side: MeetingSide,
    what: Moderation,
    text: Arc<str>,
    /// What was asked on the first side: if that fails, nothing is left to be done on the other.
    asked: Ticket,
}

impl Manager {
    /// What could be done on the other side of this meeting too.
    pub(super) fn mirror_of(&self, call: Option<CallId>, conference: Option<ConferenceId>) -> Option<Mirror> {
        let wish = self.meetings.mirror.as_ref()?;
        let fits = match wish.of {
            MeetingOf::Call(id) => call == Some(id),
            MeetingOf::Conference(id) => conference == Some(id),
        };
        fits.then(|| Mirror { text: wish.text.clone() })
    }

    fn meeting(&mut self, of: MeetingOf) -> Option<Arc<MeetingView>> {
        let all = self.shown_meetings();
        all.iter()
            .find(|view| match of {
                MeetingOf::Call(id) => view.call == Some(id),
                MeetingOf::Conference(id) => view.conference == Some(id),
            })
            .cloned()
    }

    pub(super) fn moderate(
        &mut self,
        ticket: Ticket,
        of: MeetingOf,
        who: &Arc<str>,
        side: MeetingSide,
        what: Moderation,
        now: Now,
    ) {
        let Some(view) = self.meeting(of) else { return self.answer(ticket, Err(no_meeting())) };
        let found =
            view.participants.iter().find(|one| one.address.as_ref() == Some(who) || one.nick.as_ref() == Some(who));
        let Some(one) = found.cloned() else {
            let refusal =
                Refusal::new(RefusalKind::NotFound, "There is nobody of this address or nick in the meeting.");
            return self.answer(ticket, Err(refusal));
        };
        self.offer_mirror(ticket, of, &view, &one, (side, what));
        self.meetings.stale = true;
        match side {
            MeetingSide::Call => {
                let answer = self.moderate_call(of, &view, &one, what, now);
                self.answer(ticket, answer);
            }
            MeetingSide::Room => match (&view.room, &one.nick) {
                (Some(room), Some(nick)) => {
                    let (room, nick, reason) = (room.clone(), nick.clone(), None);
                    let action = room_action(what);
                    self.handle_room_request(ticket, RoomRequest::Act { room, nick, action, reason });
                }
                (_, _) => {
                    let refusal = Refusal::new(RefusalKind::NotFound, "They are not in the room.");
                    self.answer(ticket, Err(refusal));
                }
            },
        }
    }

    fn moderate_call(
        &mut self,
        of: MeetingOf,
        view: &MeetingView,
        one: &Participant,
        what: Moderation,
        now: Now,
    ) -> Result<Reply, Refusal> {
        let not = |text: &str| Err(Refusal::new(RefusalKind::NotAllowed, text));
        if one.own {
            return not("That is you: mute yourself or leave.");
        }
        match (of, one.call, what) {
            (MeetingOf::Conference(_), Some(call), Moderation::Remove) => {
                self.handle_conference(ConferenceRequest::Remove(call), now)
            }
            (MeetingOf::Conference(_), Some(call), Moderation::Mute | Moderation::Unmute) => {
                let muted = what == Moderation::Mute;
                self.handle_conference(ConferenceRequest::MuteParty(call, muted), now)
            }
            (MeetingOf::Conference(_), None, _) => not("They are not in the call."),
            (MeetingOf::Call(_), _, _) if !view.moderates => {
                not("The conference does not list you as somebody who moderates it.")
            }
            (MeetingOf::Call(call), _, Moderation::Remove) => {
                let address = one.address.as_deref().and_then(|address| SipUri::parse(address).ok());
                let none = || Refusal::new(RefusalKind::NotFound, "They are not in the call.");
                self.ask_focus(call, Asked::ToRemove(one.name.clone()), ReferTo::Remove(address.ok_or_else(none)?))
            }
            // RFC 4579 has no request for it, and conference control (RFC 6503) is deployed nowhere that was found.
            (MeetingOf::Call(_), _, Moderation::Mute | Moderation::Unmute) => {
                not("A conference server cannot be asked to mute others. Ask them, or put them out.")
            }
        }
    }

    /// Whoever is on both sides may be meant on both: it is offered, and never done by itself.
    fn offer_mirror(
        &mut self,
        asked: Ticket,
        of: MeetingOf,
        view: &MeetingView,
        one: &Participant,
        (side, what): (MeetingSide, Moderation),
    ) {
        self.meetings.mirror = None;
        let (Some(address), Some(nick), false) = (&one.address, &one.nick, one.own) else { return };
        let other = side.other();
        let (possible, who) = match other {
            MeetingSide::Call => {
                let hosted = one.call.is_some();
                (hosted || (view.moderates && what == Moderation::Remove), address)
            }
            MeetingSide::Room => (self.may_in_room(view, nick, room_action(what)), nick),
        };
        if !possible {
            return;
        }
        let name = super::meeting_words::name(&one.name);
        let text = match (other, what) {
            (MeetingSide::Call, Moderation::Remove) => format!("Put {name} out of the call too?"),
            (MeetingSide::Call, Moderation::Mute) => format!("Mute {name} in the call too?"),
            (MeetingSide::Call, Moderation::Unmute) => format!("Let {name} be heard in the call too?"),
            (MeetingSide::Room, Moderation::Remove) => format!("Put {name} out of the room too?"),
            (MeetingSide::Room, Moderation::Mute) => format!("Let {name} only read in the room too?"),
            (MeetingSide::Room, Moderation::Unmute) => format!("Let {name} write in the room too?"),
        };
        self.meetings.mirror = Some(MirrorWish { of, who: who.clone(), side: other, what, text: text.into(), asked });
    }

    /// What a moderator wanted was refused, at once or by whoever was asked: it is not offered for the other side any more.
    pub(super) fn moderation_refused(&mut self, asked: Ticket) {
        if self.meetings.mirror.take_if(|wish| wish.asked == asked).is_some() {
            self.meetings.stale = true;
        }
    }

    /// A conference did not put somebody out of the call.
    pub(super) fn removal_refused(&mut self, call: CallId) {
        let wished = |wish: &mut MirrorWish| wish.of == MeetingOf::Call(call) && wish.side == MeetingSide::Room;
        self.meetings.mirror.take_if(wished);
        self.meetings.stale = true;
    }

    fn may_in_room(&self, view: &MeetingView, nick: &Arc<str>, action: OccupantAction) -> bool {
        let Some(entry) = view.room.as_ref().and_then(|room| self.rooms.get(room)) else { return false };
        entry.occupants.get(nick).is_some_and(|occupant| may(entry.standing(), action, occupant))
    }

    /// The user says whether the other side follows.
    pub(super) fn answer_mirror(&mut self, ticket: Ticket, of: MeetingOf, yes: bool, now: Now) {
        self.meetings.stale = true;
        match self.meetings.mirror.take_if(|wish| wish.of == of) {
            Some(wish) if yes => {
                self.moderate(ticket, of, &wish.who, wish.side, wish.what, now);
                // What was just done on both sides is not offered back.
                self.meetings.mirror = None;
            }
            Some(_) => self.answer(ticket, Ok(Reply::Done)),
            None => {
                let refusal = Refusal::new(RefusalKind::NotFound, "There is nothing to be done on the other side.");
                self.answer(ticket, Err(refusal));
            }
        }
    }
}

fn room_action(what: Moderation) -> OccupantAction {
    match what {
        Moderation::Mute => OccupantAction::TakeVoice,
        Moderation::Unmute => OccupantAction::GiveVoice,
        Moderation::Remove => OccupantAction::Kick,
    }
}
