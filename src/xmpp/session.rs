//! The session: one pure machine from the authenticated stream to chat, elements in and elements out.
//!
//! ```text
//! Idle --Connect--> Connecting --handle_connected--> Resuming | Binding --> Online
//!   ^                   |  ^                              |                    |
//!   |Disconnect         v  |retry                         v                    v
//!   +---------------- Waiting <------ handle_disconnected, timeout, stream error
//!                                     (a fatal one: Failed, until the next Connect)
//! ```
//!
//! # The shell's part
//!
//! * [`Output::Connect`]: make a connection, negotiate TLS, authenticate, restart the stream, read its features; then
//!   [`SessionMachine::handle_connected`], or [`SessionMachine::handle_disconnected`] with the reason.
//! * [`Output::Close`]: end whatever exists (attempt or stream): write what was given to send before, `</stream:stream>`,
//!   and drop it without waiting. Nothing of it may reach the machine after that.
//! * Every element of the stream, stanzas and all others, goes to [`SessionMachine::handle_stanza`].
//! * While [`SessionMachine::wants_input`] is false, do not read from the network.
//! * No element may be larger than [`SessionMachine::largest_stanza`].

use std::collections::VecDeque;

use minidom::Element;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::activity::Activity;
use super::archive::Archives;
use super::boundary::{Command, Config, Event, Failure};
use super::cards::Cards;
use super::iq::Queries;
use super::keepalive::KeepAlive;
use super::outbound::Hold;
use super::outbox::{Outbox, Outgoing, Progress};
use super::own_card::OwnCards;
use super::payload;
use super::presence::{self, Presences};
use super::reach::Reaches;
use super::reconnect::Reconnect;
use super::roster::Contacts;
use super::settings::Asking;
use super::stream_management::{Inbound, Outbound};
use crate::model::{BootTime, FullJid, Jid, Now, Reason, Security, Show, WallTime};

/// So many stanzas may wait for the store before the network is not read any more.
const MOST_UNSTORED: usize = 512;
/// So many stanzas may wait for a message's number to be stored before the network is not read any more.
const MOST_HELD: usize = 512;
/// So many answers to subscription requests wait for a connection. When full: the oldest goes, and the server asks again.
const MOST_ANSWERS: usize = 64;
/// The largest element in ordinary operation, in bytes.
const LARGEST_STANZA: usize = 256 * 1024;
/// The largest element while a roster is on its way: some 100,000 contacts.
const LARGEST_WITH_ROSTER: usize = 16 * 1024 * 1024;

/// What the machine wants done, in this order.
#[derive(Debug)]
pub enum Output {
    /// Make a new connection.
    Connect,
    /// Write an element to the stream.
    Send(Element),
    /// End the stream or the attempt.
    Close,
    /// Tell `account`.
    Event(Event),
}

/// An authenticated stream.
#[derive(Debug)]
pub struct Connected {
    /// The stream features after authentication.
    pub features: Element,
    /// How it is protected and authenticated.
    pub security: Security,
    /// The SASL mechanism that was used.
    pub mechanism: String,
}

/// Why there is no stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disconnected {
    /// It may be better later.
    Lost(Reason),
    /// It stays so until the user acts.
    Refused(Failure),
}

/// Where the connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// Nobody wants one.
    Idle,
    /// The next try is due then.
    Waiting(BootTime),
    /// The shell is at it since then.
    Connecting(BootTime),
    /// `<resume/>` is out; an answer is due by then.
    Resuming(BootTime),
    /// The resource is being bound; an answer is due by then.
    Binding(BootTime),
    /// Signed in.
    Online,
    /// Given up until the user acts.
    Failed,
}

/// Whether stanzas are counted (XEP-0198).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Management {
    /// Not on this stream.
    Off,
    /// `<enable/>` is out: ours count already, theirs from `<enabled/>` on.
    Requested,
    /// Both sides count.
    On,
}

/// A stream that may be resumed.
#[derive(Clone, Debug)]
pub(super) struct Resumption {
    pub(super) id: String,
    pub(super) bound: FullJid,
    pub(super) location: Option<String>,
}

