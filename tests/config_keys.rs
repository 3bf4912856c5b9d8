//! Every configuration key has a test that sees changed behaviour.
#![allow(clippy::unwrap_used, reason = "tests: a failure here is a failed test, and says why")]

#[path = "config_keys/running.rs"]
mod running;

use std::fs;
use std::path::Path;
use std::time::Duration;

use tandem::account::{Certificates, Effect, Manager, SecretRef, Start};
use tandem::config::{Appearance, Network, Theme, keys, parse};
use tandem::media::{Command, DeviceRole, Processing};
use tandem::model::{BootTime, CallPresence, Language, Now, TlsVersion, WallTime};
use tandem::sip::TransportChoice;
use tandem::store::Loaded;
use tandem::xmpp::TlsMode;

const CHAT: &str = "a_chat_account_starts_as_its_keys_say";
const VOICE: &str = "a_voice_account_starts_as_its_keys_say";
const SOUND: &str = "sound_starts_as_its_keys_say";
const PLAN: &str = "a_dial_plan_reads_and_dials_as_its_keys_say";
const LINE_PLAN: &str = "an_account_may_have_a_dial_plan_of_its_own";
const CLASS: &str = "a_number_belongs_to_the_class_that_its_keys_name";
const JOINING: &str = "the_connections_wait_for_each_other_as_their_keys_say";
const FEATURES: &str = "what_each_connection_carries_is_as_the_keys_say";
const FLOOR: &str = "c_45_an_account_starts_with_what_the_floor_demands_and_its_user_accepts";
const CALLERS: &str = "who_may_ring_and_what_is_told_of_us_is_as_the_keys_say";
const HISTORY: &str = "messages_are_fetched_and_kept_as_long_as_configured";
const RECORDING: &str = "recordings_are_made_as_their_keys_say";
const PATHS: &str = "calls_look_for_paths_as_their_keys_say";
const FOUND: &str = "the_servers_are_looked_up_at_the_start_and_in_every_network";
const FROM_CHAT: &str = "servers_that_the_chat_server_names_are_used_and_asked_for_again_before_their_passwords_end";
const MESSAGES: &str = "who_is_told_of_writing_and_reading_is_as_the_keys_say";
const ANSWERING: &str = "what_happens_to_calls_is_as_the_keys_say";
const NOTES: &str = "the_desktop_is_told_what_the_keys_say";
const DESKTOP: &str = "the_icon_and_the_window_are_where_the_keys_say";
const WINDOW: &str = "the_window_looks_as_its_keys_say";

