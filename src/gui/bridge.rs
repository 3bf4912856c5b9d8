//! From the handle's channels to messages of the window. Nothing is sent when nothing visible changed.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use iced::futures::channel::mpsc::Sender;
use iced::futures::{SinkExt, Stream, StreamExt};
use iced::{Event, Subscription, event, keyboard, window};
use tokio::sync::watch;

use super::app::App;
use super::message::Message;
use super::widget::lit;
use crate::account::Handle;
use crate::config::Theme;
use crate::platform::{self, Notes, Tray};

/// Messages under way to the window. When full, the sender waits and newer state replaces older.
const UNDER_WAY: usize = 16;
/// The shortest time between two snapshots shown: two frames. A login's storm of presences becomes a few redraws.
const FRAME: Duration = Duration::from_millis(32);
/// The shortest time between two levels shown: ten a second look alive and cost little.
const LEVEL: Duration = Duration::from_millis(100);

/// The handle as a subscription's name: there is only one.
#[derive(Clone)]
struct Source(Handle);

impl Hash for Source {
    fn hash<H: Hasher>(&self, state: &mut H) {
        "the handle".hash(state);
    }
}

/// Everything that the window listens to.
pub fn subscription(
    handle: &Handle,
    app: &App,
    notes: &watch::Sender<Notes>,
    tray: &watch::Sender<Arc<Tray>>,
) -> Subscription<Message> {
    let source = Source(handle.clone());
    let mut all = vec![
        Subscription::run_with(source.clone(), snapshots),
        Subscription::run_with(source.clone(), meters),
        Subscription::run_with(source, notices),
        event::listen_with(window_event),
    ];
    all.push(desktop_notes(notes));
    #[cfg(target_os = "linux")]
    if !app.snapshot.notifications.while_presenting {
        let presenting = Subscription::run(platform::presenting);
        all.push(presenting.map(|on| Message::Desktop(super::desktop::Message::Presenting(on))));
    }
    #[cfg(target_os = "linux")]
    if app.snapshot.watch_idle {
        let idle = Subscription::run(platform::idle);
        all.push(idle.map(|idle| Message::Desktop(super::desktop::Message::Idle(idle))));
    }
    #[cfg(target_os = "linux")]
    if app.snapshot.desktop.shortcuts {
        all.push(Subscription::run(far_keys).map(Message::Desktop));
    }
    if app.wants_tray() {
        all.push(desktop_tray(tray));
    }
    #[cfg(target_os = "linux")]
    if let Some(talking) = app.headset_state() {
        let button = Subscription::run_with(talking, |talking| platform::headset_button(*talking));
        all.push(button.map(|()| Message::Sound(super::sound::Message::HeadsetButton)));
    }
    if app.snapshot.appearance.theme == Theme::System {
        all.push(desktop());
    }
    if let Some(stands) = app.frame_stands() {
        let due = |_| Message::File(super::files::Message::Picture(super::pictures::Message::Frame));
        all.push(iced::time::every(stands).map(due));
    }
    if app.counts_seconds() {
        all.push(iced::time::every(Duration::from_secs(1)).map(|_| Message::Tick(platform::now())));
    }
    Subscription::batch(all)
}

/// What the desktop is to show, as a subscription's name: there is only one.
struct Wanted(watch::Receiver<Notes>);

impl Hash for Wanted {
    fn hash<H: Hasher>(&self, state: &mut H) {
        "the notes".hash(state);
    }
}

/// What the user does with notifications. Only Linux has them yet.
fn desktop_notes(notes: &watch::Sender<Notes>) -> Subscription<Message> {
    #[cfg(target_os = "linux")]
    return Subscription::run_with(Wanted(notes.subscribe()), |wanted| platform::notifications(wanted.0.clone()))
        .map(|heard| Message::Notes(super::notes::Message(heard)));
    #[cfg(not(target_os = "linux"))]
    {
        let _ = Wanted(notes.subscribe());
        Subscription::none()
    }
}

/// Keys that work while another window is in front. Their words are those of the language at the start.
#[cfg(target_os = "linux")]
fn far_keys() -> impl Stream<Item = super::desktop::Message> {
    use super::desktop::{Key, Message};
    use platform::ShortcutHeard;
    platform::shortcuts(super::text::tray::keys()).map(|heard| {
        Message::Key(match heard {
            ShortcutHeard::Bound(keys) => Key::Lent(Some(keys)),
            ShortcutHeard::None => Key::Lent(None),
            ShortcutHeard::Pressed(name) => Key::Pressed(name, true),
            ShortcutHeard::Released(name) => Key::Pressed(name, false),
        })
    })
}

/// What the icon is to show, as a subscription's name: there is only one.
struct Shown(watch::Receiver<Arc<Tray>>);

impl Hash for Shown {
    fn hash<H: Hasher>(&self, state: &mut H) {
        "the tray".hash(state);
    }
}

