//! A manager driven by hand: what its neighbours say is put in, and what it wants done is looked at.

use std::sync::Arc;
use std::time::Duration;

use tandem::account::{CallTo, Effect, Input, Manager, NoticeBody, Refusal, Reply, Request, Snapshot, Start, Ticket};
use tandem::config::{Chat, Config, Network, Relation, SecretSource, Voice};
use tandem::model::{
    AccountId, AddressSource, BootTime, Call, CallId, Certificate, Delivery, FullJid, Jid, Message, MessageDirection,
    Now, Reason, Security, Show, SipUri, Subscription, Transport, WallTime,
};
use tandem::platform::Secret;
use tandem::store::{self, Loaded};
use tandem::xmpp::{Card, CardField, Checkpoint, RosterItem, RosterUpdate};
use tandem::{media, sip, xmpp};

pub const SOUND: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n\
    m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n";

pub fn chat_id() -> AccountId {
    AccountId::new("chat")
}

pub fn voice_id() -> AccountId {
    AccountId::new("voice")
}

pub fn jid(text: &str) -> Jid {
    Jid::parse(text).expect("a valid address")
}

pub fn sip_uri(text: &str) -> SipUri {
    SipUri::parse(text).expect("a valid address")
}

/// One chat and one voice account that belong together.
pub fn config() -> Config {
    let secret = || SecretSource::Inline(Secret::new("old".to_owned()));
    Config {
        chat: vec![Chat::new(chat_id(), jid("alice@example.com"), secret())],
        voice: vec![Voice::new(voice_id(), sip_uri("sip:alice@example.com"), secret())],
        relations: vec![Relation { chat: chat_id(), voice: voice_id() }],
        ..Config::default()
    }
}

pub fn item(address: &str, subscription: Subscription) -> RosterItem {
    RosterItem { jid: jid(address), name: None, groups: Vec::new(), subscription, asked: false }
}

/// What the store remembers of an account with this roster.
pub fn remembering(account: &str, roster: Vec<RosterItem>) -> Loaded {
    let chat = store::LoadedChat { roster, ..Default::default() };
    Loaded { chats: [(jid(account), chat)].into(), ..Loaded::default() }
}

pub fn card(phones: &[&str]) -> Card {
    let field =
        |value: &&str| CardField { value: (*value).to_owned(), types: Vec::new(), source: AddressSource::VcardTemp };
    Card { phones: phones.iter().map(field).collect(), ..Card::default() }
}

pub fn security() -> Security {
    Security {
        transport: Transport::Tls,
        tls: None,
        cipher: None,
        certificate: Certificate::Verified,
        auth: "SCRAM-SHA-256".into(),
        issuer: None,
    }
}

/// The manager and everything it wanted done.
pub struct World {
    pub manager: Manager,
    pub now: Now,
    pub effects: Vec<Effect>,
    ticket: u64,
    checkpoint: u64,
    /// The store answers at once.
    pub storing: bool,
}

impl World {
    pub fn new(config: Config, loaded: Loaded) -> Self {
        Self::start(Ok(config), loaded)
    }

    pub fn start(config: Result<Config, Vec<Arc<str>>>, loaded: Loaded) -> Self {
        let now = Now {
            boot: BootTime::from_duration(Duration::from_secs(100)),
            wall: WallTime::from_unix_ms(1_795_000_000_000),
        };
        let start = Start {
            config,
            config_path: "config.toml".into(),
            network: Network::default(),
            loaded,
            store_problem: None,
        };
        let manager = Manager::new(start, [7; 32], now);
        let mut world = Self { manager, now, effects: Vec::new(), ticket: 0, checkpoint: 0, storing: true };
        world.drain();
        world
    }

    /// Signed in on both services, with Bob in the roster whose card lists a SIP address.
    pub fn online() -> Self {
        Self::online_with(config())
    }

