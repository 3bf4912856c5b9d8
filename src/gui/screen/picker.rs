//! The emoji over the message field: by group, or found by their words.

use iced::widget::{column, container, row, scrollable, text as words};
use iced::{Alignment, Border, Element, Length};

use super::super::app::{App, name};
use super::super::icon::Icon;
use super::super::message::Message;
use super::super::talk::Message as Talk;
use super::super::text;
use super::super::text::{emoji, emoji_words, talk as said};
use super::super::theme::{EMOJI, measure, radius, size, space};
use super::super::widget::{Kind, field, label, press, scroll_style, scrollbar, secondary};
use super::{hint, icon_button};

/// The height of the emoji, before they scroll.
const HIGH: f32 = 220.0;

/// The emoji for what is searched.
pub fn view<'a>(app: &'a App, query: &'a str) -> Element<'a, Message> {
    let c = app.colors();
    let search = field(c, said::EMOJI_SEARCH, query, |typed| Message::Talk(Talk::PickerQuery(typed)))
        .id(name::EMOJI_SEARCH)
        .on_submit(Message::Talk(Talk::PickFirst));
    let close = Some(Message::Talk(Talk::Picker(None)));
    let top = row![search, icon_button(c, Kind::Ghost, Icon::Close, text::CLOSE, close, measure::TARGET)]
        .spacing(space::S)
        .align_y(Alignment::Center);
    let one = |symbol: &'static str, called: &'static str| {
        let face = container(words(symbol).font(EMOJI).size(size::CALL)).center(measure::CALL_TARGET);
        let button = press(c, Kind::Ghost, face).padding(0.0).on_press(Message::Talk(Talk::Pick(symbol)));
        hint(c, button, called)
    };
    let mut groups = column![].spacing(space::XS).width(Length::Fill);
    let mut any = false;
    for (heading, members) in emoji::EMOJI {
        let found: Vec<_> = members
            .iter()
            .filter(|(symbol, called)| emoji_words::answers_to(symbol, called, query))
            .map(|(symbol, called)| (*symbol, emoji_words::called(symbol, called)))
            .collect();
        if found.is_empty() {
            continue;
        }
        any = true;
        if query.trim().is_empty() {
            groups = groups.push(label(c, crate::gui::words::word(heading)));
        }
        groups = groups.push(row(found.into_iter().map(|(symbol, called)| one(symbol, called))).wrap());
    }
    if !any {
        groups = groups.push(secondary(c, said::NO_EMOJI));
    }
    let groups = scrollable(groups).direction(scrollbar()).style(scroll_style(c)).height(HIGH).width(Length::Fill);
    container(column![top, groups].spacing(space::S))
        .padding(space::S)
        .width(Length::Fill)
        .style(move |_| container::Style {
            background: Some(c.raised.into()),
            border: Border { color: c.outline, width: 1.0, radius: radius::LARGE.into() },
            ..Default::default()
        })
        .into()
}
