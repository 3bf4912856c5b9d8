//! The socket, its files, bad lines, limits, and the client of the command line.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;

use serde_json::{Map, Value, json};
use tandem::control::client::{self, DONE, FAILED, NOT_RUNNING};
use tandem::control::command_line::Command;
use tandem::control::server::MOST_CONNECTIONS;
use tandem::control::{ClientError, serve};
use tandem::platform::Profile;

use crate::fixtures;
use crate::program::{Client, Program};

/// Bytes of the longest request.
const LIMIT: usize = 64 * 1024;

#[test]
fn the_socket_is_private_and_short_and_goes_with_the_program() {
    let mut program = Program::start();
    let socket = program.socket();
    assert!(socket.as_os_str().len() < 104, "{socket:?}");
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(&program.profile.control_path).unwrap().permissions().mode() & 0o777, 0o600);
    program.shutdown();
    assert!(!socket.exists());
    assert!(!program.profile.control_path.exists());

    let program = Program::start();
    let socket = program.socket();
    let Program { server, profile, folder: _folder, .. } = program;
    drop(server);
    assert!(!socket.exists() && !profile.control_path.exists());
}

#[test]
fn a_second_instance_of_the_profile_finds_the_first_one() {
    let program = Program::start();
    let _inside = program.runtime.enter();
    let error = serve(program.handle.clone(), &program.profile).err().unwrap();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    // Another profile beside it is another instance.
    let other = Profile::in_folder(&program.folder.path().join("other"));
    let second = serve(program.handle.clone(), &other).unwrap();
    let mut client = Client::connect(fs::read_to_string(&other.control_path).unwrap().trim().as_ref());
    assert_eq!(client.result("raise", json!({})), json!({}));
    drop(second);
    assert_eq!(program.connect().result("raise", json!({})), json!({}));
}

#[test]
fn what_a_dead_instance_left_is_replaced() {
    let mut program = Program::start();
    let socket = program.socket();
    program.shutdown();
    let elsewhere = program.folder.path().join("old.sock");
    for left in [&socket, &elsewhere] {
        drop(UnixListener::bind(left).unwrap());
        fs::write(&program.profile.control_path, format!("{}\n", left.display())).unwrap();
        assert_eq!(client::request(&program.profile, "status", Map::new()), Err(ClientError::NotRunning));
        let server = {
            let _inside = program.runtime.enter();
            serve(program.handle.clone(), &program.profile).unwrap()
        };
        assert_eq!(program.connect().result("raise", json!({})), json!({}));
        drop(server);
        assert!(!left.exists(), "{left:?}");
    }
}

