//! The page of calls: the history, newest first, with what is looked for; beside it the dial pad, voicemail and lamps.

use iced::widget::{column, container, row, scrollable, space as gap};
use iced::{Alignment, Element, Length};

use super::super::app::App;
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::telephone::{Message as Telephone, Part};
use super::super::text;
use super::super::text::telephone as words;
use super::super::theme::{measure, size, space};
use super::super::widget::{
    Kind, avatar, empty, field, hairline, hairline_vertical, label, line, press, scroll_style, scrollbar, steady, title,
};
use super::{dial_pad, icon_button, phones};
use crate::account::{CallTo, NumbersRequest, Request};
use crate::model::{Direction, Service};
use crate::store::CallRecord;

pub fn view(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    if app.size.width >= measure::WIDE - measure::RAIL {
        let side = scrolled(app, container(side(app)).padding([space::L, space::L]).into());
        return row![history(app), hairline_vertical(c), container(side).width(measure::DETAILS).height(Length::Fill)]
            .height(Length::Fill)
            .into();
    }
    match app.telephone.part {
        Part::History => history(app),
        Part::Pad => column![
            head(app),
            scrolled(
                app,
                container(container(side(app)).max_width(measure::DETAILS))
                    .center_x(Length::Fill)
                    .padding([0.0, space::L])
                    .into()
            )
        ]
        .height(Length::Fill)
        .into(),
    }
}

fn scrolled<'a>(app: &'a App, content: Element<'a, Message>) -> Element<'a, Message> {
    scrollable(content)
        .direction(scrollbar())
        .style(scroll_style(app.colors()))
        .width(Length::Fill)
        .height(Length::Fill)
        .into()
}

/// The pad and what is told without a call.
fn side(app: &App) -> Element<'_, Message> {
    let mut content = column![label(app.colors(), words::PAD), dial_pad::view(app)].spacing(space::M);
    for part in [phones::voicemail(app), phones::lamps(app)].into_iter().flatten() {
        content = content.push(gap().height(space::S)).push(part);
    }
    content.push(gap().height(space::L)).into()
}

/// The title; in a narrow window also what is shown.
fn head(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let mut head = row![title(c, text::CALLS), gap().width(Length::Fill)].spacing(space::S).align_y(Alignment::Center);
    if app.size.width < measure::WIDE - measure::RAIL {
        for (part, word) in [(Part::History, words::HISTORY), (Part::Pad, words::PAD)] {
            head = head.push(choice(app, word, app.telephone.part == part, Telephone::Show(part)));
        }
    }
    container(head)
        .height(measure::BAR)
        .padding([0.0, if app.tiny() { space::L } else { space::XL }])
        .align_y(Alignment::Center)
        .into()
}

/// One of several, and whether it is the chosen one.
fn choice<'a>(app: &'a App, word: &str, chosen: bool, message: Telephone) -> Element<'a, Message> {
    let c = app.colors();
    let color = if chosen { c.accent } else { c.text };
    press(
        c,
        if chosen { Kind::On } else { Kind::Secondary },
        line(word.to_owned()).size(size::SECONDARY).strong().color(color).shrink(),
    )
    .padding([0.0, space::M])
    .height(measure::TARGET)
    .id(format!("calls-{word}"))
    .on_press(Message::Telephone(message))
    .into()
}

fn filters(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let page = &app.telephone;
    let search = field(c, words::SEARCH, &page.query, |typed| Message::Telephone(Telephone::Search(typed)))
        .id("calls-search")
        .width(Length::Fill);
    let mut row = row![
        choice(app, words::ALL, !page.missed, Telephone::Missed(false)),
        choice(app, words::MISSED, page.missed, Telephone::Missed(true))
    ]
    .spacing(space::XS);
    let voices: Vec<_> = app.snapshot.accounts.iter().filter(|account| account.service == Service::Voice).collect();
    if voices.len() > 1 {
        for account in voices {
            let chosen = page.account.as_ref() == Some(&account.id);
            let next = if chosen { None } else { Some(account.id.clone()) };
            row = row.push(choice(app, text::address_book::bare(&account.address), chosen, Telephone::Account(next)));
        }
    }
    column![steady(search), row.wrap()].spacing(space::S).into()
}

