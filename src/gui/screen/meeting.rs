//! A meeting: everybody with what reaches them, the room of a conference, the call of a room, and what a moderator may do.

use std::sync::Arc;

use iced::widget::{column, container, row};
use iced::{Alignment, Element, Length};

use super::super::app::App;
use super::super::icon::{Icon, icon};
use super::super::meeting::{Message as Meeting, of};
use super::super::message::Message;
use super::super::text::{laid_out, meeting as words};
use super::super::theme::{measure, size, space};
use super::super::widget::{Kind, avatar, hairline, label, level, line, pane, press, secondary, spoken};
use super::super::words::{Word, told};
use super::{button, hint};
use crate::account::{MeetingOf, MeetingRequest, MeetingSide, Moderation};
use crate::model::{
    Involvement, Jid, Knowledge, MeetingView, OccupantAction, OfferSource, Participant, RoomView, SoundState, may,
};

/// The height of somebody in the list.
const PERSON: f32 = 48.0;

fn tell(message: Meeting) -> Message {
    Message::Meeting(message)
}

fn ask(request: MeetingRequest) -> Option<Message> {
    Some(tell(Meeting::Ask(request)))
}

/// Everything about the meeting of a call: under the call's facts.
pub fn panel<'a>(app: &'a App, view: &'a MeetingView) -> Element<'a, Message> {
    let c = app.colors();
    let mut parts = column![].spacing(space::M).width(Length::Fill).max_width(measure::SHEET * 1.3);
    for offer in view.rooms.iter() {
        if let Some(call) = view.call {
            let (enter, decline) = (
                MeetingRequest::EnterRoom { call, room: offer.room.clone() },
                MeetingRequest::DeclineRoom { call, room: offer.room.clone() },
            );
            let buttons = row![
                button(c, Kind::Primary, None, words::ENTER, ask(enter)).id("meeting-enter"),
                button(c, Kind::Ghost, None, words::NOT_THIS, ask(decline)).id("meeting-decline-room"),
            ];
            parts = parts.push(notice(app, Icon::Chat, &offer.text, buttons.spacing(space::S).wrap().into()));
        }
    }
    parts = parts.push(mirror(app, view));
    let summary = secondary(c, words::summary(view)).wrapping(iced::widget::text::Wrapping::WordOrGlyph);
    let mut head = row![label(c, words::PEOPLE), summary].spacing(space::M).align_y(Alignment::Center);
    if let Some(room) = view.room.as_ref().filter(|_| view.in_room) {
        let open = Some(Message::Open(room.clone()));
        head = head.push(button(c, Kind::Ghost, Some(Icon::Chat), words::CHAT, open).id("meeting-chat"));
    }
    parts = parts.push(head.wrap());
    match view.knowledge {
        Knowledge::Asking => parts = parts.push(secondary(c, words::ASKING)),
        Knowledge::Unknown => {
            let why = words::unknown(view.why.as_deref().unwrap_or_default());
            parts = parts.push(
                row![
                    icon(Icon::Info, measure::ICON_SMALL, c.warning),
                    iced::widget::text(why)
                        .size(size::SECONDARY)
                        .color(c.muted)
                        .wrapping(iced::widget::text::Wrapping::WordOrGlyph)
                ]
                .spacing(space::S),
            );
        }
        Knowledge::Known | Knowledge::NoCall => {}
    }
    if view.locked {
        parts = parts.push(secondary(c, words::LOCKED));
    }
    parts.push(people(app, view, |_| true)).into()
}

/// Those who are only in the room, under the parties of the calls that we join ourselves.
pub fn beside<'a>(app: &'a App, view: &'a MeetingView) -> Option<Element<'a, Message>> {
    let c = app.colors();
    let mut parts = column![].spacing(space::M).width(Length::Fill).max_width(measure::SHEET * 1.3);
    parts = parts.push(mirror(app, view));
    view.room.as_ref()?;
    let announce = of(view).map(|of| MeetingRequest::Announce { of, room: None });
    let head = row![
        label(c, words::ONLY_TEXT),
        line(words::summary(view)).size(size::SECONDARY).color(c.muted),
        button(c, Kind::Ghost, Some(Icon::People), words::ANNOUNCE, announce.and_then(ask)).id("meeting-announce"),
    ];
    parts = parts.push(head.spacing(space::M).align_y(Alignment::Center).wrap());
    Some(parts.push(people(app, view, |one| one.involvement == Involvement::Text)).into())
}

