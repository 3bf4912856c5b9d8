//! Calls over chat: what the sessions say becomes what a call's machine hears, and what it wants said goes to them. The call
//! itself is one like any other (`call`); only here is known that offer and answer travel as Jingle.

use std::collections::BTreeMap;
use std::sync::Arc;

use rand::RngCore as _;

use super::calls::MOST_CALLS;
use super::jingle_words::{end_of, refusal};
use super::manager::Manager;
use crate::call::{Admission, Circumstances, IncomingCall, Paths, Settings, UserCall, admit};
use crate::config::Chat;
use crate::cusax::FeatureOrigin;
use crate::media::ice::Wish;
use crate::model::{
    AccountId, Call, CallId, CallState, ConnectionState, DigitWay, Feature, FeatureScope, FullJid, Jid, Now, Peer,
    PeerGrade, Reception, Service, Via, WallTime,
};
use crate::sdp::{Capabilities, KeyAgreement, MasterKey, MediaProtection};
use crate::sip;
use crate::xmpp::Command;
use crate::xmpp::jingle::{Condition, JingleCommand, JingleEvent, JingleRule, JingleRules};

/// What is known of calls over chat beside the calls.
#[derive(Debug, Default)]
pub(super) struct JingleDesk {
    /// What each account was told of the rules.
    rules: BTreeMap<AccountId, JingleRules>,
    /// Whose microphone the other side knows to be off.
    muted: BTreeMap<CallId, bool>,
}

/// Whether a call that comes in is answered already.
#[derive(Clone, Copy)]
struct Going {
    /// We were calling them.
    crossed: bool,
    /// We are talking with them, and this goes on in its place.
    moved: Option<CallId>,
}

impl Manager {
    /// What a call says to the other side, by the way that its account has.
    pub(super) fn signal(&mut self, account: &AccountId, command: sip::Command) {
        if self.service(account) != Some(Service::Chat) {
            return self.voice(account, command);
        }
        let say = |command| Command::Jingle(command);
        let command = match command {
            sip::Command::Ring { call, .. } => JingleCommand::Ring { call },
            sip::Command::Answer { call, sdp } => JingleCommand::Accept { call, answer: sdp },
            sip::Command::Reject { call, code } => JingleCommand::End { call, why: refusal(code) },
            sip::Command::Hangup { call } => {
                let talked = self.calls.view(call).is_some_and(|call| call.answered.is_some());
                JingleCommand::End { call, why: if talked { Condition::Success } else { Condition::Cancel } }
            }
            sip::Command::Offer { call, sdp } => JingleCommand::Offer { call, offer: sdp },
            sip::Command::AnswerOffer { call, result } => JingleCommand::AnswerOffer { call, answer: result.ok() },
            sip::Command::Candidates { call, fragment } => JingleCommand::Candidates { call, fragment },
            // Where the other side takes no events in the stream: beside it, and else they become tones in the sound.
            sip::Command::Digits { call, digits, .. } => JingleCommand::Digits { call, digits },
            // What only SIP has is refused before it comes to a call over chat.
            _ => return,
        };
        self.chat(account, say(command));
    }

    /// Calls somebody over chat.
    pub(super) fn propose(&mut self, account: &AccountId, call: CallId, to: Jid, offer: Arc<str>) {
        self.chat(account, Command::Jingle(JingleCommand::Call { call, to, offer }));
    }

    /// Takes a call of which only the wish is known.
    pub(super) fn proceed(&mut self, account: &AccountId, call: CallId) {
        self.chat(account, Command::Jingle(JingleCommand::Proceed { call }));
    }

    /// A call over chat changed: the other side is told when our microphone goes off (XEP-0167 section 9).
    pub(super) fn jingle_follows(&mut self, call: &Call, now: Now) {
        self.vouch_follows(call, now);
        if call.via != Via::Jingle {
            return;
        }
        let known = self.jingle.muted.get(&call.id).copied().unwrap_or_default();
        match call.state {
            CallState::Ended => {
                self.jingle.muted.remove(&call.id);
            }
            CallState::Active | CallState::Held if known != call.muted => {
                self.jingle.muted.insert(call.id, call.muted);
                let mute = JingleCommand::Mute { call: call.id, muted: call.muted };
                self.chat(&call.account, Command::Jingle(mute));
            }
            _ => {}
        }
    }

