//! Whole calls between two of our user agents through a real Kamailio, signalling only.

use std::time::Instant;

use tandem::model::{CallId, EndedBy, SipUri};
use tandem::sip::{Anonymity, Callee, Command, Event, Session, TransportChoice};

use super::voice::{Agent, Voice};
use crate::real::DOMAIN;

const OFFER: &str =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
const ANSWER: &str =
    "v=0\r\no=- 2 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n";
const CALL: CallId = CallId(7);

async fn pair(voice: &Voice, choice: TransportChoice) -> (Agent, Agent) {
    let mut alice = voice.good::<Session>("alice", choice);
    let mut bob = voice.good::<Session>("bob", choice);
    alice.command(Command::Register).await;
    bob.command(Command::Register).await;
    alice.registered().await;
    bob.registered().await;
    (alice, bob)
}

fn call_bob() -> Command {
    Command::Invite {
        call: CALL,
        to: Callee { uri: SipUri::parse(&format!("sip:bob@{DOMAIN}")).unwrap(), display: Some("Bob".to_owned()) },
        offer: OFFER.into(),
        call_info: Some("alice@tandem.example".parse().unwrap()),
        anonymity: Anonymity::Named,
        referral: None,
    }
}

/// Bob's name for the call, and whether it names its caller as it should.
async fn rings(bob: &mut Agent) -> CallId {
    bob.event("a call", |event| match event {
        Event::Incoming(incoming) => {
            assert_eq!(incoming.offer.as_deref(), Some(OFFER));
            assert_eq!(incoming.identity.asserted.first().map(|one| &*one.uri), Some("sip:alice@tandem.example"));
            assert_eq!(incoming.identity.call_info.as_ref().map(|jid| jid.as_str()), Some("alice@tandem.example"));
            Some(incoming.call)
        }
        _ => None,
    })
    .await
}

/// Alice offers a change, and bob takes it.
async fn change(alice: &mut Agent, bob: &mut Agent, call: CallId) {
    alice.command(Command::Offer { call: CALL, sdp: OFFER.into() }).await;
    bob.event("a change", |event| matches!(event, Event::OfferReceived { .. }).then_some(())).await;
    bob.command(Command::AnswerOffer { call, result: Ok(ANSWER.into()) }).await;
    alice.event("the change", |event| matches!(event, Event::OfferAnswered { .. }).then_some(())).await;
}

async fn ended(agent: &mut Agent) -> (u16, EndedBy) {
    agent
        .event("the end", |event| match event {
            Event::Ended { end, .. } => Some((end.code, end.by)),
            _ => None,
        })
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_answered_held_and_ended_over_each_transport() {
    let voice = Voice::start("SHA-256");
    for choice in [TransportChoice::Udp, TransportChoice::Tcp, TransportChoice::Tls] {
        let (mut alice, mut bob) = pair(&voice, choice).await;
        let started = Instant::now();
        alice.command(call_bob()).await;
        let call = rings(&mut bob).await;
        bob.command(Command::Ring { call, answer: None }).await;
        alice.progress(180).await;
        bob.command(Command::Answer { call, sdp: ANSWER.into() }).await;
        let sdp = alice
            .event("an answer", |event| match event {
                Event::Answered { sdp, .. } => Some(sdp.clone()),
                _ => None,
            })
            .await;
        assert_eq!(sdp.as_deref(), Some(ANSWER));
        bob.event("the ACK", |event| matches!(event, Event::Confirmed { .. }).then_some(())).await;
        eprintln!("{choice:?}: answered and acknowledged after {:?}", started.elapsed());
        change(&mut alice, &mut bob, call).await;
        // A new flow takes the dialog over, and the call goes on, both ways.
        alice.command(Command::Unregister).await;
        alice.event("gone", |event| matches!(event, Event::Unregistered { retry_at: None, .. }).then_some(())).await;
        alice.command(Command::Register).await;
        alice.registered().await;
        change(&mut alice, &mut bob, call).await;
        bob.command(Command::Hangup { call }).await;
        assert_eq!(ended(&mut bob).await, (0, EndedBy::Local));
        assert_eq!(ended(&mut alice).await, (0, EndedBy::Remote));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_declined_cancelled_and_refused_for_nobody() {
    let voice = Voice::start("MD5");
    for choice in [TransportChoice::Udp, TransportChoice::Tls] {
        let (mut alice, mut bob) = pair(&voice, choice).await;
        alice.command(call_bob()).await;
        let call = rings(&mut bob).await;
        bob.command(Command::Ring { call, answer: None }).await;
        bob.command(Command::Reject { call, code: 603 }).await;
        assert_eq!(ended(&mut alice).await, (603, EndedBy::Remote));
        ended(&mut bob).await;
        alice.command(call_bob()).await;
        let call = rings(&mut bob).await;
        bob.command(Command::Ring { call, answer: None }).await;
        alice.progress(180).await;
        alice.command(Command::Hangup { call: CALL }).await;
        assert_eq!(ended(&mut alice).await.1, EndedBy::Local);
        assert_eq!(ended(&mut bob).await.1, EndedBy::Remote);
        bob.command(Command::Unregister).await;
        bob.event("gone", |event| matches!(event, Event::Unregistered { .. }).then_some(())).await;
        let Command::Invite { to, offer, call_info, anonymity, .. } = call_bob() else { unreachable!() };
        alice.command(Command::Invite { call: CallId(8), to, offer, call_info, anonymity, referral: None }).await;
        assert_eq!(ended(&mut alice).await.0, 480);
    }
}
