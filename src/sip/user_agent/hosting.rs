//! The conferences that we host, on the registration's flow: who asks about them, and what they are told.

use rand::Rng;

use super::{Purpose, UserAgent};
use crate::model::{BootTime, Now, SipUri};
use crate::sip::hosting::{Output as Wanted, SubscriberId};
use crate::sip::stack::{FlowId, Request, ServerId};
use crate::sip::trust::{self, Source};
use crate::sip::usage::{CallInput, CallMachine};

impl<M: CallMachine> UserAgent<M> {
    /// A SUBSCRIBE outside of any dialog. S11: nobody but who is in a call of ours learns anything, and who that is, is our own
    /// service's word.
    pub(super) fn take_subscribe(&mut self, server: ServerId, request: &Request, flow: FlowId, now: Now) {
        // C-06: presence and whatever else is chat's.
        if !self.hosting.is_hosting() {
            return self.refuse(server, request, 405, now);
        }
        let source = if self.route(flow).is_some() { Source::Proxy } else { Source::Elsewhere };
        let identity = trust::caller(&request.headers, source, &self.config.aor);
        let own = identity.from_own_domain.then_some(&identity.from).filter(|_| identity.asserted.is_empty());
        let askers: Vec<SipUri> = match identity.anonymous {
            true => Vec::new(),
            false => identity.asserted.iter().chain(own).filter_map(|one| SipUri::parse(&one.uri).ok()).collect(),
        };
        let contact = self.registration.contact();
        let tag = format!("{:016x}", self.random.random::<u64>());
        let cseq = self.random.random_range(1..1 << 16);
        self.hosting.handle_subscribe(server, request, &askers, &contact, (&tag, cseq), now);
    }

    /// A request in the dialog of somebody who asks; `false`: it is none.
    pub(super) fn take_host_request(&mut self, server: ServerId, request: &Request, now: Now) -> bool {
        let Some(id) = self.hosting.owns(&request.headers) else { return false };
        let contact = self.registration.contact();
        self.hosting.handle_request(id, server, request, &contact, now);
        true
    }

    /// Does what the next output of hosting wants; `false`: there is none.
    pub(super) fn perform_hosting(&mut self, now: Now) -> bool {
        let Some(output) = self.hosting.poll_output() else { return false };
        match output {
            Wanted::Respond(server, response) => self.transactions.respond(server, response, now),
            Wanted::Tell(call, notification) if self.calls.contains_key(&call) => {
                self.tell(call, CallInput::Notify(notification), now);
            }
            Wanted::Tell(call, _) => self.hosting.forget_call(call),
            Wanted::Send(id, mut request) => {
                self.complete(&mut request);
                let mut contact = self.registration.contact();
                contact.params.set("isfocus", None);
                request.headers.push("Contact", contact.to_string());
                let flow =
                    self.registration.flow().map(|state| state.flow).filter(|_| self.registration.is_registered());
                match flow.and_then(|flow| self.transactions.send_request(request, flow, now)) {
                    Some(client) => drop(self.purposes.insert(client, Purpose::Hosting(id))),
                    None => self.hosting.handle_answer(id, 408, now),
                }
            }
        }
        true
    }

    /// The final answer to a NOTIFY, or none.
    pub(super) fn host_answered(&mut self, id: SubscriberId, code: u16, now: Now) {
        if code >= 200 {
            self.hosting.handle_answer(id, code, now);
        }
    }

    /// The next timer of what other machines beside the calls wait for.
    pub(super) fn events_deadline(&self) -> Option<BootTime> {
        [self.subscriptions_deadline(), self.hosting.poll_timeout()].into_iter().flatten().min()
    }
}
