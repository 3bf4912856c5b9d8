//! Invitations to calls between two people (XEP-0482), outside of any room: shown, offered, answered and taken back. What a
//! contact names is a claim like a room's: its target is shown, and the rules of cost apply.

use std::sync::Arc;

use super::NoticeBody;
use super::manager::Manager;
use super::meeting_view::{empty, shown_offers};
use crate::cusax::{self, RoomClaims};
use crate::model::{CallOffer, CallState, Jid, MeetingView, Now, WallTime};
use crate::xmpp;
use crate::xmpp::room::CallWord;

impl Manager {
    /// A contact, or we on another device, said something about a call.
    pub(super) fn contact_says(&mut self, with: &Jid, own: bool, word: CallWord, time: WallTime, now: Now) {
        let callable = match &word {
            CallWord::Invite { uris, .. } => uris.iter().any(|uri| cusax::callable(uri).is_some()),
            CallWord::Retract(_) | CallWord::Accept { .. } | CallWord::Reject(_) | CallWord::Left(_) => true,
        };
        if !callable || with.is_made_up() {
            return;
        }
        let by: Arc<str> = if own { "".into() } else { with.as_str().into() };
        // What we said on another device answers here too: it does not ask any more.
        let answers = own && matches!(word, CallWord::Accept { .. } | CallWord::Reject(_));
        let Some(says) = self.meetings.person(with) else { return };
        let news = says.hear(&by, own, word, time, now.wall);
        says.declined = (says.declined || answers) && !news;
        if news && !own {
            self.notice(NoticeBody::Attention(with.clone()));
        }
        if self.meetings.people.get(with).is_some_and(|says| says.invites.is_empty()) {
            self.meetings.people.remove(with);
        }
    }

    /// Says something about a call to a room or a contact.
    pub(super) fn say_of_call(&mut self, with: &Jid, word: CallWord) {
        if self.rooms.get(with).is_some() {
            return self.say_in_room(with, word);
        }
        if let Some(account) = self.people.account_of(with).cloned() {
            self.chat(&account, xmpp::Command::CallWord(with.clone(), word));
        }
    }

    /// The calls that a contact invites to.
    pub(super) fn offers_of_contact(&mut self, who: &Jid) -> Vec<CallOffer> {
        let Some(says) = self.meetings.people.get(who) else { return Vec::new() };
        let name = self.people.name(who);
        let theirs = says.invites.iter().filter(|invite| !invite.own);
        let invites = theirs.map(|invite| (invite.uris.as_slice(), name.clone())).collect();
        let named = cusax::room_calls(&RoomClaims { invites, ..RoomClaims::default() });
        let offers = shown_offers(named, &[]);
        self.with_costs(offers)
    }

    /// A contact who invites to a call that we are in none of.
    pub(super) fn view_of_contact(&mut self, who: &Jid) -> Option<MeetingView> {
        if self.meetings.people.get(who).is_none_or(|says| says.declined) {
            return None;
        }
        let offers = self.offers_of_contact(who);
        let joined = self.calls.living_views().any(|call| {
            call.state != CallState::Ended && offers.iter().any(|offer| cusax::same_call(&offer.uri, &call.peer.uri))
        });
        if offers.is_empty() || joined {
            return None;
        }
        Some(MeetingView { contact: Some(who.clone()), title: self.people.name(who), offers: offers.into(), ..empty() })
    }
}
