//! Every key of the configuration, its value, and where that comes from.

use std::sync::Arc;

use iced::widget::{column, container, row};
use iced::{Alignment, Element, Length};

use super::super::super::app::App;
use super::super::super::icon::{Icon, icon};
use super::super::super::message::Message;
use super::super::super::text::{settings, topics as text};
use super::super::super::theme::{measure, size, space};
use super::super::super::topics;
use super::super::super::widget::{Kind, field, hairline, line, secondary};
use super::super::button;
use super::super::connections::frame;
use crate::account::Request;
use crate::config::{Origin, Setting};

/// Values longer than this are cut, in characters: the file has them whole.
const LONGEST: usize = 80;

pub fn all_keys(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let filter = field(c, text::FILTER, &app.topics.filter, |text| Message::Topics(topics::Message::Filter(text)));
    let mut list = column![].spacing(space::S);
    let mut shown = 0;
    for setting in app.filtered_settings() {
        if shown > 0 {
            list = list.push(hairline(c));
        }
        list = list.push(one(app, setting));
        shown += 1;
    }
    if shown == 0 {
        list = list.push(secondary(c, text::NO_KEY));
    }
    column![secondary(c, text::ALL_KEYS_BODY), container(filter).max_width(measure::SHEET), frame(c, list)]
        .spacing(space::M)
        .into()
}

fn one<'a>(app: &'a App, setting: &'a Setting) -> Element<'a, Message> {
    let c = app.colors();
    let value = setting.value.as_deref().filter(|value| !value.is_empty());
    let cut = |value: &str| match value.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{} …", value.get(..end).unwrap_or_default()),
        None => value.to_owned(),
    };
    let value = match value {
        Some(value) => line(cut(value)).size(size::SECONDARY),
        None => line(text::NOT_SET).size(size::SECONDARY).color(c.muted),
    };
    let key = line(setting.key.as_ref()).size(size::SECONDARY).strong();
    let lock = setting.standing.locked.then(|| icon(Icon::Lock, measure::ICON_SMALL, c.muted));
    let origin = line(text::origin(&setting.standing)).size(size::META).color(c.muted);
    let of_account = setting.key.contains('[');
    let own = setting.standing.origin == Origin::User && !setting.standing.locked && !of_account;
    let reset = own.then(|| {
        let key: Arc<str> = setting.key.clone();
        let message = Message::Do(Request::ChangeSetting { key, value: None });
        button(c, Kind::Ghost, None, settings::RESET, Some(message))
    });
    let side = row![].push(lock).push(origin).push(reset).spacing(space::S).align_y(Alignment::Center);
    if app.narrow() {
        return column![key, value, side].spacing(2.0).into();
    }
    let words = column![key, side].spacing(2.0).width(Length::FillPortion(3));
    row![words, container(value).width(Length::FillPortion(2))].spacing(space::M).align_y(Alignment::Center).into()
}
