//! Where to send: RFC 3263 as a pure decision over DNS answers.
//!
//! Questions that do not need each other's answers are asked together: NAPTR, the SRV names that it would most likely give, and
//! the addresses of the domain itself first; then the addresses of what an SRV record names as soon as it is there. With a name
//! server that takes five seconds for an answer that makes ten seconds, and not twenty. Where a domain publishes TLS, nothing weaker is tried: an attacker who blocks the port must not get the
//! password's digest in the clear.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::boundary::TransportChoice;
use crate::model::{SipScheme, SipUri, Transport};

/// How many targets are tried (S38).
pub const MAX_TARGETS: usize = 8;
/// How many names are followed from one answer (S38).
const MAX_NAMES: usize = 8;

/// How many hosts are asked for before they are wanted.
const MAX_AHEAD: usize = 6;

/// One place to send to.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    /// How.
    pub transport: Transport,
    /// Where.
    pub address: SocketAddr,
    /// The SIP domain that a certificate must name (RFC 5922): that of the address or of the proxy, not the SRV target.
    pub domain: String,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Target({:?})", self.transport)
    }
}

/// A question for DNS.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// The NAPTR records of a name.
    Naptr(String),
    /// The SRV records of a name.
    Srv(String),
    /// The addresses of a host.
    Addresses(String),
}

/// What DNS said. A name that does not exist is an empty list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// NAPTR records.
    Naptr(Vec<NaptrRecord>),
    /// SRV records.
    Srv(Vec<SrvRecord>),
    /// Addresses.
    Addresses(Vec<IpAddr>),
    /// The name servers could not be asked.
    Failed,
}

/// A NAPTR record (RFC 3403), as far as it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NaptrRecord {
    /// Lower first.
    pub order: u16,
    /// Lower first among equal orders.
    pub preference: u16,
    /// `s` for what we follow.
    pub flags: String,
    /// `SIPS+D2T`, `SIP+D2T`, `SIP+D2U`.
    pub services: String,
    /// The SRV name.
    pub replacement: String,
}

/// An SRV record (RFC 2782).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SrvRecord {
    /// Lower first.
    pub priority: u16,
    /// Share among equals.
    pub weight: u16,
    /// The port.
    pub port: u16,
    /// The host; `.` says that the service is not offered.
    pub target: String,
}

/// No place to send to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocateError {
    /// The name does not exist, or has no address.
    #[error("the name of the server does not exist")]
    NotFound,
    /// The name servers did not answer.
    #[error("the name servers do not answer")]
    Dns,
    /// `sips:` and a transport without TLS.
    #[error("the address asks for TLS and the settings for another transport")]
    Conflict,
    /// TLS is demanded, and the domain publishes only unprotected ways.
    #[error("the server offers no encrypted connection any more, and nothing weaker is used")]
    Unprotected,
}

/// A service that a domain offers: the transport and the SRV name that leads to it.
type Service = (Transport, String);

/// One lookup.
pub struct Locator {
    domain: String,
    /// What is asked for, with the answer where there is one.
    answers: BTreeMap<Question, Option<Answer>>,
    to_ask: Vec<Question>,
    stage: Stage,
    /// The transports that may be used, best first.
    allowed: Vec<Transport>,
    /// Hosts whose addresses were asked for before they were wanted.
    ahead: usize,
    /// Nothing but TLS will do, and a domain that publishes only other ways is to be told apart.
    only_tls: bool,
    chance: StdRng,
}

enum Stage {
    /// NAPTR and the usual SRV names are asked.
    Services,
    /// The SRV names that NAPTR gave, best first, are asked.
    Named(Vec<Service>),
    /// The addresses of hosts are asked: transport, host, port, in order.
    Hosts(Vec<(Transport, String, u16)>),
    Done(Result<Vec<Target>, LocateError>),
}

