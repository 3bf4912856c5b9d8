//! The checks of one stream: pairs, pacing, roles, nomination, consent (RFC 8445 sections 6 to 8, RFC 7675).

mod consent;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use consent::CONSENT_LOST;

use super::filter::may_check;
use super::pair::{Check, Pair, State, priority};
use super::{Chosen, Local, Way};
use crate::media::stun::{Class, Message, Method, TransactionId, Writer, attribute};
use crate::model::{BootTime, Now};
use crate::sdp::{Candidate, CandidateKind, IcePlan};

/// Between two new checks: Ta (RFC 8445 section 14.2).
pub const PACE: Duration = Duration::from_millis(50);
/// Pairs of a stream (M02), shared by its components. When full, a new one takes the place of the least one that has not
/// worked, or is not made.
pub const MOST_PAIRS: usize = 32;
/// How long a pair that works waits for a better one before it is nominated.
const PATIENCE: Duration = Duration::from_millis(400);
/// Without any pair that works after this, there is none.
const GIVE_UP: Duration = Duration::from_secs(12);
/// Checks that were asked for by the peer's and wait: at most one per pair.
const MOST_TRIGGERED: usize = MOST_PAIRS;

/// What the checks want.
#[derive(Clone, PartialEq, Eq)]
pub enum Output {
    /// A message goes out.
    Transmit {
        /// How.
        way: Way,
        /// Where to.
        to: SocketAddr,
        /// As on the wire.
        bytes: Vec<u8>,
    },
    /// Packets go here from now on.
    Selected(Way, SocketAddr),
    /// No pair works.
    Failed,
    /// The peer has not said for thirty seconds that it wants our packets.
    ConsentLost,
}

/// The machine.
pub struct Agent {
    plan: IcePlan,
    /// Components of the stream: each has its part of the pairs and of the pace.
    components: u8,
    controlling: bool,
    tie_breaker: u64,
    random: StdRng,
    locals: Vec<Local>,
    pairs: Vec<Pair>,
    triggered: VecDeque<(Way, SocketAddr)>,
    selected: Option<(Way, SocketAddr)>,
    started: BootTime,
    next_check: BootTime,
    first_valid: Option<BootTime>,
    next_consent: Option<BootTime>,
    consent_checks: VecDeque<(TransactionId, BootTime)>,
    heard_at: BootTime,
    over: bool,
    outputs: VecDeque<Output>,
}

impl Agent {
    /// Starts the checks with what both sides told each other.
    pub fn new(plan: IcePlan, locals: Vec<Local>, components: u8, seed: [u8; 32], now: Now) -> Self {
        let mut random = StdRng::from_seed(seed);
        let mut agent = Self {
            components: components.max(1),
            // RFC 8445 section 6.1.1: a lite peer never controls.
            controlling: plan.controlling || plan.remote.lite,
            tie_breaker: random.random(),
            random,
            locals,
            pairs: Vec::new(),
            triggered: VecDeque::new(),
            selected: None,
            started: now.boot,
            next_check: now.boot,
            first_valid: None,
            next_consent: None,
            consent_checks: VecDeque::new(),
            heard_at: now.boot,
            over: false,
            outputs: VecDeque::new(),
            plan,
        };
        for candidate in agent.plan.remote.candidates.clone() {
            agent.add_remote(&candidate);
        }
        agent
    }

    /// The credentials that it works with: others mean a restart.
    pub fn plan(&self) -> &IcePlan {
        &self.plan
    }

    /// A candidate of the peer, also one that came later (RFC 8838).
    pub fn add_remote(&mut self, candidate: &Candidate) {
        let ours: Vec<_> = self.locals.iter().map(|local| local.candidate.address.ip()).collect();
        if !may_check(ours, candidate.address) {
            tracing::debug!("a candidate of the other side is not checked");
            return;
        }
        let known = &mut self.plan.remote.candidates;
        if known.len() < MOST_PAIRS && !known.contains(candidate) {
            known.push(candidate.clone());
        }
        for local in self.locals.clone() {
            self.pair(&local, candidate);
        }
    }

    /// A candidate of ours that was found after the checks began.
    pub fn add_local(&mut self, local: Local) {
        for candidate in self.plan.remote.candidates.clone() {
            if may_check([local.candidate.address.ip()], candidate.address) {
                self.pair(&local, &candidate);
            }
        }
        self.locals.push(local);
    }

    fn pair(&mut self, local: &Local, candidate: &Candidate) {
        // RFC 8445 section 6.1.2.4: a reflexive candidate is sent from its base, which is there as well.
        let base = matches!(local.candidate.kind, CandidateKind::Host | CandidateKind::Relayed);
        if base && local.candidate.address.is_ipv4() == candidate.address.is_ipv4() {
            self.add_pair(local, candidate.address, candidate.kind, candidate.priority);
        }
    }

