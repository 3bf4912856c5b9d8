//! What the window is shown to be in on its pictures.

use std::sync::Arc;

use tandem::account::{Reply, Snapshot};
use tandem::gui::{App, Message as Event, Overlay, Place, Purpose};
use tandem::model::{
    AccountId, Aspect, CallState, Choice, Condition, ConditionKind, ConnectionState, Delivery, Direction, Finding, Jid,
    MessageDirection, Meters, Parity, ParityLevel, Peer, PeerGrade, Question, QuestionId, QuestionKind, RaiseOutcome,
    Reason, Remedy, Service,
};
use tandem::store::CallRecord;

use super::world::*;

pub fn trouble(mut snapshot: Snapshot) -> Snapshot {
    let mut voice = account(Service::Voice, ConnectionState::Offline);
    voice.reason = Some(Reason::new("unreachable", "The voice server does not answer."));
    voice.retry_at = Some(now().boot + std::time::Duration::from_secs(8));
    let mut chat = account(Service::Chat, ConnectionState::Failed);
    chat.reason = Some(Reason::new("wrong-password", "The server did not accept the password."));
    snapshot.accounts = Arc::from([chat, voice]);
    snapshot.conditions = Arc::from([Condition {
        kind: ConditionKind::Connection(Service::Chat),
        text: "Chat is not connected: the server did not accept the password. You can call, but not chat.".into(),
        remedy: Remedy::EnterPassword(AccountId::new("chat")),
    }]);
    snapshot.parity = Arc::new(Parity {
        level: ParityLevel::Mismatch,
        findings: vec![Finding {
            code: "transport".into(),
            text: "Chat is encrypted, Voice is not.".into(),
            remedy: Some("Set the voice account's transport to TLS.".into()),
        }],
    });
    snapshot
}

pub fn connections(snapshot: Snapshot) -> App {
    let mut app = app(truthful(snapshot));
    app.update(Event::Go(Place::Connections));
    app
}

/// What is said about being reached follows from the accounts, as in the program.
pub fn truthful(mut snapshot: Snapshot) -> Snapshot {
    let side = |service| {
        let account = snapshot.accounts.iter().find(|account| account.service == service)?;
        Some((account.state, account.reason.as_ref().map(|reason| &*reason.text)))
    };
    let (chat, calls, text) = tandem::cusax::reachable(side(Service::Chat), side(Service::Voice));
    snapshot.reachable = tandem::account::Reachable { chat, calls, text: text.into() };
    snapshot
}

/// Both connections are there; voice was away an hour ago.
pub fn well(mut snapshot: Snapshot) -> Snapshot {
    let unreachable = Reason::new("unreachable", "The voice server does not answer.");
    let last_error = Some((wall("2026-11-22T10:58:12Z"), unreachable));
    let trace = tandem::account::Trace { last_error, connected: 2, ..Default::default() };
    let of = Arc::from([(AccountId::new("voice"), trace)]);
    snapshot.traces = tandem::account::Traces { correlation: "7f3a90c41be2".into(), of };
    snapshot
}

pub fn voice_down(snapshot: Snapshot) -> Snapshot {
    let mut snapshot = well(snapshot);
    let mut voice = account(Service::Voice, ConnectionState::Offline);
    voice.reason = Some(Reason::new("unreachable", "The voice server does not answer."));
    voice.retry_at = Some(now().boot + std::time::Duration::from_secs(8));
    snapshot.accounts = Arc::from([account(Service::Chat, ConnectionState::Online), voice]);
    snapshot
}

pub fn held(snapshot: Snapshot) -> Snapshot {
    let mut snapshot = well(snapshot);
    let mut voice = account(Service::Voice, ConnectionState::Failed);
    voice.reason = Some(Reason::new("forbidden", "The voice service does not let this account in."));
    let mut chat = account(Service::Chat, ConnectionState::Held);
    chat.reason = Some(Reason::new(
        "held",
        "Voice was refused, and your settings want both or neither: you are signed out of chat until voice works.",
    ));
    snapshot.accounts = Arc::from([chat, voice]);
    snapshot
}

/// A conversation over voice.
pub fn sip_message(mut snapshot: Snapshot) -> App {
    let with = Jid::of_sip(&tandem::model::SipUri::parse("sip:reception@pbx.example").unwrap()).unwrap();
    let message = |id: &str, body: &str, direction, delivery| tandem::model::Message {
        id: tandem::model::MessageId(id.into()),
        with: with.clone(),
        from: with.clone(),
        direction,
        time: wall("2026-11-22T11:40:00Z"),
        body: body.into(),
        delivery,
        corrected: false,
        encrypted: false,
        details: Default::default(),
    };
    let incoming = message("m1", "Your visitor is here.", MessageDirection::In, Delivery::Received);
    let outgoing = message("m2", "Thanks, I am coming down.", MessageDirection::Out, Delivery::Delivered);
    let talk = tandem::account::Conversation { with: with.clone(), last: outgoing.clone(), unread: 0, revision: 1 };
    snapshot.conversations = snapshot.conversations.iter().cloned().chain([talk]).collect();
    let mut app = app(snapshot);
    app.update(Event::Open(with.clone()));
    let page = Ok(Reply::Messages(vec![incoming, outgoing]));
    app.update(Event::Answered(Purpose::Newest(with, 1), page));
    app
}

