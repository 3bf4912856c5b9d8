//! Protection of both connections: compared, raised and demanded.

use tandem::account::{Effect, Input, RaiseReport, Reply, Request};
use tandem::config::{Config, EditValue};
use tandem::model::{
    AccountState, Aspect, Certificate, ConditionKind, ConnectionState, Floor, FullJid, ParityLevel, QuestionKind,
    RaiseOutcome, Security, Service, TlsVersion, Transport,
};
use tandem::sip::TransportChoice;
use tandem::store::{self, Loaded};
use tandem::{sip, xmpp};

use super::world::*;

pub fn tls(auth: &str) -> Security {
    Security {
        transport: Transport::Tls,
        tls: Some(TlsVersion::V13),
        cipher: Some("TLS_AES_256_GCM_SHA384".into()),
        certificate: Certificate::Verified,
        auth: auth.into(),
        issuer: Some([1; 32]),
    }
}

pub fn udp(auth: &str) -> Security {
    Security {
        transport: Transport::Udp,
        tls: None,
        cipher: None,
        certificate: Certificate::None,
        issuer: None,
        ..tls(auth)
    }
}

impl World {
    pub fn chat_online(&mut self, security: Security) {
        let mechanism = security.auth.to_string();
        let bound = FullJid::parse("alice@example.com/x").expect("valid");
        self.chat(xmpp::Event::Online { bound, resumed: false, security, mechanism });
    }

    pub fn voice_online(&mut self, security: Security) {
        let local = "192.0.2.1:5060".parse().expect("valid");
        self.voice(sip::Event::Registered { security, local, realm: None });
    }

    pub fn voice_fails(&mut self, code: &str) {
        let failure = sip::Failure { reason: reason(code), certificate: None, security: true };
        self.voice(sip::Event::Failed(failure));
    }

    pub fn account(&mut self, service: Service) -> AccountState {
        let shown = self.shown();
        shown.accounts.iter().find(|account| account.service == service).cloned().expect("the account")
    }

    /// How the voice account was last started.
    pub fn voice_start(&self) -> sip::Config {
        let start = |effect: &Effect| match effect {
            Effect::StartVoice { config, .. } => Some((**config).clone()),
            _ => None,
        };
        self.effects.iter().rev().find_map(start).expect("the account was started")
    }

    pub fn edits(&self) -> Vec<(&'static str, EditValue)> {
        let edits = |effect: &Effect| match effect {
            Effect::EditConfig(edits) => {
                Some(edits.iter().map(|edit| (edit.key, edit.value.clone())).collect::<Vec<_>>())
            }
            _ => None,
        };
        self.effects.iter().filter_map(edits).flatten().collect()
    }

    /// The memos that were written, for the next run.
    pub fn next_run(&self, config: Config) -> Self {
        let memo = |command: store::Command| match command {
            store::Command::SetMemo { key, value: Some(value) } => Some((key, value)),
            _ => None,
        };
        let memos = self.kept().into_iter().filter_map(memo).collect();
        Self::new(config, Loaded { memos, ..Loaded::default() })
    }

    pub fn answer_security(&mut self, choice: &str) {
        let shown = self.shown();
        let question = shown.questions.iter().find(|asked| asked.kind == QuestionKind::Security).expect("a question");
        let first = &question.choices[0];
        assert!(&*first.id == "refuse" || &*first.id == "keep", "the safe answer comes first");
        self.done(Request::Answered { question: question.id, choice: choice.into() });
    }

    pub fn raised(&self) -> Option<RaiseReport> {
        self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Answer(_, Ok(Reply::Raised(report))) => Some((**report).clone()),
            _ => None,
        })
    }
}

pub fn floor(text: &str) -> Config {
    let mut config = config();
    config.security.minimum = Floor::parse(text).expect("a floor");
    config
}

