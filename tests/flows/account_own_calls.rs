//! N-15: the history of calls is one for all devices of the user.

use std::time::Duration;

use tandem::account::{EventsRequest, Reply, Request};
use tandem::model::{Call, CallId, Direction, EndedBy, SharedCall, Via, WallTime};
use tandem::sip;
use tandem::store::{self, CallFilter, Command};
use tandem::xmpp::{self, OwnCallsCommand, OwnCallsEvent};

use super::kept::Kept;
use super::world::*;

/// A device.
struct Device {
    kept: Kept,
    told: usize,
}

impl std::ops::Deref for Device {
    type Target = Kept;

    fn deref(&self) -> &Kept {
        &self.kept
    }
}

impl std::ops::DerefMut for Device {
    fn deref_mut(&mut self) -> &mut Kept {
        &mut self.kept
    }
}

impl Device {
    fn new(keys: &str) -> Self {
        Self { kept: Kept::online(keys), told: 0 }
    }

    fn rings(&mut self, id: u64) -> CallId {
        let call = CallId::incoming(self.world.now.wall, id as u32);
        self.world.incoming(call, vouched("sip:bob@example.com"), Some(SOUND));
        self.settle();
        call
    }

    fn gives_up(&mut self, call: CallId) {
        self.world.ended(call, 487, EndedBy::Remote);
        self.settle();
    }

    /// What it told since the last time.
    fn says(&mut self) -> Vec<OwnCallsCommand> {
        let all: Vec<OwnCallsCommand> = self
            .world
            .xmpp()
            .into_iter()
            .filter_map(|command| match command {
                xmpp::Command::OwnCalls(command) => Some(command),
                _ => None,
            })
            .collect();
        let new = all.get(self.told..).unwrap_or_default().to_vec();
        self.told = all.len();
        new
    }

    fn hears(&mut self, said: Vec<OwnCallsCommand>) {
        for command in said {
            let event = match command {
                OwnCallsCommand::Tell(call) => OwnCallsEvent::Calls(vec![*call]),
                OwnCallsCommand::Seen(at) => OwnCallsEvent::Seen(at),
                OwnCallsCommand::Forget(_) => continue,
            };
            self.world.chat(xmpp::Event::OwnCalls(event));
            self.settle();
        }
    }

    fn history(&mut self) -> Vec<(Call, bool)> {
        let command = Command::Calls { request: 1, limit: 100, before: None, filter: CallFilter::default() };
        match self.store.execute(&[command]).unwrap().pop() {
            Some(store::Event::Calls { calls, .. }) => {
                calls.into_iter().map(|record| (record.call, record.missed)).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    fn missed(&mut self) -> u32 {
        self.world.shown().events.missed
    }
}

fn shared(id: u64, at: WallTime) -> SharedCall {
    SharedCall {
        id: CallId::incoming(at, id as u32),
        direction: Direction::Incoming,
        via: Via::Sip,
        account: "sip:alice@example.com".into(),
        uri: "sip:carol@example.com".into(),
        display: "Carol".into(),
        jid: None,
        started: at,
        answered: None,
        duration: Duration::ZERO,
        end: Some("cancelled".into()),
    }
}

#[test]
fn n15_what_is_answered_on_one_device_is_not_missed_on_the_other() {
    // The word of the other device comes after the end here, and before it.
    for early in [false, true] {
        let (mut desk, mut laptop) = (Device::new(""), Device::new(""));
        let (here, there) = (desk.rings(1), laptop.rings(2));
        desk.world.done(Request::Answer(here));
        desk.world.opened(here);
        desk.settle();
        let said = desk.says();
        assert!(matches!(said.as_slice(), [OwnCallsCommand::Tell(call)] if call.answered.is_some()), "{said:?}");
        if early {
            laptop.hears(said);
            laptop.gives_up(there);
        } else {
            laptop.gives_up(there);
            assert_eq!(laptop.missed(), 1);
            laptop.hears(said);
        }
        assert_eq!(laptop.missed(), 0, "early: {early}");
        let history = laptop.history();
        let [(call, false)] = history.as_slice() else { panic!("{history:?}") };
        assert_eq!(call.end.as_ref().map(|end| &*end.code), Some("elsewhere"));
    }
    // Whoever does not want it keeps a history for each device.
    let mut alone = Device::new("[messages]\nshare-calls = false\n");
    let call = alone.rings(1);
    alone.gives_up(call);
    assert!(alone.says().is_empty());
    let at = alone.world.now.wall;
    alone.hears(vec![OwnCallsCommand::Tell(Box::new(shared(9, at)))]);
    assert_eq!(alone.history().len(), 1);
}

#[test]
fn n15_a_device_that_was_off_has_the_calls_of_the_others_and_what_was_seen_there_is_seen() {
    let (mut desk, mut laptop) = (Device::new(""), Device::new(""));
    let at = laptop.world.now.wall;
    laptop.hears(vec![OwnCallsCommand::Tell(Box::new(shared(1, at)))]);
    laptop.hears(vec![OwnCallsCommand::Tell(Box::new(shared(1, at)))]);
    let history = laptop.history();
    let [(call, true)] = history.as_slice() else { panic!("{history:?}") };
    assert_eq!((&*call.peer.uri, &*call.route.rule), ("sip:carol@example.com", "On another device of yours"));
    assert_eq!(laptop.missed(), 1);
    // Two devices that both missed it tell the same call.
    let other = SharedCall {
        id: CallId::incoming(at, 77),
        started: WallTime::from_unix_ms(at.unix_ms() + 900),
        ..shared(1, at)
    };
    laptop.hears(vec![OwnCallsCommand::Tell(Box::new(other))]);
    assert_eq!((laptop.history().len(), laptop.missed()), (1, 1));
    desk.hears(vec![OwnCallsCommand::Tell(Box::new(shared(1, at)))]);
    desk.world.wait(Duration::from_secs(1));
    desk.says();
    desk.world.done(Request::Events(EventsRequest::SeenCalls));
    desk.settle();
    let said = desk.says();
    assert!(matches!(said.as_slice(), [OwnCallsCommand::Seen(_)]), "{said:?}");
    laptop.hears(said);
    assert_eq!(laptop.missed(), 0);
}

#[test]
fn n15_a_call_that_was_taken_out_of_the_history_does_not_come_back_and_other_accounts_learn_nothing() {
    let mut laptop = Device::new("");
    let at = laptop.world.now.wall;
    laptop.hears(vec![OwnCallsCommand::Tell(Box::new(shared(1, at)))]);
    let call = laptop.history()[0].0.id;
    laptop.world.done(Request::Events(EventsRequest::DeleteCall(call)));
    laptop.settle();
    assert!(laptop.says().contains(&OwnCallsCommand::Forget(call)));
    laptop.hears(vec![OwnCallsCommand::Tell(Box::new(shared(1, at)))]);
    assert!(laptop.history().is_empty());
    // A voice account that belongs to no chat account.
    let mut config = config();
    config.relations.clear();
    let mut world = World::online_with(config);
    let call = CallId::incoming(world.now.wall, 3);
    world.incoming(call, vouched("sip:bob@example.com"), Some(SOUND));
    world.ended(call, 487, EndedBy::Remote);
    assert!(!world.xmpp().iter().any(|command| matches!(command, xmpp::Command::OwnCalls(_))));
    let _ = (Reply::Done, sip::Command::Woke);
}
