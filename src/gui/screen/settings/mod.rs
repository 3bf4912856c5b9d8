//! Settings: one file for each section, in the order in which they stand on the page.

mod address_book;
mod administrator;
mod answering;
mod blocked;
mod card;
mod devices;
mod exceptions;
mod login;
mod ordinary;
mod paths;
mod reach;
mod relations;
mod status;
mod telephony;

pub use card::publish;
use iced::Element;
use iced::widget::column;
pub use ordinary::note;
pub use status::status;

use super::super::app::{App, Overlay};
use super::super::message::Message;
use super::super::text;
use super::super::theme::space;
use super::super::widget::Kind;
use super::{button, page, section};

pub fn view(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let body = column![section(c, text::PRESENCE, status(app)),]
        .push(administrator::administrator(app).map(|part| section(c, text::settings::ADMINISTRATOR, part)))
        .push(section(c, text::DEVICES, devices::devices(app)))
        .push(ordinary::calls(app).map(|part| section(c, text::settings::CALLS_AND_SOUND, part)))
        .push(answering::answering(app).map(|part| section(c, text::answering::SECTION, part)))
        .push(paths::paths(app).map(|part| section(c, text::paths::SECTION, part)))
        .push(telephony::recording(app).map(|part| section(c, text::telephony::RECORDINGS, part)))
        .push(telephony::lines(app).map(|part| section(c, text::telephony::LINES, part)))
        .push(telephony::lamps(app).map(|part| section(c, text::telephone::PHONES, part)))
        .push(ordinary::callers(app).map(|part| section(c, text::address_book::CALLERS, part)))
        .push(blocked::blocked(app).map(|part| section(c, text::contacts::BLOCKED_PEOPLE, part)))
        .push(ordinary::messages(app).map(|part| section(c, text::talk::MESSAGES, part)))
        .push(ordinary::notifications(app).map(|part| section(c, text::notes::SECTION, part)))
        .push(ordinary::connection(app).map(|part| section(c, text::TOGETHER, part)))
        .push(ordinary::window(app).map(|part| section(c, text::APPEARANCE, part)))
        .push(ordinary::desktop(app).map(|part| section(c, text::tray::SECTION, part)))
        .push(login::login(app).map(|part| section(c, text::login::SECTION, part)))
        .push(section(c, text::address_book::TITLE, address_book::address_book(app)))
        .push(section(c, text::card::ELSEWHERE, reach::elsewhere(app)))
        .push(section(c, text::card::CARD, card::card(app)))
        .push(exceptions::exceptions(app).map(|part| section(c, text::EXCEPTIONS, part)))
        .push(relations::relations(app).map(|part| section(c, text::numbers::RELATIONS, part)))
        .push(button(c, Kind::Secondary, None, text::SHORTCUTS, Some(Message::Lay(Some(Overlay::Shortcuts)))))
        .spacing(space::XL);
    page(app, text::SETTINGS, body)
}
