//! "Test my setup": the microphone with its level, three seconds recorded and played back, a ring, and what is known of
//! the network; each result a sentence.

use std::net::IpAddr;
use std::sync::Arc;

use super::manager::Manager;
use super::{Refusal, RefusalKind, Reply};
use crate::media::ice::{HelpOutcome, Helped, Wish};
use crate::media::{self, Rehearsal, Rehearsed, Stage};
use crate::model::{CallId, ConditionKind, ConnectionState, Now, Service, is_private};

/// The name of a call that never is: its sockets show whether ports can be had. Real names are made of the time.
const PROBE: CallId = CallId(0);

/// A voice that is heard well: -34 dB of full scale.
const HEARD: f32 = 0.02;
/// So loud that it is cut off.
const TOO_LOUD: f32 = 0.99;

/// What may be asked of the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetupTestRequest {
    /// Show the level of the microphone.
    Listen,
    /// Record three seconds and play them back.
    Record,
    /// Ring for two seconds.
    Ring,
    /// One after the other, and answer with all that was found.
    Everything,
    /// Stop.
    Stop,
}

/// One result.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct SetupFinding {
    /// `microphone`, `speaker`, `ring`, `voice`, `ports`, `network`, `stun`, `relay`.
    pub part: &'static str,
    /// Whether it is well; none where only the user can tell, or where it may do.
    pub ok: Option<bool>,
    /// What was found, a sentence.
    pub text: Arc<str>,
}

/// Where the test stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct SetupTest {
    /// What is going on; none while nothing is.
    pub stage: Option<Stage>,
    /// What was found, by part, the newest of each.
    pub findings: Vec<SetupFinding>,
    /// All steps follow one another.
    #[serde(skip)]
    everything: bool,
    /// Who is answered at the end.
    #[serde(skip)]
    waiting: Option<super::effect::Ticket>,
}

impl SetupTest {
    fn find(&mut self, part: &'static str, ok: Option<bool>, text: impl Into<Arc<str>>) {
        let finding = SetupFinding { part, ok, text: text.into() };
        match self.findings.iter_mut().find(|known| known.part == part) {
            Some(known) => *known = finding,
            None => self.findings.push(finding),
        }
    }
}

/// What the microphone's levels mean.
fn microphone(name: &str, heard: &Rehearsed) -> (Option<bool>, String) {
    if !heard.microphone_open && name != "null" {
        (Some(false), format!("The microphone “{name}” cannot be used."))
    } else if heard.raw_peak == 0.0 {
        let what = format!(
            "The microphone “{name}” gives nothing, not even noise: it is probably switched off at the device or in the system."
        );
        (Some(false), what)
    } else if heard.raw_peak >= TOO_LOUD {
        (None, format!("The microphone “{name}” is too loud: turn it down in the system's sound settings."))
    } else if heard.voice_peak < HEARD {
        (None, format!("The microphone “{name}” works, but hears hardly anything: speak, or turn it up."))
    } else {
        (Some(true), format!("The microphone “{name}” hears you well."))
    }
}

fn well(outcome: HelpOutcome) -> bool {
    match outcome {
        HelpOutcome::SameAddress | HelpOutcome::OtherAddress | HelpOutcome::Relay => true,
        HelpOutcome::Silent | HelpOutcome::Failed(_) => false,
    }
}

/// What a server for paths said, as a sentence.
fn told(helped: &Helped) -> String {
    let name = &helped.server;
    match helped.outcome {
        HelpOutcome::SameAddress => {
            format!("The STUN server “{name}” sees your own address: no router stands in the way of sound.")
        }
        HelpOutcome::OtherAddress => format!(
            "The STUN server “{name}” sees you behind a router, and sound finds its way through: your outside address is \
             known."
        ),
        HelpOutcome::Relay => format!("The media relay “{name}” is ready: sound gets through where nothing else does."),
        HelpOutcome::Silent if helped.relay => {
            format!("The media relay “{name}” does not answer: check its address, or a firewall blocks it.")
        }
        HelpOutcome::Silent => format!(
            "The STUN server “{name}” does not answer: check its address, or a firewall blocks datagrams, and with them \
             sound."
        ),
        HelpOutcome::Failed(failure) => format!("The media relay “{name}” cannot be used: {failure}."),
    }
}

impl Manager {
    /// Everything is answered at its end; what else is asked, at once.
    pub(super) fn test_setup(&mut self, request: SetupTestRequest, now: Now) -> Result<Reply, Refusal> {
        let step = match request {
            SetupTestRequest::Stop => Rehearsal::Stop,
            _ if self.calls.living() > 0 => {
                let why = "The setup is not tested during a call. How a call does is shown in the call.";
                return Err(Refusal::new(RefusalKind::NotAllowed, why));
            }
            SetupTestRequest::Listen => Rehearsal::Listen,
            SetupTestRequest::Record | SetupTestRequest::Everything => Rehearsal::Record,
            SetupTestRequest::Ring => Rehearsal::Ring,
        };
        self.sound.test.everything = request == SetupTestRequest::Everything;
        if matches!(request, SetupTestRequest::Listen | SetupTestRequest::Everything) {
            self.sound.test.findings.clear();
            self.look_at_network(now);
        }
        self.media(media::Command::Rehearse(step));
        Ok(Reply::Done)
    }