#[test]
fn c_46_voice_over_udp_beside_chat_over_tls_is_told_and_raised() {
    let mut world = World::new(config(), Loaded::default());
    world.chat_online(tls("SCRAM-SHA-256"));
    world.voice_online(udp("digest-SHA-256"));
    let shown = world.shown();
    assert_eq!(shown.parity.level, ParityLevel::Mismatch);
    assert_eq!(&*shown.parity.findings[0].code, "voice-unprotected");
    let keys: Vec<_> = shown.protection.plan.iter().map(|step| (step.key, &*step.to)).collect();
    assert_eq!(keys, [("transport", "tls"), ("media-encryption", "required")]);

    world.effects.clear();
    world.ask(Request::RaiseSecurity { dry_run: true });
    let dry = world.raised().expect("answered at once");
    assert!(dry.steps.iter().all(|step| step.outcome == RaiseOutcome::Planned));
    assert_eq!(world.starts(), 0, "a dry run touches nothing");

    assert!(world.ask(Request::RaiseSecurity { dry_run: false }).is_none(), "the answer waits for the outcome");
    assert!(world.shown().protection.busy);
    assert_eq!(world.voice_start().transport, TransportChoice::Tls);
    world.voice(sip::Event::Connecting);
    world.voice_online(tls("digest-SHA-256"));
    let report = world.raised().expect("the outcome is known");
    assert!(report.steps.iter().all(|step| step.outcome == RaiseOutcome::Done), "{report:?}");
    assert_eq!(report.parity.level, ParityLevel::Equal);
    let text = |value: &str| EditValue::Text(value.to_owned());
    assert_eq!(world.edits(), [("transport", text("tls")), ("media-encryption", text("required"))]);
    let shown = world.shown();
    assert!(shown.protection.plan.is_empty() && !shown.protection.busy && shown.questions.is_empty());
}

#[test]
fn c_46_what_the_server_cannot_is_taken_back_and_told_and_accepted_only_by_word() {
    let mut world = World::new(config(), Loaded::default());
    world.chat_online(tls("SCRAM-SHA-256"));
    world.voice_online(tls("digest-MD5"));
    let keys: Vec<_> = world.shown().protection.plan.iter().map(|step| step.key).collect();
    assert_eq!(keys, ["allow-md5"]);
    world.effects.clear();
    world.ask(Request::RaiseSecurity { dry_run: false });
    assert!(!world.voice_start().allow_md5);
    world.voice_fails("md5-forbidden");
    assert!(world.voice_start().allow_md5, "everything is as it was");
    assert!(world.raised().is_none(), "the result is told when the account is back");
    world.voice_online(tls("digest-MD5"));
    let report = world.raised().expect("the outcome");
    assert_eq!(report.steps[0].outcome, RaiseOutcome::RolledBack);
    assert!(report.steps[0].text.contains("as it was before"), "{}", report.steps[0].text);
    assert_eq!(report.parity.level, ParityLevel::Mismatch);
    assert!(world.edits().is_empty(), "the file keeps what works");
    let shown = world.shown();
    assert!(shown.conditions.is_empty(), "what the try complained about is over: {:?}", shown.conditions);

    // Nothing is lowered without a word.
    assert!(shown.protection.pairs[0].rows.iter().all(|row| !row.accepted));
    world.answer_security("accept");
    assert_eq!(world.edits(), [("accept-weaker", EditValue::Texts(vec!["login".to_owned()]))]);
    let shown = world.shown();
    assert_eq!(shown.parity.level, ParityLevel::Mismatch, "it stays visible");
    assert!(shown.parity.findings[0].text.ends_with("You accepted this."));
    assert!(shown.protection.plan.is_empty());
    // And is taken back as easily.
    world.effects.clear();
    world.done(Request::WithdrawConsent { account: voice_id(), aspect: Aspect::Login });
    assert_eq!(world.edits(), [("accept-weaker", EditValue::Texts(Vec::new()))]);
    assert_eq!(world.shown().protection.plan.len(), 1);
}

