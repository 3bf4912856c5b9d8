//! What two people write to each other while they call: both sides letter by letter, and the field for one's own line.

use iced::widget::{column, container, row, scrollable};
use iced::{Alignment, Border, Element, Length, border};

use super::super::app::App;
use super::super::call_text::{FIELD, Message as CallText};
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::text::call_text as words;
use super::super::text::{laid_out, plain};
use super::super::theme::{measure, radius, size, space};
use super::super::widget::{Kind, field, line, scroll_style, scrollbar, secondary, spoken, steady};
use super::super::words::told;
use super::icon_button;
use crate::model::{Call, MediaEncryption, TextLine, Via, Writer};

/// Shows and hides the text; grey with the reason where there can be none.
pub fn toggle<'a>(app: &'a App, call: &'a Call) -> Element<'a, Message> {
    let c = app.colors();
    let kind = if app.shows_text(call) { Kind::On } else { Kind::Ghost };
    let (word, message) = match call.via {
        Via::Sip => (words::OPEN, Some(Message::CallText(CallText::Toggle(call.id)))),
        Via::Jingle => (words::NOT_OVER_CHAT, None),
    };
    let has = call.text.as_ref().is_some_and(|text| !text.lines.is_empty());
    let message = message.filter(|_| app.can_write(call) || has);
    icon_button(c, kind, Icon::Edit, word, message, measure::TARGET)
}

/// The text of a call in place of its facts.
pub fn panel<'a>(app: &'a App, call: &'a Call) -> Element<'a, Message> {
    let c = app.colors();
    let text = call.text.as_deref();
    let who = plain(&call.peer.display);
    let mut lines = column![].spacing(space::S).width(Length::Fill);
    let mut last = None;
    for one in text.map(|text| text.lines.as_slice()).unwrap_or_default() {
        // The line that is being written stands in the field.
        if one.from == Writer::Me && one.open && app.can_write(call) || one.text.is_empty() {
            continue;
        }
        lines = lines.push(written(app, one, &who, last != Some(one.from)));
        last = Some(one.from);
    }
    if last.is_none() {
        // Typed before the other side has taken it up: it waits.
        let asked = !app.own_line(call).is_empty() && text.is_none_or(|text| !text.on && text.reason.is_none());
        let hint = if asked { words::ASKED.text() } else { words::NOTHING.text() };
        lines = lines.push(
            container(
                iced::widget::text(hint)
                    .size(size::SECONDARY)
                    .color(c.muted)
                    .align_x(Alignment::Center)
                    .wrapping(iced::widget::text::Wrapping::WordOrGlyph),
            )
            .center_x(Length::Fill)
            .padding(space::L),
        );
    }
    let scroll = scrollable(container(lines).padding([space::M, space::L]))
        .direction(scrollbar())
        .style(scroll_style(c))
        .anchor_bottom()
        .width(Length::Fill)
        .height(Length::Fill);
    let mut below = column![].spacing(space::XS).padding([0.0, space::L]);
    let typing = text.map(|text| words::typing(text, &who)).unwrap_or_default();
    // In a line that is there in any case: nothing moves when somebody begins.
    below = below.push(container(line(typing).size(size::META).color(c.muted)).height(size::META * 1.5));
    for (which, color, words) in notes(app, call, &who) {
        let words = iced::widget::text(words)
            .size(size::SECONDARY)
            .color(c.muted)
            .wrapping(iced::widget::text::Wrapping::WordOrGlyph);
        let note = row![icon(which, measure::ICON_SMALL, color), words.width(Length::Fill)];
        below = below.push(note.spacing(space::S).align_y(Alignment::Center));
    }
    if app.can_write(call) {
        let id = call.id;
        let own = field(c, words::HINT, app.own_line(call), move |typed| Message::CallText(CallText::Typed(id, typed)))
            .id(FIELD)
            .on_submit(Message::CallText(CallText::NextLine(id)))
            .width(Length::Fill);
        let next = Some(Message::CallText(CallText::NextLine(id))).filter(|_| !app.own_line(call).is_empty());
        let next = icon_button(c, Kind::Ghost, Icon::Send, words::NEXT_LINE, next, measure::TARGET);
        below = below.push(row![steady(own), next].spacing(space::S).align_y(Alignment::Center));
    }
    column![scroll, below].height(Length::Fill).max_width(measure::SHEET * 1.6).into()
}

/// What one should know before one writes.
fn notes<'a>(app: &'a App, call: &'a Call, who: &str) -> Vec<(Icon, iced::Color, String)> {
    let c = app.colors();
    let mut notes = Vec::new();
    let Some(text) = call.text.as_deref() else { return notes };
    if let Some(reason) = &text.reason {
        notes.push((Icon::Warning, c.warning, told(reason).into_owned()));
    }
    if text.on && text.encryption == MediaEncryption::None {
        notes.push((Icon::Unlock, c.warning, words::CLEAR.to_owned()));
    }
    if call.conference.is_some() {
        notes.push((Icon::Info, c.muted, words::only_this(who)));
    }
    notes
}

/// A line of one side, with its writer where that is another one than before.
fn written<'a>(app: &'a App, one: &'a TextLine, who: &str, named: bool) -> Element<'a, Message> {
    let c = app.colors();
    let own = one.from == Writer::Me;
    let name = if own { words::YOU.to_owned() } else { who.to_owned() };
    let shown = laid_out(&one.text).into_owned();
    let spoken_words = words::line(&name, &shown);
    let ground = if own { c.bubble_out } else { c.bubble_in };
    let edge = if one.open { c.accent } else { iced::Color::TRANSPARENT };
    let bubble = container(
        iced::widget::text(shown).size(size::BODY).color(c.text).wrapping(iced::widget::text::Wrapping::WordOrGlyph),
    )
    .padding([space::S, space::M])
    .max_width(measure::BUBBLE)
    .style(move |_| container::Style {
        background: Some(ground.into()),
        border: Border { color: edge, width: 1.0, radius: border::Radius::from(radius::LARGE) },
        ..Default::default()
    });
    let side = if own { Alignment::End } else { Alignment::Start };
    let mut parts = column![].spacing(space::XS).align_x(side);
    if named {
        parts = parts.push(secondary(c, name).size(size::META));
    }
    spoken(spoken_words, container(parts.push(bubble)).width(Length::Fill).align_x(side))
}

/// What was written in a call that is over, under its row in the history.
pub fn kept<'a>(app: &'a App, call: &'a Call) -> Option<Element<'a, Message>> {
    let c = app.colors();
    let text = call.text.as_deref()?;
    let who = plain(&call.peer.display);
    let mut parts = column![secondary(c, words::WRITTEN)].spacing(space::XS).width(Length::Fill);
    for one in &text.lines {
        let name = if one.from == Writer::Me { words::YOU.text() } else { &*who };
        let said = words::line(name, &laid_out(&one.text));
        parts = parts.push(
            iced::widget::text(said)
                .size(size::SECONDARY)
                .color(c.text)
                .wrapping(iced::widget::text::Wrapping::WordOrGlyph),
        );
    }
    Some(parts.into())
}
