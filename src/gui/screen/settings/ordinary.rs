//! Ordinary settings: a name, the choices, and who set the value.

use std::sync::Arc;

use iced::widget::{column, container, row};
use iced::{Alignment, Element, Length, Padding};

use super::super::super::app::App;
use super::super::super::icon::{Icon, icon};
use super::super::super::message::Message;
use super::super::super::settings::SettingMessage;
use super::super::super::text::settings as text;
use super::super::super::theme::{measure, size, space};
use super::super::super::widget::{Kind, field, line, press, secondary};
use super::super::button;
use super::super::connections::frame;
use crate::account::Request;
use crate::config::{Given, Setting};

/// How a value is chosen.
pub(super) enum Choice {
    /// On or off.
    Flag,
    /// One of these words, and how they are shown.
    Words(&'static [(&'static str, &'static str)]),
    /// One of these numbers, and how they are shown.
    Numbers(&'static [(u32, &'static str)]),
    /// Typed; what stands in the empty field.
    Typed(&'static str),
    /// Several, typed with commas; what stands in the empty field.
    List(&'static str),
}

/// A setting's key, what it is called, and how it is chosen.
pub(super) type Known = (&'static str, &'static str, Choice);

const CALLS: &[Known] = &[
    ("calls.region", "Country of numbers without +", Choice::Typed("DE")),
    (
        "calls.send-chat-address",
        "Who sees your chat address in a call",
        Choice::Words(&[("known", "People you know"), ("always", "Everybody"), ("never", "Nobody")]),
    ),
    (
        "calls.ring-timeout",
        "An unanswered call ends after",
        Choice::Numbers(&[(30, "30 s"), (60, "1 min"), (120, "2 min"), (300, "5 min")]),
    ),
    ("audio.echo-cancellation", "Remove echo", Choice::Flag),
    ("audio.noise-suppression", "Remove noise", Choice::Flag),
    ("audio.gain-control", "Even out loudness", Choice::Flag),
    (
        "calls.silence-timeout",
        "A call without any sound ends after",
        Choice::Numbers(&[(30, "30 s"), (60, "1 min"), (300, "5 min"), (0, "Never")]),
    ),
    ("calls.push-to-talk", "Talk only while F8 is held", Choice::Flag),
    ("calls.echo-address", "Address of the echo service", Choice::Typed("sip:echo@example.com")),
];

const RECEPTION: &[(&str, &str)] = &[("ring", "Ring"), ("silence", "Without a sound"), ("decline", "Declined")];

const CALLERS: &[Known] = &[
    ("calls.unknown-callers", "Callers whom nobody confirms", Choice::Words(RECEPTION)),
    ("calls.anonymous-callers", "Anonymous callers", Choice::Words(RECEPTION)),
    ("calls.hide-number", "Hide your number", Choice::Flag),
];

const MESSAGES: &[Known] = &[
    ("messages.tell-read", "Tell contacts that you have read", Choice::Flag),
    ("messages.tell-typing", "Show contacts that you are writing", Choice::Flag),
    (
        "messages.pictures",
        "Pictures in conversations",
        Choice::Words(&[("ask", "On a click"), ("contacts", "From contacts at once")]),
    ),
];

const NOTIFICATIONS: &[Known] = &[
    ("notifications.messages", "Messages", Choice::Flag),
    ("notifications.show-text", "The text of messages", Choice::Flag),
    ("notifications.calls", "Calls, also missed ones", Choice::Flag),
];

const DESKTOP: &[Known] = &[
    ("desktop.tray", "Icon in the tray", Choice::Flag),
    ("desktop.close-to-tray", "Closing the window leaves Tandem in the tray", Choice::Flag),
    ("desktop.start-minimized", "Begin put away", Choice::Flag),
];

const SWITCH: &[(&str, &str)] = &[("default", "As usual"), ("on", "On"), ("off", "Off")];

const CONNECTION: &[Known] = &[
    (
        "connection.policy",
        "Chat and Voice connect",
        Choice::Words(&[("truthful", "Each by itself"), ("joint", "Both or neither"), ("voice-first", "Voice first")]),
    ),
    (
        "connection.call-presence",
        "During a call others see",
        Choice::Words(&[("status", "On the phone"), ("dnd", "Do not disturb"), ("off", "Nothing")]),
    ),
    ("features.calls-over-chat", "Calls over chat", Choice::Words(SWITCH)),
    ("features.messages-over-voice", "Messages over voice", Choice::Words(SWITCH)),
];

const WINDOW: &[Known] = &[
    (
        "appearance.language",
        "Language",
        Choice::Words(&[
            ("system", "As the system"),
            ("en", "English"),
            ("de", "Deutsch"),
            ("fr", "Français"),
            ("es", "Español"),
        ]),
    ),
    (
        "appearance.theme",
        "Colours",
        Choice::Words(&[("system", "As the system"), ("light", "Light"), ("dark", "Dark")]),
    ),
    (
        "appearance.scale-percent",
        "Size of everything",
        Choice::Numbers(&[(100, "100 %"), (125, "125 %"), (150, "150 %"), (200, "200 %")]),
    ),
    ("appearance.reduce-motion", "Less motion", Choice::Flag),
];

pub fn calls(app: &App) -> Option<Element<'_, Message>> {
    rows(app, CALLS)
}

/// How the two connections depend on each other, and what each may carry.
pub fn connection(app: &App) -> Option<Element<'_, Message>> {
    rows(app, CONNECTION)
}

