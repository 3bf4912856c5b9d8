//! The calls that were: filters, a line for each day, and what can be done with the call whose row is open.

use iced::keyboard::{self, key::Named};
use iced::widget::{column, container, row, scrollable, space as gap};
use iced::{Alignment, Element, Length};

use super::super::address_book::Message as Book;
use super::super::app::{App, Step, name};
use super::super::history::{Line, Message as History, Person, Which, again, row_height};
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::text;
use super::super::text::telephone as words;
use super::super::theme::{measure, size, space};
use super::super::widget::{
    Kind, avatar, empty, field, hairline, key_area, label, line, press, scroll_style, scrollbar, secondary, steady,
};
use super::{button, icon_button};
use crate::model::{Direction, Service, Via};
use crate::store::CallRecord;

/// One of several, and whether it is the chosen one.
pub fn choice<'a>(app: &'a App, word: impl Into<String>, chosen: bool, message: Message) -> Element<'a, Message> {
    let c = app.colors();
    let word = word.into();
    let color = if chosen { c.accent } else { c.text };
    let kind = if chosen { Kind::On } else { Kind::Secondary };
    press(c, kind, line(word.clone()).size(size::SECONDARY).strong().color(color).shrink())
        .padding([0.0, space::M])
        .height(measure::TARGET)
        .id(format!("calls-{word}"))
        .on_press(message)
        .into()
}

fn filters(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let page = &app.past;
    let search = field(c, words::SEARCH, &page.query, |typed| Message::History(History::Search(typed)))
        .id("calls-search")
        .width(Length::Fill);
    let mut row = row![].spacing(space::XS);
    for (which, word) in [
        (Which::All, words::ALL),
        (Which::Missed, words::MISSED),
        (Which::Incoming, words::INCOMING),
        (Which::Outgoing, words::OUTGOING),
    ] {
        row = row.push(choice(app, word, page.which == which, Message::History(History::Show(which))));
    }
    let voices: Vec<_> = app.snapshot.accounts.iter().filter(|account| account.service == Service::Voice).collect();
    if voices.len() > 1 {
        for account in voices {
            let chosen = page.account.as_ref() == Some(&account.id);
            let next = if chosen { None } else { Some(account.id.clone()) };
            let word = text::address_book::bare(&account.address);
            row = row.push(choice(app, word, chosen, Message::History(History::Account(next))));
        }
    }
    if let Some(person) = &page.person {
        let content = row![
            line(words::only(&person.name)).size(size::SECONDARY).strong().color(c.accent).shrink(),
            icon(Icon::Close, measure::ICON_SMALL, c.accent)
        ]
        .spacing(space::S)
        .align_y(Alignment::Center);
        row = row.push(
            press(c, Kind::On, content)
                .padding([0.0, space::M])
                .height(measure::TARGET)
                .id("calls-person")
                .on_press(Message::History(History::Person(None))),
        );
    }
    column![steady(search), row.wrap().vertical_spacing(space::XS)].spacing(space::S).into()
}

/// The list with its filters.
pub fn view(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let body: Element<'_, Message> = match &app.past.records {
        None => gap().height(Length::Fill).into(),
        Some(records) if records.is_empty() && app.past.shows_all() => {
            empty(c, Icon::Phone, text::NO_CALLS, text::NO_CALLS_BODY)
        }
        Some(records) if records.is_empty() => {
            let missed = app.past.which == Which::Missed && app.past.query.trim().is_empty();
            match missed && app.past.person.is_none() {
                true => empty(c, Icon::Check, words::NONE_MISSED, words::NONE_MISSED_BODY),
                false => empty(c, Icon::Search, words::NOTHING, words::NOTHING_BODY),
            }
        }
        Some(records) => key_area(c, name::HISTORY, days(app, records), key),
    };
    let side = if app.tiny() { space::L } else { space::XL };
    let top = container(filters(app)).max_width(measure::PAGE + space::XXL);
    let top = container(top).center_x(Length::Fill).padding([0.0, side]);
    let above = app.snapshot.answering.text.is_some().then(|| gap().height(space::M));
    column![]
        .push(above)
        .push(top)
        .push(gap().height(space::S))
        .push(body)
        .width(Length::Fill)
        .height(Length::Fill)
        .into()
}

