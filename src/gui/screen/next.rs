//! The ways on after a call that was refused (C-43).

use iced::Element;
use iced::widget::{column, row};

use super::super::app::App;
use super::super::message::Message;
use super::super::text::numbers as words;
use super::super::theme::{size, space};
use super::super::widget::{Kind, label, line, press};
use crate::account::{CallTo, Request};
use crate::model::{Call, NextWay};

/// Buttons for each way; nothing where there is none.
pub fn ways<'a>(app: &'a App, call: &'a Call) -> Option<Element<'a, Message>> {
    let c = app.colors();
    if call.next.is_empty() {
        return None;
    }
    let one = |way: &'a NextWay| -> Element<'a, Message> {
        let lines = column![
            line(crate::gui::words::told(&way.label)).size(size::SECONDARY).strong().shrink(),
            line(crate::gui::words::told(&way.detail)).size(size::META).color(c.muted).shrink(),
        ]
        .spacing(2.0);
        press(c, Kind::Secondary, lines).padding([space::XS, space::M]).on_press_maybe(message(way)).into()
    };
    let buttons = row(call.next.iter().map(one)).spacing(space::S).wrap().vertical_spacing(space::S);
    Some(column![label(c, words::NEXT), buttons].spacing(space::S).into())
}

fn message(way: &NextWay) -> Option<Message> {
    match (&way.call, &way.chat, &way.account) {
        (None, chat, _) => chat.clone().map(Message::Open),
        (Some(uri), _, Some(account)) => Some(Message::Do(Request::Call {
            to: CallTo::Text(uri.clone()),
            account: Some(account.clone()),
            via: None,
            confirm: false,
            video: false,
            anonymous: None,
        })),
        (Some(uri), Some(jid), None) => Some(Message::Call(CallTo::Address(jid.clone(), uri.clone()))),
        (Some(uri), None, None) => Some(Message::Call(CallTo::Text(uri.clone()))),
    }
}
