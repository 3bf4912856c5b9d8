//! Name lookups with bounded time: addresses, SRV (RFC 2782), NAPTR (RFC 3403).

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use hickory_resolver::system_conf::read_system_conf;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use ask::{Asker, Found, Times};

mod ask;

#[cfg(test)]
mod tests;

/// How long who asks waits altogether; name servers that answer only after five seconds are in use.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(8);
/// SRV or NAPTR records that count; more are dropped (a hostile zone may answer with thousands).
const MOST_RECORDS: usize = 64;
/// Addresses of one host that count.
const MOST_ADDRESSES: usize = 16;
/// Looks names up, at the system's resolvers or at one that the configuration names. Clones share what is known.
#[derive(Clone)]
pub struct Resolver {
    server: Option<SocketAddr>,
    times: Times,
    inner: Arc<Mutex<Option<Arc<Asker>>>>,
}

/// One SRV record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Srv {
    /// Lower first.
    pub priority: u16,
    /// Share among equals.
    pub weight: u16,
    /// The port.
    pub port: u16,
    /// The host, without the trailing dot; "." means that the service does not exist here.
    pub target: String,
}

/// One NAPTR record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naptr {
    /// Lower first.
    pub order: u16,
    /// Lower first among equal orders.
    pub preference: u16,
    /// `s`, `a`, `u`, ...
    pub flags: String,
    /// `SIP+D2T`, `SIPS+D2T`, `SIP+D2U`, ...
    pub services: String,
    /// The next name.
    pub replacement: String,
}

/// Why a lookup failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DnsError {
    /// The name cannot exist: it is not a valid domain name. (A name without such records is an empty list, not an error.)
    #[error("no such name")]
    NotFound,
    /// The name servers answered with a failure, or none could be reached.
    #[error("the name servers failed")]
    ServerFailure,
    /// No answer in time.
    #[error("no answer from the name servers")]
    Timeout,
}

impl Resolver {
    /// A resolver at `server` (UDP and TCP), or at the system's when absent. `/etc/hosts` counts in both cases.
    pub fn new(server: Option<SocketAddr>) -> Self {
        Self { server, times: Times::USUAL, inner: Arc::default() }
    }

    /// The SRV records of `name`, unordered, at most 64; empty when there are none. Within 8 s.
    pub async fn srv(&self, name: &str) -> Result<Vec<Srv>, DnsError> {
        let Some(lookup) = self.lookup(name, RecordType::SRV).await? else { return Ok(Vec::new()) };
        let records = of_the_question(&lookup).filter_map(|record| match &record.data {
            RData::SRV(srv) => Some(Srv {
                priority: srv.priority,
                weight: srv.weight,
                port: srv.port,
                target: without_trailing_dot(&srv.target),
            }),
            _ => None,
        });
        Ok(records.take(MOST_RECORDS).collect())
    }

    /// The NAPTR records of `name`, unordered, at most 64; empty when there are none. Within 8 s.
    pub async fn naptr(&self, name: &str) -> Result<Vec<Naptr>, DnsError> {
        let Some(lookup) = self.lookup(name, RecordType::NAPTR).await? else { return Ok(Vec::new()) };
        let records = of_the_question(&lookup).filter_map(|record| match &record.data {
            RData::NAPTR(naptr) => Some(Naptr {
                order: naptr.order,
                preference: naptr.preference,
                flags: String::from_utf8_lossy(&naptr.flags).into_owned(),
                services: String::from_utf8_lossy(&naptr.services).into_owned(),
                replacement: without_trailing_dot(&naptr.replacement),
            }),
            _ => None,
        });
        Ok(records.take(MOST_RECORDS).collect())
    }

    /// The TXT records of `name`, each as its strings, at most 64; empty when there are none. Within 8 s.
    pub async fn txt(&self, name: &str) -> Result<Vec<Vec<String>>, DnsError> {
        let Some(lookup) = self.lookup(name, RecordType::TXT).await? else { return Ok(Vec::new()) };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let records = of_the_question(&lookup).filter_map(|record| match &record.data {
            RData::TXT(txt) => Some(txt.txt_data.iter().take(MOST_RECORDS).map(|bytes| text(bytes)).collect()),
            _ => None,
        });
        Ok(records.take(MOST_RECORDS).collect())
    }

