//! Who takes part in the calls that we join here, told to those of them who ask (RFC 4575 sections 3.5 and 3.6, RFC 6665
//! section 4.2): *handle once, drain, wait*.
//!
//! Only who is in such a call learns it: on our own service's word for who asks, or because it is asked inside of the call's own
//! dialog (RFC 5057). The first news are told at once, further ones at most every five seconds (RFC 4575 section 3.10).

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::conference::write;
use super::session::dialog::Dialog;
use super::stack::{Headers, Method, NameAddr, Params, Request, Response, ServerId};
use super::usage::Notification;
use crate::model::{BootTime, CallId, ConferenceId, Jid, Now, SipUri};

/// Who asks about our conferences at a time. When full: 503, and they may try again.
const MOST_SUBSCRIBERS: usize = 64;
/// The shortest and the longest subscription, and the one where nobody says how long (RFC 4575 section 3.3), seconds.
const SHORTEST: u32 = 60;
const LONGEST: u32 = 3_600;
/// Between two notifications of one subscriber.
const CALM: Duration = Duration::from_secs(5);
/// The event package, and its document.
const PACKAGE: &str = "conference";
const DOCUMENT: &str = "application/conference-info+xml";
/// The longest `id` of an Event that is given back, bytes. A longer one is refused.
const LONGEST_ID: usize = 64;

/// How somebody takes part in a conference of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostedStatus {
    /// Hears and is heard.
    Talking,
    /// We let nobody hear them.
    Muted,
    /// We, with our own microphone off.
    SelfMuted,
    /// They wait.
    OnHold,
    /// They are being called.
    Coming,
}

/// Somebody in a conference of ours.
#[derive(Clone, PartialEq, Eq)]
pub struct HostedUser {
    /// Their address; an anonymous one where they withhold it.
    pub entity: Arc<str>,
    /// What they are called.
    pub display: Option<Arc<str>>,
    /// Their chat address: only our own is told.
    pub jid: Option<Jid>,
    /// How they take part.
    pub status: HostedStatus,
    /// It is we who host it.
    pub moderator: bool,
    /// The name of their sound in the packets that we send (RFC 4575 section 5.8.3).
    pub source: u32,
}

/// A conference of ours.
#[derive(Clone, PartialEq, Eq)]
pub struct Hosted {
    /// Its name here.
    pub id: ConferenceId,
    /// Our address in it.
    pub entity: SipUri,
    /// What it is called.
    pub title: Option<Arc<str>>,
    /// The room that belongs to it (RFC 7106).
    pub room: Option<Jid>,
    /// Who may ask about it.
    pub members: Vec<SipUri>,
    /// The calls that are in it: inside of their dialogs it may be asked about as well.
    pub calls: Vec<CallId>,
    /// Everybody.
    pub users: Vec<HostedUser>,
}

// M10: names and addresses.
impl fmt::Debug for HostedUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostedUser").field("status", &self.status).finish_non_exhaustive()
    }
}

impl fmt::Debug for Hosted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hosted").field("id", &self.id).field("users", &self.users.len()).finish_non_exhaustive()
    }
}

/// The name of a subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriberId(pub u64);

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send a NOTIFY.
    Send(SubscriberId, Request),
    /// Send a NOTIFY in the dialog of a call.
    Tell(CallId, Notification),
    /// Answer a SUBSCRIBE.
    Respond(ServerId, Response),
}

/// Where somebody asks.
enum Place {
    /// In a dialog of its own, by these addresses.
    Own(Box<Dialog>, Vec<SipUri>),
    /// In the dialog of a call.
    Call(CallId),
}

/// Somebody who asks.
struct Subscriber {
    conference: ConferenceId,
    place: Place,
    /// The value of Event, with the `id` of the SUBSCRIBE (RFC 6665 section 8.2.1).
    event: String,
    until: BootTime,
    version: u32,
    /// What they were told last; nothing yet, or the whole is wanted.
    told: Option<Vec<HostedUser>>,
    /// A NOTIFY is under way.
    sent: bool,
    /// There is something to tell.
    due: bool,
    /// Not before.
    calm_until: BootTime,
    /// The last one is being told why it is over.
    over: Option<&'static str>,
}

