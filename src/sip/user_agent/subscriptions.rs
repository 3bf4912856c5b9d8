//! Subscriptions (RFC 6665) on the registration's flow: what they send, what comes for them, and notifications without any.

use rand::Rng;

use super::{Output, Purpose, UserAgent};
use crate::model::{BootTime, Now};
use crate::sip::boundary::{Command, Event};
use crate::sip::digest::Rounds;
use crate::sip::stack::{ClientFailure, ClientId, FlowId, Headers, Request, Response, ServerId};
use crate::sip::subscription::{
    Document, EventPackage, Input, News, Output as Wanted, Standing, Subscription, SubscriptionId, Wish,
};
use crate::sip::usage::{CallInput, CallMachine, RequestKey};

/// Subscriptions at a time, lamps and conferences together. When full: a further one is refused at once.
pub const MAX_SUBSCRIPTIONS: usize = 80;

impl<M: CallMachine> UserAgent<M> {
    pub(super) fn subscribe(&mut self, id: SubscriptionId, wish: Wish, now: Now) {
        if self.subscriptions.contains_key(&id) {
            return;
        }
        if self.subscriptions.len() >= MAX_SUBSCRIPTIONS {
            let standing = Standing::Refused("There are too many subscriptions already.".into());
            return self.subscription_news(id, News::Standing(standing));
        }
        let subscription = Subscription::new(wish, self.local_party(), self.random.random(), now);
        self.subscriptions.insert(id, subscription);
    }

    pub(super) fn tell_subscription(&mut self, id: SubscriptionId, input: Input, now: Now) {
        match (self.subscriptions.get_mut(&id), input) {
            (Some(subscription), input) => subscription.handle_input(input, now),
            // It lives in the dialog of a call.
            (None, Input::Refresh) => self.tell_watch(Command::RefreshSubscription { id }, now),
            (None, Input::End) => self.tell_watch(Command::Unsubscribe { id }, now),
            (None, _) => {}
        }
    }

    fn tell_watch(&mut self, command: Command, now: Now) {
        for call in self.calls.values_mut() {
            call.machine.handle_input(CallInput::Command(command.clone()), now);
        }
    }

    pub(super) fn tell_subscriptions(&mut self, input: &Input, now: Now) {
        for subscription in self.subscriptions.values_mut() {
            subscription.handle_input(input.clone(), now);
        }
    }

    /// The subscription that a message belongs to, by Call-ID.
    pub(super) fn subscription_of(&self, headers: &Headers) -> Option<SubscriptionId> {
        let call_id = headers.call_id()?;
        self.subscriptions.iter().find(|(_, subscription)| subscription.owns(call_id)).map(|(id, _)| *id)
    }

    pub(super) fn next_subscription_output(&mut self) -> Option<(SubscriptionId, Wanted)> {
        self.subscriptions.iter_mut().find_map(|(id, one)| one.poll_output().map(|output| (*id, output)))
    }

    pub(super) fn subscriptions_deadline(&self) -> Option<BootTime> {
        self.subscriptions.values().filter_map(Subscription::poll_timeout).min()
    }

    pub(super) fn subscriptions_timeout(&mut self, now: Now) {
        for subscription in self.subscriptions.values_mut() {
            if subscription.poll_timeout().is_some_and(|at| at <= now.boot) {
                subscription.handle_timeout(now);
            }
        }
    }

    pub(super) fn perform_subscription(&mut self, id: SubscriptionId, output: Wanted, now: Now) {
        match output {
            Wanted::Send(key, mut request) => {
                self.complete(&mut request);
                if request.headers.to_tag().is_none() {
                    for route in self.registration.preloaded_route() {
                        request.headers.push("Route", route);
                    }
                }
                self.send_subscribe(id, key, request, Rounds::default(), now);
            }
            Wanted::Respond(server, response) => self.transactions.respond(server, response, now),
            Wanted::News(news) => self.subscription_news(id, news),
            Wanted::Finished => drop(self.subscriptions.remove(&id)),
        }
    }

    fn send_subscribe(&mut self, id: SubscriptionId, key: RequestKey, request: Request, rounds: Rounds, now: Now) {
        let flow = self.registration.flow().map(|state| state.flow).filter(|_| self.registration.is_registered());
        match flow.and_then(|flow| self.transactions.send_request(request.clone(), flow, now)) {
            Some(client) => drop(self.purposes.insert(client, Purpose::Subscription { id, key, rounds, request })),
            None => self.tell_subscription(id, Input::Failed(key, ClientFailure::Transport), now),
        }
    }

    pub(super) fn handle_subscription_response(&mut self, client: ClientId, response: Response, now: Now) {
        if response.is_provisional() {
            return;
        }
        let Some(Purpose::Subscription { id, key, mut rounds, mut request }) = self.purposes.remove(&client) else {
            return;
        };
        // S03: inside of the dialog only our proxy may ask who we are; for anybody else the state is asked for anew from outside.
        let may_answer = response.code == 407 || (response.code == 401 && request.headers.to_tag().is_none());
        if may_answer
            && let Some(cseq) = request.headers.cseq().map(|cseq| cseq.number.saturating_add(1))
            && self.registration.authenticator.answer(&mut request, &response, &mut rounds, false).is_ok()
        {
            request.set_cseq(cseq);
            self.tell_subscription(id, Input::Retried(key, cseq), now);
            return self.send_subscribe(id, key, request, rounds, now);
        }
        self.tell_subscription(id, Input::Response { key, response }, now);
    }

    /// A NOTIFY outside of any subscription: waiting messages are announced so by many servers (RFC 3842 section 3.9 leaves it
    /// open), and nothing else. S11: only over the registration's own flow, and nothing that it says makes us do anything.
    pub(super) fn take_unsolicited(&mut self, server: ServerId, request: &Request, flow: FlowId, now: Now) {
        let own = self.registration.flow().is_some_and(|state| state.flow.id == flow);
        let event = request.headers.value("Event").unwrap_or_default();
        let event = event.split(';').next().unwrap_or_default().trim();
        let summary = EventPackage::MessageSummary;
        let readable = request.headers.content_type().is_some_and(|kind| kind.name == summary.accept());
        if !own || !event.eq_ignore_ascii_case(summary.token()) || !readable {
            return self.refuse(server, request, 481, now);
        }
        self.refuse(server, request, 200, now);
        let document = Document(request.body.clone());
        self.outputs.push_back(Output::Event(Event::MessagesWaiting(document)));
    }

    fn subscription_news(&mut self, id: SubscriptionId, news: News) {
        self.outputs.push_back(Output::Event(Event::Subscription { id, news }));
    }
}
