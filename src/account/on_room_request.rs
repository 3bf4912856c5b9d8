//! What the window and the control interface ask about rooms, carried out.

use std::sync::Arc;

use super::effect::Ticket;
use super::manager::Manager;
use super::room_request::{EnterRoom, FilledField, RoomReply, RoomRequest};
use super::rooms::AskedFor;
use super::{Refusal, RefusalKind, Reply};
use crate::model::{
    AccountId, ConversationKind, Jid, MessageDetails, Occupant, OccupantAction, Role, RoomFact, RoomState, Standing,
    may,
};
use crate::xmpp::room::{Bookmark, Create, RoomCommand, key};

/// The longest nick, name, subject or reason that is taken, bytes.
const LONGEST: usize = 1_000;
/// Questions to rooms that may be open. When full: refused.
const MOST_ASKED: usize = 256;

impl Manager {
    /// Answers, now or when the room has.
    pub(super) fn handle_room_request(&mut self, ticket: Ticket, request: RoomRequest) {
        if let Some(answer) = self.room_request(ticket, request).transpose() {
            self.answer(ticket, answer);
        }
    }

    fn room_request(&mut self, ticket: Ticket, request: RoomRequest) -> Result<Option<Reply>, Refusal> {
        let done = Ok(Some(Reply::Done));
        match request {
            RoomRequest::List => return Ok(Some(Reply::Room(RoomReply::Rooms(self.rooms.shown())))),
            RoomRequest::Look(room) => {
                let account = self.account_of_room(&room, None)?;
                return self.ask_room(ticket, &account, &room, AskedFor::Nothing, RoomCommand::Look);
            }
            RoomRequest::Search(service) => {
                let first = self.config.chat.first().ok_or_else(no_account)?;
                let (account, own) = (first.id.clone(), Jid::parse(first.address.domain()).ok());
                let service = service.or(own).ok_or_else(no_room)?;
                return self.ask_room(ticket, &account, &service, AskedFor::Nothing, RoomCommand::Search);
            }
            RoomRequest::Join(enter) => self.join_room(enter)?,
            RoomRequest::Leave(room) => self.leave_room(&room, false)?,
            RoomRequest::Forget(room) => self.leave_room(&room, true)?,
            RoomRequest::Nick(room, nick) => self.change_nick(&room, &nick)?,
            RoomRequest::Subject(room, subject) => {
                let account = self.joined_room(&room)?;
                let subject = written(&subject, "The subject is too long.")?;
                self.room_command(&account, &room, RoomCommand::Subject(subject));
            }
            RoomRequest::Name(room, name) => {
                let name = written(&name, "The name is too long.")?;
                let entry = self.rooms.get_mut(&room).ok_or_else(no_room)?;
                let mut bookmark = entry.bookmark.clone().unwrap_or_else(|| plain(&room, false));
                bookmark.name = (!name.trim().is_empty()).then_some(name);
                self.keep_bookmark(bookmark);
            }
            RoomRequest::Notify(room, notify) => {
                let entry = self.rooms.get_mut(&room).ok_or_else(no_room)?;
                entry.notify = notify;
                if let Some(bookmark) = entry.bookmark.clone() {
                    self.keep_bookmark(Bookmark { notify: Some(notify), ..bookmark });
                }
                self.remember_room(&room);
            }
            RoomRequest::Invite { room, who, reason } => self.invite(&room, who, reason)?,
            RoomRequest::AnswerInvitation { id, accept, reason } => self.answer_invitation(id, accept, reason)?,
            RoomRequest::Act { room, nick, action, reason } => {
                return self.act_in_room(ticket, &room, &nick, action, reason);
            }
            RoomRequest::Affiliate { room, who, affiliation, reason } => {
                let account = self.joined_room(&room)?;
                let command = |ticket| RoomCommand::SetAffiliation { ticket, jid: who, affiliation, reason };
                return self.ask_room(ticket, &account, &room, AskedFor::Nothing, command);
            }
            RoomRequest::Affiliations(room, affiliation) => {
                let account = self.joined_room(&room)?;
                let command = |ticket| RoomCommand::Affiliations { ticket, affiliation };
                return self.ask_room(ticket, &account, &room, AskedFor::Nothing, command);
            }
            RoomRequest::Settings(room) => {
                let account = self.joined_room(&room)?;
                return self.ask_room(ticket, &account, &room, AskedFor::Form, RoomCommand::Settings);
            }
            RoomRequest::Configure(room, values) => return self.configure_room(ticket, &room, values),
            RoomRequest::Faces(room, nicks) => self.look_at_faces(&room, &nicks),
            RoomRequest::AskVoice(room) => {
                let account = self.joined_room(&room)?;
                self.room_command(&account, &room, RoomCommand::AskVoice);
            }
            RoomRequest::AnswerVoice { room, nick, allow } => {
                let account = self.joined_room(&room)?;
                let entry = self.rooms.get_mut(&room).ok_or_else(no_room)?;
                let before = entry.voices.len();
                entry.voices.retain(|asking| *asking != nick);
                if entry.voices.len() == before {
                    return Err(Refusal::new(
                        RefusalKind::NotFound,
                        "Nobody of that nick asks to be allowed to write.",
                    ));
                }
                self.room_command(&account, &room, RoomCommand::AnswerVoice { nick, allow });
            }
            RoomRequest::Retract { room, archive_id, reason } => {
                let account = self.joined_room(&room)?;
                let command = |ticket| RoomCommand::Retract { ticket, archive_id, reason };
                return self.ask_room(ticket, &account, &room, AskedFor::Nothing, command);
            }
            RoomRequest::Whisper(room, nick) => {
                let occupant = self.occupant(&room, &nick)?;
                let with = Jid::of_occupant(&room, &key(&occupant)).ok_or_else(no_room)?;
                return Ok(Some(Reply::Room(RoomReply::Conversation(with))));
            }
            RoomRequest::Older(room, before) => {
                let account = self.joined_room(&room)?;
                let command = |ticket| RoomCommand::Older { ticket, before };
                return self.ask_room(ticket, &account, &room, AskedFor::Nothing, command);
            }
            RoomRequest::Destroy(room, reason) => {
                let account = self.joined_room(&room)?;
                let command = |ticket| RoomCommand::Destroy { ticket, reason };
                return self.ask_room(ticket, &account, &room, AskedFor::Destroy, command);
            }
        }
        done
    }

