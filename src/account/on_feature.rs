//! The switches of what each connection carries (C-06, C-07): set in the window, decided by `cusax`.

use std::sync::Arc;

use super::manager::Manager;
use super::{Refusal, RefusalKind, Reply};
use crate::cusax::{self, Effective, FeatureOrigin};
use crate::model::{AccountId, Feature, FeatureRule, FeatureScope, Jid, Now, Service};
use crate::sip::MessagePolicy;

/// Rules that may be made in the window; one more is refused.
const MOST_RULES: usize = 500;

/// Whether something is on towards somebody, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeatureView {
    /// About what.
    pub feature: Feature,
    /// It is on.
    pub on: bool,
    /// Whose word that is.
    pub origin: FeatureOrigin,
    /// One sentence.
    pub text: Arc<str>,
}

/// A rule about what a connection carries, of all that there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeatureException {
    /// About what.
    pub feature: Feature,
    /// For whom.
    pub scope: FeatureScope,
    /// On or off.
    pub on: bool,
    /// It was made here, so that it can be taken back here; otherwise it stands in the configuration.
    pub removable: bool,
    /// One sentence.
    pub text: Arc<str>,
}

impl Manager {
    /// Every rule: those of the configuration, then those that were made here.
    pub(super) fn feature_exceptions(&self) -> Vec<FeatureException> {
        let all = self.config.features.iter().cloned().map(|rule| (rule, false));
        let made = self.made_rules().map(|rule| (rule, true));
        all.chain(made)
            .map(|(rule, removable)| {
                let FeatureRule { feature, scope, on } = rule;
                let what = match feature {
                    Feature::CallsOverChat => "Calls over chat",
                    Feature::MessagesOverVoice => "Messages over voice",
                };
                let whom = match &scope {
                    FeatureScope::Device => "for everybody on this device".to_owned(),
                    FeatureScope::Contact(jid) => format!("for \u{2068}{}\u{2069}", self.people.name(jid)),
                    FeatureScope::Domain(domain) => format!("for everybody at {domain}"),
                };
                let who = match (self.feature_lock(feature), removable) {
                    (Some(locked), true) => format!(" It does not count. {locked}"),
                    (Some(locked), false) => format!(" {locked}"),
                    (None, true) => String::new(),
                    (None, false) => " The configuration says so.".to_owned(),
                };
                let text = format!("{what} {whom}: {}.{who}", if on { "on" } else { "off" }).into();
                FeatureException { feature, scope, on, removable, text }
            })
            .collect()
    }

    /// The rules that were made in the window or over the control interface.
    fn made_rules(&self) -> impl Iterator<Item = FeatureRule> {
        self.memos.iter().filter_map(|(key, value)| {
            let (feature, scope) = key.strip_prefix("feature:")?.split_once(':')?;
            let on = match value.as_str() {
                "on" => true,
                "off" => false,
                _ => return None,
            };
            Some(FeatureRule { feature: Feature::from_word(feature)?, scope: read_scope(scope)?, on })
        })
    }

    /// The rules of the file, and before them those that were made in the window for what the file says nothing of.
    pub(super) fn feature_rules(&self) -> Vec<FeatureRule> {
        let locked = |feature: Feature| self.feature_lock(feature).is_some();
        let chosen = self.made_rules().filter(|rule| !locked(rule.feature));
        // The last of two about the same counts: what the file says is not undone by a click that was forgotten.
        chosen.chain(self.config.features.iter().cloned()).collect()
    }

    /// The sentence why a feature is not the user's to switch (C-15).
    fn feature_lock(&self, feature: Feature) -> Option<String> {
        let standing = self.layers.origins.of(&format!("features.{}", feature.as_str()));
        standing.locked.then(|| super::set_by(&standing.origin))
    }

    /// Whether an account carries something for somebody.
    pub(super) fn feature(&self, feature: Feature, with: Option<&Jid>, account: &AccountId) -> Effective {
        let related = self.config.relations.iter().any(|one| one.chat == *account || one.voice == *account);
        cusax::effective(feature, with, related, &self.feature_rules(), self.locked_feature(feature))
    }

