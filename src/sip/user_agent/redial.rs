//! A call that rings while the machine's address changes is placed again.
//!
//! Answers to an INVITE go the way that its Via names (RFC 3261 section 18.2.2), and that way is gone with the address: nobody
//! would ever learn that the other side has answered. As soon as there is a registration from the new address, the old INVITE
//! is cancelled over it. A CANCEL belongs to its INVITE by the branch of the topmost Via alone (section 9.1), wherever it comes
//! from. Then the call is placed again, with an offer that names the new address.
//!
//! Where the new registration comes from the address of the old one it was the server's connection that broke. It may have
//! passed the call on, so nobody is rung twice: the INVITE is cancelled, and the call ends as it would have.

use std::net::IpAddr;
use std::time::Duration;

use super::{Purpose, UserAgent};
use crate::model::{BootTime, CallId, Now};
use crate::sip::stack::{ClientFailure, Flow, FlowId, Request};
use crate::sip::usage::{CallInput, CallMachine, RequestKey};

/// How long a call waits for the next registration.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long its CANCEL waits: what rings is answered or gone by then (RFC 3261 section 16.6, timer C).
const CANCEL_PATIENCE: Duration = Duration::from_secs(180);
/// How many wait. When full: a further one fails as any request without a connection does.
const MAX_ADRIFT: usize = 16;

/// An INVITE that somebody knows of, whose answers find no way back.
pub(super) struct Adrift {
    call: CallId,
    key: RequestKey,
    /// As it was sent, with its Via.
    sent: Request,
    /// Our address when it was sent.
    from: IpAddr,
    /// The call waits as well, until then.
    waits: Option<BootTime>,
    until: BootTime,
}

impl<M: CallMachine> UserAgent<M> {
    /// The flow of an INVITE is gone after its server had said something. True: it waits for the next registration.
    pub(super) fn set_adrift(&mut self, call: CallId, key: RequestKey, now: Now) -> bool {
        let hopeless = self.registration.is_over() || self.registration.is_leaving();
        if hopeless || self.registration.is_registered() || self.adrift.len() >= MAX_ADRIFT {
            return false;
        }
        let Some((sent, from)) = self.first_sent(call, key) else { return false };
        let (waits, until) = (Some(now.boot + PATIENCE), now.boot + CANCEL_PATIENCE);
        self.adrift.push(Adrift { call, key, sent, from, waits, until });
        true
    }

    /// A flow is gone, and with it the other ports of our proxy that were seen on it.
    pub(super) fn transactions_lose(&mut self, flow: FlowId, now: Now) {
        let (gone, kept) = std::mem::take(&mut self.side_flows).into_iter().partition(|(parent, _)| *parent == flow);
        self.side_flows = kept;
        self.transactions.handle_flow_failed(flow, now);
        for (_, side) in Vec::<(FlowId, Flow)>::from_iter(gone) {
            self.transactions.handle_flow_failed(side.id, now);
        }
    }

    /// There is a registration: what rings here, and came over a flow that is gone, is answered over this one.
    pub(super) fn retrieve_flow(&mut self) {
        if let Some(flow) = self.registration.flow().map(|state| state.flow) {
            self.transactions.retrieve(flow);
        }
    }

    /// There is a registration: what rings is cancelled, and placed again where it was our address that changed.
    pub(super) fn retrieve_adrift(&mut self, now: Now) {
        let Some(flow) = self.registration.flow().map(|state| state.flow) else { return };
        for Adrift { call, key, sent, from, waits, .. } in std::mem::take(&mut self.adrift) {
            if let Some(cancel) = self.transactions.send_lost_cancel(&sent, flow, now) {
                self.purposes.insert(cancel, Purpose::Cancel);
            }
            if waits.is_none() {
                continue;
            }
            let input = if flow.local.ip() == from {
                CallInput::Failed { key, why: ClientFailure::Transport }
            } else {
                CallInput::Adrift { key }
            };
            self.tell(call, input, now);
        }
    }

    /// The user does not want the call any more; what rings is still cancelled.
    pub(super) fn stop_waiting_adrift(&mut self, call: CallId, now: Now) {
        let mine = self.adrift.iter_mut().filter(|one| one.call == call);
        let keys: Vec<RequestKey> = mine.filter_map(|one| one.waits.take().map(|_| one.key)).collect();
        for key in keys {
            self.tell(call, CallInput::Failed { key, why: ClientFailure::Transport }, now);
        }
    }

    /// Whether something waits for the next registration.
    pub(super) fn waits_for_a_registration(&self) -> bool {
        !(self.late.is_empty() && self.diverted.is_empty() && self.adrift.is_empty())
    }

    /// Gives up what has waited too long, and everything when nobody is going to register.
    pub(super) fn adrift_timeout(&mut self, now: Now) {
        let hopeless = self.registration.is_over();
        let due = |at: BootTime| hopeless || at <= now.boot;
        let late: Vec<CallId> =
            self.adrift.iter().filter(|one| one.waits.is_some_and(due)).map(|one| one.call).collect();
        for call in late {
            self.stop_waiting_adrift(call, now);
        }
        self.adrift.retain(|one| !due(one.until));
    }

    /// When [`Self::adrift_timeout`] is due.
    pub(super) fn adrift_deadline(&self) -> Option<BootTime> {
        self.adrift.iter().map(|one| one.waits.map_or(one.until, |waits| waits.min(one.until))).min()
    }
}
