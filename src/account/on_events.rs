//! What the voice services tell without being called: busy lamps, waiting voice messages; and the counter of missed calls.
//!
//! What is watched follows from the configuration, the user's own list and (where wished) the roster; [`Manager::settle_events`]
//! brings the subscriptions to that. What a lamp shows ends with the connection: not known is not idle.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::effect::Ticket;
use super::manager::Manager;
use super::place::Wish;
use super::{CallTo, NoticeBody, Refusal, RefusalKind, Reply};
use crate::config::{Voice, VoicemailNotice};
use crate::model::{
    AccountId, AddressUri, Call, CallId, CallState, ConnectionState, Contact, Direction, EventsView, Grade, Jid, Lamp,
    LampView, Now, SipUri, VoicemailView,
};
use crate::phone::{Trace, Written, read};
use crate::sip::Command;
use crate::sip::subscription::dialog_info::DialogInfo;
use crate::sip::subscription::message_summary::{self, MessageSummary};
use crate::sip::subscription::{Document, EventPackage, News, Notifier, Standing, SubscriptionId, Wish as Watch};
use crate::store::CallFilter;

/// Lamps of one account, those of contacts included. When full: further ones are not watched.
const MOST_LAMPS: usize = 40;
/// How long each subscription is asked for, in seconds.
const LIFETIME: u32 = 3_600;
/// Memos with addresses that the user wants a lamp of: `lamp:ACCOUNT:ADDRESS`.
const LAMP_MEMO: &str = "lamp:";
/// The memo with the last number that was dialled: account and address, a line each.
const REDIAL_MEMO: &str = "redial";
/// The longest address that is kept in a memo, bytes.
const LONGEST_ADDRESS: usize = 256;

/// What may be asked about all this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventsRequest {
    /// Watch somebody's phone, or no longer.
    WatchLamp {
        /// Whose: an address or a number.
        to: Arc<str>,
        /// With this account; the first one where absent.
        account: Option<AccountId>,
        /// On or off.
        on: bool,
    },
    /// Call the voicemail of this account, or of the one that has something.
    CallVoicemail(Option<AccountId>),
    /// Call whom was called last, over the same account.
    Redial,
    /// The history is on the screen: nothing in it counts as new any more.
    SeenCalls,
}

/// Which calls of the history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryFilter {
    /// With this person or address: a chat address, a SIP address or a number in any written form.
    pub with: Option<Arc<str>>,
    /// Over this account.
    pub account: Option<AccountId>,
    /// Missed ones.
    pub missed: bool,
    /// In whose name or address this occurs.
    pub text: Option<Arc<str>>,
}

/// What is watched.
#[derive(Debug)]
struct Watched {
    account: AccountId,
    package: EventPackage,
    resource: SipUri,
    address: Arc<str>,
    listed: bool,
    standing: Standing,
    phones: BTreeMap<Notifier, DialogInfo>,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Events {
    /// What is wanted may have changed.
    pub(super) due: bool,
    /// Missed calls that the user has not seen in the history.
    pub(super) missed: u32,
    next: u64,
    watched: BTreeMap<SubscriptionId, Watched>,
    summaries: BTreeMap<AccountId, MessageSummary>,
    /// The roster by which the contacts' lamps were chosen.
    roster: Option<Arc<[Arc<Contact>]>>,
}

/// A lamp or a mailbox that should be watched.
struct Wanted {
    account: AccountId,
    package: EventPackage,
    resource: SipUri,
    address: Arc<str>,
    listed: bool,
}

impl Events {
    /// The account's user agent is a new one, or none: nothing of the old subscriptions is left.
    pub(super) fn forget(&mut self, account: &AccountId) {
        self.watched.retain(|_, watched| watched.account != *account);
        self.summaries.remove(account);
        self.due = true;
    }
}

impl Manager {
    /// A voice account's connection stands otherwise.
    pub(super) fn events_follow(&mut self, id: &AccountId, state: ConnectionState) {
        self.events.due = true;
        if state != ConnectionState::Online {
            for watched in self.events.watched.values_mut().filter(|watched| watched.account == *id) {
                watched.phones.clear();
                watched.standing = Standing::Asking;
            }
        }
    }

