//! Notices that the network changed or that the machine slept, so that connections are tested or retried at once.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::model::BootTime;
use crate::platform;

/// Between two looks while all is quiet.
const INTERVAL: Duration = Duration::from_secs(2);
/// Between two looks while things change.
const BUSY_INTERVAL: Duration = Duration::from_millis(250);
/// Changes within this time are one.
const DEBOUNCE: Duration = Duration::from_secs(1);
/// A network that never calms down is reported nevertheless.
const LONGEST_DEBOUNCE: Duration = Duration::from_secs(5);
/// Boot time ran ahead of monotonic time by this much: the machine slept.
const SLEPT: Duration = Duration::from_secs(2);

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkNotice {
    /// Addresses or routes changed.
    Changed,
    /// The machine woke up (addresses may have changed too).
    Woke,
}

/// Starts to watch; one notice per change, one second after the last sign of it. Ends when the receiver is dropped.
///
/// The channel holds one notice: when it is full, the reader has yet to act on the last one, and that will do.
pub fn spawn() -> mpsc::Receiver<NetworkNotice> {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(watch(sender));
    receiver
}

async fn watch(sender: mpsc::Sender<NetworkNotice>) {
    let started = Instant::now();
    let mut changes = Changes::new(Network::look(), platform::now().boot, Duration::ZERO);
    loop {
        let interval = if changes.is_pending() { BUSY_INTERVAL } else { INTERVAL };
        tokio::select! {
            () = sender.closed() => return,
            () = tokio::time::sleep(interval) => {}
        }
        if let Some(notice) = changes.handle_look(Network::look(), platform::now().boot, started.elapsed()) {
            // Full means that a notice waits already.
            let _ = sender.try_send(notice);
        }
    }
}

/// The addresses that the system would use to reach the world, and its IPv4 routes where they can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Network {
    v4: Option<IpAddr>,
    v6: Option<IpAddr>,
    routes: Vec<String>,
}

impl Network {
    /// Asks the system; sends nothing.
    fn look() -> Self {
        // Connecting a datagram socket only chooses the route. The addresses are for documentation (RFC 5737, RFC 3849).
        let v4 = source((Ipv4Addr::UNSPECIFIED, 0).into(), (Ipv4Addr::new(192, 0, 2, 1), 9).into());
        let v6 = source((Ipv6Addr::UNSPECIFIED, 0).into(), (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), 9).into());
        // A private network that comes and goes without touching the default route; absent on other systems.
        let table = std::fs::read_to_string("/proc/net/route").unwrap_or_default();
        // Interface, destination, gateway: the columns that do not count packets.
        let routes = table.lines().map(|line| line.split_whitespace().take(3).collect::<Vec<_>>().join(" ")).collect();
        Self { v4, v6, routes }
    }
}

fn source(from: SocketAddr, to: SocketAddr) -> Option<IpAddr> {
    let socket = UdpSocket::bind(from).ok()?;
    socket.connect(to).ok()?;
    socket.local_addr().ok().map(|at| at.ip())
}

/// Turns looks into debounced notices. Pure: the clocks come in.
struct Changes {
    network: Network,
    boot: BootTime,
    monotonic: Duration,
    pending: Option<Pending>,
}

struct Pending {
    notice: NetworkNotice,
    first: BootTime,
    last: BootTime,
}

impl Changes {
    fn new(network: Network, boot: BootTime, monotonic: Duration) -> Self {
        Self { network, boot, monotonic, pending: None }
    }

    fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    fn handle_look(&mut self, network: Network, boot: BootTime, monotonic: Duration) -> Option<NetworkNotice> {
        let awake = monotonic.saturating_sub(self.monotonic);
        let slept = boot.saturating_since(self.boot).saturating_sub(awake) >= SLEPT;
        let changed = network != self.network;
        (self.network, self.boot, self.monotonic) = (network, boot, monotonic);
        if slept || changed {
            let notice = if slept { NetworkNotice::Woke } else { NetworkNotice::Changed };
            match &mut self.pending {
                Some(pending) => {
                    pending.last = boot;
                    if slept {
                        pending.notice = NetworkNotice::Woke;
                    }
                }
                None => self.pending = Some(Pending { notice, first: boot, last: boot }),
            }
        }
        let calm = |pending: &mut Pending| {
            boot.saturating_since(pending.last) >= DEBOUNCE || boot.saturating_since(pending.first) >= LONGEST_DEBOUNCE
        };
        self.pending.take_if(calm).map(|pending| pending.notice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(last: u8) -> Network {
        Network { v4: Some([192, 0, 2, last].into()), ..Network::default() }
    }

    fn at(ms: u64) -> (BootTime, Duration) {
        (BootTime::from_duration(Duration::from_millis(ms)), Duration::from_millis(ms))
    }

    #[test]
    fn several_changes_become_one_notice_a_second_after_the_last() {
        let mut changes = Changes::new(network(1), BootTime::default(), Duration::ZERO);
        for (ms, last, expected) in [
            (2000, 1, None),
            (4000, 2, None),
            (4250, 3, None),
            (5000, 3, None),
            (5250, 3, Some(NetworkNotice::Changed)),
            (5500, 3, None),
        ] {
            let (boot, monotonic) = at(ms);
            assert_eq!(changes.handle_look(network(last), boot, monotonic), expected, "at {ms}");
        }
    }

    #[test]
    fn a_restless_network_is_reported_after_five_seconds() {
        let mut changes = Changes::new(network(0), BootTime::default(), Duration::ZERO);
        let first = (1..=40u8).find(|step| {
            let (boot, monotonic) = at(u64::from(*step) * 250);
            changes.handle_look(network(*step), boot, monotonic).is_some()
        });
        assert_eq!(first, Some(21));
    }

    #[test]
    fn boot_time_that_runs_ahead_means_sleep() {
        let mut changes = Changes::new(network(1), BootTime::default(), Duration::ZERO);
        let hour = BootTime::from_duration(Duration::from_secs(3600));
        assert_eq!(changes.handle_look(network(1), hour, Duration::from_secs(2)), None);
        let later = hour + DEBOUNCE;
        assert_eq!(changes.handle_look(network(1), later, Duration::from_secs(3)), Some(NetworkNotice::Woke));
    }

    #[tokio::test]
    async fn watching_ends_with_its_reader() {
        let (sender, receiver) = mpsc::channel(1);
        let task = tokio::spawn(watch(sender));
        drop(receiver);
        tokio::time::timeout(Duration::from_secs(5), task).await.expect("ends").expect("without panic");
    }
}
