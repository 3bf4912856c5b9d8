//! The registration's timers.

use super::flow::KeepAlive;
use super::{ANSWER_WITHIN, OpenError, Output, Registration, Sent, State};
use crate::model::{BootTime, Now, Reason};
use crate::sip::locate::LocateError;
use crate::sip::stack::FlowId;

impl Registration {
    /// Something came in on a flow; `pong`: a lone CRLF.
    pub fn handle_sign_of_life(&mut self, id: FlowId, pong: bool) {
        match &mut self.state {
            State::Registering { flow, .. } | State::Registered { flow, .. } | State::Removing { flow, .. }
                if flow.flow.id == id =>
            {
                flow.handle_sign_of_life(pong);
            }
            _ => {}
        }
    }

    /// Fires what is due.
    pub fn handle_timeout(&mut self, now: Now) {
        self.keep_alive(now);
        match &self.state {
            State::Idle | State::Failed => {}
            State::Locating { until } if *until <= now.boot => self.handle_targets(Err(LocateError::Dns), now),
            State::Opening { flow, until, .. } if *until <= now.boot => {
                let flow = *flow;
                self.outputs.push_back(Output::Close(flow));
                self.handle_flow_failed(flow, &OpenError::Timeout, now);
            }
            State::Registering { sent, .. } | State::Removing { sent, .. } if sent.give_up_at <= now.boot => {
                self.handle_silence(now);
            }
            State::Registered { sent: Some(sent), .. } if sent.give_up_at <= now.boot => self.handle_silence(now),
            State::Registered { sent: None, refresh_at, .. } if *refresh_at <= now.boot => self.refresh(now),
            State::Waiting { until } if *until <= now.boot => self.start(now),
            State::Locating { .. }
            | State::Opening { .. }
            | State::Registering { .. }
            | State::Registered { .. }
            | State::Waiting { .. }
            | State::Removing { .. } => {}
        }
    }

    /// When [`Self::handle_timeout`] is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<BootTime> {
        match &self.state {
            State::Idle | State::Failed => None,
            State::Locating { until } | State::Opening { until, .. } | State::Waiting { until } => Some(*until),
            State::Registering { sent, flow } => Some(sent.give_up_at.min(flow.poll_timeout())),
            State::Removing { sent, .. } => Some(sent.give_up_at),
            State::Registered { flow, sent, refresh_at, .. } => {
                let answer = sent.as_ref().map_or(*refresh_at, |sent| sent.give_up_at);
                Some(answer.min(flow.poll_timeout()))
            }
        }
    }

    /// A request of a call got no answer: see at once whether the flow still leads anywhere (RFC 5626 section 4.4).
    pub fn handle_suspicion(&mut self, now: Now) {
        if let State::Registered { sent: None, .. } = &self.state {
            self.refresh(now);
        }
    }

    fn refresh(&mut self, now: Now) {
        let request = self.binding.register(self.wish);
        let fresh = self.sent(request, now.boot + ANSWER_WITHIN);
        self.send_refresh(fresh);
    }

    pub(super) fn send_refresh(&mut self, fresh: Box<Sent>) {
        let State::Registered { flow, .. } = &self.state else { return };
        let id = flow.flow.id;
        self.send(&fresh, id);
        if let State::Registered { sent, .. } = &mut self.state {
            *sent = Some(fresh);
        }
    }

    fn keep_alive(&mut self, now: Now) {
        let (State::Registering { flow, .. } | State::Registered { flow, .. }) = &mut self.state else { return };
        let id = flow.flow.id;
        match flow.handle_timeout(now) {
            KeepAlive::Nothing => {}
            KeepAlive::Ping(bytes) => self.outputs.push_back(Output::KeepAlive { flow: id, bytes }),
            KeepAlive::Dead => self.pause(Reason::new("connection-lost", "The server no longer answers."), None, now),
        }
    }
}