fn history(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let body: Element<'_, Message> = match &app.history {
        None => gap().height(Length::Fill).into(),
        Some(records) if records.is_empty() => empty(c, Icon::Phone, text::NO_CALLS, text::NO_CALLS_BODY),
        Some(_) => {
            let found = app.filtered_history();
            match (found.is_empty(), app.telephone.missed && app.telephone.query.trim().is_empty()) {
                (true, true) => empty(c, Icon::Phone, words::NONE_MISSED, words::NONE_MISSED_BODY),
                (true, false) => empty(c, Icon::Search, words::NOTHING, words::NOTHING_BODY),
                (false, _) => {
                    let side = if app.tiny() { space::S } else { space::L };
                    let list = container(days(app, &found)).max_width(measure::PAGE + space::XXL);
                    scrolled(app, container(list).center_x(Length::Fill).padding([0.0, side]).into())
                }
            }
        }
    };
    let side = if app.tiny() { space::L } else { space::XL };
    let top = container(filters(app)).max_width(measure::PAGE + space::XXL);
    let top = container(top).center_x(Length::Fill).padding([0.0, side]);
    column![head(app), top, gap().height(space::S), body].width(Length::Fill).height(Length::Fill).into()
}

/// The calls under a line for each day.
fn days<'a>(app: &'a App, records: &[&'a CallRecord]) -> Element<'a, Message> {
    let c = app.colors();
    let offset = app.options.offset;
    let mut list = column![];
    let mut last = None;
    for record in records {
        let day = text::day_number(record.call.started, offset);
        if last != Some(day) {
            last = Some(day);
            let name = label(c, text::day(record.call.started, app.now.wall, offset));
            let line = row![name, hairline(c)].spacing(space::M).align_y(Alignment::Center);
            list = list.push(container(line).padding([space::S, space::S]));
        }
        list = list.push(one(app, record));
    }
    list.push(gap().height(space::XXL)).into()
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
    // The account is worth a word where there are several.
    let voices = app.snapshot.accounts.iter().filter(|account| account.service == Service::Voice);
    let account = app.snapshot.accounts.iter().find(|account| account.id == call.account);
    let over = match (voices.count() > 1, account) {
        (true, Some(account)) => format!(" · {}", text::address_book::bare(&account.address)),
        (true, None) | (false, _) => String::new(),
    };
    let how = line(format!("{}{over}", text::history(call, record.missed))).size(size::SECONDARY);
    let how = row![icon(which, size::BODY, color), how.color(if record.missed { c.negative } else { c.muted })]
        .spacing(space::XS + 2.0)
        .align_y(Alignment::Center);
    // One more line where the call was recorded.
    let height = measure::ROW + if call.recording.is_some() { size::META * 1.6 } else { 0.0 };
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
    let to = match &call.peer.jid {
        Some(jid) if contact.is_some() => CallTo::Contact(jid.clone()),
        _ => CallTo::Text(call.peer.uri.clone()),
    };
    // Who called is called back on the line that they called (C-27).
    let (word, again) = match call.direction {
        Direction::Incoming => {
            let account = call.account.clone();
            (words::CALL_BACK, Message::Do(Request::Numbers(NumbersRequest::CallBack { to, account })))
        }
        Direction::Outgoing => (words::CALL_AGAIN, Message::Call(to)),
    };
    let write = call.peer.jid.as_ref().filter(|jid| contact.is_some() && jid.is_reachable());
    let open = call.peer.jid.as_ref().filter(|_| contact.is_some()).map(|jid| Message::Open(jid.clone()));
    let mut line = row![
        press(c, Kind::Row(false), content)
            .padding([0.0, space::S])
            .width(Length::Fill)
            .height(height - 4.0)
            .on_press_maybe(open)
    ]
    .spacing(space::XS)
    .align_y(Alignment::Center)
    .height(height);
    if let Some(jid) = write.filter(|_| !app.tiny()) {
        let write = Some(Message::Open(jid.clone()));
        line = line.push(icon_button(c, Kind::Ghost, Icon::Chat, words::WRITE_BACK, write, measure::CALL_TARGET));
    }
    line.push(icon_button(c, Kind::Ghost, Icon::Phone, word, Some(again), measure::CALL_TARGET)).into()
}
