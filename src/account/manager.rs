//! The manager: one machine that owns all state of the program and turns inputs into effects.
//!
//! It follows the law of every machine here: *handle once, drain, then wait for the earliest timeout or the next
//! input.* What each neighbour says is handled in `on_request`, `on_chat`, `on_voice`, `on_store`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{RngCore as _, SeedableRng as _};

use super::calls::{CallEffect, Calls};
use super::conversations::Conversations;
use super::effect::{Certificates, Effect, Input, SecretRef, Ticket};
use super::NoticeBody;
use super::people::People;
use super::questions::Questions;
use super::publish::{first_voice, memo, no_accounts, not_connected, plan_of};
use super::set_up::SetUpMachine;
use crate::call::wanted_tone;
use crate::config::{Chat, Config, Network, Voice};
use crate::cusax::VoiceStanding;
use crate::media::{self, DeviceRole, Processing, Tone};
use crate::model::{
    AccountId, AccountState, BootTime, CallState, Condition, ConditionKind, ConnectionState, Devices, Message, MessageId, Now, Presence,
    Reason, Remedy, Service, Show,
};
use crate::store::{self, Loaded};
use crate::xmpp::Checkpoint;

/// What the program starts with.
#[derive(Debug)]
pub struct Start {
    /// The configuration, or every problem in it (none: there is no file).
    pub config: Result<Config, Vec<Arc<str>>>,
    /// Where the configuration is or will be.
    pub config_path: Arc<str>,
    /// A name server and authorities from the command line, for a first start.
    pub network: Network,
    /// What the store knew.
    pub loaded: Loaded,
    /// The store could not be opened: nothing can be kept.
    pub store_problem: Option<Arc<str>>,
}

/// One account and its connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) state: AccountState,
    /// The local address of a voice account's flow.
    pub(super) local: Option<std::net::IpAddr>,
}

/// The manager.
#[derive(Debug)]
pub struct Manager {
    pub(super) config: Config,
    pub(super) set_up: Option<SetUpMachine>,
    pub(super) connections: BTreeMap<AccountId, Connection>,
    pub(super) people: People,
    pub(super) conversations: Conversations,
    pub(super) calls: Calls,
    pub(super) questions: Questions,
    pub(super) conditions: Vec<Condition>,
    pub(super) devices: Devices,
    pub(super) presence: Presence,
    pub(super) memos: BTreeMap<String, String>,
    pub(super) roster_known: bool,
    loaded: Option<Loaded>,
    /// Messages that the server has not acknowledged, in the order they were written: handed to every new connection.
    pub(super) outbox: Vec<Message>,
    known_cards: Vec<crate::xmpp::KnownCard>,
    pub(super) sends: BTreeMap<MessageId, Ticket>,
    pub(super) pages: BTreeMap<u64, Ticket>,
    pub(super) next_page: u64,
    /// Checkpoints on their way through the store, in order, and whose they are.
    pub(super) commits: VecDeque<(Checkpoint, AccountId)>,
    /// Whose stream states are on their way through the store, in order.
    pub(super) session_owners: VecDeque<AccountId>,
    /// The goodbyes are being said; the store closes after them.
    pub(super) leaving: bool,
    /// When the goodbyes are cut short.
    pub(super) goodbye: Option<BootTime>,
    pub(super) rng: StdRng,
    pub(super) quitting: Option<BootTime>,
    tone: Option<Tone>,
    pub(super) dirty: bool,
    pub(super) revision: u64,
    pub(super) effects: VecDeque<Effect>,
}

impl Manager {
    /// Starts the program: with a configuration every account is started at once, without one the setup waits.
    pub fn new(start: Start, seed: [u8; 32], now: Now) -> Self {
        let (config, set_up) = match start.config {
            Ok(config) => (config, None),
            Err(problems) => {
                (no_accounts(start.network.clone()), Some(SetUpMachine::new(problems, start.config_path, start.network)))
            }
        };
        let mut manager = Self {
            people: People::new(plan_of(&config), first_voice(&config)),
            config,
            set_up,
            connections: BTreeMap::new(),
            conversations: Conversations::default(),
            calls: Calls::default(),
            questions: Questions::default(),
            conditions: Vec::new(),
            devices: Devices::default(),
            presence: Presence { show: Show::Available, status: None },
            memos: start.loaded.memos.iter().cloned().collect(),
            roster_known: false,
            loaded: None,
            outbox: Vec::new(),
            known_cards: Vec::new(),
            sends: BTreeMap::new(),
            pages: BTreeMap::new(),
            next_page: 0,
            commits: VecDeque::new(),
            session_owners: VecDeque::new(),
            leaving: false,
            goodbye: None,
            rng: StdRng::from_seed(seed),
            quitting: None,
            tone: None,
            dirty: true,
            revision: 0,
            effects: VecDeque::new(),
        };
        manager.take_loaded(start.loaded);
        if let Some(problem) = start.store_problem {
            manager.add_condition(ConditionKind::Store, &problem, Remedy::Dismiss);
        }
        manager.start_sound();
        manager.start_accounts(None, now);
        manager
    }

