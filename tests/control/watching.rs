//! The stream of notices.

use serde_json::{Value, json};
use tandem::account::NoticeBody;
use tandem::model::{AccountId, QuestionId};

use crate::fixtures;
use crate::program::{NOTICES, Program};

#[test]
fn each_notice_comes_as_one_line_with_what_it_is_about() {
    let program = Program::start();
    let mut client = program.connect();
    assert_eq!(client.result("watch", json!({})), json!({}));
    for (seq, body, expected) in [
        (1, NoticeBody::Call(Box::new(fixtures::call())), Some(("call", fixtures::call_json()))),
        (2, NoticeBody::Message(Box::new(fixtures::message())), Some(("message", fixtures::message_json()))),
        (3, NoticeBody::Account(AccountId::new("voice")), Some(("account", fixtures::accounts_json()[1].clone()))),
        (4, NoticeBody::Raise(None), None),
        (5, NoticeBody::Question(QuestionId(3)), Some(("question", fixtures::question_json()))),
        (6, NoticeBody::Question(QuestionId(99)), None),
        (7, NoticeBody::Problem("Oh.".into()), Some(("problem", json!({ "text": "Oh." })))),
        (8, NoticeBody::Quit, Some(("quit", json!({})))),
    ] {
        program.notify(seq, body);
        if let Some((notice, data)) = expected {
            assert_eq!(client.line(), json!({ "seq": seq, "notice": notice, "data": data }));
        }
    }
}

#[test]
fn a_reader_that_sleeps_loses_notices_and_sees_the_gap() {
    let program = Program::start();
    let mut client = program.connect();
    client.result("watch", json!({}));
    // More than the socket holds, so that the connection has to wait for its reader.
    let long: std::sync::Arc<str> = "x".repeat(1 << 20).into();
    let last = 20 * NOTICES as u64;
    for seq in 1..=last {
        program.notify(seq, NoticeBody::Problem(long.clone()));
    }
    let mut seen = Vec::new();
    while seen.last() != Some(&last) {
        seen.push(client.line()["seq"].as_u64().unwrap());
    }
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "{seen:?}");
    assert!(seen.len() <= NOTICES + 4, "{seen:?}");
}

#[test]
fn a_watcher_disturbs_nobody_and_its_end_is_noticed() {
    let program = Program::start();
    let mut watcher = program.connect();
    watcher.result("watch", json!({}));
    let mut other = program.connect();
    assert_eq!(other.result("calls", json!({})), json!([fixtures::call_json()]));
    watcher.stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(watcher.line(), Value::Null);
    assert_eq!(other.result("raise", json!({})), json!({}));
}

#[test]
fn the_end_of_the_program_reaches_who_watches() {
    let mut program = Program::start();
    let mut client = program.connect();
    client.result("watch", json!({}));
    program.notify(1, NoticeBody::Quit);
    program.shutdown();
    assert_eq!(client.line()["notice"], "quit");
    assert_eq!(client.line(), Value::Null);
}
