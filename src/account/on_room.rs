//! What rooms say, and what follows from it: the list, what is remembered, bookmarks, invitations.

use std::sync::Arc;

use super::effect::Effect;
use super::manager::Manager;
use super::room_words;
use super::rooms::{AskedFor, Entry, MEMO};
use super::{NoticeBody, Refusal, RefusalKind, Reply, RoomReply};
use crate::model::{
    AccountId, ChangeKind, ConversationKind, Delivery, Jid, Message, MessageChange, MessageDirection, Now, Reason,
    RoomInvitation, RoomNotify, RoomState,
};
use crate::store;
use crate::xmpp::room::{Bookmark, Create, RoomAnswer, RoomCommand, RoomEvent, names};
use crate::xmpp::{Checkpoint, Command, Outbound};

impl Manager {
    pub(super) fn room_command(&mut self, account: &AccountId, room: &Jid, command: RoomCommand) {
        self.chat(account, Command::Room(room.clone(), command));
    }

    /// Something that a room, or the service of rooms, says.
    pub(super) fn handle_room(&mut self, account: &AccountId, room: Jid, event: RoomEvent, now: Now) {
        match event {
            RoomEvent::Bookmarks(all) => self.take_bookmarks(account, all),
            RoomEvent::Bookmarked(bookmark) => self.take_bookmark(account, bookmark),
            RoomEvent::Unbookmarked => self.bookmark_gone(&room),
            RoomEvent::Answered(number, answer) => self.room_answered(number, answer),
            RoomEvent::Invited { from, reason, password, mediated, known } => {
                let account = account.clone();
                let invitation = RoomInvitation { id: 0, account, room, from, reason, password, mediated, known };
                self.room_invites(invitation);
            }
            RoomEvent::Retracted { archive_id, reason, checkpoint, .. } => {
                self.room_retracted(account, &room, &archive_id, reason, checkpoint, now);
            }
            RoomEvent::Refused { id, reason, checkpoint } => {
                let here = |with: &Jid| *with == room || with.occupant().is_some_and(|(of, _)| of == room);
                let said = self.sending.iter().find(|sending| sending.id == id && here(&sending.with));
                if let Some(with) = said.map(|sending| sending.with.clone()) {
                    self.refused(&id, &with, &reason);
                } else if let Some(entry) = self.rooms.get_mut(&room) {
                    entry.line(format!("Your message was not delivered: {}", reason.text), now.wall);
                }
                let command = store::Command::SetDelivery {
                    id,
                    with: None,
                    delivery: Delivery::Failed,
                    checkpoint: Some(checkpoint),
                };
                self.commit(command, checkpoint, account);
            }
            RoomEvent::Lost(id) => {
                let delivery = Delivery::Failed;
                self.store(store::Command::SetDelivery { id, with: None, delivery, checkpoint: None });
            }
            event => self.handle_known_room(&room, event, now),
        }
    }

