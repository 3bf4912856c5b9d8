//! Raising the weaker side (C-46): one change at a time, tried at once, kept when it works and taken back when the server
//! cannot.

use std::sync::Arc;
use std::time::Duration;

use super::effect::{Effect, Ticket};
use super::manager::Manager;
use super::on_security::Lowering;
use super::questions::choice;
use super::request::RaiseReport;
use super::{Refusal, RefusalKind, Reply};
use crate::config::{Chat, Edit, EditValue, Voice};
use crate::model::{
    AccountId, Aspect, BootTime, Condition, ConditionKind, ConnectionState, Now, ProtectionPair, RaiseOutcome,
    RaiseStep, Service, Transport,
};
use crate::sdp::MediaProtection;
use crate::sip::TransportChoice;

/// How long one change may take to prove itself.
const PATIENCE: Duration = Duration::from_secs(25);

/// A try that is going on.
#[derive(Debug)]
pub(super) struct Raising {
    /// Who waits for the result.
    ticket: Option<Ticket>,
    /// Every step with its outcome so far.
    steps: Vec<RaiseStep>,
    /// The step that is being tried, and what to go back to.
    trying: Option<(usize, Before)>,
    /// An account that is connecting again after a step was taken back.
    restoring: Option<AccountId>,
    /// What the user was told before: complaints about a step that was taken back go with it.
    conditions: Vec<Condition>,
    /// When the server's patience is over.
    deadline: BootTime,
    /// What goes into the file at the end.
    edits: Vec<Edit>,
}

/// An account as it was before a step.
#[derive(Clone, Debug)]
enum Before {
    Chat(Box<Chat>, Option<String>),
    Voice(Box<Voice>, Option<String>),
}

impl Manager {
    /// What raising would change: a step for every line where one side is weaker, was not accepted, and can be raised from
    /// here.
    pub(super) fn plan_to_raise(&self, pairs: &[ProtectionPair]) -> Vec<RaiseStep> {
        let mut steps: Vec<RaiseStep> = Vec::new();
        for pair in pairs {
            for row in pair.rows.iter().filter(|row| !row.accepted) {
                let step = match row.weaker {
                    Some(Service::Chat) => self.chat_step(&pair.chat, row.aspect),
                    Some(Service::Voice) => self.voice_step(&pair.voice, row.aspect),
                    None => None,
                };
                steps.extend(
                    step.filter(|step| {
                        !steps.iter().any(|known| known.account == step.account && known.key == step.key)
                    }),
                );
            }
        }
        for step in &mut steps {
            if let Some(why) = self.may_not_change(step) {
                step.outcome = RaiseOutcome::Refused;
                step.text = why;
            }
        }
        steps
    }

    fn chat_step(&self, id: &AccountId, aspect: Aspect) -> Option<RaiseStep> {
        let chat = self.config.chat.iter().find(|chat| chat.id == *id)?;
        match aspect {
            Aspect::Login if chat.allow_plain => Some(planned(
                id,
                aspect,
                "allow-plain",
                "true",
                "false",
                "Chat no longer shows your password to the server.",
            )),
            Aspect::Certificate => Some(self.exception_step(id, "Chat")),
            _ => None,
        }
    }

    fn voice_step(&self, id: &AccountId, aspect: Aspect) -> Option<RaiseStep> {
        let voice = self.config.voice.iter().find(|voice| voice.id == *id)?;
        match aspect {
            Aspect::Transport if voice.transport != TransportChoice::Tls => {
                let from = transport_word(voice.transport);
                Some(planned(id, aspect, "transport", from, "tls", "Voice is encrypted on the way to the server."))
            }
            Aspect::Login if voice.allow_md5 => Some(planned(
                id,
                aspect,
                "allow-md5",
                "true",
                "false",
                "Voice no longer proves your password with MD5.",
            )),
            Aspect::Certificate => Some(self.exception_step(id, "Voice")),
            Aspect::Media if voice.media_encryption != MediaProtection::Required => {
                let from = match voice.media_encryption {
                    MediaProtection::Off => "off",
                    MediaProtection::Optional | MediaProtection::Required => "optional",
                };
                let text = "Calls are encrypted, or not made.";
                Some(planned(id, aspect, "media-encryption", from, "required", text))
            }
            _ => None,
        }
    }