#[test]
fn a_server_that_never_answers_the_better_way_is_left_after_a_while() {
    let mut world = World::new(config(), Loaded::default());
    world.chat_online(tls("SCRAM-SHA-256"));
    world.voice_online(udp("digest-SHA-256"));
    world.effects.clear();
    world.ask(Request::RaiseSecurity { dry_run: false });
    assert!(world.ask(Request::RaiseSecurity { dry_run: false }).expect("an answer").is_err(), "one at a time");
    world.wait(std::time::Duration::from_secs(26));
    assert_eq!(world.voice_start().transport, TransportChoice::Auto);
    world.voice_online(udp("digest-SHA-256"));
    let report = world.raised().expect("the outcome");
    let outcomes: Vec<_> = report.steps.iter().map(|step| step.outcome).collect();
    assert_eq!(outcomes, [RaiseOutcome::RolledBack, RaiseOutcome::Done]);
}

#[test]
fn raising_does_not_end_a_call() {
    let mut world = World::new(config(), Loaded::default());
    world.chat_online(tls("SCRAM-SHA-256"));
    world.voice_online(tls("digest-MD5"));
    let call = world.call(tandem::account::CallTo::Text("1001".into())).expect("a call");
    world.effects.clear();
    world.ask(Request::RaiseSecurity { dry_run: false });
    let report = world.raised().expect("refused at once");
    assert_eq!(report.steps[0].outcome, RaiseOutcome::Refused);
    assert!(world.view(call).end.is_none());
}

#[test]
fn c_46_an_accepted_certificate_is_taken_back_only_for_one_that_verifies() {
    let mut world = World::new(config(), Loaded::default());
    let refused = sip::Failure { reason: reason("certificate"), certificate: Some([9; 32]), security: true };
    world.voice(sip::Event::Failed(refused.clone()));
    let question = world.shown().questions[0].id;
    world.done(Request::Answered { question, choice: "trust".into() });
    world.chat_online(tls("SCRAM-SHA-256"));
    world.voice_online(Security { certificate: Certificate::Exception, ..tls("digest-SHA-256") });
    assert_eq!(world.shown().protection.plan[0].key, "certificate-exceptions");
    let exceptions = |world: &World| {
        world.effects.iter().rev().find_map(|effect| match effect {
            Effect::StartVoice { certificates, .. } => Some(certificates.exceptions.clone()),
            _ => None,
        })
    };
    world.ask(Request::RaiseSecurity { dry_run: false });
    assert_eq!(exceptions(&world), Some(Vec::new()));
    world.voice(sip::Event::Failed(refused));
    assert_eq!(exceptions(&world), Some(vec![[9; 32]]), "the exception is back");
    world.voice_online(Security { certificate: Certificate::Exception, ..tls("digest-SHA-256") });
    assert_eq!(world.raised().expect("the outcome").steps[0].outcome, RaiseOutcome::RolledBack);
}

#[test]
fn every_relation_is_compared_and_so_is_a_lone_pair_without_one() {
    let mut alone = config();
    alone.relations.clear();
    let mut world = World::new(alone, Loaded::default());
    world.chat_online(tls("SCRAM-SHA-256"));
    world.voice_online(udp("digest-SHA-256"));
    assert_eq!(world.shown().protection.pairs.len(), 1);
    let mut several = config();
    let second = tandem::config::Voice { id: tandem::model::AccountId::new("second"), ..several.voice[0].clone() };
    several.voice.push(second.clone());
    several.relations.push(tandem::config::Relation { chat: chat_id(), voice: second.id.clone() });
    let mut world = World::new(several, Loaded::default());
    world.chat_online(tls("SCRAM-SHA-256"));
    world.voice_online(tls("digest-SHA-256"));
    let local = "192.0.2.1:5060".parse().expect("valid");
    let event = sip::Event::Registered { security: udp("digest-SHA-256"), local, realm: None };
    world.put(Input::Voice(second.id, event));
    let shown = world.shown();
    let levels: Vec<_> = shown.protection.pairs.iter().map(|pair| pair.level).collect();
    assert_eq!(levels, [ParityLevel::Equal, ParityLevel::Mismatch]);
    assert!(shown.parity.findings[0].text.starts_with("chat and second:"), "{:?}", shown.parity.findings);
}

