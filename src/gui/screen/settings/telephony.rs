//! Recordings, and what each line of the phone service is told: voicemail, digits, whose phones are watched.

use iced::widget::{column, row};
use iced::{Alignment, Element, Length};

use super::super::super::app::App;
use super::super::super::message::Message;
use super::super::super::telephone::Message as Telephone;
use super::super::super::text::telephony as words;
use super::super::super::text::{address_book, telephone};
use super::super::super::theme::{measure, size, space};
use super::super::super::widget::{Kind, field, lamp, line, secondary, strong};
use super::super::connections::frame;
use super::super::{button, icon_button};
use super::ordinary::{Choice, Known, one, rows};
use crate::config::Setting;
use crate::model::{LampView, Service};

const RECORDING: &[Known] = &[
    ("recording.folder", "setting-recordings-go-into", Choice::Typed("/home/you/Recordings")),
    (
        "recording.format",
        "setting-they-are-written-as",
        Choice::Words(&[("opus", "setting-opus-30-mb-an-hour"), ("wav", "setting-wav-690-mb-an-hour")]),
    ),
    (
        "recording.channels",
        "setting-you-and-the-others",
        Choice::Words(&[("stereo", "setting-left-and-right"), ("mixed", "setting-together")]),
    ),
    ("recording.beep", "setting-a-tone-that-everybody-hears", Choice::Flag),
    ("recording.sentence", "setting-what-you-are-reminded-to-say", Choice::Typed("setting-i-am-recording-this-call")),
];

/// Keys of a voice account.
const LINE: &[Known] = &[
    ("voicemail", "setting-called-to-listen-to-voice-messages", Choice::Typed("*97")),
    (
        "voicemail-notice",
        "setting-waiting-messages-are-known",
        Choice::Words(&[
            ("auto", "setting-by-asking"),
            ("unsolicited", "setting-when-the-service-says-so"),
            ("off", "setting-not-at-all"),
        ]),
    ),
    (
        "dtmf",
        "setting-digits-in-a-call-are-sent",
        Choice::Words(&[
            ("auto", "setting-as-the-other-side-takes-them"),
            ("rfc4733", "setting-as-events-rfc-4733"),
            ("info", "setting-by-info"),
            ("inband", "setting-as-tones"),
        ]),
    ),
];

/// Where recordings go, and how they are made.
pub fn recording(app: &App) -> Option<Element<'_, Message>> {
    rows(app, RECORDING)
}

/// Voicemail and digits, line by line.
pub fn lines(app: &App) -> Option<Element<'_, Message>> {
    let c = app.colors();
    let voices: Vec<_> = app.snapshot.accounts.iter().filter(|account| account.service == Service::Voice).collect();
    let several = voices.len() > 1;
    let mut parts = column![].spacing(space::L);
    let mut any = false;
    for account in voices {
        if several {
            parts = parts.push(strong(c, address_book::bare(&account.address)));
        }
        for (key, name, choice) in LINE {
            let key = format!("voice[{}].{key}", account.id.as_str());
            let setting: Option<&Setting> = app.snapshot.settings.get(&key);
            any |= setting.is_some();
            parts = parts.push(setting.map(|setting| one(app, &key, name, choice, setting)));
        }
    }
    any.then(|| frame(c, parts))
}

/// Whose phones are watched; more are added by their number or address.
pub fn lamps(app: &App) -> Option<Element<'_, Message>> {
    let c = app.colors();
    if app.snapshot.accounts.iter().all(|account| account.service != Service::Voice) {
        return None;
    }
    let mut parts = column![secondary(c, words::LAMPS_BODY)].spacing(space::M);
    for one in app.snapshot.events.lamps.iter().filter(|one| one.listed) {
        parts = parts.push(watched(app, one));
    }
    let typed = &app.telephone.lamp;
    let add = (!typed.trim().is_empty()).then_some(Message::Telephone(Telephone::AddLamp));
    let input = field(c, words::LAMP_HINT, typed, |text| Message::Telephone(Telephone::LampTyped(text)))
        .id("lamp-field")
        .on_submit(Message::Telephone(Telephone::AddLamp));
    let add = button(c, Kind::Secondary, None, words::LAMP_ADD, add).id("lamp-add");
    parts = parts.push(row![input.width(Length::Fill), add].spacing(space::S).align_y(Alignment::Center));
    let contacts = rows(app, CONTACTS);
    Some(column![frame(c, parts)].push(contacts).spacing(space::M).into())
}

const CONTACTS: &[Known] = &[("calls.contact-lamps", "setting-contacts-of-your-own-phone-service", Choice::Flag)];

fn watched<'a>(app: &'a App, one: &'a LampView) -> Element<'a, Message> {
    let c = app.colors();
    let said = column![
        line(one.name.as_ref()).size(size::SECONDARY).strong(),
        line(format!("{} · {}", address_book::bare(&one.address), one.text)).size(size::META).color(c.muted)
    ];
    let end: Element<'a, Message> = if one.removable {
        let away = Telephone::Watch(one.address.clone(), Some(one.account.clone()), false);
        let word = telephone::UNWATCH;
        icon_button(
            c,
            Kind::Ghost,
            super::super::super::icon::Icon::Close,
            word,
            Some(Message::Telephone(away)),
            measure::TARGET,
        )
    } else {
        secondary(c, words::LAMP_CONFIGURED).into()
    };
    row![lamp(c, one.state, c.surface), said.width(Length::Fill), end]
        .spacing(space::M)
        .align_y(Alignment::Center)
        .into()
}