/// Each key and the test that sees its effect.
const SEEN_BY: &[(&str, &str)] = &[
    ("appearance.language", WINDOW),
    ("appearance.reduce-motion", WINDOW),
    ("appearance.scale-percent", WINDOW),
    ("appearance.theme", WINDOW),
    ("audio.codecs", "codecs_are_offered_in_the_configured_order_and_no_others"),
    ("audio.discontinuous", "pauses_need_not_be_sent_where_it_is_configured"),
    ("audio.echo-cancellation", SOUND),
    ("audio.gain-control", SOUND),
    ("audio.input", SOUND),
    ("audio.input-instead", "while_a_device_is_away_the_configured_ones_serve_in_their_order"),
    ("audio.noise-suppression", SOUND),
    ("audio.output", SOUND),
    ("audio.output-instead", "while_a_device_is_away_the_configured_ones_serve_in_their_order"),
    ("audio.packet-time", "the_configured_packet_time_is_asked_for"),
    ("audio.ring", SOUND),
    ("audio.ring-instead", "while_a_device_is_away_the_configured_ones_serve_in_their_order"),
    ("calls.anonymous-callers", CALLERS),
    ("calls.auto-answer", ANSWERING),
    ("calls.call-waiting", ANSWERING),
    ("calls.contact-lamps", "contacts_of_the_own_domain_have_a_lamp_where_the_configuration_says_so"),
    ("calls.do-not-disturb", ANSWERING),
    ("calls.do-not-disturb-answer", ANSWERING),
    ("calls.do-not-disturb-with-presence", ANSWERING),
    ("calls.echo-address", "the_echo_service_of_the_settings_is_called_from_the_test"),
    ("calls.forward-after", ANSWERING),
    ("calls.forward-always", ANSWERING),
    ("calls.forward-busy", ANSWERING),
    ("calls.forward-no-answer", ANSWERING),
    ("calls.hide-number", CALLERS),
    ("calls.hold-others", ANSWERING),
    ("calls.never-send-chat-address-to", CALLERS),
    ("calls.push-to-talk", "with_push_to_talk_a_call_begins_muted_and_is_open_while_the_key_is_held"),
    ("calls.region", "numbers_without_a_plus_belong_to_the_configured_country"),
    ("calls.ring-timeout", "a_call_that_nobody_takes_rings_as_long_as_configured"),
    ("calls.send-chat-address", "the_chat_address_goes_only_where_the_policy_says"),
    ("calls.send-chat-address-to", CALLERS),
    ("calls.silence-timeout", "f16_a_call_without_any_sign_of_life_is_hung_up_after_the_configured_time"),
    ("calls.unknown-callers", CALLERS),
    ("chat.accept-weaker", FLOOR),
    ("chat.address", CHAT),
    ("chat.allow-plain", CHAT),
    ("chat.certificate-exceptions", CHAT),
    ("chat.certificate-pins", CHAT),
    ("chat.client-certificate", CHAT),
    ("chat.client-key", CHAT),
    ("chat.id", CHAT),
    ("chat.password", CHAT),
    ("chat.password-command", CHAT),
    ("chat.password-file", CHAT),
    ("chat.password-keyring", CHAT),
    ("chat.resource", CHAT),
    ("chat.server", CHAT),
    ("chat.tls", CHAT),
    ("connection.call-presence", JOINING),
    ("connection.grace", JOINING),
    ("connection.policy", JOINING),
    ("connection.voice-patience", JOINING),
    ("contact-features.calls-over-chat", FEATURES),
    ("contact-features.contact", FEATURES),
    ("contact-features.messages-over-voice", FEATURES),
    ("desktop.close-to-tray", DESKTOP),
    ("desktop.shortcuts", "a_call_is_answered_and_ended_with_keys_while_another_window_is_in_front"),
    ("desktop.start-minimized", DESKTOP),
    ("desktop.tray", DESKTOP),
    ("domain-features.calls-over-chat", FEATURES),
    ("domain-features.domain", FEATURES),
    ("domain-features.messages-over-voice", FEATURES),
    ("features.calls-over-chat", FEATURES),
    ("features.messages-over-voice", FEATURES),
    ("history.fetch-days", HISTORY),
    ("history.keep-days", HISTORY),
    ("identity.directories", CALLERS),
    ("log.level", "the_log_holds_what_the_level_says"),
    ("media.ice", PATHS),
    ("media.servers-from-chat", FROM_CHAT),
    ("media.stun", FOUND),
    ("media.tell-addresses", PATHS),
    ("media.turn", FOUND),
    ("media.turn-keyring", FOUND),
    ("media.turn-password", FOUND),
    ("media.turn-password-file", FOUND),
    ("media.turn-user", FOUND),
    ("media.verify-over-chat", "keys_are_neither_told_nor_believed_where_the_setting_says_so"),
    ("messages.pictures", "x25_pictures_of_contacts_come_by_themselves_only_where_the_setting_says_so"),
    ("messages.tell-read", MESSAGES),
    ("messages.tell-typing", MESSAGES),
    ("network.ca-files", "a_private_authority_vouches_and_both_sides_export_the_same_binding"),
    ("network.resolver", "the_configured_resolver_is_asked"),
    ("network.system-authorities", "the_systems_authorities_count_only_where_the_configuration_says_so"),
    ("notifications.calls", NOTES),
    ("notifications.messages", NOTES),
    ("notifications.requests", NOTES),
    ("notifications.show-text", NOTES),
    ("notifications.while-presenting", NOTES),
    ("numbers.area-code", PLAN),
    ("numbers.ask-cost", "a_call_that_may_cost_asks_when_the_configuration_says_so"),
    ("numbers.class.cost", CLASS),
    ("numbers.class.kind", CLASS),
    ("numbers.class.match", CLASS),
    ("numbers.class.name", CLASS),
    ("numbers.class.prefix", CLASS),
    ("numbers.daily-limit", "the_daily_limit_asks_again_and_survives_a_restart"),
    ("numbers.dial-as", PLAN),
    ("numbers.emergency", PLAN),
    ("numbers.extension-length", PLAN),
    ("numbers.international-prefix", PLAN),
    ("numbers.outside-prefix", PLAN),
    ("numbers.own-numbers", PLAN),
    ("numbers.region", PLAN),
    ("numbers.rule.for", PLAN),
    ("numbers.rule.match", PLAN),
    ("numbers.rule.replace", PLAN),
    ("numbers.trunk-prefix", PLAN),
    ("provisioning.address", "the_address_fills_the_placeholders_of_the_document"),
    ("provisioning.key", "the_configured_key_has_to_sign_the_document"),
    ("provisioning.refresh", "the_configured_source_is_asked_at_the_start_and_again_as_often_as_configured"),
    ("provisioning.source", "the_configured_source_is_asked_at_the_start_and_again_as_often_as_configured"),
    ("provisioning.token-file", "a_token_is_told_to_a_server_that_asks_and_the_password_is_not"),
    ("recording.beep", RECORDING),
    ("recording.channels", RECORDING),
    ("recording.folder", RECORDING),
    ("recording.format", RECORDING),
    ("recording.sentence", RECORDING),
    ("relation.chat", "a_relation_counts_for_the_contacts_of_its_chat_account_only"),
    ("relation.voice", "a_contact_is_called_over_the_voice_account_that_the_relation_names"),
    ("security.minimum", FLOOR),
    ("voice.accept-weaker", FLOOR),
    ("voice.address", VOICE),
    ("voice.allow-md5", VOICE),
    ("voice.anonymous-callers", CALLERS),
    ("voice.area-code", LINE_PLAN),
    ("voice.auth-user", VOICE),
    ("voice.certificate-exceptions", VOICE),
    ("voice.certificate-pins", VOICE),
    ("voice.client-certificate", VOICE),
    ("voice.client-key", VOICE),
    ("voice.dial-as", LINE_PLAN),
    ("voice.display-name", VOICE),
    ("voice.dtmf", "digits_go_the_way_that_the_account_says"),
    ("voice.expires", VOICE),
    ("voice.extension-length", LINE_PLAN),
    ("voice.hide-number", CALLERS),
    ("voice.id", VOICE),
    ("voice.international-prefix", LINE_PLAN),
    ("voice.lamps", "the_lamps_of_the_configuration_are_watched_and_tell_idle_from_unknown"),
    ("voice.media-encryption", "keys_for_the_sound_are_offered_and_demanded_as_configured"),
    ("voice.media-keys", "keys_for_the_sound_are_agreed_on_as_configured"),
    ("voice.outbound-proxy", VOICE),
    ("voice.outside-prefix", LINE_PLAN),
    ("voice.own-numbers", LINE_PLAN),
    ("voice.password", VOICE),
    ("voice.password-command", VOICE),
    ("voice.password-file", VOICE),
    ("voice.password-keyring", VOICE),
    ("voice.realm", VOICE),
    ("voice.region", LINE_PLAN),
    ("voice.transport", VOICE),
    ("voice.trunk-prefix", LINE_PLAN),
    ("voice.unknown-callers", CALLERS),
    ("voice.voicemail", "one_key_calls_the_voicemail_over_its_own_account"),
    ("voice.voicemail-notice", "voicemail_is_asked_for_and_heard_as_the_account_says"),
];

fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            text.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_key_names_a_test_that_exists() {
    let listed: Vec<&str> = SEEN_BY.iter().map(|(key, _)| *key).collect();
    assert_eq!(listed, keys().iter().map(String::as_str).collect::<Vec<_>>());
    let mut text = String::new();
    for folder in ["src", "tests"] {
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut text);
    }
    for (key, test) in SEEN_BY {
        assert!(text.contains(&format!("fn {test}()")), "{key}: no test {test}");
    }
}

/// The manager started with this configuration.
fn started(text: &str) -> Manager {
    let config = parse(text, "config.toml").unwrap_or_else(|problems| panic!("{problems:?}"));
    let start = Start {
        config: Ok(config),
        config_path: "config.toml".into(),
        network: Network::default(),
        loaded: Loaded::default(),
        store_problem: None,
    };
    Manager::new(start, [7; 32], Now { boot: BootTime::default(), wall: WallTime::default() })
}

fn effects(text: &str) -> Vec<Effect> {
    let mut manager = started(text);
    std::iter::from_fn(|| manager.poll_output()).collect()
}

const PIN: &str = "000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f";
const EXCEPTION: &str = "0f0102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f";

fn bytes(first: u8) -> Vec<[u8; 32]> {
    let mut bytes = [0; 32];
    (0..).zip(&mut bytes).for_each(|(n, byte)| *byte = n % 16);
    bytes[0] = first;
    vec![bytes]
}