    fn exception_step(&self, id: &AccountId, name: &str) -> RaiseStep {
        let text = format!("{name} connects only to a server whose certificate can be verified.");
        planned(id, Aspect::Certificate, "certificate-exceptions", "an exception", "none", &text)
    }

    /// `raise-security`, or the sheet's button.
    pub(super) fn raise_security(&mut self, ticket: Ticket, dry_run: bool, now: Now) {
        let pairs = self.protection_pairs();
        let steps = self.plan_to_raise(&pairs);
        if dry_run {
            let report = RaiseReport { steps, parity: Self::parity(&pairs) };
            return self.answer(ticket, Ok(Reply::Raised(Box::new(report))));
        }
        if self.security.raising.is_some() {
            let refusal = Refusal::new(RefusalKind::NotAllowed, "Security is being raised already.");
            return self.answer(ticket, Err(refusal));
        }
        tracing::info!(steps = steps.len(), "raising the weaker side");
        let deadline = now.boot + PATIENCE;
        self.security.raising = Some(Raising {
            ticket: Some(ticket),
            steps,
            trying: None,
            restoring: None,
            conditions: Vec::new(),
            deadline,
            edits: Vec::new(),
        });
        self.next_raise(now);
    }

    /// Why a step is not made now.
    fn may_not_change(&self, step: &RaiseStep) -> Option<Arc<str>> {
        let service = match self.service(&step.account)? {
            Service::Chat => "chat",
            Service::Voice => "voice",
        };
        let standing = self.layers.origins.of_account(service, &step.account, step.key);
        if standing.locked {
            return Some(format!("{} It cannot be changed here.", super::set_by(&standing.origin)).into());
        }
        let restarts = step.aspect != Aspect::Media;
        if restarts && !self.calls.of_account(&step.account).is_empty() {
            return Some("The account carries a call: end it first.".into());
        }
        None
    }

    /// Something happened: does the step that is being tried hold, or has it failed?
    pub(super) fn settle_raise(&mut self, now: Now) {
        let Some(raising) = &mut self.security.raising else { return };
        if let Some(account) = &raising.restoring {
            let state = self.connections.get(account).map(|connection| connection.state.state);
            if state == Some(ConnectionState::Connecting) && raising.deadline > now.boot {
                return;
            }
            raising.restoring = None;
            return self.next_raise(now);
        }
        let Some((at, _)) = &raising.trying else { return };
        let Some(step) = raising.steps.get(*at) else { return };
        let Some(connection) = self.connections.get(&step.account) else { return self.end_step(false, now) };
        let late = raising.deadline <= now.boot;
        match connection.state.state {
            ConnectionState::Online => {
                let secured = connection.state.security.as_ref();
                let open = secured.is_none_or(|security| security.transport != Transport::Tls);
                let failed = step.aspect == Aspect::Transport && open;
                self.end_step(!failed, now);
            }
            ConnectionState::Failed | ConnectionState::Offline | ConnectionState::Held => self.end_step(false, now),
            ConnectionState::Connecting if late => self.end_step(false, now),
            ConnectionState::Connecting => {}
        }
    }

    /// When a step is given up.
    pub(super) fn raise_deadline(&self) -> Option<BootTime> {
        self.security.raising.as_ref().map(|raising| raising.deadline)
    }

    /// Begins the next step, or ends the whole.
    fn next_raise(&mut self, now: Now) {
        let Some(raising) = &self.security.raising else { return };
        let next = raising.steps.iter().position(|step| step.outcome == RaiseOutcome::Planned);
        let Some(at) = next else { return self.finish_raise() };
        let Some(step) = raising.steps.get(at).cloned() else { return };
        let exception = self.memos.get(&self.memo_name("exception", &step.account)).cloned();
        let chat = self.config.chat.iter().find(|chat| chat.id == step.account).cloned();
        let voice = self.config.voice.iter().find(|voice| voice.id == step.account).cloned();
        let before = match (chat, voice) {
            (Some(chat), _) => Before::Chat(Box::new(chat), exception),
            (None, Some(voice)) => Before::Voice(Box::new(voice), exception),
            (None, None) => return self.finish_raise(),
        };
        self.change(&step);
        if let Some(raising) = &mut self.security.raising {
            raising.deadline = now.boot + PATIENCE;
            raising.trying = Some((at, before));
            raising.conditions.clone_from(&self.conditions);
            if let Some(step) = raising.steps.get_mut(at) {
                step.outcome = RaiseOutcome::Trying;
            }
            self.security.tried = raising.steps.clone();
        }
        // How sound is protected is asked anew for every call.
        if step.aspect == Aspect::Media {
            return self.end_step(true, now);
        }
        self.start_account(&step.account, now);
    }

