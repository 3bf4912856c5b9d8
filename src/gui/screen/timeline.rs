//! The messages and calls with somebody, with lines between days and where the unread begin. Only those near the screen are built; heights are remembered.

use iced::keyboard::{self, key::Named};
use iced::widget::{column, container, row, scrollable, space as gap, stack, text as words};
use iced::{Alignment, Border, Element, Length, Padding};

use super::super::app::{App, Step, name};
use super::super::chat::{Chat, Entry};
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::talk::{Key, Message as Talk};
use super::super::text;
use super::super::text::talk as said;
use super::super::theme::{STRONG, measure, radius, size, space};
use super::super::widget::{
    Kind, empty, hairline, key_area, label, line, measured, pane, press, scroll_style, scrollbar, secondary,
};
use super::{bubble, hint};
use crate::account::CallTo;
use crate::model::{Direction, Jid};
use crate::store::CallRecord;

/// So far from the newest message the way back is shown.
const FAR: f32 = 480.0;
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
    let away = chat.from_end > FAR || !chat.at_end;
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
    let messages = key_area(c, name::MESSAGES, messages, key);
    if !away {
        return messages;
    }
    stack![messages, latest(app, jid)].into()
}

/// The way back to the newest message, and how many came since.
fn latest<'a>(app: &'a App, jid: &'a Jid) -> Element<'a, Message> {
    let c = app.colors();
    let unread = app.people.conversation(&app.snapshot, jid).map_or(0, |talk| talk.unread);
    let mut content = row![icon(Icon::Down, measure::ICON, c.text)].spacing(space::XS).align_y(Alignment::Center);
    if unread > 0 {
        content = content.push(line(said::new_messages(unread)).size(size::SECONDARY).strong().shrink());
    }
    let button = press(c, Kind::Secondary, content)
        .padding([space::S, space::M])
        .id("latest")
        .on_press(Message::Talk(Talk::Latest));
    let ground = container(hint(c, button, said::LATEST)).style(move |_| container::Style {
        background: Some(c.raised.into()),
        border: iced::border::rounded(radius::SMALL),
        ..Default::default()
    });
    container(ground).align_right(Length::Fill).align_bottom(Length::Fill).padding(space::M).into()
}

fn key(key: &keyboard::Key, typed: Option<&str>) -> Option<Message> {
    let talk = |key| Some(Message::Talk(Talk::Key(key)));
    let keyboard::Key::Named(named) = key else {
        return match typed? {
            "r" => talk(Key::Answer),
            "e" => talk(Key::Edit),
            "+" => talk(Key::React),
            "i" => talk(Key::Details),
            _ => None,
        };
    };
    let step = match named {
        Named::ArrowUp => Step::Up,
        Named::ArrowDown => Step::Down,
        Named::Home => Step::First,
        Named::End => Step::Last,
        Named::PageUp => Step::PageUp,
        Named::PageDown => Step::PageDown,
        Named::Enter => return talk(Key::Menu),
        Named::Delete => return talk(Key::Delete),
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
    let author = |at: usize| match chat.entries.get(at) {
        Some(Entry::Message(place)) => chat.messages.get(*place).and_then(|message| message.details.nick.as_deref()),
        Some(Entry::Call(..) | Entry::Line(..)) | None => None,
    };
    let talks = |at: usize| matches!(chat.entries.get(at), Some(Entry::Message(_)));
    let near = |other: Option<usize>| {
        let Some((then, by, _)) = other.filter(|other| talks(*other) && talks(at)).and_then(about) else {
            return false;
        };
        author(at) == author(other.unwrap_or(at))
            && by == direction
            && (then.unix_ms() - time.unix_ms()).abs() < TOGETHER
            && text::day_number(then, offset) == day
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
    let unread_line = about(at).is_some_and(|(_, _, id)| chat.first_unread.as_ref() == Some(id));
    if unread_line {
        let word = words(said::UNREAD).size(size::META).font(STRONG).color(c.negative);
        let side = || pane(c.negative, gap().width(Length::Fill).height(1.0));
        parts = parts
            .push(row![side(), word, side()].spacing(space::M).align_y(Alignment::Center).padding([space::S, 0.0]));
    }
    parts = parts.push(gap().height(if joined_above { 2.0 } else { space::M }));
    match chat.entries.get(at) {
        Some(Entry::Message(place)) => {
            if let Some(message) = chat.messages.get(*place) {
                let joined = bubble::Joined { above: joined_above && !unread_line, below: joined_below };
                let nick = message.details.nick.as_deref().filter(|_| !joined.above);
                parts = parts.push(nick.map(|nick| super::room::author(app, nick)));
                parts = parts.push(bubble::view(app, chat, message, joined));
            }
        }
        Some(Entry::Call(record, _)) => parts = parts.push(finished(app, record)),
        Some(Entry::Line(line, _)) => parts = parts.push(super::room::happened(app, &line.text)),
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
    let words = text::jingle::with_way(&record.call, text::history(&record.call, record.missed));
    let at = text::clock(record.call.started, app.options.offset);
    let mut content = row![
        icon(which, measure::ICON_SMALL, color),
        line(words).size(size::SECONDARY).color(if record.missed { c.negative } else { c.text }).shrink(),
        line(at).size(size::META - 1.0).color(c.muted).shrink(),
    ]
    .spacing(space::S)
    .align_y(Alignment::Center);
    if record.missed {
        let word = |word: &'static str| line(word).size(size::SECONDARY).strong().color(c.link).shrink();
        let small = |content, message| press(c, Kind::Ghost, content).padding([2.0, space::S]).on_press(message);
        if let Some(jid) = &record.call.peer.jid {
            let back = Message::Call(CallTo::Contact(jid.clone()));
            content = content.push(small(word(said::CALL_BACK.text()), back));
            if jid.is_reachable() {
                content = content.push(small(word(said::WRITE_BACK.text()), Message::Talk(Talk::WriteBack)));
            }
        }
    }
    let content = content.wrap();
    let pill = container(content).padding([space::XS + 2.0, space::M]).style(move |_| container::Style {
        border: Border { color: c.line, width: 1.0, radius: radius::LARGE.into() },
        ..Default::default()
    });
    container(pill).center_x(Length::Fill).into()
}
