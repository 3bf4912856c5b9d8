//! The screens: each a function of the state.

mod account;
mod answering;
mod banner;
mod bubble;
mod call_bar;
mod call_text;
mod call_view;
mod calls;
mod composer;
mod conference;
mod connections;
mod contacts;
mod conversation;
mod details;
mod dial_pad;
mod export;
mod features;
mod files;
mod find;
mod history;
mod incoming;
mod list;
mod meeting;
mod message_sheet;
mod next;
mod others;
mod person;
mod phones;
mod picker;
mod pictures;
mod quality;
mod rail;
mod ringtones;
pub mod room;
mod rooms;
mod same_person;
mod security;
mod set_up;
mod settings;
mod sheet;
mod styled;
mod test_setup;
mod timeline;
mod transfer;
mod voice_notes;
mod waiting;

use iced::widget::{column, container, opaque, row, space as gap, stack};
use iced::{Element, Length};

use super::app::{App, Overlay, Place, name};
use super::arrange::Message as Arrangement;
use super::icon::{Icon, icon};
use super::message::Message;
use super::text;
use super::theme::{Colors, measure, size, space};
use super::widget::{Kind, centered, grip, hairline_vertical, inert, label, line, pane, press, title};
use crate::account::Phase;

/// The window.
pub fn view(app: &App) -> Element<'_, Message> {
    super::words::speak(app.language());
    let c = app.colors();
    let page: Element<'_, Message> = match &app.snapshot.phase {
        Phase::SetUp(state) => set_up::view(app, state),
        Phase::Running => main(app),
        Phase::Quitting => centered(title(c, text::GOODBYE)),
    };
    // What lies behind a sheet must not get the keys meant for the sheet.
    let covered = app.overlay.is_some() || app.question().is_some();
    let page = inert(covered, pane(c.surface, page).width(Length::Fill).height(Length::Fill));
    let mut layers = stack![page];
    if let Some(keypad) = call_bar::floating_keypad(app) {
        layers = layers.push(keypad);
    }
    if let Some(question) = app.question() {
        layers = layers.push(over(app, sheet::question(app, question)));
    }
    match &app.overlay {
        None => {}
        // A question that comes from raising is answered first.
        Some(Overlay::Security) if app.question().is_some() => {}
        Some(Overlay::Security) => layers = layers.push(over(app, security::sheet(app))),
        Some(Overlay::Shortcuts) => layers = layers.push(over(app, sheet::shortcuts(app))),
        Some(Overlay::Password(account, typed)) => {
            layers = layers.push(over(app, sheet::password(app, account, typed)))
        }
        Some(Overlay::Quality(id)) => {
            if let Some(call) = app.call(*id) {
                layers = layers.push(over(app, quality::sheet(app, call)));
            }
        }
        Some(Overlay::Transfer(id)) => {
            if let Some(call) = app.call(*id) {
                layers = layers.push(over(app, transfer::sheet(app, call)));
            }
        }
        Some(Overlay::Invite(_)) => layers = layers.push(over(app, transfer::invitation(app))),
        Some(Overlay::Contact(which)) => layers = layers.push(over(app, contacts::sheet(app, which))),
        Some(Overlay::Room(which)) => layers = layers.push(over(app, rooms::sheet(app, which))),
        Some(Overlay::Answering) => layers = layers.push(over(app, answering::sheet(app))),
        Some(Overlay::TestSetup) => layers = layers.push(over(app, test_setup::sheet(app))),
        Some(Overlay::File(files::Sheet::Picture(_))) => layers = layers.push(pictures::viewer(app)),
        Some(Overlay::File(which)) => layers = layers.push(over(app, files::sheet(app, which))),
        Some(Overlay::Talk(about)) => layers = layers.push(over(app, message_sheet::view(app, about))),
        Some(Overlay::Find) => layers = layers.push(find::view(app)),
        Some(Overlay::Account(which)) => layers = layers.push(over(app, account::sheet(app, which))),
        Some(Overlay::Others) => layers = layers.push(over(app, others::sheet(app))),
        Some(Overlay::Person) => layers = layers.push(over(app, person::view(app))),
        Some(Overlay::Choose(to, refusal)) => layers = layers.push(over(app, sheet::choose(app, to, refusal))),
    }
    // Whatever else waits: a call rings now.
    if let Some(call) = app.incoming() {
        match app.current_call() {
            // Beside a call it stands over the page, unless something covers that.
            Some(talking) if covered => layers = layers.push(waiting::view(app, talking)),
            Some(_) => {}
            None => layers = layers.push(incoming::view(app, call)),
        }
    }
    if let Some((said, _)) = &app.toast {
        layers = layers.push(banner::toast(app, said));
    }
    layers.into()
}

/// A sheet in the middle; what lies behind it is dimmed and out of reach.
fn over<'a>(app: &'a App, content: Element<'a, Message>) -> Element<'a, Message> {
    let c = app.colors();
    opaque(pane(c.scrim, container(content).max_width(measure::SHEET)).center(Length::Fill).padding(if app.tiny() {
        space::M
    } else {
        space::XL
    }))
}

