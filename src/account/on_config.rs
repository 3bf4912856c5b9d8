//! A new configuration while the program runs: only what changed is started, stopped or said.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::effect::{Effect, Ticket};
use super::manager::Manager;
use super::publish::{first_voice, plan_of};
use super::questions::Subject;
use super::set_up::SetUpMachine;
use super::{NoticeBody, Refusal, RefusalKind, Reply};
use crate::config::{Chat, Config, Effective, Given, Origin, Origins, SecretSource, Setting, Voice};
use crate::model::{AccountId, ConditionKind, Floor, Now, Remedy, Service};
use crate::provisioning::Document;
use crate::sip::MessagePolicy;
use crate::xmpp::RosterUpdate;

/// The configuration that counts, as the shell composed it.
#[derive(Debug)]
pub struct Reconfigured {
    /// The values and their origins.
    pub effective: Effective,
    /// The document under it.
    pub document: Option<Document>,
}

/// The document whose values count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Administrator {
    /// What it calls its publisher.
    pub title: Arc<str>,
    /// Its serial number; 0 where it has none.
    pub serial: i64,
    /// It takes everything back.
    pub withdrawn: bool,
    /// Tells it from other documents.
    pub mark: Arc<str>,
}

/// The settings as a screen and the control interface may show them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Every key, its value, where it comes from.
    pub all: Arc<[Setting]>,
    /// What the user wrote and the administrator overrules, one sentence each.
    pub overruled: Arc<[Arc<str>]>,
    /// The document, where there is one.
    pub administrator: Option<Administrator>,
}

impl Settings {
    /// A setting by its name: `calls.region`, `chat[work].tls`.
    pub fn get(&self, key: &str) -> Option<&Setting> {
        self.all.iter().find(|setting| &*setting.key == key)
    }
}

/// What the manager keeps about it.
#[derive(Debug, Default)]
pub(super) struct Layers {
    pub(super) origins: Arc<Origins>,
    pub(super) settings: Arc<Settings>,
    /// Voice accounts that begin anew when their calls are over: a change of settings ends nobody's call.
    waiting: BTreeSet<AccountId>,
}

impl Manager {
    /// A document came: the shell lays it under the user's file and keeps it, unless something in it does not fit.
    pub(super) fn handle_provisioned(&mut self, document: Document) {
        self.effects.push_back(Effect::Provision(Box::new(document)));
    }

    /// Changes a key of the user's file.
    pub(super) fn change_setting(
        &mut self,
        ticket: Ticket,
        key: &Arc<str>,
        value: Option<Given>,
    ) -> Result<(), Refusal> {
        let Some(setting) = self.layers.settings.get(key) else {
            return Err(Refusal::new(RefusalKind::NotFound, "There is no such setting, or it is one of an account."));
        };
        if setting.standing.locked {
            return Err(Refusal::new(RefusalKind::NotAllowed, &set_by(&setting.standing.origin)));
        }
        self.effects.push_back(Effect::ChangeSetting { ticket, key: key.clone(), value });
        Ok(())
    }

    /// The shell composed the configuration anew, or says why it could not.
    pub(super) fn handle_reconfigured(
        &mut self,
        ticket: Option<Ticket>,
        result: Result<Box<Reconfigured>, Arc<str>>,
        now: Now,
    ) {
        let answer = match result {
            Ok(new) => {
                self.reconfigure(*new, now);
                Ok(Reply::Done)
            }
            Err(text) => {
                if ticket.is_none() {
                    self.add_condition(ConditionKind::Configuration, &text, Remedy::Dismiss);
                }
                Err(Refusal::new(RefusalKind::NotAllowed, &text))
            }
        };
        if let Some(ticket) = ticket {
            let answer = self.after_accounts(ticket, answer, now);
            self.answer(ticket, answer);
        }
    }