#[test]
fn garbage_is_answered_and_the_connection_goes_on() {
    let program = Program::start();
    let mut client = program.connect();
    for (line, code, id) in [
        ("hello", -32700, Value::Null),
        ("{\"jsonrpc\":\"2.0\",", -32700, Value::Null),
        ("\u{0}", -32700, Value::Null),
        (&"[".repeat(60_000), -32700, Value::Null),
        ("[]", -32600, Value::Null),
        ("42", -32600, Value::Null),
        ("{}", -32600, Value::Null),
        (r#"{"id":5,"method":"status"}"#, -32600, json!(5)),
        (r#"{"jsonrpc":"1.0","id":"a","method":"status"}"#, -32600, json!("a")),
        (r#"{"jsonrpc":"2.0","id":6}"#, -32600, json!(6)),
        (r#"{"jsonrpc":"2.0","id":{},"method":"status"}"#, -32600, Value::Null),
        (r#"{"jsonrpc":"2.0","id":7,"method":7}"#, -32600, json!(7)),
        (r#"{"jsonrpc":"2.0","id":8,"method":"calls","params":[true]}"#, -32602, json!(8)),
    ] {
        let reply = client.exchange(line);
        let shown: String = line.chars().take(60).collect();
        assert_eq!((&reply["error"]["code"], &reply["id"]), (&json!(code), &id), "{shown}");
    }
    client.send(b"\xff\xfe\n");
    assert_eq!(client.line()["error"]["code"], -32700);
    // Empty lines and notifications (JSON-RPC 2.0 section 4.1) have no reply.
    client.send(b"\n\r\n{\"jsonrpc\":\"2.0\",\"method\":\"raise\"}\n");
    assert_eq!(client.result("calls", json!({})), json!([fixtures::call_json()]));
}

#[test]
fn a_request_has_64_kib_and_not_one_byte_more() {
    let program = Program::start();
    let mut client = program.connect();
    let request = |bytes: usize| {
        let shell = json!({ "jsonrpc": "2.0", "id": 1, "method": "open", "params": { "uri": "" } }).to_string();
        shell.replace("\"uri\":\"\"", &format!("\"uri\":\"{}\"", "x".repeat(bytes - shell.len())))
    };
    assert_eq!(request(LIMIT).len(), LIMIT);
    assert_eq!(client.exchange(&request(LIMIT))["result"], json!({}));
    let refused = client.exchange(&request(LIMIT + 1));
    assert_eq!((&refused["error"]["code"], &refused["id"]), (&json!(-32600), &Value::Null));
    // Told once, however much follows; the next line is read again.
    for _ in 0..40 {
        client.send(&[b'x'; LIMIT]);
    }
    assert_eq!(client.exchange("")["error"]["code"], -32600);
    assert_eq!(client.result("raise", json!({})), json!({}));
}

#[test]
fn requests_sent_at_once_are_answered_in_order_and_the_last_line_needs_no_end() {
    let program = Program::start();
    let mut client = program.connect();
    let lines: Vec<String> = (0..50)
        .map(|id| {
            json!({ "jsonrpc": "2.0", "id": id, "method": if id % 2 == 0 { "calls" } else { "raise" } }).to_string()
        })
        .collect();
    client.send(lines.join("\n").as_bytes());
    client.stream.shutdown(std::net::Shutdown::Write).unwrap();
    for id in 0..50 {
        assert_eq!(client.line()["id"], id);
    }
    assert_eq!(client.line(), Value::Null);
}

#[test]
fn too_many_connections_are_turned_away_with_a_reason_and_come_back_later() {
    let program = Program::start();
    let mut clients: Vec<Client> = (0..MOST_CONNECTIONS).map(|_| program.connect()).collect();
    for client in &mut clients {
        client.result("raise", json!({}));
    }
    let mut extra = program.connect();
    assert_eq!(extra.line()["error"]["data"]["kind"], "not-allowed");
    assert_eq!(extra.line(), Value::Null);
    let refused = client::request(&program.profile, "status", Map::new()).unwrap_err();
    assert_eq!(refused.to_json()["data"]["kind"], "not-allowed");
    drop(clients);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while client::request(&program.profile, "raise", Map::new()).is_err() {
        assert!(std::time::Instant::now() < deadline, "room comes back");
        std::thread::yield_now();
    }
}

fn printed(run: impl FnOnce(&mut Vec<u8>, &mut Vec<u8>) -> u8) -> (u8, String, String) {
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    let status = run(&mut out, &mut errors);
    (status, String::from_utf8(out).unwrap(), String::from_utf8(errors).unwrap())
}

#[test]
fn the_command_line_prints_one_line_and_ends_with_the_status_of_the_manual() {
    let mut program = Program::start();
    let profile = program.profile.clone();
    let params = |to: &str| Map::from_iter([("to".to_owned(), Value::from(to))]);

    let (status, out, errors) =
        printed(|out, errors| client::run_ctl(&profile, "call", params("bob@x.example"), out, errors));
    assert_eq!((status, out.as_str(), errors.as_str()), (DONE, "{\"call\":\"c7\"}\n", ""));

    let (status, out, errors) = printed(|out, errors| client::run_ctl(&profile, "call", params("choose"), out, errors));
    assert_eq!((status, out.as_str(), errors.lines().count()), (FAILED, "", 1));
    let error: Value = serde_json::from_str(&errors).unwrap();
    assert_eq!((&error["code"], &error["data"]["kind"]), (&json!(-32000), &json!("choose")));

    program.shutdown();
    let (status, out, errors) = printed(|out, errors| client::run_ctl(&profile, "status", Map::new(), out, errors));
    assert_eq!((status, out.as_str(), errors.lines().count()), (NOT_RUNNING, "", 1));
    assert_eq!(serde_json::from_str::<Value>(&errors).unwrap()["data"]["kind"], "not-running");
    assert_eq!(printed(|out, errors| client::run_watch(&profile, out, errors)).0, NOT_RUNNING);
}

#[test]
fn watching_prints_notices_and_nothing_else_until_the_program_ends() {
    let mut program = Program::start();
    let profile = program.profile.clone();
    let watching = std::thread::spawn(move || printed(|out, errors| client::run_watch(&profile, out, errors)));
    // The reply to `watch` is on its way once a notice has a listener.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !program.is_watched() {
        assert!(std::time::Instant::now() < deadline, "somebody watches");
        std::thread::yield_now();
    }
    program.notify(1, tandem::account::NoticeBody::Problem("Oh.".into()));
    program.notify(2, tandem::account::NoticeBody::Quit);
    program.shutdown();
    let (status, out, errors) = watching.join().unwrap();
    assert_eq!((status, errors.as_str()), (DONE, ""));
    let notices: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        notices,
        [
            json!({ "seq": 1, "notice": "problem", "data": { "text": "Oh." } }),
            json!({ "seq": 2, "notice": "quit", "data": {} }),
        ]
    );
}

#[test]
fn a_second_start_hands_over_what_it_was_told_and_a_first_one_starts() {
    let mut program = Program::start();
    for (command, expected) in [
        (Command::Open, "Raise(None)"),
        (Command::Uri("tel:+1".into()), "OpenUri(\"tel:+1\")"),
        (
            Command::Call("0301".into()),
            "Call { to: Text(\"0301\"), account: None, via: None, confirm: false, video: false, anonymous: None }",
        ),
    ] {
        client::hand_over(&program.profile, &command).unwrap().unwrap();
        assert_eq!(program.last_request(), expected);
    }
    client::hand_over(&program.profile, &Command::Chat("bob@example.com".into())).unwrap().unwrap();
    assert!(program.last_request().starts_with("Raise(Some("));
    assert!(client::hand_over(&program.profile, &Command::Headless).is_none());
    program.shutdown();
    assert!(client::hand_over(&program.profile, &Command::Open).is_none());
}
