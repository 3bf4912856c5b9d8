//! The call history: what the counter of missed calls, redial and its pages come from.

use std::sync::Arc;

use super::effect::Ticket;
use super::manager::Manager;
use super::place::Wish;
use super::{CallTo, Refusal, RefusalKind, Reply};
use crate::model::{AccountId, AddressUri, Call, CallId, CallState, Direction, Jid, Now, SipUri};
use crate::phone::{DialPlan, Written, read};
use crate::store::CallFilter;

/// The memo with the last number that was dialled: account and address, a line each.
const REDIAL_MEMO: &str = "redial";
/// The longest address that is kept in a memo, bytes.
pub(super) const LONGEST_ADDRESS: usize = 256;

/// Which calls of the history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryFilter {
    /// With this person or address: a chat address, a SIP address or a number in any written form.
    pub with: Option<Arc<str>>,
    /// Over this account.
    pub account: Option<AccountId>,
    /// Missed ones.
    pub missed: bool,
    /// That came in, or went out.
    pub direction: Option<Direction>,
    /// In whose name or address this occurs.
    pub text: Option<Arc<str>>,
}

impl Manager {
    /// A call is over: the counter of missed calls, and what redial calls.
    pub(super) fn note_history(&mut self, call: &Call) {
        if call.is_missed() {
            self.events.missed = self.events.missed.saturating_add(1);
        }
        self.share_call(call);
    }

    /// A call was placed: redial calls it again.
    pub(super) fn note_dialled(&mut self, call: &Call) {
        if call.state == CallState::Active {
            self.share_call(call);
        }
        let whom = call.peer.jid.as_ref().map_or(&*call.peer.uri, Jid::as_str);
        if call.direction == Direction::Outgoing && call.state == CallState::Preparing && whom.len() <= LONGEST_ADDRESS
        {
            let memo = format!("{}\n{}\n{whom}", call.account.as_str(), u8::from(call.peer.jid.is_some()));
            self.set_memo(REDIAL_MEMO, &memo);
        }
    }

    pub(super) fn can_redial(&self) -> bool {
        self.memos.contains_key(REDIAL_MEMO)
    }

    /// Calls whom was called last, over the same account.
    pub(super) fn redial(&mut self, now: Now) -> Result<Reply, Refusal> {
        let memo = self.memos.get(REDIAL_MEMO).cloned().unwrap_or_default();
        let mut lines = memo.lines();
        let (account, contact, whom) = (lines.next(), lines.next(), lines.next());
        let (Some(account), Some(whom)) = (account, whom) else {
            return Err(Refusal::new(RefusalKind::NoTarget, "You have not called anybody yet."));
        };
        let to = match Jid::parse(whom).ok().filter(|_| contact == Some("1")) {
            Some(jid) if self.people.contact(&jid).is_some() => CallTo::Contact(jid),
            Some(_) | None => CallTo::Text(whom.into()),
        };
        let wish = Wish { back: Some(AccountId::new(account)), ..Wish::to(to) };
        self.place_call(&wish, now).map(Reply::Call)
    }

    /// The history is on the screen.
    pub(super) fn see_calls(&mut self, now: Now) -> Reply {
        if std::mem::take(&mut self.events.missed) > 0 {
            let newest = CallId::incoming(now.wall, u32::MAX);
            self.set_memo(crate::store::SEEN_CALLS, &newest.0.to_string());
            self.tell_calls_seen(now.wall);
        }
        Reply::Done
    }

    /// The user does not want this call in the history. One that still lives would be written again at its end.
    pub(super) fn delete_call(&mut self, call: CallId) -> Result<Reply, Refusal> {
        if self.calls.contains(call) {
            let text = "This call goes on. It can be deleted when it is over.";
            return Err(Refusal::new(RefusalKind::NotAllowed, text));
        }
        self.forget_shared_call(call);
        self.store(crate::store::Command::DeleteCall(call));
        Ok(Reply::Done)
    }

    pub(super) fn history_page(&mut self, ticket: Ticket, limit: u32, before: Option<CallId>, filter: HistoryFilter) {
        let filter = self.call_filter(filter);
        let request = self.page(ticket);
        self.store(crate::store::Command::Calls { request, limit, before, filter });
    }

    /// What the store looks for: a person under each of their addresses, a number in each form that a call may have left.
    pub(super) fn call_filter(&mut self, filter: HistoryFilter) -> CallFilter {
        let HistoryFilter { with, account, missed, direction, text } = filter;
        let with = with.map(|with| {
            let plain = with.trim().trim_start_matches("xmpp:");
            let contact = Jid::parse_dropping_resource(plain).ok().and_then(|jid| self.people.contact(&jid));
            let mut uris = vec![with.to_string()];
            match &contact {
                Some(contact) => uris.extend(contact.addresses.iter().map(|address| address.uri.to_string())),
                None => uris.extend(address_of(&with, self.people.plan()).map(|uri| uri.to_string())),
            }
            // A number that came in stands in an address of the phone service.
            let voices: Vec<SipUri> = self.config.voice.iter().map(|voice| voice.address.clone()).collect();
            let asked: Vec<AddressUri> = uris.iter().filter_map(|text| address_of(text, self.people.plan())).collect();
            for uri in &asked {
                let of = voices.iter().filter_map(|voice| crate::cusax::dial_uri(uri, voice));
                uris.extend(of.flat_map(|uri| [uri.to_string(), uri.address_of_record().to_string()]));
            }
            uris.retain(|uri| !uri.contains(['\n', '\r']));
            (contact.map(|contact| contact.jid.clone()), uris)
        });
        CallFilter { account, with, missed, direction, text: text.map(|text| looked_for(&text)) }
    }
}

/// What is looked for in names and addresses: a number as addresses write it, without what people put between the digits, and
/// without the zeros that stand for the country or the area.
fn looked_for(text: &str) -> Arc<str> {
    let text = text.trim();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_number = text.chars().all(|sign| sign.is_ascii_digit() || " +-./()".contains(sign));
    match digits.trim_start_matches('0') {
        significant if is_number && significant.len() >= 2 => significant.into(),
        _ => text.into(),
    }
}

/// What a number or an address names, read as the dial plan says.
pub(super) fn address_of(text: &str, plan: &DialPlan) -> Option<AddressUri> {
    match read(text, plan).ok()? {
        Written::Sip(uri) => Some(AddressUri::Sip(uri)),
        Written::Tel(number, _) => Some(AddressUri::Tel(number, None)),
        Written::Xmpp(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_looked_for_as_addresses_write_it() {
        for (typed, found) in
            [("030 / 90-18", "309018"), ("+49 30", "4930"), (" Ana ", "Ana"), ("101", "101"), ("0", "0")]
        {
            assert_eq!(&*looked_for(typed), found, "{typed}");
        }
    }
}