/// What was done on one side, offered for the other.
fn mirror<'a>(app: &'a App, view: &'a MeetingView) -> Option<Element<'a, Message>> {
    let c = app.colors();
    let (mirror, of) = (view.mirror.as_ref()?, of(view)?);
    let answer = |yes| ask(MeetingRequest::Mirror { of, yes });
    let buttons = row![
        button(c, Kind::Secondary, None, words::NO, answer(false)).id("meeting-mirror-no"),
        button(c, Kind::Secondary, None, words::YES, answer(true)).id("meeting-mirror-yes"),
    ];
    Some(notice(app, Icon::Info, &mirror.text, buttons.spacing(space::S).wrap().into()))
}

/// Something that waits for a word of the user.
fn notice<'a>(app: &'a App, which: Icon, text: &'a str, buttons: Element<'a, Message>) -> Element<'a, Message> {
    let c = app.colors();
    let words = iced::widget::text(laid_out(&told(text)).into_owned())
        .size(size::SECONDARY)
        .color(c.text)
        .wrapping(iced::widget::text::Wrapping::WordOrGlyph)
        .width(Length::Fill);
    let content = column![row![icon(which, measure::ICON_SMALL + 2.0, c.accent), words].spacing(space::S), buttons];
    pane(c.sunken, content.spacing(space::S)).padding([space::M, space::L]).width(Length::Fill).into()
}

fn people<'a>(app: &'a App, view: &'a MeetingView, which: impl Fn(&Participant) -> bool) -> Element<'a, Message> {
    let mut rows = column![].width(Length::Fill);
    for one in view.participants.iter().filter(|one| which(one)) {
        let key = key_of(one);
        let chosen = key.is_some() && app.conference.meeting.chosen == key;
        rows = rows.push(spoken(words::person(one), person(app, one, key.clone(), chosen)));
        if chosen {
            rows = rows.push(choices(app, view, one));
        }
    }
    rows.into()
}

/// What somebody is asked for by: the address in the call, else the nick.
fn key_of(one: &Participant) -> Option<Arc<str>> {
    one.address.clone().or_else(|| one.nick.clone())
}

fn person<'a>(app: &'a App, one: &'a Participant, key: Option<Arc<str>>, chosen: bool) -> Element<'a, Message> {
    let c = app.colors();
    let seed = one.jid.as_ref().map(|jid| jid.as_str()).or(one.nick.as_deref()).unwrap_or(&one.name);
    let contact = one.jid.as_ref().and_then(|jid| app.people.contact(&app.snapshot, jid));
    let picture = app.picture(contact.and_then(|contact| contact.avatar.as_ref()));
    let face = avatar(c, seed, &one.name, picture, measure::AVATAR_SMALL, None);
    let unnamed = one.own && one.nick.is_none();
    let called = if unnamed { words::WE.text() } else { one.name.as_ref() };
    let mut name = row![line(called).strong().shrink()].spacing(space::S).align_y(Alignment::Center);
    if one.own && !unnamed {
        name = name.push(line(super::super::text::rooms::YOU).size(size::META).color(c.muted).shrink());
    }
    if one.moderator {
        name = name.push(line(words::MODERATOR).size(size::META).color(c.muted).shrink());
    }
    let mut below = vec![words::involvement(one.involvement).to_owned()];
    below.extend(words::sound(one).map(|word| word.to_owned()));
    below.extend(one.speaking.then(|| words::SPEAKING.to_owned()));
    below.extend(one.maybe.as_deref().map(words::maybe));
    let color = match (&one.maybe, one.speaking) {
        (Some(_), _) => c.warning,
        (None, true) => c.positive,
        (None, false) => c.muted,
    };
    let status = line(below.join(" · ")).size(size::SECONDARY).color(color);
    let mut parts =
        row![face, column![name, status].spacing(1.0).width(Length::Fill)].spacing(space::M).align_y(Alignment::Center);
    if let Some(call) = one.call.filter(|_| one.sound == SoundState::Talking && !app.tiny()) {
        let loud = app.meters.parties.iter().find(|(id, _)| *id == call).map_or(0.0, |(_, level)| *level);
        parts = parts.push(level(c, loud, false));
    }
    parts = parts.push(marks(app, one));
    press(c, Kind::Row(chosen), parts)
        .padding([0.0, space::S])
        .width(Length::Fill)
        .height(PERSON)
        .on_press_maybe(key.filter(|_| !one.own).map(|key| tell(Meeting::Choose(key))))
        .into()
}

