//! Rooms in the list, invitations, and the sheets about rooms.

use iced::widget::{column, container, row, scrollable, space as gap, toggler};
use iced::{Alignment, Element, Length};

use super::super::app::{App, name};
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::rooms::{MOST_SHOWN, Message as Rooms, Sheet, Typed, is_filled};
use super::super::text;
use super::super::text::rooms as words;
use super::super::theme::{measure, size, space};
use super::super::widget::{
    Kind, avatar, card, field, label, line, press, scroll_style, scrollbar, secondary, title, wrapped,
};
use super::{button, hint, icon_button, list};
use crate::account::{RoomRequest, room_fact};
use crate::gui::words::told;
use crate::model::{Field, FieldKind, RoomFact, RoomFacts, RoomInvitation, RoomState, RoomView};

/// What a sheet needs beside its middle: heading, buttons in up to two rows, edges.
const OTHER_HEIGHT: f32 = 300.0;
/// The middle is never lower.
const LEAST_HEIGHT: f32 = 120.0;

fn tell(message: Rooms) -> Message {
    Message::Room(message)
}

/// The label over the rooms, with the way to more of them.
pub fn header<'a>(app: &'a App) -> Element<'a, Message> {
    let c = app.colors();
    let add = Some(tell(Rooms::Show(Sheet::Join)));
    let more = press(c, Kind::Ghost, line("+").strong().color(c.accent).shrink())
        .padding([0.0, space::S])
        .id("room-add")
        .on_press_maybe(add);
    row![container(label(c, words::TITLE)).width(Length::Fill), hint(c, more, words::ADD)]
        .align_y(Alignment::Center)
        .padding([0.0, space::L])
        .height(measure::HEADER)
        .into()
}

/// A room's row.
pub fn entry<'a>(app: &'a App, room: &'a RoomView, cursor: bool) -> Element<'a, Message> {
    let c = app.colors();
    let open = app.open.as_ref() == Some(&room.jid);
    let talk = app.people.conversation(&app.snapshot, &room.jid);
    let unread = talk.map_or(0, |talk| talk.unread);
    let picture = app.picture(room.avatar.as_ref());
    let face = avatar(c, room.jid.as_str(), &room.name, picture, measure::AVATAR, None);
    let joined = room.state == RoomState::Joined;
    let name = line(room.name.to_string()).strong().color(if joined { c.text } else { c.muted });
    let mut first = row![name].spacing(space::S).align_y(Alignment::Center);
    let mut second = row![].spacing(space::S).align_y(Alignment::Center);
    match talk.filter(|_| joined) {
        Some(talk) => {
            let when = text::when(talk.last.time, app.now.wall, app.options.offset);
            first = first.push(line(when).size(size::META).color(c.muted).shrink());
            let preview = text::preview(talk.last.direction, &talk.last.body);
            let preview = match &talk.last.details.nick {
                Some(nick) => format!("{}: {preview}", text::plain(nick)),
                None => preview,
            };
            second = second.push(line(preview).size(size::SECONDARY).color(c.muted));
        }
        None => second = second.push(line(words::state(room)).size(size::SECONDARY).color(c.muted)),
    }
    if room.mentions > 0 {
        second = second.push(line("@").strong().color(c.accent).shrink());
    }
    if unread > 0 {
        second = second.push(list::badge(app, unread));
    }
    let content = row![face, column![first, second].spacing(2.0)];
    list::entry(app, open, cursor && !open, Message::Open(room.jid.clone()), content)
}

/// An invitation, with its answers.
pub fn invitation<'a>(app: &'a App, one: &'a RoomInvitation) -> Element<'a, Message> {
    let c = app.colors();
    let name = app.snapshot.contact(&one.from).map_or(one.from.as_str(), |contact| &*contact.name);
    let (room, who) = words::invited(one, one.known.then_some(name));
    let answer =
        |accept: bool| Some(tell(Rooms::Ask(RoomRequest::AnswerInvitation { id: one.id, accept, reason: None })));
    let color = if one.known { c.muted } else { c.warning };
    let texts = column![line(room).strong(), hint(c, line(who.clone()).size(size::SECONDARY).color(color), who)]
        .spacing(2.0)
        .width(Length::Fill);
    let yes = icon_button(c, Kind::Primary, Icon::Check, words::ACCEPT, answer(true), measure::TARGET);
    let no = icon_button(c, Kind::Ghost, Icon::Close, words::DECLINE, answer(false), measure::TARGET);
    container(
        row![icon(Icon::People, measure::ICON, c.accent), texts, yes, no].spacing(space::S).align_y(Alignment::Center),
    )
    .padding([0.0, space::L])
    .center_y(measure::ROW)
    .into()
}

