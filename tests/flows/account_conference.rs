//! Conferences and recordings, from the request to what the media thread is told and the history keeps.

use std::time::Duration;

use tandem::account::{CallTo, ConferenceRequest, Effect, RecordRequest, RefusalKind, Reply, Request};
use tandem::media::{self, Command, RecordOrder, RecordingNews};
use tandem::model::{Attendance, CallId, CallState, Conference, ConferenceId, EndedBy, Recorded, RecordingState};
use tandem::store;
use tandem::{config, sip};

use super::world::*;

/// An active call with somebody.
fn talking(world: &mut World, to: &str) -> CallId {
    let id = world.call(CallTo::Text(to.into())).expect("a call");
    world.opened(id);
    world.answered(id);
    assert_eq!(world.view(id).state, CallState::Active);
    id
}

fn three(world: &mut World) -> [CallId; 3] {
    ["sip:bob@example.com", "sip:carol@example.com", "sip:dave@example.com"].map(|to| talking(world, to))
}

fn conference(world: &mut World, request: ConferenceRequest) {
    world.done(Request::Conference(request));
}

fn create(world: &mut World, calls: &[CallId]) -> ConferenceId {
    match world.ask(Request::Conference(ConferenceRequest::Create(calls.to_vec()))) {
        Some(Ok(Reply::Conference(id))) => id,
        other => panic!("{other:?}"),
    }
}

fn list(world: &mut World) -> Vec<Conference> {
    match world.ask(Request::Conference(ConferenceRequest::List)) {
        Some(Ok(Reply::Conferences(all))) => all.to_vec(),
        other => panic!("{other:?}"),
    }
}

fn refused(world: &mut World, request: ConferenceRequest) -> RefusalKind {
    world.ask(Request::Conference(request)).expect("an answer").expect_err("a refusal").kind
}

/// What the media thread was told since the last look.
fn told(world: &mut World) -> Vec<Command> {
    let told = world.effects.iter().filter_map(|effect| match effect {
        Effect::Media(command) => Some(command.clone()),
        _ => None,
    });
    let told = told.filter(|command| !matches!(command, Command::Tone(_))).collect();
    world.effects.clear();
    told
}

fn joined(call: CallId, conference: ConferenceId) -> Command {
    Command::Join { call, conference }
}

#[test]
fn calls_are_joined_and_each_ends_up_in_one_row() {
    let mut world = World::online();
    let calls = three(&mut world);
    world.effects.clear();
    let id = create(&mut world, &calls[..2]);
    assert_eq!(told(&mut world), [joined(calls[0], id), joined(calls[1], id)]);
    conference(&mut world, ConferenceRequest::Join(id, calls[2]));
    assert_eq!(told(&mut world), [joined(calls[2], id)]);
    let all = list(&mut world);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].parties.iter().map(|party| party.call).collect::<Vec<_>>(), calls);
    assert!(calls.iter().all(|call| world.view(*call).conference == Some(id)));
    let snapshot = world.manager.take_snapshot().expect("a change");
    assert_eq!(snapshot.conferences.to_vec(), all);
}

#[test]
fn what_cannot_be_joined_says_why() {
    let mut world = World::online();
    let one = talking(&mut world, "sip:bob@example.com");
    assert_eq!(refused(&mut world, ConferenceRequest::Create(vec![one])), RefusalKind::Invalid);
    assert_eq!(refused(&mut world, ConferenceRequest::Create(vec![one, one])), RefusalKind::Invalid);
    assert_eq!(refused(&mut world, ConferenceRequest::Create(vec![one, CallId(9)])), RefusalKind::NotFound);
    assert_eq!(refused(&mut world, ConferenceRequest::Join(ConferenceId(9), one)), RefusalKind::NotFound);
    assert_eq!(refused(&mut world, ConferenceRequest::Leave(one)), RefusalKind::NotFound);
    assert!(list(&mut world).is_empty(), "nothing is left of what was refused");
}

