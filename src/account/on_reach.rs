//! Temporary addresses (XEP-0152, C-21): what contacts say, and what the user says.

use super::effect::Ticket;
use super::manager::Manager;
use super::publish::plan_of;
use super::{Refusal, RefusalKind};
use crate::cusax;
use crate::model::{AccountId, CardPhone, Jid, Now, OwnCard, ReachAddress, Reason};
use crate::xmpp;

/// Temporary addresses that the user may have at a time.
const MOST_ADDRESSES: usize = 8;
/// The longest description, in characters.
const LONGEST_DESCRIPTION: usize = 120;

impl Manager {
    /// Somebody's temporary addresses, all of them.
    pub(super) fn handle_reach(&mut self, id: &AccountId, jid: &Jid, addresses: Vec<ReachAddress>) {
        if self.chat_address(id).as_ref() != Some(jid) {
            return self.people.set_reach(jid, &addresses);
        }
        // Our own node, as this or another device of the user filled it.
        if let Some(own) = self.my_card(id)
            && own.publishing.is_none()
        {
            own.view.reach = addresses;
        }
    }

    pub(super) fn set_reach(
        &mut self,
        id: &AccountId,
        ticket: Ticket,
        addresses: Vec<ReachAddress>,
        _now: Now,
    ) -> Result<(), Refusal> {
        let invalid = |text: &str| Refusal::new(RefusalKind::Invalid, text);
        if addresses.len() > MOST_ADDRESSES {
            return Err(invalid(&format!("At most {MOST_ADDRESSES} addresses can be given.")));
        }
        let plan = plan_of(&self.config);
        let mut clean = Vec::new();
        for address in addresses {
            let phone = CardPhone { value: address.uri.clone(), types: Vec::new(), preferred: false };
            let entry = cusax::entry(&phone, &OwnCard::default(), &plan)
                .map_err(|why| invalid(&format!("You cannot be reached there: {why}.")))?;
            let description = address.description.map(|words| {
                super::people::clean(&words).chars().take(LONGEST_DESCRIPTION).collect::<String>().trim().to_owned()
            });
            let description = description.filter(|words| !words.is_empty()).map(Into::into);
            clean.push(ReachAddress { uri: entry.uri, description });
        }
        let busy = || Refusal::new(RefusalKind::NotAllowed, "Your address is being published. Try again in a moment.");
        let own = self.my_card(id).filter(|own| own.publishing.is_none()).ok_or_else(busy)?;
        own.publishing = Some((Some(ticket), clean.clone()));
        own.here = true;
        // Remembered before it is there: whatever happens from now on, it is taken back.
        if !clean.is_empty() {
            let memo = self.memo_name("reach", id);
            self.set_memo(&memo, "published");
        }
        self.chat(id, xmpp::Command::PublishReach(clean));
        Ok(())
    }

    /// The server took them, or not.
    pub(super) fn handle_reach_published(&mut self, id: &AccountId, outcome: Result<(), Reason>) {
        let Some(own) = self.my_cards.all.get_mut(id) else { return };
        let Some((ticket, addresses)) = own.publishing.take() else { return };
        if outcome.is_ok() {
            if addresses.is_empty() {
                self.forget_reach_memo(id);
            }
            if let Some(own) = self.my_cards.all.get_mut(id) {
                own.view.reach = addresses;
            }
        }
        let Some(ticket) = ticket else { return };
        let answer = match outcome {
            Ok(()) => self.card_reply(id).ok_or_else(|| Refusal::new(RefusalKind::NotFound, "The account is gone.")),
            Err(why) => {
                let text = format!("The server did not take it: {}", why.text);
                Err(Refusal::new(RefusalKind::NotAllowed, &text))
            }
        };
        self.answer(ticket, answer);
    }

    /// The connection is gone before the server answered.
    pub(super) fn reach_interrupted(&mut self, id: &AccountId) {
        let waiting = self.my_cards.all.get_mut(id).and_then(|own| own.publishing.take());
        if let Some((Some(ticket), _)) = waiting {
            let refusal = Refusal::new(RefusalKind::Offline, "Chat is not connected any more.");
            self.answer(ticket, Err(refusal));
        }
    }

    /// XEP-0152 section 1: temporary addresses are for as long as somebody is there. An earlier run that ended without a
    /// goodbye left some behind: they are taken back.
    pub(super) fn revoke_left_reach(&mut self, id: &AccountId) {
        let left = self.memos.contains_key(&self.memo_name("reach", id));
        let Some(own) = self.my_card(id).filter(|own| left && !own.here && own.publishing.is_none()) else { return };
        own.publishing = Some((None, Vec::new()));
        self.chat(id, xmpp::Command::PublishReach(Vec::new()));
    }

    /// The program ends: the user is not there any more.
    pub(super) fn revoke_reach(&mut self) {
        let published: Vec<AccountId> = self
            .my_cards
            .all
            .iter()
            .filter(|(id, own)| own.here && self.memos.contains_key(&self.memo_name("reach", id)))
            .map(|(id, _)| id.clone())
            .collect();
        for id in published {
            self.chat(&id, xmpp::Command::PublishReach(Vec::new()));
        }
    }

    fn forget_reach_memo(&mut self, id: &AccountId) {
        let key = self.memo_name("reach", id);
        if self.memos.remove(&key).is_some() {
            self.store(crate::store::Command::SetMemo { key, value: None });
        }
    }
}
