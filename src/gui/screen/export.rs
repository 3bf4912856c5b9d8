//! The sheet that asks where a conversation goes, and how.

use iced::widget::{column, row, space as gap};
use iced::{Alignment, Element, Length};

use super::super::app::{App, name};
use super::super::export::Message as Export;
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::text;
use super::super::text::export as words;
use super::super::theme::{measure, space};
use super::super::widget::{Kind, card, field, label, secondary, title, wrapped};
use super::button;
use crate::account::ExportFormat;
use crate::model::Jid;

/// The button that opens it.
pub fn open<'a>(app: &'a App, jid: &Jid) -> Element<'a, Message> {
    let message = Message::Export(Export::Open(jid.clone()));
    button(app.colors(), Kind::Secondary, None, words::BUTTON, Some(message)).id("export").into()
}

pub fn sheet(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let state = &app.talk.export;
    let ready = !state.busy && !state.path.trim().is_empty();
    let write = || Message::Export(Export::Write);
    let path = field(c, words::PATH, &state.path, |path| Message::Export(Export::Path(path)))
        .id(name::SHEET_FIELD)
        .on_submit(write());
    let mut forms = row![].spacing(space::S);
    for (format, word) in [(ExportFormat::Text, words::TEXT), (ExportFormat::Json, words::JSON)] {
        let kind = if state.format == format { Kind::On } else { Kind::Secondary };
        forms = forms.push(button(c, kind, None, word, Some(Message::Export(Export::Format(format)))));
    }
    let word = if state.busy { words::WRITING } else { words::WRITE };
    let actions = row![
        gap().width(Length::Fill),
        button(c, Kind::Ghost, None, text::CANCEL, Some(Message::Lay(None))),
        button(c, Kind::Primary, None, word, ready.then(write)).id("export-write"),
    ]
    .spacing(space::S)
    .align_y(Alignment::Center);
    let mut parts = column![
        title(c, words::heading(&text::plain(&state.name))).wrapping(iced::widget::text::Wrapping::WordOrGlyph),
        secondary(c, words::BODY),
        column![label(c, words::FORMAT), forms.wrap()].spacing(space::XS + 2.0),
        column![label(c, words::PATH), path].spacing(space::XS + 2.0),
    ]
    .spacing(space::M);
    if let Some(problem) = &state.problem {
        let sign = icon(Icon::Warning, measure::ICON_SMALL, c.negative);
        parts =
            parts.push(row![sign, wrapped(c, crate::gui::words::told(problem)).width(Length::Fill)].spacing(space::S));
    }
    card(c, space::XL, Length::Fill, parts.push(actions))
}
