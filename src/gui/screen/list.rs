//! The list of people with the search and dial field over it. Only rows near the screen are built.

use iced::keyboard::{self, key::Named};
use iced::widget::{column, container, row, scrollable, space as gap, stack};
use iced::{Alignment, Element, Length};

use super::super::app::{App, Step, name};
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::people::{Row, dialable};
use super::super::text;
use super::super::theme::{measure, size, space};
use super::super::update::is_own;
use super::super::widget::{Kind, avatar, empty, field, key_area, label, lamp, line, pane, press, steady, thumb};
use super::super::words::told;
use super::{hint, icon_button, rooms};
use crate::account::{CallTo, Conversation};
use crate::model::{Jid, MessageDirection, Show};

pub fn view(app: &App, alone: bool) -> Element<'_, Message> {
    let c = app.colors();
    let search = field(c, text::SEARCH, &app.people.query, Message::Query)
        .id(name::SEARCH)
        .on_submit(Message::QuerySubmit)
        .width(Length::Fill);
    let mut top = row![steady(search)].align_y(Alignment::Center).spacing(space::S);
    if !app.people.query.is_empty() {
        let close = Some(Message::Query(String::new()));
        top = top.push(icon_button(c, Kind::Ghost, Icon::Close, text::CANCEL, close, measure::TARGET));
    } else {
        let add = Message::Contact(super::super::contacts::Message::Show(super::super::contacts::Sheet::Add));
        let words = text::contacts::ADD_HINT;
        top = top.push(icon_button(c, Kind::Ghost, Icon::PersonAdd, words, Some(add), measure::TARGET));
    }
    let top = container(top).height(measure::BAR).padding([0.0, space::M]).align_y(Alignment::Center);
    let body: Element<'_, Message> = if app.people.rows.is_empty() {
        let snapshot = &app.snapshot;
        if !app.people.query.trim().is_empty() {
            empty(c, Icon::Search, text::NO_MATCH, text::NO_MATCH_BODY)
        } else if snapshot.roster_known {
            empty(c, Icon::People, text::EMPTY_LIST, text::EMPTY_LIST_BODY)
        } else {
            empty(c, Icon::People, text::LOADING_LIST, text::LOADING_LIST_BODY)
        }
    } else {
        key_area(c, name::PEOPLE, rows(app), list_key)
    };
    let width = if alone { Length::Fill } else { Length::Fixed(app.list_width()) };
    pane(c.sunken, column![top, body]).width(width).height(Length::Fill).into()
}

fn list_key(key: &keyboard::Key, typed: Option<&str>) -> Option<Message> {
    match key {
        keyboard::Key::Named(Named::ArrowUp) => Some(Message::Step(Step::Up)),
        keyboard::Key::Named(Named::ArrowDown) => Some(Message::Step(Step::Down)),
        keyboard::Key::Named(Named::PageUp) => Some(Message::Step(Step::PageUp)),
        keyboard::Key::Named(Named::PageDown) => Some(Message::Step(Step::PageDown)),
        keyboard::Key::Named(Named::Home) => Some(Message::Step(Step::First)),
        keyboard::Key::Named(Named::End) => Some(Message::Step(Step::Last)),
        keyboard::Key::Named(Named::Enter) => Some(Message::OpenCursor),
        keyboard::Key::Named(_) => None,
        _ => typed
            .filter(|typed| !typed.is_empty() && !typed.chars().any(char::is_control))
            .map(|typed| Message::Typed(typed.to_owned())),
    }
}

fn rows(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let people = &app.people;
    let built = people.built();
    let above = people.top(built.start);
    let below = (people.total() - people.top(built.end)).max(0.0);
    let mut content = column![gap().height(above)].width(Length::Fill);
    for at in built {
        if let Some(row) = people.rows.get(at) {
            content = content.push(one(app, row, people.cursor == Some(at)));
        }
    }
    content = content.push(gap().height(below));
    let rows = scrollable(content)
        .id(name::PEOPLE_SCROLL)
        .direction(scrollable::Direction::Vertical(scrollable::Scrollbar::hidden()))
        .on_scroll(|viewport| Message::PeopleScrolled(viewport.absolute_offset().y, viewport.bounds().height))
        .width(Length::Fill)
        .height(Length::Fill);
    stack![rows, thumb(c, people.offset, people.total(), Message::PeopleDragged)].into()
}