    /// Asks a room; the answer to the ticket follows.
    fn ask_room(
        &mut self,
        ticket: Ticket,
        account: &AccountId,
        room: &Jid,
        what: AskedFor,
        command: impl FnOnce(u64) -> RoomCommand,
    ) -> Result<Option<Reply>, Refusal> {
        if !self.is_online(account) {
            return Err(Refusal::new(RefusalKind::Offline, "Chat is not connected."));
        }
        if self.rooms.asked.len() >= MOST_ASKED {
            return Err(Refusal::new(
                RefusalKind::NotAllowed,
                "Too many questions to rooms are open. Try again later.",
            ));
        }
        let number = self.rooms.ask(Some(ticket), room, what);
        self.room_command(account, room, command(number));
        Ok(None)
    }

    /// The account that is in a room, the wished one, or the first.
    fn account_of_room(&self, room: &Jid, wished: Option<&AccountId>) -> Result<AccountId, Refusal> {
        let known = self.rooms.get(room).map(|entry| &entry.account);
        let first = || self.config.chat.first().map(|chat| &chat.id);
        let id = wished.or(known).or_else(first);
        id.filter(|id| self.config.chat.iter().any(|chat| chat.id == **id)).cloned().ok_or_else(no_account)
    }

    /// The account of a room that we are in.
    fn joined_room(&self, room: &Jid) -> Result<AccountId, Refusal> {
        let entry = self.rooms.get(room).ok_or_else(no_room)?;
        match entry.state {
            RoomState::Joined => Ok(entry.account.clone()),
            RoomState::Out | RoomState::Joining | RoomState::Refused(..) => {
                Err(Refusal::new(RefusalKind::Offline, "You are not in this room at the moment."))
            }
        }
    }

    fn occupant(&self, room: &Jid, nick: &str) -> Result<Arc<Occupant>, Refusal> {
        let entry = self.rooms.get(room).ok_or_else(no_room)?;
        let nobody = || Refusal::new(RefusalKind::NotFound, "Nobody of that nick is in this room.");
        entry.occupants.get(nick).cloned().ok_or_else(nobody)
    }

    pub(super) fn join_room(&mut self, enter: EnterRoom) -> Result<(), Refusal> {
        let EnterRoom { room, account, nick, password, create, configure, once } = enter;
        if room.local().is_none() || room.is_made_up() {
            return Err(Refusal::new(RefusalKind::Invalid, "A room's address looks like name@rooms.example.com."));
        }
        if self.people.contact(&room).is_some() {
            return Err(Refusal::new(RefusalKind::Invalid, "This is the address of a person, not of a room."));
        }
        let account = self.account_of_room(&room, account.as_ref())?;
        let nick = match nick.as_deref().map(str::trim).filter(|nick| !nick.is_empty()) {
            Some(nick) => Some(written(nick, "The nick is too long.")?),
            None => None,
        };
        let usual = self.own_nick(&account);
        let entry = self.rooms.entry(&room, &account, nick.as_ref().unwrap_or(&usual));
        entry.account = account;
        if let Some(nick) = nick {
            entry.nick = nick;
        }
        if password.is_some() {
            entry.password = password;
        }
        let bookmark = entry.bookmark.clone().unwrap_or_else(|| plain(&room, true));
        let bookmark = Bookmark {
            autojoin: true,
            nick: Some(entry.nick.clone()),
            password: entry.password.clone(),
            notify: Some(entry.notify),
            ..bookmark
        };
        let create = match (create, configure) {
            (false, _) => Create::No,
            (true, false) => Create::Instant,
            (true, true) => Create::Configured,
        };
        let known = entry.bookmark.as_ref() == Some(&bookmark);
        let joined = entry.state == RoomState::Joined;
        if !once && !joined && !known {
            entry.bookmark = Some(bookmark.clone());
            entry.owed = true;
        }
        self.enter_room(&room, create);
        if !once && joined {
            self.keep_bookmark(bookmark);
        }
        self.remember_room(&room);
        Ok(())
    }

