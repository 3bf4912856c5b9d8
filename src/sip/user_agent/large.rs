//! Requests that are too large for UDP go over TCP to the same server (RFC 3261 section 18.1.1), and over UDP after
//! all where no TCP connection comes about; but for messages, which must not (RFC 3428 section 8).

use std::time::Duration;

use super::{Output, SIDE_FLOWS, UserAgent};
use crate::model::{BootTime, CallId, MessageId, Now, Transport};
use crate::sip::digest::Rounds;
use crate::sip::locate::Target;
use crate::sip::stack::{Flow, FlowId, Request};
use crate::sip::usage::{CallMachine, RequestKey};

/// The largest request that goes over UDP where the path's MTU is not known, bytes.
const LARGEST_OVER_UDP: usize = 1_300;
/// The Via that is still to come, bytes.
const VIA: usize = 140;
/// How long a call waits for the connection before UDP has to do.
const OPEN_WITHIN: Duration = Duration::from_millis(1_500);
/// Requests that wait for it.
const MAX_WAITING: usize = 8;

/// A request that waits for the connection.
pub(super) enum Waiting {
    /// Of a call.
    Call(CallId, RequestKey, Request, Rounds),
    /// A message.
    Message(MessageId, Request, Rounds),
}

impl Waiting {
    fn request(&self) -> &Request {
        match self {
            Self::Call(_, _, request, _) | Self::Message(_, request, _) => request,
        }
    }
}

/// The connection beside a UDP flow.
#[derive(Default)]
pub(super) enum LargeFlow {
    /// None was needed.
    #[default]
    Unused,
    /// On its way.
    Opening { id: FlowId, until: BootTime, waiting: Vec<Waiting> },
    /// There.
    Open(Flow),
    /// The server takes no connections.
    Refused,
}

impl<M: CallMachine> UserAgent<M> {
    /// The flow for a request, or the request put off until there is one.
    pub(super) fn flow_for(&mut self, own: Flow, waiting: Waiting, now: Now) -> Option<(Flow, Waiting)> {
        if own.transport != Transport::Udp || waiting.request().to_bytes().len() + VIA <= LARGEST_OVER_UDP {
            return Some((own, waiting));
        }
        match &mut self.large {
            LargeFlow::Open(flow) => Some((*flow, waiting)),
            LargeFlow::Refused => Some((own, waiting)),
            LargeFlow::Opening { waiting: queue, .. } if queue.len() < MAX_WAITING => {
                queue.push(waiting);
                None
            }
            LargeFlow::Opening { .. } => Some((own, waiting)),
            LargeFlow::Unused => {
                self.next_side_flow += 1;
                let id = FlowId(self.next_side_flow);
                let domain = self.config.aor.host().to_owned();
                let target = Target { transport: Transport::Tcp, address: own.remote, domain };
                self.outputs.push_back(Output::Open { flow: id, target });
                self.large = LargeFlow::Opening { id, until: now.boot + OPEN_WITHIN, waiting: vec![waiting] };
                None
            }
        }
    }

    /// Whether a flow is the connection beside the registration's, or was meant to be.
    pub(super) fn is_large_flow(&self, id: FlowId) -> bool {
        id.0 > SIDE_FLOWS
    }

    pub(super) fn handle_large_opened(&mut self, flow: Flow, now: Now) {
        match std::mem::take(&mut self.large) {
            LargeFlow::Opening { id, waiting, .. } if id == flow.id => {
                self.large = LargeFlow::Open(flow);
                self.send_waiting(waiting, now);
            }
            other => {
                self.large = other;
                self.outputs.push_back(Output::Close(flow.id));
            }
        }
    }

    pub(super) fn handle_large_failed(&mut self, failed: FlowId, now: Now) {
        match std::mem::take(&mut self.large) {
            LargeFlow::Opening { id, waiting, .. } if id == failed => {
                self.large = LargeFlow::Refused;
                self.send_waiting(waiting, now);
            }
            // It worked before: the next large request may try again.
            LargeFlow::Open(flow) if flow.id == failed => {}
            other => self.large = other,
        }
    }

    /// The registration's flow is gone, and with it the one beside it.
    pub(super) fn close_large(&mut self, now: Now) {
        match std::mem::take(&mut self.large) {
            LargeFlow::Opening { id, waiting, .. } => {
                self.outputs.push_back(Output::Close(id));
                self.send_waiting(waiting, now);
            }
            LargeFlow::Open(flow) => {
                self.outputs.push_back(Output::Close(flow.id));
                self.transactions.handle_flow_failed(flow.id, now);
            }
            LargeFlow::Unused | LargeFlow::Refused => {}
        }
    }

    pub(super) fn large_timeout(&mut self, now: Now) {
        if let LargeFlow::Opening { id, until, .. } = &self.large
            && *until <= now.boot
        {
            let id = *id;
            self.outputs.push_back(Output::Close(id));
            self.handle_large_failed(id, now);
        }
    }

    pub(super) fn large_deadline(&self) -> Option<BootTime> {
        match &self.large {
            LargeFlow::Opening { until, .. } => Some(*until),
            LargeFlow::Unused | LargeFlow::Open(_) | LargeFlow::Refused => None,
        }
    }

    fn send_waiting(&mut self, waiting: Vec<Waiting>, now: Now) {
        for waiting in waiting {
            match waiting {
                Waiting::Call(call, key, request, rounds) => self.send_for_call(call, key, request, rounds, now),
                Waiting::Message(id, request, rounds) => self.send_message_request(id, rounds, request, now),
            }
        }
    }
}
