//! The icon in the tray, and the window that goes there and comes back.

use std::sync::Arc;

use iced::Point;
use tandem::account::{Remember, Remembered, Request, Snapshot};
use tandem::config::{Desktop, parse};
use tandem::gui::tray::{Message as Tray, line};
use tandem::gui::{App, Arrangement, Effect, Message as Event, Options};
use tandem::model::{CallState, ConnectionState, Delivery, Direction, Service, Show};
use tandem::platform::{Tray as Icon, TrayHeard, TrayKind};

use super::world::*;

/// A program whose icon somebody shows.
struct Desk {
    app: App,
    icon: Arc<Icon>,
    /// Everything else that was asked of the outside.
    effects: Vec<Effect>,
}

impl Desk {
    fn start(snapshot: Snapshot, minimized: bool) -> Self {
        let options = Options {
            offset: time::UtcOffset::UTC,
            minimized,
            at_login: false,
            language: tandem::model::Language::English,
            downloads: Default::default(),
        };
        let app = App::new(Arc::new(snapshot.clone()), options, now());
        let effects = app.first_effects();
        let mut desk = Self { app, icon: Arc::default(), effects };
        desk.happen(Event::Snapshot(Arc::new(snapshot)));
        desk
    }

    fn happen(&mut self, event: Event) {
        for effect in self.app.update(event) {
            match effect {
                Effect::Tray(icon) => self.icon = icon,
                other => self.effects.push(other),
            }
        }
    }

    fn heard(&mut self, heard: TrayHeard) {
        self.happen(Event::Tray(Tray(heard)));
    }

    fn choose(&mut self, id: i32) -> Vec<Request> {
        self.effects.clear();
        self.heard(TrayHeard::Chosen(id));
        asked(std::mem::take(&mut self.effects))
    }

    /// What became of the window since it was asked last: opened, raised, minimised, closed.
    fn window(&mut self) -> Vec<&'static str> {
        let word = |effect: Effect| match effect {
            Effect::OpenWindow => Some("opened"),
            Effect::Raise => Some("raised"),
            Effect::Minimize => Some("minimised"),
            Effect::CloseWindow => Some("closed"),
            Effect::Ask(Request::Quit, _) => Some("quit"),
            _ => None,
        };
        std::mem::take(&mut self.effects).into_iter().filter_map(word).collect()
    }

    fn lines(&self) -> Vec<&str> {
        let told = self.icon.menu.iter().filter(|entry| entry.kind == TrayKind::Fact);
        told.map(|entry| entry.label.as_str()).collect()
    }

    fn kind(&self, id: i32) -> Option<TrayKind> {
        self.icon.menu.iter().find(|entry| entry.id == id).map(|entry| entry.kind)
    }
}

fn configured(keys: &str) -> Desktop {
    let text = format!("[[chat]]\naddress = \"a@example.com\"\npassword-keyring = true\n[desktop]\n{keys}\n");
    parse(&text, "config.toml").unwrap().desktop
}

fn with(keys: &str) -> Snapshot {
    Snapshot { desktop: configured(keys), ..snapshot() }
}

fn states_of(chat: ConnectionState, voice: ConnectionState) -> Snapshot {
    Snapshot { accounts: Arc::from([account(Service::Chat, chat), account(Service::Voice, voice)]), ..snapshot() }
}

/// Complaint: the tray does not show that the phone cannot be reached (linphone-desktop 450).
#[test]
fn complaint_08_the_icon_in_the_tray_tells_the_truth_about_both_connections() {
    let mut pictures: Vec<Arc<Icon>> = Vec::new();
    for (chat, voice, expected) in [
        (ConnectionState::Online, ConnectionState::Online, ["Chat: connected", "Voice: connected"]),
        (ConnectionState::Online, ConnectionState::Offline, ["Chat: connected", "Voice: not connected"]),
        (ConnectionState::Offline, ConnectionState::Online, ["Chat: not connected", "Voice: connected"]),
        (
            ConnectionState::Connecting,
            ConnectionState::Failed,
            ["Chat: connecting …", "Voice: not connected, needs you"],
        ),
    ] {
        let desk = Desk::start(Snapshot { conversations: Arc::from([]), ..states_of(chat, voice) }, false);
        assert_eq!(desk.lines(), expected);
        for fact in expected {
            assert!(desk.icon.tooltip.lines().any(|line| line == fact), "{}", desk.icon.tooltip);
        }
        assert!(
            pictures.iter().all(|other| other.pictures != desk.icon.pictures),
            "{chat:?} {voice:?} looks like another"
        );
        pictures.push(desk.icon);
    }
    let reason = Snapshot {
        reachable: tandem::account::Reachable {
            text: "You can be reached by chat, but not called: no server.".into(),
            ..Default::default()
        },
        ..snapshot()
    };
    assert!(Desk::start(reason, false).icon.tooltip.ends_with("but not called: no server."));
}