/// See the module.
#[derive(Default)]
pub struct Hosting {
    conferences: BTreeMap<ConferenceId, Hosted>,
    subscribers: BTreeMap<SubscriberId, Subscriber>,
    next: u64,
    outputs: VecDeque<Output>,
}

impl Hosting {
    /// Whether there is anything to be told of.
    pub fn is_hosting(&self) -> bool {
        !self.conferences.is_empty()
    }

    /// A conference is, or is otherwise than before.
    pub fn host(&mut self, hosted: Hosted, now: Now) {
        let id = hosted.id;
        let before = self.conferences.insert(id, hosted);
        let described = |hosted: &Hosted| (hosted.room.clone(), hosted.title.clone());
        let hosted = self.conferences.get(&id);
        let redescribed = before.as_ref().map(described) != hosted.map(described);
        for subscriber in self.subscribers.values_mut().filter(|subscriber| subscriber.conference == id) {
            if redescribed {
                subscriber.told = None;
            }
            subscriber.due = true;
            // RFC 4575 section 8: whoever is not in it any more learns nothing more.
            if subscriber.over.is_none() && hosted.is_some_and(|hosted| !subscriber.place.is_in(hosted)) {
                (subscriber.over, subscriber.calm_until) = (Some("noresource"), now.boot);
            }
        }
        self.tell(now);
    }

    /// A conference is over.
    pub fn end(&mut self, id: ConferenceId, now: Now) {
        if self.conferences.remove(&id).is_none() {
            return;
        }
        for subscriber in self.subscribers.values_mut().filter(|subscriber| subscriber.conference == id) {
            (subscriber.over, subscriber.due, subscriber.calm_until) = (Some("noresource"), true, now.boot);
        }
        self.tell(now);
    }

    /// Whether a request belongs to somebody who asks.
    pub fn owns(&self, headers: &Headers) -> Option<SubscriberId> {
        let owns = |subscriber: &Subscriber| match &subscriber.place {
            Place::Own(dialog, _) => dialog.owns_request(headers),
            Place::Call(_) => false,
        };
        self.subscribers.iter().find(|(_, subscriber)| owns(subscriber)).map(|(id, _)| *id)
    }

    /// A SUBSCRIBE outside of any dialog. `askers`: who asks, on our own service's word; `tag` and `cseq` are ours to draw.
    pub fn handle_subscribe(
        &mut self,
        server: ServerId,
        request: &Request,
        askers: &[SipUri],
        contact: &NameAddr,
        (tag, cseq): (&str, u32),
        now: Now,
    ) {
        let Some(dialog) = Dialog::from_request(request, tag, cseq) else {
            return self.refuse(server, request, 400, tag);
        };
        self.begin(server, request, Place::Own(Box::new(dialog), askers.to_vec()), contact, tag, now);
    }

    /// A SUBSCRIBE in the dialog of a call. Whoever talks in it is who they are there: no further word is needed.
    pub fn handle_call_subscribe(
        &mut self,
        call: CallId,
        server: ServerId,
        request: &Request,
        contact: &NameAddr,
        now: Now,
    ) {
        match self.of_call(call) {
            Some(id) => self.renew(id, server, request, contact, now),
            None if self.conferences.values().any(|hosted| hosted.calls.contains(&call)) => {
                self.begin(server, request, Place::Call(call), contact, "", now);
            }
            // RFC 6665 section 4.2.1: it was one, and is over.
            None => self.refuse(server, request, 481, ""),
        }
    }

    fn begin(&mut self, server: ServerId, request: &Request, place: Place, contact: &NameAddr, tag: &str, now: Now) {
        let event = match acceptable(&request.headers) {
            Ok(event) => event,
            Err(code) => return self.refuse(server, request, code, tag),
        };
        // RFC 4575 section 8: who is not in it learns nothing, not even that there is one.
        let Some(conference) = self.conferences.values().find(|hosted| place.is_in(hosted)).map(|hosted| hosted.id)
        else {
            return self.refuse(server, request, 403, tag);
        };
        if self.subscribers.len() >= MOST_SUBSCRIBERS {
            return self.refuse(server, request, 503, tag);
        }
        let expires = lifetime(&request.headers);
        self.accept(server, request, tag, expires, contact);
        self.next += 1;
        let subscriber = Subscriber {
            conference,
            place,
            event,
            until: now.boot + Duration::from_secs(expires.into()),
            version: 0,
            told: None,
            sent: false,
            due: true,
            calm_until: now.boot,
            // RFC 6665 section 4.4.3: asked once.
            over: (expires == 0).then_some("timeout"),
        };
        self.subscribers.insert(SubscriberId(self.next), subscriber);
        self.tell(now);
    }