/// What the user does with the icon. Only Linux has it yet.
fn desktop_tray(tray: &watch::Sender<Arc<Tray>>) -> Subscription<Message> {
    #[cfg(target_os = "linux")]
    return Subscription::run_with(Shown(tray.subscribe()), |shown| platform::tray(shown.0.clone()))
        .map(|heard| Message::Tray(super::tray::Message(heard)));
    #[cfg(not(target_os = "linux"))]
    {
        let _ = Shown(tray.subscribe());
        Subscription::none()
    }
}

/// Whether the desktop is dark. The toolkit knows it everywhere but on Linux.
fn desktop() -> Subscription<Message> {
    #[cfg(target_os = "linux")]
    return Subscription::run(platform::desktop_dark).map(Message::SystemDark);
    #[cfg(not(target_os = "linux"))]
    iced::system::theme_changes().map(|mode| Message::SystemDark(mode == iced::theme::Mode::Dark))
}

fn window_event(event: Event, status: event::Status, _id: window::Id) -> Option<Message> {
    let used = status == event::Status::Captured;
    match event {
        Event::Keyboard(keyboard::Event::KeyPressed {
            key: keyboard::Key::Character(key),
            repeat: true,
            modifiers,
            ..
        }) if !used && modifiers.is_empty() && is_pad_key(&key) => {
            let repeat = |key| Message::Telephone(super::telephone::Message::Repeat(key));
            key.chars().next().map(repeat)
        }
        Event::Keyboard(keyboard::Event::KeyPressed { key, modifiers, .. }) => {
            // What is typed into a field is the field's.
            let named = matches!(key, keyboard::Key::Named(_));
            (named || modifiers.control() || !used).then_some(Message::Key(key, modifiers, used))
        }
        Event::Keyboard(keyboard::Event::KeyReleased { key, .. }) => {
            super::sound::is_talk_key(&key).then_some(Message::Sound(super::sound::Message::Talk(false)))
        }
        Event::Window(window::Event::Opened { size, .. } | window::Event::Resized(size)) => {
            Some(Message::Resized(size))
        }
        Event::Window(window::Event::Moved(to)) => Some(Message::Arrange(super::arrange::Message::Moved(to))),
        Event::Window(window::Event::Focused) => Some(Message::Focused(true)),
        Event::Window(window::Event::Unfocused) => Some(Message::Focused(false)),
        Event::Window(window::Event::FileDropped(path)) => Some(Message::Dropped(path.to_string_lossy().into_owned())),
        Event::Window(window::Event::CloseRequested) => Some(Message::CloseRequested),
        _ => None,
    }
}

/// A key of a telephone: held down it is one key, not many.
fn is_pad_key(key: &str) -> bool {
    matches!(key.as_bytes(), [b'0'..=b'9' | b'*' | b'#' | b'+'])
}

fn snapshots(source: &Source) -> impl Stream<Item = Message> + use<> {
    let mut from = source.0.snapshots();
    iced::stream::channel(UNDER_WAY, async move |mut to: Sender<Message>| {
        // What was published between the window's start and now.
        from.mark_changed();
        while from.changed().await.is_ok() {
            let snapshot = from.borrow_and_update().clone();
            // Times beside it must not be older than it is.
            let told = to.send(Message::Tick(platform::now())).await.is_ok();
            if !told || to.send(Message::Snapshot(snapshot)).await.is_err() {
                return;
            }
            tokio::time::sleep(FRAME).await;
        }
        // Nobody is left to publish: the program has ended.
        let _ = to.send(Message::EndNow).await;
    })
}

fn meters(source: &Source) -> impl Stream<Item = Message> + use<> {
    let mut from = source.0.meters();
    iced::stream::channel(UNDER_WAY, async move |mut to: Sender<Message>| {
        let mut shown = Vec::new();
        while from.changed().await.is_ok() {
            let meters = from.borrow_and_update().clone();
            let bars: Vec<_> =
                std::iter::once(lit(meters.input)).chain(meters.parties.iter().map(|(_, level)| lit(*level))).collect();
            if bars != shown {
                shown = bars;
                if to.send(Message::Meters(meters)).await.is_err() {
                    return;
                }
            }
            tokio::time::sleep(LEVEL).await;
        }
    })
}

fn notices(source: &Source) -> impl Stream<Item = Message> + use<> {
    use tokio::sync::broadcast::error::RecvError;
    let mut from = source.0.notices();
    iced::stream::channel(UNDER_WAY, async move |mut to: Sender<Message>| {
        loop {
            match from.recv().await {
                Ok(notice) => {
                    use crate::account::NoticeBody::{Attention, Problem, Quit, Raise, Write};
                    if matches!(notice.body, Problem(_) | Raise(_) | Write(..) | Attention(_) | Quit)
                        && to.send(Message::Notice(Box::new(notice))).await.is_err()
                    {
                        return;
                    }
                }
                // Losing a notice loses nothing: the snapshot has it.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
    })
}