    /// What a room says that we know.
    fn handle_known_room(&mut self, room: &Jid, event: RoomEvent, now: Now) {
        let Some(entry) = self.rooms.get_mut(room) else { return };
        match event {
            RoomEvent::Joining => entry.state = RoomState::Joining,
            RoomEvent::Joined { occupants, created } => {
                entry.state = RoomState::Joined;
                entry.occupants = occupants.into_iter().map(|one| (one.nick.clone(), one)).collect();
                if let Some(own) = entry.occupants.values().find(|one| one.own) {
                    entry.nick = own.nick.clone();
                }
                if entry.since.archive_id.is_none() && entry.since.time.is_none() {
                    entry.fresh = Some(now.wall);
                }
                entry.configure = created;
                self.write_owed_bookmark(room);
                self.remember_room(room);
                self.room_entered(room);
            }
            RoomEvent::Call { by, own, word, time } => self.room_says(room, (by, own), word, time, now),
            RoomEvent::CallNamed { nick, uri } => self.room_names(room, nick, uri),
            RoomEvent::Left { reason, again } => self.left_room(room, reason, again, now),
            RoomEvent::Occupants { set, gone } => {
                for nick in gone {
                    entry.occupants.remove(&nick);
                    entry.voices.retain(|asking| *asking != nick);
                }
                for one in set {
                    if one.own {
                        entry.nick = one.nick.clone();
                    }
                    entry.occupants.insert(one.nick.clone(), one);
                }
            }
            RoomEvent::Line(note) => entry.line(room_words::note(&note), now.wall),
            RoomEvent::Subject(subject) => entry.subject = subject,
            RoomEvent::Facts(facts) => entry.facts = facts,
            RoomEvent::SettingsWanted => entry.configure = true,
            RoomEvent::Photo(hash, picture) => self.decode_face(room, &hash, picture),
            RoomEvent::Picture => {
                let account = entry.account.clone();
                self.chat(&account, Command::FetchCard { jid: room.clone(), urgent: false });
            }
            RoomEvent::Synced(since) => {
                let first = entry.since.archive_id.is_none();
                entry.since = since;
                if first && entry.fresh.take().is_some() {
                    self.room_is_read(room);
                }
                self.remember_room(room);
            }
            RoomEvent::VoiceAsked { nick, .. } => {
                let shown = entry.occupants.get(&nick).map(|one| one.shown.clone());
                if entry.ask_voice(nick) {
                    let who = shown.unwrap_or_else(|| "Somebody".into());
                    entry.line(format!("\u{2068}{who}\u{2069} asks to be allowed to write."), now.wall);
                }
            }
            RoomEvent::Declined { from, reason } => {
                let why = reason.map(|why| format!(" They say: \u{2068}{why}\u{2069}")).unwrap_or_default();
                entry.line(format!("{from} does not come.{why}"), now.wall);
            }
            // Seen to before.
            RoomEvent::Bookmarks(_)
            | RoomEvent::Bookmarked(_)
            | RoomEvent::Unbookmarked
            | RoomEvent::Answered(..)
            | RoomEvent::Invited { .. }
            | RoomEvent::Retracted { .. }
            | RoomEvent::Refused { .. }
            | RoomEvent::Lost(_) => {}
        }
    }

    fn left_room(&mut self, room: &Jid, reason: Option<Reason>, again: bool, now: Now) {
        let Some(entry) = self.rooms.get_mut(room) else { return };
        entry.occupants.clear();
        entry.voices.clear();
        entry.state = match (reason, again) {
            (Some(reason), true) => {
                entry.line(reason.text.to_string(), now.wall);
                RoomState::Joining
            }
            (Some(reason), false) => {
                entry.wanted = false;
                entry.line(reason.text.to_string(), now.wall);
                RoomState::Refused(reason.code, reason.text)
            }
            (None, true) => RoomState::Joining,
            (None, false) => RoomState::Out,
        };
        self.remember_room(room);
        self.room_left(room);
    }

    /// Remembers what is to be known of a room at the next start.
    pub(super) fn remember_room(&mut self, room: &Jid) {
        if let Some(memo) = self.rooms.get(room).map(Entry::memo) {
            self.set_memo(&format!("{MEMO}{room}"), &memo);
        }
    }

    /// Forgets a room.
    pub(super) fn forget_room(&mut self, room: &Jid) {
        self.rooms.remove(room);
        self.meetings.rooms.remove(room);
        let key = format!("{MEMO}{room}");
        if self.memos.remove(&key).is_some() {
            self.store(store::Command::SetMemo { key, value: None });
        }
    }

    /// An account starts: it shall be in these rooms.
    pub(super) fn start_rooms(&mut self, account: &AccountId) {
        let wanted: Vec<Jid> = self
            .rooms
            .rooms
            .values()
            .filter(|entry| entry.wanted && entry.account == *account)
            .map(|entry| entry.jid.clone())
            .collect();
        for room in wanted {
            self.enter_room(&room, Create::No);
        }
    }

    /// Enters a room that is known.
    pub(super) fn enter_room(&mut self, room: &Jid, create: Create) {
        let Some(entry) = self.rooms.get_mut(room) else { return };
        entry.wanted = true;
        if entry.state != RoomState::Joined {
            entry.state = RoomState::Joining;
        }
        let (account, join) = (entry.account.clone(), entry.join(create));
        self.room_command(&account, room, RoomCommand::Join(join));
    }

