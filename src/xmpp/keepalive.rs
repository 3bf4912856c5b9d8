//! Whether the link is alive: something is heard every 30 seconds or asked for, and a question is answered in time.

use std::time::Duration;

use crate::model::BootTime;

/// Silence after which the server is asked for a sign of life.
const SILENCE: Duration = Duration::from_secs(30);
/// How long it may take to give one on an idle link.
const ANSWER_IDLE: Duration = Duration::from_secs(15);
/// How long it may take after the user sent something.
pub(super) const ANSWER_AFTER_SENDING: Duration = Duration::from_secs(10);
/// How long it may take after the network changed or the machine slept.
pub(super) const ANSWER_AFTER_CHANGE: Duration = Duration::from_secs(5);
/// A timer that is looked at so much too late says that the machine slept, not that the link is dead.
const SLEPT: Duration = Duration::from_secs(10);

/// What the keep-alive wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Nothing.
    Nothing,
    /// Ask the server for a sign of life.
    Ask,
    /// The link is dead.
    Dead,
}

/// The timer of one stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeepAlive {
    heard: BootTime,
    answer_by: Option<BootTime>,
    /// The server has much to do, and may be silent until then.
    busy_until: BootTime,
}

impl KeepAlive {
    /// A stream that was just heard.
    pub(super) fn new(now: BootTime) -> Self {
        Self { heard: now, answer_by: None, busy_until: now }
    }

    /// Anything came in.
    pub(super) fn handle_inbound(&mut self, now: BootTime) {
        self.heard = now;
        self.answer_by = None;
    }

    /// The server was given so much to do that it may say nothing for so long.
    pub(super) fn handle_busy(&mut self, within: Duration, now: BootTime) {
        self.busy_until = self.busy_until.max(now + within);
    }

    /// Whether that time is not over yet.
    pub(super) fn is_busy(&self, now: BootTime) -> bool {
        now < self.busy_until
    }

    /// The server was asked for a sign of life, to be given `within` that time.
    pub(super) fn handle_asked(&mut self, within: Duration, now: BootTime) {
        let by = now + within;
        self.answer_by = Some(self.answer_by.map_or(by, |earlier| earlier.min(by)));
    }

    /// What is due; `Ask` counts as done.
    pub(super) fn handle_timeout(&mut self, now: BootTime) -> Due {
        let Some(due) = self.poll_timeout().filter(|due| *due <= now) else { return Due::Nothing };
        let slept = now.saturating_since(due) > SLEPT;
        if self.answer_by.is_some() && !slept {
            return Due::Dead;
        }
        self.answer_by = Some(now + if slept { ANSWER_AFTER_CHANGE } else { ANSWER_IDLE });
        Due::Ask
    }

    /// When to look again.
    pub(super) fn poll_timeout(&self) -> Option<BootTime> {
        Some(self.answer_by.map_or(self.heard + SILENCE, |by| by.max(self.busy_until)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f04_a_silent_link_is_dead_after_45_seconds_and_after_10_when_the_user_sent() {
        let start = BootTime::default() + Duration::from_secs(100);
        let mut idle = KeepAlive::new(start);
        let ask = idle.poll_timeout().expect("armed");
        assert_eq!(idle.handle_timeout(ask), Due::Ask);
        let dead = idle.poll_timeout().expect("armed");
        assert_eq!(dead.saturating_since(start), Duration::from_secs(45));
        assert_eq!(idle.handle_timeout(dead), Due::Dead);

        let mut used = KeepAlive::new(start);
        used.handle_asked(ANSWER_AFTER_SENDING, start);
        assert_eq!(used.handle_timeout(start + Duration::from_secs(10)), Due::Dead);
        used.handle_inbound(start);
        assert_eq!(used.handle_timeout(start + Duration::from_secs(10)), Due::Nothing);
    }

    #[test]
    fn a_server_that_has_much_to_do_may_be_silent_for_as_long_as_that_takes() {
        let start = BootTime::default() + Duration::from_secs(100);
        let mut link = KeepAlive::new(start);
        link.handle_busy(Duration::from_secs(100), start);
        link.handle_asked(ANSWER_AFTER_SENDING, start);
        assert_eq!(link.handle_timeout(start + Duration::from_secs(99)), Due::Nothing);
        assert_eq!(link.handle_timeout(start + Duration::from_secs(100)), Due::Dead, "and no longer");
        link.handle_inbound(start + Duration::from_secs(101));
        link.handle_asked(ANSWER_AFTER_SENDING, start + Duration::from_secs(101));
        assert_eq!(link.handle_timeout(start + Duration::from_secs(111)), Due::Dead, "afterwards all is as ever");
    }

    #[test]
    fn f22_after_sleep_the_link_is_tested_for_five_seconds_before_it_is_called_dead() {
        let start = BootTime::default();
        let mut link = KeepAlive::new(start);
        let woke = start + Duration::from_secs(3600);
        assert_eq!(link.handle_timeout(woke), Due::Ask);
        assert_eq!(link.poll_timeout(), Some(woke + ANSWER_AFTER_CHANGE));
        assert_eq!(link.handle_timeout(woke + ANSWER_AFTER_CHANGE), Due::Dead);
    }
}