fn one<'a>(app: &'a App, which: &'a Row, cursor: bool) -> Element<'a, Message> {
    let c = app.colors();
    match which {
        Row::Header(heading, count) => {
            let mut words = row![label(c, heading.to_string())].spacing(space::S);
            if *count > 0 {
                words = words.push(iced::widget::text(count.to_string()).size(size::META).color(c.muted));
            }
            container(words).height(measure::HEADER).padding([space::XS, space::L]).align_y(Alignment::End).into()
        }
        Row::Dial(typed) => {
            let sign =
                container(icon(Icon::Phone, measure::ICON, c.on_accent)).center(measure::AVATAR).style(move |_| {
                    container::Style {
                        background: Some(c.accent.into()),
                        border: iced::border::rounded(measure::AVATAR),
                        ..Default::default()
                    }
                });
            let kind = if typed.contains('@') { text::DIAL_ADDRESS } else { text::DIAL_NUMBER };
            let to = CallTo::Text(typed.as_str().into());
            let quote = app.numbers.quote(&to);
            let kind = quote.map_or_else(|| kind.into(), |quote| told(&quote.text));
            let color = match quote {
                Some(quote) if quote.cost == crate::model::Cost::PhoneNetwork => c.warning,
                Some(_) | None => c.muted,
            };
            debug_assert!(dialable(typed));
            let words = column![
                line(format!("{} {typed}", text::CALL)).strong(),
                line(kind).size(size::SECONDARY).color(color)
            ]
            .spacing(2.0);
            entry(app, cursor, false, Message::Call(to), row![sign, words])
        }
        Row::Write(with) => {
            let sign = container(icon(Icon::Chat, measure::ICON, c.text)).center(measure::AVATAR);
            let words = column![
                line(format!("{} {}", text::WRITE_TO, with.shown())).strong(),
                line(text::SIP_UNVERIFIED).size(size::SECONDARY).color(c.muted)
            ]
            .spacing(2.0);
            entry(app, cursor, false, Message::Open(with.clone()), row![sign, words])
        }
        Row::Find(words) => {
            let sign = container(icon(Icon::Search, measure::ICON, c.text)).center(measure::AVATAR);
            let open = Message::Find(super::super::find::Message::Open(words.clone()));
            let words = line(text::find::for_words(words)).strong();
            entry(app, cursor, false, open, row![sign, words])
        }
        Row::Person(place) => match app.snapshot.contacts.get(*place) {
            None => gap().height(measure::ROW).into(),
            Some(contact) => {
                let talk = app.people.conversation(&app.snapshot, &contact.jid);
                let picture = app.picture(contact.avatar.as_ref());
                // Whoever has no chat address has no presence either.
                let reachable = contact.jid.is_reachable();
                let words = if app.snapshot.blocked.contains(&contact.jid) {
                    text::contacts::BLOCKED.to_owned()
                } else if contact.asked && !contact.subscription.sees_contact() {
                    text::contacts::WAITING.to_owned()
                } else {
                    text::presence(app.presence_of(contact))
                };
                let shown = reachable.then_some((app.presence_of(contact).show, words));
                person(app, &contact.jid, &contact.name, shown, picture, talk, cursor)
            }
        },
        Row::Stranger(place) => match app.snapshot.conversations.get(*place) {
            None => gap().height(measure::ROW).into(),
            Some(talk) => person(app, &talk.with, &app.known_as(&talk.with), None, None, Some(talk), cursor),
        },
        Row::Rooms => rooms::header(app),
        Row::Room(place) => match app.snapshot.rooms.get(*place) {
            None => gap().height(measure::ROW).into(),
            Some(room) => rooms::entry(app, room, cursor),
        },
        Row::Invitation(place) => match app.snapshot.invitations.get(*place) {
            None => gap().height(measure::ROW).into(),
            Some(one) => rooms::invitation(app, one),
        },
    }
}

