//! The real program, without a window unless asked, driven through `tandem ctl` and its socket.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};

use super::process::{Process, command};
use super::tone::{Recording, write_tone};
use super::wait::eventually;
use super::{DOMAIN, World, password};

/// How long a start, a login or a call may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// What a user's configuration says.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The chat password, where it is not the right one.
    pub chat_password: Option<String>,
    /// The voice password, where it is not the right one.
    pub voice_password: Option<String>,
    /// `auto`, `direct` or `starttls`.
    pub tls: &'static str,
    /// `auto`, `udp`, `tcp` or `tls`.
    pub transport: &'static str,
    /// `off`, `optional` or `required`.
    pub media_encryption: &'static str,
    /// `auto`, `sdes` or `dtls`.
    pub media_keys: &'static str,
    /// In the order of preference; all where it is empty.
    pub codecs: &'static [&'static str],
    /// The tone that the microphone hears, if any.
    pub tone: Option<f64>,
    /// Whether the tests' authority is trusted.
    pub trusts: bool,
    /// Names of sound devices instead of files: input and output.
    pub devices: Option<(String, String)>,
    /// More lines of the voice account.
    pub voice: &'static str,
    /// More lines about calls.
    pub calls: &'static str,
    /// More lines at the end of the configuration.
    pub more: String,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            chat_password: None,
            voice_password: None,
            tls: "auto",
            transport: "auto",
            media_encryption: "optional",
            media_keys: "auto",
            codecs: &[],
            tone: None,
            trusts: true,
            devices: None,
            voice: "",
            calls: "",
            more: String::new(),
        }
    }
}

/// A running Tandem.
pub struct Tandem {
    process: Process,
    environment: Vec<(String, String)>,
    /// Its profile folder.
    pub folder: PathBuf,
}

impl Tandem {
    /// Starts one for `user` without a window and waits for its control interface.
    #[track_caller]
    pub fn start(world: &World, user: &str, profile: &Profile) -> Self {
        let folder = Self::write(world, user, profile);
        Self::run(folder, &["--headless"], &[])
    }

    /// Starts one and waits until both services are there.
    #[track_caller]
    pub fn online(world: &World, user: &str, profile: &Profile) -> Self {
        let tandem = Self::start(world, user, profile);
        tandem.wait_online();
        tandem
    }

    /// Writes the configuration; answers the profile folder.
    pub fn write(world: &World, user: &str, profile: &Profile) -> PathBuf {
        let folder = world.folder().join(user);
        fs::create_dir_all(folder.join("run")).unwrap();
        let input = match profile.tone {
            Some(hz) => {
                write_tone(&folder.join("microphone.wav"), hz, Duration::from_secs(10));
                format!("file:{}?loop", folder.join("microphone.wav").display())
            }
            None => "null".to_owned(),
        };
        let (input, output) = profile
            .devices
            .clone()
            .unwrap_or_else(|| (input, format!("file:{}", folder.join("loudspeaker.wav").display())));
        let codecs = match profile.codecs {
            [] => String::new(),
            codecs => format!("codecs = {codecs:?}\n"),
        };
        let trust = match profile.trusts {
            true => format!("ca-files = [{:?}]\n", world.authority.ca_file.display().to_string()),
            false => String::new(),
        };
        let chat_password = profile.chat_password.clone().unwrap_or_else(|| password(user));
        let voice_password = profile.voice_password.clone().unwrap_or_else(|| password(user));
        // Tones are what noise suppression and gain control are there to change.
        let config = format!(
            "[[chat]]\nid = \"chat\"\naddress = \"{user}@{DOMAIN}\"\npassword = \"{chat_password}\"\ntls = \"{}\"\n\n\
             [[voice]]\nid = \"voice\"\naddress = \"sip:{user}@{DOMAIN}\"\npassword = \"{voice_password}\"\n\
             transport = \"{}\"\nmedia-encryption = \"{}\"\nmedia-keys = \"{}\"\n{}\n\n\
             [[relation]]\nchat = \"chat\"\nvoice = \"voice\"\n\n\
             [network]\nresolver = \"{}\"\nsystem-authorities = false\n{trust}\n\
             [audio]\ninput = {input:?}\noutput = {output:?}\nring = \"null\"\necho-cancellation = false\n\
             noise-suppression = false\ngain-control = false\n{codecs}\n\
             [calls]\nregion = \"US\"\n{}\n\n[log]\nlevel = \"debug\"\n{}",
            profile.tls,
            profile.transport,
            profile.media_encryption,
            profile.media_keys,
            profile.voice,
            world.names.address,
            profile.calls,
            profile.more,
        );
        fs::write(folder.join("config.toml"), config).unwrap();
        folder
    }

