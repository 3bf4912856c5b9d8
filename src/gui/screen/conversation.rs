//! A conversation: who, how they can be reached, what was said, what is being written.

use iced::widget::{column, container, row};
use iced::{Alignment, Element, Length};

use super::super::app::App;
use super::super::icon::Icon;
use super::super::message::Message;
use super::super::text;
use super::super::theme::{measure, size, space};
use super::super::widget::{Kind, avatar, empty, hairline, line, pane, press};
use super::{button, composer, hint, icon_button, room, timeline};
use crate::account::CallTo;
use crate::model::{Cost, Jid};

/// Nobody is chosen.
pub fn nobody(app: &App) -> Element<'_, Message> {
    empty(app.colors(), Icon::Chat, text::NO_CONVERSATION, text::NO_CONVERSATION_BODY)
}

/// The conversation with somebody.
pub fn view<'a>(app: &'a App, jid: &'a Jid) -> Element<'a, Message> {
    let c = app.colors();
    if let Some(room) = app.snapshot.room(jid) {
        return room::view(app, room);
    }
    column![header(app, jid), hairline(c)]
        .push(super::meeting::strip_of_contact(app, jid))
        .push(timeline::view(app, jid))
        .push(composer::view(app, jid))
        .width(Length::Fill)
        .height(Length::Fill)
        .into()
}

fn header<'a>(app: &'a App, jid: &'a Jid) -> Element<'a, Message> {
    let c = app.colors();
    let contact = app.people.contact(&app.snapshot, jid);
    let called = contact.map_or_else(|| app.known_as(jid), |contact| contact.name.to_string());
    let picture = app.picture(contact.and_then(|contact| contact.avatar.as_ref()));
    let present = contact.filter(|contact| contact.jid.is_reachable());
    let mark = present.map(|contact| (app.presence_of(contact).show, c.surface));
    let call = contact.map(|contact| &contact.actions.call);
    let reason = call.and_then(|call| call.reason.as_deref().filter(|_| !call.available));
    // C-41: who is called in the phone network is told before the button is pressed.
    let cost = app.numbers.quote(&CallTo::Contact(jid.clone())).filter(|quote| quote.cost != Cost::Free);
    let about = match (reason, contact) {
        (_, Some(contact)) if !contact.jid.is_reachable() => contact.groups.join(", "),
        (_, Some(contact)) if app.snapshot.blocked.contains(&contact.jid) => text::contacts::BLOCKED.to_owned(),
        (_, Some(contact)) if contact.asked && !contact.subscription.sees_contact() => {
            text::contacts::WAITING.to_owned()
        }
        (Some(reason), Some(contact)) => {
            format!("{} · {}", text::show(app.presence_of(contact).show), crate::gui::words::told(reason))
        }
        (None, Some(contact)) if cost.is_some() => {
            let told = cost.map(|quote| crate::gui::words::told(&quote.text)).unwrap_or_default();
            format!("{} · {told}", text::show(app.presence_of(contact).show))
        }
        (_, Some(contact)) => {
            text::contacts::there(contact, app.presence_of(contact), app.now.wall, app.options.offset)
        }
        // S12: an address on the line says nothing of who writes.
        (_, None) if jid.is_sip() => text::SIP_UNVERIFIED.to_owned(),
        (_, None) if jid.is_made_up() => text::rooms::ONLY_THEY.to_owned(),
        (_, None) => jid.as_str().to_owned(),
    };
    let who = row![
        avatar(c, jid.as_str(), &called, picture, measure::AVATAR_SMALL, mark),
        column![line(called).strong(), line(about).size(size::SECONDARY).color(c.muted)].spacing(1.0)
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
    let available = call.is_none_or(|call| call.available) && (jid.is_sip() || !jid.is_made_up());
    let message = available.then(|| match contact {
        Some(_) => Message::Call(CallTo::Contact(jid.clone())),
        None => Message::Call(CallTo::Text(jid.shown().into())),
    });
    let call: Element<'_, Message> = if app.tiny() {
        icon_button(c, Kind::Primary, Icon::Phone, text::CALL, message, measure::TARGET)
    } else {
        button(c, Kind::Primary, Some(Icon::Phone), text::CALL, message).id("call").into()
    };
    bar = bar.push(match reason {
        Some(reason) => hint(c, call, reason),
        None => call,
    });
    let kind = if app.details { Kind::On } else { Kind::Ghost };
    bar = bar.push(icon_button(c, kind, Icon::Info, text::DETAILS, Some(Message::ToggleDetails), measure::TARGET));
    pane(c.surface, container(bar).center_y(measure::BAR).padding([0.0, space::M])).width(Length::Fill).into()
}
