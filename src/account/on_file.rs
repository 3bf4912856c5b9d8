//! Files: sent to the place that the server gives (XEP-0363), and got when the user asks. Nothing is fetched by itself.

use std::path::PathBuf;
use std::sync::Arc;

use super::effect::{Effect, Ticket};
use super::files::{FileEffect, FileEvent, FileRequest, Transfer, no_slot, not_got, not_sent};
use super::manager::Manager;
use super::{Refusal, RefusalKind, Reply};
use crate::model::{
    AccountId, FileState, FileTransfer, HttpsUrl, Jid, Message, MessageDirection, MessageId, Now, media_type, name_at,
};
use crate::store::{self, TalkCommand};
use crate::xmpp::{self, NoSlot, Slot, SlotWish};

/// Transfers that go on at once. When full: further ones are refused with a sentence.
const MOST_LIVING: usize = 8;
/// Transfers that are shown. When full: the oldest that has ended goes.
const MOST_SHOWN: usize = 64;
/// The largest file that is got, in bytes.
const LARGEST_DOWNLOAD: u64 = 2_000_000_000;

/// The transfers of this run.
#[derive(Debug, Default)]
pub(super) struct Files {
    all: Vec<Transfer>,
    next: u64,
    /// Who waits for a place.
    tickets: Vec<(u64, Ticket)>,
    /// Who waits for the store to say what a message's file is.
    asked: Vec<(MessageId, Ticket)>,
    shown: Arc<[FileTransfer]>,
    /// Pictures in conversations.
    pub(super) pictures: super::on_picture::Pictures,
    /// Voice messages.
    pub(super) notes: super::on_note::Notes,
}

impl Files {
    /// For the snapshot.
    pub(super) fn shown(&self) -> Arc<[FileTransfer]> {
        self.shown.clone()
    }

    fn find(&mut self, number: u64) -> Option<&mut Transfer> {
        self.all.iter_mut().find(|transfer| transfer.number == number)
    }

    fn living(&self) -> usize {
        self.asked.len() + self.all.iter().filter(|transfer| transfer.view.state.is_living()).count()
    }

    fn add(&mut self, view: FileTransfer, path: PathBuf) -> u64 {
        self.next += 1;
        // One transfer per message: another try takes the place of the last.
        self.all.retain(|known| known.view.id != view.id);
        if self.all.len() >= MOST_SHOWN
            && let Some(at) = self.all.iter().position(|known| !known.view.state.is_living())
        {
            self.all.remove(at);
        }
        self.all.push(Transfer { number: self.next, view, path, temporary: false, get: None });
        self.publish();
        self.next
    }

    fn publish(&mut self) {
        self.shown = self.all.iter().map(|transfer| transfer.view.clone()).collect();
    }

    fn ticket(&mut self, number: u64) -> Option<Ticket> {
        let at = self.tickets.iter().position(|(known, _)| *known == number)?;
        Some(self.tickets.swap_remove(at).1)
    }
}

impl Manager {
    pub(super) fn handle_file(&mut self, ticket: Ticket, request: FileRequest, now: Now) {
        let outcome = match request {
            FileRequest::Send { to, path } => match self.send_file(ticket, to, &path, now) {
                Ok(()) => return,
                Err(refusal) => Err(refusal),
            },
            FileRequest::SendBytes { to, name, bytes } => match self.send_bytes(ticket, to, &name, bytes, now) {
                Ok(()) => return,
                Err(refusal) => Err(refusal),
            },
            FileRequest::Again(id) => self.send_file_again(&id),
            FileRequest::Download(id) => match self.get_file(ticket, id) {
                Ok(()) => return,
                Err(refusal) => Err(refusal),
            },
            FileRequest::Cancel(id) => self.stop_file(&id),
            FileRequest::Forget(id) => {
                let ended = |known: &&Transfer| known.view.id == id && !known.view.state.is_living();
                let path = self.files.all.iter().find(ended).filter(|known| known.temporary);
                let path = path.map(|known| known.path.clone());
                path.into_iter().for_each(|path| self.settle_file(None, path, true));
                self.files.all.retain(|known| known.view.id != id || known.view.state.is_living());
                self.files.publish();
                Ok(Reply::Done)
            }
            FileRequest::Picture(request) => return self.handle_picture_request(ticket, request),
            FileRequest::Note(request) => return self.handle_note_request(ticket, request, now),
            FileRequest::List => Ok(Reply::Files(self.files.shown())),
        };
        self.answer(ticket, outcome);
    }

