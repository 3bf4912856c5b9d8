//! Speech through two sessions and a bad network, in virtual time: what comes out is a WAV file that is judged elsewhere
//! (`quality.py`). The same seeds give the same packets on every machine, whatever else it does.
//!
//! Jobs come on the standard input, one a line, as `name=value` words; a line of JSON answers each. `packets=FILE` writes
//! what reaches the receiver, with times, for somebody else's phone.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tandem::media::session::{Channel, Output, Session};
use tandem::model::{BootTime, Now};
use tandem::sdp::{Capabilities, Codec, LocalMedia, MasterKey, MediaProtection, Negotiated, Negotiation};

const RATE: usize = 48_000;
const TICK: usize = RATE / 100;
const TICK_US: u64 = 10_000;
/// Both clocks start here, so that nothing is before the beginning.
const START_US: u64 = 100_000_000;

type Failure = Box<dyn std::error::Error>;

/// What a network does to the packets of one direction.
struct Network {
    random: StdRng,
    loss: f64,
    /// Packets in a row that are lost together, on average (Gilbert's model); 1 means independent losses.
    burst: f64,
    bad: bool,
    delay_us: u64,
    jitter_us: u64,
    reorder: f64,
}

impl Network {
    /// When a packet that leaves at `at` arrives; nothing when it is lost.
    fn carry(&mut self, at: u64) -> Option<u64> {
        // The same draws for every packet, whatever becomes of it: conditions stay comparable.
        let (chance, swing, held) =
            (self.random.random::<f64>(), self.random.random::<f64>(), self.random.random::<f64>());
        self.bad = if self.burst <= 1.0 {
            chance < self.loss
        } else if self.bad {
            chance >= 1.0 / self.burst
        } else {
            chance < self.loss / (1.0 - self.loss) / self.burst
        };
        let jitter = (swing * 2.0 * self.jitter_us as f64) as u64;
        // Held back until the next one or two have passed.
        let back = if held < self.reorder { 30_000 } else { 0 };
        (!self.bad).then(|| at + self.delay_us + jitter + back - self.jitter_us.min(self.delay_us + jitter))
    }
}

/// One line of the input.
struct Job(BTreeMap<String, String>);

impl Job {
    fn text(&self, name: &str) -> Result<&str, Failure> {
        self.0.get(name).map(String::as_str).ok_or_else(|| format!("the job has no {name}").into())
    }

    fn number(&self, name: &str, otherwise: f64) -> Result<f64, Failure> {
        self.0.get(name).map_or(Ok(otherwise), |text| Ok(text.parse()?))
    }

    fn network(&self, direction: u64) -> Result<Network, Failure> {
        Ok(Network {
            random: StdRng::seed_from_u64(self.number("seed", 1.0)? as u64 * 2 + direction),
            loss: self.number("loss", 0.0)? / 100.0,
            burst: self.number("burst", 1.0)?,
            bad: false,
            delay_us: (self.number("delay", 0.0)? * 1_000.0) as u64,
            jitter_us: (self.number("jitter", 0.0)? * 1_000.0) as u64,
            reorder: self.number("reorder", 0.0)? / 100.0,
        })
    }

    /// What both sides agree on, through a real offer and answer.
    fn plans(&self) -> Result<[Arc<Negotiated>; 2], Failure> {
        let codec = match self.text("codec")? {
            "opus" => Codec::Opus,
            "g722" => Codec::G722,
            "pcmu" => Codec::Pcmu,
            "pcma" => Codec::Pcma,
            other => return Err(format!("no codec is called {other}").into()),
        };
        let packet_time = Duration::from_millis(self.number("ptime", 20.0)? as u64);
        let discontinuous = self.number("dtx", 0.0)? > 0.0;
        let side = |number: u8| {
            let capabilities = Capabilities {
                codecs: vec![codec],
                packet_time,
                discontinuous,
                protection: MediaProtection::Off,
                secure_signalling: false,
                keys: tandem::sdp::KeyAgreement::default(),
                fingerprint: None,
            };
            let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, number));
            Negotiation::new(
                capabilities,
                LocalMedia { address, port: 4_000, key: MasterKey(vec![7; 46]), session_id: 1 },
            )
        };
        // A peer of somebody else's: what only our own ends do is not in its description.
        let foreign = self.0.get("peer").is_some_and(|peer| peer == "foreign");
        let theirs = |text: String| if foreign { without_extras(&text) } else { text };
        let (mut one, mut two) = (side(1), side(2));
        let (answer, second) = two.answer(&theirs(one.offer(false)?), false)?;
        let first = one.accept_answer(&theirs(answer))?;
        Ok([Arc::new(first), Arc::new(second)])
    }
}

