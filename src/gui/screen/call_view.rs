//! One call in full: who on whose word, how long, how protected, and every control with its word.

use iced::widget::{column, container, row, space as gap};
use iced::{Alignment, Element, Length};

use super::super::app::App;
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::text;
use super::super::theme::{STRONG, measure, size, space};
use super::super::transfer::Message as Transfer;
use super::super::widget::{Kind, level, line, scroll_style, scrollbar, secondary};
use super::super::words::told;
use super::call_bar::{face, figures, keypad, padlock};
use super::icon_button;
use crate::account::Request;
use crate::model::{Call, CallState};

pub fn view<'a>(app: &'a App, call: &'a Call) -> Element<'a, Message> {
    let c = app.colors();
    let back = icon_button(c, Kind::Ghost, Icon::Back, text::BACK, Some(Message::CloseCall), measure::TARGET);
    // The keypad takes the place of the facts, so that the buttons stay on the screen.
    let typing = app.keypad == Some(call.id);
    let mut body = column![].spacing(space::M).align_x(Alignment::Center);
    let called = text::plain(&call.peer.display);
    let writing = !typing && app.shows_text(call);
    let meeting = app.meeting_of_call(call.id).filter(|_| !typing && !writing);
    // While somebody types, the name stands beside the arrow, so that every key is on the screen; in a meeting, its people.
    let beside = if typing || writing || meeting.is_some() {
        Some(line(called.into_owned()).strong())
    } else {
        body = body.push(face(app, call, measure::AVATAR_LARGE)).push(
            iced::widget::text(called)
                .size(size::CALL)
                .font(STRONG)
                .color(c.text)
                .align_x(Alignment::Center)
                .wrapping(iced::widget::text::Wrapping::WordOrGlyph),
        );
        None
    };
    if let Some(running) = text::running(call, app.now.boot) {
        body = body.push(figures(running, size::TITLE, c.text));
    }
    if call.state != CallState::Active || call.held_by_peer || call.end.is_some() {
        body = body.push(secondary(c, text::call_state(call)).align_x(Alignment::Center));
    }
    if let Some(said) = &call.said {
        body = body.push(secondary(c, crate::gui::words::told(said)).align_x(Alignment::Center));
    }
    if let Some(notice) = super::conference::notice(app, call.recording.as_ref()) {
        body = body.push(notice);
        let what = crate::model::Recorded::Call(call.id);
        body = body.push(super::conference::pause_button(app, what, call.recording.as_ref()));
    }
    let middle = if typing { keypad(app, call) } else { facts(app, call) };
    body = body
        .push(gap().height(if typing { 0.0 } else { space::S }))
        .push(middle)
        .push(meeting.map(|view| super::meeting::panel(app, view)))
        .push(gap().height(space::S));
    let content: Element<'a, Message> = if writing {
        container(super::call_text::panel(app, call)).center_x(Length::Fill).height(Length::Fill).into()
    } else {
        let content = container(body).center_x(Length::Fill).padding([space::S, space::XL]);
        iced::widget::scrollable(content)
            .direction(scrollbar())
            .style(scroll_style(c))
            .width(Length::Fill)
            .height(Length::Fill)
            .into()
    };
    let rest = beside.is_none().then(|| gap().width(Length::Fill));
    let mut head = row![back].push(beside).push(rest).spacing(space::M);
    if writing && let Some(running) = text::running(call, app.now.boot) {
        head = head.push(figures(running, size::BODY, c.muted));
    }
    if call.answered.is_some() {
        head = head.push(super::call_text::toggle(app, call));
    }
    // However little room there is: whoever wants to hang up finds the button where it always is.
    let below = container(controls(app, call)).center_x(Length::Fill).padding([space::M, space::S]);
    column![
        container(head.align_y(Alignment::Center))
            .height(measure::BAR)
            .padding([0.0, space::L])
            .align_y(Alignment::Center),
        content,
        below
    ]
    .into()
}

fn facts<'a>(app: &'a App, call: &'a Call) -> Element<'a, Message> {
    let c = app.colors();
    let fact = |which: Icon, color: iced::Color, words: String| {
        row![
            icon(which, measure::ICON_SMALL, color),
            iced::widget::text(words)
                .size(size::SECONDARY)
                .color(c.muted)
                .wrapping(iced::widget::text::Wrapping::WordOrGlyph)
        ]
        .spacing(space::S)
        .align_y(Alignment::Center)
    };
    let mut facts = column![].spacing(space::S).max_width(measure::SHEET);
    for note in super::transfer::notes(app, call) {
        facts = facts.push(note);
    }
    if let Some((which, color, protection)) = padlock(app, call) {
        facts = facts.push(fact(which, color, protection.to_owned()));
    }
    for trouble in app.troubles(call).iter().filter(|trouble| trouble.weight != crate::model::Weight::Note) {
        facts = facts.push(super::quality::full(app, trouble));
    }
    if call.silent && app.troubles(call).is_empty() {
        // F16. The figures of the last seconds would call it good or bad; there is nothing to judge.
        facts = facts.push(fact(Icon::Warning, c.warning, text::NOT_HEARD.to_owned()));
    } else if let Some((heard, good)) = app.stats_of(call).filter(|_| !call.silent).map(text::quality) {
        let (which, color) = if good { (Icon::Check, c.positive) } else { (Icon::Warning, c.warning) };
        facts = facts.push(
            super::super::widget::press(c, Kind::Ghost, fact(which, color, heard))
                .padding([space::XS, 0.0])
                .id("call-quality")
                .on_press(Message::Sound(super::super::sound::Message::Quality(call.id))),
        );
    }
    let evidence = call.peer.evidence.first();
    let evidence = evidence.map_or_else(|| text::peer_grade(call.peer.grade).into(), |first| told(first));
    facts = facts.push(fact(Icon::Info, c.muted, evidence.into_owned()));
    if let Some(cost) = text::numbers::cost(call, app.now.boot) {
        facts = facts.push(fact(Icon::Info, c.warning, cost));
    }
    let account = app.snapshot.accounts.iter().find(|account| account.id == call.account);
    if let Some(way) = account.and_then(|account| text::jingle::way(call, &account.address)) {
        facts = facts.push(fact(Icon::Chat, c.muted, way));
    }
    if call.muted_by_peer {
        facts = facts.push(fact(Icon::MicOff, c.muted, text::jingle::THEIRS_OFF.to_owned()));
    }
    if !call.route.rule.is_empty() {
        facts = facts.push(fact(Icon::Phone, c.muted, told(&call.route.rule).into_owned()));
    }
    facts.into()
}

