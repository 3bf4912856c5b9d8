//! "I am here now": a temporary address for contacts.

use iced::widget::{column, row};
use iced::{Alignment, Element};

use super::super::super::app::App;
use super::super::super::card::CardMessage;
use super::super::super::icon::{Icon, icon};
use super::super::super::message::Message;
use super::super::super::text::card as text;
use super::super::super::text::plain;
use super::super::super::theme::{measure, space};
use super::super::super::widget::{Kind, field, line, secondary};
use super::super::button;
use super::super::connections::frame;
use crate::account::CardRequest;
use crate::model::{AccountState, ConnectionState, Service};

pub fn elsewhere(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let chat = |account: &&AccountState| account.service == Service::Chat;
    let Some(account) = app.snapshot.accounts.iter().find(chat) else {
        return secondary(c, text::NOT_READ_OFFLINE).into();
    };
    let online = account.state == ConnectionState::Online;
    let mut parts = column![secondary(c, text::ELSEWHERE_BODY)].spacing(space::M);
    let said = app.snapshot.cards.iter().find(|card| card.account == account.id).map(|card| card.reach.as_slice());
    for address in said.unwrap_or_default() {
        let shown = address.uri.split_once(':').map_or(&*address.uri, |(_, rest)| rest);
        let mut words = column![line(plain(shown).into_owned())].spacing(2.0);
        if let Some(description) = &address.description {
            words = words.push(secondary(c, plain(description).into_owned()));
        }
        let mark = icon(Icon::Check, measure::ICON_SMALL, c.positive);
        parts = parts.push(row![mark, words].spacing(space::M).align_y(Alignment::Center));
    }
    if said.is_some_and(|said| !said.is_empty()) {
        let clear = Message::Card(CardMessage::Ask(account.id.clone(), CardRequest::SetReach(Vec::new())));
        parts = parts.push(button(c, Kind::Secondary, None, text::PLACE_CLEAR, online.then_some(clear)));
        return frame(c, parts);
    }
    parts = parts.push(field(c, text::PLACE_URI, &app.card.place, |typed| Message::Card(CardMessage::Place(typed))));
    parts = parts.push(field(c, text::PLACE_WORDS, &app.card.words, |typed| Message::Card(CardMessage::Words(typed))));
    if let Some(refused) = &app.card.place_refused {
        let mark = icon(Icon::Warning, measure::ICON_SMALL, c.warning);
        parts = parts.push(row![mark, secondary(c, crate::gui::words::told(refused)).color(c.text)].spacing(space::S));
    }
    let possible = online && !app.card.place.trim().is_empty();
    let set = Message::Card(CardMessage::PlaceSet(account.id.clone()));
    frame(c, parts.push(button(c, Kind::Secondary, None, text::PLACE_SET, possible.then_some(set))))
}
