//! From the wish to be connected to the bound or resumed stream, and back to waiting when it breaks.

use std::time::Duration;

use minidom::Element;

use super::boundary::{Event, Failure};
use super::iq::Purpose;
use super::keepalive::{ANSWER_AFTER_CHANGE, Due, KeepAlive};
use super::presence;
use super::roster;
use super::session::{Connected, Link, Management, Output, Resumption, SessionMachine};
use super::stanza::{self, With, ns};
use super::stream_management::{Unacknowledged, at_or_before};
use crate::model::{FullJid, Now, Reason};

/// The shell gives up after 30 s by itself; this is for one that does not.
pub(super) const CONNECT_WITHIN: Duration = Duration::from_secs(60);
/// How long resumption and binding may take each.
const NEGOTIATE_WITHIN: Duration = Duration::from_secs(20);
/// How long a busy server may take to find one of our contacts when we appear, and all of them.
const LOOKING: Duration = Duration::from_millis(10);
const LONGEST_LOOKING: Duration = Duration::from_secs(120);
/// The longest stream id, resource or location that is kept, in bytes (X47).
const LONGEST_ID: usize = 1024;
/// A resumed stream that breaks so soon, and before anything new came, may be broken by what the server sends again.
const STILLBORN: Duration = Duration::from_secs(5);
/// After so many of these a new stream is begun.
const MOST_STILLBORN: u8 = 3;
/// What a server says to a stanza that ends in the middle (RFC 6120 section 4.9.3.13). What we write is well-formed, so it was the
/// connection that ended there.
pub(super) const CUT: &str = "not-well-formed";
/// An attempt this old is begun anew when the network changes.
const STALE_ATTEMPT: Duration = Duration::from_secs(2);

impl SessionMachine {
    pub(super) fn connect_wanted(&mut self, now: Now) {
        match self.link {
            Link::Idle | Link::Failed | Link::Waiting(_) => {
                self.reconnect.reset();
                self.connect(now);
            }
            Link::Connecting(_) | Link::Resuming(_) | Link::Binding(_) | Link::Online => {}
        }
    }

    fn connect(&mut self, now: Now) {
        self.link = Link::Connecting(now.boot);
        self.event(Event::Connecting);
        self.outputs.push_back(Output::Connect);
    }

    pub(super) fn disconnect_wanted(&mut self, now: Now) {
        if self.link == Link::Online {
            self.send_forgotten(presence::unavailable());
            self.acknowledge_now(now);
        }
        match self.link {
            Link::Idle | Link::Failed | Link::Waiting(_) => {}
            Link::Connecting(_) | Link::Resuming(_) | Link::Binding(_) | Link::Online => {
                self.outputs.push_back(Output::Close);
            }
        }
        // A stream that is closed properly cannot be resumed (XEP-0198 section 5).
        self.forget_stream(now);
        self.end_stream();
        self.link = Link::Idle;
        let reason = Reason::new("disconnected", "signed out");
        self.event(Event::Offline { reason, retry_at: None });
    }

    pub(super) fn network_changed(&mut self, now: Now) {
        match self.link {
            Link::Waiting(_) => self.connect_wanted(now),
            Link::Connecting(since) if now.boot.saturating_since(since) >= STALE_ATTEMPT => {
                self.outputs.push_back(Output::Close);
                self.connect(now);
            }
            Link::Online => self.ask_for_life(ANSWER_AFTER_CHANGE, now),
            Link::Idle | Link::Failed | Link::Connecting(_) | Link::Resuming(_) | Link::Binding(_) => {}
        }
    }

    /// An authenticated stream: resume the old one (XEP-0198 section 5) or bind a resource (RFC 6120 section 7).
    pub(super) fn begin_stream(&mut self, connected: Connected, now: Now) {
        self.keepalive = Some(KeepAlive::new(now.boot));
        self.management = Management::Off;
        let managed = connected.features.has_child("sm", ns::SM);
        self.connected = Some(connected);
        if self.stillborn >= MOST_STILLBORN {
            self.forget_stream(now);
        }
        match &self.resumption {
            Some(resumption) if managed => {
                let previd = resumption.id.clone();
                let h = self.resume_from();
                let resume = Element::builder("resume", ns::SM).with("previd", &previd).with("h", &h.to_string());
                self.outputs.push_back(Output::Send(resume.build()));
                self.link = Link::Resuming(now.boot + NEGOTIATE_WITHIN);
            }
            Some(_) | None => self.bind(now),
        }
    }

