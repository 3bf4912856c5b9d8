//! Calls that we join are a conference for those in them (RFC 4579 section 5.3): we say `isfocus`, tell them who else is there when
//! they ask, and name the room that belongs to it (RFC 7106). What a caller withholds is not told to others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::manager::Manager;
use crate::model::{
    AccountId, Attendance, CallId, CallState, Conference, ConferenceId, Jid, PeerGrade, SipUri, Via, own_source_of,
    source_of,
};
use crate::sip::{Command, Hosted as Told, HostedStatus, HostedUser};
use crate::xmpp::room::CallWord;

/// RFC 3323 section 4.1.1.3, with a number so that several are told apart.
const ANONYMOUS: &str = "sip:anonymous";

/// What was told to the voice services of what we host.
#[derive(Debug, Default)]
pub(super) struct Hosting {
    told: BTreeMap<(ConferenceId, AccountId), Told>,
    /// Calls whose other side knows that it is in a conference.
    focus: BTreeSet<CallId>,
}

impl Manager {
    /// Brings what the others are told to what is.
    pub(super) fn settle_hosting(&mut self) {
        let conferences = self.conferences.shown();
        if conferences.is_empty() && self.hosting.told.is_empty() && self.hosting.focus.is_empty() {
            return self.end_announcements(&conferences);
        }
        let mut wanted: BTreeMap<(ConferenceId, AccountId), Told> = BTreeMap::new();
        let mut focus: BTreeSet<CallId> = BTreeSet::new();
        for conference in conferences.iter() {
            for (account, told) in self.told_of(conference) {
                wanted.insert((conference.id, account), told);
            }
            let talking = |call: &CallId| {
                // Calls over chat have no Contact that could say so.
                self.calls.view(*call).is_some_and(|view| {
                    view.via == Via::Sip && matches!(view.state, CallState::Active | CallState::Held)
                })
            };
            focus.extend(conference.parties.iter().map(|party| party.call).filter(talking));
        }
        let gone: Vec<(ConferenceId, AccountId)> =
            self.hosting.told.keys().filter(|key| !wanted.contains_key(*key)).cloned().collect();
        for (id, account) in gone {
            self.hosting.told.remove(&(id, account.clone()));
            self.voice(&account, Command::EndHosting(id));
        }
        for (key, told) in wanted {
            if self.hosting.told.get(&key) != Some(&told) {
                self.voice(&key.1, Command::Host(Box::new(told.clone())));
                self.hosting.told.insert(key, told);
            }
        }
        self.tell_focus(focus);
        self.end_announcements(&conferences);
    }

    /// Whose other side learns that it is in a conference, or that it is not any more.
    fn tell_focus(&mut self, focus: BTreeSet<CallId>) {
        let before = std::mem::replace(&mut self.hosting.focus, focus.clone());
        let account = |manager: &Self, call: CallId| {
            manager.calls.view(call).filter(|view| view.state != CallState::Ended).map(|view| view.account.clone())
        };
        for call in before.symmetric_difference(&focus).copied() {
            if let Some(account) = account(self, call) {
                self.voice(&account, Command::Focus { call, on: focus.contains(&call) });
            }
        }
    }

    /// A voice account's user agent is a new one: it knows nothing of what we host.
    pub(super) fn forget_hosting(&mut self, account: &AccountId) {
        self.hosting.told.retain(|(_, of), _| of != account);
    }

    /// What each account's service is told of a conference.
    fn told_of(&self, conference: &Conference) -> Vec<(AccountId, Told)> {
        let parties: Vec<_> = conference
            .parties
            .iter()
            .filter_map(|party| Some((self.calls.view(party.call)?, party.attendance, party.muted)))
            .collect();
        let others: Vec<HostedUser> = parties
            .iter()
            .enumerate()
            .map(|(at, (call, attendance, muted))| {
                let hidden = call.peer.grade == PeerGrade::Anonymous;
                HostedUser {
                    entity: if hidden {
                        format!("{ANONYMOUS}{}@anonymous.invalid", at + 1).into()
                    } else {
                        call.peer.uri.clone()
                    },
                    display: (!hidden && !call.peer.display.is_empty()).then(|| call.peer.display.clone()),
                    jid: None,
                    status: match (attendance, muted) {
                        (Attendance::Calling, _) => HostedStatus::Coming,
                        (Attendance::Held | Attendance::Away, _) => HostedStatus::OnHold,
                        (Attendance::Talking, true) => HostedStatus::Muted,
                        (Attendance::Talking, false) => HostedStatus::Talking,
                    },
                    moderator: false,
                    source: source_of(call.id),
                }
            })
            .collect();
        let accounts: BTreeSet<&AccountId> = parties.iter().map(|(call, ..)| &call.account).collect();
        let room = self.meetings.hosted.get(&conference.id).and_then(|hosted| hosted.room.clone());
        accounts
            .into_iter()
            .filter_map(|account| {
                let voice = self.config.voice.iter().find(|voice| voice.id == *account)?;
                // Whoever hides who calls does not tell it here.
                if self.hides(voice) {
                    return None;
                }
                let chat: Option<Jid> = self.related_chat(account).map(|chat| chat.address.clone());
                let we = HostedUser {
                    entity: voice.address.address_of_record().to_string().into(),
                    display: voice.display_name.as_deref().map(Arc::from),
                    jid: chat,
                    status: match (conference.held, conference.muted) {
                        (true, _) => HostedStatus::OnHold,
                        (false, true) => HostedStatus::SelfMuted,
                        (false, false) => HostedStatus::Talking,
                    },
                    moderator: true,
                    source: own_source_of(conference.id),
                };
                let members = parties
                    .iter()
                    .filter(|(call, ..)| call.account == *account && call.peer.grade != PeerGrade::Anonymous)
                    .filter_map(|(call, ..)| SipUri::parse(&call.peer.uri).ok())
                    .collect();
                let calls =
                    parties.iter().filter(|(call, ..)| call.account == *account).map(|(call, ..)| call.id).collect();
                let title = room.as_ref().and_then(|room| self.rooms.get(room)).map(|entry| entry.name());
                let told = Told {
                    id: conference.id,
                    entity: voice.address.address_of_record(),
                    title,
                    room: room.clone(),
                    members,
                    calls,
                    users: std::iter::once(we).chain(others.iter().cloned()).collect(),
                };
                Some((account.clone(), told))
            })
            .collect()
    }

    /// A conference that is over is not to be called any more: our invitation to it is taken back.
    fn end_announcements(&mut self, conferences: &[Conference]) {
        let living = |id: &ConferenceId| conferences.iter().any(|conference| conference.id == *id);
        let gone: Vec<ConferenceId> = self.meetings.hosted.keys().copied().filter(|id| !living(id)).collect();
        for id in gone {
            let Some(hosted) = self.meetings.hosted.remove(&id) else { continue };
            self.meetings.stale = true;
            for (with, invite) in hosted.invited {
                self.say_of_call(&with, CallWord::Retract(invite));
            }
        }
    }
}
