//! Getting and staying registered (RFC 3261 section 10, RFC 5626 in part): one flow at a time, refreshed, kept alive,
//! and built anew when it breaks.

mod binding;
mod flow;
mod network;
mod outcome;
mod timeout;

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::boundary::{Config, Event, Failure};
use super::digest::{Authenticator, Rounds};
use super::locate::{LocateError, MAX_TARGETS, Target};
use super::stack::{Flow, FlowId, NameAddr, Request};
use crate::model::{BootTime, Now, Reason};
use binding::Binding;
pub use flow::{FlowProtection, FlowState, OpenError};

/// How long one target has to answer a REGISTER; shorter than timer F, so that a dead server does not hold up the next.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How long a flow has to open; the driver's own limit of 10 s is shorter.
const OPEN_WITHIN: Duration = Duration::from_secs(12);
/// How long a lookup may take altogether: services, names and addresses one after the other, 8 s each, and a moment.
const LOCATE_WITHIN: Duration = Duration::from_secs(25);
/// How long the farewell may take.
const REMOVE_WITHIN: Duration = Duration::from_secs(3);
/// The longest pause between tries, in seconds.
const LONGEST_PAUSE: u64 = 30;
/// The bounds of a lifetime that we ask for, in seconds (S14).
const WISH: std::ops::RangeInclusive<u32> = 60..=3600;

/// What the machine wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Find the targets; answer with [`Registration::handle_targets`].
    Locate,
    /// Open a flow; answer with [`Registration::handle_opened`] or [`Registration::handle_flow_failed`].
    Open {
        /// Its name.
        flow: FlowId,
        /// Where.
        target: Target,
    },
    /// Close a flow.
    Close(FlowId),
    /// Send a REGISTER in a transaction; answer with `handle_response` or `handle_no_response` and its serial.
    Send {
        /// Names it.
        serial: u64,
        /// On which flow.
        flow: FlowId,
        /// The request.
        request: Request,
    },
    /// Send these bytes as they are.
    KeepAlive {
        /// On which flow.
        flow: FlowId,
        /// CRLF, once or twice.
        bytes: &'static [u8],
    },
    /// Our Contact changed while registered: dialogs need it.
    ContactChanged(NameAddr),
    /// Find the address that leads to the other end now; answer with [`Registration::handle_route`].
    Route(FlowId),
    /// Tell `account`.
    Event(Event),
}

/// A REGISTER on its way.
struct Sent {
    serial: u64,
    request: Request,
    rounds: Rounds,
    /// Times that 423 or 439 made us repeat it.
    repeats: u8,
    give_up_at: BootTime,
    /// It tests the flow: without an answer another one is opened at once.
    tests: Option<network::Test>,
    /// What authenticated it, for the security comparison.
    auth: Arc<str>,
    realm: Option<String>,
}

/// Where it stands.
enum State {
    /// Not wanted.
    Idle,
    /// Asking DNS.
    Locating { until: BootTime },
    /// A flow is being opened.
    Opening { flow: FlowId, until: BootTime },
    /// The first REGISTER on a flow is out.
    Registering { flow: FlowState, sent: Box<Sent> },
    /// Registered; a refresh may be out.
    Registered { flow: FlowState, sent: Option<Box<Sent>>, refresh_at: BootTime },
    /// A pause after a failure.
    Waiting { until: BootTime },
    /// The binding is being removed.
    Removing { flow: FlowState, sent: Box<Sent> },
    /// Given up until the user acts.
    Failed,
}

/// The machine.
pub struct Registration {
    pub(super) authenticator: Authenticator,
    state: State,
    /// Targets not tried yet.
    targets: VecDeque<Target>,
    /// What the last lookup gave: our proxy's addresses, and where to go when DNS is dead.
    known: Vec<Target>,
    /// Targets that asked to be left alone, until when (RFC 3261 section 21.5.4); as many as there are targets at most.
    busy: Vec<(SocketAddr, BootTime)>,
    binding: Binding,
    /// The flow of which `Registered` was told.
    announced: Option<FlowId>,
    /// The Contact of which calls were told.
    announced_contact: Option<NameAddr>,
    /// The other devices of which was told.
    others: Vec<String>,
    /// The lifetime to ask for, in seconds.
    wish: u32,
    /// Failures in a row.
    failures: u32,
    next: u64,
    /// Why the way to the server was asked for, until that is answered.
    examining: Option<network::Occasion>,
    random: StdRng,
    outputs: VecDeque<Output>,
}

impl Registration {
    /// Not registered, and not wanting to be.
    pub fn new(config: &Config, password: &str, seed: [u8; 32]) -> Self {
        let mut random = StdRng::from_seed(seed);
        let user = config.auth_user.as_deref().or(config.aor.user()).unwrap_or_default();
        let authenticator =
            Authenticator::new(user, password, config.realm.as_deref(), config.allow_md5, random.random());
        let binding = Binding::new(config, &mut random);
        let wish = config.expires.clamp(*WISH.start(), *WISH.end());
        Self {
            authenticator,
            state: State::Idle,
            targets: VecDeque::new(),
            known: Vec::new(),
            busy: Vec::new(),
            binding,
            announced: None,
            announced_contact: None,
            others: Vec::new(),
            wish,
            failures: 0,
            next: 0,
            examining: None,
            random,
            outputs: VecDeque::new(),
        }
    }