    fn leave_room(&mut self, room: &Jid, forget: bool) -> Result<(), Refusal> {
        let bookmark = self.rooms.get(room).ok_or_else(no_room)?.bookmark.clone();
        self.leave_known_room(room);
        if forget {
            self.unbookmark(room);
            self.forget_room(room);
        } else {
            match bookmark {
                // XEP-0402 section 3.2: other devices leave as well.
                Some(bookmark) => self.keep_bookmark(Bookmark { autojoin: false, ..bookmark }),
                None => self.remember_room(room),
            }
        }
        Ok(())
    }

    fn keep_bookmark(&mut self, bookmark: Bookmark) {
        let room = bookmark.room.clone();
        let Some(entry) = self.rooms.get_mut(&room) else { return };
        let same = entry.bookmark.as_ref() == Some(&bookmark);
        entry.bookmark = Some(bookmark.clone());
        let account = entry.account.clone();
        if !same && !entry.owed {
            self.room_command(&account, &room, RoomCommand::Bookmark(Box::new(bookmark), true));
        }
        self.remember_room(&room);
    }

    /// We are in the room: now other devices find it, too.
    pub(super) fn write_owed_bookmark(&mut self, room: &Jid) {
        let Some(entry) = self.rooms.get_mut(room).filter(|entry| entry.owed) else { return };
        entry.owed = false;
        let account = entry.account.clone();
        if let Some(bookmark) = entry.bookmark.clone() {
            self.room_command(&account, room, RoomCommand::Bookmark(Box::new(bookmark), true));
        }
    }

    pub(super) fn unbookmark(&mut self, room: &Jid) {
        let Some(entry) = self.rooms.get_mut(room) else { return };
        let account = entry.account.clone();
        let owed = std::mem::take(&mut entry.owed);
        if let Some(bookmark) = entry.bookmark.take().filter(|_| !owed) {
            self.room_command(&account, room, RoomCommand::Bookmark(Box::new(bookmark), false));
        }
    }

    fn change_nick(&mut self, room: &Jid, nick: &str) -> Result<(), Refusal> {
        let nick = written(nick.trim(), "The nick is too long.")?;
        let entry = self.rooms.get_mut(room).ok_or_else(no_room)?;
        if nick.is_empty() || room.with_resource(&nick).is_err() {
            return Err(Refusal::new(RefusalKind::Invalid, "This cannot be a nick."));
        }
        let account = entry.account.clone();
        let joined = entry.state == RoomState::Joined;
        if !joined {
            entry.nick = nick.clone();
        }
        if let Some(bookmark) = entry.bookmark.clone() {
            self.keep_bookmark(Bookmark { nick: Some(nick.clone()), ..bookmark });
        }
        if joined {
            self.room_command(&account, room, RoomCommand::Nick(nick));
        } else {
            self.enter_room(room, Create::No);
        }
        Ok(())
    }

    fn invite(&mut self, room: &Jid, who: Jid, reason: Option<Arc<str>>) -> Result<(), Refusal> {
        let account = self.joined_room(room)?;
        if !who.is_reachable() || who.is_made_up() {
            return Err(Refusal::new(RefusalKind::NoTarget, "This person has no chat address to be asked at."));
        }
        let entry = self.rooms.get(room).ok_or_else(no_room)?;
        // A room for members puts whom it passes an invitation on to on its list (XEP-0045 section 7.8.2); an open one need
        // not be bothered, and people get what comes from somebody they know.
        let direct = !entry.facts.has(RoomFact::MembersOnly);
        let password = entry.password.clone().filter(|_| entry.facts.has(RoomFact::Password));
        self.room_command(&account, room, RoomCommand::Invite { jid: who, reason, direct, password });
        Ok(())
    }

