//! Transactions (RFC 3261 section 17, amended by RFC 6026) as one machine over the kernel's four.
//!
//! It adds what the kernel leaves to its driver: branches of 128 random bits, timers in boot time, the rule that a
//! message counts only on the flow that its transaction belongs to (S13), CANCEL and its match, merged requests
//! (section 8.2.2.2), and caps.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use sipx_sip::transaction::{Timer, TransactionKey};
use sipx_sip::{Reliability, Timers, TransactionLayer};

use super::message::{Message, Method, Request, Response};
use super::parse::to_kernel;
use super::value::CSeq;
use crate::model::{BootTime, Now, Transport};

/// Server transactions at a time (S30). When full, those that are answered and only wait for repetitions make room; a request
/// for which there is none is answered with 503 and forgotten.
pub const MAX_SERVER_TRANSACTIONS: usize = 256;
/// So many more for what ends or changes calls that there are: strangers' calls must not keep a BYE or a CANCEL out.
pub const RESERVED_FOR_CALLS: usize = 64;
/// Client transactions at a time; a request beyond them fails at once.
pub const MAX_CLIENT_TRANSACTIONS: usize = 256;
/// How long a request other than INVITE may stay unanswered by us before its transaction is dropped.
const ABANDONED_AFTER: Duration = Duration::from_secs(40);

/// How long an INVITE whose flow is gone may stay unanswered by us: nobody rings longer (RFC 3261 section 16.6, timer C).
const STRANDED_FOR: Duration = Duration::from_secs(180);

/// The name of a flow: one connection, or one pair of UDP addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowId(pub u64);

/// A flow, as transactions need to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Its name.
    pub id: FlowId,
    /// Its transport.
    pub transport: Transport,
    /// Our address on it.
    pub local: SocketAddr,
    /// The other side's address.
    pub remote: SocketAddr,
}

impl Flow {
    /// Our address as `host:port` for Via and Contact: IPv6 in brackets, without a zone (RFC 6874 keeps those at home).
    pub fn local_host_port(&self) -> String {
        host_port(self.local)
    }
}

/// An address as `host:port`.
pub fn host_port(address: SocketAddr) -> String {
    match address {
        SocketAddr::V4(address) => address.to_string(),
        SocketAddr::V6(address) => format!("[{}]:{}", address.ip(), address.port()),
    }
}

/// The name of a client transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub u64);

/// The name of a server transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerId(pub u64);

/// Why a client transaction ended without a final response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientFailure {
    /// No final response in time (timers B and F); counts as 408 (RFC 3261 section 8.1.3.1).
    Timeout,
    /// The flow failed; counts as 503.
    Transport,
}

/// What the machine wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send these bytes.
    Send {
        /// Where.
        flow: FlowId,
        /// What.
        bytes: Bytes,
    },
    /// A request that has not been seen before; answer it by [`Transactions::respond`].
    Request {
        /// Its transaction.
        server: ServerId,
        /// The request.
        request: Request,
        /// Where it came in.
        flow: FlowId,
    },
    /// An ACK for one of our 2xx (RFC 6026: it belongs to no transaction).
    Ack {
        /// The ACK.
        request: Request,
        /// Where it came in.
        flow: FlowId,
    },
    /// An INVITE was cancelled. The CANCEL is answered; the INVITE still needs its 487.
    Cancelled {
        /// The INVITE's transaction.
        server: ServerId,
        /// The CANCEL, for its Reason.
        request: Request,
    },
    /// A response to one of our requests.
    Response {
        /// Its transaction.
        client: ClientId,
        /// The response. A 2xx to INVITE may come several times (forks, RFC 6026).
        response: Response,
    },
    /// A 2xx to an INVITE whose transaction is gone, or nobody's: it may need its ACK once more.
    StrayResponse {
        /// The response.
        response: Response,
        /// Where it came in.
        flow: FlowId,
    },
    /// A client transaction ended without an answer.
    Failed {
        /// Which.
        client: ClientId,
        /// Why.
        why: ClientFailure,
    },
    /// Our final response was never acknowledged, or could not be sent.
    ResponseFailed {
        /// Which.
        server: ServerId,
    },
}