#[test]
fn a_call_that_still_rings_joins_when_it_is_answered() {
    let mut world = World::online();
    let calls = three(&mut world);
    let id = create(&mut world, &calls);
    let fourth = world.call(CallTo::Text("sip:eve@example.com".into())).expect("a call");
    world.opened(fourth);
    conference(&mut world, ConferenceRequest::Join(id, fourth));
    world.effects.clear();
    assert_eq!(list(&mut world)[0].parties[3].attendance, Attendance::Calling);
    world.answered(fourth);
    assert!(told(&mut world).contains(&joined(fourth, id)));
    assert_eq!(list(&mut world)[0].parties[3].attendance, Attendance::Talking);
}

#[test]
fn the_last_one_left_goes_on_as_an_ordinary_call() {
    let mut world = World::online();
    let calls = three(&mut world);
    create(&mut world, &calls);
    conference(&mut world, ConferenceRequest::Remove(calls[0]));
    assert_eq!(list(&mut world)[0].parties.len(), 2, "who is hung up is gone at once");
    world.effects.clear();
    world.ended(calls[1], 0, EndedBy::Remote);
    assert!(list(&mut world).is_empty());
    assert!(told(&mut world).contains(&Command::Leave { call: calls[2] }));
    let last = world.view(calls[2]);
    assert_eq!((last.state, last.conference), (CallState::Active, None));
}

#[test]
fn leaving_ends_all_of_it_and_one_who_leaves_waits_on_hold() {
    let mut world = World::online();
    let calls = three(&mut world);
    let id = create(&mut world, &calls);
    world.effects.clear();
    conference(&mut world, ConferenceRequest::Leave(calls[2]));
    let offered =
        world.sip().into_iter().any(|command| matches!(command, sip::Command::Offer { call, .. } if call == calls[2]));
    assert!(offered, "a private talk beside the conference would hear us in both");
    assert!(told(&mut world).contains(&Command::Leave { call: calls[2] }));
    conference(&mut world, ConferenceRequest::End(id));
    let hung_up = |world: &World, wanted: CallId| {
        world.sip().into_iter().any(|command| matches!(command, sip::Command::Hangup { call } if call == wanted))
    };
    assert!(hung_up(&world, calls[0]) && hung_up(&world, calls[1]) && !hung_up(&world, calls[2]));
}

#[test]
fn we_mute_ourselves_for_all_and_one_party_for_the_others() {
    let mut world = World::online();
    let calls = three(&mut world);
    let id = create(&mut world, &calls);
    world.effects.clear();
    conference(&mut world, ConferenceRequest::Mute(id, true));
    assert_eq!(told(&mut world), calls.map(|call| Command::Mute { call, muted: true }));
    conference(&mut world, ConferenceRequest::MuteParty(calls[1], true));
    assert_eq!(told(&mut world), [Command::MuteParty { call: calls[1], muted: true }]);
    let view = &list(&mut world)[0];
    assert!(view.muted && view.parties[1].muted && !view.parties[0].muted);
}

#[test]
fn holding_the_conference_holds_every_call_of_it() {
    // Nobody is on hold yet when the conference begins.
    let mut config = config();
    config.calls.answering.hold_others = false;
    let mut world = World::online_with(config);
    let calls = three(&mut world);
    let id = create(&mut world, &calls);
    world.effects.clear();
    conference(&mut world, ConferenceRequest::Hold(id, true));
    let offers = world.sip().into_iter().filter(|command| matches!(command, sip::Command::Offer { .. })).count();
    assert_eq!(offers, 3);
    assert!(list(&mut world)[0].held);
}

#[test]
fn two_conferences_become_one_where_they_are_joined() {
    let mut world = World::online();
    let calls = three(&mut world);
    let fourth = talking(&mut world, "sip:eve@example.com");
    let first = create(&mut world, &calls[..2]);
    let second = create(&mut world, &[calls[2], fourth]);
    assert_ne!(first, second);
    assert_eq!(create(&mut world, &[calls[0], fourth]), first);
    let all = list(&mut world);
    assert_eq!((all.len(), all[0].parties.len()), (1, 4));
}

