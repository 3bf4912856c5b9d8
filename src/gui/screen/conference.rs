//! A conference: its row in the bar, and the view with each party.

use iced::widget::{column, container, row};
use iced::{Alignment, Element, Length};

use super::super::app::App;
use super::super::conference::Message as Conferring;
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::text::{self, conference as words, transfer};
use super::super::theme::{measure, size, space};
use super::super::transfer::Message as Transfer;
use super::super::widget::{Kind, hairline, level, line, pane, press, scroll_style, scrollbar, secondary, title};
use super::call_bar::{face, figures};
use super::call_view::worded;
use super::icon_button;
use crate::account::{ConferenceRequest, RecordRequest};
use crate::model::{Attendance, Call, Conference, Party, Recorded, Recording, RecordingState};

fn ask(request: ConferenceRequest) -> Message {
    Message::Conference(Conferring::Ask(request))
}

/// The row in the bar.
pub fn bar<'a>(app: &'a App, conference: &'a Conference) -> Element<'a, Message> {
    let c = app.colors();
    let side = measure::CALL_TARGET;
    let id = conference.id;
    let names: Vec<&str> = app.calls_of(conference).map(|call| call.peer.display.as_ref()).collect();
    let sign = container(icon(Icon::People, measure::ICON, c.text)).center(measure::AVATAR_SMALL);
    let mut status = row![].spacing(space::S).align_y(Alignment::Center);
    if let Some(running) = longest(app, conference) {
        status = status.push(figures(running, size::SECONDARY, c.text));
    }
    if let Some(mark) = recording_mark(app, conference.recording.as_ref()) {
        status = status.push(mark);
    }
    let said = match (conference.held, conference.muted) {
        (true, _) => words::ALL_HELD.to_owned(),
        (false, true) => words::WE_ARE_MUTED.to_owned(),
        (false, false) => words::count(conference),
    };
    status = status.push(line(said).size(size::SECONDARY).color(c.muted));
    let text = column![line(words::who(&names)).strong(), status].spacing(1.0);
    let who = press(c, Kind::Ghost, row![sign, text].spacing(space::M).align_y(Alignment::Center).width(Length::Fill))
        .padding([space::XS, space::S])
        .width(Length::Fill)
        .id("conference-who")
        .on_press(Message::Conference(Conferring::Open(id)));
    let (mute_kind, mute_icon, mute_word) =
        if conference.muted { (Kind::On, Icon::MicOff, words::UNMUTE) } else { (Kind::Ghost, Icon::Mic, words::MUTE) };
    let mute = ask(ConferenceRequest::Mute(id, !conference.muted));
    let mut parts = row![who].spacing(space::XS).align_y(Alignment::Center);
    if !conference.held && !app.narrow() {
        parts = parts.push(container(level(c, app.meters.input, conference.muted)).padding([0.0, space::S]));
    }
    parts = parts.push(icon_button(c, mute_kind, mute_icon, mute_word, Some(mute), side));
    if !app.tiny() {
        let (kind, which, word) = if conference.held {
            (Kind::On, Icon::Play, words::RESUME)
        } else {
            (Kind::Ghost, Icon::Pause, words::HOLD)
        };
        let hold = ask(ConferenceRequest::Hold(id, !conference.held));
        parts = parts.push(icon_button(c, kind, which, word, Some(hold), side));
    }
    if !app.narrow() {
        let open = Some(Message::Conference(Conferring::Open(id)));
        parts = parts.push(icon_button(c, Kind::Ghost, Icon::Expand, words::OPEN, open, side));
    }
    let leave = Some(ask(ConferenceRequest::End(id)));
    parts = parts.push(icon_button(c, Kind::Negative, Icon::HangUp, words::LEAVE, leave, side));
    let ground = if conference.held { c.sunken } else { c.call };
    column![pane(ground, parts).padding([space::XS, space::M]).width(Length::Fill), hairline(c)].into()
}

