//! A machine that gets another address in the middle of a call (F07), in a network namespace of its own, and ICE with a phone that is
//! not ours, which gives no candidates on loopback.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::real::kamailio::bracketed;
use crate::real::process::Process;
use crate::real::tone::write_tone;
use crate::real::{DOMAIN, Namespace, Phone, PhoneOptions, Tandem, World, eventually, password};

const PATIENCE: Duration = Duration::from_secs(20);
const OURS: f64 = 1300.0;
const THEIRS: f64 = 700.0;

/// Somebody's Tandem inside the namespace, with the voice account only.
fn inside(space: &Namespace, world: &World, user: &str, transport: &str, more: &str) -> Tandem {
    let folder = world.folder().join(user);
    fs::create_dir_all(folder.join("run")).unwrap();
    write_tone(&folder.join("microphone.wav"), if user == "alice" { OURS } else { THEIRS }, Duration::from_secs(10));
    let port = if transport == "tls" { world.voice.tls } else { world.voice.plain };
    let encryption = if transport == "tls" { "required" } else { "off" };
    let config = format!(
        "[[voice]]\ncertificate-exceptions = [\"{}\"]\nid = \"voice\"\naddress = \"sip:{user}@{DOMAIN}\"\npassword = \"{}\"\n\
         outbound-proxy = \"sip:{}:{port};transport={transport}\"\ntransport = \"{transport}\"\n\
         media-encryption = \"{encryption}\"\n\
         [network]\nsystem-authorities = false\nca-files = [{:?}]\n\
         [audio]\ninput = \"file:{}?loop\"\noutput = \"file:{}\"\nring = \"null\"\necho-cancellation = false\n\
         noise-suppression = false\ngain-control = false\n[log]\nlevel = \"debug\"\n{more}",
        fingerprint(&world.folder().join("voice.pem")),
        password(user),
        bracketed(&space.here()),
        world.authority.ca_file.display().to_string(),
        folder.join("microphone.wav").display(),
        folder.join("loudspeaker.wav").display(),
    );
    fs::write(folder.join("config.toml"), config).unwrap();
    let environment =
        [("HOME", folder.display().to_string()), ("XDG_RUNTIME_DIR", folder.join("run").display().to_string())];
    let mut start = space.command(Path::new(env!("CARGO_BIN_EXE_tandem")));
    start.arg("--profile").arg(&folder).arg("--headless").envs(environment.clone());
    let process = Process::start("tandem", &folder, start);
    let environment: Vec<(&str, &str)> = environment.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let tandem = Tandem::adopt(process, folder, &environment);
    tandem.wait_state("voice", "online");
    tandem
}

