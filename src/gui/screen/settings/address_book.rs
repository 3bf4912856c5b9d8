//! The address book: how many people, whom to believe, files in and out.

use iced::widget::{column, row};
use iced::{Alignment, Element, Length};

use super::super::super::address_book::{Message as Book, Report};
use super::super::super::app::App;
use super::super::super::icon::{Icon, icon};
use super::super::super::message::Message;
use super::super::super::text;
use super::super::super::text::address_book as words;
use super::super::super::theme::{measure, space};
use super::super::super::widget::{Kind, field, label, secondary};
use super::super::button;
use super::super::connections::frame;
use crate::gui::words::say;
use crate::model::CardFormat;

/// Lines of what was skipped that are shown.
const SKIPPED: usize = 8;

pub fn address_book(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let state = &app.snapshot.book;
    let mut lines = column![].spacing(space::XS);
    for line in words::people(state) {
        lines = lines.push(secondary(c, line).color(c.text));
    }
    let mut parts = column![lines].spacing(space::L);
    let new = button(c, Kind::Secondary, None, words::NEW, Some(Message::Book(Book::New)));
    parts = parts.push(row![new, super::super::others::open(app)].spacing(space::S).wrap());
    let import = !app.book.import.trim().is_empty();
    let message = |message: Book, ready: bool| ready.then_some(Message::Book(message));
    let path = field(c, words::IMPORT_HINT, &app.book.import, |path| Message::Book(Book::ImportPath(path)));
    let actions = row![
        button(c, Kind::Secondary, None, words::IMPORT, message(Book::Import(false), import)),
        button(c, Kind::Secondary, None, words::IMPORT_DIRECTORY, message(Book::Import(true), import)),
    ]
    .spacing(space::S);
    let block =
        |heading: &'static str, path: iced::widget::TextInput<'static, Message>, actions: Element<'static, Message>| {
            column![label(c, heading), path, actions].spacing(space::XS + 2.0)
        };
    parts = parts.push(block(words::IMPORT_LABEL.text(), path, actions.wrap().into()));
    let export = !app.book.export.trim().is_empty() && state.people > 0;
    let path = field(c, words::IMPORT_HINT, &app.book.export, |path| Message::Book(Book::ExportPath(path)));
    let actions = row![
        button(c, Kind::Secondary, None, words::EXPORT, message(Book::Export(CardFormat::V4), export)),
        button(c, Kind::Secondary, None, words::EXPORT_3, message(Book::Export(CardFormat::V3), export)),
    ]
    .spacing(space::S);
    parts = parts.push(block(words::EXPORT_LABEL.text(), path, actions.wrap().into()));
    if let Some(report) = &app.book.report {
        parts = parts.push(told(app, report));
    }
    frame(c, parts)
}

fn told<'a>(app: &'a App, report: &'a Report) -> Element<'a, Message> {
    let c = app.colors();
    let (which, color, line) = match report {
        Report::Imported(report) if report.skipped.is_empty() => (Icon::Check, c.positive, words::imported(report)),
        Report::Imported(report) => (Icon::Info, c.warning, words::imported(report)),
        Report::Exported(people) => (Icon::Check, c.positive, say!("screen-people-written", count = *people)),
        Report::Failed(why) => (Icon::Warning, c.negative, why.to_string()),
    };
    let close = button(c, Kind::Ghost, None, text::DISMISS, Some(Message::Book(Book::CloseReport)));
    let head =
        row![icon(which, measure::ICON_SMALL, color), secondary(c, line).color(c.text).width(Length::Fill), close]
            .spacing(space::S)
            .align_y(Alignment::Center);
    let mut parts = column![head].spacing(space::XS);
    if let Report::Imported(report) = report {
        for (at, why) in report.skipped.iter().take(SKIPPED) {
            parts =
                parts.push(secondary(c, say!("screen-line", at = at.to_string(), why = crate::gui::words::told(why))));
        }
        let more = report.skipped.len().saturating_sub(SKIPPED) + report.more_skipped;
        if more > 0 {
            parts = parts.push(secondary(c, say!("screen-and-more", count = more)));
        }
    }
    parts.into()
}
