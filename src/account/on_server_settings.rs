//! The last way to a document: what the chat server itself keeps for its user, asked when the web has nothing and the chat
//! account is signed in.
//!
//! It is believed only over a connection whose certificate was verified, as every document is, and it counts no more than a
//! link: the rule of [`super::at_home`] holds for it.

use super::effect::Effect;
use super::manager::Manager;
use super::on_discovery::{Purpose, Search, Searched};
use crate::config::DocumentSource;
use crate::model::{AccountId, Certificate, ConnectionState, Jid, Now, ServerSettings};
use crate::provisioning::{Offered, Outcome, PinnedKey, Source, Step, document_of_phone};
use crate::xmpp;

/// Searches that wait for a chat server at the same time. When full: the search ends without it.
const MOST_WAITING: usize = 8;
/// What problems in a document of the chat server call it.
const NAME: &str = "the settings at your chat server";

/// Searches that wait for the word of a chat server.
#[derive(Debug, Default)]
pub(super) struct Servers {
    waiting: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    purpose: Purpose,
    account: AccountId,
    person: Jid,
    asked: bool,
}

impl Manager {
    /// A search found nothing on the web: whether the chat server is asked, now or when it lets us in.
    pub(super) fn ask_chat_server(&mut self, purpose: Purpose) -> bool {
        let person = match purpose {
            // The setup asks by itself once its chat account is signed in.
            Purpose::SetUp(_) => None,
            Purpose::Refresh(_) => match &self.discoveries.settings.source {
                Some(DocumentSource::Address(jid)) => Some(jid.clone()),
                Some(DocumentSource::Link(_)) | None => None,
            },
            Purpose::Asked(ticket) => self.discoveries.asked.get(&ticket).and_then(|asked| match &asked.source {
                Source::Address(jid) => Some(jid.clone()),
                Source::Link { .. } | Source::File(_) => None,
            }),
        };
        let Some(person) = person else { return false };
        let account = self.config.chat.iter().find(|chat| chat.address == person).map(|chat| chat.id.clone());
        let Some(account) = account.filter(|_| self.discoveries.servers.waiting.len() < MOST_WAITING) else {
            return false;
        };
        let there = self.may_ask(&account);
        // Somebody who asked waits for an answer; the schedule has time until the account is signed in.
        if !there && matches!(purpose, Purpose::Asked(_)) {
            return false;
        }
        // The schedule waits once: a newer one takes its place.
        if matches!(purpose, Purpose::Refresh(_)) {
            self.discoveries.servers.waiting.retain(|waiting| !matches!(waiting.purpose, Purpose::Refresh(_)));
        }
        if there {
            self.handle_search_step(purpose, Step::new("Your chat server is asked for settings.", false));
            self.chat(&account, xmpp::Command::AskSettings);
        }
        self.discoveries.servers.waiting.push(Waiting { purpose, account, person, asked: there });
        true
    }

    /// Online, with a certificate that was verified: there is no way to take settings over another connection.
    fn may_ask(&self, account: &AccountId) -> bool {
        self.connections.get(account).is_some_and(|connection| {
            let security = connection.state.security.as_ref();
            connection.state.state == ConnectionState::Online
                && security
                    .is_some_and(|security| matches!(security.certificate, Certificate::Verified | Certificate::Pinned))
        })
    }

    /// A chat account is signed in: whoever waits for its server's word asks now.
    pub(super) fn chat_server_is_there(&mut self, id: &AccountId) {
        if !self.may_ask(id) {
            return;
        }
        if let Some(set_up) = &mut self.set_up {
            if let Some(generation) = set_up.ask_server(id)
                && let Some(person) = set_up.person()
            {
                let purpose = Purpose::SetUp(generation);
                self.discoveries.servers.waiting.retain(|waiting| !matches!(waiting.purpose, Purpose::SetUp(_)));
                self.discoveries.servers.waiting.push(Waiting { purpose, account: id.clone(), person, asked: true });
                self.chat(id, xmpp::Command::AskSettings);
            }
            return;
        }
        let mut asks = false;
        for waiting in self.discoveries.servers.waiting.iter_mut().filter(|waiting| waiting.account == *id) {
            asks |= !std::mem::replace(&mut waiting.asked, true);
        }
        if asks {
            self.chat(id, xmpp::Command::AskSettings);
        }
    }

    /// A chat account lost its server before it answered: the setup goes on without, the schedule asks again.
    pub(super) fn chat_server_left(&mut self, id: &AccountId, now: Now) {
        let waiting = self.discoveries.servers.waiting.iter_mut().filter(|waiting| waiting.account == *id);
        waiting
            .filter(|waiting| matches!(waiting.purpose, Purpose::Refresh(_)))
            .for_each(|waiting| waiting.asked = false);
        let all = std::mem::take(&mut self.discoveries.servers.waiting);
        let (stay, ended): (Vec<Waiting>, Vec<Waiting>) =
            all.into_iter().partition(|waiting| waiting.account != *id || !waiting.asked);
        self.discoveries.servers.waiting = stay;
        for waiting in ended {
            self.finish_search(waiting.purpose, Searched { outcome: Outcome::NotOffered, preview: None }, now);
        }
    }

    /// A chat server said what it keeps for its user.
    pub(super) fn handle_server_settings(&mut self, id: &AccountId, settings: ServerSettings, now: Now) {
        let all = std::mem::take(&mut self.discoveries.servers.waiting);
        let (answered, others) = all.into_iter().partition(|waiting| waiting.asked && waiting.account == *id);
        self.discoveries.servers.waiting = others;
        let answered: Vec<Waiting> = answered;
        for Waiting { purpose, person, .. } in answered {
            let (text, signature) = match &settings {
                ServerSettings::Document { text, signature } => (text.clone(), signature.clone()),
                ServerSettings::Phone(phone) => (document_of_phone(phone, &person).into(), None),
                ServerSettings::None | ServerSettings::Refused(_) => {
                    let outcome = match &settings {
                        ServerSettings::Refused(why) => Outcome::Refused(why.clone()),
                        _ => Outcome::NotOffered,
                    };
                    self.finish_search(purpose, Searched { outcome, preview: None }, now);
                    continue;
                }
            };
            self.handle_search_step(purpose, Step::new("Your chat server has settings for you.", true));
            self.effects.push_back(Effect::Search(Box::new(Search {
                purpose,
                source: Source::Address(person),
                key: self.config.provisioning.key.map(PinnedKey::new),
                known: None,
                password: None,
                token: None,
                offered: Some(Offered { text, signature, name: NAME.into() }),
            })));
        }
    }
}
