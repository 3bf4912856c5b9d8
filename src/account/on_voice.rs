//! What the voice connections say, and how calls are placed and taken.

use std::sync::Arc;

use rand::RngCore as _;

use super::calls::MOST_CALLS;
use super::manager::Manager;
use super::{CallTo, NoticeBody, Refusal, RefusalKind};
use crate::call::{OutgoingCall, Settings, UserCall};
use crate::config::{CallInfoPolicy, Voice};
use crate::cusax::{self, RouteError, Target, VoiceAccount};
use crate::model::{
    AccountId, CallId, Certificate, ConnectionState, Grade, Jid, Now, Peer, PeerGrade, Route, Service, SipUri,
    Transport,
};
use crate::sdp::{Capabilities, MasterKey};
use crate::sip::{Anonymity, Callee, Event};

impl Manager {
    pub(super) fn handle_voice(&mut self, id: &AccountId, event: Event, now: Now) {
        if !self.connections.contains_key(id) {
            return;
        }
        match event {
            Event::Connecting => self.set_state(id, ConnectionState::Connecting, None, None, now),
            Event::Registered { security, local, realm } => {
                // The realm that may see the password is pinned by the first registration over verified TLS (S03).
                let verified = matches!(security.certificate, Certificate::Verified | Certificate::Pinned);
                if let Some(realm) = realm.filter(|_| verified) {
                    let name = self.memo_name("realm", id);
                    self.set_memo(&name, &realm);
                }
                self.set_state(id, ConnectionState::Online, None, None, now);
                if let Some(connection) = self.connections.get_mut(id) {
                    connection.state.security = Some(security);
                    connection.local = Some(local.ip());
                }
                self.note_protection(id, Service::Voice, now);
                self.pump_sip_messages();
                for call in self.calls.of_account(id) {
                    let _ = self.calls.with(call, now, |machine| machine.set_local_address(local.ip()));
                }
            }
            Event::Unregistered { reason, retry_at } => {
                self.set_state(id, ConnectionState::Offline, Some(reason), retry_at, now);
            }
            Event::Failed(failure) => {
                self.give_up(id, Service::Voice, &failure.reason, failure.certificate, failure.security, now);
            }
            Event::MessageReceived(message) => self.handle_message_received(id, *message, now),
            Event::MessageAnswered { id, code, text } => self.handle_message_answered(id, code, text.as_deref()),
            Event::Probed { id, probed } => self.handle_probed(id, &probed, now),
            Event::Incoming(incoming) => self.handle_incoming(id, *incoming, now),
            Event::Progress { call, .. }
            | Event::Answered { call, .. }
            | Event::Confirmed { call, .. }
            | Event::OfferReceived { call, .. }
            | Event::OfferAnswered { call, .. }
            | Event::OfferRefused { call, .. }
            | Event::Digit { call, .. }
            | Event::Ended { call, .. } => {
                let _ = self.calls.with(call, now, |machine| machine.handle_sip(&event, now));
            }
        }
    }

    /// What a call over this account needs; `None` while it is not registered.
    pub(super) fn settings(&mut self, voice: &Voice) -> Option<Settings> {
        let connection = self.connections.get(&voice.id)?;
        let local_address = connection.local?;
        let secure_signalling =
            connection.state.security.as_ref().is_some_and(|security| security.transport == Transport::Tls);
        let mut key = vec![0; 46];
        self.rng.fill_bytes(&mut key);
        Some(Settings {
            account: voice.id.clone(),
            capabilities: Capabilities {
                codecs: self.config.audio.codecs.clone(),
                packet_time: self.config.audio.packet_time,
                protection: self.media_protection(voice),
                secure_signalling,
            },
            local_address,
            key: MasterKey(key),
            // RFC 4566: a number; small enough for every parser.
            session_id: self.rng.next_u64() >> 12,
            ring_timeout: self.config.calls.ring_timeout,
        })
    }

    /// Places a call, or says why not.
    pub(super) fn place_call(
        &mut self,
        to: &CallTo,
        wanted: Option<&AccountId>,
        anonymous: Option<bool>,
        now: Now,
    ) -> Result<CallId, Refusal> {
        let target = self.target(to)?;
        let accounts: Vec<VoiceAccount> = self
            .config
            .voice
            .iter()
            .map(|voice| VoiceAccount {
                id: voice.id.clone(),
                online: self
                    .connections
                    .get(&voice.id)
                    .is_some_and(|connection| connection.state.state == ConnectionState::Online),
            })
            .collect();
        let chat = target.contact.as_ref().and_then(|jid| self.people.account_of(jid));
        let related = chat.and_then(|chat| self.related_voice(chat)).cloned();
        let (account, rule) =
            cusax::route(&accounts, wanted, related.as_ref()).map_err(|error| self.no_route(error))?;
        let voice = self
            .config
            .voice
            .iter()
            .find(|voice| voice.id == account)
            .cloned()
            .ok_or_else(|| Refusal::new(RefusalKind::NotFound, "There is no such account."))?;
        let anonymous = anonymous.unwrap_or_else(|| self.hides(&voice));
        self.dial(&target, &voice, rule, anonymous, now)
    }

