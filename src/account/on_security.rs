//! Protection: both connections side by side, what was better the last time, and what the user decides about it.

use std::collections::BTreeMap;

use super::NoticeBody;
use super::demands::below;
use super::effect::Effect;
use super::manager::Manager;
use super::publish::not_connected;
use super::questions::{Subject, choice};
use super::raising::Raising;
use crate::cusax::{self, Downgrade, Side, Sound, SoundPolicy, Strongest};
use crate::model::{
    AccountId, Aspect, Call, CallId, CallState, Condition, ConditionKind, ConnectionState, Finding, KeyState,
    MediaEncryption, Now, Parity, ParityLevel, Protection, ProtectionPair, ProtectionRow, QuestionKind, RaiseStep,
    Reason, Remedy, Security, Service,
};
use crate::sdp::MediaProtection;

/// Calls of which was told that they are less protected than the last one with the same person; the oldest are forgotten.
const MOST_TOLD: usize = 64;
/// People whose calls are known to have been encrypted. When full, no more are noted: nothing is lost but a notice.
const MOST_SEALED_PEERS: usize = 2_000;

/// Devices that are known of one account. When full, the one not seen for longest is forgotten, and would be told again.
const MOST_DEVICES: usize = 64;

/// What the manager keeps about protection besides the configuration and the memos.
#[derive(Debug, Default)]
pub(super) struct SecurityDesk {
    /// A try to raise the weaker side.
    pub(super) raising: Option<Raising>,
    /// The steps of the last one.
    pub(super) tried: Vec<RaiseStep>,
    /// Calls whose user was told.
    told: Vec<CallId>,
    /// Our certificate in handshakes for keys, once it is made.
    pub(super) fingerprint: Option<crate::sdp::Fingerprint>,
}

/// What an account's user would accept, and where that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lowering {
    /// Less than the last time: what was known is forgotten.
    Remembered,
    /// Less than the other side, after raising failed: goes into the configuration.
    Configured,
}

impl Manager {
    /// Every pair of accounts that belong together: the relations, and a lone pair without one.
    fn pairs(&self) -> Vec<(AccountId, AccountId)> {
        let mut pairs: Vec<_> =
            self.config.relations.iter().map(|relation| (relation.chat.clone(), relation.voice.clone())).collect();
        if let ([chat], [voice]) = (&*self.config.chat, &*self.config.voice)
            && pairs.is_empty()
        {
            pairs.push((chat.id.clone(), voice.id.clone()));
        }
        pairs
    }

    /// How an account that is connected is protected.
    fn security_of(&self, id: &AccountId) -> Option<&Security> {
        let connection = self.connections.get(id)?;
        connection.state.security.as_ref().filter(|_| connection.state.state == ConnectionState::Online)
    }

    fn rows(&self, chat: &AccountId, voice: &AccountId) -> Vec<ProtectionRow> {
        let (Some(a), Some(b)) = (self.security_of(chat), self.security_of(voice)) else { return Vec::new() };
        let policy = match self.config.voice.iter().find(|known| known.id == *voice) {
            Some(voice) => match self.media_protection(voice) {
                MediaProtection::Off => SoundPolicy::Open,
                MediaProtection::Optional => SoundPolicy::Offered,
                MediaProtection::Required => SoundPolicy::Demanded,
            },
            None => SoundPolicy::Offered,
        };
        let calls: Vec<MediaEncryption> = self
            .calls
            .living_views()
            .filter(|call| call.account == *voice && matches!(call.state, CallState::Active | CallState::Held))
            // Nothing flows while keys are agreed on.
            .filter(|call| call.keys != KeyState::Agreeing)
            .filter_map(|call| call.media.as_ref().map(|media| media.encryption))
            .collect();
        // Chat has no end-to-end encryption yet; when it does, this is where it says so.
        let sound = Sound { policy, calls: &calls, sealed_chat: false };
        cusax::compare(
            Side { security: a, accepted: self.accepted(chat) },
            Side { security: b, accepted: self.accepted(voice) },
            &sound,
        )
    }

    /// Each pair, line by line.
    pub(super) fn protection_pairs(&self) -> Vec<ProtectionPair> {
        let pair = |(chat, voice): (AccountId, AccountId)| {
            let rows = self.rows(&chat, &voice);
            ProtectionPair { chat, voice, level: cusax::level(&rows), rows }
        };
        self.pairs().into_iter().map(pair).collect()
    }

    /// What the sheet shows.
    pub(super) fn protection(&self, pairs: Vec<ProtectionPair>) -> Protection {
        let (plan, busy) = match &self.security.raising {
            Some(_) => (Vec::new(), true),
            None => (self.plan_to_raise(&pairs), false),
        };
        Protection {
            pairs,
            plan,
            tried: self.security.tried.clone(),
            busy,
            floor: self.config.security.minimum.to_string().into(),
        }
    }

