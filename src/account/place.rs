//! Placing calls: whom, over which account, at what price, and what is asked first (C-25 to C-28, C-41).

use std::sync::Arc;

use rand::RngCore as _;

use super::calls::MOST_CALLS;
use super::manager::Manager;
use super::questions::{Subject, choice};
use super::{CallTo, Refusal, RefusalKind};
use crate::call::{OutgoingCall, UserCall, Whom};
use crate::config::{CallInfoPolicy, Voice};
use crate::cusax::{self, Remembered, RouteError, RouteQuestion, Routed, Target, Toll, VoiceAccount};
use crate::model::{
    AccountId, AddressUri, CallId, Choice, ConnectionState, Grade, Jid, Now, Peer, PeerGrade, QuestionId, QuestionKind,
    Route, SipUri, Via,
};
use crate::phone::{DialPlan, Trace, dialled};
use crate::sdp::MediaProtection;
use crate::sip::{Anonymity, Callee};

/// What the user has accepted of the cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Accepted {
    /// Nothing: whatever may cost is asked about.
    Nothing,
    /// The price stood beside the choice that was made: only what always asks is asked about.
    Shown,
    /// Everything.
    Everything,
}

/// A call that the user wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    /// Whom.
    pub(super) to: CallTo,
    /// Over this account.
    pub(super) wanted: Option<AccountId>,
    /// Over the account of the call that is called back, unless it is gone.
    pub(super) back: Option<AccountId>,
    /// By this protocol only.
    pub(super) via: Option<Via>,
    /// What was accepted of the cost.
    pub(super) accepted: Accepted,
    /// Without saying who calls; `None`: as configured.
    pub(super) anonymous: Option<bool>,
    /// Who sent us there, and whose place the call takes.
    pub(super) referral: Option<Box<crate::sip::Referral>>,
}

impl Wish {
    /// A call by the policy's choice of account.
    pub(super) fn to(to: CallTo) -> Self {
        Self { to, wanted: None, back: None, via: None, accepted: Accepted::Nothing, anonymous: None, referral: None }
    }
}

impl Manager {
    /// Places a call, or says why not; what has to be asked first becomes a question.
    pub(super) fn place_call(&mut self, wish: &Wish, now: Now) -> Result<CallId, Refusal> {
        // What is written for an account is read as that account reads numbers.
        let wanted = wish.wanted.as_ref().and_then(|id| self.config.voice.iter().find(|voice| voice.id == *id));
        let plan = wanted.map(|voice| self.plan_for(voice)).unwrap_or_else(|| self.people.plan().clone());
        let target =
            if wish.via == Some(Via::Jingle) { self.chat_target(&wish.to)? } else { self.target_by(&wish.to, &plan)? };
        let routed = match self.choose_account(&target, wish) {
            Ok(routed) => routed,
            Err(error) => return Err(self.no_route(error, wish, &target)),
        };
        if let (Via::Jingle, Some(jid)) = (routed.via, target.contact.clone()) {
            let (target, toll) = (self.by_chat(jid.clone()), self.chat_toll(&jid));
            if let Some(refusal) = self.ask_cost(wish, &routed, &target, &toll, now) {
                return Err(refusal);
            }
            let id = self.dial_chat(&target, &routed, &toll, wish, now)?;
            self.questions
                .withdraw(|subject| matches!(subject, Subject::Place { wish: asked, .. } if asked.to == wish.to));
            return Ok(id);
        }
        let voice = self.voice_account(&routed.account)?;
        let toll = self.toll(&target.uri, &voice);
        if let Some(refusal) = self.ask_cost(wish, &routed, &target, &toll, now) {
            return Err(refusal);
        }
        let id = self.dial(&target, &voice, &routed, &toll, wish, now)?;
        self.questions.withdraw(|subject| matches!(subject, Subject::Place { wish: asked, .. } if asked.to == wish.to));
        Ok(id)
    }

    /// The same, where the request says by which means.
    pub(super) fn call_by_means(
        &mut self,
        wish: &Wish,
        via: Option<Via>,
        video: bool,
        now: Now,
    ) -> Result<CallId, Refusal> {
        let refuse = |why: &str| Err(Refusal::new(RefusalKind::NotAllowed, why));
        match via {
            _ if video => refuse("Tandem cannot make video calls yet."),
            via => self.place_call(&Wish { via, ..wish.clone() }, now),
        }
    }