    /// The same, and the answer comes when everything was tried.
    pub(super) fn test_everything(&mut self, ticket: super::effect::Ticket, now: Now) {
        match self.test_setup(SetupTestRequest::Everything, now) {
            Ok(_) => {
                let before = self.sound.test.waiting.replace(ticket);
                if let Some(before) = before {
                    self.answer(before, Err(Refusal::new(RefusalKind::NotAllowed, "Another test was begun.")));
                }
            }
            Err(refusal) => self.answer(ticket, Err(refusal)),
        }
    }

    /// Registration, our address, and whether there are ports for sound.
    fn look_at_network(&mut self, _now: Now) {
        let voice = self.connections.values().find(|connection| connection.state.service == Service::Voice);
        let (ok, text, local): (Option<bool>, String, Option<IpAddr>) = match voice {
            None => (Some(false), "There is no voice account.".into(), None),
            Some(voice) if voice.state.state == ConnectionState::Online => {
                (Some(true), "Voice is connected: you can call and be called.".into(), voice.local)
            }
            Some(voice) => {
                let reason = voice.state.reason.as_ref().map_or("", |reason| &*reason.text);
                (Some(false), format!("Voice is not connected. {reason}").trim().to_owned(), None)
            }
        };
        self.sound.test.find("voice", ok, text);
        let Some(local) = local else { return };
        let servers = self.path_servers();
        if servers.is_empty() {
            self.media(media::Command::Open { call: PROBE, address: local });
        } else {
            let wish = Box::new(Wish { servers, ..Wish::default() });
            self.media(media::Command::Gather { call: PROBE, address: local, wish });
        }
        let text = if is_private(local) {
            "You are behind a router that hides your address. Sound passes it where the phone service relays it; if you \
             hear nothing in calls, ask your administrator for a media relay."
        } else {
            "Your address can be reached directly."
        };
        self.sound.test.find("network", if is_private(local) { None } else { Some(true) }, text);
    }

    /// Whether an event of the media thread belongs to the test alone.
    pub(super) fn is_probe(&mut self, event: &media::Event) -> bool {
        if let media::Event::Helped { call: PROBE, servers } = event {
            self.note_helped(servers);
            return true;
        }
        let (ok, text) = match event {
            media::Event::Candidates { call: PROBE, .. } => return true,
            media::Event::Opened { call: PROBE, .. } => (true, "There are network ports for sound.".to_owned()),
            media::Event::OpenFailed { call: PROBE, reason } => (false, reason.to_string()),
            _ => return false,
        };
        self.sound.test.find("ports", Some(ok), text);
        self.media(media::Command::Close { call: PROBE });
        true
    }

    /// What the servers for paths said: one line for those that tell our address, one for relays.
    fn note_helped(&mut self, servers: &[Helped]) {
        for (part, relay) in [("stun", false), ("relay", true)] {
            // One that answers is enough, and a refusal says more than silence.
            let rank = |helped: &&Helped| (!well(helped.outcome), helped.outcome == HelpOutcome::Silent);
            let of_kind = servers.iter().filter(|helped| helped.relay == relay);
            let Some(best) = of_kind.min_by_key(rank) else { continue };
            self.sound.test.find(part, Some(well(best.outcome)), told(best));
        }
    }

    /// The media thread is at another stage of the test.
    pub(super) fn handle_rehearsed(&mut self, heard: &Rehearsed) {
        let (input, output, ring) =
            (self.devices.input.clone(), self.devices.output.clone(), self.devices.ring.clone());
        let trouble = self.conditions.iter().find(|condition| condition.kind == ConditionKind::Device);
        let trouble = trouble.map(|condition| condition.text.clone());
        self.sound.test.stage = heard.stage;
        match heard.over {
            Some(Stage::Recording) => {
                let (ok, text) = microphone(&input, heard);
                self.sound.test.find("microphone", ok, text);
            }
            Some(Stage::Playing) => {
                let said = trouble.filter(|text| text.contains("speaker"));
                let ok = said.is_some().then_some(false);
                let text = said.unwrap_or_else(|| format!("You should have heard yourself on “{output}”.").into());
                self.sound.test.find("speaker", ok, text);
            }
            Some(Stage::Ringing) => {
                let said = trouble.filter(|text| text.contains("ringing device"));
                let ok = said.is_some().then_some(false);
                let where_to = if &*ring == "all" { "every loudspeaker".to_owned() } else { format!("“{ring}”") };
                let text = said.unwrap_or_else(|| format!("It should have rung on {where_to}.").into());
                self.sound.test.find("ring", ok, text);
            }
            Some(Stage::Listening) | None => {}
        }
        if heard.stage.is_some() {
            return;
        }
        if self.sound.test.everything && heard.over == Some(Stage::Playing) {
            self.media(media::Command::Rehearse(Rehearsal::Ring));
            return;
        }
        self.sound.test.everything = false;
        if let Some(ticket) = self.sound.test.waiting.take() {
            let findings = self.sound.test.findings.clone();
            self.answer(ticket, Ok(Reply::SetupTested(findings)));
        }
    }
}