    /// With whom calls over chat are on, by account (C-06, C-07, C-08): told where it changed, or to a session that is new.
    pub(super) fn tell_jingle_rules(&mut self, anew: Option<&AccountId>) {
        let ids: Vec<AccountId> = self.config.chat.iter().map(|chat| chat.id.clone()).collect();
        self.jingle.rules.retain(|id, _| ids.contains(id));
        for id in ids {
            let rules = self.jingle_rules(&id);
            if self.jingle.rules.get(&id) != Some(&rules) || anew == Some(&id) {
                self.jingle.rules.insert(id.clone(), rules.clone());
                if self.connections.contains_key(&id) {
                    let announced = rules.announced();
                    self.chat(&id, Command::Jingle(JingleCommand::Rules(rules)));
                    let online = |one: &super::manager::Connection| one.state.state == ConnectionState::Online;
                    if announced && self.connections.get(&id).is_some_and(online) {
                        self.ask_path_services(&id);
                    }
                }
            }
        }
        self.people.set_chat_calls(self.jingle.rules.clone());
    }

    fn jingle_rules(&self, id: &AccountId) -> JingleRules {
        let general = self.feature(Feature::CallsOverChat, None, id);
        let device = matches!(general.origin, FeatureOrigin::Administrator | FeatureOrigin::Device);
        let rules = self.feature_rules().into_iter().filter(|rule| rule.feature == Feature::CallsOverChat);
        let rules = rules.filter_map(|rule| match rule.scope {
            FeatureScope::Contact(jid) => Some(JingleRule::Contact(jid, rule.on)),
            FeatureScope::Domain(domain) => Some(JingleRule::Domain(domain.to_string().into(), rule.on)),
            FeatureScope::Device => None,
        });
        JingleRules { on: general.on, device, rules: rules.collect() }
    }

    /// Whether an account can have calls over chat at all.
    pub(super) fn has_chat_calls(&self, id: &AccountId) -> bool {
        self.jingle.rules.get(id).is_some_and(JingleRules::announced)
    }

    /// The address that leads to the chat server now: calls over chat go over it too.
    pub(super) fn note_chat_address(&mut self, id: &AccountId, address: std::net::IpAddr, now: Now) {
        if let Some(connection) = self.connections.get_mut(id) {
            connection.local = Some(address);
        }
        for call in self.calls.of_account(id) {
            let _ = self.calls.with(call, now, |machine| machine.set_local_address(address, now));
        }
    }

    /// What the sessions of an account say.
    pub(super) fn handle_jingle(&mut self, id: &AccountId, event: JingleEvent, now: Now) {
        let answered = |sdp: Arc<str>, call| sip::Event::OfferAnswered { call, sdp };
        let (call, heard) = match event {
            JingleEvent::Callable { jid, callable, gateway } => {
                return self.people.set_callable(&jid, callable.then_some(gateway));
            }
            JingleEvent::Incoming { call, from, offer, crossed, moved } => {
                return self.handle_chat_call(id, call, &from, offer, Going { crossed, moved }, now);
            }
            JingleEvent::Missed { call, from, at } => return self.note_missed_call(id, call, &from, at, now),
            JingleEvent::Ringing { call } => {
                let _ = self.calls.with(call, now, UserCall::handle_ringing);
                return;
            }
            JingleEvent::Offer { call, offer } => {
                let _ = self.calls.with(call, now, |machine| machine.handle_description(&offer, now));
                return;
            }
            JingleEvent::Muted { call, muted } => {
                let _ = self.calls.with(call, now, |machine| machine.set_muted_there(muted));
                return;
            }
            JingleEvent::Ended { call, why, by, elsewhere } => {
                let talked = self.calls.view(call).is_some_and(|call| call.answered.is_some());
                let end = end_of(why, by, elsewhere, talked);
                let _ = self.calls.with(call, now, |machine| machine.over(end, now));
                return;
            }
            JingleEvent::Accepted { call, answer } => {
                let from = self.calls.view(call).map(|call| call.peer.uri.clone()).unwrap_or_default();
                let nobody = sip::CallIdentity {
                    from: sip::NameAddress { display: None, uri: from },
                    asserted: Vec::new(),
                    from_own_domain: false,
                    anonymous: false,
                    call_info: None,
                };
                (call, sip::Event::Answered { call, fork: sip::ForkId(0), sdp: Some(answer), identity: nobody })
            }
            JingleEvent::Changed { call, offer } => (call, sip::Event::OfferReceived { call, sdp: Some(offer) }),
            JingleEvent::Answered { call, answer } => (call, answered(answer, call)),
            JingleEvent::Candidates { call, fragment } => (call, sip::Event::Candidates { call, fragment }),
            JingleEvent::DigitsRefused { call, digits } => (call, sip::Event::DigitsRefused { call, digits }),
            JingleEvent::Digit { call, digit } => (call, sip::Event::Digit { call, digit }),
        };
        let _ = self.calls.with(call, now, |machine| machine.handle_sip(&heard, now));
    }