    pub(super) fn voice_account(&self, id: &AccountId) -> Result<Voice, Refusal> {
        let found = self.config.voice.iter().find(|voice| voice.id == *id).cloned();
        found.ok_or_else(|| Refusal::new(RefusalKind::NotFound, "There is no such account."))
    }

    /// The accounts that can call over SIP.
    pub(super) fn telephony(&self) -> Vec<VoiceAccount> {
        let online = |id| self.connections.get(id).is_some_and(|found| found.state.state == ConnectionState::Online);
        let voices = self.config.voice.iter();
        voices.map(|voice| VoiceAccount { id: voice.id.clone(), via: Via::Sip, online: online(&voice.id) }).collect()
    }

    /// Which account, by the rules of RFC 7081 section 3.4.
    pub(super) fn choose_account(&self, target: &Target, wish: &Wish) -> Result<Routed, RouteError> {
        let accounts = self.telephony_towards(target, wish);
        let contact = target.contact.clone().or_else(|| self.listed(&target.uri));
        let chat = contact.as_ref().and_then(|jid| self.people.account_of(jid));
        let related: Vec<AccountId> = chat
            .map(|chat| self.config.relations.iter().filter(|relation| relation.chat == *chat))
            .into_iter()
            .flatten()
            .map(|relation| relation.voice.clone())
            .collect();
        let remembered = self.remembered_line(contact.as_ref(), &target.uri);
        let remembered = remembered.as_ref().map(|(account, prefix)| match prefix {
            None => Remembered::Contact(account),
            Some(prefix) => Remembered::Prefix(account, prefix),
        });
        cusax::route(&RouteQuestion {
            accounts: &accounts,
            wanted: wish.wanted.as_ref(),
            emergency: self.is_emergency(&target.uri),
            back: wish.back.as_ref(),
            remembered,
            related: &related,
        })
    }

    /// The one contact to whom the card or the address book gives an address that was typed: a call to it is a call to a contact of that roster.
    pub(super) fn listed(&self, uri: &AddressUri) -> Option<Jid> {
        let found = self.people.index().find(&[cusax::Key::of(uri)?]);
        if found.len() == 1 { found.into_iter().next().map(|(jid, _)| jid) } else { None }
    }

    /// Whether help is called, over whichever account.
    pub(super) fn is_emergency(&self, uri: &AddressUri) -> bool {
        let calls_help = |voice: Option<&SipUri>, plan: &DialPlan| {
            cusax::number_of(uri, voice, plan).is_some_and(|number| plan.is_emergency(number.as_str()))
        };
        let (common, voices) = (self.people.plan(), &self.config.voice);
        calls_help(None, common)
            || voices.iter().any(|voice| {
                let own = voice.plan.is_some().then(|| self.plan_for(voice));
                calls_help(Some(&voice.address), own.as_ref().unwrap_or(common))
            })
    }

    /// How numbers are read and dialled on a voice account: its own words before the common ones.
    pub(super) fn plan_for(&self, voice: &Voice) -> DialPlan {
        self.config.numbers.plan.for_account(&voice.plan)
    }

    pub(super) fn toll(&self, uri: &AddressUri, voice: &Voice) -> Toll {
        cusax::toll(uri, Some(&voice.address), &self.plan_for(voice), &self.config.numbers.tariffs)
    }

