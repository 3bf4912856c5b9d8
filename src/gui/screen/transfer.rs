//! Handing a call over: to whom, what will happen, how far it has come; and the lines under a call that say what waits.

use iced::widget::{column, container, row, scrollable, text as plain};
use iced::{Alignment, Element, Length, Padding};

use super::super::app::{App, name};
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::telephone::Suggestion;
use super::super::text::{self, transfer as words};
use super::super::theme::{measure, size, space};
use super::super::transfer::{Message as Transfer, Target};
use super::super::widget::{
    Kind, avatar, card, field, hairline, label, lamp, line, press, scroll_style, scrollbar, secondary, title,
};
use super::button;
use super::call_bar::face;
use crate::account::{CallTo, Request};
use crate::model::{Call, CallState, Cost, TransferState, TransferView};

/// The sheet.
pub fn sheet<'a>(app: &'a App, call: &'a Call) -> Element<'a, Message> {
    let c = app.colors();
    let head = row![
        title(c, words::heading(call)).width(Length::Fill).wrapping(plain::Wrapping::WordOrGlyph),
        button(c, Kind::Ghost, None, text::CLOSE, Some(Message::Lay(None)))
    ]
    .align_y(Alignment::Center);
    let body = match &app.transfer.picked {
        Some(Target::Call(other)) => match app.call(*other) {
            Some(other) => connecting(app, call, other),
            None => choosing(app),
        },
        Some(Target::Person(person)) => deciding(app, call, person),
        None => choosing(app),
    };
    card(c, space::XL, Length::Fill, column![head, hairline(c), body].spacing(space::M))
}

fn message(which: Transfer) -> Message {
    Message::Transfer(which)
}

/// Whom to call into a conference.
pub fn invitation(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let head = row![
        title(c, words::ADD_TITLE).width(Length::Fill),
        button(c, Kind::Ghost, None, text::CLOSE, Some(Message::Lay(None)))
    ]
    .align_y(Alignment::Center);
    let body = column![head, hairline(c), secondary(c, words::ADD_BODY), choosing(app)].spacing(space::M);
    card(c, space::XL, Length::Fill, body)
}

fn choosing(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let input = field(c, words::FIELD, &app.transfer.typed, |typed| message(Transfer::Typed(typed)))
        .id(name::SHEET_FIELD)
        .on_submit(message(Transfer::First));
    let found = app.transfer_targets();
    let none = found.is_empty();
    let (calls, people): (Vec<_>, Vec<_>) = found.into_iter().partition(|one| matches!(one, Target::Call(_)));
    let mut list = column![].spacing(space::XS);
    for (heading, targets) in [(words::OTHER_CALLS, calls), (words::PEOPLE, people)] {
        if targets.is_empty() {
            continue;
        }
        list = list.push(container(label(c, heading)).padding(Padding::ZERO.top(space::S)));
        for target in targets {
            list = list.push(candidate(app, target));
        }
    }
    let typed = !app.transfer.typed.trim().is_empty();
    if none {
        list = list.push(secondary(c, if typed { words::NOBODY } else { words::HINT }));
    }
    let list = scrollable(container(list).padding(Padding::ZERO.right(space::M)))
        .direction(scrollbar())
        .style(scroll_style(c));
    column![input, list].spacing(space::S).into()
}

fn candidate<'a>(app: &'a App, target: Target) -> Element<'a, Message> {
    let c = app.colors();
    let (sign, name, detail): (Element<'a, Message>, String, String) = match &target {
        Target::Call(id) => match app.call(*id) {
            Some(call) => {
                (face(app, call, measure::AVATAR_SMALL), call.peer.display.to_string(), words::other(call).to_owned())
            }
            None => return column![].into(),
        },
        Target::Person(person) => (portrait(app, person), person.name.clone(), person.detail.clone()),
    };
    let mut said = column![line(name).strong()].spacing(2.0);
    if !detail.is_empty() {
        said = said.push(line(detail).size(size::SECONDARY).color(c.muted));
    }
    let watched = match &target {
        Target::Person(Suggestion { to: CallTo::Contact(jid) | CallTo::Address(jid, _), .. }) => {
            app.snapshot.events.lamp(jid)
        }
        Target::Person(_) | Target::Call(_) => None,
    };
    // Whoever is on the phone already is better not called.
    let watched = watched.map(|watched| {
        let word = (!app.tiny())
            .then(|| line(crate::gui::words::told(&watched.text)).size(size::META).color(c.muted).shrink());
        row![lamp(c, watched.state, c.raised)].push(word).spacing(space::XS).align_y(Alignment::Center)
    });
    let content = row![sign, said.width(Length::Fill)]
        .push(watched)
        .spacing(space::M)
        .align_y(Alignment::Center)
        .width(Length::Fill);
    press(c, Kind::Row(false), content)
        .padding([space::XS, space::S])
        .width(Length::Fill)
        .on_press(message(Transfer::Pick(target)))
        .into()
}

