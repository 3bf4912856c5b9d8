//! A message chosen with the keyboard, to be copied.

use super::app::{App, Effect, Step, name};
use super::chat::{Chat, Entry};
use super::message::Message;
use super::theme::space;
use crate::model::MessageId;

impl App {
    /// A key in the messages.
    pub(super) fn choose(&mut self, step: Step) -> Vec<Effect> {
        let Some(chat) = self.open.as_ref().and_then(|jid| self.chats.get_mut(jid)) else { return Vec::new() };
        let messages: Vec<(usize, MessageId)> = chat
            .entries
            .iter()
            .enumerate()
            .filter_map(|(at, entry)| match entry {
                Entry::Message(place) => chat.messages.get(*place).map(|message| (at, message.id.clone())),
                Entry::Call(..) | Entry::Line(..) => None,
            })
            .collect();
        let last = messages.len().saturating_sub(1);
        let now = chat.chosen.as_ref().and_then(|chosen| messages.iter().position(|(_, id)| id == chosen));
        let next = match (step, now) {
            (Step::PageUp, _) => return self.update(Message::PageTimeline(true)),
            (Step::PageDown, _) => return self.update(Message::PageTimeline(false)),
            (Step::First, _) => 0,
            // Into the messages from the field below them: the newest first.
            (Step::Last, _) | (Step::Up | Step::Down, None) => last,
            (Step::Up, Some(at)) => at.saturating_sub(1),
            (Step::Down, Some(at)) => (at + 1).min(last),
        };
        let Some((at, id)) = messages.into_iter().nth(next) else { return Vec::new() };
        chat.chosen = Some(id);
        let Some(target) = scrolled_to(chat, at) else { return Vec::new() };
        chat.from_end = target;
        vec![Effect::ScrollTo(name::TIMELINE, target)]
    }

    /// Copies the chosen message.
    pub(super) fn copy_chosen(&mut self) -> Vec<Effect> {
        let chosen = self.open.as_ref().and_then(|jid| self.chats.get(jid)).and_then(|chat| {
            let id = chat.chosen.as_ref()?;
            chat.messages.iter().find(|message| message.id == *id).map(|message| message.body.clone())
        });
        chosen.map(|words| self.update(Message::Copy(words))).unwrap_or_default()
    }

    /// Lets go of the chosen message; whether there was one.
    pub(super) fn unchoose(&mut self) -> bool {
        self.open.as_ref().and_then(|jid| self.chats.get_mut(jid)).is_some_and(|chat| chat.chosen.take().is_some())
    }
}

/// Where the messages have to be scrolled to for an entry to be seen whole; `None` when it is.
pub(super) fn scrolled_to(chat: &Chat, at: usize) -> Option<f32> {
    let lower = space::L + chat.height_below(at + 1);
    let upper = space::L + chat.height_below(at);
    if lower < chat.from_end + space::S {
        Some((lower - space::L).max(0.0))
    } else if chat.height > 0.0 && upper > chat.from_end + chat.height - space::S {
        // A message higher than the screen is shown from its end.
        Some((upper + space::L - chat.height).min(lower - space::S).max(0.0))
    } else {
        None
    }
}