    fn change(&mut self, step: &RaiseStep) {
        if let Some(chat) = self.config.chat.iter_mut().find(|chat| chat.id == step.account) {
            match step.aspect {
                Aspect::Login => chat.allow_plain = false,
                Aspect::Certificate => chat.certificate_exceptions.clear(),
                _ => {}
            }
        }
        if let Some(voice) = self.config.voice.iter_mut().find(|voice| voice.id == step.account) {
            match step.aspect {
                Aspect::Transport => voice.transport = TransportChoice::Tls,
                Aspect::Login => voice.allow_md5 = false,
                Aspect::Certificate => voice.certificate_exceptions.clear(),
                Aspect::Media => voice.media_encryption = MediaProtection::Required,
                Aspect::Tls | Aspect::Cipher | Aspect::Binding => {}
            }
        }
        if step.aspect == Aspect::Certificate {
            let name = self.memo_name("exception", &step.account);
            self.set_memo(&name, "");
        }
    }

    /// The settings were composed anew while a step is tried: the try goes on with them, and what it would go back to is
    /// what they say.
    pub(super) fn raise_follows_settings(&mut self) {
        let Some(raising) = &mut self.security.raising else { return };
        let Some((at, before)) = &mut raising.trying else { return };
        let Some(step) = raising.steps.get(*at).cloned() else { return };
        match before {
            Before::Chat(chat, _) => {
                if let Some(new) = self.config.chat.iter().find(|new| new.id == step.account) {
                    **chat = new.clone();
                }
            }
            Before::Voice(voice, _) => {
                if let Some(new) = self.config.voice.iter().find(|new| new.id == step.account) {
                    **voice = new.clone();
                }
            }
        }
        self.change(&step);
    }

    /// A step is decided.
    fn end_step(&mut self, holds: bool, now: Now) {
        let Some(raising) = &mut self.security.raising else { return };
        let Some((at, before)) = raising.trying.take() else { return };
        let Some(step) = raising.steps.get_mut(at) else { return };
        let account = step.account.clone();
        let service = match before {
            Before::Chat(..) => Service::Chat,
            Before::Voice(..) => Service::Voice,
        };
        if holds {
            step.outcome = RaiseOutcome::Done;
            raising.edits.push(Edit { service, account, key: step.key, value: value_of(step) });
        } else {
            let reason = self.connections.get(&account).and_then(|connection| connection.state.reason.clone());
            step.outcome = RaiseOutcome::RolledBack;
            step.text = match reason {
                Some(reason) => {
                    format!("The server cannot do that: {} Everything is as it was before.", reason.text).into()
                }
                None => "The server cannot do that. Everything is as it was before.".into(),
            };
            self.go_back(before, now);
        }
        self.dirty = true;
        if let Some(raising) = &self.security.raising {
            self.security.tried = raising.steps.clone();
        }
        if holds {
            self.next_raise(now);
        }
    }

    fn go_back(&mut self, before: Before, now: Now) {
        let (id, exception) = match before {
            Before::Chat(before, exception) => {
                let id = before.id.clone();
                self.config.chat.iter_mut().filter(|chat| chat.id == id).for_each(|chat| *chat = (*before).clone());
                (id, exception)
            }
            Before::Voice(before, exception) => {
                let id = before.id.clone();
                self.config
                    .voice
                    .iter_mut()
                    .filter(|voice| voice.id == id)
                    .for_each(|voice| *voice = (*before).clone());
                (id, exception)
            }
        };
        if let Some(hex) = exception {
            let name = self.memo_name("exception", &id);
            self.set_memo(&name, &hex);
        }
        if let Some(raising) = &mut self.security.raising {
            raising.restoring = Some(id.clone());
            raising.deadline = now.boot + PATIENCE;
            let known = std::mem::take(&mut raising.conditions);
            let of_try = |kind| matches!(kind, ConditionKind::Connection(_) | ConditionKind::Security);
            self.conditions.retain(|condition| known.contains(condition) || !of_try(condition.kind));
        }
        self.start_account(&id, now);
    }

