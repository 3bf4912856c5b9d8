//! One of everything, with every field filled, and the JSON that is promised for it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tandem::account::{Reachable, Relation, RelationOrigin, Snapshot};
use tandem::model::*;
use tandem::store::CallRecord;

fn at(text: &str) -> WallTime {
    WallTime::parse_rfc3339(text).unwrap()
}

fn jid(text: &str) -> Jid {
    Jid::parse(text).unwrap()
}

pub fn accounts() -> Vec<AccountState> {
    vec![
        AccountState {
            id: AccountId::new("chat"),
            service: Service::Chat,
            address: "alice@example.com".into(),
            state: ConnectionState::Online,
            since: at("2026-11-22T10:00:00Z"),
            reason: None,
            retry_at: None,
            security: Some(Security {
                transport: Transport::Tls,
                tls: Some(TlsVersion::V13),
                cipher: Some("TLS_AES_256_GCM_SHA384".into()),
                certificate: Certificate::Verified,
                auth: "SCRAM-SHA-256-PLUS".into(),
                issuer: None,
            }),
        },
        AccountState {
            id: AccountId::new("voice"),
            service: Service::Voice,
            address: "sip:alice@example.com".into(),
            state: ConnectionState::Offline,
            since: at("2026-11-22T10:00:01.5Z"),
            reason: Some(Reason::new("unreachable", "The server does not answer.")),
            // Long past on any machine that runs this: due.
            retry_at: Some(BootTime::from_duration(Duration::ZERO)),
            security: None,
        },
    ]
}

pub fn accounts_json() -> Value {
    json!([
        {
            "id": "chat", "service": "chat", "address": "alice@example.com", "state": "online",
            "since": "2026-11-22T10:00:00Z", "reason": null, "retry_in_s": null,
            "security": {
                "transport": "tls", "tls": "1.3", "cipher": "TLS_AES_256_GCM_SHA384", "certificate": "verified",
                "auth": "SCRAM-SHA-256-PLUS",
            },
        },
        {
            "id": "voice", "service": "voice", "address": "sip:alice@example.com", "state": "offline",
            "since": "2026-11-22T10:00:01.5Z",
            "reason": { "code": "unreachable", "text": "The server does not answer." },
            "retry_in_s": 0, "security": null,
        },
    ])
}

pub fn question() -> Question {
    Question {
        id: QuestionId(3),
        kind: QuestionKind::Cost,
        text: "Call?".into(),
        choices: vec![
            Choice { id: "cancel".into(), label: "Do not call".into(), detail: None },
            Choice { id: "call".into(), label: "Call".into(), detail: Some("It may cost.".into()) },
        ],
    }
}

pub fn question_json() -> Value {
    json!({
        "id": "q3", "kind": "cost", "text": "Call?",
        "choices": [
            { "id": "cancel", "label": "Do not call", "detail": null },
            { "id": "call", "label": "Call", "detail": "It may cost." },
        ],
    })
}

pub fn snapshot() -> Snapshot {
    Snapshot {
        accounts: accounts().into(),
        relations: Arc::from([Relation {
            chat: AccountId::new("chat"),
            voice: AccountId::new("voice"),
            origin: RelationOrigin::Config,
        }]),
        parity: Arc::new(Parity {
            level: ParityLevel::Mismatch,
            findings: vec![Finding { code: "tls".into(), text: "Voice is weaker.".into(), remedy: None }],
        }),
        reachable: Reachable { chat: true, calls: false, text: "You cannot be called.".into() },
        calls: Arc::from([call(), ended_call()]),
        questions: Arc::from([question()]),
        devices: Arc::new(Devices {
            inputs: vec!["Microphone".into()],
            outputs: vec!["Headset".into(), "Speaker".into()],
            input: "Microphone".into(),
            output: "Headset".into(),
            ring: "Speaker".into(),
        }),
        events: Arc::new(events()),
        ..Snapshot::empty()
    }
}

pub fn status_json() -> Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "accounts": accounts_json(),
        "relations": [{ "chat": "chat", "voice": "voice", "origin": "config" }],
        "parity": {
            "level": "mismatch",
            "findings": [{ "code": "tls", "text": "Voice is weaker.", "remedy": null }],
        },
        "reachable": { "chat": true, "calls": false, "text": "You cannot be called." },
        "calls": 1,
        "voicemail": [{
            "account": "voice", "waiting": true, "new": 2, "old": 5, "urgent": 1, "text": "2 new voice messages",
            "call": "*97",
        }],
        "missed_calls": 3,
        "answering": { "do_not_disturb": false, "by_presence": false, "forward_always": null, "text": null },
    })
}