    fn bind(&mut self, now: Now) {
        self.stillborn = 0;
        self.forget_stream(now);
        let mut bind = Element::builder("bind", ns::BIND);
        if let Some(resource) = &self.config.resource {
            bind = bind.with_text_child("resource", ns::BIND, resource);
        }
        let Some(id) = self.queries.open(&self.own, None, Purpose::Bind, now.boot, &mut self.rng) else { return };
        self.outputs.push_back(Output::Send(stanza::iq("set", &id, None, Some(bind.build()))));
        self.link = Link::Binding(now.boot + NEGOTIATE_WITHIN);
    }

    /// The answer to the binding.
    pub(super) fn handle_bound(&mut self, answer: &Element, now: Now) {
        if answer.attr("type") == Some("error") {
            let reason = stanza::stanza_error(answer);
            return self.close_and_retry(reason, now);
        }
        let bound = answer
            .get_child("bind", ns::BIND)
            .and_then(|bind| bind.get_child("jid", ns::BIND))
            .and_then(|jid| FullJid::parse(jid.text().trim()).ok())
            .filter(|bound| bound.bare() == self.own && bound.as_str().len() <= LONGEST_ID);
        let Some(bound) = bound else {
            let reason = Reason::new("bad-server", "the server gave an address that is not this account's");
            return self.close_and_retry(reason, now);
        };
        self.inbound.start();
        self.outbound.start();
        self.outbox.restart();
        self.hold.clear(&self.inbound);
        let managed = self.connected.as_ref().is_some_and(|connected| connected.features.has_child("sm", ns::SM));
        self.online(bound, false, now);
        if managed {
            let enable = Element::builder("enable", ns::SM).with("resume", "true").build();
            self.outputs.push_back(Output::Send(enable));
            self.management = Management::Requested;
        }
        self.begin_session(now);
        self.pump_activity(now);
        self.pump_nick(now);
        self.ask_own_calls(now);
        self.rooms_online(false, now);
        self.pump_messages(now);
    }

    fn online(&mut self, bound: FullJid, resumed: bool, now: Now) {
        self.link = Link::Online;
        self.bound = Some(bound.clone());
        self.reconnect.handle_online(now.boot);
        let Some(connected) = &self.connected else { return };
        let (security, mechanism) = (connected.security.clone(), connected.mechanism.clone());
        self.event(Event::Online { bound: bound.clone(), resumed, security, mechanism });
        self.jingle_bound(&bound, now);
        if resumed {
            // Who was told that the connection is gone may have forgotten them.
            for (jid, best) in self.presences.all() {
                self.event(Event::Presence { jid, show: best.show, status: best.status });
            }
            self.tell_all_callable();
        } else {
            self.presences.clear();
            self.people.clear();
            self.peer_caps.clear();
            self.event(Event::PresencesCleared);
            self.clear_reaches();
        }
    }

    /// The roster, then our presence: in this order, so that no presence comes before its contact (RFC 6121 section 2.2). Our
    /// presence waits until the roster is there: a server that looks for ten thousand people because of it says nothing else
    /// meanwhile, not even who they are.
    fn begin_session(&mut self, now: Now) {
        let versioned =
            self.connected.as_ref().is_some_and(|connected| connected.features.has_child("ver", ns::ROSTER_VERSIONING));
        // An empty version asks for versions without having one (RFC 6121 section 2.6.2).
        let version = versioned.then(|| self.config.roster_version.clone().unwrap_or_default());
        if self.query(None, Purpose::Roster, roster::query(version.as_deref()), now) {
            self.roster_open = true;
        }
        // Before our presence: what comes from then on is copied.
        self.begin_archive(now);
        self.begin_blocking(now);
        self.presence_owed = true;
        if !self.roster_open {
            self.pay_presence(now);
        }
    }

    /// The roster is there, or there is none: people may see us.
    pub(super) fn pay_presence(&mut self, now: Now) {
        if std::mem::take(&mut self.presence_owed) {
            self.send_answers();
            self.send_own_presence();
            let people = u32::try_from(self.contacts.all().count()).unwrap_or(u32::MAX);
            if let Some(keepalive) = &mut self.keepalive {
                keepalive.handle_busy(LOOKING.saturating_mul(people).min(LONGEST_LOOKING), now.boot);
            }
        }
    }