    fn answer_invitation(&mut self, id: u64, accept: bool, reason: Option<Arc<str>>) -> Result<(), Refusal> {
        let at = self.rooms.invitations.iter().position(|invitation| invitation.id == id);
        let at = at.ok_or_else(|| Refusal::new(RefusalKind::NotFound, "There is no such invitation."))?;
        let invitation = self.rooms.invitations.remove(at);
        if accept {
            let password = invitation.password.clone();
            let account = Some(invitation.account.clone());
            return self.join_room(EnterRoom { account, password, ..EnterRoom::to(invitation.room) });
        }
        // A stranger does not learn that somebody is here.
        if invitation.mediated && invitation.known {
            let command = RoomCommand::Decline { to: invitation.from, reason };
            self.room_command(&invitation.account, &invitation.room, command);
        }
        Ok(())
    }

    fn act_in_room(
        &mut self,
        ticket: Ticket,
        room: &Jid,
        nick: &Arc<str>,
        action: OccupantAction,
        reason: Option<Arc<str>>,
    ) -> Result<Option<Reply>, Refusal> {
        let account = self.joined_room(room)?;
        let occupant = self.occupant(room, nick)?;
        let own = self.rooms.get(room).map(super::rooms::Entry::standing).unwrap_or_default();
        if !may(own, action, &occupant) {
            return Err(Refusal::new(RefusalKind::NotAllowed, "You may not do this to them in this room."));
        }
        match action.sets() {
            Standing::Role(role) => {
                let nick = nick.clone();
                let command = |ticket| RoomCommand::SetRole { ticket, nick, role, reason };
                self.ask_room(ticket, &account, room, AskedFor::Nothing, command)
            }
            Standing::Affiliation(affiliation) => {
                let unknown = "The room does not tell who they are. Ask one of its owners.";
                let jid = occupant.jid.clone().ok_or_else(|| Refusal::new(RefusalKind::NoTarget, unknown))?;
                let command = |ticket| RoomCommand::SetAffiliation { ticket, jid, affiliation, reason };
                self.ask_room(ticket, &account, room, AskedFor::Nothing, command)
            }
        }
    }

    fn configure_room(
        &mut self,
        ticket: Ticket,
        room: &Jid,
        values: Vec<FilledField>,
    ) -> Result<Option<Reply>, Refusal> {
        let account = self.joined_room(room)?;
        let entry = self.rooms.get_mut(room).ok_or_else(no_room)?;
        let Some(mut form) = entry.form.clone() else {
            return Err(Refusal::new(RefusalKind::NotAllowed, "Ask for the settings of the room first."));
        };
        for (var, given) in values {
            if !form.set(&var, given) {
                let shown: String = var.chars().take(60).collect();
                return Err(Refusal::new(RefusalKind::Invalid, &format!("The room has no setting \"{shown}\".")));
            }
        }
        let missing = form.fields.iter().find(|field| field.required && field.value().is_empty());
        if let Some(field) = missing {
            return Err(Refusal::new(RefusalKind::Invalid, &format!("\"{}\" must be filled in.", field.label)));
        }
        let command = |ticket| RoomCommand::Configure(ticket, Box::new(form));
        self.ask_room(ticket, &account, room, AskedFor::Nothing, command)
    }

    /// Whether a message may be written there, and what is kept with it; `None`: it is no room's conversation.
    pub(super) fn room_details(&self, to: &Jid) -> Option<Result<(AccountId, MessageDetails), Refusal>> {
        let (room, kind) = match to.occupant() {
            Some((room, _)) => (room, ConversationKind::Occupant),
            None if self.rooms.get(to).is_some() => (to.clone(), ConversationKind::Room),
            None => return None,
        };
        let refuse = |text: &str| Some(Err(Refusal::new(RefusalKind::NotAllowed, text)));
        let Some(entry) = self.rooms.get(&room) else {
            return refuse("You are not in this room any more.");
        };
        let (_, role) = entry.standing();
        match &entry.state {
            RoomState::Out => return refuse("You are not in this room. Enter it first."),
            RoomState::Refused(_, text) => return refuse(text),
            RoomState::Joined if role < Role::Participant && kind == ConversationKind::Room => {
                return refuse("In this room you may only read. Ask to be allowed to write.");
            }
            RoomState::Joined | RoomState::Joining => {}
        }
        Some(Ok((entry.account.clone(), MessageDetails { kind, ..MessageDetails::default() })))
    }
}

fn plain(room: &Jid, autojoin: bool) -> Bookmark {
    Bookmark { room: room.clone(), name: None, nick: None, password: None, autojoin, notify: None }
}

fn written(text: &str, too_long: &str) -> Result<Arc<str>, Refusal> {
    if text.len() > LONGEST {
        return Err(Refusal::new(RefusalKind::Invalid, too_long));
    }
    Ok(text.chars().filter(|c| !c.is_control()).collect::<String>().into())
}

fn no_account() -> Refusal {
    Refusal::new(RefusalKind::NotAllowed, "You have no such chat account.")
}

fn no_room() -> Refusal {
    Refusal::new(RefusalKind::NotFound, "There is no such room in your list.")
}