/// A description as a phone without redundancy writes it.
fn without_extras(text: &str) -> String {
    let red: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("a=rtpmap:"))
        .filter(|line| line.contains(" red/"))
        .filter_map(|line| line.split(' ').next())
        .collect();
    let mut plain = String::new();
    for line in text.lines() {
        if red.iter().any(|number| {
            line.starts_with(&format!("a=rtpmap:{number} ")) || line.starts_with(&format!("a=fmtp:{number} "))
        }) {
            continue;
        }
        let line = line.replace("useinbandfec=1", "useinbandfec=0");
        if line.starts_with("m=audio") {
            let words: Vec<&str> = line.split(' ').collect();
            let kept =
                words.iter().enumerate().filter(|(at, word)| *at < 3 || !red.contains(word)).map(|(_, word)| *word);
            let _ = write!(plain, "{}\r\n", kept.collect::<Vec<_>>().join(" "));
        } else {
            let _ = write!(plain, "{line}\r\n");
        }
    }
    plain
}

fn at(us: u64) -> Now {
    Now { boot: BootTime::from_duration(Duration::from_micros(us)), ..Now::default() }
}

/// Samples of a mono file of 16 bits at 48 kHz.
fn read(path: &Path) -> Result<Vec<f32>, Failure> {
    let bytes = std::fs::read(path)?;
    let data = bytes.windows(4).position(|word| word == b"data").ok_or("not a WAV file")? + 8;
    Ok(bytes[data..].chunks_exact(2).map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0).collect())
}

fn write(path: &Path, samples: &[f32]) -> Result<(), Failure> {
    let length = samples.len() as u32 * 2;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + length).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    for word in [1_u16, 1] {
        bytes.extend(word.to_le_bytes());
    }
    for word in [RATE as u32, RATE as u32 * 2] {
        bytes.extend(word.to_le_bytes());
    }
    for word in [2_u16, 16] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(b"data");
    bytes.extend(length.to_le_bytes());
    bytes.extend(
        samples.iter().flat_map(|sample| ((sample * 32_767.0).clamp(-32_768.0, 32_767.0) as i16).to_le_bytes()),
    );
    Ok(std::fs::write(path, bytes)?)
}

/// What a session sends at a time, and when the network brings it; from `calm_from` on the network is a good one.
fn drain(
    session: &mut Session,
    network: &mut Network,
    calm_from: f64,
    now: u64,
) -> Vec<(Channel, Vec<u8>, Option<u64>)> {
    if (now - START_US) as f64 >= calm_from {
        (network.loss, network.jitter_us, network.reorder, network.bad) = (0.0, 0, 0.0, false);
    }
    let sent = std::iter::from_fn(|| session.poll_output());
    sent.filter_map(|output| match output {
        Output::Transmit { channel, packet, .. } => Some((channel, packet, network.carry(now))),
        _ => None,
    })
    .collect()
}

