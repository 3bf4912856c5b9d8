//! The rail: pages at its head, the two connections at its foot.

use iced::widget::{column, container, space as gap, text as words};
use iced::{Alignment, Element, Length};

use super::super::app::{App, Place};
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::text;
use super::super::theme::{Colors, STRONG, measure, size, space};
use super::super::topics;
use super::super::widget::{Kind, avatar, line, pane, press};
use super::hint;
use crate::gui::words::told;
use crate::model::{AccountState, ConnectionState, Service, Show};

pub fn view(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let unread: u32 = app.snapshot.conversations.iter().map(|talk| talk.unread).sum();
    let mut content = column![]
        .push(own(app))
        .push(
            column![
                page(app, Place::Chat, Icon::Chat, text::CHAT.text(), unread),
                page(app, Place::Calls, Icon::Phone, text::CALLS.text(), app.snapshot.events.missed),
                page(app, Place::Settings, Icon::Settings, text::RAIL_SETTINGS.text(), 0),
            ]
            .spacing(space::XS)
            .align_x(Alignment::Center),
        )
        .push(super::phones::waiting(app))
        .push(gap().height(Length::Fill))
        .push(super::answering::mark(app))
        .spacing(space::XS)
        .align_x(Alignment::Center);
    if let Some(padlock) = super::security::padlock(app) {
        content = content.push(padlock);
    }
    for service in [Service::Chat, Service::Voice] {
        if let Some(account) = worst(app, service) {
            content = content.push(connection(app, account));
        }
    }
    pane(c.rail, content).width(measure::RAIL).height(Length::Fill).padding([space::S, space::XS]).into()
}

/// Who the user is, as others see it: picture and presence; behind it is what can be changed about that.
fn own(app: &App) -> Option<Element<'_, Message>> {
    let c = app.colors();
    let (handle, name, key) = app.own_face()?;
    let online = app.snapshot.reachable.chat;
    let show = if online { app.snapshot.presence.show } else { Show::Offline };
    let face = avatar(c, &key, &name, handle, measure::AVATAR_SMALL, Some((show, c.rail)));
    let inner = press(c, Kind::Row(false), container(face).center_x(Length::Fill))
        .padding([space::XS, 0.0])
        .width(measure::RAIL - space::S)
        .id("rail-you")
        .on_press(Message::Topics(topics::Message::You));
    Some(hint(c, inner, text::card::YOU.text().to_owned()))
}

/// The account of a service that is doing worst: what the mark speaks for.
fn worst(app: &App, service: Service) -> Option<&AccountState> {
    let rank = |state: ConnectionState| match state {
        ConnectionState::Failed => 0,
        ConnectionState::Offline => 1,
        ConnectionState::Held => 2,
        ConnectionState::Connecting => 3,
        ConnectionState::Online => 4,
    };
    app.snapshot.accounts.iter().filter(|account| account.service == service).min_by_key(|account| rank(account.state))
}

fn page<'a>(app: &App, place: Place, which: Icon, word: &'a str, news: u32) -> Element<'a, Message> {
    let c = app.colors();
    let here = app.place == place && app.call_view.is_none() && app.shown_conference().is_none();
    let color = if here { c.accent } else { c.muted };
    let sign = iced::widget::stack![
        container(icon(which, measure::ICON + 2.0, color)).padding([0.0, space::M]),
        container(count(c, news)).width(Length::Fill).align_x(Alignment::End)
    ];
    let word = words(word).size(size::META - 1.0).font(STRONG).color(if here { c.text } else { c.muted });
    press(c, Kind::Row(here), column![sign, word].spacing(space::XS).align_x(Alignment::Center))
        .padding([space::S, 0.0])
        .width(measure::RAIL - space::S)
        .id(match place {
            Place::Chat => "rail-chat",
            Place::Calls => "rail-calls",
            Place::Settings => "rail-settings",
            Place::Connections => "rail-connections",
        })
        .on_press(Message::Go(place))
        .into()
}

/// How many, in the corner of the sign: calls that were missed, messages that were not read.
pub fn count<'a>(c: &'static Colors, news: u32) -> Option<Element<'a, Message>> {
    let shown = match news {
        0 => return None,
        1..=99 => news.to_string(),
        _ => "99+".to_owned(),
    };
    let shown = words(shown).size(size::META - 2.0).font(STRONG).color(c.on_fill);
    Some(
        container(shown)
            .padding([0.0, space::XS])
            .style(move |_| container::Style {
                background: Some(c.negative_fill.into()),
                border: iced::border::rounded(space::S),
                ..Default::default()
            })
            .into(),
    )
}

fn connection<'a>(app: &'a App, account: &'a AccountState) -> Element<'a, Message> {
    let c = app.colors();
    let here = app.place == Place::Connections && app.call_view.is_none();
    let (sign, color): (Element<'a, Message>, _) = match account.state {
        ConnectionState::Online => (round(c.positive, true), c.muted),
        ConnectionState::Connecting | ConnectionState::Held => (round(c.warning, false), c.muted),
        ConnectionState::Offline => (round(c.muted, false), c.text),
        ConnectionState::Failed => (icon(Icon::Warning, space::M + 2.0, c.negative).into(), c.text),
    };
    let mut lines =
        column![sign, words(text::service(account.service)).size(size::META - 1.0).font(STRONG).color(color)]
            .spacing(space::XS)
            .align_x(Alignment::Center);
    let short = text::connection_short(account, app.now.boot);
    if !short.is_empty() {
        lines = lines.push(line(short).size(size::META - 2.0).color(c.muted).shrink());
    }
    let inner = press(c, Kind::Row(here), lines)
        .padding([space::S, 0.0])
        .width(measure::RAIL - space::S)
        .id(match account.service {
            Service::Chat => "mark-chat",
            Service::Voice => "mark-voice",
        })
        .on_press(Message::Go(Place::Connections));
    let state = text::connection(account, app.now.boot);
    let full = match &account.reason {
        Some(reason) => format!("{}: {state}. {}", text::service(account.service), told(&reason.text)),
        None => format!("{}: {state}", text::service(account.service)),
    };
    let full = match (account.service, text::can_be_called(&app.snapshot, app.now, app.options.offset)) {
        // The sentence has the reason in it.
        (Service::Voice, Some(sentence)) => format!("{}: {state}. {sentence}", text::service(Service::Voice)),
        (Service::Voice, None) | (Service::Chat, _) => full,
    };
    hint(c, inner, full)
}

/// A full or an empty circle: shape beside colour.
fn round<'a>(color: iced::Color, full: bool) -> Element<'a, Message> {
    let side = space::S + 2.0;
    container(gap().width(side).height(side))
        .style(move |_| container::Style {
            background: full.then_some(color.into()),
            border: iced::Border { color, width: 2.0, radius: side.into() },
            ..Default::default()
        })
        .into()
}
