//! SIPp: calls to the letter of a scenario.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::process::{free_ports, program};
use super::{DOMAIN, World, password};

/// The folder of the scenarios.
const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/sipp");

/// Plays a scenario once as `caller` against `callee` through the world's call server, over UDP. Answers what SIPp said.
#[track_caller]
pub fn play(world: &World, scenario: &str, caller: &str, callee: &str) -> Output {
    play_with(world, scenario, caller, callee, &[])
}

/// The same with more keys for the scenario.
#[track_caller]
pub fn play_with(world: &World, scenario: &str, caller: &str, callee: &str, keys: &[(&str, &str)]) -> Output {
    let file = Path::new(SCENARIOS).join(scenario);
    assert!(file.is_file(), "{} is missing", file.display());
    let errors = world.folder().join(format!("{scenario}.errors"));
    // A free port may be given to somebody else before SIPp takes it.
    let mut output = start(world, &file, (caller, callee), keys, &errors);
    for _ in 0..3 {
        let said = std::fs::read_to_string(&errors).unwrap_or_default();
        if !said.contains("Unable to bind main socket") {
            break;
        }
        output = start(world, &file, (caller, callee), keys, &errors);
    }
    output
}

fn start(world: &World, file: &Path, (caller, callee): (&str, &str), keys: &[(&str, &str)], errors: &Path) -> Output {
    let [port] = free_ports();
    Command::new(program("sipp"))
        .arg(format!("127.0.0.1:{}", world.voice.plain))
        .arg("-sf")
        .arg(file)
        .args(["-m", "1", "-r", "1", "-nostdin", "-i", "127.0.0.1", "-p", &port.to_string(), "-mi", "127.0.0.1"])
        .args(["-s", callee, "-au", caller, "-ap", &password(caller)])
        .args(["-key", "caller", caller, "-key", "domain", DOMAIN])
        .args(keys.iter().flat_map(|(key, value)| ["-key", key, value]))
        .args(["-timeout", "30s", "-timeout_error", "-trace_err", "-error_file"])
        .arg(errors)
        .current_dir(world.folder())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// The same, and fails with SIPp's own words when the scenario did not go to its end.
#[track_caller]
pub fn play_to_the_end(world: &World, scenario: &str, caller: &str, callee: &str) {
    let output = play(world, scenario, caller, callee);
    let errors = std::fs::read_to_string(world.folder().join(format!("{scenario}.errors"))).unwrap_or_default();
    assert!(output.status.success(), "{scenario}: {}\n{errors}", output.status);
}
