//! Conferences and rooms as one meeting, followed: what a focus tells, what a room says of its call, what is shown.
//!
//! Neither side is taken for proof of the other (C-39): whoever leaves one stays in the other, and what fails here says nothing
//! of there. Nothing is entered or dialled by itself (C-37, C-38).

use std::sync::Arc;

use super::NoticeBody;
use super::manager::Manager;
use super::meeting_words as words;
use super::meetings::{FIRST_SUBSCRIPTION, Meeting, Way};
use crate::cusax::{self, Key};
use crate::model::{AccountId, Call, CallId, CallState, Direction, Jid, Now, PeerGrade, RoomState, SipUri};
use crate::sip::Command;
use crate::sip::conference::Taken;
use crate::sip::subscription::{EventPackage, News, Standing, SubscriptionId, Wish};
use crate::xmpp::room::{CallWord, RoomCommand};

/// How long each subscription is asked for, in seconds (RFC 4575 section 3.3).
const LIFETIME: u32 = 3_600;

impl Manager {
    /// The other end of a call is a conference, or no longer.
    pub(super) fn handle_focus(&mut self, account: &AccountId, call: CallId, focus: Option<SipUri>, now: Now) {
        // RFC 6443 section 8: nothing is asked of whoever helps.
        if self.calls.view(call).is_none_or(|view| view.emergency || view.state == CallState::Ended) {
            return;
        }
        let meeting = self.meetings.calls.entry(call).or_insert_with(|| Meeting::new(account.clone()));
        if meeting.focus == focus {
            return;
        }
        meeting.focus = focus;
        meeting.forget();
        self.meetings.stale = true;
        self.end_subscription(call);
        self.ask_conference(call);
        self.tidy_meeting(call);
        let _ = now;
    }

    /// Subscribes to the conference of a call that has been answered.
    fn ask_conference(&mut self, call: CallId) {
        let talking =
            self.calls.view(call).is_some_and(|view| matches!(view.state, CallState::Active | CallState::Held));
        let hidden = self.meetings.hidden.contains(&call);
        let Some(meeting) = self.meetings.calls.get_mut(&call) else { return };
        let Some(focus) = meeting.focus.clone().filter(|_| talking && meeting.subscription.is_none()) else { return };
        if hidden {
            // C-35: the subscription would say who calls.
            meeting.standing =
                Standing::Refused("This call hides who you are, so it is not asked who is in it.".into());
            self.meetings.stale = true;
            return;
        }
        self.subscribe_to(call, Way::Focus, Some(focus));
    }

    /// `resource`: whom to ask, unless it is asked inside of the call.
    fn subscribe_to(&mut self, call: CallId, way: Way, resource: Option<SipUri>) {
        let id = self.meetings.subscription();
        let Some(meeting) = self.meetings.calls.get_mut(&call) else { return };
        (meeting.subscription, meeting.way, meeting.standing) = (Some(id), way, Standing::Asking);
        let account = meeting.account.clone();
        self.meetings.stale = true;
        let command = match resource {
            Some(resource) => {
                let wish = Wish { resource, package: EventPackage::Conference, expires: LIFETIME };
                Command::Subscribe { id, wish }
            }
            None => Command::Watch { call, id },
        };
        self.voice(&account, command);
    }

    fn end_subscription(&mut self, call: CallId) {
        let Some(meeting) = self.meetings.calls.get_mut(&call) else { return };
        let account = meeting.account.clone();
        if let Some(id) = meeting.subscription.take() {
            self.voice(&account, Command::Unsubscribe { id });
        }
    }

    /// News of a subscription; `false`: it is none of a meeting.
    pub(super) fn handle_meeting_news(&mut self, account: &AccountId, id: SubscriptionId, news: &News) -> bool {
        if id.0 < FIRST_SUBSCRIPTION {
            return false;
        }
        let Some(call) = self.meetings.of_subscription(id) else { return true };
        self.meetings.stale = true;
        let Some(meeting) = self.meetings.calls.get_mut(&call) else { return true };
        match news {
            News::Standing(standing) => {
                meeting.standing = standing.clone();
                if matches!(standing, Standing::Refused(_) | Standing::Lost(_)) {
                    meeting.info = Default::default();
                }
                if matches!(standing, Standing::Refused(_)) {
                    self.ask_elsewhere(call);
                }
            }
            News::Gone(from) if meeting.from == Some(*from) => {
                meeting.from = None;
                meeting.info = Default::default();
            }
            News::Gone(_) => {}
            News::Document { from, document } => {
                // Another dialog counts anew.
                if meeting.from != Some(*from) {
                    meeting.from = Some(*from);
                    meeting.info = Default::default();
                }
                // What cannot be read changes nothing: what was known before is not less true for it.
                if meeting.info.take(&document.0) == Ok(Taken::Gap) {
                    self.voice(account, Command::RefreshSubscription { id });
                }
                self.tie_to_room(call);
            }
        }
        true
    }