/// A sheet.
pub fn sheet<'a>(app: &'a App, which: &'a Sheet) -> Element<'a, Message> {
    let c = app.colors();
    let content = match which {
        Sheet::Join => join(app),
        Sheet::Settings(room) => settings(app, app.snapshot.room(room).map(AsRef::as_ref)),
        Sheet::Subject(_) => {
            simple(app, words::SUBJECT.text(), words::SUBJECT.text(), words::SET_SUBJECT.text(), false)
        }
        Sheet::Invite(_) => simple(app, words::INVITE.text(), words::INVITE_HINT.text(), words::INVITE.text(), true),
        Sheet::Act(_, nick, action) => {
            let heading = format!("{}: {}", words::action(*action), text::plain(nick));
            with_reason(app, heading, None, words::action(*action).text())
        }
        Sheet::Remove(..) => {
            let body = Some(words::REMOVE_BODY.text());
            with_reason(app, words::REMOVE_TITLE.text().to_owned(), body, words::REMOVE.text())
        }
    };
    card(c, space::XL, Length::Fill, content.spacing(space::M))
}

fn with_reason<'a>(
    app: &'a App,
    heading: String,
    body: Option<&'a str>,
    word: &'a str,
) -> iced::widget::Column<'a, Message> {
    let c = app.colors();
    let reason = field(c, words::REASON, &app.rooms.reason, |text| tell(Rooms::Typed(Typed::Reason, text)))
        .id(name::SHEET_FIELD)
        .on_submit(tell(Rooms::Done));
    let body = body.map(|body| secondary(c, body));
    column![title(c, heading)].push(body).push(reason).push(problem(app)).push(actions(app, word, true))
}

fn problem<'a>(app: &'a App) -> Option<Element<'a, Message>> {
    let c = app.colors();
    let text = app.rooms.problem.as_ref()?;
    let sign = icon(Icon::Warning, measure::ICON_SMALL, c.negative);
    Some(row![sign, secondary(c, told(text)).color(c.text)].spacing(space::S).into())
}

fn actions<'a>(app: &'a App, word: &'a str, ready: bool) -> Element<'a, Message> {
    let c = app.colors();
    let done = (ready && !app.rooms.busy).then(|| tell(Rooms::Done));
    row![
        gap().width(Length::Fill),
        button(c, Kind::Ghost, None, text::CANCEL, Some(Message::Lay(None))),
        button(c, Kind::Primary, None, word, done)
    ]
    .spacing(space::S)
    .align_y(Alignment::Center)
    .into()
}

fn simple<'a>(
    app: &'a App,
    heading: &'a str,
    placeholder: &'a str,
    word: &'a str,
    reason: bool,
) -> iced::widget::Column<'a, Message> {
    let c = app.colors();
    let input = field(c, placeholder, &app.rooms.words, |text| tell(Rooms::Typed(Typed::Words, text)))
        .id(name::SHEET_FIELD)
        .on_submit(tell(Rooms::Done));
    let mut parts = column![title(c, heading), input];
    if reason {
        parts = parts.push(
            field(c, words::REASON, &app.rooms.reason, |text| tell(Rooms::Typed(Typed::Reason, text)))
                .on_submit(tell(Rooms::Done)),
        );
    }
    parts.push(problem(app)).push(actions(app, word, !app.rooms.words.trim().is_empty() || !reason))
}

