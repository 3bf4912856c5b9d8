//! What the window does with the address book: the form of a person, files of people, who said what.

use std::sync::Arc;

use super::app::{App, Effect, Overlay, Purpose as Asked, name};
use super::text::address_book as words;
use super::update::ask_for;
use crate::account::{BookReply, BookRequest, Refusal, Reply, Request};
use crate::model::{AddressSource, BookEntry, BookId, CardFormat, ImportReport, Jid, Statement};

/// What happened.
#[derive(Clone, Debug)]
pub enum Message {
    /// Write the open person into the address book, or change the entry.
    Edit(Jid),
    /// Write somebody new.
    New,
    /// Write somebody new who has this number or address.
    NewWith(String),
    /// A field of the form changed.
    Typed(Field, String),
    /// Keep what the form says.
    Save,
    /// Take the person out.
    Remove(BookId),
    /// The path of a file to read.
    ImportPath(String),
    /// Read it, as a directory or as one's own people.
    Import(bool),
    /// The path of a file to write.
    ExportPath(String),
    /// Write it.
    Export(CardFormat),
    /// Close what became of the last file.
    CloseReport,
    /// Show or hide who said what about the open person.
    History(Jid),
    /// The next call hides who calls, or says it.
    Anonymous(Option<bool>),
}

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The name.
    Name,
    /// Numbers and addresses, separated by commas.
    Numbers,
    /// The chat address.
    Chat,
}

/// What an answer is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The entry that the form shows.
    Entry,
    /// The form was kept.
    Saved,
    /// A file was read.
    Imported,
    /// A file was written.
    Exported,
    /// Who said what about somebody.
    History(Jid),
}

/// The form of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// The entry that is changed; `None`: a new one.
    pub id: Option<BookId>,
    /// The name.
    pub name: String,
    /// Numbers and addresses, separated by commas.
    pub numbers: String,
    /// The chat address.
    pub chat: String,
    /// What is wrong with it.
    pub problem: Option<Arc<str>>,
}

/// What the window remembers of the address book.
#[derive(Debug, Default)]
pub struct State {
    /// The form that is open.
    pub form: Form,
    /// The path of a file to read.
    pub import: String,
    /// The path of a file to write.
    pub export: String,
    /// What became of the last file.
    pub report: Option<Report>,
    /// Whose history is shown, and what it says once it is there.
    pub history: Option<(Jid, Option<Vec<Statement>>)>,
    /// Whether the next call hides who calls; `None`: as configured.
    pub anonymous: Option<bool>,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// It was read.
    Imported(ImportReport),
    /// It was written, with so many people.
    Exported(usize),
    /// Neither: a sentence.
    Failed(Arc<str>),
}

