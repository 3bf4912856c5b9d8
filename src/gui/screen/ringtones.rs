//! Ringtones to choose from: each is heard when it is chosen.

use iced::Element;
use iced::widget::{column, row};

use super::super::app::App;
use super::super::message::Message;
use super::super::sound::Message as Sound;
use super::super::text::devices as words;
use super::super::theme::space;
use super::super::widget::{Kind, label};
use super::button;
use crate::account::RingtoneScope;
use crate::model::Ringtone;

/// The choice for everybody, an account or a person; but for everybody, one may leave it to the wider choice.
pub fn choice<'a>(app: &'a App, heading: String, scope: &RingtoneScope) -> Element<'a, Message> {
    let c = app.colors();
    let chosen = app.snapshot.ringtones.chosen(scope);
    let one = |word, tone: Option<Ringtone>, on: bool| {
        let kind = if on { Kind::On } else { Kind::Secondary };
        let id = tone.map_or("ringtone-default", |tone| words::ringtone_id(tone));
        button(c, kind, None, word, Some(Message::Sound(Sound::Ringtone(scope.clone(), tone)))).id(id)
    };
    let mut tones = row![].spacing(space::S);
    if *scope != RingtoneScope::Device {
        tones = tones.push(one(words::RINGTONE_DEFAULT, None, chosen.is_none()));
    }
    // For everybody there is always one.
    let chosen = if *scope == RingtoneScope::Device { chosen.or(Some(Ringtone::default())) } else { chosen };
    for tone in Ringtone::ALL {
        tones = tones.push(one(words::ringtone(tone), Some(tone), chosen == Some(tone)));
    }
    column![label(c, heading), tones.wrap().vertical_spacing(space::S)].spacing(space::S).into()
}
