//! Settings: one file for each section, in the order in which they stand on the page.

mod accounts;
mod address_book;
mod administrator;
mod all_keys;
mod answering;
mod archive;
mod blocked;
mod card;
mod devices;
mod dial_plan;
mod exceptions;
mod login;
mod ordinary;
mod paths;
mod reach;
mod relations;
mod status;
mod telephony;

pub use card::publish;
use iced::Element;
use iced::widget::{column, row};
pub use ordinary::note;
pub use status::status;

use super::super::app::{App, Overlay};
use super::super::message::Message;
use super::super::text;
use super::super::theme::{measure, size, space};
use super::super::topics::{self, Topic};
use super::super::widget::{Kind, line, press};
use super::{button, page, section};

pub fn view(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let topics = row(Topic::ALL.map(|topic| {
        let chosen = app.topics.topic == topic;
        let word = line(topic.name()).size(size::SECONDARY).color(if chosen { c.text } else { c.muted }).shrink();
        press(c, Kind::Row(chosen), word)
            .padding([0.0, space::M])
            .height(measure::TARGET)
            .on_press(Message::Topics(topics::Message::Show(topic)))
            .into()
    }));
    let mut body = column![topics.spacing(space::XS).wrap()].spacing(space::XL);
    let wanted = app.topics.topic;
    for (topic, heading, part) in sections(app) {
        // The keys one by one are for those who look for them.
        if topic == wanted || (wanted == Topic::Everything && topic != Topic::Advanced) {
            body = body.push(part.map(|part| section(c, heading, part)));
        }
    }
    let shortcuts = button(c, Kind::Secondary, None, text::SHORTCUTS, Some(Message::Lay(Some(Overlay::Shortcuts))));
    let shows = matches!(app.topics.topic, Topic::Everything | Topic::Window | Topic::Advanced);
    page(app, text::SETTINGS.text(), body.push(shows.then_some(shortcuts)))
}

/// A section: of which topic, its heading, and what it shows; nothing where it does not apply.
type Section<'a> = (Topic, &'static str, Option<Element<'a, Message>>);

/// Every section, in the order in which they stand on the page.
fn sections(app: &App) -> Vec<Section<'_>> {
    use Topic::{Accounts, Advanced, Calls, Contacts, Notifications, Numbers, Privacy, Sound, Window, You};
    vec![
        (You, text::PRESENCE.text(), Some(status(app))),
        (Accounts, text::settings::ADMINISTRATOR.text(), administrator::administrator(app)),
        (Sound, text::DEVICES.text(), Some(devices::devices(app))),
        (Sound, text::settings::CALLS_AND_SOUND.text(), ordinary::calls(app)),
        (Calls, text::answering::SECTION.text(), answering::answering(app)),
        (Calls, text::paths::SECTION.text(), paths::paths(app)),
        (Calls, text::telephony::RECORDINGS.text(), telephony::recording(app)),
        (Calls, text::telephony::LINES.text(), telephony::lines(app)),
        (Calls, text::telephone::PHONES.text(), telephony::lamps(app)),
        (Privacy, text::address_book::CALLERS.text(), ordinary::callers(app)),
        (Privacy, text::contacts::BLOCKED_PEOPLE.text(), blocked::blocked(app)),
        (Privacy, text::talk::MESSAGES.text(), ordinary::messages(app)),
        (Privacy, text::settings::ARCHIVE.text(), archive::archive(app)),
        (Notifications, text::notes::SECTION.text(), ordinary::notifications(app)),
        (Accounts, text::topics::YOUR_ACCOUNTS.text(), Some(accounts::accounts(app))),
        (Accounts, text::TOGETHER.text(), ordinary::connection(app)),
        (Window, text::APPEARANCE.text(), ordinary::window(app)),
        (Window, text::tray::SECTION.text(), ordinary::desktop(app)),
        (Window, text::login::SECTION.text(), login::login(app)),
        (Contacts, text::address_book::TITLE.text(), Some(address_book::address_book(app))),
        (You, text::card::ELSEWHERE.text(), Some(reach::elsewhere(app))),
        (You, text::card::CARD.text(), Some(card::card(app))),
        (Accounts, text::EXCEPTIONS.text(), exceptions::exceptions(app)),
        (Accounts, text::numbers::RELATIONS.text(), relations::relations(app)),
        (Numbers, text::topics::DIAL_PLAN.text(), dial_plan::plan(app)),
        (Numbers, text::topics::TRY_NUMBER.text(), Some(dial_plan::tried(app))),
        (Advanced, text::topics::ALL_KEYS.text(), Some(all_keys::all_keys(app))),
    ]
}
