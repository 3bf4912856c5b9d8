//! A small world for screens: Alice, her colleagues, what they said and how they call.

use std::sync::Arc;
use std::time::Duration;

use iced_test::Simulator;
use tandem::account::{Conversation, Phase, Reachable, Reply, Request, SetUpState, SetUpStep, Snapshot};
use tandem::config::Theme;
use tandem::gui::{App, Effect, Message as Event, Options, Purpose, settings, view};
use tandem::model::{
    AccountId, AccountState, Action, Actions, Address, AddressSource, AddressUri, Aspect, BootTime, Call, CallEnd,
    CallId, CallState, Certificate, ConnectionState, Contact, Cost, Delivery, Devices, Direction, EndedBy, Finding,
    Grade, Jid, MediaDirection, MediaEncryption, MediaInfo, Message, MessageDirection, MessageId, Now, Parity,
    ParityLevel, Peer, PeerGrade, PhoneNumber, Presence, Protection, ProtectionPair, ProtectionRow, RaiseOutcome,
    RaiseStep, Route, Security, Service, Show, SipUri, Subscription, TlsVersion, Transport, WallTime,
};

pub fn now() -> Now {
    Now {
        boot: BootTime::from_duration(Duration::from_secs(10_000)),
        wall: WallTime::parse_rfc3339("2026-11-22T14:05:00Z").unwrap(),
    }
}

pub fn jid(text: &str) -> Jid {
    Jid::parse(text).unwrap()
}

pub fn wall(text: &str) -> WallTime {
    WallTime::parse_rfc3339(text).unwrap()
}

pub fn account(service: Service, state: ConnectionState) -> AccountState {
    let (id, address) = match service {
        Service::Chat => ("chat", "alice@example.com"),
        Service::Voice => ("voice", "sip:alice@example.com"),
    };
    let online = state == ConnectionState::Online;
    AccountState {
        id: AccountId::new(id),
        service,
        address: address.into(),
        state,
        since: now().wall,
        reason: None,
        retry_at: None,
        security: online.then(|| Security {
            transport: Transport::Tls,
            tls: Some(TlsVersion::V13),
            cipher: None,
            certificate: Certificate::Verified,
            auth: if service == Service::Chat { "SCRAM-SHA-256-PLUS" } else { "digest-SHA-256" }.into(),
            issuer: None,
        }),
    }
}

pub fn person(name: &str, address: &str, group: &str, show: Show, status: Option<&str>) -> Contact {
    let sip = SipUri::parse(&format!("sip:{address}")).unwrap();
    Contact {
        jid: jid(address),
        name: name.into(),
        groups: vec![group.into()],
        subscription: Subscription::Both,
        asked: false,
        listed: true,
        presence: Presence { show, status: status.map(Into::into) },
        last_active: None,
        addresses: vec![Address {
            uri: AddressUri::Sip(sip),
            types: vec!["work".into(), "voice".into()],
            source: AddressSource::Vcard4,
            grade: Grade::Confirmed,
            evidence: vec![format!("{name}'s card lists this address.").into()],
            cost: Cost::Free,
            learned: None,
        }],
        actions: Actions {
            call: Action::available(),
            video_call: Action::unavailable("Video is not there yet."),
            chat: Action::available(),
        },
        avatar: None,
        card_known: true,
        book: None,
    }
}

