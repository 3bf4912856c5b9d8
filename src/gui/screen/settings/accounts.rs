//! The accounts: how each is doing, and what can be done about it.

use iced::widget::{column, row};
use iced::{Alignment, Element, Length};

use super::super::super::accounts::Message as Own;
use super::super::super::app::{App, Overlay};
use super::super::super::icon::{Icon, icon};
use super::super::super::message::Message;
use super::super::super::text::{self, accounts as own, topics as words};
use super::super::super::theme::{measure, size, space};
use super::super::super::widget::{Kind, line, secondary, strong};
use super::super::button;
use super::super::connections::frame;
use super::ordinary::{Choice, Known, one as setting_row};
use crate::account::Request;
use crate::config::Origin;
use crate::model::{AccountState, ConnectionState, Service};

pub fn accounts(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let accounts = &app.snapshot.accounts;
    let mut parts = column(accounts.iter().map(|account| frame(c, one(app, account)))).spacing(space::S);
    if accounts.is_empty() {
        parts = parts.push(frame(c, secondary(c, words::NO_ACCOUNTS)));
    }
    let add = button(c, Kind::Secondary, None, own::ADD, Some(Message::OwnAccounts(Own::Add))).id("account-add");
    parts.push(row![add, super::super::others::open(app)].spacing(space::S).wrap()).into()
}

const TLS: Choice = Choice::Words(&[
    ("auto", "setting-as-the-server-offers"),
    ("direct", "setting-from-the-first-byte"),
    ("starttls", "setting-after-a-greeting"),
]);
const PROTECTION: Choice = Choice::Words(&[
    ("required", "setting-always-encrypted"),
    ("optional", "setting-encrypted-where-it-can-be"),
    ("off", "setting-not-encrypted"),
]);

/// What can be changed about a chat account.
const OF_CHAT: &[Known] = &[
    ("server", "setting-server-instead-of-the-usual", Choice::Typed("setting-found-by-itself")),
    ("tls", "setting-encryption-begins", TLS),
    ("resource", "setting-name-of-this-device", Choice::Typed("setting-chosen-by-the-server")),
];

/// What can be changed about a voice account.
const OF_VOICE: &[Known] = &[
    ("display-name", "setting-name-that-others-see", Choice::Typed("setting-none")),
    ("auth-user", "setting-name-for-signing-in", Choice::Typed("setting-as-in-the-address")),
    ("outbound-proxy", "setting-server-instead-of-the-usual", Choice::Typed("setting-found-by-itself")),
    (
        "transport",
        "setting-connection",
        Choice::Words(&[("auto", "setting-as-the-server-offers"), ("tls", "TLS"), ("tcp", "TCP"), ("udp", "UDP")]),
    ),
    ("media-encryption", "setting-sound-of-calls", PROTECTION),
];

/// The rows of an account's own keys.
fn keys<'a>(app: &'a App, account: &AccountState) -> Element<'a, Message> {
    let (service, known) = match account.service {
        Service::Chat => ("chat", OF_CHAT),
        Service::Voice => ("voice", OF_VOICE),
    };
    let rows = known.iter().filter_map(|(key, name, choice)| {
        let key = format!("{service}[{}].{key}", account.id.as_str());
        app.snapshot.settings.get(&key).map(|setting| setting_row(app, &key, name, choice, setting))
    });
    column(rows).spacing(space::L).padding(iced::Padding::ZERO.top(space::M)).into()
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
    let tell = |message: Own| Some(Message::OwnAccounts(message));
    let open = app.own_accounts.changing.as_ref() == Some(&account.id);
    let change = if open { Kind::On } else { Kind::Secondary };
    let change = button(c, change, None, own::CHANGE, tell(Own::Change(account.id.clone())));
    let provisioned = setting.is_some_and(|setting| matches!(setting.standing.origin, Origin::Provisioned { .. }));
    let remove =
        (!provisioned).then(|| button(c, Kind::Secondary, None, own::REMOVE, tell(Own::Remove(account.id.clone()))));
    let buttons = row![button(c, Kind::Secondary, None, word, Some(password))].push(again).push(change).push(remove);
    parts = parts.push(buttons.spacing(space::S).wrap());
    parts.push(open.then(|| keys(app, account))).into()
}
