//! The first start: an address and a password, or a link. The document of the user's administrator is looked for first;
//! its accounts, or those that the address itself means, are tried on both services at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{SetUp, SetUpState, SetUpStep, at_home};
use crate::config::{Chat, Config, DocumentSource, Network, Provisioning, Relation, SecretSource, Voice, effective};
use crate::model::{AccountId, ConnectionState, Jid, Service, SipScheme, SipUri};
use crate::platform::Secret;
use crate::provisioning::{Brought, Document, Method, Outcome, Person, Source, Step, read};

/// The accounts that the setup tries, and what is written when they work.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundAccounts {
    /// The chat accounts.
    pub chat: Vec<Chat>,
    /// The voice accounts.
    pub voice: Vec<Voice>,
    /// Which belong together.
    pub relations: Vec<Relation>,
    /// The name server and authorities that the first start was given.
    pub network: Network,
    /// They come from a document: only where that is from is written.
    pub provisioned: Option<Box<FoundDocument>>,
}

/// A document that the setup found.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundDocument {
    /// Where it is fetched from the next time, and for whom.
    pub settings: Provisioning,
    /// The document.
    pub document: Document,
}

/// What a start of the setup leads to.
#[derive(Debug)]
pub(super) enum Begin {
    /// A document has to be looked for.
    Search {
        /// Where.
        source: Source,
        /// Who asks, for a server that wants to know.
        password: Option<(Jid, Secret)>,
        /// Which search it is.
        generation: u64,
    },
    /// These accounts are tried.
    Try(Box<Trial>),
}

/// Accounts to try.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    pub(super) config: Config,
    pub(super) password: Secret,
    provisioned: Option<Box<FoundDocument>>,
}

impl Trial {
    /// The accounts come from a document.
    pub(super) fn is_provisioned(&self) -> bool {
        self.provisioned.is_some()
    }

    /// The configuration while it is tried, and the password of its accounts. Without a document, what else the user's file
    /// says goes on to count.
    pub(super) fn over(self, file: &Config) -> (Config, Secret) {
        let Trial { config, password, provisioned } = self;
        let config = match provisioned {
            Some(_) => config,
            None => {
                let Config { chat, voice, relations, network, .. } = config;
                Config { chat, voice, relations, network, ..file.clone() }
            }
        };
        (config, password)
    }
}

/// The setup in progress.
#[derive(Debug)]
pub(super) struct SetUpMachine {
    state: SetUpState,
    asked: Option<SetUp>,
    /// The search that is going on.
    generation: u64,
    searching: bool,
    /// A document for everybody, which waits for an address.
    waiting: Option<Box<FoundDocument>>,
    /// What became of the search, before the lines of the accounts.
    settings: Option<SetUpStep>,
    trial: Option<Trial>,
    /// The name server and authorities that the command line gave for the first start.
    network: Network,
    accounts: BTreeMap<(Service, AccountId), (Progress, SetUpStep)>,
    /// Whether the chat server is asked for settings.
    server: Server,
    /// Why the last try could not be kept.
    unsaved: Option<SetUpStep>,
}

/// The chat server's part in the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Server {
    /// It has no part in it.
    Silent,
    /// The web has no settings: it is asked when it lets us in.
    Later,
    /// It is being asked, or has answered.
    Asked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Trying,
    Works,
    Fails,
}

impl SetUpMachine {
    pub(super) fn new(problems: Vec<Arc<str>>, config_path: Arc<str>, network: Network) -> Self {
        Self {
            state: SetUpState { problems, config_path, ..SetUpState::default() },
            asked: None,
            generation: 0,
            searching: false,
            waiting: None,
            settings: None,
            trial: None,
            network,
            accounts: BTreeMap::new(),
            server: Server::Silent,
            unsaved: None,
        }
    }

    pub(super) fn state(&self) -> &SetUpState {
        &self.state
    }

    /// Names and trust that the first start was given.
    pub(super) fn network(&self) -> &Network {
        &self.network
    }

