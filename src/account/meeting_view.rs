//! What is shown of meetings: both sides of each laid together, and the calls that rooms offer.

use std::sync::Arc;

use super::manager::Manager;
use super::meeting_words as words;
use super::meetings::{Invite, Meeting};
use super::people::clean;
use crate::cusax::{self, RoomClaims, Talker, Writer};
use crate::model::{
    Attendance, Call, CallOffer, CallState, Involvement, Jid, Knowledge, MeetingView, Mirror, Occupant, Participant,
    PeerGrade, Role, RoomOffer, RoomState, SoundState,
};
use crate::sip::subscription::Standing;

/// People who are only in the room and are listed beside a call. When full: the others are counted.
const MOST_WRITERS: usize = 200;

/// How somebody is called who is we.
const WE: &str = "You";

impl Manager {
    /// All meetings, shared; made anew only when something in them changed.
    pub(super) fn shown_meetings(&mut self) -> Arc<[Arc<MeetingView>]> {
        let (rooms, people) = (self.rooms.shown(), self.people.shared());
        let same = |meetings: &super::meetings::Meetings| {
            meetings.seen_rooms.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, &rooms))
                && meetings.seen_people.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, &people))
        };
        if !self.meetings.stale && same(&self.meetings) {
            return self.meetings.shown.clone();
        }
        let calls: Vec<crate::model::CallId> = self.meetings.calls.keys().copied().collect();
        let mut views: Vec<MeetingView> = calls.into_iter().filter_map(|call| self.view_of_call(call)).collect();
        for conference in self.conferences.shown().iter() {
            views.push(self.view_of_conference(conference));
        }
        let joined: Vec<Jid> =
            rooms.iter().filter(|room| room.state == RoomState::Joined).map(|room| room.jid.clone()).collect();
        for room in joined {
            if views.iter().all(|view| view.room.as_ref() != Some(&room)) {
                views.extend(self.view_of_room(&room));
            }
        }
        let inviting: Vec<Jid> = self.meetings.people.keys().cloned().collect();
        for who in inviting {
            views.extend(self.view_of_contact(&who));
        }
        let shown: Arc<[Arc<MeetingView>]> = views.into_iter().map(Arc::new).collect();
        self.meetings.shown = shown.clone();
        self.meetings.stale = false;
        (self.meetings.seen_rooms, self.meetings.seen_people) = (Some(rooms), Some(people));
        shown
    }

    /// The view of a call of ours with a conference, or with what a room offers.
    fn view_of_call(&mut self, id: crate::model::CallId) -> Option<MeetingView> {
        let call = self.calls.view(id).filter(|call| call.state != CallState::Ended)?.clone();
        let meeting = self.meetings.calls.get(&id)?;
        if meeting.focus.is_none() && meeting.room.is_none() {
            return None;
        }
        // A call over chat is with nobody's conference, but may belong to a room.
        let voice = self.config.voice.iter().find(|voice| voice.id == call.account).or(self.config.voice.first());
        let own = voice?.address.clone();
        let dialled = crate::model::SipUri::parse(&call.peer.uri);
        let trusted = meeting.focus.is_some()
            && dialled.is_ok_and(|dialled| cusax::is_trusted(&dialled, call.direction, call.peer.grade, &own));
        let voices = self.meetings.voices.get(&id).cloned().unwrap_or_default();
        let mut talkers = cusax::talkers(
            &meeting.info,
            &voices,
            trusted,
            &own,
            |address| self.confirmed_holder(&call.account, address),
            |jid| self.people.name(jid),
        );
        talkers.iter_mut().for_each(|talker| talker.name = clean(&talker.name));
        if meeting.focus.is_none() && call.peer.grade != PeerGrade::Anonymous {
            talkers.push(other_end(&call));
        }
        self.add_ourselves(&mut talkers, &call, &own.to_string());
        let moderates = talkers.iter().any(|talker| talker.own && talker.moderator);
        let unlisted =
            meeting.info.count().saturating_sub(u32::try_from(meeting.info.users().len()).unwrap_or(u32::MAX));
        let (knowledge, why) = knowledge(meeting, &call);
        let room = meeting.room.clone();
        let (title, locked) = (meeting.info.title.clone(), meeting.info.locked);
        let address = call.peer.uri.clone();
        let rooms = self.offered_rooms(meeting, trusted);
        let base = self.with_room(room, talkers, unlisted);
        let named = title.map(|title| clean(&title)).or_else(|| Some(base.title.clone()));
        Some(MeetingView {
            call: Some(id),
            account: Some(call.account.clone()),
            title: named.filter(|title| !title.trim().is_empty()).unwrap_or(call.peer.display),
            locked,
            address: Some(address),
            trusted,
            knowledge,
            why,
            rooms,
            moderates,
            mirror: self.mirror_of(Some(id), None),
            ..base
        })
    }

    /// The calls that we join ourselves.
    fn view_of_conference(&mut self, conference: &crate::model::Conference) -> MeetingView {
        let parties: Vec<(Call, Attendance, bool)> = conference
            .parties
            .iter()
            .filter_map(|party| Some((self.calls.view(party.call)?.clone(), party.attendance, party.muted)))
            .collect();
        let account = parties.first().map(|(call, ..)| call.account.clone());
        let own = account.as_ref().map(|id| self.address_of(id)).unwrap_or_else(|| "".into());
        let mut talkers = vec![Talker {
            name: WE.into(),
            address: own,
            proven: None,
            claimed: Vec::new(),
            own: true,
            sound: match (conference.held, conference.muted) {
                (true, _) => SoundState::OnHold,
                (false, true) => SoundState::Muted,
                (false, false) => SoundState::Talking,
            },
            speaking: false,
            moderator: true,
            call: None,
        }];
        for (call, attendance, muted) in &parties {
            let why = call.peer.evidence.first().cloned().unwrap_or_else(|| "The call is theirs.".into());
            let confirmed = call.peer.grade == PeerGrade::Confirmed;
            talkers.push(Talker {
                name: call.peer.display.clone(),
                address: call.peer.uri.clone(),
                proven: call.peer.jid.clone().filter(|_| confirmed).map(|jid| (jid, why)),
                claimed: call.peer.jid.clone().filter(|_| !confirmed).into_iter().collect(),
                own: false,
                sound: match (attendance, muted) {
                    (Attendance::Calling, _) => SoundState::Coming,
                    (Attendance::Held | Attendance::Away, _) => SoundState::OnHold,
                    (Attendance::Talking, true) => SoundState::MutedByModerator,
                    (Attendance::Talking, false) => SoundState::Talking,
                },
                speaking: attendance == &Attendance::Talking && !muted && self.meetings.voices.contains_key(&call.id),
                moderator: false,
                call: Some(call.id),
            });
        }
        let room = self.meetings.hosted.get(&conference.id).and_then(|hosted| hosted.room.clone());
        let base = self.with_room(room, talkers, 0);
        MeetingView {
            conference: Some(conference.id),
            account,
            knowledge: Knowledge::Known,
            trusted: true,
            moderates: true,
            mirror: self.mirror_of(None, Some(conference.id)),
            ..base
        }
    }

    /// A room that offers a call, and that we are in.
    fn view_of_room(&mut self, room: &Jid) -> Option<MeetingView> {
        let offers = self.offers_of(room);
        if offers.is_empty() || self.meetings.rooms.get(room).is_some_and(|says| says.declined) {
            return None;
        }
        let title = self.rooms.get(room).map(|entry| entry.name())?;
        let said: Vec<&Arc<str>> = offers.iter().flat_map(|offer| offer.accepted.iter()).collect();
        let text = match said.as_slice() {
            [] => "Nobody says to be in the call.".to_owned(),
            all => {
                let names: Vec<String> = all.iter().take(8).map(|who| words::name(who)).collect();
                format!("In the call, as they say: {}.", names.join(", "))
            }
        };
        Some(MeetingView {
            room: Some(room.clone()),
            in_room: true,
            title,
            text: text.into(),
            offers: offers.into(),
            ..empty()
        })
    }

    /// We are in the call, whatever the conference lists; and what we do to our own sound is known here first.
    fn add_ourselves(&self, talkers: &mut Vec<Talker>, call: &Call, own: &str) {
        let sound = match (call.state, call.muted) {
            (CallState::Held, _) => SoundState::OnHold,
            (CallState::Active, true) => SoundState::Muted,
            (CallState::Active, false) => SoundState::Talking,
            (
                CallState::Preparing
                | CallState::Dialing
                | CallState::Ringing
                | CallState::Early
                | CallState::Ending
                | CallState::Ended,
                _,
            ) => SoundState::Coming,
        };
        match talkers.iter_mut().find(|talker| talker.own) {
            Some(we) => {
                we.name = WE.into();
                if sound != SoundState::Talking {
                    we.sound = sound;
                }
            }
            None => talkers.push(Talker {
                name: WE.into(),
                address: own.into(),
                proven: None,
                claimed: Vec::new(),
                own: true,
                sound,
                speaking: false,
                moderator: false,
                call: None,
            }),
        }
    }

    /// Both sides laid together.
    fn with_room(&mut self, room: Option<Jid>, talkers: Vec<Talker>, unlisted: u32) -> MeetingView {
        let entry = room.as_ref().and_then(|room| self.rooms.get(room));
        let in_room = entry.is_some_and(|entry| entry.state == RoomState::Joined);
        let writers: Vec<Writer> = entry
            .filter(|_| in_room)
            .into_iter()
            .flat_map(|entry| entry.occupants.values())
            .map(|occupant| writer(occupant))
            .collect();
        let title = entry.map(|entry| entry.name());
        let mut all = cusax::participants(talkers, &writers);
        let texts = all.iter().filter(|one| one.involvement == Involvement::Text).count();
        let surplus = texts.saturating_sub(MOST_WRITERS);
        all.truncate(all.len() - surplus);
        all.iter_mut().for_each(|one| one.text = words::participant(one).into());
        let more = unlisted.saturating_add(u32::try_from(surplus).unwrap_or(u32::MAX));
        let text = words::summary(&all, more).into();
        let offers = room.as_ref().filter(|_| in_room).map(|room| self.offers_of(room)).unwrap_or_default();
        MeetingView {
            room,
            in_room,
            title: title.unwrap_or_else(|| "".into()),
            participants: all.into(),
            more,
            text,
            offers: offers.into(),
            ..empty()
        }
    }

    /// The rooms that a conference names and that are open to be entered.
    fn offered_rooms(&self, meeting: &Meeting, trusted: bool) -> Arc<[RoomOffer]> {
        if meeting.room.is_some() {
            return Arc::from([]);
        }
        let joined = |room: &Jid| self.rooms.get(room).is_some_and(|entry| entry.state == RoomState::Joined);
        let rooms = meeting.info.rooms().into_iter().filter(|room| !self.is_declined(meeting, room));
        rooms
            .take(3)
            .map(|room| RoomOffer { text: words::room(room.as_str(), trusted, joined(&room)).into(), room })
            .collect()
    }

    /// The calls that a room offers.
    pub(super) fn offers_of(&mut self, room: &Jid) -> Vec<CallOffer> {
        let Some(entry) = self.rooms.get(room) else { return self.offers_of_contact(room) };
        let says = self.meetings.rooms.get(room);
        let invites = says.map(|says| says.invites.as_slice()).unwrap_or_default();
        let shown = |nick: &Arc<str>| entry.occupants.get(nick).map_or_else(|| nick.clone(), |one| one.shown.clone());
        let claims = RoomClaims {
            invites: invites.iter().map(|invite| (invite.uris.as_slice(), invite.by.clone())).collect(),
            info: entry.facts.call.as_deref(),
            presences: says
                .into_iter()
                .flat_map(|says| says.named.iter())
                .map(|(nick, uri)| (&**uri, shown(nick)))
                .collect(),
            card: says.map(|says| says.card.as_slice()).unwrap_or_default(),
            texts: [entry.facts.description.as_deref(), entry.subject.as_deref()].into_iter().flatten().collect(),
        };
        let named = cusax::room_calls(&claims);
        let offers = shown_offers(named, invites);
        self.with_costs(offers)
    }

    /// With what each of them may cost.
    pub(super) fn with_costs(&mut self, mut offers: Vec<CallOffer>) -> Vec<CallOffer> {
        for offer in &mut offers {
            offer.cost = self.cost_words(&offer.uri);
        }
        offers
    }

    /// What a call to an address may cost, in words; nothing where it cannot be told.
    fn cost_words(&mut self, uri: &Arc<str>) -> Arc<str> {
        let Ok(target) = self.target(&super::CallTo::Text(uri.clone())) else { return "".into() };
        let Some(voice) = self.config.voice.first().cloned() else { return "You have no voice account".into() };
        self.toll(&target.uri, &voice).text
    }
}

