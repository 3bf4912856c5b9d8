//! Messages of the user that the server has not acknowledged, in the order they were written.

use std::collections::VecDeque;

use super::stream_management::at_or_before;
use crate::model::{Jid, MessageId, WallTime};

/// So many acknowledged ids are remembered, to ignore a late order to send one of them.
const MOST_DONE: usize = 1024;

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// To a room that cannot take it yet.
    Parked,
    /// It may have arrived on a stream that is gone; the archive is asked before it goes again.
    Doubtful,
    /// To be sent.
    Waiting,
    /// Its number on the stream is being stored; then it leaves.
    Announced,
    /// On the stream, not acknowledged.
    Sent,
}

/// A message of the user.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) id: MessageId,
    pub(super) to: Jid,
    pub(super) what: super::payload::Outbound,
    pub(super) written: WallTime,
    /// To a room, or to somebody in one.
    pub(super) room: bool,
    pub(super) progress: Progress,
}

/// The outbox.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    entries: VecDeque<Outgoing>,
    done: VecDeque<MessageId>,
    /// From an earlier run: sent, not acknowledged, and not handed over again yet.
    earlier: Vec<(u32, MessageId)>,
}

impl Outbox {
    /// With what an earlier run left on its stream.
    pub(super) fn new(earlier: Vec<(u32, MessageId)>) -> Self {
        Self { entries: VecDeque::new(), done: VecDeque::new(), earlier }
    }

    /// A message to send; one that is known or done already is ignored.
    pub(super) fn push(&mut self, outgoing: Outgoing) {
        let known = self.entries.iter().rev().any(|entry| entry.id == outgoing.id);
        if !known && !self.done.contains(&outgoing.id) {
            self.entries.push_back(outgoing);
        }
    }

    /// The server has it.
    pub(super) fn acknowledged(&mut self, id: &MessageId) {
        if let Some(at) = self.entries.iter().position(|entry| entry.id == *id) {
            self.entries.remove(at);
        }
        if self.done.len() == MOST_DONE {
            self.done.pop_front();
        }
        self.done.push_back(id.clone());
    }

    /// The earlier run's stream is resumed, and the server has everything up to number `h`: what of it that is.
    pub(super) fn resumed_from_earlier_run(&mut self, h: u32) -> Vec<MessageId> {
        let acknowledged: Vec<MessageId> =
            self.earlier.drain(..).filter(|(number, _)| at_or_before(*number, h)).map(|(_, id)| id).collect();
        for id in &acknowledged {
            self.acknowledged(id);
        }
        acknowledged
    }

    /// Everything is to be sent (again): the server says that it does not have it.
    pub(super) fn restart(&mut self) {
        for entry in self.entries.iter_mut().filter(|entry| entry.progress != Progress::Doubtful) {
            entry.progress = if entry.room { Progress::Parked } else { Progress::Waiting };
        }
    }

    /// The stream is gone, and nobody says what of it arrived.
    pub(super) fn restart_in_doubt(&mut self) {
        for entry in &mut self.entries {
            let sent = match entry.progress {
                // What a room has it says itself.
                Progress::Parked => false,
                Progress::Doubtful | Progress::Sent => !entry.room,
                // Announced ones were not sent in this run, but may have been in an earlier one.
                Progress::Waiting | Progress::Announced => self.earlier.iter().any(|(_, id)| *id == entry.id),
            };
            entry.progress = match entry.room {
                true => Progress::Parked,
                false if sent => Progress::Doubtful,
                false => Progress::Waiting,
            };
        }
        self.earlier.clear();
    }

    /// Lets messages to rooms wait for the stream, or for their room; those that can never leave.
    pub(super) fn sort_rooms(
        &mut self,
        ready: impl Fn(&Outgoing) -> bool,
        lost: impl Fn(&Outgoing) -> bool,
    ) -> Vec<(MessageId, Jid)> {
        let mut gone = Vec::new();
        for entry in self.entries.iter_mut().filter(|entry| entry.room) {
            match entry.progress {
                Progress::Parked | Progress::Waiting if lost(entry) => gone.push((entry.id.clone(), entry.to.clone())),
                Progress::Parked | Progress::Waiting => {
                    entry.progress = if ready(entry) { Progress::Waiting } else { Progress::Parked };
                }
                Progress::Doubtful | Progress::Announced | Progress::Sent => {}
            }
        }
        gone
    }

    /// The messages of one stage, oldest first.
    pub(super) fn at(&self, progress: Progress) -> impl Iterator<Item = &Outgoing> {
        self.entries.iter().filter(move |entry| entry.progress == progress)
    }

    /// Whether messages may have arrived on a stream that is gone, and nobody has said yet.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.at(Progress::Doubtful).next().is_some()
    }

    /// Moves up to `limit` messages from one stage to the next.
    pub(super) fn advance(&mut self, from: Progress, to: Progress, limit: usize) {
        for entry in self.entries.iter_mut().filter(|entry| entry.progress == from).take(limit) {
            entry.progress = to;
        }
    }
}