    fn add_pair(&mut self, local: &Local, remote: SocketAddr, kind: CandidateKind, remote_priority: u32) {
        if self.pairs.iter().any(|pair| pair.way == local.way && pair.remote == remote) {
            return;
        }
        let (ours, theirs) = (local.candidate.priority, remote_priority);
        let priority = if self.controlling { priority(ours, theirs) } else { priority(theirs, ours) };
        if self.pairs.len() >= MOST_PAIRS / usize::from(self.components) {
            let unproven = |pair: &&Pair| !pair.heard && pair.state != State::Succeeded;
            let least = self.pairs.iter().filter(unproven).map(|pair| pair.priority).min();
            match least.filter(|least| *least < priority) {
                Some(least) => self.pairs.retain(|pair| pair.priority != least),
                None => return,
            }
        }
        self.pairs.push(Pair {
            way: local.way,
            remote,
            local_kind: local.candidate.kind,
            reflexive_priority: (CandidateKind::PeerReflexive.preference() << 24) | (ours & 0x00ff_ffff),
            remote_kind: kind,
            priority,
            state: State::Waiting,
            check: None,
            heard: false,
            chosen: false,
            mapped: None,
            round_trip: None,
        });
        self.pairs.sort_by_key(|pair| std::cmp::Reverse(pair.priority));
    }

    /// Where packets go: the chosen pair, before that the best one that works (RFC 8445 section 12.1).
    #[must_use]
    pub fn target(&self) -> Option<(Way, SocketAddr)> {
        let works =
            || self.pairs.iter().find(|pair| pair.state == State::Succeeded).map(|pair| (pair.way, pair.remote));
        if self.over { None } else { self.selected.or_else(works) }
    }

    /// Whether packets from there are the peer's: a check has shown it.
    #[must_use]
    pub fn knows(&self, way: Way, from: SocketAddr) -> bool {
        let proven = |pair: &Pair| pair.heard || pair.state == State::Succeeded;
        self.pairs.iter().any(|pair| pair.way == way && pair.remote == from && proven(pair))
    }

    /// The path that packets take.
    #[must_use]
    pub fn chosen(&self) -> Option<Chosen> {
        let (way, remote) = self.target()?;
        let pair = self.pairs.iter().find(|pair| pair.way == way && pair.remote == remote)?;
        let relay = match way {
            Way::Relay(number) => Some(number),
            Way::Socket(_) => None,
        };
        let Pair { local_kind: local, remote_kind: remote, round_trip, .. } = *pair;
        Some(Chosen { local, remote, relay, round_trip })
    }

    /// The pair that was chosen for good: its ends as the peer and we see them, and whether the choice was ours
    /// (RFC 8445 section 8.1).
    #[must_use]
    pub fn nominated(&self) -> Option<(SocketAddr, SocketAddr, bool)> {
        let (way, remote) = self.selected?;
        let pair = self.pairs.iter().find(|pair| pair.way == way && pair.remote == remote)?;
        let fits = |local: &&Local| local.way == way && local.candidate.address.is_ipv4() == remote.is_ipv4();
        let base = self.locals.iter().find(fits).map(|local| local.candidate.address)?;
        // A relay answers for itself: what it sees of us is not the peer's business.
        let seen = pair.mapped.filter(|_| matches!(way, Way::Socket(_)));
        Some((seen.unwrap_or(base), remote, self.controlling))
    }

    /// A message of the peer, or of somebody who wants to be taken for it.
    pub fn handle_message(&mut self, way: Way, from: SocketAddr, message: &Message<'_>, now: Now) {
        if message.method != Method::Binding || self.over {
            return;
        }
        match message.class {
            Class::Request => self.handle_request(way, from, message, now),
            Class::Success | Class::Error => self.handle_response(way, from, message, now),
            // A keepalive (RFC 8445 section 11).
            Class::Indication => {}
        }
    }