    /// What the administrator fixed for this device (C-15).
    pub(super) fn locked_feature(&self, feature: Feature) -> Option<bool> {
        let standing = self.layers.origins.of(&format!("features.{}", feature.as_str()));
        let device = |rule: &&FeatureRule| rule.feature == feature && rule.scope == FeatureScope::Device;
        if standing.locked { self.config.features.iter().rev().find(device).map(|rule| rule.on) } else { None }
    }

    /// Every switch towards somebody, or for everybody, in words.
    pub(super) fn feature_views(&self, with: Option<&Jid>) -> Vec<FeatureView> {
        let account = |service| self.services().into_iter().find(|(_, of)| *of == service).map(|(id, _)| id);
        let chat = with.and_then(|with| self.people.account_of(with).cloned()).or_else(|| account(Service::Chat));
        let voice = account(Service::Voice);
        let name = with.map_or_else(|| "people".to_owned(), |with| self.people.name(with).to_string());
        let mut views = Vec::new();
        if let Some(chat) = chat.filter(|_| with.is_none_or(|with| !with.is_sip())) {
            let found = self.feature(Feature::CallsOverChat, with, &chat);
            let text = cusax::calls_sentence(&name, &found, voice.is_some());
            views.push(view(found, text));
        }
        if let Some(voice) = voice.filter(|_| with.is_none_or(Jid::is_sip)) {
            let found = self.feature(Feature::MessagesOverVoice, with, &voice);
            let state = if found.on { "on" } else { "off" };
            let text = format!("Messages over voice: {state}, because {}.", found.reason);
            views.push(view(found, text));
        }
        views
    }

    /// What each voice account takes of messages.
    pub(super) fn message_policies(&self) -> Vec<(AccountId, MessagePolicy)> {
        self.config.voice.iter().map(|voice| (voice.id.clone(), self.message_policy(&voice.id))).collect()
    }

    /// Voice accounts that take other messages than before begin anew: what may come is settled when an account starts. A
    /// call is not ended for it.
    pub(super) fn follow_message_policies(&mut self, before: &[(AccountId, MessagePolicy)], now: Now) {
        let after = self.message_policies();
        for (id, policy) in after {
            let same = before.iter().any(|(known, before)| *known == id && *before == policy);
            if !same && self.calls.of_account(&id).is_empty() {
                self.start_account(&id, now);
            }
        }
    }

    /// Makes or removes a rule. The file's rules stay as they are written.
    pub(super) fn set_feature(
        &mut self,
        feature: Feature,
        scope: &FeatureScope,
        on: Option<bool>,
        now: Now,
    ) -> Result<Reply, Refusal> {
        if let Some(text) = self.feature_lock(feature) {
            return Err(Refusal::new(RefusalKind::NotAllowed, &text));
        }
        let in_file = self.config.features.iter().any(|rule| rule.feature == feature && rule.scope == *scope);
        if in_file {
            let text = "The configuration file has a rule for this: change it there.";
            return Err(Refusal::new(RefusalKind::NotAllowed, text));
        }
        let key = format!("feature:{}:{}", feature.as_str(), write_scope(scope));
        let known = self.memos.keys().filter(|key| key.starts_with("feature:")).count();
        if known >= MOST_RULES && !self.memos.contains_key(&key) {
            return Err(Refusal::new(RefusalKind::NotAllowed, "There are too many rules of this kind already."));
        }
        let before = self.message_policies();
        match on {
            Some(true) => self.set_memo(&key, "on"),
            Some(false) => self.set_memo(&key, "off"),
            None => self.forget_memo(&key),
        }
        self.follow_message_policies(&before, now);
        self.tell_jingle_rules(None);
        Ok(Reply::Done)
    }
}

fn view(found: Effective, text: String) -> FeatureView {
    FeatureView { feature: found.feature, on: found.on, origin: found.origin, text: text.into() }
}

fn write_scope(scope: &FeatureScope) -> String {
    match scope {
        FeatureScope::Device => "device".to_owned(),
        FeatureScope::Contact(jid) => format!("contact:{jid}"),
        FeatureScope::Domain(domain) => format!("domain:{domain}"),
    }
}

fn read_scope(text: &str) -> Option<FeatureScope> {
    match text.split_once(':') {
        None if text == "device" => Some(FeatureScope::Device),
        Some(("contact", jid)) => Jid::parse(jid).ok().map(FeatureScope::Contact),
        Some(("domain", domain)) => Some(FeatureScope::Domain(domain.into())),
        Some(_) | None => None,
    }
}