    /// Asks before a call that may cost; `None` where it need not be asked.
    fn ask_cost(&mut self, wish: &Wish, routed: &Routed, target: &Target, toll: &Toll, now: Now) -> Option<Refusal> {
        let spent = self.spending.so_far(self.calls.living_views(), now);
        let memos = &self.memos;
        let spared = |key: &str| memos.contains_key(&format!("{}{key}", super::on_numbers::SPARED));
        let reasons = cusax::reasons(toll, &self.config.numbers.tariffs, spared, spent);
        let asks = match wish.accepted {
            Accepted::Nothing => !reasons.is_empty(),
            Accepted::Shown => reasons.iter().any(|reason| reason.always),
            Accepted::Everything => false,
        };
        if !asks {
            return None;
        }
        let whom = self.whom(target);
        let told: Vec<&str> = reasons.iter().map(|reason| reason.text.as_str()).collect();
        let text = format!("Call {whom}? {}", told.join(" "));
        let mut choices = vec![choice("cancel", "Do not call", None), choice("call", "Call", None)];
        // What always asks would only seem to be silenced.
        if reasons.iter().all(|reason| !reason.always) && self.config.numbers.tariffs.ask == crate::phone::Ask::First {
            choices.extend(toll.spare.iter().map(|spare| {
                let detail = format!("for {}", spare.label);
                choice(&format!("call:{}", spare.key), "Call, and do not ask again", Some(&detail))
            }));
        }
        let wish = Wish { wanted: Some(routed.account.clone()), accepted: Accepted::Everything, ..wish.clone() };
        let rule = routed.rule.to_string();
        let question = self.ask_placement(
            QuestionKind::Cost,
            &text,
            choices,
            Subject::Place { wish, rule: Some(rule), number: None },
        );
        let mut refusal = Refusal::new(RefusalKind::Confirm, "This call may cost money.");
        refusal.details =
            reasons.iter().map(|reason| (Arc::from(reason.code), Arc::from(reason.text.as_str()))).collect();
        refusal.question = question;
        Some(refusal)
    }

    /// A question about the newest call that is wanted; it replaces that of an older one, so that they never pile up.
    fn ask_placement(
        &mut self,
        kind: QuestionKind,
        text: &str,
        choices: Vec<Choice>,
        subject: Subject,
    ) -> Option<QuestionId> {
        self.questions.withdraw(|asked| matches!(asked, Subject::Place { .. }));
        let question = self.questions.ask(kind, text, choices, subject);
        self.announce(question);
        question
    }

    /// How a question names who is called.
    pub(super) fn whom(&self, target: &Target) -> String {
        let address = target.uri.to_string();
        let shown = address.split_once(':').map_or(address.as_str(), |(_, rest)| rest);
        let shown = super::people::clean(shown);
        match &target.contact {
            Some(jid) => format!("\u{2068}{}\u{2069} ({shown})", self.people.name(jid)),
            None => shown.to_string(),
        }
    }

    fn no_route(&mut self, error: RouteError, wish: &Wish, target: &Target) -> Refusal {
        match error {
            RouteError::NoAccount => Refusal::new(RefusalKind::NotAllowed, "You have no voice account."),
            RouteError::Unknown => Refusal::new(RefusalKind::NotFound, "There is no such account."),
            RouteError::Offline(id, others) => {
                let why = self
                    .connections
                    .get(&id)
                    .and_then(|connection| connection.state.reason.as_ref())
                    .map(|reason| format!(" {}", reason.text))
                    .unwrap_or_default();
                if others.is_empty() {
                    return Refusal::new(RefusalKind::Offline, &format!("Voice is not connected.{why}"));
                }
                let address = self.address_of(&id);
                let text =
                    format!("{address}, which would carry this call, is not connected.{why} Use another account?");
                let mut refusal = self.ask_account(&text, &others, wish, target, false);
                refusal.kind = RefusalKind::Offline;
                refusal
            }
            RouteError::Choose(ids) => {
                let text = format!("Which account shall call {}?", self.whom(target));
                self.ask_account(&text, &ids, wish, target, true)
            }
        }
    }

    /// The user chooses among accounts, and may have the choice remembered.
    fn ask_account(
        &mut self,
        text: &str,
        ids: &[AccountId],
        wish: &Wish,
        target: &Target,
        rememberable: bool,
    ) -> Refusal {
        let contact = target.contact.clone().or_else(|| self.listed(&target.uri));
        let prefix = super::on_numbers::prefix_of(&target.uri);
        let mut choices = vec![choice("cancel", "Do not call", None)];
        for id in ids {
            let address = self.address_of(id);
            let detail = self.about_way(id, target);
            let shown = if address.is_empty() { id.as_str() } else { &address };
            choices.push(choice(&format!("use:{}", id.as_str()), shown, Some(&detail)));
        }
        for id in ids.iter().filter(|_| rememberable) {
            let address = self.address_of(id);
            if let Some(jid) = &contact {
                let label = format!("{address}, and always for {}", self.people.name(jid));
                choices.push(choice(&format!("contact:{}", id.as_str()), &label, None));
            }
            if let Some(prefix) = &prefix {
                let label = format!("{address}, and always for {prefix}");
                choices.push(choice(&format!("prefix:{}", id.as_str()), &label, None));
            }
        }
        let wish = Wish { accepted: wish.accepted.max_shown(), ..wish.clone() };
        let number = Some((contact, prefix));
        let question =
            self.ask_placement(QuestionKind::Choose, text, choices, Subject::Place { wish, rule: None, number });
        let mut refusal = Refusal::new(RefusalKind::Choose, text);
        refusal.details = ids.iter().map(|id| (Arc::from(id.as_str()), self.address_of(id))).collect();
        refusal.question = question;
        refusal
    }

