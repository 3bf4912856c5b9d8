//! What the user asks about numbers, accounts and cost: the choice that is remembered, the relation, the explanation.

use std::sync::Arc;

use super::effect::Effect;
use super::manager::Manager;
use super::place::{Accepted, Wish};
use super::snapshot::{Candidate, KeptChoice, NumbersView};
use super::{CallTo, NoticeBody, NumbersRequest, Quote, Refusal, RefusalKind, Reply};
use crate::config::Relation;
use crate::cusax::{self, RouteError, Target};
use crate::model::{AccountId, AddressUri, Call, CallState, Direction, EndedBy, Jid, NextWay, Now};
use crate::phone::{Step, Trace, Written, explain};

/// Memos that name an account for a contact: `line:contact:bob@example.com`.
pub(super) const FOR_CONTACT: &str = "line:contact:";
/// Memos that name an account for a beginning: `line:prefix:+49`, `line:prefix:@example.net`.
pub(super) const FOR_PREFIX: &str = "line:prefix:";
/// Memos that say what need not be asked about: `cost-ok:number:+49…`.
pub(super) const SPARED: &str = "cost-ok:";
/// Choices that are remembered at once; when full, the first by name gives way.
const MOST_REMEMBERED: usize = 500;
/// Ways on that are offered after a refused call.
const MOST_WAYS: usize = 5;

/// Under which beginning a choice for an address is remembered: the country of a number, the domain of an address, an
/// internal number itself.
pub(super) fn prefix_of(uri: &AddressUri) -> Option<String> {
    match uri {
        AddressUri::Sip(uri) => Some(format!("@{}", uri.host())),
        AddressUri::Tel(number, _) => {
            Some(crate::phone::country_prefix(number).unwrap_or_else(|| number.as_str().to_owned()))
        }
        AddressUri::Jingle(_) => None,
    }
}

impl Manager {
    /// What the window and scripts ask.
    pub(super) fn handle_numbers(&mut self, request: NumbersRequest, now: Now) -> Result<Reply, Refusal> {
        match request {
            NumbersRequest::CallBack { to, account } => {
                let wish = Wish { back: Some(account), ..Wish::to(to) };
                self.place_call(&wish, now).map(Reply::Call)
            }
            NumbersRequest::Quote(to) => self.quote(&to, now).map(|quote| Reply::Quote(Box::new(quote))),
            NumbersRequest::ExplainNumber(text) => Ok(Reply::Explained(self.explain_number(&text))),
            NumbersRequest::Relate { chat, voice } => self.relate(&chat, voice.as_ref(), now),
            NumbersRequest::Forget(key) => self.forget(&key),
        }
    }

    /// The account that the user wants for this contact or this beginning; the longest beginning counts.
    pub(super) fn remembered_line(
        &self,
        contact: Option<&Jid>,
        uri: &AddressUri,
    ) -> Option<(AccountId, Option<String>)> {
        let for_contact = contact.and_then(|jid| self.memos.get(&format!("{FOR_CONTACT}{jid}")));
        if let Some(account) = for_contact {
            return Some((AccountId::new(account), None));
        }
        let whole = match uri {
            AddressUri::Sip(uri) => format!("@{}", uri.host()),
            AddressUri::Tel(number, _) => number.as_str().to_owned(),
            AddressUri::Jingle(_) => return None,
        };
        let fits = |prefix: &str| if prefix.starts_with('@') { whole == prefix } else { whole.starts_with(prefix) };
        self.memos
            .range(FOR_PREFIX.to_owned()..)
            .map_while(|(key, account)| Some((key.strip_prefix(FOR_PREFIX)?, account)))
            .filter(|(prefix, _)| fits(prefix))
            .max_by_key(|(prefix, _)| prefix.len())
            .map(|(prefix, account)| (AccountId::new(account), Some(prefix.to_owned())))
    }

