//! Every method: what it asks of the program, what it gives, how it refuses.

use serde_json::{Value, json};
use tandem::model::CallState;

use crate::fixtures;
use crate::program::Program;

#[test]
fn every_shape_of_the_contract_is_written_to_the_letter() {
    let program = Program::start();
    let mut client = program.connect();
    for (method, params, expected) in [
        ("status", json!({}), fixtures::status_json()),
        ("contacts", json!({}), json!([fixtures::contact_json()])),
        ("questions", json!({}), json!([fixtures::question_json()])),
        ("calls", json!({}), json!([fixtures::call_json()])),
        ("calls", json!({ "all": true }), json!([fixtures::call_json(), fixtures::ended_call_json()])),
        ("stats", json!({ "call": "c1" }), fixtures::stats_json()),
        ("messages", json!({ "with": "bob@example.com" }), json!([fixtures::message_json()])),
        ("search", json!({ "text": "hi" }), json!([fixtures::message_json()])),
        ("history", json!({}), json!([{ "call": fixtures::ended_call_json(), "missed": true }])),
        ("lamps", json!({}), json!([fixtures::lamp_json()])),
        ("meetings", json!({}), json!([fixtures::meeting_json()])),
        ("send", json!({ "to": "bob@example.com", "body": "Hello" }), json!({ "id": "m1" })),
        ("call", json!({ "to": "bob@example.com" }), json!({ "call": "c7" })),
        (
            "devices",
            json!({}),
            json!({
                "inputs": ["Microphone"], "outputs": ["Headset", "Speaker"], "input": "Microphone",
                "output": "Headset", "ring": "Speaker",
                "preferences": { "input": [], "output": [], "ring": [] }, "ringtones": [],
            }),
        ),
        ("quit", json!({}), json!({})),
    ] {
        assert_eq!(client.result(method, params.clone()), expected, "{method} {params}");
    }
}

