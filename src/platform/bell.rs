//! A bell: what a thread can sleep on beside its sockets, so that others can wake it.

use std::io;

/// What one end of a bell is: something that `poll` can wait for.
#[cfg(unix)]
pub type Socket = std::os::unix::net::UnixStream;
/// What one end of a bell is. `WSAPoll` waits for sockets of the network only.
#[cfg(windows)]
pub type Socket = std::net::UdpSocket;

/// Rings a bell; never waits.
#[derive(Debug)]
pub struct Ringer(Socket);

impl Ringer {
    /// Wakes whoever sleeps on the bell.
    pub fn ring(&self) {
        // A bell that takes no more is ringing already.
        #[cfg(unix)]
        let _ = io::Write::write(&mut &self.0, &[1]);
        #[cfg(windows)]
        let _ = self.0.send(&[1]);
    }
}

/// The sleeper's end.
#[derive(Debug)]
pub struct Bell(Socket);

impl Bell {
    /// What becomes readable when it rings.
    pub fn socket(&self) -> &Socket {
        &self.0
    }

    /// Takes note of the ringing.
    pub fn quiet(&self) {
        let mut bytes = [0; 64];
        #[cfg(unix)]
        while io::Read::read(&mut &self.0, &mut bytes).is_ok_and(|count| count == bytes.len()) {}
        // A datagram for each ring: as many as the socket's buffer holds, so the loop ends.
        #[cfg(windows)]
        while self.0.recv(&mut bytes).is_ok() {}
    }
}

/// A bell and what rings it.
///
/// # Errors
///
/// The system gives no sockets.
pub fn pair() -> io::Result<(Ringer, Bell)> {
    let (ringer, bell) = sockets()?;
    ringer.set_nonblocking(true)?;
    bell.set_nonblocking(true)?;
    Ok((Ringer(ringer), Bell(bell)))
}

#[cfg(unix)]
fn sockets() -> io::Result<(Socket, Socket)> {
    Socket::pair()
}

/// Two sockets of this machine that hear only each other. A stranger who forges the one's address can wake the other, and no more:
/// what is read is thrown away.
#[cfg(windows)]
fn sockets() -> io::Result<(Socket, Socket)> {
    let here = || Socket::bind((std::net::Ipv4Addr::LOCALHOST, 0));
    let (ringer, bell) = (here()?, here()?);
    ringer.connect(bell.local_addr()?)?;
    bell.connect(ringer.local_addr()?)?;
    Ok((ringer, bell))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    use super::*;

    fn rings(bell: &Bell) -> bool {
        let pause = Timespec::try_from(Duration::ZERO).expect("no time");
        poll(&mut [PollFd::new(bell.socket(), PollFlags::IN)], Some(&pause)).expect("poll") == 1
    }

    #[test]
    fn a_bell_wakes_its_sleeper_however_often_it_was_rung_and_is_quiet_after_that() {
        let (ringer, bell) = pair().expect("sockets");
        assert!(!rings(&bell));
        for _ in 0..100_000 {
            ringer.ring();
        }
        assert!(rings(&bell));
        bell.quiet();
        assert!(!rings(&bell));
        ringer.ring();
        assert!(rings(&bell), "the flood has not broken it");
    }
}
