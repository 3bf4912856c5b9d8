//! Protection of both connections: compared, raised, demanded, and noticed when it becomes less.

use tandem::account::{Effect, Input, RaiseReport, Reply, Request};
use tandem::config::{Config, EditValue};
use tandem::model::{
    AccountState, Aspect, Certificate, ConditionKind, ConnectionState, Floor, FullJid, MediaEncryption, ParityLevel,
    QuestionKind, RaiseOutcome, Security, Service, TlsVersion, Transport,
};
use tandem::sip::TransportChoice;
use tandem::store::{self, Loaded};
use tandem::{sip, xmpp};

use super::world::*;

fn tls(auth: &str) -> Security {
    Security {
        transport: Transport::Tls,
        tls: Some(TlsVersion::V13),
        cipher: Some("TLS_AES_256_GCM_SHA384".into()),
        certificate: Certificate::Verified,
        auth: auth.into(),
        issuer: Some([1; 32]),
    }
}

fn udp(auth: &str) -> Security {
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
    fn chat_online(&mut self, security: Security) {
        let mechanism = security.auth.to_string();
        let bound = FullJid::parse("alice@example.com/x").expect("valid");
        self.chat(xmpp::Event::Online { bound, resumed: false, security, mechanism });
    }

    fn voice_online(&mut self, security: Security) {
        let local = "192.0.2.1:5060".parse().expect("valid");
        self.voice(sip::Event::Registered { security, local, realm: None });
    }

    fn voice_fails(&mut self, code: &str) {
        let failure = sip::Failure { reason: reason(code), certificate: None, security: true };
        self.voice(sip::Event::Failed(failure));
    }

    fn account(&mut self, service: Service) -> AccountState {
        let shown = self.shown();
        shown.accounts.iter().find(|account| account.service == service).cloned().expect("the account")
    }

    /// How the voice account was last started.
    fn voice_start(&self) -> sip::Config {
        let start = |effect: &Effect| match effect {
            Effect::StartVoice { config, .. } => Some((**config).clone()),
            _ => None,
        };
        self.effects.iter().rev().find_map(start).expect("the account was started")
    }

    fn edits(&self) -> Vec<(&'static str, EditValue)> {
        let edits = |effect: &Effect| match effect {
            Effect::EditConfig(edits) => {
                Some(edits.iter().map(|edit| (edit.key, edit.value.clone())).collect::<Vec<_>>())
            }
            _ => None,
        };
        self.effects.iter().filter_map(edits).flatten().collect()
    }

    /// The memos that were written, for the next run.
    fn next_run(&self, config: Config) -> Self {
        let memo = |command: store::Command| match command {
            store::Command::SetMemo { key, value: Some(value) } => Some((key, value)),
            _ => None,
        };
        let memos = self.kept().into_iter().filter_map(memo).collect();
        Self::new(config, Loaded { memos, ..Loaded::default() })
    }

    fn answer_security(&mut self, choice: &str) {
        let shown = self.shown();
        let question = shown.questions.iter().find(|asked| asked.kind == QuestionKind::Security).expect("a question");
        let first = &question.choices[0];
        assert!(&*first.id == "refuse" || &*first.id == "keep", "the safe answer comes first");
        self.done(Request::Answered { question: question.id, choice: choice.into() });
    }

    fn raised(&self) -> Option<RaiseReport> {
        self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Answer(_, Ok(Reply::Raised(report))) => Some((**report).clone()),
            _ => None,
        })
    }
}

