//! `[connection]` and `[features]`: how the two connections depend on each other, and what each may carry.

use std::time::Duration;

use super::table::{Problems, Table};
use super::words;
use crate::model::{CallPresence, ConnectionPolicy, Feature, FeatureRule, FeatureScope, Jid};

/// The longest time that can be set here, in seconds.
const LONGEST: u64 = 600;

/// How the two connections depend on each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Which of them waits for the other.
    pub policy: ConnectionPolicy,
    /// How long one may be away before the other follows, or before presence says so; at most ten minutes.
    pub grace: Duration,
    /// How long chat waits for voice under `voice-first`; at most ten minutes.
    pub voice_patience: Duration,
    /// What a call does to the user's presence.
    pub call_presence: CallPresence,
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            policy: ConnectionPolicy::Truthful,
            grace: Duration::from_secs(20),
            voice_patience: Duration::from_secs(30),
            call_presence: CallPresence::Status,
        }
    }
}

/// `[connection]`.
pub(super) fn read(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Connection {
    let default = Connection::default();
    let what = "a time like \"20 s\", at most \"600 s\"";
    Connection {
        policy: table.word("policy", words::CONNECTION_POLICY, default.policy, problems),
        grace: table.parsed("grace", what, problems, seconds).unwrap_or(default.grace),
        voice_patience: table.parsed("voice-patience", what, problems, seconds).unwrap_or(default.voice_patience),
        call_presence: table.word("call-presence", words::CALL_PRESENCE, default.call_presence, problems),
    }
}

fn seconds(text: &str) -> Option<Duration> {
    let number: u64 = text.strip_suffix('s')?.trim().parse().ok()?;
    (number <= LONGEST).then(|| Duration::from_secs(number))
}

/// `[features]`: for everything on this device.
pub(super) fn read_features(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Vec<FeatureRule> {
    let mut rules = Vec::new();
    read_switches(table, Some(FeatureScope::Device), &mut rules, problems);
    rules
}

/// `[[domain-features]]` and `[[contact-features]]`: for everybody of a domain, for one person.
pub(super) fn read_exceptions<'t>(
    domains: Vec<Table<'t>>,
    contacts: Vec<Table<'t>>,
    rules: &mut Vec<FeatureRule>,
    problems: &mut Problems<'_>,
) {
    for mut domain in domains {
        let scope = domain.parsed("domain", "a domain like example.com", problems, |text| {
            let domain = Jid::parse(text).ok().filter(|jid| jid.local().is_none())?;
            Some(FeatureScope::Domain(domain.domain().into()))
        });
        finish(domain, "domain", scope, rules, problems);
    }
    for mut contact in contacts {
        let what = "an address like bob@example.com or sip:bob@example.com";
        let read = |text: &str| Jid::parse_shown(text).filter(|jid| jid.local().is_some());
        let scope = contact.parsed("contact", what, problems, read);
        finish(contact, "contact", scope.map(FeatureScope::Contact), rules, problems);
    }
}

fn finish(
    mut table: Table<'_>,
    key: &'static str,
    scope: Option<FeatureScope>,
    rules: &mut Vec<FeatureRule>,
    problems: &mut Problems<'_>,
) {
    if !table.has_any(&[key]) {
        let name = table.name().to_owned();
        problems.report(table.span(), format_args!("{name} needs {key}: for whom it is"));
    }
    read_switches(&mut table, scope, rules, problems);
    table.finish(problems);
}

fn read_switches(
    table: &mut Table<'_>,
    scope: Option<FeatureScope>,
    rules: &mut Vec<FeatureRule>,
    problems: &mut Problems<'_>,
) {
    let switches = [
        (Feature::CallsOverChat, table.word("calls-over-chat", words::SWITCH, None, problems)),
        (Feature::MessagesOverVoice, table.word("messages-over-voice", words::SWITCH, None, problems)),
    ];
    for (feature, on) in switches {
        if let (Some(scope), Some(on)) = (&scope, on) {
            rules.push(FeatureRule { feature, scope: scope.clone(), on });
        }
    }
}
