//! The iced window: a function of one snapshot.
//!
//! [`run`] opens it and blocks until it is closed. [`App`] is the pure part: events in, [`Effect`]s out, a view of the
//! state; tests drive it without a window system.

pub mod accounts;
mod address_book;
pub mod answering;
mod answers;
mod app;
mod archives;
mod arrange;
mod bridge;
pub mod call_text;
mod card;
mod chat;
mod choose;
pub mod conference;
pub mod contacts;
pub mod desktop;
pub mod export;
mod features;
pub mod files;
pub mod find;
mod forms;
pub mod history;
mod icon;
mod keys;
pub mod login;
pub mod meeting;
mod message;
mod names;
pub mod notes;
pub mod numbers;
mod opening;
pub mod others;
pub mod own_picture;
mod people;
mod person_calls;
pub mod pictures;
mod room_people;
pub mod rooms;
mod same_person;
mod screen;
mod settings;
mod sound;
pub mod talk;
pub mod telephone;
mod text;
pub mod theme;
pub mod topics;
pub mod transfer;
pub mod tray;
mod tray_icon;
mod update;
pub mod voice_notes;
mod when;
mod widget;
mod window_icon;
pub mod words;

use std::cell::RefCell;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;

use iced::widget::{operation, scrollable};
use iced::{Settings, Size, Task, window};

pub use address_book::{Field as BookField, Form as BookForm, Message as BookMessage, Purpose as BookPurpose};
pub use app::{App, Effect, Field, Overlay, Place, Purpose, Step, name};
pub use arrange::Message as Arrangement;
pub use card::CardMessage;
pub use desktop::Options;
pub use message::Message;
pub use screen::view;
pub use settings::SettingMessage;
pub use sound::Message as SoundMessage;
pub use widget::Shortened;

use crate::account::Handle;
use crate::platform;

/// The window system refused the window.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No display, or none that can be drawn on.
    #[error("{0}")]
    Window(String),
}

/// What may be wrong where no window opens.
const NO_DISPLAY: &str = "there is no display that it can be shown on";
/// How long a closed window waits for the program to sign out.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(3);

/// How long changes of the arrangement and of drafts are gathered before they are remembered.
const KEEP_AFTER: std::time::Duration = std::time::Duration::from_millis(700);

/// The application and its window while it runs.
struct Shell {
    handle: Handle,
    app: App,
    /// Absent while the program is only in the tray.
    window: Option<window::Id>,
    notes: tokio::sync::watch::Sender<platform::Notes>,
    tray: tokio::sync::watch::Sender<Arc<platform::Tray>>,
}

