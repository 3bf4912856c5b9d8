//! The messages: bubbles with day lines. Only those near the screen are built; heights are remembered.

use iced::widget::{column, container, row, scrollable, space as gap, text as words};
use iced::{Alignment, Border, Element, Length, Padding, border};

use super::super::app::{App, Message, name};
use super::super::chat::Chat;
use super::super::icon::{Icon, icon};
use super::super::text;
use super::super::theme::{measure, radius, size, space};
use super::super::update::is_own;
use super::super::widget::{empty, hairline, label, line, measured, scroll_style, scrollbar, secondary, wrapped};
use super::hint;
use crate::model::{Delivery, Jid, Message as Chatted};

/// Messages of one writer that are closer than this belong together, milliseconds.
const TOGETHER: i64 = 5 * 60 * 1000;

pub fn view<'a>(app: &'a App, jid: &'a Jid) -> Element<'a, Message> {
    let c = app.colors();
    let Some(chat) = app.chats.get(jid).filter(|chat| chat.loaded) else {
        return container(gap()).width(Length::Fill).height(Length::Fill).into();
    };
    if chat.messages.is_empty() {
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
        if let Some(message) = chat.messages.get(at) {
            content = content.push(measured(&chat.heights, &message.id, item(app, chat, at, message)));
        }
    }
    content = content.push(gap().height(slice.below));
    scrollable(content)
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
        .height(Length::Fill)
        .into()
}

fn item<'a>(app: &'a App, chat: &'a Chat, at: usize, message: &'a Chatted) -> Element<'a, Message> {
    let c = app.colors();
    let offset = app.options.offset;
    let before = at.checked_sub(1).and_then(|before| chat.messages.get(before));
    let after = chat.messages.get(at + 1);
    let near = |a: &Chatted, b: &Chatted| {
        a.direction == b.direction
            && (a.time.unix_ms() - b.time.unix_ms()).abs() < TOGETHER
            && text::day_number(a.time, offset) == text::day_number(b.time, offset)
    };
    let joined_above = before.is_some_and(|before| near(before, message));
    let joined_below = after.is_some_and(|after| near(message, after));
    let new_day =
        before.is_none_or(|before| text::day_number(before.time, offset) != text::day_number(message.time, offset));
    let mut parts = column![].width(Length::Fill);
    if new_day {
        let day = label(c, text::day(message.time, app.now.wall, offset));
        parts = parts.push(
            row![hairline(c), day, hairline(c)]
                .spacing(space::M)
                .align_y(Alignment::Center)
                .padding(Padding::from([space::M, 0.0])),
        );
    }
    let top = if joined_above { 2.0 } else { space::M };
    parts = parts.push(gap().height(top)).push(bubble(app, message, joined_above, joined_below));
    parts.into()
}

fn bubble<'a>(app: &'a App, message: &'a Chatted, joined_above: bool, joined_below: bool) -> Element<'a, Message> {
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
    let line_color = if failed { c.negative } else { iced::Color::TRANSPARENT };
    let ground = if own { c.bubble_out } else { c.bubble_in };
    let body = container(wrapped(c, message.body.as_ref()).line_height(1.4))
        .padding([space::S, space::M])
        .max_width(measure::BUBBLE)
        .style(move |_| container::Style {
            background: Some(ground.into()),
            border: Border { color: line_color, width: if failed { 1.0 } else { 0.0 }, radius: corners },
            ..Default::default()
        });
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
