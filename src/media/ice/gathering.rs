//! What relays and servers bring in: our candidates, told once together, and those that come later one by one (RFC 8838).

use std::net::SocketAddr;
use std::sync::Arc;

use super::gather::{Query, candidates};
use super::paths::{Output, Paths};
use super::{HelpOutcome, Helped, Local};
use crate::media::turn;
use crate::model::Now;
use crate::sdp::Candidate;

impl Paths {
    pub(super) fn settle_relay(&mut self, at: usize) {
        let Some(relay) = self.relays.get_mut(at) else { return };
        let number = u8::try_from(at).unwrap_or(u8::MAX);
        while let Some(output) = relay.client.poll_output() {
            match (output, relay.socket) {
                (turn::Output::Send(bytes), Some(socket)) => {
                    self.outputs.push_back(Output::Transmit { socket, to: relay.server.address, bytes });
                }
                (turn::Output::Send(bytes), None) => self.outputs.push_back(Output::Stream { relay: number, bytes }),
                (turn::Output::Allocated { mapped, .. }, _) => relay.mapped = mapped,
                (turn::Output::Failed(failure), _) => {
                    tracing::warn!(%failure, "a relay cannot be used");
                    relay.failure = Some(failure);
                }
            }
        }
    }

    /// Whether a server has not answered yet.
    fn waits(&self) -> bool {
        self.queries.iter().any(Query::is_open)
            || self.relays.iter().any(|relay| relay.failure.is_none() && relay.client.relayed().is_empty())
    }

    pub(super) fn finish_gathering(&mut self, now: Now) {
        let Some(deadline) = self.deadline else { return self.add_later() };
        let complete = !self.waits();
        let enough = self.only_relays && self.relays.iter().any(|relay| !relay.client.relayed().is_empty());
        if !complete && !enough && now.boot < deadline {
            return;
        }
        self.deadline = None;
        self.locals = self.found();
        let default = if self.only_relays {
            self.locals.first().map(|local| local.candidate.address)
        } else {
            self.sockets.first().copied()
        };
        self.complete = complete;
        self.outputs.push_back(Output::Gathered {
            candidates: self.locals.iter().map(|local| local.candidate.clone()).collect(),
            default,
            failure: self.relays.iter().find_map(|relay| relay.failure),
            complete,
        });
    }

    /// What became of the servers that were asked, for whoever tests the setup.
    #[must_use]
    pub fn helped(&self) -> Vec<Helped> {
        let asked = self.queries.iter().map(|query| {
            let own = self.sockets.get(usize::from(query.socket));
            let outcome = match query.mapped {
                Some(mapped) if Some(&mapped) == own => HelpOutcome::SameAddress,
                Some(_) => HelpOutcome::OtherAddress,
                None => HelpOutcome::Silent,
            };
            Helped { server: query.name.clone(), relay: false, outcome }
        });
        let relays = self.relays.iter().map(|relay| {
            let outcome = match (relay.failure, relay.client.relayed().is_empty()) {
                (Some(failure), _) => HelpOutcome::Failed(failure),
                (None, false) => HelpOutcome::Relay,
                (None, true) => HelpOutcome::Silent,
            };
            Helped { server: relay.server.name.clone(), relay: true, outcome }
        });
        asked.chain(relays).collect()
    }

    /// What the servers said so far, as candidates.
    fn found(&self) -> Vec<Local> {
        let asked = self.queries.iter().filter_map(|query| query.mapped.map(|mapped| (query.socket, mapped)));
        // Only what was seen of datagrams: a stream's address is of no use for them.
        let seen = self.relays.iter().filter_map(|relay| Some((relay.socket?, relay.mapped?)));
        let mapped: Vec<(u8, SocketAddr)> = asked.chain(seen).collect();
        let relays = (0..).zip(&self.relays);
        let relayed: Vec<(u8, SocketAddr)> =
            relays.flat_map(|(number, relay)| relay.client.relayed().iter().map(move |at| (number, *at))).collect();
        candidates(self.component, &self.sockets, &mapped, &relayed, self.only_relays)
    }

    /// A server answered after the others were told.
    fn add_later(&mut self) {
        if self.complete || self.locals.is_empty() {
            return;
        }
        self.complete = !self.waits();
        let known = |local: &Local| self.locals.iter().any(|old| old.candidate.address == local.candidate.address);
        let later: Vec<Local> = self.found().into_iter().filter(|local| !known(local)).collect();
        if later.is_empty() {
            return;
        }
        let told: Arc<[Candidate]> = later.iter().map(|local| local.candidate.clone()).collect();
        for local in later {
            self.locals.push(local.clone());
            if let Some(agent) = &mut self.agent {
                agent.add_local(local);
            }
        }
        self.outputs.push_back(Output::Later(told));
    }
}
