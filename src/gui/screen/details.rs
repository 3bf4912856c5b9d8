//! A person's details: the card, every way to call with its grade, evidence and cost.

use iced::widget::{column, container, row, scrollable};
use iced::{Alignment, Element, Length};

use super::super::address_book::Message as Book;
use super::super::app::App;
use super::super::history::{Message as History, Person};
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::text;
use super::super::text::address_book as words;
use super::super::theme::{Colors, measure, size, space};
use super::super::widget::{Kind, avatar, hairline, label, line, pane, scroll_style, scrollbar, secondary, title};
use super::{button, icon_button};
use crate::account::CallTo;
use crate::gui::words::word;
use crate::model::{Address, Contact, Cost, Grade, Jid};

pub fn view<'a>(app: &'a App, jid: &'a Jid, wide: bool) -> Element<'a, Message> {
    let c = app.colors();
    if let Some(room) = app.snapshot.room(jid) {
        return super::room::details(app, room, wide);
    }
    let contact = app.people.contact(&app.snapshot, jid);
    let close = icon_button(c, Kind::Ghost, Icon::Close, text::CLOSE, Some(Message::ToggleDetails), measure::TARGET);
    let head = row![line(text::DETAILS).strong(), close].align_y(Alignment::Center).height(measure::BAR);
    let mut body = column![card(app, jid, contact.map(AsRef::as_ref))].spacing(space::XL);
    let standing = || super::contacts::standing(app, jid, contact.map(AsRef::as_ref));
    let first = super::contacts::comes_first(app, jid, contact.map(AsRef::as_ref));
    if first {
        body = body.push(standing());
    }
    if let Some(contact) = contact {
        body = body.push(ways(app, contact)).push(super::phones::watching(app, contact)).push(book(app, contact));
        let ringtone = super::super::text::devices::RINGTONE.text().to_owned();
        let person = crate::account::RingtoneScope::Person(contact.jid.clone());
        body = body.push(super::ringtones::choice(app, ringtone, &person));
        if !contact.groups.is_empty() && contact.jid.is_reachable() {
            let groups: Vec<&str> = contact.groups.iter().map(AsRef::as_ref).collect();
            body = body.push(
                column![label(c, word("screen-groups")), secondary(c, groups.join(", ")).color(c.text)]
                    .spacing(space::S),
            );
        }
    }
    if !first {
        body = body.push(standing());
    }
    if let Some(addresses) = super::same_person::details(app, jid) {
        body = body.push(addresses);
    }
    if app.snapshot.conversations.iter().any(|talk| talk.with == *jid) {
        body = body.push(super::export::open(app, jid));
    }
    if let Some(carries) = super::features::view(app, jid) {
        body = body.push(carries);
    }
    let body =
        container(body).padding(iced::Padding { top: space::S, right: space::L, bottom: space::XL, left: space::L });
    let content = column![
        container(head).padding([0.0, space::L]),
        hairline(c),
        scrollable(body).direction(scrollbar()).style(scroll_style(c)).width(Length::Fill).height(Length::Fill)
    ];
    let width = if wide { Length::Fill } else { Length::Fixed(measure::DETAILS) };
    pane(c.surface, content).width(width).height(Length::Fill).into()
}

fn card<'a>(app: &'a App, jid: &'a Jid, contact: Option<&'a Contact>) -> Element<'a, Message> {
    let c = app.colors();
    let called = contact.map_or_else(|| jid.shown(), |contact| contact.name.to_string());
    let picture = app.picture(contact.and_then(|contact| contact.avatar.as_ref()));
    let present = contact.filter(|contact| contact.jid.is_reachable());
    let mark = present.map(|contact| (app.presence_of(contact).show, c.surface));
    let mut parts = column![
        avatar(c, jid.as_str(), &called, picture, measure::AVATAR_LARGE, mark),
        title(c, text::plain(&called).into_owned())
            .align_x(Alignment::Center)
            .wrapping(iced::widget::text::Wrapping::WordOrGlyph),
    ]
    .spacing(space::XS + 2.0)
    .align_x(Alignment::Center);
    if jid.is_reachable() {
        let address = secondary(c, jid.shown()).align_x(Alignment::Center);
        parts = parts.push(address.wrapping(iced::widget::text::Wrapping::WordOrGlyph));
    }
    if let Some(contact) = present {
        let there = text::contacts::there(contact, app.presence_of(contact), app.now.wall, app.options.offset);
        parts = parts.push(secondary(c, there).align_x(Alignment::Center));
    }
    container(parts).center_x(Length::Fill).padding([space::L, 0.0]).into()
}