/// A call that rings here.
pub fn call() -> Call {
    Call::new(
        CallId(1),
        Direction::Incoming,
        CallState::Ringing,
        AccountId::new("voice"),
        Peer {
            uri: "sip:bob@example.com".into(),
            display: "Bob".into(),
            jid: Some(jid("bob@example.com")),
            grade: PeerGrade::Confirmed,
            evidence: vec!["His card says so.".into()],
        },
        Route { rule: "The only account.".into() },
        at("2026-11-22T11:00:00Z"),
    )
}

pub fn call_json() -> Value {
    json!({
        "id": "c1", "direction": "incoming", "state": "ringing", "account": "voice", "via": "sip",
        "peer": {
            "uri": "sip:bob@example.com", "display": "Bob", "jid": "bob@example.com", "grade": "confirmed",
            "evidence": ["His card says so."],
        },
        "media": null, "route": { "rule": "The only account." }, "said": null, "cost": null, "next": [],
        "started": "2026-11-22T11:00:00Z", "answered": null, "duration_ms": 0, "end": null,
        "conference": null, "recording": null,
        "muted": false, "held_by_peer": false, "muted_by_peer": false, "transfer": null, "emergency": false, "automatic": false, "text": null, "digits_sent": "", "digits_received": "",
    })
}

/// A call that is over.
pub fn ended_call() -> Call {
    Call {
        id: CallId(2),
        direction: Direction::Outgoing,
        state: CallState::Ended,
        peer: Peer { jid: None, grade: PeerGrade::Anonymous, evidence: Vec::new(), ..call().peer },
        media: Some(MediaInfo {
            codec: "opus".into(),
            clock_hz: 48_000,
            encryption: MediaEncryption::Sdes,
            direction: MediaDirection::SendRecv,
        }),
        answered: Some(at("2026-11-22T11:00:05Z")),
        answered_boot: Some(BootTime::from_duration(Duration::ZERO)),
        duration: Duration::from_millis(61_500),
        end: Some(CallEnd { code: "hangup".into(), text: "Bob hung up.".into(), by: EndedBy::Remote }),
        muted: true,
        digits_received: "12#".into(),
        conference: Some(tandem::model::ConferenceId(1)),
        recording: Some(tandem::model::Recording {
            state: tandem::model::RecordingState::Running,
            file: "/r/a.opus".into(),
            since: tandem::model::WallTime::from_unix_ms(0),
        }),
        said: Some("It waits.".into()),
        charge: Some(Charge { text: "Phone network".into(), per_minute: Price::parse("0.10 EUR") }),
        next: vec![NextWay {
            label: "Call over sip:alice@home.example".into(),
            detail: "Phone network".into(),
            call: Some("tel:+4930901820".into()),
            account: Some(AccountId::new("home")),
            chat: None,
        }],
        ..call()
    }
}

pub fn ended_call_json() -> Value {
    json!({
        "id": "c2", "direction": "outgoing", "state": "ended", "account": "voice", "via": "sip",
        "peer": {
            "uri": "sip:bob@example.com", "display": "Bob", "jid": null, "grade": "anonymous", "evidence": [],
        },
        "media": { "codec": "opus", "clock_hz": 48000, "encryption": "sdes", "keys": "settled", "direction": "sendrecv" },
        "route": { "rule": "The only account." }, "said": "It waits.",
        "cost": { "text": "Phone network", "per_minute": "0.10 EUR", "so_far": "0.20 EUR" },
        "next": [{
            "label": "Call over sip:alice@home.example", "detail": "Phone network", "call": "tel:+4930901820",
            "account": "home", "chat": null,
        }],
        "started": "2026-11-22T11:00:00Z", "answered": "2026-11-22T11:00:05Z", "duration_ms": 61500,
        "end": { "code": "hangup", "text": "Bob hung up.", "by": "remote" },
        "muted": true, "held_by_peer": false, "muted_by_peer": false, "transfer": null, "emergency": false, "automatic": false, "text": null, "digits_sent": "", "digits_received": "12#",
        "conference": "k1", "recording": { "state": "running", "file": "/r/a.opus", "since": "1970-01-01T00:00:00Z" },
    })
}

pub fn record() -> CallRecord {
    CallRecord { call: ended_call(), missed: true }
}

pub fn message() -> Message {
    Message {
        id: MessageId("m1".into()),
        with: jid("bob@example.com"),
        from: jid("alice@example.com"),
        direction: MessageDirection::Out,
        time: at("2026-11-22T12:00:00.25Z"),
        body: "Line\nand \"quote\"".into(),
        delivery: Delivery::Displayed,
        corrected: true,
        encrypted: false,
        details: MessageDetails {
            reply: Some(Reply {
                to: "q1".into(),
                message: Some(MessageId("in-4".into())),
                own: Some(false),
                nick: None,
                text: Some("How many?".into()),
            }),
            first_text: Some("Line".into()),
            changes: vec![
                said(ChangeKind::Correction, "alice@example.com", "Line\nand \"quote\""),
                said(ChangeKind::Reactions, "bob@example.com", "👍"),
            ],
            ..MessageDetails::default()
        },
    }
}