    /// A transfer to somebody, and whether that can be at all.
    pub(super) fn outgoing_file(&mut self, to: Jid, now: Now) -> Result<FileTransfer, Refusal> {
        self.room_for_files()?;
        if to.is_sip() {
            let text = "Files go over chat, and no chat address is known for this person.";
            return Err(Refusal::new(RefusalKind::NoTarget, text));
        }
        // The same checks as for a message: there is an account, and somebody there.
        let message = self.outgoing(&to, "file", now)?;
        let online = self.chat_of(&message).is_some_and(|id| self.is_online(&id));
        if !online {
            return Err(Refusal::new(RefusalKind::Offline, &no_slot(&NoSlot::Offline, 0)));
        }
        Ok(FileTransfer {
            id: message.id,
            with: to,
            direction: MessageDirection::Out,
            name: "".into(),
            size: None,
            done: 0,
            state: FileState::Preparing,
        })
    }

    fn send_bytes(&mut self, ticket: Ticket, to: Jid, name: &str, bytes: Arc<[u8]>, now: Now) -> Result<(), Refusal> {
        let mut view = self.outgoing_file(to, now)?;
        view.name = crate::model::safe_name(name).into();
        view.size = Some(bytes.len() as u64);
        let name = view.name.clone();
        let number = self.files.add(view, PathBuf::new());
        if let Some(transfer) = self.files.find(number) {
            transfer.temporary = true;
        }
        self.files.tickets.push((number, ticket));
        self.effects.push_back(Effect::File(FileEffect::Lay { number, name, bytes }));
        Ok(())
    }

    /// The bytes lie there, or not.
    fn file_laid(&mut self, number: u64, path: PathBuf) {
        match self.files.find(number) {
            Some(transfer) => {
                transfer.path.clone_from(&path);
                self.effects.push_back(Effect::File(FileEffect::Look { number, path }));
            }
            // Cancelled meanwhile.
            None => self.settle_file(None, path, true),
        }
    }

    fn send_file_again(&mut self, id: &MessageId) -> Result<Reply, Refusal> {
        self.room_for_files()?;
        let failed = |known: &&mut Transfer| {
            let out = known.view.direction == MessageDirection::Out && !known.path.as_os_str().is_empty();
            known.view.id == *id && out && matches!(known.view.state, FileState::Failed { .. })
        };
        let Some(transfer) = self.files.all.iter_mut().find(failed) else {
            return Err(Refusal::new(RefusalKind::NotFound, "No file of this message failed to go."));
        };
        (transfer.view.state, transfer.view.done) = (FileState::Preparing, 0);
        let (number, path) = (transfer.number, transfer.path.clone());
        self.files.publish();
        self.effects.push_back(Effect::File(FileEffect::Look { number, path }));
        Ok(Reply::Done)
    }

    fn settle_file(&mut self, url: Option<HttpsUrl>, path: PathBuf, remove: bool) {
        self.effects.push_back(Effect::File(FileEffect::Settle { url, path, remove }));
    }

