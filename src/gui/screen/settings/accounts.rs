//! The accounts: how each is doing, and what can be done about it.

use iced::widget::{column, row};
use iced::{Alignment, Element, Length};

use super::super::super::app::{App, Overlay};
use super::super::super::icon::{Icon, icon};
use super::super::super::message::Message;
use super::super::super::text::{self, topics as words};
use super::super::super::theme::{measure, size, space};
use super::super::super::widget::{Kind, line, secondary, strong};
use super::super::button;
use super::super::connections::frame;
use crate::account::Request;
use crate::config::Origin;
use crate::model::{AccountState, ConnectionState, Service};

pub fn accounts(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let accounts = &app.snapshot.accounts;
    if accounts.is_empty() {
        return frame(c, secondary(c, words::NO_ACCOUNTS));
    }
    column(accounts.iter().map(|account| frame(c, one(app, account)))).spacing(space::S).into()
}

fn one<'a>(app: &'a App, account: &'a AccountState) -> Element<'a, Message> {
    let c = app.colors();
    let (which, color) = match account.state {
        ConnectionState::Online => (Icon::Check, c.positive),
        ConnectionState::Connecting | ConnectionState::Held => (Icon::Clock, c.warning),
        ConnectionState::Offline => (Icon::Clock, c.muted),
        ConnectionState::Failed => (Icon::Warning, c.negative),
    };
    let address = text::address_book::bare(&account.address);
    let names = column![
        strong(c, address).wrapping(iced::widget::text::Wrapping::WordOrGlyph),
        line(format!("{} · {}", text::service(account.service), text::connection(account, app.now.boot)))
            .size(size::SECONDARY)
            .color(c.muted),
    ]
    .spacing(2.0)
    .width(Length::Fill);
    let head = row![icon(which, measure::ICON, color), names].spacing(space::M).align_y(Alignment::Center);
    let mut parts = column![head].spacing(space::S);
    if let Some(reason) = account.reason.as_ref().filter(|_| account.state != ConnectionState::Online) {
        parts = parts.push(secondary(c, reason.text.to_string()).color(c.text));
    }
    let service = if account.service == Service::Chat { "chat" } else { "voice" };
    let key = format!("{service}[{}].address", account.id.as_str());
    let setting = app.snapshot.settings.get(&key);
    if setting.is_some_and(|setting| matches!(setting.standing.origin, Origin::Provisioned { .. })) {
        parts = parts.push(secondary(c, words::SET_UP_FOR_YOU));
    }
    let password = Message::Lay(Some(Overlay::Password(account.id.clone(), String::new())));
    let word = if account.state == ConnectionState::Failed { text::ENTER_PASSWORD } else { words::NEW_PASSWORD };
    let again = account.state != ConnectionState::Online;
    let again = again
        .then(|| button(c, Kind::Secondary, None, text::RETRY, Some(Message::Do(Request::Retry(account.id.clone())))));
    let buttons = row![button(c, Kind::Secondary, None, word, Some(password))].push(again).spacing(space::S).wrap();
    parts.push(buttons).into()
}
