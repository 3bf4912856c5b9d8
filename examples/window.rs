//! The real window with made-up people and a manager that only pretends: for looking and for trying the keyboard.
//!
//! `cargo run --features gui-test --example window [dark|setup|ring|crowd]`

#![allow(dead_code, missing_docs, clippy::unwrap_used, reason = "literals for looking at, shared with the tests")]

#[path = "../tests/gui/world.rs"]
mod world;

use std::sync::Arc;
use std::time::Duration;

use tandem::account::{CallTo, Conversation, Handle, Refusal, Reply, Request, SetUpState, Snapshot};
use tandem::gui::{self, Options};
use tandem::model::{CallEnd, CallId, CallState, Delivery, Direction, EndedBy, MessageId, Meters, Presence, Show};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use world::*;

type Asked = (Request, oneshot::Sender<Result<Reply, Refusal>>);

struct Pretender {
    snapshot: Snapshot,
    messages: Vec<tandem::model::Message>,
    out: watch::Sender<Arc<Snapshot>>,
}

impl Pretender {
    fn publish(&mut self) {
        self.snapshot.revision += 1;
        self.out.send_replace(Arc::new(self.snapshot.clone()));
    }

    fn calls(&mut self, change: impl FnOnce(&mut Vec<tandem::model::Call>)) {
        let mut calls = self.snapshot.calls.to_vec();
        change(&mut calls);
        self.snapshot.calls = calls.into();
        self.publish();
    }

    fn state(&mut self, id: CallId, state: CallState) {
        let boot = tandem::platform::now().boot;
        self.calls(|calls| {
            for call in calls.iter_mut().filter(|call| call.id == id) {
                let template = world::call(id.0, call.direction, CallState::Active);
                call.state = state;
                call.media = template.media;
                call.answered = template.answered;
                call.answered_boot = call.answered_boot.or(Some(boot));
            }
        });
    }

    fn end(&mut self, id: CallId) {
        self.calls(|calls| {
            for call in calls.iter_mut().filter(|call| call.id == id) {
                call.state = CallState::Ended;
                call.end = Some(CallEnd { code: "hangup".into(), text: "You hung up.".into(), by: EndedBy::Local });
            }
        });
    }

    fn answer(&mut self, request: Request) -> Reply {
        match request {
            Request::Messages { with, .. } if with == jid("bob@example.com") => {
                return Reply::Messages(self.messages.clone());
            }
            Request::Messages { .. } => return Reply::Messages(Vec::new()),
            Request::History { .. } => return Reply::History(Vec::new()),
            Request::Send { to, body } => {
                let mut message = said(to.as_str(), 0, true, "2026-11-22T14:06:00Z", &body, Delivery::Sent);
                message.time = tandem::platform::now().wall;
                message.id = MessageId(format!("n{}", self.messages.len()).into());
                self.messages.push(message.clone());
                let mut talks: Vec<Conversation> = self.snapshot.conversations.to_vec();
                for talk in talks.iter_mut().filter(|talk| talk.with == to) {
                    talk.last = message.clone();
                    talk.revision += 1;
                }
                self.snapshot.conversations = talks.into();
                self.publish();
            }
            Request::MarkRead(with) => {
                let mut talks: Vec<Conversation> = self.snapshot.conversations.to_vec();
                for talk in talks.iter_mut().filter(|talk| talk.with == with) {
                    talk.unread = 0;
                }
                self.snapshot.conversations = talks.into();
                self.publish();
            }
            Request::Call { to, .. } => {
                let mut call = call(self.snapshot.revision, Direction::Outgoing, CallState::Ringing);
                if let CallTo::Text(text) = to {
                    call.peer.display = text.clone();
                    call.peer.uri = text;
                    call.peer.jid = None;
                }
                self.calls(|calls| calls.push(call));
            }
            Request::Answer(id) | Request::Resume(id) => self.state(id, CallState::Active),
            Request::Hold(id) => self.state(id, CallState::Held),
            Request::Hangup(id) | Request::Decline(id) => self.end(id),
            Request::Dismiss(id) => self.calls(|calls| calls.retain(|call| call.id != id)),
            Request::Mute(id, muted) => self.calls(|calls| {
                for call in calls.iter_mut().filter(|call| call.id == id) {
                    call.muted = muted;
                }
            }),
            Request::Dtmf(id, digits) => self.calls(|calls| {
                for call in calls.iter_mut().filter(|call| call.id == id) {
                    call.digits_sent = format!("{}{digits}", call.digits_sent).into();
                }
            }),
            Request::Presence { show, status } => {
                self.snapshot.presence = Presence { show, status };
                self.publish();
            }
            Request::Quit => std::process::exit(0),
            _ => {}
        }
        Reply::Done
    }
}

fn first(kind: &str) -> Snapshot {
    match kind {
        "dark" => dark(snapshot()),
        "setup" => set_up(SetUpState::default()),
        "ring" => Snapshot { calls: Arc::from([call(7, Direction::Incoming, CallState::Ringing)]), ..snapshot() },
        "talk" => {
            let mut call = call(7, Direction::Incoming, CallState::Active);
            call.answered_boot = Some(tandem::platform::now().boot);
            Snapshot { calls: Arc::from([call]), ..snapshot() }
        }
        "crowd" => {
            let contacts = (0..10_000).map(|n| {
                Arc::new(person(&format!("Person {n:05}"), &format!("p{n}@example.com"), "All", Show::Available, None))
            });
            Snapshot { contacts: contacts.collect(), ..snapshot() }
        }
        _ => snapshot(),
    }
}

fn main() {
    let options = Options::default();
    let kind = std::env::args().nth(1).unwrap_or_default();
    let (requests, mut asked) = mpsc::channel::<Asked>(64);
    let (out, snapshots) = watch::channel(Arc::new(first(&kind)));
    let (levels, meters) = watch::channel(Meters::default());
    let (notices, _) = broadcast::channel(16);
    let handle = Handle::new(requests, snapshots, meters, notices);
    std::thread::spawn(move || {
        let mut pretender = Pretender { snapshot: first(&kind), messages: talk_with_bob(), out };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async move {
            let mut phase = 0.0_f32;
            let mut beat = tokio::time::interval(Duration::from_millis(50));
            loop {
                tokio::select! {
                    Some((request, back)) = asked.recv() => {
                        let _ = back.send(Ok(pretender.answer(request)));
                    }
                    _ = beat.tick(), if pretender.snapshot.calls.iter().any(|call| call.state == CallState::Active) => {
                        phase += 0.35;
                        levels.send_replace(Meters { input: (phase.sin() * 0.3 + 0.3).abs(), output: 0.1, ..Meters::default() });
                    }
                }
            }
        });
    });
    gui::run(handle, options).unwrap();
}