    /// Every step is decided: the file, the answer, and the question what to do about what could not be raised.
    fn finish_raise(&mut self) {
        let Some(Raising { ticket, steps, edits, .. }) = self.security.raising.take() else { return };
        self.dirty = true;
        self.security.tried.clone_from(&steps);
        if !edits.is_empty() {
            self.effects.push_back(Effect::EditConfig(edits));
        }
        for step in &steps {
            tracing::info!(
                account = step.account.as_str(),
                key = step.key,
                outcome = step.outcome.word(),
                "raising ended"
            );
        }
        for step in steps.iter().filter(|step| step.outcome == RaiseOutcome::RolledBack) {
            let text = format!("\"{}\" could not be raised. {}", step.account.as_str(), step.text);
            let choices = vec![
                choice("keep", "Leave it as it is", Some("The difference stays marked, and you can try again.")),
                choice("accept", "Accept it for this account", Some("It stays visible on the security sheet.")),
            ];
            self.ask_security(&text, choices, &step.account, step.aspect, Lowering::Configured);
        }
        if let Some(ticket) = ticket {
            let parity = Self::parity(&self.protection_pairs());
            self.answer(ticket, Ok(Reply::Raised(Box::new(RaiseReport { steps, parity }))));
        }
    }

    /// The user accepts less of an account, or takes that back; in its configuration.
    pub(super) fn set_consent(&mut self, id: &AccountId, aspect: Aspect, accepted: bool) -> Reply {
        let floor = self.config.security.minimum;
        let demanded = floor.without(&[aspect]) != floor && self.layers.origins.of("security.minimum").locked;
        if accepted && (demanded || self.is_locked(id, "accept-weaker")) {
            let text = "Your administrator decides how much protection is demanded: less cannot be accepted here.";
            self.add_condition(ConditionKind::Security, text, crate::model::Remedy::Dismiss);
            return Reply::Done;
        }
        let chat = self.config.chat.iter_mut().find(|chat| chat.id == *id).map(|chat| &mut chat.accept_weaker);
        let voice = self.config.voice.iter_mut().find(|voice| voice.id == *id).map(|voice| &mut voice.accept_weaker);
        let service = if chat.is_some() { Service::Chat } else { Service::Voice };
        let Some(list) = chat.or(voice) else { return Reply::Done };
        list.retain(|known| *known != aspect);
        if accepted {
            list.push(aspect);
        }
        let words = list.iter().map(|aspect| aspect.word().to_owned()).collect();
        tracing::info!(account = id.as_str(), aspect = aspect.word(), accepted, "consent to weaker protection");
        let edit = Edit { service, account: id.clone(), key: "accept-weaker", value: EditValue::Texts(words) };
        self.effects.push_back(Effect::EditConfig(vec![edit]));
        Reply::Done
    }
}

fn planned(id: &AccountId, aspect: Aspect, key: &'static str, from: &str, to: &str, text: &str) -> RaiseStep {
    let (from, to, text) = (from.into(), to.into(), text.into());
    RaiseStep { account: id.clone(), aspect, key, from, to, outcome: RaiseOutcome::Planned, text }
}

fn transport_word(choice: TransportChoice) -> &'static str {
    match choice {
        TransportChoice::Auto => "auto",
        TransportChoice::Udp => "udp",
        TransportChoice::Tcp => "tcp",
        TransportChoice::Tls => "tls",
    }
}

/// The value that a step leaves in the file.
fn value_of(step: &RaiseStep) -> EditValue {
    match step.aspect {
        Aspect::Login => EditValue::Flag(false),
        Aspect::Certificate => EditValue::Texts(Vec::new()),
        _ => EditValue::Text(step.to.to_string()),
    }
}
