//! What the user does with the list of people: adding, naming, grouping, removing, blocking.

use std::collections::HashMap;
use std::sync::Arc;

use super::app::{App, Effect, Overlay, name};
use super::text::contacts as words;
use super::update::ask_for;
use crate::account::{AddContact, ContactRequest, InviteLink, Refusal, Reply, Request};
use crate::model::{ContactLink, Jid, Report, ReportReason};

/// A sheet about a person of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sheet {
    /// Add somebody.
    Add,
    /// A link for somebody.
    Invite,
    /// Name and groups.
    Edit(Jid),
    /// Whether to take somebody off the list.
    Remove(Jid),
    /// Whether to block somebody, and to report them.
    Block(Jid),
    /// Who else this is.
    Same(Jid),
}

/// A field of a sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The address, or a link.
    Address,
    /// The name.
    Name,
    /// Groups, separated by commas.
    Groups,
    /// The words of a report.
    Report,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Message {
    /// Show a sheet.
    Show(Sheet),
    /// Add somebody whose address is known.
    Add(Jid),
    /// A field was typed.
    Typed(Field, String),
    /// They may see us, too.
    Approve(bool),
    /// Report them with this reason, or not.
    Reason(Option<ReportReason>),
    /// The sheet's button.
    Done,
    /// Ask something without a sheet.
    Ask(ContactRequest),
    /// Write to this address of a person.
    WriteTo(Jid),
    /// These are the same person.
    Same(Jid, Jid),
}

/// What an answer is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The sheet's button: on success it closes, and a person who was added is shown.
    Sheet(Option<Jid>),
    /// A link.
    Invite,
}

/// What would vanish with the window.
#[derive(Debug, Default)]
pub struct State {
    /// The address, or a link.
    pub address: String,
    /// The name.
    pub name: String,
    /// Groups, separated by commas.
    pub groups: String,
    /// What the pasted link of this person brings along.
    token: Option<(Jid, Arc<str>)>,
    /// The words of a report.
    pub report: String,
    /// They may see us, too.
    pub approve: bool,
    /// Why they are reported, if they are.
    pub reason: Option<ReportReason>,
    /// The link that was made.
    pub invite: Option<InviteLink>,
    /// What is wrong.
    pub problem: Option<Arc<str>>,
    /// The server is being asked.
    pub busy: bool,
    /// The name and the groups of the sheet as they were.
    pub before: (String, String),
    /// Which address of a person is written to, by the one under which they stand.
    pub writes: HashMap<Jid, Jid>,
}

