//! A port that sound is sent to, and what came there.

use std::net::UdpSocket;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A packet of RTP, as far as tests look at it.
#[derive(Clone, Debug)]
pub struct Packet {
    /// When it came.
    pub at: Instant,
    /// The payload type.
    pub payload_type: u8,
    /// The time stamp.
    pub timestamp: u32,
    /// What it carries.
    pub payload: Vec<u8>,
}

/// Listens, and never answers.
pub struct Ear {
    /// Its port of 127.0.0.1.
    pub port: u16,
    heard: Arc<Mutex<Vec<Packet>>>,
}

impl Ear {
    /// Begins to listen; ends with the test.
    pub fn open() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let heard: Arc<Mutex<Vec<Packet>>> = Arc::default();
        let weak = Arc::downgrade(&heard);
        socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        std::thread::spawn(move || {
            let mut bytes = [0; 2_048];
            while let Some(heard) = weak.upgrade() {
                let Ok(length @ 12..) = socket.recv(&mut bytes) else { continue };
                let payload_type = bytes[1] & 0x7f;
                let timestamp = u32::from_be_bytes(bytes[4..8].try_into().unwrap());
                let payload = bytes[12..length].to_vec();
                heard.lock().unwrap().push(Packet { at: Instant::now(), payload_type, timestamp, payload });
            }
        });
        Self { port, heard }
    }

    /// What came so far.
    pub fn packets(&self) -> Vec<Packet> {
        self.heard.lock().unwrap().clone()
    }

    /// What came after that moment.
    pub fn since(&self, then: Instant) -> Vec<Packet> {
        self.packets().into_iter().filter(|packet| packet.at > then).collect()
    }
}
