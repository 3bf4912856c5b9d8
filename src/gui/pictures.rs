//! Pictures: of people, of messages, and the one that is looked at.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use iced::widget::image;

use super::app::{App, Effect, Overlay, Purpose};
use super::chat::Entry;
use super::files::{Purpose as FilePurpose, Sheet};
use super::update::ask_for;
use super::widget::picture;
use crate::account::{FileRequest, PictureReply, PictureRequest, Refusal, Reply, Request};
use crate::model::{Avatar, Jid, MessageId, OpenedPicture, PictureState, Thumb, media_type, name_at, shows_as_picture};

/// Pictures kept decoded; beyond this the memory is dropped and filled again by what is shown.
const PICTURES: usize = 512;

/// Small pictures of messages that are kept for drawing.
const SMALL: usize = 64;

/// Pictures of messages.
#[derive(Default)]
pub struct State {
    /// Small ones as they are drawn.
    handles: HashMap<MessageId, (Arc<Thumb>, image::Handle)>,
    /// Asked for, and not in the snapshot yet.
    asked: HashSet<MessageId>,
    /// The one that is looked at.
    pub viewer: Option<Viewer>,
}

/// A picture that is looked at.
pub struct Viewer {
    /// Whose.
    pub id: MessageId,
    /// What it is called.
    pub name: String,
    /// Its frames, and how long each stands.
    pub frames: Vec<(image::Handle, u32)>,
    /// Width and height of the frames.
    pub size: (u32, u32),
    /// Width and height of the whole picture.
    pub whole: (u32, u32),
    /// The frame that stands.
    pub at: usize,
    /// It moves.
    pub plays: bool,
    /// It cannot be shown: a sentence.
    pub failed: Option<Arc<str>>,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Message {
    /// Fetch and show the picture of a message.
    Show(MessageId),
    /// Look at it.
    Open(MessageId),
    /// The next frame is due.
    Frame,
    /// Move, or stand still.
    Play(bool),
}

impl App {
    pub(super) fn update_pictures(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Show(id) => {
                // What became of it stands in the message.
                ask_for(Request::File(FileRequest::Picture(PictureRequest::Show(id))), Purpose::Quiet)
            }
            Message::Open(id) => self.open_picture(id),
            Message::Frame => {
                if let Some(viewer) = &mut self.files.pictures.viewer {
                    viewer.at = (viewer.at + 1) % viewer.frames.len().max(1);
                }
                Vec::new()
            }
            Message::Play(plays) => {
                if let Some(viewer) = &mut self.files.pictures.viewer {
                    viewer.plays = plays;
                }
                Vec::new()
            }
        }
    }

    fn open_picture(&mut self, id: MessageId) -> Vec<Effect> {
        let url = self.open.as_ref().and_then(|jid| self.chats.get(jid)).and_then(|chat| chat.message(&id)?.file());
        let Some(url) = url else { return Vec::new() };
        let frames = self.small_picture(&id).map(|(_, handle)| (handle.clone(), 0)).into_iter().collect();
        let size = self.small_picture(&id).map_or((0, 0), |(thumb, _)| (thumb.width, thumb.height));
        self.files.pictures.viewer = Some(Viewer {
            id: id.clone(),
            name: name_at(&url),
            // The small form stands until the large one is there.
            frames,
            size,
            whole: size,
            at: 0,
            plays: !self.snapshot.appearance.reduce_motion,
            failed: None,
        });
        let mut effects = self.lay(Some(Overlay::File(Sheet::Picture(id.clone()))));
        let request = Request::File(FileRequest::Picture(PictureRequest::Open(id.clone())));
        effects.push(Effect::Ask(request, Purpose::File(FilePurpose::Opened(id))));
        effects
    }

    /// The picture that is looked at has come, or not.
    pub(super) fn picture_opened(&mut self, id: &MessageId, answer: Result<Reply, Refusal>) -> Vec<Effect> {
        let Some(viewer) = self.files.pictures.viewer.as_mut().filter(|viewer| viewer.id == *id) else {
            return Vec::new();
        };
        match answer {
            Ok(Reply::Picture(PictureReply::Opened(opened))) => {
                viewer.frames = frames(&opened);
                viewer.size = (opened.width, opened.height);
                viewer.whole = (opened.whole_width, opened.whole_height);
                viewer.at = 0;
            }
            Ok(_) => {}
            Err(refusal) => viewer.failed = Some(refusal.text),
        }
        Vec::new()
    }

