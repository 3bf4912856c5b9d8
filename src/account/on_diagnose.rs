//! What went wrong, remembered, and the report of it (C-48).

use std::fmt::Write as _;

use super::diagnosis::{Diagnosis, Redactor, Trace, Traces, name};
use super::effect::{Effect, Ticket};
use super::manager::Manager;
use crate::config::SecretSource;
use crate::model::{AccountId, AccountState, ConnectionState, Feature, Now, Reason, Security, Service};

impl Manager {
    /// Remembers a change of a connection, and says it in the log under the name that both connections share.
    pub(super) fn trace(&mut self, id: &AccountId, state: ConnectionState, reason: Option<&Reason>, now: Now) {
        let correlation = self.correlation();
        let Some(service) = self.service(id) else { return };
        let before = self.connections.get(id).map(|connection| connection.state.state);
        let trace = self.traces.entry(id.clone()).or_default();
        match state {
            ConnectionState::Online => {
                trace.connected = trace.connected.saturating_add(u32::from(before != Some(ConnectionState::Online)));
                trace.tries = 0;
            }
            ConnectionState::Connecting => trace.tries = trace.tries.saturating_add(1),
            ConnectionState::Offline | ConnectionState::Failed => {
                if let Some(reason) = reason {
                    trace.last_error = Some((now.wall, reason.clone()));
                }
            }
            ConnectionState::Held => {}
        }
        if before != Some(state) {
            let code = reason.map_or("", |reason| &*reason.code);
            tracing::info!(run = &*correlation, service = name(service), state = ?state, code, "a connection changed");
        }
    }

    /// The name of this run.
    fn correlation(&mut self) -> std::sync::Arc<str> {
        if self.correlation.is_empty() {
            let name: String = self.random_id().chars().take(12).collect();
            self.correlation = name.into();
        }
        self.correlation.clone()
    }

    /// What a screen shows of it.
    pub(super) fn shown_traces(&mut self) -> Traces {
        let of = self.traces.iter().map(|(id, trace)| (id.clone(), trace.clone())).collect();
        Traces { correlation: self.correlation(), of }
    }

    pub(super) fn note_local_address(&mut self, id: &AccountId, address: std::net::IpAddr) {
        self.traces.entry(id.clone()).or_default().ipv6 = Some(address.is_ipv6());
    }

    /// Writes the report; the shell adds what the name servers and the log say, and answers.
    pub(super) fn diagnose(&mut self, ticket: Ticket, save: bool, now: Now) {
        let redactor = self.redactor();
        let mut text = format!(
            "Tandem report, without addresses, names, numbers and passwords\n\
             Version {} on {} {}\nWritten {}\nRun {}\n",
            env!("CARGO_PKG_VERSION"),
            std::env::consts::OS,
            std::env::consts::ARCH,
            now.wall.to_rfc3339(),
            self.correlation(),
        );
        self.tell_connections(&mut text, &redactor, now);
        self.tell_policy(&mut text);
        self.tell_rest(&mut text);
        let mut domains: Vec<(Service, String)> =
            self.config.chat.iter().map(|chat| (Service::Chat, chat.address.domain().to_owned())).collect();
        domains.extend(self.config.voice.iter().map(|voice| (Service::Voice, voice.address.host().to_owned())));
        let correlation = self.correlation();
        let diagnosis = Diagnosis { correlation, text, domains, redactor, save };
        self.effects.push_back(Effect::Diagnose { ticket, diagnosis: Box::new(diagnosis) });
    }

    fn tell_connections(&self, text: &mut String, redactor: &Redactor, now: Now) {
        for (number, connection) in self.connections.values().enumerate() {
            let AccountState { id, service, state, since, reason, retry_at, security, .. } = &connection.state;
            let trace = self.traces.get(id).cloned().unwrap_or_default();
            let _ = writeln!(text, "\n{} (account {})", name(*service), number + 1);
            let _ = writeln!(text, "  state: {} since {}", word(*state), since.to_rfc3339());
            if let Some(reason) = reason {
                let _ = writeln!(text, "  why: {}: {}", reason.code, redactor.text(&reason.text));
            }
            if let Some(at) = retry_at {
                let _ = writeln!(text, "  next try: in {} s", at.saturating_since(now.boot).as_secs());
            }
            let _ = match &trace.last_error {
                Some((at, reason)) => {
                    writeln!(text, "  last error: {} {}: {}", at.to_rfc3339(), reason.code, redactor.text(&reason.text))
                }
                None => writeln!(text, "  last error: none in this run"),
            };
            let Trace { connected, tries, ipv6, .. } = trace;
            let _ = writeln!(text, "  connected in this run: {connected} times; tries since then: {tries}");
            let family = match ipv6 {
                Some(true) => "IPv6",
                Some(false) => "IPv4",
                None => "not known",
            };
            let _ = writeln!(text, "  path: {family}; {}", path(security.as_ref()));
            let _ = writeln!(text, "  server: {}", self.named(id));
        }
    }

