//! Starting with the session.

use iced::widget::{column, container, row};
use iced::{Element, Length};

use super::super::super::app::App;
use super::super::super::login;
use super::super::super::message::Message;
use super::super::super::text::login as text;
use super::super::super::theme::{measure, size, space};
use super::super::super::widget::{Kind, line, press, secondary};
use super::super::connections::frame;
use crate::platform::AtLogin;

/// Nothing where it cannot be chosen.
pub fn login(app: &App) -> Option<Element<'_, Message>> {
    let c = app.colors();
    let stands = app.at_login?;
    let choices = [AtLogin::Off, AtLogin::Window, AtLogin::Minimized].map(|wish| {
        let words = line(text::choice(wish)).size(size::SECONDARY).color(c.text).shrink();
        press(c, Kind::Row(stands == wish), words)
            .padding([0.0, space::M])
            .height(measure::TARGET)
            .on_press(Message::Login(login::Message::Choose(wish)))
            .into()
    });
    let choices = row(choices).spacing(space::XS).wrap();
    let side = column![choices, container(secondary(c, text::HINT)).padding([0.0, space::M])].spacing(space::XS);
    let words = line(text::AT_LOGIN).size(size::SECONDARY).strong();
    let body: Element<'_, Message> = if app.narrow() {
        column![words, side].spacing(space::XS).into()
    } else {
        let words = container(words).width(measure::RAIL * 4.0).center_y(measure::TARGET);
        row![words, side.width(Length::Fill)].spacing(space::M).into()
    };
    Some(frame(c, body))
}
