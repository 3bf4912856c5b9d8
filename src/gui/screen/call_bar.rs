//! The calls, pinned over every page: who, how long, how protected, and what one does in a call.

use iced::widget::{column, container, row};
use iced::{Alignment, Element, Length};

use super::super::app::App;
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::text;
use super::super::theme::{measure, size, space};
use super::super::transfer::Message as Transfer;
use super::super::widget::{Kind, avatar, card, hairline, level, line, pane, press, secondary};
use super::icon_button;
use crate::account::Request;
use crate::model::{Call, CallState, KeyState};

pub fn view(app: &App) -> Element<'_, Message> {
    let mut bars = column![];
    for conference in app.snapshot.conferences.iter() {
        if app.shown_conference().is_none_or(|shown| shown.id != conference.id) {
            bars = bars.push(super::conference::bar(app, conference));
        }
    }
    for call in app.bar_calls().filter(|call| call.conference.is_none()) {
        // The full view says the same, larger.
        if app.call_view != Some(call.id) {
            bars = bars.push(bar(app, call));
        }
    }
    bars.push(super::conference::offer(app)).into()
}

fn bar<'a>(app: &'a App, call: &'a Call) -> Element<'a, Message> {
    let c = app.colors();
    let ended = call.end.is_some() || call.state == CallState::Ended;
    let face = face(app, call, measure::AVATAR_SMALL);
    let words = column![line(call.peer.display.as_ref()).strong(), status(app, call)].spacing(1.0);
    let who = press(c, Kind::Ghost, row![face, words].spacing(space::M).align_y(Alignment::Center).width(Length::Fill))
        .padding([space::XS, space::S])
        .width(Length::Fill)
        .id("call-who")
        .on_press_maybe((!ended).then_some(Message::OpenCall(call.id)));
    let mut content = row![who].spacing(space::XS).align_y(Alignment::Center);
    if ended {
        let close = Some(Message::Do(Request::Dismiss(call.id)));
        content = content.push(icon_button(c, Kind::Ghost, Icon::Close, text::DISMISS, close, measure::CALL_TARGET));
    } else {
        content = content.push(buttons(app, call));
    }
    let ground = match call.state {
        _ if ended => c.sunken,
        CallState::Active => c.call,
        _ => c.sunken,
    };
    let mut content = column![content].push(super::next::ways(app, call)).spacing(space::XS);
    for note in super::transfer::notes(app, call) {
        content = content.push(container(note).padding([space::XS, space::S]).width(Length::Fill));
    }
    let content = content.push(super::quality::brief(app, call).filter(|_| !ended));
    let parts = column![pane(ground, content).padding([space::XS, space::M]).width(Length::Fill)];
    parts.push(hairline(c)).into()
}

/// The other side's picture or initials.
pub fn face<'a>(app: &'a App, call: &'a Call, side: f32) -> Element<'a, Message> {
    let contact = call.peer.jid.as_ref().and_then(|jid| app.people.contact(&app.snapshot, jid));
    let picture = app.picture(contact.and_then(|contact| contact.avatar.as_ref()));
    let key = call.peer.jid.as_ref().map_or(call.peer.uri.as_ref(), |jid| jid.as_str());
    avatar(app.colors(), key, &call.peer.display, picture, side, None)
}

/// How long, in which state, how protected.
fn status<'a>(app: &'a App, call: &'a Call) -> Element<'a, Message> {
    let c = app.colors();
    let mut parts = row![].spacing(space::S).align_y(Alignment::Center);
    if call.end.is_some() {
        return line(text::call_state(call)).size(size::SECONDARY).color(c.muted).into();
    }
    let talking = matches!(call.state, CallState::Active) && !call.held_by_peer;
    if let Some(mark) = super::conference::recording_mark(app, call.recording.as_ref()) {
        parts = parts.push(mark);
    }
    if let Some(running) = text::running(call, app.now.boot) {
        parts = parts.push(figures(running, size::SECONDARY, c.text));
    }
    if talking && call.silent && app.troubles(call).is_empty() {
        parts = parts.push(icon(Icon::Warning, size::BODY, c.warning));
        // In a narrow window it takes two lines.
        parts = parts.push(iced::widget::text(text::NOT_HEARD).size(size::SECONDARY).color(c.text));
    }
    if let (false, Some(said)) = (talking, &call.said) {
        parts = parts.push(line(crate::gui::words::told(said)).size(size::SECONDARY).color(c.muted));
    } else if !talking {
        parts = parts.push(line(text::call_state(call)).size(size::SECONDARY).color(c.muted));
    } else if let Some((which, color, protection)) = padlock(app, call) {
        parts = parts.push(icon(which, size::BODY, color));
        if !(app.tiny() || call.silent && app.narrow()) || which == Icon::Unlock {
            parts = parts.push(line(protection).size(size::SECONDARY).color(c.muted));
        }
    }
    if talking && call.muted_by_peer {
        parts = parts.push(icon(Icon::MicOff, size::BODY, c.muted));
        if !app.narrow() {
            parts = parts.push(line(text::jingle::THEIRS_OFF).size(size::SECONDARY).color(c.muted));
        }
    }
    parts.into()
}

/// The padlock of a call: closed and green, closed with a doubt, or open.
pub fn padlock(app: &App, call: &Call) -> Option<(Icon, iced::Color, &'static str)> {
    let c = app.colors();
    let (said, protected) = text::protection(call)?;
    Some(match (protected, call.keys) {
        (false, _) => (Icon::Unlock, c.negative, said.text()),
        (true, KeyState::Unvouched | KeyState::Between) => (Icon::Lock, c.warning, said.text()),
        (true, KeyState::Settled | KeyState::Agreeing | KeyState::Person) => (Icon::Lock, c.positive, said.text()),
    })
}