/// Runs one job; answers its line.
fn run(job: &Job) -> Result<String, Failure> {
    let speech = read(Path::new(job.text("in")?))?;
    let plans = job.plans()?;
    let mut networks = [job.network(0)?, job.network(1)?];
    // Up to a given time the network is another one: what comes back to its floor, and when.
    let calm_from = job.number("calm_from_s", f64::MAX)? * 1e6;
    let drift = job.number("drift_ppm", 0.0)?;
    // A frame is there when its last sample is.
    let spoken = |frames: u64| START_US + ((frames * TICK_US) as f64 * (1.0 - drift / 1e6)) as u64;
    let mut sides = [0_u8, 1].map(|side| Session::new(plans[usize::from(side)].clone(), [side + 1; 32], at(START_US)));
    let sides: Vec<&mut Session> = sides.iter_mut().filter_map(|side| side.as_mut().ok()).collect();
    let [sender, receiver]: [&mut Session; 2] = sides.try_into().map_err(|_| "the plan does not work")?;
    let mut random = StdRng::seed_from_u64(job.number("seed", 1.0)? as u64 ^ 0x5eed);
    let phase = random.random_range(0..TICK_US);
    let from = |number: u8| SocketAddr::from((Ipv4Addr::new(192, 0, 2, number), 4_000));
    // Packets on their way, by arrival: (time, count) to (to the receiver, channel, packet).
    let mut way: BTreeMap<(u64, u64), (bool, Channel, Vec<u8>)> = BTreeMap::new();
    let (mut count, mut octets, mut sent) = (0_u64, 0_u64, 0_u64);
    // Hours are the same speech again and again; nobody keeps what was heard of them.
    let ticks = (speech.len() / TICK) as u64;
    let all = ticks * job.number("repeat", 1.0)? as u64;
    let mut heard = Vec::new();
    let (mut depths, mut record) = (Vec::new(), String::new());
    let mut said = 0_u64;
    for n in 0..all {
        let now = START_US + (n + 1) * TICK_US;
        let listens = now + phase;
        while spoken(said + 1) <= now {
            let there = spoken(said + 1);
            let frame: [f32; TICK] = std::array::from_fn(|at| speech[(said % ticks) as usize * TICK + at]);
            sender.handle_tick(&frame, &mut [0.0; TICK], at(there));
            said += 1;
            for (channel, packet, arrives) in drain(sender, &mut networks[0], calm_from, there) {
                if channel == Channel::Rtp {
                    octets += packet.len() as u64;
                    sent += 1;
                }
                if let Some(arrives) = arrives {
                    count += 1;
                    way.insert((arrives, count), (true, channel, packet));
                }
            }
        }
        for (channel, packet, arrives) in drain(receiver, &mut networks[1], calm_from, now) {
            if let Some(arrives) = arrives {
                count += 1;
                way.insert((arrives, count), (false, channel, packet));
            }
        }
        while let Some(entry) = way.first_entry().filter(|entry| entry.key().0 <= listens) {
            let ((arrives, _), (to_receiver, channel, packet)) = entry.remove_entry();
            if to_receiver {
                receiver.handle_packet(channel, from(1), &packet, at(arrives));
                if channel == Channel::Rtp && job.0.contains_key("packets") {
                    let hex: String = packet.iter().map(|byte| format!("{byte:02x}")).collect();
                    let _ = writeln!(record, "{} {hex}", arrives - START_US);
                }
            } else {
                sender.handle_packet(channel, from(2), &packet, at(arrives));
            }
        }
        let mut played = [0.0; TICK];
        receiver.handle_tick(&[0.0; TICK], &mut played, at(listens));
        if n < ticks {
            heard.extend_from_slice(&played);
        }
        if n % 10 == 0 {
            depths.push(receiver.stats(0, at(listens)).buffer_ms);
        }
    }
    if let Ok(path) = job.text("out") {
        write(Path::new(path), &heard)?;
    }
    if let Ok(path) = job.text("packets") {
        std::fs::write(path, record)?;
    }
    let stats = receiver.stats(0, at(START_US + all * TICK_US + phase));
    let shown: Vec<String> = depths.iter().map(|depth| format!("{depth:.0}")).collect();
    let sent_s = (all * TICK_US) as f64 / 1e6;
    Ok(format!(
        "{{\"offset_ms\":{:.2},\"late\":{},\"lost\":{},\"concealed_ms\":{},\"mos\":{:.2},\"kbit_s\":{:.1},\"packets_s\":{:.1},\"depth_ms\":[{}]}}",
        phase as f64 / 1_000.0 + 10.0,
        stats.late_packets,
        stats.lost_packets,
        stats.concealed_ms,
        stats.mos,
        octets as f64 * 8.0 / 1_000.0 / sent_s,
        sent as f64 / sent_s,
        shown.join(",")
    ))
}

fn main() -> Result<(), Failure> {
    let mut out = std::io::stdout();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words = line.split_whitespace().filter_map(|word| word.split_once('='));
        let job = Job(words.map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
        if job.0.is_empty() {
            continue;
        }
        writeln!(out, "{}", run(&job)?)?;
    }
    Ok(())
}