    /// Subscribes to what is wanted and not yet watched, and ends what is not wanted any more.
    pub(super) fn settle_events(&mut self) {
        if self.config.calls.contact_lamps {
            let roster = self.people.shared();
            let same = self.events.roster.as_ref().is_some_and(|known| Arc::ptr_eq(known, &roster));
            self.events.due |= !same;
            self.events.roster = Some(roster);
        }
        if !std::mem::take(&mut self.events.due) {
            return;
        }
        let wanted = self.wanted_events();
        let gone: Vec<SubscriptionId> = self
            .events
            .watched
            .iter()
            .filter(|(_, watched)| !wanted.iter().any(|one| is_same(one, watched)))
            .map(|(id, _)| *id)
            .collect();
        for id in gone {
            if let Some(watched) = self.events.watched.remove(&id) {
                self.voice(&watched.account, Command::Unsubscribe { id });
            }
        }
        for one in wanted {
            let online = self.connections.get(&one.account).map(|found| found.state.state);
            if online != Some(ConnectionState::Online)
                || self.events.watched.values().any(|watched| is_same(&one, watched))
            {
                continue;
            }
            self.events.next += 1;
            let id = SubscriptionId(self.events.next);
            let wish = Watch { resource: one.resource.clone(), package: one.package, expires: LIFETIME };
            self.voice(&one.account, Command::Subscribe { id, wish });
            let Wanted { account, package, resource, address, listed } = one;
            let (standing, phones) = (Standing::Asking, BTreeMap::new());
            self.events.watched.insert(id, Watched { account, package, resource, address, listed, standing, phones });
        }
        self.dirty = true;
    }

    fn wanted_events(&mut self) -> Vec<Wanted> {
        let mut wanted = Vec::new();
        for voice in self.config.voice.clone() {
            if voice.telephony.voicemail_notice == VoicemailNotice::Auto {
                let resource = voice.address.clone();
                let address = resource.to_string().into();
                let package = EventPackage::MessageSummary;
                wanted.push(Wanted { account: voice.id.clone(), package, resource, address, listed: true });
            }
            let mut lamps: Vec<(Arc<str>, bool)> =
                voice.telephony.lamps.iter().map(|text| (text.as_str().into(), true)).collect();
            lamps.extend(self.lamps_of_user(&voice.id).into_iter().map(|text| (text, true)));
            if self.config.calls.contact_lamps {
                lamps.extend(self.lamps_of_contacts(&voice).into_iter().map(|text| (text, false)));
            }
            let mut of_account: Vec<Wanted> = Vec::new();
            for (address, listed) in lamps {
                let Some(resource) = self.lamp_resource(&address, &voice) else { continue };
                let known = of_account.iter().any(|one| one.resource.same_address(&resource));
                if known || resource.same_address(&voice.address) || of_account.len() >= MOST_LAMPS {
                    continue;
                }
                let package = EventPackage::Dialog;
                of_account.push(Wanted { account: voice.id.clone(), package, resource, address, listed });
            }
            wanted.append(&mut of_account);
        }
        wanted
    }

    fn lamps_of_user(&self, account: &AccountId) -> Vec<Arc<str>> {
        let prefix = format!("{LAMP_MEMO}{}:", account.as_str());
        let memos = self.memos.range(prefix.clone()..).map_while(|(key, _)| key.strip_prefix(&prefix));
        memos.take(MOST_LAMPS).map(Arc::from).collect()
    }

    /// The contacts whose address is of the account's own domain: the same server knows their phones.
    fn lamps_of_contacts(&mut self, voice: &Voice) -> Vec<Arc<str>> {
        let of = |contact: &Arc<Contact>| {
            contact.addresses.iter().find_map(|address| match &address.uri {
                AddressUri::Sip(uri) if uri.host() == voice.address.host() && address.grade != Grade::Refuted => {
                    Some(Arc::from(uri.to_string()))
                }
                AddressUri::Sip(_) | AddressUri::Tel(..) | AddressUri::Jingle(_) => None,
            })
        };
        self.people.shared().iter().filter_map(of).take(MOST_LAMPS).collect()
    }

    /// Where a lamp's address is subscribed to: numbers by the dial plan, through the account's own domain.
    fn lamp_resource(&self, text: &str, voice: &Voice) -> Option<SipUri> {
        let uri = address_of(text, &self.plan_for(voice))?;
        self.request_uri(&uri, voice, &mut Trace(None))
    }