    fn take_bookmarks(&mut self, account: &AccountId, all: Vec<Bookmark>) {
        let gone: Vec<Jid> = self
            .rooms
            .rooms
            .values()
            .filter(|entry| entry.account == *account && entry.bookmark.is_some() && !entry.owed)
            .filter(|entry| all.iter().all(|bookmark| bookmark.room != entry.jid))
            .map(|entry| entry.jid.clone())
            .collect();
        for room in gone {
            self.bookmark_gone(&room);
        }
        for bookmark in all {
            self.take_bookmark(account, bookmark);
        }
    }

    /// A bookmark as it is on the server (XEP-0402 section 3.2): another device may have entered or left.
    fn take_bookmark(&mut self, account: &AccountId, bookmark: Bookmark) {
        let nick = bookmark.nick.clone().unwrap_or_else(|| self.own_nick(account));
        let room = bookmark.room.clone();
        let entry = self.rooms.entry(&room, account, &nick);
        if entry.account != *account {
            return;
        }
        let autojoin = bookmark.autojoin;
        if let Some(notify) = bookmark.notify {
            entry.notify = notify;
        }
        entry.password = bookmark.password.clone().or(entry.password.take());
        if !entry.wanted {
            entry.nick = nick;
        }
        let stuck = matches!(entry.state, RoomState::Refused(..));
        let change = bookmark.autojoin != entry.wanted;
        entry.bookmark = Some(bookmark);
        entry.owed = false;
        // Whoever was put out goes back by hand only.
        if autojoin && change && !stuck {
            self.enter_room(&room, Create::No);
        } else if !autojoin && change {
            self.leave_known_room(&room);
        }
        self.remember_room(&room);
    }

    fn bookmark_gone(&mut self, room: &Jid) {
        let Some(entry) = self.rooms.get_mut(room) else { return };
        entry.bookmark = None;
        let wanted = entry.wanted;
        if wanted {
            self.leave_known_room(room);
        }
        self.forget_room(room);
    }

    /// Leaves without a word about bookmarks.
    pub(super) fn leave_known_room(&mut self, room: &Jid) {
        let Some(entry) = self.rooms.get_mut(room) else { return };
        entry.wanted = false;
        entry.state = RoomState::Out;
        entry.occupants.clear();
        let account = entry.account.clone();
        self.room_command(&account, room, RoomCommand::Leave);
    }

    /// The nick where nobody said one: the own name, else the address's.
    pub(super) fn own_nick(&self, account: &AccountId) -> Arc<str> {
        let own = self.chat_address(account);
        let card = self.my_cards.nickname(account).filter(|nick| !nick.trim().is_empty());
        card.or_else(|| own.as_ref().and_then(Jid::local).map(Into::into)).unwrap_or_else(|| "guest".into())
    }

    fn room_invites(&mut self, invitation: RoomInvitation) {
        let room = invitation.room.clone();
        if self.rooms.invited(invitation).is_some() {
            self.notice(NoticeBody::Attention(room));
        }
    }

    fn room_retracted(
        &mut self,
        account: &AccountId,
        room: &Jid,
        archive_id: &Arc<str>,
        reason: Option<Arc<str>>,
        checkpoint: Checkpoint,
        now: Now,
    ) {
        let Some(own) = self.chat_address(account) else { return };
        let change = MessageChange {
            kind: ChangeKind::Moderation,
            target: archive_id.clone(),
            from: room.clone(),
            nick: None,
            occupant: None,
            time: now.wall,
            text: reason.unwrap_or_default(),
        };
        let command = store::Command::Change {
            account: own,
            with: room.clone(),
            change: Box::new(change),
            checkpoint: Some(checkpoint),
        };
        self.commit(command, checkpoint, account);
    }

