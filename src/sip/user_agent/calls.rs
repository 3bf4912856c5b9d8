//! What calls want, and the answers to their requests.

use rand::Rng;

use super::large::Waiting;
use super::{Call, Output, Purpose, UserAgent};
use crate::model::{CallId, EndedBy, Now, SipScheme, Transport};
use crate::sip::boundary::{Ended, Event};
use crate::sip::digest::Rounds;
use crate::sip::stack::{ClientFailure, ClientId, Method, NameAddr, Request, Response};
use crate::sip::trust::{self, Source};
use crate::sip::usage::{CallInput, CallMachine, CallOutput, LocalParty, OutgoingInvite, RequestKey};

impl<M: CallMachine> UserAgent<M> {
    pub(super) fn place_call(&mut self, invite: OutgoingInvite, now: Now) {
        let call = invite.call;
        let protected = self.registration.flow().is_some_and(|state| state.flow.transport == Transport::Tls);
        let refused = if !self.registration.is_registered() {
            Some((503, "Not connected to the voice service."))
        } else if self.is_busy() || self.calls.contains_key(&call) {
            Some((503, "There are too many calls."))
        } else if invite.to.uri.scheme() == SipScheme::Sips && !protected {
            // RFC 5630 section 3.1.3: every hop of a SIPS request is TLS, so the first one is.
            Some((403, "This address may be called over an encrypted connection only."))
        } else {
            None
        };
        if let Some((code, text)) = refused {
            let end =
                Ended { code, text: Some(text.into()), by: EndedBy::Network, elsewhere: false, retry_after: None };
            self.outputs.push_back(Output::Event(Event::Ended { call, end }));
            return;
        }
        let machine = M::outgoing(invite, self.local_party(), self.random.random(), now);
        self.calls.insert(call, Call::new(machine, true));
    }

    pub(super) fn local_party(&self) -> LocalParty {
        let mut address = NameAddr::new(&self.config.aor.address_of_record().to_string());
        address.display.clone_from(&self.config.display_name);
        LocalParty { address, contact: self.registration.contact() }
    }

    pub(super) fn perform_call(&mut self, call: CallId, output: CallOutput, now: Now) {
        match output {
            CallOutput::Send { key, mut request } => {
                self.complete(&mut request);
                // Outside of a dialog the way is ours to say; inside it is the dialog's route set.
                if request.headers.to_tag().is_none() && request.headers.value("Route").is_none() {
                    for route in self.registration.preloaded_route() {
                        request.headers.push("Route", route);
                    }
                }
                self.send_for_call(call, key, request, Rounds::default(), now);
            }
            CallOutput::Cancel { invite, reason } => {
                let client =
                    self.calls.get(&call).and_then(|call| call.invites.get(&invite)).map(|(client, _)| *client);
                let cancel = client.and_then(|client| self.transactions.send_cancel(client, reason.as_deref(), now));
                if let Some(cancel) = cancel {
                    self.purposes.insert(cancel, Purpose::Cancel);
                }
            }
            CallOutput::Ack { invite, mut request } => {
                self.complete(&mut request);
                let credentials =
                    self.calls.get(&call).and_then(|call| call.invites.get(&invite)).map(|(_, known)| known);
                for (name, value) in credentials.into_iter().flatten() {
                    request.headers.push(name, value.clone());
                }
                if let Some(flow) = self.registration.flow().map(|state| state.flow) {
                    self.transactions.send_ack(request, flow);
                }
            }
            CallOutput::Respond { server, response } => self.transactions.respond(server, response, now),
            CallOutput::Asked { server, request } => {
                let contact = self.registration.contact();
                self.hosting.handle_call_subscribe(call, server, &request, &contact, now);
            }
            CallOutput::Told(code) => self.hosting.handle_call_answer(call, code, now),
            CallOutput::Event(event) => self.outputs.push_back(Output::Event(event)),
            CallOutput::Finished => {
                self.hosting.forget_call(call);
                self.calls.remove(&call);
                self.servers.retain(|_, owner| *owner != call);
            }
        }
    }

