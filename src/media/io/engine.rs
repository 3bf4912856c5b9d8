//! The loop of the media thread: commands, packets, and a tick every 10 ms while a call or a tone lives.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rustix::event::{PollFd, PollFlags, poll};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use super::call::Call;
use super::crowd;
use super::mixing;
use super::pace::{Punctuality, timespec};
use super::recorders::Recorders;
use super::streams::Opener;
use super::text;
use super::wake::CommandQueue;
use crate::audio::{Frame, Handset, HandsetEvent, Hearing, InUse, SILENCE};
use crate::media::dtls::Identity;
use crate::media::rehearsal::{Rehearsal, Rehearsed, Rehearser, Stage};
use crate::media::session::Channel;
use crate::media::tone::Player;
use crate::media::voice_note::VoiceNotes;
use crate::media::{Command, Event};
use crate::model::{BootTime, CallId, Meters, Now};
use crate::platform;

/// The engine's tick.
const TICK: Duration = Duration::from_millis(10);

/// Ticks that are made up for when the thread was late; more are left out.
const MOST_BEHIND: u32 = 5;

/// Ticks between two levels.
const METER_TICKS: u64 = 5;

/// Ticks between two statistics.
const STATS_TICKS: u64 = 100;

/// Calls at once (F28 asks for a hundred).
pub(super) const MOST_CALLS: usize = 128;

/// Events that must arrive and wait for room. Beyond it the oldest are dropped: nobody has listened for minutes.
const BACKLOG: usize = 1_024;

/// What has something to read.
#[derive(Clone, Copy)]
enum Ready {
    /// One of the call's own sockets.
    Channel(Channel),
    /// A further one, numbered from 1.
    Extra(u8),
    /// That of its text.
    Text,
}

/// Everything that the media thread owns.
pub struct Engine {
    handset: Handset,
    commands: CommandQueue,
    events: mpsc::Sender<Event>,
    pub(super) backlog: VecDeque<Event>,
    pub(super) ports: RangeInclusive<u16>,
    pub(super) opener: Opener,
    pub(super) random: StdRng,
    /// Who we are in handshakes; none where no certificate could be made.
    pub(super) identity: Option<Arc<Identity>>,
    pub(super) calls: Vec<Call>,
    pub(super) texts: text::Waiting,
    recorders: Recorders,
    punctuality: Punctuality,
    tone: Option<Player>,
    rehearser: Option<Rehearser>,
    notes: VoiceNotes,
    /// When the next tick is due; none while nothing lives.
    next_tick: Option<BootTime>,
    ticks: u64,
}

impl Engine {
    /// With its ends of the channels.
    pub fn new(
        handset: Handset,
        commands: CommandQueue,
        events: mpsc::Sender<Event>,
        ports: RangeInclusive<u16>,
        opener: Opener,
        seed: [u8; 32],
    ) -> Self {
        let identity = super::identity::make();
        if let Err(error) = &identity {
            tracing::warn!(%error, "there is no certificate: no DTLS-SRTP in this run");
        }
        let identity = identity.ok().map(Arc::new);
        let told = identity.iter().map(|identity| Event::Identity(identity.fingerprint().clone()));
        Self {
            handset,
            commands,
            events,
            backlog: told.collect(),
            ports,
            opener,
            random: StdRng::from_seed(seed),
            identity,
            calls: Vec::new(),
            texts: text::Waiting::default(),
            recorders: Recorders::default(),
            punctuality: Punctuality::default(),
            tone: None,
            rehearser: None,
            notes: VoiceNotes::default(),
            next_tick: None,
            ticks: 0,
        }
    }

    /// Runs until nobody can send commands any more.
    pub fn run(mut self) {
        loop {
            let readable = self.wait(platform::now());
            let now = platform::now();
            if self.take_commands(now).is_err() {
                break;
            }
            for (call, ready) in readable {
                if let Some(call) = self.calls.iter_mut().find(|live| live.id == call) {
                    match ready {
                        Ready::Channel(channel) => call.receive(channel, now, &mut self.backlog),
                        Ready::Extra(number) => call.receive_extra(number, now, &mut self.backlog),
                        Ready::Text => call.text.receive(now),
                    }
                }
            }
            for call in &mut self.calls {
                call.attend(now, &mut self.backlog);
            }
            self.update_use(now);
            self.tick_when_due();
            self.hear_handset();
            self.deliver();
        }
        let now = platform::now();
        for call in &mut self.calls {
            call.close(now, &mut self.backlog);
        }
        // The recordings are whole before the events end.
        self.recorders.finish(&mut self.backlog);
        self.deliver();
        drop(self.handset);
    }