/// Asks for a recording, and the media thread opens its file.
fn record(world: &mut World, what: Recorded, file: &str) {
    assert!(world.ask(Request::Record(what, RecordRequest::On)).is_none(), "answered when the file is there");
    world.media(media::Event::Recording { what, news: RecordingNews::Started { file: file.into() } });
    let answered = world
        .effects
        .iter()
        .any(|effect| matches!(effect, Effect::Answer(_, Ok(Reply::Recorded(Some(there)))) if **there == *file));
    assert!(answered);
}

#[test]
fn a_recording_is_shown_while_it_runs_and_the_history_says_where_it_is() {
    let mut world = World::online();
    let call = talking(&mut world, "sip:bob@example.com");
    world.effects.clear();
    record(&mut world, Recorded::Call(call), "/r/bob.opus");
    let orders: Vec<Command> = told(&mut world);
    let Some(Command::Record { order: RecordOrder::Start(wish), .. }) = orders.first() else { panic!("{orders:?}") };
    assert!(wish.name.ends_with("bob") || wish.name.contains("bob"), "{}", wish.name);
    assert_eq!(world.view(call).recording.expect("shown").state, RecordingState::Running);
    world.done(Request::Record(Recorded::Call(call), RecordRequest::Pause));
    assert_eq!(world.view(call).recording.expect("shown").state, RecordingState::Paused);
    world.done(Request::Record(Recorded::Call(call), RecordRequest::Resume));
    world.ended(call, 0, EndedBy::Remote);
    let kept = world.effects.iter().rev().find_map(|effect| match effect {
        Effect::Store(store::Command::Call(kept)) if kept.id == call => Some((**kept).clone()),
        _ => None,
    });
    let recording = kept.expect("kept").recording.expect("with its recording");
    assert_eq!((&*recording.file, recording.state), ("/r/bob.opus", RecordingState::Ended));
}

#[test]
fn m10_digits_that_are_sent_are_neither_in_a_recordings_name_nor_in_the_history() {
    let mut world = World::online();
    let call = talking(&mut world, "sip:bob@example.com");
    world.done(Request::Dtmf(call, "83719#".into()));
    world.effects.clear();
    record(&mut world, Recorded::Call(call), "/r/bob.opus");
    let orders = told(&mut world);
    assert!(!format!("{orders:?}").contains("83719"), "{orders:?}");
    world.done(Request::Hangup(call));
    world.wait(Duration::from_secs(40));
    let kept = world.kept();
    assert!(kept.iter().any(|command| matches!(command, store::Command::Call(_))));
    assert!(!format!("{kept:?}").contains("83719"));
}

#[test]
fn a_recording_that_cannot_be_made_or_breaks_off_says_so() {
    let mut world = World::online();
    let call = talking(&mut world, "sip:bob@example.com");
    let what = Recorded::Call(call);
    let news = |file: Option<&str>, problem: &str| media::Event::Recording {
        what,
        news: RecordingNews::Ended { file: file.map(Into::into), problem: Some(problem.into()) },
    };
    assert!(world.ask(Request::Record(what, RecordRequest::On)).is_none());
    world.media(news(None, "The recording cannot start: the disk is full (folder /r)."));
    assert!(
        world.effects.iter().any(|effect| matches!(effect, Effect::Answer(_, Err(why)) if why.text.contains("full")))
    );
    assert_eq!(world.view(call).recording, None);
    record(&mut world, what, "/r/bob.opus");
    world.media(news(
        Some("/r/bob.opus"),
        "The recording stopped: the disk is full. What was recorded until then is kept.",
    ));
    assert_eq!(world.view(call).recording.expect("kept").state, RecordingState::Ended);
    let snapshot = world.manager.take_snapshot().expect("a change");
    assert!(snapshot.conditions.iter().any(|condition| condition.text.contains("stopped: the disk is full")));
    assert_eq!(world.view(call).state, CallState::Active, "the call goes on");
}