    pub(super) fn handle_subscription(&mut self, account: &AccountId, id: SubscriptionId, news: News, now: Now) {
        let Some(watched) = self.events.watched.get_mut(&id).filter(|watched| watched.account == *account) else {
            return;
        };
        let before = lamp_of(watched);
        match news {
            News::Standing(standing) => watched.standing = standing,
            News::Gone(from) => drop(watched.phones.remove(&from)),
            News::Document { document, .. } if watched.package == EventPackage::MessageSummary => {
                return self.handle_messages_waiting(account, Some(id), &document, now);
            }
            News::Document { from, document } => {
                // What cannot be read changes nothing: what was known before is not less true for it.
                if watched.phones.entry(from).or_default().take(&document.0) == Ok(true) {
                    self.voice(account, Command::RefreshSubscription { id });
                }
            }
        }
        let Some(watched) = self.events.watched.get(&id) else { return };
        if watched.package == EventPackage::Dialog && lamp_of(watched) != before {
            let address = watched.address.clone();
            self.notice(NoticeBody::Lamp(account.clone(), address));
        }
    }

    /// What a message server says, asked or not (RFC 3842).
    pub(super) fn handle_messages_waiting(
        &mut self,
        account: &AccountId,
        asked: Option<SubscriptionId>,
        document: &Document,
        _now: Now,
    ) {
        let Some(voice) = self.config.voice.iter().find(|voice| voice.id == *account) else { return };
        let heard = match voice.telephony.voicemail_notice {
            VoicemailNotice::Auto => true,
            VoicemailNotice::Unsolicited => asked.is_none(),
            VoicemailNotice::Off => false,
        };
        let Some(mut summary) = message_summary::read(&document.0).filter(|_| heard) else { return };
        // Nobody makes us dial somewhere else: only a mailbox of the account's own service is called with one key.
        summary.account = summary.account.filter(|uri| uri.host() == voice.address.host());
        if self.events.summaries.get(account) != Some(&summary) {
            self.events.summaries.insert(account.clone(), summary);
            self.notice(NoticeBody::Voicemail(account.clone()));
        }
    }

    /// A call is over: the counter of missed calls, and what redial calls.
    pub(super) fn note_history(&mut self, call: &Call) {
        if call.is_missed() {
            self.events.missed = self.events.missed.saturating_add(1);
        }
    }

    /// A call was placed: redial calls it again.
    pub(super) fn note_dialled(&mut self, call: &Call) {
        let whom = call.peer.jid.as_ref().map_or(&*call.peer.uri, Jid::as_str);
        if call.direction == Direction::Outgoing && call.state == CallState::Preparing && whom.len() <= LONGEST_ADDRESS
        {
            let memo = format!("{}\n{}\n{whom}", call.account.as_str(), u8::from(call.peer.jid.is_some()));
            self.set_memo(REDIAL_MEMO, &memo);
        }
    }

    pub(super) fn handle_events_request(&mut self, request: EventsRequest, now: Now) -> Result<Reply, Refusal> {
        match request {
            EventsRequest::WatchLamp { to, account, on } => self.watch_lamp(&to, account.as_ref(), on),
            EventsRequest::CallVoicemail(account) => self.call_voicemail(account.as_ref(), now),
            EventsRequest::Redial => {
                let memo = self.memos.get(REDIAL_MEMO).cloned().unwrap_or_default();
                let mut lines = memo.lines();
                let (account, contact, whom) = (lines.next(), lines.next(), lines.next());
                let (Some(account), Some(whom)) = (account, whom) else {
                    return Err(Refusal::new(RefusalKind::NoTarget, "You have not called anybody yet."));
                };
                let to = match Jid::parse(whom).ok().filter(|_| contact == Some("1")) {
                    Some(jid) if self.people.contact(&jid).is_some() => CallTo::Contact(jid),
                    Some(_) | None => CallTo::Text(whom.into()),
                };
                let wish = Wish { back: Some(AccountId::new(account)), ..Wish::to(to) };
                self.place_call(&wish, now).map(Reply::Call)
            }
            EventsRequest::SeenCalls => {
                if std::mem::take(&mut self.events.missed) > 0 {
                    let newest = crate::model::CallId::incoming(now.wall, u32::MAX);
                    self.set_memo(crate::store::SEEN_CALLS, &newest.0.to_string());
                }
                Ok(Reply::Done)
            }
        }
    }

    pub(super) fn history_page(&mut self, ticket: Ticket, limit: u32, before: Option<CallId>, filter: HistoryFilter) {
        let filter = self.call_filter(filter);
        let request = self.page(ticket);
        self.store(crate::store::Command::Calls { request, limit, before, filter });
    }

