//! Voice messages: spoken and sent, thrown away, held where a call or a cut comes between, and played.

use std::sync::Arc;

use tandem::account::{Effect, FileEffect, FileEvent, FileRequest, Input, NoteRequest, Refusal, RefusalKind, Request};
use tandem::media::{self, Command, NoteNews, NoteOrder, Spoken};
use tandem::model::{Message, MessageId, NoteSpeaking, NoteState};
use tandem::store::{Command as Kept, Event, TalkCommand, TalkEvent};
use tandem::xmpp::{self, InboundMessage};

use super::world::*;

fn note(request: NoteRequest) -> Request {
    Request::File(FileRequest::Note(request))
}

fn spoken() -> Spoken {
    Spoken { bytes: Arc::from(*b"OggS"), ms: 2_000, peak: 0.5, microphone_open: true }
}

fn told(world: &mut World, news: NoteNews) {
    world.media(media::Event::Note(news));
}

/// What the media thread was told about voice messages.
fn orders(world: &World) -> Vec<NoteOrder> {
    let order = |command: Command| match command {
        Command::Note(order) => Some(order),
        _ => None,
    };
    world.sound().into_iter().filter_map(order).collect()
}

fn speaking(world: &mut World) -> Option<NoteSpeaking> {
    world.shown().notes.speaking.clone()
}

fn sent(world: &World) -> usize {
    world.effects.iter().filter(|effect| matches!(effect, Effect::File(FileEffect::Lay { .. }))).count()
}

fn refusals(world: &World) -> Vec<Refusal> {
    let refusal = |effect: &Effect| match effect {
        Effect::Answer(_, Err(refusal)) => Some(refusal.clone()),
        _ => None,
    };
    world.effects.iter().filter_map(refusal).collect()
}

fn begin(world: &mut World) {
    world.effects.clear();
    world.done(note(NoteRequest::Record(jid("bob@example.com"))));
    assert_eq!(orders(world), [NoteOrder::Record]);
}

#[test]
fn a_voice_message_is_spoken_shown_with_its_length_and_sent_as_a_file() {
    let mut world = World::online();
    begin(&mut world);
    told(&mut world, NoteNews::Recording(1_200));
    assert_eq!(speaking(&mut world), Some(NoteSpeaking { to: jid("bob@example.com"), ms: 1_200, held: false }));
    let twice = world.ask(note(NoteRequest::Record(jid("carol@other.example")))).expect("at once");
    assert_eq!(twice.expect_err("one at a time").kind, RefusalKind::NotAllowed);
    assert_eq!(world.ask(note(NoteRequest::Send)).map(|_| ()), None, "answered as a file is");
    assert_eq!(orders(&world).last(), Some(&NoteOrder::Finish));
    assert_eq!(sent(&world), 0, "not before it is whole");
    told(&mut world, NoteNews::Recorded(spoken()));
    let laid = world.effects.iter().find_map(|effect| match effect {
        Effect::File(FileEffect::Lay { name, bytes, .. }) => Some((name.to_string(), bytes.len())),
        _ => None,
    });
    let (name, bytes) = laid.expect("it goes");
    assert!(name.starts_with("Voice message 2026-") && name.ends_with(".ogg") && !name.contains(':'), "{name}");
    assert_eq!((bytes, speaking(&mut world)), (4, None));
}

#[test]
fn what_is_thrown_away_is_not_sent_and_what_is_not_worth_it_says_why() {
    let mut world = World::online();
    begin(&mut world);
    world.done(note(NoteRequest::Cancel));
    assert_eq!(orders(&world).last(), Some(&NoteOrder::Cancel));
    // What was on its way when it was thrown away.
    told(&mut world, NoteNews::Recorded(spoken()));
    assert_eq!((sent(&world), speaking(&mut world)), (0, None));
    for (spoken, why) in [
        (Spoken { ms: 200, ..spoken() }, "too short"),
        (Spoken { peak: 0.0, ..spoken() }, "gave no sound"),
        (Spoken { microphone_open: false, ..spoken() }, "no microphone is open"),
    ] {
        begin(&mut world);
        assert_eq!(world.ask(note(NoteRequest::Send)).map(|_| ()), None);
        told(&mut world, NoteNews::Recorded(spoken));
        assert!(refusals(&world).iter().any(|refusal| refusal.text.contains(why)), "{why}");
        assert_eq!((sent(&world), speaking(&mut world)), (0, None));
    }
    begin(&mut world);
    assert_eq!(world.ask(note(NoteRequest::Send)).map(|_| ()), None);
    told(&mut world, NoteNews::Failed);
    assert!(refusals(&world).iter().any(|refusal| refusal.text.contains("sound does not work")));
}

