//! A name server of one's own (RFC 1035), so that no file of the system changes.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

const A: u16 = 1;
const SOA: u16 = 6;
const SRV: u16 = 33;
const NAPTR: u16 = 35;

type Records = BTreeMap<(String, u16), Vec<Vec<u8>>>;

/// Answers from its records over UDP and TCP; everything else does not exist.
pub struct NameServer {
    records: Arc<Mutex<Records>>,
    questions: Arc<AtomicUsize>,
    /// Milliseconds until an answer leaves.
    delay: Arc<AtomicU64>,
    /// Where it is.
    pub address: SocketAddr,
}

fn name(text: &str) -> Vec<u8> {
    let mut wire = Vec::new();
    for label in text.trim_end_matches('.').split('.').filter(|label| !label.is_empty()) {
        wire.push(u8::try_from(label.len()).unwrap());
        wire.extend(label.as_bytes());
    }
    wire.push(0);
    wire
}

fn text(text: &str) -> Vec<u8> {
    let mut wire = vec![u8::try_from(text.len()).unwrap()];
    wire.extend(text.as_bytes());
    wire
}

impl NameServer {
    /// Starts one on a free port; its threads end with the process.
    pub fn start() -> Self {
        let records: Arc<Mutex<Records>> = Arc::default();
        let questions: Arc<AtomicUsize> = Arc::default();
        let delay: Arc<AtomicU64> = Arc::default();
        let (stream, datagram) = loop {
            let stream = TcpListener::bind("127.0.0.1:0").unwrap();
            if let Ok(datagram) = UdpSocket::bind(stream.local_addr().unwrap()) {
                break (stream, datagram);
            }
        };
        let address = stream.local_addr().unwrap();
        let (known, asked, slow) = (records.clone(), questions.clone(), delay.clone());
        thread::spawn(move || {
            let mut query = [0; 4096];
            while let Ok((length, from)) = datagram.recv_from(&mut query) {
                asked.fetch_add(1, Ordering::Relaxed);
                let Some(reply) = answer(&known.lock().unwrap(), &query[..length]) else { continue };
                let wait = Duration::from_millis(slow.load(Ordering::Relaxed));
                let datagram = datagram.try_clone().unwrap();
                thread::spawn(move || {
                    thread::sleep(wait);
                    let _ = datagram.send_to(&reply, from);
                });
            }
        });
        let (known, slow) = (records.clone(), delay.clone());
        thread::spawn(move || {
            for connection in stream.incoming().flatten() {
                let (known, slow) = (known.clone(), slow.clone());
                thread::spawn(move || serve_stream(&known, &slow, connection));
            }
        });
        Self { records, questions, delay, address }
    }

    fn add(&self, owner: &str, kind: u16, data: Vec<u8>) {
        self.records.lock().unwrap().entry((owner.to_lowercase(), kind)).or_default().push(data);
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.records.lock().unwrap().clear();
    }

    /// How many questions came over UDP.
    pub fn questions(&self) -> usize {
        self.questions.load(Ordering::Relaxed)
    }

    /// Every answer takes this long from now on, over UDP and over TCP (there one after the other).
    pub fn slow(&self, time: Duration) {
        self.delay.store(time.as_millis() as u64, Ordering::Relaxed);
    }

    /// An A record for 127.0.0.1.
    pub fn host(&self, owner: &str) {
        self.add(owner, A, vec![127, 0, 0, 1]);
    }

    /// An SRV record (RFC 2782).
    pub fn service(&self, owner: &str, priority: u16, port: u16, target: &str) {
        let mut data = Vec::new();
        for part in [priority, 5, port] {
            data.extend(part.to_be_bytes());
        }
        data.extend(name(target));
        self.add(owner, SRV, data);
    }

    /// A NAPTR record whose next step is an SRV lookup (RFC 3263 section 4.1).
    pub fn pointer(&self, owner: &str, order: u16, service: &str, replacement: &str) {
        let mut data = Vec::new();
        data.extend(order.to_be_bytes());
        data.extend(50u16.to_be_bytes());
        for part in ["s", service, ""] {
            data.extend(text(part));
        }
        data.extend(name(replacement));
        self.add(owner, NAPTR, data);
    }
}

fn serve_stream(records: &Mutex<Records>, delay: &AtomicU64, mut connection: TcpStream) {
    let _ = connection.set_read_timeout(Some(Duration::from_secs(10)));
    loop {
        let mut head = [0; 2];
        if connection.read_exact(&mut head).is_err() {
            return;
        }
        let mut query = vec![0; usize::from(u16::from_be_bytes(head))];
        if connection.read_exact(&mut query).is_err() {
            return;
        }
        let Some(reply) = answer(&records.lock().unwrap(), &query) else { return };
        thread::sleep(Duration::from_millis(delay.load(Ordering::Relaxed)));
        let mut wire = u16::try_from(reply.len()).unwrap().to_be_bytes().to_vec();
        wire.extend(reply);
        if connection.write_all(&wire).is_err() {
            return;
        }
    }
}

/// The reply to one query; nothing when it is no query.
fn answer(records: &Records, query: &[u8]) -> Option<Vec<u8>> {
    if query.len() < 17 || query[2] & 0x80 != 0 {
        return None;
    }
    let mut labels = Vec::new();
    let mut at = 12;
    loop {
        let size = usize::from(*query.get(at)?);
        if size == 0 {
            break;
        }
        labels.push(String::from_utf8_lossy(query.get(at + 1..at + 1 + size)?).to_lowercase());
        at += 1 + size;
    }
    let question = query.get(12..at + 5)?;
    let kind = u16::from_be_bytes([query[at + 1], query[at + 2]]);
    let owner = labels.join(".");
    let none = Vec::new();
    let found = records.get(&(owner.clone(), kind)).unwrap_or(&none);
    let below = format!(".{owner}");
    let exists = records.keys().any(|(known, _)| *known == owner || known.ends_with(&below));
    // Authoritative, recursion available; 3 is "no such name".
    let flags = 0x8480 | u16::from(query[2] & 1) << 8 | if exists { 0 } else { 3 };
    let mut reply = query[..2].to_vec();
    for part in [flags, 1, u16::try_from(found.len()).ok()?, u16::from(found.is_empty()), 0] {
        reply.extend(part.to_be_bytes());
    }
    reply.extend(question);
    let mut push = |owner: &[u8], kind: u16, data: &[u8]| {
        reply.extend(owner);
        reply.extend(kind.to_be_bytes());
        reply.extend([0, 1, 0, 0, 0, 60]);
        reply.extend(u16::try_from(data.len()).unwrap_or_default().to_be_bytes());
        reply.extend(data);
    };
    for data in found {
        push(&[0xc0, 0x0c], kind, data);
    }
    if found.is_empty() {
        let mut soa = [name("ns.tandem.example"), name("root.tandem.example")].concat();
        soa.extend([1u32, 60, 60, 60, 1].into_iter().flat_map(u32::to_be_bytes));
        push(&name("tandem.example"), SOA, &soa);
    }
    Some(reply)
}
