//! How a call sounds: what is wrong and what helps, each direction in a word, the numbers for who wants them.

use iced::widget::{column, container, row, space as gap};
use iced::{Alignment, Element, Length, Padding};

use super::super::app::App;
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::sound::Message as Sound;
use super::super::text::{self, quality as words};
use super::super::theme::{measure, size, space};
use super::super::widget::{Kind, card, hairline, line, press, scroll_style, scrollbar, secondary, title, wrapped};
use super::button;
use crate::model::{Call, Trouble, Weight};

/// The sheet.
pub fn sheet<'a>(app: &'a App, call: &'a Call) -> Element<'a, Message> {
    let c = app.colors();
    let head = row![
        title(c, words::TITLE).width(Length::Fill),
        button(c, Kind::Ghost, None, text::CLOSE, Some(Message::Lay(None)))
    ]
    .align_y(Alignment::Center);
    let troubles = app.troubles(call);
    let mut body = column![].spacing(space::L);
    for trouble in troubles {
        body = body.push(full(app, trouble));
    }
    match app.stats_of(call) {
        None => body = body.push(secondary(c, words::NOT_YET)),
        Some(stats) => {
            if troubles.is_empty() {
                body = body.push(
                    row![icon(Icon::Check, measure::ICON, c.positive), secondary(c, words::WELL)]
                        .spacing(space::S)
                        .align_y(Alignment::Center),
                );
            }
            let mut both = column![].spacing(space::S);
            for (heading, grade, well) in words::both_ways(stats) {
                let (which, color) = match well {
                    Some(true) => (Icon::Check, c.positive),
                    Some(false) => (Icon::Warning, c.warning),
                    None => (Icon::Info, c.muted),
                };
                both = both.push(fact(app, heading.text(), grade, Some((which, color))));
            }
            let mut plain = column![].spacing(space::S);
            for (heading, said) in words::plain(stats) {
                plain = plain.push(fact(app, heading.text(), said, None));
            }
            body = body.push(both).push(hairline(c)).push(plain).push(hairline(c));
            let advanced = app.sound.advanced;
            let word = if advanced { words::LESS } else { words::ADVANCED };
            let toggle = Some(Message::Sound(Sound::Advanced(!advanced)));
            let which = if advanced { Icon::Up } else { Icon::Down };
            body = body.push(button(c, Kind::Ghost, Some(which), word, toggle));
            if advanced {
                let mut numbers = column![].spacing(space::XS);
                for (heading, number) in words::numbers(call, stats) {
                    numbers = numbers.push(fact(app, heading.text(), number, None));
                }
                body = body.push(numbers);
            }
        }
    }
    let body = iced::widget::scrollable(container(body).padding(Padding::ZERO.right(space::M)))
        .direction(scrollbar())
        .style(scroll_style(c));
    card(c, space::XL, Length::Fill, column![head, hairline(c), body].spacing(space::M))
}

/// A heading and what holds, beside each other.
fn fact<'a>(app: &'a App, heading: &'a str, said: String, mark: Option<(Icon, iced::Color)>) -> Element<'a, Message> {
    let c = app.colors();
    let heading = iced::widget::text(heading).size(size::SECONDARY).color(c.muted);
    let said = iced::widget::text(said)
        .size(size::SECONDARY)
        .color(c.text)
        .width(Length::Fill)
        .wrapping(iced::widget::text::Wrapping::WordOrGlyph);
    let mark = mark.map(|(which, color)| icon(which, measure::ICON_SMALL, color));
    let said = row![].push(mark).push(said).spacing(space::S).align_y(Alignment::Center);
    if app.tiny() {
        return column![heading, said].spacing(2.0).into();
    }
    row![heading.width(measure::RAIL * 2.6), said].spacing(space::M).align_y(Alignment::Start).into()
}

/// A trouble with its cause and remedy.
pub fn full<'a>(app: &'a App, trouble: &'a Trouble) -> Element<'a, Message> {
    let c = app.colors();
    let (which, color) = look(app, trouble.weight);
    let said = column![
        wrapped(c, crate::gui::words::told(&trouble.text)),
        secondary(c, crate::gui::words::told(&trouble.remedy))
    ]
    .spacing(space::XS);
    row![icon(which, measure::ICON, color), said.width(Length::Fill)].spacing(space::M).into()
}

fn look(app: &App, weight: Weight) -> (Icon, iced::Color) {
    let c = app.colors();
    match weight {
        Weight::Fault => (Icon::Warning, c.negative),
        Weight::Warning => (Icon::Warning, c.warning),
        Weight::Hint => (Icon::MicOff, c.muted),
        Weight::Note => (Icon::Info, c.muted),
    }
}

/// The weightiest trouble under the buttons of the bar; more on a click.
pub fn brief<'a>(app: &'a App, call: &'a Call) -> Option<Element<'a, Message>> {
    let c = app.colors();
    // What is only worth knowing waits in the sheet.
    let trouble = app.troubles(call).first().filter(|trouble| trouble.weight != Weight::Note)?;
    let (which, color) = look(app, trouble.weight);
    let said = iced::widget::text(crate::gui::words::told(&trouble.text))
        .size(size::SECONDARY)
        .color(c.text)
        .width(Length::Fill);
    let content = row![icon(which, measure::ICON_SMALL, color), said].spacing(space::S).align_y(Alignment::Center);
    let content = if app.narrow() {
        content
    } else {
        content.push(gap().width(space::S)).push(line(words::OPEN).size(size::SECONDARY).color(c.accent).shrink())
    };
    Some(
        press(c, Kind::Ghost, content)
            .padding([space::XS, space::S])
            .width(Length::Fill)
            .id("call-trouble")
            .on_press(Message::Sound(Sound::Quality(call.id)))
            .into(),
    )
}