fn portrait<'a>(app: &'a App, person: &Suggestion) -> Element<'a, Message> {
    let jid = match &person.to {
        CallTo::Contact(jid) | CallTo::Address(jid, _) => Some(jid),
        CallTo::Text(_) => None,
    };
    let contact = jid.and_then(|jid| app.people.contact(&app.snapshot, jid));
    let picture = app.picture(contact.and_then(|contact| contact.avatar.as_ref()));
    let key = jid.map_or(person.detail.as_str(), |jid| jid.as_str());
    avatar(app.colors(), key, &person.name, picture, measure::AVATAR_SMALL, None)
}

/// Whom it was decided for, and the way to somebody else.
fn picked<'a>(app: &'a App, sign: Element<'a, Message>, name: &str, detail: &str) -> Element<'a, Message> {
    let c = app.colors();
    let said = column![line(name.to_owned()).strong(), line(detail.to_owned()).size(size::SECONDARY).color(c.muted)];
    let other = button(c, Kind::Ghost, None, words::OTHERS, Some(message(Transfer::Unpick)));
    row![sign, said.spacing(2.0).width(Length::Fill), other].spacing(space::M).align_y(Alignment::Center).into()
}

fn deciding<'a>(app: &'a App, call: &'a Call, person: &'a Suggestion) -> Element<'a, Message> {
    let c = app.colors();
    let mut body = column![picked(app, portrait(app, person), &person.name, &person.detail)].spacing(space::M);
    // Whoever hands a call over may pay for its second half.
    if let Some(quote) = app.numbers.quote(&person.to).filter(|quote| quote.cost != Cost::Free) {
        let told = secondary(c, crate::gui::words::told(&quote.text)).color(c.warning);
        body = body.push(row![icon(Icon::Info, measure::ICON_SMALL, c.warning), told].spacing(space::S));
    }
    body = body.push(way(app, true, words::NOW.text(), words::now_body(call, &person.name), Transfer::Blind));
    body.push(way(app, false, words::ASK_FIRST.text(), words::ask_first_body(call, &person.name), Transfer::AskFirst))
        .into()
}

fn connecting<'a>(app: &'a App, call: &'a Call, other: &'a Call) -> Element<'a, Message> {
    let sign = face(app, other, measure::AVATAR_SMALL);
    let body = words::connect_body(call, other);
    column![
        picked(app, sign, &other.peer.display, words::other(other).text()),
        way(app, true, words::CONNECT.text(), body, Transfer::Connect(call.id, other.id))
    ]
    .spacing(space::M)
    .into()
}

/// One way of doing it, with what will happen.
fn way<'a>(app: &'a App, first: bool, word: &'static str, body: String, which: Transfer) -> Element<'a, Message> {
    let c = app.colors();
    let (kind, color, muted) =
        if first { (Kind::Primary, c.on_accent, c.on_accent) } else { (Kind::Secondary, c.text, c.muted) };
    let lines = column![
        line(word).strong().color(color),
        plain(body).size(size::SECONDARY).color(muted).wrapping(plain::Wrapping::WordOrGlyph)
    ]
    .spacing(2.0)
    .width(Length::Fill);
    press(c, kind, lines)
        .padding([space::S + 2.0, space::L])
        .width(Length::Fill)
        .id(word)
        .on_press(message(which))
        .into()
}

/// What has to be known of a call beside its state, a line each: how a transfer goes, who waits, which digits do.
pub fn notes<'a>(app: &'a App, call: &'a Call) -> Vec<Element<'a, Message>> {
    let mut notes = Vec::new();
    if call.end.is_some() {
        return notes;
    }
    if let Some(transfer) = &call.transfer {
        notes.push(going(app, transfer));
    }
    notes.extend(asked_first(app, call));
    notes.extend(digits(app, call));
    if call.automatic {
        let said = if call.muted { words::AUTOMATIC_MUTED } else { words::AUTOMATIC };
        notes.push(said_line(app, Icon::Info, app.colors().warning, said.to_owned()));
    }
    notes
}