pub fn history() -> Vec<CallRecord> {
    let mut missed = call(1, Direction::Incoming, CallState::Ended);
    missed.started = wall("2026-11-22T11:20:00Z");
    let mut out = call(2, Direction::Outgoing, CallState::Ended);
    out.answered = Some(wall("2026-11-21T11:20:10Z"));
    out.started = wall("2026-11-21T11:20:00Z");
    out.duration = std::time::Duration::from_secs(754);
    let mut unknown = call(3, Direction::Incoming, CallState::Ended);
    unknown.answered = Some(wall("2026-11-18T08:00:00Z"));
    unknown.started = wall("2026-11-18T08:00:00Z");
    unknown.peer = Peer {
        uri: "tel:+46701234567".into(),
        display: "+46 70 123 45 67".into(),
        jid: None,
        grade: PeerGrade::Unknown,
        evidence: Vec::new(),
    };
    vec![
        CallRecord { call: missed, missed: true },
        CallRecord { call: out, missed: false },
        CallRecord { call: unknown, missed: false },
        CallRecord { call: ended(4), missed: false },
    ]
}

pub fn talking(mut snapshot: Snapshot) -> App {
    let mut held = call(2, Direction::Incoming, CallState::Held);
    held.peer.display = "Grace Hopper".into();
    held.peer.jid = Some(jid("grace@example.org"));
    snapshot.calls = Arc::from([call(1, Direction::Outgoing, CallState::Active), held, ended(3)]);
    let mut app = with_bob(snapshot);
    app.update(Event::Meters(Meters { input: 0.3, output: 0.2, ..Meters::default() }));
    app
}

/// Four parties: one muted, one on hold, one being called; and it is recorded.
pub fn conferring(mut snapshot: Snapshot, whole: bool) -> App {
    let recording = tandem::model::Recording {
        state: tandem::model::RecordingState::Running,
        file: "/home/alice/Recordings/2026-11-22 11-40-00Z conference.opus".into(),
        since: wall("2026-11-22T11:40:00Z"),
    };
    let id = tandem::model::ConferenceId(1);
    let named = |n: u64, name: &str, state| {
        let mut one = call(n, Direction::Outgoing, state);
        one.peer.display = name.into();
        one.peer.jid = Some(jid(&format!("{}@example.org", name.split(' ').next().unwrap().to_lowercase())));
        one.conference = Some(id);
        one.recording = Some(recording.clone());
        one
    };
    use tandem::model::Attendance::{Calling, Held, Talking};
    snapshot.calls = Arc::from([
        named(1, "Bob Meyer", CallState::Active),
        named(2, "Grace Hopper", CallState::Active),
        named(3, "Ada Lovelace", CallState::Held),
        named(4, "Somebody with a name that does not fit into any row of this window", CallState::Ringing),
    ]);
    let party =
        |call: u64, muted, attendance| tandem::model::Party { call: tandem::model::CallId(call), muted, attendance };
    snapshot.conferences = Arc::from([tandem::model::Conference {
        id,
        parties: vec![
            party(1, false, Talking),
            party(2, true, Talking),
            party(3, false, Held),
            party(4, false, Calling),
        ],
        muted: false,
        held: false,
        since: wall("2026-11-22T11:40:00Z"),
        recording: Some(recording),
    }]);
    snapshot.recording_sentence = "I am recording this call. Is that all right with you?".into();
    let mut app = with_bob(snapshot);
    let levels = [(tandem::model::CallId(1), 0.4), (tandem::model::CallId(2), 0.1)];
    app.update(Event::Meters(Meters { input: 0.3, output: 0.2, parties: Arc::from(levels) }));
    if whole {
        app.update(Event::Conference(tandem::gui::conference::Message::Open(id)));
    }
    app
}

/// Two calls that can be joined, one of them recorded, and the recorded one whole.
pub fn recording(mut snapshot: Snapshot, whole: bool) -> App {
    let mut first = call(1, Direction::Outgoing, CallState::Active);
    first.recording = Some(tandem::model::Recording {
        state: tandem::model::RecordingState::Running,
        file: "/home/alice/Recordings/2026-11-22 11-40-00Z Bob.opus".into(),
        since: wall("2026-11-22T11:40:00Z"),
    });
    let mut second = call(2, Direction::Incoming, CallState::Held);
    second.peer.display = "Grace Hopper".into();
    snapshot.calls = Arc::from([first, second]);
    snapshot.joinable = Arc::from([tandem::model::CallId(1), tandem::model::CallId(2)]);
    snapshot.recording_sentence = "I am recording this call. Is that all right with you?".into();
    let mut app = with_bob(snapshot);
    if whole {
        app.update(Event::OpenCall(tandem::model::CallId(1)));
    }
    app
}

