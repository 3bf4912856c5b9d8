//! What the supervisor's thread sleeps on: orders from the media thread, and sound cards that come and go.

use std::io;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::platform::bell::{self, Bell, Ringer, Socket};

/// Wakes the supervisor; never waits.
pub struct Waker(Ringer);

impl Waker {
    /// Wakes it.
    pub fn wake(&self) {
        self.0.ring();
    }
}

/// The supervisor's end.
pub struct Watch {
    bell: Bell,
    cards: cards::Cards,
}

/// A waker and what it wakes.
pub fn pair() -> io::Result<(Waker, Watch)> {
    let (ringer, bell) = bell::pair()?;
    Ok((Waker(ringer), Watch { bell, cards: cards::Cards::watch() }))
}

impl Watch {
    /// Sleeps until it is woken, the sound server has news, a sound card comes or goes, or the time is over (`None`: never); true when cards
    /// changed.
    pub fn wait(&mut self, pause: Option<Duration>, server: Option<&Socket>) -> bool {
        // A pause of more seconds than the system can count is none that ends.
        let timeout = pause.and_then(|pause| Timespec::try_from(pause).ok());
        let mut waited = vec![PollFd::new(self.bell.socket(), PollFlags::IN)];
        let cards = self.cards.changes().map(|changes| PollFd::new(changes, PollFlags::IN));
        let watched = cards.is_some();
        waited.extend(cards);
        waited.extend(server.map(|server| PollFd::new(server, PollFlags::IN)));
        // An interrupted sleep is an early one.
        if poll(&mut waited, timeout.as_ref()).is_err() {
            return false;
        }
        let changed = watched && waited.get(1).is_some_and(|cards| !cards.revents().is_empty());
        self.bell.quiet();
        if changed {
            self.cards.quiet();
        }
        changed
    }
}

#[cfg(target_os = "linux")]
mod cards {
    use std::os::fd::OwnedFd;

    use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};

    /// The kernel's word on the folder of the sound cards' devices.
    pub struct Cards(Option<OwnedFd>);

    impl Cards {
        /// Begins to watch. Without the means to, the list is read when a device is lost or opened.
        pub fn watch() -> Self {
            let cards = Self(init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).ok());
            cards.look();
            cards
        }

        fn look(&self) {
            let Some(changes) = &self.0 else { return };
            // ATTRIB: the system gives the right to open a device a moment after it made the device.
            let of_interest = WatchFlags::CREATE | WatchFlags::DELETE | WatchFlags::ATTRIB;
            if add_watch(changes, "/dev/snd", of_interest).is_err() {
                // Without any card there is no such folder yet.
                let _ = add_watch(changes, "/dev", WatchFlags::CREATE);
            }
        }

        pub fn changes(&self) -> Option<&OwnedFd> {
            self.0.as_ref()
        }

        /// Takes note of what has changed.
        pub fn quiet(&mut self) {
            let Some(changes) = &self.0 else { return };
            let mut bytes = [0; 4_096];
            while rustix::io::read(changes, &mut bytes).is_ok_and(|count| count > 0) {}
            self.look();
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod cards {
    use rustix::fd::OwnedFd;

    /// Nobody tells of cards here: the list is read when a device is lost or opened.
    pub struct Cards;

    impl Cards {
        pub fn watch() -> Self {
            Self
        }

        pub fn changes(&self) -> Option<&OwnedFd> {
            None
        }

        pub fn quiet(&mut self) {}
    }
}
