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
use crate::gui::words::{named, word};

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

/// A setting's key, what it is called, and how it is chosen. Words are names of the catalogues, or are shown as they are.
pub(super) type Known = (&'static str, &'static str, Choice);

const CALLS: &[Known] = &[
    ("calls.region", "setting-country-of-numbers-without", Choice::Typed("DE")),
    (
        "calls.send-chat-address",
        "setting-who-sees-your-chat-address-in",
        Choice::Words(&[
            ("known", "setting-people-you-know"),
            ("always", "setting-everybody"),
            ("never", "setting-nobody"),
        ]),
    ),
    (
        "calls.ring-timeout",
        "setting-an-unanswered-call-ends-after",
        Choice::Numbers(&[(30, "30 s"), (60, "setting-1-min"), (120, "setting-2-min"), (300, "setting-5-min")]),
    ),
    ("audio.echo-cancellation", "setting-remove-echo", Choice::Flag),
    ("audio.noise-suppression", "setting-remove-noise", Choice::Flag),
    ("audio.gain-control", "setting-even-out-loudness", Choice::Flag),
    (
        "calls.silence-timeout",
        "setting-a-call-without-any-sound-ends",
        Choice::Numbers(&[(30, "30 s"), (60, "setting-1-min"), (300, "setting-5-min"), (0, "setting-never")]),
    ),
    (
        "media.real-time-text",
        "setting-text-in-calls",
        Choice::Words(&[
            ("off", "setting-text-off"),
            ("answer", "setting-text-answer"),
            ("offer", "setting-text-offer"),
        ]),
    ),
    ("calls.push-to-talk", "setting-talk-only-while-f8-is-held", Choice::Flag),
    ("calls.echo-address", "setting-address-of-the-echo-service", Choice::Typed("sip:echo@example.com")),
];

const RECEPTION: &[(&str, &str)] =
    &[("ring", "setting-ring"), ("silence", "setting-without-a-sound"), ("decline", "setting-declined")];

const CALLERS: &[Known] = &[
    ("calls.unknown-callers", "setting-callers-whom-nobody-confirms", Choice::Words(RECEPTION)),
    ("calls.anonymous-callers", "setting-anonymous-callers", Choice::Words(RECEPTION)),
    ("calls.hide-number", "setting-hide-your-number", Choice::Flag),
    ("media.verify-over-chat", "setting-let-chat-confirm-the-keys-of-calls", Choice::Flag),
];

const MESSAGES: &[Known] = &[
    ("messages.tell-read", "setting-tell-contacts-that-you-have-read", Choice::Flag),
    ("messages.tell-typing", "setting-show-contacts-that-you-are-writing", Choice::Flag),
    ("messages.share-calls", "setting-share-calls", Choice::Flag),
    ("history.call-text", "setting-keep-text-of-calls", Choice::Flag),
    (
        "messages.away-after",
        "setting-away-after",
        Choice::Numbers(&[(5, "setting-5-min"), (10, "setting-10-min"), (30, "setting-30-min"), (0, "setting-never")]),
    ),
    ("messages.tell-away-since", "setting-tell-away-since", Choice::Flag),
    (
        "messages.pictures",
        "setting-pictures-in-conversations",
        Choice::Words(&[("ask", "setting-on-a-click"), ("contacts", "setting-from-contacts-at-once")]),
    ),
];

const NOTIFICATIONS: &[Known] = &[
    ("notifications.messages", "setting-messages", Choice::Flag),
    ("notifications.show-text", "setting-the-text-of-messages", Choice::Flag),
    ("notifications.calls", "setting-calls-also-missed-ones", Choice::Flag),
    ("notifications.requests", "setting-contact-requests-and-invitations", Choice::Flag),
    ("notifications.while-presenting", "setting-also-while-presenting", Choice::Flag),
];

const DESKTOP: &[Known] = &[
    ("desktop.tray", "setting-icon-in-the-tray", Choice::Flag),
    ("desktop.close-to-tray", "setting-close-to-the-tray", Choice::Flag),
    ("desktop.start-minimized", "setting-begin-put-away", Choice::Flag),
    ("desktop.shortcuts", "setting-keys-behind-other-windows", Choice::Flag),
];

