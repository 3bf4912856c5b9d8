//! Keys whose effect only the running program shows: the name server that is asked, and the log.

use std::fs;
use std::net::UdpSocket;
use std::process::{Child, Command as Program, Stdio};
use std::time::{Duration, Instant};

use tandem::platform::Profile;

/// How long the program may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program itself, signing in where nobody is.
struct Running {
    child: Child,
    folder: tempfile::TempDir,
    /// The only name server that it is told of.
    names: UdpSocket,
}

impl Running {
    fn start(level: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let names = UdpSocket::bind("127.0.0.1:0").unwrap();
        names.set_read_timeout(Some(PATIENCE)).unwrap();
        let profile = Profile::in_folder(folder.path());
        let config = format!(
            "[[chat]]\naddress = \"a@tandem.example\"\npassword = \"x\"\n\
             [network]\nresolver = \"{}\"\n[log]\nlevel = \"{level}\"\n\
             [audio]\ninput = \"null\"\noutput = \"null\"\nring = \"null\"\n",
            names.local_addr().unwrap()
        );
        fs::create_dir_all(profile.config.parent().unwrap()).unwrap();
        fs::write(&profile.config, config).unwrap();
        let child = Program::new(env!("CARGO_BIN_EXE_tandem"))
            .arg("--profile")
            .arg(folder.path())
            .arg("--headless")
            .env("HOME", folder.path())
            .env("XDG_RUNTIME_DIR", folder.path())
            .env_remove("TANDEM_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, folder, names }
    }

    /// The first question that the name server gets: the program is at work.
    fn question(&self) -> Vec<u8> {
        let mut question = vec![0; 1_500];
        let length = self.names.recv(&mut question).expect("the name server is asked");
        question.truncate(length);
        question
    }

    fn log(&self) -> String {
        fs::read_to_string(Profile::in_folder(self.folder.path()).logs.join("tandem.log")).unwrap_or_default()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_configured_resolver_is_asked() {
    let question = Running::start("error").question();
    let domain = b"\x06tandem\x07example\0";
    assert!(question.to_ascii_lowercase().windows(domain.len()).any(|part| part == domain));
}

#[test]
fn the_log_holds_what_the_level_says() {
    let is_told = |log: &str| log.contains(" DEBUG tandem::");
    let talkative = Running::start("debug");
    talkative.question();
    let deadline = Instant::now() + PATIENCE;
    while !is_told(&talkative.log()) {
        assert!(Instant::now() < deadline, "no steps in the log: {}", talkative.log());
        std::thread::sleep(Duration::from_millis(20));
    }
    let silent = Running::start("error");
    silent.question();
    let log = silent.log();
    assert!(!is_told(&log) && !log.contains(" WARN tandem"), "{log}");
}