/// Calls that are named, as they are shown; their cost is not said yet.
pub(super) fn shown_offers(named: Vec<cusax::Named>, invites: &[Invite]) -> Vec<CallOffer> {
    let shown = |one: cusax::Named| {
        let invite = one.invite.and_then(|at| invites.get(at));
        let own = invite.is_some_and(|invite| invite.own);
        CallOffer {
            cost: "".into(),
            text: words::offer(one.source, one.by.as_deref(), &one.uri, own).into(),
            uri: one.uri,
            source: one.source,
            by: one.by,
            accepted: invite.map(|invite| invite.accepted.iter().cloned().collect()).unwrap_or_default(),
            own,
        }
    };
    named.into_iter().map(shown).collect()
}

/// Whoever is at the other end of a call that is with no conference.
fn other_end(call: &Call) -> Talker {
    let confirmed = call.peer.grade == PeerGrade::Confirmed;
    let why = call.peer.evidence.first().cloned().unwrap_or_else(|| "The call is theirs.".into());
    Talker {
        name: call.peer.display.clone(),
        address: call.peer.uri.clone(),
        proven: call.peer.jid.clone().filter(|_| confirmed).map(|jid| (jid, why)),
        claimed: call.peer.jid.clone().filter(|_| !confirmed).into_iter().collect(),
        own: false,
        sound: match call.state {
            CallState::Active if call.held_by_peer => SoundState::OnHold,
            CallState::Active => SoundState::Talking,
            CallState::Held => SoundState::OnHold,
            CallState::Preparing
            | CallState::Dialing
            | CallState::Ringing
            | CallState::Early
            | CallState::Ending
            | CallState::Ended => SoundState::Coming,
        },
        speaking: false,
        moderator: false,
        call: None,
    }
}