/// Offers to join calls, where there are some.
pub fn offer(app: &App) -> Option<Element<'_, Message>> {
    // Where somebody is asked first, the same stands there.
    let asks = app.transfer.asking.as_ref().is_some_and(|asking| asking.with.is_some());
    if app.snapshot.joinable.is_empty() || (asks && app.snapshot.joinable.len() == 2) {
        return None;
    }
    let c = app.colors();
    let content = row![icon(Icon::People, measure::ICON_SMALL, c.text), line(words::JOIN).shrink()]
        .spacing(space::S)
        .align_y(Alignment::Center);
    let join = press(c, Kind::Secondary, content)
        .padding([space::XS, space::M])
        .id(words::JOIN.text())
        .on_press(Message::Conference(Conferring::Join));
    let bar = pane(c.sunken, container(join).align_right(Length::Fill)).padding([space::XS, space::M]);
    Some(column![bar.width(Length::Fill), hairline(c)].into())
}

/// Who is in it, and everything that one does with it.
pub fn view<'a>(app: &'a App, conference: &'a Conference) -> Element<'a, Message> {
    let c = app.colors();
    let close = Some(Message::Conference(Conferring::Close));
    let back = icon_button(c, Kind::Ghost, Icon::Back, text::BACK, close, measure::TARGET);
    let mut head = column![title(c, words::TITLE)].spacing(space::S).align_x(Alignment::Center);
    if let Some(running) = longest(app, conference) {
        head = head.push(figures(running, size::TITLE, c.text));
    }
    head = head.push(secondary(c, words::count(conference)));
    if let Some(notice) = notice(app, conference.recording.as_ref()) {
        head = head.push(notice);
    }
    let mut parties = column![].spacing(space::XS).max_width(measure::SHEET * 1.3);
    for one in &conference.parties {
        if let Some(call) = app.call(one.call) {
            parties = parties.push(party(app, call, one));
        }
    }
    let beside = app.meeting_of_conference(conference.id).and_then(|view| super::meeting::beside(app, view));
    let body = column![head, parties].push(beside).spacing(space::L).align_x(Alignment::Center);
    let below = container(controls(app, conference)).center_x(Length::Fill).padding([space::M, space::S]);
    let padding = if app.tiny() { space::S } else { space::XL };
    column![
        container(back).height(measure::BAR).padding([0.0, space::L]).align_y(Alignment::Center),
        iced::widget::scrollable(container(body).center_x(Length::Fill).padding([space::S, padding]))
            .direction(scrollbar())
            .style(scroll_style(c))
            .width(Length::Fill)
            .height(Length::Fill),
        below
    ]
    .into()
}

fn party<'a>(app: &'a App, call: &'a Call, party: &'a Party) -> Element<'a, Message> {
    let c = app.colors();
    let side = measure::CALL_TARGET;
    let loud = app.meters.parties.iter().find(|(id, _)| *id == call.id).map_or(0.0, |(_, level)| *level);
    let name = line(call.peer.display.as_ref()).strong();
    let status = secondary(c, words::party(party.attendance, party.muted)).width(Length::Fill);
    let mut parts =
        row![face(app, call, measure::AVATAR_SMALL), column![name, status].spacing(1.0).width(Length::Fill)]
            .spacing(space::M)
            .align_y(Alignment::Center);
    if party.attendance == Attendance::Talking && !app.tiny() {
        parts = parts.push(level(c, loud, party.muted));
    }
    let (kind, which, word) = if party.muted {
        (Kind::On, Icon::MicOff, words::UNMUTE_PARTY)
    } else {
        (Kind::Ghost, Icon::Mic, words::MUTE_PARTY)
    };
    let mute = Some(ask(ConferenceRequest::MuteParty(call.id, !party.muted)));
    let split = Some(ask(ConferenceRequest::Leave(call.id))).filter(|_| party.attendance != Attendance::Calling);
    let remove = Some(ask(ConferenceRequest::Remove(call.id)));
    let buttons = row![
        icon_button(c, kind, which, word, mute, side),
        icon_button(c, Kind::Ghost, Icon::PhoneOut, words::SPLIT, split, side),
        icon_button(c, Kind::Ghost, Icon::HangUp, words::REMOVE, remove, side),
    ]
    .spacing(space::XS);
    let parts = parts.push(buttons);
    pane(c.sunken, parts).padding([space::S, space::M]).width(Length::Fill).into()
}