pub fn people() -> Vec<Contact> {
    let mut bob = person("Bob Fischer", "bob@example.com", "Team", Show::Available, Some("in the office"));
    bob.addresses.push(Address {
        uri: AddressUri::Tel(PhoneNumber::from_digits("+4930123456").unwrap(), None),
        types: vec!["cell".into()],
        source: AddressSource::VcardTemp,
        grade: Grade::Claimed,
        evidence: vec!["Only an older card of his lists this number.".into()],
        cost: Cost::PhoneNetwork,
        learned: None,
    });
    let mut carol = person("Carol Nowak", "carol@example.com", "Team", Show::Offline, None);
    carol.addresses.clear();
    carol.actions.call = Action::unavailable("No number or address is known for Carol.");
    let mut all = vec![
        person("Ana Lima", "ana@example.com", "Team", Show::Away, Some("Lunch until half past one")),
        bob,
        carol,
        person("Dana Levi", "dana@example.com", "Design", Show::Dnd, None),
        person("Émile Dubois-Castelnau de la Rochefoucauld", "emile@example.com", "Design", Show::Available, None),
        person(
            "Fatima Al-Sayed",
            "fatima@example.com",
            "Design",
            Show::Xa,
            Some("On holiday, back on Monday 30 November"),
        ),
        person("Grace Hopper", "grace@example.org", "Friends", Show::Available, None),
        person("Hiro Tanaka", "hiro@example.org", "Friends", Show::Offline, None),
        person("Ingrid Søndergård", "ingrid@example.org", "Friends", Show::Away, None),
        person("Jonas Weber", "jonas@example.org", "Friends", Show::Available, Some("☕ and code")),
    ];
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

/// Opens Bob's conversation; in it are the addresses of files, and which of them are ours.
pub fn addresses_of_files(app: &mut App, addresses: &[(bool, &str)]) {
    let bob = jid("bob@example.com");
    app.update(Event::Open(bob.clone()));
    let message = |(number, (own, url)): (u32, &(bool, &str))| {
        let delivery = if *own { Delivery::Displayed } else { Delivery::Received };
        let mut message = said("bob@example.com", number, *own, "2026-11-22T14:03:00Z", url, delivery);
        message.details.file = true;
        message
    };
    let all = (1..).zip(addresses).map(message).collect();
    app.update(Event::Answered(Purpose::Newest(bob, 1), Ok(Reply::Messages(all))));
}

pub fn said(with: &str, id: u32, own: bool, time: &str, body: &str, delivery: Delivery) -> Message {
    Message {
        id: MessageId(format!("m{id}").into()),
        with: jid(with),
        from: jid(if own { "alice@example.com" } else { with }),
        direction: if own { MessageDirection::Out } else { MessageDirection::In },
        time: wall(time),
        body: body.into(),
        delivery,
        corrected: false,
        encrypted: false,
        details: Default::default(),
    }
}

pub fn talk_with_bob() -> Vec<Message> {
    let bob = "bob@example.com";
    let long = "https://example.com/a/very/long/link/without/any/spaces/that/must/break/somewhere/because/it/is/wider/than/any/bubble/could/ever/be?and=parameters&too=yes";
    vec![
        said(
            bob,
            1,
            false,
            "2026-11-20T09:12:00Z",
            "Morning! Did the new phone server survive the weekend?",
            Delivery::Received,
        ),
        said(bob, 2, true, "2026-11-20T09:14:00Z", "It did. 312 calls, none dropped 🎉", Delivery::Displayed),
        said(bob, 3, true, "2026-11-20T09:14:30Z", "I will write it up today.", Delivery::Displayed),
        said(bob, 4, false, "2026-11-21T16:40:00Z", long, Delivery::Received),
        said(bob, 5, false, "2026-11-21T16:41:00Z", "שלום! זה טקסט מימין לשמאל, עם English באמצע.", Delivery::Received),
        said(
            bob,
            6,
            true,
            "2026-11-22T13:50:00Z",
            "Thanks, reading it now. A longer message so that one sees how a paragraph wraps inside its bubble, keeps its margins and stays readable at the width that bubbles may have.",
            Delivery::Displayed,
        ),
        said(bob, 7, false, "2026-11-22T14:01:00Z", "Shall we talk it through at three?", Delivery::Received),
        said(bob, 8, true, "2026-11-22T14:02:00Z", "Yes, I'll call you.", Delivery::Delivered),
        said(bob, 9, true, "2026-11-22T14:02:20Z", "See you there 👋", Delivery::Sent),
    ]
}

pub fn conversation(last: Message, unread: u32) -> Conversation {
    Conversation { with: last.with.clone(), last, unread, revision: 1 }
}

pub fn snapshot() -> Snapshot {
    Snapshot {
        revision: 1,
        accounts: Arc::from([
            account(Service::Chat, ConnectionState::Online),
            account(Service::Voice, ConnectionState::Online),
        ]),
        presence: Presence { show: Show::Available, status: None },
        reachable: Reachable { chat: true, calls: true, text: "You can be reached by chat and by calls.".into() },
        parity: Arc::new(Parity { level: ParityLevel::Equal, findings: Vec::new() }),
        contacts: people().into_iter().map(Arc::new).collect(),
        roster_known: true,
        conversations: Arc::from([
            conversation(talk_with_bob().pop().unwrap(), 0),
            conversation(
                said(
                    "ana@example.com",
                    20,
                    false,
                    "2026-11-22T12:31:00Z",
                    "Can you have a look at the numbers before lunch? I am not sure about the third row.",
                    Delivery::Received,
                ),
                3,
            ),
            conversation(
                said("grace@example.org", 21, true, "2026-11-21T18:03:00Z", "Good night!", Delivery::Displayed),
                0,
            ),
            conversation(
                said(
                    "stranger@elsewhere.example",
                    22,
                    false,
                    "2026-11-03T10:00:00Z",
                    "Hello, is this Alice?",
                    Delivery::Received,
                ),
                0,
            ),
        ]),
        devices: Arc::new(Devices {
            inputs: vec!["Built-in Microphone".into(), "USB Headset".into()],
            outputs: vec!["Built-in Speakers".into(), "USB Headset".into()],
            input: "USB Headset".into(),
            output: "USB Headset".into(),
            ring: "Built-in Speakers".into(),
        }),
        ..Snapshot::empty()
    }
}

pub fn call(id: u64, direction: Direction, state: CallState) -> Call {
    let talking = matches!(state, CallState::Active | CallState::Held);
    Call {
        media: talking.then(|| MediaInfo {
            codec: "opus".into(),
            clock_hz: 48_000,
            encryption: MediaEncryption::Sdes,
            direction: MediaDirection::SendRecv,
        }),
        answered: talking.then(|| wall("2026-11-22T14:01:48Z")),
        answered_boot: talking.then(|| now().boot - Duration::from_secs(192)),
        ..Call::new(
            CallId(id),
            direction,
            state,
            AccountId::new("voice"),
            Peer {
                uri: "sip:bob@example.com".into(),
                display: "Bob Fischer".into(),
                jid: Some(jid("bob@example.com")),
                grade: PeerGrade::Confirmed,
                evidence: vec!["Confirmed by Bob's card.".into()],
            },
            Route { rule: "By Voice, because it belongs to your chat account.".into() },
            wall("2026-11-22T14:01:30Z"),
        )
    }
}

pub fn ended(id: u64) -> Call {
    Call {
        state: CallState::Ended,
        end: Some(CallEnd { code: "busy".into(), text: "Bob is busy in another call.".into(), by: EndedBy::Remote }),
        ..call(id, Direction::Outgoing, CallState::Ended)
    }
}

/// Both connections side by side; voice is weaker in some lines, and the user accepted some of them.
pub fn with_protection(mut snapshot: Snapshot, weaker: &[Aspect], accepted: &[Aspect]) -> Snapshot {
    let lines = [
        (Aspect::Transport, "Encrypted (TLS)", "Encrypted (TLS)", "In the clear (UDP)", "Use TLS for voice."),
        (Aspect::Tls, "TLS 1.3", "TLS 1.3", "None", ""),
        (Aspect::Cipher, "AES 256 GCM SHA384", "AES 256 GCM SHA384", "None", ""),
        (Aspect::Certificate, "Verified", "Verified", "None", ""),
        (Aspect::Login, "SCRAM-SHA-256", "digest-SHA-256", "digest-MD5", "Allow only SHA-256 digests for voice."),
        (Aspect::Binding, "Bound to the connection", "SIP has none", "SIP has none", ""),
        (
            Aspect::Media,
            "Encrypted as far as the servers",
            "Encrypted where the other side can (SRTP)",
            "Cannot be encrypted: keys would be readable",
            "Use TLS for voice; then sound can be encrypted.",
        ),
    ];
    let open = weaker.contains(&Aspect::Transport);
    let rows: Vec<ProtectionRow> = lines
        .into_iter()
        .map(|(aspect, chat, good, bad, remedy)| {
            let weak = weaker.contains(&aspect);
            let follows = open && matches!(aspect, Aspect::Tls | Aspect::Cipher | Aspect::Certificate);
            ProtectionRow {
                aspect,
                chat: chat.into(),
                voice: if weak || follows { bad } else { good }.into(),
                weaker: weak.then_some(Service::Voice),
                accepted: accepted.contains(&aspect),
                reason: "Chat is protected here, voice is not.".into(),
                remedy: weak.then(|| remedy.into()),
            }
        })
        .collect();
    let level = if weaker.is_empty() { ParityLevel::Equal } else { ParityLevel::Mismatch };
    let findings = rows.iter().filter(|row| row.weaker.is_some()).map(|row| Finding {
        code: row.aspect.word().into(),
        text: row.reason.clone(),
        remedy: row.remedy.clone(),
    });
    snapshot.parity = Arc::new(Parity { level, findings: findings.collect() });
    let pair = ProtectionPair { chat: AccountId::new("chat"), voice: AccountId::new("voice"), level, rows };
    snapshot.protection = Arc::new(Protection { pairs: vec![pair], floor: "none".into(), ..Protection::default() });
    snapshot
}

/// One change of raising.
pub fn step_to(key: &'static str, aspect: Aspect, from: &str, text: &str, outcome: RaiseOutcome) -> RaiseStep {
    let account = AccountId::new("voice");
    let to = match aspect {
        Aspect::Transport => "tls",
        Aspect::Media => "required",
        _ => "false",
    };
    RaiseStep { account, aspect, key, from: from.into(), to: to.into(), outcome, text: text.into() }
}

pub fn set_up(state: SetUpState) -> Snapshot {
    Snapshot { phase: Phase::SetUp(state), ..Snapshot::empty() }
}

pub fn step(text: &str, ok: Option<bool>) -> SetUpStep {
    SetUpStep { text: text.into(), ok }
}

pub fn app(snapshot: Snapshot) -> App {
    App::new(
        Arc::new(snapshot),
        Options {
            offset: time::UtcOffset::UTC,
            minimized: false,
            at_login: false,
            language: tandem::model::Language::English,
            downloads: "/home/alice/Downloads".into(),
        },
        now(),
    )
}

pub fn dark(mut snapshot: Snapshot) -> Snapshot {
    snapshot.appearance.theme = Theme::Dark;
    snapshot
}

/// The window with Bob's conversation open and loaded.
pub fn with_bob(snapshot: Snapshot) -> App {
    let mut app = app(snapshot);
    let bob = jid("bob@example.com");
    app.update(Event::Open(bob.clone()));
    app.update(Event::Answered(Purpose::Newest(bob, 1), Ok(Reply::Messages(talk_with_bob()))));
    app
}

pub fn sized(mut app: App, width: f32, height: f32) -> App {
    app.update(Event::Resized(iced::Size::new(width, height)));
    app
}

pub fn simulator(app: &App, width: f32, height: f32) -> Simulator<'_, Event> {
    Simulator::with_size(settings(), iced::Size::new(width, height), view(app))
}