    /// The same with a configuration whose accounts are called `chat` and `voice`.
    pub fn online_with(config: Config) -> Self {
        let mut world = Self::new(config, Loaded::default());
        world.sign_in();
        let checkpoint = world.checkpoint();
        world.chat(xmpp::Event::Roster {
            update: RosterUpdate::Replace(vec![
                item("bob@example.com", Subscription::Both),
                item("carol@other.example", Subscription::Both),
            ]),
            version: None,
            checkpoint,
        });
        world.card("bob@example.com", &["sip:bob@example.com"]);
        world.effects.clear();
        world
    }

    pub fn sign_in(&mut self) {
        self.sign_in_chat();
        self.registered();
    }

    pub fn sign_in_chat(&mut self) {
        self.chat(xmpp::Event::Online {
            bound: FullJid::parse("alice@example.com/x").expect("valid"),
            resumed: false,
            security: security(),
            mechanism: "SCRAM-SHA-256".to_owned(),
        });
    }

    pub fn registered(&mut self) {
        let local = "192.0.2.1:5060".parse().expect("valid");
        self.voice(sip::Event::Registered { security: security(), local, realm: None });
    }

    pub fn checkpoint(&mut self) -> Checkpoint {
        self.checkpoint += 1;
        Checkpoint(self.checkpoint)
    }

    pub fn put(&mut self, input: Input) {
        self.manager.handle(input, self.now);
        self.drain();
    }

    /// The last search for a document comes to this.
    pub fn searched(&mut self, outcome: tandem::provisioning::Outcome) {
        self.searched_with(outcome, None);
    }

    /// The same with the settings as they would be.
    pub fn searched_with(
        &mut self,
        outcome: tandem::provisioning::Outcome,
        preview: Option<Result<Arc<[tandem::config::Setting]>, Arc<str>>>,
    ) {
        let purpose = self.searches().last().expect("a search").purpose;
        self.put(Input::Searched(purpose, Box::new(tandem::account::Searched { outcome, preview })));
    }

    /// Every search for a document so far.
    pub fn searches(&self) -> Vec<tandem::account::Search> {
        let search = |effect: &Effect| match effect {
            Effect::Search(search) => Some((**search).clone()),
            _ => None,
        };
        self.effects.iter().filter_map(search).collect()
    }

    pub fn chat(&mut self, event: xmpp::Event) {
        self.put(Input::Chat(chat_id(), event));
    }

    pub fn voice(&mut self, event: sip::Event) {
        self.put(Input::Voice(voice_id(), event));
    }

    pub fn media(&mut self, event: media::Event) {
        self.put(Input::Media(event));
    }

    pub fn card(&mut self, address: &str, phones: &[&str]) {
        self.chat(xmpp::Event::Card { jid: jid(address), card: Some(card(phones)) });
    }

    /// Time passes, and every timer that becomes due on the way is handled when it is due.
    pub fn wait(&mut self, time: Duration) {
        let end = self.now.after(time);
        let mut at_once = 0;
        while let Some(due) = self.manager.poll_timeout().filter(|due| *due <= end.boot) {
            self.now = self.now.after(due.saturating_since(self.now.boot));
            self.manager.handle_timeout(self.now);
            self.drain();
            // The store's answer to the goodbye may make the end due at the same moment; anything more is a timer that
            // is not over when it was handled.
            at_once = if self.manager.poll_timeout().is_some_and(|next| next <= due) { at_once + 1 } else { 0 };
            assert!(at_once < 3, "a timer that was handled is not due any more");
        }
        self.now = end;
    }

    pub fn drain(&mut self) {
        while let Some(effect) = self.manager.poll_output() {
            let answer = match &effect {
                Effect::Store(command) if self.storing => stored(command),
                _ => None,
            };
            self.effects.push(effect);
            if let Some(event) = answer {
                self.manager.handle(Input::Store(event), self.now);
            }
        }
    }