/// The session machine; see the module's documentation.
#[derive(Debug)]
pub struct SessionMachine {
    pub(super) config: Config,
    pub(super) own: Jid,
    pub(super) rng: StdRng,
    pub(super) outputs: VecDeque<Output>,
    pub(super) link: Link,
    pub(super) reconnect: Reconnect,
    pub(super) keepalive: Option<KeepAlive>,
    pub(super) connected: Option<Connected>,
    pub(super) management: Management,
    pub(super) bound: Option<FullJid>,
    pub(super) resumption: Option<Resumption>,
    /// The resumption stems from an earlier run: presences are not known and the store's numbers not ours.
    pub(super) earlier_run: bool,
    /// When the stream was resumed, and what had been received then.
    pub(super) resumed_at: Option<(BootTime, u64)>,
    /// How often in a row a resumed stream broke at once.
    pub(super) stillborn: u8,
    pub(super) inbound: Inbound,
    pub(super) outbound: Outbound,
    pub(super) hold: Hold,
    pub(super) outbox: Outbox,
    pub(super) queries: Queries,
    pub(super) contacts: Contacts,
    pub(super) blocked: super::blocking::Blocked,
    pub(super) roster_open: bool,
    /// Our presence follows as soon as the roster is there.
    pub(super) presence_owed: bool,
    pub(super) presences: Presences,
    /// Answers to subscription requests that wait for a connection; `true` approves.
    answers: VecDeque<(Jid, bool)>,
    pub(super) own_show: Show,
    pub(super) own_status: Option<std::sync::Arc<str>>,
    /// The presence that was last sent on this stream.
    pub(super) own_said: Option<(Show, Option<std::sync::Arc<str>>, Option<WallTime>)>,
    /// Since when nobody is at the program, where that is told.
    pub(super) own_idle: Option<WallTime>,
    pub(super) own_pictures: super::own_picture::OwnPictures,
    pub(super) activity: Activity,
    pub(super) people: super::people::PeopleDesk,
    pub(super) own_calls: super::own_calls::Waiting,
    pub(super) cards: Cards,
    pub(super) own_card: OwnCards,
    pub(super) reaches: Reaches,
    pub(super) asking: Asking,
    pub(super) rooms: super::room::Rooms,
    pub(super) uploads: super::upload::Uploads,
    /// Servers that help calls.
    pub(super) services: super::services::Services,
    pub(super) archives: Archives,
    pub(super) jingle: super::jingle::Desk,
    pub(super) peer_caps: super::jingle::PeerCaps,
    /// Messages that were written before belong to an earlier run.
    started: WallTime,
}

impl SessionMachine {
    /// A session that waits for [`Command::Connect`]. The seed must be as unpredictable as the ids made from it.
    pub fn new(config: Config, seed: [u8; 32], now: Now) -> Self {
        let mut inbound = Inbound::default();
        let mut outbound = Outbound::default();
        let mut earlier = Vec::new();
        let resumption = config.session.as_ref().filter(|session| session.bound.bare() == config.jid).map(|session| {
            inbound.restore(session.handled);
            outbound.restore(session.acknowledged);
            earlier.clone_from(&session.unacknowledged);
            Resumption { id: session.id.clone(), bound: session.bound.clone(), location: session.location.clone() }
        });
        Self {
            own: config.jid.clone(),
            jingle: super::jingle::Desk::new(super::jingle::rng(&seed)),
            peer_caps: super::jingle::PeerCaps::default(),
            rng: StdRng::from_seed(seed),
            outputs: VecDeque::new(),
            link: Link::Idle,
            reconnect: Reconnect::default(),
            keepalive: None,
            connected: None,
            management: Management::Off,
            bound: None,
            earlier_run: resumption.is_some(),
            resumption,
            resumed_at: None,
            stillborn: 0,
            hold: Hold::new(&inbound),
            inbound,
            outbound,
            outbox: Outbox::new(earlier),
            queries: Queries::default(),
            contacts: Contacts::new(&config.roster),
            blocked: super::blocking::Blocked::default(),
            roster_open: false,
            presence_owed: false,
            presences: Presences::default(),
            answers: VecDeque::new(),
            own_show: Show::Available,
            own_status: None,
            own_said: None,
            own_idle: None,
            own_pictures: Default::default(),
            activity: Activity::default(),
            people: super::people::PeopleDesk::default(),
            own_calls: super::own_calls::Waiting::new(),
            cards: Cards::new(&config.cards, now),
            own_card: OwnCards::default(),
            reaches: Reaches::default(),
            asking: Asking::default(),
            rooms: super::room::Rooms::default(),
            uploads: super::upload::Uploads::default(),
            services: super::services::Services::default(),
            archives: config
                .session
                .as_ref()
                .map(|session| Archives::new(session.copies, session.archive))
                .unwrap_or_default(),
            started: now.wall,
            config,
        }
    }

