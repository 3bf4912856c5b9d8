//! Placing calls over chat: to whom they lead, what they may cost, and when they are one of the choices (C-28).

use super::calls::MOST_CALLS;
use super::manager::Manager;
use super::place::Wish;
use super::{CallTo, Refusal, RefusalKind};
use crate::call::{OutgoingCall, UserCall, Whom};
use crate::cusax::{self, Routed, Rule, Target, Toll, VoiceAccount};
use crate::model::{
    AccountId, AddressUri, CallId, ConnectionState, Cost, Grade, Jid, Now, Peer, PeerGrade, Route, Via,
};
use crate::sip::Anonymity;

impl Manager {
    /// The accounts that can carry a call to this target: every voice account for what SIP reaches, and the chat account of a
    /// contact whose program says that it takes calls, where they are on (C-06, C-28).
    pub(super) fn telephony_towards(&self, target: &Target, wish: &Wish) -> Vec<VoiceAccount> {
        let by_voice = wish.via != Some(Via::Jingle) && !matches!(target.uri, AddressUri::Jingle(_));
        let mut accounts = if by_voice { self.telephony() } else { Vec::new() };
        let contact = target.contact.as_ref().filter(|_| wish.via != Some(Via::Sip));
        if let Some(id) = contact.and_then(|jid| self.chat_account_for_calls(jid)) {
            let state = self.connections.get(&id).map(|connection| connection.state.state);
            accounts.push(VoiceAccount { id, via: Via::Jingle, online: state == Some(ConnectionState::Online) });
        }
        accounts
    }

    /// The chat account over which somebody can be called.
    fn chat_account_for_calls(&self, jid: &Jid) -> Option<AccountId> {
        self.people.callable(jid)?;
        self.people.account_of(jid).cloned()
    }

    /// Whom a call by the means of chat is for.
    pub(super) fn chat_target(&mut self, to: &CallTo) -> Result<Target, Refusal> {
        let jid = match to {
            CallTo::Contact(jid) | CallTo::Address(jid, _) => Some(jid.clone()),
            CallTo::Text(text) => Jid::parse_dropping_resource(text.trim().trim_start_matches("xmpp:")).ok(),
        };
        let no_target = |text: &str| Err(Refusal::new(RefusalKind::NoTarget, text));
        let Some(jid) = jid.filter(|jid| self.people.contact(jid).is_some()) else {
            return no_target("Calls over chat go to your contacts only.");
        };
        let Some(account) = self.people.account_of(&jid).cloned() else {
            return no_target("No chat account has this person on its list.");
        };
        let calls = self.feature(crate::model::Feature::CallsOverChat, Some(&jid), &account);
        if !calls.on {
            let text = format!("Calls over chat are off: {}.", calls.reason);
            return Err(Refusal::new(RefusalKind::NotAllowed, &text));
        }
        if self.people.callable(&jid).is_none() {
            return no_target("No device of theirs that is connected takes calls over chat.");
        }
        Ok(self.by_chat(jid))
    }

    /// The same person, over chat.
    pub(super) fn by_chat(&self, jid: Jid) -> Target {
        let uri = AddressUri::Jingle(jid.clone());
        let cost = self.chat_toll(&jid).cost;
        Target { uri, contact: Some(jid), grade: Some(Grade::Confirmed), cost, digits: None }
    }

    /// What a call over chat may cost: a gateway leads to the telephone network, whatever its address looks like.
    pub(super) fn chat_toll(&self, jid: &Jid) -> Toll {
        let uri = AddressUri::Jingle(jid.clone());
        let toll = cusax::toll(&uri, None, self.people.plan(), &self.config.numbers.tariffs);
        if self.people.callable(jid) == Some(true) && toll.cost == Cost::Free && !toll.emergency {
            return cusax::gateway_toll(jid);
        }
        toll
    }

    /// Cost and protection of a call over chat, for a choice's second line.
    pub(super) fn about_chat_way(&self, target: &Target) -> String {
        let Some(jid) = &target.contact else { return String::new() };
        format!("Over chat · {} · encrypted connection, sound always encrypted", self.chat_toll(jid).text)
    }

    /// Places it.
    pub(super) fn dial_chat(
        &mut self,
        target: &Target,
        routed: &Routed,
        toll: &Toll,
        wish: &Wish,
        now: Now,
    ) -> Result<CallId, Refusal> {
        let refuse = |kind, why: &str| Err(Refusal::new(kind, why));
        let (Some(jid), Some(chat)) =
            (target.contact.clone(), self.config.chat.iter().find(|chat| chat.id == routed.account).cloned())
        else {
            return refuse(RefusalKind::NotFound, "There is no such account.");
        };
        if self.calls.living() >= MOST_CALLS {
            return refuse(RefusalKind::NotAllowed, "There are too many calls already.");
        }
        let peer = Peer {
            uri: target.uri.to_string().into(),
            display: self.people.name(&jid),
            jid: Some(jid.clone()),
            grade: PeerGrade::Confirmed,
            evidence: vec!["The call goes to their chat address.".into()],
        };
        let Some(settings) = self.chat_call_settings(&chat, &peer) else {
            return refuse(RefusalKind::Offline, "Chat is not connected.");
        };
        let id = self.new_call_id(now);
        let outgoing = OutgoingCall {
            callee: Whom::Chat(jid),
            peer,
            route: Route { rule: rule(&routed.rule).into() },
            call_info: None,
            anonymity: Anonymity::Named,
            digits: target.digits.clone(),
            charge: toll.charge(),
            emergency: false,
            referral: None,
        };
        self.calls.insert(UserCall::outgoing(id, outgoing, settings, now), now);
        if wish.referral.is_none() {
            self.hold_others(id, now);
        }
        Ok(id)
    }
}

/// The rule that decided, in words that are true of a chat account.
fn rule(rule: &Rule) -> String {
    match rule {
        Rule::Only | Rule::OnlyConnected => "No other account of yours can reach them now.".to_owned(),
        Rule::Wanted | Rule::Emergency | Rule::Back | Rule::ForContact | Rule::ForPrefix(_) | Rule::Related => {
            rule.to_string()
        }
    }
}