impl App {
    pub(super) fn update_book(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Edit(jid) => self.edit_person(&jid),
            Message::New => {
                self.book.form = Form::default();
                self.lay_form()
            }
            Message::NewWith(numbers) => {
                self.book.form = Form { numbers, ..Form::default() };
                self.lay_form()
            }
            Message::Typed(field, text) => {
                let form = &mut self.book.form;
                form.problem = None;
                *match field {
                    Field::Name => &mut form.name,
                    Field::Numbers => &mut form.numbers,
                    Field::Chat => &mut form.chat,
                } = text;
                Vec::new()
            }
            Message::Save => self.save_person(),
            Message::Remove(id) => {
                self.overlay = None;
                ask_for(Request::Book(BookRequest::Remove(id)), Asked::Tell)
            }
            Message::ImportPath(path) => {
                self.book.import = path;
                Vec::new()
            }
            Message::Import(directory) => {
                let path = self.book.import.trim().into();
                ask_for(Request::Book(BookRequest::Import { path, directory }), Asked::Book(Purpose::Imported))
            }
            Message::ExportPath(path) => {
                self.book.export = path;
                Vec::new()
            }
            Message::Export(format) => {
                let path = Some(self.book.export.trim().into());
                ask_for(Request::Book(BookRequest::Export { path, format }), Asked::Book(Purpose::Exported))
            }
            Message::CloseReport => {
                self.book.report = None;
                Vec::new()
            }
            Message::History(jid) => {
                if self.book.history.as_ref().is_some_and(|(of, _)| *of == jid) {
                    self.book.history = None;
                    return Vec::new();
                }
                self.book.history = Some((jid.clone(), None));
                let request = Request::Book(BookRequest::History(jid.clone()));
                ask_for(request, Asked::Book(Purpose::History(jid)))
            }
            Message::Anonymous(anonymous) => {
                self.book.anonymous = anonymous;
                Vec::new()
            }
        }
    }

    fn lay_form(&mut self) -> Vec<Effect> {
        self.overlay = Some(Overlay::Person);
        vec![Effect::Focus(name::SHEET_FIELD)]
    }

    /// A person of the list: what the entry says, else what is known of them.
    fn edit_person(&mut self, jid: &Jid) -> Vec<Effect> {
        let contact = self.people.contact(&self.snapshot, jid).cloned();
        let known = contact.as_ref().map_or("", |contact| &contact.name);
        let chat = if jid.is_reachable() { jid.as_str() } else { "" };
        let book = contact.as_ref().and_then(|contact| contact.book);
        // What their card lists is offered: kept here, it counts on the user's own word.
        let listed = contact.iter().flat_map(|contact| &contact.addresses);
        let proposed: Vec<String> = listed
            .filter(|address| address.is_way() && address.source != AddressSource::Reach)
            .map(|address| words::bare(&address.uri.to_string()).to_owned())
            .collect();
        self.book.form = Form {
            id: book,
            name: known.to_owned(),
            numbers: proposed.join(", "),
            chat: chat.to_owned(),
            problem: None,
        };
        let mut effects = self.lay_form();
        if let Some(id) = book {
            let after = id.0.checked_sub(1).map(BookId);
            let request = Request::Book(BookRequest::List { limit: 1, after });
            effects.extend(ask_for(request, Asked::Book(Purpose::Entry)));
        }
        effects
    }

    fn save_person(&mut self) -> Vec<Effect> {
        let form = &mut self.book.form;
        let chat = form.chat.trim();
        let jid = match chat {
            "" => None,
            text => match Jid::parse_dropping_resource(text) {
                Ok(jid) => Some(jid),
                Err(_) => {
                    form.problem = Some(words::NO_CHAT_ADDRESS.into());
                    return Vec::new();
                }
            },
        };
        let numbers = form.numbers.split([',', '\n']).map(str::trim).filter(|number| !number.is_empty());
        let request = BookRequest::Set {
            id: form.id,
            name: Some(form.name.trim().into()),
            jid: Some(jid),
            numbers: Some(numbers.map(Arc::from).collect()),
        };
        ask_for(Request::Book(request), Asked::Book(Purpose::Saved))
    }

    pub(super) fn book_answered(&mut self, purpose: Purpose, answer: Result<Reply, Refusal>) -> Vec<Effect> {
        let answer = match answer {
            Ok(Reply::Book(reply)) => Ok(reply),
            Ok(_) => return Vec::new(),
            Err(refusal) => Err(refusal.text),
        };
        match (purpose, answer) {
            (Purpose::Entry, Ok(BookReply::Entries(entries))) => {
                if let Some(entry) = entries.first().filter(|entry| Some(entry.id) == self.book.form.id) {
                    self.book.form = form_of(entry);
                }
            }
            (Purpose::Saved, Ok(_)) => self.overlay = None,
            (Purpose::Saved | Purpose::Entry, Err(text)) => self.book.form.problem = Some(text),
            (Purpose::Imported, Ok(BookReply::Imported(report))) => self.book.report = Some(Report::Imported(report)),
            (Purpose::Exported, Ok(BookReply::Exported { people, .. })) => {
                self.book.report = Some(Report::Exported(people));
            }
            (Purpose::Imported | Purpose::Exported, Err(text)) => self.book.report = Some(Report::Failed(text)),
            (Purpose::History(jid), Ok(BookReply::Statements(statements))) => {
                if let Some((of, shown)) = &mut self.book.history
                    && *of == jid
                {
                    *shown = Some(statements);
                }
            }
            (_, Err(text)) => return self.say(text),
            (_, Ok(_)) => {}
        }
        Vec::new()
    }
}

fn form_of(entry: &BookEntry) -> Form {
    let numbers: Vec<&str> = entry.numbers.iter().map(|number| &*number.value).collect();
    Form {
        id: Some(entry.id),
        name: entry.name.to_string(),
        numbers: numbers.join(", "),
        chat: entry.jid.as_ref().map(|jid| jid.as_str().to_owned()).unwrap_or_default(),
        problem: None,
    }
}
