//! Commands that the store had no room for: they wait here, in order.

use std::collections::VecDeque;

use crate::store::Command;

/// Commands that wait for room in the store's queue.
///
/// A command left out would be acknowledged by the next checkpoint all the same, and a message be lost: nothing that
/// was received or written may be dropped. Sessions stop reading while many stanzas are not stored, which bounds this.
#[derive(Debug, Default)]
pub(super) struct Unsent {
    commands: VecDeque<Command>,
}

impl Unsent {
    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.commands.is_empty()
    }

    /// Sends a command after all that wait. What can be had again (cards, memos) is dropped while others wait.
    // As `store::io::Handle::send`: what comes back is the command itself.
    #[allow(clippy::result_large_err)]
    pub(super) fn send(&mut self, command: Command, take: impl Fn(Command) -> Result<(), Command>) {
        self.flush(&take);
        if self.is_empty() {
            if let Err(command) = take(command) {
                tracing::warn!("the queue of the store is full: commands wait");
                self.commands.push_back(command);
            }
        } else if !matches!(command, Command::Card { .. } | Command::SetMemo { .. }) {
            self.commands.push_back(command);
        }
    }

    /// Offers again what waits, until the first that is not taken.
    #[allow(clippy::result_large_err)]
    pub(super) fn flush(&mut self, take: impl Fn(Command) -> Result<(), Command>) {
        while let Some(command) = self.commands.pop_front() {
            if let Err(command) = take(command) {
                self.commands.push_front(command);
                return;
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::result_large_err, reason = "the store gives the command back as it is")]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::xmpp::Checkpoint;

    #[test]
    fn what_the_store_has_no_room_for_waits_in_order_and_only_memos_give_way() {
        let (room, taken) = (RefCell::new(1), RefCell::new(Vec::new()));
        let take = |command: Command| {
            if *room.borrow() == 0 {
                return Err(command);
            }
            *room.borrow_mut() -= 1;
            taken.borrow_mut().push(command);
            Ok(())
        };
        let barrier = |n| Command::Barrier(Checkpoint(n));
        let mut unsent = Unsent::default();
        unsent.send(barrier(1), take);
        unsent.send(barrier(2), take);
        unsent.send(Command::SetMemo { key: "window".into(), value: None }, take);
        unsent.send(barrier(3), take);
        assert_eq!(*taken.borrow(), [barrier(1)]);
        *room.borrow_mut() = 1;
        unsent.flush(take);
        assert!(!unsent.is_empty());
        *room.borrow_mut() = 9;
        unsent.send(barrier(4), take);
        assert!(unsent.is_empty());
        assert_eq!(*taken.borrow(), [barrier(1), barrier(2), barrier(3), barrier(4)]);
    }
}