    pub(super) fn address_of(&self, id: &AccountId) -> Arc<str> {
        self.connections.get(id).map_or_else(|| "".into(), |found| found.state.address.clone())
    }

    /// Cost and protection of a call over an account, for a choice's second line.
    fn about_way(&self, id: &AccountId, target: &Target) -> String {
        let Ok(voice) = self.voice_account(id) else { return self.about_chat_way(target) };
        let toll = self.toll(&target.uri, &voice);
        let security = self.connections.get(id).and_then(|connection| connection.state.security.as_ref());
        let signalling = match security.map(|security| security.transport) {
            Some(crate::model::Transport::Tls) => "encrypted connection",
            Some(crate::model::Transport::Tcp | crate::model::Transport::Udp) => "connection not encrypted",
            None => "not connected",
        };
        let sound = match voice.media_encryption {
            MediaProtection::Required => ", sound always encrypted",
            MediaProtection::Optional => "",
            MediaProtection::Off => ", sound not encrypted",
        };
        format!("{} · {signalling}{sound}", toll.text)
    }

    /// The INVITE's address: numbers by the dial plan.
    pub(super) fn request_uri(&self, uri: &AddressUri, voice: &Voice, trace: &mut Trace<'_>) -> Option<SipUri> {
        match uri {
            AddressUri::Tel(number, extension) => {
                let number = dialled(number, &self.plan_for(voice), trace);
                cusax::dial_uri(&AddressUri::Tel(number, extension.clone()), &voice.address)
            }
            AddressUri::Sip(_) | AddressUri::Jingle(_) => cusax::dial_uri(uri, &voice.address),
        }
    }

    fn dial(
        &mut self,
        target: &Target,
        voice: &Voice,
        routed: &Routed,
        toll: &Toll,
        wish: &Wish,
        now: Now,
    ) -> Result<CallId, Refusal> {
        let uri = self.request_uri(&target.uri, voice, &mut Trace(None)).ok_or_else(|| {
            Refusal::new(RefusalKind::NoTarget, "This address cannot be called over the phone service.")
        })?;
        let mut settings =
            self.settings(voice).ok_or_else(|| Refusal::new(RefusalKind::Offline, "Voice is not connected."))?;
        if self.calls.living() >= MOST_CALLS && !toll.emergency {
            return Err(Refusal::new(RefusalKind::NotAllowed, "There are too many calls already."));
        }
        // Whoever helps must know who calls, and a call for help does not fail because it would be in the clear.
        let anonymous = wish.anonymous.unwrap_or_else(|| self.hides(voice)) && !toll.emergency;
        if toll.emergency && settings.capabilities.protection == MediaProtection::Required {
            settings.capabilities.protection = MediaProtection::Optional;
        }
        let calls = &self.config.calls;
        let policy = calls.callers.chat_address_policy(&uri, calls.send_chat_address);
        let call_info = cusax::call_info(
            self.related_chat(&voice.id).map(|chat| &chat.address),
            &uri,
            &voice.address,
            target.grade,
            policy == CallInfoPolicy::Always,
            policy == CallInfoPolicy::Known,
            anonymous,
        );
        let peer = self.called_peer(target, &uri);
        // Whoever calls for help does not wait for servers.
        settings.paths = if toll.emergency { None } else { self.paths_towards(&peer) };
        let id = self.new_call_id(now);
        if anonymous {
            self.meetings.hidden.insert(id);
        }
        let outgoing = OutgoingCall {
            callee: Whom::Phone(Callee { uri, display: None }),
            peer,
            route: Route { rule: routed.rule.to_string().into() },
            call_info,
            anonymity: if anonymous { Anonymity::Anonymous } else { Anonymity::Named },
            digits: target.digits.clone(),
            charge: toll.charge(),
            emergency: toll.emergency,
            referral: wish.referral.clone(),
        };
        self.calls.insert(UserCall::outgoing(id, outgoing, settings, now), now);
        if wish.referral.is_none() {
            self.hold_others(id, now);
        }
        Ok(id)
    }

