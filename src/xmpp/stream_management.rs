//! Stream management (XEP-0198), commit first: an inbound stanza counts as handled when what it said is stored, and an
//! outbound one is kept until the server has counted it. All arithmetic is modulo 2^32 (XEP-0198 section 4).

use std::collections::VecDeque;

use minidom::Element;

use super::boundary::Checkpoint;
use crate::model::MessageId;

/// The server claims to have handled something else than what was sent (XEP-0198 section 4: `handled-count-too-high`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server acknowledged {claimed} stanzas, {acknowledged} were acknowledged before and {sent} sent")]
pub(super) struct HandledCountTooHigh {
    pub(super) claimed: u32,
    pub(super) acknowledged: u32,
    pub(super) sent: u32,
}

/// How a stanza goes to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    /// With the stream's count, in one transaction.
    WithCount,
    /// Without; the count follows with the state of the stream. Storing it twice changes nothing.
    Plainly,
}

#[derive(Debug)]
struct Waiting {
    sequence: u64,
    stored: Stored,
    then: Option<Element>,
}

/// Counts what comes in.
#[derive(Debug, Default)]
pub(super) struct Inbound {
    /// The sequence number of the last stanza; its lower 32 bits are the count of the stream.
    received: u64,
    /// Those that wait for the store, oldest first, with what is to be sent when they are stored.
    waiting: VecDeque<Waiting>,
    /// So many stanzas come again after a resumption, although they are already on their way to the store.
    repeated: u64,
}

impl Inbound {
    /// Counts from 0 (a stream where management starts); never reuses a checkpoint.
    pub(super) fn start(&mut self) {
        self.received = ((self.received >> 32) + 1) << 32;
        self.waiting.clear();
        self.repeated = 0;
    }

    /// Counts on from a stream of an earlier run.
    pub(super) fn restore(&mut self, handled: u32) {
        self.start();
        self.received |= u64::from(handled);
    }

    /// The stream is to be resumed after `stored`: the server sends everything after that again, of which we have a part.
    pub(super) fn resumed(&mut self, stored: u64) {
        self.repeated = self.received.saturating_sub(stored);
    }

    /// The sequence number of the last stanza.
    pub(super) fn sequence_received(&self) -> u64 {
        self.received
    }

    /// A stanza came in. `None`: it is a repetition of one already handed over.
    pub(super) fn receive(&mut self) -> Option<Checkpoint> {
        if self.repeated > 0 {
            self.repeated -= 1;
            return None;
        }
        self.received += 1;
        Some(Checkpoint(self.received))
    }

    /// The stanza at `checkpoint` goes to the store; `then` is sent when it is there.
    pub(super) fn wait_for_store(&mut self, checkpoint: Checkpoint, stored: Stored, then: Option<Element>) {
        self.waiting.push_back(Waiting { sequence: checkpoint.0, stored, then });
    }

    /// Everything up to `checkpoint` is stored: what is to be sent on that account, and the count that is stored with it.
    pub(super) fn committed(&mut self, checkpoint: Checkpoint) -> (Vec<Element>, Option<u64>) {
        let (mut due, mut counted) = (Vec::new(), None);
        while self.waiting.front().is_some_and(|waiting| waiting.sequence <= checkpoint.0) {
            if let Some(Waiting { sequence, stored, then }) = self.waiting.pop_front() {
                due.extend(then);
                counted = if stored == Stored::WithCount { Some(sequence) } else { counted };
            }
        }
        (due, counted)
    }

    /// The sequence number up to which everything is handled: received and, where there was something to store, stored.
    pub(super) fn sequence_handled(&self) -> u64 {
        self.waiting.front().map_or(self.received, |waiting| waiting.sequence - 1)
    }

    /// The `h` to acknowledge.
    pub(super) fn handled(&self) -> u32 {
        self.sequence_handled() as u32
    }

    /// How many stanzas wait for the store.
    pub(super) fn backlog(&self) -> usize {
        self.waiting.len()
    }
}

/// A stanza that the server has not counted yet.
#[derive(Debug)]
pub(super) enum Unacknowledged {
    /// A message of the outbox.
    Message(MessageId),
    /// Sent again after a resumption.
    Repeatable(Element),
    /// Not worth repeating (an answer to somebody's question).
    Forgotten,
}

/// Room for so many stanzas is kept between acknowledgements.
const KEPT: usize = 256;

/// Counts what goes out.
#[derive(Debug, Default)]
pub(super) struct Outbound {
    acknowledged: u32,
    queue: VecDeque<Unacknowledged>,
}

impl Outbound {
    /// Counts from 0; what the old stream left is the caller's to repeat or drop.
    pub(super) fn start(&mut self) -> Vec<Unacknowledged> {
        self.acknowledged = 0;
        self.queue.drain(..).collect()
    }

    /// Counts on from an earlier run, of which only the messages are known.
    pub(super) fn restore(&mut self, acknowledged: u32) {
        self.acknowledged = acknowledged;
        self.queue.clear();
    }

    /// A stanza goes out.
    pub(super) fn sent(&mut self, stanza: Unacknowledged) {
        self.queue.push_back(stanza);
    }

    /// The number of the last stanza sent.
    pub(super) fn sent_count(&self) -> u32 {
        self.acknowledged.wrapping_add(self.queue.len() as u32)
    }