fn join<'a>(app: &'a App) -> iced::widget::Column<'a, Message> {
    let c = app.colors();
    let state = &app.rooms;
    let room = app.typed_room();
    let one = |heading: &'static str, input: iced::widget::TextInput<'a, Message>| {
        column![label(c, heading), input.on_submit(tell(Rooms::Join(false)))].spacing(space::XS + 2.0)
    };
    let typed = |which: Typed| move |text: String| tell(Rooms::Typed(which, text));
    let address = field(c, words::ADDRESS_HINT, &state.address, typed(Typed::Address)).id(name::SHEET_FIELD);
    let nick = field(c, words::NICK_HINT, &state.nick, typed(Typed::Nick));
    let password = field(c, "", &state.password, typed(Typed::Password)).secure(true);
    let mut parts = column![
        secondary(c, words::ADD_BODY),
        one(words::ADDRESS.text(), address),
        row![
            one(words::NICK.text(), nick).width(Length::Fill),
            one(words::PASSWORD.text(), password).width(Length::Fill)
        ]
        .spacing(space::M),
    ]
    .spacing(space::M)
    .padding(iced::Padding::ZERO.right(space::M));
    match (&state.facts, &room) {
        (Some((of, facts)), Some(room)) if of == room => parts = parts.push(about(app, facts)),
        _ => {}
    }
    if let Some((service, found)) = &state.found {
        parts = parts.push(results(app, service.as_str(), found));
    }
    let free = !state.busy;
    let ready = |message: Rooms| room.as_ref().filter(|_| free).map(|_| tell(message));
    let mut ways = row![
        button(c, Kind::Secondary, Some(Icon::Search), words::SEARCH, free.then(|| tell(Rooms::Search)))
            .id("room-search")
    ]
    .spacing(space::S);
    ways = ways.push(button(c, Kind::Secondary, Some(Icon::Info), words::LOOK, ready(Rooms::Look)));
    parts = parts.push(ways.wrap());
    column![title(c, words::ADD), scrolled(app, parts)].push(problem(app)).push(
        row![
            gap().width(Length::Fill),
            button(c, Kind::Ghost, None, text::CANCEL, Some(Message::Lay(None))),
            button(c, Kind::Secondary, None, words::MAKE, ready(Rooms::Join(true))),
            button(c, Kind::Primary, None, words::JOIN, ready(Rooms::Join(false))).id("room-join"),
        ]
        .spacing(space::S)
        .align_y(Alignment::Center)
        .wrap(),
    )
}

fn results<'a>(app: &'a App, service: &'a str, found: &'a [crate::model::FoundRoom]) -> Element<'a, Message> {
    let c = app.colors();
    let typed = app.rooms.address.trim().to_lowercase();
    let fits = |room: &&crate::model::FoundRoom| {
        typed.is_empty()
            || typed == service
            || room.name.to_lowercase().contains(&typed)
            || room.jid.as_str().contains(&typed)
    };
    let mut rows = column![label(c, service.to_owned())].spacing(2.0);
    let shown: Vec<_> = found.iter().filter(fits).take(MOST_SHOWN).collect();
    if shown.is_empty() {
        rows = rows.push(secondary(c, words::NONE_FOUND));
    }
    for room in shown {
        let texts = column![
            line(text::plain(&room.name).into_owned()).strong(),
            line(room.jid.to_string()).size(size::SECONDARY).color(c.muted)
        ];
        rows = rows.push(
            press(c, Kind::Row(false), texts)
                .padding([space::XS, space::S])
                .width(Length::Fill)
                .on_press(tell(Rooms::Pick(room.jid.clone()))),
        );
    }
    container(scrollable(rows).direction(scrollbar()).style(scroll_style(c)).width(Length::Fill))
        .max_height(180.0)
        .into()
}

/// What is true of a room: what concerns the user's address first, and marked.
pub fn about<'a>(app: &'a App, facts: &'a RoomFacts) -> Element<'a, Message> {
    let c = app.colors();
    let mut parts = column![label(c, words::ABOUT)].spacing(space::XS);
    if let Some(name) = &facts.name {
        parts = parts.push(line(text::plain(name).into_owned()).strong());
    }
    if let Some(description) = &facts.description {
        parts = parts.push(wrapped(c, text::plain(description).into_owned()).size(size::SECONDARY));
    }
    for fact in facts.facts.iter().filter(|fact| !matches!(fact, RoomFact::OccupantIds | RoomFact::Moderation)) {
        let warns = matches!(fact, RoomFact::AddressesForAll | RoomFact::Logged);
        let (which, color) = if warns { (Icon::Warning, c.warning) } else { (Icon::Info, c.muted) };
        let words = secondary(c, told(room_fact(*fact))).color(if warns { c.text } else { c.muted });
        parts = parts.push(row![icon(which, size::BODY, color), words].spacing(space::S));
    }
    parts.into()
}