/// What reaches somebody as two signs: text, and sound.
fn marks<'a>(app: &'a App, one: &'a Participant) -> Element<'a, Message> {
    let c = app.colors();
    let side = measure::ICON_SMALL + 2.0;
    // What does not reach them leaves its place empty: the columns stay, and nothing grey asks what it means.
    let sign = |shown: Option<(Icon, iced::Color)>| -> Element<'a, Message> {
        match shown {
            Some((which, color)) => icon(which, side, color).into(),
            None => iced::widget::space().width(side).into(),
        }
    };
    let text = matches!(one.involvement, Involvement::Both | Involvement::Text);
    let sound = match one.sound {
        SoundState::None => None,
        SoundState::Coming => Some((Icon::Phone, c.muted)),
        SoundState::Talking => Some((Icon::Mic, c.positive)),
        SoundState::Muted => Some((Icon::MicOff, c.muted)),
        SoundState::MutedByModerator => Some((Icon::MicOff, c.warning)),
        SoundState::OnHold => Some((Icon::Pause, c.muted)),
    };
    let signs = row![sign(text.then_some((Icon::Chat, c.accent))), sign(sound)];
    hint(c, signs.spacing(space::M), words::involvement(one.involvement))
}

/// What may be done with somebody, on the side where it was granted.
fn choices<'a>(app: &'a App, view: &'a MeetingView, one: &'a Participant) -> Element<'a, Message> {
    let c = app.colors();
    let mut parts = column![].spacing(space::S).padding(iced::Padding::from([space::S, space::L]));
    if let Some(address) = &one.address {
        parts = parts.push(secondary(c, address.to_string()));
    }
    if let Some(proof) = &one.proof {
        parts = parts.push(secondary(c, told(proof)));
    }
    let mut buttons = row![].spacing(space::S);
    if let Some(of) = of(view) {
        for (word, side, what) in ways(app, view, one, of) {
            let who = match side {
                MeetingSide::Call => one.address.clone(),
                MeetingSide::Room => one.nick.clone(),
            };
            let kind = if what == Moderation::Remove { Kind::Negative } else { Kind::Secondary };
            let request = who.map(|who| MeetingRequest::Moderate { of, who, side, what });
            buttons = buttons.push(button(c, kind, None, word, request.and_then(ask)).id(word.text()));
        }
    }
    parts.push(buttons.wrap()).into()
}

fn ways(app: &App, view: &MeetingView, one: &Participant, of: MeetingOf) -> Vec<(Word, MeetingSide, Moderation)> {
    let mut ways = Vec::new();
    let in_call = one.address.is_some() && view.moderates;
    if in_call && matches!(of, MeetingOf::Conference(_)) {
        ways.push(match one.sound {
            SoundState::MutedByModerator => (words::UNMUTE, MeetingSide::Call, Moderation::Unmute),
            _ => (words::MUTE, MeetingSide::Call, Moderation::Mute),
        });
    }
    if in_call {
        ways.push((words::OUT_OF_CALL, MeetingSide::Call, Moderation::Remove));
    }
    let room = view.room.as_ref().and_then(|room| app.snapshot.room(room));
    let occupant = room.and_then(|room| {
        let occupant = room.occupants.iter().find(|occupant| Some(&occupant.nick) == one.nick.as_ref())?;
        Some((room, occupant))
    });
    if let Some((room, occupant)) = occupant
        && may((room.affiliation, room.role), OccupantAction::Kick, occupant)
    {
        ways.push((words::OUT_OF_ROOM, MeetingSide::Room, Moderation::Remove));
    }
    ways
}

/// Under the header of a room: its call, offered or going on.
pub fn strip<'a>(app: &'a App, room: &'a RoomView) -> Option<Element<'a, Message>> {
    strip_of(app, app.meeting_of_room(&room.jid)?, &room.jid)
}

