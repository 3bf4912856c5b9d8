//! What a call would cost, and for whom a chosen account is kept.

use std::collections::HashMap;

use super::app::{App, Effect, Purpose};
use super::people::Row;
use super::update::{ask, ask_for};
use crate::account::{CallTo, NumbersRequest, Quote, Request};
use crate::model::{AccountId, QuestionId};

/// Quotes kept; beyond this they are asked anew for what is shown.
const QUOTES: usize = 256;

/// For whom a chosen account is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// For this call.
    #[default]
    Once,
    /// For all calls to the contact.
    Contact,
    /// For all calls to the country or domain.
    Prefix,
}

/// What can happen.
#[derive(Clone, Debug)]
pub enum Message {
    /// Keep the choice of the open question.
    Keep(Keep),
    /// Choose an account in the open question.
    Use(QuestionId, String),
    /// Relate two accounts; no voice account: none.
    Relate(AccountId, Option<AccountId>),
    /// Show or hide what may belong to a chat account.
    Menu(AccountId),
}

/// What the window remembers of it.
#[derive(Debug, Default)]
pub struct Numbers {
    pub(super) quotes: HashMap<CallTo, Quote>,
    asked: Vec<CallTo>,
    pub(super) keep: Keep,
    pub(super) menu: Option<AccountId>,
}

impl Numbers {
    /// What is known of a call's cost.
    pub(super) fn quote(&self, to: &CallTo) -> Option<&Quote> {
        self.quotes.get(to)
    }
}

impl App {
    pub(super) fn update_numbers(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Keep(keep) => {
                self.numbers.keep = if self.numbers.keep == keep { Keep::Once } else { keep };
                Vec::new()
            }
            Message::Use(question, account) => {
                let kind = match std::mem::take(&mut self.numbers.keep) {
                    Keep::Once => "use",
                    Keep::Contact => "contact",
                    Keep::Prefix => "prefix",
                };
                ask(Request::Answered { question, choice: format!("{kind}:{account}").into() })
            }
            Message::Relate(chat, voice) => {
                self.numbers.menu = None;
                ask(Request::Numbers(NumbersRequest::Relate { chat, voice }))
            }
            Message::Menu(chat) => {
                self.numbers.menu = if self.numbers.menu.as_ref() == Some(&chat) { None } else { Some(chat) };
                Vec::new()
            }
        }
    }

    pub(super) fn take_quote(&mut self, to: CallTo, quote: Quote) {
        if self.numbers.quotes.len() >= QUOTES {
            self.numbers.quotes.clear();
            self.numbers.asked.clear();
        }
        self.numbers.quotes.insert(to, quote);
    }

    /// Accounts or relations changed: what calls cost may be different.
    pub(super) fn forget_quotes(&mut self) {
        self.numbers.asked.clear();
    }

    /// Asks what a call would cost that is offered in a sheet.
    pub(super) fn ask_quote(&mut self, to: &CallTo) -> Vec<Effect> {
        if self.numbers.asked.contains(to) {
            return Vec::new();
        }
        self.numbers.asked.push(to.clone());
        ask_for(Request::Numbers(NumbersRequest::Quote(to.clone())), Purpose::Quote(to.clone()))
    }

    /// Asks what the calls that are offered on the screen would cost.
    pub(super) fn ask_quotes(&mut self) -> Vec<Effect> {
        let mut wanted: Vec<CallTo> = self
            .people
            .rows
            .iter()
            .filter_map(|row| match row {
                Row::Dial(typed) => Some(CallTo::Text(typed.as_str().into())),
                Row::Write(_)
                | Row::Header(..)
                | Row::Person(_)
                | Row::Stranger(_)
                | Row::Find(_)
                | Row::Rooms
                | Row::Room(_)
                | Row::Invitation(_) => None,
            })
            .collect();
        wanted.extend(self.pad_target());
        if let Some(contact) = self.open.as_ref().and_then(|jid| self.people.contact(&self.snapshot, jid)) {
            if !contact.addresses.is_empty() {
                wanted.push(CallTo::Contact(contact.jid.clone()));
            }
            if self.details {
                let address = |address: &crate::model::Address| {
                    CallTo::Address(contact.jid.clone(), address.uri.to_string().into())
                };
                wanted.extend(contact.addresses.iter().map(address));
            }
        }
        if self.numbers.asked.len() > QUOTES {
            self.numbers.asked.clear();
        }
        wanted.retain(|to| !self.numbers.asked.contains(to));
        self.numbers.asked.extend(wanted.iter().cloned());
        wanted
            .into_iter()
            .flat_map(|to| ask_for(Request::Numbers(NumbersRequest::Quote(to.clone())), Purpose::Quote(to)))
            .collect()
    }
}