/// Shows the window until the user closes it or the program ends. Call it on the main thread.
pub fn run(handle: Handle, options: Options) -> Result<(), Error> {
    #[cfg(target_os = "linux")]
    if ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"].iter().all(|name| std::env::var_os(name).is_none()) {
        return Err(Error::Window(NO_DISPLAY.to_owned()));
    }
    let given = Rc::new(RefCell::new(Some((handle, options))));
    let boots = given.clone();
    let boot = move || boot(&boots);
    // iced panics where the display refuses; once it has booted, a panic is a defect and goes on.
    let ran = std::panic::catch_unwind(AssertUnwindSafe(|| daemon(boot)));
    match ran {
        Ok(ended) => ended,
        Err(_) if given.borrow().is_some() => Err(Error::Window(NO_DISPLAY.to_owned())),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn daemon(boot: impl Fn() -> (Shell, Task<Message>) + 'static) -> Result<(), Error> {
    iced::daemon(boot, update, show)
        .title(|shell: &Shell, _| shell.app.title())
        .theme(|shell: &Shell, _| shell.app.iced_theme())
        .scale_factor(|shell: &Shell, _| shell.app.scale())
        .subscription(|shell: &Shell| bridge::subscription(&shell.handle, &shell.app, &shell.notes, &shell.tray))
        .settings(settings())
        .run()
        .map_err(|error| Error::Window(error.to_string()))
}

/// What every renderer of this window needs, in tests too: the face and its size.
pub fn settings() -> Settings {
    Settings {
        id: Some("tandem".to_owned()),
        fonts: vec![theme::FONT_BYTES.into()],
        default_font: theme::REGULAR,
        default_text_size: theme::size::BODY.into(),
        antialiasing: true,
        ..Settings::default()
    }
}

fn boot(given: &RefCell<Option<(Handle, Options)>>) -> (Shell, Task<Message>) {
    // Invariant: iced boots a daemon exactly once; the cell only moves the handle out of an `Fn`.
    let Some((handle, options)) = given.borrow_mut().take() else { unreachable!("iced boots once") };
    let at_login = options.at_login.then(platform::at_login).flatten();
    let mut app = App::new(handle.snapshot(), options, platform::now());
    app.size = arrange::first_size(&app.snapshot.remembered, app.scale());
    #[cfg(target_os = "linux")]
    let mode = Task::none();
    #[cfg(not(target_os = "linux"))]
    let mode = iced::system::theme().map(|mode| Message::SystemDark(mode == iced::theme::Mode::Dark));
    let notes = tokio::sync::watch::Sender::new(platform::Notes::default());
    drop(app.update(Message::Login(login::Message::Known(at_login))));
    let tray = tokio::sync::watch::Sender::default();
    let mut shell = Shell { handle, app, window: None, notes, tray };
    let effects = shell.app.first_effects();
    let first = perform_all(&mut shell, effects);
    (shell, Task::batch([first, mode]))
}

fn window_settings(app: &App) -> window::Settings {
    use theme::measure::WINDOW_MIN;
    let (size, place) = app.window_frame();
    window::Settings {
        size,
        position: place.map_or(window::Position::Default, window::Position::Specific),
        min_size: Some(Size::new(WINDOW_MIN.0, WINDOW_MIN.1)),
        icon: window_icon::window_icon(),
        exit_on_close_request: false,
        #[cfg(target_os = "linux")]
        platform_specific: window::settings::PlatformSpecific {
            application_id: "tandem".to_owned(),
            ..Default::default()
        },
        ..window::Settings::default()
    }
}

fn update(shell: &mut Shell, message: Message) -> Task<Message> {
    let effects = shell.app.update(message);
    perform_all(shell, effects)
}

/// What is to be done with a window that is being opened waits for it.
fn perform_all(shell: &mut Shell, effects: Vec<Effect>) -> Task<Message> {
    let mut opening: Option<Task<Message>> = None;
    let mut tasks = Vec::new();
    for effect in effects {
        if matches!(effect, Effect::OpenWindow) {
            let (id, opened) = window::open(window_settings(&shell.app));
            shell.window = Some(id);
            opening = Some(opened.discard());
        } else {
            tasks.push(perform(shell, effect));
        }
    }
    let rest = Task::batch(tasks);
    opening.map_or(Task::none(), |opening| opening).chain(rest)
}

/// Does something with the window, where there is one.
fn with_window(shell: &Shell, act: impl Fn(window::Id) -> Task<Message>) -> Task<Message> {
    shell.window.map_or_else(Task::none, act)
}

fn show(shell: &Shell, _window: window::Id) -> iced::Element<'_, Message> {
    screen::view(&shell.app)
}