    /// The IPv6 and IPv4 addresses of `host` (a literal answers itself), at most 16, IPv6 first; empty when there are
    /// none. Within 8 s.
    pub async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, DnsError> {
        let literal = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
        if let Ok(address) = literal.parse::<IpAddr>() {
            return Ok(vec![address]);
        }
        let name = parse_name(host)?;
        let asker = self.asker()?;
        let (v6, v4) =
            both(asker.ask(name.clone(), RecordType::AAAA), asker.ask(name, RecordType::A), asker.times).await;
        let of = |answer: &Result<Found, DnsError>| {
            let lookup = answer.as_ref().ok().and_then(Option::as_ref);
            lookup.map(|lookup| of_the_question(lookup).filter_map(|record| record.data.ip_addr()).collect::<Vec<_>>())
        };
        let (mut found, second) = (of(&v6).unwrap_or_default(), of(&v4).unwrap_or_default());
        // Half of the places for each family, so that a flood of one cannot hide the other.
        found.truncate(MOST_ADDRESSES.saturating_sub(second.len().min(MOST_ADDRESSES / 2)));
        let left = MOST_ADDRESSES.saturating_sub(found.len());
        found.extend(second.into_iter().take(left));
        match (found.is_empty(), v4, v6) {
            (true, Err(error), _) | (true, _, Err(error)) => Err(error),
            (_, _, _) => Ok(found),
        }
    }

    /// Asks for the addresses of `host`, and does not wait: they will be known when they are wanted.
    pub fn prepare_addresses(&self, host: &str) {
        if host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
            return;
        }
        let (Ok(name), Ok(asker)) = (parse_name(host), self.asker()) else { return };
        asker.prepare(name.clone(), RecordType::AAAA);
        asker.prepare(name, RecordType::A);
    }

    async fn lookup(&self, name: &str, kind: RecordType) -> Result<Found, DnsError> {
        let mut name = parse_name(name)?;
        // SRV and NAPTR names are complete: the search list of the system must not turn them into others.
        name.set_fqdn(true);
        self.asker()?.ask(name, kind).await
    }

    /// Who asks, for the system's present files.
    fn asker(&self) -> Result<Arc<Asker>, DnsError> {
        let files = ask::files();
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(asker) = inner.as_ref().filter(|asker| asker.is_of(files)) {
            return Ok(Arc::clone(asker));
        }
        let (config, options) = name_servers(self.server);
        let asker = Asker::new(&config, &options, files, self.times).map_err(|_| DnsError::ServerFailure)?;
        let asker = Arc::new(asker);
        *inner = Some(Arc::clone(&asker));
        Ok(asker)
    }
}

/// Two questions at once. Where one has addresses, the other is not waited for much longer: some name servers never answer
/// one of the two (RFC 8305 section 3).
async fn both(
    v6: impl Future<Output = Result<Found, DnsError>>,
    v4: impl Future<Output = Result<Found, DnsError>>,
    times: Times,
) -> (Result<Found, DnsError>, Result<Found, DnsError>) {
    tokio::pin!(v6, v4);
    let patience = |first: &Result<Found, DnsError>| match first {
        Ok(Some(_)) => times.second_family,
        Ok(None) | Err(_) => times.late,
    };
    tokio::select! {
        first = &mut v6 => {
            let second = tokio::time::timeout(patience(&first), v4).await;
            (first, second.unwrap_or(Err(DnsError::Timeout)))
        }
        first = &mut v4 => {
            let second = tokio::time::timeout(patience(&first), v6).await;
            (second.unwrap_or(Err(DnsError::Timeout)), first)
        }
    }
}