fn settings<'a>(app: &'a App, room: Option<&'a RoomView>) -> iced::widget::Column<'a, Message> {
    let c = app.colors();
    let mut parts = column![title(c, words::SETTINGS)];
    if let Some(room) = room {
        parts = parts.push(secondary(c, room.name.to_string()));
    }
    let Some(form) = &app.rooms.form else {
        return parts.push(problem(app)).push(actions(app, words::SAVE.text(), false));
    };
    let mut fields = column![].spacing(space::M).padding(iced::Padding::ZERO.right(space::L));
    if let Some(instructions) = &form.instructions {
        fields = fields.push(secondary(c, instructions.to_string()));
    }
    for one in &form.fields {
        if one.kind == FieldKind::Fixed {
            fields = fields.push(secondary(c, one.value().to_owned()));
        } else if is_filled(one) {
            fields = fields.push(form_field(app, one));
        }
    }
    parts.push(scrolled(app, fields)).push(problem(app)).push(actions(app, words::SAVE.text(), true))
}

/// The middle of a sheet: it scrolls where the window is too low, so that the buttons below stay whole.
pub fn scrolled<'a>(app: &'a App, content: iced::widget::Column<'a, Message>) -> Element<'a, Message> {
    let c = app.colors();
    let body = scrollable(content).direction(scrollbar()).style(scroll_style(c)).width(Length::Fill);
    container(body).max_height((app.size.height - OTHER_HEIGHT).max(LEAST_HEIGHT)).into()
}

fn form_field<'a>(app: &'a App, one: &'a Field) -> Element<'a, Message> {
    let c = app.colors();
    let fill = |values: Vec<std::sync::Arc<str>>| tell(Rooms::Fill(one.var.clone(), values));
    let heading = if one.required { format!("{} *", one.label) } else { one.label.to_string() };
    match one.kind {
        FieldKind::Boolean => {
            let var = one.var.clone();
            toggler(one.is_true())
                .label(heading)
                .text_size(size::SECONDARY)
                .size(size::TITLE)
                .on_toggle(move |on| tell(Rooms::Fill(var.clone(), vec![if on { "1" } else { "0" }.into()])))
                .into()
        }
        FieldKind::Choice | FieldKind::Choices => {
            let many = one.kind == FieldKind::Choices;
            let mut options = row![].spacing(space::S);
            for (value, shown) in &one.options {
                let chosen = one.values.contains(value);
                let values = match (many, chosen) {
                    (false, _) => vec![value.clone()],
                    (true, true) => one.values.iter().filter(|other| *other != value).cloned().collect(),
                    (true, false) => one.values.iter().chain([value]).cloned().collect(),
                };
                let kind = if chosen { Kind::On } else { Kind::Secondary };
                let content = line(shown.to_string()).size(size::SECONDARY).shrink();
                options = options.push(press(c, kind, content).padding([space::XS, space::M]).on_press(fill(values)));
            }
            column![label(c, heading), options.wrap()].spacing(space::XS).into()
        }
        FieldKind::Text
        | FieldKind::Private
        | FieldKind::Lines
        | FieldKind::Address
        | FieldKind::Addresses
        | FieldKind::Fixed
        | FieldKind::Hidden => {
            let joined = one.values.join(", ");
            let lines = matches!(one.kind, FieldKind::Lines | FieldKind::Addresses);
            let var = one.var.clone();
            let input = field(c, "", &joined, move |text| {
                let values = match lines {
                    true => text.split(',').map(|part| part.trim().into()).collect(),
                    false => vec![text.into()],
                };
                tell(Rooms::Fill(var.clone(), values))
            });
            let input = input.secure(one.kind == FieldKind::Private);
            column![label(c, heading), input].spacing(space::XS).into()
        }
    }
}