    /// Register, or try again at once. Nothing happens when it is registered or on the way.
    pub fn handle_register(&mut self, now: Now) {
        match self.state {
            State::Idle | State::Waiting { .. } | State::Failed => {
                self.failures = 0;
                self.start(now);
            }
            State::Removing { ref flow, .. } => {
                let id = flow.flow.id;
                self.outputs.push_back(Output::Close(id));
                self.start(now);
            }
            State::Locating { .. } | State::Opening { .. } | State::Registering { .. } | State::Registered { .. } => {}
        }
    }

    /// Remove the binding and stay away.
    pub fn handle_unregister(&mut self, now: Now) {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Registered { flow, .. } | State::Registering { flow, .. } => {
                let request = self.binding.farewell();
                let sent = self.sent(request, now.boot + REMOVE_WITHIN);
                self.send(&sent, flow.flow.id);
                self.state = State::Removing { flow, sent };
            }
            State::Removing { flow, sent } => self.state = State::Removing { flow, sent },
            State::Opening { flow, .. } => {
                self.outputs.push_back(Output::Close(flow));
                self.gone();
            }
            State::Idle | State::Locating { .. } | State::Waiting { .. } | State::Failed => self.gone(),
        }
    }

    /// The answer to [`Output::Locate`].
    pub fn handle_targets(&mut self, targets: Result<Vec<Target>, LocateError>, now: Now) {
        let State::Locating { .. } = self.state else { return };
        match targets {
            Ok(targets) => {
                self.known = targets;
                self.try_known(now);
            }
            Err(LocateError::Dns) if !self.known.is_empty() => self.try_known(now),
            Err(error @ LocateError::Conflict) => {
                self.fail(Reason::new("configuration", &sentence(&error)), None, false)
            }
            Err(error @ LocateError::Unprotected) => {
                self.fail(Reason::new("weaker-transport", &sentence(&error)), None, true)
            }
            Err(error @ LocateError::NotFound) => {
                self.pause(Reason::new("no-such-server", &sentence(&error)), None, now)
            }
            Err(error @ LocateError::Dns) => self.pause(Reason::new("dns", &sentence(&error)), None, now),
        }
    }

    /// The flow is open.
    pub fn handle_opened(&mut self, flow: Flow, protection: FlowProtection, now: Now) {
        match &self.state {
            State::Opening { flow: wanted, .. } if *wanted == flow.id => {}
            _ => {
                self.outputs.push_back(Output::Close(flow.id));
                return;
            }
        }
        self.binding.move_to(&flow, &mut self.random);
        let request = self.binding.register(self.wish);
        let sent = self.sent(request, now.boot + ANSWER_WITHIN);
        self.send(&sent, flow.id);
        self.state = State::Registering { flow: FlowState::new(flow, protection, now), sent };
    }

    /// The flow could not be opened, or broke.
    pub fn handle_flow_failed(&mut self, id: FlowId, error: &OpenError, now: Now) {
        let concerned = match &self.state {
            State::Opening { flow, .. } => *flow == id,
            State::Registering { flow, .. } | State::Registered { flow, .. } | State::Removing { flow, .. } => {
                flow.flow.id == id
            }
            State::Idle | State::Locating { .. } | State::Waiting { .. } | State::Failed => false,
        };
        if !concerned {
            return;
        }
        match (&self.state, error) {
            (State::Removing { .. }, _) => self.gone(),
            (_, OpenError::Certificate { fingerprint, .. }) => {
                self.fail(Reason::new("certificate", &sentence(error)), Some(*fingerprint), true);
            }
            (_, OpenError::TooOld) => self.fail(Reason::new("tls-too-old", &sentence(error)), None, false),
            (State::Registered { .. }, _) => self.pause(Reason::new("connection-lost", &sentence(error)), None, now),
            (_, OpenError::Local(_)) => self.pause(Reason::new("local", &sentence(error)), None, now),
            (_, _) => self.next_target(Reason::new("unreachable", &sentence(error)), now),
        }
    }

    /// What to do next.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The flow that requests go out on and come in by; only while registered or registering.
    pub fn flow(&self) -> Option<&FlowState> {
        match &self.state {
            State::Registering { flow, .. } | State::Registered { flow, .. } | State::Removing { flow, .. } => {
                Some(flow)
            }
            State::Idle | State::Locating { .. } | State::Opening { .. } | State::Waiting { .. } | State::Failed => {
                None
            }
        }
    }

    /// Whether calls can be made.
    pub fn is_registered(&self) -> bool {
        matches!(self.state, State::Registered { .. })
    }

    /// Whether nothing is registered and nothing is being tried.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Idle | State::Failed)
    }

    /// Whether the registration is being removed.
    pub fn is_leaving(&self) -> bool {
        matches!(self.state, State::Removing { .. })
    }

    /// Whether an address is one of our proxy's.
    pub fn is_proxy(&self, address: IpAddr) -> bool {
        self.known.iter().any(|target| target.address.ip() == address)
    }

    /// The present Contact; its user part is random and changes with each flow (S02).
    pub fn contact(&self) -> NameAddr {
        self.binding.contact()
    }

    /// Whether a request URI is the Contact that we registered.
    pub fn is_our_contact(&self, uri: &str) -> bool {
        self.binding.is_token_of(uri)
    }

    /// The routes that a request outside of a dialog starts with: Service-Route (RFC 3608), else the outbound proxy.
    pub fn preloaded_route(&self) -> Vec<String> {
        self.binding.preloaded_route()
    }

    /// Tries the targets that the last lookup gave.
    fn try_known(&mut self, now: Now) {
        self.busy.retain(|(_, until)| *until > now.boot);
        let is_busy = |target: &&Target| self.busy.iter().any(|(at, _)| *at == target.address);
        self.targets = self.known.iter().filter(|target| !is_busy(target)).cloned().collect();
        if self.targets.is_empty() {
            // All of them: the pause that they asked for is over, or the user wants it now.
            self.targets = self.known.clone().into();
        }
        self.next_target(Reason::new("unreachable", "No server could be reached."), now);
    }

    /// A target asked to be left alone for a time.
    fn leave_alone(&mut self, target: SocketAddr, seconds: u32, now: Now) {
        let until = now.boot + Duration::from_secs(u64::from(seconds.min(*WISH.end())));
        self.busy.retain(|(at, until)| *at != target && *until > now.boot);
        if self.busy.len() < MAX_TARGETS {
            self.busy.push((target, until));
        }
    }

    fn start(&mut self, now: Now) {
        self.targets.clear();
        self.state = State::Locating { until: now.boot + LOCATE_WITHIN };
        self.outputs.push_back(Output::Event(Event::Connecting));
        self.outputs.push_back(Output::Locate);
    }

    /// Tries the next target, or pauses for `reason` when there is none.
    fn next_target(&mut self, reason: Reason, now: Now) {
        if let State::Registering { flow, .. } = &self.state {
            self.outputs.push_back(Output::Close(flow.flow.id));
        }
        let Some(target) = self.targets.pop_front() else {
            self.pause(reason, None, now);
            return;
        };
        let flow = FlowId(self.serial());
        self.outputs.push_back(Output::Open { flow, target });
        self.state = State::Opening { flow, until: now.boot + OPEN_WITHIN };
    }

    /// Waits before the next try: a random time up to 2, 4, 8, … 30 s (full jitter), or as the server asks.
    fn pause(&mut self, reason: Reason, retry_after: Option<u32>, now: Now) {
        if let Some(flow) = self.flow().map(|flow| flow.flow.id) {
            self.outputs.push_back(Output::Close(flow));
        }
        self.failures = self.failures.saturating_add(1);
        let limit = (1_u64 << self.failures.min(5)).min(LONGEST_PAUSE);
        let jittered = Duration::from_millis(self.random.random_range(1_000..=limit * 1_000));
        let asked = retry_after.map(|seconds| Duration::from_secs(u64::from(seconds.min(*WISH.end()))));
        let until = now.boot + asked.unwrap_or_default().max(jittered);
        self.state = State::Waiting { until };
        self.outputs.push_back(Output::Event(Event::Unregistered { reason, retry_at: Some(until) }));
    }

    /// Gives up until the user acts.
    fn fail(&mut self, reason: Reason, certificate: Option<[u8; 32]>, security: bool) {
        if let Some(flow) = self.flow().map(|flow| flow.flow.id) {
            self.outputs.push_back(Output::Close(flow));
        }
        self.state = State::Failed;
        self.outputs.push_back(Output::Event(Event::Failed(Failure { reason, certificate, security })));
    }

    /// Gone because the user wished it.
    fn gone(&mut self) {
        if let Some(flow) = self.flow().map(|flow| flow.flow.id) {
            self.outputs.push_back(Output::Close(flow));
        }
        self.state = State::Idle;
        self.binding.forget();
        let reason = Reason::new("signed-out", "Signed out.");
        self.outputs.push_back(Output::Event(Event::Unregistered { reason, retry_at: None }));
    }

    fn serial(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn sent(&mut self, request: Request, give_up_at: BootTime) -> Box<Sent> {
        let serial = self.serial();
        Box::new(Sent {
            serial,
            request,
            rounds: Rounds::default(),
            repeats: 0,
            give_up_at,
            tests: None,
            auth: "none".into(),
            realm: None,
        })
    }

    fn send(&mut self, sent: &Sent, flow: FlowId) {
        self.outputs.push_back(Output::Send { serial: sent.serial, flow, request: sent.request.clone() });
    }
}

/// An error as a sentence.
fn sentence(error: &impl std::error::Error) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    chars.next().map(|first| format!("{}{}.", first.to_uppercase(), chars.as_str())).unwrap_or_default()
}