    fn handle_request(&mut self, way: Way, from: SocketAddr, message: &Message<'_>, now: Now) {
        // RFC 8445 section 7.3: meant for us, and made with our password. Anybody else is not answered at all (M01).
        let ours = &self.plan.local.credentials;
        let named = message.text(attribute::USERNAME).and_then(|name| name.split(':').next());
        if named != Some(&*ours.fragment) || !message.is_authentic(ours.password.as_bytes()) {
            return;
        }
        let password = ours.password.clone();
        if self.is_conflict(message) {
            let refusal = Writer::new(Method::Binding, Class::Error, message.transaction)
                .with_error(487, "Role Conflict")
                .with_integrity(password.as_bytes())
                .with_fingerprint();
            self.transmit(way, from, refusal);
            return;
        }
        let answer = Writer::new(Method::Binding, Class::Success, message.transaction)
            .with_address(attribute::XOR_MAPPED_ADDRESS, from)
            .with_integrity(password.as_bytes())
            .with_fingerprint();
        self.transmit(way, from, answer);
        let base = self.locals.iter().find(|local| {
            local.way == way && matches!(local.candidate.kind, CandidateKind::Host | CandidateKind::Relayed)
        });
        if let Some(base) = base.cloned() {
            // RFC 8445 section 7.3.1.3: an address that no candidate named.
            let priority = message.number(attribute::PRIORITY).unwrap_or(1).clamp(1, 0x7fff_ffff);
            self.add_pair(&base, from, CandidateKind::PeerReflexive, priority);
        }
        let (controlling, waits) = (self.controlling, !self.triggered.contains(&(way, from)));
        let Some(pair) = self.pairs.iter_mut().find(|pair| pair.way == way && pair.remote == from) else { return };
        pair.heard = true;
        let chosen = !controlling && message.get(attribute::USE_CANDIDATE).is_some();
        match pair.state {
            State::Succeeded if chosen => self.select(way, from, now),
            State::Succeeded => {}
            State::Waiting | State::InProgress | State::Failed => {
                pair.chosen |= chosen;
                // RFC 8445 section 7.3.1.4: checked at once, the request that is out may have been lost on a closed door.
                if waits && self.triggered.len() < MOST_TRIGGERED {
                    pair.state = State::Waiting;
                    self.triggered.push_back((way, from));
                }
            }
        }
    }

    /// RFC 8445 section 7.3.1.1: both think they control, or both that they do not. True: the peer has to give way.
    fn is_conflict(&mut self, message: &Message<'_>) -> bool {
        let kind = if self.controlling { attribute::ICE_CONTROLLING } else { attribute::ICE_CONTROLLED };
        let Some(theirs) = message.long(kind) else { return false };
        let we_are_larger = self.tie_breaker >= theirs;
        if we_are_larger == self.controlling {
            return true;
        }
        self.switch_role();
        false
    }

    fn switch_role(&mut self) {
        self.controlling = !self.controlling;
        for pair in &mut self.pairs {
            // The two halves of the priority change places; only its last bit tells them apart.
            pair.priority ^= 1;
        }
    }

    fn handle_response(&mut self, way: Way, from: SocketAddr, message: &Message<'_>, now: Now) {
        if !message.is_authentic(self.plan.remote.credentials.password.as_bytes()) {
            return;
        }
        if self.consent_answered(way, from, message, now) {
            return;
        }
        let matches = |pair: &&mut Pair| pair.check.as_ref().is_some_and(|check| check.id == message.transaction);
        let Some(pair) = self.pairs.iter_mut().find(matches) else { return };
        let Some(check) = pair.check.take() else { return };
        // RFC 8445 section 7.2.5.2.1: the answer comes back the way the question went.
        if message.class == Class::Error && message.error() == Some(487) {
            pair.state = State::Waiting;
            self.triggered.push_back((way, from));
            self.switch_role();
            return;
        }
        if message.class == Class::Error || pair.way != way || pair.remote != from {
            pair.state = State::Failed;
            return;
        }
        pair.state = State::Succeeded;
        pair.mapped = message.address(attribute::XOR_MAPPED_ADDRESS);
        if check.sends == 1 {
            pair.round_trip = Some(now.boot.saturating_since(check.first));
        }
        let chosen = std::mem::take(&mut pair.chosen);
        self.first_valid.get_or_insert(now.boot);
        if check.nominates || chosen {
            self.select(way, from, now);
        }
    }

    fn select(&mut self, way: Way, remote: SocketAddr, now: Now) {
        let rank = |wanted: (Way, SocketAddr)| {
            self.pairs.iter().find(|pair| (pair.way, pair.remote) == wanted).map(|pair| pair.priority)
        };
        // A peer of RFC 5245 nominates every pair that works: the best of them counts.
        if self.selected.is_some_and(|selected| rank(selected) >= rank((way, remote))) {
            return;
        }
        self.selected = Some((way, remote));
        self.heard_at = now.boot;
        self.schedule_consent(now);
        self.outputs.push_back(Output::Selected(way, remote));
    }

    /// Sends what is due, and gives up what got no answer.
    pub fn handle_timeout(&mut self, now: Now) {
        if self.over {
            return;
        }
        self.repeat(now);
        self.keep_consent(now);
        if now.boot >= self.next_check && !self.over && self.check_next(now) {
            self.next_check = now.boot + PACE * self.components.into();
        }
        let hopeless = self.selected.is_none() && self.first_valid.is_none();
        if hopeless && now.boot.saturating_since(self.started) >= GIVE_UP {
            self.over = true;
            self.outputs.push_back(Output::Failed);
        }
    }