#[test]
fn every_method_asks_the_program_for_what_its_parameters_say() {
    let program = Program::start();
    let mut client = program.connect();
    for (method, params, expected) in [
        ("answer", json!({ "call": "c1" }), "Answer(CallId(1))"),
        ("decline", json!({ "call": "c2" }), "Decline(CallId(2))"),
        ("hangup", json!({ "call": "c3" }), "Hangup(CallId(3))"),
        ("hold", json!({ "call": "c4" }), "Hold(CallId(4))"),
        ("resume", json!({ "call": "c5" }), "Resume(CallId(5))"),
        ("mute", json!({ "call": "c6" }), "Mute(CallId(6), true)"),
        ("unmute", json!({ "call": "c7" }), "Mute(CallId(7), false)"),
        ("dtmf", json!({ "call": "c8", "digits": "007#" }), "Dtmf(CallId(8), \"007#\")"),
        ("call-text", json!({ "call": "c8", "text": "Hi\n" }), "Write(CallId(8), \"Hi\\n\")"),
        ("call-text", json!({ "call": "c8" }), "Write(CallId(8), \"\")"),
        (
            "reply",
            json!({ "question": "q3", "choice": "call" }),
            "Answered { question: QuestionId(3), choice: \"call\" }",
        ),
        ("contact-remove", json!({ "to": "bob@example.com" }), "Contact(Remove(Jid(…@example.com)))"),
        ("contact-ask", json!({ "to": "bob@example.com" }), "Contact(Ask(Jid(…@example.com)))"),
        ("contact-withdraw", json!({ "to": "bob@example.com" }), "Contact(Withdraw(Jid(…@example.com)))"),
        ("contact-hide", json!({ "to": "bob@example.com" }), "Contact(Hide(Jid(…@example.com)))"),
        (
            "contact-rename",
            json!({ "to": "bob@example.com", "name": "Bobby" }),
            "Contact(Rename(Jid(…@example.com), \"Bobby\"))",
        ),
        (
            "contact-groups",
            json!({ "to": "bob@example.com", "groups": "Work, Friends" }),
            "Contact(Groups(Jid(…@example.com), [\"Work\", \"Friends\"]))",
        ),
        (
            "contact-groups",
            json!({ "to": "bob@example.com", "groups": ["Work, Berlin"] }),
            "Contact(Groups(Jid(…@example.com), [\"Work, Berlin\"]))",
        ),
        (
            "contact-add",
            json!({ "to": "xmpp:frank@example.com?roster;group=Work", "name": "Frank" }),
            "Contact(Add(AddContact { groups: 1, .. }))",
        ),
        ("block", json!({ "to": "bob@example.com" }), "Contact(Block(Jid(…@example.com), None))"),
        (
            "report",
            json!({ "to": "bob@example.com", "reason": "spam", "text": "pills" }),
            "Contact(Block(Jid(…@example.com), Some(Report { reason: Spam, .. })))",
        ),
        ("unblock", json!({ "to": "bob@example.com" }), "Contact(Unblock(Jid(…@example.com)))"),
        ("blocked", json!({}), "Contact(Blocked)"),
        ("presence", json!({ "show": "xa" }), "Presence { show: Xa, status: None }"),
        ("diagnose", json!({}), "Diagnose { save: false }"),
        ("diagnose", json!({ "save": "true" }), "Diagnose { save: true }"),
        ("typing", json!({ "with": "bob@example.com" }), "Talk(Typing { with: Jid(…@example.com), writing: true })"),
        ("mark-read", json!({ "with": "bob@example.com" }), "MarkRead(Jid(…@example.com))"),
        (
            "export",
            json!({ "with": "bob@example.com", "format": "json", "path": "/tmp/x" }),
            "Export(ExportRequest { format: Json, .. })",
        ),
        ("send-again", json!({ "id": "m1" }), "Talk(SendAgain(MessageId(\"m1\")))"),
        ("features", json!({}), "Features(None)"),
        ("features", json!({ "with": "bob@example.com" }), "Features(Some(Jid(…@example.com)))"),
        (
            "set-feature",
            json!({ "feature": "calls-over-chat", "value": "off" }),
            "SetFeature { feature: CallsOverChat, scope: Device, on: Some(false) }",
        ),
        (
            "set-feature",
            json!({ "feature": "messages-over-voice", "value": "on", "with": "sip:1001@pbx.example" }),
            "SetFeature { feature: MessagesOverVoice, scope: Contact(Jid(…@sip.invalid)), on: Some(true) }",
        ),
        (
            "set-feature",
            json!({ "feature": "calls-over-chat", "value": "default", "domain": "Example.COM" }),
            "SetFeature { feature: CallsOverChat, scope: Domain(\"example.com\"), on: None }",
        ),
        (
            "presence",
            json!({ "show": "available", "status": "Hi" }),
            "Presence { show: Available, status: Some(\"Hi\") }",
        ),
        ("ringtone", json!({ "tone": "soft" }), "Devices(Ringtone(Device, Some(Soft)))"),
        (
            "ringtone",
            json!({ "with": "bob@example.com", "tone": "default" }),
            "Devices(Ringtone(Person(Jid(…@example.com)), None))",
        ),
        (
            "ringtone",
            json!({ "account": "work", "tone": "pulse" }),
            "Devices(Ringtone(Account(AccountId(\"work\")), Some(Pulse)))",
        ),
        ("set-device", json!({ "role": "ring", "name": "null" }), "SetDevice { role: Ring, name: \"null\" }"),
    ] {
        assert_eq!(client.result(method, params), json!({}), "{method}");
        assert_eq!(program.last_request(), expected, "{method}");
    }
}

#[test]
fn methods_about_devices_and_the_program_ask_for_what_their_parameters_say() {
    let program = Program::start();
    let mut client = program.connect();
    for (method, params, expected) in [
        (
            "prefer-devices",
            json!({ "role": "output", "names": ["Headset, USB", "default"] }),
            "Devices(Prefer { role: Output, names: [\"Headset, USB\", \"default\"] })",
        ),
        (
            "prefer-devices",
            json!({ "role": "input", "names": "[\"Headset, USB\", \"null\"]" }),
            "Devices(Prefer { role: Input, names: [\"Headset, USB\", \"null\"] })",
        ),
        ("switch-device", json!({}), "Devices(Switch)"),
        ("talk", json!({ "down": true }), "Devices(Talk(true))"),
        ("headset-button", json!({}), "Devices(HeadsetButton)"),
        ("test-setup", json!({}), "Devices(Test(Everything))"),
        (
            "account-add",
            json!({ "service": "voice", "address": "1001@pbx.example", "password": "x", "keyring": false }),
            "Accounts(Add(NewAccount { service: Voice, .. }))",
        ),
        ("account-remove", json!({ "account": "voice2" }), "Accounts(Remove(AccountId(\"voice2\")))"),
        (
            "account-password",
            json!({ "account": "chat", "password": "x" }),
            "Password { account: AccountId(\"chat\"), password: Secret(…) }",
        ),
        ("import-find", json!({}), "Accounts(FindOthers)"),
        ("import", json!({ "file": "/x", "dry_run": true }), "Accounts(LookInto(\"/x\"))"),
        (
            "import",
            json!({ "file": "/x", "accounts": "a@example.com, b@example.com", "people": "false" }),
            "Accounts(TakeOver(TakeOver { accounts: Some(2), people: false, .. }))",
        ),
        (
            "import",
            json!({ "file": "/x", "accounts": [] }),
            "Accounts(TakeOver(TakeOver { accounts: Some(0), people: true, .. }))",
        ),
        ("open", json!({ "uri": "tel:+1" }), "OpenUri(\"tel:+1\")"),
        ("raise", json!({}), "Raise(None)"),
        ("raise-security", json!({}), "RaiseSecurity { dry_run: false }"),
        ("raise-security", json!({ "dry_run": true }), "RaiseSecurity { dry_run: true }"),
        ("quit", json!({}), "Quit"),
    ] {
        assert_eq!(client.result(method, params), json!({}), "{method}");
        assert_eq!(program.last_request(), expected, "{method}");
    }
}

