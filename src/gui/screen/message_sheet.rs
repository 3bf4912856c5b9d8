//! Sheets about a message: everything that is known of it, the question before it is deleted, a link that could deceive.

use iced::widget::{column, container, row, scrollable, space as gap};
use iced::{Alignment, Element, Length};

use super::super::app::App;
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::talk::{Message as Talk, Sheet};
use super::super::text;
use super::super::text::talk as said;
use super::super::theme::{measure, size, space};
use super::super::widget::{Kind, card, label, scroll_style, scrollbar, secondary, title, wrapped};
use super::button;
use crate::gui::words::told;
use crate::model::{Link, Message as Chatted, MessageId};

/// The highest list of facts, before it scrolls.
const HIGHEST: f32 = 460.0;

pub fn view<'a>(app: &'a App, sheet: &'a Sheet) -> Element<'a, Message> {
    match sheet {
        Sheet::Delete(id) => delete(app, id),
        Sheet::Link(link) => odd_link(app, link),
        Sheet::Export => super::export::sheet(app),
        Sheet::Details(id) => match app.message(id) {
            Some(message) => details(app, message),
            None => gap().into(),
        },
    }
}

fn delete<'a>(app: &'a App, id: &'a MessageId) -> Element<'a, Message> {
    let c = app.colors();
    let mut parts = column![title(c, said::DELETE_TITLE)].spacing(space::M);
    if let Some(message) = app.message(id) {
        let (text, _) = text::brief(&text::preview(crate::model::MessageDirection::In, &message.body), 160);
        parts = parts.push(super::styled::quoted(c, secondary(c, text)));
    }
    parts = parts.push(secondary(c, said::DELETE_BODY));
    let actions = row![
        gap().width(Length::Fill),
        button(c, Kind::Primary, None, text::CANCEL, Some(Message::Lay(None))),
        button(c, Kind::Negative, None, said::DELETE, Some(Message::Talk(Talk::Delete(id.clone())))),
    ]
    .spacing(space::S)
    .align_y(Alignment::Center);
    card(c, space::XL, Length::Fill, parts.push(actions))
}

/// The whole link, and what about it could deceive. Staying is the inviting answer (X22).
fn odd_link<'a>(app: &'a App, link: &'a Link) -> Element<'a, Message> {
    let c = app.colors();
    let mut parts = column![title(c, said::LINK_TITLE)].spacing(space::M);
    if let Some(odd) = link.odd {
        let why = said::odd_link(odd, link.host.as_deref().unwrap_or_default());
        let sign = icon(Icon::Warning, measure::ICON, c.warning);
        parts = parts.push(row![sign, wrapped(c, why).size(size::SECONDARY).width(Length::Fill)].spacing(space::S));
    }
    let whole =
        scrollable(wrapped(c, link.uri.as_ref()).width(Length::Fill)).direction(scrollbar()).style(scroll_style(c));
    parts = parts.push(container(whole).max_height(HIGHEST / 2.0));
    let actions = row![
        button(c, Kind::Ghost, None, said::COPY_LINK, Some(Message::Copy(link.uri.clone()))),
        gap().width(Length::Fill),
        button(c, Kind::Secondary, None, said::OPEN, Some(Message::Talk(Talk::Open(link.clone())))),
        button(c, Kind::Primary, None, text::CANCEL, Some(Message::Lay(None))),
    ]
    .spacing(space::S)
    .align_y(Alignment::Center);
    card(c, space::XL, Length::Fill, parts.push(actions))
}

fn details<'a>(app: &'a App, message: &'a Chatted) -> Element<'a, Message> {
    let c = app.colors();
    let mut facts = column![].spacing(space::M).width(Length::Fill);
    let offset = app.options.offset;
    let moment = |time| format!("{}, {}", text::day(time, app.now.wall, offset), text::clock(time, offset));
    let fact = |heading: &'static str, what: String| {
        column![label(c, heading), wrapped(c, what).size(size::SECONDARY)].spacing(2.0)
    };
    let who = said::author(message.direction, &app.called(message));
    facts = facts.push(fact(said::SENT_AT.text(), format!("{} · {who}", moment(message.time))));
    let state = match &message.details.failure {
        Some(why) => format!("{} {}", said::NOT_SENT, told(why)),
        None => said::state(message.delivery).to_owned(),
    };
    facts = facts.push(fact(said::STATE.text(), state));
    facts = facts.push(fact(said::WAY.text(), app.way(message)));
    let protection = match (message.encrypted, message.with.is_sip()) {
        (true, _) => said::ENCRYPTED,
        (false, true) => said::OVER_VOICE,
        (false, false) => said::NOT_ENCRYPTED,
    };
    facts = facts.push(fact(said::PROTECTION.text(), protection.to_owned()));
    let reactions = message.reactions();
    if !reactions.is_empty() {
        let lines: Vec<String> = reactions
            .iter()
            .map(|reaction| {
                let by: Vec<String> = reaction.by.iter().map(|who| app.reactor(message, who)).collect();
                format!("{} {}", reaction.emoji, by.join(", "))
            })
            .collect();
        facts = facts.push(fact(said::REACTIONS.text(), lines.join("\n")));
    }
    let versions = message.versions();
    if !versions.is_empty() {
        let mut all = column![label(c, said::VERSIONS)].spacing(space::XS);
        for version in versions {
            let (text, _) = text::shortened(&version.text, false);
            all = all.push(secondary(c, moment(version.time)).size(size::META));
            all = all.push(wrapped(c, text.into_owned()).size(size::SECONDARY));
        }
        facts = facts.push(all);
    }
    if let Some(name) = message.known_as() {
        facts = facts.push(fact(said::NAME.text(), name.to_string()));
    }
    if let Some(archive) = &message.details.archive {
        facts = facts.push(fact(said::ARCHIVE_NAME.text(), format!("{} ({})", archive.id, archive.by)));
    }
    let facts = scrollable(container(facts).padding(iced::Padding::ZERO.right(space::M)))
        .direction(scrollbar())
        .style(scroll_style(c));
    let close = row![gap().width(Length::Fill), button(c, Kind::Primary, None, text::CLOSE, Some(Message::Lay(None)))];
    let parts = column![title(c, said::MESSAGE_DETAILS), container(facts).max_height(HIGHEST), close].spacing(space::M);
    card(c, space::XL, Length::Fill, parts)
}
