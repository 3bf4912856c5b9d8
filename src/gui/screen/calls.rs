//! The call history, newest first.

use iced::widget::{column, row};
use iced::{Alignment, Element, Length};

use super::super::app::App;
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::text;
use super::super::theme::{measure, size, space};
use super::super::widget::{Kind, avatar, empty, line, press};
use super::{icon_button, page};
use crate::account::{CallTo, NumbersRequest, Request};
use crate::model::Direction;
use crate::store::CallRecord;

pub fn view(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    match &app.history {
        None => page(app, text::CALLS, column![]),
        Some(records) if records.is_empty() => empty(c, Icon::Phone, text::NO_CALLS, text::NO_CALLS_BODY),
        Some(records) => {
            let rows = records.iter().map(|record| one(app, record));
            page(app, text::CALLS, column(rows))
        }
    }
}

fn one<'a>(app: &'a App, record: &'a CallRecord) -> Element<'a, Message> {
    let c = app.colors();
    let call = &record.call;
    let contact = call.peer.jid.as_ref().and_then(|jid| app.people.contact(&app.snapshot, jid));
    let key = call.peer.jid.as_ref().map_or(call.peer.uri.as_ref(), |jid| jid.as_str());
    let picture = app.picture(contact.and_then(|contact| contact.avatar.as_ref()));
    let face = avatar(c, key, &call.peer.display, picture, measure::AVATAR, None);
    let (which, color) = match (record.missed, call.direction) {
        (true, _) => (Icon::PhoneMissed, c.negative),
        (false, Direction::Incoming) => (Icon::PhoneIn, c.muted),
        (false, Direction::Outgoing) => (Icon::PhoneOut, c.muted),
    };
    let how = row![
        icon(which, size::BODY, color),
        line(text::history(call, record.missed)).size(size::SECONDARY).color(if record.missed {
            c.negative
        } else {
            c.muted
        })
    ]
    .spacing(space::XS + 2.0)
    .align_y(Alignment::Center);
    let when = text::when(call.started, app.now.wall, app.options.offset);
    // One more line where the call was recorded.
    let height = measure::ROW + if call.recording.is_some() { size::META * 1.6 } else { 0.0 };
    let kept = text::conference::kept(call).map(|kept| line(kept).size(size::META).color(c.muted));
    let words = column![line(call.peer.display.as_ref()).strong(), how].push(kept).spacing(2.0);
    let content = row![face, words, line(when).size(size::META).color(c.muted).shrink()]
        .spacing(space::M)
        .align_y(Alignment::Center)
        .width(Length::Fill);
    let again = match &call.peer.jid {
        Some(jid) if contact.is_some() => CallTo::Contact(jid.clone()),
        _ => CallTo::Text(call.peer.uri.clone()),
    };
    // Who called is called back on the line that they called (C-27).
    let again = match call.direction {
        Direction::Incoming => {
            let account = call.account.clone();
            Message::Do(Request::Numbers(NumbersRequest::CallBack { to: again, account }))
        }
        Direction::Outgoing => Message::Call(again),
    };
    let open = call.peer.jid.as_ref().filter(|_| contact.is_some()).map(|jid| Message::Open(jid.clone()));
    row![
        press(c, Kind::Row(false), content)
            .padding([0.0, space::S])
            .width(Length::Fill)
            .height(height - 4.0)
            .on_press_maybe(open),
        icon_button(c, Kind::Ghost, Icon::Phone, text::CALL, Some(again), measure::CALL_TARGET)
    ]
    .spacing(space::S)
    .align_y(Alignment::Center)
    .height(height)
    .into()
}
