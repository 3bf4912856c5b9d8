//! What really goes over a wire, as the kernel sees it pass.

use std::f64::consts::TAU;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::process::{Process, command, program};
use super::wait::eventually;

const LISTENER: &str = include_str!("wire.py");

/// A datagram that passed.
#[derive(Clone, Debug)]
pub struct Datagram {
    /// When, since 1970.
    pub time: Duration,
    /// `address:port`.
    pub from: String,
    /// `address:port`.
    pub to: String,
    /// What was in it.
    pub bytes: Vec<u8>,
}

impl Datagram {
    /// A packet of sound and not a report, protected or not (RFC 7983, RFC 5761), also on its way to a relay or from one
    /// (RFC 8656 section 12.4).
    pub fn is_sound(&self) -> bool {
        let packet = match self.bytes.first() {
            Some(64..=79) => self.bytes.get(4..).unwrap_or_default(),
            Some(_) | None => &self.bytes,
        };
        matches!(packet.first(), Some(128..=191)) && packet.get(1).is_some_and(|kind| !(192..=223).contains(kind))
    }

    /// A record of DTLS.
    pub fn is_handshake(&self) -> bool {
        matches!(self.bytes.first(), Some(20..=63))
    }
}

/// Somebody who listens on an interface. IP version 4 only.
pub struct Wire {
    _process: Process,
    file: PathBuf,
}

impl Wire {
    /// Listens from now on.
    #[track_caller]
    pub fn listen(folder: &Path, interface: &str) -> Self {
        let (script, file) = (folder.join("wire.py"), folder.join(format!("{interface}.wire")));
        fs::write(&script, LISTENER).unwrap();
        let _ = fs::remove_file(&file);
        let mut start = command(&program("python3"));
        start.arg(&script).arg(interface).arg(&file);
        let process = Process::start("wire", folder, start);
        eventually("the listener on the wire", Duration::from_secs(10), || {
            fs::read_to_string(&file).ok().filter(|text| text.starts_with("ready\n")).map(drop)
        });
        Self { _process: process, file }
    }

    /// What has passed so far.
    pub fn datagrams(&self) -> Vec<Datagram> {
        let text = fs::read_to_string(&self.file).unwrap();
        let read = |line: &str| {
            let mut words = line.split(' ');
            let time = Duration::try_from_secs_f64(words.next()?.parse().ok()?).ok()?;
            let (from, to, hex) = (words.next()?, words.next()?, words.next()?);
            let bytes = (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16));
            Some(Datagram { time, from: from.into(), to: to.into(), bytes: bytes.collect::<Result<_, _>>().ok()? })
        };
        // The last line may be half written.
        text.lines().skip(1).filter_map(read).collect()
    }
}

/// Whether whoever hears these packets as G.711 A-law without knowing any key hears this tone.
pub fn anybody_hears(packets: &[Datagram], hz: f64) -> bool {
    let sound = packets.iter().filter(|packet| packet.is_sound()).filter_map(|packet| packet.bytes.get(12..));
    let samples: Vec<f64> = sound.flatten().map(|code| expand(*code)).collect();
    let energy: f64 = samples.iter().map(|sample| sample * sample).sum();
    // In pieces: packets may be missing, and then the phase jumps.
    let tone: f64 = samples
        .chunks(1_600)
        .map(|piece| {
            let (mut real, mut imaginary) = (0.0, 0.0);
            for (at, sample) in (0_u32..).zip(piece) {
                let angle = TAU * hz * f64::from(at) / 8_000.0;
                real += sample * angle.cos();
                imaginary += sample * angle.sin();
            }
            2.0 * (real * real + imaginary * imaginary) / piece.len() as f64
        })
        .sum();
    energy > 0.0 && tone / energy > 0.5
}

/// G.711 A-law (ITU-T G.711 table 1a).
fn expand(code: u8) -> f64 {
    let code = code ^ 0x55;
    let (exponent, mantissa) = ((code >> 4) & 7, f64::from(code & 15));
    let magnitude = match exponent {
        0 => mantissa * 16.0 + 8.0,
        _ => (mantissa * 16.0 + 264.0) * 2_f64.powi(i32::from(exponent) - 1),
    };
    if code & 0x80 == 0 { -magnitude } else { magnitude }
}