#[test]
fn what_is_unread_and_missed_stands_in_the_menu_until_it_is_seen() {
    let unread = |count| {
        let last = said("bob@example.com", 1, false, "2026-11-22T14:04:00Z", "Hi", Delivery::Received);
        Snapshot { conversations: Arc::from([conversation(last, count)]), ..snapshot() }
    };
    let mut desk = Desk::start(unread(2), false);
    assert!(desk.lines().contains(&"2 unread messages"), "{:?}", desk.lines());
    let marked = desk.icon.pictures.clone();
    desk.happen(Event::Snapshot(Arc::new(unread(0))));
    assert!(desk.lines().iter().all(|line| !line.contains("unread")), "{:?}", desk.lines());
    assert_ne!(desk.icon.pictures, marked, "the dot is gone");
    let missed = tandem::model::EventsView { missed: 1, ..Default::default() };
    desk.happen(Event::Snapshot(Arc::new(Snapshot { events: Arc::new(missed), ..unread(0) })));
    assert!(desk.lines().contains(&"1 missed call"));
    assert_eq!(desk.icon.pictures, marked);
}

#[test]
fn the_menu_does_what_the_window_does() {
    let mut desk = Desk::start(snapshot(), false);
    assert_eq!(desk.kind(line::AVAILABLE), Some(TrayKind::Choice(true)));
    for (id, wanted) in [(line::AVAILABLE, Show::Available), (line::AWAY, Show::Away), (line::BUSY, Show::Dnd)] {
        let asked = desk.choose(id);
        assert!(matches!(&asked[..], [Request::Presence { show, .. }] if *show == wanted), "{asked:?}");
    }
    let asked = desk.choose(line::DO_NOT_DISTURB);
    assert!(
        matches!(&asked[..], [Request::ChangeSetting { key, .. }] if &**key == "calls.do-not-disturb"),
        "{asked:?}"
    );
    assert!(desk.choose(line::MICROPHONE).is_empty() && desk.choose(line::ANSWER).is_empty(), "there is no call");
    assert!(desk.choose(4711).is_empty());
    desk.heard(TrayHeard::Chosen(line::QUIT));
    assert_eq!(desk.window(), ["quit"]);

    let ringing = call(7, Direction::Incoming, CallState::Ringing);
    let mut desk = Desk::start(Snapshot { calls: Arc::from([ringing.clone()]), ..snapshot() }, false);
    assert!(desk.icon.attention, "it wants to be seen");
    assert!(matches!(&desk.choose(line::ANSWER)[..], [Request::Answer(id)] if *id == ringing.id));
    assert!(matches!(&desk.choose(line::DECLINE)[..], [Request::Decline(id)] if *id == ringing.id));
    let talking = call(7, Direction::Incoming, CallState::Active);
    let mut desk = Desk::start(Snapshot { calls: Arc::from([talking.clone()]), ..snapshot() }, false);
    assert!(!desk.icon.attention);
    assert!(matches!(&desk.choose(line::MICROPHONE)[..], [Request::Mute(id, true)] if *id == talking.id));
    assert!(matches!(&desk.choose(line::HANG_UP)[..], [Request::Hangup(id)] if *id == talking.id));
}

#[test]
fn a_closed_window_goes_to_the_tray_and_comes_back_by_the_icon() {
    let mut desk = Desk::start(with(""), false);
    assert_eq!(desk.window(), ["opened"]);
    desk.heard(TrayHeard::Shown(true));
    desk.happen(Event::CloseRequested);
    assert_eq!(desk.window(), ["closed"]);
    desk.heard(TrayHeard::Activated);
    assert_eq!(desk.window(), ["opened"]);
    // In front of the user the icon puts it away, behind other windows it brings it.
    desk.happen(Event::Focused(false));
    desk.heard(TrayHeard::Activated);
    assert_eq!(desk.window(), ["raised"]);
    desk.happen(Event::Focused(true));
    desk.heard(TrayHeard::Activated);
    assert_eq!(desk.window(), ["closed"]);
    desk.heard(TrayHeard::Chosen(line::OPEN));
    assert_eq!(desk.window(), ["opened"]);
    // A second start of the program asks for the window too.
    desk.happen(Event::CloseRequested);
    let notice = tandem::account::Notice { seq: 1, body: tandem::account::NoticeBody::Raise(None) };
    desk.happen(Event::Notice(Box::new(notice)));
    assert_eq!(desk.window(), ["closed", "opened"]);
}

