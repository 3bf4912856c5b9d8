//! The history of calls among the user's own devices (N-15): what ends or is answered here is told to the others through the
//! chat account that belongs to the voice account, and what they tell is taken into the history once.

use std::collections::VecDeque;
use std::sync::Arc;

use super::NoticeBody;
use super::manager::Manager;
use super::people::clean;
use crate::model::{
    AccountId, Call, CallEnd, CallId, CallState, Direction, EndedBy, Peer, PeerGrade, Route, SharedCall, WallTime,
};
use crate::store;
use crate::xmpp::{Command, OwnCallsCommand, OwnCallsEvent};

/// Calls of other devices that are remembered for the moment when ours of the same end. When full: the oldest goes.
const MOST_RECENT: usize = 64;
/// Calls of ours that are known to be told. When full: the oldest goes, and is told again when it changes.
const MOST_TOLD: usize = 256;
/// Calls that the user took out of the history and that do not come back. When full: the oldest goes.
const MOST_DELETED: usize = 200;
/// Two devices ring at the same time, by clocks that differ by less.
const SAME_WITHIN_MS: u64 = 30_000;
/// The memo of the deleted calls: their names, separated by spaces.
const DELETED: &str = "calls-deleted";

/// What of the history is under way between the devices.
#[derive(Debug, Default)]
pub(super) struct OwnCallsDesk {
    recent: VecDeque<Call>,
    /// Calls of ours that were told: and whether as answered.
    told: VecDeque<CallId>,
}

impl Manager {
    /// The chat account that tells the other devices of a call over this account; `None`: it stays here. A chat account that
    /// belongs to nothing else learns nothing of the telephone.
    fn tells_devices(&self, account: &AccountId) -> Option<AccountId> {
        let chat = self.related_chat(account).or_else(|| self.config.chat.iter().find(|chat| chat.id == *account));
        chat.filter(|_| self.config.messages.share_calls).map(|chat| chat.id.clone())
    }

    /// A call was answered or is over.
    pub(super) fn share_call(&mut self, call: &Call) {
        let over = call.state == CallState::Ended;
        let answered = call.state == CallState::Active && call.direction == Direction::Incoming;
        if !(over || answered) {
            return;
        }
        let Some(chat) = self.tells_devices(&call.account) else { return };
        let told = &mut self.contact_desk.own_calls.told;
        // While it goes on it is told once.
        if answered && told.contains(&call.id) {
            return;
        }
        if told.len() >= MOST_TOLD {
            told.pop_front();
        }
        told.push_back(call.id);
        if over && call.is_missed() {
            // What another device answered is no missed call of ours, whichever word comes first.
            let recent = self.contact_desk.own_calls.recent.iter().find(|other| same_call(other, call)).cloned();
            if let Some(other) = recent {
                return self.store(store::Command::SharedCalls(vec![other]));
            }
        }
        let Some(account) = self.address_of_account(&call.account) else { return };
        let shared = SharedCall {
            id: call.id,
            direction: call.direction,
            via: call.via,
            account,
            uri: call.peer.uri.clone(),
            display: call.peer.display.clone(),
            jid: call.peer.jid.clone(),
            started: call.started,
            answered: call.answered,
            duration: call.duration,
            end: call.end.as_ref().map(|end| end.code.clone()),
        };
        self.chat(&chat, Command::OwnCalls(OwnCallsCommand::Tell(Box::new(shared))));
    }

    fn address_of_account(&self, id: &AccountId) -> Option<Arc<str>> {
        let voice = self.config.voice.iter().find(|voice| voice.id == *id).map(|voice| voice.address.to_string());
        let chat = || self.config.chat.iter().find(|chat| chat.id == *id).map(|chat| chat.address.to_string());
        voice.or_else(chat).map(Into::into)
    }

    /// What another device of the user says.
    pub(super) fn handle_own_calls(&mut self, id: &AccountId, event: OwnCallsEvent) {
        if !self.config.messages.share_calls {
            return;
        }
        match event {
            OwnCallsEvent::Calls(calls) => {
                let deleted = self.deleted_calls();
                let calls: Vec<Call> = calls
                    .into_iter()
                    .filter(|call| {
                        !self.calls.contains(call.id) && !self.contact_desk.own_calls.told.contains(&call.id)
                    })
                    .filter(|call| !deleted.iter().any(|gone| is_about(*gone, call)))
                    .filter_map(|call| self.call_of_device(id, call))
                    .collect();
                let recent = &mut self.contact_desk.own_calls.recent;
                for call in &calls {
                    recent.retain(|known| known.id != call.id);
                    if recent.len() >= MOST_RECENT {
                        recent.pop_front();
                    }
                    recent.push_back(call.clone());
                }
                // What goes on elsewhere is written when it is over; that it was answered counts at once.
                self.store(store::Command::SharedCalls(calls));
            }
            OwnCallsEvent::Seen(at) => {
                let newest = CallId::incoming(at, u32::MAX).0;
                let known = self.memos.get(store::SEEN_CALLS).and_then(|memo| memo.parse().ok()).unwrap_or(0_u64);
                if newest > known {
                    self.set_memo(store::SEEN_CALLS, &newest.to_string());
                    self.store(store::Command::SharedCalls(Vec::new()));
                }
            }
        }
    }