    /// The answer to a question about a call: `use:…`, `contact:…`, `prefix:…` name an account, `call` accepts the cost, and
    /// `call:…` also what need not be asked about again.
    pub(super) fn answer_placement(
        &mut self,
        wish: Wish,
        rule: Option<String>,
        number: Option<(Option<Jid>, Option<String>)>,
        choice: &str,
        now: Now,
    ) -> Result<Reply, Refusal> {
        let (what, rest) = choice.split_once(':').unwrap_or((choice, ""));
        let account = || Some(AccountId::new(rest));
        let (contact, prefix) = number.unwrap_or_default();
        let wish = match (what, contact, prefix) {
            ("use", _, _) => Wish { wanted: account(), back: None, ..wish },
            ("contact", Some(jid), _) => {
                self.keep_choice(&format!("{FOR_CONTACT}{jid}"), rest);
                Wish { wanted: account(), back: None, ..wish }
            }
            ("prefix", _, Some(prefix)) => {
                self.keep_choice(&format!("{FOR_PREFIX}{prefix}"), rest);
                Wish { wanted: account(), back: None, ..wish }
            }
            ("call", _, _) => {
                if !rest.is_empty() {
                    self.keep_choice(&format!("{SPARED}{rest}"), "yes");
                }
                Wish { accepted: Accepted::Everything, ..wish }
            }
            (_, _, _) => return Ok(Reply::Done),
        };
        let id = self.place_call(&wish, now)?;
        // Asking for the price did not choose the account: the rule that did is told.
        if let Some(rule) = rule {
            self.calls.with(id, now, |call| call.set_rule(&rule));
        }
        Ok(Reply::Call(id))
    }

    fn keep_choice(&mut self, key: &str, value: &str) {
        let kind = key.split(':').next().unwrap_or_default();
        let alike: Vec<String> =
            self.memos.keys().filter(|known| known.split(':').next() == Some(kind)).cloned().collect();
        if alike.len() >= MOST_REMEMBERED
            && let Some(first) = alike.first()
        {
            self.forget_memo(first);
        }
        self.set_memo(key, value);
    }

    pub(super) fn forget_memo(&mut self, key: &str) {
        if self.memos.remove(key).is_some() {
            self.store(crate::store::Command::SetMemo { key: key.to_owned(), value: None });
        }
    }

    /// The user takes back what was remembered.
    pub(super) fn forget(&mut self, key: &str) -> Result<Reply, Refusal> {
        let ours = [FOR_CONTACT, FOR_PREFIX, SPARED].iter().any(|kind| key.starts_with(kind));
        if !ours || !self.memos.contains_key(key) {
            return Err(Refusal::new(RefusalKind::NotFound, "Nothing like this is remembered."));
        }
        self.forget_memo(key);
        Ok(Reply::Done)
    }

    /// The user says which voice account belongs to a chat account; `None`: none.
    pub(super) fn relate(&mut self, chat: &AccountId, voice: Option<&AccountId>, now: Now) -> Result<Reply, Refusal> {
        let unknown = || Refusal::new(RefusalKind::NotFound, "There is no such account.");
        self.config.chat.iter().find(|account| account.id == *chat).ok_or_else(unknown)?;
        if let Some(voice) = voice {
            self.voice_account(voice)?;
        }
        let standing = self.layers.origins.of_relation(chat);
        if standing.locked {
            return Err(Refusal::new(RefusalKind::NotAllowed, &super::set_by(&standing.origin)));
        }
        let before = self.message_policies();
        self.config.relations.retain(|relation| relation.chat != *chat);
        if let Some(voice) = voice {
            self.config.relations.push(Relation { chat: chat.clone(), voice: voice.clone() });
        }
        self.related_by_user.insert(chat.clone());
        self.follow_message_policies(&before, now);
        self.refresh_lines();
        self.effects.push_back(Effect::WriteRelation { chat: chat.clone(), voice: voice.cloned() });
        Ok(Reply::Done)
    }

    /// The voice account that would carry the calls of each roster: what its cards' addresses cost depends on it.
    pub(super) fn refresh_lines(&mut self) {
        let lines = self
            .config
            .chat
            .iter()
            .filter_map(|chat| {
                let id = self.related_voice(&chat.id)?;
                let voice = self.config.voice.iter().find(|voice| voice.id == *id)?;
                Some((chat.id.clone(), voice.address.clone()))
            })
            .collect();
        self.people.set_lines(lines);
        self.tell_jingle_rules(None);
    }

