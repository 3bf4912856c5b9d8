//! The supervisor's thread: owns the streams, opens and closes them, and may wait for the system while it does.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rtrb::{Consumer, Producer};

use super::device;
use super::link::{Bell, Delivery, Order, Sink, Source};
use super::open::{self, Backend};
use super::sound_server::SoundServer;
use super::watch::Watch;
use crate::audio::name::DeviceName;
use crate::audio::process::Processor;
use crate::audio::supervise::{Output, RETRY, Supervisor};
use crate::model::{BootTime, DeviceRole, DeviceTrouble, Devices, Now, Processing};
use crate::platform;

/// How often streams are looked at while some are open.
const WATCH: Duration = Duration::from_millis(200);

/// How soon a delivery is tried again that the media thread had no room for.
const REDELIVER: Duration = Duration::from_millis(10);

/// A card that came or went is listed this much later: the system makes and opens up several files for one card.
const SETTLE: Duration = Duration::from_millis(500);

struct Serving {
    role: DeviceRole,
    attempt: u64,
    backend: Backend,
}

/// The thread's state.
pub struct Control {
    orders: Consumer<Order>,
    deliveries: Producer<Delivery>,
    undelivered: VecDeque<Delivery>,
    stop: Arc<AtomicBool>,
    supervisor: Supervisor,
    serving: Vec<Serving>,
    devices: Devices,
    system: device::Devices,
    server: SoundServer,
    /// A sound server has named the defaults.
    served: bool,
    default_due: BootTime,
    watch: Watch,
    /// When the list is read again; none while nothing has changed.
    list_due: Option<BootTime>,
    /// The wishes are known, so that the names of the devices in use mean something.
    asked: bool,
    /// The microphone and the loudspeaker that the media thread's processor has learned.
    learned: [Option<DeviceName>; 2],
    processing: Processing,
    bell: Option<Bell>,
}

impl Control {
    /// With the ends of the rings to the media thread, what wakes this one, and what processors shall do.
    pub fn new(
        orders: Consumer<Order>,
        deliveries: Producer<Delivery>,
        stop: Arc<AtomicBool>,
        watch: Watch,
        processing: Processing,
    ) -> Self {
        Self {
            orders,
            deliveries,
            undelivered: VecDeque::new(),
            stop,
            supervisor: Supervisor::new(),
            serving: Vec::new(),
            devices: Devices::default(),
            system: device::Devices::new(),
            server: SoundServer::default(),
            served: false,
            default_due: BootTime::default(),
            watch,
            list_due: Some(BootTime::default()),
            asked: false,
            learned: [None, None],
            processing,
            bell: None,
        }
    }

    /// Runs until the handset is dropped.
    pub fn run(mut self) {
        while !self.stop.load(Ordering::Acquire) && !self.orders.is_abandoned() {
            let now = platform::now();
            self.take_orders(now);
            self.watch(now);
            self.supervisor.handle_timeout(now);
            self.perform();
            self.publish();
            self.deliver();
            let pause = if self.server.has_news() { Some(Duration::ZERO) } else { self.pause(platform::now()) };
            if self.watch.wait(pause, self.server.socket()) {
                self.list_due = Some(platform::now().boot + SETTLE);
            }
            // The server tells of its devices itself, and at once: what waits for one of them need not wait longer.
            if self.server.refresh() {
                let now = platform::now();
                self.list_due = Some(now.boot);
                self.default_due = now.boot;
                self.supervisor.handle_news(now);
            }
        }
    }

    fn take_orders(&mut self, now: Now) {
        while let Ok(order) = self.orders.pop() {
            match order {
                Order::Wishes(wishes) => {
                    self.asked = true;
                    self.supervisor.handle_wishes(&wishes, now);
                }
                Order::Processing(processing) => self.processing = processing,
                Order::Bell(bell) => {
                    // What was delivered before there was a bell.
                    bell();
                    self.bell = Some(bell);
                }
                Order::OldSource(old) => drop(old),
                Order::OldSink(old) => drop(old),
                Order::OldProcessor(old) => drop(old),
            }
        }
    }

