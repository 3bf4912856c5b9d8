//! Documents that are looked for and fetched: by the setup, on a schedule, and because somebody asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use rand::Rng as _;

use super::effect::{Effect, SecretRef, Ticket};
use super::manager::Manager;
use super::questions::Subject;
use super::set_up::{Begin, FoundDocument, Trial};
use super::{Refusal, RefusalKind, Reply, SetUp, at_home};
use crate::config::{DocumentSource, Provisioning, SecretSource, Setting, effective};
use crate::model::{AccountId, BootTime, ConditionKind, HttpsUrl, Jid, Now, Remedy};
use crate::provisioning::{
    Brought, Document, Method, News, Offered, Outcome, Person, PinnedKey, Refresh, Source, Step, read,
};

/// Requests for a document that are answered at the same time. When more: refused.
const MOST_ASKED: usize = 8;
/// The memo of the last tag (`ETag`, RFC 9110 section 8.8.3).
const TAG: &str = "provisioning.tag";
/// Problems of a document that an answer names. When more: the rest is left out.
const MOST_PROBLEMS: usize = 50;

/// Who wants a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The setup, and which of its searches.
    SetUp(u64),
    /// The schedule, and which of them: one that was replaced is not heard any more.
    Refresh(u64),
    /// A request.
    Asked(Ticket),
}

/// A search for the shell.
#[derive(Clone, Debug)]
pub struct Search {
    /// Who wants it.
    pub purpose: Purpose,
    /// Where to look.
    pub source: Source,
    /// The key that the document has to be signed with.
    pub key: Option<PinnedKey>,
    /// What we have already.
    pub known: Option<(HttpsUrl, String)>,
    /// Who asks, told only to a server of the user's own that wants to know.
    pub password: Option<(Jid, SecretRef)>,
    /// Told instead of the password, when the document's server asks.
    pub token: Option<SecretRef>,
    /// The chat server had the document: it only has to be checked.
    pub offered: Option<Offered>,
}

/// What a search came to.
#[derive(Clone, Debug)]
pub struct Searched {
    /// That.
    pub outcome: Outcome,
    /// For a request: every setting as it would be, or why the document does not fit the user's file.
    pub preview: Option<Result<Arc<[Setting]>, Arc<str>>>,
}

/// What a document changes or would change.
#[derive(Clone, Debug, PartialEq)]
pub struct ProvisionReport {
    /// What each step of the search came to.
    pub steps: Vec<Step>,
    /// How the document was found.
    pub method: Method,
    /// Its address or its file.
    pub name: Arc<str>,
    /// Whether a pinned key has signed it.
    pub signed: bool,
    /// What it calls its publisher.
    pub title: Arc<str>,
    /// Its serial number; 0 where it has none.
    pub serial: i64,
    /// It takes everything back.
    pub withdrawn: bool,
    /// What changes.
    pub changes: Vec<Change>,
    /// It counts from now on; otherwise this was only a look.
    pub applied: bool,
}

/// One setting that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// `calls.region`, `chat[work].tls`.
    pub key: Arc<str>,
    /// The value now.
    pub old: Option<Arc<str>>,
    /// The value then.
    pub new: Option<Arc<str>>,
    /// Where the new value comes from.
    pub origin: &'static str,
    /// Only the administrator changes it.
    pub locked: bool,
}

/// A request that waits for its document.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) source: Source,
    dry_run: bool,
    steps: Vec<Step>,
}

/// What the manager keeps about it.
#[derive(Debug, Default)]
pub(super) struct Discoveries {
    refresh: Option<Refresh>,
    /// What is refreshed: another source begins anew.
    pub(super) settings: Provisioning,
    generation: u64,
    pub(super) asked: BTreeMap<Ticket, Asked>,
    /// What the user was told about the document, to be taken back.
    told: Option<Arc<str>>,
    /// The tag of a document that was handed to the shell, and its serial number: remembered once it counts.
    handed: Option<(HttpsUrl, String)>,
    /// Searches that wait for the word of a chat server.
    pub(super) servers: super::on_server_settings::Servers,
}