fn person<'a>(
    app: &'a App,
    jid: &'a Jid,
    called: &str,
    presence: Option<(Show, String)>,
    picture: Option<iced::widget::image::Handle>,
    talk: Option<&'a Conversation>,
    cursor: bool,
) -> Element<'a, Message> {
    let c = app.colors();
    let open = app.open.as_ref() == Some(jid) && app.people.query.is_empty();
    let chosen = open || (cursor && !app.people.query.is_empty());
    let ground = if chosen { c.selected } else { c.sunken };
    let mark = presence.as_ref().map(|(show, _)| (*show, ground));
    let face = avatar(c, jid.as_str(), called, picture, measure::AVATAR, mark);
    let unread = talk.map_or(0, |talk| talk.unread);
    let mut first = row![line(called.to_owned()).strong()].spacing(space::S).align_y(Alignment::Center);
    let watched = app.snapshot.events.lamp(jid);
    if let Some(watched) = watched {
        first =
            first.push(hint(c, lamp(c, watched.state, ground), crate::gui::words::told(&watched.text).into_owned()));
    }
    // What has not been read is more urgent than what has not been sent.
    let draft = if unread == 0 { app.waiting_draft(jid) } else { None };
    let writes = app.snapshot.typing.contains(jid);
    let second: Element<'_, Message> = match (draft, talk, presence) {
        _ if writes => line(text::talk::WRITES).size(size::SECONDARY).color(c.accent).into(),
        (Some(draft), ..) => {
            let shown = format!("{}{}", text::DRAFT, text::preview(MessageDirection::In, &draft));
            line(shown).size(size::SECONDARY).color(c.accent).into()
        }
        (None, Some(talk), _) => {
            let when = text::when(talk.last.time, app.now.wall, app.options.offset);
            let color = if unread > 0 { c.accent } else { c.muted };
            first = first.push(line(when).size(size::META).color(color).shrink());
            let preview = text::talk::preview(&talk.last);
            let color = if unread > 0 && !is_own(talk.last.direction) { c.text } else { c.muted };
            let mut second = row![line(preview).size(size::SECONDARY).color(color)].spacing(space::S);
            if unread > 0 {
                second = second.push(badge(app, unread));
            }
            second.align_y(Alignment::Center).into()
        }
        (None, None, Some((_, shown))) => line(shown).size(size::SECONDARY).color(c.muted).into(),
        (None, None, None) => line(without_presence(app, jid)).size(size::SECONDARY).color(c.muted).into(),
    };
    let words = column![first, second].spacing(2.0);
    entry(app, chosen, cursor && !chosen, Message::Open(jid.clone()), row![face, words])
}

/// What stands under a name without presence: the address, or the first number of somebody who has no chat.
fn without_presence(app: &App, jid: &Jid) -> String {
    let first = || app.people.contact(&app.snapshot, jid)?.addresses.first().map(|address| address.uri.to_string());
    match jid.is_reachable() {
        true => jid.shown(),
        false => first().map_or_else(String::new, |uri| text::address_book::bare(&uri).to_owned()),
    }
}

/// The number of unread messages.
pub fn badge<'a>(app: &App, unread: u32) -> Element<'a, Message> {
    let c = app.colors();
    let shown = if unread > 99 { "99+".to_owned() } else { unread.to_string() };
    container(line(shown).size(size::META - 1.0).strong().color(c.on_accent).shrink())
        .padding([1.0, space::S - 2.0])
        .style(move |_| iced::widget::container::Style {
            background: Some(c.accent.into()),
            border: iced::border::rounded(space::L),
            ..Default::default()
        })
        .into()
}

pub fn entry<'a>(
    app: &'a App,
    chosen: bool,
    cursor: bool,
    message: Message,
    content: iced::widget::Row<'a, Message>,
) -> Element<'a, Message> {
    let c = app.colors();
    let inner = press(c, Kind::Row(chosen), content.spacing(space::M).align_y(Alignment::Center).width(Length::Fill))
        .padding([0.0, space::S])
        .width(Length::Fill)
        .height(measure::ROW - 4.0)
        .no_stop()
        .marked(cursor)
        .on_press(message);
    container(inner).padding([2.0, space::S]).height(measure::ROW).into()
}
