//! Voice messages in the window: the microphone in the empty field, the bar while somebody speaks, and the player.

use std::sync::Arc;

use tandem::account::{FileRequest, NoteRequest, Request, Snapshot};
use tandem::gui::files::Message as Files;
use tandem::gui::voice_notes::Message as Voice;
use tandem::gui::{App, Message as Event, Place};
use tandem::model::{Meters, NotePlaying, NoteSpeaking, NoteState, NotesView};

use super::pictures::draw;
use super::talk::id;
use super::world::*;

fn with_notes(snapshot: Snapshot, notes: NotesView) -> App {
    let mut app = app(Snapshot { notes: Arc::new(notes), ..snapshot });
    addresses_of_files(
        &mut app,
        &[
            (false, "https://files.example.com/s/Voice%20message%202026-11-22%2013.05.07.ogg"),
            (true, "https://files.example.com/s/Voice%20message%202026-11-22%2014.00.00.ogg"),
            (false, "https://files.example.com/s/concert.opus"),
        ],
    );
    app.update(Event::Meters(Meters { input: 0.4, ..Meters::default() }));
    app
}

fn speaking(held: bool) -> NotesView {
    NotesView { speaking: Some(NoteSpeaking { to: jid("bob@example.com"), ms: 67_400, held }), playing: None }
}

fn playing(state: NoteState) -> NotesView {
    let playing = NotePlaying { id: id(1), state, ms: 12_000, of_ms: 31_000 };
    NotesView { speaking: None, playing: Some(playing) }
}

fn shows(app: &App, words: &str) -> bool {
    simulator(app, 1100.0, 900.0).find(words).is_ok()
}

fn notes(asked: &[Request]) -> Vec<NoteRequest> {
    let note = |request: &Request| match request {
        Request::File(FileRequest::Note(note)) => Some(note.clone()),
        _ => None,
    };
    asked.iter().filter_map(note).collect()
}

#[test]
fn somebody_speaks_sends_or_throws_away_and_is_not_listened_to_elsewhere() {
    let mut app = with_notes(snapshot(), NotesView::default());
    let asked_for = asked(app.update(Event::File(Files::Note(Voice::Record))));
    assert_eq!(notes(&asked_for), [NoteRequest::Record(jid("bob@example.com"))]);
    let mut app = with_notes(snapshot(), speaking(false));
    assert!(shows(&app, "1:07"));
    assert_eq!(notes(&click(&mut app, "Discard")), [NoteRequest::Cancel]);
    assert_eq!(notes(&click(&mut app, "Send")), [NoteRequest::Send]);
    assert_eq!(notes(&asked(app.update(Event::Go(Place::Settings)))), [NoteRequest::Stop]);
    assert_eq!(notes(&asked(app.update(Event::Open(jid("ana@example.com"))))), [NoteRequest::Stop]);
    let mut app = with_notes(snapshot(), speaking(true));
    assert!(shows(&app, "Voice message, not sent"));
    assert!(notes(&asked(app.update(Event::Go(Place::Settings)))).is_empty(), "it waits already");
    app.update(Event::Open(jid("ana@example.com")));
    assert!(shows(&app, "Voice message to Bob Fischer"));
}

#[test]
fn a_voice_message_is_played_where_it_stands_with_its_place() {
    let mut app = with_notes(snapshot(), NotesView::default());
    assert!(shows(&app, "Voice message") && shows(&app, "concert.opus"));
    let play = asked(app.update(Event::File(Files::Note(Voice::Play(id(1))))));
    assert_eq!(notes(&play), [NoteRequest::Play(id(1), 0)]);
    let mut app = with_notes(snapshot(), playing(NoteState::Playing));
    assert!(shows(&app, "0:12 of 0:31"));
    assert_eq!(notes(&asked(app.update(Event::File(Files::Note(Voice::Pause))))), [NoteRequest::Pause]);
    let mut app = with_notes(snapshot(), playing(NoteState::Paused));
    let again = asked(app.update(Event::File(Files::Note(Voice::Play(id(1))))));
    assert_eq!(notes(&again), [NoteRequest::Play(id(1), 12_000)], "from where it was left");
    let failed = NoteState::Failed("This sound is damaged and cannot be played.".into());
    let mut app = with_notes(snapshot(), playing(failed));
    assert!(shows(&app, "This sound is damaged and cannot be played."));
    let download = click(&mut app, "Download");
    assert!(matches!(download.as_slice(), [Request::File(FileRequest::Download(_))]), "{download:?}");
}

#[test]
#[ignore = "writes pictures"]
fn pictures_of_voice_messages() {
    let scene: [(&str, NotesView); 3] = [
        ("voice-speaking", speaking(false)),
        ("voice-held", speaking(true)),
        ("voice-playing", playing(NoteState::Playing)),
    ];
    for (name, notes) in scene {
        for (theme, themed) in [("light", light as fn(Snapshot) -> Snapshot), ("dark", dark)] {
            draw(&format!("{name}-{theme}"), &with_notes(themed(snapshot()), notes.clone()), 1100.0, 600.0);
        }
        draw(
            &format!("{name}-narrow"),
            &sized(with_notes(light(snapshot()), notes.clone()), 400.0, 640.0),
            400.0,
            640.0,
        );
        draw(&format!("{name}-double"), &sized(with_notes(dark(snapshot()), notes), 550.0, 400.0), 550.0, 400.0);
    }
}
