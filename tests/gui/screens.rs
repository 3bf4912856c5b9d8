//! What each screen says.

use std::sync::Arc;
use std::time::Duration;

use tandem::account::{Notice, NoticeBody, Reply, Request, Snapshot};
use tandem::gui::{App, Message as Event, Purpose};
use tandem::model::{
    CallId, CallState, Condition, ConditionKind, ConnectionState, Direction, Now, Reason, Remedy, Service, Stats,
};

use super::world::*;

fn shows(app: &App, words: &str) -> bool {
    simulator(app, 1100.0, 720.0).find(words).is_ok()
}

#[test]
fn empty_places_say_what_belongs_there() {
    let loading = app(Snapshot::empty());
    assert!(shows(&loading, "Getting your contacts …"));
    let empty = app(Snapshot { roster_known: true, ..Snapshot::empty() });
    assert!(shows(&empty, "Nobody here yet"));
    assert!(shows(&empty, "Pick a person"));
}

#[test]
fn a_lost_connection_counts_down_in_the_users_words() {
    let mut voice = account(Service::Voice, ConnectionState::Offline);
    voice.reason = Some(Reason::new("unreachable", "The voice server does not answer."));
    voice.retry_at = Some(now().boot + Duration::from_secs(8));
    let accounts = Arc::from([account(Service::Chat, ConnectionState::Online), voice]);
    let mut app = app(Snapshot { accounts, ..snapshot() });
    assert!(app.counts_seconds());
    app.update(Event::Go(tandem::gui::Place::Connections));
    assert!(shows(&app, "Reconnecting in 8 s"));
    assert!(shows(&app, "The voice server does not answer."));
    app.update(Event::Tick(now().after(Duration::from_secs(3))));
    assert!(shows(&app, "Reconnecting in 5 s"));
}

#[test]
fn nothing_ticks_while_nothing_counts() {
    assert!(!app(snapshot()).counts_seconds());
    let calls = Arc::from([call(1, Direction::Outgoing, CallState::Active)]);
    assert!(app(Snapshot { calls, ..snapshot() }).counts_seconds());
    let calls = Arc::from([call(1, Direction::Outgoing, CallState::Ringing)]);
    assert!(!app(Snapshot { calls, ..snapshot() }).counts_seconds());
}

#[test]
fn a_call_shows_who_for_how_long_and_how_protected() {
    let calls = Arc::from([call(1, Direction::Outgoing, CallState::Active)]);
    let mut app = app(Snapshot { calls, ..snapshot() });
    assert!(shows(&app, "Encrypted, as far as the servers"));
    let later: Now = now().after(Duration::from_secs(60));
    app.update(Event::Tick(later));
    app.update(Event::OpenCall(tandem::model::CallId(1)));
    assert!(shows(&app, "By Voice, because it belongs to your chat account."));
    assert!(shows(&app, "Confirmed by Bob's card."));
}

#[test]
fn details_name_grade_evidence_and_cost_of_every_way() {
    let mut app = with_bob(snapshot());
    app.update(Event::ToggleDetails);
    for words in [
        "Bob Fischer's card lists this address.",
        "Inside the service, free",
        "Only an older card of his lists this number.",
        "Phone network, may be charged",
    ] {
        assert!(shows(&app, words), "{words}");
    }
}

#[test]
fn a_narrow_window_shows_the_list_or_the_conversation() {
    let narrow = |app: &App, words: &str| simulator(app, 420.0, 700.0).find(words).is_ok();
    let mut app = sized(with_bob(snapshot()), 420.0, 700.0);
    assert!(narrow(&app, "Yes, I'll call you."));
    assert!(!narrow(&app, "Ana Lima"));
    app.update(Event::Back);
    assert!(narrow(&app, "Ana Lima"));
    assert!(!narrow(&app, "Yes, I'll call you."));
}

#[test]
fn the_title_counts_what_is_unread() {
    assert_eq!(app(snapshot()).title(), "(3) Tandem");
}

#[test]
fn a_problem_that_stays_as_a_banner_is_not_said_again() {
    let words = "The microphone cannot be used: the others hear silence.";
    let conditions =
        Arc::from([Condition { kind: ConditionKind::Device, text: words.into(), remedy: Remedy::ChooseDevice }]);
    let problem = || Event::Notice(Box::new(Notice { seq: 1, body: NoticeBody::Problem(words.into()) }));
    // Whichever comes first.
    let mut told_after = app(Snapshot { conditions, ..snapshot() });
    told_after.update(problem());
    assert!(!told_after.counts_seconds(), "a toast would count its seconds");
    let mut told_before = app(snapshot());
    told_before.update(problem());
    assert!(told_before.counts_seconds());
    let conditions =
        Arc::from([Condition { kind: ConditionKind::Device, text: words.into(), remedy: Remedy::ChooseDevice }]);
    told_before.update(Event::Snapshot(Arc::new(Snapshot { conditions, ..snapshot() })));
    assert!(!told_before.counts_seconds());
    assert!(shows(&told_before, words));
}

#[test]
fn what_is_silent_says_so() {
    let mut talking = call(1, Direction::Outgoing, CallState::Active);
    talking.silent = true;
    let mut app = app(Snapshot { calls: Arc::from([talking]), ..snapshot() });
    assert!(shows(&app, "Nothing is heard from them"), "in the bar");
    app.update(Event::OpenCall(CallId(1)));
    assert!(shows(&app, "Nothing is heard from them"), "in full");
    let mut ringing = call(2, Direction::Incoming, CallState::Ringing);
    app.update(Event::Snapshot(Arc::new(Snapshot { calls: Arc::from([ringing.clone()]), ..snapshot() })));
    assert!(shows(&app, "Incoming call") && !shows(&app, "Incoming call, silenced"));
    ringing.silenced = true;
    app.update(Event::Snapshot(Arc::new(Snapshot { calls: Arc::from([ringing]), ..snapshot() })));
    assert!(shows(&app, "Incoming call, silenced"));
}

#[test]
fn the_full_view_of_a_call_asks_how_it_sounds_once_a_second_and_says_it() {
    let calls = Arc::from([call(1, Direction::Outgoing, CallState::Active)]);
    let mut app = app(Snapshot { calls, ..snapshot() });
    let tick = |ms| Event::Tick(now().after(Duration::from_millis(ms)));
    assert!(asked(app.update(tick(0))).is_empty(), "nobody looks");
    assert!(matches!(asked(app.update(Event::OpenCall(CallId(1)))).as_slice(), [Request::Stats(CallId(1))]));
    assert!(asked(app.update(tick(500))).is_empty());
    assert!(matches!(asked(app.update(tick(1000))).as_slice(), [Request::Stats(_)]));
    let stats = Stats { received_packets: 900, mos: 4.3, ..Stats::default() };
    app.update(Event::Answered(Purpose::Stats(CallId(1)), Ok(Reply::Stats(Box::new(stats)))));
    assert!(shows(&app, "The sound is good"));
    let mut held = call(1, Direction::Outgoing, CallState::Active);
    held.held_by_peer = true;
    app.update(Event::Snapshot(Arc::new(Snapshot { calls: Arc::from([held]), ..snapshot() })));
    assert!(!shows(&app, "The sound is good"), "silence on hold is no quality");
}
