use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::{broadcast, mpsc, watch};

use super::client::{self, Exit};
use super::method::{Asked, Misunderstood, from_words, read};
use super::server::Server;
use crate::account::{CallTo, Handle, Notice, NoticeBody, Refusal, RefusalKind, Reply, Request, Snapshot};
use crate::model::{CallId, Meters};

#[test]
fn digits_are_a_string_however_they_look() {
    assert_eq!(from_words("digits", "123"), json!("123"));
    assert_eq!(from_words("to", "5550100"), json!("5550100"));
    assert_eq!(from_words("limit", "20"), json!(20));
    assert_eq!(from_words("confirm", "true"), json!(true));
    assert_eq!(from_words("limit", "many"), json!("many"), "the server says what is wrong with it");
}

#[test]
fn parameters_are_checked_by_name_and_form() {
    assert!(matches!(read("status", &Value::Null), Ok(Asked::Status)));
    assert!(matches!(read("calls", &json!({ "all": true })), Ok(Asked::Manager(Request::Calls { all: true }))));
    let dtmf = read("dtmf", &json!({ "call": "c7", "digits": "12#" }));
    assert!(matches!(dtmf, Ok(Asked::Manager(Request::Dtmf(CallId(7), digits))) if &*digits == "12#"));
    let call = read("call", &json!({ "to": "bob@example.com" }));
    assert!(matches!(call, Ok(Asked::Manager(Request::Call { to: CallTo::Text(to), confirm: false, .. })) if &*to == "bob@example.com"));
    assert_eq!(read("fly", &json!({})).unwrap_err(), Misunderstood::Method);
    let wrong = [
        ("answer", json!({})),
        ("answer", json!({ "call": "7" })),
        ("answer", json!({ "call": "c7", "loudly": true })),
        ("send", json!({ "to": "@@", "body": "x" })),
        ("send", json!({ "to": "bob@example.com" })),
        ("messages", json!({ "with": "bob@example.com", "limit": 0 })),
        ("messages", json!({ "with": "bob@example.com", "limit": "many" })),
        ("presence", json!({ "show": "asleep" })),
        ("status", json!([1])),
        ("call", json!({ "to": 5 })),
    ];
    for (method, params) in wrong {
        assert!(matches!(read(method, &params), Err(Misunderstood::Parameters(_))), "{method} {params}");
    }
}

/// A manager that answers two requests, and a way to give notices.
fn manager() -> (Handle, broadcast::Sender<Notice>, tokio::task::JoinHandle<()>) {
    let (requests, mut asked) = mpsc::channel::<(Request, tokio::sync::oneshot::Sender<Result<Reply, Refusal>>)>(8);
    let (snapshots, snapshot) = watch::channel(Arc::new(Snapshot::empty()));
    let (meters, meter) = watch::channel(Meters::default());
    let (notices, _) = broadcast::channel(16);
    let handle = Handle::new(requests, snapshot, meter, notices.clone());
    let task = tokio::spawn(async move {
        let _channels = (snapshots, meters);
        while let Some((request, reply)) = asked.recv().await {
            let answer = match request {
                Request::Call { .. } => Ok(Reply::Call(CallId(3))),
                _ => Err(Refusal {
                    kind: RefusalKind::Choose,
                    text: "Which one?".into(),
                    details: vec![("a".into(), "Work".into())],
                }),
            };
            let _ = reply.send(answer);
        }
    });
    (handle, notices, task)
}

fn ctl(note: &std::path::Path, arguments: &[&str]) -> (Exit, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let arguments: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
    let exit = client::run(note, &arguments, &mut out, &mut err);
    (exit, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_refusals_and_notices_go_over_the_socket() {
    let folder = tempfile::tempdir().unwrap();
    let note = folder.path().join("control.path");
    assert_eq!(ctl(&note, &["status"]).0, Exit::NotRunning);
    let (handle, notices, _task) = manager();
    let server = Server::bind(&note, folder.path()).unwrap();
    let serving = tokio::spawn(server.serve(handle));
    let asked = note.clone();
    tokio::task::spawn_blocking(move || {
        let (exit, out, _) = ctl(&asked, &["status"]);
        assert_eq!(exit, Exit::Done);
        let status: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(status["accounts"], json!([]));
        assert_eq!(ctl(&asked, &["call", "to=bob@example.com"]).1, "{\"call\":\"c3\"}\n");
        let (exit, _, err) = ctl(&asked, &["hangup", "call=c3"]);
        assert_eq!(exit, Exit::Failed);
        let error: Value = serde_json::from_str(&err).unwrap();
        assert_eq!(error["code"], -32000);
        assert_eq!(error["data"], json!({ "kind": "choose", "choices": [{ "id": "a", "label": "Work" }] }));
        assert_eq!(ctl(&asked, &["fly"]).0, Exit::Failed);
        assert_eq!(ctl(&asked, &["call", "bob"]).0, Exit::Usage);
        assert_eq!(ctl(&asked, &[]).0, Exit::Usage);
        let long = format!("to={}", "x".repeat(70_000));
        assert_eq!(ctl(&asked, &["call", &long]).0, Exit::Failed, "a request has at most 64 KiB");
    })
    .await
    .unwrap();

    let watched = note.clone();
    let watching = tokio::task::spawn_blocking(move || ctl(&watched, &["watch"]));
    while notices.receiver_count() == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    notices.send(Notice { seq: 9, body: NoticeBody::Problem("no sound".into()) }).unwrap();
    notices.send(Notice { seq: 10, body: NoticeBody::Quit }).unwrap();
    let (exit, out, _) = watching.await.unwrap();
    assert_eq!(exit, Exit::Done);
    assert_eq!(
        out,
        "{\"data\":{\"text\":\"no sound\"},\"notice\":\"problem\",\"seq\":9}\n{\"data\":{},\"notice\":\"quit\",\"seq\":10}\n"
    );
    serving.abort();
    assert!(serving.await.unwrap_err().is_cancelled());
    assert!(!note.exists(), "nothing stays behind");
}