const SWITCH: &[(&str, &str)] = &[("default", "setting-as-usual"), ("on", "setting-on"), ("off", "setting-off")];

const CONNECTION: &[Known] = &[
    (
        "connection.policy",
        "setting-chat-and-voice-connect",
        Choice::Words(&[
            ("truthful", "setting-each-by-itself"),
            ("joint", "setting-both-or-neither"),
            ("voice-first", "setting-voice-first"),
        ]),
    ),
    (
        "connection.call-presence",
        "setting-during-a-call-others-see",
        Choice::Words(&[
            ("status", "setting-on-the-phone"),
            ("dnd", "setting-do-not-disturb"),
            ("off", "setting-nothing"),
        ]),
    ),
    ("features.calls-over-chat", "setting-calls-over-chat", Choice::Words(SWITCH)),
    ("features.messages-over-voice", "setting-messages-over-voice", Choice::Words(SWITCH)),
];

const WINDOW: &[Known] = &[
    (
        "appearance.language",
        "setting-language",
        Choice::Words(&[
            ("system", "setting-as-the-system"),
            ("en", "English"),
            ("de", "Deutsch"),
            ("fr", "Français"),
            ("es", "Español"),
        ]),
    ),
    (
        "appearance.theme",
        "setting-colours",
        Choice::Words(&[("system", "setting-as-the-system"), ("light", "setting-light"), ("dark", "setting-dark")]),
    ),
    (
        "appearance.scale-percent",
        "setting-size-of-everything",
        Choice::Numbers(&[(100, "100 %"), (125, "125 %"), (150, "150 %"), (200, "200 %")]),
    ),
    ("appearance.reduce-motion", "setting-less-motion", Choice::Flag),
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
    let c = app.colors();
    let rows = rows(app, DESKTOP)?;
    // The switches do nothing without it.
    let none = app.misses_tray().then(|| secondary(c, crate::gui::text::tray::NONE));
    let keys = app.snapshot.desktop.shortcuts.then(|| match app.far_keys() {
        None => column![secondary(c, crate::gui::text::tray::NO_KEYS)],
        Some(keys) => {
            let words = crate::gui::text::tray::keys();
            let name = |id: &str| words.iter().find(|(known, _)| *known == id).map_or("", |(_, words)| *words);
            column(keys.iter().map(|(id, key)| secondary(c, format!("{}: {key}", name(id))).into()))
        }
    });
    Some(column![rows].push(none).push(keys).spacing(space::S).into())
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
        // What is longer than a narrow window takes two lines.
        press(c, Kind::Row(chosen), iced::widget::text(shown).size(size::SECONDARY).color(color))
            .padding([space::S, space::M])
            .on_press_maybe((!locked).then_some(message))
            .into()
    };
    let choices: Element<'a, Message> = match choice {
        Choice::Flag => row([(text::ON, true), (text::OFF, false)].map(|(shown, flag)| {
            option(shown.text(), value == if flag { "true" } else { "false" }, set(Given::Flag(flag)))
        }))
        .spacing(space::XS)
        .into(),
        Choice::Words(words) => row(words
            .iter()
            .map(|(key, shown)| option(word(shown).text(), value == *key, set(Given::Text((*key).into())))))
        .spacing(space::XS)
        .wrap()
        .into(),
        Choice::Numbers(numbers) => row(numbers.iter().map(|(number, shown)| {
            option(word(shown).text(), value == number.to_string(), set(Given::Number(*number)))
        }))
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
            let input = field(c, word(example), typed.unwrap_or(value), move |text| {
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
    let words = line(named(name).unwrap_or(name)).size(size::SECONDARY).strong();
    if app.narrow() {
        return column![words, side].spacing(space::XS).into();
    }
    row![container(words).width(measure::RAIL * 4.0).center_y(measure::TARGET), side].spacing(space::M).into()
}