    /// A request in the dialog of somebody who asks: a refresh, or the end.
    pub fn handle_request(
        &mut self,
        id: SubscriberId,
        server: ServerId,
        request: &Request,
        contact: &NameAddr,
        now: Now,
    ) {
        let Some(subscriber) = self.subscribers.get_mut(&id) else { return };
        let Place::Own(dialog, _) = &mut subscriber.place else { return };
        let fresh = request.headers.cseq().is_some_and(|cseq| dialog.accept_remote_cseq(cseq.number));
        match (&request.method, fresh) {
            (_, false) => self.refuse(server, request, 500, ""),
            (Method::Subscribe, true) => {
                dialog.refresh_target(&request.headers);
                self.renew(id, server, request, contact, now);
            }
            (_, true) => self.refuse(server, request, 405, ""),
        }
    }

    fn renew(&mut self, id: SubscriberId, server: ServerId, request: &Request, contact: &NameAddr, now: Now) {
        let event = match acceptable(&request.headers) {
            Ok(event) => event,
            Err(code) => return self.refuse(server, request, code, ""),
        };
        let Some(subscriber) = self.subscribers.get_mut(&id) else { return };
        let expires = lifetime(&request.headers);
        subscriber.event = event;
        subscriber.until = now.boot + Duration::from_secs(expires.into());
        // RFC 6665 section 4.2.1.2: each SUBSCRIBE is followed by the whole.
        (subscriber.told, subscriber.due, subscriber.calm_until) = (None, true, now.boot);
        if expires == 0 {
            subscriber.over = Some("timeout");
        }
        self.accept(server, request, "", expires, contact);
        self.tell(now);
    }

    fn of_call(&self, call: CallId) -> Option<SubscriberId> {
        let here = |subscriber: &Subscriber| matches!(subscriber.place, Place::Call(known) if known == call);
        self.subscribers.iter().find(|(_, subscriber)| here(subscriber)).map(|(id, _)| *id)
    }

    /// The answer to a NOTIFY in the dialog of a call.
    pub fn handle_call_answer(&mut self, call: CallId, code: u16, now: Now) {
        if let Some(id) = self.of_call(call) {
            self.handle_answer(id, code, now);
        }
    }

    /// A call is over, and with it what was told in its dialog.
    pub fn forget_call(&mut self, call: CallId) {
        if let Some(id) = self.of_call(call) {
            self.subscribers.remove(&id);
        }
    }

    /// The answer to a NOTIFY; 408 where none came.
    pub fn handle_answer(&mut self, id: SubscriberId, code: u16, now: Now) {
        let Some(subscriber) = self.subscribers.get_mut(&id) else { return };
        subscriber.sent = false;
        // RFC 6665 section 4.2.2: who does not take it does not want it any more.
        if !(200..300).contains(&code) || (subscriber.over.is_some() && !subscriber.due) {
            self.subscribers.remove(&id);
        }
        self.tell(now);
    }

    /// Tells what is due, and ends what has run out.
    pub fn handle_timeout(&mut self, now: Now) {
        for subscriber in self.subscribers.values_mut().filter(|one| one.until <= now.boot && one.over.is_none()) {
            (subscriber.over, subscriber.due, subscriber.calm_until) = (Some("timeout"), true, now.boot);
        }
        self.tell(now);
    }

