//! What the history keeps of calls: missed ones, the line they came in on, redial.

use std::time::Duration;

use tandem::account::{CallTo, EventsRequest, HistoryFilter, RefusalKind, Reply, Request};
use tandem::config::{SecretSource, Voice};
use tandem::model::{AccountId, CallId, EndedBy};
use tandem::platform::Secret;
use tandem::store::Loaded;
use tandem::{sip, store};

use super::world::*;

/// Two voice accounts, both registered.
pub fn two_lines() -> World {
    let mut config = config();
    let secret = SecretSource::Inline(Secret::new("old".to_owned()));
    config.voice.push(Voice::new(AccountId::new("second"), sip_uri("sip:alice@second.example"), secret));
    let mut world = World::online_with(config);
    let local = "192.0.2.1:5060".parse().expect("valid");
    let event = sip::Event::Registered { security: security(), local, realm: None };
    world.put(tandem::account::Input::Voice(AccountId::new("second"), event));
    world
}

pub fn rings(world: &mut World, account: &str, call: CallId) {
    let incoming = sip::Incoming {
        call,
        identity: vouched("sip:bob@example.com"),
        offer: Some(SOUND.into()),
        note: None,
        about: Default::default(),
    };
    world.put(tandem::account::Input::Voice(AccountId::new(account), sip::Event::Incoming(Box::new(incoming))));
}

pub fn gives_up(world: &mut World, account: &str, call: CallId, elsewhere: bool) {
    let end = sip::Ended { code: 487, text: None, by: EndedBy::Remote, elsewhere, retry_after: None };
    world.put(tandem::account::Input::Voice(AccountId::new(account), sip::Event::Ended { call, end }));
}

/// The account and the state under which a call was kept last.
pub fn kept(world: &World, id: CallId) -> Option<tandem::model::Call> {
    let of = |command: store::Command| match command {
        store::Command::Call(call) if call.id == id => Some(*call),
        _ => None,
    };
    world.kept().into_iter().filter_map(of).next_back()
}

#[test]
pub fn complaint_18_an_incoming_call_is_logged_under_the_account_it_came_in_on() {
    for account in ["voice", "second"] {
        let mut world = two_lines();
        rings(&mut world, account, CallId(77));
        gives_up(&mut world, account, CallId(77), false);
        let call = kept(&world, CallId(77)).expect("in the history");
        assert_eq!(call.account, AccountId::new(account));
        assert!(call.is_missed());
    }
}

#[test]
pub fn complaint_45_every_incoming_call_is_in_the_history_however_it_ends() {
    let mut world = two_lines();
    for (at, act) in ["missed", "declined", "elsewhere", "busy", "answered"].into_iter().enumerate() {
        let id = CallId(1_001 + 2 * at as u64);
        rings(&mut world, "voice", id);
        assert!(kept(&world, id).is_some(), "{act}: from the first ring, so that a crash leaves a trace");
        match act {
            "declined" => world.done(Request::Decline(id)),
            "answered" => {
                world.opened(id);
                world.done(Request::Answer(id));
                world.voice(sip::Event::Confirmed { call: id, sdp: None });
                world.ended(id, 0, EndedBy::Remote);
            }
            "elsewhere" => gives_up(&mut world, "voice", id, true),
            _ => gives_up(&mut world, "voice", id, false),
        }
        let call = kept(&world, id).expect("kept");
        assert_eq!(call.state, tandem::model::CallState::Ended, "{act}");
        assert_eq!(call.is_missed(), matches!(act, "missed" | "busy"), "{act}");
    }
    assert_eq!(world.shown().events.missed, 2, "answered elsewhere is not missed, nor what was declined");
}

