//! Who is in a conference, inside of a call's own dialog (RFC 5057: a second usage of it). As its host we are asked and tell;
//! as somebody in it we ask where the focus tells it nowhere else.
//!
//! ```text
//! watch --SUBSCRIBE--> asked --NOTIFY--> heard --refresh--> heard --BYE, refusal, "terminated"--> over
//! ```

use std::time::Duration;

use super::{Event, Method, Now, Phase, Request, RequestKey, Response, ServerId, Session, Timer};
use crate::model::BootTime;
use crate::sip::subscription::{
    Document, EventPackage, News, Notifier, Standing, State, SubscriptionId, Terminated, subscription_state,
};
use crate::sip::usage::{CallOutput, Notification};

/// The answerer of a dialog: there is only one.
const NOTIFIER: Notifier = Notifier(0);
/// How long it is asked for each time, seconds (RFC 4575 section 3.3).
const LIFETIME: u32 = 3_600;
/// What is believed of the other side's word about that, seconds.
const BELIEVED: std::ops::RangeInclusive<u32> = 60..=86_400;
/// Timer N (RFC 6665 section 4.1.2.4): until when the first NOTIFY has to come.
const TIMER_N: Duration = Duration::from_secs(32);
/// Until a refresh is tried again that failed for the moment.
const PAUSE: Duration = Duration::from_secs(30);
/// Whoever ends it sooner is not asked again at once.
const LASTED: Duration = Duration::from_secs(60);

/// A subscription of ours in the dialog of this call.
pub(super) struct Watch {
    id: SubscriptionId,
    /// A SUBSCRIBE that has no answer yet.
    sent: Option<RequestKey>,
    /// When the first NOTIFY came.
    heard: Option<BootTime>,
    /// How long it was granted for, seconds.
    granted: u32,
    /// A longer time was asked for once (423).
    raised: bool,
    /// It is not wanted any more.
    ending: bool,
}

impl Session {
    /// Asks who is in the conference that this call is with.
    pub(super) fn watch(&mut self, id: SubscriptionId, now: Now) {
        let watch = Watch { id, sent: None, heard: None, granted: LIFETIME, raised: false, ending: false };
        self.focus.watch = Some(watch);
        match &self.phase {
            Phase::Established(established) if !established.bye_wanted => {
                self.ask_watch(LIFETIME, now);
                self.set(Timer::Watch, TIMER_N, now);
            }
            Phase::Established(_) | Phase::Calling | Phase::Ringing(_) | Phase::Over => {
                self.watch_over(Standing::Refused("The call is not answered.".into()));
            }
        }
    }

    /// Something is missing: the whole is told after a refresh (RFC 6665 section 4.2.1.2).
    pub(super) fn refresh_watch(&mut self, id: SubscriptionId, now: Now) {
        if self.watched(id).is_some_and(|watch| watch.sent.is_none()) {
            self.ask_watch(LIFETIME, now);
        }
    }

    /// It is not wanted any more.
    pub(super) fn end_watch(&mut self, id: SubscriptionId, now: Now) {
        let Some(watch) = self.watched(id) else { return };
        watch.ending = true;
        self.clear(Timer::Watch);
        self.ask_watch(0, now);
    }

    /// Its timer: nothing was told, or it has to be renewed.
    pub(super) fn watch_due(&mut self, now: Now) {
        match self.focus.watch.as_ref().map(|watch| watch.heard) {
            Some(Some(_)) => self.ask_watch(LIFETIME, now),
            Some(None) => self.watch_over(Standing::Refused("It was asked for and nothing came.".into())),
            None => {}
        }
    }

    fn watched(&mut self, id: SubscriptionId) -> Option<&mut Watch> {
        self.focus.watch.as_mut().filter(|watch| watch.id == id && !watch.ending)
    }

    fn ask_watch(&mut self, expires: u32, _: Now) {
        let Phase::Established(established) = &mut self.phase else { return };
        let package = EventPackage::Conference;
        let mut request = established
            .dialog
            .request(Method::Subscribe)
            .with("Event", package.token())
            .with("Accept", package.accept())
            .with("Expires", expires.to_string());
        self.introduce(&mut request.headers);
        let key = self.send(request);
        if let Some(watch) = &mut self.focus.watch {
            watch.sent = Some(key);
        }
    }

    /// The answer to a SUBSCRIBE or a NOTIFY of these; `false`: it is to something else.
    pub(super) fn handle_conference_response(&mut self, key: RequestKey, response: &Response, now: Now) -> bool {
        if self.focus.told == Some(key) {
            if !response.is_provisional() {
                self.conference_told(response.code);
            }
            return true;
        }
        let Some(watch) = self.focus.watch.as_mut().filter(|watch| watch.sent == Some(key)) else { return false };
        if response.is_provisional() {
            return true;
        }
        watch.sent = None;
        let (heard, ending) = (watch.heard.is_some(), watch.ending);
        match response.code {
            _ if ending => {}
            200..=299 => {
                let granted = response.headers.seconds("Expires").unwrap_or(LIFETIME);
                watch.granted = granted.clamp(*BELIEVED.start(), *BELIEVED.end());
                if heard {
                    self.renew_later(now);
                }
            }
            // RFC 6665 section 4.2.1.1: as long as the other side wants, once.
            423 if !watch.raised => {
                watch.raised = true;
                let least = response.headers.seconds("Min-Expires").unwrap_or(LIFETIME * 2);
                self.ask_watch(least.clamp(*BELIEVED.start(), *BELIEVED.end()), now);
            }
            408 | 491 | 500 | 503 if heard => self.set(Timer::Watch, PAUSE, now),
            405 | 489 | 501 => self.watch_over(Standing::Refused("The other side does not offer this.".into())),
            _ => self.watch_over(Standing::Refused("The other side does not allow this.".into())),
        }
        true
    }

