//! A room that is open: its header, what stands in place of the message field, and who is in it.

use iced::widget::{column, container, row, scrollable, space as gap};
use iced::{Alignment, Element, Length};

use super::super::app::App;
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::rooms::{Message as Rooms, Sheet};
use super::super::text;
use super::super::text::rooms as words;
use super::super::theme::{measure, size, space};
use super::super::widget::{Kind, avatar, hairline, label, line, pane, press, scroll_style, scrollbar, secondary};
use super::rooms::about;
use super::{button, composer, hint, icon_button, timeline};
use crate::account::RoomRequest;
use crate::model::{Affiliation, Occupant, OccupantAction, RoomNotify, RoomState, RoomView, may};

/// The height of somebody in the list of people.
const PERSON: f32 = 40.0;
/// Built above and below what is seen.
const MARGIN: f32 = 10.0 * PERSON;

fn tell(message: Rooms) -> Message {
    Message::Room(message)
}

/// A room: header, messages, and the field or why there is none.
pub fn view<'a>(app: &'a App, room: &'a RoomView) -> Element<'a, Message> {
    let c = app.colors();
    let below = if room.may_write { composer::view(app, &room.jid) } else { only_read(app, room) };
    column![header(app, room), hairline(c)]
        .push(super::meeting::strip(app, room))
        .push(timeline::view(app, &room.jid))
        .push(below)
        .width(Length::Fill)
        .height(Length::Fill)
        .into()
}

/// The bar over the messages.
fn header<'a>(app: &'a App, room: &'a RoomView) -> Element<'a, Message> {
    let c = app.colors();
    let picture = app.picture(room.avatar.as_ref());
    let about = words::state(room);
    let subject = line(about.clone()).size(size::SECONDARY).color(c.muted);
    let who = row![
        avatar(c, room.jid.as_str(), &room.name, picture, measure::AVATAR_SMALL, None),
        column![line(room.name.to_string()).strong(), hint(c, subject, about)].spacing(1.0)
    ]
    .spacing(space::M)
    .align_y(Alignment::Center)
    .width(Length::Fill);
    let who = press(c, Kind::Ghost, who)
        .padding([space::XS, space::S])
        .width(Length::Fill)
        .id("conversation-who")
        .on_press(Message::ToggleDetails);
    let mut bar = row![].spacing(space::S).align_y(Alignment::Center);
    if app.narrow() {
        bar = bar.push(icon_button(c, Kind::Ghost, Icon::Back, text::BACK, Some(Message::Back), measure::TARGET));
    }
    bar = bar.push(who);
    match &room.state {
        RoomState::Joined => {
            let count = row![
                icon(Icon::People, measure::ICON_SMALL + 2.0, c.text),
                line(room.occupants.len().to_string()).size(size::SECONDARY).strong().shrink()
            ]
            .spacing(space::XS)
            .align_y(Alignment::Center);
            let kind = if app.details { Kind::On } else { Kind::Ghost };
            let people = press(c, kind, count)
                .padding([0.0, space::M])
                .height(measure::TARGET)
                .id("room-people")
                .on_press(Message::ToggleDetails);
            bar = bar.push(hint(c, people, words::PEOPLE));
        }
        RoomState::Joining => {}
        RoomState::Out | RoomState::Refused(..) => {
            let enter = crate::account::EnterRoom::to(room.jid.clone());
            let again = Some(tell(Rooms::Ask(RoomRequest::Join(enter))));
            bar = bar.push(button(c, Kind::Primary, None, words::JOIN_AGAIN, again).id("room-join-again"));
        }
    }
    pane(c.surface, container(bar).center_y(measure::BAR).padding([0.0, space::M])).width(Length::Fill).into()
}

/// What stands in place of the message field where one may not write.
fn only_read<'a>(app: &'a App, room: &'a RoomView) -> Element<'a, Message> {
    let c = app.colors();
    let ask = Some(tell(Rooms::Ask(RoomRequest::AskVoice(room.jid.clone()))));
    let content = row![
        secondary(c, words::ONLY_READ).width(Length::Fill),
        button(c, Kind::Secondary, None, words::ASK_VOICE, ask).id("ask-voice")
    ]
    .spacing(space::M)
    .align_y(Alignment::Center);
    container(content).padding([space::M, space::L]).into()
}

/// Who wrote a message, in their colour (XEP-0392), so that one voice is told from another.
pub fn author<'a>(app: &'a App, nick: &str) -> Element<'a, Message> {
    let c = app.colors();
    line(text::plain(nick).into_owned()).size(size::SECONDARY).strong().color(c.nick(nick)).shrink().into()
}