    /// What the settings show.
    pub(super) fn numbers_view(&self) -> NumbersView {
        let chats = self.config.chat.iter().map(|chat| (&chat.id, &chat.address));
        let voices: Vec<_> = self.config.voice.iter().map(|voice| (&voice.id, &voice.address)).collect();
        let mut candidates = Vec::new();
        for (chat, address) in chats {
            let listed: Vec<AddressUri> = self
                .people
                .contact(address)
                .map(|own| own.addresses.iter().map(|address| address.uri.clone()).collect())
                .unwrap_or_default();
            for (voice, uri) in &voices {
                if let Some(why) = cusax::belongs(address, uri, &listed) {
                    let (chat, voice) = (chat.clone(), (*voice).clone());
                    candidates.push(Candidate { chat, voice, why: why.into() });
                }
            }
        }
        let mut remembered = Vec::new();
        for (key, value) in &self.memos {
            let account = self.address_of(&AccountId::new(value));
            let account = if account.is_empty() { value.as_str() } else { &account };
            let text = if let Some(jid) = key.strip_prefix(FOR_CONTACT) {
                format!("Calls to {jid} always over {account}")
            } else if let Some(prefix) = key.strip_prefix(FOR_PREFIX) {
                format!("Calls to {prefix}{} always over {account}", if prefix.starts_with('+') { " …" } else { "" })
            } else if let Some((kind, what)) = key.strip_prefix(SPARED).and_then(|rest| rest.split_once(':')) {
                match kind {
                    "class" => format!("No question about the cost of every {what}"),
                    "domain" => format!("No question about the cost of calls to {what}"),
                    _ => format!("No question about the cost of {what}"),
                }
            } else {
                continue;
            };
            remembered.push(KeptChoice { key: key.as_str().into(), text: text.into() });
        }
        NumbersView { candidates, remembered, exceptions: self.feature_exceptions() }
    }

    /// What a call would do, without placing it.
    pub(super) fn quote(&mut self, to: &CallTo, now: Now) -> Result<Quote, Refusal> {
        let target = self.target(to)?;
        let chosen = self.choose_account(&target, &Wish::to(to.clone()));
        let by_chat = chosen.as_ref().is_ok_and(|routed| routed.via == crate::model::Via::Jingle);
        let (account, rule) = match chosen {
            Ok(routed) => (Some(routed.account), Some(routed.rule.to_string())),
            Err(RouteError::Offline(id, _)) => (Some(id), None),
            Err(RouteError::Choose(_)) => (None, Some("You are asked which account calls.".to_owned())),
            Err(RouteError::NoAccount | RouteError::Unknown) => (None, None),
        };
        let voice = account.as_ref().and_then(|id| self.config.voice.iter().find(|voice| voice.id == *id));
        let toll = match (&target.contact, voice.or(self.config.voice.first()).cloned()) {
            (Some(jid), _) if by_chat => self.chat_toll(jid),
            (_, Some(voice)) => self.toll(&target.uri, &voice),
            (_, None) => return Err(Refusal::new(RefusalKind::NotAllowed, "You have no voice account.")),
        };
        let spent = self.spending.so_far(self.calls.living_views(), now);
        let memos = &self.memos;
        let spared = |key: &str| memos.contains_key(&format!("{SPARED}{key}"));
        let asks = !cusax::reasons(&toll, &self.config.numbers.tariffs, spared, spent).is_empty();
        Ok(Quote {
            cost: toll.cost,
            text: toll.text,
            emergency: toll.emergency,
            account: account.map(|id| self.address_of(&id)),
            rule: rule.map(Arc::from),
            asks,
        })
    }

    /// The cost of what a link wants to call, as a sentence; nothing where it is not known.
    pub(super) fn cost_of_link(&mut self, uri: &Arc<str>, now: Now) -> String {
        self.quote(&CallTo::Text(uri.clone()), now).map(|quote| format!("{}.", quote.text)).unwrap_or_default()
    }

