//! What the voice services tell without being called: busy lamps, waiting voice messages; and the counter of missed calls.
//!
//! What is watched follows from the configuration, the user's own list and (where wished) the roster; [`Manager::settle_events`]
//! brings the subscriptions to that. What a lamp shows ends with the connection: not known is not idle.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::manager::Manager;
use super::on_lamps::lamp_of;
use super::{NoticeBody, Refusal, Reply};
use crate::config::VoicemailNotice;
use crate::model::{AccountId, CallId, ConnectionState, Contact, EventsView, Now, SipUri};
use crate::sip::Command;
use crate::sip::subscription::dialog_info::DialogInfo;
use crate::sip::subscription::message_summary::MessageSummary;
use crate::sip::subscription::{EventPackage, News, Notifier, Standing, SubscriptionId, Wish as Watch};

/// How long each subscription is asked for, in seconds.
const LIFETIME: u32 = 3_600;

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
    /// Forget a call of the history; a recording of it stays.
    DeleteCall(CallId),
}

/// What is watched.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) account: AccountId,
    pub(super) package: EventPackage,
    resource: SipUri,
    pub(super) address: Arc<str>,
    pub(super) listed: bool,
    pub(super) standing: Standing,
    pub(super) phones: BTreeMap<Notifier, DialogInfo>,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Events {
    /// What is wanted may have changed.
    pub(super) due: bool,
    /// Missed calls that the user has not seen in the history.
    pub(super) missed: u32,
    next: u64,
    pub(super) watched: BTreeMap<SubscriptionId, Watched>,
    pub(super) summaries: BTreeMap<AccountId, MessageSummary>,
    /// The roster by which the contacts' lamps were chosen.
    roster: Option<Arc<[Arc<Contact>]>>,
}

/// A lamp or a mailbox that should be watched.
pub(super) struct Wanted {
    pub(super) account: AccountId,
    pub(super) package: EventPackage,
    pub(super) resource: SipUri,
    pub(super) address: Arc<str>,
    pub(super) listed: bool,
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
            self.meetings_unheard(id);
            for watched in self.events.watched.values_mut().filter(|watched| watched.account == *id) {
                watched.phones.clear();
                watched.standing = Standing::Asking;
            }
        } else {
            self.meetings_heard_again(id);
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
            wanted.extend(self.wanted_lamps(&voice));
        }
        wanted
    }

    pub(super) fn handle_subscription(&mut self, account: &AccountId, id: SubscriptionId, news: News, now: Now) {
        if self.handle_meeting_news(account, id, &news) {
            return;
        }
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

    pub(super) fn handle_events_request(&mut self, request: EventsRequest, now: Now) -> Result<Reply, Refusal> {
        match request {
            EventsRequest::WatchLamp { to, account, on } => self.watch_lamp(&to, account.as_ref(), on),
            EventsRequest::CallVoicemail(account) => self.call_voicemail(account.as_ref(), now),
            EventsRequest::Redial => self.redial(now),
            EventsRequest::SeenCalls => Ok(self.see_calls(now)),
            EventsRequest::DeleteCall(call) => self.delete_call(call),
        }
    }

    /// What a screen shows of all this.
    pub(super) fn events_view(&mut self) -> Arc<EventsView> {
        Arc::new(EventsView {
            lamps: self.lamp_views().into(),
            voicemail: self.voicemail_views().into(),
            missed: self.events.missed,
            can_redial: self.can_redial(),
        })
    }
}

fn is_same(wanted: &Wanted, watched: &Watched) -> bool {
    wanted.account == watched.account
        && wanted.package == watched.package
        && wanted.resource == watched.resource
        && wanted.listed == watched.listed
}
