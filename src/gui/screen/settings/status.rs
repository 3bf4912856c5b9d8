//! The user's own status.

use iced::widget::row;
use iced::{Alignment, Element};

use super::super::super::app::App;
use super::super::super::message::Message;
use super::super::super::text;
use super::super::super::theme::{measure, size, space};
use super::super::super::widget::{Kind, line, presence, press};
use crate::account::Request;
use crate::model::Show;

/// What one chooses from.
const SHOWS: [Show; 4] = [Show::Available, Show::Away, Show::Dnd, Show::Offline];

pub fn status(app: &App) -> Element<'_, Message> {
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