/// Digits of equal width, so that nothing moves when a second passes.
pub fn figures<'a>(shown: String, type_size: f32, color: iced::Color) -> Element<'a, Message> {
    let mut parts = row![];
    for figure in shown.chars() {
        let width = if figure.is_ascii_digit() { type_size * 0.66 } else { type_size * 0.32 };
        let one = iced::widget::text(figure.to_string()).size(type_size).color(color);
        parts = parts.push(container(one).center_x(width));
    }
    parts.into()
}

fn buttons<'a>(app: &'a App, call: &'a Call) -> Element<'a, Message> {
    let c = app.colors();
    let side = measure::CALL_TARGET;
    let (id, held) = (call.id, call.state == CallState::Held);
    let talks = matches!(call.state, CallState::Active | CallState::Held | CallState::Early);
    let mut parts = row![].spacing(space::XS).align_y(Alignment::Center);
    if call.state == CallState::Active && !app.narrow() {
        parts = parts.push(container(level(c, app.meters.input, call.muted)).padding([0.0, space::S]));
    }
    if talks {
        let mute = Some(Message::Do(Request::Mute(id, !call.muted)));
        parts = parts.push(if call.muted {
            icon_button(c, Kind::On, Icon::MicOff, text::UNMUTE, mute, side)
        } else {
            icon_button(c, Kind::Ghost, Icon::Mic, text::MUTE, mute, side)
        });
        // In the smallest window the keypad is in the full view.
        if !app.tiny() {
            let kind = if app.keypad == Some(id) { Kind::On } else { Kind::Ghost };
            parts = parts.push(icon_button(c, kind, Icon::Keypad, text::KEYPAD, Some(Message::Keypad(id)), side));
        }
    }
    if talks && call.state != CallState::Early {
        // With another one going on, taking this back means to swap.
        parts = parts.push(if held && app.can_swap() {
            swap(app)
        } else if held {
            icon_button(c, Kind::On, Icon::Play, text::RESUME, Some(Message::Do(Request::Resume(id))), side)
        } else {
            icon_button(c, Kind::Ghost, Icon::Pause, text::HOLD, Some(Message::Do(Request::Hold(id))), side)
        });
    }
    if app.can_transfer(call) && !app.tiny() {
        let transfer = Some(Message::Transfer(Transfer::Open(id)));
        parts = parts.push(icon_button(c, Kind::Ghost, Icon::Transfer, text::transfer::TRANSFER, transfer, side));
    } else if let Some(why) = text::jingle::no_transfer(call).filter(|_| talks && !app.narrow()) {
        // Grey, with the reason.
        parts = parts.push(icon_button(c, Kind::Ghost, Icon::Transfer, why, None, side));
    }
    if !app.narrow() {
        parts =
            parts.push(icon_button(c, Kind::Ghost, Icon::Expand, text::OPEN_CALL, Some(Message::OpenCall(id)), side));
    }
    let hang_up = Some(Message::Do(Request::Hangup(id)));
    parts = parts.push(icon_button(c, Kind::Negative, Icon::HangUp, text::HANG_UP, hang_up, side));
    parts.into()
}

/// The one who waits goes on, and the other one waits.
fn swap(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let message = Some(Message::Transfer(Transfer::Swap));
    if app.narrow() {
        return icon_button(c, Kind::On, Icon::Swap, text::transfer::SWAP, message, measure::CALL_TARGET);
    }
    super::button(c, Kind::Secondary, Some(Icon::Swap), text::transfer::SWAP, message)
        .height(measure::CALL_TARGET)
        .id(text::transfer::SWAP.text())
        .into()
}

/// The keypad under the bar, over the page.
pub fn floating_keypad(app: &App) -> Option<Element<'_, Message>> {
    let id = app.keypad.filter(|id| app.call_view != Some(*id))?;
    let call = app.call(id)?;
    let place = app.bar_calls().position(|call| call.id == id).unwrap_or_default();
    let keys = iced::widget::opaque(card(app.colors(), space::L, Length::Shrink, keypad(app, call)));
    let top = (measure::BAR - space::S) * (place + 1) as f32;
    let at = container(keys).align_right(Length::Fill).padding(iced::Padding::ZERO.top(top).right(space::L));
    Some(at.into())
}

/// The keys of a telephone, and what was typed.
pub fn keypad<'a>(app: &'a App, call: &'a Call) -> Element<'a, Message> {
    let c = app.colors();
    let letters = ["", "abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz", "", "+", ""];
    let keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
    // The last of them: a long row of digits ends where the next one is typed.
    let last: String = call.digits_sent.chars().rev().take(16).collect::<Vec<_>>().into_iter().rev().collect();
    let sent = container(figures(last, size::TITLE, c.text)).height(space::XL);
    let mut grid = column![sent].spacing(space::S).align_x(Alignment::Center);
    if !call.digits_received.is_empty() {
        grid = grid.push(secondary(c, text::transfer::pressed(&call.digits_received)));
    }
    for line_of in keys.iter().zip(letters).collect::<Vec<_>>().chunks(3) {
        let mut keys = row![].spacing(space::S);
        for (key, letters) in line_of {
            let face = column![
                iced::widget::text(**key).size(size::TITLE).color(c.text),
                iced::widget::text(*letters).size(size::META - 2.0).color(c.muted)
            ]
            .align_x(Alignment::Center);
            let tone = Message::Do(Request::Dtmf(call.id, (**key).into()));
            keys = keys.push(
                press(c, Kind::Secondary, face)
                    .padding(0.0)
                    .width(measure::KEY * 1.2)
                    .height(measure::KEY * 0.86)
                    .on_press(tone),
            );
        }
        grid = grid.push(keys);
    }
    grid.into()
}