    fn repeat(&mut self, now: Now) {
        let mut again = Vec::new();
        for (at, pair) in self.pairs.iter_mut().enumerate() {
            let Some(check) = pair.check.as_mut().filter(|check| check.next <= now.boot) else { continue };
            if check.again(now.boot) {
                again.push((at, check.id, check.nominates));
            } else {
                pair.check = None;
                if pair.state != State::Succeeded {
                    pair.state = State::Failed;
                }
            }
        }
        for (at, id, nominates) in again {
            self.request(at, id, nominates);
        }
    }

    /// Begins one check, in the order of RFC 8445 section 6.1.4.2. False when there is none to begin.
    fn check_next(&mut self, now: Now) -> bool {
        let triggered = std::iter::from_fn(|| self.triggered.pop_front())
            .find_map(|(way, remote)| self.pairs.iter().position(|pair| pair.way == way && pair.remote == remote));
        let waiting = || self.pairs.iter().position(|pair| pair.state == State::Waiting);
        let (at, nominates) = match (triggered, self.nominee(now)) {
            (Some(at), _) => (at, false),
            (None, Some(at)) => (at, true),
            (None, None) => match waiting().filter(|_| self.selected.is_none()) {
                Some(at) => (at, false),
                None => return false,
            },
        };
        let id = self.random.random();
        if let Some(pair) = self.pairs.get_mut(at) {
            if pair.state != State::Succeeded {
                pair.state = State::InProgress;
            }
            pair.check = Some(Check::new(id, nominates, now.boot));
        }
        self.request(at, id, nominates);
        true
    }

    /// The best pair that works, where it is ours to choose and nothing is chosen; and whether a better one may still come.
    fn best(&self) -> Option<(usize, bool)> {
        let waits = self.pairs.iter().any(|pair| pair.check.as_ref().is_some_and(|check| check.nominates));
        if !self.controlling || self.selected.is_some() || waits {
            return None;
        }
        let at = self.pairs.iter().position(|pair| pair.state == State::Succeeded)?;
        let open = |pair: &Pair| matches!(pair.state, State::Waiting | State::InProgress);
        Some((at, self.pairs.iter().take(at).any(open)))
    }

    /// The pair that we choose now (RFC 8445 section 8.1.1).
    fn nominee(&self, now: Now) -> Option<usize> {
        let (at, better) = self.best()?;
        let patient = self.first_valid.is_some_and(|since| now.boot.saturating_since(since) >= PATIENCE);
        (!better || patient).then_some(at)
    }

    /// When [`Self::nominee`] may have somebody.
    fn nomination_due(&self) -> Option<BootTime> {
        let (_, better) = self.best()?;
        let patient = self.first_valid.filter(|_| better).map_or(self.next_check, |since| since + PATIENCE);
        Some(patient.max(self.next_check))
    }

    fn request(&mut self, at: usize, id: TransactionId, nominates: bool) {
        let Some(pair) = self.pairs.get(at) else { return };
        let (way, remote, reflexive) = (pair.way, pair.remote, pair.reflexive_priority);
        let (ours, theirs) = (&self.plan.local.credentials, &self.plan.remote.credentials);
        let role = if self.controlling { attribute::ICE_CONTROLLING } else { attribute::ICE_CONTROLLED };
        let mut message = Writer::new(Method::Binding, Class::Request, id)
            .with(attribute::USERNAME, format!("{}:{}", theirs.fragment, ours.fragment).as_bytes())
            .with(attribute::PRIORITY, &reflexive.to_be_bytes())
            .with(role, &self.tie_breaker.to_be_bytes());
        if nominates && self.controlling {
            message = message.with(attribute::USE_CANDIDATE, &[]);
        }
        let bytes = message.with_integrity(theirs.password.as_bytes()).with_fingerprint();
        self.transmit(way, remote, bytes);
    }

    fn transmit(&mut self, way: Way, to: SocketAddr, bytes: Vec<u8>) {
        // At most some per input; the shell drains after each.
        if self.outputs.len() < 2 * MOST_PAIRS {
            self.outputs.push_back(Output::Transmit { way, to, bytes });
        }
    }

    /// What is to be done.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Self::handle_timeout`] is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<BootTime> {
        if self.over {
            return None;
        }
        let waiting = self.selected.is_none() && self.pairs.iter().any(|pair| pair.state == State::Waiting);
        let checks = (!self.triggered.is_empty() || waiting).then_some(self.next_check);
        let checks = checks.into_iter().chain(self.nomination_due());
        let repeats = self.pairs.iter().filter_map(|pair| pair.check.as_ref().map(|check| check.next));
        let hopeless = self.selected.is_none() && self.first_valid.is_none();
        let give_up = hopeless.then(|| self.started + GIVE_UP);
        let consent = self.next_consent.map(|due| due.min(self.heard_at + CONSENT_LOST));
        repeats.chain(checks).chain(give_up).chain(consent).min()
    }
}