fn chat(keys: &str) -> (String, tandem::xmpp::Config, SecretRef, Certificates) {
    let text = format!("[[chat]]\n{keys}");
    let found = effects(&text).into_iter().find_map(|effect| match effect {
        Effect::StartChat { id, config, secret, certificates } => {
            Some((id.as_str().to_owned(), *config, secret, certificates))
        }
        _ => None,
    });
    found.expect("the account is started")
}

fn voice(keys: &str) -> (String, tandem::sip::Config, SecretRef, Certificates) {
    let text = format!("[[voice]]\n{keys}");
    let found = effects(&text).into_iter().find_map(|effect| match effect {
        Effect::StartVoice { id, config, secret, certificates } => {
            Some((id.as_str().to_owned(), *config, secret, certificates))
        }
        _ => None,
    });
    found.expect("the account is started")
}

const SECRETS: [(&str, &str); 4] = [
    ("password-keyring = true", "Keyring"),
    ("password-command = \"pass\"", "Command"),
    ("password-file = \"pw\"", "File"),
    ("password = \"x\"", "Inline"),
];

#[test]
fn a_chat_account_starts_as_its_keys_say() {
    let base = "address = \"a@example.com\"\npassword-keyring = true\n";
    let (id, config, _, certificates) = chat(base);
    assert_eq!((id.as_str(), config.jid.as_str(), config.tls), ("chat", "a@example.com", TlsMode::Auto));
    assert_eq!((config.resource, config.server, config.allow_plain), (None, None, false));
    assert_eq!(certificates, Certificates::default());
    let (id, config, _, certificates) = chat(&format!(
        "{base}id = \"home\"\nresource = \"desk\"\nserver = \"x.example.com:5223\"\ntls = \"direct\"\nallow-plain = true\n\
         certificate-pins = [\"{PIN}\"]\ncertificate-exceptions = [\"{EXCEPTION}\"]\n"
    ));
    assert_eq!((id.as_str(), config.tls, config.allow_plain), ("home", TlsMode::Direct, true));
    assert_eq!(config.resource.as_deref(), Some("desk"));
    assert_eq!(config.server.as_deref(), Some("x.example.com:5223"));
    assert_eq!(certificates, Certificates { pins: bytes(0), exceptions: bytes(15), ..Certificates::default() });
    let own = "client-certificate = \"/a.pem\"\nclient-key = \"/a-key.pem\"\n";
    let (_, config, secret, certificates) = chat(&format!("address = \"a@example.com\"\n{own}"));
    assert_eq!(certificates.client, Some(("/a.pem".into(), "/a-key.pem".into())));
    assert!(config.external, "no password is asked for");
    assert!(matches!(secret, SecretRef::Configured(_)));
    for (key, source) in SECRETS {
        let (_, _, secret, _) = chat(&format!("address = \"a@example.com\"\n{key}\n"));
        let SecretRef::Configured(found) = secret else { panic!("{secret:?}") };
        assert!(format!("{found:?}").starts_with(source), "{found:?}");
    }
}