    fn handle_chat_call(
        &mut self,
        id: &AccountId,
        call: CallId,
        from: &FullJid,
        offer: Option<Arc<str>>,
        going: Going,
        now: Now,
    ) {
        let refuse = |manager: &mut Self, why| {
            manager.chat(id, Command::Jingle(JingleCommand::End { call, why }));
        };
        let Some(chat) = self.config.chat.iter().find(|chat| chat.id == *id).cloned() else { return };
        let full = self.calls.living() >= MOST_CALLS && going.moved.is_none();
        if full || self.calls.contains(call) || self.quitting.is_some() {
            return refuse(self, Condition::Busy);
        }
        let peer = self.chat_caller(&from.bare());
        let Some(settings) = self.chat_call_settings(&chat, &peer) else {
            return refuse(self, Condition::GeneralError);
        };
        let goes_on = going.crossed || going.moved.is_some();
        let admission = if goes_on {
            Admission::Ring { silent: true, forward: None, answer: None }
        } else {
            admit(self.chat_circumstances())
        };
        let incoming = IncomingCall { peer, offer, admission };
        self.calls.insert(UserCall::incoming(call, incoming, settings, now), now);
        let before = going.moved.and_then(|before| self.calls.view(before)).cloned();
        if goes_on {
            // The user has said that they want to talk with this person.
            let _ = self.calls.with(call, now, |machine| match &before {
                Some(before) => machine.continue_call(before, now),
                None => machine.answer(now),
            });
        }
    }

    /// Somebody called while we were away: it stands in the history as any call that was missed.
    fn note_missed_call(&mut self, id: &AccountId, call: CallId, from: &Jid, at: WallTime, now: Now) {
        let Some(chat) = self.config.chat.iter().find(|chat| chat.id == *id).cloned() else { return };
        let peer = self.chat_caller(from);
        let Some(settings) = self.chat_call_settings(&chat, &peer).filter(|_| self.calls.view(call).is_none()) else {
            return;
        };
        let text = "They called over chat while you were not connected.".into();
        let admission = Admission::Refuse { code: 480, end: "away", text };
        let missed = IncomingCall { peer, offer: None, admission };
        self.calls.insert(UserCall::incoming(call, missed, settings, Now { wall: at, ..now }), now);
    }

    /// Somebody who calls over chat.
    fn chat_caller(&self, jid: &Jid) -> Peer {
        Peer {
            uri: format!("xmpp:{jid}").into(),
            display: self.people.name(jid),
            jid: Some(jid.clone()),
            grade: PeerGrade::Confirmed,
            evidence: vec!["They call over chat, where your server knows who they are.".into()],
        }
    }

    fn chat_circumstances(&self) -> Circumstances {
        let answering = &self.config.calls.answering;
        let living = |wanted: fn(CallState) -> bool| self.calls.living_views().any(|call| wanted(call.state));
        Circumstances {
            // Only contacts can ring over chat (X18).
            screening: (Reception::Ring, None),
            do_not_disturb: self.undisturbed().map(|_| answering.dnd_answer),
            always: None,
            busy: None,
            no_answer: None,
            talking: living(|state| matches!(state, CallState::Active | CallState::Held)),
            call_waiting: answering.call_waiting,
            emergency: self.calls.living_views().any(|call| call.emergency),
            after_emergency: false,
            diversions: 0,
            answer: None,
        }
    }

    /// What a call over a chat account needs; `None` while it is not connected. Its sound is always protected, with keys that
    /// the two devices agree on (XEP-0320).
    pub(super) fn chat_call_settings(&mut self, chat: &Chat, peer: &Peer) -> Option<Settings> {
        let connection = self.connections.get(&chat.id)?;
        if connection.state.state != ConnectionState::Online {
            return None;
        }
        let local_address = connection.local?;
        let mut key = vec![0; 46];
        self.rng.fill_bytes(&mut key);
        // ICE is how such calls find a path (XEP-0176): without servers there are still our own addresses.
        let paths = self.paths_towards(peer).unwrap_or(Paths { wish: Wish::default(), begin: true });
        Some(Settings {
            account: chat.id.clone(),
            via: Via::Jingle,
            capabilities: Capabilities {
                codecs: self.config.audio.codecs.clone(),
                packet_time: self.config.audio.packet_time,
                discontinuous: self.config.audio.discontinuous,
                protection: MediaProtection::Required,
                // A chat connection is never without TLS.
                secure_signalling: true,
                keys: KeyAgreement::Dtls,
                fingerprint: self.security.fingerprint.clone(),
            },
            local_address,
            paths: Some(Paths { begin: true, ..paths }),
            key: MasterKey(key),
            session_id: self.rng.next_u64() >> 12,
            ring_timeout: self.config.calls.ring_timeout,
            digits: DigitWay::Auto,
            // Messages are at hand, and arrive at once: such calls leave text alone.
            text: crate::sdp::TextWish::Off,
        })
    }
}