impl Discoveries {
    pub(super) fn poll_timeout(&self) -> Option<BootTime> {
        self.refresh.as_ref().and_then(Refresh::poll_timeout)
    }
}

impl Manager {
    /// The configuration says where the document comes from: a schedule for it, unless it runs already.
    pub(super) fn follow_document(&mut self, now: Now) {
        let settings = self.config.provisioning.clone();
        if self.set_up.is_some() || settings == self.discoveries.settings {
            return;
        }
        self.discoveries.generation += 1;
        self.discoveries.refresh = settings.source.as_ref().map(|_| {
            let every = settings.refresh.unwrap_or(crate::provisioning::REFRESH);
            Refresh::new(every, self.rng.random(), now)
        });
        self.discoveries.settings = settings;
    }

    pub(super) fn handle_discovery_timeout(&mut self, now: Now) {
        let Some(refresh) = &mut self.discoveries.refresh else { return };
        if !refresh.handle_timeout(now) {
            return;
        }
        let known = refresh.known().or_else(|| self.kept_tag());
        let settings = &self.discoveries.settings;
        let Some(source) = settings.source.clone() else { return };
        let password = settings.address.clone().and_then(|address| {
            let chat = self.config.chat.iter().find(|chat| chat.address == address);
            let secret = chat.map(|chat| self.secret(&chat.id, &chat.secret));
            secret.map(|secret| (address, secret))
        });
        self.effects.push_back(Effect::Search(Box::new(Search {
            purpose: Purpose::Refresh(self.discoveries.generation),
            source: source_of(source),
            key: self.discoveries.settings.key.map(PinnedKey::new),
            known,
            password,
            token: self.discoveries.settings.token.clone().map(SecretRef::Configured),
            offered: None,
        })));
    }

    /// `provision`: the answer comes when the document is there.
    pub(super) fn provision(&mut self, ticket: Ticket, from: &str, dry_run: bool) {
        if let Err(refusal) = self.begin_provisioning(ticket, from, dry_run) {
            self.answer(ticket, Err(refusal));
        }
    }

    fn begin_provisioning(&mut self, ticket: Ticket, from: &str, dry_run: bool) -> Result<(), Refusal> {
        let source = Source::parse(from).map_err(|error| Refusal::new(RefusalKind::Invalid, &error.to_string()))?;
        if self.set_up.is_some() {
            return Err(Refusal::new(RefusalKind::NotAllowed, "Tandem is not set up yet: sign in first."));
        }
        if self.discoveries.asked.len() >= MOST_ASKED {
            return Err(Refusal::new(RefusalKind::NotAllowed, "Documents are being looked for already."));
        }
        let search = Search {
            purpose: Purpose::Asked(ticket),
            source: source.clone(),
            key: self.config.provisioning.key.map(PinnedKey::new),
            known: None,
            password: self.config.chat.first().map(|chat| (chat.address.clone(), self.secret(&chat.id, &chat.secret))),
            token: None,
            offered: None,
        };
        self.discoveries.asked.insert(ticket, Asked { source, dry_run, steps: Vec::new() });
        self.effects.push_back(Effect::Search(Box::new(search)));
        Ok(())
    }

    /// A step of a search is over.
    pub(super) fn handle_search_step(&mut self, purpose: Purpose, step: Step) {
        match purpose {
            Purpose::SetUp(generation) => {
                if let Some(set_up) = &mut self.set_up {
                    set_up.note_step(generation, &step);
                }
            }
            // The schedule says only what it all came to.
            Purpose::Refresh(_) => {}
            Purpose::Asked(ticket) => {
                if let Some(asked) = self.discoveries.asked.get_mut(&ticket) {
                    asked.steps.push(step);
                }
            }
        }
    }