fn perform(shell: &mut Shell, effect: Effect) -> Task<Message> {
    match effect {
        Effect::Ask(request, purpose) => {
            let handle = shell.handle.clone();
            Task::perform(async move { handle.request(request).await }, move |answer| {
                Message::Answered(purpose.clone(), answer)
            })
        }
        Effect::Focus(id) => operation::focus(id),
        Effect::FocusNext => operation::focus_next(),
        Effect::FocusPrevious => operation::focus_previous(),
        Effect::ScrollTo(id, y) => operation::scroll_to(id, scrollable::AbsoluteOffset { x: 0.0, y }),
        Effect::TimelineEnd => operation::snap_to(name::TIMELINE, scrollable::RelativeOffset { x: 0.0, y: 0.0 }),
        Effect::OpenLink(uri) => match platform::open_link(&uri) {
            Ok(()) => Task::none(),
            Err(error) => Task::done(Message::Said(error.to_string().into())),
        },
        Effect::File(wanted) => perform_file(wanted),
        Effect::Picture(wanted) => perform_picture(wanted),
        Effect::Copy(words) => iced::clipboard::write(words.to_string()),
        Effect::Raise => with_window(shell, |id| Task::batch([window::minimize(id, false), window::gain_focus(id)])),
        Effect::Minimize => with_window(shell, |id| window::minimize(id, true)),
        Effect::Attention => {
            with_window(shell, |id| window::request_user_attention(id, Some(window::UserAttention::Critical)))
        }
        Effect::OpenWindow => Task::none(),
        Effect::CloseWindow => shell.window.take().map_or_else(Task::none, window::close),
        Effect::Tray(wanted) => {
            shell.tray.send_replace(wanted);
            Task::none()
        }
        Effect::StartAtLogin(wish) => {
            let said = platform::set_at_login(wish).err().map(|error| Message::Said(error.to_string().into()));
            let stands = Message::Login(login::Message::Known(platform::at_login()));
            Task::batch([Task::done(stands), said.map_or_else(Task::none, Task::done)])
        }
        Effect::Notify(wanted) => {
            shell.notes.send_replace(wanted);
            Task::none()
        }
        Effect::KeepLater => Task::perform(tokio::time::sleep(KEEP_AFTER), |()| Message::Arrange(Arrangement::Keep)),
        Effect::Exit => iced::exit(),
        Effect::ExitLater => Task::perform(tokio::time::sleep(PATIENCE), |()| Message::EndNow),
    }
}

/// Lets the desktop do what it has to do for files.
fn perform_file(wanted: files::Wanted) -> Task<Message> {
    match wanted {
        files::Wanted::Choose(to) => {
            Task::perform(platform::choose_files(text::files::TITLE.to_owned()), move |chosen| {
                Message::File(files::Message::Chosen(to.clone(), chosen))
            })
        }
        files::Wanted::Paste(to) => {
            let read = async { tokio::task::spawn_blocking(platform::read_clipboard).await };
            let back = to.clone();
            Task::perform(read, |clip| clip.unwrap_or(platform::Clip::Unknown)).then(move |clip| match clip {
                platform::Clip::Unknown => {
                    let to = back.clone();
                    iced::clipboard::read().map(move |text| {
                        let clip = text.map_or(platform::Clip::Nothing, platform::Clip::Text);
                        Message::File(files::Message::Pasted(to.clone(), clip))
                    })
                }
                clip => Task::done(Message::File(files::Message::Pasted(to.clone(), clip))),
            })
        }
    }
}

/// Lets the desktop do what it has to do for the own picture.
fn perform_picture(wanted: own_picture::Wanted) -> Task<Message> {
    use own_picture::{Message as Picture, Wanted};
    let say = |message| Message::Card(CardMessage::Picture(message));
    match wanted {
        Wanted::Choose(account) => {
            Task::perform(platform::choose_files(text::card::CHOOSE.text().to_owned()), move |chosen| {
                say(Picture::Chosen(account.clone(), chosen))
            })
        }
        Wanted::Paste(account) => {
            let read = async { tokio::task::spawn_blocking(platform::read_clipboard).await };
            Task::perform(read, move |clip| {
                say(Picture::Pasted(account.clone(), clip.unwrap_or(platform::Clip::Unknown)))
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_scale_does_not_open_a_larger_window() {
        for scale in [1.0, 1.5, 2.0] {
            let size = arrange::first_size(&crate::account::Remembered::default(), scale);
            assert!(size.width * scale <= theme::measure::WINDOW.0 + 1.0, "{size:?}");
        }
        let remembered = crate::account::Remembered { size: Some((900, 10)), ..Default::default() };
        assert_eq!(arrange::first_size(&remembered, 2.0), Size::new(450.0, theme::measure::WINDOW_MIN.1));
        assert!(arrange::first_size(&remembered, 4.0).width >= theme::measure::WINDOW_MIN.0);
    }
}