    pub(super) fn send_for_call(&mut self, call: CallId, key: RequestKey, request: Request, rounds: Rounds, now: Now) {
        if request.method == Method::Bye && !self.registration.is_registered() && self.put_off(call, key, &request, now)
        {
            return;
        }
        let Some(own) = self.registration.flow().map(|state| state.flow) else {
            self.tell(call, CallInput::Failed { key, why: ClientFailure::Transport }, now);
            return;
        };
        let Some((flow, Waiting::Call(call, key, request, rounds))) =
            self.flow_for(own, Waiting::Call(call, key, request, rounds), now)
        else {
            return;
        };
        let client = self.transactions.send_request(request.clone(), flow, now);
        let Some(client) = client else {
            self.tell(call, CallInput::Failed { key, why: ClientFailure::Transport }, now);
            return;
        };
        if let (Method::Invite, Some(call)) = (&request.method, self.calls.get_mut(&call)) {
            let credentials = request
                .headers
                .iter()
                .filter(|(name, _)| {
                    ["Authorization", "Proxy-Authorization"].iter().any(|own| name.eq_ignore_ascii_case(own))
                })
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            call.invites.insert(key, (client, credentials));
        }
        self.note_sent(call, key, client, now);
        self.purposes.insert(client, Purpose::Call { call, key, rounds, request });
    }

    pub(super) fn handle_response(&mut self, client: ClientId, response: Response, now: Now) {
        match self.purposes.get(&client) {
            Some(Purpose::Register(serial)) => {
                let serial = *serial;
                if !response.is_provisional() {
                    self.purposes.remove(&client);
                }
                self.registration.handle_response(serial, &response, now);
            }
            Some(Purpose::Call { call, key, .. }) => {
                let (call, key) = (*call, *key);
                let answered = matches!(response.code, 401 | 407) && self.answer_challenge(client, &response, now);
                if !answered && self.divert_refused(call, key, &response, now) {
                    self.purposes.remove(&client);
                } else if !answered {
                    // Further 2xx to an INVITE come under the same name, so it stays known until its transaction ends.
                    if !response.is_provisional() && !response.is_success() {
                        self.purposes.remove(&client);
                    }
                    let identity = Box::new(trust::answerer(&response.headers, Source::Proxy, &self.config.aor));
                    self.tell(call, CallInput::Response { key, response, identity }, now);
                    self.forget_finished();
                }
            }
            Some(Purpose::Message { .. }) => self.handle_message_response(client, &response, now),
            Some(Purpose::Subscription { .. }) => self.handle_subscription_response(client, response, now),
            Some(Purpose::Hosting(id)) => {
                let id = *id;
                self.host_answered(id, response.code, now);
            }
            Some(Purpose::Probe) => self.probe_answered(client, &response, now),
            Some(Purpose::Cancel) | None => {}
        }
    }

    /// Repeats a challenged request with credentials. `false` when that must not or cannot be.
    fn answer_challenge(&mut self, client: ClientId, response: &Response, now: Now) -> bool {
        let Some(Purpose::Call { call, key, rounds, request }) = self.purposes.get(&client) else { return false };
        let (call, key, mut rounds, mut request) = (*call, *key, *rounds, request.clone());
        let ours = self.calls.get(&call).is_some_and(|call| call.ours);
        let in_dialog = request.headers.to_tag().is_some();
        // S03: inside of a dialog the challenger may be the far end, which could collect digests of our realm. Only our
        // proxy challenges with 407, only in calls that we placed, and a BYE is never worth it.
        if in_dialog && (!ours || response.code != 407 || request.method == Method::Bye) {
            return false;
        }
        let Some(cseq) = request.headers.cseq().map(|cseq| cseq.number.saturating_add(1)) else { return false };
        let answered = self.registration.authenticator.answer(&mut request, response, &mut rounds, false);
        if answered.is_err() {
            return false;
        }
        self.purposes.remove(&client);
        request.set_cseq(cseq);
        self.tell(call, CallInput::Retried { key, cseq }, now);
        self.send_for_call(call, key, request, rounds, now);
        true
    }

    /// Drops the purposes of transactions that ended.
    fn forget_finished(&mut self) {
        let transactions = &self.transactions;
        self.purposes.retain(|client, _| transactions.client_request(*client).is_some());
    }
}