#[test]
fn c_45_an_account_below_the_floor_is_not_used_and_says_why() {
    let mut low = floor("tls1.2");
    low.voice[0].transport = TransportChoice::Udp;
    let mut world = World::new(low, Loaded::default());
    assert!(!world.effects.iter().any(|effect| matches!(effect, Effect::StartVoice { .. })), "not even tried");
    let voice = world.account(Service::Voice);
    assert_eq!(voice.state, ConnectionState::Failed);
    let reason = voice.reason.expect("a reason");
    assert!(&*reason.code == "below-floor" && reason.text.contains("security.minimum"), "{reason:?}");
    let condition = world.shown().conditions[0].clone();
    assert_eq!(condition.kind, ConditionKind::Connection(Service::Voice));

    for (minimum, has) in [
        ("tls1.2", udp("digest-SHA-256")),
        ("tls1.3", Security { tls: Some(TlsVersion::V12), ..tls("digest-SHA-256") }),
        ("verify", Security { certificate: Certificate::Exception, ..tls("digest-SHA-256") }),
        ("login", tls("digest-MD5")),
    ] {
        let mut world = World::new(floor(minimum), Loaded::default());
        world.voice_online(has.clone());
        assert_eq!(world.account(Service::Voice).state, ConnectionState::Failed, "{minimum}");
        assert!(
            world.effects.iter().any(|effect| matches!(effect, Effect::Stop(id) if *id == voice_id())),
            "{minimum}"
        );
        let mut world = World::new(floor(minimum), Loaded::default());
        world.voice_online(tls("digest-SHA-256"));
        assert_eq!(world.account(Service::Voice).state, ConnectionState::Online, "{minimum}");
    }
    let mut world = World::new(floor("binding"), Loaded::default());
    world.voice_online(tls("digest-SHA-256"));
    world.chat_online(tls("SCRAM-SHA-256"));
    assert_eq!(world.account(Service::Chat).state, ConnectionState::Failed);
    assert_eq!(world.account(Service::Voice).state, ConnectionState::Online, "SIP has no binding");
}

#[test]
fn c_45_a_certificate_that_does_not_verify_is_not_asked_about_below_the_floor() {
    let mut world = World::new(floor("tls1.2+verify"), Loaded::default());
    world.chat(xmpp::Event::Failed(xmpp::Failure {
        reason: reason("certificate"),
        certificate: Some([9; 32]),
        security: false,
    }));
    assert!(world.shown().questions.is_empty());
    assert_eq!(&*world.account(Service::Chat).reason.expect("a reason").code, "below-floor");
}

#[test]
fn c_45_sound_below_the_floor_is_refused_in_both_directions() {
    let mut world = World::new(floor("srtp"), Loaded::default());
    world.voice_online(tls("digest-SHA-256"));
    let offered = tandem::model::CallId(9);
    world.incoming(offered, identity("sip:bob@example.com"), Some(SOUND));
    assert!(world.sip().contains(&sip::Command::Reject { call: offered, code: 488 }));
    let end = world.view(offered).end.expect("over at once");
    assert!(end.text.contains("must be encrypted"), "{}", end.text);
    let placed = world.call(tandem::account::CallTo::Text("1001".into())).expect("a call");
    world.opened(placed);
    let invite = world.sip().into_iter().find_map(|command| match command {
        sip::Command::Invite { offer, .. } => Some(offer),
        _ => None,
    });
    assert!(invite.expect("an INVITE").contains("RTP/SAVP"));
}

