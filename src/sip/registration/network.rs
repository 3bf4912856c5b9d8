//! What a change of the network, or a sleep, means for the flow.
//!
//! Notices come for every change of the machine's addresses and routes, most of which lead elsewhere: to a container, a virtual
//! machine, a second interface. What counts is whether the flow's own address still leads to the server. If it does, the flow, its
//! binding and the calls that depend on it are left as they are; if another one does, or none, everything begins anew.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::{Output, Registration, State};
use crate::model::Now;
use crate::sip::boundary::Event;
use crate::sip::stack::FlowId;

/// How long the answer to a test may take before another flow is opened.
const TESTED_WITHIN: Duration = Duration::from_secs(5);
/// How long a server is left alone that could not take a call and does not say for how long, in seconds.
const PASSED_OVER: u32 = 30;

/// Why the way to the server is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occasion {
    /// Addresses or routes changed.
    Changed,
    /// The machine slept: the server, or a NAT, may have forgotten us although the address is the same.
    Woke,
}

/// Why a REGISTER tests the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    /// The server, or a NAT, may have forgotten us.
    AfterSleep,
    /// The server is silent to a call while another one could take it.
    Doubt,
}

impl Registration {
    /// Addresses or routes changed.
    pub fn handle_network_changed(&mut self, now: Now) {
        self.look_at_way(Occasion::Changed, now);
    }

    /// The machine woke.
    pub fn handle_woke(&mut self, now: Now) {
        self.look_at_way(Occasion::Woke, now);
    }

    fn look_at_way(&mut self, occasion: Occasion, now: Now) {
        match &self.state {
            State::Idle | State::Failed | State::Removing { .. } => {}
            State::Locating { .. } | State::Waiting { .. } => self.start(now),
            State::Opening { flow, .. } => {
                self.outputs.push_back(Output::Close(*flow));
                self.start(now);
            }
            State::Registering { flow, .. } | State::Registered { flow, .. } => {
                self.outputs.push_back(Output::Route(flow.flow.id));
                if self.examining != Some(Occasion::Woke) {
                    self.examining = Some(occasion);
                }
            }
        }
    }

    /// The answer to [`Output::Route`]: the address that leads to the other end now, if any does.
    pub fn handle_route(&mut self, id: FlowId, local: Option<IpAddr>, now: Now) {
        let Some(occasion) = self.examining.take() else { return };
        let flow = match &mut self.state {
            State::Registering { flow, .. } | State::Registered { flow, .. } if flow.flow.id == id => flow,
            // Another flow, opened since: it took the way that is there now.
            _ => return,
        };
        if local.map(|local| local.to_canonical()) != Some(flow.flow.local.ip().to_canonical()) {
            self.outputs.push_back(Output::Close(id));
            self.start(now);
            return;
        }
        let bytes = flow.examine(now);
        self.outputs.push_back(Output::KeepAlive { flow: id, bytes });
        match (occasion, &self.state) {
            (Occasion::Woke, State::Registered { .. }) => {
                let request = self.binding.register(self.wish);
                let mut fresh = self.sent(request, now.boot + TESTED_WITHIN);
                fresh.tests = Some(Test::AfterSleep);
                self.send_refresh(fresh);
            }
            (Occasion::Changed | Occasion::Woke, _) => {}
        }
    }

    /// A call has asked the server for something and hears nothing: is it there? Asked only where another one is.
    pub fn handle_doubt(&mut self, now: Now) {
        let State::Registered { flow, sent, .. } = &self.state else { return };
        let remote = flow.flow.remote;
        if sent.as_ref().is_some_and(|sent| sent.tests.is_some()) || !self.has_other_than(remote, now) {
            return;
        }
        let request = self.binding.register(self.wish);
        let mut fresh = self.sent(request, now.boot + TESTED_WITHIN);
        fresh.tests = Some(Test::Doubt);
        self.send_refresh(fresh);
    }

    /// The server cannot take a call: registers with another one that the last lookup gave. It is left alone for as long as it
    /// asks, as RFC 3261 section 21.5.4 demands, or for half a minute. False: there is no other.
    pub fn handle_overload(&mut self, retry_after: Option<u32>, now: Now) -> bool {
        let State::Registered { flow, .. } = &self.state else { return false };
        let (id, remote) = (flow.flow.id, flow.flow.remote);
        if !self.has_other_than(remote, now) {
            return false;
        }
        self.leave_alone(remote, retry_after.unwrap_or(PASSED_OVER), now);
        self.outputs.push_back(Output::Close(id));
        self.outputs.push_back(Output::Event(Event::Connecting));
        self.try_known(now);
        true
    }

    /// The test of the flow got no answer.
    pub(super) fn handle_test_failed(&mut self, test: Test, id: FlowId, remote: SocketAddr, now: Now) {
        self.outputs.push_back(Output::Close(id));
        match test {
            Test::AfterSleep => self.start(now),
            Test::Doubt => {
                self.leave_alone(remote, PASSED_OVER, now);
                self.outputs.push_back(Output::Event(Event::Connecting));
                self.try_known(now);
            }
        }
    }

    fn has_other_than(&self, remote: SocketAddr, now: Now) -> bool {
        let is_busy = |at: &SocketAddr| self.busy.iter().any(|(busy, until)| busy == at && *until > now.boot);
        self.known.iter().any(|target| target.address != remote && !is_busy(&target.address))
    }
}