fn writer(occupant: &Occupant) -> Writer {
    Writer {
        nick: occupant.nick.clone(),
        shown: occupant.shown.clone(),
        jid: occupant.jid.clone(),
        own: occupant.own,
        moderator: occupant.role == Role::Moderator,
    }
}

/// Whether it is known who is in a call, and why not.
fn knowledge(meeting: &Meeting, call: &Call) -> (Knowledge, Option<Arc<str>>) {
    let unknown = |why: &str| (Knowledge::Unknown, Some(why.into()));
    if meeting.info.is_known() {
        return (Knowledge::Known, None);
    }
    if meeting.focus.is_none() {
        return unknown("The other end does not say that it is a conference.");
    }
    if meeting.info.is_over() {
        return unknown("The conference says that it is over.");
    }
    if !matches!(call.state, CallState::Active | CallState::Held) {
        return (Knowledge::Asking, None);
    }
    match &meeting.standing {
        Standing::Asking | Standing::Active => (Knowledge::Asking, None),
        Standing::Pending => unknown("The conference has not said yet who is in it."),
        Standing::Lost(why) => unknown(&format!("The conference does not say who is in it. {why}")),
        Standing::Refused(why) => unknown(&format!("The conference does not say who is in it. {why}")),
    }
}

pub(super) fn empty() -> MeetingView {
    MeetingView {
        call: None,
        conference: None,
        account: None,
        room: None,
        contact: None,
        in_room: false,
        title: "".into(),
        locked: false,
        address: None,
        trusted: false,
        knowledge: Knowledge::NoCall,
        why: None,
        participants: Arc::from([] as [Participant; 0]),
        more: 0,
        text: "".into(),
        rooms: Arc::from([]),
        offers: Arc::from([]),
        moderates: false,
        mirror: None::<Mirror>,
    }
}
