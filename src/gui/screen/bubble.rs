//! One message: what it answers, its text, reactions, when it was written and how far it came, and what can be done with it.

use iced::widget::{column, container, mouse_area, row, space as gap, stack, text as words};
use iced::{Alignment, Border, Color, Element, Length, Padding, border};

use super::super::app::{App, Overlay, name};
use super::super::chat::Chat;
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::rooms::Message as Rooms;
use super::super::talk::{Message as Talk, PickFor, Sheet, can_answer, can_delete, can_edit};
use super::super::text;
use super::super::text::talk as said;
use super::super::theme::{Colors, EMOJI, measure, radius, size, space};
use super::super::update::is_own;
use super::super::widget::{Kind, line, pane, press};
use super::{button, hint, icon_button, styled};
use crate::account::{CallTo, Callable};
use crate::model::{Delivery, LinkKind, Message as Chatted, action};

/// How many links of a message stand among what can be done with it.
const MOST_LINKS: usize = 3;
/// How many reactions stand under a message; further ones are in its details.
const MOST_REACTIONS: usize = 12;

/// Whether its neighbours are of the same writer and the same minutes.
#[derive(Clone, Copy, Debug)]
pub struct Joined {
    /// The one above.
    pub above: bool,
    /// The one below.
    pub below: bool,
}

/// A message.
pub fn view<'a>(app: &'a App, chat: &'a Chat, message: &'a Chatted, joined: Joined) -> Element<'a, Message> {
    let own = is_own(message.direction);
    let id = &message.id;
    let bubble = bubble(app, chat, message, joined);
    let bubble = mouse_area(bubble).on_right_press(Message::Talk(Talk::Menu(id.clone())));
    let hovered = chat.hovered.as_ref() == Some(id) && chat.menu.as_ref() != Some(id);
    let more: Element<'a, Message> = if hovered {
        let message = Some(Message::Talk(Talk::Menu(id.clone())));
        icon_button(app.colors(), Kind::Ghost, Icon::More, said::MORE, message, space::XXL)
    } else {
        gap().width(space::XXL).height(space::XXL).into()
    };
    // The room beside a bubble is there in any case: nothing moves when the pointer comes.
    let beside = if own { row![more, bubble] } else { row![bubble, more] };
    let side = if own { Alignment::End } else { Alignment::Start };
    let mut parts = column![beside.align_y(Alignment::Center)].spacing(2.0).align_x(side);
    let inset =
        |content: Element<'a, Message>| container(content).padding(Padding::ZERO.left(space::XS).right(space::XS));
    let reactions = message.reactions();
    if !reactions.is_empty() {
        parts = parts.push(inset(strip(app, message, &reactions)));
    }
    let failed = message.delivery == Delivery::Failed;
    // Time and mark stand once under messages that belong together; trouble always shows.
    let named = app.names_me(message);
    if !joined.below || failed || message.delivery == Delivery::Pending || message.corrected || named {
        parts = parts.push(foot(app, message, own));
    }
    if chat.menu.as_ref() == Some(id) {
        parts = parts.push(inset(menu(app, chat, message)));
    }
    let whole = mouse_area(container(parts).width(Length::Fill).align_x(side))
        .on_enter(Message::Talk(Talk::Hover(Some(id.clone()))))
        .on_exit(Message::Talk(Talk::Hover(None)));
    whole.into()
}

