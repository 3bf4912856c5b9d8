//! What a hundred Opus calls over SRTP cost the media thread, and how punctual its ticks stay (F28): one media thread with
//! real sockets. `cargo bench --bench hundred_calls [-- CALLS SECONDS]`
//!
//! The other ends stand for a hundred phones on other machines: what they say is encoded and encrypted before the calls begin,
//! and a thread sends it at the pace of a phone. The processor time is the media thread's own; the lateness depends on what
//! else runs on the machine, whose load is printed too.

use std::fs;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tandem::media::io::{CommandSender, PORTS, Setup, spawn};
use tandem::media::session::{Channel, Output, Session};
use tandem::media::{Command, Event, Pace};
use tandem::model::{BootTime, CallId, MediaDirection, Now, Processing};
use tandem::sdp::{Codec, CryptoSuite, MasterKey, Negotiated, SrtpKeys};
use tokio::sync::mpsc::Receiver;

const RAW: Processing = Processing { echo_cancellation: false, noise_suppression: false, gain_control: false };

/// The media thread's tick.
const TICK: Duration = Duration::from_millis(10);

fn plan(remote: SocketAddr, first: bool) -> Arc<Negotiated> {
    let key = |salt: u8| MasterKey((0..30).map(|n| n ^ salt).collect());
    let (local, theirs) = if first { (key(1), key(2)) } else { (key(2), key(1)) };
    Arc::new(Negotiated {
        remote_rtp: remote,
        remote_rtcp: remote,
        rtcp_mux: true,
        send: (96, Codec::Opus),
        receive: vec![(96, Codec::Opus)],
        events_send: None,
        events_receive: Vec::new(),
        direction: MediaDirection::SendRecv,
        packet_time: Duration::from_millis(20),
        longest_packet: Duration::from_millis(60),
        srtp: Some(SrtpKeys::new(CryptoSuite::AesCm128HmacSha1_80, local, theirs)),
        opus_fec: true,
        opus_max_bitrate: None,
        discontinuous: false,
        ice: None,
        dtls: None,
        helpers: Default::default(),
        text: None,
    })
}

/// A media thread, and the number of its thread.
struct Side {
    commands: CommandSender,
    events: Receiver<Event>,
    thread: String,
}

fn media_threads() -> Vec<String> {
    let Ok(tasks) = fs::read_dir("/proc/self/task") else { return Vec::new() };
    let named = |path: &std::path::Path| fs::read_to_string(path.join("comm")).is_ok_and(|name| name.trim() == "media");
    tasks
        .filter_map(Result::ok)
        .filter(|task| named(&task.path()))
        .map(|task| task.path().to_string_lossy().into_owned())
        .collect()
}

impl Side {
    fn start(input: &str, seed: u8) -> Self {
        let before = media_threads();
        let setup = Setup {
            input: input.into(),
            output: "null".into(),
            ring: "null".into(),
            processing: RAW,
            ports: PORTS,
            seed: [seed; 32],
            trust: Default::default(),
        };
        let (commands, events) = spawn(setup).expect("a media thread");
        let deadline = Instant::now() + Duration::from_secs(5);
        let thread = loop {
            match media_threads().into_iter().find(|thread| !before.contains(thread)) {
                Some(thread) => break thread,
                None if Instant::now() > deadline => break String::new(),
                None => std::thread::yield_now(),
            }
        };
        Self { commands, events, thread }
    }

    fn open(&mut self, call: u64) -> SocketAddr {
        let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        self.commands.send(Command::Open { call: CallId(call), address }).expect("it runs");
        loop {
            match self.events.blocking_recv().expect("it runs") {
                Event::Opened { call: opened, rtp } if opened.0 == call => return rtp,
                Event::OpenFailed { reason, .. } => panic!("{reason}"),
                _ => {}
            }
        }
    }