    fn reconfigure(&mut self, new: Reconfigured, now: Now) {
        let Reconfigured { effective, document } = new;
        let before = self.layers.settings.clone();
        self.note_kept_tag(document.as_ref());
        let administrator = document.map(|document| Administrator {
            mark: super::on_discovery::mark(&document).into(),
            title: document.title().clone(),
            serial: document.serial(),
            withdrawn: document.is_withdrawn(),
        });
        let demanded = self.demanded();
        self.layers.origins = effective.origins;
        self.layers.settings =
            Arc::new(Settings { all: effective.settings, overruled: effective.overruled.into(), administrator });
        for text in self.layers.settings.clone().overruled.iter().filter(|text| !before.overruled.contains(text)) {
            self.notice(NoticeBody::Problem(text.clone()));
        }
        let old = std::mem::replace(&mut self.config, effective.config);
        self.raise_follows_settings();
        // Whatever the setup tried: this configuration counts. Without any account the first window comes (back).
        self.set_up = self
            .config
            .is_without_accounts()
            .then(|| SetUpMachine::new(Vec::new(), self.config_path.clone(), self.config.network.clone()));
        self.stop_withdrawn(&old, now);
        self.take_over_rules(&old);
        let mut changed = self.changed_accounts(&old);
        // What is demanded of an account may follow from other keys than its own: the floor, the relation, the switches.
        let now_demanded = self.demanded();
        for (id, before) in demanded {
            if !changed.contains(&id) && now_demanded.get(&id).is_some_and(|now| *now != before) {
                changed.push(id);
            }
        }
        for id in changed {
            let busy = self.service(&id) == Some(Service::Voice) && !self.calls.of_account(&id).is_empty();
            if busy {
                self.layers.waiting.insert(id);
            } else {
                self.start_account(&id, now);
            }
        }
        self.say_what_waits(&old);
    }

    /// Accounts that are no more: their connection ends, and what they said of others goes; the store keeps the rest.
    fn stop_withdrawn(&mut self, old: &Config, now: Now) {
        let ids: Vec<(AccountId, Service)> = self
            .connections
            .iter()
            .map(|(id, connection)| (id.clone(), connection.state.service))
            .filter(|(id, service)| !has(&self.config, id, *service))
            .collect();
        for (id, service) in &ids {
            self.forget_connection(id, now);
            self.effects.push_back(Effect::Stop(id.clone()));
            self.connections.remove(id);
            self.forget_card(id);
            self.given.remove(id);
            self.layers.waiting.remove(id);
            self.questions.withdraw(|subject| matches!(subject, Subject::Certificate { account, .. } if account == id));
            if *service == Service::Chat {
                self.people.update(id, &RosterUpdate::Replace(Vec::new()));
                let address = old.chat.iter().find(|chat| chat.id == *id).map(|chat| chat.address.clone());
                self.outbox.retain(|message| Some(&message.from) != address.as_ref());
            }
            self.conditions.retain(|condition| !concerns(&condition.remedy, id));
            self.notice(NoticeBody::Account(id.clone()));
        }
        if !ids.is_empty() {
            let services: BTreeSet<&str> = ids.iter().map(|(_, service)| words(*service)).collect();
            let services = services.into_iter().collect::<Vec<_>>().join(" and ");
            let text = format!("The account for {services} is not in the settings any more. Its history is kept.");
            if self.layers.settings.administrator.is_some() {
                self.add_condition(ConditionKind::Configuration, &text, Remedy::Dismiss);
            }
        }
        let standing = self.voice_standing();
        self.people.set_voice(standing);
    }

    /// What each account is started with beside its own keys.
    fn demanded(&self) -> BTreeMap<AccountId, (Floor, Option<MessagePolicy>)> {
        let chat = self.config.chat.iter().map(|chat| (chat.id.clone(), (self.floor_of(&chat.id), None)));
        let voice = self
            .config
            .voice
            .iter()
            .map(|voice| (voice.id.clone(), (self.floor_of(&voice.id), Some(self.message_policy(&voice.id)))));
        chat.chain(voice).collect()
    }

    /// Whether the administrator keeps a key of an account.
    pub(super) fn is_locked(&self, id: &AccountId, key: &str) -> bool {
        let service = if self.config.chat.iter().any(|chat| chat.id == *id) { "chat" } else { "voice" };
        self.layers.origins.of_account(service, id, key).locked
    }