pub fn silent(mut snapshot: Snapshot) -> App {
    let mut call = call(1, Direction::Outgoing, CallState::Active);
    call.silent = true;
    snapshot.calls = Arc::from([call]);
    with_bob(snapshot)
}

pub fn no_device(mut snapshot: Snapshot) -> Snapshot {
    snapshot.conditions = Arc::from([Condition {
        kind: ConditionKind::Device,
        text: "The microphone “default” cannot be used: the others hear silence until it is back. The requested audio device is not available. It may have been disconnected.".into(),
        remedy: Remedy::ChooseDevice,
    }]);
    snapshot
}

pub fn incoming(mut snapshot: Snapshot, grade: PeerGrade) -> App {
    let mut ringing = call(1, Direction::Incoming, CallState::Ringing);
    if grade != PeerGrade::Confirmed {
        ringing.peer = Peer {
            uri: "sip:+46701234567@gateway.example".into(),
            display: "+46 70 123 45 67".into(),
            jid: None,
            grade,
            evidence: vec!["Claims to be Bob, not confirmed: Bob's card does not list this number.".into()],
        };
    }
    snapshot.calls = Arc::from([ringing]);
    with_bob(snapshot)
}

/// The same card whichever protocol brought the call, and it says which.
pub fn incoming_over_chat(mut snapshot: Snapshot) -> App {
    let mut ringing = call(1, Direction::Incoming, CallState::Ringing);
    ringing.via = tandem::model::Via::Jingle;
    ringing.account = tandem::model::AccountId::new("chat");
    ringing.peer.uri = "xmpp:bob@example.com".into();
    ringing.peer.evidence = vec!["They call over chat, where your server knows who they are.".into()];
    snapshot.calls = Arc::from([ringing]);
    with_bob(snapshot)
}

pub fn gradient() -> tandem::model::Avatar {
    let side = 96_u32;
    let rgba: Vec<u8> =
        (0..side * side).flat_map(|at| [(at % side * 2) as u8, (at / side * 2) as u8, 150, 255]).collect();
    tandem::model::Avatar { hash: "gradient".into(), size: side, rgba: rgba.into() }
}

pub fn question(mut snapshot: Snapshot) -> App {
    snapshot.questions = Arc::from([Question {
        id: QuestionId(1),
        kind: QuestionKind::Certificate,
        text: "The chat server example.com shows a certificate that no known authority signed. Someone may be listening, or the server uses its own authority.".into(),
        choices: vec![
            Choice { id: "no".into(), label: "Do not connect".into(), detail: None },
            Choice {
                id: "yes".into(),
                label: "Trust this certificate".into(),
                detail: Some("SHA-256 5A:0F:33:91:C2:77:10:EE:AA:41:90:05:6B:1D:3C:88:5A:0F:33:91:C2:77:10:EE:AA:41:90:05:6B:1D:3C:88".into()),
            },
        ],
    }]);
    with_bob(snapshot)
}

pub fn security(snapshot: Snapshot) -> App {
    let mut app = with_bob(snapshot);
    app.update(Event::Lay(Some(Overlay::Security)));
    app
}

/// Voice in the clear beside a protected chat.
pub fn mismatch(snapshot: Snapshot) -> Snapshot {
    let plan = [
        step_to(
            "transport",
            Aspect::Transport,
            "auto",
            "Voice is encrypted on the way to the server.",
            RaiseOutcome::Planned,
        ),
        step_to(
            "media-encryption",
            Aspect::Media,
            "optional",
            "Calls are encrypted, or not made.",
            RaiseOutcome::Planned,
        ),
    ];
    let mut snapshot = with_protection(snapshot, &[Aspect::Transport, Aspect::Media], &[]);
    Arc::make_mut(&mut snapshot.protection).plan = plan.to_vec();
    snapshot
}

/// One change holds, the other was taken back.
pub fn raised(snapshot: Snapshot) -> Snapshot {
    let text = "The server cannot do that: The server only offers MD5, which the settings forbid. Everything is as it was \
                before.";
    let tried = [
        step_to(
            "transport",
            Aspect::Transport,
            "auto",
            "Voice is encrypted on the way to the server.",
            RaiseOutcome::Done,
        ),
        step_to("allow-md5", Aspect::Login, "true", text, RaiseOutcome::RolledBack),
    ];
    let mut snapshot = with_protection(snapshot, &[Aspect::Login], &[Aspect::Login]);
    Arc::make_mut(&mut snapshot.protection).tried = tried.to_vec();
    snapshot
}
