//! What can be done with the messages of a conversation: answer, correct, react, delete, follow a link, find one.

use std::sync::Arc;

use iced::widget::text_editor;

use super::app::{App, Effect, Overlay, Purpose as Asked, name};
use super::chat::{Chat, Entry, PAGE};
use super::choose::scrolled_to;
use super::update::{ask, ask_for, is_own};
use crate::account::{Reply, Request, TalkRequest};
use crate::model::{ConversationKind, Delivery, Jid, Link, LinkKind, Message as Chatted, MessageId};

/// What the field is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Compose {
    /// A new message.
    #[default]
    New,
    /// An answer to a message.
    Answer(MessageId),
    /// Another text for a message of the user, and the draft that it pushed aside.
    Edit(MessageId, String),
}

/// What an emoji is picked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PickFor {
    /// The text that is being written.
    Draft,
    /// A reaction to a message.
    Reaction(MessageId),
}

/// What lies over a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sheet {
    /// A message is about to be deleted.
    Delete(MessageId),
    /// A link that could deceive.
    Link(Link),
    /// Everything about a message.
    Details(MessageId),
    /// The conversation goes into a file.
    Export,
}

/// What can happen.
#[derive(Clone, Debug)]
pub enum Message {
    /// The pointer is over a message, or over none.
    Hover(Option<MessageId>),
    /// Show or hide what can be done with a message.
    Menu(MessageId),
    /// Answer a message.
    Answer(MessageId),
    /// Change the text of a message.
    Edit(MessageId),
    /// Change the text of the user's last message.
    EditLast,
    /// The field is for a new message again.
    LetGo,
    /// Add a reaction, or take it back.
    React(MessageId, Arc<str>),
    /// Open or close the emoji.
    Picker(Option<PickFor>),
    /// The emoji are searched.
    PickerQuery(String),
    /// This emoji.
    Pick(&'static str),
    /// The first emoji that is found.
    PickFirst,
    /// Delete a message, after the question.
    Delete(MessageId),
    /// Send a refused message again.
    SendAgain(MessageId),
    /// Go to a message.
    Jump(MessageId),
    /// Go to the newest message.
    Latest,
    /// A link was clicked.
    Follow(Link),
    /// Open a link, after it was shown.
    Open(Link),
    /// A key in the messages.
    Key(Key),
    /// Write to the person of the open conversation.
    WriteBack,
}

/// A key that does something with the chosen message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Show what can be done.
    Menu,
    /// Answer.
    Answer,
    /// Change.
    Edit,
    /// React.
    React,
    /// Delete.
    Delete,
    /// Everything about it.
    Details,
}

/// What an answer of the manager is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The place of a message.
    Around(Jid, MessageId),
    /// Newer messages.
    Newer(Jid),
    /// What a search found, by its number.
    Found(u64),
    /// A correction: on refusal the text goes back to the field.
    Corrected(Jid, MessageId, Arc<str>),
    /// The conversation was written into a file.
    Exported,
}

/// What the window remembers of it.
#[derive(Debug, Default)]
pub struct State {
    /// The emoji are open: for what, and what is searched.
    pub(super) picker: Option<(PickFor, String)>,
    /// A conversation's file.
    pub(super) export: super::export::State,
}

impl App {
    fn talked(&mut self) -> Option<(Jid, &mut Chat)> {
        let jid = self.open.clone()?;
        let chat = self.chats.entry(jid.clone()).or_default();
        Some((jid, chat))
    }

    /// A message of the open conversation.
    pub(super) fn message(&self, id: &MessageId) -> Option<&Chatted> {
        self.open.as_ref().and_then(|jid| self.chats.get(jid))?.message(id)
    }

