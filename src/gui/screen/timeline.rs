//! The messages: bubbles with day lines. Only those near the screen are built; heights are remembered.

use iced::keyboard::{self, key::Named};
use iced::widget::{column, container, mouse_area, row, scrollable, space as gap, text as words};
use iced::{Alignment, Border, Element, Length, Padding, border};

use super::super::app::{App, Step, name};
use super::super::chat::{Chat, Entry};
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::text;
use super::super::theme::{measure, radius, size, space};
use super::super::update::is_own;
use super::super::widget::{
    Kind, empty, hairline, key_area, label, line, measured, press, scroll_style, scrollbar, secondary, wrapped,
};
use super::{button, hint};
use crate::account::{CallTo, Callable};
use crate::model::{Delivery, Direction, Jid, Message as Chatted};
use crate::store::CallRecord;

/// Messages of one writer that are closer than this belong together, milliseconds.
const TOGETHER: i64 = 5 * 60 * 1000;

pub fn view<'a>(app: &'a App, jid: &'a Jid) -> Element<'a, Message> {
    let c = app.colors();
    let Some(chat) = app.chats.get(jid).filter(|chat| chat.loaded) else {
        return container(gap()).width(Length::Fill).height(Length::Fill).into();
    };
    if chat.entries.is_empty() {
        return empty(c, Icon::Chat, text::NO_MESSAGES, text::NO_MESSAGES_BODY);
    }
    let slice = chat.slice();
    let side = if app.narrow() { space::M } else { space::XL };
    let mut content = column![].width(Length::Fill).padding(Padding::from([space::L, side]));
    if !chat.complete {
        content = content.push(container(secondary(c, text::OLDER)).center_x(Length::Fill).padding(space::S));
    }
    content = content.push(gap().height(slice.above));
    for at in slice.built {
        if let Some((_, _, id)) = chat.about(at) {
            content = content.push(measured(&chat.heights, id, item(app, chat, at)));
        }
    }
    content = content.push(gap().height(slice.below));
    let messages = scrollable(content)
        .id(name::TIMELINE)
        .direction(scrollbar())
        .style(scroll_style(c))
        .anchor_bottom()
        .on_scroll(|viewport| {
            Message::TimelineScrolled(
                viewport.absolute_offset().y,
                viewport.absolute_offset_reversed().y,
                viewport.bounds().height,
            )
        })
        .width(Length::Fill)
        .height(Length::Fill);
    key_area(c, name::MESSAGES, messages, key)
}

fn key(key: &keyboard::Key, _typed: Option<&str>) -> Option<Message> {
    let keyboard::Key::Named(named) = key else { return None };
    let step = match named {
        Named::ArrowUp => Step::Up,
        Named::ArrowDown => Step::Down,
        Named::Home => Step::First,
        Named::End => Step::Last,
        Named::PageUp => Step::PageUp,
        Named::PageDown => Step::PageDown,
        _ => return None,
    };
    Some(Message::Choose(step))
}

fn item<'a>(app: &'a App, chat: &'a Chat, at: usize) -> Element<'a, Message> {
    let c = app.colors();
    let offset = app.options.offset;
    let about = |at: usize| chat.about(at);
    let Some((time, direction, _)) = about(at) else { return gap().into() };
    let day = text::day_number(time, offset);
    let talks = |at: usize| matches!(chat.entries.get(at), Some(Entry::Message(_)));
    let near = |other: Option<usize>| {
        let Some((then, by, _)) = other.filter(|other| talks(*other) && talks(at)).and_then(about) else {
            return false;
        };
        by == direction && (then.unix_ms() - time.unix_ms()).abs() < TOGETHER && text::day_number(then, offset) == day
    };
    let before = at.checked_sub(1);
    let (joined_above, joined_below) = (near(before), near(Some(at + 1)));
    let new_day = before.and_then(about).is_none_or(|(then, ..)| text::day_number(then, offset) != day);
    let mut parts = column![].width(Length::Fill);
    if new_day {
        let day = label(c, text::day(time, app.now.wall, offset));
        parts = parts.push(
            row![hairline(c), day, hairline(c)]
                .spacing(space::M)
                .align_y(Alignment::Center)
                .padding(Padding::from([space::M, 0.0])),
        );
    }
    parts = parts.push(gap().height(if joined_above { 2.0 } else { space::M }));
    match chat.entries.get(at) {
        Some(Entry::Message(place)) => {
            if let Some(message) = chat.messages.get(*place) {
                parts = parts.push(bubble(app, chat, message, joined_above, joined_below));
            }
        }
        Some(Entry::Call(record, _)) => parts = parts.push(finished(app, record)),
        None => {}
    }
    parts.into()
}

