//! Accounts that are added and taken out, and what other programs wrote on this machine.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::accounts_request::{
    AccountsChange, AccountsEffect, AccountsRequest, NewAccount, OtherAccountView, OtherEvent, OtherFound, OtherView,
    OthersReply, TakeOver,
};
use super::effect::{Effect, Ticket};
use super::manager::Manager;
use super::{Refusal, RefusalKind, Reply};
use crate::config::{Accounts, Chat, SecretSource, Voice};
use crate::cusax::{OtherAccount, OtherFile, PeopleFile};
use crate::model::{AccountId, ImportReport, Jid, Now, Service, SipScheme, SipUri};
use crate::platform::Secret;

/// Accounts of each service; when full, no more are added.
const MOST_ACCOUNTS: usize = 32;
/// Names of people that are shown before they are taken over.
const PEOPLE_SHOWN: usize = 100;

/// What is taken over once the accounts are in the file.
#[derive(Debug)]
pub(super) struct Taking {
    people: Option<PeopleFile>,
    accounts: Vec<AccountId>,
}

/// What waits for the file, by who asked for it.
pub(super) type Takings = BTreeMap<Ticket, Taking>;

fn refused(kind: RefusalKind, text: &str) -> Refusal {
    Refusal::new(kind, text)
}

impl Manager {
    pub(super) fn handle_accounts_request(&mut self, ticket: Ticket, request: AccountsRequest) {
        let done = match request {
            AccountsRequest::Add(new) => self.add_account(&new).map(|add| {
                let change = AccountsChange { add, password: new.password, keyring: new.keyring, remove: None };
                AccountsEffect::Change { ticket, change: Box::new(change) }
            }),
            AccountsRequest::Remove(id) => self.removal(&id).map(|change| AccountsEffect::Change { ticket, change }),
            AccountsRequest::FindOthers => Ok(AccountsEffect::Find(ticket)),
            AccountsRequest::LookInto(path) => whole(&path).map(|()| AccountsEffect::Read { ticket, path, take: None }),
            AccountsRequest::TakeOver(take) => whole(&take.path).map(|()| {
                let path = take.path.clone();
                AccountsEffect::Read { ticket, path, take: Some(take) }
            }),
        };
        match done {
            Ok(effect) => self.effects.push_back(Effect::Accounts(effect)),
            Err(refusal) => self.answer(ticket, Err(refusal)),
        }
    }

    /// The account as it is written into the file.
    fn add_account(&self, new: &NewAccount) -> Result<Accounts, Refusal> {
        let invalid = |text: &str| refused(RefusalKind::Invalid, text);
        let named = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let written = new.address.trim();
        let network = self.first_network();
        let accounts = match new.service {
            Service::Chat => {
                let plain = written.strip_prefix("xmpp:").unwrap_or(written);
                let address = Jid::parse(plain).ok().filter(|jid| jid.local().is_some() && jid.is_reachable());
                let address =
                    address.ok_or_else(|| invalid("Write your address with an @, like alice@example.com."))?;
                let mut chat = Chat::new(self.free_name("chat", &[]), address, SecretSource::Keyring);
                chat.server = named(&new.server);
                Accounts { chat: vec![chat], network, ..Accounts::default() }
            }
            Service::Voice => {
                let uri = if written.starts_with("sip") && written.contains(':') {
                    SipUri::parse(written)
                } else {
                    SipUri::parse(&format!("sip:{written}"))
                };
                let one_word = !written.contains(char::is_whitespace);
                let uri = uri
                    .ok()
                    .filter(|uri| uri.user().is_some() && one_word)
                    .ok_or_else(|| invalid("Write the address for calls with an @, like 1001@pbx.example.com."))?;
                let address = SipUri::new(SipScheme::Sip, uri.user(), uri.host())
                    .map_err(|_| invalid("This address cannot be used for calls."))?;
                let mut voice = Voice::new(self.free_name("voice", &[]), address, SecretSource::Keyring);
                voice.auth_user = named(&new.login);
                voice.outbound_proxy = match named(&new.server) {
                    None => None,
                    Some(text) => {
                        let uri =
                            if text.starts_with("sip") && text.contains(':') { text } else { format!("sip:{text}") };
                        Some(SipUri::parse(&uri).map_err(|_| invalid("The voice server is not an address."))?)
                    }
                };
                Accounts { voice: vec![voice], network, ..Accounts::default() }
            }
        };
        let known = accounts.chat.iter().any(|chat| self.knows_address(Service::Chat, chat.address.as_str()))
            || accounts.voice.iter().any(|voice| self.knows_address(Service::Voice, &voice.address.to_string()));
        if known {
            return Err(refused(RefusalKind::NotAllowed, "There is an account with this address already."));
        }
        self.has_room_for(&accounts)?;
        Ok(accounts)
    }