    /// The number of the last stanza that the server has.
    pub(super) fn acknowledged_count(&self) -> u32 {
        self.acknowledged
    }

    /// How many the server has not counted yet.
    pub(super) fn outstanding(&self) -> usize {
        self.queue.len()
    }

    /// The server says it handled `h` stanzas; the messages among those that this acknowledges.
    pub(super) fn acknowledge(&mut self, h: u32) -> Result<Vec<MessageId>, HandledCountTooHigh> {
        let count = h.wrapping_sub(self.acknowledged) as usize;
        if count > self.queue.len() {
            let (acknowledged, sent) = (self.acknowledged, self.sent_count());
            return Err(HandledCountTooHigh { claimed: h, acknowledged, sent });
        }
        self.acknowledged = h;
        let messages = self.queue.drain(..count).filter_map(|stanza| match stanza {
            Unacknowledged::Message(id) => Some(id),
            Unacknowledged::Repeatable(_) | Unacknowledged::Forgotten => None,
        });
        let messages: Vec<MessageId> = messages.collect();
        // A server that asks for something once for each of 10,000 contacts is answered once: the room is given back.
        if self.queue.capacity() > KEPT && self.queue.len() < KEPT {
            self.queue.shrink_to(KEPT);
        }
        Ok(messages)
    }

    /// The messages not acknowledged, with their numbers on the stream.
    pub(super) fn messages(&self) -> impl Iterator<Item = (u32, &MessageId)> {
        self.queue.iter().zip(1_u32..).filter_map(|(stanza, offset)| match stanza {
            Unacknowledged::Message(id) => Some((self.acknowledged.wrapping_add(offset), id)),
            Unacknowledged::Repeatable(_) | Unacknowledged::Forgotten => None,
        })
    }

    /// Takes everything not acknowledged out, to be sent again on the resumed stream with new numbers from
    /// `acknowledged_count() + 1`.
    pub(super) fn take_for_repetition(&mut self) -> Vec<Unacknowledged> {
        self.queue.drain(..).collect()
    }
}

/// Whether number `a` comes at or before `b` on a stream that wraps at 2^32.
pub(super) fn at_or_before(a: u32, b: u32) -> bool {
    b.wrapping_sub(a) < 1 << 31
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> MessageId {
        MessageId(text.into())
    }

    #[test]
    fn only_what_is_stored_counts_as_handled() {
        let mut inbound = Inbound::default();
        inbound.start();
        let first = inbound.receive().expect("new");
        inbound.wait_for_store(first, Stored::WithCount, None);
        inbound.receive().expect("new");
        let third = inbound.receive().expect("new");
        inbound.wait_for_store(third, Stored::WithCount, None);
        assert_eq!(inbound.handled(), 0);
        inbound.committed(first);
        assert_eq!(inbound.handled(), 2);
        inbound.committed(third);
        assert_eq!(inbound.handled(), 3);
        assert_eq!(third.0 as u32, 3, "the checkpoint carries h");
    }

    #[test]
    fn what_is_on_its_way_to_the_store_is_not_handed_over_again_after_a_resumption() {
        let mut inbound = Inbound::default();
        inbound.start();
        let first = inbound.receive().expect("new");
        inbound.wait_for_store(first, Stored::WithCount, None);
        inbound.receive().expect("new");
        inbound.resumed(inbound.sequence_handled());
        assert_eq!(inbound.receive(), None);
        assert_eq!(inbound.receive(), None);
        assert_eq!(inbound.receive(), Some(Checkpoint(first.0 + 2)));
    }

    #[test]
    fn checkpoints_of_an_old_stream_say_nothing_about_the_new_one() {
        let mut inbound = Inbound::default();
        inbound.start();
        let old = inbound.receive().expect("new");
        inbound.wait_for_store(old, Stored::WithCount, None);
        inbound.start();
        let new = inbound.receive().expect("new");
        inbound.wait_for_store(new, Stored::WithCount, None);
        inbound.committed(old);
        assert_eq!(inbound.handled(), 0);
    }

    #[test]
    fn x47_a_count_too_high_or_backwards_acknowledges_nothing() {
        let mut outbound = Outbound::default();
        outbound.restore(5);
        outbound.sent(Unacknowledged::Message(id("a")));
        for h in [7, 4, 0, u32::MAX] {
            assert!(outbound.acknowledge(h).is_err(), "{h}");
        }
        assert_eq!(outbound.acknowledge(5), Ok(vec![]));
        assert_eq!(outbound.acknowledge(6), Ok(vec![id("a")]));
    }

    #[test]
    fn counts_wrap_at_two_to_the_32() {
        let mut outbound = Outbound::default();
        outbound.restore(u32::MAX - 1);
        for name in ["a", "b", "c"] {
            outbound.sent(Unacknowledged::Message(id(name)));
        }
        assert_eq!(outbound.messages().map(|(n, _)| n).collect::<Vec<_>>(), [u32::MAX, 0, 1]);
        assert_eq!(outbound.acknowledge(0), Ok(vec![id("a"), id("b")]));
        assert_eq!(outbound.sent_count(), 1);
        let mut inbound = Inbound::default();
        inbound.restore(u32::MAX);
        inbound.receive();
        assert_eq!(inbound.handled(), 0);
        assert!(at_or_before(u32::MAX, 0) && !at_or_before(0, u32::MAX));
    }
}
