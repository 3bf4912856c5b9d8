//! What the user, and not a contact, is seen by and kept with: the own picture, whether anybody is there, what the archive keeps.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::effect::Ticket;
use super::idle::Idle;
use super::manager::Manager;
use super::{Refusal, RefusalKind, Reply};
use crate::model::{AccountId, ArchiveKeeps, ArchivePreferences, Now, Reason};
use crate::xmpp::Command;

/// Questions about archives that may wait for the server. When full: refused.
const MOST_ASKED: usize = 16;

/// What may be asked about how the user is seen and kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnRequest {
    /// Nobody has been at this machine for so long; zero: somebody is.
    Idle(Duration),
    /// What the archive of this account, or of the first, keeps: read, or changed; answered with [`Reply::Archive`].
    Archive(Option<AccountId>, Option<ArchiveKeeps>),
}

/// What is known of the archive of a chat account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveView {
    /// The chat account.
    pub account: AccountId,
    /// Its address.
    pub address: crate::model::Jid,
    /// What the server says that it keeps; `None`: not known.
    pub preferences: Option<ArchivePreferences>,
    /// It is being asked, or changed.
    pub busy: bool,
    /// Why the last try did not work: a sentence.
    pub problem: Option<Arc<str>>,
}

/// What is under way, and what is known.
#[derive(Debug, Default)]
pub(super) struct OwnDesk {
    pub(super) idle: Idle,
    /// Who waits for a change of the own picture, and of which account.
    pub(super) pictures: BTreeMap<u64, (AccountId, Ticket)>,
    archives: BTreeMap<AccountId, ArchiveView>,
    asked: BTreeMap<u64, AccountId>,
}

impl OwnDesk {
    pub(super) fn archives(&self) -> Arc<[ArchiveView]> {
        self.archives.values().cloned().collect()
    }
}

impl Manager {
    pub(super) fn handle_own_request(&mut self, ticket: Ticket, request: OwnRequest, now: Now) {
        let answer = match request {
            OwnRequest::Idle(idle) => {
                let after = self.config.messages.away_after;
                self.own.idle.handle(idle, after, now.wall);
                Ok(Reply::Done)
            }
            OwnRequest::Archive(account, change) => match self.ask_archive(ticket, account, change) {
                Ok(()) => return,
                Err(refusal) => Err(refusal),
            },
        };
        self.answer(ticket, answer);
    }

    fn ask_archive(
        &mut self,
        ticket: Ticket,
        account: Option<AccountId>,
        change: Option<ArchiveKeeps>,
    ) -> Result<(), Refusal> {
        let mut chats = self.config.chat.iter();
        let chat = match &account {
            Some(id) => chats.find(|chat| chat.id == *id),
            None => chats.next(),
        };
        let (id, address) = chat
            .map(|chat| (chat.id.clone(), chat.address.clone()))
            .ok_or_else(|| Refusal::new(RefusalKind::NotFound, "There is no such chat account."))?;
        if !self.is_online(&id) {
            let text = "Chat is not connected, so what the server keeps cannot be seen or changed.";
            return Err(Refusal::new(RefusalKind::Offline, text));
        }
        if self.own.asked.len() >= MOST_ASKED {
            return Err(Refusal::new(
                RefusalKind::NotAllowed,
                "The server is being asked already. Try again in a moment.",
            ));
        }
        self.own.asked.insert(ticket.0, id.clone());
        let view = self.own.archives.entry(id.clone()).or_insert_with(|| ArchiveView {
            account: id.clone(),
            address,
            preferences: None,
            busy: false,
            problem: None,
        });
        view.busy = true;
        view.problem = None;
        self.chat(&id, Command::ArchivePrefs(ticket.0, change));
        Ok(())
    }

    /// The server says what its archive keeps, or not.
    pub(super) fn handle_archive_prefs(&mut self, number: u64, how: Result<ArchivePreferences, Reason>) {
        let Some(id) = self.own.asked.remove(&number) else { return };
        let waits = self.own.asked.values().any(|asked| *asked == id);
        let Some(view) = self.own.archives.get_mut(&id) else { return };
        view.busy = waits;
        let answer = match how {
            Ok(preferences) => {
                view.preferences = Some(preferences);
                Ok(Reply::Archive(Box::new(view.clone())))
            }
            Err(why) => {
                let refusal = archive_refused(&why);
                view.problem = Some(refusal.text.clone());
                Err(refusal)
            }
        };
        self.answer(Ticket(number), answer);
    }

    /// The connection is gone: whoever waits is told.
    pub(super) fn own_interrupted(&mut self, id: &AccountId) {
        let pictures = std::mem::take(&mut self.own.pictures);
        let (gone, stay): (Vec<_>, Vec<_>) = pictures.into_iter().partition(|(_, (account, _))| account == id);
        self.own.pictures = stay.into_iter().collect();
        for (_, (_, ticket)) in gone {
            let text =
                "The connection was lost while your picture was being changed. Look at it again when chat is there.";
            self.answer(ticket, Err(Refusal::new(RefusalKind::Offline, text)));
        }
        if let Some(own) = self.my_cards.all.get_mut(id) {
            own.view.picture_busy = false;
        }
        let asked: Vec<u64> = self.own.asked.iter().filter(|(_, of)| *of == id).map(|(number, _)| *number).collect();
        for number in asked {
            self.handle_archive_prefs(number, Err(Reason::new("offline", "Chat is not connected any more.")));
        }
    }

    /// The account is taken away.
    pub(super) fn forget_own(&mut self, id: &AccountId) {
        self.own.archives.remove(id);
    }
}

fn archive_refused(why: &Reason) -> Refusal {
    match &*why.code {
        "offline" => Refusal::new(RefusalKind::Offline, &why.text),
        "feature-not-implemented" | "service-unavailable" | "bad-request" => {
            let text = "Your chat server does not let you choose what it keeps. Its operator decides.";
            Refusal::new(RefusalKind::NotAllowed, text)
        }
        _ => Refusal::new(RefusalKind::NotAllowed, &format!("The server did not do it: {}", why.text)),
    }
}