/// The name servers, and how the system wants them to be asked.
fn name_servers(server: Option<SocketAddr>) -> (ResolverConfig, ResolverOpts) {
    match server {
        Some(at) => {
            let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
                connection.port = at.port();
                connection
            });
            let server = NameServerConfig::new(at.ip(), true, connections.into());
            (ResolverConfig::from_name_servers(vec![server]), ResolverOpts::default())
        }
        // Without the system's file there are no name servers, but the hosts file still counts.
        None => read_system_conf()
            .unwrap_or_else(|_| (ResolverConfig::from_name_servers(Vec::new()), ResolverOpts::default())),
    }
}

/// The records of the name that was asked for, and of those that it is an alias for (RFC 1034 section 3.6.2). What a name
/// server tells about other names beside them was not asked for (S38, RFC 5452 section 6).
fn of_the_question(lookup: &Lookup) -> impl Iterator<Item = &Record> {
    /// Aliases that are followed; a longer chain ends there.
    const LONGEST_CHAIN: usize = 16;
    let whole = |name: &Name| {
        let mut name = name.clone();
        name.set_fqdn(true);
        name
    };
    let mut owners = vec![whole(lookup.query().name())];
    for at in 0..LONGEST_CHAIN {
        let alias = lookup.answers().iter().find_map(|record| match &record.data {
            RData::CNAME(alias) if owners.get(at) == Some(&whole(&record.name)) => Some(whole(&alias.0)),
            _ => None,
        });
        match alias {
            Some(alias) if !owners.contains(&alias) => owners.push(alias),
            Some(_) | None => break,
        }
    }
    lookup.answers().iter().filter(move |record| owners.contains(&whole(&record.name)))
}

/// A name as DNS wants it: U-labels become A-labels (RFC 5890). One with a dot is complete.
fn parse_name(text: &str) -> Result<Name, DnsError> {
    let mut name = Name::from_utf8(text).map_err(|_| DnsError::NotFound)?;
    if name.num_labels() > 1 {
        name.set_fqdn(true);
    }
    Ok(name)
}

/// The domain in A-labels and lower case, without a trailing dot: the form for SNI and for certificates (RFC 9525
/// section 6.3). `None` when it is not a domain name.
pub fn ascii_domain(domain: &str) -> Option<String> {
    let name = Name::from_utf8(domain).ok()?;
    let ascii = name.to_ascii().to_ascii_lowercase();
    let ascii = ascii.strip_suffix('.').unwrap_or(&ascii);
    (!ascii.is_empty()).then(|| ascii.to_owned())
}

/// `.` stays itself: RFC 2782 gives it a meaning.
fn without_trailing_dot(name: &Name) -> String {
    let text = name.to_ascii();
    match text.strip_suffix('.') {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => text,
    }
}

/// Orders SRV records as RFC 2782 says: by priority, then by weighted chance drawn from `seed`.
pub fn order_srv(records: Vec<Srv>, seed: u64) -> Vec<Srv> {
    order_by_weight(records, seed, |srv| (srv.priority, srv.weight))
}

/// As [`order_srv`], for any items that carry a priority and a weight (two kinds of records mixed, XEP-0368 section 3).
pub fn order_by_weight<T>(mut items: Vec<T>, seed: u64, rank: impl Fn(&T) -> (u16, u16)) -> Vec<T> {
    let mut chance = StdRng::seed_from_u64(seed);
    // Within a priority those of weight 0 come first, so that they keep a small chance (RFC 2782, "Weight").
    items.sort_by_key(|item| rank(item));
    let mut ordered = Vec::with_capacity(items.len());
    while let Some(first) = items.first() {
        let priority = rank(first).0;
        let peers = items.iter().take_while(|item| rank(item).0 == priority);
        let total: u64 = peers.map(|item| u64::from(rank(item).1)).sum();
        let drawn = chance.random_range(0..=total);
        let mut sum = 0;
        let chosen = items.iter().position(|item| {
            sum += u64::from(rank(item).1);
            sum >= drawn
        });
        // `drawn` is at most the sum over the first priority, so the search ends there.
        ordered.push(items.remove(chosen.unwrap_or(0)));
    }
    ordered
}