    fn watch(&mut self, now: Now) {
        for serving in &self.serving {
            if let Some(beats) = serving.backend.beats() {
                self.supervisor.handle_beats(serving.role, serving.attempt, beats, now);
            }
            if serving.backend.failed() {
                self.supervisor.handle_lost(serving.role, serving.attempt, now);
                self.list_due = Some(now.boot);
            }
        }
        if self.supervisor.follows_default() && self.default_due <= now.boot {
            self.default_due = now.boot + RETRY;
            self.server.learn();
            let (input, output) = match self.server.defaults() {
                Some(defaults) => {
                    self.served = true;
                    defaults
                }
                // The server is away: what ALSA calls its default is a name of another kind, and no news.
                None if self.served => (None, None),
                None => self.system.defaults(),
            };
            self.supervisor.handle_defaults(input.as_ref(), output.as_ref(), now);
        }
    }

    fn perform(&mut self) {
        while let Some(output) = self.supervisor.poll_output() {
            match output {
                Output::Open { role, device, attempt, fresh } => {
                    let result = self.open(role, &device, attempt, fresh);
                    self.supervisor.handle_opened(role, attempt, result, platform::now());
                }
                Output::Close { role } => self.close(role),
                Output::Problem(problem) => self.undelivered.push_back(Delivery::Problem(problem)),
            }
        }
    }

    fn open(&mut self, role: DeviceRole, device: &DeviceName, attempt: u64, fresh: bool) -> Result<(), DeviceTrouble> {
        let (delivery, backend) = open::open(&self.system, &mut self.server, role, device, fresh)?;
        self.serving.retain(|serving| serving.role != role);
        self.serving.push(Serving { role, attempt, backend });
        self.undelivered.push_back(delivery);
        self.enter_room(role, device);
        Ok(())
    }

    /// Another microphone or loudspeaker is another echo: what was learned of the one before would only mislead.
    fn enter_room(&mut self, role: DeviceRole, device: &DeviceName) {
        let known = match role {
            DeviceRole::Input => &mut self.learned[0],
            DeviceRole::Output => &mut self.learned[1],
            DeviceRole::Ring => return,
        };
        let before = known.replace(device.clone());
        if before.is_some_and(|before| before != *device) {
            self.undelivered.push_back(Delivery::Processor(Box::new(Processor::new(self.processing))));
        }
    }

    fn close(&mut self, role: DeviceRole) {
        self.serving.retain(|serving| serving.role != role);
        self.undelivered.push_back(match role {
            DeviceRole::Input => Delivery::Source(Source::Silence),
            DeviceRole::Output | DeviceRole::Ring => Delivery::Sink(role, Sink::Nothing),
        });
    }

    /// Tells of the devices when the list or the ones in use are others than told.
    fn publish(&mut self) {
        if !self.asked {
            return;
        }
        let name = |role| -> Arc<str> { self.supervisor.device(role).to_string().into() };
        let mut devices = Devices {
            input: name(DeviceRole::Input),
            output: name(DeviceRole::Output),
            ring: name(DeviceRole::Ring),
            ..self.devices.clone()
        };
        if self.list_due.is_some_and(|due| due <= platform::now().boot) {
            self.list_due = None;
            (devices.inputs, devices.outputs) = open::names(&self.system, &mut self.server);
        }
        if devices != self.devices {
            self.devices = devices.clone();
            self.undelivered.push_back(Delivery::Devices(devices));
        }
    }

    fn deliver(&mut self) {
        let mut delivered = false;
        while let Some(delivery) = self.undelivered.pop_front() {
            if let Err(rtrb::PushError::Full(delivery)) = self.deliveries.push(delivery) {
                self.undelivered.push_front(delivery);
                break;
            }
            delivered = true;
        }
        if let (true, Some(bell)) = (delivered, &self.bell) {
            bell();
        }
    }

    /// How long to sleep; `None`, until an order or a card comes, while nothing is open.
    fn pause(&self, now: Now) -> Option<Duration> {
        let due = |at: BootTime| at.saturating_since(now.boot);
        let retry = self.supervisor.poll_timeout().map(due);
        let list = self.list_due.map(due);
        let watch = (!self.serving.is_empty()).then_some(WATCH);
        let redeliver = (!self.undelivered.is_empty()).then_some(REDELIVER);
        [retry, list, watch, redeliver].into_iter().flatten().min()
    }
}
