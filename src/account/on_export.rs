//! Writing a conversation into a file: a page of the store after the other, each on the disk before the next is read.

use std::collections::BTreeMap;
use std::path::Path;

use super::effect::{Effect, Ticket};
use super::export::{ExportPart, ExportRequest, ExportWritten, Writer};
use super::manager::Manager;
use super::people::clean;
use super::{Refusal, RefusalKind, Reply};
use crate::model::{ConversationKind, Message, MessageId, Now};
use crate::store::{self, TalkCommand};

/// Exports at once. When full: a further one is refused.
const MOST_EXPORTS: usize = 4;
/// Messages that are read and written at once.
const PAGE: u32 = 500;

/// A file that is being written.
#[derive(Debug)]
struct Export {
    ticket: Ticket,
    request: ExportRequest,
    writer: Writer,
    /// The last message so far; absent: nothing is written.
    last: Option<MessageId>,
    over: bool,
}

/// Every file that is being written, by the page that it waits for.
#[derive(Debug, Default)]
pub(super) struct Exports(BTreeMap<u64, Export>);

impl Manager {
    pub(super) fn handle_export(&mut self, ticket: Ticket, request: ExportRequest, now: Now) {
        let refuse = |kind, why: &str| Err(Refusal::new(kind, why));
        if !Path::new(&*request.path).is_absolute() {
            let why = "Write the whole path of the file, from the root on.";
            return self.answer(ticket, refuse(RefusalKind::Invalid, why));
        }
        if self.exports.0.len() >= MOST_EXPORTS {
            let why = "Other conversations are being written: wait until they are done.";
            return self.answer(ticket, refuse(RefusalKind::NotAllowed, why));
        }
        let name = clean(&self.people.name(&request.with));
        let writer = Writer::new(request.with.clone(), name, request.format, now.wall);
        self.read_export(Export { ticket, request, writer, last: None, over: false });
    }

    fn read_export(&mut self, export: Export) {
        self.next_page += 1;
        let (request, with, limit) = (self.next_page, export.request.with.clone(), PAGE);
        let command = match export.last.clone() {
            None => TalkCommand::First { request, with, limit },
            Some(id) => TalkCommand::After { request, with, id, limit },
        };
        self.exports.0.insert(request, export);
        self.store(store::Command::Talk(command));
    }

    /// A page of the store; what is none of an export is given back.
    pub(super) fn handle_export_page(&mut self, id: u64, messages: Vec<Message>) -> Option<Vec<Message>> {
        let Some(mut export) = self.exports.0.remove(&id) else { return Some(messages) };
        let first = export.last.is_none();
        if first && messages.is_empty() {
            let why = "There are no messages of this conversation on this device.";
            self.answer(export.ticket, Err(Refusal::new(RefusalKind::NotFound, why)));
            return None;
        }
        let mut text = if first { export.writer.head() } else { String::new() };
        for message in &messages {
            let author = match (message.details.kind, &message.details.nick) {
                (ConversationKind::Person, _) | (_, None) => clean(&self.people.name(&message.from)),
                (ConversationKind::Room | ConversationKind::Occupant, Some(nick)) => clean(nick),
            };
            text.push_str(&export.writer.message(message, &author));
        }
        export.over = messages.len() < PAGE as usize;
        if export.over {
            text.push_str(export.writer.tail());
        }
        export.last = messages.last().map(|last| last.id.clone()).or(export.last);
        let (path, last) = (export.request.path.clone(), export.over);
        self.effects.push_back(Effect::Export(ExportPart { id, path, text, first, last }));
        self.exports.0.insert(id, export);
        None
    }

    /// A part is on the disk, or could not be written.
    pub(super) fn handle_export_written(&mut self, written: ExportWritten) {
        let Some(export) = self.exports.0.remove(&written.id) else { return };
        match written.result {
            Err(why) => self.answer(export.ticket, Err(Refusal::new(RefusalKind::Invalid, &why))),
            Ok(()) if export.over => {
                let reply = Reply::Exported { messages: export.writer.written, path: export.request.path };
                self.answer(export.ticket, Ok(reply));
            }
            Ok(()) => self.read_export(export),
        }
    }
}
