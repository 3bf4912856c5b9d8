//! Files: in a bubble, on their way over the message field, and the sheet that asks which one.

use iced::widget::{column, container, image, row, space as gap};
use iced::{Alignment, Element, Length};

use super::super::app::{App, name};
pub use super::super::files::Sheet;
use super::super::files::{Message as Files, PastedWhat, opens};
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::text;
use super::super::text::files as said;
use super::super::theme::{Colors, measure, radius, size, space};
use super::super::widget::{Kind, card, field, line, pane, secondary, title, wrapped};
use super::{button, icon_button};
use crate::model::{
    FileState, FileTransfer, HttpsUrl, Jid, Message as Chatted, media_type, name_at, plays_as_note, shows_as_picture,
};

/// The height that a pasted picture takes at most.
const TALLEST_PASTED: f32 = 320.0;
/// And at least, however low the window is.
const LOWEST_PASTED: f32 = 80.0;
/// What the heading, the buttons and the edges around it take.
const AROUND_PASTED: f32 = 240.0;
/// Names of pasted files that are listed.
const MOST_NAMES: usize = 8;
/// How wide the words about a file are at least, so that nothing jumps while numbers run.
const WIDTH: f32 = 260.0;

/// The file that a message brings: its name, where it is, and what can be done.
pub fn in_bubble<'a>(app: &'a App, message: &'a Chatted, url: &HttpsUrl) -> Element<'a, Message> {
    let c = app.colors();
    let picture = shows_as_picture(media_type(&name_at(url)));
    if picture && let Some(shown) = super::pictures::in_bubble(app, message) {
        return shown;
    }
    if plays_as_note(media_type(&name_at(url))) {
        return super::voice_notes::in_bubble(app, message, url);
    }
    let transfer = app.transfer(&message.id);
    let failed = transfer.is_some_and(|file| matches!(file.state, FileState::Failed { .. }));
    let about = transfer.map_or_else(|| said::from(url), said::progress);
    let color = if failed { c.negative } else { c.muted };
    let words = column![
        wrapped(c, transfer.map_or_else(|| name_at(url), |file| file.name.to_string())),
        wrapped(c, about).size(size::SECONDARY).color(color),
    ]
    .spacing(2.0)
    .width(Length::Fill);
    let sign = icon(Icon::File, measure::ICON, c.accent);
    let mut parts = column![row![sign, words].spacing(space::S)].spacing(space::S).width(WIDTH);
    if let Some(file) = transfer.filter(|file| file.state.is_living()) {
        parts = parts.push(bar(c, file));
    }
    let file = |message| Some(Message::File(message));
    let id = || message.id.clone();
    let mut acts = row![].spacing(space::XS);
    match transfer.map(|file| &file.state) {
        None => {
            if picture {
                acts = acts.push(super::pictures::show(c, id()));
            }
            acts = acts.push(button(c, Kind::Secondary, None, said::DOWNLOAD, file(Files::Download(id()))));
        }
        Some(FileState::Failed { .. }) => {
            acts = acts.push(button(c, Kind::Secondary, None, said::AGAIN, file(Files::Download(id()))));
        }
        Some(FileState::Preparing | FileState::Running) => {
            acts = acts.push(button(c, Kind::Secondary, None, text::CANCEL, file(Files::Cancel(id()))));
        }
        Some(FileState::Done { path: Some(path) }) => {
            if opens(path) {
                acts = acts.push(button(c, Kind::Secondary, None, said::OPEN, file(Files::Open(path.clone()))));
            }
            acts = acts.push(button(c, Kind::Secondary, None, said::FOLDER, file(Files::Folder(path.clone()))));
        }
        Some(FileState::Done { path: None }) => {}
    }
    parts.push(acts.wrap()).into()
}

/// How much of it went.
fn bar<'a>(c: &'static Colors, file: &FileTransfer) -> Element<'a, Message> {
    let size = file.size.unwrap_or_default().max(1);
    let percent = u16::try_from(file.done.min(size) * 100 / size).unwrap_or(100);
    let part = |share: u16, color| pane(color, gap().width(Length::Fill).height(4.0)).width(Length::FillPortion(share));
    let mut parts = row![].width(Length::Fill);
    if percent > 0 {
        parts = parts.push(part(percent, c.accent));
    }
    if percent < 100 {
        parts = parts.push(part(100 - percent, c.line));
    }
    parts.into()
}