    fn room_answered(&mut self, number: u64, answer: Result<RoomAnswer, Reason>) {
        let Some(asked) = self.rooms.asked.remove(&number) else { return };
        let reply = match answer {
            Ok(RoomAnswer::Done) => {
                if asked.what == AskedFor::Destroy {
                    self.unbookmark(&asked.room);
                    self.forget_room(&asked.room);
                }
                Ok(Reply::Done)
            }
            Ok(RoomAnswer::Facts(facts)) => Ok(Reply::Room(RoomReply::Facts(facts))),
            Ok(RoomAnswer::Affiliations(list)) => Ok(Reply::Room(RoomReply::Affiliations(list))),
            Ok(RoomAnswer::Form(form)) => {
                if let Some(entry) = self.rooms.get_mut(&asked.room).filter(|_| asked.what == AskedFor::Form) {
                    entry.form = Some((*form).clone());
                    entry.configure = false;
                }
                Ok(Reply::Room(RoomReply::Form(form)))
            }
            Ok(RoomAnswer::Found(service, rooms)) => Ok(Reply::Room(RoomReply::Found(service, rooms))),
            Ok(RoomAnswer::Older(complete)) => Ok(Reply::Room(RoomReply::Older(complete))),
            Err(reason) => {
                let kind = match &*reason.code {
                    "offline" | "timeout" | "remote-server-timeout" | "remote-server-not-found" => RefusalKind::Offline,
                    "item-not-found" | "not-found" => RefusalKind::NotFound,
                    _ => RefusalKind::NotAllowed,
                };
                Err(Refusal::new(kind, &reason.text))
            }
        };
        match asked.ticket {
            Some(ticket) => self.answer(ticket, reply),
            None => {
                if let Err(refusal) = reply {
                    self.notice(NoticeBody::Problem(refusal.text));
                }
            }
        }
    }

    /// A message was stored: what it means for a room's counters, and whether the user's attention is called to it.
    pub(super) fn note_room_message(&mut self, message: &Message) {
        let kind = message.details.kind;
        if kind == ConversationKind::Person || message.direction == MessageDirection::Out {
            return;
        }
        if kind == ConversationKind::Occupant {
            return self.notice(NoticeBody::Attention(message.with.clone()));
        }
        let Some(entry) = self.rooms.get_mut(&message.with) else { return };
        if entry.fresh.is_some_and(|since| message.time < since) {
            let room = message.with.clone();
            return self.room_is_read(&room);
        }
        let mention = names(&message.body, &entry.nick);
        entry.mentions += u32::from(mention);
        let heard = match entry.notify {
            RoomNotify::All => true,
            RoomNotify::Mentions => mention,
            RoomNotify::None => false,
        };
        if mention {
            self.remember_room(&message.with);
        }
        if heard {
            self.notice(NoticeBody::Attention(message.with.clone()));
        }
    }

    /// Everything in it is read.
    pub(super) fn room_is_read(&mut self, room: &Jid) {
        if self.conversations.read(room) {
            self.store(store::Command::MarkRead { with: room.clone() });
        }
        self.note_room_read(room);
    }

    /// The user has seen a conversation.
    pub(super) fn note_room_read(&mut self, room: &Jid) {
        if self.rooms.get(room).is_some_and(|entry| entry.mentions > 0) {
            if let Some(entry) = self.rooms.get_mut(room) {
                entry.mentions = 0;
            }
            self.remember_room(room);
        }
    }

    /// The card of a room: its picture.
    pub(super) fn note_room_card(&mut self, room: &Jid, card: Option<&crate::xmpp::Card>) {
        if self.rooms.get(room).is_none() {
            return;
        }
        self.room_card_says(room, card);
        match card.and_then(|card| card.photo.clone()) {
            Some(picture) => self.effects.push_back(Effect::Decode { jid: room.clone(), picture }),
            None => {
                if let Some(entry) = self.rooms.get_mut(room) {
                    entry.avatar = None;
                }
            }
        }
    }

    /// A picture was decoded, of a room or of somebody.
    pub(super) fn take_picture(&mut self, jid: &Jid, avatar: Option<crate::model::Avatar>) {
        if self.take_face(jid, avatar.as_ref()) {
            return;
        }
        self.take_own_picture(jid, avatar.as_ref());
        match self.rooms.get_mut(jid) {
            Some(entry) => entry.avatar = avatar,
            None => self.people.set_avatar(jid, avatar),
        }
    }

    /// Orders something to be sent: to a room through the room, to everybody else as it is.
    pub(super) fn chat_or_room(&mut self, id: &AccountId, command: Command) {
        let is_room = |to: &Jid| to.occupant().is_some() || self.rooms.get(to).is_some();
        let command = match command {
            Command::Send { id, to, body, written } if is_room(&to) => {
                Command::Room(to, RoomCommand::Send { id, what: Outbound::text(body), written })
            }
            Command::Say { id, to, what, written } if is_room(&to) => {
                Command::Room(to, RoomCommand::Send { id, what, written })
            }
            other => other,
        };
        self.chat(id, command);
    }
}