/// A transaction as this machine sees it.
pub(super) struct Entry {
    pub(super) key: TransactionKey,
    pub(super) flow: Flow,
    pub(super) timers: Vec<(Timer, BootTime)>,
    /// Client: the request as it was sent. Server: the request as it came.
    pub(super) request: Request,
    /// Server, other than an INVITE whose flow lives: when to give up if we never answer.
    pub(super) abandon_at: Option<BootTime>,
    /// Server, INVITE: its flow is gone. What was said since waits for the next one.
    pub(super) stranded: Option<Option<Bytes>>,
}

/// The machine.
pub struct Transactions {
    pub(super) layer: TransactionLayer,
    pub(super) clients: HashMap<u64, Entry>,
    pub(super) servers: HashMap<u64, Entry>,
    pub(super) client_keys: HashMap<TransactionKey, u64>,
    pub(super) server_keys: HashMap<TransactionKey, u64>,
    pub(super) outputs: VecDeque<Output>,
    next_id: u64,
    random: StdRng,
}

impl Transactions {
    /// For tests of what gathers: client and server transactions, and their keys.
    #[cfg(test)]
    pub fn held(&self) -> [usize; 3] {
        [self.clients.len(), self.servers.len(), self.client_keys.len() + self.server_keys.len()]
    }

    /// An empty machine with the timers of RFC 3261 (T1 500 ms). Branches are drawn from `seed`, which must not be
    /// guessable outside of tests.
    pub fn new(seed: [u8; 32]) -> Self {
        Self {
            layer: TransactionLayer::new(Timers::default()),
            clients: HashMap::new(),
            servers: HashMap::new(),
            client_keys: HashMap::new(),
            server_keys: HashMap::new(),
            outputs: VecDeque::new(),
            next_id: 1,
            random: StdRng::from_seed(seed),
        }
    }

    /// Sends a request in a new client transaction; Via is added here.
    ///
    /// `None` when there are too many or the request cannot be written: then nothing was sent.
    pub fn send_request(&mut self, mut request: Request, flow: Flow, now: Now) -> Option<ClientId> {
        request.headers.push_front("Via", self.via(&flow));
        self.start_client(request, flow, now)
    }

    /// Sends an ACK for a 2xx, which is a transaction of its own without an answer (RFC 3261 section 13.2.2.4).
    pub fn send_ack(&mut self, mut request: Request, flow: Flow) {
        request.headers.push_front("Via", self.via(&flow));
        self.outputs.push_back(Output::Send { flow: flow.id, bytes: request.to_bytes() });
    }

    /// Cancels an INVITE of ours (RFC 3261 section 9.1). The caller waits for a provisional response first.
    ///
    /// `None` when the INVITE's transaction is gone or was no INVITE.
    pub fn send_cancel(&mut self, invite: ClientId, reason: Option<&str>, now: Now) -> Option<ClientId> {
        let entry = self.clients.get(&invite.0)?;
        let (cancel, flow) = (cancel_for(&entry.request, reason)?, entry.flow);
        self.start_client(cancel, flow, now)
    }

    /// Cancels an INVITE whose flow is gone, over another one: a CANCEL belongs to the transaction whose topmost Via it repeats
    /// (RFC 3261 section 9.1), and its own answer comes back to where it came from (section 18.2.1).
    pub fn send_lost_cancel(&mut self, sent: &Request, flow: Flow, now: Now) -> Option<ClientId> {
        let cancel = cancel_for(sent, None)?;
        self.start_client(cancel, flow, now)
    }

    /// The request of a client transaction that still lives, as it was sent.
    pub fn client_request(&self, client: ClientId) -> Option<&Request> {
        self.clients.get(&client.0).map(|entry| &entry.request)
    }

    /// The flow that a client transaction which still lives went out on.
    pub fn client_flow(&self, client: ClientId) -> Option<Flow> {
        self.clients.get(&client.0).map(|entry| entry.flow)
    }

    /// The flow on which a server transaction's request came.
    pub fn server_flow(&self, server: ServerId) -> Option<FlowId> {
        self.servers.get(&server.0).map(|entry| entry.flow.id)
    }

