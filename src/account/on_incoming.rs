//! A call comes in: who it is, on whose word, and whether it rings.

use super::calls::MOST_CALLS;
use super::manager::Manager;
use crate::call::{Admission, IncomingCall, UserCall, admit};
use crate::config::Voice;
use crate::cusax::{self, Key, Screening, screen};
use crate::model::{AccountId, Direction, Now, Reception};
use crate::sip::{CallIdentity, Command, Incoming};

impl Manager {
    pub(super) fn handle_incoming(&mut self, id: &AccountId, incoming: Incoming, now: Now) {
        let call = incoming.call;
        let Some(voice) = self.config.voice.iter().find(|voice| voice.id == *id).cloned() else { return };
        let replaces = incoming.about.replaces;
        if (self.calls.living() >= MOST_CALLS && replaces.is_none())
            || self.calls.contains(call)
            || self.quitting.is_some()
        {
            self.voice(id, Command::Reject { call, code: 486 });
            return;
        }
        let Some(mut settings) = self.settings(&voice) else {
            self.voice(id, Command::Reject { call, code: 480 });
            return;
        };
        // A card that may deny what the call claims is wanted before all others.
        if let Some(hinted) = incoming.identity.call_info.as_ref().filter(|_| !incoming.identity.anonymous)
            && self.people.wants_card(hinted)
            && let Some(account) = self.people.account_of(hinted).cloned()
        {
            self.chat(&account, crate::xmpp::Command::FetchCard { jid: hinted.clone(), urgent: true });
        }
        let (people, plan) = (&self.people, self.plan_for(&voice));
        let mut peer =
            cusax::identify(&incoming.identity, people.index(), &plan, Some(&voice.address), |jid| people.person(jid));
        let screened = screen(peer.grade, self.was_called(&incoming.identity, &voice), self.screening(&voice));
        let screened = self.screen_blocked(&peer, screened);
        let (reception, why) = screened.clone();
        if reception == Reception::Silence {
            peer.evidence.extend(why.clone());
        }
        if let Some(note) = incoming.note {
            peer.evidence.push(note);
        }
        let (forwarded, referred) = (incoming.about.forwarded_by.as_ref(), incoming.about.referred_by.as_ref());
        let forwarded = forwarded.map(|by| format!("Forwarded by {}, as the call says.", self.named_by_header(by)));
        let referred = referred.map(|by| format!("Transferred by {}, as the call says.", self.named_by_header(by)));
        for note in forwarded.into_iter().chain(referred) {
            // Behind the line that says who calls, and on nobody's word but the call's.
            let at = peer.evidence.len().min(1);
            peer.evidence.insert(at, note.into());
        }
        if let Some((jid, from)) = cusax::hint_to_keep(&incoming.identity, &plan) {
            let jid = jid.clone();
            self.people.note_hint(&jid, from);
        }
        let admission = match replaces {
            // It goes on with a conversation that was answered before.
            Some(_) => Admission::Ring { silent: true, forward: None, answer: None },
            None => {
                let (identity, about) = (&incoming.identity, &incoming.about);
                admit(self.circumstances(&voice, identity, &peer, about, screened, now))
            }
        };
        settings.paths = self.paths_towards(&peer);
        self.note_asserted(id, call, &incoming.identity);
        let incoming = IncomingCall { peer, offer: incoming.offer, admission };
        self.calls.insert(UserCall::incoming(call, incoming, settings, now), now);
        if let Some(replaced) = replaces {
            self.take_over(replaced, call, now);
        }
    }

    /// Who may ring on this account.
    fn screening(&self, voice: &Voice) -> Screening {
        let general = &self.config.calls.callers;
        Screening {
            unknown: voice.callers.unknown.unwrap_or(general.unknown),
            anonymous: voice.callers.anonymous.unwrap_or(general.anonymous),
        }
    }

    /// Whether calls on this account hide who calls.
    pub(super) fn hides(&self, voice: &Voice) -> bool {
        voice.callers.hide_number.unwrap_or(self.config.calls.callers.hide_number)
    }

    /// The user called this address in this run, and the phone service vouches that it is the one that calls.
    fn was_called(&self, identity: &CallIdentity, voice: &Voice) -> bool {
        let plan = self.plan_for(voice);
        let keys = |text: &str| Key::of_caller(text, &plan, Some(&voice.address));
        let own = identity.from_own_domain.then_some(&identity.from);
        let callers: Vec<Key> = identity.asserted.iter().chain(own).flat_map(|address| keys(&address.uri)).collect();
        !callers.is_empty()
            && self
                .calls
                .all()
                .iter()
                .filter(|call| call.direction == Direction::Outgoing)
                .any(|call| keys(&call.peer.uri).iter().any(|key| callers.contains(key)))
    }
}
