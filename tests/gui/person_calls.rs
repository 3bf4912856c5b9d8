//! The calls with a person stand between the messages, as far back as the messages go.

use tandem::account::{Reply, Request};
use tandem::gui::{App, Effect, Message as Event, Purpose};
use tandem::model::{Delivery, Direction, Message};
use tandem::store::CallRecord;

use super::telephone::record;
use super::world::*;

/// Bob's messages: one a day, from the first of the month on.
fn messages() -> Vec<Message> {
    let one = |day: u32| {
        let time = format!("2026-11-{day:02}T10:00:00Z");
        said("bob@example.com", day, false, &time, &format!("on day {day}"), Delivery::Received)
    };
    (1..=20).map(one).collect()
}

/// Calls, the newest first: with Bob on the second day, then very many with others, whom the newest of all calls are with.
fn calls(with_bob: u64) -> Vec<CallRecord> {
    let bob = |id: u64| {
        let time = format!("2026-11-02T{:02}:{:02}:00Z", 12 + id / 60, id % 60);
        record(
            id,
            "Bob Fischer",
            "sip:bob@example.com",
            Some("bob@example.com"),
            Direction::Incoming,
            &time,
            "cancelled",
        )
    };
    let other =
        |id: u64| record(id, "Ana", "tel:+4930123", None, Direction::Incoming, "2026-11-20T10:00:00Z", "cancelled");
    (1..=with_bob + 500).rev().map(|id| if id > with_bob { other(id) } else { bob(id) }).collect()
}

/// Opens the conversation and answers as the store does; says how many pages of calls with Bob were asked for.
fn open(stored: &[CallRecord]) -> (App, usize) {
    let mut app = app(snapshot());
    let mut open = app.update(Event::Open(jid("bob@example.com")));
    let mut pages = 0;
    while let Some(effect) = open.pop() {
        let Effect::Ask(request, purpose) = effect else { continue };
        let reply = match request {
            Request::Messages { .. } => Reply::Messages(messages()),
            Request::History { limit, before, filter } => {
                pages += usize::from(matches!(purpose, Purpose::CallsWith(_)));
                let with = |record: &&CallRecord| {
                    let jid = record.call.peer.jid.as_ref();
                    filter.with.as_deref().is_none_or(|with| jid.is_some_and(|jid| jid.as_str() == with))
                        && before.is_none_or(|before| record.call.id < before)
                };
                Reply::History(stored.iter().filter(with).take(limit as usize).cloned().collect())
            }
            _ => continue,
        };
        open.extend(app.update(Event::Answered(purpose, Ok(reply))));
    }
    (app, pages)
}

#[test]
fn a_call_stands_between_the_messages_however_many_calls_with_others_came_after_it() {
    let (app, pages) = open(&calls(1));
    assert_eq!(pages, 1);
    assert_eq!(app.calls_shown(), 1);
}

#[test]
fn calls_with_a_person_come_page_by_page_as_far_as_the_messages_go() {
    let (mut app, pages) = open(&calls(350));
    assert_eq!(pages, 4, "three full pages and the rest: all of them are younger than the oldest message");
    assert_eq!(app.calls_shown(), 350);
    // One that is deleted leaves the conversation too.
    let call = tandem::model::CallId(7);
    app.update(Event::History(tandem::gui::history::Message::Delete(call)));
    app.update(Event::History(tandem::gui::history::Message::Delete(call)));
    assert_eq!(app.calls_shown(), 349);
}
