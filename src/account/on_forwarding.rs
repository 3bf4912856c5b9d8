//! Do not disturb, forwarding, automatic answers: what is known when a call comes in ([`crate::call::admit`] decides).

use std::sync::Arc;
use std::time::Duration;

use super::CallTo;
use super::manager::Manager;
use crate::call::{Circumstances, Place};
use crate::config::Voice;
use crate::cusax::Key;
use crate::model::{BootTime, CallState, Jid, Now, Peer, PeerGrade, Reception, Refusing, Show, SipUri};
use crate::phone::Trace;
use crate::sip::{About, CallIdentity};

/// How long after a call for help everybody gets through (RFC 7090 section 1: the callback may take a while).
const AFTER_HELP: Duration = Duration::from_secs(30 * 60);

/// What happens to calls that come in, for the screens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnsweringView {
    /// The user does not want to be disturbed: in force now.
    pub do_not_disturb: bool,
    /// That follows from the presence that the user chose.
    pub by_presence: bool,
    /// Where every call goes.
    pub forward_always: Option<Arc<str>>,
    /// A sentence about both; nothing where calls ring.
    pub text: Option<Arc<str>>,
}

impl Manager {
    /// Whether the user does not want to be disturbed, and whether only the presence says so.
    pub(super) fn undisturbed(&self) -> Option<bool> {
        let answering = &self.config.calls.answering;
        let by_presence = answering.dnd_with_presence && self.presence.show == Show::Dnd;
        (answering.do_not_disturb || by_presence).then_some(!answering.do_not_disturb)
    }

    pub(super) fn answering_view(&self) -> AnsweringView {
        let answering = &self.config.calls.answering;
        let undisturbed = self.undisturbed();
        let forward_always = answering.forward_always.as_deref().map(Arc::from);
        let text = match (&forward_always, undisturbed) {
            (Some(to), _) => Some(format!("All calls are forwarded to {to}.")),
            (None, Some(by_presence)) => {
                let told = match answering.dnd_answer {
                    Refusing::Forward if answering.forward_busy.is_some() => "callers are forwarded",
                    Refusing::Busy | Refusing::Forward => "callers hear that you are busy",
                    Refusing::Unavailable => "callers hear that you cannot be reached",
                    Refusing::Decline => "callers are declined",
                };
                let why = if by_presence { ", because your status says so" } else { "" };
                Some(format!("Do not disturb: {told}{why}."))
            }
            (None, None) => None,
        };
        AnsweringView {
            do_not_disturb: undisturbed.is_some(),
            by_presence: undisturbed == Some(true),
            forward_always,
            text: text.map(Arc::from),
        }
    }

    /// What is known about a call that comes in.
    pub(super) fn circumstances(
        &mut self,
        voice: &Voice,
        identity: &CallIdentity,
        peer: &Peer,
        about: &About,
        screening: (Reception, Option<Arc<str>>),
        now: Now,
    ) -> Circumstances {
        let answering = self.config.calls.answering.clone();
        let callers = self.caller_keys(identity, voice);
        let mut place = |text: &Option<String>| self.forward_place(text.as_deref()?, voice, &callers);
        let (always, busy) = (place(&answering.forward_always), place(&answering.forward_busy));
        let no_answer = place(&answering.forward_no_answer).map(|to| (answering.forward_after, to));
        let living = |wanted: fn(CallState) -> bool| self.calls.living_views().any(|call| wanted(call.state));
        let emergency = self.calls.living_views().any(|call| call.emergency);
        Circumstances {
            screening,
            do_not_disturb: self.undisturbed().map(|_| answering.dnd_answer),
            always,
            busy,
            no_answer,
            talking: living(|state| matches!(state, CallState::Active | CallState::Held)),
            call_waiting: answering.call_waiting,
            emergency,
            after_emergency: self.helped.is_some_and(|at: BootTime| now.boot.saturating_since(at) < AFTER_HELP),
            diversions: about.diversions,
            answer: about.answer_after.filter(|_| self.may_be_answered(&answering.auto_answer, peer, &callers, voice)),
        }
    }

    /// Where calls are to be sent; nothing where that cannot be called, calls help, is the caller or is ourselves.
    fn forward_place(&mut self, text: &str, voice: &Voice, callers: &[Key]) -> Option<Place> {
        let to =
            match Jid::parse(text.trim_start_matches("xmpp:")).ok().filter(|jid| self.people.contact(jid).is_some()) {
                Some(jid) => CallTo::Contact(jid),
                None => CallTo::Text(text.into()),
            };
        let target = self.target(&to).ok()?;
        if self.is_emergency(&target.uri) || Key::of(&target.uri).is_some_and(|key| callers.contains(&key)) {
            return None;
        }
        let uri: SipUri = self.request_uri(&target.uri, voice, &mut Trace(None))?;
        let shown: Arc<str> = self.whom(&target).into();
        (!uri.same_address(&voice.address)).then_some((uri, shown))
    }

    /// What the phone service vouches for about who calls.
    pub(super) fn caller_keys(&self, identity: &CallIdentity, voice: &Voice) -> Vec<Key> {
        let plan = self.people.plan();
        let own = identity.from_own_domain.then_some(&identity.from);
        let vouched = identity.asserted.iter().chain(own);
        vouched.flat_map(|address| Key::of_caller(&address.uri, plan, Some(&voice.address))).collect()
    }

    /// Only who is in the list and proven to be who they are is answered by itself (S07): the microphone opens.
    fn may_be_answered(&self, allowed: &[String], peer: &Peer, callers: &[Key], voice: &Voice) -> bool {
        let plan = self.people.plan();
        allowed.iter().any(|entry| {
            let contact = Jid::parse(entry.trim_start_matches("xmpp:")).ok();
            let confirmed = peer.grade == PeerGrade::Confirmed && contact.is_some() && peer.jid == contact;
            confirmed || Key::of_caller(entry, plan, Some(&voice.address)).iter().any(|key| callers.contains(key))
        })
    }
}
