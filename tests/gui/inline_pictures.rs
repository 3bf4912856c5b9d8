//! Pictures in conversations: small in their bubble, large on a click, pasted, and chosen with the desktop's dialog.

use std::sync::Arc;
use std::time::Duration;

use tandem::account::{FileRequest, PictureReply, PictureRequest, Reply, Request, Snapshot};
use tandem::gui::files::{Message as Files, Purpose as FilePurpose, Wanted};
use tandem::gui::pictures::Message as Pictures;
use tandem::gui::{App, Effect, Message as Event, Purpose};
use tandem::model::{Delivery, MessagePicture, OpenedPicture, PictureFrame, PictureState, Thumb};
use tandem::platform::{Clip, ClipPicture, NoChooser};

use super::pictures::draw;
use super::talk::id;
use super::world::*;

/// A landscape: sky over a meadow, with a sun.
fn pixels(width: u32, height: u32, shift: f32) -> Vec<u8> {
    let mut all = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let (u, v) = (x as f32 / width as f32, y as f32 / height as f32);
            let hill = 0.62 + 0.12 * ((u + shift) * 6.0).sin();
            let sun = (u - 0.72).hypot((v - 0.25) * height as f32 / width as f32) < 0.07;
            let color = if v > hill {
                [60, (150.0 - 60.0 * (v - hill)) as u8, 70]
            } else if sun {
                [255, 226, 130]
            } else {
                [(120.0 + 90.0 * v) as u8, (170.0 + 50.0 * v) as u8, 235]
            };
            all.extend(color);
            all.push(255);
        }
    }
    all
}

fn thumb(animated: bool) -> Arc<Thumb> {
    let rgba = pixels(560, 420, 0.0).into();
    Arc::new(Thumb { width: 4000, height: 3000, animated, thumb_width: 560, thumb_height: 420, rgba })
}

fn known(number: u32, state: PictureState) -> MessagePicture {
    MessagePicture { id: id(number), state }
}

fn with_messages(snapshot: Snapshot) -> App {
    let mut app = app(snapshot);
    addresses_of_files(
        &mut app,
        &[
            (false, "https://files.example.com/s/Summer%20house.jpg"),
            (false, "https://files.example.com/s/dance.gif"),
            (true, "https://files.example.com/s/plan.png"),
            (false, "https://share.example.net/a/large.png"),
        ],
    );
    app
}

fn every_state(snapshot: Snapshot) -> App {
    let failed = "The picture is too large to be shown here. Download the file to open it with another program.";
    let pictures = vec![
        known(1, PictureState::Here(thumb(false))),
        known(2, PictureState::Here(thumb(true))),
        known(3, PictureState::Offered),
        known(4, PictureState::Failed(failed.into())),
    ];
    with_messages(Snapshot { pictures: pictures.into(), ..snapshot })
}

fn file(message: Files) -> Event {
    Event::File(message)
}

fn requests(effects: Vec<Effect>) -> Vec<FileRequest> {
    let about = |request: Request| match request {
        Request::File(request) => Some(request),
        _ => None,
    };
    asked(effects).into_iter().filter_map(about).collect()
}

fn shows(app: &App, words: &str) -> bool {
    simulator(app, 1100.0, 1100.0).find(words).is_ok()
}

fn opened(frames: usize) -> Reply {
    let frame = |at: usize| PictureFrame { stands_ms: 80, rgba: pixels(400, 300, at as f32 * 0.1).into() };
    let frames = (0..frames).map(frame).collect();
    let picture = OpenedPicture { width: 400, height: 300, frames, whole_width: 4000, whole_height: 3000 };
    Reply::Picture(PictureReply::Opened(Arc::new(picture)))
}

fn looking(snapshot: Snapshot) -> App {
    let mut app = every_state(snapshot);
    drop(app.update(file(Files::Picture(Pictures::Open(id(2))))));
    app.update(Event::Answered(Purpose::File(FilePurpose::Opened(id(2))), Ok(opened(3))));
    app
}

fn pasting(snapshot: Snapshot) -> App {
    let mut app = with_messages(snapshot);
    let picture = ClipPicture { png: vec![1, 2, 3], small: (640, 480, pixels(640, 480, 0.2)) };
    drop(app.update(file(Files::Pasted(jid("bob@example.com"), Clip::Picture(picture)))));
    app
}

#[test]
fn pictures_near_the_screen_are_asked_for_once_and_drawings_never() {
    let mut app = app(snapshot());
    let bob = jid("bob@example.com");
    app.update(Event::Open(bob.clone()));
    let message = |number, url| {
        let mut message = said("bob@example.com", number, false, "2026-11-22T14:03:00Z", url, Delivery::Received);
        message.details.file = true;
        message
    };
    let all = vec![message(1, "https://e.example/a.jpg"), message(2, "https://e.example/a.svg")];
    let looked = requests(app.update(Event::Answered(Purpose::Newest(bob, 1), Ok(Reply::Messages(all)))));
    assert_eq!(looked, [FileRequest::Picture(PictureRequest::Look(vec![id(1)]))]);
    let again = requests(app.update(Event::TimelineScrolled(0.0, 0.0, 500.0)));
    assert!(again.is_empty(), "it is on its way: {again:?}");
    assert!(shows(&app, "Show picture"));
    assert_eq!(
        requests(app.update(file(Files::Picture(Pictures::Show(id(1)))))),
        [FileRequest::Picture(PictureRequest::Show(id(1)))]
    );
}

