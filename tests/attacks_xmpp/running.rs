//! The running account against a scripted server: what it does after a refusal, a loss and in a flood.

use std::time::Duration;

use tandem::net::dns::Resolver;
use tandem::platform::Secret;
use tandem::xmpp::io::spawn;
use tandem::xmpp::{Command, Event};

use super::xmpp_server::*;

/// The next event that `wanted` accepts.
async fn event<T>(events: &mut tokio::sync::mpsc::Receiver<Event>, wanted: impl Fn(Event) -> Option<T>) -> T {
    let search = async {
        loop {
            let event = events.recv().await.expect("the task runs");
            if let Some(found) = wanted(event) {
                return found;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), search).await.expect("the event comes")
}

#[tokio::test]
async fn x48_the_running_account_stops_after_one_refusal_until_the_user_acts() {
    let stage = Stage::new().await;
    let (commands, mut events) =
        spawn(stage.config(), Secret::new("wrong"), Resolver::new(None), stage.trust(), [7; 32]);
    let refuse = async |stage: &Stage| {
        let mut peer = stage.accept().await;
        peer.starttls().await;
        peer.greet(&Script::default().offer).await;
        peer.expect("</auth").await;
        peer.send("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>").await;
        peer.rest().await;
    };
    for _ in 0..2 {
        commands.send(Command::Connect).await.expect("the task runs");
        refuse(&stage).await;
        let failure = event(&mut events, |event| match event {
            Event::Failed(failure) => Some(failure),
            _ => None,
        });
        assert_eq!(&*failure.await.reason.code, "wrong-password");
        assert!(
            !stage.is_called_within(Duration::from_secs(4)).await,
            "the first retry would come within three seconds"
        );
    }
}

#[tokio::test]
async fn a_lost_connection_comes_back_by_itself_with_the_same_key() {
    let stage = Stage::new().await;
    let (commands, mut events) =
        spawn(stage.config(), Secret::new(PASSWORD), Resolver::new(None), stage.trust(), [7; 32]);
    commands.send(Command::Connect).await.expect("the task runs");
    for _ in 0..2 {
        let mut peer = stage.accept().await;
        peer.login().await;
        peer.bind("desk").await;
        let online = event(&mut events, |event| match event {
            Event::Online { bound, .. } => Some(bound),
            _ => None,
        });
        assert_eq!(online.await.resource(), "desk");
        drop(peer);
        event(&mut events, |event| matches!(event, Event::Offline { .. }).then_some(())).await;
    }
    drop(commands);
}

#[tokio::test]
async fn a_flood_waits_at_the_server_while_nobody_takes_the_events() {
    const MOST: usize = 256 << 20;
    let stage = Stage::new().await;
    let (commands, mut events) =
        spawn(stage.config(), Secret::new(PASSWORD), Resolver::new(None), stage.trust(), [7; 32]);
    commands.send(Command::Connect).await.expect("the task runs");
    let mut peer = stage.accept().await;
    peer.login().await;
    peer.bind("desk").await;
    event(&mut events, |event| matches!(event, Event::Online { .. }).then_some(())).await;
    let message =
        format!("<message type='chat' from='romeo@example.org/a'><body>{}</body></message>", "x".repeat(10_000));
    let gone = peer.flood(message.as_bytes(), MOST).await;
    assert!(gone < MOST, "the client took everything and kept it");
    // The task still listens to the user.
    drop(commands);
    assert!(peer.rest().await.contains("</stream:stream>"));
}