#[test]
fn methods_with_an_answer_ask_the_program_for_what_their_parameters_say() {
    let program = Program::start();
    let mut client = program.connect();
    for (method, params, expected) in [
        ("messages", json!({ "with": "b@example.com" }), "limit: 50, before: None"),
        (
            "messages",
            json!({ "with": "b@example.com", "limit": 3, "before": "m9" }),
            "limit: 3, before: Some(MessageId(\"m9\"))",
        ),
        ("messages", json!({ "with": "b@example.com", "around": "m9" }), "Around { with"),
        ("messages", json!({ "with": "b@example.com", "after": "m9" }), "After { with"),
        ("send", json!({ "to": "b@example.com", "body": "Yes", "answers": "m9" }), "answers: MessageId(\"m9\")"),
        ("send", json!({ "to": "b@x.de", "body": "Yes", "id": "order-4711-is-here" }), "Once { id: MessageId("),
        ("correct", json!({ "id": "m1", "body": "No" }), "Correct { id: MessageId(\"m1\"), body: \"No\" }"),
        ("react", json!({ "id": "m1", "reaction": "👍" }), "reaction: \"👍\", on: true }"),
        ("react", json!({ "id": "m1", "reaction": "👍", "on": "false" }), "on: false }"),
        ("retract", json!({ "id": "m1" }), "Retract(MessageId(\"m1\"))"),
        ("send-file", json!({ "to": "b@example.com", "path": "/a b" }), "path: \"/a b\" })"),
        ("download", json!({ "message": "m1" }), "File(Download(MessageId(\"m1\")))"),
        ("cancel-file", json!({ "message": "m1" }), "File(Cancel(MessageId(\"m1\")))"),
        ("send-file-again", json!({ "message": "m1" }), "File(Again(MessageId(\"m1\")))"),
        ("voice-message", json!({ "action": "record", "to": "b@example.com" }), "File(Note(Record("),
        (
            "voice-message",
            json!({ "action": "play", "message": "m1", "from_ms": 3000 }),
            "File(Note(Play(MessageId(\"m1\"), 3000)))",
        ),
        ("voice-message", json!({ "action": "send" }), "File(Note(Send))"),
        ("show-picture", json!({ "message": "m1" }), "File(Picture(Show(MessageId(\"m1\"))))"),
        ("forget-file", json!({ "message": "m1" }), "File(Forget(MessageId(\"m1\")))"),
        ("files", json!({}), "File(List)"),
        ("conference", json!({ "action": "create", "calls": "c1, c2" }), "Conference(Create([CallId(1), CallId(2)]))"),
        (
            "conference",
            json!({ "action": "join", "conference": "k1", "call": "c3" }),
            "Conference(Join(ConferenceId(1), CallId(3)))",
        ),
        ("conference", json!({ "action": "leave", "call": "c3" }), "Conference(Leave(CallId(3)))"),
        ("conference", json!({ "action": "leave", "conference": "k1" }), "Conference(End(ConferenceId(1)))"),
        ("conference", json!({ "action": "remove", "call": "c3" }), "Conference(Remove(CallId(3)))"),
        ("conference", json!({ "action": "mute", "call": "c3" }), "Conference(MuteParty(CallId(3), true))"),
        ("conference", json!({ "action": "unmute", "conference": "k1" }), "Conference(Mute(ConferenceId(1), false))"),
        ("conference", json!({ "action": "hold", "conference": "k1" }), "Conference(Hold(ConferenceId(1), true))"),
        ("conference", json!({ "action": "list" }), "Conference(List)"),
        ("meetings", json!({}), "Meeting(List)"),
        ("meeting-join", json!({ "room": "team@rooms.example.com", "confirm": true }), "Meeting(JoinCall)"),
        ("meeting-decline", json!({ "room": "team@rooms.example.com" }), "Meeting(DeclineCall)"),
        ("meeting-decline", json!({ "room": "team@rooms.example.com", "call": "c1" }), "Meeting(DeclineRoom)"),
        ("meeting-room", json!({ "room": "team@rooms.example.com", "call": "c1" }), "Meeting(EnterRoom)"),
        (
            "meeting-start",
            json!({ "room": "team@rooms.example.com", "people": "bob@example.com, carol@example.com" }),
            "Meeting(Start)",
        ),
        ("meeting-announce", json!({ "conference": "k1" }), "Meeting(Announce)"),
        ("meeting-invite", json!({ "call": "c1", "to": "sip:dave@example.com" }), "Meeting(Invite)"),
        (
            "meeting-moderate",
            json!({ "call": "c1", "who": "bob", "side": "room", "action": "remove" }),
            "Meeting(Moderate)",
        ),
        ("meeting-mirror", json!({ "conference": "k1", "accept": true }), "Meeting(Mirror)"),
        ("record", json!({ "call": "c1", "state": "on" }), "Record(Call(CallId(1)), On)"),
        ("record", json!({ "conference": "k1", "state": "pause" }), "Record(Conference(ConferenceId(1)), Pause)"),
        ("search", json!({ "text": "lunch" }), "Search(MessageSearch { limit: 50, .. })"),
        (
            "search",
            json!({ "text": "lunch", "with": "b@example.com", "since": "2026-01-31T08:00:00Z", "limit": 3 }),
            "Search(MessageSearch { limit: 3, .. })",
        ),
        (
            "history",
            json!({ "limit": 2, "before": "c4" }),
            "History { limit: 2, before: Some(CallId(4)), filter: HistoryFilter { with: None, account: None, missed: false, direction: None, text: None } }",
        ),
        (
            "history",
            json!({ "with": "bob@example.com", "account": "voice", "missed": "true", "direction": "incoming", "text": "bo" }),
            "History { limit: 50, before: None, filter: HistoryFilter { with: Some(\"bob@example.com\"), account: Some(AccountId(\"voice\")), missed: true, direction: Some(Incoming), text: Some(\"bo\") } }",
        ),
        ("seen-calls", json!({}), "Events(SeenCalls)"),
    ] {
        client.result(method, params);
        assert!(program.last_request().contains(expected), "{method}: {}", program.last_request());
    }
}