    /// Every step from a written number to the call: how it is read, whose it is, over which account, where to, at what cost.
    pub(super) fn explain_number(&mut self, text: &str) -> Vec<Step> {
        let plan = self.people.plan().clone();
        let mut steps = vec![step("input", text, "As it is written.")];
        let (reading, written) = explain(text, &plan);
        steps.extend(reading);
        let uri = match written {
            Ok(Written::Tel(number, extension)) => {
                let (name, why) = if number.is_global() {
                    ("E.164", "The global form, by which numbers are compared.")
                } else {
                    ("number", "It has no global form: it is compared as it is.")
                };
                steps.push(step(name, number.as_str(), why));
                if let Some(extension) = &extension {
                    steps.push(step("extension", extension, "It is sent as tones after the answer."));
                }
                AddressUri::Tel(number, extension)
            }
            Ok(Written::Sip(uri)) => AddressUri::Sip(uri),
            Ok(Written::Xmpp(jid)) => {
                steps.push(step(
                    "contact",
                    jid.as_str(),
                    "It is a chat address: the card of this contact says what to call.",
                ));
                match self.people.contact(&jid).and_then(|contact| contact.addresses.first().cloned()) {
                    Some(address) => address.uri,
                    None => return steps,
                }
            }
            Err(error) => {
                let why = format!("It cannot be called: {error}.");
                steps.push(step("result", "", &why));
                return steps;
            }
        };
        let region = plan.region.as_deref().unwrap_or_default();
        let why = if region.is_empty() { "No country is configured." } else { "The country of numbers without +." };
        steps.push(step("region", region, why));
        self.explain_matches(&uri, &mut steps);
        self.explain_call(text, uri, &mut steps);
        steps
    }

    fn explain_matches(&self, uri: &AddressUri, steps: &mut Vec<Step>) {
        let found = cusax::Key::of(uri).map(|key| self.people.index().find(&[key])).unwrap_or_default();
        if found.is_empty() {
            steps.push(step("matches", "", "Nobody's card lists it, and neither does your address book."));
        }
        for (jid, authority) in &found {
            let why = match (authority, found.len()) {
                (cusax::Authority::Card, 1) => "Their card lists it, and nobody else has it.",
                (cusax::Authority::Card, _) => "Their card lists it, and somebody else has it too.",
                (cusax::Authority::Directory, 1) => "The directory lists it, and nobody else has it.",
                (cusax::Authority::Directory, _) => "The directory lists it, and somebody else has it too.",
                (cusax::Authority::Book, 1) => "Your address book lists it, and nobody else has it.",
                (cusax::Authority::Book, _) => "Your address book lists it, and somebody else has it too.",
            };
            steps.push(step("matches", jid.as_str(), why));
        }
    }

    fn explain_call(&mut self, text: &str, uri: AddressUri, steps: &mut Vec<Step>) {
        let contact = None;
        let target = Target { uri, contact, grade: None, cost: crate::model::Cost::Unknown, digits: None };
        let routed = self.choose_account(&target, &Wish::to(CallTo::Text(text.into())));
        let id = match routed {
            Ok(routed) => {
                let rule = routed.rule.to_string();
                steps.push(step("account", routed.account.as_str(), &rule));
                Some(routed.account)
            }
            Err(RouteError::Offline(id, _)) => {
                steps.push(step("account", id.as_str(), "It would carry the call, and is not connected."));
                Some(id)
            }
            Err(RouteError::Choose(ids)) => {
                let all: Vec<&str> = ids.iter().map(AccountId::as_str).collect();
                steps.push(step("account", &all.join(", "), "You are asked which of them calls."));
                ids.into_iter().next()
            }
            Err(RouteError::NoAccount | RouteError::Unknown) => {
                steps.push(step("account", "", "You have no voice account."));
                None
            }
        };
        let Some(voice) = id.and_then(|id| self.voice_account(&id).ok()) else { return };
        let plan = self.plan_for(&voice);
        let (whose, why) = match voice.plan.is_some() {
            true => {
                (voice.id.as_str(), "This account's own dial plan, which says some things instead of the common one.")
            }
            false => ("common", "The common dial plan: this account has none of its own."),
        };
        steps.push(step("dial plan", whose, why));
        if voice.plan.region.is_some() {
            let region = plan.region.as_deref().unwrap_or_default();
            steps.push(step("region of the account", region, "The country in which this account dials."));
        }
        let mut shaping = Vec::new();
        let dialled = self.request_uri(&target.uri, &voice, &mut Trace(Some(&mut shaping)));
        steps.append(&mut shaping);
        if let Some(dialled) = dialled {
            steps.push(step("dialled", &dialled.to_string(), "What the phone service is sent."));
        }
        let toll = self.toll(&target.uri, &voice);
        steps.push(step("cost", &toll.text, "By the classes of the dial plan, else by the world's numbering plans."));
    }

