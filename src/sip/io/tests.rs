use std::collections::HashMap as Map;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

use super::*;
use crate::model::{SipUri, Transport};
use crate::sip::boundary::TransportChoice;
use crate::sip::locate::Target;
use crate::sip::registration::OpenError;
use crate::sip::stack::{Message, Response, parse_datagram};
use crate::sip::usage::{CallInput, CallOutput, IncomingInvite, LocalParty, OutgoingInvite};

/// A call that does nothing: these tests are about the shell.
struct Mute;

impl CallMachine for Mute {
    fn outgoing(_: OutgoingInvite, _: LocalParty, _: [u8; 32], _: Now) -> Self {
        Self
    }
    fn incoming(_: IncomingInvite, _: LocalParty, _: [u8; 32], _: Now) -> Self {
        Self
    }
    fn call_id(&self) -> &str {
        "mute"
    }
    fn is_over(&self) -> bool {
        false
    }
    fn handle_input(&mut self, _: CallInput, _: Now) {}
    fn handle_timeout(&mut self, _: Now) {}
    fn poll_output(&mut self) -> Option<CallOutput> {
        None
    }
    fn poll_timeout(&self) -> Option<BootTime> {
        None
    }
}

fn agent(server: SocketAddr, transport: TransportChoice) -> (mpsc::Sender<Command>, mpsc::Receiver<Event>) {
    let config = Config {
        aor: SipUri::parse("sip:alice@example.com").expect("valid"),
        auth_user: None,
        display_name: None,
        outbound_proxy: Some(SipUri::parse(&format!("sip:{server}")).expect("valid")),
        transport,
        only_tls: false,
        realm: None,
        allow_md5: true,
        expires: 300,
        instance: "urn:uuid:00000000-0000-4000-8000-000000000001".to_owned(),
        messages: Default::default(),
    };
    let resolver = Resolver::new(Some("127.0.0.1:1".parse().expect("an address")));
    spawn_with::<Mute>(config, &Secret::new("secret"), resolver, Trust::default(), [5; 32])
}

fn ok(bytes: &[u8]) -> Bytes {
    let Ok(Message::Request(request)) = parse_datagram(Bytes::copy_from_slice(bytes)) else { panic!("a request") };
    let contact = request.headers.contact().expect("a Contact");
    Response::to(&request, 200, Some("r")).with("Contact", contact.to_string()).to_bytes()
}

async fn event(events: &mut mpsc::Receiver<Event>, wanted: impl Fn(&Event) -> bool) -> Event {
    let found = async {
        loop {
            let event = events.recv().await.expect("the agent lives");
            if wanted(&event) {
                return event;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), found).await.expect("in time")
}

#[tokio::test]
async fn over_udp_it_registers_on_both_families_and_says_good_bye_when_its_owner_leaves() {
    for home in ["127.0.0.1:0", "[::1]:0"] {
        let server = UdpSocket::bind(home).await.expect("loopback");
        let (commands, mut events) = agent(server.local_addr().expect("bound"), TransportChoice::Udp);
        commands.send(Command::Register).await.expect("alive");
        let mut buffer = [0; 4096];
        let (length, from) = server.recv_from(&mut buffer).await.expect("a REGISTER");
        assert!(buffer[..length].starts_with(b"REGISTER sip:example.com SIP/2.0\r\n"));
        server.send_to(&ok(&buffer[..length]), from).await.expect("sent");
        event(&mut events, |event| matches!(event, Event::Registered { local, .. } if *local == from)).await;
        drop(commands);
        let (length, from) = server.recv_from(&mut buffer).await.expect("a farewell");
        assert!(String::from_utf8_lossy(&buffer[..length]).contains("expires=0"));
        server.send_to(&ok(&buffer[..length]), from).await.expect("sent");
        let ended =
            tokio::time::timeout(Duration::from_secs(5), async { while events.recv().await.is_some() {} }).await;
        assert!(ended.is_ok(), "the task ends");
    }
}

#[tokio::test]
async fn s23_a_stream_without_content_length_is_answered_and_closed_and_built_anew() {
    let server = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let (commands, mut events) = agent(server.local_addr().expect("bound"), TransportChoice::Tcp);
    commands.send(Command::Register).await.expect("alive");
    let (mut stream, _) = server.accept().await.expect("a connection");
    let mut buffer = [0; 4096];
    let length = stream.read(&mut buffer).await.expect("a REGISTER");
    // S25: a keep-alive in front of the answer, in pieces.
    stream.write_all(b"\r").await.expect("sent");
    stream.write_all(b"\n\r\n").await.expect("sent");
    stream.write_all(&ok(&buffer[..length])).await.expect("sent");
    event(&mut events, |event| matches!(event, Event::Registered { .. })).await;
    stream
        .write_all(
            b"OPTIONS sip:a@b.example SIP/2.0\r\nVia: SIP/2.0/TCP h.example;branch=z9hG4bKx\r\nTo: <sip:a@b.example>\r\n\
              From: <sip:c@d.example>;tag=1\r\nCall-ID: x@y\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n\r\n",
        )
        .await
        .expect("sent");
    let mut rest = Vec::new();
    let end = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut rest)).await;
    assert!(end.is_ok(), "it is closed");
    let rest = String::from_utf8_lossy(&rest);
    assert!(rest.starts_with("\r\nSIP/2.0 400 "), "the pong and the refusal: {rest}");
    event(&mut events, |event| matches!(event, Event::Unregistered { retry_at: Some(_), .. })).await;
    let again = tokio::time::timeout(Duration::from_secs(5), server.accept()).await;
    assert!(again.is_ok_and(|accepted| accepted.is_ok()), "it comes back");
    drop(commands);
}