    fn send_file(&mut self, ticket: Ticket, to: Jid, path: &str, now: Now) -> Result<(), Refusal> {
        let mut view = self.outgoing_file(to, now)?;
        let path = PathBuf::from(path);
        if !path.is_absolute() {
            let text = "Say where the file lies with its whole path, from the root of the file system on.";
            return Err(Refusal::new(RefusalKind::Invalid, text));
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        view.name = crate::model::safe_name(&name).into();
        let number = self.files.add(view, path.clone());
        self.files.tickets.push((number, ticket));
        self.effects.push_back(Effect::File(FileEffect::Look { number, path }));
        Ok(())
    }

    fn get_file(&mut self, ticket: Ticket, id: MessageId) -> Result<(), Refusal> {
        let living = self.files.all.iter().any(|known| known.view.id == id && known.view.state.is_living());
        if living || self.files.asked.iter().any(|(asked, _)| *asked == id) {
            return Err(Refusal::new(RefusalKind::NotAllowed, "The file is on its way already."));
        }
        self.room_for_files()?;
        self.files.asked.push((id.clone(), ticket));
        self.store(store::Command::Talk(TalkCommand::Find(id)));
        Ok(())
    }

    fn room_for_files(&self) -> Result<(), Refusal> {
        if self.files.living() < MOST_LIVING {
            return Ok(());
        }
        let text = format!("{MOST_LIVING} files are on their way already. Wait for one of them, or cancel it.");
        Err(Refusal::new(RefusalKind::NotAllowed, &text))
    }

    /// The store says what a message is whose file is wanted.
    pub(super) fn file_found(&mut self, id: &MessageId, message: Option<&Message>) {
        let Some(at) = self.files.asked.iter().position(|(asked, _)| asked == id) else { return };
        let (_, ticket) = self.files.asked.remove(at);
        let Some((message, url)) = message.and_then(|message| Some((message, message.file()?))) else {
            let refusal = Refusal::new(RefusalKind::NotFound, "This message has no file that can be downloaded.");
            return self.answer(ticket, Err(refusal));
        };
        let name: Arc<str> = name_at(&url).into();
        let view = FileTransfer {
            id: id.clone(),
            with: message.with.clone(),
            direction: MessageDirection::In,
            name: name.clone(),
            size: None,
            done: 0,
            state: FileState::Running,
        };
        let number = self.files.add(view, PathBuf::new());
        let own_domains = self.own_domains();
        let most = LARGEST_DOWNLOAD;
        self.effects.push_back(Effect::File(FileEffect::Download { number, url, name, most, own_domains }));
        self.answer(ticket, Ok(Reply::Done));
    }

    fn stop_file(&mut self, id: &MessageId) -> Result<Reply, Refusal> {
        let found = self.files.all.iter().position(|known| known.view.id == *id && known.view.state.is_living());
        let Some(at) = found else {
            return Err(Refusal::new(RefusalKind::NotFound, "No file of this message is on its way."));
        };
        let transfer = self.files.all.remove(at);
        self.files.publish();
        self.effects.push_back(Effect::File(FileEffect::Stop(transfer.number)));
        if transfer.temporary {
            self.settle_file(None, transfer.path.clone(), true);
        }
        if let Some(ticket) = self.files.ticket(transfer.number) {
            self.answer(ticket, Err(Refusal::new(RefusalKind::NotAllowed, "The file was cancelled.")));
        }
        Ok(Reply::Done)
    }

    /// The shell says something about files.
    pub(super) fn handle_file_event(&mut self, event: FileEvent, now: Now) {
        match event {
            FileEvent::Laid(number, Ok(path)) => self.file_laid(number, path),
            FileEvent::Laid(number, Err(why)) => self.file_failed(number, &why),
            FileEvent::Looked(number, Ok((name, size))) => self.file_looked_at(number, name, size, now),
            FileEvent::Looked(number, Err(why)) => self.file_failed(number, &why),
            FileEvent::Progress(number, done, size) => {
                if let Some(transfer) = self.files.find(number).filter(|known| known.view.state.is_living()) {
                    transfer.view.done = done;
                    transfer.view.size = transfer.view.size.or(size);
                    self.files.publish();
                }
            }
            FileEvent::Sound(number, track) => self.handle_sound(number, track),
            FileEvent::Picture(event) => self.handle_picture(event),
            FileEvent::Uploaded(number, Ok(())) => self.file_sent(number, now),
            FileEvent::Uploaded(number, Err(why)) => self.file_failed(number, &not_sent(&why)),
            FileEvent::Downloaded(number, Ok(path)) => {
                if let Some(transfer) = self.files.find(number) {
                    transfer.view.size = transfer.view.size.or(Some(transfer.view.done));
                    transfer.view.state = FileState::Done { path: Some(path) };
                    self.files.publish();
                }
            }
            FileEvent::Downloaded(number, Err(why)) => self.file_failed(number, &not_got(&why, LARGEST_DOWNLOAD)),
        }
    }

    fn file_looked_at(&mut self, number: u64, name: Arc<str>, size: u64, now: Now) {
        let Some(transfer) = self.files.find(number) else { return };
        transfer.view.name = name.clone();
        transfer.view.size = Some(size);
        let to = transfer.view.with.clone();
        self.files.publish();
        let media_type = media_type(&name);
        let account = self.outgoing(&to, "file", now).ok().and_then(|message| self.chat_of(&message));
        match account.filter(|id| self.is_online(id)) {
            Some(id) => {
                self.chat(&id, xmpp::Command::AskSlot(SlotWish { ticket: number, name, size, media_type }));
            }
            None => self.file_failed(number, &no_slot(&NoSlot::Offline, size)),
        }
    }

    /// The server has a place for a file, or not.
    pub(super) fn handle_slot(&mut self, number: u64, slot: Result<Slot, NoSlot>) {
        let Some(transfer) = self.files.find(number).filter(|known| known.view.state == FileState::Preparing) else {
            return;
        };
        let size = transfer.view.size.unwrap_or_default();
        match slot {
            Err(why) => self.file_failed(number, &no_slot(&why, size)),
            Ok(slot) => {
                transfer.view.state = FileState::Running;
                transfer.get = Some(slot.get.clone());
                let (id, path) = (transfer.view.id.clone(), transfer.path.clone());
                let media_type = media_type(&transfer.view.name);
                self.files.publish();
                let own_domains = self.own_domains();
                let upload = FileEffect::Upload { number, path, size, media_type, slot, own_domains };
                self.effects.push_back(Effect::File(upload));
                if let Some(ticket) = self.files.ticket(number) {
                    self.answer(ticket, Ok(Reply::Message(id)));
                }
            }
        }
    }

    /// The server has the file: the message says where.
    fn file_sent(&mut self, number: u64, now: Now) {
        let Some(transfer) = self.files.find(number) else { return };
        transfer.view.done = transfer.view.size.unwrap_or_default();
        transfer.view.state = FileState::Done { path: None };
        let (id, to) = (transfer.view.id.clone(), transfer.view.with.clone());
        let (get, path, temporary) = (transfer.get.clone(), transfer.path.clone(), transfer.temporary);
        let url = get.as_ref().map(HttpsUrl::to_string).unwrap_or_default();
        self.settle_file(get, path, temporary);
        self.files.publish();
        match self.outgoing(&to, &url, now) {
            Ok(mut message) => {
                message.id = id;
                message.details.file = true;
                self.store(store::Command::AppendOutgoing(message));
            }
            Err(refusal) => self.file_failed(number, &refusal.text),
        }
    }

    fn file_failed(&mut self, number: u64, why: &str) {
        let Some(transfer) = self.files.find(number) else { return };
        transfer.view.state = FileState::Failed { why: why.into() };
        self.files.publish();
        if let Some(ticket) = self.files.ticket(number) {
            self.answer(ticket, Err(Refusal::new(RefusalKind::NotAllowed, why)));
        }
    }

    fn chat_of(&self, message: &Message) -> Option<AccountId> {
        self.config.chat.iter().find(|chat| chat.address == message.from).map(|chat| chat.id.clone())
    }

    fn own_domains(&self) -> Vec<Arc<str>> {
        self.config.chat.iter().map(|chat| chat.address.domain().into()).collect()
    }
}