fn main(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let page = match (app.call_view.and_then(|id| app.call(id)), app.place) {
        (Some(call), _) => call_view::view(app, call),
        (None, _) if app.shown_conference().is_some() => {
            app.shown_conference().map_or_else(|| chat(app), |shown| conference::view(app, shown))
        }
        (None, Place::Chat) => chat(app),
        (None, Place::Calls) => calls::view(app),
        (None, Place::Connections) => connections::view(app),
        (None, Place::Settings) => settings::view(app),
    };
    // In a narrow window an open conversation takes everything; the arrow leads back to the rail.
    let alone = app.narrow() && app.showing_conversation && app.place == Place::Chat && app.call_view.is_none();
    let talking = app.current_call().filter(|_| app.incoming().is_some());
    let covered = app.overlay.is_some() || app.question().is_some();
    let page = match talking.filter(|_| !covered) {
        Some(talking) => stack![page, waiting::view(app, talking)].into(),
        None => page,
    };
    let content = column![banner::conditions(app), call_bar::view(app), page].height(Length::Fill);
    if alone && app.tiny() {
        content.into()
    } else {
        row![rail::view(app), hairline_vertical(c), content].height(Length::Fill).into()
    }
}

fn chat(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    if app.narrow() {
        return match (&app.open, app.showing_conversation) {
            (Some(jid), true) if app.details => details::view(app, jid, true),
            (Some(jid), true) => conversation::view(app, jid),
            _ => list::view(app, true),
        };
    }
    let middle = match &app.open {
        Some(jid) if app.details && app.size.width < measure::WIDE => details::view(app, jid, true),
        Some(jid) => conversation::view(app, jid),
        None => conversation::nobody(app),
    };
    let edge = grip(c, name::LIST_EDGE, app.list_width(), |width| Message::Arrange(Arrangement::ListWidth(width)));
    let mut panes = row![list::view(app, false), edge, middle];
    if let (Some(jid), true) = (&app.open, app.details && app.size.width >= measure::WIDE) {
        panes = panes.push(hairline_vertical(c)).push(details::view(app, jid, false));
    }
    panes.height(Length::Fill).into()
}

/// A page with a title and a width that can be read.
fn page<'a>(app: &'a App, heading: impl Into<&'a str>, body: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    let c = app.colors();
    let head = container(title(c, heading.into())).height(measure::BAR).align_y(iced::Alignment::Center);
    let side = if app.tiny() { space::L } else { space::XXL };
    let inner = column![head, body.into(), gap().height(space::XXL)].max_width(measure::PAGE);
    iced::widget::scrollable(container(inner).center_x(Length::Fill).padding([0.0, side]))
        .direction(super::widget::scrollbar())
        .style(super::widget::scroll_style(c))
        .width(Length::Fill)
        .height(Length::Fill)
        .into()
}

/// A part of a page, with a label.
fn section<'a>(
    c: &'static Colors,
    heading: impl Into<&'a str>,
    body: impl Into<Element<'a, Message>>,
) -> Element<'a, Message> {
    column![label(c, heading.into()), body.into()].spacing(space::S).into()
}

/// A button of a word, with or without an icon.
fn button<'a>(
    c: &'static Colors,
    kind: Kind,
    which: Option<Icon>,
    word: impl Into<&'a str>,
    message: Option<Message>,
) -> super::widget::Press<'a, Message> {
    let color = match (kind, message.is_some()) {
        (_, false) => c.muted,
        (Kind::Primary, _) => c.on_accent,
        (Kind::Positive | Kind::Negative, _) => c.on_fill,
        _ => c.text,
    };
    let mut content = row![].spacing(space::S).align_y(iced::Alignment::Center);
    if let Some(which) = which {
        content = content.push(icon(which, measure::ICON_SMALL + 2.0, color));
    }
    content = content.push(line(word.into()).size(size::SECONDARY).strong().shrink());
    press(c, kind, content)
        .padding([0.0, if kind == Kind::Ghost { space::M } else { space::L }])
        .height(measure::TARGET)
        .on_press_maybe(message)
}

/// A button of an icon, with its word on hover.
fn icon_button<'a>(
    c: &'static Colors,
    kind: Kind,
    which: Icon,
    word: impl Into<&'static str>,
    message: Option<Message>,
    side: f32,
) -> Element<'a, Message> {
    let word = word.into();
    let color = match (kind, message.is_some()) {
        (_, false) => c.muted.scale_alpha(0.6),
        (Kind::Primary, _) => c.on_accent,
        (Kind::Positive | Kind::Negative, _) => c.on_fill,
        (Kind::On, _) => c.accent,
        _ => c.text,
    };
    let inner = press(c, kind, icon(which, measure::ICON, color))
        .padding(0.0)
        .width(side)
        .height(side)
        .id(word)
        .on_press_maybe(message);
    hint(c, inner, word)
}

/// Words that appear while the pointer rests.
fn hint<'a>(
    c: &'static Colors,
    inner: impl Into<Element<'a, Message>>,
    words: impl Into<String>,
) -> Element<'a, Message> {
    use iced::widget::{container, tooltip};
    let words = container(iced::widget::text(words.into()).size(size::META).color(c.text))
        .max_width(measure::LIST)
        .padding([space::XS, space::S]);
    tooltip(inner, words, tooltip::Position::Bottom)
        .gap(space::XS)
        .style(move |_| container::Style {
            background: Some(c.raised.into()),
            border: iced::Border { color: c.line, width: 1.0, radius: super::theme::radius::SMALL.into() },
            ..Default::default()
        })
        .into()
}
