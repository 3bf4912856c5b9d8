//! A phone that is not our own code: baresip, driven through its `ctrl_tcp` interface (JSON in netstrings).

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::process::{Process, command, free_pair, free_ports, program, wait_listening};
use super::tone::{Recording, write_tone};
use super::wait::eventually;
use super::{DOMAIN, World, fill, password};

const TEMPLATE: &str = include_str!("../../../scripts/demo/templates/baresip.config");

/// What a phone is like.
#[derive(Clone, Copy, Debug)]
pub struct PhoneOptions {
    /// `udp`, `tcp` or `tls`.
    pub transport: &'static str,
    /// As baresip names them: `opus`, `g722`, `pcmu`, `pcma`, joined by commas.
    pub codecs: &'static str,
    /// `srtp`, `srtp-mand`, `dtls_srtp` or none.
    pub encryption: Option<&'static str>,
    /// The tone that its microphone hears; without one the loudspeaker's sound goes back.
    pub tone: Option<f64>,
    /// Whether it answers by itself.
    pub answers: bool,
    /// Whether it looks for paths (ICE).
    pub ice: bool,
    /// Whether it wants reports on a port of their own, where it looks for paths.
    pub reports_apart: bool,
}

impl Default for PhoneOptions {
    fn default() -> Self {
        Self {
            transport: "udp",
            codecs: "opus/48000/2,g722,pcmu,pcma",
            encryption: None,
            tone: None,
            answers: false,
            ice: false,
            reports_apart: false,
        }
    }
}

/// A running baresip with one account.
pub struct Phone {
    process: Process,
    control: TcpStream,
    events: Arc<Mutex<Vec<Value>>>,
    folder: PathBuf,
    user: String,
}

impl Phone {
    /// Starts one and waits until it has registered.
    #[track_caller]
    pub fn start(world: &World, user: &str, options: PhoneOptions) -> Self {
        let folder = world.folder().join(format!("{user}-phone"));
        fs::create_dir_all(&folder).unwrap();
        let certified = world.authority.certify(&format!("{user}-phone"), &["phone.tandem.example"]);
        let (sip_port, [control_port, rtp]) = (free_pair(), free_ports());
        let rtp = rtp.min(65000);
        let source = match options.tone {
            Some(hz) => {
                let file = folder.join("tone.wav");
                write_tone(&file, hz, Duration::from_secs(60));
                format!("aufile,{}", file.display())
            }
            None => "aubridge,loop".to_owned(),
        };
        let config = fill(
            TEMPLATE,
            &[
                ("SIP_PORT", &sip_port.to_string()),
                ("CERTIFICATE", &certified.both.display().to_string()),
                ("CA", &world.authority.ca_file.display().to_string()),
                ("PLAYER", "aubridge,loop"),
                ("SOURCE", &source),
                ("RATE", "48000"),
                ("RTP_PORTS", &format!("{rtp}-{}", rtp + 100)),
                ("DIR", &folder.display().to_string()),
                ("CONTROL_PORT", &control_port.to_string()),
                ("LOCAL", &locality()),
                ("MODULES", if options.ice { "module sndfile.so\nmodule ice.so" } else { "module sndfile.so" }),
            ],
        );
        let address = &world.voice.address;
        let config = config
            .replace("sip_listen\t\t127.0.0.1", &format!("sip_listen\t\t{address}"))
            .replace("net_interface 127.0.0.1", &format!("net_interface {address}"));
        let config = if options.ice && !options.reports_apart {
            config.replace("rtcp_mux\t\tno", "rtcp_mux\t\tyes")
        } else {
            config
        };
        fs::write(folder.join("config"), config).unwrap();
        fs::write(folder.join("contacts"), "").unwrap();
        fs::write(folder.join("accounts"), account(world, user, &options)).unwrap();
        let mut start = command(&program("baresip"));
        start.args(["-4", "-f"]).arg(&folder).env("HOME", &folder);
        let mut process = Process::start("baresip", &folder, start);
        wait_listening(&mut process, &[control_port]);
        let control = TcpStream::connect(("127.0.0.1", control_port)).unwrap();
        let events: Arc<Mutex<Vec<Value>>> = Arc::default();
        let (reader, heard) = (control.try_clone().unwrap(), events.clone());
        std::thread::spawn(move || read_events(reader, &heard));
        let mut phone = Self { process, control, events, folder, user: user.to_owned() };
        eventually(&format!("{user}'s registration"), Duration::from_secs(15), || {
            phone.process.assert_running();
            phone.command("reginfo", "");
            std::thread::sleep(Duration::from_millis(100));
            let events = phone.events.lock().unwrap();
            events
                .iter()
                .any(|event| {
                    event["token"] == "reginfo" && event["data"].as_str().is_some_and(|text| text.contains("OK"))
                })
                .then_some(())
        });
        phone
    }