/// Clicks what bears these words or this name, and answers what the window then asks of the manager.
pub fn click(app: &mut App, words: &str) -> Vec<Request> {
    let events: Vec<Event> = {
        let mut window = simulator(app, 1100.0, 720.0);
        window.click(words).unwrap_or_else(|error| panic!("{words}: {error}"));
        window.into_messages().collect()
    };
    events.into_iter().flat_map(|event| asked(app.update(event))).collect()
}

/// The same for what has a name instead of words.
pub fn click_named(app: &mut App, name: &'static str) -> Vec<Request> {
    let events: Vec<Event> = {
        let mut window = simulator(app, 1100.0, 720.0);
        window.click(iced::widget::Id::new(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        window.into_messages().collect()
    };
    events.into_iter().flat_map(|event| asked(app.update(event))).collect()
}

pub fn asked(effects: Vec<Effect>) -> Vec<Request> {
    effects
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Ask(request, _) => Some(request),
            _ => None,
        })
        .collect()
}

pub fn light(mut snapshot: Snapshot) -> Snapshot {
    snapshot.appearance.theme = Theme::Light;
    snapshot
}

/// Gives a widget the keyboard and presses a key there.
pub fn key_at(app: &App, name: &'static str, key: iced::keyboard::key::Named) -> Vec<Event> {
    use iced::advanced::widget::{Tree, operation::focusable::focus};
    use iced::advanced::{Layout, Shell, clipboard, layout::Limits};
    let renderer = iced::Renderer::new(settings().default_font, settings().default_text_size);
    let size = iced::Size::new(1280.0, 800.0);
    let mut element = view(app);
    let mut tree = Tree::new(&element);
    let node = element.as_widget_mut().layout(&mut tree, &renderer, &Limits::new(iced::Size::ZERO, size));
    element.as_widget_mut().operate(&mut tree, Layout::new(&node), &renderer, &mut focus::<()>(name.into()));
    let mut messages = Vec::new();
    for event in iced_test::simulator::tap_key(key, None) {
        element.as_widget_mut().update(
            &mut tree,
            &event,
            Layout::new(&node),
            iced::mouse::Cursor::Unavailable,
            &renderer,
            &mut clipboard::Null,
            &mut Shell::new(&mut messages),
            &iced::Rectangle::with_size(size),
        );
    }
    messages
}