    /// Starts a try; the error is a sentence for the user.
    pub(super) fn start(&mut self, set_up: &SetUp) -> Result<Begin, String> {
        let source = Source::parse(&set_up.address).map_err(|error| match error {
            crate::provisioning::SourceError::Unknown if !set_up.address.contains("://") => NO_ADDRESS.to_owned(),
            error => error.to_string(),
        })?;
        let servers = !set_up.chat_server.trim().is_empty() || !set_up.voice_server.trim().is_empty();
        let person = match &source {
            Source::Address(jid) if jid.local().is_none() => return Err(NO_ADDRESS.to_owned()),
            Source::Address(_) if set_up.password.expose().is_empty() => {
                return Err("Enter your password.".to_owned());
            }
            Source::Address(jid) => Some(jid.clone()),
            Source::Link { .. } | Source::File(_) => None,
        };
        self.asked = Some(set_up.clone());
        self.generation += 1;
        (self.searching, self.settings, self.trial, self.unsaved) = (false, None, None, None);
        self.server = Server::Silent;
        self.accounts.clear();
        self.state.details = Vec::new();
        self.state.without_document = false;
        let begin = match (person, self.waiting.take()) {
            // Servers that the user names are the user's word, and so is the wish to do without.
            (Some(_), _) if servers || set_up.without_document => {
                Begin::Try(Box::new(self.plain(set_up).map_err(|text| text.to_owned())?))
            }
            (Some(address), Some(found)) => match self.of_document(*found, Some(&address), Method::Link) {
                Some(trial) => Begin::Try(Box::new(trial)),
                None => return Err("These settings cannot be used for this address.".to_owned()),
            },
            (person, _) => {
                self.searching = true;
                self.settings = Some(SetUpStep { text: "Looking for your settings…".into(), ok: None });
                let password = person.map(|jid| (jid, set_up.password.clone()));
                Begin::Search { source, password, generation: self.generation }
            }
        };
        self.show();
        Ok(begin)
    }

    /// A step of the search is over.
    pub(super) fn note_step(&mut self, generation: u64, step: &Step) {
        if self.searching && generation == self.generation {
            self.state.details.push(step.text.clone());
        }
    }

    /// The search is over: the accounts to try, unless it ends with a word to the user.
    pub(super) fn handle_outcome(&mut self, generation: u64, outcome: Outcome) -> Option<Trial> {
        if !self.searching || generation != self.generation {
            return None;
        }
        self.searching = false;
        let trial = match outcome {
            Outcome::Brought(brought) => self.brought(*brought),
            Outcome::NotOffered if self.server == Server::Asked => {
                self.state.details.push("Your chat server has no settings for you.".into());
                None
            }
            Outcome::NotOffered => {
                self.server = Server::Later;
                let text = "No settings are published for your address, so the usual servers are tried.";
                self.settings = Some(SetUpStep { text: text.into(), ok: Some(true) });
                let asked = self.asked.clone()?;
                match self.plain(&asked) {
                    Ok(trial) => Some(trial),
                    Err(text) => self.stop(text),
                }
            }
            Outcome::NotModified => None,
            Outcome::Gone => self.stop("There are no settings at the place that was named for them."),
            Outcome::Unauthorized(_) => self.stop(
                "The server that has your settings did not accept your password, or does not take passwords from here.",
            ),
            Outcome::Unreachable(error) => self.stop(&format!("Your settings could not be fetched: {error}.")),
            Outcome::Refused(why) => self.stop(&why),
        };
        self.show();
        trial
    }

    fn brought(&mut self, brought: Brought) -> Option<Trial> {
        let document = match read(&brought.text, &brought.name) {
            Ok(document) => document,
            Err(problems) => {
                self.state.details.extend(problems.iter().map(|problem| problem.to_string().into()));
                return self.stop("Settings were found, but there are mistakes in them. Tell your administrator.");
            }
        };
        if document.is_withdrawn() {
            return self.stop("Your administrator has taken the settings back that were published for you.");
        }
        let asked = self.asked.clone()?;
        let address = match Source::parse(&asked.address) {
            Ok(Source::Address(jid)) => Some(jid),
            Ok(Source::Link { .. } | Source::File(_)) | Err(_) => None,
        };
        let method = brought.method;
        let source = match (&address, brought.url) {
            (Some(jid), _) => Some(DocumentSource::Address(jid.clone())),
            (None, Some(url)) => Some(DocumentSource::Link(url)),
            (None, None) => None,
        };
        let key = brought.key.map(|key| key.bytes());
        let token = brought.token.map(SecretSource::Inline);
        let settings = Provisioning { source, key, token, ..Provisioning::default() };
        let title = document.title().clone();
        let found = FoundDocument { settings, document };
        if address.is_none() && found.document.needs_person() {
            self.waiting = Some(Box::new(found));
            let text =
                format!("These are the settings of {title} for everybody. Now write your own address and password.");
            self.settings = Some(SetUpStep { text: text.into(), ok: Some(true) });
            return None;
        }
        self.of_document(found, address.as_ref(), method)
    }

