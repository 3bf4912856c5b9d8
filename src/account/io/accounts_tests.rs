use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::config::SecretSource;
use crate::model::SipUri;
use crate::sip::TransportChoice;

const PATIENCE: Duration = Duration::from_secs(10);

fn id() -> AccountId {
    AccountId::new("voice")
}

/// A call server's port; what connects there is answered by the test.
async fn server() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

fn config(server: SocketAddr) -> sip::Config {
    sip::Config {
        aor: SipUri::parse("sip:alice@example.com").expect("valid"),
        auth_user: None,
        display_name: None,
        outbound_proxy: Some(SipUri::parse(&format!("sip:{server}")).expect("valid")),
        transport: TransportChoice::Tcp,
        only_tls: false,
        realm: None,
        allow_md5: true,
        expires: 300,
        instance: "urn:uuid:00000000-0000-4000-8000-000000000001".to_owned(),
        messages: Default::default(),
    }
}

fn start(accounts: &mut Accounts, server: SocketAddr) {
    let secret = SecretRef::Configured(SecretSource::Inline(Secret::new("x".to_owned())));
    accounts.start_voice(id(), config(server), secret, Certificates::default());
    accounts.voice(&id(), sip::Command::Register);
}

fn accounts() -> (Accounts, mpsc::Receiver<Told>) {
    let (inputs, told) = mpsc::channel(64);
    let network = Network { resolver: Some(([127, 0, 0, 1], 1).into()), ..Network::default() };
    (Accounts::new(inputs, network), told)
}

/// One request, and 200 to it with its own Contact.
async fn answer(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    while !text.contains("\r\n\r\n") {
        let mut bytes = vec![0; 4096];
        let read = timeout(PATIENCE, stream.read(&mut bytes)).await.expect("in time").expect("open");
        assert!(read > 0, "the connection ended after {text:?}");
        text.push_str(std::str::from_utf8(&bytes[..read]).expect("text"));
    }
    let kept = ["Via", "From", "To", "Call-ID", "CSeq", "Contact"];
    let lines: Vec<&str> =
        text.lines().filter(|line| kept.iter().any(|name| line.starts_with(&format!("{name}:")))).collect();
    let answer = format!("SIP/2.0 200 OK\r\n{}\r\nContent-Length: 0\r\n\r\n", lines.join("\r\n"));
    stream.write_all(answer.as_bytes()).await.expect("open");
    text
}

#[tokio::test]
async fn what_an_ended_connection_still_says_is_not_heard_as_its_successors() {
    let (mut accounts, mut told) = accounts();
    let (listener, address) = server().await;
    start(&mut accounts, address);
    let first = timeout(PATIENCE, told.recv()).await.expect("in time").expect("an event");
    let (generation, again) = (first.0, first.0);
    assert!(matches!(accounts.current(first), Some(Input::Voice(..))), "it is the account's connection");
    start(&mut accounts, address);
    let late = (again, Input::NoSecret(id(), "late".into()));
    assert!(accounts.current(late).is_none(), "it has a successor");
    let of_the_successor = (generation + 1, Input::NoSecret(id(), "new".into()));
    assert!(accounts.current(of_the_successor).is_some());
    accounts.stop(&id());
    let after = (generation + 1, Input::NoSecret(id(), "gone".into()));
    assert!(accounts.current(after).is_none(), "nobody has this name any more");
    let stranger = (generation, Input::NoSecret(AccountId::new("other"), "x".into()));
    assert!(accounts.current(stranger).is_none());
    drop(listener);
}

#[tokio::test]
async fn the_next_connection_of_an_account_begins_after_the_goodbye_of_the_last_one() {
    let (mut accounts, _told) = accounts();
    let (listener, address) = server().await;
    start(&mut accounts, address);
    let (mut first, _) = timeout(PATIENCE, listener.accept()).await.expect("in time").expect("a connection");
    let registered = answer(&mut first).await;
    assert!(registered.starts_with("REGISTER ") && !registered.contains("Expires: 0"), "{registered}");
    // Started anew: the registration is removed first, on the connection that it was made on.
    start(&mut accounts, address);
    let early = timeout(Duration::from_millis(300), listener.accept()).await;
    assert!(early.is_err(), "not before the old one has said goodbye");
    let farewell = answer(&mut first).await;
    assert!(farewell.contains("Expires: 0") || farewell.contains("expires=0"), "{farewell}");
    let (mut second, _) = timeout(PATIENCE, listener.accept()).await.expect("in time").expect("a connection");
    let registered = answer(&mut second).await;
    assert!(registered.starts_with("REGISTER "), "{registered}");
    // The end waits for its goodbye, and no longer than a goodbye may take.
    let begun = Instant::now();
    let (ended, farewell) = tokio::join!(accounts.stop_all(), answer(&mut second));
    let () = ended;
    assert!(farewell.starts_with("REGISTER ") && begun.elapsed() < FAREWELL, "{farewell}");
}

#[tokio::test]
async fn a_server_that_takes_no_goodbye_holds_the_end_up_for_no_longer_than_that() {
    let (mut accounts, _told) = accounts();
    let (listener, address) = server().await;
    start(&mut accounts, address);
    let (mut stream, _) = timeout(PATIENCE, listener.accept()).await.expect("in time").expect("a connection");
    answer(&mut stream).await;
    let begun = Instant::now();
    accounts.stop_all().await;
    assert!(begun.elapsed() < FAREWELL + Duration::from_secs(2), "{:?}", begun.elapsed());
}

/// Starts an account whose task takes one command and then meets a defect; answers when it did so.
async fn start_breaking(accounts: &mut Accounts) -> Instant {
    let (ran, runs) = tokio::sync::oneshot::channel();
    let given = SecretRef::Given(Secret::new("x".to_owned()));
    let breaks = move |_, _, _, _| {
        let (commands, mut taken) = mpsc::channel::<sip::Command>(4);
        let (events, heard) = mpsc::channel::<sip::Event>(4);
        tokio::spawn(async move {
            let _events = events;
            let _ = ran.send(Instant::now());
            taken.recv().await;
            panic!("a defect for the test");
        });
        (commands, heard)
    };
    let running = accounts.start(&id(), String::new(), given, Certificates::default(), breaks, Input::Voice);
    accounts.voices.insert(id(), running);
    accounts.voice(&id(), sip::Command::Register);
    runs.await.expect("it ran")
}

#[tokio::test]
async fn f30_a_task_that_meets_a_defect_is_told_of_and_waits_longer_each_time_before_it_begins_again() {
    let (mut accounts, mut told) = accounts();
    let mut ended = Instant::now();
    for pause in [0, 1, 2] {
        let began = start_breaking(&mut accounts).await;
        assert!(began - ended >= Duration::from_secs(pause), "{:?} after defect {pause}", began - ended);
        let news = timeout(PATIENCE, told.recv()).await.expect("in time").expect("the account lives");
        ended = Instant::now();
        let news = accounts.current(news);
        assert!(matches!(&news, Some(Input::Broke(broken)) if *broken == id()), "{news:?}");
    }
    // What the manager ends itself is no defect.
    let ends = |_, _, _, _| (mpsc::channel::<sip::Command>(4).0, mpsc::channel::<sip::Event>(4).1);
    accounts.defects.clear();
    let given = SecretRef::Given(Secret::new("x".to_owned()));
    let running = accounts.start(&id(), String::new(), given, Certificates::default(), ends, Input::Voice);
    accounts.voices.insert(id(), running);
    accounts.stop(&id());
    accounts.stop_all().await;
    if let Some(news) = told.recv().await {
        panic!("{news:?}");
    }
}
