//! Settings: the user's status, sound devices; what the file decides is said.

use std::sync::Arc;

use iced::widget::{column, pick_list, row};
use iced::{Alignment, Background, Border, Element, Length, Padding, Shadow, Vector};

use super::super::app::{App, Message, Overlay};
use super::super::text;
use super::super::theme::{Colors, REGULAR, measure, radius, size, space};
use super::super::widget::{Kind, line, presence, press, secondary};
use super::connections::frame;
use super::{button, page, section};
use crate::account::Request;
use crate::media::DeviceRole;
use crate::model::Show;

/// What one chooses from.
const SHOWS: [Show; 4] = [Show::Available, Show::Away, Show::Dnd, Show::Offline];

pub fn view(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let body = column![
        section(c, text::PRESENCE, status(app)),
        section(c, text::DEVICES, devices(app)),
        section(c, text::APPEARANCE, secondary(c, text::APPEARANCE_BODY)),
        button(c, Kind::Secondary, None, text::SHORTCUTS, Some(Message::Lay(Some(Overlay::Shortcuts)))),
    ]
    .spacing(space::XL);
    page(app, text::SETTINGS, body)
}

fn status(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let own = &app.snapshot.presence;
    let choices = SHOWS.map(|show| {
        let chosen = own.show == show || (own.show == Show::Chat && show == Show::Available);
        let ground = if chosen { c.selected } else { c.surface };
        let content = row![presence(c, show, ground), line(text::show(show)).size(size::SECONDARY).shrink()]
            .spacing(space::S)
            .align_y(Alignment::Center);
        press(c, Kind::Row(chosen), content)
            .padding([0.0, space::M])
            .height(measure::TARGET)
            .on_press(Message::Do(Request::Presence { show, status: own.status.clone() }))
            .into()
    });
    row(choices).spacing(space::XS).wrap().into()
}

fn devices(app: &App) -> Element<'_, Message> {
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
    word: &'a str,
    role: DeviceRole,
    offered: &[Arc<str>],
    used: &Arc<str>,
) -> Element<'a, Message> {
    let c = app.colors();
    let names: Vec<String> = offered.iter().map(ToString::to_string).collect();
    let used = (!used.is_empty()).then(|| used.to_string());
    let list = pick_list(names, used, move |name| Message::Device(role, name))
        .placeholder(text::NOT_CHOSEN)
        .font(REGULAR)
        .text_size(size::SECONDARY)
        .padding(Padding::from([space::S, space::M]))
        .width(Length::Fill)
        .style(move |_, status| pick_style(c, status))
        .menu_style(move |_| menu_style(c));
    let words = line(word).size(size::SECONDARY).strong();
    if app.narrow() {
        return column![words, list].spacing(space::XS).into();
    }
    row![iced::widget::container(words).width(measure::RAIL * 2.0), list].spacing(space::M).align_y(Alignment::Center).into()
}

fn pick_style(c: &'static Colors, status: pick_list::Status) -> pick_list::Style {
    let line = if matches!(status, pick_list::Status::Active) { c.line } else { c.muted };
    pick_list::Style {
        text_color: c.text,
        placeholder_color: c.muted,
        handle_color: c.muted,
        background: Background::Color(if c.dark { c.sunken } else { c.surface }),
        border: Border { color: line, width: 1.0, radius: radius::SMALL.into() },
    }
}

fn menu_style(c: &'static Colors) -> iced::overlay::menu::Style {
    iced::overlay::menu::Style {
        background: Background::Color(c.raised),
        border: Border { color: c.line, width: 1.0, radius: radius::SMALL.into() },
        text_color: c.text,
        selected_text_color: c.text,
        selected_background: Background::Color(c.selected),
        shadow: Shadow { color: c.shadow, offset: Vector::new(0.0, 4.0), blur_radius: 12.0 },
    }
}