#[test]
fn a_picture_is_looked_at_on_a_click_moves_only_then_and_escape_closes_it() {
    let mut app = every_state(snapshot());
    assert_eq!(app.frame_stands(), None, "in the conversation nothing moves");
    for words in ["Show picture", "Try again", "Download"] {
        assert!(shows(&app, words), "{words}");
    }
    assert!(!shows(&app, "Summer house.jpg"), "the picture says more than its name");
    let asked = requests(app.update(file(Files::Picture(Pictures::Open(id(2))))));
    assert_eq!(asked, [FileRequest::Picture(PictureRequest::Open(id(2)))]);
    app.update(Event::Answered(Purpose::File(FilePurpose::Opened(id(2))), Ok(opened(3))));
    assert_eq!(app.frame_stands(), Some(Duration::from_millis(80)));
    app.update(file(Files::Picture(Pictures::Frame)));
    for words in ["dance.gif", "4000 × 3000", "Save"] {
        assert!(shows(&app, words), "{words}");
    }
    let saved =
        requests(click(&mut app, "Save").into_iter().map(|request| Effect::Ask(request, Purpose::Tell)).collect());
    assert_eq!(saved, [FileRequest::Download(id(2))]);
    app.update(file(Files::Picture(Pictures::Play(false))));
    assert_eq!(app.frame_stands(), None, "it stands still when it is told to");
    app.update(Event::Lay(None));
    assert!(!shows(&app, "4000 × 3000"));
    let mut calm = snapshot();
    calm.appearance.reduce_motion = true;
    assert_eq!(looking(calm).frame_stands(), None, "and where less motion is wanted");
}

#[test]
fn what_is_pasted_is_shown_before_it_goes_and_text_goes_into_the_field() {
    let mut app = pasting(snapshot());
    assert!(shows(&app, "Send this picture?"));
    let sent = click(&mut app, "Send");
    let [Request::File(FileRequest::SendBytes { to, name, bytes })] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!((to.as_str(), bytes.as_ref()), ("bob@example.com", [1, 2, 3].as_slice()));
    assert!(name.starts_with("Picture 20") && name.ends_with(".png"), "{name}");
    let bob = || jid("bob@example.com");
    let files = Clip::Files(vec!["/home/alice/a b.pdf".into(), "/home/alice/c.txt".into()]);
    drop(app.update(file(Files::Pasted(bob(), files))));
    assert!(shows(&app, "a b.pdf") && shows(&app, "Send these files?"));
    let sent = click(&mut app, "Send");
    assert_eq!(sent.len(), 2, "{sent:?}");
    drop(app.update(file(Files::Pasted(bob(), Clip::Text("hello".to_owned())))));
    let elsewhere = app.update(file(Files::Pasted(jid("ana@example.com"), Clip::Text(" lost".to_owned()))));
    assert!(elsewhere.is_empty(), "another conversation is open by now: {elsewhere:?}");
    let said = asked(app.update(Event::SendDraft));
    let hello = |request: &Request| matches!(request, Request::Send { body, .. } if &**body == "hello");
    assert!(said.iter().any(hello), "text is text: {said:?}");
}

#[test]
fn the_desktops_dialog_chooses_files_and_where_there_is_none_the_path_is_typed() {
    let mut app = with_messages(snapshot());
    let bob = jid("bob@example.com");
    let wanted = app.update(file(Files::Choose));
    assert!(matches!(wanted.as_slice(), [Effect::File(Wanted::Choose(to))] if *to == bob), "{wanted:?}");
    let chosen = Ok(vec!["/home/alice/a.pdf".into(), "/home/alice/b.pdf".into()]);
    let sent = requests(app.update(file(Files::Chosen(bob.clone(), chosen))));
    let send = |path: &str| FileRequest::Send { to: bob.clone(), path: path.into() };
    assert_eq!(sent, [send("/home/alice/a.pdf"), send("/home/alice/b.pdf")]);
    drop(app.update(file(Files::Chosen(bob, Err(NoChooser)))));
    assert!(shows(&app, "Where the file lies: /home/you/report.pdf"));
}

#[test]
#[ignore = "writes pictures"]
fn pictures_of_pictures() {
    type Build = fn(Snapshot) -> App;
    let scene: [(&str, Build); 3] = [("inline", every_state), ("inline-viewer", looking), ("inline-pasted", pasting)];
    for (name, build) in scene {
        for (theme, themed) in [("light", light as fn(Snapshot) -> Snapshot), ("dark", dark)] {
            draw(&format!("{name}-{theme}"), &build(themed(snapshot())), 1100.0, 900.0);
        }
        draw(&format!("{name}-narrow"), &sized(build(light(snapshot())), 400.0, 640.0), 400.0, 640.0);
        draw(&format!("{name}-double"), &sized(build(dark(snapshot())), 550.0, 400.0), 550.0, 400.0);
    }
}
