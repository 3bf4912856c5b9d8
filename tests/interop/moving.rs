//! A machine that gets another address in the middle of a call (F07), in a network namespace of its own, and ICE with a phone that is
//! not ours, which gives no candidates on loopback.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::real::kamailio::bracketed;
use crate::real::process::{Process, command};
use crate::real::tone::write_tone;
use crate::real::{
    DOMAIN, Ear, Namespace, Neighbour, Peer, Phone, PhoneOptions, Profile, Script, Tandem, World, eventually, password,
    sdp,
};

const PATIENCE: Duration = Duration::from_secs(20);
pub(super) const OURS: f64 = 1300.0;
pub(super) const THEIRS: f64 = 700.0;

/// Somebody's Tandem inside the namespace, with the voice account only.
fn inside(space: &Namespace, world: &World, user: &str, transport: &str, more: &str) -> Tandem {
    inside_with(space, world, user, transport, "", more)
}

/// The same with further lines of the account.
pub(super) fn inside_with(
    space: &Namespace,
    world: &World,
    user: &str,
    transport: &str,
    account: &str,
    more: &str,
) -> Tandem {
    let program = space.command(Path::new(env!("CARGO_BIN_EXE_tandem")));
    run(program, space, world, user, transport, account, more)
}

/// The same at this end of the wire.
fn outside(space: &Namespace, world: &World, user: &str, transport: &str) -> Tandem {
    outside_with(space, world, user, transport, "", "")
}

/// The same with further lines.
pub(super) fn outside_with(
    space: &Namespace,
    world: &World,
    user: &str,
    transport: &str,
    account: &str,
    more: &str,
) -> Tandem {
    run(command(Path::new(env!("CARGO_BIN_EXE_tandem"))), space, world, user, transport, account, more)
}