fn key(key: &keyboard::Key, _typed: Option<&str>) -> Option<Message> {
    let keyboard::Key::Named(named) = key else { return None };
    let step = match named {
        Named::ArrowUp => Step::Up,
        Named::ArrowDown => Step::Down,
        Named::PageUp => Step::PageUp,
        Named::PageDown => Step::PageDown,
        Named::Home => Step::First,
        Named::End => Step::Last,
        Named::Enter => return Some(Message::History(History::Call)),
        Named::Delete => return Some(Message::History(History::DeleteChosen)),
        _ => return None,
    };
    Some(Message::History(History::Step(step)))
}

/// The calls under a line for each day; only those near the screen are built.
fn days<'a>(app: &'a App, records: &'a [CallRecord]) -> Element<'a, Message> {
    let c = app.colors();
    let (lines, tops) = app.lines();
    let built = app.built_lines(&tops);
    let edge = |at: usize| tops.get(at).copied().unwrap_or_default();
    let above = edge(built.start);
    let below = (tops.last().copied().unwrap_or_default() - edge(built.end)).max(0.0);
    let mut list = column![gap().height(above)];
    for which in lines.get(built).unwrap_or_default() {
        match which {
            Line::Day(at) => {
                let Some(record) = records.get(*at) else { continue };
                let name = label(c, text::day(record.call.started, app.now.wall, app.options.offset));
                let line = row![name, hairline(c)].spacing(space::M).align_y(Alignment::Center);
                list = list.push(container(line).center_y(measure::HEADER).padding([0.0, space::S]));
            }
            Line::Call(at) => list = list.push(records.get(*at).map(|record| one(app, record))),
        }
    }
    let side = if app.tiny() { space::S } else { space::L };
    let list = list.push(gap().height(below)).push(gap().height(space::XXL));
    let list = container(list).max_width(measure::PAGE + space::XXL);
    scrollable(container(list).center_x(Length::Fill).padding([0.0, side]))
        .id(name::HISTORY_SCROLL)
        .direction(scrollbar())
        .style(scroll_style(c))
        .on_scroll(|viewport| {
            Message::History(History::Scrolled(viewport.absolute_offset().y, viewport.bounds().height))
        })
        .width(Length::Fill)
        .height(Length::Fill)
        .into()
}