    /// Writes the configuration of another device of a user's, into a folder of its own name.
    pub fn write_for(world: &World, user: &str, folder: &str) -> PathBuf {
        let written = Self::write(world, user, &Profile::default());
        let folder = written.with_file_name(folder);
        fs::rename(&written, &folder).unwrap();
        folder
    }

    /// Writes the configuration of a user whose chat goes through a port of the test's own.
    pub fn write_through(world: &World, user: &str, port: u16) -> PathBuf {
        let folder = Self::write(world, user, &Profile { tls: "starttls", ..Profile::default() });
        let file = folder.join("config.toml");
        let config = fs::read_to_string(&file).unwrap();
        let led =
            config.replacen("tls = \"starttls\"", &format!("tls = \"starttls\"\nserver = \"127.0.0.1:{port}\""), 1);
        assert_ne!(led, config);
        fs::write(&file, led).unwrap();
        folder
    }

    /// Runs the program on a profile folder.
    #[track_caller]
    pub fn run(folder: PathBuf, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut start = command(Path::new(env!("CARGO_BIN_EXE_tandem")));
        let mut environment: Vec<(String, String)> =
            environment.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        environment.push(("HOME".to_owned(), folder.display().to_string()));
        environment.push(("XDG_RUNTIME_DIR".to_owned(), folder.join("run").display().to_string()));
        start.arg("--profile").arg(&folder).args(arguments).envs(environment.iter().map(|(key, value)| (key, value)));
        let _ = fs::remove_file(folder.join("control.path"));
        let mut process = Process::start("tandem", &folder, start);
        eventually("the control interface", PATIENCE, || {
            process.assert_running();
            let path = fs::read_to_string(folder.join("control.path")).ok()?;
            UnixStream::connect(path.trim()).ok().map(drop)
        });
        Self { process, environment, folder }
    }

    /// Takes over a program that something else has started on a profile folder; `process` ends when it does.
    #[track_caller]
    pub fn adopt(mut process: Process, folder: PathBuf, environment: &[(&str, &str)]) -> Self {
        eventually("the control interface", PATIENCE * 2, || {
            process.assert_running();
            let path = fs::read_to_string(folder.join("control.path")).ok()?;
            UnixStream::connect(path.trim()).ok().map(drop)
        });
        let environment = environment.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Self { process, environment, folder }
    }

    /// Waits until it has ended, and fails when it did not end well.
    #[track_caller]
    pub fn wait_end(mut self) {
        let status = self.process.wait(Duration::from_secs(15));
        assert!(status.success(), "the program ended with {status}:\n{}", self.process.log_tail());
    }

    /// `tandem ctl METHOD key=value …`: the result, or the error's `data.kind`.
    #[track_caller]
    pub fn try_ctl(&self, method: &str, parameters: &[(&str, &str)]) -> Result<Value, String> {
        let output = Command::new(env!("CARGO_BIN_EXE_tandem"))
            .arg("--profile")
            .arg(&self.folder)
            .args(["ctl", method])
            .args(parameters.iter().map(|(key, value)| format!("{key}={value}")))
            .envs(self.environment.iter().map(|(key, value)| (key, value)))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        match output.status.code() {
            Some(0) => {
                Ok(serde_json::from_str(text.trim()).unwrap_or_else(|_| panic!("ctl {method} printed {text:?}")))
            }
            Some(1) => {
                let error: Value =
                    errors.lines().last().and_then(|line| serde_json::from_str(line).ok()).unwrap_or_default();
                Err(error["data"]["kind"].as_str().unwrap_or(&errors).to_owned())
            }
            status => panic!("ctl {method} {parameters:?} ended with {status:?}: {errors}"),
        }
    }

    /// The same; a refusal fails the test.
    #[track_caller]
    pub fn ctl(&self, method: &str, parameters: &[(&str, &str)]) -> Value {
        self.try_ctl(method, parameters).unwrap_or_else(|kind| panic!("ctl {method} {parameters:?}: {kind}"))
    }