    /// Sleeps until a packet, a command or the next tick; answers which sockets have something.
    fn wait(&self, now: Now) -> Vec<(CallId, Ready)> {
        let paths = self.calls.iter().filter_map(|call| call.ways.as_ref()?.poll_timeout());
        let pause = match paths.chain(self.next_tick).min() {
            Some(due) => Some(due.saturating_since(now.boot)),
            // While nothing lives, a command or the devices' news ring the bell. A writer that finishes its file does not.
            None if self.backlog.is_empty() && self.recorders.is_empty() => None,
            None => Some(TICK),
        };
        let mut waited = vec![PollFd::new(self.commands.bell(), PollFlags::IN)];
        let mut owners = Vec::with_capacity(2 * self.calls.len());
        for call in &self.calls {
            for channel in [Channel::Rtp, Channel::Rtcp] {
                waited.push(PollFd::new(call.sockets.socket(channel), PollFlags::IN));
                owners.push((call.id, Ready::Channel(channel)));
            }
            for (number, socket) in (1..).zip(call.ways.iter().flat_map(|ways| ways.extra())) {
                waited.push(PollFd::new(socket, PollFlags::IN));
                owners.push((call.id, Ready::Extra(number)));
            }
            if let Some(socket) = call.text.socket() {
                waited.push(PollFd::new(socket, PollFlags::IN));
                owners.push((call.id, Ready::Text));
            }
        }
        // With many calls only the bell wakes us at once; what has come meanwhile is then looked at together.
        let timeout = match crowd::collects(self.calls.len(), pause) {
            Some(collect) => {
                let _ = poll(waited.get_mut(..1).unwrap_or_default(), Some(&timespec(collect)));
                Some(timespec(Duration::ZERO))
            }
            None => pause.map(timespec),
        };
        // An interrupted sleep is an early one.
        if poll(&mut waited, timeout.as_ref()).is_err() {
            return Vec::new();
        }
        if waited.first().is_some_and(|bell| !bell.revents().is_empty()) {
            self.commands.quiet();
        }
        owners
            .into_iter()
            .zip(waited.iter().skip(1))
            .filter(|(_, socket)| !socket.revents().is_empty())
            .map(|(owner, _)| owner)
            .collect()
    }

    fn take_commands(&mut self, now: Now) -> Result<(), super::SendError> {
        // Bounded by the queue's size; what comes meanwhile rings the bell again.
        for _ in 0..super::COMMANDS {
            match self.commands.take()? {
                Some(command) => self.handle_command(command, now),
                None => return Ok(()),
            }
        }
        Ok(())
    }

    fn handle_command(&mut self, command: Command, now: Now) {
        match command {
            Command::Open { call, address } => self.open(call, address),
            Command::Gather { call, address, wish } => self.gather(call, address, *wish, now),
            Command::Move { call, address } => self.move_to(call, address, now),
            Command::Start { call, plan } => {
                let seed = self.random.random();
                let turn = self.next_turn();
                if let Some(live) = self.calls.iter_mut().find(|live| live.id == call) {
                    live.start(plan, seed, turn, now, &mut self.backlog);
                }
            }
            Command::Close { call } => self.close(call, now),
            Command::Candidates { call, candidates } => {
                if let Some(ways) = self.call(call).and_then(|live| live.ways.as_mut()) {
                    ways.handle_candidates(&candidates, now);
                }
            }
            Command::Mute { call, muted } => {
                if let Some(live) = self.call(call) {
                    live.mute(muted);
                }
            }
            Command::Dtmf { call, digits, in_band } => {
                if let Some(session) = self.call(call).and_then(|live| live.session.as_mut()) {
                    session.handle_digits(&digits, in_band);
                }
            }
            Command::OpenText { call, address } => self.open_text(call, address),
            Command::Text { call, text } => {
                if let Some(live) = self.call(call) {
                    live.text.write(&text, now);
                }
            }
            Command::Join { call, conference } => {
                if let Some(live) = self.call(call) {
                    mixing::join(live, conference);
                }
            }
            Command::Leave { call } => {
                if let Some(live) = self.calls.iter_mut().find(|live| live.id == call) {
                    mixing::leave(live, &self.recorders);
                }
            }
            Command::MuteParty { call, muted } => {
                if let Some(live) = self.call(call) {
                    mixing::mute_party(live, muted);
                }
            }
            Command::Record { what, order } => {
                self.recorders.handle(what, order, self.random.random(), &mut self.backlog);
                mixing::tap_recorded(&mut self.calls, &self.recorders);
            }
            Command::Tone(tone) => {
                if tone != self.tone.as_ref().map(Player::tone) {
                    self.tone = tone.map(Player::new);
                }
            }
            Command::Note(order) => {
                let news = self.notes.handle(order, self.random.random());
                self.backlog.extend(news.map(Event::Note));
            }
            Command::Rehearse(what) => self.rehearse(what),
            Command::SetDevice { role, name } => self.handset.set_devices(role, [&*name]),
            Command::PreferDevices { role, names } => {
                self.handset.set_devices(role, names.iter().map(|name| &**name));
            }
            Command::SetProcessing(processing) => self.handset.set_processing(processing),
        }
    }

