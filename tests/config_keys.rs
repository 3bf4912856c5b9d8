//! Every configuration key has a test that sees changed behaviour.
#![allow(clippy::unwrap_used, reason = "tests: a failure here is a failed test, and says why")]

#[path = "config_keys/running.rs"]
mod running;
#[path = "config_keys/seen_by.rs"]
mod seen_by;

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

use seen_by::SEEN_BY;

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
