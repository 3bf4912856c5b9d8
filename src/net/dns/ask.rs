//! Asking one question, whatever the network makes of it: over UDP, after a moment over TCP and over UDP again, at all name
//! servers at once; with a memory of the answers, and of those that came when nobody waited any more.
//!
//! A name server that is slow is no dead one: the first question is never given up for a later one, and whoever gives up
//! waiting leaves the question running, so that the next try finds its answer.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use hickory_resolver::config::{ProtocolConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError as NetDnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::{TokioResolver, lookup::Lookup};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;

use super::DnsError;

/// How long things take; tests use shorter ones.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// How long the first datagram has before the question goes over TCP and over UDP again.
    pub(super) head_start: Duration,
    /// How long who asks waits.
    pub(super) wait: Duration,
    /// How long a question stays open for those who ask again.
    pub(super) late: Duration,
    /// How long who asks waits where an answer that has run out is known (RFC 8767 section 5, the client response timer).
    pub(super) with_stale: Duration,
    /// How long the addresses of the one family wait for those of the other (RFC 8305 section 3: at least 50 ms).
    pub(super) second_family: Duration,
}

impl Times {
    /// Those of the program.
    pub(super) const USUAL: Self = Self {
        head_start: Duration::from_secs(2),
        wait: super::LOOKUP_TIMEOUT,
        late: Duration::from_secs(20),
        with_stale: Duration::from_millis(1800),
        second_family: Duration::from_millis(300),
    };
}

/// Answers that are remembered; when full, the one that runs out first is forgotten.
const MOST_KNOWN: usize = 512;
/// Questions that are open at a time, those that nobody waits for included; when full, a question fails.
const MOST_OPEN: usize = 256;
/// The longest time that an answer counts as fresh.
const LONGEST_TTL: Duration = Duration::from_secs(3600);
/// How long an answer that has run out helps where no name server answers (RFC 8767 section 5: one to three days).
const STALE: Duration = Duration::from_secs(24 * 3600);
/// Name servers that are asked at once: as many as the system's file may name.
const SERVERS_AT_ONCE: usize = 3;
/// The system's files, read again when they change (another network brings other name servers).
const SYSTEM_FILES: [&str; 2] = ["/etc/resolv.conf", "/etc/hosts"];

/// What a question found; `None`: there are no such records.
pub(super) type Found = Option<Lookup>;

/// Asks the name servers of one state of the system's files.
pub(super) struct Asker {
    files: [Option<SystemTime>; 2],
    /// Datagrams, streams, datagrams again.
    ways: [TokioResolver; 3],
    known: Mutex<BTreeMap<(Name, u16), Known>>,
    open: Arc<Semaphore>,
    pub(super) times: Times,
}

/// An answer that is remembered.
struct Known {
    found: Found,
    fresh_until: Instant,
}

/// The state of the system's files.
pub(super) fn files() -> [Option<SystemTime>; 2] {
    SYSTEM_FILES.map(|path| Path::new(path).metadata().and_then(|about| about.modified()).ok())
}

impl Asker {
    /// For name servers and the options that the system names for them. `files` is the state that they were read in.
    pub(super) fn new(
        config: &ResolverConfig,
        options: &ResolverOpts,
        files: [Option<SystemTime>; 2],
        times: Times,
    ) -> Result<Self, NetError> {
        let way = |streams_only: bool| {
            let mut servers = config.name_servers().to_vec();
            for server in &mut servers {
                server.connections.retain(|by| !streams_only || !matches!(by.protocol, ProtocolConfig::Udp));
            }
            let config = ResolverConfig::from_parts(config.domain().cloned(), config.search().to_vec(), servers);
            let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
            *builder.options_mut() = options.clone();
            let options = builder.options_mut();
            options.timeout = times.late;
            // Nothing is asked twice in one way: the ways are the repetition.
            options.attempts = 0;
            options.num_concurrent_reqs = SERVERS_AT_ONCE;
            // The memory here knows more: what came late, and what has run out.
            options.cache_size = 0;
            builder.build()
        };
        let ways = [way(false)?, way(true)?, way(false)?];
        Ok(Self { files, ways, known: Mutex::default(), open: Arc::new(Semaphore::new(MOST_OPEN)), times })
    }

    /// Whether the system's files are still as they were.
    pub(super) fn is_of(&self, files: [Option<SystemTime>; 2]) -> bool {
        self.files == files
    }

