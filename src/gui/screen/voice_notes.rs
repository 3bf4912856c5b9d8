//! Voice messages: the bar while one is spoken, and the bubble of one that can be played.

use iced::widget::{column, container, row, slider, space as gap};
use iced::{Alignment, Background, Element, Length};

use super::super::app::App;
use super::super::files::Message as Files;
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::text::files as said;
use super::super::theme::{Colors, measure, radius, size, space};
use super::super::voice_notes::Message as Voice;
use super::super::widget::{Kind, level, line, press, wrapped};
use super::{button, icon_button};
use crate::model::{FileState, HttpsUrl, Jid, Message as Chatted, NoteSpeaking, NoteState, VOICE_NOTE_NAME, name_at};

/// How wide a voice message is.
const WIDTH: f32 = 260.0;
/// A step of the place in a voice message by the keyboard, milliseconds.
const STEP: u32 = 1_000;
/// How far its buttons go, milliseconds.
const JUMP_MS: u64 = 10_000;

fn voice(message: Voice) -> Message {
    Message::File(Files::Note(message))
}

/// What stands instead of the message field while somebody speaks.
pub fn bar<'a>(app: &'a App, jid: &Jid, speaking: &'a NoteSpeaking) -> Element<'a, Message> {
    let c = app.colors();
    let told = match (speaking.held, app.is_same(&speaking.to, jid)) {
        (true, true) => said::VOICE_HELD.to_owned(),
        (false, true) => said::VOICE_SPEAKING.to_owned(),
        (_, false) => said::voice_to(&app.name_of(&speaking.to)),
    };
    let mut state = row![icon(Icon::Mic, measure::ICON, if speaking.held { c.muted } else { c.negative })]
        .spacing(space::S)
        .align_y(Alignment::Center);
    state = state.push(line(said::clock(speaking.ms)).strong().shrink());
    if !speaking.held {
        state = state.push(level(c, app.meters.input, false));
    }
    if !app.tiny() {
        state = state.push(line(told).size(size::SECONDARY).color(c.muted));
    }
    let cancel = button(c, Kind::Secondary, None, said::VOICE_CANCEL, Some(voice(Voice::Cancel)));
    let send = button(c, Kind::Primary, Some(Icon::Send), said::SEND, Some(voice(Voice::Send)));
    let content = row![state.width(Length::Fill), cancel, send].spacing(space::S).align_y(Alignment::Center);
    let ground = container(content).padding([space::XS, space::S]).style(move |_| container::Style {
        background: Some(c.sunken.into()),
        border: iced::border::rounded(radius::LARGE),
        ..Default::default()
    });
    ground.into()
}

/// A voice message in its bubble.
pub fn in_bubble<'a>(app: &'a App, message: &'a Chatted, url: &HttpsUrl) -> Element<'a, Message> {
    let c = app.colors();
    let id = || message.id.clone();
    let playing = app.playing(&message.id);
    let plays = playing.is_some_and(|playing| playing.state == NoteState::Playing);
    let coming = playing.is_some_and(|playing| playing.state == NoteState::Coming);
    let (sign, told, does) = if plays {
        (Icon::Pause, said::VOICE_PAUSE, Some(voice(Voice::Pause)))
    } else {
        (Icon::Play, said::VOICE_PLAY, (!coming).then(|| voice(Voice::Play(id()))))
    };
    let play = icon_button(c, Kind::Primary, sign, told, does, measure::CALL_TARGET);
    let (at, of) = playing.map_or((0, 0), |playing| (playing.ms, playing.of_ms));
    let whole = u32::try_from(of.max(1)).unwrap_or(u32::MAX);
    let now = u32::try_from(at).unwrap_or(u32::MAX).min(whole);
    let place: Element<'a, Message> = if of > 0 {
        let name = id();
        slider(0..=whole, now, move |ms| voice(Voice::Seek(name.clone(), u64::from(ms))))
            .step(STEP.min(whole))
            .style(move |_, _| place_style(c))
            .into()
    } else {
        let track = container(gap()).width(Length::Fill).height(4.0);
        let track = track.style(move |_| container::Style { background: Some(c.outline.into()), ..Default::default() });
        container(track).center_y(measure::ICON).into()
    };
    let name = name_at(url);
    let called = if name.starts_with(VOICE_NOTE_NAME) { said::VOICE_SPEAKING.to_owned() } else { name };
    let told = match playing.map(|playing| &playing.state) {
        Some(NoteState::Coming) => said::VOICE_COMING.to_owned(),
        Some(_) if of > 0 => said::of(at, of),
        _ => called,
    };
    let mut under = row![line(told).size(size::SECONDARY).color(c.muted)].align_y(Alignment::Center);
    if of > 0 {
        // The toolkit's slider takes no focus: these reach every place by keyboard.
        let jump = |to: u64| Some(voice(Voice::Seek(id(), to.min(of))));
        let step = |word, to, name| {
            press(c, Kind::Ghost, line(word).size(size::META).color(c.link).shrink())
                .padding([2.0, space::S])
                .id(name)
                .on_press_maybe(jump(to))
        };
        under = under.push(step(said::VOICE_BACK, at.saturating_sub(JUMP_MS), "voice-back"));
        under = under.push(step(said::VOICE_ON, at.saturating_add(JUMP_MS), "voice-on"));
    }
    let mut parts = column![
        row![play, column![place, under].spacing(2.0).width(Length::Fill)].spacing(space::M).align_y(Alignment::Center)
    ]
    .spacing(space::S)
    .width(WIDTH);
    if let Some(NoteState::Failed(why)) = playing.map(|playing| &playing.state) {
        parts = parts.push(wrapped(c, why.to_string()).size(size::SECONDARY).color(c.negative));
        let download = Some(Message::File(Files::Download(id())));
        let known = app.transfer(&message.id).map(|transfer| &transfer.state);
        match known {
            Some(FileState::Done { path: Some(path) }) => {
                let open = Some(Message::File(Files::Open(path.clone())));
                parts = parts.push(button(c, Kind::Secondary, None, said::OPEN, open));
            }
            Some(state) if state.is_living() => {}
            _ => parts = parts.push(button(c, Kind::Secondary, None, said::DOWNLOAD, download)),
        }
    }
    parts.into()
}

fn place_style(c: &'static Colors) -> slider::Style {
    slider::Style {
        rail: slider::Rail {
            backgrounds: (Background::Color(c.accent), Background::Color(c.outline)),
            width: 4.0,
            border: iced::border::rounded(2.0),
        },
        handle: slider::Handle {
            shape: slider::HandleShape::Circle { radius: 7.0 },
            background: Background::Color(c.accent),
            border_width: 0.0,
            border_color: c.accent,
        },
    }
}
