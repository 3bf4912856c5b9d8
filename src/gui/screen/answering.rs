//! Status, do not disturb and forwarding: the mark in the rail, the switches behind it, the line on the page of calls.

use iced::widget::{column, container, row, text as words};
use iced::{Alignment, Element, Length};

use super::super::answering::{DO_NOT_DISTURB, FORWARD, Message as Answering};
use super::super::app::{App, Overlay, Place, name};
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::text::{self, answering as said};
use super::super::theme::{STRONG, measure, size, space};
use super::super::widget::{
    Kind, card, field, hairline, label, pane, presence, press, secondary, strong, title, wrapped,
};
use super::{button, hint, settings};
use crate::gui::words::told;
use crate::model::Show;

/// The mark in the rail: the user's status, or that calls do not ring here.
pub fn mark(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let view = &app.snapshot.answering;
    let show = app.snapshot.presence.show;
    let here = app.overlay == Some(Overlay::Answering);
    let ground = if here { c.selected } else { c.rail };
    let (sign, color): (Element<'_, Message>, _) = match (view.forward_always.is_some(), view.do_not_disturb) {
        (true, _) => (icon(Icon::Forward, measure::ICON, c.negative).into(), c.text),
        (false, true) => (icon(Icon::BellOff, measure::ICON, c.negative).into(), c.text),
        (false, false) => (presence(c, show, ground).into(), c.muted),
    };
    let word = words(said::short(view, show)).size(size::META - 1.0).font(STRONG).color(color);
    let content = column![sign, word].spacing(space::XS).align_x(Alignment::Center);
    let inner = press(c, Kind::Row(here), content)
        .padding([space::S, 0.0])
        .width(measure::RAIL - space::S)
        .id("rail-status")
        .on_press(Message::Answering(Answering::Menu));
    let status = text::presence(&app.snapshot.presence);
    let full = match &view.text {
        Some(sentence) => format!("{}: {status}. {}", said::STATUS, told(sentence)),
        None => format!("{}: {status}. {}", said::STATUS, said::RINGS),
    };
    hint(c, inner, full)
}

/// The line on the page of calls while they do not ring here.
pub fn band(app: &App) -> Option<Element<'_, Message>> {
    let c = app.colors();
    let view = &app.snapshot.answering;
    let sentence = view.text.as_ref()?;
    let which = if view.forward_always.is_some() { Icon::Forward } else { Icon::BellOff };
    let said = wrapped(c, told(sentence)).size(size::SECONDARY).width(Length::Fill);
    let change = button(c, Kind::Secondary, None, text::answering::TURN_OFF, Some(turn_off(app))).id("answering-off");
    let content =
        row![icon(which, measure::ICON, c.negative), said, change].spacing(space::M).align_y(Alignment::Center);
    let line = pane(c.warning_soft, content).padding([space::XS + 2.0, space::L]).width(Length::Fill);
    Some(column![line, hairline(c)].into())
}

/// What takes the condition away; where that is not one thing, the switches.
fn turn_off(app: &App) -> Message {
    let view = &app.snapshot.answering;
    let locked = |key| app.snapshot.settings.get(key).is_some_and(|setting| setting.standing.locked);
    let by_itself = view.do_not_disturb && !view.by_presence;
    match (view.forward_always.is_some(), by_itself) {
        (true, false) if !view.do_not_disturb && !locked(FORWARD) => Message::Answering(Answering::NoForward),
        (false, true) if !locked(DO_NOT_DISTURB) => Message::Answering(Answering::DoNotDisturb(false)),
        _ => Message::Answering(Answering::Menu),
    }
}

/// The switches.
pub fn sheet(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let view = &app.snapshot.answering;
    let head = row![
        title(c, said::TITLE).width(Length::Fill),
        button(c, Kind::Ghost, None, text::CLOSE, Some(Message::Lay(None)))
    ]
    .align_y(Alignment::Center);
    let holds = match &view.text {
        Some(sentence) => {
            let which = if view.forward_always.is_some() { Icon::Forward } else { Icon::BellOff };
            row![icon(which, measure::ICON, c.negative), wrapped(c, crate::gui::words::told(sentence))]
        }
        None => row![icon(Icon::Bell, measure::ICON, c.positive), wrapped(c, said::RINGS)],
    };
    let more = button(c, Kind::Ghost, Some(Icon::Settings), said::MORE, Some(Message::Go(Place::Settings)));
    let body = column![
        head,
        hairline(c),
        holds.spacing(space::M).align_y(Alignment::Center),
        column![label(c, said::STATUS), settings::status(app)].spacing(space::S),
        hairline(c),
        quiet(app),
        hairline(c),
        forward(app),
        secondary(c, said::EMERGENCY),
        hairline(c),
        more
    ]
    .spacing(space::M);
    card(c, space::XL, Length::Fill, body)
}

fn quiet(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let view = &app.snapshot.answering;
    let own = view.do_not_disturb && !view.by_presence;
    let (word, kind) = if own { (said::TURN_OFF, Kind::Primary) } else { (said::TURN_ON, Kind::Secondary) };
    let note = settings::note(app, DO_NOT_DISTURB);
    let free = note.is_none_or(|(locked, _)| !locked);
    let message = free.then_some(Message::Answering(Answering::DoNotDisturb(!own)));
    let switch = button(c, kind, Some(if own { Icon::Bell } else { Icon::BellOff }), word, message).id("dnd-switch");
    let head = row![strong(c, said::DO_NOT_DISTURB).width(Length::Fill), switch].align_y(Alignment::Center);
    let mut parts = column![head].spacing(space::XS);
    if view.by_presence && app.snapshot.presence.show == Show::Dnd {
        parts = parts.push(secondary(c, said::CHANGE_STATUS));
    }
    parts.push(origin(app, DO_NOT_DISTURB)).into()
}

fn forward(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let on = app.snapshot.answering.forward_always.is_some();
    let locked = settings::note(app, FORWARD).is_some_and(|(locked, _)| locked);
    let typed = app.forward_field();
    let changed = app.answering.typed.as_deref().is_some_and(|typed| {
        Some(typed.trim()) != app.snapshot.answering.forward_always.as_deref() && !typed.trim().is_empty()
    });
    let input = field(c, said::FORWARD_HINT, typed, |text| Message::Answering(Answering::Typed(text)))
        .id(name::SHEET_FIELD)
        .on_submit(Message::Answering(Answering::Forward));
    let ready = !locked && !typed.trim().is_empty() && (changed || !on);
    let start = (changed || !on).then(|| {
        let message = ready.then_some(Message::Answering(Answering::Forward));
        button(c, Kind::Secondary, Some(Icon::Forward), said::FORWARD_ON, message).id("forward-on")
    });
    let stop = (on && !changed).then(|| {
        let message = (!locked).then_some(Message::Answering(Answering::NoForward));
        button(c, Kind::Primary, None, said::FORWARD_OFF, message).id("forward-off")
    });
    let line = row![container(input).width(Length::Fill)].push(start).push(stop).spacing(space::S);
    column![strong(c, said::FORWARD), line.align_y(Alignment::Center)]
        .push(origin(app, FORWARD))
        .spacing(space::XS + 2.0)
        .into()
}

fn origin<'a>(app: &'a App, key: &str) -> Option<Element<'a, Message>> {
    let c = app.colors();
    let (locked, sentence) = settings::note(app, key)?;
    let lock = locked.then(|| icon(Icon::Lock, measure::ICON_SMALL, c.muted));
    Some(row![].push(lock).push(secondary(c, sentence)).spacing(space::S).align_y(Alignment::Center).into())
}