    pub(super) fn update_talk(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Hover(hovered) => {
                if let Some((_, chat)) = self.talked() {
                    chat.hovered = hovered;
                }
                Vec::new()
            }
            Message::Menu(id) => self.toggle_menu(id, false),
            Message::Answer(id) => self.compose(Compose::Answer(id)),
            Message::Edit(id) => self.edit_message(&id),
            Message::EditLast => self.edit_last().unwrap_or_default(),
            Message::LetGo => {
                self.let_go();
                vec![Effect::Focus(name::COMPOSER)]
            }
            Message::React(id, reaction) => self.react(&id, reaction),
            Message::Picker(open) => self.open_picker(open),
            Message::PickerQuery(query) => {
                if let Some((_, typed)) = &mut self.talk.picker {
                    *typed = query;
                }
                Vec::new()
            }
            Message::Pick(emoji) => self.pick(emoji),
            Message::PickFirst => {
                let query = self.talk.picker.as_ref().map(|(_, query)| query.clone()).unwrap_or_default();
                let first = super::text::emoji::found(&query).next();
                first.map(|emoji| self.pick(emoji)).unwrap_or_default()
            }
            Message::Delete(id) => {
                self.overlay = None;
                self.close_menu();
                ask(Request::Talk(TalkRequest::Retract(id)))
            }
            Message::SendAgain(id) => {
                self.close_menu();
                ask(Request::Talk(TalkRequest::SendAgain(id)))
            }
            Message::Jump(id) => self.jump(id),
            Message::Latest => self.latest(),
            Message::Follow(link) => self.follow(link),
            Message::Open(link) => {
                self.overlay = None;
                self.open_link(&link)
            }
            Message::Key(key) => self.talk_key(key),
            Message::WriteBack => vec![Effect::Focus(name::COMPOSER)],
        }
    }

    fn toggle_menu(&mut self, id: MessageId, focus: bool) -> Vec<Effect> {
        let Some((_, chat)) = self.talked() else { return Vec::new() };
        let open = chat.menu.as_ref() != Some(&id);
        chat.menu = open.then(|| id.clone());
        chat.chosen = Some(id);
        if open && focus { vec![Effect::Focus(name::MESSAGE_MENU)] } else { Vec::new() }
    }

    /// Closes what is open over the field: emoji, a menu, an answer; whether there was something.
    pub(super) fn step_out_of_talk(&mut self) -> bool {
        if self.talk.picker.take().is_some() {
            return true;
        }
        let Some((_, chat)) = self.talked() else { return false };
        if chat.menu.take().is_some() {
            return true;
        }
        let busy = chat.compose != Compose::New;
        chat.let_go();
        busy
    }

    fn close_menu(&mut self) {
        if let Some((_, chat)) = self.talked() {
            chat.menu = None;
        }
    }

    /// What the field is for from now on.
    fn compose(&mut self, compose: Compose) -> Vec<Effect> {
        let Some((_, chat)) = self.talked() else { return Vec::new() };
        chat.let_go();
        chat.compose = compose;
        chat.menu = None;
        chat.chosen = None;
        vec![Effect::Focus(name::COMPOSER)]
    }

    fn let_go(&mut self) {
        if let Some((_, chat)) = self.talked() {
            chat.let_go();
        }
    }

    /// The text of a message of the user goes into the field.
    fn edit_message(&mut self, id: &MessageId) -> Vec<Effect> {
        let Some(message) = self.message(id).filter(|message| can_edit(message)) else { return Vec::new() };
        let text = message.body.clone();
        let Some((_, chat)) = self.talked() else { return Vec::new() };
        chat.let_go();
        chat.compose = Compose::Edit(id.clone(), chat.draft.text().trim_end().to_owned());
        chat.draft = text_editor::Content::with_text(&text);
        chat.draft.perform(text_editor::Action::Move(text_editor::Motion::DocumentEnd));
        chat.menu = None;
        chat.chosen = None;
        vec![Effect::Focus(name::COMPOSER)]
    }

    /// The last message of the user, for the arrow in an empty field; `None`: there is none that could be changed.
    pub(super) fn edit_last(&mut self) -> Option<Vec<Effect>> {
        let (_, chat) = self.talked()?;
        let empty = chat.draft.text().trim().is_empty() && chat.compose == Compose::New;
        let last = chat.messages.iter().rev().find(|message| is_own(message.direction))?;
        let id = last.id.clone();
        (empty && can_edit(last)).then(|| self.edit_message(&id))
    }

    fn react(&mut self, id: &MessageId, reaction: Arc<str>) -> Vec<Effect> {
        self.talk.picker = None;
        self.close_menu();
        let Some(message) = self.message(id) else { return Vec::new() };
        let on = !message.reactions().iter().any(|known| known.own && known.emoji == reaction);
        ask(Request::Talk(TalkRequest::React { id: id.clone(), reaction, on }))
    }

    fn open_picker(&mut self, open: Option<PickFor>) -> Vec<Effect> {
        let closes = open.is_none() || self.talk.picker.as_ref().map(|(what, _)| what) == open.as_ref();
        if closes {
            self.talk.picker = None;
            return vec![Effect::Focus(name::COMPOSER)];
        }
        self.talk.picker = open.map(|what| (what, String::new()));
        vec![Effect::Focus(name::EMOJI_SEARCH)]
    }

    fn pick(&mut self, emoji: &'static str) -> Vec<Effect> {
        match self.talk.picker.take() {
            Some((PickFor::Reaction(id), _)) => self.react(&id, emoji.into()),
            Some((PickFor::Draft, _)) => {
                let Some((jid, chat)) = self.talked() else { return Vec::new() };
                let pasted = text_editor::Edit::Paste(Arc::new(emoji.to_owned()));
                chat.draft.perform(text_editor::Action::Edit(pasted));
                let mut effects = self.draft_changed(jid);
                effects.push(Effect::Focus(name::COMPOSER));
                effects
            }
            None => Vec::new(),
        }
    }

    /// Goes to a message: scrolls to it, or asks for the part of the conversation where it is.
    pub(super) fn jump(&mut self, id: MessageId) -> Vec<Effect> {
        let Some((jid, chat)) = self.talked() else { return Vec::new() };
        if let Some(scrolled) = chat.show(&id) {
            return scrolled;
        }
        let request = TalkRequest::Around { with: jid.clone(), id: id.clone(), limit: PAGE };
        ask_for(Request::Talk(request), Asked::Talk(Purpose::Around(jid, id)))
    }

    fn latest(&mut self) -> Vec<Effect> {
        let Some((_, chat)) = self.talked() else { return Vec::new() };
        chat.from_end = 0.0;
        chat.chosen = None;
        let mut effects = vec![Effect::TimelineEnd, Effect::Focus(name::COMPOSER)];
        if !chat.at_end {
            chat.begin_anew();
            effects.extend(self.ask_newest());
        }
        effects
    }

    /// Nothing is opened that could deceive without being shown first (X22). Calls are asked about by the manager.
    fn follow(&mut self, link: Link) -> Vec<Effect> {
        match link.odd {
            Some(_) => self.lay(Some(Overlay::Talk(Sheet::Link(link)))),
            None => self.open_link(&link),
        }
    }

    fn open_link(&mut self, link: &Link) -> Vec<Effect> {
        match link.kind {
            LinkKind::Web | LinkKind::Mail => vec![Effect::OpenLink(link.uri.clone())],
            LinkKind::Chat | LinkKind::Call => ask(Request::OpenUri(link.uri.clone())),
        }
    }

    fn talk_key(&mut self, key: Key) -> Vec<Effect> {
        let Some(id) = self.talked().and_then(|(_, chat)| chat.chosen.clone()) else { return Vec::new() };
        let Some(message) = self.message(&id) else { return Vec::new() };
        let (edit, delete, answer) = (can_edit(message), can_delete(message), can_answer(message));
        match key {
            Key::Menu => self.toggle_menu(id, true),
            Key::Answer if answer => self.compose(Compose::Answer(id)),
            Key::Edit if edit => self.edit_message(&id),
            Key::React if answer => self.open_picker(Some(PickFor::Reaction(id))),
            Key::Delete if delete => self.lay(Some(Overlay::Talk(Sheet::Delete(id)))),
            Key::Details => self.lay(Some(Overlay::Talk(Sheet::Details(id)))),
            Key::Answer | Key::Edit | Key::React | Key::Delete => Vec::new(),
        }
    }

    pub(super) fn talk_answered(
        &mut self,
        purpose: Purpose,
        answer: Result<Reply, crate::account::Refusal>,
    ) -> Vec<Effect> {
        match (purpose, answer) {
            (Purpose::Around(jid, id), Ok(Reply::Messages(page))) => {
                let dialling = self.snapshot.dialling.clone();
                let chat = self.chats.entry(jid.clone()).or_default();
                chat.take_around(page);
                chat.look(&dialling, false);
                let mut effects = chat.show(&id).unwrap_or_default();
                effects.extend(self.ask_calls_with(&jid, false));
                effects
            }
            (Purpose::Newer(jid), Ok(Reply::Messages(page))) => {
                let dialling = self.snapshot.dialling.clone();
                let chat = self.chats.entry(jid).or_default();
                let kept = chat.take_newer(page);
                chat.look(&dialling, false);
                kept.into_iter().map(|offset| Effect::ScrollTo(name::TIMELINE, offset)).collect()
            }
            (Purpose::Newer(jid), Err(_)) => {
                self.chats.entry(jid).or_default().asking_newer = false;
                Vec::new()
            }
            (Purpose::Exported, answer) => self.export_answered(answer),
            (Purpose::Found(number), answer) => self.search_answered(number, answer),
            (Purpose::Corrected(jid, id, body), Err(refusal)) => {
                let chat = self.chats.entry(jid).or_default();
                if chat.draft.text().trim().is_empty() && chat.compose == Compose::New {
                    chat.compose = Compose::Edit(id, String::new());
                    chat.draft = text_editor::Content::with_text(&body);
                }
                self.say(refusal.text)
            }
            (Purpose::Around(..), Err(refusal)) => self.say(refusal.text),
            _ => Vec::new(),
        }
    }

    /// Asks for newer messages where the end of those that are here is less than a screen away.
    pub(super) fn ask_newer(&mut self, jid: Jid, from_end: f32) -> Vec<Effect> {
        let chat = self.chats.entry(jid.clone()).or_default();
        let wanted = !chat.at_end && !chat.asking_newer && chat.loaded && from_end < chat.height;
        let Some(last) = chat.messages.last().filter(|_| wanted) else {
            return Vec::new();
        };
        let id = last.id.clone();
        chat.asking_newer = true;
        let request = TalkRequest::After { with: jid.clone(), id, limit: PAGE };
        ask_for(Request::Talk(request), Asked::Talk(Purpose::Newer(jid)))
    }

    /// What the text in the field is sent as.
    pub(super) fn send_as(&mut self, jid: &Jid, body: &Arc<str>) -> Effect {
        let to = self.writes_to(jid);
        let chat = self.chats.entry(jid.clone()).or_default();
        match std::mem::take(&mut chat.compose) {
            Compose::New => {
                Effect::Ask(Request::Send { to, body: body.clone() }, Asked::Sent(jid.clone(), body.clone()))
            }
            Compose::Answer(answers) => {
                // An answer goes where the question came from.
                let to = chat.message(&answers).map_or(to, |message| message.with.clone());
                let request = TalkRequest::Answer { to, answers, body: body.clone() };
                Effect::Ask(Request::Talk(request), Asked::Sent(jid.clone(), body.clone()))
            }
            Compose::Edit(id, before) => {
                if !before.is_empty() {
                    chat.draft = text_editor::Content::with_text(&before);
                }
                let purpose = Purpose::Corrected(jid.clone(), id.clone(), body.clone());
                Effect::Ask(Request::Talk(TalkRequest::Correct { id, body: body.clone() }), Asked::Talk(purpose))
            }
        }
    }

    /// The text in the field changed.
    pub(super) fn draft_typed(&mut self, jid: Jid) -> Vec<Effect> {
        let told = self.tell_typing(&jid);
        let mut effects = self.draft_changed(jid);
        effects.extend(told);
        effects
    }

    /// Others may see that the user writes.
    fn tell_typing(&self, jid: &Jid) -> Option<Effect> {
        if jid.is_sip() || !jid.is_reachable() {
            return None;
        }
        let chat = self.chats.get(jid)?;
        let writing = !chat.draft.text().trim().is_empty();
        let request = TalkRequest::Typing { with: self.writes_to(jid), writing };
        Some(Effect::Ask(Request::Talk(request), Asked::Quiet))
    }
}

