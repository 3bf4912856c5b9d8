//! Notices that the network changed or that the machine slept, so that connections are tested or retried at once.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::model::BootTime;
use crate::net::route::local_towards;
use crate::platform;

/// Between two looks while all is quiet: for sleep, and for changes where the system does not tell of them.
const INTERVAL: Duration = Duration::from_secs(2);
/// Between two looks while things change.
const BUSY_INTERVAL: Duration = Duration::from_millis(250);
/// Changes within this time are one: long enough for a second interface and its routes, short enough that a call is heard
/// again within two seconds (F07).
const DEBOUNCE: Duration = Duration::from_millis(500);
/// A network that never calms down is reported nevertheless.
const LONGEST_DEBOUNCE: Duration = Duration::from_secs(5);
/// Boot time ran ahead of monotonic time by this much: the machine slept.
const SLEPT: Duration = Duration::from_secs(2);

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkNotice {
    /// Addresses or routes changed: any of them, so that whoever hears it compares what it uses itself.
    Changed,
    /// The machine woke up (addresses may have changed too).
    Woke,
}

/// Starts to watch; one notice per change, half a second after the last sign of it. Ends when the receiver is dropped.
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
    let mut news = News::open();
    loop {
        let interval = if changes.is_pending() { BUSY_INTERVAL } else { INTERVAL };
        tokio::select! {
            () = sender.closed() => return,
            () = tokio::time::sleep(interval) => {}
            () = news.wait(), if !changes.is_pending() => {}
        }
        if let Some(notice) = changes.handle_look(Network::look(), platform::now().boot, started.elapsed()) {
            // Full means that a notice waits already.
            let _ = sender.try_send(notice);
        }
    }
}

/// What the system tells of addresses, links and routes (Linux: rtnetlink), so that a change is seen when it happens.
struct News {
    /// A netlink socket in the dress of another kind of datagram socket: only its being readable and `recv` are used.
    #[cfg(target_os = "linux")]
    socket: Option<tokio::net::UnixDatagram>,
}

impl News {
    /// Listens; where that is not possible, the looks in between have to do.
    #[cfg(target_os = "linux")]
    fn open() -> Self {
        use rustix::net::netlink::SocketAddrNetlink;
        use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, socket_with};
        // RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV4_ROUTE, RTMGRP_IPV6_IFADDR, RTMGRP_IPV6_ROUTE of rtnetlink(7).
        const GROUPS: u32 = 0x1 | 0x10 | 0x40 | 0x100 | 0x400;
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        // NETLINK_ROUTE is protocol 0, the default.
        let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None)
            .and_then(|socket| bind(&socket, &SocketAddrNetlink::new(0, GROUPS)).map(|()| socket))
            .ok()
            .and_then(|socket| tokio::net::UnixDatagram::from_std(socket.into()).ok());
        Self { socket }
    }

    #[cfg(not(target_os = "linux"))]
    fn open() -> Self {
        Self {}
    }

    /// Until there is any. What it says is not read: a look tells more.
    #[cfg(target_os = "linux")]
    async fn wait(&mut self) {
        let Some(socket) = &self.socket else { return std::future::pending().await };
        // More news than fit in the socket's buffer is an error that means the same.
        let _ = socket.readable().await;
        let mut thrown_away = [0_u8; 8192];
        // At most this often, so that a flood of news cannot hold up the look.
        for _ in 0..64 {
            if socket.try_recv(&mut thrown_away).is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock) {
                break;
            }
        }
    }

    #[cfg(not(target_os = "linux"))]
    async fn wait(&mut self) {
        std::future::pending().await
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
        // The addresses are for documentation (RFC 5737, RFC 3849).
        let v4 = local_towards((Ipv4Addr::new(192, 0, 2, 1), 9).into());
        let v6 = local_towards((Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), 9).into());
        // A private network that comes and goes without touching the default route; absent on other systems.
        let table = std::fs::read_to_string("/proc/net/route").unwrap_or_default();
        // Interface, destination, gateway: the columns that do not count packets.
        let routes = table.lines().map(|line| line.split_whitespace().take(3).collect::<Vec<_>>().join(" ")).collect();
        Self { v4, v6, routes }
    }
}

/// The addresses that this machine has towards the world, at most one of each family.
pub fn addresses() -> Vec<IpAddr> {
    let Network { v4, v6, .. } = Network::look();
    v6.into_iter().chain(v4).collect()
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
    fn several_changes_become_one_notice_half_a_second_after_the_last() {
        let mut changes = Changes::new(network(1), BootTime::default(), Duration::ZERO);
        for (ms, last, expected) in [
            (2000, 1, None),
            (4000, 2, None),
            (4250, 3, None),
            (4500, 3, None),
            (4750, 3, Some(NetworkNotice::Changed)),
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

    /// A complaint: every flicker of a network makes the phone reconnect.
    #[test]
    fn a_network_that_flickers_for_three_seconds_is_one_change() {
        let mut changes = Changes::new(network(1), BootTime::default(), Duration::ZERO);
        let mut notices = 0;
        for step in 1..=40_u64 {
            let (boot, monotonic) = at(step * 250);
            // Up and down each quarter of a second for three seconds, then it stays.
            let now = if step <= 12 && step % 2 == 0 { Network::default() } else { network(1) };
            notices += usize::from(changes.handle_look(now, boot, monotonic).is_some());
        }
        assert_eq!(notices, 1);
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