    /// Gives a command of baresip's menu: `dial`, `accept`, `hangup`, `hold`, `resume`, `sndcode`, ...
    #[track_caller]
    pub fn command(&mut self, name: &str, parameters: &str) {
        let text = json!({ "command": name, "params": parameters, "token": name }).to_string();
        self.control.write_all(format!("{}:{text},", text.len()).as_bytes()).unwrap();
    }

    /// Calls a user of the domain.
    pub fn dial(&mut self, user: &str) {
        self.command("dial", &format!("sip:{user}@{DOMAIN}"));
    }

    /// The event of this type that satisfies `is`, if it came.
    pub fn event(&self, kind: &str, is: impl Fn(&Value) -> bool) -> Option<Value> {
        self.events.lock().unwrap().iter().find(|event| event["type"] == kind && is(event)).cloned()
    }

    /// Waits for an event: `CALL_INCOMING`, `CALL_RINGING`, `CALL_ESTABLISHED`, `CALL_CLOSED`, `CALL_DTMF_START`, ...
    #[track_caller]
    pub fn wait_event(&self, kind: &str) -> Value {
        eventually(&format!("{} of {}'s phone, {}", kind, self.user, self.summary()), Duration::from_secs(15), || {
            self.event(kind, |_| true)
        })
    }

    /// Forgets the events so far.
    pub fn forget(&self) {
        self.events.lock().unwrap().clear();
    }

    fn summary(&self) -> String {
        let events = self.events.lock().unwrap();
        let kinds: Vec<&str> = events.iter().filter_map(|event| event["type"].as_str()).collect();
        format!("which had {kinds:?}")
    }

    /// The digits that it was sent, as far as they came.
    pub fn digits(&self) -> String {
        let events = self.events.lock().unwrap();
        events
            .iter()
            .filter(|event| event["type"] == "CALL_DTMF_START")
            .filter_map(|event| event["param"].as_str())
            .collect()
    }

    /// What its loudspeaker played in the newest call so far.
    pub fn heard(&self) -> Option<Recording> {
        let mut dumps: Vec<PathBuf> = fs::read_dir(&self.folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_string_lossy().ends_with("-dec.wav"))
            .collect();
        dumps.sort();
        dumps.last().and_then(|path| Recording::read(path))
    }

    /// Kills it as a power failure would.
    pub fn kill(&mut self) {
        self.process.kill();
    }
}

fn account(world: &World, user: &str, options: &PhoneOptions) -> String {
    let transport = options.transport;
    let port = if transport == "tls" { world.voice.tls } else { world.voice.plain };
    let encryption = options.encryption.map(|kind| format!(";mediaenc={kind}")).unwrap_or_default();
    let paths = if options.ice { ";medianat=ice" } else { "" };
    let address = &world.voice.address;
    let answer = if options.answers { "auto" } else { "manual" };
    format!(
        "\"{user}\" <sip:{user}@{DOMAIN};transport={transport}>;auth_pass={};regint=60;answermode={answer};\
         outbound=\"sip:{address}:{port};transport={transport}\";audio_codecs={}{encryption}{paths}\n",
        password(user),
        options.codecs,
    )
}

/// Where this machine's baresip has its modules, and which address it uses.
fn locality() -> String {
    let machine = format!("/usr/lib/{}-linux-gnu/baresip/modules", std::env::consts::ARCH);
    let modules = ["/usr/lib/baresip/modules", &machine].into_iter().find(|folder| Path::new(folder).is_dir());
    let help = Command::new(program("baresip")).arg("-h").stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&[help.stdout, help.stderr].concat()).into_owned();
    let mut lines = modules.map(|folder| format!("module_path {folder}\n")).unwrap_or_default();
    // Later ones choose the address by the way to the peer, and take this line for an interface's name.
    if text.contains("baresip v0.") || text.contains("baresip v1.") {
        lines.push_str("net_interface 127.0.0.1\n");
    }
    lines
}

fn read_events(mut control: TcpStream, events: &Mutex<Vec<Value>>) {
    let mut buffer: Vec<u8> = Vec::new();
    let mut chunk = [0; 16384];
    while let Ok(length @ 1..) = control.read(&mut chunk) {
        buffer.extend(&chunk[..length]);
        while let Some(colon) = buffer.iter().position(|byte| *byte == b':') {
            let Some(size) = std::str::from_utf8(&buffer[..colon]).ok().and_then(|text| text.parse::<usize>().ok())
            else {
                return;
            };
            let end = colon + 1 + size;
            if buffer.len() <= end {
                break;
            }
            if let Ok(event) = serde_json::from_slice(&buffer[colon + 1..end]) {
                events.lock().unwrap().push(event);
            }
            // The comma that ends a netstring goes with it.
            buffer.drain(..=end);
        }
    }
}
