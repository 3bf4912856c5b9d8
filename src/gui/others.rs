//! Accounts and people from other programs: which files there are, what they hold, what is taken over.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::app::{App, Effect, Overlay, Purpose as Asked, name};
use super::update::ask_for;
use crate::account::{AccountsRequest, OtherProgram, OtherView, OthersReply, Refusal, Reply, Request, TakeOver};
use crate::model::ImportReport;

/// What happened.
#[derive(Clone, Debug)]
pub enum Message {
    /// Open the sheet, and look for files.
    Open,
    /// The path was typed.
    Path(String),
    /// Look into the typed file, or into this one.
    Look(Option<Arc<str>>),
    /// An account comes over, or does not.
    Account(Arc<str>, bool),
    /// The people come over, or do not.
    People(bool),
    /// Take over what is chosen.
    Take,
    /// Back to the choice of a file.
    Back,
}

/// What an answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Files that there are.
    Found,
    /// What a file holds.
    Shown,
    /// What was taken over.
    Taken,
}

/// What the sheet shows.
#[derive(Debug, Default)]
pub struct State {
    /// Files that there are, once they are known.
    pub found: Option<Vec<(OtherProgram, Arc<str>)>>,
    /// The path that is typed.
    pub path: String,
    /// What a file holds, and where it is.
    pub shown: Option<(Arc<str>, OtherView)>,
    /// Accounts that stay where they are, by their addresses.
    pub left_out: BTreeSet<Arc<str>>,
    /// The people come over.
    pub people: bool,
    /// An answer is awaited.
    pub busy: bool,
    /// Why something did not work, a sentence.
    pub problem: Option<Arc<str>>,
    /// What came over: accounts, people.
    pub taken: Option<(usize, ImportReport)>,
}

impl State {
    /// The accounts that come over.
    pub fn chosen(&self) -> Vec<Arc<str>> {
        let accounts = self.shown.iter().flat_map(|(_, view)| &view.accounts);
        let wanted = accounts.filter(|account| !account.known && !self.left_out.contains(&account.address));
        wanted.map(|account| account.address.clone()).collect()
    }

    /// There is something to take over.
    pub fn ready(&self) -> bool {
        let people = self.people && self.shown.as_ref().is_some_and(|(_, view)| view.people_total > 0);
        !self.busy && (people || !self.chosen().is_empty())
    }
}

fn ask_others(request: AccountsRequest, purpose: Purpose) -> Vec<Effect> {
    ask_for(Request::Accounts(request), Asked::Others(purpose))
}

impl App {
    pub(super) fn update_others(&mut self, message: Message) -> Vec<Effect> {
        let state = &mut self.others;
        match message {
            Message::Open => {
                *state = State { people: true, ..State::default() };
                self.overlay = Some(Overlay::Others);
                let mut effects = ask_others(AccountsRequest::FindOthers, Purpose::Found);
                effects.push(Effect::Focus(name::SHEET_FIELD));
                return effects;
            }
            Message::Path(path) => (state.path, state.problem) = (path, None),
            Message::Look(file) => {
                let file = file.unwrap_or_else(|| state.path.trim().into());
                if state.busy || file.is_empty() {
                    return Vec::new();
                }
                state.path = file.to_string();
                (state.busy, state.problem) = (true, None);
                return ask_others(AccountsRequest::LookInto(file), Purpose::Shown);
            }
            Message::Account(address, over) => {
                if over {
                    state.left_out.remove(&address);
                } else {
                    state.left_out.insert(address);
                }
            }
            Message::People(people) => state.people = people,
            Message::Take => {
                let Some((path, view)) = state.shown.as_ref().filter(|_| state.ready()) else { return Vec::new() };
                let take = TakeOver {
                    path: path.clone(),
                    mark: Some(view.mark.clone()),
                    accounts: Some(state.chosen()),
                    people: state.people,
                };
                (state.busy, state.problem) = (true, None);
                return ask_others(AccountsRequest::TakeOver(take), Purpose::Taken);
            }
            Message::Back => {
                (state.shown, state.problem, state.taken) = (None, None, None);
                return vec![Effect::Focus(name::SHEET_FIELD)];
            }
        }
        Vec::new()
    }

    pub(super) fn others_answered(&mut self, purpose: Purpose, answer: Result<Reply, Refusal>) -> Vec<Effect> {
        let state = &mut self.others;
        let awaited = purpose != Purpose::Found;
        state.busy &= !awaited;
        match answer {
            Ok(Reply::Others(OthersReply::Found(files))) => state.found = Some(files),
            Ok(Reply::Others(OthersReply::Holds(view))) => {
                state.left_out.clear();
                state.shown = Some((state.path.as_str().into(), *view));
            }
            Ok(Reply::Others(OthersReply::Taken { accounts, people })) => state.taken = Some((accounts.len(), people)),
            Ok(_) => {}
            Err(refusal) if self.overlay == Some(Overlay::Others) => state.problem = Some(refusal.text),
            Err(refusal) => return self.say(refusal.text),
        }
        Vec::new()
    }
}
