//! What the user does with rooms, and what of it would vanish with the window.

use std::collections::HashSet;
use std::sync::Arc;

use iced::widget::text_editor;

use super::app::{App, Effect, Overlay, name};
use super::update::{ask, ask_for};
use super::widget::picture;
use crate::account::{EnterRoom, Refusal, Reply, Request, RoomReply, RoomRequest};
use crate::gui::words::word;
use crate::model::{Field, FieldKind, Form, FoundRoom, Jid, OccupantAction, RoomFacts, RoomNotify, RoomView};

/// Rooms of a service that the sheet shows; the rest is found by typing.
pub const MOST_SHOWN: usize = 100;

/// A sheet about rooms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sheet {
    /// Join or make one.
    Join,
    /// The settings of one.
    Settings(Jid),
    /// Set the subject.
    Subject(Jid),
    /// Ask somebody in.
    Invite(Jid),
    /// Do something to somebody, with a reason.
    Act(Jid, Arc<str>, OccupantAction),
    /// Take back what somebody wrote, by the room's name of it (XEP-0425).
    Remove(Jid, Arc<str>),
}

/// A field of a sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// The address.
    Address,
    /// The nick.
    Nick,
    /// The password.
    Password,
    /// A subject, a person, a reason.
    Words,
    /// Why.
    Reason,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Message {
    /// Show a sheet.
    Show(Sheet),
    /// A field was typed.
    Typed(Typed, String),
    /// Use the address and look at the room.
    Pick(Jid),
    /// List the rooms of the service.
    Search,
    /// Ask what the room is.
    Look,
    /// Go in; `true`: make it.
    Join(bool),
    /// The sheet's button.
    Done,
    /// A field of the form was filled in.
    Fill(Arc<str>, Vec<Arc<str>>),
    /// Ask something of a room.
    Ask(RoomRequest),
    /// Which messages are heard.
    Notify(Jid, RoomNotify),
    /// Show what can be done with somebody, or hide it.
    Choose(Arc<str>),
    /// The list of people was scrolled: offset and height.
    Scrolled(f32, f32),
    /// Complete the name that is being typed.
    Complete,
}

/// What an answer is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The rooms of a service.
    Search,
    /// What a room is.
    Look(Jid),
    /// Its settings.
    Settings(Jid),
    /// A private conversation.
    Whisper,
    /// The sheet's button: on success it closes.
    Sheet,
}

/// What would vanish with the window.
#[derive(Debug, Default)]
pub struct State {
    /// The address.
    pub address: String,
    /// The nick.
    pub nick: String,
    /// The password.
    pub password: String,
    /// A subject, a person.
    pub words: String,
    /// A reason.
    pub reason: String,
    /// The rooms of a service.
    pub found: Option<(Jid, Vec<FoundRoom>)>,
    /// What a room is.
    pub facts: Option<(Jid, Arc<RoomFacts>)>,
    /// The settings.
    pub form: Option<Form>,
    /// Why something did not work.
    pub problem: Option<Arc<str>>,
    /// An answer is waited for.
    pub busy: bool,
    /// Whose actions are shown.
    pub chosen: Option<Arc<str>>,
    /// The new room that was last asked how it shall be.
    set_up: Option<Jid>,
    /// The pictures of people that were asked for.
    pub(super) faces: HashSet<Arc<str>>,
    /// How far the people are scrolled.
    pub offset: f32,
    /// The height that is seen of them.
    pub height: f32,
}

