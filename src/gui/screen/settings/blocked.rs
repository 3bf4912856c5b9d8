//! Who is blocked, and the way to take it back.

use iced::widget::{column, row};
use iced::{Alignment, Element, Length};

use super::super::super::app::App;
use super::super::super::contacts::Message as Contacts;
use super::super::super::message::Message;
use super::super::super::text::contacts as words;
use super::super::super::theme::{size, space};
use super::super::super::widget::{Kind, line, secondary};
use super::super::button;
use super::super::connections::frame;
use crate::account::ContactRequest;
use crate::gui::words::say;

/// So many are shown; the rest is found by their conversation, or with the command line.
const MOST_SHOWN: usize = 50;

/// One line each; nothing where nobody is blocked.
pub fn blocked(app: &App) -> Option<Element<'_, Message>> {
    let c = app.colors();
    let people = &app.snapshot.blocked.people;
    if people.is_empty() {
        return None;
    }
    let mut parts = column![].spacing(space::S);
    for jid in people.iter().take(MOST_SHOWN) {
        let back = app.snapshot.blocked.available;
        let back = back.then(|| Message::Contact(Contacts::Ask(ContactRequest::Unblock(jid.clone()))));
        let shown = match jid.local() {
            Some(_) => jid.shown(),
            None => say!("screen-everybody-of", address = jid.to_string()),
        };
        let known = app.people.contact(&app.snapshot, jid).map(|contact| contact.name.to_string());
        let mut texts = column![].spacing(2.0).width(Length::Fill);
        if let Some(name) = known {
            texts = texts.push(line(name).strong());
        }
        let texts = texts.push(line(shown).size(size::SECONDARY).color(c.muted));
        let row = row![texts, button(c, Kind::Ghost, None, words::UNBLOCK, back)];
        parts = parts.push(row.spacing(space::S).align_y(Alignment::Center));
    }
    if people.len() > MOST_SHOWN {
        parts = parts.push(secondary(c, say!("screen-and-more-people", count = people.len() - MOST_SHOWN)));
    }
    Some(frame(c, parts))
}
