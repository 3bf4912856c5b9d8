//! What hears, what sounds, what rings.

use std::sync::Arc;

use iced::widget::{column, container, row};
use iced::{Alignment, Element, Length};

use super::super::super::app::App;
use super::super::super::icon::{Icon, icon};
use super::super::super::message::Message;
use super::super::super::text;
use super::super::super::theme::{measure, size, space};
use super::super::super::widget::{Kind, line, press, secondary};
use super::super::connections::frame;
use crate::media::DeviceRole;

pub fn devices(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let known = &app.snapshot.devices;
    if known.inputs.is_empty() && known.outputs.is_empty() {
        return secondary(c, text::NO_DEVICES).into();
    }
    let rows = column![
        device(app, text::INPUT, DeviceRole::Input, &known.inputs, &known.input),
        device(app, text::OUTPUT, DeviceRole::Output, &known.outputs, &known.output),
        device(app, text::RING, DeviceRole::Ring, &known.outputs, &known.ring),
    ]
    .spacing(space::M);
    frame(c, rows)
}

fn device<'a>(
    app: &'a App,
    word: &'static str,
    role: DeviceRole,
    offered: &'a [Arc<str>],
    used: &'a str,
) -> Element<'a, Message> {
    let c = app.colors();
    let open = app.device_menu == Some(role);
    let shown = if used.is_empty() { text::NOT_CHOSEN } else { used };
    let face = row![line(shown).size(size::SECONDARY), icon(Icon::Down, measure::ICON_SMALL, c.muted)]
        .spacing(space::S)
        .align_y(Alignment::Center);
    let choice = press(c, Kind::Secondary, face)
        .padding([0.0, space::M])
        .width(Length::Fill)
        .height(measure::TARGET)
        .id(word)
        .on_press(Message::DeviceMenu(role));
    let mut list = column![choice].spacing(space::XS);
    if open {
        for name in offered {
            let chosen = name.as_ref() == used;
            let content = line(name.as_ref()).size(size::SECONDARY);
            list = list.push(
                press(c, Kind::Row(chosen), content)
                    .padding([0.0, space::M])
                    .width(Length::Fill)
                    .height(measure::TARGET)
                    .on_press(Message::Device(role, name.to_string())),
            );
        }
    }
    let words = line(word).size(size::SECONDARY).strong();
    if app.narrow() {
        return column![words, list].spacing(space::XS).into();
    }
    let words = container(words).width(measure::RAIL * 2.0).center_y(measure::TARGET);
    row![words, list].spacing(space::M).into()
}