    /// Asks, and answers what came back at once.
    pub fn ask(&mut self, request: Request) -> Option<Result<Reply, Refusal>> {
        self.ticket += 1;
        let ticket = Ticket(self.ticket);
        self.put(Input::Request(ticket, Box::new(request)));
        self.effects.iter().find_map(|effect| match effect {
            Effect::Answer(answered, answer) if *answered == ticket => Some(answer.clone()),
            _ => None,
        })
    }

    pub fn done(&mut self, request: Request) {
        let answer = self.ask(request);
        assert!(matches!(answer, Some(Ok(Reply::Done))), "{answer:?}");
    }

    /// Calls; what it may cost is accepted.
    pub fn call(&mut self, to: CallTo) -> Result<CallId, Refusal> {
        let request = Request::Call { to, account: None, via: None, confirm: true, video: false, anonymous: None };
        match self.ask(request).expect("an answer at once")? {
            Reply::Call(id) => Ok(id),
            other => panic!("{other:?}"),
        }
    }

    /// Calls Bob and lets the sockets open: the INVITE is out.
    pub fn dial_bob(&mut self) -> CallId {
        let id = self.call(CallTo::Contact(jid("bob@example.com"))).expect("a call");
        self.opened(id);
        id
    }

    pub fn opened(&mut self, call: CallId) {
        self.media(media::Event::Opened { call, rtp: "192.0.2.1:20000".parse().expect("valid") });
    }

    pub fn progress(&mut self, call: CallId, code: u16, sdp: Option<&str>) {
        let sdp = sdp.map(Arc::from);
        self.voice(sip::Event::Progress { call, code, text: None, fork: sip::ForkId(1), sdp });
    }

    pub fn answered(&mut self, call: CallId) {
        let event = sip::Event::Answered {
            call,
            fork: sip::ForkId(1),
            sdp: Some(SOUND.into()),
            identity: identity("sip:bob@example.com"),
        };
        self.voice(event);
    }

    pub fn ended(&mut self, call: CallId, code: u16, by: tandem::model::EndedBy) {
        self.voice(sip::Event::Ended {
            call,
            end: sip::Ended { code, text: None, by, elsewhere: false, retry_after: None },
        });
    }

    pub fn incoming(&mut self, call: CallId, identity: sip::CallIdentity, offer: Option<&str>) {
        let offer = offer.map(Arc::from);
        self.voice(sip::Event::Incoming(Box::new(sip::Incoming {
            call,
            identity,
            offer,
            note: None,
            about: Default::default(),
        })));
    }

    /// An established call to Bob.
    pub fn talking(&mut self) -> CallId {
        let id = self.dial_bob();
        self.answered(id);
        id
    }

    /// The newest snapshot's state of a call.
    pub fn view(&mut self, id: CallId) -> Call {
        match self.ask(Request::Calls { all: true }) {
            Some(Ok(Reply::Calls(calls))) => calls.into_iter().find(|call| call.id == id).expect("the call is known"),
            other => panic!("{other:?}"),
        }
    }

    pub fn shown(&mut self) -> Arc<Snapshot> {
        self.manager.handle_timeout(self.now);
        self.drain();
        self.manager.take_snapshot().expect("a snapshot after every input")
    }

    pub fn sip(&self) -> Vec<sip::Command> {
        let command = |effect: &Effect| match effect {
            Effect::Voice(_, command) => Some(command.clone()),
            _ => None,
        };
        self.effects.iter().filter_map(command).collect()
    }

    pub fn xmpp(&self) -> Vec<xmpp::Command> {
        let command = |effect: &Effect| match effect {
            Effect::Chat(_, command) => Some(command.clone()),
            _ => None,
        };
        self.effects.iter().filter_map(command).collect()
    }

    pub fn sound(&self) -> Vec<media::Command> {
        let command = |effect: &Effect| match effect {
            Effect::Media(command) => Some(command.clone()),
            _ => None,
        };
        self.effects.iter().filter_map(command).collect()
    }

