//! Numbers in texts, for the screens that show texts (C-01, C-19).

use std::sync::Arc;

use crate::cusax;
use crate::model::{AddressUri, Cost, SipUri};
use crate::phone::{self, DialPlan, Written};

/// How numbers in texts are read, and what a call to them may cost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dialling {
    plan: DialPlan,
    voice: Option<SipUri>,
}

/// Something in a text that can be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callable {
    /// What will be dialled, for people.
    pub shown: Arc<str>,
    /// The same for [`super::CallTo::Text`].
    pub to: Arc<str>,
    /// What a call may cost.
    pub cost: Cost,
}

impl Dialling {
    /// By this plan, over this account.
    pub fn new(plan: DialPlan, voice: Option<SipUri>) -> Self {
        Self { plan, voice }
    }

    /// What can be called in a text: a few, in its order ([`phone::find`] says what is taken for a number).
    pub fn callable_in(&self, text: &str) -> Vec<Callable> {
        let each = |found: phone::Found| {
            let uri = match found.written {
                Written::Sip(uri) => AddressUri::Sip(uri),
                Written::Tel(number, extension) => AddressUri::Tel(number, extension),
                Written::Xmpp(jid) => AddressUri::Jingle(jid),
            };
            let cost = cusax::cost(&uri, self.voice.as_ref());
            Callable { shown: found.shown.into(), to: uri.to_string().into(), cost }
        };
        phone::find(text, &self.plan).into_iter().map(each).collect()
    }
}