#[test]
fn without_a_tray_a_closed_window_ends_the_program_and_none_is_lost_when_the_tray_goes() {
    let mut desk = Desk::start(with(""), false);
    desk.window();
    desk.happen(Event::CloseRequested);
    assert_eq!(desk.window(), ["quit"], "nobody has said that there is a tray");
    let mut desk = Desk::start(with(""), false);
    desk.heard(TrayHeard::Shown(true));
    desk.happen(Event::CloseRequested);
    desk.window();
    desk.heard(TrayHeard::Shown(false));
    assert_eq!(desk.window(), ["opened", "minimised"], "the panel has ended");
    desk.happen(Event::CloseRequested);
    assert_eq!(desk.window(), ["quit"]);
}

#[test]
fn the_icon_and_the_window_are_where_the_keys_say() {
    let starts = |keys: &str, minimized: bool, tray: bool| {
        let mut desk = Desk::start(with(keys), minimized);
        desk.heard(TrayHeard::Shown(tray));
        desk.window()
    };
    // Shown, minimised, or only in the tray; minimised where there is none.
    assert_eq!(starts("", false, true), ["opened"]);
    assert_eq!(starts("", true, true), [""; 0]);
    assert_eq!(starts("start-minimized = true", false, true), [""; 0]);
    assert_eq!(starts("start-minimized = true", false, false), ["opened", "minimised"]);
    assert_eq!(starts("start-minimized = true\nclose-to-tray = false", false, true), ["opened", "minimised"]);
    assert_eq!(starts("start-minimized = true\ntray = false", false, false), ["opened", "minimised"]);
    let closes = |keys: &str| {
        let mut desk = Desk::start(with(keys), false);
        desk.heard(TrayHeard::Shown(true));
        desk.window();
        desk.happen(Event::CloseRequested);
        desk.window()
    };
    assert_eq!(closes(""), ["closed"]);
    assert_eq!(closes("close-to-tray = false"), ["quit"]);
    assert_eq!(closes("tray = false"), ["quit"]);
    assert!(Desk::start(with("tray = false"), false).icon.menu.is_empty(), "no icon");
    // Taken away while the window is there: it comes back.
    let mut desk = Desk::start(with(""), true);
    desk.heard(TrayHeard::Shown(true));
    desk.happen(Event::Snapshot(Arc::new(with("tray = false"))));
    assert_eq!(desk.window(), ["opened", "minimised"]);
}

#[test]
fn the_window_opens_where_it_stood() {
    let remembered = Arc::new(Remembered { place: Some((-200, 40)), ..Default::default() });
    let mut desk = Desk::start(Snapshot { remembered, ..snapshot() }, false);
    let kept = |desk: &mut Desk| -> Vec<Remember> {
        asked(desk.app.update(Event::Arrange(Arrangement::Keep)))
            .into_iter()
            .filter_map(|request| if let Request::Remember(what) = request { Some(what) } else { None })
            .collect()
    };
    desk.happen(Event::Arrange(Arrangement::Moved(Point::new(-200.0, 40.0))));
    assert!(kept(&mut desk).is_empty(), "it is where it was");
    desk.happen(Event::Arrange(Arrangement::Moved(Point::new(300.4, 120.0))));
    assert_eq!(kept(&mut desk), [Remember::Place(300, 120)]);
    // At twice the size a point of the window is two points of the desktop.
    let mut large = snapshot();
    large.appearance.scale_percent = 200;
    let mut desk = Desk::start(large, false);
    desk.happen(Event::Arrange(Arrangement::Moved(Point::new(100.0, 50.0))));
    assert_eq!(kept(&mut desk), [Remember::Place(200, 100)]);
}

