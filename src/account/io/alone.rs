//! `tandem provision` where no instance runs: the same search and the same report, and the files are written here.

use std::path::PathBuf;
use std::sync::Arc;

use super::super::on_discovery::{ProvisionReport, changes, mistakes, refusal};
use super::super::{Refusal, RefusalKind, at_home};
use crate::config::{
    self, Accounts, Config, DocumentSource, Network, Provisioning, SecretSource, Setting, effective, io::Layered,
    write_provisioned, write_source,
};
use crate::model::Jid;
use crate::provisioning::{self, Brought, Document, Errand, Outcome, Person, PinnedKey, SignatureState, Source, Step};

/// The files of a profile, and what the command line gave.
pub struct Alone {
    /// The user's file.
    pub config_path: PathBuf,
    /// Where the last good document is kept.
    pub document_path: PathBuf,
    /// Names and trust of the command line.
    pub given: Network,
}

/// What counts before.
struct Before {
    settings: Arc<[Setting]>,
    config: Config,
    /// There is a file.
    file: bool,
    serial: i64,
}

impl Alone {
    /// Finds, fetches and checks a document, and keeps it unless this is a dry run. Blocks as long as that takes.
    pub fn provision(&self, from: &str, dry_run: bool) -> Result<ProvisionReport, Refusal> {
        let source = Source::parse(from).map_err(|error| Refusal::new(RefusalKind::Invalid, &error.to_string()))?;
        let before = self.before()?;
        let (outcome, steps) = self.search(&source, &before)?;
        let brought = match outcome {
            Outcome::Brought(brought) => *brought,
            other => return Err(refusal(&other, &steps)),
        };
        let document = provisioning::read(&brought.text, &brought.name).map_err(|problems| mistakes(&problems))?;
        if document.serial() < before.serial {
            let (new, old) = (document.serial(), before.serial);
            let text =
                format!("The settings that were fetched are older (serial {new}) than those that count ({old}).");
            return Err(Refusal::new(RefusalKind::NotAllowed, &text));
        }
        let (text, new) = self.compose(&source, &brought, &document, &before, !dry_run)?;
        let changes = changes(&before.settings, &new);
        if !dry_run {
            config::io::write_private(&self.config_path, &text)
                .and_then(|()| config::io::write_private(&self.document_path, document.text()))
                .map_err(|error| not_allowed(&format!("The configuration cannot be written: {error}.")))?;
        }
        Ok(ProvisionReport {
            steps,
            method: brought.method,
            name: brought.name,
            signed: brought.signature == SignatureState::Good,
            title: document.title().clone(),
            serial: document.serial(),
            withdrawn: document.is_withdrawn(),
            changes,
            applied: !dry_run,
        })
    }

    fn before(&self) -> Result<Before, Refusal> {
        let (kept, _) = provisioning::io::kept(&self.document_path);
        let layer = kept.as_ref().and_then(Document::layer);
        let serial = kept.as_ref().map_or(0, Document::serial);
        match config::io::load_layers(&self.config_path, layer.as_ref(), &self.given) {
            Layered::Effective(effective, _) => {
                Ok(Before { settings: effective.settings, config: effective.config, file: true, serial })
            }
            Layered::Missing => {
                let config = Config { network: self.given.clone(), ..Config::default() };
                Ok(Before { settings: Arc::from([]), config, file: false, serial: 0 })
            }
            Layered::Broken(problems) => Err(mistakes_of_file(&problems)),
        }
    }

    fn search(&self, source: &Source, before: &Before) -> Result<(Outcome, Vec<Step>), Refusal> {
        let network = &before.config.network;
        let errand = Errand {
            source: source.clone(),
            resolver: network.resolver,
            ca_files: network.ca_files.clone(),
            system_authorities: network.system_authorities,
            password: None,
            key: before.config.provisioning.key.map(PinnedKey::new),
            known: None,
            token: before.config.provisioning.token.as_ref().and_then(|token| config::io::secret(token, "").ok()),
            offered: None,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| not_allowed(&format!("The system gives no threads: {error}.")))?;
        let mut steps = Vec::new();
        let outcome = runtime.block_on(provisioning::io::run(&errand, |step| steps.push(step)));
        let chat = before.config.chat.first().map(|chat| (chat.address.clone(), chat.secret.clone()));
        let outcome = match (outcome, chat) {
            (Outcome::Unauthorized(url), Some((address, secret))) if errand.token.is_none() => {
                match config::io::secret(&secret, address.as_str()) {
                    Ok(password) => {
                        let errand = Errand { password: Some((address, password)), ..errand };
                        runtime.block_on(provisioning::io::run(&errand, |_| ()))
                    }
                    Err(_) => Outcome::Unauthorized(url),
                }
            }
            (outcome, _) => outcome,
        };
        Ok((outcome, steps))
    }

    /// The user's file as it would be, and every setting then.
    fn compose(
        &self,
        source: &Source,
        brought: &Brought,
        document: &Document,
        before: &Before,
        keep: bool,
    ) -> Result<(String, Arc<[Setting]>), Refusal> {
        let mut settings: Provisioning = before.config.provisioning.clone();
        match (source, &brought.url) {
            (Source::Address(jid), _) => {
                settings.source = Some(DocumentSource::Address(jid.clone()));
                settings.address = Some(jid.clone()).filter(|jid| jid.local().is_some()).or(settings.address);
            }
            (_, Some(url)) => settings.source = Some(DocumentSource::Link(url.clone())),
            (_, None) => {}
        }
        settings.key = brought.key.map(|key| key.bytes()).or(settings.key);
        settings.token = brought.token.clone().map(SecretSource::Inline).or(settings.token);
        let settings = match keep {
            true => config::io::keep_token(&self.config_path, &settings).map_err(|text| not_allowed(&text))?,
            false => settings,
        };
        let existing = config::io::read_existing(&self.config_path).map_err(|text| not_allowed(&text))?;
        let written = match before.file {
            true => write_source(&existing, &settings),
            false => {
                let accounts = Accounts { network: self.given.clone(), ..Accounts::default() };
                write_provisioned("", &settings, &accounts)
            }
        };
        let text = written.map_err(|error| not_allowed(&error.to_string()))?;
        let person = settings.address.as_ref().and_then(|address: &Jid| Person::of_address(address.as_str()));
        let document = match person {
            Some(person) => document.clone().for_person(person),
            None => document.clone(),
        };
        let name = self.config_path.display().to_string();
        let effective = effective(&text, &name, document.layer().as_ref(), &self.given)
            .map_err(|problems| mistakes_of_file(&problems))?;
        let judged = at_home::judged(&settings, brought.method);
        if let Some((outsider, home)) = at_home::outsider(&effective.config, &judged, settings.address.as_ref()) {
            return Err(not_allowed(&at_home::refusal(&outsider, &home)));
        }
        Ok((text, effective.settings))
    }
}

fn not_allowed(text: &str) -> Refusal {
    Refusal::new(RefusalKind::NotAllowed, text)
}

fn mistakes_of_file(problems: &[config::Problem]) -> Refusal {
    let mut refusal = mistakes(problems);
    refusal.text = problems.first().map_or_else(|| refusal.text.clone(), |problem| problem.to_string().into());
    refusal
}