impl Locator {
    /// Starts to look up where requests for `uri` go: the AOR's domain or the outbound proxy. `seed` decides between
    /// SRV records of equal priority.
    ///
    /// With `only_tls` the other transports are looked up to be told apart, and never used.
    pub fn new(uri: &SipUri, choice: TransportChoice, only_tls: bool, seed: u64) -> Self {
        let host = uri.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let mut locator = Self {
            domain: uri.host().to_owned(),
            answers: BTreeMap::new(),
            to_ask: Vec::new(),
            stage: Stage::Services,
            allowed: Vec::new(),
            ahead: 0,
            only_tls,
            chance: StdRng::seed_from_u64(seed),
        };
        let Some(allowed) = allowed(uri, choice) else {
            locator.stage = Stage::Done(Err(LocateError::Conflict));
            return locator;
        };
        if only_tls && !allowed.contains(&Transport::Tls) {
            locator.stage = Stage::Done(Err(LocateError::Unprotected));
            return locator;
        }
        locator.allowed = allowed;
        let plain = locator.unnamed();
        let literal = host.parse::<IpAddr>().is_ok();
        if literal || uri.port().is_some() {
            let port = uri.port().unwrap_or(default_port(plain));
            locator.ask_hosts(vec![(plain, host, port)]);
            return locator;
        }
        // Where there are no records it is the domain itself, and many a home router never answers for records.
        locator.ask(Question::Addresses(host.clone()));
        if locator.allowed.len() > 1 {
            locator.ask(Question::Naptr(host));
        }
        for (_, name) in locator.usual_services() {
            locator.ask(Question::Srv(name));
        }
        locator
    }

    /// The next question for DNS; ask them all at once.
    #[must_use]
    pub fn poll_question(&mut self) -> Option<Question> {
        self.to_ask.pop()
    }

    /// The result, once it is there: at most [`MAX_TARGETS`], the best first.
    #[must_use]
    pub fn outcome(&self) -> Option<&Result<Vec<Target>, LocateError>> {
        match &self.stage {
            Stage::Done(result) => Some(result),
            Stage::Services | Stage::Named(_) | Stage::Hosts(_) => None,
        }
    }

    /// Takes an answer. One to a question that was not asked is ignored.
    pub fn handle_answer(&mut self, question: &Question, answer: Answer) {
        let Some(slot) = self.answers.get_mut(question) else { return };
        *slot = Some(answer.clone());
        self.ask_ahead(answer);
        while self.wanted().iter().all(|question| matches!(self.answers.get(question), Some(Some(_)))) {
            match std::mem::replace(&mut self.stage, Stage::Services) {
                Stage::Services => self.choose_services(),
                Stage::Named(services) => self.choose_hosts(&services),
                Stage::Hosts(hosts) => self.stage = Stage::Done(self.targets(&hosts)),
                done @ Stage::Done(_) => {
                    self.stage = done;
                    return;
                }
            }
        }
    }

    /// The questions whose answers the present stage waits for; what was asked ahead is not among them.
    fn wanted(&self) -> Vec<Question> {
        match &self.stage {
            Stage::Services => {
                let naptr = (self.allowed.len() > 1).then(|| Question::Naptr(self.host().to_owned()));
                naptr
                    .into_iter()
                    .chain(self.usual_services().into_iter().map(|(_, name)| Question::Srv(name)))
                    .collect()
            }
            Stage::Named(services) => services.iter().map(|(_, name)| Question::Srv(name.clone())).collect(),
            Stage::Hosts(hosts) => hosts.iter().map(|(_, host, _)| Question::Addresses(host.clone())).collect(),
            Stage::Done(_) => Vec::new(),
        }
    }

    /// Asks for the addresses of the best that SRV records name, before it is known whether they will be chosen.
    fn ask_ahead(&mut self, answer: Answer) {
        let Answer::Srv(mut records) = answer else { return };
        records.retain(|record| record.target != "." && record.port != 0 && record.target.parse::<IpAddr>().is_err());
        records.sort_by_key(|record| record.priority);
        for record in records {
            if self.ahead == MAX_AHEAD {
                return;
            }
            self.ahead += 1;
            self.ask(Question::Addresses(record.target));
        }
    }

