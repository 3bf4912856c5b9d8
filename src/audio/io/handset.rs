//! What the media thread holds: one microphone, one loudspeaker, one bell.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use rtrb::{Consumer, Producer, RingBuffer};
use thiserror::Error;

use super::control;
use super::link::{Bell, Delivery, Order, Sink, Source};
use super::watch::{self, Waker};
use crate::audio::frame::{Frame, SILENCE};
use crate::audio::hearing::Hearing;
use crate::audio::level::PeakMeter;
use crate::audio::mix::Mixer;
use crate::audio::name::DeviceName;
use crate::audio::process::Processor;
use crate::audio::supervise::{InUse, Wishes};
use crate::model::{DeviceProblem, DeviceRole, DeviceTrouble, Devices, Meters, Processing};
use crate::platform;

/// Orders and deliveries under way at once. When orders are full, the wishes are sent again at the next tick; when
/// deliveries are full, the supervisor keeps them and tries again.
const QUEUE: usize = 64;

/// Devices that a list of preferences may hold; the rest is left out.
const MOST_PREFERRED: usize = 16;

/// Why there is no handset.
#[derive(Debug, Error)]
pub enum HandsetError {
    /// The system gives no thread.
    #[error("the sound supervisor cannot start: {0}")]
    NoThread(#[from] io::Error),
}

/// What the supervisor has to say.
#[derive(Clone, Debug, PartialEq)]
pub enum HandsetEvent {
    /// The list of devices, or the ones in use, changed.
    Devices(Devices),
    /// A device cannot be used, a sentence that says what is used instead; `None` when all is well again.
    Problem(Option<DeviceProblem>),
}

/// Microphone, loudspeaker and bell of the media thread, ten milliseconds at a time.
///
/// Each tick: [`Handset::read`] once, [`Handset::write`] once, and [`Handset::poll_event`] until `None`. None of them
/// blocks; only the echo canceller's library allocates while it works. Devices are open only while [`Handset::set_in_use`] says that they are needed.
pub struct Handset {
    wishes: Wishes,
    unsent: bool,
    orders: Producer<Order>,
    deliveries: Consumer<Delivery>,
    events: VecDeque<HandsetEvent>,
    source: Source,
    output: Sink,
    ring: Sink,
    processor: Box<Processor>,
    processing: Processing,
    mixer: Mixer,
    input_meter: PeakMeter,
    output_meter: PeakMeter,
    hearing: Hearing,
    /// Why the chosen microphone does not serve.
    trouble: Option<DeviceTrouble>,
    dry: u64,
    stop: Arc<AtomicBool>,
    waker: Waker,
    supervisor: Option<JoinHandle<()>>,
}

impl Handset {
    /// Starts the supervisor's thread with these devices (see [`DeviceName`]); nothing is opened yet.
    pub fn start(input: &str, output: &str, ring: &str, processing: Processing) -> Result<Self, HandsetError> {
        let wishes = Wishes {
            input: vec![DeviceName::parse(input)],
            output: vec![DeviceName::parse(output)],
            ring: vec![DeviceName::parse(ring)],
            in_use: InUse::default(),
            call_number: 0,
        };
        let (orders, incoming) = RingBuffer::new(QUEUE);
        let (outgoing, deliveries) = RingBuffer::new(QUEUE);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let (waker, watch) = watch::pair()?;
        let supervisor = thread::Builder::new()
            .name("sound".into())
            .spawn(move || control::Control::new(incoming, outgoing, stopped, watch, processing).run())?;
        let mut handset = Self {
            wishes,
            unsent: true,
            orders,
            deliveries,
            events: VecDeque::with_capacity(QUEUE),
            source: Source::Silence,
            output: Sink::Nothing,
            ring: Sink::Nothing,
            processor: Box::new(Processor::new(processing)),
            processing,
            mixer: Mixer::default(),
            input_meter: PeakMeter::default(),
            output_meter: PeakMeter::default(),
            hearing: Hearing::default(),
            trouble: None,
            dry: 0,
            stop,
            waker,
            supervisor: Some(supervisor),
        };
        handset.send_wishes();
        Ok(handset)
    }

    /// Whom the supervisor calls, from its own thread, when [`Handset::poll_event`] has something: for a thread that
    /// sleeps while nothing is in use.
    pub fn set_bell(&mut self, bell: impl Fn() + Send + 'static) {
        let bell: Bell = Box::new(bell);
        let _ = self.orders.push(Order::Bell(bell));
        self.waker.wake();
    }

    /// Says what is needed from this tick on. When the microphone comes into use, a `file:` input starts at its
    /// beginning.
    pub fn set_in_use(&mut self, in_use: InUse) {
        if in_use == self.wishes.in_use {
            return;
        }
        if in_use.microphone && !self.wishes.in_use.microphone {
            self.wishes.call_number = self.wishes.call_number.wrapping_add(1);
            if let Source::File { .. } = self.source {
                self.replace_source(Source::Silence);
            }
        }
        self.wishes.in_use = in_use;
        self.send_wishes();
    }

    /// Chooses the devices of a role, the preferred one first, by the names of [`DeviceName::parse`].
    pub fn set_devices<'a>(&mut self, role: DeviceRole, names: impl IntoIterator<Item = &'a str>) {
        let mut wanted: Vec<DeviceName> = Vec::new();
        for name in names.into_iter().map(DeviceName::parse).take(MOST_PREFERRED) {
            if !wanted.contains(&name) {
                wanted.push(name);
            }
        }
        if wanted.is_empty() {
            wanted.push(DeviceName::Default);
        }
        match role {
            DeviceRole::Input => self.wishes.input = wanted,
            DeviceRole::Output => self.wishes.output = wanted,
            DeviceRole::Ring => self.wishes.ring = wanted,
        }
        self.send_wishes();
    }

