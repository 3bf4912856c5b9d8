//! Settings: one file for each section, in the order in which they stand on the page.

mod devices;
mod status;

use iced::Element;
use iced::widget::column;

use super::super::app::{App, Overlay};
use super::super::message::Message;
use super::super::text;
use super::super::theme::space;
use super::super::widget::{Kind, secondary};
use super::{button, page, section};

pub fn view(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let body = column![
        section(c, text::PRESENCE, status::status(app)),
        section(c, text::DEVICES, devices::devices(app)),
        section(c, text::APPEARANCE, secondary(c, text::APPEARANCE_BODY)),
        button(c, Kind::Secondary, None, text::SHORTCUTS, Some(Message::Lay(Some(Overlay::Shortcuts)))),
    ]
    .spacing(space::XL);
    page(app, text::SETTINGS, body)
}