    /// A search is over, unless the chat server may have what the web has not.
    pub(super) fn handle_searched(&mut self, purpose: Purpose, searched: Searched, now: Now) {
        if searched.outcome == Outcome::NotOffered && self.ask_chat_server(purpose) {
            return;
        }
        self.finish_search(purpose, searched, now);
    }

    /// A search is over.
    pub(super) fn finish_search(&mut self, purpose: Purpose, searched: Searched, now: Now) {
        match purpose {
            Purpose::SetUp(generation) => {
                let trial = self.set_up.as_mut().and_then(|set_up| set_up.handle_outcome(generation, searched.outcome));
                if let Some(trial) = trial {
                    // Settings that the chat server had replace what was tried without them.
                    self.stop_trial(now);
                    self.try_accounts(trial, now);
                }
            }
            Purpose::Refresh(generation) if generation == self.discoveries.generation => {
                self.handle_refreshed(&searched.outcome, now);
            }
            Purpose::Refresh(_) => {}
            Purpose::Asked(ticket) => {
                let Some(asked) = self.discoveries.asked.remove(&ticket) else { return };
                let answer = self.report(asked, searched);
                self.answer(ticket, answer.map(|report| Reply::Provisioned(Box::new(report))));
            }
        }
    }

    fn handle_refreshed(&mut self, outcome: &Outcome, now: Now) {
        let wish = self.discoveries.settings.refresh;
        let Some(refresh) = &mut self.discoveries.refresh else { return };
        let mut news = refresh.handle_outcome(outcome, now);
        if let Outcome::Brought(brought) = outcome {
            match self.acceptable(brought, &self.config.provisioning) {
                Ok(document) => {
                    if let Some(refresh) = &mut self.discoveries.refresh {
                        refresh.set_every(wish.unwrap_or(document.refresh()));
                    }
                    self.discoveries.handed = brought.url.clone().zip(brought.etag.clone());
                    self.handle_provisioned(document);
                }
                Err(why) => {
                    if let Some(refresh) = &mut self.discoveries.refresh {
                        refresh.forget();
                    }
                    news = News::Say(format!("{why} Nothing was changed."));
                }
            }
        }
        match news {
            News::Nothing => {}
            News::Well => self.take_back(),
            News::Say(text) => {
                self.take_back();
                self.add_condition(ConditionKind::Configuration, &text, Remedy::Dismiss);
                self.discoveries.told = Some(text.into());
            }
        }
    }

    /// A document counts: its tag is remembered over restarts, with what it belongs to.
    pub(super) fn note_kept_tag(&mut self, document: Option<&Document>) {
        let Some((url, tag)) = self.discoveries.handed.take() else { return };
        let Some(document) = document else { return };
        self.set_memo(TAG, &format!("{} {url} {tag}", mark(document)));
    }

    /// The tag of the document that counts, so that the server need not send it again after a start.
    fn kept_tag(&self) -> Option<(HttpsUrl, String)> {
        let (known, rest) = self.memos.get(TAG)?.split_once(' ')?;
        let (url, tag) = rest.split_once(' ')?;
        // Another document took its place meanwhile, or none is there.
        let counts = self.layers.settings.administrator.as_ref()?;
        let same = known == counts.mark.as_ref();
        same.then(|| Some((HttpsUrl::parse(url).ok()?, tag.to_owned())))?
    }

    /// What was said about the document does not hold any more.
    fn take_back(&mut self) {
        if let Some(told) = self.discoveries.told.take() {
            self.conditions.retain(|condition| condition.text != told);
        }
    }

