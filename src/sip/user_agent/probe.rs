//! "Does a request to this address reach me?": an OPTIONS (RFC 3261 section 11) that has to come back on our own flow.

use std::time::Duration;

use rand::Rng;

use super::{Output, Purpose, UserAgent};
use crate::model::{BootTime, Now, SipUri};
use crate::sip::boundary::{Event, Probed};
use crate::sip::digest::Rounds;
use crate::sip::stack::{ClientId, Method, NameAddr, Request, Response};
use crate::sip::usage::CallMachine;

/// How long the whole may take.
const WITHIN: Duration = Duration::from_secs(10);
/// Another device may answer before the request has come here.
const AFTER_ANSWER: Duration = Duration::from_secs(2);

/// The one that is on its way. While it is, a second one is answered at once with nothing.
pub(super) struct Probe {
    id: u64,
    call_id: String,
    started: BootTime,
    until: BootTime,
    arrived: Option<BootTime>,
    code: Option<u16>,
    request: Request,
    rounds: Rounds,
}

impl<M: CallMachine> UserAgent<M> {
    pub(super) fn start_probe(&mut self, id: u64, to: &SipUri, now: Now) {
        if self.probe.is_some() || !self.registration.is_registered() {
            let probed = Probed { arrived: None, code: None };
            self.outputs.push_back(Output::Event(Event::Probed { id, probed }));
            return;
        }
        let party = self.local_party();
        let call_id = format!("{:016x}{:016x}", self.random.random::<u64>(), self.random.random::<u64>());
        let tag = format!("{:016x}", self.random.random::<u64>());
        let mut request = Request::new(Method::Options, &to.to_string())
            .with("From", party.address.with_tag(&tag).to_string())
            .with("To", NameAddr::new(&to.to_string()).to_string())
            .with("Call-ID", call_id.clone())
            .with("CSeq", "1 OPTIONS")
            .with("Contact", party.contact.to_string())
            .with("Accept", "application/sdp");
        self.complete(&mut request);
        for route in self.registration.preloaded_route() {
            request.headers.push("Route", route);
        }
        let probe = Probe {
            id,
            call_id,
            started: now.boot,
            until: now.boot + WITHIN,
            arrived: None,
            code: None,
            request,
            rounds: Rounds::default(),
        };
        self.probe = Some(probe);
        self.send_probe(now);
    }

    fn send_probe(&mut self, now: Now) {
        let Some(probe) = &self.probe else { return };
        let request = probe.request.clone();
        let flow = self.registration.flow().map(|state| state.flow);
        match flow.and_then(|flow| self.transactions.send_request(request, flow, now)) {
            Some(client) => drop(self.purposes.insert(client, Purpose::Probe)),
            None => self.finish_probe(),
        }
    }

    /// An OPTIONS came in: it may be ours. Its Call-ID is random, so nobody else can claim that.
    pub(super) fn note_probe(&mut self, request: &Request, now: Now) {
        let Some(probe) = &mut self.probe else { return };
        if request.headers.call_id() == Some(&probe.call_id) {
            probe.arrived.get_or_insert(now.boot);
            if probe.code.is_some() {
                self.finish_probe();
            }
        }
    }

    pub(super) fn probe_answered(&mut self, client: ClientId, response: &Response, now: Now) {
        if response.is_provisional() {
            return;
        }
        self.purposes.remove(&client);
        let Some(probe) = &mut self.probe else { return };
        if matches!(response.code, 401 | 407) {
            let cseq = probe.request.headers.cseq().map_or(1, |cseq| cseq.number).saturating_add(1);
            let authenticator = &mut self.registration.authenticator;
            if authenticator.answer(&mut probe.request, response, &mut probe.rounds, false).is_ok() {
                probe.request.set_cseq(cseq);
                return self.send_probe(now);
            }
        }
        probe.code = Some(response.code);
        probe.until = probe.until.min(now.boot + AFTER_ANSWER);
        if probe.arrived.is_some() || !response.is_success() {
            self.finish_probe();
        }
    }

    pub(super) fn probe_failed(&mut self) {
        self.finish_probe();
    }

    pub(super) fn probe_deadline(&self) -> Option<BootTime> {
        self.probe.as_ref().map(|probe| probe.until)
    }

    pub(super) fn probe_timeout(&mut self, now: Now) {
        if self.probe_deadline().is_some_and(|until| until <= now.boot) {
            self.finish_probe();
        }
    }

    fn finish_probe(&mut self) {
        let Some(probe) = self.probe.take() else { return };
        self.purposes.retain(|_, purpose| !matches!(purpose, Purpose::Probe));
        let arrived = probe.arrived.map(|at| at.saturating_since(probe.started));
        let probed = Probed { arrived, code: probe.code };
        self.outputs.push_back(Output::Event(Event::Probed { id: probe.id, probed }));
    }
}