    /// The tick with which a call that starts now begins, so that packets leave in turns.
    fn next_turn(&self) -> u64 {
        let turns = self.calls.iter().filter_map(|call| call.turn);
        let (even, odd): (Vec<u64>, Vec<u64>) = turns.partition(|tick| tick.is_multiple_of(2));
        let next = self.ticks + 1;
        next + u64::from(crowd::waits(even.len(), odd.len(), next.is_multiple_of(2)))
    }

    fn rehearse(&mut self, what: Rehearsal) {
        let was = self.rehearser.take().is_some();
        self.rehearser = Rehearser::new(what);
        let cut = Rehearsed { stage: None, over: None, raw_peak: 0.0, voice_peak: 0.0, microphone_open: false };
        match &self.rehearser {
            Some(begun) => self.backlog.push_back(Event::Rehearsed(begun.begun())),
            None if was => self.backlog.push_back(Event::Rehearsed(cut)),
            None => {}
        }
    }

    pub(super) fn call(&mut self, id: CallId) -> Option<&mut Call> {
        self.calls.iter_mut().find(|call| call.id == id)
    }

    fn close(&mut self, id: CallId, now: Now) {
        self.texts.forget(id);
        let Some(at) = self.calls.iter().position(|call| call.id == id) else { return };
        let mut call = self.calls.swap_remove(at);
        if let Some(mut stats) = call.stats(self.handset.underruns(), now) {
            let (microphone_ms, playback_ms) = self.handset.delays_ms();
            *stats.delay = stats.delay.with_devices(microphone_ms, playback_ms);
            self.backlog.push_back(Event::Stats { call: id, stats });
        }
        call.close(now, &mut self.backlog);
        self.recorders.closed(id);
    }

    /// Says what is needed of the devices, and starts or stops the ticks.
    fn update_use(&mut self, now: Now) {
        let talking = self.calls.iter().any(|call| call.session.is_some());
        let rings = self.tone.as_ref().is_some_and(Player::rings);
        let sounds = self.tone.is_some() && !rings;
        let tries = |stages: fn(&Rehearser) -> bool| self.rehearser.as_ref().is_some_and(stages);
        let microphone = talking || self.notes.listens() || tries(Rehearser::listens);
        let rings = rings || tries(|test| test.stage() == Stage::Ringing);
        let output = talking || sounds || self.notes.plays() || tries(|test| test.stage() != Stage::Ringing);
        self.handset.set_in_use(InUse { microphone, output, ring: rings });
        let lives = talking || self.tone.is_some() || self.rehearser.is_some() || self.notes.lives();
        self.next_tick = match (lives, self.next_tick) {
            (false, _) => None,
            (true, None) => Some(now.boot),
            (true, due) => due,
        };
    }

    fn tick_when_due(&mut self) {
        for _ in 0..MOST_BEHIND {
            let now = platform::now();
            let Some(due) = self.next_tick.filter(|due| *due <= now.boot) else { return };
            self.punctuality.tick(now.boot.saturating_since(due));
            self.tick(now);
            self.next_tick = Some(due + TICK);
        }
        // The machine slept, or the thread got no processor: what was missed is left out.
        let now = platform::now();
        if let Some(due) = self.next_tick.filter(|due| *due <= now.boot) {
            self.punctuality.left_out((now.boot.saturating_since(due).as_millis() / TICK.as_millis()) as u64 + 1);
            self.next_tick = Some(now.boot + TICK);
        }
    }