    /// A document that is right in itself and not older than the one that counts; the error is a sentence.
    fn acceptable(&self, brought: &Brought, settings: &Provisioning) -> Result<Document, String> {
        let document = read(&brought.text, &brought.name).map_err(|problems| {
            let first = problems.first().map(ToString::to_string).unwrap_or_default();
            format!("There are mistakes in the new settings of your administrator: {first}.")
        })?;
        let counts = self.layers.settings.administrator.as_ref().map_or(0, |administrator| administrator.serial);
        // Whoever keeps an old document, signed as it may be, must not bring back what was changed since.
        if document.serial() < counts {
            return Err(format!(
                "The settings that were fetched are older (serial {}) than those that count ({counts}).",
                document.serial()
            ));
        }
        let person = settings.address.as_ref();
        let layer = match person.and_then(|address| Person::of_address(address.as_str())) {
            Some(person) => document.clone().for_person(person).layer(),
            None => document.layer(),
        };
        if let Ok(new) = effective("", &brought.name, layer.as_ref(), &self.config.network)
            && let Some((outsider, home)) =
                at_home::outsider(&new.config, &at_home::judged(settings, brought.method), person)
        {
            return Err(at_home::refusal(&outsider, &home));
        }
        Ok(document)
    }

    fn report(&mut self, asked: Asked, searched: Searched) -> Result<ProvisionReport, Refusal> {
        let brought = match searched.outcome {
            Outcome::Brought(brought) => *brought,
            other => return Err(refusal(&other, &asked.steps)),
        };
        let document = match read(&brought.text, &brought.name) {
            Ok(document) => document,
            Err(problems) => return Err(mistakes(&problems)),
        };
        let mut settings = self.config.provisioning.clone();
        match (&asked.source, &brought.url) {
            (Source::Address(jid), _) => settings.source = Some(DocumentSource::Address(jid.clone())),
            (_, Some(url)) => settings.source = Some(DocumentSource::Link(url.clone())),
            // A file is somebody's word like a link.
            (_, None) => settings.source = None,
        }
        self.acceptable(&brought, &settings).map_err(|why| Refusal::new(RefusalKind::NotAllowed, &why))?;
        let new = match searched.preview {
            Some(Ok(settings)) => settings,
            Some(Err(why)) => return Err(Refusal::new(RefusalKind::NotAllowed, &why)),
            None => Arc::from([]),
        };
        let changes = changes(&self.layers.settings.all, &new);
        if !asked.dry_run {
            if settings.source.is_none() {
                settings.source = self.config.provisioning.source.clone();
            }
            settings.key = brought.key.map(|key| key.bytes()).or(settings.key);
            settings.token = brought.token.clone().map(SecretSource::Inline).or(settings.token);
            let found = FoundDocument { settings, document: document.clone() };
            self.effects.push_back(Effect::Adopt(Box::new(found)));
        }
        Ok(ProvisionReport {
            steps: asked.steps,
            method: brought.method,
            name: brought.name,
            signed: brought.signature == crate::provisioning::SignatureState::Good,
            title: document.title().clone(),
            serial: document.serial(),
            withdrawn: document.is_withdrawn(),
            changes,
            applied: !asked.dry_run,
        })
    }

    /// The setup's button: a search first, or the accounts at once.
    pub(super) fn start_set_up(&mut self, set_up: &SetUp, now: Now) -> Result<Reply, Refusal> {
        let Some(machine) = &mut self.set_up else {
            return Err(Refusal::new(
                RefusalKind::NotAllowed,
                "Tandem is set up already: change the configuration instead.",
            ));
        };
        let begin = machine.start(set_up).map_err(|text| Refusal::new(RefusalKind::Invalid, &text))?;
        self.stop_trial(now);
        match begin {
            Begin::Try(trial) => self.try_accounts(*trial, now),
            Begin::Search { source, password, generation } => {
                self.effects.push_back(Effect::Search(Box::new(Search {
                    purpose: Purpose::SetUp(generation),
                    source,
                    key: None,
                    known: None,
                    password: password.map(|(address, password)| (address, SecretRef::Given(password))),
                    token: None,
                    offered: None,
                })));
            }
        }
        Ok(Reply::Done)
    }

    /// What an earlier try of the setup left.
    fn stop_trial(&mut self, now: Now) {
        let old: Vec<AccountId> = self.connections.keys().cloned().collect();
        for id in old {
            self.effects.push_back(Effect::Stop(id.clone()));
            self.forget_connection(&id, now);
            self.connections.remove(&id);
        }
        self.given.clear();
        self.questions.withdraw(|subject| matches!(subject, Subject::Certificate { .. }));
    }