#[test]
#[ignore = "writes a picture"]
fn pictures_of_the_icon_in_the_tray() {
    let states = [ConnectionState::Online, ConnectionState::Connecting, ConnectionState::Offline];
    let mut rows = Vec::new();
    for chat in states {
        for voice in states {
            for unread in [0, 3] {
                let last = said("bob@example.com", 1, false, "2026-11-22T14:04:00Z", "Hi", Delivery::Received);
                let told =
                    Snapshot { conversations: Arc::from([conversation(last, unread)]), ..states_of(chat, voice) };
                rows.push(Desk::start(told, false).icon.pictures.clone());
            }
        }
    }
    // On a light and a dark panel, in every size.
    let (width, height) = (420_u32, 72 * rows.len() as u32);
    let mut sheet = image::RgbaImage::from_fn(width, height, |x, _| {
        image::Rgba(if x < width / 2 { [0xf0, 0xf0, 0xf0, 255] } else { [0x20, 0x22, 0x26, 255] })
    });
    for (row, pictures) in rows.iter().enumerate() {
        for half in [0, width / 2] {
            let mut left = half + 4;
            for picture in pictures.iter() {
                let side = u32::from(picture.side);
                for (at, pixel) in picture.argb.chunks(4).enumerate() {
                    let (x, y) = (left + at as u32 % side, row as u32 * 72 + 4 + at as u32 / side);
                    let below = sheet.get_pixel_mut(x, y);
                    for part in 0..3 {
                        let cover = f32::from(pixel[0]) / 255.0;
                        below[part] =
                            (f32::from(pixel[part + 1]) * cover + f32::from(below[part]) * (1.0 - cover)) as u8;
                    }
                }
                left += side + 6;
            }
        }
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/pictures");
    std::fs::create_dir_all(&folder).unwrap();
    sheet.save(folder.join("tray-icons.png")).unwrap();
}

#[test]
fn keys_behind_other_windows_do_what_the_window_does_and_take_no_focus() {
    use tandem::gui::desktop::{ANSWER, HANG_UP, Key, MICROPHONE, Message as Told, SHOW};
    let press = |calls: &[tandem::model::Call], name: &str| {
        let mut desk = Desk::start(Snapshot { calls: calls.to_vec().into(), ..snapshot() }, false);
        desk.happen(Event::Focused(false));
        desk.effects.clear();
        desk.happen(Event::Desktop(Told::Key(Key::Pressed(name.to_owned(), true))));
        let takes =
            desk.effects.iter().any(|effect| matches!(effect, Effect::Raise | Effect::OpenWindow | Effect::Focus(_)));
        assert_eq!(takes, name == SHOW, "{name}");
        asked(desk.effects)
    };
    let ringing = call(7, Direction::Incoming, CallState::Ringing);
    let talking = call(8, Direction::Outgoing, CallState::Active);
    let both = [ringing.clone(), talking.clone()];
    assert!(matches!(&press(&both, ANSWER)[..], [Request::Answer(id)] if *id == ringing.id));
    assert!(matches!(&press(&both, HANG_UP)[..], [Request::Decline(id)] if *id == ringing.id));
    assert!(matches!(&press(&both, MICROPHONE)[..], [Request::Mute(id, true)] if *id == talking.id));
    assert!(matches!(&press(&both[1..], HANG_UP)[..], [Request::Hangup(id)] if *id == talking.id));
    for name in [ANSWER, HANG_UP, MICROPHONE, SHOW, "no such key"] {
        assert!(press(&[], name).is_empty(), "{name}");
    }
}

#[test]
fn the_words_of_a_link_wait_in_the_field_and_do_not_replace_what_is_being_written() {
    use iced::widget::text_editor::{Action, Edit};
    let write = |app: &mut App| {
        let body = tandem::account::NoticeBody::Write(jid("bob@example.com"), "I owe you money".into());
        asked(app.update(Event::Notice(Box::new(tandem::account::Notice { seq: 1, body }))))
    };
    let sent = |app: &mut App| match &asked(app.update(Event::SendDraft))[..] {
        [Request::Send { body, .. }, ..] => body.to_string(),
        other => panic!("{other:?}"),
    };
    let mut app = app(snapshot());
    assert!(!write(&mut app).iter().any(|request| matches!(request, Request::Send { .. })), "nothing is sent");
    assert_eq!(sent(&mut app), "I owe you money");
    app.update(Event::Edit(Action::Edit(Edit::Paste(Arc::new("I was saying".into())))));
    write(&mut app);
    assert_eq!(sent(&mut app), "I was saying");
}