/// The tray, and where the window begins.
pub fn desktop(app: &App) -> Option<Element<'_, Message>> {
    let rows = rows(app, DESKTOP)?;
    // Both switches do nothing without it.
    let none = app.misses_tray().then(|| secondary(app.colors(), crate::gui::text::tray::NONE));
    Some(column![rows].push(none).spacing(space::S).into())
}

/// What others are told of writing and reading.
pub fn messages(app: &App) -> Option<Element<'_, Message>> {
    rows(app, MESSAGES)
}

/// What the desktop shows.
pub fn notifications(app: &App) -> Option<Element<'_, Message>> {
    rows(app, NOTIFICATIONS)
}

/// Who may ring, and what is told of the user.
pub fn callers(app: &App) -> Option<Element<'_, Message>> {
    rows(app, CALLERS)
}

pub fn window(app: &App) -> Option<Element<'_, Message>> {
    rows(app, WINDOW)
}

/// Nothing before the program has said what there is.
pub(super) fn rows<'a>(app: &'a App, known: &'static [Known]) -> Option<Element<'a, Message>> {
    let there: Vec<(&Known, &Setting)> =
        known.iter().filter_map(|one| Some((one, app.snapshot.settings.get(one.0)?))).collect();
    if there.is_empty() {
        return None;
    }
    let list = column(there.into_iter().map(|((key, name, choice), setting)| one(app, key, name, choice, setting)))
        .spacing(space::L);
    Some(frame(app.colors(), list))
}

/// Who set a value, and whether the user may change it; nothing where nobody set it.
pub fn note(app: &App, key: &str) -> Option<(bool, String)> {
    let standing = &app.snapshot.settings.get(key)?.standing;
    text::origin(standing).map(|origin| (standing.locked, origin))
}

/// One row; `key` may be that of an account.
pub(super) fn one<'a>(
    app: &'a App,
    key: &str,
    name: &'a str,
    choice: &'static Choice,
    setting: &'a Setting,
) -> Element<'a, Message> {
    let c = app.colors();
    let key: Arc<str> = key.into();
    let locked = setting.standing.locked;
    let value = setting.value.as_deref().unwrap_or_default();
    let set = |given| Message::Do(Request::ChangeSetting { key: key.clone(), value: Some(given) });
    let option = |shown: &'static str, chosen: bool, message: Message| -> Element<'a, Message> {
        let color = if locked { c.muted } else { c.text };
        press(c, Kind::Row(chosen), line(shown).size(size::SECONDARY).color(color).shrink())
            .padding([0.0, space::M])
            .height(measure::TARGET)
            .on_press_maybe((!locked).then_some(message))
            .into()
    };
    let choices: Element<'a, Message> = match choice {
        Choice::Flag => row([(text::ON, true), (text::OFF, false)].map(|(shown, flag)| {
            option(shown.text(), value == if flag { "true" } else { "false" }, set(Given::Flag(flag)))
        }))
        .spacing(space::XS)
        .into(),
        Choice::Words(words) => {
            row(words.iter().map(|(word, shown)| option(shown, value == *word, set(Given::Text((*word).into())))))
                .spacing(space::XS)
                .wrap()
                .into()
        }
        Choice::Numbers(numbers) => row(numbers
            .iter()
            .map(|(number, shown)| option(shown, value == number.to_string(), set(Given::Number(*number)))))
        .spacing(space::XS)
        .wrap()
        .into(),
        Choice::Typed(_) | Choice::List(_) if locked => container(line(value).size(size::SECONDARY).color(c.muted))
            .padding([0.0, space::M])
            .center_y(measure::TARGET)
            .into(),
        Choice::Typed(example) | Choice::List(example) => {
            let typed = app.typed_setting.as_ref().filter(|(typed, _)| *typed == key).map(|(_, text)| text.as_str());
            let of = key.clone();
            let input = field(c, *example, typed.unwrap_or(value), move |text| {
                Message::Setting(SettingMessage::Typed(of.clone(), text))
            });
            let list = matches!(choice, Choice::List(_));
            let submit = Message::Setting(SettingMessage::Submit(key.clone(), list));
            let input = input.width(Length::Fill).on_submit(submit.clone());
            row![container(input).max_width(measure::SHEET * 0.7)]
                .push(typed.map(|_| button(c, Kind::Secondary, None, text::SAVE, Some(submit))))
                .spacing(space::S)
                .into()
        }
    };
    let is_own = setting.standing.origin == crate::config::Origin::User && !locked;
    let reset = is_own.then(|| {
        let message = Message::Do(Request::ChangeSetting { key: key.clone(), value: None });
        button(c, Kind::Ghost, None, text::RESET, Some(message))
    });
    let origin = text::origin(&setting.standing).map(|origin| secondary(c, origin));
    let lock = locked.then(|| icon(Icon::Lock, measure::ICON_SMALL, c.muted));
    let note = origin.map(|origin| {
        let words = row![].push(lock).push(origin).push(reset).spacing(space::S).align_y(Alignment::Center);
        container(words).padding(Padding::ZERO.left(space::M))
    });
    let side = column![choices].push(note).spacing(space::XS).width(Length::Fill);
    let words = line(name).size(size::SECONDARY).strong();
    if app.narrow() {
        return column![words, side].spacing(space::XS).into();
    }
    row![container(words).width(measure::RAIL * 4.0).center_y(measure::TARGET), side].spacing(space::M).into()
}