fn said(kind: ChangeKind, from: &str, text: &str) -> MessageChange {
    let (target, time) = ("m1".into(), at("2026-11-22T12:01:00Z"));
    MessageChange { kind, target, from: jid(from), nick: None, occupant: None, time, text: text.into() }
}

pub fn message_json() -> Value {
    json!({
        "id": "m1", "with": "bob@example.com", "from": "alice@example.com", "direction": "out",
        "time": "2026-11-22T12:00:00.25Z", "body": "Line\nand \"quote\"", "delivery": "displayed",
        "corrected": true, "encrypted": false, "via": "xmpp", "failure": null, "retracted": false,
        "versions": [{ "time": "2026-11-22T12:00:00.25Z", "body": "Line" }],
        "answers": { "id": "in-4", "body": "How many?" },
        "archive_id": null, "kind": "person", "nick": null, "file": null,
        "reactions": [{ "reaction": "👍", "by": ["bob@example.com"], "own": false }],
    })
}

pub fn stats() -> Stats {
    Stats {
        sent_packets: 1,
        received_packets: 2,
        lost_packets: 3,
        late_packets: 4,
        concealed_ms: 5,
        jitter_ms: 6.5,
        round_trip_ms: None,
        buffer_ms: 40.0,
        delay: Box::new(tandem::model::DelayBudget::of_call(20.0, Some(30.0), 40.0).with_devices(5.0, 10.0)),
        loss_percent: 0.5,
        mos: 4.25,
        underruns: 9,
        evidence: tandem::model::Evidence { silence_ms: 20, peer_loss_percent: Some(1.5), ..Default::default() },
        health: tandem::model::CallHealth {
            troubles: vec![tandem::model::Trouble {
                code: "late",
                weight: tandem::model::Weight::Warning,
                text: "It is late.".into(),
                remedy: "Wait.".into(),
            }],
        },
        path: None,
    }
}

pub fn stats_json() -> Value {
    json!({
        "sent_packets": 1, "received_packets": 2, "lost_packets": 3, "late_packets": 4, "concealed_ms": 5,
        "jitter_ms": 6.5, "round_trip_ms": null, "buffer_ms": 40.0, "loss_percent": 0.5, "mos": 4.25, "underruns": 9,
        "delay": {
            "microphone_ms": 5.0, "packet_ms": 20.0, "network_ms": 15.0, "jitter_buffer_ms": 40.0, "playback_ms": 10.0,
            "total_ms": 90.0,
        },
        "evidence": {
            "silence_ms": 20, "reports": 0, "report_age_ms": null, "deaf_reports": 0, "acknowledged": false,
            "peer_loss_percent": 1.5, "peer_jitter_ms": null, "peer_mos": null, "unknown_type_packets": 0,
            "not_authentic_packets": 0, "foreign_packets": 0, "peer_private": false, "microphone_peak": 0.0,
            "voice_peak": 0.0, "microphone_open": false, "microphone_trouble": null,
        },
        "path": null,
        "troubles": [{ "code": "late", "weight": "warning", "text": "It is late.", "remedy": "Wait." }],
    })
}

pub fn contact() -> Contact {
    let address = |uri, source, grade, cost| Address {
        uri,
        types: vec!["work".into()],
        source,
        grade,
        evidence: vec!["It is on the card.".into()],
        cost,
        learned: None,
    };
    let number = PhoneNumber::from_digits("+12025550123").unwrap();
    Contact {
        jid: jid("bob@example.com"),
        name: "Bob".into(),
        groups: vec!["Friends".into()],
        subscription: Subscription::Both,
        asked: false,
        listed: true,
        presence: Presence { show: Show::Dnd, status: Some("Busy".into()) },
        last_active: None,
        addresses: vec![
            address(
                AddressUri::Sip(SipUri::parse("sip:bob@example.com").unwrap()),
                AddressSource::VcardTemp,
                Grade::Confirmed,
                Cost::Free,
            ),
            address(AddressUri::Tel(number, None), AddressSource::Vcard4, Grade::Claimed, Cost::PhoneNetwork),
            address(AddressUri::Jingle(jid("bob@example.com")), AddressSource::Reach, Grade::Refuted, Cost::Unknown),
        ],
        actions: Actions {
            call: Action::available(),
            video_call: Action::unavailable("Not yet."),
            chat: Action::available(),
        },
        avatar: None,
        card_known: true,
        book: None,
    }
}

