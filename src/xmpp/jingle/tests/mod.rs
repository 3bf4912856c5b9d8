//! Several devices of two people, and a server between them that delivers, copies and answers as RFC 6120 and XEP-0280 say.

mod calls;
mod digits;
mod extras;
mod fuzz;
mod hostile;
mod races;
mod reading;

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use minidom::Element;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::{Condition, Desk, Invite, JingleCommand, JingleEvent, JingleRules, Output, Step, Trust};
use crate::model::{BootTime, CallId, FullJid, Jid, Now, WallTime};
use crate::sdp::{
    Candidate, CandidateKind, Capabilities, Codec, Fingerprint, KeyAgreement, LocalMedia, MasterKey, MediaProtection,
    Negotiation,
};
use crate::xmpp::stanza::{self, With as _, ns};

pub(super) const ALICE: &str = "alice@example.com/desk";
pub(super) const BOB: &str = "bob@example.org/phone";
pub(super) const TABLET: &str = "bob@example.org/tablet";

pub(super) fn full(text: &str) -> FullJid {
    FullJid::parse(text).expect("valid")
}

pub(super) fn start() -> Now {
    Now { boot: BootTime::from_duration(Duration::from_secs(1_000)), wall: WallTime::from_unix_ms(1_795_000_000_000) }
}

/// A negotiation as a call over chat has it: keys by DTLS or nothing.
pub(super) fn negotiation(number: u8) -> Negotiation {
    let capabilities = Capabilities {
        codecs: vec![Codec::Opus, Codec::G722, Codec::Pcma],
        packet_time: Duration::from_millis(20),
        discontinuous: false,
        protection: MediaProtection::Required,
        secure_signalling: true,
        keys: KeyAgreement::Dtls,
        fingerprint: Some(Fingerprint::of(&[number])),
    };
    let address = IpAddr::from([192, 0, 2, number]);
    let key = MasterKey(vec![number; 46]);
    let mut made = Negotiation::new(capabilities, LocalMedia { address, port: 4_000, key, session_id: 1 });
    made.set_candidates(vec![candidate(number, 4_000)], false);
    made
}

pub(super) fn candidate(number: u8, port: u16) -> Candidate {
    Candidate {
        foundation: "1".into(),
        component: 1,
        priority: 2_130_706_431,
        address: ([192, 0, 2, number], port).into(),
        kind: CandidateKind::Host,
        related: None,
    }
}

pub(super) struct Device {
    pub name: FullJid,
    pub desk: Desk,
    pub events: Vec<JingleEvent>,
}

/// What is on its way.
#[derive(Clone, Debug)]
pub(super) enum Way {
    Request { from: FullJid, to: FullJid, payload: Element, call: CallId, step: Step },
    Answer { to: FullJid, call: CallId, step: Step, iq: Element },
    Stanza { from: FullJid, stanza: Element },
}

pub(super) struct World {
    pub now: Now,
    pub devices: Vec<Device>,
    pub way: VecDeque<Way>,
    /// Everything that was delivered.
    pub wire: Vec<String>,
    next: u64,
    open: Vec<(String, FullJid, CallId, Step)>,
}

impl World {
    /// Alice at her desk, Bob at these.
    pub fn new(bobs: &[&str]) -> Self {
        let mut world = Self {
            now: start(),
            devices: Vec::new(),
            way: VecDeque::new(),
            wire: Vec::new(),
            next: 0,
            open: Vec::new(),
        };
        for (seed, name) in std::iter::once(&ALICE).chain(bobs).enumerate() {
            let mut desk = Desk::new(StdRng::from_seed([seed as u8 + 1; 32]));
            desk.handle_bound(&full(name));
            let rules = JingleRules { on: true, ..JingleRules::default() };
            desk.handle_command(JingleCommand::Rules(rules), None, world.now);
            world.devices.push(Device { name: full(name), desk, events: Vec::new() });
        }
        world
    }

    pub fn device(&mut self, name: &str) -> &mut Device {
        self.devices.iter_mut().find(|device| device.name.as_str() == name).expect("a device")
    }

    pub fn command(&mut self, name: &str, command: JingleCommand) {
        self.command_to(name, command, None);
    }

    pub fn command_to(&mut self, name: &str, command: JingleCommand, direct: Option<&str>) {
        let now = self.now;
        self.device(name).desk.handle_command(command, direct.map(full), now);
        self.collect();
    }

    /// Takes what the desks want done.
    pub fn collect(&mut self) {
        for device in &mut self.devices {
            while let Some(output) = device.desk.poll_output() {
                let from = device.name.clone();
                match output {
                    Output::Event(event) => device.events.push(event),
                    Output::Request { to, payload, call, step } => {
                        self.way.push_back(Way::Request { from, to, payload, call, step });
                    }
                    Output::Send(stanza) => self.way.push_back(Way::Stanza { from, stanza }),
                }
            }
        }
    }

    /// Everything on its way arrives, and what that draws.
    pub fn settle(&mut self) {
        self.collect();
        while let Some(way) = self.way.pop_front() {
            self.deliver(way);
            self.collect();
        }
    }

    pub fn deliver(&mut self, way: Way) {
        match way {
            Way::Request { from, to, payload, call, step } => {
                self.next += 1;
                let id = format!("q{}", self.next);
                let mut iq = stanza::iq("set", &id, Some(to.as_str()), Some(payload));
                set(&mut iq, "from", from.as_str());
                self.open.push((id, from, call, step));
                self.request(&iq, &to);
            }
            Way::Answer { to, call, step, iq } => {
                let now = self.now;
                self.device(to.as_str()).desk.handle_answer(call, step, Some(&iq), now);
            }
            Way::Stanza { from, stanza } => self.route(&from, stanza),
        }
    }