#[tokio::test]
async fn s41_a_handshake_that_stalls_and_a_port_where_nobody_listens_end_with_their_reasons() {
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let address = closed.local_addr().expect("bound");
    drop(closed);
    let deaf = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let opener = flow::Opener::new(Trust::default(), Duration::from_millis(300));
    let (inputs, mut from_flows) = mpsc::channel(8);
    let mut queues = Vec::new();
    for (id, address) in [(1, address), (2, deaf.local_addr().expect("bound"))] {
        let (queue, outgoing) = mpsc::channel(1);
        queues.push(queue);
        let target = Target { transport: Transport::Tls, address, domain: "example.com".to_owned() };
        opener.spawn(FlowId(id), target, outgoing, inputs.clone());
    }
    let mut ended = Map::new();
    while ended.len() < 2 {
        let next = tokio::time::timeout(Duration::from_secs(12), from_flows.recv()).await.expect("within the limit");
        let Some((flow, FlowInput::Failed(error))) = next else { panic!("{next:?}") };
        ended.insert(flow.0, error);
    }
    assert_eq!((&ended[&1], &ended[&2]), (&OpenError::Unreachable, &OpenError::Timeout));
}

#[tokio::test]
async fn s01_on_the_wire_only_the_proxy_is_answered() {
    let server = UdpSocket::bind("127.0.0.1:0").await.expect("loopback");
    let stranger = UdpSocket::bind("127.0.0.2:0").await.expect("loopback");
    let (commands, mut events) = agent(server.local_addr().expect("bound"), TransportChoice::Udp);
    commands.send(Command::Register).await.expect("alive");
    let mut buffer = [0; 4096];
    let (length, phone) = server.recv_from(&mut buffer).await.expect("a REGISTER");
    let Ok(Message::Request(register)) = parse_datagram(Bytes::copy_from_slice(&buffer[..length])) else {
        panic!("a request")
    };
    server.send_to(&ok(&buffer[..length]), phone).await.expect("sent");
    event(&mut events, |event| matches!(event, Event::Registered { .. })).await;
    let contact = register.headers.contact().expect("a Contact").uri;
    let options = |branch: &str| {
        format!(
            "OPTIONS {contact} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK{branch};rport\r\nTo: <{contact}>\r\n\
             From: <sip:scanner@example.net>;tag=1\r\nCall-ID: {branch}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n\r\n"
        )
    };
    // Even with the right token, broken or not.
    stranger.send_to(options("ghost").as_bytes(), phone).await.expect("sent");
    stranger.send_to(b"INVITE sip:100@1.1.1.1 SIP/2.0\r\n\r\n", phone).await.expect("sent");
    server.send_to(options("proxy").as_bytes(), phone).await.expect("sent");
    let (length, _) = server.recv_from(&mut buffer).await.expect("an answer");
    assert!(buffer[..length].starts_with(b"SIP/2.0 200 "));
    // What came before the answered request was looked at before it: nothing is on its way to the stranger.
    assert!(stranger.try_recv_from(&mut buffer).is_err());
    drop(commands);
}