    /// `<enabled/>` (XEP-0198 section 3).
    pub(super) fn handle_enabled(&mut self, enabled: &Element, now: Now) {
        if self.management != Management::Requested {
            return;
        }
        self.management = Management::On;
        self.inbound.start();
        self.hold.clear(&self.inbound);
        let usable = |text: &&str| !text.is_empty() && text.len() <= LONGEST_ID;
        let resumable = matches!(enabled.attr("resume"), Some("true" | "1"));
        if let (true, Some(id), Some(bound)) = (resumable, enabled.attr("id").filter(usable), self.bound.clone()) {
            self.resumption = Some(Resumption {
                id: id.to_owned(),
                bound,
                location: enabled.attr("location").filter(usable).map(str::to_owned),
            });
            self.earlier_run = false;
            self.store_session();
        }
        self.pump_messages(now);
    }

    /// `<resumed/>` (XEP-0198 section 5).
    pub(super) fn handle_resumed(&mut self, resumed: &Element, now: Now) {
        let (Link::Resuming(_), Some(resumption)) = (self.link, self.resumption.clone()) else { return };
        let h = resumed.attr("h").and_then(|h| h.parse::<u32>().ok());
        let Some(h) = h.filter(|_| resumed.attr("previd") == Some(resumption.id.as_str())) else {
            return self.resume_refused(None, now);
        };
        let acknowledged = if self.earlier_run {
            // What was sent besides the messages is not known here, so that only a step back is provably wrong.
            if !at_or_before(self.outbound.acknowledged_count(), h) {
                return self.handled_count_too_high(h, now);
            }
            self.outbound.restore(h);
            self.outbox.resumed_from_earlier_run(h)
        } else {
            match self.outbound.acknowledge(h) {
                Ok(acknowledged) => acknowledged,
                Err(_) => return self.handled_count_too_high(h, now),
            }
        };
        self.messages_acknowledged(acknowledged);
        self.management = Management::On;
        self.resumed_at = Some((now.boot, self.inbound.sequence_received()));
        let earlier_run = std::mem::take(&mut self.earlier_run);
        self.online(resumption.bound, !earlier_run, now);
        self.repeat_unacknowledged(now);
        self.send_answers();
        if !self.queries.asks_for_roster() {
            self.pay_presence(now);
        }
        if earlier_run {
            // To be told everybody's presence again we have to leave and come back (RFC 6121 section 4.2).
            self.send_repeatable(presence::unavailable());
            self.begin_session(now);
        } else if self
            .own_said
            .as_ref()
            .is_some_and(|said| *said != (self.own_show, self.own_status.clone(), self.own_idle))
        {
            // What the user set while the stream was away.
            self.send_own_presence();
        }
        if !earlier_run {
            self.resume_archive(now);
        }
        self.pump_activity(now);
        self.pump_nick(now);
        self.pump_own_calls(now);
        self.rooms_online(!earlier_run, now);
        self.pump_messages(now);
        self.pump_cards(now);
    }

    /// `<failed/>`: to enable, or to resume (XEP-0198 section 5: it may still say what was handled).
    pub(super) fn handle_failed(&mut self, failed: &Element, now: Now) {
        if self.management == Management::Requested {
            self.management = Management::Off;
            self.outbound.start();
            self.pump_messages(now);
        } else if matches!(self.link, Link::Resuming(_)) {
            self.resume_refused(failed.attr("h").and_then(|h| h.parse().ok()), now);
        }
    }

    fn resume_refused(&mut self, h: Option<u32>, now: Now) {
        if let Some(h) = h {
            let acknowledged = if self.earlier_run {
                if at_or_before(self.outbound.acknowledged_count(), h) {
                    self.outbox.resumed_from_earlier_run(h)
                } else {
                    Vec::new()
                }
            } else {
                self.outbound.acknowledge(h).unwrap_or_default()
            };
            self.messages_acknowledged(acknowledged);
            // What the server does not count it does not have.
            self.outbox.restart();
        }
        self.bind(now);
    }

    /// The old stream cannot be resumed any more: its open requests have no answer.
    fn forget_stream(&mut self, now: Now) {
        let had_one = self.resumption.take().is_some();
        self.earlier_run = false;
        self.rooms_offline(now);
        self.abort_cards();
        self.abort_own_card();
        for purpose in self.queries.drain() {
            if !matches!(purpose, Purpose::Archive(_)) {
                self.query_failed(purpose, now);
            }
        }
        self.forget_archive();
        self.outbox.restart_in_doubt();
        if had_one {
            self.event(Event::Session(None));
        }
    }