pub fn contact_json() -> Value {
    let address = |uri: &str, kind: &str, source: &str, grade: &str, cost: &str| {
        json!({
            "uri": uri, "kind": kind, "types": ["work"], "source": source, "grade": grade,
            "evidence": ["It is on the card."], "cost": cost, "learned": null,
        })
    };
    json!({
        "jid": "bob@example.com", "id": "bob@example.com", "book": null, "name": "Bob", "groups": ["Friends"], "subscription": "both",
        "asked": false, "listed": true, "last_active": null, "picture": null,
        "presence": { "show": "dnd", "status": "Busy" },
        "addresses": [
            address("sip:bob@example.com", "sip", "vcard-temp", "confirmed", "free"),
            address("tel:+12025550123", "tel", "vcard4", "claimed", "phone-network"),
            address("xmpp:bob@example.com", "jingle", "reach", "refuted", "unknown"),
        ],
        "actions": {
            "call": { "available": true, "reason": null },
            "video_call": { "available": false, "reason": "Not yet." },
            "chat": { "available": true, "reason": null },
        },
    })
}

fn events() -> EventsView {
    EventsView {
        lamps: [LampView {
            account: AccountId::new("voice"),
            address: "sip:bob@example.com".into(),
            contact: Some(jid("bob@example.com")),
            name: "Bob".into(),
            state: Lamp::Talking,
            text: "On the phone".into(),
            listed: true,
            removable: false,
        }]
        .into(),
        voicemail: [VoicemailView {
            account: AccountId::new("voice"),
            waiting: true,
            new: Some(2),
            old: Some(5),
            urgent: 1,
            text: "2 new voice messages".into(),
            call: Some("*97".into()),
        }]
        .into(),
        missed: 3,
        can_redial: true,
    }
}

pub fn lamp_json() -> Value {
    json!({
        "account": "voice", "address": "sip:bob@example.com", "jid": "bob@example.com", "name": "Bob",
        "state": "talking", "text": "On the phone", "removable": false,
    })
}

pub fn meeting() -> tandem::model::MeetingView {
    use tandem::model::{CallOffer, Involvement, Knowledge, MeetingView, Mirror, OfferSource, Participant, SoundState};
    MeetingView {
        call: Some(CallId(1)),
        conference: None,
        account: Some(AccountId::new("voice")),
        room: Some(jid("team@rooms.example.com")),
        contact: None,
        in_room: true,
        title: "Team".into(),
        locked: false,
        address: Some("sip:team@example.com".into()),
        trusted: true,
        knowledge: Knowledge::Known,
        why: None,
        participants: Arc::from([Participant {
            name: "Bob".into(),
            involvement: Involvement::Both,
            sound: SoundState::MutedByModerator,
            speaking: false,
            own: false,
            moderator: false,
            address: Some("sip:bob@example.com".into()),
            nick: Some("bob".into()),
            jid: Some(jid("bob@example.com")),
            call: None,
            proof: Some("A sentence.".into()),
            maybe: None,
            text: "Bob: text and sound, muted by a moderator".into(),
        }]),
        more: 2,
        text: "3 people.".into(),
        rooms: Arc::from([]),
        offers: Arc::from([CallOffer {
            uri: "sip:team@example.com".into(),
            source: OfferSource::RoomInfo,
            by: None,
            accepted: Arc::from([]),
            own: false,
            cost: "Free".into(),
            text: "A sentence.".into(),
        }]),
        moderates: false,
        mirror: Some(Mirror { text: "Too?".into() }),
    }
}

pub fn meeting_json() -> Value {
    json!({
        "call": "c1", "conference": null, "account": "voice", "room": "team@rooms.example.com", "contact": null, "in_room": true,
        "title": "Team", "locked": false, "address": "sip:team@example.com", "trusted": true, "knowledge": "known",
        "why": null,
        "participants": [{
            "name": "Bob", "involvement": "both", "sound": "muted-by-moderator", "speaking": false, "own": false, "moderator": false,
            "address": "sip:bob@example.com", "nick": "bob", "jid": "bob@example.com", "call": null,
            "proof": "A sentence.", "maybe": null, "text": "Bob: text and sound, muted by a moderator",
        }],
        "more": 2, "text": "3 people.", "rooms": [],
        "offers": [{
            "uri": "sip:team@example.com", "source": "room-info", "by": null, "accepted": [], "own": false,
            "cost": "Free", "text": "A sentence.",
        }],
        "moderates": false, "mirror": { "text": "Too?" },
    })
}
