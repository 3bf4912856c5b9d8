//! A provider that says something before it refuses (C-42, C-43): sound that comes with 183, then 403 with words.

use std::f64::consts::TAU;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::real::tandem::PATIENCE;
use crate::real::{Profile, Tandem, World, eventually};

/// The tone of the announcement, in hertz.
const TONE: f64 = 950.0;

/// A provider of its own: takes every registration, and plays a tone to every call before it refuses it.
struct Provider {
    port: u16,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Provider {
    fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let port = socket.local_addr().unwrap().port();
        let stop = Arc::new(AtomicBool::new(false));
        let told = stop.clone();
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 65_536];
            while !told.load(Ordering::Relaxed) {
                let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
                let request = String::from_utf8_lossy(&buffer[..length]).into_owned();
                serve(&socket, from, &request);
            }
        });
        Self { port, stop, thread: Some(thread) }
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(socket: &UdpSocket, from: SocketAddr, request: &str) {
    let answer = |status: &str, more: &str, body: &str| {
        let copied: String = request
            .lines()
            .take_while(|line| !line.is_empty())
            .filter_map(|line| {
                let name = line.split(':').next()?.trim().to_ascii_lowercase();
                match name.as_str() {
                    "via" | "v" | "from" | "f" | "call-id" | "i" | "cseq" => Some(format!("{line}\r\n")),
                    "to" | "t" if line.contains("tag=") => Some(format!("{line}\r\n")),
                    "to" | "t" => Some(format!("{line};tag=provider\r\n")),
                    _ => None,
                }
            })
            .collect();
        let text = format!("SIP/2.0 {status}\r\n{copied}{more}Content-Length: {}\r\n\r\n{body}", body.len());
        socket.send_to(text.as_bytes(), from).unwrap();
    };
    match request.split(' ').next() {
        Some("REGISTER") => {
            let contact = request.lines().find(|line| line.to_ascii_lowercase().starts_with("contact:"));
            answer("200 OK", &format!("{}\r\nExpires: 300\r\n", contact.unwrap_or_default()), "");
        }
        Some("OPTIONS") => answer("200 OK", "", ""),
        Some("INVITE") => {
            answer("100 Trying", "", "");
            let field =
                |start: &str| request.lines().find_map(|line| line.strip_prefix(start)).unwrap_or_default().to_owned();
            let port: u16 = field("m=audio ").split(' ').next().unwrap().parse().unwrap();
            let sound = UdpSocket::bind("127.0.0.1:0").unwrap();
            let sdp = format!(
                "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {} RTP/AVP 0\r\n\
                 a=rtpmap:0 PCMU/8000\r\na=sendrecv\r\n",
                sound.local_addr().unwrap().port()
            );
            let own = socket.local_addr().unwrap().port();
            let early = format!("Contact: <sip:announcement@127.0.0.1:{own}>\r\nContent-Type: application/sdp\r\n");
            answer("183 Session Progress", &early, &sdp);
            play(&sound, port);
            answer("403 Forbidden", "Reason: SIP;cause=403;text=\"Calls abroad are barred for this line\"\r\n", "");
        }
        // ACK and whatever else needs no answer here.
        _ => {}
    }
}

/// Two seconds of the tone as PCMU in packets of 20 ms (RFC 3551 section 4.5.14).
fn play(sound: &UdpSocket, port: u16) {
    let begun = Instant::now();
    for packet in 0..100u32 {
        let mut bytes = vec![0x80, 0];
        bytes.extend((packet as u16).to_be_bytes());
        bytes.extend((packet * 160).to_be_bytes());
        bytes.extend(7u32.to_be_bytes());
        bytes.extend((0..160).map(|at| {
            let time = f64::from(packet * 160 + at) / 8000.0;
            companded((8000.0 * (TAU * TONE * time).sin()) as i32)
        }));
        let _ = sound.send_to(&bytes, ("127.0.0.1", port));
        let due = begun + Duration::from_millis(20) * (packet + 1);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
}

/// One sample in G.711 µ-law.
fn companded(sample: i32) -> u8 {
    let (sign, magnitude) = if sample < 0 { (0x80, -sample) } else { (0, sample) };
    let magnitude = magnitude.min(32_635) + 132;
    let exponent = (0..8).rev().find(|exponent| magnitude & (1 << (exponent + 7)) != 0).unwrap_or(0);
    let mantissa = (magnitude >> (exponent + 3)) & 0x0f;
    !(sign | (exponent << 4) | mantissa) as u8
}

#[test]
fn c42_c43_a_providers_announcement_is_heard_its_words_are_shown_and_another_way_is_offered() {
    let world = World::start();
    let provider = Provider::start();
    let more = format!(
        "[[voice]]\nid = \"provider\"\naddress = \"sip:alice@provider.example\"\npassword = \"x\"\n\
         outbound-proxy = \"sip:127.0.0.1:{};transport=udp;lr\"\ntransport = \"udp\"\n",
        provider.port
    );
    let alice = Tandem::online(&world, "alice", &Profile { more, ..Default::default() });
    eventually("the second line", PATIENCE, || {
        let status = alice.ask("status", serde_json::json!({}))?;
        let of = status["accounts"].as_array()?.iter().find(|account| account["id"] == "provider")?;
        (of["state"] == "online").then_some(())
    });
    let placed = alice.ctl("call", &[("to", "+442079460123"), ("account", "provider"), ("confirm", "true")]);
    let id = placed["call"].as_str().unwrap().to_owned();
    alice.wait_call_state(&id, "early");
    let ended = alice.wait_call_state(&id, "ended");
    let text = ended["end"]["text"].as_str().unwrap_or_default();
    assert_eq!(ended["end"]["code"], "refused", "{ended}");
    assert!(text.starts_with("The phone service does not allow this call."), "{ended}");
    assert!(text.contains("Calls abroad are barred for this line"), "the provider's own words: {ended}");
    let heard = eventually("the announcement in the recording", PATIENCE, || {
        alice.heard().filter(|heard| heard.has_tone(TONE))
    });
    assert!(heard.length() > Duration::from_secs(1));
    // Another line may be allowed what this one is not.
    let next = ended["next"].as_array().cloned().unwrap_or_default();
    assert!(next.iter().any(|way| way["account"] == "voice"), "the other account is offered: {ended}");
    assert!(!next.iter().any(|way| way["account"] == "provider"), "{ended}");
    alice.quit();
}