    fn called_peer(&mut self, target: &Target, uri: &SipUri) -> Peer {
        let shown: Arc<str> = target.uri.to_string().into();
        match &target.contact {
            Some(jid) => {
                let grade = match target.grade {
                    Some(Grade::Confirmed) => PeerGrade::Confirmed,
                    Some(Grade::Claimed | Grade::Refuted) | None => PeerGrade::Claimed,
                };
                let evidence = self
                    .people
                    .contact(jid)
                    .and_then(|contact| {
                        let called = contact.addresses.iter().find(|address| address.uri == target.uri);
                        called.or(contact.addresses.first()).map(|address| address.evidence.clone())
                    })
                    .unwrap_or_default();
                Peer { uri: shown, display: self.people.name(jid), jid: Some(jid.clone()), grade, evidence }
            }
            None => {
                let display = match (&target.uri, uri.user()) {
                    // The number itself; what the dial plan makes of it is for the phone service only.
                    (AddressUri::Tel(number, _), _) => number.as_str().into(),
                    (_, Some(user)) if uri.is_phone() => user.into(),
                    (_, Some(user)) => format!("{user}@{}", uri.host()).into(),
                    (_, None) => uri.host().into(),
                };
                let evidence = vec!["You dialled this address.".into()];
                Peer { uri: shown, display, jid: None, grade: PeerGrade::Unknown, evidence }
            }
        }
    }

    /// Whom the user means.
    pub(super) fn target(&mut self, to: &CallTo) -> Result<Target, Refusal> {
        self.target_by(to, &self.people.plan().clone())
    }

    /// The same, with numbers as this plan reads them.
    fn target_by(&mut self, to: &CallTo, plan: &DialPlan) -> Result<Target, Refusal> {
        let no_target = |text: &str| Refusal::new(RefusalKind::NoTarget, text);
        let voice = self.config.voice.first().map(|voice| voice.address.clone());
        match to {
            CallTo::Contact(jid) => {
                let contact =
                    self.people.contact(jid).ok_or_else(|| no_target("This person is not in your contacts."))?;
                cusax::target_of_contact(&contact).ok_or_else(|| {
                    no_target(contact.actions.call.reason.as_deref().unwrap_or("There is no address to call."))
                })
            }
            CallTo::Address(jid, text) => {
                let contact = self.people.contact(jid);
                let address = contact
                    .as_ref()
                    .and_then(|contact| contact.addresses.iter().find(|address| *address.uri.to_string() == **text));
                match (contact.as_ref(), address) {
                    (Some(contact), Some(address)) => Ok(cusax::target_of_address(contact, address)),
                    // The card has changed meanwhile: it is an address like any other.
                    (_, _) => self.target_by(&CallTo::Text(text.clone()), plan),
                }
            }
            CallTo::Text(text) => {
                let people = &mut self.people;
                let known = std::cell::RefCell::new(people);
                let found = cusax::target_of_text(text, plan, voice.as_ref(), |jid| known.borrow_mut().contact(jid));
                if let Some(target) = found {
                    return Ok(target);
                }
                // Somebody whom we know, and who cannot be called: why not is said in their own case.
                let chat = text.trim().trim_start_matches("xmpp:");
                match Jid::parse_dropping_resource(chat).ok().filter(|jid| self.people.contact(jid).is_some()) {
                    Some(jid) => self.target_by(&CallTo::Contact(jid), plan),
                    None => Err(no_target("This is neither a number nor an address that can be called.")),
                }
            }
        }
    }

    pub(super) fn new_call_id(&mut self, now: Now) -> CallId {
        loop {
            let id = CallId::outgoing(now.wall, self.rng.next_u32());
            if self.calls.view(id).is_none() {
                return id;
            }
        }
    }
}

impl Accepted {
    /// At least what stands beside a choice.
    fn max_shown(self) -> Self {
        match self {
            Self::Nothing | Self::Shown => Self::Shown,
            Self::Everything => Self::Everything,
        }
    }
}