    /// Whether the configuration names the server, or DNS does.
    fn named(&self, id: &AccountId) -> &'static str {
        let chat = self.config.chat.iter().find(|chat| chat.id == *id).map(|chat| chat.server.is_some());
        let voice =
            || self.config.voice.iter().find(|voice| voice.id == *id).map(|voice| voice.outbound_proxy.is_some());
        match chat.or_else(voice) {
            Some(true) => "named by the configuration",
            Some(false) | None => "found by DNS",
        }
    }

    fn tell_policy(&mut self, text: &mut String) {
        let config::Connection { policy, grace, voice_patience, call_presence } = self.config.connection;
        let _ = writeln!(text, "\nTogether\n  relations: {}", self.config.relations.len());
        let _ = writeln!(
            text,
            "  policy: {policy:?}, grace {} s, patience {} s, calls in presence: {call_presence:?}",
            grace.as_secs(),
            voice_patience.as_secs()
        );
        for (id, service) in self.services() {
            if let Some(reason) = self.held(&id) {
                let _ = writeln!(text, "  {} waits by policy: {}", name(service), reason.text);
            }
            let feature = match service {
                Service::Chat => Feature::CallsOverChat,
                Service::Voice => Feature::MessagesOverVoice,
            };
            let found = self.feature(feature, None, &id);
            let state = if found.on { "on" } else { "off" };
            let _ = writeln!(text, "  {}: {state} ({:?})", feature.as_str(), found.origin);
        }
        let pairs = self.protection_pairs();
        let parity = Self::parity(&pairs);
        let _ = writeln!(text, "  protection: {:?}", parity.level);
        for finding in &parity.findings {
            let _ = writeln!(text, "    {}", finding.code);
        }
    }

    fn tell_rest(&self, text: &mut String) {
        let chosen = |name: &str| match name {
            "" => "none",
            "default" | "null" => "as usual",
            name if name.starts_with("file:") => "a file",
            _ => "one by name",
        };
        let devices = &self.devices;
        let _ = writeln!(text, "\nSound\n  microphones: {}, in use: {}", devices.inputs.len(), chosen(&devices.input));
        let _ = writeln!(
            text,
            "  speakers: {}, in use: {}, for ringing: {}",
            devices.outputs.len(),
            chosen(&devices.output),
            chosen(&devices.ring)
        );
        let _ = writeln!(text, "\nProblems shown: {}", self.conditions.len());
        for condition in &self.conditions {
            let _ = writeln!(text, "  {:?}", condition.kind);
        }
        let _ = writeln!(text, "Calls now: {}", self.calls.living());
        let _ = writeln!(text, "Messages that wait: {}", self.outbox.len());
    }

    /// Everything that this profile knows as somebody's name, address or secret.
    fn redactor(&mut self) -> Redactor {
        let mut redactor = Redactor::default();
        let mut secret = |source: &SecretSource| {
            if let SecretSource::Inline(secret) = source {
                redactor.learn(secret.expose());
            }
        };
        self.config.chat.iter().for_each(|chat| secret(&chat.secret));
        self.config.voice.iter().for_each(|voice| secret(&voice.secret));
        self.given.values().for_each(|given| redactor.learn(given.expose()));
        for connection in self.connections.values() {
            redactor.learn(&connection.state.address);
            // The names that the setup gives are words of every sentence about them.
            let id = connection.state.id.as_str();
            if !["chat", "voice"].contains(&id) {
                redactor.learn(id);
            }
        }
        for voice in &self.config.voice {
            voice.display_name.iter().chain(&voice.auth_user).for_each(|name| redactor.learn(name));
        }
        for contact in self.people.shared().iter() {
            redactor.learn(contact.jid.as_str());
            redactor.learn(&contact.name);
        }
        for call in self.calls.all() {
            redactor.learn(&call.peer.display);
            redactor.learn(&call.peer.uri);
        }
        redactor
    }
}

use crate::config;

fn path(security: Option<&Security>) -> String {
    let Some(security) = security else { return "not connected".to_owned() };
    let Security { transport, tls, cipher, certificate, auth, .. } = security;
    let tls = tls.map_or_else(|| "no TLS".to_owned(), |tls| format!("TLS {tls:?}"));
    let cipher = cipher.as_deref().unwrap_or("no cipher");
    format!("{transport:?}, {tls}, {cipher}, certificate {certificate:?}, signed in with {auth}")
}

fn word(state: ConnectionState) -> &'static str {
    match state {
        ConnectionState::Offline => "offline",
        ConnectionState::Connecting => "connecting",
        ConnectionState::Online => "online",
        ConnectionState::Failed => "failed",
        ConnectionState::Held => "held",
    }
}
