//! A call that rings here: who, on whose word, on which account; answer right, decline left.

use std::borrow::Cow;

use iced::widget::{column, container, row, space as gap};
use iced::{Alignment, Element, Length};

use super::super::app::App;
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::text;
use super::super::theme::{STRONG, measure, size, space};
use super::super::widget::{Kind, card, label, secondary};
use super::button;
use super::call_bar::face;
use super::call_view::worded;
use crate::account::Request;
use crate::gui::words::told;
use crate::model::{Call, PeerGrade};

/// Lines of evidence that are shown.
const EVIDENCE: usize = 3;

pub fn view<'a>(app: &'a App, call: &'a Call) -> Element<'a, Message> {
    let c = app.colors();
    let name = iced::widget::text(text::plain(&call.peer.display))
        .size(size::CALL)
        .font(STRONG)
        .color(c.text)
        .align_x(Alignment::Center)
        .wrapping(iced::widget::text::Wrapping::WordOrGlyph);
    let mut body = column![
        label(c, text::call_state(call)),
        gap().height(space::XS),
        face(app, call, measure::AVATAR_LARGE),
        name,
    ]
    .spacing(space::S)
    .align_x(Alignment::Center);
    let bare = call.peer.uri.split_once(':').map_or(call.peer.uri.as_ref(), |(_, bare)| bare);
    let named = bare != call.peer.display.as_ref() && call.peer.uri != call.peer.display;
    if named && !matches!(call.peer.grade, PeerGrade::Confirmed | PeerGrade::Anonymous) {
        body = body.push(secondary(c, bare.to_owned()).align_x(Alignment::Center));
    }
    body = body.push(evidence(app, call));
    let account = app.snapshot.accounts.iter().find(|account| account.id == call.account);
    if let Some(account) = account {
        body = body.push(secondary(c, text::came(call.via, &account.address)).align_x(Alignment::Center));
    }
    let id = call.id;
    let silence = (!call.silenced).then_some(Message::Do(Request::Silence(id)));
    let silence_word = if call.silenced { text::SILENCED } else { text::SILENCE };
    let mut quiet = column![button(c, Kind::Ghost, Some(Icon::BellOff), silence_word, silence)];
    // From the call to the chat only when it is proven who calls (C-32).
    let chat = call.peer.jid.clone().filter(|jid| call.peer.grade == PeerGrade::Confirmed && jid.is_reachable());
    if let Some(jid) = chat {
        quiet = quiet.push(button(c, Kind::Ghost, Some(Icon::Chat), text::MESSAGE, Some(Message::Open(jid))));
    }
    let buttons = row![
        worded(app, Kind::Negative, Icon::HangUp, text::DECLINE, Some(Message::Do(Request::Decline(id)))),
        gap().width(Length::Fill),
        container(quiet).center_y(measure::KEY),
        gap().width(Length::Fill),
        worded(app, Kind::Positive, Icon::Phone, text::ANSWER, Some(Message::Do(Request::Answer(id)))),
    ]
    .width(Length::Fill);
    body = body.push(gap().height(space::M)).push(buttons);
    let card = container(card(c, space::XL, Length::Fill, body.width(Length::Fill))).max_width(measure::SHEET * 0.86);
    // Over the page, not instead of it: the user goes on typing until they decide.
    container(iced::widget::opaque(card)).center_x(Length::Fill).padding([measure::BAR, space::M]).into()
}

/// The mark of the caller's grade, its colour, and the most telling sentence.
pub fn proof<'a>(app: &App, call: &'a Call) -> (Icon, iced::Color, Cow<'a, str>) {
    let c = app.colors();
    let (which, color) = match call.peer.grade {
        PeerGrade::Confirmed => (Icon::Check, c.positive),
        PeerGrade::Claimed => (Icon::Info, c.warning),
        PeerGrade::Refuted => (Icon::Warning, c.negative),
        PeerGrade::Unknown | PeerGrade::Anonymous => (Icon::Info, c.muted),
    };
    let first = call.peer.evidence.first();
    (which, color, first.map_or_else(|| text::peer_grade(call.peer.grade).into(), |first| told(first)))
}

fn evidence<'a>(app: &'a App, call: &'a Call) -> Element<'a, Message> {
    let c = app.colors();
    let (which, color, _) = proof(app, call);
    let mut lines: Vec<String> = call.peer.evidence.iter().take(EVIDENCE).map(|said| told(said).into_owned()).collect();
    if lines.is_empty() {
        lines.push(text::peer_grade(call.peer.grade).to_owned());
    }
    let mut parts = column![].spacing(space::XS).align_x(Alignment::Center);
    for (at, words) in lines.into_iter().enumerate() {
        let words = iced::widget::text(words).size(size::SECONDARY).color(c.text).align_x(Alignment::Center);
        let mut one = row![].spacing(space::XS + 2.0).align_y(Alignment::Center);
        if at == 0 {
            one = one.push(icon(which, measure::ICON_SMALL, color));
        }
        parts = parts.push(one.push(words));
    }
    parts.into()
}