    /// Many services lead nobody to a bare Contact, and some servers know a conference only by the address that was called: a
    /// phone that joins calls is asked by its own. Others tell it only inside of the call itself (RFC 4579 section 5.1).
    fn ask_elsewhere(&mut self, call: CallId) {
        let Some(view) = self.calls.view(call) else { return };
        let named = view.peer.grade != PeerGrade::Anonymous;
        let called = SipUri::parse(&view.peer.uri).ok().filter(|_| named);
        let Some(meeting) = self.meetings.calls.get(&call) else { return };
        let other = called.filter(|called| meeting.focus.as_ref().is_some_and(|focus| !focus.same_address(called)));
        let next = match (meeting.way, other) {
            (Way::Focus, Some(called)) => (Way::Called, Some(called)),
            (Way::Focus | Way::Called, _) => (Way::Dialog, None),
            (Way::Dialog, _) => return,
        };
        self.end_subscription(call);
        self.subscribe_to(call, next.0, next.1);
    }

    /// A voice account's connection is back: what is told inside of calls is asked for whole. Other subscriptions see to it
    /// themselves.
    pub(super) fn meetings_heard_again(&mut self, account: &AccountId) {
        let inside = |meeting: &&Meeting| meeting.account == *account && meeting.way == Way::Dialog;
        let ids: Vec<_> =
            self.meetings.calls.values().filter(inside).filter_map(|meeting| meeting.subscription).collect();
        for id in ids {
            self.voice(account, Command::RefreshSubscription { id });
        }
    }

    /// A room that the conference names and that we are in already belongs to it: nothing has to be entered for that.
    fn tie_to_room(&mut self, call: CallId) {
        let Some(meeting) = self.meetings.calls.get(&call).filter(|meeting| meeting.room.is_none()) else { return };
        let joined = |room: &Jid| self.rooms.get(room).is_some_and(|entry| entry.state == RoomState::Joined);
        let room = meeting.info.rooms().into_iter().find(|room| joined(room) && !self.is_declined(meeting, room));
        if let (Some(room), Some(meeting)) = (room, self.meetings.calls.get_mut(&call)) {
            meeting.room = Some(room);
        }
    }

    /// The memo of what the user said to a room that a conference names.
    pub(super) fn room_memo(meeting: &Meeting, room: &Jid) -> String {
        let focus = meeting.focus.as_ref().map(|focus| focus.address_of_record().to_string()).unwrap_or_default();
        format!("meeting-room:{focus} {room}")
    }

    pub(super) fn is_declined(&self, meeting: &Meeting, room: &Jid) -> bool {
        self.memos.get(&Self::room_memo(meeting, room)).is_some_and(|said| said == "no")
    }

    /// A call changed: its meeting follows.
    pub(super) fn meeting_follows(&mut self, call: &Call) {
        if call.state == CallState::Ended {
            return self.end_meeting(call.id);
        }
        self.meetings.stale = true;
        if call.direction == Direction::Outgoing && !call.emergency {
            self.take_wish(call);
        }
        self.ask_conference(call.id);
    }

    /// A call that was placed to the address which a room offers belongs to that room.
    fn take_wish(&mut self, call: &Call) {
        let at = self.meetings.wishes.iter().position(|wish| cusax::same_call(&wish.uri, &call.peer.uri));
        let Some(wish) = at.map(|at| self.meetings.wishes.remove(at)) else { return };
        let meeting = self.meetings.calls.entry(call.id).or_insert_with(|| Meeting::new(call.account.clone()));
        if self.rooms.get(&wish.with).is_some() {
            meeting.room = Some(wish.with.clone());
        }
        meeting.invite = wish.invite.map(|id| (wish.with, id));
    }

    /// The call is answered: whoever invited to it is told (XEP-0482 section 4.2).
    pub(super) fn meeting_answered(&mut self, call: CallId) {
        let uri = self.calls.view(call).map(|view| view.peer.uri.clone());
        let Some((with, id)) = self.meetings.calls.get(&call).and_then(|meeting| meeting.invite.clone()) else {
            return;
        };
        self.say_of_call(&with, CallWord::Accept { id, uri });
    }

    /// Others speak in a call than before.
    pub(super) fn meeting_speaks(&mut self, call: CallId, sources: Arc<[u32]>) {
        if self.calls.view(call).is_none_or(|view| view.state == CallState::Ended) {
            return;
        }
        if sources.is_empty() {
            self.meetings.voices.remove(&call);
        } else {
            self.meetings.voices.insert(call, sources);
        }
        // Only what is shown of a meeting depends on it.
        let shown = self.meetings.calls.contains_key(&call) || self.conferences.of_call(call).is_some();
        self.meetings.stale |= shown;
        self.dirty |= shown;
    }

    /// A call is over: nothing of its meeting is left, and its room stays as it is (C-39).
    fn end_meeting(&mut self, call: CallId) {
        self.meetings.hidden.remove(&call);
        self.meetings.voices.remove(&call);
        if !self.meetings.calls.contains_key(&call) {
            return;
        }
        self.end_subscription(call);
        let answered = self.calls.view(call).is_some_and(|view| view.answered.is_some());
        let Some(meeting) = self.meetings.calls.remove(&call) else { return };
        self.meetings.stale = true;
        for (with, id) in meeting.invited {
            self.say_of_call(&with, CallWord::Retract(id));
        }
        if let Some((with, id)) = meeting.invite.filter(|_| answered) {
            self.say_of_call(&with, CallWord::Left(id));
        }
    }