fn controls<'a>(app: &'a App, call: &'a Call) -> Element<'a, Message> {
    let c = app.colors();
    let id = call.id;
    if call.end.is_some() {
        let close = Some(Message::Do(Request::Dismiss(id)));
        let close = worded(app, Kind::Secondary, Icon::Close, text::CLOSE, close);
        let parts = column![].push(super::next::ways(app, call)).push(close);
        return parts.spacing(space::L).align_x(Alignment::Center).into();
    }
    let talks = matches!(call.state, CallState::Active | CallState::Held);
    let when = |message: Message| talks.then_some(message);
    let mute = when(Message::Do(Request::Mute(id, !call.muted)));
    let (mute_kind, mute_icon, mute_word) =
        if call.muted { (Kind::On, Icon::MicOff, text::UNMUTE) } else { (Kind::Secondary, Icon::Mic, text::MUTE) };
    let (hold_kind, hold_icon, hold_word, hold) = if call.state == CallState::Held {
        (Kind::On, Icon::Play, text::RESUME, Request::Resume(id))
    } else {
        (Kind::Secondary, Icon::Pause, text::HOLD, Request::Hold(id))
    };
    let keypad_kind = if app.keypad == Some(id) { Kind::On } else { Kind::Secondary };
    let record =
        super::conference::record_button(app, crate::model::Recorded::Call(id), call.recording.as_ref(), talks);
    let transfer = app.can_transfer(call).then_some(Message::Transfer(Transfer::Open(id)));
    let hold = if call.state == CallState::Held && app.can_swap() {
        let swap = Some(Message::Transfer(Transfer::Swap));
        worded(app, Kind::On, Icon::Swap, text::transfer::SWAP, swap)
    } else {
        worded(app, hold_kind, hold_icon, hold_word, when(Message::Do(hold)))
    };
    let spacing = if app.narrow() { space::XS } else { space::L };
    let first = row![
        worded(app, mute_kind, mute_icon, mute_word, mute),
        worded(app, keypad_kind, Icon::Keypad, text::KEYPAD, Some(Message::Keypad(id))),
        hold,
    ]
    .spacing(spacing);
    let transfer_button = worded(app, Kind::Secondary, Icon::Transfer, text::transfer::TRANSFER, transfer);
    let transfer_button = match text::jingle::no_transfer(call) {
        Some(why) => super::hint(c, transfer_button, why.text()),
        None => transfer_button,
    };
    let second = row![
        transfer_button,
        record,
        worded(app, Kind::Negative, Icon::HangUp, text::HANG_UP, Some(Message::Do(Request::Hangup(id)))),
    ]
    .spacing(spacing);
    // In the smallest window there are two rows of three.
    let buttons: Element<'a, Message> = if app.tiny() {
        column![first, second].spacing(space::M).align_x(Alignment::Center).into()
    } else {
        row![first, second].spacing(spacing).into()
    };
    let mut parts = column![].spacing(space::L).align_x(Alignment::Center);
    if call.state == CallState::Active && app.keypad != Some(id) {
        let words = if call.muted { text::SELF_MUTED } else { text::INPUT };
        parts = parts.push(
            row![secondary(c, words), level(c, app.meters.input, call.muted)]
                .spacing(space::M)
                .align_y(Alignment::Center),
        );
    }
    parts.push(buttons).into()
}

/// A round button with its word under it.
pub fn worded<'a>(
    app: &'a App,
    kind: Kind,
    which: Icon,
    word: impl Into<&'static str>,
    message: Option<Message>,
) -> Element<'a, Message> {
    let (c, word) = (app.colors(), word.into());
    let color = match (kind, message.is_some()) {
        (_, false) => c.muted,
        (Kind::Positive | Kind::Negative, _) => c.on_fill,
        (Kind::On, _) => c.accent,
        _ => c.text,
    };
    let round = super::super::widget::press(c, kind, icon(which, measure::ICON + 4.0, color))
        .padding(0.0)
        .width(measure::KEY)
        .height(measure::KEY)
        .round()
        .id(word)
        .on_press_maybe(message);
    column![round, iced::widget::text(word).size(size::META).color(c.muted).align_x(Alignment::Center)]
        .spacing(space::S)
        .align_x(Alignment::Center)
        .width(measure::KEY + space::M)
        .into()
}