    /// Whether a server transaction still lives.
    pub fn has_server(&self, server: ServerId) -> bool {
        self.servers.contains_key(&server.0)
    }

    /// Answers a request; also repeats a 2xx to INVITE until its ACK comes (RFC 3261 section 13.3.1.4).
    ///
    /// Nothing happens when the transaction is gone or has its final response.
    pub fn respond(&mut self, server: ServerId, response: Response, now: Now) {
        let Some(entry) = self.servers.get_mut(&server.0) else { return };
        let Some(sipx_sip::Message::Response(kernel)) = to_kernel(&Message::Response(response)) else { return };
        entry.abandon_at = None;
        let outputs = self.layer.send_response(&entry.key, kernel);
        self.perform_server(server.0, outputs, now);
    }

    /// The flow is gone: its transactions fail.
    pub fn handle_flow_failed(&mut self, flow: FlowId, now: Now) {
        let mut clients: Vec<u64> = self.clients.iter().filter(|(_, e)| e.flow.id == flow).map(|(id, _)| *id).collect();
        // What rings here is answered over the next flow: the caller's side finds the INVITE by the branch of the Via that an
        // answer repeats, whatever connection it comes over (RFC 3261 section 17.1.3).
        for entry in
            self.servers.values_mut().filter(|entry| entry.flow.id == flow && entry.request.method == Method::Invite)
        {
            entry.stranded.get_or_insert(None);
            entry.abandon_at = Some(now.boot + STRANDED_FOR);
        }
        let gone = |entry: &Entry| entry.flow.id == flow && entry.stranded.is_none();
        let mut servers: Vec<u64> = self.servers.iter().filter(|(_, entry)| gone(entry)).map(|(id, _)| *id).collect();
        clients.sort_unstable();
        for id in clients {
            let Some(entry) = self.clients.get(&id) else { continue };
            let outputs = self.layer.on_transport_error(&entry.key);
            self.perform_client(id, outputs, now);
        }
        self.lose_servers(&mut servers, now);
    }

    fn lose_servers(&mut self, servers: &mut [u64], now: Now) {
        servers.sort_unstable();
        for id in servers {
            let Some(entry) = self.servers.get(id) else { continue };
            let outputs = self.layer.on_transport_error(&entry.key);
            self.perform_server(*id, outputs, now);
        }
    }

    /// There will be no other flow. Whether an INVITE waited for one.
    pub fn forget_stranded(&mut self, now: Now) -> bool {
        let mut stranded: Vec<u64> = Vec::new();
        for (id, entry) in &mut self.servers {
            if entry.stranded.take().is_some() {
                entry.abandon_at = None;
                stranded.push(*id);
            }
        }
        self.lose_servers(&mut stranded, now);
        !stranded.is_empty()
    }

    /// There is a flow to the same proxy again: INVITEs that came over one that is gone are answered over it.
    pub fn retrieve(&mut self, flow: Flow) {
        let mut stranded: Vec<u64> =
            self.servers.iter().filter(|(_, entry)| entry.stranded.is_some()).map(|(id, _)| *id).collect();
        stranded.sort_unstable();
        for id in stranded {
            let Some(entry) = self.servers.get_mut(&id) else { continue };
            entry.flow = flow;
            if let Some(bytes) = entry.stranded.take().flatten() {
                self.outputs.push_back(Output::Send { flow: flow.id, bytes });
            }
        }
    }

    /// Fires the timers that are due.
    pub fn handle_timeout(&mut self, now: Now) {
        // A timer of zero length sets the next state at once: bounded by the transactions' own few states.
        for id in due(&self.clients, now.boot) {
            while let Some((timer, key)) = take_due(self.clients.get_mut(&id), now.boot) {
                let outputs = self.layer.on_timer(&key, timer);
                self.perform_client(id, outputs, now);
            }
        }
        for id in due(&self.servers, now.boot) {
            if self.servers.get(&id).and_then(|entry| entry.abandon_at).is_some_and(|at| at <= now.boot) {
                if let Some(entry) = self.servers.remove(&id) {
                    self.layer.abandon(&entry.key);
                    self.server_keys.remove(&entry.key);
                }
                continue;
            }
            while let Some((timer, key)) = take_due(self.servers.get_mut(&id), now.boot) {
                let outputs = self.layer.on_timer(&key, timer);
                self.perform_server(id, outputs, now);
            }
        }
    }