/// What is on its way to somebody, and what could not go.
pub fn strip<'a>(app: &'a App, jid: &'a Jid) -> Option<Element<'a, Message>> {
    let c = app.colors();
    let mut all = column![].spacing(space::XS);
    let mut any = false;
    for file in app.outgoing_files(jid) {
        any = true;
        let failed = matches!(file.state, FileState::Failed { .. });
        let color = if failed { c.negative } else { c.muted };
        let mut words = column![
            line(file.name.to_string()).strong(),
            wrapped(c, said::progress(file)).size(size::SECONDARY).color(color),
        ]
        .spacing(2.0)
        .width(Length::Fill);
        if file.state.is_living() {
            words = words.push(bar(c, file));
        }
        let (told, message) = if failed {
            (said::DISMISS, Files::Forget(file.id.clone()))
        } else {
            (text::CANCEL, Files::Cancel(file.id.clone()))
        };
        let end = icon_button(c, Kind::Ghost, Icon::Close, told, Some(Message::File(message)), measure::TARGET);
        let mut content_acts = row![].spacing(space::XS);
        if failed {
            let again = Some(Message::File(Files::Again(file.id.clone())));
            content_acts = content_acts.push(button(c, Kind::Secondary, None, said::AGAIN, again));
        }
        let sign = icon(if failed { Icon::Warning } else { Icon::File }, measure::ICON, color);
        let content = row![sign, words, content_acts, end].spacing(space::M).align_y(Alignment::Center);
        all = all.push(container(content).padding([space::XS, space::M]).style(move |_| container::Style {
            background: Some(c.sunken.into()),
            border: iced::border::rounded(radius::LARGE),
            ..Default::default()
        }));
    }
    any.then(|| all.into())
}

/// Which file is to be sent, or whether what was pasted goes.
pub fn sheet<'a>(app: &'a App, which: &Sheet) -> Element<'a, Message> {
    let c = app.colors();
    let parts = match which {
        Sheet::Path | Sheet::Picture(_) => {
            let typed = field(c, said::PATH, &app.files.path, |path| Message::File(Files::Typed(path)))
                .id(name::SHEET_FIELD)
                .on_submit(Message::File(Files::Send));
            let send = (!app.files.path.trim().is_empty()).then_some(Message::File(Files::Send));
            column![title(c, said::TITLE), typed, secondary(c, said::BODY), actions(c, send)]
        }
        Sheet::Pasted => match app.files.pasted.as_ref().map(|pasted| &pasted.what) {
            Some(PastedWhat::Picture(_, handle)) => {
                let shown = image(handle).content_fit(iced::ContentFit::ScaleDown).border_radius(radius::SMALL);
                let shown = container(shown)
                    .center_x(Length::Fill)
                    .max_height((app.size.height - AROUND_PASTED).clamp(LOWEST_PASTED, TALLEST_PASTED));
                column![title(c, said::PASTED_PICTURE), shown, actions(c, Some(Message::File(Files::SendPasted)))]
            }
            Some(PastedWhat::Files(paths)) => {
                let heading = if paths.len() == 1 { said::PASTED_FILE } else { said::PASTED_FILES };
                let mut names = column![].spacing(space::XS);
                for path in paths.iter().take(MOST_NAMES) {
                    let name = std::path::Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned());
                    names = names.push(wrapped(c, crate::model::safe_name(&name.unwrap_or_default())));
                }
                if paths.len() > MOST_NAMES {
                    names = names.push(wrapped(c, "…"));
                }
                column![title(c, heading), names, actions(c, Some(Message::File(Files::SendPasted)))]
            }
            None => column![title(c, said::TITLE), actions(c, None)],
        },
    };
    card(c, space::XL, Length::Fill, parts.spacing(space::M))
}

fn actions<'a>(c: &'static Colors, send: Option<Message>) -> Element<'a, Message> {
    let send = button(c, Kind::Primary, None, said::SEND, send);
    row![gap().width(Length::Fill), button(c, Kind::Secondary, None, text::CANCEL, Some(Message::Lay(None))), send]
        .spacing(space::S)
        .into()
}