    fn try_accounts(&mut self, trial: Trial, now: Now) {
        let provisioned = trial.is_provisioned();
        let (config, password) = trial.over(&self.config);
        self.people.change_accounts(super::publish::plan_of(&config), super::publish::first_voice(&config));
        self.config = config;
        let chat = self.config.chat.iter().map(|chat| (&chat.id, &chat.secret));
        let voice = self.config.voice.iter().map(|voice| (&voice.id, &voice.secret));
        for (id, secret) in chat.chain(voice) {
            // A token of the document is the account's own password.
            let token = matches!(secret, SecretSource::Inline(_));
            if !token || !provisioned {
                self.given.insert(id.clone(), password.clone());
            }
        }
        self.start_accounts(now);
    }
}

/// Tells one document from another: its length and a sum over its text. Nobody is kept out by it.
pub(super) fn mark(document: &Document) -> String {
    let sum = document
        .text()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{:x}-{sum:016x}", document.text().len())
}

fn source_of(source: DocumentSource) -> Source {
    match source {
        DocumentSource::Address(jid) => Source::Address(jid),
        DocumentSource::Link(url) => Source::Link { url, key: None, token: None },
    }
}

/// What differs between two lists of settings.
pub fn changes(old: &[Setting], new: &[Setting]) -> Vec<Change> {
    let of = |list: &[Setting]| -> BTreeMap<Arc<str>, Setting> {
        list.iter().map(|setting| (setting.key.clone(), setting.clone())).collect()
    };
    let (old, new) = (of(old), of(new));
    let keys: std::collections::BTreeSet<&Arc<str>> = old.keys().chain(new.keys()).collect();
    keys.into_iter()
        .filter_map(|key| {
            let (before, after) = (old.get(key), new.get(key));
            let value = |setting: Option<&Setting>| setting.and_then(|setting| setting.value.clone());
            let standing =
                |setting: Option<&Setting>| setting.map(|setting| setting.standing.clone()).unwrap_or_default();
            let same = value(before) == value(after) && standing(before) == standing(after);
            (!same).then(|| Change {
                key: key.clone(),
                old: value(before),
                new: value(after),
                origin: standing(after).origin.as_str(),
                locked: standing(after).locked,
            })
        })
        .collect()
}

/// A document with mistakes: each with its place.
pub fn mistakes(problems: &[crate::provisioning::Problem]) -> Refusal {
    let mut refusal = Refusal::new(RefusalKind::Invalid, "There are mistakes in the document, so it is not taken.");
    let told = problems.iter().take(MOST_PROBLEMS);
    refusal.details = told.map(|problem| (problem.pointer.clone(), problem.to_string().into())).collect();
    refusal
}

/// Why there is no document.
pub fn refusal(outcome: &Outcome, steps: &[Step]) -> Refusal {
    let (kind, text) = match outcome {
        Outcome::NotOffered => (RefusalKind::NotFound, "No settings are published for this address.".to_owned()),
        Outcome::Gone => (RefusalKind::NotFound, "The server says that the document is not there.".to_owned()),
        Outcome::Unauthorized(url) => {
            (RefusalKind::NotAllowed, format!("{} did not accept the password, or takes none from here.", url.host()))
        }
        Outcome::Unreachable(error) => (RefusalKind::Offline, format!("The document could not be fetched: {error}.")),
        Outcome::Refused(why) => (RefusalKind::NotAllowed, why.to_string()),
        Outcome::NotModified | Outcome::Brought(_) => (RefusalKind::NotAllowed, "Nothing has changed.".to_owned()),
    };
    let mut refusal = Refusal::new(kind, &text);
    refusal.details = steps.iter().map(|step| ("step".into(), step.text.clone())).collect();
    refusal
}
