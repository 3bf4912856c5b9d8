//! People with several addresses: where messages go, the list of the addresses, and the sheet that joins two.

use iced::widget::{column, row, space as gap};
use iced::{Alignment, Element, Length};

use super::super::app::{App, name};
use super::super::contacts::{Field, Message as Contacts, Sheet};
use super::super::message::Message;
use super::super::text;
use super::super::text::contacts as words;
use super::super::theme::{size, space};
use super::super::widget::{Kind, field, label, line, press, secondary, title};
use super::button;
use crate::account::ContactRequest;
use crate::model::Jid;

/// People that are offered at once; typing narrows them down.
const MOST_OFFERED: usize = 6;

fn tell(message: Contacts) -> Message {
    Message::Contact(message)
}

/// Which of a person's addresses is written to.
pub fn written_to<'a>(app: &'a App, jid: &'a Jid) -> Option<Element<'a, Message>> {
    let c = app.colors();
    let all = app.addresses_of(jid);
    if all.is_empty() {
        return None;
    }
    let to = app.writes_to(jid);
    let mut parts = row![line(words::WRITES_TO).size(size::META).color(c.muted).shrink()]
        .spacing(space::XS)
        .align_y(Alignment::Center);
    for address in all {
        let kind = if *address == to { Kind::On } else { Kind::Ghost };
        let content = line(address.shown()).size(size::META).shrink();
        let one = press(c, kind, content).padding([2.0, space::S]).on_press(tell(Contacts::WriteTo(address.clone())));
        parts = parts.push(one);
    }
    Some(parts.wrap().into())
}

/// The addresses of a person, and the way to join and to part them.
pub fn details<'a>(app: &'a App, jid: &'a Jid) -> Option<Element<'a, Message>> {
    let c = app.colors();
    if !jid.is_reachable() || jid.is_made_up() || jid.is_sip() {
        return None;
    }
    let mut parts = column![label(c, words::SAME)].spacing(space::S);
    for address in app.addresses_of(jid) {
        let shown = app.people.contact(&app.snapshot, address).map(|contact| text::show(contact.presence.show));
        let about = column![line(address.shown()).size(size::SECONDARY)]
            .push(shown.map(|shown| line(shown).size(size::META).color(c.muted)))
            .width(Length::Fill);
        let part = tell(Contacts::Ask(ContactRequest::AnotherPerson(address.clone())));
        let part = button(c, Kind::Secondary, None, words::ANOTHER, Some(part));
        parts = parts.push(row![about, part].spacing(space::S).align_y(Alignment::Center));
    }
    let join = Some(tell(Contacts::Show(Sheet::Same(jid.clone()))));
    Some(parts.push(button(c, Kind::Secondary, None, words::SAME_AS, join)).into())
}

/// Who else somebody is: nobody is offered because of a name alone, the user types and chooses.
pub fn sheet<'a>(app: &'a App, jid: &'a Jid) -> iced::widget::Column<'a, Message> {
    let c = app.colors();
    let typed = field(c, words::SAME_HINT, &app.contacts.name, |text| tell(Contacts::Typed(Field::Name, text)))
        .id(name::SHEET_FIELD);
    let query = app.contacts.name.trim().to_lowercase();
    let fits = |contact: &&std::sync::Arc<crate::model::Contact>| {
        let other = contact.jid.is_reachable() && !app.is_same(&contact.jid, jid);
        other && (contact.name.to_lowercase().contains(&query) || contact.jid.as_str().contains(&query))
    };
    let mut offered = column![].spacing(space::XS);
    let mut any = false;
    if !query.is_empty() {
        for contact in app.snapshot.contacts.iter().filter(fits).take(MOST_OFFERED) {
            any = true;
            let about = column![
                line(contact.name.to_string()).strong(),
                line(contact.jid.shown()).size(size::SECONDARY).color(c.muted)
            ];
            let same = tell(Contacts::Same(jid.clone(), contact.jid.clone()));
            offered = offered.push(
                press(c, Kind::Row(false), about).padding([space::XS, space::S]).width(Length::Fill).on_press(same),
            );
        }
        if !any {
            offered = offered.push(secondary(c, words::SAME_NOBODY));
        }
    }
    let cancel = button(c, Kind::Secondary, None, text::CANCEL, Some(Message::Lay(None)));
    let middle = column![secondary(c, jid.shown()), secondary(c, words::SAME_BODY), typed, offered];
    // It scrolls where the window is low: the way out stays in sight.
    let middle = super::rooms::scrolled(app, middle.spacing(space::M).padding(iced::Padding::ZERO.right(space::M)));
    column![title(c, words::SAME_TITLE), middle].push(row![gap().width(Length::Fill), cancel])
}
