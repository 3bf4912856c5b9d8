//! Voicemail, and the phones that are watched.

use iced::widget::{column, row};
use iced::{Alignment, Element, Length};

use super::super::app::App;
use super::super::icon::Icon;
use super::super::message::Message;
use super::super::telephone::Message as Telephone;
use super::super::text::telephone as text;
use super::super::theme::{Colors, measure, size, space};
use super::super::widget::{Kind, lamp, line, press};
use super::{button, section};
use crate::account::CallTo;
use crate::model::{LampView, VoicemailView};

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
    let said = line(mailbox.text.as_ref()).color(color);
    let mut words = column![if mailbox.waiting { said.strong() } else { said }].spacing(2.0);
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
    let words = column![line(one.name.as_ref()).strong(), line(one.text.as_ref()).size(size::SECONDARY).color(c.muted)]
        .spacing(2.0);
    let inner =
        row![lamp(c, one.state, c.surface), words].spacing(space::M).align_y(Alignment::Center).width(Length::Fill);
    let to = match &one.contact {
        Some(jid) => CallTo::Address(jid.clone(), one.address.clone()),
        None => CallTo::Text(one.address.clone()),
    };
    press(c, Kind::Row(false), inner)
        .padding([space::XS, space::S])
        .width(Length::Fill)
        .height(measure::ROW - space::M)
        .on_press(Message::Call(to))
        .into()
}