    /// Switches echo cancellation, noise suppression and gain control, each by itself.
    pub fn set_processing(&mut self, processing: Processing) {
        self.processing = processing;
        self.processor.set(processing);
        // Where there is no room for the order, the next processor is set when it arrives.
        let _ = self.orders.push(Order::Processing(processing));
        self.waker.wake();
    }

    /// The next ten milliseconds of the microphone, cleaned. Silence while it is not in use.
    pub fn read(&mut self, frame: &mut Frame) {
        self.receive();
        if !self.wishes.in_use.microphone {
            frame.fill(0.0);
            self.input_meter.observe(frame);
            self.hearing.raw(frame, false);
            return;
        }
        if !self.source.read(frame, platform::now().boot) {
            self.dry += 1;
        }
        self.hearing.raw(frame, !self.source.is_silence());
        if !self.source.is_silence() {
            let delay = self.source.latency_ms() + self.output.latency_ms();
            self.processor.process(frame, delay);
        }
        self.hearing.voice(frame);
        self.input_meter.observe(frame);
    }

    /// The next ten milliseconds for the loudspeaker and for the bell. Ringing on the loudspeaker's own device is mixed
    /// in.
    pub fn write(&mut self, output: &Frame, ring: Option<&Frame>) {
        self.receive();
        let now = platform::now().boot;
        let shared = self.wishes.ring_shares_output();
        self.mixer.add(output);
        if let (Some(ring), true) = (ring, shared) {
            self.mixer.add(ring);
        }
        let played = self.mixer.take();
        if self.wishes.in_use.output || (shared && self.wishes.in_use.ring) {
            self.dry += u64::from(!self.output.write(&played, now));
        }
        if self.wishes.in_use.microphone && !self.source.is_silence() {
            self.processor.observe_played(&played);
        }
        if !shared && self.wishes.in_use.ring {
            self.ring.write(ring.unwrap_or(&SILENCE), now);
        }
        self.output_meter.observe(&played);
    }

    /// The peaks of the last 50 ms.
    pub fn meters(&self) -> Meters {
        Meters { input: self.input_meter.peak(), output: self.output_meter.peak(), parties: Default::default() }
    }

    /// What came out of the microphone since this was last asked.
    pub fn hearing(&mut self) -> Hearing {
        self.hearing.take()
    }

    /// Why the chosen microphone does not serve; none while it does.
    pub fn microphone_trouble(&self) -> Option<&DeviceTrouble> {
        self.trouble.as_ref()
    }

    /// Times that the output ran dry or the input had nothing, since the start.
    pub fn underruns(&self) -> u64 {
        self.dry
    }

    /// Milliseconds that sound waits at the microphone, and at the loudspeaker, as far as ring and callback know.
    pub fn delays_ms(&self) -> (f64, f64) {
        (f64::from(self.source.latency_ms()), f64::from(self.output.latency_ms()))
    }

    /// What the supervisor has to say.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<HandsetEvent> {
        self.receive();
        self.events.pop_front()
    }

    fn receive(&mut self) {
        if self.unsent {
            self.send_wishes();
        }
        // Events wait in the ring while the media thread does not ask for them: the queue never grows.
        while self.events.len() < QUEUE
            && let Ok(delivery) = self.deliveries.pop()
        {
            match delivery {
                Delivery::Source(source) => {
                    self.replace_source(source);
                }
                Delivery::Sink(DeviceRole::Output, sink) => {
                    let old = std::mem::replace(&mut self.output, sink);
                    self.dispose(Order::OldSink(old));
                }
                Delivery::Sink(DeviceRole::Ring, sink) => {
                    let old = std::mem::replace(&mut self.ring, sink);
                    self.dispose(Order::OldSink(old));
                }
                // The supervisor gives the microphone a source, never a sink.
                Delivery::Sink(DeviceRole::Input, sink) => self.dispose(Order::OldSink(sink)),
                Delivery::Processor(mut fresh) => {
                    fresh.set(self.processing);
                    let old = std::mem::replace(&mut self.processor, fresh);
                    self.dispose(Order::OldProcessor(old));
                }
                Delivery::Devices(devices) => self.events.push_back(HandsetEvent::Devices(devices)),
                Delivery::Problem(problem) => {
                    self.trouble = problem.as_ref().and_then(|problem| problem.microphone.clone());
                    self.events.push_back(HandsetEvent::Problem(problem));
                }
            }
        }
    }

    fn replace_source(&mut self, source: Source) {
        let old = std::mem::replace(&mut self.source, source);
        self.dispose(Order::OldSource(old));
    }

    /// Hands memory to the supervisor to be freed. Where its queue is full, it is freed here: late is better than never.
    fn dispose(&mut self, old: Order) {
        let _ = self.orders.push(old);
        self.waker.wake();
    }

    fn send_wishes(&mut self) {
        self.unsent = self.orders.push(Order::Wishes(self.wishes.clone())).is_err();
        self.waker.wake();
    }
}

impl Drop for Handset {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.waker.wake();
        let supervisor = self.supervisor.take();
        // Recordings are whole once this returns.
        if let Some(supervisor) = supervisor {
            let _ = supervisor.join();
        }
    }
}

#[cfg(test)]
#[path = "handset_tests.rs"]
mod tests;