    /// The store's memory becomes ours.
    fn take_loaded(&mut self, mut loaded: Loaded) {
        self.conversations.load(std::mem::take(&mut loaded.conversations));
        if let Some(kept) = &loaded.damaged {
            let text = format!("The message database was damaged. It was kept as {kept}, and a new one was begun.");
            self.add_condition(ConditionKind::Store, &text, Remedy::Dismiss);
        }
        let Some(chat) = self.config.chat.first().cloned() else { return };
        let mut loaded = loaded.for_account(&chat.address);
        self.known_cards = loaded.known_cards();
        self.outbox = std::mem::take(&mut loaded.outbox);
        self.people.load_cards(std::mem::take(&mut loaded.cards));
        // The cache is shown at once; the server's word replaces it (C-13).
        self.roster_known = !loaded.roster.is_empty();
        self.people.update(&chat.id, &crate::xmpp::RosterUpdate::Replace(loaded.roster.clone()));
        self.loaded = Some(loaded);
    }

    /// Devices and processing as configured, or as last chosen.
    fn start_sound(&mut self) {
        let audio = self.config.audio.clone();
        for (role, key, configured) in [
            (DeviceRole::Input, "device.input", &audio.input),
            (DeviceRole::Output, "device.output", &audio.output),
            (DeviceRole::Ring, "device.ring", &audio.ring),
        ] {
            // What the file names is the user's word; `default` leaves room for the choice in the window.
            let name = match self.memos.get(key) {
                Some(chosen) if configured == "default" => chosen.as_str(),
                Some(_) | None => configured.as_str(),
            };
            self.media(media::Command::SetDevice { role, name: name.into() });
        }
        self.media(media::Command::SetProcessing(Processing {
            echo_cancellation: audio.echo_cancellation,
            noise_suppression: audio.noise_suppression,
            gain_control: audio.gain_control,
        }));
    }

    /// Starts every account of the configuration, with one password for all where the user just typed it.
    pub(super) fn start_accounts(&mut self, secret: Option<SecretRef>, now: Now) {
        for chat in self.config.chat.clone() {
            let secret = secret.clone().unwrap_or(SecretRef::Configured(chat.secret.clone()));
            self.start_chat(&chat, secret, now);
        }
        for voice in self.config.voice.clone() {
            let secret = secret.clone().unwrap_or(SecretRef::Configured(voice.secret.clone()));
            self.start_voice(&voice, secret, now);
        }
    }

    /// Starts or restarts one account by its name.
    pub(super) fn start_account(&mut self, id: &AccountId, secret: Option<SecretRef>, now: Now) {
        if let Some(chat) = self.config.chat.iter().find(|chat| chat.id == *id).cloned() {
            let secret = secret.unwrap_or(SecretRef::Configured(chat.secret.clone()));
            self.start_chat(&chat, secret, now);
        } else if let Some(voice) = self.config.voice.iter().find(|voice| voice.id == *id).cloned() {
            let secret = secret.unwrap_or(SecretRef::Configured(voice.secret.clone()));
            self.start_voice(&voice, secret, now);
        }
    }

    fn start_chat(&mut self, chat: &Chat, secret: SecretRef, now: Now) {
        let first = self.config.chat.first().is_some_and(|first| first.id == chat.id);
        // The cache belongs to the first chat account; it is handed over once.
        let loaded = if first { self.loaded.take() } else { None };
        let cards = if first { std::mem::take(&mut self.known_cards) } else { Vec::new() };
        let (roster, roster_version, session) = match loaded {
            Some(loaded) => (loaded.roster, loaded.roster_version, loaded.session),
            None => (Vec::new(), None, None),
        };
        let config = crate::xmpp::Config {
            jid: chat.address.clone(),
            resource: chat.resource.clone(),
            server: chat.server.clone(),
            tls: chat.tls,
            allow_plain: chat.allow_plain,
            strongest_mechanism: self.memos.get(&memo("mechanism", &chat.id)).cloned(),
            roster_version,
            roster,
            cards,
            session,
        };
        self.set_connection(&chat.id, Service::Chat, chat.address.as_str(), now);
        let certificates = self.certificates(&chat.id, &chat.certificate_pins, &chat.certificate_exceptions);
        self.effects.push_back(Effect::StartChat {
            id: chat.id.clone(),
            config: Box::new(config),
            secret,
            certificates,
        });
        self.chat(&chat.id, crate::xmpp::Command::Presence {
            show: self.presence.show,
            status: self.presence.status.clone(),
        });
        let pending: Vec<Message> =
            self.outbox.iter().filter(|message| message.from == chat.address).cloned().collect();
        for message in pending {
            self.chat(&chat.id, crate::xmpp::Command::Send {
                id: message.id,
                to: message.with,
                body: message.body,
                written: message.time,
            });
        }
        self.chat(&chat.id, crate::xmpp::Command::Connect);
    }