    /// Nanoseconds of processor time so far.
    fn spent(&self) -> f64 {
        let text = fs::read_to_string(format!("{}/schedstat", self.thread)).unwrap_or_default();
        text.split(' ').next().and_then(|spent| spent.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1e9
    }
}

fn main() {
    let numbers: Vec<u64> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let (calls, seconds) = (numbers.first().copied().unwrap_or(100), numbers.get(1).copied().unwrap_or(20));
    let spoken = std::env::temp_dir().join(format!("tandem-hundred-{}.wav", std::process::id()));
    write_voice(&spoken);
    let input = format!("file:{}?loop", spoken.display());
    let mut ours = Side::start(&input, 1);
    let phones: Vec<UdpSocket> =
        (0..calls).map(|_| UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port")).collect();
    let mut remotes = Vec::new();
    for (call, phone) in phones.iter().enumerate() {
        let call = CallId(call as u64);
        remotes.push(ours.open(call.0));
        let plan = plan(phone.local_addr().expect("its address"), true);
        ours.commands.send(Command::Start { call, plan }).expect("it runs");
    }
    let said = speak(Duration::from_secs(seconds + 10));
    let over = Arc::new(AtomicBool::new(false));
    let phones = std::thread::spawn({
        let over = over.clone();
        move || play(&phones, &remotes, &said, &over)
    });
    std::thread::sleep(Duration::from_secs(3));
    while ours.events.try_recv().is_ok() {}
    let (began, spent) = (Instant::now(), ours.spent());
    let mut pace = Pace::default();
    let (mut late, mut lost) = (0, 0);
    while began.elapsed() < Duration::from_secs(seconds) {
        while let Ok(event) = ours.events.try_recv() {
            match event {
                Event::Pace(more) => {
                    pace.ticks += more.ticks;
                    pace.late += more.late;
                    pace.left_out += more.left_out;
                    pace.worst = pace.worst.max(more.worst);
                }
                Event::Stats { stats, .. } => {
                    late = late.max(stats.late_packets);
                    lost = lost.max(stats.lost_packets);
                }
                _ => {}
            }
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let share = (ours.spent() - spent) / began.elapsed().as_secs_f64() * 100.0;
    over.store(true, Ordering::Relaxed);
    let heard = phones.join().expect("the phones");
    let late_share = pace.late as f64 / pace.ticks.max(1) as f64;
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{calls} Opus calls over SRTP, 20 ms, without echo processing: {share:.1} % of a core");
    let _ = writeln!(
        out,
        "ticks: {}, later than 5 ms: {} ({:.3} %), left out: {}, worst {:.1} ms; most late packets of a call: {late}, most lost: {lost}",
        pace.ticks,
        pace.late,
        late_share * 100.0,
        pace.left_out,
        pace.worst.as_secs_f64() * 1e3,
    );
    let due = calls * seconds * 50;
    let _ = writeln!(out, "packets that the phones got: {heard}");
    let punctual = late_share < 0.001 && pace.left_out == 0 && late == 0 && lost == 0;
    let holds = share < 100.0 && punctual && heard >= due;
    let _ = writeln!(
        out,
        "under one core, 99.9 % of the ticks within 5 ms, nothing late: {}",
        if holds { "holds" } else { "does not hold" }
    );
    let _ = writeln!(out, "load of the machine: {}", load.trim());
    let _ = fs::remove_file(spoken);
}

/// What each phone says: the packets of a session in virtual time, one every 20 ms.
fn speak(length: Duration) -> Vec<Vec<u8>> {
    let nobody = SocketAddr::from((Ipv4Addr::LOCALHOST, 9));
    let at =
        |tick: u32| Now { boot: BootTime::from_duration(Duration::from_secs(100) + tick * TICK), ..Now::default() };
    let mut session = Session::new(plan(nobody, false), [2; 32], at(0)).expect("a session");
    let voice = voice();
    let mut packets = Vec::new();
    for (tick, sound) in (1..=(length.as_millis() / TICK.as_millis()) as u32).zip(voice.chunks_exact(480).cycle()) {
        let sound = std::array::from_fn(|n| sound[n]);
        session.handle_tick(&sound, &mut [0.0; 480], at(tick));
        packets.extend(std::iter::from_fn(|| session.poll_output()).filter_map(|output| match output {
            Output::Transmit { channel: Channel::Rtp, packet, .. } => Some(packet),
            _ => None,
        }));
    }
    packets
}

/// Sends what was said to all calls until it is `over`, half of them every 10 ms; answers how many packets came back.
fn play(phones: &[UdpSocket], remotes: &[SocketAddr], said: &[Vec<u8>], over: &AtomicBool) -> u64 {
    let began = Instant::now();
    let (mut heard, mut packet) = (0, [0; 2048]);
    for phone in phones {
        phone.set_nonblocking(true).expect("a socket");
    }
    for half in 0..2 * said.len() {
        std::thread::sleep((began + TICK * half as u32).saturating_duration_since(Instant::now()));
        for (phone, remote) in phones.iter().zip(remotes).skip(half % 2).step_by(2) {
            let _ = phone.send_to(&said[half / 2], remote);
            while phone.recv(&mut packet).is_ok() {
                heard += 1;
            }
        }
        if over.load(Ordering::Relaxed) {
            break;
        }
    }
    heard
}

/// Ten seconds of something like a voice, 48 kHz.
fn voice() -> Vec<f32> {
    let sample = |n: u32| {
        let t = n as f32 / 48_000.0;
        let phase = std::f32::consts::TAU * (140.0 * t + 4.0 * (t * 5.0).sin());
        (1..8).map(|k| 0.12 / k as f32 * (phase * k as f32).sin()).sum()
    };
    (0..480_000).map(sample).collect()
}

/// The voice as a file, 16 bits.
fn write_voice(path: &std::path::Path) {
    let samples = voice().into_iter().flat_map(|sample| ((sample * 32_767.0) as i16).to_le_bytes());
    let data: Vec<u8> = samples.collect();
    let mut wav = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    wav.extend(48_000_u32.to_le_bytes());
    wav.extend(96_000_u32.to_le_bytes());
    wav.extend([2, 0, 16, 0]);
    wav.extend(b"data");
    wav.extend((data.len() as u32).to_le_bytes());
    wav.extend(data);
    fs::write(path, wav).expect("a file");
}