#[test]
fn a_change_that_cannot_be_written_says_so() {
    let mut world = World::online();
    world.put(Input::Reconfigured(None, Err("The changed settings hold only until Tandem ends: no space.".into())));
    assert!(world.shown().conditions[0].text.contains("only until Tandem ends"));
}

#[test]
fn c_46_what_the_administrator_locked_is_not_raised_and_says_so() {
    let document = r#"{"version": 1, "title": "Example Ltd",
        "chat": [{"id": "chat", "address": "alice@example.com"}],
        "voice": [{"id": "voice", "address": "sip:alice@example.com", "transport": "udp"}],
        "relation": [{"chat": "chat", "voice": "voice"}],
        "security": {"minimum": "verify"}, "locked": ["voice.transport", "security.minimum"]}"#;
    let document = tandem::provisioning::read(document, "example.json").expect("a document");
    let layer = document.layer();
    let file = "[provisioning]\naddress = \"alice@example.com\"\n[security]\nminimum = \"none\"\n";
    let network = tandem::config::Network::default();
    let effective = tandem::config::effective(file, "config.toml", layer.as_ref(), &network).expect("it fits");
    assert_eq!(effective.config.security.minimum.to_string(), "verify", "the floor of the administrator holds");
    let mut world = World::new(effective.config.clone(), Loaded::default());
    let new = tandem::account::Reconfigured { effective, document: Some(document) };
    world.put(Input::Reconfigured(None, Ok(Box::new(new))));
    world.chat_online(tls("SCRAM-SHA-256"));
    world.voice_online(udp("digest-SHA-256"));
    world.effects.clear();
    world.ask(Request::RaiseSecurity { dry_run: false });
    let report = world.raised().expect("decided at once");
    let step = &report.steps[0];
    assert_eq!((step.key, step.outcome), ("transport", RaiseOutcome::Refused));
    assert!(step.text.starts_with("Set by your administrator (Example Ltd)."), "{}", step.text);
    assert_eq!(world.starts(), 0);
    assert_eq!(world.edits(), [("media-encryption", EditValue::Text("required".to_owned()))], "what is not locked");
}

#[test]
fn c_46_a_raise_that_fails_goes_back_to_the_settings_that_came_meanwhile() {
    let settings = |display: &str| {
        let file = format!(
            "[[chat]]\naddress = \"alice@example.com\"\npassword = \"x\"\n[[voice]]\naddress = \"sip:alice@example.com\"\n\
             password = \"x\"\ntransport = \"udp\"\ndisplay-name = \"{display}\"\n\
             [[relation]]\nchat = \"chat\"\nvoice = \"voice\"\n"
        );
        tandem::config::effective(&file, "config.toml", None, &tandem::config::Network::default()).expect("it fits")
    };
    let mut world = World::new(settings("Old").config, Loaded::default());
    world.chat_online(tls("SCRAM-SHA-256"));
    world.voice_online(udp("digest-SHA-256"));
    world.effects.clear();
    world.ask(Request::RaiseSecurity { dry_run: false });
    // While the better way is tried, the user's file changes.
    let new = tandem::account::Reconfigured { effective: settings("New"), document: None };
    world.effects.clear();
    world.put(Input::Reconfigured(None, Ok(Box::new(new))));
    let tried = voices(&world);
    assert_eq!(tried.last(), Some(&("New".to_owned(), TransportChoice::Tls)), "the try goes on: {tried:?}");
    world.effects.clear();
    world.voice(sip::Event::Failed(sip::Failure { reason: reason("no-tls"), certificate: None, security: false }));
    let back = voices(&world);
    assert_eq!(back.last(), Some(&("New".to_owned(), TransportChoice::Udp)), "{back:?}");
}

pub fn voices(world: &World) -> Vec<(String, TransportChoice)> {
    let start = |effect: &Effect| match effect {
        Effect::StartVoice { config, .. } => Some((config.display_name.clone().unwrap_or_default(), config.transport)),
        _ => None,
    };
    world.effects.iter().filter_map(start).collect()
}