impl Chat {
    /// A message that is known here.
    pub fn message(&self, id: &MessageId) -> Option<&Chatted> {
        self.messages.iter().rev().find(|message| message.id == *id)
    }

    /// The message that is being written; while another one is changed, what that pushed aside.
    pub fn unfinished(&self) -> String {
        match &self.compose {
            Compose::New | Compose::Answer(_) => self.draft.text(),
            Compose::Edit(_, before) => before.clone(),
        }
    }

    /// The field is for a new message again; what it pushed aside comes back.
    pub fn let_go(&mut self) {
        if let Compose::Edit(_, before) = std::mem::take(&mut self.compose) {
            self.draft = text_editor::Content::with_text(&before);
        }
    }

    /// Chooses a message and scrolls to it; `None`: it is not known here.
    fn show(&mut self, id: &MessageId) -> Option<Vec<Effect>> {
        let place = self.messages.iter().position(|message| message.id == *id)?;
        let at = self.entries.iter().position(|entry| matches!(entry, Entry::Message(found) if *found == place))?;
        self.chosen = Some(id.clone());
        let Some(target) = scrolled_to(self, at) else { return Some(Vec::new()) };
        // In the middle, so that what stands around it is seen too.
        let target = (target - self.height / 3.0).max(0.0);
        self.from_end = target;
        Some(vec![Effect::ScrollTo(name::TIMELINE, target)])
    }
}

/// Whether a text of the user may be changed. It is theirs, over chat, and still there.
pub fn can_edit(message: &Chatted) -> bool {
    let there = !message.with.is_sip() && !message.details.retracted && message.delivery != Delivery::Failed;
    is_own(message.direction) && there
}

/// Whether a message of the user may be taken back.
pub fn can_delete(message: &Chatted) -> bool {
    can_edit(message) && message.known_as().is_some()
}

/// Whether a message may be answered and reacted to: what goes over voice knows nothing of that (RFC 3428), and in a room it
/// needs the room's name of the message, which it has as soon as the room has said it (XEP-0461 section 3.1).
pub fn can_answer(message: &Chatted) -> bool {
    let named = message.details.kind == ConversationKind::Person || message.known_as().is_some();
    !message.with.is_sip() && !message.details.retracted && named
}