fn controls<'a>(app: &'a App, conference: &'a Conference) -> Element<'a, Message> {
    let id = conference.id;
    let (mute_kind, mute_icon, mute_word) = if conference.muted {
        (Kind::On, Icon::MicOff, words::UNMUTE)
    } else {
        (Kind::Secondary, Icon::Mic, words::MUTE)
    };
    let (hold_kind, hold_icon, hold_word) = if conference.held {
        (Kind::On, Icon::Play, words::RESUME)
    } else {
        (Kind::Secondary, Icon::Pause, words::HOLD)
    };
    row![
        worded(app, mute_kind, mute_icon, mute_word, Some(ask(ConferenceRequest::Mute(id, !conference.muted)))),
        worded(app, hold_kind, hold_icon, hold_word, Some(ask(ConferenceRequest::Hold(id, !conference.held)))),
        worded(app, Kind::Secondary, Icon::People, transfer::ADD, Some(Message::Transfer(Transfer::Invite(id)))),
        record_button(app, Recorded::Conference(id), conference.recording.as_ref(), true),
        worded(app, Kind::Negative, Icon::HangUp, words::LEAVE, Some(ask(ConferenceRequest::End(id)))),
    ]
    .spacing(if app.tiny() { space::S } else { space::L })
    .wrap()
    .vertical_spacing(space::M)
    .align_x(Alignment::Center)
    .into()
}

/// Starts or ends a recording.
pub fn record_button<'a>(
    app: &'a App,
    what: Recorded,
    recording: Option<&Recording>,
    possible: bool,
) -> Element<'a, Message> {
    let runs = recording.is_some_and(|recording| recording.state != RecordingState::Ended);
    let (kind, word, request) = if runs {
        (Kind::On, words::STOP, RecordRequest::Off)
    } else {
        (Kind::Secondary, words::RECORD, RecordRequest::On)
    };
    let message = Message::Conference(Conferring::Record(what, request));
    worded(app, kind, Icon::Record, word, possible.then_some(message))
}

/// A red mark as long as something is recorded.
pub fn recording_mark<'a>(app: &'a App, recording: Option<&Recording>) -> Option<Element<'a, Message>> {
    let c = app.colors();
    let said = recording.and_then(words::recording)?;
    let mark = row![icon(Icon::Record, size::BODY, c.negative)].spacing(space::XS).align_y(Alignment::Center);
    Some(if app.tiny() {
        mark.into()
    } else {
        mark.push(line(said).size(size::SECONDARY).color(c.text).shrink()).into()
    })
}

/// That it is recorded, and what the user wanted to be reminded to say.
pub fn notice<'a>(app: &'a App, recording: Option<&Recording>) -> Option<Element<'a, Message>> {
    let c = app.colors();
    let mark = icon(Icon::Record, size::BODY, c.negative);
    let word = line(recording.and_then(words::recording)?).size(size::SECONDARY).color(c.text).shrink();
    let mark = row![mark, word].spacing(space::XS).align_y(Alignment::Center);
    let mut said = column![mark].spacing(space::XS).align_x(Alignment::Center).max_width(measure::SHEET);
    if !app.snapshot.recording_sentence.is_empty() {
        let sentence = format!("“{}”", app.snapshot.recording_sentence);
        let sentence = secondary(c, sentence).wrapping(iced::widget::text::Wrapping::WordOrGlyph);
        said = said.push(sentence.align_x(Alignment::Center));
    }
    Some(said.into())
}

/// The pause of a recording that goes on, or its end.
pub fn pause_button<'a>(app: &'a App, what: Recorded, recording: Option<&Recording>) -> Option<Element<'a, Message>> {
    let c = app.colors();
    let (word, request) = match recording?.state {
        RecordingState::Running => (words::PAUSE, RecordRequest::Pause),
        RecordingState::Paused => (words::GO_ON, RecordRequest::Resume),
        RecordingState::Ended => return None,
    };
    let content = line(word).size(size::SECONDARY).shrink();
    let message = Message::Conference(Conferring::Record(what, request));
    Some(press(c, Kind::Secondary, content).padding([space::XS, space::M]).id(word.text()).on_press(message).into())
}

/// How long the oldest call of it lasts.
fn longest(app: &App, conference: &Conference) -> Option<String> {
    let oldest =
        app.calls_of(conference).filter(|call| call.answered_boot.is_some()).min_by_key(|call| call.answered_boot);
    oldest.and_then(|call| text::running(call, app.now.boot))
}