    fn dial(
        &mut self,
        target: &Target,
        voice: &Voice,
        rule: &str,
        anonymous: bool,
        now: Now,
    ) -> Result<CallId, Refusal> {
        let uri = cusax::dial_uri(&target.uri, &voice.address).ok_or_else(|| {
            Refusal::new(RefusalKind::NoTarget, "This address cannot be called over the phone service.")
        })?;
        let settings =
            self.settings(voice).ok_or_else(|| Refusal::new(RefusalKind::Offline, "Voice is not connected."))?;
        if self.calls.living() >= MOST_CALLS {
            return Err(Refusal::new(RefusalKind::NotAllowed, "There are too many calls already."));
        }
        let calls = &self.config.calls;
        let policy = calls.callers.chat_address_policy(&uri, calls.send_chat_address);
        let call_info = cusax::call_info(
            self.related_chat(&voice.id).map(|chat| &chat.address),
            &uri,
            &voice.address,
            target.grade,
            policy == CallInfoPolicy::Always,
            policy == CallInfoPolicy::Known,
            anonymous,
        );
        let peer = self.called_peer(target, &uri);
        let id = self.new_call_id(now);
        let outgoing = OutgoingCall {
            callee: Callee { uri, display: None },
            peer,
            route: Route { rule: rule.into() },
            call_info,
            anonymity: if anonymous { Anonymity::Anonymous } else { Anonymity::Named },
            digits: target.digits.clone(),
        };
        self.calls.insert(UserCall::outgoing(id, outgoing, settings, now), now);
        Ok(id)
    }

    fn called_peer(&mut self, target: &Target, uri: &SipUri) -> Peer {
        let shown: Arc<str> = target.uri.to_string().into();
        match &target.contact {
            Some(jid) => {
                let grade = match target.grade {
                    Some(Grade::Confirmed) => PeerGrade::Confirmed,
                    Some(Grade::Claimed | Grade::Refuted) | None => PeerGrade::Claimed,
                };
                let evidence = self
                    .people
                    .contact(jid)
                    .and_then(|contact| contact.addresses.first().map(|address| address.evidence.clone()))
                    .unwrap_or_default();
                Peer { uri: shown, display: self.people.name(jid), jid: Some(jid.clone()), grade, evidence }
            }
            None => {
                let display = match uri.user() {
                    Some(user) if uri.is_phone() => user.into(),
                    Some(user) => format!("{user}@{}", uri.host()).into(),
                    None => uri.host().into(),
                };
                let evidence = vec!["You dialled this address.".into()];
                Peer { uri: shown, display, jid: None, grade: PeerGrade::Unknown, evidence }
            }
        }
    }

    fn target(&mut self, to: &CallTo) -> Result<Target, Refusal> {
        let no_target = |text: &str| Refusal::new(RefusalKind::NoTarget, text);
        let voice = self.config.voice.first().map(|voice| voice.address.clone());
        match to {
            CallTo::Contact(jid) => {
                let contact =
                    self.people.contact(jid).ok_or_else(|| no_target("This person is not in your contacts."))?;
                cusax::target_of_contact(&contact).ok_or_else(|| {
                    no_target(contact.actions.call.reason.as_deref().unwrap_or("There is no address to call."))
                })
            }
            CallTo::Text(text) => {
                let plan = self.people.plan().clone();
                let people = &mut self.people;
                let known = std::cell::RefCell::new(people);
                let found = cusax::target_of_text(text, &plan, voice.as_ref(), |jid| known.borrow_mut().contact(jid));
                if let Some(target) = found {
                    return Ok(target);
                }
                // Somebody whom we know, and who cannot be called: why not is said in their own case.
                let chat = text.trim().trim_start_matches("xmpp:");
                match Jid::parse_dropping_resource(chat).ok().filter(|jid| self.people.contact(jid).is_some()) {
                    Some(jid) => self.target(&CallTo::Contact(jid)),
                    None => Err(no_target("This is neither a number nor an address that can be called.")),
                }
            }
        }
    }

    fn no_route(&self, error: RouteError) -> Refusal {
        match error {
            RouteError::NoAccount => Refusal::new(RefusalKind::NotAllowed, "You have no voice account."),
            RouteError::Unknown => Refusal::new(RefusalKind::NotFound, "There is no such account."),
            RouteError::Offline(id) => {
                let why = self
                    .connections
                    .get(&id)
                    .and_then(|connection| connection.state.reason.as_ref())
                    .map(|reason| format!(" {}", reason.text))
                    .unwrap_or_default();
                Refusal::new(RefusalKind::Offline, &format!("Voice is not connected.{why}"))
            }
            RouteError::Choose(ids) => {
                let mut refusal = Refusal::new(RefusalKind::Choose, "Which account shall call?");
                refusal.details = ids
                    .iter()
                    .map(|id| {
                        let address =
                            self.connections.get(id).map_or_else(|| "".into(), |found| found.state.address.clone());
                        (Arc::from(id.as_str()), address)
                    })
                    .collect();
                refusal
            }
        }
    }

    fn new_call_id(&mut self, now: Now) -> CallId {
        loop {
            let id = CallId::outgoing(now.wall, self.rng.next_u32());
            if self.calls.view(id).is_none() {
                return id;
            }
        }
    }

    /// A call or a question that a screen has to show at once.
    pub(super) fn announce(&mut self, question: Option<crate::model::QuestionId>) {
        if let Some(question) = question {
            self.notice(NoticeBody::Question(question));
        }
    }
}