impl App {
    pub(super) fn update_contacts(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Show(sheet) => self.lay_contact(sheet),
            Message::Add(jid) => {
                let mut effects = self.lay_contact(Sheet::Add);
                self.contacts.address = jid.as_str().to_owned();
                effects.push(Effect::Focus(name::SHEET_FIELD));
                effects
            }
            Message::Typed(field, text) => {
                self.contacts.problem = None;
                match field {
                    Field::Address => self.address_typed(text),
                    Field::Name => self.contacts.name = text,
                    Field::Groups => self.contacts.groups = text,
                    Field::Report => self.contacts.report = text,
                }
                Vec::new()
            }
            Message::Approve(approve) => {
                self.contacts.approve = approve;
                Vec::new()
            }
            Message::Reason(reason) => {
                self.contacts.reason = reason;
                Vec::new()
            }
            Message::Done => self.contact_sheet_done(),
            Message::Ask(request) => super::update::ask(Request::Contact(request)),
            Message::WriteTo(jid) => {
                let first = self.first_of(&jid);
                self.contacts.writes.insert(first, jid);
                vec![Effect::Focus(name::COMPOSER)]
            }
            Message::Same(first, second) => {
                let request = Request::Contact(ContactRequest::SamePerson(first, second));
                ask_for(request, super::app::Purpose::Contact(Purpose::Sheet(None)))
            }
        }
    }

    fn lay_contact(&mut self, sheet: Sheet) -> Vec<Effect> {
        if !self.running() {
            return Vec::new();
        }
        let writes = std::mem::take(&mut self.contacts.writes);
        self.contacts = State { approve: true, writes, ..State::default() };
        let focus = matches!(sheet, Sheet::Add | Sheet::Edit(_) | Sheet::Same(_));
        if let Sheet::Edit(jid) = &sheet
            && let Some(contact) = self.people.contact(&self.snapshot, jid)
        {
            let groups: Vec<&str> = contact.groups.iter().map(AsRef::as_ref).collect();
            self.contacts.name = contact.name.to_string();
            self.contacts.groups = groups.join(", ");
            self.contacts.before = (self.contacts.name.clone(), self.contacts.groups.clone());
        }
        let invites = sheet == Sheet::Invite;
        self.overlay = Some(Overlay::Contact(sheet));
        if invites {
            self.contacts.busy = true;
            let request = Request::Contact(ContactRequest::Invite(None));
            return ask_for(request, super::app::Purpose::Contact(Purpose::Invite));
        }
        if focus { vec![Effect::Focus(name::SHEET_FIELD)] } else { Vec::new() }
    }

    /// A pasted link fills the form: the address stands alone then, so that it can be read.
    fn address_typed(&mut self, text: String) {
        let link = text.trim_start().get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("xmpp:"));
        match ContactLink::read(&text).filter(|_| link && text.contains('@')) {
            Some(link) => {
                self.contacts.address = link.jid.as_str().to_owned();
                self.contacts.token = link.token.map(|token| (link.jid, token.into()));
                if let Some(name) = link.name.filter(|_| self.contacts.name.trim().is_empty()) {
                    self.contacts.name = name;
                }
                if let Some(group) = link.group.filter(|_| self.contacts.groups.trim().is_empty()) {
                    self.contacts.groups = group;
                }
            }
            None => self.contacts.address = text,
        }
    }

    fn contact_sheet_done(&mut self) -> Vec<Effect> {
        let Some(Overlay::Contact(sheet)) = self.overlay.clone() else { return Vec::new() };
        if self.contacts.busy {
            return Vec::new();
        }
        let state = &self.contacts;
        let named: Arc<str> = state.name.trim().into();
        let groups: Vec<Arc<str>> =
            state.groups.split(',').map(str::trim).filter(|group| !group.is_empty()).map(Arc::from).collect();
        let (request, purpose) = match sheet {
            Sheet::Add => {
                let Some(link) = ContactLink::read(&state.address) else {
                    self.contacts.problem = Some(words::NO_ADDRESS.into());
                    return Vec::new();
                };
                let token = state.token.clone().filter(|(of, _)| *of == link.jid).map(|(_, token)| token);
                let (jid, name) = (link.jid, (!named.is_empty()).then_some(named));
                let add = AddContact { jid: jid.clone(), name, groups, approve: state.approve, account: None, token };
                (ContactRequest::Add(add), Purpose::Sheet(Some(jid)))
            }
            Sheet::Edit(jid) => {
                let (name, old) = &state.before;
                let regrouped = *old != state.groups;
                match (*name != state.name, regrouped) {
                    (false, false) => {
                        self.overlay = None;
                        return Vec::new();
                    }
                    (true, true) => (ContactRequest::Change(jid, named, groups), Purpose::Sheet(None)),
                    (true, false) => (ContactRequest::Rename(jid, named), Purpose::Sheet(None)),
                    (false, true) => (ContactRequest::Groups(jid, groups), Purpose::Sheet(None)),
                }
            }
            Sheet::Remove(jid) => (ContactRequest::Remove(jid), Purpose::Sheet(None)),
            // Each row of it is a button of its own.
            Sheet::Same(_) | Sheet::Invite => return Vec::new(),
            Sheet::Block(jid) => {
                let text = state.report.trim();
                let text = (!text.is_empty()).then(|| Arc::from(text));
                let report = state.reason.map(|reason| Report { reason, text });
                (ContactRequest::Block(jid, report), Purpose::Sheet(None))
            }
        };
        self.contacts.busy = true;
        self.contacts.problem = None;
        ask_for(Request::Contact(request), super::app::Purpose::Contact(purpose))
    }

    /// An answer about the list of people.
    pub(super) fn contact_answered(&mut self, purpose: Purpose, answer: Result<Reply, Refusal>) -> Vec<Effect> {
        self.contacts.busy = false;
        let open = matches!(self.overlay, Some(Overlay::Contact(_)));
        match (purpose, answer) {
            (Purpose::Invite, Ok(Reply::Invite(link))) => {
                self.contacts.invite = Some(*link);
                Vec::new()
            }
            (Purpose::Invite, Ok(_)) => Vec::new(),
            (Purpose::Sheet(added), Ok(_)) => {
                if open {
                    self.overlay = None;
                }
                match added.filter(|_| open) {
                    Some(jid) => self.open(jid),
                    None => Vec::new(),
                }
            }
            (_, Err(refusal)) if open => {
                self.contacts.problem = Some(refusal.text);
                Vec::new()
            }
            (_, Err(refusal)) => self.say(refusal.text),
        }
    }
}
