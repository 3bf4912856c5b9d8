//! Pictures of messages: small in their bubble, and large over the page.

use iced::widget::{column, container, image, opaque, row, space as gap, stack};
use iced::{Alignment, ContentFit, Element, Length};

use super::super::app::App;
use super::super::files::Message as Files;
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::pictures::Message as Pictures;
use super::super::text::files as said;
use super::super::theme::{Colors, measure, radius, size, space};
use super::super::widget::{Kind, line, pane, press, wrapped};
use super::{button, icon_button};
use crate::model::{FileState, Message as Chatted, MessageId, PictureState, Thumb};

/// The box that a small picture fits into.
const SMALL: (f32, f32) = (280.0, 220.0);
/// A picture is at least so wide and high to press on.
const LEAST: f32 = 48.0;

/// The picture of a message, where it is here or comes; `None`: it is a file like others.
pub fn in_bubble<'a>(app: &'a App, message: &'a Chatted) -> Option<Element<'a, Message>> {
    let c = app.colors();
    // Who saves it sees how that goes.
    let saving = app.transfer(&message.id).is_some_and(|file| {
        file.state.is_living() || matches!(file.state, FileState::Failed { .. }) || file.direction == message.direction
    });
    match app.picture_state(&message.id)? {
        PictureState::Here(_) if !saving => {
            let (thumb, handle) = app.small_picture(&message.id)?;
            Some(small(c, &message.id, thumb, handle))
        }
        PictureState::Coming => {
            let words = line(said::COMING).size(size::SECONDARY).color(c.muted);
            Some(container(words).width(SMALL.0).center_y(LEAST).into())
        }
        PictureState::Failed(why) if app.transfer(&message.id).is_none() => Some(failed(c, &message.id, why, true)),
        PictureState::Unfit(why) if app.transfer(&message.id).is_none() => Some(failed(c, &message.id, why, false)),
        PictureState::Here(_) | PictureState::Offered | PictureState::Failed(_) | PictureState::Unfit(_) => None,
    }
}

fn small<'a>(c: &'static Colors, id: &MessageId, thumb: &Thumb, handle: &image::Handle) -> Element<'a, Message> {
    let (width, height) = fitted((thumb.width, thumb.height), SMALL);
    let picture = image(handle).width(width).height(height).content_fit(ContentFit::Cover).border_radius(radius::SMALL);
    let mut layers = stack![picture];
    if thumb.animated {
        let sign = container(icon(Icon::Play, measure::ICON, c.on_accent)).padding(space::S).style(move |_| {
            container::Style {
                background: Some(c.scrim.into()),
                border: iced::border::rounded(radius::ROUND),
                ..Default::default()
            }
        });
        layers = layers.push(super::hint(c, container(sign).center(Length::Fill), said::MOVES));
    }
    let open = Message::File(Files::Picture(Pictures::Open(id.clone())));
    press(c, Kind::Ghost, layers).padding(0.0).on_press(open).into()
}

fn failed<'a>(c: &'static Colors, id: &MessageId, why: &str, may_come: bool) -> Element<'a, Message> {
    let again = Message::File(Files::Picture(Pictures::Show(id.clone())));
    let download = Message::File(Files::Download(id.clone()));
    column![
        wrapped(c, why.to_owned()).size(size::SECONDARY).color(c.negative),
        row![]
            .push(may_come.then(|| button(c, Kind::Secondary, None, said::AGAIN, Some(again))))
            .push(button(c, Kind::Secondary, None, said::DOWNLOAD, Some(download)))
            .spacing(space::XS)
            .wrap(),
    ]
    .spacing(space::S)
    .width(SMALL.0)
    .into()
}

/// What fetches and shows a picture.
pub fn show<'a>(c: &'static Colors, id: MessageId) -> Element<'a, Message> {
    let show = Message::File(Files::Picture(Pictures::Show(id)));
    button(c, Kind::Secondary, None, said::SHOW_PICTURE, Some(show)).into()
}

/// Not larger than the box, in its own form, and large enough to be pressed.
fn fitted(whole: (u32, u32), most: (f32, f32)) -> (f32, f32) {
    let (width, height) = (whole.0.max(1) as f32, whole.1.max(1) as f32);
    let scale = (most.0 / width).min(most.1 / height).min(1.0);
    ((width * scale).max(LEAST), (height * scale).max(LEAST))
}

/// A picture that is looked at.
pub fn viewer(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let Some(viewer) = &app.files.pictures.viewer else { return gap().into() };
    let picture: Element<'_, Message> = match (&viewer.failed, viewer.frames.get(viewer.at)) {
        (Some(why), None) => container(wrapped(c, crate::gui::words::told(why))).max_width(measure::SHEET).into(),
        (_, Some((handle, _))) => image(handle).content_fit(ContentFit::ScaleDown).into(),
        (None, None) => line(said::COMING).color(c.muted).shrink().into(),
    };
    let picture = container(picture).center(Length::Fill).padding(space::M);
    let file = |message| Some(Message::File(message));
    let mut words = column![line(viewer.name.clone()).strong()].width(Length::Fill);
    let told = match &viewer.failed {
        Some(why) if !viewer.frames.is_empty() => why.to_string(),
        _ if viewer.whole != (0, 0) => said::pixels(viewer.whole.0, viewer.whole.1),
        _ => String::new(),
    };
    if !told.is_empty() {
        words = words.push(line(told).size(size::META).color(c.muted));
    }
    let mut acts = row![].spacing(space::XS).align_y(Alignment::Center);
    if viewer.frames.len() > 1 {
        let (sign, told) = if viewer.plays { (Icon::Pause, said::STOP) } else { (Icon::Play, said::PLAY) };
        let play = file(Files::Picture(Pictures::Play(!viewer.plays)));
        acts = acts.push(icon_button(c, Kind::Ghost, sign, told, play, measure::CALL_TARGET));
    }
    match app.transfer(&viewer.id).map(|transfer| &transfer.state) {
        Some(FileState::Done { path: Some(path) }) => {
            let folder = file(Files::Folder(path.clone()));
            acts = acts.push(button(c, Kind::Secondary, None, said::FOLDER, folder));
        }
        Some(state) if state.is_living() => {
            acts = acts.push(button(c, Kind::Secondary, None, said::SAVE, None));
        }
        _ => {
            let save = file(Files::Download(viewer.id.clone()));
            acts = acts.push(button(c, Kind::Secondary, None, said::SAVE, save));
        }
    }
    let close = Some(Message::Lay(None));
    acts = acts.push(icon_button(c, Kind::Ghost, Icon::Close, said::DISMISS, close, measure::CALL_TARGET));
    let bar = row![words, acts].spacing(space::M).align_y(Alignment::Center).padding([space::S, space::L]);
    let all = column![pane(c.raised, bar).width(Length::Fill), picture];
    opaque(pane(c.surface, all).width(Length::Fill).height(Length::Fill))
}