impl App {
    pub(super) fn update_rooms(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Show(sheet) => self.show_room_sheet(sheet),
            Message::Typed(which, text) => {
                self.rooms.problem = None;
                let field = match which {
                    Typed::Address => &mut self.rooms.address,
                    Typed::Nick => &mut self.rooms.nick,
                    Typed::Password => &mut self.rooms.password,
                    Typed::Words => &mut self.rooms.words,
                    Typed::Reason => &mut self.rooms.reason,
                };
                *field = text;
                Vec::new()
            }
            Message::Pick(room) => {
                self.rooms.address = room.to_string();
                self.look_at_room(room)
            }
            Message::Search => {
                self.rooms.busy = true;
                let service = Jid::parse(self.rooms.address.trim()).ok().filter(|jid| jid.local().is_none());
                ask_for(Request::Room(RoomRequest::Search(service)), super::app::Purpose::Room(Purpose::Search))
            }
            Message::Look => match self.typed_room() {
                Some(room) => self.look_at_room(room),
                None => Vec::new(),
            },
            Message::Join(create) => self.join_typed_room(create),
            Message::Done => self.room_sheet_done(),
            Message::Fill(var, values) => {
                if let Some(form) = &mut self.rooms.form {
                    form.set(&var, values);
                }
                Vec::new()
            }
            Message::Ask(RoomRequest::Whisper(room, nick)) => {
                ask_for(Request::Room(RoomRequest::Whisper(room, nick)), super::app::Purpose::Room(Purpose::Whisper))
            }
            Message::Ask(request) => ask(Request::Room(request)),
            Message::Notify(room, notify) => ask(Request::Room(RoomRequest::Notify(room, notify))),
            Message::Choose(nick) => {
                self.rooms.chosen = if self.rooms.chosen.as_ref() == Some(&nick) { None } else { Some(nick) };
                Vec::new()
            }
            Message::Scrolled(offset, height) => {
                (self.rooms.offset, self.rooms.height) = (offset, height);
                self.ask_faces()
            }
            Message::Complete => self.complete_name(),
        }
    }

    fn show_room_sheet(&mut self, sheet: Sheet) -> Vec<Effect> {
        self.rooms.problem = None;
        self.rooms.busy = false;
        self.rooms.words.clear();
        self.rooms.reason.clear();
        let mut effects = vec![Effect::Focus(name::SHEET_FIELD)];
        match &sheet {
            Sheet::Join => {
                self.rooms.password.clear();
                self.rooms.facts = None;
            }
            Sheet::Settings(room) => {
                self.rooms.form = None;
                self.rooms.busy = true;
                let purpose = super::app::Purpose::Room(Purpose::Settings(room.clone()));
                effects.extend(ask_for(Request::Room(RoomRequest::Settings(room.clone())), purpose));
            }
            Sheet::Subject(room) => {
                let subject = self.snapshot.room(room).and_then(|room| room.subject.clone());
                self.rooms.words = subject.as_deref().unwrap_or_default().to_owned();
            }
            Sheet::Invite(_) | Sheet::Act(..) | Sheet::Remove(..) => {}
        }
        self.overlay = Some(Overlay::Room(sheet));
        effects
    }

    /// The room whose address is typed.
    pub(super) fn typed_room(&self) -> Option<Jid> {
        let typed = self.rooms.address.trim();
        let typed = typed.strip_prefix("xmpp:").unwrap_or(typed);
        let typed = typed.split('?').next().unwrap_or(typed);
        Jid::parse(typed).ok().filter(|jid| jid.local().is_some())
    }

    fn look_at_room(&mut self, room: Jid) -> Vec<Effect> {
        self.rooms.busy = true;
        self.rooms.problem = None;
        let purpose = super::app::Purpose::Room(Purpose::Look(room.clone()));
        ask_for(Request::Room(RoomRequest::Look(room)), purpose)
    }

    fn join_typed_room(&mut self, create: bool) -> Vec<Effect> {
        let Some(room) = self.typed_room() else { return Vec::new() };
        let some = |text: &str| (!text.trim().is_empty()).then(|| Arc::from(text.trim()));
        let enter = EnterRoom {
            nick: some(&self.rooms.nick),
            password: some(&self.rooms.password),
            create,
            ..EnterRoom::to(room.clone())
        };
        self.overlay = None;
        self.rooms.password.clear();
        let mut effects = ask(Request::Room(RoomRequest::Join(enter)));
        effects.extend(self.open(room));
        effects
    }

    fn room_sheet_done(&mut self) -> Vec<Effect> {
        let Some(Overlay::Room(sheet)) = self.overlay.clone() else { return Vec::new() };
        let some = |text: &str| (!text.trim().is_empty()).then(|| Arc::from(text.trim()));
        let reason = some(&self.rooms.reason);
        let request = match sheet {
            Sheet::Join => return self.join_typed_room(false),
            Sheet::Settings(room) => {
                let Some(form) = &self.rooms.form else { return Vec::new() };
                let values = form.fields.iter().filter(|field| is_filled(field));
                RoomRequest::Configure(room, values.map(|field| (field.var.clone(), field.values.clone())).collect())
            }
            Sheet::Subject(room) => RoomRequest::Subject(room, self.rooms.words.trim().into()),
            Sheet::Invite(room) => match Jid::parse_dropping_resource(self.rooms.words.trim()) {
                Ok(who) => RoomRequest::Invite { room, who, reason },
                Err(_) => {
                    self.rooms.problem = Some(word("screen-no-chat-address").into());
                    return Vec::new();
                }
            },
            Sheet::Act(room, nick, action) => RoomRequest::Act { room, nick, action, reason },
            Sheet::Remove(room, archive_id) => RoomRequest::Retract { room, archive_id, reason },
        };
        self.rooms.busy = true;
        ask_for(Request::Room(request), super::app::Purpose::Room(Purpose::Sheet))
    }

    /// An answer about rooms.
    pub(super) fn room_answered(&mut self, purpose: Purpose, answer: Result<Reply, Refusal>) -> Vec<Effect> {
        self.rooms.busy = false;
        match (purpose, answer) {
            (Purpose::Search, Ok(Reply::Room(RoomReply::Found(service, rooms)))) => {
                self.rooms.found = Some((service, rooms));
            }
            (Purpose::Look(room), Ok(Reply::Room(RoomReply::Facts(facts)))) => {
                self.rooms.facts = Some((room, facts));
            }
            (Purpose::Settings(_), Ok(Reply::Room(RoomReply::Form(form)))) => self.rooms.form = Some(*form),
            (Purpose::Whisper, Ok(Reply::Room(RoomReply::Conversation(with)))) => return self.open(with),
            (Purpose::Sheet, Ok(_)) => self.overlay = None,
            (Purpose::Whisper, Err(refusal)) => return self.say(refusal.text),
            (_, Err(refusal)) => self.rooms.problem = Some(refusal.text),
            (_, Ok(_)) => {}
        }
        Vec::new()
    }

    /// Takes the lines and pictures of rooms in.
    pub(super) fn learn_rooms(&mut self) {
        for room in self.snapshot.clone().rooms.iter() {
            if let Some(chat) = self.chats.get_mut(&room.jid) {
                chat.take_lines(&room.lines);
            }
            for avatar in room.faces.values() {
                if !self.pictures.contains_key(&avatar.hash)
                    && let Some(handle) = picture(avatar.size, &avatar.rgba)
                {
                    self.pictures.insert(avatar.hash.clone(), handle);
                }
            }
            if let Some(avatar) = &room.avatar
                && !self.pictures.contains_key(&avatar.hash)
                && let Some(handle) = picture(avatar.size, &avatar.rgba)
            {
                self.pictures.insert(avatar.hash.clone(), handle);
            }
        }
    }

    /// The open room is another, or it changed.
    pub(super) fn room_changed(&mut self) -> Vec<Effect> {
        let mut effects = self.set_up_new_room();
        effects.extend(self.ask_faces());
        effects
    }

    /// A room of ours that is new asks for its settings, once (XEP-0045 section 10.1.3): nobody else comes in before.
    fn set_up_new_room(&mut self) -> Vec<Effect> {
        let new = self.open_room().filter(|room| room.configure).map(|room| room.jid.clone());
        match new.filter(|room| self.overlay.is_none() && self.rooms.set_up.as_ref() != Some(room)) {
            Some(room) => {
                self.rooms.set_up = Some(room.clone());
                self.show_room_sheet(Sheet::Settings(room))
            }
            None => Vec::new(),
        }
    }

    /// What a conversation with nobody of the contacts is called: an address, or somebody in a room.
    pub(super) fn known_as(&self, with: &Jid) -> String {
        let Some((jid, key)) = with.occupant() else { return with.shown() };
        let room = self.snapshot.room(&jid);
        let present = |room: &Arc<RoomView>| {
            let named = room.occupants.iter().find(|one| crate::account::occupant_key(one) == key)?;
            Some(named.shown.clone())
        };
        let talk = self.people.conversation(&self.snapshot, with);
        let nick = room.and_then(present).or_else(|| talk.and_then(|talk| talk.last.details.nick.clone()));
        let nick = nick.unwrap_or_else(|| word("screen-somebody").into());
        let name = room.map_or_else(|| jid.local().unwrap_or_default().into(), |room| room.name.clone());
        format!("{} ({name})", super::text::plain(&nick))
    }

    /// Whether the text in the field ends with the beginning of somebody's name.
    pub(super) fn completes_name(&self, draft: &text_editor::Content) -> bool {
        self.open_room().is_some_and(|room| completion(room, draft.text().trim_end_matches('\n')).is_some())
    }

    /// The room of the open conversation.
    pub(super) fn open_room(&self) -> Option<&Arc<RoomView>> {
        self.snapshot.room(self.open.as_ref()?)
    }

    /// Puts the rest of a name behind its typed beginning.
    fn complete_name(&mut self) -> Vec<Effect> {
        let (Some(jid), Some(room)) = (self.open.clone(), self.open_room().cloned()) else { return Vec::new() };
        let chat = self.chats.entry(jid.clone()).or_default();
        let text = chat.draft.text();
        let Some((begun, whole)) = completion(&room, text.trim_end_matches('\n')) else { return Vec::new() };
        for _ in 0..begun.chars().count() {
            chat.draft.perform(text_editor::Action::Edit(text_editor::Edit::Backspace));
        }
        chat.draft.perform(text_editor::Action::Edit(text_editor::Edit::Paste(Arc::new(whole))));
        self.draft_changed(jid)
    }
}