fn bubble<'a>(app: &'a App, chat: &'a Chat, message: &'a Chatted, joined: Joined) -> Element<'a, Message> {
    let c = app.colors();
    let own = is_own(message.direction);
    let corner = |joined: bool| if joined { space::XS } else { radius::LARGE };
    let corners = if own {
        border::Radius::default()
            .top_left(radius::LARGE)
            .bottom_left(radius::LARGE)
            .top_right(corner(joined.above))
            .bottom_right(corner(joined.below))
    } else {
        border::Radius::default()
            .top_right(radius::LARGE)
            .bottom_right(radius::LARGE)
            .top_left(corner(joined.above))
            .bottom_left(corner(joined.below))
    };
    let failed = message.delivery == Delivery::Failed;
    let chosen = chat.chosen.as_ref() == Some(&message.id);
    let (line_color, line_width) = match (chosen, failed) {
        (true, _) => (c.focus, 2.0),
        (false, true) => (c.negative, 1.0),
        (false, false) if app.names_me(message) => (c.accent, 1.0),
        (false, false) => (Color::TRANSPARENT, 0.0),
    };
    let ground = match (message.details.retracted, own) {
        (true, _) => Color::TRANSPARENT,
        (false, true) => c.bubble_out,
        (false, false) => c.bubble_in,
    };
    let (line_color, line_width) =
        if message.details.retracted && !chosen { (c.line, 1.0) } else { (line_color, line_width) };
    container(body(app, chat, message, own))
        .padding([space::S, space::M])
        .max_width(measure::BUBBLE)
        .style(move |_| container::Style {
            background: Some(ground.into()),
            border: Border { color: line_color, width: line_width, radius: corners },
            ..Default::default()
        })
        .into()
}

fn body<'a>(app: &'a App, chat: &'a Chat, message: &'a Chatted, own: bool) -> Element<'a, Message> {
    let c = app.colors();
    if message.details.retracted {
        let told = match (message.was_moderated(), own) {
            (true, _) => said::REMOVED,
            (false, true) => said::DELETED_OWN,
            (false, false) => said::DELETED_THEIRS,
        };
        return words(told).size(size::SECONDARY).color(c.muted).into();
    }
    let mut parts = column![].spacing(space::S);
    if let Some(reply) = &message.details.reply {
        parts = parts.push(answered(app, message, reply));
    }
    if let Some(url) = message.file() {
        return parts.push(super::files::in_bubble(app, message, &url)).into();
    }
    let (shown, shortened) = match chat.looked.get(&message.id) {
        Some(shown) => {
            let me = action(&message.body).map(|_| app.called(message));
            // What somebody does is told with the name in front, without the mark.
            match me.filter(|_| shown.styled.is_plain()) {
                Some(name) => {
                    let what = shown.text.strip_prefix("/me ").unwrap_or(&shown.text);
                    (styled::does(c, &name, what), shown.shortened)
                }
                None => (styled::view(c, &shown.text, &shown.styled), shown.shortened),
            }
        }
        None => (super::super::widget::wrapped(c, message.body.as_ref()).line_height(1.4).into(), false),
    };
    parts = parts.push(shown);
    for callable in chat.callable.get(&message.id).into_iter().flatten() {
        parts = parts.push(call(app, callable));
    }
    if shortened {
        let all = Some(Message::ShowWhole(message.id.clone()));
        parts = parts.push(button(c, Kind::Secondary, None, text::SHOW_ALL, all));
    }
    parts.into()
}

/// The message that is answered: who wrote it, its beginning, and the way to it.
fn answered<'a>(app: &'a App, message: &'a Chatted, reply: &'a crate::model::Reply) -> Element<'a, Message> {
    let c = app.colors();
    let who = match reply.own {
        Some(true) => said::YOU.to_owned(),
        Some(false) if message.details.kind == crate::model::ConversationKind::Person => app.name_of(&message.with),
        Some(false) => reply.nick.as_deref().unwrap_or_default().to_owned(),
        None => String::new(),
    };
    let quote = match &reply.text {
        Some(text) => text::preview(crate::model::MessageDirection::In, text),
        None => said::ANSWERS_GONE.to_owned(),
    };
    let mut lines = column![].spacing(1.0);
    if !who.is_empty() {
        lines = lines.push(line(who).size(size::SECONDARY).strong().color(c.link).shrink());
    }
    lines = lines.push(line(quote).size(size::SECONDARY).color(c.muted).shrink());
    let lines = container(lines).padding(Padding::ZERO.left(space::S + 3.0));
    // Laid over it, the bar is as high as the words.
    let content = stack![lines, pane(c.link, gap().width(3.0).height(Length::Fill))];
    press(c, Kind::Ghost, content)
        .padding([space::XS, space::XS])
        .on_press_maybe(reply.message.clone().map(|id| Message::Talk(Talk::Jump(id))))
        .into()
}