    fn start_voice(&mut self, voice: &Voice, secret: SecretRef, now: Now) {
        let config = crate::sip::Config {
            aor: voice.address.clone(),
            auth_user: voice.auth_user.clone(),
            display_name: voice.display_name.clone(),
            outbound_proxy: voice.outbound_proxy.clone(),
            transport: voice.transport,
            realm: voice.realm.clone().or_else(|| self.memos.get(&memo("realm", &voice.id)).cloned()),
            allow_md5: voice.allow_md5,
            expires: voice.expires,
            instance: self.instance(),
            // C-06: chat is XMPP's, so MESSAGE is neither allowed nor accepted.
            allow_message: false,
        };
        self.set_connection(&voice.id, Service::Voice, &voice.address.to_string(), now);
        let certificates = self.certificates(&voice.id, &voice.certificate_pins, &voice.certificate_exceptions);
        self.effects.push_back(Effect::StartVoice {
            id: voice.id.clone(),
            config: Box::new(config),
            secret,
            certificates,
        });
        self.voice(&voice.id, crate::sip::Command::Register);
    }

    /// The instance id of this profile (RFC 5626 section 4.1), made once.
    fn instance(&mut self) -> String {
        if let Some(instance) = self.memos.get("instance") {
            return instance.clone();
        }
        let mut bytes = [0u8; 16];
        self.rng.fill_bytes(&mut bytes);
        // RFC 9562: version 4, variant 10.
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let instance = format!(
            "urn:uuid:{}-{}-{}-{}-{}",
            &hex[0..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32]
        );
        self.set_memo("instance", &instance);
        instance
    }

    fn set_connection(&mut self, id: &AccountId, service: Service, address: &str, now: Now) {
        let state = AccountState {
            id: id.clone(),
            service,
            address: address.into(),
            state: ConnectionState::Connecting,
            since: now.wall,
            reason: None,
            retry_at: None,
            security: None,
        };
        self.connections.insert(id.clone(), Connection { state, local: None });
        self.dirty = true;
    }

    fn certificates(&self, id: &AccountId, pins: &[[u8; 32]], exceptions: &[[u8; 32]]) -> Certificates {
        let trusted = self.memos.get(&memo("exception", id)).and_then(|hex| crate::config::fingerprint(hex));
        Certificates { pins: pins.to_vec(), exceptions: exceptions.iter().copied().chain(trusted).collect() }
    }

    /// One thing happened.
    pub fn handle(&mut self, input: Input, now: Now) {
        match input {
            Input::Request(ticket, request) => self.handle_request(ticket, *request, now),
            Input::Chat(id, event) => self.handle_chat(&id, event, now),
            Input::Voice(id, event) => self.handle_voice(&id, event, now),
            Input::Media(event) => self.handle_media(event, now),
            Input::Store(event) => self.handle_store(event, now),
            Input::Decoded { jid, avatar } => self.people.set_avatar(&jid, avatar),
            Input::NoSecret(id, text) => self.handle_no_secret(&id, &text, now),
            Input::ConfigWritten(result) => self.handle_config_written(result),
            Input::PasswordKept(id, result) => {
                if let Err(why) = result {
                    let text = format!("The new password of \"{}\" could not be kept: {why}", id.as_str());
                    self.add_condition(ConditionKind::Configuration, &text, Remedy::Dismiss);
                }
            }
            Input::NetworkChanged => {
                for (id, service) in self.services() {
                    match service {
                        Service::Chat => self.chat(&id, crate::xmpp::Command::NetworkChanged),
                        Service::Voice => self.voice(&id, crate::sip::Command::NetworkChanged),
                    }
                }
                return;
            }
        }
        self.dirty = true;
        self.settle(now);
    }

    /// A timer is due; calling too early is harmless.
    pub fn handle_timeout(&mut self, now: Now) {
        self.calls.handle_timeout(now);
        if self.quitting.is_some_and(|deadline| deadline <= now.boot) {
            self.effects.push_back(Effect::Quit);
            self.quitting = None;
        }
        self.dirty = true;
        self.settle(now);
    }

