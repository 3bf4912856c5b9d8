//! Voicemail, and the phones that are watched.

use iced::widget::{column, container, row};
use iced::{Alignment, Element, Length};

use super::super::app::App;
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::telephone::Message as Telephone;
use super::super::text::telephone as text;
use super::super::theme::{Colors, STRONG, measure, size, space};
use super::super::widget::{Kind, lamp, line, press};
use super::{button, hint, icon_button, section};
use crate::account::CallTo;
use crate::gui::words::told;
use crate::model::{Address, AddressUri, Contact, LampView, Service, VoicemailView};

/// What waits, an account a row; nothing where no voicemail is known.
pub fn voicemail(app: &App) -> Option<Element<'_, Message>> {
    let boxes = &app.snapshot.events.voicemail;
    if boxes.is_empty() {
        return None;
    }
    let several = boxes.len() > 1;
    let rows = boxes.iter().map(|mailbox| one_box(app, mailbox, several));
    Some(section(app.colors(), text::VOICEMAIL, column(rows).spacing(space::S)))
}

fn one_box<'a>(app: &'a App, mailbox: &'a VoicemailView, several: bool) -> Element<'a, Message> {
    let c = app.colors();
    let color = if mailbox.waiting { c.text } else { c.muted };
    let said = iced::widget::text(told(&mailbox.text)).size(size::SECONDARY).color(color);
    let mut words = column![if mailbox.waiting { said.font(STRONG) } else { said }].spacing(2.0);
    if several {
        let account = app.snapshot.accounts.iter().find(|account| account.id == mailbox.account);
        let address = account.map_or("", |account| super::super::text::address_book::bare(&account.address));
        words = words.push(line(address).size(size::SECONDARY).color(c.muted));
    }
    let call = mailbox.call.as_ref().map(|_| Message::Telephone(Telephone::Voicemail(Some(mailbox.account.clone()))));
    let kind = if mailbox.waiting { Kind::Primary } else { Kind::Secondary };
    row![words.width(Length::Fill), button(c, kind, Some(Icon::Phone), text::LISTEN, call)]
        .spacing(space::S)
        .align_y(Alignment::Center)
        .into()
}

/// The mark in the rail while voice messages wait: one press listens to them.
pub fn waiting(app: &App) -> Option<Element<'_, Message>> {
    let c = app.colors();
    let mut boxes = app.snapshot.events.voicemail.iter().filter(|mailbox| mailbox.waiting && mailbox.call.is_some());
    let first = boxes.next()?;
    let new = first.new.unwrap_or_default() + boxes.map(|mailbox| mailbox.new.unwrap_or_default()).sum::<u32>();
    let sign = iced::widget::stack![
        container(icon(Icon::Voicemail, measure::ICON + 2.0, c.text)).padding([0.0, space::M]),
        container(super::rail::count(c, new)).width(Length::Fill).align_x(Alignment::End)
    ];
    let word = iced::widget::text(text::LISTEN).size(size::META - 1.0).font(STRONG).color(c.text);
    let inner = press(c, Kind::Ghost, column![sign, word].spacing(space::XS).align_x(Alignment::Center))
        .padding([space::S, 0.0])
        .width(measure::RAIL - space::S)
        .id("rail-voicemail")
        .on_press(Message::Telephone(Telephone::Voicemail(Some(first.account.clone()))));
    Some(hint(c, inner, text::listen(&told(&first.text))))
}

/// The lamps; nothing where none is watched.
pub fn lamps(app: &App) -> Option<Element<'_, Message>> {
    let lamps = &app.snapshot.events.lamps;
    if lamps.is_empty() {
        return None;
    }
    let rows = lamps.iter().map(|one| row_of(app.colors(), one));
    Some(section(app.colors(), text::PHONES, column(rows)))
}

fn row_of<'a>(c: &'static Colors, one: &'a LampView) -> Element<'a, Message> {
    let words = column![line(one.name.as_ref()).strong(), line(told(&one.text)).size(size::SECONDARY).color(c.muted)]
        .spacing(2.0);
    let inner =
        row![lamp(c, one.state, c.surface), words].spacing(space::M).align_y(Alignment::Center).width(Length::Fill);
    let to = match &one.contact {
        Some(jid) => CallTo::Address(jid.clone(), one.address.clone()),
        None => CallTo::Text(one.address.clone()),
    };
    let call = press(c, Kind::Row(false), inner)
        .padding([space::XS, space::S])
        .width(Length::Fill)
        .height(measure::ROW - space::M)
        .on_press(Message::Call(to));
    // What stands in the configuration is taken away there.
    let away = one.removable.then(|| {
        let away = Telephone::Watch(one.address.clone(), Some(one.account.clone()), false);
        icon_button(c, Kind::Ghost, Icon::Close, text::UNWATCH, Some(Message::Telephone(away)), measure::TARGET)
    });
    row![call].push(away).spacing(space::XS).align_y(Alignment::Center).into()
}

/// The lamp of a person: what it shows, and whether their phone is watched at all. Nothing without an account for calls.
pub fn watching<'a>(app: &'a App, contact: &'a Contact) -> Option<Element<'a, Message>> {
    let c = app.colors();
    let shown = app.snapshot.events.lamp(&contact.jid);
    let voice = app.snapshot.accounts.iter().any(|account| account.service == Service::Voice);
    let body: Element<'a, Message> = match shown {
        Some(one) => {
            let said = line(told(&one.text)).size(size::SECONDARY);
            let away = one.removable.then(|| {
                let away = Telephone::Watch(one.address.clone(), Some(one.account.clone()), false);
                button(c, Kind::Secondary, None, text::UNWATCH, Some(Message::Telephone(away)))
            });
            row![lamp(c, one.state, c.surface), said].push(away).spacing(space::S).align_y(Alignment::Center).into()
        }
        None => {
            let is_phone = |address: &&Address| {
                address.is_way() && matches!(address.uri, AddressUri::Sip(_) | AddressUri::Tel(..))
            };
            let to = contact.addresses.iter().find(is_phone).filter(|_| voice)?;
            let watch = Telephone::Watch(to.uri.to_string().into(), None, true);
            button(c, Kind::Secondary, None, text::WATCH, Some(Message::Telephone(watch))).id("watch-phone").into()
        }
    };
    Some(section(c, text::PHONE, body))
}