    fn tick(&mut self, now: Now) {
        self.ticks += 1;
        let mut microphone: Frame = SILENCE;
        self.handset.read(&mut microphone);
        let mut heard = SILENCE;
        for call in &mut self.calls {
            call.take_turn(self.ticks);
        }
        mixing::tick(&mut self.calls, &mut self.recorders, &microphone, &mut heard, now);
        for call in &mut self.calls {
            call.drain(&mut self.backlog);
        }
        let mut bell = SILENCE;
        let mut rings = false;
        if let Some(player) = &mut self.tone {
            rings = player.rings();
            let goes_on = player.mix_into(if rings { &mut bell } else { &mut heard });
            if !goes_on {
                self.tone = None;
            }
        }
        if self.notes.lives() {
            let news = self.notes.tick(&microphone, self.handset.hearing(), &mut heard);
            self.backlog.extend(news.map(Event::Note));
        }
        if let Some(test) = &mut self.rehearser {
            let hearing = if test.listens() { self.handset.hearing() } else { Hearing::default() };
            rings |= test.stage() == Stage::Ringing;
            if let Some(told) = test.tick(&microphone, hearing, &mut heard, &mut bell) {
                self.backlog.push_back(Event::Rehearsed(told));
                self.rehearser = self.rehearser.take().filter(|_| told.stage.is_some());
            }
        }
        self.handset.write(&heard, rings.then_some(&bell));
        self.measure(now);
    }

    fn measure(&mut self, now: Now) {
        let talking = self.calls.iter().any(|call| call.session.is_some());
        if (talking || self.rehearser.is_some() || self.notes.listens()) && self.ticks.is_multiple_of(METER_TICKS) {
            // Whoever is late gets the next one.
            let meters = Meters { parties: mixing::levels(&self.calls), ..self.handset.meters() };
            let _ = self.events.try_send(Event::Meters(meters));
        }
        if self.ticks.is_multiple_of(STATS_TICKS) {
            self.spare_the_processor();
            let _ = self.events.try_send(Event::Pace(self.punctuality.take()));
            let underruns = self.handset.underruns();
            let heard = self.handset.hearing();
            let (microphone_ms, playback_ms) = self.handset.delays_ms();
            for call in &self.calls {
                if let Some(mut stats) = call.stats(underruns, now) {
                    *stats.delay = stats.delay.with_devices(microphone_ms, playback_ms);
                    stats.evidence.microphone_peak = heard.raw_peak;
                    stats.evidence.voice_peak = heard.voice_peak;
                    stats.evidence.microphone_open = heard.open;
                    stats.evidence.microphone_trouble = self.handset.microphone_trouble().cloned();
                    let _ = self.events.try_send(Event::Stats { call: call.id, stats });
                }
            }
        }
    }

    /// With many calls each encoder works less hard: the ticks stay punctual, which counts more.
    fn spare_the_processor(&mut self) {
        let thrifty = crowd::spares(self.calls.len());
        for session in self.calls.iter_mut().filter_map(|call| call.session.as_mut()) {
            session.set_thrifty(thrifty);
        }
    }

    fn hear_handset(&mut self) {
        if self.recorders.poll(&mut self.backlog) {
            mixing::tap_recorded(&mut self.calls, &self.recorders);
        }
        while let Some(event) = self.handset.poll_event() {
            self.backlog.push_back(match event {
                HandsetEvent::Devices(devices) => Event::Devices(devices),
                HandsetEvent::Problem(problem) => Event::DeviceProblem(problem),
            });
        }
    }

    fn deliver(&mut self) {
        while let Some(event) = self.backlog.pop_front() {
            match self.events.try_send(event) {
                Ok(()) => {}
                Err(TrySendError::Full(event)) => {
                    self.backlog.push_front(event);
                    break;
                }
                // Nobody listens: the commands will end soon.
                Err(TrySendError::Closed(_)) => self.backlog.clear(),
            }
        }
        while self.backlog.len() > BACKLOG {
            self.backlog.pop_front();
        }
    }
}
