//! What the server keeps of the user's messages: for each account what holds, what that means, and another choice.

use iced::Element;
use iced::widget::{column, row};

use super::super::super::app::App;
use super::super::super::message::Message;
use super::super::super::text::settings as text;
use super::super::super::theme::{size, space};
use super::super::super::widget::{Kind, label, press, secondary};
use super::super::connections::frame;
use crate::account::{ArchiveView, OwnRequest, Request};
use crate::gui::words::told;
use crate::model::ArchiveKeeps;

/// Nothing before a server was asked.
pub fn archive(app: &App) -> Option<Element<'_, Message>> {
    let views = &app.snapshot.archives;
    if views.is_empty() {
        return None;
    }
    let several = views.len() > 1;
    let parts = views.iter().map(|view| one(app, view, several));
    Some(frame(app.colors(), column(parts).spacing(space::L)))
}

fn one<'a>(app: &'a App, view: &'a ArchiveView, named: bool) -> Element<'a, Message> {
    let c = app.colors();
    let mut parts = column![].spacing(space::S);
    if named {
        parts = parts.push(label(c, view.address.as_str()));
    }
    let Some(known) = &view.preferences else {
        let words = match &view.problem {
            Some(problem) if !view.busy => told(problem).into_owned(),
            _ => text::ARCHIVE_READING.text().to_owned(),
        };
        return parts.push(secondary(c, words)).into();
    };
    let free = !view.busy && app.snapshot.reachable.chat;
    let choice = |keeps: ArchiveKeeps| {
        let chosen = known.keeps == keeps;
        let request = Request::Own(OwnRequest::Archive(Some(view.account.clone()), Some(keeps)));
        let words = iced::widget::text(text::archive_keeps(keeps)).size(size::SECONDARY);
        press(c, Kind::Row(chosen), words.color(if free { c.text } else { c.muted }))
            .padding([space::S, space::M])
            .on_press_maybe((free && !chosen).then_some(Message::Do(request)))
            .into()
    };
    parts = parts.push(row(ArchiveKeeps::ALL.map(choice)).spacing(space::XS).wrap());
    parts = parts.push(secondary(c, text::archive_means(known.keeps)));
    if let Some(exceptions) = text::archive_exceptions(known.always, known.never) {
        parts = parts.push(secondary(c, exceptions));
    }
    if let Some(problem) = view.problem.as_ref().filter(|_| !view.busy) {
        parts = parts.push(secondary(c, told(problem).into_owned()).color(c.warning));
    }
    parts.into()
}