    fn has_room_for(&self, accounts: &Accounts) -> Result<(), Refusal> {
        let (chat, voice) = self.kept_accounts();
        let full =
            chat.len() + accounts.chat.len() > MOST_ACCOUNTS || voice.len() + accounts.voice.len() > MOST_ACCOUNTS;
        match full {
            true => Err(refused(RefusalKind::NotAllowed, "There are as many accounts as Tandem can serve.")),
            false => Ok(()),
        }
    }

    /// Names and trust that the command line gave for the first start: they go into the file with its first accounts.
    fn first_network(&self) -> crate::config::Network {
        self.set_up.as_ref().map(|set_up| set_up.network().clone()).unwrap_or_default()
    }

    /// The accounts of the file: those that the setup tries are not in it.
    fn kept_accounts(&self) -> (&[Chat], &[Voice]) {
        match self.set_up {
            Some(_) => (&[], &[]),
            None => (&self.config.chat, &self.config.voice),
        }
    }

    fn knows_address(&self, service: Service, address: &str) -> bool {
        let (chat, voice) = self.kept_accounts();
        match service {
            Service::Chat => chat.iter().any(|chat| chat.address.as_str() == address),
            Service::Voice => voice.iter().any(|voice| voice.address.to_string() == address),
        }
    }

    /// A name that no account of either service has, nor one of these.
    fn free_name(&self, base: &str, taken: &[AccountId]) -> AccountId {
        let (chat, voice) = self.kept_accounts();
        let used = |name: &str| {
            chat.iter().any(|chat| chat.id.as_str() == name)
                || voice.iter().any(|voice| voice.id.as_str() == name)
                || taken.iter().any(|id| id.as_str() == name)
        };
        let numbered = (2..).map(|number| format!("{base}{number}"));
        let name = std::iter::once(base.to_owned()).chain(numbered).find(|name| !used(name));
        // Invariant: the numbers do not end before the accounts do.
        AccountId::new(&name.unwrap_or_default())
    }

    fn removal(&self, id: &AccountId) -> Result<Box<AccountsChange>, Refusal> {
        let (chat, voice) = self.kept_accounts();
        let chat = chat.iter().find(|chat| chat.id == *id).map(|chat| chat.address.to_string());
        let voice = voice.iter().find(|voice| voice.id == *id).map(|voice| voice.address.to_string());
        let (service, word, address) = match (chat, voice) {
            (Some(address), _) => (Service::Chat, "chat", address),
            (None, Some(address)) => (Service::Voice, "voice", address),
            (None, None) => return Err(refused(RefusalKind::NotFound, "There is no such account.")),
        };
        if self.layers.origins.is_provisioned(word, id) {
            let text = "Your administrator set this account up: only they can take it away.";
            return Err(refused(RefusalKind::NotAllowed, text));
        }
        if !self.calls.of_account(id).is_empty() {
            return Err(refused(RefusalKind::NotAllowed, "Hang up first: a call goes over this account."));
        }
        Ok(Box::new(AccountsChange {
            add: Accounts::default(),
            password: Secret::new(String::new()),
            keyring: true,
            remove: Some((service, id.clone(), address.into())),
        }))
    }

    /// Files of other programs were looked for, or one was read.
    pub(super) fn handle_other(&mut self, event: OtherEvent, now: Now) {
        let OtherEvent { ticket, result } = event;
        let answer = match result {
            Err(why) => Err(refused(RefusalKind::Invalid, &why)),
            Ok(OtherFound::Files(files)) => Ok(OthersReply::Found(files)),
            Ok(OtherFound::File(file, mark, None)) => Ok(OthersReply::Holds(Box::new(self.view_of(*file, mark)))),
            Ok(OtherFound::File(file, mark, Some(take))) => match self.adopt_others(ticket, *file, &mark, &take, now) {
                None => return,
                Some(answer) => answer,
            },
        };
        self.answer(ticket, answer.map(Reply::Others));
    }