#[test]
pub fn complaint_42_a_missed_call_is_counted_until_the_history_was_looked_at() {
    let mut world = two_lines();
    for id in [CallId(11), CallId(13)] {
        rings(&mut world, "voice", id);
        gives_up(&mut world, "voice", id, false);
    }
    assert_eq!(world.shown().events.missed, 2);
    world.done(Request::Events(EventsRequest::SeenCalls));
    assert_eq!(world.shown().events.missed, 0);
    let memo =
        |command: &store::Command| matches!(command, store::Command::SetMemo { key, .. } if key == store::SEEN_CALLS);
    assert!(world.kept().iter().any(memo), "over restarts too");
    // What was missed while nobody looked is known at the next start.
    let mut later = World::new(config(), Loaded { missed: 4, ..Loaded::default() });
    assert_eq!(later.shown().events.missed, 4);
}

#[test]
pub fn redial_calls_whom_was_called_last_over_the_same_account() {
    let mut world = two_lines();
    let redial = |world: &mut World| world.ask(Request::Events(EventsRequest::Redial)).expect("an answer");
    assert_eq!(redial(&mut world).expect_err("nobody yet").kind, RefusalKind::NoTarget);
    let request = Request::Call {
        to: CallTo::Text("sip:dan@elsewhere.example".into()),
        account: Some(AccountId::new("second")),
        via: None,
        confirm: true,
        video: false,
        anonymous: None,
    };
    let Some(Ok(Reply::Call(first))) = world.ask(request) else { panic!("a call") };
    world.opened(first);
    gives_up(&mut world, "second", first, false);
    assert!(world.shown().events.can_redial);
    let again = match redial(&mut world) {
        Ok(Reply::Call(id)) => id,
        // The cost is asked about as ever.
        Err(refusal) => {
            assert_eq!(refusal.kind, RefusalKind::Confirm);
            let question = refusal.question.expect("a question");
            match world.ask(Request::Answered { question, choice: "call".into() }).expect("an answer") {
                Ok(Reply::Call(id)) => id,
                other => panic!("{other:?}"),
            }
        }
        Ok(other) => panic!("{other:?}"),
    };
    let call = world.view(again);
    assert_eq!((call.account.as_str(), &*call.peer.uri), ("second", "sip:dan@elsewhere.example"));
    world.wait(Duration::from_secs(1));
}

#[test]
pub fn the_history_is_filtered_by_person_account_and_kind() {
    let mut world = two_lines();
    let filter = HistoryFilter {
        with: Some("bob@example.com".into()),
        account: Some(AccountId::new("second")),
        missed: true,
        direction: Some(tandem::model::Direction::Incoming),
        text: Some("bo".into()),
    };
    assert!(world.ask(Request::History { limit: 5, before: None, filter }).is_none(), "the store answers");
    let asked = world.kept().into_iter().find_map(|command| match command {
        store::Command::Calls { filter, .. } => Some(filter),
        _ => None,
    });
    let asked = asked.expect("the store is asked");
    assert_eq!((asked.account, asked.missed), (Some(AccountId::new("second")), true));
    assert_eq!(asked.direction, Some(tandem::model::Direction::Incoming));
    let (jid, uris) = asked.with.expect("a person");
    assert_eq!(jid.map(|jid| jid.to_string()).as_deref(), Some("bob@example.com"));
    assert!(uris.contains(&"sip:bob@example.com".to_owned()), "{uris:?}");
}

#[test]
fn a_call_is_taken_out_of_the_history_by_its_name() {
    let mut world = two_lines();
    world.done(Request::Events(EventsRequest::DeleteCall(CallId(7))));
    assert!(world.kept().contains(&store::Command::DeleteCall(CallId(7))));
}

#[test]
fn a_call_that_goes_on_cannot_be_taken_out_of_the_history() {
    let mut world = World::online();
    let call = world.talking();
    let delete = || Request::Events(EventsRequest::DeleteCall(call));
    let refused = world.ask(delete()).expect("an answer at once").expect_err("a refusal");
    assert_eq!(refused.kind, RefusalKind::NotAllowed);
    assert!(!world.kept().contains(&store::Command::DeleteCall(call)));
    world.ended(call, 0, tandem::model::EndedBy::Remote);
    world.done(delete());
    assert!(world.kept().contains(&store::Command::DeleteCall(call)));
}