    /// When the next timer is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<BootTime> {
        [self.calls.poll_timeout(), self.quitting, self.goodbye.filter(|_| self.leaving)].into_iter().flatten().min()
    }

    /// The next effect, until `None`.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// What follows from the calls' machines: commands, history, tones.
    fn settle(&mut self, now: Now) {
        while let Some(effect) = self.calls.poll_effect() {
            match effect {
                CallEffect::Voice(account, command) => self.voice(&account, command),
                CallEffect::Media(command) => self.media(command),
                CallEffect::Changed(call) => {
                    if matches!(call.state, CallState::Preparing | CallState::Ringing | CallState::Ended) {
                        self.store(store::Command::Call(call.clone()));
                    }
                    self.notice(NoticeBody::Call(call));
                }
            }
        }
        if self.leaving && self.said_goodbye(now) {
            self.leaving = false;
            self.store(store::Command::Close);
        }
        let shown = self.calls.shown();
        let tone = wanted_tone(shown.iter());
        if tone != self.tone {
            self.tone = tone;
            self.media(media::Command::Tone(tone));
        }
    }

    /// Every connection is closed and every call over, or the patience for goodbyes is used up.
    fn said_goodbye(&self, now: Now) -> bool {
        let gone = |state| !matches!(state, ConnectionState::Online | ConnectionState::Connecting);
        let quiet = self.connections.values().all(|connection| gone(connection.state.state));
        (quiet && self.calls.living() == 0) || self.goodbye.is_some_and(|deadline| deadline <= now.boot)
    }

    fn handle_no_secret(&mut self, id: &AccountId, text: &str, now: Now) {
        self.set_state(id, ConnectionState::Failed, Some(Reason::new("no-password", text)), None, now);
        if let Some(service) = self.service(id) {
            let text = format!("{} {text}", not_connected(service));
            self.add_condition(ConditionKind::Connection(service), &text, Remedy::EnterPassword(id.clone()));
        }
    }

    fn handle_config_written(&mut self, result: Result<(), Arc<str>>) {
        match (result, &mut self.set_up) {
            (Ok(()), Some(set_up)) => {
                if let Some((found, _)) = set_up.found() {
                    self.config.relations = found.relation.into_iter().collect();
                }
                self.set_up = None;
            }
            (Err(why), Some(set_up)) => set_up.not_saved(&why),
            (Ok(()) | Err(_), None) => {}
        }
    }

    /// A connection changed: the state that people see, the notice, what depends on it.
    pub(super) fn set_state(
        &mut self,
        id: &AccountId,
        state: ConnectionState,
        reason: Option<Reason>,
        retry_at: Option<BootTime>,
        now: Now,
    ) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        if connection.state.state != state {
            connection.state.since = now.wall;
        }
        connection.state.state = state;
        connection.state.reason = reason.clone();
        connection.state.retry_at = retry_at;
        if state != ConnectionState::Online {
            connection.state.security = None;
        }
        let service = connection.state.service;
        if let Some(set_up) = &mut self.set_up {
            set_up.note(service, state, reason.as_ref().map(|reason| &*reason.text));
        }
        if service == Service::Voice {
            let standing = self.voice_standing();
            self.people.set_voice(standing);
        }
        if state == ConnectionState::Online {
            self.conditions.retain(|condition| condition.kind != ConditionKind::Connection(service));
        }
        self.notice(NoticeBody::Account(id.clone()));
    }

    fn voice_standing(&self) -> VoiceStanding {
        let mut voices = self.connections.values().filter(|connection| connection.state.service == Service::Voice).peekable();
        if voices.peek().is_none() {
            return VoiceStanding::Absent;
        }
        if voices.any(|connection| connection.state.state == ConnectionState::Online) {
            VoiceStanding::Online
        } else {
            VoiceStanding::Offline
        }
    }

    pub(super) fn service(&self, id: &AccountId) -> Option<Service> {
        self.connections.get(id).map(|connection| connection.state.service)
    }

    fn services(&self) -> Vec<(AccountId, Service)> {
        self.connections.iter().map(|(id, connection)| (id.clone(), connection.state.service)).collect()
    }

    /// The chat account that a voice account belongs to.
    pub(super) fn related_chat(&self, voice: &AccountId) -> Option<&Chat> {
        let relation = self.config.relations.iter().find(|relation| relation.voice == *voice)?;
        self.config.chat.iter().find(|chat| chat.id == relation.chat)
    }

    /// The voice account that belongs to a chat account.
    pub(super) fn related_voice(&self, chat: &AccountId) -> Option<&AccountId> {
        self.config.relations.iter().find(|relation| relation.chat == *chat).map(|relation| &relation.voice)
    }
}