#[test]
fn only_what_is_connected_is_recorded() {
    let mut world = World::online();
    let id = world.dial_bob();
    let refusal =
        world.ask(Request::Record(Recorded::Call(id), RecordRequest::On)).expect("an answer").expect_err("no");
    assert_eq!(refusal.kind, RefusalKind::NotAllowed);
    let off = world.ask(Request::Record(Recorded::Call(id), RecordRequest::Off));
    assert!(matches!(off, Some(Ok(Reply::Recorded(None)))), "{off:?}");
}

#[test]
fn a_recorded_conference_marks_every_call_in_it_and_only_while_it_is_in() {
    let mut world = World::online();
    let calls = three(&mut world);
    let id = create(&mut world, &calls[..2]);
    record(&mut world, Recorded::Conference(id), "/r/all.opus");
    let state = |world: &mut World, call: CallId| world.view(call).recording.map(|recording| recording.state);
    assert_eq!(state(&mut world, calls[0]), Some(RecordingState::Running));
    assert_eq!(state(&mut world, calls[2]), None);
    conference(&mut world, ConferenceRequest::Join(id, calls[2]));
    assert_eq!(state(&mut world, calls[2]), Some(RecordingState::Running));
    conference(&mut world, ConferenceRequest::Leave(calls[0]));
    assert_eq!(state(&mut world, calls[0]), Some(RecordingState::Ended));
    assert!(list(&mut world)[0].recording.is_some());
    world.effects.clear();
    conference(&mut world, ConferenceRequest::Leave(calls[1]));
    let stopped = Command::Record { what: Recorded::Conference(id), order: RecordOrder::Stop };
    assert!(told(&mut world).contains(&stopped), "with the conference ends its recording");
}

/// The wish that the media thread gets under these keys.
fn wish(keys: &str) -> media::RecordingWish {
    let mut config = config();
    let text = format!("[[voice]]\naddress = \"sip:a@example.com\"\npassword = \"x\"\n[recording]\n{keys}\n");
    config.recording = config::parse(&text, "config.toml").expect("right").recording;
    let mut world = World::online_with(config);
    let call = talking(&mut world, "sip:bob@example.com");
    world.effects.clear();
    assert!(world.ask(Request::Record(Recorded::Call(call), RecordRequest::On)).is_none());
    let orders = told(&mut world);
    let Some(Command::Record { order: RecordOrder::Start(wish), .. }) = orders.first() else { panic!("{orders:?}") };
    (**wish).clone()
}

#[test]
fn recordings_are_made_as_their_keys_say() {
    use tandem::model::{RecordingChannels, RecordingFormat};
    assert_eq!(wish("").format, RecordingFormat::Opus);
    assert_eq!(wish("format = \"wav\"").format, RecordingFormat::Wav);
    assert_eq!(wish("").channels, RecordingChannels::Stereo);
    assert_eq!(wish("channels = \"mixed\"").channels, RecordingChannels::Mixed);
    assert!(!wish("").beep && wish("beep = true").beep);
    assert_eq!(wish("folder = \"/srv/kept\"").folder, std::path::Path::new("/srv/kept"));
    let problems = config::parse("[recording]\nfolder = \"kept\"\n", "config.toml").expect_err("no whole path");
    assert!(problems.iter().any(|problem| problem.text.contains("whole path")));
    let sentence = |keys: &str| {
        let mut config = config();
        let text = format!("[[voice]]\naddress = \"sip:a@example.com\"\npassword = \"x\"\n[recording]\n{keys}\n");
        config.recording = config::parse(&text, "config.toml").expect("right").recording;
        World::online_with(config).manager.take_snapshot().expect("one").recording_sentence.to_string()
    };
    assert!(sentence("").contains("recording"));
    assert_eq!(sentence("sentence = \"Ich nehme auf.\""), "Ich nehme auf.");
}