#[test]
fn a_voice_account_starts_as_its_keys_say() {
    let base = "address = \"sip:a@example.com\"\npassword-keyring = true\n";
    let (id, config, _, certificates) = voice(base);
    assert_eq!((id.as_str(), config.aor.to_string().as_str()), ("voice", "sip:a@example.com"));
    assert_eq!((config.transport, config.allow_md5, config.expires), (TransportChoice::Auto, true, 600));
    assert_eq!((config.auth_user, config.display_name, config.outbound_proxy, config.realm), (None, None, None, None));
    assert_eq!(certificates, Certificates::default());
    let (id, config, _, certificates) = voice(&format!(
        "{base}id = \"desk\"\nauth-user = \"1\"\ndisplay-name = \"A\"\noutbound-proxy = \"sip:p.example.com\"\n\
         transport = \"tcp\"\nrealm = \"r\"\nallow-md5 = false\nexpires = 60\n\
         certificate-pins = [\"{PIN}\"]\ncertificate-exceptions = [\"{EXCEPTION}\"]\n"
    ));
    assert_eq!(id, "desk");
    assert_eq!((config.transport, config.allow_md5, config.expires), (TransportChoice::Tcp, false, 60));
    assert_eq!((config.auth_user.as_deref(), config.display_name.as_deref()), (Some("1"), Some("A")));
    assert_eq!(config.outbound_proxy.map(|uri| uri.to_string()).as_deref(), Some("sip:p.example.com"));
    assert_eq!(config.realm.as_deref(), Some("r"));
    assert_eq!(certificates, Certificates { pins: bytes(0), exceptions: bytes(15), ..Certificates::default() });
    let own = "client-certificate = \"/a.pem\"\nclient-key = \"/a-key.pem\"\n";
    let (_, _, _, certificates) = voice(&format!("address = \"sip:a@example.com\"\n{own}"));
    assert_eq!(certificates.client, Some(("/a.pem".into(), "/a-key.pem".into())));
    for (key, source) in SECRETS {
        let (_, _, secret, _) = voice(&format!("address = \"sip:a@example.com\"\n{key}\n"));
        let SecretRef::Configured(found) = secret else { panic!("{secret:?}") };
        assert!(format!("{found:?}").starts_with(source), "{found:?}");
    }
}

const ACCOUNT: &str = "[[chat]]\naddress = \"a@example.com\"\npassword-keyring = true\n";

#[test]
fn sound_starts_as_its_keys_say() {
    for (key, role) in [("input", DeviceRole::Input), ("output", DeviceRole::Output), ("ring", DeviceRole::Ring)] {
        let found = effects(&format!("{ACCOUNT}[audio]\n{key} = \"file:x.wav\"\n"));
        let set = |name: &str| Command::SetDevice { role, name: name.into() };
        assert!(found.iter().any(|effect| matches!(effect, Effect::Media(c) if *c == set("file:x.wav"))), "{key}");
        let default = effects(ACCOUNT);
        assert!(default.iter().any(|effect| matches!(effect, Effect::Media(c) if *c == set("default"))), "{key}");
    }
    let all = Processing { echo_cancellation: true, noise_suppression: true, gain_control: true };
    for (line, expected) in [
        ("", all),
        ("echo-cancellation = false", Processing { echo_cancellation: false, ..all }),
        ("noise-suppression = false", Processing { noise_suppression: false, ..all }),
        ("gain-control = false", Processing { gain_control: false, ..all }),
    ] {
        let found = effects(&format!("{ACCOUNT}[audio]\n{line}\n"));
        let set = Command::SetProcessing(expected);
        assert!(found.iter().any(|effect| matches!(effect, Effect::Media(c) if *c == set)), "{line}");
    }
}