    /// The accounts that a document gives this person.
    fn of_document(&mut self, mut found: FoundDocument, address: Option<&Jid>, method: Method) -> Option<Trial> {
        let title = found.document.title().clone();
        if let Some(address) = address {
            if let Some(person) = Person::of_address(address.as_str()) {
                found.document = found.document.for_person(person);
            }
            found.settings.address = Some(address.clone());
        }
        let layer = found.document.layer();
        let config = match effective("", &self.state.config_path, layer.as_ref(), &self.network) {
            Ok(effective) => effective.config,
            Err(problems) => {
                self.state.details.extend(problems.iter().map(|problem| problem.to_string().into()));
                return self.stop("Settings were found, but they cannot be used. Tell your administrator.");
            }
        };
        if config.chat.is_empty() && config.voice.is_empty() {
            return self.stop("Settings were found, but there is no account in them. Tell your administrator.");
        }
        if let Some((outsider, home)) = at_home::outsider(&config, &at_home::judged(&found.settings, method), address) {
            return self.stop(&at_home::refusal(&outsider, &home));
        }
        let secrets = config.chat.iter().map(|chat| &chat.secret).chain(config.voice.iter().map(|voice| &voice.secret));
        let password = self.asked.as_ref().map(|asked| asked.password.clone())?;
        if password.expose().is_empty() && secrets.into_iter().any(|secret| !matches!(secret, SecretSource::Inline(_)))
        {
            let text = format!("Your settings come from {title}. Now enter your password.");
            self.settings = Some(SetUpStep { text: text.into(), ok: Some(true) });
            return None;
        }
        let text = format!("Your settings come from {title}.");
        self.settings = Some(SetUpStep { text: text.into(), ok: Some(true) });
        Some(self.take_trial(Trial { config, password, provisioned: Some(Box::new(found)) }))
    }

    /// The accounts that the address itself means.
    fn plain(&mut self, set_up: &SetUp) -> Result<Trial, &'static str> {
        let config = accounts_for(set_up, self.network.clone())?;
        Ok(self.take_trial(Trial { config, password: set_up.password.clone(), provisioned: None }))
    }

    fn take_trial(&mut self, trial: Trial) -> Trial {
        let looking = |service: Service| {
            let text = match service {
                Service::Chat => "Looking for chat…",
                Service::Voice => "Looking for voice…",
            };
            (Progress::Trying, SetUpStep { text: text.into(), ok: None })
        };
        let chat = trial.config.chat.iter().map(|chat| (Service::Chat, chat.id.clone()));
        let voice = trial.config.voice.iter().map(|voice| (Service::Voice, voice.id.clone()));
        self.accounts = chat.chain(voice).map(|(service, id)| ((service, id), looking(service))).collect();
        self.trial = Some(trial.clone());
        trial
    }

    /// The search ends with a word to the user, who may go on without.
    fn stop(&mut self, text: &str) -> Option<Trial> {
        self.settings = Some(SetUpStep { text: text.into(), ok: Some(false) });
        self.state.without_document =
            self.asked.as_ref().is_some_and(|asked| matches!(Source::parse(&asked.address), Ok(Source::Address(_))));
        None
    }

    /// The chat account is signed in: which search asks its server for settings, if one does.
    pub(super) fn ask_server(&mut self, id: &AccountId) -> Option<u64> {
        let chat = self.trial.as_ref().is_some_and(|trial| trial.config.chat.iter().any(|chat| chat.id == *id));
        if !chat || self.server != Server::Later {
            return None;
        }
        (self.server, self.searching) = (Server::Asked, true);
        self.state.details.push("Your chat server is asked for settings.".into());
        self.show();
        Some(self.generation)
    }

    /// The person whose settings are looked for.
    pub(super) fn person(&self) -> Option<Jid> {
        match Source::parse(&self.asked.as_ref()?.address) {
            Ok(Source::Address(jid)) => Some(jid),
            Ok(Source::Link { .. } | Source::File(_)) | Err(_) => None,
        }
    }

    /// A connection of the trial changed.
    pub(super) fn note(&mut self, id: &AccountId, service: Service, state: ConnectionState, reason: Option<&str>) {
        let Some(account) = self.accounts.get_mut(&(service, id.clone())) else { return };
        let progress = match (state, reason) {
            (ConnectionState::Online, _) => Progress::Works,
            (ConnectionState::Failed, _) => Progress::Fails,
            // Something that does not answer is tried again by its account; for the setup one answer is enough.
            (ConnectionState::Offline, Some(_)) => Progress::Fails,
            (ConnectionState::Offline | ConnectionState::Connecting | ConnectionState::Held, _) => Progress::Trying,
        };
        let name = name(service);
        account.0 = progress;
        match progress {
            Progress::Works => {
                let text = match service {
                    Service::Chat => "Chat works: signed in.",
                    Service::Voice => "Voice works: signed in.",
                };
                account.1 = SetUpStep { text: text.into(), ok: Some(true) };
            }
            Progress::Fails => {
                let text = format!("{name} does not work: {}", reason.unwrap_or("no reason was given."));
                account.1 = SetUpStep { text: text.into(), ok: Some(false) };
            }
            Progress::Trying => {}
        }
        self.show();
    }

    /// What the screen shows follows from the parts.
    fn show(&mut self) {
        let accounts = self.accounts.values().map(|(_, step)| step);
        self.state.steps = self.settings.iter().chain(accounts).chain(&self.unsaved).cloned().collect();
        let any = |wanted: Progress| self.accounts.values().any(|(progress, _)| *progress == wanted);
        self.state.busy = self.searching || any(Progress::Trying);
        self.state.ready_to_save = !self.state.busy && any(Progress::Works);
    }

    /// What to write: a document's accounts, or those that work.
    pub(super) fn found(&self) -> Option<(FoundAccounts, Secret)> {
        let Trial { config, password, provisioned } = self.trial.clone()?;
        let works = |service: Service, id: &AccountId| {
            provisioned.is_some()
                || self.accounts.get(&(service, id.clone())).is_some_and(|(progress, _)| *progress == Progress::Works)
        };
        let chat: Vec<Chat> = config.chat.into_iter().filter(|chat| works(Service::Chat, &chat.id)).collect();
        let voice: Vec<Voice> = config.voice.into_iter().filter(|voice| works(Service::Voice, &voice.id)).collect();
        let both = |relation: &Relation| {
            chat.iter().any(|chat| chat.id == relation.chat) && voice.iter().any(|voice| voice.id == relation.voice)
        };
        let relations = config.relations.into_iter().filter(both).collect();
        Some((FoundAccounts { chat, voice, relations, network: config.network, provisioned }, password))
    }

    /// The trial could not be kept: a sentence, and whether for want of a keyring.
    pub(super) fn not_saved(&mut self, why: &str) {
        self.state.no_keyring = why.contains("keyring");
        self.unsaved = Some(SetUpStep { text: why.into(), ok: Some(false) });
        self.show();
    }

    /// The user trusts a certificate: it belongs into the file.
    pub(super) fn trust(&mut self, account: &AccountId, fingerprint: [u8; 32]) {
        let Some(Trial { config, .. }) = &mut self.trial else { return };
        let chat =
            config.chat.iter_mut().filter(|chat| chat.id == *account).map(|chat| &mut chat.certificate_exceptions);
        let voice =
            config.voice.iter_mut().filter(|voice| voice.id == *account).map(|voice| &mut voice.certificate_exceptions);
        chat.chain(voice).for_each(|exceptions| exceptions.push(fingerprint));
        for ((_, id), (progress, step)) in &mut self.accounts {
            if id == account {
                *progress = Progress::Trying;
                *step = SetUpStep { text: "Trying again…".into(), ok: None };
            }
        }
        self.show();
    }
}