    /// What to do next.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Self::handle_timeout`] is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<BootTime> {
        self.clients.values().chain(self.servers.values()).filter_map(Entry::earliest).min()
    }

    /// A name for the next transaction.
    pub(super) fn next_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// A Via value for a request on `flow`, with a branch of 128 random bits and `rport` (RFC 3581).
    fn via(&mut self, flow: &Flow) -> String {
        let transport = match flow.transport {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
        };
        let mut via = format!("SIP/2.0/{transport} {};branch=z9hG4bK", flow.local_host_port());
        let _ = write!(via, "{:032x};rport", self.random.random::<u128>());
        via
    }

    fn start_client(&mut self, request: Request, flow: Flow, now: Now) -> Option<ClientId> {
        if self.clients.len() >= MAX_CLIENT_TRANSACTIONS {
            return None;
        }
        let message = Message::Request(request);
        let Some(sipx_sip::Message::Request(kernel)) = to_kernel(&message) else { return None };
        let Message::Request(request) = message else { return None };
        let (key, outputs) = self.layer.send_request(kernel, reliability(flow.transport))?;
        let id = self.next_id();
        self.client_keys.insert(key.clone(), id);
        self.clients.insert(id, Entry::new(key, flow, request, None));
        self.perform_client(id, outputs, now);
        Some(ClientId(id))
    }
}

impl Entry {
    pub(super) fn new(key: TransactionKey, flow: Flow, request: Request, abandon_at: Option<BootTime>) -> Self {
        Self { key, flow, timers: Vec::new(), request, abandon_at, stranded: None }
    }

    fn earliest(&self) -> Option<BootTime> {
        self.timers.iter().map(|(_, at)| *at).chain(self.abandon_at).min()
    }
}

/// The CANCEL of an INVITE as it was sent (RFC 3261 section 9.1); `None` for any other request.
fn cancel_for(sent: &Request, reason: Option<&str>) -> Option<Request> {
    if sent.method != Method::Invite {
        return None;
    }
    let mut cancel = Request::new(Method::Cancel, &sent.uri);
    cancel.headers.push("Via", sent.headers.list("Via").next()?);
    for name in ["Route", "From", "To", "Call-ID", "Max-Forwards"] {
        for value in sent.headers.values(name) {
            cancel.headers.push(name, value);
        }
    }
    let cseq = CSeq { number: sent.headers.cseq()?.number, method: Method::Cancel };
    cancel.headers.push("CSeq", cseq.to_string());
    if let Some(reason) = reason {
        cancel.headers.push("Reason", reason);
    }
    Some(cancel)
}

/// When a server transaction of this request is dropped unanswered.
pub(super) fn abandon_at(request: &Request, now: Now) -> Option<BootTime> {
    (request.method != Method::Invite).then(|| now.boot + ABANDONED_AFTER)
}

/// Which retransmissions apply.
pub(super) fn reliability(transport: Transport) -> Reliability {
    match transport {
        Transport::Udp => Reliability::Unreliable,
        Transport::Tcp | Transport::Tls => Reliability::Reliable,
    }
}

fn due(entries: &HashMap<u64, Entry>, boot: BootTime) -> Vec<u64> {
    let mut ids: Vec<u64> =
        entries.iter().filter(|(_, e)| e.earliest().is_some_and(|at| at <= boot)).map(|(id, _)| *id).collect();
    ids.sort_unstable();
    ids
}

/// Takes one due timer out of an entry, the earliest first.
fn take_due(entry: Option<&mut Entry>, boot: BootTime) -> Option<(Timer, TransactionKey)> {
    let entry = entry?;
    let (at, _) =
        entry.timers.iter().enumerate().filter(|(_, (_, due))| *due <= boot).min_by_key(|(_, (_, due))| *due)?;
    let (timer, _) = entry.timers.swap_remove(at);
    Some((timer, entry.key.clone()))
}
