//! The meetings of this run: what each conference tells of itself, what each room says of its call, and what is shown of both
//! together (C-36 to C-40).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::model::{AccountId, CallId, ConferenceId, Contact, Jid, MeetingView, RoomView, SipUri, WallTime};
use crate::sip::conference::ConferenceInfo;
use crate::sip::subscription::{Notifier, Standing, SubscriptionId};
use crate::xmpp::room::CallWord;

/// Names of subscriptions from here on belong to meetings; those below are lamps and voicemail.
pub(super) const FIRST_SUBSCRIPTION: u64 = 1 << 32;
/// Invitations of one room that are kept. When full: the oldest goes.
const MOST_INVITES: usize = 8;
/// People who say to be in one call. When full: further ones are not named.
const MOST_ACCEPTED: usize = 64;
/// People of one room whose presence names a call. When full: further ones are not heard.
const MOST_NAMED: usize = 8;
/// Addresses of a room's card that are kept.
pub(super) const MOST_CARD: usize = 4;
/// An invitation that is older is history.
const INVITE_LASTS: Duration = Duration::from_secs(4 * 3_600);
/// Rooms of which something about calls is known. When full: further ones are not heard.
const MOST_ROOMS: usize = 1_000;
/// Contacts who said something about calls. When full: further ones are not heard.
const MOST_PEOPLE: usize = 256;
/// Rooms and contacts that one meeting invites. When full: further ones are refused.
pub(super) const MOST_INVITED: usize = 32;
/// Wishes to join a room's call that wait for an answer about the cost. When full: the oldest goes.
const MOST_WISHES: usize = 8;

/// Where a conference is asked who takes part; after a refusal the next one is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// At the address that the focus gives.
    Focus,
    /// At the address that was called.
    Called,
    /// Inside of the call's own dialog.
    Dialog,
}

/// What a focus was asked for, and whom it concerns, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// To call somebody.
    ToCall(Arc<str>),
    /// To put somebody out.
    ToRemove(Arc<str>),
}

/// A call of ours with a conference, or with what a room offers.
#[derive(Debug)]
pub(super) struct Meeting {
    pub(super) account: AccountId,
    /// The address of the conference, while the other end says that it is one.
    pub(super) focus: Option<SipUri>,
    pub(super) subscription: Option<SubscriptionId>,
    /// Where it is asked who takes part.
    pub(super) way: Way,
    pub(super) standing: Standing,
    pub(super) from: Option<Notifier>,
    pub(super) info: ConferenceInfo,
    /// The room that belongs to it.
    pub(super) room: Option<Jid>,
    /// The invitation that was followed: of which room or contact, and its id.
    pub(super) invite: Option<(Jid, Arc<str>)>,
    /// Whom we invited, likewise.
    pub(super) invited: Vec<(Jid, Arc<str>)>,
    /// What we asked of the focus and it has not answered.
    pub(super) asked: Option<Asked>,
}

impl Meeting {
    pub(super) fn new(account: AccountId) -> Self {
        Self {
            account,
            focus: None,
            subscription: None,
            way: Way::Focus,
            standing: Standing::Asking,
            from: None,
            info: ConferenceInfo::default(),
            room: None,
            invite: None,
            invited: Vec::new(),
            asked: None,
        }
    }

    /// Nothing that was told holds any longer.
    pub(super) fn forget(&mut self) {
        self.info = ConferenceInfo::default();
        self.from = None;
        self.standing = Standing::Asking;
    }
}

/// Somebody invites to a call in a room.
#[derive(Debug)]
pub(super) struct Invite {
    /// Its names; the first is the one to answer with.
    pub(super) ids: Vec<Arc<str>>,
    pub(super) uris: Vec<Arc<str>>,
    pub(super) by: Arc<str>,
    pub(super) own: bool,
    time: WallTime,
    /// Who says to come, as shown.
    pub(super) accepted: Vec<Arc<str>>,
}

/// What a room says of calls.
#[derive(Debug, Default)]
pub(super) struct RoomSays {
    /// The newest last.
    pub(super) invites: Vec<Invite>,
    /// By nick.
    pub(super) named: BTreeMap<Arc<str>, Arc<str>>,
    pub(super) card: Vec<Arc<str>>,
    /// What the user has turned down.
    pub(super) declined: bool,
}

