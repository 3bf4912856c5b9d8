//! What the chat servers' archives keep: asked when the page is opened.

use super::app::{App, Effect, Purpose};
use super::topics::Topic;
use super::update::ask_for;
use crate::account::{OwnRequest, Request};
use crate::model::{AccountId, ConnectionState, Service};

impl App {
    /// The page that shows it is opened: what nobody has asked yet is asked.
    pub(super) fn read_archives(&self) -> Vec<Effect> {
        if !matches!(self.topics.topic, Topic::Everything | Topic::Privacy) {
            return Vec::new();
        }
        let there = |account: &&crate::model::AccountState| {
            account.service == Service::Chat && account.state == ConnectionState::Online
        };
        let asked =
            |id: &AccountId| self.snapshot.archives.iter().any(|view| view.account == *id && view.problem.is_none());
        let ask = |id| ask_for(Request::Own(OwnRequest::Archive(Some(id), None)), Purpose::Quiet);
        let accounts = self.snapshot.accounts.iter().filter(there).filter(|account| !asked(&account.id));
        accounts.flat_map(|account| ask(account.id.clone())).collect()
    }
}
