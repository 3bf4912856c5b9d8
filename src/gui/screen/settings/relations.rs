//! Which chat and voice account belong together, and what is remembered for calls.

use iced::widget::{column, container, row};
use iced::{Alignment, Element, Length};

use super::super::super::app::App;
use super::super::super::icon::{Icon, icon};
use super::super::super::message::Message;
use super::super::super::numbers::Message as Numbers;
use super::super::super::text::numbers as words;
use super::super::super::theme::{measure, size, space};
use super::super::super::widget::{Kind, label, line, press, secondary};
use super::super::button;
use super::super::connections::frame;
use crate::account::{NumbersRequest, Request};
use crate::model::{AccountState, Service};

/// One row for each chat account; nothing where there is nothing to relate.
pub fn relations(app: &App) -> Option<Element<'_, Message>> {
    let c = app.colors();
    let of = |service| app.snapshot.accounts.iter().filter(move |account| account.service == service);
    let remembered = &app.snapshot.numbers.remembered;
    if of(Service::Chat).next().is_none() || of(Service::Voice).next().is_none() {
        return None;
    }
    let mut parts = column![secondary(c, words::RELATIONS_BODY)].spacing(space::M);
    for chat in of(Service::Chat) {
        parts = parts.push(one(app, chat));
    }
    if !remembered.is_empty() {
        parts = parts.push(label(c, words::REMEMBERED));
        for kept in remembered {
            let forget = Message::Do(Request::Numbers(NumbersRequest::Forget(kept.key.clone())));
            let text = iced::widget::text(crate::gui::words::told(&kept.text))
                .size(size::SECONDARY)
                .color(c.text)
                .wrapping(iced::widget::text::Wrapping::WordOrGlyph)
                .width(Length::Fill);
            parts = parts.push(
                row![text, button(c, Kind::Ghost, None, words::FORGET, Some(forget))]
                    .spacing(space::S)
                    .align_y(Alignment::Center),
            );
        }
    }
    Some(frame(c, parts))
}

fn one<'a>(app: &'a App, chat: &'a AccountState) -> Element<'a, Message> {
    let c = app.colors();
    let relation = app.snapshot.relations.iter().find(|relation| relation.chat == chat.id);
    let address_of = |id: &crate::model::AccountId| {
        app.snapshot.accounts.iter().find(|account| account.id == *id).map(|a| &*a.address)
    };
    let shown = relation.and_then(|relation| address_of(&relation.voice)).unwrap_or(words::NONE.text());
    let face = row![line(shown).size(size::SECONDARY), icon(Icon::Down, measure::ICON_SMALL, c.muted)]
        .spacing(space::S)
        .align_y(Alignment::Center);
    let choice = press(c, Kind::Secondary, face)
        .padding([0.0, space::M])
        .width(Length::Fill)
        .height(measure::TARGET)
        .id("relation")
        .on_press(Message::Numbers(Numbers::Menu(chat.id.clone())));
    let mut list = column![choice].spacing(space::XS);
    if app.numbers.menu.as_ref() == Some(&chat.id) {
        let voices = app.snapshot.accounts.iter().filter(|account| account.service == Service::Voice);
        for voice in voices {
            let chosen = relation.is_some_and(|relation| relation.voice == voice.id);
            let candidates = &app.snapshot.numbers.candidates;
            let why = candidates.iter().find(|known| known.chat == chat.id && known.voice == voice.id);
            let mut lines = column![line(voice.address.as_ref()).size(size::SECONDARY)].spacing(2.0);
            if let Some(why) = why {
                lines = lines.push(line(crate::gui::words::told(&why.why)).size(size::META).color(c.muted));
            }
            let relate = Message::Numbers(Numbers::Relate(chat.id.clone(), Some(voice.id.clone())));
            list = list.push(option(app, chosen, lines.into(), relate));
        }
        let none = Message::Numbers(Numbers::Relate(chat.id.clone(), None));
        list = list.push(option(app, relation.is_none(), line(words::NONE).size(size::SECONDARY).into(), none));
    }
    let name = line(chat.address.as_ref()).size(size::SECONDARY).strong();
    if app.narrow() {
        return column![name, list].spacing(space::XS).into();
    }
    let name = container(name).width(measure::RAIL * 3.0).center_y(measure::TARGET);
    row![name, list].spacing(space::M).into()
}

fn option<'a>(app: &'a App, chosen: bool, content: Element<'a, Message>, message: Message) -> Element<'a, Message> {
    press(app.colors(), Kind::Row(chosen), content)
        .padding([space::XS, space::M])
        .width(Length::Fill)
        .on_press(message)
        .into()
}