    /// Asks, or remembers. The question goes on when nobody waits for it any more.
    pub(super) async fn ask(self: &Arc<Self>, name: Name, kind: RecordType) -> Result<Found, DnsError> {
        let key = (name, u16::from(kind));
        let (fresh, stale) = self.remembered(&key);
        if let Some(found) = fresh {
            return Ok(found);
        }
        let answer = self.begin(key, kind)?;
        let patience = if stale.is_some() { self.times.with_stale } else { self.times.wait };
        let outcome = match tokio::time::timeout(patience, answer).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(DnsError::ServerFailure),
            Err(_elapsed) => Err(DnsError::Timeout),
        };
        match (outcome, stale) {
            (Err(_), Some(stale)) => Ok(Some(stale)),
            (outcome, _) => outcome,
        }
    }

    /// Asks for what will be wanted soon, and does not wait.
    pub(super) fn prepare(self: &Arc<Self>, name: Name, kind: RecordType) {
        let key = (name, u16::from(kind));
        if self.remembered(&key).0.is_none() {
            // Whoever wants it asks again: nothing is lost where no more questions may be open.
            let _ = self.begin(key, kind);
        }
    }

    /// Puts a question into a task of its own.
    fn begin(
        self: &Arc<Self>,
        key: (Name, u16),
        kind: RecordType,
    ) -> Result<oneshot::Receiver<Result<Found, DnsError>>, DnsError> {
        let Ok(place) = Arc::clone(&self.open).try_acquire_owned() else { return Err(DnsError::ServerFailure) };
        let (told, answer) = oneshot::channel();
        let asker = Arc::clone(self);
        tokio::spawn(async move {
            let race = asker.race(&key.0, kind);
            let outcome = tokio::time::timeout(asker.times.late, race).await.unwrap_or(Err(DnsError::Timeout));
            let outcome = outcome.map(|(found, ttl)| {
                asker.remember(key, found.clone(), ttl);
                found
            });
            // Nobody may wait any more.
            let _ = told.send(outcome);
            drop(place);
        });
        Ok(answer)
    }

    /// Datagrams first; after the head start, or when they failed, the other ways beside them. The first answer counts.
    async fn race(&self, name: &Name, kind: RecordType) -> Result<(Found, Duration), DnsError> {
        let [first, others @ ..] = &self.ways;
        let mut running = JoinSet::new();
        running.spawn(one(first.clone(), name.clone(), kind));
        let mut others = Some(others);
        let mut failure = DnsError::Timeout;
        let head_start = tokio::time::sleep(self.times.head_start);
        tokio::pin!(head_start);
        loop {
            tokio::select! {
                done = running.join_next() => match done {
                    Some(Ok(Ok(answer))) => return Ok(answer),
                    Some(Ok(Err(error))) => failure = if failure == DnsError::Timeout { error } else { failure },
                    Some(Err(_)) => failure = DnsError::ServerFailure,
                    None => return Err(failure),
                },
                () = &mut head_start, if others.is_some() => {}
            }
            for way in others.take().into_iter().flatten() {
                running.spawn(one(way.clone(), name.clone(), kind));
            }
        }
    }

    /// What is known of a question: fresh, or run out.
    fn remembered(&self, key: &(Name, u16)) -> (Option<Found>, Option<Lookup>) {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        match known.get(key) {
            Some(known) if known.fresh_until > now => (Some(known.found.clone()), None),
            Some(known) if known.fresh_until + STALE > now => (None, known.found.clone()),
            Some(_) | None => (None, None),
        }
    }

    fn remember(&self, key: (Name, u16), found: Found, ttl: Duration) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if ttl.is_zero() {
            // It was not to be kept; what was known before is no longer true.
            known.remove(&key);
            return;
        }
        if known.len() >= MOST_KNOWN && !known.contains_key(&key) {
            let first = known.iter().min_by_key(|(_, known)| known.fresh_until).map(|(key, _)| key.clone());
            if let Some(first) = first {
                known.remove(&first);
            }
        }
        known.insert(key, Known { found, fresh_until: Instant::now() + ttl.min(LONGEST_TTL) });
    }
}

/// Asks in one way.
async fn one(resolver: TokioResolver, name: Name, kind: RecordType) -> Result<(Found, Duration), DnsError> {
    let error = match resolver.lookup(name.clone(), kind).await {
        Ok(lookup) => return Ok(answered(lookup)),
        Err(error) => error,
    };
    // The library takes the target of an SRV record for an alias, and loses records that stand behind a true one.
    if kind == RecordType::SRV && strayed(&error, &name) {
        let alias = match resolver.lookup(name, RecordType::CNAME).await {
            Ok(lookup) => lookup.answers().iter().find_map(|record| match &record.data {
                RData::CNAME(alias) => Some(alias.0.clone()),
                _ => None,
            }),
            Err(_) => None,
        };
        if let Some(alias) = alias {
            return match resolver.lookup(alias, kind).await {
                Ok(lookup) => Ok(answered(lookup)),
                Err(error) => none_or_failure(&error),
            };
        }
    }
    none_or_failure(&error)
}

fn answered(lookup: Lookup) -> (Found, Duration) {
    let ttl = lookup.answers().iter().map(|record| record.ttl).min().unwrap_or_default();
    (Some(lookup), Duration::from_secs(u64::from(ttl)))
}

/// Whether the records that are missing are those of another name than was asked for.
fn strayed(error: &NetError, asked: &Name) -> bool {
    match error {
        NetError::Dns(NetDnsError::NoRecordsFound(none)) => none.query.name() != asked,
        _ => false,
    }
}

/// Tells "there are none" from a failure.
fn none_or_failure(error: &NetError) -> Result<(Found, Duration), DnsError> {
    match error {
        NetError::Dns(NetDnsError::NoRecordsFound(none)) => match none.response_code {
            ResponseCode::NXDomain | ResponseCode::NoError => {
                // RFC 2308 section 5: without an SOA record it is not kept.
                Ok((None, Duration::from_secs(u64::from(none.negative_ttl.unwrap_or_default()))))
            }
            _ => Err(DnsError::ServerFailure),
        },
        NetError::Timeout => Err(DnsError::Timeout),
        _ => Err(DnsError::ServerFailure),
    }
}
