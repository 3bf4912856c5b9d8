//! Numbers in texts, for the screens that show texts (C-01, C-19).

use std::sync::Arc;

use crate::cusax;
use crate::model::{AddressUri, Jid, SipUri};
use crate::phone::{self, DialPlan, Tariffs, Written};
use crate::sip::MessagePolicy;

/// How numbers in texts are read, and what a call to them may cost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dialling {
    plan: DialPlan,
    voice: Option<SipUri>,
    tariffs: Tariffs,
    /// What each voice account takes of messages.
    messages: Vec<MessagePolicy>,
}

/// Something in a text that can be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callable {
    /// What will be dialled, for people.
    pub shown: Arc<str>,
    /// The same for [`super::CallTo::Text`].
    pub to: Arc<str>,
    /// What a call may cost, in words.
    pub cost: Arc<str>,
}

impl Dialling {
    /// By this plan, over this account, at these prices.
    pub fn new(plan: DialPlan, voice: Option<SipUri>, tariffs: Tariffs, messages: Vec<MessagePolicy>) -> Self {
        Self { plan, voice, tariffs, messages }
    }

    /// The conversation with what was typed, where it is a SIP address and messages to it go over voice (C-08).
    pub fn correspondent(&self, typed: &str) -> Option<Jid> {
        match phone::read(typed, &self.plan) {
            Ok(Written::Sip(uri)) if self.messages.iter().any(|policy| policy.takes(&uri)) => Jid::of_sip(&uri),
            Ok(Written::Sip(_) | Written::Tel(..) | Written::Xmpp(_)) | Err(_) => None,
        }
    }

    /// What can be called in a text: a few, in its order ([`phone::find`] says what is taken for a number).
    pub fn callable_in(&self, text: &str) -> Vec<Callable> {
        let each = |found: phone::Found| {
            let uri = match found.written {
                Written::Sip(uri) => AddressUri::Sip(uri),
                Written::Tel(number, extension) => AddressUri::Tel(number, extension),
                Written::Xmpp(jid) => AddressUri::Jingle(jid),
            };
            let cost = cusax::toll(&uri, self.voice.as_ref(), &self.plan, &self.tariffs).text;
            Callable { shown: found.shown.into(), to: uri.to_string().into(), cost }
        };
        phone::find(text, &self.plan).into_iter().map(each).collect()
    }
}