    /// The verdict over all pairs, for scripts and the quiet line.
    pub(super) fn parity(pairs: &[ProtectionPair]) -> Parity {
        let several = pairs.len() > 1;
        let mut findings: Vec<Finding> = Vec::new();
        for pair in pairs {
            for mut finding in cusax::findings(&pair.rows) {
                if several {
                    finding.text = format!("{} and {}: {}", pair.chat.0, pair.voice.0, finding.text).into();
                }
                findings.push(finding);
            }
        }
        let level = if pairs.iter().any(|pair| pair.level == ParityLevel::Mismatch) {
            ParityLevel::Mismatch
        } else if pairs.iter().any(|pair| pair.level == ParityLevel::Equal) {
            ParityLevel::Equal
        } else {
            ParityLevel::Unknown
        };
        Parity { level, findings }
    }

    /// An account is connected: too weak for the floor, weaker than before, or better than ever.
    pub(super) fn note_protection(&mut self, id: &AccountId, service: Service, now: Now) {
        let Some(has) = self.security_of(id).cloned() else { return };
        if let Some(why) = self.below_floor(id, service, &has) {
            self.effects.push_back(Effect::Stop(id.clone()));
            self.refuse_account(id, service, "below-floor", &why, now);
            return;
        }
        let known = self.strongest(id);
        let missing = known.as_ref().map(|known| known.missing(&has)).unwrap_or_default();
        let mut accepted = self.accepted(id).to_vec();
        for Downgrade { aspect, text, proven } in missing {
            if accepted.contains(&aspect) {
                continue;
            }
            if proven {
                accepted.push(aspect);
                let text = format!(
                    "{} {text} Signing in was bound to this connection, so it is your server.",
                    account_words(service, id)
                );
                self.add_condition(ConditionKind::Security, &text, Remedy::Dismiss);
            } else {
                self.ask_weaker(id, service, aspect, &text);
            }
        }
        let after = known.map_or_else(|| Strongest::of(&has), |known| known.after(&has, &accepted));
        let name = self.memo_name("protection", id);
        self.set_memo(&name, &after.to_string());
    }

    /// A connection that failed because less is offered than before, or than is demanded. False: it is another failure.
    pub(super) fn explain_weaker(&mut self, id: &AccountId, service: Service, reason: &Reason, now: Now) -> bool {
        let floor = self.floor_of(id);
        let aspect = match (&*reason.code, service) {
            ("weaker-login", Service::Chat) => Aspect::Login,
            ("md5-forbidden", Service::Voice) => Aspect::Login,
            ("weaker-transport", Service::Voice) => Aspect::Transport,
            ("tls-too-old", _) => Aspect::Tls,
            ("certificate", _) if floor.verify => Aspect::Certificate,
            ("no-mechanism", Service::Chat) if floor.login => Aspect::Login,
            _ => return false,
        };
        let demanded = match aspect {
            Aspect::Login => floor.login,
            Aspect::Transport | Aspect::Tls => floor.tls.is_some(),
            Aspect::Certificate => true,
            Aspect::Cipher | Aspect::Binding | Aspect::Media => false,
        };
        if demanded {
            let why = below(&reason.text);
            self.refuse_account(id, service, "below-floor", &why, now);
            return true;
        }
        let forbidden =
            self.config.voice.iter().any(|voice| voice.id == *id && aspect == Aspect::Login && !voice.allow_md5);
        if forbidden || self.set_up.is_some() {
            return false;
        }
        self.set_state(id, ConnectionState::Failed, Some(reason.clone()), None, now);
        self.ask_weaker(id, service, aspect, &reason.text);
        true
    }

    /// The account is not used, and says why.
    pub(super) fn refuse_account(&mut self, id: &AccountId, service: Service, code: &str, why: &str, now: Now) {
        self.set_state(id, ConnectionState::Failed, Some(Reason::new(code, why)), None, now);
        if self.set_up.is_none() {
            let text = format!("{} {why}", not_connected(service));
            self.add_condition(ConditionKind::Connection(service), &text, Remedy::Retry(id.clone()));
        }
    }

    fn ask_weaker(&mut self, id: &AccountId, service: Service, aspect: Aspect, what: &str) {
        let means = match aspect {
            Aspect::Transport => "Whoever is on the way could listen to and change what is set up.",
            Aspect::Login => "Somebody in between may have removed the better ways, to learn your password.",
            Aspect::Certificate => {
                "If your provider did not change it, somebody else may have got a certificate in its name."
            }
            Aspect::Tls | Aspect::Cipher | Aspect::Binding | Aspect::Media => {
                "The server may have been set up anew, or somebody is in between."
            }
        };
        let text =
            format!("{} {what} {means} Ask your administrator before you accept this.", account_words(service, id));
        let choices = vec![
            choice("refuse", "Stay disconnected", Some("You can try again at any time.")),
            choice("accept", "Accept the weaker protection", Some("From now on, for this account only.")),
        ];
        self.ask_security(&text, choices, id, aspect, Lowering::Remembered);
    }

