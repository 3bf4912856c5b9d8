//! Pictures in conversations: which are shown, which are offered, and what is under way for them.

use std::collections::VecDeque;
use std::sync::Arc;

use super::decoding::Undecodable;
use super::effect::{Effect, Ticket};
use super::files::FileEffect;
use super::manager::Manager;
use super::pictures::{Fetch, PictureEffect, PictureEvent, PictureReply, PictureRequest, comes_by_itself};
use super::{Refusal, RefusalKind, Reply};
use crate::model::{HttpsUrl, Message, MessageId, MessagePicture, PictureState, media_type, name_at, shows_as_picture};
use crate::store::{self, TalkCommand};

/// Pictures that are kept ready for the screen. When full: the one that was looked at longest ago goes, and is asked for again.
const MOST_READY: usize = 48;
/// Messages that are asked about at once; more do not stand on a screen.
const MOST_LOOKED: usize = 40;
/// Pictures that are read or fetched at once; the others wait in turn.
const MOST_AT_WORK: usize = 4;
/// Pictures that wait. When full: the one that waits longest is offered again.
const MOST_WAITING: usize = 64;
/// The largest picture that comes by itself, in bytes (X25).
const MOST_BY_ITSELF: u64 = 10 * 1024 * 1024;
/// So long it may take, in seconds (X25).
const BY_ITSELF_SECONDS: u64 = 10;
/// The largest that comes on the user's word, in bytes.
const MOST_ON_WORD: u64 = 32 * 1024 * 1024;
/// So long that may take, in seconds.
const ON_WORD_SECONDS: u64 = 60;

/// What is to be done with a message's picture once it is known what the message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Look,
    Show(Ticket),
    Open(Ticket),
}

#[derive(Debug)]
struct Work {
    number: u64,
    id: MessageId,
    wish: Wish,
}

/// Pictures of messages.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    ready: VecDeque<MessagePicture>,
    asked: Vec<(MessageId, Wish)>,
    at_work: Vec<Work>,
    waiting: VecDeque<(MessageId, HttpsUrl, Wish, Option<Fetch>)>,
    next: u64,
    shown: Arc<[MessagePicture]>,
}

impl Pictures {
    /// For the snapshot.
    pub(super) fn shown(&self) -> Arc<[MessagePicture]> {
        self.shown.clone()
    }

    fn state(&self, id: &MessageId) -> Option<&PictureState> {
        self.ready.iter().find(|known| known.id == *id).map(|known| &known.state)
    }

    fn set(&mut self, id: &MessageId, state: PictureState) {
        self.ready.retain(|known| known.id != *id);
        while self.ready.len() >= MOST_READY {
            self.ready.pop_front();
        }
        self.ready.push_back(MessagePicture { id: id.clone(), state });
        self.shown = self.ready.iter().cloned().collect();
    }

    /// Somebody waits for it already.
    fn is_coming(&self, id: &MessageId) -> bool {
        self.asked.iter().any(|(asked, _)| asked == id)
            || self.at_work.iter().any(|work| work.id == *id)
            || self.waiting.iter().any(|(waiting, ..)| waiting == id)
    }
}

impl Manager {
    pub(super) fn handle_picture_request(&mut self, ticket: Ticket, request: PictureRequest) {
        let (id, wish) = match request {
            PictureRequest::Look(ids) => {
                for id in ids.into_iter().take(MOST_LOOKED) {
                    // What is known stays at the newer end, so that it does not go while it is on the screen.
                    if let Some(state) = self.files.pictures.state(&id).cloned() {
                        self.files.pictures.set(&id, state);
                    } else if !self.files.pictures.is_coming(&id) && self.files.pictures.asked.len() < MOST_WAITING {
                        self.ask_for_picture(id, Wish::Look);
                    }
                }
                return self.answer(ticket, Ok(Reply::Done));
            }
            PictureRequest::Show(id) => (id, Wish::Show(ticket)),
            PictureRequest::Open(id) => (id, Wish::Open(ticket)),
        };
        if self.files.pictures.asked.len() + self.files.pictures.waiting.len() >= MOST_WAITING {
            let refusal = Refusal::new(RefusalKind::NotAllowed, "Too many pictures are on their way. Try again soon.");
            return self.answer(ticket, Err(refusal));
        }
        self.ask_for_picture(id, wish);
    }

    fn ask_for_picture(&mut self, id: MessageId, wish: Wish) {
        self.files.pictures.asked.push((id.clone(), wish));
        self.store(store::Command::Talk(TalkCommand::Find(id)));
    }