#[test]
fn a_call_ends_the_speaking_and_nothing_of_it_is_lost() {
    let mut world = World::online();
    begin(&mut world);
    let call = world.dial_bob();
    assert_eq!(orders(&world).last(), Some(&NoteOrder::Finish), "the microphone is the call's");
    told(&mut world, NoteNews::Recorded(spoken()));
    assert!(speaking(&mut world).is_some_and(|speaking| speaking.held));
    let during = world.ask(note(NoteRequest::Record(jid("bob@example.com")))).expect("at once");
    assert_eq!(during.expect_err("one waits").kind, RefusalKind::NotAllowed);
    world.ended(call, 200, tandem::model::EndedBy::Local);
    // While chat is away it waits on, and is sent when that is back.
    world.chat(xmpp::Event::Offline { reason: reason("x"), retry_at: None });
    let away = world.ask(note(NoteRequest::Send)).expect("at once");
    assert_eq!(away.expect_err("not connected").kind, RefusalKind::Offline);
    assert!(speaking(&mut world).is_some_and(|speaking| speaking.held), "nobody speaks twice");
    world.sign_in_chat();
    assert_eq!(world.ask(note(NoteRequest::Send)).map(|_| ()), None);
    assert_eq!((sent(&world), speaking(&mut world)), (1, None));
}

/// A message of Bob's with a sound, as the store has it.
fn stored(world: &mut World, url: &str) -> Message {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, _) = tandem::store::open(&folder.path().join("db")).unwrap();
    let message = InboundMessage { file: true, ..InboundMessage::new(jid("bob@example.com"), url, world.now.wall) };
    let command = Kept::AppendIncoming { account: jid("alice@example.com"), message, checkpoint: world.checkpoint() };
    match store.execute(&[command]).unwrap().into_iter().next() {
        Some(Event::Incoming { message: Some(message), .. }) => message,
        other => panic!("{other:?}"),
    }
}

fn state(world: &mut World) -> Option<(NoteState, u64, u64)> {
    world.shown().notes.playing.as_ref().map(|playing| (playing.state.clone(), playing.ms, playing.of_ms))
}

fn found(world: &mut World, message: &Message) -> Option<u64> {
    world.put(Input::Store(Event::Talk(TalkEvent::Found(message.id.clone(), Some(Box::new(message.clone()))))));
    world.effects.iter().rev().find_map(|effect| match effect {
        Effect::File(FileEffect::Sound { number, fetch, .. }) => {
            assert_eq!((fetch.most, fetch.own_domains.as_slice()), (33_554_432, ["example.com".into()].as_slice()));
            Some(*number)
        }
        _ => None,
    })
}

#[test]
fn x25_a_voice_message_is_fetched_on_a_click_and_nothing_but_sound_is() {
    let mut world = World::online();
    let message = stored(&mut world, "https://files.example.com/s/Voice%20message.ogg");
    world.effects.clear();
    world.done(note(NoteRequest::Play(message.id.clone(), 0)));
    let asked =
        |effect: &Effect| matches!(effect, Effect::Store(Kept::Talk(TalkCommand::Find(id))) if *id == message.id);
    assert!(world.effects.iter().any(asked));
    assert_eq!(state(&mut world), Some((NoteState::Coming, 0, 0)));
    let number = found(&mut world, &message).expect("it is fetched");
    let why: Arc<str> = "This sound is damaged and cannot be played.".into();
    world.put(Input::File(FileEvent::Sound(number, Err(why.clone()))));
    assert_eq!(state(&mut world), Some((NoteState::Failed(why), 0, 0)));
    let other = stored(&mut world, "https://files.example.com/s/song.exe");
    world.effects.clear();
    world.done(note(NoteRequest::Play(other.id.clone(), 0)));
    assert_eq!(found(&mut world, &other), None);
    assert!(matches!(state(&mut world), Some((NoteState::Failed(_), ..))));
}

#[test]
fn a_voice_message_is_played_waits_goes_on_and_stops_for_a_call() {
    let mut world = World::online();
    let message = stored(&mut world, "https://files.example.com/s/Voice%20message.ogg");
    world.done(note(NoteRequest::Play(message.id.clone(), 0)));
    let number = found(&mut world, &message).expect("it is fetched");
    let track = Arc::new(media::NoteTrack::read(SOUND_FILE).expect("a voice message"));
    world.put(Input::File(FileEvent::Sound(number, Ok(track.clone()))));
    let of = track.ms();
    assert_eq!(of, 200);
    assert_eq!(state(&mut world), Some((NoteState::Playing, 0, of)));
    told(&mut world, NoteNews::Playing(120));
    world.done(note(NoteRequest::Pause));
    assert_eq!(
        (orders(&world).last(), state(&mut world)),
        (Some(&NoteOrder::StopPlaying), Some((NoteState::Paused, 120, of)))
    );
    // What was told before it waited comes too late.
    told(&mut world, NoteNews::Playing(140));
    assert_eq!(state(&mut world), Some((NoteState::Paused, 120, of)));
    world.done(note(NoteRequest::Resume));
    assert_eq!(orders(&world).last(), Some(&NoteOrder::Play(track.clone(), 120)), "from where it was left");
    world.done(note(NoteRequest::Play(message.id.clone(), 20)));
    assert_eq!(orders(&world).last(), Some(&NoteOrder::Play(track, 20)), "without fetching it again");
    world.dial_bob();
    assert_eq!(state(&mut world), Some((NoteState::Paused, 20, of)), "a call is not talked over");
    let refused = world.ask(note(NoteRequest::Play(MessageId("x".into()), 0))).expect("at once");
    assert_eq!(refused.expect_err("a call").kind, RefusalKind::NotAllowed);
}

/// Ten packets of silence in Ogg, made by hand; a page for the head, one for the tags, one for the sound.
const SOUND_FILE: &[u8] = include_bytes!("../data/voice_message.ogg");