/// The reactions under a message; a click adds the user's own, or takes it back.
fn strip<'a>(app: &'a App, message: &'a Chatted, reactions: &[crate::model::Reaction]) -> Element<'a, Message> {
    let c = app.colors();
    let mut all = row![].spacing(space::XS);
    for reaction in reactions.iter().take(MOST_REACTIONS) {
        let mut content = row![words(reaction.emoji.to_string()).font(EMOJI).size(size::SECONDARY + 1.0)]
            .spacing(space::XS)
            .align_y(Alignment::Center);
        if reaction.by.len() > 1 {
            content = content.push(words(reaction.by.len().to_string()).size(size::META).color(c.muted));
        }
        let kind = if reaction.own { Kind::On } else { Kind::Secondary };
        let toggle = Message::Talk(Talk::React(message.id.clone(), reaction.emoji.clone()));
        let one =
            press(c, kind, content).padding([2.0, space::S]).on_press_maybe(can_answer(message).then_some(toggle));
        let by: Vec<String> = reaction.by.iter().map(|who| app.reactor(message, who)).collect();
        all = all.push(hint(c, one, by.join(", ")));
    }
    all.wrap().vertical_spacing(space::XS).into()
}

/// A number in a message: what will be dialled, and what that may cost. Nothing is dialled before the click.
fn call<'a>(app: &'a App, callable: &'a Callable) -> Element<'a, Message> {
    let c = app.colors();
    let words = column![
        words(text::card::call(&callable.shown)).size(size::SECONDARY).color(c.text),
        words(callable.cost.to_string()).size(size::META).color(c.muted),
    ];
    let content =
        row![icon(Icon::Phone, measure::ICON_SMALL, c.accent), words].spacing(space::S).align_y(Alignment::Center);
    press(c, Kind::Secondary, content)
        .padding([space::XS, space::M])
        .on_press(Message::Call(CallTo::Text(callable.to.clone())))
        .into()
}

fn foot<'a>(app: &'a App, message: &'a Chatted, own: bool) -> Element<'a, Message> {
    let c = app.colors();
    let time = text::clock(message.time, app.options.offset);
    let small = size::META - 1.0;
    let mut parts = row![line(time).size(small).color(c.muted).shrink()]
        .spacing(space::XS)
        .align_y(Alignment::Center)
        .padding([0.0, space::XS]);
    if message.corrected && !message.details.retracted {
        let details = Message::Lay(Some(Overlay::Talk(Sheet::Details(message.id.clone()))));
        let word = press(c, Kind::Ghost, words(said::EDITED).size(small).color(c.muted)).padding(0.0).no_stop();
        parts = parts.push(word.on_press(details));
    }
    if app.names_me(message) {
        parts =
            parts.push(line(format!("@ {}", super::super::text::rooms::NAMES_YOU)).size(small).color(c.link).shrink());
    }
    if own {
        let (which, color) = mark(c, message.delivery);
        parts = parts.push(hint(c, icon(which, space::M + 2.0, color), text::delivery(message.delivery)));
        if message.delivery == Delivery::Failed {
            let why = message.details.failure.as_deref();
            let why = why.map_or_else(|| text::delivery(Delivery::Failed).into(), crate::gui::words::told);
            parts = parts.push(words(why).size(size::META).color(c.negative));
            let again = Message::Talk(Talk::SendAgain(message.id.clone()));
            let word = words(said::SEND_AGAIN).size(size::META).color(c.link);
            parts = parts.push(press(c, Kind::Ghost, word).padding([2.0, space::S]).on_press(again));
        }
    }
    container(parts.wrap()).padding(Padding::ZERO.left(space::XXL * f32::from(u8::from(own)))).into()
}

