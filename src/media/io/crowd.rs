//! Many calls at once (F28): what makes a hundred of them affordable on one thread.
//!
//! Two things would cost more than the sound itself: waking up for each of five thousand packets a second, and encoding the
//! packets of all calls in the same tick while the next one has nothing to do.

use std::time::Duration;

/// Calls from which on encoders work less hard and packets are collected: a dozen at full effort take an eighth of a core.
pub const MANY_CALLS: usize = 12;

/// For so long packets are collected before the thread looks at its sockets; a buffer of ten milliseconds and more follows,
/// so that nobody hears it.
const COLLECT: Duration = Duration::from_millis(2);

/// Whether each call gets less work: ticks that stay punctual count more than the last bit of sound.
pub fn spares(calls: usize) -> bool {
    calls > MANY_CALLS
}

/// How long to sleep before the sockets are looked at, of a pause until the next thing is due; none: wake up for the first
/// packet.
pub fn collects(calls: usize, pause: Option<Duration>) -> Option<Duration> {
    spares(calls).then(|| pause.unwrap_or(COLLECT).min(COLLECT))
}

/// Whether a call that would begin with the next tick begins one later. `even` and `odd` are the calls whose packets leave
/// with even and with odd ticks: packets hold two ticks.
pub fn waits(even: usize, odd: usize, next_tick_is_even: bool) -> bool {
    let (same, other) = if next_tick_is_even { (even, odd) } else { (odd, even) };
    // Few calls are not worth a delay of ten milliseconds.
    even + odd >= MANY_CALLS && same > other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_of_many_calls_are_collected_and_those_of_few_are_not() {
        let ms = Duration::from_millis;
        assert_eq!(collects(1, Some(ms(9))), None);
        assert_eq!(collects(MANY_CALLS, None), None);
        assert_eq!(collects(100, Some(ms(9))), Some(ms(2)));
        assert_eq!(collects(100, Some(ms(1))), Some(ms(1)), "a tick is never late for it");
        assert_eq!(collects(100, None), Some(ms(2)));
    }

    #[test]
    fn f28_a_dozen_calls_get_all_the_work_there_is_and_more_of_them_less() {
        assert!(!spares(1) && !spares(MANY_CALLS) && spares(MANY_CALLS + 1) && spares(100));
    }

    #[test]
    fn f28_a_hundred_calls_that_begin_at_once_send_in_two_halves() {
        let (mut even, mut odd) = (0, 0);
        for _ in 0..100 {
            // All of them are started between the same two ticks.
            match waits(even, odd, true) {
                true => odd += 1,
                false => even += 1,
            }
        }
        assert!(even.abs_diff(odd) <= MANY_CALLS, "{even} and {odd}");
        assert!(!waits(1, 0, true), "the second call waits for nobody");
    }
}