    /// How long the frame that stands does so, where the next one is due by itself.
    pub fn frame_stands(&self) -> Option<Duration> {
        let looks = matches!(self.overlay, Some(Overlay::File(Sheet::Picture(_))));
        let viewer = self.files.pictures.viewer.as_ref().filter(|viewer| looks && viewer.plays)?;
        let (_, stands) = viewer.frames.get(viewer.at).filter(|_| viewer.frames.len() > 1)?;
        Some(Duration::from_millis(u64::from(*stands)))
    }

    /// The small picture of a message as it is drawn.
    pub(super) fn small_picture(&self, id: &MessageId) -> Option<(&Thumb, &image::Handle)> {
        self.files.pictures.handles.get(id).map(|(thumb, handle)| (&**thumb, handle))
    }

    /// How the picture of a message stands.
    pub(super) fn picture_state(&self, id: &MessageId) -> Option<&PictureState> {
        self.snapshot.pictures.iter().find(|known| known.id == *id).map(|known| &known.state)
    }

    /// The pictures in the snapshot become drawable.
    pub(super) fn learn_message_pictures(&mut self) {
        let state = &mut self.files.pictures;
        if state.handles.len() > SMALL {
            let pictures = &self.snapshot.pictures;
            state.handles.retain(|id, _| pictures.iter().any(|known| known.id == *id));
        }
        for known in self.snapshot.pictures.iter() {
            state.asked.remove(&known.id);
            let PictureState::Here(thumb) = &known.state else { continue };
            if state.handles.get(&known.id).is_some_and(|(had, _)| Arc::ptr_eq(had, thumb)) {
                continue;
            }
            let handle = image::Handle::from_rgba(thumb.thumb_width, thumb.thumb_height, thumb.rgba.to_vec());
            state.handles.insert(known.id.clone(), (thumb.clone(), handle));
        }
    }

    /// Asks for the pictures of the messages near the screen that nothing is known of.
    pub(super) fn ask_pictures(&mut self) -> Vec<Effect> {
        let Some(chat) = self.open.as_ref().and_then(|jid| self.chats.get(jid)) else { return Vec::new() };
        let mut wanted = Vec::new();
        for at in chat.slice().built {
            let Some(Entry::Message(place)) = chat.entries.get(at) else { continue };
            let Some(message) = chat.messages.get(*place) else { continue };
            let picture = message.file().is_some_and(|url| shows_as_picture(media_type(&name_at(&url))));
            let known = self.picture_state(&message.id).is_some() || self.files.pictures.asked.contains(&message.id);
            if picture && !known {
                wanted.push(message.id.clone());
            }
        }
        if wanted.is_empty() {
            return Vec::new();
        }
        // What was asked for long ago and never came may be asked for again.
        if self.files.pictures.asked.len() > SMALL {
            self.files.pictures.asked.clear();
        }
        self.files.pictures.asked.extend(wanted.iter().cloned());
        ask_for(Request::File(FileRequest::Picture(PictureRequest::Look(wanted))), Purpose::Quiet)
    }

    /// The decoded picture of a person.
    pub(super) fn picture(&self, avatar: Option<&Avatar>) -> Option<image::Handle> {
        avatar.and_then(|avatar| self.pictures.get(&avatar.hash).cloned())
    }

    /// Decodes the pictures of these people.
    pub(super) fn learn_pictures(&mut self, people: &[Jid]) {
        if self.pictures.len() > PICTURES {
            self.pictures.clear();
        }
        for jid in people {
            let Some(avatar) = self.people.contact(&self.snapshot, jid).and_then(|contact| contact.avatar.clone())
            else {
                continue;
            };
            if !self.pictures.contains_key(&avatar.hash)
                && let Some(handle) = picture(avatar.size, &avatar.rgba)
            {
                self.pictures.insert(avatar.hash.clone(), handle);
            }
        }
    }
}

/// The frames as they are drawn.
fn frames(opened: &OpenedPicture) -> Vec<(image::Handle, u32)> {
    let handle = |rgba: &Arc<[u8]>| image::Handle::from_rgba(opened.width, opened.height, rgba.to_vec());
    opened.frames.iter().map(|frame| (handle(&frame.rgba), frame.stands_ms)).collect()
}