    /// Nothing is known of a call that is neither with a conference nor with a room's.
    fn tidy_meeting(&mut self, call: CallId) {
        let idle = |meeting: &Meeting| {
            meeting.focus.is_none() && meeting.room.is_none() && meeting.invite.is_none() && meeting.invited.is_empty()
        };
        if self.meetings.calls.get(&call).is_some_and(idle) {
            self.meetings.calls.remove(&call);
        }
    }

    /// A voice account's connection broke: what its conferences told does not hold until they are heard again.
    pub(super) fn meetings_unheard(&mut self, account: &AccountId) {
        for meeting in self.meetings.calls.values_mut().filter(|meeting| meeting.account == *account) {
            meeting.forget();
        }
        self.meetings.stale = true;
    }

    /// Says something about a call in a room, where we are in it.
    pub(super) fn say_in_room(&mut self, room: &Jid, word: CallWord) {
        let joined = self.rooms.get(room).filter(|entry| entry.state == RoomState::Joined);
        if let Some(account) = joined.map(|entry| entry.account.clone()) {
            self.room_command(&account, room, RoomCommand::Call(word));
        }
    }

    /// Somebody says something about a call in a room.
    pub(super) fn room_says(
        &mut self,
        room: &Jid,
        (by, own): (Arc<str>, bool),
        word: CallWord,
        time: crate::model::WallTime,
        now: Now,
    ) {
        let uri = match &word {
            CallWord::Invite { uris, .. } => uris.iter().find_map(|uri| cusax::callable(uri)),
            _ => None,
        };
        // Invitations to what cannot be called from here (pages, say) are nobody's business here.
        if matches!(word, CallWord::Invite { .. }) && uri.is_none() {
            return;
        }
        let Some(says) = self.meetings.room(room) else { return };
        if !says.hear(&by, own, word, time, now.wall) {
            return;
        }
        says.declined = false;
        if let (Some(entry), Some(uri)) = (self.rooms.get_mut(room), uri) {
            let text = if own {
                format!("You invited to a call: {}.", words::name(&uri))
            } else {
                format!("{} invites to a call: {}.", words::name(&by), words::name(&uri))
            };
            entry.line(text, time);
        }
        if !own {
            self.notice(NoticeBody::Attention(room.clone()));
        }
    }

    /// Somebody names a call in their presence.
    pub(super) fn room_names(&mut self, room: &Jid, nick: Arc<str>, uri: Option<Arc<str>>) {
        if let Some(says) = self.meetings.room(room) {
            says.name(nick, uri);
        }
    }

    /// The card of a room may name its call (XEP-0054 on the room's address).
    pub(super) fn room_card_says(&mut self, room: &Jid, card: Option<&crate::xmpp::Card>) {
        let written = |value: &str| {
            let value = value.trim();
            if value.starts_with('+') {
                cusax::callable(&format!("tel:{}", value.replace(' ', "")))
            } else {
                cusax::callable(value)
            }
        };
        let phones = card.map(|card| card.phones.as_slice()).unwrap_or_default();
        let found: Vec<Arc<str>> =
            phones.iter().filter_map(|phone| written(&phone.value)).take(super::meetings::MOST_CARD).collect();
        if found.is_empty() && !self.meetings.rooms.contains_key(room) {
            return;
        }
        if let Some(says) = self.meetings.room(room) {
            says.card = found;
        }
    }

    /// We are in a room: its card is looked at for a call, and a conference that names it may show it.
    pub(super) fn room_entered(&mut self, room: &Jid) {
        if let Some(account) = self.rooms.get(room).map(|entry| entry.account.clone()) {
            self.chat(&account, crate::xmpp::Command::FetchCard { jid: room.clone(), urgent: false });
        }
        let calls: Vec<CallId> = self.meetings.calls.keys().copied().collect();
        for call in calls {
            self.tie_to_room(call);
        }
        self.meetings.stale = true;
    }

    /// We are not in a room any more: who names a call there is not seen, and the call goes on (C-39).
    pub(super) fn room_left(&mut self, room: &Jid) {
        if let Some(says) = self.meetings.rooms.get_mut(room) {
            says.named.clear();
        }
        self.meetings.stale = true;
    }

    /// The one contact to whom an address in a call belongs on the word of their card, a directory or the address book.
    pub(super) fn confirmed_holder(&self, account: &AccountId, address: &str) -> Option<Jid> {
        let voice = self.config.voice.iter().find(|voice| voice.id == *account)?;
        let plan = self.plan_for(voice);
        let keys = Key::of_caller(address, &plan, Some(&voice.address));
        let mut found = self.people.index().find_few(&keys).into_keys();
        match (found.next(), found.next()) {
            (Some(one), None) => Some(one),
            (_, _) => None,
        }
    }
}