    /// The store says what a message is whose picture is wanted.
    pub(super) fn picture_found(&mut self, id: &MessageId, message: Option<&Message>) {
        let mut wishes = Vec::new();
        self.files.pictures.asked.retain(|(asked, wish)| {
            if asked == id {
                wishes.push(*wish);
            }
            asked != id
        });
        let picture = |url: &HttpsUrl| shows_as_picture(media_type(&name_at(url)));
        let found = message.and_then(|message| Some((message, message.file().filter(picture)?)));
        for wish in wishes {
            match (&found, wish) {
                (Some((message, url)), wish) => self.begin_picture(message, url.clone(), wish),
                (None, Wish::Look) => {}
                (None, Wish::Show(ticket) | Wish::Open(ticket)) => {
                    let refusal = Refusal::new(RefusalKind::NotFound, "This message has no picture that can be shown.");
                    self.answer(ticket, Err(refusal));
                }
            }
        }
    }

    fn begin_picture(&mut self, message: &Message, url: HttpsUrl, wish: Wish) {
        let own_domains = self.config.chat.iter().map(|chat| chat.address.domain().into()).collect();
        let fetch = match wish {
            Wish::Look => {
                let contact = self.people.contact(&message.with);
                let by_itself = comes_by_itself(
                    self.config.messages.pictures,
                    message.details.kind,
                    message.direction,
                    contact.map(|contact| contact.subscription),
                    self.blocks(&message.with),
                );
                by_itself.then_some(Fetch { most: MOST_BY_ITSELF, seconds: BY_ITSELF_SECONDS, own_domains })
            }
            Wish::Show(_) | Wish::Open(_) => Some(Fetch { most: MOST_ON_WORD, seconds: ON_WORD_SECONDS, own_domains }),
        };
        if !matches!(wish, Wish::Open(_)) {
            self.files.pictures.set(&message.id, PictureState::Coming);
        }
        if self.files.pictures.waiting.len() >= MOST_WAITING
            && let Some((id, _, wish, _)) = self.files.pictures.waiting.pop_front()
        {
            self.picture_ended(&id, wish, Err("Too many pictures were on their way.".into()));
        }
        self.files.pictures.waiting.push_back((message.id.clone(), url, wish, fetch));
        self.next_pictures();
    }

    fn next_pictures(&mut self) {
        while self.files.pictures.at_work.len() < MOST_AT_WORK
            && let Some((id, url, wish, fetch)) = self.files.pictures.waiting.pop_front()
        {
            self.files.pictures.next += 1;
            let number = self.files.pictures.next;
            self.files.pictures.at_work.push(Work { number, id, wish });
            let effect = match (wish, fetch) {
                (Wish::Open(_), Some(fetch)) => PictureEffect::Open { number, url, fetch },
                (Wish::Open(_) | Wish::Look | Wish::Show(_), fetch) => PictureEffect::Small { number, url, fetch },
            };
            self.effects.push_back(Effect::File(FileEffect::Picture(effect)));
        }
    }

    /// The shell has a picture, or not.
    pub(super) fn handle_picture(&mut self, event: PictureEvent) {
        let number = match &event {
            PictureEvent::Small(number, _) | PictureEvent::Opened(number, _) => *number,
        };
        let Some(at) = self.files.pictures.at_work.iter().position(|work| work.number == number) else { return };
        let work = self.files.pictures.at_work.swap_remove(at);
        match event {
            PictureEvent::Small(_, small) => {
                let state = match small {
                    Ok(Some(thumb)) => Ok(PictureState::Here(Arc::new(thumb))),
                    Ok(None) => Ok(PictureState::Offered),
                    Err(why) => Err(why),
                };
                self.picture_ended(&work.id, work.wish, state);
            }
            PictureEvent::Opened(_, opened) => {
                if let Wish::Open(ticket) = work.wish {
                    let answer = opened.map(|opened| Reply::Picture(PictureReply::Opened(Arc::new(opened))));
                    self.answer(ticket, answer.map_err(|why| Refusal::new(RefusalKind::NotAllowed, &why)));
                }
            }
        }
        self.next_pictures();
    }

    fn picture_ended(&mut self, id: &MessageId, wish: Wish, state: Result<PictureState, Arc<str>>) {
        match (wish, state) {
            (Wish::Open(ticket), Err(why)) => {
                self.answer(ticket, Err(Refusal::new(RefusalKind::NotAllowed, &why)));
            }
            // The form that is looked at comes by another way.
            (Wish::Open(_), Ok(_)) => {}
            (Wish::Look | Wish::Show(_), state) => {
                let answer = match &state {
                    Ok(state) => {
                        let picture = MessagePicture { id: id.clone(), state: state.clone() };
                        Ok(Reply::Picture(PictureReply::Small(picture)))
                    }
                    Err(why) => Err(Refusal::new(RefusalKind::NotAllowed, why)),
                };
                let failed = |why: Arc<str>| {
                    let unfit = [Undecodable::TooLarge, Undecodable::Unknown].iter().any(|one| one.to_string() == *why);
                    if unfit { PictureState::Unfit(why) } else { PictureState::Failed(why) }
                };
                self.files.pictures.set(id, state.unwrap_or_else(failed));
                if let Wish::Show(ticket) = wish {
                    self.answer(ticket, answer);
                }
            }
        }
    }
}
