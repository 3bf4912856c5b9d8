//! The message field: Enter sends, Shift+Enter breaks the line, drafts stay with their conversation.

use iced::keyboard::{self, key::Named};
use iced::widget::{column, container, row, text_editor};
use iced::{Alignment, Background, Border, Element, Length};

use super::super::app::{App, name};
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::talk::{Compose, Message as Talk, PickFor};
use super::super::text;
use super::super::text::talk as said;
use super::super::theme::{REGULAR, measure, radius, size, space};
use super::super::widget::{Kind, line, secondary, steady};
use super::icon_button;
use crate::model::{ConnectionState, Jid, MessageDirection, Service};

/// The field grows up to this height, then scrolls.
const TALLEST: f32 = 168.0;

pub fn view<'a>(app: &'a App, jid: &'a Jid) -> Element<'a, Message> {
    let c = app.colors();
    if !jid.is_reachable() {
        return container(secondary(c, text::address_book::NO_CHAT)).padding([space::M, space::L]).into();
    }
    let draft = app.chats.get(jid).map_or(&app.composer_idle, |chat| &chat.draft);
    let completes = app.completes_name(draft);
    let field = text_editor(draft)
        .id(name::COMPOSER)
        .placeholder(text::MESSAGE_HINT)
        .on_action(Message::Edit)
        .key_binding(match (draft.text().trim().is_empty(), completes) {
            (true, _) => binding_empty,
            (false, true) => binding_names,
            (false, false) => binding,
        })
        .font(REGULAR)
        .size(size::BODY)
        .line_height(1.4)
        .padding([space::S, space::M])
        .height(Length::Shrink)
        .max_height(TALLEST)
        .wrapping(iced::widget::text::Wrapping::WordOrGlyph)
        .style(move |_, status| {
            let (line, width) = match status {
                text_editor::Status::Focused { .. } => (c.focus, 1.5),
                text_editor::Status::Hovered => (c.muted, 1.0),
                _ => (c.outline, 1.0),
            };
            text_editor::Style {
                background: Background::Color(c.surface),
                border: Border { color: line, width, radius: radius::LARGE.into() },
                placeholder: c.muted,
                value: c.text,
                selection: c.accent.scale_alpha(0.3),
            }
        });
    let something = !draft.text().trim().is_empty();
    let kind = if something { Kind::Primary } else { Kind::Ghost };
    let send = something.then_some(Message::SendDraft);
    let mut send = icon_button(c, kind, Icon::Send, text::SEND, send, measure::CALL_TARGET);
    let mut parts = column![].spacing(space::XS).width(Length::Fill);
    let carrier = if jid.is_sip() { Service::Voice } else { Service::Chat };
    let chat_online = app
        .snapshot
        .accounts
        .iter()
        .any(|account| account.service == carrier && account.state == ConnectionState::Online);
    if !chat_online {
        parts = parts.push(
            container(secondary(c, if jid.is_sip() { text::OFFLINE_SIP } else { text::OFFLINE_SEND }))
                .padding([0.0, space::M]),
        );
    }
    if let Some((_, query)) = &app.talk.picker {
        parts = parts.push(super::picker::view(app, query));
    }
    if let Some(strip) = super::files::strip(app, jid) {
        parts = parts.push(strip);
    }
    if let Some(bar) = mode(app, jid) {
        parts = parts.push(bar);
    }
    if let Some(addresses) = super::same_person::written_to(app, jid) {
        parts = parts.push(addresses);
    }
    if let Some(speaking) = &app.snapshot.notes.speaking {
        parts = parts.push(super::voice_notes::bar(app, jid, speaking));
    }
    let mut line = row![].spacing(space::S).align_y(Alignment::End);
    if !jid.is_sip() {
        // In an empty field there is nothing to send: what can be said instead is spoken.
        if !something && chat_online && app.snapshot.notes.speaking.is_none() {
            let speak = Message::File(super::super::files::Message::Note(super::super::voice_notes::Message::Record));
            let told = text::files::VOICE_RECORD;
            send = icon_button(c, Kind::Ghost, Icon::Mic, told, Some(speak), measure::CALL_TARGET);
        }
        let choose = chat_online.then_some(Message::File(super::super::files::Message::Choose));
        line = line.push(icon_button(c, Kind::Ghost, Icon::Attach, text::files::ATTACH, choose, measure::CALL_TARGET));
    }
    if !app.tiny() {
        let open = Some(Message::Talk(Talk::Picker(Some(PickFor::Draft))));
        let kind = if app.talk.picker.is_some() { Kind::On } else { Kind::Ghost };
        line = line.push(icon_button(c, kind, Icon::Smile, said::EMOJI, open, measure::CALL_TARGET));
    }
    parts = parts.push(line.push(steady(field)).push(send));
    let side = if app.narrow() { space::M } else { space::XL };
    let parts = column![typing(app, jid), parts];
    container(parts).padding(iced::Padding { top: 0.0, right: side, bottom: space::L, left: side }).into()
}