    /// A request to a device.
    pub fn request(&mut self, iq: &Element, to: &FullJid) {
        self.wire.push(String::from(iq));
        let from = full(iq.attr("from").expect("from"));
        let payload = iq.children().next().expect("a payload");
        let trust = Trust { contact: true, own: from.bare() == to.bare() };
        let now = self.now;
        self.device(to.as_str()).desk.handle_request(iq, payload, &from, trust, now);
    }

    fn route(&mut self, from: &FullJid, mut stanza: Element) {
        set(&mut stanza, "from", from.as_str());
        if stanza.name() == "iq" {
            let id = stanza.attr("id").unwrap_or_default().to_owned();
            if let Some(at) = self.open.iter().position(|(open, ..)| *open == id) {
                let (_, to, call, step) = self.open.remove(at);
                self.way.push_back(Way::Answer { to, call, step, iq: stanza });
            }
            return;
        }
        self.wire.push(String::from(&stanza));
        let to = Jid::parse_dropping_resource(stanza.attr("to").expect("to")).expect("valid");
        let now = self.now;
        for device in &mut self.devices {
            let own = device.name.bare() == from.bare();
            if device.name.bare() == to {
                let trust = Trust { contact: true, own };
                device.desk.handle_message(&stanza, &from.bare(), Some(from.resource()), &to, false, trust, now);
            } else if own && device.name != *from {
                let trust = Trust { contact: false, own: true };
                device.desk.handle_message(&stanza, &from.bare(), Some(from.resource()), &to, true, trust, now);
            }
        }
    }

    pub fn wait(&mut self, time: Duration) {
        self.now = self.now.after(time);
        let now = self.now;
        for device in &mut self.devices {
            device.desk.handle_timeout(now);
        }
        self.settle();
    }

    pub fn events(&mut self, name: &str) -> Vec<JingleEvent> {
        std::mem::take(&mut self.device(name).events)
    }

    /// The one event of a device since it was last asked.
    pub fn one(&mut self, name: &str) -> JingleEvent {
        let mut events = self.events(name);
        assert_eq!(events.len(), 1, "{events:?}");
        events.remove(0)
    }

    /// Alice calls, and it arrives; the offering negotiation.
    pub fn call(&mut self) -> (CallId, Negotiation) {
        let mut offering = negotiation(1);
        let offer = offering.offer(false).expect("an offer").into();
        let call = CallId(2);
        self.command(ALICE, JingleCommand::Call { call, to: full(BOB).bare(), offer });
        self.settle();
        (call, offering)
    }

    /// The call that a device was told of.
    pub fn incoming(&mut self, name: &str) -> (CallId, Option<std::sync::Arc<str>>) {
        match self.one(name) {
            JingleEvent::Incoming { call, offer, .. } => (call, offer),
            other => panic!("{other:?}"),
        }
    }

    /// Bob's phone answers the wish and then the description; his negotiation.
    pub fn answer(&mut self, name: &str, call: CallId) -> Negotiation {
        self.command(name, JingleCommand::Proceed { call });
        self.settle();
        let offer = match self.one(name) {
            JingleEvent::Offer { offer, .. } => offer,
            other => panic!("{other:?}"),
        };
        let mut answering = negotiation(2);
        let (answer, _) = answering.answer(&offer, false).expect("it can be answered");
        self.command(name, JingleCommand::Accept { call, answer: answer.into() });
        self.settle();
        answering
    }

    /// A call between Alice and Bob's phone that both talk in: her call and negotiation, his.
    pub fn talking(&mut self) -> (CallId, Negotiation, CallId, Negotiation) {
        let (call, mut offering) = self.call();
        let (his, _) = self.incoming(BOB);
        let answering = self.answer(BOB, his);
        let answer = match self.one(ALICE) {
            JingleEvent::Accepted { answer, .. } => answer,
            other => panic!("{other:?}"),
        };
        offering.accept_answer(&answer).expect("it fits");
        self.wire.clear();
        (call, offering, his, answering)
    }
}

pub(super) fn ended(event: &JingleEvent) -> Option<(Condition, bool)> {
    match event {
        JingleEvent::Ended { why, elsewhere, .. } => Some((*why, *elsewhere)),
        _ => None,
    }
}

/// A request of somebody, made by hand.
pub(super) fn by_hand(from: &str, inside: &str) -> Element {
    format!("<iq xmlns='jabber:client' type='set' id='h' from='{from}'>{inside}</iq>").parse().expect("valid")
}

/// The condition that the last thing sent refuses with, and Jingle's own.
pub(super) fn refusal(desk: &mut Desk) -> Option<(String, Option<String>)> {
    let mut found = None;
    while let Some(output) = desk.poll_output() {
        if let Output::Send(stanza) = output
            && let Some(error) = stanza.get_child("error", ns::CLIENT)
        {
            let name =
                |namespace| error.children().find(|child| child.has_ns(namespace)).map(|child| child.name().to_owned());
            found = name(ns::STANZA_ERROR).map(|condition| (condition, name(ns::JINGLE_ERRORS)));
        }
    }
    found
}

/// A message about a session, made by hand.
pub(super) fn message(what: &Invite, sid: &str) -> Element {
    Element::builder("message", ns::CLIENT).with("type", "chat").append(what.write(sid)).build()
}

/// Sets an attribute.
pub(super) fn set(element: &mut Element, name: &'static str, value: &str) {
    element.set_attr(rxml::Namespace::NONE, rxml::NcName::try_from(name).expect("a name"), value);
}
