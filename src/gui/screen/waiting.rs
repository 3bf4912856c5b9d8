//! A call that rings while there is another one: a line over the page, not a card in the middle of it.

use iced::widget::{column, container, row, space as gap};
use iced::{Alignment, Element, Length};

use super::super::app::App;
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::text::{self, transfer as words};
use super::super::theme::{measure, size, space};
use super::super::widget::{Kind, card, label, line, secondary};
use super::call_bar::face;
use super::{button, incoming};
use crate::account::Request;
use crate::gui::words::say;
use crate::model::{Call, CallState, Direction, PeerGrade};

/// The calls that ring here, oldest first, with what answering does to the one that is going on.
pub fn view<'a>(app: &'a App, talking: &'a Call) -> Element<'a, Message> {
    let rings = |call: &&Call| call.direction == Direction::Incoming && call.state == CallState::Ringing;
    let cards = app.snapshot.calls.iter().filter(rings).map(|call| one(app, call, talking));
    let cards = container(iced::widget::opaque(column(cards).spacing(space::S))).max_width(measure::BUBBLE);
    container(cards).center_x(Length::Fill).padding(space::S).into()
}

fn one<'a>(app: &'a App, call: &'a Call, talking: &'a Call) -> Element<'a, Message> {
    let c = app.colors();
    let id = call.id;
    let (which, color, proof) = incoming::proof(app, call);
    let proof = iced::widget::text(proof).size(size::SECONDARY).color(c.text).width(Length::Fill);
    let mut words_of = column![
        label(c, text::call_state(call)),
        line(call.peer.display.as_ref()).size(size::TITLE).strong(),
        row![icon(which, measure::ICON_SMALL, color), proof].spacing(space::XS + 2.0).align_y(Alignment::Center),
    ]
    .spacing(2.0);
    let bare = text::address_book::bare(&call.peer.uri);
    let proven = matches!(call.peer.grade, PeerGrade::Confirmed | PeerGrade::Anonymous);
    if !proven && !text::telephone::is_same_number(bare, &call.peer.display) {
        words_of = words_of.push(line(bare).size(size::SECONDARY).color(c.muted));
    }
    let account = app.snapshot.accounts.iter().find(|account| account.id == call.account);
    if let Some(account) = account.filter(|_| !app.tiny()) {
        let account = text::address_book::bare(&account.address);
        words_of = words_of.push(line(say!("general-for-account", account)).size(size::META).color(c.muted));
    }
    let who = row![face(app, call, measure::AVATAR), words_of.width(Length::Fill)].spacing(space::M);
    let holds = app.snapshot.settings.get("calls.hold-others").and_then(|setting| setting.value.as_deref());
    let after = if holds == Some("false") { words::answer_beside(talking) } else { words::answer_holds(talking) };
    let silence = (!call.silenced).then_some(Message::Do(Request::Silence(id)));
    let silence_word = if call.silenced { text::SILENCED } else { text::SILENCE };
    let act = |message: Request| Some(Message::Do(message));
    let instead = Some(Message::AnswerInstead(talking.id, id));
    let decline = button(c, Kind::Negative, Some(Icon::HangUp), text::DECLINE, act(Request::Decline(id)));
    let answer = button(c, Kind::Positive, Some(Icon::Phone), text::ANSWER, act(Request::Answer(id)));
    let quiet = button(c, Kind::Ghost, Some(Icon::BellOff), silence_word, silence);
    let instead = button(c, Kind::Secondary, None, words::HANG_UP_AND_ANSWER, instead);
    let (decline, answer) = (decline.id(text::DECLINE.text()), answer.id(text::ANSWER.text()));
    // Decline left, answer right, as on every call.
    let buttons: Element<'a, Message> = if app.tiny() {
        let ends = row![decline, gap().width(Length::Fill), answer];
        column![ends, row![quiet, gap().width(Length::Fill), instead]].spacing(space::S).into()
    } else {
        row![decline, quiet, gap().width(Length::Fill), instead, answer].spacing(space::S).into()
    };
    let body = column![who, secondary(c, after), buttons].spacing(space::M);
    card(c, space::L, Length::Fill, body)
}