/// Who writes, in a line that is there in any case: nothing moves when somebody begins.
fn typing<'a>(app: &'a App, jid: &'a Jid) -> Element<'a, Message> {
    let c = app.colors();
    let writes = app.snapshot.typing.iter().any(|who| app.is_same(who, jid));
    let words = if writes { said::writes(&app.name_of(jid)) } else { String::new() };
    container(line(words).size(size::META).color(c.muted)).height(size::META * 1.5).padding([0.0, space::M]).into()
}

/// What the field is for, where that is not a new message, and the way back.
fn mode<'a>(app: &'a App, jid: &'a Jid) -> Option<Element<'a, Message>> {
    let c = app.colors();
    let chat = app.chats.get(jid)?;
    let (which, heading, quoted) = match &chat.compose {
        Compose::New => return None,
        Compose::Answer(id) => {
            let message = chat.message(id)?;
            let whom = said::author(message.direction, &app.called(message));
            (Icon::Reply, said::answering(&whom), Some(message.body.as_ref()))
        }
        Compose::Edit(id, _) => {
            let message = chat.message(id)?;
            (Icon::Edit, said::EDITING.to_owned(), Some(message.body.as_ref()))
        }
    };
    let mut words = column![line(heading).size(size::SECONDARY).strong().color(c.link)].width(Length::Fill);
    if let Some(quoted) = quoted {
        let short = text::preview(MessageDirection::In, quoted);
        words = words.push(line(short).size(size::SECONDARY).color(c.muted));
    }
    let close = Some(Message::Talk(Talk::LetGo));
    let close = icon_button(c, Kind::Ghost, Icon::Close, text::CANCEL, close, measure::TARGET);
    let content = row![icon(which, measure::ICON, c.link), words, close].spacing(space::M).align_y(Alignment::Center);
    let bar = container(content).padding([space::XS, space::M]).style(move |_| container::Style {
        background: Some(c.sunken.into()),
        border: iced::border::rounded(radius::LARGE),
        ..Default::default()
    });
    Some(bar.into())
}

/// In an empty field the arrow upwards changes the last message.
fn binding_empty(press: text_editor::KeyPress) -> Option<text_editor::Binding<Message>> {
    let plain = !press.modifiers.alt() && !press.modifiers.control() && !press.modifiers.shift();
    let focused = matches!(press.status, text_editor::Status::Focused { .. });
    if focused && plain && press.key == keyboard::Key::Named(Named::ArrowUp) {
        return Some(text_editor::Binding::Custom(Message::Talk(Talk::EditLast)));
    }
    binding(press)
}

/// In a room, behind the beginning of somebody's name: Tab writes the rest.
fn binding_names(press: text_editor::KeyPress) -> Option<text_editor::Binding<Message>> {
    let focused = matches!(press.status, text_editor::Status::Focused { .. });
    if focused && press.modifiers.is_empty() && press.key == keyboard::Key::Named(Named::Tab) {
        return Some(text_editor::Binding::Custom(Message::Room(super::super::rooms::Message::Complete)));
    }
    binding(press)
}

fn binding(press: text_editor::KeyPress) -> Option<text_editor::Binding<Message>> {
    use text_editor::{Binding, Status};
    if !matches!(press.status, Status::Focused { .. }) {
        return None;
    }
    match &press.key {
        keyboard::Key::Named(Named::Enter) if press.modifiers.shift() && !press.modifiers.control() => {
            Some(Binding::Enter)
        }
        keyboard::Key::Named(Named::Enter) if press.modifiers.control() => None,
        keyboard::Key::Named(Named::Enter) => Some(Binding::Custom(Message::SendDraft)),
        // Alt and arrows change the conversation; control and shift act on the call.
        _ if press.modifiers.alt() && matches!(press.key, keyboard::Key::Named(_)) => None,
        // The field is rarely taller than a few lines: paging belongs to the messages.
        keyboard::Key::Named(Named::PageUp) => Some(Binding::Custom(Message::PageTimeline(true))),
        keyboard::Key::Named(Named::PageDown) => Some(Binding::Custom(Message::PageTimeline(false))),
        keyboard::Key::Named(Named::Escape | Named::Tab) => None,
        keyboard::Key::Character(_) if press.modifiers.control() && press.modifiers.shift() => None,
        // A shortcut such as Ctrl+comma carries its character as text; only the clipboard's are the field's. (AltGr is
        // control and alt on some systems, and types.)
        keyboard::Key::Character(letter) if press.modifiers.control() && !press.modifiers.alt() => {
            let letter = letter.to_lowercase();
            // Text and more: files and pictures are pasted too.
            if letter == "v" {
                return Some(Binding::Custom(Message::File(super::super::files::Message::Paste)));
            }
            let own = matches!(letter.as_str(), "a" | "c" | "x");
            own.then(|| Binding::from_key_press(press)).flatten()
        }
        _ => Binding::from_key_press(press),
    }
}