/// Whether a field of a form takes what the user fills in.
pub fn is_filled(field: &Field) -> bool {
    match field.kind {
        FieldKind::Fixed | FieldKind::Hidden => false,
        FieldKind::Boolean
        | FieldKind::Text
        | FieldKind::Private
        | FieldKind::Lines
        | FieldKind::Choice
        | FieldKind::Choices
        | FieldKind::Address
        | FieldKind::Addresses => true,
    }
}

/// The beginning of a name at the end of a text, and the name in its place: with a colon where it begins the message. Whoever
/// is first by name wins; typing more decides otherwise.
pub fn completion(room: &RoomView, text: &str) -> Option<(String, String)> {
    let start = text.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let word = text.get(start..)?;
    let begun = word.strip_prefix('@').unwrap_or(word);
    if begun.is_empty() {
        return None;
    }
    let lower = begun.to_lowercase();
    let fits = |nick: &str| nick.to_lowercase().starts_with(&lower) && nick.to_lowercase() != lower;
    let mut names: Vec<&Arc<str>> =
        room.occupants.iter().filter(|one| !one.own).map(|one| &one.nick).filter(|nick| fits(nick)).collect();
    names.sort();
    let name = names.first()?;
    let after = if start == 0 { ": " } else { " " };
    Some((word.to_owned(), format!("{name}{after}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AccountId, Affiliation, Occupant, Role, RoomState, Show};

    fn room(nicks: &[&str]) -> RoomView {
        let occupant = |nick: &&str| {
            Arc::new(Occupant {
                nick: (*nick).into(),
                shown: (*nick).into(),
                id: None,
                jid: None,
                affiliation: Affiliation::None,
                role: Role::Participant,
                show: Show::Available,
                own: *nick == "Me",
                alike: false,
                photo: None,
            })
        };
        RoomView {
            jid: Jid::parse("r@rooms.example.com").expect("valid"),
            account: AccountId::new("chat"),
            name: "r".into(),
            nick: "Me".into(),
            state: RoomState::Joined,
            autojoin: true,
            bookmarked: true,
            subject: None,
            facts: Arc::default(),
            occupants: nicks.iter().map(occupant).collect(),
            affiliation: Affiliation::None,
            role: Role::Participant,
            may_set_subject: true,
            may_write: true,
            notify: RoomNotify::Mentions,
            mentions: 0,
            lines: Arc::from([]),
            voices: Arc::from([]),
            configure: false,
            avatar: None,
            faces: Arc::default(),
        }
    }

    #[test]
    fn a_name_is_completed_where_it_stands() {
        let room = room(&["Bob", "Bobby Tables", "Éva", "Me"]);
        let whole = |text: &str| completion(&room, text).map(|(_, whole)| whole);
        assert_eq!(whole("bo").as_deref(), Some("Bob: "));
        assert_eq!(whole("@bobb").as_deref(), Some("Bobby Tables: "));
        assert_eq!(whole("ask é").as_deref(), Some("Éva "));
        for nothing in ["", "x", "bob ", "me", "Bobby Tables"] {
            assert_eq!(whole(nothing), None, "{nothing}");
        }
    }
}
