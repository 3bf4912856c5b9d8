//! What a change of the network, or a sleep, means for the flow.
//!
//! Notices come for every change of the machine's addresses and routes, most of which lead elsewhere: to a container, a virtual
//! machine, a second interface. What counts is whether the flow's own address still leads to the server. If it does, the flow, its
//! binding and the calls that depend on it are left as they are; if another one does, or none, everything begins anew.

use std::net::IpAddr;
use std::time::Duration;

use super::{Output, Registration, State};
use crate::model::Now;
use crate::sip::stack::FlowId;

/// How long the refresh after a sleep may take before another flow is opened.
const TESTED_WITHIN: Duration = Duration::from_secs(5);

/// Why the way to the server is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occasion {
    /// Addresses or routes changed.
    Changed,
    /// The machine slept: the server, or a NAT, may have forgotten us although the address is the same.
    Woke,
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
                fresh.tests_flow = true;
                self.send_refresh(fresh);
            }
            (Occasion::Changed | Occasion::Woke, _) => {}
        }
    }
}