    fn view_of(&self, file: OtherFile, mark: Arc<str>) -> OtherView {
        let account = |account: &OtherAccount| {
            let address = account.address();
            let (service, server) = match account {
                OtherAccount::Chat { server, .. } => (Service::Chat, server.clone()),
                OtherAccount::Voice { outbound_proxy, .. } => {
                    (Service::Voice, outbound_proxy.as_ref().map(ToString::to_string))
                }
            };
            let known = self.knows_address(service, &address);
            OtherAccountView { service, address: address.into(), server: server.map(Arc::from), known }
        };
        OtherView {
            program: file.program,
            mark,
            accounts: file.accounts.iter().map(account).collect(),
            people: file.people.people.iter().take(PEOPLE_SHOWN).map(|person| person.name.clone()).collect(),
            people_total: file.people.people.len(),
            skipped: file.people.skipped,
            more_skipped: file.people.more_skipped,
        }
    }

    /// `None`: answered when the accounts are in the file.
    fn adopt_others(
        &mut self,
        ticket: Ticket,
        file: OtherFile,
        mark: &str,
        take: &TakeOver,
        now: Now,
    ) -> Option<Result<OthersReply, Refusal>> {
        if take.mark.as_deref().is_some_and(|shown| shown != mark) {
            let text = "The file has changed since it was shown: look into it again.";
            return Some(Err(refused(RefusalKind::NotAllowed, text)));
        }
        let mut add = Accounts { network: self.first_network(), ..Accounts::default() };
        let mut names = Vec::new();
        for account in file.accounts {
            let address = account.address();
            let wanted = take.accounts.as_ref().is_none_or(|list| list.iter().any(|one| **one == *address));
            let service = if matches!(account, OtherAccount::Chat { .. }) { Service::Chat } else { Service::Voice };
            if wanted && !self.knows_address(service, &address) {
                names.push(self.adopt_account(account, &mut add, &names));
            }
        }
        if let Err(refusal) = self.has_room_for(&add) {
            return Some(Err(refusal));
        }
        let taking = Taking { people: take.people.then_some(file.people), accounts: names };
        if taking.accounts.is_empty() {
            return Some(Ok(self.taken(taking, now)));
        }
        let change = AccountsChange { add, password: Secret::new(String::new()), keyring: true, remove: None };
        self.book.takings.insert(ticket, taking);
        let effect = AccountsEffect::Change { ticket, change: Box::new(change) };
        self.effects.push_back(Effect::Accounts(effect));
        None
    }

    fn adopt_account(&self, account: OtherAccount, add: &mut Accounts, names: &[AccountId]) -> AccountId {
        match account {
            OtherAccount::Chat { address, server, tls } => {
                let id = self.free_name("chat", names);
                add.chat.push(Chat { server, tls, ..Chat::new(id.clone(), address, SecretSource::Keyring) });
                id
            }
            OtherAccount::Voice { address, display_name, auth_user, outbound_proxy, transport } => {
                let id = self.free_name("voice", names);
                let new = Voice::new(id.clone(), address, SecretSource::Keyring);
                add.voice.push(Voice { display_name, auth_user, outbound_proxy, transport, ..new });
                id
            }
        }
    }

    fn taken(&mut self, taking: Taking, now: Now) -> OthersReply {
        let people = match taking.people {
            Some(people) if !people.people.is_empty() => self.import_people(people, now),
            Some(_) | None => ImportReport::default(),
        };
        OthersReply::Taken { accounts: taking.accounts, people }
    }

    /// The configuration was composed anew: what waited for it goes on.
    pub(super) fn after_accounts(
        &mut self,
        ticket: Ticket,
        answer: Result<Reply, Refusal>,
        now: Now,
    ) -> Result<Reply, Refusal> {
        match self.book.takings.remove(&ticket) {
            Some(taking) => answer.map(|_| Reply::Others(self.taken(taking, now))),
            None => answer,
        }
    }
}

/// A file is named by its whole path: the program's own folder is nobody's.
fn whole(path: &str) -> Result<(), Refusal> {
    match std::path::Path::new(path).is_absolute() {
        true => Ok(()),
        false => Err(refused(RefusalKind::Invalid, "Write the whole path of the file, from the root on.")),
    }
}
