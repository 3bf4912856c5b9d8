//! What is done with messages that are there, and who is told that the user writes.

use super::effect::Ticket;
use super::manager::Manager;
use super::{Refusal, RefusalKind, Reply, TalkRequest};
use crate::model::{ConnectionState, Jid, Now, Show, Subscription};
use crate::xmpp;

impl Manager {
    pub(super) fn handle_talk(&mut self, ticket: Ticket, request: TalkRequest, now: Now) {
        match request {
            TalkRequest::Typing { with, writing } => {
                if self.may_know_typing(&with) || !writing {
                    self.typing.handle_own(&with, writing, now.boot);
                }
                self.answer(ticket, Ok(Reply::Done));
            }
            _ => self.answer(ticket, Err(Refusal::new(RefusalKind::NotAllowed, "Not yet."))),
        }
    }

    /// Only who sees when the user is there may see that the user writes (X14), and only while they are there to see it.
    fn may_know_typing(&self, with: &Jid) -> bool {
        let known = self.people.contact(with).is_some_and(|contact| {
            matches!(contact.subscription, Subscription::Both | Subscription::From)
                && contact.presence.show != Show::Offline
        });
        let chat = self.people.account_of(with).and_then(|id| self.connections.get(id));
        known && chat.is_some_and(|chat| chat.state.state == ConnectionState::Online)
    }

    /// Tells others what the user does, as the machine says.
    pub(super) fn tell_typing(&mut self) {
        while let Some((to, state)) = self.typing.poll_output() {
            if let Some(account) = self.people.account_of(&to).cloned() {
                self.chat(&account, xmpp::Command::ChatState { to, state });
            }
        }
    }
}