#[test]
fn methods_about_calls_ask_the_program_for_what_their_parameters_say() {
    let program = Program::start();
    let mut client = program.connect();
    for (method, params, expected) in [
        ("delete-call", json!({ "call": "c9" }), "Events(DeleteCall(CallId(9)))"),
        ("redial", json!({}), "Events(Redial)"),
        ("voicemail", json!({ "account": "voice" }), "Events(CallVoicemail(Some(AccountId(\"voice\"))))"),
        (
            "lamp",
            json!({ "to": "1001", "on": "false" }),
            "Events(WatchLamp { to: \"1001\", account: None, on: false })",
        ),
        ("contacts", json!({}), "Contacts { with: None, limit: 500, after: None }"),
        (
            "call",
            json!({ "to": "0301", "account": "work", "via": "sip", "confirm": true, "video": false }),
            "Call { to: Text(\"0301\"), account: Some(AccountId(\"work\")), via: Some(Sip), confirm: true, video: false, anonymous: None }",
        ),
    ] {
        client.result(method, params);
        assert!(program.last_request().contains(expected), "{method}: {}", program.last_request());
    }
}

#[test]
fn numbers_and_truths_may_come_as_text_but_texts_never_as_numbers() {
    let program = Program::start();
    let mut client = program.connect();
    client.result("calls", json!({ "all": "true" }));
    assert_eq!(program.last_request(), "Calls { all: true }");
    client.result("history", json!({ "limit": "12" }));
    assert_eq!(
        program.last_request(),
        "History { limit: 12, before: None, filter: HistoryFilter { with: None, account: None, missed: false, direction: None, text: None } }"
    );
    for (method, params) in [
        ("call", json!({ "to": 301 })),
        ("dtmf", json!({ "call": "c1", "digits": 7 })),
        ("send", json!({ "to": "b@example.com", "body": true })),
    ] {
        assert_eq!(client.error(method, params)["code"], -32602, "{method}");
    }
}

