//! The sheets of an account: a new one, and taking one out.

use iced::widget::{column, row, space as gap};
use iced::{Alignment, Element, Length};

use super::super::accounts::{Field, Message as Accounts, Sheet};
use super::super::app::{App, name};
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::text;
use super::super::text::accounts as words;
use super::super::theme::{measure, space};
use super::super::widget::{Kind, card, field, label, secondary, title, wrapped};
use super::button;
use crate::gui::words::told;
use crate::model::{AccountId, Service};

fn tell(message: Accounts) -> Message {
    Message::OwnAccounts(message)
}

pub fn sheet<'a>(app: &'a App, which: &'a Sheet) -> Element<'a, Message> {
    let content = match which {
        Sheet::Add => add(app),
        Sheet::Remove(id) => remove(app, id),
    };
    card(app.colors(), space::XL, Length::Fill, content.spacing(space::M))
}

fn add(app: &App) -> iced::widget::Column<'_, Message> {
    let c = app.colors();
    let form = &app.own_accounts.form;
    let choice = |word: &'static str, chosen: bool, message: Accounts| {
        button(c, if chosen { Kind::On } else { Kind::Secondary }, None, word, Some(tell(message)))
    };
    let kinds = [Service::Chat, Service::Voice]
        .map(|service| choice(words::service(service), form.service == service, Accounts::Of(service)).into());
    let input = |heading: &'static str, hint: &'static str, which: Field| {
        let value = match which {
            Field::Address => &form.address,
            Field::Password => &form.password,
            Field::Server => &form.server,
            Field::Login => &form.login,
        };
        let typed = field(c, hint, value, move |text| tell(Accounts::Typed(which, text)))
            .secure(which == Field::Password)
            .on_submit(tell(Accounts::Done));
        let typed = if which == Field::Address { typed.id(name::SHEET_FIELD) } else { typed };
        column![label(c, heading), typed].spacing(space::XS + 2.0)
    };
    let voice = form.service == Service::Voice;
    let hint = if voice { words::VOICE_HINT } else { words::CHAT_HINT };
    let mut fields = column![
        secondary(c, words::ADD_BODY),
        column![label(c, words::KIND), row(kinds).spacing(space::S).wrap()].spacing(space::XS + 2.0),
        input(words::ADDRESS.text(), hint.text(), Field::Address),
        input(words::PASSWORD.text(), "", Field::Password),
    ]
    .spacing(space::M)
    .padding(iced::Padding::ZERO.right(space::M));
    if voice {
        fields = fields.push(input(words::LOGIN.text(), words::LOGIN_HINT.text(), Field::Login));
    }
    let keep = [(true, words::KEYRING), (false, words::FILE)]
        .map(|(keyring, word)| choice(word.text(), form.keyring == keyring, Accounts::Keyring(keyring)).into());
    fields = fields
        .push(input(words::SERVER.text(), words::SERVER_HINT.text(), Field::Server))
        .push(column![label(c, words::KEEP), row(keep).spacing(space::S).wrap()].spacing(space::XS + 2.0));
    let ready = !form.address.trim().is_empty();
    column![title(c, words::ADD_TITLE), super::rooms::scrolled(app, fields)].push(problem(app)).push(actions(
        app,
        words::ADD.text(),
        Kind::Primary,
        ready,
    ))
}

fn remove<'a>(app: &'a App, id: &'a AccountId) -> iced::widget::Column<'a, Message> {
    let c = app.colors();
    let address = app.snapshot.accounts.iter().find(|known| known.id == *id).map_or("", |known| &known.address);
    column![
        title(c, words::REMOVE_TITLE),
        wrapped(c, text::address_book::bare(address).to_owned()),
        secondary(c, words::REMOVE_BODY),
    ]
    .push(problem(app))
    .push(actions(app, words::REMOVE.text(), Kind::Negative, true))
}

fn actions<'a>(app: &'a App, word: &'a str, kind: Kind, ready: bool) -> Element<'a, Message> {
    let c = app.colors();
    let done = (ready && !app.own_accounts.busy).then(|| tell(Accounts::Done));
    row![
        gap().width(Length::Fill),
        button(c, Kind::Ghost, None, text::CANCEL, Some(Message::Lay(None))),
        button(c, kind, None, word, done).id("account-done"),
    ]
    .spacing(space::S)
    .align_y(Alignment::Center)
    .into()
}

fn problem(app: &App) -> Option<Element<'_, Message>> {
    let c = app.colors();
    let text = app.own_accounts.problem.as_ref()?;
    let sign = icon(Icon::Warning, measure::ICON_SMALL, c.negative);
    Some(row![sign, wrapped(c, told(text)).width(Length::Fill)].spacing(space::S).into())
}