impl RoomSays {
    /// Somebody says something about a call; whether that is an invitation which is news.
    pub(super) fn hear(&mut self, by: &Arc<str>, own: bool, word: CallWord, time: WallTime, now: WallTime) -> bool {
        let old = |time: WallTime| time.unix_ms().saturating_add(INVITE_LASTS.as_millis() as i64) < now.unix_ms();
        self.invites.retain(|invite| !old(invite.time));
        let find = |invites: &mut Vec<Invite>, id: &Arc<str>| invites.iter().position(|one| one.ids.contains(id));
        match word {
            CallWord::Invite { ids, uris } => {
                if old(time)
                    || uris.is_empty()
                    || self.invites.iter().any(|known| known.ids.iter().any(|id| ids.contains(id)))
                {
                    return false;
                }
                // Whoever invites anew means the new call.
                self.invites.retain(|known| known.by != *by || known.own != own);
                if self.invites.len() >= MOST_INVITES {
                    self.invites.remove(0);
                }
                self.invites.push(Invite { ids, uris, by: by.clone(), own, time, accepted: Vec::new() });
                true
            }
            // Only who invited takes it back.
            CallWord::Retract(id) => {
                if let Some(at) = find(&mut self.invites, &id) {
                    let whose = self.invites.get(at).is_some_and(|invite| invite.by == *by);
                    if whose {
                        self.invites.remove(at);
                    }
                }
                false
            }
            CallWord::Accept { id, .. } => {
                if let Some(invite) = find(&mut self.invites, &id).and_then(|at| self.invites.get_mut(at))
                    && !invite.accepted.contains(by)
                    && invite.accepted.len() < MOST_ACCEPTED
                {
                    invite.accepted.push(by.clone());
                }
                false
            }
            CallWord::Left(id) | CallWord::Reject(id) => {
                if let Some(invite) = find(&mut self.invites, &id).and_then(|at| self.invites.get_mut(at)) {
                    invite.accepted.retain(|who| who != by);
                }
                false
            }
        }
    }

    /// Somebody names a call in their presence, or no longer.
    pub(super) fn name(&mut self, nick: Arc<str>, uri: Option<Arc<str>>) {
        match uri {
            Some(uri) if self.named.len() < MOST_NAMED || self.named.contains_key(&nick) => {
                self.named.insert(nick, uri);
            }
            Some(_) => {}
            None => drop(self.named.remove(&nick)),
        }
    }
}

/// A wish to join the call of a room, until the call is placed.
#[derive(Debug)]
pub(super) struct JoinWish {
    pub(super) uri: Arc<str>,
    /// The room or the contact that offers it.
    pub(super) with: Jid,
    pub(super) invite: Option<Arc<str>>,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Meetings {
    pub(super) calls: BTreeMap<CallId, Meeting>,
    pub(super) rooms: BTreeMap<Jid, RoomSays>,
    /// What contacts say of calls.
    pub(super) people: BTreeMap<Jid, RoomSays>,
    /// The conferences that we host, and the room of each.
    pub(super) hosted: BTreeMap<ConferenceId, Hosted>,
    pub(super) wishes: Vec<JoinWish>,
    pub(super) mirror: Option<super::on_moderate::MirrorWish>,
    next: u64,
    /// Something that is not seen in the views of others changed.
    pub(super) stale: bool,
    pub(super) shown: Arc<[Arc<MeetingView>]>,
    /// The rooms and the people as they were when that was made.
    pub(super) seen_rooms: Option<Arc<[Arc<RoomView>]>>,
    pub(super) seen_people: Option<Arc<[Arc<Contact>]>>,
    /// Calls that do not say who calls.
    pub(super) hidden: BTreeSet<CallId>,
    /// The sources that speak in each call, where somebody does.
    pub(super) voices: BTreeMap<CallId, Arc<[u32]>>,
}

/// What belongs to a conference that we host.
#[derive(Debug, Default)]
pub(super) struct Hosted {
    /// Its room.
    pub(super) room: Option<Jid>,
    /// Which rooms and contacts we invited, with the id of each invitation.
    pub(super) invited: Vec<(Jid, Arc<str>)>,
}

impl Meetings {
    /// The name of a new subscription.
    pub(super) fn subscription(&mut self) -> SubscriptionId {
        self.next += 1;
        SubscriptionId(FIRST_SUBSCRIPTION + self.next)
    }

    /// The call that a subscription is about.
    pub(super) fn of_subscription(&self, id: SubscriptionId) -> Option<CallId> {
        self.calls.iter().find(|(_, meeting)| meeting.subscription == Some(id)).map(|(call, _)| *call)
    }

    /// What a room says; made where nothing was said before.
    pub(super) fn room(&mut self, room: &Jid) -> Option<&mut RoomSays> {
        if self.rooms.len() >= MOST_ROOMS && !self.rooms.contains_key(room) {
            return None;
        }
        self.stale = true;
        Some(self.rooms.entry(room.clone()).or_default())
    }

    /// What a contact says; made where nothing was said before.
    pub(super) fn person(&mut self, who: &Jid) -> Option<&mut RoomSays> {
        if self.people.len() >= MOST_PEOPLE && !self.people.contains_key(who) {
            return None;
        }
        self.stale = true;
        Some(self.people.entry(who.clone()).or_default())
    }

    /// The user wants to join the call of a room.
    pub(super) fn wish(&mut self, wish: JoinWish) {
        self.wishes.retain(|known| known.uri != wish.uri);
        if self.wishes.len() >= MOST_WISHES {
            self.wishes.remove(0);
        }
        self.wishes.push(wish);
    }
}