    fn end_stream(&mut self) {
        self.keepalive = None;
        self.connected = None;
        self.management = Management::Off;
        self.roster_open = false;
        self.hold.interrupt();
    }

    /// The stream or the attempt is gone; another try follows.
    pub(super) fn lost(&mut self, reason: Reason, now: Now) {
        if let Some((at, received)) = self.resumed_at.take() {
            let stillborn = received == self.inbound.sequence_received() && now.boot.saturating_since(at) <= STILLBORN;
            self.stillborn = if stillborn { self.stillborn + 1 } else { 0 };
        }
        self.end_stream();
        let at = self.reconnect.next_try(now.boot, &mut self.rng);
        self.link = Link::Waiting(at);
        self.event(Event::Offline { reason, retry_at: Some(at) });
    }

    /// Given up until the user acts.
    pub(super) fn failed(&mut self, failure: Failure) {
        self.end_stream();
        self.link = Link::Failed;
        self.event(Event::Failed(failure));
    }

    pub(super) fn close_and_retry(&mut self, reason: Reason, now: Now) {
        self.outputs.push_back(Output::Close);
        self.lost(reason, now);
    }

    /// The server counts more than was sent, or less than before: nothing it says about messages can be trusted
    /// (XEP-0198 section 4).
    pub(super) fn handled_count_too_high(&mut self, h: u32, now: Now) {
        let error = Element::builder("error", ns::STREAM)
            .append(Element::bare("undefined-condition", ns::STREAM_ERROR))
            .append(
                Element::builder("handled-count-too-high", ns::SM)
                    .with("h", &h.to_string())
                    .with("send-count", &self.outbound.sent_count().to_string())
                    .build(),
            );
        self.outputs.push_back(Output::Send(error.build()));
        self.forget_stream(now);
        self.close_and_retry(Reason::new("bad-server", "the server lost count of what was sent"), now);
    }

    /// The server ends the stream (RFC 6120 section 4.9).
    pub(super) fn handle_stream_error(&mut self, error: &Element, now: Now) {
        self.outputs.push_back(Output::Close);
        let condition = stanza::error_condition(error, ns::STREAM_ERROR).unwrap_or("undefined-condition");
        if condition == "conflict" {
            // Coming back would throw the other one out, and be thrown out again.
            let text = "signed in elsewhere with the same resource name";
            return self.failed(Failure { reason: Reason::new("conflict", text), certificate: None, security: false });
        }
        if condition == CUT {
            let text = "the connection was cut off on its way to the server";
            return self.lost(Reason::new("lost", text), now);
        }
        // `see-other-host` is not followed: the certificate and SRV records name where the domain is served (X45).
        self.lost(Reason::new(condition, &format!("the server ended the connection ({condition})")), now);
    }

    pub(super) fn link_timeout(&mut self, now: Now) {
        match self.link {
            Link::Waiting(at) if at <= now.boot => return self.connect(now),
            Link::Connecting(since) if since + CONNECT_WITHIN <= now.boot => {
                return self.close_and_retry(Reason::new("timeout", "the server did not answer in time"), now);
            }
            Link::Resuming(at) | Link::Binding(at) if at <= now.boot => {
                return self.close_and_retry(Reason::new("timeout", "the server did not answer in time"), now);
            }
            Link::Idle | Link::Failed | Link::Waiting(_) | Link::Connecting(_) => return,
            Link::Resuming(_) | Link::Binding(_) | Link::Online => {}
        }
        let due = self.keepalive.as_mut().map_or(Due::Nothing, |keepalive| keepalive.handle_timeout(now.boot));
        match due {
            Due::Nothing => {}
            Due::Ask if self.link == Link::Online => self.send_question(now),
            Due::Ask => {}
            Due::Dead => self.close_and_retry(Reason::new("timeout", "the connection went silent"), now),
        }
    }

    /// What the server has not counted goes out again, messages first, with new numbers.
    fn repeat_unacknowledged(&mut self, now: Now) {
        let mut stale = false;
        let mut again = Vec::new();
        for stanza in self.outbound.take_for_repetition() {
            match stanza {
                Unacknowledged::Message(_) => stale = true,
                Unacknowledged::Repeatable(element) => again.push(element),
                Unacknowledged::Forgotten => {}
            }
        }
        self.outbox.restart();
        self.restart_hold(again, stale, now);
    }
}