    /// What the store looks for: a person under each of their addresses, a number in each form that a call may have left.
    pub(super) fn call_filter(&mut self, filter: HistoryFilter) -> CallFilter {
        let HistoryFilter { with, account, missed, text } = filter;
        let with = with.map(|with| {
            let plain = with.trim().trim_start_matches("xmpp:");
            let contact = Jid::parse_dropping_resource(plain).ok().and_then(|jid| self.people.contact(&jid));
            let mut uris = vec![with.to_string()];
            match &contact {
                Some(contact) => uris.extend(contact.addresses.iter().map(|address| address.uri.to_string())),
                None => uris.extend(address_of(&with, self.people.plan()).map(|uri| uri.to_string())),
            }
            // A number that came in stands in an address of the phone service.
            let voices: Vec<SipUri> = self.config.voice.iter().map(|voice| voice.address.clone()).collect();
            let asked: Vec<AddressUri> = uris.iter().filter_map(|text| address_of(text, self.people.plan())).collect();
            for uri in &asked {
                let of = voices.iter().filter_map(|voice| crate::cusax::dial_uri(uri, voice));
                uris.extend(of.flat_map(|uri| [uri.to_string(), uri.address_of_record().to_string()]));
            }
            uris.retain(|uri| !uri.contains(['\n', '\r']));
            (contact.map(|contact| contact.jid.clone()), uris)
        });
        CallFilter { account, with, missed, text }
    }

    fn watch_lamp(&mut self, to: &str, account: Option<&AccountId>, on: bool) -> Result<Reply, Refusal> {
        let refuse = |kind, text: &str| Err(Refusal::new(kind, text));
        let voice = self.config.voice.iter().find(|voice| account.is_none_or(|wanted| voice.id == *wanted)).cloned();
        let Some(voice) = voice else { return refuse(RefusalKind::NotFound, "There is no such voice account.") };
        let to = to.trim();
        let Some(resource) = self.lamp_resource(to, &voice).filter(|_| to.len() <= LONGEST_ADDRESS) else {
            return refuse(RefusalKind::NoTarget, "This is neither a number nor an address of the phone service.");
        };
        // However it is written: the same phone has one lamp.
        let same = |text: &Arc<str>| self.lamp_resource(text, &voice).is_some_and(|one| one.same_address(&resource));
        let known = self.lamps_of_user(&voice.id);
        let configured = voice.telephony.lamps.iter().any(|text| same(&text.as_str().into()));
        let kept: Vec<String> = known.iter().filter(|text| same(text)).map(|text| text.to_string()).collect();
        if on && !configured && kept.is_empty() {
            if known.len() + voice.telephony.lamps.len() >= MOST_LAMPS {
                return refuse(RefusalKind::NotAllowed, "There are 40 lamps already: take one away first.");
            }
            self.set_memo(&format!("{LAMP_MEMO}{}:{to}", voice.id.as_str()), "on");
        }
        if !on {
            if configured {
                return refuse(RefusalKind::NotAllowed, "This lamp stands in the configuration: take it away there.");
            }
            for text in kept {
                let key = format!("{LAMP_MEMO}{}:{text}", voice.id.as_str());
                self.memos.remove(&key);
                self.store(crate::store::Command::SetMemo { key, value: None });
            }
        }
        self.events.due = true;
        Ok(Reply::Done)
    }

    fn call_voicemail(&mut self, account: Option<&AccountId>, now: Now) -> Result<Reply, Refusal> {
        let views = self.voicemail_views();
        let fits = |view: &&VoicemailView| account.is_none_or(|wanted| view.account == *wanted) && view.call.is_some();
        let view = views.iter().filter(fits).max_by_key(|view| view.waiting);
        let Some((account, to)) = view.and_then(|view| Some((view.account.clone(), view.call.clone()?))) else {
            let text = "Nobody has said what is called for voicemail. Set voicemail for the voice account.";
            return Err(Refusal::new(RefusalKind::NoTarget, text));
        };
        let wish = Wish { wanted: Some(account), ..Wish::to(CallTo::Text(to)) };
        self.place_call(&wish, now).map(Reply::Call)
    }

    fn voicemail_views(&self) -> Vec<VoicemailView> {
        self.config.voice.iter().filter_map(|voice| self.voicemail_view(voice)).collect()
    }