    fn host(&self) -> &str {
        self.domain.trim_start_matches('[').trim_end_matches(']')
    }

    fn ask(&mut self, question: Question) {
        if !self.answers.contains_key(&question) {
            self.answers.insert(question.clone(), None);
            self.to_ask.push(question);
        }
    }

    /// The transport where DNS does not say: `sip:` means UDP and `sips:` TLS (RFC 3263 section 4.1).
    fn unnamed(&self) -> Transport {
        match self.only_tls {
            true => Transport::Tls,
            false if self.allowed.contains(&Transport::Udp) => Transport::Udp,
            false => self.allowed.first().copied().unwrap_or(Transport::Tls),
        }
    }

    fn usual_services(&self) -> Vec<Service> {
        self.allowed
            .iter()
            .map(|transport| {
                let prefix = match transport {
                    Transport::Tls => "_sips._tcp",
                    Transport::Tcp => "_sip._tcp",
                    Transport::Udp => "_sip._udp",
                };
                (*transport, format!("{prefix}.{}", self.domain))
            })
            .collect()
    }

    fn choose_services(&mut self) {
        let records = match self.answers.get(&Question::Naptr(self.domain.clone())) {
            Some(Some(Answer::Naptr(records))) => records.clone(),
            _ => Vec::new(),
        };
        let mut named: Vec<(Transport, u16, u16, String)> = records
            .into_iter()
            .filter(|record| record.flags.eq_ignore_ascii_case("s"))
            .filter_map(|record| {
                let transport = match record.services.to_ascii_uppercase().as_str() {
                    "SIPS+D2T" => Transport::Tls,
                    "SIP+D2T" => Transport::Tcp,
                    "SIP+D2U" => Transport::Udp,
                    _ => return None,
                };
                let usable = self.allowed.contains(&transport) && !record.replacement.is_empty();
                usable.then_some((transport, record.order, record.preference, record.replacement))
            })
            .collect();
        // The best protected first, then as DNS prefers.
        named.sort_by_key(|(transport, order, preference, _)| (std::cmp::Reverse(*transport), *order, *preference));
        named.truncate(MAX_NAMES);
        let services: Vec<Service> = if named.is_empty() {
            self.usual_services()
        } else {
            named.into_iter().map(|(transport, _, _, name)| (transport, name)).collect()
        };
        for (_, name) in &services {
            self.ask(Question::Srv(name.clone()));
        }
        self.stage = Stage::Named(services);
    }

    fn choose_hosts(&mut self, services: &[Service]) {
        let mut hosts = Vec::new();
        let mut denied = false;
        for (transport, name) in services {
            let Some(Some(Answer::Srv(records))) = self.answers.get(&Question::Srv(name.clone())) else { continue };
            let records: Vec<SrvRecord> = records.iter().take(64).cloned().collect();
            // RFC 2782: a single "." denies the service.
            denied |= records.iter().any(|record| record.target == ".");
            for record in order(records, &mut self.chance) {
                if record.target != "." && record.port != 0 {
                    hosts.push((*transport, record.target, record.port));
                }
            }
        }
        if hosts.iter().any(|(transport, ..)| *transport == Transport::Tls) {
            hosts.retain(|(transport, ..)| *transport == Transport::Tls);
        } else if self.only_tls && !hosts.is_empty() {
            // Where a question had no answer, it may have been the one for TLS.
            let unanswered = self.answers.iter().any(|(question, answer)| {
                !matches!(question, Question::Addresses(_)) && matches!(answer, Some(Answer::Failed))
            });
            self.stage = Stage::Done(Err(if unanswered { LocateError::Dns } else { LocateError::Unprotected }));
            return;
        }
        hosts.truncate(MAX_NAMES);
        if hosts.is_empty() && !denied {
            // RFC 3263 section 4.2: no SRV records, so the addresses of the domain itself.
            let plain = self.unnamed();
            hosts.push((plain, self.domain.clone(), default_port(plain)));
        }
        self.ask_hosts(hosts);
    }