    /// The user, or `account` for the user, wants something.
    pub fn handle_command(&mut self, command: Command, now: Now) {
        match command {
            Command::Connect => self.connect_wanted(now),
            Command::Disconnect => self.disconnect_wanted(now),
            Command::NetworkChanged => self.network_changed(now),
            Command::Presence { show, status } => {
                self.own_show = show;
                self.own_status = status;
                if self.link == Link::Online && !self.presence_owed {
                    self.send_own_presence();
                }
                self.rooms_see_us(now);
            }
            Command::OnThePhone(on) => {
                self.activity.want(on);
                self.pump_activity(now);
            }
            Command::People(command) => self.people_command(command, now),
            Command::OwnCalls(command) => self.own_calls_command(command, now),
            Command::Room(jid, command) => self.room_command(jid, command, now),
            Command::VouchMedia { to, keys } => self.vouch_media(&to, &keys),
            Command::CallWord(to, word) => self.say_of_call(&to, &word),
            Command::Jingle(command) => self.jingle_command(command, now),
            Command::Contact(command) => self.contact_command(command, now),
            Command::Send { id, to, body, written } => {
                let what = payload::Outbound::text(body);
                self.say(Outgoing { id, to, what, written, room: false, progress: Progress::Waiting }, now);
            }
            Command::Say { id, to, what, written } => {
                self.say(Outgoing { id, to, what, written, room: false, progress: Progress::Waiting }, now);
            }
            Command::ChatState { to, state } => self.say_in_passing(&to, payload::state(state), false),
            Command::Displayed { to, id } => self.say_in_passing(&to, payload::displayed(&id), true),
            Command::FetchCard { jid, urgent } => {
                self.cards.want(&jid, urgent, now);
                self.pump_cards(now);
            }
            Command::ReadOwnCard => self.own_card_wanted(None, now),
            Command::WriteOwnCard(edit) => self.own_card_wanted(Some(edit), now),
            Command::PublishReach(addresses) => self.publish_reach(&addresses, now),
            Command::AskSettings => self.ask_settings(now),
            Command::AskServices => self.ask_services(now),
            Command::AskSlot(wish) => self.ask_slot(wish, now),
            Command::ReadArchive(query) => self.read_archive(query, now),
            Command::ArchivePrefs(number, change) => self.archive_prefs(number, change, now),
            Command::ArchiveStored { arrived, settled } => self.archive_stored(&arrived, settled, now),
            Command::PublishDisplayed { with, by, id } => self.publish_displayed(&with, &by, &id, now),
            Command::AnswerSubscription { jid, approve } => self.answer_subscription(&jid, approve),
            Command::Committed(checkpoint) => self.committed(checkpoint, now),
            Command::SessionStored(revision) => self.session_stored(revision, now),
        }
    }

    /// Something for somebody.
    fn say(&mut self, mut outgoing: Outgoing, now: Now) {
        // Of an earlier run without a stream to resume nobody knows what it sent: the archive is asked first.
        if self.config.session.is_none() && outgoing.written < self.started && self.link != Link::Online {
            outgoing.progress = Progress::Doubtful;
        }
        self.outbox.push(outgoing);
        self.pump_messages(now);
    }