/// The mark of how far a message has come.
pub fn mark(c: &Colors, delivery: Delivery) -> (Icon, Color) {
    match delivery {
        Delivery::Pending => (Icon::Clock, c.muted),
        Delivery::Sent | Delivery::Received => (Icon::Check, c.muted),
        Delivery::Delivered => (Icon::Checks, c.muted),
        Delivery::Displayed => (Icon::Checks, c.accent),
        Delivery::Failed => (Icon::Warning, c.negative),
    }
}

/// What can be done with a message: a few reactions, then words.
fn menu<'a>(app: &'a App, chat: &'a Chat, message: &'a Chatted) -> Element<'a, Message> {
    let c = app.colors();
    let id = || message.id.clone();
    let talk = |message| Some(Message::Talk(message));
    let mut rows = column![].spacing(space::XS);
    if can_answer(message) {
        let mut quick = row![].spacing(2.0).align_y(Alignment::Center);
        for (at, emoji) in text::emoji::QUICK.iter().enumerate() {
            let own = message.own_reactions().iter().any(|known| **known == **emoji);
            let face = container(words(*emoji).font(EMOJI).size(size::TITLE)).center(measure::TARGET);
            let mut one = press(c, if own { Kind::On } else { Kind::Ghost }, face)
                .padding(0.0)
                .on_press(Message::Talk(Talk::React(id(), (*emoji).into())));
            if at == 0 {
                one = one.id(name::MESSAGE_MENU);
            }
            quick = quick.push(one);
        }
        let more = talk(Talk::Picker(Some(PickFor::Reaction(id()))));
        rows = rows.push(quick.push(icon_button(c, Kind::Ghost, Icon::Smile, said::REACT, more, measure::TARGET)));
    }
    let lay = |sheet| Some(Message::Lay(Some(Overlay::Talk(sheet))));
    let removal = app.removal(message).map(|sheet| Message::Room(Rooms::Show(sheet)));
    let acts = [
        (can_answer(message), said::REPLY, talk(Talk::Answer(id()))),
        (!message.details.retracted, said::COPY, Some(Message::Copy(message.body.clone()))),
        (can_edit(message), said::EDIT, talk(Talk::Edit(id()))),
        (message.delivery == Delivery::Failed, said::SEND_AGAIN, talk(Talk::SendAgain(id()))),
        (can_delete(message), said::DELETE, lay(Sheet::Delete(id()))),
        (removal.is_some(), super::super::text::rooms::REMOVE, removal),
        (true, said::MESSAGE_DETAILS, lay(Sheet::Details(id()))),
    ];
    let acts = acts.into_iter().filter(|(can, ..)| *can);
    rows =
        rows.push(row(acts.map(|(_, word, act)| button(c, Kind::Ghost, None, word, act).into())).spacing(2.0).wrap());
    // The way to links for the keyboard; calls have their own buttons.
    let links = chat.looked.get(&message.id).into_iter().flat_map(|shown| shown.styled.links());
    for link in links.filter(|link| link.kind != LinkKind::Call).take(MOST_LINKS) {
        let open = press(
            c,
            Kind::Ghost,
            line(format!("{} {}", said::OPEN_LINK, link.uri)).size(size::SECONDARY).color(c.link),
        )
        .padding([space::XS, space::M])
        .on_press(Message::Talk(Talk::Follow(link.clone())));
        rows = rows.push(container(open).max_width(measure::BUBBLE));
    }
    container(rows)
        .padding(space::XS)
        .style(move |_| container::Style {
            background: Some(c.raised.into()),
            border: Border { color: c.outline, width: 1.0, radius: radius::LARGE.into() },
            ..Default::default()
        })
        .into()
}