fn said_line<'a>(app: &'a App, which: Icon, color: iced::Color, said: String) -> Element<'a, Message> {
    let c = app.colors();
    let said =
        plain(said).size(size::SECONDARY).color(c.text).width(Length::Fill).wrapping(plain::Wrapping::WordOrGlyph);
    row![icon(which, measure::ICON_SMALL, color), said].spacing(space::S).align_y(Alignment::Center).into()
}

/// How far the transfer has come: the sentence, and its steps.
fn going<'a>(app: &'a App, transfer: &'a TransferView) -> Element<'a, Message> {
    let c = app.colors();
    let (which, color) = match transfer.state {
        TransferState::Done => (Icon::Check, c.positive),
        TransferState::Failed => (Icon::Warning, c.negative),
        _ => (Icon::Transfer, c.accent),
    };
    let said = said_line(app, which, color, crate::gui::words::told(&transfer.text).into_owned());
    if app.tiny() || !transfer.is_open() {
        return said;
    }
    let (steps, done) = words::steps(transfer.state);
    let mut parts = row![].spacing(space::S).align_y(Alignment::Center);
    for (at, step) in steps.into_iter().enumerate() {
        let (which, color) = match at {
            at if at < done => (Icon::Check, c.positive),
            at if at == done => (Icon::Clock, c.accent),
            _ => (Icon::Clock, c.muted),
        };
        let word = line(step).size(size::META).color(if at <= done { c.text } else { c.muted }).shrink();
        let one = row![icon(which, size::META, color), word].spacing(space::XS).align_y(Alignment::Center);
        parts = parts.push(one);
    }
    let left = measure::ICON_SMALL + space::S;
    column![said, container(parts.wrap()).padding(Padding::ZERO.left(left))].spacing(space::XS).into()
}

/// Under the call to whom is asked first: who waits, and the three ways on.
fn asked_first<'a>(app: &'a App, with: &'a Call) -> Option<Element<'a, Message>> {
    let c = app.colors();
    let asking = app.transfer.asking.as_ref().filter(|asking| asking.with == Some(with.id))?;
    let first = app.call(asking.call)?;
    // The first call says itself how the transfer goes.
    if !app.can_transfer(first) {
        return None;
    }
    let there = app.can_transfer(with);
    let said = if there { words::waiting(first, with) } else { words::not_yet(with) };
    let said = plain(said).size(size::SECONDARY).color(c.text).wrapping(plain::Wrapping::WordOrGlyph);
    let act = |which: Transfer| there.then(|| message(which));
    let connect = act(Transfer::Connect(first.id, with.id));
    let buttons = row![
        button(c, Kind::Primary, Some(Icon::Transfer), words::CONNECT, connect).id("asked-connect"),
        button(c, Kind::Secondary, Some(Icon::People), words::TOGETHER, act(Transfer::Together(first.id, with.id))),
        button(c, Kind::Secondary, None, words::TAKE_BACK, Some(message(Transfer::TakeBack(first.id, with.id)))),
    ]
    .spacing(space::S);
    Some(column![said, buttons.wrap().vertical_spacing(space::XS)].spacing(space::S).into())
}

/// Digits of the number that wait for the user's word.
fn digits<'a>(app: &'a App, call: &'a Call) -> Option<Element<'a, Message>> {
    let c = app.colors();
    let waiting = call.digits_waiting.as_ref()?;
    let question = app.digits_question(call)?;
    let answer = |choice: &str| Some(Message::Do(Request::Answered { question: question.id, choice: choice.into() }));
    let said = line(words::digits_wait(waiting.chars().count())).size(size::SECONDARY);
    let talks = matches!(call.state, CallState::Active | CallState::Early);
    let send = answer("send").filter(|_| talks);
    let said =
        row![icon(Icon::Keypad, measure::ICON_SMALL, c.accent), said].spacing(space::S).align_y(Alignment::Center);
    let send = button(c, Kind::Primary, None, words::SEND, send).id("digits-send");
    let leave = button(c, Kind::Ghost, None, words::DO_NOT_SEND, answer("cancel"));
    let buttons = row![send, leave].spacing(space::S);
    Some(match app.tiny() {
        true => column![said, buttons].spacing(space::XS).into(),
        false => row![said, buttons].spacing(space::S).align_y(Alignment::Center).into(),
    })
}