    /// What to do next.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Self::handle_timeout`] is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<BootTime> {
        let ends = self.subscribers.values().filter(|one| one.over.is_none()).map(|one| one.until);
        let news = self.subscribers.values().filter(|one| one.due && !one.sent).map(|one| one.calm_until);
        ends.chain(news).min()
    }

    fn tell(&mut self, now: Now) {
        for (id, subscriber) in &mut self.subscribers {
            if !subscriber.due || subscriber.sent || subscriber.calm_until > now.boot {
                continue;
            }
            let hosted = self.conferences.get(&subscriber.conference);
            let body = match (hosted, &subscriber.told) {
                (Some(hosted), Some(told)) if *told == hosted.users && subscriber.over.is_none() => {
                    subscriber.due = false;
                    continue;
                }
                // Whoever is not in it any more learns only that.
                (Some(hosted), _) if !subscriber.place.is_in(hosted) => None,
                (Some(hosted), Some(told)) => Some(write::part(hosted, told, subscriber.version + 1)),
                (Some(hosted), None) => Some(write::whole(hosted, subscriber.version + 1)),
                (None, _) => None,
            };
            let left = subscriber.until.saturating_since(now.boot).as_secs();
            let state = match subscriber.over {
                Some(reason) => format!("terminated;reason={reason}"),
                None => format!("active;expires={left}"),
            };
            subscriber.version += u32::from(body.is_some());
            subscriber.told = hosted.map(|hosted| hosted.users.clone());
            (subscriber.due, subscriber.sent, subscriber.calm_until) = (false, true, now.boot + CALM);
            let (event, body) = (subscriber.event.clone(), body.map(|body| (DOCUMENT, body)));
            self.outputs.push_back(match &mut subscriber.place {
                Place::Own(dialog, _) => {
                    let mut request =
                        dialog.request(Method::Notify).with("Event", event).with("Subscription-State", state);
                    if let Some((kind, body)) = body {
                        request = request.with_body(kind, body.into_bytes());
                    }
                    Output::Send(*id, request)
                }
                Place::Call(call) => Output::Tell(*call, Notification { event, state, body }),
            });
        }
    }

    fn accept(&mut self, server: ServerId, request: &Request, tag: &str, expires: u32, contact: &NameAddr) {
        let mut contact = contact.clone();
        contact.params.set("isfocus", None);
        let response = Response::to(request, 200, Some(tag))
            .with("Expires", expires.to_string())
            .with("Contact", contact.to_string());
        self.outputs.push_back(Output::Respond(server, response));
    }

    fn refuse(&mut self, server: ServerId, request: &Request, code: u16, tag: &str) {
        let mut response = Response::to(request, code, Some(tag));
        match code {
            423 => response.headers.push("Min-Expires", SHORTEST.to_string()),
            489 => response.headers.push("Allow-Events", PACKAGE),
            406 => response.headers.push("Accept", DOCUMENT),
            503 => response.headers.push("Retry-After", "30"),
            _ => {}
        }
        self.outputs.push_back(Output::Respond(server, response));
    }
}

impl Place {
    /// Whether somebody who asks there is in a conference.
    fn is_in(&self, hosted: &Hosted) -> bool {
        match self {
            Self::Own(_, askers) => {
                hosted.members.iter().any(|member| askers.iter().any(|asker| asker.same_address(member)))
            }
            Self::Call(call) => hosted.calls.contains(call),
        }
    }
}

/// Whether a SUBSCRIBE asks for what there is: the Event to tell it under, or the status to refuse it with.
fn acceptable(headers: &Headers) -> Result<String, u16> {
    let event = headers.value("Event").unwrap_or_default();
    let (package, params) = event.split_once(';').unwrap_or((event, ""));
    if !package.trim().eq_ignore_ascii_case(PACKAGE) {
        return Err(489);
    }
    // RFC 6665 section 8.2.1: it comes back with every NOTIFY.
    let event = match Params::parse(params).value("id").map(str::trim) {
        Some(id) if id.is_empty() || id.len() > LONGEST_ID || !id.chars().all(is_token) => return Err(400),
        Some(id) => format!("{PACKAGE};id={id}"),
        None => PACKAGE.to_owned(),
    };
    let fits = |range: &str| {
        let range = range.split(';').next().unwrap_or_default().trim();
        [DOCUMENT, "application/*", "*/*"].iter().any(|known| range.eq_ignore_ascii_case(known))
    };
    if headers.value("Accept").is_some() && !headers.list("Accept").any(fits) {
        return Err(406);
    }
    match headers.seconds("Expires") {
        Some(seconds) if seconds > 0 && seconds < SHORTEST => Err(423),
        Some(_) | None => Ok(event),
    }
}

/// A sign of a token (RFC 3261 section 25.1).
fn is_token(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || "-.!%*_+`'~".contains(sign)
}

fn lifetime(headers: &Headers) -> u32 {
    headers.seconds("Expires").unwrap_or(LONGEST).min(LONGEST)
}
