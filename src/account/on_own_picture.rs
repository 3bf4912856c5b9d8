//! The user's own picture: made ready from a file, published, taken over from other devices, and shown.

use std::path::PathBuf;
use std::sync::Arc;

use super::card::CardRequest;
use super::effect::{Effect, Ticket};
use super::manager::Manager;
use super::{Refusal, RefusalKind};
use crate::model::{AccountId, Avatar, Jid, OwnPicture};
use crate::xmpp::{Command, OwnPictureCommand, OwnPictureEvent, PeopleCommand};

/// Changes that wait. When full: refused.
const MOST_WAITING: usize = 4;

/// Where a picture comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum PictureFrom {
    /// A file of the user's.
    File(PathBuf),
    /// What was pasted: a picture as a file would hold it.
    Bytes(Arc<[u8]>),
}

/// Never what it is.
impl std::fmt::Debug for PictureFrom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::File(_) => "File",
            Self::Bytes(_) => "Bytes",
        })
    }
}

impl Manager {
    /// A picture is chosen, or there is to be none any more. Answered when the server has it.
    pub(super) fn change_picture(
        &mut self,
        id: &AccountId,
        ticket: Ticket,
        request: CardRequest,
    ) -> Result<(), Refusal> {
        if self.own.pictures.len() >= MOST_WAITING {
            let text = "Your picture is being changed already. Try again in a moment.";
            return Err(Refusal::new(RefusalKind::NotAllowed, text));
        }
        self.own.pictures.insert(ticket.0, (id.clone(), ticket));
        match request {
            CardRequest::SetPicture(from) => self.effects.push_back(Effect::OwnPicture(ticket.0, from)),
            _ => self.own_picture(id, OwnPictureCommand::Remove(ticket.0)),
        }
        self.picture_busy(id);
        Ok(())
    }

    fn own_picture(&mut self, id: &AccountId, command: OwnPictureCommand) {
        self.chat(id, Command::People(PeopleCommand::OwnPicture(command)));
    }

    fn picture_busy(&mut self, id: &AccountId) {
        let busy = self.own.pictures.values().any(|(account, _)| account == id);
        if let Some(own) = self.my_card(id) {
            own.view.picture_busy = busy;
        }
    }

    /// The shell made a picture ready, or says why it cannot.
    pub(super) fn own_picture_ready(&mut self, number: u64, picture: Result<OwnPicture, Arc<str>>) {
        let Some((id, ticket)) = self.own.pictures.get(&number).cloned() else { return };
        match picture {
            Ok(picture) if self.is_online(&id) => {
                self.own_picture(&id, OwnPictureCommand::Set(number, Arc::new(picture)));
            }
            Ok(_) => {
                let text = "Chat is not connected any more. Choose the picture again when it is.";
                self.picture_over(number, &id, ticket, Some(Refusal::new(RefusalKind::Offline, text)));
            }
            Err(why) => {
                self.picture_over(number, &id, ticket, Some(Refusal::new(RefusalKind::Invalid, &why)));
            }
        }
    }

    fn picture_over(&mut self, number: u64, id: &AccountId, ticket: Ticket, refusal: Option<Refusal>) {
        self.own.pictures.remove(&number);
        self.picture_busy(id);
        let answer = match refusal {
            Some(refusal) => Err(refusal),
            None => self.card_reply(id).ok_or_else(|| Refusal::new(RefusalKind::NotFound, "The account is gone.")),
        };
        self.answer(ticket, answer);
    }

    /// The chat connection's news about the own picture.
    pub(super) fn handle_own_picture(&mut self, id: &AccountId, event: OwnPictureEvent) {
        match event {
            OwnPictureEvent::Is(picture) => {
                let Some(own) = self.my_card(id) else { return };
                let jid = own.view.address.clone();
                match picture {
                    Some(picture) => self.effects.push_back(Effect::Decode { jid, picture }),
                    None => own.view.picture = None,
                }
            }
            OwnPictureEvent::Done(number, how) => {
                let Some((_, ticket)) = self.own.pictures.get(&number).cloned() else { return };
                let refusal = match how {
                    Ok(partly) => {
                        if let (Some(why), Some(own)) = (partly, self.my_card(id)) {
                            let note = format!(
                                "Your picture is published, but your server did not take it onto your card, where older \
                                 programs look for it: {}",
                                why.text
                            );
                            own.view.notes = vec![note.into()];
                        }
                        None
                    }
                    Err(why) => Some(match &*why.code {
                        "offline" => Refusal::new(RefusalKind::Offline, &why.text),
                        "service-unavailable" | "feature-not-implemented" => {
                            let text = "Your chat server keeps no pictures, so contacts cannot see one.";
                            Refusal::new(RefusalKind::NotAllowed, text)
                        }
                        _ => {
                            let text = format!("The server did not take your picture: {}", why.text);
                            Refusal::new(RefusalKind::NotAllowed, &text)
                        }
                    }),
                };
                self.picture_over(number, id, ticket, refusal);
            }
        }
    }

    /// A picture was decoded; where it is that of an own account, it is shown as such.
    pub(super) fn take_own_picture(&mut self, jid: &Jid, avatar: Option<&Avatar>) {
        let id = self.config.chat.iter().find(|chat| chat.address == *jid).map(|chat| chat.id.clone());
        if let Some(own) = id.and_then(|id| self.my_cards.all.get_mut(&id)) {
            own.view.picture = avatar.cloned();
        }
    }
}
