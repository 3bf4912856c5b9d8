//! A conversation goes into a file: the sheet, by mouse and by keys, and its pictures.

use tandem::account::{ExportFormat, Refusal, RefusalKind, Reply, Request, Snapshot};
use tandem::gui::export::Message as Export;
use tandem::gui::talk::{Purpose as Asked, Sheet};
use tandem::gui::{App, Message as Event, Overlay, Purpose};

use super::pictures::draw;
use super::world::*;

fn asking(snapshot: Snapshot) -> App {
    let mut app = with_bob(snapshot);
    app.update(Event::ToggleDetails);
    // At the end of the panel, which scrolls: here the window is high enough for all of it.
    let opened: Vec<Event> = {
        let mut window = simulator(&app, 1100.0, 1400.0);
        window.click(iced::widget::Id::new("export")).expect("the button");
        window.into_messages().collect()
    };
    assert!(opened.into_iter().flat_map(|event| asked(app.update(event))).next().is_none());
    app.update(Event::Export(Export::Path("/home/alice/Downloads/Conversation Bob Baker.txt".into())));
    app
}

fn shows(app: &App, words: &str) -> bool {
    simulator(app, 1200.0, 900.0).find(words).is_ok()
}

#[test]
fn a_conversation_is_exported_from_its_details() {
    let mut app = asking(snapshot());
    assert!(click(&mut app, "JSON, for programs").is_empty());
    let asked = click_named(&mut app, "export-write");
    let [Request::Export(request)] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!((request.with.as_str(), request.format), ("bob@example.com", ExportFormat::Json));
    assert_eq!(&*request.path, "/home/alice/Downloads/Conversation Bob Baker.json", "the ending goes with the form");
    // Not twice.
    assert!(app.update(Event::Export(Export::Write)).is_empty());
    // What is there already is said where the name can be changed.
    let why = "That file is there already: choose another name.";
    let refusal = Refusal::new(RefusalKind::Invalid, why);
    app.update(Event::Answered(Purpose::Talk(Asked::Exported), Err(refusal)));
    assert!(shows(&app, why));
    app.update(Event::Export(Export::Path("/home/alice/bob.json".into())));
    assert!(!shows(&app, why));
    let asked = asked_of(app.update(Event::Export(Export::Write)));
    assert_eq!(asked, 1);
    let done = Reply::Exported { messages: 621, path: "/home/alice/bob.json".into() };
    app.update(Event::Answered(Purpose::Talk(Asked::Exported), Ok(done)));
    assert!(shows(&app, "621 messages were written to /home/alice/bob.json"));
    assert!(!shows(&app, "JSON, for programs"), "the sheet is gone");
}

fn asked_of(effects: Vec<tandem::gui::Effect>) -> usize {
    asked(effects).len()
}

#[test]
fn without_a_path_nothing_can_be_written() {
    let mut app = asking(snapshot());
    app.update(Event::Export(Export::Path("  ".into())));
    assert!(click_named(&mut app, "export-write").is_empty());
    app.update(Event::Lay(Some(Overlay::Talk(Sheet::Export))));
}

#[test]
#[ignore = "writes pictures"]
fn pictures_of_exports() {
    let details: fn(Snapshot) -> App = |snapshot| {
        let mut app = with_bob(snapshot);
        app.update(Event::ToggleDetails);
        app
    };
    let refused: fn(Snapshot) -> App = |snapshot| {
        let mut app = asking(snapshot);
        let why = "/home/alice/Downloads/Conversation Bob Baker.txt is there already: choose another name.";
        app.update(Event::Answered(Purpose::Talk(Asked::Exported), Err(Refusal::new(RefusalKind::Invalid, why))));
        app
    };
    for (name, build) in
        [("export-details", details), ("export", asking as fn(Snapshot) -> App), ("export-refused", refused)]
    {
        for (theme, themed) in [("light", light as fn(Snapshot) -> Snapshot), ("dark", dark)] {
            draw(&format!("{name}-{theme}"), &build(themed(snapshot())), 1100.0, 760.0);
        }
        draw(&format!("{name}-narrow"), &sized(build(light(snapshot())), 400.0, 640.0), 400.0, 640.0);
        draw(&format!("{name}-double"), &sized(build(dark(snapshot())), 550.0, 400.0), 550.0, 400.0);
    }
}