    fn ask_hosts(&mut self, hosts: Vec<(Transport, String, u16)>) {
        let mut literals = Vec::new();
        for (_, host, _) in &hosts {
            let question = Question::Addresses(host.clone());
            self.ask(question.clone());
            if let Ok(address) = host.parse::<IpAddr>() {
                literals.push((question, address));
            }
        }
        self.stage = Stage::Hosts(hosts);
        if self.answers.is_empty() {
            self.stage = Stage::Done(Err(LocateError::NotFound));
        }
        for (question, address) in literals {
            self.to_ask.retain(|asked| *asked != question);
            self.handle_answer(&question, Answer::Addresses(vec![address]));
        }
    }

    fn targets(&self, hosts: &[(Transport, String, u16)]) -> Result<Vec<Target>, LocateError> {
        let mut targets: Vec<Target> = Vec::new();
        for (transport, host, port) in hosts {
            let Some(Some(Answer::Addresses(addresses))) = self.answers.get(&Question::Addresses(host.clone())) else {
                continue;
            };
            for address in addresses {
                let address = SocketAddr::new(*address, *port);
                let target = Target { transport: *transport, address, domain: self.domain.clone() };
                if targets.len() < MAX_TARGETS && !targets.contains(&target) {
                    targets.push(target);
                }
            }
        }
        if !targets.is_empty() {
            return Ok(targets);
        }
        let beside = |question: &Question| match question {
            Question::Addresses(host) => !hosts.iter().any(|(_, named, _)| named == host),
            Question::Naptr(_) | Question::Srv(_) => false,
        };
        let mut counting = self.answers.iter().filter(|(question, _)| !beside(question));
        let failed = counting.any(|(_, answer)| matches!(answer, Some(Answer::Failed)));
        Err(if failed { LocateError::Dns } else { LocateError::NotFound })
    }
}

/// The transports that the address and the settings leave, best first; never empty. `None` when they contradict.
fn allowed(uri: &SipUri, choice: TransportChoice) -> Option<Vec<Transport>> {
    let wished = match (choice, uri.param("transport")) {
        (TransportChoice::Udp, _) => vec![Transport::Udp],
        (TransportChoice::Tcp, _) => vec![Transport::Tcp],
        (TransportChoice::Tls, _) => vec![Transport::Tls],
        (TransportChoice::Auto, Some(Some(name))) if name.eq_ignore_ascii_case("udp") => vec![Transport::Udp],
        (TransportChoice::Auto, Some(Some(name))) if name.eq_ignore_ascii_case("tcp") => vec![Transport::Tcp],
        (TransportChoice::Auto, Some(Some(name))) if name.eq_ignore_ascii_case("tls") => vec![Transport::Tls],
        (TransportChoice::Auto, _) => vec![Transport::Tls, Transport::Tcp, Transport::Udp],
    };
    match uri.scheme() {
        SipScheme::Sip => Some(wished),
        // RFC 3261 section 26.2.2: TLS and nothing else; `sips` over "tcp" means TLS over TCP.
        SipScheme::Sips if wished == [Transport::Udp] => None,
        SipScheme::Sips => Some(vec![Transport::Tls]),
    }
}

fn default_port(transport: Transport) -> u16 {
    match transport {
        Transport::Udp | Transport::Tcp => 5060,
        Transport::Tls => 5061,
    }
}

/// RFC 2782: by priority, then by weighted chance.
fn order(mut records: Vec<SrvRecord>, chance: &mut StdRng) -> Vec<SrvRecord> {
    records.sort_by_key(|record| (record.priority, record.weight));
    let mut ordered = Vec::with_capacity(records.len());
    while let Some(first) = records.first() {
        let priority = first.priority;
        let total: u64 = records.iter().take_while(|r| r.priority == priority).map(|r| u64::from(r.weight)).sum();
        let drawn = chance.random_range(0..=total);
        let mut sum = 0;
        let chosen = records.iter().position(|record| {
            sum += u64::from(record.weight);
            sum >= drawn
        });
        ordered.push(records.remove(chosen.unwrap_or(0)));
    }
    ordered
}
