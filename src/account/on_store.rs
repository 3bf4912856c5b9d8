//! What the store and the media thread say.

use super::manager::Manager;
use super::on_talk::sending_of;
use super::{BookReply, NoticeBody, Reply};
use crate::media;
use crate::model::{ConditionKind, Delivery, Message, Now, Remedy};
use crate::store::Event;
use crate::xmpp::{self, Checkpoint};

impl Manager {
    pub(super) fn handle_store(&mut self, event: Event, now: Now) {
        match event {
            Event::Outgoing(message) => self.handle_outgoing(message),
            Event::Incoming { message, checkpoint } => {
                if let Some(message) = message {
                    self.conversations.append(&message);
                    self.note_room_message(&message);
                    self.notice(NoticeBody::Message(Box::new(message)));
                }
                self.committed(checkpoint);
            }
            Event::Delivery { message, checkpoint } => {
                if let Some(message) = message {
                    if message.delivery != Delivery::Pending {
                        self.outbox.retain(|waiting| waiting.id != message.id);
                    }
                    self.conversations.change(&message);
                    self.notice(NoticeBody::Message(Box::new(message)));
                }
                if let Some(checkpoint) = checkpoint {
                    self.committed(checkpoint);
                }
            }
            Event::Talk(event) => self.handle_talk_stored(event),
            Event::Received { id, message } => self.handle_received_stored(&id, message),
            Event::Committed(checkpoint) => self.committed(checkpoint),
            Event::SessionStored(revision) => {
                if let Some(Some(id)) = self.session_owners.pop_front() {
                    self.chat(&id, xmpp::Command::SessionStored(revision));
                }
            }
            Event::Pruned { more, conversations } => self.handle_pruned(more, conversations, now),
            Event::Read { with, unread, displayed, checkpoint } => {
                self.handle_read(&with, unread, displayed);
                if let Some(checkpoint) = checkpoint {
                    self.committed(checkpoint);
                }
            }
            Event::ArchiveNext { account, with, query } => self.handle_archive_next(&account, with.as_ref(), query),
            Event::ArchiveStored(stored) => self.handle_archive_stored(*stored),
            Event::Messages { request, messages } => {
                let Some(messages) = self.handle_messages(request, messages) else { return };
                let Some(messages) = self.handle_export_page(request, messages) else { return };
                if let Some(ticket) = self.pages.remove(&request) {
                    self.answer(ticket, Ok(Reply::Messages(messages)));
                }
            }
            Event::Photo { jid, photo: Some(picture) } => {
                self.effects.push_back(super::effect::Effect::Decode { jid, picture });
            }
            Event::Photo { jid, photo: None } => self.people.set_avatar(&jid, None),
            Event::Calls { request, mut calls } => {
                // A call is in the store from its start, so that a crash leaves a trace; history is what is over.
                calls.retain(|record| !self.calls.contains(record.call.id));
                if let Some(ticket) = self.pages.remove(&request) {
                    self.answer(ticket, Ok(Reply::History(calls)));
                }
            }
            Event::SharedCalls { missed, changed } => self.shared_calls_stored(missed, changed),
            Event::BookCards { request, cards } => self.handle_book_cards(request, cards),
            Event::Statements { request, statements } => {
                if let Some(ticket) = self.pages.remove(&request) {
                    self.answer(ticket, Ok(Reply::Book(BookReply::Statements(statements))));
                }
            }
            Event::Failed(error) => {
                let text = format!("Messages cannot be saved: {error}. Nothing is lost; Tandem keeps trying.");
                self.add_condition(ConditionKind::Store, &text, Remedy::Dismiss);
            }
            Event::Recovered => self.conditions.retain(|condition| condition.kind != ConditionKind::Store),
            Event::Closed => {
                if self.quitting.is_some() {
                    self.quitting = Some(now.boot);
                }
            }
        }
    }

    /// A message of ours is safe: it may be shown, and leaves as soon as the server takes it.
    fn handle_outgoing(&mut self, message: Message) {
        self.conversations.append(&message);
        self.outbox.push(message.clone());
        self.notice(NoticeBody::Message(Box::new(message.clone())));
        if let Some(ticket) = self.sends.remove(&message.id) {
            self.answer(ticket, Ok(Reply::Message(message.id.clone())));
        }
        if message.with.is_sip() {
            return self.pump_sip_messages();
        }
        // The account as whose message it was stored, whatever the rosters say meanwhile.
        let account = self.config.chat.iter().find(|chat| chat.address == message.from).map(|chat| chat.id.clone());
        if let Some(id) = account {
            self.typing.handle_sent(&message.with);
            self.chat_or_room(&id, sending_of(message));
        }
    }

    /// The store works in order, so the oldest checkpoint that waits is the one that is safe.
    fn committed(&mut self, checkpoint: Checkpoint) {
        let at = self.commits.iter().position(|(waiting, _)| *waiting == checkpoint);
        if let Some((_, Some(id))) = at.and_then(|at| self.commits.remove(at)) {
            self.chat(&id, xmpp::Command::Committed(checkpoint));
        }
    }

    pub(super) fn handle_media(&mut self, event: media::Event, now: Now) {
        if self.is_probe(&event) {
            return;
        }
        match event {
            media::Event::Note(news) => self.handle_note(news, now),
            media::Event::Rehearsed(heard) => self.handle_rehearsed(&heard),
            media::Event::Opened { call, .. }
            | media::Event::OpenFailed { call, .. }
            | media::Event::MoveFailed { call }
            | media::Event::PathLost { call }
            | media::Event::Candidates { call, .. }
            | media::Event::Flowing { call }
            | media::Event::Digit { call, .. }
            | media::Event::Secured { call }
            | media::Event::SecurityFailed { call, .. }
            | media::Event::KeysAging { call }
            | media::Event::KeysTurned { call }
            | media::Event::LaterCandidates { call, .. }
            | media::Event::Nominated { call, .. }
            | media::Event::TextOpened { call, .. }
            | media::Event::Text { call, .. }
            | media::Event::Silence { call, .. } => {
                let _ = self.calls.with(call, now, |machine| machine.handle_media(&event, now));
            }
            media::Event::Speaking { call, sources } => self.meeting_speaks(call, sources),
            media::Event::Stats { call, stats } => self.note_stats(call, stats, now),
            media::Event::Recording { what, news } => self.handle_recording(what, news, now),
            media::Event::Identity(fingerprint) => self.security.fingerprint = Some(fingerprint),
            // Only the test of the setup wants to know.
            media::Event::Helped { .. } => {}
            // Meters have a channel of their own.
            media::Event::Meters(_) => {}
            media::Event::Pace(pace) => note_pace(&pace),
            media::Event::Devices(devices) => self.devices = devices,
            media::Event::DeviceProblem(Some(problem)) => {
                self.add_condition(ConditionKind::Device, &problem.text, Remedy::ChooseDevice);
            }
            media::Event::DeviceProblem(None) => {
                self.conditions.retain(|condition| condition.kind != ConditionKind::Device);
            }
        }
    }
}

/// More than one tick in a thousand that is late can be heard (F28).
fn note_pace(pace: &media::Pace) {
    if pace.left_out > 0 || pace.late * 1_000 > pace.ticks.max(1_000) {
        tracing::debug!(late = pace.late, left_out = pace.left_out, of = pace.ticks, "the sound's ticks come late");
    }
}
