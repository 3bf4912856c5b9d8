//! "Test my setup": see the microphone, hear oneself, let it ring, and what is known of the network.

use iced::widget::{column, container, row};
use iced::{Alignment, Element, Length};

use super::super::app::App;
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::sound::Message as Sound;
use super::super::text::{self, devices as words};
use super::super::theme::{measure, size, space};
use super::super::widget::{Kind, card, hairline, label, level, line, scroll_style, scrollbar, secondary, title};
use super::button;
use crate::account::{SetupFinding, SetupTestRequest};
use crate::gui::words::told;
use crate::media::{DeviceRole, Stage};

/// The sheet.
pub fn sheet(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let test = &app.snapshot.setup_test;
    let head = row![
        title(c, words::TEST).width(Length::Fill),
        button(c, Kind::Ghost, None, text::CLOSE, Some(Message::Sound(Sound::Test(false))))
    ]
    .align_y(Alignment::Center);
    let devices = &app.snapshot.devices;
    let named = |word, role, name: &str| {
        row![
            container(line(word).size(size::SECONDARY).color(c.muted)).width(measure::RAIL * 1.5),
            line(words::device(name, role)).size(size::SECONDARY)
        ]
        .spacing(space::S)
    };
    let names = column![
        named(text::INPUT, DeviceRole::Input, &devices.input),
        named(text::OUTPUT, DeviceRole::Output, &devices.output),
        named(text::RING, DeviceRole::Ring, &devices.ring),
    ]
    .spacing(space::XS);
    let listens = matches!(test.stage, Some(Stage::Listening | Stage::Recording));
    let going_on = test.stage.map_or("", |stage| words::stage(stage).text());
    let meter = row![
        icon(Icon::Mic, measure::ICON, if listens { c.accent } else { c.muted }),
        level(c, app.meters.input, !listens),
        iced::widget::text(going_on).size(size::SECONDARY).color(c.text).width(Length::Fill)
    ]
    .spacing(space::M)
    .align_y(Alignment::Center);
    let busy = matches!(test.stage, Some(Stage::Recording | Stage::Playing | Stage::Ringing));
    let step = |step| (!busy).then_some(Message::Sound(Sound::Try(step)));
    let echo = app.snapshot.settings.get("calls.echo-address").and_then(|setting| setting.value.clone());
    let echo = echo.filter(|address| !address.is_empty()).map(|address| {
        let message = Message::Sound(Sound::Echo(address.to_string().into()));
        button(c, Kind::Secondary, Some(Icon::Phone), words::ECHO, Some(message))
    });
    let steps = row![
        button(c, Kind::Primary, None, words::RECORD, step(SetupTestRequest::Record)),
        button(c, Kind::Secondary, None, words::RING, step(SetupTestRequest::Ring)),
    ]
    .push(echo)
    .spacing(space::S)
    .wrap();
    let mut found = column![label(c, words::FOUND)].spacing(space::M);
    if test.findings.iter().all(|finding| finding.part != "microphone" && finding.part != "ring") {
        found = found.push(secondary(c, words::NOT_TRIED));
    }
    for finding in &test.findings {
        found = found.push(one(app, finding));
    }
    let body = column![names, hairline(c), meter, steps, hairline(c), found].spacing(space::L);
    let body = iced::widget::scrollable(container(body).padding(iced::Padding::ZERO.right(space::M)))
        .direction(scrollbar())
        .style(scroll_style(c));
    card(c, space::XL, Length::Fill, column![head, hairline(c), body].spacing(space::M))
}

fn one<'a>(app: &'a App, finding: &'a SetupFinding) -> Element<'a, Message> {
    let c = app.colors();
    let (which, color) = match finding.ok {
        Some(true) => (Icon::Check, c.positive),
        Some(false) => (Icon::Warning, c.negative),
        None => (Icon::Info, c.muted),
    };
    let said = iced::widget::text(told(&finding.text))
        .size(size::SECONDARY)
        .color(c.text)
        .width(Length::Fill)
        .wrapping(iced::widget::text::Wrapping::WordOrGlyph);
    row![icon(which, measure::ICON_SMALL, color), said].spacing(space::S).into()
}