/// Something that happened: a quiet line in the middle.
pub fn happened<'a>(app: &'a App, words: &'a str) -> Element<'a, Message> {
    let c = app.colors();
    container(secondary(c, crate::gui::words::told(words)).align_x(Alignment::Center))
        .center_x(Length::Fill)
        .padding([space::XS, space::L])
        .into()
}

/// The pane with everything about the room.
pub fn details<'a>(app: &'a App, room: &'a RoomView, wide: bool) -> Element<'a, Message> {
    let c = app.colors();
    let close = icon_button(c, Kind::Ghost, Icon::Close, text::CLOSE, Some(Message::ToggleDetails), measure::TARGET);
    let head = row![line(words::PEOPLE).strong(), close].align_y(Alignment::Center).height(measure::BAR);
    let mut top = column![].spacing(space::L).padding(iced::Padding::from([space::M, space::L]));
    if !room.voices.is_empty() && room.role == crate::model::Role::Moderator {
        top = top.push(voices(app, room));
    }
    let mut all = column![top].width(Length::Fill);
    all = all.push(people(app, room));
    let mut below = column![ways(app, room)]
        .push(super::meeting::start(app, room))
        .push(about(app, &room.facts))
        .push(heard(app, room))
        .spacing(space::L)
        .padding(iced::Padding::from([space::L, space::L]));
    if !room.lines.is_empty() {
        let mut lines = column![label(c, words::LATELY)].spacing(space::XS);
        for one in room.lines.iter().rev().take(10) {
            let when = text::clock(one.time, app.options.offset);
            lines = lines.push(secondary(c, format!("{when} {}", one.text)));
        }
        below = below.push(lines);
    }
    all = all.push(below);
    let content = column![
        container(head).padding([0.0, space::L]),
        hairline(c),
        scrollable(all)
            .id("room-details")
            .direction(scrollbar())
            .style(scroll_style(c))
            .on_scroll(|viewport| tell(Rooms::Scrolled(viewport.absolute_offset().y, viewport.bounds().height)))
            .width(Length::Fill)
            .height(Length::Fill)
    ];
    let width = if wide { Length::Fill } else { Length::Fixed(measure::DETAILS) };
    pane(c.surface, content).width(width).height(Length::Fill).into()
}

fn voices<'a>(app: &'a App, room: &'a RoomView) -> Element<'a, Message> {
    let c = app.colors();
    let mut parts = column![label(c, words::VOICES)].spacing(space::XS);
    for nick in room.voices.iter() {
        let answer = |allow: bool| {
            let (room, nick) = (room.jid.clone(), nick.clone());
            Some(tell(Rooms::Ask(RoomRequest::AnswerVoice { room, nick, allow })))
        };
        parts = parts.push(
            row![
                line(text::plain(nick).into_owned()),
                button(c, Kind::Secondary, None, words::ALLOW, answer(true)),
                button(c, Kind::Ghost, None, words::REFUSE, answer(false))
            ]
            .spacing(space::S)
            .align_y(Alignment::Center),
        );
    }
    parts.into()
}

/// Which people are near the screen.
pub fn people_in_view(app: &App, room: &RoomView) -> std::ops::Range<usize> {
    let height = if app.rooms.height > 0.0 { app.rooms.height } else { measure::WINDOW.1 };
    let count = room.occupants.len();
    let at = |edge: f32| ((edge / PERSON).max(0.0) as usize).min(count);
    let near = at(app.rooms.offset - MARGIN)..at(app.rooms.offset + height + MARGIN);
    if near.is_empty() { 0..count.min(1) } else { near }
}

/// The people: only those near the screen are built, so that five thousand cost no more than fifty.
fn people<'a>(app: &'a App, room: &'a RoomView) -> Element<'a, Message> {
    let chosen = app.rooms.chosen.as_ref().and_then(|nick| room.occupants.iter().position(|one| one.nick == *nick));
    let (built, count) = (people_in_view(app, room), room.occupants.len());
    let mut rows = column![gap().height(built.start as f32 * PERSON)].width(Length::Fill);
    for place in built.clone() {
        if let Some(one) = room.occupants.get(place) {
            rows = rows.push(person(app, room, one, chosen == Some(place)));
            if chosen == Some(place) {
                rows = rows.push(choices(app, room, one));
            }
        }
    }
    rows.push(gap().height((count - built.end) as f32 * PERSON)).into()
}