    /// The shell's news: a stream, authenticated.
    pub fn handle_connected(&mut self, connected: Connected, now: Now) {
        match self.link {
            Link::Connecting(_) => self.begin_stream(connected, now),
            // A stream that was not asked for, or not any more.
            Link::Idle | Link::Waiting(_) | Link::Resuming(_) | Link::Binding(_) | Link::Online | Link::Failed => {
                self.outputs.push_back(Output::Close);
            }
        }
    }

    /// The shell's news: the attempt failed, or the stream ended.
    pub fn handle_disconnected(&mut self, why: Disconnected, now: Now) {
        match self.link {
            Link::Connecting(_) | Link::Resuming(_) | Link::Binding(_) | Link::Online => match why {
                Disconnected::Lost(reason) => self.lost(reason, now),
                Disconnected::Refused(failure) => self.failed(failure),
            },
            Link::Idle | Link::Waiting(_) | Link::Failed => {}
        }
    }

    /// An element of the stream.
    pub fn handle_stanza(&mut self, element: Element, now: Now) {
        if let Some(keepalive) = &mut self.keepalive {
            keepalive.handle_inbound(now.boot);
            self.dispatch(element, now);
        }
    }

    /// Bytes came that are no whole element yet: the link lives, and so does the roster that is on its way.
    pub fn handle_bytes(&mut self, now: Now) {
        if let Some(keepalive) = &mut self.keepalive {
            keepalive.handle_inbound(now.boot);
            if self.roster_open {
                self.queries.prolong_roster(now.boot);
            }
        }
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Now) {
        self.link_timeout(now);
        if self.link == Link::Online {
            self.online_timeout(now);
        }
    }

    /// What is to be done; drain it after every input.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Self::handle_timeout`] is due; may change with every input.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<BootTime> {
        let link = match self.link {
            Link::Idle | Link::Failed => None,
            Link::Online => self.online_deadline(),
            Link::Waiting(at) | Link::Resuming(at) | Link::Binding(at) => Some(at),
            Link::Connecting(since) => Some(since + super::negotiation::CONNECT_WITHIN),
        };
        link.into_iter().chain(self.keepalive.and_then(|keepalive| keepalive.poll_timeout())).min()
    }

    /// Whether the network may be read: false while the store, or a number being stored, is too far behind.
    pub fn wants_input(&self) -> bool {
        self.inbound.backlog() < MOST_UNSTORED && self.hold.waiting() < MOST_HELD
    }

    /// The largest element to be accepted, in bytes: more only while the roster is on its way.
    pub fn largest_stanza(&self) -> usize {
        if self.roster_open { LARGEST_WITH_ROSTER } else { LARGEST_STANZA }
    }

    pub(super) fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    /// Sends our presence as the user set it.
    pub(super) fn send_own_presence(&mut self) {
        self.own_said = Some((self.own_show, self.own_status.clone(), self.own_idle));
        let calls = self.jingle.rules().announced();
        let mut stanza = presence::own(self.own_show, self.own_status.as_deref(), calls);
        if self.own_show != Show::Offline {
            self.dress_presence(&mut stanza);
        }
        self.send_repeatable(stanza);
    }

    fn answer_subscription(&mut self, jid: &Jid, approve: bool) {
        self.presences.answered(jid);
        if self.link != Link::Online {
            self.answers.retain(|(known, _)| known != jid);
            if self.answers.len() >= MOST_ANSWERS {
                self.answers.pop_front();
            }
            self.answers.push_back((jid.clone(), approve));
            return;
        }
        if approve {
            self.send_repeatable(presence::subscription("subscribed", jid));
            if !self.contacts.seen_by_us(jid) {
                self.ask_to_see(jid);
            }
        } else {
            self.send_repeatable(presence::subscription("unsubscribed", jid));
        }
    }

    /// Sends the answers that waited for a connection. Before our presence, which makes the server repeat open requests
    /// (RFC 6121 section 3.1.3).
    pub(super) fn send_answers(&mut self) {
        for (jid, approve) in std::mem::take(&mut self.answers) {
            self.answer_subscription(&jid, approve);
        }
    }
}