    /// A SUBSCRIBE or a NOTIFY of these found no answer; `false`: it was something else.
    pub(super) fn handle_conference_failed(&mut self, key: RequestKey, code: u16, now: Now) -> bool {
        if self.focus.told == Some(key) {
            self.conference_told(code);
            return true;
        }
        let Some(watch) = self.focus.watch.as_mut().filter(|watch| watch.sent == Some(key)) else { return false };
        watch.sent = None;
        match watch.heard {
            Some(_) => self.set(Timer::Watch, PAUSE, now),
            None => self.watch_over(Standing::Refused("The other side does not answer.".into())),
        }
        true
    }

    /// A NOTIFY about the conference; `false`: it is about something else.
    pub(super) fn handle_watch_notify(&mut self, server: ServerId, request: &Request, now: Now) -> bool {
        let package = EventPackage::Conference;
        let event = request.headers.value("Event").unwrap_or_default();
        let Some(watch) = &mut self.focus.watch else { return false };
        if !event.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(package.token()) {
            return false;
        }
        let readable = |kind: &str| kind.eq_ignore_ascii_case(package.accept());
        if !request.body.is_empty() && !request.headers.content_type().is_some_and(|kind| readable(&kind.name)) {
            self.respond(server, Response::to(request, 415, None).with("Accept", package.accept()));
            return true;
        }
        let (id, ending) = (watch.id, watch.ending);
        let lasted = watch.heard.is_some_and(|since| now.boot.saturating_since(since) >= LASTED);
        watch.heard.get_or_insert(now.boot);
        self.refuse(server, request, 200);
        let document = (!request.body.is_empty()).then(|| Document(request.body.clone()));
        let news = |session: &mut Self, news| session.say(Event::Subscription { id, news });
        match subscription_state(&request.headers) {
            State::Terminated(..) if ending => self.forget_watch(),
            State::Active(_) | State::Pending(_) if ending => {}
            State::Terminated(Terminated::Invariant, _) => {
                self.clear(Timer::Watch);
                news(self, News::Standing(Standing::Active));
                document.into_iter().for_each(|document| news(self, News::Document { from: NOTIFIER, document }));
            }
            State::Terminated(Terminated::AskAgain, None) if lasted => {
                news(self, News::Gone(NOTIFIER));
                if let Some(watch) = &mut self.focus.watch {
                    watch.heard = None;
                }
                self.ask_watch(LIFETIME, now);
                self.set(Timer::Watch, TIMER_N, now);
            }
            State::Terminated(..) => {
                news(self, News::Gone(NOTIFIER));
                self.watch_over(Standing::Refused("The other side ended it.".into()));
            }
            state @ (State::Active(expires) | State::Pending(expires)) => {
                if let (Some(expires), Some(watch)) = (expires, &mut self.focus.watch) {
                    watch.granted = expires.clamp(*BELIEVED.start(), *BELIEVED.end());
                }
                self.renew_later(now);
                let pending = matches!(state, State::Pending(_));
                news(self, News::Standing(if pending { Standing::Pending } else { Standing::Active }));
                document.into_iter().for_each(|document| news(self, News::Document { from: NOTIFIER, document }));
            }
        }
        true
    }

    /// Renewed when four fifths of its time are over.
    fn renew_later(&mut self, now: Now) {
        if let Some(granted) = self.focus.watch.as_ref().map(|watch| watch.granted) {
            self.set(Timer::Watch, Duration::from_secs(u64::from(granted)) * 4 / 5, now);
        }
    }

    fn watch_over(&mut self, standing: Standing) {
        if let Some(watch) = self.focus.watch.take().filter(|watch| !watch.ending) {
            self.say(Event::Subscription { id: watch.id, news: News::Standing(standing) });
        }
        self.clear(Timer::Watch);
    }

    fn forget_watch(&mut self) {
        self.focus.watch = None;
        self.clear(Timer::Watch);
    }

    /// The other side asks who is in the conference: only a host has an answer, and that it is over is one too. Chat and
    /// presence are XMPP's (C-08).
    pub(super) fn handle_subscribe(&mut self, server: ServerId, request: Request) {
        let hosts = matches!(self.phase, Phase::Established(_)) && self.focus.hosted;
        if hosts {
            self.outputs.push_back(CallOutput::Asked { server, request });
        } else {
            self.refuse(server, &request, 489);
        }
    }

    /// Tells the other side who is in the conference that we host.
    pub(super) fn tell_conference(&mut self, notification: Notification) {
        let Phase::Established(established) = &mut self.phase else { return self.conference_told(481) };
        let mut request = established
            .dialog
            .request(Method::Notify)
            .with("Event", notification.event)
            .with("Subscription-State", notification.state);
        self.introduce(&mut request.headers);
        if let Some((kind, document)) = notification.body {
            request = request.with_body(kind, document.into_bytes());
        }
        self.focus.told = Some(self.send(request));
    }

    fn conference_told(&mut self, code: u16) {
        self.focus.told = None;
        self.outputs.push_back(CallOutput::Told(code));
    }
}