    /// The same over the socket: cheap enough to ask again and again.
    pub fn ask(&self, method: &str, parameters: Value) -> Option<Value> {
        let path = fs::read_to_string(self.folder.join("control.path")).ok()?;
        let mut socket = UnixStream::connect(path.trim()).ok()?;
        socket.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters });
        socket.write_all(format!("{request}\n").as_bytes()).ok()?;
        let mut line = String::new();
        BufReader::new(socket).read_line(&mut line).ok()?;
        let mut reply: Value = serde_json::from_str(&line).ok()?;
        reply.get_mut("result").map(Value::take)
    }

    /// The account of a service (`chat` or `voice`) as `status` shows it.
    pub fn account(&self, service: &str) -> Value {
        let status = self.ask("status", json!({})).unwrap_or_default();
        status["accounts"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|account| account["service"] == service)
            .cloned()
            .unwrap_or_default()
    }

    /// Waits until an account is in a state; answers it.
    #[track_caller]
    pub fn wait_state(&self, service: &str, state: &str) -> Value {
        let mut last = Value::Null;
        let found = wait_until(PATIENCE, || {
            last = self.account(service);
            (last["state"] == state).then(|| last.clone())
        });
        found.unwrap_or_else(|| panic!("{service} does not become {state}: {last}"))
    }

    /// Waits until both services are there.
    #[track_caller]
    pub fn wait_online(&self) {
        self.wait_state("chat", "online");
        self.wait_state("voice", "online");
    }

    /// A contact as `contacts` shows it.
    pub fn contact(&self, user: &str) -> Option<Value> {
        let contacts = self.ask("contacts", json!({ "with": format!("{user}@{DOMAIN}") }))?;
        contacts.as_array()?.first().cloned()
    }

    /// Waits until a contact satisfies `is`; answers it.
    #[track_caller]
    pub fn wait_contact(&self, user: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let mut last = None;
        let found = wait_until(PATIENCE, || {
            last = self.contact(user);
            last.clone().filter(|contact| is(contact))
        });
        found.unwrap_or_else(|| panic!("{user}: {what} does not come: {last:?}"))
    }

    /// Places a call with `tandem ctl call`; answers its id.
    #[track_caller]
    pub fn call(&self, to: &str) -> String {
        self.ctl("call", &[("to", to)])["call"].as_str().unwrap_or_else(|| panic!("no call id")).to_owned()
    }

    /// Every call of this run.
    pub fn calls(&self) -> Vec<Value> {
        self.ask("calls", json!({ "all": true })).and_then(|calls| calls.as_array().cloned()).unwrap_or_default()
    }

    /// Waits until a call satisfies `is`; answers it.
    #[track_caller]
    pub fn wait_call(&self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let mut last = Vec::new();
        let found = wait_until(PATIENCE, || {
            last = self.calls();
            last.iter().find(|call| is(call)).cloned()
        });
        found.unwrap_or_else(|| panic!("no call is {what}: {last:?}"))
    }

    /// Waits until the call is in the state.
    #[track_caller]
    pub fn wait_call_state(&self, id: &str, state: &str) -> Value {
        self.wait_call(&format!("{id} in state {state}"), |call| call["id"] == id && call["state"] == state)
    }

    /// Waits for an incoming call that rings; answers it.
    #[track_caller]
    pub fn wait_ringing(&self) -> Value {
        self.wait_call("ringing here", |call| call["direction"] == "incoming" && call["state"] == "ringing")
    }

    /// Messages with a contact, oldest first.
    pub fn messages(&self, user: &str) -> Vec<Value> {
        let messages = self.ask("messages", json!({ "with": format!("{user}@{DOMAIN}") }));
        messages.and_then(|messages| messages.as_array().cloned()).unwrap_or_default()
    }

    /// Waits for a message with this text and this delivery; answers it.
    #[track_caller]
    pub fn wait_message(&self, user: &str, body: &str, delivery: &[&str]) -> Value {
        let mut last = Vec::new();
        let found = wait_until(PATIENCE, || {
            last = self.messages(user);
            let is = |message: &&Value| {
                message["body"] == body && delivery.iter().any(|state| message["delivery"] == *state)
            };
            last.iter().find(is).cloned()
        });
        found.unwrap_or_else(|| panic!("no message {body:?} is {delivery:?}: {last:?}"))
    }

    /// What the loudspeaker played so far.
    pub fn heard(&self) -> Option<Recording> {
        Recording::read(&self.folder.join("loudspeaker.wav"))
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Kills it as a power failure would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Asks it to end, and waits; fails when it does not end well.
    #[track_caller]
    pub fn quit(self) {
        self.process.signal(Signal::TERM);
        self.wait_end();
    }

    /// Fails when it has ended.
    #[track_caller]
    pub fn assert_running(&mut self) {
        self.process.assert_running();
    }
}

/// Asks until there is an answer or the time is over.
fn wait_until<T>(within: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = std::time::Instant::now() + within;
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if std::time::Instant::now() >= deadline {
            return None;
        }
        std::thread::sleep(Duration::from_millis(30));
    }
}