/// A finished call, quieter than a message: what it was, when, and the way to call again.
fn finished<'a>(app: &'a App, record: &'a CallRecord) -> Element<'a, Message> {
    let c = app.colors();
    let (which, color) = match (record.missed, record.call.direction) {
        (true, _) => (Icon::PhoneMissed, c.negative),
        (false, Direction::Incoming) => (Icon::PhoneIn, c.muted),
        (false, Direction::Outgoing) => (Icon::PhoneOut, c.muted),
    };
    let words = text::history(&record.call, record.missed);
    let at = text::clock(record.call.started, app.options.offset);
    let content = row![
        icon(which, measure::ICON_SMALL, color),
        line(words).size(size::SECONDARY).color(if record.missed { c.negative } else { c.text }).shrink(),
        line(at).size(size::META - 1.0).color(c.muted).shrink(),
    ]
    .spacing(space::S)
    .align_y(Alignment::Center);
    let pill = container(content).padding([space::XS + 2.0, space::M]).style(move |_| container::Style {
        border: Border { color: c.line, width: 1.0, radius: radius::LARGE.into() },
        ..Default::default()
    });
    container(pill).center_x(Length::Fill).into()
}

fn bubble<'a>(
    app: &'a App,
    chat: &'a Chat,
    message: &'a Chatted,
    joined_above: bool,
    joined_below: bool,
) -> Element<'a, Message> {
    let c = app.colors();
    let own = is_own(message.direction);
    let tight = space::XS;
    let corner = |joined: bool| if joined { tight } else { radius::LARGE };
    let corners = if own {
        border::Radius::default()
            .top_left(radius::LARGE)
            .bottom_left(radius::LARGE)
            .top_right(corner(joined_above))
            .bottom_right(corner(joined_below))
    } else {
        border::Radius::default()
            .top_right(radius::LARGE)
            .bottom_right(radius::LARGE)
            .top_left(corner(joined_above))
            .bottom_left(corner(joined_below))
    };
    let failed = message.delivery == Delivery::Failed;
    let chosen = chat.chosen.as_ref() == Some(&message.id);
    let (line_color, line_width) = match (chosen, failed) {
        (true, _) => (c.focus, 2.0),
        (false, true) => (c.negative, 1.0),
        (false, false) => (iced::Color::TRANSPARENT, 0.0),
    };
    let ground = if own { c.bubble_out } else { c.bubble_in };
    let (shown, shortened) = text::shortened(&message.body, chat.whole.contains(&message.id));
    let mut body = column![wrapped(c, shown).line_height(1.4)].spacing(space::S);
    for callable in chat.callable.get(&message.id).into_iter().flatten() {
        body = body.push(call(app, callable));
    }
    if shortened {
        body =
            body.push(button(c, Kind::Secondary, None, text::SHOW_ALL, Some(Message::ShowWhole(message.id.clone()))));
    }
    let body =
        container(body).padding([space::S, space::M]).max_width(measure::BUBBLE).style(move |_| container::Style {
            background: Some(ground.into()),
            border: Border { color: line_color, width: line_width, radius: corners },
            ..Default::default()
        });
    let body = mouse_area(body).on_right_press(Message::Copy(message.body.clone()));
    let mut parts = column![body].spacing(2.0).align_x(if own { Alignment::End } else { Alignment::Start });
    // Time and mark stand once under messages that belong together; trouble always shows.
    if !joined_below || failed || message.delivery == Delivery::Pending {
        parts = parts.push(foot(app, message, own));
    }
    container(parts)
        .width(Length::Fill)
        .padding(if own { Padding::ZERO.left(space::XXL) } else { Padding::ZERO.right(space::XXL) })
        .align_x(if own { Alignment::End } else { Alignment::Start })
        .into()
}

/// A number in a message: what will be dialled, and what that may cost. Nothing is dialled before the click.
fn call<'a>(app: &'a App, callable: &'a Callable) -> Element<'a, Message> {
    let c = app.colors();
    let words = column![
        words(text::card::call(&callable.shown)).size(size::SECONDARY).color(c.text),
        words(callable.cost.to_string()).size(size::META).color(c.muted),
    ];
    let content =
        row![icon(Icon::Phone, measure::ICON_SMALL, c.accent), words].spacing(space::S).align_y(Alignment::Center);
    press(c, Kind::Secondary, content)
        .padding([space::XS, space::M])
        .on_press(Message::Call(CallTo::Text(callable.to.clone())))
        .into()
}

fn foot<'a>(app: &'a App, message: &'a Chatted, own: bool) -> Element<'a, Message> {
    let c = app.colors();
    let time = text::clock(message.time, app.options.offset);
    let mut parts = row![line(time).size(size::META - 1.0).color(c.muted).shrink()]
        .spacing(space::XS)
        .align_y(Alignment::Center)
        .padding([0.0, space::XS]);
    if message.corrected {
        parts = parts.push(words("edited").size(size::META - 1.0).color(c.muted));
    }
    if own {
        let (which, color) = match message.delivery {
            Delivery::Pending => (Icon::Clock, c.muted),
            Delivery::Sent | Delivery::Received => (Icon::Check, c.muted),
            Delivery::Delivered => (Icon::Checks, c.muted),
            Delivery::Displayed => (Icon::Checks, c.accent),
            Delivery::Failed => (Icon::Warning, c.negative),
        };
        parts = parts.push(hint(c, icon(which, space::M + 2.0, color), text::delivery(message.delivery)));
        if message.delivery == Delivery::Failed {
            parts = parts.push(words(text::delivery(Delivery::Failed)).size(size::META).color(c.negative));
        }
    }
    parts.into()
}