    fn voicemail_view(&self, voice: &Voice) -> Option<VoicemailView> {
        let summary = self.events.summaries.get(&voice.id);
        let named = || summary.and_then(|summary| summary.account.as_ref()).map(|uri| uri.to_string());
        let call: Option<Arc<str>> = voice.telephony.voicemail.clone().or_else(named).map(Into::into);
        if summary.is_none() && call.is_none() {
            return None;
        }
        let known = summary.cloned().unwrap_or_default();
        Some(VoicemailView {
            account: voice.id.clone(),
            waiting: known.waiting,
            new: known.new,
            old: known.old,
            urgent: known.urgent,
            text: waiting_text(summary).into(),
            call,
        })
    }

    /// What a screen shows of all this.
    pub(super) fn events_view(&mut self) -> Arc<EventsView> {
        let mut lamps: Vec<LampView> = Vec::new();
        let watched = self.events.watched.values().filter(|watched| watched.package == EventPackage::Dialog);
        for one in watched {
            let uri = address_of(&one.address, self.people.plan());
            let contact = uri.as_ref().and_then(|uri| self.listed(uri));
            let online = self.connections.get(&one.account).map(|found| found.state.state);
            let offline = online != Some(ConnectionState::Online);
            let state = if offline { Lamp::Unknown } else { lamp_of(one) };
            let shown = one.address.split_once(':').map_or(&*one.address, |(_, rest)| rest);
            let name = contact.as_ref().map_or_else(|| super::people::clean(shown), |jid| self.people.name(jid));
            let text = lamp_text(state, offline, &one.standing).into();
            let (account, address, listed) = (one.account.clone(), one.address.clone(), one.listed);
            lamps.push(LampView { account, address, contact, name, state, text, listed });
        }
        lamps.sort_by(|a, b| b.listed.cmp(&a.listed).then_with(|| a.name.cmp(&b.name)));
        Arc::new(EventsView {
            lamps: lamps.into(),
            voicemail: self.voicemail_views().into(),
            missed: self.events.missed,
            can_redial: self.memos.contains_key(REDIAL_MEMO),
        })
    }
}

fn address_of(text: &str, plan: &crate::phone::DialPlan) -> Option<AddressUri> {
    match read(text, plan).ok()? {
        Written::Sip(uri) => Some(AddressUri::Sip(uri)),
        Written::Tel(number, _) => Some(AddressUri::Tel(number, None)),
        Written::Xmpp(_) => None,
    }
}

fn is_same(wanted: &Wanted, watched: &Watched) -> bool {
    wanted.account == watched.account
        && wanted.package == watched.package
        && wanted.resource == watched.resource
        && wanted.listed == watched.listed
}

/// The busiest of somebody's phones.
fn lamp_of(watched: &Watched) -> Lamp {
    match watched.standing {
        Standing::Active | Standing::Asking => watched.phones.values().map(DialogInfo::lamp).max().unwrap_or_default(),
        // Until the owner agrees, and after it broke, nothing is known.
        Standing::Pending | Standing::Lost(_) | Standing::Refused(_) => Lamp::Unknown,
    }
}

fn lamp_text(state: Lamp, offline: bool, standing: &Standing) -> String {
    match state {
        Lamp::Idle => "Not on the phone".to_owned(),
        Lamp::Held => "On the phone, on hold".to_owned(),
        Lamp::Ringing => "The phone rings".to_owned(),
        Lamp::Talking => "On the phone".to_owned(),
        Lamp::Unknown => match standing {
            _ if offline => "Not known: voice is not connected.".to_owned(),
            Standing::Asking | Standing::Active => "Not known yet".to_owned(),
            Standing::Pending => "Not known: they have not agreed yet.".to_owned(),
            Standing::Lost(why) | Standing::Refused(why) => format!("Not known. {why}"),
        },
    }
}

/// How many messages wait, in words.
fn waiting_text(summary: Option<&MessageSummary>) -> String {
    let plural = |count: u32| if count == 1 { "" } else { "s" };
    match summary {
        None => "Voicemail".to_owned(),
        Some(MessageSummary { waiting: false, .. }) => "No new voice messages".to_owned(),
        Some(MessageSummary { new: Some(new), urgent, .. }) if *new > 0 => {
            let more = if *new >= message_summary::MOST { "+" } else { "" };
            let urgent = if *urgent > 0 { format!(", {urgent} urgent") } else { String::new() };
            format!("{new}{more} new voice message{}{urgent}", plural(*new))
        }
        Some(MessageSummary { .. }) => "New voice messages".to_owned(),
    }
}
