//! Every exception from what each connection carries, and the way to take it back.

use iced::widget::{column, row};
use iced::{Alignment, Element, Length};

use super::super::super::app::App;
use super::super::super::message::Message;
use super::super::super::text as words;
use super::super::super::theme::{size, space};
use super::super::super::widget::{Kind, secondary};
use super::super::button;
use super::super::connections::frame;
use crate::account::Request;

/// One line each; nothing where there is no exception.
pub fn exceptions(app: &App) -> Option<Element<'_, Message>> {
    let c = app.colors();
    let rules = &app.snapshot.numbers.exceptions;
    if rules.is_empty() {
        return None;
    }
    let mut parts = column![secondary(c, words::EXCEPTIONS_BODY)].spacing(space::M);
    for rule in rules {
        let text = iced::widget::text(crate::gui::words::told(&rule.text))
            .size(size::SECONDARY)
            .color(if rule.removable { c.text } else { c.muted })
            .wrapping(iced::widget::text::Wrapping::WordOrGlyph)
            .width(Length::Fill);
        let take_back = rule.removable.then(|| {
            let back = Request::SetFeature { feature: rule.feature, scope: rule.scope.clone(), on: None };
            button(c, Kind::Ghost, None, words::TAKE_BACK, Some(Message::Do(back)))
        });
        parts = parts.push(row![text].push(take_back).spacing(space::S).align_y(Alignment::Center));
    }
    Some(frame(c, parts))
}