#[test]
fn while_a_device_is_away_the_configured_ones_serve_in_their_order() {
    for (key, role) in [("input", DeviceRole::Input), ("output", DeviceRole::Output), ("ring", DeviceRole::Ring)] {
        let keys = format!("{key} = \"headset\"\n{key}-instead = [\"desk\", \"default\"]\n");
        let found = effects(&format!("{ACCOUNT}[audio]\n{keys}"));
        let names = ["headset", "desk", "default"].map(Into::into).to_vec();
        let wanted = Command::PreferDevices { role, names };
        assert!(found.iter().any(|effect| matches!(effect, Effect::Media(c) if *c == wanted)), "{key}");
    }
}

#[test]
fn the_window_looks_as_its_keys_say() {
    let mut manager = started(&format!(
        "{ACCOUNT}[appearance]\nlanguage = \"de\"\ntheme = \"dark\"\nreduce-motion = true\nscale-percent = 150\n"
    ));
    let appearance = manager.take_snapshot().expect("the first snapshot is due").appearance;
    assert_eq!(
        appearance,
        Appearance { language: Some(Language::German), theme: Theme::Dark, reduce_motion: true, scale_percent: 150 }
    );
}

const BOTH: &str = "[[chat]]\naddress = \"a@example.com\"\npassword-keyring = true\n\
    [[voice]]\naddress = \"sip:a@example.com\"\npassword-keyring = true\n\
    [[relation]]\nchat = \"chat\"\nvoice = \"voice\"\n";

/// When chat begins to connect, in seconds, where voice never does; `None`: not within an hour. And what it says then.
fn chat_alone(keys: &str) -> (Option<u64>, Vec<(u64, Option<String>)>) {
    let mut manager = started(&format!("{BOTH}[connection]\n{keys}\n"));
    let mut now = Now { boot: BootTime::default(), wall: WallTime::default() };
    let (mut begun, mut said) = (None, Vec::new());
    for second in 0..3600 {
        manager.handle_timeout(now);
        while let Some(effect) = manager.poll_output() {
            match effect {
                Effect::Chat(_, tandem::xmpp::Command::Connect) => begun = begun.or(Some(second)),
                Effect::Chat(_, tandem::xmpp::Command::Presence { status, .. }) => {
                    said.push((second, status.as_deref().map(str::to_owned)));
                }
                _ => {}
            }
        }
        now = now.after(Duration::from_secs(1));
    }
    (begun, said)
}

#[test]
fn the_connections_wait_for_each_other_as_their_keys_say() {
    let told = |second| vec![(0, None), (second, Some("No calls at the moment".to_owned()))];
    assert_eq!(chat_alone(""), (Some(0), told(20)));
    assert_eq!(chat_alone("grace = \"7 s\""), (Some(0), told(7)));
    assert_eq!(chat_alone("policy = \"voice-first\"").0, Some(30));
    assert_eq!(chat_alone("policy = \"voice-first\"\nvoice-patience = \"5 s\"").0, Some(5));
    for (key, expected) in [("off", CallPresence::Off), ("status", CallPresence::Status), ("dnd", CallPresence::Dnd)] {
        let config = parse(&format!("{BOTH}[connection]\ncall-presence = \"{key}\"\n"), "config.toml").unwrap();
        assert_eq!(config.connection.call_presence, expected);
    }
    for wrong in ["policy = \"both\"", "grace = 20", "grace = \"20\"", "grace = \"601 s\"", "call-presence = true"] {
        let problems = parse(&format!("{BOTH}[connection]\n{wrong}\n"), "config.toml").unwrap_err();
        assert_eq!((problems.len(), problems[0].line), (1, 11), "{wrong}: {problems:?}");
    }
}