    pub fn kept(&self) -> Vec<store::Command> {
        let command = |effect: &Effect| match effect {
            Effect::Store(command) => Some(command.clone()),
            _ => None,
        };
        self.effects.iter().filter_map(command).collect()
    }

    pub fn last_tone(&self) -> Option<media::Tone> {
        let tone = |command: media::Command| match command {
            media::Command::Tone(tone) => Some(tone),
            _ => None,
        };
        self.sound().into_iter().filter_map(tone).next_back().flatten()
    }

    pub fn starts(&self) -> usize {
        let start = |effect: &&Effect| matches!(effect, Effect::StartChat { .. } | Effect::StartVoice { .. });
        self.effects.iter().filter(start).count()
    }

    pub fn has_quit(&self) -> bool {
        self.effects.iter().any(|effect| matches!(effect, Effect::Quit))
    }

    pub fn says_quit(&self) -> bool {
        self.effects.iter().any(|effect| matches!(effect, Effect::Notice(NoticeBody::Quit)))
    }
}

/// Who calls, on nobody's word.
pub fn identity(uri: &str) -> sip::CallIdentity {
    sip::CallIdentity {
        from: sip::NameAddress { display: Some("The President".into()), uri: uri.into() },
        asserted: Vec::new(),
        from_own_domain: false,
        anonymous: false,
        call_info: None,
    }
}

/// Who calls, on our own service's word.
pub fn vouched(uri: &str) -> sip::CallIdentity {
    let asserted = vec![sip::NameAddress { display: None, uri: uri.into() }];
    sip::CallIdentity { asserted, ..identity(uri) }
}

pub fn reason(code: &str) -> Reason {
    Reason::new(code, "It does not work.")
}

pub fn outgoing(id: &str) -> Message {
    Message {
        id: tandem::model::MessageId(id.into()),
        with: jid("bob@example.com"),
        from: jid("alice@example.com"),
        direction: MessageDirection::Out,
        time: WallTime::from_unix_ms(1),
        body: "hello".into(),
        delivery: Delivery::Pending,
        corrected: false,
        encrypted: false,
        details: Default::default(),
    }
}

pub fn presence(address: &str, show: Show) -> xmpp::Event {
    xmpp::Event::Presence { jid: jid(address), show, status: None }
}

/// What a store that works says.
pub fn stored(command: &store::Command) -> Option<store::Event> {
    match command {
        store::Command::AppendOutgoing(message) => Some(store::Event::Outgoing(message.clone())),
        store::Command::AppendIncoming { account, message, checkpoint } => Some(store::Event::Incoming {
            message: Some(Message {
                id: tandem::model::MessageId(message.stanza_id.clone().unwrap_or_default().into()),
                with: message.with.clone(),
                from: account.clone(),
                direction: message.direction,
                time: message.time,
                body: message.body.clone(),
                delivery: Delivery::Received,
                corrected: false,
                encrypted: false,
                details: tandem::model::MessageDetails {
                    kind: message.kind,
                    nick: message.nick.clone(),
                    ..Default::default()
                },
            }),
            checkpoint: *checkpoint,
        }),
        store::Command::AppendReceived { message, .. } => {
            Some(store::Event::Received { id: message.id.clone(), message: Some(message.clone()) })
        }
        store::Command::SetDelivery { id, with, delivery, checkpoint } => Some(store::Event::Delivery {
            message: Some(Message {
                id: id.clone(),
                with: with.clone().unwrap_or_else(|| jid("bob@example.com")),
                delivery: *delivery,
                ..outgoing("")
            }),
            checkpoint: *checkpoint,
        }),
        store::Command::Roster { checkpoint, .. } | store::Command::Barrier(checkpoint) => {
            Some(store::Event::Committed(*checkpoint))
        }
        store::Command::Session { session, .. } => {
            session.as_ref().map(|session| store::Event::SessionStored(session.revision))
        }
        store::Command::Close => Some(store::Event::Closed),
        _ => None,
    }
}