/// Under the header of a conversation: the call that a contact invites to.
pub fn strip_of_contact<'a>(app: &'a App, who: &'a Jid) -> Option<Element<'a, Message>> {
    strip_of(app, app.meeting_of_contact(who)?, who)
}

fn strip_of<'a>(app: &'a App, view: &'a MeetingView, with: &'a Jid) -> Option<Element<'a, Message>> {
    let c = app.colors();
    let sign = |which| icon(which, measure::ICON_SMALL + 2.0, c.accent);
    let (text, buttons): (Element<'a, Message>, Element<'a, Message>) = match of(view) {
        Some(of) => {
            let show = Some(tell(Meeting::Show(of)));
            let text = line(words::summary(view)).size(size::SECONDARY);
            (text.into(), button(c, Kind::Secondary, None, words::SHOW, show).id("meeting-show").into())
        }
        None => {
            let offer = view.offers.first()?;
            let mut said = column![
                iced::widget::text(laid_out(&told(offer.text.as_ref())).into_owned())
                    .size(size::SECONDARY)
                    .color(c.text)
                    .wrapping(iced::widget::text::Wrapping::WordOrGlyph)
            ];
            let cost = (!offer.cost.is_empty()).then(|| format!("{}.", told(&offer.cost)));
            let joined = (offer.source == OfferSource::Invite).then(|| told(&view.text).into_owned());
            let below: Vec<String> = cost.into_iter().chain(joined.filter(|text| !text.is_empty())).collect();
            let below = below.join(" ");
            if !below.is_empty() {
                said = said.push(
                    iced::widget::text(laid_out(&below).into_owned())
                        .size(size::META)
                        .color(c.muted)
                        .wrapping(iced::widget::text::Wrapping::WordOrGlyph),
                );
            }
            let join = MeetingRequest::JoinCall { room: with.clone(), uri: Some(offer.uri.clone()), confirm: false };
            let buttons = row![
                button(c, Kind::Positive, Some(Icon::Phone), words::JOIN, ask(join)).id("meeting-join"),
                button(c, Kind::Ghost, None, words::NOT_NOW, ask(MeetingRequest::DeclineCall(with.clone())))
                    .id("meeting-decline"),
            ];
            (said.spacing(2.0).into(), buttons.spacing(space::S).into())
        }
    };
    let text = row![sign(Icon::People), container(text).width(Length::Fill)]
        .spacing(space::M)
        .align_y(Alignment::Center)
        .width(Length::Fill);
    let content: Element<'a, Message> = if app.tiny() {
        column![text, buttons].spacing(space::S).into()
    } else {
        row![text, buttons].spacing(space::M).align_y(Alignment::Center).into()
    };
    let bar = pane(c.call, content).padding([space::S, space::L]).width(Length::Fill);
    Some(column![bar, hairline(c)].into())
}

/// Choosing people of a room to call.
pub fn start<'a>(app: &'a App, room: &'a RoomView) -> Option<Element<'a, Message>> {
    let c = app.colors();
    let (_, chosen) = app.conference.meeting.starting.as_ref().filter(|(shown, _)| *shown == room.jid)?;
    let mut parts = column![label(c, words::WHOM)].spacing(space::S);
    let mut any = false;
    for contact in app.callable_in(room) {
        any = true;
        let on = chosen.contains(&contact.jid);
        let sign =
            icon(if on { Icon::Check } else { Icon::Phone }, measure::ICON_SMALL, if on { c.accent } else { c.muted });
        let content = row![sign, line(contact.name.as_ref())].spacing(space::S).align_y(Alignment::Center);
        parts = parts.push(
            press(c, if on { Kind::On } else { Kind::Secondary }, content)
                .padding([space::S, space::M])
                .width(Length::Fill)
                .on_press(tell(Meeting::Toggle(contact.jid.clone()))),
        );
    }
    if !any {
        return Some(parts.push(secondary(c, words::NOBODY)).into());
    }
    let content = line(words::call(chosen.len())).size(size::SECONDARY).strong().color(c.on_accent).shrink();
    let call = press(c, Kind::Primary, content)
        .padding([0.0, space::L])
        .height(measure::TARGET)
        .id("meeting-call")
        .on_press_maybe((!chosen.is_empty()).then(|| tell(Meeting::Call)));
    Some(parts.push(call).into())
}