fn one<'a>(app: &'a App, record: &'a CallRecord) -> Element<'a, Message> {
    let c = app.colors();
    let call = &record.call;
    let open = app.past.chosen == Some(call.id);
    let contact = call.peer.jid.as_ref().and_then(|jid| app.people.contact(&app.snapshot, jid));
    let key = call.peer.jid.as_ref().map_or(call.peer.uri.as_ref(), |jid| jid.as_str());
    let picture = app.picture(contact.and_then(|contact| contact.avatar.as_ref()));
    let face = avatar(c, key, &call.peer.display, picture, measure::AVATAR, None);
    let elsewhere = call.end.as_ref().is_some_and(|end| &*end.code == "elsewhere");
    let (which, color) = match (record.missed, call.direction) {
        (true, _) => (Icon::PhoneMissed, c.negative),
        (false, _) if elsewhere => (Icon::Check, c.muted),
        (false, Direction::Incoming) => (Icon::PhoneIn, c.muted),
        (false, Direction::Outgoing) => (Icon::PhoneOut, c.muted),
    };
    // The account is worth a word where there are several.
    let voices = app.snapshot.accounts.iter().filter(|account| account.service == Service::Voice);
    let account = app.snapshot.accounts.iter().find(|account| account.id == call.account);
    let over = match (voices.count() > 1 && call.via == Via::Sip, account) {
        (true, Some(account)) => format!(" · {}", text::address_book::bare(&account.address)),
        (true, None) | (false, _) => String::new(),
    };
    let how = text::jingle::with_way(call, text::history(call, record.missed));
    let how = line(format!("{how}{over}")).size(size::SECONDARY);
    // In a small window the words are cut.
    let way = (call.via == Via::Jingle).then(|| icon(Icon::Chat, size::SECONDARY, c.muted));
    let how = row![icon(which, size::BODY, color)]
        .push(way)
        .push(how.color(if record.missed { c.negative } else { c.muted }))
        .spacing(space::XS + 2.0)
        .align_y(Alignment::Center);
    let kept = text::conference::kept(call).map(|kept| line(kept).size(size::META).color(c.muted));
    let when = text::clock(call.started, app.options.offset);
    let content = row![
        face,
        column![line(call.peer.display.as_ref()).strong(), how].push(kept).spacing(2.0),
        line(when).size(size::META).color(c.muted).shrink()
    ]
    .spacing(space::M)
    .align_y(Alignment::Center)
    .width(Length::Fill);
    let height = row_height(record);
    let mut line = row![
        press(c, Kind::Row(open), content)
            .padding([0.0, space::S])
            .width(Length::Fill)
            .height(height - 4.0)
            .no_stop()
            .id(format!("history-{}", call.id))
            .on_press(Message::History(History::Choose(call.id)))
    ]
    .spacing(space::XS)
    .align_y(Alignment::Center)
    .height(height);
    let (word, message) = again(app, record);
    line = line.push(icon_button(c, Kind::Ghost, Icon::Phone, word, Some(message), measure::CALL_TARGET));
    if open { column![line, opened(app, record)].into() } else { line.into() }
}

/// What is known of the call, and what can be done about it.
fn opened<'a>(app: &'a App, record: &'a CallRecord) -> Element<'a, Message> {
    let c = app.colors();
    let call = &record.call;
    let contact = call.peer.jid.as_ref().filter(|jid| app.people.contact(&app.snapshot, jid).is_some());
    let mut facts = column![].spacing(2.0);
    for fact in words::facts(app, record) {
        facts = facts.push(secondary(c, fact).wrapping(iced::widget::text::Wrapping::WordOrGlyph));
    }
    let (word, message) = again(app, record);
    let mut actions = row![button(c, Kind::Primary, Some(Icon::Phone), word, Some(message))].spacing(space::S);
    if let Some(jid) = contact.filter(|jid| jid.is_reachable()) {
        actions = actions.push(button(c, Kind::Secondary, Some(Icon::Chat), words::WRITE_BACK, Some(open(jid))));
    }
    if app.past.person.is_none() {
        let with = contact.map_or_else(|| call.peer.uri.clone(), |jid| jid.as_str().into());
        let person = Person { with, name: call.peer.display.clone() };
        let only = Message::History(History::Person(Some(person)));
        actions = actions.push(button(c, Kind::Secondary, Some(Icon::People), words::ONLY, Some(only)));
    }
    if contact.is_none() {
        let add = Message::Book(Book::NewWith(text::address_book::bare(&call.peer.uri).to_owned()));
        actions = actions.push(button(c, Kind::Secondary, None, text::address_book::ADD, Some(add)));
    }
    let sure = app.past.sure == Some(call.id);
    let (kind, word) = if sure { (Kind::Negative, words::REALLY) } else { (Kind::Secondary, words::DELETE) };
    // A call that goes on would come back at its end.
    let delete = (!app.is_under_way(call.id)).then_some(Message::History(History::Delete(call.id)));
    actions = actions.push(button(c, kind, Some(Icon::Trash), word, delete));
    // Under the name.
    let left = if app.tiny() { space::S } else { space::S + measure::AVATAR + space::M };
    let written = super::call_text::kept(app, call);
    let body = column![facts].push(written).push(actions.wrap().vertical_spacing(space::XS)).spacing(space::M);
    container(body)
        .padding(iced::Padding { top: space::XS, right: space::S, bottom: space::L, left })
        .width(Length::Fill)
        .into()
}

fn open(jid: &crate::model::Jid) -> Message {
    Message::Open(jid.clone())
}