fn floor(text: &str) -> Config {
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
fn x39_a_weaker_chat_login_than_before_waits_for_the_users_word() {
    let mut first = World::new(config(), Loaded::default());
    first.chat_online(tls("SCRAM-SHA-256-PLUS"));
    let mut world = first.next_run(config());
    world.chat(xmpp::Event::Failed(xmpp::Failure {
        reason: reason("weaker-login"),
        certificate: None,
        security: true,
    }));
    assert_eq!(world.account(Service::Chat).state, ConnectionState::Failed);
    world.effects.clear();
    world.answer_security("refuse");
    assert_eq!(world.starts(), 0);
    assert_eq!(world.account(Service::Chat).state, ConnectionState::Failed);

    world.done(Request::Retry(chat_id()));
    world.chat(xmpp::Event::Failed(xmpp::Failure {
        reason: reason("weaker-login"),
        certificate: None,
        security: true,
    }));
    world.effects.clear();
    world.answer_security("accept");
    let weakest = world.effects.iter().find_map(|effect| match effect {
        Effect::StartChat { config, .. } => Some(config.strongest_mechanism.clone()),
        _ => None,
    });
    assert_eq!(weakest, Some(Some(String::new())), "any login will do, once");
    world.chat_online(tls("SCRAM-SHA-256"));
    assert!(world.shown().questions.is_empty());
    // From now on this one counts.
    let name = world.kept().into_iter().rev().find_map(|command| match command {
        store::Command::SetMemo { key, value } if key.starts_with("mechanism") => value,
        _ => None,
    });
    assert_eq!(name.as_deref(), Some("SCRAM-SHA-256"));
}

#[test]
fn x42_md5_after_sha_256_and_no_tls_after_tls_are_refused_until_accepted() {
    let mut first = World::new(config(), Loaded::default());
    first.voice_online(tls("digest-SHA-256"));
    let mut world = first.next_run(config());
    let start = world.voice_start();
    assert!(!start.allow_md5 && start.only_tls, "nothing weaker is even answered");
    world.voice_fails("weaker-transport");
    world.answer_security("accept");
    assert!(!world.voice_start().only_tls && !world.voice_start().allow_md5, "only that was accepted");
    world.voice_fails("md5-forbidden");
    world.answer_security("accept");
    assert!(world.voice_start().allow_md5);
    world.voice_online(udp("digest-MD5"));
    assert!(world.shown().questions.is_empty());
    assert_eq!(world.account(Service::Voice).state, ConnectionState::Online);
}

#[test]
fn x42_another_authority_is_asked_about_unless_the_login_proves_the_server() {
    let mut first = World::new(config(), Loaded::default());
    first.chat_online(tls("SCRAM-SHA-256"));
    let other = |auth| Security { issuer: Some([2; 32]), ..tls(auth) };
    let mut world = first.next_run(config());
    world.chat_online(other("SCRAM-SHA-256"));
    let question = world.shown().questions[0].clone();
    assert!(question.text.contains("another authority"), "{}", question.text);
    world.effects.clear();
    world.answer_security("refuse");
    assert!(world.effects.iter().any(|effect| matches!(effect, Effect::Stop(id) if *id == chat_id())));
    // It is asked again, until it is accepted.
    let mut again = world.next_run(config());
    again.chat_online(tls("SCRAM-SHA-256"));
    let mut again = first.next_run(config());
    again.chat_online(other("SCRAM-SHA-256"));
    again.answer_security("accept");
    assert_eq!(again.account(Service::Chat).state, ConnectionState::Online);
    let mut later = again.next_run(config());
    later.chat_online(other("SCRAM-SHA-256"));
    assert!(later.shown().questions.is_empty());

    let mut bound = World::new(config(), Loaded::default());
    bound.chat_online(tls("SCRAM-SHA-256-PLUS"));
    bound.chat_online(other("SCRAM-SHA-256-PLUS"));
    let shown = bound.shown();
    assert!(shown.questions.is_empty());
    assert!(shown.conditions[0].text.contains("it is your server"), "told all the same: {:?}", shown.conditions);
}

#[test]
fn c_47_a_call_in_the_clear_where_earlier_ones_were_not_is_told_once() {
    let mut first = World::online();
    let call = first.talking();
    assert_eq!(first.view(call).media.expect("sound").encryption, MediaEncryption::None);
    assert!(first.shown().conditions.is_empty(), "nothing better was known");
    let loaded = Loaded { memos: vec![("srtp:sip:bob@example.com".to_owned(), "1".to_owned())], ..Loaded::default() };
    let mut world = World::new(config(), loaded);
    world.sign_in();
    let checkpoint = world.checkpoint();
    world.chat(xmpp::Event::Roster {
        update: xmpp::RosterUpdate::Replace(vec![item("bob@example.com", tandem::model::Subscription::Both)]),
        version: None,
        checkpoint,
    });
    world.card("bob@example.com", &["sip:bob@example.com"]);
    let call = world.talking();
    let told =
        |world: &mut World| world.shown().conditions.iter().filter(|one| one.kind == ConditionKind::Security).count();
    assert_eq!(told(&mut world), 1);
    world.done(Request::DismissCondition(0));
    world.done(Request::Mute(call, true));
    assert_eq!(told(&mut world), 0, "dismissed is dismissed");
    let row = world.shown().protection.pairs[0].rows.last().cloned().expect("the line of the sound");
    assert_eq!((row.aspect, row.weaker), (Aspect::Media, Some(Service::Voice)), "what the living call really has");
}

#[test]
fn a_change_that_cannot_be_written_says_so() {
    let mut world = World::online();
    world.put(Input::Reconfigured(None, Err("The changed settings hold only until Tandem ends: no space.".into())));
    assert!(world.shown().conditions[0].text.contains("only until Tandem ends"));
}

#[test]
fn s14_a_device_that_was_never_seen_before_is_told() {
    let devices = |names: &[&str]| sip::Event::OtherDevices(names.iter().map(|name| (*name).to_owned()).collect());
    let mut first = World::new(config(), Loaded::default());
    first.voice(devices(&["desk"]));
    assert!(first.shown().conditions.is_empty(), "the first look tells nothing");
    let mut world = first.next_run(config());
    world.voice(devices(&["desk"]));
    world.voice(devices(&[]));
    assert!(world.shown().conditions.is_empty());
    world.voice(devices(&["desk", "stranger"]));
    let condition = world.shown().conditions[0].clone();
    assert!(condition.kind == ConditionKind::Security && condition.text.contains("another device"), "{condition:?}");
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

fn voices(world: &World) -> Vec<(String, TransportChoice)> {
    let start = |effect: &Effect| match effect {
        Effect::StartVoice { config, .. } => Some((config.display_name.clone().unwrap_or_default(), config.transport)),
        _ => None,
    };
    world.effects.iter().filter_map(start).collect()
}