#[test]
fn refusals_say_which_kind_they_are_and_bring_what_helps() {
    let program = Program::start();
    let mut client = program.connect();
    for kind in ["choose", "confirm", "no-target", "offline", "not-allowed", "not-found", "invalid"] {
        let error = client.error("call", json!({ "to": kind }));
        assert_eq!(error["code"], -32000, "{kind}");
        assert_eq!(error["message"], "A sentence.", "{kind}");
        assert_eq!(error["data"]["kind"], kind);
        match kind {
            "choose" => {
                assert_eq!(error["data"]["choices"], json!([{ "id": "work", "label": "sip:me@work.example" }]));
            }
            "confirm" => {
                assert_eq!(error["data"]["reasons"], json!([{ "code": "cost", "text": "It may be charged." }]));
            }
            _ => assert_eq!(error["data"].as_object().unwrap().len(), 1, "{error}"),
        }
    }
}

#[test]
fn parameters_that_do_not_fit_are_refused_by_name() {
    let program = Program::start();
    let mut client = program.connect();
    for (method, params, named) in [
        ("answer", json!({}), "call"),
        ("answer", json!({ "call": "7" }), "call"),
        ("answer", json!({ "call": null }), "call"),
        ("answer", json!({ "call": "c1", "loud": true }), "loud"),
        ("status", json!({ "x": 1 }), "x"),
        ("watch", json!({ "x": 1 }), "x"),
        ("call", json!({}), "to"),
        ("call", json!({ "to": "a", "via": "carrier pigeon" }), "via"),
        ("call", json!({ "to": "a", "confirm": "perhaps" }), "confirm"),
        ("calls", json!({ "all": 1 }), "all"),
        ("messages", json!({ "with": "@" }), "with"),
        ("messages", json!({ "with": "b@example.com", "before": "m1", "after": "m2" }), "before"),
        ("export", json!({ "with": "b@example.com" }), "path"),
        ("export", json!({ "with": "b@example.com", "path": "/tmp/x", "format": "pdf" }), "format"),
        ("react", json!({ "id": "m1" }), "reaction"),
        ("send-file", json!({ "to": "b@example.com" }), "path"),
        ("download", json!({}), "message"),
        ("search", json!({}), "text"),
        ("search", json!({ "text": "a", "until": "yesterday" }), "until"),
        ("messages", json!({ "with": "b@example.com", "limit": -1 }), "limit"),
        ("messages", json!({ "with": "b@example.com", "limit": 1.5 }), "limit"),
        ("messages", json!({ "with": "b@example.com", "limit": 5_000_000_000_u64 }), "limit"),
        ("history", json!({ "missed": 1 }), "missed"),
        ("lamp", json!({}), "to"),
        ("reply", json!({ "question": "3", "choice": "a" }), "question"),
        ("reply", json!({ "question": "q3" }), "choice"),
        ("presence", json!({ "show": "happy" }), "show"),
        ("set-device", json!({ "role": "nose", "name": "a" }), "role"),
        ("ringtone", json!({ "tone": "https://example.com/ring.mp3" }), "tone"),
        ("transfer", json!({ "call": "c1" }), "to"),
        ("transfer", json!({ "call": "c1", "to": "a", "with": "c2" }), "with"),
        ("transfer", json!({ "to": "a" }), "call"),
        ("swap", json!({ "call": "c1" }), "call"),
        ("open", json!({}), "uri"),
    ] {
        let error = client.error(method, params.clone());
        assert_eq!(error["code"], -32602, "{method} {params}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(&format!("\"{named}\"")), "{method} {params}: {message}");
    }
    assert_eq!(client.error("dance", json!({}))["code"], -32601);
}

#[test]
fn the_duration_of_a_living_call_runs() {
    let program = Program::start();
    let mut talking = fixtures::call();
    talking.state = CallState::Active;
    talking.answered_boot = Some(tandem::platform::now().boot - std::time::Duration::from_secs(90));
    let mut client = program.connect();
    client.result("watch", json!({}));
    program.notify(1, tandem::account::NoticeBody::Call(Box::new(talking)));
    let duration = client.line()["data"]["duration_ms"].as_u64().unwrap();
    assert!((90_000..150_000).contains(&duration), "{duration}");
}

#[test]
fn a_try_that_comes_is_counted_down_in_whole_seconds() {
    let program = Program::start();
    let mut snapshot = fixtures::snapshot();
    let mut accounts = fixtures::accounts();
    accounts[1].retry_at = Some(tandem::platform::now().boot + std::time::Duration::from_secs(500));
    snapshot.accounts = accounts.into();
    program.publish(snapshot);
    let status = program.connect().result("status", Value::Object(Default::default()));
    let seconds = status["accounts"][1]["retry_in_s"].as_u64().unwrap();
    assert!((440..=500).contains(&seconds), "{seconds}");
}