    /// Asks a question about the protection of an account.
    pub(super) fn ask_security(
        &mut self,
        text: &str,
        choices: Vec<crate::model::Choice>,
        id: &AccountId,
        aspect: Aspect,
        lowering: Lowering,
    ) {
        let subject = Subject::Weaker { account: id.clone(), aspect, lowering };
        if let Some(question) = self.questions.ask(QuestionKind::Security, text, choices, subject) {
            self.notice(NoticeBody::Question(question));
        }
    }

    /// The user's word about weaker protection.
    pub(super) fn answer_weaker(&mut self, id: &AccountId, aspect: Aspect, lowering: Lowering, accept: bool, now: Now) {
        let Some(service) = self.service(id) else { return };
        match (lowering, accept) {
            (Lowering::Configured, true) => drop(self.set_consent(id, aspect, true)),
            // It stays as it is, and visible.
            (Lowering::Configured, false) => {}
            (Lowering::Remembered, true) => {
                tracing::info!(account = id.as_str(), aspect = aspect.word(), "weaker protection was accepted");
                self.forget_strongest(id, aspect);
                if self.security_of(id).is_some() {
                    self.note_protection(id, service, now);
                } else {
                    self.start_account(id, now);
                }
            }
            (Lowering::Remembered, false) => {
                self.effects.push_back(Effect::Stop(id.clone()));
                let why = "You did not accept its weaker protection.";
                self.refuse_account(id, service, "weaker", why, now);
            }
        }
    }

    fn forget_strongest(&mut self, id: &AccountId, aspect: Aspect) {
        if let Some(mut known) = self.strongest(id) {
            known.forget(aspect);
            let name = self.memo_name("protection", id);
            self.set_memo(&name, &known.to_string());
        }
        if aspect == Aspect::Login {
            let name = self.memo_name("mechanism", id);
            self.set_memo(&name, "");
        }
    }

    /// Who else takes our calls (S14): a device that was never seen before is told.
    pub(super) fn note_devices(&mut self, id: &AccountId, devices: &[String]) {
        let name = self.memo_name("devices", id);
        let known: Option<Vec<String>> =
            self.memos.get(&name).map(|text| text.split_whitespace().map(str::to_owned).collect());
        if let Some(known) = &known
            && devices.iter().any(|device| !known.contains(device))
        {
            let text = format!(
                "Voice ({}): another device has signed in to your calls since the last time, and calls ring there too. If it \
                 is not yours, change your password.",
                id.as_str()
            );
            self.add_condition(ConditionKind::Security, &text, Remedy::Dismiss);
        }
        let mut all = devices.to_vec();
        all.extend(known.into_iter().flatten().filter(|device| !devices.contains(device)));
        all.truncate(MOST_DEVICES);
        self.set_memo(&name, &all.join(" "));
    }

    /// A call's sound is known: a person whose calls were encrypted before is not lost to the clear in silence (C-47).
    pub(super) fn note_call_protection(&mut self, call: &Call) {
        let talks = call.state == CallState::Active && call.keys != KeyState::Agreeing;
        let Some(media) = call.media.as_ref().filter(|_| talks) else { return };
        let name = format!("srtp:{}", call.peer.uri);
        let before = self.memos.contains_key(&name);
        if media.encryption != MediaEncryption::None {
            let sealed = |memos: &BTreeMap<String, String>| {
                memos.range("srtp:".to_owned()..).take_while(|(key, _)| key.starts_with("srtp:")).count()
            };
            if !before && sealed(&self.memos) < MOST_SEALED_PEERS {
                self.set_memo(&name, "1");
            }
        } else if before && !self.security.told.contains(&call.id) {
            self.security.told.push(call.id);
            if self.security.told.len() > MOST_TOLD {
                self.security.told.remove(0);
            }
            let text = "This call is not encrypted, although earlier calls with this address were. Whoever is on the way can \
                        listen.";
            self.conditions.retain(|condition: &Condition| &*condition.text != text);
            self.add_condition(ConditionKind::Security, text, Remedy::Dismiss);
        }
    }
}

/// How a sentence about an account begins.
fn account_words(service: Service, id: &AccountId) -> String {
    match service {
        Service::Chat => format!("Chat ({}):", id.as_str()),
        Service::Voice => format!("Voice ({}):", id.as_str()),
    }
}
