//! A registration over a network that loses and doubles datagrams, for days.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::*;

const HOUR: u64 = 3_600;

/// A registrar with one binding, behind a bad network.
struct Weather {
    world: World,
    random: StdRng,
    loss: f64,
    doubled: f64,
    /// On their way: towards us or towards the registrar.
    under_way: BTreeMap<(BootTime, u64), (bool, Message)>,
    count: u64,
    /// Until when the binding holds, and on which flow it was made.
    bound: Option<(BootTime, FlowId)>,
    /// REGISTERs that the registrar saw, repetitions included.
    seen: u64,
    /// How long nobody could reach us, at most: no binding, or one to a flow that is closed.
    worst: Duration,
    unreachable_since: Option<BootTime>,
}

impl Weather {
    fn new(seed: u8, loss: f64, doubled: f64) -> Self {
        let mut world = World::new(config(TransportChoice::Udp));
        world.command(Command::Register);
        Self {
            world,
            random: StdRng::from_seed([seed; 32]),
            loss,
            doubled,
            under_way: BTreeMap::new(),
            count: 0,
            bound: None,
            seen: 0,
            worst: Duration::ZERO,
            unreachable_since: None,
        }
    }

    fn send(&mut self, to_us: bool, message: &Message) {
        let copies = if self.random.random_bool(self.doubled) { 2 } else { 1 };
        for _ in 0..copies {
            if self.random.random_bool(self.loss) {
                continue;
            }
            self.count += 1;
            let delay = Duration::from_millis(self.random.random_range(10..120));
            self.under_way.insert((self.world.now.boot + delay, self.count), (to_us, message.clone()));
        }
    }

    fn collect(&mut self) {
        if self.world.opening.is_some() {
            self.world.open();
        }
        while let Some(message) = self.world.sent.pop_front() {
            self.send(false, &message);
        }
    }

    /// The registrar: a challenge without credentials, 200 with the Contact otherwise.
    fn registrar(&mut self, request: &Request) {
        self.seen += 1;
        let mut response;
        if request.headers.value("Authorization").is_none() {
            response = Response::to(request, 401, Some("registrar"));
            response.headers.push("WWW-Authenticate", REALM);
        } else {
            response = Response::to(request, 200, Some("registrar"));
            let contact = request.headers.contact().expect("a Contact");
            response.headers.push("Contact", format!("<{}>;expires=600", contact.uri));
            self.bound = Some((self.world.now.boot + Duration::from_secs(600), self.world.flow));
        }
        self.send(true, &Message::Response(response));
    }

    fn observe(&mut self) {
        let now = self.world.now.boot;
        let open = |flow: &FlowId| !self.world.closed.contains(flow);
        let reachable = self.bound.as_ref().is_some_and(|(until, flow)| *until > now && open(flow));
        match (reachable, self.unreachable_since) {
            (true, Some(since)) => {
                self.worst = self.worst.max(now.saturating_since(since));
                self.unreachable_since = None;
            }
            (false, None) => self.unreachable_since = Some(now),
            (true, None) | (false, Some(_)) => {}
        }
    }

    fn run(&mut self, time: Duration) {
        let end = self.world.now.boot + time;
        loop {
            self.collect();
            self.observe();
            let timer = self.world.agent.poll_timeout();
            let packet = self.under_way.keys().next().map(|(at, _)| *at);
            let lapse = self.bound.as_ref().map(|(until, _)| *until).filter(|until| *until > self.world.now.boot);
            let Some(next) = timer.into_iter().chain(packet).chain(lapse).min().filter(|next| *next <= end) else {
                break;
            };
            self.world.now.boot = next.max(self.world.now.boot);
            match self.under_way.first_key_value() {
                Some(((at, _), _)) if *at <= self.world.now.boot => {
                    let Some((_, (to_us, message))) = self.under_way.pop_first() else { break };
                    match (to_us, message) {
                        (true, message) => self.world.receive_from(PROXY, message),
                        (false, Message::Request(request)) => self.registrar(&request),
                        (false, Message::Response(_)) => {}
                    }
                }
                Some(_) | None => {
                    self.world.agent.handle_timeout(self.world.now);
                    self.world.drain();
                }
            }
        }
        self.world.now.boot = end;
    }
}

#[test]
fn f13_a_day_at_30_percent_loss_and_40_percent_doubled_datagrams_is_never_unregistered_for_5_seconds() {
    for seed in 1..=4 {
        let mut weather = Weather::new(seed, 0.3, 0.4);
        weather.run(Duration::from_secs(60));
        assert!(weather.bound.is_some(), "it signs in whatever the weather");
        (weather.worst, weather.unreachable_since) = (Duration::ZERO, None);
        weather.run(Duration::from_secs(24 * HOUR));
        assert!(weather.unreachable_since.is_none(), "{seed}");
        assert!(weather.worst <= Duration::from_secs(5), "{seed}: {:?}", weather.worst);
        assert!(weather.seen > 144, "it is refreshed all day: {}", weather.seen);
    }
}

#[test]
fn f13_refreshes_come_between_half_and_nine_tenths_of_the_lifetime_and_not_in_step() {
    let mut weather = Weather::new(9, 0.0, 0.0);
    weather.run(Duration::from_secs(5));
    let mut gaps = Vec::new();
    let mut last = weather.world.now.boot;
    let mut seen = weather.seen;
    for _ in 0..48 * HOUR {
        weather.run(Duration::from_secs(1));
        if weather.seen != seen {
            seen = weather.seen;
            gaps.push(weather.world.now.boot.saturating_since(last).as_secs());
            last = weather.world.now.boot;
        }
    }
    gaps.remove(0);
    // A challenge and its answer may fall into two seconds.
    gaps.retain(|gap| *gap > 1);
    assert!(gaps.iter().all(|gap| (299..=541).contains(gap)), "{gaps:?}");
    let distinct: std::collections::BTreeSet<_> = gaps.iter().collect();
    assert!(distinct.len() > 10, "{gaps:?}");
}