const NO_ADDRESS: &str = "Write your address with an @, like alice@example.com.";

fn name(service: Service) -> &'static str {
    match service {
        Service::Chat => "Chat",
        Service::Voice => "Voice",
    }
}

/// The accounts for one address: the same user and domain on both services, or other servers where they are named.
fn accounts_for(set_up: &SetUp, network: Network) -> Result<Config, &'static str> {
    let address = set_up.address.trim();
    let address = address.strip_prefix("xmpp:").or_else(|| address.strip_prefix("sip:")).unwrap_or(address);
    let jid = Jid::parse(address).ok().filter(|jid| jid.local().is_some()).ok_or(NO_ADDRESS)?;
    if set_up.password.expose().is_empty() {
        return Err("Enter your password.");
    }
    let sip =
        SipUri::new(SipScheme::Sip, jid.local(), jid.domain()).map_err(|_| "This address cannot be used for calls.")?;
    let named = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let outbound_proxy = match named(&set_up.voice_server) {
        None => None,
        Some(text) => {
            let uri = if text.starts_with("sip") { text } else { format!("sip:{text}") };
            Some(SipUri::parse(&uri).map_err(|_| "The voice server is not an address.")?)
        }
    };
    let secret = SecretSource::Inline(set_up.password.clone());
    let (chat_id, voice_id) = (AccountId::new("chat"), AccountId::new("voice"));
    Ok(Config {
        chat: vec![Chat { server: named(&set_up.chat_server), ..Chat::new(chat_id.clone(), jid, secret.clone()) }],
        voice: vec![Voice { outbound_proxy, ..Voice::new(voice_id.clone(), sip, secret) }],
        relations: vec![Relation { chat: chat_id, voice: voice_id }],
        network,
        ..Config::default()
    })
}