fn ways<'a>(app: &'a App, contact: &'a Contact) -> Element<'a, Message> {
    let c = app.colors();
    let mut parts = column![label(c, text::WAYS)].spacing(space::M);
    for address in &contact.addresses {
        parts = parts.push(way(app, &contact.jid, address, contact.actions.call.available));
    }
    if contact.addresses.is_empty() {
        let words = if contact.card_known { text::NO_WAYS } else { text::CARD_PENDING };
        parts = parts.push(secondary(c, words));
    }
    if let Some(reason) = contact.actions.call.reason.as_ref().filter(|_| !contact.actions.call.available) {
        parts = parts.push(
            row![icon(Icon::Info, measure::ICON_SMALL, c.muted), secondary(c, crate::gui::words::told(reason))]
                .spacing(space::S),
        );
    }
    parts.into()
}

/// The address book, the next call's secrecy, and who said what.
fn book<'a>(app: &'a App, contact: &'a Contact) -> Element<'a, Message> {
    let c = app.colors();
    let jid = &contact.jid;
    let word = if contact.book.is_some() { words::EDIT } else { words::ADD };
    let edit = button(c, Kind::Secondary, None, word, Some(Message::Book(Book::Edit(jid.clone()))));
    let hides = app.snapshot.book.hide_number;
    let (word, wish) = if hides { (words::SHOW_NUMBER, false) } else { (words::HIDE_NUMBER, true) };
    let chosen = app.book.anonymous == Some(wish);
    let next = if chosen { None } else { Some(wish) };
    let kind = if chosen { Kind::On } else { Kind::Secondary };
    let secret = button(c, kind, None, word, Some(Message::Book(Book::Anonymous(next)))).id("hide-number");
    let shown = app.book.history.as_ref().filter(|(of, _)| of == jid);
    let word = if shown.is_some() { words::HIDE_HISTORY } else { words::SHOW_HISTORY };
    let toggle = button(c, Kind::Secondary, None, word, Some(Message::Book(Book::History(jid.clone())))).id("history");
    let person = Person { with: jid.as_str().into(), name: contact.name.clone() };
    let calls = Message::History(History::With(person));
    let calls = button(c, Kind::Secondary, None, text::transfer::CALLS_WITH, Some(calls)).id("calls-with");
    let mut parts = column![label(c, words::TITLE), edit, secret, toggle, calls].spacing(space::S);
    match shown {
        None => {}
        Some((_, None)) => parts = parts.push(secondary(c, words::HISTORY_PENDING)),
        Some((_, Some(said))) if said.is_empty() => parts = parts.push(secondary(c, words::NO_HISTORY)),
        Some((_, Some(said))) => {
            for one in said {
                parts = parts.push(secondary(c, words::statement(one, app.now.wall, app.options.offset)));
            }
        }
    }
    parts.into()
}

fn way<'a>(app: &'a App, jid: &Jid, address: &'a Address, callable: bool) -> Element<'a, Message> {
    let c: &'static Colors = app.colors();
    let uri = address.uri.to_string();
    let shown = uri.split_once(':').map_or(uri.clone(), |(_, rest)| rest.to_owned());
    let (which, color) = match address.grade {
        Grade::Confirmed => (Icon::Check, c.positive),
        Grade::Claimed => (Icon::Info, c.muted),
        Grade::Refuted => (Icon::Warning, c.negative),
    };
    let to = CallTo::Address(jid.clone(), uri.as_str().into());
    let kind = text::address_kind(address.uri.kind(), &address.types);
    let learned = address.learned.map(|at| words::since(at, app.now.wall, app.options.offset));
    let about = [Some(kind), learned].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let mut words = column![line(shown), line(about).size(size::SECONDARY).color(c.muted)].spacing(2.0);
    let mut evidence: Vec<String> =
        address.evidence.iter().map(|said| crate::gui::words::told(said).into_owned()).collect();
    if evidence.is_empty() {
        evidence.push(format!("{}, {}", text::grade(address.grade), text::source(address.source)));
    }
    for (at, sentence) in evidence.into_iter().enumerate() {
        let sign: Element<'a, Message> = match at {
            0 => icon(which, size::BODY, color).into(),
            _ => iced::widget::space().width(size::BODY).into(),
        };
        words = words.push(row![sign, secondary(c, sentence)].spacing(space::XS + 2.0));
    }
    if address.source != crate::model::AddressSource::CallInfo {
        let cost_color = if address.cost == Cost::PhoneNetwork { c.warning } else { c.muted };
        let told = app
            .numbers
            .quote(&to)
            .map_or_else(|| text::cost(address.cost).into(), |quote| crate::gui::words::told(&quote.text));
        words = words.push(secondary(c, told).color(cost_color));
    }
    let words = words.width(Length::Fill);
    let call = (callable && address.is_way()).then(|| Message::Call(to.clone()));
    // What a call said of itself is no way to call: there is nothing to press.
    match address.source {
        crate::model::AddressSource::CallInfo => words.into(),
        _ => row![words, icon_button(c, Kind::Ghost, Icon::Phone, text::CALL, call, measure::TARGET)]
            .spacing(space::S)
            .into(),
    }
}