    /// A call of another device as it stands in the history here; `None`: over an account that is not here.
    fn call_of_device(&self, chat: &AccountId, shared: SharedCall) -> Option<Call> {
        let voice = self.config.voice.iter().find(|voice| *voice.address.to_string() == *shared.account);
        let own = self.config.chat.iter().find(|chat| *chat.address.as_str() == *shared.account);
        let account = voice
            .map(|voice| &voice.id)
            .or_else(|| own.map(|chat| &chat.id))
            .or_else(|| self.related_voice(chat))
            .cloned()?;
        let contact = shared.jid.filter(|jid| self.people.contact(jid).is_some());
        let peer = Peer {
            uri: shared.uri,
            display: clean(&shared.display),
            grade: if contact.is_some() { PeerGrade::Claimed } else { PeerGrade::Unknown },
            jid: contact,
            evidence: vec!["Another device of yours had this call.".into()],
        };
        let route = Route { rule: "On another device of yours".into() };
        let state = CallState::Ended;
        let end = shared.end.map(|code| CallEnd {
            text: end_text(&code, shared.answered.is_some()).into(),
            code,
            by: EndedBy::Remote,
        });
        Some(Call {
            via: shared.via,
            answered: shared.answered,
            duration: shared.duration,
            end,
            ..Call::new(shared.id, shared.direction, state, account, peer, route, shared.started)
        })
    }

    /// The history is another one than before.
    pub(super) fn shared_calls_stored(&mut self, missed: u32, changed: Vec<Call>) {
        self.events.missed = missed;
        for call in changed {
            self.notice(NoticeBody::Call(Box::new(call)));
        }
    }

    /// The history was seen here.
    pub(super) fn tell_calls_seen(&mut self, at: WallTime) {
        if !self.config.messages.share_calls {
            return;
        }
        let chats: Vec<AccountId> = self.config.relations.iter().map(|relation| relation.chat.clone()).collect();
        for chat in chats {
            self.chat(&chat, Command::OwnCalls(OwnCallsCommand::Seen(at)));
        }
    }

    /// A call was taken out of the history: it does not come back from the others.
    pub(super) fn forget_shared_call(&mut self, call: CallId) {
        let mut deleted = self.deleted_calls();
        deleted.retain(|known| *known != call);
        deleted.push(call);
        let from = deleted.len().saturating_sub(MOST_DELETED);
        let memo: Vec<String> = deleted.iter().skip(from).map(CallId::to_string).collect();
        self.set_memo(DELETED, &memo.join(" "));
        if !self.config.messages.share_calls {
            return;
        }
        let chats: Vec<AccountId> = self.config.relations.iter().map(|relation| relation.chat.clone()).collect();
        for chat in chats {
            self.chat(&chat, Command::OwnCalls(OwnCallsCommand::Forget(call)));
        }
    }

    fn deleted_calls(&self) -> Vec<CallId> {
        let memo = self.memos.get(DELETED).map(String::as_str).unwrap_or_default();
        memo.split(' ').filter_map(CallId::parse).collect()
    }
}

/// Whether two records are of one call that rang at several devices.
fn same_call(one: &Call, other: &Call) -> bool {
    one.direction == other.direction
        && one.started.unix_ms().abs_diff(other.started.unix_ms()) <= SAME_WITHIN_MS
        && store::same_peer(&one.peer.uri, &other.peer.uri)
}

/// Whether a deleted call was this one, perhaps at another device: a name says when the call began and who placed it.
fn is_about(deleted: CallId, call: &SharedCall) -> bool {
    let name = match call.direction {
        Direction::Incoming => CallId::incoming(call.started, 0),
        Direction::Outgoing => CallId::outgoing(call.started, 0),
    };
    let began = |id: CallId| id.0 >> 11;
    deleted.0 % 2 == name.0 % 2 && began(deleted).abs_diff(began(name)) <= SAME_WITHIN_MS
}

fn end_text(code: &str, answered: bool) -> &'static str {
    match (answered, code) {
        (true, _) => "You had this call on another device.",
        (false, "declined") => "Declined on another device.",
        (false, _) => "Nobody answered.",
    }
}