fn run(
    mut start: Command,
    space: &Namespace,
    world: &World,
    user: &str,
    transport: &str,
    account: &str,
    more: &str,
) -> Tandem {
    let folder = world.folder().join(user);
    fs::create_dir_all(folder.join("run")).unwrap();
    write_tone(&folder.join("microphone.wav"), if user == "alice" { OURS } else { THEIRS }, Duration::from_secs(10));
    let port = if transport == "tls" { world.voice.tls } else { world.voice.plain };
    let encryption = if transport == "tls" { "required" } else { "off" };
    let encryption = if account.contains("media-encryption") {
        String::new()
    } else {
        format!("media-encryption = \"{encryption}\"\n")
    };
    let config = format!(
        "[[voice]]\ncertificate-exceptions = [\"{}\"]\nid = \"voice\"\naddress = \"sip:{user}@{DOMAIN}\"\npassword = \"{}\"\n\
         outbound-proxy = \"sip:{}:{port};transport={transport}\"\ntransport = \"{transport}\"\n\
         {encryption}{account}\
         [network]\nsystem-authorities = false\nca-files = [{:?}]\n\
         [log]\nlevel = \"debug\"\n\
         [audio]\ninput = \"file:{}?loop\"\noutput = \"file:{}\"\nring = \"null\"\necho-cancellation = false\n\
         noise-suppression = false\ngain-control = false\n{more}",
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

pub(super) fn received(tandem: &Tandem, call: &str) -> u64 {
    let stats = tandem.ask("stats", json!({ "call": call })).unwrap_or_default();
    stats["received_packets"].as_u64().unwrap_or_default()
}

/// Takes the address away in the middle of a call and waits until packets come at the new one. Statistics come once a second, so
/// the time that is told is up to a second too long.
pub(super) fn replace_address(space: &Namespace, alice: &Tandem, call: &str) {
    let moved = Instant::now();
    space.replace(2, 7);
    let mut last = received(alice, call);
    let mut since = None;
    let back = eventually("packets at the new address", PATIENCE, || {
        let now = received(alice, call);
        if now == last {
            return None;
        }
        // A whole second between two statistics, both after the change, in which sound came.
        let grown = now.saturating_sub(last) >= 25;
        last = now;
        let began = since.replace(moved.elapsed());
        began.filter(|_| grown)
    });
    eprintln!("sound came back within {:.1} s of the change of address", back.as_secs_f64());
    assert!(back < Duration::from_secs(3), "{back:?}");
    assert_eq!(alice.account("voice")["state"], "online");
}

#[test]
fn f07_another_address_in_the_middle_of_a_call_is_followed_by_the_sound() {
    let space = Namespace::new();
    let world = World::start_at(&space.here());
    let phone =
        PhoneOptions { transport: "tcp", tone: Some(THEIRS), answers: true, codecs: "pcmu", ..Default::default() };
    let bob = Phone::start(&world, "bob", phone);
    let alice = inside(&space, &world, "alice", "tcp", "");
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    eventually("the phone's tone", PATIENCE, || alice.heard()?.has_tone(THEIRS).then_some(()));
    eventually("our tone at the phone", PATIENCE, || bob.heard()?.has_tone(OURS).then_some(()));
    replace_address(&space, &alice, &call);
    let far = bob.heard().map(|recording| recording.length()).unwrap_or_default();
    eventually("our tone at the phone, from the new address", PATIENCE, || {
        let heard = bob.heard()?;
        (heard.length() > far + Duration::from_secs(1) && heard.has_tone(OURS)).then_some(())
    });
    alice.wait_call_state(&call, "active");
}

/// Both ends are ours: the new address brings new keys (RFC 4568 section 7.1.4), which baresip 1.0 does not take over.
#[test]
fn f07_another_address_in_the_middle_of_a_protected_call_is_followed_by_the_sound() {
    let space = Namespace::new();
    let world = World::start_at(&space.here());
    let bob = outside(&space, &world, "bob", "tls");
    let alice = inside(&space, &world, "alice", "tls", "");
    let call = alice.call("sip:bob@tandem.example");
    let ringing = bob.wait_ringing();
    let theirs = ringing["id"].as_str().unwrap();
    bob.ctl("answer", &[("call", theirs)]);
    alice.wait_call_state(&call, "active");
    eventually("bob's tone", PATIENCE, || alice.heard()?.has_tone(THEIRS).then_some(()));
    eventually("alice's tone", PATIENCE, || bob.heard()?.has_tone(OURS).then_some(()));
    replace_address(&space, &alice, &call);
    let before = received(&bob, theirs);
    eventually("sound from the new address", PATIENCE, || (received(&bob, theirs) > before + 100).then_some(()));
    alice.wait_call_state(&call, "active");
    let protected = alice.wait_call_state(&call, "active")["media"]["encryption"].clone();
    assert_ne!(protected, "none");
}

/// The answers of a call that rings go to the address that it was placed from. Over the next connection it is cancelled there and
/// placed again, and what is said about it is the truth.
#[test]
fn f07_another_address_while_a_call_rings_means_that_it_is_placed_again_and_can_be_answered() {
    for transport in ["tcp", "udp"] {
        let space = Namespace::new();
        let world = World::start_at(&space.here());
        let bob = outside(&space, &world, "bob", "tcp");
        let alice = inside(&space, &world, "alice", transport, "");
        let call = alice.call("sip:bob@tandem.example");
        let first = bob.wait_ringing()["id"].as_str().unwrap().to_owned();
        alice.wait_call_state(&call, "ringing");
        space.replace(2, 7);
        let again = eventually("the call rings again", PATIENCE, || {
            let calls = bob.calls();
            let ringing = calls.iter().find(|seen| seen["state"] == "ringing" && seen["id"] != *first)?;
            ringing["id"].as_str().map(str::to_owned)
        });
        bob.wait_call("cancelled", |seen| seen["id"] == *first && seen["state"] == "ended");
        bob.ctl("answer", &[("call", &again)]);
        alice.wait_call_state(&call, "active");
        eventually("bob's tone at the new address", PATIENCE, || alice.heard()?.has_tone(THEIRS).then_some(()));
        eventually("alice's tone from the new address", PATIENCE, || bob.heard()?.has_tone(OURS).then_some(()));
    }
}

/// The other way round: who is called changes the network, and answers then.
#[test]
fn f07_a_call_that_rings_here_can_be_answered_after_another_address() {
    for transport in ["tcp", "udp"] {
        let space = Namespace::new();
        let world = World::start_at(&space.here());
        let bob = outside(&space, &world, "bob", "tcp");
        let alice = inside(&space, &world, "alice", transport, "");
        let call = bob.call("sip:alice@tandem.example");
        let ringing = alice.wait_ringing()["id"].as_str().unwrap().to_owned();
        let since = alice.account("voice")["since"].clone();
        space.replace(2, 7);
        eventually("another registration", PATIENCE, || {
            let account = alice.account("voice");
            (account["state"] == "online" && account["since"] != since).then_some(())
        });
        alice.ctl("answer", &[("call", &ringing)]);
        bob.wait_call_state(&call, "active");
        alice.wait_call_state(&ringing, "active");
        eventually("bob's tone at the new address", PATIENCE, || alice.heard()?.has_tone(THEIRS).then_some(()));
        eventually("alice's tone from the new address", PATIENCE, || bob.heard()?.has_tone(OURS).then_some(()));
    }
}

/// A complaint: a container that starts, or a virtual machine, interrupts every call.
#[test]
fn an_interface_that_leads_elsewhere_comes_and_goes_and_neither_the_call_nor_the_registration_notices() {
    for transport in ["udp", "tcp"] {
        let world = World::start();
        let ear = Ear::open();
        // Nothing but the end of the call is expected there: a second INVITE ends the script with an error.
        let script = Script::waits_for("INVITE", &[]).answers(&sdp("")).hears_hang_up();
        let bob = Peer::awaits(&world, "bob", ear.port, script);
        let alice = Tandem::online(&world, "alice", &Profile { transport, ..Default::default() });
        let call = alice.call("sip:bob@tandem.example");
        alice.wait_call_state(&call, "active");
        let since = alice.account("voice")["since"].clone();
        let log = world.folder().join("alice/tandem.log");
        let notices = || fs::read_to_string(&log).unwrap_or_default().matches("notice=Changed").count();
        let before = notices();
        let neighbour = Neighbour::new();
        eventually("a notice", PATIENCE, || (notices() > before).then_some(()));
        let meanwhile = notices();
        drop(neighbour);
        eventually("another notice", PATIENCE, || (notices() > meanwhile).then_some(()));
        // Whatever would follow from it follows within three seconds (F07).
        let heard = ear.packets().len();
        eventually("three more seconds of sound", PATIENCE, || (ear.packets().len() > heard + 150).then_some(()));
        let account = alice.account("voice");
        assert_eq!((&account["state"], &account["since"]), (&json!("online"), &since), "{transport}: {account}");
        alice.wait_call_state(&call, "active");
        alice.ctl("hangup", &[("call", &call)]);
        bob.finish();
    }
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