/// There are no names inside, so the certificate cannot fit the address.
fn fingerprint(pem: &Path) -> String {
    use base64::Engine as _;
    use sha2::Digest as _;
    let text = fs::read_to_string(pem).unwrap();
    let body: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = base64::engine::general_purpose::STANDARD.decode(body).unwrap();
    sha2::Sha256::digest(der).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn received(tandem: &Tandem, call: &str) -> u64 {
    let stats = tandem.ask("stats", json!({ "call": call })).unwrap_or_default();
    stats["received_packets"].as_u64().unwrap_or_default()
}

fn moves(transport: &'static str, encryption: Option<&'static str>) {
    let space = Namespace::new();
    let world = World::start_at(&space.here());
    let phone =
        PhoneOptions { transport, encryption, tone: Some(THEIRS), answers: true, codecs: "pcmu", ..Default::default() };
    let bob = Phone::start(&world, "bob", phone);
    let alice = inside(&space, &world, "alice", transport, "");
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    eventually("the phone's tone", PATIENCE, || alice.heard()?.has_tone(THEIRS).then_some(()));
    eventually("our tone at the phone", PATIENCE, || bob.heard()?.has_tone(OURS).then_some(()));

    let before = received(&alice, &call);
    let moved = Instant::now();
    space.replace(2, 7);
    // Statistics come once a second: a second of them is the error of this measurement.
    let mut last = (before, Instant::now());
    let back = eventually("packets at the new address", PATIENCE, || {
        let now = received(&alice, &call);
        let grown = now > last.0 + 10 && moved.elapsed() > Duration::from_millis(400);
        if now != last.0 {
            last = (now, Instant::now());
        }
        (grown && alice.account("voice")["state"] == "online").then(|| moved.elapsed())
    });
    eprintln!("sound was back {:.1} s after the address changed ({transport})", back.as_secs_f64());
    assert!(back < Duration::from_secs(4), "{back:?}");
    let far = bob.heard().map(|recording| recording.length()).unwrap_or_default();
    eventually("our tone at the phone, from the new address", PATIENCE, || {
        let heard = bob.heard()?;
        (heard.length() > far + Duration::from_secs(1) && heard.has_tone(OURS)).then_some(())
    });
    alice.wait_call_state(&call, "active");
}

#[test]
fn f07_another_address_in_the_middle_of_a_call_is_followed_by_the_sound() {
    moves("tcp", None);
}

#[test]
fn f07_another_address_in_the_middle_of_a_protected_call_is_followed_by_the_sound() {
    moves("tls", Some("srtp"));
}

#[test]
fn ice_with_a_phone_that_is_not_ours_finds_the_direct_path_called_and_calling() {
    let space = Namespace::new();
    let world = World::start_at(&space.here());
    let phone = PhoneOptions { transport: "tcp", tone: Some(THEIRS), answers: true, ice: true, ..Default::default() };
    let mut bob = Phone::start(&world, "bob", phone);
    let alice = inside(&space, &world, "alice", "tcp", "[media]\nice = \"always\"\n");
    let check = |call: &str, what: &str| {
        eventually(&format!("the phone's tone, {what}"), PATIENCE, || alice.heard()?.has_tone(THEIRS).then_some(()));
        eventually(&format!("our tone at the phone, {what}"), PATIENCE, || bob.heard()?.has_tone(OURS).then_some(()));
        let path = eventually("a path", PATIENCE, || {
            let path = alice.ask("stats", json!({ "call": call }))?["path"].clone();
            path["round_trip_ms"].is_number().then_some(path)
        });
        assert_eq!((path["kind"].as_str(), path["local"].as_str()), (Some("direct"), Some("host")), "{path}");
        alice.ctl("hangup", &[("call", call)]);
        alice.wait_call_state(call, "ended");
    };
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    check(&call, "called by us");
    bob.dial("alice");
    let ringing = alice.wait_ringing();
    let call = ringing["id"].as_str().unwrap();
    alice.ctl("answer", &[("call", call)]);
    alice.wait_call_state(call, "active");
    let path = eventually("a path of the second call", PATIENCE, || {
        let path = alice.ask("stats", json!({ "call": call }))?["path"].clone();
        path["round_trip_ms"].is_number().then_some(path)
    });
    assert_eq!(path["kind"], "direct", "{path}");
}

#[test]
fn f08_a_network_of_ip_version_six_alone_carries_calls_with_and_without_ice() {
    let space = Namespace::of_version_six();
    let world = World::start_at(&space.here());
    let carol = inside(&space, &world, "carol", "tcp", "");
    let alice = inside(&space, &world, "alice", "udp", "");
    let call = alice.call("sip:carol@tandem.example");
    let ringing = carol.wait_ringing();
    carol.ctl("answer", &[("call", ringing["id"].as_str().unwrap())]);
    alice.wait_call_state(&call, "active");
    eventually("carol's tone", PATIENCE, || alice.heard()?.has_tone(THEIRS).then_some(()));
    eventually("alice's tone", PATIENCE, || carol.heard()?.has_tone(OURS).then_some(()));
    alice.quit();
    let alice = inside(&space, &world, "alice", "tcp", "[media]\nice = \"always\"\n");
    let call = alice.call("sip:carol@tandem.example");
    let ringing = carol.wait_ringing();
    carol.ctl("answer", &[("call", ringing["id"].as_str().unwrap())]);
    let path = eventually("a path", PATIENCE, || {
        let path = alice.ask("stats", json!({ "call": call }))?["path"].clone();
        path["round_trip_ms"].is_number().then_some(path)
    });
    assert_eq!(path["kind"], "direct", "{path}");
    eventually("alice's tone over the path", PATIENCE, || carol.heard()?.has_tone(OURS).then_some(()));
}
