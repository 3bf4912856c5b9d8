//! The first start: an address and a password tried on both services at once, and what was found.

use std::sync::Arc;

use super::{SetUp, SetUpState, SetUpStep};
use crate::config::{Chat, Config, Network, Relation, SecretSource, Voice};
use crate::model::{AccountId, ConnectionState, Jid, Service, SipScheme, SipUri};
use crate::platform::Secret;

/// The accounts that the setup tries, and what is written when they work.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundAccounts {
    /// The chat account.
    pub chat: Option<Chat>,
    /// The voice account.
    pub voice: Option<Voice>,
    /// They belong together.
    pub relation: Option<Relation>,
    /// The name server and authorities that the first start was given.
    pub network: Network,
}

/// The setup in progress.
#[derive(Debug)]
pub(super) struct SetUpMachine {
    state: SetUpState,
    trial: Option<(FoundAccounts, Secret)>,
    /// The name server and authorities that the command line gave for the first start.
    network: Network,
    chat: Outcome,
    voice: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Untried,
    Trying,
    Works,
    Fails,
}

impl SetUpMachine {
    pub(super) fn new(problems: Vec<Arc<str>>, config_path: Arc<str>, network: Network) -> Self {
        Self {
            state: SetUpState { problems, config_path, ..SetUpState::default() },
            trial: None,
            network,
            chat: Outcome::Untried,
            voice: Outcome::Untried,
        }
    }

    pub(super) fn state(&self) -> &SetUpState {
        &self.state
    }

    /// Starts a try; the error is a sentence for the user.
    pub(super) fn start(&mut self, set_up: &SetUp) -> Result<(Config, Secret), String> {
        let found = accounts_for(set_up, self.network.clone())?;
        let config = Config {
            chat: found.chat.clone().into_iter().collect(),
            voice: found.voice.clone().into_iter().collect(),
            relations: found.relation.clone().into_iter().collect(),
            network: self.network.clone(),
            ..Config::default()
        };
        self.state.steps = vec![
            SetUpStep { text: "Looking for chat…".into(), ok: None },
            SetUpStep { text: "Looking for voice…".into(), ok: None },
        ];
        self.state.busy = true;
        self.state.ready_to_save = false;
        self.chat = Outcome::Trying;
        self.voice = Outcome::Trying;
        self.trial = Some((found, set_up.password.clone()));
        Ok((config, set_up.password.clone()))
    }

    /// A connection of the trial changed.
    pub(super) fn note(&mut self, service: Service, state: ConnectionState, reason: Option<&str>) {
        if self.trial.is_none() {
            return;
        }
        let (name, at) = match service {
            Service::Chat => ("Chat", 0),
            Service::Voice => ("Voice", 1),
        };
        let outcome = match (state, reason) {
            (ConnectionState::Online, _) => Outcome::Works,
            (ConnectionState::Failed, _) => Outcome::Fails,
            // Something that does not answer is tried again by its account; for the setup one answer is enough.
            (ConnectionState::Offline, Some(_)) => Outcome::Fails,
            (ConnectionState::Offline | ConnectionState::Connecting | ConnectionState::Held, _) => Outcome::Trying,
        };
        let step = match outcome {
            Outcome::Works => SetUpStep { text: format!("{name} works: signed in.").into(), ok: Some(true) },
            Outcome::Fails => SetUpStep {
                text: format!("{name} does not work: {}", reason.unwrap_or("no reason was given.")).into(),
                ok: Some(false),
            },
            Outcome::Untried | Outcome::Trying => return,
        };
        if let Some(line) = self.state.steps.get_mut(at) {
            *line = step;
        }
        match service {
            Service::Chat => self.chat = outcome,
            Service::Voice => self.voice = outcome,
        }
        self.state.busy = self.chat == Outcome::Trying || self.voice == Outcome::Trying;
        self.state.ready_to_save = !self.state.busy && (self.chat == Outcome::Works || self.voice == Outcome::Works);
    }

    /// What to write: the accounts that work.
    pub(super) fn found(&self) -> Option<(FoundAccounts, Secret)> {
        let (found, password) = self.trial.clone()?;
        let chat = found.chat.filter(|_| self.chat == Outcome::Works);
        let voice = found.voice.filter(|_| self.voice == Outcome::Works);
        let relation = found.relation.filter(|_| chat.is_some() && voice.is_some());
        Some((FoundAccounts { chat, voice, relation, network: found.network }, password))
    }

    /// The trial could not be kept: a sentence, and whether for want of a keyring.
    pub(super) fn not_saved(&mut self, why: &str) {
        self.state.no_keyring = why.contains("keyring");
        self.state.steps.push(SetUpStep { text: why.into(), ok: Some(false) });
    }

    /// The user trusts a certificate: it belongs into the file.
    pub(super) fn trust(&mut self, account: &AccountId, fingerprint: [u8; 32]) {
        let Some((found, _)) = &mut self.trial else { return };
        for (id, at, outcome) in [
            (found.chat.as_ref().map(|chat| &chat.id), 0, &mut self.chat),
            (found.voice.as_ref().map(|voice| &voice.id), 1, &mut self.voice),
        ] {
            if id == Some(account) {
                *outcome = Outcome::Trying;
                if let Some(line) = self.state.steps.get_mut(at) {
                    *line = SetUpStep { text: "Trying again…".into(), ok: None };
                }
            }
        }
        let lists = [
            found.chat.as_mut().map(|chat| (&chat.id, &mut chat.certificate_exceptions)),
            found.voice.as_mut().map(|voice| (&voice.id, &mut voice.certificate_exceptions)),
        ];
        for (id, exceptions) in lists.into_iter().flatten() {
            if id == account {
                exceptions.push(fingerprint);
            }
        }
        self.state.busy = true;
        self.state.ready_to_save = false;
    }
}

/// The accounts for one address: the same user and domain on both services, or other servers where they are named.
fn accounts_for(set_up: &SetUp, network: Network) -> Result<FoundAccounts, String> {
    let address = set_up.address.trim();
    let address = address.strip_prefix("xmpp:").or_else(|| address.strip_prefix("sip:")).unwrap_or(address);
    let jid = Jid::parse(address)
        .ok()
        .filter(|jid| jid.local().is_some())
        .ok_or("Write your address with an @, like alice@example.com.")?;
    if set_up.password.expose().is_empty() {
        return Err("Enter your password.".to_owned());
    }
    let sip = SipUri::new(SipScheme::Sip, jid.local(), jid.domain())
        .map_err(|_| "This address cannot be used for calls.".to_owned())?;
    let named = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let outbound_proxy = match named(&set_up.voice_server) {
        None => None,
        Some(text) => {
            let uri = if text.starts_with("sip") { text } else { format!("sip:{text}") };
            Some(SipUri::parse(&uri).map_err(|_| "The voice server is not an address.".to_owned())?)
        }
    };
    let secret = || SecretSource::Inline(set_up.password.clone());
    let chat = Chat { server: named(&set_up.chat_server), ..Chat::new(AccountId::new("chat"), jid, secret()) };
    let voice = Voice { outbound_proxy, ..Voice::new(AccountId::new("voice"), sip, secret()) };
    let relation = Relation { chat: chat.id.clone(), voice: voice.id.clone() };
    Ok(FoundAccounts { chat: Some(chat), voice: Some(voice), relation: Some(relation), network })
}