fn person<'a>(app: &'a App, room: &'a RoomView, one: &'a Occupant, chosen: bool) -> Element<'a, Message> {
    let c = app.colors();
    let mark = Some((one.show, c.surface));
    let face = avatar(c, &one.nick, &one.shown, app.face(room, one), measure::AVATAR_SMALL - 8.0, mark);
    let mut name = row![line(one.shown.to_string()).color(c.nick(&one.nick)).strong()].spacing(space::XS);
    if one.own {
        name = name.push(line(words::YOU).size(size::META).color(c.muted).shrink());
    }
    if one.alike {
        name = name.push(hint(c, icon(Icon::Warning, size::BODY, c.warning), words::ALIKE));
    }
    let standing = words::standing(one.affiliation, one.role);
    let content = row![face, name.width(Length::Fill), line(standing).size(size::META).color(c.muted).shrink()]
        .spacing(space::S)
        .align_y(Alignment::Center);
    press(c, Kind::Row(chosen), content)
        .padding([0.0, space::L])
        .width(Length::Fill)
        .height(PERSON)
        .on_press(tell(Rooms::Choose(one.nick.clone())))
        .into()
}

/// What may be done with somebody.
fn choices<'a>(app: &'a App, room: &'a RoomView, one: &'a Occupant) -> Element<'a, Message> {
    let c = app.colors();
    let own = (room.affiliation, room.role);
    let mut parts = column![].spacing(space::S).padding(iced::Padding::from([space::S, space::L]));
    if let Some(jid) = &one.jid {
        parts = parts.push(secondary(c, jid.to_string()));
    }
    let mut buttons = row![].spacing(space::S);
    if !one.own {
        let whisper = RoomRequest::Whisper(room.jid.clone(), one.nick.clone());
        buttons = buttons.push(button(c, Kind::Secondary, None, words::WHISPER, Some(tell(Rooms::Ask(whisper)))));
    }
    for action in OccupantAction::ALL.into_iter().filter(|action| may(own, *action, one)) {
        let harsh = matches!(action, OccupantAction::Kick | OccupantAction::Ban);
        let sheet = Sheet::Act(room.jid.clone(), one.nick.clone(), action);
        let kind = if harsh { Kind::Negative } else { Kind::Secondary };
        // The room does not say who they are: a lasting right cannot be given to a nick.
        let lasting = matches!(action.sets(), crate::model::Standing::Affiliation(_));
        let can = !lasting || one.jid.is_some();
        buttons = buttons.push(button(c, kind, None, words::action(action), can.then(|| tell(Rooms::Show(sheet)))));
    }
    parts.push(buttons.wrap()).into()
}

/// What can be done with the room.
fn ways<'a>(app: &'a App, room: &'a RoomView) -> Element<'a, Message> {
    let c = app.colors();
    let joined = room.state == RoomState::Joined;
    let when = |yes: bool, message: Rooms| yes.then(|| tell(message));
    let jid = || room.jid.clone();
    let mut parts = row![
        button(c, Kind::Secondary, None, words::INVITE, when(joined, Rooms::Show(Sheet::Invite(jid())))),
        button(
            c,
            Kind::Secondary,
            None,
            words::SET_SUBJECT,
            when(room.may_set_subject, Rooms::Show(Sheet::Subject(jid())))
        ),
    ]
    .spacing(space::S);
    if room.affiliation == Affiliation::Owner {
        let show = when(joined, Rooms::Show(Sheet::Settings(jid())));
        parts = parts.push(button(c, Kind::Secondary, Some(Icon::Settings), words::SETTINGS, show).id("room-settings"));
    }
    if room.state == RoomState::Joined {
        let start = Message::Meeting(super::super::meeting::Message::Start(jid()));
        let word = text::meeting::START;
        parts = parts.push(button(c, Kind::Secondary, Some(Icon::Phone), word, Some(start)).id("meeting-start"));
    }
    parts = parts
        .push(super::export::open(app, &room.jid))
        .push(button(c, Kind::Ghost, None, words::LEAVE, when(joined, Rooms::Ask(RoomRequest::Leave(jid())))))
        .push(button(c, Kind::Ghost, None, words::FORGET, when(true, Rooms::Ask(RoomRequest::Forget(jid())))));
    parts.wrap().into()
}

fn heard<'a>(app: &'a App, room: &'a RoomView) -> Element<'a, Message> {
    let c = app.colors();
    let mut choice = row![].spacing(space::S);
    for notify in [RoomNotify::All, RoomNotify::Mentions, RoomNotify::None] {
        let kind = if room.notify == notify { Kind::On } else { Kind::Secondary };
        let message = Some(tell(Rooms::Notify(room.jid.clone(), notify)));
        choice = choice.push(button(c, kind, None, words::notify(notify), message));
    }
    column![label(c, words::HEARD), choice.wrap()].spacing(space::S).into()
}
