//! The only place that reads a clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::model::{BootTime, Now, WallTime};

/// Both clocks. Boot time goes on while the machine sleeps (`CLOCK_BOOTTIME`).
pub fn now() -> Now {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Now {
        boot: BootTime::from_duration(boot()),
        wall: WallTime::from_unix_ms(i64::try_from(wall.as_millis()).unwrap_or(i64::MAX)),
    }
}

#[cfg(unix)]
fn boot() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let clock = ClockId::Boottime;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let clock = ClockId::Monotonic;
    let boot = clock_gettime(clock);
    Duration::new(u64::try_from(boot.tv_sec).unwrap_or_default(), u32::try_from(boot.tv_nsec).unwrap_or_default())
}

/// Since this was asked first: the performance counter of Windows goes on while the machine sleeps.
#[cfg(not(unix))]
fn boot() -> Duration {
    use std::sync::OnceLock;
    use std::time::Instant;
    static FIRST: OnceLock<Instant> = OnceLock::new();
    FIRST.get_or_init(Instant::now).elapsed()
}
