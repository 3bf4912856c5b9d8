//! The program with a provisioning document: checking one, and starting without the network that it came from.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests: a failure here is a failed test, and says why")]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(30);

fn tandem(profile: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tandem")).arg("--profile").arg(profile).args(arguments).output().unwrap()
}

fn check(path: &Path) -> (Option<i32>, String) {
    let output = tandem(path.parent().unwrap(), &["check-config", &path.display().to_string()]);
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn s01_the_validator_names_line_and_pointer_and_fails() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("example.json");
    let text = "{\n  \"version\": 1,\n  \"title\": \"Example Ltd\",\n  \"calls\": { \"region\": \"Germany\" }\n}\n";
    fs::write(&path, text).unwrap();
    let said = format!(
        "{}:4: (/calls/region) region = \"Germany\" is not a country code of two letters like DE\n",
        path.display()
    );
    assert_eq!(check(&path), (Some(1), said));
    fs::write(&path, text.replace("Germany", "DE")).unwrap();
    assert_eq!(check(&path), (Some(0), String::new()));
    // A configuration that adds to a document is judged with it.
    let kept = "{\"version\": 1, \"title\": \"Example Ltd\", \"chat\": [{\"address\": \"{address}\"}]}";
    fs::write(folder.path().join("provisioned.json"), kept).unwrap();
    let config = folder.path().join("config.toml");
    let adding = "[provisioning]\naddress = \"alice@example.com\"\n[[chat]]\nid = \"chat\"\nresource = \"desk\"\n";
    fs::write(&config, adding).unwrap();
    assert_eq!(check(&config), (Some(0), String::new()));
    fs::write(&config, adding.replace("desk", " ")).unwrap();
    assert_eq!(
        check(&config).1,
        format!("{}:5: resource is empty: give it a value or remove the line\n", config.display())
    );
    // A broken document is no broken TOML.
    fs::write(&path, "{\n").unwrap();
    assert!(check(&path).1.contains("this is no JSON"), "{:?}", check(&path));
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn ctl(profile: &Path, arguments: &[&str]) -> Option<Value> {
    let output = tandem(profile, &[&["ctl"], arguments].concat());
    output.status.success().then(|| serde_json::from_slice(&output.stdout).unwrap())
}

fn setting(settings: &Value, key: &str) -> Value {
    let all = settings["settings"].as_array().unwrap();
    all.iter().find(|setting| setting["key"] == key).unwrap_or_else(|| panic!("no {key} in {settings}")).clone()
}

#[test]
fn c03_the_kept_document_counts_when_its_server_cannot_be_reached() {
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path();
    // Nobody answers there: port 9 of this machine.
    let document = r#"{
  "version": 1, "serial": 5, "title": "Example Ltd",
  "chat": [{ "address": "{address}", "server": "127.0.0.1:9", "token": "kX3-v9fQ" }],
  "voice": [{ "address": "sip:{address}", "outbound-proxy": "sip:127.0.0.1:9;transport=tcp", "token": "kX3-v9fQ" }],
  "relation": [{ "chat": "chat", "voice": "voice" }],
  "calls": { "region": "DE", "ring-timeout": 60 },
  "locked": ["calls.region"]
}"#;
    fs::write(profile.join("provisioned.json"), document).unwrap();
    let file = "# mine\n[provisioning]\naddress = \"alice@example.com\"\n[audio]\ninput = \"null\"\noutput = \"null\"\nring = \"null\"\n";
    fs::write(profile.join("config.toml"), file).unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_tandem"))
        .args(["--headless", "--resolver", "127.0.0.1:9", "--profile"])
        .arg(profile)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _running = Running(child);
    let deadline = Instant::now() + PATIENCE;
    let status = loop {
        if let Some(status) = ctl(profile, &["status"]) {
            break status;
        }
        assert!(Instant::now() < deadline, "it does not start");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(status["accounts"][0]["address"], "alice@example.com");
    assert_eq!(status["accounts"][1]["address"], "sip:alice@example.com");
    assert_eq!(status["relations"][0]["origin"], "provisioned");
    let settings = ctl(profile, &["settings"]).unwrap();
    assert_eq!(settings["administrator"]["title"], "Example Ltd");
    assert_eq!(settings["administrator"]["serial"], 5);
    let region = setting(&settings, "calls.region");
    assert_eq!(region["value"], "DE");
    assert_eq!((&region["origin"], &region["locked"]), (&"provisioned".into(), &true.into()));
    assert_eq!(region["reason"], "Set by your administrator (Example Ltd).");
    assert_eq!(setting(&settings, "network.resolver")["origin"], "command-line");
    assert_eq!(setting(&settings, "audio.input")["origin"], "user");
    assert_eq!(setting(&settings, "voice[voice].expires")["origin"], "built-in");
    assert!(!settings.to_string().contains("kX3"), "a token is nobody's to read: {settings}");
    // What is not locked is changed, in the file too, and counts at once.
    assert!(ctl(profile, &["set", "key=calls.region", "value=FR"]).is_none());
    assert!(ctl(profile, &["set", "key=calls.ring-timeout", "value=4"]).is_none(), "too short");
    assert!(ctl(profile, &["set", "key=calls.ring-timeout", "value=30"]).is_some());
    assert_eq!(
        fs::read_to_string(profile.join("config.toml")).unwrap(),
        format!("{file}\n[calls]\nring-timeout = 30\n")
    );
    let timeout = setting(&ctl(profile, &["settings"]).unwrap(), "calls.ring-timeout");
    assert_eq!((&timeout["value"], &timeout["origin"]), (&"30".into(), &"user".into()));
    assert!(ctl(profile, &["quit"]).is_some());
}
