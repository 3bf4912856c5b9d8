//! The user agent against a real Kamailio, over each transport.

use std::collections::VecDeque;
use std::time::Instant;

use tandem::model::{BootTime, CallId, Certificate, Now, SipUri, TlsVersion, Transport};
use tandem::sip::stack::{Method, NameAddr, Request, Response};
use tandem::sip::{
    Anonymity, CallInput, CallMachine, CallOutput, Callee, Command, Event, Incoming, IncomingInvite, LocalParty,
    OutgoingInvite, RequestKey, TransportChoice,
};

use super::voice::Voice;
use crate::real::authority::Authority;
use crate::real::{DOMAIN, password};

/// A phone that rings and is busy after all; and one that calls it.
struct Busy {
    call: CallId,
    call_id: String,
    outputs: VecDeque<CallOutput>,
}

impl CallMachine for Busy {
    fn outgoing(invite: OutgoingInvite, local: LocalParty, _: [u8; 32], _: Now) -> Self {
        let uri = invite.to.uri.to_string();
        let call_id = format!("test-{}-{}", invite.call.0, local.contact.uri);
        let request = Request::new(Method::Invite, &uri)
            .with("From", local.address.with_tag("caller").to_string())
            .with("To", NameAddr::new(&uri).to_string())
            .with("Call-ID", call_id.clone())
            .with("CSeq", "1 INVITE")
            .with("Contact", local.contact.to_string())
            .with_body("application/sdp", invite.offer.as_bytes().to_vec());
        Self { call: invite.call, call_id, outputs: VecDeque::from([CallOutput::Send { key: RequestKey(1), request }]) }
    }

    fn incoming(invite: IncomingInvite, _: LocalParty, _: [u8; 32], _: Now) -> Self {
        let call_id = invite.request.headers.call_id().unwrap_or_default().to_owned();
        let respond = |code| CallOutput::Respond {
            server: invite.server,
            response: Response::to(&invite.request, code, Some("busy")),
        };
        let incoming = Incoming {
            call: invite.call,
            identity: invite.identity.clone(),
            offer: None,
            note: None,
            about: Default::default(),
        };
        let outputs =
            VecDeque::from([respond(180), CallOutput::Event(Event::Incoming(Box::new(incoming))), respond(486)]);
        Self { call: invite.call, call_id, outputs }
    }

    fn call_id(&self) -> &str {
        &self.call_id
    }

    fn is_over(&self) -> bool {
        false
    }

    fn handle_input(&mut self, input: CallInput, _: Now) {
        if let CallInput::Response { response, .. } = input {
            let event = Event::Progress {
                call: self.call,
                code: response.code,
                text: None,
                fork: tandem::sip::ForkId(0),
                sdp: None,
            };
            self.outputs.push_back(CallOutput::Event(event));
        }
    }

    fn handle_timeout(&mut self, _: Now) {}

    fn poll_output(&mut self) -> Option<CallOutput> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<BootTime> {
        None
    }
}

fn call_bob() -> Command {
    Command::Invite {
        call: CallId(7),
        to: Callee { uri: SipUri::parse(&format!("sip:bob@{DOMAIN}")).unwrap(), display: None },
        offer: "v=0\r\n".into(),
        call_info: None,
        anonymity: Anonymity::Named,
        referral: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alice_registers_and_calls_over_each_transport_and_the_best_one_is_found() {
    for algorithm in ["MD5", "SHA-256"] {
        let voice = Voice::start(algorithm);
        for (choice, transport) in [
            (TransportChoice::Udp, Transport::Udp),
            (TransportChoice::Tcp, Transport::Tcp),
            (TransportChoice::Tls, Transport::Tls),
            (TransportChoice::Auto, Transport::Tls),
        ] {
            let mut alice = voice.good::<Busy>("alice", choice);
            let mut bob = voice.good::<Busy>("bob", choice);
            let started = Instant::now();
            alice.command(Command::Register).await;
            bob.command(Command::Register).await;
            let security = alice.registered().await;
            eprintln!("{algorithm} {choice:?}: registered after {:?}", started.elapsed());
            assert_eq!((security.transport, &*security.auth), (transport, &*format!("digest-{algorithm}")));
            if transport == Transport::Tls {
                assert_eq!((security.tls, security.certificate), (Some(TlsVersion::V13), Certificate::Verified));
            }
            bob.registered().await;
            let called = Instant::now();
            alice.command(call_bob()).await;
            let identity = bob
                .event("a call", |event| match event {
                    Event::Incoming(incoming) => Some(incoming.identity.clone()),
                    _ => None,
                })
                .await;
            assert_eq!(identity.asserted.first().map(|one| &*one.uri), Some("sip:alice@tandem.example"));
            assert!(identity.from_own_domain);
            alice.progress(180).await;
            eprintln!("{algorithm} {choice:?}: rings after {:?}", called.elapsed());
            alice.progress(486).await;
            alice.command(Command::Unregister).await;
            bob.command(Command::Unregister).await;
            for agent in [&mut alice, &mut bob] {
                agent
                    .event("gone", |event| matches!(event, Event::Unregistered { retry_at: None, .. }).then_some(()))
                    .await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_only_the_user_can_mend_is_told_once_with_its_reason() {
    let voice = Voice::start("SHA-256");
    let stranger = Authority::new(&voice.folder.path().join("kamailio"));
    for (secret, ca, transport, expected) in [
        ("wrong".to_owned(), &voice.authority.ca_file, TransportChoice::Udp, "wrong-password"),
        (password("alice"), &stranger.ca_file, TransportChoice::Tls, "certificate"),
    ] {
        let mut alice = voice.agent::<Busy>("alice", transport, &secret, ca);
        alice.command(Command::Register).await;
        let code = alice
            .event("given up", |event| match event {
                Event::Failed(failure) => Some(failure.reason.code.clone()),
                _ => None,
            })
            .await;
        assert_eq!(&*code, expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_dies_and_comes_back_is_found_again() {
    let mut voice = Voice::start("MD5");
    let mut alice = voice.good::<Busy>("alice", TransportChoice::Tls);
    alice.command(Command::Register).await;
    alice.registered().await;
    voice.server.kill();
    alice.event("lost", |event| matches!(event, Event::Unregistered { retry_at: Some(_), .. }).then_some(())).await;
    voice.server.restart();
    alice.registered().await;
    alice.command(Command::Unregister).await;
    alice.event("gone", |event| matches!(event, Event::Unregistered { retry_at: None, .. }).then_some(())).await;
    alice.command(Command::Register).await;
    alice.registered().await;
}
