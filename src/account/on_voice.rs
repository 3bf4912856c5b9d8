//! What the voice connections say, and how calls are placed and taken.

use rand::RngCore as _;

use super::NoticeBody;
use super::manager::Manager;
use crate::call::Settings;
use crate::config::Voice;
use crate::model::{AccountId, Certificate, ConnectionState, Now, Service, Transport};
use crate::sdp::{Capabilities, MasterKey};
use crate::sip::Event;

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
                self.note_local_address(id, local.ip());
                self.pump_sip_messages();
                for call in self.calls.of_account(id) {
                    let _ = self.calls.with(call, now, |machine| machine.follow_registration(local.ip(), now));
                }
            }
            Event::OtherDevices(devices) => self.note_devices(id, &devices),
            Event::Unregistered { reason, retry_at } => {
                self.set_state(id, ConnectionState::Offline, Some(reason), retry_at, now);
            }
            Event::Failed(failure) => {
                self.give_up(id, Service::Voice, &failure.reason, failure.certificate, failure.security, now);
            }
            Event::MessageReceived(message) => self.handle_message_received(id, *message, now),
            Event::MessageAnswered { id, code, text } => self.handle_message_answered(id, code, text.as_deref()),
            Event::Probed { id, probed } => self.handle_probed(id, &probed, now),
            Event::Subscription { id: subscription, news } => self.handle_subscription(id, subscription, news, now),
            Event::MessagesWaiting(document) => self.handle_messages_waiting(id, None, &document, now),
            Event::Incoming(incoming) => self.handle_incoming(id, *incoming, now),
            Event::PeerAsked { call, sign } => self.note_peer_sign(call, sign),
            Event::Focus { call, focus } => self.handle_focus(id, call, focus, now),
            Event::Progress { call, .. }
            | Event::Answered { call, .. }
            | Event::Confirmed { call, .. }
            | Event::OfferReceived { call, .. }
            | Event::OfferAnswered { call, .. }
            | Event::OfferRefused { call, .. }
            | Event::Unanswered { call }
            | Event::Digit { call, .. }
            | Event::Candidates { call, .. }
            | Event::DigitsRefused { call, .. }
            | Event::Connected { call, .. }
            | Event::Adrift { call }
            | Event::Transfer { call, .. }
            | Event::Redirected { call, .. }
            | Event::Ended { call, .. } => {
                self.follow_transfers(id, &event, now);
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
            via: crate::model::Via::Sip,
            capabilities: Capabilities {
                codecs: self.config.audio.codecs.clone(),
                packet_time: self.config.audio.packet_time,
                discontinuous: self.config.audio.discontinuous,
                protection: self.media_protection(voice),
                secure_signalling,
                keys: voice.media_keys,
                fingerprint: self.security.fingerprint.clone(),
            },
            local_address,
            paths: None,
            key: MasterKey(key),
            // RFC 4566: a number; small enough for every parser.
            session_id: self.rng.next_u64() >> 12,
            ring_timeout: self.config.calls.ring_timeout,
            digits: voice.telephony.digits,
            text: self.config.media.real_time_text,
        })
    }

    /// A call or a question that a screen has to show at once.
    pub(super) fn announce(&mut self, question: Option<crate::model::QuestionId>) {
        if let Some(question) = question {
            self.notice(NoticeBody::Question(question));
        }
    }
}
