//! Files in a conversation: what a bubble offers, what is on its way, and how one is chosen.

use std::sync::Arc;

use tandem::account::{FileRequest, Request, Snapshot};
use tandem::gui::files::Message as Files;
use tandem::gui::{App, Message as Event};
use tandem::model::{FileState, FileTransfer, MessageDirection, MessageId};
use tandem::platform::NoChooser;

use super::pictures::draw;
use super::talk::id;
use super::world::*;

const PHOTO: &str = "https://files.example.com/file_share/0193/Team%20photo.jpg";

fn transfer(name: &str, message: MessageId, out: bool, done: u64, state: FileState) -> FileTransfer {
    FileTransfer {
        id: message,
        with: jid("bob@example.com"),
        direction: if out { MessageDirection::Out } else { MessageDirection::In },
        name: name.into(),
        size: Some(4_200_000),
        done,
        state,
    }
}

/// Bob's three files, and one of Alice's.
fn with_files(snapshot: Snapshot, files: Vec<FileTransfer>) -> App {
    let mut app = app(Snapshot { files: files.into(), ..snapshot });
    addresses_of_files(
        &mut app,
        &[
            (false, PHOTO),
            (false, "https://files.example.com/file_share/0194/Minutes%20of%20the%20meeting.odt"),
            (false, "https://share.example.net/a/setup.exe"),
            (true, "https://files.example.com/file_share/0195/plan.pdf"),
        ],
    );
    app
}

fn every_state(snapshot: Snapshot) -> App {
    let why = "The file is too large: it has 4.2 MB, and your chat server takes 1 MB at most.";
    with_files(
        snapshot,
        vec![
            transfer("Team photo.jpg", id(1), false, 4_200_000, done("/home/alice/Downloads/Team photo.jpg")),
            transfer("Minutes of the meeting.odt", id(2), false, 2_500_000, FileState::Running),
            transfer("slides.pdf", id(90), true, 1_300_000, FileState::Running),
            transfer("recording.wav", id(91), true, 0, FileState::Failed { why: why.into() }),
        ],
    )
}

fn done(path: &str) -> FileState {
    FileState::Done { path: Some(path.into()) }
}

fn shows(app: &App, words: &str) -> bool {
    simulator(app, 1100.0, 900.0).find(words).is_ok()
}

fn about(asked: &[Request]) -> Vec<FileRequest> {
    let file = |request: &Request| match request {
        Request::File(file) => Some(file.clone()),
        _ => None,
    };
    asked.iter().filter_map(file).collect()
}

#[test]
fn a_file_shows_its_name_and_comes_only_on_a_click() {
    let mut app = with_files(snapshot(), Vec::new());
    for words in ["Team photo.jpg", "setup.exe", "From files.example.com", "From share.example.net"] {
        assert!(shows(&app, words), "{words}");
    }
    assert!(!shows(&app, PHOTO), "a name says more than an address");
    let asked = asked(app.update(Event::File(Files::Download(id(1)))));
    assert_eq!(about(&asked), [FileRequest::Download(id(1))]);
    assert_eq!(about(&click(&mut app, "Download")).len(), 1, "the button does that");
}

#[test]
fn what_is_on_its_way_can_be_cancelled_and_what_came_is_opened_only_where_it_is_no_program() {
    let mut app = every_state(snapshot());
    for words in ["2.5 MB of 4.2 MB", "slides.pdf", "In your downloads · 4.2 MB", "Open", "Show in folder", "Cancel"] {
        assert!(shows(&app, words), "{words}");
    }
    assert!(shows(&app, "The file is too large: it has 4.2 MB, and your chat server takes 1 MB at most."));
    assert_eq!(about(&click(&mut app, "Cancel")), [FileRequest::Cancel(id(2))]);
    let program = vec![transfer("setup.exe", id(3), false, 1, done("/home/alice/Downloads/setup.exe"))];
    let mut app = with_files(snapshot(), program);
    assert!(shows(&app, "Show in folder") && !shows(&app, "Open"), "a program is not opened");
    let opened = app.update(Event::File(Files::Open("/home/alice/Downloads/setup.exe".into())));
    assert!(opened.is_empty(), "{opened:?}");
    let folder = app.update(Event::File(Files::Folder("/home/alice/My files/setup.exe".into())));
    assert!(format!("{folder:?}").contains("file:///home/alice/My%20files\""), "{folder:?}");
}

#[test]
fn a_file_is_dropped_on_a_conversation_or_chosen_by_its_path() {
    let mut app = with_files(snapshot(), Vec::new());
    let to = || jid("bob@example.com");
    let dropped = asked(app.update(Event::Dropped("/home/alice/a b.pdf".to_owned())));
    assert_eq!(about(&dropped), [FileRequest::Send { to: to(), path: "/home/alice/a b.pdf".into() }]);
    drop(app.update(Event::File(Files::Chosen(to(), Err(NoChooser)))));
    assert!(shows(&app, "Send a file"));
    drop(app.update(Event::File(Files::Typed("file:///home/alice/a%20b.pdf".to_owned()))));
    let sent = click(&mut app, "Send");
    assert_eq!(about(&sent), [FileRequest::Send { to: to(), path: Arc::from("/home/alice/a b.pdf") }]);
    assert!(!shows(&app, "Where the file lies: /home/you/report.pdf"), "the sheet has gone");
}

#[test]
#[ignore = "writes pictures"]
fn pictures_of_files() {
    let sheet = |snapshot: Snapshot| {
        let mut app = with_files(snapshot, Vec::new());
        drop(app.update(Event::File(Files::Chosen(jid("bob@example.com"), Err(NoChooser)))));
        app
    };
    for (name, build) in [("files", every_state as fn(Snapshot) -> App), ("files-sheet", sheet)] {
        for (theme, themed) in [("light", light as fn(Snapshot) -> Snapshot), ("dark", dark)] {
            draw(&format!("{name}-{theme}"), &build(themed(snapshot())), 1100.0, 760.0);
        }
        draw(&format!("{name}-narrow"), &sized(build(light(snapshot())), 400.0, 640.0), 400.0, 640.0);
        draw(&format!("{name}-double"), &sized(build(dark(snapshot())), 550.0, 400.0), 550.0, 400.0);
    }
}