    /// What holds from now on without any new connection.
    fn take_over_rules(&mut self, old: &Config) {
        if plan_of(old) != plan_of(&self.config) || first_voice(old) != first_voice(&self.config) {
            self.people.set_rules(plan_of(&self.config), first_voice(&self.config));
        }
        self.refresh_lines();
        self.events.due = true;
        if old.audio != self.config.audio {
            self.start_sound();
        }
        self.find_path_servers();
        self.take_over_identity(old);
    }

    /// The accounts that have to begin, or begin anew.
    fn changed_accounts(&self, old: &Config) -> Vec<AccountId> {
        let typed = |id: &AccountId| self.given.contains_key(id);
        let chat = self.config.chat.iter().filter(|chat| {
            let before = old.chat.iter().find(|before| before.id == chat.id);
            !self.connections.contains_key(&chat.id)
                || before
                    .is_none_or(|before| connects_as(before, typed(&chat.id)) != connects_as(chat, typed(&chat.id)))
        });
        let voice = self.config.voice.iter().filter(|voice| {
            let before = old.voice.iter().find(|before| before.id == voice.id);
            !self.connections.contains_key(&voice.id)
                || before.is_none_or(|before| {
                    registers_as(before, typed(&voice.id)) != registers_as(voice, typed(&voice.id))
                })
        });
        chat.map(|chat| chat.id.clone()).chain(voice.map(|voice| voice.id.clone())).collect()
    }

    /// What is read once, when the program starts.
    fn say_what_waits(&mut self, old: &Config) {
        let mut keys = Vec::new();
        if old.network != self.config.network {
            keys.push("names and trust");
        }
        if old.log != self.config.log {
            keys.push("the log");
        }
        if !keys.is_empty() {
            let text = format!("The new settings for {} count when Tandem is started again.", keys.join(" and "));
            self.add_condition(ConditionKind::Configuration, &text, Remedy::Dismiss);
        }
    }

    /// Voice accounts whose last call is over begin anew with their new settings.
    pub(super) fn start_waiting(&mut self, now: Now) {
        let free: Vec<AccountId> =
            self.layers.waiting.iter().filter(|id| self.calls.of_account(id).is_empty()).cloned().collect();
        for id in free {
            self.layers.waiting.remove(&id);
            self.start_account(&id, now);
        }
    }
}

/// The sentence beside a setting that only the administrator changes.
pub fn set_by(origin: &Origin) -> String {
    match origin {
        Origin::Provisioned { title } if !title.is_empty() => format!("Set by your administrator ({title})."),
        Origin::Provisioned { .. } | Origin::BuiltIn | Origin::User | Origin::CommandLine => {
            "Set by your administrator.".to_owned()
        }
    }
}

fn has(config: &Config, id: &AccountId, service: Service) -> bool {
    match service {
        Service::Chat => config.chat.iter().any(|chat| chat.id == *id),
        Service::Voice => config.voice.iter().any(|voice| voice.id == *id),
    }
}

/// A chat account as its connection sees it. A password that was typed in this run counts before any other, so that a
/// new place for it changes nothing.
fn connects_as(chat: &Chat, typed: bool) -> Chat {
    let secret = if typed { SecretSource::Keyring } else { chat.secret.clone() };
    Chat { secret, ..chat.clone() }
}

/// A voice account as its registration sees it: how sound is protected, who may ring and how numbers are dialled is a matter
/// of each call.
fn registers_as(voice: &Voice, typed: bool) -> Voice {
    let secret = if typed { SecretSource::Keyring } else { voice.secret.clone() };
    let callers = crate::config::AccountCallers::default();
    let plan = crate::phone::AccountPlan::default();
    let telephony = crate::config::Telephony::default();
    let media_encryption = crate::sdp::MediaProtection::Optional;
    Voice { secret, telephony, media_encryption, callers, plan, ..voice.clone() }
}

fn concerns(remedy: &Remedy, id: &AccountId) -> bool {
    match remedy {
        Remedy::EnterPassword(account) | Remedy::Retry(account) | Remedy::PublishAddress(account) => account == id,
        Remedy::OpenFile { .. } | Remedy::ChooseDevice | Remedy::Dismiss => false,
    }
}

fn words(service: Service) -> &'static str {
    match service {
        Service::Chat => "chat",
        Service::Voice => "calls",
    }
}