    /// A call ended: what it cost, and what else could be tried.
    pub(super) fn note_ended(&mut self, call: &Call, now: Now) {
        if let Some(memo) = self.spending.add(call, now) {
            self.set_memo(super::spending::MEMO, &memo);
        }
        self.check_limit(now);
        if call.emergency {
            self.helped = Some(now.boot);
        }
        self.end_transfers_of(call, now);
        let ways = self.next_ways(call);
        if !ways.is_empty() {
            self.calls.offer(call.id, ways, now);
        }
    }

    /// Says once a day that the limit is reached.
    pub(super) fn check_limit(&mut self, now: Now) {
        self.spending_checked = now.boot;
        let limit = self.config.numbers.tariffs.daily_limit;
        let total = self.spending.so_far(self.calls.living_views(), now);
        if let (Some(total), Some(limit)) = (self.spending.reached(total, limit), limit) {
            let text = format!(
                "Today's calls have cost {total}, and your limit is {limit}. Before each further one you are asked."
            );
            self.notice(NoticeBody::Problem(text.into()));
        }
    }

    /// The ways on after a call that did not come about (C-43): another account where the service refused, another address
    /// of the contact, a message.
    fn next_ways(&mut self, call: &Call) -> Vec<NextWay> {
        let Some(end) = call.end.as_ref().filter(|end| end.by != EndedBy::Local || &*end.code == "no-answer") else {
            return Vec::new();
        };
        let unanswered =
            call.direction == Direction::Outgoing && call.answered.is_none() && call.state == CallState::Ended;
        if !unanswered || &*end.code == "elsewhere" {
            return Vec::new();
        }
        let mut ways = Vec::new();
        let chat = call.peer.jid.clone();
        // Whoever is busy or declines is so on every line; what a service refuses, another one may allow.
        let refused = !matches!(&*end.code, "busy" | "declined" | "no-answer" | "cancelled");
        let target = self.target(&CallTo::Text(call.peer.uri.clone())).ok();
        if let Some(target) = target.filter(|_| refused) {
            for account in self.telephony().iter().filter(|account| account.online && account.id != call.account) {
                let Ok(voice) = self.voice_account(&account.id) else { continue };
                ways.push(NextWay {
                    label: format!("Call over {}", self.address_of(&account.id)).into(),
                    detail: self.toll(&target.uri, &voice).text,
                    call: Some(call.peer.uri.clone()),
                    account: Some(account.id.clone()),
                    chat: chat.clone(),
                });
            }
        }
        let contact = chat.as_ref().and_then(|jid| self.people.contact(jid));
        for address in contact.iter().flat_map(|contact| contact.addresses.iter()) {
            let uri = address.uri.to_string();
            if *uri != *call.peer.uri && address.grade != crate::model::Grade::Refuted {
                let shown = uri.split_once(':').map_or(uri.as_str(), |(_, rest)| rest).to_owned();
                let voice = self.voice_account(&call.account).ok();
                let detail = voice.map(|voice| self.toll(&address.uri, &voice).text).unwrap_or_default();
                let label = format!("Call {}", super::people::clean(&shown)).into();
                ways.push(NextWay { label, detail, call: Some(uri.into()), account: None, chat: chat.clone() });
            }
        }
        ways.truncate(MOST_WAYS - 1);
        if let Some(jid) = chat {
            let label = "Write a message".into();
            ways.push(NextWay { label, detail: jid.as_str().into(), call: None, account: None, chat: Some(jid) });
        }
        ways
    }
}

fn step(name: &'static str, value: &str, why: &str) -> Step {
    Step { name, value: value.to_owned(), why: why.to_owned() }
}

/// Every step of a number by a configuration alone: without contacts, and with no account connected.
pub fn explain_number(config: crate::config::Config, number: &str) -> Vec<Step> {
    let start = super::Start {
        network: config.network.clone(),
        config: Ok(config),
        config_path: "".into(),
        loaded: crate::store::Loaded::default(),
        store_problem: None,
    };
    let now = Now { boot: crate::model::BootTime::default(), wall: crate::model::WallTime::default() };
    let mut steps = Manager::new(start, [0; 32], now).explain_number(number);
    if let Some(matches) = steps.iter_mut().find(|step| step.name == "matches") {
        matches.why = "Contacts are known while Tandem runs.".to_owned();
    }
    steps
}
