//! Programs as children that cannot outlive the test.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// Where Debian keeps servers; not in an ordinary user's PATH.
const SYSTEM_FOLDERS: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/// A running program with its own process group and log file.
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

/// The full path of a program. A missing one fails the test.
#[track_caller]
pub fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(SYSTEM_FOLDERS.iter().map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .unwrap_or_else(|| panic!("{name} is not installed: run scripts/install test"))
}

/// A command for a program, which dies with this process.
pub fn command(path: &Path) -> Command {
    let mut command = Command::new(program("setpriv"));
    command.args(["--pdeathsig", "KILL", "--"]).arg(path);
    command
}

impl Process {
    /// Starts `command`; what it prints goes to `folder/name.log`.
    #[track_caller]
    pub fn start(name: &str, folder: &Path, mut command: Command) -> Self {
        let log = folder.join(format!("{name}.log"));
        let output = File::options().create(true).append(true).open(&log).unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        Self { name: name.to_owned(), child, log }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Fails with the end of its log when it has ended.
    #[track_caller]
    pub fn assert_running(&mut self) {
        assert!(self.is_running(), "{} ended by itself:\n{}", self.name, self.log_tail());
    }

    /// Waits for its end; answers the status.
    #[track_caller]
    pub fn wait(&mut self, within: Duration) -> std::process::ExitStatus {
        let deadline = Instant::now() + within;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "{} does not end within {within:?}:\n{}", self.name, self.log_tail());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Sends a signal to it and its children.
    pub fn signal(&self, signal: Signal) {
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, signal);
        }
    }

    /// Kills it and its children at once, as a power failure would.
    pub fn kill(&mut self) {
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }

    /// The last lines that it printed.
    pub fn log_tail(&self) -> String {
        let text = String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let tail = self.log_tail();
            eprintln!("--- the end of {}\n{tail}\n---", self.log.display());
        }
        self.signal(Signal::TERM);
        let deadline = Instant::now() + Duration::from_secs(2);
        while self.is_running() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
        // Also the children that a server left behind: they would hold its ports.
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }
}

/// Ports of 127.0.0.1 that are free for UDP and TCP at this moment, all different.
pub fn free_ports<const N: usize>() -> [u16; N] {
    let mut held = Vec::new();
    let mut ports = Vec::new();
    while ports.len() < N {
        let stream = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = stream.local_addr().unwrap().port();
        if let Ok(datagram) = UdpSocket::bind(("127.0.0.1", port)) {
            ports.push(port);
            held.push((stream, datagram));
        }
    }
    ports.try_into().unwrap()
}

/// A port of 127.0.0.1 that is free for UDP and TCP together with the next one: baresip takes both. It lies below the
/// ports that the system gives out by itself, so that nobody is given the second one meanwhile.
pub fn free_pair() -> u16 {
    loop {
        let port = 10_000 + 2 * rand::random_range(0..3_000_u16);
        let free =
            |port| TcpListener::bind(("127.0.0.1", port)).is_ok() && UdpSocket::bind(("127.0.0.1", port)).is_ok();
        if free(port) && free(port + 1) {
            return port;
        }
    }
}

/// Whether something accepts TCP connections at this port of 127.0.0.1.
pub fn listens(port: u16) -> bool {
    TcpStream::connect_timeout(&([127, 0, 0, 1], port).into(), Duration::from_millis(500)).is_ok()
}

/// Waits until a server accepts connections; fails with its log when it ends instead.
#[track_caller]
pub fn wait_listening(process: &mut Process, ports: &[u16]) {
    wait_listening_at(process, "127.0.0.1", ports);
}

/// The same at another address.
#[track_caller]
pub fn wait_listening_at(process: &mut Process, address: &str, ports: &[u16]) {
    let address: std::net::IpAddr = address.parse().unwrap();
    let listens = |port| TcpStream::connect_timeout(&(address, port).into(), Duration::from_millis(500)).is_ok();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !ports.iter().all(|port| listens(*port)) {
        process.assert_running();
        assert!(Instant::now() < deadline, "{} does not listen:\n{}", process.name, process.log_tail());
        std::thread::sleep(Duration::from_millis(30));
    }
}