#[test]
fn what_each_connection_carries_is_as_the_keys_say() {
    use tandem::model::{Feature, FeatureScope, Jid};
    let rules = |keys: &str| {
        let config = parse(&format!("{BOTH}{keys}\n"), "config.toml").unwrap_or_else(|problems| panic!("{problems:?}"));
        config.features.into_iter().map(|rule| (rule.feature, rule.scope, rule.on)).collect::<Vec<_>>()
    };
    assert_eq!(rules("[features]\ncalls-over-chat = \"default\""), []);
    for (key, feature) in
        [("calls-over-chat", Feature::CallsOverChat), ("messages-over-voice", Feature::MessagesOverVoice)]
    {
        let device = rules(&format!("[features]\n{key} = \"on\""));
        assert_eq!(device, [(feature, FeatureScope::Device, true)]);
        let domain = rules(&format!("[[domain-features]]\ndomain = \"Example.NET\"\n{key} = \"off\""));
        assert_eq!(domain, [(feature, FeatureScope::Domain("example.net".into()), false)]);
        let contact = rules(&format!("[[contact-features]]\ncontact = \"sip:1001@pbx.example\"\n{key} = \"on\""));
        let name = Jid::parse_shown("sip:1001@pbx.example").unwrap();
        assert_eq!(contact, [(feature, FeatureScope::Contact(name), true)]);
    }
    for (wrong, line) in [
        ("[features]\ncalls-over-chat = true", 11),
        ("[[domain-features]]\ncalls-over-chat = \"on\"", 10),
        ("[[domain-features]]\ndomain = \"a@example.net\"", 11),
        ("[[contact-features]]\ncontact = \"example.net\"\nvideo = \"on\"", 11),
        ("[features]\ndomain = \"example.net\"", 11),
    ] {
        let problems = parse(&format!("{BOTH}{wrong}\n"), "config.toml").unwrap_err();
        assert_eq!(problems[0].line, line, "{wrong}: {problems:?}");
    }
}

#[test]
fn c_45_an_account_starts_with_what_the_floor_demands_and_its_user_accepts() {
    let exception = format!("certificate-exceptions = [\"{EXCEPTION}\"]\n");
    let start = |minimum: &str, keys: &str| {
        let text = format!(
            "[[chat]]\naddress = \"a@example.com\"\npassword-keyring = true\nallow-plain = true\n{exception}{keys}\
             [[voice]]\naddress = \"sip:a@example.com\"\npassword-keyring = true\n{exception}{keys}\
             [security]\nminimum = \"{minimum}\"\n"
        );
        let mut found = Vec::new();
        for effect in effects(&text) {
            match effect {
                Effect::StartChat { config, certificates, .. } => {
                    found.push((certificates.minimum, certificates.exceptions.len(), config.allow_plain, false));
                }
                Effect::StartVoice { config, certificates, .. } => {
                    found.push((
                        certificates.minimum,
                        certificates.exceptions.len(),
                        config.allow_md5,
                        config.only_tls,
                    ));
                }
                _ => {}
            }
        }
        (found[0], found[1])
    };
    let new = Some(TlsVersion::V13);
    assert_eq!(start("none", ""), ((None, 1, true, false), (None, 1, true, false)));
    assert_eq!(start("tls1.3+verify+login", ""), ((new, 0, false, false), (new, 0, false, true)));
    assert_eq!(
        start("tls1.3+verify+login", "accept-weaker = [\"transport\", \"certificate\", \"login\"]\n"),
        ((None, 1, true, false), (None, 1, true, false))
    );
    let old = Some(TlsVersion::V12);
    assert_eq!(start("tls1.3", "accept-weaker = [\"tls\"]\n"), ((old, 1, true, false), (old, 1, true, true)));
}
