//! The manager: one machine that owns all state of the program and turns inputs into effects.
//!
//! It follows the law of every machine here: *handle once, drain, then wait for the earliest timeout or the next
//! input.* What each neighbour says is handled in `on_request`, `on_chat`, `on_voice`, `on_store`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::NoticeBody;
use super::address_book::AddressBook;
use super::calls::{CallEffect, Calls};
use super::conversations::Conversations;
use super::effect::{Effect, Input, Ticket};
use super::on_card::MyCards;
use super::people::People;
use super::publish::{first_voice, no_accounts, not_connected, plan_of};
use super::questions::Questions;
use super::set_up::{FoundAccounts, SetUpMachine};
use crate::call::wanted_tone;
use crate::config::{Chat, Config, Network, SecretSource};
use crate::cusax::VoiceStanding;
use crate::media::{self, Tone};
use crate::model::{
    AccountId, AccountState, BootTime, Call, CallState, Condition, ConditionKind, ConnectionState, Devices, Jid,
    Message, MessageId, Now, Presence, Reason, Remedy, Service, Show,
};
use crate::platform::Secret;
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
    pub(super) layers: super::on_config::Layers,
    pub(super) discoveries: super::on_discovery::Discoveries,
    pub(super) set_up: Option<SetUpMachine>,
    /// The user's file, as they know it.
    pub(super) config_path: Arc<str>,
    pub(super) connections: BTreeMap<AccountId, Connection>,
    pub(super) people: People,
    pub(super) conversations: Conversations,
    pub(super) typing: super::typing::Typing,
    /// What was said about messages and the server has not acknowledged, in order.
    pub(super) sending: Vec<store::Sending>,
    pub(super) calls: Calls,
    pub(super) conferences: super::on_conference::Conferences,
    pub(super) meetings: super::meetings::Meetings,
    pub(super) hosting: super::on_host::Hosting,
    pub(super) recordings: super::on_recording::Recordings,
    pub(super) book: AddressBook,
    pub(super) questions: Questions,
    pub(super) my_cards: MyCards,
    pub(super) own: super::on_own::OwnDesk,
    pub(super) conditions: Vec<Condition>,
    pub(super) joining: super::on_connection::Joining,
    pub(super) traces: BTreeMap<AccountId, super::Trace>,
    /// The name of this run in logs and reports.
    pub(super) correlation: std::sync::Arc<str>,
    pub(super) sip_messages: super::on_sip_message::SipMessages,
    pub(super) devices: Devices,
    pub(super) health: super::on_health::HealthDesk,
    pub(super) sound: super::on_devices::SoundDesk,
    pub(super) presence: Presence,
    pub(super) memos: BTreeMap<String, String>,
    pub(super) remembered: Arc<super::Remembered>,
    pub(super) roster_known: bool,
    /// What the store remembered of each chat account, until its session starts.
    pub(super) caches: BTreeMap<Jid, store::LoadedChat>,
    /// Messages that the server has not acknowledged, in the order they were written: handed to every new connection.
    pub(super) outbox: Vec<Message>,
    /// The cards that need not be fetched again.
    pub(super) known_cards: BTreeMap<Jid, crate::xmpp::KnownCard>,
    /// Passwords that the user typed in this run: they count before the configured ones, wherever those are kept.
    pub(super) given: BTreeMap<AccountId, Secret>,
    pub(super) sends: BTreeMap<MessageId, Ticket>,
    pub(super) pages: BTreeMap<u64, Ticket>,
    pub(super) next_page: u64,
    /// Checkpoints on their way through the store, in order, and whose they are; nobody's after a restart, because the
    /// new connection counts anew.
    pub(super) commits: VecDeque<(Checkpoint, Option<AccountId>)>,
    /// Whose stream states are on their way through the store, in order; nobody's after a restart.
    pub(super) session_owners: VecDeque<Option<AccountId>>,
    /// The goodbyes are being said; the store closes after them.
    pub(super) leaving: bool,
    /// When the goodbyes are cut short.
    pub(super) goodbye: Option<BootTime>,
    pub(super) rng: StdRng,
    pub(super) quitting: Option<BootTime>,
    /// The last effect has been given.
    pub(super) over: bool,
    pub(super) security: super::on_security::SecurityDesk,
    pub(super) transfers: super::on_transfer::Transfers,
    /// When the last call for help ended.
    pub(super) helped: Option<BootTime>,
    /// What today's calls have cost.
    pub(super) spending: super::spending::Spending,
    /// When that was last compared with the limit.
    pub(super) spending_checked: BootTime,
    pub(super) path_servers: super::on_paths::PathServers,
    /// Chat accounts whose relation the user set in this run.
    pub(super) related_by_user: std::collections::BTreeSet<AccountId>,
    pub(super) rooms: super::rooms::Rooms,
    pub(super) files: super::on_file::Files,
    pub(super) events: super::on_events::Events,
    pub(super) archives: super::on_archive::ArchiveDesk,
    pub(super) contact_desk: super::on_contacts::ContactDesk,
    pub(super) exports: super::on_export::Exports,
    pub(super) jingle: super::on_jingle::JingleDesk,
    pub(super) vouch: super::on_vouched::VouchDesk,
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
            Err(problems) => (no_accounts(start.network), Some(problems)),
        };
        let problems = set_up.or_else(|| config.is_without_accounts().then(Vec::new));
        let set_up =
            problems.map(|problems| SetUpMachine::new(problems, start.config_path.clone(), config.network.clone()));
        let mut manager = Self {
            people: People::new(plan_of(&config), first_voice(&config)),
            config,
            layers: super::on_config::Layers::default(),
            discoveries: super::on_discovery::Discoveries::default(),
            set_up,
            config_path: start.config_path,
            connections: BTreeMap::new(),
            conversations: Conversations::default(),
            typing: Default::default(),
            sending: Vec::new(),
            calls: Calls::default(),
            conferences: Default::default(),
            meetings: Default::default(),
            hosting: Default::default(),
            recordings: Default::default(),
            book: AddressBook::default(),
            questions: Questions::default(),
            my_cards: MyCards::default(),
            own: Default::default(),
            conditions: Vec::new(),
            joining: super::on_connection::Joining::default(),
            traces: BTreeMap::new(),
            correlation: std::sync::Arc::from(""),
            sip_messages: super::on_sip_message::SipMessages::default(),
            devices: Devices::default(),
            health: super::on_health::HealthDesk::default(),
            sound: super::on_devices::SoundDesk::default(),
            presence: Presence { show: Show::Available, status: None },
            memos: start.loaded.memos.iter().cloned().collect(),
            remembered: Arc::default(),
            roster_known: false,
            caches: BTreeMap::new(),
            outbox: Vec::new(),
            known_cards: BTreeMap::new(),
            given: BTreeMap::new(),
            sends: BTreeMap::new(),
            pages: BTreeMap::new(),
            next_page: 0,
            commits: VecDeque::new(),
            session_owners: VecDeque::new(),
            leaving: false,
            goodbye: None,
            rng: StdRng::from_seed(seed),
            quitting: None,
            over: false,
            security: Default::default(),
            transfers: Default::default(),
            helped: None,
            spending: super::spending::Spending::load(
                start
                    .loaded
                    .memos
                    .iter()
                    .find(|(key, _)| key == super::spending::MEMO)
                    .map(|(_, value)| value.as_str()),
            ),
            spending_checked: now.boot,
            path_servers: Default::default(),
            related_by_user: std::collections::BTreeSet::new(),
            rooms: super::rooms::Rooms::load(&start.loaded.memos.iter().cloned().collect()),
            files: Default::default(),
            events: super::on_events::Events::default(),
            archives: super::on_archive::ArchiveDesk::default(),
            contact_desk: Default::default(),
            exports: super::on_export::Exports::default(),
            jingle: Default::default(),
            vouch: Default::default(),
            tone: None,
            dirty: true,
            revision: 0,
            effects: VecDeque::new(),
        };
        manager.remembered = Arc::new(super::Remembered::read(&manager.memos));
        manager.people.note_time(now.wall);
        manager.refresh_lines();
        manager.take_loaded(start.loaded);
        if let Some(problem) = start.store_problem {
            manager.add_condition(ConditionKind::Store, &problem, Remedy::Dismiss);
        }
        manager.prune_history(now);
        manager.start_sound();
        manager.find_path_servers();
        manager.start_accounts(now);
        manager.read_directories();
        manager.keep_statements();
        manager
    }

    /// One thing happened.
    pub fn handle(&mut self, input: Input, now: Now) {
        self.people.note_time(now.wall);
        match input {
            Input::Book(event) => self.handle_book(event, now),
            Input::Exported(written) => self.handle_export_written(written),
            Input::Request(ticket, request) => self.handle_request(ticket, *request, now),
            Input::Chat(id, event) => self.handle_chat(&id, event, now),
            Input::Voice(id, event) => self.handle_voice(&id, event, now),
            Input::Media(event) => self.handle_media(event, now),
            Input::Store(event) => self.handle_store(event, now),
            Input::Decoded { jid, avatar } => self.take_picture(&jid, avatar),
            Input::OwnPicture(number, picture) => self.own_picture_ready(number, picture),
            Input::NoSecret(id, text) => self.handle_no_secret(&id, &text, now),
            Input::ConfigWritten(result) => self.handle_config_written(result),
            Input::Broke(id) => self.handle_defect(&id, now),
            Input::RelationWritten(result) => self.handle_relation_written(result),
            Input::PasswordKept(id, result) => self.handle_password_kept(&id, result),
            Input::SearchStep(purpose, step) => self.handle_search_step(purpose, step),
            Input::Searched(purpose, searched) => self.handle_searched(purpose, *searched, now),
            Input::Provisioned(document) => self.handle_provisioned(*document),
            Input::Reconfigured(ticket, result) => self.handle_reconfigured(ticket, result, now),
            Input::File(event) => self.handle_file_event(event, now),
            Input::PathServers(found) => self.handle_path_servers(found),
            Input::NetworkChanged => return self.handle_network(crate::sip::Command::NetworkChanged),
            Input::Way(call, to, local) => {
                let _ = self.calls.with(call, now, |machine| machine.handle_way(to, local, now));
            }
            Input::Woke => return self.handle_network(crate::sip::Command::Woke),
        }
        self.dirty = true;
        self.settle(now);
    }

    /// A timer is due; calling too early is harmless.
    pub fn handle_timeout(&mut self, now: Now) {
        self.calls.handle_timeout(now);
        self.cards_timeout(now);
        self.handle_discovery_timeout(now);
        self.check_limit(now);
        self.transfers_timeout(now);
        self.path_services_timeout(now);
        self.typing.handle_timeout(now.boot);
        self.archive_timeout(now);
        if self.quitting.is_some_and(|deadline| deadline <= now.boot) {
            self.effects.push_back(Effect::Quit);
            self.quitting = None;
            self.over = true;
        }
        self.dirty = true;
        self.settle(now);
    }

    /// When the next timer is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<BootTime> {
        let limit = self.config.numbers.tariffs.daily_limit;
        let spending = self.spending.poll_timeout(self.calls.living_views(), limit, self.spending_checked);
        let own = [
            self.calls.poll_timeout(),
            self.quitting,
            self.goodbye.filter(|_| self.leaving),
            self.joining.due,
            self.my_cards.poll_timeout(),
            self.raise_deadline(),
            self.discoveries.poll_timeout(),
            self.transfers.poll_timeout(),
            self.path_servers.poll_timeout(),
            self.typing.poll_timeout(),
            self.archive_deadline(),
            spending,
        ];
        own.into_iter().flatten().min()
    }

    /// The next effect, until `None`.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// What follows from the calls' machines: commands, history, tones.
    fn settle(&mut self, now: Now) {
        self.keep_statements();
        self.run_calls(now);
        self.settle_hosting();
        self.settle_events();
        self.settle_notes();
        self.tell_typing();
        self.settle_transfers(now);
        self.settle_joining(now);
        self.start_waiting(now);
        self.settle_raise(now);
        self.follow_document(now);
        if self.leaving && self.said_goodbye(now) {
            self.leaving = false;
            // Whoever has not confirmed our hang-up by now: the history must not wait for them.
            self.calls.finish_all(now);
            self.run_calls(now);
            self.store(store::Command::Close);
        }
        let tone = wanted_tone(self.calls.sounding_views(), |call| self.sound.ringtones.of_call(call));
        if tone != self.tone {
            self.tone = tone;
            self.media(media::Command::Tone(tone));
        }
    }

    pub(super) fn run_calls(&mut self, now: Now) {
        while let Some(effect) = self.calls.poll_effect() {
            match effect {
                CallEffect::Voice(account, command) => self.signal(&account, command),
                CallEffect::Propose(account, call, to, offer) => self.propose(&account, call, to, offer),
                CallEffect::Proceed(account, call) => self.proceed(&account, call),
                CallEffect::Media(command) => self.media(command),
                CallEffect::Changed(call) => {
                    self.note_call_protection(&call);
                    self.jingle_follows(&call, now);
                    self.conference_follows(&call, now);
                    self.meeting_follows(&call);
                    self.note_dialled(&call);
                    self.ask_digits(&call);
                    self.mind_talk_key(&call, now);
                    self.note_transfer(&call, now);
                    if matches!(
                        call.state,
                        CallState::Preparing | CallState::Ringing | CallState::Active | CallState::Ended
                    ) {
                        // M10: digits may be a PIN, which is nothing for the history.
                        let text = self.kept_text(&call);
                        let kept = Call { digits_sent: "".into(), digits_received: "".into(), text, ..(*call).clone() };
                        self.store(store::Command::Call(Box::new(kept)));
                    }
                    self.notice(NoticeBody::Call(call));
                }
                CallEffect::Ended(call) => {
                    self.note_history(&call);
                    self.note_ended(&call, now);
                }
                CallEffect::Offered(call) | CallEffect::Written(call) => self.notice(NoticeBody::Call(call)),
            }
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

    fn handle_config_written(&mut self, result: Result<SecretSource, Arc<str>>) {
        match (result, &mut self.set_up) {
            (Ok(source), Some(set_up)) => {
                let kept = set_up.found().map(|(found, _)| found);
                self.set_up = None;
                match kept {
                    // The document brings its accounts, and the file says where their password is.
                    Some(FoundAccounts { provisioned: Some(found), .. }) => self.handle_provisioned(found.document),
                    Some(mut kept) => {
                        // A later password goes where the file says that this one is.
                        kept.chat.iter_mut().for_each(|chat| chat.secret = source.clone());
                        kept.voice.iter_mut().for_each(|voice| voice.secret = source.clone());
                        self.keep_accounts(kept);
                        // With every other setting of the file, and where each comes from.
                        self.effects.push_back(Effect::EditConfig(Vec::new()));
                    }
                    None => {}
                }
            }
            (Err(why), Some(set_up)) => set_up.not_saved(&why),
            (Ok(_) | Err(_), None) => {}
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
        // Who waits by policy goes on waiting, whatever its connection says at its end.
        let (state, reason, retry_at) = match self.held(id) {
            Some(held) if state != ConnectionState::Failed => (ConnectionState::Held, Some(held), None),
            Some(_) | None => (state, reason, retry_at),
        };
        self.trace(id, state, reason.as_ref(), now);
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
            set_up.note(id, service, state, reason.as_ref().map(|reason| &*reason.text));
        }
        if service == Service::Voice {
            self.events_follow(id, state);
            let standing = self.voice_standing();
            self.people.set_voice(standing);
        }
        if state == ConnectionState::Online {
            self.conditions.retain(|condition| condition.kind != ConditionKind::Connection(service));
        }
        self.card_follows(id, state);
        if service == Service::Chat {
            self.contacts_follow(id, state);
        }
        self.notice(NoticeBody::Account(id.clone()));
    }

    pub(super) fn voice_standing(&self) -> VoiceStanding {
        let mut voices =
            self.connections.values().filter(|connection| connection.state.service == Service::Voice).peekable();
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

    pub(super) fn services(&self) -> Vec<(AccountId, Service)> {
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
